/* Envelopes opened with what a desk answers. */
#include "server/read/unlock.h"

#include <stdlib.h>
#include <string.h>

#include "signing/format/kind.h"
#include "signing/format/read.h"

/* One envelope. */
struct unlocking {
	const struct unlock_desk *desk;
	struct envelope *envelope;
	struct span file;
	struct unlock_met met;
	struct unlock_end end;
};

/* ---- what it may take ---- */

static int
add_try(struct unlock_met *met, size_t key, unsigned int tries, uint64_t work, struct error *err)
{
	struct unlock_try *bigger = realloc(met->tries, (met->try_count + 1) * sizeof(*met->tries));

	if (bigger == NULL)
		return error_memory(err);
	met->tries = bigger;
	met->tries[met->try_count++] = (struct unlock_try){ key, tries, work };
	return 0;
}

/* Which of the keys it is for: all of them, whatever comes of the first. */
static int
find_tries(struct unlocking *u, struct error *err)
{
	const struct envelope *e = u->envelope;
	unsigned int tries;
	X509 *cert = NULL;
	size_t n;
	int more;

	for (n = 0; (more = u->desk->key(u->desk->ctx, n, &cert, err)) > 0; n++) {
		tries = cert != NULL ? envelope_is_for(e, cert) : 0;
		if (tries > ENVELOPE_TRIES_MAX)
			tries = ENVELOPE_TRIES_MAX;
		if (tries > 0 && add_try(&u->met, n, tries, envelope_work(e, cert), err) != 0)
			return -1;
	}
	if (more == 0 && u->desk->password(u->desk->ctx) != NULL)
		u->met.password_work = envelope_work(e, NULL);
	return more;
}

/* ---- keys and passwords ---- */

struct one_key {
	const struct unlock_desk *desk;
	size_t number;
};

static int
transport(void *ctx, const struct envelope_transport *how, struct span encrypted,
    unsigned char *out, size_t len, struct error *err)
{
	const struct one_key *k = ctx;

	return k->desk->transport(k->desk->ctx, k->number, how, encrypted, out, len, err);
}

static int
agree(void *ctx, const struct envelope_agreement *how, unsigned char *out, size_t len,
    struct error *err)
{
	const struct one_key *k = ctx;

	return k->desk->agree(k->desk->ctx, k->number, how, out, len, err);
}

/* What another key or the password may still mend, or nothing can. */
static int
is_final(const struct error *err)
{
	return err->kind == ERROR_LIMIT || err->kind == ERROR_TOO_LARGE;
}

/* 1 opened, 0 not; -1 with why it must be given up. end.why keeps the last failure. */
static int
try_keys(struct unlocking *u, struct buf *content)
{
	struct error *why = &u->end.why, away = ERROR_INIT;
	X509 *cert = NULL;
	size_t i;

	for (i = 0; i < u->met.try_count; i++) {
		struct one_key one = { u->desk, u->met.tries[i].key };
		struct envelope_key key = { NULL, transport, agree, &one };

		if (u->desk->key(u->desk->ctx, one.number, &cert, why) < 0)
			return -1;
		key.cert = cert;
		error_clear(why);
		if (envelope_open(u->envelope, &key, content, why) == 0) {
			u->end.key = one.number;
			return 1;
		}
		if (is_final(why))
			return -1;
		if (why->kind == ERROR_UNAVAILABLE)
			away = *why;
	}
	/* A keys process that is away, or a key that cannot be read now: not the last word. */
	if (away.kind != ERROR_NONE) {
		*why = away;
		return -1;
	}
	return 0;
}

static int
has_password(const struct envelope *e)
{
	size_t i;

	for (i = 0; i < e->recipient_count; i++)
		if (e->recipients[i].kind == ENVELOPE_PASSWORD)
			return 1;
	return 0;
}

static int
try_password(struct unlocking *u, struct buf *content)
{
	const char *password = u->desk->password(u->desk->ctx);
	struct error one = ERROR_INIT;

	if (password == NULL || !has_password(u->envelope))
		return 0;
	if (envelope_open_password(u->envelope, password, content, &one) == 0) {
		u->end.by_password = 1;
		return 1;
	}
	u->end.why = one;
	return is_final(&one) ? -1 : 0;
}

/* ---- one envelope ---- */

/* By which a report names what was encrypted, and what was in it. */
static int
note_digests(struct unlocking *u, const struct buf *content, struct error *err)
{
	unsigned char sha256[DIGEST_SIZE_MAX];

	if (digest_span(DIGEST_SHA256, u->file, sha256, err) != 0)
		return -1;
	memcpy(u->end.sha256, sha256, UNLOCK_SHA256);
	if (!u->end.is_open)
		return 0;
	if (digest_span(DIGEST_SHA256, SPAN_OF(content), sha256, err) != 0)
		return -1;
	memcpy(u->end.content_sha256, sha256, UNLOCK_SHA256);
	u->end.content_size = content->len;
	return 0;
}

static int
tell_end(struct unlocking *u, const struct buf *content, struct error *err)
{
	u->end.part = u->met.part;
	u->end.envelope = u->envelope;
	envelope_forget(u->envelope);
	if (note_digests(u, content, err) != 0)
		return -1;
	return u->desk->end(u->desk->ctx, &u->end, err);
}

static int
unlock(struct unlocking *u, struct buf *content, struct error *err)
{
	enum unlock_go go = UNLOCK_SKIP;
	struct buf made = BUF_INIT(content->max);
	int rc = 0;

	if ((u->met.is_readable && find_tries(u, err) != 0) ||
	    u->desk->meet(u->desk->ctx, &u->met, &go, err) != 0)
		return -1;
	if (go == UNLOCK_SKIP)
		return 0;
	if (go == UNLOCK_TRY && u->met.is_readable) {
		rc = try_keys(u, &made);
		if (rc == 0)
			rc = try_password(u, &made);
	}
	u->end.is_open = rc > 0;
	if (rc < 0) {
		if (err != NULL && err->kind == ERROR_NONE)
			*err = u->end.why;
	} else if (tell_end(u, &made, err) != 0) {
		rc = -1;
	} else if (rc > 0 && buf_move(content, &made, err) != 0) {
		rc = -1;
	}
	buf_wipe(&made);
	return rc;
}

static int
unlock_envelope(const struct unlock_desk *desk, const char *part, struct span file,
    struct envelope *envelope, int is_readable, const struct error *damage, struct buf *content,
    struct error *err)
{
	struct unlocking u = { .desk = desk, .envelope = envelope, .file = file };
	int rc;

	u.met = (struct unlock_met){ .part = part,
		.is_readable = is_readable,
		.is_authenticated = envelope->is_authenticated,
		.size = envelope->size };
	if (damage != NULL)
		u.end.why = *damage;
	rc = unlock(&u, content, err);
	free(u.met.tries);
	return rc;
}

int
unlock_part(void *desk, const char *part, struct span file, struct buf *content, struct error *err)
{
	struct envelope envelope = { 0 };
	struct error why = ERROR_INIT;
	int rc = -1, is_readable = envelope_read(&envelope, file, &why) == 0;

	if (is_readable || why.kind == ERROR_MALFORMED || why.kind == ERROR_UNSUPPORTED)
		rc = unlock_envelope(desk, part, file, &envelope, is_readable, &why, content, err);
	else if (err != NULL && err->kind == ERROR_NONE)
		*err = why;
	envelope_release(&envelope);
	return rc;
}

/* ---- documents ---- */

struct seen {
	struct unlocked *out;
	const struct unlock_desk *desk;
};

/* The first that opens is what is wanted; what is in it, and what stands behind it, is not. */
static int
keep_first(void *ctx, const char *part, struct span file, struct buf *content, struct error *err)
{
	const struct seen *s = ctx;
	int rc;

	(void)content;
	s->out->is_met = 1;
	rc = unlock_part((void *)s->desk, part, file, &s->out->content, err);
	if (rc > 0)
		s->out->is_open = 1;
	return rc < 0 ? -1 : 0;
}

static int
unlock_mail(struct seen *s, struct span mail, const struct format_limits *limits, struct error *err)
{
	const struct envelope_opener opener = { keep_first, s };
	const struct document_read_options options = { .limits = limits, .opener = &opener };
	struct document_facts facts = { 0 };
	struct error why = ERROR_INIT;
	int rc = document_read(&facts, mail, &options, &why);

	s->out->is_mail = rc == 0 ? facts.mail.is_mail : -1;
	/* What was encrypted is handed out as it is: that it is no mail is nobody's failure. */
	if (rc != 0 && s->out->is_open && why.kind != ERROR_UNAVAILABLE)
		rc = 0;
	if (rc != 0 && err != NULL && err->kind == ERROR_NONE)
		*err = why;
	document_facts_release(&facts);
	return rc;
}

static int
open_part_of_xml(void *ctx, const char *part, struct span element, struct envelope *envelope,
    struct buf *content, struct error *err)
{
	const struct seen *s = ctx;
	int rc;

	s->out->is_met = 1;
	rc = unlock_envelope(s->desk, part, element, envelope, 1, NULL, content, err);
	envelope_release(envelope);
	return rc;
}

static int
unlock_xml(
    struct seen *s, struct span document, const struct format_limits *limits, struct error *err)
{
	const struct xml_opener opener = { open_part_of_xml, s, NULL };

	if (xml_decrypt(&s->out->clear, document, limits, &opener, err) != 0)
		return -1;
	s->out->is_open = s->out->clear.count > 0;
	return 0;
}

static int
unlock_cms(struct seen *s, struct span file, struct error *err)
{
	int rc;

	s->out->is_met = 1;
	rc = unlock_part((void *)s->desk, "", file, &s->out->content, err);
	s->out->is_open = rc > 0;
	return rc < 0 ? -1 : 0;
}

int
unlock_document(struct unlocked *out, struct span document, const struct format_limits *limits,
    const struct unlock_desk *desk, struct error *err)
{
	struct buf inner = BUF_INIT(limits->output_bytes);
	struct seen s = { out, desk };
	int rc = 0;

	buf_init(&out->content, limits->output_bytes);
	switch (document_kind_of(document)) {
	case KIND_ENVELOPE:
		return unlock_cms(&s, document, err);
	case KIND_SMIME:
		return unlock_mail(&s, document, limits, err);
	case KIND_XML:
		return unlock_xml(&s, document, limits, err);
	case KIND_CMS:
		if (envelope_in_signed(&inner, document))
			rc = unlock_cms(&s, SPAN_OF(&inner), err);
		buf_release(&inner);
		return rc;
	default:
		return 0;
	}
}

void
unlocked_release(struct unlocked *u)
{
	buf_wipe(&u->content);
	xml_decrypted_release(&u->clear);
	memset(u, 0, sizeof(*u));
}
