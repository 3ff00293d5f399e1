#include "tests/support/tsa.h"

#include <openssl/objects.h>
#include <openssl/ts.h>
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/format/cms/cms_sign.h"
#include "tests/support/suite.h"

static void
fill(TS_TST_INFO *info, int64_t time, enum digest digest, const unsigned char *imprint)
{
	TS_MSG_IMPRINT *mi = TS_MSG_IMPRINT_new();
	X509_ALGOR *alg = X509_ALGOR_new();
	ASN1_OBJECT *policy = OBJ_txt2obj("1.3.6.1.4.1.99999.3", 1);
	ASN1_GENERALIZEDTIME *at = ASN1_GENERALIZEDTIME_set(NULL, (time_t)time);
	ASN1_INTEGER *serial = ASN1_INTEGER_new();

	X509_ALGOR_set0(alg, OBJ_nid2obj(digest_nid(digest)), V_ASN1_NULL, NULL);
	ASN1_INTEGER_set(serial, 4711);
	CU_ASSERT_FATAL(
	    TS_MSG_IMPRINT_set_algo(mi, alg) == 1 &&
	    TS_MSG_IMPRINT_set_msg(mi, (unsigned char *)imprint, (int)digest_size(digest)) == 1 &&
	    TS_TST_INFO_set_version(info, 1) == 1 && TS_TST_INFO_set_policy_id(info, policy) == 1 &&
	    TS_TST_INFO_set_msg_imprint(info, mi) == 1 &&
	    TS_TST_INFO_set_serial(info, serial) == 1 && TS_TST_INFO_set_time(info, at) == 1);
	TS_MSG_IMPRINT_free(mi);
	X509_ALGOR_free(alg);
	ASN1_OBJECT_free(policy);
	ASN1_GENERALIZEDTIME_free(at);
	ASN1_INTEGER_free(serial);
}

void
test_token(
    struct buf *token, const struct test_tsa *tsa, enum digest digest, const unsigned char *imprint)
{
	test_token_by(token, tsa, pki_key(tsa->id), digest, imprint);
}

void
test_token_by(struct buf *token, const struct test_tsa *tsa, const struct sign_key *key,
    enum digest digest, const unsigned char *imprint)
{
	struct sign_options options = {
		.signing_time = tsa->time, .claim_time = 1, .plain = tsa->plain
	};
	struct cms_content content = { .type = "1.2.840.113549.1.9.16.1.4" };
	TS_TST_INFO *info = TS_TST_INFO_new();
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);

	CU_ASSERT_PTR_NOT_NULL_FATAL(info);
	fill(info, tsa->time, digest, imprint);
	ASSERT_OK(OSSL_APPEND_DER(TS_TST_INFO, info, &der, &err), &err);
	content.content = SPAN_OF(&der);
	ASSERT_OK(cms_sign_content(token, &content, key, &options, &err), &err);
	TS_TST_INFO_free(info);
	buf_release(&der);
}

static int
get(void *ctx, enum digest digest, const unsigned char *imprint, struct buf *token,
    struct error *err)
{
	(void)err;
	test_token(token, ctx, digest, imprint);
	return 0;
}

struct timestamp_source
test_tsa_source(const struct test_tsa *tsa)
{
	return (struct timestamp_source){ .get = get, .ctx = (void *)tsa };
}
