#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/base/text.h"
#include "tui/cli/command.h"

#define DOCUMENT_MAX ((size_t)2000 << 20)

int
report_failure(const struct context *context, const char *object, const struct error *err)
{
	json_t *out;

	if (context->json) {
		out = json_object();
		put_text(out, "object", object);
		put_text(out, "code", error_kind_name(err->kind));
		put_text(out, "message", err->text);
		put_text(out, "cause", err->cause);
		print_result(context, json_pack("{so}", "error", out), NULL);
	} else {
		fprintf(stderr, "signet: %s%s%s%s%s%s\n", object != NULL ? object : "",
		    object != NULL ? ": " : "", err->text, err->cause[0] != '\0' ? " (" : "",
		    err->cause, err->cause[0] != '\0' ? ")" : "");
		if (err->retry_after > 0)
			fprintf(stderr, "signet: try again in %u s\n", err->retry_after);
	}
	return err->kind == ERROR_UNAVAILABLE ? EXIT_UNAVAILABLE : EXIT_REFUSED;
}

void
print_result(const struct context *context, json_t *object, void (*text)(const json_t *object))
{
	if (context->json) {
		json_dumpf(object, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
		putchar('\n');
	} else if (text != NULL && !context->quiet) {
		text(object);
	}
	json_decref(object);
}

void
put_text(json_t *object, const char *key, const char *value)
{
	json_t *text = value != NULL && value[0] != '\0' ? json_string(value) : NULL;

	if (text != NULL)
		json_object_set_new(object, key, text);
}

void
put_base64(json_t *object, const char *key, struct span value)
{
	struct buf text = BUF_INIT(0);

	if (value.len > 0 && text_base64(&text, value, 0, NULL) == 0)
		json_object_set_new(object, key, json_stringn((char *)text.data, text.len));
	buf_release(&text);
}

const char *
get_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static int
read_stream(struct buf *content, FILE *f, struct error *err)
{
	unsigned char *at;
	size_t n;

	do {
		at = buf_reserve(content, 65536, err);
		if (at == NULL)
			return -1;
		n = fread(at, 1, 65536, f);
		content->len += n;
	} while (n > 0);
	return ferror(f) ? error_errno(err, "could not read standard input") : 0;
}

int
read_document(struct buf *content, const char *path, struct error *err)
{
	buf_init(content, DOCUMENT_MAX);
	return strcmp(path, "-") == 0 ? read_stream(content, stdin, err)
				      : buf_read_file(content, path, err);
}

const char *
document_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return strcmp(path, "-") == 0 ? NULL : slash != NULL ? slash + 1 : path;
}

const char *
document_type(const char *path)
{
	static const struct {
		const char *ending, *type;
	} types[] = { { ".pdf", "application/pdf" }, { ".xml", "text/xml" },
		{ ".txt", "text/plain" }, { ".json", "application/json" },
		{ ".p7m", "application/pkcs7-mime" }, { ".p7s", "application/pkcs7-signature" },
		{ ".html", "text/html" } };
	size_t i, n = strlen(path);

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (n > strlen(types[i].ending) &&
		    strcasecmp(path + n - strlen(types[i].ending), types[i].ending) == 0)
			return types[i].type;
	return "application/octet-stream";
}

static int
write_all(int fd, struct span content)
{
	ssize_t n;

	while (content.len > 0) {
		n = write(fd, content.data, content.len);
		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0) {
			content.data += n;
			content.len -= (size_t)n;
		}
	}
	return 0;
}

int
write_document(const char *path, struct span content, int force, struct error *err)
{
	char beside[4096];
	int fd = -1, rc = -1;

	if (strcmp(path, "-") == 0)
		return write_all(STDOUT_FILENO, content) == 0
			   ? 0
			   : error_errno(err, "could not write to standard output");
	if (!force && access(path, F_OK) == 0)
		return error_set(
		    err, ERROR_CONFLICT, "%s exists already; --force replaces it", path);
	snprintf(beside, sizeof(beside), "%s.XXXXXX", path);
	fd = mkstemp(beside);
	if (fd < 0)
		return error_errno(err, "could not write beside %s", path);
	if (fchmod(fd, 0644) != 0 || write_all(fd, content) != 0 || fsync(fd) != 0 ||
	    rename(beside, path) != 0) {
		error_errno(err, "could not write %s", path);
		unlink(beside);
		goto done;
	}
	rc = 0;
done:
	close(fd);
	return rc;
}

char *
first_line(const char *path)
{
	static char line[1024];
	FILE *f = fopen(path, "r");
	int ok = f != NULL && fgets(line, sizeof(line), f) != NULL;

	if (f != NULL)
		fclose(f);
	if (!ok) {
		fprintf(stderr, "signet: %s cannot be read\n", path);
		return NULL;
	}
	line[strcspn(line, "\r\n")] = '\0';
	return line;
}
