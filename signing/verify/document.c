#include "signing/verify/document.h"

size_t
verify_document_stamp_count(const struct document_facts *facts)
{
	return facts->stamps.count + facts->container.stamp_count;
}

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
