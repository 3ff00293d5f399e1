#include "server/run/front.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/run/front_core.h"

#define STOP_EVENT UINT64_MAX

/* ---- threads ---- */

struct start {
	struct front *front;
	enum lane lane;
	unsigned int index;
};

static void
tell_idle(struct front *front, int *is_idle, int now)
{
	if (*is_idle != now && front->config.service.worker_idle != NULL)
		front->config.service.worker_idle(front->config.service.arg, now);
	*is_idle = now;
}

static void
work(struct front *front, void *state)
{
	struct epoll_event event;
	struct conn *conn;
	int n, is_idle = 1;

	while (!atomic_load(&front->stopping)) {
		/* First whether something is there; only a worker that knows it has nothing waits.
		 */
		n = epoll_wait(front->conns.epoll, &event, 1, is_idle ? -1 : 0);
		tell_idle(front, &is_idle, n <= 0 || event.data.u64 == STOP_EVENT);
		if (is_idle)
			continue;
		conn = conn_take(&front->conns, event.data.u64);
		if (conn != NULL)
			front_progress(front, state, conn);
	}
	tell_idle(front, &is_idle, 1);
}

static void
work_lane(struct front *front, struct lane_pool *pool, void *state)
{
	struct lane_caller *by;
	struct turn *turn;

	while ((turn = lane_pop(pool, &by)) != NULL) {
		front_serve_lane(front, state, turn);
		lane_done(pool, by);
	}
}

static void
report_start(struct front *front, const struct error *err, int failed)
{
	pthread_mutex_lock(&front->lock);
	if (failed && front->failed++ == 0)
		front->start_error = *err;
	front->starting--;
	pthread_cond_broadcast(&front->changed);
	pthread_mutex_unlock(&front->lock);
}

static void *
thread_main(void *arg)
{
	struct start start = *(struct start *)arg;
	struct front *front = start.front;
	const struct front_service *service = &front->config.service;
	struct error err = ERROR_INIT;
	void *state = NULL;
	int failed;

	free(arg);
	failed = service->thread_start(service->arg, start.lane, start.index, &state, &err) != 0;
	report_start(front, &err, failed);
	if (failed)
		return NULL;
	if (start.lane == LANE_FAST)
		work(front, state);
	else
		work_lane(front, &front->lanes[start.lane], state);
	service->thread_stop(service->arg, state);
	return NULL;
}

static int
start_thread(struct front *front, enum lane lane, unsigned int index, struct error *err)
{
	struct start *start = malloc(sizeof(*start));
	int rc;

	if (start == NULL)
		return error_memory(err);
	*start = (struct start){ front, lane, index };
	pthread_mutex_lock(&front->lock);
	front->starting++;
	pthread_mutex_unlock(&front->lock);
	rc = pthread_create(&front->threads[front->thread_count], NULL, thread_main, start);
	if (rc == 0) {
		front->thread_count++;
		return 0;
	}
	free(start);
	pthread_mutex_lock(&front->lock);
	front->starting--;
	pthread_mutex_unlock(&front->lock);
	errno = rc;
	return error_errno(err, "could not start a thread");
}

static int
start_threads(struct front *front, struct error *err)
{
	const struct front_config *c = &front->config;
	unsigned int lane, i, all = 0;
	int rc = 0;

	for (lane = 0; lane < LANES; lane++)
		all += c->threads[lane];
	front->threads = calloc(all, sizeof(*front->threads));
	if (front->threads == NULL)
		return error_memory(err);
	for (lane = 0; lane < LANES && rc == 0; lane++)
		for (i = 0; i < c->threads[lane] && rc == 0; i++)
			rc = start_thread(front, (enum lane)lane, i, err);
	pthread_mutex_lock(&front->lock);
	while (front->starting > 0)
		pthread_cond_wait(&front->changed, &front->lock);
	if (front->failed > 0 && rc == 0) {
		rc = -1;
		if (err != NULL)
			*err = front->start_error;
	}
	pthread_mutex_unlock(&front->lock);
	return rc;
}

/* ---- start ---- */

static int
keep_limits(struct front *front, const struct limits *limits)
{
	struct limits_kept *kept = malloc(sizeof(*kept));
	int lane;

	if (kept == NULL)
		return -1;
	kept->limits = *limits;
	pthread_mutex_lock(&front->lock);
	kept->next = front->kept;
	front->kept = kept;
	pthread_mutex_unlock(&front->lock);
	atomic_store_explicit(&front->limits, &kept->limits, memory_order_release);
	for (lane = LANE_FAST + 1; lane < LANES; lane++)
		lane_set_share(&front->lanes[lane], limits->caller_share);
	return 0;
}

static int
open_events(struct front *front, struct error *err)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = STOP_EVENT };

	front->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	front->stop_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	front->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (front->wake < 0 || front->stop_event < 0 || front->spare < 0 ||
	    epoll_ctl(front->conns.epoll, EPOLL_CTL_ADD, front->stop_event, &event) != 0)
		return error_errno(err, "could not make the front's descriptors");
	return 0;
}

static int
take_config(struct front *front, SSL_CTX *tls[TLS_PROFILES], struct error *err)
{
	const struct front_config *c = &front->config;
	enum tls_profile profile;
	size_t i;

	if (c->listener_count > FRONT_LISTENERS_MAX)
		return error_set(err, ERROR_MALFORMED, "more than %d listeners are configured",
		    FRONT_LISTENERS_MAX);
	front->listeners = calloc(c->listener_count + 1, sizeof(*front->listeners));
	if (front->listeners == NULL || keep_limits(front, &c->limits) != 0)
		return error_memory(err);
	for (i = 0; i < c->listener_count; i++) {
		front->listeners[i] = c->listeners[i];
		profile = c->listeners[i].profile;
		if (profile != TLS_PROFILE_NONE && tls[profile] == NULL)
			return error_set(
			    err, ERROR_INTERNAL, "a listener's TLS profile has no context");
	}
	for (i = 0; i < TLS_PROFILES; i++)
		front_set_tls(front, (enum tls_profile)i, tls[i]);
	return 0;
}

int
front_new(struct front **out, const struct front_config *config, SSL_CTX *tls[TLS_PROFILES],
    struct error *err)
{
	struct front *front = calloc(1, sizeof(*front));
	int rc = -1, lane;

	*out = NULL;
	if (front == NULL)
		return error_memory(err);
	front->config = *config;
	if (front->config.now == NULL)
		front->config.now = clock_monotonic_us;
	front->wake = front->stop_event = front->spare = -1;
	pthread_mutex_init(&front->lock, NULL);
	pthread_cond_init(&front->changed, NULL);
	peers_init(&front->large_by);
	for (lane = LANE_FAST + 1; lane < LANES; lane++)
		lane_init(&front->lanes[lane], config->queues[lane], config->threads[lane]);
	if (conns_init(&front->conns, front->config.now(), err) != 0 ||
	    take_config(front, tls, err) != 0 || open_events(front, err) != 0 ||
	    start_threads(front, err) != 0)
		goto done;
	errno = pthread_create(&front->keeper, NULL, front_keeper, front);
	if (errno != 0) {
		error_errno(err, "could not start a thread");
		goto done;
	}
	front->has_keeper = 1;
	*out = front;
	rc = 0;
done:
	if (rc != 0)
		front_free(front);
	return rc;
}

/* ---- while it runs ---- */

void
front_set_tls(struct front *front, enum tls_profile profile, SSL_CTX *ctx)
{
	SSL_CTX *old;

	if (ctx != NULL)
		SSL_CTX_up_ref(ctx);
	pthread_mutex_lock(&front->lock);
	old = front->tls[profile];
	front->tls[profile] = ctx;
	pthread_mutex_unlock(&front->lock);
	SSL_CTX_free(old);
}

void
front_set_limits(struct front *front, const struct limits *limits)
{
	if (keep_limits(front, limits) != 0)
		log_error("the new limits could not be kept: out of memory");
}

void
front_poke(struct front *front)
{
	uint64_t one = 1;

	if (write(front->wake, &one, sizeof(one)) < 0)
		log_debug("the front is awake already");
}

void
front_drain(struct front *front)
{
	atomic_store(&front->draining, 1);
	front_poke(front);
}

unsigned int
front_open(struct front *front)
{
	return conns_open(&front->conns);
}

/* ---- end ---- */

static void
stop_threads(struct front *front)
{
	uint64_t one = 1;
	unsigned int i;

	atomic_store(&front->stopping, 1);
	if (front->has_keeper) {
		front_poke(front);
		pthread_join(front->keeper, NULL);
	}
	if (front->stop_event >= 0 && write(front->stop_event, &one, sizeof(one)) < 0)
		log_error("the workers could not be woken");
	for (i = LANE_FAST + 1; i < LANES; i++)
		lane_stop(&front->lanes[i]);
	for (i = 0; i < front->thread_count; i++)
		pthread_join(front->threads[i], NULL);
	while (atomic_load(&front->parked) > 0)
		poll(NULL, 0, 1); /* the journal still has answers of ours */
}

static void
close_all(struct front *front)
{
	struct conn *conn;
	uint32_t i;

	for (i = 0; i < front->conns.made; i++) {
		conn = conn_take_any(&front->conns, i);
		if (conn != NULL)
			front_drop(front, conn);
	}
}

void
front_free(struct front *front)
{
	struct limits_kept *kept, *next;
	size_t i;

	if (front == NULL)
		return;
	stop_threads(front);
	close_all(front);
	for (i = 0; i < TLS_PROFILES; i++)
		SSL_CTX_free(front->tls[i]);
	for (kept = front->kept; kept != NULL; kept = next) {
		next = kept->next;
		free(kept);
	}
	conns_release(&front->conns);
	for (i = LANE_FAST + 1; i < LANES; i++)
		lane_release(&front->lanes[i]);
	peers_release(&front->large_by);
	if (front->wake >= 0)
		close(front->wake);
	if (front->stop_event >= 0)
		close(front->stop_event);
	if (front->spare >= 0)
		close(front->spare);
	pthread_mutex_destroy(&front->lock);
	pthread_cond_destroy(&front->changed);
	free(front->threads);
	free(front->listeners);
	free(front);
}
