/* Time stamps that a live server puts into PDFs and containers, as other programs see them (S2-15).
 */
#include <stdio.h>

#include "tests/support/judges.h"
#include "tests/support/suite.h"

static int
setup(void)
{
	return judges_enter("stamps");
}

/* Token number n of the file is one that the openssl program accepts over the bytes it covers. */
static void
assert_openssl_accepts(const char *name, int n)
{
	CU_ASSERT_EQUAL(judges_cut_pdf(name, n), 0);
	JUDGE(0, "openssl ts -verify -token_in -in sig.der -data content -CAfile ca.pem");
	HEARD("Verification: OK");
	JUDGE(1,
	    "printf x >> content && openssl ts -verify -token_in -in sig.der -data content -CAfile "
	    "ca.pem");
	HEARD("message imprint mismatch");
}

static void
assert_only_stamps_pass(const char *arguments, size_t count)
{
	json_t *verdict = judges_verdict("%s", arguments), *item;
	size_t i;

	CU_ASSERT_STRING_EQUAL(judges_text(verdict, "indication"), "TotalPassed");
	CU_ASSERT_EQUAL(json_array_size(judges_at(verdict, "timestamps")), count);
	json_array_foreach(judges_at(verdict, "timestamps"), i, item)
	    CU_ASSERT_STRING_EQUAL(judges_text(item, "indication"), "TotalPassed");
	json_decref(verdict);
}

static void
a_stamped_pdf_is_accepted_by_pdfsig_qpdf_and_openssl(void)
{
	JUDGE(0,
	    "signet timestamp --pdf -o t.pdf doc.pdf && qpdf --check t.pdf && cmp -n $(stat -c "
	    "%%s doc.pdf) doc.pdf t.pdf");
	/* Debian 12's pdfsig finds time stamps and what they cover; validating is for openssl. */
	JUDGE(0, "grep -aq ETSI.RFC3161 t.pdf && pdfsig -nocert t.pdf");
	HEARD("Total document signed");
	assert_openssl_accepts("t.pdf", 1);
	CU_ASSERT_EQUAL(judges_cut_pdf("t.pdf", 2), -1);
	assert_only_stamps_pass("t.pdf", 1);
	JUDGE(0, "cp t.pdf changed.pdf && printf X | dd of=changed.pdf bs=1 seek=20 conv=notrunc");
	VERDICT("TotalFailed", NULL, "changed.pdf");
}

static void
a_second_stamp_covers_the_first(void)
{
	JUDGE(0, "signet timestamp --pdf -o one.pdf doc.pdf && signet timestamp --pdf -o two.pdf "
		 "one.pdf && qpdf --check two.pdf");
	assert_openssl_accepts("two.pdf", 1);
	assert_openssl_accepts("two.pdf", 2);
}

static void
a_pdf_with_a_password_is_stamped_when_it_is_given(void)
{
	static const char *const methods[] = { "128 --use-aes=y --", "256 --" };
	size_t i;

	JUDGE(0, "echo secret > secret && echo wrong > wrong");
	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		JUDGE(0,
		    "qpdf --allow-weak-crypto --encrypt secret owner %s doc.pdf c.pdf && signet "
		    "timestamp --pdf --password-file secret --force -o ct.pdf c.pdf && qpdf "
		    "--password=secret --check ct.pdf",
		    methods[i]);
		assert_openssl_accepts("ct.pdf", 1);
		assert_only_stamps_pass("--password-file secret ct.pdf", 1);
		JUDGE(3, "signet timestamp --pdf -o never.pdf c.pdf");
		HEARD("password");
		JUDGE(3, "signet timestamp --pdf --password-file wrong -o never.pdf c.pdf");
		HEARD("password");
	}
	JUDGE(4, "signet timestamp --password-file secret -o never.pdf c.pdf");
	HEARD("--pdf");
	JUDGE(1, "test -e never.pdf");
}

/*
 * ISO 32000-2 Table 257, entry P: an update that only adds a document time stamp is no change, so
 * that a certification with P 1 stays as good as it was and the stamp is made; a signature is a
 * change and is refused.
 */
static void
a_certification_that_allows_no_changes_allows_a_stamp(void)
{
	json_t *verdict;

	JUDGE(0, "signet sign --key p256 --certify NoChanges -o cert.pdf doc.pdf && signet "
		 "timestamp --pdf -o certt.pdf cert.pdf && qpdf --check certt.pdf");
	JUDGE(0, "pdfsig -nocert certt.pdf");
	HEARD("Signature Validation: Signature is Valid");
	assert_openssl_accepts("certt.pdf", 2);
	verdict = judges_verdict("certt.pdf");
	CU_ASSERT_STRING_EQUAL(judges_text(verdict, "signatures.0.indication"), "TotalPassed");
	CU_ASSERT_STRING_EQUAL(
	    judges_text(verdict, "signatures.0.modificationsAfter.0.class"), "ValidationData");
	CU_ASSERT(json_is_true(judges_at(verdict, "signatures.0.referencesIntact")));
	CU_ASSERT_STRING_EQUAL(judges_text(verdict, "timestamps.0.indication"), "TotalPassed");
	json_decref(verdict);
	JUDGE(3, "signet sign --key p256 -o never.pdf certt.pdf");
	HEARD("allows no changes");
	JUDGE(1, "test -e never.pdf");
}

/* EN 319 162-1 clause 4.3.3.2: the file and META-INF/timestamp.tst, with nothing in between. */
static void
a_container_holds_the_file_and_its_token(void)
{
	JUDGE(0, "signet timestamp --asics -o box.asics doc.txt && python3 -m zipfile -e box.asics "
		 "box && cmp doc.txt box/doc.txt && grep -q asic-s box/mimetype");
	JUDGE(0, "openssl ts -verify -token_in -in box/META-INF/timestamp.tst -data doc.txt "
		 "-CAfile ca.pem");
	HEARD("Verification: OK");
	assert_only_stamps_pass("box.asics", 1);
	JUDGE(0, "cp doc.txt named.txt && signet timestamp --asics named.txt && test -s "
		 "named.txt.asics && signet verify named.txt.asics");
	JUDGE(0, "python3 -c \"from zipfile import ZipFile as Z; old = Z('box.asics'); new = "
		 "Z('other.asics', 'w'); [new.writestr(i, old.read(i) + (b'x' if i.filename == "
		 "'doc.txt' else b'')) for i in old.infolist()]; new.close()\"");
	VERDICT("TotalFailed", NULL, "other.asics");
	HEARD("is over other data");
}

static const struct test tests[] = {
	TEST(a_stamped_pdf_is_accepted_by_pdfsig_qpdf_and_openssl),
	TEST(a_second_stamp_covers_the_first),
	TEST(a_pdf_with_a_password_is_stamped_when_it_is_given),
	TEST(a_certification_that_allows_no_changes_allows_a_stamp),
	TEST(a_container_holds_the_file_and_its_token),
	TEST_END,
};
const struct suite suite_system_judges_stamps = { "system/judges_stamps", setup, NULL, tests };
