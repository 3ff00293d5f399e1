#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "server/soap/fault.h"
#include "server/soap/xml.h"

static int
put_escaped(struct buf *b, const char *s, struct error *err)
{
	static const char *const entities[128] = {
		['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;"
	};
	size_t n;
	int rc = 0;

	for (; rc == 0 && *s != '\0'; s += n) {
		n = xml_character((const unsigned char *)s);
		if (n == 0)
			rc = buf_append(b, "?", n = 1, err);
		else if (n == 1 && entities[(unsigned char)*s] != NULL)
			rc = buf_append_str(b, entities[(unsigned char)*s], err);
		else
			rc = buf_append(b, s, n, err);
	}
	return rc;
}

static int
put_detail(struct buf *b, const struct exchange *x, const struct error *failure, struct error *err)
{
	int rc = buf_printf(b, err, "<sig:SignetFault><sig:code>%s</sig:code><sig:message>",
	    error_kind_name(failure->kind));

	if (rc == 0)
		rc = put_escaped(b, failure->text, err);
	if (rc == 0)
		rc = buf_printf(
		    b, err, "</sig:message><sig:requestId>%s</sig:requestId>", x->request_id);
	if (rc == 0 && failure->limit[0] != '\0')
		rc = buf_printf(b, err,
		    "<sig:limit>%s</sig:limit><sig:allowed>%" PRIu64 "</sig:allowed>",
		    failure->limit, failure->allowed);
	if (rc == 0 && failure->limit[0] != '\0' && failure->met > 0)
		rc = buf_printf(b, err, "<sig:met>%" PRIu64 "</sig:met>", failure->met);
	if (rc == 0 && failure->retry_after > 0)
		rc = buf_printf(b, err, "<sig:retryAfterSeconds>%u</sig:retryAfterSeconds>",
		    failure->retry_after);
	return rc != 0 ? -1 : buf_append_str(b, "</sig:SignetFault>", err);
}

/* What stands around code, words and detail in the two versions. */
static const struct {
	const char *type, *open, *mine, *theirs, *words, *detail, *close;
} forms[] = {
	{ "text/xml; charset=utf-8",
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<SOAP-ENV:Envelope "
	    "xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\" "
	    "xmlns:sig=\"urn:signet:v1\"><SOAP-ENV:Body><SOAP-ENV:Fault><faultcode>",
	    "SOAP-ENV:Server", "SOAP-ENV:Client", "</faultcode><faultstring>",
	    "</faultstring><detail>",
	    "</detail></SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>" },
	{ "application/soap+xml; charset=utf-8",
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<SOAP-ENV:Envelope "
	    "xmlns:SOAP-ENV=\"http://www.w3.org/2003/05/soap-envelope\" "
	    "xmlns:sig=\"urn:signet:v1\"><SOAP-ENV:Body><SOAP-ENV:Fault><SOAP-ENV:Code>"
	    "<SOAP-ENV:Value>",
	    "SOAP-ENV:Receiver", "SOAP-ENV:Sender",
	    "</SOAP-ENV:Value></SOAP-ENV:Code><SOAP-ENV:Reason><SOAP-ENV:Text xml:lang=\"en\">",
	    "</SOAP-ENV:Text></SOAP-ENV:Reason><SOAP-ENV:Detail>",
	    "</SOAP-ENV:Detail></SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>" },
};

void
soap_fail(struct exchange *x, const struct error *failure)
{
	int is_12 = strstr(x->content_type, "application/soap+xml") != NULL;
	int is_mine = fault_is_mine(failure->kind);
	struct error err = ERROR_INIT;
	struct buf *b = &x->body;

	b->len = 0;
	x->extra[0] = '\0';
	x->status = fault_status(failure->kind, is_12 ? 2 : 1);
	x->outcome = error_kind_name(failure->kind);
	snprintf(x->content_type, sizeof(x->content_type), "%s", forms[is_12].type);
	if (failure->retry_after > 0)
		snprintf(x->extra, sizeof(x->extra), "Retry-After: %u\r\n", failure->retry_after);
	if (buf_append_str(b, forms[is_12].open, &err) != 0 ||
	    buf_append_str(b, is_mine ? forms[is_12].mine : forms[is_12].theirs, &err) != 0 ||
	    buf_append_str(b, forms[is_12].words, &err) != 0 ||
	    put_escaped(b, failure->text, &err) != 0 ||
	    buf_append_str(b, forms[is_12].detail, &err) != 0 ||
	    put_detail(b, x, failure, &err) != 0 ||
	    buf_append_str(b, forms[is_12].close, &err) != 0)
		b->len = 0; /* no memory: the status alone has to tell */
}
