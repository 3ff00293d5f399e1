/*
 * server/ops/trust/choice.h: which trust centres of the lists count for a tenant. A slip would
 * leave a trust centre out unseen, so what is chosen must be in the last list, and what is let go
 * must have been chosen.
 */
#ifndef SIGNET_OPS_TRUST_CHOICE_H
#define SIGNET_OPS_TRUST_CHOICE_H

#include "schema/store/trust.h"

/*
 * Choose it, or let it go; provider "": all of the source. `is_later`: also one that no list names
 * yet. The snapshot that follows is trust_refresh()'s, in the same transaction. ERROR_NOT_FOUND
 * says which trust centres there are.
 */
int trust_choose(struct db *db, const struct uuid *tenant, const struct trust_source_row *source,
    const char *provider, int is_later, struct error *err);
int trust_let_go(struct db *db, const struct uuid *tenant, const struct trust_source_row *source,
    const char *provider, struct error *err);

#endif
