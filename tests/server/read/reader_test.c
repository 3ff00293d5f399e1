#include "server/base/text.h"
#include "server/read/reader.h"
#include "signing/format/cms/cms_sign.h"

#include <linux/sockios.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include "server/read/process.h"
#include "tests/support/containers.h"
#include "tests/support/envelopes.h"
#include "tests/support/longterm.h"
#include "tests/support/pdf_samples.h"
#include "tests/support/pki.h"
#include "tests/support/suite.h"
#include "tests/support/tsa.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LOOSE 1 /* the children have no bound of memory */
#endif

static struct reader reader = { .channel = -1 };
static int ends[2];
static pid_t process;
static struct buf pdf, signed_pdf;
static const struct format_limits limits = FORMAT_LIMITS_DEFAULT;
/*
 * Children work at the lowest priority: on a loaded machine one may wait minutes for a second of
 * processor time. No test here is about the time by the clock, so it must not decide.
 */
static const struct reader_bounds bounds = {
	.memory = (uint64_t)512 << 20, .cpu_seconds = 20, .seconds = 600, .limits = &limits
};
static const struct sign_options level_b = { .signing_time = PKI_NOW, .claim_time = 1 };
static const struct pdf_sign_options plain_pdf = { .reason = "A reason (of \xc3\xa4 sort)" };
static const struct test_tsa tsa = { .id = PKI_TSA, .time = PKI_NOW };

/* ---- the process ---- */

static int
start(void)
{
	struct read_process_config config = { .children = 2, .ready_fd = -1 };
	struct error err = ERROR_INIT;

	if (ends[0] < 0) {
		if (read_channel_pair(ends, &err) != 0)
			return -1;
		reader.channel = ends[1];
	}
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
end(int sig)
{
	int status = -1;

	kill(process, sig);
	waitpid(process, &status, 0);
	return status;
}

/* The child that reads now: the newest, for one that has answered may not be gone yet. */
static pid_t
reading_child(void)
{
	char path[64];
	int pid = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)process, (int)process);
	f = fopen(path, "r");
	while (f != NULL && fscanf(f, "%d", &pid) == 1)
		continue;
	if (f != NULL)
		fclose(f);
	return pid;
}

static int
setup(void)
{
	struct error err = ERROR_INIT;

	ends[0] = ends[1] = -1;
	return start() != 0 || pdf_sample_make(&pdf, &pdf_sample_field, &err) != 0 ||
	       pdf_sign(
		   &signed_pdf, SPAN_OF(&pdf), pki_key(PKI_P256), &level_b, &plain_pdf, &err) != 0;
}

static int
teardown(void)
{
	int status = end(SIGTERM);

	close(ends[0]);
	close(ends[1]);
	buf_release(&pdf);
	buf_release(&signed_pdf);
	return status;
}

static int
read_within(const struct reader_bounds *within, struct span document, const char *password,
    struct signatures *list, struct pdf_timestamps *stamps, struct error *err)
{
	const struct document_read_options options = { .limits = &limits, .password = password };
	struct document_facts facts;
	int rc = reader_read(&reader, within, &facts, document, &options, err);

	*list = facts.signatures;
	*stamps = facts.stamps;
	return rc;
}

static int
read_it(struct span document, const char *password, struct signatures *list,
    struct pdf_timestamps *stamps, struct error *err)
{
	return read_within(&bounds, document, password, list, stamps, err);
}

/* ---- the same as without ---- */

static void
what_was_found_comes_back_whole(void)
{
	const struct pdf_read_options options = { .limits = &limits };
	struct signatures here = { 0 }, there = { 0 };
	struct pdf_timestamps stamps_here = { 0 }, stamps_there;
	const struct signature *a, *b;
	struct error err = ERROR_INIT;

	ASSERT_OK(pdf_read_all(&here, &stamps_here, SPAN_OF(&signed_pdf), &options, &err), &err);
	ASSERT_OK(read_it(SPAN_OF(&signed_pdf), NULL, &there, &stamps_there, &err), &err);
	CU_ASSERT_EQUAL_FATAL(here.count, 1);
	CU_ASSERT_EQUAL_FATAL(there.count, 1);
	a = &here.items[0];
	b = &there.items[0];
	CU_ASSERT_STRING_EQUAL(a->id, b->id);
	CU_ASSERT_PTR_NULL(b->parent);
	CU_ASSERT_STRING_EQUAL(b->reason, plain_pdf.reason);
	CU_ASSERT(X509_cmp(a->signer, b->signer) == 0);
	CU_ASSERT_EQUAL(sk_X509_num(a->certificates), sk_X509_num(b->certificates));
	CU_ASSERT(memcmp(&a->alg, &b->alg, sizeof(a->alg)) == 0);
	CU_ASSERT(span_equal(SPAN_OF(&a->value), SPAN_OF(&b->value)));
	CU_ASSERT(b->value_intact && b->references_intact);
	CU_ASSERT_EQUAL(b->scope, SCOPE_FULL);
	CU_ASSERT_EQUAL_FATAL(b->reference_count, 1);
	CU_ASSERT_STRING_EQUAL(a->references[0].uri, b->references[0].uri);
	CU_ASSERT(
	    span_equal(SPAN_OF(&a->references[0].computed), SPAN_OF(&b->references[0].computed)));
	CU_ASSERT(memcmp(a->byte_range, b->byte_range, sizeof(a->byte_range)) == 0);
	CU_ASSERT_EQUAL(b->claimed_time, PKI_NOW);
	CU_ASSERT_EQUAL(b->baseline, a->baseline);
	CU_ASSERT_EQUAL(b->failure, SUB_NONE);
	CU_ASSERT_EQUAL(stamps_there.count, 0);
	signatures_release(&here);
	signatures_release(&there);
	pdf_timestamps_release(&stamps_there);
	pdf_timestamps_release(&stamps_here);
}

static void
what_later_revisions_changed_comes_back_too(void)
{
	const struct sign_options sign = { .signing_time = PKI_NOW, .claim_time = 1 };
	struct signatures list = { 0 };
	struct pdf_timestamps stamps;
	struct error err = ERROR_INIT;
	struct buf twice = BUF_INIT(0);
	const struct signature *first;

	ASSERT_OK(
	    pdf_sign(&twice, SPAN_OF(&signed_pdf), pki_key(PKI_P256), &sign, NULL, &err), &err);
	ASSERT_OK(read_it(SPAN_OF(&twice), NULL, &list, &stamps, &err), &err);
	CU_ASSERT_EQUAL_FATAL(list.count, 2);
	first = &list.items[0];
	CU_ASSERT(!first->revision_is_last && first->changes_permitted);
	CU_ASSERT_EQUAL(first->change_class, CHANGE_FORM);
	CU_ASSERT_EQUAL_FATAL(first->change_count, 1);
	CU_ASSERT_EQUAL(first->changes[0].class, CHANGE_FORM);
	CU_ASSERT_EQUAL(first->changes[0].revision, 1);
	CU_ASSERT(first->changes[0].permitted && first->changes[0].object != 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(first->changes[0].text, "a signature was added"));
	CU_ASSERT(list.items[1].revision_is_last && list.items[1].changes == NULL);
	signatures_release(&list);
	pdf_timestamps_release(&stamps);
	buf_release(&twice);
}

static void
a_changed_byte_shows_by_the_process_too(void)
{
	struct signatures list = { 0 };
	struct pdf_timestamps stamps;
	struct error err = ERROR_INIT;
	struct buf changed = BUF_INIT(0);
	size_t at = pdf_sample_find(SPAN_OF(&signed_pdf), "MediaBox", 0);

	CU_ASSERT_FATAL(at < signed_pdf.len);
	ASSERT_OK(buf_append_span(&changed, SPAN_OF(&signed_pdf), &err), &err);
	changed.data[at + 10] ^= 1;
	ASSERT_OK(read_it(SPAN_OF(&changed), NULL, &list, &stamps, &err), &err);
	CU_ASSERT_EQUAL_FATAL(list.count, 1);
	CU_ASSERT(!list.items[0].references_intact);
	CU_ASSERT_EQUAL(list.items[0].failure, SUB_HASH_FAILURE);
	signatures_release(&list);
	pdf_timestamps_release(&stamps);
	buf_release(&changed);
}

static void
a_container_is_read_there_as_it_is_here(void)
{
	const struct document_read_options options = { .limits = &limits };
	struct document_facts facts;
	const struct container_change add = { .rename = "late.txt", .data = "unsigned" };
	struct container_reading here, there = { 0 };
	struct buf file = BUF_INIT(0);
	struct error err = ERROR_INIT;
	size_t i;

	for (i = 0; i < 2; i++) {
		buf_release(&file);
		container_make(&file, ASIC_E, i == 0 ? FORMAT_CMS : FORMAT_XML, LEVEL_T, PKI_P256);
		container_change(&file, &add, 1);
		container_read(&here, &file);
		ASSERT_OK(
		    reader_read(&reader, &bounds, &facts, SPAN_OF(&file), &options, &err), &err);
		there.list = facts.signatures;
		there.container = facts.container;
		CU_ASSERT(container_holds(&there));
		CU_ASSERT_STRING_EQUAL(there.list.items[0].id, here.list.items[0].id);
		CU_ASSERT_EQUAL(there.list.items[0].scope, SCOPE_PARTIAL);
		CU_ASSERT_EQUAL(there.container.type, ASIC_E);
		CU_ASSERT_STRING_EQUAL(there.container.mime_type, here.container.mime_type);
		CU_ASSERT_EQUAL(there.container.entry_count, here.container.entry_count);
		CU_ASSERT_EQUAL(there.container.unsigned_count, 1);
		CU_ASSERT_EQUAL(container_signed(&there, "a.txt"), 1);
		CU_ASSERT_EQUAL(container_signed(&there, "late.txt"), 0);
		container_release(&here);
		container_release(&there);
	}
	file.len /= 2;
	CU_ASSERT_EQUAL(reader_read(&reader, &bounds, &facts, SPAN_OF(&file), &options, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	CU_ASSERT(facts.signatures.count == 0 && facts.container.entry_count == 0);
	buf_release(&file);
}

static void
a_mail_is_read_there_too(void)
{
	static const char text[] =
	    "From: a@example.com\r\nContent-Type: multipart/signed; boundary=b;\r\n "
	    "protocol=\"application/pkcs7-signature\"\r\n\r\n--b\r\n\r\ntext\r\n--b\r\n"
	    "Content-Type: application/pkcs7-signature\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n";
	const struct sign_options options = { .signing_time = PKI_NOW, .claim_time = 1 };
	const struct document doc = { .content = span_str("\r\ntext"), .has_content = 1 };
	const struct document_read_options reading = { .limits = &limits };
	struct buf file = BUF_INIT(0), der = BUF_INIT(0);
	struct document_facts facts;
	const struct signatures *list = &facts.signatures;
	const struct smime_mail *mail = &facts.mail;
	struct error err = ERROR_INIT;

	ASSERT_OK(cms_sign(&der, &doc, CMS_PROFILE_CADES, pki_key(PKI_P256), &options, &err), &err);
	ASSERT_OK(buf_append_str(&file, text, &err), &err);
	ASSERT_OK(text_base64(&file, SPAN_OF(&der), 64, &err), &err);
	ASSERT_OK(buf_append_str(&file, "\r\n--b--\r\n", &err), &err);
	ASSERT_OK(reader_read(&reader, &bounds, &facts, SPAN_OF(&file), &reading, &err), &err);
	CU_ASSERT_EQUAL_FATAL(list->count, 1);
	CU_ASSERT(list->items[0].value_intact && list->items[0].references_intact);
	CU_ASSERT_STRING_EQUAL(mail->from, "a@example.com");
	CU_ASSERT(mail->is_mail && mail->is_doubtful && mail->remarks[0] != '\0');
	document_facts_release(&facts);
	buf_release(&file);
	buf_release(&der);
}

static void
an_error_of_the_reader_is_told_in_its_words(void)
{
	struct signatures list = { 0 };
	struct pdf_timestamps stamps;
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL(read_it(span_str("%PDF-1.7\nnothing"), NULL, &list, &stamps, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "damaged"));
	CU_ASSERT_EQUAL(list.count, 0);
}

/* ---- making ---- */

static void
validation_data_are_stored_and_come_back_with_what_covers_them(void)
{
	const struct timestamp_source source = test_tsa_source(&tsa);
	const struct pdf_timestamp_options plain_stamp = { 0 };
	struct evidence data = longterm_evidence();
	struct signatures list = { 0 };
	struct pdf_timestamps stamps;
	struct buf stored = BUF_INIT(0), archived = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ASSERT_OK(
	    reader_pdf_store(&reader, &bounds, &stored, SPAN_OF(&signed_pdf), &data, NULL, &err),
	    &err);
	CU_ASSERT(memcmp(stored.data, signed_pdf.data, signed_pdf.len) == 0);
	ASSERT_OK(reader_pdf_timestamp(
		      &reader, &bounds, &archived, SPAN_OF(&stored), &source, &plain_stamp, &err),
	    &err);
	ASSERT_OK(read_it(SPAN_OF(&archived), NULL, &list, &stamps, &err), &err);
	CU_ASSERT_EQUAL(list.items[0].level, ADES_B_LTA);
	CU_ASSERT(longterm_holds(&list.evidence, &data));
	CU_ASSERT_EQUAL(sk_X509_num(list.evidence.certificates), 3);
	CU_ASSERT_EQUAL_FATAL(stamps.count, 1);
	CU_ASSERT_EQUAL(longterm_covered(&stamps.items[0].stamp.covers, &data), 6);
	CU_ASSERT_EQUAL_FATAL(list.items[0].timestamp_count, 1);
	CU_ASSERT_EQUAL(longterm_covered(&list.items[0].timestamps[0].covers, &data), 6);
	CU_ASSERT(list.items[0].timestamps[0].covers.signature);
	signatures_release(&list);
	pdf_timestamps_release(&stamps);
	buf_release(&stored);
	buf_release(&archived);
	evidence_release(&data);
}

static void
what_has_no_signature_is_not_stored_to(void)
{
	struct evidence data = longterm_evidence();
	struct buf stored = BUF_INIT(0);
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL(
	    reader_pdf_store(&reader, &bounds, &stored, SPAN_OF(&pdf), &data, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
	CU_ASSERT_EQUAL(stored.len, 0);
	evidence_release(&data);
}

static int
sign(struct buf *out, const struct sign_key *key, const struct timestamp_source *source,
    struct error *err)
{
	struct sign_options options = level_b;

	options.include_chain = 1;
	if (source != NULL) {
		options.level = LEVEL_T;
		options.timestamp = source;
	}
	return reader_pdf_sign(
	    &reader, &bounds, out, SPAN_OF(&pdf), key, &options, &plain_pdf, err);
}

static void
the_private_key_signs_here_what_the_child_asks_for(void)
{
	static const enum pki_id ids[] = { PKI_RSA2048, PKI_P256, PKI_P521 };
	const struct timestamp_source source = test_tsa_source(&tsa);
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;
	size_t i;

	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct buf out = BUF_INIT(0);

		ASSERT_OK(sign(&out, pki_key(ids[i]), i == 1 ? &source : NULL, &err), &err);
		CU_ASSERT(memcmp(out.data, pdf.data, pdf.len) == 0);
		ASSERT_OK(pdf_read(&list, SPAN_OF(&out), NULL, &err), &err);
		CU_ASSERT_EQUAL_FATAL(list.count, 1);
		CU_ASSERT(list.items[0].value_intact && list.items[0].references_intact);
		CU_ASSERT_EQUAL(list.items[0].scope, SCOPE_FULL);
		CU_ASSERT_EQUAL(list.items[0].timestamp_count, i == 1);
		CU_ASSERT_EQUAL(sk_X509_num(list.items[0].certificates), 3);
		signatures_release(&list);
		buf_release(&out);
	}
}

static int
no_stamp(void *ctx, enum digest digest, const unsigned char *imprint, struct buf *token,
    struct error *err)
{
	(void)ctx, (void)digest, (void)imprint, (void)token;
	return error_set(err, ERROR_UNAVAILABLE, "the authority sleeps");
}

static int
no_signature(const struct sign_key *key, const struct sig_alg *alg,
    const unsigned char (*digests)[DIGEST_SIZE_MAX], size_t count, struct buf *sigs,
    struct error *err)
{
	(void)key, (void)alg, (void)digests, (void)count, (void)sigs;
	return error_set(err, ERROR_UNAVAILABLE, "the keys sleep");
}

static void
what_fails_here_is_told_through_the_child(void)
{
	const struct timestamp_source source = { no_stamp, NULL, DIGEST_SHA256 };
	struct sign_key key = *pki_key(PKI_P256);
	struct error err = ERROR_INIT;
	struct buf out = BUF_INIT(0);

	CU_ASSERT_EQUAL(sign(&out, pki_key(PKI_P256), &source, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	CU_ASSERT_STRING_EQUAL(err.text, "the authority sleeps");
	error_clear(&err);
	key.sign_many = no_signature;
	CU_ASSERT_EQUAL(sign(&out, &key, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNAVAILABLE);
	CU_ASSERT_STRING_EQUAL(err.text, "the keys sleep");
	CU_ASSERT_EQUAL(out.len, 0);
	buf_release(&out);
}

static void
a_document_gets_a_time_stamp(void)
{
	const struct timestamp_source source = test_tsa_source(&tsa);
	const struct pdf_timestamp_options options = { 0 };
	struct signatures list = { 0 };
	struct pdf_timestamps stamps;
	struct error err = ERROR_INIT;
	struct buf out = BUF_INIT(0);

	ASSERT_OK(reader_pdf_timestamp(
		      &reader, &bounds, &out, SPAN_OF(&signed_pdf), &source, &options, &err),
	    &err);
	ASSERT_OK(read_it(SPAN_OF(&out), NULL, &list, &stamps, &err), &err);
	CU_ASSERT_EQUAL(list.count, 1);
	CU_ASSERT_EQUAL_FATAL(stamps.count, 1);
	CU_ASSERT(stamps.items[0].stamp.token.len > 0 && stamps.items[0].stamp.imprint_known);
	CU_ASSERT_EQUAL(stamps.items[0].failure, SUB_NONE);
	signatures_release(&list);
	pdf_timestamps_release(&stamps);
	buf_release(&out);
}

/* ---- documents that want too much ---- */

#ifndef LOOSE
static void
a_document_that_inflates_beyond_the_bound_is_refused_and_no_other(void)
{
	struct reader_bounds small = bounds;
	struct signatures list = { 0 };
	struct pdf_timestamps stamps;
	struct error err = ERROR_INIT;
	struct buf bomb = BUF_INIT(0), out = BUF_INIT(0);

	pdf_sample_bomb(&bomb, 40 << 20);
	small.memory = 24 << 20;
	/* With room enough it is a document like others: the bound is what refuses it. */
	ASSERT_OK(read_it(SPAN_OF(&bomb), NULL, &list, &stamps, &err), &err);
	pdf_timestamps_release(&stamps);
	CU_ASSERT_EQUAL(read_within(&small, SPAN_OF(&bomb), NULL, &list, &stamps, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
	CU_ASSERT_STRING_EQUAL(err.limit, "limit-read-memory");
	CU_ASSERT_EQUAL(err.allowed, small.memory);
	error_clear(&err);
	CU_ASSERT_EQUAL(reader_pdf_sign(&reader, &small, &out, SPAN_OF(&bomb), pki_key(PKI_P256),
			    &level_b, &plain_pdf, &err),
	    -1);
	CU_ASSERT_STRING_EQUAL(err.limit, "limit-read-memory");
	error_clear(&err);
	ASSERT_OK(read_within(&small, SPAN_OF(&signed_pdf), NULL, &list, &stamps, &err), &err);
	CU_ASSERT_EQUAL(list.count, 1);
	signatures_release(&list);
	pdf_timestamps_release(&stamps);
	buf_release(&bomb);
}
#endif

/* ---- deaths ---- */

static int
kill_child(void *ctx, enum digest digest, const unsigned char *imprint, struct buf *token,
    struct error *err)
{
	const int *sig = ctx;
	const struct timestamp_source source = test_tsa_source(&tsa);

	CU_ASSERT(reading_child() > 0);
	/* Its work shall not be felt by those who are served meanwhile. */
	CU_ASSERT(getpriority(PRIO_PROCESS, (id_t)reading_child()) >= 10);
	kill(reading_child(), *sig);
	return source.get(source.ctx, digest, imprint, token, err);
}

static void
what_a_child_dies_of_is_told_and_the_next_document_is_read(void)
{
	static const struct {
		int sig;
		enum error_kind kind;
		const char *limit;
		const char *word;
	} deaths[] = { { SIGXCPU, ERROR_LIMIT, "limit-read-seconds", "" },
		{ SIGALRM, ERROR_LIMIT, "limit-request-seconds", "" },
		{ SIGABRT, ERROR_MALFORMED, "", "the document is damaged" },
		/* The kernel takes its memory back: that says nothing of the document. */
		{ SIGKILL, ERROR_UNAVAILABLE, "", "the server was short of memory" } };
	struct error err = ERROR_INIT;
	struct buf out = BUF_INIT(0);
	size_t i;

	for (i = 0; i < sizeof(deaths) / sizeof(deaths[0]); i++) {
		int sig = deaths[i].sig;
		const struct timestamp_source source = { kill_child, &sig, DIGEST_SHA256 };

		error_clear(&err);
		while (reading_child() > 0) /* the one before is still on its way out */
			poll(NULL, 0, 1);
		CU_ASSERT_EQUAL(sign(&out, pki_key(PKI_P256), &source, &err), -1);
		CU_ASSERT_EQUAL(err.kind, deaths[i].kind);
		CU_ASSERT_STRING_EQUAL(err.limit, deaths[i].limit);
		CU_ASSERT_PTR_NOT_NULL(strstr(err.text, deaths[i].word));
		CU_ASSERT_EQUAL(err.retry_after > 0, deaths[i].kind == ERROR_UNAVAILABLE);
		CU_ASSERT_EQUAL(out.len, 0);
	}
	error_clear(&err);
	ASSERT_OK(sign(&out, pki_key(PKI_P256), NULL, &err), &err);
	buf_release(&out);
}

struct waiting {
	struct signatures list;
	struct pdf_timestamps stamps;
	struct error err;
	int rc;
};

static void *
read_in_thread(void *arg)
{
	struct waiting *w = arg;

	w->rc = read_it(SPAN_OF(&signed_pdf), NULL, &w->list, &w->stamps, &w->err);
	return NULL;
}

/* Until the clients' end has something that nobody took. */
static int
await_queue(void)
{
	int queued = 0, i;

	for (i = 0; queued == 0 && i < 10000; i++)
		if (ioctl(ends[1], SIOCOUTQ, &queued) != 0 || queued == 0)
			poll(NULL, 0, 1);
	return queued > 0;
}

static void
a_successor_does_what_waits_in_the_channel(void)
{
	struct waiting w = { .rc = -1 };
	pthread_t thread;
	int status;

	kill(process, SIGSTOP);
	CU_ASSERT_EQUAL_FATAL(waitpid(process, &status, WUNTRACED), process);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, read_in_thread, &w), 0);
	CU_ASSERT(await_queue());
	end(SIGKILL);
	CU_ASSERT_EQUAL(start(), 0);
	pthread_join(thread, NULL);
	ASSERT_OK(w.rc, &w.err);
	CU_ASSERT_EQUAL(w.list.count, 1);
	signatures_release(&w.list);
	pdf_timestamps_release(&w.stamps);
}

static void
garbage_in_the_channel_changes_nothing(void)
{
	char bytes[200];
	struct signatures list = { 0 };
	struct pdf_timestamps stamps;
	struct error err = ERROR_INIT;

	memset(bytes, 'x', sizeof(bytes));
	CU_ASSERT(send(reader.channel, bytes, 1, 0) == 1);
	CU_ASSERT(send(reader.channel, bytes, sizeof(bytes), 0) == (ssize_t)sizeof(bytes));
	ASSERT_OK(read_it(SPAN_OF(&signed_pdf), NULL, &list, &stamps, &err), &err);
	CU_ASSERT_EQUAL(list.count, 1);
	signatures_release(&list);
	pdf_timestamps_release(&stamps);
}

static const struct test tests[] = { TEST(what_was_found_comes_back_whole),
	TEST(what_later_revisions_changed_comes_back_too),
	TEST(a_changed_byte_shows_by_the_process_too),
	TEST(a_container_is_read_there_as_it_is_here), TEST(a_mail_is_read_there_too),

	TEST(an_error_of_the_reader_is_told_in_its_words),
	TEST(the_private_key_signs_here_what_the_child_asks_for),
	TEST(what_fails_here_is_told_through_the_child), TEST(a_document_gets_a_time_stamp),
#ifndef LOOSE
	TEST(a_document_that_inflates_beyond_the_bound_is_refused_and_no_other),
#endif
	TEST(what_a_child_dies_of_is_told_and_the_next_document_is_read),
	TEST(a_successor_does_what_waits_in_the_channel),
	TEST(garbage_in_the_channel_changes_nothing),
	TEST(validation_data_are_stored_and_come_back_with_what_covers_them),
	TEST(what_has_no_signature_is_not_stored_to), TEST_END };
const struct suite suite_server_read_reader = { "server/read/reader", setup, teardown, tests };
