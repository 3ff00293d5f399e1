/* tests/bench/figures.h: measured figures against their budgets, on the screen and in bench.tsv. */
#ifndef SIGNET_TESTS_BENCH_FIGURES_H
#define SIGNET_TESTS_BENCH_FIGURES_H

#include <stdio.h>

struct figures {
	FILE *tsv;
	int missed;
};

int figures_open(struct figures *f, const char *path);
void figures_close(struct figures *f);
/* A figure that must be at least, or at most, its budget; `unit` is only for reading. */
void figure_at_least(
    struct figures *f, const char *name, double measured, double budget, const char *unit);
void figure_at_most(
    struct figures *f, const char *name, double measured, double budget, const char *unit);
/* One without a budget. */
void figure_note(struct figures *f, const char *name, double measured, const char *unit);
/* Processor time of this thread. */
double cpu_seconds(void);
double median(double *values, int count); /* sorts them */

/* Signatures a second of `openssl speed -multi 2` for "rsa2048", "ecdsap256", ...; 0 on failure. */
double raw_signs(const char *algorithm, int seconds);
double raw_verifies(const char *algorithm, int seconds);

#endif
