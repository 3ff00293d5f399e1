/* signet-init trust: sources of trusted lists, imports, choices, own CA certificates. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "server/base/text.h"
#include "server/init/admin_private.h"
#include "server/init/pki.h"
#include "server/ops/trust/catalogue.h"
#include "server/ops/trust/trust.h"
#include "server/run/conf.h"
#include "signing/core/ossl.h"
#include "signing/x509/cert.h"

/* ---- sources ---- */

/* In words of the command line, before the database says it in its own. */
static int
check_source(const struct admin_options *o, struct error *err)
{
	if ((o->signer_count > 0) == (o->lotl != NULL))
		return error_set(err, ERROR_MALFORMED,
		    "say who signs the lists of %.100s: --signer FILE with the certificates, or "
		    "--lotl NAME of a list of lists that tells them",
		    o->args[0]);
	if (o->lotl != NULL && (o->territory == NULL || o->kind != NULL))
		return error_set(err, ERROR_MALFORMED,
		    "--lotl goes with --territory and without --lists: which list of it is meant");
	return 0;
}

/* The certificates of all files, one after another in `der`; spans look into it. */
static int
read_signers(const struct admin_options *o, struct buf *der, struct span *spans, size_t max,
    size_t *count, struct error *err)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	size_t i, ends[ADMIN_FILES_MAX * 4] = { 0 }, at = 0;
	int rc = certs != NULL ? 0 : error_memory(err);

	for (i = 0; rc == 0 && i < o->signer_count; i++) {
		struct buf file = BUF_INIT(0);

		rc = buf_read_file(&file, o->signers[i], err);
		if (rc == 0)
			rc = certs_read(certs, SPAN_OF(&file), (unsigned int)max, err);
		buf_release(&file);
	}
	*count = rc == 0 ? (size_t)sk_X509_num(certs) : 0;
	if (rc == 0 && *count > max)
		rc = error_set(err, ERROR_LIMIT, "at most %zu signers can be pinned", max);
	for (i = 0; rc == 0 && i < *count; i++) {
		rc = OSSL_APPEND_DER(X509, sk_X509_value(certs, (int)i), der, err);
		ends[i] = der->len;
	}
	for (i = 0; rc == 0 && i < *count; at = ends[i++])
		spans[i] = (struct span){ der->data + at, ends[i] - at };
	sk_X509_pop_free(certs, X509_free);
	return rc;
}

static int
find_lotl(struct admin *a, struct uuid *id, struct error *err)
{
	struct trust_source_row row;
	const int found = store_trust_source_find(a->db, a->of, a->o->lotl, &row, err);

	if (found == 0)
		return error_set(
		    err, ERROR_NOT_FOUND, "there is no list of lists \"%.100s\"", a->o->lotl);
	if (found < 0)
		return -1;
	*id = row.id;
	db_result_free(row.result);
	return 0;
}

int
admin_source_add(struct admin *a, struct error *err)
{
	const struct admin_options *o = a->o;
	struct span signers[ADMIN_FILES_MAX * 4];
	struct buf der = BUF_INIT(0);
	struct uuid lotl = UUID_NIL;
	struct trust_source_new s = { .name = o->args[0],
		.kind = o->kind != NULL ? o->kind : "list",
		.url = o->url,
		.territory = o->territory,
		.signers = signers,
		.announcement = o->announcement };
	struct db *owner = NULL;
	int rc = -1;

	uuid_random(&s.id);
	if (check_source(o, err) != 0)
		goto done;
	if (read_signers(o, &der, signers, ADMIN_FILES_MAX * 4, &s.signer_count, err) != 0)
		goto done;
	if (o->lotl != NULL && find_lotl(a, &lotl, err) != 0)
		goto done;
	s.lotl = o->lotl != NULL ? &lotl : NULL;
	/* Pins of lists for all are the owner's. */
	if (a->of == NULL && admin_owner(a, &owner, err) != 0)
		goto done;
	rc = store_trust_source_add(owner != NULL ? owner : a->db, a->of, &s, err);
	if (rc == 0)
		printf("source %s is there; import its list\n", s.name);
done:
	db_close(owner);
	buf_release(&der);
	return rc;
}

int
admin_source_list(struct admin *a, struct error *err)
{
	struct trust_source_row row;
	struct trust_list_row last;
	struct db_result *r;
	char when[TEXT_TIME_SIZE];
	size_t i;
	int found = 0;

	if (store_trust_sources(a->db, a->of, &r, err) != 0)
		return -1;
	for (i = 0; i < db_rows(r) && found >= 0; i++) {
		row = store_trust_source_row(r, i);
		found = store_trust_list_last(a->db, a->of, &row.id, &last, err);
		printf("%s\t%s%s%s%s", row.name, row.kind, row.is_server_wide ? " for all" : "",
		    row.is_active ? "" : " disabled", found == 1 ? "" : ": no list yet");
		if (found == 1) {
			printf(": list %llu of %s, imported by %s",
			    (unsigned long long)last.sequence, text_time(when, last.imported),
			    last.imported_by);
			db_result_free(last.result);
		}
		putchar('\n');
	}
	db_result_free(r);
	return found < 0 ? -1 : 0;
}

/* ---- lists ---- */

/*
 * The algorithm catalogue of signetd's configuration, by which its own jobs judge lists: NULL for
 * the built-in one. A configuration that is there must be read: else a list would be taken in that
 * the server refuses.
 */
static int
configured_catalogue(
    const struct admin_options *o, struct catalogue_file **file, int64_t *now, struct error *err)
{
	const char *path = o->config != NULL ? o->config : CONF_DEFAULT;
	struct conf *conf;
	int rc = 0;

	*file = NULL;
	*now = clock_now();
	if (o->config == NULL && access(path, F_OK) != 0 && errno == ENOENT)
		return 0;
	if (conf_read(&conf, path, err) != 0)
		return -1;
	*now += conf->clock_offset;
	if (conf->catalogue[0] != '\0')
		rc = ops_catalogue_load(file, conf->catalogue, conf->catalogue_signer, *now, err);
	conf_free(conf);
	return rc;
}

int
admin_import(struct admin *a, struct error *err)
{
	const struct admin_options *o = a->o;
	struct catalogue_file *catalogue = NULL;
	struct buf list = BUF_INIT(0), pivots[ADMIN_FILES_MAX] = { BUF_INIT(0) };
	struct span spans[ADMIN_FILES_MAX];
	struct trust_import in = {
		.tenant = a->of, .source = o->args[0], .pivots = spans, .by = a->by
	};
	struct trust_import_result result;
	size_t i;
	int rc = configured_catalogue(o, &catalogue, &in.time, err);

	if (rc == 0)
		rc = buf_read_file(&list, o->args[1], err);
	for (i = 0; rc == 0 && i < o->pivot_count; i++) {
		rc = buf_read_file(&pivots[i], o->pivots[i], err);
		spans[i] = SPAN_OF(&pivots[i]);
	}
	in.list = SPAN_OF(&list);
	in.pivot_count = o->pivot_count;
	in.catalogue = catalogue != NULL ? &catalogue->catalogue : NULL;
	if (rc == 0)
		rc = trust_import(a->db, &in, &result, err);
	if (rc == 0 && result.verdict > TRUST_LIST_UNCHANGED)
		rc = error_set(err, ERROR_NOT_AUTHORIZED, "%s: %s; the last good list stays",
		    trust_list_verdict_name(result.verdict), result.text);
	if (rc == 0)
		printf("%s: %s\n%s%s%u new snapshots\n", trust_list_verdict_name(result.verdict),
		    result.text, result.note, result.note[0] != '\0' ? "\n" : "", result.snapshots);
	if (rc == 0 && catalogue != NULL)
		printf("algorithms were judged by the catalogue %s %s\n", catalogue->catalogue.name,
		    catalogue->catalogue.version);
	for (i = 0; i < o->pivot_count; i++)
		buf_release(&pivots[i]);
	buf_release(&list);
	catalogue_file_free(catalogue);
	return rc;
}

/* ---- whom a tenant trusts ---- */

/* In the transaction that changed it, so that nobody sees one without the other. */
static int
refresh(struct admin *a, const char *reason, struct error *err)
{
	int32_t number;
	const int made = trust_refresh(a->db, a->of, reason, a->by, &number, err);

	if (made < 0)
		return -1;
	if (made == 0)
		printf(
		    "nothing changed: trust snapshot %d of %s counts\n", (int)number, a->o->tenant);
	else
		printf("trust snapshot %d of %s counts from now on\n", (int)number, a->o->tenant);
	return 0;
}

int
admin_finish(struct admin *a, int rc, const char *reason, struct error *err)
{
	if (rc == 0)
		rc = refresh(a, reason, err);
	if (rc == 0)
		return db_commit(a->db, err);
	db_rollback(a->db);
	return -1;
}

static int
add_anchor(struct admin *a, X509 *cert, const char *name, const char *const *usage,
    size_t usage_count, struct error *err)
{
	const struct admin_options *o = a->o;
	struct buf der = BUF_INIT(0);
	struct uuid id;
	int rc;

	uuid_random(&id);
	rc = OSSL_APPEND_DER(X509, cert, &der, err);
	if (rc == 0)
		rc = store_anchor_add(
		    a->db, a->of, &id, name, SPAN_OF(&der), usage, usage_count, err);
	if (rc == 0 && o->crl_count + o->ocsp_count > 0)
		rc = store_anchor_urls(
		    a->db, a->of, &id, o->crl_urls, o->crl_count, o->ocsp_urls, o->ocsp_count, err);
	buf_release(&der);
	return rc;
}

/* The uses of --usage, cut in place. */
static int
split_usage(char *words, const char *usage[PATH_PURPOSES], size_t *count, struct error *err)
{
	enum path_purpose purpose;
	char *at, *word;

	for (word = strtok_r(words, ",", &at); word != NULL; word = strtok_r(NULL, ",", &at)) {
		if (*count == PATH_PURPOSES || path_purpose_by_name(word, &purpose) != 0 ||
		    purpose == PATH_ANY)
			return error_set(err, ERROR_MALFORMED,
			    "--usage %.60s: there are Signing, Timestamping, TlsClient, TlsServer "
			    "and OcspSigning, each once, with commas between",
			    word);
		usage[(*count)++] = word;
	}
	return 0;
}

/* All of a file, under the name, or "name 2" and so on where there are several. */
static int
add_anchors(struct admin *a, STACK_OF(X509) * certs, struct error *err)
{
	const char *usage[PATH_PURPOSES];
	char words[200], name[160];
	size_t count = 0;
	int i, rc = 0;

	snprintf(words, sizeof(words), "%s", a->o->usage != NULL ? a->o->usage : "Signing");
	rc = split_usage(words, usage, &count, err);
	for (i = 0; rc == 0 && i < sk_X509_num(certs); i++) {
		if (i == 0)
			snprintf(name, sizeof(name), "%.120s", a->o->args[0]);
		else
			snprintf(name, sizeof(name), "%.120s %d", a->o->args[0], i + 1);
		rc = add_anchor(a, sk_X509_value(certs, i), name, usage, count, err);
	}
	return rc;
}

int
admin_anchor_add(struct admin *a, struct error *err)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	struct buf file = BUF_INIT(0);
	char reason[200];
	int rc = certs != NULL ? 0 : error_memory(err);

	snprintf(reason, sizeof(reason), "own certificate %.100s", a->o->args[0]);
	if (rc == 0)
		rc = buf_read_file(&file, a->o->args[1], err);
	if (rc == 0)
		rc = certs_read(certs, SPAN_OF(&file), 100, err);
	if (rc == 0)
		rc = db_begin(a->db, err);
	if (rc == 0)
		rc = admin_finish(a, add_anchors(a, certs, err), reason, err);
	buf_release(&file);
	sk_X509_pop_free(certs, X509_free);
	return rc;
}

/* An anchor stays in the table: verdicts cite snapshots that it is part of. */
static int
set_anchor(struct admin *a, int counts, struct error *err)
{
	char reason[200];
	int rc = db_begin(a->db, err);

	snprintf(reason, sizeof(reason), "own certificate %.100s %s", a->o->args[0],
	    counts ? "enabled" : "disabled");
	if (rc == 0)
		rc = admin_finish(
		    a, store_anchor_counts(a->db, a->of, a->o->args[0], counts, err), reason, err);
	return rc;
}

int
admin_anchor_disable(struct admin *a, struct error *err)
{
	return set_anchor(a, 0, err);
}

int
admin_anchor_enable(struct admin *a, struct error *err)
{
	return set_anchor(a, 1, err);
}

/* ---- what counts ---- */

static void
show(const struct trust_snapshot *s, int32_t number, const char *overdue)
{
	char name[24], when[TEXT_TIME_SIZE];
	size_t i;

	printf("trust snapshot %d, %s\n", (int)number, trust_snapshot_name(s, name));
	for (i = 0; i < s->source_count; i++)
		printf("list %llu of %s, issued %s\n", (unsigned long long)s->sources[i].sequence,
		    s->sources[i].name, text_time(when, s->sources[i].issued));
	fputs(overdue, stdout);
	for (i = 0; i < s->entry_count; i++) {
		const struct trust_instance *in = &s->entries[i].service.instances[0];

		printf("%s: %s of %s, %s since %s\n", trust_short(in->type), in->name,
		    s->entries[i].provider, trust_short(in->status), text_time(when, in->start));
	}
	for (i = 0; i < s->own_count; i++)
		printf("own: %s\n", s->own[i].name);
}

int
admin_show(struct admin *a, struct error *err)
{
	struct trust_snapshot *s = NULL;
	struct buf overdue = BUF_INIT(0);
	int32_t number;
	int rc = trust_current(a->db, a->of, &s, &number, err);

	if (rc == 0)
		rc = trust_overdue(s, clock_now(), &overdue, err);
	if (rc == 0)
		rc = buf_terminate(&overdue, err);
	if (rc == 0)
		show(s, number, (const char *)overdue.data);
	buf_release(&overdue);
	trust_snapshot_free(s);
	return rc;
}

int
admin_export(struct admin *a, struct error *err)
{
	struct trust_snapshot *s = NULL;
	int32_t number;
	int rc = trust_current(a->db, a->of, &s, &number, err);

	if (rc == 0)
		rc = pki_write(a->o->args[0], trust_snapshot_bytes(s), 0, err);
	if (rc == 0)
		printf("trust snapshot %d is in %s; signet trust diff compares such files\n",
		    (int)number, a->o->args[0]);
	trust_snapshot_free(s);
	return rc;
}
