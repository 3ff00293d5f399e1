/* The messages themselves, and what a hostile client may send to a real keys process. */
#include "signing/keys/wire.h"

#include <openssl/rsa.h>
#include <string.h>
#include <sys/socket.h>

#include "signing/keys/provider.h"
#include "tests/support/keys_process.h"
#include "tests/support/suite.h"

static const struct wire_header header = { WIRE_SIGN, 7, UINT64_MAX };
static unsigned char message[WIRE_MESSAGE_MAX + 16];

/* A request to sign `count` digests of `len` zero bytes. */
static struct span
sign_request(const struct key_sign *how, size_t count, size_t len)
{
	static const unsigned char zeros[DIGEST_SIZE_MAX];
	struct wire_out out;
	size_t i;

	wire_start(&out, message, WIRE_MESSAGE_MAX, &header);
	wire_put_sign(&out, "a.key", how, count, len);
	for (i = 0; i < count; i++)
		wire_put_bytes(&out, zeros, len);
	CU_ASSERT_FATAL(!out.full);
	return (struct span){ message, out.len };
}

static int
is_taken(struct span request)
{
	struct error err = ERROR_INIT;
	struct wire_request r;
	int rc = wire_read_request(&r, request, &err);

	CU_ASSERT_EQUAL(err.kind, rc == 0 ? ERROR_NONE : ERROR_MALFORMED);
	return rc == 0;
}

static void
a_request_comes_out_as_it_went_in(void)
{
	const struct key_sign how = { PADDING_PSS, DIGEST_SHA384, DIGEST_SHA256,
		RSA_PSS_SALTLEN_DIGEST };
	struct error err = ERROR_INIT;
	struct wire_request r;

	ASSERT_OK(wire_read_request(&r, sign_request(&how, 3, 48), &err), &err);
	CU_ASSERT_EQUAL(r.header.type, WIRE_SIGN);
	CU_ASSERT_EQUAL(r.header.id, 7);
	CU_ASSERT(span_equal(r.name, span_str("a.key")));
	CU_ASSERT_EQUAL(r.sign.how.padding, how.padding);
	CU_ASSERT_EQUAL(r.sign.how.digest, how.digest);
	CU_ASSERT_EQUAL(r.sign.how.mgf_digest, how.mgf_digest);
	CU_ASSERT_EQUAL(r.sign.how.salt_len, how.salt_len);
	CU_ASSERT_EQUAL(r.sign.count, 3);
	CU_ASSERT_EQUAL(r.sign.digest_len, 48);
}

static void
a_stamp_comes_out_as_it_went_in(void)
{
	const struct key_sign how = { PADDING_PSS, DIGEST_SHA384, DIGEST_SHA384, 48 };
	struct wire_header h = header;
	struct error err = ERROR_INIT;
	struct wire_request r;
	struct wire_out out;

	h.type = WIRE_STAMP;
	wire_start(&out, message, sizeof(message), &h);
	wire_put_stamp(&out, "k", &how, span_str("attributes"), span_str("info"));
	ASSERT_OK(wire_read_request(&r, SPAN_OF(&out), &err), &err);
	CU_ASSERT_EQUAL(r.stamp.how.digest, DIGEST_SHA384);
	CU_ASSERT_EQUAL(r.stamp.how.salt_len, 48);
	CU_ASSERT(span_equal(r.stamp.attributes, span_str("attributes")));
	CU_ASSERT(span_equal(r.stamp.tst_info, span_str("info")));
	/* Without a digest nothing can be looked at. */
	wire_start(&out, message, sizeof(message), &h);
	wire_put_stamp(&out, "k", &(struct key_sign){ PADDING_PKCS1, DIGEST_NONE, DIGEST_NONE, 0 },
	    span_str("a"), span_str("i"));
	CU_ASSERT_EQUAL(wire_read_request(&r, SPAN_OF(&out), &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_MALFORMED);
}

static void
decryption_and_agreement_come_out_as_they_went_in(void)
{
	const struct key_decrypt decrypt = { KEY_UNWRAP_OAEP, DIGEST_SHA256, DIGEST_SHA1,
		span_str("label"), 0x303, 0x302, 0 };
	const struct key_decrypt content = { .mode = KEY_UNWRAP_CONTENT, .want = 24 };
	const struct key_derive derive = { span_str("point"), 1, DIGEST_SHA512, 24,
		span_str("info"), KEY_KDF_CONCAT };
	struct wire_header h = header;
	struct error err = ERROR_INIT;
	struct wire_request r;
	struct wire_out out;

	h.type = WIRE_DECRYPT;
	wire_start(&out, message, sizeof(message), &h);
	wire_put_decrypt(&out, "k", &decrypt, span_str("ciphertext"));
	ASSERT_OK(wire_read_request(&r, SPAN_OF(&out), &err), &err);
	CU_ASSERT_EQUAL(r.decrypt.how.mode, KEY_UNWRAP_OAEP);
	CU_ASSERT_EQUAL(r.decrypt.how.digest, DIGEST_SHA256);
	CU_ASSERT_EQUAL(r.decrypt.how.mgf_digest, DIGEST_SHA1);
	CU_ASSERT_EQUAL(r.decrypt.how.tls_client, 0x303);
	CU_ASSERT_EQUAL(r.decrypt.how.tls_version, 0x302);
	CU_ASSERT(span_equal(r.decrypt.how.label, span_str("label")));
	CU_ASSERT(span_equal(r.decrypt.data, span_str("ciphertext")));
	wire_start(&out, message, sizeof(message), &h);
	wire_put_decrypt(&out, "k", &content, span_str("ciphertext"));
	ASSERT_OK(wire_read_request(&r, SPAN_OF(&out), &err), &err);
	CU_ASSERT_EQUAL(r.decrypt.how.mode, KEY_UNWRAP_CONTENT);
	CU_ASSERT_EQUAL(r.decrypt.how.want, 24);
	message[out.len - 2] = 0; /* no key at all is wanted */
	CU_ASSERT(!is_taken(SPAN_OF(&out)));
	h.type = WIRE_DERIVE;
	wire_start(&out, message, sizeof(message), &h);
	wire_put_derive(&out, "k", &derive);
	ASSERT_OK(wire_read_request(&r, SPAN_OF(&out), &err), &err);
	CU_ASSERT_EQUAL(r.derive.cofactor, 1);
	CU_ASSERT_EQUAL(r.derive.kdf_digest, DIGEST_SHA512);
	CU_ASSERT_EQUAL(r.derive.kdf_len, 24);
	CU_ASSERT_EQUAL(r.derive.kdf, KEY_KDF_CONCAT);
	CU_ASSERT(span_equal(r.derive.peer, span_str("point")));
	CU_ASSERT(span_equal(r.derive.ukm, span_str("info")));
}

static void
cut_and_lengthened_requests_are_refused(void)
{
	const struct key_sign how = { PADDING_PKCS1, DIGEST_SHA256, DIGEST_NONE, 0 };
	struct span request = sign_request(&how, 2, 32);
	size_t whole = request.len;

	CU_ASSERT(is_taken(request));
	for (request.len = 0; request.len < whole; request.len++)
		CU_ASSERT(!is_taken(request));
	request.len = whole + 1;
	CU_ASSERT(!is_taken(request));
	request.len = WIRE_MESSAGE_MAX + 1;
	CU_ASSERT(!is_taken(request));
}

static void
what_does_not_go_together_is_refused(void)
{
	static const struct {
		struct key_sign how;
		size_t count, len;
	} bad[] = {
		{ { PADDING_PKCS1, DIGEST_SHA256, DIGEST_NONE, 0 }, 1, 31 },
		{ { PADDING_PKCS1, DIGEST_SHA256, DIGEST_NONE, 0 }, 0, 32 },
		{ { PADDING_PKCS1, DIGEST_SHA256, DIGEST_NONE, 0 }, WIRE_COUNT_MAX + 1, 32 },
		{ { PADDING_PSS, DIGEST_NONE, DIGEST_SHA256, 0 }, 1, 32 },
		{ { PADDING_PSS, DIGEST_SHA256, DIGEST_NONE, 32 }, 1, 32 },
		{ { PADDING_PSS, DIGEST_SHA256, DIGEST_SHA256, -9 }, 1, 32 },
		{ { PADDING_PSS, DIGEST_SHA256, DIGEST_SHA256, 1 << 20 }, 1, 32 },
		{ { (enum padding)3, DIGEST_SHA256, DIGEST_SHA256, 0 }, 1, 32 },
		{ { PADDING_NONE, (enum digest)DIGESTS, DIGEST_NONE, 0 }, 1, 32 },
		{ { PADDING_NONE, DIGEST_NONE, DIGEST_NONE, 0 }, 1, 0 },
	};
	static const struct key_sign good = { PADDING_NONE, DIGEST_SHA256, DIGEST_NONE, 0 };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT(!is_taken(sign_request(&bad[i].how, bad[i].count, bad[i].len)));
	CU_ASSERT(is_taken(sign_request(&good, WIRE_COUNT_MAX, 32)));
}

static void
names_that_are_paths_are_refused(void)
{
	static const char *const bad[] = { "", ".", "..", ".p12", "a/b", "../a", "a b", "a\nb",
		"\xc3\xa4" };
	char longest[KEYS_NAME_MAX + 2];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT(!key_name_ok(bad[i], strlen(bad[i])));
	CU_ASSERT(!key_name_ok("a\0b", 3));
	memset(longest, 'a', sizeof(longest));
	CU_ASSERT(key_name_ok(longest, KEYS_NAME_MAX));
	CU_ASSERT(!key_name_ok(longest, KEYS_NAME_MAX + 1));
}

/* ---- against a process ---- */

static struct test_keys keys;

static int
setup(void)
{
	EVP_PKEY *pkey = EVP_EC_gen("P-256");
	int rc = -1;

	if (test_keys_init(&keys) == 0 &&
	    test_keys_p12(&keys, "a.key", pkey, NULL, NULL, "secret") == 0)
		rc = test_keys_start(&keys);
	EVP_PKEY_free(pkey);
	return rc;
}

static int
teardown(void)
{
	test_keys_release(&keys);
	return 0;
}

/* Send raw bytes on channel 1 and take the answer that is no hello. */
static enum wire_type
ask_raw(const void *data, size_t len, uint64_t *id)
{
	unsigned char answer[WIRE_MESSAGE_MAX];
	struct wire_header h;
	ssize_t n;

	CU_ASSERT_EQUAL_FATAL(send(keys.clients[1], data, len, 0), (ssize_t)len);
	do {
		n = recv(keys.clients[1], answer, sizeof(answer), 0);
		CU_ASSERT_FATAL(n > 0);
		CU_ASSERT_EQUAL_FATAL(wire_read_header(&h, (struct span){ answer, (size_t)n }), 0);
	} while (h.type == WIRE_HELLO);
	*id = h.id;
	return h.type;
}

static void
garbage_on_the_wire_gets_an_error_and_nothing_else(void)
{
	const struct key_sign how = { PADDING_NONE, DIGEST_SHA256, DIGEST_NONE, 0 };
	struct span request = sign_request(&how, 1, 32);
	uint64_t id = 0, last = 100;
	size_t i;

	CU_ASSERT_EQUAL(ask_raw("", 0, &id), WIRE_ERROR);
	CU_ASSERT_EQUAL(ask_raw("garbage", 7, &id), WIRE_ERROR);
	CU_ASSERT_EQUAL(ask_raw(message, sizeof(message), &id), WIRE_ERROR);
	CU_ASSERT_EQUAL(id, 7);
	for (i = WIRE_HEADER; i < request.len; i++)
		CU_ASSERT_EQUAL(ask_raw(request.data, i, &id), WIRE_ERROR);
	for (i = 0; i < request.len; i++) {
		wire_stamp(message, last++, UINT64_MAX);
		message[i] ^= 0x55;
		if (i < 8 || i >= WIRE_HEADER) /* another id or deadline is no error */
			ask_raw(request.data, request.len, &id);
		message[i] ^= 0x55;
	}
	wire_stamp(message, last, UINT64_MAX);
	CU_ASSERT_EQUAL(ask_raw(request.data, request.len, &id), WIRE_SIGN);
	CU_ASSERT_EQUAL(id, last);
}

static void
a_request_whose_time_is_over_is_not_worked_on(void)
{
	const struct key_sign how = { PADDING_NONE, DIGEST_SHA256, DIGEST_NONE, 0 };
	struct span request = sign_request(&how, 1, 32);
	uint64_t id = 0;

	wire_stamp(message, 5001, 1); /* one microsecond after boot */
	CU_ASSERT_EQUAL_FATAL(
	    send(keys.clients[1], request.data, request.len, 0), (ssize_t)request.len);
	wire_stamp(message, 5002, UINT64_MAX);
	CU_ASSERT_EQUAL(ask_raw(request.data, request.len, &id), WIRE_SIGN);
	CU_ASSERT_EQUAL(id, 5002);
	/* the same once more is a repetition: the next answer is to the next request */
	CU_ASSERT_EQUAL_FATAL(
	    send(keys.clients[1], request.data, request.len, 0), (ssize_t)request.len);
	wire_stamp(message, 5003, UINT64_MAX);
	CU_ASSERT_EQUAL(ask_raw(request.data, request.len, &id), WIRE_SIGN);
	CU_ASSERT_EQUAL(id, 5003);
}

static const struct test tests[] = { TEST(a_request_comes_out_as_it_went_in),
	TEST(a_stamp_comes_out_as_it_went_in),
	TEST(decryption_and_agreement_come_out_as_they_went_in),
	TEST(cut_and_lengthened_requests_are_refused), TEST(what_does_not_go_together_is_refused),
	TEST(names_that_are_paths_are_refused),
	TEST(garbage_on_the_wire_gets_an_error_and_nothing_else),
	TEST(a_request_whose_time_is_over_is_not_worked_on), TEST_END };
const struct suite suite_signing_keys_wire = { "signing/keys/wire", setup, teardown, tests };
