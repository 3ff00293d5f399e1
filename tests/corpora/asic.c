/* Containers: what asic_read() says of their signatures and, of BSI's, of their time stamps. */
#include <string.h>

#include "signing/format/asic/asic_read.h"
#include "signing/proof/tsp.h"
#include "tests/corpora/corpora.h"

static int
open_row(const struct corpus_row *row, struct signatures *list, struct asic_container *container,
    struct corpus_finding *found)
{
	const struct asic_read_options options = { .name = row->file };
	struct buf file = BUF_INIT(0);
	struct error err = ERROR_INIT;
	int rc = -1;

	if (corpus_read(row, row->file, &file, &err) != 0)
		corpus_say(found, CORPUS_SKIPPED, "%s", err.text);
	else if (asic_read(list, container, SPAN_OF(&file), &options, &err) != 0)
		corpus_say(found, CORPUS_ERROR, "%s [%s]", err.text, err.cause);
	else
		rc = 0;
	buf_release(&file);
	return rc;
}

/* Objects of an ASiCManifest are told apart: the manifest is what the signature is over. */
static int
is_intact_for_dss(const struct signature *sig)
{
	if (sig->format == FORMAT_CMS && sig->reference_count > 0 &&
	    !sig->references[0].is_document)
		return sig->value_intact && sig->references[0].intact;
	return sig->value_intact && sig->references_intact;
}

/* Rows of one family are about its signatures: a container of the other has none for them. */
/* One over an archive manifest is counted with the signatures that it is over. */
static int
stands_under(const struct signatures *list, const struct asic_stamp *stamp)
{
	size_t i, k;

	for (i = 0; i < list->count; i++)
		for (k = 0; k < list->items[i].timestamp_count; k++)
			if (span_equal(SPAN_OF(&list->items[i].timestamps[k].token),
				SPAN_OF(&stamp->stamp.token)))
				return 1;
	return 0;
}

static void
check_family(const struct corpus_row *row, struct corpus_finding *found, enum format format)
{
	struct asic_container container = { 0 };
	struct signatures list = { 0 };
	size_t i, other = 0;

	if (open_row(row, &list, &container, found) == 0) {
		for (i = 0; i < list.count; i++)
			other += list.items[i].format != format;
		if (list.count > 0 && other == list.count)
			corpus_say(found, CORPUS_ERROR, "its signatures are of the other family");
		else
			corpus_judge(&list, found);
		for (i = 0; i < list.count && i < found->count; i++)
			found->signatures[i].intact = is_intact_for_dss(&list.items[i]);
		for (i = 0; i < container.stamp_count && found->stamp_count < CORPUS_SIGNATURES_MAX;
		     i++) {
			if (stands_under(&list, &container.stamps[i]))
				continue;
			found->stamps[found->stamp_count++] = (struct corpus_stamp){
				.intact = container.stamps[i].failure == SUB_NONE &&
					  corpus_stamp_is_intact(&container.stamps[i].stamp, NULL),
				.kind = container.stamps[i].stamp.kind,
				.signature = SIZE_MAX
			};
		}
	}
	asic_container_release(&container);
	signatures_release(&list);
}

static void
check_cades(const struct corpus_row *row, struct corpus_finding *found)
{
	check_family(row, found, FORMAT_CMS);
}

static void
check_xades(const struct corpus_row *row, struct corpus_finding *found)
{
	check_family(row, found, FORMAT_XML);
}

/* Each token intact, over what it must cover, and that as it was. */
static void
check_stamps(const struct corpus_row *row, struct corpus_finding *found)
{
	struct asic_container container = { 0 };
	struct signatures list = { 0 };
	size_t i;

	if (open_row(row, &list, &container, found) != 0)
		goto done;
	corpus_say(found, CORPUS_VALID, "%zu time stamps", container.stamp_count);
	if (container.stamp_count == 0)
		corpus_say(found, CORPUS_INVALID, "no time stamp");
	for (i = 0; i < container.stamp_count; i++) {
		const struct asic_stamp *s = &container.stamps[i];
		struct timestamp_token token = { 0 };
		struct error err = ERROR_INIT;

		if (s->failure != SUB_NONE)
			corpus_say(found, CORPUS_INVALID, "%s", s->failure_text);
		else if (timestamp_token_read(&token, SPAN_OF(&s->stamp.token), NULL, &err) != 0)
			corpus_say(found, CORPUS_INVALID, "%s", err.text);
		else if (!token.value_intact || tsp_matches(&token, &s->stamp.imprint) != 1)
			corpus_say(found, CORPUS_INVALID, "%s does not fit", s->name);
		timestamp_token_release(&token);
	}
done:
	asic_container_release(&container);
	signatures_release(&list);
}

const struct corpus_kind corpora_asic[] = {
	{ "dss", "asic-cades", check_cades },
	{ "dss", "asic-cades-er", check_cades },
	{ "dss", "asic-xades", check_xades },
	{ "dss", "asic-xades-er", check_xades },
	{ "bsi-tresor-c2", "asic-e-cades", check_cades },
	{ "bsi-tresor-c2", "asic-s-cades", check_cades },
	{ "bsi-tresor-c2", "asic-s-xades", check_xades },
	{ "bsi-tresor-c2", "asic-e-tst", check_stamps },
	{ NULL, NULL, NULL },
};
