#include "signing/x509/cert.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/core/certs.h"
#include "signing/core/ossl.h"

/* ---- reading bundles ---- */

static int
push(STACK_OF(X509) * out, X509 *cert, int first, unsigned int max, struct error *err)
{
	if ((unsigned int)(sk_X509_num(out) - first) >= max)
		return error_limit(
		    err, ERROR_LIMIT, "certificates", max, 0, "too many certificates in the file");
	if (X509_up_ref(cert) != 1)
		return error_memory(err);
	if (sk_X509_push(out, cert) > 0)
		return 0;
	X509_free(cert);
	return error_memory(err);
}

static int
push_pkcs7(STACK_OF(X509) * out, const PKCS7 *p7, int first, unsigned int max, struct error *err)
{
	STACK_OF(X509) *certs = NULL;
	int i;

	if (PKCS7_type_is_signed(p7) && p7->d.sign != NULL)
		certs = p7->d.sign->cert;
	if (sk_X509_num(certs) <= 0)
		return error_set(err, ERROR_MALFORMED, "the PKCS#7 data holds no certificate");
	for (i = 0; i < sk_X509_num(certs); i++)
		if (push(out, sk_X509_value(certs, i), first, max, err) != 0)
			return -1;
	return 0;
}

/* `der` is one whole object; which one shows when it decodes to its last byte. */
static int
push_der(STACK_OF(X509) * out, struct span der, int first, unsigned int max, struct error *err)
{
	const unsigned char *p = der.data;
	X509 *cert;
	PKCS7 *p7;
	int rc;

	if (has_slow_key(der))
		return error_set(err, ERROR_UNSUPPORTED,
		    "a certificate gives the curve of its key by parameters instead of a name");
	cert = d2i_X509(NULL, &p, (long)der.len);
	if (cert != NULL) {
		rc = p == der.data + der.len ? push(out, cert, first, max, err)
					     : error_set(err, ERROR_MALFORMED,
						   "there are bytes behind the certificate");
		X509_free(cert);
		return rc;
	}
	p = der.data;
	p7 = d2i_PKCS7(NULL, &p, (long)der.len);
	if (p7 == NULL)
		return error_openssl_kind(
		    err, ERROR_MALFORMED, "the data is neither a certificate nor PKCS#7");
	rc = p == der.data + der.len
		 ? push_pkcs7(out, p7, first, max, err)
		 : error_set(err, ERROR_MALFORMED, "there are bytes behind the PKCS#7 data");
	PKCS7_free(p7);
	return rc;
}

static int
is_certificate_block(const char *name)
{
	static const char *const names[] = { PEM_STRING_X509, PEM_STRING_X509_OLD, PEM_STRING_PKCS7,
		PEM_STRING_PKCS7_SIGNED, PEM_STRING_CMS };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return 1;
	return 0;
}

static int
push_pem(STACK_OF(X509) * out, struct span text, int first, unsigned int max, struct error *err)
{
	BIO *bio = BIO_new_mem_buf(text.data, (int)text.len);
	char *name = NULL, *header = NULL;
	unsigned char *data = NULL;
	long len;
	int rc = 0;

	if (bio == NULL)
		return error_memory(err);
	while (rc == 0 && PEM_read_bio(bio, &name, &header, &data, &len) == 1) {
		if (is_certificate_block(name))
			rc = push_der(out, (struct span){ data, (size_t)len }, first, max, err);
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_clear_free(data, (size_t)len);
		name = header = NULL;
		data = NULL;
	}
	if (rc == 0 && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		rc = error_openssl_kind(
		    err, ERROR_MALFORMED, "a PEM block of the file does not decode");
	ERR_clear_error();
	BIO_free(bio);
	if (rc == 0 && sk_X509_num(out) == first)
		rc = error_set(err, ERROR_MALFORMED, "there is no certificate in the file");
	return rc;
}

int
certs_read(STACK_OF(X509) * out, struct span data, unsigned int max, struct error *err)
{
	const int first = sk_X509_num(out);
	int rc;

	if (data.len > CERT_BYTES_MAX)
		return error_limit(err, ERROR_TOO_LARGE, "certificate file", CERT_BYTES_MAX,
		    data.len, "the certificate file is too large");
	ERR_clear_error();
	if (data.len > 0 && data.data[0] == 0x30)
		rc = push_der(out, data, first, max, err);
	else
		rc = push_pem(out, data, first, max, err);
	while (rc != 0 && sk_X509_num(out) > first)
		X509_free(sk_X509_pop(out));
	return rc;
}

int
cert_read(X509 **cert, struct span data, struct error *err)
{
	STACK_OF(X509) *one = sk_X509_new_null();
	int rc;

	*cert = NULL;
	if (one == NULL)
		return error_memory(err);
	rc = certs_read(one, data, 1, err);
	if (rc == 0)
		*cert = sk_X509_pop(one);
	sk_X509_pop_free(one, X509_free);
	return rc;
}

int
cert_write_der(struct buf *out, const X509 *cert, struct error *err)
{
	return OSSL_APPEND_DER(X509, cert, out, err);
}

int
cert_write_pem(struct buf *out, const X509 *cert, struct error *err)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	long len;
	int rc = -1;

	if (bio == NULL || PEM_write_bio_X509(bio, (X509 *)cert) != 1)
		error_openssl(err, "the certificate could not be written");
	else if ((len = BIO_get_mem_data(bio, &text)) > 0)
		rc = buf_append(out, text, (size_t)len, err);
	BIO_free(bio);
	return rc;
}

/* ---- names and order ---- */

char *
cert_fingerprint(const X509 *cert, enum digest d, char *out)
{
	unsigned char value[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	if (digest_md(d) == NULL || X509_digest(cert, digest_md(d), value, &len) != 1)
		len = 0;
	return text_hex(out, value, len);
}

static char *
label_of(const X509_NAME *name, char *out, size_t size)
{
	int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
	unsigned char *utf8 = NULL;
	int len = -1;

	if (at >= 0)
		len = ASN1_STRING_to_UTF8(
		    &utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
	if (len > 0 && text_is_utf8((const char *)utf8, (size_t)len))
		snprintf(out, size, "%s", (const char *)utf8);
	else
		x509_name_text(name, out, size);
	OPENSSL_free(utf8);
	return out;
}

char *
cert_label(const X509 *cert, char *out, size_t size)
{
	return label_of(X509_get_subject_name(cert), out, size);
}

char *
cert_issuer_label(const X509 *cert, char *out, size_t size)
{
	return label_of(X509_get_issuer_name(cert), out, size);
}

int
certs_hold(const STACK_OF(X509) * pool, const X509 *cert)
{
	int i;

	for (i = 0; i < sk_X509_num(pool); i++)
		if (X509_cmp(sk_X509_value(pool, i), cert) == 0)
			return 1;
	return 0;
}

int
cert_is_self_issued(const X509 *cert)
{
	return (X509_get_extension_flags((X509 *)cert) & EXFLAG_SS) != 0;
}

int
certs_order(STACK_OF(X509) * pool, const X509 *cert, struct error *err)
{
	X509 *at = (X509 *)cert, *found;
	int placed, i;

	for (placed = 0; placed < sk_X509_num(pool) && !cert_is_self_issued(at); placed++) {
		for (i = placed; i < sk_X509_num(pool); i++)
			if (X509_check_issued(sk_X509_value(pool, i), at) == X509_V_OK)
				break;
		if (i >= sk_X509_num(pool))
			break;
		found = sk_X509_delete(pool, i);
		if (sk_X509_insert(pool, found, placed) <= 0) {
			X509_free(found);
			return error_memory(err);
		}
		at = found;
	}
	return 0;
}
