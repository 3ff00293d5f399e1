/*
 * signing/format/pdf/put.h: values written as PDF syntax: copies of what the document holds, with
 * changes, and new strings and names. In an encrypted document every string is encrypted for the
 * object that it is written in.
 */
#ifndef SIGNET_FORMAT_PDF_PUT_H
#define SIGNET_FORMAT_PDF_PUT_H

#include "signing/format/pdf/doc.h"

struct pdf_put {
	struct pdf_doc *doc;
	struct buf *out; /* borrowed */
	uint32_t number; /* the object that is being written */
	uint32_t generation;
	int plain; /* 1 = nothing is encrypted: trailer, /Encrypt */
};

/* One key of a dictionary that is written anew. */
struct pdf_change {
	const char *key;  /* "/V" */
	struct span text; /* PDF syntax as it shall stand there; data NULL: the key goes */
};

/* A reference where the value is an indirect object, else the value itself. */
int pdf_put_item(struct pdf_put *put, qpdf_oh value, struct error *err);
/* The value itself, also of an indirect object. ERROR_UNSUPPORTED for a stream. */
int pdf_put_value(struct pdf_put *put, qpdf_oh value, struct error *err);
/* A dictionary (or a null: an empty one) with changes; keys that were not there are added. */
int pdf_put_dict(struct pdf_put *put, qpdf_oh dict, const struct pdf_change *changes, size_t count,
    struct error *err);
/* An array (or a null: an empty one) with more items behind its own. */
int pdf_put_array(struct pdf_put *put, qpdf_oh array, struct span more, struct error *err);
int pdf_put_string(struct pdf_put *put, struct span bytes, struct error *err);
/* UTF-8 as a text string: ASCII as it is, all else as UTF-16 (clause 7.9.2.2). */
int pdf_put_text(struct pdf_put *put, const char *utf8, struct error *err);
/* A name without its slash. */
int pdf_put_name(struct pdf_put *put, const char *name, size_t len, struct error *err);
/* "(D:20260301120000Z)", clause 7.9.4. */
int pdf_put_date(struct pdf_put *put, int64_t seconds, struct error *err);

/* Take one character off well-formed UTF-8. */
uint32_t pdf_next_character(const unsigned char **at);

#endif
