#include "signing/format/cms/count.h"

#include <limits.h>
#include <openssl/asn1.h>
#include <openssl/err.h>

/* A value's tag, and what is inside of it: definite, or up to where its end stands. */
struct part {
	int tag, class, is_constructed;
	struct span inside;
	size_t whole; /* bytes, with the header and the end */
};

/*
 * Behind the end of an indefinite value that begins at s; 0, or -1. As the decoder does it, which
 * looks for the end however deep values nest: what is counted and what is decoded must not differ.
 */
static int
find_end(struct span s, struct part *part)
{
	const unsigned char *p = s.data, *end = s.data + s.len;
	size_t open = 1;
	long len;
	int flags, tag, class;

	for (;;) {
		if (end - p < 2)
			return -1;
		if (p[0] == 0 && p[1] == 0) {
			if (--open == 0)
				break;
			p += 2;
			continue;
		}
		flags = ASN1_get_object(&p, &len, &tag, &class, (long)(end - p));
		if (flags & 0x80) {
			ERR_clear_error();
			return -1;
		}
		if (flags & 1)
			open++;
		else
			p += len;
	}
	part->inside = (struct span){ s.data, (size_t)(p - s.data) };
	return 0;
}

/* Take the first value of *rest; 0, or -1 where there is none. */
static int
next_part(struct span *rest, struct part *part)
{
	const unsigned char *p = rest->data;
	size_t left;
	long len;
	int flags;

	if (rest->len == 0 || rest->len > LONG_MAX)
		return -1;
	flags = ASN1_get_object(&p, &len, &part->tag, &part->class, (long)rest->len);
	if (flags & 0x80) {
		ERR_clear_error();
		return -1;
	}
	part->is_constructed = (flags & V_ASN1_CONSTRUCTED) != 0;
	left = rest->len - (size_t)(p - rest->data);
	if (flags & 1) {
		if (find_end((struct span){ p, left }, part) != 0)
			return -1;
		part->whole = (size_t)(p - rest->data) + part->inside.len + 2;
	} else {
		part->inside = (struct span){ p, (size_t)len };
		part->whole = (size_t)(p - rest->data) + part->inside.len;
	}
	rest->data += part->whole;
	rest->len -= part->whole;
	return 0;
}

/* ---- a list's parts, each looked at by a function ---- */

struct list {
	uint64_t most;
	const char *name, *words;
	int (*look)(const struct part *part, struct error *err); /* NULL: nothing inside counts */
};

static int
count_list(struct span inside, const struct list *list, struct error *err)
{
	struct part part;
	uint64_t n = 0;

	while (next_part(&inside, &part) == 0) {
		if (++n > list->most)
			return error_limit(
			    err, ERROR_LIMIT, list->name, list->most, 0, list->words);
		if (list->look != NULL && list->look(&part, err) != 0)
			return -1;
	}
	return 0;
}

static int
look_at_attribute(const struct part *attribute, struct error *err)
{
	static const struct list values = { CMS_VALUES_MAX, "attribute-values",
		"too many values of an attribute in the signature", NULL };
	struct span inside = attribute->inside;
	struct part part;

	while (next_part(&inside, &part) == 0)
		if (part.class == V_ASN1_UNIVERSAL && part.tag == V_ASN1_SET &&
		    count_list(part.inside, &values, err) != 0)
			return -1;
	return 0;
}

static int
look_at_signer(const struct part *signer, struct error *err)
{
	static const struct list attributes = { CMS_ATTRIBUTES_MAX, "attributes",
		"too many attributes of one signer in the signature", look_at_attribute };
	struct span inside = signer->inside;
	struct part part;

	while (next_part(&inside, &part) == 0)
		if (part.class == V_ASN1_CONTEXT_SPECIFIC && part.tag <= 1 &&
		    count_list(part.inside, &attributes, err) != 0)
			return -1;
	return 0;
}

static int
look_at_certificate(const struct part *part, struct error *err)
{
	if (part->whole <= CMS_CERTIFICATE_MAX)
		return 0;
	return error_limit(err, ERROR_LIMIT, "certificate-bytes", CMS_CERTIFICATE_MAX, part->whole,
	    "bytes of a certificate in the signature");
}

static int
look_at_list(const struct part *part, struct error *err)
{
	if (part->whole <= CMS_REVOCATION_LIST_MAX)
		return 0;
	return error_limit(err, ERROR_LIMIT, "revocation-list-bytes", CMS_REVOCATION_LIST_MAX,
	    part->whole, "bytes of a revocation list in the signature");
}

/* ---- the message ---- */

/* version, digestAlgorithms SET, encapContentInfo, [0] certificates, [1] crls, signerInfos SET */
static int
count_data(struct span inside, const struct format_limits *limits, struct error *err)
{
	const struct list algorithms = { CMS_ALGORITHMS_MAX, "digest-algorithms",
		"too many digest algorithms in the signature", NULL },
			  certificates = { limits->certificates, "certificates",
				  "too many certificates in the signature", look_at_certificate },
			  lists = { limits->certificates, "certificates",
				  "too many revocation lists in the signature", look_at_list },
			  signers = { limits->signatures, "signatures",
				  "too many signatures in the document", look_at_signer };
	const struct list *list;
	struct part part;
	int sets = 0, rc = 0;

	while (rc == 0 && next_part(&inside, &part) == 0) {
		list = NULL;
		if (part.class == V_ASN1_UNIVERSAL && part.tag == V_ASN1_SET)
			list = sets++ == 0 ? &algorithms : &signers;
		else if (part.class == V_ASN1_CONTEXT_SPECIFIC && part.tag <= 1)
			list = part.tag == 0 ? &certificates : &lists;
		if (list != NULL)
			rc = count_list(part.inside, list, err);
	}
	return rc;
}

int
cms_count(struct span der, const struct format_limits *limits, struct error *err)
{
	struct part message, type, content, data;

	if (next_part(&der, &message) != 0 || next_part(&message.inside, &type) != 0 ||
	    next_part(&message.inside, &content) != 0 || next_part(&content.inside, &data) != 0)
		return 0;
	return count_data(data.inside, limits, err);
}

/* The members of a KeyAgreeRecipientInfo's keys are recipients too. */
static int
look_at_recipient(const struct part *recipient, struct error *err)
{
	static const struct list keys = { CMS_VALUES_MAX, "envelope-recipients",
		"recipients of the encrypted message", NULL };
	struct span inside = recipient->inside;
	struct part part;
	int rc = 0;

	if (recipient->class != V_ASN1_CONTEXT_SPECIFIC)
		return 0;
	while (rc == 0 && next_part(&inside, &part) == 0)
		rc = count_list(part.inside, &keys, err);
	return rc;
}

/* Tags of primitive and constructed strings in each other. */
static int
count_pieces(struct span s, struct error *err)
{
	const unsigned char *p = s.data, *end = s.data + s.len;
	uint64_t n = 0;
	int tag, class, flags;
	long len;

	while (end - p >= 2) {
		if (++n > CMS_ENVELOPE_PIECES_MAX)
			return error_limit(err, ERROR_LIMIT, "envelope-pieces",
			    CMS_ENVELOPE_PIECES_MAX, 0, "pieces of the encrypted content");
		if (p[0] == 0 && p[1] == 0) {
			p += 2;
			continue;
		}
		flags = ASN1_get_object(&p, &len, &tag, &class, (long)(end - p));
		if (flags & 0x80)
			break;
		if ((flags & V_ASN1_CONSTRUCTED) == 0)
			p += len;
	}
	ERR_clear_error();
	return 0;
}

/* type, algorithm, [0] content; the bytes beside the content are added to *head. */
static int
count_content(struct span inside, size_t *head, struct error *err)
{
	struct part part;
	int rc = 0;

	while (rc == 0 && next_part(&inside, &part) == 0)
		if (part.class == V_ASN1_CONTEXT_SPECIFIC)
			rc = part.is_constructed ? count_pieces(part.inside, err) : 0;
		else
			*head += part.whole;
	return rc;
}

/*
 * version, [0] originatorInfo, recipientInfos SET, encryptedContentInfo, [1] and [2] attributes,
 * mac
 */
static int
count_envelope(struct span inside, uint64_t recipients, struct error *err)
{
	const struct list infos = { recipients, "envelope-recipients",
		"recipients of the encrypted message", look_at_recipient },
			  attributes = { CMS_ATTRIBUTES_MAX, "attributes",
				  "too many attributes of the encrypted message", NULL };
	struct part part;
	size_t head = 0;
	int rc = 0;

	while (rc == 0 && next_part(&inside, &part) == 0) {
		if (part.class == V_ASN1_UNIVERSAL && part.tag == V_ASN1_SEQUENCE) {
			rc = count_content(part.inside, &head, err);
			continue;
		}
		head += part.whole;
		if (part.class == V_ASN1_UNIVERSAL && part.tag == V_ASN1_SET)
			rc = count_list(part.inside, &infos, err);
		else if (part.class == V_ASN1_CONTEXT_SPECIFIC)
			rc = count_list(part.inside, &attributes, err);
	}
	if (rc == 0 && head > CMS_ENVELOPE_HEAD_MAX)
		rc = error_limit(err, ERROR_LIMIT, "envelope-head", CMS_ENVELOPE_HEAD_MAX, head,
		    "bytes beside the content of the encrypted message");
	return rc;
}

int
cms_count_envelope(struct span der, uint64_t recipients, struct error *err)
{
	struct part message, type, content, data;

	if (next_part(&der, &message) != 0 || next_part(&message.inside, &type) != 0 ||
	    next_part(&message.inside, &content) != 0 || next_part(&content.inside, &data) != 0)
		return 0;
	return count_envelope(data.inside, recipients, err);
}

int
cms_count_signer(struct span der, struct error *err)
{
	struct part signer;

	return next_part(&der, &signer) == 0 ? look_at_signer(&signer, err) : 0;
}

int
cms_parts(struct span der, struct span *type, struct span *content)
{
	struct part message, part;
	struct span inside;

	if (next_part(&der, &message) != 0 || der.len > 0 || !message.is_constructed ||
	    message.class != V_ASN1_UNIVERSAL || message.tag != V_ASN1_SEQUENCE)
		return -1;
	inside = message.inside;
	type->data = inside.data;
	if (next_part(&inside, &part) != 0)
		return -1;
	type->len = part.whole;
	if (next_part(&inside, &part) != 0 || inside.len > 0 || !part.is_constructed ||
	    part.class != V_ASN1_CONTEXT_SPECIFIC || part.tag != 0)
		return -1;
	*content = part.inside;
	return 0;
}
