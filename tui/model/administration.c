#include "tui/model/administration.h"

#define CALL(ID, name, form, kind, member)                                                         \
	static int call_##name(                                                                    \
	    struct soap *soap, const char *endpoint, void *request, void **answer)                 \
	{                                                                                          \
		struct _sig__##name##Response response = { 0 };                                    \
		int rc = soap_call___sig__##name(soap, endpoint, NULL, request, &response);        \
                                                                                                   \
		*answer = response.answer;                                                         \
		return rc;                                                                         \
	}
ADMINISTRATION_ALL(CALL)
#define ENTRY(ID, name, form, kind, member) call_##name,
static int (*const calls[])(
    struct soap *, const char *, void *, void **) = { ADMINISTRATION_ALL(ENTRY) };

static char *
copy(struct soap *soap, const char *s)
{
	return soap_strdup(soap, s);
}

int
administration_call(struct soap *soap, const char *endpoint,
    const struct mapping_operation *operation, const struct record_value *request, void **answer)
{
	const struct map *map = operation->request();
	void *message = soap_malloc(soap, map->size);

	*answer = NULL;
	if (message == NULL || mapping_put(soap, map, request, message, copy) != 0)
		return soap->error = SOAP_EOM;
	return calls[operation - mapping_operations](soap, endpoint, message, answer);
}

size_t
administration_count(const struct mapping_operation *op, const void *answer)
{
	if (op->form == MAPPING_LIST)
		return (size_t) * (const int *)(const void *)((const char *)answer + op->count_at);
	return op->form == MAPPING_ONE;
}

const void *
administration_thing(const struct mapping_operation *op, const void *answer, size_t i)
{
	const char *things =
	    *(const char *const *)(const void *)((const char *)answer + op->thing_at);

	return things + i * op->thing()->size;
}

const char *
administration_next(const struct mapping_operation *op, const void *answer)
{
	return *(const char *const *)(const void *)((const char *)answer + op->next_at);
}

long long
administration_total(const struct mapping_operation *op, const void *answer)
{
	const LONG64 *total =
	    *(const LONG64 *const *)(const void *)((const char *)answer + op->total_at);

	return total != NULL ? (long long)*total : -1;
}

const char *
administration_message(const void *answer)
{
	const struct sig__Result *result = *(struct sig__Result *const *)answer;

	return result != NULL && result->message != NULL ? result->message : "";
}

const char *
administration_proposal(const void *answer)
{
	const struct sig__Result *result = *(struct sig__Result *const *)answer;

	return result != NULL ? result->proposal : NULL;
}
