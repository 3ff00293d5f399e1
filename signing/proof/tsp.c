#include "signing/proof/tsp.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/format/cms/asn1.h"
#include "signing/format/cms/cms_read.h"
#include "signing/format/cms/oids.h"
#include "signing/format/cms/tst_info.h"

/* ---- the request ---- */

static int
set_imprint(TS_REQ *req, const struct tsp_request *request)
{
	TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
	X509_ALGOR *algor = X509_ALGOR_new();
	int ok = imprint != NULL && algor != NULL;

	ok = ok && X509_ALGOR_set0(
		       algor, OBJ_nid2obj(digest_nid(request->digest)), V_ASN1_NULL, NULL) == 1;
	ok = ok && TS_MSG_IMPRINT_set_algo(imprint, algor) == 1 &&
	     TS_MSG_IMPRINT_set_msg(imprint, (unsigned char *)request->imprint,
		 (int)digest_size(request->digest)) == 1 &&
	     TS_REQ_set_msg_imprint(req, imprint) == 1;
	X509_ALGOR_free(algor);
	TS_MSG_IMPRINT_free(imprint);
	return ok;
}

/* The nonce as a positive INTEGER, so that what comes back is comparable. */
static ASN1_INTEGER *
nonce_integer(const struct tsp_request *request)
{
	unsigned char bytes[TSP_NONCE_MAX];
	BIGNUM *bn;
	ASN1_INTEGER *nonce = NULL;

	memcpy(bytes, request->nonce, request->nonce_len);
	bytes[0] &= 0x7f;
	bn = BN_bin2bn(bytes, (int)request->nonce_len, NULL);
	if (bn != NULL)
		nonce = BN_to_ASN1_INTEGER(bn, NULL);
	BN_free(bn);
	return nonce;
}

int
tsp_request_make(struct buf *der, const struct tsp_request *request, struct error *err)
{
	TS_REQ *req = TS_REQ_new();
	ASN1_OBJECT *policy = NULL;
	ASN1_INTEGER *nonce = NULL;
	int rc = -1;

	if (digest_size(request->digest) == 0 || request->nonce_len > TSP_NONCE_MAX) {
		error_set(err, ERROR_MALFORMED,
		    "a time-stamp request needs a digest and a nonce of at most %d bytes",
		    TSP_NONCE_MAX);
		goto done;
	}
	if (req == NULL || TS_REQ_set_version(req, 1) != 1 || !set_imprint(req, request) ||
	    TS_REQ_set_cert_req(req, request->cert_req) != 1)
		goto failed;
	if (request->policy != NULL) {
		policy = OBJ_txt2obj(request->policy, 1);
		if (policy == NULL) {
			error_openssl_kind(
			    err, ERROR_MALFORMED, "the time-stamp policy is not an OID");
			goto done;
		}
		if (TS_REQ_set_policy_id(req, policy) != 1)
			goto failed;
	}
	if (request->nonce_len > 0) {
		nonce = nonce_integer(request);
		if (nonce == NULL || TS_REQ_set_nonce(req, nonce) != 1)
			goto failed;
	}
	rc = OSSL_APPEND_DER(TS_REQ, req, der, err);
	goto done;
failed:
	error_openssl(err, "a time-stamp request could not be made");
done:
	ASN1_OBJECT_free(policy);
	ASN1_INTEGER_free(nonce);
	TS_REQ_free(req);
	return rc;
}

/* ---- the token ---- */

static void
problem(struct timestamp_token *token, const char *text)
{
	if (token->problem[0] == '\0')
		snprintf(token->problem, sizeof(token->problem), "%s", text);
}

int
tsp_key_usage_is_right(X509 *cert)
{
	EXTENDED_KEY_USAGE *usage;
	int critical, ok;

	usage = X509_get_ext_d2i(cert, NID_ext_key_usage, &critical, NULL);
	ok = usage != NULL && critical == 1 && sk_ASN1_OBJECT_num(usage) == 1 &&
	     OBJ_obj2nid(sk_ASN1_OBJECT_value(usage, 0)) == NID_time_stamp;
	EXTENDED_KEY_USAGE_free(usage);
	ERR_clear_error();
	return ok;
}

static int
read_info(struct timestamp_token *token, struct span der, struct error *err)
{
	struct tst_info info;

	if (tst_info_decode(&info, der, err) != 0)
		return -1;
	token->gen_time = info.time;
	token->gen_time_us = info.time_us;
	token->accuracy_us = info.accuracy_us;
	token->ordering = info.ordering;
	token->digest = info.digest;
	memcpy(token->serial, info.serial, sizeof(token->serial));
	memcpy(token->policy, info.policy, sizeof(token->policy));
	memcpy(token->tsa, info.tsa, sizeof(token->tsa));
	token->nonce = info.nonce;
	token->imprint = info.imprint;
	if (info.problem[0] != '\0')
		problem(token, info.problem);
	return 0;
}

/* Take over what the CMS reader found about the signer. */
static void
take_signer(struct timestamp_token *token, struct signature *sig)
{
	token->signer = sig->signer;
	token->certificates = sig->certificates;
	token->cert_ref = sig->cert_ref;
	token->alg = sig->alg;
	token->value_intact = sig->value_intact && sig->references_intact;
	sig->signer = NULL;
	sig->certificates = NULL;
	if (sig->failure != SUB_NONE)
		problem(token, sig->failure_text);
	else if (!token->value_intact)
		problem(token, "the signature of the time-stamp token is not intact");
	if (token->cert_ref == CERT_REF_ABSENT)
		problem(token, "the time-stamp token does not name its signer's certificate");
	if (token->signer != NULL && !tsp_key_usage_is_right(token->signer))
		problem(token,
		    "the certificate that signed the time stamp is not for time stamping alone "
		    "(critical extended key usage)");
}

int
timestamp_token_read(
    struct timestamp_token *token, struct span der, const STACK_OF(X509) * extra, struct error *err)
{
	struct cms_read_options options = { .extra_certificates = extra };
	struct signatures list = { 0 };
	struct buf content = BUF_INIT(0);
	char type[128] = "";
	size_t i, signers = 0;
	int rc = -1;

	memset(token, 0, sizeof(*token));
	token->accuracy_us = -1;
	if (cms_content(&content, type, sizeof(type), der, err) != 0 ||
	    cms_read(&list, der, NULL, &options, err) != 0)
		goto done;
	if (strcmp(type, OID_TST_INFO) != 0) {
		error_set(err, ERROR_MALFORMED,
		    "the signature is no time-stamp token: its content is of type %s", type);
		goto done;
	}
	for (i = 0; i < list.count; i++)
		signers += list.items[i].parent == NULL;
	if (signers != 1)
		problem(token, "the time-stamp token must have exactly one signer");
	if (read_info(token, SPAN_OF(&content), err) != 0)
		goto done;
	take_signer(token, &list.items[0]);
	token->evidence = list.evidence;
	list.evidence = (struct evidence){ 0 };
	rc = 0;
done:
	signatures_release(&list);
	buf_release(&content);
	if (rc != 0)
		timestamp_token_release(token);
	return rc;
}

void
timestamp_token_release(struct timestamp_token *token)
{
	buf_release(&token->nonce);
	buf_release(&token->imprint);
	X509_free(token->signer);
	sk_X509_pop_free(token->certificates, X509_free);
	evidence_release(&token->evidence);
	token->signer = NULL;
	token->certificates = NULL;
}

int
tsp_matches(const struct timestamp_token *token, const struct digest_values *values)
{
	if (token->digest == DIGEST_NONE || !(values->have & DIGEST_BIT(token->digest)))
		return -1;
	return span_equal(SPAN_OF(&token->imprint),
	    (struct span){ values->value[token->digest], digest_size(token->digest) });
}

/* ---- the response ---- */

/* PKIFailureInfo, RFC 3161 section 2.4.2, and what its receiver can do. */
static const struct {
	int bit;
	enum error_kind kind;
	const char *text;
} failures[] = {
	{ 0, ERROR_UNSUPPORTED, "the digest algorithm is not accepted (badAlg)" },
	{ 2, ERROR_UNSUPPORTED, "the request is not permitted or supported (badRequest)" },
	{ 5, ERROR_UNSUPPORTED, "the request has the wrong format (badDataFormat)" },
	{ 14, ERROR_UNAVAILABLE, "its time source is not available (timeNotAvailable)" },
	{ 15, ERROR_UNSUPPORTED, "the policy is not supported (unacceptedPolicy)" },
	{ 16, ERROR_UNSUPPORTED, "the extension is not supported (unacceptedExtension)" },
	{ 17, ERROR_UNSUPPORTED, "more is asked for than it has (addInfoNotAvailable)" },
	{ 25, ERROR_UNAVAILABLE, "it has a system failure (systemFailure)" },
};

/* The authority said no: find its reason. */
static int
refused(const TS_STATUS_INFO *info, long status, struct error *err)
{
	const ASN1_BIT_STRING *bits = TS_STATUS_INFO_get0_failure_info(info);
	size_t i;

	for (i = 0; bits != NULL && i < sizeof(failures) / sizeof(failures[0]); i++)
		if (ASN1_BIT_STRING_get_bit(bits, failures[i].bit))
			return error_set(err, failures[i].kind,
			    "the time-stamp authority refused: %s", failures[i].text);
	return error_set(err, ERROR_UNAVAILABLE,
	    "the time-stamp authority refused without a reason (status %ld)", status);
}

int
tsp_response_token(struct buf *token, struct span response, struct error *err)
{
	STACK_OF(ASN1_TYPE) *parts = DER_DECODE(ASN1_SEQUENCE_ANY, response);
	TS_STATUS_INFO *info = NULL;
	struct span raw;
	long status;
	int rc = -1;

	if (sk_ASN1_TYPE_num(parts) < 1 || sk_ASN1_TYPE_num(parts) > 2 ||
	    (info = d2i_TS_STATUS_INFO(NULL,
		 &(const unsigned char *){ der_raw_span(sk_ASN1_TYPE_value(parts, 0)).data },
		 (long)der_raw_span(sk_ASN1_TYPE_value(parts, 0)).len)) == NULL) {
		error_openssl_kind(
		    err, ERROR_MALFORMED, "the time-stamp authority's response does not decode");
		goto done;
	}
	status = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(info));
	if (status != TS_STATUS_GRANTED && status != TS_STATUS_GRANTED_WITH_MODS) {
		refused(info, status, err);
		goto done;
	}
	raw = der_raw_span(sk_ASN1_TYPE_value(parts, 1));
	if (raw.data == NULL) {
		error_set(err, ERROR_MALFORMED,
		    "the time-stamp authority granted the request, but sent no token");
		goto done;
	}
	rc = buf_append_span(token, raw, err);
done:
	TS_STATUS_INFO_free(info);
	sk_ASN1_TYPE_pop_free(parts, ASN1_TYPE_free);
	return rc;
}

static int
nonce_fits(const struct timestamp_token *token, const struct tsp_request *request)
{
	struct buf want = BUF_INIT(0);
	struct error err = ERROR_INIT;
	ASN1_INTEGER *nonce = nonce_integer(request);
	int fits;

	fits = nonce != NULL && OSSL_APPEND_DER(ASN1_INTEGER, nonce, &want, &err) == 0 &&
	       span_equal(SPAN_OF(&want), SPAN_OF(&token->nonce));
	ASN1_INTEGER_free(nonce);
	buf_release(&want);
	return fits;
}

/* The first way in which the token does not answer the request, or NULL. */
static const char *
mismatch(const struct timestamp_token *token, const struct tsp_request *request, int embedded)
{
	struct span imprint = { request->imprint, digest_size(request->digest) };

	if (token->digest != request->digest || !span_equal(SPAN_OF(&token->imprint), imprint))
		return "it is over other data than were sent";
	if (request->nonce_len > 0 && !nonce_fits(token, request))
		return "its nonce is not the one that was sent; it may be a replay";
	if (request->nonce_len == 0 && token->nonce.len > 0)
		return "it has a nonce, but none was sent";
	if (request->policy != NULL && strcmp(request->policy, token->policy) != 0)
		return "it is of another policy than was asked for";
	if (request->cert_req && !embedded)
		return "it does not hold the certificate that was asked for";
	return NULL;
}

int
tsp_response_check(struct buf *out, struct span response, const struct tsp_request *request,
    const STACK_OF(X509) * extra, struct error *err)
{
	struct buf der = BUF_INIT(0);
	struct timestamp_token token = { 0 };
	const char *what;
	int embedded, rc = -1;

	if (tsp_response_token(&der, response, err) != 0 ||
	    timestamp_token_read(&token, SPAN_OF(&der), NULL, err) != 0)
		goto done;
	/* Only when the token does not hold the certificate itself, look outside. */
	embedded = token.signer != NULL;
	if (!embedded && extra != NULL) {
		timestamp_token_release(&token);
		if (timestamp_token_read(&token, SPAN_OF(&der), extra, err) != 0)
			goto done;
	}
	what = mismatch(&token, request, embedded);
	if (what != NULL)
		error_set(
		    err, ERROR_MALFORMED, "the time stamp does not answer the request: %s", what);
	else if (token.problem[0] != '\0')
		error_set(
		    err, ERROR_MALFORMED, "the time stamp is not sound: %.300s", token.problem);
	else
		rc = buf_append_span(out, SPAN_OF(&der), err);
done:
	timestamp_token_release(&token);
	buf_release(&der);
	return rc;
}
