/*
 * server/read/order.h: what the read process is asked to do: the parameters of the functions of
 * signing/format that it runs, as bytes and back. Read, all texts and certificates are allocated
 * and never freed: the process ends with the work.
 */
#ifndef SIGNET_READ_ORDER_H
#define SIGNET_READ_ORDER_H

#include "server/read/pack.h"
#include "signing/format/asic/asic_read.h"
#include "signing/format/pdf/pdf_read.h"
#include "signing/format/pdf/pdf_sign.h"
#include "signing/format/pdf/pdf_timestamp.h"
#include "signing/format/smime/smime_read.h"

enum order_kind {
	ORDER_PDF_READ,
	ORDER_PDF_SIGN,
	ORDER_PDF_TIMESTAMP,
	ORDER_ASIC_READ,
	ORDER_SMIME_READ,
	ORDER_PDF_STORE,
	ORDER_PDF_DECRYPT,
	ORDER_KINDS
};

struct order {
	enum order_kind kind;
	struct format_limits limits;
	const char *password; /* read, time stamp, store */
	const char *name;     /* of a container's file */
	int keep_octets;      /* read a container or mail: what was signed is wanted as well */
	/* of a mail */
	int need_address, need_match; /* as in smime_read_options */
	int may_open;		      /* api opens envelopes */
	/* read */
	STACK_OF(X509) * certificates;
	/* sign: the public half; what the private one makes is asked for by the channel */
	X509 *cert;
	STACK_OF(X509) * chain;
	struct sign_options options;
	struct pdf_sign_options pdf;
	struct pdf_appearance appearance;
	/* time stamp: the digest that the source asks imprints with */
	enum digest stamp_digest;
	/* validation data for a document security store; read: never freed */
	struct evidence evidence;
	struct span document; /* stands behind the packed order, not in it */
};

void pack_order(struct pack *p, struct order *order);

#endif
