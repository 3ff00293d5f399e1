/*
 * signing/report/replay.h: a verdict given again, years later and offline, from the report of it
 * and the document: the same readers, time, policy, catalogue, anchors and evidence. The verdict is
 * told in a report again, and all that both reports tell is compared: checks, times, signers,
 * paths, revocation, levels, scopes, time stamps, digests, and what they cite.
 */
#ifndef SIGNET_SIGNING_REPORT_REPLAY_H
#define SIGNET_SIGNING_REPORT_REPLAY_H

#include "signing/report/differences.h"
#include "signing/report/examine.h"
#include "signing/report/recorded.h"

/* Everything stays the caller's. */
struct replay_options {
	const struct recorded *recorded;
	/*
	 * The signed document first, then what it signs. Of a token's report: the stamped document,
	 * or none: then its recorded digest. Of a certificate's: none.
	 */
	const struct document *documents;
	size_t document_count;
	/*
	 * What had been in encrypted layers, in any order; it may have something before it, and of
	 * XML around it: the decrypted document. What had been in a layer in a layer of XML is to
	 * be given by itself. Of an encrypted document documents[0] may be what was in it, if the
	 * document itself is no longer at hand.
	 */
	const struct document *opened;
	size_t opened_count;
	const char *password;
	const struct format_limits *limits; /* NULL: the defaults */
	/* By name and version that of the report; NULL: the built-in one. */
	const struct catalogue *catalogue;
	/*
	 * In place of whom the report trusts, which whoever wrote it chose: the whole snapshot that
	 * it cites, or anchors, for signatures and time stamps, at any time; NULL: whom it trusts.
	 */
	const struct trust_snapshot *trust;
	STACK_OF(X509) * anchors;
	const struct values *crls; /* whole lists, where the report has excerpts; or NULL */
	/* For the verdict on the report's own signature, beside trust or anchors: whom the caller
	 * holds to have signed it (or NULL), and today's time. */
	STACK_OF(X509) * signers;
	int64_t now;
};

struct replayed {
	int is_same;			     /* nothing differs */
	struct verify_conclusion conclusion; /* now */
	struct differences differences;	     /* as compare.h says */
	struct buf rests_on; /* what else the replay believed, a sentence a line, a string */
	/* On the report's own signature, whose value holds: by whom the caller trusts, without
	 * revocation information; 0: it has none, or nobody was named to trust. */
	int is_own_judged;
	struct verify_conclusion own;
	struct examination examination; /* of a document */
};

/*
 * On 0 it was judged again, and the result is the caller's for replayed_release(). -1:
 * ERROR_NOT_FOUND when the catalogue of the report is another, or the document is missing; else as
 * examine().
 */
int replay(struct replayed *out, const struct replay_options *options, struct error *err);
void replayed_release(struct replayed *replayed);

#endif
