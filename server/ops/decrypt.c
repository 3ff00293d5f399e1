/* Which keys open an envelope, and what is said of one that stays closed. */
#include "server/ops/decrypt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/caller.h"
#include "authz/right.h"
#include "server/ops/private.h"
#include "signing/format/xml/xml_decrypt.h"
#include "signing/keys/provider.h"

#define DIGEST_WORK 8 /* of a KB: it and what comes out, each by SHA-256 */

/* ---- a key of the keys process as a handle ---- */

static int
fill(int rc, size_t got, size_t len, struct error *why, struct error *err)
{
	if (rc == 0 && got == len)
		return 0;
	if (rc == 0 || why->kind == ERROR_MALFORMED)
		return error_set(err, ERROR_MALFORMED, ENVELOPE_DOES_NOT_DECRYPT);
	if (err != NULL && err->kind == ERROR_NONE)
		*err = *why;
	return -1;
}

static int
transport(void *ctx, const struct envelope_transport *how, struct span encrypted,
    unsigned char *out, size_t len, struct error *err)
{
	const struct key_decrypt decrypt = {
		.mode = how->is_oaep ? KEY_UNWRAP_OAEP : KEY_UNWRAP_CONTENT,
		.digest = how->digest,
		.mgf_digest = how->mgf_digest,
		.label = how->label,
		.want = len,
	};
	const struct material_key *key = ctx;
	unsigned char secret[KEYS_OUTPUT_MAX];
	struct error why = ERROR_INIT;
	size_t got = sizeof(secret);
	int rc = keys_decrypt(key->store_key, &decrypt, encrypted, secret, &got, &why);

	if (rc == 0 && got == len)
		memcpy(out, secret, len);
	explicit_bzero(secret, sizeof(secret));
	return fill(rc, got, len, &why, err);
}

static int
agree(void *ctx, const struct envelope_agreement *how, unsigned char *out, size_t len,
    struct error *err)
{
	static const enum key_kdf kdfs[] = { [ENVELOPE_X963] = KEY_KDF_X963,
		[ENVELOPE_CONCAT] = KEY_KDF_CONCAT,
		[ENVELOPE_HKDF] = KEY_KDF_HKDF };
	const struct key_derive derive = {
		.peer = how->peer,
		.cofactor = how->is_cofactor,
		.kdf = kdfs[how->kdf_type],
		.kdf_digest = how->kdf,
		.kdf_len = len,
		.ukm = how->info,
	};
	const struct material_key *key = ctx;
	struct error why = ERROR_INIT;
	size_t got = len;
	int rc = keys_derive(key->store_key, &derive, out, &got, &why);

	return fill(rc, got, len, &why, err);
}

/* ---- one envelope ---- */

static int
may_use(const struct opening *o, const struct material_key *key)
{
	return key->may_decrypt && key->is_active && key->problem[0] == '\0' &&
	       key->sign.cert != NULL &&
	       caller_key_for(o->req->caller, RIGHT_DECRYPT_DOCUMENT, key->name) != NULL;
}

/* What another key or the password may still mend, or nothing can. */
static int
is_final(const struct error *err)
{
	return err->kind == ERROR_LIMIT || err->kind == ERROR_TOO_LARGE;
}

/* 1 opened, 0 not; -1 with why it must be given up. `why` keeps the last failure. */
static int
try_keys(const struct opening *o, struct encryption *e, struct buf *content, struct error *why)
{
	const struct material *m = o->material;
	struct error away = ERROR_INIT;
	size_t i;

	for (i = 0; i < m->key_count; i++) {
		const struct envelope_key key = { m->keys[i].sign.cert, transport, agree,
			&m->keys[i] };

		if (!may_use(o, &m->keys[i]) || !envelope_is_for(&e->envelope, key.cert))
			continue;
		error_clear(why);
		if (envelope_open(&e->envelope, &key, content, why) == 0) {
			snprintf(e->opened_by, sizeof(e->opened_by), "%s", m->keys[i].name);
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
try_password(const struct opening *o, struct encryption *e, struct buf *content, struct error *why)
{
	struct error one = ERROR_INIT;

	if (o->password == NULL || !has_password(&e->envelope))
		return 0;
	if (envelope_open_password(&e->envelope, o->password, content, &one) == 0) {
		e->by_password = 1;
		return 1;
	}
	*why = one;
	return is_final(why) ? -1 : 0;
}

/* Parts that proved nothing when the document was read before. */
static int
is_unproven(const struct opening *o, const struct encryption *e)
{
	size_t i;

	for (i = 0; i < o->unproven_count; i++)
		if (strcmp(o->unproven[i].part, e->part) == 0)
			return 1;
	return 0;
}

static int
has_right(const struct opening *o)
{
	return o->req->caller != NULL &&
	       right_set_has(&o->req->caller->rights, RIGHT_DECRYPT_DOCUMENT);
}

/* The one thing that is said of unauthenticated content which shows nothing whole. */
static void
say_unproven(struct encryption *e)
{
	snprintf(e->problem, sizeof(e->problem),
	    "nothing authenticates it (%.40s), and nothing signed comes out of it whole: it was "
	    "encrypted for another key or password, changed on its way, or is not signed",
	    e->envelope.algorithm);
}

/* ---- what it may take ---- */

static uint64_t
work_left(const struct opening *o)
{
	const uint64_t most = (uint64_t)engine_limits(o->engine)->read_seconds * 1000000,
		       used = o->req->file_us + o->req->file_aside_us;

	return used < most ? most - used : 0;
}

/* All of it or nothing: what is refused is not begun with. */
static int
spend(struct opening *o, uint64_t work, struct error *err)
{
	if (work > work_left(o))
		return error_limit(err, ERROR_LIMIT, "limit-read-seconds",
		    engine_limits(o->engine)->read_seconds, 0,
		    "seconds of work to open what is encrypted in one document");
	o->req->file_us += work;
	return 0;
}

/* Parsing XML was paid from a purse of its own, which is filled from the account again. */
static int
note_parsing(struct opening *o, struct error *err)
{
	const uint64_t paid = o->parsing.allowed - o->parsing.left;
	const int is_empty = o->parsing.met > 0;

	o->req->file_us += paid;
	o->parsing = (struct work)WORK_INIT(work_left(o));
	return is_empty ? spend(o, UINT64_MAX, err) : 0;
}

/* ---- a reading that may be forgotten ---- */

void
opening_pass_begin(struct opening *o, struct opening_pass *pass)
{
	*pass = (struct opening_pass){ .around = o->pass,
		.start = o->req->file_us,
		.held = o->held,
		.aside = o->req->file_aside_us };
	o->pass = pass;
}

/* A layer is met that may prove nothing: by what stands in clear, before it is tried. */
static void
keep_half(struct opening *o)
{
	struct opening_pass *pass = o->pass;
	const uint64_t most = (uint64_t)engine_limits(o->engine)->read_seconds * 1000000,
		       used = pass != NULL ? pass->start + pass->aside : most;

	if (pass == NULL || pass->half > 0 || pass->is_last || used >= most)
		return;
	pass->half = (most - used) / 2;
	o->req->file_aside_us = pass->aside + pass->half;
}

void
opening_pass_again(struct opening *o, struct opening_pass *pass)
{
	o->req->file_us = pass->start + pass->half;
	o->req->file_aside_us = pass->aside;
	o->held = pass->held;
	pass->is_last = 1;
}

void
opening_pass_end(struct opening *o, struct opening_pass *pass, int is_told)
{
	/* What was read once costs what it would have cost, had it been read again. */
	if (!pass->is_last && !is_told)
		o->req->file_us += pass->half;
	o->req->file_aside_us = pass->aside;
	o->pass = pass->around;
}

/* All that may be tried is paid before, whatever comes of it, and however soon one opens it. */
static int
pay(struct opening *o, const struct encryption *e, struct error *why)
{
	const struct material *m = o->material;
	const uint64_t most = engine_limits(o->engine)->read_memory;
	uint64_t work = e->envelope.size / 1024 * DIGEST_WORK;
	size_t i;

	for (i = 0; m != NULL && i < m->key_count; i++)
		if (may_use(o, &m->keys[i]))
			work += envelope_work(&e->envelope, m->keys[i].sign.cert);
	if (o->password != NULL)
		work += envelope_work(&e->envelope, NULL);
	if (o->proof && !e->envelope.is_authenticated)
		keep_half(o);
	if (spend(o, work, why) != 0)
		return -1;
	/* The first is in proportion to what was sent. */
	if (o->held == 0 || o->held + e->envelope.size <= most)
		return 0;
	return error_limit(why, ERROR_LIMIT, "limit-read-memory", most, o->held + e->envelope.size,
	    "bytes of encrypted layers of one document");
}

static int
try_all(struct opening *o, struct encryption *e, struct buf *content, struct error *why)
{
	int rc;

	if (!has_right(o)) {
		snprintf(e->problem, sizeof(e->problem),
		    "you lack the right DecryptDocument, without which nothing is opened");
		return 0;
	}
	if (pay(o, e, why) != 0)
		return -1;
	if (is_unproven(o, e)) {
		say_unproven(e);
		return 0;
	}
	rc = try_keys(o, e, content, why);
	if (rc == 0)
		rc = try_password(o, e, content, why);
	if (rc == 0 && why->kind == ERROR_MALFORMED && o->proof && !e->envelope.is_authenticated)
		say_unproven(e);
	return rc;
}

static int
open_one(struct opening *o, struct encryption *e, struct span file, struct buf *content,
    struct error *why)
{
	if (e->envelope.ops == NULL && envelope_read(&e->envelope, file, why) != 0)
		return why->kind == ERROR_MALFORMED || why->kind == ERROR_UNSUPPORTED ? 0 : -1;
	return try_all(o, e, content, why);
}

/* A password costs seconds in each layer, by its sender's choice: the first has its turn always. */
static int
has_time(const struct opening *o, struct error *err)
{
	struct error late = ERROR_INIT;

	if (o->found->count == 0 || ops_has_time(o->engine, o->req, &late))
		return 1;
	error_limit(err, ERROR_LIMIT, "limit-request-seconds",
	    engine_limits(o->engine)->request_seconds, 0,
	    "seconds to open the encrypted layers of the document");
	return 0;
}

static struct encryption *
add(struct encryptions *found, const char *part, struct error *err)
{
	struct encryption *bigger;

	if (found->count >= ENVELOPE_LAYERS_MAX) {
		error_limit(err, ERROR_LIMIT, "envelope-layers", ENVELOPE_LAYERS_MAX, 0,
		    "encrypted layers of the document");
		return NULL;
	}
	bigger = realloc(found->items, (found->count + 1) * sizeof(*bigger));
	if (bigger == NULL) {
		error_memory(err);
		return NULL;
	}
	found->items = bigger;
	bigger += found->count++;
	memset(bigger, 0, sizeof(*bigger));
	snprintf(bigger->part, sizeof(bigger->part), "%s", part);
	return bigger;
}

/* By which a report names what was encrypted, and what was in it. */
static int
note_digests(struct encryption *e, struct span file, const struct buf *content, struct error *why)
{
	unsigned char sha256[DIGEST_SIZE_MAX];

	if (digest_span(DIGEST_SHA256, file, sha256, why) != 0)
		return -1;
	memcpy(e->sha256, sha256, sizeof(e->sha256));
	if (content == NULL)
		return 0;
	if (digest_span(DIGEST_SHA256, SPAN_OF(content), sha256, why) != 0)
		return -1;
	memcpy(e->content_sha256, sha256, sizeof(e->content_sha256));
	e->content_size = content->len;
	return 0;
}

static int
open_noted(struct opening *o, const char *part, struct envelope *taken, struct span file,
    struct buf *content, struct error *err)
{
	struct encryption *e;
	struct error why = ERROR_INIT;
	struct buf made;
	int rc;

	if (o->only_first && o->found->count > 0)
		return 0;
	if (!has_time(o, err))
		return -1;
	e = add(o->found, part, err);
	if (e == NULL)
		return -1;
	if (taken != NULL) {
		e->envelope = *taken;
		memset(taken, 0, sizeof(*taken));
	}
	buf_init(&made, o->content_max);
	rc = open_one(o, e, file, &made, &why);
	envelope_forget(&e->envelope);
	if (rc >= 0 && note_digests(e, file, rc > 0 ? &made : NULL, &why) != 0)
		rc = -1;
	if (rc > 0) {
		o->held += made.len;
		rc = buf_move(content, &made, err) == 0 ? 1 : -1;
	} else if (rc == 0 && e->problem[0] == '\0')
		snprintf(e->problem, sizeof(e->problem), "%.239s", why.text);
	else if (rc < 0 && err != NULL && err->kind == ERROR_NONE)
		*err = why;
	buf_wipe(&made);
	return rc;
}

int
opening_open(
    struct opening *o, const char *part, struct span file, struct buf *content, struct error *err)
{
	return open_noted(o, part, NULL, file, content, err);
}

int
opening_open_envelope(struct opening *o, const char *part, struct span element,
    struct envelope *envelope, struct buf *content, struct error *err)
{
	int rc = open_noted(o, part, envelope, element, content, err);

	/* Of one that was not even noted. */
	envelope_release(envelope);
	return rc;
}

static int
open_part_of_xml(void *ctx, const char *part, struct span element, struct envelope *envelope,
    struct buf *content, struct error *err)
{
	struct opening *o = ctx;
	int rc = note_parsing(o, err);

	if (rc == 0)
		rc = opening_open_envelope(o, part, element, envelope, content, err);
	else
		envelope_release(envelope);
	o->parsing = (struct work)WORK_INIT(work_left(o));
	return rc;
}

int
opening_open_xml(
    struct opening *o, struct xml_decrypted *clear, struct span document, struct error *err)
{
	const struct xml_opener opener = { open_part_of_xml, o, &o->parsing };
	const struct format_limits limits = ops_limits_here(o->engine);
	struct error why = ERROR_INIT;
	int rc;

	o->parsing = (struct work)WORK_INIT(work_left(o));
	rc = xml_decrypt(clear, document, &limits, &opener, &why);
	if (note_parsing(o, err) != 0)
		return -1;
	if (rc != 0 && err != NULL && err->kind == ERROR_NONE)
		*err = why;
	return rc;
}

int
opening_needs_proof(const struct opening *o, const struct encryption *e)
{
	return o->proof && encryption_is_open(e) && !e->envelope.is_authenticated;
}

void
opening_close(struct opening *o, size_t index)
{
	struct encryption *e = &o->found->items[index];

	e->opened_by[0] = '\0';
	e->by_password = 0;
	memset(e->content_sha256, 0, sizeof(e->content_sha256));
	e->content_size = 0;
	say_unproven(e);
	while (o->found->count > index + 1)
		envelope_release(&o->found->items[--o->found->count].envelope);
}

int
opening_lacks_password(struct opening *o, struct error *err)
{
	struct encryption *e = add(o->found, "", err);

	if (e == NULL)
		return -1;
	e->envelope.recipients = calloc(1, sizeof(*e->envelope.recipients));
	if (e->envelope.recipients == NULL)
		return error_memory(err);
	e->envelope.recipients[0].kind = ENVELOPE_PASSWORD;
	e->envelope.recipient_count = 1;
	snprintf(e->problem, sizeof(e->problem), "a password opens it, and none was given");
	return 0;
}

static int
open_for_reader(
    void *ctx, const char *part, struct span file, struct buf *content, struct error *err)
{
	return opening_open(ctx, part, file, content, err);
}

void
opening_init(struct opening *o, struct engine *engine, struct request *req,
    const struct material *material, const char *password, struct encryptions *found)
{
	*o = (struct opening){ .engine = engine,
		.req = req,
		.material = material,
		.password = password,
		.content_max = engine_limits(engine)->format.output_bytes,
		.found = found,
		.opener = { open_for_reader, o } };
}

void
opening_must_prove(struct opening *o)
{
	o->proof = 1;
}

/* ---- what is said ---- */

const struct encryption *
opening_first(const struct encryptions *found, int opened)
{
	size_t i;

	for (i = 0; i < found->count; i++)
		if (encryption_is_open(&found->items[i]) == opened)
			return &found->items[i];
	return NULL;
}

void
opening_describe(struct result *result, const struct encryption *e)
{
	const struct envelope *envelope = &e->envelope;
	char first[256];
	size_t n;

	result->major = RESULT_INSUFFICIENT_INFORMATION;
	result->minor = result_minor_not_decrypted;
	n = (size_t)snprintf(result->message, sizeof(result->message), "it is encrypted, %s %.239s",
	    e->problem[0] != '\0' ? "but" : "and",
	    e->problem[0] != '\0' ? e->problem : "nothing that you may use opens it");
	if (envelope->recipient_count > 0)
		snprintf(result->message + n, sizeof(result->message) - n,
		    "; recipients: %zu, the first is %.90s", envelope->recipient_count,
		    envelope_recipient_text(&envelope->recipients[0], first, sizeof(first)));
}

void
opening_note(struct request *req, const struct encryptions *found)
{
	size_t i, len;

	for (i = 0; i < found->count; i++) {
		const struct encryption *e = &found->items[i];

		if (!encryption_is_open(e))
			continue;
		len = strlen(req->out.result.message);
		snprintf(req->out.result.message + len, sizeof(req->out.result.message) - len,
		    "%s%s%.128s", len == 0 ? "decrypted with " : ", ",
		    e->by_password ? "a password" : "key ", e->opened_by);
	}
}
