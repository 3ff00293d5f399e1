/*
 * What a child of the read process says, whom a document may have taken over: to api, and what was
 * believed on to the verdict. The first byte (its two lowest bits) says what it is.
 */
#include <stdlib.h>
#include <string.h>

#include "server/read/facts.h"
#include "signing/verify/verify.h"
#include "tests/support/pki.h"
#include "tests/support/read_child.h"

/* The answer to a reading, or frames: while it reads, signs, stamps. */
enum { ANSWER, READ, SIGN, STAMP, WAYS = 3 };

static const struct format_limits limits = FORMAT_LIMITS_DEFAULT;
static const struct reader_bounds bounds = {
	.memory = (uint64_t)64 << 20, .cpu_seconds = 20, .seconds = 20, .limits = &limits
};
static const char document[] = "%PDF-1.7\nnot read by anybody here\n";
static unsigned int signed_here;

static void
must(int holds)
{
	if (!holds)
		abort();
}

/* The words that a caller may see, with the name of a limit in a fault's XML. */
static void
check_words(const struct error *err)
{
	must(err->kind < ERROR_KINDS && memchr(err->text, 0, sizeof(err->text)) != NULL);
	must(strspn(err->limit, "abcdefghijklmnopqrstuvwxyz0123456789-_") == strlen(err->limit));
}

static void
pack_found(struct buf *out, struct signatures *list, struct pdf_timestamps *stamps)
{
	struct error err = ERROR_INIT;
	struct pack p;

	pack_write(&p, out, &err);
	pack_signatures(&p, list, &limits);
	pack_stamps(&p, stamps);
	must(pack_end(&p) == 0);
}

/* What was taken is sayable, and taken again as it is said. */
static void
check_found(struct signatures *list, struct pdf_timestamps *stamps)
{
	struct signatures again = { 0 };
	struct pdf_timestamps stamps_again = { 0 };
	struct buf first = BUF_INIT(0), second = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct pack p;

	pack_found(&first, list, stamps);
	pack_read(&p, SPAN_OF(&first), &err);
	pack_signatures(&p, &again, &limits);
	pack_stamps(&p, &stamps_again);
	must(pack_end(&p) == 0);
	pack_found(&second, &again, &stamps_again);
	must(span_equal(SPAN_OF(&first), SPAN_OF(&second)));
	signatures_release(&again);
	pdf_timestamps_release(&stamps_again);
	buf_release(&first);
	buf_release(&second);
}

static void
judge(const struct signatures *list, const struct pdf_timestamps *stamps)
{
	struct verify_context context = { .time = PKI_NOW };
	struct verify_report report;
	struct verify_timestamp verdict;
	struct error err = ERROR_INIT;
	size_t i;

	if (verify_signatures(list, &context, &report, &err) == 0)
		verify_report_release(&report);
	for (i = 0; i < stamps->count; i++) {
		const struct pdf_timestamp *t = &stamps->items[i];
		const struct verify_document_stamp in = { &t->stamp, t->field, t->failure,
			t->failure_text, t->revision_is_last, t->content_is_covered };

		error_clear(&err);
		if (verify_document_timestamps(&in, 1, list, &context, &verdict, &err) == 0)
			verify_timestamp_release(&verdict);
	}
}

/* Without the way there, which costs ten times as much as the rest. */
static int
take_answer(
    struct span bytes, struct signatures *list, struct pdf_timestamps *stamps, struct error *err)
{
	struct error outcome = ERROR_INIT;
	struct pack p;

	pack_read(&p, bytes, err);
	pack_error(&p, &outcome);
	check_words(&outcome);
	pack_signatures(&p, list, &limits);
	pack_stamps(&p, stamps);
	return pack_end(&p);
}

static void
try_read(const struct reader *reader, struct span pdf, struct span answer, struct error *err)
{
	const struct document_read_options options = { .limits = &limits };
	struct document_facts facts = { 0 };
	int rc = reader != NULL ? reader_read(reader, &bounds, &facts, pdf, &options, err)
				: take_answer(answer, &facts.signatures, &facts.stamps, err);

	must(rc == 0 || err->kind != ERROR_NONE);
	must(rc == 0 || reader == NULL || (facts.signatures.count == 0 && facts.stamps.count == 0));
	if (rc == 0) {
		check_found(&facts.signatures, &facts.stamps);
		judge(&facts.signatures, &facts.stamps);
	}
	document_facts_release(&facts);
}

static int
sign_once(const struct sign_key *key, const struct sig_alg *alg,
    const unsigned char (*digests)[DIGEST_SIZE_MAX], size_t count, struct buf *sigs,
    struct error *err)
{
	struct sign_key plain = *key;

	must(++signed_here <= 2 && count == 1 && digest_size(alg->digest) > 0);
	plain.sign_many = NULL;
	return sign_key_digests(&plain, alg, digests, count, sigs, err);
}

static int
stamp(void *ctx, enum digest digest, const unsigned char *imprint, struct buf *token,
    struct error *err)
{
	(void)ctx;
	must(digest == DIGEST_SHA256);
	return buf_append(token, imprint, digest_size(digest), err);
}

/* Signed or stamped, a file is the document and what follows it, or there is none. */
static void
try_make(const struct reader *reader, struct span pdf, int is_stamp, struct error *err)
{
	static const struct sign_options level_b = { .signing_time = PKI_NOW };
	static const struct pdf_sign_options plain_pdf;
	static const struct pdf_timestamp_options plain_stamp;
	static const struct timestamp_source source = { .get = stamp };
	struct sign_key key = *pki_key(PKI_P256);
	struct buf out = BUF_INIT(0);
	int rc;

	key.sign_many = sign_once;
	signed_here = 0;
	must(buf_append(&out, "before", 6, err) == 0);
	if (is_stamp)
		rc = reader_pdf_timestamp(reader, &bounds, &out, pdf, &source, &plain_stamp, err);
	else
		rc = reader_pdf_sign(reader, &bounds, &out, pdf, &key, &level_b, &plain_pdf, err);
	must(memcmp(out.data, "before", 6) == 0);
	if (rc == 0)
		must(out.len > 6 + pdf.len && memcmp(out.data + 6, pdf.data, pdf.len) == 0);
	else
		must(out.len == 6 && err->kind != ERROR_NONE);
	buf_release(&out);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const struct span pdf = { (const unsigned char *)document, sizeof(document) - 1 };
	const struct span rest = { data + 1, size - 1 };
	struct error err = ERROR_INIT;
	struct read_child child = { .says = rest };

	if (size == 0)
		return 0;
	if ((data[0] & WAYS) == ANSWER) {
		try_read(NULL, pdf, rest, &err);
		check_words(&err);
		return 0;
	}
	must(read_child_start(&child) == 0);
	if ((data[0] & WAYS) == READ)
		try_read(&child.reader, pdf, SPAN_NONE, &err);
	else
		try_make(&child.reader, pdf, (data[0] & WAYS) == STAMP, &err);
	read_child_end(&child);
	check_words(&err);
	return 0;
}
