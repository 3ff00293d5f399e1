/* signing/trust/catalogue_private.h: what the files that read catalogues share. For this folder. */
#ifndef SIGNET_SIGNING_TRUST_CATALOGUE_PRIVATE_H
#define SIGNET_SIGNING_TRUST_CATALOGUE_PRIVATE_H

#include "signing/format/xml/xml_reader.h"
#include "signing/trust/arena.h"
#include "signing/trust/catalogue_file.h"
#include "signing/trust/catalogue_names.h"

#define XML_NS_DSSC "urn:ietf:params:xml:ns:dssc"

#define DSSC_ROWS_MAX 5000 /* of the catalogue that comes of it */

/* One signature algorithm's or curve's evaluation, before curves and algorithms are joined. */
struct dssc_row {
	const struct named *named;
	int bits;
	const char *curve; /* parameter "curve" */
	const char *since, *until;
	long line;
};
struct dssc_reading {
	struct arena *arena;
	struct catalogue_findings *findings;
	struct dssc_row *rows;
	size_t count, size;
	struct error *err; /* what stops reading: memory */
	size_t errors;
};

/* Note a slip (is_error) or something to know, with the element's line. */
void dssc_find(struct dssc_reading *r, const xmlNode *at, int is_error, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* The text of an element into the arena; "" and a finding where it has none. */
const char *dssc_text(struct dssc_reading *r, const xmlNode *node, const char *what);

/* All known algorithms of one AlgorithmIdentifier. */
#define DSSC_IDENTIFIERS_MAX 64
struct dssc_identified {
	const struct named *items[DSSC_IDENTIFIERS_MAX];
	size_t count;
	const char *name;
};

/* Read an AlgorithmIdentifier; where name, identifiers and URIs disagree, one is a slip. */
void dssc_identify(struct dssc_reading *r, const xmlNode *node, struct dssc_identified *id);

#endif
