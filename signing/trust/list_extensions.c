/* Extensions of a service's information (TS 119 612 clause 5.5.9). */
#include <stdlib.h>
#include <string.h>

#include "signing/trust/list_private.h"

static int
bad(struct tl_work *work, const xmlNode *node, const char *what)
{
	return error_set(work->err, ERROR_MALFORMED, "line %ld of the trusted list: %s",
	    node != NULL ? xmlGetLineNo(node) : 0, what);
}

/* ---- criteria ---- */

/* The bits of KeyUsage by their names (RFC 5280 section 4.2.1.3), from bit 0. */
static const char *const key_usages[] = { "digitalSignature", "nonRepudiation", "keyEncipherment",
	"dataEncipherment", "keyAgreement", "keyCertSign", "crlSign", "encipherOnly",
	"decipherOnly" };

static int
read_key_usage(struct tl_work *work, const xmlNode *node, struct trust_criterion *out)
{
	const xmlNode *c;
	const char *name, *value;
	unsigned int i;

	out->kind = CRITERION_KEY_USAGE;
	for (c = xml_first(node); c != NULL; c = xml_next(c)) {
		name = xml_attr(c, "name");
		if (tl_text(work, c, &value) != 0)
			return -1;
		for (i = 0; i < 9 && name != NULL; i++)
			if (strcmp(key_usages[i], name) == 0)
				break;
		if (name == NULL || i == 9)
			return bad(work, c, "a KeyUsageBit names no key usage");
		out->mask |= (uint16_t)(1u << i);
		if (strcmp(value, "true") == 0 || strcmp(value, "1") == 0)
			out->bits |= (uint16_t)(1u << i);
	}
	return 0;
}

/* The Identifiers of XAdES ObjectIdentifiers below `node`, "urn:oid:" cut off. */
static int
read_oids(struct tl_work *work, const xmlNode *node, struct trust_criterion *out)
{
	const xmlNode *c, *id;
	size_t n = 0;

	for (c = xml_first(node); c != NULL; c = xml_next(c))
		n++;
	out->oids.items = arena_array(work->arena, n, sizeof(char *), work->err);
	if (out->oids.items == NULL)
		return -1;
	for (c = xml_first(node); c != NULL; c = xml_next(c)) {
		id = xml_child(c, XML_NS_XADES, "Identifier");
		if (tl_text(work, id, &out->oids.items[out->oids.count]) != 0)
			return -1;
		if (strncasecmp(out->oids.items[out->oids.count], "urn:oid:", 8) == 0)
			out->oids.items[out->oids.count] += 8;
		out->oids.count++;
	}
	return 0;
}

static int read_criteria(
    struct tl_work *work, const xmlNode *node, struct trust_criterion *out, int depth);

/* One of an otherCriteriaList (clause 5.5.9.2.2.3). */
static int
read_other(struct tl_work *work, const xmlNode *c, struct trust_criterion *out)
{
	out->kind = xml_is(c, XML_NS_TSLX, "ExtendedKeyUsage")	       ? CRITERION_EKU
		    : xml_is(c, XML_NS_TSLX, "CertSubjectDNAttribute") ? CRITERION_SUBJECT
								       : CRITERION_UNKNOWN;
	return out->kind == CRITERION_UNKNOWN ? 0 : read_oids(work, c, out);
}

/* Several stand for themselves, all of them. */
static int
read_others(struct tl_work *work, const xmlNode *node, struct trust_criterion *out)
{
	const xmlNode *c = xml_first(node);
	size_t n = 0;

	out->kind = CRITERION_UNKNOWN;
	if (c != NULL && xml_next(c) == NULL)
		return read_other(work, c, out);
	for (; c != NULL; c = xml_next(c))
		n++;
	if (n == 0)
		return 0;
	out->kind = CRITERION_LIST;
	out->assert = ASSERT_ALL;
	out->parts = arena_array(work->arena, n, sizeof(*out->parts), work->err);
	if (out->parts == NULL)
		return -1;
	for (c = xml_first(node); c != NULL; c = xml_next(c))
		if (read_other(work, c, &out->parts[out->part_count++]) != 0)
			return -1;
	return 0;
}

static int
read_criterion(struct tl_work *work, const xmlNode *c, struct trust_criterion *out, int depth)
{
	if (xml_is(c, XML_NS_SIE, "KeyUsage"))
		return read_key_usage(work, c, out);
	if (xml_is(c, XML_NS_SIE, "PolicySet")) {
		out->kind = CRITERION_POLICIES;
		return read_oids(work, c, out);
	}
	if (xml_is(c, XML_NS_SIE, "CriteriaList"))
		return read_criteria(work, c, out, depth + 1);
	if (xml_is(c, XML_NS_SIE, "otherCriteriaList"))
		return read_others(work, c, out);
	out->kind = CRITERION_UNKNOWN;
	return 0;
}

static int
read_assert(struct tl_work *work, const xmlNode *node, enum trust_assert *out)
{
	const char *word = xml_attr(node, "assert");

	if (word != NULL && strcmp(word, "all") == 0)
		*out = ASSERT_ALL;
	else if (word != NULL && strcmp(word, "atLeastOne") == 0)
		*out = ASSERT_AT_LEAST_ONE;
	else if (word != NULL && strcmp(word, "none") == 0)
		*out = ASSERT_NONE;
	else
		return bad(work, node, "a CriteriaList does not say what it asserts");
	return 0;
}

static int
read_criteria(struct tl_work *work, const xmlNode *node, struct trust_criterion *out, int depth)
{
	const xmlNode *c;
	size_t n = 0;

	if (depth > 8)
		return bad(work, node, "CriteriaLists are nested more than 8 deep");
	out->kind = CRITERION_LIST;
	if (node == NULL)
		return bad(work, node, "a QualificationElement has no CriteriaList");
	if (read_assert(work, node, &out->assert) != 0)
		return -1;
	for (c = xml_first(node); c != NULL; c = xml_next(c))
		n++;
	out->parts = arena_array(work->arena, n, sizeof(*out->parts), work->err);
	if (out->parts == NULL)
		return -1;
	for (c = xml_first(node); c != NULL; c = xml_next(c))
		if (!xml_is(c, XML_NS_SIE, "Description") &&
		    read_criterion(work, c, &out->parts[out->part_count++], depth) != 0)
			return -1;
	return 0;
}

static int
read_qualification(struct tl_work *work, const xmlNode *node, struct trust_qualification *q)
{
	const xmlNode *list = xml_child(node, XML_NS_SIE, "Qualifiers"), *c;
	const char *uri;

	q->qualifiers.items = arena_array(
	    work->arena, tl_count(list, XML_NS_SIE, "Qualifier"), sizeof(char *), work->err);
	if (q->qualifiers.items == NULL)
		return -1;
	for (c = xml_first(list); c != NULL; c = xml_next(c)) {
		uri = xml_attr(c, "uri");
		if (!xml_is(c, XML_NS_SIE, "Qualifier") || uri == NULL)
			return bad(work, c, "a Qualifier has no uri");
		uri = arena_text(work->arena, uri, work->err);
		if (uri == NULL)
			return -1;
		q->qualifiers.items[q->qualifiers.count++] = uri;
	}
	return read_criteria(work, xml_child(node, XML_NS_SIE, "CriteriaList"), &q->criteria, 0);
}

static int
read_qualifications(
    struct tl_work *work, const xmlNode *node, int is_critical, struct trust_instance *in)
{
	const size_t more = tl_count(node, XML_NS_SIE, "QualificationElement");
	struct trust_qualification *all;
	const xmlNode *c;

	all = arena_array(work->arena, in->qualification_count + more, sizeof(*all), work->err);
	if (all == NULL)
		return -1;
	if (in->qualification_count > 0)
		memcpy(all, in->qualifications, in->qualification_count * sizeof(*all));
	in->qualifications = all;
	for (c = xml_first(node); c != NULL; c = xml_next(c)) {
		if (!xml_is(c, XML_NS_SIE, "QualificationElement"))
			return bad(work, c, "Qualifications hold what is no QualificationElement");
		all[in->qualification_count].is_critical = is_critical;
		if (read_qualification(work, c, &all[in->qualification_count++]) != 0)
			return -1;
	}
	return 0;
}

/* ---- one extension ---- */

static int
read_extension(struct tl_work *work, const xmlNode *node, struct trust_instance *in)
{
	const char *critical = xml_attr(node, "Critical");
	const int is_critical =
	    critical == NULL || (strcmp(critical, "false") != 0 && strcmp(critical, "0") != 0);
	const xmlNode *c = xml_first(node);

	if (xml_is(c, XML_NS_SIE, "Qualifications"))
		return read_qualifications(work, c, is_critical, in);
	if (xml_is(c, XML_NS_TSL, "AdditionalServiceInformation"))
		return tl_text(work, xml_child(c, XML_NS_TSL, "URI"),
		    &in->additional.items[in->additional.count++]);
	if (xml_is(c, XML_NS_TSL, "ExpiredCertsRevocationInfo"))
		return tl_time(work, c, &in->expired_certs_revocation);
	if (xml_is(c, XML_NS_TSLX, "TakenOverBy"))
		return tl_name(work,
		    xml_child(c, XML_NS_TSLX, "TSPName") != NULL
			? xml_child(c, XML_NS_TSLX, "TSPName")
			: xml_child(c, XML_NS_TSL, "TSPName"),
		    &in->taken_over_by);
	if (!is_critical)
		return 0;
	in->unknown_critical =
	    arena_text(work->arena, c != NULL ? (const char *)c->name : "text", work->err);
	return in->unknown_critical != NULL ? 0 : -1;
}

int
tl_extensions(struct tl_work *work, const xmlNode *node, struct trust_instance *in)
{
	const xmlNode *c;

	if (work->err->kind != ERROR_NONE)
		return -1;
	in->additional.items = arena_array(
	    work->arena, tl_count(node, XML_NS_TSL, "Extension"), sizeof(char *), work->err);
	if (in->additional.items == NULL)
		return -1;
	for (c = xml_first(node); c != NULL; c = xml_next(c)) {
		if (!xml_is(c, XML_NS_TSL, "Extension"))
			return bad(
			    work, c, "ServiceInformationExtensions hold what is no Extension");
		if (read_extension(work, c, in) != 0)
			return -1;
	}
	return 0;
}
