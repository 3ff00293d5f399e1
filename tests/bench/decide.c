#include "tests/bench/decide.h"

#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "server/base/text.h"
#include "signing/core/ossl.h"
#include "signing/x509/issue.h"
#include "tests/bench/client.h"
#include "tests/bench/load.h"
#include "tests/support/postgres.h"

#define RATE	    1000 /* checks a second */
#define SECONDS	    5
#define CONNECTIONS 16
#define ROUNDS_MAX  9
#define FEW	    10
/* Those who ask have certificates of the CA; the others' are nobody's. */
#define ASKERS 10000

struct world {
	int users, groups, rules;
};
static const struct world small = { FEW, FEW, FEW };
static const struct world large = { 100000, 1000, ASKERS };

struct bench {
	const struct live *live;
	int rounds;
	X509 *ca;
	EVP_PKEY *ca_key, *key;
	SSL_CTX *proxy, *admin;
	struct span requests[ASKERS];
	struct buf texts[ASKERS];
};

static int
run_sql(const struct bench *b, const char *sql)
{
	struct error err = ERROR_INIT;

	if (postgres_run(b->live->database, "postgres", sql, &err) == 0)
		return 0;
	fprintf(stderr, "the world was not made: %s: %s\n", err.text, err.cause);
	return -1;
}

/* ---- a tenant's users, groups and rules; user N opens /area/(N mod rules)/page ---- */

/*
 * Groups stand in chains of five: 1 holds 2, which holds 3, ... User N is in the fifth of chain N
 * mod (groups / 5), and rule R is for the first one of its chain, so that a decision goes up four.
 */
static const char filling[] =
    "BEGIN; SET LOCAL synchronous_commit = off;"
    "CREATE TEMP TABLE t ON COMMIT DROP AS SELECT id FROM signet.tenant WHERE name = 'demo';"
    "INSERT INTO signet.user (id, tenant_id, name) SELECT gen_random_uuid(), t.id, 'user ' || n "
    "FROM t, generate_series(%d, %d) n;"
    "INSERT INTO signet.group (id, tenant_id, name) SELECT gen_random_uuid(), t.id, 'group ' || n "
    "FROM t, generate_series(%d, %d) n;"
    "INSERT INTO signet.group_group (tenant_id, group_id, member_id) SELECT t.id, g.id, m.id "
    "FROM t, generate_series(%d, %d) n JOIN signet.group g ON g.name = 'group ' || n "
    "JOIN signet.group m ON m.name = 'group ' || n + 1 WHERE n %% 5 <> 4;"
    "INSERT INTO signet.group_member (tenant_id, group_id, user_id) SELECT t.id, g.id, u.id "
    "FROM t, generate_series(%d, %d) n JOIN signet.user u ON u.name = 'user ' || n "
    "JOIN signet.group g ON g.name = 'group ' || (n %% %d) * 5 + 4;"
    "INSERT INTO signet.url_rule (id, tenant_id, name, host, path) SELECT gen_random_uuid(), t.id, "
    "'rule ' || n, 'www.example.org', '/area/' || n || '/**' FROM t, generate_series(%d, %d) n;"
    "INSERT INTO signet.url_rule_group (tenant_id, rule_id, group_id) SELECT t.id, r.id, g.id "
    "FROM t, generate_series(%d, %d) n JOIN signet.url_rule r ON r.name = 'rule ' || n "
    "JOIN signet.group g ON g.name = 'group ' || (n %% %d) * 5; COMMIT";

static int
fill(const struct bench *b, const struct world *from, const struct world *to)
{
	const int chains = to->groups / 5;
	char *sql = NULL;
	int rc;

	if (asprintf(&sql, filling, from->users, to->users - 1, from->groups, to->groups - 1,
		from->groups, to->groups - 1, from->users, to->users - 1, chains, from->rules,
		to->rules - 1, from->rules, to->rules - 1, chains) < 0)
		return -1;
	rc = run_sql(b, sql);
	free(sql);
	return rc;
}

/* ---- certificates ---- */

static int
issue(const struct bench *b, int n, struct buf *der)
{
	const struct issuer issuer = { b->ca, b->ca_key };
	const int64_t now = (int64_t)time(NULL);
	char name[32];
	const struct issue_request request = { .profile = ISSUE_TLS_CLIENT,
		.key = b->key,
		.common_name = name,
		.not_before = now - 3600,
		.not_after = now + 30 * 86400 };
	struct error err = ERROR_INIT;
	X509 *cert = NULL;
	int rc;

	snprintf(name, sizeof(name), "user %d", n);
	rc = issue_certificate(&cert, &request, &issuer, &err) == 0
		 ? OSSL_APPEND_DER(X509, cert, der, &err)
		 : -1;
	if (rc != 0)
		fprintf(stderr, "no certificate: %s\n", err.text);
	X509_free(cert);
	return rc;
}

/* What nginx asks for this user's request. */
static void
ask_for(struct bench *b, int n, struct span der)
{
	buf_printf(&b->texts[n], NULL,
	    "GET /access/nginx HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Original-Method: GET\r\n"
	    "X-Original-Host: www.example.org\r\nX-Original-URI: /area/%d/page\r\nClient-Cert: :",
	    n);
	text_base64(&b->texts[n], der, 0, NULL);
	buf_append_str(&b->texts[n], ":\r\n\r\n", NULL);
	b->requests[n] = SPAN_OF(&b->texts[n]);
}

/* Rows (number, certificate) become users' certificates. */
static int
give(const struct bench *b, const struct buf *rows)
{
	struct buf sql = BUF_INIT(0);
	int rc = -1;

	if (buf_printf(&sql, NULL,
		"INSERT INTO signet.user_certificate (fingerprint, tenant_id, user_id, "
		"certificate, "
		"subject, not_after) SELECT sha256(c.der), u.tenant_id, u.id, c.der, u.name, "
		"now() + interval '30 days' FROM (VALUES %.*s) c (n, der) "
		"JOIN signet.user u ON u.name = 'user ' || c.n",
		(int)rows->len, (const char *)rows->data) == 0 &&
	    buf_terminate(&sql, NULL) == 0)
		rc = run_sql(b, (const char *)sql.data);
	buf_release(&sql);
	return rc;
}

/* Certificates for the users from..to-1, and their questions. */
static int
certify(struct bench *b, int from, int to)
{
	struct buf sql = BUF_INIT(0), der = BUF_INIT(2047);
	char hex[4096];
	int n, rc = 0;

	for (n = from; n < to && rc == 0; n++) {
		der.len = 0;
		rc = issue(b, n, &der);
		if (rc != 0)
			break;
		ask_for(b, n, SPAN_OF(&der));
		buf_printf(&sql, NULL, "%s(%d, '\\x", sql.len == 0 ? "" : ",", n);
		buf_append_str(&sql, text_hex(hex, der.data, der.len), NULL);
		buf_append_str(&sql, "'::bytea)", NULL);
		if ((n + 1) % 500 != 0 && n + 1 < to)
			continue;
		rc = give(b, &sql);
		sql.len = 0;
	}
	buf_release(&sql);
	buf_release(&der);
	return rc;
}

/* ---- what is measured ---- */

#define SOAP(body)                                                                                 \
	"<S:Envelope xmlns:S=\"http://schemas.xmlsoap.org/soap/envelope/\" "                       \
	"xmlns=\"urn:signet:v1\"><S:Body>" body "</S:Body></S:Envelope>"

/* Requests that must not be slower for the size of the tenant. */
static const struct {
	const char *name, *body;
	int rate;
} others[] = {
	{ "WhoAmI", SOAP("<WhoAmI/>"), RATE },
	{ "ExplainRight",
	    SOAP("<ExplainRight><user>user 7</user><operation>SignDocument</operation>"
		 "</ExplainRight>"),
	    100 },
	{ "ListUsers, first page",
	    SOAP("<ListUsers><order>Name</order><pageSize>10</pageSize></ListUsers>"), 100 },
	{ "ListUsers, filter",
	    SOAP("<ListUsers><order>Name</order><filter>ser 7</filter><pageSize>1</pageSize>"
		 "</ListUsers>"),
	    100 },
};
#define OTHERS (sizeof(others) / sizeof(others[0]))

struct times {
	double first_p99, p50, p99, other[OTHERS];
};

static int
run(const struct bench *b, struct load load, struct load_result *r)
{
	load.host = "127.0.0.1";
	load.port = b->live->port;
	load.connections = CONNECTIONS;
	load.seconds = SECONDS;
	return load_run_well(&load, r);
}

static int
measure_others(const struct bench *b, struct times *t)
{
	struct load_result r;
	size_t i;

	for (i = 0; i < OTHERS; i++) {
		double p50[ROUNDS_MAX];
		struct buf text = BUF_INIT(0);
		int n, rc = 0;

		load_soap_request(&text, "", span_str(others[i].body));
		for (n = 0; n < b->rounds && rc == 0; n++) {
			rc = run(b,
			    (struct load){ .ctx = b->admin,
				.request = SPAN_OF(&text),
				.rate = others[i].rate,
				.expected = "Success" },
			    &r);
			p50[n] = r.p50_ms;
		}
		buf_release(&text);
		if (rc != 0)
			return -1;
		t->other[i] = median(p50, b->rounds);
	}
	return 0;
}

/* Each asker for the first time, then again: who was met is known. */
static int
measure(const struct bench *b, const struct world *w, struct times *t)
{
	const struct load load = { .ctx = b->proxy,
		.requests = b->requests,
		.request_count = (size_t)(w->users < ASKERS ? w->users : ASKERS),
		.rate = RATE,
		.expected = "X-Signet-User" };
	double p50[ROUNDS_MAX], p99[ROUNDS_MAX];
	struct load_result r;
	int n;

	if (run(b, load, &r) != 0)
		return -1;
	t->first_p99 = r.p99_ms;
	for (n = 0; n < b->rounds; n++) {
		if (run(b, load, &r) != 0)
			return -1;
		p50[n] = r.p50_ms;
		p99[n] = r.p99_ms;
	}
	t->p50 = median(p50, b->rounds);
	t->p99 = median(p99, b->rounds);
	return measure_others(b, t);
}

static void
tell(struct figures *f, const struct times *few, const struct times *many)
{
	char name[96];
	size_t i;

	figure_at_most(f, "access check p99, 100,000 users", many->p99, 2, "ms");
	figure_at_most(f, "access check p99, each for the first time", many->first_p99, 2, "ms");
	figure_note(f, "  p50 of it", many->p50, "ms");
	figure_note(f, "  p99 with 10 users", few->p99, "ms");
	figure_at_most(f, "access check p50, 100,000 / 10 users", many->p50 / few->p50, 1.1, "");
	for (i = 0; i < OTHERS; i++) {
		snprintf(name, sizeof(name), "%s p50, 100,000 / 10 users", others[i].name);
		figure_at_most(f, name, many->other[i] / few->other[i], 1.1, "");
		figure_note(f, "  p50 of it", many->other[i], "ms");
	}
}

/* Who may ask, and with which certificates. */
static int
begin(struct bench *b)
{
	if (live_ca(b->live, &b->ca_key, &b->ca) != 0 || (b->key = EVP_EC_gen("P-256")) == NULL ||
	    run_sql(b,
		"BEGIN; CREATE TEMP TABLE t ON COMMIT DROP AS SELECT id FROM signet.tenant "
		"WHERE name = 'demo';"
		"INSERT INTO signet.user (id, tenant_id, name) SELECT gen_random_uuid(), id, "
		"'proxy' FROM t;"
		"INSERT INTO signet.group (id, tenant_id, name) SELECT gen_random_uuid(), id, "
		"'proxies' FROM t;"
		"INSERT INTO signet.group_member (tenant_id, group_id, user_id) SELECT t.id, g.id, "
		"u.id FROM t JOIN signet.group g ON g.name = 'proxies' JOIN signet.user u ON "
		"u.name "
		"= 'proxy';"
		"INSERT INTO signet.group_right (tenant_id, group_id, operation) SELECT t.id, "
		"g.id, "
		"'CheckAccess' FROM t JOIN signet.group g ON g.name = 'proxies'; COMMIT") != 0 ||
	    live_new_client(b->live, "proxy", -1, 10, "proxy") != 0)
		return -1;
	b->proxy = bench_client(b->live, "proxy");
	b->admin = bench_client(b->live, "admin");
	return b->proxy != NULL && b->admin != NULL ? 0 : -1;
}

static void
end(struct bench *b)
{
	int n;

	for (n = 0; n < ASKERS; n++)
		buf_release(&b->texts[n]);
	SSL_CTX_free(b->proxy);
	SSL_CTX_free(b->admin);
	EVP_PKEY_free(b->key);
	EVP_PKEY_free(b->ca_key);
	X509_free(b->ca);
	free(b);
}

void
bench_decide(struct figures *figures, const struct live *live, int rounds)
{
	static const struct world none = { 0 };
	struct times few, many;
	struct bench *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return;
	b->live = live;
	b->rounds = rounds < ROUNDS_MAX ? rounds : ROUNDS_MAX;
	if (begin(b) == 0 && fill(b, &none, &small) == 0 && certify(b, 0, small.users) == 0 &&
	    measure(b, &small, &few) == 0 && fill(b, &small, &large) == 0 &&
	    certify(b, small.users, ASKERS) == 0 && run_sql(b, "ANALYZE") == 0 &&
	    measure(b, &large, &many) == 0)
		tell(figures, &few, &many);
	else
		figure_at_most(figures, "access check p99, 100,000 users", 1e9, 2, "ms");
	end(b);
}
