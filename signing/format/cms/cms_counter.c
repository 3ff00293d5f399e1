/* Counter-signatures: RFC 5652 section 11.4, EN 319 122-1 clause 5.2.7. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/format/cms/cms_read.h"
#include "signing/format/cms/maker.h"
#include "signing/format/cms/oids.h"

/* A SignerInfo over the value of another. */
static int
make_counter(struct buf *counter, struct span value, const struct sign_key *key,
    const struct sign_options *options, struct error *err)
{
	unsigned char digest[DIGEST_SIZE_MAX];
	struct buf made = BUF_INIT(0);
	struct maker m = { 0 };
	int rc = -1;

	if (maker_init(&m, NULL, CMS_PROFILE_CADES, key, options, err) != 0)
		return -1;
	if (digest_span(m.alg.digest, value, digest, err) == 0 &&
	    maker_value(&m, digest, &value, &made, err) == 0)
		rc = maker_finish(&m, digest, SPAN_OF(&made), counter, err);
	buf_release(&made);
	maker_release(&m);
	return rc;
}

/* ---- where it goes ---- */

/* The numbers of an id: "signer-2.1.3" are 2, 1, 3. */
struct place {
	unsigned int at[CMS_COUNTER_DEPTH_MAX + 1];
	size_t depth; /* numbers behind the first */
};

static int
place_read(struct place *place, const char *id, struct error *err)
{
	static const char prefix[] = "signer-";
	const char *s = id + strlen(prefix);
	char *end = NULL;

	memset(place, 0, sizeof(*place));
	if (strncmp(id, prefix, strlen(prefix)) != 0)
		return error_set(err, ERROR_NOT_FOUND, "the message has no signature %.100s", id);
	for (;; s = end + 1) {
		unsigned long n = *s >= '1' && *s <= '9' ? strtoul(s, &end, 10) : 0;

		if (n == 0 || n > INT_MAX || (*end != '.' && *end != '\0'))
			return error_set(
			    err, ERROR_NOT_FOUND, "the message has no signature %.100s", id);
		place->at[place->depth] = (unsigned int)n;
		if (*end == '\0')
			break;
		if (++place->depth > CMS_COUNTER_DEPTH_MAX)
			break;
	}
	if (place->depth < CMS_COUNTER_DEPTH_MAX)
		return 0;
	return error_limit(err, ERROR_LIMIT, "counter-signature-depth", CMS_COUNTER_DEPTH_MAX, 0,
	    "counter-signatures would nest too deep");
}

struct counter_making {
	const struct sign_key *key;
	const struct sign_options *options;
	const struct place *place;
	struct error *err;
};

static int add_counter(const struct counter_making *c, DER_SIGNER_INFO *signer, size_t depth);

/* The counter-signature at stack[i], with one more inside, takes its place. */
static int
change_value(const struct counter_making *c, STACK_OF(ASN1_TYPE) * stack, int i, size_t depth)
{
	DER_SIGNER_INFO *inner =
	    DER_DECODE(DER_SIGNER_INFO, der_raw_span(sk_ASN1_TYPE_value(stack, i)));
	struct buf encoded = BUF_INIT(0);
	ASN1_TYPE *raw = NULL;
	int rc = -1;

	if (inner == NULL)
		error_set(c->err, ERROR_MALFORMED, "a counter-signature does not decode");
	else if (add_counter(c, inner, depth) == 0 &&
		 OSSL_APPEND_DER(DER_SIGNER_INFO, inner, &encoded, c->err) == 0)
		rc = (raw = der_raw(SPAN_OF(&encoded))) != NULL ? 0 : maker_no_memory(c->err);
	if (rc == 0) {
		ASN1_TYPE_free(sk_ASN1_TYPE_value(stack, i));
		sk_ASN1_TYPE_set(stack, i, raw);
	}
	buf_release(&encoded);
	DER_SIGNER_INFO_free(inner);
	return rc;
}

/* The attribute at list[i] with a value changed. */
static int
change_attribute(const struct counter_making *c, STACK_OF(ASN1_TYPE) * list, int i,
    DER_ATTRIBUTE *attribute, int value, size_t depth)
{
	struct buf encoded = BUF_INIT(0);
	ASN1_TYPE *raw = NULL;
	int rc = change_value(c, attribute->values, value, depth);

	if (rc == 0)
		rc = OSSL_APPEND_DER(DER_ATTRIBUTE, attribute, &encoded, c->err);
	if (rc == 0 && (raw = der_raw(SPAN_OF(&encoded))) == NULL)
		rc = maker_no_memory(c->err);
	if (rc == 0) {
		ASN1_TYPE_free(sk_ASN1_TYPE_value(list, i));
		sk_ASN1_TYPE_set(list, i, raw);
	}
	buf_release(&encoded);
	return rc;
}

/* Go to the n-th counter-signature of the signer, counted as cms_read() does. */
static int
descend(const struct counter_making *c, DER_SIGNER_INFO *signer, size_t depth)
{
	STACK_OF(ASN1_TYPE) *list = signer->unsigned_attributes;
	unsigned int left = c->place->at[depth];
	int i, rc = 1;

	for (i = 0; rc == 1 && i < sk_ASN1_TYPE_num(list); i++) {
		DER_ATTRIBUTE *a =
		    DER_DECODE(DER_ATTRIBUTE, der_raw_span(sk_ASN1_TYPE_value(list, i)));
		unsigned int values = a != NULL && der_oid_is(a->type, OID_COUNTER_SIGNATURE)
					  ? (unsigned int)sk_ASN1_TYPE_num(a->values)
					  : 0;

		if (left <= values)
			rc = change_attribute(c, list, i, a, (int)left - 1, depth);
		else
			left -= values;
		DER_ATTRIBUTE_free(a);
	}
	return rc == 1 ? error_set(c->err, ERROR_NOT_FOUND,
			     "the message has no counter-signature with such an id")
		       : rc;
}

static int
add_counter(const struct counter_making *c, DER_SIGNER_INFO *signer, size_t depth)
{
	const struct span value = { ASN1_STRING_get0_data(signer->signature),
		(size_t)ASN1_STRING_length(signer->signature) };
	struct buf counter = BUF_INIT(0);
	int rc;

	if (depth < c->place->depth)
		return descend(c, signer, depth + 1);
	rc = make_counter(&counter, value, c->key, c->options, c->err);
	if (rc == 0)
		rc = maker_push_unsigned(signer, OID_COUNTER_SIGNATURE, SPAN_OF(&counter), c->err);
	buf_release(&counter);
	return rc;
}

int
cms_counter_sign(struct buf *der, const char *id, const struct sign_key *key,
    const struct sign_options *options, struct error *err)
{
	struct place place;
	const struct counter_making c = {
		.key = key, .options = options, .place = &place, .err = err
	};
	struct buf out = BUF_INIT(der->max);
	DER_SIGNER_INFO *signer = NULL;
	DER_CMS *cms = NULL;
	size_t index;
	int rc = -1;

	if (place_read(&place, id, err) != 0)
		return -1;
	index = place.at[0] - 1;
	cms = maker_read(der, err);
	if (cms == NULL || (signer = maker_signer(cms, index, err)) == NULL ||
	    buf_append_span(&out, SPAN_OF(der), err) != 0)
		goto done;
	if (add_counter(&c, signer, 0) != 0 || maker_set_signer(cms, index, signer, err) != 0 ||
	    maker_certificates(cms->data, key, options, err) != 0 ||
	    maker_replace(&out, cms, err) != 0 ||
	    maker_unharmed(SPAN_OF(der), SPAN_OF(&out), NULL, options->limits, err) != 0)
		goto done;
	rc = buf_splice(der, 0, der->len, SPAN_OF(&out), err);
done:
	buf_release(&out);
	DER_SIGNER_INFO_free(signer);
	DER_CMS_free(cms);
	return rc;
}
