/*
 * signing/report/recorded.h: a report of etsi.h read again: the verdict that it tells, and what
 * that rested on.
 *
 * What is read is the very document whose signature was checked. A report that is signed wrongly is
 * refused; one that is not signed is read, and says so: whoever had it in hands could have written
 * another.
 */
#ifndef SIGNET_SIGNING_REPORT_RECORDED_H
#define SIGNET_SIGNING_REPORT_RECORDED_H

#include "signing/report/input.h"
#include "signing/report/policy_text.h"

struct xml_reader;

#define RECORDED_BYTES_MAX   ((size_t)64 << 20)
#define RECORDED_OBJECTS_MAX 10000 /* "report-objects" */

enum recorded_of { RECORDED_DOCUMENT, RECORDED_CERTIFICATE, RECORDED_TIMESTAMP };

struct recorded_verdict {
	char *name; /* id of a signature; SHA-256 of a token in hex; "" */
	enum indication indication;
	enum sub_indication sub;
	char code[48];
};
struct recorded_document {
	char *name; /* "" where it has none */
	enum digest digest;
	struct buf value;
};
/* A CRL of which the report has all but most entries. */
struct recorded_excerpt {
	unsigned char sha256[32]; /* of the whole list */
	struct buf head;	  /* crl_head_read() */
	struct crl_entry *entries;
	struct buf *serials; /* that the entries look into */
	size_t count;
};

struct recorded {
	enum recorded_of of;
	enum path_purpose purpose; /* of a certificate */
	char program[80], catalogue_name[120], catalogue_version[120];
	char snapshot[120]; /* name of the trust snapshot, "" for none */
	struct buf trust;   /* the part of it that the report has; empty for none */
	int64_t time, made;
	struct policy_read policy;
	struct recorded_verdict overall;
	struct recorded_verdict *signatures, *stamps;
	size_t signature_count, stamp_count;
	struct recorded_document *documents; /* the signed one first */
	size_t document_count;
	struct report_layer *layers; /* of encryption, outermost first */
	size_t layer_count;
	int mail_need_address, mail_need_match;
	STACK_OF(X509) * anchors; /* as the report has them, of signatures and of ... */
	STACK_OF(X509) * timestamp_anchors;
	STACK_OF(X509) * certificates; /* all that it lists */
	X509 *subject;		       /* of a certificate's report; owned by certificates */
	struct buf token;	       /* of a token's */
	struct values crls, ocsps;
	struct recorded_excerpt *excerpts;
	size_t excerpt_count;
	X509 *signer;		/* of the report; NULL: it is not signed */
	char note[300];		/* what is to be known of that signature, or "" */
	struct signatures own;	/* that signature, for a verdict on it; empty: there is none */
	struct xml_reader *xml; /* the report as it was read, for compare.h */
};

/*
 * `signers`: one of these certificates, byte for byte, must have signed the report; NULL: anybody
 * or nobody may. `time` is today's, for the algorithms of its signature. On 0 *recorded is the
 * caller's for recorded_free(); on -1 it is NULL and err->kind is
 *   ERROR_NOT_AUTHORIZED  the signature does not hold, or is not one of the signers'
 *   ERROR_MALFORMED       not a report of ours, or one whose parts contradict each other
 *   ERROR_UNSUPPORTED     a policy of a later version
 *   ERROR_TOO_LARGE, ERROR_LIMIT, ERROR_UNAVAILABLE
 */
int recorded_read(struct recorded **recorded, struct span report, STACK_OF(X509) * signers,
    int64_t time, struct error *err);
void recorded_free(struct recorded *recorded); /* NULL is fine */

/*
 * Of a report alone, in the order of its signatures: until when each of the first `count` could be
 * proven when it was made; not known where the report does not say. `timestamp` stays 0. Nothing is
 * checked of the report: whoever asks knows it by its digest.
 */
int recorded_provable(
    struct verify_lasting *all, size_t count, struct span report, struct error *err);

#endif
