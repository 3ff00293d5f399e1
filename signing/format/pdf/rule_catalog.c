/* Trailer and catalog: what of them may differ between two revisions, and the order of the rules.
 */
#include <stdlib.h>
#include <string.h>

#include "signing/format/pdf/rule_shown.h"
#include "signing/format/pdf/rules.h"
#include "signing/format/xml/xml_check.h"

int
pdf_parts_add(struct pdf_step *step, struct pdf_parts *parts, const struct pdf_part *part)
{
	struct pdf_part *bigger;

	if (parts->count % 64 == 0) {
		bigger = realloc(parts->items, (parts->count + 64) * sizeof(*bigger));
		if (bigger == NULL) {
			error_memory(step->err);
			step->failed = 1;
			return -1;
		}
		parts->items = bigger;
	}
	parts->items[parts->count++] = *part;
	return 0;
}

static uint32_t
number_of(const struct pdf_node *ref)
{
	return ref->type == PDF_REF ? ref->ref.number : 0;
}

/* ---- entries of the catalog that may differ ---- */

typedef void entry_rule(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b);

/* "/1.7" as 107; 0 for what is no version. */
static int
version_of(const struct pdf_node *name)
{
	const char *s = name->type == PDF_NAME ? name->text : "";

	if (s[0] != '/' || s[1] < '1' || s[1] > '9' || s[2] != '.' || s[3] < '0' || s[3] > '9' ||
	    s[4] != '\0')
		return 0;
	return (s[1] - '0') * 100 + s[3] - '0';
}

static void
compare_version(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b)
{
	int old = version_of(step_old(step, a)), new = version_of(step_new(step, b));

	if (!step_differs(step, a, b))
		return;
	if (new == 0 || new < old)
		step_tell(step, CHANGE_OTHER, number_of(b), NULL,
		    "the version of PDF (/Version) was taken back");
	else
		step_tell(step, CHANGE_LTA, number_of(b), NULL,
		    "a later version of PDF (/Version) was noted");
}

/* Of one developer: neither the level nor the version that it builds on is taken back. */
static int
is_taken_back(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b)
{
	const struct pdf_node *was = step_old_get(step, a, "/ExtensionLevel");
	const struct pdf_node *is = step_new_get(step, b, "/ExtensionLevel");

	if (a->type != PDF_DICT || b->type != PDF_DICT)
		return a->type == PDF_DICT && b->type != PDF_ARRAY;
	return (was->type == PDF_INTEGER &&
		   (is->type != PDF_INTEGER || is->number < was->number)) ||
	       version_of(step_new_get(step, b, "/BaseVersion")) <
		   version_of(step_old_get(step, a, "/BaseVersion"));
}

/* ISO 32000-2 clause 7.12: what was noted stays, more may come. */
static void
compare_extensions(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b)
{
	const struct pdf_node *old = step_old(step, a), *new = step_new(step, b);
	uint32_t i;

	if (!step_differs(step, a, b))
		return;
	step_explain(step, a);
	if (new->type != PDF_DICT || new->is_stream) {
		step_tell(step, CHANGE_OTHER, number_of(b), NULL,
		    "the list of extensions (/Extensions) is no dictionary (any more)");
		return;
	}
	for (i = 0; old->type == PDF_DICT && i < old->count; i++)
		if (pdf_node_get(new, old->entries[i].key)->type == PDF_NULL ||
		    is_taken_back(step, step_old(step, old->entries[i].value),
			step_new_get(step, new, old->entries[i].key)))
			step_tell(step, CHANGE_OTHER, number_of(b), NULL,
			    "an extension (/Extensions) was taken back");
	for (i = 0; i < new->count; i++) {
		const struct pdf_node *value = step_new(step, new->entries[i].value);

		if (value->is_stream || (value->type != PDF_DICT && value->type != PDF_ARRAY &&
					    strcmp(new->entries[i].key, "/Type") != 0))
			step_tell(step, CHANGE_OTHER, number_of(b), NULL,
			    "the list of extensions (/Extensions) holds something else");
	}
	step_tell(step, CHANGE_LTA, number_of(b), NULL, "extensions (/Extensions) were noted");
}

/* 1 when the data are XML; 0 also when they are not read (compressed, and too many). */
static int
is_xml(struct pdf_step *step, const struct pdf_node *ref)
{
	struct buf data = BUF_INIT(0);
	struct error ignored = ERROR_INIT;
	int is = stream_data(step, step->new, ref, &data) &&
		 xml_check(SPAN_OF(&data), step->new->limits, &ignored) == 0;

	buf_release(&data);
	return is;
}

/* XMP (clause 14.3.2): a stream of its kind for another, never one that was there for another use.
 */
static void
compare_metadata(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b)
{
	const struct pdf_node *new = step_new(step, b);

	if (!step_differs(step, a, b))
		return;
	step_explain(step, a);
	if (!new->is_stream || !pdf_node_is_name(pdf_node_get(new, "/Subtype"), "/XML") ||
	    !pdf_node_is_name(pdf_node_get(new, "/Type"), "/Metadata") ||
	    (!pdf_node_same_ref(a, b) && !step_is_fresh(step, b)) || !is_xml(step, b))
		step_tell(step, CHANGE_OTHER, number_of(b), NULL,
		    "the metadata were replaced by something else, or removed");
	else
		step_tell(step, CHANGE_LTA, number_of(b), NULL, "the metadata were replaced");
}

/* Clause 14.7.1: flags about the structure; nothing that is shown. */
static void
compare_mark_info(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b)
{
	const struct pdf_node *new = step_new(step, b);
	uint32_t i;

	if (!step_differs(step, a, b))
		return;
	step_explain(step, a);
	for (i = 0; new->type == PDF_DICT &&i < new->count; i++)
		if (new->entries[i].value->type != PDF_BOOLEAN)
			break;
	if (new->type != PDF_DICT || new->is_stream || i < new->count)
		step_tell(step, CHANGE_OTHER, number_of(b), NULL, "/MarkInfo holds no flags");
	else
		step_tell(step, CHANGE_LTA, number_of(b), NULL,
		    "what is noted of the structure (/MarkInfo) was changed");
}

/* Clause 12.8.6: entries stay; a certification must come before all other signatures. */
static void
compare_perms(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b)
{
	const struct pdf_spot place = { .key = "/Perms" };

	step_mark(step, a, MARK_EXPLAINED);
	if (step_differs(step, a, b))
		step_tell(step, CHANGE_OTHER, number_of(b), &place,
		    "a certification or usage rights (/Perms) were added, changed or removed");
}

static const struct {
	const char *key;
	entry_rule *compare;
} entry_rules[] = {
	{ "/DSS", pdf_dss_compare },
	{ "/Extensions", compare_extensions },
	{ "/MarkInfo", compare_mark_info },
	{ "/Metadata", compare_metadata },
	{ "/Perms", compare_perms },
	{ "/Version", compare_version },
};

/* ---- the trailer ---- */

/* Clause 14.3.3: names and strings about the document. */
static void
compare_info(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b)
{
	const struct pdf_node *new = step_new(step, b);

	if (!step_differs(step, a, b))
		return;
	step_explain(step, a);
	if (new->type == PDF_DICT && !new->is_stream)
		step_tell(step, CHANGE_LTA, number_of(b), NULL,
		    "the document information (/Info) was replaced");
	else if (new->type != PDF_NULL)
		step_tell(step, CHANGE_OTHER, number_of(b), NULL,
		    "the document information (/Info) is no dictionary");
}

/* Of the form of the cross-reference section, or new with each revision. */
static const char *const trailer_but[] = { "/Root", "/Info", "/ID", "/Size", "/Prev", "/XRefStm",
	"/Type", "/W", "/Index", "/Filter", "/DecodeParms", "/Length", NULL };

static int
is_of_section(const char *key)
{
	const char *const *k;

	for (k = trailer_but; *k != NULL; k++)
		if (strcmp(*k, key) == 0)
			return 1;
	return 0;
}

/* A key that the new trailer left out says nothing, but for /Encrypt. */
static void
compare_trailer(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b)
{
	const struct pdf_spot place = { .key = "trailer" };
	uint32_t i;

	compare_info(step, pdf_node_get(a, "/Info"), pdf_node_get(b, "/Info"));
	step_equal(
	    step, pdf_node_get(a, "/Encrypt"), pdf_node_get(b, "/Encrypt"), "/Encrypt", 0, &place);
	for (i = 0; i < a->count; i++)
		if (!is_of_section(a->entries[i].key) &&
		    pdf_node_get(b, a->entries[i].key)->type == PDF_NULL)
			step_explain(step, a->entries[i].value);
	for (i = 0; i < b->count; i++)
		if (!is_of_section(b->entries[i].key))
			step_equal(step, pdf_node_get(a, b->entries[i].key), b->entries[i].value,
			    b->entries[i].key, 0, &place);
}

/* ---- all ---- */

static void
compare_catalog(struct pdf_step *step, const struct pdf_node *ref, const struct pdf_node *a,
    const struct pdf_node *b)
{
	static const char *const but[] = { "/AcroForm", "/DSS", "/Extensions", "/MarkInfo",
		"/Metadata", "/Perms", "/StructTreeRoot", "/Version", NULL };
	const struct pdf_node *form = pdf_node_get(a, "/AcroForm");
	const struct pdf_node *tree = pdf_node_get(a, "/StructTreeRoot");
	struct pdf_parts pages = { 0 }, fields = { 0 }, elements = { 0 };
	const struct pdf_spot place = { 0 };
	size_t i;

	step_mark(step, ref, MARK_TREE | MARK_EXPLAINED);
	if (pdf_pages_mark(step, a, &pages) != 0 || pdf_form_mark(step, form, &fields) != 0 ||
	    pdf_structure_mark(step, tree, &elements) != 0)
		goto done;
	step_dict(step, a, b, but, ref->ref.number, &place);
	for (i = 0; i < sizeof(entry_rules) / sizeof(entry_rules[0]); i++)
		entry_rules[i].compare(
		    step, pdf_node_get(a, entry_rules[i].key), pdf_node_get(b, entry_rules[i].key));
	/* The form before the pages: it says which widgets are new. */
	pdf_form_compare(step, form, pdf_node_get(b, "/AcroForm"), &fields);
	pdf_pages_compare(step, &pages);
	pdf_structure_compare(step, tree, pdf_node_get(b, "/StructTreeRoot"), &elements);
done:
	free(pages.items);
	free(fields.items);
	free(elements.items);
}

/* The trailer's dictionary as a tree: it belongs to no object. */
static const struct pdf_node *
trailer_of(struct pdf_step *step, struct pdf_doc *doc)
{
	const struct pdf_node *node = NULL;

	if (!step->failed)
		node = pdf_object_trailer(step->objects, doc, step->err);
	if (node != NULL)
		return node;
	step->failed = 1;
	return &pdf_node_null;
}

void
pdf_compare_all(struct pdf_step *step)
{
	const struct pdf_node *a = trailer_of(step, step->old), *b = trailer_of(step, step->new);
	const struct pdf_node *was = pdf_node_get(a, "/Root"), *is = pdf_node_get(b, "/Root");

	if (step->failed)
		return;
	/* A catalog may be written under a new number, not taken from what there was. */
	if (!pdf_node_same_ref(was, is) && !step_is_fresh(step, is)) {
		step_tell(step, CHANGE_OTHER, number_of(is), NULL,
		    "the trailer leads to another catalog");
		return;
	}
	compare_catalog(step, was, step_old(step, was), step_new(step, is));
	compare_trailer(step, a, b);
	pdf_step_finish(step);
}
