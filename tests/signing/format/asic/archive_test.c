/* ZIP files that all readers see alike are taken, all others are not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/format/asic/archive.h"
#include "tests/support/suite.h"
#include "tests/support/zip_bytes.h"

static int
open_pieces(const struct zip_piece *pieces, size_t count, const char *comment,
    const struct asic_limits *limits, struct error *err)
{
	struct buf file = BUF_INIT(0);
	struct archive archive;
	int rc;

	zip_bytes(&file, pieces, count, comment);
	rc = archive_open(&archive, SPAN_OF(&file), limits, err);
	if (rc == 0)
		archive_release(&archive);
	buf_release(&file);
	return rc;
}

/* The first piece as it should be, the second is `p`: refused so, with that word. */
static void
refuses(const struct zip_piece *p, enum error_kind kind, const char *word)
{
	const struct zip_piece pieces[] = { { .name = "first.txt", .data = "one" }, *p };
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL(open_pieces(pieces, 2, NULL, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, kind);
	if (err.kind != kind || strstr(err.text, word) == NULL) {
		fprintf(stderr, "%s: %s\n", p->name, err.text);
		CU_FAIL("the error is another");
	}
}

static void
a_good_file_is_read_with_all_its_entries(void)
{
	const struct zip_piece pieces[] = { { .name = "mimetype", .data = "a/b" },
		{ .name = "folder/" }, { .name = "folder/empty" },
		{ .name = "folder/x.txt", .data = "hello", .with_descriptor = 1 } };
	struct buf file = BUF_INIT(0);
	struct archive archive;
	struct error err = ERROR_INIT;

	zip_bytes(&file, pieces, 4, "mimetype=a/b");
	ASSERT_OK(archive_open(&archive, SPAN_OF(&file), NULL, &err), &err);
	CU_ASSERT_EQUAL_FATAL(archive.count, 4);
	CU_ASSERT_STRING_EQUAL(archive.entries[3].name, "folder/x.txt");
	CU_ASSERT(span_equal(SPAN_OF(&archive.entries[3].data), span_str("hello")));
	CU_ASSERT(archive.entries[1].is_directory && archive.entries[2].data.len == 0);
	CU_ASSERT_EQUAL(archive.entries[0].start, 0);
	CU_ASSERT(span_equal(archive.comment, span_str("mimetype=a/b")));
	CU_ASSERT_PTR_EQUAL(archive_find(&archive, "mimetype"), &archive.entries[0]);
	CU_ASSERT_PTR_NULL(archive_find(&archive, "MIMETYPE"));
	archive_release(&archive);
	buf_release(&file);
}

static void
names_that_lead_elsewhere_are_refused(void)
{
	static const char *const names[] = { "/etc/passwd", "../x", "a/../b", "a/..", "./x", "a//b",
		"C:x", "a\\b", "a\nb", "..", "." };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		refuses(
		    &(struct zip_piece){ .name = names[i], .data = "x" }, ERROR_MALFORMED, "name");
}

static void
two_entries_of_one_name_are_refused(void)
{
	refuses(&(struct zip_piece){ .name = "first.txt", .data = "two" }, ERROR_MALFORMED,
	    "two entries");
	refuses(&(struct zip_piece){ .name = "first.txt/" }, ERROR_MALFORMED, "two entries");
}

static void
a_local_header_that_contradicts_the_directory_is_refused(void)
{
	static const struct zip_piece wrong[] = {
		{ .name = "a", .data = "x", .local_name = "b" },
		{ .name = "a", .data = "x", .local_crc_xor = 1 },
		{ .name = "a", .data = "x", .local_size_plus = 1 },
		{ .name = "a", .data = "x", .local_flags = 0x800 },
	};
	static const struct zip_piece behind[] = {
		{ .name = "a", .data = "x", .with_descriptor = 1, .local_crc_xor = 1 },
		{ .name = "a", .data = "x", .with_descriptor = 1, .local_size_plus = 1 },
	};
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		refuses(&wrong[i], ERROR_MALFORMED, "contradict");
	for (i = 0; i < sizeof(behind) / sizeof(behind[0]); i++)
		refuses(&behind[i], ERROR_MALFORMED, "differs");
}

static void
damaged_data_are_refused(void)
{
	refuses(&(struct zip_piece){ .name = "a", .data = "x", .crc_xor = 1 }, ERROR_MALFORMED,
	    "damaged");
	refuses(&(struct zip_piece){ .name = "a", .data = "not deflated", .method = 8 },
	    ERROR_MALFORMED, "damaged");
}

static void
entries_that_overlap_or_leave_gaps_are_refused(void)
{
	refuses(&(struct zip_piece){ .name = "a", .data = "x", .gap = "hidden" }, ERROR_MALFORMED,
	    "belong to no entry");
	refuses(&(struct zip_piece){ .name = "first.txt", .data = "one", .overlaps_before = 1 },
	    ERROR_MALFORMED, "overlap");
}

static void
bytes_before_the_first_entry_and_behind_the_end_are_refused(void)
{
	const struct zip_piece before = { .name = "a", .data = "x", .gap = "#!/bin/sh" };
	const struct zip_piece good = { .name = "a", .data = "x" };
	struct buf file = BUF_INIT(0);
	struct archive archive;
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL(open_pieces(&before, 1, NULL, NULL, &err), -1);
	error_clear(&err);
	zip_bytes(&file, &good, 1, NULL);
	CU_ASSERT_EQUAL(buf_append(&file, "more", 4, &err), 0);
	CU_ASSERT_EQUAL(archive_open(&archive, SPAN_OF(&file), NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	buf_release(&file);
}

static void
an_end_record_inside_the_comment_is_refused(void)
{
	const struct zip_piece good = { .name = "a", .data = "x" };
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL(open_pieces(&good, 1, "PK\5\6 and no more", NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
}

static void
encrypted_zip64_and_oddly_compressed_entries_are_refused(void)
{
	refuses(&(struct zip_piece){ .name = "a", .data = "x", .flags = 1 }, ERROR_UNSUPPORTED,
	    "encrypted");
	refuses(&(struct zip_piece){ .name = "a", .data = "x", .extra = 0x9901 }, ERROR_UNSUPPORTED,
	    "encrypted");
	refuses(&(struct zip_piece){ .name = "a", .data = "x", .extra = 1 }, ERROR_UNSUPPORTED,
	    "ZIP64");
	refuses(&(struct zip_piece){ .name = "a", .data = "x", .extra = 0x7075 }, ERROR_UNSUPPORTED,
	    "second name");
	refuses(&(struct zip_piece){ .name = "a", .data = "x", .method = 12 }, ERROR_UNSUPPORTED,
	    "method 12");
}

static void
each_limit_says_its_name_and_what_was_met(void)
{
	const struct zip_piece pieces[] = { { .name = "one", .data = "12345" },
		{ .name = "two", .data = "12345" } };
	static const struct {
		struct asic_limits limits;
		const char *name;
		uint64_t met;
	} cases[] = {
		{ { .entries = 1, .name = 9, .ratio = 9, .entry = 9, .total = 99 }, "asic-entries",
		    2 },
		{ { .entries = 9, .name = 2, .ratio = 9, .entry = 9, .total = 99 }, "asic-name",
		    3 },
		{ { .entries = 9, .name = 9, .ratio = 9, .entry = 4, .total = 99 }, "asic-entry",
		    5 },
		{ { .entries = 9, .name = 9, .ratio = 9, .entry = 9, .total = 9 }, "asic-total",
		    10 },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = ERROR_INIT;

		CU_ASSERT_EQUAL(open_pieces(pieces, 2, NULL, &cases[i].limits, &err), -1);
		CU_ASSERT_STRING_EQUAL(err.limit, cases[i].name);
		CU_ASSERT_EQUAL(err.met, cases[i].met);
	}
}

static void
a_zip_bomb_is_refused_before_it_is_inflated(void)
{
	const size_t size = (size_t)8 << 20;
	unsigned char *zeros = calloc(1, size);
	const struct archive_new entry = { .name = "zeros", .data = { zeros, size } };
	struct buf file = BUF_INIT(0);
	struct archive archive;
	struct error err = ERROR_INIT;

	CU_ASSERT_PTR_NOT_NULL_FATAL(zeros);
	ASSERT_OK(archive_write(&file, SPAN_NONE, &entry, 1, 0, &err), &err);
	CU_ASSERT(file.len < size / 500);
	CU_ASSERT_EQUAL(archive_open(&archive, SPAN_OF(&file), NULL, &err), -1);
	CU_ASSERT_STRING_EQUAL(err.limit, "asic-ratio");
	buf_release(&file);
	free(zeros);
}

static void
what_is_written_is_read_and_written_on(void)
{
	const struct archive_new first[] = { { "mimetype", { 0 }, 1 },
		{ "\xc3\xa4.txt", { 0 }, 0 } };
	const struct archive_new more[] = { { "more", { 0 }, 0 }, { "mimetype", { 0 }, 1 } };
	struct archive_new one[2], two[2];
	struct buf file = BUF_INIT(0), again = BUF_INIT(0), bigger = BUF_INIT(0);
	struct archive archive;
	struct error err = ERROR_INIT;
	size_t i;

	for (i = 0; i < 2; i++) {
		one[i] = first[i];
		two[i] = more[i];
		one[i].data = span_str(i == 0 ? "text/plain" : "hello hello hello hello");
		two[i].data = span_str("new");
	}
	ASSERT_OK(archive_write(&file, SPAN_NONE, one, 2, 1772366400, &err), &err);
	ASSERT_OK(archive_write(&again, SPAN_NONE, one, 2, 1772366400, &err), &err);
	CU_ASSERT(span_equal(SPAN_OF(&file), SPAN_OF(&again)));
	/* What `file` says of the first 38 bytes: the name, then the type at once. */
	CU_ASSERT_EQUAL(memcmp(file.data + 30, "mimetypetext/plain", 18), 0);
	ASSERT_OK(archive_write(&bigger, SPAN_OF(&file), two, 2, 1772366400, &err), &err);
	ASSERT_OK(archive_open(&archive, SPAN_OF(&bigger), NULL, &err), &err);
	CU_ASSERT_EQUAL_FATAL(archive.count, 3);
	CU_ASSERT_STRING_EQUAL(archive.entries[0].name, "mimetype");
	CU_ASSERT(span_equal(SPAN_OF(&archive.entries[0].data), span_str("new")));
	CU_ASSERT_STRING_EQUAL(archive.entries[1].name, "\xc3\xa4.txt");
	CU_ASSERT(span_equal(SPAN_OF(&archive.entries[1].data), one[1].data));
	CU_ASSERT_STRING_EQUAL(archive.entries[2].name, "more");
	archive_release(&archive);
	buf_release(&file);
	buf_release(&again);
	buf_release(&bigger);
}

static void
a_file_cut_anywhere_is_refused(void)
{
	const struct zip_piece pieces[] = { { .name = "one", .data = "12345" },
		{ .name = "two", .data = "12345", .with_descriptor = 1 } };
	struct buf file = BUF_INIT(0);
	struct archive archive;
	size_t len;

	zip_bytes(&file, pieces, 2, "comment");
	for (len = 0; len < file.len; len++) {
		struct error err = ERROR_INIT;
		struct span cut = { file.data, len };

		CU_ASSERT_EQUAL(archive_open(&archive, cut, NULL, &err), -1);
		CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	}
	buf_release(&file);
}

static const struct test tests[] = { TEST(a_good_file_is_read_with_all_its_entries),
	TEST(names_that_lead_elsewhere_are_refused), TEST(two_entries_of_one_name_are_refused),
	TEST(a_local_header_that_contradicts_the_directory_is_refused),
	TEST(damaged_data_are_refused), TEST(entries_that_overlap_or_leave_gaps_are_refused),
	TEST(bytes_before_the_first_entry_and_behind_the_end_are_refused),
	TEST(an_end_record_inside_the_comment_is_refused),
	TEST(encrypted_zip64_and_oddly_compressed_entries_are_refused),
	TEST(each_limit_says_its_name_and_what_was_met),
	TEST(a_zip_bomb_is_refused_before_it_is_inflated),
	TEST(what_is_written_is_read_and_written_on), TEST(a_file_cut_anywhere_is_refused),
	TEST_END };
const struct suite suite_signing_format_asic_archive = { "signing/format/asic/archive", NULL, NULL,
	tests };
