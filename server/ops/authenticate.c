/* Who calls: a certificate that the handshake proved, or a name and a password. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "authz/cache.h"
#include "authz/decide.h"
#include "authz/password.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/ops/private.h"
#include "signing/core/digests.h"
#include "signing/core/ossl.h"

/* The same words for every reason, so that a stranger learns nothing. */
static const char refused[] =
    "the name or password is wrong, or the account cannot be used; ask an administrator";
static const char unknown_certificate[] =
    "this client certificate belongs to no user who may call; ask an administrator to add it";

const char credentials_differ[] =
    "it is ambiguous who calls: the client certificate, HTTP Basic and the UsernameToken name "
    "different users; show one of them";

int
ops_by_certificate(
    struct engine *engine, X509 *cert, const struct caller **caller, struct error *err)
{
	unsigned char fingerprint[32], *der = NULL;
	int len = i2d_X509(cert, &der), rc;

	if (len <= 0)
		return error_openssl(err, "the client certificate cannot be read");
	rc = digest_span(DIGEST_SHA256, (struct span){ der, (size_t)len }, fingerprint, err);
	OPENSSL_free(der);
	return rc != 0 ? -1 : authz_by_certificate(engine->parts.cache, fingerprint, caller, err);
}

int
ops_is_in_its_time(const X509 *cert, int64_t now, struct decision *d)
{
	int from_ok, to_ok;
	int64_t from = asn1_time_seconds(X509_get0_notBefore(cert), &from_ok);
	int64_t to = asn1_time_seconds(X509_get0_notAfter(cert), &to_ok);
	char when[TEXT_TIME_SIZE];

	if (from_ok && to_ok && from <= now && now <= to)
		return 1;
	d->kind = ERROR_NOT_AUTHENTICATED;
	d->is_certificate = 1;
	if (!from_ok || !to_ok)
		snprintf(d->reason, sizeof(d->reason),
		    "this client certificate does not say when it is valid");
	else if (now < from)
		snprintf(d->reason, sizeof(d->reason),
		    "this client certificate is not valid before %s", text_time(when, from));
	else
		snprintf(d->reason, sizeof(d->reason),
		    "this client certificate expired at %s; ask an administrator to add a new one",
		    text_time(when, to));
	return 0;
}

/* "tenant/name"; a name alone is looked for in the tenant "default". */
static int
split_name(const char *user, char *tenant, size_t size, const char **name)
{
	const char *slash = strchr(user, '/');
	size_t len = slash != NULL ? (size_t)(slash - user) : strlen("default");

	if (len >= size)
		return -1;
	memcpy(tenant, slash != NULL ? user : "default", len);
	tenant[len] = '\0';
	*name = slash != NULL ? slash + 1 : user;
	return 0;
}

static int
by_password(struct engine *engine, const struct credentials *who, int may_wait,
    const struct caller **caller, int *moved, struct error *err)
{
	const struct caller *found = NULL;
	const char *name, *password = who->password != NULL ? who->password : "";
	char tenant[160];
	int rc;

	if (split_name(who->user, tenant, sizeof(tenant), &name) == 0 &&
	    authz_by_name(engine->parts.cache, tenant, name, &found, err) < 0)
		return -1;
	if (!may_wait &&
	    (found == NULL || !passwords_remembered(engine->parts.passwords, &found->user,
				  found->password, password, strlen(password)))) {
		caller_release(found);
		*moved = 1;
		return -1;
	}
	rc = passwords_check(engine->parts.passwords, found != NULL ? &found->user : NULL,
	    found != NULL ? found->password : NULL, password, strlen(password), err);
	if (rc == 1 && found != NULL) {
		*caller = found;
		return 0;
	}
	caller_release(found);
	return rc < 0 ? -1 : error_set(err, ERROR_NOT_AUTHENTICATED, "%s", refused);
}

int
credentials_basic(
    struct credentials *who, const char *authorization, struct buf *clear, struct error *err)
{
	char *colon;

	if (strncasecmp(authorization, "Basic ", 6) != 0)
		return error_set(err, ERROR_NOT_AUTHENTICATED,
		    "of the HTTP authentication schemes only Basic is taken here");
	if (text_base64_decode(clear, span_str(authorization + 6), NULL) != 0 ||
	    buf_terminate(clear, NULL) != 0 || !text_is_utf8((char *)clear->data, clear->len) ||
	    (colon = strchr((char *)clear->data, ':')) == NULL)
		return error_set(err, ERROR_NOT_AUTHENTICATED,
		    "the Authorization header is not HTTP Basic: base64 of name, ':', password in "
		    "UTF-8");
	*colon = '\0';
	who->user = (char *)clear->data;
	who->password = colon + 1;
	return 0;
}

/*
 * The log has the reason, the caller the words that strangers get; but who has proven the key of a
 * certificate hears what is wrong with that.
 */
static int
refuse(const struct credentials *who, const struct caller **caller, const struct decision *why,
    struct error *err)
{
	const char *words = (*caller)->authenticated_by == AUTHENTICATED_BY_PASSWORD
				? refused
				: unknown_certificate;

	log_info("refused %s/%s from %s: %s", (*caller)->tenant_name, (*caller)->user_name,
	    who->peer != NULL ? who->peer : "?", why->reason);
	caller_release(*caller);
	*caller = NULL;
	return error_cause(err, ERROR_NOT_AUTHENTICATED, why->is_certificate ? why->reason : words,
	    "%s", why->reason);
}

int
ops_caller_is(const struct caller *caller, const char *user)
{
	const char *name;
	char tenant[160];

	return split_name(user, tenant, sizeof(tenant), &name) == 0 &&
	       strcmp(tenant, caller->tenant_name) == 0 && strcmp(name, caller->user_name) == 0;
}

static int
refuse_two(const struct credentials *who, const struct caller **caller, struct error *err)
{
	log_info("refused the certificate of %s/%s with another user's name from %s",
	    (*caller)->tenant_name, (*caller)->user_name, who->peer != NULL ? who->peer : "?");
	caller_release(*caller);
	*caller = NULL;
	return error_set(err, ERROR_NOT_AUTHENTICATED, "%s", credentials_differ);
}

int
ops_authenticate(struct engine *engine, const struct credentials *who, int may_wait,
    const struct caller **caller, int *moved, struct error *err)
{
	struct decision decision;

	*caller = NULL;
	*moved = 0;
	if (who->cert == NULL && who->user == NULL)
		return error_set(err, ERROR_NOT_AUTHENTICATED,
		    "say who you are: by a TLS client certificate, HTTP Basic or a UsernameToken");
	if (who->cert != NULL && ops_by_certificate(engine, who->cert, caller, err) < 0)
		return -1;
	if (*caller != NULL && who->user != NULL && !ops_caller_is(*caller, who->user))
		return refuse_two(who, caller, err);
	if (*caller != NULL && !ops_is_in_its_time(who->cert, clock_now(), &decision))
		return refuse(who, caller, &decision, err);
	if (*caller == NULL && who->user == NULL)
		return error_set(err, ERROR_NOT_AUTHENTICATED, "%s", unknown_certificate);
	if (*caller == NULL && by_password(engine, who, may_wait, caller, moved, err) != 0)
		return -1;
	authz_decide(*caller, RIGHT_UNSET, NULL, clock_now(), &decision);
	if (decision.kind != ERROR_NOT_AUTHENTICATED)
		return 0;
	return refuse(who, caller, &decision, err);
}
