/*
 * Who calls: a name, where the settings have nobody, and the secret that they lack: of a file, of a
 * card, or a password. It is kept in memory only.
 */
#include <stdio.h>
#include <string.h>

#include "server/base/text.h"
#include "tui/screens/console.h"

/* Where what is typed goes: the name first, where there is nobody. */
static char *
wanted(const struct console *c, char *label, size_t size, size_t *room)
{
	int is_needed;
	char *secret = settings_secret(c->settings, label, size, &is_needed);

	*room = secret != NULL ? SETTINGS_SECRET : sizeof(c->settings->user);
	if (secret != NULL)
		return secret;
	text_copy(label, size, "Name (TENANT/NAME)");
	return c->settings->user;
}

static void
ask(struct console *c)
{
	char label[160];
	size_t room;
	const char *to = wanted(c, label, sizeof(label), &room);

	c->mode = MODE_SIGN_IN;
	prompt_start(&c->prompt, "", to != c->settings->user);
}

int
sign_in_needed(struct console *c)
{
	char label[160];
	int is_needed = 1;
	const char *secret = settings_secret(c->settings, label, sizeof(label), &is_needed);

	if (secret != NULL && (secret[0] != '\0' || !is_needed))
		return 0;
	ask(c);
	return 1;
}

void
sign_in_again(struct console *c, const struct answer *failed)
{
	struct settings *s = c->settings;
	char label[160];
	int is_needed;
	const int by_name = settings_secret(s, label, sizeof(label), &is_needed) == s->password;

	if (!by_name && !failed->is_closed)
		return; /* it opened: the server does not know the certificate */
	console_say(c, TONE_BAD, "%s",
	    by_name ? "The server does not know this name with this password." : failed->err.text);
	explicit_bzero(s->password, sizeof(s->password));
	explicit_bzero(s->passphrase, sizeof(s->passphrase));
	explicit_bzero(s->pin, sizeof(s->pin));
	if (c->is_name_typed)
		s->user[0] = '\0';
	ask(c);
}

static void
take(struct console *c)
{
	char label[160];
	size_t room;
	char *to = wanted(c, label, sizeof(label), &room);
	const int is_name = to == c->settings->user;

	if (is_name && c->prompt.text[0] == '\0')
		return;
	text_copy(to, room, c->prompt.text);
	prompt_wipe(&c->prompt);
	c->message[0] = '\0';
	if (is_name) {
		c->is_name_typed = 1;
		ask(c);
		return;
	}
	c->mode = MODE_BROWSE;
	console_connect(c);
}

void
sign_in_key(struct console *c, uint32_t key)
{
	switch (prompt_key(&c->prompt, key)) {
	case PROMPT_DONE:
		take(c);
		break;
	case PROMPT_GIVEN_UP:
		c->is_ending = 1;
		break;
	case PROMPT_GOES_ON:
		break;
	}
}

void
sign_in_label(const struct console *c, char *out, size_t size)
{
	char label[160];
	size_t room;

	wanted(c, label, sizeof(label), &room);
	snprintf(out, size, "%s:", label);
}

void
sign_in_words(const struct console *c, char *out, size_t size)
{
	const struct settings *s = c->settings;

	if (s->pkcs11[0] != '\0')
		snprintf(out, size,
		    "Sign in by a card.\n\nModule %.200s%s%.100s. The PIN goes to the card and "
		    "nowhere else; the card counts wrong ones.",
		    s->pkcs11, s->token[0] != '\0' ? ", token " : "", s->token);
	else if (s->certificate[0] != '\0')
		snprintf(out, size,
		    "Sign in by a certificate.\n\nThe passphrase opens %.300s here and is not "
		    "sent.",
		    s->certificate);
	else
		snprintf(out, size,
		    "Sign in by name and password.\n\nThey are sent to %.300s alone, once that "
		    "has shown its certificate.",
		    s->endpoint);
}
