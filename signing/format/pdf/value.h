/*
 * signing/format/pdf/value.h: the values of a document's signature fields, each with what its place
 * in the file is worth: what pdf_read() and pdf_read_timestamps() share.
 */
#ifndef SIGNET_FORMAT_PDF_VALUE_H
#define SIGNET_FORMAT_PDF_VALUE_H

#include "signing/format/pdf/dss.h"
#include "signing/format/pdf/compare.h"
#include "signing/format/pdf/form.h"
#include "signing/format/pdf/history.h"
#include "signing/format/pdf/pdf_read.h"
#include "signing/format/pdf/range.h"

enum pdf_subfilter {
	PDF_SUBFILTER_UNKNOWN,
	PDF_SUBFILTER_CADES,
	PDF_SUBFILTER_PKCS7,
	PDF_SUBFILTER_SHA1,
	PDF_SUBFILTER_TIMESTAMP
};

struct pdf_value {
	const struct pdf_field *field;
	enum pdf_subfilter subfilter;
	struct pdf_range range;
	int have_range; /* the range was read and is sound */
	struct buf der; /* what stands in the gap */
	int sound;  /* range, gap and revision are as they must be; else problem says what not */
	int is_own; /* what stands in the gap is this value, and it is over the range */
	unsigned int deviations; /* noted, of DEVIATION_BIT()s */
	int is_timestamp;
	int locks; /* it has signature references or its field a lock: only then it restricts */
	/* Of the revision that it covers, in the history; 0 where the document ends with it */
	size_t revision;
	struct pdf_problem problem;
};

struct pdf_values {
	const struct pdf_read_options *options; /* never NULL */
	const struct format_limits *limits;	/* never NULL */
	struct pdf_doc *doc;
	struct pdf_form form;
	struct pdf_value *items;
	size_t count;
	struct pdf_dss dss;
	/* Where the document goes on after a value: its revisions, and what they changed */
	struct pdf_history history;
	struct pdf_found_changes changes;
};

/*
 * Open the document and examine the place of every value. pdf_values_close() is due in any case.
 * Errors as pdf_read().
 */
int pdf_values_open(struct pdf_values *values, struct span document,
    const struct pdf_read_options *options, struct error *err);
void pdf_values_close(struct pdf_values *values);

/* Covered items, over all signatures and their document time stamps: each has a list of its own. */
#define PDF_COVERED_MAX 1000000
/* Add the stamp to every signature of the list that lies before it in the file. */
int pdf_stamp_spread(const struct pdf_values *values, const struct pdf_value *stamp,
    struct signatures *list, struct error *err);
/* Form and level of the signatures, when their time stamps are known (EN 319 142-1 clause 6). */
void pdf_stamps_form(const struct pdf_values *values, struct signatures *list);
/* All document time stamps into an empty list, which is the caller's to release in any case. */
int pdf_stamps_list(const struct pdf_values *values, struct pdf_timestamps *out, struct error *err);

#endif
