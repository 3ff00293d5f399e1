/*
 * server/ops/user_status.h: is a user's certificate revoked, and what follows from that (S2-31).
 *
 * Who calls is decided by the certificate's fingerprint, not by a path: an administrator has given
 * it to the user. So nothing is asked here but its time and its revocation, by the machinery that
 * judges signatures, at the time of now, to the tenant's trust anchors of any purpose.
 */
#ifndef SIGNET_OPS_USER_STATUS_H
#define SIGNET_OPS_USER_STATUS_H

#include <openssl/x509.h>

#include "schema/store/user_certificate.h"

struct engine;
struct material;
struct patience;

/* Of a revocation that is not the certificate's own, but that of a CA above it. */
#define USER_STATUS_ISSUER_REVOKED "issuerRevoked"

struct user_status {
	struct user_certificate_check check; /* its texts are those below, or static */
	char reason[600];
};

struct user_status_terms {
	int64_t now;
	/* Validation data that were fetched before count only where none newer come. */
	int64_t since_us;
	struct patience *patience; /* or NULL */
};
/*
 * What can be found out now; fetches, and waits for that. 0 whatever is found, also when nothing
 * can be: then it is UNKNOWN and says why. -1: ERROR_UNAVAILABLE of this machine or the database;
 * nothing was found.
 */
int user_status_find(struct engine *engine, const struct material *material, X509 *cert,
    const struct user_status_terms *terms, struct user_status *status, struct error *err);
/* The same of one that does not decode. */
void user_status_unreadable(struct user_status *status, const struct user_status_terms *terms);

/*
 * What counts after what was found before: `found` is changed where it may not undo that. Revoked
 * is for good. A hold, and the revocation of a CA, end by newer word of the issuer alone: neither
 * by an older answer, which anybody may have kept, nor by silence.
 */
void user_status_follow(struct user_status *found, const struct user_certificate_check *before);
/* 1 when nothing that is found can change it: nobody need be asked. */
int user_status_is_final(const struct user_certificate_check *check);

#endif
