/* GetCase, FindCases, CheckCase. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/caller.h"
#include "schema/store/audit.h"
#include "schema/store/pool.h"
#include "server/ops/cases/case.h"
#include "server/ops/cases/case_digest.h"
#include "server/ops/cases/case_draft.h"
#include "server/ops/journal/chain.h"
#include "server/ops/journal/journal.h"
#include "server/ops/private.h"

#define PAGE_DEFAULT 100
#define LAST_TIME    ((int64_t)253402300799) /* the end of the year 9999 */

/* All of these wait for the database. */
int
admit_case(struct engine *engine, struct request *req, struct error *err)
{
	(void)engine;
	(void)err;
	req->must_wait = 1;
	return 0;
}

static int
load(struct engine *engine, struct request *req, struct db *db, struct case_row *row,
    struct error *err)
{
	int rc;

	(void)engine;
	uuid_text(req->object, &req->in.case_id);
	rc = store_case_get(db, &req->caller->tenant, &req->in.case_id, row, err);
	if (rc == 0)
		return error_set(err, ERROR_NOT_FOUND, "there is no case %s", req->object);
	return rc > 0 ? 0 : -1;
}

/* ---- GetCase ---- */

static int
is_wanted(const struct request *req, const struct case_use *use)
{
	size_t i;

	if (req->in.case_contents == CASE_CONTENTS_ALL ||
	    (req->in.case_contents == CASE_CONTENTS_REPORT && strcmp(use->role, "Report") == 0))
		return 1;
	for (i = 0; i < req->in.object_digest_count; i++)
		if (span_equal(req->in.object_digests[i], use->digest))
			return 1;
	return 0;
}

/* All that was asked for goes into one answer. */
static int
check_size(const struct engine *engine, const struct request *req, const struct case_file *file,
    struct error *err)
{
	const uint64_t most = engine_limits(engine)->document_bytes;
	uint64_t total = 0;
	size_t i, k;

	for (i = 0; i < file->use_count; i++)
		total += is_wanted(req, &file->uses[i]) ? (uint64_t)file->uses[i].size : 0;
	if (total > most)
		return error_limit(err, ERROR_TOO_LARGE, "limit-document", most, total,
		    "the case's objects are too large for one answer; ask for them by "
		    "objectDigest");
	for (i = 0; i < req->in.object_digest_count; i++) {
		for (k = 0; k < file->use_count; k++)
			if (span_equal(req->in.object_digests[i], file->uses[k].digest))
				break;
		if (k == file->use_count)
			return error_set(
			    err, ERROR_NOT_FOUND, "an objectDigest is of no object of the case");
	}
	return 0;
}

static int
is_intact(struct span content, struct span digest, struct error *err)
{
	unsigned char value[DIGEST_SIZE_MAX];

	if (digest_span(DIGEST_SHA256, content, value, err) != 0)
		return -1;
	return span_equal(digest, (struct span){ value, CASE_DIGEST_SIZE });
}

static int
load_contents(struct request *req, struct db *db, struct case_answer *a, struct error *err)
{
	const struct case_file *f = &a->row.file;
	size_t i;
	int rc;

	a->results = calloc(f->use_count + 1, sizeof(*a->results));
	a->contents = calloc(f->use_count + 1, sizeof(*a->contents));
	if (a->results == NULL || a->contents == NULL)
		return error_memory(err);
	for (i = 0; i < f->use_count; i++) {
		if (!is_wanted(req, &f->uses[i]))
			continue;
		rc = store_case_content(db, &req->caller->tenant, f->uses[i].digest, &a->results[i],
		    &a->contents[i], err);
		if (rc < 0)
			return -1;
		if (rc == 1 && (rc = is_intact(a->contents[i], f->uses[i].digest, err)) < 0)
			return -1;
		if (rc == 0)
			return error_set(err, ERROR_INTERNAL,
			    "the object %s of the case is not what was stored; CheckCase says more",
			    f->uses[i].name);
	}
	return 0;
}

int
run_get_case(struct engine *engine, struct request *req, struct error *err)
{
	struct case_answer *a = calloc(1, sizeof(*a));
	struct db *db;
	int rc = -1;

	req->out.case_file = a;
	if (a == NULL)
		return error_memory(err);
	if (db_pool_take(engine->parts.pool, &db, err) != 0)
		return -1;
	if (load(engine, req, db, &a->row, err) == 0 &&
	    check_size(engine, req, &a->row.file, err) == 0)
		rc = load_contents(req, db, a, err);
	db_pool_give(engine->parts.pool, db);
	return rc;
}

/* ---- FindCases ---- */

/* "<microseconds>-<id>" of the last case that was looked at. */
static int
read_token(const char *token, struct case_query *q, struct error *err)
{
	char *end;
	long long us = strtoll(token, &end, 10);

	if (end == token || *end != '-' || uuid_parse(end + 1, &q->before_id) != 0)
		return error_set(
		    err, ERROR_MALFORMED, "pageToken is not one of those that FindCases answers");
	if ((int64_t)us < q->before_us)
		q->before_us = us;
	return 0;
}

/* The keys in the order in which they are expected to leave the fewest cases: the first leads. */
static size_t
make_keys(const struct request *req, const struct buf *signer, struct case_key keys[5])
{
	size_t n = 0;

	if (req->in.find.digest.len > 0)
		keys[n++] = (struct case_key){ "digest", req->in.find.digest };
	if (req->in.find.certificate.len > 0)
		keys[n++] = (struct case_key){ "certificate", req->in.find.certificate };
	if (signer->len > 0)
		keys[n++] = (struct case_key){ "signer", SPAN_OF(signer) };
	if (req->in.find.indication != NULL)
		keys[n++] = (struct case_key){ "indication", span_str(req->in.find.indication) };
	if (n == 0)
		keys[n++] = (struct case_key){ "all", SPAN_NONE };
	return n;
}

static int
make_query(const struct request *req, const struct case_key *keys, size_t n, struct case_query *q,
    struct error *err)
{
	const int64_t since = req->in.find.since, before = req->in.find.before;
	int page = req->in.find.page_size;

	if (page < 0 || page > CASE_PAGE_MAX)
		return error_set(
		    err, ERROR_MALFORMED, "pageSize is 1 to %d, not %d", CASE_PAGE_MAX, page);
	*q = (struct case_query){ .key = keys[0],
		.other = keys + 1,
		.other_count = n - 1,
		.before_us = LAST_TIME * 1000000,
		.page = page > 0 ? page : PAGE_DEFAULT };
	if (req->in.find.has_since && since > 0)
		q->since_us = (since < LAST_TIME ? since : LAST_TIME) * 1000000;
	if (req->in.find.has_before && before < LAST_TIME)
		q->before_us = before > 0 ? before * 1000000 : 0;
	return req->in.find.page_token != NULL ? read_token(req->in.find.page_token, q, err) : 0;
}

/* The SHA-256 among "SHA256 <hex> SHA512 <hex>". */
static int
read_sha256(const char *digests, unsigned char out[CASE_DIGEST_SIZE])
{
	const char *at = strstr(digests, "SHA256 ");
	unsigned int byte;
	size_t i;

	if (at == NULL || (at != digests && at[-1] != ' '))
		return -1;
	for (i = 0, at += 7; i < CASE_DIGEST_SIZE; i++, at += 2) {
		if (sscanf(at, "%2x", &byte) != 1)
			return -1;
		out[i] = (unsigned char)byte;
	}
	return 0;
}

/* What a list shows; strings stay the page's. */
static int
make_item(const struct case_page *page, size_t i, struct case_item *to, struct error *err)
{
	struct case_summary s = store_case_summary(page, i);
	struct db_array subjects = s.subjects;
	struct span text;

	uuid_text(to->id, &s.id);
	to->stored = s.stored_us / 1000000;
	to->validation_time = s.validation_us / 1000000;
	to->kind = s.kind;
	to->indication = s.indication;
	to->sub_indication = s.sub_indication;
	to->caller = s.caller;
	to->document_name = s.document_name;
	if (read_sha256(s.digests, to->sha256_bytes) == 0)
		to->sha256 = (struct span){ to->sha256_bytes, CASE_DIGEST_SIZE };
	to->signers = calloc(s.subjects.left + 1, sizeof(*to->signers));
	if (to->signers == NULL)
		return error_memory(err);
	while (db_array_next(&subjects, &text)) {
		char *copy = strndup((const char *)text.data, text.len);

		if (copy == NULL)
			return error_memory(err);
		to->signers[to->signer_count++] = copy;
	}
	return 0;
}

int
run_find_cases(struct engine *engine, struct request *req, struct error *err)
{
	struct case_page *page = &req->out.found.page;
	struct buf signer = BUF_INIT(0);
	struct case_key keys[5];
	struct case_query query;
	char id[TEXT_UUID_SIZE];
	struct db *db = NULL;
	size_t n, i;
	int rc = -1;

	if (req->in.find.signer != NULL && case_signer_key(req->in.find.signer, &signer, err) != 0)
		goto done;
	if (req->in.find.signer != NULL && signer.len == 0) { /* would find the cases of all */
		error_set(err, ERROR_MALFORMED, "the signer to look for is empty");
		goto done;
	}
	n = make_keys(req, &signer, keys);
	if (make_query(req, keys, n, &query, err) != 0 ||
	    db_pool_take(engine->parts.pool, &db, err) != 0 ||
	    store_case_find(db, &req->caller->tenant, &query, page, err) != 0)
		goto done;
	req->out.found.items = calloc(page->count + 1, sizeof(*req->out.found.items));
	if (req->out.found.items == NULL) {
		error_memory(err);
		goto done;
	}
	req->out.found.count = page->count;
	for (i = 0; i < page->count; i++)
		if (make_item(page, i, &req->out.found.items[i], err) != 0)
			goto done;
	if (page->more)
		snprintf(req->out.found.next_page, sizeof(req->out.found.next_page),
		    "%" PRId64 "-%s", page->stored_us, uuid_text(id, &page->last));
	rc = 0;
done:
	db_pool_give(engine->parts.pool, db);
	buf_release(&signer);
	return rc;
}

/* ---- CheckCase ---- */

static void problem(struct request *req, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void
problem(struct request *req, const char *code, const char *fmt, ...)
{
	struct case_problem *p;
	va_list args;

	if (req->out.check.problem_count == CASE_PROBLEMS_MAX) {
		req->out.check.problems_untold++;
		return;
	}
	p = &req->out.check.problems[req->out.check.problem_count++];
	p->code = code;
	va_start(args, fmt);
	vsnprintf(p->text, sizeof(p->text), fmt, args);
	va_end(args);
}

static int
check_facts(struct request *req, const struct case_file *f, struct error *err)
{
	unsigned char digest[CASE_DIGEST_SIZE];

	if (case_digest(&req->caller->tenant, f, digest, err) != 0)
		return -1;
	if (memcmp(digest, f->digest, sizeof(digest)) != 0)
		problem(req, "Facts",
		    "what is stored about the case does not give the digest that it was stored "
		    "with");
	return 0;
}

/* "SHA256 <hex> SHA512 <hex>" as keys. */
static int
add_digest_keys(struct draft *d, const char *digests, struct error *err)
{
	const char *at = strchr(digests, ' ');
	unsigned char value[DIGEST_SIZE_MAX];
	unsigned int byte;
	struct span copy;
	size_t n;

	for (; at != NULL; at = strchr(at, ' ')) {
		for (at++, n = 0; n < sizeof(value) && sscanf(at, "%2x", &byte) == 1; at += 2)
			value[n++] = (unsigned char)byte;
		copy = draft_bytes(d, value, n, err);
		if (copy.data == NULL || draft_key(d, "digest", copy, err) != 0)
			return -1;
		at = strchr(at, ' '); /* the next one's name */
		if (at == NULL)
			break;
		at++;
	}
	return 0;
}

/* The keys that follow from the facts; some more come from certificates and references. */
static int
add_keys(struct draft *d, const struct case_file *f, struct error *err)
{
	size_t i;

	if (draft_key(d, "all", SPAN_NONE, err) != 0 ||
	    draft_key(d, "indication", span_str(f->indication), err) != 0)
		return -1;
	for (i = 0; i < f->document_count; i++)
		if (add_digest_keys(d, f->documents[i].digests, err) != 0)
			return -1;
	for (i = 0; i < f->signature_count; i++) {
		const struct case_signature *s = &f->signatures[i];

		if ((s->certificate.len > 0 &&
			draft_key(d, "certificate", s->certificate, err) != 0) ||
		    draft_signer_key(d, s->subject, err) != 0)
			return -1;
	}
	return 0;
}

/* A case that cannot be found any more is as good as gone. */
static int
check_keys(struct request *req, struct db *db, const struct case_file *f, struct error *err)
{
	struct draft d = { .req = req };
	int64_t lost = 0;
	int rc = add_keys(&d, f, err);

	if (rc == 0)
		rc = store_case_keys_lost(
		    db, &req->caller->tenant, f, d.keys, d.key_count, &lost, err);
	if (rc == 0 && lost > 0)
		problem(req, "Keys",
		    "%" PRId64 " of the keys by which the case is found are gone or were changed",
		    lost);
	draft_release(&d);
	return rc;
}

static int
check_object(struct request *req, struct db *db, const struct case_use *use, struct error *err)
{
	struct db_result *r = NULL;
	struct span content = SPAN_NONE;
	int rc = store_case_content(db, &req->caller->tenant, use->digest, &r, &content, err);

	if (rc == 0)
		problem(req, "Object", "%s %s is gone", use->role, use->name);
	if (rc == 1 && (int64_t)content.len != use->size)
		problem(req, "Object", "%s %s has %zu bytes, and was stored with %" PRId64,
		    use->role, use->name, content.len, use->size);
	else if (rc == 1 && (rc = is_intact(content, use->digest, err)) == 0)
		problem(req, "Object", "%s %s was changed: its digest is another", use->role,
		    use->name);
	db_result_free(r);
	return rc < 0 ? -1 : 0;
}

/* The row itself, and that its neighbours hang on it. */
static void
check_row(struct request *req, const struct case_row *row, const struct audit_row *at,
    const struct audit_row *before, const struct audit_row *after)
{
	struct audit_row copy = *at;
	struct error err = ERROR_INIT;
	char id[TEXT_UUID_SIZE];

	if (strcmp(at->operation, JOURNAL_CASE_OPERATION) != 0 ||
	    strcmp(at->object, uuid_text(id, &row->file.id)) != 0)
		problem(req, "Log", "row %" PRId64 " of the audit log of %s is not about this case",
		    row->seq, row->seal_node);
	else if (!span_equal(at->digest, (struct span){ row->file.digest, CASE_DIGEST_SIZE }))
		problem(req, "Log", "row %" PRId64 " of the audit log of %s has another digest",
		    row->seq, row->seal_node);
	if (chain_hash(&copy, row->seal_node, &err) != 0 ||
	    memcmp(copy.hash, at->hash, AUDIT_HASH_SIZE) != 0 ||
	    (before != NULL && memcmp(before->hash, at->previous, AUDIT_HASH_SIZE) != 0) ||
	    (after != NULL && memcmp(after->previous, at->hash, AUDIT_HASH_SIZE) != 0))
		problem(req, "Log",
		    "row %" PRId64 " of the audit log of %s does not fit into its chain", row->seq,
		    row->seal_node);
}

static int
check_log(struct request *req, struct db *db, const struct case_row *row, struct error *err)
{
	struct audit_row rows[3];
	struct db_result *r;
	size_t i, n, at;

	if (store_audit_chain(db, row->node, row->seq > 1 ? row->seq - 2 : 0, 3, &r, err) != 0)
		return -1;
	n = db_rows(r);
	for (i = 0, at = n; i < n; i++) {
		rows[i] = store_audit_row(r, i);
		if (rows[i].seq == row->seq)
			at = i;
	}
	if (at == n)
		problem(req, "Log", "row %" PRId64 " of the audit log of %s is gone", row->seq,
		    row->seal_node);
	else if ((at == 0) != (row->seq == 1))
		problem(req, "Log", "the row before row %" PRId64 " of the audit log of %s is gone",
		    row->seq, row->seal_node);
	else
		check_row(req, row, &rows[at], at > 0 ? &rows[at - 1] : NULL,
		    at + 1 < n && rows[at + 1].seq == row->seq + 1 ? &rows[at + 1] : NULL);
	db_result_free(r);
	return 0;
}

static int
check(struct engine *engine, struct request *req, struct db *db, struct error *err)
{
	struct case_row row;
	size_t i;
	int rc = -1;

	if (load(engine, req, db, &row, err) != 0 || check_facts(req, &row.file, err) != 0 ||
	    check_keys(req, db, &row.file, err) != 0)
		goto done;
	for (i = 0; i < row.file.use_count; i++, req->out.check.objects++)
		if (check_object(req, db, &row.file.uses[i], err) != 0)
			goto done;
	rc = check_log(req, db, &row, err);
done:
	store_case_row_release(&row);
	return rc;
}

int
run_check_case(struct engine *engine, struct request *req, struct error *err)
{
	struct result *result = &req->out.result;
	struct db *db;
	int rc;

	req->out.check.problems = calloc(CASE_PROBLEMS_MAX, sizeof(*req->out.check.problems));
	if (req->out.check.problems == NULL)
		return error_memory(err);
	if (db_pool_take(engine->parts.pool, &db, err) != 0)
		return -1;
	rc = check(engine, req, db, err);
	db_pool_give(engine->parts.pool, db);
	if (rc == 0 && req->out.check.problem_count > 0) {
		result->major = RESULT_WARNING;
		text_copy(
		    result->message, sizeof(result->message), "the case is not as it was stored");
	}
	return rc;
}
