#include "signing/format/pdf/pdf_timestamp.h"

#include <string.h>

#include "signing/format/cms/cms_sign.h"
#include "signing/format/cms/message.h"
#include "signing/format/pdf/contents.h"
#include "signing/format/pdf/field.h"
#include "signing/format/pdf/gap.h"
#include "signing/format/pdf/lock.h"
#include "signing/format/pdf/proof.h"
#include "signing/format/cms/tst_info.h"

/* Beside a token that was too large: authorities add to the next one, serial numbers grow. */
#define ROOM_MORE 2048

struct stamping {
	struct span document;
	const struct pdf_contents_maker *maker;
	const char *password;
	const struct format_limits *limits;
	enum digest digest;
	struct pdf_range range;
	struct pdf_doc *doc;
	struct pdf_form form;
	struct pdf_place place;
	struct pdf_update up;
	struct pdf_gap gap;
	struct buf token;
};

/* ---- may it be stamped ---- */

static int
check_existing(const struct stamping *s, struct error *err)
{
	const struct pdf_field *field = s->place.existing;
	const double *r = s->place.rect;

	if (r[0] != r[2] && r[1] != r[3])
		return error_set(err, ERROR_CONFLICT,
		    "the signature field \"%.100s\" is visible and a time stamp shows nothing; "
		    "choose another or none",
		    field->name);
	if (pdf_has(s->doc, field->field, "/SV") || pdf_has(s->doc, field->field, "/Lock"))
		return error_set(err, ERROR_CONFLICT,
		    "the signature field \"%.100s\" is prepared for a signature, not for a time "
		    "stamp",
		    field->name);
	return 0;
}

static int
prepare(struct stamping *s, const char *field_name, struct error *err)
{
	const struct pdf_sign_options place = { .field_name = field_name };

	if (pdf_open(&s->doc, s->document, s->password, s->limits, err) != 0 ||
	    pdf_form_read(&s->form, s->doc, err) != 0 ||
	    pdf_place_choose(&s->place, s->doc, &s->form, &place, err) != 0)
		return -1;
	if (s->place.existing != NULL && check_existing(s, err) != 0)
		return -1;
	return pdf_may_stamp(s->doc, &s->form, s->place.name, s->place.existing != NULL, err);
}

/* ---- the update ---- */

static int
write_update(struct stamping *s, struct buf *out, size_t room, struct error *err)
{
	uint32_t value;

	if (pdf_update_begin(&s->up, s->doc, out, err) != 0)
		return -1;
	value = pdf_update_number(&s->up);
	if (pdf_update_object(&s->up, value, 0, err) != 0 ||
	    buf_append_str(out,
		"<</Type /DocTimeStamp /Filter /Adobe.PPKLite /SubFilter /ETSI.RFC3161",
		err) != 0 ||
	    pdf_gap_write(&s->gap, &s->up, room, err) != 0 || buf_append_str(out, ">>", err) != 0 ||
	    pdf_update_object_end(&s->up, err) != 0 ||
	    pdf_place_write(&s->place, &s->up, value, 0, 0, err) != 0 ||
	    pdf_check_damage(s->doc, err) != 0)
		return -1;
	return pdf_update_finish(&s->up, err);
}

/* A token over the byte range. */
static int
get_token(struct stamping *s, struct error *err)
{
	s->token.len = 0;
	if (pdf_gap_close(&s->gap, &s->up, &s->range, err) != 0)
		return -1;
	return s->maker->make(s->maker->ctx, pdf_gap_file(&s->up), &s->range, &s->token, err);
}

static int
stamp(struct stamping *s, struct buf *out, struct error *err)
{
	size_t before = out->len, room = CMS_TIMESTAMP_ROOM;
	int tries;

	for (tries = 0; tries < 2; tries++) {
		pdf_update_release(&s->up);
		out->len = before;
		if (write_update(s, out, room, err) != 0 || get_token(s, err) != 0)
			return -1;
		if (s->token.len <= room)
			return pdf_contents_fill(
			    out->data + s->up.base, &s->range, SPAN_OF(&s->token), err);
		room = s->token.len + ROOM_MORE;
		if (room > PDF_TIMESTAMP_MAX)
			break;
	}
	return error_set(
	    err, ERROR_TOO_LARGE, "the time stamp has %zu bytes, too many for a PDF", s->token.len);
}

/* ---- the proof ---- */

/* The token stands where it must, over the byte range that was closed. */
static int
is_made(const struct stamping *s, const struct pdf_timestamp *made, struct error *err)
{
	struct digest_values digests;

	return made != NULL && made->failure == SUB_NONE && made->revision_is_last &&
	       made->stamp.imprint_known && tst_info_digest_of(SPAN_OF(&s->token)) == s->digest &&
	       pdf_range_digest(
		   &s->range, pdf_gap_file(&s->up), DIGEST_BIT(s->digest), &digests, err) == 0 &&
	       memcmp(made->stamp.imprint.value[s->digest], digests.value[s->digest],
		   digest_size(s->digest)) == 0 &&
	       span_equal(SPAN_OF(&made->stamp.token), SPAN_OF(&s->token));
}

static int
verify(const struct stamping *s, struct error *err)
{
	struct pdf_found before, after = { 0 };
	const struct pdf_timestamp *made;
	int rc = -1;

	if (pdf_found_read(&before, s->document, s->password, s->limits, err) != 0 ||
	    pdf_found_read(&after, pdf_gap_file(&s->up), s->password, s->limits, err) != 0)
		goto done;
	made = pdf_found_timestamp(&after, s->place.name);
	if (is_made(s, made, err))
		rc = pdf_found_unharmed(&before, &after, err);
	else
		error_cause(err, ERROR_INTERNAL, "the time stamp that was made does not verify",
		    "%s", made != NULL ? made->failure_text : "not found");
done:
	pdf_found_release(&before);
	pdf_found_release(&after);
	return rc;
}

int
pdf_timestamp_with(struct buf *out, struct span document, enum digest digest,
    const struct pdf_timestamp_options *options, const struct format_limits *limits,
    const struct pdf_contents_maker *maker, struct error *err)
{
	struct stamping s = { .document = document,
		.maker = maker,
		.password = options != NULL ? options->password : NULL,
		.limits = limits,
		.digest = digest != DIGEST_NONE ? digest : DIGEST_SHA256,
		.token = BUF_INIT(0) };
	size_t before = out->len;
	int rc = -1;

	if (prepare(&s, options != NULL ? options->field_name : NULL, err) == 0 &&
	    stamp(&s, out, err) == 0)
		rc = verify(&s, err);
	if (rc != 0)
		out->len = before;
	buf_release(&s.token);
	pdf_update_release(&s.up);
	pdf_place_release(&s.place);
	pdf_form_release(&s.form);
	pdf_close(s.doc);
	return rc;
}

/* ---- with the source at hand ---- */

static int
make_contents(void *source, struct span file, const struct pdf_range *range, struct buf *value,
    struct error *err)
{
	return pdf_contents_stamp(value, file, range, source, err);
}

int
pdf_timestamp(struct buf *out, struct span document, const struct timestamp_source *source,
    const struct pdf_timestamp_options *options, const struct format_limits *limits,
    struct error *err)
{
	const struct pdf_contents_maker maker = { make_contents, (void *)source };

	return pdf_timestamp_with(out, document, source->digest, options, limits, &maker, err);
}
