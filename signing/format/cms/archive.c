#include "signing/format/cms/archive.h"

#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/format/cms/items.h"
#include "signing/format/cms/maker.h"
#include "signing/format/cms/oids.h"
#include "signing/format/cms/tst_info.h"

/* Hashes in one list of an index, and things that they may be of: more are not compared. */
#define INDEX_MAX 1000

struct index {
	struct buf der; /* the ATSHashIndex as it stands in the token */
	int by_value;	/* V2 and V3: hashes over type and one value, not over whole attributes */
	int count;
	struct error *err;
	int rc;
};

static void
visit_index(void *arg, const char *oid, const DER_ATTRIBUTE *attribute, struct span raw)
{
	struct index *index = arg;
	int by_value = strcmp(oid, OID_HASH_INDEX_V3) == 0 || strcmp(oid, OID_HASH_INDEX_V2) == 0;

	(void)raw;
	if ((!by_value && strcmp(oid, OID_HASH_INDEX) != 0) ||
	    sk_ASN1_TYPE_num(attribute->values) != 1)
		return;
	index->by_value = by_value;
	index->count++;
	index->der.len = 0;
	if (buf_append_span(&index->der, der_raw_span(sk_ASN1_TYPE_value(attribute->values, 0)),
		index->err) != 0)
		index->rc = -1;
}

/* The hash index among the unsigned attributes of the token's signer. */
static void
find_index(struct index *index, struct span token)
{
	DER_CMS *cms = DER_DECODE(DER_CMS, token);
	DER_SIGNER_INFO *signer = NULL;

	if (cms != NULL && sk_ASN1_TYPE_num(cms->data->signers) == 1)
		signer = DER_DECODE(
		    DER_SIGNER_INFO, der_raw_span(sk_ASN1_TYPE_value(cms->data->signers, 0)));
	if (signer != NULL)
		cms_each_attribute(signer->unsigned_attributes, visit_index, index);
	DER_SIGNER_INFO_free(signer);
	DER_CMS_free(cms);
}

/* Append the hash of each encoding on the list. */
static int
hash_list(
    const STACK_OF(ASN1_TYPE) * list, enum digest digest, struct buf *hashes, struct error *err)
{
	unsigned char value[DIGEST_SIZE_MAX];
	int i;

	for (i = 0; i < sk_ASN1_TYPE_num(list); i++)
		if (digest_span(digest, der_raw_span(sk_ASN1_TYPE_value(list, i)), value, err) !=
			0 ||
		    buf_append(hashes, value, digest_size(digest), err) != 0)
			return -1;
	return 0;
}

struct hashing {
	enum digest digest;
	struct buf *hashes;
	struct error *err;
	int rc;
};

/* One hash per value, over the type's encoding and the value's (clause 5.5.2). */
static void
hash_values(void *arg, const char *oid, const DER_ATTRIBUTE *attribute, struct span raw)
{
	struct hashing *h = arg;
	unsigned char value[DIGEST_SIZE_MAX];
	struct buf data = BUF_INIT(0);
	int i;

	(void)oid, (void)raw;
	for (i = 0; h->rc == 0 && i < sk_ASN1_TYPE_num(attribute->values); i++) {
		data.len = 0;
		if (OSSL_APPEND_DER(ASN1_OBJECT, attribute->type, &data, h->err) != 0 ||
		    OSSL_APPEND_DER(
			ASN1_TYPE, sk_ASN1_TYPE_value(attribute->values, i), &data, h->err) != 0 ||
		    digest_span(h->digest, SPAN_OF(&data), value, h->err) != 0 ||
		    buf_append(h->hashes, value, digest_size(h->digest), h->err) != 0)
			h->rc = -1;
	}
	buf_release(&data);
}

/* 1 when the hash is one of the list's. */
static int
is_listed(const STACK_OF(ASN1_TYPE) * list, const unsigned char *hash, size_t size)
{
	int i;

	for (i = 0; i < sk_ASN1_TYPE_num(list); i++)
		if (memcmp(ASN1_STRING_get0_data(sk_ASN1_TYPE_value(list, i)->value.octet_string),
			hash, size) == 0)
			return 1;
	return 0;
}

/* 1 when every hash of the index is among those that were computed. */
static int
all_found(const STACK_OF(ASN1_TYPE) * index, const struct buf *hashes, size_t size)
{
	size_t at;
	int i, hit;

	if (sk_ASN1_TYPE_num(index) > INDEX_MAX || hashes->len > INDEX_MAX * size)
		return 0;
	for (i = 0; i < sk_ASN1_TYPE_num(index); i++) {
		const ASN1_TYPE *want = sk_ASN1_TYPE_value(index, i);

		if (want->type != V_ASN1_OCTET_STRING ||
		    (size_t)ASN1_STRING_length(want->value.octet_string) != size)
			return 0;
		for (at = 0, hit = 0; !hit && at < hashes->len; at += size)
			hit = memcmp(hashes->data + at,
				  ASN1_STRING_get0_data(want->value.octet_string), size) == 0;
		if (!hit)
			return 0;
	}
	return 1;
}

/*
 * What the index lists of unsigned attributes is covered: of one value each (V2, V3) or of whole
 * attributes. The hashes stand in the order of the walk.
 */
struct listing {
	const STACK_OF(ASN1_TYPE) * list;
	const struct buf *hashes;
	size_t size, at;
	int by_value;
	struct cms_covering covering;
	int rc;
};

static void
cover_listed_values(void *arg, const char *oid, const DER_ATTRIBUTE *attribute, struct span raw)
{
	struct listing *l = arg;
	int i, n = sk_ASN1_TYPE_num(attribute->values);

	(void)raw;
	for (i = 0; l->rc == 0 && i < n; i++, l->at += l->size) {
		STACK_OF(ASN1_TYPE) * one;
		DER_ATTRIBUTE single = *attribute;

		if (!is_listed(l->list, l->hashes->data + l->at, l->size))
			continue;
		one = sk_ASN1_TYPE_new_null();
		single.values = one;
		if (one == NULL ||
		    sk_ASN1_TYPE_push(one, sk_ASN1_TYPE_value(attribute->values, i)) <= 0)
			l->rc = error_memory(l->covering.err);
		else
			l->rc = cms_items_of_attribute(oid, &single, cms_cover_item, &l->covering);
		sk_ASN1_TYPE_free(one);
	}
}

static void
cover_whole(void *arg, const char *oid, const DER_ATTRIBUTE *attribute, struct span raw)
{
	struct listing *l = arg;

	(void)raw;
	if (l->rc == 0)
		l->rc = cms_items_of_attribute(oid, attribute, cms_cover_item, &l->covering);
}

/* Whole attributes that are listed. */
static int
cover_listed_attributes(struct listing *l, const STACK_OF(ASN1_TYPE) * attributes)
{
	STACK_OF(ASN1_TYPE) *listed = sk_ASN1_TYPE_new_null(); /* of views */
	int i;

	if (listed == NULL)
		return error_memory(l->covering.err);
	for (i = 0; i < sk_ASN1_TYPE_num(attributes); i++)
		if (is_listed(l->list, l->hashes->data + (size_t)i * l->size, l->size) &&
		    sk_ASN1_TYPE_push(listed, sk_ASN1_TYPE_value(attributes, i)) <= 0)
			l->rc = error_memory(l->covering.err);
	cms_each_attribute(listed, cover_whole, l);
	sk_ASN1_TYPE_free(listed);
	return l->rc;
}

/* Certificates or CRLs that are listed. */
static int
cover_listed_choices(struct listing *l, const STACK_OF(ASN1_TYPE) * choices,
    int (*read)(struct span choice, cms_item_visit *visit, void *arg))
{
	int i;

	for (i = 0; l->rc == 0 && i < sk_ASN1_TYPE_num(choices); i++)
		if (is_listed(l->list, l->hashes->data + (size_t)i * l->size, l->size))
			l->rc = read(der_raw_span(sk_ASN1_TYPE_value(choices, i)), cms_cover_item,
			    &l->covering);
	return l->rc;
}

/* ATSHashIndex: three lists of hashes, before them an algorithm, which the first version may leave
 * out (SHA-256). A template cannot tell these apart, since all are SEQUENCEs. */
struct index_parts {
	STACK_OF(ASN1_TYPE) * whole;
	enum digest digest;
	STACK_OF(ASN1_TYPE) * lists[3]; /* certificates, CRLs, attributes */
};

static void
parts_release(struct index_parts *parts)
{
	int i;

	sk_ASN1_TYPE_pop_free(parts->whole, ASN1_TYPE_free);
	for (i = 0; i < 3; i++)
		sk_ASN1_TYPE_pop_free(parts->lists[i], ASN1_TYPE_free);
}

static int
parts_read(struct index_parts *parts, struct span der)
{
	X509_ALGOR *algor;
	int count, i;

	memset(parts, 0, sizeof(*parts));
	parts->whole = DER_DECODE(ASN1_SEQUENCE_ANY, der);
	count = sk_ASN1_TYPE_num(parts->whole);
	if (count != 3 && count != 4)
		return -1;
	parts->digest = DIGEST_SHA256;
	if (count == 4) {
		algor = DER_DECODE(X509_ALGOR, der_raw_span(sk_ASN1_TYPE_value(parts->whole, 0)));
		parts->digest = algor != NULL ? cms_digest_of(algor) : DIGEST_NONE;
		X509_ALGOR_free(algor);
	}
	for (i = 0; i < 3; i++) {
		parts->lists[i] = DER_DECODE(ASN1_SEQUENCE_ANY,
		    der_raw_span(sk_ASN1_TYPE_value(parts->whole, count - 3 + i)));
		if (parts->lists[i] == NULL)
			return -1;
	}
	return parts->digest != DIGEST_NONE ? 0 : -1;
}

/* The hashes of what the message holds of one list's kind. */
static int
hash_part(int list, const struct index *found, const struct cms_message *m,
    const DER_SIGNER_INFO *signer, enum digest digest, struct buf *hashes, struct error *err)
{
	struct hashing h = { digest, hashes, err, 0 };

	if (list == 0)
		return hash_list(m->data->certificates, digest, hashes, err);
	if (list == 1)
		return hash_list(m->data->crls, digest, hashes, err);
	if (!found->by_value)
		return hash_list(signer->unsigned_attributes, digest, hashes, err);
	cms_each_attribute(signer->unsigned_attributes, hash_values, &h);
	return h.rc;
}

static int
cover_part(int part, struct listing *l, const struct cms_message *m, const DER_SIGNER_INFO *signer)
{
	if (part == 0)
		return cover_listed_choices(l, m->data->certificates, cms_item_certificate);
	if (part == 1)
		return cover_listed_choices(l, m->data->crls, cms_item_revocation);
	if (!l->by_value)
		return cover_listed_attributes(l, signer->unsigned_attributes);
	cms_each_attribute(signer->unsigned_attributes, cover_listed_values, l);
	return l->rc;
}

/* 1 = the index fits the message, 0 = not, -1 = memory. What it lists goes to covers. */
static int
check_index(const struct index *found, const struct cms_message *m, const DER_SIGNER_INFO *signer,
    struct coverage *covers, const char **what, struct error *err)
{
	static const char *const missing[] = {
		"its hash index names a certificate that is not there",
		"its hash index names a CRL or OCSP answer that is not there",
		"its hash index names an unsigned attribute that is not there",
	};
	struct index_parts parts;
	struct buf hashes = BUF_INIT(0);
	struct listing list;
	int i, rc = 0;

	*what = "its hash index does not decode, or uses an unknown digest";
	if (parts_read(&parts, SPAN_OF(&found->der)) != 0)
		goto done;
	for (i = 0; i < 3; i++) {
		hashes.len = 0;
		rc = hash_part(i, found, m, signer, parts.digest, &hashes, err);
		*what = missing[i];
		if (rc != 0 || !all_found(parts.lists[i], &hashes, digest_size(parts.digest)))
			goto done;
		list = (struct listing){ .list = parts.lists[i],
			.hashes = &hashes,
			.size = digest_size(parts.digest),
			.by_value = found->by_value,
			.covering = { covers, err, 0 } };
		rc = cover_part(i, &list, m, signer);
		if (rc != 0)
			goto done;
	}
	covers->index = parts.digest;
	rc = 1;
done:
	parts_release(&parts);
	buf_release(&hashes);
	return rc;
}

/* The fields of the SignerInfo with these unsigned attributes (NULL: none), each with its tag,
 * without the SEQUENCE around them. */
static int
append_signer(struct buf *out, const DER_SIGNER_INFO *signer, STACK_OF(ASN1_TYPE) * attributes,
    struct error *err)
{
	DER_SIGNER_INFO bare = *signer;
	struct buf der = BUF_INIT(0);
	const unsigned char *p;
	long len;
	int tag, class, rc = -1;

	bare.unsigned_attributes = attributes;
	if (OSSL_APPEND_DER(DER_SIGNER_INFO, &bare, &der, err) != 0)
		goto done;
	p = der.data;
	ASN1_get_object(&p, &len, &tag, &class, (long)der.len);
	rc = buf_append(out, p, (size_t)len, err);
done:
	buf_release(&der);
	return rc;
}

int
archive_v3_join(struct buf *out, const struct cms_message *m, const DER_SIGNER_INFO *signer,
    const struct document *content, struct span index, enum digest digest, struct error *err)
{
	unsigned char value[DIGEST_SIZE_MAX];

	if (document_digest(content, digest, value, err) != 0 ||
	    OSSL_APPEND_DER(ASN1_OBJECT, m->data->content->type, out, err) != 0 ||
	    buf_append(out, value, digest_size(digest), err) != 0 ||
	    append_signer(out, signer, NULL, err) != 0)
		return -1;
	return buf_append_span(out, index, err);
}

/* SEQUENCE OF OCTET STRING */
static void
put_hashes(struct der_out *out, const struct buf *hashes, size_t size)
{
	size_t at;

	der_put_head(out, DER_SEQUENCE, hashes->len / size * der_size(size));
	for (at = 0; at < hashes->len; at += size)
		der_put_value(out, DER_OCTETS, (struct span){ hashes->data + at, size });
}

int
archive_v3_index(struct buf *index, const struct cms_message *m, const DER_SIGNER_INFO *signer,
    enum digest digest, struct error *err)
{
	const struct index by_value = { .by_value = 1 };
	struct buf inner = BUF_INIT(0), hashes = BUF_INIT(0);
	struct der_out members = DER_OUT(&inner, err), out = DER_OUT(index, err);
	int list, rc = 0;

	maker_put_digest_algor(&members, digest);
	for (list = 0; rc == 0 && list < 3; list++) {
		hashes.len = 0;
		rc = hash_part(list, &by_value, m, signer, digest, &hashes, err);
		if (rc == 0)
			put_hashes(&members, &hashes, digest_size(digest));
	}
	if (rc == 0 && !members.failed)
		der_put_value(&out, DER_SEQUENCE, SPAN_OF(&inner));
	buf_release(&inner);
	buf_release(&hashes);
	return rc != 0 || members.failed || out.failed ? -1 : 0;
}

int
archive_v3_data(struct buf *out, const struct cms_message *m, const DER_SIGNER_INFO *signer,
    const struct document *content, struct span token, enum digest digest, struct coverage *covers,
    char *problem, size_t problem_size, struct error *err)
{
	struct index index = { BUF_INIT(0), 0, 0, err, 0 };
	struct error inner = ERROR_INIT;
	const char *what = "it must have exactly one hash index";
	int rc = -1;

	find_index(&index, token);
	if (index.rc != 0)
		goto done;
	rc = index.count == 1 ? check_index(&index, m, signer, covers, &what, err) : 0;
	if (rc != 1) {
		snprintf(problem, problem_size,
		    "what the archive time stamp covers is not complete: %s", what);
		goto done;
	}
	if (content == NULL) {
		snprintf(problem, problem_size, "the signed document was not given");
		rc = 0;
	} else if (archive_v3_join(out, m, signer, content, SPAN_OF(&index.der), digest, &inner) ==
		   0) {
		rc = 1;
	} else if (inner.kind == ERROR_UNAVAILABLE || inner.kind == ERROR_INTERNAL) {
		rc = error_cause(err, inner.kind, inner.text, "%s", inner.cause);
	} else {
		snprintf(problem, problem_size, "%.200s", inner.text);
		rc = 0;
	}
done:
	buf_release(&index.der);
	return rc;
}

/* ---- archive-time-stamp-v2, RFC 5126 section 6.4.1 ---- */

/* encapContentInfo, the content where it stands outside, certificates and crls, as they stand in
 * SignedData. */
static int
append_data(
    struct buf *out, const struct cms_message *m, const struct document *content, struct error *err)
{
	struct buf der = BUF_INIT(0);
	const unsigned char *p, *end, *start;
	long len;
	int tag, class, n = 0, rc = -1;

	if (OSSL_APPEND_DER(DER_SIGNED_DATA, m->data, &der, err) != 0)
		goto done;
	p = der.data;
	ASN1_get_object(&p, &len, &tag, &class, (long)der.len);
	end = p + len;
	for (; p < end; n++) {
		start = p;
		ASN1_get_object(&p, &len, &tag, &class, end - p);
		p += len;
		/* After version and digestAlgorithms; the signers are a universal SET. */
		if ((n == 2 || class == V_ASN1_CONTEXT_SPECIFIC) &&
		    buf_append(out, start, (size_t)(p - start), err) != 0)
			goto done;
		if (n == 2 && !m->has_content && buf_append_span(out, content->content, err) != 0)
			goto done;
	}
	rc = 0;
done:
	buf_release(&der);
	return rc;
}

/* All certificates and crls are covered. */
static int
cover_data(const struct cms_message *m, struct cms_covering *covering)
{
	int i, rc = 0;

	for (i = 0; rc == 0 && i < sk_ASN1_TYPE_num(m->data->certificates); i++)
		rc =
		    cms_item_certificate(der_raw_span(sk_ASN1_TYPE_value(m->data->certificates, i)),
			cms_cover_item, covering);
	for (i = 0; rc == 0 && i < sk_ASN1_TYPE_num(m->data->crls); i++)
		rc = cms_item_revocation(
		    der_raw_span(sk_ASN1_TYPE_value(m->data->crls, i)), cms_cover_item, covering);
	return rc;
}

struct sifting {
	STACK_OF(ASN1_TYPE) * earlier; /* views; only the stack is owned */
	const STACK_OF(ASN1_TYPE) * all;
	int64_t time;
	int at, failed;
};

/* Keep an attribute unless it is an archive time stamp as young as this one, or younger. */
static void
sift(void *arg, const char *oid, const DER_ATTRIBUTE *attribute, struct span raw)
{
	struct sifting *s = arg;
	ASN1_TYPE *view = sk_ASN1_TYPE_value(s->all, s->at++);
	int i;

	(void)raw;
	if (strcmp(oid, OID_ARCHIVE_TIMESTAMP_V2) == 0 || strcmp(oid, OID_ARCHIVE_TIMESTAMP) == 0 ||
	    strcmp(oid, OID_ARCHIVE_TIMESTAMP_V3) == 0)
		for (i = 0; i < sk_ASN1_TYPE_num(attribute->values); i++)
			if (tst_info_time_of(
				der_raw_span(sk_ASN1_TYPE_value(attribute->values, i))) >= s->time)
				return;
	if (sk_ASN1_TYPE_push(s->earlier, view) <= 0)
		s->failed = 1;
}

/* Attributes one after the other, as they stand. */
static int
append_bare(struct buf *out, const STACK_OF(ASN1_TYPE) * attributes, struct error *err)
{
	int i, rc = 0;

	for (i = 0; rc == 0 && i < sk_ASN1_TYPE_num(attributes); i++)
		rc = buf_append_span(out, der_raw_span(sk_ASN1_TYPE_value(attributes, i)), err);
	return rc;
}

int
archive_v2_data(struct buf *out, struct buf *bare, const struct cms_message *m,
    const DER_SIGNER_INFO *signer, const struct document *content, struct span token,
    struct coverage *covers, char *problem, size_t problem_size, struct error *err)
{
	struct cms_covering covering = { covers, err, 0 };
	struct sifting s = { sk_ASN1_TYPE_new_null(), signer->unsigned_attributes,
		tst_info_time_of(token), 0, 0 };
	int rc = -1;

	if (content == NULL || (!m->has_content && !content->has_content)) {
		snprintf(problem, problem_size,
		    "an archive time stamp of this kind covers the document itself, which was not "
		    "given");
		rc = 0;
		goto done;
	}
	if (m->size + content->content.len > BUF_MAX_DEFAULT / 2) {
		snprintf(problem, problem_size,
		    "the document is too large for an archive time stamp of this kind");
		rc = 0;
		goto done;
	}
	/* Attributes that do not decode would shift the views. */
	if (cms_each_attribute(signer->unsigned_attributes, sift, &s) != 0) {
		snprintf(problem, problem_size, "an unsigned attribute does not decode");
		rc = 0;
		goto done;
	}
	if (s.earlier == NULL || s.failed) {
		error_memory(err);
		goto done;
	}
	if (append_data(out, m, content, err) == 0 &&
	    (sk_ASN1_TYPE_num(s.earlier) == 0 || (buf_append_span(bare, SPAN_OF(out), err) == 0 &&
						     append_signer(bare, signer, NULL, err) == 0 &&
						     append_bare(bare, s.earlier, err) == 0)) &&
	    append_signer(out, signer, sk_ASN1_TYPE_num(s.earlier) > 0 ? s.earlier : NULL, err) ==
		0 &&
	    cover_data(m, &covering) == 0 &&
	    cms_items_of_attributes(s.earlier, cms_cover_item, &covering) == 0)
		rc = 1;
done:
	sk_ASN1_TYPE_free(s.earlier);
	return rc;
}
