#include "signing/core/ossl.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

int
error_openssl_kind(struct error *err, enum error_kind kind, const char *text)
{
	char words[512];
	size_t len = 0;
	unsigned long code;
	const char *data;
	int flags, n;

	words[0] = '\0';
	while ((code = ERR_get_error_all(NULL, NULL, NULL, &data, &flags)) != 0) {
		const char *lib = ERR_lib_error_string(code),
			   *reason = ERR_reason_error_string(code);

		if (len >= sizeof(words) - 1)
			continue;
		n = snprintf(words + len, sizeof(words) - len, "%s%s: %s%s%s", len > 0 ? "; " : "",
		    lib != NULL ? lib : "openssl", reason != NULL ? reason : "unknown reason",
		    (flags & ERR_TXT_STRING) && *data != '\0' ? ": " : "",
		    (flags & ERR_TXT_STRING) ? data : "");
		len =
		    n > 0 && len + (size_t)n < sizeof(words) ? len + (size_t)n : sizeof(words) - 1;
	}
	return error_cause(err, kind, text, "%s", words);
}

int
error_openssl(struct error *err, const char *text)
{
	return error_openssl_kind(err, ERROR_INTERNAL, text);
}

int64_t
asn1_time_seconds(const ASN1_TIME *t, int *ok)
{
	struct tm tm;

	*ok = t != NULL && ASN1_TIME_to_tm(t, &tm) == 1;
	return *ok ? (int64_t)timegm(&tm) : -1;
}

/* Of a UTF-8 text that was cut somewhere, the last character may be a part of one. */
static void
cut_between_characters(char *s)
{
	size_t n = strlen(s), back = 1;

	while (back < 4 && back < n && ((unsigned char)s[n - back] & 0xc0) == 0x80)
		back++;
	if (n >= back && ((unsigned char)s[n - back] & 0xc0) == 0xc0 &&
	    back < (size_t)((unsigned char)s[n - back] >= 0xf0	 ? 4
			    : (unsigned char)s[n - back] >= 0xe0 ? 3
								 : 2))
		s[n - back] = '\0';
}

char *
x509_name_text(const X509_NAME *name, char *out, size_t size)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	long len = 0;

	out[0] = '\0';
	if (bio != NULL && name != NULL &&
	    X509_NAME_print_ex(
		bio, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0)
		len = BIO_get_mem_data(bio, &text);
	if (len > 0)
		snprintf(out, size, "%.*s", (int)len, text);
	if (len >= (long)size)
		cut_between_characters(out);
	BIO_free(bio);
	return out;
}

char *
asn1_integer_text(const ASN1_INTEGER *i, char *out, size_t size)
{
	BIGNUM *bn = ASN1_INTEGER_to_BN(i, NULL);
	const size_t bits = bn != NULL ? (size_t)BN_num_bits(bn) : 0;
	char *text;

	/* Digits take a time that grows with the square of their number. */
	if (bits > size * 10 / 3) {
		snprintf(out, size, "a number of %zu bits", bits);
	} else {
		text = bn != NULL ? BN_bn2dec(bn) : NULL;
		snprintf(out, size, "%s", text != NULL ? text : "?");
		OPENSSL_free(text);
	}
	BN_free(bn);
	return out;
}

int
ossl_append_der(ossl_i2d *i2d, const void *obj, struct buf *out, struct error *err)
{
	unsigned char *at;
	int len = i2d(obj, NULL);

	if (len <= 0)
		return error_openssl(err, "a structure could not be encoded");
	at = buf_reserve(out, (size_t)len, err);
	if (at == NULL)
		return -1;
	if (i2d(obj, &at) != len)
		return error_openssl(err, "a structure could not be encoded");
	out->len += (size_t)len;
	return 0;
}

int
der_is_whole(struct span der)
{
	const unsigned char *p = der.data;
	long len;
	int tag, cls, flags;

	if (der.len == 0 || der.len > LONG_MAX)
		return 0;
	flags = ASN1_get_object(&p, &len, &tag, &cls, (long)der.len);
	if (flags & 0x80)
		return 0;
	return (flags & 1) || (size_t)(p - der.data) + (size_t)len == der.len;
}
