#include "signing/format/asic/asic_make.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/format/cms/cms_read.h"
#include "signing/format/cms/cms_sign.h"
#include "signing/format/xml/xml_lex.h"
#include "signing/format/xml/xml_sign.h"

#define TYPE_MANIFEST "text/xml"

static const struct format_limits default_limits = FORMAT_LIMITS_DEFAULT;
static const char *const mime_types[] = { [ASIC_S] = ASIC_MIME_S, [ASIC_E] = ASIC_MIME_E };

void
making_init(struct making *m, const struct format_limits *limits, struct error *err)
{
	const size_t most = (limits != NULL ? limits : &default_limits)->output_bytes;

	memset(m, 0, sizeof(*m));
	m->limits = limits != NULL ? limits : &default_limits;
	m->err = err;
	m->number = 1;
	buf_init(&m->manifest, most);
	buf_init(&m->signature, most);
	buf_init(&m->package, most);
	buf_init(&m->file, most);
}

void
making_release(struct making *m)
{
	buf_release(&m->manifest);
	buf_release(&m->signature);
	buf_release(&m->package);
	buf_release(&m->file);
}

/* ---- the documents ---- */

static int
check_document(const struct making *m, const struct document *doc)
{
	if (doc->name == NULL || doc->name[0] == '\0')
		return error_set(m->err, ERROR_MALFORMED,
		    "documents of a container need names; give each one a name");
	if (!doc->has_content)
		return error_set(m->err, ERROR_MALFORMED,
		    "a container holds its documents; send %.100s, not its digest", doc->name);
	if (!archive_name_is_fine(doc->name, m->err))
		return -1;
	if (strlen(doc->name) > ASIC_NAME_MAX)
		return error_limit(m->err, ERROR_LIMIT, "asic-name", ASIC_NAME_MAX,
		    strlen(doc->name), "the name of a document is too long");
	if (asic_role_of(doc->name, doc->name[strlen(doc->name) - 1] == '/') != ASIC_DATA ||
	    strcasecmp(doc->name, "mimetype") == 0 || strncasecmp(doc->name, "META-INF/", 9) == 0)
		return error_set(m->err, ERROR_MALFORMED,
		    "a document of a container cannot have the name %.100s", doc->name);
	if (m->type == ASIC_S && strchr(doc->name, '/') != NULL)
		return error_set(m->err, ERROR_MALFORMED,
		    "the document of an ASiC-S container stands in its root; its name cannot hold "
		    "a '/'");
	return 0;
}

int
making_check_documents(const struct making *m)
{
	size_t i, k;

	if (m->count == 0 || (m->type == ASIC_S && m->count != 1))
		return error_set(m->err, ERROR_MALFORMED,
		    m->count == 0 ? "a container needs a document"
				  : "an ASiC-S container holds one document; choose ASiC-E");
	if (m->count > m->limits->references)
		return error_limit(m->err, ERROR_LIMIT, "references", m->limits->references,
		    m->count, "too many documents for one signature");
	for (i = 0; i < m->count; i++) {
		if (check_document(m, &m->docs[i]) != 0)
			return -1;
		for (k = 0; k < i; k++)
			if (strcmp(m->docs[i].name, m->docs[k].name) == 0)
				return error_set(m->err, ERROR_CONFLICT,
				    "two documents have the name %.100s", m->docs[i].name);
	}
	return 0;
}

/* ---- the files of META-INF ---- */

void
making_entry(struct making *m, const char *name, struct span data)
{
	m->made[m->made_count++] = (struct archive_new){ .name = name, .data = data };
}

void
making_name_files(struct making *m, const char *signature, const char *end)
{
	if (m->type == ASIC_S)
		snprintf(m->signature_name, MAKING_NAME_SIZE, "META-INF/%s%s", signature, end);
	else
		snprintf(m->signature_name, MAKING_NAME_SIZE, "META-INF/%s%03u%s", signature,
		    m->number, end);
	snprintf(m->manifest_name, MAKING_NAME_SIZE, "META-INF/ASiCManifest%03u.xml", m->number);
}

/* What CAdES and time stamps are over: the document, or a manifest of all of them. */
int
making_lay_out(
    struct making *m, enum digest digest, const char *mime_type, struct document *subject)
{
	const struct manifest_plan plan = { .signature = m->signature_name,
		.mime_type = mime_type,
		.docs = m->docs,
		.count = m->count,
		.digest = digest };

	*subject = m->docs[0];
	if (m->type == ASIC_S)
		return 0;
	if (manifest_write(&m->manifest, &plan, m->err) != 0)
		return -1;
	*subject = (struct document){ .name = m->manifest_name,
		.mime_type = TYPE_MANIFEST,
		.content = SPAN_OF(&m->manifest),
		.has_content = 1 };
	making_entry(m, m->manifest_name, SPAN_OF(&m->manifest));
	return 0;
}

/* ASiC-S: one signer more in the file that is there. */
static int
join_cades(struct making *m, const struct archive *archive)
{
	const struct archive_entry *e = archive_find(archive, m->signature_name);
	struct buf own = BUF_INIT(m->limits->output_bytes);
	int has_own;

	if (e == NULL)
		return error_set(m->err, ERROR_CONFLICT,
		    "the ASiC-S container holds no signature to add another to");
	if (buf_append_span(&m->signature, SPAN_OF(&e->data), m->err) != 0)
		return -1;
	has_own = cms_content(&own, NULL, 0, SPAN_OF(&e->data), NULL) == 0;
	buf_release(&own);
	return cms_add_signer(&m->signature, has_own ? NULL : &m->docs[0], CMS_PROFILE_CADES,
	    m->key, &m->options, m->err);
}

int
making_cades(struct making *m, const struct archive *archive)
{
	struct document subject;
	enum digest digest;
	int rc;

	making_name_files(m, "signature", ".p7s");
	if (cms_digest(m->key, &m->options, &digest, m->err) != 0 ||
	    making_lay_out(m, digest, "application/pkcs7-signature", &subject) != 0)
		return -1;
	rc =
	    archive != NULL && m->type == ASIC_S
		? join_cades(m, archive)
		: cms_sign(&m->signature, &subject, CMS_PROFILE_CADES, m->key, &m->options, m->err);
	if (rc == 0)
		making_entry(m, m->signature_name, SPAN_OF(&m->signature));
	return rc;
}

/* The ds:Signature without the declaration in front of it. */
static struct span
bare_signature(const struct buf *file)
{
	static const char start[] = "<ds:Signature";
	const unsigned char *at = memmem(file->data, file->len, start, strlen(start));

	return at != NULL ? (struct span){ at, file->len - (size_t)(at - file->data) } : SPAN_NONE;
}

static int
wrap(struct buf *out, struct span signature, struct error *err)
{
	if (buf_append_str(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<asic:XAdESSignatures xmlns:asic=\"" ASIC_NAMESPACE "\">",
		err) != 0 ||
	    buf_append_span(out, signature, err) != 0)
		return -1;
	return buf_append_str(out, "</asic:XAdESSignatures>\n", err);
}

/* ASiC-S: one ds:Signature more at the end of the root of the file that is there. */
static int
join_xades(struct making *m, const struct archive *archive, struct span signature)
{
	const struct archive_entry *e = archive_find(archive, m->signature_name);
	struct xml_place root;

	if (e == NULL)
		return error_set(m->err, ERROR_CONFLICT,
		    "the ASiC-S container holds no signature to add another to");
	if (xml_lex_place(SPAN_OF(&e->data), 0, &root, m->err) != 0)
		return -1;
	if (root.is_empty_tag ||
	    memmem(root.qname.data, root.qname.len, "XAdESSignatures", 15) == NULL)
		return error_set(m->err, ERROR_CONFLICT,
		    "the container's signature file has no place for another signature");
	if (buf_append_span(&m->signature, SPAN_OF(&e->data), m->err) != 0)
		return -1;
	return buf_splice(&m->signature, root.close, 0, signature, m->err);
}

int
making_xades(struct making *m, const struct archive *archive)
{
	struct buf alone = BUF_INIT(m->limits->output_bytes);
	int rc = -1;

	making_name_files(m, "signatures", ".xml");
	if (xml_sign(&alone, m->docs, m->count, m->key, &m->options, NULL, m->err) != 0)
		goto done;
	rc = archive != NULL && m->type == ASIC_S
		 ? join_xades(m, archive, bare_signature(&alone))
		 : wrap(&m->signature, bare_signature(&alone), m->err);
	if (rc != 0)
		goto done;
	making_entry(m, m->signature_name, SPAN_OF(&m->signature));
	/* Other programs look for the package's list of files where it is XAdES that signs it. */
	if (m->type == ASIC_E && archive == NULL) {
		rc = manifest_write_package(
		    &m->package, mime_types[m->type], m->docs, m->count, m->err);
		making_entry(m, "META-INF/manifest.xml", SPAN_OF(&m->package));
	}
done:
	buf_release(&alone);
	return rc;
}

/* ---- the file ---- */

static int
is_like_a_bomb(struct span file)
{
	static const struct asic_limits limits = ASIC_LIMITS_DEFAULT;
	struct error why = ERROR_INIT;
	struct archive_scan scan;

	if (archive_scan(&scan, file, &limits, &why) != 0)
		return strcmp(why.limit, "asic-ratio") == 0;
	archive_scan_release(&scan);
	return 0;
}

/* mimetype first, then the documents, then META-INF; only the last where something is added to. */
int
making_write(struct making *m)
{
	struct archive_new *entries = calloc(m->count + 1 + m->made_count, sizeof(*entries));
	size_t i, n = 0;
	int rc;

	if (entries == NULL)
		return error_memory(m->err);
	if (m->base.len == 0) {
		entries[n++] = (struct archive_new){ "mimetype", span_str(mime_types[m->type]), 1 };
		for (i = 0; i < m->count; i++)
			entries[n++] =
			    (struct archive_new){ m->docs[i].name, m->docs[i].content, 0 };
	}
	for (i = 0; i < m->made_count; i++)
		entries[n++] = m->made[i];
	rc = archive_write(&m->file, m->base, entries, n, m->options.signing_time, m->err);
	/* What deflates to next to nothing looks like a bomb to those who read it: it is stored. */
	if (rc == 0 && is_like_a_bomb(SPAN_OF(&m->file))) {
		for (i = 0; i < n; i++)
			entries[i].is_stored |= entries[i].data.len > ASIC_RATIO_FROM;
		m->file.len = 0;
		rc = archive_write(&m->file, m->base, entries, n, m->options.signing_time, m->err);
	}
	free(entries);
	return rc;
}

/* ---- reading back ---- */

int
making_read_back(const struct making *m, struct span file, struct read_back *b)
{
	const struct asic_read_options options = { .limits = m->limits };

	return asic_read(&b->list, &b->container, file, &options, m->err);
}

void
read_back_release(struct read_back *b)
{
	signatures_release(&b->list);
	asic_container_release(&b->container);
}

static int
is_new(const struct signature *sig, const struct signatures *earlier)
{
	size_t i;

	for (i = 0; i < earlier->count; i++)
		if (strcmp(earlier->items[i].id, sig->id) == 0)
			return 0;
	return 1;
}

/* All of what was made is intact and covers all documents. */
int
making_check_new(
    const struct making *m, const struct read_back *b, const struct signatures *earlier)
{
	size_t i, found = 0;

	for (i = 0; i < b->list.count; i++) {
		const struct signature *sig = &b->list.items[i];

		if (!is_new(sig, earlier))
			continue;
		found++;
		if (!sig->value_intact || !sig->references_intact || sig->scope != SCOPE_FULL ||
		    sig->failure != SUB_NONE)
			return error_cause(m->err, ERROR_INTERNAL,
			    "the container that was made does not verify", "%s", sig->failure_text);
	}
	if (found != (m->key != NULL) ||
	    (m->key == NULL &&
		(b->container.stamp_count != 1 || b->container.stamps[0].failure != SUB_NONE ||
		    !b->container.stamps[0].stamp.imprint_known)))
		return error_set(
		    m->err, ERROR_INTERNAL, "the container that was made cannot be read back");
	return 0;
}

int
making_finish(struct making *m, struct buf *out)
{
	static const struct signatures none;
	struct read_back b = { 0 };
	int rc = -1;

	if (making_write(m) == 0 && making_read_back(m, SPAN_OF(&m->file), &b) == 0 &&
	    making_check_new(m, &b, &none) == 0)
		rc = buf_append_span(out, SPAN_OF(&m->file), m->err);
	read_back_release(&b);
	return rc;
}

int
making_check_options(const struct making *m)
{
	if (m->options.plain)
		return error_set(m->err, ERROR_UNSUPPORTED,
		    "containers hold CAdES and XAdES signatures; choose level B or T");
	return 0;
}
