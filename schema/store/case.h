/*
 * schema/store/case.h: cases, that is verdicts with all that they rest on. A case is written whole
 * by store_case_add(), and is there for look-ups once it is sealed, which happens in the
 * transaction of its row in the audit log (audit.h). Nothing of it is ever changed.
 */
#ifndef SIGNET_SCHEMA_STORE_CASE_H
#define SIGNET_SCHEMA_STORE_CASE_H

#include "schema/store/db.h"

#define CASE_DIGEST_SIZE   32	/* SHA-256 everywhere here */
#define CASE_KEY_MAX	   1024 /* bytes of a key's value */
#define CASE_PAGE_MAX	   1000
#define CASE_SCAN_MAX	   1000 /* cases that one look-up looks at, whatever it was asked */
#define CASE_CONTENT_BYTES ((size_t)8 << 20) /* objects go out so many bytes at a time */

/* The document that was judged (place 0), or an original of a detached signature. */
struct case_document {
	const char *role; /* "Signed", "Original" */
	const char *name, *mime_type;
	int64_t size;	     /* -1: not known */
	const char *digests; /* "SHA256 <hex> SHA512 <hex>" */
};

struct case_signature {
	const char *name;	/* its id in the document */
	const char *counter_of; /* name of the one that it counter-signs, or "" */
	const char *format, *level, *algorithm, *indication, *sub_indication, *reason;
	const char *subject, *issuer, *serial; /* of the signer, or "" */
	struct span certificate;	       /* SHA-256 of it, or empty */
	int64_t claimed_us, best_us;	       /* claimed: DB_NO_TIME when it says none */
};

/* An object that the case rests on, and as what. */
struct case_use {
	const char *role; /* "Document", "Certificate", "CRL", ...: see the migration */
	const char *name, *mime_type;
	struct span digest; /* SHA-256 of the content */
	int64_t size;
};

/* All of a case but the contents. Strings are never NULL. */
struct case_file {
	struct uuid id, request, user;
	int64_t stored_us, validation_us;
	const char *request_id, *caller, *node, *program, *door, *kind;
	const char *indication, *sub_indication, *reason_code, *reason;
	const char *policy, *catalogue, *trust_snapshot;
	unsigned char digest[CASE_DIGEST_SIZE];
	struct case_document *documents;
	size_t document_count;
	struct case_signature *signatures;
	size_t signature_count;
	struct case_use *uses;
	size_t use_count;
};

/* By what it is found: kinds as in the migration. */
struct case_key {
	const char *kind;
	struct span value;
};
struct case_content {
	unsigned char digest[CASE_DIGEST_SIZE];
	struct span content;
};

/*
 * Write a case that is not sealed yet, its keys, and those contents that the tenant does not have.
 * Contents are sorted in place. All or nothing.
 */
int store_case_add(struct db *db, const struct uuid *tenant, const struct case_file *file,
    const struct case_key *keys, size_t key_count, struct case_content *contents,
    size_t content_count, struct error *err);

/* A sealed case as it is stored; views into the results. */
struct case_row {
	struct case_file file;
	const char *seal_node; /* name of the node whose log has its digest */
	int32_t node;
	int64_t seq; /* the row of that log */
	struct db_result *results[5];
};
/* 1 found, 0 none that is sealed, -1 failed; store_case_row_release() in every case. */
int store_case_get(struct db *db, const struct uuid *tenant, const struct uuid *id,
    struct case_row *row, struct error *err);
void store_case_row_release(struct case_row *row);
/* How many of these keys the case does not have, with its own time. */
int store_case_keys_lost(struct db *db, const struct uuid *tenant, const struct case_file *file,
    const struct case_key *keys, size_t key_count, int64_t *lost, struct error *err);
/* The content of an object: 1 (*r is the caller's), 0 none, -1. */
int store_case_content(struct db *db, const struct uuid *tenant, struct span digest,
    struct db_result **r, struct span *content, struct error *err);

/* ---- look-ups: newest first ---- */

struct case_query {
	struct case_key key;	      /* what leads; { "all", SPAN_NONE } for any */
	const struct case_key *other; /* what must hold as well */
	size_t other_count;
	int64_t since_us;  /* stored then or later */
	int64_t before_us; /* and before this, and at this time below before_id */
	struct uuid before_id;
	int32_t page; /* 1 .. CASE_PAGE_MAX */
};
/* What a list shows of one. */
struct case_summary {
	struct uuid id;
	int64_t stored_us, validation_us;
	const char *caller, *kind, *indication, *sub_indication, *document_name, *digests;
	struct db_array subjects; /* of its signers */
};
/*
 * A page. There is more behind it where more is set: ask again with `stored_us` and `last` as
 * before_us and before_id. A page may be short, or empty, and have more behind it: a look-up looks
 * at CASE_SCAN_MAX cases at most.
 */
struct case_page {
	struct db_result *result;
	size_t count; /* rows by store_case_summary() */
	int more;
	int64_t stored_us;
	struct uuid last;
};
/* On 0 page->result is the caller's, for db_result_free(). */
int store_case_find(struct db *db, const struct uuid *tenant, const struct case_query *query,
    struct case_page *page, struct error *err);
struct case_summary store_case_summary(const struct case_page *page, size_t i);
extern const char store_case_find_sql[]; /* for the test of its plan */

/* ---- housekeeping ---- */

/* Remove what crashes left unsealed between two times (seconds), at most `most` cases. */
int store_case_sweep(
    struct db *db, int64_t since, int64_t before, int32_t most, uint64_t *swept, struct error *err);

/* ---- sealing; for audit.c ---- */

/* The case is whole, and row `seq` of the log has its digest. */
struct case_seal {
	struct uuid tenant, id;
	int64_t seq;
};
const struct db_statement *store_case_seal_insert(void);
void store_case_seal_args(
    struct db_args *a, int32_t node, const struct case_seal *seals, size_t count);

#endif
