/*
 * server/ops/cases/case.h: verdicts that are stored with all that they rest on (S2-02, S2-03),
 * found again and checked.
 *
 * A verified document becomes a case in two steps: ops_case_store() writes it to the database, and
 * ops_conclude() has the journal seal it together with the rows of the audit log. The caller hears
 * of a case only when it is sealed; what a crash leaves in between no look-up shows.
 */
#ifndef SIGNET_OPS_CASE_H
#define SIGNET_OPS_CASE_H

#include "server/ops/request.h"

struct engine;
struct ops_report; /* server/ops/report.h */

/*
 * Store the verdict on documents[index] of the request, with what its report is made of. Sets the
 * document's has_case, case_id and case_digest.
 */
int ops_case_store(struct engine *engine, const struct request *req, size_t index,
    const struct ops_report *report, struct error *err);

/*
 * Append the form in which signers are looked for: lower case, each run of white space one space,
 * none at the ends, at most CASE_KEY_MAX bytes. What is not UTF-8 becomes '?'.
 */
int case_signer_key(const char *text, struct buf *out, struct error *err);

struct verify_lasting;
/*
 * Until when each signature of a case that was read could be proven when it was judged, by the
 * report that came along with it; not known where none did. `all` has room for all signatures.
 */
void ops_case_provable(const struct case_answer *answer, struct verify_lasting *all);

#endif
