#include "server/fetch/fetch.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* A handle a thread: libcurl keeps its connections open between calls. */
static pthread_key_t handle_key;
static int is_set_up;

static void
free_handle(void *handle)
{
	curl_easy_cleanup(handle);
}

int
fetch_setup(struct error *err)
{
	if (is_set_up)
		return 0;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    pthread_key_create(&handle_key, free_handle) != 0)
		return error_set(err, ERROR_INTERNAL, "libcurl could not be started");
	is_set_up = 1;
	return 0;
}

static CURL *
thread_handle(struct error *err)
{
	CURL *curl = is_set_up ? pthread_getspecific(handle_key) : NULL;

	if (curl != NULL) {
		curl_easy_reset(curl);
		return curl;
	}
	curl = is_set_up ? curl_easy_init() : NULL;
	if (curl == NULL || pthread_setspecific(handle_key, curl) != 0) {
		error_memory(err);
		curl_easy_cleanup(curl);
		return NULL;
	}
	return curl;
}

struct sink {
	struct buf *body;
	size_t max;
	int is_over;
};

static size_t
take_body(char *data, size_t size, size_t count, void *arg)
{
	struct sink *sink = arg;
	size_t n = size * count;

	if (n > sink->max - sink->body->len) {
		sink->is_over = 1;
		return 0;
	}
	return buf_append(sink->body, data, n, NULL) == 0 ? n : 0;
}

static struct curl_slist *
header_lines(const struct fetch_request *request)
{
	char line[256];
	struct curl_slist *lines = curl_slist_append(NULL, "Expect:"), *more;

	if (lines != NULL && request->content_type != NULL) {
		snprintf(line, sizeof(line), "Content-Type: %s", request->content_type);
		more = curl_slist_append(lines, line);
		lines = more != NULL ? more : lines;
	}
	if (lines != NULL && request->accept != NULL) {
		snprintf(line, sizeof(line), "Accept: %s", request->accept);
		more = curl_slist_append(lines, line);
		lines = more != NULL ? more : lines;
	}
	return lines;
}

static int
set_options(CURL *curl, const struct fetch_request *request, struct curl_slist *lines,
    struct sink *sink, char *words)
{
	int rc = 0;

	rc |= curl_easy_setopt(curl, CURLOPT_URL, request->url);
	rc |= curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	rc |= curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	rc |= curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	rc |= curl_easy_setopt(curl, CURLOPT_PROXY, "");
	rc |= curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)request->connect_ms);
	rc |= curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)request->total_ms);
	rc |= curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words);
	rc |= curl_easy_setopt(curl, CURLOPT_USERAGENT, "signet/" SIGNET_VERSION);
	rc |= curl_easy_setopt(curl, CURLOPT_HTTPHEADER, lines);
	rc |= curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	rc |= curl_easy_setopt(curl, CURLOPT_WRITEDATA, sink);
	if (request->ca_file != NULL)
		rc |= curl_easy_setopt(curl, CURLOPT_CAINFO, request->ca_file);
	if (request->content_type != NULL) {
		rc |= curl_easy_setopt(curl, CURLOPT_POST, 1L);
		rc |= curl_easy_setopt(curl, CURLOPT_POSTFIELDS, (const char *)request->body.data);
		rc |= curl_easy_setopt(
		    curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
	}
	if (request->user != NULL && strncasecmp(request->url, "https:", 6) == 0) {
		rc |= curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		rc |= curl_easy_setopt(curl, CURLOPT_USERNAME, request->user);
		rc |= curl_easy_setopt(curl, CURLOPT_PASSWORD, request->password);
	}
	return rc;
}

/* libcurl has one code for a scheme that it shall not use and for answers that are no HTTP. */
static int
is_http(const char *url)
{
	return strncasecmp(url, "http://", 7) == 0 || strncasecmp(url, "https://", 8) == 0;
}

int
fetch(const struct fetch_request *request, struct fetch_answer *answer, struct error *err)
{
	char words[CURL_ERROR_SIZE] = "";
	struct sink sink = { &answer->body, request->max_answer, 0 };
	struct curl_slist *lines = NULL;
	CURL *curl;
	CURLcode code;
	char *type = NULL;
	long status = 0;
	int rc = -1;

	memset(answer, 0, sizeof(*answer));
	curl = thread_handle(err);
	if (curl == NULL)
		return -1;
	lines = header_lines(request);
	if (lines == NULL || set_options(curl, request, lines, &sink, words) != 0) {
		error_cause(
		    err, ERROR_UNSUPPORTED, "the address cannot be used", "%s", request->url);
		goto done;
	}
	code = is_http(request->url) ? curl_easy_perform(curl) : CURLE_URL_MALFORMAT;
	if (sink.is_over) {
		error_limit(err, ERROR_TOO_LARGE, "fetch-answer", request->max_answer, 0,
		    "the answer of a remote server is too large");
		goto done;
	}
	if (code == CURLE_URL_MALFORMAT) {
		error_cause(
		    err, ERROR_UNSUPPORTED, "the address cannot be used", "%s", request->url);
		goto done;
	}
	if (code != CURLE_OK) {
		error_cause(err, ERROR_UNAVAILABLE,
		    code == CURLE_OPERATION_TIMEDOUT ? "a remote server did not answer in time"
						     : "a remote server could not be reached",
		    "%s: %s", request->url, words[0] != '\0' ? words : curl_easy_strerror(code));
		goto done;
	}
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
	answer->status = (int)status;
	snprintf(
	    answer->content_type, sizeof(answer->content_type), "%s", type != NULL ? type : "");
	rc = 0;
done:
	if (rc != 0)
		fetch_answer_release(answer);
	curl_slist_free_all(lines);
	curl_easy_reset(curl); /* no pointer of this call stays in the handle */
	return rc;
}

void
fetch_answer_release(struct fetch_answer *answer)
{
	buf_release(&answer->body);
}
