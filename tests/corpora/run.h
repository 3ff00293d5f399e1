/* tests/corpora/run.h: going over the rows of all manifests; what mutate.c shares with the rest. */
#ifndef SIGNET_TESTS_CORPORA_RUN_H
#define SIGNET_TESTS_CORPORA_RUN_H

#include "tests/corpora/corpora.h"

/* Each row that a check is registered for and that holds one of the words (none: all). */
typedef void corpora_row(const struct corpus_row *row, const struct corpus_kind *kind);
int corpora_each_row(const char *dir, char **words, corpora_row *take);

/* mutate.c: what corpus_judge() is given; other bytes for a file of the row (1: *bytes). */
void mutate_observe(const struct signatures *list);
int mutate_swapped(const char *file, struct span *bytes);

#endif
