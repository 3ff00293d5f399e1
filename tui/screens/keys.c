/* Keys that the caller may sign with. */
#include "soapH.h"
#include "tui/model/answers.h"
#include "tui/screens/all.h"

static int
fill(struct client *client, const json_t *in, json_t **out, struct error *err)
{
	const char *filter = json_string_value(json_object_get(in, "filter"));
	struct _sig__ListKeys request = {
		.filter = filter != NULL && filter[0] != '\0' ? (char *)filter : NULL
	};
	struct _sig__ListKeysResponse response = { 0 };
	struct soap *soap = client_call(client);

	if (soap_call___sig__ListKeys(soap, client->settings.endpoint, NULL, &request, &response) !=
	    SOAP_OK)
		return client_failure(client, err);
	*out = json_pack("{so}", "items", keys_json(soap, response.answer));
	return 0;
}

static const struct column columns[] = { { "NAME", "name", COLUMN_TEXT, 16, 2 },
	{ "ALGORITHM", "algorithm", COLUMN_TEXT, 10, 0 }, { "BITS", "size", COLUMN_COUNT, 5, 0 },
	{ "STATE", "state", COLUMN_STATE, 11, 0 }, { "EXPIRES", "notAfter", COLUMN_TIME, 16, 0 },
	{ "WHY", "reason", COLUMN_TEXT, 12, 3 } };

const struct screen screen_keys = { .name = "Keys",
	.title = "Keys that you may sign with",
	.right = "ListKeys",
	.empty = "There is no key that you may sign with; ask an administrator for one.",
	.columns = columns,
	.column_count = sizeof(columns) / sizeof(columns[0]),
	.fill = fill,
	.refresh_seconds = 30 };
