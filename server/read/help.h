/*
 * server/read/help.h: what a child may ask of api while it works, and the answers. Private to the
 * folder.
 *
 * A child asks for the value of a signature by saying what it is to be over. What is signed is put
 * together here, of that, of the key and of the options that the caller gave; and it is looked at
 * before whether that is what was asked for.
 */
#ifndef SIGNET_READ_HELP_H
#define SIGNET_READ_HELP_H

#include "server/read/frame.h"
#include "server/read/reader.h"
#include "server/read/unlock.h"
#include "signing/format/cms/cms_sign.h"

#include "signing/format/xml/xml_subject.h"

#define HELP_FRAMES (FRAME_OPENED + 1)

/* What one order gives a right to; zeroed: to nothing. */
struct help {
	const struct sign_key *key;
	const struct sign_options *options;
	const struct timestamp_source *source;
	const struct unlock_desk *desk;
	const struct reader_bounds *bounds; /* what its document may take */
	int is_met;			    /* an envelope is being tried */
	unsigned int opened;		    /* so many were */
	/* 0 when a CMS or XML signature over the subject is over what was asked for */
	int (*cms_fits)(void *ctx, const struct cms_subject *subject, struct error *err);
	int (*xml_fits)(void *ctx, const struct xml_subject *subject, struct error *err);
	void *fits_ctx;
	/*
	 * Of a PDF: a signature (key, options) or a time stamp (source) over the document and what
	 * the child appended, which is put together and filled in here.
	 */
	int is_pdf;
	struct span document;
	struct buf *out;
	size_t before; /* of out's bytes are others' */
	int filled;
	unsigned int asked[HELP_FRAMES]; /* how often */
};

/* -1 when the child must not be listened to any more; what it asked for may have failed on 0. */
int help_answer(int fd, struct help *help, enum frame_type type, struct span question,
    int64_t deadline, struct error *err);

#endif
