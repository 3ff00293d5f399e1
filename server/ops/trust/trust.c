#include "server/ops/trust/trust.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/core/certs.h"
#include "signing/x509/cert.h"

/* ---- who may sign ---- */

static int
pinned_signers(const struct trust_source_row *source, STACK_OF(X509) * out, struct error *err)
{
	struct db_array left = source->signers;
	struct span der;
	X509 *cert;

	while (db_array_next(&left, &der)) {
		cert = cert_decode(der);
		if (cert == NULL)
			return error_set(err, ERROR_INTERNAL,
			    "a pinned certificate of the source \"%.100s\" does not decode",
			    source->name);
		if (sk_X509_push(out, cert) <= 0) {
			X509_free(cert);
			return error_memory(err);
		}
	}
	return 0;
}

/* Those that the last good list of lists names for the source's territory. */
static int
named_signers(struct db *db, const struct uuid *tenant, const struct trust_source_row *source,
    STACK_OF(X509) * out, struct error *err)
{
	const struct trust_pointer *pointer;
	struct trust_list *lotl = NULL;
	struct trust_list_row row;
	int found = store_trust_list_last(db, tenant, &source->lotl, &row, err), rc = -1;

	if (found < 0)
		return -1;
	if (found == 0)
		return error_set(err, ERROR_NOT_FOUND,
		    "the list of lists that names the signers of \"%.100s\" was not imported yet",
		    source->name);
	if (trust_list_read(&lotl, row.content, err) != 0)
		goto done;
	pointer = trust_lotl_pointer(lotl, source->territory);
	if (pointer == NULL)
		error_set(err, ERROR_NOT_FOUND,
		    "the list of lists names no list of the territory %s", source->territory);
	else
		rc = trust_pointer_signers(pointer, out, err);
done:
	trust_list_free(lotl);
	db_result_free(row.result);
	return rc;
}

/* ---- one import ---- */

struct importing {
	struct db *db;
	const struct trust_import *in;
	struct trust_import_result *out;
	struct trust_source_row source;
	struct trust_list_input check;
	struct trust_list_result judged;
	struct trust_list *list;
	struct error *err;
};

static const char *
or_null(const char *s)
{
	return s != NULL && *s != '\0' ? s : NULL;
}

static int
find_source(struct importing *i)
{
	const int found =
	    store_trust_source_find(i->db, i->in->tenant, i->in->source, &i->source, i->err);

	if (found < 0)
		return -1;
	if (found == 0)
		return error_set(i->err, ERROR_NOT_FOUND,
		    "there is no source of trusted lists \"%.100s\"", i->in->source);
	if (!i->source.is_active)
		return error_set(i->err, ERROR_CONFLICT,
		    "the source of trusted lists \"%.100s\" is disabled", i->in->source);
	return 0;
}

static int
prepare(struct importing *i)
{
	struct trust_list_row last;
	int found;

	i->check.bytes = i->in->list;
	i->check.time = i->in->time;
	i->check.catalogue = i->in->catalogue;
	i->check.territory = or_null(i->source.territory);
	i->check.type = or_null(i->source.type);
	found = store_trust_list_last(i->db, i->in->tenant, &i->source.id, &last, i->err);
	if (found < 0)
		return -1;
	if (found > 0) {
		i->check.has_previous = 1;
		i->check.previous_sequence = last.sequence;
		memcpy(i->check.previous_digest, last.digest.data, 32);
		db_result_free(last.result);
	}
	return uuid_is_nil(&i->source.lotl)
		   ? pinned_signers(&i->source, i->check.signers, i->err)
		   : named_signers(i->db, i->in->tenant, &i->source, i->check.signers, i->err);
}

static int
judge(struct importing *i)
{
	const struct trust_lotl_input lotl = { .list = i->check,
		.pivots = i->in->pivots,
		.pivot_count = i->in->pivot_count,
		.announcement = or_null(i->source.announcement) };
	struct trust_lotl_result result = { 0 };
	int rc;

	if (strcmp(i->source.kind, "lotl") != 0)
		return trust_list_check(&i->check, &i->list, &i->judged, i->err);
	rc = trust_lotl_check(&lotl, &i->list, &result, i->err);
	i->judged = result.list;
	result.list.signer = NULL;
	if (rc == 0 && result.announcement_changed)
		snprintf(i->out->note, sizeof(i->out->note),
		    "the list of lists does not name the announcement of its pinned signers any "
		    "more: pin those of the new announcement");
	trust_lotl_result_release(&result);
	return rc;
}

static int
record(struct importing *i)
{
	struct trust_list_new row = { .source = i->source.id,
		.is_server_wide = i->source.is_server_wide,
		.size = i->in->list.len,
		.verdict = trust_list_verdict_name(i->judged.verdict),
		.reason = i->judged.text,
		.imported_by = i->in->by };
	unsigned char digest[DIGEST_SIZE_MAX], signer[EVP_MAX_MD_SIZE];
	unsigned int len;

	uuid_random(&row.id);
	if (digest_span(DIGEST_SHA256, i->in->list, digest, i->err) != 0)
		return -1;
	memcpy(row.digest, digest, sizeof(row.digest));
	if (i->judged.signer != NULL &&
	    X509_digest(i->judged.signer, EVP_sha256(), signer, &len) == 1)
		row.signer = signer;
	if (i->list != NULL) {
		row.content = i->in->list;
		row.sequence = (int64_t)i->list->sequence;
		row.issued = i->list->issued;
		row.next_update = trust_list_is_closed(i->list) ? DB_NO_TIME : i->list->next_update;
		row.territory = i->list->territory;
	}
	return store_trust_list_add(i->db, i->in->tenant, &row, i->err);
}

/* ---- snapshots of whoever counts on the source ---- */

static int
refresh_one(struct importing *i, const struct uuid *tenant)
{
	char reason[200];
	int32_t number;
	int made;

	snprintf(reason, sizeof(reason), "list %llu of %.100s",
	    (unsigned long long)i->list->sequence, i->source.name);
	made = trust_refresh(i->db, tenant, reason, i->in->by, &number, i->err);
	if (made > 0)
		i->out->snapshots++;
	return made < 0 ? -1 : 0;
}

static int
refresh_choosers(struct importing *i)
{
	struct db_result *r;
	struct uuid tenant;
	size_t k;
	int rc = 0;

	if (store_trust_choosers(i->db, &i->source.id, &r, i->err) != 0)
		return -1;
	for (k = 0; k < db_rows(r) && rc == 0; k++) {
		tenant = db_uuid(r, k, 0);
		rc = refresh_one(i, &tenant);
	}
	db_result_free(r);
	return rc;
}

static int
take_in(struct importing *i)
{
	if (find_source(i) != 0 || prepare(i) != 0 || judge(i) != 0)
		return -1;
	i->out->verdict = i->judged.verdict;
	memcpy(i->out->text, i->judged.text, sizeof(i->out->text));
	if (i->out->note[0] == '\0')
		snprintf(i->out->note, sizeof(i->out->note), "%s", i->judged.note);
	if (i->judged.verdict != TRUST_LIST_UNCHANGED && record(i) != 0)
		return -1;
	if (i->list == NULL)
		return 0;
	i->out->sequence = i->list->sequence;
	return refresh_choosers(i);
}

int
trust_import(struct db *db, const struct trust_import *in, struct trust_import_result *result,
    struct error *err)
{
	struct error own = ERROR_INIT;
	struct importing i = { .db = db, .in = in, .out = result, .err = err != NULL ? err : &own };
	int rc;

	memset(result, 0, sizeof(*result));
	i.check.signers = sk_X509_new_null();
	if (i.check.signers == NULL)
		return error_memory(err);
	rc = take_in(&i);
	trust_list_free(i.list);
	trust_list_result_release(&i.judged);
	db_result_free(i.source.result);
	sk_X509_pop_free(i.check.signers, X509_free);
	return rc;
}

/* ---- making a snapshot ---- */

struct refreshing {
	struct db *db;
	const struct uuid *tenant;
	struct error *err;
	struct db_result *choices, *anchors;
	struct trust_listed *lists;
	struct trust_choice *chosen;
	struct trust_own *own;
	size_t list_count, choice_count, own_count;
};

/* One list for each source that has one; choices of sources without stay without effect. */
static int
load_lists(struct refreshing *r)
{
	struct trust_choice_row row, before = { .source = UUID_NIL };
	struct trust_list *list = NULL;
	struct trust_list_row last;
	size_t i, n = db_rows(r->choices);
	int found;

	r->lists = calloc(n + 1, sizeof(*r->lists));
	r->chosen = calloc(n + 1, sizeof(*r->chosen));
	if (r->lists == NULL || r->chosen == NULL)
		return error_memory(r->err);
	for (i = 0; i < n; i++) {
		row = store_trust_choice_row(r->choices, i);
		r->chosen[r->choice_count++] = (struct trust_choice){ row.source_name,
			*row.provider != '\0' ? row.provider : NULL };
		if (uuid_equal(&row.source, &before.source))
			continue;
		before = row;
		found = store_trust_list_last(r->db, r->tenant, &row.source, &last, r->err);
		if (found < 0)
			return -1;
		if (found == 0)
			continue;
		found = trust_list_read(&list, last.content, r->err);
		db_result_free(last.result);
		if (found != 0)
			return -1;
		r->lists[r->list_count++] = (struct trust_listed){ row.source_name, list };
	}
	return 0;
}

static unsigned int
purposes_of(struct db_array usage)
{
	unsigned int purposes = 0;
	enum path_purpose purpose;
	struct span word;
	char name[32];

	while (db_array_next(&usage, &word)) {
		snprintf(name, sizeof(name), "%.*s", (int)word.len, (const char *)word.data);
		if (path_purpose_by_name(name, &purpose) == 0)
			purposes |= TRUST_PURPOSE(purpose);
	}
	return purposes;
}

static void
free_texts(struct trust_texts *texts)
{
	size_t i;

	for (i = 0; i < texts->count; i++)
		free((char *)texts->items[i]);
	free(texts->items);
	*texts = (struct trust_texts){ 0 };
}

static int
copy_texts(struct db_array from, struct trust_texts *to, struct error *err)
{
	struct span item;

	to->items = calloc(from.left + 1, sizeof(*to->items));
	if (to->items == NULL)
		return error_memory(err);
	while (db_array_next(&from, &item)) {
		to->items[to->count] = strndup((const char *)item.data, item.len);
		if (to->items[to->count] == NULL)
			return error_memory(err);
		to->count++;
	}
	return 0;
}

static int
load_own(struct refreshing *r)
{
	struct anchor_row row;
	struct trust_own *own;
	size_t i, n = db_rows(r->anchors);

	r->own = calloc(n + 1, sizeof(*r->own));
	if (r->own == NULL)
		return error_memory(r->err);
	for (i = 0; i < n; i++) {
		row = store_anchor_row(r->anchors, i);
		own = &r->own[r->own_count++];
		own->name = row.name;
		own->certificate = row.certificate;
		own->purposes = purposes_of(row.usage);
		if (copy_texts(row.crl_urls, &own->crl_urls, r->err) != 0 ||
		    copy_texts(row.ocsp_urls, &own->ocsp_urls, r->err) != 0)
			return -1;
	}
	return 0;
}

static int
make_bytes(struct refreshing *r, struct buf *out)
{
	struct trust_making making;

	if (store_trust_choices(r->db, r->tenant, &r->choices, r->err) != 0 ||
	    store_anchors(r->db, r->tenant, &r->anchors, r->err) != 0 || load_lists(r) != 0 ||
	    load_own(r) != 0)
		return -1;
	making = (struct trust_making){ r->lists, r->list_count, r->chosen, r->choice_count, r->own,
		r->own_count };
	return trust_snapshot_make(out, &making, r->err);
}

static void
release(struct refreshing *r)
{
	size_t i;

	for (i = 0; i < r->list_count; i++)
		trust_list_free((struct trust_list *)r->lists[i].list);
	for (i = 0; i < r->own_count; i++) {
		free_texts(&r->own[i].crl_urls);
		free_texts(&r->own[i].ocsp_urls);
	}
	free(r->lists);
	free(r->chosen);
	free(r->own);
	db_result_free(r->choices);
	db_result_free(r->anchors);
}

int
trust_refresh(struct db *db, const struct uuid *tenant, const char *reason, const char *by,
    int32_t *number, struct error *err)
{
	struct error own = ERROR_INIT;
	struct refreshing r = { .db = db, .tenant = tenant, .err = err != NULL ? err : &own };
	unsigned char last[STORE_DIGEST_SIZE], digest[DIGEST_SIZE_MAX];
	struct buf bytes = BUF_INIT(TRUST_SNAPSHOT_BYTES_MAX);
	int found, rc = -1;

	*number = 0;
	if (make_bytes(&r, &bytes) != 0 ||
	    digest_span(DIGEST_SHA256, SPAN_OF(&bytes), digest, r.err) != 0)
		goto done;
	found = store_trust_snapshot_last(db, tenant, number, last, r.err);
	if (found < 0)
		goto done;
	if (found > 0 && memcmp(last, digest, sizeof(last)) == 0) {
		rc = 0;
		goto done;
	}
	if (store_trust_snapshot_add(db, tenant, *number + 1, SPAN_OF(&bytes), reason, by, r.err) !=
	    0)
		goto done;
	++*number;
	rc = 1;
done:
	buf_release(&bytes);
	release(&r);
	return rc;
}

/* 1 loaded, 0 there is none, -1; *number is that of what was found. */
static int
load(struct db *db, const struct uuid *tenant, int32_t *number, struct trust_snapshot **snapshot,
    struct error *err)
{
	struct trust_snapshot_row row;
	const int found = store_trust_snapshot(db, tenant, *number, &row, err);
	int rc;

	*snapshot = NULL;
	if (found <= 0)
		return found;
	*number = row.number;
	rc = trust_snapshot_load(snapshot, row.content, err);
	db_result_free(row.result);
	return rc == 0 ? 1 : -1;
}

int
trust_load(struct db *db, const struct uuid *tenant, int32_t number,
    struct trust_snapshot **snapshot, struct error *err)
{
	return load(db, tenant, &number, snapshot, err) < 0 ? -1 : 0;
}

/* ---- the snapshot that counts ---- */

static int
same_texts(const struct trust_texts *a, struct db_array b)
{
	struct span item;
	size_t i;

	if (a->count != b.left)
		return 0;
	for (i = 0; i < a->count; i++)
		if (!db_array_next(&b, &item) || !span_equal(span_str(a->items[i]), item))
			return 0;
	return 1;
}

static int
has_own(const struct trust_snapshot *s, const struct anchor_row *row)
{
	size_t i;

	for (i = 0; i < s->own_count; i++)
		if (strcmp(s->own[i].name, row->name) == 0)
			return span_equal(s->own[i].certificate, row->certificate) &&
			       s->own[i].purposes == purposes_of(row->usage) &&
			       same_texts(&s->own[i].crl_urls, row->crl_urls) &&
			       same_texts(&s->own[i].ocsp_urls, row->ocsp_urls);
	return 0;
}

/* 1 when the snapshot's own certificates are exactly the tenant's trust anchors, 0, -1. */
static int
is_current(
    struct db *db, const struct uuid *tenant, const struct trust_snapshot *s, struct error *err)
{
	struct db_result *r;
	struct anchor_row row;
	size_t i;
	int same;

	if (store_anchors(db, tenant, &r, err) != 0)
		return -1;
	same = db_rows(r) == s->own_count;
	for (i = 0; same && i < db_rows(r); i++) {
		row = store_anchor_row(r, i);
		same = has_own(s, &row);
	}
	db_result_free(r);
	return same;
}

/* 1 with the last snapshot, if it is still what counts; 0: there is none such, -1. */
static int
load_current(struct db *db, const struct uuid *tenant, struct trust_snapshot **snapshot,
    int32_t *number, struct error *err)
{
	int rc;

	*number = 0;
	rc = load(db, tenant, number, snapshot, err);
	if (rc == 1)
		rc = is_current(db, tenant, *snapshot, err);
	if (rc != 1) {
		trust_snapshot_free(*snapshot);
		*snapshot = NULL;
	}
	return rc;
}

/* What counts now, made in memory alone. */
static int
make_unkept(
    struct db *db, const struct uuid *tenant, struct trust_snapshot **snapshot, struct error *err)
{
	struct error own = ERROR_INIT;
	struct refreshing r = { .db = db, .tenant = tenant, .err = err != NULL ? err : &own };
	struct buf bytes = BUF_INIT(TRUST_SNAPSHOT_BYTES_MAX);
	int rc = make_bytes(&r, &bytes);

	if (rc == 0)
		rc = trust_snapshot_load(snapshot, SPAN_OF(&bytes), r.err);
	buf_release(&bytes);
	release(&r);
	return rc;
}

int
trust_unkept(struct db *db, const struct uuid *tenant, struct trust_snapshot **snapshot,
    int32_t *number, struct error *err)
{
	const int rc = load_current(db, tenant, snapshot, number, err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	*number = 0;
	return make_unkept(db, tenant, snapshot, err);
}

#define CURRENT_TRIES 3 /* others may be making one, too */

int
trust_current(struct db *db, const struct uuid *tenant, struct trust_snapshot **snapshot,
    int32_t *number, struct error *err)
{
	struct error busy;
	int tries, rc;

	for (tries = 0; tries < CURRENT_TRIES; tries++) {
		rc = load_current(db, tenant, snapshot, number, err);
		if (rc != 0)
			return rc < 0 ? -1 : 0;
		busy = (struct error)ERROR_INIT;
		if (trust_refresh(db, tenant, "own certificates", "signetd", number, &busy) < 0 &&
		    busy.kind != ERROR_CONFLICT)
			return error_cause(err, busy.kind, busy.text, "%s", busy.cause);
	}
	return error_set(err, ERROR_UNAVAILABLE,
	    "the tenant's trust anchors change all the time; try again later");
}
