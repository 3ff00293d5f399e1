#include "signing/verify/document.h"

#include <stdlib.h>

struct verify_document_stamp
verify_document_stamp_at(const struct document_facts *facts, size_t n)
{
	const struct pdf_timestamp *p;
	const struct asic_stamp *a;

	if (n < facts->stamps.count) {
		p = &facts->stamps.items[n];
		return (struct verify_document_stamp){ &p->stamp, p->field, p->failure,
			p->failure_text, p->revision_is_last, p->content_is_covered };
	}
	a = &facts->container.stamps[n - facts->stamps.count];
	return (struct verify_document_stamp){ &a->stamp, a->name, a->failure, a->failure_text,
		a->covers_all, a->covers_all };
}

int
verify_document_stamps(const struct document_facts *facts, struct verify_document_stamp **in,
    size_t *count, int *covered, struct error *err)
{
	size_t i;

	*in = NULL;
	*covered = 0;
	*count = facts->stamps.count + facts->container.stamp_count;
	if (*count == 0)
		return 0;
	*in = calloc(*count, sizeof(**in));
	if (*in == NULL)
		return error_memory(err);
	for (i = 0; i < *count; i++) {
		(*in)[i] = verify_document_stamp_at(facts, i);
		*covered |= (*in)[i].content_is_covered;
	}
	return 0;
}
