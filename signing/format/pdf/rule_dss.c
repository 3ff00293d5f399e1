/* The document security store (ISO 32000-2 clause 12.8.4.3, EN 319 142-1 clause 5.4.2). */
#include <string.h>

#include "signing/format/pdf/rules.h"

static const struct pdf_spot place = { .key = "/DSS" };

static int
refuse(struct pdf_step *step, const struct pdf_node *at, const char *why)
{
	step_tell(step, CHANGE_OTHER, at->type == PDF_REF ? at->ref.number : 0, NULL,
	    "the validation data (/DSS) %s", why);
	return -1;
}

/*
 * An array of references to streams. Streams that the old revision has are compared, since both may
 * refer to one by its number; entries may come and go.
 */
static int
check_streams(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b)
{
	const struct pdf_node *array = step_new(step, b);
	uint32_t i;

	step_mark(step, a, MARK_EXPLAINED);
	if (array->type != PDF_ARRAY)
		return refuse(step, b, "hold something else than lists of streams");
	for (i = 0; i < array->count; i++) {
		const struct pdf_node *item = array->items[i];

		if (item->type != PDF_REF || !step_new(step, item)->is_stream)
			return refuse(step, b, "hold something else than lists of streams");
		if (!step_is_fresh(step, item))
			step_equal(step, item, item, "/DSS", item->ref.number, &place);
	}
	return 0;
}

/* Keys whose values are arrays of streams, or anything small. */
struct dss_key {
	const char *key;
	int streams;
};

static const struct dss_key *
find_key(const struct dss_key *keys, const char *key)
{
	for (; keys->key != NULL; keys++)
		if (strcmp(keys->key, key) == 0)
			return keys;
	return NULL;
}

static int
check_entry(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b)
{
	static const struct dss_key keys[] = { { "/Type", 0 }, { "/Cert", 1 }, { "/CRL", 1 },
		{ "/OCSP", 1 }, { "/TU", 0 }, { "/TS", 2 }, { NULL, 0 } };
	const struct pdf_node *old = step_old(step, a), *entry = step_new(step, b);
	uint32_t i;

	if (entry->type != PDF_DICT || entry->is_stream)
		return refuse(step, b, "have an entry for a signature that is none");
	for (i = 0; i < entry->count; i++) {
		const struct dss_key *key = find_key(keys, entry->entries[i].key);
		const struct pdf_node *value = entry->entries[i].value;

		if (key == NULL || (key->streams == 2 && !step_new(step, value)->is_stream))
			return refuse(step, b, "have an entry that they may not have");
		if (key->streams == 1 &&
		    check_streams(step, pdf_node_get(old, key->key), value) != 0)
			return -1;
	}
	return 0;
}

/* "/" and the SHA-1 of a signature's value in upper case. */
static int
is_digest_name(const char *name)
{
	return strlen(name) == 41 && strspn(name + 1, "0123456789ABCDEF") == 40;
}

/* What there was for one signature may not vanish. */
static int
keeps_keys(struct pdf_step *step, const struct pdf_node *old, const struct pdf_node *new,
    const struct pdf_node *at)
{
	uint32_t i;

	for (i = 0; old->type == PDF_DICT && i < old->count; i++)
		if (pdf_node_get(new, old->entries[i].key)->type == PDF_NULL)
			return refuse(step, at, "lost an entry");
	return 0;
}

static int
check_vri(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b)
{
	const struct pdf_node *old = step_old(step, a), *vri = step_new(step, b);
	uint32_t i;

	step_mark(step, a, MARK_EXPLAINED);
	if (vri->type != PDF_DICT || vri->is_stream)
		return refuse(step, b, "have entries for signatures (/VRI) that are no dictionary");
	if (keeps_keys(step, old, vri, b) != 0)
		return -1;
	for (i = 0; i < vri->count; i++) {
		const char *name = vri->entries[i].key;
		const struct pdf_node *was = pdf_node_get(old, name);

		if (strcmp(name, "/Type") == 0)
			continue;
		if (!is_digest_name(name))
			return refuse(step, b, "have an entry for what is no signature");
		step_mark(step, was, MARK_EXPLAINED);
		if (check_entry(step, was, vri->entries[i].value) != 0)
			return -1;
	}
	return 0;
}

void
pdf_dss_compare(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b)
{
	static const struct dss_key keys[] = { { "/Type", 0 }, { "/VRI", 2 }, { "/Certs", 1 },
		{ "/CRLs", 1 }, { "/OCSPs", 1 }, { NULL, 0 } };
	const struct pdf_node *old = step_old(step, a), *dss = step_new(step, b);
	int changed;
	uint32_t i;

	if (old->type == PDF_NULL && dss->type == PDF_NULL)
		return;
	changed = step_differs(step, a, b);
	step_mark(step, a, MARK_EXPLAINED);
	if (dss->type != PDF_DICT || dss->is_stream) {
		refuse(step, b, "are no dictionary (any more)");
		return;
	}
	/* Lists may go, not what there was for one signature. */
	if (pdf_node_get(old, "/VRI")->type != PDF_NULL &&
	    pdf_node_get(dss, "/VRI")->type == PDF_NULL) {
		refuse(step, b, "lost what they held for signatures (/VRI)");
		return;
	}
	for (i = 0; i < dss->count; i++) {
		const struct dss_key *key = find_key(keys, dss->entries[i].key);
		const struct pdf_node *value = dss->entries[i].value;
		const struct pdf_node *was = pdf_node_get(old, dss->entries[i].key);

		if (key == NULL) {
			refuse(step, b, "have an entry that they may not have");
			return;
		}
		if ((key->streams == 1 && check_streams(step, was, value) != 0) ||
		    (key->streams == 2 && check_vri(step, was, value) != 0))
			return;
	}
	if (changed)
		step_tell(step, CHANGE_LTA, b->type == PDF_REF ? b->ref.number : 0, NULL,
		    "validation data (/DSS) were added or changed");
}
