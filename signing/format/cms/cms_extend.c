#include "signing/format/cms/cms_extend.h"

#include <string.h>

#include "signing/core/ossl.h"
#include "signing/format/cms/archive.h"
#include "signing/format/cms/cms_read.h"
#include "signing/format/cms/items.h"
#include "signing/format/cms/maker.h"
#include "signing/format/cms/older.h"
#include "signing/format/cms/oids.h"
#include "signing/format/cms/tst_info.h"

struct extending {
	DER_CMS *cms;
	DER_SIGNER_INFO *signer;
	struct cms_message m; /* a view of cms, for the functions that readers use */
	const struct document *doc;
	const struct timestamp_source *source;
	const struct format_limits *limits;
	struct error *err;
	int is_older;  /* its archive time stamps cover the message's certificates and CRLs */
	int is_beside; /* another signer's do */
};

/* ---- validation data ---- */

/* Push an encoding unless it is there. */
static int
push_once(STACK_OF(ASN1_TYPE) * *list, struct span der, struct error *err)
{
	int i;

	if (*list == NULL && (*list = sk_ASN1_TYPE_new_null()) == NULL)
		return maker_no_memory(err);
	for (i = 0; i < sk_ASN1_TYPE_num(*list); i++)
		if (span_equal(der_raw_span(sk_ASN1_TYPE_value(*list, i)), der))
			return 0;
	return der_push(*list, der) == 0 ? 0 : maker_no_memory(err);
}

static int
add_certificates(struct extending *e, const STACK_OF(X509) * certificates)
{
	struct buf der = BUF_INIT(0);
	int i, rc = 0;

	for (i = 0; rc == 0 && i < sk_X509_num(certificates); i++) {
		der.len = 0;
		rc = OSSL_APPEND_DER(X509, sk_X509_value(certificates, i), &der, e->err);
		if (rc == 0)
			rc = push_once(&e->cms->data->certificates, SPAN_OF(&der), e->err);
	}
	buf_release(&der);
	return rc;
}

/* OtherRevocationInfoFormat with a whole OCSPResponse (RFC 5940 section 2.2), under [1] IMPLICIT.
 */
static int
add_ocsp(struct extending *e, struct span answer)
{
	struct buf response = BUF_INIT(0), oid = BUF_INIT(0), choice = BUF_INIT(0);
	struct der_out type = DER_OUT(&oid, e->err), out = DER_OUT(&choice, e->err);
	int rc = -1;

	if (cms_ocsp_response(&response, answer, e->err) != 0)
		goto done;
	der_put_oid(&type, OID_RI_OCSP);
	der_put_head(&out, DER_CONTEXT + 1, oid.len + response.len);
	der_put_raw(&out, SPAN_OF(&oid));
	der_put_raw(&out, SPAN_OF(&response));
	if (!type.failed && !out.failed)
		rc = push_once(&e->cms->data->crls, SPAN_OF(&choice), e->err);
	/* RFC 5652 section 5.1: other formats make it version 5. */
	if (rc == 0 && ASN1_INTEGER_get(e->cms->data->version) < 5 &&
	    ASN1_INTEGER_set(e->cms->data->version, 5) != 1)
		rc = maker_no_memory(e->err);
done:
	buf_release(&response);
	buf_release(&oid);
	buf_release(&choice);
	return rc;
}

static int
add_data(struct extending *e, const struct evidence *data)
{
	size_t i;
	int rc = add_certificates(e, data->certificates);

	for (i = 0; rc == 0 && i < data->crls.count; i++)
		rc = push_once(&e->cms->data->crls, SPAN_OF(&data->crls.items[i].der), e->err);
	for (i = 0; rc == 0 && i < data->ocsps.count; i++)
		rc = add_ocsp(e, SPAN_OF(&data->ocsps.items[i].der));
	return rc;
}

/* ---- the archive time stamp ---- */

/* The document that was signed: the message's own or the one that was given. */
static int
content_of(const struct extending *e, struct document *content)
{
	const ASN1_TYPE *own = e->cms->data->content->content;

	if ((own != NULL) == (e->doc != NULL))
		return error_set(e->err, ERROR_MALFORMED,
		    own != NULL ? "the signature holds its content; give no document with it"
				: "the signature is detached; give the document with it");
	if (e->doc != NULL) {
		*content = *e->doc;
		return 0;
	}
	if (own->type != V_ASN1_OCTET_STRING)
		return error_set(e->err, ERROR_UNSUPPORTED,
		    "the content of the signature is not an octet string");
	memset(content, 0, sizeof(*content));
	content->has_content = 1;
	content->content = (struct span){ ASN1_STRING_get0_data(own->value.octet_string),
		(size_t)ASN1_STRING_length(own->value.octet_string) };
	return 0;
}

/* Put the hash index among the unsigned attributes of the token's signer. */
static int
put_index(struct buf *token, struct span index, struct error *err)
{
	DER_CMS *cms = maker_read(token, err);
	DER_SIGNER_INFO *signer = cms != NULL ? maker_signer(cms, 0, err) : NULL;
	int rc = -1;

	if (signer != NULL && maker_push_unsigned(signer, OID_HASH_INDEX_V3, index, err) == 0 &&
	    maker_set_signer(cms, 0, signer, err) == 0)
		rc = maker_replace(token, cms, err);
	DER_SIGNER_INFO_free(signer);
	DER_CMS_free(cms);
	return rc;
}

static int
add_archive_stamp(struct extending *e)
{
	enum digest digest = e->source->digest != DIGEST_NONE ? e->source->digest : DIGEST_SHA256;
	struct buf index = BUF_INIT(0), data = BUF_INIT(0), token = BUF_INIT(0);
	struct document content;
	int rc = -1;

	if (content_of(e, &content) == 0 &&
	    archive_v3_index(&index, &e->m, e->signer, digest, e->err) == 0 &&
	    archive_v3_join(&data, &e->m, e->signer, &content, SPAN_OF(&index), digest, e->err) ==
		0 &&
	    maker_timestamp(SPAN_OF(&data), e->source, &token, e->err) == 0 &&
	    put_index(&token, SPAN_OF(&index), e->err) == 0)
		rc = maker_push_unsigned(
		    e->signer, OID_ARCHIVE_TIMESTAMP_V3, SPAN_OF(&token), e->err);
	buf_release(&index);
	buf_release(&data);
	buf_release(&token);
	return rc;
}

/* ---- before and after ---- */

static void
find_stamp(void *arg, const char *oid, const DER_ATTRIBUTE *attribute, struct span raw)
{
	int *found = arg;

	(void)attribute, (void)raw;
	*found |= strcmp(oid, OID_SIGNATURE_TIMESTAMP) == 0;
}

static int
require_stamp(const struct extending *e)
{
	int found = 0;

	cms_each_attribute(e->signer->unsigned_attributes, find_stamp, &found);
	return found ? 0
		     : error_set(e->err, ERROR_CONFLICT,
			   "the signature has no time stamp yet; extend it to level T first");
}

int
maker_unharmed(struct span before, struct span after, const struct document *doc,
    const struct format_limits *limits, struct error *err)
{
	const struct cms_read_options options = { .limits = limits };
	struct signatures old = { 0 }, now = { 0 };
	int rc = -1;

	if (cms_read(&old, before, doc, &options, err) != 0 ||
	    cms_read(&now, after, doc, &options, err) != 0)
		goto done;
	rc = signatures_unharmed(&old, &now) ? 0
					     : error_set(err, ERROR_CONFLICT,
						   "this cannot be added to the signature without "
						   "harm to a time stamp that it has");
done:
	signatures_release(&old);
	signatures_release(&now);
	return rc;
}

/* What the signer's time stamps prove is what validation data and archive time stamps are for. */
static int
check_stamps(struct span der, size_t signer, const struct document *doc,
    const struct format_limits *limits, struct error *err)
{
	const struct cms_read_options options = { .limits = limits };
	struct signatures list = { 0 };
	size_t i, n = 0;
	int rc = cms_read(&list, der, doc, &options, err);

	for (i = 0; rc == 0 && i < list.count; i++)
		if (list.items[i].parent == NULL && n++ == signer)
			rc = signature_stamps_fit(&list.items[i], err);
	signatures_release(&list);
	return rc;
}

/* Into the message, or where an archive time stamp covers all of that, elsewhere. */
static int
put_data(struct extending *e, const struct evidence *data)
{
	if (e->is_older)
		return older_add_data(e->cms->data, e->signer, data, e->limits, e->err);
	if (e->is_beside)
		return older_add_values(e->cms->data, e->signer, data, e->limits, e->err);
	return add_data(e, data);
}

static int
extend(struct extending *e, size_t index, const struct evidence *data, int archive)
{
	if (require_stamp(e) != 0)
		return -1;
	if (data != NULL && put_data(e, data) != 0)
		return -1;
	if (archive && add_archive_stamp(e) != 0)
		return -1;
	return maker_set_signer(e->cms, index, e->signer, e->err);
}

int
cms_extend(struct buf *der, size_t signer, enum extension to, const struct document *doc,
    const struct evidence *data, const struct timestamp_source *source,
    const struct format_limits *limits, struct error *err)
{
	struct buf out = BUF_INIT(der->max);
	struct extending e = { .doc = doc, .source = source, .limits = limits, .err = err };
	int rc = -1;

	if (buf_append_span(&out, SPAN_OF(der), err) != 0)
		goto done;
	if (to == EXTEND_T) {
		rc = cms_add_timestamp(&out, signer, source, err);
	} else if ((e.cms = maker_read(der, err)) != NULL &&
		   (e.signer = maker_signer(e.cms, signer, err)) != NULL) {
		e.m.data = e.cms->data;
		e.is_older = older_is(e.signer);
		e.is_beside = older_is_beside(e.cms->data, signer);
		rc = extend(&e, signer, data, to == EXTEND_LTA);
		if (rc == 0)
			rc = maker_replace(&out, e.cms, err);
	}
	if (rc == 0)
		rc = (e.is_older || e.is_beside ? older_unharmed : maker_unharmed)(
		    SPAN_OF(der), SPAN_OF(&out), doc, limits, err);
	if (rc == 0 && to != EXTEND_T)
		rc = check_stamps(SPAN_OF(der), signer, doc, limits, err);
	if (rc == 0)
		rc = buf_splice(der, 0, der->len, SPAN_OF(&out), err);
done:
	DER_SIGNER_INFO_free(e.signer);
	DER_CMS_free(e.cms);
	buf_release(&out);
	return rc;
}

int
cms_add_data(struct buf *der, const struct evidence *data, const struct format_limits *limits,
    struct error *err)
{
	struct buf out = BUF_INIT(der->max);
	struct extending e = { .err = err };
	int rc = -1;

	if (buf_append_span(&out, SPAN_OF(der), err) == 0 &&
	    (e.cms = maker_read(der, err)) != NULL && add_data(&e, data) == 0 &&
	    maker_replace(&out, e.cms, err) == 0 &&
	    maker_unharmed(SPAN_OF(der), SPAN_OF(&out), NULL, limits, err) == 0)
		rc = buf_splice(der, 0, der->len, SPAN_OF(&out), err);
	DER_CMS_free(e.cms);
	buf_release(&out);
	return rc;
}
