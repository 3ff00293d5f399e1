/*
 * S2-25: scripts of administration. Each that is installed is applied to a new tenant, twice, and a
 * user of its group may what it says and nothing else; what a tenant has is exported and makes
 * another one the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/judges.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"

#define SERVER "signet --config ../server.conf "

/* The folder of the scripts, and a function `as WHO ...` that is signet as a user of the tenant. */
static char prelude[700];
#define RUN(status, tenant, script) JUDGE(status, "t=%s; %s %s", tenant, prelude, script)

static int
setup(void)
{
	char *groups = realpath("authz/groups", NULL);

	if (groups == NULL || judges_enter("scripts") != 0)
		return -1;
	snprintf(prelude, sizeof(prelude),
	    "groups='%s'; as() { who=$1; shift; { grep -E '^(endpoint|ca-file)' ../client.conf | "
	    "sed 's|\"pki/|\"../pki/|'; echo \"user = \\\"$t/$who\\\"\"; echo 'password-file = "
	    "\"p\"'; } > $t.$who.conf; signet --config $t.$who.conf \"$@\"; };",
	    groups);
	free(groups);
	return judges_run(0, "echo 'correct horse battery' > p") ? 0 : -1;
}

static void
new_tenant(const char *name)
{
	JUDGE(0, SERVER "tenant add %s boss --password-file p", name);
}

/* A key of the demo tenant's, as if it were the tenant's own, for a group. */
static void
give_key(const char *tenant, const char *group)
{
	struct error err = ERROR_INIT;
	char sql[900];

	snprintf(sql, sizeof(sql),
	    "WITH t AS (SELECT id FROM signet.tenant WHERE name = '%s'), k AS (INSERT INTO "
	    "signet.signing_key (id, tenant_id, name, store_key, algorithm, size, certificate, "
	    "chain, not_after, usage, is_default) SELECT gen_random_uuid(), t.id, 'seal', "
	    "k.store_key, k.algorithm, k.size, k.certificate, k.chain, k.not_after, k.usage, true "
	    "FROM t, signet.signing_key k WHERE k.name = 'demo-rsa' RETURNING id, tenant_id) "
	    "INSERT INTO signet.group_key (tenant_id, group_id, key_id) SELECT k.tenant_id, g.id, "
	    "k.id FROM k JOIN signet.group g ON g.tenant_id = k.tenant_id AND g.name = '%s'",
	    tenant, group);
	ASSERT_OK(postgres_run(judges_live()->database, "postgres", sql, &err), &err);
}

/* Shown, done, and nothing left to do; then a user of the group. */
static void
apply_twice(const char *tenant, const char *script, const char *group)
{
	char text[400];

	new_tenant(tenant);
	snprintf(text, sizeof(text), "as boss apply --dry-run $groups/%s.conf", script);
	RUN(0, tenant, text);
	HEARD("would be ");
	snprintf(text, sizeof(text), "as boss group show %s", group);
	RUN(3, tenant, text);
	snprintf(text, sizeof(text), "as boss apply $groups/%s.conf", script);
	RUN(0, tenant, text);
	HEARD(" made, 0 changed, 0 removed");
	RUN(0, tenant, text);
	HEARD("nothing to do");
	snprintf(text, sizeof(text), "as boss user add worker --password-file p --group %s", group);
	RUN(0, tenant, text);
}

static void
business_systems_sign_and_administer_nothing(void)
{
	apply_twice("erp1", "erp-signing", "erp-signing");
	give_key("erp1", "erp-signing");
	RUN(0, "erp1", "as worker sign doc.txt -f -o erp.p7s && as worker keys");
	HEARD("seal");
	RUN(0, "erp1", "as boss explain worker TimestampDigest");
	RUN(3, "erp1", "as worker user list");
	HEARD("lacks the right ListUsers");
	RUN(3, "erp1", "as worker case find");
	HEARD("lacks the right FindCases");
	RUN(3, "erp1", "as worker apply $groups/erp-signing.conf");
	HEARD("lacks the right GetGroup");
}

static void
scanning_stations_seal_and_cannot_look_up_what_others_stored(void)
{
	apply_twice("scan1", "archive-scanning", "archive-scanning");
	give_key("scan1", "archive-scanning");
	RUN(0, "scan1", "as worker sign doc.pdf -f -o scan.pdf");
	RUN(0, "scan1", "as boss explain worker ArchiveSubmission");
	RUN(1, "scan1", "as boss explain worker ArchiveDeletion");
	RUN(3, "scan1", "as worker case find");
	HEARD("lacks the right FindCases");
	RUN(0, "scan1",
	    "as boss user add checker --password-file p --group archive-scanning-control && as "
	    "checker case find");
	RUN(3, "scan1", "as checker sign doc.pdf -f -o never.pdf");
	HEARD("lacks the right SignDocument");
}

static void
mail_gateways_sign_and_decrypt_and_look_nothing_up(void)
{
	apply_twice("mail1", "mail-gateway", "mail-gateway");
	give_key("mail1", "mail-gateway");
	RUN(0, "mail1",
	    "printf 'Subject: x\\r\\n\\r\\nhello\\r\\n' > m.eml && as worker sign m.eml "
	    "-f -o m-signed.eml");
	RUN(0, "mail1", "as boss explain worker DecryptDocument");
	RUN(3, "mail1", "as worker timestamp doc.txt -f -o never");
	HEARD("lacks the right Timestamp");
	RUN(3, "mail1", "as worker case find");
}

static void
auditors_see_all_and_change_nothing(void)
{
	apply_twice("audit1", "auditors", "auditors");
	RUN(0, "audit1",
	    "as worker audit list && as worker user list && as worker right list && as "
	    "worker setting list && as worker export");
	HEARD("group \"auditors\"");
	RUN(3, "audit1", "as worker group add more");
	HEARD("lacks the right CreateGroup");
	RUN(3, "audit1", "as worker setting set user-revocation strict");
	HEARD("lacks the right UpdateSetting");
	RUN(3, "audit1", "as worker sign doc.txt -f -o never");
	HEARD("lacks the right SignDocument");
}

static void
access_gateways_ask_for_others_and_do_nothing_else(void)
{
	apply_twice("gate1", "access-gateway", "access-gateway");
	RUN(0, "gate1", "as boss explain worker CheckAccess");
	RUN(3, "gate1", "as worker access list");
	HEARD("lacks the right ListUrlRules");
	RUN(3, "gate1", "as worker sign doc.txt -f -o never");
	/* To be in the readers' group gives no right. */
	RUN(0, "gate1", "as boss user add reader --password-file p --group website-readers");
	RUN(3, "gate1", "as reader access list");
}

/* ---- a whole tenant ---- */

/* Two certificates, and a script of every kind that a new tenant can have. */
static const char whole[] =
    "for n in anna house; do openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
    "-subj \"/CN=$n$t\" -keyout $n.key -out $n.pem -days 30 2>/dev/null; done\n"
    "cat > whole.conf <<'END'\n"
    "group \"all \\\"of\\\" \\${them}\" { description = \"Everybody\"\n"
    "  rights = { WhoAmI, ListKeys } }\n"
    "group \"signers\" {\n"
    "  groups = { \"all \\\"of\\\" \\${them}\" }\n"
    "  right SignDocument { keys = { \"seal\" } }\n"
    "}\n"
    "user \"anna\" { certificate-files = { \"anna.pem\" } groups = { signers }\n"
    "  valid-until = \"2040-01-01T00:00:00Z\" }\n"
    "user \"bert\" { password-file = \"p\" state = Suspended groups = { signers } }\n"
    "access \"orders\" { host = \"www.example.org\" path = \"/orders/**\" methods = { GET }\n"
    "  opens-to = Groups groups = { signers } }\n"
    "trust-anchor \"house\" { certificate-file = \"house.pem\" usage = { Signing }\n"
    "  crl-urls = { \"http://pki.example/house.crl\" } }\n"
    "authority \"outside\" { url = \"http://127.0.0.1:9/\" place = 50 state = Disabled }\n"
    "setting \"user-revocation\" { value = \"strict\" }\n"
    "END\n";

static void
a_script_of_all_kinds_is_applied_and_changes_nothing_the_second_time(void)
{
	char text[2600];

	new_tenant("one");
	snprintf(text, sizeof(text), "%s as boss group add signers && true", whole);
	RUN(0, "one", text);
	give_key("one", "signers");
	RUN(0, "one", "as boss apply --dry-run whole.conf");
	HEARD("+ group \"signers\": right SignDocument for Key seal");
	HEARD("+ user \"anna\"");
	HEARD("~ setting \"user-revocation\": value: lenient -> strict");
	RUN(0, "one", "as boss apply whole.conf");
	RUN(0, "one", "as boss apply whole.conf");
	HEARD("nothing to do");
	RUN(0, "one", "as boss --json apply whole.conf");
	HEARD("\"made\":0,\"changed\":0,\"removed\":0,\"missing\":0");
	RUN(0, "one",
	    "as boss explain anna SignDocument --key seal && as boss authority show "
	    "outside && as boss user show bert");
	HEARD("Disabled");
	HEARD("Suspended");
}

static void
an_export_makes_another_tenant_the_same(void)
{
	new_tenant("two");
	RUN(0, "one", "as boss export -f -o one.conf; grep -c password one.conf");
	RUN(0, "one", "! grep -q 'argon\\|correct horse' one.conf && as boss apply one.conf");
	HEARD("nothing to do");
	/* Its own certificate can belong to nobody else; keys come with the server. */
	RUN(0, "one", "as boss user remove anna && as boss trust-anchor list");
	RUN(0, "two", "as boss group add signers");
	give_key("two", "signers");
	RUN(1, "two", "as boss apply one.conf");
	HEARD("! user \"bert\": has neither certificate nor password");
	RUN(0, "two", "as boss user add bert --password-file p && as boss apply one.conf");
	RUN(0, "two",
	    "as boss export -f -o two.conf && sed '/^#/d' one.conf > a && sed '/^#/d' "
	    "two.conf > b && cmp a b");
}

static void
what_is_too_much_goes_only_when_it_is_said(void)
{
	RUN(0, "two",
	    "as boss right give signers CounterSign && as boss group add spare && as boss "
	    "apply two.conf");
	HEARD("right CounterSign (not in the file");
	HEARD("nothing to do");
	RUN(0, "two", "as boss apply --remove Parts --dry-run two.conf");
	HEARD("- group \"signers\": right CounterSign");
	RUN(0, "two", "as boss apply --remove Parts two.conf && as boss group show spare");
	HEARD("0 made, 0 changed, 1 removed");
	RUN(0, "two", "as boss apply --remove Things two.conf");
	HEARD("- group \"spare\"");
	RUN(3, "two", "as boss group show spare");
	/* The administrator who does it cannot go with it. */
	RUN(3, "two",
	    "printf 'user bert { }\\n' > only.conf; as boss apply --remove Things only.conf");
	HEARD("without an administrator");
	RUN(0, "two", "as boss user show boss");
}

/* A group is ready with its keys, once these are there; the export says so too. */
static void
a_group_gets_its_keys_by_the_script(void)
{
	new_tenant("five");
	RUN(0, "five",
	    "printf 'group a { keys = { seal } rights = { SignDocument } }\\n' > keys.conf");
	RUN(1, "five", "as boss apply keys.conf");
	HEARD("! group \"a\": is to use the key \"seal\", which is not there");
	RUN(0, "five",
	    "as boss group add b && as boss user add worker --password-file p --group a");
	give_key("five", "b");
	RUN(3, "five", "as worker sign doc.txt -f -o never");
	RUN(0, "five", "as boss apply keys.conf");
	HEARD("+ group \"a\": use of key \"seal\"");
	RUN(0, "five", "as boss apply keys.conf && as worker sign doc.txt -f -o five.p7s");
	HEARD("nothing to do");
	RUN(0, "five", "as boss export --only group | grep -q 'keys = {\"seal\"}'");
	RUN(0, "five",
	    "printf 'group b { keys = { } }\\n' > none.conf; as boss apply --remove Parts "
	    "none.conf");
	HEARD("- group \"b\": use of key \"seal\"");
}

static void
a_refusal_stops_the_script_and_it_goes_on_when_that_is_mended(void)
{
	new_tenant("three");
	RUN(0, "three",
	    "printf 'group a { right SignDocument { keys = { seal } } }\\n"
	    "group b { rights = { WhoAmI } }\\n' > stop.conf");
	RUN(3, "three", "as boss apply stop.conf");
	HEARD("group \"a\": right SignDocument for Key seal");
	HEARD("there is no key seal");
	HEARD("stopped there, after 2 made");
	RUN(0, "three", "as boss group show b && as boss group show a");
	give_key("three", "a");
	RUN(0, "three", "as boss apply stop.conf");
	HEARD("2 made, 0 changed, 0 removed");
	RUN(0, "three", "as boss apply stop.conf");
	HEARD("nothing to do");
	/* What is wrong in the file is said before anything is done. */
	RUN(4, "three",
	    "printf 'group c { }\\ngroup d { rights = { SignDocumnet } }\\n' > bad.conf; "
	    "as boss apply bad.conf");
	HEARD("group \"d\": there is no operation SignDocumnet");
	RUN(3, "three", "as boss group show c");
	RUN(4, "three",
	    "printf 'group c { \\n colour = red }\\n' > bad.conf; as boss apply bad.conf");
	HEARD("bad.conf:2: no such option 'colour'; signet-apply(5)");
	RUN(4, "three",
	    "printf 'user x { groups = { nowhere } password-file = p }\\n' > bad.conf; "
	    "as boss apply bad.conf");
	HEARD("there is no group \"nowhere\"");
}

/*
 * The script has been planned when it opens the file of a password, which is a pipe here: what
 * somebody else changes then is not overwritten, and the next run shows what there is now.
 */
static void
what_somebody_else_changes_meanwhile_is_told_and_not_overwritten(void)
{
	new_tenant("four");
	RUN(0, "four",
	    "as boss access add page www.example.org '/a/**' --opens-to Users && printf 'user slow "
	    "{ password-file = pipe }\\naccess page { path = \"/b/**\" }\\n' > race.conf && mkfifo "
	    "pipe && as boss apply --dry-run race.conf");
	HEARD("path: /a/** -> /b/**");
	RUN(0, "four",
	    "{ as boss apply race.conf > said 2>&1; echo $? > rc; } & exec 3> pipe; as boss access "
	    "change page --path '/c/**' && cat p >&3; exec 3>&-; wait; cat said rc; test $(cat rc) "
	    "= 3");
	HEARD("was changed by somebody else");
	HEARD("stopped there, after 1 made");
	RUN(0, "four", "as boss access show page");
	HEARD("/c/**");
	RUN(0, "four", "as boss apply - < race.conf");
	HEARD("path: /c/** -> /b/**");
	HEARD("0 made, 1 changed, 0 removed");
}

/* Everything that waits is accepted by the mate. */
#define ACCEPT                                                                                     \
	"as mate proposal list --json > waiting && python3 -c 'import json\nfor l in "             \
	"open(\"waiting\"):\n p = json.loads(l); print(p[\"id\"], p[\"digest\"])' > them && "      \
	"while read i d; do as mate proposal accept $i $d || exit 9; done < them; "

/* Four eyes, from the command line: what is applied is proposed, accepted by another, and done. */
static void
in_a_tenant_with_four_eyes_steps_are_proposed(void)
{
	new_tenant("pair");
	RUN(3, "pair", "as boss setting set four-eyes on");
	HEARD("two administrators");
	RUN(0, "pair",
	    "as boss user add mate --password-file p --group administrators && as boss setting set "
	    "four-eyes on");
	JUDGE(0,
	    "echo 'group \"clerks\" { description = \"Clerks\" rights = { WhoAmI } }' > pair.conf");
	RUN(1, "pair", "as boss apply pair.conf");
	HEARD("proposed as ");
	HEARD("waits for what is proposed");
	HEARD("1 proposed for a second administrator");
	RUN(3, "pair", "as boss group show clerks");
	/* Asked for again it is the same proposal. */
	RUN(1, "pair", "as boss apply pair.conf");
	RUN(0, "pair", "test $(as boss proposal list --json | wc -l) = 1");
	RUN(0, "pair",
	    "as boss proposal list --json | grep -q '\"proposer\": *\"pair/boss\"' && as boss "
	    "proposal list");
	HEARD("group clerks");
	/* Nobody accepts his own, or what he has not read. */
	RUN(3, "pair",
	    "i=$(as boss proposal list --json | python3 -c 'import json,sys; "
	    "print(json.load(sys.stdin)[\"id\"])'); as mate proposal accept $i $(printf '%064d' "
	    "0)");
	HEARD("is not that of this proposal");
	RUN(3, "pair",
	    "as boss proposal list --json > l && as boss proposal accept $(python3 -c 'import "
	    "json; "
	    "p = json.load(open(\"l\")); print(p[\"id\"], p[\"digest\"])')");
	HEARD("you proposed this yourself");
	RUN(0, "pair", ACCEPT "as boss group show clerks");
	HEARD("Clerks");
	RUN(1, "pair", "as boss apply pair.conf");
	RUN(0, "pair", ACCEPT "as boss apply pair.conf");
	HEARD("nothing to do");
	RUN(0, "pair", "as mate audit list --operation AcceptProposal");
	HEARD("pair/mate");
	HEARD("proposed by pair/boss");
	/* One that is refused says why; a change that is proposed is told as such. */
	RUN(0, "pair", "as boss group change clerks --description other --json");
	HEARD("\"proposal\"");
	RUN(3, "pair",
	    "i=$(as boss proposal list --json | python3 -c 'import json,sys; "
	    "print(json.load(sys.stdin)[\"id\"])'); as boss proposal refuse $i 'not today' && as "
	    "mate "
	    "proposal show $i && as mate proposal refuse $i again");
	HEARD("has decided already: Refused");
	RUN(0, "pair", "as boss proposal list --state Refused --json");
	HEARD("not today");
	RUN(0, "pair", "as boss setting set four-eyes off && as boss setting show four-eyes");
	HEARD("on");
	RUN(0, "pair", ACCEPT "as boss group add made && as boss group show made");
}

static const struct test tests[] = {
	TEST(business_systems_sign_and_administer_nothing),
	TEST(scanning_stations_seal_and_cannot_look_up_what_others_stored),
	TEST(mail_gateways_sign_and_decrypt_and_look_nothing_up),
	TEST(auditors_see_all_and_change_nothing),
	TEST(access_gateways_ask_for_others_and_do_nothing_else),
	TEST(a_script_of_all_kinds_is_applied_and_changes_nothing_the_second_time),
	TEST(an_export_makes_another_tenant_the_same),
	TEST(what_is_too_much_goes_only_when_it_is_said),
	TEST(a_group_gets_its_keys_by_the_script),
	TEST(a_refusal_stops_the_script_and_it_goes_on_when_that_is_mended),
	TEST(what_somebody_else_changes_meanwhile_is_told_and_not_overwritten),
	TEST(in_a_tenant_with_four_eyes_steps_are_proposed),
	TEST_END,
};
const struct suite suite_system_scripts = { "system/scripts", setup, NULL, tests };
