#include "signing/format/cms/items.h"

#include <openssl/err.h>
#include <string.h>

#include "signing/core/certs.h"
#include "signing/core/ossl.h"
#include "signing/format/cms/der_out.h"
#include "signing/format/cms/message.h"
#include "signing/format/cms/oids.h"

struct visiting {
	cms_item_visit *visit;
	void *arg;
	int rc;
};

static int
tell(struct visiting *v, enum cms_item kind, struct span der)
{
	if (v->rc == 0)
		v->rc = v->visit(v->arg, kind, der);
	return v->rc;
}

/* ---- walking over DER without a template ---- */

struct piece {
	int tag, class, constructed;
	struct span content, whole;
};

/* The next value of *at, taken off it; 0 at the end and where it does not decode. */
static int
next_piece(struct span *at, struct piece *piece)
{
	const unsigned char *p = at->data;
	long len;
	int rc;

	if (at->len == 0)
		return 0;
	rc = ASN1_get_object(&p, &len, &piece->tag, &piece->class, (long)at->len);
	if ((rc & 0x80) != 0 || (rc & 1) != 0) {
		ERR_clear_error();
		return 0;
	}
	piece->constructed = (rc & V_ASN1_CONSTRUCTED) != 0;
	piece->content = (struct span){ p, (size_t)len };
	piece->whole = (struct span){ at->data, (size_t)(p - at->data) + (size_t)len };
	at->data += piece->whole.len;
	at->len -= piece->whole.len;
	return 1;
}

static int
is_universal(const struct piece *piece, int tag)
{
	return piece->class == V_ASN1_UNIVERSAL && piece->tag == tag;
}

/* OtherHashAlgAndValue with SHA-256, at any depth: { { sha256, NULL? }, OCTET STRING }. */
static void
tell_hashes(struct visiting *v, struct span in, int depth)
{
	static const unsigned char sha256[] = { 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
		0x04, 0x02, 0x01 };
	struct piece piece, before = { 0 };

	while (v->rc == 0 && next_piece(&in, &piece)) {
		if (is_universal(&piece, V_ASN1_OCTET_STRING) && piece.content.len == 32 &&
		    is_universal(&before, V_ASN1_SEQUENCE) &&
		    before.content.len >= sizeof(sha256) &&
		    memcmp(before.content.data, sha256, sizeof(sha256)) == 0)
			tell(v, CMS_ITEM_HASH, piece.content);
		else if (piece.constructed && depth < 12)
			tell_hashes(v, piece.content, depth + 1);
		before = piece;
	}
}

/* ---- choices of SignedData ---- */

int
cms_item_certificate(struct span choice, cms_item_visit *visit, void *arg)
{
	if (choice.len == 0 || choice.data[0] != (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED))
		return 0;
	return visit(arg, CMS_ITEM_CERTIFICATE, choice);
}

/* OtherRevocationInfoFormat: { otherRevInfoFormat OID, otherRevInfo ANY } under [1]. */
static int
other_revocation(struct span content, cms_item_visit *visit, void *arg)
{
	struct piece oid, value;
	ASN1_OBJECT *object;
	const unsigned char *p;
	int is_ocsp = 0;

	if (!next_piece(&content, &oid) || !next_piece(&content, &value))
		return 0;
	p = oid.whole.data;
	object = d2i_ASN1_OBJECT(NULL, &p, (long)oid.whole.len);
	if (object != NULL)
		is_ocsp = der_oid_is(object, OID_RI_OCSP) || der_oid_is(object, OID_OCSP_BASIC);
	ASN1_OBJECT_free(object);
	ERR_clear_error();
	return is_ocsp ? visit(arg, CMS_ITEM_OCSP, value.whole) : 0;
}

int
cms_item_revocation(struct span choice, cms_item_visit *visit, void *arg)
{
	struct piece piece;

	if (!next_piece(&choice, &piece) || !piece.constructed)
		return 0;
	if (is_universal(&piece, V_ASN1_SEQUENCE))
		return visit(arg, CMS_ITEM_CRL, piece.whole);
	if (piece.class == V_ASN1_CONTEXT_SPECIFIC && piece.tag == 1)
		return other_revocation(piece.content, visit, arg);
	return 0;
}

/* ---- attributes ---- */

static void
tell_all(struct visiting *v, enum cms_item kind, const STACK_OF(ASN1_TYPE) * list)
{
	int i;

	for (i = 0; i < sk_ASN1_TYPE_num(list); i++) {
		struct span der = der_raw_span(sk_ASN1_TYPE_value(list, i));

		if (der.len > 0 && tell(v, kind, der) != 0)
			return;
	}
}

static void
certificate_values(struct visiting *v, struct span value)
{
	STACK_OF(ASN1_TYPE) *list = DER_DECODE(ASN1_SEQUENCE_ANY, value);

	tell_all(v, CMS_ITEM_CERTIFICATE, list);
	sk_ASN1_TYPE_pop_free(list, ASN1_TYPE_free);
}

/* RevocationValues and Adobe's RevocationInfoArchival have one shape. */
static void
revocation_values(struct visiting *v, struct span value)
{
	DER_REVOCATION_VALUES *values = DER_DECODE(DER_REVOCATION_VALUES, value);

	if (values == NULL)
		return;
	tell_all(v, CMS_ITEM_CRL, values->crls);
	tell_all(v, CMS_ITEM_OCSP, values->ocsps);
	DER_REVOCATION_VALUES_free(values);
}

/* LongTermValidation: extraCertificates [0], extraRevocation [1] behind a time and its proof. */
static void
long_term_validation(struct visiting *v, struct span value)
{
	struct piece whole, part, inner;

	if (!next_piece(&value, &whole))
		return;
	while (v->rc == 0 && next_piece(&whole.content, &part)) {
		if (part.class != V_ASN1_CONTEXT_SPECIFIC || part.tag > 1)
			continue;
		while (v->rc == 0 && next_piece(&part.content, &inner))
			v->rc = part.tag == 0 ? cms_item_certificate(inner.whole, v->visit, v->arg)
					      : cms_item_revocation(inner.whole, v->visit, v->arg);
	}
}

static void
references(struct visiting *v, struct span value)
{
	tell_hashes(v, value, 0);
}

static void
token(struct visiting *v, struct span value)
{
	tell(v, CMS_ITEM_TOKEN, value);
}

static const struct {
	const char *oid;
	void (*read)(struct visiting *v, struct span value);
} holders[] = {
	{ OID_CERT_VALUES, certificate_values },
	{ OID_REVOCATION_VALUES, revocation_values },
	{ OID_ADBE_REVOCATION, revocation_values },
	{ OID_LONG_TERM_VALIDATION, long_term_validation },
	{ OID_CERT_REFS, references },
	{ OID_REVOCATION_REFS, references },
	{ OID_ATTR_CERT_REFS, references },
	{ OID_ATTR_REVOCATION_REFS, references },
	{ OID_CONTENT_TIMESTAMP, token },
	{ OID_SIGNATURE_TIMESTAMP, token },
	{ OID_ESC_TIMESTAMP, token },
	{ OID_REFS_TIMESTAMP, token },
	{ OID_ARCHIVE_TIMESTAMP, token },
	{ OID_ARCHIVE_TIMESTAMP_V2, token },
	{ OID_ARCHIVE_TIMESTAMP_V3, token },
};

int
cms_items_of_attribute(
    const char *oid, const DER_ATTRIBUTE *attribute, cms_item_visit *visit, void *arg)
{
	struct visiting v = { visit, arg, 0 };
	size_t h;
	int i;

	for (h = 0; h < sizeof(holders) / sizeof(holders[0]); h++)
		for (i = 0; strcmp(oid, holders[h].oid) == 0 && v.rc == 0 &&
			    i < sk_ASN1_TYPE_num(attribute->values);
		     i++)
			holders[h].read(&v, der_raw_span(sk_ASN1_TYPE_value(attribute->values, i)));
	return v.rc;
}

static void
visit_attribute(void *arg, const char *oid, const DER_ATTRIBUTE *attribute, struct span raw)
{
	struct visiting *v = arg;

	(void)raw;
	if (v->rc == 0)
		v->rc = cms_items_of_attribute(oid, attribute, v->visit, v->arg);
}

int
cms_items_of_attributes(const STACK_OF(ASN1_TYPE) * attributes, cms_item_visit *visit, void *arg)
{
	struct visiting v = { visit, arg, 0 };

	cms_each_attribute(attributes, visit_attribute, &v);
	return v.rc;
}

/* ---- tokens ---- */

/* All that stands in a SignedData, but for its content. */
static int
items_of_message(const DER_SIGNED_DATA *data, cms_item_visit *visit, void *arg)
{
	int i, rc = 0;

	for (i = 0; rc == 0 && i < sk_ASN1_TYPE_num(data->certificates); i++)
		rc = cms_item_certificate(
		    der_raw_span(sk_ASN1_TYPE_value(data->certificates, i)), visit, arg);
	for (i = 0; rc == 0 && i < sk_ASN1_TYPE_num(data->crls); i++)
		rc = cms_item_revocation(
		    der_raw_span(sk_ASN1_TYPE_value(data->crls, i)), visit, arg);
	for (i = 0; rc == 0 && i < sk_ASN1_TYPE_num(data->signers); i++) {
		DER_SIGNER_INFO *signer =
		    DER_DECODE(DER_SIGNER_INFO, der_raw_span(sk_ASN1_TYPE_value(data->signers, i)));

		if (signer == NULL)
			continue;
		rc = cms_items_of_attributes(signer->signed_attributes, visit, arg);
		if (rc == 0)
			rc = cms_items_of_attributes(signer->unsigned_attributes, visit, arg);
		DER_SIGNER_INFO_free(signer);
	}
	return rc;
}

int
cms_items_of_token(struct span token_der, cms_item_visit *visit, void *arg)
{
	DER_CONTENT *info = DER_DECODE(DER_CONTENT, token_der);
	DER_SIGNED_DATA *data = info != NULL && info->content != NULL
				    ? DER_DECODE(DER_SIGNED_DATA, der_raw_span(info->content))
				    : NULL;
	int rc = data != NULL ? items_of_message(data, visit, arg) : 0;

	DER_SIGNED_DATA_free(data);
	DER_CONTENT_free(info);
	return rc;
}

int
cms_item_finds_revocation(void *depth, enum cms_item kind, struct span der)
{
	int inner = *(int *)depth + 1;

	if (kind == CMS_ITEM_TOKEN && inner <= CMS_ITEM_DEPTH_MAX)
		return cms_items_of_token(der, cms_item_finds_revocation, &inner);
	return kind == CMS_ITEM_CRL || kind == CMS_ITEM_OCSP ? -1 : 0;
}

/* ---- coverage ---- */

static int
cover_inside(const struct cms_covering *c, struct span token_der)
{
	struct cms_covering inner = { c->coverage, c->err, c->depth + 1 };

	if (inner.depth > CMS_ITEM_DEPTH_MAX)
		return 0;
	return cms_items_of_token(token_der, cms_cover_item, &inner);
}

int
cms_cover_item(void *covering, enum cms_item kind, struct span der)
{
	struct cms_covering *c = covering;
	unsigned char sha256[32];
	unsigned int len = sizeof(sha256);
	X509 *cert;
	int ok;

	if (kind == CMS_ITEM_HASH)
		return coverage_add(c->coverage, der.data, c->err);
	if (kind == CMS_ITEM_CERTIFICATE) {
		/* As X509_digest() will know it, whatever its encoding here. */
		cert = cert_decode(der);
		if (cert == NULL)
			return 0;
		ok = X509_digest(cert, EVP_sha256(), sha256, &len) == 1;
		X509_free(cert);
		return ok ? coverage_add(c->coverage, sha256, c->err) : error_memory(c->err);
	}
	if (digest_span(DIGEST_SHA256, der, sha256, c->err) != 0 ||
	    coverage_add(c->coverage, sha256, c->err) != 0)
		return -1;
	return kind == CMS_ITEM_TOKEN ? cover_inside(c, der) : 0;
}

int
cms_cover_token(struct coverage *coverage, struct span token_der, struct error *err)
{
	struct cms_covering c = { coverage, err, 0 };

	return cms_cover_item(&c, CMS_ITEM_TOKEN, token_der);
}

/* ---- for makers ---- */

int
cms_ocsp_response(struct buf *out, struct span answer, struct error *err)
{
	static const unsigned char successful[] = { 0x0a, 0x01, 0x00 };
	struct buf basic = BUF_INIT(0);
	struct der_out type = DER_OUT(&basic, err), der = DER_OUT(out, err);
	struct span rest = answer;
	struct piece whole, first;
	size_t octets;

	if (!next_piece(&rest, &whole) || !is_universal(&whole, V_ASN1_SEQUENCE) ||
	    !next_piece(&whole.content, &first))
		return error_set(err, ERROR_MALFORMED, "an OCSP answer does not decode");
	if (!is_universal(&first, V_ASN1_SEQUENCE))
		return buf_append_span(out, answer, err);
	der_put_oid(&type, OID_OCSP_BASIC);
	octets = basic.len + der_size(answer.len);
	der_put_head(&der, DER_SEQUENCE, sizeof(successful) + der_size(der_size(octets)));
	der_put_raw(&der, (struct span){ successful, sizeof(successful) });
	der_put_head(&der, DER_CONTEXT + 0, der_size(octets));
	der_put_head(&der, DER_SEQUENCE, octets);
	der_put_raw(&der, SPAN_OF(&basic));
	der_put_value(&der, DER_OCTETS, answer);
	buf_release(&basic);
	return type.failed || der.failed ? -1 : 0;
}

/* OCSPResponse: { responseStatus, [0] { { responseType, OCTET STRING with the answer } } }. */
int
cms_ocsp_basic(struct buf *out, struct span answer, struct error *err)
{
	struct piece whole, first, bytes, pair, type, octets;
	struct span rest = answer;

	if (!next_piece(&rest, &whole) || !is_universal(&whole, V_ASN1_SEQUENCE) ||
	    !next_piece(&whole.content, &first))
		return error_set(err, ERROR_MALFORMED, "an OCSP answer does not decode");
	if (is_universal(&first, V_ASN1_SEQUENCE))
		return buf_append_span(out, answer, err);
	if (!next_piece(&whole.content, &bytes) || !next_piece(&bytes.content, &pair) ||
	    !next_piece(&pair.content, &type) || !next_piece(&pair.content, &octets) ||
	    !is_universal(&octets, V_ASN1_OCTET_STRING))
		return error_set(err, ERROR_MALFORMED, "an OCSP answer holds no answer");
	return buf_append_span(out, octets.content, err);
}
