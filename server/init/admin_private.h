/* server/init/admin_private.h: what the commands share. For admin*.c only. */
#ifndef SIGNET_INIT_ADMIN_PRIVATE_H
#define SIGNET_INIT_ADMIN_PRIVATE_H

#include "schema/store/db.h"

#define ADMIN_FILES_MAX 16

/* What the command line says. */
struct admin_options {
	const char *database, *name; /* conninfo, and the database's name */
	const char *tenant;
	const char *territory, *lotl, *url, *announcement, *kind;
	const char *config; /* of signetd, for the algorithm catalogue; NULL: its default */
	const char *later;  /* not NULL: a provider may be chosen that no list names yet */
	const char *signers[ADMIN_FILES_MAX], *pivots[ADMIN_FILES_MAX];
	size_t signer_count, pivot_count;
	const char *crl_urls[ADMIN_FILES_MAX], *ocsp_urls[ADMIN_FILES_MAX];
	size_t crl_count, ocsp_count;
	const char *usage;				 /* "Signing,Timestamping" */
	const char *state, *user, *grace, *json;	 /* json: NULL or not */
	const char *opens_to, *methods[ADMIN_FILES_MAX]; /* of a rule for URLs */
	size_t method_count;
	const char *args[3];
	int arg_count;
};

/* One command under way. */
struct admin {
	const struct admin_options *o;
	struct db *db;	       /* as signet_server */
	struct uuid tenant;    /* where the command is of one */
	const struct uuid *of; /* &tenant, or NULL: for all tenants */
	char by[80];	       /* who, for the records */
};

/* A second connection, as signet_owner: the caller's for db_close(). */
int admin_owner(const struct admin *a, struct db **db, struct error *err);

/*
 * The end of a transaction that changed whom a tenant trusts (rc 0: it did so far): the snapshot
 * that follows is made in it, so that nobody sees one without the other, and told.
 */
int admin_finish(struct admin *a, int rc, const char *reason, struct error *err);

int admin_source_add(struct admin *a, struct error *err);
int admin_source_list(struct admin *a, struct error *err);
int admin_import(struct admin *a, struct error *err);
int admin_choose(struct admin *a, struct error *err);
int admin_let_go(struct admin *a, struct error *err);
int admin_anchor_add(struct admin *a, struct error *err);
int admin_anchor_disable(struct admin *a, struct error *err);
int admin_anchor_enable(struct admin *a, struct error *err);
int admin_show(struct admin *a, struct error *err);
int admin_export(struct admin *a, struct error *err);
int admin_access_add(struct admin *a, struct error *err);
int admin_access_remove(struct admin *a, struct error *err);
int admin_access_list(struct admin *a, struct error *err);
int admin_policy_add(struct admin *a, struct error *err);
int admin_policy_withdraw(struct admin *a, struct error *err);
int admin_policy_default(struct admin *a, struct error *err);
int admin_policy_list(struct admin *a, struct error *err);
int admin_user_certificates(struct admin *a, struct error *err);
int admin_user_suspend(struct admin *a, struct error *err);
int admin_user_resume(struct admin *a, struct error *err);
int admin_user_withdraw(struct admin *a, struct error *err);
int admin_user_restore(struct admin *a, struct error *err);
int admin_user_rules(struct admin *a, struct error *err);

#endif
