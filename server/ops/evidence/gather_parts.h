/* server/ops/evidence/gather_parts.h: the inside of what was gathered. For gather*.c and judge.c
 * only. */
#ifndef SIGNET_OPS_GATHER_PARTS_H
#define SIGNET_OPS_GATHER_PARTS_H

#include "server/ops/evidence/gather.h"
#include "server/ops/evidence/obtain.h"
#include "signing/verify/verify.h"

/* Something that was asked for, and what came of it. */
struct gathered_item {
	unsigned char key[STORE_SHA256];
	enum piece_kind kind;
	char *url;
	X509 *cert, *issuer; /* references, or NULL */
	struct piece *piece; /* NULL: nothing came */
	int was_kept;	     /* from before this request */
	int is_unproven;     /* obtain_confirm() it when it served */
};
/* Why something could not be had, for the report. */
struct gathered_note {
	X509 *cert; /* a reference */
	char text[400];
};

struct gathered {
	/* Where evidence that came with the documents stands. */
	const struct signatures **lists; /* the callers' */
	size_t list_count;
	struct buf *tokens; /* copies: time stamps that belong to no signature */
	size_t token_count;
	struct gathered_item *items;
	size_t item_count;
	struct gathered_note *notes;
	size_t note_count;
	/* Views of the items' pieces. */
	struct crl_source *crls;
	size_t crl_count;
	const struct ocsp_response **answers;
	size_t answer_count;
	STACK_OF(X509) * certificates;
	struct work *work; /* pays for all that is judged with it: one document */
};
int gathered_new(struct gathered **gathered, struct error *err);
int gathered_note_list(struct gathered *gathered, const struct signatures *list, struct error *err);
int gathered_note_token(struct gathered *gathered, struct span token, struct error *err);

struct gathered_item *gathered_item(
    const struct gathered *gathered, const unsigned char key[STORE_SHA256]);
/* Takes the piece. 1: something new for a verdict, 0, -1. */
int gathered_take(struct gathered *gathered, const struct obtain_want *want,
    const unsigned char key[STORE_SHA256], struct obtained *got, struct error *err);
int gathered_note(struct gathered *gathered, X509 *cert, const char *text, struct error *err);
/*
 * The context with what there is as evidence (of the caller's own only services and rules stay);
 * `to` and `evidence` look into what was gathered.
 */
void gathered_context(const struct gathered *gathered, const struct verify_context *from,
    struct verify_context *to, struct revocation_evidence *evidence);

/* ---- gather_wants.c: what a verdict lacks ---- */

struct engine;
struct request;
struct material;

struct gather_round {
	struct engine *engine;
	struct request *req;
	const struct material *material;
	struct gathered *gathered;
	int is_new;	/* something came: judge again */
	int would_wait; /* something must be fetched, and the request may not wait */
};
/*
 * Before the first judgement: what memory has for the certificates of these signatures. It is only
 * to save a judgement that would end for want of it.
 */
int gather_ahead(struct gather_round *round, const struct signatures *signatures,
    const struct path_trust *trust, struct error *err);
/*
 * 1 when the best path that was found ends where nobody may rely on: an anchor that is not trusted
 * (any more) for this, or has expired. Other certificates of its CAs are looked for then.
 */
int gather_ends_badly(const struct path_result *path);
/* Look for what this path lacks. */
int gather_for_path(struct gather_round *round, const struct path_result *path, struct error *err);
/* ---- gather_end.c ---- */

/* Tell in the checks what could not be had for this path. */
void gather_tell(
    const struct gathered *gathered, const struct path_result *path, struct verify_checks *checks);
/* Keep for others what proved itself in this path's verdict. */
void gather_confirm(struct gather_round *round, const struct path_result *path);

#endif
