#include "server/init/install.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "server/base/secret.h"
#include "server/base/terminal.h"
#include "server/base/text.h"
#include "server/init/install_private.h"

#define STATE		 "signet-init.answers"
#define CONF		 "signetd.conf"
#define PASSPHRASE_LEAST 12

char *
install_path(const struct install *in, const char *name, char *out)
{
	snprintf(out, PATH_MAX, "%s/%s", in->o->dir, name);
	return out;
}

static int
is_there(const struct install *in, const char *name)
{
	char path[PATH_MAX];

	return access(install_path(in, name, path), F_OK) == 0;
}

/* ---- the folder ---- */

/*
 * 1 when nothing is in it, or it is not there; 0; -1. A first file of ours that was begun and not
 * finished is nothing.
 */
static int
is_empty(const char *dir, struct error *err)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int rc = 1;

	if (d == NULL && errno == ENOENT)
		return 1;
	if (d == NULL)
		return error_errno(err, "could not look into %s", dir);
	while ((e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
		    strcmp(e->d_name, STATE ".new") != 0)
			rc = 0;
	closedir(d);
	return rc;
}

/* Whose folder it is: 1 begun by an earlier run, 2 finished by it, 0 a new one, -1 not ours. */
static int
look_at_folder(const struct install *in, struct error *err)
{
	const char *dir = in->o->dir;
	int empty;

	if (is_there(in, STATE))
		return is_there(in, CONF) ? 2 : 1;
	empty = is_empty(dir, err);
	if (empty == 0)
		return error_set(err, ERROR_CONFLICT,
		    "%.300s holds files that are not of this program; nothing is overwritten: name "
		    "an empty folder by --dir",
		    dir);
	return empty < 0 ? -1 : 0;
}

static int
make_folder(const struct install *in, struct error *err)
{
	if (mkdir(in->o->dir, 0755) != 0 && errno != EEXIST)
		return error_errno(err, "could not make the folder %s", in->o->dir);
	return chmod(in->o->dir, 0755) == 0
		   ? 0
		   : error_errno(err, "the folder %s is another's", in->o->dir);
}

/* ---- answers ---- */

static int
read_answers(struct install *in, int was_begun, struct error *err)
{
	struct answers earlier;
	char path[PATH_MAX];

	if (in->o->answers != NULL && answers_read(&in->answers, in->o->answers, err) != 0)
		return -1;
	if (was_begun && (answers_read(&earlier, install_path(in, STATE, path), err) != 0 ||
			     answers_join(&in->answers, &earlier, err) != 0))
		return -1;
	if (in->o->answers == NULL && !was_begun && !terminal_is_there())
		return error_set(err, ERROR_UNAVAILABLE,
		    "there is no terminal to ask on: write the answers into a file and name it by "
		    "--answers (signet-init(8) lists them)");
	return answers_complete(&in->answers, in->o->answers == NULL && !was_begun, err);
}

static int
write_state(struct install *in, struct error *err)
{
	struct buf text = BUF_INIT(0);
	char path[PATH_MAX];
	int rc = answers_write(&in->answers, &text, err);

	if (rc == 0)
		rc = pki_write(install_path(in, STATE, path), SPAN_OF(&text), 1, err);
	buf_release(&text);
	return rc;
}

/* ---- certificates ---- */

static int
make_tls(struct install *in, struct error *err)
{
	const char *names[] = { answer(in, ANSWER_HOST), "localhost" };
	const char *addresses[] = { "127.0.0.1", "::1" };
	const struct pki_item tls = { "tls", ISSUE_TLS_SERVER, "P-256", names[0], 1, 0, names,
		strcmp(names[0], "localhost") == 0 ? 1 : 2, addresses, 2 };
	X509 *cert = NULL;
	int rc = pki_item(&in->pki, &tls, &cert, err);

	X509_free(cert);
	if (rc == 0 && strcmp(answer(in, ANSWER_CERTIFICATE), "request") == 0)
		rc = pki_request(&in->pki, &tls, err);
	return rc;
}

static int
read_passphrase(const char *path, char *out, size_t size, struct error *err)
{
	struct buf text = BUF_INIT(4096);
	int rc = buf_read_file(&text, path, err) == 0 && buf_terminate(&text, err) == 0 ? 0 : -1;

	if (rc == 0) {
		text.data[strcspn((char *)text.data, "\r\n")] = '\0';
		text_copy(out, size, (char *)text.data);
	}
	buf_wipe(&text);
	return rc;
}

/* Read, asked twice, or made and shown: before it is used, so that no key is lost with it. */
static int
get_passphrase(struct install *in, const char *name, char *out, size_t size, struct error *err)
{
	char question[200], again[512];
	const char *file = answer(in, ANSWER_PASSPHRASE);
	int rc = 0;

	out[0] = again[0] = '\0';
	if (file[0] != '\0')
		rc = read_passphrase(file, out, size, err);
	else if (in->o->answers == NULL && terminal_is_there()) {
		snprintf(question, sizeof(question),
		    "passphrase for clients/%s.p12, of %d bytes at least; empty: one is made\n  ",
		    name, PASSPHRASE_LEAST);
		rc = terminal_ask(out, size, question, 1, err);
		if (rc == 0 && out[0] != '\0' &&
		    (rc = terminal_ask(again, sizeof(again), "  again: ", 1, err)) == 0 &&
		    strcmp(out, again) != 0)
			rc = error_set(err, ERROR_MALFORMED, "both are not the same; begin again");
	}
	if (rc == 0 && out[0] == '\0') {
		secret_make(out);
		printf("clients/%s.p12: passphrase, shown this once: %s\n", name, out);
		fflush(stdout);
	}
	explicit_bzero(again, sizeof(again));
	if (rc == 0 && strlen(out) < PASSPHRASE_LEAST)
		rc = error_set(
		    err, ERROR_MALFORMED, "a passphrase has %d bytes at least", PASSPHRASE_LEAST);
	return rc;
}

static int
make_person(struct install *in, const char *name, X509 **cert, struct error *err)
{
	char passphrase[512];
	int rc = pki_person_is_there(&in->pki, name, cert, err);

	if (rc != 0)
		return rc > 0 ? 0 : -1;
	rc = get_passphrase(in, name, passphrase, sizeof(passphrase), err);
	if (rc == 0)
		rc = pki_person(&in->pki, name, passphrase, cert, err);
	explicit_bzero(passphrase, sizeof(passphrase));
	return rc;
}

static int
make_certificates(struct install *in, struct error *err)
{
	if (strcmp(answer(in, ANSWER_OPERATOR), answer(in, ANSWER_ADMINISTRATOR)) == 0)
		return error_set(err, ERROR_MALFORMED,
		    "operator and administrator are two users with a certificate each: call them "
		    "differently");
	return pki_open(&in->pki, in->o->dir, clock_now(), err) == 0 && make_tls(in, err) == 0 &&
		       make_person(in, answer(in, ANSWER_OPERATOR), &in->operator, err) == 0 &&
		       make_person(in, answer(in, ANSWER_ADMINISTRATOR), &in->administrator, err) ==
			   0
		   ? 0
		   : -1;
}

/* ---- */

static int
make(struct install *in, int was_begun, struct error *err)
{
	if (!was_begun && install_look(in, err) != 0)
		return -1;
	if (make_folder(in, err) != 0 || write_state(in, err) != 0 ||
	    make_certificates(in, err) != 0 || install_database(in, err) != 0 ||
	    install_write_clients(in, err) != 0)
		return -1;
	return install_write_conf(in, err);
}

int
install_make(const struct install_options *options, struct error *err)
{
	struct install in = { .o = options };
	const int folder = look_at_folder(&in, err);
	int rc = -1;

	if (folder < 0 || read_answers(&in, folder > 0, err) != 0)
		goto done;
	if (folder == 2) {
		printf("%s is a whole installation already; nothing was changed\n", options->dir);
		rc = 0;
		goto done;
	}
	rc = make(&in, folder == 1, err);
	if (rc == 0)
		install_say(&in);
done:
	X509_free(in.operator);
	X509_free(in.administrator);
	pki_close(&in.pki);
	explicit_bzero(in.conninfo, sizeof(in.conninfo));
	return rc;
}
