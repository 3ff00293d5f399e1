/*
 * wsdl/mapping.h: the generated structures of the service Administration as values and back, by
 * the fields of wsdl/administration.h: for the server and for the terminal clients alike. What is
 * there in C and not in the schema, or the other way round, does not compile.
 */
#ifndef SIGNET_WSDL_MAPPING_H
#define SIGNET_WSDL_MAPPING_H

#include "server/base/record.h"
#include "soapH.h"
#include "wsdl/administration.h"

struct map;
struct map_row {
	const char *name;
	enum field_type type;
	int is_must;
	size_t at, size_at;	       /* of the member, and of its count */
	const char *const *words;      /* WORD: in the order of the enumeration, NULL at the end */
	const struct map *(*of)(void); /* THINGS */
};
struct map {
	const char *name;
	size_t size;
	const struct map_row *rows;
	size_t count;
};

/* What an operation's messages are. */
enum mapping_form { MAPPING_ONE, MAPPING_LIST, MAPPING_DONE };
struct mapping_operation {
	const char *name;
	enum mapping_form form;
	const struct map *(*request)(void), *(*thing)(void);
	/* in the structure "answer" of the response */
	size_t answer_size, thing_at, count_at, next_at, total_at;
	/* server: the request read, the response (its one child) written */
	void *(*read)(struct soap *soap);
	int (*write)(struct soap *soap, void *answer);
};
/* In the order of ADMINISTRATION; by name, or NULL. */
extern const struct mapping_operation mapping_operations[];
extern const size_t mapping_operation_count;
const struct mapping_operation *mapping_by_name(const char *name);

/*
 * A structure's member as a value: text is copied into the arena, SECRETs are overwritten where
 * they were, BYTES are a view. ERROR_MALFORMED for what is no time or id.
 */
int mapping_get(const struct map_row *row, const void *from, struct record_arena *arena,
    struct record_value *to, struct error *err);
/*
 * Values, one for each row, as a structure of the map. `text` copies a text as XML may hold it.
 * 0, or -1 without memory.
 */
int mapping_put(struct soap *soap, const struct map *map, const struct record_value *values,
    void *to, char *(*text)(struct soap *soap, const char *s));

#endif
