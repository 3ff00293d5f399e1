#include "server/http/access.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "server/base/text.h"
#include "server/http/status.h"

#define CERTIFICATE_MAX 65536

/* ---- the client's certificate ---- */

/* Percent-decoded; '+' stays: the encoders of proxies do not use it for blanks. */
static int
unescape(struct buf *out, const char *s, size_t len, struct error *err)
{
	size_t i;

	for (i = 0; i < len; i++) {
		char c = s[i];

		if (c == '%') {
			int high = i + 2 < len ? text_hex_value(s[i + 1]) : -1,
			    low = high < 0 ? -1 : text_hex_value(s[i + 2]);

			if (low < 0)
				return error_set(err, ERROR_MALFORMED,
				    "the client's certificate is not percent-encoded");
			c = (char)(high << 4 | low);
			i += 2;
		}
		if (buf_append(out, &c, 1, err) != 0)
			return -1;
	}
	return 0;
}

/* The first certificate of a PEM text, or of bare base64. */
static int
decode_pem(struct buf *der, const char *text, struct error *err)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----",
			  end[] = "-----END CERTIFICATE-----";
	const char *from = strstr(text, begin), *to = from != NULL ? strstr(from, end) : NULL;

	if (from != NULL && to == NULL)
		return error_set(err, ERROR_MALFORMED, "the client's certificate has no end");
	from = from != NULL ? from + strlen(begin) : text;
	if (to == NULL)
		to = from + strcspn(from, ","); /* Traefik: the chain behind commas */
	return text_base64_decode(
	    der, (struct span){ (const unsigned char *)from, (size_t)(to - from) }, err);
}

static int
take_escaped(struct buf *der, const char *value, size_t len, struct error *err)
{
	struct buf text = BUF_INIT(CERTIFICATE_MAX);
	int rc = unescape(&text, value, len, err);

	if (rc == 0)
		rc = buf_terminate(&text, err);
	if (rc == 0)
		rc = decode_pem(der, (const char *)text.data, err);
	buf_release(&text);
	return rc;
}

static int
from_escaped(struct buf *der, const char *value, struct error *err)
{
	return take_escaped(der, value, strlen(value), err);
}

/* RFC 9440 section 2.1: one byte sequence of RFC 8941, ":base64:", no parameters. */
static int
from_client_cert(struct buf *der, const char *value, struct error *err)
{
	size_t len;

	while (*value == ' ')
		value++;
	len = strlen(value);
	while (len > 0 && value[len - 1] == ' ')
		len--;
	if (len < 2 || value[0] != ':' || value[len - 1] != ':' ||
	    memchr(value + 1, ':', len - 2) != NULL)
		return error_set(err, ERROR_MALFORMED, "Client-Cert is not :base64: (RFC 9440)");
	return text_base64_decode(
	    der, (struct span){ (const unsigned char *)value + 1, len - 2 }, err);
}

/* Envoy: elements by commas, the last one is its own; in it Key=value by semicolons. */
static int
from_envoy(struct buf *der, const char *value, struct error *err)
{
	const char *at = strstr(value, "Cert=\""), *end;

	if (at == NULL || strstr(at + 1, "Cert=\"") != NULL)
		return error_set(err, ERROR_MALFORMED,
		    "X-Forwarded-Client-Cert is to hold one Cert=\"...\": let Envoy set it anew "
		    "(SANITIZE_SET)");
	at += strlen("Cert=\"");
	end = strchr(at, '"');
	if (end == NULL)
		return error_set(err, ERROR_MALFORMED, "X-Forwarded-Client-Cert has no end");
	return take_escaped(der, at, (size_t)(end - at), err);
}

static const struct {
	const char *field;
	int (*take)(struct buf *der, const char *value, struct error *err);
} certificate_fields[] = {
	{ "Client-Cert", from_client_cert },
	{ "X-SSL-Client-Cert", from_escaped },
	{ "X-Forwarded-Tls-Client-Cert", from_escaped },
	{ "X-Forwarded-Client-Cert", from_envoy },
};

/* The one value of a field, NULL where there is none. */
static int
one_field(const struct http_head *head, const char *name, const char **value, struct error *err)
{
	size_t i;

	*value = NULL;
	for (i = 0; i < head->field_count; i++)
		if (strcasecmp(head->fields[i].name, name) == 0) {
			if (*value != NULL)
				return error_set(err, ERROR_MALFORMED,
				    "%s is there twice: the proxy must remove what its client "
				    "sends",
				    name);
			*value = head->fields[i].value;
		}
	return 0;
}

static int
take_certificate(struct access_form *form, const struct http_head *head, struct error *err)
{
	const char *value, *met = NULL;
	size_t i;

	for (i = 0; i < sizeof(certificate_fields) / sizeof(certificate_fields[0]); i++) {
		if (one_field(head, certificate_fields[i].field, &value, err) != 0)
			return -1;
		if (value == NULL ||
		    value[0] == '\0') /* nginx sends an empty one without a certificate */
			continue;
		if (met != NULL)
			return error_set(err, ERROR_MALFORMED,
			    "%s and %s are both there: the proxy must remove what its client sends",
			    met, certificate_fields[i].field);
		met = certificate_fields[i].field;
		if (certificate_fields[i].take(&form->certificate, value, err) != 0)
			return -1;
	}
	form->question.certificate = SPAN_OF(&form->certificate);
	return 0;
}

/* ---- forms ---- */

static int
need_field(const struct http_head *head, const char *name, const char **value, struct error *err)
{
	if (one_field(head, name, value, err) != 0)
		return -1;
	if (*value == NULL || (*value)[0] == '\0')
		return error_set(err, ERROR_MALFORMED, "the proxy is to say %s", name);
	return 0;
}

static int
read_fields(struct access_form *form, const struct exchange *x, const char *method,
    const char *host, const char *target, struct error *err)
{
	return need_field(x->head, method, &form->question.method, err) != 0 ||
		       need_field(x->head, host, &form->question.host, err) != 0 ||
		       need_field(x->head, target, &form->question.target, err) != 0
		   ? -1
		   : take_certificate(form, x->head, err);
}

static int
read_nginx(struct access_form *form, struct exchange *x, struct error *err)
{
	return read_fields(form, x, "X-Original-Method", "X-Original-Host", "X-Original-URI", err);
}

static int
read_forward(struct access_form *form, struct exchange *x, struct error *err)
{
	return read_fields(
	    form, x, "X-Forwarded-Method", "X-Forwarded-Host", "X-Forwarded-Uri", err);
}

/* The request as the client sent it, its path behind /access/envoy. */
static int
read_envoy(struct access_form *form, struct exchange *x, struct error *err)
{
	const char *path = x->head->path + strlen(ACCESS_PREFIX "envoy");

	if (path[0] != '/')
		return error_set(err, ERROR_MALFORMED, "path_prefix is to be /access/envoy");
	form->question.method = x->head->method;
	form->question.target = path;
	return need_field(x->head, "Host", &form->question.host, err) != 0
		   ? -1
		   : take_certificate(form, x->head, err);
}

static int
read_body(struct exchange *x, struct buf *body, struct error *err)
{
	ssize_t n = 1;

	while (n > 0) {
		unsigned char *at = buf_reserve(body, 4096, err);

		if (at == NULL)
			return -1;
		n = x->read_body(x, at, 4096, err);
		if (n > 0)
			body->len += (size_t)n;
	}
	return n < 0 ? -1 : buf_terminate(body, err);
}

/* The strings are copied, since the JSON goes. */
static const char *
keep(struct access_form *form, const char *text)
{
	size_t at = form->text.len;

	if (buf_append(&form->text, text, strlen(text) + 1, NULL) != 0)
		return "";
	return (const char *)form->text.data + at;
}

static int
take_input(struct access_form *form, const json_t *input, struct error *err)
{
	const char *method = json_string_value(json_object_get(input, "method"));
	const char *host = json_string_value(json_object_get(input, "host"));
	const char *path = json_string_value(json_object_get(input, "path"));
	const char *certificate = json_string_value(json_object_get(input, "certificate"));

	if (method == NULL || path == NULL || (host == NULL && path[0] == '/'))
		return error_set(err, ERROR_MALFORMED,
		    "input is to hold the texts method, host and path, and certificate if there is "
		    "one");
	if (buf_reserve(&form->text,
		strlen(method) + strlen(path) + (host != NULL ? strlen(host) : 0) + 3, err) == NULL)
		return -1; /* so that what was kept stays where it is */
	form->question.method = keep(form, method);
	form->question.host = keep(form, host != NULL ? host : "");
	form->question.target = keep(form, path);
	if (certificate != NULL && decode_pem(&form->certificate, certificate, err) != 0)
		return -1;
	form->question.certificate = SPAN_OF(&form->certificate);
	return 0;
}

static int
read_opa(struct access_form *form, struct exchange *x, struct error *err)
{
	struct buf body = BUF_INIT(ACCESS_BODY_MAX + 4096);
	json_t *root = NULL;
	int rc = read_body(x, &body, err);

	form->is_json = 1;
	if (rc == 0) {
		root = json_loadb((const char *)body.data, body.len, JSON_REJECT_DUPLICATES, NULL);
		rc = root != NULL ? take_input(form, json_object_get(root, "input"), err)
				  : error_set(err, ERROR_MALFORMED, "the body is no JSON object");
	}
	json_decref(root);
	buf_release(&body);
	return rc;
}

static const struct {
	const char *path;
	int takes_more; /* paths below it too */
	int (*read)(struct access_form *form, struct exchange *x, struct error *err);
} forms[] = {
	{ ACCESS_PREFIX "nginx", 0, read_nginx },
	{ ACCESS_PREFIX "forward", 0, read_forward },
	{ ACCESS_PREFIX "envoy", 1, read_envoy },
	{ ACCESS_PREFIX "opa", 0, read_opa },
};

int
access_form_read(struct access_form *form, struct exchange *x, struct error *err)
{
	size_t i, len;

	memset(form, 0, sizeof(*form));
	buf_init(&form->certificate, CERTIFICATE_MAX);
	buf_init(&form->text, 4 * ACCESS_BODY_MAX);
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		len = strlen(forms[i].path);
		if (strncmp(x->head->path, forms[i].path, len) == 0 &&
		    (x->head->path[len] == '\0' ||
			(forms[i].takes_more && x->head->path[len] == '/')))
			return forms[i].read(form, x, err);
	}
	return error_set(err, ERROR_NOT_FOUND, "there is no such form of asking about access");
}

void
access_form_release(struct access_form *form)
{
	buf_release(&form->certificate);
	buf_release(&form->text);
}

/* ---- answers ---- */

/* A name in a header field: printable ASCII, the rest and what separates percent-encoded. */
static void
put_name(char *out, size_t size, const char *name)
{
	size_t at = strlen(out);

	for (; *name != '\0' && at + 4 < size; name++) {
		unsigned char c = (unsigned char)*name;

		if (c > ' ' && c < 0x7f && c != ',' && c != '%')
			at += (size_t)snprintf(out + at, size - at, "%c", c);
		else
			at += (size_t)snprintf(out + at, size - at, "%%%02X", c);
	}
}

/* Groups that do not fit are left out, never cut. */
static void
put_fields(struct exchange *x, const struct access_answer *answer)
{
	char user[200] = "", groups[260] = "", one[140];
	size_t i;

	put_name(user, sizeof(user), answer->user);
	for (i = 0; i < answer->group_count; i++) {
		one[0] = '\0';
		put_name(one, sizeof(one), answer->groups[i]);
		if (strlen(groups) + strlen(one) + 2 > sizeof(groups))
			break;
		snprintf(groups + strlen(groups), sizeof(groups) - strlen(groups), "%s%s",
		    groups[0] != '\0' ? "," : "", one);
	}
	snprintf(x->extra, sizeof(x->extra),
	    "X-Signet-User: %s\r\nX-Signet-Groups: %s\r\nCache-Control: no-store\r\n", user,
	    groups);
}

static void
answer_json(struct exchange *x, const struct access_answer *answer)
{
	json_t *out = json_pack("{sbssss}", "result", answer->is_allowed, "reason", answer->reason,
	    "user", answer->user);
	char *text = out != NULL ? json_dumps(out, JSON_COMPACT) : NULL;

	http_answer_text(x, text != NULL ? 200 : 500, "application/json", span_str(text));
	free(text);
	json_decref(out);
}

/* To who may not ask, and where there is no answer: neither yes nor no. */
static int
status_of(const struct access_answer *answer, const struct error *failure)
{
	if (failure->kind == ERROR_NOT_FOUND || failure->kind == ERROR_UNAVAILABLE)
		return http_status_of(failure->kind);
	if (failure->kind == ERROR_MALFORMED && answer->is_asker_known)
		return 403; /* a URL of more than one reading */
	return 500;
}

void
access_form_answer(const struct access_form *form, struct exchange *x,
    const struct access_answer *answer, const struct error *failure)
{
	struct error none = ERROR_INIT;

	if (failure != NULL) {
		http_answer_failure(x, status_of(answer, failure), failure);
		return;
	}
	x->outcome = "Success";
	if (form->is_json) {
		answer_json(x, answer);
	} else if (answer->is_allowed) {
		http_answer_text(x, 200, "text/plain; charset=utf-8", span_str(answer->reason));
		put_fields(x, answer);
	} else {
		error_set(&none, ERROR_NOT_AUTHORIZED, "%s", answer->reason);
		http_answer_failure(x, answer->is_known ? 403 : 401, &none);
	}
}
