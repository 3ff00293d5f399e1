/* XPath 1.0 and XPath filter 2 over node-sets; each operation is paid from the budget. */
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <stdlib.h>
#include <string.h>

#include "signing/format/xml/xml_transform.h"

#define FILTER2_MAX    30
#define WORK_OF_XPATH  10   /* an evaluation costs as much as canonicalising so many nodes */
#define XPATH_PER_NODE 16   /* units of xml_xpath_cost() that take as long as a node */
#define EXPRESSION_MAX 4096 /* its terms are evaluated by recursion */

struct evaluation {
	xmlXPathContextPtr ctxt;
	xmlXPathCompExprPtr compiled;
	const struct xml_doc *x;
	const xmlNode *here;
	struct xml_budget *budget;
	uint64_t cost; /* of one operation */
};

static void
silent(void *arg, xmlErrorPtr error)
{
	(void)arg;
	(void)error;
}

/* here(): the element that holds the expression (XML-DSig section 6.6.3.1). */
static void
function_here(xmlXPathParserContextPtr p, int argc)
{
	const struct evaluation *e = p->context->userData;

	if (argc != 0 || e->here == NULL || e->here->doc != p->context->doc) {
		xmlXPathErr(p, XPATH_INVALID_ARITY);
		return;
	}
	valuePush(p, xmlXPathNewNodeSet((xmlNodePtr)e->here));
}

/* id('x') by this folder's rule of what an ID is: libxml2 knows only xml:id without a DTD. */
static void
function_id(xmlXPathParserContextPtr p, int argc)
{
	const struct evaluation *e = p->context->userData;
	xmlXPathObjectPtr arg;
	const xmlNode *hit;
	xmlChar *text;
	int hits;

	if (argc != 1) {
		xmlXPathErr(p, XPATH_INVALID_ARITY);
		return;
	}
	arg = valuePop(p);
	text = xmlXPathCastToString(arg);
	xmlXPathFreeObject(arg);
	hit = text != NULL ? xml_by_id(e->x, (const char *)text, &hits) : NULL;
	xmlFree(text);
	valuePush(p, xmlXPathNewNodeSet((xmlNodePtr)hit));
}

static int
register_namespaces(xmlXPathContextPtr ctxt, const xmlNode *scope)
{
	const xmlNs *ns;

	for (; scope != NULL && scope->type == XML_ELEMENT_NODE; scope = scope->parent)
		for (ns = scope->nsDef; ns != NULL; ns = ns->next)
			if (ns->prefix != NULL && ns->href != NULL &&
			    xmlXPathNsLookup(ctxt, ns->prefix) == NULL &&
			    xmlXPathRegisterNs(ctxt, ns->prefix, ns->href) != 0)
				return -1;
	return 0;
}

static int
open_expression(struct evaluation *e, const struct xml_doc *x, const xmlNode *scope,
    const xmlNode *here, const char *text, struct xml_budget *budget, struct error *err)
{
	*e = (struct evaluation){ .x = x, .here = here, .budget = budget };
	if (strlen(text) > EXPRESSION_MAX)
		return error_set(err, ERROR_UNSUPPORTED,
		    "an XPath expression has %zu characters, more than the %d that are accepted",
		    strlen(text), EXPRESSION_MAX);
	e->ctxt = xmlXPathNewContext(x->doc);
	if (e->ctxt == NULL)
		return error_memory(err);
	e->ctxt->error = silent;
	e->ctxt->userData = e;
	e->cost = xml_xpath_cost(x, text);
	/* Then nodes are sorted without a walk for each comparison. */
	if (xmlXPathOrderDocElems(x->doc) < 0)
		return error_memory(err);
	if (register_namespaces(e->ctxt, scope) != 0 ||
	    xmlXPathRegisterFunc(e->ctxt, (const xmlChar *)"here", function_here) != 0 ||
	    xmlXPathRegisterFunc(e->ctxt, (const xmlChar *)"id", NULL) != 0 ||
	    xmlXPathRegisterFunc(e->ctxt, (const xmlChar *)"id", function_id) != 0)
		return error_memory(err);
	e->compiled = xmlXPathCtxtCompile(e->ctxt, (const xmlChar *)text);
	if (e->compiled == NULL)
		return error_set(
		    err, ERROR_MALFORMED, "the XPath expression \"%.100s\" is not valid", text);
	return 0;
}

static void
close_expression(struct evaluation *e)
{
	xmlXPathFreeCompExpr(e->compiled);
	xmlXPathFreeContext(e->ctxt);
}

static int
failed(struct error *err)
{
	return error_set(err, ERROR_MALFORMED,
	    "an XPath expression could not be evaluated: it is not valid here");
}

/* As many operations as the budget has room for. */
static void
begin_operations(struct evaluation *e)
{
	e->ctxt->opCount = 0;
	e->ctxt->opLimit = e->budget->work * XPATH_PER_NODE / e->cost + 1;
}

static int
pay_operations(struct evaluation *e, struct error *err)
{
	return xml_spend(e->budget, e->ctxt->opCount * e->cost / XPATH_PER_NODE, err);
}

/* The value for a context node, for xmlXPathFreeObject(); NULL with err. */
static xmlXPathObjectPtr
evaluate(struct evaluation *e, xmlNode *node, struct error *err)
{
	xmlXPathObjectPtr result;

	e->ctxt->node = node;
	begin_operations(e);
	result = xmlXPathCompiledEval(e->compiled, e->ctxt);
	if (pay_operations(e, err) == 0 && result != NULL)
		return result;
	xmlXPathFreeObject(result);
	failed(err);
	return NULL;
}

/* 1, 0, or -1 on errors. */
static int
is_true(struct evaluation *e, xmlNode *node, struct error *err)
{
	int result;

	e->ctxt->node = node;
	begin_operations(e);
	result = xmlXPathCompiledEvalToBoolean(e->compiled, e->ctxt);
	if (pay_operations(e, err) != 0)
		return -1;
	return result >= 0 ? result : failed(err);
}

/* Every namespace in scope of an element is a node of its own. */
static int
filter_namespaces(struct evaluation *e, xmlNode *element, struct xml_budget *budget,
    struct xml_set *set, struct error *err)
{
	xmlNsPtr *list = xmlGetNsList(element->doc, element);
	xmlNs copy;
	size_t i;
	int keep = 0;

	for (i = 0; list != NULL && list[i] != NULL && keep >= 0; i++) {
		if (!xml_set_has_ns(set, element, list[i]))
			continue;
		/* libxml2 finds the parent of a namespace node in its `next`. */
		copy = *list[i];
		copy.next = (xmlNs *)element;
		keep = xml_spend(budget, WORK_OF_XPATH, err) == 0
			   ? is_true(e, (xmlNode *)&copy, err)
			   : -1;
		if (keep == 0 && xml_set_hide_ns(set, element, list[i], err) != 0)
			keep = -1;
	}
	xmlFree(list);
	return keep < 0 ? -1 : 0;
}

int
xml_xpath_filter(
    const struct xml_transforming *t, const xmlNode *xpath, struct xml_set *set, struct error *err)
{
	char *text = xml_node_text(xpath);
	struct evaluation e = { 0 };
	size_t i;
	int keep, rc = -1;

	if (text == NULL) {
		error_set(err, ERROR_MALFORMED, "an XPath expression has other content in it");
		goto done;
	}
	if (xml_spend(t->budget, WORK_OF_XPATH * xml_walk_cost(set->x, set->apex), err) != 0 ||
	    open_expression(&e, set->x, xpath, xpath, text, t->budget, err) != 0 ||
	    xml_set_split_ns(set, err) != 0)
		goto done;
	for (i = xml_set_from(set); i < xml_set_to(set); i++) {
		xmlNode *node = set->x->nodes[i];

		if (node->type == XML_ELEMENT_NODE &&
		    filter_namespaces(&e, node, t->budget, set, err) != 0)
			goto done;
		if (!xml_set_has(set, i))
			continue;
		keep = is_true(&e, node, err);
		if (keep < 0)
			goto done;
		xml_set_put(set, i, keep);
	}
	rc = 0;
done:
	close_expression(&e);
	free(text);
	return rc;
}

/* The subtrees of all nodes that the expression selects. */
static int
select_subtrees(
    const struct xml_transforming *t, const xmlNode *xpath, struct xml_set *out, struct error *err)
{
	char *text = xml_node_text(xpath);
	struct evaluation e = { 0 };
	xmlXPathObjectPtr result = NULL;
	int i, rc = -1;

	if (text == NULL) {
		error_set(err, ERROR_MALFORMED, "an XPath expression has other content in it");
		goto done;
	}
	if (xml_spend(t->budget, WORK_OF_XPATH * (uint64_t)out->x->count, err) != 0 ||
	    open_expression(&e, out->x, xpath, xpath, text, t->budget, err) != 0)
		goto done;
	result = evaluate(&e, (xmlNode *)out->x->doc, err);
	if (result == NULL || result->type != XPATH_NODESET) {
		failed(err);
		goto done;
	}
	for (i = 0; result->nodesetval != NULL && i < result->nodesetval->nodeNr; i++) {
		xmlNode *node = result->nodesetval->nodeTab[i];

		if (node->type == XML_NAMESPACE_DECL) {
			error_set(err, ERROR_UNSUPPORTED,
			    "an XPath filter selects namespace nodes, which is not supported");
			goto done;
		}
		/* A subtree within one that is in already adds nothing. */
		if (node->type == XML_DOCUMENT_NODE)
			xml_set_fill(out, NULL, 1);
		else if (node->_private != NULL && !xml_set_has(out, xml_index(node)))
			xml_set_fill(out, node, 1);
	}
	rc = 0;
done:
	xmlXPathFreeObject(result);
	close_expression(&e);
	free(text);
	return rc;
}

static int
combine(const struct xml_transforming *t, const xmlNode *xpath, struct xml_set *filter,
    struct error *err)
{
	static const struct {
		const char *name;
		void (*apply)(struct xml_set *set, const struct xml_set *other);
	} kinds[] = {
		{ "intersect", xml_set_and },
		{ "subtract", xml_set_subtract },
		{ "union", xml_set_or },
	};
	const char *name = xml_attr(xpath, "Filter");
	struct xml_set selected;
	size_t i;
	int rc;

	if (xml_set_init(&selected, filter->x, err) != 0)
		return -1;
	rc = select_subtrees(t, xpath, &selected, err);
	for (i = 0; rc == 0 && i < 3; i++)
		if (name != NULL && strcmp(kinds[i].name, name) == 0) {
			kinds[i].apply(filter, &selected);
			break;
		}
	if (rc == 0 && i == 3)
		rc = error_set(err, ERROR_MALFORMED,
		    "an XPath filter is neither intersect, subtract nor union");
	xml_set_release(&selected);
	return rc;
}

int
xml_xpath_filter2(const struct xml_transforming *t, const xmlNode *transform, struct xml_set *set,
    struct error *err)
{
	struct xml_set filter;
	const xmlNode *xpath;
	unsigned int n = 0;
	int rc = -1;

	if (xml_set_init(&filter, set->x, err) != 0)
		return -1;
	xml_set_fill(&filter, NULL, 1);
	for (xpath = xml_first(transform); xpath != NULL; xpath = xml_next(xpath)) {
		if (!xml_is(xpath, XML_TRANSFORM_FILTER2, "XPath")) {
			error_set(err, ERROR_MALFORMED, "an XPath filter holds other elements");
			goto done;
		}
		if (++n > FILTER2_MAX) {
			error_limit(err, ERROR_LIMIT, "xml_filters", FILTER2_MAX, 0,
			    "too many XPath filters in one transform");
			goto done;
		}
		if (combine(t, xpath, &filter, err) != 0)
			goto done;
	}
	if (n == 0) {
		error_set(err, ERROR_MALFORMED, "an XPath filter has no expression");
		goto done;
	}
	xml_set_and(set, &filter);
	rc = 0;
done:
	xml_set_release(&filter);
	return rc;
}

int
xml_xpath_element(const struct xml_doc *x, const xmlNode *scope, const char *expression,
    struct xml_budget *budget, xmlNode **element, struct error *err)
{
	struct evaluation e;
	xmlXPathObjectPtr result = NULL;
	int n, rc = -1;

	*element = NULL;
	if (open_expression(&e, x, scope, NULL, expression, budget, err) != 0)
		goto done;
	result = evaluate(&e, (xmlNode *)x->doc, err);
	if (result == NULL || result->type != XPATH_NODESET) {
		error_set(err, ERROR_MALFORMED,
		    "the XPath expression \"%.100s\" does not select elements", expression);
		goto done;
	}
	n = result->nodesetval != NULL ? result->nodesetval->nodeNr : 0;
	if (n != 1 || result->nodesetval->nodeTab[0]->type != XML_ELEMENT_NODE) {
		error_set(err, n == 0 ? ERROR_NOT_FOUND : ERROR_CONFLICT,
		    n == 0   ? "the XPath expression \"%.100s\" selects nothing in the document"
		    : n == 1 ? "the XPath expression \"%.100s\" does not select an element"
			     : "the XPath expression \"%.100s\" selects more than one node",
		    expression);
		goto done;
	}
	*element = result->nodesetval->nodeTab[0];
	rc = 0;
done:
	xmlXPathFreeObject(result);
	close_expression(&e);
	return rc;
}
