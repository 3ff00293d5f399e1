/*
 * signet sign-on: hand in a certificate of one's own to become a user, and ask how it stands. The
 * key proves itself in the TLS handshake (PKCS#12) or by signing a challenge (PEM, cards, and where
 * something between ends the TLS). Who accepts does so by `signet user accept`.
 */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "server/base/terminal.h"
#include "tui/cli/admin.h"
#include "tui/model/prover.h"

enum {
	O_TENANT,
	O_CERTIFICATE,
	O_KEY,
	O_PASSPHRASE,
	O_MODULE,
	O_TOKEN,
	O_OBJECT,
	O_PIN,
	O_NOTE,
	O_CHALLENGE,
	O_STATUS,
	O_WAIT,
	O_TIMEOUT,
	O_ENDPOINT,
	O_CA,
	OPTIONS
};
static const struct option_row options[OPTIONS] = {
	[O_TENANT] = { "tenant", 't', "NAME", NULL,
	    "the tenant to become a user of; else default" },
	[O_CERTIFICATE] = { "certificate", 'c', "FILE", NULL,
	    "PKCS#12, or PEM with the certificate" },
	[O_KEY] = { "private-key", 0, "FILE", NULL, "the key in PEM, where it is in another file" },
	[O_PASSPHRASE] = { "passphrase-file", 0, "FILE", NULL,
	    "the passphrase: its first line; else it is asked" },
	[O_MODULE] = { "pkcs11", 0, "FILE", NULL, "a card, by this PKCS#11 module" },
	[O_TOKEN] = { "token", 0, "LABEL", NULL, "which card, where there are several" },
	[O_OBJECT] = { "object", 0, "LABEL", NULL,
	    "which certificate, where the card has several" },
	[O_PIN] = { "pin-file", 0, "FILE", NULL, "the PIN: its first line; else it is asked" },
	[O_NOTE] = { "note", 0, "TEXT", NULL, "for the administrator: who you are, what for" },
	[O_CHALLENGE] = { "challenge", 0, NULL, NULL,
	    "prove the key by a challenge, not in the TLS handshake" },
	[O_STATUS] = { "status", 0, NULL, NULL, "hand in nothing: only ask how it stands" },
	[O_WAIT] = { "wait", 'w', NULL, NULL, "wait until an administrator has decided" },
	[O_TIMEOUT] = { "timeout", 0, "SECONDS", NULL, "with --wait: at most so long; else a day" },
	[O_ENDPOINT] = { "endpoint", 0, "URL", NULL, "the server, without a configuration" },
	[O_CA] = { "ca-file", 0, "FILE", NULL, "the CA of its certificate, with --endpoint" },
};

/* One run. */
struct job {
	struct context *context;
	const char *value[OPTIONS];
	const char *tenant;
	char passphrase[1024];
	struct prover prover;
	int by_challenge;
	struct record_arena arena;
	struct buf signature;
};

static size_t
place(const struct map *map, const char *field)
{
	size_t i = 0;

	while (i < map->count && strcmp(map->rows[i].name, field) != 0)
		i++;
	return i;
}

/* ---- calls ---- */

/*
 * The one thing that is answered: EXIT_PASSED, else what to end with after telling why; or, where
 * `later` is there, -1 and in it after how many seconds to ask again.
 */
static int
call(struct job *j, const struct mapping_operation *op, const struct record_value *request,
    struct record_value **values, unsigned int *later)
{
	const struct map *map = op->thing();
	struct soap *soap = start_call(j->context, NULL);
	struct error err = ERROR_INIT;
	void *answer;
	size_t i;
	int rc = EXIT_PASSED;

	if (soap == NULL)
		return EXIT_USAGE;
	if (administration_call(soap, endpoint(j->context), op, request, &answer) != SOAP_OK) {
		client_failure(&j->context->client, &err);
		end_call(j->context);
		if (later != NULL && (err.kind == ERROR_UNAVAILABLE || err.kind == ERROR_LIMIT)) {
			*later = err.retry_after;
			return -1;
		}
		report_local(j->context, NULL, &err);
		return err.kind == ERROR_UNAVAILABLE ? EXIT_UNAVAILABLE : EXIT_REFUSED;
	}
	*values = record_alloc(&j->arena, map->count + 1, sizeof(**values), &err);
	for (i = 0; *values != NULL && i < map->count && rc == EXIT_PASSED; i++)
		if (mapping_get(&map->rows[i], administration_thing(op, answer, 0), &j->arena,
			&(*values)[i], &err) != 0)
			rc = report_local(j->context, NULL, &err);
	end_call(j->context);
	return *values != NULL ? rc : EXIT_USAGE;
}

static void
set(const struct map *map, struct record_value *request, const char *field, struct record_value v)
{
	const size_t i = place(map, field);

	if (i < map->count)
		request[i] = v;
}

static struct record_value
bytes_of(const struct buf *b)
{
	return (struct record_value){ .is_set = 1, .bytes = SPAN_OF(b) };
}

/* ---- the proof ---- */

/* What a server may have signed: a challenge of ours for this very certificate, nothing else. */
static int
is_challenge(struct job *j, const char *text)
{
	static const char begin[] = "signet-sign-on-1 ", field[] = " certificate=";
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	char hex[2 * EVP_MAX_MD_SIZE + 1];
	const char *at = text != NULL ? strstr(text, field) : NULL;

	return at != NULL && strncmp(text, begin, strlen(begin)) == 0 &&
	       EVP_Digest(
		   j->prover.der.data, j->prover.der.len, digest, &len, EVP_sha256(), NULL) == 1 &&
	       strncmp(at + strlen(field), text_hex(hex, digest, len), 2 * (size_t)len) == 0;
}

static int
answer_challenge(
    struct job *j, const struct map *to, struct record_value *request, unsigned int *later)
{
	const struct mapping_operation *op = mapping_by_name("GetSignOnChallenge");
	const struct map *map = op->request(), *of = op->thing();
	struct record_value *ask = record_alloc(&j->arena, map->count + 1, sizeof(*ask), NULL);
	struct record_value *values = NULL;
	struct error err = ERROR_INIT;
	const char *text;
	int rc;

	if (ask == NULL)
		return EXIT_USAGE;
	set(map, ask, "tenant", value_of_text(j->tenant));
	set(map, ask, "certificate", bytes_of(&j->prover.der));
	rc = call(j, op, ask, &values, later);
	if (rc != EXIT_PASSED)
		return rc;
	text = value_text(&values[place(of, "challenge")]);
	if (!is_challenge(j, text)) {
		error_set(&err, ERROR_INTERNAL,
		    "the server wants something signed that is no challenge for this certificate; "
		    "it was not signed");
		return report_local(j->context, NULL, &err);
	}
	j->signature.len = 0;
	if (prover_sign(&j->prover, span_str(text), &j->signature, &err) != 0)
		return report_local(j->context, NULL, &err);
	set(to, request, "challenge", value_of_text(text));
	set(to, request, "signatureValue", bytes_of(&j->signature));
	set(to, request, "certificate", bytes_of(&j->prover.der));
	return EXIT_PASSED;
}

/* SignOn or GetSignOn, with a proof of its own. */
static int
apply(struct job *j, const char *operation, struct record_value **values, unsigned int *later)
{
	const struct mapping_operation *op = mapping_by_name(operation);
	const struct map *map = op->request();
	struct record_value *request =
	    record_alloc(&j->arena, map->count + 1, sizeof(*request), NULL);
	int rc = EXIT_PASSED;

	if (request == NULL)
		return EXIT_USAGE;
	set(map, request, "tenant", value_of_text(j->tenant));
	set(map, request, "note", value_of_text(j->value[O_NOTE]));
	if (j->by_challenge)
		rc = answer_challenge(j, map, request, later);
	return rc == EXIT_PASSED ? call(j, op, request, values, later) : rc;
}

/* ---- waiting ---- */

#define DAY	     86400
#define POLL_FIRST   2
#define POLL_LONGEST 30

static const char *
state_of(const struct record_value *values)
{
	return value_text(&values[place(mapping_by_name("GetSignOn")->thing(), "state")]);
}

static int
wait_for_decision(struct job *j, struct record_value **values)
{
	const char *word = j->value[O_TIMEOUT];
	const int64_t until =
	    clock_monotonic_us() + (word != NULL ? strtoll(word, NULL, 10) : DAY) * 1000000;
	unsigned int pause = POLL_FIRST, later;
	int rc = EXIT_PASSED;

	while (*values == NULL || strcmp(state_of(*values), "Waiting") == 0) {
		if (clock_monotonic_us() + pause * 1000000LL > until)
			break;
		sleep(pause);
		later = 0;
		rc = apply(j, "GetSignOn", values, &later);
		if (rc > EXIT_PASSED)
			return rc;
		pause = pause * 2 < POLL_LONGEST ? pause * 2 : POLL_LONGEST;
		if (rc < 0 && later > pause)
			pause = later;
	}
	return *values != NULL ? EXIT_PASSED : EXIT_UNAVAILABLE;
}

static int
exit_of_state(const char *state)
{
	if (strcmp(state, "Accepted") == 0)
		return EXIT_PASSED;
	return strcmp(state, "Waiting") == 0 ? EXIT_INDETERMINATE : EXIT_FAILED;
}

static int
work(struct job *j)
{
	const int only_asks = j->value[O_STATUS] != NULL, waits = j->value[O_WAIT] != NULL;
	struct record_value *values = NULL;
	int rc = apply(j, only_asks ? "GetSignOn" : "SignOn", &values, NULL);

	if (rc != EXIT_PASSED)
		return rc;
	if (waits && (rc = wait_for_decision(j, &values)) != EXIT_PASSED)
		return rc;
	rc = only_asks || waits ? exit_of_state(state_of(values)) : EXIT_PASSED;
	print_result(
	    j->context, thing_json(mapping_by_name("GetSignOn")->thing(), values), thing_text);
	return rc;
}

/* ---- the certificate, and the server ---- */

/* From the first line of a file, or asked. */
static int
take_secret(struct job *j, int option, const char *question)
{
	struct error err = ERROR_INIT;
	const char *line;

	if (j->value[option] != NULL) {
		line = first_line(j->context, j->value[option]);
		if (line == NULL)
			return EXIT_USAGE;
		text_copy(j->passphrase, sizeof(j->passphrase), line);
	} else if (terminal_ask(j->passphrase, sizeof(j->passphrase), question, 1, &err) != 0)
		return report_local(j->context, NULL, &err);
	return EXIT_PASSED;
}

/* PEM that is not encrypted needs no passphrase: try without. */
static int
open_file(struct job *j)
{
	const char *file = j->value[O_CERTIFICATE];
	struct error err = ERROR_INIT;
	int rc;

	if (j->value[O_PASSPHRASE] == NULL &&
	    prover_open_file(&j->prover, file, j->value[O_KEY], NULL, &err) == 0)
		return EXIT_PASSED;
	if (j->value[O_PASSPHRASE] == NULL && err.kind != ERROR_NOT_AUTHENTICATED &&
	    err.kind != ERROR_NOT_FOUND)
		return report_local(j->context, NULL, &err);
	if (j->value[O_PASSPHRASE] == NULL && !terminal_is_there())
		return report_local(j->context, NULL, &err);
	error_clear(&err);
	rc = take_secret(j, O_PASSPHRASE, "Passphrase: ");
	if (rc == EXIT_PASSED &&
	    prover_open_file(&j->prover, file, j->value[O_KEY], j->passphrase, &err) != 0)
		rc = report_local(j->context, NULL, &err);
	return rc;
}

static int
open_card(struct job *j)
{
	const struct card_choice choice = { j->value[O_MODULE], j->value[O_TOKEN],
		j->value[O_OBJECT], j->passphrase };
	struct error err = ERROR_INIT;
	int rc = take_secret(j, O_PIN, "PIN: ");

	if (rc == EXIT_PASSED && prover_open_card(&j->prover, &choice, &err) != 0)
		rc = report_local(j->context, NULL, &err);
	return rc;
}

/* Whoever the configuration names is not who is meant: it says where the server is, no more. */
static int
connect_as(struct job *j)
{
	struct context *context = j->context;
	struct client_settings view;
	struct error err = ERROR_INIT;

	if (j->value[O_ENDPOINT] == NULL &&
	    settings_load(&context->settings, context->config, &err) != 0)
		return report_local(context, NULL, &err);
	settings_forget_who(&context->settings);
	view = settings_view(&context->settings);
	if (j->value[O_ENDPOINT] != NULL)
		view =
		    (struct client_settings){ .endpoint = j->value[O_ENDPOINT], .timeout_s = 60 };
	if (j->value[O_CA] != NULL)
		view.ca_file = j->value[O_CA];
	if (!j->by_challenge) {
		view.certificate = j->value[O_CERTIFICATE];
		view.passphrase = j->passphrase;
	}
	context->is_connected = client_open(&context->client, &view, &err) == 0;
	return context->is_connected ? EXIT_PASSED : report_local(context, NULL, &err);
}

/* The handshake's certificate comes from PKCS#12 alone. */
static int
is_pkcs12(const char *file)
{
	struct buf content = BUF_INIT(1 << 20);
	int is;

	is = buf_read_file(&content, file, NULL) == 0 && content.len > 1 &&
	     content.data[0] == 0x30 && content.data[1] > 0x80;
	buf_wipe(&content);
	return is;
}

static int
cmd_sign_on(struct context *context, int argc, char **argv)
{
	struct job j = { .context = context, .tenant = "default" };
	char *value;
	int id, rc = EXIT_PASSED;

	while ((id = next_option(context, argc, argv, &value, &rc)) >= 0)
		j.value[id] = value != NULL ? value : "";
	if (id == OPTION_STOP)
		return rc;
	if (optind < argc)
		return wrong_usage(
		    context, "%.60s is not expected; --certificate names a file", argv[optind]);
	if ((j.value[O_CERTIFICATE] == NULL) == (j.value[O_MODULE] == NULL))
		return wrong_usage(
		    context, "say --certificate FILE or --pkcs11 MODULE, one of both");
	if (j.value[O_TENANT] != NULL)
		j.tenant = j.value[O_TENANT];
	context->report = stdout;
	j.by_challenge = j.value[O_MODULE] != NULL || j.value[O_CHALLENGE] != NULL ||
			 !is_pkcs12(j.value[O_CERTIFICATE]);
	buf_init(&j.signature, 1 << 16);
	rc = j.value[O_MODULE] != NULL ? open_card(&j) : open_file(&j);
	if (rc == EXIT_PASSED)
		rc = connect_as(&j);
	if (rc == EXIT_PASSED)
		rc = work(&j);
	prover_close(&j.prover);
	record_release(&j.arena);
	buf_release(&j.signature);
	explicit_bzero(j.passphrase, sizeof(j.passphrase));
	return rc;
}

const struct command command_sign_on = { "sign-on",
	"(--certificate FILE | --pkcs11 MODULE) [--tenant NAME] [--status] [--wait]",
	"Hand in a certificate of yours to become a user, and ask how it stands", options, OPTIONS,
	"  signet sign-on --tenant acme --certificate me.p12 --note 'Alice, accounting' --wait\n"
	"  signet sign-on --tenant acme --pkcs11 /usr/lib/opensc-pkcs11.so --status\n"
	"  signet sign-on --endpoint https://signet.example.org:8443/ --ca-file ca.pem -c me.pem\n",
	cmd_sign_on };
