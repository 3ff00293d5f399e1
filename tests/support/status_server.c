#include "tests/support/status_server.h"

#include <openssl/ocsp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/x509/cert.h"

static void
must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "status server: %s\n", what);
	abort();
}

/* ---- answering ---- */

static void
take_nonce(struct span question, struct buf *nonce)
{
	const unsigned char *p = question.data;
	OCSP_REQUEST *request = d2i_OCSP_REQUEST(NULL, &p, (long)question.len);
	int at =
	    request != NULL ? OCSP_REQUEST_get_ext_by_NID(request, NID_id_pkix_OCSP_Nonce, -1) : -1;
	const ASN1_OCTET_STRING *value, *inner;

	must(request != NULL, "the question is no OCSP request");
	if (at >= 0) {
		value = X509_EXTENSION_get_data(OCSP_REQUEST_get_ext(request, at));
		p = ASN1_STRING_get0_data(value);
		inner = d2i_ASN1_OCTET_STRING(NULL, &p, ASN1_STRING_length(value));
		must(inner != NULL && buf_append(nonce, ASN1_STRING_get0_data(inner),
					  (size_t)ASN1_STRING_length(inner), NULL) == 0,
		    "a nonce");
		ASN1_OCTET_STRING_free((ASN1_OCTET_STRING *)inner);
	}
	OCSP_REQUEST_free(request);
}

static void
answer_ocsp(const struct status_door *d, struct span question, struct buf *answer)
{
	struct buf nonce = BUF_INIT(0), body;
	struct status_ocsp in = d->answer;

	take_nonce(question, &nonce);
	if (d->wrong_nonce && nonce.len > 0)
		nonce.data[0] ^= 1;
	in.nonce = d->without_nonce ? SPAN_NONE : SPAN_OF(&nonce);
	body = status_ocsp_make(&in);
	http_stub_answer(answer, "200 OK", "application/ocsp-response", SPAN_OF(&body));
	buf_release(&body);
	buf_release(&nonce);
}

static void
answer_door(const struct status_door *d, struct span question, struct buf *answer)
{
	char status[160];

	if (d->is_silent)
		return;
	if (d->is_responder) {
		answer_ocsp(d, question, answer);
		return;
	}
	snprintf(status, sizeof(status), "%d Words%s%s", d->status != 0 ? d->status : 200,
	    d->location[0] != '\0' ? "\r\nLocation: " : "", d->location);
	if (d->filler > 0) {
		struct buf filler = BUF_INIT(d->filler);
		unsigned char *at = buf_reserve(&filler, d->filler, NULL);

		must(at != NULL, "a filler");
		memset(at, 'x', d->filler);
		filler.len = d->filler;
		http_stub_answer(answer, status, "text/plain", SPAN_OF(&filler));
		buf_release(&filler);
	} else {
		http_stub_answer(answer, status, "application/octet-stream", SPAN_OF(&d->body));
	}
}

static struct status_door *
find(struct status_server *s, const char *path, size_t len)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (strlen(s->doors[i].path) == len && strncmp(s->doors[i].path, path, len) == 0)
			return &s->doors[i];
	return NULL;
}

static void
serve(void *arg, const char *head, struct span body, struct buf *answer)
{
	struct status_server *s = arg;
	const char *path = strchr(head, '/');
	struct status_door *d;

	pthread_mutex_lock(&s->lock);
	d = path != NULL ? find(s, path + 1, strcspn(path + 1, " ?")) : NULL;
	if (d != NULL) {
		d->asked++;
		answer_door(d, body, answer);
	} else {
		http_stub_answer(answer, "404 Not Found", "text/plain", span_str("no"));
	}
	pthread_mutex_unlock(&s->lock);
}

/* ---- setting ---- */

void
status_server_start_at(struct status_server *s, const char *address)
{
	memset(s, 0, sizeof(*s));
	pthread_mutex_init(&s->lock, NULL);
	must(http_stub_start_at(&s->stub, address, serve, s) == 0, "no port");
}

void
status_server_start(struct status_server *s)
{
	status_server_start_at(s, "127.0.0.1");
}

void
status_server_end(struct status_server *s)
{
	size_t i;

	http_stub_end(&s->stub);
	for (i = 0; i < s->count; i++)
		buf_release(&s->doors[i].body);
	pthread_mutex_destroy(&s->lock);
}

struct status_door *
status_server_door(struct status_server *s, const char *path)
{
	struct status_door *d;
	unsigned int asked;

	pthread_mutex_lock(&s->lock);
	d = find(s, path, strlen(path));
	if (d == NULL) {
		must(s->count < STATUS_DOORS, "too many doors");
		d = &s->doors[s->count++];
	}
	asked = d->asked;
	buf_release(&d->body);
	memset(d, 0, sizeof(*d));
	buf_init(&d->body, 0);
	d->asked = asked;
	snprintf(d->path, sizeof(d->path), "%s", path);
	snprintf(d->url, sizeof(d->url), "%s%s", s->stub.url, path);
	pthread_mutex_unlock(&s->lock);
	return d;
}

unsigned int
status_server_asked(struct status_server *s, const char *path)
{
	struct status_door *d;
	unsigned int asked;

	pthread_mutex_lock(&s->lock);
	d = find(s, path, strlen(path));
	asked = d != NULL ? d->asked : 0;
	pthread_mutex_unlock(&s->lock);
	return asked;
}

unsigned int
status_server_total(struct status_server *s)
{
	return http_stub_requests(&s->stub);
}

struct status_door *
status_server_crl(struct status_server *s, const char *path, const struct status_crl *in)
{
	struct status_door *d = status_server_door(s, path);

	d->body = status_crl_make(in);
	return d;
}

struct status_door *
status_server_ocsp(struct status_server *s, const char *path, const struct status_ocsp *in)
{
	struct status_door *d = status_server_door(s, path);

	d->answer = *in;
	d->is_responder = 1;
	return d;
}

struct status_door *
status_server_cert(struct status_server *s, const char *path, X509 *cert)
{
	struct status_door *d = status_server_door(s, path);
	struct error err = ERROR_INIT;

	must(cert_write_der(&d->body, cert, &err) == 0, "a certificate");
	return d;
}
