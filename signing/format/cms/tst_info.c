#include "signing/format/cms/tst_info.h"

#include <ctype.h>
#include <openssl/err.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/format/cms/asn1.h"
#include "signing/format/cms/count.h"
#include "signing/format/cms/oids.h"

static const struct format_limits default_limits = FORMAT_LIMITS_DEFAULT;

static void
problem(struct tst_info *info, const char *text)
{
	if (info->problem[0] == '\0')
		snprintf(info->problem, sizeof(info->problem), "%s", text);
}

/* Microseconds behind the point of a GeneralizedTime. */
static unsigned int
fraction_us(const ASN1_GENERALIZEDTIME *time)
{
	const char *at = memchr(ASN1_STRING_get0_data(time), '.', (size_t)ASN1_STRING_length(time));
	const char *end = (const char *)ASN1_STRING_get0_data(time) + ASN1_STRING_length(time);
	unsigned int us = 0, unit = 100000;

	for (at = at != NULL ? at + 1 : end; at < end && isdigit((unsigned char)*at); at++) {
		us += (unsigned int)(*at - '0') * unit;
		unit /= 10;
	}
	return us;
}

static int64_t
part(const ASN1_INTEGER *value, int64_t most)
{
	int64_t n = 0;

	if (value == NULL)
		return 0;
	return ASN1_INTEGER_get_int64(&n, value) == 1 && n >= 0 && n <= most ? n : -1;
}

static int64_t
accuracy_us(const TS_ACCURACY *accuracy)
{
	int64_t seconds, millis, micros;

	if (accuracy == NULL)
		return -1;
	seconds = part(TS_ACCURACY_get_seconds(accuracy), 1000000000);
	millis = part(TS_ACCURACY_get_millis(accuracy), 999);
	micros = part(TS_ACCURACY_get_micros(accuracy), 999);
	if (seconds < 0 || millis < 0 || micros < 0)
		return -1;
	return (seconds * 1000 + millis) * 1000 + micros;
}

static int
take_imprint(struct tst_info *info, TS_TST_INFO *tst, struct error *err)
{
	TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(tst);
	ASN1_OCTET_STRING *value = TS_MSG_IMPRINT_get_msg(imprint);
	const ASN1_OBJECT *oid;

	X509_ALGOR_get0(&oid, NULL, NULL, TS_MSG_IMPRINT_get_algo(imprint));
	info->digest = digest_by_nid(OBJ_obj2nid(oid));
	if (buf_append(&info->imprint, ASN1_STRING_get0_data(value),
		(size_t)ASN1_STRING_length(value), err) != 0)
		return -1;
	if (info->digest == DIGEST_NONE)
		problem(info, "the digest algorithm of the time stamp's imprint is not known here");
	else if (info->imprint.len != digest_size(info->digest))
		problem(info, "the time stamp's imprint is not as long as its algorithm's");
	return 0;
}

static int
take(struct tst_info *info, TS_TST_INFO *tst, struct error *err)
{
	const ASN1_INTEGER *nonce = TS_TST_INFO_get_nonce(tst);
	GENERAL_NAME *tsa = TS_TST_INFO_get_tsa(tst);
	int ok;

	info->time = asn1_time_seconds(TS_TST_INFO_get_time(tst), &ok);
	if (!ok)
		return error_set(
		    err, ERROR_MALFORMED, "the time in the time-stamp token is not a time");
	info->time_us = fraction_us(TS_TST_INFO_get_time(tst));
	info->accuracy_us = accuracy_us(TS_TST_INFO_get_accuracy(tst));
	info->ordering = TS_TST_INFO_get_ordering(tst);
	info->version = (int)TS_TST_INFO_get_version(tst);
	asn1_integer_text(TS_TST_INFO_get_serial(tst), info->serial, sizeof(info->serial));
	der_oid(TS_TST_INFO_get_policy_id(tst), info->policy, sizeof(info->policy));
	if (tsa != NULL && tsa->type == GEN_DIRNAME)
		x509_name_text(tsa->d.directoryName, info->tsa, sizeof(info->tsa));
	if (info->version != 1)
		problem(info, "the time-stamp token is not of version 1");
	if (nonce != NULL && OSSL_APPEND_DER(ASN1_INTEGER, nonce, &info->nonce, err) != 0)
		return -1;
	return take_imprint(info, tst, err);
}

int
tst_info_decode(struct tst_info *info, struct span der, struct error *err)
{
	const unsigned char *p = der.data;
	TS_TST_INFO *tst =
	    der.len <= TST_INFO_MAX ? d2i_TS_TST_INFO(NULL, &p, (long)der.len) : NULL;
	int rc = -1;

	memset(info, 0, sizeof(*info));
	info->accuracy_us = -1;
	if (tst == NULL || p != der.data + der.len)
		error_openssl_kind(
		    err, ERROR_MALFORMED, "the content of the time-stamp token does not decode");
	else
		rc = take(info, tst, err);
	TS_TST_INFO_free(tst);
	ERR_clear_error();
	if (rc != 0)
		tst_info_release(info);
	return rc;
}

int
tst_info_of_token(struct tst_info *info, struct span token, struct error *err)
{
	DER_CONTENT *outer =
	    cms_count(token, &default_limits, NULL) == 0 ? DER_DECODE(DER_CONTENT, token) : NULL;
	DER_SIGNED_DATA *data =
	    outer != NULL ? DER_DECODE(DER_SIGNED_DATA, der_raw_span(outer->content)) : NULL;
	const ASN1_TYPE *content = data != NULL ? data->content->content : NULL;
	int rc = -1;

	memset(info, 0, sizeof(*info));
	if (content == NULL || content->type != V_ASN1_OCTET_STRING)
		error_set(err, ERROR_MALFORMED, "the time-stamp token does not decode");
	else if (!der_oid_is(data->content->type, OID_TST_INFO))
		error_set(err, ERROR_MALFORMED, "the signed content is not a time stamp");
	else
		rc = tst_info_decode(info,
		    (struct span){ ASN1_STRING_get0_data(content->value.octet_string),
			(size_t)ASN1_STRING_length(content->value.octet_string) },
		    err);
	DER_SIGNED_DATA_free(data);
	DER_CONTENT_free(outer);
	ERR_clear_error();
	return rc;
}

enum digest
tst_info_digest_of(struct span token)
{
	struct tst_info info;
	enum digest digest = DIGEST_NONE;

	if (tst_info_of_token(&info, token, NULL) == 0) {
		digest = info.digest;
		tst_info_release(&info);
	}
	return digest;
}

int64_t
tst_info_time_of(struct span token)
{
	struct tst_info info;
	int64_t time = INT64_MAX;

	if (tst_info_of_token(&info, token, NULL) == 0) {
		time = info.time;
		tst_info_release(&info);
	}
	return time;
}

void
tst_info_release(struct tst_info *info)
{
	buf_release(&info->nonce);
	buf_release(&info->imprint);
}

int
tst_info_matches(const struct tst_info *info, const struct digest_values *values)
{
	if (info->digest == DIGEST_NONE || !(values->have & DIGEST_BIT(info->digest)))
		return -1;
	return span_equal(SPAN_OF(&info->imprint),
	    (struct span){ values->value[info->digest], digest_size(info->digest) });
}

int
signature_stamps_fit(const struct signature *sig, struct error *err)
{
	struct tst_info info;
	size_t i;
	int fits;

	for (i = 0; i < sig->timestamp_count; i++) {
		const struct embedded_timestamp *stamp = &sig->timestamps[i];

		if (stamp->kind == TIMESTAMP_CONTENT && !stamp->imprint_known)
			continue;
		if (tst_info_of_token(&info, SPAN_OF(&stamp->token), err) != 0)
			return -1;
		fits = stamp->imprint_known && tst_info_matches(&info, &stamp->imprint) == 1;
		tst_info_release(&info);
		if (!fits)
			return error_set(err, ERROR_CONFLICT,
			    "time stamp %zu of the signature is not over what it must cover; what "
			    "were added would be built on it",
			    i + 1);
	}
	return 0;
}
