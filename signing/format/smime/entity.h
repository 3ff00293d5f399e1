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

#endif
