/* A list as a whole: its parts, its signature. */
#include "signing/x509/crl.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/core/ossl.h"
#include "signing/x509/crl_parts.h"

static const char *const reasons[] = { "unspecified", "keyCompromise", "cACompromise",
	"affiliationChanged", "superseded", "cessationOfOperation", "certificateHold",
	"unspecified", "removeFromCRL", "privilegeWithdrawn", "aACompromise" };

const char *
crl_reason_name(int reason)
{
	if (reason < 0 || (size_t)reason >= sizeof(reasons) / sizeof(reasons[0]))
		return reasons[0];
	return reasons[reason];
}

int
crl_number_compare(const struct crl_number *a, const struct crl_number *b)
{
	size_t skip_a = a->len > 0 && a->bytes[0] == 0, skip_b = b->len > 0 && b->bytes[0] == 0;
	size_t len_a = a->len - skip_a, len_b = b->len - skip_b;

	if (len_a != len_b)
		return len_a < len_b ? -1 : 1;
	return memcmp(a->bytes + skip_a, b->bytes + skip_b, len_a);
}

/* ---- reading ---- */

static int
malformed(struct error *err, const char *what)
{
	return error_openssl_kind(err, ERROR_MALFORMED, what);
}

static int
read_algorithm(struct crl *crl, struct span inner, struct span outer, struct error *err)
{
	struct crl_facts *f = &crl->facts;
	const unsigned char *p = outer.data;
	struct error unknown = ERROR_INIT;

	if (!span_equal(inner, outer))
		return malformed(err,
		    "the CRL names one signature algorithm inside and another outside of what is "
		    "signed");
	crl->algorithm = d2i_X509_ALGOR(NULL, &p, (long)outer.len);
	if (crl->algorithm == NULL || p != outer.data + outer.len)
		return malformed(err, "the signature algorithm of the CRL cannot be read");
	f->algorithm = crl->algorithm;
	f->sig_alg_known = sig_alg_by_x509(crl->algorithm, DIGEST_NONE, &f->sig_alg, &unknown) == 0;
	return 0;
}

static int
read_issuer(struct crl *crl, struct span name, struct error *err)
{
	const unsigned char *p = name.data;

	crl->issuer = d2i_X509_NAME(NULL, &p, (long)name.len);
	if (crl->issuer == NULL || p != name.data + name.len)
		return malformed(err, "the issuer of the CRL cannot be read");
	if (X509_NAME_entry_count(crl->issuer) == 0)
		return malformed(err, "the CRL has no issuer");
	crl->facts.issuer = crl->issuer;
	x509_name_text(crl->issuer, crl->facts.issuer_text, sizeof(crl->facts.issuer_text));
	return crl_add_issuer(crl, name, err) < 0 ? -1 : 0;
}

/* Version ::= INTEGER { v2(1) }; absent means version 1. */
static int
read_version(struct crl *crl, struct der *d, struct error *err)
{
	struct der_item item;
	int there = der_optional(d, DER_INTEGER, &item);

	if (there < 0 || (there && (item.content.len != 1 || item.content.data[0] != 1)))
		return malformed(err, "the version of the CRL is neither 1 nor 2");
	crl->facts.version = there ? 2 : 1;
	return 0;
}

static int
read_times(struct crl *crl, struct der *d, struct error *err)
{
	struct crl_facts *f = &crl->facts;
	struct der_item item;

	if (der_next(d, &item) != 0 || der_time(&item, &f->this_update) != 0)
		return malformed(err, "the time of issue (thisUpdate) of the CRL cannot be read");
	if (d->at == d->end || (*d->at != DER_UTC_TIME && *d->at != DER_GENERALIZED_TIME))
		return 0;
	if (der_next(d, &item) != 0 || der_time(&item, &f->next_update) != 0)
		return malformed(err, "the time of the next CRL (nextUpdate) cannot be read");
	if (f->next_update < f->this_update)
		return malformed(err, "the next CRL (nextUpdate) is said to come before this one");
	return 0;
}

/* revokedCertificates OPTIONAL, [0] crlExtensions OPTIONAL, and nothing behind them */
static int
read_rest(struct crl *crl, struct der *d, struct error *err)
{
	struct der_item item, extensions;
	int there;

	crl->before.data = crl->tbs.data;
	crl->before.len = (size_t)(d->at - crl->tbs.data);
	there = der_optional(d, DER_SEQUENCE, &item);
	if (there < 0 || (there && item.content.len == 0))
		return malformed(
		    err, "the list of revoked certificates is empty or cannot be read");
	if (there)
		crl->entries = item.content;
	crl->after = (struct span){ d->at, (size_t)(d->end - d->at) };
	there = der_optional(d, DER_CONTEXT(0), &extensions);
	if (there < 0 || d->at != d->end)
		return malformed(err, "the CRL holds something that does not belong there");
	if (!there)
		return 0;
	if (crl->facts.version == 1)
		return malformed(err, "the CRL is of version 1 but has extensions");
	return crl_read_extensions(crl, extensions.content, err);
}

static int
read_tbs(struct crl *crl, struct span content, struct span *algorithm, struct error *err)
{
	struct der d = der_of(content);
	struct der_item item;

	if (read_version(crl, &d, err) != 0)
		return -1;
	if (der_take(&d, DER_SEQUENCE, &item) != 0)
		return malformed(err, "the signature algorithm of the CRL cannot be read");
	*algorithm = item.whole;
	if (der_take(&d, DER_SEQUENCE, &item) != 0)
		return malformed(err, "the issuer of the CRL cannot be read");
	if (read_issuer(crl, item.whole, err) != 0 || read_times(crl, &d, err) != 0)
		return -1;
	return read_rest(crl, &d, err);
}

int
crl_read_parts(struct crl *crl, struct span der, struct error *err)
{
	struct der_item list, tbs, algorithm, signature;
	struct span inner;
	struct der d;

	if (der_only(der, DER_SEQUENCE, &list) != 0)
		return malformed(err, "the data is not a CRL in DER");
	d = der_of(list.content);
	if (der_take(&d, DER_SEQUENCE, &tbs) != 0 || der_take(&d, DER_SEQUENCE, &algorithm) != 0 ||
	    der_take(&d, DER_BIT_STRING, &signature) != 0 || d.at != d.end)
		return malformed(err, "the data is not a CRL in DER");
	if (signature.content.len < 2 || signature.content.data[0] != 0)
		return malformed(err, "the signature of the CRL cannot be read");
	crl->whole = der;
	crl->facts.reasons = CRL_REASONS_ALL;
	crl->tbs = tbs.content;
	crl->signature = (struct span){ signature.content.data + 1, signature.content.len - 1 };
	if (read_tbs(crl, tbs.content, &inner, err) != 0)
		return -1;
	crl->tbs = tbs.whole;
	return read_algorithm(crl, inner, algorithm.whole, err);
}

/* ---- opening ---- */

static int
decode_pem(struct buf *out, struct span data, struct error *err)
{
	BIO *bio = BIO_new_mem_buf(data.data, (int)data.len);
	char *name = NULL, *header = NULL;
	unsigned char *der = NULL;
	long len = 0;
	int rc = -1;

	if (bio == NULL)
		return error_memory(err);
	if (PEM_read_bio(bio, &name, &header, &der, &len) != 1 ||
	    (strcmp(name, PEM_STRING_X509_CRL) != 0 && strcmp(name, "CRL") != 0))
		malformed(err, "the data holds no CRL");
	else
		rc = buf_append(out, der, (size_t)len, err);
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(der);
	BIO_free(bio);
	return rc;
}

/* Some servers end a list with a line end: what is behind it and only white space is cut off. */
static void
cut_line_end(struct buf *out, size_t start)
{
	struct der d = der_of((struct span){ out->data + start, out->len - start });
	struct der_item item;
	size_t len;

	if (der_take(&d, DER_SEQUENCE, &item) != 0)
		return;
	len = item.whole.len;
	while (d.at < d.end && memchr("\r\n\t ", *d.at, 4) != NULL)
		d.at++;
	if (d.at == d.end)
		out->len = start + len;
}

static int
decode(struct buf *out, struct span data, struct error *err)
{
	if (data.len > 2 * CRL_BYTES_MAX)
		return error_limit(
		    err, ERROR_TOO_LARGE, "CRL", CRL_BYTES_MAX, data.len, "the CRL is too large");
	if (data.len > 0 && data.data[0] == DER_SEQUENCE)
		return buf_append_span(out, data, err);
	if (data.len > 11 && memmem(data.data, data.len, "-----BEGIN ", 11) != NULL)
		return decode_pem(out, data, err);
	return text_base64_decode(out, data, err);
}

int
crl_decode(struct buf *out, struct span data, struct error *err)
{
	size_t start = out->len;

	if (decode(out, data, err) != 0)
		return -1;
	if (out->len > start)
		cut_line_end(out, start);
	return 0;
}

static int
digest_all(struct crl *crl, struct error *err)
{
	enum digest d = crl->facts.sig_alg.digest;

	if (EVP_Digest(crl->whole.data, crl->whole.len, crl->facts.sha256, NULL,
		digest_md(DIGEST_SHA256), NULL) != 1)
		return error_openssl(err, "the digest of the CRL could not be made");
	if (!crl->facts.sig_alg_known || d == DIGEST_NONE)
		return 0;
	if (digest_md(d) == NULL)
		crl->facts.sig_alg_known = 0;
	else if (EVP_Digest(crl->tbs.data, crl->tbs.len, crl->digest, NULL, digest_md(d), NULL) !=
		 1)
		return error_openssl(err, "the digest of the CRL could not be made");
	return 0;
}

int
crl_open(struct crl **out, struct span der, struct error *err)
{
	struct crl *crl;

	*out = NULL;
	if (der.len > CRL_BYTES_MAX)
		return error_limit(
		    err, ERROR_TOO_LARGE, "CRL", CRL_BYTES_MAX, der.len, "the CRL is too large");
	crl = calloc(1, sizeof(*crl));
	if (crl == NULL)
		return error_memory(err);
	ERR_clear_error();
	if (crl_read_parts(crl, der, err) != 0 || crl_index(crl, err) != 0 ||
	    digest_all(crl, err) != 0) {
		crl_free(crl);
		return -1;
	}
	*out = crl;
	return 0;
}

void
crl_free(struct crl *crl)
{
	size_t i;

	if (crl == NULL)
		return;
	for (i = 0; crl->issuers != NULL && i < crl->issuers->count; i++)
		X509_NAME_free(crl->issuers->names[i]);
	if (crl->issuers != NULL)
		free(crl->issuers->names);
	free(crl->issuers);
	free(crl->slots);
	X509_NAME_free(crl->issuer);
	X509_ALGOR_free(crl->algorithm);
	ISSUING_DIST_POINT_free(crl->idp);
	AUTHORITY_KEYID_free(crl->aki);
	CRL_DIST_POINTS_free(crl->freshest);
	AUTHORITY_INFO_ACCESS_free(crl->access);
	free(crl->head);
	free(crl);
}

const struct crl_facts *
crl_facts(const struct crl *crl)
{
	return &crl->facts;
}

int
crl_verify(const struct crl *crl, EVP_PKEY *key, struct error *err)
{
	const struct sig_alg *alg = &crl->facts.sig_alg;

	if (!crl->facts.sig_alg_known)
		return error_set(err, ERROR_UNSUPPORTED,
		    "the algorithm that the CRL is signed with is not known here");
	if (alg->digest != DIGEST_NONE && alg->key != KEY_ED25519 && alg->key != KEY_ED448)
		return sig_alg_verify_digest(
		    alg, key, crl->digest, crl->signature.data, crl->signature.len, err);
	if (crl->head != NULL)
		return error_set(err, ERROR_UNSUPPORTED,
		    "the signature of the CRL can only be verified over the whole list");
	return sig_alg_verify(
	    alg, key, crl->tbs.data, crl->tbs.len, crl->signature.data, crl->signature.len, err);
}
