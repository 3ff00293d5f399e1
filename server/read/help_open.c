/* What a child that opens envelopes asks: keys, what may be tried, secrets; and what it tells. */
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "server/read/facts.h"
#include "server/read/help_parts.h"
#include "server/read/holds.h"
#include "server/read/reader_parts.h"
#include "server/read/unlock_pack.h"
#include "signing/format/kind.h"

/* The outcome, and the bytes where it is good. */
static int
reply_with(struct buf *reply, struct error *failure, struct span bytes, struct error *err)
{
	struct pack p;

	pack_write(&p, reply, err);
	pack_error(&p, failure);
	pack_span(&p, &bytes);
	return pack_end(&p);
}

/* Their certificates in their order; NULL for those that are not to be used. */
static int
pack_keys(struct pack *p, const struct unlock_desk *desk, struct error *err)
{
	const char *password;
	X509 *cert = NULL;
	size_t i, count = 0;
	int more;

	while ((more = desk->key(desk->ctx, count, &cert, err)) > 0)
		count++;
	if (more < 0)
		return -1;
	password = desk->password(desk->ctx);
	pack_const_text(p, &password);
	pack_count(p, &count, UNLOCK_KEYS_MAX);
	for (i = 0; i < count; i++) {
		if (desk->key(desk->ctx, i, &cert, err) < 0)
			return -1;
		pack_certificate(p, &cert);
	}
	return 0;
}

int
help_keys(struct help *help, struct span question, struct buf *reply, struct error *err)
{
	struct error failure = ERROR_INIT;
	struct buf keys = BUF_INIT(0);
	struct pack p;
	int rc;

	pack_read(&p, question, err);
	if (help->desk == NULL)
		pack_broken(&p);
	if (pack_end(&p) != 0)
		return -1;
	pack_write(&p, &keys, err);
	rc = pack_keys(&p, help->desk, &failure);
	if (pack_end(&p) != 0)
		rc = -1;
	else
		rc = reply_with(reply, &failure, rc == 0 ? SPAN_OF(&keys) : SPAN_NONE, err);
	buf_wipe(&keys);
	return rc;
}

/*
 * One account for all that works on the document: the desk sees what the child took until now, and
 * the child hears what is left of it. Its word counts for no more than the ticket gave.
 */
static int
meet_counted(struct help *help, const struct unlock_met *met, uint64_t worked, enum unlock_go *go,
    uint64_t *left_us, struct error *err)
{
	const struct reader_bounds *bounds = help->bounds;
	const uint64_t left = reader_work_left(bounds);
	int rc;

	if (worked > left)
		worked = left;
	if (bounds->worked_us != NULL)
		*bounds->worked_us += worked;
	rc = help->desk->meet(help->desk->ctx, met, go, err);
	*left_us = reader_work_left(bounds);
	if (bounds->worked_us != NULL)
		*bounds->worked_us -= worked; /* the child says it again at its end */
	return rc;
}

int
help_envelope(struct help *help, struct span question, struct buf *reply, struct error *err)
{
	struct error failure = ERROR_INIT;
	struct unlock_met met = { 0 };
	struct buf answer = BUF_INIT(0);
	enum unlock_go go = UNLOCK_SKIP;
	uint64_t worked = 0, left = 0;
	unsigned int number;
	struct pack p;
	int rc = -1;

	pack_read(&p, question, err);
	pack_u64(&p, &worked);
	pack_met(&p, &met);
	if (help->desk == NULL)
		pack_broken(&p);
	if (pack_end(&p) != 0)
		goto done;
	meet_counted(help, &met, worked, &go, &left, &failure);
	help->is_met = go != UNLOCK_SKIP;
	number = go;
	pack_write(&p, &answer, err);
	pack_below(&p, &number, UNLOCK_GOS);
	pack_u64(&p, &left);
	if (pack_end(&p) == 0)
		rc = reply_with(reply, &failure, SPAN_OF(&answer), err);
done:
	free((char *)met.part);
	free(met.tries);
	buf_release(&answer);
	return rc;
}

/*
 * Only an envelope and XML have what was encrypted for a key in sight: not what was decrypted
 * before, nor what stands in parts of parts of a mail, or in octets that are cut into pieces.
 */
static int
stands_there(const struct help *help, struct span octets)
{
	static const unsigned char pieces[] = { 0x24, 0x80 };
	const enum document_kind kind = document_kind_of(help->document);

	if (help->opened > 0 || (kind != KIND_ENVELOPE && kind != KIND_XML) ||
	    (kind == KIND_ENVELOPE &&
		memmem(help->document.data, help->document.len, pieces, sizeof(pieces)) != NULL))
		return 1;
	return holds_octets(help->document, octets);
}

/* The half of a point that every encoding of it has. */
static struct span
x_of(struct span point)
{
	if (point.len > 2 && point.data[0] == 4 && point.len % 2 == 1)
		return (struct span){ point.data + 1, (point.len - 1) / 2 };
	return point;
}

static int
not_in_the_document(struct error *failure)
{
	return error_set(failure, ERROR_UNSUPPORTED,
	    "the key that it was encrypted with stands in the document in a way that nothing here "
	    "knows");
}

static int
help_secret(struct help *help, struct span question, struct buf *reply,
    void (*unpack)(struct pack *p, struct unlock_wish *wish), int is_agreement, struct error *err)
{
	unsigned char secret[UNLOCK_SECRET_MAX];
	const struct unlock_desk *desk = help->desk;
	struct unlock_wish wish = { 0 };
	struct error failure = ERROR_INIT;
	struct pack p;
	int rc;

	pack_read(&p, question, err);
	unpack(&p, &wish);
	if (desk == NULL || !help->is_met)
		pack_broken(&p);
	if (pack_end(&p) != 0)
		return -1;
	if (!stands_there(help, is_agreement ? x_of(wish.agreement.peer) : wish.encrypted))
		rc = not_in_the_document(&failure);
	else if (is_agreement)
		rc = desk->agree(desk->ctx, wish.key, &wish.agreement, secret, wish.len, &failure);
	else
		rc = desk->transport(desk->ctx, wish.key, &wish.transport, wish.encrypted, secret,
		    wish.len, &failure);
	rc = reply_with(
	    reply, &failure, rc == 0 ? (struct span){ secret, wish.len } : SPAN_NONE, err);
	OPENSSL_cleanse(secret, sizeof(secret));
	return rc;
}

int
help_transport(struct help *help, struct span question, struct buf *reply, struct error *err)
{
	return help_secret(help, question, reply, pack_transport, 0, err);
}

int
help_agree(struct help *help, struct span question, struct buf *reply, struct error *err)
{
	return help_secret(help, question, reply, pack_agreement, 1, err);
}

int
help_opened(struct help *help, struct span question, struct buf *reply, struct error *err)
{
	struct error failure = ERROR_INIT;
	struct envelope told = { 0 };
	struct unlock_end end = { .envelope = &told };
	struct pack p;
	int rc = -1;

	pack_read(&p, question, err);
	pack_end_of_unlock(&p, &end);
	if (help->desk == NULL || !help->is_met)
		pack_broken(&p);
	if (pack_end(&p) == 0) {
		help->is_met = 0;
		help->opened += end.is_open != 0;
		help->desk->end(help->desk->ctx, &end, &failure);
		rc = reply_with(reply, &failure, SPAN_NONE, err);
	}
	free((char *)end.part);
	envelope_release(&told);
	return rc;
}
