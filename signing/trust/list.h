/*
 * signing/trust/list.h: trusted lists (ETSI TS 119 612, versions 5 and 6), read and checked.
 *
 * Reading takes a list apart, element by element in the order of the schema; what stands out of its
 * place, is missing or does not decode makes the list malformed as a whole. Checking decides
 * whether it may be relied on: who signed it, whether it is newer than what is known, whether it is
 * still current. Nothing here dials or asks the time; DTDs are refused.
 */
#ifndef SIGNET_SIGNING_TRUST_LIST_H
#define SIGNET_SIGNING_TRUST_LIST_H

#include "signing/core/catalogue.h"
#include "signing/format/signature.h"
#include "signing/trust/service.h"

#define TRUST_LIST_BYTES_MAX ((size_t)24 << 20)
/* Limits of one list: a hostile one stays below 256 MB and a few seconds. */
#define TRUST_LIST_NODES_MAX 400000

/* A provider of trust services (clause 5.4). */
struct trust_provider {
	const char *name;	  /* the English one where there is one */
	struct trust_texts names; /* in all languages */
	struct trust_texts trade_names;
	const char *information_uri; /* or NULL */
	struct trust_service *services;
	size_t service_count;
};

/* Where another list is and who signs it (clause 5.3.13). */
struct trust_pointer {
	const char *location;
	struct trust_blobs signers; /* certificates, DER */
	const char *mime_type;	    /* NULL where not said */
	const char *territory;	    /* NULL where not said */
	const char *type;	    /* TSLType of the list pointed to; NULL where not said */
	const char *operator_name;  /* or NULL */
};
#define TRUST_MIME_XML "application/vnd.etsi.tsl+xml"

struct trust_list {
	int version; /* 5 or 6 */
	uint64_t sequence;
	const char *type;	   /* TSLType */
	const char *operator_name; /* SchemeOperatorName */
	const char *scheme_name;
	struct trust_texts information_uris; /* SchemeInformationURI, all languages, in order */
	const char *territory;		     /* "" where not said */
	int64_t issued;
	int64_t next_update; /* TRUST_NO_TIME: closed, there will be no other */
	struct trust_texts distribution_points;
	struct trust_pointer *pointers;
	size_t pointer_count;
	struct trust_provider *providers;
	size_t provider_count;
	unsigned char digest[32]; /* SHA-256 of the bytes */
	void *memory;		  /* holds all of the above */
};
int trust_list_is_closed(const struct trust_list *list);
size_t trust_list_services(const struct trust_list *list); /* how many, of all providers */

/*
 * Take a list apart without asking who signed it: for showing and comparing, never for relying on.
 * On 0 *list is the caller's, for trust_list_free(); on -1 it is NULL and err->kind is
 *   ERROR_MALFORMED    not well-formed, or not as TS 119 612 has it; the text says where
 *   ERROR_UNSUPPORTED  another version, a DTD, an encoding
 *   ERROR_LIMIT, ERROR_TOO_LARGE, ERROR_UNAVAILABLE
 */
int trust_list_read(struct trust_list **list, struct span bytes, struct error *err);
void trust_list_free(struct trust_list *list); /* NULL is fine */

/* ---- checking ---- */

enum trust_list_verdict {
	TRUST_LIST_ACCEPTED,
	TRUST_LIST_UNCHANGED,  /* accepted before: the very same bytes */
	TRUST_LIST_MALFORMED,  /* also: too large, a DTD */
	TRUST_LIST_VERSION,    /* neither 5 nor 6 */
	TRUST_LIST_WRONG_LIST, /* of another territory or type than wanted */
	TRUST_LIST_NOT_SIGNED, /* no signature, or more than one, or not over the whole list */
	TRUST_LIST_BROKEN,     /* the signature does not hold */
	TRUST_LIST_WEAK,       /* by an algorithm that is not suitable */
	TRUST_LIST_STRANGER,   /* signed by none of the pinned signers */
	TRUST_LIST_OLD,	       /* sequence number fell, or stayed with other content */
	TRUST_LIST_NOT_YET,    /* issued in the future */
	TRUST_LIST_EXPIRED,    /* its next update is overdue */
	TRUST_LIST_VERDICTS
};
/* "Accepted", "Stranger", ...: for the database and for --json. */
const char *trust_list_verdict_name(enum trust_list_verdict verdict);

/* Everything stays the caller's. */
struct trust_list_input {
	struct span bytes;
	STACK_OF(X509) * signers;	   /* pinned; none = no list is accepted */
	int64_t time;			   /* now */
	const struct catalogue *catalogue; /* NULL: the built-in one */
	const char *territory, *type;	   /* that it must have; NULL: any */
	/* The last one accepted, or has_previous = 0. */
	int has_previous;
	uint64_t previous_sequence;
	unsigned char previous_digest[32];
	int is_past; /* a pivot: was current once, nextUpdate may have passed */
};
struct trust_list_result {
	enum trust_list_verdict verdict;
	char text[400]; /* one sentence: why not, or what was accepted */
	X509 *signer;	/* who signed, where that is known, also when refused; owned, or NULL */
	char note[200]; /* what should be looked at though the list is accepted, or "" */
};

/*
 * Check and take apart. 0: judged; *list is the caller's when the verdict is ACCEPTED or UNCHANGED,
 * else NULL, and the caller keeps the last good one. -1 only when it could not be judged
 * (ERROR_UNAVAILABLE, ERROR_INTERNAL). In both cases the result is released by the caller.
 *
 * The signature (clause 5.7 and annex B) is the only one in the document, the last child of the
 * root, XAdES with a signed reference to its certificate, over the whole document by the enveloped
 * and the exclusive canonicalisation transform and no other, with exclusive canonicalisation of
 * SignedInfo. The signer is one of the pinned certificates, byte for byte; its own validity is not
 * asked (TS 119 615 clause 4.1.4: it is the trust anchor) but noted.
 */
int trust_list_check(const struct trust_list_input *input, struct trust_list **list,
    struct trust_list_result *result, struct error *err);
void trust_list_result_release(struct trust_list_result *result);

#endif
