# What the generated soapC.c is changed in. The makefile checks that each of these still finds its place.
# An enumeration is a word, never its number.
s/if (soap_s2int(soap, s, &n) ||/if ((soap->mode \& SOAP_XML_STRICT) || soap_s2int(soap, s, \&n) ||/
# base64 is read by strict.c.
s/a->__ptr = soap_getbase64(soap, &a->__size, 0);/if (!(a->__ptr = signet_getbase64(soap, \&a->__size))) return NULL;/
s/^#include "soapH.h"/&\nunsigned char *signet_getbase64(struct soap *, int *);/
# A binary that is not there (NULL) is no empty element.
/^SOAP_FMAC3 int SOAP_FMAC4 soap_out_xsd__base64Binary(/{n;s/{/{\tif (a->__ptr == NULL \&\& a->id == NULL) return SOAP_OK;/}
