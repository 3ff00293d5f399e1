#include "signing/proof/tsa.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "server/base/text.h"
#include "signing/core/ossl.h"
#include "signing/format/cms/asn1.h"
#include "signing/format/cms/cms_sign.h"
#include "signing/format/cms/oids.h"
#include "signing/proof/tsp.h"

#define NONCE_BITS_MAX 512

static const unsigned int default_digests = DIGEST_BITS_MODERN | DIGEST_BIT(DIGEST_SHA3_256) |
					    DIGEST_BIT(DIGEST_SHA3_384) |
					    DIGEST_BIT(DIGEST_SHA3_512);

const char *
tsa_failure_name(enum tsa_failure failure)
{
	switch (failure) {
	case TSA_BAD_ALG:
		return "badAlg";
	case TSA_BAD_REQUEST:
		return "badRequest";
	case TSA_BAD_DATA_FORMAT:
		return "badDataFormat";
	case TSA_TIME_NOT_AVAILABLE:
		return "timeNotAvailable";
	case TSA_UNACCEPTED_POLICY:
		return "unacceptedPolicy";
	case TSA_UNACCEPTED_EXTENSION:
		return "unacceptedExtension";
	case TSA_ADD_INFO_NOT_AVAILABLE:
		return "addInfoNotAvailable";
	case TSA_SYSTEM_FAILURE:
		return "systemFailure";
	}
	return "unknown";
}

/* ---- the answer ---- */

/* Append SEQUENCE { PKIStatusInfo, token }; token empty for a refusal. */
static int
append_response(
    struct buf *response, const struct tsa_record *record, struct span token, struct error *err)
{
	STACK_OF(ASN1_TYPE) *status = sk_ASN1_TYPE_new_null(), *text = sk_ASN1_TYPE_new_null(),
			    *whole = sk_ASN1_TYPE_new_null();
	ASN1_BIT_STRING *failure = ASN1_BIT_STRING_new();
	ASN1_INTEGER *number = ASN1_INTEGER_new();
	struct buf der = BUF_INIT(0);
	ASN1_TYPE *words = NULL;
	int rc = -1;

	if (status == NULL || text == NULL || whole == NULL || failure == NULL || number == NULL ||
	    ASN1_INTEGER_set(number, record->granted ? TS_STATUS_GRANTED : TS_STATUS_REJECTION) !=
		1 ||
	    OSSL_APPEND_DER(ASN1_INTEGER, number, &der, err) != 0 ||
	    der_push(status, SPAN_OF(&der)) != 0)
		goto done;
	if (!record->granted) {
		words = der_string(V_ASN1_UTF8STRING, record->text);
		der.len = 0;
		if (words == NULL || sk_ASN1_TYPE_push(text, words) <= 0 ||
		    OSSL_APPEND_DER(ASN1_SEQUENCE_ANY, text, &der, err) != 0 ||
		    der_push(status, SPAN_OF(&der)) != 0)
			goto done;
		der.len = 0;
		if (ASN1_BIT_STRING_set_bit(failure, (int)record->failure, 1) != 1 ||
		    OSSL_APPEND_DER(ASN1_BIT_STRING, failure, &der, err) != 0 ||
		    der_push(status, SPAN_OF(&der)) != 0)
			goto done;
	}
	der.len = 0;
	if (OSSL_APPEND_DER(ASN1_SEQUENCE_ANY, status, &der, err) != 0 ||
	    der_push(whole, SPAN_OF(&der)) != 0 || (token.len > 0 && der_push(whole, token) != 0))
		goto done;
	rc = OSSL_APPEND_DER(ASN1_SEQUENCE_ANY, whole, response, err);
done:
	if (rc != 0)
		error_openssl(err, "a time-stamp response could not be written");
	sk_ASN1_TYPE_pop_free(status, ASN1_TYPE_free);
	sk_ASN1_TYPE_pop_free(text, ASN1_TYPE_free);
	sk_ASN1_TYPE_pop_free(whole, ASN1_TYPE_free);
	ASN1_BIT_STRING_free(failure);
	ASN1_INTEGER_free(number);
	buf_release(&der);
	return rc;
}

/* Note a refusal; always -1. */
static int
refuse(struct tsa_record *record, enum tsa_failure failure, const char *text)
{
	record->granted = 0;
	record->failure = failure;
	snprintf(record->text, sizeof(record->text), "%.199s", text);
	return -1;
}

/* ---- the question ---- */

static int
read_policy(const struct tsa *tsa, TS_REQ *req, struct tsa_record *record)
{
	size_t i;

	if (TS_REQ_get_policy_id(req) == NULL) {
		snprintf(record->policy, sizeof(record->policy), "%s", tsa->policy);
		return 0;
	}
	der_oid(TS_REQ_get_policy_id(req), record->policy, sizeof(record->policy));
	if (strcmp(record->policy, tsa->policy) == 0)
		return 0;
	for (i = 0; i < tsa->policy_count; i++)
		if (strcmp(record->policy, tsa->policies[i]) == 0)
			return 0;
	return refuse(record, TSA_UNACCEPTED_POLICY,
	    "this authority does not issue time stamps under the policy that was asked for");
}

static int
read_imprint(const struct tsa *tsa, TS_REQ *req, struct tsa_record *record)
{
	TS_MSG_IMPRINT *imprint = TS_REQ_get_msg_imprint(req);
	const ASN1_OCTET_STRING *value = TS_MSG_IMPRINT_get_msg(imprint);
	unsigned int accepted = tsa->digests != 0 ? tsa->digests : default_digests;
	const ASN1_OBJECT *oid;
	int ptype;

	X509_ALGOR_get0(&oid, &ptype, NULL, TS_MSG_IMPRINT_get_algo(imprint));
	record->digest = digest_by_nid(OBJ_obj2nid(oid));
	if (record->digest == DIGEST_NONE || !(accepted & DIGEST_BIT(record->digest)))
		return refuse(record, TSA_BAD_ALG,
		    "this authority does not accept the digest algorithm of the imprint");
	if (ptype != V_ASN1_UNDEF && ptype != V_ASN1_NULL)
		return refuse(record, TSA_BAD_ALG, "the digest algorithm has parameters");
	if ((size_t)ASN1_STRING_length(value) != digest_size(record->digest))
		return refuse(record, TSA_BAD_DATA_FORMAT,
		    "the imprint is not as long as its digest algorithm's");
	record->imprint_len = digest_size(record->digest);
	memcpy(record->imprint, ASN1_STRING_get0_data(value), record->imprint_len);
	return 0;
}

static int
read_request(TS_REQ **out, const struct tsa *tsa, struct span request, struct tsa_record *record)
{
	const unsigned char *p = request.data;
	const ASN1_INTEGER *nonce;
	TS_REQ *req;

	*out = req = request.len > 0 && request.len <= TSA_REQUEST_MAX
			 ? d2i_TS_REQ(NULL, &p, (long)request.len)
			 : NULL;
	ERR_clear_error();
	if (req == NULL || p != request.data + request.len)
		return refuse(record, TSA_BAD_DATA_FORMAT, "the request does not decode");
	if (TS_REQ_get_version(req) != 1)
		return refuse(record, TSA_BAD_REQUEST, "the request is not of version 1");
	if (read_imprint(tsa, req, record) != 0 || read_policy(tsa, req, record) != 0)
		return -1;
	if (TS_REQ_get_ext_count(req) > 0)
		return refuse(record, TSA_UNACCEPTED_EXTENSION,
		    "this authority knows no extensions of requests");
	nonce = TS_REQ_get_nonce(req);
	if (nonce != NULL && ASN1_STRING_length(nonce) > NONCE_BITS_MAX / 8)
		return refuse(record, TSA_BAD_REQUEST, "the nonce is longer than 512 bits");
	return 0;
}

/* ---- the token ---- */

/* GeneralizedTime without trailing zeros in its fraction (RFC 3161 section 2.4.2). */
static ASN1_GENERALIZEDTIME *
time_of(int64_t time_us)
{
	time_t seconds = (time_t)(time_us / 1000000);
	unsigned int us = (unsigned int)(time_us % 1000000);
	ASN1_GENERALIZEDTIME *out = ASN1_GENERALIZEDTIME_new();
	char text[48], fraction[16];
	struct tm tm;
	size_t len;

	if (out == NULL || gmtime_r(&seconds, &tm) == NULL || tm.tm_year + 1900 > 9999)
		goto failed;
	snprintf(fraction, sizeof(fraction), ".%06u", us);
	for (len = strlen(fraction); len > 0 && (fraction[len - 1] == '0' || len == 1); len--)
		fraction[len - 1] = '\0';
	snprintf(text, sizeof(text), "%04d%02d%02d%02d%02d%02d%sZ", tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, fraction);
	if (ASN1_STRING_set(out, text, -1) != 1 || ASN1_GENERALIZEDTIME_check(out) != 1)
		goto failed;
	return out;
failed:
	ASN1_GENERALIZEDTIME_free(out);
	return NULL;
}

static int
set_number(int (*set)(TS_ACCURACY *, const ASN1_INTEGER *), TS_ACCURACY *accuracy, uint64_t value)
{
	ASN1_INTEGER *number = ASN1_INTEGER_new();
	int ok = number != NULL && ASN1_INTEGER_set_uint64(number, value) == 1 &&
		 set(accuracy, number) == 1;

	ASN1_INTEGER_free(number);
	return ok;
}

static int
set_accuracy(TS_TST_INFO *tst, uint64_t us)
{
	TS_ACCURACY *accuracy;
	int ok;

	if (us == 0)
		return 1;
	accuracy = TS_ACCURACY_new();
	/* A part that is zero is left out. */
	ok = accuracy != NULL &&
	     (us / 1000000 == 0 || set_number(TS_ACCURACY_set_seconds, accuracy, us / 1000000)) &&
	     (us / 1000 % 1000 == 0 ||
		 set_number(TS_ACCURACY_set_millis, accuracy, us / 1000 % 1000)) &&
	     (us % 1000 == 0 || set_number(TS_ACCURACY_set_micros, accuracy, us % 1000)) &&
	     TS_TST_INFO_set_accuracy(tst, accuracy) == 1;
	TS_ACCURACY_free(accuracy);
	return ok;
}

static int
set_serial(TS_TST_INFO *tst, struct span serial)
{
	BIGNUM *bn = BN_bin2bn(serial.data, (int)serial.len, NULL);
	ASN1_INTEGER *number = bn != NULL ? BN_to_ASN1_INTEGER(bn, NULL) : NULL;
	int ok = number != NULL && TS_TST_INFO_set_serial(tst, number) == 1;

	ASN1_INTEGER_free(number);
	BN_free(bn);
	return ok;
}

static int
set_tsa_name(TS_TST_INFO *tst, X509 *cert)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	X509_NAME *subject = X509_NAME_dup(X509_get_subject_name(cert));
	int ok;

	if (name == NULL || subject == NULL) {
		X509_NAME_free(subject);
		GENERAL_NAME_free(name);
		return 0;
	}
	GENERAL_NAME_set0_value(name, GEN_DIRNAME, subject);
	ok = TS_TST_INFO_set_tsa(tst, name) == 1;
	GENERAL_NAME_free(name);
	return ok;
}

static int
build_info(struct buf *der, TS_REQ *req, const struct tsa *tsa, const struct tsa_record *record,
    struct span serial, struct error *err)
{
	TS_TST_INFO *tst = TS_TST_INFO_new();
	ASN1_OBJECT *policy = OBJ_txt2obj(record->policy, 1);
	ASN1_GENERALIZEDTIME *time = time_of(record->time_us);
	int ok, rc = -1;

	ok = tst != NULL && policy != NULL && time != NULL &&
	     TS_TST_INFO_set_version(tst, 1) == 1 && TS_TST_INFO_set_policy_id(tst, policy) == 1 &&
	     TS_TST_INFO_set_msg_imprint(tst, TS_REQ_get_msg_imprint(req)) == 1 &&
	     set_serial(tst, serial) && TS_TST_INFO_set_time(tst, time) == 1 &&
	     set_accuracy(tst, tsa->accuracy_us) &&
	     (!tsa->ordering || TS_TST_INFO_set_ordering(tst, 1) == 1) &&
	     (TS_REQ_get_nonce(req) == NULL ||
		 TS_TST_INFO_set_nonce(tst, TS_REQ_get_nonce(req)) == 1) &&
	     set_tsa_name(tst, tsa->key->cert);
	if (ok)
		rc = OSSL_APPEND_DER(TS_TST_INFO, tst, der, err);
	else
		error_openssl(err, "a time-stamp token could not be put together");
	ASN1_GENERALIZEDTIME_free(time);
	ASN1_OBJECT_free(policy);
	TS_TST_INFO_free(tst);
	return rc;
}

/* Is the authority itself fit to sign at this time? */
static int
check_authority(const struct tsa *tsa, struct span serial, struct tsa_record *record)
{
	size_t i, zeros = 0;
	int from_ok, to_ok;
	int64_t from, to;

	if (record->time_us < 0)
		return refuse(
		    record, TSA_TIME_NOT_AVAILABLE, "the authority's time source is not available");
	for (i = 0; i < serial.len; i++)
		zeros += serial.data[i] == 0;
	if (serial.len == 0 || serial.len > TSA_SERIAL_MAX || zeros == serial.len)
		return refuse(record, TSA_SYSTEM_FAILURE, "the authority has no serial number");
	if (!tsp_key_usage_is_right(tsa->key->cert))
		return refuse(record, TSA_SYSTEM_FAILURE,
		    "the authority's certificate is not one for time stamping");
	from = asn1_time_seconds(X509_get0_notBefore(tsa->key->cert), &from_ok);
	to = asn1_time_seconds(X509_get0_notAfter(tsa->key->cert), &to_ok);
	if (!from_ok || !to_ok || record->time_us / 1000000 < from ||
	    record->time_us / 1000000 > to)
		return refuse(
		    record, TSA_SYSTEM_FAILURE, "the authority's certificate is not valid now");
	return 0;
}

static int
build_token(struct buf *token, TS_REQ *req, const struct tsa *tsa, struct span serial,
    struct tsa_record *record)
{
	struct sign_options options = { .digest = tsa->digest,
		.padding = tsa->padding,
		.signing_time = record->time_us / 1000000,
		.claim_time = 1,
		.include_chain = tsa->include_chain };
	struct cms_content content = { .type = OID_TST_INFO,
		.omit_certificates = !TS_REQ_get_cert_req(req) };
	struct buf info = BUF_INIT(0);
	struct error err = ERROR_INIT;
	int rc = -1;

	if (build_info(&info, req, tsa, record, serial, &err) == 0) {
		content.content = SPAN_OF(&info);
		rc = cms_sign_content(token, &content, tsa->key, &options, &err);
	}
	if (rc != 0)
		refuse(record, TSA_SYSTEM_FAILURE, err.text);
	buf_release(&info);
	return rc;
}

int
tsa_respond(struct buf *response, struct span request, const struct tsa *tsa, int64_t time_us,
    struct span serial, struct tsa_record *record, struct error *err)
{
	struct buf token = BUF_INIT(0);
	TS_REQ *req = NULL;
	int rc;

	memset(record, 0, sizeof(*record));
	record->time_us = time_us;
	if (serial.len > 0 && serial.len <= TSA_SERIAL_MAX)
		text_hex(record->serial, serial.data, serial.len);
	if (read_request(&req, tsa, request, record) == 0 &&
	    check_authority(tsa, serial, record) == 0 &&
	    build_token(&token, req, tsa, serial, record) == 0)
		record->granted = 1;
	rc = append_response(response, record, SPAN_OF(&token), err);
	if (rc != 0)
		record->granted = 0;
	TS_REQ_free(req);
	buf_release(&token);
	return rc;
}
