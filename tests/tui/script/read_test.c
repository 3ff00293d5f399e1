/* S2-25: the text of a script is read as it stands there, or refused with its place; and written.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/suite.h"
#include "tui/script/script.h"

static json_t *
read_text(const char *text)
{
	struct error err = ERROR_INIT;
	json_t *model;

	ASSERT_OK(script_read(&model, "s.conf", span_str(text), &err), &err);
	return model;
}

static void
refused(const char *text, const char *words)
{
	struct error err = ERROR_INIT;
	json_t *model;

	CU_ASSERT_EQUAL(script_read(&model, "s.conf", span_str(text), &err), -1);
	CU_ASSERT_PTR_NULL(model);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	if (strstr(err.text, words) == NULL)
		fprintf(stderr, "%s instead of %s\n", err.text, words);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, words));
}

/* 1 when the model is what this JSON says, the order of members aside. */
static int
is_model(json_t *model, const char *wanted)
{
	json_t *want = json_loads(wanted, 0, NULL);
	char *is = json_dumps(model, JSON_COMPACT);
	int same = want != NULL && json_equal(want, model);

	if (!same)
		fprintf(stderr, "%s instead of %s\n", is, wanted);
	free(is);
	json_decref(want);
	json_decref(model);
	return same;
}

static void
what_is_said_is_in_the_model_and_what_is_not_said_is_not(void)
{
	CU_ASSERT(is_model(read_text(""), "{}"));
	CU_ASSERT(is_model(read_text("group clerks { }"), "{\"group\": {\"clerks\": {}}}"));
	CU_ASSERT(is_model(read_text("# a remark\n"
				     "group 'clerks of \"x\"' {\n"
				     "  description = \"two words\"  groups = {}\n"
				     "  rights = { SignDocument, // one\n CreateUser }\n"
				     "  right SignDigests { keys = { a, b } archives = { id } }\n"
				     "}\n"),
	    "{\"group\": {\"clerks of \\\"x\\\"\": {\"description\": \"two words\", \"group\": [], "
	    "\"right\": {\"SignDocument\": true, \"CreateUser\": true, \"SignDigests\": [\"Key "
	    "a\", "
	    "\"Key b\", \"Archive id\"]}}}}"));
	CU_ASSERT(is_model(read_text("user alice { valid-until = '' has-password = yes }\n"
				     "authority t { place = 7 }"),
	    "{\"user\": {\"alice\": {\"validUntil\": null, \"hasPassword\": true}}, \"authority\": "
	    "{\"t\": {\"place\": 7}}}"));
}

static void
a_job_runs_at_an_interval_or_at_a_time_of_the_day(void)
{
	CU_ASSERT(is_model(read_text("job expiry { daily = \"03:00\" }"),
	    "{\"job\": {\"expiry\": {\"dailyAt\": \"03:00\", \"everySeconds\": null}}}"));
	CU_ASSERT(is_model(read_text("job expiry { every = 60 }"),
	    "{\"job\": {\"expiry\": {\"everySeconds\": 60, \"dailyAt\": null}}}"));
}

static void
what_is_wrong_is_said_with_its_place(void)
{
	refused(
	    "group a {\n colour = red\n}", "s.conf:2: no such option 'colour'; signet-apply(5)");
	refused("group a {\n", "a section is not closed by }");
	refused("group a { }\ngroup a { }", "s.conf:2: found duplicate title 'a'");
	refused("planet x { }", "no such option 'planet'");
	refused("group '' { }", "it has no name");
	refused("group a { rights = { SignDocumnet } }",
	    "group \"a\": there is no operation SignDocumnet");
	refused("group a { rights = { WhoAmI, WhoAmI } }", "the right WhoAmI stands there twice");
	refused("group a { right SignDocument { } }", "is narrowed to nothing");
	refused(
	    "user a { state = Sleeping }", "user \"a\": state is not Sleeping, but one of Active");
	refused("user a { valid-until = soon }", "is no time such as");
	refused("user a { has-password = maybe }", "has-password is yes or no");
	refused("authority a { place = first }", "is no number");
	refused("group \"\xff\" { }", "no text in UTF-8");
	/* And what escapes make is looked at as well. */
	refused("group \"a\\xff\" { }", "its name is no text in UTF-8");
	refused("group a { description = \"\\xff\" }", "description is no text in UTF-8");
	refused("group a { groups = { \"\\xff\" } }", "groups is no text in UTF-8");
	refused("group a { rights = { \"\\xff\" } }", "there is no operation");
	refused("group a { right SignDocument { keys = { \"\\xff\" } } }", "keys is no text");
}

static void
what_is_written_is_read_as_it_was(void)
{
	static const char text[] =
	    "group \"a \\\"b\\\" \\\\ \\${HOME} {x} # no remark // neither /* nor */\" {\n"
	    "	description = \"it's\"\n"
	    "	rights = { WhoAmI }\n"
	    "	right SignDocument { keys = { \"k 1\", \"\\$x\" } directories = { \"id\" } }\n"
	    "}\n"
	    "user \"\xc3\xa4\" { state = \"Suspended\" certificates = { \"AAEC\" } }\n"
	    "trust-centre \"DE\" { all = no centres = { \"A\" } later = { \"B\" } }\n";
	json_t *model = read_text(text), *again;
	struct buf out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	CU_ASSERT_PTR_NOT_NULL(json_object_get(json_object_get(model, "group"),
	    "a \"b\" \\ ${HOME} {x} # no remark // neither /* nor */"));
	ASSERT_OK(script_write(&out, model, &err), &err);
	ASSERT_OK(script_read(&again, "again", SPAN_OF(&out), &err), &err);
	CU_ASSERT(json_equal(model, again));
	buf_release(&out);
	json_decref(model);
	json_decref(again);
}

/* An export may be looked at on a terminal. */
static void
what_a_terminal_would_obey_is_written_in_hex_and_read_as_it_was(void)
{
	json_t *model = json_pack("{s{s{ss}}}", "group", "a\033[2Jb", "description",
		   "line\nline\ttab \302\233 \342\200\256 \303\244"),
	       *again;
	struct buf out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ASSERT_OK(script_write(&out, model, &err), &err);
	ASSERT_OK(script_read(&again, "again", SPAN_OF(&out), &err), &err);
	CU_ASSERT(json_equal(model, again));
	CU_ASSERT_EQUAL(buf_terminate(&out, NULL), 0);
	CU_ASSERT_PTR_NULL(strchr((char *)out.data, '\033'));
	CU_ASSERT_PTR_NULL(strstr((char *)out.data, "\342\200\256"));
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)out.data, "\\xe2\\x80\\xae \303\244\""));
	buf_release(&out);
	json_decref(model);
	json_decref(again);
}

/* Not one of them is left out of what can be written and read. */
static void
every_part_of_every_kind_is_read(void)
{
	struct buf text = BUF_INIT(0);
	const struct script_part *p;
	json_t *model;
	size_t i, k;

	for (i = 0; i < script_kind_count; i++)
		for (k = 0; k < script_kinds[i].part_count; k++) {
			p = &script_kinds[i].parts[k];
			text.len = 0;
			buf_printf(&text, NULL, "%s x { %s = %s }", script_kinds[i].word, p->word,
			    p->type == SCRIPT_TIME     ? "2030-01-01T00:00:00Z"
			    : p->type == SCRIPT_NUMBER ? "1"
			    : p->type == SCRIPT_FLAG   ? "yes"
			    : p->type == SCRIPT_RIGHTS ? "{ WhoAmI }"
			    : p->type == SCRIPT_TEXT || p->type == SCRIPT_FILE ||
				    p->type == SCRIPT_BYTES
				? strcmp(p->word, "state") == 0	     ? "Active"
				  : strcmp(p->word, "opens-to") == 0 ? "Users"
								     : "AAEC"
				: "{ AAEC }");
			/* What a list may hold is the server's to say, but for enumerations. */
			buf_terminate(&text, NULL);
			model = read_text((const char *)text.data);
			CU_ASSERT_PTR_NOT_NULL(json_object_get(
			    json_object_get(json_object_get(model, script_kinds[i].word), "x"),
			    p->member));
			json_decref(model);
		}
	buf_release(&text);
}

static void
the_manual_names_every_kind_and_part(void)
{
	struct buf page = BUF_INIT(0);
	char words[64];
	size_t i, k;

	CU_ASSERT_EQUAL_FATAL(buf_read_file(&page, "man/signet-apply.5", NULL), 0);
	CU_ASSERT_EQUAL_FATAL(buf_terminate(&page, NULL), 0);
	for (i = 0; i < script_kind_count; i++) {
		snprintf(words, sizeof(words), "\n.It Ic %s\n", script_kinds[i].word);
		CU_ASSERT_PTR_NOT_NULL(strstr((const char *)page.data, words));
		for (k = 0; k < script_kinds[i].part_count; k++) {
			snprintf(words, sizeof(words), "\n.Ic %s", script_kinds[i].parts[k].word);
			CU_ASSERT_PTR_NOT_NULL(strstr((const char *)page.data, words));
		}
	}
	buf_release(&page);
}

static const struct test tests[] = {
	TEST(what_is_said_is_in_the_model_and_what_is_not_said_is_not),
	TEST(a_job_runs_at_an_interval_or_at_a_time_of_the_day),
	TEST(what_is_wrong_is_said_with_its_place),
	TEST(what_is_written_is_read_as_it_was),
	TEST(what_a_terminal_would_obey_is_written_in_hex_and_read_as_it_was),
	TEST(every_part_of_every_kind_is_read),
	TEST(the_manual_names_every_kind_and_part),
	TEST_END,
};
const struct suite suite_tui_script_read = { "tui/script/read", NULL, NULL, tests };
