/* Readings before and after, for makers that add to a container. */
#include <string.h>

#include "signing/format/asic/asic_parts.h"

int
asic_look_open(
    struct asic_look *l, struct span file, const struct format_limits *limits, struct error *err)
{
	memset(l, 0, sizeof(*l));
	l->options.limits = limits;
	l->r.out = &l->list;
	l->r.container = &l->container;
	l->r.options = &l->options;
	l->r.err = err;
	return asic_reading_open(&l->r, file);
}

void
asic_look_close(struct asic_look *l)
{
	if (l->r.out == NULL)
		return;
	asic_reading_close(&l->r);
	signatures_release(&l->list);
	asic_container_release(&l->container);
}

static int
same_stamp(const struct asic_stamp *a, const struct asic_stamp *b)
{
	return strcmp(a->name, b->name) == 0 && a->failure == b->failure &&
	       a->stamp.imprint_known == b->stamp.imprint_known && a->covers_all == b->covers_all &&
	       memcmp(&a->stamp.imprint, &b->stamp.imprint, sizeof(a->stamp.imprint)) == 0;
}

static int
same_stamps(const struct asic_look *before, const struct asic_look *after)
{
	size_t i, k;

	for (i = 0; i < before->container.stamp_count; i++) {
		for (k = 0; k < after->container.stamp_count; k++)
			if (same_stamp(&before->container.stamps[i], &after->container.stamps[k]))
				break;
		if (k == after->container.stamp_count)
			return 0;
	}
	return 1;
}

static int
may_differ(const char *name, const char *const but[2])
{
	return (but[0] != NULL && strcmp(name, but[0]) == 0) ||
	       (but[1] != NULL && strcmp(name, but[1]) == 0);
}

static int
same_entries(
    const struct asic_look *before, const struct asic_look *after, const char *const but[2])
{
	size_t i;

	if (before->r.archive.count > after->r.archive.count)
		return 0;
	for (i = 0; i < before->r.archive.count; i++) {
		const struct archive_entry *was = &before->r.archive.entries[i],
					   *is = &after->r.archive.entries[i];

		if (strcmp(was->name, is->name) != 0 ||
		    (!may_differ(was->name, but) &&
			!span_equal(SPAN_OF(&was->data), SPAN_OF(&is->data))))
			return 0;
	}
	return 1;
}

int
asic_look_unharmed(
    const struct asic_look *before, const struct asic_look *after, const char *const but[2])
{
	return same_entries(before, after, but) &&
	       signatures_unharmed(&before->list, &after->list) && same_stamps(before, after) &&
	       before->container.unsigned_count == after->container.unsigned_count;
}
