#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/trust/catalogue_private.h"
#include "signing/trust/signed_xml.h"

#define NS_OWN "urn:signet:dssc:1"

static const struct format_limits limits = { .signatures = 1,
	.certificates = 20,
	.timestamps = 5,
	.references = 10,
	.transforms = 10,
	.xml_depth = 30,
	.xml_attributes = 50,
	.output_bytes = (size_t)16 << 20,
	.xml_nodes = 50000 };

/* ---- days ---- */

static int
is_day(const char *text)
{
	static const char form[] = "dddd-dd-dd";
	char full[TEXT_TIME_SIZE], back[TEXT_TIME_SIZE];
	int64_t seconds;
	size_t i;

	for (i = 0; i < 10; i++)
		if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != '-')
			return 0;
	/* xs:date may have a zone behind it. */
	if (text[10] != '\0' && text[10] != 'Z' && text[10] != '+' && text[10] != '-')
		return 0;
	snprintf(full, sizeof(full), "%.10sT00:00:00Z", text);
	return text_parse_time(full, &seconds) == 0 &&
	       strncmp(text_time(back, seconds), text, 10) == 0;
}

/* Start or End: NULL where it is not there. */
static const char *
day_of(struct dssc_reading *r, const xmlNode *validity, const char *name)
{
	const xmlNode *node = xml_child(validity, XML_NS_DSSC, name);
	char *text;
	const char *day = NULL;

	if (node == NULL)
		return NULL;
	text = xml_node_text(node);
	if (text == NULL || !is_day(text)) {
		dssc_find(r, node, 1, "%s \"%.40s\" is no day such as 2028-12-31", name,
		    text != NULL ? text : "");
	} else {
		text[10] = '\0';
		day = arena_text(r->arena, text, r->err);
	}
	free(text);
	return day;
}

/* ---- evaluations ---- */

struct parameters {
	int bits;	   /* 0: not said */
	const char *curve; /* or NULL */
};

static int
number_of(struct dssc_reading *r, const xmlNode *node)
{
	char *text = xml_node_text(node), *end = text;
	long n = 0;

	if (text != NULL && *text >= '1' && *text <= '9' && strlen(text) <= 5)
		n = strtol(text, &end, 10);
	if (n == 0 || *end != '\0')
		dssc_find(r, node, 1, "\"%.40s\" is no number of bits", text != NULL ? text : "");
	free(text);
	return (int)n;
}

static void
read_parameter(struct dssc_reading *r, const xmlNode *node, const struct dssc_identified *id,
    struct parameters *p)
{
	const char *name = xml_attr(node, "name");
	const xmlNode *min = xml_child(node, XML_NS_DSSC, "Min");
	const xmlNode *curve = xml_child(node, NS_OWN, "Curve");
	const enum key_type key = id->count > 0 ? id->items[0]->key : KEY_UNKNOWN;
	const char *known;

	if (id->count == 0)
		return; /* of an algorithm that is not known */
	if (name != NULL && strcmp(name, "curve") == 0 && curve != NULL && key == KEY_EC) {
		p->curve = dssc_text(r, curve, "a curve");
		if (!named_curve(p->curve, &known) || known == NULL)
			dssc_find(r, curve, 1, "there is no curve \"%.60s\"", p->curve);
		else
			p->curve = known;
		return;
	}
	if (xml_child(node, XML_NS_DSSC, "Max") != NULL)
		dssc_find(
		    r, node, 1, "a parameter with Max would be stronger when smaller; not known");
	if (name == NULL || min == NULL)
		dssc_find(r, node, 1, "a parameter has no name or no Min");
	else if (strcmp(name, "moduluslength") == 0 && key == KEY_RSA)
		p->bits = number_of(r, min);
	else if (strcmp(name, "plength") == 0 && key == KEY_DSA)
		p->bits = number_of(r, min);
	else if (strcmp(name, "qlength") == 0 && key == KEY_EC)
		p->bits = number_of(r, min);
	else if (strcmp(name, "qlength") == 0 && key == KEY_DSA)
		number_of(r, min); /* a key of that plength has it (FIPS 186-4 section 4.2) */
	else
		dssc_find(r, node, 1, "the parameter \"%.40s\" says nothing about \"%.60s\"", name,
		    id->name);
}

static int
add_row(struct dssc_reading *r, const struct dssc_row *row)
{
	struct dssc_row *bigger;

	if (r->count == DSSC_ROWS_MAX)
		return error_limit(r->err, ERROR_LIMIT, "catalogue_rows", DSSC_ROWS_MAX, 0,
		    "the algorithm catalogue has too many evaluations");
	if (r->count == r->size) {
		r->size = r->size * 2 + 64;
		bigger = realloc(r->rows, r->size * sizeof(*bigger));
		if (bigger == NULL)
			return error_memory(r->err);
		r->rows = bigger;
	}
	r->rows[r->count++] = *row;
	return 0;
}

static int
same_or_null(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* One thing said twice with two ends: which one holds would be a guess. */
static void
check_twice(struct dssc_reading *r, const xmlNode *node, const struct dssc_row *row)
{
	size_t i;

	for (i = 0; i < r->count; i++)
		if (r->rows[i].named == row->named && r->rows[i].bits == row->bits &&
		    same_or_null(r->rows[i].curve, row->curve) &&
		    same_or_null(r->rows[i].since, row->since) &&
		    !same_or_null(r->rows[i].until, row->until))
			dssc_find(r, node, 1,
			    "%s was evaluated in line %ld already, with another end",
			    row->named->oid, r->rows[i].line);
}

static int
read_validity(struct dssc_reading *r, const xmlNode *node, const struct dssc_identified *id,
    const struct parameters *p)
{
	struct dssc_row row = { .bits = p->bits, .curve = p->curve, .line = xmlGetLineNo(node) };
	size_t i;

	row.since = day_of(r, node, "Start");
	row.until = day_of(r, node, "End");
	if (row.since != NULL && row.until != NULL && strcmp(row.until, row.since) < 0)
		dssc_find(r, node, 1, "the end %s is before the start %s", row.until, row.since);
	for (i = 0; i < id->count; i++) {
		row.named = id->items[i];
		check_twice(r, node, &row);
		if (add_row(r, &row) != 0)
			return -1;
	}
	return 0;
}

static int
read_evaluation(struct dssc_reading *r, const xmlNode *node, const struct dssc_identified *id)
{
	struct parameters p = { 0, NULL };
	const xmlNode *c;
	size_t n = 0;

	for (c = xml_first(node); c != NULL; c = xml_next(c))
		if (xml_is(c, XML_NS_DSSC, "Parameter"))
			read_parameter(r, c, id, &p);
	for (c = xml_first(node); c != NULL; c = xml_next(c)) {
		if (!xml_is(c, XML_NS_DSSC, "Validity"))
			continue;
		n++;
		if (read_validity(r, c, id, &p) != 0)
			return -1;
	}
	if (n == 0)
		dssc_find(r, node, 1, "an evaluation of \"%.60s\" has no Validity", id->name);
	/* Signatures without a size would let keys of any size pass. */
	if (id->count > 0 && p.bits == 0 && id->items[0]->kind == NAMED_SIGNATURE &&
	    (id->items[0]->key == KEY_RSA || id->items[0]->key == KEY_DSA))
		dssc_find(r, node, 1, "an evaluation of \"%.60s\" says no size of key", id->name);
	return 0;
}

static int
read_algorithm(struct dssc_reading *r, const xmlNode *node)
{
	struct dssc_identified id = { .count = 0 };
	const xmlNode *c;
	size_t i, n = 0;

	dssc_identify(r, xml_child(node, XML_NS_DSSC, "AlgorithmIdentifier"), &id);
	for (i = 1; i < id.count; i++)
		if (id.items[i]->kind != id.items[0]->kind || id.items[i]->key != id.items[0]->key)
			dssc_find(
			    r, node, 1, "\"%.60s\" mixes identifiers of different kinds", id.name);
	for (c = xml_first(node); c != NULL; c = xml_next(c))
		if (xml_is(c, XML_NS_DSSC, "Evaluation")) {
			n++;
			if (read_evaluation(r, c, &id) != 0)
				return -1;
		}
	if (n == 0)
		dssc_find(r, node, 1, "the algorithm \"%.60s\" has no evaluation", id.name);
	return 0;
}

/* ---- the catalogue ---- */

static int64_t
time_of(struct dssc_reading *r, const xmlNode *node, const char *what)
{
	char *text = xml_node_text(node);
	int64_t seconds = 0;

	if (text == NULL || text_parse_time(text, &seconds) != 0)
		dssc_find(r, node, 1, "%s is no time such as 2026-03-01T12:00:00Z", what);
	free(text);
	return seconds;
}

static int
read_head(struct dssc_reading *r, const xmlNode *root, struct catalogue_file *f)
{
	const xmlNode *name = xml_child(root, XML_NS_DSSC, "PolicyName"),
		      *next = xml_child(root, XML_NS_DSSC, "NextUpdate");
	const xmlNode *edition = xml_child(name, XML_NS_DSSC, "ObjectIdentifier");
	char version[96], when[TEXT_TIME_SIZE];

	f->catalogue.name =
	    dssc_text(r, xml_child(name, XML_NS_DSSC, "Name"), "the name of the catalogue");
	f->publisher = dssc_text(
	    r, xml_path(root, XML_NS_DSSC, "Publisher/Name"), "the name of the publisher");
	f->issued = time_of(r, xml_child(root, XML_NS_DSSC, "PolicyIssueDate"), "PolicyIssueDate");
	f->next_update = CATALOGUE_OPEN;
	if (next != NULL) {
		f->next_update = time_of(r, next, "NextUpdate");
		if (f->next_update <= f->issued)
			dssc_find(r, next, 1, "NextUpdate is not after PolicyIssueDate");
	}
	snprintf(version, sizeof(version), "%.40s%s(%.10s)",
	    edition != NULL ? dssc_text(r, edition, "the edition") : "", edition != NULL ? " " : "",
	    text_time(when, f->issued));
	f->catalogue.version = arena_text(r->arena, version, r->err);
	return f->catalogue.version != NULL ? 0 : -1;
}

static const char *
earlier(const char *a, const char *b)
{
	return a == NULL ? b : b == NULL ? a : strcmp(a, b) < 0 ? a : b;
}

static const char *
later(const char *a, const char *b)
{
	return a == NULL ? b : b == NULL ? a : strcmp(a, b) > 0 ? a : b;
}

/* The rows of one ECDSA evaluation: one for each listed curve, or one for all. */
static void
put_curves(
    const struct dssc_reading *r, const struct dssc_row *row, struct catalogue_key *keys, size_t *n)
{
	size_t i, curves = 0;

	for (i = 0; i < r->count && row->curve == NULL; i++) {
		const struct dssc_row *c = &r->rows[i];

		if (c->named->kind != NAMED_CURVE)
			continue;
		curves++;
		keys[(*n)++] = (struct catalogue_key){ KEY_EC, PADDING_NONE, row->bits,
			c->named->curve, earlier(row->until, c->until), row->named->digest,
			later(row->since, c->since) };
	}
	if (curves == 0)
		keys[(*n)++] = (struct catalogue_key){ KEY_EC, PADDING_NONE, row->bits, row->curve,
			row->until, row->named->digest, row->since };
}

static int
join_rows(struct dssc_reading *r, struct catalogue_file *f)
{
	size_t i, curves = 0, signatures = 0, max;
	struct catalogue_digest *digests;
	struct catalogue_key *keys;

	for (i = 0; i < r->count; i++) {
		curves += r->rows[i].named->kind == NAMED_CURVE;
		signatures += r->rows[i].named->kind == NAMED_SIGNATURE;
	}
	max = signatures * (curves + 1);
	if (max > DSSC_ROWS_MAX)
		return error_limit(r->err, ERROR_LIMIT, "catalogue_rows", DSSC_ROWS_MAX, max,
		    "the algorithm catalogue has too many evaluations");
	digests = arena_array(r->arena, r->count, sizeof(*digests), r->err);
	keys = arena_array(r->arena, max, sizeof(*keys), r->err);
	if (digests == NULL || keys == NULL)
		return -1;
	f->catalogue.digests = digests;
	f->catalogue.keys = keys;
	for (i = 0; i < r->count; i++) {
		const struct dssc_row *row = &r->rows[i];

		if (row->named->kind == NAMED_DIGEST)
			digests[f->catalogue.digest_count++] =
			    (struct catalogue_digest){ row->named->digest, row->until, row->since };
		else if (row->named->kind == NAMED_SIGNATURE && row->named->key == KEY_EC)
			put_curves(r, row, keys, &f->catalogue.key_count);
		else if (row->named->kind == NAMED_SIGNATURE)
			keys[f->catalogue.key_count++] =
			    (struct catalogue_key){ row->named->key, row->named->padding, row->bits,
				    NULL, row->until, row->named->digest, row->since };
	}
	return 0;
}

static int
read_policy(struct dssc_reading *r, const xmlNode *root, struct catalogue_file *f)
{
	const xmlNode *c;

	if (read_head(r, root, f) != 0)
		return -1;
	for (c = xml_first(root); c != NULL; c = xml_next(c))
		if (xml_is(c, XML_NS_DSSC, "Algorithm") && read_algorithm(r, c) != 0)
			return -1;
	if (r->count == 0)
		dssc_find(r, root, 1, "the catalogue evaluates no algorithm that is known here");
	return r->err->kind != ERROR_NONE ? -1 : join_rows(r, f);
}

/* The first error, as the failure. */
static int
tell_errors(const struct dssc_reading *r)
{
	size_t i;

	for (i = 0; i < r->findings->count; i++)
		if (r->findings->items[i].is_error)
			return error_set(r->err, ERROR_MALFORMED,
			    "line %ld of the algorithm catalogue: %s%s", r->findings->items[i].line,
			    r->findings->items[i].text, r->errors > 1 ? " (and more)" : "");
	return 0;
}

static int
read_opened(struct catalogue_file **out, const struct xml_reader *x, struct span bytes,
    struct catalogue_findings *findings, struct error *err)
{
	const xmlNode *root = xmlDocGetRootElement(x->doc.doc);
	struct arena *arena = calloc(1, sizeof(*arena));
	struct dssc_reading r = { .arena = arena, .findings = findings, .err = err };
	struct catalogue_file *f = NULL;
	unsigned char digest[DIGEST_SIZE_MAX];
	int rc = -1;

	if (arena == NULL)
		return error_memory(err);
	if (!xml_is(root, XML_NS_DSSC, "SecuritySuitabilityPolicy"))
		error_set(err, ERROR_MALFORMED,
		    "the document is no algorithm catalogue (SecuritySuitabilityPolicy of RFC "
		    "5698)");
	else if ((f = arena_alloc(arena, sizeof(*f), err)) != NULL &&
		 digest_span(DIGEST_SHA256, bytes, digest, err) == 0 &&
		 read_policy(&r, root, f) == 0 && tell_errors(&r) == 0)
		rc = 0;
	free(r.rows);
	if (rc != 0) {
		arena_release(arena);
		free(arena);
		return -1;
	}
	f->memory = arena;
	memcpy(f->digest, digest, sizeof(f->digest));
	*out = f;
	return 0;
}

static int
open_file(struct xml_reader *x, struct span bytes, struct error *err)
{
	/* Kept by the reader as long as it is open. */
	static const struct xml_read_options options = { .limits = &limits };

	if (bytes.len > CATALOGUE_FILE_BYTES_MAX)
		return error_limit(err, ERROR_TOO_LARGE, "catalogue_bytes",
		    CATALOGUE_FILE_BYTES_MAX, bytes.len, "the algorithm catalogue is too large");
	return xml_reader_open(x, bytes, &options, err);
}

int
catalogue_file_read(struct catalogue_file **file, struct span bytes,
    struct catalogue_findings *findings, struct error *err)
{
	struct catalogue_findings own_findings;
	struct error own = ERROR_INIT;
	struct xml_reader x;
	int rc;

	*file = NULL;
	if (findings == NULL)
		findings = &own_findings;
	if (err == NULL)
		err = &own;
	findings->count = 0;
	if (open_file(&x, bytes, err) != 0)
		return -1;
	rc = read_opened(file, &x, bytes, findings, err);
	xml_reader_close(&x);
	return rc;
}

int
catalogue_file_accept(struct catalogue_file **file, struct span bytes, STACK_OF(X509) * signers,
    int64_t time, struct error *err)
{
	const struct signed_xml_input in = {
		.signers = signers, .time = time, .what = "the algorithm catalogue"
	};
	struct signed_xml_result result = { 0 };
	struct catalogue_findings findings = { .count = 0 };
	struct error own = ERROR_INIT;
	struct xml_reader x;
	int rc = -1;

	*file = NULL;
	if (err == NULL)
		err = &own;
	if (open_file(&x, bytes, err) != 0)
		return -1;
	if (signed_xml_check(&x, &in, &result, err) != 0)
		goto done;
	if (result.verdict != SIGNED_XML_GOOD) {
		error_set(err, ERROR_NOT_AUTHORIZED, "%s", result.text);
		goto done;
	}
	if (read_opened(file, &x, bytes, &findings, err) != 0)
		goto done;
	if ((*file)->issued > time) {
		error_set(err, ERROR_MALFORMED, "the algorithm catalogue is issued in the future");
		catalogue_file_free(*file);
		*file = NULL;
		goto done;
	}
	rc = 0;
done:
	X509_free(result.signer);
	xml_reader_close(&x);
	return rc;
}

void
catalogue_file_free(struct catalogue_file *file)
{
	struct arena *arena;

	if (file == NULL)
		return;
	arena = file->memory;
	arena_release(arena);
	free(arena);
}
