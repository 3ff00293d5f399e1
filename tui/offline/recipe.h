/*
 * tui/offline/recipe.h: the file that a trusted list is made from (libconfuse), for people to
 *write:
 *
 *	operator = "Example GmbH"          scheme = "DE:Trust centres of Example"
 *	information = "https://tl.example.org/"       territory = "DE"
 *	legal-notice = "For use within Example only."
 *	street = "Main Street 1"  locality = "Bonn"  postal-code = "53113"  country = "DE"
 *	email = "tl@example.org"  website = "https://tl.example.org/"
 *	sequence = 7  valid-days = 90                 # or: closed = true
 *	provider "Alpha Trust" {
 *		service "Alpha CA" {
 *			type = "CA/PKC"  status = "recognisedatnationallevel"
 *			since = "2025-03-01T00:00:00Z"
 *			certificates = { "alpha.pem" }        # beside this file
 *			addresses = { "http://ocsp.alpha.example/" }
 *			history "2023-03-01T00:00:00Z" { status = "deprecatedatnationallevel" }
 *		}
 *	}
 *
 * A provider's address and information are the operator's where it has none of its own.
 */
#ifndef SIGNET_TUI_OFFLINE_RECIPE_H
#define SIGNET_TUI_OFFLINE_RECIPE_H

#include "signing/trust/list_write.h"

struct recipe {
	struct trust_scheme scheme;
	struct trust_written *providers;
	size_t provider_count;
	void *inside;
};
/* What the command line says in place of the file; 0 and NULL: nothing. */
struct recipe_wish {
	uint64_t sequence;
	const char *issued; /* else `now` */
	int valid_days;
	int64_t now;
};
/*
 * Read a recipe and the certificates that it names. On 0 it is the caller's, for recipe_release();
 * on -1 ERROR_NOT_FOUND, ERROR_MALFORMED (with the line where libconfuse tells it).
 */
int recipe_read(
    struct recipe *recipe, const char *path, const struct recipe_wish *wish, struct error *err);
void recipe_release(struct recipe *recipe);

#endif
