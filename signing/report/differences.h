/*
 * signing/report/differences.h: what a report tells otherwise than the verdict that was given
 * again, fact by fact.
 */
#ifndef SIGNET_SIGNING_REPORT_DIFFERENCES_H
#define SIGNET_SIGNING_REPORT_DIFFERENCES_H

#include <stddef.h>

#include "server/base/error.h"

#define DIFFERENCES_MAX 1000 /* further ones are counted */

/* UTF-8; of values of any length the beginning. */
struct difference {
	char *what; /* "signature sig-1: signer: name" */
	char *then; /* what the report says; NULL: nothing */
	char *now;  /* what came out; NULL: there is no such thing */
};
struct differences {
	struct difference *items;
	size_t count, untold;
};
/* Texts are copied. ERROR_UNAVAILABLE. */
int differences_add(struct differences *all, const char *what, const char *then, const char *now,
    struct error *err);
void differences_release(struct differences *all);

#endif
