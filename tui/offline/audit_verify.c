#include "tui/offline/audit_verify.h"

#include <inttypes.h>
#include <openssl/pem.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "signing/core/alg.h"
#include "signing/core/digests.h"
#include "signing/core/ossl.h"
#include "signing/proof/audit_chain.h"
#include "signing/proof/audit_heads.h"
#include "signing/proof/tsp.h"
#include "signing/x509/path.h"
#include "tui/model/audit_record.h"
#include "tui/model/json.h"

#define TELL_EACH 10000
#define SENTENCES 1000

/* A row that is known from a time stamp or from the end of a chain. */
struct known {
	char node[AUDIT_NODE_SIZE];
	struct audit_head head;
	char whose[80];
	int is_met;
};

struct chain {
	char node[AUDIT_NODE_SIZE];
	struct chain_check check;
	int64_t first;
	int has_ended, is_told;
	size_t known_at; /* the next of its known rows */
};

struct verifying {
	struct audit_reader reader;
	struct error *err;
	STACK_OF(X509) * anchors;
	int has_begun, is_rows, has_since, has_until, is_done;
	struct known *known;
	size_t known_count, known_room;
	int is_sorted;
	struct chain *chains;
	size_t chain_count;
	struct chain *now; /* the one that the last row was of */
	int64_t rows, links, stamps, last_day;
	json_t *problems, *remarks;
	int is_bad;
	void (*progress)(int64_t rows);
};

static void __attribute__((format(printf, 3, 4)))
say(struct verifying *v, int is_problem, const char *fmt, ...)
{
	char text[600];
	json_t *list = is_problem ? v->problems : v->remarks;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	v->is_bad |= is_problem;
	if (json_array_size(list) < SENTENCES)
		json_array_append_new(list, json_string(text));
}

static int
wrong(struct verifying *v, const char *what)
{
	return error_set(v->err, ERROR_MALFORMED, "line %lld %s", (long long)v->reader.line, what);
}

/* ---- fields ---- */

static int
get_hex(const json_t *record, const char *name, unsigned char *out, size_t most, size_t *len)
{
	const char *hex = get_text(record, name);

	*len = strlen(hex) / 2;
	return strlen(hex) % 2 == 0 && *len <= most ? text_hex_bytes(out, *len, hex) : -1;
}

static int
get_hash(const json_t *record, const char *name, unsigned char out[AUDIT_HASH_SIZE])
{
	size_t len;

	return get_hex(record, name, out, AUDIT_HASH_SIZE, &len) == 0 && len == AUDIT_HASH_SIZE
		   ? 0
		   : -1;
}

static int64_t
get_number(const json_t *record, const char *name)
{
	return json_integer_value(json_object_get(record, name));
}

static int
get_id(const json_t *record, const char *name, struct uuid *id)
{
	const char *text = get_text(record, name);

	memset(id, 0, sizeof(*id));
	return text[0] == '\0' ? 0 : uuid_parse(text, id);
}

/* "2026-03-01T12:00:00.123456Z" */
static int
get_time_us(const json_t *record, int64_t *us)
{
	const char *text = get_text(record, "time"), *dot = strchr(text, '.');
	int64_t seconds;
	int i, micro = 0;

	if (dot == NULL || text_parse_time(text, &seconds) != 0)
		return -1;
	for (i = 1; i <= 6; i++) {
		if (dot[i] < '0' || dot[i] > '9')
			return -1;
		micro = 10 * micro + dot[i] - '0';
	}
	*us = seconds * 1000000 + micro;
	return dot[7] == 'Z' ? 0 : -1;
}

static int
get_row(const json_t *record, struct audit_row *row, unsigned char digest[64])
{
	size_t len;

	memset(row, 0, sizeof(*row));
	row->seq = get_number(record, "seq");
	row->caller = get_text(record, "caller");
	row->operation = get_text(record, "operation");
	row->object = get_text(record, "object");
	row->result = get_text(record, "outcome");
	row->reason = get_text(record, "reason");
	row->peer = get_text(record, "peer");
	row->size_in = get_number(record, "sizeIn");
	row->size_out = get_number(record, "sizeOut");
	row->duration_us = get_number(record, "durationMicroseconds");
	if (get_hash(record, "previous", row->previous) != 0 ||
	    get_hash(record, "hash", row->hash) != 0 ||
	    get_hex(record, "digest", digest, 64, &len) != 0 ||
	    get_id(record, "request", &row->request) != 0 ||
	    get_id(record, "tenant", &row->tenant) != 0 || get_id(record, "user", &row->user) != 0)
		return -1;
	row->digest = (struct span){ digest, len };
	return 0;
}

/* ---- what is known of rows ---- */

static int
add_known(struct verifying *v, const char *node, const struct audit_head *head, const char *whose)
{
	struct known *more;

	if (v->known_count == v->known_room) {
		v->known_room = 2 * v->known_room + 64;
		more = realloc(v->known, v->known_room * sizeof(*more));
		if (more == NULL)
			return error_memory(v->err);
		v->known = more;
	}
	more = &v->known[v->known_count++];
	memset(more, 0, sizeof(*more));
	text_copy(more->node, sizeof(more->node), node);
	text_copy(more->whose, sizeof(more->whose), whose);
	more->head = *head;
	v->is_sorted = 0;
	return 0;
}

static int
compare_known(const void *a, const void *b)
{
	const struct known *one = a, *two = b;
	const int order = strcmp(one->node, two->node);

	if (order != 0)
		return order;
	return one->head.seq < two->head.seq ? -1 : one->head.seq > two->head.seq;
}

static void
sort_known(struct verifying *v)
{
	size_t i, k;

	if (v->is_sorted)
		return;
	v->is_sorted = 1;
	if (v->known_count > 0)
		qsort(v->known, v->known_count, sizeof(*v->known), compare_known);
	for (i = 0; i < v->chain_count; i++)
		for (k = 0; k < v->known_count; k++)
			if (strcmp(v->known[k].node, v->chains[i].node) == 0) {
				v->chains[i].known_at = k;
				break;
			}
}

/* ---- time stamps ---- */

static void
check_issuer(struct verifying *v, const struct timestamp_token *t, const char *day)
{
	struct path_input input = { .time = t->gen_time,
		.purpose = PATH_TIMESTAMPING,
		.cert = t->signer,
		.untrusted = t->certificates,
		.anchors = v->anchors };
	struct error ignored = ERROR_INIT;
	struct path_result path;

	if (sk_X509_num(v->anchors) == 0 || t->signer == NULL)
		return;
	if (path_validate(&input, &path, &ignored) != 0) {
		say(v, 0, "whose the time stamp of %s is cannot be found out", day);
		return;
	}
	if (!path.ok)
		say(v, 1, "the time stamp of %s is by none of those to be trusted: %.300s", day,
		    path.text);
	path_result_release(&path);
}

static void
check_token(struct verifying *v, struct span der, const unsigned char *digest, const char *day)
{
	struct digest_values values = { .have = DIGEST_BIT(DIGEST_SHA256) };
	struct timestamp_token token;
	struct error err = ERROR_INIT;

	memcpy(values.value[DIGEST_SHA256], digest, 32);
	if (timestamp_token_read(&token, der, v->anchors, &err) != 0) {
		say(v, 1, "the time stamp of %s cannot be read: %s", day, err.text);
		return;
	}
	if (token.problem[0] != '\0')
		say(v, 1, "the time stamp of %s is not good: %s", day, token.problem);
	else if (tsp_matches(&token, &values) != 1)
		say(v, 1, "the time stamp of %s is of something else", day);
	else {
		check_issuer(v, &token, day);
		v->stamps++;
	}
	timestamp_token_release(&token);
}

static int
read_heads(struct verifying *v, const char *statement, const char *day, int is_stamped)
{
	struct audit_heads heads;
	struct audit_head head;
	struct error err = ERROR_INIT;
	char node[AUDIT_NODE_SIZE], whose[80], stated[AUDIT_DAY_SIZE];
	int more;

	if (audit_heads_read(&heads, span_str(statement), &err) != 0 ||
	    strcmp(audit_day(stated, heads.day), day) != 0) {
		say(v, 1, "the statement of %s is none of that day", day);
		return 0;
	}
	if (v->last_day != 0 && heads.day > v->last_day + AUDIT_DAY_SECONDS)
		say(v, 0, "there is no time stamp of %lld days before %s",
		    (long long)((heads.day - v->last_day) / AUDIT_DAY_SECONDS - 1), day);
	v->last_day = heads.day;
	snprintf(whose, sizeof(whose), "as it was %s on %s", is_stamped ? "time-stamped" : "stated",
	    day);
	while ((more = audit_heads_next(&heads, node, &head, &err)) > 0)
		if (add_known(v, node, &head, whose) != 0)
			return -1;
	if (more < 0)
		say(v, 1, "the statement of %s cannot be read", day);
	return 0;
}

static int
take_stamp(struct verifying *v, const json_t *record)
{
	const char *statement = get_text(record, "statement"), *token = get_text(record, "token");
	unsigned char digest[DIGEST_SIZE_MAX], told[AUDIT_HASH_SIZE];
	struct buf der = BUF_INIT(1 << 20);
	char day[AUDIT_DAY_SIZE];
	int rc;

	text_copy(day, sizeof(day), get_text(record, "day"));
	if (digest_span(DIGEST_SHA256, span_str(statement), digest, v->err) != 0)
		return -1;
	if (get_hash(record, "digest", told) != 0 || memcmp(told, digest, sizeof(told)) != 0)
		say(v, 1, "the statement of %s was changed", day);
	if (token[0] == '\0')
		say(v, 0, "there is no time stamp of %s yet", day);
	else if (text_base64_decode(&der, span_str(token), NULL) != 0)
		say(v, 1, "the time stamp of %s cannot be read", day);
	else
		check_token(v, SPAN_OF(&der), digest, day);
	rc = read_heads(v, statement, day, token[0] != '\0');
	buf_release(&der);
	return rc;
}

/* ---- rows ---- */

static struct chain *
chain_of(struct verifying *v, const char *node, int make)
{
	static const struct audit_head beginning;
	struct chain *c;
	size_t i;

	if (v->now != NULL && strcmp(v->now->node, node) == 0)
		return v->now;
	for (i = 0; i < v->chain_count; i++)
		if (strcmp(v->chains[i].node, node) == 0)
			return &v->chains[i];
	if (!make)
		return NULL;
	c = realloc(v->chains, (v->chain_count + 1) * sizeof(*c));
	if (c == NULL) {
		error_memory(v->err);
		return NULL;
	}
	v->chains = c;
	v->now = NULL; /* it may have moved */
	c += v->chain_count++;
	memset(c, 0, sizeof(*c));
	text_copy(c->node, sizeof(c->node), node);
	chain_check_init(&c->check, NULL, v->has_since || v->is_rows ? NULL : &beginning);
	c->check.may_skip = v->is_rows;
	v->is_sorted = 0;
	return c;
}

static void
tell_chain(struct verifying *v, struct chain *c)
{
	if (c->check.bad_seq == 0 || c->is_told)
		return;
	c->is_told = 1;
	say(v, 1, "chain %.128s: %s", c->node, c->check.text);
}

/* Known rows that this row is, or has left behind. */
static void
compare_with_known(struct verifying *v, struct chain *c)
{
	struct known *k;

	sort_known(v);
	for (; c->check.bad_seq == 0 && c->known_at < v->known_count; c->known_at++) {
		k = &v->known[c->known_at];
		if (strcmp(k->node, c->node) != 0 || k->head.seq > c->check.head.seq)
			return;
		k->is_met = 1;
		if (k->head.seq == c->check.head.seq)
			chain_check_known(&c->check, &k->head, k->whose);
	}
}

/* What was looked for stands in the order of time: each row is proven by itself. */
static int
take_single(struct verifying *v, const struct audit_row *row, const char *node)
{
	struct chain_check c;
	int rc;

	chain_check_init(&c, node, NULL);
	rc = chain_check_row(&c, row, CHAIN_ROW, v->err);
	if (rc == 0)
		say(v, 1, "chain %.128s: %s", node, c.text);
	return rc < 0 ? -1 : 0;
}

static int
take_row(struct verifying *v, const json_t *record, enum chain_part part)
{
	const char *node = get_text(record, "node");
	unsigned char digest[64];
	struct audit_row row;
	struct chain *c;
	int rc;

	if (get_row(record, &row, digest) != 0 ||
	    (part == CHAIN_ROW && get_time_us(record, &row.at_us) != 0)) {
		say(v, 1, "chain %.128s: row %" PRId64 " was changed: line %lld is no row", node,
		    row.seq, (long long)v->reader.line);
		return 0;
	}
	v->rows += part == CHAIN_ROW;
	v->links += part == CHAIN_LINK;
	if (v->progress != NULL && (v->rows + v->links) % TELL_EACH == 0)
		v->progress(v->rows + v->links);
	if (v->is_rows)
		return take_single(v, &row, node);
	c = chain_of(v, node, 1);
	if (c == NULL)
		return -1;
	v->now = c;
	if (c->check.bad_seq != 0)
		return 0;
	if (c->first == 0)
		c->first = row.seq;
	c->check.node_name = c->node;
	rc = chain_check_row(&c->check, &row, part, v->err);
	if (rc > 0)
		compare_with_known(v, c);
	tell_chain(v, c);
	return rc < 0 ? -1 : 0;
}

static int
take_end(struct verifying *v, const json_t *record)
{
	struct audit_head head = { .seq = get_number(record, "seq") };
	const char *node = get_text(record, "node");
	struct chain *c;

	if (get_hash(record, "hash", head.hash) != 0)
		return wrong(v, "is no end of a chain");
	c = chain_of(v, node, 1);
	if (c == NULL)
		return -1;
	c->has_ended = 1;
	if (head.seq >= c->check.head.seq)
		chain_check_known(&c->check, &head, "as the server told");
	tell_chain(v, c);
	return 0;
}

/* ---- the whole ---- */

static int
take(struct verifying *v, const json_t *record)
{
	const char *what = get_text(record, "record");

	if (!v->has_begun) {
		if (strcmp(what, "export") != 0 || get_number(record, "version") != 1)
			return wrong(v, "is not how an export of the audit log begins");
		v->has_begun = 1;
		v->is_rows = strcmp(get_text(record, "kind"), "rows") == 0;
		v->has_since = get_text(record, "since")[0] != '\0';
		v->has_until = get_text(record, "until")[0] != '\0';
		return 0;
	}
	if (strcmp(what, "row") == 0)
		return take_row(v, record, CHAIN_ROW);
	if (strcmp(what, "link") == 0)
		return take_row(v, record, CHAIN_LINK);
	if (strcmp(what, "stamp") == 0)
		return take_stamp(v, record);
	if (strcmp(what, "end") == 0)
		return take_end(v, record);
	if (strcmp(what, "done") != 0)
		return wrong(v, "is no record of an export");
	v->is_done = 1;
	if (get_number(record, "rows") != v->rows || get_number(record, "links") != v->links)
		say(v, 1, "the export had %lld rows and %lld links, here are %lld and %lld",
		    (long long)get_number(record, "rows"), (long long)get_number(record, "links"),
		    (long long)v->rows, (long long)v->links);
	return 0;
}

static int
take_all(struct verifying *v)
{
	json_t *record;
	int rc;

	while ((rc = audit_record_read(&v->reader, &record, v->err)) > 0) {
		rc = take(v, record);
		json_decref(record);
		if (rc != 0)
			return -1;
	}
	if (rc == 0 && !v->has_begun)
		return error_set(v->err, ERROR_MALFORMED, "the file is no export of the audit log");
	return rc;
}

/* Rows that are known and never came. */
static void
check_ends(struct verifying *v)
{
	struct chain *c;
	size_t i;

	if (!v->is_done)
		say(v, 1, "the end of the export is missing");
	for (i = 0; !v->is_rows && i < v->chain_count; i++)
		if (!v->chains[i].has_ended)
			say(v, 1, "chain %.128s: its end is missing", v->chains[i].node);
	for (i = 0; !v->is_rows && !v->has_until && i < v->known_count; i++) {
		c = chain_of(v, v->known[i].node, 0);
		if (c == NULL && !v->has_since)
			say(v, 1, "chain %.128s is missing, %s", v->known[i].node,
			    v->known[i].whose);
		else if (c != NULL && v->known[i].head.seq > c->check.head.seq) {
			chain_check_known(&c->check, &v->known[i].head, v->known[i].whose);
			tell_chain(v, c);
		}
	}
}

static json_t *
report(struct verifying *v)
{
	json_t *chains = json_array(), *out = json_object(), *one;
	size_t i;

	for (i = 0; i < v->chain_count; i++) {
		const struct chain *c = &v->chains[i];

		one = json_object();
		put_text(one, "node", c->node);
		json_object_set_new(one, "first", json_integer(c->first));
		json_object_set_new(one, "last", json_integer(c->check.head.seq));
		json_object_set_new(one, "isGood", json_boolean(c->check.bad_seq == 0));
		if (c->check.bad_seq != 0)
			json_object_set_new(one, "badSeq", json_integer(c->check.bad_seq));
		json_array_append_new(chains, one);
	}
	json_object_set_new(out, "isGood", json_boolean(!v->is_bad));
	json_object_set_new(out, "rows", json_integer(v->rows));
	json_object_set_new(out, "links", json_integer(v->links));
	json_object_set_new(out, "stamps", json_integer(v->stamps));
	json_object_set_new(out, "chains", chains);
	json_object_set(out, "problems", v->problems);
	json_object_set(out, "remarks", v->remarks);
	return out;
}

static void
read_anchors(struct verifying *v, struct span pem)
{
	BIO *in = BIO_new_mem_buf(pem.data, (int)pem.len);
	X509 *cert;

	while (
	    in != NULL && pem.len > 0 && (cert = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL)
		if (sk_X509_push(v->anchors, cert) <= 0)
			X509_free(cert);
	error_openssl(NULL, "");
	BIO_free(in);
}

json_t *
audit_verify_file(FILE *in, struct span anchors, void (*progress)(int64_t rows), struct error *err)
{
	struct verifying v = { .err = err, .progress = progress };
	json_t *out = NULL;

	audit_reader_init(&v.reader, in);
	v.anchors = sk_X509_new_null();
	v.problems = json_array();
	v.remarks = json_array();
	read_anchors(&v, anchors);
	if (take_all(&v) == 0) {
		check_ends(&v);
		if (v.stamps > 0 && sk_X509_num(v.anchors) == 0)
			say(&v, 0,
			    "the time stamps are whole; whose they are was not judged: --ca-file "
			    "says whom to trust");
		if (v.is_rows)
			say(&v, 0,
			    "the export holds what was looked for: each row is proven by itself, "
			    "not that none is missing");
		out = report(&v);
	}
	json_decref(v.problems);
	json_decref(v.remarks);
	sk_X509_pop_free(v.anchors, X509_free);
	free(v.known);
	free(v.chains);
	audit_reader_release(&v.reader);
	return out;
}
