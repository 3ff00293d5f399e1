/* signet trust-list create: a signed trusted list of private trust centres, from a recipe. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/clock.h"
#include "signing/x509/keyfile.h"
#include "soapH.h"
#include "tui/cli/command.h"
#include "tui/offline/recipe.h"

enum {
	MAKE_PKCS12,
	MAKE_PASSWORD,
	MAKE_KEY,
	MAKE_UNSIGNED,
	MAKE_SEQUENCE,
	MAKE_ISSUED,
	MAKE_DAYS,
	MAKE_OUTPUT,
	MAKE_FORCE,
	MAKE_OPTIONS
};
static const struct option_row options[] = {
	[MAKE_PKCS12] = { "pkcs12", 0, "FILE", NULL, "sign with the key in this file" },
	[MAKE_PASSWORD] = { "password-file", 0, "FILE", NULL, "its password, on the first line" },
	[MAKE_KEY] = { "key", 'k', "NAME", NULL,
	    "sign with this key of the server (one of `signet keys`)" },
	[MAKE_UNSIGNED] = { "unsigned", 0, NULL, NULL, "do not sign: to be looked at" },
	[MAKE_SEQUENCE] = { "sequence", 0, "N", NULL, "number of the list, else the recipe's" },
	[MAKE_ISSUED] = { "issued", 0, "TIME", NULL, "time of issue, else the recipe's or now" },
	[MAKE_DAYS] = { "valid-days", 0, "N", NULL, "until the next list, else the recipe's" },
	[MAKE_OUTPUT] = { "output", 'o', "FILE", NULL, "the list; - is standard output" },
	[MAKE_FORCE] = { "force", 'f', NULL, NULL, "replace a file that exists" },
};

struct making {
	struct context *context;
	char *value[MAKE_OPTIONS];
	const char *output;
	struct recipe recipe;
	struct buf list; /* without its signature */
	struct buf made;
};

static void
made_text(FILE *out, const json_t *object)
{
	fprintf(out, "list %s of %s with %s services -> %s\n", get_text(object, "sequence"),
	    get_text(object, "operator"), get_text(object, "services"), get_text(object, "output"));
}

static void
tell(const struct making *m)
{
	json_t *out = json_object();
	char number[32];
	size_t i, n = 0;

	for (i = 0; i < m->recipe.provider_count; i++)
		n += m->recipe.providers[i].provider.service_count;
	put_text(out, "output", m->output);
	put_text(out, "operator", m->recipe.scheme.operator_name);
	snprintf(number, sizeof(number), "%llu", (unsigned long long)m->recipe.scheme.sequence);
	put_text(out, "sequence", number);
	snprintf(number, sizeof(number), "%zu", n);
	put_text(out, "services", number);
	print_result(m->context, out, made_text);
}

static int
sign_here(struct making *m, struct error *err)
{
	struct buf file = BUF_INIT(KEYFILE_BYTES_MAX);
	struct keyfile keys = { 0 };
	struct sign_key key = { .name = "pkcs12" };
	const char *password = "";
	int rc = -1;

	if (m->value[MAKE_PASSWORD] != NULL &&
	    (password = first_line(m->context, m->value[MAKE_PASSWORD])) == NULL)
		return -1;
	if (read_small(&file, m->value[MAKE_PKCS12], err) != 0 ||
	    keyfile_read_pkcs12(&keys, SPAN_OF(&file), password, err) != 0)
		goto done;
	if (keys.key == NULL || keys.cert == NULL) {
		error_set(err, ERROR_MALFORMED, "%s holds no key with a certificate",
		    m->value[MAKE_PKCS12]);
		goto done;
	}
	key.pkey = keys.key;
	key.cert = keys.cert;
	key.chain = keys.chain;
	rc = trust_list_sign(&m->made, SPAN_OF(&m->list), &key, clock_now(), err);
done:
	keyfile_release(&keys);
	buf_wipe(&file);
	return rc;
}

/* Write what was made here. */
static int
put_file(struct making *m, struct span content)
{
	struct download file = { .fd = -1 };
	struct error err = ERROR_INIT;
	int rc = EXIT_PASSED;

	if (download_open(&file, m->output, m->value[MAKE_FORCE] != NULL, &err) != 0 ||
	    download_commit(&file, content, &err) != 0)
		rc = report_local(m->context, NULL, &err);
	download_close(&file);
	if (rc == EXIT_PASSED)
		tell(m);
	return rc;
}

/* SignDocument of the server: XAdES baseline, enveloped, exclusive canonicalisation. */
static int
sign_there(struct making *m)
{
	struct sig__SignatureParameters parameters = { .format = sig__SignatureFormat__XML_,
		.key = m->value[MAKE_KEY] };
	struct sig__Document document = { .name = (char *)"trusted-list.xml",
		.mimeType = (char *)"text/xml" };
	struct _sig__SignDocument request = { .parameters = &parameters, .document = &document };
	struct _sig__SignDocumentResponse response = { 0 };
	struct transfer transfer = { 0 };
	struct download file = { .fd = -1 };
	struct error err = ERROR_INIT;
	const struct xsd__base64Binary *inline_bytes;
	struct soap *soap;
	int rc = EXIT_USAGE;

	document.content.__ptr = m->list.data;
	document.content.__size = (int)m->list.len;
	if (download_open(&file, m->output, m->value[MAKE_FORCE] != NULL, &err) != 0)
		goto local;
	transfer.download = &file;
	soap = start_call(m->context, &transfer);
	if (soap == NULL)
		goto done;
	if (soap_call___sig__SignDocument(soap, endpoint(m->context), NULL, &request, &response) !=
	    SOAP_OK) {
		rc = report_refusal(m->context, "the trusted list", &transfer);
		goto done;
	}
	inline_bytes = &response.answer->signedDocument->content;
	if (transfer_check(&transfer, &err) != 0 ||
	    download_commit(&file,
		(struct span){ inline_bytes->__ptr, (size_t)inline_bytes->__size }, &err) != 0)
		goto local;
	rc = EXIT_PASSED;
	tell(m);
	goto done;
local:
	report_local(m->context, NULL, &err);
done:
	end_call(m->context);
	download_close(&file);
	return rc;
}

static int
number_of(struct context *context, const char *name, const char *value, long max, long *out)
{
	char *end;

	*out = value != NULL ? strtol(value, &end, 10) : 0;
	if (value != NULL && (*end != '\0' || *out < 1 || *out > max))
		return wrong_usage(
		    context, "--%s takes a number from 1 to %ld, not %s", name, max, value);
	return 0;
}

static int
create(struct making *m, const char *path)
{
	struct recipe_wish wish = { .issued = m->value[MAKE_ISSUED], .now = clock_now() };
	struct error err = ERROR_INIT;
	long sequence, days;

	if (number_of(m->context, "sequence", m->value[MAKE_SEQUENCE], 999999999, &sequence) != 0 ||
	    number_of(m->context, "valid-days", m->value[MAKE_DAYS], 3650, &days) != 0)
		return EXIT_USAGE;
	wish.sequence = (uint64_t)sequence;
	wish.valid_days = (int)days;
	if (recipe_read(&m->recipe, path, &wish, &err) != 0 ||
	    trust_list_write(&m->list, &m->recipe.scheme, m->recipe.providers,
		m->recipe.provider_count, &err) != 0)
		return report_local(m->context, path, &err);
	if (m->value[MAKE_KEY] != NULL)
		return sign_there(m);
	if (m->value[MAKE_UNSIGNED] != NULL)
		return put_file(m, SPAN_OF(&m->list));
	if (sign_here(m, &err) != 0)
		return err.kind != ERROR_NONE ? report_local(m->context, path, &err) : EXIT_USAGE;
	return put_file(m, SPAN_OF(&m->made));
}

static int
cmd_trust_list(struct context *context, int argc, char **argv)
{
	struct making m = { .context = context };
	int id, rc = EXIT_PASSED, ways;
	char *value;

	while ((id = next_option(context, argc, argv, &value, &rc)) >= 0)
		m.value[id] = value != NULL ? value : (char *)"";
	if (id == OPTION_STOP)
		return rc;
	if (argc - optind != 2 || strcmp(argv[optind], "create") != 0)
		return wrong_usage(context, "say: trust-list create RECIPE");
	ways = (m.value[MAKE_PKCS12] != NULL) + (m.value[MAKE_KEY] != NULL) +
	       (m.value[MAKE_UNSIGNED] != NULL);
	if (ways != 1)
		return wrong_usage(
		    context, "who signs the list? one of --pkcs12, --key or --unsigned");
	if (m.value[MAKE_OUTPUT] == NULL)
		return wrong_usage(context, "where shall the list go? -o FILE");
	m.output = m.value[MAKE_OUTPUT];
	context->report = strcmp(m.output, "-") == 0 ? stderr : stdout;
	rc = create(&m, argv[optind + 1]);
	recipe_release(&m.recipe);
	buf_release(&m.list);
	buf_release(&m.made);
	return rc;
}

const struct command command_trust_list = { "trust-list", "create [options] RECIPE",
	"Make a signed trusted list (ETSI TS 119 612) of private trust centres", options,
	MAKE_OPTIONS,
	"  signet trust-list create --pkcs12 tl.p12 --password-file tl.pass -o house.xml house.tl\n"
	"  signet trust-list create --key seal --sequence 8 -o house.xml house.tl\n",
	cmd_trust_list };
