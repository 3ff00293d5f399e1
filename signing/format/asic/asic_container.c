/* What a container is: the roles of its entries, its type, the rules of EN 319 162-1. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/format/asic/asic_parts.h"

#define COMMENT_PREFIX "mimetype="

/* ---- roles ---- */

static int
ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);

	return n >= k && strcasecmp(s + n - k, end) == 0;
}

/* By the words in a name and its end; the first that fits counts. */
static const struct {
	const char *word, *end;
	enum asic_role role;
} roles[] = {
	{ "", ".p7s", ASIC_CADES },
	{ "", ".tst", ASIC_TIMESTAMP },
	{ "", ".ers", ASIC_EVIDENCE },
	{ "ASiCEvidenceRecordManifest", ".xml", ASIC_EVIDENCE_MANIFEST },
	{ "ASiCArchiveManifest", ".xml", ASIC_ARCHIVE_MANIFEST },
	{ "ASiCManifest", ".xml", ASIC_MANIFEST },
	{ "evidencerecord", ".xml", ASIC_EVIDENCE },
	{ "signature", ".xml", ASIC_XADES },
};

enum asic_role
asic_role_of(const char *name, int is_directory)
{
	size_t i;

	if (is_directory)
		return ASIC_DIRECTORY;
	if (strcmp(name, "mimetype") == 0)
		return ASIC_MIMETYPE;
	if (strncmp(name, "META-INF/", 9) != 0)
		return ASIC_DATA;
	for (i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (strcasestr(name + 9, roles[i].word) != NULL && ends_with(name, roles[i].end))
			return roles[i].role;
	return ASIC_OTHER;
}

/* ---- remarks ---- */

void
asic_remark(struct asic_container *container, const char *fmt, ...)
{
	size_t len = strlen(container->remarks), size = sizeof(container->remarks);
	va_list ap;

	if (len > 0 && len + 1 < size)
		container->remarks[len++] = '\n';
	va_start(ap, fmt);
	vsnprintf(container->remarks + len, size - len, fmt, ap);
	va_end(ap);
}

/* ---- the media type ---- */

/* Printable and short, the white space around it cut; or NULL. */
static char *
media_type(struct span s)
{
	size_t i;

	while (s.len > 0 && strchr(" \t\r\n", s.data[s.len - 1]) != NULL)
		s.len--;
	if (s.len == 0 || s.len > 127)
		return NULL;
	for (i = 0; i < s.len; i++)
		if (s.data[i] <= 0x20 || s.data[i] >= 0x7f)
			return NULL;
	return strndup((const char *)s.data, s.len);
}

/* Annex A.1: the first entry, stored, without extra fields, nothing but the type in it. */
static void
check_mimetype(const struct asic_reading *r, const struct archive_entry *e)
{
	struct asic_container *c = r->container;

	if (e->start != 0)
		asic_remark(c, "the entry mimetype is not the first of the container");
	if (!e->is_stored || e->has_local_extra)
		asic_remark(c, "the entry mimetype is compressed or has extra fields");
	if (c->mime_type == NULL || strlen(c->mime_type) != e->data.len)
		asic_remark(c, "the entry mimetype holds more or less than a media type");
}

static void
find_mime_type(struct asic_reading *r)
{
	const struct archive_entry *e = archive_find(&r->archive, "mimetype");
	struct span comment = r->archive.comment;
	const size_t skip = strlen(COMMENT_PREFIX);
	char *said = NULL;

	if (e != NULL) {
		r->container->mime_type = media_type(SPAN_OF(&e->data));
		check_mimetype(r, e);
	}
	if (comment.len > skip && memcmp(comment.data, COMMENT_PREFIX, skip) == 0)
		said = media_type((struct span){ comment.data + skip, comment.len - skip });
	if (said != NULL && r->container->mime_type != NULL &&
	    strcmp(said, r->container->mime_type) != 0)
		asic_remark(r->container, "the comment and the entry mimetype name two types");
	if (r->container->mime_type == NULL)
		r->container->mime_type = said;
	else
		free(said);
}

/* ---- the type ---- */

static const struct {
	const char *mime_type;
	enum asic_type type;
} types[] = { { ASIC_MIME_S, ASIC_S }, { ASIC_MIME_E, ASIC_E } };

static const struct {
	const char *end;
	enum asic_type type;
} extensions[] = { { ".asics", ASIC_S }, { ".scs", ASIC_S }, { ".asice", ASIC_E },
	{ ".sce", ASIC_E } };

static size_t
count_role(const struct asic_reading *r, enum asic_role role)
{
	size_t i, n = 0;

	for (i = 0; i < r->container->entry_count; i++)
		n += r->container->entries[i].role == role;
	return n;
}

/* Without a media type: the name of the file, then what is inside. */
static enum asic_type
guess_type(const struct asic_reading *r)
{
	static const char *const of_s[] = { "META-INF/signature.p7s", "META-INF/signatures.xml",
		"META-INF/timestamp.tst" };
	size_t i;

	for (i = 0; r->options->name != NULL && i < sizeof(extensions) / sizeof(extensions[0]); i++)
		if (ends_with(r->options->name, extensions[i].end))
			return extensions[i].type;
	if (count_role(r, ASIC_MANIFEST) == 0 && count_role(r, ASIC_DATA) == 1)
		for (i = 0; i < sizeof(of_s) / sizeof(of_s[0]); i++)
			if (asic_entry_at(r, of_s[i]) >= 0)
				return ASIC_S;
	return ASIC_E;
}

/* What the media type says, remarked where it is not what the file's name or ASiC itself says. */
static enum asic_type
find_type(const struct asic_reading *r)
{
	static const char opendocument[] = "application/vnd.oasis.opendocument.";
	const char *said = r->container->mime_type, *name = r->options->name;
	enum asic_type type = ASIC_NONE;
	size_t i;

	if (said == NULL)
		return guess_type(r);
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(said, types[i].mime_type) == 0)
			type = types[i].type;
	if (type == ASIC_NONE && strncmp(said, opendocument, strlen(opendocument)) != 0)
		asic_remark(r->container,
		    "the media type %.100s is none of an ASiC container (EN 319 162-1 clauses "
		    "4.3.3.1 and 4.4.3.1)",
		    said);
	for (i = 0; name != NULL && i < sizeof(extensions) / sizeof(extensions[0]); i++)
		if (type != ASIC_NONE && ends_with(name, extensions[i].end) &&
		    extensions[i].type != type)
			asic_remark(r->container,
			    "the name of the container says that it is of another type than its "
			    "entry mimetype");
	return type;
}

int
asic_describe(struct asic_reading *r)
{
	struct asic_container *c = r->container;
	size_t i;

	c->entries = calloc(r->archive.count + 1, sizeof(*c->entries));
	if (c->entries == NULL)
		return error_memory(r->err);
	for (i = 0; i < r->archive.count; i++) {
		const struct archive_entry *from = &r->archive.entries[i];
		struct asic_entry *to = &c->entries[c->entry_count++];

		to->name = strdup(from->name);
		if (to->name == NULL)
			return error_memory(r->err);
		to->size = from->data.len;
		to->role = asic_role_of(from->name, from->is_directory);
	}
	find_mime_type(r);
	c->type = find_type(r);
	c->evidence_count = count_role(r, ASIC_EVIDENCE);
	if (c->evidence_count > 0)
		asic_remark(c, "the container holds evidence records, which were not judged");
	return 0;
}

void
asic_container_release(struct asic_container *container)
{
	size_t i;

	for (i = 0; i < container->entry_count; i++)
		free(container->entries[i].name);
	for (i = 0; i < container->stamp_count; i++) {
		free(container->stamps[i].name);
		free(container->stamps[i].manifest);
		free(container->stamps[i].covers);
		buf_release(&container->stamps[i].stamp.token);
		coverage_release(&container->stamps[i].stamp.covers);
	}
	free(container->entries);
	free(container->stamps);
	free(container->mime_type);
	memset(container, 0, sizeof(*container));
}

/* ---- rules ---- */

int
asic_only_document(const struct asic_reading *r)
{
	int found = -1;
	size_t i;

	for (i = 0; i < r->container->entry_count; i++) {
		if (r->container->entries[i].role != ASIC_DATA)
			continue;
		if (found >= 0 || strchr(r->container->entries[i].name, '/') != NULL)
			return -1;
		found = (int)i;
	}
	return found;
}

const char *
asic_broken_rule(const struct asic_reading *r)
{
	if (r->container->type == ASIC_S && asic_only_document(r) < 0)
		return "an ASiC-S container holds exactly one document, in its root (EN 319 162-1 "
		       "clause 4.3.3.2); this one does not";
	if (r->container->type == ASIC_E && count_role(r, ASIC_DATA) == 0)
		return "the ASiC-E container holds no document (EN 319 162-1 clause 4.4.3.2)";
	return NULL;
}
