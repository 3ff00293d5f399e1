/* Verdicts that were stored. */
#include "soapH.h"
#include "tui/model/answers.h"
#include "tui/model/json.h"
#include "tui/screens/all.h"

static int
fill(struct client *client, const json_t *in, json_t **out, struct error *err)
{
	int size = (int)json_integer_value(json_object_get(in, "size")), i;
	const char *token = get_text(in, "token"), *filter = get_text(in, "filter");
	struct _sig__FindCases request = { .pageSize = &size,
		.pageToken = token[0] != '\0' ? (char *)token : NULL,
		.signer = filter[0] != '\0' ? (char *)filter : NULL };
	struct _sig__FindCasesResponse response = { 0 };
	struct soap *soap = client_call(client);
	json_t *items;

	if (soap_call___sig__FindCases(
		soap, client->settings.endpoint, NULL, &request, &response) != SOAP_OK)
		return client_failure(client, err);
	items = json_array();
	for (i = 0; i < response.answer->__sizeitem; i++)
		json_array_append_new(items, found_case_json(soap, &response.answer->item[i]));
	*out = json_pack("{so}", "items", items);
	put_text(*out, "next", response.answer->nextPageToken);
	return 0;
}

static int
open_case(struct client *client, const json_t *in, json_t **out, struct error *err)
{
	struct _sig__GetCase request = { .caseId = (char *)get_text(in, "caseId") };
	struct _sig__GetCaseResponse response = { 0 };
	enum sig__CaseContents none = sig__CaseContents__None;
	struct soap *soap = client_call(client);

	request.contents = &none;
	if (soap_call___sig__GetCase(soap, client->settings.endpoint, NULL, &request, &response) !=
	    SOAP_OK)
		return client_failure(client, err);
	*out = case_json(soap, response.answer->storedCase);
	return 0;
}

static int
check_case(struct client *client, const json_t *in, json_t **out, struct error *err)
{
	struct _sig__CheckCase request = { .caseId = (char *)get_text(
					       json_object_get(in, "row"), "caseId") };
	struct _sig__CheckCaseResponse response = { 0 };
	struct soap *soap = client_call(client);

	if (soap_call___sig__CheckCase(
		soap, client->settings.endpoint, NULL, &request, &response) != SOAP_OK)
		return client_failure(client, err);
	*out = json_pack("{ss}", "message",
	    response.answer->intact ? "The case is as it was stored."
				    : "THE CASE WAS CHANGED: see `signet case check`.");
	return 0;
}

static const struct column columns[] = { { "STORED", "stored", COLUMN_TIME, 16, 0 },
	{ "VERDICT", "indication", COLUMN_STATE, 13, 0 },
	{ "DOCUMENT", "documentName", COLUMN_TEXT, 16, 2 },
	{ "SIGNED BY", "signers", COLUMN_TEXTS, 20, 3 }, { "KIND", "kind", COLUMN_TEXT, 12, 0 } };
static const struct action actions[] = {
	{ .key = 'c', .label = "check", .right = "CheckCase", .needs_row = 1, .act = check_case }
};

const struct screen screen_cases = { .name = "Cases",
	.title = "Verdicts that were stored, the latest first",
	.right = "FindCases",
	.empty = "No verdict is stored that fits.",
	.columns = columns,
	.column_count = sizeof(columns) / sizeof(columns[0]),
	.fill = fill,
	.open = open_case,
	.can_filter = 1,
	.actions = actions,
	.action_count = 1 };
