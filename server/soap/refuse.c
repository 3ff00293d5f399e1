#include "server/soap/refuse.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What a text needs to stand in an element. */
static int
put_escaped(struct buf *out, const char *text)
{
	int rc = 0;

	for (; rc == 0 && *text != '\0'; text++)
		rc = *text == '<'		   ? buf_append_str(out, "&lt;", NULL)
		     : *text == '>'		   ? buf_append_str(out, "&gt;", NULL)
		     : *text == '&'		   ? buf_append_str(out, "&amp;", NULL)
		     : (unsigned char)*text < 0x20 ? buf_append_str(out, " ", NULL)
						   : buf_append(out, text, 1, NULL);
	return rc;
}

static int
put_detail(struct buf *out, const struct exchange *x, const struct error *failure)
{
	if (buf_printf(out, NULL,
		"<sig:SignetFault xmlns:sig=\"urn:signet:v1\"><sig:code>%s</sig:code>"
		"<sig:message>",
		error_kind_name(failure->kind)) != 0 ||
	    put_escaped(out, failure->text) != 0 ||
	    buf_printf(
		out, NULL, "</sig:message><sig:requestId>%s</sig:requestId>", x->request_id) != 0)
		return -1;
	if (failure->limit[0] != '\0' &&
	    buf_printf(out, NULL, "<sig:limit>%s</sig:limit><sig:allowed>%" PRIu64 "</sig:allowed>",
		failure->limit, failure->allowed) != 0)
		return -1;
	if (failure->limit[0] != '\0' && failure->met > 0 &&
	    buf_printf(out, NULL, "<sig:met>%" PRIu64 "</sig:met>", failure->met) != 0)
		return -1;
	if (failure->retry_after > 0 &&
	    buf_printf(out, NULL, "<sig:retryAfterSeconds>%u</sig:retryAfterSeconds>",
		failure->retry_after) != 0)
		return -1;
	return buf_append_str(out, "</sig:SignetFault>", NULL);
}

static const struct form {
	const char *type, *namespace, *theirs, *mine;
	const char *code, *reason, *detail, *end; /* what stands before each part */
} forms[2] = {
	{ "text/xml; charset=utf-8", "http://schemas.xmlsoap.org/soap/envelope/", "S:Client",
	    "S:Server", "<faultcode>", "</faultcode><faultstring>", "</faultstring><detail>",
	    "</detail>" },
	{ "application/soap+xml; charset=utf-8", "http://www.w3.org/2003/05/soap-envelope",
	    "S:Sender", "S:Receiver", "<S:Code><S:Value>",
	    "</S:Value></S:Code><S:Reason><S:Text xml:lang=\"en\">",
	    "</S:Text></S:Reason><S:Detail>", "</S:Detail>" },
};

static int
is_mine(enum error_kind kind)
{
	return kind == ERROR_UNAVAILABLE || kind == ERROR_INTERNAL || kind == ERROR_NONE;
}

void
soap_refuse(struct exchange *x, const struct error *failure)
{
	const char *type = http_head_field(x->head, "Content-Type");
	int is_12 = type != NULL && strstr(type, "application/soap+xml") != NULL, n = 0;
	const struct form *f = &forms[is_12];

	x->body.len = 0;
	x->status = 500;
	if (is_12)
		x->status = is_mine(failure->kind)	       ? 503
			    : failure->kind == ERROR_TOO_LARGE ? 413
							       : 400;
	x->extra[0] = '\0';
	snprintf(x->content_type, sizeof(x->content_type), "%s", f->type);
	if (failure->retry_after > 0)
		n = snprintf(
		    x->extra, sizeof(x->extra), "Retry-After: %u\r\n", failure->retry_after);
	if (n < 0 ||
	    buf_printf(&x->body, NULL,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?><S:Envelope "
		"xmlns:S=\"%s\"><S:Body><S:Fault>"
		"%s%s%s",
		f->namespace, f->code, is_mine(failure->kind) ? f->mine : f->theirs,
		f->reason) != 0 ||
	    put_escaped(&x->body, failure->text) != 0 ||
	    buf_append_str(&x->body, f->detail, NULL) != 0 ||
	    put_detail(&x->body, x, failure) != 0 ||
	    buf_printf(&x->body, NULL, "%s</S:Fault></S:Body></S:Envelope>", f->end) != 0)
		x->body.len = 0; /* no memory even for this: an empty 500 */
	x->outcome = error_kind_name(failure->kind);
}
