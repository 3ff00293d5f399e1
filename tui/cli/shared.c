#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "server/base/terminal.h"
#include "server/base/text.h"
#include "tui/cli/command.h"
#include "tui/cli/words.h"
#include "tui/term/glyph.h"

#define SMALL_MAX ((size_t)64 << 20)

const struct option_row global_options[GLOBALS] = {
	[GLOBAL_CONFIG] = { "config", 0, "FILE", NULL, "where the server is and who calls" },
	[GLOBAL_JSON] = { "json", 0, NULL, NULL, "results and errors as JSON, an object a line" },
	[GLOBAL_QUIET] = { "quiet", 'q', NULL, NULL, "say nothing but errors" },
	[GLOBAL_HELP] = { "help", 'h', NULL, NULL, "this text" },
};

/* ---- the command line ---- */

static void
take_global(struct context *context, int id, const char *value)
{
	if (id == GLOBAL_CONFIG)
		context->config = value;
	else if (id == GLOBAL_JSON)
		context->json = 1;
	else
		context->quiet = 1;
}

int
next_option(struct context *context, int argc, char **argv, char **value, int *rc)
{
	const struct command *c = context->command;
	int id;

	for (;;) {
		id = options_next(
		    c->options, c->option_count, global_options, GLOBALS, argc, argv, value);
		if (id == OPTION_WRONG) {
			*rc = wrong_usage(context, "%s", options_wrong());
			return OPTION_STOP;
		}
		if (id == OPTION_GLOBAL + GLOBAL_HELP) {
			print_help(stdout, c);
			*rc = EXIT_PASSED;
			return OPTION_STOP;
		}
		if (id < OPTION_GLOBAL)
			return id;
		take_global(context, id - OPTION_GLOBAL, *value);
	}
}

int
wrong_usage(const struct context *context, const char *fmt, ...)
{
	struct error err = ERROR_INIT;
	const char *name = context->command != NULL ? context->command->name : "";
	va_list ap;

	err.kind = ERROR_MALFORMED;
	va_start(ap, fmt);
	vsnprintf(err.text, sizeof(err.text), fmt, ap);
	va_end(ap);
	report_local(context, NULL, &err);
	if (!context->json)
		fprintf(
		    stderr, "signet: see signet %s%s--help\n", name, name[0] != '\0' ? " " : "");
	return EXIT_USAGE;
}

static void
print_rows(FILE *out, const struct option_row *rows, int count)
{
	char left[80];
	int i, n;
	size_t w;

	for (i = 0; i < count; i++) {
		n = snprintf(left, sizeof(left), "  %c%c%s --%s%s%s",
		    rows[i].letter != 0 ? '-' : ' ', rows[i].letter != 0 ? rows[i].letter : ' ',
		    rows[i].letter != 0 ? "," : " ", rows[i].name, rows[i].value != NULL ? " " : "",
		    rows[i].value != NULL ? rows[i].value : "");
		if (n < 32)
			fprintf(out, "%-32s%s", left, rows[i].help);
		else
			fprintf(out, "%s\n%32s%s", left, "", rows[i].help);
		for (w = 0; rows[i].words != NULL && rows[i].words[w] != NULL; w++)
			fprintf(out, "%s%s%s", w == 0 ? " (" : ", ", rows[i].words[w],
			    rows[i].words[w + 1] == NULL ? ")" : "");
		fputc('\n', out);
	}
}

void
print_help(FILE *out, const struct command *c)
{
	fprintf(out, "usage: signet %s%s%s\n\n%s.\n", c->name, c->arguments[0] != '\0' ? " " : "",
	    c->arguments, c->help);
	if (c->option_count > 0)
		fputs("\noptions:\n", out);
	print_rows(out, c->options, c->option_count);
	fputs("\noptions of every command:\n", out);
	print_rows(out, global_options, GLOBALS);
	if (c->examples != NULL)
		fprintf(out, "\nexamples:\n%s", c->examples);
}

/* ---- calls ---- */

static void
print_size(char *out, size_t size, uint64_t bytes)
{
	if (bytes < (uint64_t)1 << 20)
		snprintf(out, size, "%u KB", (unsigned int)(bytes >> 10));
	else
		snprintf(out, size, "%.1f MB", (double)bytes / (1 << 20));
}

/* A bar after half a second, ten times a second, on a terminal only. */
static void
show_progress(const struct transfer *transfer)
{
	struct context *c = transfer->context;
	int64_t now = clock_monotonic_us();
	const int width = 30;
	char done[32], bar[40] = "";
	int full =
	    transfer->total > 0 ? (int)(transfer->done * (uint64_t)width / transfer->total) : 0;

	if (now - c->started_us < 500000 || now - c->shown_us < 100000)
		return;
	c->shown_us = now;
	c->is_shown = 1;
	print_size(done, sizeof(done), transfer->done);
	memset(bar, '.', (size_t)width);
	memset(bar, '#', (size_t)(full < width ? full : width));
	fputs("\r\033[K", stderr);
	if (c->count > 1)
		fprintf(stderr, "[%d/%d] ", c->index, c->count);
	if (transfer->total > 0)
		fprintf(stderr, "%.30s [%s] %3d%% %s", c->document, bar,
		    (int)(transfer->done * 100 / transfer->total), done);
	else
		fprintf(stderr, "%.30s %s", c->document, done);
}

static int
open_client(struct context *context, struct error *err)
{
	const struct client_settings view = settings_view(&context->settings);

	return client_open(&context->client, &view, err);
}

/* A secret that stands in no file is a person's to type: before the first try, or after it. */
static int
open_with_secret(struct context *context, struct error *err)
{
	char label[160], question[170];
	int is_needed = 0;
	char *secret = settings_secret(&context->settings, label, sizeof(label), &is_needed);
	const int can_ask = secret != NULL && secret[0] == '\0' && terminal_is_there();

	if (!(can_ask && is_needed) && open_client(context, err) == 0)
		return 0;
	if (!can_ask || (!is_needed && err->kind != ERROR_NOT_AUTHENTICATED))
		return -1;
	error_clear(err);
	snprintf(question, sizeof(question), "%s: ", label);
	return terminal_ask(secret, SETTINGS_SECRET, question, 1, err) == 0
		   ? open_client(context, err)
		   : -1;
}

static int
connect_server(struct context *context)
{
	struct error err = ERROR_INIT;

	if (context->is_connected)
		return 0;
	context->is_connected = settings_load(&context->settings, context->config, &err) == 0 &&
				open_with_secret(context, &err) == 0;
	if (!context->is_connected)
		report_local(context, NULL, &err);
	return context->is_connected ? 0 : -1;
}

struct soap *
start_call(struct context *context, struct transfer *transfer)
{
	if (connect_server(context) != 0)
		return NULL;
	if (context->started_us == 0)
		context->started_us = clock_monotonic_us();
	if (transfer != NULL && !context->quiet && isatty(STDERR_FILENO)) {
		transfer->context = context;
		transfer->progress = show_progress;
		show_progress(transfer); /* many small documents take their time as well */
	}
	transfer_use(&context->client, transfer);
	return client_call(&context->client);
}

void
end_call(struct context *context)
{
	if (context->is_shown)
		fputs("\r\033[K", stderr);
	context->is_shown = 0;
	if (context->is_connected) {
		transfer_use(&context->client, NULL);
		client_forget(&context->client);
	}
}

const char *
endpoint(const struct context *context)
{
	return context->client.settings.endpoint;
}

/* ---- what is said ---- */

/* Names come from documents and reports, whose writers may be anybody: none shapes the output. */
static char *
disarm_text(char *s)
{
	size_t i, n;
	uint32_t c;

	for (i = 0; s != NULL && s[i] != '\0'; i += n) {
		n = glyph_next(s + i, &c);
		if (c == GLYPH_BAD)
			memset(s + i, s[i] == '\n' || s[i] == '\t' ? ' ' : '?', n);
	}
	return s;
}

static json_t *
disarmed(const json_t *text)
{
	char *s = disarm_text(strdup(json_string_value(text)));
	json_t *out = s != NULL ? json_string(s) : NULL;

	free(s);
	return out;
}

static void
disarm(json_t *value)
{
	const char *key;
	json_t *child;
	size_t i;

	json_object_foreach(value, key, child)
	{
		disarm(child);
		if (json_is_string(child))
			json_object_set_new(value, key, disarmed(child));
	}
	json_array_foreach(value, i, child)
	{
		disarm(child);
		if (json_is_string(child))
			json_array_set_new(value, i, disarmed(child));
	}
}

static void
say_failure(const struct context *context, const char *object, const struct error *err)
{
	struct error shown = *err;
	char *text;
	json_t *out;

	if (context->is_shown)
		fputs("\r\033[K", stderr);
	if (context->json) {
		out = json_object();
		put_text(out, "object", object);
		put_text(out, "code", error_kind_name(err->kind));
		text = words_of_command(context->command, err->text);
		put_text(out, "message", text);
		free(text);
		put_text(out, "cause", err->cause);
		if (err->retry_after > 0)
			json_object_set_new(
			    out, "retryAfterSeconds", json_integer(err->retry_after));
		print_result(context, json_pack("{so}", "error", out), NULL);
		return;
	}
	text = disarm_text(words_about(context->command, object, shown.text));
	disarm_text(shown.cause);
	fprintf(stderr, "signet: %s%s%s%s\n", text != NULL ? text : "",
	    shown.cause[0] != '\0' ? " (" : "", shown.cause, shown.cause[0] != '\0' ? ")" : "");
	free(text);
	if (err->retry_after > 0)
		fprintf(stderr, "signet: try again in %u s\n", err->retry_after);
}

int
report_refusal(struct context *context, const char *object, const struct transfer *transfer)
{
	struct error err = ERROR_INIT;

	if (transfer != NULL && transfer->err.kind != ERROR_NONE)
		return report_local(context, NULL, &transfer->err);
	client_failure(&context->client, &err);
	say_failure(context, object, &err);
	return err.kind == ERROR_UNAVAILABLE ? EXIT_UNAVAILABLE : EXIT_REFUSED;
}

int
report_local(const struct context *context, const char *object, const struct error *err)
{
	say_failure(context, object, err);
	return EXIT_USAGE;
}

void
print_result(
    const struct context *context, json_t *object, void (*text)(FILE *out, const json_t *object))
{
	FILE *out = context->report != NULL ? context->report : stdout;

	if (context->is_shown)
		fputs("\r\033[K", stderr);
	if (context->json) {
		json_dumpf(object, out, JSON_COMPACT | JSON_PRESERVE_ORDER);
		fputc('\n', out);
	} else if (text != NULL && !context->quiet) {
		disarm(object);
		text(out, object);
	}
	fflush(out);
	json_decref(object);
}

/* ---- documents ---- */

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
		{ ".html", "text/html" }, { ".eml", "message/rfc822" } };
	size_t i, n = strlen(path);

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (n > strlen(types[i].ending) &&
		    strcasecmp(path + n - strlen(types[i].ending), types[i].ending) == 0)
			return types[i].type;
	return "application/octet-stream";
}

int
read_small(struct buf *content, const char *path, struct error *err)
{
	struct upload file;
	unsigned char *at;
	ssize_t n = 1;
	int rc = -1;

	buf_init(content, SMALL_MAX);
	if (upload_open(&file, path, err) != 0)
		goto done;
	while (n > 0) {
		at = buf_reserve(content, 65536, err);
		if (at == NULL)
			goto done;
		n = read(file.fd, at, 65536);
		if (n > 0)
			content->len += (size_t)n;
	}
	rc = n == 0
		 ? 0
		 : error_set(err, ERROR_NOT_FOUND, "%s cannot be read: %s", path, strerror(errno));
done:
	upload_close(&file);
	return rc;
}

char *
first_line(const struct context *context, const char *path)
{
	static char line[1024];
	struct error err = ERROR_INIT;
	FILE *f = fopen(path, "r");
	int ok = f != NULL && fgets(line, sizeof(line), f) != NULL;

	if (f != NULL)
		fclose(f);
	if (!ok) {
		error_set(&err, ERROR_NOT_FOUND, "%s cannot be read, or is empty", path);
		report_local(context, NULL, &err);
		return NULL;
	}
	line[strcspn(line, "\r\n")] = '\0';
	return line;
}
