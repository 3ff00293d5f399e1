/* Certificates as bytes and back: each once, however many signatures name it. */
#include <stdlib.h>
#include <string.h>

#include "server/read/pack.h"
#include "signing/core/certs.h"

#define SLOTS_MIN 64

/* What a certificate was numbered: from 1; `slots` is a hash table over them, for writing. */
struct pack_known {
	X509 **certs;
	size_t count;
	uint32_t *slots;
	size_t slot_count; /* a power of two, more than twice the count */
};

static size_t
slot_of(const struct pack_known *k, const X509 *cert)
{
	unsigned char hash[EVP_MAX_MD_SIZE] = { 0 };
	uint64_t at;

	X509_digest(cert, EVP_sha1(), hash, NULL);
	memcpy(&at, hash, sizeof(at));
	at &= k->slot_count - 1;
	while (k->slots[at] != 0 && X509_cmp(k->certs[k->slots[at] - 1], cert) != 0)
		at = (at + 1) & (k->slot_count - 1);
	return (size_t)at;
}

static int
grow(struct pack_known *k)
{
	const size_t slots = k->slot_count > 0 ? 2 * k->slot_count : SLOTS_MIN;
	X509 **certs = realloc(k->certs, slots / 2 * sizeof(*certs));
	size_t i;

	if (certs == NULL)
		return -1;
	k->certs = certs;
	free(k->slots);
	k->slot_count = slots;
	k->slots = calloc(slots, sizeof(*k->slots));
	for (i = 0; k->slots != NULL && i < k->count; i++)
		k->slots[slot_of(k, k->certs[i])] = (uint32_t)i + 1;
	return k->slots != NULL ? 0 : -1;
}

/* Give it the next number; a reference. */
static void
learn(struct pack *p, X509 *cert)
{
	struct pack_known *k = p->known;

	if ((2 * (k->count + 1) >= k->slot_count && grow(k) != 0) || X509_up_ref(cert) != 1) {
		pack_no_memory(p);
		return;
	}
	k->certs[k->count++] = cert;
	k->slots[slot_of(k, cert)] = (uint32_t)k->count;
}

void
pack_forget(struct pack *p)
{
	size_t i;

	if (p->known == NULL)
		return;
	for (i = 0; i < p->known->count; i++)
		X509_free(p->known->certs[i]);
	free(p->known->certs);
	free(p->known->slots);
	free(p->known);
	p->known = NULL;
}

/* ---- one ---- */

static void
write_der(struct pack *p, X509 *cert)
{
	unsigned char *der = NULL;
	int len = i2d_X509(cert, &der);
	struct span s = { der, len > 0 ? (size_t)len : 0 };

	if (len <= 0)
		pack_no_memory(p);
	pack_span(p, &s);
	OPENSSL_free(der);
}

static void
write_one(struct pack *p, X509 *cert)
{
	struct pack_known *k = p->known;
	unsigned int number = 0;

	if (cert != NULL)
		number = k->slot_count > 0 ? k->slots[slot_of(k, cert)] : 0;
	if (cert == NULL || number != 0) {
		pack_u32(p, &number);
		return;
	}
	number = (unsigned int)k->count + 1;
	pack_u32(p, &number);
	write_der(p, cert);
	if (!p->failed)
		learn(p, cert);
}

static X509 *
read_der(struct pack *p)
{
	struct span s = SPAN_NONE;
	X509 *cert;

	pack_span(p, &s);
	cert = p->failed ? NULL : cert_decode(s);
	if (cert == NULL)
		pack_broken(p);
	return cert;
}

static X509 *
read_one(struct pack *p)
{
	struct pack_known *k = p->known;
	unsigned int number = 0;
	X509 *cert;

	pack_u32(p, &number);
	if (p->failed || number == 0)
		return NULL;
	if (number <= k->count)
		return X509_up_ref(k->certs[number - 1]) == 1 ? k->certs[number - 1] : NULL;
	if (number != k->count + 1) {
		pack_broken(p);
		return NULL;
	}
	cert = read_der(p);
	if (cert != NULL)
		learn(p, cert);
	return cert;
}

void
pack_certificate(struct pack *p, X509 **cert)
{
	if (p->known == NULL && (p->known = calloc(1, sizeof(*p->known))) == NULL)
		pack_no_memory(p);
	if (p->failed && p->reading)
		*cert = NULL;
	if (p->failed)
		return;
	if (p->reading)
		*cert = read_one(p);
	else
		write_one(p, *cert);
}

void
pack_certificates(struct pack *p, STACK_OF(X509) * *certs, size_t most)
{
	size_t i, count = (size_t)(sk_X509_num(*certs) > 0 ? sk_X509_num(*certs) : 0);
	X509 *cert;

	pack_count(p, &count, most);
	if (p->reading && *certs == NULL && (*certs = sk_X509_new_null()) == NULL)
		pack_no_memory(p);
	for (i = 0; i < count && !p->failed; i++) {
		cert = p->reading ? NULL : sk_X509_value(*certs, (int)i);
		pack_certificate(p, &cert);
		if (!p->reading)
			continue;
		if (cert == NULL)
			pack_broken(p);
		else if (sk_X509_push(*certs, cert) == 0) {
			X509_free(cert);
			pack_no_memory(p);
		}
	}
}
