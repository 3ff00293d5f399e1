/*
 * server/base/audit_row.h: a row of the audit log, as it is written, stored, hashed and exported.
 * The hash chain over rows is signing/proof/audit_chain.h.
 */
#ifndef SIGNET_BASE_AUDIT_ROW_H
#define SIGNET_BASE_AUDIT_ROW_H

#include "server/base/uuid.h"

#define AUDIT_HASH_SIZE 32

struct audit_row {
	int64_t seq;
	int64_t at_us; /* microseconds since 1970 */
	struct uuid request;
	struct uuid tenant, user; /* nil: not authenticated */
	const char *caller, *operation, *object, *result, *reason, *peer;
	struct span digest; /* of the document; at most 64 bytes, empty: none */
	int64_t size_in, size_out, duration_us;
	unsigned char previous[AUDIT_HASH_SIZE], hash[AUDIT_HASH_SIZE];
};

struct audit_head {
	int64_t seq; /* 0: an empty chain, and the hash is zeros */
	unsigned char hash[AUDIT_HASH_SIZE];
};

#endif
