/*
 * Original documents, counter-signatures and long levels over a live server, as other programs see
 * them, with CRLs from a server of the test.
 */
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

#include "signing/format/asic/asic_sign.h"
#include "signing/format/cms/cms_sign.h"
#include "signing/format/pdf/pdf_sign.h"
#include "signing/format/xml/xml_sign.h"
#include "signing/x509/keyfile.h"
#include "tests/support/http_stub.h"
#include "tests/support/judges.h"
#include "tests/support/suite.h"

static struct http_stub stub;
static struct buf list = BUF_INIT(0);
static struct keyfile signer;

static int
setup(void)
{
	return judges_enter("levels");
}

static void
an_original_is_byte_for_byte_what_was_signed(void)
{
	JUDGE(0, "signet sign --packaging Enveloping -o a.p7m doc.txt && "
		 "signet original -o got a.p7m && cmp got doc.txt");
	JUDGE(9, "signet timestamp doc.txt; api=$(grep -o 'api\\[[0-9]*' ../signetd.log | tail -n 1 | tr -dc 0-9); (timeout 20 gdb -batch -p $api -ex c -ex bt >gdb.out 2>&1 &) ; sleep 5; signet verify-timestamp -d doc.txt doc.txt.tst; sleep 2; tail -n 30 gdb.out");
	JUDGE(0, "mkdir -p out && signet sign --format ASiCE --xades -o a.asice doc.txt || "
		 "signet sign --format ASiCE -o a.asice doc.txt && "
		 "signet original --directory out a.asice && cmp out/doc.txt doc.txt");
	JUDGE(0, "signet sign --key p256 -o p1.pdf doc.pdf && signet sign --key p384 -o p2.pdf "
		 "p1.pdf && signet original -s Signature1 -o got p2.pdf -f && cmp got p1.pdf");
}

static const struct test tests[] = { TEST(an_original_is_byte_for_byte_what_was_signed),
	TEST_END };
const struct suite suite_system_levels = { "system/levels", setup, NULL, tests };
