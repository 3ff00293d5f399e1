/*
 * server/init/answers.h: what `signet-init server` must know: from a file of answers, from an
 * earlier run that was interrupted, or asked on the terminal. Secrets are asked or made and never
 * stand in such a file: it names the file that they are in.
 */
#ifndef SIGNET_INIT_ANSWERS_H
#define SIGNET_INIT_ANSWERS_H

#include "server/base/buf.h"

enum answer {
	ANSWER_HOST,
	ANSWER_PORT,
	ANSWER_NODE,
	ANSWER_TENANT,
	ANSWER_ADMINISTRATOR,
	ANSWER_OPERATOR,
	ANSWER_DATABASE,
	ANSWER_DATABASE_NAME,
	ANSWER_SERVER_DATABASE,
	ANSWER_CERTIFICATE,
	ANSWER_USER,
	ANSWER_KEYS_USER,
	ANSWER_LOG,
	ANSWER_PASSPHRASE,
	ANSWERS
};
#define ANSWER_SIZE 1024

struct answers {
	char value[ANSWERS][ANSWER_SIZE];
	char has[ANSWERS];
};

/* "host", "port", ... as in the file; a sentence for people. */
const char *answer_name(enum answer a);
const char *answer_help(enum answer a);

/* Lines "name = value"; a line that begins with '#' is a comment. ERROR_MALFORMED says the line. */
int answers_read(struct answers *a, const char *path, struct error *err);
/*
 * Take over those of an earlier run that are not given anew. Those that stand in what it has made
 * must agree where both have one: ERROR_CONFLICT.
 */
int answers_join(struct answers *a, const struct answers *earlier, struct error *err);
/*
 * What is missing is asked on the terminal, or (may_ask 0) what is usual is taken. ERROR_MALFORMED
 * for what cannot be an answer.
 */
int answers_complete(struct answers *a, int may_ask, struct error *err);
/* As a file that answers_read() takes. */
int answers_write(const struct answers *a, struct buf *out, struct error *err);

#endif
