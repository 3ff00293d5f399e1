/*
 * S2-27, S2-28, S2-29, S2-05: an administrator at the shell takes in a trusted list that the
 * command line made, has a tenant trust a centre of it, adds a CA of its own, a policy and an
 * algorithm catalogue; the live server judges accordingly.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/admin_shell.h"
#include "tests/support/suite.h"

static struct live live;
#define SHELL(status, script) CU_ASSERT(admin_shell(&live, status, script))
#define HEARD(text)	      CU_ASSERT(admin_heard(text))

static const char recipe[] =
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
    "END\n";

/* CAs that nobody trusts yet, documents signed under them, and whoever signs lists. */
static const char pki[] =
    "set -e\n"
    "ca() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 "
    "-keyout $1.key -out $1.pem -subj \"/O=Example/CN=$2\" "
    "-addext basicConstraints=critical,CA:true -addext keyUsage=critical,keyCertSign; }\n"
    "leaf() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $1.key "
    "-out $1.csr -subj \"/O=Example/CN=$1\"; printf "
    "'keyUsage=critical,digitalSignature\\n2.5.29.56=DER:05:00\\n' > $1.ext; "
    "openssl x509 -req -in $1.csr -CA $2.pem -CAkey $2.key -days 20 -extfile $1.ext "
    "-out $1.pem; }\n"
    "ca alpha 'Alpha CA'; ca beta 'Beta CA'; ca stranger Stranger; ca lister Lister\n"
    "leaf one alpha; leaf two beta\n"
    "echo An invoice > doc.txt; echo Another invoice > other.txt\n"
    "for s in one two; do openssl cms -sign -cades -binary -in doc.txt -signer $s.pem -inkey "
    "$s.key -outform DER -out $s.p7s; done\n"
    "for s in lister stranger; do openssl pkcs12 -export -in $s.pem -inkey $s.key -passout "
    "pass:x -out $s.p12; done; echo x > pass\n";

static int
setup(void)
{
	return live_start(&live, "", NULL) == 0 && admin_shell(&live, 0, pki) &&
		       admin_shell(&live, 0, recipe)
		   ? 0
		   : -1;
}

static int
teardown(void)
{
	live_stop(&live);
	return 0;
}

#define LIST	  "signet trust-list create --password-file pass -f "
#define VERIFY(s) "signet --json verify -d doc.txt " s ".p7s"
/* The caches hear of a change a moment later: ask until the verdict is this one. */
#define UNTIL(s, word)                                                                             \
	"n=0; until " VERIFY(                                                                      \
	    s) " | tee verdict.json | grep -q '" word                                              \
	       "'; do n=$((n+1)); [ $n -lt 200 ] || break; done; cat verdict.json"

static void
a_list_signed_by_a_stranger_is_refused(void)
{
	SHELL(2, VERIFY("one"));
	HEARD("NO_CERTIFICATE_CHAIN_FOUND");
	SHELL(0, "admin trust source add house --signer lister.pem --territory DE");
	SHELL(0, "admin trust source list");
	HEARD("house\tlist for all: no list yet");
	SHELL(0, LIST "--pkcs12 stranger.p12 -o strange.xml house.tl");
	SHELL(1, "admin trust import house strange.xml");
	HEARD("Stranger");
	HEARD("the last good list stays");
	SHELL(0, LIST "--pkcs12 lister.p12 -o house.xml house.tl && sed s/Alpha/Omega/ house.xml > "
		      "changed.xml");
	SHELL(1, "admin trust import house changed.xml");
	HEARD("Broken");
	SHELL(1, "admin trust import nowhere house.xml");
	HEARD("no source of trusted lists");
}

static void
a_chosen_trust_centre_counts(void)
{
	SHELL(0, "admin trust import house house.xml");
	HEARD("Accepted");
	SHELL(2, VERIFY("one")); /* nobody chose it */
	SHELL(0, "admin trust choose --tenant demo house 'Alpha Trust'");
	HEARD("trust snapshot");
	SHELL(0, UNTIL("one", "TotalPassed"));
	HEARD("\"trustServiceStatus\":\"recognisedatnationallevel\"");
	HEARD("\"name\":\"sha256:");
	SHELL(1, "signet --json verify -d other.txt one.p7s");
	HEARD("HASH_FAILURE");
	SHELL(0, "admin trust show --tenant demo");
	HEARD("CA/PKC: Alpha CA of Alpha Trust, recognisedatnationallevel since 2020-03-01");
	HEARD("own: Signet internal CA");
	SHELL(0, "admin trust export --tenant demo before.snapshot");
}

static void
a_service_that_is_withdrawn_fails_with_name_and_day(void)
{
	SHELL(0, "sed 's/since = \"2020/status = \"withdrawn\" since = \"2026/; "
		 "s/alpha.pem\" }/alpha.pem\" } history \"2020-03-01T00:00:00Z\" "
		 "{ status = \"recognisedatnationallevel\" }/' house.tl > gone.tl && " LIST
		 "--pkcs12 lister.p12 --sequence 8 -o gone.xml gone.tl");
	SHELL(0, "admin trust import house gone.xml");
	HEARD("1 new snapshots");
	SHELL(0, UNTIL("one", "NO_CERTIFICATE_CHAIN_FOUND_NO_POE"));
	HEARD("\\\"Alpha CA\\\" of \\\"Alpha Trust\\\" is on list 8 of \\\"house\\\"");
	HEARD("it was withdrawn (since 2026-03-01T00:00:00Z)");
	/* The older list is not taken again. */
	SHELL(1, "admin trust import house house.xml");
	HEARD("Old");
	SHELL(0, "admin trust export --tenant demo after.snapshot && "
		 "signet trust diff before.snapshot after.snapshot");
	HEARD("withdrawn since 2026-03-01");
	SHELL(0, "admin trust let-go --tenant demo house 'Alpha Trust'");
	SHELL(0, "admin trust show --tenant demo");
	CU_ASSERT_PTR_NULL(strstr(admin_said(), "Alpha CA"));
}

static void
own_certificates_count_in_each_form(void)
{
	SHELL(0, "openssl crl2pkcs7 -nocrl -certfile beta.pem -outform DER -out beta.p7b");
	SHELL(0, "admin trust anchor add --tenant demo 'Beta' beta.p7b --usage Signing,TlsClient "
		 "--crl http://crl.example/beta.crl --ocsp http://ocsp.example/");
	SHELL(0, UNTIL("two", "TotalPassed"));
	SHELL(1, "admin trust anchor add --tenant demo 'Beta again' beta.pem");
	HEARD("trusts this certificate already");
	SHELL(1, "admin trust anchor add --tenant demo 'Odd' alpha.pem --usage Everything");
	HEARD("usage");
	SHELL(1, "admin trust anchor add --tenant demo 'No' pass");
	SHELL(1, "admin trust anchor add --tenant demo 'Odd' alpha.pem --crl file:///etc/passwd");
	HEARD("addresses of CRLs");
	SHELL(0, "openssl x509 -in alpha.pem -outform DER -out alpha.der && "
		 "admin trust anchor add --tenant demo 'Alpha' alpha.der");
	SHELL(0, UNTIL("one", "TotalPassed"));
	SHELL(0, "admin trust anchor disable --tenant demo Alpha");
	SHELL(0, UNTIL("one", "NO_CERTIFICATE_CHAIN_FOUND"));
	SHELL(0, "admin trust anchor enable --tenant demo Alpha");
	SHELL(0, UNTIL("one", "TotalPassed"));
	SHELL(1, "admin trust anchor disable --tenant demo Gamma");
	HEARD("there is no");
	SHELL(2, "admin trust anchor disable Alpha");
	HEARD("needs --tenant");
	SHELL(1, "admin trust show --tenant nobody");
	HEARD("no tenant");
}

static void
policies_are_added_chosen_and_withdrawn(void)
{
	SHELL(0, "echo '{\"constraints\":{\"SignatureTimestamp\":\"fail\"}}' > strict.json && "
		 "admin policy add --tenant demo stamped strict.json");
	HEARD("validation policy stamped, version 1");
	SHELL(0, "n=0; until signet --json verify -p stamped -d doc.txt one.p7s > verdict.json; "
		 "[ $? = 2 ]; do n=$((n+1)); [ $n -lt 200 ] || break; done; cat verdict.json");
	HEARD("no valid time stamp proves");
	HEARD("\"name\":\"stamped\"");
	SHELL(0, "admin policy default --tenant demo stamped && admin policy list --tenant demo");
	HEARD("stamped 1, default");
	SHELL(0, UNTIL("one", "SIG_CONSTRAINTS_FAILURE"));
	SHELL(0, "admin policy default --tenant demo signet-strict");
	SHELL(0, UNTIL("one", "TotalPassed"));
	SHELL(0, "admin policy withdraw --tenant demo stamped");
	SHELL(1, "echo '{\"constraints\":{\"ReferenceDigest\":\"ignore\"}}' > evil.json && "
		 "admin policy add --tenant demo evil evil.json");
	HEARD("no constraint \"ReferenceDigest\"");
	SHELL(1, "admin policy default --tenant demo evil");
	SHELL(2, "admin policy add --tenant demo");
	SHELL(2, "admin trust nonsense");
}

/* A CA and a certificate under it that calls itself qualified, for signatures (EN 319 412-5). */
static const char qualified_pki[] =
    "set -e\n"
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -keyout "
    "gamma.key "
    "-out gamma.pem -subj '/C=DE/O=Gamma Trust/CN=Gamma CA' -addext "
    "basicConstraints=critical,CA:true -addext keyUsage=critical,keyCertSign\n"
    "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout three.key -out "
    "three.csr "
    "-subj /C=DE/O=Example/CN=three\n"
    "printf "
    "'keyUsage=critical,digitalSignature\\n2.5.29.56=DER:05:00\\n1.3.6.1.5.5.7.1.3=DER:30:1F:"
    "30:08:06:06:04:00:8E:46:01:01:30:13:06:06:04:00:8E:46:01:06:30:09:06:07:04:00:8E:46:01:06:01"
    "\\n' > three.ext\n"
    "openssl x509 -req -in three.csr -CA gamma.pem -CAkey gamma.key -days 20 -extfile three.ext "
    "-out three.pem\n"
    "openssl cms -sign -cades -binary -in doc.txt -signer three.pem -inkey three.key -outform DER "
    "-out three.p7s\n";

/* S2-28: an EU list whose service is for nothing: the list is right, and says why. */
static void
an_eu_list_decides_whether_a_signature_is_qualified(void)
{
	SHELL(0, qualified_pki);
	SHELL(0, VERIFY("one"));
	HEARD("\"qualification\":{\"level\":\"NotApplicable\",\"term\":\"N/A\"");
	SHELL(0,
	    "sed 's|^sequence.*|type = \"http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUgeneric"
	    "\" sequence = 1|; s/Alpha/Gamma/; s/alpha/gamma/; s|CA/PKC\"|CA/QC\" status = "
	    "\"granted\"|' house.tl > eu.tl && " LIST "--pkcs12 lister.p12 -o eu.xml eu.tl");
	SHELL(0, "admin trust source add eu --signer lister.pem --territory DE && "
		 "admin trust import eu eu.xml && admin trust choose --tenant demo eu");
	SHELL(0, UNTIL("three", "TotalPassed"));
	HEARD("\"qualification\":{\"level\":\"AdESig\",\"term\":\"AdESig\"");
	HEARD("\"levelAtUse\":\"CertForESig\"");
	HEARD("\"code\":\"NotByTrustList\"");
	HEARD("was granted at");
	SHELL(0, "signet verify -d doc.txt three.p7s");
	HEARD("qualified    AdESig");
	HEARD("calls itself qualified, the trusted list of DE does not make it so");
	SHELL(0, "signet certificate -u Signing three.pem");
	HEARD("qualified    Cert for eSig");
	/* The same again without a server, and not by a report that says more. */
	SHELL(0, "signet verify -d doc.txt --report Etsi -f -o three.xml three.p7s && "
		 "signet verify --replay three.xml -d doc.txt three.p7s");
	SHELL(0, "sed 's|:AdESig<|:QESig<|' three.xml > more.xml");
	SHELL(6, "signet verify --replay more.xml -d doc.txt three.p7s");
	HEARD("qualification");
}

static void
reload(const char *says)
{
	long from = live_log_end(&live);

	kill(live.pid, SIGHUP);
	CU_ASSERT_PTR_NOT_NULL(live_log_line(&live, from, says));
}

#define TAKEN	"the new configuration is in use"
#define REFUSED "the old configuration stays in use"

static void
the_catalogue_of_the_configuration_changes_verdicts_and_what_is_signed(void)
{
	/* P-256 ends: verdicts name the day, and nothing more is signed with it. */
	SHELL(0, "signet catalogue export -o built-in.xml && "
		 "awk '/P-256<.Curve>/ { n = 1 } n && /<Validity>/ { sub(/<Validity>/, "
		 "\"<Validity><End>2026-01-01</End>\"); n = 0 } { print }' built-in.xml > ends.xml "
		 "&& signet catalogue check ends.xml");
	HEARD("2026-01-01");
	SHELL(0, "signet sign --format XML --key demo-rsa -f -o catalogue.xml ends.xml && "
		 "sed -n 's|.*<ds:X509Certificate>\\([^<]*\\)<.*|\\1|p' catalogue.xml | head -1 | "
		 "base64 -d > catalogue.der && cp signetd.conf signetd.conf.good && "
		 "printf 'algorithm-catalogue = \"catalogue.xml\"\\n"
		 "algorithm-catalogue-signer = \"lister.pem\"\\n' >> signetd.conf");
	SHELL(1, "check");
	HEARD("algorithm-catalogue: ");
	reload(REFUSED);
	SHELL(0, VERIFY("one"));
	SHELL(0, "sed -i s/lister.pem/catalogue.der/ signetd.conf && check");
	HEARD("is good");
	reload(TAKEN);
	SHELL(2, VERIFY("one"));
	HEARD("CRYPTO_CONSTRAINTS_FAILURE_NO_POE");
	HEARD("not suitable after 2026-01-01");
	SHELL(3, "signet sign --format CMS --key demo-ec -f -o x.p7s doc.txt");
	HEARD("not suitable after 2026-01-01");
	SHELL(0, "signet sign --format CMS --key demo-rsa -f -o x.p7s doc.txt");
	/* A broken file is refused by the check and by a reload; what was in use stays. */
	SHELL(0, "cp catalogue.xml whole.xml && sed s/2026-01-01/2026-01-02/ whole.xml > c.new && "
		 "mv c.new catalogue.xml");
	SHELL(1, "check");
	reload(REFUSED);
	SHELL(2, VERIFY("one"));
	HEARD("not suitable after 2026-01-01");
	SHELL(0, "sed -i /algorithm-catalogue-signer/d signetd.conf");
	SHELL(1, "check");
	HEARD("need each other");
	SHELL(0, "cp signetd.conf.good signetd.conf && check");
	reload(TAKEN);
	SHELL(0, VERIFY("one"));
}

static const struct test tests[] = { TEST(a_list_signed_by_a_stranger_is_refused),
	TEST(a_chosen_trust_centre_counts),
	TEST(a_service_that_is_withdrawn_fails_with_name_and_day),
	TEST(own_certificates_count_in_each_form),
	TEST(an_eu_list_decides_whether_a_signature_is_qualified),
	TEST(policies_are_added_chosen_and_withdrawn),
	TEST(the_catalogue_of_the_configuration_changes_verdicts_and_what_is_signed), TEST_END };
const struct suite suite_system_trust = { "system/trust", setup, teardown, tests };
