/*
 * signing/report/objects.h: the validation objects of one verdict (ETSI TS 119 102-2 clause 4.4),
 * each once: signed data, signature values, time stamps, certificates, CRLs, OCSP answers; where
 * each came from, whether it decided anything, and since when it is known to exist. Reports list
 * them, and stored cases keep them.
 */
#ifndef SIGNET_SIGNING_REPORT_OBJECTS_H
#define SIGNET_SIGNING_REPORT_OBJECTS_H

#include "signing/report/input.h"

enum report_object_kind {
	REPORT_SIGNED_DATA, /* documents and what was in envelopes, by digest: `bytes` is empty
			     * where only that is known */
	REPORT_SIGNATURE,   /* the signature value alone */
	REPORT_TIMESTAMP,   /* ContentInfo */
	REPORT_CERTIFICATE,
	REPORT_CRL,  /* `bytes` is empty where only an excerpt is at hand */
	REPORT_OCSP, /* OCSPResponse or BasicOCSPResponse, as it came */
	REPORT_OBJECT_KINDS
};
const char *report_object_kind_name(enum report_object_kind kind); /* "certificate", "CRL", ... */

/* Where it came from; neither for what only a path holds, as anchors do. */
#define REPORT_FROM_DOCUMENT 1u
#define REPORT_GATHERED	     2u

struct report_object {
	enum report_object_kind kind;
	char id[32];	  /* "CRL-2": unique among the objects, and an XML name */
	const char *name; /* of a document, or NULL */
	struct span bytes;
	enum digest digest; /* of the bytes: SHA-256 but for documents known by another one alone */
	unsigned char value[DIGEST_SIZE_MAX];
	uint64_t size; /* of the bytes; 0 when it is not known */
	unsigned int from;
	int is_anchor;		 /* a certificate that ends the path of ... */
	int is_timestamp_anchor; /* ... a signature (or of what was judged), of a time stamp */
	int decided;		 /* it stands in a path, or says what is known of revocation */
	/* The first time at which it is proven to exist: the validation time where nothing
	 * proves more. */
	int64_t existed;
	const char *proof; /* id of the time stamp that proves it, or NULL */
	struct buf own;	   /* the bytes, where nobody else has them in this form */
};

struct report_objects {
	struct report_object *items; /* in a fixed order: the same input gives the same list */
	size_t count;
	size_t *order;	   /* by kind and digest */
	size_t *documents; /* of each of in->documents, its object */
	size_t *contents;  /* of each of in->layers that is open, its content's */
};

/*
 * Enumerate. On 0 the list is the caller's for report_objects_release() and looks into the input,
 * which must live as long; on -1 (ERROR_UNAVAILABLE, ERROR_INTERNAL; ERROR_NOT_FOUND for a document
 * of which no digest is known) it is empty.
 *
 * CRLs and OCSP answers inside of time-stamp tokens are not listed: the token is.
 */
int report_objects_make(
    struct report_objects *objects, const struct report_input *in, struct error *err);
void report_objects_release(struct report_objects *objects);

/* The object with these bytes' SHA-256, or NULL. */
const struct report_object *report_object_find(const struct report_objects *objects,
    enum report_object_kind kind, const unsigned char sha256[32]);
const struct report_object *report_object_of_cert(
    const struct report_objects *objects, const X509 *cert);
const struct report_object *report_object_of_bytes(
    const struct report_objects *objects, enum report_object_kind kind, struct span bytes);

#endif
