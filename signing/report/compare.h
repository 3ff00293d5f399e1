/*
 * signing/report/compare.h: two reports of etsi.h, fact by fact: one as it was handed in, the other
 * made of the verdict that was given again. Only for this folder.
 *
 * Everything is compared that a report tells: elements, attributes and texts, whatever their
 * prefixes; validation objects by what they are, not by their ids or their order. Left out is what
 * no second judging can know: names of documents, program, node, when it was asked, whether only
 * digests were at hand, the number of the trust snapshot, the report's own signature. What
 * validation objects hold is known by their digests, which the reader has checked.
 */
#ifndef SIGNET_SIGNING_REPORT_COMPARE_H
#define SIGNET_SIGNING_REPORT_COMPARE_H

#include <libxml/tree.h>

#include "signing/report/differences.h"

struct compare_options {
	int has_snapshot;  /* the whole trust snapshot was at hand: its name and part count */
	int without_trust; /* anchors took its place: what the report says of services does not */
};
/* The roots of both. ERROR_UNAVAILABLE. */
int report_compare(struct differences *out, const xmlNode *then, const xmlNode *now,
    const struct compare_options *options, struct error *err);

#endif
