/* The entries of a long list, in pages of the database: each is found by one look-up. */
#include <stdlib.h>
#include <string.h>

#include "schema/store/pool.h"
#include "server/ops/evidence/piece.h"

#define PAGE_SIZE  ((size_t)16 << 10)
#define PAGE_BATCH 128 /* pages of one statement */

/*
 * An entry in a page: issuer (2), length of the serial number (1), the serial number, time of the
 * revocation (8), reason (1), invalidity date (8), numbers big-endian.
 */
#define ENTRY_BEFORE 3
#define ENTRY_AFTER  17

static void
put(unsigned char *at, uint64_t value, size_t size)
{
	while (size-- > 0) {
		at[size] = (unsigned char)value;
		value >>= 8;
	}
}

static uint64_t
get(const unsigned char *at, size_t size)
{
	uint64_t value = 0;

	while (size-- > 0)
		value = value << 8 | *at++;
	return value;
}

/* ---- writing ---- */

struct writer {
	struct db *db;
	const unsigned char *sha256;
	struct buf bytes;	   /* of the pages under way */
	size_t begins[PAGE_BATCH]; /* of each in `bytes` */
	size_t count;
	unsigned int last_issuer;
	unsigned char last[CRL_SERIAL_MAX];
	size_t last_len;
};

static int
flush(struct writer *w, struct error *err)
{
	struct content_page pages[PAGE_BATCH];
	size_t i;

	if (w->count == 0)
		return 0;
	for (i = 0; i < w->count; i++) {
		const unsigned char *at = w->bytes.data + w->begins[i];
		size_t end = i + 1 < w->count ? w->begins[i + 1] : w->bytes.len;

		pages[i].issuer = (unsigned int)get(at, 2);
		pages[i].serial = (struct span){ at + ENTRY_BEFORE, at[2] };
		pages[i].entries = (struct span){ at, end - w->begins[i] };
	}
	if (store_content_pages(w->db, w->sha256, pages, w->count, err) != 0)
		return -1;
	w->bytes.len = 0;
	w->count = 0;
	return 0;
}

static int
write_entry(void *ctx, const struct crl_entry *e, struct error *err)
{
	struct writer *w = ctx;
	size_t len = e->serial_len;
	unsigned char *at;

	if (len > CRL_SERIAL_MAX)
		return error_set(err, ERROR_MALFORMED, "a serial number in the CRL is too long");
	/* Of equal ones the first counts. */
	if (w->last_len == len && len > 0 && w->last_issuer == e->issuer &&
	    memcmp(w->last, e->serial, len) == 0)
		return 0;
	if (w->count > 0 && w->bytes.len - w->begins[w->count - 1] >= PAGE_SIZE &&
	    w->count == PAGE_BATCH && flush(w, err) != 0)
		return -1;
	if (w->count == 0 || w->bytes.len - w->begins[w->count - 1] >= PAGE_SIZE)
		w->begins[w->count++] = w->bytes.len;
	at = buf_reserve(&w->bytes, ENTRY_BEFORE + len + ENTRY_AFTER, err);
	if (at == NULL)
		return -1;
	put(at, e->issuer, 2);
	at[2] = (unsigned char)len;
	memcpy(at + ENTRY_BEFORE, e->serial, len);
	put(at + ENTRY_BEFORE + len, (uint64_t)e->revoked_at, 8);
	at[ENTRY_BEFORE + len + 8] = (unsigned char)(signed char)e->reason;
	put(at + ENTRY_BEFORE + len + 9, (uint64_t)e->invalid_since, 8);
	w->bytes.len += ENTRY_BEFORE + len + ENTRY_AFTER;
	w->last_issuer = e->issuer;
	w->last_len = len;
	memcpy(w->last, e->serial, len);
	return 0;
}

int
piece_write_pages(struct db *db, const unsigned char sha256[STORE_SHA256], const struct crl *crl,
    struct error *err)
{
	struct writer *w = calloc(1, sizeof(*w));
	int rc;

	if (w == NULL)
		return error_memory(err);
	w->db = db;
	w->sha256 = sha256;
	rc = crl_each_entry(crl, write_entry, w, err);
	if (rc == 0)
		rc = flush(w, err);
	buf_release(&w->bytes);
	free(w);
	return rc;
}

/* ---- looking up ---- */

static int
damaged(struct error *err)
{
	return error_set(err, ERROR_INTERNAL, "a kept CRL is damaged");
}

/* In the page where it would stand: 1, 0, -1. */
static int
find_in_page(struct span page, unsigned int issuer, struct span serial, struct crl_entry *entry,
    struct error *err)
{
	const unsigned char *at = page.data, *end = page.data + page.len;
	size_t len;

	for (; at < end; at += ENTRY_BEFORE + len + ENTRY_AFTER) {
		if (end - at < ENTRY_BEFORE)
			return damaged(err);
		len = at[2];
		if ((size_t)(end - at) < ENTRY_BEFORE + len + ENTRY_AFTER)
			return damaged(err);
		if (len != serial.len || get(at, 2) != issuer ||
		    memcmp(at + ENTRY_BEFORE, serial.data, len) != 0)
			continue;
		*entry = (struct crl_entry){ .serial = serial.data,
			.serial_len = serial.len,
			.issuer = issuer,
			.revoked_at = (int64_t)get(at + ENTRY_BEFORE + len, 8),
			.reason = (signed char)at[ENTRY_BEFORE + len + 8],
			.invalid_since = (int64_t)get(at + ENTRY_BEFORE + len + 9, 8) };
		return 1;
	}
	return 0;
}

static int
find_in_database(const struct piece *p, unsigned int issuer, struct span serial,
    struct crl_entry *entry, struct error *err)
{
	struct db_result *page = NULL;
	struct error why = ERROR_INIT;
	struct db *db;
	int rc;

	if (db_pool_take(p->pool, &db, err) != 0)
		return -1;
	rc = store_content_page(db, p->sha256, issuer, serial, &page, &why);
	db_pool_give(p->pool, db);
	if (rc == 1)
		rc = find_in_page(db_bytes(page, 0, 0), issuer, serial, entry, err);
	db_result_free(page);
	/* What is gone says nothing, which is told of the list alone (crl_source.find). */
	if (rc < 0 && why.kind != ERROR_NONE)
		error_cause(err, why.kind == ERROR_NOT_FOUND ? ERROR_UNSUPPORTED : why.kind,
		    why.text, "%s", why.cause);
	return rc;
}

static struct piece_lookup *
slot_of(const struct piece *p, unsigned int issuer, struct span serial)
{
	uint32_t hash = 2166136261u ^ issuer;
	size_t i;

	for (i = 0; i < serial.len; i++)
		hash = (hash ^ serial.data[i]) * 16777619u;
	return &p->lookups[hash % PIECE_LOOKUPS];
}

static int
recall(struct piece *p, unsigned int issuer, struct span serial, struct crl_entry *entry)
{
	struct piece_lookup *slot = slot_of(p, issuer, serial);
	int found = -1;

	pthread_mutex_lock(&p->lock);
	if (slot->len == serial.len && slot->issuer == issuer &&
	    memcmp(slot->serial, serial.data, serial.len) == 0) {
		found = slot->found;
		*entry = slot->entry;
		entry->serial = serial.data;
	}
	pthread_mutex_unlock(&p->lock);
	return found;
}

static void
remember(struct piece *p, unsigned int issuer, struct span serial, int found,
    const struct crl_entry *entry)
{
	struct piece_lookup *slot = slot_of(p, issuer, serial);

	pthread_mutex_lock(&p->lock);
	memcpy(slot->serial, serial.data, serial.len);
	slot->len = serial.len;
	slot->issuer = issuer;
	slot->found = found;
	if (found)
		slot->entry = *entry;
	pthread_mutex_unlock(&p->lock);
}

int
piece_find(
    void *ctx, unsigned int issuer, struct span serial, struct crl_entry *entry, struct error *err)
{
	struct piece *p = ctx;
	int found;

	if (serial.len == 0 || serial.len > CRL_SERIAL_MAX)
		return 0;
	found = recall(p, issuer, serial, entry);
	if (found >= 0)
		return found;
	found = find_in_database(p, issuer, serial, entry, err);
	if (found >= 0)
		remember(p, issuer, serial, found, entry);
	return found;
}
