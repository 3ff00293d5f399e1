/* signet trust diff: what differs between two trusted lists or two snapshots. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "signing/trust/snapshot.h"
#include "tui/cli/command.h"

/* A snapshot as it is, or a list as a snapshot of all that is in it. Nobody's signature is asked.
 */
static int
load(const char *path, struct trust_snapshot **out, struct error *err)
{
	const struct trust_choice all = { "list", NULL };
	struct trust_listed listed = { "list", NULL };
	const struct trust_making making = {
		.lists = &listed, .list_count = 1, .choices = &all, .choice_count = 1
	};
	struct buf bytes = BUF_INIT(0), packed = BUF_INIT(0);
	struct trust_list *list = NULL;
	int rc = -1;

	if (read_small(&bytes, path, err) != 0)
		goto done;
	if (trust_snapshot_is(SPAN_OF(&bytes))) {
		rc = trust_snapshot_load(out, SPAN_OF(&bytes), err);
		goto done;
	}
	if (trust_list_read(&list, SPAN_OF(&bytes), err) != 0)
		goto done;
	listed.list = list;
	if (trust_snapshot_make(&packed, &making, err) == 0)
		rc = trust_snapshot_load(out, SPAN_OF(&packed), err);
done:
	trust_list_free(list);
	buf_release(&packed);
	buf_release(&bytes);
	return rc;
}

static void
diff_text(FILE *out, const json_t *object)
{
	const json_t *changes = json_object_get(object, "changes"), *line;
	size_t i;

	if (json_array_size(changes) == 0)
		fputs("no difference in what they say of services\n", out);
	json_array_foreach(changes, i, line) fprintf(out, "%s\n", json_string_value(line));
}

static void
tell(struct context *context, const char *lines)
{
	json_t *object = json_object(), *changes = json_array();
	const char *end;

	for (; *lines != '\0'; lines = end + 1) {
		end = strchr(lines, '\n');
		json_array_append_new(changes, json_stringn(lines, (size_t)(end - lines)));
	}
	json_object_set_new(object, "changes", changes);
	print_result(context, object, diff_text);
}

static int
diff(struct context *context, const char *a, const char *b)
{
	struct trust_snapshot *from = NULL, *to = NULL;
	struct buf lines = BUF_INIT(0);
	struct error err = ERROR_INIT;
	int rc = EXIT_PASSED;

	if (load(a, &from, &err) != 0)
		rc = report_local(context, a, &err);
	else if (load(b, &to, &err) != 0)
		rc = report_local(context, b, &err);
	else if (trust_diff(from, to, &lines, &err) < 0 || buf_terminate(&lines, &err) != 0)
		rc = report_local(context, NULL, &err);
	else
		tell(context, (const char *)lines.data);
	trust_snapshot_free(from);
	trust_snapshot_free(to);
	buf_release(&lines);
	return rc;
}

static int
cmd_trust(struct context *context, int argc, char **argv)
{
	int rc = EXIT_PASSED;
	char *value;

	if (next_option(context, argc, argv, &value, &rc) == OPTION_STOP)
		return rc;
	if (argc - optind != 3 || strcmp(argv[optind], "diff") != 0)
		return wrong_usage(context, "say: trust diff A B");
	context->report = stdout;
	return diff(context, argv[optind + 1], argv[optind + 2]);
}

const struct command command_trust = { "trust", "diff A B",
	"Tell what differs between two trusted lists or trust snapshots, without asking who signed "
	"them",
	NULL, 0, "  signet trust diff DE-7.xml DE-8.xml\n", cmd_trust };
