/*
 * server/ops/evidence/gather.h: what was got beside a document so that a verdict could be reached,
 * and which pieces of all that decided.
 */
#ifndef SIGNET_OPS_GATHER_H
#define SIGNET_OPS_GATHER_H

#include "server/base/error.h"
#include "signing/format/signature.h"
#include "signing/x509/path.h"

/*
 * Validation data of one document or certificate; made by ops_judge*() (judge.h). It outlives the
 * report that rests on it, and looks into the signatures that were judged.
 */
struct gathered;

/*
 * What decided this path, one of the report that was made with it: the certificates of the path and
 * of those who signed its revocation data, and these data in DER, each once; added to `out`, which
 * is the caller's for evidence_release() on -1 too. Adding several paths to one `out` is fine.
 * ERROR_NOT_FOUND when a piece is no longer at hand (a list that was replaced meanwhile): judge
 * again.
 */
int gathered_evidence(const struct gathered *gathered, const struct path_result *path,
    struct evidence *out, struct error *err);
void gathered_free(struct gathered *gathered); /* NULL is fine */

struct material;
/*
 * Does anything say where to ask whether certificate i of the path is revoked: the certificate
 * itself, or the administrator with its anchor? 1, 0, or -1 (ERROR_MALFORMED: it does not decode).
 */
int gather_has_source(
    const struct material *material, const struct path_result *path, size_t i, struct error *err);

#endif
