#include "signing/format/xml/xml_extend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/core/ossl.h"
#include "signing/format/cms/tst_info.h"
#include "signing/format/xml/xml_extending.h"
#include "signing/format/xml/xml_items.h"

#define C14N "http://www.w3.org/2001/10/xml-exc-c14n#"
/* ---- time stamps ---- */

/* The data that the last property, a time stamp without its token, must cover. */
static int
imprint_of(struct xml_extending *e, const struct timestamp_source *source, struct buf *token)
{
	enum digest digest = source->digest != DIGEST_NONE ? source->digest : DIGEST_SHA256;
	struct buf data = BUF_INIT(e->file.max);
	unsigned char imprint[DIGEST_SIZE_MAX];
	const xmlNode *stamp;
	struct xml_look look;
	int rc = -1;

	if (xml_look_at(&look, e) != 0)
		return -1;
	stamp = look.properties != NULL ? look.properties->last : NULL;
	while (stamp != NULL && stamp->type != XML_ELEMENT_NODE)
		stamp = stamp->prev;
	if (xml_stamp_octets(&look.r, &look.parts, stamp, &data, e->err) == 0 &&
	    digest_span(digest, SPAN_OF(&data), imprint, e->err) == 0 &&
	    source->get(source->ctx, digest, imprint, token, e->err) == 0) {
		struct buf text = BUF_INIT(0);

		rc = text_base64(&text, SPAN_OF(token), 0, e->err);
		if (rc == 0)
			rc = xml_put_into(e, &look,
			    xml_child(stamp, XML_NS_XADES, "EncapsulatedTimeStamp"),
			    SPAN_OF(&text));
		buf_release(&text);
	}
	xml_look_close(&look);
	buf_release(&data);
	return rc;
}

static int
add_stamp(struct xml_extending *e, const char *name, const struct timestamp_source *source)
{
	struct buf text = BUF_INIT(0), token = BUF_INIT(0);
	char uuid[TEXT_UUID_SIZE];
	struct xml_look look;
	int rc = -1;

	text_uuid(uuid);
	if (buf_printf(&text, e->err,
		"<%s" XML_PREFIXES4 " Id=\"stamp-%s\"><ds:CanonicalizationMethod Algorithm=\"" C14N
		"\"></ds:CanonicalizationMethod><xades:EncapsulatedTimeStamp>"
		"</xades:EncapsulatedTimeStamp></%s>",
		name, uuid, name) == 0 &&
	    xml_look_at(&look, e) == 0) {
		rc = xml_put_property(e, &look, SPAN_OF(&text));
		xml_look_close(&look);
	}
	if (rc == 0)
		rc = imprint_of(e, source, &token);
	buf_release(&text);
	buf_release(&token);
	return rc;
}

/* ---- validation data ---- */

/* What is added: elements in a row, only those that the signature does not hold. */
struct values_text {
	struct xml_extending *e;
	struct coverage held; /* of the signature, tokens of it included */
	struct buf out;
};

static int
put_value(
    struct values_text *t, const char *element, struct span der, const unsigned char sha256[32])
{
	struct error *err = t->e->err;

	if (coverage_has(&t->held, sha256))
		return 0;
	if (buf_printf(&t->out, err, "<xades:%s>", element) != 0 ||
	    text_base64(&t->out, der, 0, err) != 0)
		return -1;
	return buf_printf(&t->out, err, "</xades:%s>", element);
}

static int
put_certificates(struct values_text *t, const STACK_OF(X509) * list)
{
	struct buf der = BUF_INIT(0);
	unsigned char sha256[32];
	int i, rc = 0;

	for (i = 0; rc == 0 && i < sk_X509_num(list); i++) {
		der.len = 0;
		rc = OSSL_APPEND_DER(X509, sk_X509_value(list, i), &der, t->e->err);
		if (rc == 0)
			rc = digest_span(DIGEST_SHA256, SPAN_OF(&der), sha256, t->e->err);
		if (rc == 0)
			rc = put_value(t, "EncapsulatedX509Certificate", SPAN_OF(&der), sha256);
	}
	buf_release(&der);
	return rc;
}

static int
put_crls(struct values_text *t, const struct values *list)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < list->count; i++)
		rc = put_value(
		    t, "EncapsulatedCRLValue", SPAN_OF(&list->items[i].der), list->items[i].sha256);
	return rc;
}

static int
put_ocsps(struct values_text *t, const struct values *list)
{
	struct buf whole = BUF_INIT(0);
	unsigned char sha256[32];
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < list->count; i++) {
		whole.len = 0;
		rc = cms_ocsp_response(&whole, SPAN_OF(&list->items[i].der), t->e->err);
		if (rc == 0)
			rc = digest_span(DIGEST_SHA256, SPAN_OF(&whole), sha256, t->e->err);
		if (rc == 0)
			rc = put_value(t, "EncapsulatedOCSPValue", SPAN_OF(&whole), sha256);
	}
	buf_release(&whole);
	return rc;
}

/* Put <xades:name ...> and its end around what was written since `from`; nothing around nothing. */
static int
wrap(struct values_text *t, size_t from, const char *name, const char *attributes)
{
	struct buf head = BUF_INIT(0);
	int rc;

	if (t->out.len == from)
		return 0;
	rc = buf_printf(&head, t->e->err, "<%s%s>", name, attributes);
	if (rc == 0)
		rc = buf_splice(&t->out, from, 0, SPAN_OF(&head), t->e->err);
	if (rc == 0)
		rc = buf_printf(&t->out, t->e->err, "</%s>", name);
	buf_release(&head);
	return rc;
}

static int
put_values(struct values_text *t, const struct evidence *data, int again)
{
	size_t from;

	if (put_certificates(t, data->certificates) != 0 ||
	    wrap(t, 0, "xades:CertificateValues", XML_PREFIXES) != 0)
		return -1;
	from = t->out.len;
	if (put_crls(t, &data->crls) != 0 || wrap(t, from, "xades:CRLValues", "") != 0)
		return -1;
	{
		size_t answers = t->out.len;

		if (put_ocsps(t, &data->ocsps) != 0 ||
		    wrap(t, answers, "xades:OCSPValues", "") != 0)
			return -1;
	}
	if (wrap(t, from, "xades:RevocationValues", XML_PREFIXES) != 0)
		return -1;
	/* The schema has each of them once; further ones are for the time stamps. */
	return again ? wrap(t, 0, "xades141:TimeStampValidationData", XML_PREFIXES4) : 0;
}

static int
add_data(struct xml_extending *e, const struct evidence *data)
{
	struct values_text t = { .e = e, .out = BUF_INIT(e->file.max) };
	struct cms_covering held = { &t.held, e->err, 0 };
	struct xml_look look;
	int rc = -1, again;

	if (xml_look_at(&look, e) != 0)
		return -1;
	again = xml_child(look.properties, XML_NS_XADES, "CertificateValues") != NULL ||
		xml_child(look.properties, XML_NS_XADES, "RevocationValues") != NULL;
	if (xml_items_of(look.properties, cms_cover_item, &held) == 0 &&
	    xml_items_of(look.parts.key_info, cms_cover_item, &held) == 0 &&
	    put_values(&t, data, again) == 0)
		rc = t.out.len > 0 ? xml_put_property(e, &look, SPAN_OF(&t.out)) : 0;
	xml_look_close(&look);
	coverage_release(&t.held);
	buf_release(&t.out);
	return rc;
}

/* ---- the door ---- */

static int
require_stamp(struct xml_extending *e)
{
	struct xml_look look;
	int found;

	if (xml_look_at(&look, e) != 0)
		return -1;
	found = xml_child(look.properties, XML_NS_XADES, "SignatureTimeStamp") != NULL;
	xml_look_close(&look);
	return found ? 0
		     : error_set(e->err, ERROR_CONFLICT,
			   "the signature has no time stamp yet; extend it to level T first");
}

static int
extend(struct xml_extending *e, enum extension to, const struct evidence *data,
    const struct timestamp_source *source)
{
	if (to == EXTEND_T)
		return add_stamp(e, "xades:SignatureTimeStamp", source);
	if (require_stamp(e) != 0 || (data != NULL && add_data(e, data) != 0))
		return -1;
	return to == EXTEND_LTA ? add_stamp(e, "xades141:ArchiveTimeStamp", source) : 0;
}

/* Which signature covers that which was to be extended, and what to do instead. */
static int
refuse_harm(const struct xml_extending *e, const struct signature *harmed, const char *id)
{
	if (harmed == NULL || strcmp(harmed->id, id) == 0)
		return error_set(e->err, ERROR_CONFLICT,
		    "signature %.80s cannot be extended without harm to a time stamp that it has",
		    id);
	return error_set(e->err, ERROR_CONFLICT,
	    "signature %.80s cannot be extended: signature %.80s covers it, and would be broken by "
	    "it. Extend %.80s by its id: its time stamps cover the other one too",
	    id, harmed->id, harmed->id);
}

static int
check_result(const struct xml_extending *e, enum extension to, struct span before)
{
	struct signatures old = { 0 }, now = { 0 };
	const struct signature *harmed;
	size_t i;
	int rc = -1;

	if (xml_read(&old, before, e->reading, e->err) != 0 ||
	    xml_read(&now, SPAN_OF(&e->file), e->reading, e->err) != 0)
		goto done;
	harmed = signatures_harmed(&old, &now);
	rc = old.count == now.count && harmed == NULL
		 ? 0
		 : refuse_harm(e, harmed, e->id != NULL ? e->id : old.items[0].id);
	for (i = 0; rc == 0 && to != EXTEND_T && i < old.count; i++)
		if (e->id == NULL ? i == 0
				  : old.items[i].id != NULL && strcmp(old.items[i].id, e->id) == 0)
			rc = signature_stamps_fit(&old.items[i], e->err);
done:
	signatures_release(&old);
	signatures_release(&now);
	return rc;
}

int
xml_extend(struct buf *out, struct span document, const char *signature, enum extension to,
    const struct evidence *data, const struct timestamp_source *source,
    const struct xml_read_options *reading, struct error *err)
{
	struct xml_extending e = { reading, signature, BUF_INIT(out->max), err };
	char encoding[32];
	int rc = -1;

	if (xml_lex_encoding(document, encoding) == XML_ENCODING_UTF16)
		return error_set(err, ERROR_UNSUPPORTED,
		    "documents in UTF-16 are not extended; convert the document to UTF-8");
	if (buf_append_span(&e.file, document, err) == 0 && extend(&e, to, data, source) == 0 &&
	    check_result(&e, to, document) == 0)
		rc = buf_append_span(out, SPAN_OF(&e.file), err);
	if (rc != 0 && err != NULL)
		xml_tidy(err->text);
	buf_release(&e.file);
	return rc;
}
