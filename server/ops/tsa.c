/* Our own time-stamp authority: serials from the database, a key of the keys process, the clock. */
#include <stdio.h>
#include <string.h>

#include "authz/caller.h"
#include "schema/store/pool.h"
#include "schema/store/tenant.h"
#include "server/base/clock.h"
#include "server/ops/private.h"
#include "server/ops/journal/serial.h"
#include "signing/proof/tsa.h"

#define ACCURACY_US 1000000

int
authority_answer(struct engine *engine, const struct material_authority *authority,
    struct span query, struct buf *response, struct tsa_record *record, struct error *err)
{
	const struct tsa tsa = { .key = &authority->local,
		.policy = authority->policy,
		.digests = suitable_digests(engine, clock_now()),
		.accuracy_us = ACCURACY_US,
		.include_chain = 0 };
	struct tsa_record ignored;
	unsigned char serial[SERIAL_SIZE];
	struct sig_alg alg;

	if (sig_alg_for_key(authority->local.pkey, tsa.digest, tsa.padding, &alg, err) != 0 ||
	    suitable_signature(engine, &alg, &authority->local, clock_now(), err) != 0)
		return -1;
	if (serials_next(engine->serials, serial, err) != 0)
		return -1;
	return tsa_respond(response, query, &tsa, clock_now_us(),
	    (struct span){ serial, sizeof(serial) }, record != NULL ? record : &ignored, err);
}

/* ---- the door /tsa ---- */

/* The tenant whose authority answers callers that do not say who they are. */
static int
public_tenant(struct engine *engine, struct uuid *tenant, struct error *err)
{
	struct db *db;
	int rc;

	if (engine->tsa_tenant[0] == '\0')
		return error_set(err, ERROR_NOT_AUTHENTICATED,
		    "say who you are: this time-stamp authority does not answer strangers");
	if (db_pool_take(engine->parts.pool, &db, err) != 0)
		return -1;
	rc = store_tenant_find(db, engine->tsa_tenant, tenant, err);
	db_pool_give(engine->parts.pool, db);
	return rc == 1	 ? 0
	       : rc == 0 ? error_set(err, ERROR_INTERNAL, "the tenant of tsa-tenant does not exist")
			 : -1;
}

static int
authority_for(struct engine *engine, const struct request *req, const struct material **material,
    const struct material_authority **authority, struct error *err)
{
	struct uuid tenant;
	size_t i;

	if (req->caller != NULL)
		tenant = req->caller->tenant;
	else if (public_tenant(engine, &tenant, err) != 0)
		return -1;
	if (material_of_tenant(material, engine, &tenant, err) != 0)
		return -1;
	for (i = 0; i < (*material)->authority_count; i++) {
		*authority = &(*material)->authorities[i];
		if ((*authority)->is_active && (*authority)->url == NULL)
			return 0;
	}
	return error_set(err, ERROR_NOT_FOUND, "the tenant has no time-stamp authority of its own");
}

/* What the audit has of a request that the authority refuses in RFC 3161's words. */
static void
note_refusal(struct error *refusal, const struct tsa_record *record)
{
	enum error_kind kind = ERROR_UNSUPPORTED;

	if (record->failure == TSA_BAD_REQUEST || record->failure == TSA_BAD_DATA_FORMAT)
		kind = ERROR_MALFORMED;
	else if (record->failure == TSA_TIME_NOT_AVAILABLE)
		kind = ERROR_UNAVAILABLE;
	else if (record->failure == TSA_SYSTEM_FAILURE)
		kind = ERROR_INTERNAL;
	error_set(refusal, kind, "%s: %.180s", tsa_failure_name(record->failure), record->text);
}

/* A refusal is a reply as well: 0, with `refusal` filled. */
static int
reply(struct engine *engine, struct request *req, struct span query, struct buf *response,
    struct error *refusal, struct error *err)
{
	const struct material *material = NULL;
	const struct material_authority *authority = NULL;
	struct tsa_record record = { 0 };
	int rc = -1;

	if (authority_for(engine, req, &material, &authority, err) != 0)
		goto done;
	snprintf(req->object, sizeof(req->object), "%s", authority->name);
	rc = authority_answer(engine, authority, query, response, &record, err);
	if (rc == 0 && !record.granted)
		note_refusal(refusal, &record);
	if (rc == 0 && record.imprint_len > 0) {
		req->has_digest =
		    digest_span(DIGEST_SHA256, (struct span){ record.imprint, record.imprint_len },
			req->digest, NULL) == 0;
		memcpy(req->document_digest, record.imprint, record.imprint_len);
		req->document_digest_len = record.imprint_len;
	}
	req->bytes_in = query.len;
	req->bytes_out = response->len;
done:
	material_unref(material);
	return rc;
}

int
ops_timestamp_reply(struct engine *engine, const struct credentials *who, int may_wait,
    const char *id, struct span query, struct buf *response, struct pending **pending, int *moved,
    struct error *err)
{
	struct request req;
	struct error refusal = ERROR_INIT;
	int rc = 0;

	*pending = NULL;
	*moved = 0;
	request_init(&req, operation_by_id(OP_TIMESTAMP_DIGEST), id);
	req.may_wait = may_wait;
	snprintf(req.peer, sizeof(req.peer), "%s", who->peer != NULL ? who->peer : "");
	snprintf(req.claimed_user, sizeof(req.claimed_user), "%s",
	    who->user != NULL ? who->user : "anonymous");
	if (who->cert != NULL || who->user != NULL)
		rc = ops_authenticate(engine, who, may_wait, &req.caller, moved, err);
	/* Strangers are served where tsa-tenant says so, also those with an unknown certificate. */
	if (rc != 0 && err->kind == ERROR_NOT_AUTHENTICATED && who->user == NULL &&
	    engine->tsa_tenant[0] != '\0') {
		error_clear(err);
		rc = 0;
	}
	if (rc == 0 && req.caller != NULL)
		rc = ops_admit(engine, &req, moved, err);
	if (rc == 0)
		rc = reply(engine, &req, query, response, &refusal, err);
	if (!*moved) {
		struct error conclude = ERROR_INIT;
		const struct error *failure = rc != 0			   ? err
					      : refusal.kind != ERROR_NONE ? &refusal
									   : NULL;

		if (ops_conclude(engine, &req, failure, pending, &conclude) != 0 && rc == 0)
			rc = error_cause(err, conclude.kind, conclude.text, "%s", conclude.cause);
	}
	request_release(&req);
	return rc;
}
