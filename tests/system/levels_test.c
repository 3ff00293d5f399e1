/*
 * Original documents, counter-signatures and long levels over a live server, as other programs see
 * them. Signatures come from a key whose certificate says where its CRL is: at a server of the
 * test's.
 */
#include <stdio.h>
#include <string.h>

#include "server/base/clock.h"
#include "signing/format/asic/asic_sign.h"
#include "signing/format/cms/cms_sign.h"
#include "signing/format/pdf/pdf_sign.h"
#include "signing/format/xml/xml_sign.h"
#include "signing/x509/keyfile.h"
#include "tests/support/http_stub.h"
#include "tests/support/judges.h"
#include "tests/support/suite.h"

#define SIGNED_PROPERTIES                                                                          \
	"--id-attr:Id http://uri.etsi.org/01903/v1.3.2#:SignedProperties "                         \
	"--id-attr:Id urn:example:order:order --id-attr:Id urn:example:order:item "
/* By whom and over what the first signature is, as a program that is not ours finds. */
#define OPENSSL "openssl cms -verify -cades -binary -inform DER -CAfile ca.pem -out got "
#define XMLSEC	"xmlsec1 --verify --trusted-pem ca.pem " SIGNED_PROPERTIES

static struct http_stub stub;
static struct buf crl = BUF_INIT(0); /* made when the server of it runs already */
static pthread_mutex_t crl_lock = PTHREAD_MUTEX_INITIALIZER;

static void
serve(void *arg, const char *head, struct span body, struct buf *answer)
{
	(void)arg, (void)head, (void)body;
	pthread_mutex_lock(&crl_lock);
	http_stub_answer(answer, "200 OK", "application/pkix-crl", SPAN_OF(&crl));
	pthread_mutex_unlock(&crl_lock);
}

static int
make_list(void)
{
	int rc = judges_run(0,
	    "printf '[ca]\\ndefault_ca=d\\n[d]\\ndatabase=index.txt\\ncrlnumber=number\\n"
	    "default_md=sha256\\n' > crl.cnf && : > index.txt && echo 01 > number && "
	    "openssl ca -config crl.cnf -gencrl -keyfile ca.key -cert ca.pem -crldays 2 "
	    "-out crl.pem && openssl crl -in crl.pem -outform DER -out crl.der");

	pthread_mutex_lock(&crl_lock);
	rc = rc && judges_get("crl.der", &crl) == 0 ? 0 : -1;
	pthread_mutex_unlock(&crl_lock);
	return rc;
}

static int
put(const char *name, struct buf *made, int rc, const struct error *err)
{
	if (rc != 0)
		fprintf(stderr, "%s: %s [%s]\n", name, err->text, err->cause);
	else
		rc = judges_put(name, SPAN_OF(made));
	buf_release(made);
	return rc;
}

/* s.p7s over doc.txt, s.p7m with it, s.xml, s.pdf, s.asice: level B, by that key. */
static int
sign_all(const struct sign_key *key)
{
	struct buf txt, xml, pdf, made = BUF_INIT(0);
	struct sign_options detached = { .signing_time = clock_now(), .claim_time = 1 },
			    attached = detached;
	const struct asic_sign_options asic = { ASIC_E, FORMAT_CMS };
	struct document doc = { .name = "doc.txt", .has_content = 1 };
	struct error err = ERROR_INIT;
	int rc = -1;

	attached.packaging = PACKAGING_ENVELOPING;
	if (judges_get("doc.txt", &txt) != 0 || judges_get("doc.xml", &xml) != 0 ||
	    judges_get("doc.pdf", &pdf) != 0)
		return -1;
	doc.content = SPAN_OF(&txt);
	if (put("s.p7s", &made, cms_sign(&made, &doc, CMS_PROFILE_CADES, key, &detached, &err),
		&err) == 0 &&
	    put("s.p7m", &made, cms_sign(&made, &doc, CMS_PROFILE_CADES, key, &attached, &err),
		&err) == 0 &&
	    put("s.asice", &made, asic_sign(&made, &doc, 1, &asic, key, &detached, &err), &err) ==
		0) {
		doc.content = SPAN_OF(&xml);
		rc =
		    put("s.xml", &made, xml_sign(&made, &doc, 1, key, &detached, NULL, &err), &err);
	}
	if (rc == 0)
		rc = put("s.pdf", &made, pdf_sign(&made, SPAN_OF(&pdf), key, &detached, NULL, &err),
		    &err);
	buf_release(&txt);
	buf_release(&xml);
	buf_release(&pdf);
	return rc;
}

static int
setup(void)
{
	struct keyfile file = { 0 };
	struct buf p12 = BUF_INIT(0);
	struct error err = ERROR_INIT;
	char extensions[600];
	int rc = -1;

	if (judges_enter("levels") != 0 || http_stub_start(&stub, serve, NULL) != 0)
		return -1;
	snprintf(extensions, sizeof(extensions),
	    "basicConstraints = critical,CA:FALSE\nkeyUsage = "
	    "critical,digitalSignature,nonRepudiation\nextendedKeyUsage = emailProtection\n"
	    "subjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid\n"
	    "crlDistributionPoints = URI:%sca.crl",
	    stub.url);
	if (make_list() == 0 &&
	    judges_issue("rev", "-algorithm EC -pkeyopt ec_paramgen_curve:P-256", extensions) &&
	    judges_get("rev.p12", &p12) == 0 &&
	    keyfile_read_pkcs12(&file, SPAN_OF(&p12), "judge", &err) == 0) {
		const struct sign_key key = {
			.name = "rev", .pkey = file.key, .cert = file.cert, .chain = file.chain
		};

		rc = sign_all(&key);
	}
	keyfile_release(&file);
	buf_release(&p12);
	return rc;
}

static int
teardown(void)
{
	http_stub_end(&stub);
	buf_release(&crl);
	return 0;
}

/* A byte of what is signed, changed. */
#define TAMPER "sed 's/%s/%s/' %s > bad && ! cmp -s bad %s && "

static void
an_original_is_byte_for_byte_what_was_signed(void)
{
	JUDGE(0, "signet original -o got s.p7m && cmp got doc.txt");
	JUDGE(0,
	    "mkdir -p out && signet original --directory out s.asice && cmp out/doc.txt doc.txt");
	JUDGE(0,
	    "signet sign --key p384 -o p2.pdf s.pdf && signet original -s Signature1 -f -o got "
	    "p2.pdf && cmp got s.pdf && qpdf --check got");
	JUDGE(0, "signet original -f -o got s.xml && "
		 "grep -q 'urn:example:order' got && ! grep -q SignedInfo got");
	/* What is not there, or not whole, is not given. */
	JUDGE(3, "signet original -o never s.p7s");
	HEARD("not in the document");
	JUDGE(3, "signet original -o never p2.pdf");
	HEARD("Signature1, Signature2");
	JUDGE(3, TAMPER "signet original -o never bad", "abcdefg", "abcdefh", "s.p7m", "s.p7m");
	HEARD("is broken");
	JUDGE(3, TAMPER "signet original -o never bad", "x:kind", "x:kinb", "s.xml", "s.xml");
	HEARD("is broken");
	JUDGE(1, "test -e never");
}

static void
counter_signatures_leave_the_signature_to_others_as_it_was(void)
{
	JUDGE(0, "signet counter-sign --key p384 -d doc.txt -o c.p7s s.p7s && " OPENSSL
		 "-content doc.txt -in c.p7s && cmp got doc.txt && openssl cms -cmsout -print "
		 "-noout -inform DER -in c.p7s | grep -q countersignature");
	VERDICT("TotalPassed", NULL, "-d doc.txt c.p7s");
	JUDGE(0, "signet counter-sign --key p384 --level T -o c.xml s.xml && " XMLSEC "c.xml");
	VERDICT("TotalPassed", NULL, "c.xml");
	JUDGE(0, "signet counter-sign --key rsa3072 -o c.asice s.asice && python3 -m zipfile -t "
		 "c.asice");
	VERDICT("TotalPassed", NULL, "c.asice");
	JUDGE(3, "signet counter-sign -o never.pdf s.pdf");
	HEARD("SignDocument");
	JUDGE(3, TAMPER "signet counter-sign -o never bad", "x:kind", "x:kinb", "c.xml", "c.xml");
	HEARD("is broken");
}

/* Twice LTA, so that the second covers the first. */
static void
cms_signatures_are_extended_and_openssl_still_takes_them(void)
{
	JUDGE(0, "signet extend --level T -d doc.txt -o t.p7s s.p7s && "
		 "signet extend --level LT -d doc.txt -o lt.p7s t.p7s && "
		 "signet extend -d doc.txt -o lta.p7s lt.p7s && "
		 "signet extend -d doc.txt -o lta2.p7s lta.p7s");
	HEARD("level B-LTA");
	JUDGE(0, "for f in t lt lta lta2; do " OPENSSL
		 "-content doc.txt -in $f.p7s && cmp got doc.txt || exit 1; done");
	/* The list is where openssl looks for it. */
	JUDGE(0, "openssl cms -cmsout -print -noout -inform DER -in lt.p7s | grep -q 'd.crl:'");
	VERDICT("TotalPassed", NULL, "-d doc.txt lt.p7s");
	VERDICT("TotalPassed", NULL, "-d doc.txt lta2.p7s");
	JUDGE(0,
	    "sed s/abc/abd/ doc.txt > other.txt && ! " OPENSSL "-content other.txt -in lta2.p7s");
	VERDICT("TotalFailed", "HASH_FAILURE", "-d other.txt lta2.p7s");
	JUDGE(3, "signet extend -d other.txt -o never lta2.p7s");
	HEARD("is broken");
	JUDGE(3, "signet extend -o never lta2.p7s");
	HEARD("not in the document");
	JUDGE(3, "signet extend -s signer-2 -d doc.txt -o never lta2.p7s");
	HEARD("there is: signer-1");
	JUDGE(3, "signet extend -o never doc.xml");
	HEARD("no signature");
}

static void
xml_signatures_are_extended_and_xmlsec_still_takes_them(void)
{
	JUDGE(0, "signet extend -o lta.xml s.xml && signet extend -o lta2.xml lta.xml");
	HEARD("level B-LTA");
	JUDGE(0, XMLSEC "lta.xml && " XMLSEC "lta2.xml && grep -q EncapsulatedCRLValue lta.xml");
	VERDICT("TotalPassed", NULL, "lta2.xml");
	JUDGE(1, TAMPER XMLSEC "bad", "x:kind", "x:kinb", "lta2.xml", "lta2.xml");
	VERDICT("TotalFailed", "HASH_FAILURE", "bad");
	JUDGE(3, "signet extend -o never bad");
	HEARD("is broken");
}

static void
pdf_signatures_are_extended_and_pdfsig_still_takes_them(void)
{
	JUDGE(0, "signet extend -o lta.pdf s.pdf && signet extend -o lta2.pdf lta.pdf");
	HEARD("level B-LTA");
	JUDGE(0, "qpdf --check lta2.pdf && pdfsig -nocert lta2.pdf > said && cat said && "
		 "test $(grep -c 'Signature Validation: Signature is Valid' said) -ge 1 && "
		 "! grep -i 'invalid\\|mismatch' said && "
		 "cmp -n $(stat -c %%s s.pdf) s.pdf lta2.pdf");
	VERDICT("TotalPassed", NULL, "lta2.pdf");
	JUDGE(0, TAMPER "pdfsig -nocert bad > said; grep -q 'Digest Mismatch' said", "MediaBox",
	    "MediaBOx", "lta2.pdf", "lta2.pdf");
	JUDGE(3, "signet extend -o never bad");
}

static void
containers_are_extended_and_openssl_takes_what_is_in_them(void)
{
	JUDGE(0, "signet extend -o lta.asice s.asice && signet extend -o lta2.asice lta.asice");
	HEARD("level B-LTA");
	JUDGE(0, "rm -rf in && mkdir in && python3 -m zipfile -e lta2.asice in && " OPENSSL
		 "-in in/META-INF/signature001.p7s -content in/META-INF/ASiCManifest001.xml && "
		 "cmp in/doc.txt doc.txt && grep -q $(openssl dgst -sha256 -binary doc.txt | "
		 "base64) in/META-INF/ASiCManifest001.xml");
	VERDICT("TotalPassed", NULL, "lta2.asice");
	/* The time stamps over the two archive manifests, of which the newest names the other. */
	JUDGE(0,
	    "cd in/META-INF && openssl ts -verify -token_in -in timestamp001.tst -data "
	    "ASiCArchiveManifest001.xml -CAfile ../../ca.pem && openssl ts -verify -token_in -in "
	    "timestamp002.tst -data ASiCArchiveManifest.xml -CAfile ../../ca.pem && ! openssl ts "
	    "-verify -token_in -in timestamp002.tst -data ASiCArchiveManifest001.xml -CAfile "
	    "../../ca.pem");
	JUDGE(0,
	    "for f in doc.txt META-INF/signature001.p7s META-INF/ASiCManifest001.xml "
	    "META-INF/timestamp001.tst META-INF/ASiCArchiveManifest001.xml; do grep -q $(openssl "
	    "dgst -sha256 -binary in/$f | base64) in/META-INF/ASiCArchiveManifest.xml || exit 1; "
	    "done; grep -q 'ASiCArchiveManifest001.xml\" Rootfile=\"true\"' "
	    "in/META-INF/ASiCArchiveManifest.xml");
	JUDGE(3, "sed s/abc/abd/ doc.txt > in/doc.txt && (cd in && python3 -m zipfile -c "
		 "../bad.asice mimetype doc.txt META-INF/) && signet extend -o never bad.asice");
	HEARD("is broken");
}

/* A document that nobody signed: its time stamp is renewed by a further one. */
static void
a_time_stamp_of_a_document_is_renewed(void)
{
	JUDGE(0, "signet timestamp --pdf -o ts.pdf doc.pdf && signet extend -o ts2.pdf ts.pdf && "
		 "signet extend -o ts3.pdf ts2.pdf && qpdf --check ts3.pdf && test $(grep -ac "
		 "ETSI.RFC3161 ts3.pdf) = 3");
	HEARD("level LTA");
	VERDICT("TotalPassed", NULL, "ts3.pdf");
	JUDGE(3, TAMPER "signet extend -o never bad", "MediaBox", "MediaBOx", "ts3.pdf", "ts3.pdf");
}

static void
long_levels_in_one_call_say_what_they_cannot_show(void)
{
	/* The demo's keys and its authority have no revocation data. */
	JUDGE(0, "signet sign --level LTA --key p256 -o l.p7s doc.txt && " OPENSSL
		 "-content doc.txt -in l.p7s");
	VERDICT("TotalPassed", NULL, "-d doc.txt l.p7s");
	JUDGE(0, "signet extend -d doc.txt -f -o l2.p7s l.p7s");
	HEARD("no certificate in it has revocation data");
}

static const struct test tests[] = { TEST(an_original_is_byte_for_byte_what_was_signed),
	TEST(counter_signatures_leave_the_signature_to_others_as_it_was),
	TEST(cms_signatures_are_extended_and_openssl_still_takes_them),
	TEST(xml_signatures_are_extended_and_xmlsec_still_takes_them),
	TEST(pdf_signatures_are_extended_and_pdfsig_still_takes_them),
	TEST(containers_are_extended_and_openssl_takes_what_is_in_them),
	TEST(a_time_stamp_of_a_document_is_renewed),
	TEST(long_levels_in_one_call_say_what_they_cannot_show), TEST_END };
const struct suite suite_system_levels = { "system/levels", setup, teardown, tests };
