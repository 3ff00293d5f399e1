/* ds:KeyInfo (XML-DSig 1.1 section 4.5): which certificates and keys a signature names. */
#include <openssl/core_names.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/core/certs.h"
#include "signing/core/ossl.h"
#include "signing/format/xml/xml_reader.h"

#define KEY_BYTES_MAX 2048 /* of one number of a key: 16384 bits */
#define HINTS_MAX     100
#define CRLS_MAX      100

X509 *
xml_certificate(const xmlNode *element)
{
	struct buf der = BUF_INIT(0);
	X509 *cert = NULL;

	if (xml_base64(element, "a certificate", &der, NULL) == 0)
		cert = cert_decode(SPAN_OF(&der));
	error_openssl_kind(NULL, ERROR_NONE, "");
	buf_release(&der);
	return cert;
}

static int
holds(STACK_OF(X509) * stack, const X509 *cert)
{
	int i;

	for (i = 0; i < sk_X509_num(stack); i++)
		if (X509_cmp(sk_X509_value(stack, i), cert) == 0)
			return 1;
	return 0;
}

static int
push(STACK_OF(X509) * stack, X509 *cert, struct error *err)
{
	if (holds(stack, cert))
		return 0;
	if (X509_up_ref(cert) != 1 || sk_X509_push(stack, cert) <= 0)
		return error_memory(err);
	return 0;
}

int
xml_add_certificate(struct xml_reader *r, struct signature *sig, X509 *cert, struct error *err)
{
	unsigned int max = r->budget.limits.certificates;

	if (!holds(sig->certificates, cert) && sk_X509_num(sig->certificates) >= (int)max)
		return error_limit(err, ERROR_LIMIT, "certificates", max, 0,
		    "too many certificates in the signature");
	return push(sig->certificates, cert, err);
}

/* ---- KeyValue ---- */

static int
push_number(OSSL_PARAM_BLD *bld, const char *param, const xmlNode *element, BIGNUM **keep)
{
	struct buf bytes = BUF_INIT(0);
	int ok = 0;

	if (xml_base64(element, "a key value", &bytes, NULL) == 0 && bytes.len > 0 &&
	    bytes.len <= KEY_BYTES_MAX + 1) {
		*keep = BN_bin2bn(bytes.data, (int)bytes.len, NULL);
		ok = *keep != NULL && OSSL_PARAM_BLD_push_BN(bld, param, *keep) == 1;
	}
	buf_release(&bytes);
	return ok;
}

static EVP_PKEY *
key_from(const char *type, OSSL_PARAM_BLD *bld)
{
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (params != NULL && ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1)
		EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params);
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	return key;
}

static const struct numbers {
	const char *element, *type;
	struct {
		const char *name, *param;
	} of[4];
} number_keys[] = {
	{ "RSAKeyValue", "RSA",
	    { { "Modulus", OSSL_PKEY_PARAM_RSA_N }, { "Exponent", OSSL_PKEY_PARAM_RSA_E } } },
	{ "DSAKeyValue", "DSA",
	    { { "P", OSSL_PKEY_PARAM_FFC_P }, { "Q", OSSL_PKEY_PARAM_FFC_Q },
		{ "G", OSSL_PKEY_PARAM_FFC_G }, { "Y", OSSL_PKEY_PARAM_PUB_KEY } } },
};

static EVP_PKEY *
key_of_numbers(const struct numbers *row, const xmlNode *element)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	BIGNUM *keep[4] = { NULL };
	EVP_PKEY *key = NULL;
	int i, ok = bld != NULL;

	for (i = 0; i < 4 && row->of[i].name != NULL && ok; i++)
		ok = push_number(bld, row->of[i].param,
		    xml_child(element, XML_NS_DSIG, row->of[i].name), &keep[i]);
	if (ok)
		key = key_from(row->type, bld);
	for (i = 0; i < 4; i++)
		BN_free(keep[i]);
	OSSL_PARAM_BLD_free(bld);
	return key;
}

static EVP_PKEY *
key_of_curve(const xmlNode *element)
{
	const char *uri = xml_attr(xml_child(element, XML_NS_DSIG11, "NamedCurve"), "URI");
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	struct buf point = BUF_INIT(0);
	EVP_PKEY *key = NULL;
	int nid = NID_undef;

	if (uri != NULL && strncmp(uri, "urn:oid:", 8) == 0 && strlen(uri) < 100)
		nid = OBJ_txt2nid(uri + 8);
	if (bld != NULL && nid != NID_undef &&
	    xml_base64(
		xml_child(element, XML_NS_DSIG11, "PublicKey"), "a key value", &point, NULL) == 0 &&
	    point.len > 0 && point.len <= KEY_BYTES_MAX &&
	    OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, OBJ_nid2sn(nid), 0) ==
		1 &&
	    OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, point.data, point.len) ==
		1)
		key = key_from("EC", bld);
	buf_release(&point);
	OSSL_PARAM_BLD_free(bld);
	return key;
}

static EVP_PKEY *
key_of_der(const xmlNode *element)
{
	struct buf der = BUF_INIT(0);
	EVP_PKEY *key = NULL;

	if (xml_base64(element, "a key value", &der, NULL) == 0)
		key = key_decode(SPAN_OF(&der));
	buf_release(&der);
	return key;
}

static void
read_bare(const xmlNode *element, struct xml_keys *keys)
{
	const xmlNode *value = xml_first(element);
	EVP_PKEY *key = NULL;
	size_t i;

	if (xml_is(element, XML_NS_DSIG11, "DEREncodedKeyValue"))
		key = key_of_der(element);
	else if (xml_is(value, XML_NS_DSIG11, "ECKeyValue"))
		key = key_of_curve(value);
	for (i = 0; i < sizeof(number_keys) / sizeof(number_keys[0]); i++)
		if (xml_is(value, XML_NS_DSIG, number_keys[i].element))
			key = key_of_numbers(&number_keys[i], value);
	error_openssl_kind(NULL, ERROR_NONE, "");
	if (key == NULL)
		snprintf(keys->problem, sizeof(keys->problem),
		    "the key value in KeyInfo is of a kind that is not supported, or broken");
	else if (keys->bare == NULL)
		keys->bare = key;
	else
		EVP_PKEY_free(key);
}

/* ---- X509Data ---- */

/* What one reading of KeyInfo gathers. */
struct gathering {
	struct xml_reader *r;
	struct signature *sig;
	struct xml_keys *keys;
	STACK_OF(X509) * embedded;
	const xmlNode *hints[HINTS_MAX];
	size_t hint_count;
	int depth; /* of references to other KeyInfos */
	struct error *err;
};

static int
serial_matches(const xmlNode *hint, X509 *cert)
{
	char *text = xml_node_text(xml_child(hint, XML_NS_DSIG, "X509SerialNumber"));
	char own[128];
	int same = text != NULL && strcmp(text, asn1_integer_text(X509_get0_serialNumber(cert), own,
						    sizeof(own))) == 0;

	free(text);
	return same;
}

static int
ski_matches(struct span stated, X509 *cert)
{
	const ASN1_OCTET_STRING *ski = X509_get0_subject_key_id(cert);

	return ski != NULL && span_equal(stated, (struct span){ ASN1_STRING_get0_data(ski),
						     (size_t)ASN1_STRING_length(ski) });
}

static int
digest_matches(const xmlNode *hint, struct span stated, X509 *cert)
{
	const char *uri = xml_attr(hint, "Algorithm");
	enum digest d = uri != NULL ? digest_by_uri(uri) : DIGEST_NONE;
	unsigned char value[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	return d != DIGEST_NONE && X509_digest(cert, digest_md(d), value, &len) == 1 &&
	       span_equal(stated, (struct span){ value, len });
}

/* 1 = the hint names this certificate, 0 = it names another. */
static int
matches(const xmlNode *hint, X509 *cert)
{
	struct buf stated = BUF_INIT(0);
	int same = 0;

	if (xml_is(hint, XML_NS_DSIG, "X509IssuerSerial"))
		return serial_matches(hint, cert);
	if (xml_base64(hint, "a hint", &stated, NULL) == 0)
		same = xml_is(hint, XML_NS_DSIG, "X509SKI")
			   ? ski_matches(SPAN_OF(&stated), cert)
			   : digest_matches(hint, SPAN_OF(&stated), cert);
	buf_release(&stated);
	return same;
}

static int
is_hinted(const struct gathering *g, X509 *cert)
{
	size_t i;

	for (i = 0; i < g->hint_count; i++)
		if (matches(g->hints[i], cert))
			return 1;
	return 0;
}

int
xml_add_crl(struct xml_reader *r, const xmlNode *element, struct error *err)
{
	struct buf der = BUF_INIT(0);
	int rc = 0;

	/* unsigned data: what is none is as if it were not there */
	if (xml_base64(element, "a CRL", &der, NULL) == 0 && der.len > 0)
		rc = values_add(&r->evidence->crls, SPAN_OF(&der), err);
	buf_release(&der);
	return rc;
}

/* Takes the certificate over. */
static int
add_certificate(struct gathering *g, X509 *cert)
{
	int rc;

	if (cert == NULL) {
		snprintf(g->keys->problem, sizeof(g->keys->problem),
		    "a certificate in KeyInfo does not decode");
		return 0;
	}
	rc = xml_add_certificate(g->r, g->sig, cert, g->err);
	if (rc == 0)
		rc = push(g->embedded, cert, g->err);
	X509_free(cert);
	return rc;
}

static int
add_embedded(struct gathering *g, const xmlNode *element)
{
	return add_certificate(g, xml_certificate(element));
}

static int
read_x509_data(struct gathering *g, const xmlNode *data)
{
	const xmlNode *c;
	int rc = 0;

	for (c = xml_first(data); c != NULL && rc == 0; c = xml_next(c)) {
		if (xml_is(c, XML_NS_DSIG, "X509Certificate")) {
			rc = add_embedded(g, c);
		} else if (xml_is(c, XML_NS_DSIG, "X509CRL")) {
			rc = xml_add_crl(g->r, c, g->err);
		} else if (xml_is(c, XML_NS_DSIG, "X509IssuerSerial") ||
			   xml_is(c, XML_NS_DSIG, "X509SKI") ||
			   xml_is(c, XML_NS_DSIG11, "X509Digest")) {
			if (g->hint_count < HINTS_MAX)
				g->hints[g->hint_count++] = c;
			g->keys->has_hints = 1;
		} else if (xml_is(c, XML_NS_DSIG, "X509SubjectName")) {
			g->keys->has_hints = 1;
		}
	}
	return rc;
}

/* ---- KeyInfo ---- */

static int read_key_info(struct gathering *g, const xmlNode *key_info);

/* Where RetrievalMethod or KeyInfoReference lead, within the document and without transforms. */
static const xmlNode *
follow(struct gathering *g, const xmlNode *reference)
{
	const char *uri = xml_attr(reference, "URI");
	const xmlNode *element = NULL;
	struct error err = ERROR_INIT;
	int comments;

	if (uri == NULL || uri[0] != '#' || xml_first(reference) != NULL)
		error_set(&err, ERROR_UNSUPPORTED,
		    "KeyInfo refers to data outside the document or transforms it");
	else
		xml_pointer(&g->r->doc, uri + 1, &element, &comments, &err);
	if (element == NULL)
		xml_take_problem(&err, g->keys->problem, sizeof(g->keys->problem));
	return element;
}

static int
read_retrieval(struct gathering *g, const xmlNode *method)
{
	const char *type = xml_attr(method, "Type"), *uri = xml_attr(method, "URI");
	const struct document *file = xml_detached_by_name(g->r->options, uri);
	const xmlNode *element;

	/* A file beside the document, where the caller has it. */
	if (file != NULL && file->has_content && type != NULL && xml_first(method) == NULL &&
	    strcmp(type, XML_NS_DSIG "rawX509Certificate") == 0)
		return add_certificate(g, cert_decode(file->content));
	element = follow(g, method);
	if (element != NULL && type != NULL && strcmp(type, XML_NS_DSIG "rawX509Certificate") == 0)
		return add_embedded(g, element);
	if (xml_is(element, XML_NS_DSIG, "X509Data"))
		return read_x509_data(g, element);
	return 0;
}

static int
read_key_info(struct gathering *g, const xmlNode *key_info)
{
	const xmlNode *c, *other;
	int rc = 0;

	for (c = xml_first(key_info); c != NULL && rc == 0; c = xml_next(c)) {
		if (xml_is(c, XML_NS_DSIG, "X509Data")) {
			rc = read_x509_data(g, c);
		} else if (xml_is(c, XML_NS_DSIG, "KeyValue") ||
			   xml_is(c, XML_NS_DSIG11, "DEREncodedKeyValue")) {
			read_bare(c, g->keys);
		} else if (xml_is(c, XML_NS_DSIG, "RetrievalMethod")) {
			rc = read_retrieval(g, c);
		} else if (xml_is(c, XML_NS_DSIG11, "KeyInfoReference") && g->depth == 0) {
			other = follow(g, c);
			g->depth++;
			if (xml_is(other, XML_NS_DSIG, "KeyInfo"))
				rc = read_key_info(g, other);
			g->depth--;
		}
	}
	return rc;
}

static int
issues_another(STACK_OF(X509) * certs, X509 *cert)
{
	int i;

	for (i = 0; i < sk_X509_num(certs); i++) {
		X509 *other = sk_X509_value(certs, i);

		if (other != cert &&
		    X509_NAME_cmp(X509_get_issuer_name(other), X509_get_subject_name(cert)) == 0)
			return 1;
	}
	return 0;
}

/* Named ones first, then ends of chains, then the rest; then what the caller has. */
static int
rank(struct gathering *g)
{
	STACK_OF(X509) *extra = g->r->options->extra_certificates;
	STACK_OF(X509) *to = g->keys->certificates;
	int i, pass, n = sk_X509_num(g->embedded);

	for (pass = 0; pass < 3; pass++)
		for (i = 0; i < n; i++) {
			X509 *cert = sk_X509_value(g->embedded, i);

			if ((pass == 0 && !is_hinted(g, cert)) ||
			    (pass == 1 && issues_another(g->embedded, cert)))
				continue;
			if (push(to, cert, g->err) != 0)
				return -1;
		}
	for (i = 0; i < sk_X509_num(extra); i++) {
		X509 *cert = sk_X509_value(extra, i);

		if (g->hint_count > 0 ? is_hinted(g, cert) : n == 0)
			if (push(to, cert, g->err) != 0)
				return -1;
	}
	return 0;
}

int
xml_keys_read(struct xml_reader *r, const struct xml_parts *parts, struct signature *sig,
    struct xml_keys *keys, struct error *err)
{
	struct gathering g = { .r = r, .sig = sig, .keys = keys, .err = err };
	int rc = -1;

	memset(keys, 0, sizeof(*keys));
	keys->certificates = sk_X509_new_null();
	g.embedded = sk_X509_new_null();
	if (keys->certificates == NULL || g.embedded == NULL) {
		error_memory(err);
		goto done;
	}
	if (read_key_info(&g, parts->key_info) == 0)
		rc = rank(&g);
done:
	sk_X509_pop_free(g.embedded, X509_free);
	if (rc != 0)
		xml_keys_release(keys);
	return rc;
}

void
xml_keys_release(struct xml_keys *keys)
{
	sk_X509_pop_free(keys->certificates, X509_free);
	EVP_PKEY_free(keys->bare);
	memset(keys, 0, sizeof(*keys));
}
