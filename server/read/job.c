#include "server/read/job.h"

#include <string.h>
#include <sys/mman.h>

#include <time.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "server/read/facts.h"
#include "server/read/order.h"
#include "server/read/unlock.h"
#include "signing/format/pdf/contents.h"
#include "signing/format/pdf/pdf_decrypt.h"
#include "signing/format/pdf/pdf_extend.h"
#include "signing/format/pdf/qpdf_shim.h"
#include "signing/format/xml/xml_read.h"

/* ---- asking api ---- */

static int
question(int fd, enum frame_type type, struct span asked, struct buf *reply, struct error *err)
{
	enum frame_type got;

	if (frame_send(fd, type, asked, 0, err) != 0 || frame_receive(fd, &got, reply, 0, err) != 0)
		return -1;
	return got == FRAME_REPLY ? 0 : error_set(err, ERROR_INTERNAL, "no reply of api");
}

/* The error, or bytes that are appended to `out`. */
static int
take_reply(struct span reply, struct buf *out, struct error *err)
{
	struct error failure = ERROR_INIT;
	struct span bytes = SPAN_NONE;
	struct pack p;

	pack_read(&p, reply, err);
	pack_error(&p, &failure);
	pack_span(&p, &bytes);
	if (pack_end(&p) != 0)
		return -1;
	if (failure.kind == ERROR_NONE)
		return buf_append_span(out, bytes, err);
	if (err != NULL && err->kind == ERROR_NONE)
		*err = failure;
	return -1;
}

int
job_ask(int fd, enum frame_type type, struct span asked, struct buf *out, struct error *err)
{
	struct buf reply = BUF_INIT(0);
	int rc = question(fd, type, asked, &reply, err);

	if (rc == 0)
		rc = take_reply(SPAN_OF(&reply), out, err);
	buf_wipe(&reply);
	return rc;
}

/* What was appended to the order's document, and where the gap in the whole is. */
struct asking {
	const struct order *order;
	int fd;
};

static int
ask_contents(void *ctx, struct span file, const struct pdf_range *range, struct buf *value,
    struct error *err)
{
	const struct asking *a = ctx;
	struct buf packed = BUF_INIT(0);
	struct span document = a->order->document, appended;
	uint64_t at[4];
	struct pack p;
	int rc = -1;

	if (file.len < document.len || memcmp(file.data, document.data, document.len) != 0)
		return error_set(err, ERROR_INTERNAL, "the PDF was changed by signing it");
	appended = (struct span){ file.data + document.len, file.len - document.len };
	memcpy(at, range->at, sizeof(at));
	pack_write(&p, &packed, err);
	pack_span(&p, &appended);
	pack_raw(&p, at, sizeof(at));
	if (pack_end(&p) == 0)
		rc = job_ask(a->fd, FRAME_CONTENTS, SPAN_OF(&packed), value, err);
	buf_release(&packed);
	return rc;
}

/* ---- the work: each appends to `answer` what stands behind the outcome ---- */

static int
do_read(struct order *o, int fd, struct buf *answer, struct error *err)
{
	const struct envelope_opener opener = { unlock_part, (void *)job_desk(fd) };
	const struct document_read_options options = { .limits = &o->limits,
		.name = o->name,
		.password = o->password,
		.originals = o->originals,
		.original_count = o->original_count,
		.extra_certificates = o->certificates,
		.keep_octets = o->keep_octets,
		.need_address = o->need_address,
		.need_match = o->need_match,
		.tolerate = o->tolerate,
		.opener = o->may_open ? &opener : NULL };
	struct document_facts facts;
	struct pack p;

	if (document_read(&facts, o->document, &options, err) != 0)
		return -1;
	pack_write(&p, answer, err);
	pack_facts(&p, &facts, &o->limits);
	return pack_end(&p);
}

/* What api filled in is what it hands out: there is nothing to answer but that all is well. */
static int
do_sign(struct order *o, int fd, struct buf *answer, struct error *err)
{
	struct asking asking = { o, fd };
	const struct pdf_contents_maker maker = { ask_contents, &asking };
	const struct sign_key key = {
		.name = "key", .pkey = X509_get0_pubkey(o->cert), .cert = o->cert, .chain = o->chain
	};
	struct buf made = BUF_INIT(o->limits.output_bytes);

	(void)answer;
	o->options.limits = &o->limits;
	if (key.pkey == NULL)
		return error_set(err, ERROR_INTERNAL, "the key has no certificate");
	return pdf_sign_with(&made, o->document, &key, &o->options, &o->pdf, &maker, err);
}

static int
do_stamp(struct order *o, int fd, struct buf *answer, struct error *err)
{
	struct asking asking = { o, fd };
	const struct pdf_contents_maker maker = { ask_contents, &asking };
	const struct pdf_timestamp_options options = { .field_name = o->pdf.field_name,
		.password = o->password };
	struct buf made = BUF_INIT(o->limits.output_bytes);

	(void)answer;
	return pdf_timestamp_with(
	    &made, o->document, o->stamp_digest, &options, &o->limits, &maker, err);
}

/* Nothing is signed: what was appended is the answer. */
static int
do_store(struct order *o, int fd, struct buf *answer, struct error *err)
{
	const struct pdf_extend_options options = { .password = o->password };
	struct buf made = BUF_INIT(o->limits.output_bytes);
	struct span appended;
	struct pack p;

	(void)fd;
	if (pdf_extend_with(
		&made, o->document, EXTEND_LT, &o->evidence, NULL, &options, &o->limits, err) != 0)
		return -1;
	appended = (struct span){ made.data + o->document.len, made.len - o->document.len };
	pack_write(&p, answer, err);
	pack_span(&p, &appended);
	return pack_end(&p);
}

/* The document in clear is the answer. */
static int
do_decrypt(struct order *o, int fd, struct buf *answer, struct error *err)
{
	const struct pdf_read_options options = { .limits = &o->limits, .password = o->password };
	struct buf made = BUF_INIT(o->limits.output_bytes);
	struct pack p;

	(void)fd;
	if (pdf_decrypt(&made, o->document, &options, err) != 0)
		return -1;
	pack_write(&p, answer, err);
	pack_buf(&p, &made);
	return pack_end(&p);
}

static job_work *const work[ORDER_KINDS] = {
	[ORDER_READ] = do_read,
	[ORDER_OPEN] = job_open,
	[ORDER_PDF_SIGN] = do_sign,
	[ORDER_PDF_TIMESTAMP] = do_stamp,
	[ORDER_PDF_STORE] = do_store,
	[ORDER_PDF_DECRYPT] = do_decrypt,
	[ORDER_EXTEND] = job_extend,
	[ORDER_COUNTER_SIGN] = job_counter_sign,
	[ORDER_RENEW] = job_renew,
	[ORDER_XML_SIGN] = job_xml_sign,
	[ORDER_CONTAINER_SIGN] = job_container_sign,
	[ORDER_MAIL_SIGN] = job_mail_sign,
};

/* ---- a child's life ---- */

/* In memory as long as the child lives. */
static struct span
map_order(const struct ticket *t, int fd)
{
	struct span whole = { mmap(NULL, t->packed + t->content, PROT_READ, MAP_PRIVATE, fd, 0),
		t->packed + t->content };

	return whole.data != MAP_FAILED ? whole : SPAN_NONE;
}

static int
open_order(const struct ticket *t, struct span whole, struct order *o, struct error *err)
{
	struct pack p;

	if (whole.data == NULL)
		return error_memory(err);
	pack_read(&p, (struct span){ whole.data, t->packed }, err);
	pack_order(&p, o);
	if (!p.failed)
		order_place(&p, o, (struct span){ whole.data + t->packed, t->content });
	return pack_end(&p);
}

/* How it ended; what was asked for stands behind it. */
static int
say_outcome(struct buf *answer, struct error *failure)
{
	struct pack p;

	pack_write(&p, answer, NULL);
	pack_error(&p, failure);
	return pack_end(&p);
}

static void
out_of_memory(void)
{
	_exit(JOB_MEMORY);
}

/* So that the next one who works on this document has no more than what is left. */
static int
say_work(int fd)
{
	const uint64_t us = job_worked_us();

	return frame_send(
	    fd, FRAME_WORKED, (struct span){ (const unsigned char *)&us, sizeof(us) }, 0, NULL);
}

int
job_run(const struct ticket *ticket, int order_fd, int fd)
{
	struct buf answer = BUF_INIT((size_t)1 << 30);
	struct error err = ERROR_INIT;
	struct order order = { 0 };

	pdf_shim_on_no_memory(out_of_memory);
	if (say_outcome(&answer, &err) != 0)
		return JOB_MEMORY;
	if (open_order(ticket, map_order(ticket, order_fd), &order, &err) != 0 ||
	    work[order.kind](&order, fd, &answer, &err) != 0) {
		/* Nobody is asked here but api: what is short is the child's own memory. */
		if (err.kind == ERROR_UNAVAILABLE && strstr(err.text, "memory") != NULL)
			return JOB_MEMORY;
		if (err.kind == ERROR_NONE)
			error_set(&err, ERROR_INTERNAL, "the document could not be read");
		answer.len = 0;
		if (say_outcome(&answer, &err) != 0)
			return JOB_MEMORY;
	}
	/* One to whom nothing can be said any more has left: it is no loss of this child. */
	if (say_work(fd) == 0)
		(void)frame_send(fd, FRAME_ANSWER, SPAN_OF(&answer), 0, NULL);
	return JOB_DONE;
}

void
job_warm_up(void)
{
	struct signatures none = { 0 };
	struct smime_mail mail = { 0 };
	unsigned char value[DIGEST_SIZE_MAX];
	int d;

	tzset();
	xml_read(&none, span_str("<a/>"), NULL, NULL);
	smime_read(&none, &mail, span_str("From: a@b\n\ntext"), NULL, NULL);
	smime_mail_release(&mail);
	OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL);
	RAND_bytes(value, sizeof(value));
	for (d = DIGEST_NONE + 1; d < DIGESTS; d++)
		digest_span((enum digest)d, SPAN_NONE, value, NULL);
}
