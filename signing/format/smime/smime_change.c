/* A signature of a mail that is there, changed: the CMS in its part, which alone is replaced. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/format/change.h"
#include "signing/format/smime/entity.h"
#include "signing/format/smime/smime_sign.h"

struct place {
	struct changing what;
	struct error *err;
	struct span mail;
	const char *id; /* in its message */
	int is_canonical;
	struct span entity;  /* that holds the message: all of it, in the mail */
	struct span content; /* what it signs, as it stands; data NULL: it holds that itself */
	struct buf der;
};

/* ---- finding ---- */

/* The n-th entity inside (from 1), as it stands in the bytes. */
static int
step_into(const struct entity *e, unsigned long n, struct span *inside, struct error *err)
{
	struct span *parts;
	int count, rc = -1;

	if (e->kind == ENTITY_MESSAGE && n == 1) {
		*inside = e->body;
		return 0;
	}
	if (e->kind != ENTITY_MULTIPART && (e->kind != ENTITY_SIGNED || n != 1))
		return error_set(err, ERROR_UNSUPPORTED,
		    "the signature stands inside of an opaque signature or of encryption: what is "
		    "in there cannot be changed");
	parts = calloc(SMIME_PARTS_MAX, sizeof(*parts));
	if (parts == NULL)
		return error_memory(err);
	count = entity_split(e, parts, SMIME_PARTS_MAX);
	if (n > 0 && count > 0 && n <= (unsigned long)count && n <= SMIME_PARTS_MAX) {
		*inside = parts[n - 1];
		rc = 0;
	}
	free(parts);
	return rc == 0 ? 0 : error_set(err, ERROR_NOT_FOUND, "the mail has no such part");
}

/* The entity at a path like "1.2"; `len` characters of it. */
static int
locate(struct place *c, const char *path, size_t len, struct span *raw)
{
	const char *end = path + len;
	char *next;

	*raw = c->mail;
	while (path < end) {
		struct entity e;
		unsigned long n = strtoul(path, &next, 10);
		int rc;

		if (next == path || next > end || entity_open(&e, *raw, c->err) != 0)
			return error_set(c->err, ERROR_NOT_FOUND, "the mail has no such part");
		rc = step_into(&e, n, raw, c->err);
		entity_release(&e);
		if (rc != 0)
			return -1;
		path = next + (next < end);
	}
	return 0;
}

static int
take_message(struct place *c, struct span raw)
{
	struct entity e;
	int rc;

	if (entity_open(&e, raw, c->err) != 0)
		return -1;
	c->entity = e.raw;
	rc = entity_decode(&e, &c->der, c->err);
	entity_release(&e);
	return rc;
}

static int
find(struct place *c, const char *id)
{
	const char *hash = strrchr(id, '#');
	struct span raw, parts[2];
	struct entity e;
	int rc = -1;

	c->id = hash != NULL ? hash + 1 : id;
	if (locate(c, id, hash != NULL ? (size_t)(hash - id) : 0, &raw) != 0 ||
	    entity_open(&e, raw, c->err) != 0)
		return -1;
	if (e.kind == ENTITY_SIGNED && entity_split(&e, parts, 2) == 2) {
		c->content = parts[0];
		rc = take_message(c, parts[1]);
	} else if (e.kind == ENTITY_PKCS7) {
		rc = take_message(c, raw);
	} else {
		error_set(c->err, ERROR_NOT_FOUND, "the mail has no signature %.100s", id);
	}
	entity_release(&e);
	return rc;
}

/* ---- changing ---- */

static int
change(struct place *c)
{
	struct buf canonical = BUF_INIT(c->content.len * 2 + 2);
	struct document doc = { .content = c->content, .has_content = 1 };
	int rc = -1;

	if (c->is_canonical) {
		if (entity_canonical(c->content, &canonical, c->err) != 0)
			goto done;
		doc.content = SPAN_OF(&canonical);
	}
	rc = changing_cms(&c->what, &c->der, c->id, c->content.data != NULL ? &doc : NULL, c->err);
done:
	buf_release(&canonical);
	return rc;
}

/* The header as it came, but for the encoding, which is base64 now. */
static int
put_header(const struct place *c, const struct entity *e, const char *line_end, struct buf *out)
{
	const struct span header = entity_header(e);
	struct span field;
	size_t at = 0;
	int rc;

	while ((rc = field_next(header, &at, &field, c->err)) == 1)
		if (!field_is(field, "Content-Transfer-Encoding") &&
		    buf_append_span(out, field, c->err) != 0)
			return -1;
	if (rc != 0)
		return -1;
	return buf_printf(out, c->err, "Content-Transfer-Encoding: base64%s%s", line_end, line_end);
}

/* The entity with the message as it is now, its lines ended as the mail's are. */
static int
put_entity(const struct place *c, struct buf *out)
{
	const unsigned char *first = memchr(c->mail.data, '\n', c->mail.len);
	const int has_cr = first != NULL && first > c->mail.data && first[-1] == '\r';
	struct entity e;
	int rc;

	if (entity_open(&e, c->entity, c->err) != 0)
		return -1;
	rc = put_header(c, &e, has_cr ? "\r\n" : "\n", out);
	if (rc == 0)
		rc = has_cr ? entity_base64(SPAN_OF(&c->der), out, c->err)
			    : text_base64(out, SPAN_OF(&c->der), 76, c->err);
	entity_release(&e);
	return rc;
}

/* ---- all else is as it was ---- */

static int
read_mail(const struct place *c, struct span file, struct signatures *list, struct smime_mail *mail)
{
	const struct smime_read_options reading = { .limits = c->what.limits };

	return smime_read(list, mail, file, &reading, c->err);
}

static int
check_unharmed(const struct place *c, const struct signatures *before, const struct smime_mail *was,
    struct span file)
{
	struct signatures after = { 0 };
	struct smime_mail is = { 0 };
	int rc = read_mail(c, file, &after, &is);

	if (rc == 0 &&
	    (!signatures_unharmed(before, &after) || was->unsigned_count != is.unsigned_count))
		rc = error_set(c->err, ERROR_CONFLICT,
		    "nothing can be added to this signature without harm to another one of the "
		    "mail");
	signatures_release(&after);
	smime_mail_release(&is);
	return rc;
}

static const struct signature *
signature_of(const struct signatures *list, const char *id)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		if (strcmp(list->items[i].id, id) == 0)
			return &list->items[i];
	return NULL;
}

/* Was it over the canonical form? */
static int
is_over_canonical(const struct signature *sig)
{
	return sig->reference_count > 0 && sig->references[0].transforms != NULL &&
	       strcmp(sig->references[0].transforms, "canonical") == 0;
}

static int
run(struct buf *out, const char *signature, struct place *c)
{
	struct buf file = BUF_INIT(c->what.limits != NULL ? c->what.limits->output_bytes : 0);
	struct buf entity = BUF_INIT(file.max);
	struct signatures before = { 0 };
	struct smime_mail was = { 0 };
	const struct signature *sig;
	int rc = -1;

	buf_init(&c->der, file.max);
	if (read_mail(c, c->mail, &before, &was) != 0)
		goto done;
	sig = signature_of(&before, signature);
	if (sig == NULL) {
		error_set(c->err, ERROR_NOT_FOUND, "the mail has no signature %.100s", signature);
		goto done;
	}
	c->is_canonical = is_over_canonical(sig);
	if (find(c, signature) != 0 || change(c) != 0 || put_entity(c, &entity) != 0 ||
	    buf_append_span(&file, c->mail, c->err) != 0 ||
	    buf_splice(&file, (size_t)(c->entity.data - c->mail.data), c->entity.len,
		SPAN_OF(&entity), c->err) != 0)
		goto done;
	if (check_unharmed(c, &before, &was, SPAN_OF(&file)) == 0)
		rc = buf_append_span(out, SPAN_OF(&file), c->err);
done:
	signatures_release(&before);
	smime_mail_release(&was);
	buf_release(&c->der);
	buf_release(&entity);
	buf_release(&file);
	return rc;
}

int
smime_extend(struct buf *out, struct span mail, const char *signature, enum extension to,
    const struct evidence *data, const struct timestamp_source *source,
    const struct format_limits *limits, struct error *err)
{
	struct error own = ERROR_INIT;
	struct place c = { .mail = mail,
		.what = { .to = to, .data = data, .source = source, .limits = limits },
		.err = err != NULL ? err : &own };

	return run(out, signature, &c);
}

int
smime_counter_sign(struct buf *out, struct span mail, const char *signature,
    const struct sign_key *key, const struct sign_options *options, struct error *err)
{
	struct error own = ERROR_INIT;
	struct place c = { .mail = mail,
		.what = { .key = key, .options = options, .limits = options->limits },
		.err = err != NULL ? err : &own };

	return run(out, signature, &c);
}
