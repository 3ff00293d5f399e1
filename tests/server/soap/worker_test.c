#include "server/soap/worker.h"

#include <string.h>
#include <time.h>

#include "tests/support/soap_stub.h"
#include "tests/support/suite.h"

static struct soap_worker *worker;

static int
make_worker(void)
{
	struct error err = ERROR_INIT;

	return soap_worker_new_with(&worker, NULL, &stub_ops, &err);
}

static int
free_worker(void)
{
	soap_worker_free(worker);
	return 0;
}

#define HAS(e, text)                                                                               \
	do {                                                                                       \
		int has_ = strstr(stub_answer(e), (text)) != NULL;                                 \
		if (!has_)                                                                         \
			fprintf(stderr, "%s:%d: no %s in: %d %s\n", __FILE__, __LINE__, text,      \
			    (e)->x.status, stub_answer(e));                                        \
		CU_ASSERT(has_);                                                                   \
	} while (0)

/* Serve a SOAP 1.1 message of a caller who is known by Basic. */
static void
serve(struct stub_exchange *e, const char *message)
{
	stub_exchange_init(e, "text/xml; charset=utf-8", span_str(message));
	stub_exchange_field(e, "Authorization", STUB_BASIC);
	CU_ASSERT_EQUAL(stub_serve(worker, e), SERVED);
	CU_ASSERT_EQUAL(stub.callers, 0);
}

static void
a_caller_learns_who_he_is(void)
{
	struct stub_exchange e;

	stub_reset();
	serve(&e, STUB_ENVELOPE("<WhoAmI/>"));
	CU_ASSERT_EQUAL(e.x.status, 200);
	CU_ASSERT_STRING_EQUAL(e.x.content_type, "text/xml; charset=utf-8");
	HAS(&e, "<sig:WhoAmIResponse><sig:answer><sig:result><sig:major>Success</sig:major>");
	HAS(&e, "<sig:name>erp</sig:name><sig:tenant>demo</sig:tenant>");
	HAS(&e, "<sig:time>2026-03-01T11:00:00Z</sig:time>");
	HAS(&e, "<sig:right>a ? &lt;b&gt; ?</sig:right>");
	CU_ASSERT_STRING_EQUAL(e.x.outcome, "Success");
	CU_ASSERT_STRING_EQUAL(e.x.operation, "WhoAmI");
	CU_ASSERT_STRING_EQUAL(e.x.user, "demo/erp");
	CU_ASSERT_PTR_NOT_NULL(e.x.pending);
	CU_ASSERT_EQUAL(stub.concluded, 1);
	stub_exchange_release(&e);
}

static const struct test tests[] = { TEST(a_caller_learns_who_he_is), TEST_END };
const struct suite suite_server_soap_worker = { "server/soap/worker", make_worker, free_worker,
	tests };
