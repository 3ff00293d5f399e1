/*
 * schema/store/user_certificate.h: what is known of users' certificates (S2-31): read by whoever
 * shows or counts them, walked and written by the job that checks them.
 *
 * Times are the servers' clock in seconds; DB_NO_TIME where there is none. States are told by their
 * names, which are also the contract's.
 */
#ifndef SIGNET_SCHEMA_STORE_USER_CERTIFICATE_H
#define SIGNET_SCHEMA_STORE_USER_CERTIFICATE_H

#include "schema/store/caller.h"

enum user_certificate_state {
	USER_CERTIFICATE_NOT_CHECKED, /* it is new: no job has seen it yet */
	USER_CERTIFICATE_GOOD,
	USER_CERTIFICATE_NOT_CHECKABLE, /* nobody publishes whether it is revoked */
	USER_CERTIFICATE_UNKNOWN,	/* somebody does, and could not be asked or believed */
	USER_CERTIFICATE_ON_HOLD,	/* as REVOKED, until it is released */
	USER_CERTIFICATE_REVOKED,
	USER_CERTIFICATE_EXPIRED,
	USER_CERTIFICATE_NOT_YET_VALID,
	USER_CERTIFICATE_STATES
};
/* "NotChecked", "Good", ...; by name: -1 for an unknown one. */
const char *user_certificate_state_name(enum user_certificate_state state);
int user_certificate_state_by_name(const char *name, enum user_certificate_state *state);

/* What was found when it was looked at. */
struct user_certificate_check {
	enum user_certificate_state state;
	int64_t since;	    /* of the state; when written: kept where the state is the one before */
	int64_t checked;    /* DB_NO_TIME: never */
	const char *reason; /* a sentence */
	int64_t revoked;    /* of ON_HOLD and REVOKED, as the issuer tells it */
	const char *revocation_reason;	  /* "keyCompromise", ...; "" */
	const char *source;		  /* what it rests on: "CRL", "OCSP", "" */
	int64_t this_update, next_update; /* of that */
};

/* ---- for lists ---- */

/* Views into the result. */
struct user_certificate_row {
	struct uuid user;
	const char *user_name, *subject;
	struct span fingerprint; /* SHA-256 */
	int is_active;		 /* 0: withdrawn by an administrator */
	int user_is_active;
	int64_t user_until; /* the user's access ends; DB_NO_TIME: never */
	int64_t not_after, created;
	/* EXPIRED too where the job has not yet seen that it is; all else as of `check.checked`. */
	struct user_certificate_check check;
	/* From when on it is refused for its state; DB_NO_TIME: it is not. */
	int64_t refused;
};
struct user_certificate_page {
	const char *user; /* of this user alone; NULL: of all */
	int has_state;	  /* in this state alone */
	enum user_certificate_state state;
	const char *after_user; /* behind this row; NULL: from the first */
	unsigned char after_fingerprint[FINGERPRINT_SIZE];
	int32_t most;
	int64_t now;
};
/*
 * A tenant's certificates, by the names of their users and fingerprint: at most page->most. On 0 *r
 * is the caller's, for db_result_free().
 */
int store_user_certificates(struct db *db, const struct uuid *tenant,
    const struct user_certificate_page *page, struct db_result **r, struct error *err);
struct user_certificate_row store_user_certificate_row(const struct db_result *r, size_t i);

/* How certificates are counted that may be used, of one tenant or of all (NULL). */
struct user_certificate_counts {
	int64_t state[USER_CERTIFICATE_STATES];
	int64_t overdue; /* of the UNKNOWN: longer so than their tenant's grace */
};
int store_user_certificate_counts(struct db *db, const struct uuid *tenant, int64_t now,
    struct user_certificate_counts *counts, struct error *err);

/* ---- a tenant's rules ---- */

struct user_certificate_rules {
	int is_strict;	     /* UNKNOWN is refused once it has lasted for the grace */
	int32_t grace_hours; /* before that, or before it is warned of */
	int64_t next;	     /* when the next look is planned; DB_NO_TIME: at once, or never */
};
int store_user_certificate_rules(struct db *db, const struct uuid *tenant,
    struct user_certificate_rules *rules, struct error *err);
/* ERROR_MALFORMED: grace_hours. `next` is not looked at. */
int store_user_certificate_set_rules(struct db *db, const struct uuid *tenant,
    const struct user_certificate_rules *rules, struct error *err);

/* ---- for the job ---- */

/*
 * Column 0: the tenants whose certificates a run is to look at, those left alone for longest first:
 * `tenant` alone, or (NULL) all active ones without a job of their own.
 */
int store_user_certificate_tenants(
    struct db *db, const struct uuid *tenant, struct db_result **r, struct error *err);

/* How far a walk through one tenant has come; zeroed: it begins. */
struct user_certificate_walk {
	int64_t run; /* the row after which it goes on */
	unsigned char fingerprint[FINGERPRINT_SIZE];
};
struct user_certificate_due {
	const unsigned char *fingerprint;
	struct uuid user;
	const char *user_name;
	struct span certificate;	     /* DER */
	struct user_certificate_check check; /* as it was found last */
	int is_active;			     /* 0: withdrawn, and not to be looked at */
	int64_t run;
};
/*
 * The next certificates that were not looked at in `run` yet, at most `most`, by index; moves the
 * walk behind them. None: it is at its end.
 */
int store_user_certificate_due(struct db *db, const struct uuid *tenant, int64_t run, int32_t most,
    struct user_certificate_walk *walk, struct db_result **r, struct error *err);
struct user_certificate_due store_user_certificate_due_row(const struct db_result *r, size_t i);

struct user_certificate_seen {
	const unsigned char *fingerprint;
	struct user_certificate_check check;
};
/* Write down what was found, all at once. What is gone meanwhile is passed over. */
int store_user_certificate_seen(struct db *db, const struct uuid *tenant, int64_t run,
    const struct user_certificate_seen *seen, size_t count, struct error *err);

#endif
