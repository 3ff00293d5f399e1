/*
 * S2-22 whole: strangers at a live server, by the command line with PKCS#12, PEM and a card, and by
 * SOAP as it stands on the wire; the administrator at the other end.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/card.h"
#include "tests/support/judges.h"
#include "tests/support/postgres.h"
#include "tests/support/soap_call.h"
#include "tests/support/suite.h"

#define ADMIN	"signet --config ../admin.conf "
#define STRANGE "signet --config strange.conf "
#define FLOOD	10000
#define SIGN_ON "<SignOn><tenant>demo</tenant><note>flood</note></SignOn>"

static int
setup(void)
{
	if (judges_enter("sign_on") != 0)
		return -1;
	/* Where the server is, and nobody who calls. */
	return judges_run(0, "grep -E '^(endpoint|ca-file)' ../client.conf | "
			     "sed 's|\"pki/|\"../pki/|' > strange.conf; echo secret > pass")
		   ? 0
		   : -1;
}

/* A key with a self-signed certificate: NAME.key, NAME.pem, NAME.p12. */
static void
make_person(const char *name)
{
	JUDGE(0,
	    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=%s' "
	    "-keyout %s.key -out %s.pem -days 30 2>/dev/null && openssl pkcs12 -export -inkey "
	    "%s.key -in %s.pem -out %s.p12 -passout pass:secret",
	    name, name, name, name, name, name);
}

static void
a_tenant_takes_nobody_until_it_says_so(void)
{
	make_person("alice");
	JUDGE(3, STRANGE "sign-on -t demo -c alice.p12 --passphrase-file pass");
	HEARD("takes certificates by sign-on");
	JUDGE(4, ADMIN "user sign-on Opne");
	HEARD("rule is not Opne");
	JUDGE(3, "signet user sign-on Open");
	HEARD("lacks the right SetSignOnRule");
	JUDGE(0, ADMIN "user sign-on Open");
	HEARD("Open");
	JUDGE(0, ADMIN "status");
	HEARD("certificates handed in");
}

static void
who_hands_in_by_the_handshake_waits_is_accepted_and_calls(void)
{
	JUDGE(2, STRANGE "sign-on -t demo -c alice.p12 --passphrase-file pass --status || "
			 "test $? = 3 && exit 2");
	HEARD("nothing was handed in");
	JUDGE(0, STRANGE "sign-on -t demo -c alice.p12 --passphrase-file pass --note 'Alice, "
			 "accounting'");
	HEARD("Waiting");
	JUDGE(2, STRANGE "sign-on -t demo -c alice.p12 --passphrase-file pass --status");
	JUDGE(0, ADMIN "user waiting");
	HEARD("CN=alice");
	HEARD("Alice, accounting");
	JUDGE(0, ADMIN "--json user waiting --filter alice | python3 -c 'import json,sys; "
		       "print(json.load(sys.stdin)[\"id\"])' > id");
	JUDGE(4, ADMIN "user accept");
	JUDGE(3, ADMIN "user accept $(cat id)");
	HEARD("one of both");
	JUDGE(0, ADMIN "group add visitors; " ADMIN "right give visitors WhoAmI; " ADMIN
		       "user accept $(cat id) --name alice --group visitors");
	HEARD("visitors");
	JUDGE(0, STRANGE "sign-on -t demo -c alice.p12 --passphrase-file pass --status");
	HEARD("Accepted");
	JUDGE(0, "cp strange.conf alice.conf; printf 'certificate = \"alice.p12\"\\n"
		 "passphrase-file = \"pass\"\\n' >> alice.conf; "
		 "for i in 1 2 3 4 5 6 7 8 9; do signet --config alice.conf whoami && break; done");
	HEARD("alice");
	JUDGE(3, STRANGE "sign-on -t demo -c alice.p12 --passphrase-file pass");
	HEARD("belongs to a user already");
	JUDGE(3, ADMIN "user accept $(cat id) --name alice2");
	HEARD("has decided already");
}

static void
a_key_in_pem_answers_a_challenge_and_waits_for_the_answer(void)
{
	make_person("bob");
	JUDGE(0, STRANGE "sign-on -t demo -c bob.pem --private-key bob.key");
	JUDGE(0, ADMIN "--json user waiting --filter bob");
	HEARD("\"Challenge\"");
	JUDGE(1,
	    "id=$(" ADMIN "--json user waiting --filter bob | python3 -c 'import json,sys; "
	    "print(json.load(sys.stdin)[\"id\"])'); (" STRANGE
	    "sign-on -t demo -c bob.pem --private-key bob.key --status --wait --timeout 60; echo "
	    "$? > bob.rc) & " ADMIN "user refuse $id 'use your card' && wait; exit $(cat bob.rc)");
	HEARD("use your card");
	/* A key that is another's proves nothing. */
	JUDGE(4, STRANGE "sign-on -t demo -c bob.pem --private-key alice.key");
	HEARD("is not the certificate's");
	JUDGE(4, STRANGE "sign-on -t demo -c bob.pem");
	HEARD("no private key");
}

/* PKCS#11: the key stays where it is. */
static void
a_card_proves_its_key(void)
{
	char dir[PATH_MAX];

	if (!card_can_be_made()) {
		test_not_run("no SoftHSM: sign-on with a card");
		return;
	}
	make_person("carl");
	JUDGE(0, "pwd");
	snprintf(dir, sizeof(dir), "%.*s", (int)strcspn(judges_said(), "\n"), judges_said());
	CU_ASSERT_EQUAL_FATAL(card_make(dir, "carl"), 0);
	JUDGE(0, "echo 1234 > pin; echo 9999 > wrong");
#define CARD                                                                                       \
	"export SOFTHSM2_CONF=$PWD/hsm.conf; " STRANGE "sign-on -t demo --pkcs11 " CARD_MODULE " "
	JUDGE(4, CARD "--pin-file wrong");
	HEARD("PIN is wrong");
	JUDGE(4, CARD "--pin-file pin --token nobodys");
	HEARD("no token called");
	JUDGE(4, "export SOFTHSM2_CONF=$PWD/hsm.conf; " STRANGE
		 "sign-on -t demo --pkcs11 ./none.so --pin-file pin");
	HEARD("module cannot be loaded");
	JUDGE(0, CARD "--pin-file pin --token carl --object carl --note 'my card'");
	HEARD("Waiting");
	JUDGE(2, CARD "--pin-file pin --status");
	JUDGE(0, ADMIN "user waiting --filter 'my card'");
	HEARD("CN=carl");
}

/* ---- on the wire ---- */

static int
count_of(const char *sql)
{
	struct error err = ERROR_INIT;
	char out[64];

	ASSERT_OK(
	    postgres_ask(judges_live()->database, "signet_owner", sql, out, sizeof(out), &err),
	    &err);
	return atoi(out);
}

static void
a_stranger_gets_no_further_than_these_operations(void)
{
	SSL_CTX *nothing = soap_call_context(judges_live(), NULL);
	struct soap_call c;

	soap_call_init(&c, judges_live(), nothing);
	CU_ASSERT_EQUAL(soap_call(&c, "<WhoAmI/>"), 401);
	CU_ASSERT(soap_is_fault(&c, "NotAuthenticated", "say who you are"));
	/* What is wrong with a message is not told to who is not known. */
	CU_ASSERT_EQUAL(soap_call(&c, "<NoSuchThing/>"), 401);
	CU_ASSERT_EQUAL(soap_call(&c, "<WhoAmI>"), 401);
	CU_ASSERT_EQUAL(soap_call(&c, ""), 401);
	CU_ASSERT_EQUAL(soap_call(&c, "<ListSignOns/>"), 401);
	CU_ASSERT(soap_call(&c, SIGN_ON) >= 400);
	CU_ASSERT(soap_is_fault(&c, "NotAuthenticated", "GetSignOnChallenge"));
	CU_ASSERT(soap_call(&c, "<GetSignOn><tenant>nowhere</tenant></GetSignOn>") >= 400);
	CU_ASSERT(soap_is_fault(&c, "NotFound", "takes certificates by sign-on"));
	/* A wrong password is no stranger. */
	soap_call_basic(&c, "demo/erp", "wrong password");
	CU_ASSERT_EQUAL(soap_call(&c, SIGN_ON), 401);
	CU_ASSERT(soap_is_fault(&c, "NotAuthenticated", "name or password is wrong"));
	soap_call_end(&c);
	SSL_CTX_free(nothing);
}

/* Ten thousand from one address: a few are worked on, and the log grows by these alone. */
static void
a_flood_leaves_nothing_behind(void)
{
	SSL_CTX *nothing = soap_call_context(judges_live(), NULL);
	struct soap_call c;
	int rows = count_of("SELECT count(*) FROM signet.audit"),
	    waiting = count_of("SELECT count(*) FROM signet.sign_on"), i, limited = 0, other = 0;

	soap_call_init(&c, judges_live(), nothing);
	for (i = 0; i < FLOOD; i++) {
		CU_ASSERT(soap_call(&c, SIGN_ON) >= 400);
		if (strstr(soap_answer(&c), "limit-sign-on-address") != NULL)
			limited++;
		else
			other++;
	}
	CU_ASSERT(limited > FLOOD - 200);
	CU_ASSERT(soap_is_fault(&c, "LimitExceeded", "too many requests from this address"));
	CU_ASSERT_PTR_NOT_NULL(strstr(soap_answer(&c), "retryAfterSeconds"));
	CU_ASSERT(count_of("SELECT count(*) FROM signet.audit") - rows <= other);
	CU_ASSERT_EQUAL(count_of("SELECT count(*) FROM signet.sign_on"), waiting);
	CU_ASSERT_EQUAL(count_of("SELECT count(*) FROM signet.sign_on_challenge") < 100, 1);
	/* Who is known is served all the while. */
	JUDGE(0, "signet whoami");
	soap_call_end(&c);
	SSL_CTX_free(nothing);
}

static void
what_happened_is_in_the_tenants_log(void)
{
	CU_ASSERT(count_of("SELECT count(*) FROM signet.audit a JOIN signet.tenant t ON t.id = "
			   "a.tenant_id WHERE t.name = 'demo' AND a.operation = 'SignOn' AND "
			   "a.result = 'Success' AND a.user_id IS NULL AND a.object LIKE "
			   "'%alice%'") >= 1);
	CU_ASSERT(count_of("SELECT count(*) FROM signet.audit WHERE operation = 'AcceptSignOn' AND "
			   "caller = 'demo/admin' AND result = 'Success'") >= 1);
	CU_ASSERT(count_of("SELECT count(*) FROM signet.audit WHERE operation = 'RefuseSignOn' AND "
			   "result = 'Success'") >= 1);
	JUDGE(0, ADMIN "user sign-on Closed && " ADMIN "user remove alice && " ADMIN
		       "group remove visitors");
}

static const struct test tests[] = {
	TEST(a_tenant_takes_nobody_until_it_says_so),
	TEST(who_hands_in_by_the_handshake_waits_is_accepted_and_calls),
	TEST(a_key_in_pem_answers_a_challenge_and_waits_for_the_answer),
	TEST(a_card_proves_its_key),
	TEST(a_stranger_gets_no_further_than_these_operations),
	TEST(a_flood_leaves_nothing_behind),
	TEST(what_happened_is_in_the_tenants_log),
	TEST_END,
};
const struct suite suite_system_sign_on = { "system/sign_on", setup, NULL, tests };
