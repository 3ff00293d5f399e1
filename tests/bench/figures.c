#include "tests/bench/figures.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

int
figures_open(struct figures *f, const char *path)
{
	f->missed = 0;
	f->tsv = fopen(path, "w");
	if (f->tsv == NULL)
		perror(path);
	return f->tsv != NULL ? 0 : -1;
}

void
figures_close(struct figures *f)
{
	fclose(f->tsv);
}

static void
print(struct figures *f, const char *name, double measured, const char *sign, double budget,
    const char *unit, const char *verdict)
{
	printf("%-58s %10.3g %s %s%.3g %s\n", name, measured, unit, sign, budget, verdict);
	fprintf(f->tsv, "%s\t%.4g\t%s%.4g\t%s\n", name, measured, sign, budget, verdict);
	fflush(stdout);
	fflush(f->tsv);
	f->missed += strcmp(verdict, "missed") == 0;
}

void
figure_at_least(
    struct figures *f, const char *name, double measured, double budget, const char *unit)
{
	print(f, name, measured, ">=", budget, unit, measured >= budget ? "ok" : "missed");
}

void
figure_at_most(
    struct figures *f, const char *name, double measured, double budget, const char *unit)
{
	print(f, name, measured, "<=", budget, unit, measured <= budget ? "ok" : "missed");
}

void
figure_note(struct figures *f, const char *name, double measured, const char *unit)
{
	printf("%-58s %10.4g %s\n", name, measured, unit);
	fprintf(f->tsv, "%s\t%.4g\t-\tnote\n", name, measured);
	fflush(stdout);
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

double
cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double
median(double *values, int count)
{
	qsort(values, (size_t)count, sizeof(*values), compare);
	return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* The machine-readable lines "+F2:..:sign:verify" (RSA) and "+F4:..." (ECDSA): seconds an
 * operation. */
static double
raw_speed(const char *algorithm, int seconds, int column)
{
	char command[256], line[1024], *field, *rest;
	double value = 0;
	FILE *p;
	int i;

	snprintf(command, sizeof(command), "openssl speed -mr -multi 2 -seconds %d %s 2>/dev/null",
	    seconds, algorithm);
	p = popen(command, "r");
	while (p != NULL && fgets(line, sizeof(line), p) != NULL) {
		if (strncmp(line, "+F2:", 4) != 0 && strncmp(line, "+F4:", 4) != 0)
			continue;
		rest = line;
		for (i = 0; (field = strsep(&rest, ":")) != NULL; i++)
			if (i == column)
				value = atof(field);
	}
	if (p != NULL)
		pclose(p);
	return value > 0 && value < 1 ? 1 / value : value;
}

double
raw_signs(const char *algorithm, int seconds)
{
	return raw_speed(algorithm, seconds, 3);
}

double
raw_verifies(const char *algorithm, int seconds)
{
	return raw_speed(algorithm, seconds, 4);
}
