/* S2-27, S2-29: lists and catalogues made by the command line, as xmlsec1 and a live server see
 * them. */
#include <stdio.h>
#include <string.h>

#include "tests/support/judges.h"
#include "tests/support/suite.h"

#define VERIFY                                                                                     \
	"xmlsec1 --verify --trusted-pem ca.pem --id-attr:Id "                                      \
	"http://uri.etsi.org/01903/v1.3.2#:SignedProperties "
#define CREATE "signet trust-list create --pkcs12 lister.p12 --password-file lister.pass -f "

static const char recipe[] =
    "operator = \"Example GmbH\"  scheme = \"DE:Trust centres of Example\"\n"
    "information = \"https://tl.example.org/\"  territory = \"DE\"\n"
    "legal-notice = \"For use within Example only.\"\n"
    "street = \"Main Street 1\"  locality = \"Bonn\"  country = \"DE\"\n"
    "email = \"tl@example.org\"  website = \"https://tl.example.org/\"\n"
    "sequence = 7\n"
    "provider \"Alpha Trust\" {\n"
    "  service \"Alpha CA\" {\n"
    "    type = \"CA/PKC\"  since = \"2025-03-01T00:00:00Z\"\n"
    "    certificates = { \"ca.pem\" }\n"
    "    addresses = { \"http://ocsp.alpha.example/?a=1&b=2\" }\n"
    "    history \"2023-03-01T00:00:00Z\" { status = \"deprecatedatnationallevel\" }\n"
    "  }\n"
    "}\n";

static int
setup(void)
{
	if (judges_enter("trust") != 0 || judges_put("house.tl", span_str(recipe)) != 0 ||
	    judges_put("lister.pass", span_str("judge\n")) != 0)
		return -1;
	return judges_issue("lister", "-algorithm EC -pkeyopt ec_paramgen_curve:P-256", "") ? 0
											    : -1;
}

static void
xmlsec_accepts_a_list_signed_at_the_client(void)
{
	JUDGE(0, CREATE "-o house.xml house.tl && " VERIFY "house.xml");
	JUDGE(0, "signet trust diff house.xml house.xml");
	HEARD("no difference");
	JUDGE(0, "sed s/deprecated/recognised/ house.xml > forged.xml");
	JUDGE(1, VERIFY "forged.xml");
	VERDICT("TotalFailed", "HASH_FAILURE", "forged.xml");
	VERDICT("TotalPassed", NULL, "house.xml");
}

static void
xmlsec_accepts_a_list_signed_by_a_key_of_the_server(void)
{
	JUDGE(0,
	    "signet trust-list create --key p256 -o server.xml house.tl && " VERIFY "server.xml");
	HEARD("list 7 of Example GmbH with 1 services");
	JUDGE(0, "signet trust diff house.xml server.xml");
	VERDICT("TotalPassed", NULL, "server.xml");
	JUDGE(3, "signet trust-list create --key nobody -o nobody.xml house.tl");
	JUDGE(1, "test -e nobody.xml");
}

static void
a_next_list_differs_in_what_was_changed(void)
{
	JUDGE(0, CREATE "--sequence 8 -o next.xml house.tl");
	JUDGE(0, "signet trust diff house.xml next.xml");
	HEARD("number 7 of");
	HEARD("is replaced by number 8");
	JUDGE(0, "sed 's/since = \"2025/status = \"withdrawn\" since = \"2026/' house.tl > w.tl "
		 "&& " CREATE "--sequence 9 -o withdrawn.xml w.tl");
	JUDGE(0, "signet trust diff next.xml withdrawn.xml");
	HEARD(
	    "recognisedatnationallevel since 2025-03-01T00:00:00Z is replaced by withdrawn since");
}

static void
recipes_with_mistakes_are_told(void)
{
	JUDGE(4, "sed s/CA.PKC/CA-PKC/ house.tl > bad.tl; " CREATE "-o bad.xml bad.tl");
	HEARD("is no type of service");
	JUDGE(4, "sed s/ca.pem/none.pem/ house.tl > bad.tl; " CREATE "-o bad.xml bad.tl");
	HEARD("none.pem");
	JUDGE(4, "sed s/territory/teritory/ house.tl > bad.tl; " CREATE "-o bad.xml bad.tl");
	HEARD("teritory");
	JUDGE(4, "grep -v legal-notice house.tl > bad.tl; " CREATE "-o bad.xml bad.tl");
	HEARD("legal notice");
	JUDGE(4, "signet trust-list create -o bad.xml house.tl");
	HEARD("who signs");
	JUDGE(4, "echo wrong > wrong.pass; signet trust-list create --pkcs12 lister.p12 "
		 "--password-file wrong.pass -o bad.xml house.tl");
	JUDGE(1, "test -e bad.xml");
}

static void
a_catalogue_is_tried_before_it_counts(void)
{
	JUDGE(0, "signet catalogue export -o built-in.xml && signet catalogue check built-in.xml");
	HEARD("it changes nothing");
	JUDGE(0, "sed 's/<End>2028-12-31/<End>2026-12-31/' built-in.xml > sooner.xml && "
		 "signet catalogue check sooner.xml");
	HEARD("SHA224: suitable until 2028-12-31 -> suitable until 2026-12-31");
	JUDGE(4,
	    "sed 's/>2.16.840.1.101.3.4.2.2</>2.16.840.1.101.3.4.2</' built-in.xml > slip.xml; "
	    "signet catalogue check slip.xml");
	HEARD("cut short");
	HEARD("line ");
	JUDGE(4, "signet catalogue check house.xml");
}

static void
a_catalogue_is_signed_as_lists_are(void)
{
	JUDGE(0, "signet sign --format XML --key p256 -f -o signed.xml built-in.xml && " VERIFY
		 "signed.xml && sed -n 's|.*<ds:X509Certificate>\\([^<]*\\)<.*|\\1|p' signed.xml | "
		 "base64 -d > signer.der && signet catalogue check --signer signer.der signed.xml");
	HEARD("signed as wanted");
	JUDGE(1, "signet catalogue check --signer lister.pem signed.xml");
	HEARD("not one of its pinned signers");
	JUDGE(1, "signet catalogue check --signer signer.der built-in.xml");
	HEARD("is not signed");
}

static const struct test tests[] = { TEST(xmlsec_accepts_a_list_signed_at_the_client),
	TEST(xmlsec_accepts_a_list_signed_by_a_key_of_the_server),
	TEST(a_next_list_differs_in_what_was_changed), TEST(recipes_with_mistakes_are_told),
	TEST(a_catalogue_is_tried_before_it_counts), TEST(a_catalogue_is_signed_as_lists_are),
	TEST_END };
const struct suite suite_system_judges_trust = { "system/judges_trust", setup, NULL, tests };
