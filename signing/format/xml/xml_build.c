#include "signing/format/xml/xml_build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/core/ossl.h"
#include "signing/format/xml/xml_reader.h"

#define EXC "http://www.w3.org/2001/10/xml-exc-c14n#"

const char *
xml_canonicalization_uri(enum xml_canonicalization c)
{
	static const char *const uris[] = { EXC, "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
		"http://www.w3.org/2006/12/xml-c14n11" };

	return uris[c];
}

/* ---- text ---- */

/* One UTF-8 character at p (well-formed); *n its bytes. */
static uint32_t
decode(const unsigned char *p, size_t *n)
{
	*n = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	switch (*n) {
	case 1:
		return p[0];
	case 2:
		return (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
	case 3:
		return (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
	default:
		return (p[0] & 7u) << 18 | (p[1] & 0x3fu) << 12 | (p[2] & 0x3fu) << 6 |
		       (p[3] & 0x3fu);
	}
}

int
xml_escape(struct buf *out, const char *s, struct error *err)
{
	const unsigned char *p = (const unsigned char *)s;
	uint32_t c;
	size_t n;

	if (!text_is_utf8(s, strlen(s)))
		return error_set(
		    err, ERROR_MALFORMED, "a text that is to stand in the signature is not UTF-8");
	for (; *p != '\0'; p += n) {
		c = decode(p, &n);
		if ((c < 0x20 && c != '\t' && c != '\n') || c == 0x7f || c == 0xfffe || c == 0xffff)
			return error_set(err, ERROR_MALFORMED,
			    "a text that is to stand in the signature holds a control character");
		if (c >= 0x20 && c < 0x7f && strchr("<>&\"'", (int)c) == NULL) {
			if (buf_append(out, p, 1, err) != 0)
				return -1;
		} else if (buf_printf(out, err, "&#x%X;", (unsigned int)c) != 0) {
			return -1;
		}
	}
	return 0;
}

int
xml_uri_of_name(struct buf *out, const char *name, struct error *err)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~/";
	int is_uri = strstr(name, "://") != NULL || strncmp(name, "urn:", 4) == 0;

	for (; *name != '\0'; name++)
		if (strchr(plain, *name) != NULL ||
			    (is_uri && strchr(":?=&+,;@%!$*()'[]", *name) != NULL)
			? buf_append(out, name, 1, err) != 0
			: buf_printf(out, err, "%%%02X", (unsigned char)*name) != 0)
			return -1;
	return 0;
}

/* Appends until something fails; `rc` is then -1 and nothing more happens. */
struct writer {
	struct buf *out;
	struct error *err;
	int rc;
};

static void
put(struct writer *w, const char *s)
{
	if (w->rc == 0)
		w->rc = buf_append_str(w->out, s, w->err);
}

/* <name>escaped</name>, left out where the text is NULL. */
static void
put_element(struct writer *w, const char *name, const char *text)
{
	if (text == NULL)
		return;
	put(w, "<");
	put(w, name);
	put(w, ">");
	if (w->rc == 0)
		w->rc = xml_escape(w->out, text, w->err);
	put(w, "</");
	put(w, name);
	put(w, ">");
}

static void
put_algorithm(struct writer *w, const char *name, const char *uri)
{
	put(w, "<");
	put(w, name);
	put(w, " Algorithm=\"");
	put(w, uri);
	put(w, "\"/>");
}

static void
put_escaped(struct writer *w, const char *s)
{
	if (w->rc == 0)
		w->rc = xml_escape(w->out, s, w->err);
}

static void
put_base64(struct writer *w, struct span data)
{
	if (w->rc == 0)
		w->rc = text_base64(w->out, data, 0, w->err);
}

/* A placeholder: base64 of zeros, never white space, which the parser would share. */
static void
put_slot(struct writer *w, struct xml_slot *slot, size_t bytes)
{
	static const unsigned char zeros[64];
	struct span some;

	slot->at = w->out->len;
	while (bytes > 0 && w->rc == 0) {
		/* Whole groups of three first, so that the pieces join without padding. */
		some = (struct span){ zeros, bytes > 63 ? 63 : bytes };
		put_base64(w, some);
		bytes -= some.len;
	}
	slot->len = w->out->len - slot->at;
}

static void
put_digest(struct writer *w, enum digest digest, struct span value)
{
	put_algorithm(w, "ds:DigestMethod", digest_uri(digest));
	put(w, "<ds:DigestValue>");
	put_base64(w, value);
	put(w, "</ds:DigestValue>");
}

/* ---- SignedInfo ---- */

static void
put_reference(struct writer *w, struct xml_build *b, const char *id, const char *type,
    const char *uri, struct span transforms, struct xml_slot *slot)
{
	put(w, "<ds:Reference");
	if (id != NULL) {
		put(w, " Id=\"");
		put(w, id);
		put(w, "\"");
	}
	if (type != NULL) {
		put(w, " Type=\"");
		put(w, type);
		put(w, "\"");
	}
	put(w, " URI=\"");
	put_escaped(w, uri);
	put(w, "\">");
	if (transforms.len > 0) {
		put(w, "<ds:Transforms>");
		if (w->rc == 0)
			w->rc = buf_append_span(w->out, transforms, w->err);
		put(w, "</ds:Transforms>");
	}
	put_algorithm(w, "ds:DigestMethod", digest_uri(b->digest));
	put(w, "<ds:DigestValue>");
	put_slot(w, slot, digest_size(b->digest));
	put(w, "</ds:DigestValue></ds:Reference>");
}

static void
put_signed_info(struct writer *w, struct xml_build *b)
{
	static const char exclusive[] = "<ds:Transform Algorithm=\"" EXC "\"/>";
	char uri[XML_MADE_ID + 1];
	size_t i;

	put(w, "<ds:SignedInfo>");
	put_algorithm(w, "ds:CanonicalizationMethod", b->c14n);
	put_algorithm(w, "ds:SignatureMethod", sig_alg_uri(&b->alg));
	for (i = 0; i < b->planned_count; i++)
		put_reference(w, b, b->planned[i].id, b->planned[i].type,
		    (const char *)b->planned[i].uri.data, SPAN_OF(&b->planned[i].transforms),
		    &b->digests[i]);
	if (!b->options->plain) {
		snprintf(uri, sizeof(uri), "#%s", b->properties_id);
		put_reference(w, b, NULL, "http://uri.etsi.org/01903#SignedProperties", uri,
		    span_str(exclusive), &b->digests[i]);
	}
	put(w, "</ds:SignedInfo>");
}

/* ---- KeyInfo ---- */

static void
put_certificate(struct writer *w, X509 *cert)
{
	struct buf der = BUF_INIT(0);

	if (w->rc == 0)
		w->rc = OSSL_APPEND_DER(X509, cert, &der, w->err);
	put(w, "<ds:X509Certificate>");
	put_base64(w, SPAN_OF(&der));
	put(w, "</ds:X509Certificate>");
	buf_release(&der);
}

static void
put_key_info(struct writer *w, const struct xml_build *b)
{
	int i;

	put(w, "<ds:KeyInfo><ds:X509Data>");
	put_certificate(w, b->key->cert);
	for (i = 0; b->options->include_chain && i < sk_X509_num(b->key->chain); i++)
		put_certificate(w, sk_X509_value(b->key->chain, i));
	put(w, "</ds:X509Data></ds:KeyInfo>");
}

/* ---- SignedProperties, elements in the order of the schema ---- */

static void
put_signing_certificate(struct writer *w, const struct xml_build *b)
{
	unsigned char value[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	if (w->rc == 0 && X509_digest(b->key->cert, digest_md(b->digest), value, &len) != 1)
		w->rc = error_openssl(w->err, "the certificate could not be digested");
	put(w, "<xades:SigningCertificateV2><xades:Cert><xades:CertDigest>");
	put_digest(w, b->digest, (struct span){ value, len });
	put(w, "</xades:CertDigest></xades:Cert></xades:SigningCertificateV2>");
}

static void
put_policy(struct writer *w, const struct sign_options *o)
{
	if (o->policy_oid == NULL)
		return;
	put(w, "<xades:SignaturePolicyIdentifier><xades:SignaturePolicyId><xades:SigPolicyId>"
	       "<xades:Identifier Qualifier=\"OIDAsURN\">urn:oid:");
	put_escaped(w, o->policy_oid);
	put(w, "</xades:Identifier></xades:SigPolicyId><xades:SigPolicyHash>");
	put_digest(w, o->policy_digest, o->policy_digest_value);
	put(w, "</xades:SigPolicyHash>");
	if (o->policy_uri != NULL) {
		put(w, "<xades:SigPolicyQualifiers><xades:SigPolicyQualifier>");
		put_element(w, "xades:SPURI", o->policy_uri);
		put(w, "</xades:SigPolicyQualifier></xades:SigPolicyQualifiers>");
	}
	put(w, "</xades:SignaturePolicyId></xades:SignaturePolicyIdentifier>");
}

static void
put_place(struct writer *w, const struct sign_options *o)
{
	if (o->city == NULL && o->state == NULL && o->postal_code == NULL && o->country == NULL)
		return;
	put(w, "<xades:SignatureProductionPlaceV2>");
	put_element(w, "xades:City", o->city);
	put_element(w, "xades:StateOrProvince", o->state);
	put_element(w, "xades:PostalCode", o->postal_code);
	put_element(w, "xades:CountryName", o->country);
	put(w, "</xades:SignatureProductionPlaceV2>");
}

static void
put_roles(struct writer *w, const struct sign_options *o)
{
	size_t i;

	if (o->claimed_role_count == 0)
		return;
	put(w, "<xades:SignerRoleV2><xades:ClaimedRoles>");
	for (i = 0; i < o->claimed_role_count; i++)
		put_element(w, "xades:ClaimedRole", o->claimed_roles[i]);
	put(w, "</xades:ClaimedRoles></xades:SignerRoleV2>");
}

static void
put_data_properties(struct writer *w, const struct xml_build *b)
{
	const struct sign_options *o = b->options;
	size_t i;

	put(w, "<xades:SignedDataObjectProperties>");
	for (i = 0; i < b->planned_count; i++) {
		if (b->planned[i].type != NULL)
			continue; /* what is no document has no MIME type */
		put(w, "<xades:DataObjectFormat ObjectReference=\"#");
		put(w, b->planned[i].id);
		put(w, "\">");
		put_element(w, "xades:MimeType", b->planned[i].mime_type);
		put(w, "</xades:DataObjectFormat>");
	}
	for (i = 0; i < o->commitment_type_count; i++) {
		put(w, "<xades:CommitmentTypeIndication><xades:CommitmentTypeId>"
		       "<xades:Identifier Qualifier=\"OIDAsURN\">urn:oid:");
		put_escaped(w, o->commitment_types[i]);
		put(w, "</xades:Identifier></xades:CommitmentTypeId>"
		       "<xades:AllSignedDataObjects/></xades:CommitmentTypeIndication>");
	}
	put(w, "</xades:SignedDataObjectProperties>");
}

static void
put_properties(struct writer *w, struct xml_build *b)
{
	char time[TEXT_TIME_SIZE];

	put(w,
	    "<ds:Object><xades:QualifyingProperties xmlns:xades=\"" XML_NS_XADES "\" Target=\"#");
	put(w, b->id);
	put(w, "\"><xades:SignedProperties Id=\"");
	put(w, b->properties_id);
	put(w, "\"><xades:SignedSignatureProperties>");
	if (b->options->claim_time)
		put_element(w, "xades:SigningTime", text_time(time, b->options->signing_time));
	put_signing_certificate(w, b);
	put_policy(w, b->options);
	put_place(w, b->options);
	put_roles(w, b->options);
	put(w, "</xades:SignedSignatureProperties>");
	put_data_properties(w, b);
	put(w, "</xades:SignedProperties>");
	b->unsigned_at = w->out->len;
	put(w, "</xades:QualifyingProperties></ds:Object>");
}

/* ---- the whole ---- */

static void
put_object(struct writer *w, const struct xml_build *b)
{
	put(w, "<ds:Object Id=\"");
	put(w, b->object_id);
	put(w, "\" MimeType=\"");
	put_escaped(w, b->planned[0].mime_type);
	put(w, b->object_is_base64 ? "\" Encoding=\"" XML_TRANSFORM_BASE64 "\">" : "\">");
	if (w->rc == 0)
		w->rc = buf_append_span(w->out, b->object, w->err);
	put(w, "</ds:Object>");
}

void
xml_build_ids(struct xml_build *b)
{
	char uuid[TEXT_UUID_SIZE];

	xml_build_ids_of(b, text_uuid(uuid));
}

void
xml_build_ids_of(struct xml_build *b, const char *uuid)
{
	size_t i;

	snprintf(b->id, XML_MADE_ID, "sig-%s", uuid);
	snprintf(b->value_id, XML_MADE_ID, "value-%s", uuid);
	snprintf(b->properties_id, XML_MADE_ID, "props-%s", uuid);
	snprintf(b->object_id, XML_MADE_ID, "obj-%s", uuid);
	for (i = 0; i < b->planned_count; i++)
		snprintf(b->planned[i].id, XML_MADE_ID, "r%zu-%s", i + 1, uuid);
}

int
xml_build_text(struct xml_build *b, struct error *err)
{
	struct writer w = { &b->text, err, 0 };

	b->text.len = 0;
	free(b->digests);
	b->digests = calloc(b->planned_count + 1, sizeof(*b->digests));
	if (b->digests == NULL)
		return error_memory(err);
	put(&w, "<ds:Signature xmlns:ds=\"" XML_NS_DSIG "\" Id=\"");
	put(&w, b->id);
	put(&w, "\">");
	put_signed_info(&w, b);
	put(&w, "<ds:SignatureValue Id=\"");
	put(&w, b->value_id);
	put(&w, "\">");
	put_slot(&w, &b->value, xml_value_size(&b->alg, X509_get0_pubkey(b->key->cert)));
	put(&w, "</ds:SignatureValue>");
	put_key_info(&w, b);
	if (b->has_object)
		put_object(&w, b);
	if (!b->options->plain)
		put_properties(&w, b);
	put(&w, "</ds:Signature>");
	return w.rc;
}

void
xml_build_release(struct xml_build *b)
{
	size_t i;

	for (i = 0; i < b->planned_count; i++) {
		buf_release(&b->planned[i].uri);
		buf_release(&b->planned[i].transforms);
	}
	free(b->planned);
	free(b->digests);
	buf_release(&b->text);
}

int
xml_build_stamp(const struct xml_build *b, struct span token, struct buf *out, struct error *err)
{
	struct writer w = { out, err, 0 };

	put(&w, "<xades:UnsignedProperties><xades:UnsignedSignatureProperties>"
		"<xades:SignatureTimeStamp Id=\"stamp-");
	put(&w, b->id + strlen("sig-"));
	put(&w, "\">");
	put_algorithm(&w, "ds:CanonicalizationMethod", EXC);
	put(&w, "<xades:EncapsulatedTimeStamp>");
	put_base64(&w, token);
	put(&w, "</xades:EncapsulatedTimeStamp></xades:SignatureTimeStamp>"
		"</xades:UnsignedSignatureProperties></xades:UnsignedProperties>");
	return w.rc;
}
