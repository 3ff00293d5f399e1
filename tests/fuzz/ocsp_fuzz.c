/* OCSP answers as strangers send them: read, and their own certificates asked about. */
#include <openssl/x509.h>

#include "signing/x509/ocsp.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const struct ocsp_facts *f;
	struct error err = ERROR_INIT;
	struct ocsp_response *r;
	int i;

	if (ocsp_response_read(&r, (struct span){ data, size }, &err) != 0)
		return 0;
	f = ocsp_facts(r);
	for (i = 0; i < sk_X509_num(f->certificates); i++) {
		X509 *cert = sk_X509_value(f->certificates, i);

		ocsp_find(f, cert, cert);
		if (ocsp_responder_is(f, cert) && X509_get0_pubkey(cert) != NULL)
			ocsp_verify(r, X509_get0_pubkey(cert), &err);
	}
	ocsp_nonce_matches(f, (struct span){ data, size < 16 ? size : 16 });
	ocsp_response_free(r);
	return 0;
}
