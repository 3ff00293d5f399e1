/*
 * signing/report/input.h: what a report is made of: the verdicts of signing/verify, the documents
 * that they are about, and what the verdicts rest on. Everything stays the caller's.
 */
#ifndef SIGNET_SIGNING_REPORT_INPUT_H
#define SIGNET_SIGNING_REPORT_INPUT_H

#include "signing/core/digests.h"
#include "signing/verify/verify.h"

/* One layer of encryption that was met in the document. */
struct report_layer {
	char part[128];		    /* where in a mail it stands; "" is all of the document */
	unsigned char envelope[32]; /* SHA-256 of what is encrypted, as it came */
	int is_open;		   /* what was in it was judged too, or there is no verdict on it */
	unsigned char content[32]; /* SHA-256 of what was in it */
	uint64_t size;		   /* of that */
};

struct report_input {
	/*
	 * The document that was judged first, then the originals that a detached signature signs;
	 * of each, its digests may be all that is known.
	 */
	const struct document *documents;
	size_t document_count;
	const struct report_layer *layers; /* outermost first */
	size_t layer_count;
	int mail_need_address, mail_need_match; /* as struct smime_read_options has them */

	/* One of these three is judged; the others are NULL and 0. */
	const struct verify_report *report;  /* a document's signatures, and ... */
	const struct signatures *signatures; /* ... what `report` looks into */
	const struct verify_timestamp
	    *timestamps; /* beside `report`: time stamps of the document,
			  * which belong to no signature; alone: a token */
	size_t timestamp_count;
	const struct verify_certificate_report *certificate;
	enum path_purpose purpose; /* that the certificate was judged for */

	int64_t time;			 /* validation time */
	int64_t made;			 /* when the verdict was asked for */
	const struct evidence *gathered; /* beside what the documents bring along; NULL: nothing */
	const unsigned char (*excerpted)[32]; /* SHA-256 of CRLs of which nothing is at hand but
					       * what an excerpt says: in replays */
	size_t excerpted_count;
	const struct verify_policy *policy; /* NULL: the strict default */
	const struct catalogue *catalogue;  /* NULL: the built-in one */
	const char *program;		    /* "Signet 0.1.0" */
	const char *node;		    /* where it was judged, or NULL */
	const struct trust_snapshot *trust; /* NULL: anchors were handed in one by one */
	const char *snapshot;		    /* its name, or NULL */
	uint64_t snapshot_number;
};

#endif
