/* PDF signatures that a live server makes, as pdfsig, qpdf and mutool see them (S2-13, S2-14). */
#include <stdio.h>
#include <string.h>

#include "tests/support/judges.h"
#include "tests/support/pdf_samples.h"
#include "tests/support/suite.h"

/*
 * judges FILE COUNT PASSWORD: pdfsig finds so many signatures, all valid; so does mutool, and calls
 * the last one "unchanged"; qpdf finds nothing wrong with the file. judges_without_nss is for keys
 * that pdfsig's library does not know (brainpool).
 */
#define JUDGES                                                                                     \
	"judges_without_nss() { "                                                                  \
	"qpdf ${3:+--password=\"$3\"} --check $1 && "                                              \
	"mutool sign -v ${3:+-p \"$3\"} $1 > said 2>&1; cat said; "                                \
	"test $(grep -c '^Verifying signature' said) = $2 && ! grep 'Digest error' said && "       \
	"test $(grep -c 'unchanged since signing\\|signature is valid but' said) = $2 && "         \
	"tail -n 1 said | grep 'unchanged since signing'; }; "                                     \
	"judges() { pdfsig -nocert ${3:+-upw \"$3\"} $1 > said 2>&1; cat said; "                   \
	"test $(grep -c 'Signature Validation: Signature is Valid' said) = $2 && "                 \
	"test $(grep -c 'Signature Validation:' said) = $2 && judges_without_nss \"$@\"; }; "

static int
setup(void)
{
	return judges_enter("pdf");
}

static int
put_sample(const char *name, const struct pdf_sample *sample)
{
	struct error err = ERROR_INIT;
	struct buf pdf = BUF_INIT(0);
	int rc = pdf_sample_make(&pdf, sample, &err);

	if (rc == 0)
		rc = judges_put(name, SPAN_OF(&pdf));
	buf_release(&pdf);
	return rc;
}

/* Each of the signatures is a CMS that the openssl program accepts over the bytes it covers. */
static void
assert_openssl_accepts(const char *name, int count)
{
	int n;

	for (n = 1; n <= count; n++) {
		CU_ASSERT_EQUAL(judges_cut_pdf(name, n), 0);
		JUDGE(0,
		    "openssl cms -verify -cades -binary -inform DER -in sig.der -content content "
		    "-CAfile ca.pem -out /dev/null");
	}
	CU_ASSERT_EQUAL(judges_cut_pdf(name, count + 1), -1);
}

/* A further signature or time stamp is permitted by those before it: all pass. */
static void
assert_all_pass(const char *name, size_t count)
{
	json_t *verdict = judges_verdict("%s", name), *item;
	size_t i;

	CU_ASSERT_EQUAL(json_array_size(judges_at(verdict, "signatures")), count);
	json_array_foreach(judges_at(verdict, "signatures"), i, item)
	{
		CU_ASSERT(json_is_true(judges_at(item, "signatureValueIntact")));
		CU_ASSERT(json_is_true(judges_at(item, "referencesIntact")));
		CU_ASSERT_STRING_EQUAL(judges_text(item, "indication"), "TotalPassed");
	}
	json_decref(verdict);
}

static void
one_after_the_other_three_signatures_are_accepted(void)
{
	JUDGE(0, JUDGES "signet sign --key rsa3072 --reason 'I agree' --location Here -o p1.pdf "
			"doc.pdf && judges p1.pdf 1");
	JUDGE(0, JUDGES "signet sign --key p384 -o p2.pdf p1.pdf && judges p2.pdf 2");
	JUDGE(0, JUDGES "signet sign --key bp256 --level T -o p3.pdf p2.pdf && "
			"judges_without_nss p3.pdf 3");
	assert_all_pass("p3.pdf", 3);
	assert_openssl_accepts("p3.pdf", 3);
	JUDGE(0,
	    "cmp -n $(stat -c %%s p2.pdf) p2.pdf p3.pdf && cmp -n $(stat -c %%s doc.pdf) doc.pdf "
	    "p1.pdf");
}

static void
each_key_with_each_digest_is_accepted(void)
{
	static const char *const digests[] = { "SHA256", "SHA384", "SHA512" };
	const struct judges_key *k;
	int i;

	for (k = judges_keys, i = 0; k->name != NULL; k++, i++) {
		JUDGE(0,
		    JUDGES
		    "signet sign --key %s --digest %s --force -o k.pdf doc.pdf && %s k.pdf 1",
		    k->name, digests[i % 3],
		    strncmp(k->name, "bp", 2) == 0 ? "judges_without_nss" : "judges");
		assert_openssl_accepts("k.pdf", 1);
		VERDICT("TotalPassed", NULL, "k.pdf");
	}
}

static void
each_form_of_cross_references_is_accepted(void)
{
	static const char *const names[] = { "table", "stream", "packed", "hybrid" };
	static const char *const hidden[] = { "<</Extra true>>", NULL };
	struct pdf_sample sample = { .objects = hidden };
	int i;

	for (i = 0; i < SAMPLE_XREFS; i++) {
		char name[32], signed_name[40];

		sample.xref = (enum pdf_sample_xref)i;
		snprintf(name, sizeof(name), "%s.pdf", names[i]);
		CU_ASSERT_EQUAL(put_sample(name, &sample), 0);
		JUDGE(0,
		    JUDGES "signet sign --key p256 -o x1-%s %s && judges x1-%s 1 && signet sign "
			   "--key rsa2048 -o x2-%s x1-%s && judges x2-%s 2",
		    name, name, name, name, name, name);
		snprintf(signed_name, sizeof(signed_name), "x2-%s", name);
		assert_all_pass(signed_name, 2);
		assert_openssl_accepts(signed_name, 2);
	}
	JUDGE(0,
	    JUDGES "qpdf --linearize doc.pdf linear.pdf && signet sign --key p256 -o x-linear.pdf "
		   "linear.pdf && judges x-linear.pdf 1");
	JUDGE(0,
	    JUDGES "qpdf --object-streams=generate doc.pdf os.pdf && signet sign --key p256 -o "
		   "x-os.pdf os.pdf && judges x-os.pdf 1");
}

static void
an_empty_field_is_filled(void)
{
	CU_ASSERT_EQUAL(put_sample("field.pdf", &pdf_sample_field), 0);
	JUDGE(0, JUDGES "signet sign --key p256 --field Approval -o filled.pdf field.pdf && judges "
			"filled.pdf 1");
	JUDGE(0, "pdfsig -nocert filled.pdf");
	HEARD("Signature Field Name: Approval");
	VERDICT("TotalPassed", NULL, "filled.pdf");
	/* A signed field is not signed again. */
	JUDGE(3, "signet sign --key p256 --field Approval -o twice.pdf filled.pdf");
	JUDGE(1, "test -e twice.pdf");
}

static void
encrypted_files_are_accepted(void)
{
	static const char *const methods[] = { "40 --", "128 --use-aes=n --", "128 --use-aes=y --",
		"256 --force-R5 --", "256 --" };
	size_t i;

	JUDGE(0, "echo secret > secret && echo wrong > wrong");
	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		JUDGE(0,
		    JUDGES
		    "qpdf --allow-weak-crypto --encrypt secret owner %s doc.pdf c.pdf && signet "
		    "sign --key p256 --password-file secret --reason because --force -o c1.pdf "
		    "c.pdf && judges c1.pdf 1 secret",
		    methods[i]);
		VERDICT("TotalPassed", NULL, "--password-file secret c1.pdf");
		JUDGE(3, "signet sign --key p256 --password-file wrong -o never.pdf c.pdf");
		HEARD("password");
		JUDGE(3, "signet sign --key p256 -o never.pdf c.pdf");
		HEARD("password");
		JUDGE(2, "signet verify c1.pdf"); /* no verdict */
		HEARD("password");
	}
	JUDGE(1, "test -e never.pdf");
}

static void
certified_files_are_accepted_and_obeyed(void)
{
	JUDGE(0, JUDGES "signet sign --key p256 --certify FillForms -o cert2.pdf doc.pdf && judges "
			"cert2.pdf 1 && signet sign --key p384 -o cert22.pdf cert2.pdf && judges "
			"cert22.pdf 2");
	assert_all_pass("cert22.pdf", 2);
	JUDGE(0, JUDGES "signet sign --key p256 --certify Annotate -o cert3.pdf doc.pdf && judges "
			"cert3.pdf 1");
	JUDGE(0, JUDGES "signet sign --key p256 --certify NoChanges -o cert1.pdf doc.pdf && judges "
			"cert1.pdf 1");
	JUDGE(3, "signet sign --key p384 -o never.pdf cert1.pdf");
	JUDGE(3, "signet sign --key p384 --certify FillForms -o never.pdf cert2.pdf");
	JUDGE(1, "test -e never.pdf");
}

/* Pictures from mutool, in the kinds that people have. */
static void
visible_signatures_are_accepted(void)
{
	JUDGE(0,
	    JUDGES "signet sign --key p256 --rectangle 50,50,300,120 --page 2 --text 'Signed by "
		   "J\xc3\xbcrgen' -o text.pdf doc.pdf && judges text.pdf 1 && mutool draw -q -o "
		   "picture.png -w 200 -h 200 text.pdf 2 && test -s picture.png");
	JUDGE(0, JUDGES "signet sign --key p256 --rectangle 50,50,300,120 --image picture.png -o "
			"image.pdf doc.pdf && judges image.pdf 1 && mutool draw -q -o drawn.png "
			"image.pdf 1");
	JUDGE(0, JUDGES "pdftoppm -jpeg -r 20 -f 1 -l 1 -singlefile text.pdf photo && signet sign "
			"--key p256 --rectangle 50,50,300,120 --image photo.jpg --text both -o "
			"jpeg.pdf doc.pdf && judges jpeg.pdf 1");
	VERDICT("TotalPassed", NULL, "jpeg.pdf");
	/* Something is seen: the page is drawn otherwise than without the signature. */
	JUDGE(1,
	    "mutool draw -q -o before.ppm -r 40 doc.pdf 1 && mutool draw -q -o after.ppm -r 40 "
	    "image.pdf 1 && cmp -s before.ppm after.ppm");
	JUDGE(3, "signet sign --key p256 --rectangle 50,50,300,120 --page 99 -o never.pdf doc.pdf");
	JUDGE(3, "signet sign --key p256 --rectangle 50,50,300,120 --image doc.txt -o never.pdf "
		 "doc.pdf");
	JUDGE(1, "test -e never.pdf");
}

static void
levels_none_b_and_t_are_accepted(void)
{
	JUDGE(0,
	    JUDGES "signet sign --key p256 --level None -o l0.pdf doc.pdf && judges l0.pdf 1 && "
		   "grep -aq adbe.pkcs7.detached l0.pdf");
	JUDGE(0, JUDGES "signet sign --key p256 --level B -o l1.pdf doc.pdf && judges l1.pdf 1 && "
			"grep -aq ETSI.CAdES.detached l1.pdf");
	JUDGE(0, JUDGES "signet sign --key p256 --level T -o l2.pdf doc.pdf && judges l2.pdf 1");
	VERDICT("TotalPassed", NULL, "l2.pdf");
	/* What the signer says is told from what is proven, and by what. */
	JUDGE(0, "signet verify l1.pdf");
	HEARD("(the signer's word)");
	HEARD("no time stamp proves it earlier");
	JUDGE(0, "signet verify l2.pdf");
	HEARD("proven by a time stamp on the signature, of ");
}

static const struct test tests[] = { TEST(one_after_the_other_three_signatures_are_accepted),
	TEST(each_key_with_each_digest_is_accepted),
	TEST(each_form_of_cross_references_is_accepted), TEST(an_empty_field_is_filled),
	TEST(encrypted_files_are_accepted), TEST(certified_files_are_accepted_and_obeyed),
	TEST(visible_signatures_are_accepted), TEST(levels_none_b_and_t_are_accepted), TEST_END };
const struct suite suite_system_judges_pdf = { "system/judges_pdf", setup, NULL, tests };
