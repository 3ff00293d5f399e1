/* signing/trust/catalogue_names.h: algorithms by object identifier and by name. For this folder. */
#ifndef SIGNET_SIGNING_TRUST_CATALOGUE_NAMES_H
#define SIGNET_SIGNING_TRUST_CATALOGUE_NAMES_H

#include "signing/core/alg.h"

enum named_kind { NAMED_DIGEST, NAMED_SIGNATURE, NAMED_CURVE };
struct named {
	const char *oid;
	enum named_kind kind;
	enum key_type key;    /* signatures */
	enum padding padding; /* RSA */
	enum digest digest;   /* digests; signatures: DIGEST_NONE = any */
	const char *curve;    /* curves, as key_curve() has them */
};
extern const struct named named_table[];
extern const size_t named_count;

const struct named *named_by_oid(const char *oid);
/* A known identifier that `oid` is the beginning of, or that is the beginning of `oid`; or NULL. */
const struct named *named_nearly(const char *oid);
/* 1 when the text is an object identifier in dots. */
int oid_is_formed(const char *oid);
/* The one digest that an algorithm's name names, DIGEST_NONE where it is none or several. */
enum digest named_digest(const char *name);
/* Does the name speak of a curve? *curve gets the known one, or NULL. */
int named_curve(const char *name, const char **curve);
/* 1 when the name says another kind of key or padding than the table's row. */
int named_otherwise(const char *name, const struct named *row);

#endif
