/* What the server thinks of a certificate now: path, trust, and revocation by CRL and OCSP. */
#include "server/base/text.h"
#include "soapH.h"
#include "tui/model/json.h"
#include "tui/model/verdict.h"
#include "tui/screens/screen.h"

int
ask_validity(struct client *client, const json_t *in, json_t **out, struct error *err)
{
	const json_t *row = json_object_get(in, "row");
	struct _sig__ValidateCertificate request = { 0 };
	struct _sig__ValidateCertificateResponse response = { 0 };
	struct soap *soap = client_call(client);
	struct buf der = BUF_INIT(1 << 20);
	int rc = -1;

	if (text_base64_decode(&der, span_str(get_text(row, "certificate")), err) != 0)
		goto done;
	if (der.len == 0) {
		error_set(err, ERROR_NOT_FOUND, "there is no certificate here");
		goto done;
	}
	request.certificate.__ptr = der.data;
	request.certificate.__size = (int)der.len;
	if (soap_call___sig__ValidateCertificate(
		soap, client->settings.endpoint, NULL, &request, &response) != SOAP_OK) {
		client_failure(client, err);
		goto done;
	}
	*out = certificate_json(soap, get_text(row, "subject"), response.answer);
	rc = 0;
done:
	buf_release(&der);
	return rc;
}
