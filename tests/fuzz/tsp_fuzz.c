/* Time-stamp tokens, responses and requests from anywhere. */
#include <stddef.h>

#include "signing/proof/tsa.h"
#include "signing/proof/tsp.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const unsigned char one = 1;
	struct span input = { data, size };
	struct tsp_request request = { .digest = DIGEST_SHA256, .cert_req = 1 };
	/* A certificate without key usage: requests are read, none is granted. */
	struct sign_key key = { .name = "fuzz", .cert = X509_new() };
	struct tsa tsa = { .key = &key, .policy = "1.2.3" };
	struct timestamp_token token;
	struct tsa_record record;
	struct buf out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	if (timestamp_token_read(&token, input, NULL, &err) == 0)
		timestamp_token_release(&token);
	error_clear(&err);
	tsp_response_check(&out, input, &request, NULL, &err);
	error_clear(&err);
	if (tsa_respond(&out, input, &tsa, 1772366400000000, (struct span){ &one, 1 }, &record,
		&err) == 0 &&
	    record.granted)
		__builtin_trap();
	X509_free(key.cert);
	buf_release(&out);
	return 0;
}
