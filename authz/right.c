#include "authz/right.h"

#include <string.h>

static const char *const names[RIGHTS] = { [RIGHT_UNSET] = "",
#define SERVICE_NAME(ID, name) [RIGHT_##ID] = #name,
	SERVED(SERVICE_NAME) PLANNED(SERVICE_NAME)
#undef SERVICE_NAME
#define NAME(ID, name, form, kind, member) [RIGHT_##ID] = #name,
	    ADMINISTRATION(NAME)
#undef NAME
};

const char *
right_name(enum right right)
{
	return right > RIGHT_UNSET && right < RIGHTS ? names[right] : "";
}

enum right
right_by_name(const char *name, size_t len)
{
	enum right right;

	for (right = RIGHT_UNSET + 1; right < RIGHTS; right++)
		if (strlen(names[right]) == len && memcmp(names[right], name, len) == 0)
			return right;
	return RIGHT_UNSET;
}
