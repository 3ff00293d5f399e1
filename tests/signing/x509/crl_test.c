#include "signing/x509/crl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "server/base/text.h"
#include "signing/x509/der.h"
#include "tests/support/status.h"
#include "tests/support/suite.h"

static struct crl *
opened(const struct buf *der)
{
	struct error err = ERROR_INIT;
	struct crl *crl;

	ASSERT_OK(crl_open(&crl, SPAN_OF(der), &err), &err);
	return crl;
}

static void
expect_refused(struct span der, const char *says)
{
	struct error err = ERROR_INIT;
	struct crl *crl = NULL;

	CU_ASSERT_EQUAL(crl_open(&crl, der, &err), -1);
	CU_ASSERT_PTR_NULL(crl);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	if (strstr(err.text, says) == NULL)
		fprintf(stderr, "%s\n", err.text);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, says));
	crl_free(crl);
}

static void
a_list_tells_what_it_says_of_itself(void)
{
	const struct status_entry e = { pki_cert(PKI_P256), PKI_NOW - 9 * PKI_DAY, 1, 0, NULL };
	struct status_crl in = status_crl_of(PKI_INTERMEDIATE);
	struct buf der;
	struct crl *crl;
	const struct crl_facts *f;

	in.entries = &e;
	in.count = 1;
	in.only_user = 1;
	in.reasons = 1u << 1 | 1u << 2;
	in.expired_from = PKI_NOW - PKI_YEAR;
	der = status_crl_make(&in);
	crl = opened(&der);
	f = crl_facts(crl);
	CU_ASSERT_EQUAL(f->version, 2);
	CU_ASSERT_EQUAL(f->this_update, PKI_NOW - PKI_DAY);
	CU_ASSERT_EQUAL(f->next_update, PKI_NOW + PKI_DAY);
	CU_ASSERT_EQUAL(f->number.len, 1);
	CU_ASSERT_EQUAL(f->number.bytes[0], 5);
	CU_ASSERT(!f->is_delta);
	CU_ASSERT(f->has_idp && f->only_user && !f->only_ca && !f->indirect);
	CU_ASSERT_EQUAL(f->reasons, 1u << 1 | 1u << 2);
	CU_ASSERT_EQUAL(f->expired_from, PKI_NOW - PKI_YEAR);
	CU_ASSERT_EQUAL(f->entry_count, 1);
	CU_ASSERT_STRING_EQUAL(f->unusable, "");
	CU_ASSERT_PTR_NOT_NULL(strstr(f->issuer_text, "Test Issuing CA"));
	crl_free(crl);
	buf_release(&der);
}

static void
the_signature_is_its_issuers_and_nobody_elses(void)
{
	struct status_crl in = status_crl_of(PKI_INTERMEDIATE);
	struct buf der = status_crl_make(&in);
	struct error err = ERROR_INIT;
	struct crl *crl = opened(&der);
	unsigned char *at;

	CU_ASSERT_EQUAL(crl_verify(crl, pki_key(PKI_INTERMEDIATE)->pkey, &err), 1);
	CU_ASSERT_EQUAL(crl_verify(crl, pki_key(PKI_ROOT)->pkey, &err), 0);
	CU_ASSERT_EQUAL(crl_verify(crl, pki_key(PKI_RSA2048)->pkey, &err), -1);
	crl_free(crl);
	at = memmem(der.data, der.len, "Issuing", 7);
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	*at ^= 1;
	crl = opened(&der);
	CU_ASSERT_EQUAL(crl_verify(crl, pki_key(PKI_INTERMEDIATE)->pkey, &err), 0);
	crl_free(crl);
	buf_release(&der);
}

static void
an_entry_is_found_by_its_serial_number_and_no_other(void)
{
	const struct status_entry e[] = {
		{ pki_cert(PKI_P256), PKI_NOW - 9 * PKI_DAY, 1, PKI_NOW - 20 * PKI_DAY, NULL },
		{ pki_cert(PKI_P384), PKI_NOW - 8 * PKI_DAY, -1, 0, NULL },
	};
	struct status_crl in = status_crl_of(PKI_INTERMEDIATE);
	struct error err = ERROR_INIT;
	struct crl_source source;
	struct crl_entry found;
	struct buf der;
	struct crl *crl;

	in.entries = e;
	in.count = 2;
	der = status_crl_make(&in);
	crl = opened(&der);
	source = crl_source_of(crl);
	CU_ASSERT_EQUAL_FATAL(crl_find(&source, pki_cert(PKI_P256), &found, &err), 1);
	CU_ASSERT_EQUAL(found.revoked_at, PKI_NOW - 9 * PKI_DAY);
	CU_ASSERT_EQUAL(found.reason, CRL_KEY_COMPROMISE);
	CU_ASSERT_EQUAL(found.invalid_since, PKI_NOW - 20 * PKI_DAY);
	CU_ASSERT_EQUAL_FATAL(crl_find(&source, pki_cert(PKI_P384), &found, &err), 1);
	CU_ASSERT_EQUAL(found.reason, CRL_REASON_ABSENT);
	CU_ASSERT_EQUAL(found.invalid_since, 0);
	CU_ASSERT_EQUAL(crl_find(&source, pki_cert(PKI_P521), &found, &err), 0);
	crl_free(crl);
	buf_release(&der);
}

/* Section 5.3.3: who names no issuer belongs to the last one that was named. */
static void
an_indirect_list_carries_its_certificate_issuers_over(void)
{
	X509 *own = pki_cert(PKI_P256), *other = pki_cert(PKI_OTHER_SIGNER);
	const struct status_entry e[] = {
		{ pki_cert(PKI_INTERMEDIATE), PKI_NOW, -1, 0, NULL }, /* by the list's own issuer */
		{ other, PKI_NOW, -1, 0, other },
		{ own, PKI_NOW, -1, 0,
		    NULL }, /* the other root's, too, though it bears our number */
	};
	struct status_crl in = status_crl_of(PKI_ROOT);
	struct error err = ERROR_INIT;
	struct crl_source source;
	struct crl_entry found;
	struct buf der;
	struct crl *crl;

	in.entries = e;
	in.count = 3;
	in.indirect = 1;
	der = status_crl_make(&in);
	crl = opened(&der);
	source = crl_source_of(crl);
	CU_ASSERT_EQUAL(crl_facts(crl)->issuer_count, 2);
	CU_ASSERT_EQUAL(crl_find(&source, pki_cert(PKI_INTERMEDIATE), &found, &err), 1);
	CU_ASSERT_EQUAL(crl_find(&source, other, &found, &err), 1);
	CU_ASSERT_EQUAL(crl_find(&source, own, &found, &err), 0);
	crl_free(crl);
	buf_release(&der);
	in.indirect = 0; /* then nobody knows whose the entries are */
	der = status_crl_make(&in);
	crl = opened(&der);
	CU_ASSERT_PTR_NOT_NULL(strstr(crl_facts(crl)->unusable, "indirect"));
	crl_free(crl);
	buf_release(&der);
}

static void
an_unknown_critical_extension_makes_a_list_unusable(void)
{
	struct status_crl in = status_crl_of(PKI_INTERMEDIATE);
	struct buf der;
	struct crl *crl;

	in.unknown_critical = 1;
	der = status_crl_make(&in);
	crl = opened(&der);
	CU_ASSERT_PTR_NOT_NULL(strstr(crl_facts(crl)->unusable, "critical extension"));
	crl_free(crl);
	buf_release(&der);
}

/* ---- lists written by hand ---- */

static void
put_hex(struct buf *b, const char *hex)
{
	struct error err = ERROR_INIT;
	unsigned int byte;

	for (; sscanf(hex, "%2x", &byte) == 1; hex += 2) {
		unsigned char c = (unsigned char)byte;

		buf_append(b, &c, 1, &err);
	}
}

#define HAND_ALG    "300a06082a8648ce3d040302"
#define HAND_ISSUER "300c310a300806035504030c0141"
#define HAND_THIS   "170d3236303330313131303030305a" /* 260301110000Z */
#define HAND_NEXT   "170d3236303430313131303030305a"

/* A list whose signature is nonsense, of these parts of what is signed. */
static struct buf
by_hand(const char *parts)
{
	struct error err = ERROR_INIT;
	struct buf tbs = BUF_INIT(0), all = BUF_INIT(0), out = BUF_INIT(0);

	put_hex(&tbs, parts);
	der_write(&all, DER_SEQUENCE, SPAN_OF(&tbs), &err);
	put_hex(&all, HAND_ALG "030400010203");
	der_write(&out, DER_SEQUENCE, SPAN_OF(&all), &err);
	buf_release(&tbs);
	buf_release(&all);
	return out;
}

static void
the_syntax_is_held_to(void)
{
	static const struct {
		const char *parts, *says; /* NULL: it opens */
	} cases[] = {
		{ "020101" HAND_ALG HAND_ISSUER HAND_THIS HAND_NEXT, NULL },
		{ HAND_ALG HAND_ISSUER HAND_THIS, NULL },
		{ "020100" HAND_ALG HAND_ISSUER HAND_THIS, "neither 1 nor 2" },
		{ "020102" HAND_ALG HAND_ISSUER HAND_THIS, "neither 1 nor 2" },
		{ "020101"
		  "300a06082a8648ce3d040303" HAND_ISSUER HAND_THIS,
		    "one signature algorithm inside" },
		{ "020101" HAND_ALG "3000" HAND_THIS, "no issuer" },
		{ "020101" HAND_ALG HAND_ISSUER "170d3236313330313131303030305a", "thisUpdate" },
		{ "020101" HAND_ALG HAND_ISSUER "170b323630333031313130305a", "thisUpdate" },
		{ "020101" HAND_ALG HAND_ISSUER HAND_NEXT HAND_THIS, "before this one" },
		{ "020101" HAND_ALG HAND_ISSUER HAND_THIS "3000", "empty" },
		{ "020101" HAND_ALG HAND_ISSUER HAND_THIS "3014"
		  "3012020101" HAND_THIS,
		    NULL },
		{ "020101" HAND_ALG HAND_ISSUER HAND_THIS "3014"
		  "3012020101" HAND_THIS "0500",
		    "does not belong" },
		{ HAND_ALG HAND_ISSUER HAND_THIS "a00b3009300706032a03040400", "version 1" },
		{ "020101" HAND_ALG HAND_ISSUER HAND_THIS "a00b3009300706032a03040400", NULL },
		{ "020101" HAND_ALG HAND_ISSUER HAND_THIS "a0023000", "extensions" },
		/* issuingDistributionPoint: empty; user and CA certificates at once */
		{ "020101" HAND_ALG HAND_ISSUER HAND_THIS "a010300e300c0603551d1c0101ff04023000",
		    "issuingDistributionPoint" },
		{ "020101" HAND_ALG HAND_ISSUER HAND_THIS "a01630143012"
		  "0603551d1c0101ff040830068101ff8201ff",
		    "issuingDistributionPoint" },
		{ "020101" HAND_ALG HAND_ISSUER HAND_THIS "a0133011300f"
		  "0603551d1c0101ff040530038101ff",
		    NULL },
		/* cRLNumber twice, negative */
		{ "020101" HAND_ALG HAND_ISSUER HAND_THIS "a0183016"
		  "30090603551d1404020101"
		  "30090603551d1404020101",
		    "cRLNumber" },
		{ "020101" HAND_ALG HAND_ISSUER HAND_THIS "a01a3018"
		  "300a0603551d140403020101"
		  "300a0603551d140403020101",
		    "twice" },
		{ "020101" HAND_ALG HAND_ISSUER HAND_THIS "a00e300c300a0603551d1404030201ff",
		    "cRLNumber" },
	};
	struct buf der;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		der = by_hand(cases[i].parts);
		if (cases[i].says == NULL)
			crl_free(opened(&der));
		else
			expect_refused(SPAN_OF(&der), cases[i].says);
		buf_release(&der);
	}
}

static void
a_list_that_is_cut_or_lengthened_is_refused(void)
{
	struct status_crl in = status_crl_of(PKI_INTERMEDIATE);
	struct buf der = status_crl_make(&in);
	struct error err = ERROR_INIT;
	size_t i;

	for (i = 0; i < der.len; i += 7)
		expect_refused((struct span){ der.data, i }, "CRL");
	buf_append(&der, "", 1, &err);
	expect_refused(SPAN_OF(&der), "CRL");
	buf_release(&der);
}

static void
a_list_comes_as_der_pem_or_base64(void)
{
	struct status_crl in = status_crl_of(PKI_INTERMEDIATE);
	struct error err = ERROR_INIT;
	struct buf der = status_crl_make(&in), texts[4], out = BUF_INIT(0);
	size_t i;

	for (i = 0; i < 4; i++)
		buf_init(&texts[i], 0);
	buf_append_span(&texts[0], SPAN_OF(&der), &err);
	buf_append_str(&texts[0], "\r\n", &err);
	text_base64(&texts[1], SPAN_OF(&der), 64, &err);
	buf_append_str(&texts[2], "-----BEGIN X509 CRL-----\n", &err);
	buf_append_span(&texts[2], SPAN_OF(&texts[1]), &err);
	buf_append_str(&texts[2], "\n-----END X509 CRL-----\n", &err);
	text_base64(&texts[3], SPAN_OF(&texts[0]), 0, &err);
	for (i = 0; i < 4; i++) {
		out.len = 0;
		ASSERT_OK(crl_decode(&out, SPAN_OF(&texts[i]), &err), &err);
		CU_ASSERT(span_equal(SPAN_OF(&out), SPAN_OF(&der)));
		buf_release(&texts[i]);
	}
	buf_append_str(&der, "\nmore", &err); /* which is no white space */
	out.len = 0;
	ASSERT_OK(crl_decode(&out, SPAN_OF(&der), &err), &err);
	expect_refused(SPAN_OF(&out), "CRL");
	CU_ASSERT_EQUAL(crl_decode(&out, span_str("<html>no CRL</html>"), &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	buf_release(&der);
	buf_release(&out);
}

/* Times of RFC 5280 have no fraction; some responders send one. */
static void
times_are_read_by_the_profile_and_with_a_fraction_where_that_is_in_use(void)
{
	static const struct {
		unsigned int tag;
		const char *text;
		int strict, loose;
	} cases[] = {
		{ DER_GENERALIZED_TIME, "20260301110000Z", 0, 0 },
		{ DER_GENERALIZED_TIME, "20260301110000.5Z", -1, 0 },
		{ DER_GENERALIZED_TIME, "20260301110000.123Z", -1, 0 },
		{ DER_GENERALIZED_TIME, "20260301110000.Z", -1, -1 },
		{ DER_GENERALIZED_TIME, "20260301110000.5x", -1, -1 },
		{ DER_GENERALIZED_TIME, "20260301110000.xZ", -1, -1 },
		{ DER_GENERALIZED_TIME, "20260301110000+0100", -1, -1 },
		{ DER_GENERALIZED_TIME, "20260229110000Z", -1, -1 },
		{ DER_GENERALIZED_TIME, "20240229110000Z", 0, 0 },
		{ DER_UTC_TIME, "260301110000Z", 0, 0 },
		{ DER_UTC_TIME, "2603011100Z", -1, -1 },
	};
	int64_t strict, loose;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct der_item item = { cases[i].tag, span_str(cases[i].text), SPAN_NONE };

		CU_ASSERT_EQUAL(der_time(&item, &strict), cases[i].strict);
		CU_ASSERT_EQUAL(der_time_with_fraction(&item, &loose), cases[i].loose);
		if (cases[i].loose == 0 && cases[i].text[2] != '2')
			CU_ASSERT_EQUAL(loose % 86400, 11 * 3600);
	}
}

/* ---- entries elsewhere ---- */

struct shelf {
	struct {
		unsigned char serial[CRL_SERIAL_MAX];
		struct crl_entry entry;
	} items[16];
	size_t count;
};

static int
shelve(void *ctx, const struct crl_entry *entry, struct error *err)
{
	struct shelf *s = ctx;

	(void)err;
	memcpy(s->items[s->count].serial, entry->serial, entry->serial_len);
	s->items[s->count].entry = *entry;
	s->items[s->count].entry.serial = s->items[s->count].serial;
	s->count++;
	return 0;
}

static int
find_on_shelf(
    void *ctx, unsigned int issuer, struct span serial, struct crl_entry *entry, struct error *err)
{
	const struct shelf *s = ctx;
	size_t i;

	(void)err;
	for (i = 0; i < s->count; i++) {
		const struct crl_entry *e = &s->items[i].entry;

		if (crl_entry_compare(
			e->issuer, (struct span){ e->serial, e->serial_len }, issuer, serial) != 0)
			continue;
		*entry = *e;
		return 1;
	}
	return 0;
}

static void
a_list_lives_on_without_its_entries(void)
{
	X509 *other = pki_cert(PKI_OTHER_SIGNER);
	const struct status_entry e[] = {
		{ pki_cert(PKI_INTERMEDIATE), PKI_NOW, 4, 0, NULL },
		{ other, PKI_NOW - 1, 1, 0, other },
		{ pki_cert(PKI_P521), PKI_NOW, -1, 0, pki_cert(PKI_P521) },
		{ pki_cert(PKI_P256), PKI_NOW, -1, 0, NULL },
	};
	struct status_crl in = status_crl_of(PKI_ROOT);
	struct buf der, head = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct shelf shelf = { .count = 0 };
	struct crl_source source = { NULL, find_on_shelf, &shelf };
	struct crl_entry found;
	struct crl *crl;
	size_t i;

	in.entries = e;
	in.count = 4;
	in.indirect = 1;
	der = status_crl_make(&in);
	crl = opened(&der);
	ASSERT_OK(crl_head_write(crl, &head, &err), &err);
	ASSERT_OK(crl_each_entry(crl, shelve, &shelf, &err), &err);
	CU_ASSERT_EQUAL(shelf.count, 4);
	for (i = 1; i < shelf.count; i++) {
		const struct crl_entry *a = &shelf.items[i - 1].entry, *b = &shelf.items[i].entry;

		CU_ASSERT(crl_entry_compare(a->issuer, (struct span){ a->serial, a->serial_len },
			      b->issuer, (struct span){ b->serial, b->serial_len }) < 0);
	}
	crl_free(crl);
	buf_release(&der); /* nothing of it is needed any more */

	ASSERT_OK(crl_head_read(&source.crl, SPAN_OF(&head), &err), &err);
	CU_ASSERT_EQUAL(crl_facts(source.crl)->entry_count, 4);
	CU_ASSERT_EQUAL(crl_facts(source.crl)->issuer_count, 3);
	CU_ASSERT_EQUAL(crl_facts(source.crl)->this_update, PKI_NOW - PKI_DAY);
	CU_ASSERT(crl_facts(source.crl)->indirect);
	CU_ASSERT_EQUAL(crl_verify(source.crl, pki_key(PKI_ROOT)->pkey, &err), 1);
	CU_ASSERT_EQUAL(crl_verify(source.crl, pki_key(PKI_OTHER_ROOT)->pkey, &err), 0);
	CU_ASSERT_EQUAL(crl_find(&source, other, &found, &err), 1);
	CU_ASSERT_EQUAL(found.revoked_at, PKI_NOW - 1);
	CU_ASSERT_EQUAL(crl_find(&source, pki_cert(PKI_P256), &found, &err), 1);
	CU_ASSERT_EQUAL(crl_find(&source, pki_cert(PKI_P384), &found, &err), 0);
	source = crl_source_of(source.crl); /* has no entries of its own */
	CU_ASSERT_EQUAL(crl_find(&source, other, &found, &err), -1);
	crl_free(source.crl);
	CU_ASSERT_EQUAL(
	    crl_head_read(&source.crl, (struct span){ head.data, head.len - 1 }, &err), -1);
	buf_release(&head);
}

/* ---- a large one ---- */

#define LARGE 800000

static double
cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Entries of 37 bytes with serial numbers of 16 bytes in no order. */
static struct buf
large_list(void)
{
	struct error err = ERROR_INIT;
	struct buf entries = BUF_INIT(0), list = BUF_INIT(0), all = BUF_INIT(0), out = BUF_INIT(0);
	unsigned char entry[35] = { 0x30, 33, 0x02, 16, 0x40 };
	uint64_t x = 88172645463325252u;
	size_t i;

	memcpy(entry + 20,
	    "\x17\x0d"
	    "260301110000Z",
	    15);
	for (i = 0; i < LARGE; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		memcpy(entry + 5, &x, 8);
		memcpy(entry + 13, &i, 4);
		buf_append(&entries, entry, sizeof(entry), &err);
	}
	put_hex(&list, "020101" HAND_ALG HAND_ISSUER HAND_THIS HAND_NEXT);
	der_write(&list, DER_SEQUENCE, SPAN_OF(&entries), &err);
	der_write(&all, DER_SEQUENCE, SPAN_OF(&list), &err);
	put_hex(&all, HAND_ALG "030400010203");
	der_write(&out, DER_SEQUENCE, SPAN_OF(&all), &err);
	buf_release(&entries);
	buf_release(&list);
	buf_release(&all);
	return out;
}

struct order {
	struct crl_entry last;
	size_t count, wrong;
};

static int
in_order(void *ctx, const struct crl_entry *e, struct error *err)
{
	struct order *o = ctx;

	(void)err;
	if (o->count++ > 0 &&
	    crl_entry_compare(o->last.issuer, (struct span){ o->last.serial, o->last.serial_len },
		e->issuer, (struct span){ e->serial, e->serial_len }) > 0)
		o->wrong++;
	o->last = *e;
	return 0;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SLOWER 20
#else
#define SLOWER 1
#endif

/* Figures of the issue: opened in 0.5 s, looked up in 1 ms; measured as this thread's own time. */
static void
a_list_of_800000_entries_is_opened_and_searched_in_no_time(void)
{
	struct buf der = large_list();
	struct error err = ERROR_INIT;
	struct order order = { .count = 0 };
	struct crl_source source;
	struct crl_entry found;
	double start = cpu_seconds(), open_time, find_time;
	struct crl *crl = opened(&der);
	X509 *cert = X509_dup(pki_cert(PKI_P256));
	int i;

	open_time = cpu_seconds() - start;
	source = crl_source_of(crl);
	CU_ASSERT_EQUAL(crl_facts(crl)->entry_count, LARGE);
	CU_ASSERT_EQUAL(crl_each_entry(crl, in_order, &order, &err), 0);
	CU_ASSERT_EQUAL(order.count, LARGE);
	CU_ASSERT_EQUAL(order.wrong, 0);
	X509_set_issuer_name(cert, (X509_NAME *)crl_facts(crl)->issuer);
	start = cpu_seconds();
	for (i = 0; i < 100; i++)
		CU_ASSERT_EQUAL(crl_find(&source, cert, &found, &err), 0);
	find_time = (cpu_seconds() - start) / 100;
	if (open_time > 0.5 * SLOWER || find_time > 0.001 * SLOWER || getenv("SHOW_TIMES") != NULL)
		fprintf(stderr, "%zu bytes: opened in %.3f s, looked up in %.6f s\n", der.len,
		    open_time, find_time);
	CU_ASSERT(open_time < 0.5 * SLOWER);
	CU_ASSERT(find_time < 0.001 * SLOWER);
	X509_free(cert);
	crl_free(crl);
	buf_release(&der);
}

static const struct test tests[] = {
	TEST(a_list_tells_what_it_says_of_itself),
	TEST(the_signature_is_its_issuers_and_nobody_elses),
	TEST(an_entry_is_found_by_its_serial_number_and_no_other),
	TEST(an_indirect_list_carries_its_certificate_issuers_over),
	TEST(an_unknown_critical_extension_makes_a_list_unusable),
	TEST(the_syntax_is_held_to),
	TEST(a_list_that_is_cut_or_lengthened_is_refused),
	TEST(a_list_comes_as_der_pem_or_base64),
	TEST(times_are_read_by_the_profile_and_with_a_fraction_where_that_is_in_use),
	TEST(a_list_lives_on_without_its_entries),
	TEST(a_list_of_800000_entries_is_opened_and_searched_in_no_time),
	TEST_END,
};
const struct suite suite_signing_x509_crl = { "signing/x509/crl", NULL, NULL, tests };
