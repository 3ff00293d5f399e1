/*
 * server/ops/admin/stored.h: a request as text, to be kept and done later: a line for each field
 * that is set, in the order of the contract, and the same request always in the same bytes.
 *
 *	name=text	with \\, \n, \r for backslash and line ends; binaries in base64
 *	name:2		a list, and behind it so many lines "name=text"
 */
#ifndef SIGNET_OPS_ADMIN_STORED_H
#define SIGNET_OPS_ADMIN_STORED_H

#include "server/base/record.h"

#define STORED_MAX ((size_t)4 << 20)

/* Append the values of a request of this form. SECRETs as they are: hand in their digests. */
int stored_write(struct buf *to, const struct thing *request, const struct record_value *values,
    struct error *err);
/*
 * Read into `values`, one for each field, in the arena. ERROR_INTERNAL for what stored_write() does
 * not write, or a field that the request does not have.
 */
int stored_read(struct span text, const struct thing *request, struct record_arena *arena,
    struct record_value *values, struct error *err);
/*
 * The fields that are set, for people: two lists of texts side by side. Of binaries size and
 * SHA-256, of SECRETs that there is one; all else is whole.
 */
int stored_show(const struct thing *request, const struct record_value *values,
    struct record_arena *arena, struct record_value *names, struct record_value *shown,
    struct error *err);

/* What a digest is of, beside the request. */
struct stored_claim {
	const char *id, *proposer, *operation; /* proposer: tenant/user */
	int64_t proposed;		       /* seconds */
	int64_t seen_version;		       /* -1: of nothing */
};
int stored_digest(unsigned char digest[32], const struct stored_claim *claim, struct span request,
    struct error *err);

#endif
