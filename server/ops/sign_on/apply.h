/*
 * server/ops/sign_on/apply.h: the operations that are open to who is not known. What they are asked
 * and answer are values of req->admin, as those of the service Administration.
 */
#ifndef SIGNET_OPS_APPLY_H
#define SIGNET_OPS_APPLY_H

struct engine;
struct request;
struct error;

/* ERROR_LIMIT beyond "limit-sign-on-address", "limit-sign-on-rate": req->is_flood is set then. */
int admit_sign_on(struct engine *engine, struct request *req, struct error *err);
/*
 * Hand in: judged against the tenant's trust, then it waits; one that waits is answered as it
 * stands. ERROR_CONFLICT: it is revoked, expired, or a user's already; ERROR_NOT_AUTHORIZED: the
 * tenant takes those it trusts; ERROR_LIMIT "limit-sign-on-waiting"; ERROR_NOT_FOUND: there is no
 * tenant that takes any; ERROR_NOT_AUTHENTICATED: the key is not proven.
 */
int run_sign_on(struct engine *engine, struct request *req, struct error *err);
int run_get_sign_on(struct engine *engine, struct request *req, struct error *err);
int run_get_sign_on_challenge(struct engine *engine, struct request *req, struct error *err);

#endif
