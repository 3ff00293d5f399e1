/*
 * tests/support/hostile_files.h: one hostile document of each sort that has become known: counts,
 * depths, loops and bombs of CMS, XML, PDF, ZIP and mails.
 */
#ifndef SIGNET_TESTS_HOSTILE_FILES_H
#define SIGNET_TESTS_HOSTILE_FILES_H

#include "server/base/buf.h"

struct hostile_file {
	const char *name;
	/* `scale` 1 is what eleven operations have time for. */
	void (*make)(struct buf *out, unsigned int scale);
	/* What VerifyDocument says of it, that only the reader can say which it is for. */
	const char *reached;
	unsigned int most;	  /* the scale that comes near to what a server takes by default */
	const char *most_reached; /* the same of that; NULL: which limit it meets first is open */
};
extern const struct hostile_file hostile_files[];
extern const size_t hostile_file_count;

#endif
