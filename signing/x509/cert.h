/*
 * signing/x509/cert.h: certificates as files carry them, and what a certificate says of itself.
 */
#ifndef SIGNET_SIGNING_X509_CERT_H
#define SIGNET_SIGNING_X509_CERT_H

#include <openssl/x509v3.h>
#include <stdint.h>

#include "server/base/buf.h"
#include "signing/core/alg.h"

#define CERT_BYTES_MAX	 ((size_t)1 << 20) /* of one bundle */
#define CERT_URLS_MAX	 16		   /* kept of each kind, from one certificate */
#define CERT_NAME_SIZE	 512
#define CERT_FINGER_SIZE (2 * DIGEST_SIZE_MAX + 1)

/*
 * Append the certificates of `data` to `out`: one DER certificate, PEM certificates (other PEM
 * blocks are passed over, keys included), or PKCS#7/CMS SignedData in DER or PEM. On -1 `out` is as
 * it was and err->kind is
 *   ERROR_MALFORMED  no certificate, or one that does not decode, or bytes behind it
 *   ERROR_TOO_LARGE, ERROR_LIMIT  more than CERT_BYTES_MAX bytes or `max` certificates
 */
int certs_read(STACK_OF(X509) * out, struct span data, unsigned int max, struct error *err);
/* Exactly one certificate; on 0 *cert is the caller's. */
int cert_read(X509 **cert, struct span data, struct error *err);
int cert_write_der(struct buf *out, const X509 *cert, struct error *err);
int cert_write_pem(struct buf *out, const X509 *cert, struct error *err);

/* Lower-case hex of the digest over the DER; `out` holds CERT_FINGER_SIZE bytes. Returns out. */
char *cert_fingerprint(const X509 *cert, enum digest d, char *out);
/* How messages name a certificate: its common name, else its whole subject. Returns out. */
char *cert_label(const X509 *cert, char *out, size_t size);
char *cert_issuer_label(const X509 *cert, char *out, size_t size); /* the same of its issuer */
/* 1 when `pool` (NULL is empty) holds this very certificate. */
int certs_hold(const STACK_OF(X509) * pool, const X509 *cert);
/* The certificate that is its own issuer by name and key identifier (its signature not checked). */
int cert_is_self_issued(const X509 *cert);
/*
 * Move the issuers of `cert` to the front of `pool`, in order; what is no issuer stays behind them
 * in its order. Names and key identifiers decide; nothing is verified.
 */
int certs_order(STACK_OF(X509) * pool, const X509 *cert, struct error *err);

/* ExtendedKeyUsage by bits. */
enum cert_eku {
	CERT_EKU_ANY = 1 << 0,
	CERT_EKU_SERVER = 1 << 1,
	CERT_EKU_CLIENT = 1 << 2,
	CERT_EKU_CODE = 1 << 3,
	CERT_EKU_EMAIL = 1 << 4,
	CERT_EKU_TIMESTAMP = 1 << 5,
	CERT_EKU_OCSP = 1 << 6,
	CERT_EKU_DOCUMENT = 1 << 7, /* RFC 9336, and what Microsoft and Adobe had before it */
	CERT_EKU_OTHER = 1 << 8
};
/* QCStatements (EN 319 412-5) by bits. */
enum cert_qc {
	CERT_QC_COMPLIANCE = 1 << 0, /* an EU qualified certificate */
	CERT_QC_SSCD = 1 << 1,	     /* the key is in a qualified device */
	CERT_QC_ESIGN = 1 << 2,
	CERT_QC_ESEAL = 1 << 3,
	CERT_QC_WEB = 1 << 4,
	CERT_QC_LEGISLATION = 1 << 5, /* qualified under another country's law */
	CERT_QC_OTHER = 1 << 6
};

struct cert_urls {
	char *items[CERT_URLS_MAX];
	size_t count;
};

/* Add a URL, or those of distribution points, unless it is there or there are CERT_URLS_MAX. 0, or
 * -1 without memory. */
int cert_urls_add(struct cert_urls *urls, const char *url);
int cert_urls_add_points(struct cert_urls *urls, const CRL_DIST_POINTS *points);
int cert_urls_add_issuers(struct cert_urls *urls, const AUTHORITY_INFO_ACCESS *access);
void cert_urls_release(struct cert_urls *urls);

struct cert_facts {
	char subject[CERT_NAME_SIZE], issuer[CERT_NAME_SIZE]; /* RFC 2253, UTF-8 */
	char serial[64];				      /* decimal */
	char fingerprint[CERT_FINGER_SIZE];		      /* SHA-256 */
	int64_t not_before, not_after;
	enum key_type key_type;
	int key_bits;
	char curve[32];
	int is_ca;
	int path_length; /* -1 = no limit, or no CA */
	int has_key_usage;
	unsigned int key_usage; /* KU_ bits of OpenSSL */
	int has_eku, eku_critical;
	unsigned int eku;	/* CERT_EKU_ bits */
	unsigned int qc;	/* CERT_QC_ bits */
	int no_rev_avail;	/* RFC 9608 */
	int ocsp_no_check;	/* RFC 6960 section 4.2.2.2.1 */
	int assured_short_term; /* EN 319 412-1 clause 5.2: validity-assured short term */
	struct cert_urls crl, ocsp, issuers;
};

/*
 * Read what a certificate says. On 0 the facts are the caller's, for cert_facts_release(); on -1
 * (ERROR_MALFORMED: an extension or a time does not decode) they are empty.
 */
int cert_facts_read(struct cert_facts *facts, const X509 *cert, struct error *err);
void cert_facts_release(struct cert_facts *facts);
/* Only its QCStatements, CERT_QC_ bits; -1 when they do not decode. */
int cert_qc_statements(const X509 *cert, unsigned int *qc);

/*
 * May revocation information be asked of this certificate? Not where its issuer says that there is
 * none or need be none: noRevAvail without any address of such information beside it and not in a
 * CA's certificate (RFC 9608 sections 2 and 3), ocsp-nocheck in an OCSP responder's, assured short
 * term.
 */
int cert_facts_need_revocation(const struct cert_facts *facts);

#endif
