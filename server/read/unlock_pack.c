#include "server/read/unlock_pack.h"

#include <stdlib.h>

#include "server/read/facts.h"
#include "server/read/reader.h"

/* ---- an envelope that was met ---- */

static void
pack_try(struct pack *p, struct unlock_try *t)
{
	pack_size(p, &t->key);
	pack_below(p, &t->tries, ENVELOPE_TRIES_MAX + 1);
	pack_u64(p, &t->work);
}

void
pack_met(struct pack *p, struct unlock_met *met)
{
	size_t i, count = met->try_count;

	pack_const_text(p, &met->part);
	pack_flag(p, &met->is_readable);
	pack_flag(p, &met->is_authenticated);
	pack_size(p, &met->size);
	pack_u64(p, &met->password_work);
	pack_count(p, &count, UNLOCK_KEYS_MAX);
	if (p->reading && !p->failed) {
		met->tries = calloc(count + 1, sizeof(*met->tries));
		if (met->tries == NULL)
			pack_no_memory(p);
		else
			met->try_count = count;
	}
	for (i = 0; i < met->try_count && !p->failed; i++)
		pack_try(p, &met->tries[i]);
	if (met->part == NULL)
		pack_broken(p);
}

/* ---- what came of it ---- */

static void
pack_recipient(struct pack *p, struct envelope_recipient *r)
{
	PACK_ENUM(p, r->kind, ENVELOPE_KINDS);
	pack_text(p, &r->issuer);
	pack_text(p, &r->serial);
	pack_text(p, &r->key_id);
}

static void
pack_told(struct pack *p, struct envelope *e)
{
	size_t i, count = e->recipient_count;

	pack_flag(p, &e->is_authenticated);
	pack_size(p, &e->size);
	pack_chars(p, e->algorithm, sizeof(e->algorithm));
	pack_chars(p, e->content_type, sizeof(e->content_type));
	pack_count(p, &count, ENVELOPE_RECIPIENTS_MAX);
	if (p->reading && !p->failed) {
		e->recipients = calloc(count + 1, sizeof(*e->recipients));
		if (e->recipients == NULL)
			pack_no_memory(p);
		else
			e->recipient_count = count;
	}
	for (i = 0; i < e->recipient_count && !p->failed; i++)
		pack_recipient(p, &e->recipients[i]);
}

void
pack_end_of_unlock(struct pack *p, struct unlock_end *end)
{
	pack_const_text(p, &end->part);
	pack_told(p, end->envelope);
	pack_flag(p, &end->is_open);
	pack_flag(p, &end->by_password);
	pack_size(p, &end->key);
	pack_error(p, &end->why);
	pack_raw(p, end->sha256, sizeof(end->sha256));
	pack_raw(p, end->content_sha256, sizeof(end->content_sha256));
	pack_u64(p, &end->content_size);
	if (end->part == NULL)
		pack_broken(p);
}

/* ---- keys ---- */

static void
pack_wish(struct pack *p, struct unlock_wish *w)
{
	pack_size(p, &w->key);
	pack_size(p, &w->len);
	if (w->len == 0 || w->len > UNLOCK_SECRET_MAX)
		pack_broken(p);
}

void
pack_transport(struct pack *p, struct unlock_wish *w)
{
	pack_wish(p, w);
	pack_flag(p, &w->transport.is_oaep);
	PACK_ENUM(p, w->transport.digest, DIGESTS);
	PACK_ENUM(p, w->transport.mgf_digest, DIGESTS);
	pack_span(p, &w->transport.label);
	pack_span(p, &w->encrypted);
}

void
pack_agreement(struct pack *p, struct unlock_wish *w)
{
	pack_wish(p, w);
	pack_span(p, &w->agreement.peer);
	pack_flag(p, &w->agreement.is_cofactor);
	PACK_ENUM(p, w->agreement.kdf_type, ENVELOPE_HKDF + 1);
	PACK_ENUM(p, w->agreement.kdf, DIGESTS);
	pack_span(p, &w->agreement.info);
}

/* ---- what was opened ---- */

/* A layer stands in one that was opened before it. */
static void
pack_layer(struct pack *p, struct xml_decrypted *clear, size_t i, size_t most)
{
	struct xml_layer *layer = &clear->layers[i];

	if (p->reading)
		buf_init(&layer->content, most);
	pack_text(p, &layer->parent);
	pack_size(p, &layer->inside);
	pack_buf(p, &layer->content);
	if (layer->inside != XML_LAYER_NONE && layer->inside >= i) {
		layer->inside = XML_LAYER_NONE;
		pack_broken(p);
	}
}

static void
pack_clear(struct pack *p, struct xml_decrypted *clear, size_t most)
{
	size_t i, count = clear->count;

	if (p->reading)
		buf_init(&clear->document, most);
	pack_buf(p, &clear->document);
	pack_flag(p, &clear->is_octets);
	pack_count(p, &count, READER_ENVELOPES_MAX);
	if (p->reading && !p->failed) {
		clear->layers = calloc(count + 1, sizeof(*clear->layers));
		if (clear->layers == NULL)
			pack_no_memory(p);
		else
			clear->count = count;
	}
	for (i = 0; i < clear->count && !p->failed; i++)
		pack_layer(p, clear, i, most);
}

void
pack_unlocked(struct pack *p, struct unlocked *u, size_t most)
{
	pack_flag(p, &u->is_met);
	pack_flag(p, &u->is_open);
	pack_int(p, &u->is_mail);
	if (p->reading)
		buf_init(&u->content, most);
	pack_buf(p, &u->content);
	pack_clear(p, &u->clear, most);
}
