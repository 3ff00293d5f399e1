/* What other programs sign with certificates of a CA that we trust, as a live server judges it. */
#include <stdio.h>
#include <string.h>

#include "tests/support/judges.h"
#include "tests/support/suite.h"

#define RSA  "-algorithm RSA -pkeyopt rsa_keygen_bits:2048"
#define EC   "-algorithm EC -pkeyopt ec_paramgen_curve:P-256"
#define SIGN "openssl cms -sign -binary -in doc.txt -outform DER -out o.p7s "

static int
setup(void)
{
	return judges_enter("theirs") == 0 && judges_issue("rsa", RSA, "") &&
		       judges_issue("ec", EC, "")
		   ? 0
		   : -1;
}

/* ---- CMS by openssl ---- */

static void
assert_level(const char *level, const char *arguments)
{
	json_t *verdict = judges_verdict("%s", arguments);

	CU_ASSERT_STRING_EQUAL(judges_text(verdict, "indication"), "TotalPassed");
	CU_ASSERT_STRING_EQUAL(judges_text(verdict, "signatures.0.level"), level);
	if (strcmp(judges_text(verdict, "signatures.0.level"), level) != 0)
		fprintf(stderr, "%s: %s\n", arguments, judges_said());
	json_decref(verdict);
}

static void
cades_of_openssl_passes(void)
{
	static const char *const digests[] = { "sha256", "sha384", "sha512" };
	size_t i;

	for (i = 0; i < 3; i++) {
		JUDGE(0, SIGN "-cades -md %s -signer rsa.pem -inkey rsa.key", digests[i]);
		assert_level("B", "-d doc.txt o.p7s");
		JUDGE(0, SIGN "-cades -md %s -signer ec.pem -inkey ec.key -nodetach", digests[i]);
		assert_level("B", "o.p7s");
		JUDGE(0,
		    SIGN
		    "-cades -md %s -signer rsa.pem -inkey rsa.key -keyopt rsa_padding_mode:pss",
		    digests[i]);
		assert_level("B", "-d doc.txt o.p7s");
	}
	JUDGE(0, "sed s/a/b/ doc.txt > other.txt");
	VERDICT("TotalFailed", "HASH_FAILURE", "-d other.txt o.p7s");
}

/*
 * A CMS without the signing-certificate attribute has nothing for EN 319 102-1 clause 5.2.3.4 to
 * compare; the check is of references that are there. So it passes, but is no baseline signature.
 */
static void
plain_cms_of_openssl_passes_without_a_level(void)
{
	JUDGE(0, SIGN "-signer rsa.pem -inkey rsa.key");
	assert_level("None", "-d doc.txt o.p7s");
	JUDGE(0, SIGN "-noattr -signer ec.pem -inkey ec.key");
	assert_level("None", "-d doc.txt o.p7s");
	JUDGE(0, SIGN "-keyid -signer ec.pem -inkey ec.key");
	assert_level("None", "-d doc.txt o.p7s");
	JUDGE(0, SIGN "-stream -nodetach -signer ec.pem -inkey ec.key");
	assert_level("None", "o.p7s");
	JUDGE(0,
	    "openssl cms -sign -binary -in doc.txt -outform PEM -out o.pem -signer ec.pem -inkey "
	    "ec.key");
	assert_level("None", "-d doc.txt o.pem");
}

static void
all_signers_of_openssl_are_judged(void)
{
	json_t *verdict;

	JUDGE(0, SIGN "-cades -signer rsa.pem -inkey rsa.key -signer ec.pem -inkey ec.key");
	verdict = judges_verdict("-d doc.txt o.p7s");
	CU_ASSERT_EQUAL(json_array_size(judges_at(verdict, "signatures")), 2);
	CU_ASSERT_STRING_EQUAL(judges_text(verdict, "indication"), "TotalPassed");
	json_decref(verdict);
	/* One whose certificate is not trusted makes the whole worse. */
	JUDGE(0, "openssl req -x509 -newkey rsa:2048 -nodes -keyout alien.key -out alien.pem -subj "
		 "/CN=alien -days 10 && " SIGN
		 "-cades -signer rsa.pem -inkey rsa.key -signer alien.pem -inkey alien.key");
	VERDICT("Indeterminate", NULL, "-d doc.txt o.p7s");
}

static void
signers_who_may_not_sign_do_not_pass(void)
{
	JUDGE(0, SIGN "-cades -signer alien.pem -inkey alien.key");
	VERDICT("Indeterminate", "NO_CERTIFICATE_CHAIN_FOUND", "-d doc.txt o.p7s");
	JUDGE(0, SIGN "-cades -nocerts -signer rsa.pem -inkey rsa.key");
	VERDICT("Indeterminate", "NO_SIGNING_CERTIFICATE_FOUND", "-d doc.txt o.p7s");
	CU_ASSERT(judges_issue("server", EC,
	    "basicConstraints = critical,CA:FALSE\nkeyUsage = critical,keyEncipherment\n"
	    "extendedKeyUsage = serverAuth\nsubjectKeyIdentifier = hash\n"
	    "authorityKeyIdentifier = keyid"));
	JUDGE(0, SIGN "-cades -signer server.pem -inkey server.key");
	VERDICT("Indeterminate", "CHAIN_CONSTRAINTS_FAILURE", "-d doc.txt o.p7s");
	JUDGE(0, SIGN "-cades -md sha1 -signer rsa.pem -inkey rsa.key");
	VERDICT("Indeterminate", "CRYPTO_CONSTRAINTS_FAILURE_NO_POE", "-d doc.txt o.p7s");
	/* A certificate that neither names a source of revocation data nor says there is none. */
	CU_ASSERT(judges_issue("silent", EC,
	    "basicConstraints = critical,CA:FALSE\nkeyUsage = critical,digitalSignature\n"
	    "extendedKeyUsage = emailProtection\nsubjectKeyIdentifier = hash\n"
	    "authorityKeyIdentifier = keyid"));
	JUDGE(0, SIGN "-cades -signer silent.pem -inkey silent.key");
	VERDICT("Indeterminate", "TRY_LATER", "-d doc.txt o.p7s");
	CU_ASSERT(judges_issue("small", "-algorithm RSA -pkeyopt rsa_keygen_bits:1024", ""));
	JUDGE(0, SIGN "-cades -signer small.pem -inkey small.key");
	VERDICT("Indeterminate", "CRYPTO_CONSTRAINTS_FAILURE_NO_POE", "-d doc.txt o.p7s");
}

static void
a_certificate_out_of_its_time_does_not_pass(void)
{
	JUDGE(0, "openssl x509 -req -in ec.csr -CA ca.pem -CAkey ca.key -days -1 -set_serial 77 "
		 "-extfile ec.ext -out old.pem && " SIGN "-cades -signer old.pem -inkey ec.key");
	VERDICT("Indeterminate", NULL, "-d doc.txt o.p7s");
	JUDGE(0, SIGN "-cades -signer ec.pem -inkey ec.key");
	/* Clause 5.5.4: what existed before its certificate was not made with it. */
	VERDICT("TotalFailed", "NOT_YET_VALID", "--time 2020-01-01T00:00:00Z -d doc.txt o.p7s");
	assert_level("B", "-d doc.txt o.p7s");
}

/* ---- XML by xmlsec1 ---- */

#define DSIG "http://www.w3.org/2000/09/xmldsig#"
#define TEMPLATE                                                                                   \
	"printf '%%s' '<order Id=\"o\" xmlns=\"urn:example:order\"><item>1</item>"                 \
	"<ds:Signature xmlns:ds=\"" DSIG "\"><ds:SignedInfo>"                                      \
	"<ds:CanonicalizationMethod Algorithm=\"%s\"/><ds:SignatureMethod Algorithm=\"%s\"/>"      \
	"<ds:Reference URI=\"\"><ds:Transforms><ds:Transform Algorithm=\"" DSIG                    \
	"enveloped-signature\"/><ds:Transform Algorithm=\"%s\"/></ds:Transforms>"                  \
	"<ds:DigestMethod Algorithm=\"%s\"/><ds:DigestValue/></ds:Reference></ds:SignedInfo>"      \
	"<ds:SignatureValue/><ds:KeyInfo><ds:X509Data/></ds:KeyInfo></ds:Signature></order>' "     \
	"> template.xml && xmlsec1 --sign --privkey-pem %s.key,%s.pem --output theirs.xml "        \
	"template.xml"

static void
enveloped_xml_of_xmlsec_passes(void)
{
	static const char *const c14n[] = { "http://www.w3.org/2001/10/xml-exc-c14n#",
		"http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
		"http://www.w3.org/2006/12/xml-c14n11",
		"http://www.w3.org/2001/10/xml-exc-c14n#WithComments" };
	static const struct {
		const char *method, *digest, *key;
	} rows[] = { { "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
			 "http://www.w3.org/2001/04/xmlenc#sha256", "rsa" },
		{ "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
		    "http://www.w3.org/2001/04/xmlenc#sha512", "rsa" },
		{ "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
		    "http://www.w3.org/2001/04/xmlenc#sha256", "ec" },
		{ "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
		    "http://www.w3.org/2001/04/xmldsig-more#sha384", "ec" } };
	size_t i, k;

	for (i = 0; i < 4; i++)
		for (k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
			JUDGE(0, TEMPLATE, c14n[i], rows[k].method, c14n[i], rows[k].digest,
			    rows[k].key, rows[k].key);
			VERDICT("TotalPassed", NULL, "theirs.xml");
		}
	JUDGE(0, "sed 's/<item>1/<item>2/' theirs.xml > theirs-changed.xml");
	VERDICT("TotalFailed", "HASH_FAILURE", "theirs-changed.xml");
	JUDGE(0, TEMPLATE, c14n[0], "http://www.w3.org/2000/09/xmldsig#rsa-sha1", c14n[0],
	    "http://www.w3.org/2000/09/xmldsig#sha1", "rsa", "rsa");
	VERDICT("Indeterminate", "CRYPTO_CONSTRAINTS_FAILURE_NO_POE", "theirs.xml");
}

static void
enveloping_xml_of_xmlsec_passes(void)
{
	JUDGE(0,
	    "printf '%%s' '<Signature xmlns=\"" DSIG "\"><SignedInfo><CanonicalizationMethod "
	    "Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/><SignatureMethod "
	    "Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256\"/><Reference "
	    "URI=\"#in\"><DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>"
	    "<DigestValue/></Reference></SignedInfo><SignatureValue/><KeyInfo><X509Data/></KeyInfo>"
	    "<Object Id=\"in\"><a>words</a></Object></Signature>' > template.xml && "
	    "xmlsec1 --sign --privkey-pem ec.key,ec.pem --output theirs.xml template.xml");
	VERDICT("TotalPassed", NULL, "theirs.xml");
	JUDGE(0, "sed 's/words/deeds/' theirs.xml > theirs-changed.xml");
	VERDICT("TotalFailed", "HASH_FAILURE", "theirs-changed.xml");
}

static const struct test tests[] = { TEST(cades_of_openssl_passes),
	TEST(plain_cms_of_openssl_passes_without_a_level), TEST(all_signers_of_openssl_are_judged),
	TEST(signers_who_may_not_sign_do_not_pass),
	TEST(a_certificate_out_of_its_time_does_not_pass), TEST(enveloped_xml_of_xmlsec_passes),
	TEST(enveloping_xml_of_xmlsec_passes), TEST_END };
const struct suite suite_system_judges_theirs = { "system/judges_theirs", setup, NULL, tests };
