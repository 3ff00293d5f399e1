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
