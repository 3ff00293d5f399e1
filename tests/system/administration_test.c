/* S2-21 to S2-24, S2-46: administration by the command line against a live server. */
#include <stdio.h>
#include <string.h>

#include "tests/support/judges.h"
#include "tests/support/suite.h"

#define ADMIN  "signet --config ../admin.conf "
#define SERVER "signet --config ../server.conf "

static int
setup(void)
{
	return judges_enter("administration");
}

static void
users_are_made_of_certificates_and_put_into_groups(void)
{
	JUDGE(0, "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "
		 "'/CN=alice' -keyout a.key -out a.pem -days 30 2>/dev/null");
	JUDGE(0, ADMIN "group add clerks --description Invoices");
	JUDGE(0, ADMIN "user add alice --certificate a.pem --group clerks");
	HEARD("clerks");
	HEARD("CN=alice");
	JUDGE(3, ADMIN "user add alice --certificate a.pem");
	HEARD("exists already");
	JUDGE(4, ADMIN "user add");
	HEARD("say: user add NAME");
	JUDGE(0, ADMIN "user list --filter LIC --order Created");
	HEARD("alice");
	JUDGE(0, ADMIN "--json user show alice | python3 -c 'import json,sys; u = "
		       "json.load(sys.stdin); print(u[\"certificate\"][0][\"fingerprint\"])' > f");
	JUDGE(0, "test \"$(cat f)\" = \"$(openssl x509 -in a.pem -outform DER | sha256sum | cut -c "
		 "1-64)\"");
	JUDGE(0, ADMIN "user suspend-certificate alice $(cat f)");
	HEARD("Suspended");
	JUDGE(0, ADMIN "user remove-certificate alice $(cat f)");
}

static void
rights_come_by_groups_in_groups_and_are_explained(void)
{
	JUDGE(0, ADMIN "group add signers && " ADMIN "group add-group signers clerks");
	JUDGE(1, ADMIN "explain alice SignDocument");
	HEARD("lacks the right SignDocument");
	JUDGE(0, ADMIN "right give signers SignDocument --key demo-rsa");
	HEARD("given: SignDocument, for Key demo-rsa");
	JUDGE(0, ADMIN "explain alice SignDocument");
	HEARD("\"clerks\" is in \"signers\"");
	JUDGE(1, ADMIN "explain alice SignDocument --key demo-rsa");
	HEARD("may not use a key");
	JUDGE(0, ADMIN "right list --filter signers");
	HEARD("demo-rsa");
	JUDGE(0, ADMIN "right holders SignDocument");
	HEARD("alice");
	JUDGE(3, ADMIN "group add-group clerks signers");
	HEARD("contain itself");
	JUDGE(0, ADMIN "user suspend alice");
	JUDGE(1, ADMIN "explain alice SignDocument");
	HEARD("is suspended");
	JUDGE(0, ADMIN "right take signers SignDocument --key demo-rsa && " ADMIN
		       "user remove alice && " ADMIN "group remove signers && " ADMIN
		       "group remove clerks");
	JUDGE(3, ADMIN "user show alice");
	HEARD("there is no user alice");
}

/* The right and the key: with both, and only so, a user of the group signs. */
static void
a_group_signs_with_the_keys_that_it_was_given(void)
{
	JUDGE(0, "echo 'correct horse battery' > p");
	JUDGE(0, ADMIN "group add printers && " ADMIN "right give printers SignDocument && " ADMIN
		       "user add pete --password-file p --group printers");
	JUDGE(0, "{ grep -E '^(endpoint|ca-file)' ../client.conf | sed 's|\"pki/|\"../pki/|'; echo "
		 "'user = \"demo/pete\"'; echo 'password-file = \"p\"'; } > pete.conf");
	JUDGE(3, "signet --config pete.conf sign --key demo-rsa doc.txt -f -o never");
	HEARD("demo-rsa");
	JUDGE(0, ADMIN "group add-key printers demo-rsa");
	HEARD("may use: key demo-rsa");
	JUDGE(0, "signet --config pete.conf sign --key demo-rsa doc.txt -f -o pete.p7s");
	JUDGE(3, "signet --config pete.conf sign --key demo-ec doc.txt -f -o never");
	JUDGE(0, ADMIN "group keys printers");
	HEARD("demo-rsa");
	JUDGE(0, ADMIN "--json signing-key groups --filter printers | grep -q '\"key\": "
		       "*\"demo-rsa\"'");
	JUDGE(0, ADMIN "right holders SignDocument --key demo-rsa");
	HEARD("pete");
	JUDGE(3, ADMIN "group add-key printers nosuch");
	HEARD("there is no key nosuch");
	JUDGE(3, "signet --config pete.conf group add-key printers demo-ec");
	HEARD("lacks the right");
	JUDGE(0, ADMIN "group remove-key printers demo-rsa");
	JUDGE(3, "signet --config pete.conf sign --key demo-rsa doc.txt -f -o never");
	JUDGE(0, ADMIN "user remove pete && " ADMIN "group remove printers");
}

static void
who_may_not_is_told_so(void)
{
	JUDGE(3, "signet user list");
	HEARD("lacks the right ListUsers");
	JUDGE(3, ADMIN "user remove admin");
	HEARD("without an administrator");
	JUDGE(3, ADMIN "tenant list");
	HEARD("lacks the right ListTenants");
	JUDGE(0, ADMIN "status");
	HEARD("audit log");
}

static void
tenants_are_made_with_their_first_administrator(void)
{
	JUDGE(0, "echo 'correct horse battery' > p");
	JUDGE(0, SERVER "tenant add acme boss --password-file p");
	HEARD("acme");
	JUDGE(0, SERVER "tenant list");
	HEARD("demo");
	/* The new administrator works in his own tenant, and sees nothing of others. */
	JUDGE(0, "{ grep -E '^(endpoint|ca-file)' ../client.conf | sed 's|\"pki/|\"../pki/|'; echo "
		 "'user = \"acme/boss\"'; echo 'password-file = \"p\"'; } > boss.conf");
	JUDGE(0, "signet --config boss.conf user list");
	HEARD("boss");
	JUDGE(0, "test -z \"$(signet --config boss.conf --json user list | grep erp)\"");
	JUDGE(3, "signet --config boss.conf user show erp");
	JUDGE(3, "signet --config boss.conf sign --key demo-rsa doc.txt -o never");
	JUDGE(0, SERVER "tenant suspend acme");
	JUDGE(3, "signet --config boss.conf user list");
	JUDGE(0, SERVER "tenant remove acme");
	JUDGE(3, SERVER "tenant suspend server");
	HEARD("own tenant");
}

/* S2-26: a page is opened to a group, and it is said to whom, and why not. */
static void
rules_for_pages_are_made_and_explained(void)
{
	JUDGE(0, "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "
		 "'/CN=dora' -keyout d.key -out d.pem -days 30 2>/dev/null");
	JUDGE(0, ADMIN "group add readers && " ADMIN "user add dora -c d.pem --group readers");
	JUDGE(0,
	    ADMIN "access add orders www.example.org '/orders/**' --group readers --method GET "
		  "--method HEAD");
	HEARD("opensTo        Groups");
	JUDGE(0, ADMIN "access explain dora GET https://www.example.org/orders/7");
	HEARD("\"readers\" is a group of rule \"orders\"");
	JUDGE(1, ADMIN "access explain dora POST https://www.example.org/orders/7");
	HEARD("no rule is for this page");
	JUDGE(0, ADMIN "access explain --certificate d.pem GET https://www.example.org/orders/7");
	JUDGE(1, ADMIN "access explain --stranger GET https://www.example.org/orders/7");
	JUDGE(0, ADMIN "access holders GET https://www.example.org/orders/7");
	HEARD("dora");
	JUDGE(0, ADMIN "access change orders --path '/orders/*' --method all");
	HEARD("readers");
	JUDGE(0, ADMIN "access change orders --opens-to All");
	JUDGE(0, ADMIN "access explain --stranger POST https://www.example.org/orders/7");
	JUDGE(0, ADMIN "access list --order Host --filter ORDERS");
	HEARD("/orders/*");
	JUDGE(0, ADMIN "--json access show orders | grep -q '\"opensTo\": *\"All\"'");
	JUDGE(4, ADMIN "user list --order Host");
	HEARD("order is not Host here");
	JUDGE(3, ADMIN "access add twice www.example.org '/orders/*' --opens-to Users");
	HEARD("same host, path and method");
	JUDGE(3, "signet access list");
	HEARD("lacks the right ListUrlRules");
	JUDGE(0, ADMIN "access remove orders && " ADMIN "user remove dora && " ADMIN
		       "group remove readers");
}

/* S2-27 to S2-29: own CA certificates, trust centres, and the snapshots that follow. */
static void
whom_a_tenant_trusts_is_administered(void)
{
	JUDGE(0,
	    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "
	    "'/CN=House CA' -keyout h.key -out h.pem -days 30 2>/dev/null && openssl req -x509 "
	    "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=Old House CA' "
	    "-keyout o.key -out o.pem -days 30 2>/dev/null && openssl crl2pkcs7 -nocrl "
	    "-certfile h.pem -certfile o.pem -outform DER -out both.p7b");
	JUDGE(0, ADMIN "trust-anchor add house -c both.p7b --usage Signing --usage Timestamping "
		       "--crl-url http://pki.example/house.crl");
	HEARD("house 2");
	JUDGE(0, ADMIN "trust-snapshot show");
	HEARD("house 2");
	JUDGE(0, ADMIN "trust-anchor change house --state Disabled --crl-url none");
	HEARD("Disabled");
	JUDGE(0, ADMIN "--json trust-anchor show house | grep -q '\"usage\": *\\[\"Signing\"'");
	JUDGE(3, ADMIN "trust-anchor add house -c h.pem");
	HEARD("already");
	JUDGE(0, ADMIN "trust-anchor remove house && " ADMIN "trust-anchor remove 'house 2'");
	JUDGE(0, ADMIN "trust-snapshot list --filter house");
	HEARD("demo/admin");
	JUDGE(0, ADMIN "trust-centre lists");
	JUDGE(3, ADMIN "trust-centre choose NOWHERE 'Some Trust Centre'");
	HEARD("no trusted list NOWHERE");
	JUDGE(4, ADMIN "trust-centre choose");
	JUDGE(4, ADMIN "trust-snapshot show seven");
	HEARD("is a number");
	JUDGE(3, "signet trust-anchor list");
	HEARD("lacks the right ListTrustAnchors");
}

/* An own CA certifies what signet made. */
#define CA                                                                                         \
	"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=Key CA' " \
	"-keyout kca.key -out kca.pem -days 30 2>/dev/null"
#define CERTIFY(request, cert)                                                                     \
	"openssl x509 -req -in " request " -CA kca.pem -CAkey kca.key -CAcreateserial -days 20 "   \
	"-copy_extensions copyall -out " cert " 2>/dev/null"

/* S2-29: made, certified, used, replaced and retired, without its private key being anywhere. */
static void
a_key_is_made_certified_replaced_and_retired(void)
{
	JUDGE(0, CA);
	JUDGE(0, ADMIN "signing-key make orders --type EC --subject 'CN=Orders, O=Acme\\, Inc' > "
		       "made");
	JUDGE(0, "sed -n '/BEGIN/,/END/p' made > o.csr && openssl req -in o.csr -verify -noout "
		 "-subject 2>&1");
	HEARD("Acme, Inc");
	JUDGE(0, ADMIN "signing-key requests");
	HEARD("orders");
	JUDGE(3, "signet sign --key orders doc.txt -f -o never");
	JUDGE(3, ADMIN "signing-key certify orders -c kca.pem");
	HEARD("not for the key of this request");
	JUDGE(0, CERTIFY("o.csr", "o.pem"));
	JUDGE(0, ADMIN "signing-key certify orders -c o.pem");
	HEARD("Active");
	JUDGE(0, ADMIN "--json signing-key show orders | grep -c '\"problem\"' | grep -q 0");
	JUDGE(0, ADMIN "group add orderers && " ADMIN "right give orderers SignDocument && " ADMIN
		       "group add-key orderers orders && " ADMIN "group add-user orderers erp");
	JUDGE(0,
	    "signet sign --key orders doc.txt -f -o o.p7s && openssl cms -verify -binary "
	    "-inform DER -in o.p7s -content doc.txt -CAfile kca.pem -purpose any -out /dev/null "
	    "2>&1");
	/* Renewal with overlap: the new key has the name, the old one goes on by another. */
	JUDGE(0,
	    ADMIN "signing-key make --type RSA --size 2048 --subject CN=Orders --replaces orders "
		  "> made && sed -n '/BEGIN/,/END/p' made > o2.csr");
	JUDGE(0, CERTIFY("o2.csr", "o2.pem"));
	JUDGE(0, ADMIN "signing-key certify orders -c o2.pem");
	HEARD("RSA");
	JUDGE(0, "signet sign --key orders doc.txt -f -o o2.p7s && openssl cms -verify -binary "
		 "-inform DER -in o2.p7s -content doc.txt -CAfile kca.pem -purpose any -out "
		 "/dev/null -signer s.pem 2>&1 && cmp s.pem o2.pem");
	JUDGE(0, ADMIN "signing-key list --filter 'orders (until'");
	HEARD("Active");
	JUDGE(0, ADMIN "--json signing-key list --filter 'orders (until' | python3 -c 'import "
		       "json,sys; print(json.loads(sys.stdin.readline())[\"name\"])' > old");
	JUDGE(0, "signet sign --key \"$(cat old)\" doc.txt -f -o o3.p7s");
	JUDGE(0, ADMIN "signing-key retire \"$(cat old)\"");
	HEARD("Retired");
	JUDGE(3, ADMIN "signing-key activate \"$(cat old)\"");
	HEARD("retired for good");
	JUDGE(3, "signet sign --key \"$(cat old)\" doc.txt -f -o never");
	JUDGE(3, "signet signing-key make x --type EC --subject CN=x");
	HEARD("lacks the right CreateSigningKey");
	JUDGE(0, ADMIN "signing-key make spare --type EC --subject CN=x && " ADMIN
		       "signing-key give-up spare");
	JUDGE(3, ADMIN "signing-key make bad --type EC --subject nonsense");
	HEARD("CN=Invoices, O=Acme");
	JUDGE(0, ADMIN "signing-key disable orders && " ADMIN "group remove orderers");
}

static void
a_key_is_taken_in_from_a_file(void)
{
	JUDGE(0,
	    "openssl req -x509 -newkey rsa:2048 -nodes -subj '/CN=Taken in' -keyout t.key -out "
	    "t.pem -days 30 2>/dev/null && openssl pkcs12 -export -inkey t.key -in t.pem -out "
	    "t.p12 -passout pass:geheim && echo geheim > t.pass && echo falsch > f.pass");
	JUDGE(3, ADMIN "signing-key import taken -c t.p12 --password-file f.pass");
	HEARD("passphrase does not fit");
	JUDGE(0, ADMIN "signing-key import taken -c t.p12 --password-file t.pass --usage Sign");
	HEARD("CN=Taken in");
	JUDGE(0, ADMIN "group add takers && " ADMIN "right give takers SignDocument && " ADMIN
		       "group add-key takers taken && " ADMIN "group add-user takers erp");
	JUDGE(0, "signet sign --key taken doc.txt -f -o t.p7s && openssl cms -verify -binary "
		 "-inform DER -in t.p7s -content doc.txt -CAfile t.pem -purpose any -out /dev/null "
		 "2>&1");
	JUDGE(3, ADMIN "signing-key import taken -c t.p12 --password-file t.pass");
	HEARD("exists already");
	JUDGE(0, "! grep -q geheim ../*.log 2>/dev/null");
	JUDGE(0, ADMIN "signing-key retire taken && " ADMIN "group remove takers");
	JUDGE(0, ADMIN "user sign-on-rule");
	HEARD("Closed");
}

/* S2-29: keys, authorities, settings and jobs. */
static void
keys_authorities_settings_and_jobs_are_administered(void)
{
	JUDGE(0, ADMIN "signing-key list");
	HEARD("demo-rsa");
	JUDGE(0, ADMIN "--json signing-key show demo-rsa");
	HEARD("Software");
	JUDGE(0, ADMIN "signing-key disable demo-ec && " ADMIN "signing-key activate demo-ec");
	HEARD("Active");
	JUDGE(0, ADMIN "authority add outside --url http://127.0.0.1:9/ --timeout 500 --place 200");
	HEARD("outside");
	JUDGE(0, ADMIN "authority change outside --place 300");
	JUDGE(0, ADMIN "authority list");
	HEARD("http://127.0.0.1:9/");
	JUDGE(1, ADMIN "authority test outside");
	HEARD("milliseconds");
	JUDGE(0, ADMIN "authority remove outside");
	JUDGE(0, ADMIN "setting set user-revocation-grace-hours 48");
	HEARD("Tenant");
	JUDGE(3, ADMIN "setting set user-revocation-grace-hours never");
	HEARD("is a number from 0 to 8760");
	JUDGE(0, ADMIN "setting reset user-revocation-grace-hours");
	HEARD("Standard");
	JUDGE(0, SERVER "job pause expiry && " SERVER "job run expiry && " SERVER
			"job change expiry --daily 04:30 --state Active");
	HEARD("04:30");
	JUDGE(0, SERVER "job runs expiry");
	JUDGE(3, ADMIN "job run expiry");
	HEARD("there is no job expiry");
	JUDGE(0, SERVER "node list");
	JUDGE(3, "signet job list");
	HEARD("lacks the right ListJobs");
}

/* Names that a terminal would obey are refused; in text they are disarmed. */
static void
no_text_moves_the_terminal(void)
{
	JUDGE(3, ADMIN "group add \"$(printf 'a\\033[2Jb')\"");
	JUDGE(3, ADMIN "group add \"$(printf 'a\\342\\200\\256b')\"");
	JUDGE(0, "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -utf8 -subj "
		 "\"$(printf '/CN=ev\\342\\200\\256il')\" -keyout e.key -out e.pem 2>/dev/null");
	JUDGE(0, ADMIN "user add evil --certificate e.pem > shown && ! grep -q "
		       "\"$(printf '\\342\\200\\256')\" shown && " ADMIN "user remove evil");
}

static const struct test tests[] = {
	TEST(a_key_is_made_certified_replaced_and_retired),
	TEST(a_key_is_taken_in_from_a_file),
	TEST(users_are_made_of_certificates_and_put_into_groups),
	TEST(rights_come_by_groups_in_groups_and_are_explained),
	TEST(a_group_signs_with_the_keys_that_it_was_given),
	TEST(who_may_not_is_told_so),
	TEST(tenants_are_made_with_their_first_administrator),
	TEST(rules_for_pages_are_made_and_explained),
	TEST(whom_a_tenant_trusts_is_administered),
	TEST(keys_authorities_settings_and_jobs_are_administered),
	TEST(no_text_moves_the_terminal),
	TEST_END,
};
const struct suite suite_system_administration = { "system/administration", setup, NULL, tests };
