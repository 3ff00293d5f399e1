/* ds:Reference: find the data, transform it, digest it, say what was covered (XML-DSig 3.2.1). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/format/xml/xml_reader.h"

int
xml_is_fatal(const struct error *err)
{
	return err->kind == ERROR_LIMIT || err->kind == ERROR_TOO_LARGE ||
	       err->kind == ERROR_UNAVAILABLE || err->kind == ERROR_INTERNAL;
}

void
xml_tidy(char *text)
{
	size_t i = 0, n, left = strlen(text);

	for (; left > 0; i += n, left -= n) {
		unsigned char c = (unsigned char)text[i];

		n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
		if (n > left || !text_is_utf8(text + i, n)) {
			text[i] = '?';
			n = 1;
		}
	}
}

void
xml_take_problem(struct error *err, char *text, size_t size)
{
	if (text[0] == '\0')
		snprintf(text, size, "%.*s", (int)size - 1, err->text);
	xml_tidy(text);
	error_clear(err);
}

/* ---- finding the data ---- */

/* 1: nothing else that is signed beside it lies outside of the signature's file. */
static int
is_only_external(const xmlNode *reference)
{
	const xmlNode *n;
	const char *uri;
	size_t count = 0;

	for (n = xml_first(reference->parent); n != NULL; n = xml_next(n)) {
		if (!xml_is(n, XML_NS_DSIG, "Reference"))
			continue;
		uri = xml_attr(n, "URI");
		count += uri == NULL || (uri[0] != '\0' && uri[0] != '#');
	}
	return count == 1;
}

static const struct document *
find_detached(const struct xml_read_options *options, const xmlNode *reference, const char *uri)
{
	const struct document *d = xml_detached_by_name(options, uri);

	if (d != NULL || options->detached_count != 1)
		return d;
	if (uri == NULL || options->detached[0].name == NULL ||
	    (!options->names_bind && is_only_external(reference)))
		return &options->detached[0];
	return NULL;
}

static int
start_with_nodes(struct xml_reader *r, const xmlNode *apex, int comments, struct xml_data *data,
    struct error *err)
{
	if (xml_spend(&r->budget, r->doc.count / 64 + 1, err) != 0 ||
	    xml_set_init(&data->set, &r->doc, err) != 0)
		return -1;
	data->is_nodes = 1;
	data->set.apex = apex;
	xml_set_fill(&data->set, apex, 1);
	if (!comments)
		xml_set_drop_comments(&data->set);
	return 0;
}

/* *only is set where the document is known by its digests alone. */
static int
dereference(struct xml_reader *r, const xmlNode *reference, struct xml_data *data,
    struct xml_resolved *resolved, const struct document **only, struct error *err)
{
	const char *uri = xml_attr(reference, "URI");
	const struct document *d;
	int comments;

	*only = NULL;
	if (uri != NULL && (uri[0] == '\0' || uri[0] == '#')) {
		resolved->same_document = 1;
		if (xml_pointer(&r->doc, uri[0] == '#' ? uri + 1 : NULL, &resolved->element,
			&comments, err) != 0)
			return -1;
		return start_with_nodes(r, resolved->element, comments, data, err);
	}
	d = resolved->given != NULL ? resolved->given : find_detached(r->options, reference, uri);
	if (d == NULL)
		return error_set(err, ERROR_NOT_FOUND,
		    uri == NULL ? "the reference has no URI and it cannot be told which document "
				  "it means"
		    : r->options->detached_count > 1 && !r->options->names_bind
			? "the document %.150s is not at hand: none that came along has its name, "
			  "or its "
			  "digest"
			: "the document %.150s is not at hand; pass it along",
		    uri);
	resolved->document = d;
	if (d->has_content)
		data->octets = d->content;
	else
		*only = d;
	return 0;
}

/* ---- what is covered ---- */

struct judgement {
	const xmlNode *signature;
	enum scope scope;
	int whole;
	int keeps_space; /* as in struct xml_transforming */
};

static size_t
behind_attributes(const struct xml_doc *x, size_t at)
{
	size_t end = x->ends[at];

	for (at++; at < end && x->nodes[at]->type == XML_ATTRIBUTE_NODE; at++)
		;
	return at;
}

/* The ds:Object, child of the signature, that holds the node. */
static const xmlNode *
object_of(const xmlNode *signature, const xmlNode *node)
{
	while (node != NULL && node->parent != signature)
		node = node->parent;
	return xml_is(node, XML_NS_DSIG, "Object") ? node : NULL;
}

static void
judge(void *arg, const struct xml_set *set, int as_text)
{
	struct judgement *j = arg;
	const struct xml_doc *x = set->x;
	size_t s = xml_index(j->signature), o;
	const xmlNode *root = xmlDocGetRootElement(x->doc), *object;

	j->whole = !as_text && xml_set_covers(set, xml_set_from(set), xml_set_to(set));
	if (root != j->signature) {
		if (!as_text && xml_set_covers(set, 0, s) &&
		    xml_set_covers(set, x->ends[s], x->count))
			j->scope = SCOPE_FULL;
		return;
	}
	object = set->apex != NULL ? object_of(j->signature, set->apex) : NULL;
	if (object == NULL)
		return;
	o = xml_index(object);
	if (as_text && xml_first(object) != NULL)
		return;
	if (xml_set_covers(set, behind_attributes(x, o), x->ends[o]) &&
	    behind_attributes(x, o) < x->ends[o])
		j->scope = SCOPE_FULL;
}

/* ---- transforming ---- */

static int
run(struct xml_reader *r, const xmlNode *signature, const xmlNode *reference,
    const struct xml_c14n *last, struct judgement *j, struct xml_data *data,
    struct xml_resolved *resolved, const struct document **only, struct error *err)
{
	struct xml_transforming t = { &r->doc, signature, &r->budget, judge, j, j->keeps_space };
	const xmlNode *transforms = xml_child(reference, XML_NS_DSIG, "Transforms"), *transform;
	const char *uri = xml_attr(reference, "URI");
	unsigned int n = 0;

	if (dereference(r, reference, data, resolved, only, err) != 0)
		return -1;
	for (transform = xml_first(transforms); transform != NULL;
	     transform = xml_next(transform)) {
		if (!xml_is(transform, XML_NS_DSIG, "Transform"))
			return error_set(
			    err, ERROR_MALFORMED, "ds:Transforms holds something else");
		if (++n > r->budget.limits.transforms)
			return error_limit(err, ERROR_LIMIT, "transforms",
			    r->budget.limits.transforms, 0, "too many transforms in a reference");
		if (*only != NULL)
			return error_set(err, ERROR_NOT_FOUND,
			    "the reference transforms the document %.100s, of which only a digest "
			    "is at hand; pass its content",
			    uri != NULL ? uri : "");
		if (xml_transform(&t, transform, data, err) != 0)
			return -1;
	}
	if (*only == NULL && xml_to_octets(&t, last, data, err) != 0)
		return -1;
	if (data->selected != NULL)
		resolved->element = data->selected;
	return 0;
}

int
xml_reference_try(struct xml_reader *r, const xmlNode *signature, const xmlNode *reference,
    const struct document *document, struct xml_data *data, struct error *err)
{
	struct judgement j = { .signature = signature };
	struct xml_resolved resolved = { .given = document };
	const struct document *only;

	return run(r, signature, reference, NULL, &j, data, &resolved, &only, err);
}

/* ---- facts ---- */

static int
copy_string(char **to, const char *from, struct error *err)
{
	if (from == NULL)
		return 0;
	*to = strdup(from);
	return *to != NULL ? 0 : error_memory(err);
}

static int
note_transforms(const xmlNode *reference, struct reference *ref, struct error *err)
{
	const xmlNode *t = xml_first(xml_child(reference, XML_NS_DSIG, "Transforms"));
	struct buf list = BUF_INIT(0);
	int rc = 0;

	for (; t != NULL && rc == 0; t = xml_next(t))
		rc = buf_printf(&list, err, "%s%s", list.len > 0 ? " " : "",
		    xml_attr(t, "Algorithm") != NULL ? xml_attr(t, "Algorithm") : "?");
	if (rc == 0 && list.len > 0)
		rc = copy_string(&ref->transforms, (const char *)list.data, err);
	buf_release(&list);
	return rc;
}

/* DigestMethod and DigestValue: exactly one each, at the end, nothing else beside Transforms. */
static int
read_digest(const xmlNode *reference, struct reference *ref, struct error *err)
{
	const xmlNode *c = xml_first(reference), *method;
	const char *uri;

	if (xml_is(c, XML_NS_DSIG, "Transforms"))
		c = xml_next(c);
	method = c;
	c = xml_next(c);
	if (!xml_is(method, XML_NS_DSIG, "DigestMethod") ||
	    !xml_is(c, XML_NS_DSIG, "DigestValue") || xml_next(c) != NULL)
		return error_set(err, ERROR_MALFORMED,
		    "a ds:Reference is not Transforms, DigestMethod, DigestValue");
	uri = xml_attr(method, "Algorithm");
	ref->digest = uri != NULL ? digest_by_uri(uri) : DIGEST_NONE;
	if (ref->digest == DIGEST_NONE)
		return error_set(err, ERROR_UNSUPPORTED,
		    "the digest algorithm %.200s is not supported", uri != NULL ? uri : "(none)");
	return xml_base64(c, "a reference's digest value", &ref->digest_value, err);
}

/* For a reference that was read before: the document that it led to, where names do not say. */
static int
find_again(struct xml_reader *r, const xmlNode *signature, const xmlNode *reference,
    const struct document **given, struct error *err)
{
	struct reference ref = { 0 };
	int rc = 0;

	*given = NULL;
	if (r->options->detached_count < 2)
		return 0;
	if (copy_string(&ref.uri, xml_attr(reference, "URI"), err) != 0 ||
	    read_digest(reference, &ref, err) != 0 ||
	    xml_detached_by_digest(r, signature, reference, &ref, given, err) != 0)
		rc = -1;
	free(ref.uri);
	buf_release(&ref.digest_value);
	return rc;
}

int
xml_reference_octets(struct xml_reader *r, const xmlNode *signature, const xmlNode *reference,
    const struct xml_c14n *c14n, struct buf *out, struct error *err)
{
	struct judgement j = { .signature = signature };
	struct xml_data data = { 0 };
	struct xml_resolved resolved = { 0 };
	const struct document *only = NULL;
	int rc = find_again(r, signature, reference, &resolved.given, err);

	if (rc == 0)
		rc = run(r, signature, reference, c14n, &j, &data, &resolved, &only, err);
	if (rc == 0 && only != NULL)
		rc = error_set(err, ERROR_NOT_FOUND,
		    "only a digest of a signed document is at hand; pass its content");
	if (rc == 0)
		rc = buf_append_span(out, data.octets, err);
	xml_data_release(&data);
	return rc;
}

/* Where the named Type says what the data is, it must be just that: wrapping attacks move it. */
static int
check_type(const struct xml_parts *parts, const char *type, const struct xml_resolved *resolved,
    struct error *err)
{
	const xmlNode *e = resolved->element;

	if (type == NULL || !resolved->same_document)
		return 0;
	if (xml_is_signed_properties_type(type)) {
		if (parts->properties == NULL ||
		    e != xml_child(parts->properties, parts->xades, "SignedProperties"))
			return error_set(err, ERROR_NOT_FOUND,
			    "the reference to SignedProperties leads to other ones than those of "
			    "this signature");
	} else if (strcmp(type, XML_NS_DSIG "Object") == 0) {
		/* KeyInfo goes by this Type too, in Czech signatures for example. */
		if (e == NULL || e->parent != parts->signature)
			return error_set(err, ERROR_NOT_FOUND,
			    "the reference to an Object leads to none of this signature's");
	} else if (strcmp(type, XML_NS_DSIG "Manifest") == 0) {
		if (!xml_is(e, XML_NS_DSIG, "Manifest") ||
		    (object_of(parts->signature, e) != e->parent))
			return error_set(err, ERROR_NOT_FOUND,
			    "the reference to a Manifest leads to none of this signature's");
	}
	return 0;
}

/* Whether data is a user's, or part of how signatures are made up. */
static int
is_document(const struct xml_parts *parts, const struct xml_resolved *resolved)
{
	static const char *const own[] = { "Manifest", "KeyInfo", "SignatureProperties",
		"SignatureProperty", "SignatureValue", "SignedInfo", "Reference" };
	const xmlNode *e = resolved->element;
	size_t i;

	if (!resolved->same_document)
		return 1;
	if (e == NULL)
		return 1;
	if (parts->properties != NULL && xml_is(e, parts->xades, "SignedProperties"))
		return 0;
	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (xml_is(e, XML_NS_DSIG, own[i]))
			return 0;
	return 1;
}

static void
tell_changed(struct reference *ref)
{
	if (ref->uri != NULL && ref->uri[0] == '\0')
		snprintf(ref->problem, sizeof(ref->problem),
		    "the %s digest of the document is not the signed one",
		    digest_name(ref->digest));
	else
		snprintf(ref->problem, sizeof(ref->problem),
		    "the %s digest of what %.100s refers to is not the signed one",
		    digest_name(ref->digest), ref->uri != NULL ? ref->uri : "the reference");
}

static int
compare(struct xml_reader *r, const struct document *only, const struct xml_data *data,
    struct reference *ref, struct error *err)
{
	unsigned char value[DIGEST_SIZE_MAX];
	struct span stated = SPAN_OF(&ref->digest_value);
	size_t size = digest_size(ref->digest);

	if (only == NULL && xml_spend_bytes(&r->budget, data->octets.len, err) != 0)
		return -1;
	if (only != NULL ? document_digest(only, ref->digest, value, err) != 0
			 : digest_span(ref->digest, data->octets, value, err) != 0)
		return -1;
	if (r->options->keep_octets && only == NULL &&
	    buf_append_span(&ref->octets, data->octets, err) != 0)
		return -1;
	ref->found = 1;
	ref->intact = span_equal(stated, (struct span){ value, size });
	if (!ref->intact)
		tell_changed(ref);
	xml_tidy(ref->problem);
	return buf_append(&ref->computed, value, size, err);
}

/* What was digested may be what an older signer took for the relationships of a part. */
static int
try_with_space(struct xml_reader *r, const struct xml_parts *parts, const xmlNode *reference,
    struct reference *ref, struct xml_resolved *resolved, struct error *err)
{
	struct judgement j = { .signature = parts->signature, .keeps_space = 1 };
	struct xml_resolved again = { .given = resolved->given };
	struct xml_data data = { 0 };
	const struct document *only = NULL;
	int rc;

	if (!(r->options->tolerate & DEVIATION_BIT(DEVIATION_RELATIONSHIP_SPACE)) ||
	    ref->transforms == NULL || strstr(ref->transforms, XML_TRANSFORM_RELATIONSHIPS) == NULL)
		return 0;
	ref->computed.len = ref->octets.len = 0;
	ref->problem[0] = '\0';
	rc = run(r, parts->signature, reference, NULL, &j, &data, &again, &only, err);
	if (rc == 0)
		rc = compare(r, only, &data, ref, err);
	if (rc == 0 && ref->intact)
		resolved->deviations |= DEVIATION_BIT(DEVIATION_RELATIONSHIP_SPACE);
	xml_data_release(&data);
	return rc;
}

int
xml_reference_check(struct xml_reader *r, const struct xml_parts *parts, const xmlNode *reference,
    struct reference *ref, struct xml_resolved *resolved, struct error *err)
{
	struct judgement j = { .signature = parts->signature, .scope = SCOPE_PARTIAL };
	struct xml_data data = { 0 };
	const struct document *only = NULL;
	struct error problem = ERROR_INIT;
	int rc = -1;

	ref->scope = SCOPE_PARTIAL;
	if (copy_string(&ref->name, xml_attr(reference, "Id"), err) != 0 ||
	    copy_string(&ref->uri, xml_attr(reference, "URI"), err) != 0 ||
	    copy_string(&ref->type, xml_attr(reference, "Type"), err) != 0 ||
	    note_transforms(reference, ref, err) != 0)
		goto done;
	if (read_digest(reference, ref, &problem) != 0 ||
	    xml_detached_by_digest(
		r, parts->signature, reference, ref, &resolved->given, &problem) != 0 ||
	    run(r, parts->signature, reference, NULL, &j, &data, resolved, &only, &problem) != 0)
		goto problem;
	resolved->whole = j.whole && !data.reduced;
	ref->is_document = is_document(parts, resolved);
	if (resolved->document != NULL && !r->options->names_bind)
		ref->original = (unsigned int)(resolved->document - r->options->detached) + 1;
	if (resolved->element != NULL) {
		if (copy_string(&ref->id, xml_id_of(resolved->element), err) != 0)
			goto done;
		ref->path = xml_path_of(resolved->element);
	} else if (resolved->same_document) {
		ref->path = strdup("/");
	}
	if (check_type(parts, ref->type, resolved, &problem) != 0 ||
	    compare(r, only, &data, ref, &problem) != 0)
		goto problem;
	if (!ref->intact && try_with_space(r, parts, reference, ref, resolved, &problem) != 0)
		goto problem;
	if (!resolved->same_document)
		j.scope = SCOPE_FULL;
	if (ref->is_document && !data.reduced)
		ref->scope = j.scope;
	rc = 0;
problem:
	if (rc != 0 && xml_is_fatal(&problem)) {
		*err = problem;
	} else if (rc != 0) {
		xml_take_problem(&problem, ref->problem, sizeof(ref->problem));
		ref->found = ref->intact = 0;
		rc = 0;
	}
done:
	xml_data_release(&data);
	return rc;
}
