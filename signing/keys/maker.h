/*
 * signing/keys/maker.h: keys made and taken in by the keys process, for who administers them. What
 * comes back is wrapped (made.h): it is kept in the database, and handed to keys_keep() by whoever
 * wants to use the key by its name. A keys process that lost it gets it again by itself.
 */
#ifndef SIGNET_SIGNING_KEYS_MAKER_H
#define SIGNET_SIGNING_KEYS_MAKER_H

#include "signing/keys/client.h"
#include "signing/keys/store.h"

/*
 * Make a key, or take one in, under this name; `made` is the caller's, for key_made_release(), and
 * has what store.h says. It takes seconds (RSA of 4,096 bits). Errors: those of store.h, and
 * ERROR_CONFLICT when there is a key of this name.
 */
int keys_make(
    struct key_made *made, const char *name, const struct key_make *how, struct error *err);
int keys_import(
    struct key_made *made, const char *name, const struct key_import *how, struct error *err);

/*
 * Make the wrapping key of a folder of keys, where there is none yet: for who sets a server up,
 * since a server may not be able to write there. The keys process does the same where it can.
 */
int keys_prepare_folder(const char *dir, struct error *err);

/* Keep the wrapped key, copied, so that the name can be used; for the life of the process. */
int keys_keep(const char *name, struct span wrapped, struct error *err);

#endif
