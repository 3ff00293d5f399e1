/* signet decrypt: what is in an encrypted CMS message, mail or PDF. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "tui/cli/one_file.h"
#include "tui/model/verdict.h"

enum { DECRYPT_PASSWORD, DECRYPT_OUTPUT, DECRYPT_FORCE, DECRYPT_OPTIONS };
static const struct option_row options[] = {
	[DECRYPT_PASSWORD] = { "password-file", 0, "FILE", NULL,
	    "the password of an encrypted PDF or CMS message, on the first line" },
	[DECRYPT_OUTPUT] = { "output", 'o', "FILE", NULL, "the result; - is standard output" },
	[DECRYPT_FORCE] = { "force", 'f', NULL, NULL, "replace files that exist" },
};

static void
decrypted_text(FILE *out, const json_t *object)
{
	const char *key = get_text(object, "recipientKey"), *name = get_text(object, "output");

	if (name[0] != '\0')
		fprintf(out, "%s: decrypted with %s -> %s\n", get_text(object, "input"),
		    key[0] != '\0' ? key : "the password", name);
	else
		fprintf(out, "%s: not decrypted\n", get_text(object, "input"));
	if (get_text(object, "message")[0] != '\0')
		fprintf(out, "  %s\n", get_text(object, "message"));
	encryption_text(out, json_object_get(object, "encryption"));
}

static void
tell(struct context *context, struct soap *soap, const char *path, const char *output,
    const struct sig__DecryptDocumentAnswer *a)
{
	json_t *out = json_object();

	put_text(out, "input", path);
	put_text(out, "output", a->decryptedDocument != NULL ? output : NULL);
	put_text(out, "recipientKey", a->recipientKey);
	put_text(out, "message", a->result->message);
	if (a->encryption != NULL)
		json_object_set_new(out, "encryption", encryption_json(soap, a->encryption));
	print_result(context, out, decrypted_text);
}

/* invoice.pdf.p7m -> invoice.pdf, mail.eml -> mail.decrypted.eml */
static void
name_output(const char *path, char *out, size_t size)
{
	const char *base = strrchr(path, '/'), *dot = strrchr(base != NULL ? base : path, '.');
	size_t stem = dot != NULL && dot != path ? (size_t)(dot - path) : strlen(path);

	if (strcmp(path, "-") == 0)
		snprintf(out, size, "-");
	else if (dot != NULL && strcmp(dot, ".p7m") == 0)
		snprintf(out, size, "%.*s", (int)stem, path);
	else
		snprintf(out, size, "%.*s.decrypted%s", (int)stem, path, path + stem);
}

static int
decrypt_file(struct context *context, void *values, const char *path)
{
	char *const *value = values;
	struct _sig__DecryptDocument request = { .password = value[DECRYPT_PASSWORD] };
	struct _sig__DecryptDocumentResponse response = { 0 };
	const struct sig__Document *clear;
	struct one_file f;
	char output[4096];
	int rc;

	if (value[DECRYPT_OUTPUT] != NULL)
		snprintf(output, sizeof(output), "%s", value[DECRYPT_OUTPUT]);
	else
		name_output(path, output, sizeof(output));
	rc = one_file_begin(&f, context, path, output, value[DECRYPT_FORCE] != NULL);
	if (rc != EXIT_PASSED)
		goto done;
	request.document = &f.document;
	if (soap_call___sig__DecryptDocument(
		f.soap, endpoint(context), NULL, &request, &response) != SOAP_OK) {
		rc = one_file_refused(&f);
		goto done;
	}
	clear = response.answer->decryptedDocument;
	rc = one_file_keep(&f, clear != NULL ? &clear->content : NULL);
	if (rc == EXIT_PASSED)
		tell(context, f.soap, path, output, response.answer);
	if (rc == EXIT_PASSED && clear == NULL)
		rc = EXIT_INDETERMINATE;
done:
	one_file_end(&f);
	return rc;
}

static int
cmd_decrypt(struct context *context, int argc, char **argv)
{
	char *values[DECRYPT_OPTIONS] = { NULL }, *value;
	int id, rc = EXIT_PASSED;

	while ((id = next_option(context, argc, argv, &value, &rc)) >= 0)
		values[id] = value != NULL ? value : (char *)"";
	if (id == OPTION_STOP)
		return rc;
	if (values[DECRYPT_PASSWORD] != NULL &&
	    (values[DECRYPT_PASSWORD] = first_line(context, values[DECRYPT_PASSWORD])) == NULL)
		return EXIT_USAGE;
	if (optind >= argc)
		return wrong_usage(context, "decrypt what? name a file, or - for standard input");
	if (values[DECRYPT_OUTPUT] != NULL && argc - optind > 1)
		return wrong_usage(context, "-o goes with one file only");
	return each_file(context, argc, argv, decrypt_file, values);
}

const struct command command_decrypt = { "decrypt", "[options] FILE ...",
	"Decrypt CMS messages, mails and PDFs with the server's keys or a password", options,
	DECRYPT_OPTIONS,
	"  signet decrypt invoice.pdf.p7m  -> invoice.pdf\n"
	"  signet decrypt --password-file p.txt closed.pdf -o open.pdf\n",
	cmd_decrypt };
