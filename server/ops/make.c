/* What is made of documents that may be hostile: by the read process, within its bounds. */
#include <string.h>
#include <strings.h>

#include "server/ops/private.h"
#include "server/read/reader.h"
#include "signing/format/asic/asic_renew.h"
#include "signing/format/asic/asic_sign.h"
#include "signing/format/change.h"
#include "signing/format/smime/smime_sign.h"
#include "signing/format/xml/xml_sign.h"

/* ---- signatures that are there ---- */

int
ops_extend(const struct engine *engine, struct request *req, struct buf *out, struct span document,
    const struct document_change *change, enum extension to, const struct evidence *data,
    const struct timestamp_source *source, struct error *err)
{
	struct reader_bounds bounds;

	if (engine->parts.reader == NULL)
		return document_extend(out, document, change, to, data, source, err);
	if (ops_may_wait(engine, req, err) != 0)
		return -1;
	bounds = ops_reader_bounds(engine, req);
	return reader_extend(
	    engine->parts.reader, &bounds, out, document, change, to, data, source, err);
}

int
ops_renew(const struct engine *engine, struct request *req, struct buf *out, struct span container,
    const struct evidence *data, const struct timestamp_source *source, struct error *err)
{
	const int64_t seconds = req->time_us / 1000000;
	struct reader_bounds bounds;

	if (engine->parts.reader == NULL)
		return asic_renew(
		    out, container, data, source, seconds, &engine_limits(engine)->format, err);
	if (ops_may_wait(engine, req, err) != 0)
		return -1;
	bounds = ops_reader_bounds(engine, req);
	return reader_renew(
	    engine->parts.reader, &bounds, out, container, data, source, seconds, err);
}

int
ops_counter_sign(const struct engine *engine, struct request *req, struct buf *out,
    struct span document, const struct document_change *change, const struct signature *sig,
    const struct sign_key *key, const struct sign_options *options, struct error *err)
{
	struct reader_bounds bounds;

	if (engine->parts.reader == NULL)
		return document_counter_sign(out, document, change, key, options, err);
	if (ops_may_wait(engine, req, err) != 0)
		return -1;
	bounds = ops_reader_bounds(engine, req);
	return reader_counter_sign(engine->parts.reader, &bounds, out, document, change,
	    SPAN_OF(&sig->value), key, options, err);
}

/* ---- documents that are signed ---- */

static int
holds(struct span content, const char *word)
{
	return memmem(content.data, content.len, word, strlen(word)) != NULL;
}

/* A detached signature needs no more of a document than its digest. */
static int
signs_xml_here(const struct document *doc, const struct sign_options *options,
    const struct xml_sign_options *xml)
{
	if (options->packaging == PACKAGING_DETACHED || !doc->has_content)
		return 1;
	return doc->content.len <= OPS_READ_HERE_MAX && !holds(doc->content, "Signature") &&
	       xml->target_xpath == NULL && xml->placement == NULL &&
	       memchr(doc->content.data, 0, doc->content.len) == NULL; /* UTF-16 */
}

/* 0, -1, or 1: it costs more than it may in this process. */
static int
sign_xml_here(struct buf *out, const struct document *doc, const struct sign_key *key,
    const struct sign_options *options, const struct xml_sign_options *xml, struct error *err)
{
	struct xml_sign_options cheap = *xml;
	struct error why = ERROR_INIT;
	int rc;

	if (options->packaging != PACKAGING_DETACHED)
		cheap.work = OPS_SIGN_HERE_WORK;
	rc = xml_sign(out, doc, 1, key, options, &cheap, &why);
	if (rc != 0 && cheap.work != 0 && why.kind == ERROR_LIMIT &&
	    strcmp(why.limit, "xml_work") == 0)
		return 1;
	if (rc != 0 && err != NULL && err->kind == ERROR_NONE)
		*err = why;
	return rc;
}

int
ops_xml_sign(const struct engine *engine, struct request *req, struct buf *out,
    const struct document *doc, const struct sign_key *key, const struct sign_options *options,
    const struct xml_sign_options *xml, struct error *err)
{
	struct reader_bounds bounds;
	int rc;

	if (engine->parts.reader == NULL)
		return xml_sign(out, doc, 1, key, options, xml, err);
	if (signs_xml_here(doc, options, xml) &&
	    (rc = sign_xml_here(out, doc, key, options, xml, err)) <= 0)
		return rc;
	if (ops_may_wait(engine, req, err) != 0)
		return -1;
	bounds = ops_reader_bounds(engine, req);
	return reader_xml_sign(engine->parts.reader, &bounds, out, doc, key, options, xml, err);
}

int
ops_container_sign(const struct engine *engine, struct request *req, struct buf *out,
    struct span container, const struct sign_key *key, const struct sign_options *options,
    struct error *err)
{
	struct reader_bounds bounds;

	if (engine->parts.reader == NULL)
		return asic_add_signature(out, container, key, options, err);
	if (ops_may_wait(engine, req, err) != 0)
		return -1;
	bounds = ops_reader_bounds(engine, req);
	return reader_container_sign(
	    engine->parts.reader, &bounds, out, container, key, options, err);
}

/* Nothing that is signed or encrypted stands in it, by whatever name a part may go. */
static int
is_plain_mail(struct span mail)
{
	size_t i;

	for (i = 0; i + 2 < mail.len; i++)
		if ((mail.data[i] | 0x20) == 'p' &&
		    (strncasecmp((const char *)mail.data + i, "pkc", 3) == 0 ||
			strncasecmp((const char *)mail.data + i, "p7", 2) == 0))
			return 0;
	return 1;
}

int
ops_mail_sign(const struct engine *engine, struct request *req, struct buf *out,
    const struct document *doc, const struct sign_key *key, const struct sign_options *options,
    struct error *err)
{
	struct reader_bounds bounds;

	if (engine->parts.reader == NULL || !doc->has_content ||
	    (doc->content.len <= OPS_READ_HERE_MAX && is_plain_mail(doc->content)))
		return smime_sign(out, doc, key, options, err);
	if (ops_may_wait(engine, req, err) != 0)
		return -1;
	bounds = ops_reader_bounds(engine, req);
	return reader_mail_sign(engine->parts.reader, &bounds, out, doc, key, options, err);
}
