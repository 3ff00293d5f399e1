#include "signing/core/certs.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <string.h>

struct kept {
	unsigned char digest[SHA256_DIGEST_LENGTH];
	X509 *cert; /* NULL: free */
};

static struct kept table[CERTS_KEPT];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct kept *
slot_of(const unsigned char *digest)
{
	return &table[(((size_t)digest[0] << 8) | digest[1]) % CERTS_KEPT];
}

static X509 *
lookup(const unsigned char *digest)
{
	struct kept *slot = slot_of(digest);
	X509 *cert = NULL;

	pthread_mutex_lock(&lock);
	if (slot->cert != NULL && memcmp(slot->digest, digest, SHA256_DIGEST_LENGTH) == 0 &&
	    X509_up_ref(slot->cert) == 1)
		cert = slot->cert;
	pthread_mutex_unlock(&lock);
	return cert;
}

static void
keep(const unsigned char *digest, X509 *cert)
{
	struct kept *slot = slot_of(digest);
	X509 *old;

	if (X509_up_ref(cert) != 1)
		return;
	pthread_mutex_lock(&lock);
	old = slot->cert;
	slot->cert = cert;
	memcpy(slot->digest, digest, SHA256_DIGEST_LENGTH);
	pthread_mutex_unlock(&lock);
	X509_free(old);
}

/* ---- keys that cost more than a check by them ---- */

/* Take one value of definite length: its tag and content; 0, or -1. */
static int
take(const unsigned char **at, const unsigned char *end, int tag, struct span *content)
{
	long len;
	int found, class;

	if (end - *at < 2 || (ASN1_get_object(at, &len, &found, &class, end - *at) & 0x81) != 0 ||
	    found != tag || class != V_ASN1_UNIVERSAL)
		return -1;
	*content = (struct span){ *at, (size_t)len };
	*at += len;
	return 0;
}

static int
is_whole_point(struct span s, size_t from)
{
	return s.len > from && s.data[from] == 0x04;
}

/*
 * What stands behind the identifier of a field, where the parameters of a curve (RFC 3279 section
 * 2.3.5) are those of a key: prime or basis, a and b, generator, order, cofactor OPTIONAL; point.
 */
static int
are_whole_points(const unsigned char *at, const unsigned char *end, int is_prime)
{
	struct span field, inside;
	const unsigned char *again;

	/* Of a binary field the parameters follow in a SEQUENCE. */
	if (take(&at, end, is_prime ? V_ASN1_INTEGER : V_ASN1_SEQUENCE, &field) != 0 ||
	    take(&at, end, V_ASN1_SEQUENCE, &inside) != 0 ||
	    take(&at, end, V_ASN1_OCTET_STRING, &inside) != 0 || !is_whole_point(inside, 0) ||
	    take(&at, end, V_ASN1_INTEGER, &inside) != 0)
		return 0;
	again = at;
	if (take(&again, end, V_ASN1_INTEGER, &inside) == 0)
		at = again;
	/* The point's own tag: nothing else may follow, such as a digest of the parameters. */
	return take(&at, end, V_ASN1_BIT_STRING, &inside) == 0 && is_whole_point(inside, 1);
}

int
has_slow_key(struct span der)
{
	static const unsigned char fields[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x01 };
	const unsigned char *at = der.data, *end = der.data + der.len;

	while (
	    at != NULL && (at = memmem(at, (size_t)(end - at), fields, sizeof(fields))) != NULL) {
		at += sizeof(fields);
		if (at < end && (*at == 1 || *at == 2) &&
		    !are_whole_points(at + 1, end, *at == 1)) {
			ERR_clear_error();
			return 1;
		}
	}
	return 0;
}

EVP_PKEY *
key_decode(struct span der)
{
	const unsigned char *p = der.data;
	EVP_PKEY *key = NULL;

	if (der.len > 0 && der.len <= LONG_MAX && !has_slow_key(der))
		key = d2i_PUBKEY(NULL, &p, (long)der.len);
	ERR_clear_error();
	return key;
}

/* ---- certificates ---- */

X509 *
cert_decode(struct span der)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	const unsigned char *p = der.data;
	int keeps;
	X509 *cert;

	if (der.data == NULL || der.len == 0 || der.len > LONG_MAX)
		return NULL;
	keeps = der.len <= CERTS_KEPT_BYTES &&
		EVP_Digest(der.data, der.len, digest, NULL, EVP_sha256(), NULL) == 1;
	cert = keeps ? lookup(digest) : NULL;
	if (cert != NULL)
		return cert;
	if (has_slow_key(der))
		return NULL;
	cert = d2i_X509(NULL, &p, (long)der.len);
	if (cert != NULL && p != der.data + der.len) {
		X509_free(cert);
		cert = NULL;
	}
	ERR_clear_error();
	if (cert != NULL && keeps)
		keep(digest, cert);
	return cert;
}

void
certs_forget(void)
{
	size_t i;

	pthread_mutex_lock(&lock);
	for (i = 0; i < CERTS_KEPT; i++) {
		X509_free(table[i].cert);
		table[i].cert = NULL;
	}
	pthread_mutex_unlock(&lock);
}
