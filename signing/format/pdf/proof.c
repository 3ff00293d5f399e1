#include "signing/format/pdf/proof.h"

#include <string.h>

int
pdf_found_read(struct pdf_found *found, struct span document, const char *password,
    const struct format_limits *limits, struct error *err)
{
	const struct pdf_read_options options = { .limits = limits, .password = password };

	memset(found, 0, sizeof(*found));
	return pdf_read_all(&found->signatures, &found->stamps, document, &options, err);
}

void
pdf_found_release(struct pdf_found *found)
{
	signatures_release(&found->signatures);
	pdf_timestamps_release(&found->stamps);
}

const struct signature *
pdf_found_signature(const struct pdf_found *found, const char *field)
{
	size_t i;

	for (i = 0; i < found->signatures.count; i++)
		if (strcmp(found->signatures.items[i].id, field) == 0)
			return &found->signatures.items[i];
	return NULL;
}

const struct pdf_timestamp *
pdf_found_timestamp(const struct pdf_found *found, const char *field)
{
	size_t i;

	for (i = 0; i < found->stamps.count; i++)
		if (strcmp(found->stamps.items[i].field, field) == 0)
			return &found->stamps.items[i];
	return NULL;
}

/* 1 when nothing happened after it, or nothing that it does not permit. */
static int
is_respected(const struct signature *sig)
{
	return sig->parent != NULL || sig->revision_is_last || sig->changes_permitted;
}

static int
same_signature(const struct signature *old, const struct signature *now)
{
	return now != NULL && now->value_intact == old->value_intact &&
	       now->references_intact == old->references_intact && now->failure == old->failure &&
	       (is_respected(now) || !is_respected(old));
}

static int
same_timestamp(const struct pdf_timestamp *old, const struct pdf_timestamp *now)
{
	return now != NULL && now->failure == old->failure &&
	       now->stamp.imprint_known == old->stamp.imprint_known &&
	       span_equal(SPAN_OF(&now->stamp.token), SPAN_OF(&old->stamp.token));
}

int
pdf_found_unharmed(const struct pdf_found *before, const struct pdf_found *after, struct error *err)
{
	size_t i;
	int same = 1;

	for (i = 0; same && i < before->signatures.count; i++) {
		const struct signature *old = &before->signatures.items[i];

		same = same_signature(old, pdf_found_signature(after, old->id));
	}
	for (i = 0; same && i < before->stamps.count; i++) {
		const struct pdf_timestamp *old = &before->stamps.items[i];

		same = same_timestamp(old, pdf_found_timestamp(after, old->field));
	}
	return same ? 0
		    : error_set(err, ERROR_CONFLICT,
			  "this cannot be added to the PDF without harm to a signature or time "
			  "stamp that it has");
}
