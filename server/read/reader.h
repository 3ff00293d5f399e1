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
#include "signing/format/pdf/pdf_sign.h"
#include "signing/format/pdf/pdf_timestamp.h"
#include "signing/format/read.h"

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
	unsigned int cpu_seconds; /* "limit-read-seconds": of work */
	unsigned int seconds;	  /* by the clock, the wait for a free child included */
	const struct format_limits *limits;
	struct uuid caller;	  /* whose document it is, at the gate */
	unsigned int most_places; /* "limit-caller-share": that he may have there */
};

/*
 * document_read(). What a detached signature signs is handed over as it is at hand: contents, or
 * digests alone. The opener is asked here, in the caller's thread, whenever the child meets an
 * envelope in a mail, up to READER_ENVELOPES_MAX times ("mail-envelopes").
 *
 * Errors, here and below, as of the function of signing/format, and
 *   ERROR_LIMIT        "limit-read-memory", "limit-read-seconds": the document needs more
 *   ERROR_MALFORMED    reading it made the child crash
 *   ERROR_UNAVAILABLE  no child was free in time, or the read process is being started again
 */
#define READER_ENVELOPES_MAX 20
int reader_read(const struct reader *reader, const struct reader_bounds *bounds,
    struct document_facts *facts, struct span content, const struct document_read_options *options,
    struct error *err);
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

#endif
