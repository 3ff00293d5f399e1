#include "tests/support/administer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/suite.h"

#define ADMINISTER                                                                                 \
	"INSERT INTO signet.group_right SELECT g.tenant_id, g.id, o.name FROM signet.group g, "    \
	"signet.operation o WHERE g.name = 'all' AND o.service = 'Administration' AND NOT "        \
	"o.for_server ON CONFLICT DO NOTHING"

int
administer_world(void)
{
	const struct ops_authority local = { .name = "local" };

	if (ops_world_make() != 0)
		return -1;
	ops_tenant("acme", &local, 1);
	ops_tenant("rival", NULL, 0);
	ops_change(ADMINISTER);
	return 0;
}

/* "a,b" as two items. */
static void
put_items(struct admin_exchange *x, struct record_value *to, const char *text)
{
	const size_t most = strlen(text) + 1;
	const char *at = text;

	*to = (struct record_value){ .is_set = 1 };
	to->items = record_alloc(&x->arena, most, sizeof(*to->items), NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(to->items);
	while (*at != '\0') {
		const size_t len = strcspn(at, ",");

		to->items[to->count++] = value_of_text(
		    record_text(&x->arena, (struct span){ (const unsigned char *)at, len }, NULL));
		at += len + (at[len] == ',');
	}
}

int
administer_as(const char *user, struct request *req, enum operation_id id,
    const char *const *fields, struct error *err)
{
	const struct admin_operation *op = admin_operation(id);
	struct admin_exchange *x;
	size_t i;

	error_clear(err);
	ops_request(req, id, user);
	x = admin_exchange_make(req, op, err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(x);
	for (; fields != NULL && fields[0] != NULL; fields += 2) {
		for (i = 0; i < op->request->count; i++)
			if (strcmp(op->request->fields[i].name, fields[0]) == 0)
				break;
		CU_ASSERT_FATAL(i < op->request->count);
		if (op->request->fields[i].type >= FIELD_TEXTS) {
			put_items(x, &x->in[i], fields[1]);
			continue;
		}
		x->in[i] = value_of_text(fields[1]);
		x->in[i].number = atoll(fields[1]);
	}
	return ops_serve(req, NULL, err);
}

int
administer(struct request *req, enum operation_id id, const char *const *fields, struct error *err)
{
	return administer_as("acme/erp", req, id, fields, err);
}

const struct record_value *
administered(const struct request *req, size_t row, const char *field)
{
	static const struct record_value none;
	const struct thing *thing = NULL;
	enum operation_id id;
	size_t i;

	for (id = OP_CREATE_TENANT; id < OPERATIONS; id++)
		if (operation_by_id(id) == req->operation)
			thing = admin_operation(id)->answer;
	for (i = 0; thing != NULL && i < thing->count && row < req->admin->count; i++)
		if (strcmp(thing->fields[i].name, field) == 0)
			return &req->admin->rows[row * thing->count + i];
	return &none;
}

const char *
administered_text(const struct request *req, size_t row, const char *field)
{
	static char texts[16][200];
	static unsigned int at;
	char *out = texts[at++ % 16];

	return text_copy(out, sizeof(texts[0]), value_text(administered(req, row, field)));
}

const char *
administer_made(enum operation_id id, const char *const *fields)
{
	struct error err = ERROR_INIT;
	struct request req;
	const char *made;

	ASSERT_OK(administer(&req, id, fields, &err), &err);
	made = administered_text(&req, 0, "id");
	request_release(&req);
	return made;
}

void
administer_refused(
    enum operation_id id, const char *const *fields, enum error_kind kind, const char *words)
{
	struct error err = ERROR_INIT;
	struct request req;

	CU_ASSERT_EQUAL(administer(&req, id, fields, &err), -1);
	CU_ASSERT_EQUAL(err.kind, kind);
	if (strstr(err.text, words) == NULL) {
		fprintf(stderr, "%s: \"%s\" [%s] without \"%s\"\n", admin_operation(id)->name,
		    err.text, err.cause, words);
		CU_FAIL("refused for another reason");
	}
	request_release(&req);
}
