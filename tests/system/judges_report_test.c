/* S2-02, S2-03: reports of verdicts over SOAP, and verdicts given again from them without a server.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/judges.h"
#include "tests/support/suite.h"

/* Runs where the tests were started; the suite's folder is elsewhere. */
static char valid[4200];

static int
setup(void)
{
	char *here = realpath("tests/interop/python/report.py", NULL);

	if (here == NULL || judges_enter("report") != 0)
		return -1;
	snprintf(valid, sizeof(valid), "/usr/bin/python3 '%s'", here);
	free(here);
	return judges_run(0,
		   "signet sign --force --level T -o signed.pdf doc.pdf && signet sign --force "
		   "--level T -o signed.xml doc.xml && signet sign --force --level T -o "
		   "detached.p7s doc.txt")
		   ? 0
		   : -1;
}

static void
each_verdict_comes_with_the_report_that_was_asked_for(void)
{
	JUDGE(0, "signet verify --report etsi signed.pdf && %s signed.pdf.report.xml", valid);
	JUDGE(0, "signet verify --report html -o page.html signed.pdf && grep -q '<h1>' page.html");
	JUDGE(0, "signet verify --report pdf -o page.pdf signed.xml && qpdf --check page.pdf && "
		 "pdftotext page.pdf - | grep -q 'Valid (TotalPassed)'");
	JUDGE(0, "signet verify --report etsi -o d.xml -d doc.txt detached.p7s && %s d.xml", valid);
	JUDGE(1, "signet verify --report html -o bad.html -d doc.xml detached.p7s");
	JUDGE(0, "grep -q 'Not valid (TotalFailed' bad.html");
	/* A file that is there stays, unless it is said. */
	JUDGE(4, "signet verify --report html -o page.html signed.xml");
	JUDGE(0, "signet verify --report html -f -o page.html signed.xml");
	JUDGE(4, "signet verify -o page2.html signed.xml");
	HEARD("say --report FORM");
}

static void
a_report_is_signed_with_a_key_that_the_caller_may_use(void)
{
	JUDGE(0, "signet verify --report etsi --report-key p384 -o s.xml signed.pdf && %s s.xml",
	    valid);
	VERDICT("TotalPassed", NULL, "s.xml");
	JUDGE(0, "xmlsec1 --verify --trusted-pem ca.pem --id-attr:Id "
		 "http://uri.etsi.org/01903/v1.3.2#:SignedProperties s.xml");
	JUDGE(3, "signet verify --report etsi --report-key nobodys -o n.xml signed.pdf");
	HEARD("nobodys");
	JUDGE(1, "test -e n.xml");
	JUDGE(4, "signet verify --report pdf --report-key p384 -o n.pdf signed.pdf");
}

static void
certificates_and_time_stamps_have_reports_as_well(void)
{
	JUDGE(0, "signet certificate --report etsi -o c.xml ca.pem; %s c.xml", valid);
	JUDGE(0,
	    "signet timestamp --force -o doc.tst doc.txt && signet verify-timestamp --report etsi "
	    "-o t.xml -d doc.txt doc.tst && %s t.xml",
	    valid);
	JUDGE(0, "signet verify --replay t.xml doc.txt && signet verify --replay t.xml");
	HEARD("the same");
	/* Names shape nothing on a terminal. */
	JUDGE(0, "! signet verify --replay \"$(printf 'a\\033[2Kb')\" doc.txt 2> said");
	JUDGE(0, "grep -q 'a?\\[2Kb' said");
	JUDGE(6, "signet verify --replay t.xml doc.xml");
	HEARD("another one");
}

/* Nothing listens there: who asks a server ends with 5. */
#define ALONE                                                                                      \
	"sed 's|^endpoint.*|endpoint = \"https://localhost:1/\"|; s|\"pki/|\"../pki/|' "           \
	"../client.conf > away.conf; alone() { signet --config away.conf \"$@\"; }; "

static void
a_verdict_is_given_again_without_a_server(void)
{
	JUDGE(0,
	    "signet verify --report etsi -f -o p.xml signed.pdf; signet verify --report etsi -f -o "
	    "x.xml signed.xml; signet verify --report etsi -f -o d.xml -d doc.txt detached.p7s");
	JUDGE(0, ALONE "alone verify --replay p.xml signed.pdf");
	HEARD("TotalPassed, the same as in the report");
	HEARD("not signed");
	HEARD("trust anchors are those of the report");
	JUDGE(0, ALONE "alone verify --replay x.xml signed.xml");
	JUDGE(0, ALONE "alone verify --replay d.xml -d doc.txt detached.p7s");
	JUDGE(0, ALONE "alone verify --replay p.xml --anchors ca.pem signed.pdf");
	CU_ASSERT_PTR_NULL(strstr(judges_said(), "trust anchors are those of the report"));
	HEARD("the anchors that were given took its place");
	JUDGE(0, ALONE "alone --json verify --replay p.xml signed.pdf | grep -q '\"same\":true'");
}

static void
what_was_changed_since_is_found(void)
{
	JUDGE(0, "signet verify --report etsi --report-key p256 -f -o p.xml signed.pdf");
	JUDGE(0, "signet verify --replay p.xml signed.pdf");
	HEARD("signed by");
	JUDGE(0, "sed 's/total-passed/total-failed/' p.xml > forged.xml");
	JUDGE(4, "signet verify --replay forged.xml signed.pdf");
	HEARD("does not hold");
	JUDGE(6, "signet verify --replay p.xml signed.xml");
	HEARD("NOT the same");
	JUDGE(6, "signet verify --report etsi -f -o d.xml -d doc.txt detached.p7s && signet verify "
		 "--replay d.xml -d doc.xml detached.p7s");
	HEARD("HASH_FAILURE");
	JUDGE(4, "signet verify --replay p.xml --report-signer ca.pem signed.pdf");
	HEARD("not one of its pinned signers");
	JUDGE(4, "signet verify --replay doc.xml signed.pdf");
	HEARD("not a validation report");
	JUDGE(4, "signet verify --anchors ca.pem signed.pdf");
}

/* Whoever has a report that is not signed in hands can write another; nothing of it passes. */
static void
a_forged_report_is_told_fact_by_fact(void)
{
	JUDGE(0, "signet verify --report etsi -f -o p.xml signed.pdf");
	JUDGE(0, "sed 's/<vr:Signer>[^<]*/<vr:Signer>CN=The Minister/' p.xml > forged.xml");
	JUDGE(6, "signet verify --replay forged.xml signed.pdf");
	HEARD("signer: name: the report says \"CN=The Minister\", now it is \"");
	JUDGE(6,
	    "signet --json verify --replay forged.xml signed.pdf > said; "
	    "rc=$?; python3 -c \"import json; d = json.load(open('said')); assert not d['same']; "
	    "assert d['indication'] == 'TotalPassed'; assert len(d['differences']) == 1; x = "
	    "d['differences'][0]; assert x['report'] == 'CN=The Minister' and x['now'] and "
	    "x['what'].endswith('signer: name')\" && exit $rc");
	JUDGE(0,
	    "sed 's/validationObject:certificate/validationObject:publicKey/' p.xml > forged.xml");
	JUDGE(6, "signet verify --replay forged.xml signed.pdf");
	/* Another program version is told, and is no difference. */
	JUDGE(0, "sed 's/<sr:Program>[^<]*/<sr:Program>Signet 0.0.1/' p.xml > older.xml");
	JUDGE(0, "signet verify --replay older.xml signed.pdf");
	HEARD("by Signet 0.0.1, judged again by Signet");
}

static void
reports_on_certificates_and_time_stamps_are_replayed_and_their_forgeries_told(void)
{
	JUDGE(0,
	    "signet certificate --report etsi -f -o c.xml ca.pem; signet verify --replay c.xml; "
	    "test $? -lt 3");
	HEARD("the same");
	JUDGE(0, "sed 's/<vr:Indications>[^<]*/<vr:Indications>all is well/' c.xml > forged.xml");
	JUDGE(6, "signet verify --replay forged.xml");
	HEARD("the verdict: check");
	HEARD("all is well");
	JUDGE(0,
	    "signet timestamp -f -o doc.tst doc.txt && signet verify-timestamp --report etsi -f "
	    "-o t.xml -d doc.txt doc.tst && signet verify --replay t.xml doc.txt");
	JUDGE(0, "sed 's/<vr:Signer>[^<]*/<vr:Signer>CN=Another TSA/' t.xml > forged.xml");
	JUDGE(6, "signet verify --replay forged.xml");
	HEARD("CN=Another TSA");
}

static void
the_verdict_on_the_reports_own_signature_is_told(void)
{
	JUDGE(0, "signet verify --report etsi --report-key p256 -f -o p.xml signed.pdf");
	JUDGE(0, "signet verify --replay p.xml signed.pdf");
	HEARD("whether to trust its signer was not asked");
	JUDGE(0, "signet verify --replay p.xml --anchors ca.pem signed.pdf");
	HEARD("its signature: TotalPassed");
}

static const struct test tests[] = {
	TEST(each_verdict_comes_with_the_report_that_was_asked_for),
	TEST(a_report_is_signed_with_a_key_that_the_caller_may_use),
	TEST(certificates_and_time_stamps_have_reports_as_well),
	TEST(a_verdict_is_given_again_without_a_server),
	TEST(what_was_changed_since_is_found),
	TEST(a_forged_report_is_told_fact_by_fact),
	TEST(reports_on_certificates_and_time_stamps_are_replayed_and_their_forgeries_told),
	TEST(the_verdict_on_the_reports_own_signature_is_told),
	TEST_END,
};
const struct suite suite_system_judges_report = { "system/judges_report", setup, NULL, tests };
