#include "signing/format/asic/asic_renew.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/format/asic/asic_parts.h"
#include "signing/format/cms/cms_extend.h"
#include "signing/format/cms/items.h"
#include "signing/format/cms/tst_info.h"

#define NEWEST	  "META-INF/ASiCArchiveManifest.xml"
#define NAME_SIZE 64

/* Whose bytes an archive manifest names: what proves something, and what it proves. */
#define COVERED_ROLES                                                                              \
	(1u << ASIC_DATA | 1u << ASIC_CADES | 1u << ASIC_XADES | 1u << ASIC_TIMESTAMP |            \
	    1u << ASIC_MANIFEST | 1u << ASIC_ARCHIVE_MANIFEST)

static size_t
count_roles(const struct asic_container *container, unsigned int roles)
{
	size_t i, n = 0;

	for (i = 0; i < container->entry_count; i++)
		n += (roles >> container->entries[i].role & 1) != 0;
	return n;
}

int
asic_is_renewed_whole(const struct asic_container *container)
{
	const size_t cades = count_roles(container, 1u << ASIC_CADES);

	if (container->type == ASIC_NONE || count_roles(container, 1u << ASIC_XADES) > 0)
		return 0;
	return cades > 0 ? container->type == ASIC_E : container->stamp_count > 0;
}

int
asic_is_archived(const struct asic_container *container, const char *signature)
{
	size_t i;

	for (i = 0; i < container->stamp_count; i++)
		if (container->stamps[i].stamp.kind == TIMESTAMP_ARCHIVE &&
		    asic_stamp_covers(&container->stamps[i], signature, strcspn(signature, "#")))
			return 1;
	return 0;
}

struct renewing {
	struct asic_look before;
	const struct evidence *data;
	const struct timestamp_source *source;
	const struct format_limits *limits;
	struct error *err;
	int last; /* number of the last time stamp's entry, or -1 */
	char stamp_name[NAME_SIZE], earlier_name[NAME_SIZE];
	struct buf last_token, manifest, token;
	struct document *docs; /* what the manifest names */
	size_t count;
	struct archive_new made[4];
	size_t made_count;
};

/* ---- what is there ---- */

static int
check_stamps(const struct renewing *n)
{
	const struct asic_container *c = &n->before.container;
	size_t i;

	for (i = 0; i < c->stamp_count; i++) {
		const struct asic_stamp *s = &c->stamps[i];
		struct tst_info info;
		int fits = 0;

		if (s->failure == SUB_NONE && s->stamp.imprint_known &&
		    tst_info_of_token(&info, SPAN_OF(&s->stamp.token), NULL) == 0) {
			fits = tst_info_matches(&info, &s->stamp.imprint) == 1;
			tst_info_release(&info);
		}
		if (!fits)
			return error_set(n->err, ERROR_CONFLICT,
			    "the time stamp %.100s is not over what it must cover%s%.200s: nothing "
			    "is built on it",
			    s->name, s->failure_text[0] != '\0' ? ": " : "", s->failure_text);
	}
	return 0;
}

/* Of those that no archive manifest names yet, the latest: the only one that may still grow. */
static int
last_stamp(const struct asic_look *l)
{
	const struct asic_container *c = &l->container;
	int64_t latest = INT64_MIN;
	int last = -1;
	size_t i;

	for (i = 0; i < c->stamp_count; i++) {
		int64_t time = tst_info_time_of(SPAN_OF(&c->stamps[i].stamp.token));

		if (asic_is_archived(c, c->stamps[i].name) || time < latest)
			continue;
		latest = time;
		last = asic_entry_at(&l->r, c->stamps[i].name);
	}
	return last;
}

/* A name with a number that no entry has. */
static int
free_name(const struct renewing *n, const char *format, char name[NAME_SIZE])
{
	unsigned int number;

	for (number = 1; number <= ASIC_ENTRIES_MAX; number++) {
		snprintf(name, NAME_SIZE, format, number);
		if (archive_find(&n->before.r.archive, name) == NULL)
			return 0;
	}
	return error_limit(n->err, ERROR_LIMIT, "asic-entries", ASIC_ENTRIES_MAX, 0,
	    "the container has too many time stamps");
}

/* ---- validation data ---- */

/* All that stands in signatures and time stamps of the container. */
static int
list_items(const struct renewing *n, struct coverage *all)
{
	const struct asic_look *l = &n->before;
	struct cms_covering covering = { all, n->err, 0 };
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < l->r.archive.count; i++)
		if ((1u << l->container.entries[i].role &
			(1u << ASIC_CADES | 1u << ASIC_TIMESTAMP)) != 0)
			rc = cms_items_of_token(
			    SPAN_OF(&l->r.archive.entries[i].data), cms_cover_item, &covering);
	return rc;
}

static int
take_missing(
    struct values *to, const struct values *from, const struct coverage *all, struct error *err)
{
	size_t i;

	for (i = 0; i < from->count; i++)
		if (!coverage_has(all, from->items[i].sha256) &&
		    values_add(to, SPAN_OF(&from->items[i].der), err) != 0)
			return -1;
	return 0;
}

static int
find_missing(const struct renewing *n, struct evidence *missing)
{
	STACK_OF(X509) *certificates = n->data->certificates;
	struct coverage all = { 0 };
	unsigned char sha256[32];
	int i, rc = list_items(n, &all);

	for (i = 0; rc == 0 && i < sk_X509_num(certificates); i++) {
		X509 *cert = sk_X509_value(certificates, i);

		if (X509_digest(cert, EVP_sha256(), sha256, NULL) != 1)
			rc = error_memory(n->err);
		else if (!coverage_has(&all, sha256))
			rc = evidence_add_certificate(missing, cert, n->err);
	}
	if (rc == 0)
		rc = take_missing(&missing->crls, &n->data->crls, &all, n->err);
	if (rc == 0)
		rc = take_missing(&missing->ocsps, &n->data->ocsps, &all, n->err);
	coverage_release(&all);
	return rc;
}

/* The last token with what will be asked for when its authority is gone. */
static int
grow_last(struct renewing *n)
{
	const struct archive_entry *e = n->last >= 0 ? &n->before.r.archive.entries[n->last] : NULL;
	struct evidence missing = { 0 };
	int rc;

	if (e == NULL || n->data == NULL)
		return 0;
	rc = find_missing(n, &missing);
	if (rc == 0 && sk_X509_num(missing.certificates) <= 0 && missing.crls.count == 0 &&
	    missing.ocsps.count == 0)
		goto done; /* it has all that it needs */
	if (rc == 0)
		rc = buf_append_span(&n->last_token, SPAN_OF(&e->data), n->err);
	if (rc == 0)
		rc = cms_add_data(&n->last_token, &missing, n->limits, n->err);
	if (rc == 0)
		n->made[n->made_count++] = (struct archive_new){
			.name = e->name, .data = SPAN_OF(&n->last_token), .is_stored = e->is_stored
		};
done:
	evidence_release(&missing);
	return rc;
}

/* ---- the manifest ---- */

static void
name_file(struct renewing *n, const char *name, struct span data)
{
	static const unsigned char nothing[1];

	n->docs[n->count++] = (struct document){ .name = name,
		.content = { data.data != NULL ? data.data : nothing, data.len },
		.has_content = 1 };
}

/* As they will be: the token grown, the manifest that is there under its new name. */
static int
name_files(struct renewing *n)
{
	const struct archive *archive = &n->before.r.archive;
	size_t i;

	n->docs = calloc(archive->count + 1, sizeof(*n->docs));
	if (n->docs == NULL)
		return error_memory(n->err);
	for (i = 0; i < archive->count; i++) {
		const struct archive_entry *e = &archive->entries[i];

		if ((COVERED_ROLES >> n->before.container.entries[i].role & 1) == 0)
			continue;
		if (strcmp(e->name, NEWEST) == 0)
			name_file(n, n->earlier_name, SPAN_OF(&e->data));
		else if ((int)i == n->last && n->made_count > 0)
			name_file(n, e->name, SPAN_OF(&n->last_token));
		else
			name_file(n, e->name, SPAN_OF(&e->data));
	}
	return n->count <= n->limits->references
		   ? 0
		   : error_limit(n->err, ERROR_LIMIT, "references", n->limits->references, n->count,
			 "too many files in the container for one manifest");
}

static int
make_manifest(struct renewing *n)
{
	const struct archive_entry *newest = archive_find(&n->before.r.archive, NEWEST);
	struct manifest_plan plan = { .signature = n->stamp_name,
		.mime_type = "application/vnd.etsi.timestamp-token",
		.root = newest != NULL ? n->earlier_name : NULL,
		.digest = n->source->digest != DIGEST_NONE ? n->source->digest : DIGEST_SHA256 };
	unsigned char imprint[DIGEST_SIZE_MAX];

	if (name_files(n) != 0)
		return -1;
	plan.docs = n->docs;
	plan.count = n->count;
	if (manifest_write(&n->manifest, &plan, n->err) != 0 ||
	    digest_span(plan.digest, SPAN_OF(&n->manifest), imprint, n->err) != 0 ||
	    n->source->get(n->source->ctx, plan.digest, imprint, &n->token, n->err) != 0)
		return -1;
	n->made[n->made_count++] =
	    (struct archive_new){ .name = NEWEST, .data = SPAN_OF(&n->manifest) };
	if (newest != NULL)
		n->made[n->made_count++] =
		    (struct archive_new){ .name = n->earlier_name, .data = SPAN_OF(&newest->data) };
	n->made[n->made_count++] =
	    (struct archive_new){ .name = n->stamp_name, .data = SPAN_OF(&n->token) };
	return 0;
}

/* ---- before and after ---- */

static const struct asic_stamp *
stamp_named(const struct asic_container *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->stamp_count; i++)
		if (strcmp(c->stamps[i].name, name) == 0)
			return &c->stamps[i];
	return NULL;
}

/* The new time stamp is over the manifest, and that names all. */
static int
is_whole(const struct renewing *n, const struct asic_look *after)
{
	const struct asic_stamp *s = stamp_named(&after->container, n->stamp_name);
	struct tst_info info;
	size_t i;
	int fits = s != NULL && s->failure == SUB_NONE && s->stamp.imprint_known &&
		   s->stamp.kind == TIMESTAMP_ARCHIVE &&
		   tst_info_of_token(&info, SPAN_OF(&s->stamp.token), NULL) == 0;

	if (fits) {
		fits = tst_info_matches(&info, &s->stamp.imprint) == 1;
		tst_info_release(&info);
	}
	for (i = 0; fits && i < n->count; i++)
		fits = asic_stamp_covers(s, n->docs[i].name, strlen(n->docs[i].name));
	return fits;
}

/*
 * The token that grew is another one to whoever compares bytes: so what it is compared with is the
 * container in which nothing else has changed, where the signature over it was checked already.
 */
static int
check_made(struct renewing *n, struct span container, struct span file, int64_t seconds)
{
	const int has_grown = n->last_token.len > 0;
	const char *const but[2] = { NEWEST, NULL };
	struct buf between = BUF_INIT(n->limits->output_bytes);
	struct asic_look was, is;
	int rc;

	memset(&is, 0, sizeof(is));
	memset(&was, 0, sizeof(was));
	rc = has_grown ? archive_write(&between, container, n->made, 1, seconds, n->err)
		       : buf_append_span(&between, container, n->err);
	if (rc == 0)
		rc = asic_look_open(&was, SPAN_OF(&between), n->limits, n->err);
	if (rc == 0)
		rc = asic_look_open(&is, file, n->limits, n->err);
	if (rc == 0 && (!asic_look_unharmed(&was, &is, but) || !is_whole(n, &is)))
		rc = error_set(n->err, ERROR_INTERNAL,
		    "the container would not be as it was below its new time stamp");
	asic_look_close(&is);
	asic_look_close(&was);
	buf_release(&between);
	return rc;
}

/* ---- the door ---- */

static int
look_at(struct renewing *n, struct span container)
{
	const struct asic_container *c = &n->before.container;

	if (asic_look_open(&n->before, container, n->limits, n->err) != 0)
		return -1;
	if (n->before.list.count == 0 && c->stamp_count == 0)
		return error_set(n->err, ERROR_NOT_FOUND,
		    "the container holds neither a signature nor a time stamp");
	if (!asic_is_renewed_whole(c))
		return error_set(n->err, ERROR_UNSUPPORTED,
		    "such a container has its archive time stamps in its signatures, not in an "
		    "ASiCArchiveManifest");
	n->last = last_stamp(&n->before);
	if (check_stamps(n) != 0 || free_name(n, "META-INF/timestamp%03u.tst", n->stamp_name) != 0)
		return -1;
	return free_name(n, "META-INF/ASiCArchiveManifest%03u.xml", n->earlier_name);
}

int
asic_renew(struct buf *out, struct span container, const struct evidence *data,
    const struct timestamp_source *source, int64_t seconds, const struct format_limits *limits,
    struct error *err)
{
	static const struct format_limits standard = FORMAT_LIMITS_DEFAULT;
	struct error own = ERROR_INIT;
	struct renewing n = { .data = data,
		.source = source,
		.limits = limits != NULL ? limits : &standard,
		.err = err != NULL ? err : &own };
	struct buf file = BUF_INIT(n.limits->output_bytes);
	int rc = -1;

	if (look_at(&n, container) == 0 && grow_last(&n) == 0 && make_manifest(&n) == 0 &&
	    archive_write(&file, container, n.made, n.made_count, seconds, n.err) == 0 &&
	    check_made(&n, container, SPAN_OF(&file), seconds) == 0)
		rc = buf_append_span(out, SPAN_OF(&file), n.err);
	asic_look_close(&n.before);
	free(n.docs);
	buf_release(&n.last_token);
	buf_release(&n.manifest);
	buf_release(&n.token);
	buf_release(&file);
	return rc;
}
