#include "server/init/failed.h"

#include <stdio.h>

void
init_failed(const struct error *err)
{
	const int has_cause = err->cause[0] != '\0' &&
			      (err->kind == ERROR_UNAVAILABLE || err->kind == ERROR_INTERNAL);

	fprintf(stderr, "signet-init: %s%s%s%s\n", err->text, has_cause ? " (" : "",
	    has_cause ? err->cause : "", has_cause ? ")" : "");
}
