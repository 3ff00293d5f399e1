/*
 * server/ops/publish.h: the CRL of a CA whose key is in the keys process: made when it is asked
 * for, and again when it is an hour old. Nothing is kept: its number is the time, so that lists of
 * several servers, or of before a restart, follow one another.
 *
 * What was issued is not recorded here, and nothing is revoked: this is the CA of the demo, whose
 * signatures could not be given validation data else. Users' certificates are another CA's.
 */
#ifndef SIGNET_OPS_PUBLISH_H
#define SIGNET_OPS_PUBLISH_H

#include "server/base/buf.h"
#include "server/base/error.h"

#define PUBLISH_FRESH_S 3600	    /* a new list is made when the last is older */
#define PUBLISH_LIFE_S	(7 * 86400) /* to nextUpdate */

struct publisher;

/* The keys process is asked at the first list only. `key` is the CA's name there. */
int publisher_new(struct publisher **publisher, const char *key, struct error *err);
void publisher_free(struct publisher *publisher); /* NULL is fine */
/* 1 when this is the name of its list. */
int publisher_has(const struct publisher *publisher, const char *name);
/* Append the list that counts at `now`, in DER. By any thread. ERROR_UNAVAILABLE, ERROR_INTERNAL.
 */
int publisher_crl(struct publisher *publisher, int64_t now, struct buf *der, struct error *err);

#endif
