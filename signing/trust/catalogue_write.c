/* Catalogues as DSSC files (signing/trust/catalogue_file.h). */
#include <stdio.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/trust/catalogue_file.h"
#include "signing/trust/catalogue_names.h"

static const char *
oid_of(enum named_kind kind, enum key_type key, enum padding padding, enum digest digest)
{
	size_t i;

	for (i = 0; i < named_count; i++)
		if (named_table[i].kind == kind && named_table[i].digest == digest &&
		    (kind == NAMED_DIGEST ||
			(named_table[i].key == key && named_table[i].padding == padding)))
			return named_table[i].oid;
	return NULL;
}

static int
put_validity(struct buf *out, const char *since, const char *until, struct error *err)
{
	if (buf_append_str(out, "\t\t\t<Validity>", err) != 0 ||
	    (since != NULL && buf_printf(out, err, "<Start>%s</Start>", since) != 0) ||
	    (until != NULL && buf_printf(out, err, "<End>%s</End>", until) != 0))
		return -1;
	return buf_append_str(out, "</Validity>\n\t\t</Evaluation>\n\t</Algorithm>\n", err);
}

static int
put_identifier(struct buf *out, const char *name, const char *oid, struct error *err)
{
	if (oid == NULL)
		return error_set(err, ERROR_UNSUPPORTED,
		    "the algorithm %s has no object identifier to write", name);
	return buf_printf(out, err,
	    "\t<Algorithm>\n\t\t<AlgorithmIdentifier><Name>%s</Name><ObjectIdentifier>%s"
	    "</ObjectIdentifier></AlgorithmIdentifier>\n\t\t<Evaluation>\n",
	    name, oid);
}

static int
put_digest(struct buf *out, const struct catalogue_digest *row, struct error *err)
{
	if (put_identifier(out, digest_name(row->digest),
		oid_of(NAMED_DIGEST, KEY_UNKNOWN, PADDING_NONE, row->digest), err) != 0)
		return -1;
	return put_validity(out, row->since, row->until, err);
}

static int
put_key(struct buf *out, const struct catalogue_key *row, struct error *err)
{
	static const char *const parameters[KEY_TYPES] = {
		[KEY_RSA] = "moduluslength", [KEY_DSA] = "plength", [KEY_EC] = "qlength"
	};
	char name[80];

	snprintf(name, sizeof(name), "%s%s%s%s",
	    row->key == KEY_EC ? "ECDSA" : key_type_name(row->key),
	    row->padding == PADDING_PSS ? "SSA-PSS" : "",
	    row->digest != DIGEST_NONE ? " with " : "",
	    row->digest != DIGEST_NONE ? digest_name(row->digest) : "");
	if (put_identifier(
		out, name, oid_of(NAMED_SIGNATURE, row->key, row->padding, row->digest), err) != 0)
		return -1;
	if (parameters[row->key] != NULL && row->bits_min > 0 &&
	    buf_printf(out, err, "\t\t\t<Parameter name=\"%s\"><Min>%d</Min></Parameter>\n",
		parameters[row->key], row->bits_min) != 0)
		return -1;
	if (row->curve != NULL &&
	    buf_printf(out, err,
		"\t\t\t<Parameter name=\"curve\"><Curve xmlns=\"urn:signet:dssc:1\">%s</Curve>"
		"</Parameter>\n",
		row->curve) != 0)
		return -1;
	return put_validity(out, row->since, row->until, err);
}

/* Names and versions go into text: what XML would read otherwise has no place in them. */
static int
is_plain(const char *s)
{
	return strpbrk(s, "<>&\"") == NULL && text_is_utf8(s, strlen(s));
}

int
catalogue_file_write(struct buf *out, const struct catalogue *c,
    const struct catalogue_edition *edition, struct error *err)
{
	char issued[TEXT_TIME_SIZE], next[TEXT_TIME_SIZE];
	const size_t start = out->len;
	size_t i;

	if (!is_plain(c->name) || !is_plain(edition->version) || !is_plain(edition->publisher))
		return error_set(err, ERROR_MALFORMED,
		    "name, version and publisher of a catalogue cannot hold < > & or quotes");
	if (buf_printf(out, err,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<SecuritySuitabilityPolicy "
		"xmlns=\"urn:ietf:params:xml:ns:dssc\" version=\"1\" lang=\"en\" id=\"policy\">\n"
		"\t<PolicyName><Name>%s</Name><ObjectIdentifier>%s</ObjectIdentifier>"
		"</PolicyName>\n\t<Publisher><Name>%s</Name></Publisher>\n"
		"\t<PolicyIssueDate>%s</PolicyIssueDate>\n",
		c->name, edition->version, edition->publisher,
		text_time(issued, edition->issued)) != 0)
		goto failed;
	if (edition->next_update != CATALOGUE_OPEN &&
	    buf_printf(out, err, "\t<NextUpdate>%s</NextUpdate>\n",
		text_time(next, edition->next_update)) != 0)
		goto failed;
	for (i = 0; i < c->digest_count; i++)
		if (put_digest(out, &c->digests[i], err) != 0)
			goto failed;
	for (i = 0; i < c->key_count; i++)
		if (put_key(out, &c->keys[i], err) != 0)
			goto failed;
	if (buf_append_str(out, "</SecuritySuitabilityPolicy>\n", err) != 0)
		goto failed;
	return 0;
failed:
	out->len = start;
	return -1;
}
