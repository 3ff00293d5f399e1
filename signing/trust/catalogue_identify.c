/* Which algorithm does a catalogue mean? Findings, names, identifiers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "signing/trust/catalogue_private.h"

void
dssc_find(struct dssc_reading *r, const xmlNode *at, int is_error, const char *fmt, ...)
{
	struct catalogue_findings *all = r->findings;
	struct catalogue_finding *f;
	va_list args;

	r->errors += is_error != 0;
	/* Errors matter more than notes: the last place is theirs. */
	if (all->count == CATALOGUE_FINDINGS_MAX ||
	    (!is_error && all->count == CATALOGUE_FINDINGS_MAX - 1))
		return;
	f = &all->items[all->count++];
	f->line = at != NULL ? xmlGetLineNo(at) : 0;
	f->is_error = is_error;
	va_start(args, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, args);
	va_end(args);
	xml_tidy(f->text);
}

const char *
dssc_text(struct dssc_reading *r, const xmlNode *node, const char *what)
{
	char *own = xml_node_text(node);
	const char *text = own != NULL ? arena_text(r->arena, own, r->err) : NULL;

	if (own == NULL || *own == '\0')
		dssc_find(r, node, 1, "%s is missing or empty", what);
	free(own);
	return text != NULL ? text : "";
}

static void
note_unknown(struct dssc_reading *r, const xmlNode *node, const char *oid)
{
	const struct named *near = named_nearly(oid);

	if (!oid_is_formed(oid))
		dssc_find(r, node, 1, "\"%.80s\" is no object identifier", oid);
	else if (near != NULL)
		dssc_find(r, node, 1, "the object identifier %.80s is %s: %s is known", oid,
		    strlen(oid) < strlen(near->oid) ? "cut short" : "too long", near->oid);
	else
		dssc_find(r, node, 0,
		    "the object identifier %.80s is not known here and passed over", oid);
}

/* Names and identifiers are written by different hands: where they differ, one is a slip. */
static void
check_name(struct dssc_reading *r, const xmlNode *node, const char *name, const struct named *n)
{
	const enum digest digest = named_digest(name);
	const char *curve;
	int is_curve = named_curve(name, &curve);

	if (n->kind == NAMED_DIGEST ? (digest != DIGEST_NONE && digest != n->digest) || is_curve ||
					  named_otherwise(name, n)
	    : n->kind == NAMED_CURVE
		? !is_curve || curve == NULL || strcmp(curve, n->curve) != 0
		: is_curve || named_otherwise(name, n) ||
		      (digest != DIGEST_NONE && n->digest != DIGEST_NONE && digest != n->digest))
		dssc_find(r, node, 1, "\"%.60s\" is not the algorithm of the object identifier %s",
		    name, n->oid);
	else if (n->kind == NAMED_SIGNATURE && digest != DIGEST_NONE && n->digest == DIGEST_NONE &&
		 n->padding != PADDING_PSS)
		dssc_find(r, node, 1,
		    "\"%.60s\" names a digest, but the object identifier %s is that of the key "
		    "with any digest",
		    name, n->oid);
	else if (n->kind != NAMED_DIGEST && digest != DIGEST_NONE && n->kind == NAMED_CURVE)
		dssc_find(r, node, 1, "\"%.60s\" is no curve", name);
	/* A digest called by its name alone must be one. */
	if (n->kind == NAMED_SIGNATURE && digest != DIGEST_NONE && strlen(name) <= 9 &&
	    strncasecmp(name, "SHA", 3) == 0)
		dssc_find(r, node, 1,
		    "\"%.60s\" is a digest, but %s is the identifier of a signature algorithm",
		    name, n->oid);
}

static void
check_uris(struct dssc_reading *r, const xmlNode *identifier, const struct dssc_identified *id)
{
	const xmlNode *c;
	enum digest digest;
	char *uri;
	size_t i;

	for (c = xml_first(identifier); c != NULL; c = xml_next(c)) {
		if (!xml_is(c, XML_NS_DSSC, "URI"))
			continue;
		uri = xml_node_text(c);
		digest = uri != NULL ? digest_by_uri(uri) : DIGEST_NONE;
		for (i = 0; i < id->count && digest != DIGEST_NONE; i++)
			if (id->items[i]->kind != NAMED_DIGEST || id->items[i]->digest != digest)
				dssc_find(r, c, 1, "the URI %.80s is not the algorithm of %s", uri,
				    id->items[i]->oid);
		free(uri);
	}
}

void
dssc_identify(struct dssc_reading *r, const xmlNode *node, struct dssc_identified *id)
{
	const struct named *n;
	const xmlNode *c;
	const char *curve;
	char *oid;
	size_t oids = 0;

	id->name = dssc_text(r, xml_child(node, XML_NS_DSSC, "Name"), "the name of an algorithm");
	for (c = xml_first(node); c != NULL; c = xml_next(c)) {
		if (!xml_is(c, XML_NS_DSSC, "ObjectIdentifier"))
			continue;
		oid = xml_node_text(c);
		n = oid != NULL ? named_by_oid(oid) : NULL;
		oids++;
		if (n == NULL)
			note_unknown(r, c, oid != NULL ? oid : "");
		else if (id->count == DSSC_IDENTIFIERS_MAX)
			dssc_find(r, c, 1, "an algorithm has more than %d identifiers",
			    DSSC_IDENTIFIERS_MAX);
		else {
			check_name(r, c, id->name, n);
			id->items[id->count++] = n;
		}
		free(oid);
	}
	if (oids == 0)
		dssc_find(r, node, 1, "the algorithm \"%.60s\" has no object identifier", id->name);
	if (id->count == 0 && named_curve(id->name, &curve) && curve == NULL)
		dssc_find(r, node, 1, "there is no curve \"%.60s\"", id->name);
	check_uris(r, node, id);
}
