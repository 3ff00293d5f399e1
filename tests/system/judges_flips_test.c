/*
 * One changed bit anywhere in what was signed or in the signature: the verdict is not TotalPassed
 * and says why. Two kinds of places are outside of what a signature protects, by the standards, and
 * for them less is demanded:
 *  - fields of CMS that RFC 5652 leaves unsigned and that say nothing (version numbers, the hint
 *    digestAlgorithms), XML comments and the identifier of an XML SignatureValue: the report
 *    must be the same as without the change;
 *  - the unsigned attributes with the time stamp: EN 319 102-1 clause 5.5.4 removes a time stamp
 * that does not pass and judges without it: the time stamp's own verdict must not be TotalPassed,
 * and nothing else in the report may be another.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/judges.h"
#include "tests/support/suite.h"

struct range {
	size_t from, to;
};

/* What is flipped, and where a changed bit may go unpunished. */
struct flips {
	const char *file;
	const char *arguments; /* of verify, before the files */
	size_t step;
	struct range harmless[8];
	size_t harmless_count;
	struct range stamp; /* the unsigned attributes; empty: none */
	struct buf bytes;
	json_t *whole; /* the report on the untouched file */
	size_t count, failed, hash, crypto, format, refused, other, harmless_passed, stamp_passed;
};

static int
setup(void)
{
	return judges_enter("flips");
}

static size_t
find(const struct flips *f, const void *what, size_t len, size_t from)
{
	const unsigned char *at = from < f->bytes.len
				      ? memmem(f->bytes.data + from, f->bytes.len - from, what, len)
				      : NULL;

	return at != NULL ? (size_t)(at - f->bytes.data) : f->bytes.len;
}

static int
is_in(const struct range *r, size_t n, size_t at)
{
	while (n-- > 0)
		if (at >= r[n].from && at < r[n].to)
			return 1;
	return 0;
}

/* What a signature protects is the same in both reports. */
static int
is_same(const json_t *a, const json_t *b)
{
	static const char *const protected[] = { "indication", "signedBy", "references",
		"signatureAlgorithm", "digestAlgorithm", "claimedSigningTime", "scope",
		"trustAnchor", "signatureValueIntact", "referencesIntact", "pdfReason" };
	const json_t *x = judges_at(a, "signatures.0"), *y = judges_at(b, "signatures.0");
	size_t i;

	for (i = 0; i < sizeof(protected) / sizeof(protected[0]); i++)
		if (!json_equal(
			json_object_get(x, protected[i]), json_object_get(y, protected[i])) &&
		    (json_object_get(x, protected[i]) != NULL ||
			json_object_get(y, protected[i]) != NULL))
			return 0;
	return json_array_size(judges_at(a, "signatures")) ==
	       json_array_size(judges_at(b, "signatures"));
}

/* The time stamp that was there is gone, or its own verdict is bad and has a reason. */
static int
stamp_is_blamed(const json_t *report)
{
	const json_t *stamp = judges_at(report, "signatures.0.timestamps.0");

	if (stamp == NULL)
		return strcmp(judges_text(report, "signatures.0.level"), "T") != 0;
	return strcmp(judges_text(stamp, "indication"), "TotalPassed") != 0 &&
	       judges_text(stamp, "reasons.0.text")[0] != '\0' &&
	       strcmp(judges_text(report, "signatures.0.bestSignatureTime"),
		   judges_text(report, "validationTime")) == 0;
}

static void
show(const struct flips *f, size_t at, const char *what, const json_t *report)
{
	char *text = json_dumps(report, JSON_COMPACT);

	fprintf(stderr, "%s, bit of byte %zu: %s: %.700s\n", f->file, at, what, text);
	free(text);
}

/* The time stamps of both say the same, but for the digest of the token's bytes. */
static int
stamps_are_same(const json_t *a, const json_t *b)
{
	json_t *x = json_deep_copy(judges_at(a, "signatures.0.timestamps"));
	json_t *y = json_deep_copy(judges_at(b, "signatures.0.timestamps"));
	size_t i;
	int is;

	for (i = 0; i < json_array_size(x); i++)
		json_object_del(json_array_get(x, i), "tokenId");
	for (i = 0; i < json_array_size(y); i++)
		json_object_del(json_array_get(y, i), "tokenId");
	is = json_array_size(x) > 0 && json_equal(x, y);
	json_decref(x);
	json_decref(y);
	return is;
}

static void
judge_passed(struct flips *f, size_t at, const json_t *report)
{
	if (f->stamp.to > 0 && is_in(&f->stamp, 1, at)) {
		f->stamp_passed++;
		/* What stays readable in the stamp and is no part of its signature changes nothing.
		 */
		if (is_same(report, f->whole) &&
		    (stamp_is_blamed(report) || stamps_are_same(report, f->whole)))
			return;
	} else if (is_in(f->harmless, f->harmless_count, at)) {
		f->harmless_passed++;
		if (is_same(report, f->whole))
			return;
	}
	show(f, at, "TotalPassed", report);
	f->failed++;
}

static void
judge_one(struct flips *f, size_t at, const json_t *report)
{
	const char *sub = judges_text(report, "signatures.0.subIndication");

	f->count++;
	if (strcmp(judges_text(report, "indication"), "TotalPassed") == 0) {
		judge_passed(f, at, report);
		return;
	}
	if (judges_text(report, "error.message")[0] != '\0')
		f->refused++;
	else if (strcmp(sub, "HASH_FAILURE") == 0)
		f->hash++;
	else if (strcmp(sub, "SIG_CRYPTO_FAILURE") == 0)
		f->crypto++;
	else if (strcmp(sub, "FORMAT_FAILURE") == 0)
		f->format++;
	else
		f->other++;
	if (judges_text(report, "error.message")[0] == '\0' &&
	    judges_text(report, "message")[0] == '\0' &&
	    judges_text(report, "signatures.0.reasons.0.text")[0] == '\0') {
		show(f, at, "no reason", report);
		f->failed++;
	}
}

#define BATCH 250

/* Flip a bit of each step-th byte, another bit from place to place, and hear the verdicts. */
static void
flip_all(struct flips *f)
{
	static const unsigned char masks[] = { 0x01, 0x80, 0x02, 0x10 };
	size_t at = 0, n, i, places[BATCH];
	char name[64];
	json_t *reports;

	f->whole = judges_verdict("%s %s", f->arguments, f->file);
	CU_ASSERT_STRING_EQUAL_FATAL(judges_text(f->whole, "indication"), "TotalPassed");
	JUDGE(0, "mkdir -p flips");
	while (at < f->bytes.len) {
		for (n = 0; n < BATCH && at < f->bytes.len; n++, at += f->step) {
			places[n] = at;
			f->bytes.data[at] ^= masks[(at / f->step) % 4];
			snprintf(name, sizeof(name), "flips/%05zu", n);
			judges_put(name, SPAN_OF(&f->bytes));
			f->bytes.data[at] ^= masks[(at / f->step) % 4];
		}
		reports = judges_verdicts("%s flips/*", f->arguments);
		CU_ASSERT_EQUAL(json_array_size(reports), n);
		for (i = 0; i < n && i < json_array_size(reports); i++)
			judge_one(f, places[i], json_array_get(reports, i));
		json_decref(reports);
		JUDGE(0, "rm -f flips/*");
	}
	CU_ASSERT_EQUAL(f->failed, 0);
	printf("\n    %s: %zu flips: %zu HASH_FAILURE, %zu SIG_CRYPTO_FAILURE, %zu FORMAT_FAILURE, "
	       "%zu other verdicts, %zu refused; %zu unsigned, %zu in the time stamp alone ",
	    f->file, f->count, f->hash, f->crypto, f->format, f->other, f->refused,
	    f->harmless_passed, f->stamp_passed);
}

static void
open_flips(struct flips *f)
{
	CU_ASSERT_EQUAL_FATAL(judges_get(f->file, &f->bytes), 0);
}

static void
close_flips(struct flips *f)
{
	json_decref(f->whole);
	buf_release(&f->bytes);
}

/* The fields of a CMS SignedData that RFC 5652 leaves unsigned, by the DER around them. */
static void
mark_cms(struct flips *f)
{
	static const unsigned char data_oid[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
		0x01, 0x07, 0x01 };
	static const unsigned char signed_attributes[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7,
		0x0d, 0x01, 0x09, 0x03 }; /* content-type, the first */
	static const unsigned char stamp_oid[] = { 0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
		0x01, 0x09, 0x10, 0x02, 0x0e };
	size_t content = find(f, data_oid, sizeof(data_oid), 0);
	size_t attributes = find(f, signed_attributes, sizeof(signed_attributes), content);
	size_t stamp = find(f, stamp_oid, sizeof(stamp_oid), attributes), i;

	CU_ASSERT_FATAL(content < attributes && attributes < f->bytes.len);
	/* version and digestAlgorithms stand between the outer SEQUENCEs and the content. */
	f->harmless[f->harmless_count++] = (struct range){ 19, content - 2 };
	/* SignerInfo: SET SEQUENCE INTEGER version: the last 02 01 01 30 before the attributes. */
	for (i = attributes; i > content && memcmp(f->bytes.data + i, "\2\1\1\x30", 4) != 0; i--)
		;
	f->harmless[f->harmless_count++] = (struct range){ i, i + 3 };
	/* [1] SEQUENCE { OID, SET } with lengths of up to four bytes each */
	if (stamp < f->bytes.len)
		f->stamp = (struct range){ stamp - 8, f->bytes.len };
}

static void
no_flipped_bit_of_a_detached_cms_signature_passes(void)
{
	struct flips f = { .file = "flip.p7s", .arguments = "-d doc.txt", .step = 1 };

	JUDGE(0, "signet sign --key p256 --force -o flip.p7s doc.txt");
	open_flips(&f);
	mark_cms(&f);
	flip_all(&f);
	CU_ASSERT(f.crypto > 60); /* the signature value has some 70 bytes */
	CU_ASSERT(f.hash >= 32);  /* the message digest */
	close_flips(&f);
}

static void
no_flipped_bit_of_an_attached_cms_signature_passes(void)
{
	struct flips f = { .file = "flip.p7m", .arguments = "", .step = 3 };

	JUDGE(0,
	    "signet sign --key rsa2048 --format CMS --packaging Enveloping --force -o flip.p7m "
	    "doc.txt");
	open_flips(&f);
	mark_cms(&f);
	flip_all(&f);
	CU_ASSERT(f.hash >= 1024 / 3);
	CU_ASSERT(f.crypto > 60);
	close_flips(&f);
}

static void
no_flipped_bit_of_a_time_stamped_cms_signature_proves_a_time(void)
{
	struct flips f = { .file = "flipt.p7s", .arguments = "-d doc.txt", .step = 4 };

	JUDGE(0, "signet sign --key p256 --level T --force -o flipt.p7s doc.txt");
	open_flips(&f);
	mark_cms(&f);
	flip_all(&f);
	CU_ASSERT(f.stamp_passed > 100);
	close_flips(&f);
}

static void
no_flipped_bit_of_the_original_passes(void)
{
	struct flips f = { .file = "doc.txt", .arguments = "" };
	json_t *report;
	size_t at;

	JUDGE(0, "signet sign --key p384 --force -o original.p7s doc.txt");
	open_flips(&f);
	for (at = 0; at < f.bytes.len; at += 97) {
		f.bytes.data[at] ^= 0x20;
		judges_put("changed", SPAN_OF(&f.bytes));
		f.bytes.data[at] ^= 0x20;
		report = judges_verdict("-d changed original.p7s");
		CU_ASSERT_STRING_EQUAL(judges_text(report, "indication"), "TotalFailed");
		CU_ASSERT_STRING_EQUAL(
		    judges_text(report, "signatures.0.subIndication"), "HASH_FAILURE");
		json_decref(report);
	}
	f.bytes.len--; /* cut */
	judges_put("changed", SPAN_OF(&f.bytes));
	VERDICT("TotalFailed", "HASH_FAILURE", "-d changed original.p7s");
	close_flips(&f);
}

static void
no_flipped_bit_of_an_xml_signature_passes(void)
{
	struct flips f = { .file = "flip.xml", .arguments = "", .step = 2 };
	size_t id;

	JUDGE(0, "signet sign --key p256 --force -o flip.xml doc.xml");
	open_flips(&f);
	/* The identifier of SignatureValue, which nothing of level B refers to. */
	id = find(&f, "<ds:SignatureValue Id=", 22, 0);
	CU_ASSERT_FATAL(id < f.bytes.len);
	f.harmless[f.harmless_count++] = (struct range){ id + 19, id + 22 + 45 };
	/*
	 * The name of the signature's own Id, which is not signed: without one it cannot be what
	 * its properties target, so it is no AdES any more (EN 319 132-1 clause 4.3.1), and still
	 * the signer's over the same data.
	 */
	id = find(&f, " Id=", 4, find(&f, "<ds:Signature ", 14, 0));
	CU_ASSERT_FATAL(id < f.bytes.len);
	f.harmless[f.harmless_count++] = (struct range){ id + 1, id + 3 };
	/* A reference to "" leaves out comments: XML Signature 1.1, section 4.4.3.3. */
	id = find(&f, "<!-- ", 5, 0);
	f.harmless[f.harmless_count++] = (struct range){ id + 4, find(&f, "-->", 3, id) };
	flip_all(&f);
	CU_ASSERT(f.hash > 40);
	CU_ASSERT(f.crypto > 20);
	close_flips(&f);
}

/* The same fields as mark_cms(), in hexadecimal digits within the gap. */
static void
mark_pdf(struct flips *f)
{
	static const char data_oid[] = "06092a864886f70d010701";
	static const char attributes_oid[] = "06092a864886f70d010903";
	size_t gap = find(f, "/Contents <", 11, 0) + 11;
	size_t content = find(f, data_oid, strlen(data_oid), gap);
	size_t attributes = find(f, attributes_oid, strlen(attributes_oid), content), i;

	CU_ASSERT_FATAL(gap < content && attributes < f->bytes.len);
	f->harmless[f->harmless_count++] = (struct range){ gap + 2 * 19, content - 4 };
	for (i = attributes; i > content && memcmp(f->bytes.data + i, "02010130", 8) != 0; i--)
		;
	f->harmless[f->harmless_count++] = (struct range){ i, i + 6 };
}

static void
no_flipped_bit_of_a_pdf_passes(void)
{
	struct flips f = { .file = "flip.pdf", .arguments = "", .step = 5 };

	JUDGE(0, "signet sign --key p256 --reason 'I agree' --force -o flip.pdf doc.pdf");
	open_flips(&f);
	mark_pdf(&f);
	flip_all(&f);
	CU_ASSERT(f.hash > 100);
	close_flips(&f);
}

static const struct test tests[] = { TEST(no_flipped_bit_of_a_detached_cms_signature_passes),
	TEST(no_flipped_bit_of_an_attached_cms_signature_passes),
	TEST(no_flipped_bit_of_a_time_stamped_cms_signature_proves_a_time),
	TEST(no_flipped_bit_of_the_original_passes),
	TEST(no_flipped_bit_of_an_xml_signature_passes), TEST(no_flipped_bit_of_a_pdf_passes),
	TEST_END };
const struct suite suite_system_judges_flips = { "system/judges_flips", setup, NULL, tests };
