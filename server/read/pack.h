/*
 * server/read/pack.h: values as bytes and back, for the channel between api and the read process.
 *
 * One function per struct serves both directions: with `reading` set a value is taken from the
 * bytes, else it is appended to them. So what is written and what is read cannot drift apart. Both
 * ends are the same program: there is no version, and numbers stand as the machine has them. What
 * is read is not trusted: lengths, counts and enumerations are checked.
 *
 * Everything that is read is allocated, as its struct says. After the first failure (err) all
 * further calls do nothing.
 */
#ifndef SIGNET_READ_PACK_H
#define SIGNET_READ_PACK_H

#include <openssl/x509.h>

#include "server/base/buf.h"

struct pack {
	int reading;
	struct buf *out; /* writing: borrowed */
	struct span in;	 /* reading: what is left */
	struct error *err;
	int failed;
	struct pack_known *known; /* certificates that were met, so that each goes over once */
};

void pack_write(struct pack *p, struct buf *out, struct error *err);
void pack_read(struct pack *p, struct span in, struct error *err);
/* 0, or -1 when something failed or, reading, bytes are left over. Due in every case. */
int pack_end(struct pack *p);
/* Note that what was read cannot be, or that there is no memory. */
void pack_broken(struct pack *p);
void pack_no_memory(struct pack *p);
/* Only for pack_end(). */
void pack_forget(struct pack *p);

void pack_raw(struct pack *p, void *value, size_t size);
void pack_u64(struct pack *p, uint64_t *value);
void pack_i64(struct pack *p, int64_t *value);
void pack_size(struct pack *p, size_t *value);
void pack_u32(struct pack *p, unsigned int *value);
void pack_int(struct pack *p, int *value);
/* 0 or 1 */
void pack_flag(struct pack *p, int *value);
/* A number below `end`: for enumerations, which index tables. */
void pack_below(struct pack *p, unsigned int *value, unsigned int end);
#define PACK_ENUM(p, member, end)                                                                  \
	do {                                                                                       \
		unsigned int number_ = (unsigned int)(member);                                     \
		pack_below((p), &number_, (end));                                                  \
		(member) = number_;                                                                \
	} while (0)
/* A count of items that take at least one byte each; what was read is at most `most`. */
void pack_count(struct pack *p, size_t *count, size_t most);

/* A text or NULL; read: UTF-8 without control characters but tab and line breaks, malloc()ed. */
void pack_text(struct pack *p, char **text);
void pack_const_text(struct pack *p, const char **text);
/* A text inside its struct. */
void pack_chars(struct pack *p, char *text, size_t size);
void pack_buf(struct pack *p, struct buf *b);
/* Read: a view of the bytes. */
void pack_span(struct pack *p, struct span *s);
/* A certificate or NULL. The second time it is a number, and what is read a reference. */
void pack_certificate(struct pack *p, X509 **cert);
void pack_certificates(struct pack *p, STACK_OF(X509) * *certs, size_t most);

#endif
