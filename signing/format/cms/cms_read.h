/*
 * signing/format/cms/cms_read.h: reading CMS SignedData (RFC 5652), plain or CAdES, DER, BER or
 * PEM. Facts about every signer, counter-signature and embedded time stamp; no judgement on trust,
 * time or the strength of algorithms.
 *
 * A signature's value is checked over the DER of its signed attributes. Its failure names the first
 * rule that it breaks; value_intact and references_intact are 1 only when they were checked and
 * hold. Refused are: a message without signers; content of other types than SignedData; bytes
 * behind the message; attached content when a detached document is given as well. A signer fails
 * with FORMAT_FAILURE when content-type or message-digest is missing, doubled or does not fit, when
 * digest and signature algorithm contradict each other, or when it has no signed attributes
 * although the content is not id-data.
 */
#ifndef SIGNET_SIGNING_FORMAT_CMS_READ_H
#define SIGNET_SIGNING_FORMAT_CMS_READ_H

#include "signing/core/work.h"
#include "signing/format/cms/cms_sign.h"
#include "signing/format/signature.h"

#define CMS_COUNTER_DEPTH_MAX 5 /* counter-signatures of counter-signatures */

struct cms_read_options {
	const struct format_limits *limits; /* NULL: the defaults */
	/* Where a signer's certificate is looked for besides the embedded ones; may be NULL. */
	const STACK_OF(X509) * extra_certificates;
	enum cms_profile profile; /* what counts as baseline: with or without signing-time */
	int allow_zero_padding;	  /* zero bytes may follow (the placeholder of a PDF) */
	int keep_octets;	  /* copy the content into the octets of signer-1's reference */
	/* DEVIATION_BIT()s that are noted and do not make a signature fail; 0: each does. */
	unsigned int tolerate;
	/* Pays for checks of values, which fail without; NULL: no bound but their number. */
	struct work *work;
};

/*
 * Add what `der` holds to `out`, signers as "signer-1", "signer-2", their counter-signatures as
 * "signer-1.1". `detached` is the document of a detached signature, by content or by digests, or
 * NULL: without it such a signature fails with SIGNED_DATA_NOT_FOUND. `options` may be NULL.
 * On -1 `out` may hold some of the signatures, to be released by the caller; err->kind is
 * ERROR_MALFORMED, ERROR_UNSUPPORTED (another content type), ERROR_LIMIT, ERROR_TOO_LARGE or
 * ERROR_UNAVAILABLE (memory).
 */
int cms_read(struct signatures *out, struct span der, const struct document *detached,
    const struct cms_read_options *options, struct error *err);

/*
 * The DIGEST_BIT()s of the detached document that cms_read() will ask for, so that it can be
 * streamed first. Digests that nothing here knows are left out.
 */
int cms_digests_needed(
    struct span der, const struct cms_read_options *options, unsigned int *bits, struct error *err);

/*
 * Append the message in binary form, as makers that add to it need it: what PEM text holds, or the
 * bytes as they are. ERROR_MALFORMED for PEM that holds something else.
 */
int cms_binary(struct buf *out, struct span message, struct error *err);

/* Which SignerInfo (from 0) an id of cms_read() names; ERROR_UNSUPPORTED for a counter-signature.
 */
int cms_signer_number(const char *id, size_t *number, struct error *err);

/*
 * Append exactly the bytes that are signed to `content`, and write the content type's OID to type
 * (size bytes; may be NULL). ERROR_NOT_FOUND for a detached signature, which holds none.
 */
int cms_content(struct buf *content, char *type, size_t size, struct span der, struct error *err);

#endif
