/* What the operations on signed documents share: which signature is meant, and is it whole. */
#include <stdio.h>
#include <string.h>

#include "server/ops/reading.h"

void
signature_ids(const struct signatures *list, char *out, size_t size)
{
	size_t i, len = 0;

	out[0] = '\0';
	for (i = 0; i < list->count; i++) {
		const struct signature *sig = &list->items[i];
		size_t need = strlen(sig->id) + 2;

		if (sig->parent != NULL)
			continue;
		if (len + need + sizeof("...") >= size) {
			snprintf(out + len, size - len, "...");
			return;
		}
		len +=
		    (size_t)snprintf(out + len, size - len, "%s%s", len > 0 ? ", " : "", sig->id);
	}
}

struct signature *
signature_named(const struct signatures *list, const char *id, const char *what, struct error *err)
{
	struct signature *found = NULL;
	char ids[200];
	size_t i, count = 0;

	for (i = 0; i < list->count; i++) {
		struct signature *sig = &list->items[i];

		if (id != NULL ? strcmp(sig->id, id) == 0 : sig->parent == NULL) {
			found = sig;
			count++;
		}
	}
	if (count == 1)
		return found;
	signature_ids(list, ids, sizeof(ids));
	if (list->count == 0)
		error_set(err, ERROR_NOT_FOUND, "the document has no signature %s", what);
	else if (id == NULL)
		error_set(err, ERROR_MALFORMED,
		    "the document has %zu signatures; say by signatureId which one %s: %s", count,
		    what, ids);
	else if (count > 1)
		error_set(err, ERROR_CONFLICT,
		    "the document has %zu signatures with the id %.100s; it cannot be told which "
		    "one is meant",
		    count, id);
	else
		error_set(err, ERROR_NOT_FOUND,
		    "the document has no signature %.100s; there is: %s", id, ids);
	return NULL;
}

/* The first document that is signed and not there, or NULL. */
static const struct reference *
missing(const struct signature *sig)
{
	size_t i;

	for (i = 0; i < sig->reference_count; i++)
		if (!sig->references[i].found && !sig->references[i].in_manifest)
			return &sig->references[i];
	return NULL;
}

int
signature_is_whole(const struct signature *sig, struct error *err)
{
	const struct reference *absent = missing(sig);

	if (sig->value_intact && sig->references_intact && sig->failure == SUB_NONE)
		return 0;
	if (sig->value_intact && absent != NULL && sig->failure == SUB_SIGNED_DATA_NOT_FOUND)
		return error_set(err, ERROR_NOT_FOUND,
		    "what signature %.100s signs is not in the document: %.250s", sig->id,
		    absent->problem[0] != '\0' ? absent->problem : sig->failure_text);
	return error_set(err, ERROR_CONFLICT, "signature %.100s is broken: %.280s", sig->id,
	    sig->failure_text[0] != '\0' ? sig->failure_text
					 : "its value is not the signer's over what it covers");
}
