#include "signing/format/pdf/lock.h"

#include <stdlib.h>
#include <string.h>

/* Signature references that one signature may have. */
#define REFERENCES_MAX 32

/* Item i of a signature's /Reference when its method is the given one; else a null. */
static qpdf_oh
parameters(struct pdf_doc *doc, qpdf_oh references, int i, const char *method)
{
	qpdf_oh reference = qpdf_oh_get_array_item(doc->q, references, i);

	if (!pdf_get_is_name(doc, reference, "/TransformMethod", method))
		return qpdf_oh_new_null(doc->q);
	reference = pdf_get(doc, reference, "/TransformParams");
	return qpdf_oh_is_dictionary(doc->q, reference) ? reference
							: qpdf_oh_new_dictionary(doc->q);
}

static int
reference_count(struct pdf_doc *doc, qpdf_oh references)
{
	int n = pdf_array_len(doc, references);

	return n < REFERENCES_MAX ? n : REFERENCES_MAX;
}

static int
permission_in(struct pdf_doc *doc, qpdf_oh dict, int absent)
{
	int64_t p;

	if (pdf_get_integer(doc, dict, "/P", &p) != 0)
		return absent;
	return p >= 1 && p <= 3 ? (int)p : absent;
}

int
pdf_docmdp_of(struct pdf_doc *doc, qpdf_oh value)
{
	qpdf_oh references = pdf_get(doc, value, "/Reference"), params;
	int i, n = reference_count(doc, references);

	for (i = 0; i < n; i++) {
		params = parameters(doc, references, i, "/DocMDP");
		if (!qpdf_oh_is_null(doc->q, params))
			return permission_in(doc, params, 2);
	}
	return 0;
}

int
pdf_stricter(int a, int b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

int
pdf_certified(struct pdf_doc *doc)
{
	qpdf_oh perms = pdf_get(doc, qpdf_get_root(doc->q), "/Perms");
	qpdf_oh certification = pdf_get(doc, perms, "/DocMDP");
	int p;

	if (!qpdf_oh_is_dictionary(doc->q, certification))
		return 0;
	p = pdf_docmdp_of(doc, certification);
	return p != 0 ? p : 2;
}

int
pdf_permission_of(struct pdf_doc *doc, const struct pdf_field *field)
{
	return pdf_stricter(pdf_docmdp_of(doc, field->value),
	    permission_in(doc, pdf_get(doc, field->field, "/Lock"), 0));
}

int
pdf_permission(struct pdf_doc *doc, const struct pdf_form *form)
{
	int p = pdf_certified(doc);
	size_t i;

	for (i = 0; i < form->count; i++)
		if (form->fields[i].is_signed)
			p = pdf_stricter(p, pdf_permission_of(doc, &form->fields[i]));
	return p;
}

/* 1 when the name is the entry's or lies below it. */
static int
names_field(const char *entry, const char *name)
{
	size_t n = strlen(entry);

	return strncmp(entry, name, n) == 0 && (name[n] == '\0' || name[n] == '.');
}

static int
list_has(struct pdf_doc *doc, qpdf_oh list, const char *name)
{
	int i, n = pdf_array_len(doc, list), has = 0;

	for (i = 0; i < n && !has; i++) {
		qpdf_oh item = qpdf_oh_get_array_item(doc->q, list, i);
		char *entry = pdf_text(doc, item);

		has = entry != NULL && names_field(entry, name);
		free(entry);
		qpdf_oh_release(doc->q, item);
	}
	return has;
}

int
pdf_locks_field(struct pdf_doc *doc, qpdf_oh lock, const char *name)
{
	qpdf_oh fields = pdf_get(doc, lock, "/Fields");

	if (pdf_get_is_name(doc, lock, "/Action", "/Include"))
		return list_has(doc, fields, name);
	if (pdf_get_is_name(doc, lock, "/Action", "/Exclude"))
		return !list_has(doc, fields, name);
	return 1;
}

/* 1 when the lock names the field itself, by /Include. */
static int
lock_names(struct pdf_doc *doc, qpdf_oh lock, const char *name)
{
	return pdf_get_is_name(doc, lock, "/Action", "/Include") &&
	       pdf_locks_field(doc, lock, name);
}

/* What a lock must do for it to matter: pdf_locks_field() or lock_names(). */
typedef int lock_test(struct pdf_doc *doc, qpdf_oh lock, const char *name);

static int
value_locks(struct pdf_doc *doc, const struct pdf_field *field, const char *name, lock_test *locks)
{
	qpdf_oh references = pdf_get(doc, field->value, "/Reference"), params;
	qpdf_oh lock = pdf_get(doc, field->field, "/Lock");
	int i, n = reference_count(doc, references);

	for (i = 0; i < n; i++) {
		params = parameters(doc, references, i, "/FieldMDP");
		if (!qpdf_oh_is_null(doc->q, params) && locks(doc, params, name))
			return 1;
	}
	return qpdf_oh_is_dictionary(doc->q, lock) && locks(doc, lock, name);
}

int
pdf_field_locks(struct pdf_doc *doc, const struct pdf_field *field, const char *name, int by_name)
{
	return value_locks(doc, field, name, by_name ? lock_names : pdf_locks_field);
}

static int
refuse_locked(const struct pdf_field *by, const char *name, struct error *err)
{
	return error_set(err, ERROR_CONFLICT,
	    "the field \"%.100s\" is locked by the signature in \"%.100s\"", name, by->name);
}

int
pdf_may_stamp(struct pdf_doc *doc, const struct pdf_form *form, const char *name, int exists,
    struct error *err)
{
	size_t i;

	for (i = 0; i < form->count; i++)
		if (form->fields[i].is_signed &&
		    value_locks(doc, &form->fields[i], name, exists ? pdf_locks_field : lock_names))
			return refuse_locked(&form->fields[i], name, err);
	return 0;
}

int
pdf_may_sign(struct pdf_doc *doc, const struct pdf_form *form, const char *name, int certification,
    struct error *err)
{
	size_t i;

	if (pdf_permission(doc, form) == 1)
		return error_set(err, ERROR_CONFLICT,
		    "the PDF is certified or locked by a signature that allows no changes");
	for (i = 0; i < form->count; i++) {
		if (!form->fields[i].is_signed)
			continue;
		if (certification != 0)
			return error_set(err, ERROR_CONFLICT,
			    "the PDF cannot be certified: it is signed already (field \"%.100s\")",
			    form->fields[i].name);
		if (value_locks(doc, &form->fields[i], name, pdf_locks_field))
			return refuse_locked(&form->fields[i], name, err);
	}
	return 0;
}
