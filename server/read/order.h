/*
 * server/read/order.h: what the read process is asked to do: the parameters of the functions of
 * signing/format that it runs, as bytes and back. Read, all texts and certificates are allocated
 * and never freed: the process ends with the work.
 */
#ifndef SIGNET_READ_ORDER_H
#define SIGNET_READ_ORDER_H

#include "server/read/pack.h"
#include "signing/format/pdf/pdf_sign.h"
#include "signing/format/pdf/pdf_timestamp.h"
#include "signing/format/read.h"
#include "signing/format/xml/xml_sign.h"

enum order_kind {
	ORDER_READ,
	ORDER_OPEN, /* unlock_document() */
	ORDER_PDF_SIGN,
	ORDER_PDF_TIMESTAMP,
	ORDER_PDF_STORE,
	ORDER_PDF_DECRYPT,
	ORDER_EXTEND,	    /* document_extend() */
	ORDER_COUNTER_SIGN, /* document_counter_sign() */
	ORDER_RENEW,	    /* asic_renew() */
	ORDER_XML_SIGN,
	ORDER_CONTAINER_SIGN, /* asic_add_signature() */
	ORDER_MAIL_SIGN,
	ORDER_KINDS
};

struct order {
	enum order_kind kind;
	struct format_limits limits;
	const char *password; /* read, time stamp, store */
	/* read: as in struct document_read_options */
	const char *name;
	int keep_octets;
	int need_address, need_match;
	unsigned int tolerate;
	int may_open; /* api has keys for envelopes */
	STACK_OF(X509) * certificates;
	/* Their contents stand behind the document; digests where that is all that is known. */
	const struct document *originals;
	size_t original_count;
	/* sign: the public half; what the private one makes is asked for by the channel */
	X509 *cert;
	STACK_OF(X509) * chain;
	struct sign_options options;
	struct pdf_sign_options pdf;
	struct pdf_appearance appearance;
	/* time stamp: the digest that the source asks imprints with */
	enum digest stamp_digest;
	/* validation data for a document security store, or to extend with; read: never freed */
	struct evidence evidence;
	/* a signature that is changed */
	const char *signature;
	unsigned int extension; /* enum extension */
	int64_t seconds;
	/* documents that are signed, beside `options` */
	const char *mime_type;
	struct xml_sign_options xml;
	struct span document; /* stands behind the packed order, not in it */
};

/* Bytes behind the packed order: the document, then the originals' contents. */
size_t order_content(const struct order *order);
/* Have a read order's document and originals be pieces of `behind`. */
void order_place(struct pack *p, struct order *order, struct span behind);

void pack_order(struct pack *p, struct order *order);

#endif
