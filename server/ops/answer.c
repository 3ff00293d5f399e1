#include "server/ops/answer.h"

#include <stdlib.h>
#include <string.h>

#include "server/ops/engine.h"

/* 2 had no level in its items, 3 no result of the whole; what was kept so is still read. */
#define ANSWER_VERSION	     4
#define ANSWER_CASES_VERSION 100 /* of what a verification stored */

/* ---- writing: numbers as 8 bytes big endian, strings and bytes with their length before them ----
 */

static int
put_number(struct buf *out, uint64_t n, struct error *err)
{
	unsigned char bytes[8];
	int i;

	for (i = 0; i < 8; i++)
		bytes[i] = (unsigned char)(n >> (56 - 8 * i));
	return buf_append(out, bytes, sizeof(bytes), err);
}

static int
put_bytes(struct buf *out, struct span s, struct error *err)
{
	return put_number(out, s.len, err) == 0 ? buf_append_span(out, s, err) : -1;
}

/* A string, told from an absent one. */
static int
put_text(struct buf *out, const char *s, struct error *err)
{
	if (put_number(out, s != NULL, err) != 0)
		return -1;
	return s == NULL ? 0 : put_bytes(out, span_str(s), err);
}

/* ---- the request's digest ---- */

static int
put_texts(struct buf *out, const char *const *texts, size_t count, struct error *err)
{
	size_t i;
	int rc = put_number(out, count, err);

	for (i = 0; rc == 0 && i < count; i++)
		rc = put_text(out, texts[i], err);
	return rc;
}

static int
put_parameters(struct buf *out, const struct signature_parameters *p, struct error *err)
{
	const uint64_t numbers[] = { p->format, p->level, (uint64_t)p->plain, p->packaging,
		p->digest, p->padding, (uint64_t)p->has_claimed_time, (uint64_t)p->claimed_time,
		p->policy_digest, (uint64_t)p->include_chain, (uint64_t)p->has_xml,
		p->xml.canonicalization, p->pdf.certification, (uint64_t)p->pdf.has_appearance,
		p->pdf.page, p->recipient_count };
	const char *const texts[] = { p->key, p->timestamp_authority, p->city, p->state,
		p->postal_code, p->country, p->policy_oid, p->policy_uri, p->xml.target_id,
		p->xml.target_xpath, p->xml.placement, p->pdf.field_name, p->pdf.reason,
		p->pdf.location, p->pdf.contact_info, p->pdf.password, p->pdf.text };
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < sizeof(numbers) / sizeof(numbers[0]); i++)
		rc = put_number(out, numbers[i], err);
	if (rc == 0)
		rc = put_texts(out, texts, sizeof(texts) / sizeof(texts[0]), err);
	if (rc == 0)
		rc = put_texts(out, p->claimed_roles, p->claimed_role_count, err);
	if (rc == 0)
		rc = put_texts(out, p->commitment_types, p->commitment_type_count, err);
	if (rc == 0)
		rc = put_bytes(out, p->policy_digest_value, err);
	if (rc == 0)
		rc = put_bytes(out, p->pdf.image, err);
	if (rc == 0)
		rc = buf_append(out, p->pdf.rectangle, sizeof(p->pdf.rectangle), err);
	return rc;
}

/* A document by the strongest digest that is known of it. */
static void
note_document(struct request *req, struct span digest)
{
	if (digest.len <= sizeof(req->document_digest)) {
		memcpy(req->document_digest, digest.data, digest.len);
		req->document_digest_len = digest.len;
	}
}

/* `note` is where its digest goes besides, or NULL. */
static int
put_document(
    struct buf *out, const struct op_document *doc, struct request *note, struct error *err)
{
	unsigned char value[DIGEST_SIZE_MAX];
	struct document view = op_document_view(doc);
	enum digest d = DIGEST_SHA256;
	int i;

	for (i = DIGEST_NONE + 1; !doc->has_content && i < DIGESTS; i++)
		if (doc->digests.have & DIGEST_BIT(i))
			d = (enum digest)i;
	if (document_digest(&view, d, value, err) != 0 || put_text(out, doc->name, err) != 0 ||
	    put_text(out, doc->mime_type, err) != 0 || put_number(out, d, err) != 0)
		return -1;
	if (note != NULL)
		note_document(note, (struct span){ value, digest_size(d) });
	return put_bytes(out, (struct span){ value, digest_size(d) }, err);
}

/* What a request that stores is about beside its documents. */
static int
put_verification(struct buf *out, const struct request *req, struct error *err)
{
	const uint64_t numbers[] = { (uint64_t)req->in.has_validation_time,
		(uint64_t)req->in.validation_time, (uint64_t)req->in.return_report,
		(uint64_t)req->in.store_document, req->in.case_kind, req->in.original_count };
	size_t i;
	int rc = put_text(out, req->in.validation_policy, err);

	if (rc == 0)
		rc = put_text(out, req->in.report_key, err);
	for (i = 0; rc == 0 && i < sizeof(numbers) / sizeof(numbers[0]); i++)
		rc = put_number(out, numbers[i], err);
	for (i = 0; rc == 0 && i < req->in.original_count; i++)
		rc = put_number(out, req->in.originals[i].of, err);
	for (i = 0; rc == 0 && i < req->in.digest_count; i++)
		rc = put_number(out, req->in.digests[i].of, err);
	return rc;
}

int
request_digest(struct request *req, unsigned char out[32], struct error *err)
{
	const int is_one = req->in.document_count + req->in.digest_count == 1;
	struct buf all = BUF_INIT(0);
	size_t i;
	int rc;

	rc = put_text(&all, req->operation->name, err);
	if (rc == 0)
		rc = put_parameters(&all, &req->in.sign, err);
	if (rc == 0)
		rc = put_text(&all, req->in.authority, err);
	if (rc == 0)
		rc = put_text(&all, req->in.password, err);
	if (rc == 0)
		rc = put_number(&all, req->in.timestamp_format, err);
	for (i = 0; rc == 0 && i < req->in.document_count; i++)
		rc = put_document(&all, &req->in.documents[i], is_one ? req : NULL, err);
	for (i = 0; rc == 0 && i < req->in.digest_count; i++) {
		const struct document_digest *d = &req->in.digests[i];

		rc = put_text(&all, d->name, err);
		if (rc == 0)
			rc = put_number(&all, d->method, err);
		if (rc == 0)
			rc = put_bytes(&all, d->value, err);
		if (is_one && d->value.len > 0)
			note_document(req, d->value);
	}
	for (i = 0; rc == 0 && i < req->in.original_count; i++)
		rc = put_document(&all, &req->in.originals[i], NULL, err);
	if (rc == 0 && req->in.signature_id != NULL)
		rc = put_text(&all, req->in.signature_id, err);
	if (rc == 0 && req->in.store)
		rc = put_verification(&all, req, err);
	if (rc == 0)
		rc = digest_span(DIGEST_SHA256, SPAN_OF(&all), out, err);
	buf_wipe(&all); /* a PDF's password went through it */
	return rc;
}

/* ---- the answer ---- */

/* How many bytes two spans share at their start, and behind that at their end. */
static void
common_ends(struct span a, struct span b, size_t *head, size_t *tail)
{
	size_t least = a.len < b.len ? a.len : b.len;

	for (*head = 0; *head < least && a.data[*head] == b.data[*head];)
		++*head;
	for (*tail = 0;
	     *tail < least - *head && a.data[a.len - 1 - *tail] == b.data[b.len - 1 - *tail];)
		++*tail;
}

static struct span
original_of(const struct request *req, size_t index)
{
	if (index < req->in.document_count && req->in.documents[index].has_content)
		return SPAN_OF(&req->in.documents[index].content);
	return SPAN_NONE;
}

static int
put_result(struct buf *out, const struct result *result, struct error *err)
{
	int rc = put_number(out, result->major, err);

	if (rc == 0)
		rc = put_text(out, result->minor, err);
	return rc == 0 ? put_text(out, result->message, err) : rc;
}

/* Which case each document has, and the verdict in it. */
static int
encode_cases(const struct request *req, struct buf *out, struct error *err)
{
	size_t i;
	int rc = put_number(out, ANSWER_CASES_VERSION, err);

	if (rc == 0)
		rc = put_number(out, req->out.verified_count, err);
	for (i = 0; rc == 0 && i < req->out.verified_count; i++) {
		const struct verified_document *v = &req->out.verified[i];

		rc = put_number(out, (uint64_t)v->has_case, err);
		if (rc == 0)
			rc = put_number(out, v->report.conclusion.indication, err);
		if (rc == 0)
			rc = buf_append(out, v->case_id.bytes, sizeof(v->case_id.bytes), err);
	}
	return rc;
}

int
answer_encode(const struct request *req, struct buf *out, struct error *err)
{
	size_t i, head, tail;
	int rc;

	if (req->operation->flags & OPERATION_ONCE_STORED)
		return encode_cases(req, out, err);
	rc = put_number(out, ANSWER_VERSION, err);
	if (rc == 0)
		rc = put_bytes(out, SPAN_OF(&req->out.signing_certificate), err);
	if (rc == 0)
		rc = put_bytes(out, SPAN_OF(&req->out.token), err);
	if (rc == 0)
		rc = put_number(out, (uint64_t)req->out.generation_time, err);
	if (rc == 0)
		rc = put_text(out, req->out.serial, err);
	if (rc == 0)
		rc = put_text(out, req->out.policy, err);
	if (rc == 0)
		rc = put_result(out, &req->out.result, err);
	if (rc == 0)
		rc = put_number(out, req->out.item_count, err);
	for (i = 0; rc == 0 && i < req->out.item_count; i++) {
		const struct signed_item *item = &req->out.items[i];
		struct span doc = SPAN_OF(&item->document);

		common_ends(original_of(req, i), doc, &head, &tail);
		rc = put_result(out, &item->result, err);
		if (rc == 0)
			rc = put_text(out, item->signature_id, err);
		if (rc == 0)
			rc = put_text(out, item->level, err);
		if (rc == 0)
			rc = put_number(out, head, err);
		if (rc == 0)
			rc = put_number(out, tail, err);
		if (rc == 0)
			rc = put_bytes(out,
			    (struct span){
				doc.data + (doc.len > 0 ? head : 0), doc.len - head - tail },
			    err);
	}
	return rc;
}

/* Reading: `at` moves on; ok turns 0 at the first thing that does not fit and stays so. */
struct reader {
	struct span left;
	int ok;
	uint64_t version;
};

static struct span
get(struct reader *r, uint64_t n)
{
	struct span s = SPAN_NONE;

	if (!r->ok || n > r->left.len) {
		r->ok = 0;
		return s;
	}
	s = (struct span){ r->left.data, (size_t)n };
	r->left.data += n;
	r->left.len -= (size_t)n;
	return s;
}

static uint64_t
get_number(struct reader *r)
{
	struct span s = get(r, 8);
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < s.len; i++)
		n = n << 8 | s.data[i];
	return n;
}

static void
get_text(struct reader *r, char *out, size_t size)
{
	uint64_t is_there = get_number(r);
	struct span s = SPAN_NONE;

	if (is_there != 0)
		s = get(r, get_number(r));
	if (is_there > 1 || s.len >= size) {
		r->ok = 0;
		s.len = 0;
	}
	if (s.len > 0)
		memcpy(out, s.data, s.len);
	out[s.len] = '\0';
}

static void
get_result(struct reader *r, struct result *result)
{
	uint64_t major = get_number(r);
	char minor[160];

	if (major > RESULT_INSUFFICIENT_INFORMATION)
		r->ok = 0;
	else
		result->major = (enum result_major)major;
	get_text(r, minor, sizeof(minor));
	result->minor = result_minor_intern(minor);
	get_text(r, result->message, sizeof(result->message));
}

static int
get_item(struct request *req, size_t index, struct reader *r, struct error *err)
{
	struct signed_item *item = &req->out.items[index];
	struct span original = original_of(req, index), middle;
	uint64_t head, tail;

	get_result(r, &item->result);
	get_text(r, item->signature_id, sizeof(item->signature_id));
	if (r->version > 2)
		get_text(r, item->level, sizeof(item->level));
	head = get_number(r);
	tail = get_number(r);
	middle = get(r, get_number(r));
	if (!r->ok || head > original.len || tail > original.len - head)
		return error_set(err, ERROR_INTERNAL, "the kept answer does not fit the request");
	buf_init(&item->document, 0);
	if (buf_append(&item->document, original.data, (size_t)head, err) != 0 ||
	    buf_append_span(&item->document, middle, err) != 0)
		return -1;
	return tail == 0 ? 0
			 : buf_append(&item->document, original.data + original.len - tail,
			       (size_t)tail, err);
}

static int
decode_cases(struct request *req, struct span answer, struct error *err)
{
	struct reader r = { answer, 1, 0 };
	const uint64_t version = get_number(&r), count = get_number(&r);
	size_t i;

	if (!r.ok || version != ANSWER_CASES_VERSION || count != req->in.document_count)
		return error_set(err, ERROR_INTERNAL, "the kept answer does not decode");
	req->out.kept_cases = calloc(count + 1, sizeof(*req->out.kept_cases));
	if (req->out.kept_cases == NULL)
		return error_memory(err);
	for (i = 0; i < count; i++) {
		struct kept_case *kept = &req->out.kept_cases[i];
		uint64_t has = get_number(&r), indication = get_number(&r);
		struct span id = get(&r, sizeof(kept->id.bytes));

		if (!r.ok || indication > INDICATION_TOTAL_FAILED)
			return error_set(err, ERROR_INTERNAL, "the kept answer does not decode");
		kept->has_case = has != 0;
		kept->indication = (enum indication)indication;
		memcpy(kept->id.bytes, id.data, sizeof(kept->id.bytes));
	}
	req->out.kept_case_count = count;
	return r.left.len == 0 ? 0 : error_set(err, ERROR_INTERNAL, "the kept answer has a tail");
}

int
answer_decode(struct request *req, struct span answer, struct error *err)
{
	struct reader r = { answer, 1, 0 };
	uint64_t count;
	size_t i;

	if (req->operation->flags & OPERATION_ONCE_STORED)
		return decode_cases(req, answer, err);
	r.version = get_number(&r);
	if (buf_append_span(&req->out.signing_certificate, get(&r, get_number(&r)), err) != 0 ||
	    buf_append_span(&req->out.token, get(&r, get_number(&r)), err) != 0)
		return -1;
	req->out.generation_time = (int64_t)get_number(&r);
	get_text(&r, req->out.serial, sizeof(req->out.serial));
	get_text(&r, req->out.policy, sizeof(req->out.policy));
	if (r.version > 3)
		get_result(&r, &req->out.result);
	count = get_number(&r);
	if (!r.ok || r.version < 2 || r.version > ANSWER_VERSION ||
	    count > (req->in.document_count > req->in.digest_count ? req->in.document_count
								   : req->in.digest_count))
		return error_set(err, ERROR_INTERNAL, "the kept answer does not decode");
	req->out.items = calloc(count > 0 ? count : 1, sizeof(*req->out.items));
	if (req->out.items == NULL)
		return error_memory(err);
	req->out.item_count = count;
	for (i = 0; i < count; i++)
		if (get_item(req, i, &r, err) != 0)
			return -1;
	return r.left.len == 0 ? 0 : error_set(err, ERROR_INTERNAL, "the kept answer has a tail");
}
