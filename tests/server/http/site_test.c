#include "server/http/site.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/http/contract.h"
#include "server/http/status.h"
#include "tests/support/suite.h"

static struct site site;
static struct exchange x;
static struct http_head head;
static const char *body;
static int part_works;

static ssize_t
read_body(struct exchange *of, void *at, size_t n, struct error *err)
{
	size_t have = strlen(body);

	(void)of;
	(void)err;
	n = n < have ? n : have;
	memcpy(at, body, n);
	body += n;
	return (ssize_t)n;
}

static enum served
soap(void *state, struct exchange *of)
{
	(void)state;
	http_answer_text(of, 200, "text/xml", span_str("<soap/>"));
	return SERVED;
}

static void
soap_fail(struct exchange *of, const struct error *failure)
{
	http_answer_text(of, 500, "text/xml", span_str(failure->text));
}

static enum served
timestamp(void *state, struct exchange *of, struct span query)
{
	(void)state;
	http_answer_text(of, 200, TSA_REPLY, query);
	return SERVED;
}

static void
probe(void *arg, struct health_state *state)
{
	state->works = part_works;
	if (!state->works)
		snprintf(state->text, sizeof(state->text), "%s", (const char *)arg);
}

static int
setup(void)
{
	static const char wsdl[] = "<w><soap:address location=\"https://localhost:8443/soap\"/>"
				   "<soap12:address\n location='http://old'/>text</w>";

	site = (struct site){ .health = health_new("1.2.3", "node \"1\""),
		.metrics = metrics_new(),
		.wsdl = span_str(wsdl),
		.xsd = span_str("<xs/>"),
		.soap = soap,
		.soap_fail = soap_fail,
		.timestamp = timestamp };
	return health_add(site.health, "database", probe, "the database does not answer");
}

static int
teardown(void)
{
	health_free(site.health);
	metrics_free(site.metrics);
	buf_release(&x.body);
	return 0;
}

static int
ask(unsigned int doors, const char *method, const char *path, const char *query, const char *type)
{
	buf_release(&x.body);
	memset(&x, 0, sizeof(x));
	memset(&head, 0, sizeof(head));
	head.method = method;
	head.path = path;
	head.query = query;
	head.fields[head.field_count++] = (struct http_field){ "Host", "sig.example:8443" };
	if (type != NULL)
		head.fields[head.field_count++] = (struct http_field){ "content-type", type };
	x.head = &head;
	x.doors = doors;
	x.secure = 1;
	x.read_body = read_body;
	x.operation = x.outcome = "";
	CU_ASSERT_EQUAL(site_serve(&site, NULL, &x), SERVED);
	return x.status;
}

static int
answer_has(const char *words)
{
	return memmem(x.body.data, x.body.len, words, strlen(words)) != NULL;
}

static enum served
crl(void *state, struct exchange *exchange, const char *name)
{
	struct error err = ERROR_INIT;

	(void)state;
	exchange->status = 200;
	CU_ASSERT_EQUAL(buf_append_str(&exchange->body, name, &err), 0);
	return SERVED;
}

static void
a_list_is_asked_for_by_the_name_of_its_ca(void)
{
	CU_ASSERT_EQUAL(ask(DOOR_CRL, "GET", "/crl/demo-ca.crl", NULL, NULL), 404);
	site.crl = crl;
	CU_ASSERT_EQUAL(ask(DOOR_CRL, "GET", "/crl/demo-ca.crl", NULL, NULL), 200);
	CU_ASSERT(answer_has("demo-ca"));
	CU_ASSERT_FALSE(answer_has(".crl"));
	CU_ASSERT_EQUAL(ask(DOOR_CRL, "GET", "/crl/demo-ca", NULL, NULL), 404);
	CU_ASSERT_EQUAL(ask(DOOR_CRL, "GET", "/crl/.crl", NULL, NULL), 404);
	CU_ASSERT_EQUAL(ask(DOOR_CRL, "GET", "/crl", NULL, NULL), 404);
	CU_ASSERT_EQUAL(ask(DOOR_CRL, "POST", "/crl/demo-ca.crl", NULL, NULL), 405);
	CU_ASSERT_EQUAL(ask(DOOR_CRL, "GET", "/healthz", NULL, NULL), 404);
	CU_ASSERT_EQUAL(ask(DOOR_SOAP, "GET", "/crl/demo-ca.crl", NULL, NULL), 404);
	site.crl = NULL;
}

static void
each_path_leads_where_it_should(void)
{
	part_works = 1;
	body = "query";
	CU_ASSERT_EQUAL(ask(DOOR_SOAP, "POST", "/soap", NULL, NULL), 200);
	CU_ASSERT(answer_has("<soap/>"));
	CU_ASSERT_EQUAL(ask(DOOR_SOAP, "GET", "/signet.xsd", NULL, NULL), 200);
	CU_ASSERT_EQUAL(ask(DOOR_HEALTH, "HEAD", "/healthz", NULL, NULL), 200);
	CU_ASSERT_EQUAL(ask(DOOR_METRICS, "GET", "/metrics", NULL, NULL), 200);
	CU_ASSERT_EQUAL(ask(DOOR_TSA, "POST", "/tsa", NULL, TSA_QUERY), 200);
	CU_ASSERT(answer_has("query"));
	CU_ASSERT_STRING_EQUAL(x.content_type, TSA_REPLY);
}

static void
a_door_that_is_not_the_listeners_does_not_exist(void)
{
	CU_ASSERT_EQUAL(ask(DOOR_SOAP, "GET", "/healthz", NULL, NULL), 404);
	CU_ASSERT_EQUAL(ask(DOOR_HEALTH, "POST", "/soap", NULL, NULL), 404);
	CU_ASSERT_EQUAL(ask(DOOR_HEALTH, "GET", "/soap", "wsdl", NULL), 404);
	CU_ASSERT_EQUAL(ask(0, "POST", "/tsa", NULL, TSA_QUERY), 404);
	CU_ASSERT_EQUAL(ask(~0u, "GET", "/nothing", NULL, NULL), 404);
	CU_ASSERT_EQUAL(ask(~0u, "GET", "/soap/", NULL, NULL), 404);
}

static void
wrong_methods_are_told_the_right_ones(void)
{
	CU_ASSERT_EQUAL(ask(DOOR_SOAP, "GET", "/soap", NULL, NULL), 405);
	CU_ASSERT_STRING_EQUAL(x.extra, "Allow: POST, OPTIONS\r\n");
	CU_ASSERT_EQUAL(ask(DOOR_HEALTH, "POST", "/healthz", NULL, NULL), 405);
	CU_ASSERT_STRING_EQUAL(x.extra, "Allow: GET, HEAD, OPTIONS\r\n");
	CU_ASSERT_EQUAL(ask(DOOR_HEALTH, "GE", "/healthz", NULL, NULL), 405);
	CU_ASSERT_EQUAL(ask(DOOR_SOAP, "OPTIONS", "/soap", NULL, NULL), 204);
	CU_ASSERT_STRING_EQUAL(x.extra, "Allow: POST, OPTIONS\r\n");
}

static void
the_wsdl_names_the_address_that_the_client_used(void)
{
	CU_ASSERT_EQUAL(ask(DOOR_SOAP, "GET", "/", "WSDL", NULL), 200);
	CU_ASSERT(span_equal(SPAN_OF(&x.body),
	    span_str("<w><soap:address location=\"https://sig.example:8443/soap\"/>"
		     "<soap12:address\n location='https://sig.example:8443'/>text</w>")));
}

static void
a_host_that_would_break_the_wsdl_is_refused(void)
{
	static const char *const bad[] = { "", "a\"/><x", "a b", "a&b", "a/b", "\xc3\xa4" };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ask(DOOR_SOAP, "GET", "/", "wsdl", NULL);
		head.fields[0].value = bad[i];
		x.body.len = 0;
		x.outcome = "";
		contract_answer(&x, site.wsdl, 1);
		CU_ASSERT_EQUAL(x.status, 400);
	}
}

static void
health_says_what_is_wrong(void)
{
	json_t *page, *part;

	part_works = 0;
	CU_ASSERT_EQUAL(ask(DOOR_HEALTH, "GET", "/healthz", NULL, NULL), 503);
	page = json_loadb((char *)x.body.data, x.body.len, 0, NULL);
	part = json_object_get(json_object_get(page, "parts"), "database");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(page, "state")), "failing");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(page, "node")), "node \"1\"");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(part, "state")), "failing");
	CU_ASSERT_STRING_EQUAL(
	    json_string_value(json_object_get(part, "message")), "the database does not answer");
	json_decref(page);
	part_works = 1;
	CU_ASSERT_EQUAL(ask(DOOR_HEALTH, "GET", "/healthz", NULL, NULL), 200);
	CU_ASSERT(!answer_has("failing"));
}

static void
time_stamp_queries_must_be_called_so_and_be_small(void)
{
	char *large = malloc(TSA_QUERY_MAX + 10000);

	body = "query";
	CU_ASSERT_EQUAL(ask(DOOR_TSA, "POST", "/tsa", NULL, "text/plain"), 415);
	CU_ASSERT_EQUAL(ask(DOOR_TSA, "POST", "/tsa", NULL, NULL), 415);
	CU_ASSERT_EQUAL(ask(DOOR_TSA, "POST", "/tsa", NULL, TSA_QUERY "x"), 415);
	CU_ASSERT_EQUAL(
	    ask(DOOR_TSA, "POST", "/tsa", NULL, "Application/Timestamp-Query; a=b"), 200);
	memset(large, 'x', TSA_QUERY_MAX + 9999);
	large[TSA_QUERY_MAX + 9999] = '\0';
	body = large;
	CU_ASSERT_EQUAL(ask(DOOR_TSA, "POST", "/tsa", NULL, TSA_QUERY), 413);
	free(large);
}

static void
a_refusal_of_soap_is_left_to_soap(void)
{
	struct error failure = ERROR_INIT;

	error_set(&failure, ERROR_UNAVAILABLE, "too much in hand");
	failure.retry_after = 7;
	ask(~0u, "POST", "/soap", NULL, NULL);
	site_fail(&site, &x, &failure);
	CU_ASSERT_EQUAL(x.status, 500);
	CU_ASSERT_STRING_EQUAL(x.content_type, "text/xml");
	ask(~0u, "GET", "/healthz", NULL, NULL);
	site_fail(&site, &x, &failure);
	CU_ASSERT_EQUAL(x.status, 503);
	CU_ASSERT(answer_has("too much in hand\n"));
	CU_ASSERT_STRING_EQUAL(x.extra, "Retry-After: 7\r\n");
	CU_ASSERT_STRING_EQUAL(x.outcome, "Unavailable");
}

static double
seven(void *arg)
{
	(void)arg;
	return 7;
}

static void
metrics_are_counted_by_operation_and_outcome(void)
{
	struct metrics *m = metrics_new();
	struct buf page = BUF_INIT(0);
	struct error err = ERROR_INIT;

	metrics_request(m, "WhoAmI", "Success", 700);
	metrics_request(m, "WhoAmI", "Success", 3000000);
	metrics_request(m, "WhoAmI", "NotAuthenticated", 10);
	metrics_request(m, "", "", 10);
	metrics_add(m, METRIC_LANE_SLOW, 3);
	CU_ASSERT_EQUAL(metrics_ask(m, "journal_batch", "Rows.", "gauge", seven, NULL), 0);
	ASSERT_OK(metrics_text(m, &page, &err), &err);
	buf_terminate(&page, NULL);
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)page.data,
	    "\nsignet_requests_total{operation=\"WhoAmI\",outcome=\"Success\"} 2\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)page.data,
	    "\nsignet_request_seconds_bucket{operation=\"WhoAmI\",le=\"0.001\"} 2\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)page.data,
	    "\nsignet_request_seconds_bucket{operation=\"WhoAmI\",le=\"+Inf\"} 3\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(
	    (char *)page.data, "\nsignet_request_seconds_sum{operation=\"WhoAmI\"} 3.000710\n"));
	CU_ASSERT_PTR_NOT_NULL(
	    strstr((char *)page.data, "\nsignet_lane_requests_total{lane=\"slow\"} 3\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)page.data, "\nsignet_journal_batch 7\n"));
	CU_ASSERT_PTR_NOT_NULL(
	    strstr((char *)page.data, "{operation=\"none\",outcome=\"none\"} 1\n"));
	buf_release(&page);
	metrics_free(m);
}

static const struct test tests[] = { TEST(each_path_leads_where_it_should),
	TEST(a_list_is_asked_for_by_the_name_of_its_ca),
	TEST(a_door_that_is_not_the_listeners_does_not_exist),
	TEST(wrong_methods_are_told_the_right_ones),
	TEST(the_wsdl_names_the_address_that_the_client_used),
	TEST(a_host_that_would_break_the_wsdl_is_refused), TEST(health_says_what_is_wrong),
	TEST(time_stamp_queries_must_be_called_so_and_be_small),
	TEST(a_refusal_of_soap_is_left_to_soap), TEST(metrics_are_counted_by_operation_and_outcome),
	TEST_END };
const struct suite suite_server_http_site = { "server/http/site", setup, teardown, tests };
