/* Mutations of the signer's certificate: another name for the same key, another key for the name.
 */
#include <openssl/evp.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/core/ossl.h"
#include "signing/format/cms/asn1.h"
#include "tests/corpora/mutate.h"

/* The signer's certificate with another name or another key, signed by a key of our own. */
static int
forge(const struct mutant *m, int other_key, struct buf *der)
{
	struct error err = ERROR_INIT;
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_dup(m->signer);
	int ok = key != NULL && cert != NULL;

	if (ok && other_key)
		ok = X509_set_pubkey(cert, key);
	else if (ok)
		ok = X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
		    (const unsigned char *)"Mallory", -1, -1, 0);
	ok = ok && X509_sign(cert, key, EVP_sha256()) > 0 &&
	     OSSL_APPEND_DER(X509, cert, der, &err) == 0;
	X509_free(cert);
	EVP_PKEY_free(key);
	error_openssl_kind(NULL, ERROR_NONE, "");
	return ok;
}

/* In CMS: certificates are kept as they came, so that one is taken for the other. */
static int
swap_in_cms(struct mutant *m, struct span was, struct span now)
{
	DER_CMS *cms = DER_DECODE(DER_CMS, m->from);
	unsigned char *out = NULL;
	ASN1_TYPE *forged;
	int i, len, done = 0;

	for (i = 0; cms != NULL && i < sk_ASN1_TYPE_num(cms->data->certificates); i++) {
		if (!span_equal(
			der_raw_span(sk_ASN1_TYPE_value(cms->data->certificates, i)), was) ||
		    (forged = der_raw(now)) == NULL)
			continue;
		ASN1_TYPE_free(sk_ASN1_TYPE_value(cms->data->certificates, i));
		(void)sk_ASN1_TYPE_set(cms->data->certificates, i, forged);
		done = 1;
	}
	if (done && (len = i2d_DER_CMS(cms, &out)) > 0)
		mutant_put(m, out, (size_t)len);
	OPENSSL_free(out);
	DER_CMS_free(cms);
	return done;
}

/* In XML: the base64 in the first X509Certificate that is the signer's. */
static int
swap_in_xml(struct mutant *m, struct span was, struct span now)
{
	static const char mark[] = "X509Certificate>";
	struct buf decoded = BUF_INIT(0), encoded = BUF_INIT(0);
	struct error err = ERROR_INIT;
	const unsigned char *at = m->from.data, *end = at + m->from.len, *stop;
	int done = 0;

	while (!done && (at = memmem(at, (size_t)(end - at), mark, sizeof(mark) - 1)) != NULL) {
		at += sizeof(mark) - 1;
		stop = memchr(at, '<', (size_t)(end - at));
		decoded.len = 0;
		err = (struct error)ERROR_INIT;
		if (stop == NULL ||
		    text_base64_decode(&decoded, (struct span){ at, (size_t)(stop - at) }, &err) !=
			0 ||
		    !span_equal(SPAN_OF(&decoded), was) || text_base64(&encoded, now, 0, &err) != 0)
			continue;
		mutant_copy(m, 0, (size_t)(at - m->from.data));
		mutant_put(m, encoded.data, encoded.len);
		mutant_copy(m, (size_t)(stop - m->from.data), m->from.len);
		done = 1;
	}
	buf_release(&decoded);
	buf_release(&encoded);
	return done;
}

static int
swap(struct mutant *m, int other_key)
{
	struct buf was = BUF_INIT(0), now = BUF_INIT(0);
	struct error err = ERROR_INIT;
	int done = 0;

	if (m->signer != NULL && OSSL_APPEND_DER(X509, m->signer, &was, &err) == 0 &&
	    forge(m, other_key, &now))
		done = m->format == MUTANT_XML ? swap_in_xml(m, SPAN_OF(&was), SPAN_OF(&now))
					       : swap_in_cms(m, SPAN_OF(&was), SPAN_OF(&now));
	mutant_say(m, "the signer's certificate with another %s", other_key ? "key" : "name");
	buf_release(&was);
	buf_release(&now);
	return done;
}

static int
other_key(struct mutant *m)
{
	return swap(m, 1);
}

static int
other_name(struct mutant *m)
{
	return swap(m, 0);
}

#define HELD (1u << MUTANT_XML | 1u << MUTANT_DER)

const struct mutation mutations_of_certs[] = {
	{ "cert-key", HELD, other_key },
	{ "cert-name", HELD, other_name },
	{ NULL, 0, NULL },
};
