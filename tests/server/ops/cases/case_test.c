/*
 * S2-02, S2-03: verdicts stored with all that they rest on, of each kind of intake; found by id,
 * digest, signer and time; changed by nobody, and when somebody could, told.
 */
#include "server/ops/cases/case.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/store/pool.h"
#include "server/ops/journal/journal.h"
#include "signing/core/ossl.h"
#include "signing/format/cms/cms_sign.h"
#include "signing/format/pdf/pdf_sign.h"
#include "tests/support/ops_world.h"
#include "tests/support/pdf_samples.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"
#include "tests/support/tsa.h"

#define TEXT  "An invoice over 1,000 euros."
#define OTHER "An invoice over 9,000 euros."

static const struct test_tsa tsa = { .id = PKI_TSA, .time = PKI_NOW - 60 };
static struct buf cms, stamped, signed_pdf;

static int
make_documents(struct error *err)
{
	const struct document text = { .content = span_str(TEXT), .has_content = 1 };
	const struct sign_key *key = pki_key(PKI_P256);
	const struct pdf_sample sample = { 0 };
	const struct sign_options options = { .signing_time = PKI_NOW - 3600, .claim_time = 1 };
	struct buf pdf = BUF_INIT(0);
	int rc = -1;

	if (cms_sign(&cms, &text, CMS_PROFILE_CADES, key, &options, err) == 0 &&
	    pdf_sample_make(&pdf, &sample, err) == 0 &&
	    pdf_sign(&signed_pdf, SPAN_OF(&pdf), key, &options, NULL, err) == 0)
		rc = 0;
	buf_release(&pdf);
	return rc;
}

static int
setup(void)
{
	struct error err = ERROR_INIT;

	if (ops_world_make() != 0)
		return -1;
	ops_tenant("acme", NULL, 0);
	ops_tenant("rival", NULL, 0);
	if (make_documents(&err) == 0)
		return 0;
	fprintf(stderr, "%s [%s]\n", err.text, err.cause);
	return -1;
}

static int
teardown(void)
{
	buf_release(&cms);
	buf_release(&stamped);
	buf_release(&signed_pdf);
	return ops_world_end();
}

/* ---- storing ---- */

/* What is asked for beside store. */
struct wish {
	const char *request_id;
	int with_document;
	enum case_kind kind;
	int unconcluded; /* the process dies before its row is committed */
};

static int
store(struct ops_verification *v, struct span document, struct span original,
    const struct wish *wish, struct error *err)
{
	const struct ops_bodies bodies = { &document, &original };
	int moved, rc;

	memset(v, 0, sizeof(*v));
	ops_request(&v->req, OP_VERIFY_DOCUMENT, "acme/erp");
	v->req.in.documents = &v->signed_document;
	v->req.in.document_count = 1;
	v->req.in.originals = &v->original;
	v->req.in.original_count = original.data != NULL;
	v->req.in.store = 1;
	v->req.in.store_document = wish->with_document;
	v->req.in.case_kind = wish->kind;
	v->req.client_request_id = wish->request_id;
	v->signed_document.name = "invoice.p7s";
	if (!wish->unconcluded)
		return ops_serve(&v->req, &bodies, err);
	rc = ops_admit(ops_engine(), &v->req, &moved, err);
	if (rc == 0)
		rc = op_document_write(&v->signed_document, document.data, document.len, err) ||
		     op_document_end(&v->signed_document, err) ||
		     op_document_write(&v->original, original.data, original.len, err) ||
		     op_document_end(&v->original, err);
	return rc == 0 ? ops_run(ops_engine(), &v->req, err) : -1;
}

static struct uuid
stored(struct span document, struct span original, const struct wish *wish)
{
	static const struct wish plain = { 0 };
	struct error err = ERROR_INIT;
	struct ops_verification v;
	struct uuid id;

	ASSERT_OK(store(&v, document, original, wish != NULL ? wish : &plain, &err), &err);
	CU_ASSERT_FATAL(v.req.out.verified[0].has_case);
	id = v.req.out.verified[0].case_id;
	request_release(&v.req);
	return id;
}

static struct span
text(void)
{
	return span_str(TEXT);
}

/* A signature with a time stamp of this time; the caller's. */
static void
stamp(struct buf *der, int64_t time)
{
	const struct test_tsa at = { .id = tsa.id, .time = time };
	const struct timestamp_source source = test_tsa_source(&at);
	const struct sign_options options = { .signing_time = PKI_NOW - 3600,
		.claim_time = 1,
		.level = LEVEL_T,
		.timestamp = &source };
	const struct document document = { .content = text(), .has_content = 1 };
	struct error err = ERROR_INIT;

	ASSERT_OK(
	    cms_sign(der, &document, CMS_PROFILE_CADES, pki_key(PKI_P256), &options, &err), &err);
}

/* The one with tsa's time. */
static struct span
with_time(void)
{
	if (stamped.len == 0)
		stamp(&stamped, tsa.time);
	return SPAN_OF(&stamped);
}

/* ---- reading ---- */

static int
get(struct request *req, const char *user, struct uuid id, int contents, struct error *err)
{
	ops_request(req, OP_GET_CASE, user);
	req->in.case_id = id;
	req->in.case_contents = contents;
	return ops_serve(req, NULL, err);
}

/* How many of the case's objects have this role; *content is the first one's. */
static size_t
objects_of(const struct request *req, const char *role, struct span *content)
{
	const struct case_answer *a = req->out.case_file;
	size_t i, n = 0;

	for (i = 0; i < a->row.file.use_count; i++)
		if (strcmp(a->row.file.uses[i].role, role) == 0 && n++ == 0)
			*content = a->contents[i];
	return n;
}

static int
find(struct request *req, const char *user)
{
	struct error err = ERROR_INIT;

	req->in.find.page_size = 1000;
	ASSERT_OK(ops_serve(req, NULL, &err), &err);
	(void)user;
	return (int)req->out.found.count;
}

static int
finds(const struct request *req, const struct uuid *id)
{
	char text_of_id[TEXT_UUID_SIZE];
	size_t i;

	uuid_text(text_of_id, id);
	for (i = 0; i < req->out.found.count; i++)
		if (strcmp(req->out.found.items[i].id, text_of_id) == 0)
			return 1;
	return 0;
}

static int
found_by_signer(const struct uuid *id, const char *signer)
{
	struct request req;
	int rc;

	ops_request(&req, OP_FIND_CASES, "acme/erp");
	req.in.find.signer = signer;
	find(&req, "acme/erp");
	rc = finds(&req, id);
	request_release(&req);
	return rc;
}

static int
found_by_digest(const char *user, const struct uuid *id, enum digest method, struct span content)
{
	unsigned char value[DIGEST_SIZE_MAX];
	struct error err = ERROR_INIT;
	struct request req;
	int rc;

	ASSERT_OK(digest_span(method, content, value, &err), &err);
	ops_request(&req, OP_FIND_CASES, user);
	req.in.find.digest = (struct span){ value, digest_size(method) };
	find(&req, user);
	rc = finds(&req, id);
	request_release(&req);
	return rc;
}

/* ---- tests ---- */

static void
a_case_holds_the_facts_and_all_that_the_verdict_rests_on(void)
{
	struct uuid id = stored(with_time(), text(), NULL);
	struct error err = ERROR_INIT;
	const struct case_file *f;
	struct span content;
	struct request req;

	ASSERT_OK(get(&req, "acme/erp", id, CASE_CONTENTS_ALL, &err), &err);
	f = &req.out.case_file->row.file;
	CU_ASSERT_STRING_EQUAL(f->indication, "TotalPassed");
	CU_ASSERT_STRING_EQUAL(f->caller, "acme/erp");
	CU_ASSERT_STRING_EQUAL(f->kind, "File");
	CU_ASSERT_PTR_NOT_NULL(strstr(f->policy, VERIFY_POLICY_NAME));
	CU_ASSERT(f->catalogue[0] != '\0' && f->program[0] != '\0');
	CU_ASSERT_EQUAL_FATAL(f->document_count, 2);
	CU_ASSERT_STRING_EQUAL(f->documents[0].name, "invoice.p7s");
	CU_ASSERT_PTR_NOT_NULL(strstr(f->documents[0].digests, "SHA512 "));
	CU_ASSERT_STRING_EQUAL(f->documents[1].role, "Original");
	CU_ASSERT_EQUAL_FATAL(f->signature_count, 1);
	CU_ASSERT_STRING_EQUAL(f->signatures[0].level, "B-T");
	/* The signature as it came, its value, the token, the certificates of both paths. */
	CU_ASSERT_EQUAL(objects_of(&req, "Signature", &content), 2);
	CU_ASSERT(span_equal(content, with_time()));
	CU_ASSERT_EQUAL(objects_of(&req, "Timestamp", &content), 1);
	CU_ASSERT(content.len > 500);
	CU_ASSERT(objects_of(&req, "Certificate", &content) >= 3);
	/* The report, for auditors. */
	CU_ASSERT_EQUAL(objects_of(&req, "Report", &content), 1);
	CU_ASSERT_PTR_NOT_NULL(
	    memmem(content.data, content.len, "ValidationReport", strlen("ValidationReport")));
	/* The document was not to be kept. */
	CU_ASSERT_EQUAL(objects_of(&req, "Document", &content), 0);
	CU_ASSERT_EQUAL(objects_of(&req, "Original", &content), 0);
	request_release(&req);
}

static void
a_case_is_found_by_digest_signer_certificate_verdict_and_time(void)
{
	struct uuid id = stored(SPAN_OF(&cms), text(), NULL);
	unsigned char finger[DIGEST_SIZE_MAX];
	struct error err = ERROR_INIT;
	struct request req;

	CU_ASSERT(found_by_digest("acme/erp", &id, DIGEST_SHA256, SPAN_OF(&cms)));
	CU_ASSERT(found_by_digest("acme/erp", &id, DIGEST_SHA512, SPAN_OF(&cms)));
	CU_ASSERT(found_by_digest("acme/erp", &id, DIGEST_SHA256, text()));
	CU_ASSERT_FALSE(found_by_digest("acme/erp", &id, DIGEST_SHA256, span_str(OTHER)));
	X509_digest(pki_cert(PKI_P256), EVP_sha256(), finger, NULL);
	ops_request(&req, OP_FIND_CASES, "acme/erp");
	req.in.find.certificate = (struct span){ finger, 32 };
	req.in.find.indication = "TotalPassed";
	req.in.find.has_since = req.in.find.has_before = 1;
	req.in.find.since = req.time_us / 1000000 - 60;
	req.in.find.before = req.time_us / 1000000 + 60;
	find(&req, "acme/erp");
	CU_ASSERT(finds(&req, &id));
	CU_ASSERT(req.out.found.count > 0 && req.out.found.items[0].signer_count == 1);
	request_release(&req);
	ops_request(&req, OP_FIND_CASES, "acme/erp");
	req.in.find.certificate = (struct span){ finger, 32 };
	req.in.find.indication = "TotalFailed";
	CU_ASSERT_EQUAL(find(&req, "acme/erp"), 0);
	request_release(&req);
	ops_request(&req, OP_FIND_CASES, "acme/erp");
	req.in.find.has_before = 1;
	req.in.find.before = req.time_us / 1000000 - 3600;
	CU_ASSERT_EQUAL(find(&req, "acme/erp"), 0);
	request_release(&req);
	ops_request(&req, OP_FIND_CASES, "acme/erp");
	req.in.find.signer = " \t";
	CU_ASSERT_EQUAL(ops_serve(&req, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	request_release(&req);
	error_clear(&err);
	ops_request(&req, OP_FIND_CASES, "acme/erp");
	req.in.find.page_token = "next please";
	CU_ASSERT_EQUAL(ops_serve(&req, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	request_release(&req);
}

static void
a_signer_is_found_by_his_subject_or_his_name_however_it_is_written(void)
{
	struct uuid id = stored(SPAN_OF(&cms), text(), NULL);
	char subject[400], name[200], loud[220];
	size_t i;

	x509_name_text(X509_get_subject_name(pki_cert(PKI_P256)), subject, sizeof(subject));
	X509_NAME_get_text_by_NID(
	    X509_get_subject_name(pki_cert(PKI_P256)), NID_commonName, name, sizeof(name));
	CU_ASSERT(found_by_signer(&id, subject));
	CU_ASSERT(found_by_signer(&id, name));
	snprintf(loud, sizeof(loud), "  %s ", name);
	for (i = 0; loud[i] != '\0'; i++)
		loud[i] = (char)(loud[i] >= 'a' && loud[i] <= 'z' ? loud[i] - 32 : loud[i]);
	CU_ASSERT(found_by_signer(&id, loud));
	CU_ASSERT_FALSE(found_by_signer(&id, "somebody else"));
}

static void
the_key_of_a_signer_knows_no_capitals_and_no_spaces(void)
{
	static const struct {
		const char *text, *key;
	} rows[] = {
		{ "Alice  Miller", "alice miller" },
		{ " \tALICE\nMiller ", "alice miller" },
		{ "J\xc3\x9cRGEN M\xc3\x9cLLER", "j\xc3\xbcrgen m\xc3\xbcller" },
		{ "\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd", "\xd0\xb8\xd0\xb2\xd0\xb0\xd0\xbd" },
		{ "a\xff"
		  "b\xc3",
		    "a?b?" },
		{ "", "" },
		{ "  ", "" },
	};
	struct error err = ERROR_INIT;
	struct buf out = BUF_INIT(0);
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		out.len = 0;
		ASSERT_OK(case_signer_key(rows[i].text, &out, &err), &err);
		CU_ASSERT(span_equal(SPAN_OF(&out), span_str(rows[i].key)));
	}
	buf_release(&out);
}

static void
documents_are_kept_when_that_is_asked_for(void)
{
	const struct wish wish = { .with_document = 1, .kind = CASE_WORKFLOW };
	struct uuid detached = stored(SPAN_OF(&cms), text(), &wish);
	struct uuid whole = stored(SPAN_OF(&signed_pdf), SPAN_NONE, &wish);
	struct error err = ERROR_INIT;
	struct span content = SPAN_NONE;
	struct ops_verification v;
	struct request req;

	ASSERT_OK(get(&req, "acme/erp", whole, CASE_CONTENTS_ALL, &err), &err);
	CU_ASSERT_EQUAL(objects_of(&req, "Document", &content), 1);
	CU_ASSERT(span_equal(content, SPAN_OF(&signed_pdf)));
	request_release(&req);
	ASSERT_OK(get(&req, "acme/erp", whole, CASE_CONTENTS_NONE, &err), &err);
	objects_of(&req, "Document", &content);
	CU_ASSERT_EQUAL(content.len, 0);
	request_release(&req);
	/* An original that was streamed past is known by its digest alone. */
	ASSERT_OK(get(&req, "acme/erp", detached, CASE_CONTENTS_ALL, &err), &err);
	CU_ASSERT_EQUAL(objects_of(&req, "Original", &content), 0);
	CU_ASSERT_EQUAL(req.out.case_file->row.file.documents[1].size, (int64_t)strlen(TEXT));
	request_release(&req);
	/* Without store it says nothing. */
	memset(&v, 0, sizeof(v));
	ops_request(&v.req, OP_VERIFY_DOCUMENT, "acme/erp");
	v.req.in.store_document = 1;
	CU_ASSERT_EQUAL(ops_serve(&v.req, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
	request_release(&v.req);
}

static void
the_report_that_was_answered_is_kept_beside_that_for_auditors(void)
{
	const struct span original = text(), document = SPAN_OF(&cms);
	const struct ops_bodies bodies = { &document, &original };
	struct error err = ERROR_INIT;
	struct ops_verification v;
	struct span content;
	struct request req;

	memset(&v, 0, sizeof(v));
	ops_request(&v.req, OP_VERIFY_DOCUMENT, "acme/erp");
	v.req.in.documents = &v.signed_document;
	v.req.in.document_count = 1;
	v.req.in.originals = &v.original;
	v.req.in.original_count = 1;
	v.req.in.store = 1;
	v.req.in.return_report = REPORT_HTML;
	ASSERT_OK(ops_serve(&v.req, &bodies, &err), &err);
	ASSERT_OK(
	    get(&req, "acme/erp", v.req.out.verified[0].case_id, CASE_CONTENTS_REPORT, &err), &err);
	CU_ASSERT_EQUAL(objects_of(&req, "Report", &content), 2);
	CU_ASSERT(span_equal(content, SPAN_OF(&v.req.out.verified[0].report_file)));
	/* Only the reports come along. */
	objects_of(&req, "Certificate", &content);
	CU_ASSERT_EQUAL(content.len, 0);
	request_release(&req);
	request_release(&v.req);
}

static void
each_of_the_four_kinds_of_intake_is_stored_as_such(void)
{
	static const char *const names[] = { "File", "Mail", "Workflow", "ScannedBatch" };
	int kind;

	for (kind = CASE_FILE; kind < CASE_KINDS; kind++) {
		const struct wish wish = { .kind = (enum case_kind)kind };
		struct uuid id = stored(SPAN_OF(&cms), text(), &wish);
		struct error err = ERROR_INIT;
		struct request req;

		ASSERT_OK(get(&req, "acme/erp", id, CASE_CONTENTS_NONE, &err), &err);
		CU_ASSERT_STRING_EQUAL(req.out.case_file->row.file.kind, names[kind]);
		request_release(&req);
	}
}

static void
a_verdict_that_is_not_good_is_stored_as_well(void)
{
	struct uuid id = stored(SPAN_OF(&cms), span_str(OTHER), NULL);
	struct error err = ERROR_INIT;
	struct request req;

	ASSERT_OK(get(&req, "acme/erp", id, CASE_CONTENTS_NONE, &err), &err);
	CU_ASSERT_STRING_EQUAL(req.out.case_file->row.file.indication, "TotalFailed");
	CU_ASSERT_STRING_EQUAL(req.out.case_file->row.file.sub_indication, "HASH_FAILURE");
	CU_ASSERT(req.out.case_file->row.file.reason[0] != '\0');
	request_release(&req);
}

static void
another_tenant_and_a_caller_without_the_right_get_nothing(void)
{
	static const enum operation_id operations[] = { OP_GET_CASE, OP_CHECK_CASE };
	struct uuid id = stored(SPAN_OF(&cms), text(), NULL);
	struct error err = ERROR_INIT;
	struct request req;
	size_t i;

	for (i = 0; i < 2; i++) {
		ops_request(&req, operations[i], "rival/erp");
		req.in.case_id = id;
		CU_ASSERT_EQUAL(ops_serve(&req, NULL, &err), -1);
		CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
		request_release(&req);
		error_clear(&err);
		ops_request(&req, operations[i], "acme/clerk");
		req.in.case_id = id;
		CU_ASSERT_EQUAL(ops_serve(&req, NULL, &err), -1);
		CU_ASSERT_EQUAL(err.kind, ERROR_NOT_AUTHORIZED);
		request_release(&req);
		error_clear(&err);
	}
	CU_ASSERT_FALSE(found_by_digest("rival/erp", &id, DIGEST_SHA256, SPAN_OF(&cms)));
	ops_request(&req, OP_FIND_CASES, "acme/clerk");
	CU_ASSERT_EQUAL(ops_serve(&req, NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_AUTHORIZED);
	request_release(&req);
}

static int
count_of(const char *sql)
{
	struct error err = ERROR_INIT;
	char answer[64];

	ASSERT_OK(
	    postgres_ask(ops_database(), "postgres", sql, answer, sizeof(answer), &err), &err);
	return atoi(answer);
}

static void
a_repeated_request_names_the_first_case_and_stores_no_second(void)
{
	const struct wish wish = { .request_id = "invoice 4711" };
	struct uuid first = stored(with_time(), text(), &wish);
	int before = count_of("SELECT count(*) FROM signet.case_file");
	struct uuid second = stored(with_time(), text(), &wish);
	struct error err = ERROR_INIT;
	struct ops_verification v;

	CU_ASSERT(uuid_equal(&first, &second));
	CU_ASSERT_EQUAL(count_of("SELECT count(*) FROM signet.case_file"), before);
	/* Another document, or the same for another purpose, is another request. */
	CU_ASSERT_EQUAL(store(&v, with_time(), span_str(OTHER), &wish, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
	request_release(&v.req);
	error_clear(&err);
	CU_ASSERT_EQUAL(
	    store(&v, with_time(), text(),
		&(struct wish){ .request_id = "invoice 4711", .kind = CASE_MAIL }, &err),
	    -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
	request_release(&v.req);
	/* Another id makes another case. */
	second = stored(with_time(), text(), &(struct wish){ .request_id = "4712" });
	CU_ASSERT_FALSE(uuid_equal(&first, &second));
}

static void
of_many_documents_each_that_is_judged_has_its_case(void)
{
	const struct span contents[] = { SPAN_OF(&signed_pdf), span_str("no signature at all"),
		SPAN_OF(&cms) };
	const struct ops_bodies bodies = { contents, NULL };
	struct op_document documents[3];
	struct error err = ERROR_INIT;
	struct request req, second;
	struct uuid ids[2];

	memset(documents, 0, sizeof(documents));
	ops_request(&req, OP_VERIFY_DOCUMENTS, "acme/erp");
	req.in.documents = documents;
	req.in.document_count = 3;
	req.in.store = 1;
	ASSERT_OK(ops_serve(&req, &bodies, &err), &err);
	CU_ASSERT(req.out.verified[0].has_case && req.out.verified[2].has_case);
	CU_ASSERT_FALSE(req.out.verified[1].has_case);
	ids[0] = req.out.verified[0].case_id;
	ids[1] = req.out.verified[2].case_id;
	request_release(&req);
	CU_ASSERT_FALSE(uuid_equal(&ids[0], &ids[1]));
	ASSERT_OK(get(&second, "acme/erp", ids[1], CASE_CONTENTS_NONE, &err), &err);
	request_release(&second);
}

static void
what_died_before_its_row_was_written_is_no_case(void)
{
	const struct wish wish = { .unconcluded = 1 };
	struct error err = ERROR_INIT;
	struct ops_verification v;
	struct request req;
	struct uuid id;

	ASSERT_OK(store(&v, SPAN_OF(&cms), text(), &wish, &err), &err);
	id = v.req.out.verified[0].case_id;
	request_release(&v.req);
	CU_ASSERT_EQUAL(get(&req, "acme/erp", id, CASE_CONTENTS_NONE, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	request_release(&req);
	CU_ASSERT_FALSE(found_by_digest("acme/erp", &id, DIGEST_SHA256, SPAN_OF(&cms)));
}

/* ---- the check ---- */

/* 1 when CheckCase finds nothing, else 0 and the first problem's code. */
static int
is_intact(struct uuid id, char code[32])
{
	struct error err = ERROR_INIT;
	struct request req;
	int rc;

	ops_request(&req, OP_CHECK_CASE, "acme/erp");
	req.in.case_id = id;
	ASSERT_OK(ops_serve(&req, NULL, &err), &err);
	CU_ASSERT(req.out.check.objects >= 3);
	rc = req.out.check.problem_count == 0;
	CU_ASSERT_EQUAL(req.out.result.major, rc ? RESULT_SUCCESS : RESULT_WARNING);
	snprintf(code, 32, "%s", rc ? "" : req.out.check.problems[0].code);
	request_release(&req);
	return rc;
}

/* As a superuser who spares neither triggers nor constraints. */
static void
break_with(const char *sql, const struct uuid *id)
{
	struct error err = ERROR_INIT;
	char text_of_id[TEXT_UUID_SIZE], all[2000], change[1000];

	uuid_text(text_of_id, id);
	snprintf(change, sizeof(change), sql, text_of_id);
	snprintf(all, sizeof(all),
	    "SET client_min_messages = warning; SET session_replication_role = replica;"
	    "ALTER TABLE signet.case_object DROP CONSTRAINT IF EXISTS case_object_digest; %s",
	    change);
	ASSERT_OK(postgres_run(ops_database(), "postgres", all, &err), &err);
}

static void
one_byte_that_was_changed_behind_the_back_of_all_is_reported(void)
{
	static const struct {
		const char *sql, *code;
	} rows[] = {
		{ "UPDATE signet.case_object SET content = set_byte(content, 20,"
		  " get_byte(content, 20) # 1) WHERE digest = (SELECT digest FROM signet.case_use"
		  " WHERE case_id = '%s' AND role = 'Timestamp')",
		    "Object" },
		{ "DELETE FROM signet.case_object WHERE digest = (SELECT digest FROM"
		  " signet.case_use WHERE case_id = '%s' AND role = 'Timestamp')",
		    "Object" },
		{ "UPDATE signet.case_file SET indication = 'Indeterminate' WHERE id = '%s'",
		    "Facts" },
		{ "UPDATE signet.case_document SET name = 'another.p7s' WHERE case_id = '%s'",
		    "Facts" },
		{ "UPDATE signet.case_signature SET best = best + interval '1 s'"
		  " WHERE case_id = '%s'",
		    "Facts" },
		{ "DELETE FROM signet.case_use WHERE case_id = '%s' AND place = 2", "Facts" },
		{ "DELETE FROM signet.case_signature WHERE case_id = '%s'", "Facts" },
		{ "UPDATE signet.case_key SET stored = stored - interval '1 s' WHERE case_id = "
		  "'%s' AND kind = 'digest'",
		    "Keys" },
		{ "DELETE FROM signet.case_key WHERE case_id = '%s' AND kind = 'signer'", "Keys" },
		{ "UPDATE signet.case_use SET name = 'x' WHERE case_id = '%s' AND place = 1",
		    "Facts" },
		{ "UPDATE signet.case_file SET digest = sha256('x') WHERE id = '%s'", "Facts" },
		{ "UPDATE signet.audit SET digest = sha256('x') WHERE object = '%s'", "Log" },
		{ "UPDATE signet.audit SET caller = 'nobody' WHERE object = '%s'", "Log" },
		{ "DELETE FROM signet.audit WHERE object = '%s'", "Log" },
	};
	char code[32];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		/* A document of its own, so that its token is no other case's. */
		struct buf der = BUF_INIT(0);
		struct uuid id;

		stamp(&der, PKI_NOW - 120 - (int64_t)i);
		id = stored(SPAN_OF(&der), text(), NULL);
		CU_ASSERT(is_intact(id, code));
		if (code[0] != '\0')
			fprintf(stderr, "row %zu: %s\n", i, code);
		break_with(rows[i].sql, &id);
		is_intact(id, code);
		CU_ASSERT_STRING_EQUAL(code, rows[i].code);
		if (strcmp(code, rows[i].code) != 0)
			fprintf(stderr, "row %zu: %s\n", i, code);
		buf_release(&der);
	}
}

static void
an_object_that_was_changed_is_not_handed_out(void)
{
	struct uuid id = stored(with_time(), text(), NULL);
	struct error err = ERROR_INIT;
	struct request req;

	break_with("UPDATE signet.case_object SET content = set_byte(content, 9, 1) WHERE digest ="
		   " (SELECT digest FROM signet.case_use WHERE case_id = '%s' AND role ="
		   " 'Timestamp')",
	    &id);
	CU_ASSERT_EQUAL(get(&req, "acme/erp", id, CASE_CONTENTS_ALL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_INTERNAL);
	request_release(&req);
	error_clear(&err);
	ASSERT_OK(get(&req, "acme/erp", id, CASE_CONTENTS_NONE, &err), &err);
	request_release(&req);
}

static void
more_documents_than_one_request_can_store_are_refused_before_they_come(void)
{
	struct limits limits = ops_limits();
	const unsigned int most = limits.documents;
	struct error err = ERROR_INIT;
	struct op_document *documents;
	struct request req;
	int moved = 0;

	limits.documents = 5000;
	ASSERT_OK(engine_set_limits(ops_engine(), &limits, &err), &err);
	documents = calloc(JOURNAL_CASES_MAX + 1, sizeof(*documents));
	CU_ASSERT_PTR_NOT_NULL_FATAL(documents);
	ops_request(&req, OP_VERIFY_DOCUMENTS, "acme/erp");
	req.in.documents = documents;
	req.in.document_count = JOURNAL_CASES_MAX + 1;
	req.in.store = 1;
	CU_ASSERT_EQUAL(ops_admit(ops_engine(), &req, &moved, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
	CU_ASSERT_EQUAL(err.allowed, JOURNAL_CASES_MAX);
	CU_ASSERT_EQUAL(err.met, JOURNAL_CASES_MAX + 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "1024 is over the limit of 1023"));
	request_release(&req);
	free(documents);
	error_clear(&err);
	limits.documents = most;
	ASSERT_OK(engine_set_limits(ops_engine(), &limits, &err), &err);
}

static const struct test tests[] = {
	TEST(a_case_holds_the_facts_and_all_that_the_verdict_rests_on),
	TEST(a_case_is_found_by_digest_signer_certificate_verdict_and_time),
	TEST(a_signer_is_found_by_his_subject_or_his_name_however_it_is_written),
	TEST(the_key_of_a_signer_knows_no_capitals_and_no_spaces),
	TEST(documents_are_kept_when_that_is_asked_for),
	TEST(the_report_that_was_answered_is_kept_beside_that_for_auditors),
	TEST(each_of_the_four_kinds_of_intake_is_stored_as_such),
	TEST(a_verdict_that_is_not_good_is_stored_as_well),
	TEST(another_tenant_and_a_caller_without_the_right_get_nothing),
	TEST(a_repeated_request_names_the_first_case_and_stores_no_second),
	TEST(of_many_documents_each_that_is_judged_has_its_case),
	TEST(what_died_before_its_row_was_written_is_no_case),
	TEST(one_byte_that_was_changed_behind_the_back_of_all_is_reported),
	TEST(an_object_that_was_changed_is_not_handed_out),
	TEST(more_documents_than_one_request_can_store_are_refused_before_they_come),
	TEST_END,
};
const struct suite suite_server_ops_cases_case = { "server/ops/cases/case", setup, teardown,
	tests };
