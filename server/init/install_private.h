/* server/init/install_private.h: what the steps of `signet-init server` share. For install*.c only.
 */
#ifndef SIGNET_INIT_INSTALL_PRIVATE_H
#define SIGNET_INIT_INSTALL_PRIVATE_H

#include "server/init/answers.h"
#include "server/init/install.h"
#include "server/init/pki.h"

#define SERVER_TENANT "server" /* whose users administer tenants */

struct install {
	const struct install_options *o;
	struct answers answers;
	struct pki pki;
	X509 *operator, * administrator;
	char conninfo[4096]; /* what the server connects with */
};

static inline const char *
answer(const struct install *in, enum answer a)
{
	return in->answers.value[a];
}

/* "DIR/name" in out (PATH_MAX bytes); returns out. */
char *install_path(const struct install *in, const char *name, char *out);

/* ---- install_database.c ---- */
/* ERROR_CONFLICT: an installation is in the database already. Changes nothing. */
int install_look(struct install *in, struct error *err);
int install_database(struct install *in, struct error *err);

/* ---- install_files.c ---- */
int install_write_clients(struct install *in, struct error *err);
int install_write_conf(struct install *in, struct error *err);
void install_say(const struct install *in);

#endif
