/* signet timestamp: a token over a file (.tsr token), or a PDF with a document time stamp. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "soapH.h"
#include "tui/cli/command.h"

static void
timestamp_text(const json_t *out)
{
	printf("%s: stamped %s, serial %s -> %s\n", get_text(out, "input"),
	    get_text(out, "generationTime"), get_text(out, "serialNumber"),
	    get_text(out, "output"));
}

static int
stamp_file(struct context *context, struct _sig__TimestampDocument *request, const char *path,
    const char *output, int force)
{
	struct _sig__TimestampDocumentResponse response = { 0 };
	const struct sig__TimestampDocumentAnswer *a;
	struct sig__Document document = { 0 };
	struct buf content = BUF_INIT(0);
	struct error err = ERROR_INIT;
	char name[4096];
	json_t *out;
	int rc = EXIT_USAGE;

	if (output == NULL) {
		snprintf(name, sizeof(name), "%s%s", path,
		    request->format != NULL ? ".stamped.pdf" : ".tst");
		output = name;
	}
	if (read_document(&content, path, &err) != 0) {
		report_failure(context, path, &err);
		goto done;
	}
	document.name = (char *)document_name(path);
	document.mimeType = (char *)document_type(path);
	document.content.__ptr = content.data != NULL ? content.data : (unsigned char *)"";
	document.content.__size = (int)content.len;
	document.content.id = content.len > 0 ? (char *)"document" : NULL;
	request->document = &document;
	if (soap_call___sig__TimestampDocument(client_call(&context->client),
		context->client.settings.endpoint, NULL, request, &response) != SOAP_OK) {
		client_failure(&context->client, &err);
		rc = report_failure(context, path, &err);
		goto done;
	}
	a = response.answer;
	if (write_document(output,
		(struct span){ a->timestampedDocument->content.__ptr,
		    (size_t)a->timestampedDocument->content.__size },
		force, &err) != 0) {
		report_failure(context, path, &err);
		goto done;
	}
	rc = EXIT_PASSED;
	if (strcmp(output, "-") == 0)
		goto done;
	out = json_object();
	put_text(out, "input", path);
	put_text(out, "output", output);
	put_text(out, "generationTime", a->generationTime);
	put_text(out, "serialNumber", a->serialNumber);
	put_text(out, "policy", a->policy);
	print_result(context, out, timestamp_text);
done:
	request->document = NULL;
	client_forget(&context->client);
	buf_release(&content);
	return rc;
}

int
cmd_timestamp(struct context *context, int argc, char **argv)
{
	static const struct option options[] = { { "authority", 1, NULL, 'a' },
		{ "pdf", 0, NULL, 'p' }, { "force", 0, NULL, 'f' }, { "output", 1, NULL, 'o' },
		{ NULL, 0, NULL, 0 } };
	enum sig__TimestampFormat format = sig__TimestampFormat__PDF;
	struct _sig__TimestampDocument request = { 0 };
	const char *output = NULL;
	int id, force = 0;

	while ((id = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
		if (id == 'a')
			request.authority = optarg;
		else if (id == 'p')
			request.format = &format;
		else if (id == 'f')
			force = 1;
		else if (id == 'o')
			output = optarg;
		else
			return EXIT_USAGE;
	}
	if (optind != argc - 1) {
		fprintf(stderr, "signet: timestamp what? name one file, or - for standard input\n");
		return EXIT_USAGE;
	}
	return stamp_file(context, &request, argv[optind], output, force);
}
