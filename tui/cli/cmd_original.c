/* signet original: exactly what was signed, into files. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tui/cli/one_file.h"

enum {
	ORIGINAL_SIGNATURE,
	ORIGINAL_PASSWORD,
	ORIGINAL_DIRECTORY,
	ORIGINAL_OUTPUT,
	ORIGINAL_FORCE,
	ORIGINAL_OPTIONS
};
static const struct option_row options[] = {
	[ORIGINAL_SIGNATURE] = { "signature", 's', "ID", NULL,
	    "of several signatures this one, as verify tells them" },
	[ORIGINAL_PASSWORD] = { "password-file", 0, "FILE", NULL,
	    "the password of an encrypted PDF, on the first line" },
	[ORIGINAL_DIRECTORY] = { "directory", 0, "DIRECTORY", NULL,
	    "where the files go, under their own names (numbered where two have the same); made if "
	    "need be" },
	[ORIGINAL_OUTPUT] = { "output", 'o', "FILE", NULL,
	    "where a single document goes; - is standard output" },
	[ORIGINAL_FORCE] = { "force", 'f', NULL, NULL, "replace files that exist" },
};

static void
original_text(FILE *out, const json_t *object)
{
	fprintf(out, "%s: %s -> %s\n", get_text(object, "input"),
	    get_text(object, "name")[0] != '\0' ? get_text(object, "name") : "the document",
	    get_text(object, "output"));
	if (get_text(object, "message")[0] != '\0')
		fprintf(out, "  %s\n", get_text(object, "message"));
}

/*
 * A file name of the name that the server tells, which may be a path of a container or a URI: its
 * last part, where that is a plain name. It never leads out of the directory.
 */
static void
plain_name(char *out, size_t size, const char *name, const char *path, int number)
{
	const char *last = name != NULL ? strrchr(name, '/') : NULL;
	const char *own = document_name(path), *dot = own != NULL ? strrchr(own, '.') : NULL;

	last = last != NULL ? last + 1 : name;
	if (last == NULL || last[0] == '\0' || last[0] == '.' || last[0] == '#' ||
	    strpbrk(last, "\\:?*\r\n\t") != NULL)
		snprintf(out, size, "original-%d", number);
	else if (own != NULL && strcmp(last, own) == 0)
		snprintf(out, size, "%.*s-original%s",
		    (int)(dot != NULL && dot > own ? dot - own : (long)strlen(own)), own,
		    dot != NULL && dot > own ? dot : "");
	else
		snprintf(out, size, "%s", last);
}

/* What this run has written: two documents of one name are two files, with --force as well. */
static json_t *written;

/* dir/name, or dir/stem-2.ending and so on where this run has written such a file. */
static void
own_path(char *out, size_t size, const char *dir, const char *name)
{
	const char *dot = strrchr(name, '.');
	const int stem = (int)(dot != NULL && dot > name ? (size_t)(dot - name) : strlen(name));
	int n;

	snprintf(out, size, "%s/%s", dir, name);
	for (n = 2; json_object_get(written, out) != NULL; n++)
		snprintf(out, size, "%s/%.*s-%d%s", dir, stem, name, n, name + stem);
	json_object_set_new(written, out, json_true());
}

static int
write_one(struct context *context, char *const *value, const char *path,
    const struct sig__Document *d, int number, const struct sig__Result *result)
{
	struct download to = { .fd = -1 };
	struct error err = ERROR_INIT;
	char name[512], output[4096];
	json_t *out;
	int rc;

	plain_name(name, sizeof(name), d->name, path, number);
	if (value[ORIGINAL_OUTPUT] != NULL)
		snprintf(output, sizeof(output), "%s", value[ORIGINAL_OUTPUT]);
	else
		own_path(output, sizeof(output),
		    value[ORIGINAL_DIRECTORY] != NULL ? value[ORIGINAL_DIRECTORY] : ".", name);
	context->report = strcmp(output, "-") == 0 ? stderr : stdout;
	rc = download_open(&to, output, value[ORIGINAL_FORCE] != NULL, &err) != 0 ||
		     download_commit(&to,
			 (struct span){ d->content.__ptr, (size_t)d->content.__size }, &err) != 0
		 ? EXIT_USAGE
		 : EXIT_PASSED;
	download_close(&to);
	if (rc != EXIT_PASSED) {
		report_local(context, NULL, &err);
		return rc;
	}
	out = json_object();
	put_text(out, "input", path);
	put_text(out, "name", d->name);
	put_text(out, "mimeType", d->mimeType);
	put_text(out, "output", output);
	put_text(out, "message", result->message);
	print_result(context, out, original_text);
	return rc;
}

static int
write_all(struct context *context, char *const *value, const char *path,
    const struct sig__GetOriginalDocumentAnswer *a)
{
	struct error err = ERROR_INIT;
	int i, rc = EXIT_PASSED;

	if (value[ORIGINAL_OUTPUT] != NULL && a->__sizeoriginalDocument != 1) {
		error_set(&err, ERROR_CONFLICT,
		    "%d documents were signed; say by --directory where they go",
		    a->__sizeoriginalDocument);
		report_local(context, path, &err);
		return EXIT_USAGE;
	}
	for (i = 0; i < a->__sizeoriginalDocument && rc == EXIT_PASSED; i++)
		rc = write_one(context, value, path, &a->originalDocument[i], i + 1, a->result);
	return rc;
}

static int
get_file(struct context *context, void *values, const char *path)
{
	char *const *value = values;
	struct sig__Document document = { .name = (char *)document_name(path),
		.mimeType = (char *)document_type(path) };
	struct _sig__GetOriginalDocument request = { .signatureId = value[ORIGINAL_SIGNATURE],
		.password = value[ORIGINAL_PASSWORD],
		.signedDocument = &document };
	struct _sig__GetOriginalDocumentResponse response = { 0 };
	struct transfer transfer = { 0 };
	struct upload file = { .fd = -1 };
	struct error err = ERROR_INIT;
	struct soap *soap;
	int rc = EXIT_USAGE;

	if (upload_open(&file, path, &err) != 0 ||
	    transfer_add(&transfer, &file, &document.content, &err) != 0) {
		report_local(context, NULL, &err);
		goto done;
	}
	soap = start_call(context, &transfer);
	if (soap == NULL)
		goto done;
	if (soap_call___sig__GetOriginalDocument(
		soap, endpoint(context), NULL, &request, &response) != SOAP_OK)
		rc = report_refusal(context, path, &transfer);
	else if (transfer_check(&transfer, &err) != 0)
		report_local(context, NULL, &err);
	else
		rc = write_all(context, value, path, response.answer);
done:
	end_call(context);
	upload_close(&file);
	return rc;
}

static int
cmd_original(struct context *context, int argc, char **argv)
{
	char *values[ORIGINAL_OPTIONS] = { NULL }, *value;
	struct error err = ERROR_INIT;
	int id, rc = EXIT_PASSED, worst;

	while ((id = next_option(context, argc, argv, &value, &rc)) >= 0)
		values[id] = value != NULL ? value : (char *)"";
	if (id == OPTION_STOP)
		return rc;
	if (values[ORIGINAL_PASSWORD] != NULL &&
	    (values[ORIGINAL_PASSWORD] = first_line(context, values[ORIGINAL_PASSWORD])) == NULL)
		return EXIT_USAGE;
	if (optind >= argc)
		return wrong_usage(
		    context, "the original of what? name a file, or - for standard input");
	if (values[ORIGINAL_DIRECTORY] != NULL && mkdir(values[ORIGINAL_DIRECTORY], 0777) != 0 &&
	    errno != EEXIST) {
		error_set(&err, ERROR_NOT_FOUND, "%s cannot be made: %s",
		    values[ORIGINAL_DIRECTORY], strerror(errno));
		return report_local(context, NULL, &err);
	}
	if (values[ORIGINAL_OUTPUT] != NULL &&
	    (argc - optind > 1 || values[ORIGINAL_DIRECTORY] != NULL))
		return wrong_usage(context, "-o goes with one file, and without --directory");
	written = json_object();
	worst = each_file(context, argc, argv, get_file, values);
	json_decref(written);
	return worst;
}

const struct command command_original = { "original", "[options] FILE ...",
	"Get exactly what was signed, of a signature that is intact", options, ORIGINAL_OPTIONS,
	"  signet original invoice.txt.p7m                    -> invoice.txt\n"
	"  signet original -s Signature1 -o first.pdf contract.pdf\n"
	"  signet original --directory out bundle.asice\n",
	cmd_original };
