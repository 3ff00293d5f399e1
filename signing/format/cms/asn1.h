/*
 * signing/format/cms/asn1.h: the ASN.1 of CMS (RFC 5652) and of the ETSI attributes (EN 319 122-1)
 * as OpenSSL templates. What must keep its bytes (certificates, attributes, signers) stands as
 * ASN1_ANY, which holds the encoding as it came.
 */
#ifndef SIGNET_SIGNING_FORMAT_CMS_ASN1_H
#define SIGNET_SIGNING_FORMAT_CMS_ASN1_H

#include <openssl/asn1.h>
#include <openssl/asn1t.h>
#include <openssl/x509.h>

#include "server/base/buf.h"

/* ContentInfo and EncapsulatedContentInfo: the same shape. */
typedef struct {
	ASN1_OBJECT *type;
	ASN1_TYPE *content; /* [0] EXPLICIT, NULL when absent */
} DER_CONTENT;
DECLARE_ASN1_FUNCTIONS(DER_CONTENT)

typedef struct {
	ASN1_INTEGER *version;
	STACK_OF(X509_ALGOR) * digest_algorithms;
	DER_CONTENT *content;
	STACK_OF(ASN1_TYPE) * certificates; /* [0] IMPLICIT, kept in their order; may be NULL */
	STACK_OF(ASN1_TYPE) * crls;	    /* [1] IMPLICIT; may be NULL */
	STACK_OF(ASN1_TYPE) * signers;	    /* SET OF SignerInfo, kept in their order */
} DER_SIGNED_DATA;
DECLARE_ASN1_FUNCTIONS(DER_SIGNED_DATA)

/* A ContentInfo whose content is known to be SignedData: for making one in a single pass. */
typedef struct {
	ASN1_OBJECT *type;
	DER_SIGNED_DATA *data;
} DER_CMS;
DECLARE_ASN1_FUNCTIONS(DER_CMS)

typedef struct {
	X509_NAME *issuer;
	ASN1_INTEGER *serial;
} DER_ISSUER_SERIAL;
DECLARE_ASN1_FUNCTIONS(DER_ISSUER_SERIAL)

enum { SIGNER_ID_ISSUER_SERIAL, SIGNER_ID_KEY };
typedef struct {
	int type;
	union {
		DER_ISSUER_SERIAL *issuer_serial;
		ASN1_OCTET_STRING *key_id; /* [0] IMPLICIT */
	} d;
} DER_SIGNER_ID;
DECLARE_ASN1_FUNCTIONS(DER_SIGNER_ID)

typedef struct {
	ASN1_INTEGER *version;
	DER_SIGNER_ID *id;
	X509_ALGOR *digest_algorithm;
	STACK_OF(ASN1_TYPE) * signed_attributes; /* [0] IMPLICIT, in the order they came */
	X509_ALGOR *signature_algorithm;
	ASN1_OCTET_STRING *signature;
	STACK_OF(ASN1_TYPE) * unsigned_attributes; /* [1] IMPLICIT, in the order they came */
} DER_SIGNER_INFO;
DECLARE_ASN1_FUNCTIONS(DER_SIGNER_INFO)

typedef struct {
	ASN1_OBJECT *type;
	STACK_OF(ASN1_TYPE) * values; /* SET OF */
} DER_ATTRIBUTE;
DECLARE_ASN1_FUNCTIONS(DER_ATTRIBUTE)

/* ESSCertID (RFC 2634) and ESSCertIDv2 (RFC 5035), for reading. */
typedef struct {
	X509_ALGOR *algorithm; /* v2 only; NULL = SHA-256 */
	ASN1_OCTET_STRING *hash;
	ASN1_TYPE *issuer_serial; /* NULL when absent */
} DER_ESS_CERT_ID;
DECLARE_ASN1_FUNCTIONS(DER_ESS_CERT_ID)
typedef struct {
	STACK_OF(ASN1_TYPE) * ids;	/* each decodes as DER_ESS_CERT_ID */
	STACK_OF(ASN1_TYPE) * policies; /* may be NULL */
} DER_ESS_CERTS;
DECLARE_ASN1_FUNCTIONS(DER_ESS_CERTS)

/* SignaturePolicyId, EN 319 122-1 clause 5.2.9. */
typedef struct {
	X509_ALGOR *algorithm;
	ASN1_OCTET_STRING *value;
} DER_POLICY_HASH;
DECLARE_ASN1_FUNCTIONS(DER_POLICY_HASH)
typedef struct {
	ASN1_OBJECT *id;
	DER_POLICY_HASH *hash;		  /* may be NULL */
	STACK_OF(ASN1_TYPE) * qualifiers; /* may be NULL */
} DER_POLICY;
DECLARE_ASN1_FUNCTIONS(DER_POLICY)
typedef struct {
	ASN1_OBJECT *type;
	ASN1_TYPE *value;
} DER_QUALIFIER;
DECLARE_ASN1_FUNCTIONS(DER_QUALIFIER)

/* CommitmentTypeIndication, clause 5.2.3. */
typedef struct {
	ASN1_OBJECT *type;
	ASN1_TYPE *qualifiers; /* may be NULL */
} DER_COMMITMENT;
DECLARE_ASN1_FUNCTIONS(DER_COMMITMENT)

/* SignerLocation, clause 5.2.5; all [n] EXPLICIT and optional, DirectoryStrings. */
typedef struct {
	ASN1_TYPE *country;
	ASN1_TYPE *locality;
	STACK_OF(ASN1_TYPE) * address;
} DER_LOCATION;
DECLARE_ASN1_FUNCTIONS(DER_LOCATION)

/* SignerAttributeV2, clause 5.2.6.1; [n] EXPLICIT. */
typedef struct {
	STACK_OF(ASN1_TYPE) * claimed; /* attributes; may be NULL */
	ASN1_TYPE *certified;	       /* may be NULL */
	ASN1_TYPE *assertions;	       /* may be NULL */
} DER_SIGNER_ATTRIBUTES;
DECLARE_ASN1_FUNCTIONS(DER_SIGNER_ATTRIBUTES)

/* CMSAlgorithmProtection, RFC 6211. */
typedef struct {
	X509_ALGOR *digest;
	X509_ALGOR *signature; /* [1] IMPLICIT, may be NULL */
	X509_ALGOR *mac;       /* [2] IMPLICIT, may be NULL */
} DER_ALG_PROTECTION;
DECLARE_ASN1_FUNCTIONS(DER_ALG_PROTECTION)

/* RevocationValues, RFC 5126 section 6.3.4: CRLs only; OCSP answers stay encoded. */
typedef struct {
	STACK_OF(ASN1_TYPE) * crls;  /* [0] EXPLICIT, may be NULL */
	STACK_OF(ASN1_TYPE) * ocsps; /* [1] EXPLICIT, may be NULL */
	ASN1_TYPE *other;	     /* [2] EXPLICIT, may be NULL */
} DER_REVOCATION_VALUES;
DECLARE_ASN1_FUNCTIONS(DER_REVOCATION_VALUES)

/* Decode exactly the whole span; NULL when it does not decode or bytes are left over. The error
 * queue is left empty. */
void *der_decode(const ASN1_ITEM *item, struct span der);
#define DER_DECODE(type, span) ((type *)der_decode(ASN1_ITEM_rptr(type), (span)))

/* An ASN1_TYPE that stands for an encoding as it is; NULL without memory. */
ASN1_TYPE *der_raw(struct span der);
/* The encoding of a SEQUENCE, SET or other constructed value that was decoded as ASN1_ANY; a
 * universal primitive gives SPAN_NONE. */
struct span der_raw_span(const ASN1_TYPE *raw);
/* Push a copy of an encoding; 0 or -1 without memory. */
int der_push(STACK_OF(ASN1_TYPE) * stack, struct span der);
/* A text of the given string type (V_ASN1_UTF8STRING, ...). */
ASN1_TYPE *der_string(int tag, const char *text);
/* Dotted form of an identifier, cut to size; returns out. */
char *der_oid(const ASN1_OBJECT *oid, char *out, size_t size);
/* 1 when the identifier is the dotted one. */
int der_oid_is(const ASN1_OBJECT *oid, const char *dotted);
/* DER order of SET OF (X.690 clause 11.6). */
void der_sort(STACK_OF(ASN1_TYPE) * stack);

#endif
