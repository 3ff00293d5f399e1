/* Validation objects: each once, with where it came from, what it did, since when it exists. */
#include <string.h>

#include "signing/report/objects.h"
#include "tests/support/longterm.h"
#include "tests/support/scene.h"

static const struct test_tsa tsa = { PKI_TSA, PKI_NOW - PKI_DAY, 0 };

/* The scene, judged, as a report is told of it. */
static struct report_input
input_of(struct scene *s, const struct document *documents)
{
	struct error err = ERROR_INIT;

	verify_report_release(&s->report);
	ASSERT_OK(verify_signatures(&s->list, &s->context, &s->report, &err), &err);
	return (struct report_input){ .documents = documents,
		.document_count = 2,
		.report = &s->report,
		.signatures = &s->list,
		.time = s->context.time,
		.made = s->context.time,
		.program = "Signet" };
}

static size_t
count_of(const struct report_objects *all, enum report_object_kind kind)
{
	size_t i, n = 0;

	for (i = 0; i < all->count; i++)
		n += all->items[i].kind == kind;
	return n;
}

static void
each_object_is_listed_once_with_what_it_did(void)
{
	const struct document documents[] = { { .name = "a.p7s" },
		{ .name = "a.txt", .content = span_str(SCENE_TEXT), .has_content = 1 } };
	struct document own[2];
	struct report_objects all;
	struct report_input in;
	struct error err = ERROR_INIT;
	const struct report_object *o;
	struct scene s;

	scene_make(&s, PKI_P256, &tsa);
	memcpy(own, documents, sizeof(own));
	own[0].content = SPAN_OF(&s.der);
	own[0].has_content = 1;
	in = input_of(&s, own);
	ASSERT_OK(report_objects_make(&all, &in, &err), &err);
	CU_ASSERT_EQUAL(count_of(&all, REPORT_SIGNED_DATA), 2);
	CU_ASSERT_EQUAL(count_of(&all, REPORT_SIGNATURE), 1);
	CU_ASSERT_EQUAL(count_of(&all, REPORT_TIMESTAMP), 1);
	CU_ASSERT_STRING_EQUAL(all.items[0].id, "signed-data-1");
	CU_ASSERT_STRING_EQUAL(all.items[0].name, "a.p7s");
	o = report_object_of_cert(&all, pki_cert(PKI_P256));
	CU_ASSERT_PTR_NOT_NULL_FATAL(o);
	CU_ASSERT(o->decided);
	CU_ASSERT_EQUAL(o->from, REPORT_FROM_DOCUMENT);
	CU_ASSERT(!o->is_anchor);
	o = report_object_of_cert(&all, pki_cert(PKI_INTERMEDIATE));
	CU_ASSERT_PTR_NOT_NULL_FATAL(o);
	CU_ASSERT(o->is_anchor && o->is_timestamp_anchor);
	CU_ASSERT_PTR_NULL(report_object_of_cert(&all, pki_cert(PKI_OTHER_ROOT)));
	report_objects_release(&all);
	scene_drop(&s);
}

static void
a_time_stamp_proves_since_when_the_signature_exists(void)
{
	const struct document doc = { .content = span_str(SCENE_TEXT), .has_content = 1 };
	const struct document documents[] = { doc, doc };
	const struct report_object *value, *token;
	struct report_objects all;
	struct report_input in;
	struct error err = ERROR_INIT;
	struct scene s;

	scene_make(&s, PKI_P256, &tsa);
	in = input_of(&s, documents);
	ASSERT_OK(report_objects_make(&all, &in, &err), &err);
	value = report_object_of_bytes(&all, REPORT_SIGNATURE, SPAN_OF(&s.sig->value));
	token =
	    report_object_of_bytes(&all, REPORT_TIMESTAMP, SPAN_OF(&s.sig->timestamps[0].token));
	CU_ASSERT_PTR_NOT_NULL_FATAL(value);
	CU_ASSERT_PTR_NOT_NULL_FATAL(token);
	CU_ASSERT_EQUAL(value->existed, PKI_NOW - PKI_DAY);
	CU_ASSERT_PTR_EQUAL(value->proof, token->id);
	CU_ASSERT_EQUAL(token->existed, PKI_NOW);
	CU_ASSERT_PTR_NULL(token->proof);
	CU_ASSERT_EQUAL(count_of(&all, REPORT_SIGNED_DATA), 1);
	report_objects_release(&all);

	/* A time stamp that does not pass proves nothing. */
	s.context.timestamp_anchors = NULL;
	in = input_of(&s, documents);
	ASSERT_OK(report_objects_make(&all, &in, &err), &err);
	value = report_object_of_bytes(&all, REPORT_SIGNATURE, SPAN_OF(&s.sig->value));
	CU_ASSERT_PTR_NOT_NULL_FATAL(value);
	CU_ASSERT_EQUAL(value->existed, PKI_NOW);
	CU_ASSERT_PTR_NULL(value->proof);
	report_objects_release(&all);
	scene_drop(&s);
}

static void
revocation_data_say_whether_they_decided_and_where_they_came_from(void)
{
	const struct document doc = { .content = span_str(SCENE_TEXT), .has_content = 1 };
	const struct document documents[] = { doc, doc };
	struct evidence data = longterm_evidence(), more = longterm_more();
	const struct report_object *o;
	struct report_objects all;
	struct report_input in;
	struct error err = ERROR_INIT;
	struct scene s;
	size_t i, decided = 0;

	scene_make(&s, PKI_REVOCABLE, NULL);
	s.context.anchors = pki_root_only();
	for (i = 0; i < data.crls.count; i++)
		ASSERT_OK(values_add(&s.list.evidence.crls, SPAN_OF(&data.crls.items[i].der), &err),
		    &err);
	in = input_of(&s, documents);
	CU_ASSERT_EQUAL(s.report.conclusion.indication, INDICATION_TOTAL_PASSED);
	in.gathered = &more;
	ASSERT_OK(report_objects_make(&all, &in, &err), &err);
	CU_ASSERT_EQUAL(count_of(&all, REPORT_CRL), 3);
	for (i = 0; i < data.crls.count; i++) {
		o = report_object_find(&all, REPORT_CRL, data.crls.items[i].sha256);
		CU_ASSERT_PTR_NOT_NULL_FATAL(o);
		CU_ASSERT_EQUAL(o->from, REPORT_FROM_DOCUMENT);
		decided += o->decided != 0;
	}
	CU_ASSERT_EQUAL(decided, 2); /* one for the signer, one for its issuer */
	o = report_object_find(&all, REPORT_CRL, more.crls.items[0].sha256);
	CU_ASSERT_PTR_NOT_NULL_FATAL(o);
	CU_ASSERT_EQUAL(o->from, REPORT_GATHERED);
	CU_ASSERT(!o->decided);
	report_objects_release(&all);
	scene_drop(&s);
	evidence_release(&data);
	evidence_release(&more);
}

static void
a_document_known_by_another_digest_alone_has_that(void)
{
	struct digest_values values = { .have = DIGEST_BIT(DIGEST_SHA512), .length = 7 };
	const struct document documents[] = { { .name = "x", .digests = &values } };
	const struct report_input in = { .documents = documents, .document_count = 1 };
	const struct document nothing[] = { { .name = "x" } };
	const struct report_input bare = { .documents = nothing, .document_count = 1 };
	struct report_objects all;
	struct error err = ERROR_INIT;

	memset(values.value[DIGEST_SHA512], 0x5a, DIGEST_SIZE_MAX);
	ASSERT_OK(report_objects_make(&all, &in, &err), &err);
	CU_ASSERT_EQUAL(all.items[0].digest, DIGEST_SHA512);
	CU_ASSERT_EQUAL(all.items[0].value[63], 0x5a);
	CU_ASSERT_EQUAL(all.items[0].size, 7);
	report_objects_release(&all);
	CU_ASSERT_EQUAL(report_objects_make(&all, &bare, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	CU_ASSERT_EQUAL(all.count, 0);
}

static const struct test tests[] = {
	TEST(each_object_is_listed_once_with_what_it_did),
	TEST(a_time_stamp_proves_since_when_the_signature_exists),
	TEST(revocation_data_say_whether_they_decided_and_where_they_came_from),
	TEST(a_document_known_by_another_digest_alone_has_that),
	TEST_END,
};
const struct suite suite_signing_report_objects = { "signing/report/objects", NULL, NULL, tests };
