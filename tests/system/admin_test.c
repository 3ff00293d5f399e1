/*
 * S2-27, S2-28, S2-29, S2-05: what an administrator at the shell is told when a command of
 * signet-init does not fit: in words of the command, and nothing is changed.
 */
#include <string.h>

#include "tests/support/admin_shell.h"
#include "tests/support/suite.h"

static struct live live;
#define SHELL(status, script) CU_ASSERT(admin_shell(&live, status, script))
#define HEARD(text)	      CU_ASSERT(admin_heard(text))
#define NOT_HEARD(text)	      CU_ASSERT_PTR_NULL(strstr(admin_said(), text))

/* A list that P-256 signs, and the catalogue in which P-256 ended long ago. */
static const char makings[] =
    "set -e\n"
    "ca() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 "
    "-keyout $1.key -out $1.pem -subj \"/O=Example/CN=$1\" "
    "-addext basicConstraints=critical,CA:true -addext keyUsage=critical,keyCertSign; }\n"
    "ca alpha; ca lister; echo x > pass\n"
    "openssl pkcs12 -export -in lister.pem -inkey lister.key -passout pass:x -out lister.p12\n"
    "cat > house.tl <<'END'\n"
    "operator = \"Example GmbH\"  scheme = \"DE:Trust centres of Example\"\n"
    "information = \"https://tl.example.org/\"  territory = \"DE\"\n"
    "legal-notice = \"For use within Example only.\"\n"
    "street = \"Main Street 1\"  locality = \"Bonn\"  country = \"DE\"\n"
    "email = \"tl@example.org\"  website = \"https://tl.example.org/\"\n"
    "sequence = 7\n"
    "provider \"Alpha Trust\" {\n"
    "  service \"Alpha CA\" {\n"
    "    type = \"CA/PKC\"  since = \"2020-03-01T00:00:00Z\"\n"
    "    certificates = { \"alpha.pem\" }\n"
    "  }\n"
    "}\n"
    "END\n"
    "signet trust-list create --password-file pass --pkcs12 lister.p12 -o house.xml house.tl\n"
    "signet catalogue export -o built-in.xml\n"
    "awk '/P-256<.Curve>/ { n = 1 } n && /<Validity>/ { sub(/<Validity>/, "
    "\"<Validity><End>2026-01-01</End>\"); n = 0 } { print }' built-in.xml > ends.xml\n"
    "signet sign --format XML --key demo-rsa -f -o catalogue.xml ends.xml\n"
    "sed -n 's|.*<ds:X509Certificate>\\([^<]*\\)<.*|\\1|p' catalogue.xml | head -1 | base64 -d "
    "> catalogue.der\n"
    "cp signetd.conf strict.conf; printf 'algorithm-catalogue = \"catalogue.xml\"\\n"
    "algorithm-catalogue-signer = \"catalogue.der\"\\n' >> strict.conf\n"
    "admin trust source add house --signer lister.pem --territory DE\n";

static int
setup(void)
{
	return live_start(&live, "", NULL) == 0 && admin_shell(&live, 0, makings) ? 0 : -1;
}

static int
teardown(void)
{
	live_stop(&live);
	return 0;
}

static void
a_list_is_judged_by_the_catalogue_of_the_configuration(void)
{
	SHELL(1, "admin trust import house house.xml --config strict.conf");
	HEARD("Weak");
	HEARD("the last good list stays");
	SHELL(1, "admin trust import house house.xml --config nowhere.conf");
	HEARD("nowhere.conf");
	SHELL(0, "admin trust source list");
	HEARD("no list yet");
}

static void
a_trust_centre_that_no_list_names_is_not_chosen(void)
{
	SHELL(1, "admin trust choose --tenant demo house 'Alpha Trust'");
	HEARD("no list of house was imported yet");
	SHELL(0, "admin trust import house house.xml --config signetd.conf");
	SHELL(1, "admin trust choose --tenant demo house 'Alfa Trust'");
	HEARD("names no trust centre \"Alfa Trust\", but \"Alpha Trust\"");
	SHELL(1, "admin trust let-go --tenant demo house 'Alpha Trust'");
	HEARD("\"Alpha Trust\" of house was not chosen; chosen: nothing");
	SHELL(0, "admin trust choose --tenant demo house 'Alpha Trust'");
	SHELL(1, "admin trust let-go --tenant demo house 'Alfa Trust'");
	HEARD("chosen: \"Alpha Trust\"");
	SHELL(0, "admin trust choose --tenant demo house 'Gamma Trust' --later");
	SHELL(0, "admin trust let-go --tenant demo house 'Alpha Trust'");
	SHELL(0, "admin trust choose --tenant demo house");
}

/* S2-25, S2-27: the same choices as a script says them. */
static void
trust_centres_are_chosen_by_a_script(void)
{
	SHELL(0, "signet --config admin.conf export --only trust-centre");
	HEARD("trust-centre \"house\" {");
	HEARD("all = yes");
	HEARD("later = {\"Gamma Trust\"}");
	SHELL(0, "printf 'trust-centre house { all = no centres = { \"Alpha Trust\" } later = { "
		 "\"Delta Trust\" } }' > centres.conf; signet --config admin.conf apply "
		 "centres.conf");
	HEARD("~ trust-centre \"house\": no longer all of it");
	HEARD("+ trust-centre \"house\": trust centre \"Alpha Trust\"");
	HEARD("+ trust-centre \"house\": trust centre \"Delta Trust\"");
	HEARD("trust centre \"Gamma Trust\" (not in the file");
	SHELL(0, "signet --config admin.conf apply --remove Parts centres.conf");
	HEARD("- trust-centre \"house\": trust centre \"Gamma Trust\"");
	SHELL(0, "signet --config admin.conf apply --remove Parts centres.conf");
	HEARD("nothing to do");
	SHELL(3, "printf 'trust-centre house { centres = { \"Alfa Trust\" } }' > centres.conf; "
		 "signet --config admin.conf apply centres.conf");
	HEARD("names no trust centre \"Alfa Trust\"");
	SHELL(0, "signet --config admin.conf trust-centre choose house");
}

static void
the_default_policy_is_not_withdrawn(void)
{
	SHELL(0, "echo '{}' > own.json && admin policy add --tenant demo own own.json && "
		 "admin policy default --tenant demo own");
	SHELL(1, "admin policy withdraw --tenant demo own");
	HEARD("own is the default of the tenant demo");
	HEARD("signet-init policy default");
	SHELL(0, "admin policy list --tenant demo");
	HEARD("own 1, default");
	NOT_HEARD("withdrawn");
	SHELL(0, "admin policy default --tenant demo signet-strict && "
		 "admin policy withdraw --tenant demo own && admin policy list --tenant demo");
	HEARD("own 2, withdrawn");
	SHELL(1, "admin policy withdraw --tenant demo own");
	HEARD("no validation policy \"own\"");
}

static void
what_a_command_lacks_is_told_by_its_options_and_never_by_a_constraint(void)
{
	SHELL(1, "admin trust source add bare");
	HEARD("--signer FILE");
	NOT_HEARD("trust_source_one_way");
	SHELL(1, "admin trust source add bare --lotl house");
	HEARD("--territory");
	SHELL(1, "admin trust source add bare --signer lister.pem --territory Germany");
	HEARD("two capital letters");
	NOT_HEARD("trust_source_territory");
	SHELL(1, "admin trust source add bare --signer lister.pem --url file:///etc/passwd");
	NOT_HEARD("trust_source_url");
	SHELL(1, "admin trust source add house --signer lister.pem");
	HEARD("exists already");
	NOT_HEARD("trust_source_name_once");
	SHELL(1, "admin trust anchor add --tenant demo Odd alpha.pem --usage Everything");
	HEARD("--usage Everything: there are Signing, Timestamping");
	NOT_HEARD("trust_anchor_usage");
	SHELL(1, "admin trust anchor add --tenant demo \"$(printf 'a\\001b')\" alpha.pem");
	HEARD("control characters");
	NOT_HEARD("trust_anchor_name_form");
	SHELL(1, "admin job set expiry --every 5s");
	HEARD("10 seconds to 365 days");
	NOT_HEARD("job_every");
	NOT_HEARD("ERROR:");
}

static const struct test tests[] = { TEST(a_list_is_judged_by_the_catalogue_of_the_configuration),
	TEST(a_trust_centre_that_no_list_names_is_not_chosen),
	TEST(trust_centres_are_chosen_by_a_script), TEST(the_default_policy_is_not_withdrawn),
	TEST(what_a_command_lacks_is_told_by_its_options_and_never_by_a_constraint), TEST_END };
const struct suite suite_system_admin = { "system/admin", setup, teardown, tests };
