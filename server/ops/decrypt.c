/* Which keys open an envelope, and what is said of one that stays closed. */
#include "server/ops/decrypt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/caller.h"
#include "authz/right.h"
#include "server/ops/private.h"
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
transport(const struct material_key *key, const struct envelope_transport *how,
    struct span encrypted, unsigned char *out, size_t len, struct error *err)
{
	const struct key_decrypt decrypt = {
		.mode = how->is_oaep ? KEY_UNWRAP_OAEP : KEY_UNWRAP_CONTENT,
		.digest = how->digest,
		.mgf_digest = how->mgf_digest,
		.label = how->label,
		.want = len,
	};
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
agree(const struct material_key *key, const struct envelope_agreement *how, unsigned char *out,
    size_t len, struct error *err)
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
	struct error why = ERROR_INIT;
	size_t got = len;
	int rc = keys_derive(key->store_key, &derive, out, &got, &why);

	return fill(rc, got, len, &why, err);
}

/* ---- what may be tried ---- */

static int
may_use(const struct opening *o, const struct material_key *key)
{
	return key->may_decrypt && key->is_active && key->problem[0] == '\0' &&
	       key->sign.cert != NULL &&
	       caller_key_for(o->req->caller, RIGHT_DECRYPT_DOCUMENT, key->name) != NULL;
}

/* Parts that proved nothing when the document was read before. */
static int
is_unproven(const struct opening *o, const char *part)
{
	size_t i;

	for (i = 0; i < o->unproven_count; i++)
		if (strcmp(o->unproven[i].part, part) == 0)
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

static uint64_t
sum(uint64_t a, uint64_t b)
{
	return a + b < a ? UINT64_MAX : a + b;
}

static int
not_its_turn(struct error *err)
{
	return error_cause(err, ERROR_INTERNAL, "the document could not be read",
	    "the read process asks for what it may not");
}

/* Note how often each key may be asked; what that takes, or -1. */
static int
count_tries(struct opening *o, const struct unlock_met *met, uint64_t *work, struct error *err)
{
	const size_t count = o->material != NULL ? o->material->key_count : 0;
	size_t i;

	if (o->keys == NULL && (o->keys = calloc(count + 1, sizeof(*o->keys))) == NULL)
		return error_memory(err);
	memset(o->keys, 0, (count + 1) * sizeof(*o->keys));
	for (i = 0; i < met->try_count; i++) {
		const struct unlock_try *t = &met->tries[i];
		const uint64_t least = (uint64_t)t->tries * ENVELOPE_TRY_WORK;

		if (t->key >= count || !may_use(o, &o->material->keys[t->key]) ||
		    t->tries > ENVELOPE_TRIES_MAX || o->keys[t->key].left > 0)
			return not_its_turn(err);
		o->keys[t->key].left = t->tries;
		*work = sum(*work, t->work < least ? least : t->work);
	}
	return 0;
}

/* All that may be tried is paid before, whatever comes of it, and however soon one opens it. */
static int
pay(struct opening *o, const struct unlock_met *met, struct error *err)
{
	const uint64_t most = engine_limits(o->engine)->read_memory;
	uint64_t work = (uint64_t)met->size / 1024 * DIGEST_WORK;

	if (count_tries(o, met, &work, err) != 0)
		return -1;
	if (o->password != NULL)
		work = sum(work, met->password_work);
	if (o->proof && !met->is_authenticated)
		keep_half(o);
	if (spend(o, work, err) != 0)
		return -1;
	/* The first is in proportion to what was sent. */
	if (o->held == 0 || sum(o->held, met->size) <= most)
		return 0;
	return error_limit(err, ERROR_LIMIT, "limit-read-memory", most, sum(o->held, met->size),
	    "bytes of encrypted layers of one document");
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

static int
has_layers(const struct encryptions *found, struct error *err)
{
	return found->count < ENVELOPE_LAYERS_MAX
		   ? 0
		   : error_limit(err, ERROR_LIMIT, "envelope-layers", ENVELOPE_LAYERS_MAX, 0,
			 "encrypted layers of the document");
}

static struct encryption *
add(struct encryptions *found, const char *part, struct error *err)
{
	struct encryption *bigger;

	if (has_layers(found, err) != 0)
		return NULL;
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

/* ---- the desk: what is asked while a document is opened ---- */

static int
desk_key(void *ctx, size_t n, X509 **cert, struct error *err)
{
	const struct opening *o = ctx;

	(void)err;
	if (!has_right(o) || o->material == NULL || n >= o->material->key_count)
		return 0;
	*cert = may_use(o, &o->material->keys[n]) ? o->material->keys[n].sign.cert : NULL;
	return 1;
}

static const char *
desk_password(void *ctx)
{
	const struct opening *o = ctx;

	return has_right(o) ? o->password : NULL;
}

static int
desk_meet(void *ctx, const struct unlock_met *met, enum unlock_go *go, struct error *err)
{
	struct opening *o = ctx;

	*go = UNLOCK_SKIP;
	memset(&o->now, 0, sizeof(o->now));
	if (o->only_first && o->found->count > 0)
		return 0;
	if (!has_time(o, err) || has_layers(o->found, err) != 0)
		return -1;
	*go = UNLOCK_CLOSED;
	if (!met->is_readable)
		return 0;
	o->now.is_authenticated = met->is_authenticated;
	if (!has_right(o)) {
		snprintf(o->now.problem, sizeof(o->now.problem),
		    "you lack the right DecryptDocument, without which nothing is opened");
		return 0;
	}
	if (pay(o, met, err) != 0)
		return -1;
	o->now.is_unproven = is_unproven(o, met->part);
	if (o->now.is_unproven)
		return 0;
	o->now.may_try = 1;
	*go = UNLOCK_TRY;
	return 0;
}

/* The key, when it may be asked once more. */
static const struct material_key *
next_try(struct opening *o, size_t key, struct error *err)
{
	if (!o->now.may_try || o->material == NULL || key >= o->material->key_count ||
	    o->keys[key].left == 0) {
		not_its_turn(err);
		return NULL;
	}
	o->keys[key].left--;
	return &o->material->keys[key];
}

static int
desk_transport(void *ctx, size_t key, const struct envelope_transport *how, struct span encrypted,
    unsigned char *out, size_t len, struct error *err)
{
	struct opening *o = ctx;
	const struct material_key *k = next_try(o, key, err);
	int rc = k != NULL ? transport(k, how, encrypted, out, len, err) : -1;

	if (rc == 0)
		o->keys[key].answered = 1;
	return rc;
}

static int
desk_agree(void *ctx, size_t key, const struct envelope_agreement *how, unsigned char *out,
    size_t len, struct error *err)
{
	struct opening *o = ctx;
	const struct material_key *k = next_try(o, key, err);
	int rc = k != NULL ? agree(k, how, out, len, err) : -1;

	if (rc == 0)
		o->keys[key].answered = 1;
	return rc;
}

/* It was opened by what could open it. */
static int
can_be(const struct opening *o, const struct unlock_end *end)
{
	if (!end->is_open)
		return 1;
	if (!o->now.may_try || end->envelope->is_authenticated != o->now.is_authenticated)
		return 0;
	return end->by_password ? o->password != NULL
				: o->material != NULL && end->key < o->material->key_count &&
				      o->keys[end->key].answered;
}

static void
note_open(struct opening *o, struct encryption *e, const struct unlock_end *end)
{
	e->by_password = end->by_password;
	if (!end->by_password)
		snprintf(
		    e->opened_by, sizeof(e->opened_by), "%s", o->material->keys[end->key].name);
	memcpy(e->content_sha256, end->content_sha256, sizeof(e->content_sha256));
	e->content_size = end->content_size;
	o->held = sum(o->held, end->content_size);
}

static void
note_closed(const struct opening *o, struct encryption *e, const struct unlock_end *end)
{
	if (o->now.problem[0] != '\0')
		snprintf(e->problem, sizeof(e->problem), "%s", o->now.problem);
	else if (o->now.is_unproven || (o->now.may_try && end->why.kind == ERROR_MALFORMED &&
					   o->proof && !e->envelope.is_authenticated))
		say_unproven(e);
	else
		snprintf(e->problem, sizeof(e->problem), "%.239s", end->why.text);
}

static int
desk_end(void *ctx, struct unlock_end *end, struct error *err)
{
	struct opening *o = ctx;
	struct encryption *e;

	if (!can_be(o, end))
		return not_its_turn(err);
	e = add(o->found, end->part, err);
	if (e == NULL)
		return -1;
	e->envelope = *end->envelope;
	memset(end->envelope, 0, sizeof(*end->envelope));
	memcpy(e->sha256, end->sha256, sizeof(e->sha256));
	if (end->is_open)
		note_open(o, e, end);
	else
		note_closed(o, e, end);
	o->now.may_try = 0;
	return 0;
}

int
opening_open(struct opening *o, struct unlocked *out, struct span document, struct error *err)
{
	return ops_unlock(o->engine, o->req, out, document, &o->desk, err);
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

void
opening_init(struct opening *o, struct engine *engine, struct request *req,
    const struct material *material, const char *password, struct encryptions *found)
{
	*o = (struct opening){ .engine = engine,
		.req = req,
		.material = material,
		.password = password,
		.found = found,
		.desk = {
		    desk_key, desk_password, desk_meet, desk_transport, desk_agree, desk_end, o } };
}

void
opening_release(struct opening *o)
{
	free(o->keys);
	o->keys = NULL;
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
