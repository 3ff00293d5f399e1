#include "signing/format/cms/embedded.h"

#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

#include "signing/core/certs.h"
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
over_all_v2(struct stamping *s, struct embedded_timestamp *stamp, enum digest digest)
{
	struct buf data = BUF_INIT(0);
	int rc = archive_v2_data(&data, s->m, s->signer, s->content, SPAN_OF(&stamp->token),
	    stamp->problem, sizeof(stamp->problem), s->err);

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
	    "what an archive time stamp of the first version covers is not computed here");
	return 0;
}

static const struct stamp_row {
	const char *oid;
	int is_signed;
	enum timestamp_kind kind;
	int content_digest; /* the content's digest is needed */
	int is_wide;	    /* covers more than the value or the content: counts as work */
	int (*imprint)(struct stamping *s, struct embedded_timestamp *stamp, enum digest digest);
} stamp_rows[] = {
	{ OID_CONTENT_TIMESTAMP, 1, TIMESTAMP_CONTENT, 1, 0, over_content },
	{ OID_SIGNATURE_TIMESTAMP, 0, TIMESTAMP_SIGNATURE, 0, 0, over_value },
	{ OID_ESC_TIMESTAMP, 0, TIMESTAMP_REFERENCES, 0, 1, over_value_and_references },
	{ OID_REFS_TIMESTAMP, 0, TIMESTAMP_REFERENCES, 0, 1, over_references },
	{ OID_ARCHIVE_TIMESTAMP, 0, TIMESTAMP_ARCHIVE, 0, 0, not_here },
	{ OID_ARCHIVE_TIMESTAMP_V2, 0, TIMESTAMP_ARCHIVE, 0, 1, over_all_v2 },
	{ OID_ARCHIVE_TIMESTAMP_V3, 0, TIMESTAMP_ARCHIVE, 1, 1, over_all },
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

/* Take the cost of a wide time stamp from what is left; 0 when there is not enough. */
static int
afford(const struct stamping *s)
{
	uint64_t cost = s->m->size;

	if (s->content != NULL)
		cost += s->content->content.len;
	if (*s->m->work < cost)
		return 0;
	*s->m->work -= cost;
	return 1;
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
	if (row->is_wide && !afford(s)) {
		snprintf(stamp->problem, sizeof(stamp->problem),
		    "there are too many time stamps over too much data to check them all");
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

struct collecting {
	struct signature *sig;
	const struct format_limits *limits;
	struct error *err;
	int rc;
};

static int
add_certificate(struct collecting *c, struct span der)
{
	X509 *cert = cert_decode(der);
	int i;

	if (cert == NULL)
		return 0;
	for (i = 0; i < sk_X509_num(c->sig->certificates); i++)
		if (X509_cmp(sk_X509_value(c->sig->certificates, i), cert) == 0) {
			X509_free(cert);
			return 0;
		}
	if ((unsigned int)i >= c->limits->certificates) {
		X509_free(cert);
		return error_limit(c->err, ERROR_LIMIT, "certificates", c->limits->certificates, 0,
		    "too many certificates in the signature");
	}
	if (sk_X509_push(c->sig->certificates, cert) <= 0) {
		X509_free(cert);
		return error_memory(c->err);
	}
	return 0;
}

static int
add_crl(struct collecting *c, struct span der)
{
	X509_CRL *crl = DER_DECODE(X509_CRL, der);

	if (crl == NULL)
		return 0;
	if (c->sig->crls == NULL)
		c->sig->crls = sk_X509_CRL_new_null();
	if ((unsigned int)sk_X509_CRL_num(c->sig->crls) >= c->limits->certificates) {
		X509_CRL_free(crl);
		return error_limit(c->err, ERROR_LIMIT, "certificates", c->limits->certificates, 0,
		    "too many revocation lists in the signature");
	}
	if (c->sig->crls == NULL || sk_X509_CRL_push(c->sig->crls, crl) <= 0) {
		X509_CRL_free(crl);
		return error_memory(c->err);
	}
	return 0;
}

static void
visit_values(void *arg, const char *oid, const DER_ATTRIBUTE *attribute, struct span raw)
{
	struct collecting *c = arg;
	STACK_OF(ASN1_TYPE) * certificates;
	DER_REVOCATION_VALUES *revocation;
	struct span value;
	int i;

	(void)raw;
	if (c->rc != 0 || sk_ASN1_TYPE_num(attribute->values) != 1)
		return;
	value = der_raw_span(sk_ASN1_TYPE_value(attribute->values, 0));
	if (strcmp(oid, OID_CERT_VALUES) == 0) {
		certificates = DER_DECODE(ASN1_SEQUENCE_ANY, value);
		for (i = 0; c->rc == 0 && i < sk_ASN1_TYPE_num(certificates); i++)
			c->rc =
			    add_certificate(c, der_raw_span(sk_ASN1_TYPE_value(certificates, i)));
		sk_ASN1_TYPE_pop_free(certificates, ASN1_TYPE_free);
	} else if (strcmp(oid, OID_REVOCATION_VALUES) == 0) {
		revocation = DER_DECODE(DER_REVOCATION_VALUES, value);
		for (i = 0;
		     c->rc == 0 && revocation != NULL && i < sk_ASN1_TYPE_num(revocation->crls);
		     i++)
			c->rc = add_crl(c, der_raw_span(sk_ASN1_TYPE_value(revocation->crls, i)));
		DER_REVOCATION_VALUES_free(revocation);
	}
}

int
embedded_values(struct signature *sig, const struct cms_message *m, const DER_SIGNER_INFO *signer,
    struct error *err)
{
	struct collecting c = { sig, m->limits, err, 0 };

	cms_each_attribute(signer->unsigned_attributes, visit_values, &c);
	return c.rc;
}
