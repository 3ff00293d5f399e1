/*
 * server/ops/admin/founder.h: an administrator who is made beside the service Administration: the
 * first one when an installation is set up, and another by `signetd --rescue`.
 */
#ifndef SIGNET_OPS_FOUNDER_H
#define SIGNET_OPS_FOUNDER_H

#include "schema/store/tenant.h"

struct founder {
	struct uuid tenant;
	const char *tenant_name;
	struct user_new user;  /* id is set by founder_add() */
	const char *group;     /* a new one, with all rights that administer the tenant */
	const char *by;	       /* who does it, for history and log: "signetd --rescue (root)" */
	const char *operation; /* in the log: "SetUp", "Rescue" */
	const char *node;      /* whose chain the row is in: no running server's */
};

/*
 * Within db_begin() .. db_commit(), as signet_server or the schema's owner: user, group, rights,
 * and the row of the audit log, chained like all; commit soon, others who append wait. The tenant
 * is there already. ERROR_CONFLICT: there is a user or group of this name.
 */
int founder_add(struct db *db, struct founder *f, struct error *err);
/* A certificate into f->user; `der` (empty) and `subject` must live as long. */
int founder_certificate(struct founder *f, struct span certificate, struct buf *der, char *subject,
    size_t size, struct error *err);

#endif
