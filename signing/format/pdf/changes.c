#include "signing/format/pdf/changes.h"

#include <stdlib.h>
#include <string.h>

#include "signing/format/pdf/lock.h"
#include "signing/format/pdf/rules.h"
#include "signing/format/pdf/strict.h"

static int
compare_two(struct pdf_found_changes *out, struct pdf_objects *objects,
    const struct pdf_history *history, size_t newer, struct error *err)
{
	struct pdf_step step = { .objects = objects,
		.old = history->items[newer - 1].doc,
		.new = history->items[newer].doc,
		.revision = newer,
		.out = out };
	int rc = -1;

	if (pdf_step_open(&step, err) == 0) {
		pdf_compare_all(&step);
		rc = step.failed ? -1 : 0;
	}
	pdf_step_close(&step);
	return rc;
}

int
pdf_changes_find(
    struct pdf_found_changes *out, const struct pdf_history *history, struct error *err)
{
	struct pdf_objects *objects = NULL;
	size_t i;
	int rc = 0;

	if (pdf_objects_new(&objects, err) != 0)
		return -1;
	for (i = 1; rc == 0 && i < history->count; i++)
		rc = compare_two(out, objects, history, i, err);
	pdf_objects_free(objects);
	return rc;
}

int
pdf_check_comparable(struct span document, const char *password, const struct format_limits *limits,
    struct error *err)
{
	struct pdf_found_changes found = { 0 };
	struct pdf_objects *objects = NULL;
	struct pdf_history twice = { 0 };
	struct pdf_revision same[2];
	struct pdf_doc *doc = NULL;
	int rc = -1;

	if (pdf_open(&doc, document, password, limits, err) != 0 ||
	    pdf_check_headers(doc, err) != 0 || pdf_check_table(doc, err) != 0 ||
	    pdf_check_object_streams(doc, NULL, err) != 0 || pdf_objects_new(&objects, err) != 0)
		goto done;
	/* Compared with itself it differs in nothing, unless it cannot be compared. */
	same[0] = same[1] = (struct pdf_revision){ doc, document.len };
	twice = (struct pdf_history){ .items = same, .count = 2, .last = doc };
	rc = compare_two(&found, objects, &twice, 1, err);
	if (rc == 0 && found.count > 0)
		rc = error_set(
		    err, ERROR_MALFORMED, "the PDF is damaged: %.200s", found.items[0].text);
done:
	pdf_found_changes_release(&found);
	pdf_objects_free(objects);
	pdf_close(doc);
	return rc;
}

/* ---- what is permitted ---- */

/* Those that restrict changes and whose word binds this one: its own and all before it. */
static int
binds(const struct pdf_value *value, const struct pdf_value *by)
{
	return by->locks && by->have_range && by->range.end <= value->range.end;
}

/* The gravest class that DocMDP and the locks permit. */
static enum change_class
most_permitted(const struct pdf_values *values, const struct pdf_value *value)
{
	int p = pdf_certified(values->doc);
	size_t i;

	for (i = 0; i < values->count; i++)
		if (binds(value, &values->items[i]))
			p = pdf_stricter(p, pdf_permission_of(values->doc, values->items[i].field));
	return p == 1 ? CHANGE_LTA : p == 2 ? CHANGE_FORM : CHANGE_ANNOTATION;
}

/* The signature that locks the field of the change; NULL when none does. */
static const struct pdf_value *
locked_by(const struct pdf_values *values, const struct pdf_value *value,
    const struct pdf_found_change *c)
{
	size_t i;

	for (i = 0; c->field != NULL && i < values->count; i++)
		if (binds(value, &values->items[i]) &&
		    pdf_field_locks(
			values->doc, values->items[i].field, c->field, c->is_new && c->is_stamp))
			return &values->items[i];
	return NULL;
}

static int
is_permitted(const struct pdf_values *values, const struct pdf_value *value, enum change_class most,
    const struct pdf_found_change *c)
{
	/* Something new to be seen is more than signing: with P 2 an attack (SSA) hides text by it.
	 */
	if (c->is_new && c->is_seen && most < CHANGE_ANNOTATION)
		return 0;
	return c->class <= most && locked_by(values, value, c) == NULL;
}

static void
note(struct signature *sig, const struct pdf_found_change *c, size_t index, int permitted)
{
	struct change *to;

	if (c->class > sig->change_class)
		sig->change_class = c->class;
	if (!permitted)
		sig->changes_permitted = 0;
	if (sig->change_count == CHANGES_MAX) {
		sig->changes_untold++;
		return;
	}
	to = &sig->changes[sig->change_count++];
	*to = (struct change){ .class = c->class,
		.permitted = permitted,
		.revision = (unsigned int)(c->revision - index),
		.object = c->object };
	memcpy(to->text, c->text, sizeof(to->text));
}

int
pdf_changes_are_lta(const struct pdf_values *values, const struct pdf_value *value)
{
	const struct pdf_found_changes *found = &values->changes;
	size_t i;

	if (!value->sound || value->range.end == values->doc->bytes.len)
		return value->sound;
	for (i = 0; i < found->count; i++)
		if (found->items[i].revision > value->revision &&
		    found->items[i].class > CHANGE_LTA)
			return 0;
	return 1;
}

int
pdf_changes_judge(const struct pdf_values *values, const struct pdf_value *value, size_t index,
    struct signature *sig, struct error *err)
{
	enum change_class most = most_permitted(values, value);
	const struct pdf_found_changes *found = &values->changes;
	int wanted;
	size_t i;

	sig->changes_permitted = 1;
	sig->changes = calloc(CHANGES_MAX, sizeof(*sig->changes));
	if (sig->changes == NULL)
		return error_memory(err);
	for (wanted = 0; wanted <= 1; wanted++)
		for (i = 0; i < found->count; i++)
			if (found->items[i].revision > index &&
			    is_permitted(values, value, most, &found->items[i]) == wanted)
				note(sig, &found->items[i], index, wanted);
	return 0;
}
