/*
 * What the openssl program encrypts for a live server is decrypted and verified there, by a child
 * of the read process where it is a mail (S2-20).
 */
#include <stdio.h>
#include <string.h>

#include "tests/support/judges.h"
#include "tests/support/suite.h"

#define RSA "../pki/demo-decrypt.pem"
#define EC  "../pki/demo-decrypt-ec.pem"

static int
setup(void)
{
	if (judges_enter("encrypted") != 0 ||
	    !judges_issue("alice", "-algorithm RSA -pkeyopt rsa_keygen_bits:2048", "") ||
	    !judges_run(0, "signet sign --packaging Enveloping --force -o signed.p7m doc.txt"))
		return -1;
	return 0;
}

static const struct {
	const char *recipient, *options;
} ways[] = {
	{ RSA, "-aes-128-cbc" },
	{ RSA, "-aes-256-gcm" },
	{ RSA, "-des3 -keyid" },
	{ RSA, "-aes-256-cbc -stream" },
	{ RSA, "-aes-192-cbc -keyopt rsa_padding_mode:oaep" },
	{ RSA, "-aes-256-gcm -keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha256" },
	{ RSA, "-aes-256-cbc -keyopt rsa_padding_mode:oaep -keyopt rsa_oaep_md:sha512 -keyopt "
	       "rsa_mgf1_md:sha1" },
	{ EC, "-aes-128-cbc" },
	{ EC, "-aes-256-gcm -keyid" },
	{ EC, "-aes-256-cbc -keyopt ecdh_kdf_md:sha256 -aes256-wrap" },
	{ EC, "-aes-256-cbc -keyopt ecdh_kdf_md:sha512 -keyopt ecdh_cofactor_mode:1" },
};

static void
what_openssl_encrypts_is_verified_and_decrypted(void)
{
	static const char *const forms[] = { "DER", "PEM" };
	size_t i, f;

	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		for (f = 0; f < 2; f++) {
			const char *key = ways[i].recipient[strlen("../pki/demo-decrypt")] == '-'
					      ? "demo-decrypt-ec"
					      : "demo-decrypt";

			JUDGE(0,
			    "openssl cms -encrypt -binary -in signed.p7m -outform %s -out e.p7m "
			    "-recip %s %s",
			    forms[f], ways[i].recipient, ways[i].options);
			VERDICT("TotalPassed", NULL, "e.p7m");
			HEARD(key);
			JUDGE(0, "signet decrypt --force e.p7m -o got && cmp got signed.p7m");
		}
}

static void
a_verdict_shows_who_opened_it_and_how_it_was_encrypted(void)
{
	JUDGE(0, "openssl cms -encrypt -binary -in signed.p7m -outform DER -out e.p7m -aes-256-cbc "
		 "-recip " RSA " && signet verify e.p7m");
	HEARD("encrypted: opened");
	HEARD("demo-decrypt");
	HEARD("AES-256-CBC  (not authenticated");
	JUDGE(0, "openssl cms -encrypt -binary -in signed.p7m -outform DER -out e.p7m -aes-256-gcm "
		 "-recip " EC " && signet verify e.p7m");
	HEARD("AES-256-GCM  (authenticated)");
}

static void
for_somebody_else_it_stays_closed_and_names_him(void)
{
	JUDGE(0, "openssl cms -encrypt -binary -in signed.p7m -outform DER -out e.p7m -aes-256-cbc "
		 "-recip alice.pem");
	JUDGE(2, "signet verify e.p7m");
	HEARD("no verdict");
	HEARD("nothing that you may use opens it");
	JUDGE(2, "signet decrypt --force e.p7m -o never");
	HEARD("not decrypted");
	JUDGE(1, "test -e never");
	JUDGE(0,
	    "n=$(openssl x509 -in alice.pem -noout -serial | sed 's/serial=//'); signet --json "
	    "verify e.p7m | grep -q \"$(python3 -c \"print(int('$n',16))\")\"");
	JUDGE(3, "signet decrypt --force doc.txt -o never");
	HEARD("not encrypted");
	/* A seal's certificate is no recipient: the key is for signing alone. */
	JUDGE(0, "openssl cms -encrypt -binary -in signed.p7m -outform DER -out e.p7m -aes-256-cbc "
		 "-recip ../pki/demo-rsa.pem");
	JUDGE(2, "signet verify e.p7m");
}

static void
a_password_opens_messages_and_pdfs(void)
{
	JUDGE(0,
	    "printf 'geheim\\n' > pass && openssl cms -encrypt -binary -in signed.p7m -outform "
	    "DER -out e.p7m -aes-256-cbc -pwri_password geheim");
	JUDGE(0, "signet verify --password-file pass e.p7m");
	JUDGE(2, "signet verify e.p7m");
	JUDGE(0, "signet decrypt --password-file pass --force e.p7m -o got && cmp got signed.p7m");
	JUDGE(0,
	    "qpdf --encrypt geheim owner 256 -- doc.pdf closed.pdf && signet decrypt "
	    "--password-file pass --force closed.pdf && qpdf --check closed.decrypted.pdf && ! "
	    "qpdf --is-encrypted closed.decrypted.pdf");
	JUDGE(3,
	    "printf 'falsch\\n' > wrong; signet decrypt --password-file wrong --force closed.pdf "
	    "-o never");
	HEARD("password");
}

/* Signed, then encrypted, as mail programs do; and the other way round. */
static void
mails_of_openssl_are_opened_on_the_way(void)
{
	JUDGE(0, "printf 'Content-Type: text/plain\\r\\n\\r\\nHello\\r\\n' > entity && openssl cms "
		 "-sign -in entity -signer alice.pem -inkey alice.key -certfile ca.pem -out clear");
	JUDGE(0, "openssl cms -encrypt -in clear -from alice@example.com -to erp@example.com "
		 "-subject invoice -aes-256-cbc -recip " RSA " -out mail.eml");
	VERDICT("TotalPassed", NULL, "mail.eml");
	HEARD("demo-decrypt");
	JUDGE(0,
	    "signet decrypt --force mail.eml -o open.eml && grep -q '^Subject: invoice' open.eml "
	    "&& grep -q '^Content-Type: multipart/signed' open.eml && openssl cms -verify -in "
	    "open.eml -CAfile ca.pem -out got");
	VERDICT("TotalPassed", NULL, "open.eml");
	JUDGE(0, "openssl smime -encrypt -in clear -from alice@example.com -to erp@example.com "
		 "-subject invoice -aes-128-cbc -out mail.eml " RSA);
	VERDICT("TotalPassed", NULL, "mail.eml");
	/* Triple wrapped: RFC 8551 section 3.7, RFC 2634. */
	JUDGE(0,
	    "openssl cms -encrypt -in clear -aes-256-cbc -recip " EC " -out inner && openssl cms "
	    "-sign -nodetach -in inner -signer alice.pem -inkey alice.key -certfile ca.pem -from "
	    "alice@example.com -out triple.eml");
	VERDICT("TotalPassed", NULL, "triple.eml");
	HEARD("\"encryptions\"");
	/* Of somebody else. */
	JUDGE(0, "openssl cms -encrypt -in clear -from alice@example.com -aes-256-cbc -recip "
		 "alice.pem -out mail.eml");
	JUDGE(2, "signet verify mail.eml");
	HEARD("nothing that you may use opens it");
}

/* Judged again without the server's key: from what was in it. */
static void
a_report_on_what_was_opened_is_replayed_from_its_content(void)
{
	JUDGE(0, "openssl cms -encrypt -binary -in signed.p7m -outform DER -out e.p7m -aes-256-cbc "
		 "-recip " RSA " && signet verify --report etsi -f -o e.xml e.p7m");
	JUDGE(0, "grep -q \"$(openssl dgst -sha256 -binary signed.p7m | base64)\" e.xml");
	JUDGE(4, "signet verify --replay e.xml e.p7m");
	HEARD("decrypt it, and give what was in it as well");
	JUDGE(0, "signet decrypt -f -o open.p7m e.p7m && signet verify --replay e.xml open.p7m");
	HEARD("is what the report says");
	JUDGE(0, "signet verify --replay e.xml --opened open.p7m e.p7m");
	CU_ASSERT_PTR_NULL(strstr(judges_said(), "is what the report says"));
	JUDGE(4, "signet verify --replay e.xml --opened doc.txt e.p7m");
	JUDGE(6, "signet sign --packaging Enveloping --force -o other.p7m doc.xml && signet verify "
		 "--replay e.xml other.p7m");
	HEARD("document 1, which is another one");
	JUDGE(0, "signet verify --report html -f -o e.html e.p7m && grep -q '<dt>Encrypted</dt>' "
		 "e.html");
}

static void
so_is_one_on_a_mail_with_an_encrypted_part(void)
{
	JUDGE(0, "openssl cms -encrypt -in clear -from alice@example.com -to erp@example.com "
		 "-subject invoice -aes-256-cbc -recip " RSA " -out mail.eml && signet verify "
		 "--report etsi -f -o m.xml mail.eml && signet decrypt -f -o open.eml mail.eml");
	JUDGE(4, "signet verify --replay m.xml mail.eml");
	HEARD("decrypt it");
	JUDGE(0, "signet verify --replay m.xml --opened open.eml mail.eml");
	/* Under a signature: openssl ends the lines of what it encrypts by CR LF. */
	JUDGE(0,
	    "openssl cms -encrypt -in clear -aes-256-cbc -recip " EC " -out inner && openssl cms "
	    "-sign -nodetach -in inner -signer alice.pem -inkey alice.key -certfile ca.pem -from "
	    "alice@example.com -out triple.eml && signet verify --report etsi -f -o t.xml "
	    "triple.eml");
	JUDGE(4, "signet verify --replay t.xml triple.eml");
	JUDGE(0,
	    "sed 's/\\r*$/\\r/' clear > in.eml && signet verify --replay t.xml --opened in.eml "
	    "triple.eml");
}

/* The text of a signature changed under a cipher that nothing authenticates: never TotalPassed. */
static void
a_mail_that_was_changed_under_its_encryption_does_not_pass(void)
{
	int i;

	JUDGE(0,
	    "openssl cms -encrypt -in clear -aes-128-cbc -recip " RSA " -outform DER -out e.p7m");
	for (i = 1; i < 6; i++)
		JUDGE(0,
		    "n=$(stat -c %%s e.p7m); at=$((n - 200 * %d)); cp e.p7m bad.p7m; printf "
		    "'\\377' | dd "
		    "of=bad.p7m bs=1 seek=$at conv=notrunc 2>/dev/null; signet --json verify "
		    "bad.p7m "
		    "> said; ! grep -q '\"indication\": *\"TotalPassed\"' said",
		    i);
}

/* An element of a signed document, by RSA-OAEP and AES-256 in both modes. */
static void
what_xmlsec_encrypts_is_verified_and_decrypted(void)
{
	static const char *const ciphers[] = { "2001/04/xmlenc#aes256-cbc",
		"2009/xmlenc11#aes256-gcm" };
	size_t i;

	JUDGE(0, "printf '<order><price>17</price><to/></order>' > order.xml && signet sign "
		 "--format xml --force -o order.signed.xml order.xml");
	for (i = 0; i < 2; i++) {
		JUDGE(0,
		    "e=http://www.w3.org/2001/04/xmlenc#; "
		    "v='<CipherData><CipherValue/></CipherData>'; "
		    "k=http://www.w3.org/2000/09/xmldsig#; printf '%%s' \"<EncryptedData "
		    "xmlns='$e' "
		    "Type='${e}Element'><EncryptionMethod "
		    "Algorithm='http://www.w3.org/%s'/><KeyInfo "
		    "xmlns='$k'><EncryptedKey xmlns='$e'><EncryptionMethod "
		    "Algorithm='${e}rsa-oaep-mgf1p'/>$v</EncryptedKey></KeyInfo>$v</"
		    "EncryptedData>\" > "
		    "template.xml && xmlsec1 --encrypt --pubkey-cert-pem " RSA
		    " --session-key aes-256 --node-xpath /order/price --xml-data order.signed.xml "
		    "--output e.xml template.xml && ! grep -q '>17<' e.xml",
		    ciphers[i]);
		VERDICT("TotalPassed", NULL, "e.xml");
		HEARD("demo-decrypt");
		JUDGE(0, "signet decrypt --force e.xml -o again.xml && grep -q "
			 "'<price>17</price><to/>' again.xml");
		VERDICT("TotalPassed", NULL, "again.xml");
		/* The report of it is replayed from what is at hand, and from nothing else. */
		JUDGE(0, "signet verify --report etsi -f -o x.xml e.xml");
		JUDGE(4, "signet verify --replay x.xml e.xml");
		HEARD("/order/EncryptedData");
		JUDGE(0, "signet verify --replay x.xml --opened again.xml e.xml");
		CU_ASSERT_PTR_NULL(strstr(judges_said(), "differs"));
		JUDGE(0, "printf '<price>17</price>' > price && signet verify --replay x.xml "
			 "--opened price e.xml");
		JUDGE(4, "sed 's/>17</>18</' again.xml > else.xml && signet verify --replay x.xml "
			 "--opened else.xml e.xml");
	}
	/* Not signed, and in CBC: nothing is told of it, and it is decrypted all the same. */
	JUDGE(0,
	    "sed s/aes256-gcm/aes256-cbc/ template.xml | sed "
	    "s,2009/xmlenc11,2001/04/xmlenc, > cbc.xml && xmlsec1 --encrypt --pubkey-cert-pem " RSA
	    " --session-key aes-256 --node-xpath /order/price --xml-data order.xml --output e.xml "
	    "cbc.xml");
	JUDGE(2, "signet verify e.xml");
	HEARD("nothing authenticates it (AES-256-CBC)");
	JUDGE(0,
	    "signet decrypt --force e.xml -o again.xml && grep -q '<price>17</price>' again.xml");
	HEARD("without authentication");
}

/* The demo says of each of its keys what it is for, and the keys process holds to it. */
static void
keys_of_the_demo_say_what_they_are_for(void)
{
	JUDGE(0,
	    "cd ../keys && test \"$(cat demo-rsa.usage)\" = Sign && test \"$(cat "
	    "demo-decrypt.usage)\" = Decrypt && test \"$(cat demo-decrypt-ec.usage)\" = Decrypt "
	    "&& test \"$(cat tsa.usage)\" = Timestamp && test \"$(cat tls.usage)\" = Sign");
	JUDGE(0, "signet timestamp --force -o stamp.tst doc.txt");
	JUDGE(0, "signet verify-timestamp -d doc.txt stamp.tst");
}

static const struct test tests[] = { TEST(what_openssl_encrypts_is_verified_and_decrypted),
	TEST(a_verdict_shows_who_opened_it_and_how_it_was_encrypted),
	TEST(for_somebody_else_it_stays_closed_and_names_him),
	TEST(a_password_opens_messages_and_pdfs), TEST(mails_of_openssl_are_opened_on_the_way),
	TEST(a_report_on_what_was_opened_is_replayed_from_its_content),
	TEST(so_is_one_on_a_mail_with_an_encrypted_part),
	TEST(a_mail_that_was_changed_under_its_encryption_does_not_pass),
	TEST(what_xmlsec_encrypts_is_verified_and_decrypted),
	TEST(keys_of_the_demo_say_what_they_are_for), TEST_END };
const struct suite suite_system_judges_encrypted = { "system/judges_encrypted", setup, NULL,
	tests };
