/*
 * The figures of DESIGN section 7: client and server on the same cores, TLS 1.3 keep-alive, client
 * certificates, audit on. Each ratio is against the raw rate measured in turn with it, medians of
 * rounds. Usage: bench RESULT.tsv [ROUNDS] [NAME ...]: only figures whose name holds NAME; or
 * bench --soak SECONDS: mixed load, and what it leaves in memory.
 */
#include <openssl/pkcs12.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "server/base/text.h"
#include "tests/bench/client.h"
#include "tests/bench/cpu.h"
#include "tests/bench/decide.h"
#include "tests/bench/figures.h"
#include "tests/bench/large.h"
#include "tests/bench/load.h"
#include "tests/bench/revocable.h"
#include "tests/bench/soak.h"
#include "tests/bench/trust.h"
#include "tests/bench/verify.h"
#include "tests/support/live.h"
#include "tests/support/postgres.h"

#define ROUNDS_MAX 9

static struct figures figures;
static struct live live;
static int rounds = 3;
static char **wanted;

static int
is_wanted(const char *name)
{
	char **w;

	for (w = wanted; *w != NULL; w++)
		if (strstr(name, *w) != NULL)
			return 1;
	return *wanted == NULL;
}

/* ---- requests ---- */

#define ENVELOPE                                                                                   \
	"<?xml version=\"1.0\"?><S:Envelope "                                                      \
	"xmlns:S=\"http://schemas.xmlsoap.org/soap/envelope/\" "                                   \
	"xmlns:s=\"urn:signet:v1\"><S:Body>"
#define ENVELOPE_END "</S:Body></S:Envelope>"

static void
random_base64(struct buf *out, size_t len)
{
	unsigned char bytes[4096];

	RAND_bytes(bytes, (int)len);
	text_base64(out, (struct span){ bytes, len }, 0, NULL);
}

static void
sign_request(struct buf *request, const char *key)
{
	struct buf body = BUF_INIT(0);

	buf_printf(&body, NULL,
	    ENVELOPE "<s:SignDocument><s:parameters><s:format>CMS</s:format><s:key>%s</s:key>"
		     "</s:parameters><s:document><s:content>",
	    key);
	random_base64(&body, 1024);
	buf_append_str(&body, "</s:content></s:document></s:SignDocument>" ENVELOPE_END, NULL);
	load_soap_request(request, "", SPAN_OF(&body));
	buf_release(&body);
}

static void
digests_request(struct buf *request, const char *format, int count)
{
	struct buf body = BUF_INIT(0);
	int i;

	buf_printf(&body, NULL,
	    ENVELOPE "<s:SignDigests><s:parameters><s:format>%s</s:format><s:key>demo-ec</s:key>"
		     "</s:parameters>",
	    format);
	for (i = 0; i < count; i++) {
		buf_append_str(&body,
		    "<s:digest><s:digestMethod>SHA256</s:digestMethod><s:digestValue>", NULL);
		random_base64(&body, 32);
		buf_append_str(&body, "</s:digestValue></s:digest>", NULL);
	}
	buf_append_str(&body, "</s:SignDigests>" ENVELOPE_END, NULL);
	load_soap_request(request, "", SPAN_OF(&body));
	buf_release(&body);
}

static void
whoami_request(struct buf *request)
{
	load_soap_request(request, "", span_str(ENVELOPE "<s:WhoAmI/>" ENVELOPE_END));
}

/* The answer's element as text, for a request made of an answer. */
static int
extract(const struct buf *answer, const char *element, struct buf *out)
{
	char open[64];
	char *at, *end;

	snprintf(open, sizeof(open), ":%s>", element);
	at = answer->data != NULL ? strstr((char *)answer->data, open) : NULL;
	end = at != NULL ? strchr(at + strlen(open), '<') : NULL;
	if (end == NULL)
		return -1;
	at += strlen(open);
	return buf_append(out, at, (size_t)(end - at), NULL);
}

/* ---- figures ---- */

static int
run_load(SSL_CTX *ctx, struct span request, int connections, double seconds, const char *expected,
    struct load_result *result)
{
	const struct load load = { .host = "127.0.0.1",
		.port = live.port,
		.ctx = ctx,
		.connections = connections,
		.seconds = seconds,
		.request = request,
		.expected = expected };

	return load_run_well(&load, result);
}

/* What the rounds of a figure took of the processors, and how many requests they answered. */
struct cost {
	struct cpu cpu;
	uint64_t requests;
	char since[32]; /* the last audit row before */
};

static void
ask_audit(const char *sql, char out[32])
{
	struct error err = ERROR_INIT;

	if (postgres_ask(live.database, "postgres", sql, out, 32, &err) != 0)
		snprintf(out, 32, "0");
}

static void
cost_start(struct cost *cost)
{
	memset(cost, 0, sizeof(*cost));
	ask_audit("SELECT coalesce(max(seq), 0) FROM signet.audit", cost->since);
}

static void
cost_add(struct cost *cost, const struct cpu *before, uint64_t requests)
{
	struct cpu now;
	int i;

	cpu_read(&now);
	for (i = 0; i < CPU_PARTS; i++)
		cost->cpu.us[i] += now.us[i] - before->us[i];
	cost->requests += requests;
}

static void
cost_note(const struct cost *cost)
{
	char text[160], batch[32];
	double sum = 0;
	int i;

	for (i = 0; i < CPU_PARTS && cost->requests > 0; i++) {
		double us = (double)cost->cpu.us[i] / (double)cost->requests;

		snprintf(text, sizeof(text), "  CPU time a request, %s", cpu_part_names[i]);
		figure_note(&figures, text, us, "us");
		sum += us;
	}
	figure_note(&figures, "  CPU time a request, all of them", sum, "us");
	snprintf(text, sizeof(text),
	    "SELECT count(*)::float / count(DISTINCT xmin::text) FROM signet.audit WHERE seq > %s",
	    cost->since);
	ask_audit(text, batch);
	figure_note(&figures, "  audit rows a commit", atof(batch), "");
}

/* A request's rate as a share of the raw rate; `per` operations a request. */
static void
ratio(const char *name, const char *algorithm, double (*raw)(const char *, int),
    struct buf *request, int per, double budget)
{
	double ratios[ROUNDS_MAX], rates[ROUNDS_MAX], raws[ROUNDS_MAX];
	SSL_CTX *ctx = bench_client(&live, "erp");
	struct load_result r;
	struct cost cost;
	struct cpu before;
	char text[128];
	int i;

	cost_start(&cost);
	for (i = 0; i < rounds && is_wanted(name); i++) {
		raws[i] = raw(algorithm, 3);
		rates[i] = 0;
		cpu_read(&before);
		if (run_load(ctx, SPAN_OF(request), per > 1 ? 4 : 64, 4, "Success", &r) == 0)
			rates[i] = r.rate * per;
		cost_add(&cost, &before, r.answers);
		ratios[i] = raws[i] > 0 ? rates[i] / raws[i] : 0;
	}
	if (is_wanted(name)) {
		figure_at_least(&figures, name, median(ratios, rounds), budget, "of raw");
		snprintf(text, sizeof(text), "  rate of it");
		figure_note(&figures, text, median(rates, rounds), "/s");
		snprintf(text, sizeof(text), "  raw rate, %s on two cores", algorithm);
		figure_note(&figures, text, median(raws, rounds), "/s");
		cost_note(&cost);
	}
	SSL_CTX_free(ctx);
	request->len = 0;
}

static void
signing_figures(void)
{
	struct buf request = BUF_INIT(0);

	sign_request(&request, "bench-rsa2048");
	ratio("SignDocument CMS 1 KB RSA-2048", "rsa2048", raw_signs, &request, 1, 0.70);
	sign_request(&request, "demo-rsa");
	ratio("SignDocument CMS 1 KB RSA-3072", "rsa3072", raw_signs, &request, 1, 0.90);
	sign_request(&request, "demo-ec");
	ratio("SignDocument CMS 1 KB P-256", "ecdsap256", raw_signs, &request, 1, 0.12);
	digests_request(&request, "CMS", 1000);
	ratio("SignDigests x1000 P-256 as detached CMS", "ecdsap256", raw_signs, &request, 1000,
	    0.35);
	digests_request(&request, "Raw", 1000);
	ratio(
	    "SignDigests x1000 P-256 as bare values", "ecdsap256", raw_signs, &request, 1000, 0.60);
	buf_release(&request);
}

/*
 * What a verification needs, a second: the signature by the P-256 key and its certificate, which
 * the P-384 key of the internal CA signed.
 */
static double
raw_verification(const char *algorithm, int seconds)
{
	double leaf = raw_verifies(algorithm, seconds), ca = raw_verifies("ecdsap384", seconds);

	return leaf > 0 && ca > 0 ? 1 / (1 / leaf + 1 / ca) : 0;
}

/* One signed document with its content inside, asked to be verified again and again. */
static void
verify_figure(void)
{
	struct buf answer = BUF_INIT(0), body = BUF_INIT(0), request = BUF_INIT(0);

	buf_append_str(&body,
	    ENVELOPE "<s:SignDocument><s:parameters><s:format>CMS</s:format><s:packaging>Enveloping"
		     "</s:packaging><s:key>demo-ec</s:key></s:parameters><s:document><s:content>",
	    NULL);
	random_base64(&body, 1024);
	buf_append_str(&body, "</s:content></s:document></s:SignDocument>" ENVELOPE_END, NULL);
	if (large_exchange(&live, SPAN_OF(&body), &answer) != 0)
		return;
	body.len = 0;
	buf_append_str(&body, ENVELOPE "<s:VerifyDocument><s:signedDocument><s:content>", NULL);
	if (extract(&answer, "content", &body) != 0)
		fprintf(stderr, "no signed document: %.300s\n", (char *)answer.data);
	buf_append_str(
	    &body, "</s:content></s:signedDocument></s:VerifyDocument>" ENVELOPE_END, NULL);
	load_soap_request(&request, "", SPAN_OF(&body));
	ratio("VerifyDocument CMS 1 KB P-256", "ecdsap256", raw_verification, &request, 1, 0.5);
	buf_release(&answer);
	buf_release(&body);
	buf_release(&request);
}

/* The same, and that the CRL by which the signer is not revoked is its CA's, of the same key. */
static double
raw_with_revocation(const char *algorithm, int seconds)
{
	double leaf = raw_verifies(algorithm, seconds), ca = raw_verifies("ecdsap384", seconds);

	return leaf > 0 && ca > 0 ? 1 / (1 / leaf + 2 / ca) : 0;
}

/* The CRL is fetched once, before it is measured. */
static void
revocation_figure(void)
{
	struct buf content = BUF_INIT(0), cms = BUF_INIT(0), body = BUF_INIT(0);
	struct buf answer = BUF_INIT(0), request = BUF_INIT(0);
	struct revocable signer;

	random_base64(&content, 768);
	if (revocable_start(&signer, &live, SPAN_OF(&content), &cms) != 0)
		goto done;
	buf_append_str(&body, ENVELOPE "<s:VerifyDocument><s:signedDocument><s:content>", NULL);
	text_base64(&body, SPAN_OF(&cms), 0, NULL);
	buf_append_str(
	    &body, "</s:content></s:signedDocument></s:VerifyDocument>" ENVELOPE_END, NULL);
	if (large_exchange(&live, SPAN_OF(&body), &answer) != 0 ||
	    memmem(answer.data, answer.len, "TotalPassed", 11) == NULL) {
		fprintf(stderr, "no verdict with a CRL: %.900s\n", (char *)answer.data);
		goto done;
	}
	load_soap_request(&request, "", SPAN_OF(&body));
	ratio("VerifyDocument CMS 1 KB P-256, CRL cached", "ecdsap256", raw_with_revocation,
	    &request, 1, 0.5);
done:
	revocable_end(&signer);
	buf_release(&content);
	buf_release(&cms);
	buf_release(&body);
	buf_release(&answer);
	buf_release(&request);
}

static void
latency_figures(void)
{
	struct buf request = BUF_INIT(0);
	SSL_CTX *ctx = bench_client(&live, "erp"), *nobody = bench_client(&live, "");
	double p99[ROUNDS_MAX], rate[ROUNDS_MAX], denied[ROUNDS_MAX], starved = 0;
	struct load_result r;
	struct cost cost;
	struct cpu before;
	int i;

	whoami_request(&request);
	cost_start(&cost);
	for (i = 0; i < rounds && is_wanted("WhoAmI"); i++) {
		cpu_read(&before);
		if (run_load(ctx, SPAN_OF(&request), 64, 4, "Success", &r) != 0)
			continue;
		cost_add(&cost, &before, r.answers);
		p99[i] = r.p99_ms;
		rate[i] = r.rate;
		starved += r.least == 0;
		const struct load load = { .host = "127.0.0.1",
			.port = live.port,
			.ctx = nobody,
			.connections = 64,
			.seconds = 3,
			.request = SPAN_OF(&request) };

		denied[i] = load_run(&load, &r) == 0 ? r.rate : 0;
	}
	if (is_wanted("WhoAmI")) {
		figure_at_most(
		    &figures, "WhoAmI p99 at 64 connections", median(p99, rounds), 5, "ms");
		figure_at_most(&figures, "WhoAmI starved connections", starved, 0, "");
		figure_note(&figures, "  WhoAmI rate", median(rate, rounds), "/s");
		cost_note(&cost);
		figure_at_least(&figures, "rate of refused callers / WhoAmI rate",
		    median(denied, rounds) / median(rate, rounds), 1, "");
	}
	SSL_CTX_free(ctx);
	SSL_CTX_free(nobody);
	buf_release(&request);
}

/* Resident kilobytes of a process, or their peak. */
static double
resident_kb(pid_t pid, const char *field)
{
	char path[64], line[256];
	double kb = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, field, strlen(field)) == 0)
			kb = atof(line + strlen(field) + 1);
	if (f != NULL)
		fclose(f);
	return kb;
}

static void
idle_figure(void)
{
	struct buf request = BUF_INIT(0);
	struct rlimit files = { 20000, 20000 };
	SSL_CTX *ctx = bench_client(&live, "erp");
	struct load load = {
		.host = "127.0.0.1", .port = live.port, .ctx = ctx, .connections = 5000
	};
	struct load_idle *idle;
	pid_t api = live_child(&live, "api");
	double before;

	setrlimit(RLIMIT_NOFILE, &files);
	whoami_request(&request);
	load.request = SPAN_OF(&request);
	before = resident_kb(api, "VmRSS:");
	idle = load_idle_open(&load, 5000);
	if (idle == NULL) {
		fprintf(stderr, "5000 connections could not be opened\n");
		figure_at_most(&figures, "KB a connection, 5,000 idle", 1e9, 25, "KB");
	} else {
		figure_at_most(&figures, "KB a connection, 5,000 idle",
		    (resident_kb(api, "VmRSS:") - before) / 5000, 25, "KB");
		figure_at_least(&figures, "of 5,000 idle connections answered again",
		    load_idle_ask(idle), 5000, "");
		load_idle_close(idle);
	}
	SSL_CTX_free(ctx);
	buf_release(&request);
}

/* The processes that a document, or what is made of it, may pass through. */
static const char *const holders[] = { "api", "read", "keys" };

/* The kernel's note of the largest memory so far starts again with what there is now. */
static void
forget_peaks(void)
{
	char path[64];
	size_t i;
	FILE *f;

	for (i = 0; i < sizeof(holders) / sizeof(holders[0]); i++) {
		snprintf(
		    path, sizeof(path), "/proc/%d/clear_refs", (int)live_child(&live, holders[i]));
		f = fopen(path, "w");
		if (f == NULL || fputs("5", f) < 0 || fclose(f) != 0)
			perror(path);
	}
}

static double
peaks_kb(void)
{
	double kb = 0;
	size_t i;

	for (i = 0; i < sizeof(holders) / sizeof(holders[0]); i++)
		kb += resident_kb(live_child(&live, holders[i]), "VmHWM:");
	return kb;
}

/*
 * On a server that was just started, so that no memory of earlier figures is there to be used; and
 * what its start took at most, which is more than it keeps, does not count as room either.
 */
static void
large_figure(void)
{
	double before, speeds[ROUNDS_MAX];
	struct buf answer = BUF_INIT(0);
	int i;

	live_end(&live);
	if (live_restart(&live) != 0 ||
	    large_exchange(&live, span_str(ENVELOPE "<s:WhoAmI/>" ENVELOPE_END), &answer) != 0)
		return;
	forget_peaks();
	before = peaks_kb();
	for (i = 0; i < rounds; i++)
		speeds[i] = large_sign(&live, (uint64_t)1 << 30);
	figure_at_least(
	    &figures, "1 GB by MTOM, detached CMS", median(speeds, rounds), 300, "MB/s");
	figure_note(&figures, "  resident before", before / 1024, "MB");
	figure_at_most(&figures, "memory of it", (peaks_kb() - before) / 1024, 16, "MB");
	buf_release(&answer);
}

/* Longer than any request takes, so that a third of it says something. */
static int
soak(int seconds)
{
	SSL_CTX *ctx, *stranger;
	int rc = 1;

	if (live_start(&live, NULL, NULL) == 0) {
		ctx = bench_client(&live, "erp");
		stranger = bench_client(&live, "");
		rc = soak_run(&live, ctx, stranger, seconds > 10 ? seconds : 10);
		SSL_CTX_free(ctx);
		SSL_CTX_free(stranger);
	}
	live_stop(&live);
	return rc;
}

int
main(int argc, char **argv)
{
	int rc = 1;

	signal(SIGPIPE, SIG_IGN);
	if (argc == 3 && strcmp(argv[1], "--soak") == 0)
		return soak(atoi(argv[2]));
	if (argc < 2 || figures_open(&figures, argv[1]) != 0)
		return 2;
	if (argc > 2 && atoi(argv[2]) > 0)
		rounds = atoi(argv[2]) < ROUNDS_MAX ? atoi(argv[2]) : ROUNDS_MAX;
	wanted = argv + (argc > 2 ? 3 : 2);
	postgres_set_fsync(
	    1); /* an answer leaves when its audit row is on disk: that is measured, too */
	if (live_start(&live, REVOCABLE_SETTINGS, "--extra-key bench-rsa2048=RSA-2048") != 0)
		goto done;
	signing_figures();
	if (is_wanted("Verify")) {
		verify_figure();
		revocation_figure();
	}
	latency_figures();
	if (is_wanted("idle"))
		idle_figure();
	if (is_wanted("1 GB"))
		large_figure();
	if (is_wanted("access"))
		bench_decide(&figures, &live, rounds);
	if (is_wanted("trust"))
		bench_trust(&figures);
	if (is_wanted("read"))
		bench_verify(&figures);
	rc = figures.missed == 0 ? 0 : 1;
	printf("%d figures missed their budget; all stand in %s\n", figures.missed, argv[1]);
done:
	live_stop(&live);
	figures_close(&figures);
	return rc;
}
