/* signet case: stored verdicts, found, shown, checked and taken along. */
#include <errno.h>
#include <getopt.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tui/cli/case.h"

enum {
	CASE_DIGEST,
	CASE_FILE,
	CASE_SIGNER,
	CASE_CERTIFICATE,
	CASE_INDICATION,
	CASE_SINCE,
	CASE_BEFORE,
	CASE_LIMIT,
	CASE_FORCE,
	CASE_OPTIONS
};
static const char *const indications[] = { "TotalPassed", "Indeterminate", "TotalFailed", NULL };
static const struct option_row case_options[] = {
	[CASE_DIGEST] = { "digest", 0, "HEX", NULL, "find: SHA-256 or SHA-512 of a document" },
	[CASE_FILE] = { "file", 'd', "FILE", NULL, "find: the cases of this document" },
	[CASE_SIGNER] = { "signer", 0, "TEXT", NULL,
	    "find: subject, common name or mail address of a signer" },
	[CASE_CERTIFICATE] = { "certificate-digest", 0, "HEX", NULL,
	    "find: SHA-256 of a signer's certificate" },
	[CASE_INDICATION] = { "indication", 0, "WORD", indications, "find: the verdict" },
	[CASE_SINCE] = { "since", 0, "TIME", NULL, "find: stored then or later" },
	[CASE_BEFORE] = { "before", 0, "TIME", NULL, "find: stored before" },
	[CASE_LIMIT] = { "limit", 'n', "N", NULL, "find: at most so many; else 100" },
	[CASE_FORCE] = { "force", 'f', NULL, NULL, "export: replace files that exist" },
};

struct case_wish {
	char *value[CASE_OPTIONS];
};

static int
from_hex(const char *hex, unsigned char out[DIGEST_MOST], size_t *len)
{
	unsigned int byte;
	size_t n = strlen(hex), i;

	if (n == 0 || n % 2 != 0 || n / 2 > DIGEST_MOST ||
	    strspn(hex, "0123456789abcdefABCDEF") != n)
		return -1;
	for (i = 0; i < n / 2 && sscanf(hex + 2 * i, "%2x", &byte) == 1; i++)
		out[i] = (unsigned char)byte;
	*len = n / 2;
	return 0;
}

/* SHA-256 of a file of any size. */
static int
digest_file(const char *path, unsigned char out[SHA256_SIZE], struct error *err)
{
	struct upload file;
	unsigned char block[65536];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	ssize_t n = 1;
	int rc = -1;

	if (upload_open(&file, path, err) != 0)
		goto done;
	if (ctx == NULL || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1) {
		error_memory(err);
		goto done;
	}
	while ((n = read(file.fd, block, sizeof(block))) > 0)
		EVP_DigestUpdate(ctx, block, (size_t)n);
	rc = n == 0 && EVP_DigestFinal_ex(ctx, out, NULL) == 1
		 ? 0
		 : error_set(err, ERROR_NOT_FOUND, "%s cannot be read: %s", path, strerror(errno));
done:
	upload_close(&file);
	EVP_MD_CTX_free(ctx);
	return rc;
}

/* ---- for people ---- */

static void
line(FILE *out, const char *title, const char *text)
{
	if (text[0] != '\0')
		fprintf(out, "    %-12s %s\n", title, text);
}

static void
verdict_text(FILE *out, const char *indent, const char *what, const json_t *object)
{
	fprintf(out, "%s%s: %s%s%s\n", indent, what, get_text(object, "indication"),
	    get_text(object, "subIndication")[0] != '\0' ? " / " : "",
	    get_text(object, "subIndication"));
}

static void
case_text(FILE *out, const json_t *object)
{
	const json_t *item;
	size_t i;

	verdict_text(out, "", get_text(object, "caseId"), object);
	line(out, "because", get_text(object, "reason"));
	line(out, "stored", get_text(object, "stored"));
	line(out, "by", get_text(object, "caller"));
	line(out, "kind", get_text(object, "kind"));
	line(out, "judged for", get_text(object, "validationTime"));
	line(out, "policy", get_text(json_object_get(object, "validationPolicy"), "name"));
	line(out, "program", get_text(object, "program"));
	line(out, "digest", get_text(object, "digest"));
	json_array_foreach(json_object_get(object, "documents"), i, item)
	{
		fprintf(out, "  %s %s\n", get_text(item, "role"), get_text(item, "name"));
		line(out, "SHA-256", get_text(item, "SHA256"));
	}
	json_array_foreach(json_object_get(object, "signatures"), i, item)
	{
		char what[300];

		snprintf(
		    what, sizeof(what), "%s %s", get_text(item, "format"), get_text(item, "id"));
		verdict_text(out, "  ", what, item);
		line(out, "because", get_text(item, "reason"));
		line(out, "signed by", get_text(item, "subject"));
		line(out, "existed by", get_text(item, "bestSignatureTime"));
		line(out, "provable to", get_text(item, "provableUntil"));
	}
	json_array_foreach(json_object_get(object, "objects"), i, item) fprintf(out,
	    "  %-12s %-20s %10lld bytes  %s\n", get_text(item, "role"), get_text(item, "name"),
	    (long long)json_integer_value(json_object_get(item, "size")), get_text(item, "SHA256"));
}

static void
found_text(FILE *out, const json_t *object)
{
	const json_t *signer;
	size_t i;

	fprintf(out, "%s  %s  %-13s %s\n", get_text(object, "caseId"), get_text(object, "stored"),
	    get_text(object, "indication"), get_text(object, "documentName"));
	json_array_foreach(json_object_get(object, "signers"), i, signer)
	    line(out, "signed by", json_string_value(signer));
}

static void
check_text(FILE *out, const json_t *object)
{
	const json_t *problem;
	size_t i;

	fprintf(out, "%s: %s, %lld objects\n", get_text(object, "caseId"),
	    json_is_true(json_object_get(object, "intact")) ? "intact" : "CHANGED",
	    (long long)json_integer_value(json_object_get(object, "objects")));
	json_array_foreach(json_object_get(object, "problems"), i, problem)
	    line(out, get_text(problem, "code"), get_text(problem, "text"));
}

/* ---- find ---- */

/* One page; token (64 bytes) is replaced by that of the next one, "" at the end. */
static int
find_page(struct context *context, const struct _sig__FindCases *wish, long *left, char token[200])
{
	struct _sig__FindCases request = *wish;
	struct _sig__FindCasesResponse response = { 0 };
	struct soap *soap = start_call(context, NULL);
	int size = *left < 1000 ? (int)*left : 1000, i;

	if (soap == NULL)
		return EXIT_USAGE;
	request.pageSize = &size;
	request.pageToken = token[0] != '\0' ? token : NULL;
	if (soap_call___sig__FindCases(soap, endpoint(context), NULL, &request, &response) !=
	    SOAP_OK)
		return report_refusal(context, NULL, NULL);
	for (i = 0; i < response.answer->__sizeitem; i++)
		print_result(context, found_case_json(soap, &response.answer->item[i]), found_text);
	*left -= response.answer->__sizeitem;
	snprintf(token, 200, "%s",
	    response.answer->nextPageToken != NULL ? response.answer->nextPageToken : "");
	return EXIT_PASSED;
}

static int
take_digest(const struct context *context, const char *hex, unsigned char bytes[DIGEST_MOST],
    struct xsd__base64Binary *to)
{
	size_t len;

	if (from_hex(hex, bytes, &len) != 0 || (len != SHA256_SIZE && len != DIGEST_MOST))
		return wrong_usage(context, "%.140s is no SHA-256 or SHA-512 digest in hex", hex);
	to->__ptr = bytes;
	to->__size = (int)len;
	return 0;
}

static int
find(struct context *context, struct case_wish *w)
{
	struct _sig__FindCases request = { .signer = w->value[CASE_SIGNER],
		.storedSince = w->value[CASE_SINCE],
		.storedBefore = w->value[CASE_BEFORE] };
	unsigned char digest[DIGEST_MOST], certificate[DIGEST_MOST];
	enum sig__Indication indication = sig__Indication__TotalPassed;
	struct error err = ERROR_INIT;
	char token[200] = "";
	long left = w->value[CASE_LIMIT] != NULL ? strtol(w->value[CASE_LIMIT], NULL, 10) : 100;
	const long wanted = left;
	int rc = 0;

	if (left < 1)
		return wrong_usage(context, "--limit is a number from 1 on");
	if (w->value[CASE_DIGEST] != NULL)
		rc = take_digest(context, w->value[CASE_DIGEST], digest, &request.digest);
	if (rc == 0 && w->value[CASE_CERTIFICATE] != NULL)
		rc = take_digest(
		    context, w->value[CASE_CERTIFICATE], certificate, &request.certificateDigest);
	if (rc == 0 && w->value[CASE_FILE] != NULL) {
		if (digest_file(w->value[CASE_FILE], digest, &err) != 0)
			return report_local(context, NULL, &err);
		request.digest.__ptr = digest;
		request.digest.__size = SHA256_SIZE;
	}
	/* The words stand in the order of the contract's. */
	while (w->value[CASE_INDICATION] != NULL &&
	       strcmp(indications[indication], w->value[CASE_INDICATION]) != 0)
		indication++;
	if (w->value[CASE_INDICATION] != NULL)
		request.indication = &indication;
	while (rc == 0) {
		rc = find_page(context, &request, &left, token);
		end_call(context);
		if (token[0] == '\0' || left <= 0)
			break;
	}
	if (rc == 0 && left == wanted && !context->json && !context->quiet)
		fputs("no stored case is like that\n", stderr);
	return rc;
}

/* ---- show, check ---- */

static int
show(struct context *context, char *id)
{
	enum sig__CaseContents none = sig__CaseContents__None;
	struct _sig__GetCase request = { .caseId = id, .contents = &none };
	struct _sig__GetCaseResponse response = { 0 };
	struct soap *soap = start_call(context, NULL);
	int rc = EXIT_USAGE;

	if (soap == NULL)
		return rc;
	if (soap_call___sig__GetCase(soap, endpoint(context), NULL, &request, &response) !=
	    SOAP_OK) {
		rc = report_refusal(context, id, NULL);
	} else {
		print_result(context, case_json(soap, response.answer->storedCase), case_text);
		rc = EXIT_PASSED;
	}
	end_call(context);
	return rc;
}

static int
check(struct context *context, char *id)
{
	struct _sig__CheckCase request = { .caseId = id };
	struct _sig__CheckCaseResponse response = { 0 };
	struct soap *soap = start_call(context, NULL);
	json_t *out, *problems;
	int i, rc = EXIT_USAGE;

	if (soap == NULL)
		return rc;
	if (soap_call___sig__CheckCase(soap, endpoint(context), NULL, &request, &response) !=
	    SOAP_OK) {
		rc = report_refusal(context, id, NULL);
	} else {
		out = json_object();
		problems = json_array();
		put_text(out, "caseId", id);
		json_object_set_new(out, "intact", json_boolean(response.answer->intact));
		json_object_set_new(out, "objects", json_integer(response.answer->objects));
		for (i = 0; i < response.answer->__sizeproblem; i++)
			json_array_append_new(
			    problems, json_pack("{ssss}", "code", response.answer->problem[i].code,
					  "text", response.answer->problem[i].text));
		json_object_set_new(out, "problems", problems);
		rc = response.answer->intact ? EXIT_PASSED : EXIT_FAILED;
		print_result(context, out, check_text);
	}
	end_call(context);
	return rc;
}

/* ---- the command ---- */

static int
cmd_case(struct context *context, int argc, char **argv)
{
	struct case_wish w = { 0 };
	int id, i, one, rc = EXIT_PASSED;
	const char *verb;
	char *value;

	while ((id = next_option(context, argc, argv, &value, &rc)) >= 0)
		w.value[id] = value != NULL ? value : "";
	if (id == OPTION_STOP)
		return rc;
	verb = optind < argc ? argv[optind++] : "";
	context->report = stdout;
	if (strcmp(verb, "find") == 0 && optind == argc)
		return find(context, &w);
	if (strcmp(verb, "export") == 0 && argc - optind == 2)
		return export_case(
		    context, argv[optind], argv[optind + 1], w.value[CASE_FORCE] != NULL);
	if ((strcmp(verb, "show") == 0 || strcmp(verb, "check") == 0) && optind < argc) {
		for (i = optind; i < argc && rc != EXIT_UNAVAILABLE; i++) {
			one = verb[0] == 's' ? show(context, argv[i]) : check(context, argv[i]);
			rc = worse_verdict(rc, one);
		}
		return rc;
	}
	return wrong_usage(context,
	    "say: case find [options], case show ID ..., case check ID ..., or case export ID DIR");
}

const struct command command_case = { "case",
	"find [options] | show ID ... | check ID ... | export ID DIR",
	"Find, show, check and take along stored verdicts (signet verify --store)", case_options,
	CASE_OPTIONS,
	"  signet verify --store contract.pdf\n"
	"  signet case find --file contract.pdf\n"
	"  signet case find --signer 'Alice Miller' --since 2026-01-01T00:00:00Z\n"
	"  signet case export 0b8e0c1e-9d3b-4c5f-8f27-3d0c5f7e2a11 evidence/\n"
	"  signet case check 0b8e0c1e-9d3b-4c5f-8f27-3d0c5f7e2a11\n",
	cmd_case };
