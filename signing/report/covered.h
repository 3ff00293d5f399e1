/*
 * signing/report/covered.h: what each time stamp covers, as objects of the report. Only for this
 * folder.
 */
#ifndef SIGNET_SIGNING_REPORT_COVERED_H
#define SIGNET_SIGNING_REPORT_COVERED_H

#include "signing/report/objects.h"

/*
 * 1 when the time stamp's imprint is over this object: the value of a signature that holds it, a
 * document that such a signature signs as it is, certificates, CRLs, OCSP answers and other tokens.
 * A document of which a stamp covers a revision is not an object of its own.
 */
int report_covers(const struct report_input *in, const struct verify_timestamp *timestamp,
    const struct report_object *object);
/*
 * 1 unless documents were handed in beside the signature and the i-th (from 1; `object`) is none
 * that a reference leads to, nor the same as one.
 */
int report_is_signed(const struct report_input *in, size_t i, const struct report_object *object);
/* The object that a time stamp is, or NULL for one that could not be read. */
const struct report_object *report_object_of_stamp(
    const struct report_objects *objects, const struct verify_timestamp *timestamp);

/* Ids of the evidence behind a status that is among the objects, with spaces between; "": none. */
char *report_evidence_ids(const struct report_objects *objects, const struct revocation_result *r,
    char *out, size_t size);

#endif
