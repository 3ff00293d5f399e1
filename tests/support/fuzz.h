/*
 * tests/support/fuzz.h: seeds of the fuzz targets. They stand as text in tests/fuzz/corpus/TARGET/:
 * a file NAME.b64 holds base64, NAME.txt and NAME.xml the bytes themselves.
 */
#ifndef SIGNET_TESTS_FUZZ_H
#define SIGNET_TESTS_FUZZ_H

#include <stddef.h>

/* Call visit for each seed of a target; returns how many there are, or -1. */
int fuzz_each_seed(const char *target,
    void (*visit)(void *arg, const char *name, const unsigned char *data, size_t size), void *arg);
/* Write the seeds as binary files into dir (which exists). 0 or -1. */
int fuzz_write_seeds(const char *target, const char *dir);

#endif
