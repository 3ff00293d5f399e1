/*
 * S2-31: an installation whose demo keys are of a CA with a CRL: what they sign is brought to LT
 * and LTA out of the box; users and the server are another CA's, which publishes none and says so.
 */
#include <string.h>

#include "tests/support/admin_shell.h"
#include "tests/support/suite.h"

static struct live live;
#define SHELL(status, script) CU_ASSERT(admin_shell(&live, status, script))
#define HEARD(text)	      CU_ASSERT(admin_heard(text))
#define NOT_HEARD(text)	      CU_ASSERT_PTR_NULL(strstr(admin_said(), text))

static int
setup(void)
{
	return live_start(&live, "", "--crl") == 0 &&
		       admin_shell(&live, 0,
			   "echo An invoice > doc.txt; echo '<a>An invoice</a>' > doc.xml")
		   ? 0
		   : -1;
}

static int
teardown(void)
{
	live_stop(&live);
	return 0;
}

#define CRL                                                                                        \
	"curl -sf --noproxy '*' \"$(cat pki/demo-ca.url)\" -o list.crl && openssl crl -inform "    \
	"DER "                                                                                     \
	"-in list.crl -CAfile pki/demo-ca.pem -noout -text"

static void
the_list_is_handed_out_by_plain_http_and_signed_by_the_ca(void)
{
	SHELL(0, CRL);
	HEARD("verify OK");
	HEARD("Signet demo signing CA");
	HEARD("No Revoked Certificates");
	HEARD("X509v3 CRL Number");
	SHELL(0, "url=$(cat pki/demo-ca.url); curl -s --noproxy '*' -o none -w '%{http_code}' "
		 "\"${url%demo-ca.crl}other.crl\"");
	HEARD("404");
	/* Nothing else is behind that door, and the list is behind no other. */
	SHELL(0, "url=$(cat pki/demo-ca.url); curl -s --noproxy '*' -o none -w '%{http_code}' "
		 "\"${url%crl/demo-ca.crl}healthz\"");
	HEARD("404");
	SHELL(0, "curl -s --noproxy '*' --cacert pki/ca.pem -o none -w '%{http_code}' "
		 "\"$(sed -n 's/^endpoint = \"\\(.*\\)\"/\\1/p' client.conf)crl/demo-ca.crl\"");
	HEARD("404");
}

static void
demo_signatures_are_made_and_extended_to_lt_and_lta(void)
{
	SHELL(0, "signet sign --format XML --level LT -f -o lt.xml doc.xml && signet --json verify "
		 "lt.xml");
	HEARD("\"level\":\"LT\"");
	HEARD("\"thisUpdate\"");
	SHELL(0, "signet sign --format XML --level LTA --key demo-ec -f -o lta.xml doc.xml && "
		 "signet --json verify lta.xml");
	HEARD("\"level\":\"LTA\"");
	SHELL(0, "signet sign --format PDF --level LTA -f -o lta.pdf sample.pdf && "
		 "signet --json verify lta.pdf");
	HEARD("\"level\":\"LTA\"");
	NOT_HEARD("\"Indeterminate\"");
	SHELL(0, "signet sign --format CMS -f -o b.p7s doc.txt && "
		 "signet extend -d doc.txt -o lta.p7s b.p7s && "
		 "signet --json verify -d doc.txt lta.p7s");
	HEARD("\"level\":\"LTA\"");
}

static void
users_and_the_server_are_another_cas_which_has_no_list(void)
{
	SHELL(0, "for c in erp tls; do openssl x509 -in pki/$c.pem -noout -issuer -text; done");
	HEARD("Signet internal CA");
	NOT_HEARD("demo signing CA");
	NOT_HEARD("URI:");
	SHELL(0, "openssl verify -CAfile pki/ca.pem pki/erp.pem");
	SHELL(2, "openssl verify -CAfile pki/demo-ca.pem pki/erp.pem");
}

static const struct test tests[] = { TEST(
					 the_list_is_handed_out_by_plain_http_and_signed_by_the_ca),
	TEST(demo_signatures_are_made_and_extended_to_lt_and_lta),
	TEST(users_and_the_server_are_another_cas_which_has_no_list), TEST_END };
const struct suite suite_system_crl = { "system/crl", setup, teardown, tests };
