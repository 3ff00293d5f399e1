#include "signing/format/asic/manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/format/asic/archive.h"
#include "signing/format/xml/xml_build.h"
#include "signing/format/xml/xml_dom.h"

/* ---- URIs ---- */

char *
asic_name_of_uri(const char *uri)
{
	char *name, *to;

	if (uri == NULL || *uri == '\0' || strpbrk(uri, "#?") != NULL || strstr(uri, "://") != NULL)
		return NULL;
	while (strncmp(uri, "./", 2) == 0)
		uri += 2;
	if (*uri == '/')
		uri++;
	to = name = malloc(strlen(uri) + 1);
	if (name == NULL)
		return NULL;
	for (; *uri != '\0'; uri++) {
		if (*uri != '%' || text_hex_value(uri[1]) < 0 || text_hex_value(uri[2]) < 0) {
			*to++ = *uri;
			continue;
		}
		*to++ = (char)(text_hex_value(uri[1]) * 16 + text_hex_value(uri[2]));
		uri += 2;
	}
	*to = '\0';
	if (strlen(name) == (size_t)(to - name) && archive_name_is_fine(name, NULL))
		return name;
	free(name);
	return NULL;
}

/* ---- reading ---- */

static int
read_name(const xmlNode *element, char **name, struct error *err)
{
	const char *uri = xml_attr(element, "URI");

	*name = asic_name_of_uri(uri);
	if (*name != NULL)
		return 0;
	return error_set(err, ERROR_MALFORMED, "a URI of the manifest names no entry: %.150s",
	    uri != NULL ? uri : "(absent)");
}

static int
read_object(struct manifest *m, const xmlNode *element, const struct format_limits *limits,
    struct error *err)
{
	const xmlNode *method = xml_child(element, XML_NS_DSIG, "DigestMethod");
	const char *uri = xml_attr(method, "Algorithm"), *root = xml_attr(element, "Rootfile");
	struct manifest_object *bigger, *o;
	size_t i;

	if (m->count >= limits->references)
		return error_limit(err, ERROR_LIMIT, "references", limits->references, 0,
		    "too many objects in a manifest of the container");
	bigger = realloc(m->objects, (m->count + 1) * sizeof(*bigger));
	if (bigger == NULL)
		return error_memory(err);
	m->objects = bigger;
	o = &bigger[m->count++];
	memset(o, 0, sizeof(*o));
	o->digest = uri != NULL ? digest_by_uri(uri) : DIGEST_NONE;
	o->is_root = root != NULL && (strcmp(root, "true") == 0 || strcmp(root, "1") == 0);
	if (read_name(element, &o->name, err) != 0)
		return -1;
	for (i = 0; i + 1 < m->count; i++)
		if (strcmp(m->objects[i].name, o->name) == 0)
			return error_set(err, ERROR_MALFORMED,
			    "a manifest of the container names %.150s twice", o->name);
	return xml_base64(xml_child(element, XML_NS_DSIG, "DigestValue"),
	    "a digest of the manifest", &o->value, err);
}

static void
note(struct manifest *m, const char *problem)
{
	if (m->problem[0] == '\0')
		snprintf(m->problem, sizeof(m->problem), "%s", problem);
}

static int
read_root(struct manifest *m, const struct xml_doc *x, const struct format_limits *limits,
    struct error *err)
{
	const xmlNode *root = xmlDocGetRootElement(x->doc), *node;
	const xmlNode *signature = xml_child(root, ASIC_NAMESPACE, "SigReference");
	size_t i;

	if (!xml_is(root, ASIC_NAMESPACE, "ASiCManifest"))
		return error_set(err, ERROR_MALFORMED, "the manifest is no ASiCManifest");
	if (signature == NULL)
		return error_set(
		    err, ERROR_MALFORMED, "the manifest does not say what signs it (SigReference)");
	if (xml_child_at(root, ASIC_NAMESPACE, "SigReference", 1) != NULL)
		return error_set(
		    err, ERROR_MALFORMED, "the manifest names more than one signature");
	if (read_name(signature, &m->signature, err) != 0)
		return -1;
	for (i = 0; i < x->count; i++) {
		node = x->nodes[i];
		if (node->type != XML_ELEMENT_NODE ||
		    !xml_is(node, ASIC_NAMESPACE, "DataObjectReference"))
			continue;
		if (node->parent != root)
			note(m, "a DataObjectReference does not stand under ASiCManifest");
		if (read_object(m, node, limits, err) != 0)
			return -1;
	}
	if (m->count == 0)
		return error_set(err, ERROR_MALFORMED, "the manifest names no object");
	return 0;
}

int
manifest_read(struct manifest *manifest, struct span file, const struct format_limits *limits,
    struct error *err)
{
	struct xml_doc x;
	int rc;

	memset(manifest, 0, sizeof(*manifest));
	if (xml_doc_parse(&x, file, limits, NULL, err) != 0)
		return -1;
	rc = read_root(manifest, &x, limits, err);
	xml_doc_release(&x);
	if (rc != 0)
		manifest_release(manifest);
	return rc;
}

void
manifest_release(struct manifest *manifest)
{
	size_t i;

	for (i = 0; i < manifest->count; i++) {
		free(manifest->objects[i].name);
		buf_release(&manifest->objects[i].value);
	}
	free(manifest->objects);
	free(manifest->signature);
	memset(manifest, 0, sizeof(*manifest));
}

/* ---- writing ---- */

/* ` name="value"`, with the value percent-encoded where it is a URI. */
static int
put_uri(struct buf *out, const char *name, struct error *err)
{
	if (buf_append_str(out, " URI=\"", err) != 0 || xml_uri_of_name(out, name, err) != 0)
		return -1;
	return buf_append_str(out, "\"", err);
}

static int
put_type(struct buf *out, const char *mime_type, struct error *err)
{
	if (mime_type == NULL)
		return 0;
	if (buf_append_str(out, " MimeType=\"", err) != 0 || xml_escape(out, mime_type, err) != 0)
		return -1;
	return buf_append_str(out, "\"", err);
}

static int
put_object(struct buf *out, const struct document *doc, const struct manifest_plan *plan,
    struct error *err)
{
	const int is_root = plan->root != NULL && strcmp(plan->root, doc->name) == 0;
	const enum digest digest = plan->digest;
	unsigned char value[DIGEST_SIZE_MAX];

	if (document_digest(doc, digest, value, err) != 0 ||
	    buf_append_str(out, "<asic:DataObjectReference", err) != 0 ||
	    put_uri(out, doc->name, err) != 0 || put_type(out, doc->mime_type, err) != 0 ||
	    buf_printf(out, err, "%s><ds:DigestMethod Algorithm=\"%s\"/><ds:DigestValue>",
		is_root ? " Rootfile=\"true\"" : "", digest_uri(digest)) != 0 ||
	    text_base64(out, (struct span){ value, digest_size(digest) }, 0, err) != 0)
		return -1;
	return buf_append_str(out, "</ds:DigestValue></asic:DataObjectReference>", err);
}

int
manifest_write(struct buf *out, const struct manifest_plan *plan, struct error *err)
{
	size_t i;

	if (digest_uri(plan->digest) == NULL)
		return error_set(err, ERROR_UNSUPPORTED,
		    "%s has no identifier for manifests of containers; choose SHA256, SHA384 or "
		    "SHA512",
		    digest_name(plan->digest));
	if (buf_append_str(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<asic:ASiCManifest xmlns:asic=\"" ASIC_NAMESPACE "\" xmlns:ds=\"" XML_NS_DSIG "\">"
		"<asic:SigReference",
		err) != 0 ||
	    put_uri(out, plan->signature, err) != 0 || put_type(out, plan->mime_type, err) != 0 ||
	    buf_append_str(out, "/>", err) != 0)
		return -1;
	for (i = 0; i < plan->count; i++)
		if (put_object(out, &plan->docs[i], plan, err) != 0)
			return -1;
	return buf_append_str(out, "</asic:ASiCManifest>\n", err);
}

static int
put_file_entry(struct buf *out, const char *path, const char *mime_type, struct error *err)
{
	if (buf_append_str(out, "<manifest:file-entry manifest:full-path=\"", err) != 0 ||
	    xml_escape(out, path, err) != 0 ||
	    buf_append_str(out, "\" manifest:media-type=\"", err) != 0 ||
	    xml_escape(out, mime_type != NULL ? mime_type : "application/octet-stream", err) != 0)
		return -1;
	return buf_append_str(out, "\"/>", err);
}

int
manifest_write_package(struct buf *out, const char *container_type, const struct document *docs,
    size_t count, struct error *err)
{
	size_t i;

	if (buf_append_str(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<manifest:manifest "
		"xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\" "
		"manifest:version=\"1.2\">",
		err) != 0 ||
	    put_file_entry(out, "/", container_type, err) != 0)
		return -1;
	for (i = 0; i < count; i++)
		if (put_file_entry(out, docs[i].name, docs[i].mime_type, err) != 0)
			return -1;
	return buf_append_str(out, "</manifest:manifest>\n", err);
}
