/*
 * S2-22: who is not known hands in a certificate, by the handshake or by a challenge; it waits, is
 * accepted or refused by one administrator, and what is no proof gets nowhere.
 */
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/clock.h"
#include "server/ops/admin/admin.h"
#include "signing/core/ossl.h"
#include "signing/x509/keyfile.h"
#include "tests/support/ops_world.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"

#define ADMINISTER                                                                                 \
	"INSERT INTO signet.group_right SELECT g.tenant_id, g.id, o.name FROM signet.group g, "    \
	"signet.operation o WHERE g.name = 'all' AND o.service = 'Administration' AND NOT "        \
	"o.for_server ON CONFLICT DO NOTHING"
#define OPEN "UPDATE signet.tenant SET sign_on = 'open' WHERE name IN ('acme', 'rival')"

/* Somebody with a key. */
struct person {
	EVP_PKEY *key;
	X509 *cert;
	struct buf der;
};

static int
setup(void)
{
	if (ops_world_make() != 0)
		return -1;
	ops_tenant("acme", NULL, 0);
	ops_tenant("rival", NULL, 0);
	ops_tenant("closed", NULL, 0);
	ops_change(ADMINISTER);
	ops_change(OPEN);
	return 0;
}

/* ---- people ---- */

static void
person_sign(struct person *p, X509 *cert)
{
	struct error err = ERROR_INIT;

	p->cert = cert;
	buf_init(&p->der, 1 << 20);
	ASSERT_OK(OSSL_APPEND_DER(X509, cert, &p->der, &err), &err);
}

/* From the test PKI, or self-signed where he calls himself something that no CA would. */
static struct person
person(const char *type, const char *name, int64_t from, int64_t to)
{
	struct issue_request request = pki_request(PKI_TLS_CLIENT);
	struct error err = ERROR_INIT;
	struct person p = { 0 };

	p.key = strcmp(type, "Ed25519") == 0 ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") : NULL;
	if (p.key == NULL)
		ASSERT_OK(keyfile_generate(&p.key, type, &err), &err);
	request.key = p.key;
	request.common_name = name;
	request.not_before = PKI_NOW + from * PKI_DAY;
	request.not_after = PKI_NOW + to * PKI_DAY;
	person_sign(&p, pki_issue(&request, PKI_INTERMEDIATE));
	return p;
}

static struct person
self_made(const unsigned char *name, size_t len)
{
	struct error err = ERROR_INIT;
	struct person p = { 0 };
	X509 *cert = X509_new();
	X509_NAME *subject = X509_NAME_new(), *issuer = X509_NAME_new();

	ASSERT_OK(keyfile_generate(&p.key, "P-256", &err), &err);
	X509_set_version(cert, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 7);
	ASN1_TIME_set(X509_getm_notBefore(cert), PKI_NOW - PKI_DAY);
	ASN1_TIME_set(X509_getm_notAfter(cert), PKI_NOW + PKI_YEAR);
	/* No length check of a directory string: whoever signs himself writes what he likes. */
	X509_NAME_ENTRY *entry =
	    X509_NAME_ENTRY_create_by_NID(NULL, NID_description, V_ASN1_UTF8STRING, name, (int)len);
	CU_ASSERT_PTR_NOT_NULL_FATAL(entry);
	X509_NAME_add_entry(subject, entry, -1, 0);
	X509_NAME_ENTRY_free(entry);
	X509_set_subject_name(cert, subject);
	X509_NAME_add_entry_by_txt(
	    issuer, "CN", MBSTRING_ASC, (const unsigned char *)"himself", -1, -1, 0);
	X509_set_issuer_name(cert, issuer);
	X509_NAME_free(issuer);
	X509_set_pubkey(cert, p.key);
	CU_ASSERT_FATAL(X509_sign(cert, p.key, EVP_sha256()) > 0);
	X509_NAME_free(subject);
	person_sign(&p, cert);
	return p;
}

static void
person_gone(struct person *p)
{
	EVP_PKEY_free(p->key);
	X509_free(p->cert);
	buf_release(&p->der);
}

/* ---- one call ---- */

static void
put(struct request *req, enum operation_id id, const char *field, struct span value)
{
	const struct admin_operation *op = admin_operation(id);
	size_t i;

	for (i = 0; i < op->request->count; i++)
		if (strcmp(op->request->fields[i].name, field) == 0)
			req->admin->in[i] = (struct record_value){ .is_set = 1, .bytes = value };
}

/* By a stranger; `user` for one who is known. */
static void
begin(struct request *req, enum operation_id id, const char *user, const char *const *fields)
{
	struct error err = ERROR_INIT;
	char request[TEXT_UUID_SIZE];

	if (user != NULL)
		ops_request(req, id, user);
	else
		request_init(req, operation_by_id(id), text_uuid(request));
	req->may_wait = 1;
	snprintf(req->peer, sizeof(req->peer), "192.0.2.7");
	CU_ASSERT_PTR_NOT_NULL_FATAL(admin_exchange_make(req, admin_operation(id), &err));
	for (; fields[0] != NULL; fields += 2)
		put(req, id, fields[0], span_str(fields[1]));
}
#define FIELDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static const char *
answered(const struct request *req, enum operation_id id, const char *field)
{
	static char texts[16][1200];
	static unsigned int at;
	const struct thing *thing = admin_operation(id)->answer;
	char *out = texts[at++ % 16];
	size_t i;

	out[0] = '\0';
	for (i = 0; i < thing->count && req->admin->count > 0; i++)
		if (strcmp(thing->fields[i].name, field) == 0 && req->admin->rows[i].is_set)
			text_copy(out, sizeof(texts[0]), value_text(&req->admin->rows[i]));
	return out;
}

/* By the handshake; the id of what waits, or "" with why in *err. */
static const char *
hand_in(const struct person *p, const char *tenant, const char *note, struct error *err)
{
	struct request req;
	const char *id = "";

	error_clear(err);
	begin(&req, OP_SIGN_ON, NULL,
	    note != NULL ? FIELDS("tenant", tenant, "note", note) : FIELDS("tenant", tenant));
	req.peer_cert = p->cert;
	if (ops_serve(&req, NULL, err) == 0)
		id = answered(&req, OP_SIGN_ON, "id");
	request_release(&req);
	return id;
}

static void
is_refused(const struct person *p, const char *tenant, enum error_kind kind, const char *words)
{
	struct error err;

	CU_ASSERT_STRING_EQUAL(hand_in(p, tenant, NULL, &err), "");
	CU_ASSERT_EQUAL(err.kind, kind);
	if (strstr(err.text, words) == NULL) {
		fprintf(stderr, "\"%s\" [%s] without \"%s\"\n", err.text, err.cause, words);
		CU_FAIL("refused for another reason");
	}
}

static const char *
standing(const struct person *p, const char *tenant, const char *field)
{
	struct error err = ERROR_INIT;
	struct request req;
	const char *text = "";

	begin(&req, OP_GET_SIGN_ON, NULL, FIELDS("tenant", tenant));
	req.peer_cert = p->cert;
	if (ops_serve(&req, NULL, &err) == 0)
		text = answered(&req, OP_GET_SIGN_ON, field);
	else
		text = error_kind_name(err.kind);
	request_release(&req);
	return text;
}

/* An administrator's call; 0 or the kind of the failure. */
static enum error_kind
decide(enum operation_id id, const char *const *fields, struct error *err)
{
	struct request req;
	int rc;

	error_clear(err);
	begin(&req, id, "acme/erp", fields);
	rc = ops_serve(&req, NULL, err);
	request_release(&req);
	return rc == 0 ? ERROR_NONE : err->kind;
}

static int
count_of(const char *sql)
{
	struct error err = ERROR_INIT;
	char out[64];

	ASSERT_OK(postgres_ask(ops_database(), "postgres", sql, out, sizeof(out), &err), &err);
	return atoi(out);
}

/* ---- tests ---- */

static void
nobody_hands_in_where_the_tenant_takes_none(void)
{
	struct person p = person("P-256", "early", -1, 100);

	is_refused(&p, "closed", ERROR_NOT_FOUND, "takes certificates by sign-on");
	/* And whether there is such a tenant is not told. */
	is_refused(&p, "no such tenant", ERROR_NOT_FOUND, "takes certificates by sign-on");
	CU_ASSERT_EQUAL(count_of("SELECT count(*) FROM signet.sign_on"), 0);
	person_gone(&p);
}

static void
who_is_accepted_can_call(void)
{
	struct person p = person("P-256", "alice", -1, 100);
	struct error err = ERROR_INIT;
	struct request req;
	const char *id = hand_in(&p, "acme", "Alice, accounting", &err), *again;
	char line[300];

	ASSERT_OK(id[0] != '\0' ? 0 : -1, &err);
	again = hand_in(&p, "acme", "again", &err);
	CU_ASSERT_STRING_EQUAL(again, id);
	CU_ASSERT_STRING_EQUAL(standing(&p, "acme", "state"), "Waiting");
	CU_ASSERT_STRING_EQUAL(standing(&p, "rival", "state"), "NotFound");
	begin(&req, OP_LIST_SIGN_ONS, "acme/erp", FIELDS("filter", "ACCOUNT"));
	ASSERT_OK(ops_serve(&req, NULL, &err), &err);
	CU_ASSERT_EQUAL(req.admin->count, 1);
	CU_ASSERT_STRING_EQUAL(answered(&req, OP_LIST_SIGN_ONS, "note"), "Alice, accounting");
	CU_ASSERT_STRING_EQUAL(answered(&req, OP_LIST_SIGN_ONS, "address"), "192.0.2.7");
	CU_ASSERT_STRING_EQUAL(answered(&req, OP_LIST_SIGN_ONS, "proof"), "Handshake");
	CU_ASSERT_PTR_NOT_NULL(strstr(answered(&req, OP_LIST_SIGN_ONS, "subject"), "CN=alice"));
	CU_ASSERT(answered(&req, OP_LIST_SIGN_ONS, "verdict")[0] != '\0');
	request_release(&req);
	/* A tenant sees his own. */
	begin(&req, OP_LIST_SIGN_ONS, "rival/erp", FIELDS("filter", "ACCOUNT"));
	ASSERT_OK(ops_serve(&req, NULL, &err), &err);
	CU_ASSERT_EQUAL(req.admin->count, 0);
	request_release(&req);

	CU_ASSERT_EQUAL(decide(OP_ACCEPT_SIGN_ON, FIELDS("id", id), &err), ERROR_MALFORMED);
	CU_ASSERT_EQUAL(
	    decide(OP_ACCEPT_SIGN_ON, FIELDS("id", id, "name", "erp"), &err), ERROR_CONFLICT);
	CU_ASSERT_EQUAL(
	    decide(OP_ACCEPT_SIGN_ON, FIELDS("id", id, "name", "alice"), &err), ERROR_NONE);
	ops_last_audit(line, sizeof(line));
	CU_ASSERT_STRING_EQUAL(line, "AcceptSignOn user alice Success");
	CU_ASSERT_STRING_EQUAL(standing(&p, "acme", "state"), "Accepted");
	CU_ASSERT_STRING_EQUAL(standing(&p, "acme", "user"), "alice");
	CU_ASSERT_EQUAL(count_of("SELECT count(*) FROM signet.user_certificate c JOIN signet.user "
				 "u ON u.id = c.user_id WHERE u.name = 'alice'"),
	    1);
	is_refused(&p, "acme", ERROR_CONFLICT, "belongs to a user already");
	is_refused(&p, "rival", ERROR_CONFLICT, "belongs to a user already");
	person_gone(&p);
}

static void
a_further_certificate_becomes_a_users(void)
{
	struct person p = person("RSA-2048", "new card", -1, 100);
	struct error err = ERROR_INIT;
	const char *id = hand_in(&p, "acme", NULL, &err);
	struct request req;
	char user[TEXT_UUID_SIZE];

	begin(&req, OP_GET_USER, "acme/erp", FIELDS("name", "clerk"));
	ASSERT_OK(ops_serve(&req, NULL, &err), &err);
	text_copy(user, sizeof(user), answered(&req, OP_GET_USER, "id"));
	request_release(&req);
	CU_ASSERT_EQUAL(
	    decide(OP_ACCEPT_SIGN_ON,
		FIELDS("id", id, "userId", "00112233-4455-6677-8899-aabbccddeeff"), &err),
	    ERROR_NOT_FOUND);
	CU_ASSERT_STRING_EQUAL(standing(&p, "acme", "state"), "Waiting");
	CU_ASSERT_EQUAL(
	    decide(OP_ACCEPT_SIGN_ON, FIELDS("id", id, "userId", user), &err), ERROR_NONE);
	CU_ASSERT_STRING_EQUAL(standing(&p, "acme", "user"), "clerk");
	person_gone(&p);
}

static void
who_is_refused_hears_why(void)
{
	struct person p = person("P-256", "bob", -1, 100);
	struct error err = ERROR_INIT;
	const char *id = hand_in(&p, "acme", NULL, &err), *second;

	CU_ASSERT_EQUAL(
	    decide(OP_REFUSE_SIGN_ON, FIELDS("id", id, "reason", ""), &err), ERROR_MALFORMED);
	CU_ASSERT_EQUAL(
	    decide(OP_REFUSE_SIGN_ON, FIELDS("id", id, "reason", "use your card"), &err),
	    ERROR_NONE);
	CU_ASSERT_STRING_EQUAL(standing(&p, "acme", "state"), "Refused");
	CU_ASSERT_STRING_EQUAL(standing(&p, "acme", "reason"), "use your card");
	CU_ASSERT_EQUAL(
	    decide(OP_ACCEPT_SIGN_ON, FIELDS("id", id, "name", "bob"), &err), ERROR_CONFLICT);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "acme/erp has decided already: Refused"));
	/* He may ask again, which is another request. */
	second = hand_in(&p, "acme", NULL, &err);
	CU_ASSERT(second[0] != '\0' && strcmp(second, id) != 0);
	CU_ASSERT_STRING_EQUAL(standing(&p, "acme", "state"), "Waiting");
	person_gone(&p);
}

static void
what_nobody_decides_on_ends(void)
{
	struct person p = person("P-256", "carol", -1, 100);
	struct error err = ERROR_INIT;
	const char *id = hand_in(&p, "acme", NULL, &err), *second;

	ops_change("UPDATE signet.sign_on SET expires = now() - interval '1 second' "
		   "WHERE state = 'waiting' AND subject LIKE '%carol%'");
	CU_ASSERT_STRING_EQUAL(standing(&p, "acme", "state"), "Expired");
	CU_ASSERT_EQUAL(
	    decide(OP_ACCEPT_SIGN_ON, FIELDS("id", id, "name", "carol"), &err), ERROR_CONFLICT);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "in time"));
	second = hand_in(&p, "acme", NULL, &err);
	CU_ASSERT(second[0] != '\0' && strcmp(second, id) != 0);
	person_gone(&p);
}

/* ---- two administrators ---- */

struct decider {
	enum operation_id operation;
	const char *id, *field, *value;
	enum error_kind kind;
	struct error err;
};

static void *
run_decider(void *arg)
{
	struct decider *d = arg;

	d->kind = decide(d->operation, FIELDS("id", d->id, d->field, d->value), &d->err);
	return NULL;
}

static void
of_two_who_decide_one_has(void)
{
	static const enum operation_id second[] = { OP_ACCEPT_SIGN_ON, OP_REFUSE_SIGN_ON };
	struct error err = ERROR_INIT;
	pthread_t threads[2];
	int round, i;

	for (round = 0; round < 6; round++) {
		struct person p = person("P-256", "raced", -1, 100);
		const char *id = hand_in(&p, "acme", NULL, &err);
		char names[2][32];
		struct decider d[2] = { { OP_ACCEPT_SIGN_ON, id, "name", names[0], 0, ERROR_INIT },
			{ second[round % 2], id, round % 2 ? "reason" : "name", names[1], 0,
			    ERROR_INIT } };

		for (i = 0; i < 2; i++) {
			snprintf(names[i], sizeof(names[i]), "raced %d %d", round, i);
			CU_ASSERT_EQUAL_FATAL(
			    pthread_create(&threads[i], NULL, run_decider, &d[i]), 0);
		}
		for (i = 0; i < 2; i++)
			pthread_join(threads[i], NULL);
		CU_ASSERT_EQUAL((d[0].kind == ERROR_NONE) + (d[1].kind == ERROR_NONE), 1);
		i = d[0].kind == ERROR_NONE;
		CU_ASSERT_EQUAL(d[i].kind, ERROR_CONFLICT);
		CU_ASSERT_PTR_NOT_NULL(strstr(d[i].err.text, "has decided already"));
		person_gone(&p);
	}
	/* No user was made by who came second. */
	CU_ASSERT_EQUAL(count_of("SELECT (SELECT count(*) FROM signet.user WHERE name LIKE 'raced "
				 "%') - (SELECT count(*) FROM signet.sign_on WHERE state = "
				 "'accepted' AND user_name LIKE 'raced %')"),
	    0);
}

/* ---- challenges ---- */

/* Ask for one, sign it. 0 or -1. */
static int
get_challenge(const struct person *p, const char *tenant, char text[1200], struct buf *signature)
{
	struct error err = ERROR_INIT;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const int has_digest = !EVP_PKEY_is_a(p->key, "ED25519");
	struct request req;
	size_t len = 2048;
	int rc;

	begin(&req, OP_GET_SIGN_ON_CHALLENGE, NULL, FIELDS("tenant", tenant));
	put(&req, OP_GET_SIGN_ON_CHALLENGE, "certificate", SPAN_OF(&p->der));
	rc = ops_serve(&req, NULL, &err);
	if (rc != 0)
		fprintf(stderr, "%s [%s]\n", err.text, err.cause);
	text_copy(text, 1200, answered(&req, OP_GET_SIGN_ON_CHALLENGE, "challenge"));
	request_release(&req);
	signature->len = 0;
	if (rc == 0 &&
	    EVP_DigestSignInit(ctx, NULL, has_digest ? EVP_sha256() : NULL, NULL, p->key) == 1 &&
	    EVP_DigestSign(ctx, buf_reserve(signature, len, NULL), &len,
		(const unsigned char *)text, strlen(text)) == 1)
		signature->len = len;
	EVP_MD_CTX_free(ctx);
	return rc;
}

static enum error_kind
answer(const struct person *p, const char *tenant, const char *text, struct span signature,
    struct error *err)
{
	struct request req;
	int rc;

	error_clear(err);
	begin(&req, OP_SIGN_ON, NULL, FIELDS("tenant", tenant, "challenge", text));
	put(&req, OP_SIGN_ON, "certificate", SPAN_OF(&p->der));
	put(&req, OP_SIGN_ON, "signatureValue", signature);
	rc = ops_serve(&req, NULL, err);
	request_release(&req);
	return rc == 0 ? ERROR_NONE : err->kind;
}

static void
every_kind_of_key_answers_a_challenge(void)
{
	static const char *const types[] = { "P-256", "P-384", "RSA-2048", "Ed25519" };
	struct buf signature = BUF_INIT(4096);
	struct error err = ERROR_INIT;
	char text[1200];
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct person p = person(types[i], types[i], -1, 100);

		CU_ASSERT_EQUAL(get_challenge(&p, "acme", text, &signature), 0);
		CU_ASSERT_EQUAL(answer(&p, "acme", text, SPAN_OF(&signature), &err), ERROR_NONE);
		if (err.kind != ERROR_NONE)
			fprintf(stderr, "%s: %s [%s]\n", types[i], err.text, err.cause);
		CU_ASSERT_STRING_EQUAL(standing(&p, "acme", "state"), "Waiting");
		person_gone(&p);
	}
	buf_release(&signature);
}

static void
an_answered_challenge_is_spent(void)
{
	struct person p = person("P-256", "dora", -1, 100);
	struct buf signature = BUF_INIT(4096);
	struct error err = ERROR_INIT;
	char text[1200];

	CU_ASSERT_EQUAL(get_challenge(&p, "acme", text, &signature), 0);
	/* A wrong answer does not spend it, nor write anything. */
	signature.data[signature.len - 1] ^= 1;
	CU_ASSERT_EQUAL(
	    answer(&p, "acme", text, SPAN_OF(&signature), &err), ERROR_NOT_AUTHENTICATED);
	signature.data[signature.len - 1] ^= 1;
	CU_ASSERT_EQUAL(answer(&p, "acme", text, SPAN_OF(&signature), &err), ERROR_NONE);
	CU_ASSERT_EQUAL(answer(&p, "acme", text, SPAN_OF(&signature), &err), ERROR_CONFLICT);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "answered before"));
	person_gone(&p);
	buf_release(&signature);
}

static void
a_challenge_is_for_one_tenant_one_certificate_and_a_time(void)
{
	struct person p = person("P-256", "emil", -1, 100), q = person("P-256", "frida", -1, 100);
	struct buf signature = BUF_INIT(4096);
	struct error err = ERROR_INIT;
	char text[1200];

	CU_ASSERT_EQUAL(get_challenge(&p, "acme", text, &signature), 0);
	CU_ASSERT_EQUAL(
	    answer(&p, "rival", text, SPAN_OF(&signature), &err), ERROR_NOT_AUTHENTICATED);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "another tenant"));
	CU_ASSERT_EQUAL(
	    answer(&q, "acme", text, SPAN_OF(&signature), &err), ERROR_NOT_AUTHENTICATED);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "another certificate"));
	/* Without a challenge, and with one that nobody gave. */
	CU_ASSERT_EQUAL(answer(&p, "acme", "signet-sign-on-1 x", SPAN_OF(&signature), &err),
	    ERROR_NOT_AUTHENTICATED);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "none that this installation gave"));
	CU_ASSERT_EQUAL(answer(&p, "acme", text, SPAN_NONE, &err), ERROR_NOT_AUTHENTICATED);
	clock_set_offset(0);
	clock_set_offset(PKI_NOW + 400 - clock_now());
	CU_ASSERT_EQUAL(
	    answer(&p, "acme", text, SPAN_OF(&signature), &err), ERROR_NOT_AUTHENTICATED);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "has ended"));
	clock_set_offset(0);
	clock_set_offset(PKI_NOW - clock_now());
	CU_ASSERT_EQUAL(answer(&p, "acme", text, SPAN_OF(&signature), &err), ERROR_NONE);
	person_gone(&p);
	person_gone(&q);
	buf_release(&signature);
}

static void
who_shows_nothing_is_told_how_to(void)
{
	struct error err = ERROR_INIT;
	struct request req;

	begin(&req, OP_SIGN_ON, NULL, FIELDS("tenant", "acme"));
	CU_ASSERT_EQUAL(ops_serve(&req, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_AUTHENTICATED);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "GetSignOnChallenge"));
	request_release(&req);
}

/* ---- certificates that are not taken ---- */

static void
what_has_ended_or_not_begun_is_refused_with_the_day(void)
{
	struct person ended = person("P-256", "ended", -100, -10),
		      early = person("P-256", "early", 10, 100);

	is_refused(&ended, "acme", ERROR_CONFLICT, "expired at 2026-02-19");
	is_refused(&early, "acme", ERROR_CONFLICT, "not valid before 2026-03-11");
	person_gone(&ended);
	person_gone(&early);
}

static void
a_weak_key_proves_nothing(void)
{
	struct person p = person("P-256", "weak", -1, 100);
	EVP_PKEY *weak = EVP_RSA_gen(1024);

	X509_set_pubkey(p.cert, weak);
	CU_ASSERT_FATAL(X509_sign(p.cert, weak, EVP_sha256()) > 0);
	is_refused(&p, "acme", ERROR_UNSUPPORTED, "too few");
	EVP_PKEY_free(weak);
	person_gone(&p);
}

static void
a_tenant_may_take_only_whom_it_trusts(void)
{
	struct person p = person("P-256", "gerda", -1, 100),
		      stranger = self_made((const unsigned char *)"stranger", 8);
	struct error err = ERROR_INIT;

	ops_change("UPDATE signet.tenant SET sign_on = 'trusted' WHERE name = 'acme'");
	is_refused(&stranger, "acme", ERROR_NOT_AUTHORIZED, "NO_CERTIFICATE_CHAIN_FOUND");
	ops_change("UPDATE signet.trust_anchor SET usage = usage || '{TlsClient}' WHERE tenant_id "
		   "= (SELECT id FROM signet.tenant WHERE name = 'acme') AND NOT 'TlsClient' = "
		   "ANY (usage)");
	CU_ASSERT(hand_in(&p, "acme", NULL, &err)[0] != '\0');
	if (err.kind != ERROR_NONE)
		fprintf(stderr, "%s [%s]\n", err.text, err.cause);
	CU_ASSERT_EQUAL(count_of("SELECT count(*) FROM signet.sign_on WHERE verdict = "
				 "'TotalPassed' AND subject LIKE '%gerda%'"),
	    1);
	ops_change(OPEN);
	person_gone(&p);
	person_gone(&stranger);
}

/* ---- hostile names ---- */

static void
a_hostile_name_is_kept_whole_or_cut_between_characters(void)
{
	static unsigned char longest[9999];
	static const char bidi[] = "a\xE2\x80\xAE"
				   "b\x1b[2J\r\nc";
	struct person p = self_made((const unsigned char *)bidi, sizeof(bidi) - 1), q;
	struct error err = ERROR_INIT;
	size_t i;

	CU_ASSERT(hand_in(&p, "acme", NULL, &err)[0] != '\0');
	/* What a terminal would obey is escaped already (RFC 4514); marks are the viewer's. */
	CU_ASSERT_EQUAL(count_of("SELECT count(*) FROM signet.sign_on WHERE subject ~ "
				 "'[\\u0001-\\u001F]'"),
	    0);
	person_gone(&p);
	for (i = 0; i < sizeof(longest); i += 3)
		memcpy(longest + i, "\xE2\x82\xAC", 3);
	q = self_made(longest, sizeof(longest));
	CU_ASSERT(hand_in(&q, "acme", NULL, &err)[0] != '\0');
	if (err.kind != ERROR_NONE)
		fprintf(stderr, "%s [%s]\n", err.text, err.cause);
	CU_ASSERT_EQUAL(
	    count_of("SELECT max(octet_length(subject)) FROM signet.sign_on") < 1000, 1);
	person_gone(&q);
}

static void
what_is_too_large_is_refused(void)
{
	static unsigned char longest[20000];
	struct person p;

	memset(longest, 'a', sizeof(longest));
	p = self_made(longest, sizeof(longest));
	is_refused(&p, "acme", ERROR_TOO_LARGE, "more than 16384");
	person_gone(&p);
}

static void
a_note_turns_nothing(void)
{
	struct person p = person("P-256", "hans", -1, 100);
	struct error err;

	CU_ASSERT_STRING_EQUAL(hand_in(&p, "acme",
				   "good\xE2\x80\xAE"
				   "live",
				   &err),
	    "");
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "note"));
	person_gone(&p);
}

/* ---- limits ---- */

static void
only_so_many_wait(void)
{
	struct limits limits = ops_limits();
	struct error err = ERROR_INIT;
	struct person p[4];
	int i;

	ops_change("DELETE FROM signet.sign_on");
	limits.sign_on_waiting = 3;
	limits.caller_share = 67;
	ASSERT_OK(engine_set_limits(ops_engine(), &limits, &err), &err);
	for (i = 0; i < 4; i++)
		p[i] = person("P-256", "many", -1, 100);
	CU_ASSERT(hand_in(&p[0], "acme", NULL, &err)[0] != '\0');
	CU_ASSERT(hand_in(&p[1], "acme", NULL, &err)[0] != '\0');
	/* Two of three are one address's share. */
	is_refused(&p[2], "acme", ERROR_LIMIT, "from this address");
	/* Who waits already is told so, room or not. */
	CU_ASSERT(hand_in(&p[0], "acme", NULL, &err)[0] != '\0');
	ops_change("UPDATE signet.sign_on SET network = 'elsewhere'");
	CU_ASSERT(hand_in(&p[2], "acme", NULL, &err)[0] != '\0');
	is_refused(&p[3], "acme", ERROR_LIMIT, "wait for an administrator");
	/* Another tenant has room of its own. */
	CU_ASSERT(hand_in(&p[3], "rival", NULL, &err)[0] != '\0');
	CU_ASSERT_EQUAL(count_of("SELECT count(*) FROM signet.sign_on WHERE state = 'waiting'"), 4);
	for (i = 0; i < 4; i++)
		person_gone(&p[i]);
	limits = ops_limits();
	ASSERT_OK(engine_set_limits(ops_engine(), &limits, &err), &err);
}

static void
a_flood_ends_at_the_door(void)
{
	struct limits limits = ops_limits();
	struct person p = person("P-256", "flood", -1, 100);
	struct error err = ERROR_INIT;
	struct request req;

	limits.sign_on_address = 1;
	ASSERT_OK(engine_set_limits(ops_engine(), &limits, &err), &err);
	hand_in(&p, "acme", NULL, &err);
	begin(&req, OP_SIGN_ON, NULL, FIELDS("tenant", "acme"));
	req.peer_cert = p.cert;
	error_clear(&err);
	CU_ASSERT_EQUAL(ops_serve(&req, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
	CU_ASSERT_STRING_EQUAL(err.limit, "limit-sign-on-address");
	CU_ASSERT(err.retry_after > 0);
	CU_ASSERT_EQUAL(req.is_flood, 1);
	request_release(&req);
	limits = ops_limits();
	ASSERT_OK(engine_set_limits(ops_engine(), &limits, &err), &err);
	person_gone(&p);
}

static void
the_rule_is_the_administrators(void)
{
	struct person p = person("P-256", "late", -1, 100);
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL(decide(OP_SET_SIGN_ON_RULE, FIELDS("rule", "Closed"), &err), ERROR_NONE);
	is_refused(&p, "acme", ERROR_NOT_FOUND, "takes certificates");
	CU_ASSERT_EQUAL(decide(OP_SET_SIGN_ON_RULE, FIELDS("rule", "Open"), &err), ERROR_NONE);
	CU_ASSERT(hand_in(&p, "acme", NULL, &err)[0] != '\0');
	person_gone(&p);
}

static const struct test tests[] = {
	TEST(nobody_hands_in_where_the_tenant_takes_none),
	TEST(who_is_accepted_can_call),
	TEST(a_further_certificate_becomes_a_users),
	TEST(who_is_refused_hears_why),
	TEST(what_nobody_decides_on_ends),
	TEST(of_two_who_decide_one_has),
	TEST(every_kind_of_key_answers_a_challenge),
	TEST(an_answered_challenge_is_spent),
	TEST(a_challenge_is_for_one_tenant_one_certificate_and_a_time),
	TEST(who_shows_nothing_is_told_how_to),
	TEST(what_has_ended_or_not_begun_is_refused_with_the_day),
	TEST(a_weak_key_proves_nothing),
	TEST(a_tenant_may_take_only_whom_it_trusts),
	TEST(a_hostile_name_is_kept_whole_or_cut_between_characters),
	TEST(what_is_too_large_is_refused),
	TEST(a_note_turns_nothing),
	TEST(only_so_many_wait),
	TEST(a_flood_ends_at_the_door),
	TEST(the_rule_is_the_administrators),
	TEST_END,
};
const struct suite suite_server_ops_sign_on_apply = { "server/ops/sign_on/apply", setup,
	ops_world_end, tests };
