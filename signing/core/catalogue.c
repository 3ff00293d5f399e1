#include "signing/core/catalogue.h"

#include <stdio.h>
#include <string.h>

#include "server/base/text.h"

#define NOT_EVER ((int64_t)-1)

static const struct catalogue_digest builtin_digests[] = {
	/* gone: what catalogues of their time said */
	{ DIGEST_MD5, "2004-07-31", NULL },
	{ DIGEST_SHA1, "2012-07-31", NULL },
	{ DIGEST_RIPEMD160, "2014-07-31", NULL },
	/* TS 119 312 v1.5.1 */
	{ DIGEST_SHA224, "2028-12-31", NULL },
	{ DIGEST_SHA256, NULL, NULL },
	{ DIGEST_SHA384, NULL, NULL },
	{ DIGEST_SHA512, NULL, NULL },
	{ DIGEST_SHA3_256, NULL, NULL },
	{ DIGEST_SHA3_384, NULL, NULL },
	{ DIGEST_SHA3_512, NULL, NULL },
};

static const struct catalogue_key builtin_keys[] = {
	/* gone */
	{ KEY_RSA, PADDING_PKCS1, 1024, NULL, "2019-09-30", DIGEST_NONE, NULL },
	{ KEY_RSA, PADDING_PSS, 1024, NULL, "2019-09-30", DIGEST_NONE, NULL },
	{ KEY_DSA, PADDING_NONE, 1024, NULL, "2015-11-30", DIGEST_NONE, NULL },
	{ KEY_EC, PADDING_NONE, 160, NULL, "2012-07-31", DIGEST_NONE, NULL },
	{ KEY_EC, PADDING_NONE, 224, NULL, "2021-09-30", DIGEST_NONE, NULL },
	/* TS 119 312 v1.5.1; a longer key does not help PKCS#1 v1.5 */
	{ KEY_RSA, PADDING_PKCS1, 1900, NULL, "2028-12-31", DIGEST_NONE, NULL },
	{ KEY_RSA, PADDING_PSS, 1900, NULL, "2028-12-31", DIGEST_NONE, NULL },
	{ KEY_RSA, PADDING_PSS, 3000, NULL, NULL, DIGEST_NONE, NULL },
	{ KEY_DSA, PADDING_NONE, 1900, NULL, "2028-12-31", DIGEST_NONE, NULL },
	{ KEY_DSA, PADDING_NONE, 3000, NULL, NULL, DIGEST_NONE, NULL },
	{ KEY_EC, PADDING_NONE, 256, "P-256", NULL, DIGEST_NONE, NULL },
	{ KEY_EC, PADDING_NONE, 256, "P-384", NULL, DIGEST_NONE, NULL },
	{ KEY_EC, PADDING_NONE, 256, "P-521", NULL, DIGEST_NONE, NULL },
	{ KEY_EC, PADDING_NONE, 256, "brainpoolP256r1", NULL, DIGEST_NONE, NULL },
	{ KEY_EC, PADDING_NONE, 256, "brainpoolP384r1", NULL, DIGEST_NONE, NULL },
	{ KEY_EC, PADDING_NONE, 256, "brainpoolP512r1", NULL, DIGEST_NONE, NULL },
	{ KEY_EC, PADDING_NONE, 256, "FRP256v1", NULL, DIGEST_NONE, NULL },
};

static const struct catalogue builtin = { "ETSI TS 119 312", "v1.5.1 (2024-10-13)", builtin_digests,
	sizeof(builtin_digests) / sizeof(builtin_digests[0]), builtin_keys,
	sizeof(builtin_keys) / sizeof(builtin_keys[0]) };

const struct catalogue *
catalogue_builtin(void)
{
	return &builtin;
}

/* The last second of a day. A day that does not parse ends nothing: it was never suitable. */
static int64_t
end_of_day(const char *day)
{
	char text[TEXT_TIME_SIZE];
	int64_t seconds;

	if (day == NULL)
		return CATALOGUE_OPEN;
	snprintf(text, sizeof(text), "%.10sT23:59:59Z", day);
	return text_parse_time(text, &seconds) == 0 ? seconds : NOT_EVER;
}

/* Its first second. A day that does not parse begins nothing. */
static int64_t
start_of_day(const char *day)
{
	char text[TEXT_TIME_SIZE];
	int64_t seconds;

	if (day == NULL)
		return INT64_MIN;
	snprintf(text, sizeof(text), "%.10sT00:00:00Z", day);
	return text_parse_time(text, &seconds) == 0 ? seconds : CATALOGUE_OPEN;
}

/* What rows say of one algorithm: until when, of those that count at the time. */
struct reach {
	int64_t time, until;
	int64_t begins; /* when the first row begins that does not count yet, or CATALOGUE_OPEN */
};

static void
reach_row(struct reach *r, const char *since, const char *until)
{
	const int64_t from = start_of_day(since), to = end_of_day(until);

	if (from > r->time && to != NOT_EVER)
		r->begins = from < r->begins ? from : r->begins;
	else if (from <= r->time && to > r->until)
		r->until = to;
}

static void
conclude(struct catalogue_verdict *v, const char *what, const struct reach *r)
{
	const int64_t until = r->until, time = r->time;
	char when[TEXT_TIME_SIZE];

	v->until = until;
	v->suitable = until != NOT_EVER && time <= until;
	if (v->suitable)
		v->text[0] = '\0';
	else if (r->begins != CATALOGUE_OPEN)
		snprintf(v->text, sizeof(v->text), "%s is not suitable before %.10s", what,
		    text_time(when, r->begins));
	else if (until == NOT_EVER)
		snprintf(v->text, sizeof(v->text),
		    "%s is not in the catalogue of suitable algorithms", what);
	else
		snprintf(v->text, sizeof(v->text), "%s is not suitable after %.10s", what,
		    text_time(when, until));
}

int
catalogue_judge_digest(
    const struct catalogue *c, enum digest digest, int64_t time, struct catalogue_verdict *v)
{
	struct reach r = { time, NOT_EVER, CATALOGUE_OPEN };
	size_t i;

	for (i = 0; i < c->digest_count; i++)
		if (c->digests[i].digest == digest)
			reach_row(&r, c->digests[i].since, c->digests[i].until);
	conclude(v, digest == DIGEST_NONE ? "the digest algorithm" : digest_name(digest), &r);
	return v->suitable;
}

static int
row_fits(const struct catalogue_key *row, const struct sig_alg *alg, int bits, const char *curve)
{
	return row->key == alg->key && bits >= row->bits_min &&
	       (row->key != KEY_RSA || row->padding == alg->padding) &&
	       (row->digest == DIGEST_NONE || row->digest == alg->digest) &&
	       (row->curve == NULL || (curve != NULL && strcmp(row->curve, curve) == 0));
}

/* Of all rows that fit the one that lasts longest. */
static struct reach
key_reach(
    const struct catalogue *c, const struct sig_alg *alg, int bits, const char *curve, int64_t time)
{
	struct reach r = { time, NOT_EVER, CATALOGUE_OPEN };
	size_t i;

	for (i = 0; i < c->key_count; i++)
		if (row_fits(&c->keys[i], alg, bits, curve))
			reach_row(&r, c->keys[i].since, c->keys[i].until);
	return r;
}

static void
judge_key(const struct catalogue *c, const struct sig_alg *alg, int bits, const char *curve,
    int64_t time, struct catalogue_verdict *v)
{
	const struct reach r = key_reach(c, alg, bits, curve, time);
	char what[96];

	if (alg->key == KEY_EC)
		snprintf(what, sizeof(what), "ECDSA with a key of %d bits%s%s", bits,
		    curve != NULL && *curve != '\0' ? " on " : "", curve != NULL ? curve : "");
	else
		snprintf(what, sizeof(what), "%s%s with a key of %d bits", key_type_name(alg->key),
		    alg->key != KEY_RSA		  ? ""
		    : alg->padding == PADDING_PSS ? "-PSS"
						  : " PKCS#1 v1.5",
		    bits);
	conclude(v, what, &r);
}

int
catalogue_judge_signature(const struct catalogue *c, const struct sig_alg *alg, int bits,
    const char *curve, int64_t time, struct catalogue_verdict *v)
{
	struct catalogue_verdict parts[3];
	int i, n = 2, weakest = 0;

	judge_key(c, alg, bits, curve, time, &parts[0]);
	catalogue_judge_digest(c, alg->digest, time, &parts[1]);
	if (alg->padding == PADDING_PSS && alg->mgf_digest != DIGEST_NONE) {
		catalogue_judge_digest(c, alg->mgf_digest, time, &parts[2]);
		n = 3;
	}
	for (i = 1; i < n; i++)
		if (parts[i].until < parts[weakest].until)
			weakest = i;
	*v = parts[weakest];
	return v->suitable;
}
