/* Algorithm catalogues from anywhere: read, checked for their signer, compared, written again. */
#include <stddef.h>

#include "signing/trust/catalogue_file.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const struct catalogue_edition edition = { "1", "x", 0, CATALOGUE_OPEN };
	const struct span bytes = { data, size };
	struct catalogue_findings findings;
	struct catalogue_file *file = NULL, *again = NULL;
	struct buf out = BUF_INIT(0), text = BUF_INIT(0);
	struct error err = ERROR_INIT;

	if (catalogue_file_accept(&file, bytes, NULL, INT64_C(1772362800), &err) == 0)
		__builtin_trap(); /* nobody is pinned */
	error_clear(&err);
	if (catalogue_file_read(&file, bytes, &findings, &err) == 0) {
		catalogue_compare(catalogue_builtin(), &file->catalogue, &out, &err);
		if (catalogue_file_write(&text, &file->catalogue, &edition, &err) == 0 &&
		    catalogue_file_read(&again, SPAN_OF(&text), NULL, &err) == 0)
			catalogue_compare(&again->catalogue, &file->catalogue, &out, &err);
	}
	catalogue_file_free(file);
	catalogue_file_free(again);
	buf_release(&out);
	buf_release(&text);
	return 0;
}
