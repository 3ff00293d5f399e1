/*
 * server/ops/trust/catalogue.h: the algorithm catalogue that the administrator installed: a file,
 * and the certificates of whoever may have signed it (S2-05).
 */
#ifndef SIGNET_OPS_CATALOGUE_H
#define SIGNET_OPS_CATALOGUE_H

#include "signing/trust/catalogue_file.h"

struct engine;

/*
 * Read and check it: `signers` is an open file with certificates in PEM or DER, `catalogue` one
 * with a DSSC policy signed by one of them. On 0 *file is the caller's, for catalogue_file_free();
 * on -1 it is NULL and the text says what is wrong with which setting.
 */
int ops_catalogue_read(
    struct catalogue_file **file, int catalogue, int signers, int64_t time, struct error *err);
/* The same of files by their paths. */
int ops_catalogue_load(struct catalogue_file **file, const char *catalogue, const char *signers,
    int64_t time, struct error *err);
/*
 * Judge by it from now on; both -1: by the built-in one. ERROR_CONFLICT when it was issued before
 * the one in use, which stays.
 */
int ops_catalogue_use(struct engine *engine, int catalogue, int signers, struct error *err);

#endif
