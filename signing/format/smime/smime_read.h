/*
 * signing/format/smime/smime_read.h: mails with S/MIME signatures (RFC 8551): multipart/signed,
 * application/pkcs7-mime, one in the other, as facts. All in memory.
 */
#ifndef SIGNET_SIGNING_FORMAT_SMIME_READ_H
#define SIGNET_SIGNING_FORMAT_SMIME_READ_H

#include "signing/format/envelope/envelope.h"
#include "signing/format/signature.h"

#define SMIME_DEPTH_MAX	     20u   /* "smime-depth": layers and multiparts in each other */
#define SMIME_PARTS_MAX	     500u  /* "smime-parts": of a whole mail */
#define SMIME_RECIPIENTS_MAX 1000u /* "smime-recipients" */

#define SMIME_DATE_GAP 3600 /* seconds between Date and signing time before it is doubtful */

/* For whom an EnvelopedData or AuthEnvelopedData is. Strings are owned; NULL where not given. */
struct smime_recipient {
	char *part;	       /* where the encrypted part stands */
	char *issuer, *serial; /* RFC 2253, decimal */
	char *key_id;	       /* hex: subject key identifier, or of a key agreed upon */
	int is_password;       /* a password opens it */
};

/* Zeroed before the call; release it. */
struct smime_mail {
	char *from;	 /* addresses, newline separated; NULL: none */
	char *sender;	 /* address, or NULL */
	int is_doubtful; /* who sent it, or when, and the signature do not agree: see the remarks */
	int is_mail;	 /* it has header fields of a mail, not only of MIME */
	struct smime_recipient *recipients;
	size_t recipient_count;
	size_t encrypted_count; /* parts that are encrypted and stayed so */
	size_t opened_count;	/* encrypted parts that were opened and looked into */
	size_t unsigned_count;	/* parts with content outside of every intact signature */
	char remarks[600];	/* a sentence a line; or "" */
};
void smime_mail_release(struct smime_mail *mail);

struct smime_read_options {
	const struct format_limits *limits;  /* NULL: the defaults */
	STACK_OF(X509) * extra_certificates; /* may be NULL */
	int keep_octets;		     /* fill reference.octets */
	int need_address;      /* a signer fails whose certificate has no mail address ... */
	int need_match;	       /* ... or has none of those in From and Sender */
	unsigned int tolerate; /* as in struct cms_read_options */
	/* Asked for each encrypted part; what it gives is read as if it stood there. NULL: nobody
	 */
	const struct envelope_opener *opener;
};

/*
 * Append every signature: ids "signer-1", or "1.2#signer-1" of a signature in part 1.2 or in an
 * inner layer. The one document reference is named "mail" (all of its content is signed) or "part
 * 1.2"; scope is FULL or PARTIAL accordingly. Clear-signed content is taken in its canonical form,
 * every line ended by CR LF, or else as it stands, whichever was signed.
 *
 * An encrypted part that the opener opens is a layer: what is in it stands at "1" of the part's
 * place. Encryption signs nothing.
 *
 * Header fields are not signed, and mails lie in them: where From and Sender of the mail are not
 * the signer's (RFC 8550 section 3), name several, none, or an address as somebody's name, or Date
 * is more than SMIME_DATE_GAP away from the signing time, the remarks say so; with need_address and
 * need_match it fails the signature with SIG_CONSTRAINTS_FAILURE. A signature fails with
 * FORMAT_FAILURE when its multipart/signed has not two parts, names a field twice that decides
 * about it, or cannot be split unambiguously.
 *
 * On -1 `out` may hold some of the signatures: ERROR_MALFORMED (no MIME), ERROR_LIMIT,
 * ERROR_TOO_LARGE, ERROR_UNAVAILABLE. A mail without signatures gives 0.
 */
int smime_read(struct signatures *out, struct smime_mail *mail, struct span file,
    const struct smime_read_options *options, struct error *err);

#endif
