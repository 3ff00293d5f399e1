#include "server/ops/sign_on/apply.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "authz/cache.h"
#include "authz/decide.h"
#include "schema/store/pool.h"
#include "server/base/clock.h"
#include "server/ops/admin/call.h"
#include "server/ops/evidence/judge.h"
#include "server/ops/sign_on/challenge.h"
#include "server/ops/sign_on/proof.h"
#include "server/ops/sign_on/rate.h"
#include "signing/core/certs.h"
#include "signing/core/digests.h"
#include "signing/core/ossl.h"

#define NAME_SIZE 1000 /* of subject and issuer, as they are shown */
#define SKEW_MOST 3600 /* seconds that servers' clocks may differ */

/* One request, and whose key it has proven. `call.db` is a connection where it is not NULL. */
struct applicant {
	struct admin_call call;
	const char *rule; /* of the tenant: "Trusted", "Open" */
	struct uuid server;
	unsigned char secret[CHALLENGE_SECRET_SIZE];
	X509 *cert;
	struct buf der;
	unsigned char fingerprint[32];
	const char *proof; /* "Handshake", "Challenge", or NULL: not yet */
	char verdict[24], reason[500];
};

/* ---- the database ---- */

static int
take(struct applicant *a, struct error *err)
{
	return db_pool_take(a->call.engine->parts.pool, &a->call.db, err);
}

static void
give(struct applicant *a)
{
	if (a->call.db != NULL)
		db_pool_give(a->call.engine->parts.pool, a->call.db);
	a->call.db = NULL;
}

/* The same words for a tenant that is not there and for one that takes nobody's certificate. */
static int
find_tenant(struct applicant *a, struct error *err)
{
	const struct record_value *name = admin_in(&a->call, "tenant");
	struct db_result *r;
	int rc = -1;

	if (store_admin(
		a->call.db, NULL, &admin_sign_on_statements[SIGN_ON_TENANT], name, 1, &r, err) != 0)
		return -1;
	if (db_rows(r) > 0) {
		a->call.tenant = a->call.req->log_tenant = db_uuid(r, 0, 0);
		a->rule = record_text(&a->call.x->arena, db_bytes(r, 0, 1), err);
		rc = a->rule != NULL ? 0 : -1;
	} else
		error_set(err, ERROR_NOT_FOUND,
		    "there is no tenant \"%.80s\" that takes certificates by sign-on; ask its "
		    "administrator",
		    value_text(name));
	db_result_free(r);
	return rc;
}

static int
read_server(struct applicant *a, struct error *err)
{
	struct db_result *r;
	struct span secret;
	int rc = -1;

	if (store_admin(
		a->call.db, NULL, &admin_sign_on_statements[SIGN_ON_SERVER], NULL, 0, &r, err) != 0)
		return -1;
	secret = db_rows(r) > 0 ? db_bytes(r, 0, 1) : SPAN_NONE;
	if (secret.len == sizeof(a->secret)) {
		a->server = db_uuid(r, 0, 0);
		memcpy(a->secret, secret.data, secret.len);
		rc = 0;
	} else
		error_set(err, ERROR_INTERNAL, "the installation has no secret for challenges");
	db_result_free(r);
	return rc;
}

/* ---- the certificate ---- */

static int
take_certificate(struct applicant *a, X509 *cert, struct error *err)
{
	a->cert = cert;
	buf_init(&a->der, PROOF_CERTIFICATE_MAX);
	if (OSSL_APPEND_DER(X509, cert, &a->der, NULL) != 0)
		return error_set(err, ERROR_TOO_LARGE, "the certificate has more than %d bytes",
		    PROOF_CERTIFICATE_MAX);
	return digest_span(DIGEST_SHA256, SPAN_OF(&a->der), a->fingerprint, err);
}

/* The one that was sent. */
static int
read_certificate(struct applicant *a, struct error *err)
{
	const struct span der = admin_in(&a->call, "certificate")->bytes;
	X509 *cert;

	if (der.len > PROOF_CERTIFICATE_MAX)
		return error_set(err, ERROR_TOO_LARGE,
		    "the certificate has %zu bytes, more than %d", der.len, PROOF_CERTIFICATE_MAX);
	cert = cert_decode(der);
	if (cert == NULL)
		return error_set(err, ERROR_MALFORMED,
		    "the certificate cannot be read: send it as DER, in base64");
	return take_certificate(a, cert, err);
}

/* ---- the proof ---- */

/*
 * One-time: the nonce is spent, on whatever server of the installation, and kept by the database's
 * clock until no server's can take the challenge for good any more.
 */
static int
spend(struct applicant *a, const struct challenge *c, struct error *err)
{
	const struct record_value args[2] = { { .is_set = 1,
						  .bytes = { c->nonce, sizeof(c->nonce) } },
		value_of_number(c->expires - clock_now() + SKEW_MOST) };

	return store_admin(
	    a->call.db, NULL, &admin_sign_on_statements[SIGN_ON_SPEND], args, 2, NULL, err);
}

static int
prove_by_challenge(struct applicant *a, struct error *err)
{
	const struct record_value *text = admin_in(&a->call, "challenge");
	struct challenge c;

	if (!admin_in(&a->call, "signatureValue")->is_set ||
	    !admin_in(&a->call, "certificate")->is_set)
		return error_set(err, ERROR_MALFORMED,
		    "an answered challenge is sent with its signatureValue and the certificate");
	if (read_server(a, err) != 0 || challenge_read(&c, value_text(text), a->secret, err) != 0 ||
	    read_certificate(a, err) != 0)
		return -1;
	if (!uuid_equal(&c.server, &a->server) || !uuid_equal(&c.tenant, &a->call.tenant))
		return error_set(err, ERROR_NOT_AUTHENTICATED,
		    "the challenge was given for another tenant; ask for a new one");
	if (memcmp(c.fingerprint, a->fingerprint, sizeof(c.fingerprint)) != 0)
		return error_set(err, ERROR_NOT_AUTHENTICATED,
		    "the challenge was given for another certificate; ask for a new one");
	if (c.expires < clock_now())
		return error_set(
		    err, ERROR_NOT_AUTHENTICATED, "the challenge has ended; ask for a new one");
	if (proof_check(
		a->cert, value_text(text), admin_in(&a->call, "signatureValue")->bytes, err) != 0 ||
	    spend(a, &c, err) != 0)
		return -1;
	a->proof = "Challenge";
	return 0;
}

static int
prove(struct applicant *a, struct error *err)
{
	X509 *shown = a->call.req->peer_cert;
	const struct span sent = admin_in(&a->call, "certificate")->bytes;

	if (admin_in(&a->call, "challenge")->is_set)
		return prove_by_challenge(a, err);
	if (shown == NULL)
		return error_set(err, ERROR_NOT_AUTHENTICATED,
		    "show the certificate in the TLS handshake, or ask for a challenge by "
		    "GetSignOnChallenge and send it with its signature and the certificate");
	if (X509_up_ref(shown) != 1 || take_certificate(a, shown, err) != 0)
		return -1;
	if (sent.len > 0 && !span_equal(sent, SPAN_OF(&a->der)))
		return error_set(err, ERROR_MALFORMED,
		    "the certificate that was sent is not that of the handshake; send none, or "
		    "answer a challenge for it");
	a->proof = "Handshake";
	return proof_check_key(shown, err);
}

/* ---- what must hold for it ---- */

static int
is_nobodys(struct applicant *a, struct error *err)
{
	const struct caller *found;
	int rc = authz_by_certificate(a->call.engine->parts.cache, a->fingerprint, &found, err);

	caller_release(found);
	return rc <= 0
		   ? rc
		   : error_set(err, ERROR_CONFLICT,
			 "this certificate belongs to a user already; WhoAmI tells to whom, and "
			 "an administrator whether it may be used");
}

static int
check_time(struct applicant *a, struct error *err)
{
	struct decision d = { 0 };

	return ops_is_in_its_time(a->cert, clock_now(), &d)
		   ? 0
		   : error_set(err, ERROR_CONFLICT, "%s", d.reason);
}

/* Revoked is refused whatever the tenant's rule; what nobody can say is for the administrator. */
static int
weigh(struct applicant *a, const struct verify_conclusion *c, struct error *err)
{
	const char *sub = sub_indication_name(c->sub);

	snprintf(a->verdict, sizeof(a->verdict), "%s", indication_name(c->indication));
	snprintf(a->reason, sizeof(a->reason), "%s%s%s", sub, sub[0] != '\0' ? ": " : "", c->text);
	if (c->sub == SUB_REVOKED || c->sub == SUB_REVOKED_NO_POE)
		return error_set(
		    err, ERROR_CONFLICT, "this certificate is revoked: %.300s", c->text);
	if (strcmp(a->rule, "Trusted") != 0 || c->indication == INDICATION_TOTAL_PASSED)
		return 0;
	return error_set(err, ERROR_NOT_AUTHORIZED,
	    "the tenant takes certificates that it trusts; of this one: %.300s", a->reason);
}

static int
judge(struct applicant *a, struct error *err)
{
	struct engine *engine = a->call.engine;
	struct verify_certificate_report report = { 0 };
	const struct material *material = NULL;
	struct gathered *gathered = NULL;
	int rc = -1;

	if (material_of_tenant(&material, engine, &a->call.tenant, err) != 0)
		return -1;
	if (verdict_rules_check(a->call.req, material, err) == 0 &&
	    ops_judge_certificate(engine, a->call.req, material, a->cert, NULL, PATH_TLS_CLIENT,
		&report, &gathered, err) == 0) {
		rc = weigh(a, &report.conclusion, err);
		verify_certificate_report_release(&report);
	}
	gathered_free(gathered);
	material_unref(material);
	return rc;
}

/* ---- the row ---- */

/* The one by this statement as the answer: 1, 0 there is none, -1. */
static int
answer_standing(struct applicant *a, int statement, struct error *err)
{
	const struct record_value finger = { .is_set = 1,
		.bytes = { a->fingerprint, sizeof(a->fingerprint) } };
	struct admin_exchange *x = a->call.x;
	struct db_result *r;
	int rc;

	if (store_admin(a->call.db, &a->call.tenant, &admin_sign_on_statements[statement], &finger,
		1, &r, err) != 0)
		return -1;
	rc = store_admin_read(&x->arena, r, &thing_SignOnStanding, &x->rows, &x->count, err);
	db_result_free(r);
	return rc != 0 ? -1 : x->count > 0;
}

/* 0, or ERROR_LIMIT: too many wait, of the tenant or of this address. */
static int
make_room(struct applicant *a, const char *network, struct error *err)
{
	const struct limits *limits = engine_limits(a->call.engine);
	const struct record_value args[3] = { value_of_text(network),
		value_of_number(limits->sign_on_waiting),
		value_of_number(limits_share(limits->caller_share, limits->sign_on_waiting)) };
	struct db_result *r;
	const char *full;
	int rc = 0;

	if (store_admin(a->call.db, &a->call.tenant, &admin_sign_on_statements[SIGN_ON_ROOM], args,
		3, &r, err) != 0)
		return -1;
	full = db_text(r, 0, 0);
	if (strcmp(full, "network") == 0)
		rc = error_limit(err, ERROR_LIMIT, "limit-sign-on-waiting",
		    (uint64_t)args[2].number, (uint64_t)db_integer(r, 0, 1),
		    "too many certificates from this address wait for an administrator");
	else if (full[0] != '\0')
		rc = error_limit(err, ERROR_LIMIT, "limit-sign-on-waiting",
		    (uint64_t)args[1].number, (uint64_t)db_integer(r, 0, 1),
		    "too many certificates wait for an administrator");
	db_result_free(r);
	return rc;
}

static struct record_value
arena_text(struct applicant *a, const char *text, struct error *err)
{
	return value_of_text(record_text(&a->call.x->arena, span_str(text), err));
}

static int
add_row(struct applicant *a, const char *network, struct error *err)
{
	const X509_NAME *subject = X509_get_subject_name(a->cert),
			*issuer = X509_get_issuer_name(a->cert);
	char name[NAME_SIZE], serial[128];
	const struct record_value *note = admin_in(&a->call, "note");
	int ok;
	const struct record_value args[] = {
		admin_new_id(&a->call, err),
		{ .is_set = 1, .bytes = SPAN_OF(&a->der) },
		arena_text(a, x509_name_text(subject, name, sizeof(name)), err),
		arena_text(a, x509_name_text(issuer, name, sizeof(name)), err),
		arena_text(a,
		    asn1_integer_text(X509_get0_serialNumber(a->cert), serial, sizeof(serial)),
		    err),
		value_of_number(asn1_time_seconds(X509_get0_notBefore(a->cert), &ok)),
		value_of_number(asn1_time_seconds(X509_get0_notAfter(a->cert), &ok)),
		value_of_text(a->verdict),
		value_of_text(a->reason),
		value_of_text(a->proof),
		value_of_text(a->call.req->peer),
		value_of_text(network),
		note->is_set && note->bytes.len > 0 ? *note : (struct record_value){ 0 },
		value_of_number(engine_limits(a->call.engine)->sign_on_days),
	};

	return store_admin(a->call.db, &a->call.tenant, &admin_sign_on_statements[SIGN_ON_ADD],
	    args, sizeof(args) / sizeof(args[0]), NULL, err);
}

/* Within a transaction: 0 with the answer, -1. */
static int
put_in_turn(struct applicant *a, struct error *err)
{
	char network[RATE_NETWORK_SIZE];
	struct error full = ERROR_INIT;
	int found;

	/* Makes others wait; whoever waits already is answered as he stands, room or not. */
	make_room(a, rate_network(network, a->call.req->peer), &full);
	if (full.kind == ERROR_NONE || full.kind == ERROR_LIMIT) {
		found = answer_standing(a, SIGN_ON_WAITS, err);
		if (found != 0)
			return found > 0 ? 0 : -1;
	}
	if (full.kind != ERROR_NONE) {
		*err = full;
		return -1;
	}
	if (add_row(a, network, err) != 0)
		return -1;
	return answer_standing(a, SIGN_ON_WAITS, err) > 0
		   ? 0
		   : error_set(err, ERROR_INTERNAL, "what was handed in is not there");
}

static int
put_in(struct applicant *a, struct error *err)
{
	if (db_begin(a->call.db, err) != 0)
		return -1;
	if (put_in_turn(a, err) == 0)
		return db_commit(a->call.db, err);
	db_rollback(a->call.db);
	return -1;
}

/* ---- the operations ---- */

/* For the log: of whom it is. */
static void
note_whose(struct applicant *a)
{
	char name[120];

	if (a->cert == NULL)
		return;
	snprintf(a->call.req->object, sizeof(a->call.req->object), "%s",
	    x509_name_text(X509_get_subject_name(a->cert), name, sizeof(name)));
}

static int
hand_in(struct applicant *a, struct error *err)
{
	int rc;

	if (prove(a, err) != 0 || is_nobodys(a, err) != 0 || check_time(a, err) != 0)
		return -1;
	give(a); /* judging may need one of its own, and may take long */
	if (judge(a, err) != 0 || take(a, err) != 0)
		return -1;
	rc = put_in(a, err);
	if (rc == 0)
		admin_note(&a->call, "waits; by %s, %s", a->proof, a->verdict);
	return rc;
}

static int
tell(struct applicant *a, struct error *err)
{
	int rc;

	if (prove(a, err) != 0)
		return -1;
	rc = answer_standing(a, SIGN_ON_LAST, err);
	if (rc == 0)
		return error_set(err, ERROR_NOT_FOUND,
		    "nothing was handed in with this certificate, or it is long ago");
	return rc > 0 ? 0 : -1;
}

static int
challenge(struct applicant *a, struct error *err)
{
	struct challenge c = { 0 };
	char text[CHALLENGE_TEXT_SIZE];
	struct record_value *row;

	if (read_certificate(a, err) != 0 || proof_check_key(a->cert, err) != 0 ||
	    read_server(a, err) != 0)
		return -1;
	c.server = a->server;
	c.tenant = a->call.tenant;
	memcpy(c.fingerprint, a->fingerprint, sizeof(c.fingerprint));
	c.expires = clock_now() + engine_limits(a->call.engine)->sign_on_seconds;
	if (getrandom(c.nonce, sizeof(c.nonce), 0) != (ssize_t)sizeof(c.nonce))
		return error_errno(err, "no random bytes");
	if (challenge_write(text, &c, a->secret, err) != 0)
		return -1;
	row = record_alloc(&a->call.x->arena, thing_SignOnChallenge.count, sizeof(*row), err);
	if (row == NULL)
		return -1;
	row[0] = arena_text(a, text, err);
	row[1] = value_of_number(c.expires);
	a->call.x->rows = row;
	a->call.x->count = 1;
	return row[0].is_set ? 0 : -1;
}

static int
serve(struct engine *engine, struct request *req, enum operation_id id,
    int (*step)(struct applicant *a, struct error *err), struct error *err)
{
	struct applicant a = {
		.call = { .engine = engine, .req = req, .op = admin_operation(id), .x = req->admin }
	};
	int rc = -1;

	if (a.call.x == NULL)
		return error_set(err, ERROR_INTERNAL, "the request has no values");
	if (take(&a, err) == 0 && find_tenant(&a, err) == 0)
		rc = step(&a, err);
	give(&a);
	note_whose(&a);
	explicit_bzero(a.secret, sizeof(a.secret));
	X509_free(a.cert);
	buf_release(&a.der);
	return rc;
}

/* Counted once: a request that is served again where waiting is allowed has been. */
static int
count(struct engine *engine, struct request *req, struct error *err)
{
	const struct limits *limits = engine_limits(engine);
	char network[RATE_NETWORK_SIZE];
	unsigned int wait = 0;
	int is_all;

	if (rate_take(engine->strangers, rate_network(network, req->peer), limits->sign_on_address,
		limits->sign_on_rate, clock_monotonic_us(), &is_all, &wait))
		return 0;
	req->is_flood = 1;
	if (is_all)
		error_limit(err, ERROR_LIMIT, "limit-sign-on-rate", limits->sign_on_rate, 0,
		    "too many requests of strangers in this minute");
	else
		error_limit(err, ERROR_LIMIT, "limit-sign-on-address", limits->sign_on_address, 0,
		    "too many requests from this address in this minute");
	err->retry_after = wait;
	return -1;
}

int
admit_sign_on(struct engine *engine, struct request *req, struct error *err)
{
	(void)engine;
	(void)err;
	req->must_wait = 1;
	return 0;
}

int
run_sign_on(struct engine *engine, struct request *req, struct error *err)
{
	return count(engine, req, err) == 0 ? serve(engine, req, OP_SIGN_ON, hand_in, err) : -1;
}

int
run_get_sign_on(struct engine *engine, struct request *req, struct error *err)
{
	return count(engine, req, err) == 0 ? serve(engine, req, OP_GET_SIGN_ON, tell, err) : -1;
}

int
run_get_sign_on_challenge(struct engine *engine, struct request *req, struct error *err)
{
	return count(engine, req, err) == 0
		   ? serve(engine, req, OP_GET_SIGN_ON_CHALLENGE, challenge, err)
		   : -1;
}
