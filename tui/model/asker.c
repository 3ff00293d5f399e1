#include "tui/model/asker.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "server/base/clock.h"

struct task {
	struct task *next;
	question *ask;
	json_t *in;
	struct answer answer;
};
struct queue {
	struct task *first, **last;
};

struct asker {
	struct client_settings settings;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t asked;
	int fd;
	/* under the mutex */
	struct queue waiting, answered;
	uint64_t numbers;
	int is_ending;
	struct client *client; /* while a question is asked with it */
};

static void
queue_init(struct queue *q)
{
	q->first = NULL;
	q->last = &q->first;
}

static void
queue_put(struct queue *q, struct task *t)
{
	t->next = NULL;
	*q->last = t;
	q->last = &t->next;
}

static struct task *
queue_get(struct queue *q)
{
	struct task *t = q->first;

	if (t != NULL && (q->first = t->next) == NULL)
		q->last = &q->first;
	return t;
}

static void
task_free(struct task *t)
{
	json_decref(t->in);
	json_decref(t->answer.out);
	free(t);
}

static void
queue_release(struct queue *q)
{
	struct task *t;

	while ((t = queue_get(q)) != NULL)
		task_free(t);
}

/* ---- the thread ---- */

/* The next question, or NULL at the end. */
static struct task *
wait_task(struct asker *a, struct client *client)
{
	struct task *t = NULL;

	pthread_mutex_lock(&a->mutex);
	a->client = NULL;
	while (!a->is_ending && (t = queue_get(&a->waiting)) == NULL)
		pthread_cond_wait(&a->asked, &a->mutex);
	if (t != NULL)
		a->client = client;
	pthread_mutex_unlock(&a->mutex);
	return t;
}

static void
hand_back(struct asker *a, struct task *t)
{
	const uint64_t one = 1;

	pthread_mutex_lock(&a->mutex);
	queue_put(&a->answered, t);
	pthread_mutex_unlock(&a->mutex);
	while (write(a->fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

/* `refused`: why the secret did not open anything, once that is known. */
static int
be_open(struct client *client, const struct client_settings *settings, struct error *refused,
    struct error *err)
{
	if (client->soap != NULL)
		return 0;
	*err = *refused;
	if (refused->kind != ERROR_NONE)
		return -1;
	if (client_open(client, settings, err) == 0)
		return 0;
	if (err->kind == ERROR_NOT_AUTHENTICATED)
		*refused = *err;
	return -1;
}

static void
do_ask(struct task *t, struct client *client, const struct client_settings *settings,
    struct error *refused)
{
	int64_t start = clock_monotonic_us();

	t->answer.err = (struct error)ERROR_INIT;
	t->answer.failed = be_open(client, settings, refused, &t->answer.err) != 0;
	t->answer.is_closed = t->answer.failed && refused->kind != ERROR_NONE;
	if (!t->answer.failed)
		t->answer.failed = t->ask(client, t->in, &t->answer.out, &t->answer.err) != 0;
	if (client->soap != NULL)
		client_forget(client);
	t->answer.seconds = (double)(clock_monotonic_us() - start) / 1e6;
}

static void *
ask_thread(void *arg)
{
	struct asker *a = arg;
	struct client client = { 0 };
	struct error refused = ERROR_INIT;
	struct task *t;

	while ((t = wait_task(a, &client)) != NULL) {
		do_ask(t, &client, &a->settings, &refused);
		hand_back(a, t);
	}
	client_close(&client);
	return NULL;
}

/* ---- the other side ---- */

int
asker_start(struct asker **asker, const struct client_settings *settings, struct error *err)
{
	struct asker *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return error_memory(err);
	a->settings = *settings;
	pthread_mutex_init(&a->mutex, NULL);
	pthread_cond_init(&a->asked, NULL);
	queue_init(&a->waiting);
	queue_init(&a->answered);
	a->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (a->fd < 0 || pthread_create(&a->thread, NULL, ask_thread, a) != 0) {
		if (a->fd >= 0)
			close(a->fd);
		free(a);
		return error_set(err, ERROR_UNAVAILABLE, "a thread could not be started");
	}
	*asker = a;
	return 0;
}

void
asker_stop(struct asker *a)
{
	if (a == NULL)
		return;
	pthread_mutex_lock(&a->mutex);
	a->is_ending = 1;
	if (a->client != NULL)
		client_break_off(a->client);
	pthread_cond_signal(&a->asked);
	pthread_mutex_unlock(&a->mutex);
	pthread_join(a->thread, NULL);
	queue_release(&a->waiting);
	queue_release(&a->answered);
	close(a->fd);
	pthread_cond_destroy(&a->asked);
	pthread_mutex_destroy(&a->mutex);
	free(a);
}

uint64_t
asker_ask(struct asker *a, question *ask, json_t *in)
{
	struct task *t = calloc(1, sizeof(*t));
	uint64_t number;

	if (t == NULL) {
		json_decref(in);
		return 0;
	}
	t->ask = ask;
	t->in = in;
	pthread_mutex_lock(&a->mutex);
	number = t->answer.number = ++a->numbers;
	queue_put(&a->waiting, t);
	pthread_cond_signal(&a->asked);
	pthread_mutex_unlock(&a->mutex);
	return number;
}

void
asker_forget(struct asker *a)
{
	pthread_mutex_lock(&a->mutex);
	queue_release(&a->waiting);
	pthread_mutex_unlock(&a->mutex);
}

int
asker_fd(const struct asker *a)
{
	return a->fd;
}

int
asker_take(struct asker *a, struct answer *answer)
{
	struct task *t;
	uint64_t count;

	pthread_mutex_lock(&a->mutex);
	t = queue_get(&a->answered);
	if (a->answered.first == NULL && read(a->fd, &count, sizeof(count)) < 0)
		count = 0; /* nothing to read: nothing came since */
	pthread_mutex_unlock(&a->mutex);
	if (t == NULL)
		return 0;
	*answer = t->answer;
	t->answer.out = NULL;
	task_free(t);
	return 1;
}
