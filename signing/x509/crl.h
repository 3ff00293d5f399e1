/*
 * signing/x509/crl.h: certificate revocation lists (RFC 5280 section 5): what one says of itself,
 * and whether it lists a certificate.
 *
 * A list is read once, strictly (DER), without an object for each entry: 30 MB with 800,000 entries
 * open in a fraction of a second, and a look-up is a binary search. Whether its signature is good
 * and whether it may speak for a certificate is judged by signing/x509/revocation.h.
 *
 * Judges see a list as a struct crl_source. So the sorted entries may as well lie in pages of a
 * database: crl_head_write() and crl_each_entry() export a list, crl_head_read() makes one whose
 * entries a function of the caller's finds.
 */
#ifndef SIGNET_SIGNING_X509_CRL_H
#define SIGNET_SIGNING_X509_CRL_H

#include <openssl/x509v3.h>
#include <stdint.h>

#include "server/base/buf.h"
#include "signing/core/alg.h"

#define CRL_BYTES_MAX	((size_t)64 << 20)
#define CRL_ISSUERS_MAX 1000 /* different certificate issuers in an indirect list */
#define CRL_SERIAL_MAX	64   /* bytes of a serial number; RFC 5280 allows 20 */

/* Sets of reasons: ReasonFlags of RFC 5280 section 4.2.1.13, its bit n as 1 << n. */
#define CRL_REASONS_ALL 0x1feu /* bits 1 to 8 */
/* CRLReason, RFC 5280 section 5.3.1 */
enum crl_reason {
	CRL_REASON_ABSENT = -1,
	CRL_UNSPECIFIED = 0,
	CRL_KEY_COMPROMISE = 1,
	CRL_CA_COMPROMISE = 2,
	CRL_AFFILIATION_CHANGED = 3,
	CRL_SUPERSEDED = 4,
	CRL_CESSATION_OF_OPERATION = 5,
	CRL_CERTIFICATE_HOLD = 6,
	CRL_REMOVE_FROM_CRL = 8,
	CRL_PRIVILEGE_WITHDRAWN = 9,
	CRL_AA_COMPROMISE = 10
};
/* "keyCompromise", ...; "unspecified" for an absent one. */
const char *crl_reason_name(int reason);

/* Numbers of lists, and serial numbers: big-endian, without redundant leading bytes. */
struct crl_number {
	unsigned char bytes[CRL_SERIAL_MAX];
	size_t len; /* 0 = absent */
};
/* <0, 0, >0; only for numbers that are there and not negative. */
int crl_number_compare(const struct crl_number *a, const struct crl_number *b);

struct crl;

/* Everything is owned by the list. */
struct crl_facts {
	int version; /* 1 or 2 */
	const X509_NAME *issuer;
	char issuer_text[512]; /* RFC 2253 */
	int64_t this_update;
	int64_t next_update; /* 0 = not said */
	struct crl_number number;
	int is_delta;
	struct crl_number base; /* of a delta: BaseCRLNumber */
	/* issuingDistributionPoint: */
	int has_idp;
	const DIST_POINT_NAME *distribution_point; /* NULL = none */
	int only_user, only_ca, only_attribute, indirect;
	unsigned int reasons;		 /* onlySomeReasons; CRL_REASONS_ALL where it is absent */
	const AUTHORITY_KEYID *aki;	 /* NULL = none */
	const CRL_DIST_POINTS *freshest; /* NULL = none */
	const AUTHORITY_INFO_ACCESS *access; /* RFC 4325: where its issuer's certificate is */
	/*
	 * X.509 clause 9.5.2.8: certificates that expired at or after this stay in the list;
	 * 0 = not said: they may have gone from it once they expired.
	 */
	int64_t expired_from;
	X509_ALGOR *algorithm; /* of the signature */
	struct sig_alg sig_alg;
	int sig_alg_known;	  /* 0: cannot be verified here */
	unsigned char sha256[32]; /* of the whole list: names it in reports */
	size_t entry_count;
	/*
	 * Well formed but not to be used: a critical extension that is not known here, in the list
	 * or in one of its entries (sections 5.2 and 5.3), or one that contradicts the standard.
	 * A sentence, or "".
	 */
	char unusable[200];
	/* Issuers that entries name; issuers[0] is the list's own. */
	const X509_NAME *const *issuers;
	size_t issuer_count;
};

struct crl_entry {
	const unsigned char *serial; /* content of the INTEGER, without redundant leading bytes */
	size_t serial_len;
	unsigned int issuer; /* index into facts->issuers */
	int64_t revoked_at;
	int reason;	       /* enum crl_reason */
	int64_t invalid_since; /* invalidityDate; 0 = not said */
};

/* What judges see of a list. */
struct crl_source {
	struct crl *crl;
	/*
	 * 1 and *entry when the list has this serial number of that issuer (of several entries the
	 * first in the list), 0 when not, -1 (err) when it cannot be told. NULL: the list's own.
	 */
	int (*find)(void *ctx, unsigned int issuer, struct span serial, struct crl_entry *entry,
	    struct error *err);
	void *ctx;
};

/*
 * Append a list's DER: data that is DER as it stands, PEM ("X509 CRL"), or bare base64, as servers
 * hand lists out; white space behind it is cut off. ERROR_MALFORMED for what is neither.
 */
int crl_decode(struct buf *out, struct span data, struct error *err);

/*
 * Open a list. `der` (not PEM) must live as long as the list and is not changed. On 0 *crl is the
 * caller's for crl_free(); on -1 it is NULL and err->kind is
 *   ERROR_MALFORMED  not a CRL, or against the syntax of RFC 5280 section 5 (text says where)
 *   ERROR_TOO_LARGE, ERROR_LIMIT  over CRL_BYTES_MAX, CRL_ISSUERS_MAX
 * One list may be read by any number of threads.
 */
int crl_open(struct crl **crl, struct span der, struct error *err);
void crl_free(struct crl *crl); /* NULL is fine */
const struct crl_facts *crl_facts(const struct crl *crl);
/* The list with its own index; `crl` stays the caller's and must live as long. */
struct crl_source crl_source_of(struct crl *crl);

/* 1 good, 0 bad, -1 (err) could not be tried with this key. */
int crl_verify(const struct crl *crl, EVP_PKEY *key, struct error *err);
/*
 * Look a certificate up by its issuer's name and serial number. 1 and *entry, 0, or -1 as
 * crl_source.find.
 */
int crl_find(
    const struct crl_source *source, const X509 *cert, struct crl_entry *entry, struct error *err);

/* ---- lists whose entries lie elsewhere ---- */

/*
 * Call `each` for all entries, sorted by issuer, then by length of the serial number, then by its
 * bytes (of equal ones in the list's order). Stops at -1 and returns it.
 */
int crl_each_entry(const struct crl *crl,
    int (*each)(void *ctx, const struct crl_entry *entry, struct error *err), void *ctx,
    struct error *err);
/* <0, 0, >0 in that order. */
int crl_entry_compare(
    unsigned int issuer_a, struct span serial_a, unsigned int issuer_b, struct span serial_b);
/*
 * Append all but the entries, a few kilobytes, from which crl_head_read() makes a list that can be
 * judged and verified (its digest is in it). ERROR_UNSUPPORTED for lists whose signature is not
 * over a digest (EdDSA): they must be kept whole.
 */
int crl_head_write(const struct crl *crl, struct buf *out, struct error *err);
/*
 * The reverse, as crl_open(); a head comes from our own store and is trusted to be what
 * crl_head_write() made. The list has no index: make a struct crl_source with the caller's `find`.
 */
int crl_head_read(struct crl **crl, struct span head, struct error *err);

#endif
