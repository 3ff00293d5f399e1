#include "tests/support/odd_certs.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/x509/der.h"

#define RSA_OID	   "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
#define RSA_SHA256 "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"
#define PSS_OID	   "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"
#define MGF1_OID   "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"
#define DSA_OID	   "\x2a\x86\x48\xce\x38\x04\x01"
#define DSA_SHA256 "\x60\x86\x48\x01\x65\x03\x04\x03\x02"
#define EC_OID	   "\x2a\x86\x48\xce\x3d\x02\x01"
#define EC_SHA256  "\x2a\x86\x48\xce\x3d\x04\x03\x02"
#define PRIME_OID  "\x2a\x86\x48\xce\x3d\x01\x01"
#define BINARY_OID "\x2a\x86\x48\xce\x3d\x01\x02"
#define TRI_OID	   "\x2a\x86\x48\xce\x3d\x01\x02\x03\x02"
#define P224_OID   "\x2b\x81\x04\x00\x21"
#define P256_OID   "\x2a\x86\x48\xce\x3d\x03\x01\x07"
#define SHA256_OID "\x60\x86\x48\x01\x65\x03\x04\x02\x01"
#define MD5_OID	   "\x2a\x86\x48\x86\xf7\x0d\x02\x05"
#define TAG_NULL   0x05
#define RSA_BYTES  256

static struct error err = ERROR_INIT;

static void
must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "test certificates: %s\n", what);
	abort();
}

/* ---- DER ---- */

static void
put(struct buf *out, unsigned int tag, struct span content)
{
	must(der_write(out, tag, content, &err) == 0, "DER");
}

static void
put_raw(struct buf *out, struct span der)
{
	must(buf_append_span(out, der, &err) == 0, "DER");
}

/* Put `inside` into a value, and forget it. */
static void
wrap(struct buf *out, unsigned int tag, struct buf *inside)
{
	put(out, tag, SPAN_OF(inside));
	buf_release(inside);
}

static void
put_oid(struct buf *out, const char *oid)
{
	put(out, DER_OID, span_str(oid));
}

static void
put_number(struct buf *out, const BIGNUM *n)
{
	struct buf bytes = BUF_INIT(0);
	unsigned char *at = buf_reserve(&bytes, (size_t)BN_num_bytes(n) + 1, &err);

	must(at != NULL, "a number");
	at[0] = 0;
	bytes.len = 1 + (size_t)BN_bn2bin(n, at + 1);
	put(out, DER_INTEGER, der_integer_trim(SPAN_OF(&bytes)));
	buf_release(&bytes);
}

static void
put_word(struct buf *out, unsigned long word)
{
	BIGNUM *n = BN_new();

	must(n != NULL && BN_set_word(n, word) == 1, "a number");
	put_number(out, n);
	BN_free(n);
}

/* So many bits, the first and the last set; the same on any day. */
static BIGNUM *
number_of(int bits, unsigned int seed)
{
	BIGNUM *n = BN_new();
	int i;

	must(n != NULL && BN_set_bit(n, bits - 1) == 1 && BN_set_bit(n, 0) == 1, "a number");
	for (i = 1; i + 1 < bits; i++) {
		seed = seed * 1664525 + 1013904223;
		must((seed >> 31) == 0 || BN_set_bit(n, i) == 1, "a number");
	}
	return n;
}

static void
put_bits(struct buf *out, int bits, unsigned int seed)
{
	BIGNUM *n = number_of(bits, seed);

	put_number(out, n);
	BN_free(n);
}

/* SubjectPublicKeyInfo; `parameters` is DER or empty, `key` the content of the BIT STRING. */
static void
put_key(struct buf *out, const char *oid, struct buf *parameters, struct buf *key)
{
	struct buf algorithm = BUF_INIT(0), all = BUF_INIT(0), bits = BUF_INIT(0);

	put_oid(&algorithm, oid);
	put_raw(&algorithm, SPAN_OF(parameters));
	buf_release(parameters);
	wrap(&all, DER_SEQUENCE, &algorithm);
	put_raw(&bits, (struct span){ (const unsigned char *)"", 1 });
	put_raw(&bits, SPAN_OF(key));
	buf_release(key);
	wrap(&all, DER_BIT_STRING, &bits);
	wrap(out, DER_SEQUENCE, &all);
}

/* ---- RSA ---- */

enum {
	RSA_E_ONE,
	RSA_E_ZERO,
	RSA_E_EVEN,
	RSA_E_65_BITS,
	RSA_E_LIKE_N,
	RSA_N_EVEN,
	RSA_N_ZERO,
	RSA_N_ONE,
	RSA_N_NEGATIVE,
	RSA_N_100000,
	RSA_N_16384
};

static void
put_rsa_numbers(struct buf *numbers, int which)
{
	BIGNUM *n = number_of(which == RSA_N_100000  ? 100000
			      : which == RSA_N_16384 ? 16384
						     : 2048,
	    1);

	if (which == RSA_N_EVEN)
		must(BN_clear_bit(n, 0) == 1, "a modulus");
	if (which == RSA_N_ZERO || which == RSA_N_ONE)
		must(BN_set_word(n, which == RSA_N_ONE) == 1, "a modulus");
	if (which == RSA_N_NEGATIVE)
		put(numbers, DER_INTEGER, span_str("\x80\x01\x02\x03"));
	else
		put_number(numbers, n);
	if (which == RSA_E_LIKE_N)
		put_bits(numbers, 2047, 2);
	else if (which == RSA_E_65_BITS)
		put_bits(numbers, 65, 2);
	else if (which == RSA_N_16384)
		put_bits(numbers, 64, 2);
	else
		put_word(numbers, which == RSA_E_ONE	? 1
				  : which == RSA_E_ZERO ? 0
				  : which == RSA_E_EVEN ? 65536
							: 65537);
	BN_free(n);
}

static void
put_rsa(struct buf *out, int which)
{
	struct buf parameters = BUF_INIT(0), numbers = BUF_INIT(0), key = BUF_INIT(0);

	put(&parameters, TAG_NULL, SPAN_NONE);
	put_rsa_numbers(&numbers, which);
	wrap(&key, DER_SEQUENCE, &numbers);
	put_key(out, RSA_OID, &parameters, &key);
}

/* ---- RSA-PSS ---- */

enum {
	PSS_SALT_HUGE,
	PSS_SALT_NEGATIVE,
	PSS_SALT_OF_MANY_BYTES,
	PSS_TRAILER,
	PSS_NO_MGF1,
	PSS_MGF1_OF_MD5,
	PSS_HASH_MD5,
	PSS_HASH_UNKNOWN,
	PSS_NULL,
	PSS_NOT_DER
};

static void
put_hash(struct buf *out, const char *oid)
{
	struct buf algorithm = BUF_INIT(0);

	put_oid(&algorithm, oid);
	wrap(out, DER_SEQUENCE, &algorithm);
}

static void
put_salt(struct buf *out, int which)
{
	struct buf salt = BUF_INIT(0);

	if (which == PSS_SALT_NEGATIVE)
		put(&salt, DER_INTEGER, span_str("\xff"));
	else if (which == PSS_SALT_OF_MANY_BYTES)
		put_bits(&salt, 8000, 3);
	else
		put_word(&salt, which == PSS_SALT_HUGE ? 0x7ffffffful : 32ul);
	wrap(out, DER_CONTEXT(2), &salt);
}

static void
put_pss_fields(struct buf *out, int which)
{
	struct buf hash = BUF_INIT(0), mask = BUF_INIT(0), all = BUF_INIT(0), trailer = BUF_INIT(0);

	put_hash(&hash, which == PSS_HASH_MD5	    ? MD5_OID
			: which == PSS_HASH_UNKNOWN ? "\x2a\x03\x04"
						    : SHA256_OID);
	wrap(out, DER_CONTEXT(0), &hash);
	put_oid(&mask, which == PSS_NO_MGF1 ? "\x2a\x03\x05" : MGF1_OID);
	put_hash(&mask, which == PSS_MGF1_OF_MD5 ? MD5_OID : SHA256_OID);
	wrap(&all, DER_SEQUENCE, &mask);
	wrap(out, DER_CONTEXT(1), &all);
	put_salt(out, which);
	put_word(&trailer, which == PSS_TRAILER ? 2 : 1);
	wrap(out, DER_CONTEXT(3), &trailer);
}

static void
put_pss_parameters(struct buf *out, int which)
{
	struct buf fields = BUF_INIT(0);

	put_pss_fields(&fields, which);
	if (which == PSS_NULL)
		put(out, TAG_NULL, SPAN_NONE);
	else
		put(out, DER_SEQUENCE,
		    which == PSS_NOT_DER ? span_str("\x30\x05 no") : SPAN_OF(&fields));
	buf_release(&fields);
}

static void
put_pss(struct buf *out, int which)
{
	struct buf parameters = BUF_INIT(0), numbers = BUF_INIT(0), key = BUF_INIT(0);

	put_pss_parameters(&parameters, which);
	put_bits(&numbers, 2048, 4);
	put_word(&numbers, 65537);
	wrap(&key, DER_SEQUENCE, &numbers);
	put_key(out, PSS_OID, &parameters, &key);
}

/* ---- DSA ---- */

enum {
	DSA_P_10000,
	DSA_P_100000,
	DSA_Q_1_BIT,
	DSA_Q_ZERO,
	DSA_Q_LIKE_P,
	DSA_P_EVEN,
	DSA_P_ONE,
	DSA_ALL_ONE,
	DSA_INHERITED,
	DSA_NULL
};

static void
put_dsa_parameters(struct buf *out, int which)
{
	struct buf numbers = BUF_INIT(0);
	BIGNUM *p = number_of(which == DSA_P_100000  ? 100000
			      : which == DSA_P_10000 ? 10000
						     : 2048,
	    5);

	if (which == DSA_INHERITED)
		goto done;
	if (which == DSA_NULL) {
		put(out, TAG_NULL, SPAN_NONE);
		goto done;
	}
	must(which != DSA_P_EVEN || BN_clear_bit(p, 0) == 1, "a prime");
	must(which != DSA_P_ONE || BN_set_word(p, 1) == 1, "a prime");
	put_number(&numbers, p);
	if (which == DSA_Q_1_BIT || which == DSA_Q_ZERO)
		put_word(&numbers, which == DSA_Q_1_BIT);
	else
		put_bits(&numbers, which == DSA_Q_LIKE_P ? 2047 : 256, 6);
	if (which == DSA_ALL_ONE)
		put_word(&numbers, 1);
	else
		put_bits(&numbers, 2000, 7);
	wrap(out, DER_SEQUENCE, &numbers);
done:
	BN_free(p);
}

static void
put_dsa(struct buf *out, int which)
{
	struct buf parameters = BUF_INIT(0), key = BUF_INIT(0);

	put_dsa_parameters(&parameters, which);
	if (which == DSA_ALL_ONE)
		put_word(&key, 1);
	else
		put_bits(&key, 1990, 8);
	put_key(out, DSA_OID, &parameters, &key);
}

/* ---- curves ---- */

enum {
	EC_SLOW_ROOTS, /* a prime over which square roots take long, points compressed */
	EC_NO_PRIME,
	EC_HUGE_PRIME,
	EC_ORDER_ONE,
	EC_ORDER_TWO,
	EC_COFACTOR_ZERO,
	EC_COFACTOR_HUGE,
	EC_OFF_CURVE,
	EC_WHOLE_POINTS, /* not compressed */
	EC_BINARY_571,
	EC_BINARY_HUGE,
	EC_BINARY_DEGREE_HUGE,
	EC_NAMED_INFINITY,
	EC_NAMED_OFF_CURVE,
	EC_NAMED_P224, /* of the named, the slowest one */
	EC_UNKNOWN_NAME,
	EC_IMPLICIT
};

#define SLOW_FACTOR 141
#define SLOW_BITS   640
#define SLOW_BYTES  81

/* A prime p = k * 2^640 + 1: the more twos in p - 1, the longer a root takes. */
static BIGNUM *
prime_of(int which)
{
	BIGNUM *p = BN_new();

	must(p != NULL, "a prime");
	if (which == EC_HUGE_PRIME || which == EC_NO_PRIME) {
		BN_free(p);
		return number_of(which == EC_HUGE_PRIME ? 100000 : 521, 9);
	}
	must(BN_set_word(p, SLOW_FACTOR) == 1 && BN_lshift(p, p, SLOW_BITS) == 1 &&
		 BN_add_word(p, 1) == 1,
	    "a prime");
	return p;
}

/* b of y^2 = x^3 + b, by which (2, y) lies on the curve. */
static BIGNUM *
b_of(const BIGNUM *p)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *y = number_of(600, 10), *b = BN_new();

	must(ctx != NULL && b != NULL && BN_mod_sqr(b, y, p, ctx) == 1 && BN_sub_word(b, 8) == 1,
	    "a curve");
	BN_free(y);
	BN_CTX_free(ctx);
	return b;
}

static void
put_field_element(struct buf *out, const BIGNUM *n, size_t bytes)
{
	struct buf octets = BUF_INIT(0);
	unsigned char *at = buf_reserve(&octets, bytes, &err);

	must(at != NULL && BN_bn2binpad(n, at, (int)bytes) == (int)bytes, "a field element");
	octets.len = bytes;
	wrap(out, DER_OCTET_STRING, &octets);
}

/* (x, ...), compressed. */
static void
put_point(struct buf *out, unsigned long x, size_t bytes)
{
	unsigned char *at = buf_reserve(out, 1 + bytes, &err);

	must(at != NULL, "a point");
	memset(at, 0, 1 + bytes);
	at[0] = 0x02;
	at[bytes] = (unsigned char)x;
	out->len += 1 + bytes;
}

/* Make it a whole one; y as of b_of(). */
static void
put_y(struct buf *point, size_t bytes)
{
	BIGNUM *y = number_of(600, 10);
	unsigned char *at = buf_reserve(point, bytes, &err);

	must(at != NULL && BN_bn2binpad(y, at, (int)bytes) == (int)bytes, "a point");
	point->data[0] = 0x04;
	point->len += bytes;
	BN_free(y);
}

static void
put_curve_end(struct buf *out, int which, size_t bytes)
{
	struct buf point = BUF_INIT(0);

	put_point(&point, which == EC_OFF_CURVE ? 5 : 2, bytes);
	if (which == EC_WHOLE_POINTS)
		put_y(&point, bytes);
	wrap(out, DER_OCTET_STRING, &point);
	if (which == EC_ORDER_ONE || which == EC_ORDER_TWO)
		put_word(out, which == EC_ORDER_ONE ? 1 : 2);
	else
		put_bits(out, which >= EC_BINARY_571 ? 570 : SLOW_BITS, 11);
	if (which == EC_COFACTOR_HUGE)
		put_bits(out, 100000, 12);
	else
		put_word(out, which == EC_COFACTOR_ZERO ? 0 : 1);
}

static void
put_prime_curve(struct buf *out, int which)
{
	struct buf field = BUF_INIT(0), curve = BUF_INIT(0), all = BUF_INIT(0);
	BIGNUM *p = prime_of(which), *b = b_of(p), *a = BN_new();
	const size_t bytes = (size_t)BN_num_bytes(p);

	must(a != NULL, "a curve");
	put_word(&all, 1);
	put_oid(&field, PRIME_OID);
	put_number(&field, p);
	wrap(&all, DER_SEQUENCE, &field);
	put_field_element(&curve, a, bytes);
	put_field_element(&curve, b, bytes);
	wrap(&all, DER_SEQUENCE, &curve);
	put_curve_end(&all, which, bytes);
	wrap(out, DER_SEQUENCE, &all);
	BN_free(a);
	BN_free(b);
	BN_free(p);
}

static void
put_binary_field(struct buf *out, unsigned long degree)
{
	struct buf two = BUF_INIT(0), field = BUF_INIT(0);

	put_oid(&field, BINARY_OID);
	put_word(&two, degree);
	put_oid(&two, TRI_OID);
	put_word(&two, 16);
	wrap(&field, DER_SEQUENCE, &two);
	wrap(out, DER_SEQUENCE, &field);
}

static void
put_binary_curve(struct buf *out, int which)
{
	const unsigned long degree = which == EC_BINARY_571    ? 570
				     : which == EC_BINARY_HUGE ? 20000
							       : 0x7ffffff0ul;
	const size_t bytes = degree < 100000 ? (degree + 7) / 8 : 100;
	struct buf curve = BUF_INIT(0), all = BUF_INIT(0);
	BIGNUM *a = number_of(100, 13);

	put_word(&all, 1);
	put_binary_field(&all, degree);
	put_field_element(&curve, a, bytes);
	put_field_element(&curve, a, bytes);
	wrap(&all, DER_SEQUENCE, &curve);
	put_curve_end(&all, which, bytes);
	wrap(out, DER_SEQUENCE, &all);
	BN_free(a);
}

static void
put_curve(struct buf *out, int which)
{
	if (which == EC_IMPLICIT)
		put(out, TAG_NULL, SPAN_NONE);
	else if (which == EC_UNKNOWN_NAME)
		put_oid(out, "\x2a\x03\x06");
	else if (which == EC_NAMED_INFINITY || which == EC_NAMED_OFF_CURVE)
		put_oid(out, P256_OID);
	else if (which == EC_NAMED_P224)
		put_oid(out, P224_OID);
	else if (which >= EC_BINARY_571)
		put_binary_curve(out, which);
	else
		put_prime_curve(out, which);
}

static void
put_ec(struct buf *out, int which)
{
	struct buf parameters = BUF_INIT(0), point = BUF_INIT(0);

	put_curve(&parameters, which);
	if (which == EC_NAMED_INFINITY)
		put_raw(&point, (struct span){ (const unsigned char *)"", 1 });
	else if (which >= EC_BINARY_571)
		put_point(&point, 7,
		    which == EC_BINARY_571   ? 72
		    : which == EC_NAMED_P224 ? 28
					     : 32);
	else
		put_point(&point, 2, which == EC_NO_PRIME ? 66 : SLOW_BYTES);
	if (which == EC_WHOLE_POINTS)
		put_y(&point, SLOW_BYTES);
	put_key(out, EC_OID, &parameters, &point);
}

const struct odd_key odd_keys[] = {
	{ "RSA, e = 1", ODD_RSA, put_rsa, RSA_E_ONE },
	{ "RSA, e = 0", ODD_RSA, put_rsa, RSA_E_ZERO },
	{ "RSA, e even", ODD_RSA, put_rsa, RSA_E_EVEN },
	{ "RSA, e of 65 bits", ODD_RSA, put_rsa, RSA_E_65_BITS },
	{ "RSA, e as long as n", ODD_RSA, put_rsa, RSA_E_LIKE_N },
	{ "RSA, n even", ODD_RSA, put_rsa, RSA_N_EVEN },
	{ "RSA, n = 0", ODD_RSA, put_rsa, RSA_N_ZERO },
	{ "RSA, n = 1", ODD_RSA, put_rsa, RSA_N_ONE },
	{ "RSA, n negative", ODD_RSA, put_rsa, RSA_N_NEGATIVE },
	{ "RSA, n of 100,000 bits", ODD_RSA, put_rsa, RSA_N_100000 },
	{ "RSA, n of 16,384 bits, e of 64", ODD_RSA, put_rsa, RSA_N_16384 },
	{ "RSA-PSS, salt of 2^31 - 1", ODD_PSS, put_pss, PSS_SALT_HUGE },
	{ "RSA-PSS, salt negative", ODD_PSS, put_pss, PSS_SALT_NEGATIVE },
	{ "RSA-PSS, salt of 8,000 bits", ODD_PSS, put_pss, PSS_SALT_OF_MANY_BYTES },
	{ "RSA-PSS, trailer 2", ODD_PSS, put_pss, PSS_TRAILER },
	{ "RSA-PSS, another mask function", ODD_PSS, put_pss, PSS_NO_MGF1 },
	{ "RSA-PSS, MGF1 of MD5", ODD_PSS, put_pss, PSS_MGF1_OF_MD5 },
	{ "RSA-PSS, MD5", ODD_PSS, put_pss, PSS_HASH_MD5 },
	{ "RSA-PSS, another digest", ODD_PSS, put_pss, PSS_HASH_UNKNOWN },
	{ "RSA-PSS, parameters NULL", ODD_PSS, put_pss, PSS_NULL },
	{ "RSA-PSS, parameters broken", ODD_PSS, put_pss, PSS_NOT_DER },
	{ "DSA, p of 10,000 bits", ODD_DSA, put_dsa, DSA_P_10000 },
	{ "DSA, p of 100,000 bits", ODD_DSA, put_dsa, DSA_P_100000 },
	{ "DSA, q = 1", ODD_DSA, put_dsa, DSA_Q_1_BIT },
	{ "DSA, q = 0", ODD_DSA, put_dsa, DSA_Q_ZERO },
	{ "DSA, q as long as p", ODD_DSA, put_dsa, DSA_Q_LIKE_P },
	{ "DSA, p even", ODD_DSA, put_dsa, DSA_P_EVEN },
	{ "DSA, p = 1", ODD_DSA, put_dsa, DSA_P_ONE },
	{ "DSA, g and y = 1", ODD_DSA, put_dsa, DSA_ALL_ONE },
	{ "DSA, parameters of the issuer", ODD_DSA, put_dsa, DSA_INHERITED },
	{ "DSA, parameters NULL", ODD_DSA, put_dsa, DSA_NULL },
	{ "EC, roots that take long", ODD_EC, put_ec, EC_SLOW_ROOTS },
	{ "EC, field of no prime", ODD_EC, put_ec, EC_NO_PRIME },
	{ "EC, field of 100,000 bits", ODD_EC, put_ec, EC_HUGE_PRIME },
	{ "EC, order 1", ODD_EC, put_ec, EC_ORDER_ONE },
	{ "EC, order 2", ODD_EC, put_ec, EC_ORDER_TWO },
	{ "EC, cofactor 0", ODD_EC, put_ec, EC_COFACTOR_ZERO },
	{ "EC, cofactor of 100,000 bits", ODD_EC, put_ec, EC_COFACTOR_HUGE },
	{ "EC, generator off the curve", ODD_EC, put_ec, EC_OFF_CURVE },
	{ "EC, a curve of its own", ODD_EC, put_ec, EC_WHOLE_POINTS },
	{ "EC, binary field of 570 bits", ODD_EC, put_ec, EC_BINARY_571 },
	{ "EC, binary field of 20,000 bits", ODD_EC, put_ec, EC_BINARY_HUGE },
	{ "EC, binary field of 2^31 bits", ODD_EC, put_ec, EC_BINARY_DEGREE_HUGE },
	{ "EC, point at infinity", ODD_EC, put_ec, EC_NAMED_INFINITY },
	{ "EC, point off the curve", ODD_EC, put_ec, EC_NAMED_OFF_CURVE },
	{ "EC, P-224, compressed", ODD_EC, put_ec, EC_NAMED_P224 },
	{ "EC, unknown curve", ODD_EC, put_ec, EC_UNKNOWN_NAME },
	{ "EC, curve of the issuer", ODD_EC, put_ec, EC_IMPLICIT },
};
const size_t odd_key_count = sizeof(odd_keys) / sizeof(odd_keys[0]);

void
odd_algorithm(struct buf *out, enum odd_family family)
{
	static const char *const oids[ODD_FAMILIES] = { [ODD_RSA] = RSA_SHA256,
		[ODD_PSS] = PSS_OID,
		[ODD_DSA] = DSA_SHA256,
		[ODD_EC] = EC_SHA256 };
	struct buf inside = BUF_INIT(0);

	put_oid(&inside, oids[family]);
	if (family == ODD_RSA)
		put(&inside, TAG_NULL, SPAN_NONE);
	else if (family == ODD_PSS)
		put_pss_parameters(&inside, -1);
	wrap(out, DER_SEQUENCE, &inside);
}

/* ---- certificates ---- */

enum { PART_VERSION, PART_SERIAL, PART_ALGORITHM, PART_KEY = 6 };

static void
put_signed_part(struct buf *out, struct span tbs, const struct odd_parts *parts)
{
	struct der d = der_of(tbs);
	struct der_item item;
	int at;

	for (at = 0; der_next(&d, &item) == 0; at++)
		if (at == PART_SERIAL && parts->serial.len > 0)
			put(out, DER_INTEGER, parts->serial);
		else if (at == PART_ALGORITHM && parts->algorithm.len > 0)
			put_raw(out, parts->algorithm);
		else if (at == PART_KEY && parts->key.len > 0)
			put_raw(out, parts->key);
		else
			put_raw(out, item.whole);
}

void
odd_forge(struct buf *out, enum odd_family family, struct span data)
{
	static const unsigned char ones[] = { 0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01 };
	static const unsigned char info[] = { 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48,
		0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20 };
	const size_t digest = RSA_BYTES - 32, head = digest - sizeof(info);
	unsigned char value[RSA_BYTES];

	if (family == ODD_DSA || family == ODD_EC) {
		put_raw(out, (struct span){ ones, sizeof(ones) });
		return;
	}
	memset(value, 0xff, head);
	value[0] = value[head - 1] = 0;
	value[1] = 1;
	memcpy(value + head, info, sizeof(info));
	must(EVP_Digest(data.data, data.len, value + digest, NULL, EVP_sha256(), NULL) == 1,
	    "a digest");
	put_raw(out, (struct span){ value, sizeof(value) });
}

static void
put_value(struct buf *out, struct span tbs, enum pki_id issuer, const struct odd_parts *parts)
{
	EVP_PKEY *key = pki_key(issuer)->pkey;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct buf bits = BUF_INIT(0);
	unsigned char *at;
	size_t len;

	put_raw(&bits, (struct span){ (const unsigned char *)"", 1 });
	if (parts->algorithm.len > 0) {
		odd_forge(&bits, (enum odd_family)parts->family, tbs);
	} else {
		must(ctx != NULL &&
			 EVP_DigestSignInit(
			     ctx, NULL, digest_md(key_default_digest(key)), NULL, key) == 1 &&
			 EVP_DigestSign(ctx, NULL, &len, tbs.data, tbs.len) == 1 &&
			 (at = buf_reserve(&bits, len, &err)) != NULL &&
			 EVP_DigestSign(ctx, at, &len, tbs.data, tbs.len) == 1,
		    "a signature");
		bits.len += len;
	}
	wrap(out, DER_BIT_STRING, &bits);
	EVP_MD_CTX_free(ctx);
}

struct buf
odd_certificate(X509 *model, enum pki_id issuer, const struct odd_parts *parts)
{
	struct buf out = BUF_INIT(0), all = BUF_INIT(0), inside = BUF_INIT(0), tbs = BUF_INIT(0);
	unsigned char *der = NULL;
	int len = i2d_X509(model, &der);
	struct der_item whole, first, algorithm;
	struct der d;

	must(len > 0 && der_only((struct span){ der, (size_t)len }, DER_SEQUENCE, &whole) == 0,
	    "a model");
	d = der_of(whole.content);
	must(der_take(&d, DER_SEQUENCE, &first) == 0 && der_take(&d, DER_SEQUENCE, &algorithm) == 0,
	    "a model");
	put_signed_part(&inside, first.content, parts);
	wrap(&tbs, DER_SEQUENCE, &inside);
	put_raw(&all, SPAN_OF(&tbs));
	put_raw(&all, parts->algorithm.len > 0 ? parts->algorithm : algorithm.whole);
	put_value(&all, SPAN_OF(&tbs), issuer, parts);
	wrap(&out, DER_SEQUENCE, &all);
	buf_release(&tbs);
	OPENSSL_free(der);
	return out;
}

const struct odd_key *
odd_key_named(const char *name)
{
	size_t i = 0;

	while (i < odd_key_count && strcmp(odd_keys[i].name, name) != 0)
		i++;
	must(i < odd_key_count, name);
	return &odd_keys[i];
}

struct buf
odd_certificate_with(const char *key)
{
	const struct odd_key *odd = odd_key_named(key);
	struct buf spki = BUF_INIT(0), der;

	odd->make(&spki, odd->number);
	der = odd_certificate(
	    pki_cert(PKI_P256), PKI_INTERMEDIATE, &(struct odd_parts){ .key = SPAN_OF(&spki) });
	buf_release(&spki);
	return der;
}
