/* tests/support/zip_bytes.h: ZIP files written byte by byte, wrong ones too. */
#ifndef SIGNET_TESTS_ZIP_BYTES_H
#define SIGNET_TESTS_ZIP_BYTES_H

#include "server/base/buf.h"

/* One entry; zeroed but for name and data it is a good, stored one. */
struct zip_piece {
	const char *name;
	const char *data;		 /* text; NULL: none */
	const char *local_name;		 /* in the local header; NULL: name */
	unsigned int flags, local_flags; /* local: XORed with flags */
	unsigned int method;
	unsigned int crc_xor, local_crc_xor; /* 0: the right one */
	unsigned int size_plus, local_size_plus;
	const char *gap;     /* bytes in front of it that belong to nobody */
	unsigned int extra;  /* an empty extra field with that id in both headers */
	int with_descriptor; /* sizes behind the data */
	int overlaps_before; /* its record in the directory points to the entry before it */
};
/* Append the file to `out`; aborts without memory. */
void zip_bytes(struct buf *out, const struct zip_piece *pieces, size_t count, const char *comment);

#endif
