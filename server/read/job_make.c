/*
 * What a reading child makes: signatures that are changed, and documents that are signed. The key
 * and the time-stamp authorities are api's: it is asked for their values, and told what they are to
 * be over.
 */
#include "server/read/job.h"

#include <string.h>

#include "server/read/order.h"
#include "server/read/subject.h"
#include "signing/format/asic/asic_renew.h"
#include "signing/format/asic/asic_sign.h"
#include "signing/format/change.h"
#include "signing/format/smime/smime_sign.h"

/* ---- api's key and authorities ---- */

/* One order with what stands in for what is not here. */
struct making {
	struct order *order;
	int fd;
	struct sign_key key;
	struct timestamp_source source;
	struct buf made;
};

static int
ask_packed(int fd, enum frame_type type, struct pack *p, struct buf *packed, struct buf *out,
    struct error *err)
{
	int rc = pack_end(p) == 0 ? job_ask(fd, type, SPAN_OF(packed), out, err) : -1;

	buf_release(packed);
	return rc;
}

static int
ask_cms(const struct sign_key *key, const struct cms_subject *subject, struct buf *value,
    struct error *err)
{
	const struct making *m = key->ctx;
	struct cms_subject s = *subject;
	struct buf packed = BUF_INIT(m->made.max);
	struct pack p;

	pack_write(&p, &packed, err);
	pack_cms_subject(&p, &s);
	return ask_packed(m->fd, FRAME_CMS_VALUE, &p, &packed, value, err);
}

static int
ask_xml(const struct sign_key *key, const struct xml_subject *subject, struct buf *value,
    struct error *err)
{
	const struct making *m = key->ctx;
	struct xml_subject s = *subject;
	struct buf packed = BUF_INIT(m->made.max);
	struct pack p;

	pack_write(&p, &packed, err);
	pack_xml_subject(&p, &s);
	return ask_packed(m->fd, FRAME_XML_VALUE, &p, &packed, value, err);
}

static int
ask_stamp(void *ctx, enum digest digest, const unsigned char *imprint, struct buf *token,
    struct error *err)
{
	const struct making *m = ctx;
	unsigned char value[DIGEST_SIZE_MAX];
	struct buf packed = BUF_INIT(0);
	unsigned int d = digest;
	struct pack p;

	memcpy(value, imprint, digest_size(digest));
	pack_write(&p, &packed, err);
	pack_imprint(&p, &d, value);
	return ask_packed(m->fd, FRAME_STAMP, &p, &packed, token, err);
}

static int
begin(struct making *m, struct order *o, int fd, struct error *err)
{
	*m = (struct making){ .order = o, .fd = fd, .made = BUF_INIT(o->limits.output_bytes) };
	m->source = (struct timestamp_source){ ask_stamp, m, o->stamp_digest };
	o->options.limits = &o->limits;
	o->options.timestamp = &m->source;
	if (o->cert == NULL)
		return 0;
	m->key = (struct sign_key){ .name = "key",
		.pkey = X509_get0_pubkey(o->cert),
		.cert = o->cert,
		.chain = o->chain,
		.sign_cms = ask_cms,
		.sign_xml = ask_xml,
		.ctx = m };
	return m->key.pkey != NULL ? 0
				   : error_set(err, ERROR_INTERNAL, "the key has no certificate");
}

/* What was made is the answer. */
static int
finish(struct making *m, int rc, struct buf *answer, struct error *err)
{
	struct pack p;

	if (rc != 0)
		return -1;
	pack_write(&p, answer, err);
	pack_buf(&p, &m->made);
	return pack_end(&p);
}

/* ---- the work ---- */

static struct document_change
change_of(const struct order *o)
{
	return (struct document_change){ .signature = o->signature,
		.limits = &o->limits,
		.originals = o->originals,
		.original_count = o->original_count,
		.seconds = o->seconds };
}

int
job_extend(struct order *o, int fd, struct buf *answer, struct error *err)
{
	const struct document_change change = change_of(o);
	struct making m;
	int rc = begin(&m, o, fd, err);

	if (rc == 0)
		rc = document_extend(&m.made, o->document, &change, (enum extension)o->extension,
		    &o->evidence, &m.source, err);
	return finish(&m, rc, answer, err);
}

int
job_renew(struct order *o, int fd, struct buf *answer, struct error *err)
{
	struct making m;
	int rc = begin(&m, o, fd, err);

	if (rc == 0)
		rc = asic_renew(
		    &m.made, o->document, &o->evidence, &m.source, o->seconds, &o->limits, err);
	return finish(&m, rc, answer, err);
}

int
job_counter_sign(struct order *o, int fd, struct buf *answer, struct error *err)
{
	const struct document_change change = change_of(o);
	struct making m;
	int rc = begin(&m, o, fd, err);

	if (rc == 0)
		rc = document_counter_sign(&m.made, o->document, &change, &m.key, &o->options, err);
	return finish(&m, rc, answer, err);
}

static struct document
document_of(const struct order *o)
{
	return (struct document){
		.name = o->name, .mime_type = o->mime_type, .content = o->document, .has_content = 1
	};
}

int
job_xml_sign(struct order *o, int fd, struct buf *answer, struct error *err)
{
	const struct document doc = document_of(o);
	struct making m;
	int rc = begin(&m, o, fd, err);

	if (rc == 0)
		rc = xml_sign(&m.made, &doc, 1, &m.key, &o->options, &o->xml, err);
	return finish(&m, rc, answer, err);
}

int
job_container_sign(struct order *o, int fd, struct buf *answer, struct error *err)
{
	struct making m;
	int rc = begin(&m, o, fd, err);

	if (rc == 0)
		rc = asic_add_signature(&m.made, o->document, &m.key, &o->options, err);
	return finish(&m, rc, answer, err);
}

int
job_mail_sign(struct order *o, int fd, struct buf *answer, struct error *err)
{
	const struct document doc = document_of(o);
	struct making m;
	int rc = begin(&m, o, fd, err);

	if (rc == 0)
		rc = smime_sign(&m.made, &doc, &m.key, &o->options, err);
	return finish(&m, rc, answer, err);
}
