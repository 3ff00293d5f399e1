/* The service Administration: messages in and out, all of them by their tables. */
#include "server/ops/admin/admin.h"

#include <string.h>

#include "server/soap/call.h"
#include "server/soap/xml.h"
#include "wsdl/mapping.h"

static const struct mapping_operation *
mapping_of(const struct call *c)
{
	return &mapping_operations[c->handler->id - OP_CREATE_TENANT];
}

/* Text as the schema's types cannot say it: UTF-8, and in names and words no control characters. */
static int
check_text(const struct map_row *row, const struct record_value *v, struct error *err)
{
	const char *text;
	size_t i;

	if (row->type == FIELD_NAME)
		for (i = 0; i < v->bytes.len; i++)
			if (v->bytes.data[i] < 0x20 || v->bytes.data[i] == 0x7f)
				return error_set(err, ERROR_MALFORMED,
				    "the element %s holds a control character", row->name);
	if (v->is_set && (row->type == FIELD_TEXT || row->type == FIELD_NAME))
		return text_in(value_text(v), row->name, &text, err);
	return 0;
}

IN_FUNCTION(administration)
{
	const struct map *map = mapping_of(c)->request();
	/* Every request begins with it. */
	const char *request_id = *(char *const *)message;
	struct admin_exchange *x;
	size_t i;

	if (request_id_in(c, request_id, err) != 0)
		return -1;
	x = admin_exchange_make(&c->req, admin_operation(c->handler->id), err);
	if (x == NULL)
		return -1;
	for (i = 0; i < map->count; i++) {
		if (mapping_get(&map->rows[i], message, &x->arena, &x->in[i], err) != 0 ||
		    check_text(&map->rows[i], &x->in[i], err) != 0)
			return -1;
		/* With MTOM on, a binary may come as a part behind the envelope. */
		if (map->rows[i].type == FIELD_BYTES) {
			const struct xsd__base64Binary *b =
			    (const void *)((const char *)message + map->rows[i].at);

			x->in[i].is_set |= b->id != NULL;
			if (binary_in(c, b, &x->in[i].bytes, err) != 0)
				return -1;
		}
	}
	return 0;
}

static char *
text_out(struct soap *soap, const char *s)
{
	return xml_text(soap, s, AUDIT_TEXT_MAX_LENGTH);
}

/* One thing, or all of them side by side; NULL without memory. */
static void *
things_out(struct call *c, const struct map *map, const struct admin_exchange *x)
{
	char *things = call_alloc(c, x->count + 1, map->size);
	size_t i;

	for (i = 0; things != NULL && i < x->count; i++)
		if (mapping_put(c->soap, map, &x->rows[i * map->count], things + i * map->size,
			text_out) != 0)
			return NULL;
	return things;
}

static int
list_out(struct call *c, const struct mapping_operation *op, char *answer)
{
	const struct admin_exchange *x = c->req.admin;
	LONG64 *total;

	*(int *)(void *)(answer + op->count_at) = (int)x->count;
	if (x->next_page != NULL)
		*(char **)(void *)(answer + op->next_at) = text_out(c->soap, x->next_page);
	if (x->total < 0)
		return 0;
	total = call_alloc(c, 1, sizeof(*total));
	if (total == NULL)
		return -1;
	*total = x->total;
	*(LONG64 **)(void *)(answer + op->total_at) = total;
	return 0;
}

OUT_FUNCTION(administration)
{
	const struct mapping_operation *op = mapping_of(c);
	char *answer = call_alloc(c, 1, op->answer_size);
	struct sig__Result *result = xml_result(c->soap, &c->req.out.result);
	void *things;

	if (answer == NULL || result == NULL)
		return c->soap->error = SOAP_EOM;
	if (c->req.admin->proposal != NULL)
		result->proposal = text_out(c->soap, c->req.admin->proposal);
	/* Every answer begins with its result. */
	*(struct sig__Result **)(void *)answer = result;
	if (op->form != MAPPING_DONE) {
		things = things_out(c, op->thing(), c->req.admin);
		if (things == NULL || (op->form == MAPPING_LIST && list_out(c, op, answer) != 0))
			return c->soap->error = SOAP_EOM;
		*(void **)(void *)(answer + op->thing_at) = things;
	}
	return op->write(c->soap, answer);
}

void *
admin_read(struct soap *soap)
{
	return mapping_of(call_of(soap))->read(soap);
}
