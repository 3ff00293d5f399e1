/*
 * signing/trust/snapshot.h: whom a tenant trusts, as one immutable value: the services of the trust
 * centres that it chose from trusted lists, and its own CA certificates. Made of accepted lists,
 * packed into bytes whose SHA-256 names it for good, loaded from them in milliseconds. The same
 * lists, choices and certificates always give the same bytes of one version; bytes of the version
 * before, which lack the providers' other names, are read as well.
 *
 * A trust anchor is a subject name and a key (RFC 5280 section 6.1.1, TS 119 615): certificates
 * that agree in both are the same anchor, whatever else they say.
 */
#ifndef SIGNET_SIGNING_TRUST_SNAPSHOT_H
#define SIGNET_SIGNING_TRUST_SNAPSHOT_H

#include "signing/trust/list.h"

#define TRUST_SNAPSHOT_BYTES_MAX ((size_t)64 << 20)

/* ---- making ---- */

/* A list under the name that the administrator gave to where it comes from ("DE"). */
struct trust_listed {
	const char *source;
	const struct trust_list *list;
};
/* A trust centre that counts: all of a source, or one provider of it by its name in the list. */
struct trust_choice {
	const char *source;
	const char *provider; /* NULL: all */
};
#define TRUST_PURPOSE(p) (1u << (p)) /* of enum path_purpose */
struct trust_own {
	const char *name;
	struct span certificate;		/* DER */
	unsigned int purposes;			/* TRUST_PURPOSE()s that it is an anchor for */
	struct trust_texts crl_urls, ocsp_urls; /* where revocation is asked beside what
						 * certificates say */
};
/* Everything stays the caller's. Without choices no service of any list counts. */
struct trust_making {
	const struct trust_listed *lists;
	size_t list_count;
	const struct trust_choice *choices;
	size_t choice_count;
	const struct trust_own *own;
	size_t own_count;
};
/*
 * Append the packed snapshot. Names of sources and of own certificates must differ
 * (ERROR_CONFLICT); a certificate that does not decode is ERROR_MALFORMED. A choice that fits no
 * list or provider is not an error: it may come with the next list.
 */
int trust_snapshot_make(struct buf *out, const struct trust_making *making, struct error *err);

/* ---- a loaded snapshot ---- */

struct trust_source {
	const char *name, *territory, *operator_name, *type;
	int version;
	uint64_t sequence;
	int64_t issued, next_update; /* TRUST_NO_TIME: closed */
	struct span digest;	     /* SHA-256 of the list */
};
struct trust_entry {
	const struct trust_source *source;
	const char *provider;
	struct trust_texts names; /* all of the provider's, trade names too; none in snapshots of
				   * the first version */
	struct trust_service service;
};
struct trust_snapshot {
	unsigned char digest[32]; /* SHA-256 of the packed bytes */
	struct trust_source *sources;
	size_t source_count;
	struct trust_entry *entries;
	size_t entry_count;
	struct trust_own *own;
	size_t own_count;
	void *inside;
};
/*
 * Load packed bytes, which are copied. On 0 *snapshot is the caller's, for trust_snapshot_free(),
 * and may be read by any number of threads. ERROR_MALFORMED for what trust_snapshot_make() did not
 * make, ERROR_UNSUPPORTED for bytes of another version.
 */
int trust_snapshot_load(struct trust_snapshot **snapshot, struct span bytes, struct error *err);
void trust_snapshot_free(struct trust_snapshot *snapshot); /* NULL is fine */
/* The packed bytes; views into the snapshot. */
struct span trust_snapshot_bytes(const struct trust_snapshot *snapshot);
/* "sha256:" and 12 hex digits: how verdicts cite it; `out` holds 24 bytes. Returns out. */
char *trust_snapshot_name(const struct trust_snapshot *snapshot, char out[24]);
/* 1 = these bytes begin as packed snapshots do. */
int trust_snapshot_is(struct span bytes);
/*
 * Append the packed part that concerns these certificates: services and own certificates with the
 * name and key of one of them, with their history and the lists that they are from, and the lists
 * of the countries that the certificates name. What trust_find(), trust_judge(), trust_qualify()
 * and the like say of these certificates, they say by the part too. It has another name than the
 * whole.
 */
int trust_snapshot_part(struct buf *out, const struct trust_snapshot *snapshot,
    STACK_OF(X509) * certificates, struct error *err);

/* ---- asking ---- */

/* One service with the certificate's subject name and key, or one own certificate. */
struct trust_match {
	const struct trust_entry *entry; /* NULL: own */
	const struct trust_instance *at; /* what it was at that time; NULL: not listed then */
	const struct trust_own *own;	 /* NULL: of a list */
};
#define TRUST_MATCHES_MAX 32
/* Fills `matches` in the order of the snapshot; returns how many there are, `max` at most. */
size_t trust_find(const struct trust_snapshot *snapshot, X509 *cert, int64_t time,
    struct trust_match *matches, size_t max);

struct trust_verdict {
	int accepted;
	struct trust_match match; /* the one that decided; all NULL where none was found */
	char text[400];		  /* one sentence with service, provider, status and since when */
};
/*
 * May a path that ends in this certificate be relied on for the purpose, at the time that counts
 * for what was signed? History decides, not what the list says today. Returns ->accepted.
 */
int trust_judge(const struct trust_snapshot *snapshot, X509 *anchor, enum path_purpose purpose,
    int64_t time, struct trust_verdict *verdict);

/*
 * The last second, not after `time`, at which the anchor could be relied on for the purpose: `time`
 * itself when it can be then, else the end of the last good state before it; TRUST_NO_TIME when
 * there was none.
 */
int64_t trust_good_until(
    const struct trust_snapshot *snapshot, X509 *anchor, enum path_purpose purpose, int64_t time);

/* The snapshot as signing/x509 asks for anchors; it looks into the snapshot. */
struct path_trust trust_path(const struct trust_snapshot *snapshot, enum path_purpose purpose);

/*
 * Append the certificates of status services (Svctype/Certstatus) that are relied on at the time:
 * they may sign revocation data of others. References are the caller's.
 */
int trust_status_services(
    const struct trust_snapshot *snapshot, int64_t time, STACK_OF(X509) * out, struct error *err);

/*
 * Append the certificates that may end a path for the purpose, each of them was or is an anchor for
 * it at some time: all, or those whose subject is `subject`. References are the caller's.
 */
int trust_anchors(const struct trust_snapshot *snapshot, enum path_purpose purpose,
    const X509_NAME *subject, STACK_OF(X509) * out, struct error *err);

/* Append a sentence a line for each list whose next update is overdue at `now`. */
int trust_overdue(
    const struct trust_snapshot *snapshot, int64_t now, struct buf *out, struct error *err);

/*
 * Append what differs, a sentence a line, lists first, then providers and services, then own
 * certificates; nothing when they are equal. Returns how many sentences, or -1.
 */
int trust_diff(const struct trust_snapshot *from, const struct trust_snapshot *to, struct buf *out,
    struct error *err);

#endif
