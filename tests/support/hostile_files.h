/*
 * tests/support/hostile_files.h: one hostile document of each sort that has become known: counts,
 * depths, loops and bombs of CMS, XML, PDF, ZIP and mails.
 */
#ifndef SIGNET_TESTS_HOSTILE_FILES_H
#define SIGNET_TESTS_HOSTILE_FILES_H

#include "server/base/buf.h"

/* `scale` 1 is what `make check` has time for. */
struct hostile_file {
	const char *name;
	void (*make)(struct buf *out, unsigned int scale);
};
extern const struct hostile_file hostile_files[];
extern const size_t hostile_file_count;

#endif
