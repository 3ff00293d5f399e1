/* SchemeInformation and the list as a whole (TS 119 612 clauses 5.2 and 5.3). */
#include <stdlib.h>
#include <string.h>

#include "signing/core/digests.h"
#include "signing/trust/list_private.h"

const struct format_limits tl_limits = { .signatures = 1,
	.certificates = 20,
	.timestamps = 5,
	.references = 10,
	.transforms = 10,
	.xml_depth = 60,
	.xml_attributes = 100,
	.output_bytes = (size_t)64 << 20,
	.xml_nodes = TRUST_LIST_NODES_MAX };

int
trust_list_is_closed(const struct trust_list *list)
{
	return list->next_update == TRUST_NO_TIME;
}

size_t
trust_list_services(const struct trust_list *list)
{
	size_t i, n = 0;

	for (i = 0; i < list->provider_count; i++)
		n += list->providers[i].service_count;
	return n;
}

/* A whole number without sign; -1 for anything else. */
static int
read_number(const xmlNode *node, uint64_t *number)
{
	char *text = xml_node_text(node), *end = text;
	int rc = -1;

	if (text != NULL && *text >= '0' && *text <= '9' && strlen(text) <= 18) {
		*number = strtoull(text, &end, 10);
		rc = *end == '\0' ? 0 : -1;
	}
	free(text);
	return rc;
}

/* ---- pointers ---- */

/* AdditionalInformation is a bag: each OtherInformation holds one thing or text. */
static int
read_additional(struct tl_work *work, const xmlNode *node, struct trust_pointer *p)
{
	const xmlNode *other, *c;
	int rc = 0;

	for (other = xml_first(node); other != NULL && rc == 0; other = xml_next(other)) {
		c = xml_first(other);
		if (!xml_is(other, XML_NS_TSL, "OtherInformation") || c == NULL)
			continue;
		if (xml_is(c, XML_NS_TSL, "TSLType"))
			rc = tl_text(work, c, &p->type);
		else if (xml_is(c, XML_NS_TSL, "SchemeTerritory"))
			rc = tl_text(work, c, &p->territory);
		else if (xml_is(c, XML_NS_TSLX, "MimeType"))
			rc = tl_text(work, c, &p->mime_type);
		else if (xml_is(c, XML_NS_TSL, "SchemeOperatorName"))
			rc = tl_name(work, c, &p->operator_name);
	}
	return rc;
}

static int
read_signers(struct tl_work *work, const xmlNode *node, struct trust_pointer *p)
{
	struct trust_blobs skis = { 0 };
	struct trust_texts subjects = { 0 };
	const xmlNode *c;
	size_t n = 0;

	for (c = xml_first(node); c != NULL; c = xml_next(c))
		n += tl_count(c, XML_NS_TSL, "DigitalId");
	p->signers.items = arena_array(work->arena, n, sizeof(struct span), work->err);
	skis.items = arena_array(work->arena, n, sizeof(struct span), work->err);
	subjects.items = arena_array(work->arena, n, sizeof(char *), work->err);
	if (p->signers.items == NULL || skis.items == NULL || subjects.items == NULL)
		return -1;
	for (c = xml_first(node); c != NULL; c = xml_next(c))
		if (tl_identity(work, c, &p->signers, &skis, &subjects) != 0)
			return -1;
	return 0;
}

static int
read_pointer(struct tl_work *work, const xmlNode *node, struct trust_pointer *p)
{
	struct tl_walk w = tl_into(work, node);
	const xmlNode *signers = tl_take(&w, "ServiceDigitalIdentities");
	const xmlNode *additional;

	if (tl_text(work, tl_need(&w, "TSLLocation"), &p->location) != 0)
		return -1;
	additional = tl_take(&w, "AdditionalInformation");
	if (tl_end(&w) != 0 || read_signers(work, signers, p) != 0)
		return -1;
	return read_additional(work, additional, p);
}

static int
read_pointers(struct tl_work *work, const xmlNode *node, struct trust_list *list)
{
	const xmlNode *c;

	list->pointers = arena_array(work->arena, tl_count(node, XML_NS_TSL, "OtherTSLPointer"),
	    sizeof(*list->pointers), work->err);
	if (list->pointers == NULL)
		return -1;
	for (c = xml_first(node); c != NULL; c = xml_next(c)) {
		if (!xml_is(c, XML_NS_TSL, "OtherTSLPointer"))
			return error_set(work->err, ERROR_MALFORMED,
			    "line %ld of the trusted list: PointersToOtherTSL holds what is no "
			    "OtherTSLPointer",
			    xmlGetLineNo(c));
		if (read_pointer(work, c, &list->pointers[list->pointer_count++]) != 0)
			return -1;
	}
	return 0;
}

/* ---- scheme information ---- */

static int
read_sequence(struct tl_work *work, const xmlNode *node, struct trust_list *list)
{
	if (work->err->kind != ERROR_NONE)
		return -1;
	if (read_number(node, &list->sequence) != 0)
		return error_set(work->err, ERROR_MALFORMED,
		    "the sequence number of the trusted list is no number");
	return 0;
}

/* An empty NextUpdate says that the list is closed (clause 5.3.15). */
static int
read_next_update(struct tl_work *work, const xmlNode *node, struct trust_list *list)
{
	struct tl_walk w = tl_into(work, node);
	const xmlNode *time = tl_take(&w, "dateTime");

	list->next_update = TRUST_NO_TIME;
	if (tl_end(&w) != 0)
		return -1;
	return time == NULL ? 0 : tl_time(work, time, &list->next_update);
}

static int
read_scheme(struct tl_work *work, const xmlNode *node, struct trust_list *list)
{
	struct tl_walk w = tl_into(work, node);
	const xmlNode *territory, *pointers, *points;

	tl_need(&w, "TSLVersionIdentifier"); /* looked at before */
	if (read_sequence(work, tl_need(&w, "TSLSequenceNumber"), list) != 0 ||
	    tl_text(work, tl_need(&w, "TSLType"), &list->type) != 0 ||
	    tl_name(work, tl_need(&w, "SchemeOperatorName"), &list->operator_name) != 0)
		return -1;
	tl_need(&w, "SchemeOperatorAddress");
	if (tl_name(work, tl_need(&w, "SchemeName"), &list->scheme_name) != 0 ||
	    tl_texts(work, tl_need(&w, "SchemeInformationURI"), XML_NS_TSL, "URI",
		&list->information_uris) != 0)
		return -1;
	tl_need(&w, "StatusDeterminationApproach");
	tl_take(&w, "SchemeTypeCommunityRules");
	territory = tl_take(&w, "SchemeTerritory");
	tl_take(&w, "PolicyOrLegalNotice");
	tl_need(&w, "HistoricalInformationPeriod");
	pointers = tl_take(&w, "PointersToOtherTSL");
	if (tl_time(work, tl_need(&w, "ListIssueDateTime"), &list->issued) != 0 ||
	    read_next_update(work, tl_need(&w, "NextUpdate"), list) != 0)
		return -1;
	points = tl_take(&w, "DistributionPoints");
	tl_take(&w, "SchemeExtensions");
	list->territory = "";
	if (tl_end(&w) != 0 ||
	    (territory != NULL && tl_text(work, territory, &list->territory) != 0) ||
	    tl_texts(work, points, XML_NS_TSL, "URI", &list->distribution_points) != 0)
		return -1;
	return read_pointers(work, pointers, list);
}

/* ---- the list ---- */

static int
read_version(const xmlNode *root, int *version, struct error *err)
{
	const char *tag = xml_attr(root, "TSLTag");
	uint64_t n;

	if (!xml_is(root, XML_NS_TSL, "TrustServiceStatusList"))
		return error_set(err, ERROR_MALFORMED,
		    "the document is no trusted list (TrustServiceStatusList of ETSI TS 119 612)");
	if (read_number(xml_path(root, XML_NS_TSL, "SchemeInformation/TSLVersionIdentifier"), &n) !=
	    0)
		return error_set(err, ERROR_MALFORMED, "the trusted list does not say its version");
	*version = n < 1000 ? (int)n : 1000;
	if (n != 5 && n != 6)
		return error_set(err, ERROR_UNSUPPORTED,
		    "the trusted list is of version %d; versions 5 and 6 of ETSI TS 119 612 are "
		    "read",
		    *version);
	if (tag == NULL || strcmp(tag, TSL_TAG) != 0)
		return error_set(err, ERROR_MALFORMED,
		    "the trusted list does not carry the TSLTag of ETSI TS 119 612");
	return 0;
}

static int
read_list(struct tl_work *work, const xmlNode *root, struct trust_list *list)
{
	struct tl_walk w = tl_into(work, root);
	const xmlNode *scheme = tl_need(&w, "SchemeInformation");
	const xmlNode *providers = tl_take(&w, "TrustServiceProviderList");

	if (xml_is(w.at, XML_NS_DSIG, "Signature"))
		w.at = xml_next(w.at);
	if (tl_end(&w) != 0 || read_scheme(work, scheme, list) != 0)
		return -1;
	return tl_providers(work, providers, list);
}

int
tl_read(struct trust_list **out, const struct xml_reader *r, struct span bytes, int *version,
    struct error *err)
{
	const xmlNode *root = xmlDocGetRootElement(r->doc.doc);
	struct error own = ERROR_INIT;
	struct tl_work work = { NULL, err != NULL ? err : &own };
	unsigned char digest[DIGEST_SIZE_MAX];
	struct trust_list *list = NULL;

	*out = NULL;
	*version = 0;
	if (read_version(root, version, work.err) != 0 ||
	    digest_span(DIGEST_SHA256, bytes, digest, work.err) != 0)
		return -1;
	work.arena = calloc(1, sizeof(*work.arena));
	if (work.arena == NULL)
		return error_memory(work.err);
	list = arena_alloc(work.arena, sizeof(*list), work.err);
	if (list == NULL || read_list(&work, root, list) != 0) {
		arena_release(work.arena);
		free(work.arena);
		return -1;
	}
	list->memory = work.arena;
	list->version = *version;
	memcpy(list->digest, digest, sizeof(list->digest));
	*out = list;
	return 0;
}

int
trust_list_read(struct trust_list **list, struct span bytes, struct error *err)
{
	const struct xml_read_options options = { .limits = &tl_limits };
	struct xml_reader r;
	int version, rc;

	*list = NULL;
	if (bytes.len > TRUST_LIST_BYTES_MAX)
		return error_limit(err, ERROR_TOO_LARGE, "trust_list_bytes", TRUST_LIST_BYTES_MAX,
		    bytes.len, "the trusted list is too large");
	if (xml_reader_open(&r, bytes, &options, err) != 0)
		return -1;
	rc = tl_read(list, &r, bytes, &version, err);
	xml_reader_close(&r);
	return rc;
}

void
trust_list_free(struct trust_list *list)
{
	struct arena *arena;

	if (list == NULL)
		return;
	arena = list->memory;
	arena_release(arena);
	free(arena);
}
