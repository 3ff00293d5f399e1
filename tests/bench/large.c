#include "tests/bench/large.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/clock.h"
#include "tests/bench/load.h"

struct wire {
	SSL_CTX *ctx;
	BIO *bio;
};

static int
wire_open(struct wire *w, const struct live *live)
{
	char address[64];
	SSL *ssl = NULL;

	w->ctx = SSL_CTX_new(TLS_client_method());
	w->bio = BIO_new_ssl_connect(w->ctx);
	snprintf(address, sizeof(address), "127.0.0.1:%d", live->port);
	BIO_get_ssl(w->bio, &ssl);
	SSL_use_certificate_file(ssl, live_path(live, "pki/erp.pem"), SSL_FILETYPE_PEM);
	SSL_use_PrivateKey_file(ssl, live_path(live, "pki/erp.pem"), SSL_FILETYPE_PEM);
	BIO_set_conn_hostname(w->bio, address);
	return BIO_do_connect(w->bio) == 1 && BIO_do_handshake(w->bio) == 1 ? 0 : -1;
}

static void
wire_close(struct wire *w)
{
	BIO_free_all(w->bio);
	SSL_CTX_free(w->ctx);
}

static int
wire_send(struct wire *w, const void *data, size_t len)
{
	size_t sent;

	return len == 0 || (BIO_write_ex(w->bio, data, len, &sent) == 1 && sent == len) ? 0 : -1;
}

/* Head, and as many bytes as Content-Length says. */
static int
wire_receive(struct wire *w, struct buf *answer)
{
	size_t expected = 0, n;
	unsigned char *at;
	char *end, *length;

	answer->len = 0;
	while (expected == 0 || answer->len < expected) {
		at = buf_reserve(answer, 65536, NULL);
		if (at == NULL || BIO_read_ex(w->bio, at, 65535, &n) != 1)
			return -1;
		answer->len += n;
		buf_terminate(answer, NULL);
		end = strstr((char *)answer->data, "\r\n\r\n");
		length = strcasestr((char *)answer->data, "\r\nContent-Length:");
		if (end != NULL && expected == 0)
			expected = (size_t)(end + 4 - (char *)answer->data) +
				   (length != NULL ? strtoul(length + 17, NULL, 10) : 0);
	}
	return 0;
}

int
large_exchange(const struct live *live, struct span body, struct buf *answer)
{
	struct buf request = BUF_INIT(0);
	struct wire w;
	int rc = -1;

	load_soap_request(&request, "", body);
	if (wire_open(&w, live) == 0 && wire_send(&w, request.data, request.len) == 0)
		rc = wire_receive(&w, answer);
	wire_close(&w);
	buf_release(&request);
	return rc;
}

#define BOUNDARY "signet-bench"

static const char soap_part[] =
    "--" BOUNDARY "\r\nContent-Type: application/xop+xml; charset=UTF-8; type=\"text/xml\"\r\n"
    "Content-Transfer-Encoding: binary\r\nContent-ID: <soap>\r\n\r\n"
    "<S:Envelope xmlns:S=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:s=\"urn:signet:v1\">"
    "<S:Body><s:SignDocument><s:parameters><s:format>CMS</s:format><s:key>demo-ec</s:key>"
    "</s:parameters><s:document><s:content><x:Include "
    "xmlns:x=\"http://www.w3.org/2004/08/xop/include\" href=\"cid:document\"/></s:content>"
    "</s:document></s:SignDocument></S:Body></S:Envelope>\r\n"
    "--" BOUNDARY "\r\nContent-Type: application/octet-stream\r\n"
    "Content-Transfer-Encoding: binary\r\nContent-ID: <document>\r\n\r\n";
static const char last_part[] = "\r\n--" BOUNDARY "--\r\n";

double
large_sign(const struct live *live, uint64_t bytes)
{
	static unsigned char block[1 << 16];
	struct buf answer = BUF_INIT(0);
	struct wire w;
	char head[512];
	uint64_t left = bytes;
	int64_t start;
	double speed = 0;
	int n, rc;

	memset(block, 'x', sizeof(block));
	n = snprintf(head, sizeof(head),
	    "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/related; "
	    "boundary=\"" BOUNDARY "\"; type=\"application/xop+xml\"; start=\"<soap>\"; "
	    "start-info=\"text/xml\"\r\nSOAPAction: \"\"\r\nContent-Length: %llu\r\n\r\n",
	    (unsigned long long)(bytes + sizeof(soap_part) - 1 + sizeof(last_part) - 1));
	if (wire_open(&w, live) != 0)
		goto done;
	start = clock_monotonic_us();
	rc = wire_send(&w, head, (size_t)n) | wire_send(&w, soap_part, sizeof(soap_part) - 1);
	while (rc == 0 && left > 0) {
		size_t part = left < sizeof(block) ? (size_t)left : sizeof(block);

		rc = wire_send(&w, block, part);
		left -= part;
	}
	if (rc == 0 && wire_send(&w, last_part, sizeof(last_part) - 1) == 0 &&
	    wire_receive(&w, &answer) == 0 && strstr((char *)answer.data, "Success") != NULL)
		speed = (double)bytes / (double)(clock_monotonic_us() - start);
	if (speed == 0)
		fprintf(stderr, "large document: %.400s\n",
		    answer.data != NULL ? (char *)answer.data : "no answer");
done:
	wire_close(&w);
	buf_release(&answer);
	return speed;
}
