/*
 * server/soap/report_parts.h: what the answers with verdicts have in common. Each returns -1 for
 * want of memory. For report*.c only.
 */
#ifndef SIGNET_SERVER_SOAP_REPORT_PARTS_H
#define SIGNET_SERVER_SOAP_REPORT_PARTS_H

#include "server/soap/call.h"
#include "signing/verify/verify.h"

extern const enum sig__Indication report_indications[];		/* by enum indication */
char *report_sub_name(struct call *c, enum sub_indication sub); /* NULL: none */

/* What decided comes first, then all else that failed or should be known. */
int report_reasons_out(struct call *c, const struct verify_conclusion *conclusion,
    const struct verify_checks *checks, struct sig__Reason **to, int *count);
/* What to do about it; *to is NULL where nothing is to be done. `lasting` may be NULL. */
int report_advice_out(struct call *c, const struct verify_conclusion *conclusion,
    const struct verify_lasting *lasting, char **to);
/* `token` is that of the time stamp that lasting->timestamp means, or empty. */
int report_provable_out(struct call *c, const struct verify_lasting *lasting, struct span token,
    struct sig__Provability **to);
char *report_token_id(struct call *c, struct span token);
int report_qualification_out(
    struct call *c, const struct verify_qualification *from, struct sig__Qualification **to);
/* NULL for no certificate, and without memory. */
struct sig__Signer *report_signer_out(struct call *c, X509 *cert);
int report_path_out(struct call *c, const struct path_result *path, struct sig__Certificate **to,
    int *count, char **anchor);
int report_revocation_out(
    struct call *c, const struct path_result *path, struct sig__Revocation **to, int *count);
X509 *report_leaf_of(const struct path_result *path);

/* report_signatures.c: the i-th of `all`, which belong together */
int report_timestamp_out(struct call *c, const struct verify_timestamp *all, size_t count, size_t i,
    struct sig__Timestamp *to);
int report_signature_out(
    struct call *c, const struct verify_signature *from, struct sig__Signature *to);

#endif
