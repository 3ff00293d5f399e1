#include "signing/format/pdf/pdf_sign.h"

#include <stdlib.h>
#include <string.h>

#include "signing/format/cms/cms_sign.h"
#include "signing/format/pdf/appearance.h"
#include "signing/format/pdf/contents.h"
#include "signing/format/pdf/field.h"
#include "signing/format/pdf/gap.h"
#include "signing/format/pdf/lock.h"
#include "signing/format/pdf/proof.h"
#include "signing/format/pdf/seed.h"

static const struct pdf_sign_options no_options = { 0 };

struct signing {
	struct span document;
	const struct sign_key *key;
	const struct sign_options *options;
	const struct pdf_sign_options *pdf;
	const struct pdf_contents_maker *maker;
	enum digest digest;
	const char *subfilter;
	struct pdf_doc *doc;
	struct pdf_form form;
	struct pdf_place place;
	struct pdf_update up;
	struct pdf_gap gap;
};

/* ---- may it be signed ---- */

static int
check_intent(struct signing *s, struct error *err)
{
	struct pdf_intent intent = { .key = s->key,
		.subfilter = s->subfilter,
		.digest = s->digest,
		.certification = s->pdf->certification,
		.timestamped = s->options->level == LEVEL_T,
		.reason = s->pdf->reason };

	if (s->pdf->certification < 0 || s->pdf->certification > 3)
		return error_set(err, ERROR_MALFORMED, "there is no such certification level");
	if (pdf_may_sign(s->doc, &s->form, s->place.name, s->pdf->certification, err) != 0)
		return -1;
	if (s->place.existing == NULL)
		return 0;
	return pdf_seed_check(s->doc, s->place.existing->field, &intent, err);
}

static int
prepare(struct signing *s, struct error *err)
{
	struct sig_alg alg;

	if (sig_alg_for_key(s->key->pkey, s->options->digest, s->options->padding, &alg, err) != 0)
		return -1;
	s->digest = alg.digest;
	s->subfilter = s->options->plain ? "/adbe.pkcs7.detached" : "/ETSI.CAdES.detached";
	if (pdf_open(&s->doc, s->document, s->pdf->password, s->options->limits, err) != 0 ||
	    pdf_form_read(&s->form, s->doc, err) != 0 ||
	    pdf_place_choose(&s->place, s->doc, &s->form, s->pdf, err) != 0)
		return -1;
	return check_intent(s, err);
}

/* ---- the signature dictionary ---- */

static int
put_entry(struct signing *s, const char *key, const char *text, struct error *err)
{
	if (text == NULL)
		return 0;
	if (buf_printf(s->up.out, err, " %s ", key) != 0)
		return -1;
	return pdf_put_text(&s->up.put, text, err);
}

static int
put_docmdp(struct signing *s, struct error *err)
{
	if (s->pdf->certification == 0)
		return 0;
	return buf_printf(s->up.out, err,
	    "<</Type /SigRef /TransformMethod /DocMDP /TransformParams "
	    "<</Type /TransformParams /P %d /V /1.2>>>>",
	    s->pdf->certification);
}

/* The lock of the field that is being signed takes effect by this signature (12.7.5.5). */
static int
put_fieldmdp(struct signing *s, qpdf_oh lock, struct error *err)
{
	struct pdf_doc *doc = s->doc;
	qpdf_oh fields = pdf_get(doc, lock, "/Fields");
	char *action = pdf_get_name(doc, lock, "/Action");
	int rc = -1;

	if (buf_append_str(s->up.out,
		"<</Type /SigRef /TransformMethod /FieldMDP /TransformParams "
		"<</Type /TransformParams /V /1.2 /Action ",
		err) != 0 ||
	    (action != NULL ? pdf_put_name(&s->up.put, action + 1, strlen(action) - 1, err)
			    : buf_append_str(s->up.out, "/All", err)) != 0)
		goto done;
	if (qpdf_oh_is_array(doc->q, fields) && (buf_append_str(s->up.out, " /Fields ", err) != 0 ||
						    pdf_put_value(&s->up.put, fields, err) != 0))
		goto done;
	if (buf_append_str(s->up.out, ">> /Data ", err) == 0 &&
	    pdf_put_item(&s->up.put, pdf_get(doc, qpdf_get_trailer(doc->q), "/Root"), err) == 0)
		rc = buf_append_str(s->up.out, ">>", err);
done:
	free(action);
	return rc;
}

static int
put_references(struct signing *s, struct error *err)
{
	struct pdf_doc *doc = s->doc;
	qpdf_oh lock = s->place.existing != NULL ? pdf_get(doc, s->place.existing->field, "/Lock")
						 : qpdf_oh_new_null(doc->q);
	int locked = qpdf_oh_is_dictionary(doc->q, lock);

	if (s->pdf->certification == 0 && !locked)
		return 0;
	if (buf_append_str(s->up.out, " /Reference [", err) != 0 || put_docmdp(s, err) != 0 ||
	    (locked && put_fieldmdp(s, lock, err) != 0))
		return -1;
	return buf_append_str(s->up.out, "]", err);
}

static int
write_value(struct signing *s, uint32_t number, struct error *err)
{
	if (pdf_update_object(&s->up, number, 0, err) != 0 ||
	    buf_printf(s->up.out, err, "<</Type /Sig /Filter /Adobe.PPKLite /SubFilter %s",
		s->subfilter) != 0 ||
	    pdf_gap_write(&s->gap, &s->up, cms_size_bound(s->key, s->options), err) != 0)
		return -1;
	/* PAdES asks for /M always (EN 319 142-1 clause 6.3). */
	if ((!s->options->plain || s->options->claim_time) &&
	    (buf_append_str(s->up.out, " /M ", err) != 0 ||
		pdf_put_date(&s->up.put, s->options->signing_time, err) != 0))
		return -1;
	if (put_entry(s, "/Name", s->pdf->signer_name, err) != 0 ||
	    put_entry(s, "/Reason", s->pdf->reason, err) != 0 ||
	    put_entry(s, "/Location", s->pdf->location, err) != 0 ||
	    put_entry(s, "/ContactInfo", s->pdf->contact, err) != 0 ||
	    put_references(s, err) != 0 || buf_append_str(s->up.out, ">>", err) != 0)
		return -1;
	return pdf_update_object_end(&s->up, err);
}

static int
write_update(struct signing *s, struct buf *out, struct error *err)
{
	const double *r = s->place.rect;
	uint32_t value, appearance = 0;

	if (pdf_update_begin(&s->up, s->doc, out, err) != 0)
		return -1;
	value = pdf_update_number(&s->up);
	if (write_value(s, value, err) != 0)
		return -1;
	if (s->pdf->appearance != NULL && pdf_appearance_write(&s->up, s->pdf->appearance,
					      r[2] - r[0], r[3] - r[1], &appearance, err) != 0)
		return -1;
	if (pdf_place_write(
		&s->place, &s->up, value, appearance, s->pdf->certification != 0, err) != 0 ||
	    pdf_check_damage(s->doc, err) != 0)
		return -1;
	return pdf_update_finish(&s->up, err);
}

/* ---- the signature ---- */

/* Fill in the byte range, have what it covers signed, fill in the value. */
static int
sign_update(struct signing *s, struct error *err)
{
	struct buf value = BUF_INIT(0);
	struct pdf_range range;
	int rc = -1;

	if (pdf_gap_close(&s->gap, &s->up, &range, err) == 0 &&
	    s->maker->make(s->maker->ctx, pdf_gap_file(&s->up), &range, &value, err) == 0)
		rc = pdf_contents_fill(s->up.out->data + s->up.base, &range, SPAN_OF(&value), err);
	buf_release(&value);
	return rc;
}

/* The new signature is intact, and all that was there before is as it was. */
static int
verify(const struct signing *s, struct error *err)
{
	const struct format_limits *limits = s->options->limits;
	const char *password = s->pdf->password;
	struct pdf_found before, after = { 0 };
	const struct signature *made;
	int rc = -1;

	if (pdf_found_read(&before, s->document, password, limits, err) != 0 ||
	    pdf_found_read(&after, pdf_gap_file(&s->up), password, limits, err) != 0)
		goto done;
	made = pdf_found_signature(&after, s->place.name);
	if (made == NULL || !made->value_intact || !made->references_intact ||
	    made->failure != SUB_NONE || made->scope != SCOPE_FULL)
		error_cause(err, ERROR_INTERNAL, "the signature that was made does not verify",
		    "%s", made != NULL ? made->failure_text : "not found");
	else
		rc = pdf_found_unharmed(&before, &after, err);
done:
	pdf_found_release(&before);
	pdf_found_release(&after);
	return rc;
}

int
pdf_sign_with(struct buf *out, struct span document, const struct sign_key *key,
    const struct sign_options *options, const struct pdf_sign_options *pdf,
    const struct pdf_contents_maker *maker, struct error *err)
{
	struct signing s = { .document = document,
		.key = key,
		.options = options,
		.pdf = pdf != NULL ? pdf : &no_options,
		.maker = maker };
	size_t before = out->len;
	int rc = -1;

	if (prepare(&s, err) != 0 || write_update(&s, out, err) != 0 || sign_update(&s, err) != 0)
		goto done;
	rc = verify(&s, err);
done:
	if (rc != 0)
		out->len = before;
	pdf_update_release(&s.up);
	pdf_place_release(&s.place);
	pdf_form_release(&s.form);
	pdf_close(s.doc);
	return rc;
}

/* ---- with the key at hand ---- */

struct own_key {
	const struct sign_key *key;
	const struct sign_options *options;
};

static int
make_contents(void *ctx, struct span file, const struct pdf_range *range, struct buf *value,
    struct error *err)
{
	const struct own_key *own = ctx;

	return pdf_contents_sign(value, file, range, own->key, own->options, err);
}

int
pdf_sign(struct buf *out, struct span document, const struct sign_key *key,
    const struct sign_options *options, const struct pdf_sign_options *pdf, struct error *err)
{
	struct own_key own = { key, options };
	const struct pdf_contents_maker maker = { make_contents, &own };

	return pdf_sign_with(out, document, key, options, pdf, &maker, err);
}
