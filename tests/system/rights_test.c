/*
 * Every operation there is, by its right alone (S2-24, S2-43, S2-44): a caller who has every right
 * but this one is refused, whichever way he says who he is, with an audit row and nothing done; the
 * same caller is served once a group gives him this right and no other.
 *
 * The operations are those of the table and of the WSDL, and their requests are wsdl/examples: an
 * operation that is added is tried here without a word, or fails for want of an example.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/right.h"
#include "server/base/clock.h"
#include "server/base/text.h"
#include "server/ops/engine.h"
#include "tests/support/postgres.h"
#include "tests/support/soap_call.h"
#include "tests/support/suite.h"

#define DOCUMENT   "An invoice over 100 euros.\n"
#define KNOWN_MS   5000 /* for a right that was given to be known */
#define NOT_SERVED "@"	/* a placeholder that nothing stands for */

enum way { CERTIFICATE, BASIC, TOKEN, WAYS };

/* One for each operation: the user "clerk-OPERATION", alone in a group of his own. */
static struct clerk {
	const char *operation;
	char user[80];
	SSL_CTX *certificate;
	char *request; /* what stands in the SOAP Body; NULL: no example, which fails a test */
	int is_open;   /* for who is not known as well: no right is asked for */
} clerks[OPERATIONS];

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
	{ "@FINGERPRINT@", BUF_INIT(0) } };
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
	if (put_fingerprint() != 0)
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
/* All rights but the one that he is called after, or only that one. */
#define SET_RIGHTS                                                                                 \
	"BEGIN; DELETE FROM signet.group_right r USING signet.group g WHERE g.id = r.group_id "    \
	"AND g.name LIKE 'clerk-%%'; INSERT INTO signet.group_right SELECT g.tenant_id, g.id, "    \
	"o.name FROM signet.group g, signet.operation o WHERE g.name LIKE 'clerk-%%' AND 'clerk-'" \
	" || o.name %s g.name; COMMIT"

/* Open operations have tests of their own (system/sign_on). */
static int
is_guarded(const struct clerk *clerk)
{
	return clerk->request != NULL && !clerk->is_open;
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
	"DELETE FROM signet.sign_on",
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
	rc = buf_terminate(&sql, NULL) == 0 ? run_sql((const char *)sql.data) : -1;
	buf_release(&sql);
	return rc;
}

static int
add_clerk(struct clerk *clerk, const char *operation)
{
	char sql[2048];
	size_t i;

	clerk->operation = operation;
	snprintf(clerk->user, sizeof(clerk->user), "clerk-%s", operation);
	snprintf(sql, sizeof(sql), ADD_CLERK, clerk->user, clerk->user);
	if (run_sql(sql) != 0 || live_new_client(&live, clerk->user, -1, 10, clerk->user) != 0)
		return -1;
	clerk->request = read_example(operation);
	for (i = 0; i < OPERATIONS; i++)
		if (strcmp(operation_by_id((enum operation_id)i)->name, operation) == 0)
			clerk->is_open =
			    (operation_by_id((enum operation_id)i)->flags & OPERATION_OPEN) != 0;
	clerk->certificate = soap_call_context(&live, clerk->user);
	return 0;
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
		const char *left = clerks[i].request != NULL ? strchr(clerks[i].request, '@') : "";

		if (left != NULL)
			fprintf(
			    stderr, "%s: nothing stands for %.30s\n", clerks[i].operation, left);
		CU_ASSERT_PTR_NULL(left);
	}
}

/* Nothing is left of it but the row that says so. */
static void
left_nothing(const struct clerk *clerk, const struct soap_call *c)
{
	struct error err = ERROR_INIT;
	char sql[700], row[1000] = "", want[400];

	snprintf(sql, sizeof(sql),
	    "SELECT concat_ws(' ', caller, operation, result, octet_length(digest), "
	    "reason) FROM signet.audit WHERE request = '%s'",
	    c->request_id);
	ASSERT_OK(postgres_ask(live.database, "signet_owner", sql, row, sizeof(row), &err), &err);
	snprintf(want, sizeof(want),
	    "demo/%s %s NotAuthorized 0 user \"%s\" lacks the right %s:", clerk->user,
	    clerk->operation, clerk->user, clerk->operation);
	row[strlen(want)] = '\0';
	CU_ASSERT_STRING_EQUAL(row, want);
	if (strcmp(row, want) != 0)
		fprintf(stderr, "%s instead of %s\n", row, want);
	snprintf(sql, sizeof(sql),
	    "SELECT count(*) FROM signet.request_id r JOIN signet.user u ON u.id = r.user_id "
	    "WHERE u.name = '%s'",
	    clerk->user);
	CU_ASSERT_EQUAL(count_of(sql), 0);
	snprintf(sql, sizeof(sql),
	    "SELECT count(*) FROM signet.audit WHERE caller = 'demo/%s' AND operation = '%s' AND "
	    "result <> 'NotAuthorized'",
	    clerk->user, clerk->operation);
	CU_ASSERT_EQUAL(count_of(sql), 0);
}

static void
who_has_every_right_but_this_one_is_refused(void)
{
	char words[128];
	struct soap_call c;
	size_t i;
	int way;

	for (i = 0; i < OPERATIONS; i++)
		for (way = CERTIFICATE; way < WAYS && is_guarded(&clerks[i]); way++) {
			come(&c, &clerks[i], (enum way)way);
			snprintf(words, sizeof(words), "lacks the right %s:", clerks[i].operation);
			CU_ASSERT(soap_call(&c, clerks[i].request) >= 400);
			CU_ASSERT(soap_is_fault(&c, "NotAuthorized", words));
			left_nothing(&clerks[i], &c);
			soap_call_end(&c);
		}
}

/* And he is not refused because he may do nothing: the other rights are his. */
static void
who_lacks_one_right_has_the_others(void)
{
	struct soap_call c;
	size_t i;

	for (i = 0; i < OPERATIONS; i++) {
		const struct clerk *other = &clerks[(i + 1) % OPERATIONS];

		if (!is_guarded(other))
			continue;
		come(&c, &clerks[i], CERTIFICATE);
		CU_ASSERT_EQUAL(make_administered(other->operation), 0);
		CU_ASSERT_EQUAL(soap_call(&c, other->request), 200);
		if (strstr(soap_answer(&c), "SignetFault") != NULL)
			fprintf(stderr, "%s: %s\n", other->operation, soap_answer(&c));
		soap_call_end(&c);
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

static void
the_same_caller_is_served_once_a_group_gives_exactly_this_right(void)
{
	char sql[512];
	struct soap_call c;
	size_t i;
	int way;

	snprintf(sql, sizeof(sql), SET_RIGHTS, "=");
	CU_ASSERT_EQUAL_FATAL(run_sql(sql), 0);
	for (i = 0; i < OPERATIONS; i++) {
		for (way = CERTIFICATE; way < WAYS && is_guarded(&clerks[i]); way++) {
			come(&c, &clerks[i], (enum way)way);
			CU_ASSERT_EQUAL(make_administered(clerks[i].operation), 0);
			CU_ASSERT(becomes_served(&c, clerks[i].request));
			snprintf(sql, sizeof(sql),
			    "SELECT count(*) FROM signet.audit WHERE request = '%s' AND caller = "
			    "'demo/%s' AND operation = '%s' AND result IN ('Success', 'Warning')",
			    c.request_id, clerks[i].user, clerks[i].operation);
			CU_ASSERT_EQUAL(count_of(sql), 1);
			soap_call_end(&c);
		}
	}
}

/* The whole matrix: after the test before, each may do the one and none of the others. */
static void
one_right_gives_no_other(void)
{
	struct soap_call c;
	size_t i, j;
	int status, is_refused;

	for (i = 0; i < OPERATIONS; i++) {
		if (!is_guarded(&clerks[i]))
			continue;
		come(&c, &clerks[i], CERTIFICATE);
		for (j = 0; j < OPERATIONS; j++) {
			if (!is_guarded(&clerks[j]))
				continue;
			if (i == j)
				CU_ASSERT_EQUAL(make_administered(clerks[i].operation), 0);
			status = soap_call(&c, clerks[j].request);
			is_refused = strstr(soap_answer(&c), ">NotAuthorized<") != NULL;
			if ((status == 200) != (i == j) || is_refused != (i != j))
				fprintf(stderr, "%s calls %s: %d %s\n", clerks[i].user,
				    clerks[j].operation, status, soap_answer(&c));
			CU_ASSERT_EQUAL(status == 200, i == j);
			CU_ASSERT_EQUAL(is_refused, i != j);
		}
		soap_call_end(&c);
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
		"string_agg(c::text, ',' ORDER BY source_id, provider) FROM signet.trust_choice "
		"c), (SELECT string_agg(a::text, ',' ORDER BY id) FROM signet.trust_anchor a), "
		"(SELECT string_agg(m::text, ',' ORDER BY rule_id, group_id) FROM "
		"signet.url_rule_group "
		"m), (SELECT "
		"string_agg(m::text, ',' ORDER BY user_id, group_id) FROM signet.group_member "
		"m), (SELECT string_agg(r::text, ',' ORDER BY group_id, operation) FROM "
		"signet.group_right r), (SELECT string_agg(t::text, ',' ORDER BY id) FROM "
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
	size_t i, tried = 0;

	CU_ASSERT_EQUAL_FATAL(make_administered("UpdateUserCertificate"), 0);
	CU_ASSERT_EQUAL_FATAL(run_sql(ADD_SPY), 0);
	soap_call_init(&c, &live, nobody);
	soap_call_basic(&c, "rival/spy", password);
	look(before);
	for (i = OP_CREATE_TENANT; i < OPERATIONS; i++) {
		const char *request = clerks[i].request;
		int status;

		if (clerks[i].is_open)
			continue;
		if (strstr(request, "6f1c2c0a-") == NULL && strstr(request, ">alice<") == NULL &&
		    strstr(request, ">clerks<") == NULL &&
		    strstr(request, ">example list<") == NULL)
			continue;
		tried++;
		status = soap_call(&c, request);
		/* The matrix of a group that is not there is empty. */
		if (strcmp(clerks[i].operation, "ListRights") == 0)
			CU_ASSERT(status == 200 && strstr(soap_answer(&c), "item>") == NULL)
		else if (strstr(clerks[i].operation, "Tenant") != NULL)
			CU_ASSERT(soap_is_fault(&c, "NotAuthorized", "Tenant"))
		else if (!soap_is_fault(&c, "NotFound", "")) {
			fprintf(stderr, "%s: %s\n", clerks[i].operation, soap_answer(&c));
			CU_FAIL("not refused as not found");
		}
	}
	look(after);
	CU_ASSERT_STRING_EQUAL(before, after);
	CU_ASSERT(tried > 18);
	soap_call_end(&c);
}

static int
start(void)
{
	char sql[512];
	size_t i;

	if (live_start(&live, NULL, NULL) != 0 || fill_placeholders() != 0)
		return -1;
	nobody = soap_call_context(&live, NULL);
	snprintf(password, sizeof(password), "%s", soap_password(&live, "erp"));
	for (i = 0; i < OPERATIONS; i++)
		if (add_clerk(&clerks[i], operation_by_id((enum operation_id)i)->name) != 0)
			return -1;
	/* The rights over tenants are for the server's own. */
	if (run_sql(
		"UPDATE signet.tenant SET is_server = false; UPDATE signet.tenant SET is_server = "
		"true WHERE name = 'demo'") != 0)
		return -1;
	snprintf(sql, sizeof(sql), SET_RIGHTS, "<>");
	return run_sql(sql);
}

static int
stop(void)
{
	size_t i;

	live_stop(&live);
	for (i = 0; i < OPERATIONS; i++) {
		SSL_CTX_free(clerks[i].certificate);
		free(clerks[i].request);
	}
	for (i = 0; i < PLACEHOLDERS; i++)
		buf_release(&placeholders[i].value);
	SSL_CTX_free(nobody);
	return 0;
}

static const struct test tests[] = {
	TEST(the_contract_the_table_and_the_rights_name_the_same_operations),
	TEST(each_operation_has_an_example_that_can_be_sent),
	TEST(who_has_every_right_but_this_one_is_refused),
	TEST(who_lacks_one_right_has_the_others),
	TEST(the_same_caller_is_served_once_a_group_gives_exactly_this_right),
	TEST(one_right_gives_no_other),
	TEST(ids_of_another_tenant_are_not_found),
	TEST_END,
};
const struct suite suite_system_rights = { "system/rights", start, stop, tests };
