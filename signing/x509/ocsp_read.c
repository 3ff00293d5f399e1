/* Reading OCSP answers, RFC 6960 section 4.2.1. */
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/core/certs.h"
#include "signing/core/ossl.h"
#include "signing/x509/ocsp_parts.h"

#define OID_BASIC "\x2b\x06\x01\x05\x05\x07\x30\x01\x01"

static int
malformed(struct error *err, const char *what)
{
	char text[160];

	snprintf(text, sizeof(text), "the OCSP answer cannot be read: %s", what);
	return error_openssl_kind(err, ERROR_MALFORMED, text);
}

static int
oid_is(struct span oid, const char *bytes)
{
	return span_equal(oid, span_str(bytes));
}

/* ---- extensions ---- */

enum extension_id {
	EXT_UNKNOWN,
	EXT_PASSED_OVER,
	EXT_NONCE,
	EXT_ARCHIVE_CUTOFF,
	EXT_CERT_HASH,
	EXT_REASON,
	EXT_INVALIDITY_DATE
};
static const struct {
	const char *oid;
	enum extension_id id;
} extension_ids[] = {
	{ "\x2b\x06\x01\x05\x05\x07\x30\x01\x02", EXT_NONCE },
	{ "\x2b\x06\x01\x05\x05\x07\x30\x01\x06", EXT_ARCHIVE_CUTOFF },
	{ "\x2b\x24\x08\x03\x0d", EXT_CERT_HASH }, { "\x55\x1d\x15", EXT_REASON },
	{ "\x55\x1d\x18", EXT_INVALIDITY_DATE },
	{ "\x2b\x06\x01\x05\x05\x07\x30\x01\x03", EXT_PASSED_OVER }, /* CrlID */
	{ "\x2b\x06\x01\x05\x05\x07\x30\x01\x09", EXT_PASSED_OVER }, /* extended revoke */
};

static enum extension_id
extension_id(struct span oid)
{
	size_t i;

	for (i = 0; i < sizeof(extension_ids) / sizeof(extension_ids[0]); i++)
		if (oid_is(oid, extension_ids[i].oid))
			return extension_ids[i].id;
	return EXT_UNKNOWN;
}

typedef int take_extension(void *ctx, enum extension_id id, struct span value);

static int
read_extension(struct span content, take_extension *take, void *ctx, char *unusable, size_t size)
{
	struct der d = der_of(content);
	struct der_item oid, flag, value;
	enum extension_id id;
	int critical;

	if (der_take(&d, DER_OID, &oid) != 0)
		return -1;
	critical = der_optional(&d, DER_BOOLEAN, &flag);
	if (critical < 0 || (critical && flag.content.len != 1) ||
	    der_take(&d, DER_OCTET_STRING, &value) != 0 || d.at != d.end)
		return -1;
	id = extension_id(oid.content);
	if (id != EXT_UNKNOWN)
		return take(ctx, id, value.content);
	if (critical && flag.content.data[0] != 0)
		snprintf(unusable, size, "it has a critical extension that is not known here");
	return 0;
}

/* [1] EXPLICIT Extensions, where they are there. */
static int
read_extensions(struct der *d, take_extension *take, void *ctx, char *unusable, size_t size)
{
	struct der_item outer, list, item;
	struct der each;
	int there = der_optional(d, DER_CONTEXT(1), &outer);

	if (there <= 0)
		return there;
	if (der_only(outer.content, DER_SEQUENCE, &list) != 0 || list.content.len == 0)
		return -1;
	each = der_of(list.content);
	while (each.at < each.end)
		if (der_take(&each, DER_SEQUENCE, &item) != 0 ||
		    read_extension(item.content, take, ctx, unusable, size) != 0)
			return -1;
	return 0;
}

static int
time_only(struct span s, int64_t *seconds)
{
	struct der_item item;

	return der_only(s, DER_GENERALIZED_TIME, &item) == 0
		   ? der_time_with_fraction(&item, seconds)
		   : -1;
}

static int
reason_only(struct span s, int *reason)
{
	struct der_item item;

	if (der_only(s, DER_ENUMERATED, &item) != 0 || item.content.len != 1)
		return -1;
	*reason = item.content.data[0];
	return *reason <= CRL_AA_COMPROMISE && *reason != 7 ? 0 : -1;
}

/* The digest of an AlgorithmIdentifier; DIGEST_NONE where it is not known here. */
static int
read_digest(const struct der_item *algorithm, enum digest *digest)
{
	const unsigned char *p = algorithm->whole.data;
	X509_ALGOR *algor = d2i_X509_ALGOR(NULL, &p, (long)algorithm->whole.len);
	const ASN1_OBJECT *oid;

	if (algor == NULL)
		return -1;
	X509_ALGOR_get0(&oid, NULL, NULL, algor);
	*digest = digest_by_nid(OBJ_obj2nid(oid));
	X509_ALGOR_free(algor);
	return 0;
}

/* CertHash ::= SEQUENCE { hashAlgorithm AlgorithmIdentifier, certificateHash OCTET STRING } */
static int
read_cert_hash(struct ocsp_single *s, struct span value)
{
	struct der_item all, algorithm, hash;
	struct der d;

	if (der_only(value, DER_SEQUENCE, &all) != 0)
		return -1;
	d = der_of(all.content);
	if (der_take(&d, DER_SEQUENCE, &algorithm) != 0 ||
	    der_take(&d, DER_OCTET_STRING, &hash) != 0 || d.at != d.end || hash.content.len == 0)
		return -1;
	s->cert_hash = hash.content;
	return read_digest(&algorithm, &s->cert_digest);
}

static int
take_single_extension(void *ctx, enum extension_id id, struct span value)
{
	struct ocsp_single *s = ctx;

	switch (id) {
	case EXT_ARCHIVE_CUTOFF:
		return time_only(value, &s->archive_cutoff);
	case EXT_CERT_HASH:
		return read_cert_hash(s, value);
	case EXT_INVALIDITY_DATE:
		return time_only(value, &s->invalid_since);
	case EXT_REASON:
		return s->status == OCSP_REVOKED && s->reason == CRL_REASON_ABSENT
			   ? reason_only(value, &s->reason)
			   : 0;
	default:
		return 0;
	}
}

/* The nonce is an OCTET STRING in the extension's; old responders left the inner one out. */
static int
take_response_extension(void *ctx, enum extension_id id, struct span value)
{
	struct ocsp_facts *f = ctx;
	struct der_item inner;

	if (id == EXT_NONCE)
		f->nonce = der_only(value, DER_OCTET_STRING, &inner) == 0 ? inner.content : value;
	return 0;
}

/* ---- single responses ---- */

static int
read_cert_id(struct span content, struct ocsp_single *s)
{
	struct der d = der_of(content);
	struct der_item algorithm, name, key, serial;
	struct span trimmed;

	if (der_take(&d, DER_SEQUENCE, &algorithm) != 0 ||
	    der_take(&d, DER_OCTET_STRING, &name) != 0 ||
	    der_take(&d, DER_OCTET_STRING, &key) != 0 || der_take(&d, DER_INTEGER, &serial) != 0 ||
	    d.at != d.end || serial.content.len == 0)
		return -1;
	s->name_hash = name.content;
	s->key_hash = key.content;
	trimmed = der_integer_trim(serial.content);
	if (trimmed.len <= sizeof(s->serial.bytes)) {
		memcpy(s->serial.bytes, trimmed.data, trimmed.len);
		s->serial.len = trimmed.len;
	}
	return read_digest(&algorithm, &s->digest);
}

/* RevokedInfo ::= SEQUENCE { revocationTime, revocationReason [0] EXPLICIT OPTIONAL } */
static int
read_revoked(struct span content, struct ocsp_single *s)
{
	struct der d = der_of(content);
	struct der_item item;
	int there;

	s->status = OCSP_REVOKED;
	if (der_take(&d, DER_GENERALIZED_TIME, &item) != 0 ||
	    der_time_with_fraction(&item, &s->revoked_at) != 0)
		return -1;
	there = der_optional(&d, DER_CONTEXT(0), &item);
	if (there < 0 || d.at != d.end)
		return -1;
	return there ? reason_only(item.content, &s->reason) : 0;
}

static int
read_status(const struct der_item *item, struct ocsp_single *s)
{
	s->reason = CRL_REASON_ABSENT;
	switch (item->tag) {
	case 0x80: /* good [0] IMPLICIT NULL */
		s->status = OCSP_GOOD;
		return item->content.len == 0 ? 0 : -1;
	case 0xa1:
		return read_revoked(item->content, s);
	case 0x82: /* unknown [2] IMPLICIT NULL */
		s->status = OCSP_UNKNOWN;
		return item->content.len == 0 ? 0 : -1;
	default:
		return -1;
	}
}

static int
read_single(struct span content, struct ocsp_single *s)
{
	struct der d = der_of(content);
	struct der_item item;
	int there;

	if (der_take(&d, DER_SEQUENCE, &item) != 0 || read_cert_id(item.content, s) != 0)
		return -1;
	if (der_next(&d, &item) != 0 || read_status(&item, s) != 0)
		return -1;
	if (der_take(&d, DER_GENERALIZED_TIME, &item) != 0 ||
	    der_time_with_fraction(&item, &s->this_update) != 0)
		return -1;
	there = der_optional(&d, DER_CONTEXT(0), &item);
	if (there < 0 || (there && time_only(item.content, &s->next_update) != 0))
		return -1;
	if (there && s->next_update < s->this_update)
		return -1;
	if (read_extensions(&d, take_single_extension, s, s->unusable, sizeof(s->unusable)) != 0)
		return -1;
	return d.at == d.end ? 0 : -1;
}

static int
read_singles(struct ocsp_response *r, struct span content, struct error *err)
{
	struct der d = der_of(content);
	struct der_item item;
	size_t n = 0;

	while (d.at < d.end) {
		if (der_take(&d, DER_SEQUENCE, &item) != 0)
			return malformed(err, "a single answer is broken");
		n++;
	}
	if (n > OCSP_SINGLES_MAX)
		return error_limit(err, ERROR_LIMIT, "OCSP answers", OCSP_SINGLES_MAX, n,
		    "the OCSP answer is about too many certificates");
	r->singles = calloc(n + 1, sizeof(*r->singles));
	if (r->singles == NULL)
		return error_memory(err);
	r->facts.singles = r->singles;
	d = der_of(content);
	for (; r->facts.single_count < n; r->facts.single_count++)
		if (der_next(&d, &item) != 0 ||
		    read_single(item.content, &r->singles[r->facts.single_count]) != 0)
			return malformed(err, "a single answer is broken");
	return 0;
}

/* ---- the answer ---- */

static int
read_responder(struct ocsp_response *r, const struct der_item *item, struct error *err)
{
	const unsigned char *p = item->content.data;
	struct der_item hash;

	if (item->tag == DER_CONTEXT(1)) {
		r->responder_name = d2i_X509_NAME(NULL, &p, (long)item->content.len);
		if (r->responder_name == NULL || p != item->content.data + item->content.len)
			return malformed(err, "the name of the responder is broken");
		r->facts.responder_name = r->responder_name;
		x509_name_text(
		    r->responder_name, r->facts.responder_text, sizeof(r->facts.responder_text));
		return 0;
	}
	if (item->tag != DER_CONTEXT(2) || der_only(item->content, DER_OCTET_STRING, &hash) != 0 ||
	    hash.content.len != 20)
		return malformed(err, "the name of the responder is broken");
	r->facts.responder_key = hash.content;
	snprintf(r->facts.responder_text, sizeof(r->facts.responder_text), "named by its key");
	return 0;
}

/* version [0] EXPLICIT INTEGER DEFAULT v1: the only one; some write it out. */
static int
read_version(struct der *d)
{
	struct der_item outer, version;
	int there = der_optional(d, DER_CONTEXT(0), &outer);

	if (there <= 0)
		return there;
	return der_only(outer.content, DER_INTEGER, &version) == 0 && version.content.len == 1 &&
		       version.content.data[0] == 0
		   ? 0
		   : -1;
}

static int
read_tbs(struct ocsp_response *r, struct span content, struct error *err)
{
	struct ocsp_facts *f = &r->facts;
	struct der d = der_of(content);
	struct der_item item;

	if (read_version(&d) != 0)
		return malformed(err, "its version is not 1");
	if (der_next(&d, &item) != 0)
		return malformed(err, "the name of the responder is broken");
	if (read_responder(r, &item, err) != 0)
		return -1;
	if (der_take(&d, DER_GENERALIZED_TIME, &item) != 0 ||
	    der_time_with_fraction(&item, &f->produced_at) != 0)
		return malformed(err, "the time at which it was made is broken");
	if (der_take(&d, DER_SEQUENCE, &item) != 0)
		return malformed(err, "it holds no single answers");
	if (read_singles(r, item.content, err) != 0)
		return -1;
	if (read_extensions(&d, take_response_extension, f, f->unusable, sizeof(f->unusable)) !=
		0 ||
	    d.at != d.end)
		return malformed(err, "its extensions are broken");
	return 0;
}

static int
read_certificates(struct ocsp_response *r, struct der *d, struct error *err)
{
	struct der_item outer, list, item;
	int there = der_optional(d, DER_CONTEXT(0), &outer);
	struct der each;
	X509 *cert;

	if (there < 0 || (there && der_only(outer.content, DER_SEQUENCE, &list) != 0))
		return malformed(err, "its certificates are broken");
	each = there ? der_of(list.content) : der_of(SPAN_NONE);
	while (each.at < each.end) {
		if (der_take(&each, DER_SEQUENCE, &item) != 0 ||
		    (cert = cert_decode(item.whole)) == NULL)
			return malformed(err, "its certificates are broken");
		if (sk_X509_num(r->facts.certificates) >= OCSP_CERTS_MAX) {
			X509_free(cert);
			return error_limit(err, ERROR_LIMIT, "OCSP certificates", OCSP_CERTS_MAX, 0,
			    "the OCSP answer holds too many certificates");
		}
		if (sk_X509_push(r->facts.certificates, cert) <= 0) {
			X509_free(cert);
			return error_memory(err);
		}
	}
	return 0;
}

static int
read_algorithm(struct ocsp_response *r, struct span der, struct error *err)
{
	const unsigned char *p = der.data;
	struct error unknown = ERROR_INIT;

	r->algorithm = d2i_X509_ALGOR(NULL, &p, (long)der.len);
	if (r->algorithm == NULL || p != der.data + der.len)
		return malformed(err, "its signature algorithm is broken");
	r->facts.algorithm = r->algorithm;
	r->facts.sig_alg_known =
	    sig_alg_by_x509(r->algorithm, DIGEST_NONE, &r->facts.sig_alg, &unknown) == 0;
	return 0;
}

static int
read_basic(struct ocsp_response *r, struct span basic, struct error *err)
{
	struct der_item all, tbs, algorithm, signature;
	struct der d;

	if (der_only(basic, DER_SEQUENCE, &all) != 0)
		return malformed(err, "it is not DER");
	d = der_of(all.content);
	if (der_take(&d, DER_SEQUENCE, &tbs) != 0 || der_take(&d, DER_SEQUENCE, &algorithm) != 0 ||
	    der_take(&d, DER_BIT_STRING, &signature) != 0 || signature.content.len < 2 ||
	    signature.content.data[0] != 0)
		return malformed(err, "it is no basic OCSP answer");
	r->tbs = tbs.whole;
	r->signature = (struct span){ signature.content.data + 1, signature.content.len - 1 };
	if (read_algorithm(r, algorithm.whole, err) != 0 || read_certificates(r, &d, err) != 0)
		return -1;
	if (d.at != d.end)
		return malformed(err, "there is something behind its certificates");
	return read_tbs(r, tbs.content, err);
}

/* OCSPResponseStatus */
static int
refused(unsigned int status, struct error *err)
{
	static const struct {
		enum error_kind kind;
		const char *text;
	} words[] = {
		[1] = { ERROR_NOT_FOUND, "the OCSP responder says that the request is malformed" },
		[2] = { ERROR_UNAVAILABLE, "the OCSP responder has an internal error" },
		[3] = { ERROR_UNAVAILABLE, "the OCSP responder asks to try later" },
		[5] = { ERROR_NOT_FOUND, "the OCSP responder wants a signed request" },
		[6] = { ERROR_NOT_FOUND, "the OCSP responder does not answer this request" },
	};

	if (status >= sizeof(words) / sizeof(words[0]) || words[status].text == NULL)
		return malformed(err, "its status is not known");
	return error_set(err, words[status].kind, "%s", words[status].text);
}

/* OCSPResponse ::= SEQUENCE { responseStatus ENUMERATED, responseBytes [0] EXPLICIT OPTIONAL } */
static int
read_whole(struct ocsp_response *r, struct span content, struct error *err)
{
	struct der d = der_of(content);
	struct der_item status, outer, bytes, oid, basic;

	if (der_take(&d, DER_ENUMERATED, &status) != 0 || status.content.len != 1)
		return malformed(err, "its status is broken");
	if (status.content.data[0] != 0)
		return refused(status.content.data[0], err);
	if (der_take(&d, DER_CONTEXT(0), &outer) != 0 || d.at != d.end ||
	    der_only(outer.content, DER_SEQUENCE, &bytes) != 0)
		return malformed(err, "it holds no answer");
	d = der_of(bytes.content);
	if (der_take(&d, DER_OID, &oid) != 0 || !oid_is(oid.content, OID_BASIC) ||
	    der_take(&d, DER_OCTET_STRING, &basic) != 0 || d.at != d.end)
		return malformed(err, "it is no basic OCSP answer");
	return read_basic(r, basic.content, err);
}

static int
read_any(struct ocsp_response *r, struct span der, struct error *err)
{
	struct der_item all;

	if (EVP_Digest(der.data, der.len, r->facts.sha256, NULL, digest_md(DIGEST_SHA256), NULL) !=
	    1)
		return error_openssl(err, "the digest of the OCSP answer could not be made");
	if (der_only(der, DER_SEQUENCE, &all) != 0 || all.content.len == 0)
		return malformed(err, "it is not DER");
	return all.content.data[0] == DER_ENUMERATED ? read_whole(r, all.content, err)
						     : read_basic(r, der, err);
}

int
ocsp_response_read(struct ocsp_response **out, struct span der, struct error *err)
{
	struct ocsp_response *r;

	*out = NULL;
	if (der.len > OCSP_BYTES_MAX)
		return error_limit(err, ERROR_TOO_LARGE, "OCSP answer", OCSP_BYTES_MAX, der.len,
		    "the OCSP answer is too large");
	r = calloc(1, sizeof(*r));
	if (r == NULL || (r->der = malloc(der.len + 1)) == NULL ||
	    (r->facts.certificates = sk_X509_new_null()) == NULL) {
		ocsp_response_free(r);
		return error_memory(err);
	}
	if (der.len > 0)
		memcpy(r->der, der.data, der.len);
	ERR_clear_error();
	if (read_any(r, (struct span){ r->der, der.len }, err) != 0) {
		ocsp_response_free(r);
		return -1;
	}
	*out = r;
	return 0;
}

void
ocsp_response_free(struct ocsp_response *r)
{
	if (r == NULL)
		return;
	sk_X509_pop_free(r->facts.certificates, X509_free);
	X509_NAME_free(r->responder_name);
	X509_ALGOR_free(r->algorithm);
	free(r->singles);
	free(r->der);
	free(r);
}
