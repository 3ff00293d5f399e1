/*
 * server/ops/cases/case_draft.h: a case on its way to the database: its memory, its texts, and the
 * keys by which it will be found. Only for case.c.
 */
#ifndef SIGNET_OPS_CASE_DRAFT_H
#define SIGNET_OPS_CASE_DRAFT_H

#include "schema/store/case.h"
#include "server/ops/private.h"
#include "signing/report/input.h"
#include "signing/report/objects.h"

#define DRAFT_TEXT_MAX 1000

/* What one case is made in; all that `file` looks at lives as long. */
struct draft {
	struct engine *engine;
	const struct request *req;
	const struct verified_document *verified;
	const struct report_input *in;
	struct report_objects objects;
	struct buf etsi; /* the report */
	struct case_file file;
	struct case_key *keys;
	size_t key_count, key_max;
	struct case_content *contents;
	size_t content_count;
	void **blocks;
	size_t block_count;
};

/* Zeroed memory that lives as long as the draft, for `count` things and one more. */
void *draft_alloc(struct draft *d, size_t count, size_t size, struct error *err);
/* A copy that the database takes: UTF-8, at most DRAFT_TEXT_MAX bytes; "" for NULL, and without
 * memory (err then says so). */
const char *draft_text(struct draft *d, const char *s, struct error *err);
/* SPAN_NONE without memory. */
struct span draft_bytes(struct draft *d, const void *data, size_t len, struct error *err);
void draft_release(struct draft *d);

/* Find the case by this. The value must live as long as the draft. */
int draft_key(struct draft *d, const char *kind, struct span value, struct error *err);
/* By these words, as case_signer_key() has them. */
int draft_signer_key(struct draft *d, const char *text, struct error *err);
/* By what stands in a signer's name, and by the mail addresses of his certificate. */
int draft_name_keys(struct draft *d, const X509_NAME *name, struct error *err);
int draft_address_keys(struct draft *d, const X509 *cert, struct error *err);

#endif
