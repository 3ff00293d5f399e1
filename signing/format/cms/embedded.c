#include "signing/format/cms/embedded.h"

#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/format/cms/archive.h"
#include "signing/format/cms/oids.h"

struct stamping {
	struct signature *sig;
	const struct cms_message *m;
	const DER_SIGNER_INFO *signer;
	const struct document *content;
	struct error *err;
	int in_signed; /* the signed attributes are being visited */
	int rc;
};

/* Note the digest of `data` as the imprint that this time stamp must have. */
static int
set_imprint(
    struct embedded_timestamp *stamp, enum digest digest, struct span data, struct error *err)
{
	if (digest_span(digest, data, stamp->imprint.value[digest], err) != 0)
		return -1;
	stamp->imprint.have = DIGEST_BIT(digest);
	stamp->imprint.length = data.len;
	stamp->imprint_known = 1;
	return 0;
}

static int
over_content(struct stamping *s, struct embedded_timestamp *stamp, enum digest digest)
{
	struct error inner = ERROR_INIT;

	if (s->content == NULL ||
	    document_digest(s->content, digest, stamp->imprint.value[digest], &inner) != 0) {
		snprintf(stamp->problem, sizeof(stamp->problem), "%.200s",
		    s->content == NULL ? "the signed document was not given" : inner.text);
		return 0;
	}
	stamp->imprint.have = DIGEST_BIT(digest);
	stamp->imprint_known = 1;
	return 0;
}

static struct span
signature_value(const DER_SIGNER_INFO *signer)
{
	return (struct span){ ASN1_STRING_get0_data(signer->signature),
		(size_t)ASN1_STRING_length(signer->signature) };
}

static int
over_value(struct stamping *s, struct embedded_timestamp *stamp, enum digest digest)
{
	return set_imprint(stamp, digest, signature_value(s->signer), s->err);
}

/* Append an attribute's type and values, without the SEQUENCE around them. */
struct gathering {
	const char *oid;
	struct buf *out;
	struct error *err;
	int rc;
};
static void
gather(void *arg, const char *oid, const DER_ATTRIBUTE *attribute, struct span raw)
{
	struct gathering *g = arg;
	const unsigned char *p = raw.data;
	long len;
	int tag, class;

	(void)attribute;
	if (strcmp(oid, g->oid) != 0)
		return;
	if (ASN1_get_object(&p, &len, &tag, &class, (long)raw.len) != V_ASN1_CONSTRUCTED ||
	    buf_append(g->out, p, (size_t)len, g->err) != 0)
		g->rc = -1;
}

static int
over_attributes(struct stamping *s, struct embedded_timestamp *stamp, enum digest digest,
    int with_value, const char *const *oids)
{
	struct buf data = BUF_INIT(0);
	int rc = -1;

	if (with_value && buf_append_span(&data, signature_value(s->signer), s->err) != 0)
		goto done;
	for (; *oids != NULL; oids++) {
		struct gathering g = { *oids, &data, s->err, 0 };

		cms_each_attribute(s->signer->unsigned_attributes, gather, &g);
		if (g.rc != 0)
			goto done;
	}
	rc = set_imprint(stamp, digest, SPAN_OF(&data), s->err);
done:
	buf_release(&data);
	return rc;
}

/* RFC 5126 section 6.3.5. */
static int
over_value_and_references(struct stamping *s, struct embedded_timestamp *stamp, enum digest digest)
{
	static const char *const oids[] = { OID_SIGNATURE_TIMESTAMP, OID_CERT_REFS,
		OID_REVOCATION_REFS, NULL };

	return over_attributes(s, stamp, digest, 1, oids);
}

/* RFC 5126 section 6.3.6. */
static int
over_references(struct stamping *s, struct embedded_timestamp *stamp, enum digest digest)
{
	static const char *const oids[] = { OID_CERT_REFS, OID_REVOCATION_REFS, NULL };

	return over_attributes(s, stamp, digest, 0, oids);
}

static int
over_all(struct stamping *s, struct embedded_timestamp *stamp, enum digest digest)
{
	struct buf data = BUF_INIT(0);
	int rc = archive_v3_data(&data, s->m, s->signer, s->content, SPAN_OF(&stamp->token), digest,
	    stamp->problem, sizeof(stamp->problem), s->err);

	/* 1 = the data could be put together, 0 = not, told in problem. */
	if (rc == 1)
		rc = set_imprint(stamp, digest, SPAN_OF(&data), s->err);
	buf_release(&data);
	return rc;
}

static int
not_here(struct stamping *s, struct embedded_timestamp *stamp, enum digest digest)
{
	(void)s, (void)digest;
	snprintf(stamp->problem, sizeof(stamp->problem),
	    "what an archive time stamp of the older versions covers is not computed here");
	return 0;
}

static const struct stamp_row {
	const char *oid;
	int is_signed;
	enum timestamp_kind kind;
	int content_digest; /* the content's digest is needed */
	int (*imprint)(struct stamping *s, struct embedded_timestamp *stamp, enum digest digest);
} stamp_rows[] = {
	{ OID_CONTENT_TIMESTAMP, 1, TIMESTAMP_CONTENT, 1, over_content },
	{ OID_SIGNATURE_TIMESTAMP, 0, TIMESTAMP_SIGNATURE, 0, over_value },
	{ OID_ESC_TIMESTAMP, 0, TIMESTAMP_REFERENCES, 0, over_value_and_references },
	{ OID_REFS_TIMESTAMP, 0, TIMESTAMP_REFERENCES, 0, over_references },
	{ OID_ARCHIVE_TIMESTAMP, 0, TIMESTAMP_ARCHIVE, 0, not_here },
	{ OID_ARCHIVE_TIMESTAMP_V2, 0, TIMESTAMP_ARCHIVE, 0, not_here },
	{ OID_ARCHIVE_TIMESTAMP_V3, 0, TIMESTAMP_ARCHIVE, 1, over_all },
};

static const struct stamp_row *
row_of(const char *oid)
{
	size_t i;

	for (i = 0; i < sizeof(stamp_rows) / sizeof(stamp_rows[0]); i++)
		if (strcmp(stamp_rows[i].oid, oid) == 0)
			return &stamp_rows[i];
	return NULL;
}

static int
add_stamp(struct stamping *s, const struct stamp_row *row, struct span token)
{
	struct embedded_timestamp *stamp = signature_add_timestamp(s->sig, s->m->limits, s->err);
	enum digest digest;

	if (stamp == NULL || buf_append_span(&stamp->token, token, s->err) != 0)
		return -1;
	stamp->kind = row->kind;
	digest = cms_token_digest(token);
	if (digest == DIGEST_NONE) {
		snprintf(stamp->problem, sizeof(stamp->problem),
		    "the time-stamp token does not decode, or its digest is not known here");
		return 0;
	}
	return row->imprint(s, stamp, digest);
}

static void
visit(void *arg, const char *oid, const DER_ATTRIBUTE *attribute, struct span raw)
{
	const struct stamp_row *row = row_of(oid);
	struct stamping *s = arg;
	int i;

	(void)raw;
	/* A time stamp among the wrong attributes is none. */
	if (row == NULL || row->is_signed != s->in_signed)
		return;
	for (i = 0; s->rc == 0 && i < sk_ASN1_TYPE_num(attribute->values); i++)
		s->rc = add_stamp(s, row, der_raw_span(sk_ASN1_TYPE_value(attribute->values, i)));
}

int
embedded_timestamps(struct signature *sig, const struct cms_message *m,
    const DER_SIGNER_INFO *signer, const struct document *content, struct error *err)
{
	struct stamping s = { sig, m, signer, content, err, 1, 0 };

	cms_each_attribute(signer->signed_attributes, visit, &s);
	s.in_signed = 0;
	if (s.rc == 0)
		cms_each_attribute(signer->unsigned_attributes, visit, &s);
	return s.rc;
}

static void
visit_digests(void *arg, const char *oid, const DER_ATTRIBUTE *attribute, struct span raw)
{
	const struct stamp_row *row = row_of(oid);
	unsigned int *bits = arg;
	enum digest digest;
	int i;

	(void)raw;
	for (i = 0; row != NULL && row->content_digest && i < sk_ASN1_TYPE_num(attribute->values);
	     i++) {
		digest = cms_token_digest(der_raw_span(sk_ASN1_TYPE_value(attribute->values, i)));
		if (digest != DIGEST_NONE)
			*bits |= DIGEST_BIT(digest);
	}
}

unsigned int
embedded_digests(const DER_SIGNER_INFO *signer)
{
	unsigned int bits = 0;

	cms_each_attribute(signer->signed_attributes, visit_digests, &bits);
	cms_each_attribute(signer->unsigned_attributes, visit_digests, &bits);
	return bits;
}
