/* OCSP requests, and what an answer says. Reading is in ocsp_read.c. */
#include "signing/x509/ocsp.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/x509/ocsp_parts.h"

int
ocsp_request_write(const struct ocsp_request *in, struct buf *out, struct error *err)
{
	const EVP_MD *md = digest_md(in->digest != DIGEST_NONE ? in->digest : DIGEST_SHA1);
	OCSP_REQUEST *request = OCSP_REQUEST_new();
	OCSP_CERTID *id = NULL;
	int rc = -1;

	if (md == NULL || in->nonce.len > OCSP_NONCE_MAX) {
		error_set(err, ERROR_UNSUPPORTED, "an OCSP request cannot be made like this");
		goto done;
	}
	id = OCSP_cert_to_id(md, in->cert, in->issuer);
	if (request == NULL || id == NULL || OCSP_request_add0_id(request, id) == NULL) {
		error_openssl(err, "the OCSP request could not be made");
		goto done;
	}
	id = NULL;
	if (in->nonce.len > 0 && OCSP_request_add1_nonce(request, (unsigned char *)in->nonce.data,
				     (int)in->nonce.len) != 1) {
		error_openssl(err, "the OCSP request could not be made");
		goto done;
	}
	rc = OSSL_APPEND_DER(OCSP_REQUEST, request, out, err);
done:
	OCSP_CERTID_free(id);
	OCSP_REQUEST_free(request);
	return rc;
}

const struct ocsp_facts *
ocsp_facts(const struct ocsp_response *r)
{
	return &r->facts;
}

int
ocsp_verify(const struct ocsp_response *r, EVP_PKEY *key, struct error *err)
{
	if (!r->facts.sig_alg_known)
		return error_set(err, ERROR_UNSUPPORTED,
		    "the algorithm that the OCSP answer is signed with is not known here");
	return sig_alg_verify(&r->facts.sig_alg, key, r->tbs.data, r->tbs.len, r->signature.data,
	    r->signature.len, err);
}

static int
key_hash_is(const X509 *cert, enum digest d, struct span hash)
{
	unsigned char value[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	if (digest_md(d) == NULL || X509_pubkey_digest(cert, digest_md(d), value, &len) != 1)
		return 0;
	return span_equal((struct span){ value, len }, hash);
}

static int
name_hash_is(const X509_NAME *name, enum digest d, struct span hash)
{
	unsigned char value[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	if (digest_md(d) == NULL || X509_NAME_digest(name, digest_md(d), value, &len) != 1)
		return 0;
	return span_equal((struct span){ value, len }, hash);
}

int
ocsp_responder_is(const struct ocsp_facts *f, const X509 *cert)
{
	if (f->responder_name != NULL)
		return X509_NAME_cmp(f->responder_name, X509_get_subject_name(cert)) == 0;
	return key_hash_is(cert, DIGEST_SHA1, f->responder_key);
}

static int
serial_is(const X509 *cert, const struct crl_number *number)
{
	unsigned char *der = NULL;
	struct der_item item;
	struct span serial = SPAN_NONE;
	int len = i2d_ASN1_INTEGER(X509_get0_serialNumber(cert), &der), same;

	if (len > 0 && der_only((struct span){ der, (size_t)len }, DER_INTEGER, &item) == 0)
		serial = der_integer_trim(item.content);
	same = serial.len > 0 && span_equal(serial, (struct span){ number->bytes, number->len });
	OPENSSL_free(der);
	return same;
}

static int
is_about(const struct ocsp_single *s, const X509 *cert, const X509 *issuer)
{
	return s->serial.len > 0 && serial_is(cert, &s->serial) &&
	       name_hash_is(X509_get_issuer_name(cert), s->digest, s->name_hash) &&
	       key_hash_is(issuer, s->digest, s->key_hash);
}

/* Revoked before unknown before good; of equal ones the newest. */
static int
is_worse(const struct ocsp_single *a, const struct ocsp_single *b)
{
	static const int rank[] = { [OCSP_GOOD] = 0, [OCSP_UNKNOWN] = 1, [OCSP_REVOKED] = 2 };

	if (rank[a->status] != rank[b->status])
		return rank[a->status] > rank[b->status];
	return a->this_update > b->this_update;
}

const struct ocsp_single *
ocsp_find(const struct ocsp_facts *f, const X509 *cert, const X509 *issuer)
{
	const struct ocsp_single *found = NULL;
	size_t i;

	for (i = 0; i < f->single_count; i++)
		if (is_about(&f->singles[i], cert, issuer) &&
		    (found == NULL || is_worse(&f->singles[i], found)))
			found = &f->singles[i];
	return found;
}

int
ocsp_nonce_matches(const struct ocsp_facts *f, struct span nonce)
{
	if (f->nonce.len == 0)
		return 0;
	return span_equal(f->nonce, nonce) ? 1 : -1;
}
