/* signing/x509/ocsp_parts.h: the inside of an answer. For ocsp*.c only. */
#ifndef SIGNET_SIGNING_X509_OCSP_PARTS_H
#define SIGNET_SIGNING_X509_OCSP_PARTS_H

#include "signing/x509/der.h"
#include "signing/x509/ocsp.h"

struct ocsp_response {
	struct ocsp_facts facts;
	struct span tbs, signature;
	unsigned char *der; /* the copy that all spans look at */
	struct ocsp_single *singles;
	X509_NAME *responder_name;
	X509_ALGOR *algorithm;
};

#endif
