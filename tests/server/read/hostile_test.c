/*
 * Documents of each format that want more memory or more work than one may have: each is refused in
 * the limit's words, with what was met, and the next one is read.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/base/text.h"
#include "server/read/process.h"
#include "server/read/reader.h"
#include "signing/format/cms/cms_sign.h"
#include "tests/support/containers.h"
#include "tests/support/envelopes.h"
#include "tests/support/hostile.h"
#include "tests/support/pdf_samples.h"
#include "tests/support/pki.h"
#include "tests/support/suite.h"
#include "tests/support/unlock_desk.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LOOSE 1 /* the children have no bound of memory */
#endif

#define MI ((uint64_t)1 << 20)

static struct reader reader = { .channel = -1 };
static int ends[2] = { -1, -1 };
static pid_t process;
static const struct format_limits limits = FORMAT_LIMITS_DEFAULT;
/* The times by the clock are long: a loaded machine shall not decide. */
static const struct reader_bounds bounds = {
	.memory = 256 * MI, .cpu_seconds = 10, .seconds = 240, .limits = &limits
};

static int
setup(void)
{
	struct read_process_config config = { .children = 2, .ready_fd = -1 };
	struct error err = ERROR_INIT;

	if (read_channel_pair(ends, &err) != 0)
		return -1;
	reader.channel = ends[1];
	config.channel = ends[0];
	fflush(NULL);
	process = fork();
	if (process == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ends[1]);
		_exit(read_process(&config));
	}
	return process > 0 ? 0 : -1;
}

static int
teardown(void)
{
	int status = -1;

	kill(process, SIGTERM);
	waitpid(process, &status, 0);
	close(ends[0]);
	close(ends[1]);
	return status;
}

static int
read_within(const struct reader_bounds *within, const struct buf *file,
    const struct document_read_options *options, struct error *err)
{
	struct document_facts facts;
	int rc = reader_read(&reader, within, &facts, SPAN_OF(file), options, err);

	document_facts_release(&facts);
	return rc;
}

static int
open_within(const struct reader_bounds *within, const struct buf *file,
    const struct document_read_options *options, const struct test_desk *desk, struct error *err)
{
	struct document_facts facts;
	int rc =
	    reader_read_open(&reader, within, &facts, SPAN_OF(file), options, &desk->desk, err);

	document_facts_release(&facts);
	return rc;
}

/* ---- makers ---- */

static void
slow_cms(struct buf *out)
{
	hostile_cms(out, 100, 4);
}

static void
slow_xml(struct buf *out)
{
	const struct hostile_xml x = { .signatures = 40, .references = 1, .certificates = 30 };

	hostile_xml(out, &x);
}

static void
slow_mail(struct buf *out)
{
	struct buf cms = BUF_INIT(0);

	slow_cms(&cms);
	hostile_mail(out, SPAN_OF(&cms));
	buf_release(&cms);
}

/* A container whose signature is that file. */
static void
container_around(struct buf *out, struct buf *signature)
{
	const struct container_change add = { .rename = "META-INF/signatures2.xml",
		.data = (const char *)signature->data };

	container_make(out, ASIC_E, FORMAT_XML, LEVEL_B, PKI_P256);
	container_change(out, &add, 1);
	buf_release(signature);
}

static void
slow_container(struct buf *out)
{
	struct error err = ERROR_INIT;
	struct buf xml = BUF_INIT(0);

	slow_xml(&xml);
	ASSERT_OK(buf_append(&xml, "", 1, &err), &err);
	container_around(out, &xml);
}

#ifndef LOOSE
static void
large_xml(struct buf *out)
{
	const struct hostile_xml x = { .nodes = 500000 };

	hostile_xml(out, &x);
}

static void
large_container(struct buf *out)
{
	struct error err = ERROR_INIT;
	struct buf xml = BUF_INIT(0);

	large_xml(&xml);
	ASSERT_OK(buf_append(&xml, "", 1, &err), &err);
	container_around(out, &xml);
}

static void
large_pdf(struct buf *out)
{
	pdf_sample_bomb(out, 80 * MI);
}
#endif

/* ---- tests ---- */

static void
check_that_others_are_read(const struct reader_bounds *within)
{
	const struct document_read_options options = { .limits = &limits };
	struct error err = ERROR_INIT;
	struct buf file = BUF_INIT(0);

	hostile_cms_content(&file, 100);
	ASSERT_OK(read_within(within, &file, &options, &err), &err);
	buf_release(&file);
}

static void
work_without_end_is_refused_in_the_words_of_its_limit(void)
{
	static void (*const makers[])(
	    struct buf * out) = { slow_cms, slow_xml, slow_mail, slow_container };
	const struct document_read_options options = { .limits = &limits };
	struct reader_bounds small = bounds;
	struct error err;
	size_t i;

	small.cpu_seconds = 1;
	for (i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
		struct buf file = BUF_INIT(0);

		error_clear(&err);
		makers[i](&file);
		CU_ASSERT_EQUAL(read_within(&small, &file, &options, &err), -1);
		if (err.kind != ERROR_LIMIT)
			fprintf(stderr, "document %zu (%zu bytes): %s\n", i, file.len, err.text);
		CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
		CU_ASSERT_STRING_EQUAL(err.limit, "limit-read-seconds");
		CU_ASSERT_EQUAL(err.allowed, 1);
		CU_ASSERT(err.met >= 1);
		CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "limit-read-seconds"));
		buf_release(&file);
		check_that_others_are_read(&small);
	}
}

/* An envelope that nobody can open, and behind it what takes all the time there is. */
static void
costly_mail(struct buf *out)
{
	static const char head[] = "From: a@example.com\r\nMIME-Version: 1.0\r\n"
				   "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
	X509 *cert = pki_cert(PKI_P256);
	struct buf der = BUF_INIT(0);
	struct error err = ERROR_INIT;
	int i;

	ASSERT_OK(buf_append_str(out, head, &err), &err);
	for (i = 0; i < 2; i++) {
		der.len = 0;
		if (i == 0)
			envelope_make(&der, span_str("whatever"), &cert, 1, NULL);
		else
			slow_cms(&der);
		ASSERT_OK(buf_printf(out, &err,
			      "--b\r\nContent-Type: application/pkcs7-mime; smime-type=%s\r\n"
			      "Content-Transfer-Encoding: base64\r\n\r\n",
			      i == 0 ? "enveloped-data" : "signed-data"),
		    &err);
		ASSERT_OK(text_base64(out, SPAN_OF(&der), 64, &err), &err);
		ASSERT_OK(buf_append_str(out, "\r\n", &err), &err);
	}
	ASSERT_OK(buf_append_str(out, "--b--\r\n", &err), &err);
	buf_release(&der);
}

static void
what_is_opened_and_what_reads_it_have_one_account(void)
{
	uint64_t worked = 0, aside = 0;
	struct test_desk desk = { .worked = &worked, .takes = 2500000, .go = UNLOCK_CLOSED };
	const struct document_read_options options = { .limits = &limits };
	struct reader_bounds small = bounds;
	struct error err = ERROR_INIT;
	struct buf file = BUF_INIT(0);

	small.cpu_seconds = 3;
	small.worked_us = &worked;
	small.aside_us = &aside;
	test_desk_init(&desk);
	costly_mail(&file);
	CU_ASSERT_EQUAL(open_within(&small, &file, &options, &desk, &err), -1);
	CU_ASSERT_STRING_EQUAL(err.limit, "limit-read-seconds");
	CU_ASSERT(desk.before > 0 && desk.before < 500000);
	CU_ASSERT(worked >= 2900000 && worked < 3300000);
	/* What is kept aside for later is no more there for it. */
	error_clear(&err);
	worked = desk.takes = 0;
	aside = 2500000;
	CU_ASSERT_EQUAL(open_within(&small, &file, &options, &desk, &err), -1);
	CU_ASSERT_STRING_EQUAL(err.limit, "limit-read-seconds");
	CU_ASSERT(worked >= 400000 && worked < 800000);
	buf_release(&file);
}

#ifndef LOOSE
static void
memory_without_end_is_refused_in_the_words_of_its_limit(void)
{
	static void (*const makers[])(struct buf * out) = { large_xml, large_container, large_pdf };
	const struct document_read_options options = { .limits = &limits };
	struct reader_bounds small = bounds;
	struct error err;
	size_t i;

	small.memory = 20 * MI;
	for (i = 0; i < sizeof(makers) / sizeof(makers[0]); i++) {
		struct buf file = BUF_INIT(0);

		error_clear(&err);
		makers[i](&file);
		CU_ASSERT_EQUAL(read_within(&small, &file, &options, &err), -1);
		if (err.kind != ERROR_LIMIT)
			fprintf(stderr, "document %zu (%zu bytes): %s\n", i, file.len, err.text);
		CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
		CU_ASSERT_STRING_EQUAL(err.limit, "limit-read-memory");
		CU_ASSERT_EQUAL(err.allowed, small.memory);
		CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "limit-read-memory"));
		error_clear(&err);
		/* It is the bound that refuses it: with what is the default it is read. */
		ASSERT_OK(read_within(&bounds, &file, &options, &err), &err);
		buf_release(&file);
		check_that_others_are_read(&small);
	}
}
#endif

/* The bound is for what a document asks for beside itself. */
static void
a_large_document_that_asks_for_no_more_is_read(void)
{
	const struct document_read_options options = { .limits = &limits, .keep_octets = 1 };
	struct reader_bounds small = bounds;
	struct error err = ERROR_INIT;
	struct buf cms = BUF_INIT(0), mail = BUF_INIT(0);

	small.memory = 128 * MI; /* GLib takes powers of two */
	hostile_cms_content(&cms, 32 * MI);
	ASSERT_OK(read_within(&small, &cms, &options, &err), &err);
	hostile_mail(&mail, SPAN_OF(&cms));
	ASSERT_OK(read_within(&small, &mail, &options, &err), &err);
	buf_release(&cms);
	buf_release(&mail);
}

/* ---- what a detached signature signs ---- */

/* What can be told before, is: 10,000 references into a large document end with their own limit. */
static void
references_without_end_are_refused_in_the_words_of_their_limit(void)
{
	const struct hostile_xml x = { .nodes = 20000, .signatures = 100, .references = 100 };
	const struct document_read_options options = { .limits = &limits };
	struct error err = ERROR_INIT;
	struct buf file = BUF_INIT(0);

	hostile_xml(&file, &x);
	CU_ASSERT_EQUAL(read_within(&bounds, &file, &options, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
	CU_ASSERT_STRING_EQUAL(err.limit, "xml_work");
	buf_release(&file);
}

static void
an_original_is_handed_over_by_its_content_or_by_its_digest(void)
{
	const struct sign_options made = { .signing_time = PKI_NOW, .claim_time = 1 };
	struct document doc = { .name = "a.txt", .content = span_str("text"), .has_content = 1 };
	struct digest_values values = { .have = DIGEST_BIT(DIGEST_SHA256) };
	struct document_read_options options = { .limits = &limits, .originals = &doc };
	struct document_facts facts;
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);
	int i;

	ASSERT_OK(cms_sign(&der, &doc, CMS_PROFILE_CADES, pki_key(PKI_P256), &made, &err), &err);
	ASSERT_OK(digest_span(DIGEST_SHA256, doc.content, values.value[DIGEST_SHA256], &err), &err);
	options.original_count = 1;
	for (i = 0; i < 3; i++) {
		if (i == 1) {
			doc.content = SPAN_NONE;
			doc.has_content = 0;
			doc.digests = &values;
		} else if (i == 2) {
			values.value[DIGEST_SHA256][0] ^= 1;
		}
		ASSERT_OK(
		    reader_read(&reader, &bounds, &facts, SPAN_OF(&der), &options, &err), &err);
		CU_ASSERT_EQUAL_FATAL(facts.signatures.count, 1);
		CU_ASSERT(facts.signatures.items[0].value_intact);
		CU_ASSERT_EQUAL(facts.signatures.items[0].references_intact, i < 2);
		document_facts_release(&facts);
	}
	options.original_count = 0;
	ASSERT_OK(reader_read(&reader, &bounds, &facts, SPAN_OF(&der), &options, &err), &err);
	CU_ASSERT_EQUAL(facts.signatures.items[0].failure, SUB_SIGNED_DATA_NOT_FOUND);
	document_facts_release(&facts);
	buf_release(&der);
}

/* A certificate that all signers share goes over once, and is one afterwards too. */
static void
many_signers_with_the_same_certificates_take_no_more_memory(void)
{
	const struct document_read_options options = { .limits = &limits };
	struct document_facts facts;
	struct error err = ERROR_INIT;
	struct buf file = BUF_INIT(0);

	hostile_cms(&file, 40, 1);
	ASSERT_OK(reader_read(&reader, &bounds, &facts, SPAN_OF(&file), &options, &err), &err);
	CU_ASSERT_EQUAL_FATAL(facts.signatures.count, 40);
	CU_ASSERT_PTR_EQUAL(facts.signatures.items[0].signer, facts.signatures.items[39].signer);
	CU_ASSERT_PTR_EQUAL(sk_X509_value(facts.signatures.items[7].certificates, 0),
	    facts.signatures.items[0].signer);
	CU_ASSERT_EQUAL(facts.signatures.items[39].failure, SUB_SIG_CRYPTO_FAILURE);
	document_facts_release(&facts);
	buf_release(&file);
}

static const struct test tests[] = { TEST(work_without_end_is_refused_in_the_words_of_its_limit),
	TEST(what_is_opened_and_what_reads_it_have_one_account),
#ifndef LOOSE
	TEST(memory_without_end_is_refused_in_the_words_of_its_limit),
#endif
	TEST(references_without_end_are_refused_in_the_words_of_their_limit),
	TEST(a_large_document_that_asks_for_no_more_is_read),
	TEST(an_original_is_handed_over_by_its_content_or_by_its_digest),
	TEST(many_signers_with_the_same_certificates_take_no_more_memory), TEST_END };
const struct suite suite_server_read_hostile = { "server/read/hostile", setup, teardown, tests };
