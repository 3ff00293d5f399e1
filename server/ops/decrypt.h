/*
 * server/ops/decrypt.h: encrypted documents, opened with what the caller may use: the tenant's keys
 * for decrypting that his groups are given, and the password that he sent.
 *
 * Whatever operation meets an envelope, it is opened for nobody without the right DecryptDocument:
 * he hears for whom it is, and that he lacks the right. A key that he may not use, that was
 * disabled or that another tenant has is as if it were not there: what he hears then is for whom
 * the document is, and nothing about keys.
 *
 * Content that nothing authenticates (CBC) may have been made up by whoever sent it, to learn from
 * the answers what another message holds (RFC 3218, EFAIL; Jager and Somorovsky for XML). So an
 * operation that judges documents (`proof`) tells of it only where a signature in it is whole, and
 * all else (padding, what it is, how it is damaged, not signed) is one and the same answer.
 * DecryptDocument hands the content out and has nothing to hide but why it fails, which is one
 * answer as well.
 */
#ifndef SIGNET_OPS_DECRYPT_H
#define SIGNET_OPS_DECRYPT_H

#include "server/ops/request.h"
#include "server/read/unlock.h"

#define ENVELOPE_LAYERS_MAX 10u /* "envelope-layers": of one document, in each other or not */

struct engine;
struct material;

/* A key of the material while one envelope is tried. */
struct opening_key {
	unsigned int left; /* tries that were paid */
	int answered;
};

/* Has the envelopes of one document opened (server/read/unlock.h) and notes each in `found`. */
struct opening {
	struct engine *engine;
	struct request *req;
	const struct material *material;
	const char *password; /* or NULL */
	struct encryptions *found;
	/*
	 * What opening may take is bounded before it is done, by what stands in clear (sizes,
	 * recipients, rounds), so that a refusal tells nothing of a content: work by
	 * "limit-read-seconds", from the one account (req->file_us) of all that the document takes;
	 * and all that is held of decrypted layers at one time by "limit-read-memory", beside the
	 * memory of the child that opens one.
	 */
	uint64_t held;
	struct opening_pass *pass; /* the innermost, or NULL */
	int only_first;		   /* what is met after the first stays closed, and is not noted */
	int proof; /* unauthenticated content counts only where a signature in it is whole */
	/* Parts whose content turned out to prove nothing, when all is read again: stay closed. */
	const struct encryption *unproven;
	size_t unproven_count;
	/* The envelope that was met and is being tried. */
	struct opening_key *keys;
	struct {
		int may_try, is_authenticated, is_unproven;
		char problem[240];
	} now;
	struct unlock_desk desk; /* for readers; its ctx is this */
};
void opening_init(struct opening *o, struct engine *engine, struct request *req,
    const struct material *material, const char *password, struct encryptions *found);
void opening_release(struct opening *o); /* zeroed is fine */
/* For an operation that judges: sets `proof`. */
void opening_must_prove(struct opening *o);
/*
 * A reading that may have to be forgotten, because what was decrypted in it proved nothing. Once
 * such a layer is met, opened or not, half of the work that is left is kept from it. That half is
 * what remains when it is over, whatever the layer held: neither a refusal nor what a verdict may
 * cost afterwards tells whether it was opened.
 */
struct opening_pass {
	struct opening_pass *around;
	uint64_t start, held, aside; /* as it was before */
	uint64_t half;		     /* kept; 0: no such layer was met */
	int is_last;		     /* what is closed is known: nothing will be forgotten */
};
void opening_pass_begin(struct opening *o, struct opening_pass *pass);
/* It is forgotten, and all of it may be read again. */
void opening_pass_again(struct opening *o, struct opening_pass *pass);
/* It is over; `is_told`: what was found in it stands, and all of it is no secret. */
void opening_pass_end(struct opening *o, struct opening_pass *pass, int is_told);
/*
 * unlock_document() by a child, within what may be done. A damaged envelope stays closed like one
 * for which there is no key; -1 for ERROR_LIMIT, ERROR_TOO_LARGE and what may pass
 * (ERROR_UNAVAILABLE), and for what the readers refuse.
 */
int opening_open(struct opening *o, struct unlocked *out, struct span document, struct error *err);

/*
 * The content of found->items[index] proved nothing: what is told of it and of what was found in
 * it from here on is what is told of one that does not decrypt.
 */
void opening_close(struct opening *o, size_t index);
/* 1 when the layer was opened, nothing authenticates it, and `proof` is asked for. */
int opening_needs_proof(const struct opening *o, const struct encryption *e);
/* Note that the document can be opened by a password, and that none came. */
int opening_lacks_password(struct opening *o, struct error *err);
/* What is to be said of one that stayed closed: InsufficientInformation, with the recipients. */
void opening_describe(struct result *result, const struct encryption *e);
/* The first layer that was opened, or that stayed closed; NULL: there is none. */
const struct encryption *opening_first(const struct encryptions *found, int opened);
/* For the audit: which keys were used. */
void opening_note(struct request *req, const struct encryptions *found);

#endif
