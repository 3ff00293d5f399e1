/*
 * Time stamps of XAdES: the tokens and the data that each must cover, put together as EN 319 132-1
 * clauses 5.2.8 (content), 5.3 (signature), 5.5 (archive) and A.1.5 (references) say. Whether token
 * and data belong together is not asked here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/format/xml/xml_items.h"
#include "signing/format/xml/xml_reader.h"

/* What goes under the digest, in this order; unsigned ones as they stand before the time stamp. */
enum covers {
	COVERS_ALL_DATA = 1,	/* all references but SignedProperties */
	COVERS_NAMED_DATA = 2,	/* references that Include names */
	COVERS_REFERENCES = 4,	/* all references */
	COVERS_SIGNED_INFO = 8, /* and KeyInfo behind the value */
	COVERS_VALUE = 16,
	COVERS_SIGNATURE_STAMPS = 32,
	COVERS_DATA_REFS = 64, /* CompleteCertificateRefs and their like */
	COVERS_UNSIGNED = 128, /* all unsigned properties */
	COVERS_SECOND_VERSION = 512,
	COVERS_OBJECTS = 256 /* all Objects but the one with these properties */
};

static const struct stamp_kind {
	const char *name;
	enum timestamp_kind kind;
	unsigned int covers;
} kinds[] = {
	{ "AllDataObjectsTimeStamp", TIMESTAMP_CONTENT, COVERS_ALL_DATA },
	{ "IndividualDataObjectsTimeStamp", TIMESTAMP_CONTENT, COVERS_NAMED_DATA },
	{ "SignatureTimeStamp", TIMESTAMP_SIGNATURE, COVERS_VALUE },
	{ "SigAndRefsTimeStamp", TIMESTAMP_REFERENCES,
	    COVERS_VALUE | COVERS_SIGNATURE_STAMPS | COVERS_DATA_REFS },
	{ "SigAndRefsTimeStampV2", TIMESTAMP_REFERENCES,
	    COVERS_VALUE | COVERS_SIGNATURE_STAMPS | COVERS_DATA_REFS | COVERS_SECOND_VERSION },
	{ "RefsOnlyTimeStamp", TIMESTAMP_REFERENCES, COVERS_DATA_REFS },
	{ "RefsOnlyTimeStampV2", TIMESTAMP_REFERENCES, COVERS_DATA_REFS | COVERS_SECOND_VERSION },
	{ "ArchiveTimeStamp", TIMESTAMP_ARCHIVE,
	    COVERS_REFERENCES | COVERS_SIGNED_INFO | COVERS_VALUE | COVERS_UNSIGNED |
		COVERS_OBJECTS },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* Those that the time stamps of XAdES 1.3.2 cover, and of their second version (clause A.1.5). */
static const char *const data_refs[2][4] = { { "CompleteCertificateRefs", "CompleteRevocationRefs",
						 "AttributeCertificateRefs",
						 "AttributeRevocationRefs" },
	{ "CompleteCertificateRefsV2", "CompleteRevocationRefs", "AttributeCertificateRefsV2",
	    "AttributeRevocationRefs" } };

/* One time stamp element and the data being put together for it. */
struct stamp {
	struct xml_reader *r;
	const struct xml_parts *parts;
	const xmlNode *element;
	const struct stamp_kind *kind;
	struct xml_c14n c14n;
	struct buf data;
	struct signature *sig;
	struct coverage covers;
};

static int
add(struct stamp *s, const xmlNode *element, struct error *err)
{
	if (element == NULL)
		return 0;
	return xml_c14n_subtree(&s->c14n, &s->r->doc, element, &s->r->budget, &s->data, err);
}

/* Note what stands in the element, which the stamp covers. */
static int
cover(struct stamp *s, const xmlNode *element, struct error *err)
{
	struct cms_covering covering = { &s->covers, err, 0 };

	return xml_items_of(element, cms_cover_item, &covering);
}

/*
 * The value stands over the signed properties, and these over the certificate that they name, if by
 * a digest whose preimages nobody makes to order.
 */
static int
cover_signature(struct stamp *s, struct error *err)
{
	unsigned char sha256[32];
	unsigned int len = sizeof(sha256);
	enum digest digest;

	if (!(s->kind->covers & COVERS_VALUE))
		return 0;
	s->covers.signature = 1;
	s->covers.document = 1;
	if (s->sig != NULL && s->sig->signer != NULL &&
	    xml_xades_cert_ref_by(s->parts, s->sig->signer, &digest) == CERT_REF_MATCHES &&
	    digest_size(digest) >= 32) {
		if (X509_digest(s->sig->signer, EVP_sha256(), sha256, &len) != 1)
			return error_memory(err);
		if (coverage_add(&s->covers, sha256, err) != 0)
			return -1;
	}
	return cover(s, s->parts->signed_properties, err);
}

static int
includes(const struct stamp *s, const xmlNode *reference)
{
	const char *id = xml_attr(reference, "Id"), *uri;
	const xmlNode *c;

	for (c = xml_first(s->element); id != NULL && c != NULL; c = xml_next(c)) {
		uri = xml_is(c, s->parts->xades, "Include") ? xml_attr(c, "URI") : NULL;
		if (uri != NULL && uri[0] == '#' && strcmp(uri + 1, id) == 0)
			return 1;
	}
	return 0;
}

static int
add_references(struct stamp *s, struct error *err)
{
	const xmlNode *c;
	const char *type;
	unsigned int covers = s->kind->covers;

	if (!(covers & (COVERS_ALL_DATA | COVERS_NAMED_DATA | COVERS_REFERENCES)))
		return 0;
	for (c = xml_first(s->parts->signed_info); c != NULL; c = xml_next(c)) {
		if (!xml_is(c, XML_NS_DSIG, "Reference"))
			continue;
		type = xml_attr(c, "Type");
		if ((covers & COVERS_ALL_DATA) && type != NULL &&
		    xml_is_signed_properties_type(type))
			continue;
		if ((covers & COVERS_NAMED_DATA) && !includes(s, c))
			continue;
		if (xml_reference_octets(s->r, s->parts->signature, c, &s->c14n, &s->data, err) !=
		    0)
			return -1;
	}
	return 0;
}

static int
is_wanted(const struct stamp *s, const xmlNode *property)
{
	const char *const *refs = data_refs[(s->kind->covers & COVERS_SECOND_VERSION) != 0];
	size_t i;

	if (s->kind->covers & COVERS_UNSIGNED)
		return 1;
	if ((s->kind->covers & COVERS_SIGNATURE_STAMPS) &&
	    xml_is(property, s->parts->xades, "SignatureTimeStamp"))
		return 1;
	for (i = 0; i < sizeof(data_refs[0]) / sizeof(data_refs[0][0]); i++)
		if ((s->kind->covers & COVERS_DATA_REFS) &&
		    strcmp((const char *)property->name, refs[i]) == 0)
			return 1;
	return 0;
}

static int
add_unsigned(struct stamp *s, struct error *err)
{
	const xmlNode *c = xml_first(s->element->parent);

	if (!(s->kind->covers & (COVERS_UNSIGNED | COVERS_SIGNATURE_STAMPS | COVERS_DATA_REFS)))
		return 0;
	for (; c != NULL && c != s->element; c = xml_next(c))
		if (is_wanted(s, c) && (add(s, c, err) != 0 || cover(s, c, err) != 0))
			return -1;
	return 0;
}

static int
add_objects(struct stamp *s, struct error *err)
{
	const xmlNode *c = xml_first(s->parts->signature);

	if (!(s->kind->covers & COVERS_OBJECTS))
		return 0;
	for (; c != NULL; c = xml_next(c))
		if (xml_is(c, XML_NS_DSIG, "Object") && c != s->parts->properties->parent &&
		    add(s, c, err) != 0)
			return -1;
	return 0;
}

static int
put_together(struct stamp *s, struct error *err)
{
	const unsigned int covers = s->kind->covers;
	const xmlNode *include = xml_child(s->element, s->parts->xades, "Include");

	if (include != NULL && !(covers & COVERS_NAMED_DATA))
		return error_set(err, ERROR_UNSUPPORTED,
		    "the time stamp lists what it covers by Include, which is not supported");
	if (strcmp(s->parts->xades, XML_NS_XADES) != 0 && s->kind->kind != TIMESTAMP_SIGNATURE)
		return error_set(err, ERROR_UNSUPPORTED,
		    "time stamps of this kind of XAdES before 1.3.2 are not supported");
	if (xml_c14n_of(
		xml_child(s->element, XML_NS_DSIG, "CanonicalizationMethod"), &s->c14n, err) != 0 ||
	    add_references(s, err) != 0)
		return -1;
	if ((covers & COVERS_SIGNED_INFO) && add(s, s->parts->signed_info, err) != 0)
		return -1;
	if ((covers & COVERS_VALUE) && add(s, s->parts->value, err) != 0)
		return -1;
	if ((covers & COVERS_SIGNED_INFO) &&
	    (add(s, s->parts->key_info, err) != 0 || cover(s, s->parts->key_info, err) != 0))
		return -1;
	s->covers.document |= s->kind->kind == TIMESTAMP_CONTENT;
	if (cover_signature(s, err) != 0)
		return -1;
	return add_unsigned(s, err) != 0 || add_objects(s, err) != 0 ? -1 : 0;
}

#define STAMP_DIGESTS 4 /* all of digest_all() cost as much as so many */

static int
digest_all(struct span data, struct digest_values *values, struct error *err)
{
	const unsigned int bits = DIGEST_BITS_MODERN | DIGEST_BIT(DIGEST_SHA1) |
				  DIGEST_BIT(DIGEST_SHA224) | DIGEST_BIT(DIGEST_RIPEMD160) |
				  DIGEST_BIT(DIGEST_SHA3_256) | DIGEST_BIT(DIGEST_SHA3_384) |
				  DIGEST_BIT(DIGEST_SHA3_512);
	struct digests *d = NULL;
	int rc = -1;

	if (digests_new(&d, bits, err) == 0 && digests_update(d, data.data, data.len, err) == 0)
		rc = digests_final(d, values, err);
	digests_free(d);
	return rc;
}

/* One embedded_timestamp per token in the element, all over the same data. */
static int
add_tokens(struct stamp *s, struct signature *sig, const struct embedded_timestamp *model,
    struct error *err)
{
	struct embedded_timestamp *stamp;
	struct error problem = ERROR_INIT;
	const xmlNode *c;

	for (c = xml_first(s->element); c != NULL; c = xml_next(c)) {
		if (!xml_is(c, s->parts->xades, "EncapsulatedTimeStamp") &&
		    !xml_is(c, s->parts->xades, "XMLTimeStamp"))
			continue;
		stamp = signature_add_timestamp(sig, &s->r->budget.limits, err);
		if (stamp == NULL)
			return -1;
		*stamp = *model;
		if (coverage_copy(&stamp->covers, &s->covers, err) != 0)
			return -1;
		if (xml_is(c, s->parts->xades, "XMLTimeStamp"))
			error_set(&problem, ERROR_UNSUPPORTED,
			    "time-stamp tokens in XML form are not supported");
		else
			xml_base64(c, "a time-stamp token", &stamp->token, &problem);
		if (problem.kind != ERROR_NONE) {
			stamp->imprint_known = 0;
			coverage_release(&stamp->covers);
			xml_take_problem(&problem, stamp->problem, sizeof(stamp->problem));
		}
	}
	return 0;
}

static int
read_stamp(struct xml_reader *r, const struct xml_parts *parts, const xmlNode *element,
    const struct stamp_kind *kind, struct signature *sig, struct error *err)
{
	struct stamp s = { .r = r,
		.parts = parts,
		.element = element,
		.kind = kind,
		.sig = sig,
		.data = BUF_INIT(r->budget.limits.output_bytes) };
	struct embedded_timestamp model = { .kind = kind->kind };
	struct error problem = ERROR_INIT;
	int rc = -1;

	if (put_together(&s, &problem) == 0 &&
	    xml_spend_bytes(&r->budget, s.data.len * STAMP_DIGESTS, &problem) == 0 &&
	    digest_all(SPAN_OF(&s.data), &model.imprint, &problem) == 0)
		model.imprint_known = 1;
	if (xml_is_fatal(&problem)) {
		*err = problem;
		goto done;
	}
	if (!model.imprint_known) {
		xml_take_problem(&problem, model.problem, sizeof(model.problem));
		coverage_release(&s.covers);
	}
	rc = add_tokens(&s, sig, &model, err);
done:
	xml_c14n_release(&s.c14n);
	buf_release(&s.data);
	coverage_release(&s.covers);
	return rc;
}

int
xml_stamp_octets(struct xml_reader *r, const struct xml_parts *parts, const xmlNode *element,
    struct buf *out, struct error *err)
{
	struct stamp s = { .r = r,
		.parts = parts,
		.element = element,
		.data = BUF_INIT(r->budget.limits.output_bytes) };
	size_t i;
	int rc = -1;

	for (i = 0; element != NULL && i < KINDS; i++)
		if (strcmp((const char *)element->name, kinds[i].name) == 0)
			s.kind = &kinds[i];
	if (s.kind == NULL)
		return error_set(err, ERROR_INTERNAL, "the time stamp is of no known kind");
	if (put_together(&s, err) == 0)
		rc = buf_append_span(out, SPAN_OF(&s.data), err);
	xml_c14n_release(&s.c14n);
	buf_release(&s.data);
	coverage_release(&s.covers);
	return rc;
}

/* All time stamps among the children of a list of properties. */
static int
read_list(struct xml_reader *r, const struct xml_parts *parts, const xmlNode *list, int signed_ones,
    struct signature *sig, struct error *err)
{
	const xmlNode *c;
	size_t i;

	for (c = xml_first(list); c != NULL; c = xml_next(c)) {
		if (!xml_has_ns(c, parts->xades) && !xml_has_ns(c, XML_NS_XADES4))
			continue;
		for (i = 0; i < KINDS; i++)
			if (strcmp((const char *)c->name, kinds[i].name) == 0 &&
			    (kinds[i].kind == TIMESTAMP_CONTENT) == signed_ones &&
			    read_stamp(r, parts, c, &kinds[i], sig, err) != 0)
				return -1;
	}
	return 0;
}

int
xml_stamps_read(
    struct xml_reader *r, const struct xml_parts *parts, struct signature *sig, struct error *err)
{
	if (parts->properties == NULL)
		return 0;
	if (read_list(r, parts,
		xml_child(parts->signed_properties, parts->xades, "SignedDataObjectProperties"), 1,
		sig, err) != 0)
		return -1;
	return read_list(r, parts,
	    xml_path(
		parts->properties, parts->xades, "UnsignedProperties/UnsignedSignatureProperties"),
	    0, sig, err);
}
