#include "signing/format/pdf/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/format/pdf/changes.h"

static const struct pdf_read_options no_options = { 0 };
static const struct format_limits default_limits = FORMAT_LIMITS_DEFAULT;

static const struct {
	const char *name;
	enum pdf_subfilter subfilter;
} subfilters[] = {
	{ "/ETSI.CAdES.detached", PDF_SUBFILTER_CADES },
	{ "/adbe.pkcs7.detached", PDF_SUBFILTER_PKCS7 },
	{ "/adbe.pkcs7.sha1", PDF_SUBFILTER_SHA1 },
	{ "/ETSI.RFC3161", PDF_SUBFILTER_TIMESTAMP },
};

static enum pdf_subfilter
subfilter_of(struct pdf_doc *doc, qpdf_oh value)
{
	size_t i;

	for (i = 0; i < sizeof(subfilters) / sizeof(subfilters[0]); i++)
		if (pdf_get_is_name(doc, value, "/SubFilter", subfilters[i].name))
			return subfilters[i].subfilter;
	return PDF_SUBFILTER_UNKNOWN;
}

/* What fills the gap up is noted, or it is the value's problem: 1. */
static int
examine_fill(const struct pdf_values *values, struct pdf_value *v, enum pdf_fill fill)
{
	const unsigned int padding = DEVIATION_BIT(DEVIATION_CONTENTS_PADDING);

	if (fill == PDF_FILL_ENCRYPTED)
		v->deviations = DEVIATION_BIT(DEVIATION_CONTENTS_ENCRYPTED);
	if (fill != PDF_FILL_OTHER)
		return 0;
	if (values->options->tolerate & padding) {
		v->deviations = padding;
		return 0;
	}
	snprintf(v->problem.text, sizeof(v->problem.text),
	    "something else than zeros stands behind the value of the signature in /Contents");
	return 1;
}

/* Where is it, and what stands in its gap? */
static int
examine(struct pdf_values *values, struct pdf_value *v, struct error *err)
{
	enum pdf_fill fill = PDF_FILL_ZEROS;
	int rc;

	v->subfilter = subfilter_of(values->doc, v->field->value);
	v->is_timestamp = v->subfilter == PDF_SUBFILTER_TIMESTAMP ||
			  pdf_is_timestamp(values->doc, v->field->value);
	v->locks = pdf_has(values->doc, v->field->value, "/Reference") ||
		   pdf_has(values->doc, v->field->field, "/Lock");
	if (pdf_range_read(&v->range, values->doc, v->field->value, &v->problem) != 0)
		return 0;
	v->have_range = 1;
	rc = pdf_range_contents(
	    &v->range, values->doc, v->field->value, &v->der, &fill, &v->problem, err);
	v->is_own = rc == 0;
	if (rc == 0)
		rc = examine_fill(values, v, fill);
	v->sound = rc == 0;
	return rc < 0 ? -1 : 0;
}

static int
goes_on(const struct pdf_values *values, const struct pdf_value *v)
{
	return v->sound && v->range.end != values->doc->bytes.len;
}

/* The revisions after the first value that the document goes on after, and what they changed. */
static int
read_history(struct pdf_values *values, struct error *err)
{
	size_t i, from = values->doc->bytes.len;

	for (i = 0; i < values->count; i++)
		if (goes_on(values, &values->items[i]) && values->items[i].range.end < from)
			from = (size_t)values->items[i].range.end;
	if (from == values->doc->bytes.len)
		return 0;
	if (pdf_history_open(&values->history, values->doc, from, values->options->password, err) !=
		0 ||
	    pdf_changes_find(&values->changes, &values->history, err) != 0)
		return -1;
	return 0;
}

/* Is what each of them covers a revision that holds it? */
static int
place(struct pdf_values *values, struct error *err)
{
	struct pdf_value *v;
	int rc;

	for (v = values->items; v < values->items + values->count; v++) {
		if (!goes_on(values, v))
			continue;
		rc = pdf_revision_check(&v->range, &values->history, v->field->name,
		    v->field->value, &v->revision, &v->problem, err);
		if (rc < 0 || (rc == 0 && pdf_dss_read(&values->dss,
					      values->history.items[v->revision].doc, err) != 0))
			return -1;
		v->sound = rc == 0;
	}
	return 0;
}

/* Each revision has its "startxref"; a few in content do not matter against the limit. */
static int
check_revisions(struct pdf_values *values, struct error *err)
{
	struct span rest = values->doc->bytes;
	const unsigned char *at;
	unsigned int revisions = 0;

	while ((at = memmem(rest.data, rest.len, "startxref", 9)) != NULL) {
		if (++revisions > values->limits->pdf_revisions)
			return error_limit(err, ERROR_LIMIT, "pdf_revisions",
			    values->limits->pdf_revisions, 0, "too many revisions in the PDF");
		rest.len -= (size_t)(at + 9 - rest.data);
		rest.data = at + 9;
	}
	return 0;
}

void
pdf_values_close(struct pdf_values *values)
{
	size_t i;

	for (i = 0; i < values->count; i++)
		buf_release(&values->items[i].der);
	free(values->items);
	pdf_dss_release(&values->dss);
	pdf_found_changes_release(&values->changes);
	pdf_history_close(&values->history);
	pdf_form_release(&values->form);
	pdf_close(values->doc);
}

int
pdf_values_open(struct pdf_values *values, struct span document,
    const struct pdf_read_options *options, struct error *err)
{
	size_t i;

	memset(values, 0, sizeof(*values));
	values->options = options != NULL ? options : &no_options;
	values->limits =
	    values->options->limits != NULL ? values->options->limits : &default_limits;
	if (pdf_open(&values->doc, document, values->options->password, values->limits, err) != 0 ||
	    check_revisions(values, err) != 0 ||
	    pdf_form_read(&values->form, values->doc, err) != 0 ||
	    pdf_dss_read(&values->dss, values->doc, err) != 0)
		return -1;
	values->items = calloc(values->form.count + 1, sizeof(*values->items));
	if (values->items == NULL)
		return error_memory(err);
	for (i = 0; i < values->form.count; i++) {
		if (!values->form.fields[i].is_signed)
			continue;
		values->items[values->count].field = &values->form.fields[i];
		if (examine(values, &values->items[values->count++], err) != 0)
			return -1;
	}
	if (read_history(values, err) != 0 || place(values, err) != 0)
		return -1;
	return pdf_check_damage(values->doc, err);
}
