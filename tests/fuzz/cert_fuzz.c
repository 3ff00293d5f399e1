/* Certificates as strangers send them: read, described, and their path judged to themselves. */
#include <openssl/x509.h>

#include "signing/x509/cert.h"
#include "signing/x509/path.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void
judge(X509 *cert, STACK_OF(X509) * all)
{
	struct path_input in = { .cert = cert,
		.untrusted = all,
		.anchors = all,
		.time = INT64_C(1772362800),
		.purpose = PATH_SIGNING };
	struct error err = ERROR_INIT;
	struct path_result result;
	struct cert_facts facts;
	char label[64];

	cert_label(cert, label, sizeof(label));
	if (cert_facts_read(&facts, cert, &err) == 0)
		cert_facts_release(&facts);
	error_clear(&err);
	if (path_validate(&in, &result, &err) == 0)
		path_result_release(&result);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	STACK_OF(X509) *all = sk_X509_new_null();
	struct error err = ERROR_INIT;
	int i;

	if (all != NULL && certs_read(all, (struct span){ data, size }, 10, &err) == 0)
		for (i = 0; i < sk_X509_num(all); i++)
			judge(sk_X509_value(all, i), all);
	sk_X509_pop_free(all, X509_free);
	return 0;
}
