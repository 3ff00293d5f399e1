/* signing/format/smime/entity.h: one MIME entity of a mail. Only for this folder. */
#ifndef SIGNET_SIGNING_FORMAT_SMIME_ENTITY_H
#define SIGNET_SIGNING_FORMAT_SMIME_ENTITY_H

#include <stdint.h>

#include "server/base/buf.h"

enum entity_kind {
	ENTITY_LEAF,
	ENTITY_MULTIPART,
	ENTITY_SIGNED,	  /* multipart/signed with a PKCS#7 signature */
	ENTITY_PKCS7,	  /* application/pkcs7-mime, or a file that is called like one */
	ENTITY_SIGNATURE, /* application/pkcs7-signature */
	ENTITY_MESSAGE	  /* message/rfc822 */
};
struct entity {
	enum entity_kind kind;
	struct span raw, body; /* views */
	char *boundary;	       /* multiparts */
	int is_binary;	       /* Content-Transfer-Encoding: binary */
	int is_ambiguous;      /* a field that decides what this is stands there twice */
	/* header fields of a mail; addresses newline separated, or NULL */
	char *from, *sender;
	int from_count;	     /* fields */
	int name_is_address; /* a display name in From looks like an address */
	int has_mail_fields;
	int64_t date; /* of the field Date; 0: none, or it cannot be read */
};
/* ERROR_MALFORMED, ERROR_UNAVAILABLE. On -1 nothing is held. */
int entity_open(struct entity *e, struct span raw, struct error *err);
void entity_release(struct entity *e);
/* Append the decoded body of a leaf. */
int entity_decode(const struct entity *e, struct buf *out, struct error *err);
/*
 * The parts between the boundaries, at most `most`: how many there are in all, or -1 when the last
 * boundary is missing. The line end before a boundary belongs to it (RFC 2046 section 5.1.1).
 */
int entity_split(const struct entity *e, struct span *parts, size_t most);
/* Append the text with every line ended by CR LF. */
int entity_canonical(struct span text, struct buf *out, struct error *err);

/* ---- for making (fields.c, transport.c) ---- */

/* The header of an entity, without the empty line. */
struct span entity_header(const struct entity *e);
/*
 * The next field of a header with its continuation lines and line end, from *at on: 1; 0 at its
 * end; ERROR_MALFORMED for what is none (-1).
 */
int field_next(struct span header, size_t *at, struct span *field, struct error *err);
/* Does its name begin so ("Content-"), or is it exactly this ("MIME-Version")? Any case. */
int field_begins(struct span field, const char *start);
int field_is(struct span field, const char *name);

#define ENTITY_LINE_MAX 998u /* RFC 5322 section 2.1.1 */
/*
 * Append the entity so that no relay need touch it (RFC 8551 section 3.1.3): lines end by CR LF,
 * nothing but 7-bit characters, no line too long or like a mailbox's "From "; leaves that are
 * otherwise become base64. Signed and encrypted entities in it stay as they are. ERROR_MALFORMED (a
 * multipart without end), ERROR_UNSUPPORTED (a signed entity that is not safe), ERROR_LIMIT
 * (depth).
 */
int entity_transportable(struct span raw, struct buf *out, struct error *err);
/* Append the base64 of it, in lines that end by CR LF. */
int entity_base64(struct span data, struct buf *out, struct error *err);

#endif
