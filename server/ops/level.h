/*
 * server/ops/level.h: signatures that are there, brought to levels T, LT and LTA: judged first,
 * with all validation data that can be had; then stamped, judged again, and given the data that
 * decided, of their own paths and of those of their time stamps. Inside of this folder.
 */
#ifndef SIGNET_OPS_LEVEL_H
#define SIGNET_OPS_LEVEL_H

#include "server/ops/reading.h"

/* Everything stays the caller's. */
struct raising {
	struct engine *engine;
	struct request *req;
	const struct material *material;
	const struct timestamp_source *source;
	enum doc_level to; /* T, LT or LTA */
	const char *name;  /* of the document, for words */
	const char *password;
	const struct document *originals; /* of detached signatures */
	size_t original_count;
	/*
	 * Which signatures must hold and are extended: that of this id, or that with this value;
	 * neither: all but counter-signatures. What a PDF gets is for all of its signatures, of
	 * which the others may be as they like.
	 */
	const char *id;
	struct span value;
};

/*
 * Raise the level of `file`, which is replaced; `item` gets the level that was reached and what
 * should be known of it (a Warning). On -1 `file` is as it was, and err->kind is
 *   ERROR_NOT_FOUND    no signature, none of that id; what it signs is not at hand
 *   ERROR_CONFLICT     the signature is broken, or its verdict is not TotalPassed (LT, LTA); it has
 *                      the level T already
 *   ERROR_UNAVAILABLE  revocation data cannot be had (whose, and where they should be), no time
 *                      stamp
 *   ERROR_UNSUPPORTED  time stamps alone, and another level than LTA
 * else as of the formats' extend functions.
 */
int ops_raise_level(
    const struct raising *r, struct buf *file, struct signed_item *item, struct error *err);

/*
 * The same of what a signing operation has just made of `doc`, which is at level T: to the level of
 * the request, for the new signature alone.
 */
int raise_signed(const struct signing *s, const struct document *doc, struct buf *made,
    struct signed_item *item, struct error *err);

#endif
