/*
 * signing/format/xml/xml_set.h: node-sets as bit strings over a numbered document, and canonical
 * XML of them. Only for this folder.
 */
#ifndef SIGNET_SIGNING_FORMAT_XML_SET_H
#define SIGNET_SIGNING_FORMAT_XML_SET_H

#include "signing/format/xml/xml_dom.h"

/*
 * What one call of a reader or maker works with: the document and what it may still cost. Nodes
 * that canonicalisation and XPath visit and bytes that are written, parsed or digested are paid
 * from `work`, so that many references into one big document end with ERROR_LIMIT "xml_work" and
 * not with minutes of CPU.
 */
struct xml_budget {
	struct format_limits limits;
	uint64_t work;	  /* what is left */
	uint64_t allowed; /* at first, for the message */
};
/* About two seconds of CPU, and some walks over a document however big it is. */
#define XML_WORK_BASE	   ((uint64_t)2000000)
#define XML_WORK_PER_NODE  8
#define XML_BYTES_PER_NODE 128 /* so many cost as much as a node */
/* What a document of so many nodes and bytes adds to the budget. */
uint64_t xml_work_for(uint64_t nodes, uint64_t bytes);
/* Of walking over a subtree (apex NULL: the document) once, namespaces and attributes included. */
uint64_t xml_walk_cost(const struct xml_doc *x, const xmlNode *apex);
int xml_spend(struct xml_budget *budget, uint64_t work, struct error *err);
int xml_spend_bytes(struct xml_budget *budget, size_t bytes, struct error *err);

struct xml_set {
	const struct xml_doc *x;
	const xmlNode *apex; /* nothing outside its subtree is in; NULL = the document */
	uint64_t *bits;	     /* by xml_index() */
	/*
	 * Namespace nodes follow their element until an XPath filter has looked at each of them:
	 * then they are in when their element is in ns_bits and (element, namespace) is not in the
	 * hash table of hidden ones.
	 */
	uint64_t *ns_bits;
	struct xml_hidden_ns {
		const xmlNode *element; /* NULL = free slot */
		const xmlNs *ns;
	} * hidden;
	size_t hidden_count, hidden_size;
};

/* Empty set; on -1 nothing is held. */
int xml_set_init(struct xml_set *set, const struct xml_doc *x, struct error *err);
/* Let namespace nodes be hidden from here on one by one. */
int xml_set_split_ns(struct xml_set *set, struct error *err);
void xml_set_release(struct xml_set *set);
int xml_set_has(const struct xml_set *set, size_t index);
void xml_set_put(struct xml_set *set, size_t index, int value);
/* All nodes of the subtree (apex NULL: of the document). */
void xml_set_fill(struct xml_set *set, const xmlNode *apex, int value);
void xml_set_drop_comments(struct xml_set *set);
void xml_set_and(struct xml_set *set, const struct xml_set *other); /* of the same document */
void xml_set_or(struct xml_set *set, const struct xml_set *other);
void xml_set_subtract(struct xml_set *set, const struct xml_set *other);
/* Nodes that the set can hold, and the first of them. */
size_t xml_set_from(const struct xml_set *set);
size_t xml_set_to(const struct xml_set *set);
int xml_set_hide_ns(
    struct xml_set *set, const xmlNode *element, const xmlNs *ns, struct error *err);
int xml_set_has_ns(const struct xml_set *set, const xmlNode *element, const xmlNs *ns);
/* 1 when all nodes but comments from index `from` up to before `to` are in, namespaces included. */
int xml_set_covers(const struct xml_set *set, size_t from, size_t to);

/* ---- canonical XML ---- */

struct xml_c14n {
	int mode; /* XML_C14N_1_0, _1_1, _EXCLUSIVE_1_0 */
	int comments;
	char *prefixes; /* exclusive: InclusiveNamespaces PrefixList, or NULL; owned */
};

/* The method for a URI, without prefixes: 0, or -1 when it is no canonicalisation. */
int xml_c14n_by_uri(const char *uri, struct xml_c14n *c14n);
/* The same from an element with Algorithm and InclusiveNamespaces; NULL gives C14N 1.0. */
int xml_c14n_of(const xmlNode *method, struct xml_c14n *c14n, struct error *err);
void xml_c14n_release(struct xml_c14n *c14n);
/* Append the canonical form of a node-set, or of a subtree with its comments when asked for. */
int xml_c14n_set(const struct xml_c14n *c14n, const struct xml_set *set, struct xml_budget *budget,
    struct buf *out, struct error *err);
int xml_c14n_subtree(const struct xml_c14n *c14n, const struct xml_doc *x, const xmlNode *apex,
    struct xml_budget *budget, struct buf *out, struct error *err);

#endif
