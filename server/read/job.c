#include "server/read/job.h"

#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "server/read/facts.h"
#include "server/read/order.h"
#include "signing/format/pdf/qpdf_shim.h"

/* ---- asking api ---- */

static int
question(int fd, enum frame_type type, struct buf *packed, struct buf *reply, struct error *err)
{
	enum frame_type got;

	if (frame_send(fd, type, SPAN_OF(packed), 0, err) != 0 ||
	    frame_receive(fd, &got, reply, 0, err) != 0)
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

static int
ask_signature(const struct sign_key *key, const struct sig_alg *alg,
    const unsigned char (*digests)[DIGEST_SIZE_MAX], size_t count, struct buf *sigs,
    struct error *err)
{
	struct buf packed = BUF_INIT(0), reply = BUF_INIT(0);
	const int *fd = key->ctx;
	struct sig_alg how = *alg;
	struct pack p;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < count; i++) {
		buf_release(&packed);
		buf_release(&reply);
		pack_write(&p, &packed, err);
		pack_alg(&p, &how);
		pack_raw(&p, (void *)digests[i], DIGEST_SIZE_MAX);
		rc = pack_end(&p) == 0 && question(*fd, FRAME_SIGN, &packed, &reply, err) == 0
			 ? take_reply(SPAN_OF(&reply), &sigs[i], err)
			 : -1;
	}
	buf_release(&packed);
	buf_release(&reply);
	return rc;
}

static int
ask_stamp(void *ctx, enum digest digest, const unsigned char *imprint, struct buf *token,
    struct error *err)
{
	struct buf packed = BUF_INIT(0), reply = BUF_INIT(0);
	unsigned char value[DIGEST_SIZE_MAX] = { 0 };
	const int *fd = ctx;
	struct pack p;
	int rc = -1;

	memcpy(value, imprint, digest_size(digest));
	pack_write(&p, &packed, err);
	PACK_ENUM(&p, digest, DIGESTS);
	pack_raw(&p, value, sizeof(value));
	if (pack_end(&p) == 0 && question(*fd, FRAME_STAMP, &packed, &reply, err) == 0)
		rc = take_reply(SPAN_OF(&reply), token, err);
	buf_release(&packed);
	buf_release(&reply);
	return rc;
}

/* ---- the work: each appends to `answer` what stands behind the outcome ---- */

static int
do_read(struct order *o, int fd, struct buf *answer, struct error *err)
{
	const struct pdf_read_options options = {
		.limits = &o->limits, .password = o->password, .certificates = o->certificates
	};
	struct pdf_timestamps stamps = { 0 };
	struct signatures list = { 0 };
	struct pack p;

	(void)fd;
	if (pdf_read_all(&list, &stamps, o->document, &options, err) != 0)
		return -1;
	pack_write(&p, answer, err);
	pack_signatures(&p, &list, &o->limits);
	pack_stamps(&p, &stamps);
	return pack_end(&p);
}

static int
answer_appended(
    const struct order *o, const struct buf *made, struct buf *answer, struct error *err)
{
	struct span appended;
	struct pack p;

	if (made->len < o->document.len ||
	    memcmp(made->data, o->document.data, o->document.len) != 0)
		return error_set(err, ERROR_INTERNAL, "the PDF was changed by signing it");
	appended = (struct span){ made->data + o->document.len, made->len - o->document.len };
	pack_write(&p, answer, err);
	pack_span(&p, &appended);
	return pack_end(&p);
}

static int
do_sign(struct order *o, int fd, struct buf *answer, struct error *err)
{
	const struct timestamp_source source = { ask_stamp, &fd, o->stamp_digest };
	const struct sign_key key = { .name = "key",
		.pkey = X509_get0_pubkey(o->cert),
		.cert = o->cert,
		.chain = o->chain,
		.sign_many = ask_signature,
		.ctx = &fd };
	struct buf made = BUF_INIT(o->limits.output_bytes);

	o->options.limits = &o->limits;
	if (o->options.level != LEVEL_B)
		o->options.timestamp = &source;
	if (key.pkey == NULL)
		return error_set(err, ERROR_INTERNAL, "the key has no certificate");
	if (pdf_sign(&made, o->document, &key, &o->options, &o->pdf, err) != 0)
		return -1;
	return answer_appended(o, &made, answer, err);
}

static int
do_stamp(struct order *o, int fd, struct buf *answer, struct error *err)
{
	const struct timestamp_source source = { ask_stamp, &fd, o->stamp_digest };
	const struct pdf_timestamp_options options = { .field_name = o->pdf.field_name,
		.password = o->password };
	struct buf made = BUF_INIT(o->limits.output_bytes);

	if (pdf_timestamp(&made, o->document, &source, &options, &o->limits, err) != 0)
		return -1;
	return answer_appended(o, &made, answer, err);
}

static int (*const work[ORDER_KINDS])(
    struct order *o, int fd, struct buf *answer, struct error *err) = {
	[ORDER_PDF_READ] = do_read,
	[ORDER_PDF_SIGN] = do_sign,
	[ORDER_PDF_TIMESTAMP] = do_stamp,
};

/* ---- a child's life ---- */

/* In memory as long as the child lives. */
static struct span
map_order(const struct ticket *t, int fd)
{
	struct span whole = { mmap(NULL, t->packed + t->document, PROT_READ, MAP_PRIVATE, fd, 0),
		t->packed + t->document };

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
	o->document = (struct span){ whole.data + t->packed, t->document };
	return pack_end(&p);
}

static int
send_answer(int fd, struct error *failure, const struct buf *rest)
{
	struct buf head = BUF_INIT(0);
	struct pack p;

	pack_write(&p, &head, NULL);
	pack_error(&p, failure);
	if (pack_end(&p) != 0)
		return -1;
	if (failure->kind == ERROR_NONE && buf_append_span(&head, SPAN_OF(rest), NULL) != 0)
		return -1;
	return frame_send(fd, FRAME_ANSWER, SPAN_OF(&head), 0, NULL);
}

static void
out_of_memory(void)
{
	_exit(JOB_MEMORY);
}

int
job_run(const struct ticket *ticket, int order_fd, int fd)
{
	struct buf answer = BUF_INIT((size_t)1 << 30);
	struct error err = ERROR_INIT;
	struct order order = { 0 };

	pdf_shim_on_no_memory(out_of_memory);
	if (open_order(ticket, map_order(ticket, order_fd), &order, &err) != 0 ||
	    work[order.kind](&order, fd, &answer, &err) != 0) {
		/* Nobody is asked here but api: what is short is the child's own memory. */
		if (err.kind == ERROR_UNAVAILABLE && strstr(err.text, "memory") != NULL)
			return JOB_MEMORY;
		if (err.kind == ERROR_NONE)
			error_set(&err, ERROR_INTERNAL, "the document could not be read");
	}
	return send_answer(fd, &err, &answer) == 0 ? JOB_DONE : JOB_MEMORY;
}

void
job_warm_up(void)
{
	unsigned char value[DIGEST_SIZE_MAX];
	int d;

	tzset();
	OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL);
	RAND_bytes(value, sizeof(value));
	for (d = DIGEST_NONE + 1; d < DIGESTS; d++)
		digest_span((enum digest)d, SPAN_NONE, value, NULL);
}
