/* Verdicts to messages of the contract. They follow with signing/verify; until then an Internal
 * fault. */
#include "server/soap/call.h"

OUT_FUNCTION(VerifyDocument)
{
	return c->soap->error = SOAP_ERR;
}

OUT_FUNCTION(VerifyDocuments)
{
	return c->soap->error = SOAP_ERR;
}

OUT_FUNCTION(ValidateCertificate)
{
	return c->soap->error = SOAP_ERR;
}

OUT_FUNCTION(VerifyTimestamp)
{
	return c->soap->error = SOAP_ERR;
}
