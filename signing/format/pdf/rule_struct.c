/* The structure tree (ISO 32000-2 clause 14.7). */
#include "signing/format/pdf/rules.h"

int
pdf_structure_mark(struct pdf_step *step, const struct pdf_node *a, struct pdf_parts *elements)
{
	(void)step;
	(void)a;
	(void)elements;
	return 0;
}

void
pdf_structure_compare(struct pdf_step *step, const struct pdf_node *a, const struct pdf_node *b,
    const struct pdf_parts *elements)
{
	const struct pdf_place place = { .key = "/StructTreeRoot" };

	(void)elements;
	step_equal(step, a, b, "/StructTreeRoot", 0, &place);
}
