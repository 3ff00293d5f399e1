/*
 * server/read/unlock.h: what is encrypted, opened where it is read. A child takes envelopes apart
 * and decrypts their contents. Keys and passwords, who may use them, what all of it may take and
 * the notes of it are at a desk, which is asked: in api, by the child's socket.
 */
#ifndef SIGNET_READ_UNLOCK_H
#define SIGNET_READ_UNLOCK_H

#include "signing/format/envelope/envelope.h"
#include "signing/format/xml/xml_decrypt.h"

#define UNLOCK_SHA256	  32
#define UNLOCK_KEYS_MAX	  100000 /* of a desk */
#define UNLOCK_SECRET_MAX 64	 /* bytes of a key that is unwrapped or agreed upon */

/* A key of the desk by its number: how many recipients it is, and what to try them takes. */
struct unlock_try {
	size_t key;
	unsigned int tries;
	uint64_t work;
};

/* An envelope that was met: what stands in clear, before anything of it is tried. */
struct unlock_met {
	const char *part; /* where it stands */
	int is_readable;  /* else it is damaged, and nothing of the rest is known */
	int is_authenticated;
	size_t size; /* of what is encrypted */
	struct unlock_try *tries;
	size_t try_count;
	uint64_t password_work;
};
enum unlock_go {
	UNLOCK_SKIP,   /* it is not even noted */
	UNLOCK_CLOSED, /* nothing is tried */
	UNLOCK_TRY,
	UNLOCK_GOS
};

/* What came of it; for each that was met and not skipped. */
struct unlock_end {
	const char *part;
	struct envelope *envelope; /* what it says of itself: the desk may move it */
	int is_open, by_password;
	size_t key;	  /* that opened it */
	struct error why; /* it stayed closed; ERROR_NONE: there was nothing to try */
	unsigned char sha256[UNLOCK_SHA256], content_sha256[UNLOCK_SHA256];
	uint64_t content_size;
};

/* Functions return 0, or -1 when the document is to be given up, but for the first two. */
struct unlock_desk {
	/* The n-th certificate (a view; NULL: not to be used): 1, 0 when there are no more, -1. */
	int (*key)(void *ctx, size_t n, X509 **cert, struct error *err);
	/* After key() was asked; or NULL. */
	const char *(*password)(void *ctx);
	int (*meet)(void *ctx, const struct unlock_met *met, enum unlock_go *go, struct error *err);
	/* As of struct envelope_key, and for no more tries than were told. */
	int (*transport)(void *ctx, size_t key, const struct envelope_transport *how,
	    struct span encrypted, unsigned char *out, size_t len, struct error *err);
	int (*agree)(void *ctx, size_t key, const struct envelope_agreement *how,
	    unsigned char *out, size_t len, struct error *err);
	int (*end)(void *ctx, struct unlock_end *end, struct error *err);
	void *ctx;
};

/* What was in a document. */
struct unlocked {
	int is_met;	    /* something in it is encrypted */
	int is_open;	    /* and was opened */
	struct buf content; /* CMS, mail: what was in the envelope, the first of a mail */
	int is_mail;	    /* of a mail: it has header fields of one; -1: nobody could read it */
	struct xml_decrypted clear; /* XML */
};

/*
 * Open an envelope, the one that a signed CMS message holds, the first one in a mail, or all parts
 * of an XML document; zeroed before, for unlocked_release() in every case, which wipes it. What
 * stays closed is no error. Errors as of the readers, and what the desk says.
 */
int unlock_document(struct unlocked *out, struct span document, const struct format_limits *limits,
    const struct unlock_desk *desk, struct error *err);
void unlocked_release(struct unlocked *u);

/* As struct envelope_opener and struct xml_opener say; ctx is the desk. */
int unlock_part(
    void *desk, const char *part, struct span file, struct buf *content, struct error *err);

#endif
