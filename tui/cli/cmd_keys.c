/* signet keys, signet whoami. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "soapH.h"
#include "tui/cli/command.h"
#include "tui/model/answers.h"

static void
keys_text(FILE *out, const json_t *object)
{
	const json_t *keys = json_object_get(object, "keys"), *key;
	size_t i;

	if (json_array_size(keys) == 0) {
		fputs(
		    "There is no key that you may sign with; ask an administrator for one.\n", out);
		return;
	}
	fprintf(out, "%-24s %-18s %-12s %-20s\n", "NAME", "ALGORITHM", "STATE", "EXPIRES");
	json_array_foreach(keys, i, key)
	    fprintf(out, "%-24s %-18s %-12s %-20s%s%s\n", get_text(key, "name"),
		get_text(key, "algorithm"), get_text(key, "state"), get_text(key, "notAfter"),
		json_is_true(json_object_get(key, "default")) ? " default" : "",
		get_text(key, "reason"));
}

static int
cmd_keys(struct context *context, int argc, char **argv)
{
	struct _sig__ListKeys request = { 0 };
	struct _sig__ListKeysResponse response = { 0 };
	struct soap *soap;
	char *value;
	int rc;

	if (next_option(context, argc, argv, &value, &rc) == OPTION_STOP)
		return rc;
	if (argc - optind > 1)
		return wrong_usage(context, "name one key, or none for all");
	request.filter = optind < argc ? argv[optind] : NULL;
	soap = start_call(context, NULL);
	if (soap == NULL)
		return EXIT_USAGE;
	if (soap_call___sig__ListKeys(soap, endpoint(context), NULL, &request, &response) !=
	    SOAP_OK)
		return report_refusal(context, NULL, NULL);
	print_result(
	    context, json_pack("{so}", "keys", keys_json(soap, response.answer)), keys_text);
	end_call(context);
	return EXIT_PASSED;
}

const struct command command_keys = { "keys", "[NAME]", "List the keys that you may sign with",
	NULL, 0, NULL, cmd_keys };

static void
print_list(FILE *out, const char *title, const json_t *list)
{
	const json_t *item;
	size_t i;

	fprintf(out, "%-10s", title);
	json_array_foreach(list, i, item)
	    fprintf(out, "%s%s", i > 0 ? ", " : "", json_string_value(item));
	fputs(json_array_size(list) == 0 ? "none\n" : "\n", out);
}

static void
whoami_text(FILE *out, const json_t *object)
{
	fprintf(out, "%-10s%s of tenant %s\n", "You are", get_text(object, "name"),
	    get_text(object, "tenant"));
	fprintf(out, "%-10s%s\n", "known by", get_text(object, "authenticatedBy"));
	print_list(out, "groups", json_object_get(object, "groups"));
	print_list(out, "rights", json_object_get(object, "rights"));
	fprintf(out, "%-10s%s, Signet %s, %s\n", "server", get_text(object, "server"),
	    get_text(object, "version"), get_text(object, "time"));
}

static int
cmd_whoami(struct context *context, int argc, char **argv)
{
	struct _sig__WhoAmI request = { 0 };
	struct _sig__WhoAmIResponse response = { 0 };
	struct soap *soap;
	char *value;
	int rc;

	if (next_option(context, argc, argv, &value, &rc) == OPTION_STOP)
		return rc;
	if (optind < argc)
		return wrong_usage(context, "whoami takes no argument");
	soap = start_call(context, NULL);
	if (soap == NULL)
		return EXIT_USAGE;
	if (soap_call___sig__WhoAmI(soap, endpoint(context), NULL, &request, &response) != SOAP_OK)
		return report_refusal(context, NULL, NULL);
	print_result(context, whoami_json(soap, response.answer), whoami_text);
	end_call(context);
	return EXIT_PASSED;
}

const struct command command_whoami = { "whoami", "",
	"Say who the server takes you for, and what you may do", NULL, 0, NULL, cmd_whoami };
