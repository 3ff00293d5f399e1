/*
 * CMS signatures and tokens that a live server makes, as the openssl program sees them (S2-13,
 * S2-14, S2-15).
 */
#include <stdio.h>
#include <string.h>

#include "tests/support/judges.h"
#include "tests/support/suite.h"

#define DETACHED                                                                                   \
	"openssl cms -verify -cades -binary -inform DER -content doc.txt -CAfile ca.pem -out got"
#define ATTACHED "openssl cms -verify -cades -binary -inform DER -CAfile ca.pem -out got"

static int
setup(void)
{
	return judges_live() != NULL ? 0 : -1;
}

static void
openssl_accepts_each_key_with_each_digest(void)
{
	static const char *const digests[] = { "SHA256", "SHA384", "SHA512" };
	const struct judges_key *k;
	size_t i;

	for (k = judges_keys; k->name != NULL; k++)
		for (i = 0; i < 3; i++) {
			JUDGE(0,
			    "signet sign --key %s --digest %s --force -o s.p7s doc.txt && " DETACHED
			    " -in s.p7s && cmp got doc.txt",
			    k->name, digests[i]);
			VERDICT("TotalPassed", NULL, "-d doc.txt s.p7s");
		}
}

static void
openssl_accepts_pss(void)
{
	static const char *const digests[] = { "SHA256", "SHA384", "SHA512" };
	const struct judges_key *k;
	size_t i;

	for (k = judges_keys; k->name != NULL; k++)
		for (i = 0; k->is_rsa && i < 3; i++) {
			JUDGE(0,
			    "signet sign --key %s --pss --digest %s --force -o s.p7s doc.txt "
			    "&& " DETACHED " -in s.p7s && openssl cms -cmsout -print -noout "
			    "-inform DER -in s.p7s | "
			    "grep -q rsassaPss",
			    k->name, digests[i]);
			VERDICT("TotalPassed", NULL, "-d doc.txt s.p7s");
		}
	JUDGE(3, "signet sign --key p256 --pss -o never.p7s doc.txt");
	JUDGE(1, "test -e never.p7s");
}

/* OpenSSL 3.0 has no RSA signature identifier with SHA-3, so it can judge neither: see the report.
 */
static void
sha3_is_accepted_where_openssl_knows_it(void)
{
	static const char *const digests[] = { "SHA3-256", "SHA3-384", "SHA3-512" };
	size_t i;

	for (i = 0; i < 3; i++) {
		JUDGE(0,
		    "signet sign --key rsa3072 --pss --digest %s --force -o s.p7s doc.txt "
		    "&& " DETACHED " -in s.p7s",
		    digests[i]);
		JUDGE(0,
		    "signet sign --key p256 --digest %s --force -o s.p7s doc.txt && " DETACHED
		    " -in s.p7s",
		    digests[i]);
		VERDICT("TotalPassed", NULL, "-d doc.txt s.p7s");
	}
}

static void
openssl_finds_the_content_inside_an_attached_signature(void)
{
	JUDGE(0, "signet sign --packaging Enveloping --format CMS --key p384 -o a.p7m doc.pdf "
		 "&& " ATTACHED " -in a.p7m && cmp got doc.pdf");
	VERDICT("TotalPassed", NULL, "a.p7m");
	JUDGE(0, ": > empty && signet sign --packaging Enveloping --format CMS -o e.p7m empty "
		 "&& " ATTACHED " -in e.p7m && cmp got empty");
	JUDGE(0, "signet sign --format CMS -o e.p7s empty && openssl cms -verify -cades -binary "
		 "-inform DER -content empty -CAfile ca.pem -in e.p7s -out got");
}

static void
openssl_accepts_a_signature_without_ades_attributes(void)
{
	JUDGE(0,
	    "signet sign --level None --key p256 -o n.p7s doc.txt && openssl cms -verify -binary "
	    "-inform DER -content doc.txt -CAfile ca.pem -in n.p7s -out got && "
	    "! openssl cms -cmsout -print -noout -inform DER -in n.p7s | grep -q "
	    "signingCertificate");
}

static void
the_time_stamp_of_level_t_is_accepted_by_openssl_ts(void)
{
	JUDGE(0,
	    "signet sign --level T --key rsa3072 -o t.p7s doc.txt && " DETACHED " -in t.p7s && "
	    "openssl cms -cmsout -print -noout -inform DER -in t.p7s | grep -q timeStampToken");
	VERDICT("TotalPassed", NULL, "-d doc.txt t.p7s");
	/* The token by its place in the DER, and the signature value that it must stamp. */
	JUDGE(0, "openssl asn1parse -inform DER -in t.p7s > parsed && "
		 "at=$(grep -A2 id-smime-aa-timeStampToken parsed | tail -n 1 | cut -d: -f1) && "
		 "openssl asn1parse -inform DER -in t.p7s -strparse $at -noout -out token.tst && "
		 "at=$(grep 'hl=4 l= 384 prim: OCTET STRING' parsed | head -n 1 | cut -d: -f1) && "
		 "tail -c +$((at + 5)) t.p7s | head -c 384 > value && "
		 "openssl ts -verify -token_in -in token.tst -data value -CAfile ca.pem");
	HEARD("Verification: OK");
}

static void
a_signer_s_chain_is_there_when_asked_for(void)
{
	JUDGE(0, "signet sign --chain --key p256 -o c.p7s doc.txt && openssl pkcs7 -inform DER -in "
		 "c.p7s "
		 "-print_certs | grep -c '^subject'");
	HEARD("2");
	JUDGE(0, "signet sign --key p256 -o c1.p7s doc.txt && openssl pkcs7 -inform DER -in c1.p7s "
		 "-print_certs | grep -c '^subject'");
	HEARD("1");
	JUDGE(0, DETACHED " -in c.p7s");
}

static void
openssl_refuses_what_was_changed(void)
{
	JUDGE(0, "signet sign --key p256 -o x.p7s doc.txt");
	JUDGE(4, "sed s/a/b/ doc.txt > other.txt && openssl cms -verify -cades -binary -inform DER "
		 "-content other.txt -CAfile ca.pem -in x.p7s -out got");
	VERDICT("TotalFailed", "HASH_FAILURE", "-d other.txt x.p7s");
}

/* ---- time stamps ---- */

static void
openssl_ts_accepts_a_token_over_a_file(void)
{
	JUDGE(0,
	    "signet timestamp -o f.tst doc.pdf && openssl ts -verify -token_in -in f.tst -data "
	    "doc.pdf -CAfile ca.pem");
	HEARD("Verification: OK");
	JUDGE(1, "openssl ts -verify -token_in -in f.tst -data doc.txt -CAfile ca.pem");
	HEARD("message imprint mismatch");
}

/* The door that time-stamp clients know: a query of theirs, our answer, their judgement. */
static void
openssl_ts_accepts_an_answer_over_http(void)
{
	static const char *const digests[] = { "sha256", "sha384", "sha512" };
	const char *url = judges_live()->url;
	size_t i;

	for (i = 0; i < 3; i++) {
		JUDGE(0,
		    "openssl ts -query -data doc.txt -%s -cert -out q.tsq && curl -sf --cacert "
		    "ca.pem "
		    "-H 'Content-Type: application/timestamp-query' --data-binary @q.tsq -o r.tsr "
		    "'%stsa' && openssl ts -verify -queryfile q.tsq -in r.tsr -CAfile ca.pem",
		    digests[i], url);
		HEARD("Verification: OK");
	}
	JUDGE(0,
	    "openssl ts -query -data doc.txt -sha256 -no_nonce -out q.tsq && curl -sf --cacert "
	    "ca.pem -H 'Content-Type: application/timestamp-query' --data-binary @q.tsq -o r.tsr "
	    "'%stsa' && openssl pkcs7 -in ../pki/tsa.pem >/dev/null 2>&1; openssl ts -verify "
	    "-queryfile q.tsq -in r.tsr -CAfile ca.pem -untrusted ../pki/tsa.pem",
	    url);
	HEARD("Verification: OK");
}

static const struct test tests[] = { TEST(openssl_accepts_each_key_with_each_digest),
	TEST(openssl_accepts_pss), TEST(sha3_is_accepted_where_openssl_knows_it),
	TEST(openssl_finds_the_content_inside_an_attached_signature),
	TEST(openssl_accepts_a_signature_without_ades_attributes),
	TEST(the_time_stamp_of_level_t_is_accepted_by_openssl_ts),
	TEST(a_signer_s_chain_is_there_when_asked_for), TEST(openssl_refuses_what_was_changed),
	TEST(openssl_ts_accepts_a_token_over_a_file), TEST(openssl_ts_accepts_an_answer_over_http),
	TEST_END };
const struct suite suite_system_judges_cms = { "system/judges_cms", setup, NULL, tests };
