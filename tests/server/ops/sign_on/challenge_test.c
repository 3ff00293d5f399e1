/* Challenges: one way to write each, and none but ours is read. */
#include <stdio.h>
#include <string.h>

#include "server/ops/sign_on/challenge.h"
#include "tests/support/suite.h"

static const unsigned char secret[CHALLENGE_SECRET_SIZE] = "thirty-two bytes of a secret....",
			   other_secret[CHALLENGE_SECRET_SIZE] = "thirty-two bytes of another one.";

static struct challenge
sample(void)
{
	struct challenge c = { .expires = 1772363100 };

	memset(c.server.bytes, 1, sizeof(c.server.bytes));
	memset(c.tenant.bytes, 2, sizeof(c.tenant.bytes));
	memset(c.fingerprint, 3, sizeof(c.fingerprint));
	memset(c.nonce, 4, sizeof(c.nonce));
	return c;
}

static void
what_was_written_is_read_again(void)
{
	const struct challenge c = sample();
	struct error err = ERROR_INIT;
	struct challenge read;
	char text[CHALLENGE_TEXT_SIZE];

	ASSERT_OK(challenge_write(text, &c, secret, &err), &err);
	CU_ASSERT_EQUAL(strncmp(text, "signet-sign-on-1 server=01010101-", 33), 0);
	ASSERT_OK(challenge_read(&read, text, secret, &err), &err);
	CU_ASSERT_EQUAL(memcmp(&read.server, &c.server, sizeof(c.server)), 0);
	CU_ASSERT_EQUAL(memcmp(&read.tenant, &c.tenant, sizeof(c.tenant)), 0);
	CU_ASSERT_EQUAL(memcmp(read.fingerprint, c.fingerprint, 32), 0);
	CU_ASSERT_EQUAL(memcmp(read.nonce, c.nonce, sizeof(c.nonce)), 0);
	CU_ASSERT_EQUAL(read.expires, c.expires);
}

static void
is_refused(const char *text, const unsigned char *by)
{
	struct error err = ERROR_INIT;
	struct challenge read;

	CU_ASSERT_EQUAL(challenge_read(&read, text, by, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_AUTHENTICATED);
}

/* Every byte of it counts, those of the MAC as well. */
static void
one_changed_byte_makes_it_nobodys(void)
{
	const struct challenge c = sample();
	struct error err = ERROR_INIT;
	char text[CHALLENGE_TEXT_SIZE];
	size_t i;

	ASSERT_OK(challenge_write(text, &c, secret, &err), &err);
	for (i = 0; text[i] != '\0'; i++) {
		const char was = text[i];

		text[i] = was == '0' ? '1' : '0';
		is_refused(text, secret);
		text[i] = (char)(was ^ 0x20); /* capitals are another text */
		if (text[i] != was)
			is_refused(text, secret);
		text[i] = was;
	}
	text[strlen(text) - 1] = '\0';
	is_refused(text, secret);
}

static void
another_installation_does_not_know_it(void)
{
	const struct challenge c = sample();
	struct error err = ERROR_INIT;
	char text[CHALLENGE_TEXT_SIZE];

	ASSERT_OK(challenge_write(text, &c, secret, &err), &err);
	is_refused(text, other_secret);
}

static void
what_is_no_challenge_is_none(void)
{
	char longer[2 * CHALLENGE_TEXT_SIZE];

	memset(longer, 'a', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	is_refused("", secret);
	is_refused("signet-sign-on-1", secret);
	is_refused(longer, secret);
	is_refused(
	    "signet-sign-on-1 server=x tenant=x certificate=x expires=1 nonce=x mac=x", secret);
}

static const struct test tests[] = {
	TEST(what_was_written_is_read_again),
	TEST(one_changed_byte_makes_it_nobodys),
	TEST(another_installation_does_not_know_it),
	TEST(what_is_no_challenge_is_none),
	TEST_END,
};
const struct suite suite_server_ops_sign_on_challenge = { "server/ops/sign_on/challenge", NULL,
	NULL, tests };
