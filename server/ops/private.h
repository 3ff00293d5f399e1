/* server/ops/private.h: what the files of this folder share and nobody else sees. */
#ifndef SIGNET_OPS_PRIVATE_H
#define SIGNET_OPS_PRIVATE_H

#include <stdatomic.h>

#include "server/ops/engine.h"
#include "server/ops/sign_on/rate.h"
#include "server/ops/trust/material.h"
#include "server/read/reader.h"
#include "signing/format/read.h"

/* Limits are swapped as a whole; those that were in use are kept for who still reads them. */
struct limits_kept {
	struct limits limits;
	struct limits_kept *older;
};

/* The same of algorithm catalogues; `file` NULL is the built-in one. */
struct catalogue_kept {
	struct catalogue_file *file;
	struct catalogue_kept *older;
};

struct engine {
	struct engine_parts parts; /* its limits and strings are those below */
	_Atomic(struct limits_kept *) limits;
	_Atomic(struct catalogue_kept *) catalogue; /* NULL: the built-in one */
	char node[128];
	char tsa_tenant[160];
	struct serials *serials; /* of our own time stamps */
	struct depot *depot;	 /* validation data that were fetched */
	struct rate *strangers;	 /* how often they come: server/ops/sign_on/rate.h */
};

/* A row's admit and run: server/ops/operation.c has the table. */
int admit_sign(struct engine *engine, struct request *req, struct error *err);
int admit_sign_digests(struct engine *engine, struct request *req, struct error *err);
int admit_counter_sign(struct engine *engine, struct request *req, struct error *err);
int admit_extend(struct engine *engine, struct request *req, struct error *err);
int admit_timestamp(struct engine *engine, struct request *req, struct error *err);
int admit_verify(struct engine *engine, struct request *req, struct error *err);
int admit_verify_timestamp(struct engine *engine, struct request *req, struct error *err);
int admit_validate_certificate(struct engine *engine, struct request *req, struct error *err);
int admit_policy(struct engine *engine, struct request *req, struct error *err);
int admit_case(struct engine *engine, struct request *req, struct error *err);

int run_sign_document(struct engine *engine, struct request *req, struct error *err);
int run_sign_documents(struct engine *engine, struct request *req, struct error *err);
int run_sign_digests(struct engine *engine, struct request *req, struct error *err);
int run_counter_sign(struct engine *engine, struct request *req, struct error *err);
int run_extend_signature(struct engine *engine, struct request *req, struct error *err);
int run_list_keys(struct engine *engine, struct request *req, struct error *err);
int run_timestamp_digest(struct engine *engine, struct request *req, struct error *err);
int run_timestamp_document(struct engine *engine, struct request *req, struct error *err);
int run_verify_document(struct engine *engine, struct request *req, struct error *err);
int run_verify_documents(struct engine *engine, struct request *req, struct error *err);
int run_validate_certificate(struct engine *engine, struct request *req, struct error *err);
int run_verify_timestamp(struct engine *engine, struct request *req, struct error *err);
int run_get_case(struct engine *engine, struct request *req, struct error *err);
int run_find_cases(struct engine *engine, struct request *req, struct error *err);
int run_check_case(struct engine *engine, struct request *req, struct error *err);
int run_get_original_document(struct engine *engine, struct request *req, struct error *err);
int admit_decrypt(struct engine *engine, struct request *req, struct error *err);
int run_decrypt_document(struct engine *engine, struct request *req, struct error *err);
int run_check_access(struct engine *engine, struct request *req, struct error *err);
int run_who_am_i(struct engine *engine, struct request *req, struct error *err);

/*
 * A time-stamp source for makers: asks the named authority (NULL: the first), and the others of the
 * tenant in their order when none was named and one fails.
 */
struct authority_source {
	struct engine *engine;
	const struct request *req;
	const struct material *material;
	const char *name;
	struct buf *last; /* gets a copy of the last token, or NULL */
	struct timestamp_source source;
};
void authority_source_init(struct authority_source *source, struct engine *engine,
    const struct request *req, const struct material *material, const char *name, struct buf *last);
/*
 * The authority that a request names exists; ERROR_NOT_FOUND. Sets req->must_wait when its tokens
 * come over the network.
 */
int authority_check(
    struct request *req, const struct material *material, const char *name, struct error *err);

/*
 * May new things be made with it now? ERROR_UNSUPPORTED with the day and the catalogue. What makes
 * signatures or time stamps asks, however the request came.
 */
int suitable_digest(
    const struct engine *engine, enum digest digest, int64_t now, struct error *err);
int suitable_signature(const struct engine *engine, const struct sig_alg *alg,
    const struct sign_key *key, int64_t now, struct error *err);
/* DIGEST_BIT()s of those from SHA-256 on that are suitable. */
unsigned int suitable_digests(const struct engine *engine, int64_t now);

/*
 * What all signing operations begin with: the key that the caller named and may use, the options,
 * the time-stamp source. admit_signature() checks the same without keeping it.
 */
struct signing {
	struct request *req;
	const struct material *material;
	const struct sign_key *key;
	struct sign_options options;
	struct authority_source authority;
};
int admit_signature(struct engine *engine, struct request *req, struct error *err);
int signing_start(struct signing *s, struct engine *engine, struct request *req, struct error *err);
void signing_end(struct signing *s);

/*
 * Signed documents are read by the read process, within its bounds. A CMS message of at most
 * OPS_READ_HERE_MAX bytes is read in this one: decoding it is linear in its size, with counts for
 * all its parts, and takes less than 2 ms; so do its time stamps, which are charged by their bytes.
 * What is not linear are checks of signatures by slow keys (1.4 s in 16 KB: 59 signers, each tried
 * with four keys on a curve of 571 bits), so they are paid from OPS_READ_HERE_WORK, which is enough
 * for a hundred ordinary ones. Where that is not enough it is read again, by a child.
 */
#define OPS_READ_HERE_MAX  16384
#define OPS_READ_HERE_WORK 20000
/* 1 when it is read in this process, as all is where the engine has no read process. */
int ops_reads_here(const struct engine *engine, struct span content);
/*
 * document_read() of it, wherever; what is encrypted in a mail is opened with what the desk (or
 * NULL) answers. -1 with req->must_wait and ERROR_UNAVAILABLE: it is to be served
 * again where waiting is allowed; what may be read by the look of it sees may_read_documents().
 */
int ops_read(const struct engine *engine, struct request *req, struct document_facts *facts,
    struct span content, const struct document_read_options *options,
    const struct unlock_desk *desk, struct error *err);
/* unlock_document() of it, in the same way. */
int ops_unlock(const struct engine *engine, struct request *req, struct unlocked *out,
    struct span document, const struct unlock_desk *desk, struct error *err);
/*
 * PDFs made by the read process, or in this one where the engine has none. ops_waits() is for
 * admit: who waits for another process does so where waiting is allowed.
 */
struct pdf_read_options;
struct pdf_sign_options;
struct pdf_timestamp_options;
struct pdf_timestamps;
/*
 * 1, or 0 with err: a request of many documents ends its work when its time is over, and says so of
 * each that is left.
 */
int ops_has_time(const struct engine *engine, const struct request *req, struct error *err);
void ops_waits(const struct engine *engine, struct request *req);
/* The same; 0 when a child may be waited for here. */
int ops_may_wait(const struct engine *engine, struct request *req, struct error *err);
int ops_pdf_sign(const struct engine *engine, struct request *req, struct buf *out,
    struct span document, const struct sign_key *key, const struct sign_options *options,
    const struct pdf_sign_options *pdf, struct error *err);
int ops_pdf_timestamp(const struct engine *engine, struct request *req, struct buf *out,
    struct span document, const struct timestamp_source *source,
    const struct pdf_timestamp_options *options, struct error *err);
/* The document with validation data in its security store: pdf_extend() to EXTEND_LT. */
int ops_pdf_store(const struct engine *engine, struct request *req, struct buf *out,
    struct span document, const struct evidence *data, const char *password, struct error *err);

int ops_pdf_decrypt(const struct engine *engine, struct request *req, struct buf *out,
    struct span document, const struct pdf_read_options *options, struct error *err);

/*
 * What reads a document to make something of it is made by the read process, too: by its functions
 * of the same names, or in this one where the engine has none. -1 with req->must_wait and
 * ERROR_UNAVAILABLE as of ops_read().
 *
 * XML and mails of at most OPS_READ_HERE_MAX bytes are signed here where nothing in them is signed
 * or can be asked for again and again: no element is called Signature, no XPath, no part of a mail
 * is PKCS#7. Parsing them is linear but for 500 attributes in a tag; canonical forms are paid from
 * OPS_SIGN_HERE_WORK for each pass, in nodes, 128 bytes a node: some 20 ms. What needs more is
 * signed by a child.
 */
#define OPS_SIGN_HERE_WORK 20000
struct document_change;
struct xml_sign_options;
int ops_extend(const struct engine *engine, struct request *req, struct buf *out,
    struct span document, const struct document_change *change, enum extension to,
    const struct evidence *data, const struct timestamp_source *source, struct error *err);
int ops_renew(const struct engine *engine, struct request *req, struct buf *out,
    struct span container, const struct evidence *data, const struct timestamp_source *source,
    struct error *err);
int ops_counter_sign(const struct engine *engine, struct request *req, struct buf *out,
    struct span document, const struct document_change *change, const struct signature *sig,
    const struct sign_key *key, const struct sign_options *options, struct error *err);
int ops_xml_sign(const struct engine *engine, struct request *req, struct buf *out,
    const struct document *doc, const struct sign_key *key, const struct sign_options *options,
    const struct xml_sign_options *xml, struct error *err);
int ops_mail_sign(const struct engine *engine, struct request *req, struct buf *out,
    const struct document *doc, const struct sign_key *key, const struct sign_options *options,
    struct error *err);

/* Containers (ASiC). */
/* What of a container must not stay unsaid: entries that no signature covers, remarks. */
void ops_asic_describe(
    struct result *result, const struct asic_container *container, size_t signatures);
/* Put the document into a container, or add a signature to one of that type. */
int ops_asic_sign(const struct engine *engine, struct request *req, struct buf *out,
    const struct document *doc, enum asic_type type, enum format family, const struct sign_key *key,
    const struct sign_options *options, struct error *err);
int ops_container_sign(const struct engine *engine, struct request *req, struct buf *out,
    struct span container, const struct sign_key *key, const struct sign_options *options,
    struct error *err);
int ops_asic_timestamp(struct buf *out, const struct document *doc,
    const struct timestamp_source *source, int64_t seconds, const struct format_limits *limits,
    struct error *err);
/* What of a mail must not stay unsaid: who else it claims to be from, parts unsigned. */
void ops_smime_describe(struct result *result, const struct smime_mail *mail, size_t signatures);
struct reader_bounds ops_reader_bounds(const struct engine *engine, struct request *req);

struct tsa_record;
/* Our own authority's response (granted or a refusal) to a query; record may be NULL. */
int authority_answer(struct engine *engine, const struct material_authority *authority,
    struct span query, struct buf *response, struct tsa_record *record, struct error *err);

/* 0, or -1 and why no verdict can be given: the tenant's trust snapshot, or the policy. */
int verdict_rules_check(
    const struct request *req, const struct material *material, struct error *err);
/* The same, and what verdicts will cite into req->out. */
int verdict_rules_note(const struct engine *engine, struct request *req,
    const struct material *material, struct error *err);
/*
 * The policy (NULL: the built-in one) with what the request asks of certificate policies beside:
 * `own` where that is anything. The name that is cited stays the policy's.
 */
const struct verify_policy *verdict_rules_with(
    const struct request *req, const struct verify_policy *base, struct verify_policy *own);
/*
 * Trust snapshot, validation policy, algorithm catalogue and validation time of the verifying
 * operations; it looks into the material.
 */
struct verify_context context_of(
    const struct engine *engine, const struct request *req, const struct material *material);

/* Whose certificate is it? 1 found, for caller_release(); 0 nobody has it, -1. */
struct decision;
int ops_by_certificate(
    struct engine *engine, X509 *cert, const struct caller **caller, struct error *err);
/*
 * What the administrator wrote of it may be wrong: the certificate itself says when it is good. 1,
 * or 0 and the refusal.
 */
int ops_is_in_its_time(const X509 *cert, int64_t now, struct decision *d);

/* n zeroed signed items in req->out. */
int items_make(struct request *req, size_t n, struct error *err);

#endif
