/* ASiCArchiveManifest: made again and again, what it names, and what tampering with it does. */
#include "signing/format/asic/asic_renew.h"

#include <stdio.h>
#include <string.h>

#include "signing/format/asic/asic_extend.h"
#include "signing/format/cms/cms_read.h"
#include "signing/format/cms/tst_info.h"
#include "signing/verify/verify.h"
#include "tests/support/containers.h"
#include "tests/support/longterm.h"
#include "tests/support/suite.h"
#include "tests/support/tsa.h"

#define NEWEST "META-INF/ASiCArchiveManifest.xml"

static const struct test_tsa tsa = { .id = PKI_TSA, .time = PKI_NOW - 60 };

static void
replace(struct buf *file, struct buf *by)
{
	buf_release(file);
	*file = *by;
}

static int
renew(struct buf *file, const struct test_tsa *by, const struct evidence *data, struct error *err)
{
	struct timestamp_source source = test_tsa_source(by);
	struct buf out = BUF_INIT(0);
	int rc = asic_renew(&out, SPAN_OF(file), data, &source, PKI_NOW, NULL, err);

	if (rc == 0)
		replace(file, &out);
	else
		CU_ASSERT_EQUAL(out.len, 0);
	return rc;
}

/* ASiC-E with CAdES at level LT, with these data. */
static struct buf
make_lt_with(const struct evidence *data)
{
	struct buf file = BUF_INIT(0), out = BUF_INIT(0);
	struct container_reading r;
	struct error err = ERROR_INIT;

	container_make(&file, ASIC_E, FORMAT_CMS, LEVEL_T, PKI_P256);
	container_read(&r, &file);
	ASSERT_OK(asic_extend(&out, SPAN_OF(&file), r.list.items[0].id, EXTEND_LT, data, NULL,
		      PKI_NOW, NULL, &err),
	    &err);
	replace(&file, &out);
	container_release(&r);
	return file;
}

static struct buf
make_lt(void)
{
	struct evidence data = longterm_evidence();
	struct buf file = make_lt_with(&data);

	evidence_release(&data);
	return file;
}

static const struct asic_stamp *
stamp_of(const struct container_reading *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->container.stamp_count; i++)
		if (strcmp(r->container.stamps[i].name, name) == 0)
			return &r->container.stamps[i];
	CU_FAIL_FATAL("no such time stamp");
	return NULL;
}

static int
fits(const struct asic_stamp *s)
{
	struct tst_info info;
	int is = 0;

	if (tst_info_of_token(&info, SPAN_OF(&s->stamp.token), NULL) == 0) {
		is = s->failure == SUB_NONE && s->stamp.imprint_known &&
		     tst_info_matches(&info, &s->stamp.imprint) == 1;
		tst_info_release(&info);
	}
	return is;
}

static int
is_line(const char *list, const char *name)
{
	const char *at = strstr(list, name);
	size_t n = strlen(name);

	for (; at != NULL; at = strstr(at + 1, name))
		if ((at == list || at[-1] == '\n') && (at[n] == '\n' || at[n] == '\0'))
			return 1;
	return 0;
}

static int
holds_entry(const struct buf *file, const char *name, const char *text)
{
	struct archive archive;
	const struct archive_entry *e;
	struct error err = ERROR_INIT;
	int found;

	ASSERT_OK(archive_open(&archive, SPAN_OF(file), NULL, &err), &err);
	e = archive_find(&archive, name);
	found = e != NULL &&
		(text == NULL || memmem(e->data.data, e->data.len, text, strlen(text)) != NULL);
	archive_release(&archive);
	return found;
}

/* ---- made ---- */

static void
the_first_manifest_names_all_that_proves_and_is_proven(void)
{
	static const char *const named[] = { "a.txt", "b/\xc3\xa4 +.xml",
		"META-INF/ASiCManifest001.xml", "META-INF/signature001.p7s" };
	struct evidence data = longterm_evidence();
	struct buf file = make_lt_with(&data);
	struct container_reading r;
	struct error err = ERROR_INIT;
	const struct asic_stamp *s;
	size_t i;

	ASSERT_OK(renew(&file, &tsa, NULL, &err), &err);
	container_read(&r, &file);
	CU_ASSERT(container_holds(&r));
	CU_ASSERT_STRING_EQUAL(ades_level_name(r.list.items[0].level), "B-LTA");
	s = stamp_of(&r, "META-INF/timestamp001.tst");
	CU_ASSERT(fits(s));
	CU_ASSERT_STRING_EQUAL(s->manifest, NEWEST);
	for (i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		CU_ASSERT(is_line(s->covers, named[i]));
	CU_ASSERT_FALSE(is_line(s->covers, "mimetype"));
	CU_ASSERT_FALSE(holds_entry(&file, NEWEST, "Rootfile"));
	CU_ASSERT(asic_is_archived(&r.container, r.list.items[0].id));
	/* It is the signature's, too, and proves what stands in that. */
	CU_ASSERT_EQUAL_FATAL(r.list.items[0].timestamp_count, 2);
	CU_ASSERT_EQUAL(r.list.items[0].timestamps[1].kind, TIMESTAMP_ARCHIVE);
	CU_ASSERT(r.list.items[0].timestamps[1].covers.signature);
	CU_ASSERT(r.list.items[0].timestamps[1].covers.document);
	CU_ASSERT_EQUAL(r.list.items[0].timestamps[1].covers.manifest, DIGEST_SHA256);
	CU_ASSERT_EQUAL(longterm_covered(&r.list.items[0].timestamps[1].covers, &data), 6);
	container_release(&r);
	evidence_release(&data);
	buf_release(&file);
}

static void
each_further_one_covers_the_one_before_and_takes_its_name(void)
{
	struct evidence more = longterm_more();
	struct buf file = make_lt();
	struct container_reading r;
	struct error err = ERROR_INIT;
	const struct asic_stamp *s;

	ASSERT_OK(renew(&file, &tsa, NULL, &err), &err);
	ASSERT_OK(renew(&file, &tsa, &more, &err), &err);
	ASSERT_OK(renew(&file, &tsa, NULL, &err), &err);
	container_read(&r, &file);
	CU_ASSERT(container_holds(&r));
	CU_ASSERT_EQUAL_FATAL(r.container.stamp_count, 3);
	s = stamp_of(&r, "META-INF/timestamp001.tst");
	CU_ASSERT(fits(s));
	CU_ASSERT_STRING_EQUAL(s->manifest, "META-INF/ASiCArchiveManifest001.xml");
	/* What was asked for to renew it stands in its token, which the next one covers. */
	CU_ASSERT(longterm_holds(&r.list.evidence, &more) == 0);
	s = stamp_of(&r, "META-INF/timestamp002.tst");
	CU_ASSERT(fits(s));
	CU_ASSERT_STRING_EQUAL(s->manifest, "META-INF/ASiCArchiveManifest002.xml");
	CU_ASSERT(is_line(s->covers, "META-INF/ASiCArchiveManifest001.xml"));
	CU_ASSERT(is_line(s->covers, "META-INF/timestamp001.tst"));
	CU_ASSERT_EQUAL(longterm_covered(&s->stamp.covers, &more), 1);
	s = stamp_of(&r, "META-INF/timestamp003.tst");
	CU_ASSERT(fits(s));
	CU_ASSERT_STRING_EQUAL(s->manifest, NEWEST);
	CU_ASSERT(is_line(s->covers, "META-INF/ASiCArchiveManifest002.xml"));
	CU_ASSERT(is_line(s->covers, "META-INF/timestamp002.tst"));
	CU_ASSERT(holds_entry(&file, NEWEST, "ASiCArchiveManifest002.xml\" Rootfile=\"true\""));
	CU_ASSERT_EQUAL(r.list.items[0].timestamp_count, 4);
	container_release(&r);
	evidence_release(&more);
	buf_release(&file);
}

static void
time_stamps_without_a_signature_are_renewed_too(void)
{
	static const enum asic_type types[] = { ASIC_S, ASIC_E };
	size_t i;

	for (i = 0; i < 2; i++) {
		struct timestamp_source source = test_tsa_source(&tsa);
		struct evidence data = longterm_evidence();
		struct buf file = BUF_INIT(0);
		struct container_reading r;
		struct error err = ERROR_INIT;
		size_t k;

		ASSERT_OK(asic_timestamp(&file, container_documents(), i + 1, types[i], &source,
			      PKI_NOW, NULL, &err),
		    &err);
		ASSERT_OK(renew(&file, &tsa, &data, &err), &err);
		ASSERT_OK(renew(&file, &tsa, NULL, &err), &err);
		container_read(&r, &file);
		CU_ASSERT_EQUAL_FATAL(r.container.stamp_count, 3);
		for (k = 0; k < 3; k++) {
			CU_ASSERT(fits(&r.container.stamps[k]));
			CU_ASSERT(r.container.stamps[k].covers_all);
		}
		CU_ASSERT_EQUAL(r.container.remarks[0], '\0');
		container_release(&r);
		evidence_release(&data);
		buf_release(&file);
	}
}

/* ---- what a later one proves of those before it ---- */

static enum indication
judged(const struct buf *file, const char *name)
{
	struct verify_policy policy = { .without_revocation = 1 };
	struct verify_context context = {
		.timestamp_anchors = pki_anchors(), .time = PKI_NOW, .policy = &policy
	};
	struct verify_document_stamp in[4];
	struct verify_timestamp out[4];
	struct container_reading r;
	struct error err = ERROR_INIT;
	enum indication indication = INDICATION_TOTAL_FAILED;
	size_t i, n;

	container_read(&r, file);
	n = r.container.stamp_count;
	CU_ASSERT_FATAL(n <= 4);
	for (i = 0; i < n; i++) {
		const struct asic_stamp *s = &r.container.stamps[i];

		in[i] = (struct verify_document_stamp){ &s->stamp, s->name, s->failure,
			s->failure_text, s->covers_all, s->covers_all };
	}
	ASSERT_OK(verify_document_timestamps(in, n, &r.list, &context, out, &err), &err);
	for (i = 0; i < n; i++) {
		if (strcmp(in[i].name, name) == 0)
			indication = out[i].conclusion.indication;
		verify_timestamp_release(&out[i]);
	}
	container_release(&r);
	return indication;
}

static void
an_authority_that_expired_is_proven_by_the_next_one(void)
{
	static const struct test_tsa old = { PKI_TSA_EXPIRED, PKI_NOW - 50 * PKI_DAY, 0 },
				     in_time = { PKI_TSA, PKI_NOW - 40 * PKI_DAY, 0 },
				     too_late = { PKI_TSA, PKI_NOW - 20 * PKI_DAY, 0 };
	struct timestamp_source source = test_tsa_source(&old);
	struct buf file = BUF_INIT(0), late = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ASSERT_OK(
	    asic_timestamp(&file, container_documents(), 2, ASIC_E, &source, PKI_NOW, NULL, &err),
	    &err);
	ASSERT_OK(buf_append_span(&late, SPAN_OF(&file), &err), &err);
	CU_ASSERT_EQUAL(judged(&file, "META-INF/timestamp001.tst"), INDICATION_INDETERMINATE);
	ASSERT_OK(renew(&file, &in_time, NULL, &err), &err);
	CU_ASSERT_EQUAL(judged(&file, "META-INF/timestamp001.tst"), INDICATION_TOTAL_PASSED);
	CU_ASSERT_EQUAL(judged(&file, "META-INF/timestamp002.tst"), INDICATION_TOTAL_PASSED);
	ASSERT_OK(renew(&late, &too_late, NULL, &err), &err);
	CU_ASSERT_EQUAL(judged(&late, "META-INF/timestamp001.tst"), INDICATION_INDETERMINATE);
	buf_release(&file);
	buf_release(&late);
}

/* ---- tampering ---- */

/* Flip a byte behind `what` in the entry. */
static void
tamper(struct buf *file, const char *name, const char *what)
{
	struct archive archive;
	const struct archive_entry *e;
	struct archive_new changed = { .name = name };
	struct buf data = BUF_INIT(0), out = BUF_INIT(0);
	unsigned char *at;
	struct error err = ERROR_INIT;

	ASSERT_OK(archive_open(&archive, SPAN_OF(file), NULL, &err), &err);
	e = archive_find(&archive, name);
	CU_ASSERT_PTR_NOT_NULL_FATAL(e);
	ASSERT_OK(buf_append_span(&data, SPAN_OF(&e->data), &err), &err);
	at = memmem(data.data, data.len, what, strlen(what));
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	at += strlen(what);
	*at = *at == 'A' ? 'B' : 'A';
	changed.data = SPAN_OF(&data);
	ASSERT_OK(archive_write(&out, SPAN_OF(file), &changed, 1, PKI_NOW, &err), &err);
	replace(file, &out);
	buf_release(&data);
	archive_release(&archive);
}

static void
each_manifest_that_was_changed_breaks_what_is_over_it(void)
{
	static const struct {
		const char *entry, *behind;
		int breaks_signature;
		const char *stamps; /* that break, as "13" */
	} rows[] = {
		{ "META-INF/ASiCManifest001.xml", "DigestValue>", 1, "123" },
		{ "META-INF/ASiCArchiveManifest001.xml", "DigestValue>", 0, "123" },
		{ "META-INF/ASiCArchiveManifest002.xml", "DigestValue>", 0, "23" },
		{ NEWEST, "DigestValue>", 0, "3" },
		{ "a.txt", "An invoice over ", 1, "123" },
	};
	size_t i;
	int k;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf file = make_lt();
		struct container_reading r;
		struct error err = ERROR_INIT;

		for (k = 0; k < 3; k++)
			ASSERT_OK(renew(&file, &tsa, NULL, &err), &err);
		tamper(&file, rows[i].entry, rows[i].behind);
		container_read(&r, &file);
		CU_ASSERT_EQUAL(container_holds(&r), !rows[i].breaks_signature);
		for (k = 1; k <= 3; k++) {
			char name[64];

			snprintf(name, sizeof(name), "META-INF/timestamp%03d.tst", k);
			CU_ASSERT_EQUAL(
			    fits(stamp_of(&r, name)), strchr(rows[i].stamps, '0' + k) == NULL);
		}
		CU_ASSERT_EQUAL(renew(&file, &tsa, NULL, &err), -1);
		CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
		container_release(&r);
		buf_release(&file);
	}
}

/* A document that joins later is in no manifest: it is neither signed nor stamped. */
static void
what_is_put_in_beside_is_covered_by_nothing(void)
{
	const struct container_change more = { .rename = "c.txt", .data = "more" };
	struct buf file = make_lt();
	struct container_reading r;
	struct error err = ERROR_INIT;

	ASSERT_OK(renew(&file, &tsa, NULL, &err), &err);
	container_change(&file, &more, 1);
	container_read(&r, &file);
	CU_ASSERT_EQUAL(container_signed(&r, "c.txt"), 0);
	CU_ASSERT_EQUAL(r.container.unsigned_count, 1);
	CU_ASSERT_EQUAL(r.container.stamps[0].covers_all, 0);
	container_release(&r);
	/* The next time stamp covers it, and still nobody signed it. */
	ASSERT_OK(renew(&file, &tsa, NULL, &err), &err);
	container_read(&r, &file);
	CU_ASSERT_EQUAL(container_signed(&r, "c.txt"), 0);
	CU_ASSERT_EQUAL(r.container.unsigned_count, 1);
	container_release(&r);
	buf_release(&file);
}

/* ---- refusals ---- */

static void
what_has_archive_time_stamps_of_its_own_is_refused(void)
{
	static const struct {
		enum asic_type type;
		enum format family;
	} kinds[] = { { ASIC_S, FORMAT_CMS }, { ASIC_S, FORMAT_XML }, { ASIC_E, FORMAT_XML } };
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct buf file = BUF_INIT(0);
		struct error err = ERROR_INIT;

		container_make(&file, kinds[i].type, kinds[i].family, LEVEL_T, PKI_P256);
		CU_ASSERT_EQUAL(renew(&file, &tsa, NULL, &err), -1);
		CU_ASSERT_EQUAL(err.kind, ERROR_UNSUPPORTED);
		buf_release(&file);
	}
}

static void
what_a_manifest_names_is_changed_no_more(void)
{
	const struct sign_options options = { .signing_time = PKI_NOW, .claim_time = 1 };
	struct timestamp_source source = test_tsa_source(&tsa);
	struct buf file = make_lt(), out = BUF_INIT(0);
	struct container_reading r;
	struct error err = ERROR_INIT;

	ASSERT_OK(renew(&file, &tsa, NULL, &err), &err);
	container_read(&r, &file);
	CU_ASSERT_EQUAL(asic_extend(&out, SPAN_OF(&file), r.list.items[0].id, EXTEND_LTA, NULL,
			    &source, PKI_NOW, NULL, &err),
	    -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "ASiCArchiveManifest"));
	container_release(&r);
	/* A further signature may join, and is in the next manifest. */
	error_clear(&err);
	ASSERT_OK(
	    asic_add_signature(&out, SPAN_OF(&file), pki_key(PKI_RSA2048), &options, &err), &err);
	replace(&file, &out);
	container_read(&r, &file);
	CU_ASSERT(container_holds(&r));
	CU_ASSERT_EQUAL_FATAL(r.list.count, 2);
	CU_ASSERT_FALSE(asic_is_archived(&r.container, r.list.items[1].id));
	container_release(&r);
	ASSERT_OK(renew(&file, &tsa, NULL, &err), &err);
	container_read(&r, &file);
	CU_ASSERT(container_holds(&r));
	CU_ASSERT(asic_is_archived(&r.container, r.list.items[1].id));
	container_release(&r);
	buf_release(&file);
}

static void
more_files_than_a_manifest_may_name_are_refused(void)
{
	static const struct test_tsa other = { .id = PKI_TSA, .time = PKI_NOW };
	const struct format_limits few = { 100, 100, 50, 3, 10, 200, 500, 1000, 10, (size_t)1 << 20,
		2000, 0 };
	struct timestamp_source source = test_tsa_source(&other);
	struct buf file = make_lt(), out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL(asic_renew(&out, SPAN_OF(&file), NULL, &source, PKI_NOW, &few, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
	CU_ASSERT_EQUAL(out.len, 0);
	buf_release(&file);
}

static const struct test tests[] = { TEST(the_first_manifest_names_all_that_proves_and_is_proven),
	TEST(each_further_one_covers_the_one_before_and_takes_its_name),
	TEST(time_stamps_without_a_signature_are_renewed_too),
	TEST(an_authority_that_expired_is_proven_by_the_next_one),
	TEST(each_manifest_that_was_changed_breaks_what_is_over_it),
	TEST(what_is_put_in_beside_is_covered_by_nothing),
	TEST(what_has_archive_time_stamps_of_its_own_is_refused),
	TEST(what_a_manifest_names_is_changed_no_more),
	TEST(more_files_than_a_manifest_may_name_are_refused), TEST_END };
const struct suite suite_signing_format_asic_renew = { "signing/format/asic/renew", NULL, NULL,
	tests };
