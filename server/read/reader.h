/*
 * server/read/reader.h: documents that may be hostile, read by the read process: as the functions
 * of signing/format of the same names, within bounds of memory and time that those do not have.
 *
 * A child of the read process does the work: no network, no files, no keys. For a signature it
 * hands over what it appended and where the gap in it is; here, in the caller's thread, the whole
 * is put together, digested, signed (or time-stamped) and filled in, and that is what the caller
 * gets. So nothing but the document as it was, with something appended, can get a signature.
 *
 * What is returned is as trustworthy as the reader of the format is: who takes over the child by a
 * document decides what is said of this document or appended to it, and of no other.
 */
#ifndef SIGNET_READ_READER_H
#define SIGNET_READ_READER_H

#include "server/base/uuid.h"
#include "server/read/unlock.h"
#include "signing/format/change.h"
#include "signing/format/pdf/pdf_sign.h"
#include "signing/format/pdf/pdf_timestamp.h"
#include "signing/format/read.h"
#include "signing/format/xml/xml_sign.h"

/* The way to the read process; shared by all threads. */
struct reader {
	int channel;		/* the clients' end of read_channel_pair() */
	struct read_gate *gate; /* NULL: whoever comes, as in tests */
	unsigned int places;	/* of the gate: children of the read process */
};

/*
 * A child has the document as it is, decoded, and in its answer or what it makes of it: a mail of
 * 135 MB takes 504 MB, a CMS message of 100 MB 216 MB. That grows with what was sent and no faster;
 * "limit-read-memory" is for what a document asks for beside it.
 */
#define READER_COPIES 3

/* For one document. */
struct reader_bounds {
	uint64_t memory;	  /* "limit-read-memory": bytes beside READER_COPIES of it */
	unsigned int cpu_seconds; /* "limit-read-seconds": of work, of all calls for it together */
	uint64_t *worked_us;	  /* what it took so far, which is added to; NULL: nothing yet */
	const uint64_t *aside_us; /* what of that may not be used now; NULL: nothing */
	unsigned int seconds;	  /* by the clock, the wait for a free child included */
	const struct format_limits *limits;
	struct uuid caller;	  /* whose document it is, at the gate */
	unsigned int most_places; /* "limit-caller-share": that he may have there */
};

/*
 * document_read(). What a detached signature signs is handed over as it is at hand: contents, or
 * digests alone. An opener in the options counts for nothing: see reader_read_open().
 *
 * Errors, here and below, as of the function of signing/format, and
 *   ERROR_LIMIT        "limit-read-memory", "limit-read-seconds": the document needs more
 *   ERROR_MALFORMED    reading it made the child crash
 *   ERROR_UNAVAILABLE  no child was free in time, the read process is being started again, or the
 *		       system killed the child because the machine was short of memory
 */
int reader_read(const struct reader *reader, const struct reader_bounds *bounds,
    struct document_facts *facts, struct span content, const struct document_read_options *options,
    struct error *err);
/*
 * The same of a mail with its envelopes opened by the child, and unlock_document(). The desk is
 * asked here, in the caller's thread, for up to READER_ENVELOPES_MAX envelopes ("mail-envelopes").
 * While it is, *worked_us has what the child worked until then; what the desk adds to that is the
 * child's less. A child gets secrets of no more tries than it told when it met the envelope; of an
 * envelope and of XML only for what stands there, as it is or in base64. Of mails, and of what was
 * in an envelope, that cannot be seen here.
 */
#define READER_ENVELOPES_MAX 20
int reader_read_open(const struct reader *reader, const struct reader_bounds *bounds,
    struct document_facts *facts, struct span content, const struct document_read_options *options,
    const struct unlock_desk *desk, struct error *err);
int reader_open(const struct reader *reader, const struct reader_bounds *bounds,
    struct unlocked *out, struct span document, const struct unlock_desk *desk, struct error *err);
int reader_pdf_sign(const struct reader *reader, const struct reader_bounds *bounds,
    struct buf *out, struct span document, const struct sign_key *key,
    const struct sign_options *options, const struct pdf_sign_options *pdf, struct error *err);
/*
 * The document with validation data in its security store: pdf_extend() to EXTEND_LT. Level LTA is
 * this, then reader_pdf_timestamp().
 */
int reader_pdf_store(const struct reader *reader, const struct reader_bounds *bounds,
    struct buf *out, struct span document, const struct evidence *data, const char *password,
    struct error *err);
/* The document without its encryption: pdf_decrypt(). Who takes over the child decides what of it.
 */
int reader_pdf_decrypt(const struct reader *reader, const struct reader_bounds *bounds,
    struct buf *out, struct span document, const struct pdf_read_options *options,
    struct error *err);
int reader_pdf_timestamp(const struct reader *reader, const struct reader_bounds *bounds,
    struct buf *out, struct span document, const struct timestamp_source *source,
    const struct pdf_timestamp_options *options, struct error *err);

/*
 * What of other formats needs a signed or hostile document to be read: document_extend(),
 * asic_renew(), document_counter_sign(), xml_sign() of one document with content,
 * asic_add_signature(), smime_sign(). The child makes; for the value of a signature and for a time
 * stamp it asks, once each. Here the signed attributes, SignedInfo and SignedProperties are written
 * anew, and are signed only over what was asked for:
 *  - a counter-signature: `value`, which is that of the signature as it was read before;
 *  - in a container: its documents, digested here;
 *  - XML: as xml_subject_fits() says. That some octets are the canonical form of a document in
 *    elements, and that an entity is the mail as relays let it pass, is the child's word.
 * An imprint to be stamped is its word, too: a token says nothing but that it was there. XML comes
 * back as it was but for one place, where something was put in.
 */
int reader_extend(const struct reader *reader, const struct reader_bounds *bounds, struct buf *out,
    struct span document, const struct document_change *change, enum extension to,
    const struct evidence *data, const struct timestamp_source *source, struct error *err);
int reader_renew(const struct reader *reader, const struct reader_bounds *bounds, struct buf *out,
    struct span container, const struct evidence *data, const struct timestamp_source *source,
    int64_t seconds, struct error *err);
int reader_counter_sign(const struct reader *reader, const struct reader_bounds *bounds,
    struct buf *out, struct span document, const struct document_change *change, struct span value,
    const struct sign_key *key, const struct sign_options *options, struct error *err);
int reader_xml_sign(const struct reader *reader, const struct reader_bounds *bounds,
    struct buf *out, const struct document *doc, const struct sign_key *key,
    const struct sign_options *options, const struct xml_sign_options *xml, struct error *err);
int reader_container_sign(const struct reader *reader, const struct reader_bounds *bounds,
    struct buf *out, struct span container, const struct sign_key *key,
    const struct sign_options *options, struct error *err);
int reader_mail_sign(const struct reader *reader, const struct reader_bounds *bounds,
    struct buf *out, const struct document *doc, const struct sign_key *key,
    const struct sign_options *options, struct error *err);

#endif
