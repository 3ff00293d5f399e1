/* S2-25: steps are done in order, with what was read and what came of the steps before, and stop at
 * the first refusal. */
#include <stdio.h>
#include <string.h>

#include "tests/support/suite.h"
#include "tui/model/json.h"
#include "tui/script/script.h"

/* A server that notes what it is asked, answers with ids and versions, and refuses one operation.
 */
static struct {
	char asked[2000];
	const char *refuses, *proposes; /* proposes: this operation, or "" for all */
	enum error_kind kind;
	int done, version, proposed, waits;
} stub;

static int
ask(void *ctx, const char *operation, const json_t *request, json_t **out, struct error *err)
{
	char *text = json_dumps(request, JSON_COMPACT);
	const size_t len = strlen(stub.asked);

	(void)ctx;
	snprintf(stub.asked + len, sizeof(stub.asked) - len, "%s %s\n", operation, text);
	free(text);
	if (stub.refuses != NULL && strcmp(stub.refuses, operation) == 0)
		return error_set(err, stub.kind, "refused: %s", operation);
	if (stub.proposes != NULL &&
	    (stub.proposes[0] == '\0' || strcmp(stub.proposes, operation) == 0))
		*out = json_pack("{ssss}", "proposal", "p-1", "message", "not done yet");
	else
		*out = json_pack("{sssssi}", "name", get_text(request, "name"), "id", "id-1",
		    "version", ++stub.version);
	return 0;
}

static const char *
password(void *ctx, const char *file, struct error *err)
{
	(void)ctx;
	(void)err;
	return strcmp(file, "p") == 0 ? "secret" : NULL;
}

static void
done(void *ctx, const json_t *step)
{
	(void)ctx;
	(void)step;
	stub.done++;
}

static void
proposed(void *ctx, const json_t *step, const json_t *answer)
{
	(void)ctx;
	(void)step;
	stub.proposed += strcmp(get_text(answer, "proposal"), "p-1") == 0;
}

static void
waits(void *ctx, const json_t *step)
{
	(void)ctx;
	(void)step;
	stub.waits++;
}

static const struct script_server server = { ask, password, done, proposed, waits, NULL };

static int
run(const char *script, const char *known, size_t *at, struct error *err)
{
	json_t *wanted, *is = json_loads(known, 0, NULL), *steps;
	int rc;

	memset(&stub.asked, 0, sizeof(stub.asked));
	stub.done = stub.version = stub.proposed = stub.waits = 0;
	ASSERT_OK(script_read(&wanted, "s", span_str(script), err), err);
	ASSERT_OK(script_plan(&steps, wanted, is, SCRIPT_REMOVE_NOTHING, err), err);
	rc = script_run(steps, is, &server, at, err);
	json_decref(wanted);
	json_decref(is);
	json_decref(steps);
	return rc;
}

static void
what_was_made_is_known_to_the_steps_behind(void)
{
	struct error err = ERROR_INIT;
	size_t at;

	stub.refuses = NULL;
	ASSERT_OK(run("group g { rights = { WhoAmI } }\nuser u { password-file = p groups = { g } "
		      "state = Suspended }",
		      "{}", &at, &err),
	    &err);
	CU_ASSERT_STRING_EQUAL(stub.asked,
	    "CreateGroup {\"name\":\"g\"}\n"
	    "CreateUser {\"name\":\"u\",\"groupId\":[\"id-1\"],\"password\":\"secret\"}\n"
	    "UpdateUser {\"id\":\"id-1\",\"version\":2,\"name\":\"u\",\"state\":\"Suspended\","
	    "\"validUntil\":null}\n"
	    "GrantRight {\"groupId\":\"id-1\",\"operation\":\"WhoAmI\"}\n");
	CU_ASSERT_EQUAL(stub.done, 4);
}

/* Of two who change one row the second is told: what is sent is the version that was read. */
static void
a_row_that_somebody_else_changed_is_a_refusal(void)
{
	struct error err = ERROR_INIT;
	size_t at;

	stub.refuses = "UpdateGroup";
	stub.kind = ERROR_CONFLICT;
	CU_ASSERT_EQUAL(run("group g { description = new rights = { WhoAmI } }",
			    "{\"group\": {\"g\": {\"id\": \"7\", \"version\": 41}}}", &at, &err),
	    -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
	CU_ASSERT_EQUAL(at, 0);
	CU_ASSERT_EQUAL(stub.done, 0);
	CU_ASSERT_STRING_EQUAL(stub.asked,
	    "UpdateGroup {\"id\":\"7\",\"version\":41,\"name\":\"g\",\"description\":\"new\"}\n");
}

static void
nothing_is_done_behind_the_first_refusal(void)
{
	struct error err = ERROR_INIT;
	size_t at;

	stub.refuses = "GrantRight";
	stub.kind = ERROR_NOT_AUTHORIZED;
	CU_ASSERT_EQUAL(run("group g { rights = { WhoAmI, ListKeys } }", "{}", &at, &err), -1);
	CU_ASSERT_EQUAL(at, 1);
	CU_ASSERT_EQUAL(stub.done, 1);
	CU_ASSERT_PTR_NULL(strstr(stub.asked, "ListKeys"));
}

/* A change that waits for somebody else's word gives no id: what stands on it cannot go on. */
static void
what_was_not_made_after_all_stops_what_needs_it(void)
{
	struct error err = ERROR_INIT;
	json_t *steps = json_loads("[{\"do\": \"make\", \"kind\": \"group\", \"name\": \"g\", "
				   "\"operation\": \"GrantRight\", \"request\": {\"groupId\": "
				   "{\"of\": [\"group\", \"g\", \"id\"]}}}]",
		   0, NULL),
	       *known = json_object();
	size_t at;

	stub.refuses = NULL;
	CU_ASSERT_EQUAL(script_run(steps, known, &server, &at, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "there is no group \"g\" yet"));
	json_decref(steps);
	json_decref(known);
}

/* Four eyes: what stands on a proposal waits, and so does a second change of the same thing. */
static void
what_stands_on_a_proposal_waits_and_the_rest_goes_on(void)
{
	struct error err = ERROR_INIT;
	size_t at;

	stub.refuses = NULL;
	stub.proposes = "";
	ASSERT_OK(run("group g { rights = { WhoAmI } }\nuser u { password-file = p groups = { g } "
		      "state = Suspended }\ngroup h { rights = { ListKeys } }",
		      "{\"group\": {\"h\": {\"id\": \"7\", \"version\": 41}}}", &at, &err),
	    &err);
	CU_ASSERT_STRING_EQUAL(stub.asked, "CreateGroup {\"name\":\"g\"}\n"
					   "GrantRight {\"groupId\":\"7\",\"operation\":"
					   "\"ListKeys\"}\n");
	CU_ASSERT_EQUAL(stub.done, 0);
	CU_ASSERT_EQUAL(stub.proposed, 2);
	CU_ASSERT_EQUAL(stub.waits, 3);
	/* A tenant without four eyes, or an operation that needs nobody: done as ever. */
	stub.proposes = "GrantRight";
	ASSERT_OK(run("group g { rights = { WhoAmI } }", "{}", &at, &err), &err);
	CU_ASSERT_EQUAL(stub.done, 1);
	CU_ASSERT_EQUAL(stub.proposed, 1);
	CU_ASSERT_EQUAL(stub.waits, 0);
	stub.proposes = NULL;
}

/* ---- what is asked to know a tenant ---- */

static int
tenant(void *ctx, const char *operation, const json_t *request, json_t **out, struct error *err)
{
	const char *name = get_text(request, "name");

	(void)ctx;
	*out = NULL;
	if (strcmp(operation, "GetUser") == 0 && strcmp(name, "u") == 0)
		*out = json_pack("{sssssis[{ssss}]}", "name", "u", "id", "1", "version", 2, "group",
		    "id", "2", "name", "g");
	else if (strcmp(operation, "GetGroup") == 0 && strcmp(name, "h") == 0)
		*out = json_pack("{ssss}", "name", "h", "id", "3");
	else if (strcmp(operation, "ListKeyUses") == 0)
		*out = json_pack("{s[{ssss}]}", "items", "group", "h", "key", "seal");
	else if (strcmp(operation, "ListRights") == 0)
		*out = json_pack("{s[{sssb}{sssbs[{ssssss}]}]}", "items", "operation", "WhoAmI",
		    "isNarrowed", 0, "operation", "SignDocument", "isNarrowed", 1, "object", "kind",
		    "Key", "id", "9", "name", "seal");
	else
		return error_set(err, ERROR_NOT_FOUND, "there is no %s", name);
	return 0;
}

static void
what_is_known_has_the_form_of_what_is_wanted(void)
{
	static const struct script_server asked = { tenant, NULL, NULL, NULL, NULL, NULL };
	struct error err = ERROR_INIT;
	json_t *wanted, *known, *steps;

	ASSERT_OK(script_read(&wanted, "s",
		      span_str("user u { groups = { g, h } }\nuser new { password-file = p }\n"
			       "group h { keys = { seal } rights = { WhoAmI } right SignDocument { "
			       "keys = { seal "
			       "} } }"),
		      &err),
	    &err);
	ASSERT_OK(script_state(&known, &asked, wanted, NULL, &err), &err);
	CU_ASSERT_STRING_EQUAL(get_text(script_known(known, "group", "g"), "id"), "2");
	CU_ASSERT_PTR_NULL(script_known(known, "user", "new"));
	ASSERT_OK(script_plan(&steps, wanted, known, SCRIPT_REMOVE_PARTS, &err), &err);
	CU_ASSERT_EQUAL(json_array_size(steps), 3);
	CU_ASSERT_STRING_EQUAL(get_text(json_array_get(steps, 0), "operation"), "CreateUser");
	CU_ASSERT_STRING_EQUAL(get_text(json_array_get(steps, 1), "what"), "in group \"h\"");
	/* He has no certificate and no password. */
	CU_ASSERT_STRING_EQUAL(get_text(json_array_get(steps, 2), "do"), "miss");
	json_decref(wanted);
	json_decref(known);
	json_decref(steps);
}

static const struct test tests[] = {
	TEST(what_was_made_is_known_to_the_steps_behind),
	TEST(a_row_that_somebody_else_changed_is_a_refusal),
	TEST(nothing_is_done_behind_the_first_refusal),
	TEST(what_was_not_made_after_all_stops_what_needs_it),
	TEST(what_stands_on_a_proposal_waits_and_the_rest_goes_on),
	TEST(what_is_known_has_the_form_of_what_is_wanted),
	TEST_END,
};
const struct suite suite_tui_script_run = { "tui/script/run", NULL, NULL, tests };
