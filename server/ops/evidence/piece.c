#include "server/ops/evidence/piece.h"

#include <stdlib.h>
#include <string.h>

#include "schema/store/pool.h"
#include "signing/core/digests.h"
#include "signing/x509/cert.h"

#define PART_SIZE  ((size_t)256 << 10)
#define PART_BATCH 16 /* parts of one statement */
/* Names of issuers can make a head as long as its list, and heads are held in memory. */
#define HEAD_MAX ((size_t)256 << 10)

static const char *const kind_names[PIECE_KINDS] = {
	[PIECE_CRL] = "Crl", [PIECE_OCSP] = "Ocsp", [PIECE_ISSUERS] = "Issuers"
};

const char *
piece_kind_name(enum piece_kind kind)
{
	return kind_names[kind];
}

int
piece_kind_by_name(const char *name, enum piece_kind *kind)
{
	int i;

	for (i = 0; i < PIECE_KINDS; i++) {
		if (strcmp(kind_names[i], name) != 0)
			continue;
		*kind = (enum piece_kind)i;
		return 0;
	}
	return -1;
}

static struct piece *
piece_new(enum piece_kind kind, struct error *err)
{
	struct piece *p = calloc(1, sizeof(*p));

	if (p == NULL) {
		error_memory(err);
		return NULL;
	}
	p->references = 1;
	p->kind = kind;
	buf_init(&p->der, CRL_BYTES_MAX);
	pthread_mutex_init(&p->lock, NULL);
	return p;
}

struct piece *
piece_hold(struct piece *p)
{
	atomic_fetch_add(&p->references, 1);
	return p;
}

void
piece_drop(struct piece *p)
{
	if (p == NULL || atomic_fetch_sub(&p->references, 1) != 1)
		return;
	crl_free(p->list.crl);
	ocsp_response_free(p->answer);
	sk_X509_pop_free(p->certificates, X509_free);
	buf_release(&p->der);
	pthread_mutex_destroy(&p->lock);
	free(p->lookups);
	free(p);
}

int
piece_is_light(const struct piece *p)
{
	return p->der.len <= PIECE_SMALL;
}

/* ---- opening bytes ---- */

static int
open_list(struct piece *p, struct error *err)
{
	struct crl *crl;

	if (crl_open(&crl, SPAN_OF(&p->der), err) != 0)
		return -1;
	p->list = crl_source_of(crl);
	memcpy(p->sha256, crl_facts(crl)->sha256, STORE_SHA256);
	return 0;
}

static int
open_answer(struct piece *p, struct error *err)
{
	if (ocsp_response_read(&p->answer, SPAN_OF(&p->der), err) != 0)
		return -1;
	memcpy(p->sha256, ocsp_facts(p->answer)->sha256, STORE_SHA256);
	return 0;
}

static int
open_certificates(struct piece *p, struct error *err)
{
	p->certificates = sk_X509_new_null();
	if (p->certificates == NULL)
		return error_memory(err);
	if (certs_read(p->certificates, SPAN_OF(&p->der), PIECE_ISSUERS_MAX, err) != 0)
		return -1;
	return digest_span(DIGEST_SHA256, SPAN_OF(&p->der), p->sha256, err);
}

static int (*const openers[PIECE_KINDS])(struct piece *p, struct error *err) = {
	[PIECE_CRL] = open_list, [PIECE_OCSP] = open_answer, [PIECE_ISSUERS] = open_certificates
};

/* Its bytes are in p->der. */
static int
open_bytes(struct piece *p, struct error *err)
{
	p->size = p->der.len;
	return openers[p->kind](p, err);
}

int
piece_open(struct piece **piece, enum piece_kind kind, struct span came, struct error *err)
{
	struct piece *p = piece_new(kind, err);
	int rc = -1;

	*piece = NULL;
	if (p == NULL)
		return -1;
	rc = kind == PIECE_CRL ? crl_decode(&p->der, came, err)
			       : buf_append_span(&p->der, came, err);
	if (rc == 0)
		rc = open_bytes(p, err);
	if (rc == 0)
		*piece = p;
	else
		piece_drop(p);
	return rc;
}

/* ---- in the database ---- */

/* A list of which only the head is here. */
static int
open_head(struct piece *p, struct span head, struct db_pool *pool, struct error *err)
{
	struct crl *crl;

	if (crl_head_read(&crl, head, err) != 0)
		return -1;
	p->pool = pool;
	p->list = (struct crl_source){ .crl = crl, .find = piece_find, .ctx = p };
	memcpy(p->sha256, crl_facts(crl)->sha256, STORE_SHA256);
	p->lookups = calloc(PIECE_LOOKUPS, sizeof(*p->lookups));
	return p->lookups != NULL ? 0 : error_memory(err);
}

int
piece_load(struct piece **piece, enum piece_kind kind, const struct fetched_row *row, struct db *db,
    struct db_pool *pool, struct error *err)
{
	struct piece *p = piece_new(kind, err);
	int rc;

	*piece = NULL;
	if (p == NULL)
		return -1;
	if (row->head.len > 0)
		rc = open_head(p, row->head, pool, err);
	else if ((rc = store_content_read(db, row->content, &p->der, err)) == 0)
		rc = open_bytes(p, err);
	p->size = row->size;
	p->good_until = row->good_until;
	if (rc == 0)
		*piece = p;
	else
		piece_drop(p);
	return rc;
}

static int
write_parts(struct db *db, const struct piece *p, struct error *err)
{
	struct span parts[PART_BATCH];
	size_t at = 0, count;
	int64_t number = 0;

	while (at < p->der.len) {
		for (count = 0; count < PART_BATCH && at < p->der.len; count++) {
			size_t left = p->der.len - at;

			parts[count].data = p->der.data + at;
			parts[count].len = left < PART_SIZE ? left : PART_SIZE;
			at += parts[count].len;
		}
		if (store_content_parts(db, p->sha256, number, parts, count, err) != 0)
			return -1;
		number += (int64_t)count;
	}
	return 0;
}

static int
write_content(struct db *db, const struct piece *p, struct span head, struct error *err)
{
	int is_new = store_content_add(db, p->sha256, p->size, head, err);

	if (is_new != 1)
		return is_new;
	if (write_parts(db, p, err) != 0)
		return -1;
	return head.len > 0 ? piece_write_pages(db, p->sha256, p->list.crl, err) : 0;
}

/* The head of a long list; none of a short one, and of one that must be kept whole. */
static int
head_of(const struct piece *p, struct buf *head, struct error *err)
{
	struct error why = ERROR_INIT;

	if (p->kind != PIECE_CRL || p->der.len <= PIECE_SMALL)
		return 0;
	if (crl_head_write(p->list.crl, head, &why) == 0) {
		if (head->len > HEAD_MAX)
			buf_release(head);
		return 0;
	}
	buf_release(head);
	return why.kind == ERROR_UNSUPPORTED
		   ? 0
		   : error_cause(err, why.kind, why.text, "%s", why.cause);
}

static int
slim_down(struct piece **piece, struct span head, struct db_pool *pool, struct error *err)
{
	struct piece *whole = *piece, *p;

	if (head.len == 0)
		return 0;
	p = piece_new(PIECE_CRL, err);
	if (p == NULL || open_head(p, head, pool, err) != 0) {
		piece_drop(p);
		return -1;
	}
	p->size = whole->size;
	p->good_until = whole->good_until;
	*piece = p;
	piece_drop(whole);
	return 0;
}

int
piece_store(struct piece **piece, struct db_pool *pool, struct error *err)
{
	struct buf head = BUF_INIT(0);
	struct db *db = NULL;
	int rc = -1;

	if (head_of(*piece, &head, err) != 0 || db_pool_take(pool, &db, err) != 0)
		goto done;
	if (db_begin(db, err) != 0)
		goto done;
	if (write_content(db, *piece, SPAN_OF(&head), err) != 0) {
		db_rollback(db);
		goto done;
	}
	rc = db_commit(db, err);
	if (rc == 0)
		rc = slim_down(piece, SPAN_OF(&head), pool, err);
done:
	db_pool_give(pool, db);
	buf_release(&head);
	return rc;
}

int
piece_der(const struct piece *p, struct buf *out, struct error *err)
{
	struct db *db;
	int rc;

	if (p->der.len > 0)
		return buf_append_span(out, SPAN_OF(&p->der), err);
	if (db_pool_take(p->pool, &db, err) != 0)
		return -1;
	rc = store_content_read(db, p->sha256, out, err);
	db_pool_give(p->pool, db);
	return rc;
}
