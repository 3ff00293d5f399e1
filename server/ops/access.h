/*
 * server/ops/access.h: questions about access to websites (REQUIREMENTS S2-26) and their answers,
 * by SOAP (CheckAccess) and by the forms in which proxies ask (server/http/access.h).
 */
#ifndef SIGNET_OPS_ACCESS_H
#define SIGNET_OPS_ACCESS_H

#include "server/base/buf.h"

/* What is asked; strings are the caller's. */
struct access_question {
	struct span certificate; /* DER of who wants to open it; none: a stranger */
	const char *method;	 /* "GET" */
	const char *host;	 /* of a target that is a path; else "" */
	const char *target;	 /* a URL, or a path with its query */
};
struct access_answer {
	int is_asker_known; /* 0: the answer is to nobody who may ask */
	int is_allowed;
	int is_known; /* 0: who wants to open it is no user, so that he should say who he is */
	char reason[400];
	char user[600]; /* or "" */
	char **groups;	/* his, owned */
	size_t group_count;
	int cache_seconds; /* so long it may be kept: 0, since a revocation counts at once */
};
void access_answer_release(struct access_answer *answer);

struct engine;
struct credentials;
struct pending;
/*
 * A proxy asks; it must show a certificate of a user who may call CheckAccess. Never waits for more
 * than the database. On 0 the answer is the caller's, for access_answer_release(). The pending
 * commit, which may be there on failure too, is as for ops_conclude(). ERROR_MALFORMED: the URL has
 * no one reading, so nobody may open it.
 */
int ops_access_check(struct engine *engine, const struct credentials *who, const char *id,
    const struct access_question *question, struct access_answer *answer, struct pending **pending,
    struct error *err);

#endif
