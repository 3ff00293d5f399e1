#include "signing/format/pdf/pdf_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/cms.h>

#include "signing/core/ossl.h"
#include "signing/format/cms/cms_read.h"
#include "signing/format/pdf/date.h"
#include "signing/format/pdf/form.h"
#include "signing/format/pdf/lock.h"
#include "signing/format/pdf/range.h"

static const struct pdf_read_options no_options = { 0 };

enum subfilter {
	SUBFILTER_UNKNOWN,
	SUBFILTER_CADES,
	SUBFILTER_PKCS7,
	SUBFILTER_SHA1,
	SUBFILTER_TST
};

static const struct {
	const char *name;
	enum subfilter subfilter;
} subfilters[] = {
	{ "/ETSI.CAdES.detached", SUBFILTER_CADES },
	{ "/adbe.pkcs7.detached", SUBFILTER_PKCS7 },
	{ "/adbe.pkcs7.sha1", SUBFILTER_SHA1 },
	{ "/ETSI.RFC3161", SUBFILTER_TST },
};

/* One value of a signature field and what its place in the file is worth. */
struct value {
	const struct pdf_field *field;
	enum subfilter subfilter;
	struct pdf_range range;
	int have_range; /* range was read and is sound */
	struct buf der; /* what stands in the gap */
	int sound;	/* range, gap and revision are as they must be */
	struct pdf_problem problem;
};

struct reading {
	const struct pdf_read_options *options;
	const struct format_limits *limits;
	struct pdf_doc *doc;
	struct pdf_form form;
	struct value *values;
	size_t count;
};

/* ---- places ---- */

static enum subfilter
subfilter_of(struct pdf_doc *doc, qpdf_oh value)
{
	size_t i;

	for (i = 0; i < sizeof(subfilters) / sizeof(subfilters[0]); i++)
		if (pdf_get_is_name(doc, value, "/SubFilter", subfilters[i].name))
			return subfilters[i].subfilter;
	return SUBFILTER_UNKNOWN;
}

static int
examine(struct reading *r, struct value *v, struct error *err)
{
	int rc;

	v->subfilter = subfilter_of(r->doc, v->field->value);
	if (pdf_range_read(&v->range, r->doc, v->field->value, &v->problem) != 0)
		return 0;
	v->have_range = 1;
	rc = pdf_range_contents(&v->range, r->doc, v->field->value, &v->der, &v->problem, err);
	if (rc == 0 && v->range.end != r->doc->bytes.len)
		rc = pdf_revision_check(&v->range, r->doc, v->field->name, v->field->value,
		    r->options->password, &v->problem, err);
	v->sound = rc == 0;
	return rc < 0 ? -1 : 0;
}

/* Each revision has its "startxref"; a few in content do not matter against the limit. */
static int
check_revisions(struct reading *r, struct error *err)
{
	struct span rest = r->doc->bytes;
	const unsigned char *at;
	unsigned int revisions = 0;

	while ((at = memmem(rest.data, rest.len, "startxref", 9)) != NULL) {
		if (++revisions > r->limits->pdf_revisions)
			return error_limit(err, ERROR_LIMIT, "pdf_revisions",
			    r->limits->pdf_revisions, 0, "too many revisions in the PDF");
		rest.len -= (size_t)(at + 9 - rest.data);
		rest.data = at + 9;
	}
	return 0;
}

static void
reading_end(struct reading *r)
{
	size_t i;

	for (i = 0; i < r->count; i++)
		buf_release(&r->values[i].der);
	free(r->values);
	pdf_form_release(&r->form);
	pdf_close(r->doc);
}

/* Open the document and examine the place of every value. reading_end() is due in any case. */
static int
reading_begin(struct reading *r, struct span document, const struct pdf_read_options *options,
    struct error *err)
{
	static const struct format_limits defaults = FORMAT_LIMITS_DEFAULT;
	size_t i;

	memset(r, 0, sizeof(*r));
	r->options = options != NULL ? options : &no_options;
	r->limits = r->options->limits != NULL ? r->options->limits : &defaults;
	if (pdf_open(&r->doc, document, r->options->password, r->limits, err) != 0 ||
	    check_revisions(r, err) != 0 || pdf_form_read(&r->form, r->doc, err) != 0)
		return -1;
	r->values = calloc(r->form.count + 1, sizeof(*r->values));
	if (r->values == NULL)
		return error_memory(err);
	for (i = 0; i < r->form.count; i++) {
		if (!r->form.fields[i].is_signed)
			continue;
		r->values[r->count].field = &r->form.fields[i];
		if (examine(r, &r->values[r->count++], err) != 0)
			return -1;
	}
	return pdf_check_damage(r->doc, err);
}

static int
is_timestamp(const struct reading *r, const struct value *v)
{
	return v->subfilter == SUBFILTER_TST || pdf_is_timestamp(r->doc, v->field->value);
}

/* ---- signatures ---- */

/*
 * adbe.pkcs7.sha1 signs 20 bytes that are the SHA-1 of the byte range (ISO 32000-1
 * clause 12.8.3.3); 1 when the encapsulated content is exactly those.
 */
static int
holds_sha1_of_range(const struct reading *r, const struct value *v)
{
	const unsigned char *at = v->der.data;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)v->der.len);
	ASN1_OCTET_STRING **content = cms != NULL ? CMS_get0_content(cms) : NULL;
	struct digest_values sha1;
	int holds = 0;

	if (content != NULL && *content != NULL && (*content)->length == 20 &&
	    pdf_range_digest(&v->range, r->doc->bytes, DIGEST_BIT(DIGEST_SHA1), &sha1, NULL) == 0)
		holds = memcmp((*content)->data, sha1.value[DIGEST_SHA1], 20) == 0;
	CMS_ContentInfo_free(cms);
	error_openssl(NULL, "");
	return holds;
}

/* Read the CMS value over the byte range into `found`. */
static int
read_cms(
    const struct reading *r, const struct value *v, struct signatures *found, struct error *err)
{
	struct cms_read_options options = { 0 };
	struct digest_values digests;
	struct document doc = { .digests = &digests };
	unsigned int bits = 0;

	options.limits = r->limits;
	options.extra_certificates = r->options->certificates;
	options.profile = CMS_PROFILE_PADES;
	if (v->subfilter == SUBFILTER_SHA1)
		return cms_read(found, SPAN_OF(&v->der), NULL, &options, err);
	if (cms_digests_needed(SPAN_OF(&v->der), &options, &bits, err) != 0 ||
	    pdf_range_digest(&v->range, r->doc->bytes, bits, &digests, err) != 0)
		return -1;
	return cms_read(found, SPAN_OF(&v->der), &doc, &options, err);
}

/*
 * Nothing of a broken signature may look intact. A fault of its place in the file (the format check
 * comes first, EN 319 102-1 clause 5.2.2) goes before whatever CMS found.
 */
static void
mark_broken(struct signature *sig, int place, const char *problem)
{
	size_t i;

	if (place)
		sig->failure = SUB_NONE;
	signature_fail(sig, SUB_FORMAT_FAILURE, "%s", problem);
	sig->references_intact = 0;
	sig->scope = SCOPE_PARTIAL;
	for (i = 0; i < sig->reference_count; i++) {
		sig->references[i].intact = 0;
		sig->references[i].scope = SCOPE_PARTIAL;
		if (sig->references[i].problem[0] == '\0')
			snprintf(sig->references[i].problem, sizeof(sig->references[i].problem),
			    "%.239s", problem);
	}
}

/* The reference that covers the document is the byte range. */
static int
set_reference(
    const struct reading *r, const struct value *v, struct signature *sig, struct error *err)
{
	const uint64_t *at = v->range.at;
	struct reference *ref = sig->references;

	if (sig->reference_count == 0) {
		ref = signature_add_reference(sig, r->limits, err);
		if (ref == NULL)
			return -1;
		ref->is_document = 1;
	}
	free(ref->uri);
	if (asprintf(&ref->uri, "ByteRange %llu %llu %llu %llu", (unsigned long long)at[0],
		(unsigned long long)at[1], (unsigned long long)at[2],
		(unsigned long long)at[3]) < 0) {
		ref->uri = NULL;
		return error_memory(err);
	}
	memcpy(sig->byte_range, at, sizeof(sig->byte_range));
	sig->revision_is_last = v->range.end == r->doc->bytes.len;
	sig->scope = sig->revision_is_last ? SCOPE_FULL : SCOPE_PARTIAL;
	ref->scope = sig->scope;
	return 0;
}

/* What the signature dictionary says beside the value. */
static void
set_claims(const struct reading *r, const struct value *v, struct signature *sig)
{
	qpdf_oh value = v->field->value;
	char *date = pdf_get_text(r->doc, value, "/M");

	sig->format = FORMAT_PDF;
	sig->reason = pdf_get_text(r->doc, value, "/Reason");
	sig->location = pdf_get_text(r->doc, value, "/Location");
	sig->contact = pdf_get_text(r->doc, value, "/ContactInfo");
	sig->certification = pdf_docmdp_of(r->doc, value);
	if (date != NULL && pdf_date_parse(date, &sig->claimed_time) == 0)
		sig->has_claimed_time = 1;
	if (v->subfilter != SUBFILTER_CADES)
		sig->baseline = 0;
	free(date);
}

/* "Field" for the signer, "Field.ID" for a counter-signature of it. */
static int
set_ids(const struct value *v, struct signatures *found, struct error *err)
{
	size_t i;

	for (i = 0; i < found->count; i++) {
		struct signature *sig = &found->items[i];
		char *id = NULL;

		if (i == 0)
			id = strdup(v->field->name);
		else if (asprintf(&id, "%s.%s", v->field->name, sig->id) < 0)
			id = NULL;
		if (id == NULL)
			return error_memory(err);
		free(sig->id);
		sig->id = id;
		if (sig->parent == NULL)
			continue;
		free(sig->parent);
		sig->parent = strdup(v->field->name);
		if (sig->parent == NULL)
			return error_memory(err);
	}
	return 0;
}

/* EN 319 142-1 clause 6.3: one signer, no more. */
static int
signer_count(const struct signatures *found)
{
	size_t i;
	int n = 0;

	for (i = 0; i < found->count; i++)
		n += found->items[i].parent == NULL;
	return n;
}

/* Move what was found behind `out`: all of it or nothing. */
static int
move(struct signatures *out, struct signatures *found, const struct format_limits *limits,
    struct error *err)
{
	struct signature *bigger;

	if (found->count == 0)
		return 0;
	if (out->count + found->count > limits->signatures)
		return error_limit(err, ERROR_LIMIT, "signatures", limits->signatures, 0,
		    "too many signatures in the document");
	bigger = realloc(out->items, (out->count + found->count) * sizeof(*bigger));
	if (bigger == NULL)
		return error_memory(err);
	memcpy(bigger + out->count, found->items, found->count * sizeof(*bigger));
	out->items = bigger;
	out->count += found->count;
	free(found->items);
	memset(found, 0, sizeof(*found));
	return 0;
}

/* A value that CMS cannot read is a signature all the same: one that is broken. */
static int
add_unreadable(struct signatures *found, const struct reading *r, struct error *err)
{
	signatures_release(found);
	return signatures_add(found, r->limits, err) != NULL ? 0 : -1;
}

static int
is_fault_of_document(const struct error *err)
{
	return err->kind == ERROR_MALFORMED || err->kind == ERROR_UNSUPPORTED ||
	       err->kind == ERROR_NOT_FOUND;
}

static int
read_signature(const struct reading *r, struct value *v, struct signatures *out, struct error *err)
{
	struct signatures found = { 0 };
	struct error why = ERROR_INIT;
	const char *problem = v->sound ? NULL : v->problem.text;
	size_t i;
	int rc = -1;

	if (v->have_range && v->der.len > 0 && read_cms(r, v, &found, &why) != 0) {
		if (!is_fault_of_document(&why)) {
			if (err != NULL)
				*err = why;
			goto done;
		}
		if (problem == NULL)
			problem = why.text;
		signatures_release(&found);
	}
	if (found.count == 0 && add_unreadable(&found, r, err) != 0)
		goto done;
	if (found.items[0].id == NULL && problem == NULL)
		problem = "the signature has no signer";
	if (v->subfilter == SUBFILTER_UNKNOWN && problem == NULL)
		problem = "the signature is of a kind (SubFilter) that is not supported";
	if (signer_count(&found) != 1 && problem == NULL)
		problem = "the signature has more than one signer";
	if (v->subfilter == SUBFILTER_SHA1 && problem == NULL && !holds_sha1_of_range(r, v)) {
		problem = "the digest that was signed is not that of the byte range";
		signature_fail(&found.items[0], SUB_HASH_FAILURE, "%s", problem);
	}
	if (set_ids(v, &found, err) != 0 ||
	    (v->have_range && set_reference(r, v, &found.items[0], err) != 0))
		goto done;
	for (i = 0; i < found.count; i++)
		found.items[i].format = FORMAT_PDF;
	set_claims(r, v, &found.items[0]);
	for (i = 0; problem != NULL && i < found.count; i++)
		mark_broken(&found.items[i], !v->sound, problem);
	rc = move(out, &found, r->limits, err);
done:
	signatures_release(&found);
	return rc;
}

/* ---- document time stamps ---- */

/* Fill in the token and the digests of the range that it must bear. */
static int
set_stamp(const struct reading *r, const struct value *v, struct embedded_timestamp *stamp,
    struct error *err)
{
	const unsigned int bits = DIGEST_BITS_MODERN | DIGEST_BIT(DIGEST_SHA1) |
				  DIGEST_BIT(DIGEST_SHA224) | DIGEST_BIT(DIGEST_SHA3_256) |
				  DIGEST_BIT(DIGEST_SHA3_384) | DIGEST_BIT(DIGEST_SHA3_512);

	stamp->kind = TIMESTAMP_DOCUMENT;
	snprintf(stamp->problem, sizeof(stamp->problem), "%s", v->sound ? "" : v->problem.text);
	if (buf_append_span(&stamp->token, SPAN_OF(&v->der), err) != 0)
		return -1;
	if (!v->sound)
		return 0;
	stamp->imprint_known = 1;
	return pdf_range_digest(&v->range, r->doc->bytes, bits, &stamp->imprint, err);
}

/* Give the stamp to every signature that lies before it in the file. */
static int
spread_stamp(
    const struct reading *r, const struct value *v, struct signatures *out, struct error *err)
{
	struct embedded_timestamp *stamp;
	size_t i;

	for (i = 0; i < out->count; i++) {
		struct signature *sig = &out->items[i];

		if (!v->sound || sig->parent != NULL || sig->byte_range[3] == 0 ||
		    sig->byte_range[2] + sig->byte_range[3] > v->range.at[1])
			continue;
		stamp = signature_add_timestamp(sig, r->limits, err);
		if (stamp == NULL || set_stamp(r, v, stamp, err) != 0)
			return -1;
	}
	return 0;
}

int
pdf_read(struct signatures *out, struct span document, const struct pdf_read_options *options,
    struct error *err)
{
	struct signatures found = { 0 };
	struct reading r;
	size_t i;
	int rc = reading_begin(&r, document, options, err);

	for (i = 0; rc == 0 && i < r.count; i++)
		if (!is_timestamp(&r, &r.values[i]))
			rc = read_signature(&r, &r.values[i], &found, err);
	for (i = 0; rc == 0 && i < r.count; i++)
		if (is_timestamp(&r, &r.values[i]))
			rc = spread_stamp(&r, &r.values[i], &found, err);
	if (rc == 0)
		rc = move(out, &found, r.limits, err);
	signatures_release(&found);
	reading_end(&r);
	return rc;
}

static int
read_timestamp(
    const struct reading *r, const struct value *v, struct pdf_timestamp *ts, struct error *err)
{
	ts->field = strdup(v->field->name);
	if (ts->field == NULL)
		return error_memory(err);
	memcpy(ts->byte_range, v->range.at, sizeof(ts->byte_range));
	ts->revision_is_last = v->have_range && v->range.end == r->doc->bytes.len;
	if (!v->sound) {
		ts->failure = SUB_FORMAT_FAILURE;
		snprintf(ts->failure_text, sizeof(ts->failure_text), "%s", v->problem.text);
	}
	return set_stamp(r, v, &ts->stamp, err);
}

int
pdf_read_timestamps(struct pdf_timestamps *out, struct span document,
    const struct pdf_read_options *options, struct error *err)
{
	struct reading r;
	size_t i;
	int rc = reading_begin(&r, document, options, err);

	memset(out, 0, sizeof(*out));
	if (rc == 0 && (out->items = calloc(r.count + 1, sizeof(*out->items))) == NULL)
		rc = error_memory(err);
	for (i = 0; rc == 0 && i < r.count; i++)
		if (is_timestamp(&r, &r.values[i]))
			rc = read_timestamp(&r, &r.values[i], &out->items[out->count++], err);
	if (rc != 0)
		pdf_timestamps_release(out);
	reading_end(&r);
	return rc;
}

void
pdf_timestamps_release(struct pdf_timestamps *list)
{
	while (list->count > 0) {
		struct pdf_timestamp *ts = &list->items[--list->count];

		free(ts->field);
		buf_release(&ts->stamp.token);
	}
	free(list->items);
	list->items = NULL;
}
