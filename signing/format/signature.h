/*
 * signing/format/signature.h: what every format's maker is told and what every format's reader
 * finds.
 *
 * Readers (cms_read, xml_read, pdf_read) report facts and judge none: is the value intact, do the
 * references hold, which certificate was named. signing/verify turns the facts into the indications
 * of ETSI EN 319 102-1. No reader dials, reads files or asks the time.
 */
#ifndef SIGNET_SIGNING_FORMAT_SIGNATURE_H
#define SIGNET_SIGNING_FORMAT_SIGNATURE_H

#include <openssl/x509.h>

#include "server/base/buf.h"
#include "signing/core/alg.h"
#include "signing/core/digests.h"
#include "signing/core/indication.h"

/* ---- limits that hold for all formats; the configuration may lower them ---- */

struct format_limits {
	unsigned int signatures;   /* per document, counter-signatures included */
	unsigned int certificates; /* embedded in one signature */
	unsigned int timestamps;   /* per signature */
	unsigned int references;   /* XML, per signature */
	unsigned int transforms;   /* XML, per reference */
	unsigned int xml_depth;
	unsigned int xml_attributes; /* in one tag */
	unsigned int pdf_objects;
	unsigned int pdf_revisions;
	size_t output_bytes; /* that one maker may produce */
	/* Tags and attributes of an XML document, each with some 200 bytes in memory; 0: the
	 * default
	 */
	unsigned int xml_nodes;
};
#define FORMAT_LIMITS_DEFAULT                                                                      \
	{                                                                                          \
		100, 100, 50, 100, 10, 200, 500, 1000000, 200, (size_t)256 << 20, 2000000          \
	}

/* ---- reading ---- */

enum format { FORMAT_CMS, FORMAT_XML, FORMAT_PDF, FORMATS };

enum scope { SCOPE_FULL, SCOPE_PARTIAL };

/* One piece of data that a signature covers, or claims to. All strings and bytes are owned. */
struct reference {
	char *uri;	  /* XML: the URI; PDF: "ByteRange 0 840 1960 313"; CMS: "content" */
	char *type;	  /* XML Type attribute, or NULL */
	char *id;	  /* XML: Id of the element that was resolved, or NULL */
	char *path;	  /* XML: /a/b[2] of that element, or NULL for data outside the document */
	char *transforms; /* XML: the transforms' URIs, space separated, or NULL */
	int is_document;  /* it covers a document of the user's (not SignedProperties, KeyInfo, ...)
			   */
	int in_manifest;  /* XML: listed in a ds:Manifest; not part of references_intact */
	int found;	  /* the data was there */
	int intact;	  /* found, and the digest agrees */
	enum scope scope; /* FULL: all of the document, but for the signature itself */
	enum digest digest;
	struct buf digest_value; /* as the signature states it */
	struct buf computed;	 /* as computed here; empty when not found */
	struct buf octets;	 /* what was digested, kept only when the reader was asked to */
	char problem[240];	 /* one sentence when not intact */
};

/* A signed or unsigned attribute that names the signing certificate (ESSCertIDv2,
 * SigningCertificateV2). */
enum cert_ref { CERT_REF_ABSENT, CERT_REF_MATCHES, CERT_REF_DIFFERS, CERT_REF_MALFORMED };

enum timestamp_kind {
	TIMESTAMP_CONTENT,   /* over the content, before signing */
	TIMESTAMP_SIGNATURE, /* over the signature value: the T level */
	TIMESTAMP_ARCHIVE,   /* over all: the A and LTA levels */
	TIMESTAMP_DOCUMENT,  /* PDF DocTimeStamp */
	TIMESTAMP_REFERENCES /* over validation data references: the X level */
};
struct embedded_timestamp {
	enum timestamp_kind kind;
	struct buf token; /* DER of the ContentInfo */
	struct digest_values
	    imprint;	   /* of the data it must cover, for digests the reader computed */
	int imprint_known; /* 0: what it covers could not be put together (told in problem) */
	char problem[240];
};

/* One signature as a reader found it. */
struct signature {
	enum format format;
	char *id;     /* XML Id, PDF field name, CMS "signer-1" (-1.1 for counter-signatures) */
	char *parent; /* id of the signature that this one counter-signs, or NULL */
	/* identification of the signing certificate, EN 319 102-1 clause 5.2.3 */
	X509 *signer;	    /* NULL when it was not among the certificates */
	EVP_PKEY *bare_key; /* XML KeyValue without certificate, HMAC key handed in; else NULL */
	STACK_OF(X509) * certificates; /* embedded, signer included; never NULL */
	STACK_OF(X509_CRL) * crls;     /* embedded; may be NULL */
	enum cert_ref cert_ref;
	/* cryptographic verification, clause 5.2.7 */
	struct sig_alg alg;
	struct buf value;      /* the signature value itself */
	int value_intact;      /* 1 = checks under the signer's key */
	int references_intact; /* 1 = every reference intact, and at least one */
	struct reference *references;
	size_t reference_count;
	enum scope scope; /* FULL when one reference covers the whole user document */
	/* what else it says */
	int has_claimed_time;
	int64_t claimed_time;
	int baseline; /* 1 = has what B-B asks for; 0 = plain CMS, XML-DSig, PKCS#7 in PDF */
	char *policy; /* OID or URI of a signature policy, or NULL */
	char *reason, *location, *contact; /* PDF; or NULL */
	char *roles;			   /* claimed roles, newline separated, or NULL */
	struct embedded_timestamp *timestamps;
	size_t timestamp_count;
	/* PDF: revisions */
	uint64_t byte_range[4];
	int revision_is_last; /* 1 = nothing was appended after what it covers */
	int certification;    /* DocMDP P of this signature: 0 none, 1..3 */
	/* the first rule that the signature broke, or SUB_NONE; text says it in a sentence */
	enum sub_indication failure;
	char failure_text[400];
};

struct signatures {
	struct signature *items;
	size_t count;
};
/* Add an empty one (zeroed, certificates made); NULL with ERROR_LIMIT or no memory. */
struct signature *signatures_add(
    struct signatures *list, const struct format_limits *limits, struct error *err);
struct reference *signature_add_reference(
    struct signature *sig, const struct format_limits *limits, struct error *err);
struct embedded_timestamp *signature_add_timestamp(
    struct signature *sig, const struct format_limits *limits, struct error *err);
/* Note the first broken rule; later ones are kept out. Returns -1 for use in a return. */
int signature_fail(struct signature *sig, enum sub_indication failure, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/*
 * Move all of `from` behind those of `to`, with "prefix#" in front of their ids (prefix NULL: as
 * they are). On -1 some may have been moved; `from` is the caller's to release in both cases.
 */
int signatures_take(struct signatures *to, struct signatures *from, const char *prefix,
    const struct format_limits *limits, struct error *err);
void signatures_release(struct signatures *list);

/* ---- making ---- */

enum level { LEVEL_B, LEVEL_T };
enum packaging { PACKAGING_DEFAULT, PACKAGING_ENVELOPED, PACKAGING_ENVELOPING, PACKAGING_DETACHED };

/*
 * Where a time stamp comes from; a handle like a key's. get() appends the DER of a time-stamp token
 * (RFC 3161 section 2.4.2, ContentInfo) over the given imprint, already checked against the
 * request. ERROR_UNAVAILABLE when no authority answers.
 */
struct timestamp_source {
	int (*get)(void *ctx, enum digest digest, const unsigned char *imprint, struct buf *token,
	    struct error *err);
	void *ctx;
	enum digest digest; /* for the imprints that makers ask for; DIGEST_NONE = SHA-256 */
};

/* What all formats share; strings are UTF-8, NULL where absent. Everything stays the caller's. */
struct sign_options {
	enum level level;
	enum packaging packaging;
	enum digest digest;   /* DIGEST_NONE: the key's default */
	enum padding padding; /* PADDING_NONE: PKCS#1 v1.5 for RSA */
	int plain;	      /* 1 = no AdES attributes: bare CMS, XML-DSig */
	int64_t signing_time; /* seconds; goes into the signature when claim_time is set */
	int claim_time;
	int include_chain; /* all of key->chain, not only the signer's certificate */
	const char *const *claimed_roles;
	size_t claimed_role_count;
	const char *city, *state, *postal_code, *country; /* production place */
	const char *const *commitment_types;		  /* OIDs, dotted */
	size_t commitment_type_count;
	const char *policy_oid; /* signature policy: OID, digest of it, where it can be read */
	enum digest policy_digest;
	struct span policy_digest_value;
	const char *policy_uri;
	const struct timestamp_source *timestamp; /* needed for LEVEL_T */
	const struct format_limits *limits;	  /* NULL: the defaults */
};

#endif
