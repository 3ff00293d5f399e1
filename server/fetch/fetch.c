#include "server/fetch/fetch.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "server/fetch/ldap.h"
#include "signing/core/handshake.h"

/*
 * Two handles a thread: libcurl keeps their connections open between calls, and a guarded request
 * must not go out over a connection that nobody guarded.
 */
enum { FREE, GUARDED, HANDLES };
static pthread_key_t handle_keys[HANDLES];
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
	    pthread_key_create(&handle_keys[FREE], free_handle) != 0 ||
	    pthread_key_create(&handle_keys[GUARDED], free_handle) != 0)
		return error_set(err, ERROR_INTERNAL, "libcurl could not be started");
	is_set_up = 1;
	return 0;
}

static CURL *
thread_handle(int kind, struct error *err)
{
	CURL *curl = is_set_up ? pthread_getspecific(handle_keys[kind]) : NULL;

	if (curl != NULL) {
		curl_easy_reset(curl);
		return curl;
	}
	curl = is_set_up ? curl_easy_init() : NULL;
	if (curl == NULL || pthread_setspecific(handle_keys[kind], curl) != 0) {
		error_memory(err);
		curl_easy_cleanup(curl);
		return NULL;
	}
	return curl;
}

/* What a call has come to so far. */
struct call {
	const struct fetch_request *request;
	struct buf *body;
	size_t max;
	int is_over;
	const char *refused; /* what the guard found, of the last address */
	int dialled;	     /* an address that was not refused */
	char words[CURL_ERROR_SIZE];
};

static size_t
take_body(char *data, size_t size, size_t count, void *arg)
{
	struct call *call = arg;
	size_t n = size * count;

	if (n > call->max - call->body->len) {
		call->is_over = 1;
		return 0;
	}
	return buf_append(call->body, data, n, NULL) == 0 ? n : 0;
}

/* The socket is about to be connected to this address, and to no other. */
static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct call *call = arg;
	const char *refused = guard_refuses(call->request->guard, &address->addr);

	(void)purpose;
	if (refused != NULL) {
		call->refused = refused;
		return CURL_SOCKET_BAD;
	}
	call->dialled = 1;
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
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
set_reach(CURL *curl, struct call *call)
{
	const struct fetch_request *request = call->request;
	int follows = request->redirects > 0 && request->content_type == NULL, rc = 0;

	rc |= curl_easy_setopt(curl, CURLOPT_URL, request->url);
	rc |= curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR,
	    request->may_use_ldap ? "http,https,ldap,ldaps" : "http,https");
	rc |= curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	rc |= curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, (long)follows);
	rc |= curl_easy_setopt(curl, CURLOPT_MAXREDIRS, (long)request->redirects);
	rc |= curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, (long)request->may_use_ldap);
	if (request->guard != NULL) {
		rc |= curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
		rc |= curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, call);
	}
	return rc;
}

/* Where a document points to may be a server of its author's. */
static CURLcode
guard_handshake(CURL *curl, void *ctx, void *arg)
{
	(void)curl;
	(void)arg;
	handshake_refuse_slow_keys(ctx);
	return CURLE_OK;
}

static int
set_options(CURL *curl, struct call *call, struct curl_slist *lines)
{
	const struct fetch_request *request = call->request;
	int rc = set_reach(curl, call);

	rc |= curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	/* When the time is over, do not wait for a name server: whose it is, a document says. */
	rc |= curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
	rc |= curl_easy_setopt(curl, CURLOPT_PROXY, "");
	rc |= curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)request->connect_ms);
	rc |= curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)request->total_ms);
	rc |= curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, call->words);
	rc |= curl_easy_setopt(curl, CURLOPT_USERAGENT, "signet/" SIGNET_VERSION);
	rc |= curl_easy_setopt(curl, CURLOPT_HTTPHEADER, lines);
	rc |= curl_easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, guard_handshake);
	rc |= curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	rc |= curl_easy_setopt(curl, CURLOPT_WRITEDATA, call);
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

static int
begins(const char *url, const char *scheme)
{
	return strncasecmp(url, scheme, strlen(scheme)) == 0;
}

static int
is_ldap(const struct fetch_request *request)
{
	return request->may_use_ldap &&
	       (begins(request->url, "ldap://") || begins(request->url, "ldaps://"));
}

/* libcurl has one code for a scheme that it shall not use and for answers that are no HTTP. */
static int
is_usable(const struct fetch_request *request)
{
	return begins(request->url, "http://") || begins(request->url, "https://") ||
	       is_ldap(request);
}

static int
say_failure(CURL *curl, const struct call *call, CURLcode code, struct error *err)
{
	const char *url = call->request->url;
	const char *words = call->words[0] != '\0' ? call->words : curl_easy_strerror(code);
	long redirects = 0;

	curl_easy_getinfo(curl, CURLINFO_REDIRECT_COUNT, &redirects);

	if (call->is_over)
		return error_limit(err, ERROR_TOO_LARGE, "fetch-answer", call->request->max_answer,
		    0, "the answer of a remote server is too large");
	if (code == CURLE_URL_MALFORMAT)
		return error_cause(
		    err, ERROR_UNSUPPORTED, "the address cannot be used", "%s: %s", url, words);
	/* What was dialled before a redirect is not what failed. */
	if (call->refused != NULL && (!call->dialled || redirects > 0))
		return error_cause(err, ERROR_NOT_AUTHORIZED,
		    "the address lies in a network that documents may not lead to, and the "
		    "administrator has not allowed it",
		    "%s: %s", url, call->refused);
	if (code == CURLE_UNSUPPORTED_PROTOCOL)
		return error_cause(err, ERROR_UNAVAILABLE,
		    "the server sent us on to an address of a kind that is not followed", "%s: %s",
		    url, words);
	return error_cause(err, ERROR_UNAVAILABLE,
	    code == CURLE_OPERATION_TIMEDOUT ? "a remote server did not answer in time"
					     : "a remote server could not be reached",
	    "%s: %s", url, words);
}

/* The values in what libcurl wrote of an entry. */
static int
take_ldap(struct fetch_answer *answer, size_t max, struct error *err)
{
	struct buf text = answer->body;
	size_t count = 0;
	int rc;

	buf_init(&answer->body, max);
	rc = ldap_values(&answer->body, SPAN_OF(&text), &count, err);
	answer->status = count > 0 ? 200 : 404;
	buf_release(&text);
	return rc;
}

static void
take_http(CURL *curl, struct fetch_answer *answer)
{
	char *type = NULL;
	long status = 0;

	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
	answer->status = (int)status;
	snprintf(
	    answer->content_type, sizeof(answer->content_type), "%s", type != NULL ? type : "");
}

int
fetch(const struct fetch_request *request, struct fetch_answer *answer, struct error *err)
{
	/* base64 and the names around it */
	size_t max = is_ldap(request) ? request->max_answer / 3 * 4 + 8192 : request->max_answer;
	struct call call = { .request = request, .body = &answer->body, .max = max };
	CURLcode code = CURLE_URL_MALFORMAT;
	struct curl_slist *lines = NULL;
	CURL *curl;
	int rc = -1;

	memset(answer, 0, sizeof(*answer));
	curl = thread_handle(request->guard != NULL ? GUARDED : FREE, err);
	if (curl == NULL)
		return -1;
	lines = header_lines(request);
	if (is_usable(request) && lines != NULL && set_options(curl, &call, lines) == 0)
		code = curl_easy_perform(curl);
	if (code != CURLE_OK) {
		say_failure(curl, &call, code, err);
	} else if (is_ldap(request)) {
		rc = take_ldap(answer, request->max_answer, err);
	} else {
		take_http(curl, answer);
		rc = 0;
	}
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
