/*
 * signing/format/pdf/doc.h: a PDF that was opened strictly, to be read and never changed.
 *
 * qpdf forgives much; what it forgives is refused here: no recovery, a start of the
 * cross-reference section where "startxref" says, and (when asked) an object's own header at every
 * offset of the table. Not for two threads at a time.
 */
#ifndef SIGNET_FORMAT_PDF_DOC_H
#define SIGNET_FORMAT_PDF_DOC_H

#include <qpdf/qpdf-c.h>

#include "signing/format/pdf/qpdf_shim.h"
#include "signing/format/signature.h"

/* Deeper than this no tree of the document is followed: fields, pages, nested values. */
#define PDF_DEPTH_MAX 100
/* The most bytes of a text (name, reason, ...) that is read from the document. */
#define PDF_TEXT_MAX 4096

enum pdf_xref_form { PDF_XREF_TABLE, PDF_XREF_STREAM, PDF_XREF_HYBRID };

struct pdf_doc {
	struct span bytes; /* the caller's, for the life of the document */
	size_t shift;	   /* bytes before "%PDF-"; offsets of the table count from there */
	qpdf_data q;
	struct pdf_shim shim;
	uint64_t startxref; /* the number behind the last "startxref" */
	enum pdf_xref_form form;
	const struct format_limits *limits;
};

/*
 * Open `bytes`, which stay the caller's and unchanged until pdf_close(). password may be NULL.
 *   ERROR_MALFORMED    not a PDF, damaged, or encrypted and the password is missing or wrong
 *   ERROR_UNSUPPORTED  encrypted in a way that a password does not open
 *   ERROR_LIMIT        more objects than limits->pdf_objects
 */
int pdf_open(struct pdf_doc **doc, struct span bytes, const char *password,
    const struct format_limits *limits, struct error *err);
void pdf_close(struct pdf_doc *doc); /* NULL is fine */

/*
 * "N G obj" stands at the offset of every object of the table that is not in an object stream;
 * else ERROR_MALFORMED names the object. Without it an entry may show another object.
 */
int pdf_check_headers(const struct pdf_doc *doc, struct error *err);
/* -1 with ERROR_MALFORMED when the library met damage since the document was opened. */
int pdf_check_damage(struct pdf_doc *doc, struct error *err);

/* The entry of an object, or NULL. */
const struct pdf_xref_entry *pdf_find(const struct pdf_doc *doc, int number, int generation);

/* ---- values: handles live until they are released or the document is closed ---- */

/* The value of a key of a dictionary or a stream's dictionary; a null when there is none. */
qpdf_oh pdf_get(struct pdf_doc *doc, qpdf_oh dict, const char *key);
/* 1 when the key stands there with a value that is not null. */
int pdf_has(struct pdf_doc *doc, qpdf_oh dict, const char *key);
/* 0 and *value, or -1 when it is no integer. */
int pdf_integer(struct pdf_doc *doc, qpdf_oh oh, int64_t *value);
int pdf_get_integer(struct pdf_doc *doc, qpdf_oh dict, const char *key, int64_t *value);
/* 1 when the key holds this name ("/Sig"). */
int pdf_get_is_name(struct pdf_doc *doc, qpdf_oh dict, const char *key, const char *name);
/*
 * A copy of a name ("/Sig") or of a text string as UTF-8, at most PDF_TEXT_MAX bytes and without
 * NUL; NULL when there is none of that kind.
 */
char *pdf_get_name(struct pdf_doc *doc, qpdf_oh dict, const char *key);
char *pdf_text(struct pdf_doc *doc, qpdf_oh oh);
char *pdf_get_text(struct pdf_doc *doc, qpdf_oh dict, const char *key);
/* Append a string's bytes, decrypted. -1 with ERROR_MALFORMED when it is no string. */
int pdf_string(struct pdf_doc *doc, qpdf_oh oh, struct buf *out, struct error *err);
/* How many items an array has; 0 for all else. */
int pdf_array_len(struct pdf_doc *doc, qpdf_oh oh);
/* 1 when both are the same indirect object. */
int pdf_same(struct pdf_doc *doc, qpdf_oh a, qpdf_oh b);

/* A set of indirect objects, for walks that must meet each but once. */
struct pdf_set {
	unsigned char *bits;
};
int pdf_set_init(struct pdf_set *set, const struct pdf_doc *doc, struct error *err);
void pdf_set_release(struct pdf_set *set);
/* 1 when the object was added or is direct; 0 when it was in the set already. */
int pdf_set_add(struct pdf_set *set, struct pdf_doc *doc, qpdf_oh oh);

/* Page `number` (1 is the first); ERROR_NOT_FOUND when there are fewer. */
int pdf_find_page(struct pdf_doc *doc, unsigned int number, qpdf_oh *page, struct error *err);

#endif
