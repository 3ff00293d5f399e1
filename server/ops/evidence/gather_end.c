/* When the verdict is given: what could not be had is told, and what proved itself is kept. */
#include <string.h>

#include "server/base/log.h"
#include "server/ops/evidence/gather_parts.h"
#include "server/ops/private.h"

static int
is_settled(const struct path_result *path, size_t i)
{
	const struct revocation_result *status = &path->certificates[i].revocation;

	return status->status == REVOCATION_REVOKED ||
	       (status->status == REVOCATION_GOOD && !status->is_stale) ||
	       (path->anchor != NULL && status->need_count == 0 && !gather_ends_badly(path));
}

static int
is_of(const struct gathered_note *note, const struct path_certificate *pc)
{
	size_t n;

	if (X509_cmp(note->cert, pc->cert) == 0)
		return 1;
	for (n = 0; n < pc->revocation.need_count; n++)
		if (X509_cmp(note->cert, pc->revocation.needs[n].cert) == 0)
			return 1;
	return 0;
}

void
gather_tell(const struct gathered *g, const struct path_result *path, struct verify_checks *checks)
{
	size_t i, n;

	for (n = 0; n < g->note_count; n++)
		for (i = 0; i < path->certificate_count; i++)
			if (!is_settled(path, i) && is_of(&g->notes[n], &path->certificates[i])) {
				check_add(checks, BLOCK_X509, CHECK_NOTE, SUB_NONE,
				    "ValidationData", "%s", g->notes[n].text);
				break;
			}
}

static int
has_served(const struct gathered_item *item, const struct path_result *path)
{
	size_t i, j;

	for (i = 0; i < path->certificate_count; i++) {
		const struct revocation_proof *proof = &path->certificates[i].revocation.proof;

		for (j = 0; j < proof->used_count; j++)
			if (memcmp(proof->used[j].sha256, item->piece->sha256, STORE_SHA256) == 0)
				return 1;
	}
	return 0;
}

void
gather_confirm(struct gather_round *r, const struct path_result *path)
{
	const struct fetch_limits *limits = &engine_limits(r->engine)->fetch;
	struct gathered *g = r->gathered;
	struct error err = ERROR_INIT;
	struct piece *piece;
	size_t i;

	for (i = 0; i < g->item_count; i++) {
		struct gathered_item *item = &g->items[i];
		const struct obtain_want want = { .kind = item->kind,
			.url = item->url,
			.cert = item->cert,
			.issuer = item->issuer };

		if (!item->is_unproven || item->piece == NULL || !has_served(item, path))
			continue;
		item->is_unproven = 0;
		/* The verdict's views look into the piece, so the kept one may become another. */
		piece = piece_hold(item->piece);
		if (obtain_confirm(r->engine->depot, &want, limits, &piece, &err) != 0)
			log_warning("validation data of %s could not be kept: %s [%s]", item->url,
			    err.text, err.cause);
		piece_drop(piece);
	}
}
