#include <inttypes.h>
#include <string.h>

#include "server/base/log.h"
#include "server/soap/call.h"
#include "server/soap/xml.h"

/*
 * What each kind is to the caller. SOAP 1.1 (section 6.2) knows one HTTP status for faults, 500,
 * and some kits lose the fault with any other; SOAP 1.2 and those who speak no SOAP get the telling
 * one.
 */
static const struct {
	enum sig__FaultCode code;
	int is_mine; /* the server's, not the caller's */
	int status;
} kinds[ERROR_KINDS] = {
	[ERROR_NONE] = { sig__FaultCode__Internal, 1, 500 },
	[ERROR_MALFORMED] = { sig__FaultCode__Malformed, 0, 400 },
	[ERROR_NOT_AUTHENTICATED] = { sig__FaultCode__NotAuthenticated, 0, 400 },
	[ERROR_NOT_AUTHORIZED] = { sig__FaultCode__NotAuthorized, 0, 400 },
	[ERROR_NOT_FOUND] = { sig__FaultCode__NotFound, 0, 400 },
	[ERROR_CONFLICT] = { sig__FaultCode__Conflict, 0, 400 },
	[ERROR_TOO_LARGE] = { sig__FaultCode__TooLarge, 0, 413 },
	[ERROR_LIMIT] = { sig__FaultCode__LimitExceeded, 0, 400 },
	[ERROR_UNSUPPORTED] = { sig__FaultCode__Unsupported, 0, 400 },
	[ERROR_UNAVAILABLE] = { sig__FaultCode__Unavailable, 1, 503 },
	[ERROR_INTERNAL] = { sig__FaultCode__Internal, 1, 500 },
};

int
fault_is_mine(enum error_kind kind)
{
	return kinds[kind].is_mine;
}

int
fault_status(enum error_kind kind, int soap_version)
{
	return soap_version == 2 ? kinds[kind].status : 500;
}

/* What gSOAP says of a message, in words for whoever wrote it; %s is the element it stood in. */
static const struct {
	int error;
	enum error_kind kind;
	const char *text;
} gsoap_errors[] = {
	{ SOAP_EOF, ERROR_MALFORMED, "the message is cut short: it ends inside \"%s\"" },
	{ SOAP_TAG_MISMATCH, ERROR_MALFORMED,
	    "the element \"%s\" is unknown, stands twice, or stands where it has no place" },
	{ SOAP_NO_TAG, ERROR_MALFORMED, "an element is missing at \"%s\"" },
	{ SOAP_OCCURS, ERROR_MALFORMED,
	    "an element is missing or stands too often at \"%s\"; see the schema" },
	{ SOAP_TYPE, ERROR_MALFORMED,
	    "the value of \"%s\" is not of the type that the schema says" },
	{ SOAP_EMPTY, ERROR_MALFORMED, "the value of \"%s\" is empty" },
	{ SOAP_LENGTH, ERROR_MALFORMED,
	    "the value of \"%s\" is shorter or longer than the schema says" },
	{ SOAP_NULL, ERROR_MALFORMED, "the element \"%s\" cannot be nil" },
	{ SOAP_MUSTUNDERSTAND, ERROR_UNSUPPORTED,
	    "the SOAP header \"%s\" must be understood and is not" },
	{ SOAP_VERSIONMISMATCH, ERROR_MALFORMED,
	    "the namespace of the Envelope is neither that of SOAP 1.1 nor that of SOAP 1.2" },
	{ SOAP_NAMESPACE, ERROR_MALFORMED, "a namespace prefix at \"%s\" is not declared" },
	{ SOAP_UTF_ERROR, ERROR_MALFORMED, "send the XML in UTF-8" },
	{ SOAP_LEVEL, ERROR_LIMIT, "the XML is nested too deeply at \"%s\"" },
	{ SOAP_EOM, ERROR_UNAVAILABLE, "the server is short of memory; try again later" },
};

int
fault_from_gsoap(struct call *c, struct error *err)
{
	const struct soap *soap = c->soap;
	const char *text = "the XML is not well-formed at \"%s\"";
	enum error_kind kind = ERROR_MALFORMED;
	char tag[80], words[240];
	size_t i;

	if (err->kind != ERROR_NONE) /* the source of the bytes failed, and knows why */
		return -1;
	for (i = 0; i < sizeof(gsoap_errors) / sizeof(gsoap_errors[0]); i++)
		if (gsoap_errors[i].error == soap->error) {
			kind = gsoap_errors[i].kind;
			text = gsoap_errors[i].text;
		}
	text_printable(tag, sizeof(tag), soap->tag[0] != '\0' ? soap->tag : "Envelope");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(words, sizeof(words), text, tag);
#pragma GCC diagnostic pop
	return error_cause(
	    err, kind, words, "gSOAP error %d at level %u", soap->error, soap->level);
}

static struct sig__SignetFault *
make_detail(struct call *c, const struct error *err)
{
	struct sig__SignetFault *f = soap_malloc(c->soap, sizeof(*f));
	LONG64 *numbers = soap_malloc(c->soap, 2 * sizeof(*numbers));
	int *retry = soap_malloc(c->soap, sizeof(*retry));

	if (f == NULL || numbers == NULL || retry == NULL)
		return NULL;
	soap_default_sig__SignetFault(c->soap, f);
	f->code = kinds[err->kind].code;
	f->message = xml_text(c->soap, err->text, TEXT_MAX_LENGTH);
	f->requestId = c->x->request_id;
	if (err->limit[0] != '\0') {
		f->limit = xml_name(c->soap, err->limit);
		numbers[0] = (LONG64)err->allowed;
		f->allowed = &numbers[0];
		numbers[1] = (LONG64)err->met;
		f->met = err->met > 0 ? &numbers[1] : NULL;
	}
	if (err->retry_after > 0) {
		*retry = (int)err->retry_after;
		f->retryAfterSeconds = retry;
	}
	return f;
}

static const char *
fault_code(struct call *c, const struct error *err)
{
	if (c->soap->error == SOAP_VERSIONMISMATCH)
		return "SOAP-ENV:VersionMismatch";
	if (c->soap->error == SOAP_MUSTUNDERSTAND)
		return "SOAP-ENV:MustUnderstand";
	if (c->soap->version == 2)
		return kinds[err->kind].is_mine ? "SOAP-ENV:Receiver" : "SOAP-ENV:Sender";
	return kinds[err->kind].is_mine ? "SOAP-ENV:Server" : "SOAP-ENV:Client";
}

/* The fault as XML in the exchange's body. */
static int
write_fault(struct call *c, const struct error *err)
{
	struct soap *soap = c->soap;
	struct SOAP_ENV__Detail *detail = soap_malloc(soap, sizeof(*detail));
	const char *code = fault_code(c, err);

	if (detail == NULL)
		return -1;
	soap_default_SOAP_ENV__Detail(soap, detail);
	detail->sig__SignetFault = make_detail(c, err);
	soap->fault = NULL;
	soap->header = NULL;
	soap_fault(soap);
	if (detail->sig__SignetFault == NULL || soap->fault == NULL)
		return -1;
	*soap_faultcode(soap) = code;
	*soap_faultstring(soap) = detail->sig__SignetFault->message;
	if (soap->version == 2)
		soap->fault->SOAP_ENV__Detail = detail;
	else
		soap->fault->detail = detail;
	soap->error = SOAP_OK;
	soap->encodingStyle = NULL;
	soap->omode = SOAP_C_UTFSTRING | SOAP_IO_BUFFER;
	return soap_begin_send(soap) == SOAP_OK && soap_envelope_begin_out(soap) == SOAP_OK &&
		       soap_body_begin_out(soap) == SOAP_OK && soap_putfault(soap) == SOAP_OK &&
		       soap_body_end_out(soap) == SOAP_OK &&
		       soap_envelope_end_out(soap) == SOAP_OK && soap_end_send(soap) == SOAP_OK
		   ? 0
		   : -1;
}

void
fault_answer(struct call *c, const struct error *err)
{
	struct exchange *x = c->x;
	struct error kept = c->err; /* writing may fail on its own */
	int n = 0;

	if (c->soap->version == 0)
		soap_set_version(c->soap, (short)c->soap_version);
	x->status =
	    c->http_status != 0 ? c->http_status : fault_status(err->kind, c->soap->version);
	if (write_fault(c, err) != 0) {
		x->body.len = 0;
		x->status = 500;
		log_error("the fault could not be written: gSOAP error %d", c->soap->error);
	}
	c->err = kept;
	snprintf(x->content_type, sizeof(x->content_type), "%s",
	    c->soap->version == 2 ? "application/soap+xml; charset=utf-8"
				  : "text/xml; charset=utf-8");
	if (x->status == 401)
		n = snprintf(x->extra, sizeof(x->extra),
		    "WWW-Authenticate: Basic realm=\"Signet\", charset=\"UTF-8\"\r\n");
	else if (x->status == 405)
		n = snprintf(x->extra, sizeof(x->extra), "Allow: POST\r\n");
	if (err->retry_after > 0)
		snprintf(x->extra + n, sizeof(x->extra) - (size_t)n, "Retry-After: %u\r\n",
		    err->retry_after);
}
