/*
 * signing/report/policy_text.h: a validation policy as text, a constraint a line: so a report holds
 * what was asked for, and a replay asks for the same.
 */
#ifndef SIGNET_SIGNING_REPORT_POLICY_TEXT_H
#define SIGNET_SIGNING_REPORT_POLICY_TEXT_H

#include "signing/verify/verify.h"

#define POLICY_TEXT_MAX 65536

/* Append all of it, zeros too; NULL: the strict default. */
int policy_text_write(struct buf *out, const struct verify_policy *policy, struct error *err);

/* One that was read; release it. */
struct policy_read {
	struct verify_policy policy;
	char *text; /* what the policy's strings stand in */
	const char **oids, **commitments;
};
/*
 * The reverse. ERROR_MALFORMED for what is no such text, and ERROR_UNSUPPORTED for a constraint
 * that this program does not know: leaving it out would change the verdict.
 */
int policy_text_read(struct policy_read *out, struct span text, struct error *err);
void policy_read_release(struct policy_read *read);

#endif
