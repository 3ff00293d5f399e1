/* The same input, snapshot, catalogue, policy and time give the same bytes, in every form. */
#include "signing/report/etsi.h"
#include "signing/report/html.h"
#include "signing/report/pdf.h"
#include "tests/support/longterm.h"
#include "tests/support/report_sample.h"
#include "tests/support/suite.h"

static int
write_etsi(struct buf *out, const struct report_input *in, struct error *err)
{
	return report_etsi_write(out, in, NULL, err);
}

typedef int writer(struct buf *out, const struct report_input *in, struct error *err);
static writer *const writers[] = { write_etsi, report_html_write, report_pdf_write };
#define WRITERS (sizeof(writers) / sizeof(writers[0]))

static void
write_all(struct buf out[WRITERS], const struct report_input *in)
{
	struct error err = ERROR_INIT;
	size_t i;

	for (i = 0; i < WRITERS; i++) {
		buf_init(&out[i], 0);
		ASSERT_OK(writers[i](&out[i], in, &err), &err);
	}
}

/* How many of the forms have the same bytes. */
static size_t
count_same(const struct buf one[WRITERS], const struct buf two[WRITERS])
{
	size_t i, n = 0;

	for (i = 0; i < WRITERS; i++)
		n += (size_t)span_equal(SPAN_OF(&one[i]), SPAN_OF(&two[i]));
	return n;
}

static void
release_all(struct buf all[WRITERS])
{
	size_t i;

	for (i = 0; i < WRITERS; i++)
		buf_release(&all[i]);
}

/* Judge what is the same in other memory, as another process would. */
static void
judge_a_copy(struct report_sample *s)
{
	struct buf copy = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ASSERT_OK(buf_append_span(&copy, SPAN_OF(&s->file), &err), &err);
	buf_release(&s->file);
	s->file = copy;
	report_sample_judge(s);
}

/* All kinds, good, broken and not proven, with evidence that was fetched. */
enum state { STATE_GOOD, STATE_BROKEN, STATE_UNTRUSTED, STATE_WITHOUT_STATUS, STATES };

static void
bring_into(struct report_sample *s, enum state state)
{
	switch (state) {
	case STATE_BROKEN:
		s->file.data[s->file.len / 2] ^= 1;
		break;
	case STATE_UNTRUSTED:
		s->context.anchors = NULL;
		break;
	case STATE_WITHOUT_STATUS:
		s->context.anchors = s->context.timestamp_anchors = pki_root_only();
		break;
	default:
		s->context.anchors = s->context.timestamp_anchors = pki_root_only();
		s->gathered = longterm_evidence();
		break;
	}
}

/* 1: it can still be read; most flipped bytes leave a file that can. */
static int
is_readable(struct report_sample *s)
{
	const struct examine_options options = { .extra_certificates = s->context.anchors };
	struct document docs[2] = { s->documents[0], s->documents[1] };
	struct examination x;
	struct error err = ERROR_INIT;

	docs[0].content = SPAN_OF(&s->file);
	if (examine(&x, docs, s->count, &options, &s->context, &err) != 0)
		return 0;
	examination_release(&x);
	return 1;
}

static void
reports_on_every_format_are_the_same_to_the_byte(void)
{
	struct buf one[WRITERS], two[WRITERS];
	struct report_sample s;
	int kind, state;

	for (kind = 0; kind < SAMPLE_ALL; kind++)
		for (state = 0; state < STATES; state++) {
			report_sample_make(&s, (enum report_sample_kind)kind);
			bring_into(&s, (enum state)state);
			if (is_readable(&s)) {
				report_sample_judge(&s);
				write_all(one, &s.in);
				judge_a_copy(&s);
				write_all(two, &s.in);
				CU_ASSERT_EQUAL(count_same(one, two), WRITERS);
				release_all(one);
				release_all(two);
			} else {
				CU_ASSERT_EQUAL(state, STATE_BROKEN);
			}
			report_sample_drop(&s);
		}
}

static void
each_of_what_they_cite_changes_them(void)
{
	struct buf one[WRITERS], two[WRITERS];
	struct catalogue other = *catalogue_builtin();
	struct report_sample s;
	int i;

	other.version = "another";
	for (i = 0; i < 4; i++) {
		report_sample_make(&s, SAMPLE_PDF);
		write_all(one, &s.in);
		s.context.time += i == 0;
		s.policy.name = i == 1 ? "another" : NULL;
		if (i == 2)
			s.context.catalogue = &other;
		if (i < 3) {
			report_sample_judge(&s);
		} else {
			s.in.snapshot = "sha256:0123456789ab";
			s.in.snapshot_number = 7;
		}
		write_all(two, &s.in);
		CU_ASSERT_EQUAL(count_same(one, two), 0);
		release_all(one);
		release_all(two);
		report_sample_drop(&s);
	}
}

static const struct test tests[] = {
	TEST(reports_on_every_format_are_the_same_to_the_byte),
	TEST(each_of_what_they_cite_changes_them),
	TEST_END,
};
const struct suite suite_signing_report_same = { "signing/report/same", NULL, NULL, tests };
