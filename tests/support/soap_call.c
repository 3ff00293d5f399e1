#include "tests/support/soap_call.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/base/text.h"

#define ENVELOPE                                                                                   \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>"                                               \
	"<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "                       \
	"xmlns=\"urn:signet:v1\">"
#define WSSE "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
#define PASSWORD_TEXT                                                                              \
	"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0"       \
	"#PasswordText"

static void
give_up(const char *what)
{
	fprintf(stderr, "a test's client: %s\n", what);
	ERR_print_errors_fp(stderr);
	exit(2);
}

SSL_CTX *
soap_call_context(const struct live *live, const char *user)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	char name[64];
	const char *pem;

	if (ctx == NULL ||
	    SSL_CTX_load_verify_locations(ctx, live_path(live, "pki/ca.pem"), NULL) != 1)
		give_up("the CA's certificate");
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	if (user == NULL)
		return ctx;
	snprintf(name, sizeof(name), "pki/%s.pem", user);
	pem = live_path(live, name);
	if (SSL_CTX_use_certificate_chain_file(ctx, pem) != 1 ||
	    SSL_CTX_use_PrivateKey_file(ctx, pem, SSL_FILETYPE_PEM) != 1)
		give_up(name);
	return ctx;
}

void
soap_call_init(struct soap_call *c, const struct live *live, SSL_CTX *ctx)
{
	memset(c, 0, sizeof(*c));
	c->port = live->port;
	c->ctx = ctx;
	c->conn.fd = -1;
}

void
soap_call_basic(struct soap_call *c, const char *user, const char *password)
{
	struct buf pair = BUF_INIT(0), code = BUF_INIT(0);

	buf_printf(&pair, NULL, "%s:%s", user, password);
	text_base64(&code, SPAN_OF(&pair), 0, NULL);
	snprintf(c->authorization, sizeof(c->authorization), "Authorization: Basic %.*s\r\n",
	    (int)code.len, (char *)code.data);
	buf_release(&pair);
	buf_release(&code);
}

void
soap_call_token(struct soap_call *c, const char *user, const char *password)
{
	snprintf(c->header, sizeof(c->header),
	    "<w:Security xmlns:w=\"" WSSE "\" s:mustUnderstand=\"1\"><w:UsernameToken>"
	    "<w:Username>%s</w:Username><w:Password Type=\"" PASSWORD_TEXT "\">%s</w:Password>"
	    "</w:UsernameToken></w:Security>",
	    user, password);
}

/* The connection alone: the last answer stays. */
static void
hang_up(struct soap_call *c)
{
	SSL_free(c->conn.ssl);
	if (c->conn.fd >= 0)
		close(c->conn.fd);
	buf_release(&c->conn.in);
	c->conn.ssl = NULL;
	c->conn.fd = -1;
	c->is_open = 0;
}

void
soap_call_end(struct soap_call *c)
{
	tls_client_close(&c->conn);
	c->is_open = 0;
	ERR_clear_error();
}

static int
ask(struct soap_call *c, const struct buf *request)
{
	c->request_id[0] = '\0';
	if (!c->is_open) {
		soap_call_end(c);
		c->is_open = 1;
		if (tls_client_open(&c->conn, c->port, c->ctx) != 0) {
			soap_call_end(c);
			return -1;
		}
	}
	if (tls_client_send(&c->conn, request->data, request->len) != 0 ||
	    tls_client_answer(&c->conn) != 0) {
		soap_call_end(c);
		return -1;
	}
	const char *id = strstr((char *)c->conn.head.data, "X-Request-Id: ");

	if (id != NULL)
		snprintf(c->request_id, sizeof(c->request_id), "%.36s", id + 14);
	return c->conn.status;
}

int
soap_post(struct soap_call *c, const char *path, const char *type, const char *head,
    const void *body, size_t len)
{
	struct buf request = BUF_INIT(0);
	int status;

	buf_printf(&request, NULL,
	    "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nContent-Length: "
	    "%zu\r\n%s%s\r\n",
	    path, type, len, c->authorization, head);
	buf_append(&request, body, len, NULL);
	status = ask(c, &request);
	/* An answer that ends the connection is an answer; the next call needs another one. */
	if (status > 0 && tls_client_head_has(&c->conn, "Connection: close"))
		hang_up(c);
	buf_release(&request);
	return status;
}

int
soap_call(struct soap_call *c, const char *body)
{
	struct buf xml = BUF_INIT(0);
	int status;

	buf_printf(&xml, NULL, ENVELOPE "%s%s%s<s:Body>%s</s:Body></s:Envelope>",
	    c->header[0] != '\0' ? "<s:Header>" : "", c->header,
	    c->header[0] != '\0' ? "</s:Header>" : "", body);
	status = soap_post(c, "/", "text/xml; charset=utf-8", "", xml.data, xml.len);
	buf_release(&xml);
	return status;
}

int
soap_page(struct soap_call *c, const char *path)
{
	struct buf request = BUF_INIT(0);
	int status;

	buf_printf(
	    &request, NULL, "GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", path, c->authorization);
	status = ask(c, &request);
	buf_release(&request);
	return status;
}

const char *
soap_answer(const struct soap_call *c)
{
	return c->conn.body.data != NULL ? (const char *)c->conn.body.data : "";
}

/* Behind the opening tag of that local name; NULL when there is none. */
static const char *
find_element(const char *xml, const char *name)
{
	size_t n = strlen(name);
	const char *at, *colon;

	for (at = strchr(xml, '<'); at != NULL; at = strchr(at + 1, '<')) {
		colon = at + 1 + strcspn(at + 1, ":> /");
		colon = *colon == ':' ? colon + 1 : at + 1;
		if (strncmp(colon, name, n) == 0 && (colon[n] == '>' || colon[n] == ' '))
			return strchr(colon, '>') + 1;
	}
	return NULL;
}

char *
soap_text_of(const char *xml, const char *name, char *out, size_t size)
{
	const char *from = find_element(xml, name);
	size_t len = from != NULL ? strcspn(from, "<") : 0;

	snprintf(out, size, "%.*s", (int)len, from != NULL ? from : "");
	return out;
}

int
soap_is_fault(const struct soap_call *c, const char *code, const char *words)
{
	char met[64], id[64], message[1024];
	const char *xml = soap_answer(c);

	soap_text_of(xml, "code", met, sizeof(met));
	soap_text_of(xml, "requestId", id, sizeof(id));
	soap_text_of(xml, "message", message, sizeof(message));
	if (strcmp(met, code) == 0 && strcmp(id, c->request_id) == 0 && id[0] != '\0' &&
	    strstr(message, words) != NULL)
		return 1;
	fprintf(stderr, "no fault %s with \"%s\": %d %s %s\n", code, words, c->conn.status,
	    c->request_id, xml);
	return 0;
}

const char *
soap_password(const struct live *live, const char *user)
{
	static char password[64];
	struct buf text = BUF_INIT(0);
	char name[80];
	const char *at;

	snprintf(name, sizeof(name), "demo/%s ", user);
	if (buf_read_file(&text, live_path(live, "credentials.txt"), NULL) != 0 ||
	    buf_terminate(&text, NULL) != 0 || (at = strstr((char *)text.data, name)) == NULL ||
	    sscanf(at + strlen(name), "%63s", password) != 1)
		give_up("credentials.txt");
	buf_release(&text);
	return password;
}

const char *
soap_sign_cms(const char *key, const char *text, const char *request_id)
{
	static __thread char body[8192];
	struct buf code = BUF_INIT(0);
	char id[600] = "";

	if (request_id != NULL)
		snprintf(id, sizeof(id), "<requestId>%s</requestId>", request_id);
	text_base64(&code, span_str(text), 0, NULL);
	snprintf(body, sizeof(body),
	    "<SignDocument>%s<parameters><format>CMS</format><packaging>Detached</packaging>"
	    "<key>%s</key></parameters><document><content>%.*s</content></document>"
	    "</SignDocument>",
	    id, key, (int)code.len, (char *)code.data);
	buf_release(&code);
	return body;
}

int
soap_cms_is_good(const struct live *live, const char *base64, const char *text)
{
	struct buf der = BUF_INIT(0);
	const unsigned char *at;
	CMS_ContentInfo *cms = NULL;
	X509_STORE *store = X509_STORE_new();
	BIO *content = BIO_new_mem_buf(text, -1);
	int good = 0;

	if (text_base64_decode(&der, span_str(base64), NULL) == 0 && der.len > 0) {
		at = der.data;
		cms = d2i_CMS_ContentInfo(NULL, &at, (long)der.len);
		X509_STORE_set_purpose(store, X509_PURPOSE_ANY);
		good = cms != NULL && at == der.data + der.len &&
		       X509_STORE_load_file(store, live_path(live, "pki/ca.pem")) == 1 &&
		       CMS_verify(cms, NULL, store, content, NULL, CMS_BINARY) == 1;
	}
	if (!good)
		ERR_print_errors_fp(stderr);
	BIO_free(content);
	CMS_ContentInfo_free(cms);
	X509_STORE_free(store);
	buf_release(&der);
	return good;
}
