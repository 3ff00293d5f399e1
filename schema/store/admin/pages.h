/*
 * schema/store/admin/pages.h: the statements of a list, by the macros that all lists share; for the
 * files of this folder only.
 *
 * PAGES(name, ITEM, FROM, COLUMNS, TYPES, PART): eight statements, an order of struct store_pages
 * after the other, each without and with a part of the name. FROM is the table as i; ITEM what
 * picks its rows of the tenant; PART what picks those whose name has $2 in it; COLUMNS (of i, with
 * joins in FROM's place) are looked up for the rows of the page alone.
 */
#ifndef SIGNET_SCHEMA_STORE_ADMIN_PAGES_H
#define SIGNET_SCHEMA_STORE_ADMIN_PAGES_H

#include "schema/store/admin/admin.h"

/* Keys to begin with are in server/ops/admin/list.c. Newest first, where it is by time. */
#define PAGE(name, COLUMNS, TYPES, FROM, JOINS, WHERE, KEY, ORDER, KEYS)                           \
	{                                                                                          \
		name,                                                                              \
		    "SELECT " COLUMNS ", " KEYS " FROM (SELECT i.* FROM " FROM " i WHERE " WHERE   \
		    " AND " KEY " ORDER BY " ORDER " LIMIT $5) i " JOINS " ORDER BY " ORDER,       \
		    "uttti", TYPES "tt"                                                            \
	}
#define PAGES_OF(name, COLUMNS, TYPES, FROM, JOINS, WHERE, STATE)                                  \
	PAGE(name "_by_name", COLUMNS, TYPES, FROM, JOINS, WHERE, "i.name > $3", "i.name",         \
	    "i.name, ''"),                                                                         \
	    PAGE(name "_by_created", COLUMNS, TYPES, FROM, JOINS, WHERE,                           \
		"(i.created, i.id) < ($3::timestamptz, $4::uuid)", "i.created DESC, i.id DESC",    \
		"i.created::text, i.id::text"),                                                    \
	    PAGE(name "_by_changed", COLUMNS, TYPES, FROM, JOINS, WHERE,                           \
		"(i.changed, i.id) < ($3::timestamptz, $4::uuid)", "i.changed DESC, i.id DESC",    \
		"i.changed::text, i.id::text"),                                                    \
	    PAGE(name "_by_state", COLUMNS, TYPES, FROM, JOINS, WHERE,                             \
		"(" STATE ", i.name) > ($3, $4)", STATE ", i.name", STATE ", i.name")

/*
 * How many rows a list has, at most $3: an answer that is $3 says that there are so many or more.
 * Counted in an order, so that no index is left for a walk over the rows of all tenants.
 */
#define COUNT_OF(name, FROM, WHERE)                                                                \
	{                                                                                          \
		name,                                                                              \
		    "SELECT count(*) FROM (SELECT FROM " FROM " i WHERE " WHERE                    \
		    " ORDER BY i.name LIMIT $3) n",                                                \
		    "uti", "l"                                                                     \
	}

#endif
