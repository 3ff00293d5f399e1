/* signet catalogue: a dry run of an algorithm catalogue, and the built-in one as a file. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "server/base/clock.h"
#include "signing/trust/catalogue_file.h"
#include "signing/x509/cert.h"
#include "tui/cli/command.h"

enum { TRY_AGAINST, TRY_SIGNER, TRY_OUTPUT, TRY_FORCE, TRY_OPTIONS };
static const struct option_row options[] = {
	[TRY_AGAINST] = { "against", 0, "FILE", NULL,
	    "compare with this catalogue in place of the built-in one" },
	[TRY_SIGNER] = { "signer", 0, "FILE", NULL,
	    "the certificate of whoever must have signed it" },
	[TRY_OUTPUT] = { "output", 'o', "FILE", NULL, "export: the file; - is standard output" },
	[TRY_FORCE] = { "force", 'f', NULL, NULL, "export: replace a file that exists" },
};

static void
try_text(FILE *out, const json_t *object)
{
	const json_t *changes = json_object_get(object, "changes"), *line;
	size_t i;

	fprintf(out, "%s %s, %s\n", get_text(object, "name"), get_text(object, "version"),
	    get_text(object, "signature"));
	json_array_foreach(json_object_get(object, "notes"), i, line)
	    fprintf(out, "note: %s\n", json_string_value(line));
	if (json_array_size(changes) == 0)
		fputs("it changes nothing\n", out);
	json_array_foreach(changes, i, line) fprintf(out, "%s\n", json_string_value(line));
}

static json_t *
lines_of(const char *lines)
{
	json_t *all = json_array();
	const char *end;

	for (; *lines != '\0'; lines = end + 1) {
		end = strchr(lines, '\n');
		json_array_append_new(all, json_stringn(lines, (size_t)(end - lines)));
	}
	return all;
}

static void
tell(struct context *context, const struct catalogue_file *file,
    const struct catalogue_findings *findings, const char *signature, const char *changes)
{
	json_t *object = json_object(), *notes = json_array();
	char line[260];
	size_t i;

	put_text(object, "name", file->catalogue.name);
	put_text(object, "version", file->catalogue.version);
	put_text(object, "signature", signature);
	for (i = 0; i < findings->count; i++) {
		snprintf(line, sizeof(line), "line %ld: %s", findings->items[i].line,
		    findings->items[i].text);
		json_array_append_new(notes, json_string(line));
	}
	json_object_set_new(object, "notes", notes);
	json_object_set_new(object, "changes", lines_of(changes));
	print_result(context, object, try_text);
}

/* All slips, not only the first. */
static int
tell_slips(struct context *context, const char *path, const struct catalogue_findings *findings,
    const struct error *err)
{
	size_t i;

	for (i = 0; i < findings->count && !context->json; i++)
		fprintf(stderr, "%s: line %ld: %s%s\n", path, findings->items[i].line,
		    findings->items[i].is_error ? "" : "note: ", findings->items[i].text);
	report_local(context, path, err);
	return EXIT_USAGE;
}

static int
check_signer(struct context *context, const char *path, struct span bytes)
{
	STACK_OF(X509) *signers = sk_X509_new_null();
	struct buf pem = BUF_INIT(CERT_BYTES_MAX);
	struct catalogue_file *file = NULL;
	struct error err = ERROR_INIT;
	int rc = EXIT_PASSED;

	if (signers == NULL || read_small(&pem, path, &err) != 0 ||
	    certs_read(signers, SPAN_OF(&pem), 16, &err) != 0)
		rc = report_local(context, path, &err);
	else if (catalogue_file_accept(&file, bytes, signers, clock_now(), &err) != 0) {
		report_local(context, NULL, &err);
		rc = EXIT_FAILED;
	}
	catalogue_file_free(file);
	sk_X509_pop_free(signers, X509_free);
	buf_release(&pem);
	return rc;
}

static int
try_file(struct context *context, char *const *value, const char *path)
{
	struct catalogue_file *file = NULL, *other = NULL;
	struct catalogue_findings findings = { .count = 0 };
	struct buf bytes = BUF_INIT(0), against = BUF_INIT(0), changes = BUF_INIT(0);
	struct error err = ERROR_INIT;
	int rc = EXIT_USAGE;

	if (read_small(&bytes, path, &err) != 0) {
		report_local(context, path, &err);
		goto done;
	}
	if (catalogue_file_read(&file, SPAN_OF(&bytes), &findings, &err) != 0) {
		rc = tell_slips(context, path, &findings, &err);
		goto done;
	}
	if (value[TRY_AGAINST] != NULL &&
	    (read_small(&against, value[TRY_AGAINST], &err) != 0 ||
		catalogue_file_read(&other, SPAN_OF(&against), NULL, &err) != 0)) {
		report_local(context, value[TRY_AGAINST], &err);
		goto done;
	}
	if (value[TRY_SIGNER] != NULL &&
	    (rc = check_signer(context, value[TRY_SIGNER], SPAN_OF(&bytes))) != EXIT_PASSED)
		goto done;
	if (catalogue_compare(other != NULL ? &other->catalogue : catalogue_builtin(),
		&file->catalogue, &changes, &err) < 0 ||
	    buf_terminate(&changes, &err) != 0) {
		rc = report_local(context, path, &err);
		goto done;
	}
	tell(context, file, &findings,
	    value[TRY_SIGNER] != NULL ? "signed as wanted" : "its signature was not asked",
	    (const char *)changes.data);
	rc = EXIT_PASSED;
done:
	catalogue_file_free(file);
	catalogue_file_free(other);
	buf_release(&bytes);
	buf_release(&against);
	buf_release(&changes);
	return rc;
}

static void
exported_text(FILE *out, const json_t *object)
{
	fprintf(out, "%s %s -> %s\n", get_text(object, "name"), get_text(object, "version"),
	    get_text(object, "output"));
}

static int
export_builtin(struct context *context, char *const *value)
{
	const struct catalogue_edition edition = { catalogue_builtin()->version, "Signet",
		clock_now(), CATALOGUE_OPEN };
	const char *output = value[TRY_OUTPUT] != NULL ? value[TRY_OUTPUT] : "-";
	struct download file = { .fd = -1 };
	struct buf text = BUF_INIT(0);
	struct error err = ERROR_INIT;
	int rc = EXIT_PASSED;
	json_t *out;

	context->report = strcmp(output, "-") == 0 ? stderr : stdout;
	if (catalogue_file_write(&text, catalogue_builtin(), &edition, &err) != 0 ||
	    download_open(&file, output, value[TRY_FORCE] != NULL, &err) != 0 ||
	    download_commit(&file, SPAN_OF(&text), &err) != 0)
		rc = report_local(context, NULL, &err);
	download_close(&file);
	buf_release(&text);
	if (rc != EXIT_PASSED)
		return rc;
	out = json_object();
	put_text(out, "name", catalogue_builtin()->name);
	put_text(out, "version", catalogue_builtin()->version);
	put_text(out, "output", output);
	print_result(context, out, exported_text);
	return rc;
}

static int
cmd_catalogue(struct context *context, int argc, char **argv)
{
	char *values[TRY_OPTIONS] = { NULL }, *value;
	int id, rc = EXIT_PASSED;

	while ((id = next_option(context, argc, argv, &value, &rc)) >= 0)
		values[id] = value != NULL ? value : (char *)"";
	if (id == OPTION_STOP)
		return rc;
	context->report = stdout;
	if (argc - optind == 1 && strcmp(argv[optind], "export") == 0)
		return export_builtin(context, values);
	if (argc - optind == 2 && strcmp(argv[optind], "check") == 0)
		return try_file(context, values, argv[optind + 1]);
	return wrong_usage(context, "say: catalogue check FILE, or catalogue export");
}

const struct command command_catalogue = { "catalogue", "check [options] FILE | export [options]",
	"Try an algorithm catalogue (RFC 5698): its slips, and what it would change", options,
	TRY_OPTIONS,
	"  signet catalogue check --signer etsi.pem ts119312.xml\n"
	"  signet catalogue export -o built-in.xml\n",
	cmd_catalogue };
