#include "signing/format/cms/older.h"

#include <string.h>

#include "signing/core/ossl.h"
#include "signing/format/cms/attributes.h"
#include "signing/format/cms/cms_extend.h"
#include "signing/format/cms/cms_read.h"
#include "signing/format/cms/items.h"
#include "signing/format/cms/maker.h"
#include "signing/format/cms/message.h"
#include "signing/format/cms/oids.h"
#include "signing/format/cms/tst_info.h"

static int
is_old(const char *oid)
{
	return strcmp(oid, OID_ARCHIVE_TIMESTAMP) == 0 ||
	       strcmp(oid, OID_ARCHIVE_TIMESTAMP_V2) == 0;
}

static void
find_old(void *arg, const char *oid, const DER_ATTRIBUTE *attribute, struct span raw)
{
	int *found = arg;

	(void)attribute, (void)raw;
	*found |= is_old(oid);
}

int
older_is(const DER_SIGNER_INFO *signer)
{
	int found = 0;

	cms_each_attribute(signer->unsigned_attributes, find_old, &found);
	return found;
}

int
older_is_beside(const DER_SIGNED_DATA *message, size_t signer)
{
	DER_SIGNER_INFO *other;
	size_t i, count = (size_t)sk_ASN1_TYPE_num(message->signers);
	int found = 0;

	for (i = 0; !found && i < count; i++) {
		if (i == signer)
			continue;
		other = DER_DECODE(
		    DER_SIGNER_INFO, der_raw_span(sk_ASN1_TYPE_value(message->signers, (int)i)));
		found = other != NULL && older_is(other);
		DER_SIGNER_INFO_free(other);
	}
	return found;
}

/* ---- the latest archive time stamp ---- */

/* Where it stands among the unsigned attributes, or -1. The order of a SET OF tells nothing. */
static int
find_latest(const DER_SIGNER_INFO *signer)
{
	int64_t latest = INT64_MIN, time;
	int i, found = -1;

	for (i = 0; i < sk_ASN1_TYPE_num(signer->unsigned_attributes); i++) {
		DER_ATTRIBUTE *a = DER_DECODE(DER_ATTRIBUTE,
		    der_raw_span(sk_ASN1_TYPE_value(signer->unsigned_attributes, i)));
		char oid[128] = "";

		if (a != NULL && sk_ASN1_TYPE_num(a->values) > 0 &&
		    (is_old(der_oid(a->type, oid, sizeof(oid))) ||
			strcmp(oid, OID_ARCHIVE_TIMESTAMP_V3) == 0)) {
			time = tst_info_time_of(der_raw_span(sk_ASN1_TYPE_value(a->values, 0)));
			if (time != INT64_MAX && time >= latest) {
				latest = time;
				found = i;
			}
		}
		DER_ATTRIBUTE_free(a);
	}
	return found;
}

/* Put an attribute of the same type with this value in its place. */
static int
replace(
    DER_SIGNER_INFO *signer, int at, const DER_ATTRIBUTE *old, struct span token, struct error *err)
{
	STACK_OF(ASN1_TYPE) *attributes = signer->unsigned_attributes;
	char oid[128];

	if (cms_push_attribute(attributes, der_oid(old->type, oid, sizeof(oid)), token, err) != 0)
		return -1;
	ASN1_TYPE_free(sk_ASN1_TYPE_value(attributes, at));
	sk_ASN1_TYPE_set(attributes, at, sk_ASN1_TYPE_pop(attributes));
	return 0;
}

/* ---- what is not there yet ---- */

static int
note_held(const DER_SIGNED_DATA *message, const DER_SIGNER_INFO *signer, struct coverage *held,
    struct error *err)
{
	struct cms_covering covering = { held, err, 0 };
	int i;

	for (i = 0; i < sk_ASN1_TYPE_num(message->certificates); i++)
		if (cms_item_certificate(der_raw_span(sk_ASN1_TYPE_value(message->certificates, i)),
			cms_cover_item, &covering) != 0)
			return -1;
	for (i = 0; i < sk_ASN1_TYPE_num(message->crls); i++)
		if (cms_item_revocation(der_raw_span(sk_ASN1_TYPE_value(message->crls, i)),
			cms_cover_item, &covering) != 0)
			return -1;
	return cms_items_of_attributes(signer->unsigned_attributes, cms_cover_item, &covering);
}

static int
take_missing(
    const struct values *from, const struct coverage *held, struct values *to, struct error *err)
{
	size_t i;

	for (i = 0; i < from->count; i++)
		if (!coverage_has(held, from->items[i].sha256) &&
		    values_add(to, SPAN_OF(&from->items[i].der), err) != 0)
			return -1;
	return 0;
}

/* 1 when the answer is held in this form, made by `as`; -1 on an error. */
static int
is_held_as(int (*as)(struct buf *out, struct span answer, struct error *err), struct span answer,
    const struct coverage *held, struct error *err)
{
	struct buf form = BUF_INIT(0);
	unsigned char sha256[32];
	int rc = -1;

	if (as(&form, answer, err) == 0 &&
	    digest_span(DIGEST_SHA256, SPAN_OF(&form), sha256, err) == 0)
		rc = coverage_has(held, sha256);
	buf_release(&form);
	return rc;
}

/* An OCSP answer is the same with and without what is around it. */
static int
take_missing_answers(
    const struct values *from, const struct coverage *held, struct values *to, struct error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc >= 0 && i < from->count; i++) {
		const struct span answer = SPAN_OF(&from->items[i].der);

		rc = is_held_as(cms_ocsp_response, answer, held, err);
		if (rc == 0)
			rc = is_held_as(cms_ocsp_basic, answer, held, err);
		if (rc == 0)
			rc = values_add(to, answer, err);
	}
	return rc < 0 ? -1 : 0;
}

static int
missing(const struct evidence *data, const struct coverage *held, struct evidence *out,
    struct error *err)
{
	unsigned char sha256[32];
	int i;

	for (i = 0; i < sk_X509_num(data->certificates); i++) {
		X509 *cert = sk_X509_value(data->certificates, i);

		if (X509_digest(cert, EVP_sha256(), sha256, NULL) != 1)
			return error_memory(err);
		if (!coverage_has(held, sha256) && evidence_add_certificate(out, cert, err) != 0)
			return -1;
	}
	return take_missing(&data->crls, held, &out->crls, err) == 0
		   ? take_missing_answers(&data->ocsps, held, &out->ocsps, err)
		   : -1;
}

static int
is_empty(const struct evidence *e)
{
	return sk_X509_num(e->certificates) <= 0 && e->crls.count == 0 && e->ocsps.count == 0;
}

/* ---- the door ---- */

static int
add_to_token(DER_SIGNER_INFO *signer, int at, const struct evidence *data,
    const struct format_limits *limits, struct error *err)
{
	DER_ATTRIBUTE *old = DER_DECODE(
	    DER_ATTRIBUTE, der_raw_span(sk_ASN1_TYPE_value(signer->unsigned_attributes, at)));
	struct buf token = BUF_INIT(0);
	int rc = -1;

	if (old == NULL)
		error_set(err, ERROR_MALFORMED, "an archive time stamp does not decode");
	else if (sk_ASN1_TYPE_num(old->values) != 1)
		error_set(err, ERROR_UNSUPPORTED,
		    "validation data cannot be added: an archive-time-stamp attribute holds more "
		    "than one token");
	else if (buf_append_span(&token, der_raw_span(sk_ASN1_TYPE_value(old->values, 0)), err) ==
		     0 &&
		 cms_add_data(&token, data, limits, err) == 0)
		rc = replace(signer, at, old, SPAN_OF(&token), err);
	DER_ATTRIBUTE_free(old);
	buf_release(&token);
	return rc;
}

/* What of `data` neither message nor signer hold, added to `lacking`, which is the caller's. */
static int
find_lacking(const DER_SIGNED_DATA *message, const DER_SIGNER_INFO *signer,
    const struct evidence *data, struct evidence *lacking, struct error *err)
{
	struct coverage held = { 0 };
	int rc = -1;

	if (note_held(message, signer, &held, err) == 0)
		rc = missing(data, &held, lacking, err);
	coverage_release(&held);
	return rc;
}

int
older_add_data(const DER_SIGNED_DATA *message, DER_SIGNER_INFO *signer, const struct evidence *data,
    const struct format_limits *limits, struct error *err)
{
	struct evidence lacking = { 0 };
	const int at = find_latest(signer);
	int rc = -1;

	if (at < 0)
		error_set(err, ERROR_CONFLICT,
		    "validation data cannot be added: no archive time stamp of the signature "
		    "decodes");
	else if (find_lacking(message, signer, data, &lacking, err) == 0)
		rc = is_empty(&lacking) ? 0 : add_to_token(signer, at, &lacking, limits, err);
	evidence_release(&lacking);
	return rc;
}

/* ---- beside a signature with one ---- */

static void
find_values(void *arg, const char *oid, const DER_ATTRIBUTE *attribute, struct span raw)
{
	int *found = arg;

	(void)attribute, (void)raw;
	*found |= strcmp(oid, OID_CERT_VALUES) == 0 || strcmp(oid, OID_REVOCATION_VALUES) == 0;
}

/* CertificateValues ::= SEQUENCE OF Certificate */
static int
put_certificates(DER_SIGNER_INFO *signer, const STACK_OF(X509) * certificates, struct error *err)
{
	struct buf list = BUF_INIT(0), value = BUF_INIT(0);
	struct der_out members = DER_OUT(&list, err), out = DER_OUT(&value, err);
	int i, rc = -1;

	for (i = 0; i < sk_X509_num(certificates); i++)
		DER_PUT_STRUCT(X509, sk_X509_value(certificates, i), &members);
	der_put_value(&out, DER_SEQUENCE, SPAN_OF(&list));
	if (!members.failed && !out.failed)
		rc = maker_push_unsigned(signer, OID_CERT_VALUES, SPAN_OF(&value), err);
	buf_release(&list);
	buf_release(&value);
	return rc;
}

/* [number] EXPLICIT SEQUENCE OF what `list` holds; nothing for none. */
static void
put_list(struct der_out *out, unsigned int number, const struct buf *list)
{
	if (list->len == 0)
		return;
	der_put_head(out, DER_CONTEXT + number, der_size(list->len));
	der_put_value(out, DER_SEQUENCE, SPAN_OF(list));
}

/* RevocationValues ::= SEQUENCE { crlVals [0], ocspVals [1], ... } */
static int
put_revocation(DER_SIGNER_INFO *signer, const struct evidence *data, struct error *err)
{
	struct buf crls = BUF_INIT(0), ocsps = BUF_INIT(0), both = BUF_INIT(0), value = BUF_INIT(0);
	struct der_out lists = DER_OUT(&both, err), out = DER_OUT(&value, err);
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < data->crls.count; i++)
		rc = buf_append_span(&crls, SPAN_OF(&data->crls.items[i].der), err);
	for (i = 0; rc == 0 && i < data->ocsps.count; i++)
		rc = cms_ocsp_basic(&ocsps, SPAN_OF(&data->ocsps.items[i].der), err);
	put_list(&lists, 0, &crls);
	put_list(&lists, 1, &ocsps);
	der_put_value(&out, DER_SEQUENCE, SPAN_OF(&both));
	if (rc == 0 && (lists.failed || out.failed))
		rc = -1;
	if (rc == 0)
		rc = maker_push_unsigned(signer, OID_REVOCATION_VALUES, SPAN_OF(&value), err);
	buf_release(&crls);
	buf_release(&ocsps);
	buf_release(&both);
	buf_release(&value);
	return rc;
}

static int
put_values(DER_SIGNER_INFO *signer, const struct evidence *data, struct error *err)
{
	int found = 0;

	cms_each_attribute(signer->unsigned_attributes, find_values, &found);
	if (found)
		return error_set(err, ERROR_UNSUPPORTED,
		    "validation data cannot be added: the signature holds values already, and the "
		    "message's own are under an archive time stamp of another signer");
	if (sk_X509_num(data->certificates) > 0 &&
	    put_certificates(signer, data->certificates, err) != 0)
		return -1;
	return data->crls.count + data->ocsps.count > 0 ? put_revocation(signer, data, err) : 0;
}

int
older_add_values(const DER_SIGNED_DATA *message, DER_SIGNER_INFO *signer,
    const struct evidence *data, const struct format_limits *limits, struct error *err)
{
	struct evidence lacking = { 0 };
	const int at = find_latest(signer);
	int rc = find_lacking(message, signer, data, &lacking, err);

	if (rc == 0 && !is_empty(&lacking))
		rc = at < 0 ? put_values(signer, &lacking, err)
			    : add_to_token(signer, at, &lacking, limits, err);
	evidence_release(&lacking);
	return rc;
}

/* ---- before and after ---- */

/* The same token, or one that holds more: content and signature value are the same bytes. */
static int
same_token(struct span a, struct span b)
{
	struct signatures was = { 0 }, is = { 0 };
	struct buf one = BUF_INIT(0), two = BUF_INIT(0);
	int same = span_equal(a, b);

	if (!same && cms_content(&one, NULL, 0, a, NULL) == 0 &&
	    cms_content(&two, NULL, 0, b, NULL) == 0 && span_equal(SPAN_OF(&one), SPAN_OF(&two)) &&
	    cms_read(&was, a, NULL, NULL, NULL) == 0 && cms_read(&is, b, NULL, NULL, NULL) == 0)
		same = was.count == 1 && is.count == 1 &&
		       span_equal(SPAN_OF(&was.items[0].value), SPAN_OF(&is.items[0].value)) &&
		       was.items[0].value_intact == is.items[0].value_intact;
	signatures_release(&was);
	signatures_release(&is);
	buf_release(&one);
	buf_release(&two);
	return same;
}

/* Give those of `after` the tokens that they had, where that they hold more is all that changed. */
static int
put_back_tokens(const struct signatures *before, struct signatures *after, struct error *err)
{
	size_t i, k;

	for (i = 0; i < before->count && i < after->count; i++) {
		const struct signature *was = &before->items[i];
		struct signature *is = &after->items[i];

		for (k = 0; k < was->timestamp_count && k < is->timestamp_count; k++) {
			const struct span then = SPAN_OF(&was->timestamps[k].token);
			struct buf *now = &is->timestamps[k].token;

			if (!same_token(then, SPAN_OF(now)))
				continue;
			now->len = 0;
			if (buf_append_span(now, then, err) != 0)
				return -1;
		}
	}
	return 0;
}

int
older_unharmed(struct span before, struct span after, const struct document *doc,
    const struct format_limits *limits, struct error *err)
{
	const struct cms_read_options options = { .limits = limits };
	struct signatures old = { 0 }, now = { 0 };
	int rc = -1;

	if (cms_read(&old, before, doc, &options, err) != 0 ||
	    cms_read(&now, after, doc, &options, err) != 0)
		goto done;
	if (put_back_tokens(&old, &now, err) != 0)
		goto done;
	rc = signatures_unharmed(&old, &now)
		 ? 0
		 : error_set(err, ERROR_CONFLICT,
		       "validation data cannot be added to the archive time stamp without harm to "
		       "another one");
done:
	signatures_release(&old);
	signatures_release(&now);
	return rc;
}
