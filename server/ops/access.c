/* CheckAccess (REQUIREMENTS S2-26): may who has this certificate open that URL? */
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/cache.h"
#include "authz/decide.h"
#include "server/ops/access.h"
#include "server/ops/private.h"
#include "signing/core/certs.h"

/* 1 found, 0 nobody of the tenant has it, or not at this time; -1. */
static int
find_user(struct engine *engine, struct request *req, const struct caller **user, struct error *err)
{
	X509 *cert = cert_decode(req->in.access.certificate);
	struct decision ignored;
	int rc = 0;

	*user = NULL;
	if (cert != NULL)
		rc = ops_by_certificate(engine, cert, user, err);
	if (rc == 1 && (!uuid_equal(&(*user)->tenant, &req->caller->tenant) ||
			   !ops_is_in_its_time(cert, req->time_us / 1000000, &ignored))) {
		caller_release(*user);
		*user = NULL;
		rc = 0;
	}
	X509_free(cert);
	return rc;
}

static int
take_decision(
    struct request *req, const struct url_decision *d, const struct caller *user, struct error *err)
{
	size_t i;

	req->out.access.is_allowed = d->is_allowed;
	req->out.access.is_known = d->is_known;
	text_copy(req->out.access.reason, sizeof(req->out.access.reason), d->reason);
	if (!d->is_known)
		return 0;
	text_copy(req->out.access.user, sizeof(req->out.access.user), user->user_name);
	req->out.access.groups = calloc(user->group_count + 1, sizeof(*req->out.access.groups));
	if (req->out.access.groups == NULL)
		return error_memory(err);
	for (i = 0; i < user->group_count; i++) {
		req->out.access.groups[i] = strdup(user->groups[i]);
		if (req->out.access.groups[i] == NULL)
			return error_memory(err);
		req->out.access.group_count++;
	}
	return 0;
}

int
run_check_access(struct engine *engine, struct request *req, struct error *err)
{
	const struct url_rules *rules = NULL;
	const struct caller *user = NULL;
	struct url_decision decision;
	struct url *url = malloc(sizeof(*url));
	int rc = -1;

	if (url == NULL) {
		error_memory(err);
		goto done;
	}
	if (url_read(url, req->in.access.method, req->in.access.host, req->in.access.target, err) !=
	    0)
		goto done;
	snprintf(req->object, sizeof(req->object), "%s %.60s%.56s", url_method_name(url->method),
	    url->host, req->in.access.target);
	if (find_user(engine, req, &user, err) < 0 ||
	    authz_url_rules(engine->parts.cache, &req->caller->tenant, &rules, err) != 0)
		goto done;
	url_decide(rules, user, url, req->time_us / 1000000, &decision);
	rc = take_decision(req, &decision, user, err);
done:
	url_rules_release(rules);
	caller_release(user);
	free(url);
	return rc;
}

/* ---- the door /access ---- */

static int
admit_proxy(struct engine *engine, struct request *req, const struct credentials *who, int *moved,
    struct error *err)
{
	/* A name and password may be anybody's; a proxy proves itself by its key. */
	const struct credentials by_key = { .cert = who->cert, .peer = who->peer };

	if (who->cert == NULL)
		return error_set(err, ERROR_NOT_AUTHENTICATED,
		    "a proxy that asks about access must show its own client certificate");
	if (ops_authenticate(engine, &by_key, 1, &req->caller, moved, err) != 0)
		return -1;
	return ops_admit(engine, req, moved, err);
}

int
ops_access_check(struct engine *engine, const struct credentials *who, const char *id,
    const struct access_question *question, struct access_answer *answer, struct pending **pending,
    struct error *err)
{
	struct error conclude = ERROR_INIT;
	struct request req;
	int moved = 0, rc;

	*pending = NULL;
	request_init(&req, operation_by_id(OP_CHECK_ACCESS), id);
	snprintf(req.peer, sizeof(req.peer), "%s", who->peer != NULL ? who->peer : "");
	req.in.access = *question;
	rc = admit_proxy(engine, &req, who, &moved, err);
	answer->is_asker_known = rc == 0;
	if (rc == 0)
		rc = ops_run(engine, &req, err);
	if (rc == 0) {
		*answer = req.out.access;
		answer->is_asker_known = 1;
		memset(&req.out.access, 0, sizeof(req.out.access));
	}
	if (ops_conclude(engine, &req, rc != 0 ? err : NULL, pending, &conclude) != 0 && rc == 0)
		rc = error_cause(err, conclude.kind, conclude.text, "%s", conclude.cause);
	request_release(&req);
	return rc;
}

void
access_answer_release(struct access_answer *answer)
{
	size_t i;

	for (i = 0; i < answer->group_count; i++)
		free(answer->groups[i]);
	free(answer->groups);
	memset(answer, 0, sizeof(*answer));
}
