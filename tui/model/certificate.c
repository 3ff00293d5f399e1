#include "tui/model/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <time.h>

#include "server/base/text.h"
#include "tui/model/json.h"

/* As the server writes subjects (RFC 4514), in UTF-8; control characters stay escaped. */
#define NAME_FLAGS (XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB)

static void
put_new(json_t *object, const char *member, const char *text)
{
	if (json_object_get(object, member) == NULL)
		put_text(object, member, text);
}

static void
put_name(json_t *object, const char *member, const X509_NAME *name)
{
	BIO *out = BIO_new(BIO_s_mem());
	char *text;
	long len;

	if (out != NULL && X509_NAME_print_ex(out, name, 0, NAME_FLAGS) >= 0 &&
	    BIO_write(out, "", 1) == 1 && (len = BIO_get_mem_data(out, &text)) > 1)
		put_new(object, member, text);
	BIO_free(out);
}

static void
put_serial(json_t *object, const ASN1_INTEGER *serial)
{
	BIGNUM *number = ASN1_INTEGER_to_BN(serial, NULL);
	char *hex = number != NULL ? BN_bn2hex(number) : NULL;

	put_new(object, "serialNumber", hex);
	OPENSSL_free(hex);
	BN_free(number);
}

static void
put_time(json_t *object, const char *member, const ASN1_TIME *time)
{
	char text[TEXT_TIME_SIZE];
	struct tm tm;

	if (ASN1_TIME_to_tm(time, &tm) == 1)
		put_new(object, member, text_time(text, (int64_t)timegm(&tm)));
}

void
certificate_tell(json_t *object, const char *member, struct span der)
{
	const unsigned char *at = der.data;
	X509 *cert = d2i_X509(NULL, &at, (long)der.len);

	put_base64(object, member, der);
	if (cert != NULL) {
		put_name(object, "subject", X509_get_subject_name(cert));
		put_name(object, "issuer", X509_get_issuer_name(cert));
		put_serial(object, X509_get0_serialNumber(cert));
		put_time(object, "notBefore", X509_get0_notBefore(cert));
		put_time(object, "notAfter", X509_get0_notAfter(cert));
	}
	ERR_clear_error();
	X509_free(cert);
}

static X509 *
parse(const struct buf *file)
{
	const unsigned char *at = file->data;
	BIO *pem = BIO_new_mem_buf(file->data, (int)file->len);
	X509 *cert = pem != NULL ? PEM_read_bio_X509(pem, NULL, NULL, NULL) : NULL;

	if (cert == NULL)
		cert = d2i_X509(NULL, &at, (long)file->len);
	BIO_free(pem);
	ERR_clear_error();
	return cert;
}

int
certificate_read(struct buf *der, const char *path, struct error *err)
{
	struct buf file = BUF_INIT(1 << 20);
	unsigned char *bytes = NULL;
	X509 *cert = NULL;
	int len = 0, rc = -1;

	if (buf_read_file(&file, path, err) != 0)
		goto done;
	cert = file.len > 0 ? parse(&file) : NULL;
	if (cert != NULL)
		len = i2d_X509(cert, &bytes);
	rc = len > 0
		 ? buf_append(der, bytes, (size_t)len, err)
		 : error_set(err, ERROR_MALFORMED,
		       "%s holds no certificate, in PEM or in DER; nothing of it was sent", path);
done:
	OPENSSL_free(bytes);
	X509_free(cert);
	buf_wipe(&file);
	return rc;
}
