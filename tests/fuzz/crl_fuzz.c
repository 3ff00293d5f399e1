/* CRLs as strangers send them: read, searched, exported without their entries and read again. */
#include <openssl/x509.h>
#include <stdint.h>

#include "signing/x509/crl.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static int
look(void *ctx, const struct crl_entry *entry, struct error *err)
{
	const struct crl_source *source = ctx;
	struct crl_entry found;
	struct span serial = { entry->serial, entry->serial_len };

	/* What is listed is found. */
	if (source->find(source->ctx, entry->issuer, serial, &found, err) != 1)
		__builtin_trap();
	return 0;
}

static void
through_the_store(const struct crl *crl)
{
	struct error err = ERROR_INIT;
	struct buf head = BUF_INIT(0);
	struct crl *again;

	if (crl_head_write(crl, &head, &err) == 0) {
		if (crl_head_read(&again, SPAN_OF(&head), &err) != 0 ||
		    crl_facts(again)->entry_count != crl_facts(crl)->entry_count)
			__builtin_trap();
		crl_free(again);
	}
	buf_release(&head);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct error err = ERROR_INIT;
	struct crl_source source;
	struct crl *crl;

	if (crl_head_read(&crl, (struct span){ data, size }, &err) == 0)
		crl_free(crl);
	error_clear(&err);
	if (crl_open(&crl, (struct span){ data, size }, &err) != 0)
		return 0;
	source = crl_source_of(crl);
	crl_each_entry(crl, look, &source, &err);
	through_the_store(crl);
	crl_free(crl);
	return 0;
}
