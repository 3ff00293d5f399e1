/* Mails that Signet signs over SOAP, as other programs read them: openssl smime and cms, Python's
 * mail library, gpgsm. */
#include <stdio.h>
#include <string.h>

#include "tests/support/judges.h"
#include "tests/support/suite.h"

/* The parts of a multipart/signed by bytes, and what Python's library makes of the mail. */
static const char python[] =
    "import email, email.policy, sys\n"
    "raw = open(sys.argv[1], 'rb').read()\n"
    "mail = email.message_from_bytes(raw, policy=email.policy.default)\n"
    "assert not mail.defects, mail.defects\n"
    "assert mail['Subject'] == 'Grüße', mail['Subject']\n"
    "assert mail['From'].addresses[0].addr_spec == 'alice@example.com'\n"
    "assert mail.get_content_type() == 'multipart/signed'\n"
    "assert mail['Content-Type'].params['protocol'] == 'application/pkcs7-signature'\n"
    "assert mail['Content-Type'].params['micalg'] == sys.argv[2]\n"
    "body, signature = mail.get_payload()\n"
    "assert not body.defects and 'über' in body.get_content(), body\n"
    "assert signature.get_content_type() == 'application/pkcs7-signature'\n"
    "open('sig.der', 'wb').write(signature.get_content())\n"
    "edge = b'--' + mail.get_boundary().encode() + b'\\r\\n'\n"
    "open('content', 'wb').write(raw.split(b'\\r\\n' + edge)[1])\n"
    "assert max(map(len, raw.split(b'\\r\\n'))) <= 998 and max(raw) < 128\n"
    "assert raw.count(b'\\n') == raw.count(b'\\r\\n')\n";

static int
setup(void)
{
	if (judges_enter("mail") != 0 || judges_put("look.py", span_str(python)) != 0)
		return -1;
	return judges_run(0,
		   "printf 'Date: Sun, 1 Mar 2026 11:00:00 +0000\\r\\nFrom: Alice "
		   "<alice@example.com>\\r\\nTo: bob@example.com\\r\\nSubject: "
		   "=?utf-8?B?R3LDvMOfZQ==?=\\r\\nMIME-Version: 1.0\\r\\nContent-Type: "
		   "text/plain; charset=utf-8\\r\\nContent-Transfer-Encoding: 8bit\\r\\n\\r\\n"
		   "Rechnung \\303\\274ber 1000 Euro.\\r\\nFrom here on.\\r\\n' > m.eml")
		   ? 0
		   : -1;
}

static int
teardown(void)
{
	return 0;
}

static void
openssl_verifies_what_is_signed_with_each_key(void)
{
	const struct judges_key *k;

	for (k = judges_keys; k->name != NULL; k++) {
		JUDGE(0, "signet sign --force --key %s m.eml -o s.eml", k->name);
		JUDGE(0, "openssl smime -verify -in s.eml -CAfile ca.pem -purpose any -out got");
		JUDGE(0,
		    "openssl cms -verify -cades -in s.eml -CAfile ca.pem -purpose any -out got && "
		    "grep -q 'Content-Transfer-Encoding: base64' got");
		VERDICT("TotalPassed", NULL, "s.eml");
		JUDGE(0, "signet sign --force --key %s --packaging Enveloping m.eml -o o.eml",
		    k->name);
		JUDGE(0, "openssl smime -verify -in o.eml -CAfile ca.pem -purpose any -out got");
		VERDICT("TotalPassed", NULL, "o.eml");
	}
}

static void
what_was_changed_is_refused_by_both(void)
{
	JUDGE(0, "signet sign --force m.eml && grep -q '^Subject: =?utf-8?B' m-signed.eml");
	JUDGE(0, "sed 's/^UmVjaG51/UmVjaG52/' m-signed.eml > bad.eml && ! cmp -s bad.eml "
		 "m-signed.eml && ! openssl smime -verify -in bad.eml -CAfile ca.pem -purpose any "
		 "-out got");
	VERDICT("TotalFailed", "HASH_FAILURE", "bad.eml");
}

static void
a_mail_library_finds_header_text_and_signature(void)
{
	JUDGE(0, "signet sign --force --digest SHA256 m.eml -o s.eml && python3 look.py s.eml "
		 "sha-256");
	JUDGE(0, "openssl cms -verify -inform DER -in sig.der -content content -binary -CAfile "
		 "ca.pem -purpose any -out got && cmp got content");
	JUDGE(0, "signet sign --force --digest SHA512 m.eml -o s.eml && python3 look.py s.eml "
		 "sha-512");
}

/* Another implementation of CMS, with its own rules. */
static void
gpgsm_verifies_the_signature(void)
{
	JUDGE(0, "mkdir -p -m 700 gpg && signet sign --force --digest SHA256 --chain m.eml -o "
		 "s.eml && python3 look.py s.eml sha-256");
	JUDGE(0,
	    "openssl x509 -in ca.pem -noout -fingerprint -sha1 | sed 's/.*=//; s/$/ S relax/' "
	    "> gpg/trustlist.txt && export GNUPGHOME=$PWD/gpg && gpgsm --batch --import ca.pem "
	    "2>&1 && gpgsm --batch --disable-dirmngr --disable-crl-checks --verify sig.der "
	    "content 2>&1");
	HEARD("Good signature");
	JUDGE(0, "export GNUPGHOME=$PWD/gpg; echo >> content; ! gpgsm --batch --disable-dirmngr "
		 "--disable-crl-checks --verify sig.der content; gpgconf --kill all");
}

static void
a_file_becomes_a_signed_attachment_and_comes_back(void)
{
	JUDGE(0,
	    "signet sign --force --format SMIME doc.pdf && openssl smime -verify -in "
	    "doc.pdf.eml -CAfile ca.pem -purpose any -out entity && python3 -c \"import email, "
	    "email.policy; m = email.message_from_bytes(open('entity', 'rb').read(), "
	    "policy=email.policy.default); assert m.get_filename() == 'doc.pdf'; "
	    "open('back.pdf', 'wb').write(m.get_content())\" && cmp back.pdf doc.pdf");
	VERDICT("TotalPassed", NULL, "doc.pdf.eml");
	JUDGE(3, "signet sign --force --format SMIME --packaging Enveloped m.eml");
	HEARD("packaging");
	JUDGE(3, "echo 'no mail' | signet sign --format SMIME - > never");
	HEARD("or the type of FILE");
	JUDGE(0,
	    "cat m.eml | signet sign --format SMIME - > piped.eml && openssl smime -verify -in "
	    "piped.eml -CAfile ca.pem -purpose any -out got");
}

static void
levels_and_counter_signatures_stay_readable_for_others(void)
{
	JUDGE(0, "signet sign --force --level T m.eml -o t.eml && openssl cms -verify -cades -in "
		 "t.eml -CAfile ca.pem -purpose any -out got");
	VERDICT("TotalPassed", NULL, "t.eml");
	JUDGE(0, "signet extend --force --level LTA t.eml -o a.eml && openssl cms -verify -cades "
		 "-in a.eml -CAfile ca.pem -purpose any -out got && grep -q '^From: Alice' a.eml");
	VERDICT("TotalPassed", NULL, "a.eml");
	JUDGE(0, "signet counter-sign --force t.eml -o c.eml && openssl cms -verify -cades -in "
		 "c.eml -CAfile ca.pem -purpose any -out got");
	JUDGE(0, "signet counter-sign --force -s signer-1.1 c.eml -o d.eml && openssl cms -verify "
		 "-in d.eml -CAfile ca.pem -purpose any -out got");
	VERDICT("TotalPassed", NULL, "d.eml");
}

static const struct test tests[] = { TEST(openssl_verifies_what_is_signed_with_each_key),
	TEST(what_was_changed_is_refused_by_both),
	TEST(a_mail_library_finds_header_text_and_signature), TEST(gpgsm_verifies_the_signature),
	TEST(a_file_becomes_a_signed_attachment_and_comes_back),
	TEST(levels_and_counter_signatures_stay_readable_for_others), TEST_END };
const struct suite suite_system_judges_mail = { "system/judges_mail", setup, teardown, tests };
