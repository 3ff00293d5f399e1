#include "server/http/contract.h"

#include <stdio.h>
#include <string.h>

#include "server/http/status.h"

/* The assembler finds the files from the tree's root, where make runs. */
#define EMBED(name, file)                                                                          \
	__asm__(".section .rodata\n" #name ":\n.incbin \"" file "\"\n" #name                       \
		"_end:\n.byte 0\n.balign 8\n" #name "_size:\n.quad " #name "_end - " #name         \
		"\n.previous\n");                                                                  \
	extern const unsigned char name[];                                                         \
	extern const uint64_t name##_size
EMBED(contract_embedded_wsdl, "wsdl/signet.wsdl");
EMBED(contract_embedded_xsd, "wsdl/signet.xsd");
EMBED(contract_embedded_admin_xsd, "wsdl/administration.xsd");

struct span
contract_wsdl(void)
{
	return (struct span){ contract_embedded_wsdl, contract_embedded_wsdl_size };
}

struct span
contract_admin_xsd(void)
{
	return (struct span){ contract_embedded_admin_xsd, contract_embedded_admin_xsd_size };
}

struct span
contract_xsd(void)
{
	return (struct span){ contract_embedded_xsd, contract_embedded_xsd_size };
}

/* Letters, digits, dots, hyphens, a port; an IPv6 address in brackets. Nothing to escape. */
static int
is_plain_host(const char *host)
{
	static const char chars[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:[]";

	return host != NULL && host[0] != '\0' && strlen(host) < 256 &&
	       strspn(host, chars) == strlen(host);
}

static const unsigned char *
find(struct span in, const char *what)
{
	return in.len == 0 ? NULL : memmem(in.data, in.len, what, strlen(what));
}

static struct span
from(struct span in, const unsigned char *at)
{
	return (struct span){ at, in.len - (size_t)(at - in.data) };
}

/* Of "https://host:port/path" the length up to the path. */
static size_t
origin_length(struct span url)
{
	size_t i, slashes = 0;

	for (i = 0; i < url.len && url.data[i] != '"' && url.data[i] != '\''; i++)
		if (url.data[i] == '/' && ++slashes == 3)
			break;
	return i;
}

/* Copy `rest` with the origin of each address replaced. */
static int
rewrite(struct buf *out, struct span rest, const char *origin, struct error *err)
{
	static const char *const starts[] = { ":address", "location=" };
	const unsigned char *at = NULL;
	struct span tail;
	size_t i;

	for (;;) {
		tail = rest;
		for (i = 0; i < 2; i++) {
			at = find(tail, starts[i]);
			if (at == NULL)
				return buf_append_span(out, rest, err);
			tail = from(tail, at + strlen(starts[i]));
		}
		if (tail.len == 0)
			return buf_append_span(out, rest, err);
		tail = from(tail, tail.data + 1); /* the quote */
		if (buf_append(out, rest.data, (size_t)(tail.data - rest.data), err) != 0 ||
		    buf_append_str(out, origin, err) != 0)
			return -1;
		rest = from(tail, tail.data + origin_length(tail));
	}
}

void
contract_answer(struct exchange *x, struct span document, int addresses)
{
	const char *host = http_head_field(x->head, "Host");
	struct error err = ERROR_INIT;
	char origin[300];

	if (document.len == 0) {
		error_set(&err, ERROR_NOT_FOUND, "this server hands out no WSDL");
		http_answer_failure(x, 404, &err);
		return;
	}
	if (addresses && !is_plain_host(host)) {
		error_set(&err, ERROR_MALFORMED, "the Host field is no plain host name");
		http_answer_failure(x, 400, &err);
		return;
	}
	snprintf(
	    origin, sizeof(origin), "%s://%s", x->secure ? "https" : "http", addresses ? host : "");
	x->status = 200;
	x->outcome = "Success";
	snprintf(x->content_type, sizeof(x->content_type), "text/xml; charset=utf-8");
	if ((addresses ? rewrite(&x->body, document, origin, &err)
		       : buf_append_span(&x->body, document, &err)) != 0)
		http_answer_failure(x, http_status_of(err.kind), &err);
}
