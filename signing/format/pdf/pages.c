/* The page tree, walked without the library's page functions: those recurse without a limit. */
#include "signing/format/pdf/doc.h"

struct kids_level {
	qpdf_oh kids;
	int next, count;
};

static int
push(struct pdf_doc *doc, struct kids_level *stack, int *depth, qpdf_oh kids, struct error *err)
{
	if (*depth >= PDF_DEPTH_MAX)
		return error_limit(err, ERROR_LIMIT, "pdf_depth", PDF_DEPTH_MAX, 0,
		    "the page tree of the PDF is nested too deeply");
	stack[*depth] = (struct kids_level){ kids, 0, pdf_array_len(doc, kids) };
	(*depth)++;
	return 0;
}

/* The next node of the walk that is a page; 1 and *page, 0 at the end, -1 on damage. */
static int
next_page(struct pdf_doc *doc, struct pdf_set *seen, struct kids_level *stack, int *depth,
    qpdf_oh *page, struct error *err)
{
	while (*depth > 0) {
		struct kids_level *top = &stack[*depth - 1];
		qpdf_oh node, kids;

		if (top->next >= top->count) {
			qpdf_oh_release(doc->q, top->kids);
			(*depth)--;
			continue;
		}
		node = qpdf_oh_get_array_item(doc->q, top->kids, top->next++);
		if (!qpdf_oh_is_dictionary(doc->q, node) || !qpdf_oh_is_indirect(doc->q, node) ||
		    !pdf_set_add(seen, doc, node))
			return error_set(err, ERROR_MALFORMED,
			    "the PDF is damaged: its page tree is not a tree of pages");
		kids = pdf_get(doc, node, "/Kids");
		if (!qpdf_oh_is_array(doc->q, kids)) {
			qpdf_oh_release(doc->q, kids);
			*page = node;
			return 1;
		}
		qpdf_oh_release(doc->q, node);
		if (push(doc, stack, depth, kids, err) != 0)
			return -1;
	}
	return 0;
}

int
pdf_find_page(struct pdf_doc *doc, unsigned int number, qpdf_oh *page, struct error *err)
{
	struct kids_level stack[PDF_DEPTH_MAX];
	struct pdf_set seen = { 0 };
	unsigned int pages = 0;
	int depth = 0, found, rc = -1;
	qpdf_oh tree, kids;

	if (number == 0)
		return error_set(err, ERROR_NOT_FOUND, "pages are counted from 1");
	if (pdf_set_init(&seen, doc, err) != 0)
		return -1;
	tree = pdf_get(doc, qpdf_get_root(doc->q), "/Pages");
	kids = pdf_get(doc, tree, "/Kids");
	if (!qpdf_oh_is_array(doc->q, kids)) {
		error_set(err, ERROR_MALFORMED, "the PDF is damaged: it has no pages");
		goto done;
	}
	pdf_set_add(&seen, doc, tree);
	if (push(doc, stack, &depth, kids, err) != 0)
		goto done;
	while ((found = next_page(doc, &seen, stack, &depth, page, err)) == 1) {
		if (++pages == number) {
			rc = 0;
			goto done;
		}
		qpdf_oh_release(doc->q, *page);
	}
	if (found == 0)
		error_set(err, ERROR_NOT_FOUND, "the PDF has no page %u: it has %u", number, pages);
done:
	pdf_set_release(&seen);
	return rc;
}
