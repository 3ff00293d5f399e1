/*
 * Every operation there is, by its right alone (S2-24, S2-43, S2-44): a caller who has every right
 * but this one is refused, whichever way he says who he is, with an audit row and nothing done;
 * another is served once a group gives him this right and no other.
 *
 * So whoever has one right alone is refused every other operation: he has fewer rights than the one
 * who had all but that one. What that takes for granted, that more rights never refuse, is tried on
 * two other operations for each; the calls grow with the operations and not with their square.
 *
 * The operations are those of the table and of the WSDL, and their requests are wsdl/examples: an
 * operation that is added is tried here without a word, or fails for want of an example.
 */
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/right.h"
#include "server/base/clock.h"
#include "server/base/text.h"
#include "server/ops/engine.h"
#include "signing/core/ossl.h"
#include "tests/support/keys_process.h"
#include "tests/support/postgres.h"
#include "tests/support/soap_call.h"
#include "tests/support/suite.h"

#define DOCUMENT   "An invoice over 100 euros.\n"
#define KNOWN_MS   5000 /* for a right that was given to be known */
#define NOT_SERVED "@"	/* a placeholder that nothing stands for */

enum way { CERTIFICATE, BASIC, TOKEN, WAYS };

static struct tried {
	const char *operation;
	char *request; /* what stands in the SOAP Body; NULL: no example, which fails a test */
	int is_open;   /* for who is not known as well: no right is asked for */
} tried[OPERATIONS];

/* Two users, each alone in a group of his name: with all rights but one, and with one alone. */
static struct clerk {
	const char *user;
	SSL_CTX *certificate;
} most = { "most", NULL }, few = { "few", NULL };

static struct live live;
static SSL_CTX *nobody;
static char password[64];

/* ---- requests ---- */

static struct placeholder {
	const char *name;
	struct buf value; /* base64 */
} placeholders[] = { { "@DOCUMENT@", BUF_INIT(0) }, { "@SHA256@", BUF_INIT(0) },
	{ "@SIGNATURE@", BUF_INIT(0) }, { "@TOKEN@", BUF_INIT(0) },
	{ "@CERTIFICATE@", BUF_INIT(0) }, { "@SIGNED@", BUF_INIT(0) }, { "@CASE_ID@", BUF_INIT(0) },
	{ "@FINGERPRINT@", BUF_INIT(0) }, { "@CSR@", BUF_INIT(0) }, { "@PKCS12@", BUF_INIT(0) },
	{ "@PASSPHRASE@", BUF_INIT(0) } };
#define PLACEHOLDERS (sizeof(placeholders) / sizeof(placeholders[0]))

static const struct placeholder *
placeholder_at(const char *text)
{
	size_t i;

	for (i = 0; i < PLACEHOLDERS; i++)
		if (strncmp(text, placeholders[i].name, strlen(placeholders[i].name)) == 0)
			return &placeholders[i];
	return NULL;
}

/* The example's Body with what its placeholders stand for; the caller's, or NULL. */
static char *
read_example(const char *operation)
{
	static const char open[] = "<soap:Body>";
	char path[128], *body = NULL, *end = NULL, *at;
	const struct placeholder *p;
	struct buf file = BUF_INIT(0), out = BUF_INIT(0);

	snprintf(path, sizeof(path), "wsdl/examples/%s.request.xml", operation);
	if (buf_read_file(&file, path, NULL) != 0 || buf_terminate(&file, NULL) != 0 ||
	    (body = strstr((char *)file.data, open)) == NULL ||
	    (end = strstr(body, "</soap:Body>")) == NULL)
		fprintf(stderr, "%s is no example of %s\n", path, operation);
	else
		for (at = body + strlen(open); at < end; at++)
			if (strncmp(at, "@REQUEST_ID@", 12) == 0) {
				buf_printf(&out, NULL, "rights-%s", operation);
				at += 11;
			} else if (*at == '@' && (p = placeholder_at(at)) != NULL) {
				buf_append(&out, p->value.data, p->value.len, NULL);
				at += strlen(p->name) - 1;
			} else
				buf_append(&out, at, 1, NULL);
	buf_release(&file);
	if (out.len == 0 || buf_terminate(&out, NULL) != 0)
		return NULL;
	return (char *)out.data;
}

/* "An invoice." within its signature. */
#define SIGN_ENVELOPING                                                                            \
	"<SignDocument><parameters><format>CMS</format><packaging>Enveloping</packaging>"          \
	"</parameters><document><content>QW4gaW52b2ljZS4=</content></document></SignDocument>"

static void
put_value(const char *name, const char *element, const char *answer)
{
	struct placeholder *p = (struct placeholder *)placeholder_at(name);
	static char value[65536];

	soap_text_of(answer, element, value, sizeof(value));
	buf_append(&p->value, value, strlen(value), NULL);
}

/* SHA-256 of @CERTIFICATE@ in hex. */
static int
put_fingerprint(void)
{
	unsigned char sha256[DIGEST_SIZE_MAX];
	struct buf der = BUF_INIT(0);
	char hex[65];
	int rc = text_base64_decode(&der, SPAN_OF(&placeholder_at("@CERTIFICATE@")->value), NULL);

	if (rc == 0)
		rc = digest_span(DIGEST_SHA256, SPAN_OF(&der), sha256, NULL);
	if (rc == 0)
		rc = buf_append_str(&((struct placeholder *)placeholder_at("@FINGERPRINT@"))->value,
		    text_hex(hex, sha256, 32), NULL);
	buf_release(&der);
	return rc;
}

static struct buf *
placeholder(const char *name)
{
	return &((struct placeholder *)placeholder_at(name))->value;
}

static int
put_base64(const char *name, ossl_i2d *i2d, const void *object)
{
	struct buf der = BUF_INIT(0);
	int rc = ossl_append_der(i2d, object, &der, NULL);

	if (rc == 0)
		rc = text_base64(placeholder(name), SPAN_OF(&der), 0, NULL);
	buf_release(&der);
	return rc;
}

/* A request for the key of @CERTIFICATE@, by somebody else's signature; and a key to take in. */
static int
put_keys(void)
{
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	X509 *own = test_cert(pkey, "taken in", NULL, NULL), *cert;
	PKCS12 *p12 = PKCS12_create("geheim geheim", "x", pkey, own, NULL, 0, 0, 0, 0, 0);
	X509_REQ *req = X509_REQ_new();
	struct buf der = BUF_INIT(0);
	const unsigned char *p;
	int rc = text_base64_decode(&der, SPAN_OF(placeholder("@CERTIFICATE@")), NULL);

	p = der.data;
	cert = rc == 0 ? d2i_X509(NULL, &p, (long)der.len) : NULL;
	if (cert == NULL || X509_REQ_set_pubkey(req, X509_get0_pubkey(cert)) != 1 ||
	    X509_REQ_sign(req, pkey, EVP_sha256()) <= 0 ||
	    put_base64("@CSR@", (ossl_i2d *)i2d_X509_REQ, req) != 0 ||
	    put_base64("@PKCS12@", (ossl_i2d *)i2d_PKCS12, p12) != 0)
		rc = -1;
	buf_append_str(placeholder("@PASSPHRASE@"), "geheim geheim", NULL);
	X509_free(cert);
	X509_free(own);
	X509_REQ_free(req);
	PKCS12_free(p12);
	EVP_PKEY_free(pkey);
	buf_release(&der);
	return rc;
}

/* What the placeholders stand for comes from the server itself, asked by one who may do all. */
static int
fill_placeholders(void)
{
	unsigned char sha256[DIGEST_SIZE_MAX];
	struct error err = ERROR_INIT;
	SSL_CTX *erp = soap_call_context(&live, "erp");
	char *stamp = NULL, *stored = NULL;
	struct soap_call c;
	int rc = -1;

	soap_call_init(&c, &live, erp);
	text_base64(&placeholders[0].value, span_str(DOCUMENT), 0, NULL);
	if (digest_span(DIGEST_SHA256, span_str(DOCUMENT), sha256, &err) != 0 ||
	    text_base64(&placeholders[1].value, (struct span){ sha256, 32 }, 0, &err) != 0 ||
	    soap_call(&c, soap_sign_cms("demo-rsa", DOCUMENT, NULL)) != 200)
		goto done;
	put_value("@SIGNATURE@", "content", soap_answer(&c));
	put_value("@CERTIFICATE@", "signingCertificate", soap_answer(&c));
	if (soap_call(&c, SIGN_ENVELOPING) != 200)
		goto done;
	put_value("@SIGNED@", "content", soap_answer(&c));
	if (put_fingerprint() != 0 || put_keys() != 0)
		goto done;
	stamp = read_example("TimestampDigest");
	if (stamp == NULL || soap_call(&c, stamp) != 200)
		goto done;
	put_value("@TOKEN@", "timestampToken", soap_answer(&c));
	stored = read_example("VerifyDocument.store");
	if (stored == NULL || soap_call(&c, stored) != 200)
		goto done;
	put_value("@CASE_ID@", "caseId", soap_answer(&c));
	rc = 0;
done:
	if (rc != 0)
		fprintf(stderr, "no sample: %s %s\n", err.text, soap_answer(&c));
	free(stamp);
	free(stored);
	soap_call_end(&c);
	SSL_CTX_free(erp);
	return rc;
}

/* ---- callers ---- */

/* A user with erp's password and certificate of his own, whose group may use every key. */
#define ADD_CLERK                                                                                  \
	"WITH o AS (SELECT * FROM signet.user WHERE name = 'erp'), u AS (INSERT INTO signet.user " \
	"(id, tenant_id, name, password) SELECT gen_random_uuid(), tenant_id, '%s', password "     \
	"FROM o RETURNING id, tenant_id), g AS (INSERT INTO signet.group (id, tenant_id, name) "   \
	"SELECT gen_random_uuid(), tenant_id, '%s' FROM u RETURNING id, tenant_id), k AS (INSERT " \
	"INTO signet.group_key SELECT g.tenant_id, g.id, k.id FROM g, signet.signing_key k) "      \
	"INSERT INTO signet.group_member SELECT g.tenant_id, g.id, u.id FROM g, u"
#define GIVE                                                                                       \
	"INSERT INTO signet.group_right SELECT g.tenant_id, g.id, o.name FROM signet.group g, "    \
	"signet.operation o WHERE g.name = '%s' AND ('%s' IN (o.name, ''))"
#define TAKE                                                                                       \
	"DELETE FROM signet.group_right r USING signet.group g WHERE g.id = r.group_id AND "       \
	"g.name = '%s' AND '%s' IN (r.operation, '')"

/* Open operations have tests of their own (system/sign_on). */
static int
is_guarded(const struct tried *t)
{
	return t->request != NULL && !t->is_open;
}

static int
run_sql(const char *sql)
{
	struct error err = ERROR_INIT;
	int rc = postgres_run(live.database, "postgres", sql, &err);

	if (rc != 0)
		fprintf(stderr, "%s: %s\n", err.text, err.cause);
	return rc;
}

/*
 * What the examples of the service Administration are about, anew before each call that is to be
 * served: user alice in the group clerks, which may ListKeys and open a page; the group managers;
 * another tenant.
 */
#define FUNCTIONS                                                                                  \
	"CREATE OR REPLACE FUNCTION pg_temp.thing(n text) RETURNS uuid LANGUAGE sql AS "           \
	"$$SELECT ('6f1c2c0a-5d0e-4c1b-9a3f-0a1b2c3d4e0' || n)::uuid$$;"                           \
	"CREATE OR REPLACE FUNCTION pg_temp.demo() RETURNS uuid LANGUAGE sql AS "                  \
	"$$SELECT id FROM signet.tenant WHERE name = 'demo'$$;"
static const char *const administered[] = {
	"DELETE FROM signet.url_rule",
	"DELETE FROM signet.timestamp_authority WHERE name LIKE '% tsa'",
	"DELETE FROM signet.signing_key WHERE name IN ('example key', 'other key', "
	"'waiting key', 'taken in')",
	"DELETE FROM signet.signing_key_request",
	"DELETE FROM signet.job WHERE name = 'example-job'",
	"DELETE FROM signet.sign_on",
	"DELETE FROM signet.proposal",
	"DELETE FROM signet.trust_choice",
	"DELETE FROM signet.trust_source",
	"DELETE FROM signet.trust_anchor WHERE name LIKE '% ca'",
	"DELETE FROM signet.user WHERE name IN ('alice', 'bob') OR tenant_id <> pg_temp.demo()",
	"DELETE FROM signet.group WHERE name IN ('clerks', 'managers', 'auditors')"
	" OR tenant_id <> pg_temp.demo()",
	"DELETE FROM signet.tenant WHERE name <> 'demo'",
	"INSERT INTO signet.tenant (id, name) SELECT pg_temp.thing('4'), 'example tenant'",
	"INSERT INTO signet.user (id, tenant_id, name)"
	" SELECT pg_temp.thing('1'), pg_temp.demo(), 'alice'",
	"INSERT INTO signet.group (id, tenant_id, name)"
	" SELECT pg_temp.thing('2'), pg_temp.demo(), 'clerks'",
	"INSERT INTO signet.group (id, tenant_id, name)"
	" SELECT pg_temp.thing('3'), pg_temp.demo(), 'managers'",
	"INSERT INTO signet.group_member"
	" SELECT pg_temp.demo(), pg_temp.thing('2'), pg_temp.thing('1')",
	"INSERT INTO signet.group_right SELECT pg_temp.demo(), pg_temp.thing('2'), 'ListKeys'",
	"INSERT INTO signet.url_rule (id, tenant_id, name, host, path, methods) SELECT"
	" pg_temp.thing('6'), pg_temp.demo(), 'orders', 'www.example.org', '/orders/**', '{GET}'",
	"INSERT INTO signet.url_rule_group"
	" SELECT pg_temp.demo(), pg_temp.thing('6'), pg_temp.thing('2')",
	"INSERT INTO signet.trust_source (id, tenant_id, name, signers)"
	" SELECT pg_temp.thing('8'), pg_temp.demo(), 'example list', '{x}'",
	"INSERT INTO signet.trust_choice SELECT pg_temp.demo(), pg_temp.thing('8')",
	"INSERT INTO signet.timestamp_authority (id, tenant_id, name, place, store_key, "
	"certificates)"
	" SELECT pg_temp.thing('a'), pg_temp.demo(), 'example tsa', 1000, store_key, certificates"
	" FROM signet.timestamp_authority WHERE store_key IS NOT NULL LIMIT 1",
	"INSERT INTO signet.signing_key (id, tenant_id, name, store_key, algorithm, size, "
	"certificate, not_after, usage) SELECT pg_temp.thing('b'), tenant_id, 'example key', "
	"store_key,"
	" algorithm, size, certificate, not_after, usage FROM signet.signing_key WHERE name = "
	"'demo-rsa'",
	"INSERT INTO signet.signing_key (id, tenant_id, name, store_key, algorithm, size, "
	"certificate, not_after, usage) SELECT pg_temp.thing('d'), tenant_id, 'other key', "
	"store_key, algorithm, size, certificate, not_after, usage FROM signet.signing_key WHERE "
	"name = 'demo-rsa'",
	"INSERT INTO signet.group_key"
	" SELECT pg_temp.demo(), pg_temp.thing('2'), pg_temp.thing('d')",
	"INSERT INTO signet.job (id, tenant_id, name, every_seconds, state)"
	" SELECT pg_temp.thing('c'), pg_temp.demo(), 'example-job', 3600, 'paused'",
	/* Its digest is that of the examples: server/ops/admin/stored.h says of what. */
	"INSERT INTO signet.proposal (id, tenant_id, operation, object, change, request, "
	"field_names, field_values, digest, proposer_id, proposer, proposer_keys, proposed, "
	"expires) SELECT pg_temp.thing('d'), pg_temp.demo(), 'CreateGroup', 'group example group', "
	"'', convert_to(E'name=example group\\n', 'UTF8'), '{name}', '{example group}', "
	"sha256(convert_to(E'signet proposal 1\\nid=' || pg_temp.thing('d') || "
	"E'\\nproposer=demo/alice\\nproposed=2026-03-01T09:00:00Z\\noperation=CreateGroup\\n"
	"seen=-1\\nname=example group\\n', 'UTF8')), pg_temp.thing('1'), 'demo/alice', '{}', "
	"'2026-03-01T09:00:00Z', now() + interval '1 day'",
	"DELETE FROM signet.group WHERE name = 'example group'",
};
#define ADMINISTERED (sizeof(administered) / sizeof(administered[0]))

static int
make_administered(const char *operation)
{
	const struct buf *card = &placeholder_at("@CERTIFICATE@")->value;
	struct buf sql = BUF_INIT(0);
	size_t i;
	int rc;

	buf_printf(&sql, NULL, "%s", FUNCTIONS);
	for (i = 0; i < ADMINISTERED; i++)
		buf_printf(&sql, NULL, "%s;", administered[i]);
	if (strcmp(operation, "UpdateUserCertificate") == 0 ||
	    strcmp(operation, "RemoveUserCertificate") == 0)
		buf_printf(&sql, NULL,
		    "INSERT INTO signet.user_certificate (fingerprint, tenant_id, user_id, "
		    "certificate, not_after) SELECT sha256(d), pg_temp.demo(), pg_temp.thing('1'), "
		    "d, now() FROM decode('%.*s', 'base64') AS d;",
		    (int)card->len, (const char *)card->data);
	buf_printf(&sql, NULL,
	    "INSERT INTO signet.signing_key_request (id, tenant_id, name, algorithm, size, usage, "
	    "subject, request, wrapped) SELECT pg_temp.thing('e'), pg_temp.demo(), 'waiting key', "
	    "'RSA', 2048, '{Sign}', 'CN=x', decode('%.*s', 'base64'), 'x';",
	    (int)placeholder("@CSR@")->len, (const char *)placeholder("@CSR@")->data);
	/* All but the operation that adds the same certificate. */
	if (strstr(operation, "TrustAnchor") != NULL && strcmp(operation, "AddTrustAnchors") != 0)
		buf_printf(&sql, NULL,
		    "INSERT INTO signet.trust_anchor (id, tenant_id, name, certificate, usage) "
		    "SELECT pg_temp.thing('9'), pg_temp.demo(), 'own ca', decode('%.*s', "
		    "'base64'), '{Signing}';",
		    (int)card->len, (const char *)card->data);
	if (strcmp(operation, "AcceptSignOn") == 0 || strcmp(operation, "RefuseSignOn") == 0)
		buf_printf(&sql, NULL,
		    "INSERT INTO signet.sign_on (id, tenant_id, fingerprint, certificate, subject, "
		    "issuer, serial_number, not_before, not_after, verdict, verdict_reason, proof, "
		    "peer, network, expires) SELECT pg_temp.thing('6'), pg_temp.demo(), sha256(d), "
		    "d, 'CN=x', 'CN=y', '1', now(), now() + interval '1 day', 'Indeterminate', '', "
		    "'Handshake', '::1', '::1', now() + interval '1 day' "
		    "FROM decode('%.*s', 'base64') AS d",
		    (int)card->len, (const char *)card->data);
	/* Who accepts, and who proposed it, may do what is accepted; nobody else by this. */
	if (strcmp(operation, "AcceptProposal") == 0)
		buf_printf(&sql, NULL,
		    "INSERT INTO signet.group_right SELECT tenant_id, id, 'CreateGroup' FROM "
		    "signet.group WHERE name IN ('few', 'clerks') AND tenant_id = "
		    "pg_temp.demo() ON CONFLICT DO NOTHING;");
	rc = buf_terminate(&sql, NULL) == 0 ? run_sql((const char *)sql.data) : -1;
	buf_release(&sql);
	return rc;
}

static int
add_clerk(struct clerk *clerk)
{
	char sql[2048];

	snprintf(sql, sizeof(sql), ADD_CLERK, clerk->user, clerk->user);
	if (run_sql(sql) != 0 || live_new_client(&live, clerk->user, -1, 10, clerk->user) != 0)
		return -1;
	clerk->certificate = soap_call_context(&live, clerk->user);
	return 0;
}

static void
add_tried(struct tried *t, const struct operation *op)
{
	t->operation = op->name;
	t->request = read_example(op->name);
	t->is_open = (op->flags & OPERATION_OPEN) != 0;
}

/* Give his group a right, or take it; "" is every right. */
static int
change(const char *how, const struct clerk *clerk, const char *operation)
{
	char sql[512];

	snprintf(sql, sizeof(sql), how, clerk->user, operation);
	return run_sql(sql);
}

static void
come(struct soap_call *c, const struct clerk *clerk, enum way way)
{
	char name[96];

	soap_call_init(c, &live, way == CERTIFICATE ? clerk->certificate : nobody);
	snprintf(name, sizeof(name), "demo/%s", clerk->user);
	if (way == BASIC)
		soap_call_basic(c, name, password);
	if (way == TOKEN)
		soap_call_token(c, name, password);
}

static int
count_of(const char *sql)
{
	struct error err = ERROR_INIT;
	char out[64];

	ASSERT_OK(postgres_ask(live.database, "signet_owner", sql, out, sizeof(out), &err), &err);
	return atoi(out);
}

/* ---- tests ---- */

static void
the_contract_the_table_and_the_rights_name_the_same_operations(void)
{
	struct buf wsdl = BUF_INIT(0);
	char *at, *end, words[128];
	size_t i, listed = 0;

	CU_ASSERT_EQUAL_FATAL(buf_read_file(&wsdl, "wsdl/signet.wsdl", NULL), 0);
	CU_ASSERT_EQUAL_FATAL(buf_terminate(&wsdl, NULL), 0);
	end = strstr((char *)wsdl.data, "<wsdl:binding ");
	CU_ASSERT_PTR_NOT_NULL_FATAL(end);
	*end = '\0'; /* only the port types: each operation once */
	for (at = (char *)wsdl.data; (at = strstr(at, "<wsdl:operation ")) != NULL; at++)
		listed++;
	CU_ASSERT_EQUAL(listed, OPERATIONS);
	for (i = 0; i < OPERATIONS; i++) {
		const struct operation *op = operation_by_id((enum operation_id)i);

		snprintf(words, sizeof(words), "<wsdl:operation name=\"%s\"", op->name);
		CU_ASSERT_PTR_NOT_NULL(strstr((char *)wsdl.data, words));
		if (op->flags & OPERATION_OPEN) {
			CU_ASSERT_EQUAL(op->right, RIGHT_UNSET);
			continue;
		}
		CU_ASSERT_STRING_EQUAL(right_name((enum right)op->right), op->name);
		snprintf(words, sizeof(words),
		    "SELECT count(*) FROM signet.operation WHERE name = '%s'", op->name);
		CU_ASSERT_EQUAL(count_of(words), 1);
	}
	buf_release(&wsdl);
}

static void
each_operation_has_an_example_that_can_be_sent(void)
{
	size_t i;

	for (i = 0; i < OPERATIONS; i++) {
		const char *left = tried[i].request != NULL ? strchr(tried[i].request, '@') : "";

		if (left != NULL)
			fprintf(stderr, "%s: nothing stands for %.30s\n", tried[i].operation, left);
		CU_ASSERT_PTR_NULL(left);
	}
}

/* The number of the last row of the log, for those that come behind. */
static long
log_end(void)
{
	return count_of("SELECT COALESCE(max(seq), 0) FROM signet.audit WHERE caller = "
			"'demo/most'");
}

/* Nothing is left of it but the row that says so. */
static void
left_nothing(const struct tried *t, const struct soap_call *c, long before)
{
	struct error err = ERROR_INIT;
	char sql[700], row[1000] = "", want[400];

	snprintf(sql, sizeof(sql),
	    "SELECT concat_ws(' ', caller, operation, result, octet_length(digest), "
	    "reason) FROM signet.audit WHERE request = '%s'",
	    c->request_id);
	ASSERT_OK(postgres_ask(live.database, "signet_owner", sql, row, sizeof(row), &err), &err);
	snprintf(want, sizeof(want),
	    "demo/most %s NotAuthorized 0 user \"most\" lacks the right %s:", t->operation,
	    t->operation);
	row[strlen(want)] = '\0';
	CU_ASSERT_STRING_EQUAL(row, want);
	if (strcmp(row, want) != 0)
		fprintf(stderr, "%s instead of %s\n", row, want);
	CU_ASSERT_EQUAL(
	    count_of("SELECT count(*) FROM signet.request_id r JOIN signet.user u ON u.id = "
		     "r.user_id WHERE u.name = 'most'"),
	    0);
	snprintf(sql, sizeof(sql),
	    "SELECT count(*) FROM signet.audit WHERE caller = 'demo/most' AND operation = '%s' AND "
	    "result <> 'NotAuthorized' AND seq > %ld",
	    t->operation, before);
	CU_ASSERT_EQUAL(count_of(sql), 0);
}

/* He had all rights a moment ago: within KNOWN_MS it is known that he lacks this one. */
static int
most_lacks(const struct tried *t)
{
	int64_t end = clock_monotonic_us() + KNOWN_MS * 1000LL;
	char word[100];
	struct soap_call c;
	int lacks = 0;

	snprintf(word, sizeof(word), ">%s<", t->operation);
	come(&c, &most, CERTIFICATE);
	while (!lacks && clock_monotonic_us() < end) {
		lacks = soap_call(&c, "<WhoAmI/>") != 200 || strstr(soap_answer(&c), word) == NULL;
		if (!lacks)
			poll(NULL, 0, 2);
	}
	soap_call_end(&c);
	return lacks;
}

static void
who_has_every_right_but_this_one_is_refused(void)
{
	char words[128];
	struct soap_call c;
	size_t i;
	long before;
	int way;

	for (i = 0; i < OPERATIONS; i++) {
		if (!is_guarded(&tried[i]))
			continue;
		CU_ASSERT_EQUAL(change(TAKE, &most, tried[i].operation), 0);
		CU_ASSERT_FATAL(most_lacks(&tried[i]));
		snprintf(words, sizeof(words), "lacks the right %s:", tried[i].operation);
		before = log_end();
		for (way = CERTIFICATE; way < WAYS; way++) {
			come(&c, &most, (enum way)way);
			CU_ASSERT(soap_call(&c, tried[i].request) >= 400);
			CU_ASSERT(soap_is_fault(&c, "NotAuthorized", words));
			left_nothing(&tried[i], &c, before);
			soap_call_end(&c);
		}
		CU_ASSERT_EQUAL(change(GIVE, &most, tried[i].operation), 0);
	}
}

/* And he is not refused because he may do nothing: the other rights are his. */
static void
who_lacks_one_right_has_the_others(void)
{
	struct soap_call c;
	size_t i;

	for (i = 0; i < OPERATIONS; i++) {
		const struct tried *other = &tried[(i + 1) % OPERATIONS];

		if (!is_guarded(other) || !is_guarded(&tried[i]))
			continue;
		CU_ASSERT_EQUAL(change(TAKE, &most, tried[i].operation), 0);
		CU_ASSERT_FATAL(most_lacks(&tried[i]));
		come(&c, &most, CERTIFICATE);
		CU_ASSERT_EQUAL(make_administered(other->operation), 0);
		CU_ASSERT_EQUAL(soap_call(&c, other->request), 200);
		if (strstr(soap_answer(&c), "SignetFault") != NULL)
			fprintf(stderr, "%s: %s\n", other->operation, soap_answer(&c));
		soap_call_end(&c);
		CU_ASSERT_EQUAL(change(GIVE, &most, tried[i].operation), 0);
	}
}

/* The right was given a moment ago: within KNOWN_MS it is known. */
static int
becomes_served(struct soap_call *c, const char *request)
{
	int64_t end = clock_monotonic_us() + KNOWN_MS * 1000LL;
	int status;

	while ((status = soap_call(c, request)) != 200 && clock_monotonic_us() < end)
		poll(NULL, 0, 2);
	if (status != 200)
		fprintf(stderr, "%d: %s\n", status, soap_answer(c));
	return status == 200;
}

/* No other operation, tried on the next one and on one half way round. */
static void
others_are_refused(size_t i)
{
	const size_t others[2] = { (i + 1) % OPERATIONS, (i + OPERATIONS / 2) % OPERATIONS };
	struct soap_call c;
	int k;

	come(&c, &few, CERTIFICATE);
	for (k = 0; k < 2; k++) {
		const struct tried *other = &tried[others[k]];

		if (!is_guarded(other))
			continue;
		CU_ASSERT(soap_call(&c, other->request) >= 400);
		if (!soap_is_fault(&c, "NotAuthorized", "lacks the right"))
			fprintf(stderr, "%s with the right to %s: %s\n", other->operation,
			    tried[i].operation, soap_answer(&c));
		CU_ASSERT(soap_is_fault(&c, "NotAuthorized", "lacks the right"));
	}
	soap_call_end(&c);
}

static void
who_has_this_right_alone_is_served_and_with_no_other_operation(void)
{
	char sql[512];
	struct soap_call c;
	size_t i;
	int way;

	for (i = 0; i < OPERATIONS; i++) {
		if (!is_guarded(&tried[i]))
			continue;
		CU_ASSERT_EQUAL(change(TAKE, &few, ""), 0);
		CU_ASSERT_EQUAL(change(GIVE, &few, tried[i].operation), 0);
		for (way = CERTIFICATE; way < WAYS; way++) {
			come(&c, &few, (enum way)way);
			CU_ASSERT_EQUAL(make_administered(tried[i].operation), 0);
			CU_ASSERT(becomes_served(&c, tried[i].request));
			snprintf(sql, sizeof(sql),
			    "SELECT count(*) FROM signet.audit WHERE request = '%s' AND caller = "
			    "'demo/few' AND operation = '%s' AND result IN ('Success', 'Warning')",
			    c.request_id, tried[i].operation);
			CU_ASSERT_EQUAL(count_of(sql), 1);
			soap_call_end(&c);
		}
		others_are_refused(i);
	}
}

/* ---- another tenant ---- */

/* All that the examples are about, as one text. */
static void
look(char out[64])
{
	struct error err = ERROR_INIT;

	ASSERT_OK(
	    postgres_ask(live.database, "postgres",
		"SELECT md5(concat((SELECT string_agg(u::text, ',' ORDER BY id) FROM "
		"signet.user u WHERE name <> 'spy'), (SELECT string_agg(c::text, ',' ORDER BY "
		"fingerprint) FROM signet.user_certificate c), (SELECT string_agg(g::text, ',' "
		"ORDER BY id) FROM signet.group g WHERE name <> 'spies'), (SELECT "
		"string_agg(r::text, ',' ORDER BY id) FROM signet.url_rule r), (SELECT "
		"string_agg(k::text, ',' ORDER BY id) FROM signet.signing_key k), (SELECT "
		"string_agg(j::text, ',' ORDER BY id) FROM signet.job j WHERE name = "
		"'example-job'), "
		"(SELECT string_agg(a::text, ',' ORDER BY id) FROM signet.timestamp_authority a), "
		"(SELECT string_agg(c::text, ',' ORDER BY source_id, provider) FROM "
		"signet.trust_choice "
		"c), (SELECT string_agg(p::text, ',' ORDER BY id) FROM signet.proposal p), (SELECT "
		"string_agg(a::text, ',' ORDER BY id) FROM signet.trust_anchor a), "
		"(SELECT string_agg(m::text, ',' ORDER BY rule_id, group_id) FROM "
		"signet.url_rule_group "
		"m), (SELECT "
		"string_agg(m::text, ',' ORDER BY user_id, group_id) FROM signet.group_member "
		"m), (SELECT string_agg(r::text, ',' ORDER BY group_id, operation) FROM "
		"signet.group_right r), (SELECT string_agg(k::text, ',' ORDER BY group_id, key_id) "
		"FROM signet.group_key k), (SELECT string_agg(q::text, ',' ORDER BY id) FROM "
		"signet.signing_key_request q), (SELECT string_agg(t::text, ',' ORDER BY id) FROM "
		"signet.tenant t)))",
		out, 64, &err),
	    &err);
}

#define ADD_SPY                                                                                    \
	"WITH t AS (INSERT INTO signet.tenant (id, name) VALUES (gen_random_uuid(), 'rival') "     \
	"RETURNING id), u AS (INSERT INTO signet.user (id, tenant_id, name, password) SELECT "     \
	"gen_random_uuid(), t.id, 'spy', o.password FROM t, signet.user o WHERE o.name = 'erp' "   \
	"RETURNING id, tenant_id), g AS (INSERT INTO signet.group (id, tenant_id, name) SELECT "   \
	"gen_random_uuid(), id, 'spies' FROM t RETURNING id, tenant_id), r AS (INSERT INTO "       \
	"signet.group_right SELECT g.tenant_id, g.id, o.name FROM g, signet.operation o WHERE "    \
	"NOT o.for_server) INSERT INTO signet.group_member SELECT g.tenant_id, g.id, u.id FROM "   \
	"g, u"

/*
 * S2-01: who has every right in his own tenant gets nowhere with the ids of another's things,
 * whichever operation he tries, and hears what he would of ids that nobody has.
 */
static void
ids_of_another_tenant_are_not_found(void)
{
	struct soap_call c;
	char before[64], after[64];
	size_t i, calls = 0;

	CU_ASSERT_EQUAL_FATAL(make_administered("UpdateUserCertificate"), 0);
	CU_ASSERT_EQUAL_FATAL(run_sql(ADD_SPY), 0);
	soap_call_init(&c, &live, nobody);
	soap_call_basic(&c, "rival/spy", password);
	look(before);
	for (i = OP_CREATE_TENANT; i < OPERATIONS; i++) {
		const char *request = tried[i].request;
		int status;

		if (tried[i].is_open)
			continue;
		if (strstr(request, "6f1c2c0a-") == NULL && strstr(request, ">alice<") == NULL &&
		    strstr(request, ">clerks<") == NULL &&
		    strstr(request, ">example list<") == NULL)
			continue;
		calls++;
		status = soap_call(&c, request);
		/* The matrix of a group that is not there is empty. */
		if (strcmp(tried[i].operation, "ListRights") == 0)
			CU_ASSERT(status == 200 && strstr(soap_answer(&c), "item>") == NULL)
		else if (strstr(tried[i].operation, "Tenant") != NULL)
			CU_ASSERT(soap_is_fault(&c, "NotAuthorized", "Tenant"))
		else if (!soap_is_fault(&c, "NotFound", "")) {
			fprintf(stderr, "%s: %s\n", tried[i].operation, soap_answer(&c));
			CU_FAIL("not refused as not found");
		}
	}
	look(after);
	CU_ASSERT_STRING_EQUAL(before, after);
	CU_ASSERT(calls > 18);
	soap_call_end(&c);
}

static int
start(void)
{
	size_t i;

	if (live_start(&live, NULL, NULL) != 0 || fill_placeholders() != 0)
		return -1;
	nobody = soap_call_context(&live, NULL);
	snprintf(password, sizeof(password), "%s", soap_password(&live, "erp"));
	for (i = 0; i < OPERATIONS; i++)
		add_tried(&tried[i], operation_by_id((enum operation_id)i));
	/* The rights over tenants are for the server's own. */
	if (add_clerk(&most) != 0 || add_clerk(&few) != 0 ||
	    run_sql(
		"UPDATE signet.tenant SET is_server = false; UPDATE signet.tenant SET is_server = "
		"true WHERE name = 'demo'") != 0)
		return -1;
	return change(GIVE, &most, "");
}

static int
stop(void)
{
	size_t i;

	live_stop(&live);
	for (i = 0; i < OPERATIONS; i++)
		free(tried[i].request);
	for (i = 0; i < PLACEHOLDERS; i++)
		buf_release(&placeholders[i].value);
	SSL_CTX_free(most.certificate);
	SSL_CTX_free(few.certificate);
	SSL_CTX_free(nobody);
	return 0;
}

static const struct test tests[] = {
	TEST(the_contract_the_table_and_the_rights_name_the_same_operations),
	TEST(each_operation_has_an_example_that_can_be_sent),
	TEST(who_has_every_right_but_this_one_is_refused),
	TEST(who_lacks_one_right_has_the_others),
	TEST(who_has_this_right_alone_is_served_and_with_no_other_operation),
	TEST(ids_of_another_tenant_are_not_found),
	TEST_END,
};
const struct suite suite_system_rights = { "system/rights", start, stop, tests };
