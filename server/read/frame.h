/* server/read/frame.h: messages between api and a reading child, on a stream socket. */
#ifndef SIGNET_READ_FRAME_H
#define SIGNET_READ_FRAME_H

#include "server/base/buf.h"

enum frame_type {
	FRAME_ANSWER = 1, /* error, or what was asked for */
	FRAME_CONTENTS,	  /* child: the value for the gap in what I appended */
	FRAME_REPLY,	  /* api: the answer to it */
	FRAME_ENVELOPE,	  /* child: I met this envelope, and worked so long: may it be tried? */
	FRAME_LOST,	  /* read process: the child died; u32 enum frame_loss, u64 its work */
	FRAME_CMS_VALUE,  /* child: the value of a CMS signature over this subject */
	FRAME_XML_VALUE,  /* child: the same of an XML signature */
	FRAME_STAMP,	  /* child: a time-stamp token over this imprint */
	FRAME_WORKED,	  /* child, before its answer: u64 microseconds of work that it took */
	FRAME_KEYS,	  /* child: whose envelopes may be opened? */
	FRAME_TRANSPORT,  /* child: what this key decrypts */
	FRAME_AGREE,	  /* child: what this key agrees upon */
	FRAME_OPENED	  /* child: what came of the envelope that was met */
};

/* What a child died of; LOST_KILLED: the system needed its memory. */
enum frame_loss { LOST_MEMORY, LOST_CPU, LOST_TIME, LOST_CRASH, LOST_KILLED, LOSSES };

/*
 * Until `deadline` (clock_monotonic_us(); 0: for ever). ERROR_UNAVAILABLE when the peer is gone or
 * the time is over.
 */
int frame_send(
    int fd, enum frame_type type, struct span payload, int64_t deadline, struct error *err);
/* The payload (empty, initialised; its limit counts) is the caller's. */
int frame_receive(
    int fd, enum frame_type *type, struct buf *payload, int64_t deadline, struct error *err);

/* ---- what api hands to the read process, with two descriptors: the order and the socket ---- */

#define TICKET_MAGIC 0x53676e52u

struct ticket {
	uint32_t magic;
	uint32_t seconds; /* by the clock */
	uint64_t cpu_us;  /* of work */
	uint64_t memory;  /* bytes that may be allocated */
	uint64_t packed;  /* bytes of the order before the contents */
	uint64_t content; /* bytes of the document, and of what belongs to it */
};

#endif
