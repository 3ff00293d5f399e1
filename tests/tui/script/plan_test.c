/* S2-25: what is to be done follows from what is wanted and what is known, and from nothing else.
 */
#include <stdarg.h>
#include <string.h>

#include "tests/support/suite.h"
#include "tui/model/json.h"
#include "tui/script/script.h"

static json_t *
json_of(const char *text)
{
	json_error_t why;
	json_t *out = json_loads(text, 0, &why);

	if (out == NULL)
		fprintf(stderr, "%s: %s\n", why.text, text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	return out;
}

static json_t *
plan(const char *script, const char *known, enum script_removal removal)
{
	struct error err = ERROR_INIT;
	json_t *wanted, *is = json_of(known), *steps;

	ASSERT_OK(script_read(&wanted, "s", span_str(script), &err), &err);
	ASSERT_OK(script_plan(&steps, wanted, is, removal, &err), &err);
	json_decref(wanted);
	json_decref(is);
	return steps;
}

static void
refused(const char *script, const char *known, enum error_kind kind, const char *words)
{
	struct error err = ERROR_INIT;
	json_t *wanted, *is = json_of(known), *steps;

	ASSERT_OK(script_read(&wanted, "s", span_str(script), &err), &err);
	CU_ASSERT_EQUAL(script_plan(&steps, wanted, is, SCRIPT_REMOVE_NOTHING, &err), -1);
	CU_ASSERT_EQUAL(err.kind, kind);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, words));
	json_decref(wanted);
	json_decref(is);
}

/* 1 when the steps are these: "do kind name: what". Takes the steps. */
static int
are_steps(json_t *steps, ...)
{
	const char *want;
	char line[5000];
	json_t *step;
	size_t i;
	va_list ap;
	int same = 1;

	va_start(ap, steps);
	json_array_foreach(steps, i, step)
	{
		snprintf(line, sizeof(line), "%s %s %s: %s", get_text(step, "do"),
		    get_text(step, "kind"), get_text(step, "name"), get_text(step, "what"));
		want = same ? va_arg(ap, const char *) : NULL;
		same = want != NULL && strcmp(want, line) == 0;
		if (!same)
			fprintf(stderr, "%s instead of %s\n", line, want != NULL ? want : "none");
	}
	if (same && va_arg(ap, const char *) != NULL)
		same = 0;
	va_end(ap);
	json_decref(steps);
	return same;
}
#define NONE (const char *)NULL

/* 1 when the n-th step calls this operation so. Takes the steps. */
static int
asks(json_t *steps, size_t n, const char *operation, const char *request)
{
	json_t *step = json_array_get(steps, n), *want = json_of(request);
	char *is = json_dumps(json_object_get(step, "request"), JSON_COMPACT);
	int same = strcmp(get_text(step, "operation"), operation) == 0 &&
		   json_equal(want, json_object_get(step, "request"));

	if (!same)
		fprintf(stderr, "%s %s\n", get_text(step, "operation"), is);
	free(is);
	json_decref(want);
	json_decref(steps);
	return same;
}

#define CLERKS                                                                                     \
	"{\"group\": {\"clerks\": {\"id\": \"7\", \"version\": 3, \"description\": \"x\", "        \
	"\"group\": [\"all\"], \"right\": {\"WhoAmI\": true, \"SignDocument\": [\"Key a\", \"Key " \
	"b\"]}}}, \"$group\": {\"all\": {\"id\": \"8\"}}}"

static void
what_is_there_already_is_no_step(void)
{
	CU_ASSERT(are_steps(plan("group clerks { }", CLERKS, SCRIPT_REMOVE_THINGS), NONE));
	CU_ASSERT(
	    are_steps(plan("group clerks { description = x groups = { all } rights = { WhoAmI "
			   "} right SignDocument { keys = { b, a } } }",
			  CLERKS, SCRIPT_REMOVE_THINGS),
		NONE));
}

static void
a_new_group_is_made_before_what_it_is_in_and_may(void)
{
	static const char script[] = "group a { groups = { b } rights = { WhoAmI } }\ngroup b { }";

	CU_ASSERT(are_steps(plan(script, "{}", SCRIPT_REMOVE_NOTHING), "make group a: ",
	    "make group b: ", "make group a: in group \"b\"", "make group a: right WhoAmI", NONE));
	CU_ASSERT(asks(plan(script, "{}", SCRIPT_REMOVE_NOTHING), 2, "AddGroupMember",
	    "{\"groupId\": {\"of\": [\"group\", \"b\", \"id\"]}, \"memberId\": {\"of\": "
	    "[\"group\", \"a\", \"id\"]}}"));
	refused("group a { groups = { nowhere } }", "{}", ERROR_NOT_FOUND,
	    "there is no group \"nowhere\"");
}

/* A key that is there is given; of one that is not it is told, and all else is done. */
static void
a_group_uses_keys_that_are_there_and_misses_others(void)
{
	static const char known[] =
	    "{\"group\": {\"g\": {\"id\": \"7\", \"version\": 1, \"key\": [\"old\", \"seal\"]}}, "
	    "\"$key\": {\"new\": {\"id\": \"9\"}, \"seal\": {\"id\": \"8\"}}}";

	CU_ASSERT(are_steps(plan("group g { keys = { seal, new, lost } rights = { WhoAmI } }",
				known, SCRIPT_REMOVE_PARTS),
	    "make group g: use of key \"new\"",
	    "miss group g: is to use the key \"lost\", which is not there: make it, then apply "
	    "again",
	    "make group g: right WhoAmI", "remove group g: use of key \"old\"", NONE));
	CU_ASSERT(asks(plan("group g { keys = { seal, old, new } }", known, SCRIPT_REMOVE_PARTS), 0,
	    "GrantKeyUse",
	    "{\"groupId\": {\"of\": [\"group\", \"g\", \"id\"]}, \"key\": \"new\"}"));
	CU_ASSERT(are_steps(plan("group g { keys = { seal } }", known, SCRIPT_REMOVE_NOTHING),
	    "stay group g: use of key \"old\"", NONE));
	/* What is not said stays. */
	CU_ASSERT(are_steps(plan("group g { }", known, SCRIPT_REMOVE_PARTS), NONE));
}

static void
a_change_says_all_of_the_thing_with_the_version_that_was_read(void)
{
	static const char known[] =
	    "{\"user\": {\"al\": {\"id\": \"1\", \"version\": 4, \"state\": \"Active\", "
	    "\"validUntil\": \"2030-01-01T00:00:00Z\", \"hasPassword\": true}}}";

	CU_ASSERT(are_steps(plan("user al { state = Suspended }", known, SCRIPT_REMOVE_NOTHING),
	    "change user al: state: Active -> Suspended", NONE));
	CU_ASSERT(asks(plan("user al { state = Suspended }", known, SCRIPT_REMOVE_NOTHING), 0,
	    "UpdateUser",
	    "{\"id\": {\"of\": [\"user\", \"al\", \"id\"]}, \"version\": {\"of\": [\"user\", "
	    "\"al\", \"version\"]}, \"name\": \"al\", \"state\": \"Suspended\", \"validUntil\": "
	    "\"2030-01-01T00:00:00Z\"}"));
	/* What is said to be none is taken away. */
	CU_ASSERT(asks(plan("user al { valid-until = '' }", known, SCRIPT_REMOVE_NOTHING), 0,
	    "UpdateUser",
	    "{\"id\": {\"of\": [\"user\", \"al\", \"id\"]}, \"version\": {\"of\": [\"user\", "
	    "\"al\", \"version\"]}, \"name\": \"al\", \"state\": \"Active\"}"));
	/* A setting has no version: what it was is said. */
	CU_ASSERT(asks(plan("setting s { value = b }",
			   "{\"setting\": {\"s\": {\"name\": \"s\", \"value\": \"a\"}}}",
			   SCRIPT_REMOVE_NOTHING),
	    0, "UpdateSetting", "{\"name\": \"s\", \"value\": \"b\", \"was\": \"a\"}"));
}

static void
a_right_is_widened_and_narrowed_as_the_script_says(void)
{
	CU_ASSERT(are_steps(
	    plan("group clerks { rights = { SignDocument } }", CLERKS, SCRIPT_REMOVE_NOTHING),
	    "make group clerks: right SignDocument", "stay group clerks: right WhoAmI", NONE));
	CU_ASSERT(are_steps(
	    plan("group clerks { right WhoAmI { keys = { a } } }", CLERKS, SCRIPT_REMOVE_PARTS),
	    "change group clerks: right WhoAmI no longer as a whole",
	    "make group clerks: right WhoAmI for Key a", "remove group clerks: right SignDocument",
	    NONE));
	CU_ASSERT(are_steps(plan("group clerks { rights = { WhoAmI } right SignDocument { keys = { "
				 "a, c } } }",
				CLERKS, SCRIPT_REMOVE_PARTS),
	    "make group clerks: right SignDocument for Key c",
	    "remove group clerks: right SignDocument for Key b", NONE));
}

static void
nothing_is_removed_unless_it_is_said(void)
{
	static const char known[] =
	    "{\"group\": {\"a\": {\"id\": \"1\", \"version\": 1, \"group\": [\"b\"]}, \"b\": "
	    "{\"id\": \"2\", \"version\": 5}}}";

	CU_ASSERT(are_steps(plan("group a { groups = {} }", known, SCRIPT_REMOVE_NOTHING),
	    "stay group a: in group \"b\"", NONE));
	CU_ASSERT(are_steps(plan("group a { groups = {} }", known, SCRIPT_REMOVE_PARTS),
	    "remove group a: in group \"b\"", NONE));
	/* Of what the script does not speak, nothing goes. */
	CU_ASSERT(are_steps(plan("group a { }", known, SCRIPT_REMOVE_PARTS), NONE));
	CU_ASSERT(
	    are_steps(plan("group a { }", known, SCRIPT_REMOVE_THINGS), "remove group b: ", NONE));
	CU_ASSERT(asks(plan("group a { }", known, SCRIPT_REMOVE_THINGS), 0, "RemoveGroup",
	    "{\"id\": \"2\", \"version\": 5}"));
	CU_ASSERT(are_steps(plan("user u { password-file = p }", known, SCRIPT_REMOVE_THINGS),
	    "make user u: ", NONE));
}

static void
a_user_without_means_to_call_is_told(void)
{
	CU_ASSERT(are_steps(plan("user u { state = Suspended }", "{}", SCRIPT_REMOVE_NOTHING),
	    "miss user u: has neither certificate nor password in the script, and cannot be made: "
	    "signet user add NAME --password-file FILE makes it; then apply again",
	    NONE));
	CU_ASSERT(are_steps(
	    plan("user u { }", "{\"user\": {\"u\": {\"id\": \"1\"}}}", SCRIPT_REMOVE_NOTHING),
	    "miss user u: has neither certificate nor password: nobody can call as this user",
	    NONE));
	CU_ASSERT(asks(plan("user u { password-file = p certificates = { AAEC } }", "{}",
			   SCRIPT_REMOVE_NOTHING),
	    0, "CreateUser",
	    "{\"name\": \"u\", \"certificate\": \"AAEC\", \"password\": {\"file\": \"p\"}}"));
	/* Who has a password keeps it. */
	CU_ASSERT(are_steps(plan("user u { password-file = p }",
				"{\"user\": {\"u\": {\"id\": \"1\", \"hasPassword\": true}}}",
				SCRIPT_REMOVE_NOTHING),
	    NONE));
}

/* SHA-256 of the bytes 0, 1, 2. */
#define CARD "ae4b3280e56e2faf83f414a6e3dabe9d5fbe18976544c05fed121accb85b53fc"

static void
certificates_are_told_by_their_fingerprints(void)
{
	static const char known[] =
	    "{\"user\": {\"u\": {\"id\": \"1\", \"version\": 2, \"cards\": {\"" CARD
	    "\": {\"version\": 6}}, \"suspended\": []}}}";

	CU_ASSERT(are_steps(
	    plan("user u { certificates = { AAEC } }", known, SCRIPT_REMOVE_PARTS), NONE));
	CU_ASSERT(are_steps(plan("user u { certificates = {} }", known, SCRIPT_REMOVE_PARTS),
	    "remove user u: certificate " CARD, NONE));
	CU_ASSERT(asks(
	    plan("user u { suspended-certificates = { " CARD " } }", known, SCRIPT_REMOVE_NOTHING),
	    0, "UpdateUserCertificate",
	    "{\"id\": {\"of\": [\"user\", \"u\", \"id\"]}, \"fingerprint\": \"" CARD
	    "\", \"version\": {\"of\": [\"user\", \"u\", \"cards\", \"" CARD
	    "\", \"version\"]}, \"state\": \"Suspended\"}"));
	refused("user u { suspended-certificates = { 00 } }", known, ERROR_NOT_FOUND,
	    "no certificate 00 that could be suspended");
	refused("trust-anchor h { certificate = AAED }",
	    "{\"trust-anchor\": {\"h\": {\"id\": \"1\", \"fingerprint\": \"" CARD
	    "\", \"certificate\": \"AAEC\"}}}",
	    ERROR_CONFLICT, "is there with another certificate");
}

/* However long a text is, its step is there, whole. */
static void
a_long_text_is_a_step_like_any(void)
{
	static char script[5000], want[5000];
	size_t i, n;

	n = (size_t)snprintf(script, sizeof(script), "group g { description = \"");
	for (i = 0; i < 1000; i++)
		n += (size_t)snprintf(script + n, sizeof(script) - n, "\303\244");
	snprintf(script + n, sizeof(script) - n, "\" }");
	n = (size_t)snprintf(want, sizeof(want), "make group g: description: ");
	for (i = 0; i < 1000; i++)
		n += (size_t)snprintf(want + n, sizeof(want) - n, "\303\244");
	CU_ASSERT(are_steps(plan(script, "{}", SCRIPT_REMOVE_NOTHING), want, NONE));
}

static void
what_no_script_can_make_is_told(void)
{
	CU_ASSERT(
	    are_steps(plan("signing-key seal { state = Disabled }", "{}", SCRIPT_REMOVE_NOTHING),
		"miss signing-key seal: is not there, and no script can make it", NONE));
	refused("trust-centre DE { all = yes }", "{}", ERROR_NOT_FOUND,
	    "there is no trusted list \"DE\"");
}

static void
trust_centres_are_chosen_and_let_go(void)
{
	static const char known[] = "{\"trust-centre\": {\"DE\": {\"all\": false, \"centre\": "
				    "[\"A\"], \"later\": [\"B\"]}}}";

	CU_ASSERT(are_steps(plan("trust-centre DE { centres = { A, C } later = { D } }", known,
				SCRIPT_REMOVE_PARTS),
	    "make trust-centre DE: trust centre \"C\"", "make trust-centre DE: trust centre \"D\"",
	    "remove trust-centre DE: trust centre \"B\"", NONE));
	CU_ASSERT(asks(plan("trust-centre DE { later = { D } }", known, SCRIPT_REMOVE_NOTHING), 0,
	    "ChooseTrustCentre", "{\"list\": \"DE\", \"trustCentre\": \"D\", \"later\": true}"));
	CU_ASSERT(are_steps(plan("trust-centre DE { all = yes }", known, SCRIPT_REMOVE_NOTHING),
	    "make trust-centre DE: all of it", "stay trust-centre DE: trust centre \"A\"",
	    "stay trust-centre DE: trust centre \"B\"", NONE));
	CU_ASSERT(
	    are_steps(plan("trust-centre DE { all = yes }",
			  "{\"trust-centre\": {\"DE\": {\"all\": true}}}", SCRIPT_REMOVE_PARTS),
		NONE));
}

static const struct test tests[] = {
	TEST(what_is_there_already_is_no_step),
	TEST(a_new_group_is_made_before_what_it_is_in_and_may),
	TEST(a_group_uses_keys_that_are_there_and_misses_others),
	TEST(a_change_says_all_of_the_thing_with_the_version_that_was_read),
	TEST(a_right_is_widened_and_narrowed_as_the_script_says),
	TEST(nothing_is_removed_unless_it_is_said),
	TEST(a_user_without_means_to_call_is_told),
	TEST(certificates_are_told_by_their_fingerprints),
	TEST(a_long_text_is_a_step_like_any),
	TEST(what_no_script_can_make_is_told),
	TEST(trust_centres_are_chosen_and_let_go),
	TEST_END,
};
const struct suite suite_tui_script_plan = { "tui/script/plan", NULL, NULL, tests };
