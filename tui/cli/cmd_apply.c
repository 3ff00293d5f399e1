/*
 * signet apply, signet export: a tenant's administration as a text. What is done is shown as a
 * difference, a line a step, before (--dry-run) or while it is done.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tui/cli/admin.h"
#include "tui/script/files.h"
#include "tui/script/script.h"

enum { O_DRY_RUN, O_REMOVE, APPLY_OPTIONS };
static const char *const removals[] = { "Parts", "Things", NULL };
static const struct option_row apply_options[APPLY_OPTIONS] = {
	[O_DRY_RUN] = { "dry-run", 0, NULL, NULL, "show what would be done, and do nothing" },
	[O_REMOVE] = { "remove", 0, "WHAT", removals,
	    "remove what the file does not have: rights and the like of its things; its kinds' "
	    "other things too" },
};
enum { O_ONLY, O_OUTPUT, O_FORCE, EXPORT_OPTIONS };
static const char *const kinds[] = { "group", "user", "access", "trust-anchor", "trust-centre",
	"authority", "signing-key", "setting", "job", NULL };
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))
static const struct option_row export_options[EXPORT_OPTIONS] = {
	[O_ONLY] = { "only", 0, "KIND", kinds, "this kind of things alone; also several" },
	[O_OUTPUT] = { "output", 'o', "FILE", NULL, "where the text goes; else standard output" },
	[O_FORCE] = { "force", 'f', NULL, NULL, "replace a file that exists" },
};

/* One run over a file. */
struct application {
	struct context *context;
	const char *file;
	enum script_removal removal;
	int is_dry;
	json_t *wanted, *known, *steps;
	size_t made, changed, removed, missed, proposed, waiting;
};

/* ---- the server ---- */

static int
ask(void *ctx, const char *operation, const json_t *request, json_t **out, struct error *err)
{
	struct context *context = ctx;
	int rc = thing_ask(&context->client, operation, request, out, err);

	client_forget(&context->client);
	return rc;
}

static int
ask_as_application(
    void *ctx, const char *operation, const json_t *request, json_t **out, struct error *err)
{
	const struct application *a = ctx;

	return ask(a->context, operation, request, out, err);
}

static const char *
password_of(void *ctx, const char *file, struct error *err)
{
	const struct application *a = ctx;
	const char *line = first_line(a->context, file);

	if (line == NULL)
		error_set(err, ERROR_NOT_FOUND, "there is no password in %.100s", file);
	return line;
}

static int
refused(const struct context *context, const char *object, const struct error *err)
{
	report_local(context, object, err);
	return err->kind == ERROR_UNAVAILABLE ? EXIT_UNAVAILABLE : EXIT_REFUSED;
}

/* ---- steps for people ---- */

static void
step_text(FILE *out, const json_t *step)
{
	static const struct {
		const char *what_is_done, *sign;
	} signs[] = { { "make", "+" }, { "change", "~" }, { "remove", "-" }, { "stay", " " },
		{ "miss", "!" } };
	const char *what = get_text(step, "what"), *done = get_text(step, "do");
	size_t i = 0;

	while (i + 1 < sizeof(signs) / sizeof(signs[0]) && strcmp(signs[i].what_is_done, done) != 0)
		i++;
	fprintf(out, "%s %s \"%s\"%s%s%s\n", signs[i].sign, get_text(step, "kind"),
	    get_text(step, "name"), what[0] != '\0' ? ": " : "", what,
	    strcmp(done, "stay") == 0 ? " (not in the file; --remove takes it away)" : "");
}

/* The step without its request, which may name files of passwords. */
static void
show(struct application *a, const json_t *step, int is_done)
{
	json_t *out = json_deep_copy(step);

	json_object_del(out, "request");
	json_object_set_new(out, "done", json_boolean(is_done));
	print_result(a->context, out, step_text);
}

static void
count(struct application *a, const json_t *step)
{
	const char *what = get_text(step, "do");

	a->made += strcmp(what, "make") == 0;
	a->changed += strcmp(what, "change") == 0;
	a->removed += strcmp(what, "remove") == 0;
	a->missed += strcmp(what, "miss") == 0;
}

static void
done(void *ctx, const json_t *step)
{
	show(ctx, step, 1);
	count(ctx, step);
}

/* A tenant with four eyes: it is kept for a second administrator. */
static void
proposed(void *ctx, const json_t *step, const json_t *answer)
{
	struct application *a = ctx;
	json_t *out = json_deep_copy(step);
	char text[1200];

	snprintf(text, sizeof(text), "%s%sproposed as %s", get_text(step, "what"),
	    get_text(step, "what")[0] != '\0' ? ", " : "", get_text(answer, "proposal"));
	json_object_set(out, "proposal", json_object_get(answer, "proposal"));
	put_text(out, "what", text);
	show(a, out, 0);
	json_decref(out);
	a->proposed++;
}

static void
waits(void *ctx, const json_t *step)
{
	struct application *a = ctx;
	json_t *out = json_deep_copy(step);
	char text[1200];

	snprintf(text, sizeof(text), "%s%swaits for what is proposed", get_text(step, "what"),
	    get_text(step, "what")[0] != '\0' ? ", " : "");
	json_object_set_new(out, "waits", json_true());
	put_text(out, "what", text);
	show(a, out, 0);
	json_decref(out);
	a->waiting++;
}

static void
summary_text(FILE *out, const json_t *object)
{
	fprintf(out, "%s\n", get_text(object, "message"));
}

static void
show_summary(struct application *a)
{
	char text[4096];
	json_t *out;

	if (a->proposed + a->waiting > 0)
		snprintf(text, sizeof(text),
		    "%s: %zu made, %zu changed, %zu removed; %zu proposed for a second "
		    "administrator (signet proposal list), %zu wait for that: run it again when "
		    "they are accepted",
		    a->file, a->made, a->changed, a->removed, a->proposed, a->waiting);
	else if (a->made + a->changed + a->removed == 0)
		snprintf(text, sizeof(text), "%s: nothing to do", a->file);
	else
		snprintf(text, sizeof(text), "%s: %s%zu made, %zu changed, %zu removed", a->file,
		    a->is_dry ? "would be " : "", a->made, a->changed, a->removed);
	out = json_pack("{sssbsisisisisisi}", "file", a->file, "dryRun", a->is_dry, "made",
	    (int)a->made, "changed", (int)a->changed, "removed", (int)a->removed, "missing",
	    (int)a->missed, "proposed", (int)a->proposed, "waiting", (int)a->waiting);
	put_text(out, "message", text);
	print_result(a->context, out, summary_text);
}

/* ---- apply ---- */

static int
read_script(struct application *a)
{
	struct error err = ERROR_INIT;
	struct buf text;
	int rc = EXIT_PASSED;

	if (read_small(&text, a->file, &err) != 0 ||
	    script_read(&a->wanted, a->file, SPAN_OF(&text), &err) != 0 ||
	    script_files(a->wanted, a->file, &err) != 0)
		rc = report_local(a->context, NULL, &err);
	buf_release(&text);
	return rc;
}

/* With --remove Things all of the kinds that the file has is looked at. */
static int
plan(struct application *a, const struct script_server *server)
{
	const char *whole[KINDS] = { NULL }, *kind;
	struct error err = ERROR_INIT;
	json_t *things;
	size_t n = 0;

	json_object_foreach(a->wanted, kind, things)
	{
		if (a->removal == SCRIPT_REMOVE_THINGS && n + 1 < KINDS)
			whole[n++] = kind;
	}
	if (start_call(a->context, NULL) == NULL)
		return EXIT_USAGE;
	if (script_state(&a->known, server, a->wanted, whole, &err) != 0)
		return refused(a->context, a->file, &err);
	if (script_plan(&a->steps, a->wanted, a->known, a->removal, &err) != 0)
		return report_local(a->context, NULL, &err);
	return EXIT_PASSED;
}

static int
run_steps(struct application *a, const struct script_server *server)
{
	struct error err = ERROR_INIT;
	const json_t *step;
	char *object = NULL;
	size_t at;

	if (script_run(a->steps, a->known, server, &at, &err) == 0)
		return EXIT_PASSED;
	step = json_array_get(a->steps, at);
	if (asprintf(&object, "%s \"%s\": %s", get_text(step, "kind"), get_text(step, "name"),
		get_text(step, "what")) < 0)
		object = NULL;
	refused(a->context, object, &err);
	free(object);
	if (!a->context->json)
		fprintf(stderr,
		    "signet: %s: stopped there, after %zu made, %zu changed, %zu removed; run it "
		    "again when that is mended\n",
		    a->file, a->made, a->changed, a->removed);
	return err.kind == ERROR_UNAVAILABLE ? EXIT_UNAVAILABLE : EXIT_REFUSED;
}

static int
apply_steps(struct application *a, const struct script_server *server)
{
	const json_t *step;
	size_t i;
	int rc = EXIT_PASSED;

	json_array_foreach(a->steps, i, step)
	{
		if (!a->is_dry && script_is_work(step))
			continue;
		show(a, step, 0);
		count(a, step);
	}
	if (!a->is_dry)
		rc = run_steps(a, server);
	if (rc == EXIT_PASSED)
		show_summary(a);
	return rc == EXIT_PASSED && a->missed + a->proposed + a->waiting > 0 ? EXIT_FAILED : rc;
}

static int
apply_file(struct context *context, const char *file, enum script_removal removal, int is_dry)
{
	struct application a = {
		.context = context, .file = file, .removal = removal, .is_dry = is_dry
	};
	const struct script_server server = { ask_as_application, password_of, done, proposed,
		waits, &a };
	int rc = read_script(&a);

	if (rc == EXIT_PASSED)
		rc = plan(&a, &server);
	if (rc == EXIT_PASSED)
		rc = apply_steps(&a, &server);
	end_call(context);
	json_decref(a.wanted);
	json_decref(a.known);
	json_decref(a.steps);
	return rc;
}

static int
cmd_apply(struct context *context, int argc, char **argv)
{
	enum script_removal removal = SCRIPT_REMOVE_NOTHING;
	int id, rc = EXIT_PASSED, is_dry = 0, one;
	char *value;

	while ((id = next_option(context, argc, argv, &value, &rc)) >= 0) {
		if (id == O_DRY_RUN)
			is_dry = 1;
		else
			removal = strcmp(value, "Parts") == 0 ? SCRIPT_REMOVE_PARTS
							      : SCRIPT_REMOVE_THINGS;
	}
	if (id == OPTION_STOP)
		return rc;
	if (optind == argc)
		return wrong_usage(context, "which file?");
	/* What follows may stand on what went before. */
	for (; optind < argc && rc <= EXIT_FAILED; optind++) {
		one = apply_file(context, argv[optind], removal, is_dry);
		rc = one > rc ? one : rc;
	}
	return rc;
}

/* ---- export ---- */

static int
is_without_means(const json_t *user)
{
	return json_array_size(json_object_get(user, "certificate")) == 0 &&
	       !json_is_true(json_object_get(user, "hasPassword"));
}

static int
put_head(struct buf *text, const json_t *known, struct error *err)
{
	const char *name;
	json_t *user;
	int rc = buf_append_str(text,
	    "# A tenant's administration, by signet export; signet apply makes it so: "
	    "signet-apply(5).\n"
	    "# Passwords and private keys are in no export.\n",
	    err);

	json_object_foreach(json_object_get(known, "user"), name, user)
	{
		if (is_without_means(user))
			rc |= buf_printf(text, err,
			    "# User \"%s\" has neither certificate nor password: nobody can call "
			    "so.\n",
			    name);
		else if (json_array_size(json_object_get(user, "certificate")) == 0)
			rc |=
			    buf_printf(text, err, "# User \"%s\" needs a password again.\n", name);
	}
	return rc;
}

static int
put_text_of(struct context *context, const json_t *known, const char *output, int force)
{
	struct buf text = BUF_INIT(SCRIPT_TEXT_MAX);
	struct error err = ERROR_INIT;
	struct download file = { 0 };
	int rc = -1;

	if (put_head(&text, known, &err) != 0 || script_write(&text, known, &err) != 0)
		goto done;
	if (output == NULL) {
		rc = fwrite(text.data, 1, text.len, stdout) == text.len && fflush(stdout) == 0
			 ? 0
			 : error_set(&err, ERROR_INTERNAL, "it could not be written");
		goto done;
	}
	if (download_open(&file, output, force, &err) == 0)
		rc = download_commit(&file, SPAN_OF(&text), &err);
	download_close(&file);
done:
	buf_release(&text);
	return rc == 0 ? EXIT_PASSED : report_local(context, output, &err);
}

static int
export_kinds(struct context *context, const char *const *only, const char *output, int force)
{
	const struct script_server server = { ask, NULL, NULL, NULL, NULL, context };
	struct error err = ERROR_INIT;
	json_t *known = NULL;
	int rc;

	if (start_call(context, NULL) == NULL)
		return EXIT_USAGE;
	rc = script_state(&known, &server, NULL, only, &err);
	end_call(context);
	if (rc != 0)
		return refused(context, "export", &err);
	json_object_del(known, "$group");
	if (context->json) {
		print_result(context, known, NULL);
		return EXIT_PASSED;
	}
	rc = put_text_of(context, known, output, force);
	json_decref(known);
	return rc;
}

static int
cmd_export(struct context *context, int argc, char **argv)
{
	const char *only[KINDS] = { NULL }, *output = NULL;
	int id, rc = EXIT_PASSED, force = 0;
	char *value;
	size_t n = 0;

	while ((id = next_option(context, argc, argv, &value, &rc)) >= 0) {
		if (id == O_OUTPUT)
			output = value;
		else if (id == O_FORCE)
			force = 1;
		else if (n + 1 < KINDS)
			only[n++] = value;
	}
	if (id == OPTION_STOP)
		return rc;
	if (optind < argc)
		return wrong_usage(context, "export takes no file; -o FILE says where it goes");
	return export_kinds(context, n > 0 ? only : kinds, output, force);
}

const struct command command_apply = { "apply", "[--dry-run] [--remove WHAT] FILE ...",
	"Make a tenant's administration as a file says", apply_options, APPLY_OPTIONS,
	"  signet apply /usr/local/share/signet/groups/erp-signing.conf --dry-run\n"
	"  signet apply users.conf\n"
	"  signet export -o then.conf; signet apply --remove Things then.conf\n",
	cmd_apply };
const struct command command_export = { "export", "[--only KIND] ... [-o FILE]",
	"Write a tenant's administration as a file for apply", export_options, EXPORT_OPTIONS,
	"  signet export -o tenant.conf\n  signet export --only group --only access\n",
	cmd_export };
