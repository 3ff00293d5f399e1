/*
 * signing/report/examine.h: a document read by what it is and judged, all in one call and one
 * process: what the server does in several, for replays.
 */
#ifndef SIGNET_SIGNING_REPORT_EXAMINE_H
#define SIGNET_SIGNING_REPORT_EXAMINE_H

#include "signing/format/read.h"
#include "signing/format/xml/xml_decrypt.h"
#include "signing/verify/verify.h"

/* Everything stays the caller's. */
struct examine_options {
	const struct format_limits *limits;  /* NULL: the defaults */
	const char *password;		     /* opens a PDF; NULL: none */
	STACK_OF(X509) * extra_certificates; /* where signers are looked for beside; or NULL */
	/* Asked for each encrypted layer, of mails and else; NULL: nobody, and they stay closed */
	const struct envelope_opener *opener;
	const struct xml_opener *xml_opener;	/* the same of XML encryption */
	int mail_need_address, mail_need_match; /* as struct smime_read_options has them */
	unsigned int tolerate;			/* of the policy: verify_policy_tolerates() */
};

struct examination {
	struct document_facts facts;	     /* as read */
	struct verify_report report;	     /* looks into the facts' signatures */
	struct verify_timestamp *timestamps; /* time stamps of the document itself */
	size_t timestamp_count;
};

/*
 * documents[0] is the signed document (or the detached signature), the others are what it signs. On
 * 0 the examination is the caller's for examination_release(); on -1 it is empty: ERROR_MALFORMED
 * for what no reader is for, else as the readers and verify_signatures(). No reader here has a
 * limit of time, and a hostile PDF may take much memory: ask for nothing that cannot be waited for.
 */
int examine(struct examination *out, const struct document *documents, size_t count,
    const struct examine_options *options, const struct verify_context *context, struct error *err);
void examination_release(struct examination *examination);

#endif
