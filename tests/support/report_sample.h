/*
 * tests/support/report_sample.h: signed documents of every format, judged, as a report is told of
 * them. Failure to make one ends the test.
 */
#ifndef SIGNET_TESTS_REPORT_SAMPLE_H
#define SIGNET_TESTS_REPORT_SAMPLE_H

#include "signing/report/examine.h"
#include "signing/report/input.h"
#include "tests/support/pki.h"

enum report_sample_kind {
	SAMPLE_CMS, /* detached, with a time stamp, approving it; the original beside it */
	SAMPLE_XML, /* enveloped, approving it */
	SAMPLE_PDF, /* with reason and location */
	SAMPLE_CMS_LTA,
	SAMPLE_XML_LTA,
	SAMPLE_PDF_LTA,
	SAMPLE_KINDS,
	/* What holds signatures of these formats, with a time stamp each. */
	SAMPLE_ASICS_CADES = SAMPLE_KINDS,
	SAMPLE_ASICS_XADES,
	SAMPLE_ASICE_CADES, /* over two documents */
	SAMPLE_ASICE_XADES,
	SAMPLE_MAIL,	    /* multipart/signed */
	SAMPLE_MAIL_OPAQUE, /* application/pkcs7-mime */
	SAMPLE_ALL
};

struct report_sample {
	struct buf file;
	struct document documents[2];
	size_t count;
	struct verify_policy policy;
	struct verify_context context; /* root and other CA trusted, at PKI_NOW */
	struct examination examination;
	struct evidence gathered; /* handed in beside the document, when it is judged again */
	struct report_input in;
};

/* Make one signed by PKI_P256 and judge it. */
void report_sample_make(struct report_sample *s, enum report_sample_kind kind);
/* The same by another member. */
void report_sample_make_by(
    struct report_sample *s, enum report_sample_kind kind, enum pki_id signer);
/* The same with a key of the test's own. */
void report_sample_make_with(
    struct report_sample *s, enum report_sample_kind kind, const struct sign_key *key);
/* Judge again, after the context, the file or `gathered` were changed. */
void report_sample_judge(struct report_sample *s);
void report_sample_drop(struct report_sample *s);

#endif
