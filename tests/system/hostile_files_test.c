/*
 * A live server that is sent hostile documents of each sort, to be verified, extended,
 * counter-signed, signed and decrypted: each time it answers, or refuses with a typed fault, within
 * the work that one document may cost and without memory of its own, and goes on for others.
 *
 * Work is counted as the processes' time on a processor, so that a busy machine does not decide.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/hostile_files.h"
#include "tests/support/soap_call.h"
#include "tests/support/suite.h"

#define SECONDS	 2    /* "limit-read-seconds" here */
#define OWN_WORK 1500 /* ms of both processes beside it: HTTP, SOAP, base64, copies */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LOOSE	   1 /* children have no bound of memory, and all work takes several times as long */
#define QUARANTINE 256 /* MB that were freed and are kept, so that their use is noticed */
#else
#define LOOSE	   0
#define QUARANTINE 0
#endif
#define OWN_MB	 (150 + QUARANTINE) /* of the api process beside ten times the document */
#define PATIENCE 240

static struct live live;
static SSL_CTX *erp;
static pid_t api, reader;

static const struct {
	const char *name, *head, *document;
	int is_rare; /* not for what takes all the time there is */
} operations[] = {
	{ "VerifyDocument", "<password>secret</password>", "signedDocument", 0 },
	{ "ExtendSignature", "<parameters><level>T</level></parameters>", "signedDocument", 0 },
	{ "ExtendSignature", "<parameters><level>LTA</level></parameters>", "signedDocument", 1 },
	{ "CounterSign", "<parameters/>", "signedDocument", 0 },
	{ "GetOriginalDocument", "", "signedDocument", 1 },
	{ "DecryptDocument", "<password>secret</password>", "document", 0 },
	{ "SignDocument", "<parameters><format>XML</format></parameters>", "document", 0 },
	{ "SignDocument", "<parameters><format>PDF</format></parameters>", "document", 1 },
	{ "SignDocument", "<parameters><format>SMIME</format></parameters>", "document", 0 },
	{ "SignDocument", "<parameters><format>ASiCE</format></parameters>", "document", 1 },
	{ "TimestampDocument", "<format>PDF</format>", "document", 1 },
};
#define VERIFY	   0
#define OPERATIONS (sizeof(operations) / sizeof(operations[0]))

/* ---- what it costs ---- */

/* Milliseconds on a processor, of the process and of its children that have ended. */
static long
work_of(pid_t pid)
{
	unsigned long t[4] = { 0 };
	char path[64], line[1024], *at;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "r");
	if (f == NULL)
		return 0;
	at = fgets(line, sizeof(line), f) != NULL ? strrchr(line, ')') : NULL;
	fclose(f);
	if (at == NULL ||
	    sscanf(at, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %lu %lu", &t[0],
		&t[1], &t[2], &t[3]) != 4)
		return 0;
	return (long)((t[0] + t[1] + t[2] + t[3]) * 1000 / (unsigned long)sysconf(_SC_CLK_TCK));
}

static void
forget_peak(pid_t pid)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/clear_refs", (int)pid);
	f = fopen(path, "w");
	if (f != NULL) {
		fputs("5", f);
		fclose(f);
	}
}

/* The most memory since then, in MB. */
static long
peak_of(pid_t pid)
{
	char path[64], line[256];
	long kb = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "VmHWM: %ld", &kb) == 1)
			break;
	if (f != NULL)
		fclose(f);
	return kb / 1024;
}

/* ---- the test ---- */

static int
serves_others(void)
{
	struct soap_call c;
	int good;

	soap_call_init(&c, &live, erp);
	good = soap_call(&c, "<WhoAmI/>") == 200;
	soap_call_end(&c);
	return good;
}

#define BOUNDARY "----hostile"

/* As an attachment: so it may be as large as "limit-document" lets it. */
static void
make_request(struct buf *out, size_t operation, struct span file)
{
	out->len = 0;
	buf_printf(out, NULL,
	    "--" BOUNDARY "\r\nContent-Type: application/xop+xml; charset=UTF-8; "
	    "type=\"text/xml\"\r\nContent-ID: <root@test>\r\n\r\n"
	    "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "
	    "xmlns=\"urn:signet:v1\"><s:Body><%s>%s<%s><name>hostile</name><content>"
	    "<x:Include xmlns:x=\"http://www.w3.org/2004/08/xop/include\" "
	    "href=\"cid:file@test\"/></content></%s></%s></s:Body></s:Envelope>\r\n"
	    "--" BOUNDARY "\r\nContent-Type: application/octet-stream\r\n"
	    "Content-Transfer-Encoding: binary\r\nContent-ID: <file@test>\r\n\r\n",
	    operations[operation].name, operations[operation].head, operations[operation].document,
	    operations[operation].document, operations[operation].name);
	buf_append_span(out, file, NULL);
	buf_append_str(out, "\r\n--" BOUNDARY "--\r\n", NULL);
}

static int
send_request(struct soap_call *c, const struct buf *request)
{
	return soap_post(c, "/",
	    "multipart/related; type=\"application/xop+xml\"; boundary=\"" BOUNDARY
	    "\"; start=\"<root@test>\"; start-info=\"text/xml\"",
	    "", request->data, request->len);
}

/* An answer, or a fault that the caller can do something about. */
static int
is_answer(int status, const struct soap_call *c)
{
	return status == 200 || (status > 0 && strstr(soap_answer(c), "SignetFault") != NULL &&
				    strstr(soap_answer(c), ">Internal<") == NULL &&
				    strstr(soap_answer(c), ">Unavailable<") == NULL);
}

/*
 * Was it refused for what it is? Where all takes longer, the seconds may be over before another
 * count of work is; and where there is no bound of memory, none is met.
 */
static int
is_as_expected(const struct soap_call *c, const char *reached)
{
	if (reached == NULL || strstr(soap_answer(c), reached) != NULL)
		return 1;
	return LOOSE && (strcmp(reached, "(limit-read-memory)") == 0 ||
			    strstr(soap_answer(c), "(limit-read-seconds)") != NULL);
}

static void
check_one(const struct hostile_file *file, struct span bytes, size_t operation, const char *reached)
{
	const struct timeval patience = { .tv_sec = PATIENCE };
	const long most_mb = OWN_MB + 4 * (long)(bytes.len >> 20);
	struct buf request = BUF_INIT((size_t)1 << 30);
	struct soap_call c;
	long work, mb;
	int status, good;

	make_request(&request, operation, bytes);
	forget_peak(api);
	mb = peak_of(api);
	work = work_of(api) + work_of(reader);
	soap_call_init(&c, &live, erp);
	good = soap_call(&c, "<WhoAmI/>") == 200 &&
	       setsockopt(c.conn.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0;
	status = send_request(&c, &request);
	good = good && serves_others(); /* by then the child is gone, and its work is counted */
	work = work_of(api) + work_of(reader) - work;
	mb = peak_of(api) - mb;
	good = good && is_answer(status, &c) && work <= SECONDS * 1000 + OWN_WORK && mb <= most_mb;
	good = good && is_as_expected(&c, reached);
	CU_ASSERT(good);
	if (!good || getenv("SIGNET_TEST_TELL") != NULL) {
		char said[200];

		soap_text_of(
		    soap_answer(&c), status == 200 ? "message" : "faultstring", said, sizeof(said));
		fprintf(stderr, "\n%-44s %6zu KB %-20s %-44.44s %d %6ld ms %4ld MB %s", file->name,
		    bytes.len >> 10, operations[operation].name, operations[operation].head, status,
		    work, mb, said);
	}
	soap_call_end(&c);
	buf_release(&request);
}

static void
no_document_costs_more_than_one_may(void)
{
	size_t i, k;

	for (i = 0; i < hostile_file_count; i++) {
		const struct hostile_file *one = &hostile_files[i];
		struct buf file = BUF_INIT((size_t)1 << 30);

		if (one->most > 1) {
			one->make(&file, one->most);
			check_one(one, SPAN_OF(&file), VERIFY, one->most_reached);
		}
		file.len = 0;
		one->make(&file, 1);
		for (k = 0; k < OPERATIONS; k++)
			if (!operations[k].is_rare || strstr(one->name, "slow") == NULL)
				check_one(
				    one, SPAN_OF(&file), k, k == VERIFY ? one->reached : NULL);
		CU_ASSERT(serves_others());
		CU_ASSERT_EQUAL(live_child(&live, "api"), api);
		buf_release(&file);
	}
}

static int
start(void)
{
	if (live_start(&live, "limit-read-seconds = 2\nlimit-request-seconds = 200\n", NULL) != 0)
		return -1;
	erp = soap_call_context(&live, "admin");
	api = live_child(&live, "api");
	reader = live_child(&live, "read");
	return api > 0 && reader > 0 ? 0 : -1;
}

static int
stop(void)
{
	live_stop(&live);
	SSL_CTX_free(erp);
	return 0;
}

static const struct test tests[] = { TEST(no_document_costs_more_than_one_may), TEST_END };
const struct suite suite_system_hostile_files = { "system/hostile_files", start, stop, tests };
