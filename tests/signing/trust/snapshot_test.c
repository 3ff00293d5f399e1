/* S2-28, S2-29: chosen trust centres and own CA certificates as one immutable value. */
#include <stdio.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/core/certs.h"
#include "signing/trust/snapshot.h"
#include "signing/x509/cert.h"
#include "tests/support/suite.h"
#include "tests/support/trusted.h"

static struct test_list list;
static struct buf text = BUF_INIT(0), own_der = BUF_INIT(0);
static struct trust_list *read_list;
static const char *crl_urls[] = { "http://crl.example/own.crl" };
static struct trust_own own;

static int
setup(void)
{
	struct error err = ERROR_INIT;

	test_list_init(&list);
	test_list_make(&list, PKI_P256, &text);
	own = (struct trust_own){ .name = "House CA",
		.purposes = TRUST_PURPOSE(PATH_SIGNING),
		.crl_urls = { crl_urls, 1 } };
	if (trust_list_read(&read_list, SPAN_OF(&text), &err) != 0 ||
	    cert_write_der(&own_der, pki_cert(PKI_ROOT), &err) != 0)
		return -1;
	own.certificate = SPAN_OF(&own_der);
	return 0;
}

static int
teardown(void)
{
	trust_list_free(read_list);
	test_list_release(&list);
	buf_release(&text);
	buf_release(&own_der);
	return 0;
}

/* A snapshot of that list with the choices, and the own certificate unless `owns` is 0. */
static struct trust_snapshot *
make(const struct trust_list *from, const struct trust_choice *choices, size_t count, int owns)
{
	const struct trust_listed listed = { "DE", from };
	const struct trust_making making = { .lists = &listed,
		.list_count = 1,
		.choices = choices,
		.choice_count = count,
		.own = &own,
		.own_count = owns ? 1 : 0 };
	struct trust_snapshot *s = NULL;
	struct buf bytes = BUF_INIT(0);
	struct error err = ERROR_INIT;

	if (trust_snapshot_make(&bytes, &making, &err) != 0 ||
	    trust_snapshot_load(&s, SPAN_OF(&bytes), &err) != 0)
		fprintf(stderr, "%s\n", err.text);
	buf_release(&bytes);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s);
	return s;
}

static const struct trust_choice all[] = { { "DE", NULL } };
static const struct trust_choice alpha[] = { { "DE", "Alpha Trust" } };

static void
expect(const struct trust_snapshot *s, enum pki_id anchor, enum path_purpose purpose, int64_t time,
    int accepted, const char *says)
{
	struct trust_verdict v;

	CU_ASSERT_EQUAL(trust_judge(s, pki_cert(anchor), purpose, time, &v), accepted);
	if (v.accepted != accepted || strstr(v.text, says) == NULL)
		fprintf(stderr, "%d: %s; expected: %s\n", v.accepted, v.text, says);
	CU_ASSERT_PTR_NOT_NULL(strstr(v.text, says));
}

static void
history_decides_what_a_service_was_at_a_time(void)
{
	struct trust_snapshot *s = make(read_list, all, 1, 0);

	expect(s, PKI_INTERMEDIATE, PATH_SIGNING, PKI_NOW, 1, "recognisedatnationallevel");
	expect(s, PKI_INTERMEDIATE, PATH_SIGNING, PKI_NOW - PKI_YEAR, 1, "recognised");
	expect(s, PKI_INTERMEDIATE, PATH_SIGNING, PKI_NOW - PKI_YEAR - 1, 0, "deprecated");
	expect(s, PKI_INTERMEDIATE, PATH_SIGNING, PKI_NOW - 2 * PKI_YEAR - 1, 1, "recognised");
	expect(s, PKI_INTERMEDIATE, PATH_SIGNING, PKI_NOW - 4 * PKI_YEAR - 1, 0, "only since");
	expect(s, PKI_OTHER_ROOT, PATH_SIGNING, PKI_NOW, 0, "deprecatedatnationallevel");
	expect(s, PKI_OTHER_ROOT, PATH_SIGNING, PKI_NOW - 31 * PKI_DAY, 1, "recognised");
	trust_snapshot_free(s);
}

static void
the_type_decides_for_what_a_service_counts(void)
{
	struct trust_snapshot *s = make(read_list, all, 1, 0);

	expect(s, PKI_TSA, PATH_TIMESTAMPING, PKI_NOW, 1, "Alpha TSA");
	expect(s, PKI_TSA, PATH_SIGNING, PKI_NOW, 0, "does not serve");
	expect(s, PKI_INTERMEDIATE, PATH_TIMESTAMPING, PKI_NOW, 0, "does not serve");
	expect(s, PKI_RSA2048, PATH_SIGNING, PKI_NOW, 0, "no trust centre");
	trust_snapshot_free(s);
}

static void
an_anchor_is_a_name_and_a_key(void)
{
	struct trust_snapshot *s = make(read_list, all, 1, 0);
	struct issue_request request = pki_request(PKI_TSA);
	struct trust_verdict v;
	X509 *again, *other;

	request.not_after = PKI_NOW + 2 * PKI_YEAR;
	again = pki_issue(&request, PKI_INTERMEDIATE);
	CU_ASSERT_NOT_EQUAL(X509_cmp(again, pki_cert(PKI_TSA)), 0);
	CU_ASSERT_EQUAL(trust_judge(s, again, PATH_TIMESTAMPING, PKI_NOW, &v), 1);
	request.key = pki_key(PKI_TSA_RSA)->pkey;
	other = pki_issue(&request, PKI_INTERMEDIATE);
	CU_ASSERT_EQUAL(trust_judge(s, other, PATH_TIMESTAMPING, PKI_NOW, &v), 0);
	X509_free(other);
	request = pki_request(PKI_TSA);
	request.common_name = "Another name";
	other = pki_issue(&request, PKI_INTERMEDIATE);
	CU_ASSERT_EQUAL(trust_judge(s, other, PATH_TIMESTAMPING, PKI_NOW, &v), 0);
	X509_free(other);
	X509_free(again);
	trust_snapshot_free(s);
}

static void
only_chosen_trust_centres_count(void)
{
	static const struct trust_choice elsewhere[] = { { "AT", NULL }, { "DE", "Gamma" } };
	struct trust_snapshot *s = make(read_list, alpha, 1, 0);

	expect(s, PKI_INTERMEDIATE, PATH_SIGNING, PKI_NOW, 1, "Alpha Trust");
	expect(s, PKI_OTHER_ROOT, PATH_SIGNING, PKI_NOW - 31 * PKI_DAY, 0, "no trust centre");
	trust_snapshot_free(s);
	s = make(read_list, NULL, 0, 0);
	expect(s, PKI_INTERMEDIATE, PATH_SIGNING, PKI_NOW, 0, "no trust centre");
	trust_snapshot_free(s);
	s = make(read_list, elsewhere, 2, 0);
	CU_ASSERT_EQUAL(s->entry_count, 0);
	trust_snapshot_free(s);
}

static void
own_certificates_count_for_their_purposes(void)
{
	struct trust_snapshot *s = make(read_list, NULL, 0, 1);
	struct trust_verdict v;

	expect(s, PKI_ROOT, PATH_SIGNING, PKI_NOW, 1, "own CA");
	expect(s, PKI_ROOT, PATH_TIMESTAMPING, PKI_NOW, 0, "not for the purpose Timestamping");
	expect(s, PKI_OTHER_ROOT, PATH_SIGNING, PKI_NOW, 0, "no trust centre");
	trust_judge(s, pki_cert(PKI_ROOT), PATH_SIGNING, PKI_NOW, &v);
	CU_ASSERT_PTR_NOT_NULL_FATAL(v.match.own);
	CU_ASSERT_EQUAL(v.match.own->crl_urls.count, 1);
	CU_ASSERT_STRING_EQUAL(v.match.own->crl_urls.items[0], crl_urls[0]);
	trust_snapshot_free(s);
}

static void
the_same_input_gives_the_same_bytes(void)
{
	struct trust_snapshot *a = make(read_list, all, 1, 1), *b = make(read_list, all, 1, 1);
	struct trust_snapshot *c = make(read_list, alpha, 1, 1);
	char name[24];

	CU_ASSERT_EQUAL(memcmp(a->digest, b->digest, 32), 0);
	CU_ASSERT(span_equal(trust_snapshot_bytes(a), trust_snapshot_bytes(b)));
	CU_ASSERT_NOT_EQUAL(memcmp(a->digest, c->digest, 32), 0);
	CU_ASSERT_EQUAL(strncmp(trust_snapshot_name(a, name), "sha256:", 7), 0);
	CU_ASSERT_EQUAL(strlen(name), 19);
	trust_snapshot_free(a);
	trust_snapshot_free(b);
	trust_snapshot_free(c);
}

static void
two_lists_or_certificates_of_one_name_are_refused(void)
{
	const struct trust_listed twice[] = { { "DE", read_list }, { "DE", read_list } };
	const struct trust_own owned[] = { own, own };
	struct buf out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL(trust_snapshot_make(
			    &out, &(struct trust_making){ .lists = twice, .list_count = 2 }, &err),
	    -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
	error_clear(&err);
	CU_ASSERT_EQUAL(
	    trust_snapshot_make(&out, &(struct trust_making){ .own = owned, .own_count = 2 }, &err),
	    -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
	CU_ASSERT_EQUAL(out.len, 0);
	buf_release(&out);
}

static void
anchors_are_given_by_purpose_and_subject(void)
{
	struct trust_snapshot *s = make(read_list, all, 1, 1);
	STACK_OF(X509) *found = sk_X509_new_null();
	struct error err = ERROR_INIT;

	/* The other root's service is deprecated today but was not always. */
	ASSERT_OK(trust_anchors(s, PATH_SIGNING, NULL, found, &err), &err);
	CU_ASSERT_EQUAL(sk_X509_num(found), 3);
	sk_X509_pop_free(found, X509_free);
	found = sk_X509_new_null();
	ASSERT_OK(
	    trust_anchors(s, PATH_SIGNING, X509_get_issuer_name(pki_cert(PKI_P256)), found, &err),
	    &err);
	CU_ASSERT_EQUAL(sk_X509_num(found), 1);
	CU_ASSERT_EQUAL(X509_cmp(sk_X509_value(found, 0), pki_cert(PKI_INTERMEDIATE)), 0);
	sk_X509_pop_free(found, X509_free);
	found = sk_X509_new_null();
	ASSERT_OK(trust_anchors(s, PATH_TIMESTAMPING, NULL, found, &err), &err);
	CU_ASSERT_EQUAL(sk_X509_num(found), 1);
	sk_X509_pop_free(found, X509_free);
	trust_snapshot_free(s);
}

static void
damaged_bytes_are_refused_or_lead_nowhere(void)
{
	struct trust_snapshot *s = make(read_list, all, 1, 1), *t;
	struct span whole = trust_snapshot_bytes(s);
	struct error err = ERROR_INIT;
	struct trust_verdict v;
	struct buf copy = BUF_INIT(0);
	size_t i;

	for (i = 0; i < whole.len; i++) {
		error_clear(&err);
		CU_ASSERT_EQUAL(trust_snapshot_load(&t, (struct span){ whole.data, i }, &err), -1);
		CU_ASSERT_PTR_NULL(t);
	}
	for (i = 0; i < whole.len; i++) {
		copy.len = 0;
		ASSERT_OK(buf_append_span(&copy, whole, &err), &err);
		copy.data[i] ^= 0x41;
		error_clear(&err);
		if (trust_snapshot_load(&t, SPAN_OF(&copy), &err) != 0)
			continue;
		/* What loads has another name, and can be asked. */
		CU_ASSERT_NOT_EQUAL(memcmp(t->digest, s->digest, 32), 0);
		trust_judge(t, pki_cert(PKI_INTERMEDIATE), PATH_SIGNING, PKI_NOW, &v);
		trust_snapshot_free(t);
		error_clear(&err);
	}
	buf_release(&copy);
	trust_snapshot_free(s);
}

static void
overdue_lists_are_told(void)
{
	struct trust_snapshot *s = make(read_list, all, 1, 0);
	struct buf out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ASSERT_OK(trust_overdue(s, PKI_NOW, &out, &err), &err);
	CU_ASSERT_EQUAL(out.len, 0);
	ASSERT_OK(trust_overdue(s, PKI_NOW + 31 * PKI_DAY, &out, &err), &err);
	ASSERT_OK(buf_terminate(&out, &err), &err);
	CU_ASSERT_PTR_NOT_NULL(strstr((const char *)out.data, "list 7 of \"DE\""));
	buf_release(&out);
	trust_snapshot_free(s);
}

/* Another state of the list, changed by its text. */
static struct trust_snapshot *
make_changed(const char *from, const char *to)
{
	struct buf changed = BUF_INIT(0);
	struct trust_list *read = NULL;
	struct trust_snapshot *s;
	struct error err = ERROR_INIT;

	test_list_text(&list, &changed);
	test_swap(&changed, from, to);
	if (trust_list_read(&read, SPAN_OF(&changed), &err) != 0)
		fprintf(stderr, "%s\n", err.text);
	CU_ASSERT_PTR_NOT_NULL_FATAL(read);
	s = make(read, all, 1, 0);
	trust_list_free(read);
	buf_release(&changed);
	return s;
}

static void
expect_diff(struct trust_snapshot *a, struct trust_snapshot *b, int count, const char *says)
{
	struct buf out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL(trust_diff(a, b, &out, &err), count);
	ASSERT_OK(buf_terminate(&out, &err), &err);
	if (strstr((const char *)out.data, says) == NULL)
		fprintf(stderr, "%s; expected: %s\n", out.data, says);
	CU_ASSERT_PTR_NOT_NULL(strstr((const char *)out.data, says));
	buf_release(&out);
}

static void
differences_are_told_in_sentences(void)
{
	struct trust_snapshot *was = make(read_list, all, 1, 0), *is;

	expect_diff(was, was, 0, "");
	is = make_changed("TSLSequenceNumber>7", "TSLSequenceNumber>8");
	expect_diff(was, is, 1, "number 7 of");
	trust_snapshot_free(is);
	is = make_changed("recognisedatnationallevel", "deprecatedatnationallevel");
	expect_diff(
	    was, is, 2, "\"Alpha CA\" of \"Alpha Trust\" (DE): recognisedatnationallevel since");
	expect_diff(was, is, 2, "is replaced by deprecatedatnationallevel since");
	trust_snapshot_free(is);
	is = make_changed("ocsp.example.org", "ocsp2.example.org");
	expect_diff(was, is, 2, "its identity, history, extensions or addresses");
	trust_snapshot_free(is);
	is = make(read_list, alpha, 1, 1);
	expect_diff(was, is, 2, "\"Beta CA\" of \"Beta Trust\" (DE) was removed");
	expect_diff(was, is, 2, "own CA \"House CA\" was added");
	expect_diff(is, was, 2, "\"Beta CA\" of \"Beta Trust\" (DE) was added: CA/PKC");
	trust_snapshot_free(is);
	trust_snapshot_free(was);
}

static void
unknown_critical_extensions_make_a_service_count_for_nothing(void)
{
	struct trust_snapshot *s = make_changed("</ServiceInformation>",
	    "<ServiceInformationExtensions><Extension Critical=\"true\"><surprise/></Extension>"
	    "</ServiceInformationExtensions></ServiceInformation>");

	expect(s, PKI_INTERMEDIATE, PATH_SIGNING, PKI_NOW, 0, "critical extension surprise");
	trust_snapshot_free(s);
	s = make_changed("</ServiceInformation>",
	    "<ServiceInformationExtensions><Extension Critical=\"false\"><surprise/></Extension>"
	    "</ServiceInformationExtensions></ServiceInformation>");
	expect(s, PKI_INTERMEDIATE, PATH_SIGNING, PKI_NOW, 1, "");
	trust_snapshot_free(s);
}

/* Packed by the first version of the format: QC CA of Alpha Trust, granted on the list of DE. */
static const char first_version[] =
    "U0lHTkVULVRSVVNULTEKCvsEAkRFAAZBZ2VuY3kAOWh0dHA6Ly91cmkuZXRzaS5vcmcv"
    "VHJzdFN2Yy9UcnVzdGVkTGlzdC9UU0xUeXBlL0VVZ2VuZXJpYwALQWxwaGEgVHJ1c3QA"
    "KWh0dHA6Ly91cmkuZXRzaS5vcmcvVHJzdFN2Yy9TdmN0eXBlL0NBL1FDAAVRQyBDQQA5"
    "aHR0cDovL3VyaS5ldHNpLm9yZy9UcnN0U3ZjL1RydXN0ZWRMaXN0L1N2Y3N0YXR1cy9n"
    "cmFudGVkALUCMIIBMTCB2aADAgECAgEBMAoGCCqGSM49BAMCMCMxCzAJBgNVBAYTAkRF"
    "MRQwEgYDVQQKDAtBbHBoYSBUcnVzdDAeFw0xMDAxMDEwMDAwMDBaFw00MDAxMDEwMDAw"
    "MDBaMCMxCzAJBgNVBAYTAkRFMRQwEgYDVQQKDAtBbHBoYSBUcnVzdDBZMBMGByqGSM49"
    "AgEGCCqGSM49AwEHA0IABC6Ux8l/8Ma3Z7FNZ/CIExF6DK3G+1+6AXTIazUEXqgPIb/a"
    "f7pBow6kxhmmRzaHij7OkvxQEdiIQmQ+WTBW7/8wCgYIKoZIzj0EAwIDRwAwRAIgBqnw"
    "zCZhfFRq33hXeUFASv48fBhJhwZ/IP4vCS38YrUCIESIaSWjDqKT+CnprsIUzPFm+oTA"
    "vuO7mLwSsErr0FlFAEFodHRwOi8vdXJpLmV0c2kub3JnL1Ryc3RTdmMvVHJ1c3RlZExp"
    "c3QvU3ZjSW5mb0V4dC9Gb3JlU2lnbmF0dXJlcwA9aHR0cDovL3VyaS5ldHNpLm9yZy9U"
    "cnN0U3ZjL1RydXN0ZWRMaXN0L1N2Y0luZm9FeHQvUUNXaXRoUVNDRAABAQECAwUDAAAA"
    "AGmiyrAAAAAAacupMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAEAAEF"
    "BgcAAAAAV3WWYAEIAAABCQEBCgAAAAAAAIAAAAAAAAAAAAAAAZrk8aQHpk+Qd0gw5E1r"
    "YJKWj05DSVq675/oTzCeq3x/Qh/P6m0IAQA=";

static void
snapshots_of_the_first_version_are_still_read(void)
{
	struct buf bytes = BUF_INIT(0), again = BUF_INIT(0);
	struct trust_snapshot *s, *part;
	STACK_OF(X509) *certs = sk_X509_new_null();
	const struct trust_entry *e;
	struct error err = ERROR_INIT;
	char name[24];
	X509 *cert;

	ASSERT_OK(
	    text_base64_decode(&bytes,
		(struct span){ (const unsigned char *)first_version, strlen(first_version) }, &err),
	    &err);
	ASSERT_OK(trust_snapshot_load(&s, SPAN_OF(&bytes), &err), &err);
	CU_ASSERT_EQUAL_FATAL(s->entry_count, 1);
	e = &s->entries[0];
	CU_ASSERT_STRING_EQUAL(e->provider, "Alpha Trust");
	CU_ASSERT_EQUAL(e->names.count, 0);
	CU_ASSERT_EQUAL_FATAL(e->service.instances[0].qualification_count, 1);
	CU_ASSERT_TRUE(e->service.instances[0].qualifications[0].is_critical);
	/* Its name is by its bytes; what is made of it now is of the version of now. */
	CU_ASSERT_STRING_EQUAL(trust_snapshot_name(s, name), "sha256:59478de14ec3");
	cert = cert_decode(e->service.instances[0].certificates.items[0]);
	sk_X509_push(certs, cert);
	ASSERT_OK(trust_snapshot_part(&again, s, certs, &err), &err);
	ASSERT_OK(trust_snapshot_load(&part, SPAN_OF(&again), &err), &err);
	CU_ASSERT_EQUAL(part->entry_count, 1);
	CU_ASSERT_FALSE(span_equal(SPAN_OF(&bytes), SPAN_OF(&again)));
	/* A version to come is not guessed at. */
	bytes.data[strlen("SIGNET-TRUST-")] = '3';
	trust_snapshot_free(part);
	CU_ASSERT_EQUAL(trust_snapshot_load(&part, SPAN_OF(&bytes), &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNSUPPORTED);
	trust_snapshot_free(s);
	sk_X509_pop_free(certs, X509_free);
	buf_release(&bytes);
	buf_release(&again);
}

static const struct test tests[] = { TEST(history_decides_what_a_service_was_at_a_time),
	TEST(the_type_decides_for_what_a_service_counts), TEST(an_anchor_is_a_name_and_a_key),
	TEST(only_chosen_trust_centres_count), TEST(own_certificates_count_for_their_purposes),
	TEST(the_same_input_gives_the_same_bytes),
	TEST(two_lists_or_certificates_of_one_name_are_refused),
	TEST(anchors_are_given_by_purpose_and_subject),
	TEST(damaged_bytes_are_refused_or_lead_nowhere), TEST(overdue_lists_are_told),
	TEST(differences_are_told_in_sentences),
	TEST(unknown_critical_extensions_make_a_service_count_for_nothing),
	TEST(snapshots_of_the_first_version_are_still_read), TEST_END };
const struct suite suite_signing_trust_snapshot = { "signing/trust/snapshot", setup, teardown,
	tests };
