#include "signing/format/cms/embedded.h"

#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

#include "signing/core/certs.h"
#include "signing/core/ossl.h"
#include "signing/format/cms/archive.h"
#include "signing/format/cms/oids.h"
#include "signing/format/cms/tst_info.h"

struct stamping {
	struct signature *sig;
	const struct cms_message *m;
	const DER_SIGNER_INFO *signer;
	const struct claims *claims;
	const struct document *content;
	struct error *err;
	int in_signed; /* the signed attributes are being visited */
	int rc;
	unsigned int tolerate;
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
	stamp->covers.document = 1;
	return 0;
}

/* ---- coverage ---- */

/* A digest whose preimages nobody makes to order: what it names is meant. */
static int
is_modern(enum digest digest)
{
	return digest != DIGEST_NONE && digest_size(digest) >= 32;
}

/*
 * The value stands over the signed attributes, these over the document and the certificate that
 * they name, and whatever they hold (revocation data of PDF signatures, content time stamps).
 */
static int
cover_signature(struct stamping *s, struct coverage *covers)
{
	const DER_ESS_CERT_ID *ess = s->claims->ess_v2;
	struct cms_covering all = { covers, s->err, 0 };
	unsigned char sha256[32];
	unsigned int len = sizeof(sha256);

	covers->signature = 1;
	covers->document = 1;
	if (ess != NULL && s->sig->signer != NULL && s->sig->cert_ref == CERT_REF_MATCHES &&
	    (ess->algorithm == NULL || is_modern(cms_digest_of(ess->algorithm)))) {
		if (X509_digest(s->sig->signer, EVP_sha256(), sha256, &len) != 1)
			return error_memory(s->err);
		if (coverage_add(covers, sha256, s->err) != 0)
			return -1;
	}
	return cms_items_of_attributes(s->signer->signed_attributes, cms_cover_item, &all);
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
	if (set_imprint(stamp, digest, signature_value(s->signer), s->err) != 0)
		return -1;
	return cover_signature(s, &stamp->covers);
}

/* Append an attribute's type and values, without the SEQUENCE around them. */
struct gathering {
	const char *oid;
	struct buf *out;
	struct coverage *covers;
	struct error *err;
	int rc;
};
static void
gather(void *arg, const char *oid, const DER_ATTRIBUTE *attribute, struct span raw)
{
	struct cms_covering covering = { ((struct gathering *)arg)->covers,
		((struct gathering *)arg)->err, 0 };
	struct gathering *g = arg;
	const unsigned char *p = raw.data;
	long len;
	int tag, class;

	if (strcmp(oid, g->oid) != 0)
		return;
	if (ASN1_get_object(&p, &len, &tag, &class, (long)raw.len) != V_ASN1_CONSTRUCTED ||
	    buf_append(g->out, p, (size_t)len, g->err) != 0 ||
	    cms_items_of_attribute(oid, attribute, cms_cover_item, &covering) != 0)
		g->rc = -1;
}

static int
over_attributes(struct stamping *s, struct embedded_timestamp *stamp, enum digest digest,
    int with_value, const char *const *oids)
{
	struct buf data = BUF_INIT(0);
	int rc = -1;

	if (with_value && (buf_append_span(&data, signature_value(s->signer), s->err) != 0 ||
			      cover_signature(s, &stamp->covers) != 0))
		goto done;
	for (; *oids != NULL; oids++) {
		struct gathering g = { *oids, &data, &stamp->covers, s->err, 0 };

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
	    &stamp->covers, stamp->problem, sizeof(stamp->problem), s->err);

	/* 1 = the data could be put together, 0 = not, told in problem. */
	if (rc == 1)
		rc = set_imprint(stamp, digest, SPAN_OF(&data), s->err) == 0
			 ? cover_signature(s, &stamp->covers)
			 : -1;
	else
		coverage_release(&stamp->covers);
	buf_release(&data);
	return rc;
}

/* Is the imprint that was computed the one in the token? */
static int
fits(const struct embedded_timestamp *stamp)
{
	struct tst_info info;
	int same = 0;

	if (tst_info_of_token(&info, SPAN_OF(&stamp->token), NULL) == 0) {
		same = tst_info_matches(&info, &stamp->imprint) == 1;
		tst_info_release(&info);
	}
	return same;
}

static int
over_all_v2(struct stamping *s, struct embedded_timestamp *stamp, enum digest digest)
{
	struct buf data = BUF_INIT(0), bare = BUF_INIT(0);
	int rc = archive_v2_data(&data, &bare, s->m, s->signer, s->content, SPAN_OF(&stamp->token),
	    &stamp->covers, stamp->problem, sizeof(stamp->problem), s->err);

	if (rc == 1) {
		rc = set_imprint(stamp, digest, SPAN_OF(&data), s->err);
		if (rc == 0 && bare.len > 0 && !fits(stamp))
			rc = set_imprint(stamp, digest, SPAN_OF(&bare), s->err);
		if (rc == 0)
			rc = cover_signature(s, &stamp->covers);
	} else {
		coverage_release(&stamp->covers);
	}
	buf_release(&data);
	buf_release(&bare);
	return rc;
}

static int
not_here(struct stamping *s, struct embedded_timestamp *stamp, enum digest digest)
{
	(void)s, (void)digest;
	snprintf(stamp->problem, sizeof(stamp->problem),
	    "what an archive time stamp of the first version (RFC 3126) covers is not known here, "
	    "so "
	    "that it proves nothing");
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
add_stamp(struct stamping *s, const struct stamp_row *row, struct span token, int is_wrapped)
{
	struct embedded_timestamp *stamp = signature_add_timestamp(s->sig, s->m->limits, s->err);
	enum digest digest;

	if (stamp == NULL || buf_append_span(&stamp->token, token, s->err) != 0)
		return -1;
	stamp->kind = row->kind;
	if (is_wrapped && !(s->tolerate & DEVIATION_BIT(DEVIATION_TIMESTAMP_WRAPPING))) {
		snprintf(stamp->problem, sizeof(stamp->problem),
		    "the time-stamp token stands in an OCTET STRING, and is by itself the "
		    "attribute's value (RFC 5126 section 6.1.1)");
		return 0;
	}
	digest = tst_info_digest_of(token);
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

static struct span
octets_of(const ASN1_TYPE *value)
{
	return (struct span){ ASN1_STRING_get0_data(value->value.octet_string),
		(size_t)ASN1_STRING_length(value->value.octet_string) };
}

static int
wraps_token(const ASN1_TYPE *value)
{
	return value->type == V_ASN1_OCTET_STRING &&
	       tst_info_digest_of(octets_of(value)) != DIGEST_NONE;
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
	for (i = 0; s->rc == 0 && i < sk_ASN1_TYPE_num(attribute->values); i++) {
		const ASN1_TYPE *value = sk_ASN1_TYPE_value(attribute->values, i);
		const int is_wrapped = wraps_token(value);

		s->rc = add_stamp(
		    s, row, is_wrapped ? octets_of(value) : der_raw_span(value), is_wrapped);
		if (is_wrapped && s->tolerate & DEVIATION_BIT(DEVIATION_TIMESTAMP_WRAPPING))
			s->sig->deviations |= DEVIATION_BIT(DEVIATION_TIMESTAMP_WRAPPING);
	}
}

int
embedded_timestamps(struct signature *sig, const struct cms_message *m,
    const DER_SIGNER_INFO *signer, const struct claims *claims, const struct document *content,
    unsigned int tolerate, struct error *err)
{
	struct stamping s = { sig, m, signer, claims, content, err, 1, 0, tolerate };

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
		digest = tst_info_digest_of(der_raw_span(sk_ASN1_TYPE_value(attribute->values, i)));
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

/* ---- values ---- */

static int
keep_certificate(const struct cms_keeping *k, struct span der)
{
	STACK_OF(X509) *list = k->sig != NULL ? k->sig->certificates : NULL;
	X509 *cert = list != NULL ? cert_decode(der) : NULL;
	int i;

	if (cert == NULL)
		return 0;
	for (i = 0; i < sk_X509_num(list); i++)
		if (X509_cmp(sk_X509_value(list, i), cert) == 0) {
			X509_free(cert);
			return 0;
		}
	if ((unsigned int)i >= k->limits->certificates) {
		X509_free(cert);
		return error_limit(k->err, ERROR_LIMIT, "certificates", k->limits->certificates, 0,
		    "too many certificates in the signature");
	}
	if (sk_X509_push(list, cert) <= 0) {
		X509_free(cert);
		return error_memory(k->err);
	}
	return 0;
}

int
embedded_keep(void *keeping, enum cms_item kind, struct span der)
{
	const struct cms_keeping *k = keeping;

	switch (kind) {
	case CMS_ITEM_CERTIFICATE:
		return keep_certificate(k, der);
	case CMS_ITEM_CRL:
		return values_add(&k->evidence->crls, der, k->err);
	case CMS_ITEM_OCSP:
		return values_add(&k->evidence->ocsps, der, k->err);
	default:
		return 0;
	}
}

int
embedded_values(struct signature *sig, struct evidence *evidence, const struct cms_message *m,
    const DER_SIGNER_INFO *signer, struct error *err)
{
	struct cms_keeping keep = { sig, evidence, m->limits, err };

	if (cms_items_of_attributes(signer->signed_attributes, embedded_keep, &keep) != 0)
		return -1;
	return cms_items_of_attributes(signer->unsigned_attributes, embedded_keep, &keep);
}

/* ---- the level's form ---- */

/* What an attribute adds to the form; `old` ones the baseline levels know no more. */
static const struct form_row {
	const char *oid;
	int stamp, references, reference_stamp, archive, old;
} form_rows[] = {
	{ OID_SIGNATURE_TIMESTAMP, 1, 0, 0, 0, 0 },
	{ OID_CERT_REFS, 0, 1, 0, 0, 1 },
	{ OID_REVOCATION_REFS, 0, 1, 0, 0, 1 },
	{ OID_ESC_TIMESTAMP, 0, 0, 1, 0, 1 },
	{ OID_REFS_TIMESTAMP, 0, 0, 1, 0, 1 },
	{ OID_CERT_VALUES, 0, 0, 0, 0, 1 },
	{ OID_REVOCATION_VALUES, 0, 0, 0, 0, 1 },
	{ OID_ARCHIVE_TIMESTAMP, 0, 0, 0, 1, 1 },
	{ OID_ARCHIVE_TIMESTAMP_V2, 0, 0, 0, 1, 1 },
	{ OID_ARCHIVE_TIMESTAMP_V3, 0, 0, 0, 1, 0 },
};

/* A ContentInfo, or what is tolerated in its place: anything else is no time stamp. */
static int
holds_token(const struct signature *sig, const DER_ATTRIBUTE *attribute)
{
	int i, tolerates = sig->deviations & DEVIATION_BIT(DEVIATION_TIMESTAMP_WRAPPING);

	for (i = 0; i < sk_ASN1_TYPE_num(attribute->values); i++)
		if (sk_ASN1_TYPE_value(attribute->values, i)->type == V_ASN1_SEQUENCE ||
		    (tolerates && wraps_token(sk_ASN1_TYPE_value(attribute->values, i))))
			return 1;
	return 0;
}

static void
visit_form(void *arg, const char *oid, const DER_ATTRIBUTE *attribute, struct span raw)
{
	struct signature *sig = arg;
	struct ades_form *form = &sig->form;
	size_t i;

	(void)raw;
	for (i = 0; i < sizeof(form_rows) / sizeof(form_rows[0]); i++) {
		if (strcmp(form_rows[i].oid, oid) != 0 ||
		    ((form_rows[i].stamp || form_rows[i].archive) && !holds_token(sig, attribute)))
			continue;
		form->stamp |= form_rows[i].stamp;
		form->references |= form_rows[i].references;
		form->reference_stamp |= form_rows[i].reference_stamp;
		form->archive |= form_rows[i].archive;
		form->extended |= form_rows[i].old;
	}
}

void
embedded_form(struct signature *sig, const struct cms_message *m, const DER_SIGNER_INFO *signer,
    const struct claims *claims)
{
	const DER_ESS_CERT_ID *ess = claims->ess_v2;
	struct ades_form *form = &sig->form;
	int depth = 0;

	/* EN 319 122-1 clause 5.2.2.3: the second version is for other digests than SHA-1. */
	form->ades =
	    sig->cert_ref == CERT_REF_MATCHES &&
	    (ess == NULL || ess->algorithm == NULL || cms_digest_of(ess->algorithm) != DIGEST_SHA1);
	/* EN 319 122-1 clause 6.3: a baseline signature is over id-data. */
	form->baseline = sig->baseline && (sig->parent != NULL || strcmp(m->type, OID_DATA) == 0);
	form->policy = sig->policy != NULL;
	form->values =
	    sk_ASN1_TYPE_num(m->data->crls) > 0 ||
	    cms_items_of_attributes(signer->signed_attributes, cms_item_finds_revocation, &depth) ||
	    cms_items_of_attributes(signer->unsigned_attributes, cms_item_finds_revocation, &depth);
	cms_each_attribute(signer->unsigned_attributes, visit_form, sig);
	sig->level = ades_level_of(form);
}
