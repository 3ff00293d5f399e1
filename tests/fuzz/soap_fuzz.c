/*
 * HTTP bodies through the SOAP worker with a canned engine. The first byte says how the body is
 * announced and in what pieces it comes; the rest is the body. Every call is answered or refused
 * with a fault, gives all references back, and the worker can serve the next one.
 */
#include <stdlib.h>

#include "server/base/log.h"
#include "tests/support/soap_stub.h"

static const char *const types[] = { "text/xml; charset=utf-8", "application/soap+xml",
	("multipart/related; type=\"application/xop+xml\"; boundary=\"b-1\"; start=\"<root@x>\"; "
	 "start-info=\"text/xml\""),
	"multipart/related; boundary=b-1" };

static void
expect(int truth)
{
	if (!truth)
		abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static int is_made;
	struct stub_exchange e;

	if (!is_made) {
		expect(stub_worker_make() == 0);
		is_made = 1;
		log_setup("fuzz", LOG_LEVEL_ERROR);
	}
	if (size < 1)
		return 0;
	stub_reset();
	stub.want_digests = data[0] & 0x40 ? DIGEST_BITS_MODERN : 0;
	stub_exchange_init(&e, types[data[0] & 3], (struct span){ data + 1, size - 1 });
	if (!(data[0] & 0x80))
		stub_exchange_field(&e, "Authorization", STUB_BASIC);
	e.piece = (data[0] >> 2 & 15) * 7;
	e.x.lane = LANE_BULK;
	expect(stub_serve(&e) == SERVED);
	expect(e.x.status >= 200 && e.x.body.len > 0);
	expect(stub.callers == 0 && stub.released == 1);
	stub_exchange_release(&e);
	return 0;
}
