/*
 * The desk of a reading child: keys and password are api's, which is asked for their values, and
 * told of all that is met. While an envelope is tried, work is what api counted for it before.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include <openssl/crypto.h>

#include "server/read/job.h"
#include "server/read/order.h"
#include "server/read/unlock_pack.h"

static struct job_desk {
	int fd, has_keys;
	char *password;
	X509 **certs; /* NULL: not to be used */
	size_t count;
	uint64_t opened_us; /* work on envelopes that were met */
	uint64_t met_us, left_us;
	struct unlock_desk desk;
} the_desk;

/* ---- work ---- */

static uint64_t
cpu_us(void)
{
	struct timespec t = { 0 };

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

uint64_t
job_worked_us(void)
{
	return cpu_us() - the_desk.opened_us;
}

/* What others took for this document is not there for it any more. */
static void
work_no_more_than(uint64_t us)
{
	const struct itimerval left = { .it_value = { (time_t)(us / 1000000),
					    (suseconds_t)(us > 0 ? us % 1000000 : 1) } };

	setitimer(ITIMER_PROF, &left, NULL);
}

/* ---- asking ---- */

/* Ask, with what was packed; what is answered is appended to `out`. */
static int
ask(struct job_desk *d, enum frame_type type, struct pack *p, struct buf *packed, struct buf *out,
    struct error *err)
{
	int rc = pack_end(p) == 0 ? job_ask(d->fd, type, SPAN_OF(packed), out, err) : -1;

	buf_wipe(packed);
	return rc;
}

/* ---- which keys there are ---- */

static int
fetch_keys(struct job_desk *d, struct error *err)
{
	struct buf packed = BUF_INIT(0), answer = BUF_INIT(0);
	size_t i, count = 0;
	struct pack p;
	int rc = -1;

	pack_write(&p, &packed, err);
	if (ask(d, FRAME_KEYS, &p, &packed, &answer, err) != 0)
		goto done;
	pack_read(&p, SPAN_OF(&answer), err);
	pack_text(&p, &d->password);
	pack_count(&p, &count, UNLOCK_KEYS_MAX);
	if (!p.failed && (d->certs = calloc(count + 1, sizeof(*d->certs))) == NULL)
		pack_no_memory(&p);
	for (i = 0; i < count && !p.failed; i++) {
		pack_certificate(&p, &d->certs[i]);
		d->count++;
	}
	rc = pack_end(&p);
	d->has_keys = rc == 0;
done:
	buf_wipe(&answer);
	return rc;
}

static int
key(void *ctx, size_t n, X509 **cert, struct error *err)
{
	struct job_desk *d = ctx;

	if (!d->has_keys && fetch_keys(d, err) != 0)
		return -1;
	if (n >= d->count)
		return 0;
	*cert = d->certs[n];
	return 1;
}

static const char *
password(void *ctx)
{
	const struct job_desk *d = ctx;

	return d->password;
}

/* ---- an envelope ---- */

static int
meet(void *ctx, const struct unlock_met *met, enum unlock_go *go, struct error *err)
{
	struct job_desk *d = ctx;
	struct buf packed = BUF_INIT(0), answer = BUF_INIT(0);
	struct unlock_met copy = *met;
	uint64_t worked = job_worked_us();
	unsigned int number = 0;
	struct pack p;
	int rc = -1;

	pack_write(&p, &packed, err);
	pack_u64(&p, &worked);
	pack_met(&p, &copy);
	if (ask(d, FRAME_ENVELOPE, &p, &packed, &answer, err) == 0) {
		pack_read(&p, SPAN_OF(&answer), err);
		pack_below(&p, &number, UNLOCK_GOS);
		pack_u64(&p, &d->left_us);
		rc = pack_end(&p);
		*go = (enum unlock_go)number;
		d->met_us = cpu_us();
		if (*go == UNLOCK_SKIP)
			work_no_more_than(d->left_us);
	}
	buf_release(&answer);
	return rc;
}

/* The secret has the length that was asked for, or it is none. */
static int
take_secret(struct buf *answer, unsigned char *out, size_t len, struct error *err)
{
	int rc = -1;

	if (answer->len == len) {
		memcpy(out, answer->data, len);
		rc = 0;
	} else {
		error_set(err, ERROR_INTERNAL, "no reply of api");
	}
	buf_wipe(answer);
	return rc;
}

static int
transport(void *ctx, size_t number, const struct envelope_transport *how, struct span encrypted,
    unsigned char *out, size_t len, struct error *err)
{
	struct unlock_wish wish = {
		.key = number, .len = len, .transport = *how, .encrypted = encrypted
	};
	struct buf packed = BUF_INIT(0), answer = BUF_INIT(0);
	struct pack p;

	pack_write(&p, &packed, err);
	pack_transport(&p, &wish);
	return ask(ctx, FRAME_TRANSPORT, &p, &packed, &answer, err) == 0
		   ? take_secret(&answer, out, len, err)
		   : -1;
}

static int
agree(void *ctx, size_t number, const struct envelope_agreement *how, unsigned char *out,
    size_t len, struct error *err)
{
	struct unlock_wish wish = { .key = number, .len = len, .agreement = *how };
	struct buf packed = BUF_INIT(0), answer = BUF_INIT(0);
	struct pack p;

	pack_write(&p, &packed, err);
	pack_agreement(&p, &wish);
	return ask(ctx, FRAME_AGREE, &p, &packed, &answer, err) == 0
		   ? take_secret(&answer, out, len, err)
		   : -1;
}

static int
end(void *ctx, struct unlock_end *what, struct error *err)
{
	struct job_desk *d = ctx;
	struct buf packed = BUF_INIT(0), answer = BUF_INIT(0);
	struct pack p;
	int rc;

	pack_write(&p, &packed, err);
	pack_end_of_unlock(&p, what);
	rc = ask(d, FRAME_OPENED, &p, &packed, &answer, err);
	d->opened_us += cpu_us() - d->met_us;
	work_no_more_than(d->left_us);
	buf_release(&answer);
	return rc;
}

const struct unlock_desk *
job_desk(int fd)
{
	the_desk.fd = fd;
	the_desk.desk =
	    (struct unlock_desk){ key, password, meet, transport, agree, end, &the_desk };
	return &the_desk.desk;
}

/* ---- a document ---- */

int
job_open(struct order *o, int fd, struct buf *answer, struct error *err)
{
	struct unlocked u = { 0 };
	struct pack p;

	if (unlock_document(&u, o->document, &o->limits, job_desk(fd), err) != 0)
		return -1;
	pack_write(&p, answer, err);
	pack_unlocked(&p, &u, 0);
	return pack_end(&p);
}
