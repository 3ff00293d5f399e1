#include "tui/cli/words.h"

#include <ctype.h>
#include <string.h>

#include "server/base/buf.h"
#include "tui/cli/command.h"

/*
 * Elements of requests: the options that they come from, of which a command has one at most, and
 * what they are where it has none; NULL: left as it is.
 */
static const struct {
	const char *element, *option, *plain;
} elements[] = {
	{ "validationTime", "time", NULL },
	{ "validationPolicy", "policy", NULL },
	{ "requestId", "request-id", NULL },
	{ "signatureId", "signature", NULL },
	{ "originalDocument", "original", "FILE" },
	{ "originalDigest", "original", NULL },
	{ "signedDocument", NULL, "FILE" },
	{ "document", NULL, "FILE" },
	{ "timestampToken", NULL, "FILE" },
	{ "returnReport", "report", NULL },
	{ "reportKey", "report-key", NULL },
	{ "storeDocument", "store-document", NULL },
	{ "store", "store", NULL },
	{ "caseKind", "kind", NULL },
	{ "caseId", NULL, "the case's id" },
	{ "storedSince", "since", NULL },
	{ "storedBefore", "before", NULL },
	{ "certificateDigest", "certificate-digest", NULL },
	{ "signer", "signer", NULL },
	{ "pageSize", "limit", NULL },
	{ "digestMethod", "digest", NULL },
	{ "signatureMethod", "pss", NULL },
	{ "timestampAuthority", "authority", NULL },
	{ "authority", "authority", NULL },
	{ "claimedRole", "role", NULL },
	{ "includeChain", "chain", NULL },
	{ "key", "key", NULL },
	{ "level", "level", NULL },
	{ "format", "format", NULL },
	{ "packaging", "packaging", NULL },
	{ "fieldName", "field", NULL },
	{ "reason", "reason", NULL },
	{ "location", "location", NULL },
	{ "contactInfo", "contact", NULL },
	{ "certification", "certify", NULL },
	{ "rectangle", "rectangle", NULL },
	{ "page", "page", NULL },
	{ "text", "text", NULL },
	{ "image", "image", NULL },
	{ "password", "password-file", NULL },
	{ "targetId", "target-id", NULL },
	{ "targetXPath", "target-xpath", NULL },
	{ "canonicalizationMethod", "canonicalization", NULL },
	{ "purpose", "purpose", NULL },
	{ "chain", "issuer", NULL },
	{ "policy", "certificate-policy", NULL },
	{ "filter", NULL, "NAME" },
	{ "name", NULL, "the name of FILE" },
	{ "mimeType", NULL, "type of FILE" },
};
#define ELEMENTS (sizeof(elements) / sizeof(elements[0]))

/* Operations that a person is sent to; as names of rights they stay. */
static const struct {
	const char *operation, *command;
} operations[] = {
	{ "ListKeys", "signet keys" },
	{ "DecryptDocument", "signet decrypt" },
	{ "ExtendSignature", "signet extend" },
	{ "GetOriginalDocument", "signet original" },
	{ "FindCases", "signet case find" },
	{ "WhoAmI", "signet whoami" },
	{ "GetSignOnChallenge", "signet sign-on --challenge" },
};
#define OPERATIONS (sizeof(operations) / sizeof(operations[0]))

static int
has_option(const struct command *command, const char *name)
{
	int i;

	for (i = 0; command != NULL && name != NULL && i < command->option_count; i++)
		if (strcmp(command->options[i].name, name) == 0)
			return 1;
	return 0;
}

/* No word of a sentence: "validationTime", not "reason". */
static int
is_mixed(const char *word)
{
	for (word++; *word != '\0'; word++)
		if (isupper((unsigned char)*word))
			return 1;
	return 0;
}

/* Append what stands for the word (n bytes) in a message: 1 appended, 0 nothing does, -1. */
static int
put_element(struct buf *out, const struct command *command, const char *word, size_t n, int is_said)
{
	size_t i;

	for (i = 0; i < ELEMENTS; i++) {
		const char *name = elements[i].element;

		if (strlen(name) != n || strncmp(name, word, n) != 0 ||
		    !(is_said || is_mixed(name)))
			continue;
		if (has_option(command, elements[i].option))
			return buf_printf(out, NULL, "--%s", elements[i].option) == 0 ? 1 : -1;
		if (elements[i].plain != NULL)
			return buf_append_str(out, elements[i].plain, NULL) == 0 ? 1 : -1;
	}
	return 0;
}

static int
put_operation(struct buf *out, const char *word, size_t n)
{
	size_t i;

	for (i = 0; i < OPERATIONS; i++)
		if (strlen(operations[i].operation) == n &&
		    strncmp(operations[i].operation, word, n) == 0)
			return buf_append_str(out, operations[i].command, NULL) == 0 ? 1 : -1;
	return 0;
}

static size_t
word_length(const char *s)
{
	size_t n = 0;

	while (isalnum((unsigned char)s[n]))
		n++;
	return n;
}

static int
ends_with(const struct buf *out, const char *end)
{
	const size_t n = strlen(end);

	return out->len >= n && memcmp(out->data + out->len - n, end, n) == 0;
}

/* The word at `at` of the text, its quotes included where it is a said element; how many bytes. */
static size_t
put_word(struct buf *out, const struct command *command, const char *at, int *rc)
{
	static const char said[] = "the element ";
	const int is_said = strncmp(at, said, sizeof(said) - 1) == 0;
	const char *word = is_said ? at + sizeof(said) - 1 : at;
	const int quoted = is_said && *word == '"';
	const size_t n = word_length(word + quoted);
	size_t end;
	int put;

	put = n > 0 ? put_element(out, command, word + quoted, n, is_said) : 0;
	end = (size_t)(word - at) + n + (size_t)quoted;
	if (put != 0) {
		*rc = put < 0 ? -1 : 0;
		return end + (quoted && at[end] == '"');
	}
	end = word_length(at);
	put = ends_with(out, "right ") || ends_with(out, "right \"") ? 0
								     : put_operation(out, at, end);
	if (put == 0)
		put = buf_append(out, at, end, NULL);
	*rc = put < 0 ? -1 : 0;
	return end;
}

static int
put_text_in_words(struct buf *out, const struct command *command, const char *text)
{
	int rc = 0;

	while (rc == 0 && *text != '\0') {
		if (isalnum((unsigned char)*text))
			text += put_word(out, command, text, &rc);
		else
			rc = buf_append(out, text++, 1, NULL);
	}
	return rc;
}

/* The buffer's text for free(), or NULL. */
static char *
text_of(struct buf *out, int rc)
{
	char *text =
	    rc == 0 && buf_terminate(out, NULL) == 0 ? strdup((const char *)out->data) : NULL;

	buf_release(out);
	return text;
}

char *
words_of_command(const struct command *command, const char *text)
{
	struct buf out = BUF_INIT(0);

	return text != NULL ? text_of(&out, put_text_in_words(&out, command, text)) : NULL;
}

/* How much of the text's beginning is the object's name. */
static size_t
begins_with_name(const char *text, const char *object)
{
	const char *name = document_name(object);
	const size_t n = name != NULL ? strlen(name) : 0;

	return n > 0 && strncmp(text, name, n) == 0 && (text[n] == ' ' || text[n] == ':') ? n : 0;
}

char *
words_about(const struct command *command, const char *object, const char *text)
{
	struct buf out = BUF_INIT(0);
	size_t named;
	int rc = 0;

	if (object != NULL && strstr(text, object) == NULL) {
		named = begins_with_name(text, object);
		rc = buf_printf(&out, NULL, "%s%s", object, named > 0 ? "" : ": ");
		text += named;
	}
	if (rc == 0)
		rc = put_text_in_words(&out, command, text);
	return text_of(&out, rc);
}
