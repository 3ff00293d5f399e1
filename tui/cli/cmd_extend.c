/* signet extend, counter-sign: something more in documents that are signed. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soapH.h"
#include "tui/cli/command.h"

#define ORIGINALS_MAX 100
#define MORE_VALUES   16 /* at least as many as either command has options */

static const char *const levels[] = { "T", "LT", "LTA", NULL };
static const char *const counter_levels[] = { "B", "T", NULL };
static const char *const digests[] = { "SHA256", "SHA384", "SHA512", "SHA3-256", "SHA3-384",
	"SHA3-512", NULL };

/* What both commands take stands first, in the same order. */
enum {
	MORE_SIGNATURE,
	MORE_ORIGINAL,
	MORE_LEVEL,
	MORE_AUTHORITY,
	MORE_REQUEST_ID,
	MORE_OUTPUT,
	MORE_FORCE,
	MORE_OPTIONS
};
#define MORE_ROWS(levels, help)                                                                    \
	[MORE_SIGNATURE] = { "signature", 's', "ID", NULL,                                         \
		"of several signatures this one, as verify tells them" },                          \
	[MORE_ORIGINAL] = { "original", 'd', "FILE", NULL,                                         \
		"what a detached signature signs; may be repeated" },                              \
	[MORE_LEVEL] = { "level", 0, "LEVEL", levels, help },                                      \
	[MORE_AUTHORITY] = { "authority", 0, "NAME", NULL,                                         \
		"time-stamp authority; else the tenant's first" },                                 \
	[MORE_REQUEST_ID] = { "request-id", 0, "ID", NULL,                                         \
		"the same id and content: the same answer, nothing done twice" },                  \
	[MORE_OUTPUT] = { "output", 'o', "FILE", NULL, "the result; - is standard output" },       \
	[MORE_FORCE] = { "force", 'f', NULL, NULL, "replace files that exist" }

enum { EXTEND_PASSWORD = MORE_OPTIONS, EXTEND_OPTIONS };
static const struct option_row extend_options[] = {
	MORE_ROWS(levels, "how far; LTA is the default, and again renews it"),
	[EXTEND_PASSWORD] = { "password-file", 0, "FILE", NULL,
	    "the password of an encrypted PDF, on the first line" },
};

enum {
	COUNTER_KEY = MORE_OPTIONS,
	COUNTER_DIGEST,
	COUNTER_PSS,
	COUNTER_ROLE,
	COUNTER_CHAIN,
	COUNTER_OPTIONS
};
static const struct option_row counter_options[] = {
	MORE_ROWS(counter_levels, "B (the default) is the baseline, T adds a time stamp"),
	[COUNTER_KEY] = { "key", 'k', "NAME", NULL,
	    "one of `signet keys`; else the tenant's default" },
	[COUNTER_DIGEST] = { "digest", 0, "DIGEST", digests, "else what fits the key" },
	[COUNTER_PSS] = { "pss", 0, NULL, NULL, "RSASSA-PSS in place of PKCS#1 v1.5" },
	[COUNTER_ROLE] = { "role", 0, "TEXT", NULL, "a claimed role" },
	[COUNTER_CHAIN] = { "chain", 0, NULL, NULL, "put the issuers' certificates in as well" },
};

_Static_assert((int)COUNTER_OPTIONS <= MORE_VALUES && (int)EXTEND_OPTIONS <= MORE_VALUES,
    "an option has no place");

/* What the command line says. */
struct more_wish {
	char *value[MORE_VALUES]; /* NULL: not given; "" for options without a value */
	const char *originals[ORIGINALS_MAX];
	int original_count;
};

/* One file on its way: the documents of the request, and where the answer goes. */
struct more {
	struct context *context;
	const struct more_wish *w;
	const char *path;
	char output[4096];
	struct upload files[ORIGINALS_MAX + 1];
	int opened;
	struct sig__Document document, originals[ORIGINALS_MAX];
	struct transfer transfer;
	struct download result;
	struct soap *soap;
};

/* The call of a command: 0 and the document of the answer, or an exit code. */
typedef int more_call(struct more *m, const struct sig__Document **document, json_t *told);

static int
open_one(struct more *m, const char *path, struct sig__Document *out, struct error *err)
{
	struct upload *u = &m->files[m->opened++];

	if (upload_open(u, path, err) != 0 ||
	    transfer_add(&m->transfer, u, &out->content, err) != 0)
		return -1;
	out->name = (char *)document_name(path);
	out->mimeType = (char *)document_type(path);
	return 0;
}

/* The signature first, as in the message: the server then knows which digest it needs. */
static int
open_all(struct more *m, struct error *err)
{
	int i;

	if (open_one(m, m->path, &m->document, err) != 0)
		return -1;
	for (i = 0; i < m->w->original_count; i++)
		if (open_one(m, m->w->originals[i], &m->originals[i], err) != 0)
			return -1;
	return download_open(&m->result, m->output, m->w->value[MORE_FORCE] != NULL, err);
}

/* in.pdf becomes in-WORD.pdf */
static void
name_output(struct more *m, const char *word)
{
	const char *name = document_name(m->path);
	const char *dot = name != NULL ? strrchr(name, '.') : NULL;

	if (m->w->value[MORE_OUTPUT] != NULL)
		snprintf(m->output, sizeof(m->output), "%s", m->w->value[MORE_OUTPUT]);
	else if (name == NULL)
		snprintf(m->output, sizeof(m->output), "-");
	else
		snprintf(m->output, sizeof(m->output), "%.*s-%s%s",
		    (int)(dot != NULL && dot > name ? dot - m->path : (long)strlen(m->path)),
		    m->path, word, dot != NULL && dot > name ? dot : "");
	m->context->report = strcmp(m->output, "-") == 0 ? stderr : stdout;
}

static int
do_file(struct context *context, const struct more_wish *w, const char *path, const char *word,
    more_call *call, void (*text)(FILE *out, const json_t *object))
{
	struct more *m = calloc(1, sizeof(*m));
	const struct sig__Document *document = NULL;
	struct error err = ERROR_INIT;
	json_t *told = json_object();
	int i, rc = EXIT_USAGE;

	if (m == NULL)
		return EXIT_USAGE;
	m->context = context;
	m->w = w;
	m->path = path;
	m->result.fd = -1;
	name_output(m, word);
	put_text(told, "input", path);
	put_text(told, "output", m->output);
	if (open_all(m, &err) != 0)
		goto local;
	m->transfer.download = &m->result;
	m->soap = start_call(context, &m->transfer);
	if (m->soap == NULL)
		goto done;
	rc = call(m, &document, told);
	if (rc != EXIT_PASSED) {
		rc = report_refusal(context, path, &m->transfer);
		goto done;
	}
	rc = EXIT_USAGE;
	if (transfer_check(&m->transfer, &err) != 0 ||
	    download_commit(&m->result,
		(struct span){ document->content.__ptr, (size_t)document->content.__size },
		&err) != 0)
		goto local;
	print_result(context, json_incref(told), text);
	rc = EXIT_PASSED;
	goto done;
local:
	report_local(context, NULL, &err);
done:
	end_call(context);
	download_close(&m->result);
	for (i = 0; i < m->opened; i++)
		upload_close(&m->files[i]);
	json_decref(told);
	free(m);
	return rc;
}

static int
do_files(struct context *context, int argc, char **argv, const char *word, int password,
    more_call *call, void (*text)(FILE *out, const json_t *object))
{
	struct more_wish w = { 0 };
	int id, i, rc = EXIT_PASSED, worst = EXIT_PASSED;
	char *value;

	while ((id = next_option(context, argc, argv, &value, &rc)) >= 0) {
		if (id == MORE_ORIGINAL && w.original_count >= ORIGINALS_MAX)
			return wrong_usage(context, "at most %d originals", ORIGINALS_MAX);
		if (id == MORE_ORIGINAL)
			w.originals[w.original_count++] = value;
		w.value[id] = value != NULL ? value : (char *)"";
		if (id == password && (w.value[id] = first_line(context, value)) == NULL)
			return EXIT_USAGE;
	}
	if (id == OPTION_STOP)
		return rc;
	if (optind >= argc)
		return wrong_usage(context, "%s what? name a file, or - for standard input",
		    context->command->name);
	if (argc - optind > 1 && (w.value[MORE_OUTPUT] != NULL ||
				     w.value[MORE_REQUEST_ID] != NULL || w.original_count > 0))
		return wrong_usage(context, "-o, -d and --request-id go with one file only");
	context->count = argc - optind;
	for (i = optind; i < argc && rc != EXIT_UNAVAILABLE; i++) {
		context->document = argv[i];
		context->index = i - optind + 1;
		rc = do_file(context, &w, argv[i], word, call, text);
		worst = rc > worst ? rc : worst;
	}
	return worst;
}

/* What the result says beside Success. */
static void
put_message(json_t *told, const struct sig__Result *result)
{
	if (result->major != sig__ResultMajor__Success)
		put_text(told, "result",
		    result->major == sig__ResultMajor__Warning ? "Warning" : "RequesterError");
	put_text(told, "message", result->message);
}

static void
print_message(FILE *out, const json_t *object)
{
	if (get_text(object, "message")[0] != '\0')
		fprintf(out, "  %s\n", get_text(object, "message"));
}

/* ---- signet extend ---- */

static void
extend_text(FILE *out, const json_t *object)
{
	fprintf(out, "%s: level %s -> %s\n", get_text(object, "input"), get_text(object, "level"),
	    get_text(object, "output"));
	print_message(out, object);
}

static int
call_extend(struct more *m, const struct sig__Document **document, json_t *told)
{
	struct sig__ExtensionParameters parameters = { .level = sig__ExtensionLevel__LTA,
		.timestampAuthority = m->w->value[MORE_AUTHORITY] };
	struct _sig__ExtendSignature request = { .requestId = m->w->value[MORE_REQUEST_ID],
		.parameters = &parameters,
		.signatureId = m->w->value[MORE_SIGNATURE],
		.password = m->w->value[EXTEND_PASSWORD],
		.signedDocument = &m->document,
		.__sizeoriginalDocument = m->w->original_count,
		.originalDocument = m->originals };
	struct _sig__ExtendSignatureResponse response = { 0 };

	if (m->w->value[MORE_LEVEL] != NULL)
		soap_s2sig__ExtensionLevel(m->soap, m->w->value[MORE_LEVEL], &parameters.level);
	if (soap_call___sig__ExtendSignature(
		m->soap, endpoint(m->context), NULL, &request, &response) != SOAP_OK)
		return EXIT_REFUSED;
	put_text(told, "level", response.answer->level);
	put_message(told, response.answer->result);
	*document = response.answer->signedDocument;
	return EXIT_PASSED;
}

static int
cmd_extend(struct context *context, int argc, char **argv)
{
	return do_files(context, argc, argv, "extended", EXTEND_PASSWORD, call_extend, extend_text);
}

const struct command command_extend = { "extend", "[options] FILE ...",
	"Bring signatures to a level that lasts longer", extend_options, EXTEND_OPTIONS,
	"  signet extend contract-signed.pdf           -> contract-signed-extended.pdf\n"
	"  signet extend --level LT -d invoice.txt invoice.txt.p7s\n",
	cmd_extend };

/* ---- signet counter-sign ---- */

static void
counter_text(FILE *out, const json_t *object)
{
	fprintf(out, "%s: counter-signed as %s -> %s\n", get_text(object, "input"),
	    get_text(object, "signatureId"), get_text(object, "output"));
	print_message(out, object);
}

static int
call_counter(struct more *m, const struct sig__Document **document, json_t *told)
{
	char *const *value = m->w->value;
	char *role = value[COUNTER_ROLE];
	enum sig__SignatureLevel level = sig__SignatureLevel__B;
	enum sig__DigestMethod digest = sig__DigestMethod__SHA256;
	enum sig__SignatureMethod pss = sig__SignatureMethod__PSS;
	bool chain = true;
	struct sig__CounterSignatureParameters parameters = { .key = value[COUNTER_KEY],
		.timestampAuthority = value[MORE_AUTHORITY],
		.level = value[MORE_LEVEL] != NULL ? &level : NULL,
		.digestMethod = value[COUNTER_DIGEST] != NULL ? &digest : NULL,
		.signatureMethod = value[COUNTER_PSS] != NULL ? &pss : NULL,
		.__sizeclaimedRole = role != NULL,
		.claimedRole = &role,
		.includeChain = value[COUNTER_CHAIN] != NULL ? &chain : NULL };
	struct _sig__CounterSign request = { .requestId = value[MORE_REQUEST_ID],
		.parameters = &parameters,
		.signatureId = value[MORE_SIGNATURE],
		.signedDocument = &m->document,
		.__sizeoriginalDocument = m->w->original_count,
		.originalDocument = m->originals };
	struct _sig__CounterSignResponse response = { 0 };

	if (value[MORE_LEVEL] != NULL)
		soap_s2sig__SignatureLevel(m->soap, value[MORE_LEVEL], &level);
	if (value[COUNTER_DIGEST] != NULL)
		soap_s2sig__DigestMethod(m->soap, value[COUNTER_DIGEST], &digest);
	if (soap_call___sig__CounterSign(
		m->soap, endpoint(m->context), NULL, &request, &response) != SOAP_OK)
		return EXIT_REFUSED;
	put_text(told, "signatureId", response.answer->signatureId);
	put_message(told, response.answer->result);
	*document = response.answer->signedDocument;
	return EXIT_PASSED;
}

static int
cmd_counter(struct context *context, int argc, char **argv)
{
	return do_files(context, argc, argv, "countersigned", -1, call_counter, counter_text);
}

const struct command command_counter_sign = { "counter-sign", "[options] FILE ...",
	"Sign the value of a signature that is there", counter_options, COUNTER_OPTIONS,
	"  signet counter-sign --key boss order-signed.xml -> order-signed-countersigned.xml\n"
	"  signet counter-sign -s signer-2 -d invoice.txt invoice.txt.p7s\n",
	cmd_counter };
