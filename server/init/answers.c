#include "server/init/answers.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "server/base/terminal.h"
#include "server/base/text.h"

#define FILE_MAX 65536

/* ---- what is usual ---- */

static void
usual_host(char out[ANSWER_SIZE])
{
	struct utsname names;

	snprintf(out, ANSWER_SIZE, "%s", uname(&names) == 0 ? names.nodename : "localhost");
}

static void
usual_database(char out[ANSWER_SIZE])
{
	snprintf(out, ANSWER_SIZE, "host=/var/run/postgresql user=postgres");
}

/* Users of its own, where somebody has made them. */
static void
usual_user(char out[ANSWER_SIZE])
{
	snprintf(
	    out, ANSWER_SIZE, "%s", geteuid() == 0 && getpwnam("signet") != NULL ? "signet" : "");
}

static void
usual_keys_user(char out[ANSWER_SIZE])
{
	snprintf(out, ANSWER_SIZE, "%s",
	    geteuid() == 0 && getpwnam("signet-keys") != NULL ? "signet-keys" : "");
}

/* ---- what may be an answer ---- */

static const char *
check_name(const char *s)
{
	return s[0] != '\0' && strlen(s) <= 64 &&
		       strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				 ".-_") == strlen(s)
		   ? NULL
		   : "has 1 to 64 letters, digits, dots, dashes and underscores";
}

static const char *
check_port(const char *s)
{
	char *end;
	const long n = strtol(s, &end, 10);

	return end != s && *end == '\0' && n > 0 && n < 65536 ? NULL : "is a number, 1 to 65535";
}

static const char *
check_certificate(const char *s)
{
	return strcmp(s, "own") == 0 || strcmp(s, "request") == 0 ? NULL : "is own or request";
}

static const char *
check_user(const char *s)
{
	return s[0] == '\0' || getpwnam(s) != NULL
		   ? NULL
		   : "must be there: useradd --system --no-create-home --shell /usr/sbin/nologin";
}

static const char *
check_line(const char *s)
{
	size_t i;

	for (i = 0; s[i] != '\0'; i++)
		if ((unsigned char)s[i] < ' ' || s[i] == '"' || s[i] == '\\')
			return "has no control characters, double quotes or backslashes";
	return text_is_utf8(s, i) ? NULL : "is UTF-8";
}

#define QUIET 1u /* not asked: only a file says otherwise */
#define FIXED 2u /* stands in what an earlier run has made */

static const struct question {
	const char *name, *help;
	const char *usual; /* or by this: */
	void (*usually)(char out[ANSWER_SIZE]);
	const char *(*check)(const char *s); /* what is wrong, or NULL */
	unsigned int traits;		     /* or 0 */
} questions[ANSWERS] = {
	[ANSWER_HOST] = { "host", "name by which clients reach this server", NULL, usual_host,
	    check_name, FIXED },
	[ANSWER_PORT] = { "port", "port that it listens at", "8443", NULL, check_port, 0 },
	[ANSWER_NODE] = { "node", "name of this server in the audit log", NULL, usual_host,
	    check_name, QUIET },
	[ANSWER_TENANT] = { "tenant", "the first tenant: whose users and keys these will be",
	    "default", NULL, check_name, FIXED },
	[ANSWER_ADMINISTRATOR] = { "administrator", "the tenant's administrator", "admin", NULL,
	    check_name, FIXED },
	[ANSWER_OPERATOR] = { "operator", "who administers tenants, and reads nothing of them",
	    "operator", NULL, check_name, FIXED },
	[ANSWER_DATABASE] = { "database",
	    "how to reach PostgreSQL as one who may make roles and databases (libpq)", NULL,
	    usual_database, check_line, 0 },
	[ANSWER_DATABASE_NAME] = { "database-name", "the database to be made", "signet", NULL,
	    check_name, QUIET | FIXED },
	[ANSWER_SERVER_DATABASE] = { "server-database",
	    "how the server itself connects; empty: as above, with a password that is made", "",
	    NULL, check_line, QUIET },
	[ANSWER_CERTIFICATE] = { "certificate",
	    "the TLS certificate: of the installation's own CA, or also a request for another's",
	    "own", NULL, check_certificate, 0 },
	[ANSWER_USER] = { "user", "whom the server runs as when root starts it; empty: nobody",
	    NULL, usual_user, check_user, QUIET },
	[ANSWER_KEYS_USER] = { "keys-user", "whom the keys process runs as; empty: nobody", NULL,
	    usual_keys_user, check_user, QUIET },
	[ANSWER_LOG] = { "access-log", "a line for each request: a file, or - for standard error",
	    "-", NULL, check_line, QUIET },
	[ANSWER_PASSPHRASE] = { "passphrase-file",
	    "a file with the passphrase of the administrators' certificates; empty: asked, or made",
	    "", NULL, check_line, QUIET },
};

const char *
answer_name(enum answer a)
{
	return questions[a].name;
}

const char *
answer_help(enum answer a)
{
	return questions[a].help;
}

static int
set(struct answers *a, size_t which, const char *value, struct error *err)
{
	const char *wrong;

	if (strlen(value) >= ANSWER_SIZE)
		return error_set(
		    err, ERROR_TOO_LARGE, "the answer for %s is too long", questions[which].name);
	wrong = check_line(value);
	if (wrong == NULL)
		wrong = questions[which].check(value);
	if (wrong != NULL)
		return error_set(err, ERROR_MALFORMED, "%s %s, not \"%.80s\"",
		    questions[which].name, wrong, value);
	text_copy(a->value[which], ANSWER_SIZE, value);
	a->has[which] = 1;
	return 0;
}

/* ---- from a file ---- */

static char *
trim(char *s)
{
	size_t n;

	s += strspn(s, " \t\r");
	for (n = strlen(s); n > 0 && strchr(" \t\r", s[n - 1]) != NULL; n--)
		s[n - 1] = '\0';
	n = strlen(s);
	if (n > 1 && s[0] == '"' && s[n - 1] == '"') {
		s[n - 1] = '\0';
		s++;
	}
	return s;
}

static int
read_line(struct answers *a, char *line, int number, const char *path, struct error *err)
{
	char *equals = strchr(line, '=');
	const char *name;
	size_t i;

	line = trim(line);
	if (line[0] == '\0' || line[0] == '#')
		return 0;
	if (equals == NULL)
		return error_set(err, ERROR_MALFORMED,
		    "%.200s, line %d: an answer is written \"name = value\"", path, number);
	*equals = '\0';
	name = trim(line);
	for (i = 0; i < ANSWERS; i++)
		if (strcmp(questions[i].name, name) == 0)
			break;
	if (i == ANSWERS)
		return error_set(err, ERROR_MALFORMED, "%.200s, line %d: there is no answer %.40s",
		    path, number, name);
	if (a->has[i])
		return error_set(
		    err, ERROR_MALFORMED, "%.200s, line %d: %s stands twice", path, number, name);
	return set(a, i, trim(equals + 1), err);
}

int
answers_read(struct answers *a, const char *path, struct error *err)
{
	struct buf text = BUF_INIT(FILE_MAX);
	char *line, *rest;
	int number = 0, rc = -1;

	memset(a, 0, sizeof(*a));
	if (buf_read_file(&text, path, err) == 0 && buf_terminate(&text, err) == 0)
		rc = 0;
	rest = rc == 0 ? (char *)text.data : NULL;
	while (rc == 0 && (line = strsep(&rest, "\n")) != NULL)
		rc = read_line(a, line, ++number, path, err);
	buf_release(&text);
	return rc;
}

int
answers_join(struct answers *a, const struct answers *earlier, struct error *err)
{
	size_t i;

	for (i = 0; i < ANSWERS; i++) {
		if (!earlier->has[i] || (a->has[i] && !(questions[i].traits & FIXED)))
			continue;
		if (a->has[i] && strcmp(a->value[i], earlier->value[i]) != 0)
			return error_set(err, ERROR_CONFLICT,
			    "the installation was begun with %s = \"%.100s\", not \"%.100s\"; "
			    "nothing is overwritten",
			    questions[i].name, earlier->value[i], a->value[i]);
		text_copy(a->value[i], ANSWER_SIZE, earlier->value[i]);
		a->has[i] = 1;
	}
	return 0;
}

/* ---- asked ---- */

static int
ask(struct answers *a, size_t which, const char *usual, struct error *err)
{
	char question[ANSWER_SIZE + 200], answer[ANSWER_SIZE];
	struct error wrong;

	for (;;) {
		snprintf(question, sizeof(question), "%s: %s\n  [%s] ", questions[which].name,
		    questions[which].help, usual);
		if (terminal_ask(answer, sizeof(answer), question, 0, err) != 0)
			return -1;
		error_clear(&wrong);
		if (set(a, which, answer[0] != '\0' ? answer : usual, &wrong) == 0)
			return 0;
		fprintf(stderr, "%s\n", wrong.text);
	}
}

int
answers_complete(struct answers *a, int may_ask, struct error *err)
{
	char usual[ANSWER_SIZE];
	size_t i;

	for (i = 0; i < ANSWERS; i++) {
		if (a->has[i])
			continue;
		if (questions[i].usually != NULL)
			questions[i].usually(usual);
		else
			text_copy(usual, sizeof(usual), questions[i].usual);
		if ((may_ask && !(questions[i].traits & QUIET) ? ask(a, i, usual, err)
							       : set(a, i, usual, err)) != 0)
			return -1;
	}
	if (strcmp(a->value[ANSWER_TENANT], "server") == 0)
		return error_set(err, ERROR_MALFORMED,
		    "the tenant \"server\" is the installation's own; call the first one "
		    "otherwise");
	return 0;
}

int
answers_write(const struct answers *a, struct buf *out, struct error *err)
{
	size_t i;

	if (buf_append_str(
		out, "# What this installation was made with; signet-init server.\n", err) != 0)
		return -1;
	for (i = 0; i < ANSWERS; i++)
		if (a->has[i] && buf_printf(out, err, "# %s\n%s = %s\n", questions[i].help,
				     questions[i].name, a->value[i]) != 0)
			return -1;
	return 0;
}
