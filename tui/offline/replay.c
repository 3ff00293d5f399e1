#include "tui/offline/replay.h"

#include <stdlib.h>
#include <string.h>

#include "server/base/clock.h"
#include "server/base/text.h"
#include "signing/report/replay.h"
#include "signing/trust/catalogue_file.h"
#include "signing/x509/cert.h"

#define CERTIFICATES_MAX 5000

struct replay_files {
	struct buf documents[REPLAY_FILES_MAX + 1];
	struct document views[REPLAY_FILES_MAX + 1];
	struct buf contents[REPLAY_FILES_MAX]; /* of encrypted parts */
	struct document opened[REPLAY_FILES_MAX];
	STACK_OF(X509) * anchors;
	STACK_OF(X509) * signers;
	struct values lists;
	struct catalogue_file *catalogue;
	struct trust_snapshot *trust;
	struct recorded *recorded;
};

static int
read_whole(struct buf *out, const char *path, struct error *err)
{
	return buf_read_file(out, strcmp(path, "-") == 0 ? "/dev/stdin" : path, err);
}

/* ---- what is read ---- */

static int
read_certificates(STACK_OF(X509) * *out, const char *path, struct error *err)
{
	struct buf bytes = BUF_INIT(0);
	int rc = -1;

	if (path == NULL)
		return 0;
	*out = sk_X509_new_null();
	if (*out == NULL)
		return error_memory(err);
	if (read_whole(&bytes, path, err) == 0)
		rc = certs_read(*out, SPAN_OF(&bytes), CERTIFICATES_MAX, err);
	buf_release(&bytes);
	return rc;
}

static int
read_catalogue(struct replay_files *f, const char *path, struct error *err)
{
	struct buf bytes = BUF_INIT(CATALOGUE_FILE_BYTES_MAX);
	int rc;

	if (path == NULL)
		return 0;
	rc = read_whole(&bytes, path, err);
	if (rc == 0)
		rc = catalogue_file_read(&f->catalogue, SPAN_OF(&bytes), NULL, err);
	buf_release(&bytes);
	return rc;
}

static int
read_trust(struct replay_files *f, const char *path, struct error *err)
{
	struct buf bytes = BUF_INIT(TRUST_SNAPSHOT_BYTES_MAX);
	int rc;

	if (path == NULL)
		return 0;
	rc = read_whole(&bytes, path, err);
	if (rc == 0)
		rc = trust_snapshot_load(&f->trust, SPAN_OF(&bytes), err);
	buf_release(&bytes);
	return rc;
}

static int
read_list(struct replay_files *f, const char *path, struct error *err)
{
	struct buf bytes = BUF_INIT(0), der = BUF_INIT(0);
	int rc = read_whole(&bytes, path, err);

	if (rc == 0)
		rc = crl_decode(&der, SPAN_OF(&bytes), err);
	if (rc == 0)
		rc = values_add(&f->lists, SPAN_OF(&der), err);
	buf_release(&bytes);
	buf_release(&der);
	return rc;
}

static int
read_report(struct replay_files *f, const char *path, struct error *err)
{
	struct buf bytes = BUF_INIT(RECORDED_BYTES_MAX);
	int rc = read_whole(&bytes, path, err);

	if (rc == 0)
		rc = recorded_read(&f->recorded, SPAN_OF(&bytes), f->signers, clock_now(), err);
	buf_release(&bytes);
	return rc;
}

static int
read_document(struct buf *bytes, struct document *view, const char *path, struct error *err)
{
	if (read_whole(bytes, path, err) != 0)
		return -1;
	*view = (struct document){
		.name = document_name(path), .content = SPAN_OF(bytes), .has_content = 1
	};
	return 0;
}

/* *at is the file that could not be read. */
static int
read_files(struct replay_files *f, const struct replay_wish *w, const char **at, struct error *err)
{
	int i;

	for (i = 0; i < w->document_count; i++) {
		*at = w->documents[i];
		if (read_document(&f->documents[i], &f->views[i], *at, err) != 0)
			return -1;
	}
	for (i = 0; i < w->opened_count; i++) {
		*at = w->opened[i];
		if (read_document(&f->contents[i], &f->opened[i], *at, err) != 0)
			return -1;
	}
	for (i = 0; i < w->list_count; i++) {
		*at = w->lists[i];
		if (read_list(f, *at, err) != 0)
			return -1;
	}
	*at = w->anchors;
	if (read_certificates(&f->anchors, *at, err) != 0)
		return -1;
	*at = w->signer;
	if (read_certificates(&f->signers, *at, err) != 0)
		return -1;
	*at = w->catalogue;
	if (read_catalogue(f, *at, err) != 0)
		return -1;
	*at = w->trust;
	if (read_trust(f, *at, err) != 0)
		return -1;
	*at = w->report;
	return read_report(f, *at, err);
}

static void
release_files(struct replay_files *f)
{
	size_t i;

	for (i = 0; i < sizeof(f->documents) / sizeof(f->documents[0]); i++)
		buf_release(&f->documents[i]);
	for (i = 0; i < sizeof(f->contents) / sizeof(f->contents[0]); i++)
		buf_wipe(&f->contents[i]);
	sk_X509_pop_free(f->anchors, X509_free);
	sk_X509_pop_free(f->signers, X509_free);
	values_release(&f->lists);
	catalogue_file_free(f->catalogue);
	trust_snapshot_free(f->trust);
	recorded_free(f->recorded);
	free(f);
}

/* ---- what is told ---- */

static json_t *
lines_of(const struct buf *lines)
{
	const char *at = (const char *)lines->data, *end;
	json_t *all = json_array();

	for (; at != NULL && *at != '\0'; at = end + 1) {
		end = strchr(at, '\n');
		json_array_append_new(all, json_stringn(at, (size_t)(end - at)));
	}
	return all;
}

static json_t *
differences_of(const struct differences *differences)
{
	json_t *all = json_array();
	size_t i;

	for (i = 0; i < differences->count; i++) {
		const struct difference *d = &differences->items[i];
		json_t *one = json_object();

		put_text(one, "what", d->what);
		if (d->then != NULL)
			json_object_set_new(one, "report", json_string(d->then));
		if (d->now != NULL)
			json_object_set_new(one, "now", json_string(d->now));
		json_array_append_new(all, one);
	}
	return all;
}

static void
difference_text(FILE *out, const json_t *o)
{
	const char *then = json_string_value(json_object_get(o, "report"));
	const char *now = json_string_value(json_object_get(o, "now"));

	if (then != NULL && now != NULL)
		fprintf(out, "  differs: %s: the report says \"%s\", now it is \"%s\"\n",
		    get_text(o, "what"), then, now);
	else if (then != NULL)
		fprintf(out, "  differs: %s: the report says \"%s\", now there is no such thing\n",
		    get_text(o, "what"), then);
	else
		fprintf(out, "  differs: %s: the report does not say it, now it is \"%s\"\n",
		    get_text(o, "what"), now != NULL ? now : "");
}

/* Whose report it is, and how far that holds. */
static void
origin_text(FILE *out, const json_t *o)
{
	const char *signer = get_text(o, "reportSigner"), *by = get_text(o, "program");

	fprintf(out, "  the report: by %s%s%s, %s%s\n", by,
	    strcmp(by, get_text(o, "programNow")) != 0 ? ", judged again by " : "",
	    strcmp(by, get_text(o, "programNow")) != 0 ? get_text(o, "programNow") : "",
	    signer[0] != '\0' ? "signed by " : "not signed: ",
	    signer[0] != '\0' ? signer : "whoever had it in hands could have written another");
	if (get_text(o, "reportIndication")[0] != '\0')
		fprintf(out, "  its signature: %s%s%s%s%s\n", get_text(o, "reportIndication"),
		    get_text(o, "reportSubIndication")[0] != '\0' ? " / " : "",
		    get_text(o, "reportSubIndication"),
		    get_text(o, "reportMessage")[0] != '\0' ? ": " : "",
		    get_text(o, "reportMessage"));
	else if (signer[0] != '\0')
		fprintf(out,
		    "  its signature: holds; whether to trust its signer was not asked: give "
		    "--report-signer, --anchors or --trust-snapshot\n");
	if (get_text(o, "reportNote")[0] != '\0')
		fprintf(out, "  note: %s\n", get_text(o, "reportNote"));
}

static void
replay_text(FILE *out, const json_t *o)
{
	const json_t *line;
	size_t i;

	fprintf(out, "%s: %s%s%s, %s as in the report of %s\n", get_text(o, "document"),
	    get_text(o, "indication"), get_text(o, "subIndication")[0] != '\0' ? " / " : "",
	    get_text(o, "subIndication"),
	    json_is_true(json_object_get(o, "same")) ? "the same" : "NOT the same",
	    get_text(o, "validationTime"));
	if (get_text(o, "message")[0] != '\0')
		fprintf(out, "  %s\n", get_text(o, "message"));
	fprintf(out, "  by %s, %s%s%s\n", get_text(o, "policy"), get_text(o, "catalogue"),
	    get_text(o, "trustSnapshot")[0] != '\0' ? ", trust snapshot " : "",
	    get_text(o, "trustSnapshot"));
	origin_text(out, o);
	json_array_foreach(json_object_get(o, "differences"), i, line) difference_text(out, line);
	if (json_integer_value(json_object_get(o, "furtherDifferences")) > 0)
		fprintf(out, "  differs: and %lld facts more\n",
		    (long long)json_integer_value(json_object_get(o, "furtherDifferences")));
	json_array_foreach(json_object_get(o, "restsOn"), i, line)
	    fprintf(out, "  rests on: %s\n", json_string_value(line));
}

static void
tell_signer(json_t *o, const struct recorded *r)
{
	char label[200], finger[CERT_FINGER_SIZE];

	put_text(o, "reportNote", r->note);
	if (r->signer == NULL)
		return;
	put_text(o, "reportSigner", cert_label(r->signer, label, sizeof(label)));
	put_text(o, "reportSignerSha256", cert_fingerprint(r->signer, DIGEST_SHA256, finger));
}

static json_t *
result_of(
    const struct replay_wish *w, const struct replay_files *f, const struct replayed *replayed)
{
	const struct recorded *r = f->recorded;
	char time[TEXT_TIME_SIZE], text[260];
	json_t *o = json_object();

	put_text(o, "document", w->document_count > 0 ? w->documents[0] : w->report);
	put_text(o, "report", w->report);
	json_object_set_new(o, "same", json_boolean(replayed->is_same));
	put_text(o, "indication", indication_name(replayed->conclusion.indication));
	put_text(o, "subIndication", sub_indication_name(replayed->conclusion.sub));
	put_text(o, "message", replayed->conclusion.text);
	put_text(o, "validationTime", text_time(time, r->time));
	snprintf(text, sizeof(text), "%s %s", r->policy.policy.name, r->policy.policy.version);
	put_text(o, "policy", text);
	snprintf(text, sizeof(text), "%s %s", r->catalogue_name, r->catalogue_version);
	put_text(o, "catalogue", text);
	put_text(o, "trustSnapshot", r->snapshot);
	put_text(o, "program", r->program);
	put_text(o, "programNow", "Signet " SIGNET_VERSION);
	tell_signer(o, r);
	if (replayed->is_own_judged) {
		put_text(o, "reportIndication", indication_name(replayed->own.indication));
		put_text(o, "reportSubIndication", sub_indication_name(replayed->own.sub));
		put_text(o, "reportMessage", replayed->own.text);
	}
	json_object_set_new(o, "differences", differences_of(&replayed->differences));
	if (replayed->differences.untold > 0)
		json_object_set_new(o, "furtherDifferences",
		    json_integer((json_int_t)replayed->differences.untold));
	json_object_set_new(o, "restsOn", lines_of(&replayed->rests_on));
	return o;
}

static int
code_of(const struct replayed *replayed)
{
	static const int codes[] = { [INDICATION_TOTAL_PASSED] = EXIT_PASSED,
		[INDICATION_INDETERMINATE] = EXIT_INDETERMINATE,
		[INDICATION_TOTAL_FAILED] = EXIT_FAILED };
	return replayed->is_same ? codes[replayed->conclusion.indication] : EXIT_DIFFERENT;
}

int
replay_run(struct context *context, const struct replay_wish *w)
{
	struct replay_files *f = calloc(1, sizeof(*f));
	struct replay_options options = { .password = w->password };
	struct replayed replayed;
	struct error err = ERROR_INIT;
	const char *at = NULL;
	int rc = EXIT_USAGE;

	if (f == NULL)
		return EXIT_USAGE;
	if (read_files(f, w, &at, &err) != 0) {
		report_local(context, at, &err);
		goto done;
	}
	options.recorded = f->recorded;
	options.documents = f->views;
	options.document_count = (size_t)w->document_count;
	options.opened = f->opened;
	options.opened_count = (size_t)w->opened_count;
	options.signers = f->signers;
	options.now = clock_now();
	options.catalogue = f->catalogue != NULL ? &f->catalogue->catalogue : NULL;
	options.anchors = f->anchors;
	options.trust = f->trust;
	options.crls = &f->lists;
	if (replay(&replayed, &options, &err) != 0) {
		report_local(context, w->document_count > 0 ? w->documents[0] : w->report, &err);
		goto done;
	}
	rc = code_of(&replayed);
	print_result(context, result_of(w, f, &replayed), replay_text);
	replayed_release(&replayed);
done:
	release_files(f);
	return rc;
}
