#include "signing/format/pdf/form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Fields of all kinds that one document may have, whatever its size. */
#define FIELDS_MAX 100000

struct walk {
	struct pdf_doc *doc;
	struct pdf_form *form;
	struct pdf_set seen;
	unsigned int fields, values;
};

static int walk_fields(struct walk *w, qpdf_oh list, const char *parent, int is_signature,
    int depth, struct error *err);

/* "parent.name"; the parent's name for a field without one of its own. */
static char *
qualified(const char *parent, const char *own, struct error *err)
{
	char *name;

	if (own == NULL || parent[0] == '\0')
		name = strdup(own != NULL ? own : parent);
	else if (asprintf(&name, "%s.%s", parent, own) < 0)
		name = NULL;
	if (name == NULL)
		error_memory(err);
	else if (strlen(name) > PDF_TEXT_MAX) {
		error_set(err, ERROR_MALFORMED, "a field of the PDF has a name that is too long");
		free(name);
		name = NULL;
	}
	return name;
}

static int
add_name(struct pdf_form *form, const char *name, struct error *err)
{
	char **bigger;

	if (form->name_count % 32 == 0) {
		bigger = realloc(form->names, (form->name_count + 32) * sizeof(*bigger));
		if (bigger == NULL)
			return error_memory(err);
		form->names = bigger;
	}
	form->names[form->name_count] = strdup(name);
	if (form->names[form->name_count] == NULL)
		return error_memory(err);
	form->name_count++;
	return 0;
}

/* Takes the name over. */
static int
add_field(struct walk *w, qpdf_oh field, char *name, struct error *err)
{
	struct pdf_form *form = w->form;
	struct pdf_field *bigger, *added;

	if (form->count % 32 == 0) {
		bigger = realloc(form->fields, (form->count + 32) * sizeof(*bigger));
		if (bigger == NULL) {
			free(name);
			return error_memory(err);
		}
		form->fields = bigger;
	}
	added = &form->fields[form->count++];
	added->name = name;
	added->field = qpdf_oh_new_object(w->doc->q, field);
	added->value = pdf_get(w->doc, field, "/V");
	added->is_signed = qpdf_oh_is_dictionary(w->doc->q, added->value);
	if (added->is_signed && ++w->values > w->doc->limits->signatures)
		return error_limit(err, ERROR_LIMIT, "signatures", w->doc->limits->signatures, 0,
		    "too many signatures in the PDF");
	return 0;
}

/* 1 when a kid is a field of its own and not only a widget of its parent. */
static int
has_named_kid(struct pdf_doc *doc, qpdf_oh kids)
{
	int i, n = pdf_array_len(doc, kids), named = 0;

	for (i = 0; i < n && !named; i++) {
		qpdf_oh kid = qpdf_oh_get_array_item(doc->q, kids, i);

		named = pdf_has(doc, kid, "/T");
		qpdf_oh_release(doc->q, kid);
	}
	return named;
}

static int
walk_field(struct walk *w, qpdf_oh field, const char *parent, int is_signature, int depth,
    struct error *err)
{
	struct pdf_doc *doc = w->doc;
	qpdf_oh kids = pdf_get(doc, field, "/Kids");
	char *own = pdf_get_text(doc, field, "/T"), *name;
	int rc = -1;

	if (++w->fields > FIELDS_MAX) {
		free(own);
		return error_limit(err, ERROR_LIMIT, "pdf_fields", FIELDS_MAX, 0,
		    "too many form fields in the PDF");
	}
	name = qualified(parent, own, err);
	free(own);
	if (name == NULL)
		return -1;
	if (pdf_has(doc, field, "/FT"))
		is_signature = pdf_get_is_name(doc, field, "/FT", "/Sig");
	if (depth > 0 || add_name(w->form, name, err) == 0)
		rc = 0;
	if (rc == 0 && has_named_kid(doc, kids)) {
		rc = walk_fields(w, kids, name, is_signature, depth + 1, err);
	} else if (rc == 0 && is_signature) {
		rc = add_field(w, field, name, err);
		name = NULL;
	}
	free(name);
	qpdf_oh_release(doc->q, kids);
	return rc;
}

static int
walk_fields(struct walk *w, qpdf_oh list, const char *parent, int is_signature, int depth,
    struct error *err)
{
	int i, n = pdf_array_len(w->doc, list), rc = 0;

	if (depth > PDF_DEPTH_MAX)
		return error_limit(err, ERROR_LIMIT, "pdf_depth", PDF_DEPTH_MAX, 0,
		    "the form fields of the PDF are nested too deeply");
	for (i = 0; rc == 0 && i < n; i++) {
		qpdf_oh field = qpdf_oh_get_array_item(w->doc->q, list, i);

		if (qpdf_oh_is_dictionary(w->doc->q, field) && pdf_set_add(&w->seen, w->doc, field))
			rc = walk_field(w, field, parent, is_signature, depth, err);
		qpdf_oh_release(w->doc->q, field);
	}
	return rc;
}

int
pdf_form_read(struct pdf_form *form, struct pdf_doc *doc, struct error *err)
{
	struct walk w = { .doc = doc, .form = form };
	qpdf_oh acroform;
	int rc;

	memset(form, 0, sizeof(*form));
	if (pdf_set_init(&w.seen, doc, err) != 0)
		return -1;
	acroform = pdf_get(doc, qpdf_get_root(doc->q), "/AcroForm");
	rc = walk_fields(&w, pdf_get(doc, acroform, "/Fields"), "", 0, 0, err);
	if (rc == 0)
		rc = pdf_check_damage(doc, err);
	pdf_set_release(&w.seen);
	if (rc != 0)
		pdf_form_release(form);
	return rc;
}

void
pdf_form_release(struct pdf_form *form)
{
	while (form->count > 0)
		free(form->fields[--form->count].name);
	while (form->name_count > 0)
		free(form->names[--form->name_count]);
	free(form->fields);
	free(form->names);
	memset(form, 0, sizeof(*form));
}

const struct pdf_field *
pdf_form_find(const struct pdf_form *form, const char *name)
{
	size_t i;

	for (i = 0; i < form->count; i++)
		if (strcmp(form->fields[i].name, name) == 0)
			return &form->fields[i];
	return NULL;
}

int
pdf_form_has_name(const struct pdf_form *form, const char *name)
{
	size_t i;

	for (i = 0; i < form->name_count; i++)
		if (strcmp(form->names[i], name) == 0)
			return 1;
	return 0;
}

int
pdf_is_timestamp(struct pdf_doc *doc, qpdf_oh value)
{
	return pdf_get_is_name(doc, value, "/Type", "/DocTimeStamp") ||
	       pdf_get_is_name(doc, value, "/SubFilter", "/ETSI.RFC3161");
}
