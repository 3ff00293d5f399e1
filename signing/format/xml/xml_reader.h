/*
 * signing/format/xml/xml_reader.h: the parts of one reading, shared with the maker, which computes
 * digests by the very code that will check them. Only for this folder, and for signing/trust and
 * signing/report, which take lists and reports apart in the very document whose signature was
 * checked.
 */
#ifndef SIGNET_SIGNING_FORMAT_XML_READER_H
#define SIGNET_SIGNING_FORMAT_XML_READER_H

#include "signing/format/xml/xml_read.h"
#include "signing/format/xml/xml_transform.h"

struct xml_reader {
	struct xml_doc doc;
	struct xml_budget budget;
	const struct xml_read_options *options;
	struct evidence *evidence;     /* of the list that is being filled */
	struct digest_values *digests; /* of each document outside, as far as asked; or NULL */
	int holds_more;		       /* than signatures: 1 yes, -1 no, 0 not looked yet */
};
int xml_reader_open(struct xml_reader *r, struct span document,
    const struct xml_read_options *options, struct error *err);
void xml_reader_close(struct xml_reader *r);
/* Append the signatures of the opened document, as xml_read() does. */
int xml_reader_signatures(struct xml_reader *r, struct signatures *out, struct error *err);

/* A ds:Signature taken apart, its structure checked; elements stay the document's. */
struct xml_parts {
	const xmlNode *signature, *signed_info, *method, *value, *key_info;
	const xmlNode *properties;	  /* QualifyingProperties of this signature, or NULL */
	const char *xades;		  /* their namespace */
	const xmlNode *signed_properties; /* referenced by this signature, or NULL */
};

/* Take one apart; -1 with sig->failure when its structure is broken. */
int xml_take_apart(const xmlNode *signature, struct xml_parts *parts, struct signature *sig);

/* ---- references (xml_reference.c) ---- */

/* What a reference led to; zeroed before, but for `given`. */
struct xml_resolved {
	const struct document *given;	 /* set before: take this for what lies outside */
	const struct document *document; /* handed in, and led to */
	const xmlNode *element;		 /* in the document, NULL for all of it or none */
	int same_document;
	int whole;		 /* nothing of the element's subtree was left out */
	unsigned int deviations; /* tolerated on the way */
};

/*
 * Check one ds:Reference of `signature` and note what it covers. 0 also when it is broken
 * (ref->problem says how); -1 only for limits and lack of memory.
 */
int xml_reference_check(struct xml_reader *r, const struct xml_parts *parts,
    const xmlNode *reference, struct reference *ref, struct xml_resolved *resolved,
    struct error *err);
/* Append the octets that a reference digests; nodes are canonicalised by `c14n` (time stamps). */
int xml_reference_octets(struct xml_reader *r, const xmlNode *signature, const xmlNode *reference,
    const struct xml_c14n *c14n, struct buf *out, struct error *err);
/*
 * Of several documents outside, whose names are none of the reference's: the one with the digest
 * that `ref` states. NULL: none, or there is no need to look.
 */
int xml_detached_by_digest(struct xml_reader *r, const xmlNode *signature, const xmlNode *reference,
    const struct reference *ref, const struct document **found, struct error *err);
/* What a reference digests, where it leads to that document outside (xml_reference.c). */
int xml_reference_try(struct xml_reader *r, const xmlNode *signature, const xmlNode *reference,
    const struct document *document, struct xml_data *data, struct error *err);
/* The document outside that has the name, or NULL. */
const struct document *xml_detached_by_name(
    const struct xml_read_options *options, const char *uri);

/* ---- the signature value (xml_value.c) ---- */

/*
 * Algorithm and output length of a ds:SignatureMethod. *hmac_bits is 0 without HMACOutputLength;
 * lengths below `least` are refused, with 0 those below half the digest and below 80 bits (XML-DSig
 * 1.1 section 6.3.1).
 */
int xml_method_read(const xmlNode *method, unsigned int least, struct sig_alg *alg,
    unsigned int *hmac_bits, struct error *err);
/* 1 good, 0 bad, -1 could not be tried. ECDSA and DSA: r || s, never DER. */
int xml_value_verify(const struct sig_alg *alg, unsigned int hmac_bits, EVP_PKEY *key,
    struct span data, struct span value, struct error *err);
/* 1 when it is no such value, but good as the DER that CMS has of it; else 0. */
int xml_value_verify_der(
    const struct sig_alg *alg, EVP_PKEY *key, struct span data, struct span value);
/* What sig_alg_sign gives (DER for ECDSA) as XML carries it. */
int xml_value_encode(
    const struct sig_alg *alg, EVP_PKEY *key, struct span der, struct buf *out, struct error *err);
/* Bytes of such a value. */
size_t xml_value_size(const struct sig_alg *alg, EVP_PKEY *key);

/* ---- KeyInfo (xml_key.c) ---- */

/* What KeyInfo says; release it. */
struct xml_keys {
	STACK_OF(X509) * certificates; /* candidates for the signer, likeliest first */
	EVP_PKEY *bare;		       /* of KeyValue or DEREncodedKeyValue, or NULL */
	int has_hints;		       /* KeyInfo names a certificate */
	char problem[240];	       /* what could not be read, for the failure text */
};
/*
 * Read KeyInfo: certificates go to sig->certificates too, CRLs to r->evidence. A broken part is
 * told in keys->problem; -1 only for limits and lack of memory.
 */
int xml_keys_read(struct xml_reader *r, const struct xml_parts *parts, struct signature *sig,
    struct xml_keys *keys, struct error *err);
void xml_keys_release(struct xml_keys *keys);
/* Add a certificate that the signature carries, once. */
int xml_add_certificate(struct xml_reader *r, struct signature *sig, X509 *cert, struct error *err);
/* Add the CRL that the element holds as base64; what is no base64 is left out. */
int xml_add_crl(struct xml_reader *r, const xmlNode *element, struct error *err);
/* A certificate as base64 in an element; NULL when it is none. */
X509 *xml_certificate(const xmlNode *element);

/* ---- XAdES (xml_xades.c, xml_stamp.c) ---- */

/* Find parts->properties: of this signature's own Objects, with Target of this signature. */
void xml_xades_find(struct xml_parts *parts);
/* Whether this is the Type of a reference to SignedProperties, of any version. */
int xml_is_signed_properties_type(const char *type);
/* Does the signed SigningCertificate name this certificate? */
enum cert_ref xml_xades_cert_ref(const struct xml_parts *parts, X509 *cert);
/* The same, and the digest by which the last one that was looked at is named. */
enum cert_ref xml_xades_cert_ref_by(const struct xml_parts *parts, X509 *cert, enum digest *digest);
/* Certificates and revocation data of the unsigned properties. */
int xml_xades_values(
    struct xml_reader *r, const struct xml_parts *parts, struct signature *sig, struct error *err);
/* Time, roles, policy, baseline: of properties that the signature covers. */
int xml_xades_read(const struct xml_parts *parts, struct signature *sig, struct error *err);
/* What those say of the signed data, after all references were read (xml_statements.c). */
int xml_statements_read(const struct xml_parts *parts, struct signature *sig, struct error *err);
/* Set sig->form and sig->level, when all else is known. */
void xml_xades_form(const struct xml_parts *parts, struct signature *sig);
/*
 * Append what an unsigned time-stamp property must cover, its token not looked at; ERROR_MALFORMED
 * where signed data are missing, ERROR_UNSUPPORTED.
 */
int xml_stamp_octets(struct xml_reader *r, const struct xml_parts *parts, const xmlNode *element,
    struct buf *out, struct error *err);
int xml_stamps_read(
    struct xml_reader *r, const struct xml_parts *parts, struct signature *sig, struct error *err);

/* Whether err means that the reading must stop, rather than that the signature is broken. */
int xml_is_fatal(const struct error *err);
/* Replace what a cut in the middle of a UTF-8 character left: words of documents stand in texts. */
void xml_tidy(char *text);
/* Move err's words to `text` (of size bytes) and clear it. */
void xml_take_problem(struct error *err, char *text, size_t size);

#endif
