#include "signing/format/cms/cms_sign.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/format/cms/maker.h"
#include "signing/format/cms/oids.h"

static const struct format_limits default_limits = FORMAT_LIMITS_DEFAULT;

/* A SignedData but for its signers: what all messages of a call share. */
struct shell {
	struct buf head; /* version and digestAlgorithms */
	struct buf type; /* of the content */
	const struct span *content;
	const struct span *octets; /* of the one document, where they are at hand */
	int is_tst_info;	   /* the content is that of a time-stamp token */
	struct buf certificates;
};

static int
shell_init(struct shell *s, const struct maker *m, const char *type, const struct span *content,
    int omit_certificates, struct error *err)
{
	/* RFC 5652 section 5.1: signers of version 1, X.509 certificates. */
	const unsigned char version = strcmp(type, OID_DATA) == 0 ? 1 : 3;
	struct buf algor = BUF_INIT(0);
	struct der_out head = DER_OUT(&s->head, err), oid = DER_OUT(&s->type, err),
		       certificates = DER_OUT(&s->certificates, err), digest = DER_OUT(&algor, err);

	s->content = content;
	s->is_tst_info = strcmp(type, OID_TST_INFO) == 0;
	maker_put_digest_algor(&digest, m->alg.digest);
	der_put_value(&head, DER_INTEGER, (struct span){ &version, 1 });
	der_put_value(&head, DER_SET, SPAN_OF(&algor));
	der_put_oid(&oid, type);
	if (!omit_certificates)
		maker_put_certificates(&certificates, m->key, m->options);
	buf_release(&algor);
	return digest.failed || head.failed || oid.failed || certificates.failed ? -1 : 0;
}

static void
shell_release(struct shell *s)
{
	buf_release(&s->head);
	buf_release(&s->type);
	buf_release(&s->certificates);
}

/* One ContentInfo around one SignerInfo. */
static int
append_cms(const struct shell *s, struct span signer, struct buf *out, struct error *err)
{
	struct buf type = BUF_INIT(0);
	struct der_out der = DER_OUT(out, err), oid = DER_OUT(&type, err);
	const size_t octets = s->content != NULL ? der_size(s->content->len) : 0,
		     content = s->type.len + (s->content != NULL ? der_size(octets) : 0),
		     certificates = s->certificates.len > 0 ? der_size(s->certificates.len) : 0,
		     data = s->head.len + der_size(content) + certificates + der_size(signer.len);

	der_put_oid(&oid, OID_SIGNED_DATA);
	der_put_head(&der, DER_SEQUENCE, type.len + der_size(der_size(data)));
	der_put_raw(&der, SPAN_OF(&type));
	der_put_head(&der, DER_CONTEXT + 0, der_size(data));
	der_put_head(&der, DER_SEQUENCE, data);
	der_put_raw(&der, SPAN_OF(&s->head));
	der_put_head(&der, DER_SEQUENCE, content);
	der_put_raw(&der, SPAN_OF(&s->type));
	if (s->content != NULL) {
		der_put_head(&der, DER_CONTEXT + 0, octets);
		der_put_value(&der, DER_OCTETS, *s->content);
	}
	if (s->certificates.len > 0)
		der_put_value(&der, DER_CONTEXT + 0, SPAN_OF(&s->certificates));
	der_put_value(&der, DER_SET, signer);
	buf_release(&type);
	return oid.failed || der.failed ? -1 : 0;
}

/* Sign documents known by digest: attributes of all, one trip to the key, then the messages. */
static int
sign_all(struct maker *m, const struct shell *shell,
    const unsigned char (*digests)[DIGEST_SIZE_MAX], size_t count, struct buf *ders,
    struct error *err)
{
	unsigned char(*signed_digests)[DIGEST_SIZE_MAX] = calloc(count, sizeof(*signed_digests));
	struct buf *values = calloc(count, sizeof(*values)), signer = BUF_INIT(0);
	size_t i;
	int rc = -1;

	if (signed_digests == NULL || values == NULL) {
		error_memory(err);
		goto done;
	}
	if (maker_digest(m, digests, count, signed_digests, err) != 0)
		goto done;
	if (shell->content != NULL && shell->is_tst_info && m->key->sign_stamp != NULL)
		rc = m->key->sign_stamp(m->key, &m->alg, maker_attributes(m, digests[0]),
		    *shell->content, &values[0], err);
	else if (m->key->sign_cms != NULL)
		rc = maker_value(m, digests[0], count == 1 ? shell->octets : NULL, values, err);
	else
		rc = sign_key_digests(m->key, &m->alg,
		    (const unsigned char(*)[DIGEST_SIZE_MAX])signed_digests, count, values, err);
	if (rc != 0)
		goto done;
	rc = -1;
	for (i = 0; i < count; i++) {
		signer.len = 0;
		if (maker_finish(m, digests[i], SPAN_OF(&values[i]), &signer, err) != 0 ||
		    append_cms(shell, SPAN_OF(&signer), &ders[i], err) != 0)
			goto done;
	}
	rc = 0;
done:
	for (i = 0; values != NULL && i < count; i++)
		buf_release(&values[i]);
	buf_release(&signer);
	free(values);
	free(signed_digests);
	return rc;
}

int
cms_sign_many(struct buf *ders, const unsigned char (*digests)[DIGEST_SIZE_MAX], size_t count,
    enum cms_profile profile, const struct sign_key *key, const struct sign_options *options,
    struct error *err)
{
	struct shell shell = { 0 };
	struct maker m;
	size_t i;
	int rc = -1;

	if (count == 0)
		return 0;
	if (maker_init(&m, OID_DATA, profile, key, options, err) != 0)
		return -1;
	if (shell_init(&shell, &m, OID_DATA, NULL, 0, err) == 0)
		rc = sign_all(&m, &shell, digests, count, ders, err);
	for (i = 0; rc != 0 && i < count; i++)
		buf_release(&ders[i]);
	shell_release(&shell);
	maker_release(&m);
	return rc;
}

/* One signature, with or without its content. */
static int
sign_one(struct buf *der, const char *type, const struct document *doc, const struct span *attached,
    int omit_certificates, enum cms_profile profile, const struct sign_key *key,
    const struct sign_options *options, struct error *err)
{
	unsigned char digest[1][DIGEST_SIZE_MAX];
	size_t before = der->len;
	struct shell shell = { .octets = doc->has_content ? &doc->content : NULL };
	struct maker m;
	int rc = -1;

	if (maker_init(&m, type, profile, key, options, err) != 0)
		return -1;
	if (document_digest(doc, m.alg.digest, digest[0], err) == 0 &&
	    shell_init(&shell, &m, type, attached, omit_certificates, err) == 0)
		rc = sign_all(
		    &m, &shell, (const unsigned char(*)[DIGEST_SIZE_MAX])digest, 1, der, err);
	if (rc != 0)
		der->len = before;
	shell_release(&shell);
	maker_release(&m);
	return rc;
}

int
cms_sign(struct buf *der, const struct document *doc, enum cms_profile profile,
    const struct sign_key *key, const struct sign_options *options, struct error *err)
{
	const struct format_limits *limits =
	    options->limits != NULL ? options->limits : &default_limits;
	const struct span *attached = NULL;

	if (options->packaging == PACKAGING_ENVELOPED)
		return error_set(err, ERROR_UNSUPPORTED,
		    "a CMS signature is detached or enveloping, never enveloped");
	if (options->packaging == PACKAGING_ENVELOPING && profile == CMS_PROFILE_PADES)
		return error_set(
		    err, ERROR_UNSUPPORTED, "a signature in a PDF holds no content of its own");
	if (options->packaging == PACKAGING_ENVELOPING) {
		if (!doc->has_content)
			return error_set(err, ERROR_MALFORMED,
			    "an enveloping signature needs the document, not only its digest");
		if (doc->content.len > limits->output_bytes || doc->content.len > INT_MAX)
			return error_limit(err, ERROR_TOO_LARGE, "output-bytes",
			    limits->output_bytes, doc->content.len,
			    "the document is too large for an enveloping signature");
		attached = &doc->content;
	}
	return sign_one(der, OID_DATA, doc, attached, 0, profile, key, options, err);
}

int
cms_sign_content(struct buf *der, const struct cms_content *content, const struct sign_key *key,
    const struct sign_options *options, struct error *err)
{
	struct document doc = { 0 };

	doc.content = content->content;
	doc.has_content = 1;
	return sign_one(der, content->type, &doc, &content->content, content->omit_certificates,
	    CMS_PROFILE_CADES, key, options, err);
}
