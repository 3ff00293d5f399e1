/*
 * tui/model/asker.h: questions to the server, asked by a thread of its own, so that keys are
 * answered while an answer is waited for.
 *
 * Questions are asked one after another in their order. A question is a function that calls the
 * server and makes JSON of the answer. A secret that does not open what it should open is tried
 * once, and no other question tries it again: cards count.
 */
#ifndef SIGNET_TUI_ASKER_H
#define SIGNET_TUI_ASKER_H

#include <jansson.h>
#include <stdint.h>

#include "tui/model/client.h"

/* 0 with *out (the caller's reference), or -1 with err. `in` is what was given with the question.
 */
typedef int question(struct client *client, const json_t *in, json_t **out, struct error *err);

struct answer {
	uint64_t number; /* of the question */
	int failed;
	int is_closed; /* it failed since a secret does not open what it should, here */
	json_t *out;   /* the caller's; NULL when it failed */
	struct error err;
	double seconds; /* that it took */
};

struct asker;

/* Starts the thread; dials nothing. `settings` and its strings must outlive the asker. */
int asker_start(struct asker **asker, const struct client_settings *settings, struct error *err);
/* Breaks off what is under way. NULL is fine. */
void asker_stop(struct asker *asker);
/* Takes the reference `in`, also on 0. The question's number, from 1 on; 0: no memory. */
uint64_t asker_ask(struct asker *asker, question *ask, json_t *in);
/* Forget what is not asked yet: a screen was left. */
void asker_forget(struct asker *asker);
/* Can be read when there is an answer. */
int asker_fd(const struct asker *asker);
/* 1 with an answer, which is the caller's; 0: none yet. */
int asker_take(struct asker *asker, struct answer *answer);

#endif
