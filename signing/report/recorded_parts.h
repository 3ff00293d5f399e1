/* signing/report/recorded_parts.h: a report that is being read. For recorded*.c only. */
#ifndef SIGNET_SIGNING_REPORT_RECORDED_PARTS_H
#define SIGNET_SIGNING_REPORT_RECORDED_PARTS_H

#include "signing/format/xml/xml_reader.h"
#include "signing/report/etsi.h"
#include "signing/report/recorded.h"

#define VR REPORT_NS
#define SR REPORT_NS_SIGNET

struct reading {
	struct recorded *out; /* with the document in it */
	const xmlNode *root, *objects, *context;
	struct error *err;
};

/* ERROR_MALFORMED with the line of the node; -1. */
int recorded_bad(struct reading *r, const xmlNode *node, const char *what);
/* Text of an element as it is; the caller frees it. NULL when it is not there or no text. */
char *recorded_text(const xmlNode *parent, const char *ns, const char *path);
/* Room for one more, zeroed, behind *(TYPE **)items; NULL without memory. */
void *recorded_add(void *items, size_t *count, size_t size, struct error *err);
/* A SignatureValidationReport's verdict. */
int recorded_verdict_in(struct reading *r, const xmlNode *report, struct recorded_verdict *to);

/* ---- recorded_objects.c ---- */

/* All of them, with the excerpts of CRLs. */
int recorded_objects(struct reading *r);
const xmlNode *recorded_object(const struct reading *r, const char *id);
/* The digest that an object is said to have. */
int recorded_digest(
    struct reading *r, const xmlNode *object, enum digest *digest, struct buf *value);
/* The bytes of an object, which must be those of its digest. 1: it has none. */
int recorded_bytes(
    struct reading *r, const xmlNode *object, struct buf *bytes, unsigned char sha256[32]);

#endif
