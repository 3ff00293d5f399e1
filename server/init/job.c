#include "server/init/job.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/store/job.h"
#include "server/base/text.h"
#include "server/init/failed.h"

struct wish {
	const char *admin, *database; /* CONNINFO, and the name of the database */
	const char *job;
	struct job_change change;
};

static int
usage(FILE *out)
{
	fputs("usage: signet-init job list --database CONNINFO [--name DATABASE]\n"
	      "       signet-init job run|pause|resume|disable JOB --database CONNINFO ...\n"
	      "       signet-init job set JOB --every N[s|m|h|d] | --daily HH:MM --database ...\n"
	      "\n"
	      "list     the jobs of the installation and its tenants, and how they went last\n"
	      "run      begin it now, whatever its plan\n"
	      "pause    no more by the clock, only when it is asked for; resume ends that\n"
	      "disable  never; resume ends that\n"
	      "set      a new interval, or a time of each day in UTC; it begins with a run\n",
	    out);
	return out == stdout ? 0 : 2;
}

/* "90", "90s", "15m", "6h", "1d" in seconds; 0 for what is none. */
static int32_t
interval(const char *word)
{
	static const char units[] = "smhd";
	static const int32_t seconds[] = { 1, 60, 3600, 86400 };
	const char *unit = "s";
	char *end;
	long n = strtol(word, &end, 10);

	if (end == word || *word == '-' || n <= 0 || n > 31536000)
		return 0;
	if (*end != '\0')
		unit = end;
	if (strlen(unit) != 1 || strchr(units, *unit) == NULL)
		return 0;
	n *= seconds[strchr(units, *unit) - units];
	return n <= 31536000 ? (int32_t)n : 0;
}

static int
time_of_day(const char *word, int32_t *seconds)
{
	int hour, minute, len = 0;

	if (sscanf(word, "%2d:%2d%n", &hour, &minute, &len) != 2 || word[len] != '\0' || hour < 0 ||
	    hour > 23 || minute < 0 || minute > 59)
		return -1;
	*seconds = hour * 3600 + minute * 60;
	return 0;
}

/* What each word asks for; NULL: there is no such. */
static const struct verb {
	const char *name;
	struct job_change change;
	int has_plan;
} verbs[] = {
	{ "run", { .run_now = 1 }, 0 },
	{ "pause", { .state = "paused" }, 0 },
	{ "resume", { .state = "active" }, 0 },
	{ "disable", { .state = "disabled" }, 0 },
	{ "set", { 0 }, 1 },
};

static const struct verb *
find_verb(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

static void
print_plan(const struct db_result *r, size_t i, char out[32])
{
	int64_t every = db_integer(r, i, 2), daily = db_integer(r, i, 3);

	if (db_is_null(r, i, 2))
		snprintf(out, 32, "daily %02d:%02d", (int)(daily / 3600), (int)(daily / 60 % 60));
	else
		snprintf(out, 32, "every %lld s", (long long)every);
}

static void
print_job(const struct db_result *r, size_t i)
{
	char plan[32], next[TEXT_TIME_SIZE] = "at once", last[TEXT_TIME_SIZE] = "never";

	print_plan(r, i, plan);
	if (!db_is_null(r, i, 5))
		text_time(next, db_time(r, i, 5));
	if (!db_is_null(r, i, 8))
		text_time(last, db_time(r, i, 8));
	printf("%-14s %-12s %-14s %-9s next %-21s last %s %s%s%s%s\n", db_text(r, i, 0),
	    db_is_null(r, i, 1) ? "-" : db_text(r, i, 1), plan, db_text(r, i, 4),
	    db_bool(r, i, 6) || db_is_null(r, i, 5) ? "at once" : next, last, db_text(r, i, 9),
	    db_text(r, i, 10)[0] != '\0' ? ": " : "", db_text(r, i, 10),
	    db_is_null(r, i, 7) ? "" : " (runs)");
}

static int
work(struct db *db, const struct wish *w, struct error *err)
{
	struct db_result *r;
	size_t i;

	if (w->job != NULL)
		return store_job_change(db, w->job, &w->change, err);
	if (store_job_plan(db, &r, err) != 0)
		return -1;
	for (i = 0; i < db_rows(r); i++)
		print_job(r, i);
	db_result_free(r);
	return 0;
}

static int
run(const struct wish *w)
{
	char owner[1024];
	const struct db_options options = { .conninfo = owner, .program = "signet-init" };
	struct error err = ERROR_INIT;
	struct db *db = NULL;
	int rc;

	/* The role is taken as for the migrations: the plan of all is the owner's. */
	snprintf(owner, sizeof(owner), "%s dbname=%s options='-c role=signet_owner'", w->admin,
	    w->database);
	rc = db_open(&db, &options, &err);
	if (rc == 0)
		rc = work(db, w, &err);
	db_close(db);
	if (rc != 0)
		init_failed(&err);
	return rc == 0 ? 0 : 1;
}

int
job_main(int argc, char **argv)
{
	static const struct option options[] = { { "database", 1, NULL, 'b' },
		{ "name", 1, NULL, 'n' }, { "every", 1, NULL, 'e' }, { "daily", 1, NULL, 'd' },
		{ "help", 0, NULL, 'h' }, { NULL, 0, NULL, 0 } };
	struct wish w = { .database = "signet" };
	const struct verb *verb = NULL;
	int id, is_list, is_planned;
	int32_t every = 0, daily = -1;

	while ((id = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (id == 'b')
			w.admin = optarg;
		else if (id == 'n')
			w.database = optarg;
		else if (id == 'e' && (every = interval(optarg)) == 0)
			return usage(stderr);
		else if (id == 'd' && time_of_day(optarg, &daily) != 0)
			return usage(stderr);
		else if (id == 'h' || id == '?')
			return usage(id == 'h' ? stdout : stderr);
	}
	is_list = optind == argc - 1 && strcmp(argv[optind], "list") == 0;
	if (!is_list && optind == argc - 2)
		verb = find_verb(argv[optind]);
	is_planned = (every > 0) + (daily >= 0);
	if ((!is_list && verb == NULL) || w.admin == NULL ||
	    is_planned != (verb != NULL && verb->has_plan))
		return usage(stderr);
	if (verb != NULL) {
		w.job = argv[optind + 1];
		w.change = verb->change;
		w.change.every = every;
		w.change.has_daily = daily >= 0;
		w.change.daily = daily >= 0 ? daily : 0;
	}
	return run(&w);
}
