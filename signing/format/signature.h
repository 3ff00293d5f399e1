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
	/*
	 * Bytes of a DOCTYPE with nothing in it but declarations of attributes and elements, which
	 * signatures of before XML Schema may rest on (defaults are part of canonical XML); 0: no
	 * DOCTYPE at all. Entities and external subsets are refused in any case.
	 */
	unsigned int xml_declarations;
};
#define FORMAT_LIMITS_DEFAULT                                                                      \
	{                                                                                          \
		100, 100, 50, 100, 10, 200, 500, 1000000, 200, (size_t)256 << 20, 2000000, 0       \
	}

/* ---- reading ---- */

/*
 * Departures from a standard's form that leave no doubt of who signed what, and that some readers
 * let pass. Readers refuse them unless they are told to tolerate one (or, as said, need not be
 * told); then it is noted (deviations), and the validation policy says how it is judged
 * (signing/verify/verify.h).
 */
enum deviation {
	DEVIATION_VALUE_ENCODING,      /* XML: the integers of (EC)DSA in DER, not r || s */
	DEVIATION_ATTRIBUTES_ENCODING, /* CMS: signed as they stand, and that is not DER */
	DEVIATION_DIGEST_AGREEMENT,    /* CMS: digestAlgorithm is not the signature's digest */
	DEVIATION_RELATIONSHIP_SPACE,  /* XML: the relationships transform left white space */
	DEVIATION_CONTENTS_PADDING,    /* PDF: no zeros behind the value in /Contents */
	DEVIATION_TIMESTAMP_WRAPPING,  /* CMS: a token in an OCTET STRING */
	DEVIATION_CONTENTS_ENCRYPTED,  /* PDF: those zeros were encrypted; noted in any case */
	DEVIATIONS
};
#define DEVIATION_BIT(deviation) (1u << (deviation))

enum format { FORMAT_CMS, FORMAT_XML, FORMAT_PDF, FORMATS };

enum scope { SCOPE_FULL, SCOPE_PARTIAL };

/* One piece of data that a signature covers, or claims to. All strings and bytes are owned. */
struct reference {
	char *name;	  /* XML: Id of the ds:Reference itself, or NULL */
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
	/* Number (from 1) of the document handed in beside the signature that it is over; or 0 */
	unsigned int original;
	enum scope scope; /* FULL: all of the document, but for the signature itself */
	enum digest digest;
	struct buf digest_value; /* as the signature states it */
	struct buf computed;	 /* as computed here; empty when not found */
	struct buf octets;	 /* what was digested, kept only when the reader was asked to */
	char problem[240];	 /* one sentence when not intact */
};

/*
 * What a signer says of the data that he signs: to what he commits himself, and of what format they
 * are (clauses 5.2.3 and 5.2.4 of EN 319 122-1 and of EN 319 132-1). Only what the signature covers
 * is read. Nothing follows from it for the data themselves.
 */
#define STATEMENTS_MAX 100 /* of each kind; what a signature says beyond is not told */
struct commitment {
	char *type;	   /* OID or URI; "unreadable" */
	char *description; /* as the signature has it, or NULL */
	char *of;	   /* XML: URIs of the references that it names, a line each; or NULL */
	int of_all;	   /* it is for all documents that the signature covers */
	char problem[200]; /* not empty: it is for something that the signature does not sign */
};
struct data_format {
	char *of; /* XML: URI of the reference that it names; NULL: what a CMS signature signs */
	char *mime_type, *encoding, *description, *identifier; /* each NULL where it says none */
	char problem[200];				       /* as above */
};
/* "ProofOfApproval" for the six types of the standards, as an OID, its URN or a URI; else NULL. */
const char *commitment_name(const char *type);
/* 1 when both name the same type, each in any of these ways. */
int commitment_is(const char *type, const char *other);

/* A signed or unsigned attribute that names the signing certificate (ESSCertIDv2,
 * SigningCertificateV2). */
enum cert_ref { CERT_REF_ABSENT, CERT_REF_MATCHES, CERT_REF_DIFFERS, CERT_REF_MALFORMED };

/* ---- validation data: certificates, CRLs and OCSP answers that a document brings along ---- */

/* The most CRLs, and the most OCSP answers, that one document or token may bring. */
#define FORMAT_EVIDENCE_MAX 2000

/*
 * One encoding as it stood in the document, and its SHA-256, by which proofs of existence know it
 * (struct coverage). A BasicOCSPResponse stays one: ocsp_response_read() takes both forms.
 */
struct value {
	struct buf der;
	unsigned char sha256[32];
};
struct values {
	struct value *items;
	size_t count;
};
/* Add a copy unless it is there already. ERROR_LIMIT beyond FORMAT_EVIDENCE_MAX. */
int values_add(struct values *values, struct span der, struct error *err);
void values_release(struct values *values);

/*
 * What stands in a document for all of its signatures alike. Evidence is signed by those who issued
 * it, so that it does not matter where it stood: SignedData.crls, attributes and properties of any
 * signature, the DSS of a PDF. What stands inside a time-stamp token is the token's: whoever reads
 * that token gets it.
 */
struct evidence {
	STACK_OF(X509) * certificates; /* of a PDF's DSS, beside those of the signatures; or NULL */
	struct values crls;	       /* DER of CertificateList */
	struct values ocsps;	       /* DER of OCSPResponse or BasicOCSPResponse */
};
/* A reference of its own, once. ERROR_LIMIT beyond FORMAT_EVIDENCE_MAX. */
int evidence_add_certificate(struct evidence *evidence, X509 *cert, struct error *err);
/* Move all of `from` behind `to`; `from` is empty then, on -1 too. */
int evidence_move(struct evidence *to, struct evidence *from, struct error *err);
void evidence_release(struct evidence *evidence);

/*
 * What a time stamp's imprint covers, for proofs of existence (EN 319 102-1 clause 5.6.2.3).
 * Empty while it is not known what the imprint is over. Whether the token is sound, and whether its
 * digest still counts, is not said here.
 */
struct coverage {
	int signature; /* value and signed attributes of the signature that holds the stamp */
	int document;  /* the data that this signature signs, or some of them */
	/*
	 * Of an archive-time-stamp-v3: the digest of its hash index, by which the items below are
	 * bound beside the imprint's own; else DIGEST_NONE.
	 */
	enum digest index;
	/*
	 * Of a time stamp over a manifest of a container: the weakest digest by which that binds
	 * what is covered, the signature and the document too; else DIGEST_NONE.
	 */
	enum digest manifest;
	/*
	 * SHA-256 of the DER of each certificate, CRL, OCSP answer (as in struct evidence) and
	 * time-stamp token that it covers, those inside of covered tokens too. Ascending, each
	 * once.
	 */
	unsigned char (*items)[32];
	size_t count;
};
/* 1 when an item of that SHA-256 is covered. */
int coverage_has(const struct coverage *coverage, const unsigned char sha256[32]);
/* ERROR_LIMIT beyond COVERAGE_MAX items. */
#define COVERAGE_MAX 20000
int coverage_add(struct coverage *coverage, const unsigned char sha256[32], struct error *err);
int coverage_copy(struct coverage *to, const struct coverage *from, struct error *err);
void coverage_release(struct coverage *coverage);

/* ---- levels, as facts of form: what is there, not whether it holds ---- */

/*
 * Baseline levels of EN 319 122-1, 132-1 and 142-1 clause 6; the older ones of EN 319 122-2, 132-2
 * and TS 101 733, TS 101 903, TS 102 778; and for what is no AdES at all the same steps.
 */
enum ades_level {
	ADES_BASIC, /* CMS, XML-DSig, PKCS#7 in PDF */
	ADES_BASIC_T,
	ADES_BASIC_LT,
	ADES_BASIC_LTA,
	ADES_BES,
	ADES_EPES,
	ADES_T,
	ADES_C,
	ADES_X,
	ADES_XL,
	ADES_A,
	ADES_B_B,
	ADES_B_T,
	ADES_B_LT,
	ADES_B_LTA,
	ADES_LEVELS
};
const char *ades_level_name(enum ades_level level); /* "Basic", "Basic-T", "BES", ..., "B-LTA" */

/* What a reader met, for ades_level_of(). */
struct ades_form {
	int ades;	     /* the signing certificate is named in a signed attribute */
	int baseline;	     /* all that B-B asks for */
	int policy;	     /* a signature policy is named */
	int extended;	     /* attributes that the baseline levels know no more */
	int stamp;	     /* a time stamp over the signature */
	int references;	     /* to certificates and revocation data */
	int reference_stamp; /* over these */
	int values;	     /* revocation data */
	int archive;	     /* a time stamp over these too */
};
enum ades_level ades_level_of(const struct ades_form *form);

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
	struct coverage covers;
	unsigned int deviations; /* of a document time stamp's place, as of struct signature */
};

/*
 * What a later revision of a PDF changed, by gravity: validation data and document time stamps;
 * form fields filled in, further signatures; annotations; all else.
 */
enum change_class {
	CHANGE_NONE,
	CHANGE_LTA,
	CHANGE_FORM,
	CHANGE_ANNOTATION,
	CHANGE_OTHER,
	CHANGE_CLASSES
};
struct change {
	enum change_class class;
	int permitted;	       /* by this signature and those before it: DocMDP, FieldMDP, locks */
	unsigned int revision; /* 1 = the first one after the signature */
	uint32_t object;       /* its number, or 0 */
	char text[240];	       /* "object 12, page 2: its content was replaced" */
};
/* The most that one signature lists; those that are not permitted come first. */
#define CHANGES_MAX 40

/* One signature as a reader found it. */
struct signature {
	enum format format;
	char *id;     /* XML Id, PDF field name, CMS "signer-1" (-1.1 for counter-signatures) */
	char *parent; /* id of the signature that this one counter-signs, or NULL */
	/* identification of the signing certificate, EN 319 102-1 clause 5.2.3 */
	X509 *signer;	    /* NULL when it was not among the certificates */
	EVP_PKEY *bare_key; /* XML KeyValue without certificate, HMAC key handed in; else NULL */
	STACK_OF(X509) * certificates; /* embedded, signer included; never NULL */
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
	struct ades_form form;
	enum ades_level level;		   /* ades_level_of(&form) */
	char *policy;			   /* OID or URI of a signature policy, or NULL */
	char *reason, *location, *contact; /* PDF; or NULL */
	char *roles;			   /* claimed roles, newline separated, or NULL */
	struct commitment *commitments;
	size_t commitment_count;
	struct data_format *formats;
	size_t format_count;
	int statements_untold; /* it says more than STATEMENTS_MAX of one kind */
	struct embedded_timestamp *timestamps;
	size_t timestamp_count;
	/* PDF: revisions */
	uint64_t byte_range[4];
	int revision_is_last; /* 1 = nothing was appended after what it covers */
	int certification;    /* DocMDP P of this signature: 0 none, 1..3 */
	/* What the revisions after it changed; NONE when it is the last, or nothing changed */
	enum change_class change_class; /* the gravest */
	int changes_permitted;		/* 1 = compared, and every change is permitted */
	struct change *changes;
	size_t change_count;
	size_t changes_untold;	 /* further ones, beyond CHANGES_MAX */
	unsigned int deviations; /* DEVIATION_BIT()s that were met, and are told */
	/* the first rule that the signature broke, or SUB_NONE; text says it in a sentence */
	enum sub_indication failure;
	char failure_text[400];
};

struct signatures {
	struct signature *items;
	size_t count;
	struct evidence evidence; /* of all of them */
};
/* Add an empty one (zeroed, certificates made); NULL with ERROR_LIMIT or no memory. */
struct signature *signatures_add(
    struct signatures *list, const struct format_limits *limits, struct error *err);
struct reference *signature_add_reference(
    struct signature *sig, const struct format_limits *limits, struct error *err);
struct embedded_timestamp *signature_add_timestamp(
    struct signature *sig, const struct format_limits *limits, struct error *err);
/*
 * Another statement in *out. Beyond STATEMENTS_MAX *out is NULL and it is noted
 * (statements_untold); -1 for lack of memory.
 */
int signature_add_commitment(struct signature *sig, struct commitment **out, struct error *err);
int signature_add_format(struct signature *sig, struct data_format **out, struct error *err);
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
/*
 * 1: value and references are intact, and the certificate is the one it names, if it names one; of
 * a PDF, nothing is amiss with its place in the file either.
 */
int signature_is_intact(const struct signature *sig);
/*
 * Of one document in two forms (encrypted, and decrypted): a signature that is intact in `other`
 * and no more in `list` signs the other form, and takes the place of its like. Returns how many
 * did.
 */
size_t signatures_prefer(struct signatures *list, struct signatures *other);
/*
 * 1 when every signature of `before` is in `after`, as intact or as broken as it was, with all its
 * time stamps over the same data as before: for makers that add to a document.
 */
int signatures_unharmed(const struct signatures *before, const struct signatures *after);
/* The first of `before` that is not so; NULL: none. */
const struct signature *signatures_harmed(
    const struct signatures *before, const struct signatures *after);

/* ---- making ---- */

enum level { LEVEL_B, LEVEL_T };
/* What an existing signature is brought to by the formats' extend functions. */
enum extension {
	EXTEND_T,  /* a time stamp over the signature */
	EXTEND_LT, /* validation data, as the caller chose them */
	EXTEND_LTA /* validation data, where given, and a time stamp over all: again and again */
};
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
