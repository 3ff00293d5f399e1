/*
 * signing/keys/made.h: keys that the keys process makes or takes in while it runs; for the
 * directory store alone.
 *
 * Such a key leaves the process wrapped only: its PKCS#8 form, encrypted with AES-256-GCM by the
 * wrapping key of the store's folder (wrapping.key, made at the first start). The name and what the
 * key is for are bound into it: whoever keeps wrapped keys can neither read nor exchange nor widen
 * them. They are kept where the caller likes, and loaded again when the process lost them.
 */
#ifndef SIGNET_SIGNING_KEYS_MADE_H
#define SIGNET_SIGNING_KEYS_MADE_H

#include "signing/keys/store_dir.h"

/*
 * Read the wrapping key, or make it where there is none; `dir` is the folder. What is wrong is
 * noted in the store, and told to who wants a key made: the store is usable without.
 */
void made_open(struct dir_store *store, int dir);
void made_close(struct dir_store *store);

/* As the operations of store.h. */
int made_make(struct key_store *store, struct span name, const struct key_make *how,
    struct key_made *out, struct error *err);
int made_import(struct key_store *store, struct span name, const struct key_import *how,
    struct key_made *out, struct error *err);
int made_load(struct key_store *store, struct span name, struct span wrapped, struct error *err);
/* The place of a loaded key: 0 and *index, or -1. Any thread. */
int made_find(const struct dir_store *store, const char *name, size_t len, size_t *index);

#endif
