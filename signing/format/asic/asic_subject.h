/*
 * signing/format/asic/asic_subject.h: what a signature that is added to a container must be over,
 * found without taking the container into memory: for whoever has the key, while another process
 * makes the signature (asic_add_signature()).
 *
 * The records are scanned (archive_scan()) and their data digested as they are inflated, within the
 * container's limits: linear work, and 64 KB of memory beside the records.
 */
#ifndef SIGNET_SIGNING_FORMAT_ASIC_SUBJECT_H
#define SIGNET_SIGNING_FORMAT_ASIC_SUBJECT_H

#include "signing/core/digests.h"

struct cms_subject;

/* The documents of a container, by name and digest; release it. */
struct asic_holdings {
	enum digest digest;
	struct document *docs; /* in the order of the container; without content */
	struct digest_values *values;
	size_t count;
};
/*
 * ERROR_MALFORMED, ERROR_UNSUPPORTED (names that are not UTF-8, and what archive_scan() does not
 * take), ERROR_LIMIT, ERROR_TOO_LARGE, ERROR_UNAVAILABLE. On -1 nothing is held.
 */
int asic_holdings_find(
    struct asic_holdings *h, struct span container, enum digest digest, struct error *err);
void asic_holdings_release(struct asic_holdings *h);

/*
 * ERROR_INTERNAL unless a CAdES signature over the subject is one over all of these documents: over
 * the only one, or over an ASiCManifest as asic_add_signature() writes it.
 */
int asic_subject_fits(
    const struct asic_holdings *h, const struct cms_subject *subject, struct error *err);

#endif
