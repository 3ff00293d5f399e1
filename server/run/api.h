/*
 * server/run/api.h: the api process: front, routes, and behind them the service that main.c puts
 * in: engine and SOAP.
 */
#ifndef SIGNET_RUN_API_H
#define SIGNET_RUN_API_H

#include <stdatomic.h>

#include "server/http/health.h"
#include "server/http/metrics.h"
#include "server/jobs/figures.h"
#include "server/read/reader.h"
#include "server/run/conf.h"
#include "server/run/front.h"

/* What the parent knows and the api process shows: in memory that they share. */
struct run_shared {
	_Atomic int keys_runs, read_runs, jobs_runs;
	_Atomic unsigned int keys_starts, api_starts, read_starts, jobs_starts;
	struct jobs_figures jobs;
};

/*
 * The service. Functions that are NULL are not there: without `soap` and `timestamp` those routes
 * are 404. All get what open() made.
 */
struct api_service {
	/* Parts that can fail add themselves to health, figures of theirs to metrics. */
	int (*open)(void **service, const struct conf *conf, const struct reader *reader,
	    struct health *health, struct metrics *metrics, struct error *err);
	/* After the last request and the last commit's call. */
	void (*close)(void *service);
	int (*reload)(void *service, const struct conf *conf, struct error *err);
	/*
	 * At the start and before reload(): the algorithm catalogue and the certificates of its
	 * signers as open files, or -1 both. On -1 what was in use stays.
	 */
	int (*catalogue)(void *service, int catalogue, int signers, struct error *err);
	int (*worker_open)(void *service, void **worker, struct error *err); /* one a thread */
	void (*worker_close)(void *worker);
	enum served (*soap)(void *worker, struct exchange *x);
	void (*soap_fail)(struct exchange *x, const struct error *failure);
	enum served (*timestamp)(void *worker, struct exchange *x, struct span query);
	enum served (*crl)(void *worker, struct exchange *x, const char *name);
	enum served (*access)(void *worker, struct exchange *x);
	/* As front_service.worker_idle */
	void (*worker_idle)(void *service, int is_idle);
	void (*start)(struct pending *pending, void (*done)(void *arg, const struct error *failure),
	    void *arg);
};

struct api_config {
	const struct conf *conf;
	const struct front_listener *listeners; /* as many as conf has */
	const int *channels;			/* api_channel_count() ends, the clients' */
	struct reader reader;			/* the way to the read process */
	struct run_shared *shared;
	int ready_fd; /* gets "ready" or why it did not start, and is closed */
	int control;  /* handed.h: the files of the start wait there, those of reloads will come */
	const struct api_service *service;
};

/* How many channels to the keys process the api process needs. */
size_t api_channel_count(const struct conf *conf);
/* The main function of the process, with the user that it stays; SIGTERM and SIGHUP are blocked. */
int api_process(const struct api_config *config);

#endif
