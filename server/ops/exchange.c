#include "server/ops/exchange.h"

#include <strings.h>

const char *
http_head_field(const struct http_head *head, const char *name)
{
	size_t i;

	for (i = 0; i < head->field_count; i++)
		if (strcasecmp(head->fields[i].name, name) == 0)
			return head->fields[i].value;
	return NULL;
}
