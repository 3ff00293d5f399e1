/* Lists without their entries, which then lie elsewhere. */
#include <stdlib.h>
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/x509/crl_parts.h"

/*
 * SEQUENCE {
 *	CertificateList without revokedCertificates,
 *	OCTET STRING	digest of the tbsCertList that was signed,
 *	OCTET STRING	SHA-256 of the whole list,
 *	OCTET STRING	number of entries, 8 bytes,
 *	OCTET STRING	why it is not usable, or nothing,
 *	SEQUENCE	the issuers
 * }
 */

/* The list without its entries. */
static int
put_list(const struct crl *crl, struct buf *out, struct error *err)
{
	struct buf tbs = BUF_INIT(0), list = BUF_INIT(0), bits = BUF_INIT(0);
	int rc = -1;

	if (buf_append_span(&list, crl->before, err) != 0 ||
	    buf_append_span(&list, crl->after, err) != 0 ||
	    der_write(&tbs, DER_SEQUENCE, SPAN_OF(&list), err) != 0 ||
	    OSSL_APPEND_DER(X509_ALGOR, crl->algorithm, &tbs, err) != 0 ||
	    buf_append(&bits, "", 1, err) != 0 ||
	    buf_append_span(&bits, crl->signature, err) != 0 ||
	    der_write(&tbs, DER_BIT_STRING, SPAN_OF(&bits), err) != 0)
		goto done;
	rc = der_write(out, DER_SEQUENCE, SPAN_OF(&tbs), err);
done:
	buf_release(&tbs);
	buf_release(&list);
	buf_release(&bits);
	return rc;
}

static int
put_issuers(const struct crl *crl, struct buf *out, struct error *err)
{
	struct buf names = BUF_INIT(0);
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < crl->issuers->count; i++)
		rc = OSSL_APPEND_DER(X509_NAME, crl->issuers->names[i], &names, err);
	if (rc == 0)
		rc = der_write(out, DER_SEQUENCE, SPAN_OF(&names), err);
	buf_release(&names);
	return rc;
}

int
crl_head_write(const struct crl *crl, struct buf *out, struct error *err)
{
	const struct crl_facts *f = &crl->facts;
	struct span digest = { crl->digest, digest_size(f->sig_alg.digest) };
	struct span sha256 = { f->sha256, sizeof(f->sha256) };
	unsigned char count[8];
	struct buf parts = BUF_INIT(0);
	int i, rc = -1;

	if (!f->sig_alg_known || digest.len == 0 || f->sig_alg.key == KEY_ED25519 ||
	    f->sig_alg.key == KEY_ED448)
		return error_set(err, ERROR_UNSUPPORTED,
		    "the signature of the CRL can only be verified over the whole list");
	for (i = 0; i < 8; i++)
		count[i] = (unsigned char)((uint64_t)f->entry_count >> (56 - 8 * i));
	if (put_list(crl, &parts, err) == 0 &&
	    der_write(&parts, DER_OCTET_STRING, digest, err) == 0 &&
	    der_write(&parts, DER_OCTET_STRING, sha256, err) == 0 &&
	    der_write(&parts, DER_OCTET_STRING, (struct span){ count, 8 }, err) == 0 &&
	    der_write(&parts, DER_OCTET_STRING, span_str(f->unusable), err) == 0 &&
	    put_issuers(crl, &parts, err) == 0)
		rc = der_write(out, DER_SEQUENCE, SPAN_OF(&parts), err);
	buf_release(&parts);
	return rc;
}

static int
read_issuers(struct crl *crl, struct span names, struct error *err)
{
	struct der d = der_of(names);
	struct der_item name;
	size_t n = 0;

	while (d.at < d.end) {
		if (der_take(&d, DER_SEQUENCE, &name) != 0)
			return error_set(err, ERROR_MALFORMED, "the stored CRL is damaged");
		if (crl_add_issuer(crl, name.whole, err) != (int)n++)
			return error_set(err, ERROR_MALFORMED, "the stored CRL is damaged");
	}
	return 0;
}

static int
read_head(struct crl *crl, struct span head, struct error *err)
{
	struct crl_facts *f = &crl->facts;
	struct der_item all, list, digest, sha256, count, why, issuers;
	struct der d;
	size_t i;

	if (der_only(head, DER_SEQUENCE, &all) != 0)
		return error_set(err, ERROR_MALFORMED, "the stored CRL is damaged");
	d = der_of(all.content);
	if (der_take(&d, DER_SEQUENCE, &list) != 0 ||
	    der_take(&d, DER_OCTET_STRING, &digest) != 0 ||
	    der_take(&d, DER_OCTET_STRING, &sha256) != 0 ||
	    der_take(&d, DER_OCTET_STRING, &count) != 0 ||
	    der_take(&d, DER_OCTET_STRING, &why) != 0 ||
	    der_take(&d, DER_SEQUENCE, &issuers) != 0 || d.at != d.end ||
	    sha256.content.len != sizeof(f->sha256) || count.content.len != 8 ||
	    why.content.len >= sizeof(f->unusable))
		return error_set(err, ERROR_MALFORMED, "the stored CRL is damaged");
	if (crl_read_parts(crl, list.whole, err) != 0 ||
	    read_issuers(crl, issuers.content, err) != 0)
		return -1;
	if (!f->sig_alg_known || digest.content.len != digest_size(f->sig_alg.digest))
		return error_set(err, ERROR_MALFORMED, "the stored CRL is damaged");
	memcpy(crl->digest, digest.content.data, digest.content.len);
	memcpy(f->sha256, sha256.content.data, sizeof(f->sha256));
	memset(f->unusable, 0, sizeof(f->unusable));
	if (why.content.len > 0)
		memcpy(f->unusable, why.content.data, why.content.len);
	for (i = 0; i < 8; i++)
		f->entry_count = f->entry_count << 8 | count.content.data[i];
	return 0;
}

int
crl_head_read(struct crl **out, struct span head, struct error *err)
{
	struct crl *crl = calloc(1, sizeof(*crl));

	*out = NULL;
	if (crl == NULL || (crl->head = malloc(head.len + 1)) == NULL) {
		crl_free(crl);
		return error_memory(err);
	}
	if (head.len > 0)
		memcpy(crl->head, head.data, head.len);
	if (read_head(crl, (struct span){ crl->head, head.len }, err) != 0) {
		crl_free(crl);
		return -1;
	}
	*out = crl;
	return 0;
}
