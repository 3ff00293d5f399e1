#include "tests/bench/soak.h"

#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/clock.h"
#include "server/base/text.h"
#include "tests/bench/load.h"

#define CLIENTS	    3
#define SAMPLES_MAX 100000
#define LARGE	    (4 << 20)

#define HEAD                                                                                       \
	"<?xml version=\"1.0\"?><S:Envelope "                                                      \
	"xmlns:S=\"http://schemas.xmlsoap.org/soap/envelope/\" "                                   \
	"xmlns:s=\"urn:signet:v1\"><S:Body>"
#define TAIL "</S:Body></S:Envelope>"
#define SIGN(parameters)                                                                           \
	HEAD "<s:SignDocument><s:parameters>" parameters "</s:parameters><s:document><s:content>"
#define SIGN_TAIL   "</s:content></s:document></s:SignDocument>" TAIL
#define VERIFY	    HEAD "<s:VerifyDocument><s:signedDocument><s:content>"
#define VERIFY_TAIL "</s:content></s:signedDocument></s:VerifyDocument>" TAIL

enum content { NOTHING, KILOBYTE, MEGABYTES, PDF, XML, HALF_PDF };

/* What is asked; whether it is answered well is not what a soak looks at. */
static const struct {
	const char *before, *after;
	enum content content;
	int connections, is_stranger;
} asked[] = {
	{ HEAD "<s:WhoAmI/>" TAIL, "", NOTHING, 16, 0 },
	{ SIGN("<s:format>CMS</s:format><s:key>demo-rsa</s:key>"), SIGN_TAIL, KILOBYTE, 8, 0 },
	{ SIGN("<s:format>CMS</s:format><s:key>demo-ec</s:key>"), SIGN_TAIL, MEGABYTES, 4, 0 },
	{ SIGN("<s:format>PDF</s:format><s:key>demo-ec</s:key>"), SIGN_TAIL, PDF, 4, 0 },
	{ SIGN("<s:format>XML</s:format><s:key>demo-ec</s:key>"), SIGN_TAIL, XML, 8, 0 },
	{ VERIFY, VERIFY_TAIL, PDF, 4, 0 },
	{ VERIFY, VERIFY_TAIL, HALF_PDF, 4, 0 },
	{ VERIFY, VERIFY_TAIL, KILOBYTE, 8, 0 },
	{ VERIFY, VERIFY_TAIL, MEGABYTES, 4, 0 },
	{ SIGN("<s:format>CMS</s:format><s:key>nosuch</s:key>"), SIGN_TAIL, KILOBYTE, 16, 0 },
	{ HEAD "<s:Nonsense><s:a/>" TAIL, "", NOTHING, 8, 0 },
	{ HEAD "<s:WhoAmI/>" TAIL, "", NOTHING, 16, 1 },
};
#define ASKED (sizeof(asked) / sizeof(asked[0]))

struct soak {
	const struct live *live;
	SSL_CTX *ctx, *stranger;
	struct buf requests[ASKED];
	atomic_int stop;
	atomic_ullong answers, lost;
};

struct client {
	struct soak *soak;
	size_t first;
	pthread_t thread;
};

/* ---- requests ---- */

static void
put_content(struct buf *out, const struct soak *s, enum content content)
{
	static const char xml[] = "<invoice><total>100</total></invoice>";
	struct buf plain = BUF_INIT((size_t)8 << 20);
	size_t n = content == MEGABYTES ? LARGE : 1024;

	if (content == PDF || content == HALF_PDF)
		buf_read_file(&plain, live_path(s->live, "sample.pdf"), NULL);
	else if (content == XML)
		buf_append_str(&plain, xml, NULL);
	else if (content != NOTHING && buf_reserve(&plain, n, NULL) != NULL) {
		memset(plain.data, 'x', n);
		plain.len = n;
	}
	if (content == HALF_PDF)
		plain.len /= 2;
	text_base64(out, SPAN_OF(&plain), 0, NULL);
	buf_release(&plain);
}

static void
make_requests(struct soak *s)
{
	size_t i;

	for (i = 0; i < ASKED; i++) {
		struct buf body = BUF_INIT((size_t)16 << 20);

		buf_init(&s->requests[i], (size_t)16 << 20);
		buf_append_str(&body, asked[i].before, NULL);
		put_content(&body, s, asked[i].content);
		buf_append_str(&body, asked[i].after, NULL);
		load_soap_request(&s->requests[i], "", SPAN_OF(&body));
		buf_release(&body);
	}
}

static void *
ask_on(void *arg)
{
	struct client *client = arg;
	struct soak *s = client->soak;
	struct load_result result;
	size_t i;

	for (i = client->first; !s->stop; i = (i + 1) % ASKED) {
		const struct load load = { .host = "127.0.0.1",
			.port = s->live->port,
			.ctx = asked[i].is_stranger ? s->stranger : s->ctx,
			.connections = asked[i].connections,
			.seconds = 0.7,
			.request = SPAN_OF(&s->requests[i]) };

		if (load_run(&load, &result) != 0)
			s->lost++;
		s->answers += result.answers;
	}
	return NULL;
}

/* ---- what the processes have ---- */

static const char *const names[] = { "api", "keys", "read" };
#define PROCESSES (sizeof(names) / sizeof(names[0]))

struct sample {
	pid_t pid;
	long kb, threads, files;
};

static long
status_of(pid_t pid, const char *field)
{
	char path[64], line[256];
	long value = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, field, strlen(field)) == 0)
			value = atol(line + strlen(field));
	if (f != NULL)
		fclose(f);
	return value;
}

static struct sample
take_sample(const struct live *live, const char *name)
{
	struct sample s = { .pid = live_child(live, name) };
	char path[64];
	DIR *dir;

	s.kb = status_of(s.pid, "VmRSS:");
	s.threads = status_of(s.pid, "Threads:");
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)s.pid);
	dir = opendir(path);
	while (dir != NULL && readdir(dir) != NULL)
		s.files++;
	if (dir != NULL)
		closedir(dir);
	return s;
}

static void
print_samples(int64_t ms, const struct sample *samples, unsigned long long answers)
{
	size_t i;

	printf("%6lld s %9llu answers", (long long)ms / 1000, answers);
	for (i = 0; i < PROCESSES; i++)
		printf("   %s %6.1f MB %3ld threads %4ld files", names[i],
		    (double)samples[i].kb / 1024, samples[i].threads, samples[i].files);
	printf("\n");
	fflush(stdout);
}

static double
mean(const long *kb, size_t from, size_t to)
{
	double sum = 0;
	size_t i;

	for (i = from; i < to; i++)
		sum += (double)kb[i];
	return to > from ? sum / (double)(to - from) / 1024 : 0;
}

/* Sample each half second, print some; 0 while all processes are those of the start. */
static int
watch(struct soak *s, int seconds, long *kb, size_t *count)
{
	int64_t began = clock_monotonic_us(), now = began, printed = 0;
	int64_t every = (int64_t)seconds * 1000 / 40;
	struct sample samples[PROCESSES], first[PROCESSES];
	int lost = 0;
	size_t i;

	for (*count = 0; now - began < (int64_t)seconds * 1000000 && *count < SAMPLES_MAX;
	     ++*count) {
		for (i = 0; i < PROCESSES; i++) {
			samples[i] = take_sample(s->live, names[i]);
			if (*count == 0)
				first[i] = samples[i];
			lost |= samples[i].pid != first[i].pid;
		}
		kb[*count] = samples[0].kb;
		if ((now - began) / 1000 >= printed) {
			print_samples((now - began) / 1000, samples, s->answers);
			printed += every;
		}
		poll(NULL, 0, 500);
		now = clock_monotonic_us();
	}
	return lost;
}

int
soak_run(const struct live *live, SSL_CTX *ctx, SSL_CTX *stranger, int seconds)
{
	struct soak s = { .live = live, .ctx = ctx, .stranger = stranger };
	struct client clients[CLIENTS];
	long *kb = calloc(SAMPLES_MAX, sizeof(*kb));
	double middle, last;
	size_t count = 0, i;
	int lost = 1;

	if (kb == NULL)
		return 1;
	make_requests(&s);
	for (i = 0; i < CLIENTS; i++) {
		clients[i] = (struct client){ .soak = &s, .first = i * ASKED / CLIENTS };
		pthread_create(&clients[i].thread, NULL, ask_on, &clients[i]);
	}
	lost = watch(&s, seconds, kb, &count);
	s.stop = 1;
	for (i = 0; i < CLIENTS; i++)
		pthread_join(clients[i].thread, NULL);
	middle = mean(kb, count / 3, count * 2 / 3);
	last = mean(kb, count * 2 / 3, count);
	printf("%llu answers; %llu times no connection; a process was lost: %s\n",
	    (unsigned long long)s.answers, (unsigned long long)s.lost, lost ? "yes" : "no");
	printf("api in the middle third %.1f MB, in the last third %.1f MB, may be %.1f MB: %s\n",
	    middle, last, middle * (100 + SOAK_GROWTH_PERCENT) / 100,
	    last <= middle * (100 + SOAK_GROWTH_PERCENT) / 100 ? "ok" : "grows");
	for (i = 0; i < ASKED; i++)
		buf_release(&s.requests[i]);
	free(kb);
	return lost || s.answers == 0 || last > middle * (100 + SOAK_GROWTH_PERCENT) / 100;
}
