/* Algorithm catalogues as files: dated, signed, checked for slips, replaceable. */
#include <stdio.h>
#include <string.h>

#include "signing/trust/catalogue_file.h"
#include "tests/support/suite.h"
#include "tests/support/trusted.h"

static struct buf text = BUF_INIT(0);
static STACK_OF(X509) * signers;

static int
setup(void)
{
	signers = test_signers(PKI_P256, PKI_IDS);
	return 0;
}

static int
teardown(void)
{
	buf_release(&text);
	sk_X509_free(signers);
	return 0;
}

/* The built-in catalogue as a file. */
static void
write_builtin(void)
{
	const struct catalogue_edition edition = { "1.5.1", "Example", PKI_NOW - PKI_DAY,
		CATALOGUE_OPEN };
	struct error err = ERROR_INIT;

	text.len = 0;
	ASSERT_OK(catalogue_file_write(&text, catalogue_builtin(), &edition, &err), &err);
}

/* A small file with these algorithms. */
static void
write_small(const char *algorithms)
{
	struct error err = ERROR_INIT;

	text.len = 0;
	ASSERT_OK(buf_printf(&text, &err,
		      "<SecuritySuitabilityPolicy xmlns=\"urn:ietf:params:xml:ns:dssc\">"
		      "<PolicyName><Name>Test</Name></PolicyName>"
		      "<Publisher><Name>Nobody</Name></Publisher>"
		      "<PolicyIssueDate>2026-02-01T00:00:00Z</PolicyIssueDate>%s"
		      "</SecuritySuitabilityPolicy>",
		      algorithms),
	    &err);
}

#define ALGORITHM(name, oid, evaluation)                                                           \
	"<Algorithm><AlgorithmIdentifier><Name>" name "</Name><ObjectIdentifier>" oid              \
	"</ObjectIdentifier></AlgorithmIdentifier><Evaluation>" evaluation                         \
	"</Evaluation></Algorithm>\n"
#define OPEN	     "<Validity/>"
#define UNTIL(day)   "<Validity><End>" day "</End></Validity>"
#define MIN(name, n) "<Parameter name=\"" name "\"><Min>" #n "</Min></Parameter>"
#define SHA256_OPEN  ALGORITHM("SHA-256", "2.16.840.1.101.3.4.2.1", OPEN)

static struct catalogue_file *
read_file(void)
{
	struct catalogue_file *f = NULL;
	struct error err = ERROR_INIT;

	ASSERT_OK(catalogue_file_read(&f, SPAN_OF(&text), NULL, &err), &err);
	return f;
}

static void
the_built_in_catalogue_survives_its_file(void)
{
	struct buf out = BUF_INIT(0);
	struct catalogue_file *f;
	struct error err = ERROR_INIT;

	write_builtin();
	f = read_file();
	CU_ASSERT_EQUAL(f->catalogue.digest_count, catalogue_builtin()->digest_count);
	CU_ASSERT_EQUAL(f->catalogue.key_count, catalogue_builtin()->key_count);
	CU_ASSERT_EQUAL(catalogue_compare(catalogue_builtin(), &f->catalogue, &out, &err), 0);
	CU_ASSERT_EQUAL(out.len, 0);
	CU_ASSERT_STRING_EQUAL(f->catalogue.name, "ETSI TS 119 312");
	CU_ASSERT_STRING_EQUAL(f->catalogue.version, "1.5.1 (2026-02-28)");
	catalogue_file_free(f);
	buf_release(&out);
}

static void
only_a_pinned_signer_replaces_a_catalogue(void)
{
	struct catalogue_file *f = NULL;
	struct error err = ERROR_INIT;

	write_builtin();
	CU_ASSERT_EQUAL(catalogue_file_accept(&f, SPAN_OF(&text), signers, PKI_NOW, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_AUTHORIZED);
	test_list_sign(&text, PKI_P384);
	error_clear(&err);
	CU_ASSERT_EQUAL(catalogue_file_accept(&f, SPAN_OF(&text), signers, PKI_NOW, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_AUTHORIZED);
	write_builtin();
	test_list_sign(&text, PKI_P256);
	error_clear(&err);
	ASSERT_OK(catalogue_file_accept(&f, SPAN_OF(&text), signers, PKI_NOW, &err), &err);
	catalogue_file_free(f);
	CU_ASSERT_EQUAL(
	    catalogue_file_accept(&f, SPAN_OF(&text), signers, PKI_NOW - 2 * PKI_DAY, &err), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "future"));
	test_swap(&text, "2012-07-31", "2032-07-31");
	error_clear(&err);
	CU_ASSERT_EQUAL(catalogue_file_accept(&f, SPAN_OF(&text), signers, PKI_NOW, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_AUTHORIZED);
	CU_ASSERT_PTR_NULL(f);
}

static void
slips_are_refused_with_their_line(void)
{
	static const struct {
		const char *algorithms, *says;
	} cases[] = {
		/* those of ETSI's own edition */
		{ ALGORITHM("SHA224", "1.2.840.10045.4.3.1", OPEN), "is a digest, but" },
		{ ALGORITHM("SHA-384", "2.16.840.1.101.3.4.2", OPEN), "cut short" },
		{ SHA256_OPEN ALGORITHM("secp512r1", "1.3.132.0.99", OPEN), "no curve" },
		/* and others */
		{ ALGORITHM("SHA-256", "2.16.840.1.101.3.4.2.2", OPEN), "is not the algorithm of" },
		{ ALGORITHM("SHA-256", "2.16.840.1.101.3.4.2.1.1", OPEN), "too long" },
		{ ALGORITHM("SHA-256", "2.16.840..1", OPEN), "no object identifier" },
		{ ALGORITHM("RSA", "1.2.840.10045.4.3.2", MIN("qlength", 256) OPEN),
		    "is not the algorithm of" },
		{ ALGORITHM(
		      "SHA256 with RSA", "1.2.840.113549.1.1.12", MIN("moduluslength", 3000) OPEN),
		    "is not the algorithm of" },
		{ ALGORITHM("RSASSA-PSS", "1.2.840.113549.1.1.11", MIN("moduluslength", 3000) OPEN),
		    "is not the algorithm of" },
		{ ALGORITHM("P-384", "1.3.132.0.35", OPEN), "is not the algorithm of" },
		{ ALGORITHM("RSA", "1.2.840.113549.1.1.1", OPEN), "no size of key" },
		{ ALGORITHM("RSA", "1.2.840.113549.1.1.1", MIN("qlength", 3000) OPEN),
		    "says nothing about" },
		{ ALGORITHM("RSA", "1.2.840.113549.1.1.1", MIN("moduluslength", 0) OPEN),
		    "no number of bits" },
		{ ALGORITHM("SHA-256", "2.16.840.1.101.3.4.2.1", UNTIL("2028-02-30")), "no day" },
		{ ALGORITHM("SHA-256", "2.16.840.1.101.3.4.2.1", UNTIL("31.12.2028")), "no day" },
		{ ALGORITHM("SHA-256", "2.16.840.1.101.3.4.2.1",
		      "<Validity><Start>2020-01-01</Start><End>2019-01-01</End></Validity>"),
		    "before the start" },
		{ ALGORITHM("SHA-256", "2.16.840.1.101.3.4.2.1", ""), "no Validity" },
		{ SHA256_OPEN ALGORITHM("SHA-256", "2.16.840.1.101.3.4.2.1", UNTIL("2028-12-31")),
		    "already" },
		{ "", "no algorithm that is known" },
	};
	struct catalogue_findings findings;
	struct catalogue_file *f;
	struct error err = ERROR_INIT;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_small(cases[i].algorithms);
		error_clear(&err);
		CU_ASSERT_EQUAL(catalogue_file_read(&f, SPAN_OF(&text), &findings, &err), -1);
		CU_ASSERT_PTR_NULL(f);
		CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
		if (strstr(err.text, cases[i].says) == NULL)
			fprintf(stderr, "case %zu: %s; expected %s\n", i, err.text, cases[i].says);
		CU_ASSERT_PTR_NOT_NULL(strstr(err.text, cases[i].says));
		CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "line "));
		CU_ASSERT(findings.count >= 1);
	}
}

static void
the_line_is_that_of_the_slip(void)
{
	struct catalogue_findings findings;
	struct catalogue_file *f;
	struct error err = ERROR_INIT;

	write_small(
	    SHA256_OPEN SHA256_OPEN "\n\n" ALGORITHM("SHA-384", "2.16.840.1.101.3.4.2", OPEN));
	CU_ASSERT_EQUAL(catalogue_file_read(&f, SPAN_OF(&text), &findings, &err), -1);
	CU_ASSERT_EQUAL_FATAL(findings.count, 1);
	CU_ASSERT_EQUAL(findings.items[0].line, 5);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "line 5 "));
}

static void
what_is_not_known_is_passed_over_with_a_note(void)
{
	struct catalogue_findings findings;
	struct catalogue_file *f;
	struct error err = ERROR_INIT;

	write_small(SHA256_OPEN ALGORITHM("XMSS", "0.4.0.127.0.15.1.1.13.0", OPEN));
	ASSERT_OK(catalogue_file_read(&f, SPAN_OF(&text), &findings, &err), &err);
	CU_ASSERT_EQUAL(findings.count, 1);
	CU_ASSERT_EQUAL(findings.items[0].is_error, 0);
	CU_ASSERT_EQUAL(f->catalogue.digest_count, 1);
	catalogue_file_free(f);
}

static int
judge(const struct catalogue *c, enum key_type key, enum padding padding, enum digest digest,
    int bits, const char *curve, int64_t time)
{
	const struct sig_alg alg = { .key = key, .padding = padding, .digest = digest };
	struct catalogue_verdict v;

	return catalogue_judge_signature(c, &alg, bits, curve, time, &v);
}

static void
evaluations_say_sizes_digests_curves_and_days(void)
{
	struct catalogue_file *f;
	const struct catalogue *c;

	write_small(SHA256_OPEN ALGORITHM("SHA-384", "2.16.840.1.101.3.4.2.2",
	    "<Validity><Start>2026-03-02</Start></Validity>") ALGORITHM("RSA with SHA-256",
	    "1.2.840.113549.1.1.11", MIN("moduluslength", 3000) UNTIL("2026-12-31"))
		ALGORITHM("ECDSA with SHA-256", "1.2.840.10045.4.3.2", MIN("qlength", 256) OPEN)
		    ALGORITHM("secp384r1", "1.3.132.0.34", UNTIL("2026-06-30")));
	f = read_file();
	c = &f->catalogue;
	CU_ASSERT_EQUAL(judge(c, KEY_RSA, PADDING_PKCS1, DIGEST_SHA256, 3072, "", PKI_NOW), 1);
	CU_ASSERT_EQUAL(judge(c, KEY_RSA, PADDING_PKCS1, DIGEST_SHA256, 2048, "", PKI_NOW), 0);
	CU_ASSERT_EQUAL(judge(c, KEY_RSA, PADDING_PSS, DIGEST_SHA256, 3072, "", PKI_NOW), 0);
	CU_ASSERT_EQUAL(
	    judge(c, KEY_RSA, PADDING_PKCS1, DIGEST_SHA384, 3072, "", PKI_NOW + 5 * PKI_DAY), 0);
	CU_ASSERT_EQUAL(
	    judge(c, KEY_RSA, PADDING_PKCS1, DIGEST_SHA256, 3072, "", PKI_NOW + PKI_YEAR), 0);
	/* Of the curves only the listed one, and until the earlier end. */
	CU_ASSERT_EQUAL(judge(c, KEY_EC, PADDING_NONE, DIGEST_SHA256, 384, "P-384", PKI_NOW), 1);
	CU_ASSERT_EQUAL(judge(c, KEY_EC, PADDING_NONE, DIGEST_SHA256, 256, "P-256", PKI_NOW), 0);
	CU_ASSERT_EQUAL(
	    judge(c, KEY_EC, PADDING_NONE, DIGEST_SHA256, 384, "P-384", PKI_NOW + PKI_YEAR), 0);
	catalogue_file_free(f);
}

static void
an_algorithm_may_begin_later(void)
{
	struct catalogue_verdict v;
	struct catalogue_file *f;

	write_small(SHA256_OPEN ALGORITHM(
	    "SHA-384", "2.16.840.1.101.3.4.2.2", "<Validity><Start>2026-03-02</Start></Validity>"));
	f = read_file();
	CU_ASSERT_EQUAL(catalogue_judge_digest(&f->catalogue, DIGEST_SHA384, PKI_NOW, &v), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(v.text, "not suitable before 2026-03-02"));
	CU_ASSERT_EQUAL(
	    catalogue_judge_digest(&f->catalogue, DIGEST_SHA384, PKI_NOW + PKI_DAY, &v), 1);
	catalogue_file_free(f);
}

static void
a_dry_run_tells_what_would_change(void)
{
	struct buf out = BUF_INIT(0);
	struct catalogue_file *f;
	struct error err = ERROR_INIT;

	write_builtin();
	test_swap(&text, "<End>2028-12-31</End>", "<End>2026-12-31</End>"); /* SHA-224 */
	test_swap(&text, "<Min>3000</Min>", "<Min>4000</Min>");		    /* RSA-PSS */
	f = read_file();
	CU_ASSERT_EQUAL(catalogue_compare(catalogue_builtin(), &f->catalogue, &out, &err), 2);
	ASSERT_OK(buf_terminate(&out, &err), &err);
	CU_ASSERT_PTR_NOT_NULL(strstr((const char *)out.data,
	    "SHA224: suitable until 2028-12-31 -> suitable until 2026-12-31"));
	CU_ASSERT_PTR_NOT_NULL(strstr((const char *)out.data,
	    "RSA-PSS from 3000 bits: suitable without end -> suitable until 2028-12-31"));
	catalogue_file_free(f);
	buf_release(&out);
}

static const struct test tests[] = { TEST(the_built_in_catalogue_survives_its_file),
	TEST(only_a_pinned_signer_replaces_a_catalogue), TEST(slips_are_refused_with_their_line),
	TEST(the_line_is_that_of_the_slip), TEST(what_is_not_known_is_passed_over_with_a_note),
	TEST(evaluations_say_sizes_digests_curves_and_days), TEST(an_algorithm_may_begin_later),
	TEST(a_dry_run_tells_what_would_change), TEST_END };
const struct suite suite_signing_trust_catalogue = { "signing/trust/catalogue", setup, teardown,
	tests };
