/*
 * S2-05: the algorithm catalogue that an administrator installed: who may have signed it, that it
 * is not older than the one in use, and that nothing new is made with what it holds unsuitable.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/ops/trust/catalogue.h"
#include "signing/core/ossl.h"
#include "tests/support/ops_world.h"
#include "tests/support/pdf_samples.h"
#include "tests/support/suite.h"
#include "tests/support/trusted.h"

static struct buf pdf;

static int
setup(void)
{
	const struct pdf_sample sample = { 0 };
	struct error err = ERROR_INIT;

	if (ops_world_stamping() != 0)
		return -1;
	return pdf_sample_make(&pdf, &sample, &err);
}

static int
teardown(void)
{
	ops_world_end();
	buf_release(&pdf);
	return 0;
}

/* An open file with these bytes, from its start. */
static int
file_with(struct span bytes)
{
	char path[] = "/tmp/signet-catalogue-XXXXXX";
	int fd = mkstemp(path);

	CU_ASSERT_FATAL(fd >= 0);
	unlink(path);
	CU_ASSERT_EQUAL_FATAL(write(fd, bytes.data, bytes.len), (ssize_t)bytes.len);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

/* The built-in catalogue with one text replaced, signed by a member, issued so many days ago. */
static void
make(struct buf *text, const char *from, const char *to, enum pki_id signer, int days)
{
	const struct catalogue_edition edition = { days == 1 ? "new" : "old", "Example",
		PKI_NOW - days * PKI_DAY, CATALOGUE_OPEN };
	struct error err = ERROR_INIT;

	text->len = 0;
	ASSERT_OK(catalogue_file_write(text, catalogue_builtin(), &edition, &err), &err);
	test_swap(text, from, to);
	test_list_sign(text, signer);
}

/* Install it as the configuration does, with the pinned certificate of PKI_P256. */
static int
use(const struct buf *text, struct error *err)
{
	struct buf der = BUF_INIT(0);
	int catalogue, signers, rc;

	ASSERT_OK(OSSL_APPEND_DER(X509, pki_cert(PKI_P256), &der, err), err);
	catalogue = file_with(SPAN_OF(text));
	signers = file_with(SPAN_OF(&der));
	rc = ops_catalogue_use(ops_engine(), catalogue, signers, err);
	close(catalogue);
	close(signers);
	buf_release(&der);
	return rc;
}

static void
refused(const struct buf *text, const char *says)
{
	const struct catalogue *before = engine_catalogue(ops_engine());
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL(use(text, &err), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, says));
	if (strstr(err.text, says) == NULL)
		fprintf(stderr, "%s\n", err.text);
	CU_ASSERT_PTR_EQUAL(engine_catalogue(ops_engine()), before);
}

static void
built_in_again(void)
{
	struct error err = ERROR_INIT;

	ASSERT_OK(ops_catalogue_use(ops_engine(), -1, -1, &err), &err);
	CU_ASSERT_PTR_EQUAL(engine_catalogue(ops_engine()), catalogue_builtin());
}

#define P256 "P-256</Curve></Parameter>\n\t\t\t<Validity>"

static void
only_the_pinned_signers_catalogue_is_taken_and_none_older(void)
{
	struct buf text = BUF_INIT(0);
	struct error err = ERROR_INIT;

	make(&text, P256, P256, PKI_P384, 1);
	refused(&text, "algorithm-catalogue: ");
	make(&text, P256, P256, PKI_P256, 1);
	text.data[text.len / 2] ^= 1;
	refused(&text, "algorithm-catalogue: ");
	make(&text, P256, P256, PKI_P256, 1);
	ASSERT_OK(use(&text, &err), &err);
	CU_ASSERT_PTR_NOT_NULL(strstr(engine_catalogue(ops_engine())->version, "new"));
	make(&text, P256, P256, PKI_P256, 5);
	refused(&text, "before the one in use");
	CU_ASSERT_PTR_NOT_NULL(strstr(engine_catalogue(ops_engine())->version, "new"));
	/* The same once more is fine: a reload for another reason. */
	make(&text, P256, P256, PKI_P256, 1);
	ASSERT_OK(use(&text, &err), &err);
	text.len = 0;
	refused(&text, "algorithm-catalogue: ");
	built_in_again();
	buf_release(&text);
}

/* Run what `req` asks; it must be refused with the day that the catalogue names. */
static void
is_not_made(struct request *req, const struct ops_bodies *bodies)
{
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL(ops_serve(req, bodies, &err), -1);
	CU_ASSERT(err.kind == ERROR_UNSUPPORTED || err.kind == ERROR_UNAVAILABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "not suitable after 2026-01-01"));
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "new (2026-02-28)"));
	CU_ASSERT_EQUAL(req->out.item_count, 0);
	CU_ASSERT_EQUAL(req->out.token.len, 0);
	if (err.kind == ERROR_NONE || strstr(err.text, "2026-01-01") == NULL)
		fprintf(stderr, "%s: %s\n", req->operation->name, err.text);
	request_release(req);
}

static void
sign_document(enum doc_format format, const char *key, enum digest digest)
{
	const struct span body = format == DOC_PDF   ? SPAN_OF(&pdf)
				 : format == DOC_XML ? span_str("<a/>")
						     : span_str("text");
	const struct ops_bodies bodies = { .documents = &body };
	struct op_document doc = { .name = "a" };
	struct request req;

	ops_request(&req, OP_SIGN_DOCUMENT, "acme/erp");
	req.in.documents = &doc;
	req.in.document_count = 1;
	req.in.sign.format = format;
	req.in.sign.key = key;
	req.in.sign.digest = digest;
	is_not_made(&req, &bodies);
}

static void
nothing_is_signed_with_a_key_that_is_not_suitable(void)
{
	static const enum doc_format formats[] = { DOC_CMS, DOC_XML, DOC_PDF, DOC_ASICS,
		DOC_ASICE };
	unsigned char value[DIGEST_SIZE_MAX] = { 1 };
	const struct document_digest digest = { .method = DIGEST_SHA256, .value = { value, 32 } };
	struct buf text = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct request req;
	size_t i;

	make(&text, P256, P256 "<End>2026-01-01</End>", PKI_P256, 1);
	ASSERT_OK(use(&text, &err), &err);
	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		sign_document(formats[i], "seal", DIGEST_NONE);
	for (i = 0; i < 2; i++) {
		ops_request(&req, OP_SIGN_DIGESTS, "acme/erp");
		req.in.sign.key = "seal";
		req.in.sign.format = i == 0 ? DOC_CMS : DOC_RAW;
		req.in.digests = &digest;
		req.in.digest_count = 1;
		is_not_made(&req, &(struct ops_bodies){ 0 });
	}
	/* The authority's own key is of that kind, too. */
	ops_request(&req, OP_TIMESTAMP_DIGEST, "acme/erp");
	req.in.digests = &digest;
	req.in.digest_count = 1;
	is_not_made(&req, &(struct ops_bodies){ 0 });
	built_in_again();
	buf_release(&text);
}

static void
nothing_is_made_with_a_digest_that_is_not_suitable(void)
{
	static const char from[] = ">2.16.840.1.101.3.4.2.3<";
	unsigned char value[DIGEST_SIZE_MAX] = { 1 };
	const struct document_digest digest = { .method = DIGEST_SHA512, .value = { value, 64 } };
	struct buf text = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct request req;
	const char *at, *validity;

	make(&text, from, from, PKI_P256, 1);
	/* The digest's own evaluation follows its identifier. */
	text.len = 0;
	ASSERT_OK(
	    catalogue_file_write(&text, catalogue_builtin(),
		&(struct catalogue_edition){ "new", "Example", PKI_NOW - PKI_DAY, CATALOGUE_OPEN },
		&err),
	    &err);
	ASSERT_OK(buf_terminate(&text, &err), &err);
	at = strstr((const char *)text.data, from);
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	validity = strstr(at, "<Validity");
	CU_ASSERT_PTR_NOT_NULL_FATAL(validity);
	ASSERT_OK(buf_splice(&text, (size_t)(validity - (const char *)text.data),
		      strcspn(validity, ">") + 1,
		      span_str(validity[9] == '/' ? "<Validity><End>2026-01-01</End></Validity>"
						  : "<Validity><End>2026-01-01</End>"),
		      &err),
	    &err);
	test_list_sign(&text, PKI_P256);
	ASSERT_OK(use(&text, &err), &err);
	sign_document(DOC_CMS, "seal", DIGEST_SHA512);
	sign_document(DOC_XML, "rsa", DIGEST_SHA512);
	ops_request(&req, OP_SIGN_DIGESTS, "acme/erp");
	req.in.sign.key = "rsa";
	req.in.digests = &digest;
	req.in.digest_count = 1;
	is_not_made(&req, &(struct ops_bodies){ 0 });
	ops_request(&req, OP_TIMESTAMP_DIGEST, "acme/erp");
	req.in.digests = &digest;
	req.in.digest_count = 1;
	is_not_made(&req, &(struct ops_bodies){ 0 });
	built_in_again();
	buf_release(&text);
}

static const struct test tests[] = { TEST(
					 only_the_pinned_signers_catalogue_is_taken_and_none_older),
	TEST(nothing_is_signed_with_a_key_that_is_not_suitable),
	TEST(nothing_is_made_with_a_digest_that_is_not_suitable), TEST_END };
const struct suite suite_server_ops_trust_catalogue = { "server/ops/trust/catalogue", setup,
	teardown, tests };
