/* XML signatures that a live server makes, as xmlsec1 sees them (S2-13, S2-14). */
#include <stdio.h>
#include <string.h>

#include "tests/support/judges.h"
#include "tests/support/suite.h"

#define SIGNED_PROPERTIES                                                                          \
	"--id-attr:Id http://uri.etsi.org/01903/v1.3.2#:SignedProperties "                         \
	"--id-attr:Id urn:example:order:order --id-attr:Id urn:example:order:item"
#define VERIFY "xmlsec1 --verify --trusted-pem ca.pem " SIGNED_PROPERTIES " "

static int
setup(void)
{
	return judges_live() != NULL ? 0 : -1;
}

static void
xmlsec_accepts_each_key_with_each_digest(void)
{
	static const char *const digests[] = { "SHA256", "SHA384", "SHA512" };
	const struct judges_key *k;
	size_t i;

	for (k = judges_keys; k->name != NULL; k++)
		for (i = 0; i < 3; i++) {
			JUDGE(0,
			    "signet sign --key %s --digest %s --force -o s.xml doc.xml && " VERIFY
			    "s.xml",
			    k->name, digests[i]);
			VERDICT("TotalPassed", NULL, "s.xml");
		}
}

static void
xmlsec_accepts_each_canonicalization_in_each_packaging_at_each_level(void)
{
	static const char *const methods[] = { "Exclusive", "Inclusive", "Inclusive11" };
	static const char *const packagings[] = { "Enveloped", "Enveloping" };
	static const char *const levels[] = { "None", "B", "T" };
	size_t m, p, l;

	for (m = 0; m < 3; m++)
		for (p = 0; p < 2; p++)
			for (l = 0; l < 3; l++) {
				JUDGE(0,
				    "signet sign --canonicalization %s --packaging %s --level %s "
				    "--format XML --key p256 --force -o s.xml doc.xml && " VERIFY
				    "s.xml",
				    methods[m], packagings[p], levels[l]);
				if (l > 0)
					VERDICT("TotalPassed", NULL, "s.xml");
			}
}

/* The reference names the file as xmlsec1 finds it: in its folder. */
static void
xmlsec_accepts_a_detached_signature(void)
{
	JUDGE(0,
	    "signet sign --format XML --packaging Detached --key p384 -o d.xml doc.xml && " VERIFY
	    "d.xml");
	VERDICT("TotalPassed", NULL, "-d doc.xml d.xml");
	JUDGE(0, "mkdir -p apart && cp d.xml apart && sed s/remark/note/ doc.xml > apart/doc.xml");
	VERDICT("TotalFailed", "HASH_FAILURE", "-d apart/doc.xml d.xml");
	VERDICT("Indeterminate", "SIGNED_DATA_NOT_FOUND", "d.xml");
	JUDGE(1, "cd apart && " VERIFY "--trusted-pem ../ca.pem d.xml");
}

static void
xmlsec_accepts_content_of_any_kind_inside(void)
{
	JUDGE(0,
	    "signet sign --format XML --packaging Enveloping --key p256 -o e.xml doc.txt && " VERIFY
	    "e.xml");
	VERDICT("TotalPassed", NULL, "e.xml");
	JUDGE(0,
	    "signet sign --format XML --packaging Detached --key p256 -o dt.xml doc.pdf && " VERIFY
	    "dt.xml");
	VERDICT("TotalPassed", NULL, "-d doc.pdf dt.xml");
}

static void
xmlsec_accepts_a_signature_over_one_element(void)
{
	json_t *verdict;

	JUDGE(0, "signet sign --target-id one --key p256 -o one.xml doc.xml && " VERIFY "one.xml");
	verdict = judges_verdict("one.xml");
	CU_ASSERT_STRING_EQUAL(judges_text(verdict, "indication"), "TotalPassed");
	CU_ASSERT_STRING_EQUAL(judges_text(verdict, "signatures.0.scope"), "Partial");
	json_decref(verdict);
	/* What is not signed may change, what is signed may not. */
	JUDGE(0, "sed 's/<x:part n=\"1\"/<x:part n=\"2\"/' one.xml > one-other.xml && " VERIFY
		 "one-other.xml");
	VERDICT("TotalPassed", NULL, "one-other.xml");
	JUDGE(1, "sed 's/&amp; b/\\&amp; c/' one.xml > one-broken.xml && " VERIFY "one-broken.xml");
	VERDICT("TotalFailed", "HASH_FAILURE", "one-broken.xml");
}

static void
a_second_signature_leaves_the_first_valid(void)
{
	json_t *verdict;

	JUDGE(0, "signet sign --target-id one --key p256 -o first.xml doc.xml && "
		 "signet sign --target-id two --key rsa2048 -o second.xml first.xml");
	verdict = judges_verdict("second.xml");
	CU_ASSERT_STRING_EQUAL(judges_text(verdict, "indication"), "TotalPassed");
	CU_ASSERT_EQUAL(json_array_size(judges_at(verdict, "signatures")), 2);
	json_decref(verdict);
	JUDGE(0, VERIFY "second.xml");
	JUDGE(0, VERIFY "--node-xpath '(//*[local-name()=\"Signature\"])[2]' second.xml");
}

/*
 * Debian's xmlsec1 1.2.37 knows neither RSA-PSS nor SHA-3: only we can judge these here, and the
 * independent judge of the bytes is OpenSSL, through the same code paths in CMS.
 */
static void
what_xmlsec_lacks_passes_our_own_verification(void)
{
	JUDGE(0, "signet sign --pss --key rsa3072 -o pss.xml doc.xml && grep -q rsa-pss pss.xml || "
		 "grep -qi 'rsa-mgf1' pss.xml");
	VERDICT("TotalPassed", NULL, "pss.xml");
	JUDGE(0, "signet sign --digest SHA3-256 --key p256 -o sha3.xml doc.xml && grep -q sha3-256 "
		 "sha3.xml");
	VERDICT("TotalPassed", NULL, "sha3.xml");
	JUDGE(1, "xmlsec1 --verify --trusted-pem ca.pem " SIGNED_PROPERTIES " pss.xml");
}

static const struct test tests[] = { TEST(xmlsec_accepts_each_key_with_each_digest),
	TEST(xmlsec_accepts_each_canonicalization_in_each_packaging_at_each_level),
	TEST(xmlsec_accepts_a_detached_signature), TEST(xmlsec_accepts_content_of_any_kind_inside),
	TEST(xmlsec_accepts_a_signature_over_one_element),
	TEST(a_second_signature_leaves_the_first_valid),
	TEST(what_xmlsec_lacks_passes_our_own_verification), TEST_END };
const struct suite suite_system_judges_xml = { "system/judges_xml", setup, NULL, tests };
