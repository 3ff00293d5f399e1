#include "server/read/reader.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "server/read/facts.h"
#include "server/read/frame.h"
#include "server/read/gate.h"
#include "server/read/help.h"
#include "server/read/reader_parts.h"
#include "server/read/unlock_pack.h"

/* Beyond the children's own alarm, which comes first where a child has the work. */
#define GRACE_US     2000000
#define ANSWER_SLACK ((size_t)64 << 20)
#define KILLED_RETRY 5 /* seconds */

/* ---- handing over ---- */

static int
write_all(int fd, struct span s, struct error *err)
{
	ssize_t n;

	while (s.len > 0) {
		n = write(fd, s.data, s.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "a document could not be handed over");
		s.data += n;
		s.len -= (size_t)n;
	}
	return 0;
}

static int
write_contents(int fd, const struct order *order, struct error *err)
{
	size_t i;
	int rc = write_all(fd, order->document, err);

	for (i = 0; rc == 0 && i < order->original_count; i++)
		rc = write_all(fd, order->originals[i].content, err);
	return rc;
}

/* The order in memory that can be handed over; the descriptor, or -1. */
static int
write_order(struct order *order, struct ticket *ticket, struct error *err)
{
	struct buf packed = BUF_INIT(0);
	struct pack p;
	int fd = memfd_create("order", MFD_CLOEXEC);

	pack_write(&p, &packed, err);
	pack_order(&p, order);
	ticket->packed = packed.len;
	ticket->content = order_content(order);
	if (fd < 0)
		error_errno(err, "a document could not be handed over");
	else if (pack_end(&p) != 0 || write_all(fd, SPAN_OF(&packed), err) != 0 ||
		 write_contents(fd, order, err) != 0) {
		close(fd);
		fd = -1;
	}
	buf_wipe(&packed); /* a password may be in it */
	return fd;
}

static int
send_ticket(
    int channel, const struct ticket *ticket, const int fds[2], int64_t deadline, struct error *err)
{
	union {
		char space[CMSG_SPACE(2 * sizeof(int))];
		struct cmsghdr align;
	} control = { { 0 } };
	struct iovec part = { (void *)ticket, sizeof(*ticket) };
	struct msghdr message = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.space,
		.msg_controllen = sizeof(control.space) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);
	struct pollfd p = { channel, POLLOUT, 0 };

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(2 * sizeof(int));
	memcpy(CMSG_DATA(c), fds, 2 * sizeof(int));
	while (sendmsg(channel, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
		if (errno != EINTR && errno != EAGAIN)
			return error_errno(err, "a document could not be handed over");
		if (clock_monotonic_us() > deadline)
			return error_set(err, ERROR_UNAVAILABLE,
			    "too many documents wait to be read; try again later");
		poll(&p, 1, 100);
	}
	return 0;
}

/* ---- the answer ---- */

static void
note_work(const struct reader_bounds *bounds, uint64_t us)
{
	const uint64_t most = (uint64_t)bounds->cpu_seconds * 2000000;

	if (bounds->worked_us != NULL)
		*bounds->worked_us += us < most ? us : most;
}

uint64_t
reader_work_left(const struct reader_bounds *bounds)
{
	const uint64_t most = (uint64_t)bounds->cpu_seconds * 1000000,
		       used = (bounds->worked_us != NULL ? *bounds->worked_us : 0) +
			      (bounds->aside_us != NULL ? *bounds->aside_us : 0);

	return used < most ? most - used : 0;
}

/* None of the seconds is left out. */
static int
no_work_left(const struct reader_bounds *bounds, uint64_t worked_us, struct error *err)
{
	return error_limit(err, ERROR_LIMIT, "limit-read-seconds", bounds->cpu_seconds,
	    (worked_us + 999999) / 1000000, "seconds of work on one document");
}

/* Its own bound was not met: others may have taken what the machine has. */
static int
no_memory_here(size_t size, struct error *err)
{
	char text[200];

	snprintf(text, sizeof(text),
	    "the server was short of memory when it read the document of %zu bytes; try again "
	    "later",
	    size);
	error_cause(err, ERROR_UNAVAILABLE, text, "a reading child was killed from outside");
	if (err != NULL)
		err->retry_after = KILLED_RETRY;
	return -1;
}

static int
say_loss(const struct reader_bounds *bounds, size_t size, struct span payload, struct error *err)
{
	unsigned int loss = LOST_CRASH;
	uint64_t worked = 0;
	char what[80];
	struct pack p;

	pack_read(&p, payload, NULL);
	pack_below(&p, &loss, LOSSES);
	pack_u64(&p, &worked);
	note_work(bounds, worked);
	switch ((enum frame_loss)loss) {
	case LOST_MEMORY: /* what it would have needed, nobody knows */
		snprintf(what, sizeof(what), "memory to read a document of %zu bytes", size);
		return error_limit(err, ERROR_LIMIT, "limit-read-memory", bounds->memory, 0, what);
	case LOST_CPU:
		return no_work_left(
		    bounds, bounds->worked_us != NULL ? *bounds->worked_us : worked, err);
	case LOST_TIME:
		return error_limit(err, ERROR_LIMIT, "limit-request-seconds", bounds->seconds, 0,
		    "seconds to read the document");
	case LOST_KILLED:
		return no_memory_here(size, err);
	default:
		return error_cause(err, ERROR_MALFORMED,
		    "the document is damaged in a way that stopped its reader",
		    "a reading child crashed");
	}
}

/* What stands in an answer's head: 0 when the work was done, else its error. */
static int
take_outcome(struct pack *p, struct error *err)
{
	struct error failure = ERROR_INIT;

	pack_error(p, &failure);
	if (p->failed || failure.kind == ERROR_NONE)
		return p->failed ? -1 : 0;
	if (err != NULL && err->kind == ERROR_NONE)
		*err = failure;
	return -1;
}

static int
converse(int fd, const struct reader_bounds *bounds, const struct order *order, struct help *help,
    struct buf *answer, int64_t deadline, struct error *err)
{
	enum frame_type type;
	uint64_t worked;

	for (;;) {
		buf_wipe(answer); /* a layer that was opened may have an envelope in it */
		if (frame_receive(fd, &type, answer, deadline, err) != 0)
			return -1;
		if (type == FRAME_ANSWER)
			return 0;
		if (type == FRAME_WORKED) {
			if (answer->len != sizeof(worked))
				return error_cause(err, ERROR_INTERNAL,
				    "the document could not be read",
				    "the read process sent a frame that it may not");
			memcpy(&worked, answer->data, sizeof(worked));
			note_work(bounds, worked);
			continue;
		}
		if (type == FRAME_LOST)
			return say_loss(bounds, order->document.len, SPAN_OF(answer), err);
		if (help_answer(fd, help, type, SPAN_OF(answer), deadline, err) != 0)
			return -1;
	}
}

static int
ask_child(const struct reader *reader, const struct reader_bounds *bounds, struct order *order,
    struct help *help, struct buf *answer, int64_t deadline, struct error *err)
{
	int64_t left = (deadline - GRACE_US - clock_monotonic_us()) / 1000000 + 1;
	struct ticket ticket = { .magic = TICKET_MAGIC,
		.cpu_us = reader_work_left(bounds),
		.seconds = left > 1 ? (unsigned int)left : 1,
		.memory = bounds->memory + READER_COPIES * (uint64_t)order_content(order) };
	int ends[2] = { -1, -1 }, fd, rc = -1;

	if (ticket.cpu_us == 0)
		return no_work_left(
		    bounds, bounds->worked_us != NULL ? *bounds->worked_us : 0, err);
	help->bounds = bounds;
	help->document = order->document;
	fd = write_order(order, &ticket, err);
	if (fd < 0)
		return -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
		error_errno(err, "a document could not be handed over");
	} else {
		const int fds[2] = { fd, ends[1] };

		rc = send_ticket(reader->channel, &ticket, fds, deadline, err);
		close(ends[1]);
		if (rc == 0)
			rc = converse(ends[0], bounds, order, help, answer, deadline, err);
		close(ends[0]);
	}
	close(fd);
	return rc;
}

/* Have the order done; `answer` (empty) gets what came behind the outcome's head, in *rest. */
static int
ask(const struct reader *reader, const struct reader_bounds *bounds, struct order *order,
    struct help *help, struct buf *answer, struct error *err)
{
	int64_t end = clock_monotonic_us() + (int64_t)bounds->seconds * 1000000;
	int rc;

	order->limits = *bounds->limits;
	buf_init(answer, bounds->limits->output_bytes + ANSWER_SLACK);
	if (reader->gate != NULL &&
	    read_gate_enter(reader->gate, &bounds->caller, bounds->most_places, end, err) != 0)
		return -1;
	rc = ask_child(reader, bounds, order, help, answer, end + GRACE_US, err);
	if (reader->gate != NULL)
		read_gate_leave(reader->gate, &bounds->caller);
	return rc;
}

int
reader_have_done(const struct reader *reader, const struct reader_bounds *bounds,
    struct order *order, struct help *help, take_answer *take, void *to, struct error *err)
{
	struct buf answer;
	struct pack p;
	int rc = -1;

	if (ask(reader, bounds, order, help, &answer, err) == 0) {
		pack_read(&p, SPAN_OF(&answer), err);
		rc = take_outcome(&p, err);
		if (rc == 0 && take != NULL)
			take(&p, to);
		if (rc == 0)
			rc = pack_end(&p);
	}
	buf_wipe(&answer); /* what was encrypted may be in it */
	return rc;
}

/* ---- reading ---- */

struct reading {
	struct document_facts *facts;
	const struct format_limits *limits;
};

static void
take_reading(struct pack *p, void *to)
{
	const struct reading *r = to;

	pack_facts(p, r->facts, r->limits);
}

int
reader_read_open(const struct reader *reader, const struct reader_bounds *bounds,
    struct document_facts *facts, struct span content, const struct document_read_options *options,
    const struct unlock_desk *desk, struct error *err)
{
	struct order order = { .kind = ORDER_READ,
		.password = options->password,
		.name = options->name,
		.keep_octets = options->keep_octets,
		.need_address = options->need_address,
		.need_match = options->need_match,
		.tolerate = options->tolerate,
		.may_open = desk != NULL,
		.certificates = options->extra_certificates,
		.originals = options->originals,
		.original_count = options->original_count,
		.document = content };
	struct reading reading = { facts, bounds->limits };
	struct help help = { .desk = desk };
	int rc;

	memset(facts, 0, sizeof(*facts));
	facts->kind = document_kind_of(content);
	rc = reader_have_done(reader, bounds, &order, &help, take_reading, &reading, err);
	if (rc != 0)
		document_facts_release(facts);
	return rc;
}

int
reader_read(const struct reader *reader, const struct reader_bounds *bounds,
    struct document_facts *facts, struct span content, const struct document_read_options *options,
    struct error *err)
{
	return reader_read_open(reader, bounds, facts, content, options, NULL, err);
}

/* ---- opening ---- */

struct opening {
	struct unlocked *out;
	size_t most; /* of one content */
};

static void
take_opened(struct pack *p, void *to)
{
	const struct opening *o = to;

	pack_unlocked(p, o->out, o->most);
}

int
reader_open(const struct reader *reader, const struct reader_bounds *bounds, struct unlocked *out,
    struct span document, const struct unlock_desk *desk, struct error *err)
{
	struct order order = { .kind = ORDER_OPEN, .document = document };
	struct opening opening = { out, (size_t)bounds->limits->output_bytes };
	struct help help = { .desk = desk };

	return reader_have_done(reader, bounds, &order, &help, take_opened, &opening, err);
}

/* ---- making ---- */

/* A document, and behind it what the child appended to it. */
struct appending {
	struct buf *out;
	struct span document;
};

static void
take_appended(struct pack *p, void *to)
{
	const struct appending *a = to;
	struct span appended = SPAN_NONE;

	pack_span(p, &appended);
	if (!p->failed && (buf_append_span(a->out, a->document, p->err) != 0 ||
			      buf_append_span(a->out, appended, p->err) != 0))
		p->failed = 1;
}

int
reader_pdf_store(const struct reader *reader, const struct reader_bounds *bounds, struct buf *out,
    struct span document, const struct evidence *data, const char *password, struct error *err)
{
	struct order order = { .kind = ORDER_PDF_STORE,
		.password = password,
		.evidence = *data,
		.document = document };
	struct appending appending = { out, document };
	struct help help = { 0 };
	size_t before = out->len;
	int rc = reader_have_done(reader, bounds, &order, &help, take_appended, &appending, err);

	if (rc != 0)
		out->len = before;
	return rc;
}

int
reader_pdf_decrypt(const struct reader *reader, const struct reader_bounds *bounds, struct buf *out,
    struct span document, const struct pdf_read_options *options, struct error *err)
{
	struct order order = {
		.kind = ORDER_PDF_DECRYPT, .password = options->password, .document = document
	};
	struct appending appending = { out, SPAN_NONE };
	struct help help = { 0 };
	size_t before = out->len;
	int rc = reader_have_done(reader, bounds, &order, &help, take_appended, &appending, err);

	if (rc != 0)
		out->len = before;
	return rc;
}

/* The file was put together and filled in while the child worked; now it says that all is well. */
static int
have_made(const struct reader *reader, const struct reader_bounds *bounds, struct order *order,
    struct help *help, struct buf *out, struct error *err)
{
	int rc;

	help->document = order->document;
	help->out = out;
	help->before = out->len;
	rc = reader_have_done(reader, bounds, order, help, NULL, NULL, err);
	if (rc == 0 && !help->filled)
		rc = error_cause(err, ERROR_INTERNAL, "the PDF could not be prepared",
		    "the read process is done without a value");
	if (rc != 0)
		out->len = help->before;
	return rc;
}

int
reader_pdf_sign(const struct reader *reader, const struct reader_bounds *bounds, struct buf *out,
    struct span document, const struct sign_key *key, const struct sign_options *options,
    const struct pdf_sign_options *pdf, struct error *err)
{
	struct order order = { .kind = ORDER_PDF_SIGN,
		.cert = key->cert,
		.chain = key->chain,
		.options = *options,
		.pdf = *pdf,
		.document = document };
	struct help help = { .is_pdf = 1, .key = key, .options = options };

	return have_made(reader, bounds, &order, &help, out, err);
}

int
reader_pdf_timestamp(const struct reader *reader, const struct reader_bounds *bounds,
    struct buf *out, struct span document, const struct timestamp_source *source,
    const struct pdf_timestamp_options *options, struct error *err)
{
	struct order order = { .kind = ORDER_PDF_TIMESTAMP,
		.password = options->password,
		.pdf = { .field_name = options->field_name },
		.stamp_digest = source->digest,
		.document = document };
	struct help help = { .is_pdf = 1, .source = source };

	return have_made(reader, bounds, &order, &help, out, err);
}
