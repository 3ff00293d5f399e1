#include "signing/format/pdf/pdf_extend.h"

#include <stdio.h>
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/format/cms/items.h"
#include "signing/format/cms/tst_info.h"
#include "signing/format/pdf/contents.h"
#include "signing/format/pdf/field.h"
#include "signing/format/pdf/gap.h"
#include "signing/format/pdf/proof.h"
#include "signing/format/pdf/value.h"

static const struct pdf_extend_options no_options = { 0 };

struct storing {
	struct span document;
	const struct evidence *data;
	const struct pdf_extend_options *options;
	struct pdf_values values; /* of the document as it came */
	struct pdf_update up;
	struct buf references[3]; /* to new streams: certificates, CRLs, OCSP answers */
	struct buf vri;		  /* new entries */
	struct error *err;
};

enum { PART_CERTS, PART_CRLS, PART_OCSPS };
static const struct {
	const char *key, *vri_key;
} parts[] = { { "/Certs", "/Cert" }, { "/CRLs", "/CRL" }, { "/OCSPs", "/OCSP" } };

/* ---- streams ---- */

static int
is_stored(const struct storing *s, const unsigned char sha256[32])
{
	const struct pdf_dss *dss = &s->values.dss;
	size_t i;

	for (i = 0; i < dss->count; i++)
		if (dss->items[i].is_current && memcmp(dss->items[i].sha256, sha256, 32) == 0)
			return 1;
	return 0;
}

static int
put_stream(struct storing *s, int part, struct span der)
{
	uint32_t number = pdf_update_number(&s->up);
	struct buf *list = &s->references[part];

	if (pdf_update_stream(&s->up, number, "", der, 1, s->err) != 0)
		return -1;
	return buf_printf(list, s->err, "%s%u 0 R", list->len > 0 ? " " : "", number);
}

static int
put_certificates(struct storing *s)
{
	struct buf der = BUF_INIT(0);
	unsigned char sha256[32];
	int i, rc = 0;

	for (i = 0; rc == 0 && i < sk_X509_num(s->data->certificates); i++) {
		X509 *cert = sk_X509_value(s->data->certificates, i);

		der.len = 0;
		rc = OSSL_APPEND_DER(X509, cert, &der, s->err);
		if (rc == 0 && X509_digest(cert, EVP_sha256(), sha256, NULL) != 1)
			rc = error_memory(s->err);
		if (rc == 0 && !is_stored(s, sha256))
			rc = put_stream(s, PART_CERTS, SPAN_OF(&der));
	}
	buf_release(&der);
	return rc;
}

static int
put_answers(struct storing *s)
{
	struct buf whole = BUF_INIT(0);
	unsigned char sha256[32];
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < s->data->ocsps.count; i++) {
		whole.len = 0;
		rc = cms_ocsp_response(&whole, SPAN_OF(&s->data->ocsps.items[i].der), s->err);
		if (rc == 0)
			rc = digest_span(DIGEST_SHA256, SPAN_OF(&whole), sha256, s->err);
		if (rc == 0 && !is_stored(s, sha256))
			rc = put_stream(s, PART_OCSPS, SPAN_OF(&whole));
	}
	buf_release(&whole);
	return rc;
}

static int
put_streams(struct storing *s)
{
	size_t i;
	int rc = put_certificates(s);

	for (i = 0; rc == 0 && i < s->data->crls.count; i++)
		if (!is_stored(s, s->data->crls.items[i].sha256))
			rc = put_stream(s, PART_CRLS, SPAN_OF(&s->data->crls.items[i].der));
	return rc == 0 ? put_answers(s) : -1;
}

/* ---- validation-related information, one entry for each signature ---- */

/* Upper-case hex of the SHA-1 of /Contents, all bytes of it (ISO 32000-2 clause 12.8.4.4). */
static int
vri_name(struct storing *s, const struct pdf_value *v, char name[42])
{
	struct buf contents = BUF_INIT(0);
	unsigned char sha1[DIGEST_SIZE_MAX];
	size_t i;
	int rc = -1;

	if (pdf_string(s->values.doc, pdf_get(s->values.doc, v->field->value, "/Contents"),
		&contents, s->err) == 0 &&
	    digest_span(DIGEST_SHA1, SPAN_OF(&contents), sha1, s->err) == 0)
		rc = 0;
	name[0] = '/';
	for (i = 0; i < 20 && rc == 0; i++)
		snprintf(name + 1 + 2 * i, 3, "%02X", sha1[i]);
	buf_release(&contents);
	return rc;
}

static int
put_vri(struct storing *s, const char *name)
{
	size_t i;

	if (buf_printf(&s->vri, s->err, " %s <<", name) != 0)
		return -1;
	for (i = 0; i < 3; i++)
		if (s->references[i].len > 0 &&
		    (buf_printf(&s->vri, s->err, "%s [", parts[i].vri_key) != 0 ||
			buf_append_span(&s->vri, SPAN_OF(&s->references[i]), s->err) != 0 ||
			buf_append_str(&s->vri, "]", s->err) != 0))
			return -1;
	return buf_append_str(&s->vri, ">>", s->err);
}

static int
put_vris(struct storing *s, qpdf_oh old)
{
	char name[42];
	size_t i;

	if (s->references[0].len + s->references[1].len + s->references[2].len == 0)
		return 0;
	for (i = 0; i < s->values.count; i++) {
		if (!s->values.items[i].sound)
			continue;
		if (vri_name(s, &s->values.items[i], name) != 0)
			return -1;
		if (!pdf_has(s->values.doc, old, name) && put_vri(s, name) != 0)
			return -1;
	}
	return 0;
}

/* ---- the store and the way to it ---- */

/* The old array, direct or not, with the new references behind its own. */
static int
join_array(struct storing *s, qpdf_oh old, const struct buf *more, struct buf *text)
{
	struct pdf_put put = s->up.put;

	put.out = text;
	return pdf_put_array(&put, old, SPAN_OF(more), s->err);
}

/* The old VRI dictionary with new entries. */
static int
join_vri(struct storing *s, qpdf_oh old, struct buf *text)
{
	struct pdf_put put = s->up.put;

	put.out = text;
	if (pdf_put_dict(&put, old, NULL, 0, s->err) != 0)
		return -1;
	text->len -= 2; /* ">>" */
	if (buf_append_span(text, SPAN_OF(&s->vri), s->err) != 0)
		return -1;
	return buf_append_str(text, ">>", s->err);
}

static int
write_store(struct storing *s, uint32_t number)
{
	struct pdf_doc *doc = s->values.doc;
	qpdf_oh old = pdf_get(doc, qpdf_get_root(doc->q), "/DSS"), vri = pdf_get(doc, old, "/VRI");
	struct buf texts[4] = { BUF_INIT(0), BUF_INIT(0), BUF_INIT(0), BUF_INIT(0) };
	struct pdf_change changes[5];
	size_t i, count = 0;
	int rc = put_vris(s, vri);

	if (rc == 0)
		rc = pdf_update_object(&s->up, number, 0, s->err);
	for (i = 0; rc == 0 && i < 3; i++) {
		if (s->references[i].len == 0)
			continue;
		rc = join_array(s, pdf_get(doc, old, parts[i].key), &s->references[i], &texts[i]);
		changes[count++] = (struct pdf_change){ parts[i].key, SPAN_OF(&texts[i]) };
	}
	if (rc == 0 && s->vri.len > 0) {
		rc = join_vri(s, vri, &texts[3]);
		changes[count++] = (struct pdf_change){ "/VRI", SPAN_OF(&texts[3]) };
	}
	if (rc == 0 && !pdf_has(doc, old, "/Type"))
		changes[count++] = (struct pdf_change){ "/Type", span_str("/DSS") };
	if (rc == 0)
		rc = pdf_put_dict(&s->up.put, old, changes, count, s->err);
	if (rc == 0)
		rc = pdf_update_object_end(&s->up, s->err);
	for (i = 0; i < 4; i++)
		buf_release(&texts[i]);
	return rc;
}

/* The catalog names the store, and the extension of PDF 1.7 that it is (EN 319 142-1 clause 5.6).
 */
static int
write_catalog(struct storing *s, uint32_t number)
{
	struct pdf_doc *doc = s->values.doc;
	qpdf_oh root = qpdf_get_root(doc->q), old = pdf_get(doc, root, "/Extensions");
	struct pdf_change esic = { "/ESIC", span_str("<</BaseVersion /1.7 /ExtensionLevel 1>>") };
	struct buf extensions = BUF_INIT(0);
	struct pdf_change changes[2];
	struct pdf_put put;
	char reference[32];
	size_t count = 0;
	int rc = pdf_update_rewrite(&s->up, root, s->err);

	put = s->up.put;
	put.out = &extensions;
	snprintf(reference, sizeof(reference), "%u 0 R", number);
	changes[count++] = (struct pdf_change){ "/DSS", span_str(reference) };
	if (rc == 0 && !pdf_has(doc, old, "/ESIC")) {
		rc = pdf_put_dict(&put, old, &esic, 1, s->err);
		changes[count++] = (struct pdf_change){ "/Extensions", SPAN_OF(&extensions) };
	}
	if (rc == 0)
		rc = pdf_put_dict(&s->up.put, root, changes, count, s->err);
	if (rc == 0)
		rc = pdf_update_object_end(&s->up, s->err);
	buf_release(&extensions);
	return rc;
}

static int
write_update(struct storing *s, struct buf *out)
{
	struct pdf_doc *doc = s->values.doc;
	uint32_t number;

	if (pdf_update_begin(&s->up, doc, out, s->err) != 0 || put_streams(s) != 0)
		return -1;
	number = pdf_update_number(&s->up);
	if (write_store(s, number) != 0 || write_catalog(s, number) != 0 ||
	    pdf_check_damage(doc, s->err) != 0)
		return -1;
	return pdf_update_finish(&s->up, s->err);
}

/* Nothing suffered, and every value can be read. */
static int
verify(const struct storing *s, struct span made, const struct format_limits *limits)
{
	const struct evidence *data = s->data;
	struct pdf_found before, after = { 0 };
	size_t i;
	int rc = -1;

	if (pdf_found_read(&before, s->document, s->options->password, limits, s->err) != 0 ||
	    pdf_found_read(&after, made, s->options->password, limits, s->err) != 0)
		goto done;
	if (after.signatures.evidence.crls.count < data->crls.count ||
	    after.signatures.evidence.ocsps.count < data->ocsps.count ||
	    sk_X509_num(after.signatures.evidence.certificates) < sk_X509_num(data->certificates))
		error_set(s->err, ERROR_INTERNAL,
		    "the document security store that was made cannot be read");
	else
		rc = pdf_found_unharmed(&before, &after, s->err);
	/* What they prove is what the store's data are for. */
	for (i = 0; rc == 0 && i < before.signatures.count; i++)
		rc = signature_stamps_fit(&before.signatures.items[i], s->err);
done:
	pdf_found_release(&before);
	pdf_found_release(&after);
	return rc;
}

/* Append the document with a store. */
static int
store(struct buf *out, struct span document, const struct evidence *data,
    const struct pdf_extend_options *options, const struct format_limits *limits, struct error *err)
{
	const struct pdf_read_options reading = { .limits = limits, .password = options->password };
	struct storing s = { .document = document, .data = data, .options = options, .err = err };
	size_t before = out->len, i;
	int rc = -1;

	if (pdf_values_open(&s.values, document, &reading, err) == 0) {
		if (s.values.count == 0)
			error_set(
			    err, ERROR_CONFLICT, "the PDF has no signature that could be extended");
		else if (write_update(&s, out) == 0)
			rc = verify(&s, pdf_gap_file(&s.up), limits);
	}
	if (rc != 0)
		out->len = before;
	for (i = 0; i < 3; i++)
		buf_release(&s.references[i]);
	buf_release(&s.vri);
	pdf_update_release(&s.up);
	pdf_values_close(&s.values);
	return rc;
}

int
pdf_extend_with(struct buf *out, struct span document, enum extension to,
    const struct evidence *data, const struct pdf_contents_maker *maker,
    const struct pdf_extend_options *options, const struct format_limits *limits, struct error *err)
{
	const struct pdf_extend_options *o = options != NULL ? options : &no_options;
	const struct pdf_timestamp_options stamping = { .field_name = o->field_name,
		.password = o->password };
	struct buf stored = BUF_INIT(out->max);
	int rc;

	if (to == EXTEND_T)
		return pdf_timestamp_with(out, document, o->digest, &stamping, limits, maker, err);
	if (to == EXTEND_LT)
		return data != NULL ? store(out, document, data, o, limits, err)
				    : error_set(err, ERROR_MALFORMED,
					  "there are no validation data to extend the PDF with");
	if (data == NULL)
		return pdf_timestamp_with(out, document, o->digest, &stamping, limits, maker, err);
	rc = store(&stored, document, data, o, limits, err);
	if (rc == 0)
		rc = pdf_timestamp_with(
		    out, SPAN_OF(&stored), o->digest, &stamping, limits, maker, err);
	buf_release(&stored);
	return rc;
}

/* ---- with the source at hand ---- */

static int
make_contents(void *source, struct span file, const struct pdf_range *range, struct buf *value,
    struct error *err)
{
	return pdf_contents_stamp(value, file, range, source, err);
}

int
pdf_extend(struct buf *out, struct span document, enum extension to, const struct evidence *data,
    const struct timestamp_source *source, const struct pdf_extend_options *options,
    const struct format_limits *limits, struct error *err)
{
	const struct pdf_contents_maker maker = { make_contents, (void *)source };
	struct pdf_extend_options o = options != NULL ? *options : no_options;

	if (source != NULL)
		o.digest = source->digest;
	return pdf_extend_with(out, document, to, data, &maker, &o, limits, err);
}
