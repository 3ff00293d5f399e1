/* Who is connected to what. */
#include "soapH.h"
#include "tui/model/answers.h"
#include "tui/screens/all.h"

int
ask_who(struct client *client, const json_t *in, json_t **out, struct error *err)
{
	struct _sig__WhoAmI request = { 0 };
	struct _sig__WhoAmIResponse response = { 0 };
	struct soap *soap = client_call(client);

	(void)in;
	if (soap_call___sig__WhoAmI(soap, client->settings.endpoint, NULL, &request, &response) !=
	    SOAP_OK)
		return client_failure(client, err);
	*out = whoami_json(soap, response.answer);
	return 0;
}

const struct screen screen_status = { .name = "Status",
	.title = "The server, and who you are to it",
	.right = "WhoAmI",
	.empty = "",
	.fill = ask_who,
	.refresh_seconds = 10 };
