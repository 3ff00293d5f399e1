#include "server/read/help.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "server/read/facts.h"
#include "server/read/help_parts.h"
#include "server/read/subject.h"
#include "signing/format/pdf/contents.h"

/* ---- answering what the child asks ---- */

static int
make_contents(const struct help *help, struct span file, const struct pdf_range *range,
    struct buf *value, struct error *err)
{
	if (help->key != NULL)
		return pdf_contents_sign(value, file, range, help->key, help->options, err);
	return pdf_contents_stamp(value, file, range, help->source, err);
}

/* Put the file together, and fill its gap; a value too large for it is the child's to hear of. */
static int
fill(struct help *help, struct span appended, const struct pdf_range *range, struct buf *value,
    struct error *err)
{
	struct buf *out = help->out;
	struct span file;

	help->filled = 0;
	out->len = help->before;
	if (buf_append_span(out, help->document, err) != 0 ||
	    buf_append_span(out, appended, err) != 0)
		return -1;
	file = (struct span){ out->data + help->before, out->len - help->before };
	if (pdf_contents_check(file, help->document.len, range, err) != 0 ||
	    make_contents(help, file, range, value, err) != 0)
		return -1;
	if (value->len > pdf_contents_room(range))
		return 0;
	help->filled = 1;
	return pdf_contents_fill(out->data + help->before, range, SPAN_OF(value), err);
}

static int
answer_contents(struct help *help, struct span question, struct buf *reply, struct error *err)
{
	struct error failure = ERROR_INIT;
	struct span appended = SPAN_NONE;
	struct buf value = BUF_INIT(0);
	struct pdf_range range = { 0 };
	struct pack p;
	int rc;

	pack_read(&p, question, err);
	pack_span(&p, &appended);
	pack_raw(&p, range.at, sizeof(range.at));
	if (!help->is_pdf || (help->key == NULL && help->source == NULL))
		pack_broken(&p);
	if (pack_end(&p) != 0)
		return -1;
	range.end = range.at[2] + range.at[3];
	fill(help, appended, &range, &value, &failure);
	pack_write(&p, reply, err);
	pack_error(&p, &failure);
	pack_buf(&p, &value);
	rc = pack_end(&p);
	buf_release(&value);
	return rc;
}

/* The outcome, and the value where it is good. */
static int
pack_reply(struct buf *reply, struct error *failure, struct buf *value, struct error *err)
{
	struct pack p;
	int rc;

	pack_write(&p, reply, err);
	pack_error(&p, failure);
	pack_buf(&p, value);
	rc = pack_end(&p);
	buf_release(value);
	return rc;
}

/* Is it over what was asked for? Then its value. */
static int
answer_cms(struct help *help, struct span question, struct buf *reply, struct error *err)
{
	struct cms_subject subject = { 0 };
	struct error failure = ERROR_INIT;
	struct buf value = BUF_INIT(0);
	struct pack p;
	int rc = -1;

	pack_read(&p, question, err);
	pack_cms_subject(&p, &subject);
	if (help->key == NULL || help->cms_fits == NULL)
		pack_broken(&p);
	if (pack_end(&p) == 0 && help->cms_fits(help->fits_ctx, &subject, err) == 0) {
		cms_value(&value, &subject, help->key, help->options, &failure);
		rc = pack_reply(reply, &failure, &value, err);
	}
	free((char *)subject.content_type);
	return rc;
}

static int
answer_xml(struct help *help, struct span question, struct buf *reply, struct error *err)
{
	struct xml_subject subject = { 0 };
	struct error failure = ERROR_INIT;
	struct buf value = BUF_INIT(0);
	struct pack p;
	int rc = -1;

	pack_read(&p, question, err);
	pack_xml_subject(&p, &subject);
	if (help->key == NULL || help->xml_fits == NULL)
		pack_broken(&p);
	if (pack_end(&p) == 0 && help->xml_fits(help->fits_ctx, &subject, err) == 0) {
		xml_value_of(&value, &subject, help->key, help->options, &failure);
		rc = pack_reply(reply, &failure, &value, err);
	}
	xml_subject_release(&subject);
	return rc;
}

static int
answer_stamp(struct help *help, struct span question, struct buf *reply, struct error *err)
{
	unsigned char imprint[DIGEST_SIZE_MAX] = { 0 };
	struct error failure = ERROR_INIT;
	struct buf value = BUF_INIT(0);
	unsigned int digest = 0;
	struct pack p;

	pack_read(&p, question, err);
	pack_imprint(&p, &digest, imprint);
	if (help->is_pdf || help->source == NULL || digest < DIGEST_SHA224)
		pack_broken(&p);
	if (pack_end(&p) != 0)
		return -1;
	help->source->get(help->source->ctx, (enum digest)digest, imprint, &value, &failure);
	return pack_reply(reply, &failure, &value, err);
}

/* ---- by what it asks ---- */

/* How often a child may ask; a token that is larger than its room in a PDF is asked for twice. */
static const struct help_row {
	int (*answer)(
	    struct help *help, struct span question, struct buf *reply, struct error *err);
	unsigned int most;
} rows[] = {
	[FRAME_CONTENTS] = { answer_contents, 2 },
	[FRAME_KEYS] = { help_keys, 1 },
	[FRAME_ENVELOPE] = { help_envelope, READER_ENVELOPES_MAX },
	[FRAME_OPENED] = { help_opened, READER_ENVELOPES_MAX },
	/* no more than were paid for when the envelope was met */
	[FRAME_TRANSPORT] = { help_transport, UINT_MAX },
	[FRAME_AGREE] = { help_agree, UINT_MAX },
	[FRAME_CMS_VALUE] = { answer_cms, 1 },
	[FRAME_XML_VALUE] = { answer_xml, 1 },
	[FRAME_STAMP] = { answer_stamp, 1 },
};
_Static_assert(sizeof(rows) / sizeof(rows[0]) == HELP_FRAMES, "each frame is counted");

int
help_answer(int fd, struct help *help, enum frame_type type, struct span question, int64_t deadline,
    struct error *err)
{
	struct buf reply = BUF_INIT(0);
	int rc = -1;

	if ((unsigned int)type >= HELP_FRAMES || rows[type].answer == NULL)
		return error_cause(err, ERROR_INTERNAL, "the document could not be read",
		    "the read process sent a frame of type %d", (int)type);
	if (help->asked[type]++ >= rows[type].most)
		return type == FRAME_ENVELOPE
			   ? error_limit(err, ERROR_LIMIT, "mail-envelopes", rows[type].most, 0,
				 "encrypted parts of the mail")
			   : error_cause(err, ERROR_INTERNAL, "the document could not be read",
				 "the read process asks too often");
	if (rows[type].answer(help, question, &reply, err) == 0) {
		/* To one that died meanwhile nothing can be sent; what of is what comes next. */
		frame_send(fd, FRAME_REPLY, SPAN_OF(&reply), deadline, NULL);
		rc = 0;
	}
	buf_wipe(&reply);
	return rc;
}
