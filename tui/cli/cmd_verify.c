/* signet verify, verify-timestamp: ask for a verdict. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soapH.h"
#include "tui/cli/command.h"
#include "tui/cli/folder.h"
#include "tui/cli/report_file.h"
#include "tui/model/verdict.h"
#include "tui/offline/replay.h"

#define ORIGINALS_MAX 100

/* ---- signet verify ---- */

enum {
	VERIFY_ORIGINAL,
	VERIFY_TIME,
	VERIFY_POLICY,
	VERIFY_PASSWORD,
	VERIFY_STORE,
	VERIFY_STORE_DOCUMENT,
	VERIFY_KIND,
	VERIFY_REQUEST_ID,
	VERIFY_REPORT,
	VERIFY_REPLAY = VERIFY_REPORT + REPORT_OPTIONS,
	VERIFY_CATALOGUE,
	VERIFY_TRUST,
	VERIFY_ANCHORS,
	VERIFY_CRL,
	VERIFY_SIGNER,
	VERIFY_OPENED,
	VERIFY_OPTIONS
};
static const char *const case_kinds[] = { "File", "Mail", "Workflow", "ScannedBatch", NULL };
static const struct option_row verify_options[] = {
	[VERIFY_ORIGINAL] = { "original", 'd', "FILE", NULL,
	    "what a detached signature signs; may be repeated" },
	[VERIFY_TIME] = { "time", 't', "TIME", NULL,
	    "judge for this time, as 2026-03-01T12:00:00Z" },
	[VERIFY_POLICY] = { "policy", 'p', "NAME", NULL, "validation policy; else the tenant's" },
	[VERIFY_PASSWORD] = { "password-file", 0, "FILE", NULL,
	    "the password of an encrypted PDF, on the first line" },
	REPORT_OPTION_ROWS(VERIFY_REPORT),
	[VERIFY_REPLAY] = { "replay", 0, "REPORT", NULL,
	    "without a server: judge again by this report (Etsi), and say what differs" },
	[VERIFY_CATALOGUE] = { "catalogue", 0, "FILE", NULL,
	    "replay: the algorithm catalogue of then, where it is not the built-in one" },
	[VERIFY_TRUST] = { "trust-snapshot", 0, "FILE", NULL,
	    "replay: the whole trust snapshot, in place of the part that the report has" },
	[VERIFY_ANCHORS] = { "anchors", 0, "FILE", NULL,
	    "replay: trust these certificates in place of the report's anchors" },
	[VERIFY_CRL] = { "crl", 0, "FILE", NULL,
	    "replay: a CRL that the report has an excerpt of; may be repeated" },
	[VERIFY_SIGNER] = { "report-signer", 0, "FILE", NULL,
	    "replay: one of these certificates must have signed the report" },
	[VERIFY_OPENED] = { "opened", 0, "FILE", NULL,
	    "replay: what was in an encrypted part; may be repeated" },
	[VERIFY_STORE] = { "store", 0, NULL, NULL,
	    "store the verdict for good, with all that it rests on; see signet case" },
	[VERIFY_STORE_DOCUMENT] = { "store-document", 0, NULL, NULL,
	    "store it, and the document too" },
	[VERIFY_KIND] = { "kind", 0, "KIND", case_kinds, "with --store: how the document came" },
	[VERIFY_REQUEST_ID] = { "request-id", 0, "ID", NULL,
	    "with --store: the same id and content is stored once" },
};

struct verify_wish {
	const char *originals[ORIGINALS_MAX];
	int original_count;
	char *time, *policy, *password, *request_id, *kind;
	bool store, store_document;
	struct report_wish report;
	struct replay_wish replay;
};

static int
open_original(struct transfer *t, struct upload *u, const char *path, struct sig__Document *out,
    struct error *err)
{
	if (upload_open(u, path, err) != 0 || transfer_add(t, u, &out->content, err) != 0)
		return -1;
	out->name = (char *)document_name(path);
	out->mimeType = (char *)document_type(path);
	return 0;
}

static int
verify_file(struct context *context, const struct verify_wish *w, const char *path)
{
	struct upload *files = calloc((size_t)w->original_count + 1, sizeof(*files));
	struct sig__Document *originals = calloc((size_t)w->original_count + 1, sizeof(*originals));
	struct sig__Document document = { 0 };
	struct _sig__VerifyDocument request = { .validationTime = w->time,
		.validationPolicy = w->policy,
		.password = w->password,
		.requestId = w->request_id,
		.store = w->store ? (bool *)&w->store : NULL,
		.storeDocument = w->store_document ? (bool *)&w->store_document : NULL,
		.signedDocument = &document,
		.__sizeoriginalDocument = w->original_count,
		.originalDocument = originals };
	struct _sig__VerifyDocumentResponse response = { 0 };
	struct report_file report = { .download = { .fd = -1 } };
	struct transfer transfer = { 0 };
	struct error err = ERROR_INIT;
	enum sig__CaseKind kind;
	struct soap *soap;
	json_t *out;
	int i, opened = 0, rc = EXIT_USAGE;

	if (files == NULL || originals == NULL)
		goto done;
	if (report_file_open(&report, context, &w->report, path, &transfer, &request.returnReport,
		&request.reportKey, &err) != 0) {
		report_local(context, NULL, &err);
		goto done;
	}
	/* The signature first, as in the message: the server then knows which digest it needs. */
	for (i = 0; i <= w->original_count; i++) {
		opened++;
		if (open_original(&transfer, &files[i], i == 0 ? path : w->originals[i - 1],
			i == 0 ? &document : &originals[i - 1], &err) != 0) {
			report_local(context, NULL, &err);
			goto done;
		}
	}
	soap = start_call(context, &transfer);
	if (soap == NULL)
		goto done;
	if (w->kind != NULL && soap_s2sig__CaseKind(soap, w->kind, &kind) == SOAP_OK)
		request.caseKind = &kind;
	if (soap_call___sig__VerifyDocument(soap, endpoint(context), NULL, &request, &response) !=
	    SOAP_OK) {
		rc = report_refusal(context, path, &transfer);
		goto done;
	}
	if (transfer_check(&transfer, &err) != 0 ||
	    (response.answer->indication != NULL && /* else there is nothing to report on */
		report_file_keep(&report, response.answer->report, &err) != 0)) {
		report_local(context, NULL, &err);
		goto done;
	}
	out = verification_json(soap, path, response.answer);
	rc = exit_of(out);
	print_result(context, out, verification_text);
done:
	end_call(context);
	report_file_close(&report);
	for (i = 0; i < opened; i++)
		upload_close(&files[i]);
	free(files);
	free(originals);
	return rc;
}

/* An option of the command; EXIT_PASSED, or what to end with. */
static int
take_option(struct context *context, struct verify_wish *w, int id, char *value)
{
	struct replay_wish *r = &w->replay;

	if ((id == VERIFY_ORIGINAL && w->original_count >= ORIGINALS_MAX) ||
	    (id == VERIFY_CRL && r->list_count >= REPLAY_FILES_MAX) ||
	    (id == VERIFY_OPENED && r->opened_count >= REPLAY_FILES_MAX))
		return wrong_usage(context,
		    "at most %d originals, and as many CRLs and decrypted parts", ORIGINALS_MAX);
	if (id == VERIFY_ORIGINAL)
		w->originals[w->original_count++] = value;
	else if (id == VERIFY_TIME)
		w->time = value;
	else if (id == VERIFY_POLICY)
		w->policy = value;
	else if (id == VERIFY_PASSWORD && (w->password = first_line(context, value)) == NULL)
		return EXIT_USAGE;
	else if (id == VERIFY_STORE)
		w->store = 1;
	else if (id == VERIFY_STORE_DOCUMENT)
		w->store = w->store_document = 1;
	else if (id == VERIFY_KIND)
		w->kind = value;
	else if (id == VERIFY_REQUEST_ID)
		w->request_id = value;
	else if (id == VERIFY_REPLAY)
		r->report = value;
	else if (id == VERIFY_CATALOGUE)
		r->catalogue = value;
	else if (id == VERIFY_TRUST)
		r->trust = value;
	else if (id == VERIFY_ANCHORS)
		r->anchors = value;
	else if (id == VERIFY_CRL)
		r->lists[r->list_count++] = value;
	else if (id == VERIFY_OPENED)
		r->opened[r->opened_count++] = value;
	else if (id == VERIFY_SIGNER)
		r->signer = value;
	else if (id >= VERIFY_REPORT && id < VERIFY_REPORT + REPORT_OPTIONS)
		report_wish_set(&w->report, id - VERIFY_REPORT, value);
	return EXIT_PASSED;
}

/* One document at most: of a certificate's or a token's report, none is needed. */
static int
replay_files(struct context *context, struct verify_wish *w, int count, char **files)
{
	struct replay_wish *r = &w->replay;
	int i;

	if (count > 1)
		return wrong_usage(context, "--replay is about one document");
	if (w->report.form != NULL || w->time != NULL || w->policy != NULL || w->store)
		return wrong_usage(context,
		    "--replay takes time and policy from the report, and makes or stores none");
	if (r->trust != NULL && r->anchors != NULL)
		return wrong_usage(context, "either --trust-snapshot or --anchors");
	if (count == 0 && w->original_count > 0)
		return wrong_usage(context, "name the signed document beside its original");
	if (count == 1)
		r->documents[r->document_count++] = files[0];
	for (i = 0; i < w->original_count; i++)
		r->documents[r->document_count++] = w->originals[i];
	r->password = w->password;
	return replay_run(context, r);
}

/* One document, with what a folder had beside it as its original. */
static int
verify_entry(struct context *context, const struct verify_wish *w, const struct document_entry *e)
{
	struct verify_wish own;

	if (e->original == NULL)
		return verify_file(context, w, e->path);
	own = *w;
	own.originals[0] = e->original;
	own.original_count = 1;
	return verify_file(context, &own, e->path);
}

static int
verify_all(
    struct context *context, const struct verify_wish *w, const struct document_list *documents)
{
	int i, rc, worst = EXIT_PASSED;

	context->count = (int)documents->count;
	for (i = 0; i < context->count; i++) {
		context->document = documents->items[i].path;
		context->index = i + 1;
		rc = verify_entry(context, w, &documents->items[i]);
		worst = worse_verdict(worst, rc);
		if (rc == EXIT_UNAVAILABLE)
			break;
	}
	return worst;
}

static int
verify_files(struct context *context, struct verify_wish *w, int count, char **files)
{
	struct document_list documents = { 0 };
	struct error err = ERROR_INIT;
	int i, rc = 0;

	for (i = 0; rc == 0 && i < count; i++)
		rc = document_list_add(&documents, files[i], &err);
	if (rc != 0)
		rc = report_local(context, NULL, &err);
	else if (documents.count == 0)
		rc = wrong_usage(context, "there are no files in %.200s", files[0]);
	else if (w->request_id != NULL && documents.count > 1)
		rc = wrong_usage(context, "--request-id goes with one file only");
	else
		rc = report_wish_check(context, &w->report, (int)documents.count);
	if (rc == EXIT_PASSED)
		rc = verify_all(context, w, &documents);
	document_list_release(&documents);
	return rc;
}

static int
cmd_verify(struct context *context, int argc, char **argv)
{
	struct verify_wish w = { 0 };
	int id, rc = EXIT_PASSED;
	char *value;

	while ((id = next_option(context, argc, argv, &value, &rc)) >= 0)
		if ((rc = take_option(context, &w, id, value)) != EXIT_PASSED)
			return rc;
	if (id == OPTION_STOP)
		return rc;
	if (w.replay.report != NULL)
		return replay_files(context, &w, argc - optind, argv + optind);
	if (w.replay.catalogue != NULL || w.replay.anchors != NULL || w.replay.trust != NULL ||
	    w.replay.list_count > 0 || w.replay.signer != NULL || w.replay.opened_count > 0)
		return wrong_usage(context,
		    "--catalogue, --trust-snapshot, --anchors, --crl, --opened and --report-signer "
		    "go with --replay");
	if (optind >= argc)
		return wrong_usage(context, "verify what? name a file, or - for standard input");
	return verify_files(context, &w, argc - optind, argv + optind);
}

const struct command command_verify = { "verify", "[options] FILE|FOLDER ...",
	"Verify the signatures of documents, by ETSI EN 319 102-1, with reasons", verify_options,
	VERIFY_OPTIONS,
	"  signet verify contract.pdf\n"
	"  signet verify -d invoice.txt invoice.txt.p7s\n"
	"  signet verify archive/                   all files in it; X.p7s with X beside it\n"
	"  signet verify --report Pdf contract.pdf  -> contract.pdf.report.pdf\n"
	"  signet verify --report Etsi --report-key seal -o r.xml contract.pdf\n"
	"  signet verify --replay r.xml contract.pdf\n"
	"  signet --json verify *.pdf | jq -r '[.document, .indication] | @tsv'\n",
	cmd_verify };

/* ---- signet verify-timestamp ---- */

enum {
	TOKEN_ORIGINAL,
	TOKEN_TIME,
	TOKEN_POLICY,
	TOKEN_REPORT,
	TOKEN_OPTIONS = TOKEN_REPORT + REPORT_OPTIONS
};
static const struct option_row token_options[] = {
	[TOKEN_ORIGINAL] = { "original", 'd', "FILE", NULL, "what the time stamp is over" },
	[TOKEN_TIME] = { "time", 't', "TIME", NULL,
	    "judge for this time, as 2026-03-01T12:00:00Z" },
	[TOKEN_POLICY] = { "policy", 'p', "NAME", NULL, "validation policy; else the tenant's" },
	REPORT_OPTION_ROWS(TOKEN_REPORT),
};

struct token_wish {
	const char *original;
	char *time, *policy;
	struct report_wish report;
};

static int
verify_token(struct context *context, const struct token_wish *w, const char *path)
{
	struct _sig__VerifyTimestamp request = { .validationTime = w->time,
		.validationPolicy = w->policy };
	struct _sig__VerifyTimestampResponse response = { 0 };
	struct report_file report = { .download = { .fd = -1 } };
	struct sig__Document document = { 0 };
	struct transfer transfer = { 0 };
	struct upload file = { .fd = -1 };
	struct buf token = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct soap *soap;
	json_t *out;
	int rc = EXIT_USAGE;

	if (report_file_open(&report, context, &w->report, path, &transfer, &request.returnReport,
		&request.reportKey, &err) != 0 ||
	    open_original(&transfer, &file, w->original, &document, &err) != 0 ||
	    read_small(&token, path, &err) != 0) {
		report_local(context, NULL, &err);
		goto done;
	}
	request.originalDocument = &document;
	request.timestampToken.__ptr = token.data != NULL ? token.data : (unsigned char *)"";
	request.timestampToken.__size = (int)token.len;
	soap = start_call(context, &transfer);
	if (soap == NULL)
		goto done;
	if (soap_call___sig__VerifyTimestamp(soap, endpoint(context), NULL, &request, &response) !=
	    SOAP_OK) {
		rc = report_refusal(context, path, &transfer);
		goto done;
	}
	if (transfer_check(&transfer, &err) != 0 ||
	    report_file_keep(&report, response.answer->report, &err) != 0) {
		report_local(context, NULL, &err);
		goto done;
	}
	out = token_json(soap, path, response.answer);
	rc = exit_of(out);
	print_result(context, out, token_text);
done:
	end_call(context);
	report_file_close(&report);
	upload_close(&file);
	buf_release(&token);
	return rc;
}

static int
cmd_verify_timestamp(struct context *context, int argc, char **argv)
{
	struct token_wish w = { 0 };
	int id, rc = EXIT_PASSED;
	char *value;

	while ((id = next_option(context, argc, argv, &value, &rc)) >= 0) {
		if (id == TOKEN_ORIGINAL)
			w.original = value;
		else if (id == TOKEN_TIME)
			w.time = value;
		else if (id == TOKEN_POLICY)
			w.policy = value;
		else
			report_wish_set(&w.report, id - TOKEN_REPORT, value);
	}
	if (id == OPTION_STOP)
		return rc;
	if (optind != argc - 1)
		return wrong_usage(context, "name one file with a time-stamp token");
	if (w.original == NULL)
		return wrong_usage(context, "name what the time stamp is over: -d FILE");
	if ((rc = report_wish_check(context, &w.report, 1)) != EXIT_PASSED)
		return rc;
	context->document = w.original;
	return verify_token(context, &w, argv[optind]);
}

const struct command command_verify_timestamp = { "verify-timestamp", "-d ORIGINAL [options] TOKEN",
	"Verify an RFC 3161 time-stamp token over a file", token_options, TOKEN_OPTIONS,
	"  signet verify-timestamp -d report.pdf report.pdf.tst\n", cmd_verify_timestamp };
