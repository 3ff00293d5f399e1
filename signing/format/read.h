/*
 * signing/format/read.h: a signed document of any kind, read by what it is. The one table of
 * readers: for the server's operations, for its reading children, for replays without a server.
 */
#ifndef SIGNET_SIGNING_FORMAT_READ_H
#define SIGNET_SIGNING_FORMAT_READ_H

#include "signing/format/asic/asic_read.h"
#include "signing/format/kind.h"
#include "signing/format/pdf/pdf_read.h"
#include "signing/format/smime/smime_read.h"

/* Everything stays the caller's; zeroed is fine. */
struct document_read_options {
	const struct format_limits *limits; /* NULL: the defaults */
	const char *name;		    /* of the file, or NULL */
	const char *password;		    /* opens a PDF; or NULL */
	/*
	 * What a detached signature signs: of several, each reference finds its own by name, else
	 * by digest (struct reference, `original`).
	 */
	const struct document *originals;
	size_t original_count;
	STACK_OF(X509) * extra_certificates; /* where signers are looked for beside; or NULL */
	int keep_octets;		     /* fill reference.octets with what was digested */
	/* of a mail, as in struct smime_read_options */
	int need_address, need_match;
	const struct envelope_opener *opener;
	unsigned int tolerate; /* as in struct cms_read_options, for all kinds */
	struct work *work;     /* as in struct cms_read_options, and for CMS alone */
};

/* What a reader found; of what is not of the document's kind, nothing. */
struct document_facts {
	enum document_kind kind;
	struct signatures signatures;
	struct pdf_timestamps stamps; /* of a PDF */
	struct asic_container container;
	struct smime_mail mail;
};

/*
 * On 0 the facts are the caller's for document_facts_release(), on -1 they are empty. Errors as of
 * the kind's reader, and ERROR_MALFORMED: for what no reader is for (DOCUMENT_UNKNOWN), for
 * originals beside a document that holds what it signs, for more than it can sign.
 * ERROR_UNSUPPORTED for an envelope: what is in it is what can be read.
 */
int document_read(struct document_facts *facts, struct span content,
    const struct document_read_options *options, struct error *err);
void document_facts_release(struct document_facts *facts);
#define DOCUMENT_UNKNOWN "neither a PDF nor XML nor a CMS signature, a container or a signed mail"

#endif
