#include "signing/format/pdf/field.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIG_FLAGS 3 /* SignaturesExist, AppendOnly */
/* Coordinates beyond that are nobody's page. */
#define COORDINATE_MAX 1e6

/* ---- choosing ---- */

static int
order_rect(double rect[4], struct error *err)
{
	double swap;
	int i;

	for (i = 0; i < 4; i++)
		if (!(fabs(rect[i]) <= COORDINATE_MAX))
			return error_set(
			    err, ERROR_MALFORMED, "the rectangle of the signature is out of range");
	for (i = 0; i < 2; i++) {
		if (rect[i] <= rect[i + 2])
			continue;
		swap = rect[i];
		rect[i] = rect[i + 2];
		rect[i + 2] = swap;
	}
	return 0;
}

static int
read_rect(struct pdf_doc *doc, qpdf_oh widget, double rect[4], struct error *err)
{
	qpdf_oh array = pdf_get(doc, widget, "/Rect"), item;
	int i;

	if (pdf_array_len(doc, array) != 4)
		return 0; /* a field without a widget is invisible */
	for (i = 0; i < 4; i++) {
		item = qpdf_oh_get_array_item(doc->q, array, i);
		rect[i] =
		    qpdf_oh_is_number(doc->q, item) ? qpdf_oh_get_numeric_value(doc->q, item) : 0;
		qpdf_oh_release(doc->q, item);
	}
	return order_rect(rect, err);
}

static int
choose_existing(struct pdf_place *place, struct pdf_doc *doc, const struct pdf_sign_options *pdf,
    struct error *err)
{
	const struct pdf_field *field = place->existing;
	qpdf_oh kids;

	if (!qpdf_oh_is_null(doc->q, field->value))
		return error_set(err, ERROR_CONFLICT,
		    "the signature field \"%.100s\" is signed already", place->name);
	if (!qpdf_oh_is_indirect(doc->q, field->field))
		return error_set(err, ERROR_UNSUPPORTED,
		    "the signature field \"%.100s\" is no object of its own", place->name);
	place->widget = field->field;
	kids = pdf_get(doc, field->field, "/Kids");
	if (pdf_array_len(doc, kids) > 0 && !pdf_has(doc, field->field, "/Rect"))
		place->widget = qpdf_oh_get_array_item(doc->q, kids, 0);
	if (read_rect(doc, place->widget, place->rect, err) != 0)
		return -1;
	if (pdf->appearance != NULL &&
	    (place->rect[0] == place->rect[2] || place->rect[1] == place->rect[3] ||
		!qpdf_oh_is_indirect(doc->q, place->widget)))
		return error_set(err, ERROR_CONFLICT,
		    "the signature field \"%.100s\" is invisible and cannot show anything",
		    place->name);
	return 0;
}

static int
choose_new(struct pdf_place *place, struct pdf_doc *doc, const struct pdf_sign_options *pdf,
    struct error *err)
{
	if (place->name[0] == '\0' || strchr(place->name, '.') != NULL)
		return error_set(
		    err, ERROR_MALFORMED, "a new signature field must have a name without dots");
	if (pdf->appearance != NULL) {
		memcpy(place->rect, pdf->appearance->rect, sizeof(place->rect));
		if (order_rect(place->rect, err) != 0)
			return -1;
	}
	if (pdf_find_page(
		doc, pdf->appearance != NULL ? pdf->appearance->page : 1, &place->page, err) != 0)
		return -1;
	return pdf_check_damage(doc, err);
}

/* The first of "Signature1", "Signature2", ... that no field at the top has. */
static char *
free_name(const struct pdf_form *form)
{
	unsigned char *used = calloc(form->name_count + 2, 1);
	char *name = NULL, check[40];
	size_t i;

	if (used == NULL)
		return NULL;
	for (i = 0; i < form->name_count; i++) {
		unsigned long n = strncmp(form->names[i], "Signature", 9) == 0
				      ? strtoul(form->names[i] + 9, NULL, 10)
				      : 0;

		snprintf(check, sizeof(check), "Signature%lu", n);
		if (n <= form->name_count && strcmp(check, form->names[i]) == 0)
			used[n] = 1;
	}
	for (i = 1; used[i]; i++)
		;
	if (asprintf(&name, "Signature%zu", i) < 0)
		name = NULL;
	free(used);
	return name;
}

/*
 * What the document's author permits those who do not know the owner's password (ISO 32000-2
 * Table 22): bit 4 with 6 to make fields, 6 or 9 to fill in those that are there.
 */
static int
check_permissions(const struct pdf_doc *doc, int is_new, struct error *err)
{
	const uint32_t p = doc->shim.permitted;
	const int modify = (p & (1u << 3)) != 0, annotate = (p & (1u << 5)) != 0,
		  fill = (p & (1u << 8)) != 0;

	if (!doc->shim.encrypted || doc->shim.is_owner ||
	    (is_new ? modify && annotate : annotate || fill))
		return 0;
	return error_set(err, ERROR_CONFLICT,
	    "the encrypted document does not permit %s; give its owner's password",
	    is_new ? "new signature fields" : "fields to be filled in");
}

int
pdf_place_choose(struct pdf_place *place, struct pdf_doc *doc, const struct pdf_form *form,
    const struct pdf_sign_options *pdf, struct error *err)
{
	memset(place, 0, sizeof(*place));
	place->name = pdf->field_name != NULL ? strdup(pdf->field_name) : free_name(form);
	if (place->name == NULL)
		return error_memory(err);
	place->existing = pdf_form_find(form, place->name);
	if (check_permissions(doc, place->existing == NULL, err) != 0)
		return -1;
	if (place->existing != NULL)
		return choose_existing(place, doc, pdf, err);
	if (pdf_form_has_name(form, place->name))
		return error_set(err, ERROR_CONFLICT,
		    "the field \"%.100s\" exists and is no signature field", place->name);
	return choose_new(place, doc, pdf, err);
}

void
pdf_place_release(struct pdf_place *place)
{
	free(place->name);
	place->name = NULL;
}

/* ---- the field ---- */

static int
write_new_field(const struct pdf_place *place, struct pdf_update *up, uint32_t number,
    uint32_t value, uint32_t appearance, struct error *err)
{
	const double *r = place->rect;

	if (pdf_update_object(up, number, 0, err) != 0 ||
	    buf_printf(up->out, err,
		"<</Type /Annot /Subtype /Widget /FT /Sig /F 132 /Rect [%.2f %.2f %.2f %.2f] "
		"/V %u 0 R /P ",
		r[0], r[1], r[2], r[3], value) != 0 ||
	    pdf_put_item(&up->put, place->page, err) != 0 ||
	    buf_append_str(up->out, " /T ", err) != 0 ||
	    pdf_put_text(&up->put, place->name, err) != 0)
		return -1;
	if (appearance != 0 && buf_printf(up->out, err, " /AP <</N %u 0 R>>", appearance) != 0)
		return -1;
	if (buf_append_str(up->out, ">>", err) != 0)
		return -1;
	return pdf_update_object_end(up, err);
}

/* A dictionary of the document under its own number, with changes. */
static int
rewrite_dict(struct pdf_update *up, qpdf_oh dict, const struct pdf_change *changes, size_t count,
    struct error *err)
{
	if (pdf_update_rewrite(up, dict, err) != 0 ||
	    pdf_put_dict(&up->put, dict, changes, count, err) != 0)
		return -1;
	return pdf_update_object_end(up, err);
}

static int
write_existing_field(const struct pdf_place *place, struct pdf_update *up, uint32_t value,
    uint32_t appearance, struct error *err)
{
	char v[32], ap[48];
	struct pdf_change changes[2];
	size_t count = 0;
	int own_widget = place->widget == place->existing->field;

	snprintf(v, sizeof(v), "%u 0 R", value);
	snprintf(ap, sizeof(ap), "<</N %u 0 R>>", appearance);
	changes[count++] = (struct pdf_change){ "/V", span_str(v) };
	if (appearance != 0 && own_widget)
		changes[count++] = (struct pdf_change){ "/AP", span_str(ap) };
	if (rewrite_dict(up, place->existing->field, changes, count, err) != 0)
		return -1;
	if (appearance == 0 || own_widget)
		return 0;
	changes[0] = (struct pdf_change){ "/AP", span_str(ap) };
	return rewrite_dict(up, place->widget, changes, 1, err);
}

/* ---- what leads to it ---- */

/* Write into a text that will stand in `holder`: strings are encrypted for that object. */
static struct pdf_put
put_within(struct pdf_update *up, qpdf_oh holder, struct buf *text)
{
	struct pdf_put put = up->put;

	put.out = text;
	put.number = (uint32_t)qpdf_oh_get_object_id(up->doc->q, holder);
	put.generation = (uint32_t)qpdf_oh_get_generation(up->doc->q, holder);
	return put;
}

/*
 * One more item in an array that is an entry of `owner`, which stands in the object `holder`. An
 * array that is an object of its own is rewritten alone, and `text` stays empty; else `text` is
 * what the entry must become.
 */
static int
extend_array(struct pdf_update *up, qpdf_oh holder, qpdf_oh owner, const char *key, uint32_t item,
    struct buf *text, struct error *err)
{
	struct pdf_doc *doc = up->doc;
	qpdf_oh array = pdf_get(doc, owner, key);
	struct pdf_put put = put_within(up, holder, text);
	char more[32];

	snprintf(more, sizeof(more), "%u 0 R", item);
	/* One array may serve as field list and as annotations: it has the item already. */
	if (qpdf_oh_is_array(doc->q, array) &&
	    pdf_update_has(up, (uint32_t)qpdf_oh_get_object_id(doc->q, array)))
		return 0;
	if (qpdf_oh_is_array(doc->q, array) && qpdf_oh_is_indirect(doc->q, array)) {
		if (pdf_update_rewrite(up, array, err) != 0 ||
		    pdf_put_array(&up->put, array, span_str(more), err) != 0)
			return -1;
		return pdf_update_object_end(up, err);
	}
	if (!qpdf_oh_is_array(doc->q, array) && !qpdf_oh_is_null(doc->q, array))
		return error_set(
		    err, ERROR_MALFORMED, "the PDF is damaged: an entry %s of it is no array", key);
	return pdf_put_array(&put, array, span_str(more), err);
}

static int
write_annotation(
    const struct pdf_place *place, struct pdf_update *up, uint32_t field, struct error *err)
{
	struct buf text = BUF_INIT(0);
	struct pdf_change change = { "/Annots", SPAN_NONE };
	int rc = extend_array(up, place->page, place->page, "/Annots", field, &text, err);

	change.text = SPAN_OF(&text);
	if (rc == 0 && text.len > 0)
		rc = rewrite_dict(up, place->page, &change, 1, err);
	buf_release(&text);
	return rc;
}

/* What becomes of the AcroForm, and what of the catalog for it. */
struct form_change {
	struct buf fields;  /* new value of /Fields, or empty */
	struct buf catalog; /* new value of the catalog's /AcroForm, or empty */
};

/* The AcroForm's dictionary as it must become, into up->out or, for a direct one, into a text. */
static int
write_form(struct pdf_update *up, qpdf_oh form, uint32_t field, struct form_change *change,
    struct error *err)
{
	struct pdf_doc *doc = up->doc;
	qpdf_oh root = qpdf_get_root(doc->q);
	qpdf_oh holder = qpdf_oh_is_indirect(doc->q, form) ? form : root;
	struct pdf_put put = put_within(up, root, &change->catalog);
	struct pdf_change changes[2];
	int64_t flags = 0;
	char flag_text[24];
	size_t count = 0;

	if (field != 0 &&
	    extend_array(up, holder, form, "/Fields", field, &change->fields, err) != 0)
		return -1;
	if (change->fields.len > 0)
		changes[count++] = (struct pdf_change){ "/Fields", SPAN_OF(&change->fields) };
	pdf_get_integer(doc, form, "/SigFlags", &flags);
	snprintf(flag_text, sizeof(flag_text), "%lld", (long long)flags | SIG_FLAGS);
	if ((flags & SIG_FLAGS) != SIG_FLAGS)
		changes[count++] = (struct pdf_change){ "/SigFlags", span_str(flag_text) };
	if (count == 0)
		return 0;
	if (qpdf_oh_is_indirect(doc->q, form))
		return rewrite_dict(up, form, changes, count, err);
	return pdf_put_dict(&put, form, changes, count, err);
}

/* A document without a form gets one, as an object of its own. */
static int
write_new_form(struct pdf_update *up, uint32_t field, struct form_change *change, struct error *err)
{
	uint32_t number = pdf_update_number(up);

	if (pdf_update_object(up, number, 0, err) != 0 ||
	    buf_printf(up->out, err, "<</Fields [%u 0 R] /SigFlags %d>>", field, SIG_FLAGS) != 0 ||
	    pdf_update_object_end(up, err) != 0)
		return -1;
	return buf_printf(&change->catalog, err, "%u 0 R", number);
}

static int
put_perms(struct pdf_update *up, uint32_t value, struct buf *text, struct error *err)
{
	char reference[32];
	struct pdf_change change = { "/DocMDP", SPAN_NONE };
	qpdf_oh root = qpdf_get_root(up->doc->q);
	struct pdf_put put = put_within(up, root, text);

	snprintf(reference, sizeof(reference), "%u 0 R", value);
	change.text = span_str(reference);
	return pdf_put_dict(&put, pdf_get(up->doc, root, "/Perms"), &change, 1, err);
}

static int
write_form_and_catalog(
    struct pdf_update *up, uint32_t field, uint32_t value, int certify, struct error *err)
{
	struct pdf_doc *doc = up->doc;
	qpdf_oh root = qpdf_get_root(doc->q), form = pdf_get(doc, root, "/AcroForm");
	struct form_change change = { BUF_INIT(0), BUF_INIT(0) };
	struct buf perms = BUF_INIT(0);
	struct pdf_change changes[2];
	size_t count = 0;
	int rc;

	rc = qpdf_oh_is_dictionary(doc->q, form) ? write_form(up, form, field, &change, err)
						 : write_new_form(up, field, &change, err);
	if (rc == 0 && certify)
		rc = put_perms(up, value, &perms, err);
	if (change.catalog.len > 0)
		changes[count++] = (struct pdf_change){ "/AcroForm", SPAN_OF(&change.catalog) };
	if (perms.len > 0)
		changes[count++] = (struct pdf_change){ "/Perms", SPAN_OF(&perms) };
	if (rc == 0 && count > 0)
		rc = rewrite_dict(up, root, changes, count, err);
	buf_release(&change.fields);
	buf_release(&change.catalog);
	buf_release(&perms);
	return rc;
}

int
pdf_place_write(const struct pdf_place *place, struct pdf_update *up, uint32_t value,
    uint32_t appearance, int certify, struct error *err)
{
	uint32_t number = 0;

	if (place->existing != NULL) {
		if (write_existing_field(place, up, value, appearance, err) != 0)
			return -1;
	} else {
		number = pdf_update_number(up);
		if (write_new_field(place, up, number, value, appearance, err) != 0 ||
		    write_annotation(place, up, number, err) != 0)
			return -1;
	}
	return write_form_and_catalog(up, number, value, certify, err);
}
