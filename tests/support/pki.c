#include "tests/support/pki.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "signing/x509/keyfile.h"

#define SIGNER ISSUE_DOCUMENT_SIGNING

static const struct member {
	const char *key;
	enum issue_profile profile;
	enum pki_id issuer;
	const char *name;
	int64_t from, to; /* days from PKI_NOW */
} members[PKI_IDS] = {
	[PKI_ROOT] = { "P-256", ISSUE_ROOT_CA, PKI_ROOT, "Test Root", -3650, 3650 },
	[PKI_INTERMEDIATE] = { "P-256", ISSUE_INTERMEDIATE_CA, PKI_ROOT, "Test Issuing CA", -2000,
	    2000 },
	[PKI_RSA2048] = { "RSA-2048", SIGNER, PKI_INTERMEDIATE, "Signer RSA-2048", -365, 365 },
	[PKI_RSA3072] = { "RSA-3072", SIGNER, PKI_INTERMEDIATE, "Signer RSA-3072", -365, 365 },
	[PKI_P256] = { "P-256", SIGNER, PKI_INTERMEDIATE, "Signer P-256", -365, 365 },
	[PKI_P384] = { "P-384", SIGNER, PKI_INTERMEDIATE, "Signer P-384", -365, 365 },
	[PKI_P521] = { "P-521", SIGNER, PKI_INTERMEDIATE, "Signer P-521", -365, 365 },
	[PKI_BRAINPOOL256] = { "brainpoolP256r1", SIGNER, PKI_INTERMEDIATE,
	    "Signer brainpoolP256r1", -365, 365 },
	[PKI_TSA] = { "P-256", ISSUE_TSA, PKI_INTERMEDIATE, "Test TSA", -1095, 1095 },
	[PKI_TSA_RSA] = { "RSA-2048", ISSUE_TSA, PKI_INTERMEDIATE, "Test TSA RSA", -1095, 1095 },
	[PKI_TSA_EXPIRED] = { "P-256", ISSUE_TSA, PKI_INTERMEDIATE, "Expired TSA", -1095, -30 },
	[PKI_EXPIRED] = { "P-256", SIGNER, PKI_INTERMEDIATE, "Expired signer", -395, -30 },
	[PKI_NOT_YET_VALID] = { "P-256", SIGNER, PKI_INTERMEDIATE, "Early signer", 30, 395 },
	[PKI_WRONG_USAGE] = { "P-256", ISSUE_TLS_SERVER, PKI_INTERMEDIATE, "Not a signer", -30,
	    300 },
	[PKI_REVOCABLE] = { "P-256", SIGNER, PKI_INTERMEDIATE, "Revocable signer", -365, 365 },
	[PKI_TLS_SERVER] = { "P-256", ISSUE_TLS_SERVER, PKI_INTERMEDIATE, "localhost", -30, 300 },
	[PKI_TLS_CLIENT] = { "P-256", ISSUE_TLS_CLIENT, PKI_INTERMEDIATE, "erp", -365, 365 },
	[PKI_OTHER_ROOT] = { "P-256", ISSUE_ROOT_CA, PKI_OTHER_ROOT, "Other Root", -3650, 3650 },
	[PKI_TSA_REVOCABLE] = { "P-256", ISSUE_TSA, PKI_INTERMEDIATE, "Revocable TSA", -1095,
	    1095 },
	[PKI_TSA_ENDED] = { "P-256", ISSUE_TSA, PKI_INTERMEDIATE, "Ended TSA", -1095, -30 },
	[PKI_OTHER_SIGNER] = { "P-256", SIGNER, PKI_OTHER_ROOT, "Other signer", -365, 365 },
};
static const char *const dns_names[] = { "localhost" };
static const char *const addresses[] = { "127.0.0.1", "::1" };

static struct sign_key made[PKI_IDS];
static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

static void
must(int ok, const char *what, const struct error *err)
{
	if (ok)
		return;
	fprintf(stderr, "test PKI: %s: %s [%s]\n", what, err->text, err->cause);
	abort();
}

struct issue_request
pki_request(enum pki_id id)
{
	const struct member *m = &members[id];
	struct issue_request r = { .profile = m->profile,
		.common_name = m->name,
		.organization = "Signet Test",
		.country = "DE",
		.not_before = PKI_NOW + m->from * PKI_DAY,
		.not_after = PKI_NOW + m->to * PKI_DAY };

	r.key = made[id].pkey;
	r.ca_path_length = id == PKI_ROOT ? 3 : 1;
	if (m->profile == ISSUE_TLS_SERVER) {
		r.dns_names = dns_names;
		r.dns_name_count = 1;
		r.addresses = addresses;
		r.address_count = 2;
	}
	if (id == PKI_REVOCABLE || id == PKI_TSA_REVOCABLE || id == PKI_TSA_ENDED) {
		r.crl_url = "http://pki.example/issuing.crl";
		r.ocsp_url = "http://pki.example/ocsp";
	}
	return r;
}

X509 *
pki_issue(const struct issue_request *request, enum pki_id issuer)
{
	struct error err = ERROR_INIT;
	const struct sign_key *by = pki_key(issuer);
	struct issuer ca = { by->cert, by->pkey };
	X509 *cert;

	must(issue_certificate(&cert, request, &ca, &err) == 0, request->common_name, &err);
	return cert;
}

static void
make(enum pki_id id)
{
	const struct member *m = &members[id];
	struct sign_key *k = &made[id];
	struct error err = ERROR_INIT;
	struct issue_request r;
	enum pki_id up;

	k->name = m->name;
	must(keyfile_generate(&k->pkey, m->key, &err) == 0, m->name, &err);
	r = pki_request(id);
	k->chain = sk_X509_new_null();
	must(k->chain != NULL, m->name, &err);
	if (m->issuer == id) {
		must(issue_certificate(&k->cert, &r, NULL, &err) == 0, m->name, &err);
		return;
	}
	k->cert = pki_issue(&r, m->issuer);
	for (up = m->issuer;; up = members[up].issuer) {
		must(X509_up_ref(pki_cert(up)) == 1 && sk_X509_push(k->chain, pki_cert(up)) > 0,
		    m->name, &err);
		if (members[up].issuer == up)
			break;
	}
}

static void
forget(void)
{
	int i;

	for (i = 0; i < PKI_IDS; i++) {
		EVP_PKEY_free(made[i].pkey);
		X509_free(made[i].cert);
		sk_X509_pop_free(made[i].chain, X509_free);
	}
}

const struct sign_key *
pki_key(enum pki_id id)
{
	static int registered;

	pthread_mutex_lock(&lock);
	if (!registered && atexit(forget) == 0)
		registered = 1;
	if (made[id].cert == NULL)
		make(id);
	pthread_mutex_unlock(&lock);
	return &made[id];
}

X509 *
pki_cert(enum pki_id id)
{
	return pki_key(id)->cert;
}

/* Every signer's chain is {intermediate, root}, the intermediate's is {root}. */
STACK_OF(X509) * pki_anchors(void)
{
	return pki_key(PKI_P256)->chain;
}

STACK_OF(X509) * pki_root_only(void)
{
	return pki_key(PKI_INTERMEDIATE)->chain;
}

X509 *
pki_resign(X509 *tweaked, enum pki_id issuer)
{
	const struct sign_key *by = pki_key(issuer);
	unsigned char *der = NULL;
	const unsigned char *p;
	struct error err = ERROR_INIT;
	X509 *fresh;
	int len;

	must(X509_sign(tweaked, by->pkey, digest_md(key_default_digest(by->pkey))) > 0, "resign",
	    &err);
	len = i2d_X509(tweaked, &der);
	p = der;
	fresh = d2i_X509(NULL, &p, len);
	must(fresh != NULL, "resign", &err);
	OPENSSL_free(der);
	X509_free(tweaked);
	return fresh;
}
