#include "tui/cli/one_file.h"

#include <getopt.h>
#include <string.h>

int
one_file_begin(
    struct one_file *f, struct context *context, const char *path, const char *output, int force)
{
	struct error err = ERROR_INIT;

	memset(f, 0, sizeof(*f));
	f->context = context;
	f->path = path;
	f->file.fd = f->result.fd = -1;
	f->document.name = (char *)document_name(path);
	f->document.mimeType = (char *)document_type(path);
	context->report = strcmp(output, "-") == 0 ? stderr : stdout;
	if (upload_open(&f->file, path, &err) != 0 ||
	    transfer_add(&f->transfer, &f->file, &f->document.content, &err) != 0 ||
	    download_open(&f->result, output, force, &err) != 0)
		return report_local(context, NULL, &err);
	f->transfer.download = &f->result;
	f->soap = start_call(context, &f->transfer);
	return f->soap != NULL ? EXIT_PASSED : EXIT_USAGE;
}

int
one_file_refused(struct one_file *f)
{
	return report_refusal(f->context, f->path, &f->transfer);
}

int
one_file_keep(struct one_file *f, const struct xsd__base64Binary *content)
{
	struct error err = ERROR_INIT;

	if (transfer_check(&f->transfer, &err) != 0 ||
	    (content != NULL &&
		download_commit(&f->result,
		    (struct span){ content->__ptr, (size_t)content->__size }, &err) != 0))
		return report_local(f->context, NULL, &err);
	return EXIT_PASSED;
}

void
one_file_end(struct one_file *f)
{
	end_call(f->context);
	download_close(&f->result);
	upload_close(&f->file);
}

int
each_file(struct context *context, int argc, char **argv,
    int (*one)(struct context *context, void *arg, const char *path), void *arg)
{
	int i, rc = EXIT_PASSED, worst = EXIT_PASSED;

	context->count = argc - optind;
	for (i = optind; i < argc && rc != EXIT_UNAVAILABLE; i++) {
		context->document = argv[i];
		context->index = i - optind + 1;
		rc = one(context, arg, argv[i]);
		worst = rc > worst ? rc : worst;
	}
	return worst;
}
