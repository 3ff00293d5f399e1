#include <stdio.h>
#include <string.h>

#include "server/soap/call.h"

static int
ask_engine(struct call *c, const struct credentials *who, int *moved, struct error *err)
{
	c->authenticated = 1;
	if (who->user != NULL)
		snprintf(c->req.claimed_user, sizeof(c->req.claimed_user), "%s", who->user);
	if (c->ops->authenticate(
		c->engine, who, c->x->lane != LANE_FAST, &c->req.caller, moved, err) != 0)
		return -1;
	c->ops->caller_label(c->req.caller, c->x->user, sizeof(c->x->user));
	return 1;
}

int
auth_by_transport(struct call *c, int *moved, struct error *err)
{
	struct credentials who = { .cert = c->x->peer_cert, .peer = c->x->peer };
	const char *value = http_head_field(c->x->head, "Authorization");
	struct buf clear = BUF_INIT(4096);
	int rc;

	if (value == NULL && who.cert == NULL)
		return 0;
	if (value == NULL) {
		rc = ask_engine(c, &who, moved, &c->stranger);
		if (rc >= 0 || c->stranger.kind == ERROR_NOT_AUTHENTICATED)
			return rc > 0;
		*err = c->stranger;
		return -1;
	}
	rc = credentials_basic(&who, value, &clear, err);
	if (rc == 0)
		rc = ask_engine(c, &who, moved, err);
	if (rc < 0 && err->kind == ERROR_NOT_AUTHENTICATED)
		c->http_status = 401;
	buf_wipe(&clear);
	return rc;
}

/* Who is known already may say his name again, and nobody else's. */
static int
check_token(struct call *c, const struct wsse__UsernameToken *token, struct error *err)
{
	if (token != NULL && token->Password != NULL && token->Password->__item != NULL)
		explicit_bzero(token->Password->__item, strlen(token->Password->__item));
	if (token == NULL || token->Username == NULL ||
	    c->ops->caller_is(c->req.caller, token->Username))
		return 1;
	c->http_status = 401;
	return error_set(err, ERROR_NOT_AUTHENTICATED, "%s", credentials_differ);
}

int
auth_ignore(struct soap *soap, const char *tag)
{
	static const char *const ours[] = { "wsse:Security", "wsse:UsernameToken", "wsse:Username",
		"wsse:Password" };
	struct call *c = call_of(soap);
	size_t i;

	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (soap_match_tag(soap, tag, ours[i]) == SOAP_OK) {
			error_set(&c->err, ERROR_MALFORMED,
			    "it is ambiguous who calls: the SOAP Header may have one Security for "
			    "this server and none for others, in it one UsernameToken with one "
			    "Username and one Password; there is another %s",
			    ours[i]);
			return SOAP_USER_ERROR;
		}
	return soap->mustUnderstand && !soap->other ? SOAP_MUSTUNDERSTAND : SOAP_OK;
}

int
auth_by_token(struct call *c, int *moved, struct error *err)
{
	static const char text[] = "#PasswordText";
	const struct SOAP_ENV__Header *header = c->soap->header;
	const struct wsse__UsernameToken *token = header != NULL && header->wsse__Security != NULL
						      ? header->wsse__Security->UsernameToken
						      : NULL;
	struct credentials who = { .peer = c->x->peer };
	const char *type;
	size_t n;
	int rc;

	if (c->req.caller != NULL)
		return check_token(c, token, err);
	if (token == NULL) {
		if (c->stranger.kind == ERROR_NONE) {
			c->stranger_status = 401;
			error_set(&c->stranger, ERROR_NOT_AUTHENTICATED,
			    "say who you are: by a TLS client certificate, HTTP Basic, or a "
			    "WS-Security UsernameToken");
		}
		return 0;
	}
	if (token->Username == NULL || token->Password == NULL || token->Password->__item == NULL)
		return error_set(err, ERROR_NOT_AUTHENTICATED,
		    "the UsernameToken needs a Username and a Password");
	type = token->Password->Type;
	n = type == NULL ? 0 : strlen(type);
	if (n > 0 && (n < strlen(text) || strcmp(type + n - strlen(text), text) != 0))
		return error_set(err, ERROR_NOT_AUTHENTICATED,
		    "send the password of the UsernameToken as PasswordText; a PasswordDigest "
		    "would "
		    "ask the server to keep passwords in clear");
	who.user = token->Username;
	who.password = token->Password->__item;
	if (!text_is_utf8(who.user, strlen(who.user)) ||
	    !text_is_utf8(who.password, strlen(who.password)))
		return error_set(err, ERROR_NOT_AUTHENTICATED,
		    "the name or password of the UsernameToken is not UTF-8");
	rc = ask_engine(c, &who, moved, err);
	explicit_bzero(token->Password->__item, strlen(token->Password->__item));
	return rc;
}
