#include "server/ops/user_status.h"

#include <stdio.h>
#include <string.h>

#include "server/base/clock.h"
#include "server/base/text.h"
#include "server/ops/evidence/judge.h"
#include "server/ops/evidence/patience.h"
#include "server/ops/private.h"
#include "signing/core/ossl.h"
#include "signing/x509/cert.h"

/*
 * What others wrote into a certificate is cut in pieces here, and goes to the database and to
 * terminals: UTF-8 without control characters.
 */
static void
mend(char *text)
{
	const int is_utf8 = text_is_utf8(text, strlen(text));
	unsigned char c;

	for (; (c = (unsigned char)*text) != '\0'; text++)
		if (c < ' ' || c == 0x7f || (c >= 0x80 && !is_utf8))
			*text = '?';
}

static void __attribute__((format(printf, 3, 4)))
say(struct user_status *s, enum user_certificate_state state, const char *fmt, ...)
{
	va_list ap;

	s->check.state = state;
	va_start(ap, fmt);
	vsnprintf(s->reason, sizeof(s->reason), fmt, ap);
	va_end(ap);
	mend(s->reason);
}

static void
begin(struct user_status *s, const struct user_status_terms *terms)
{
	memset(s, 0, sizeof(*s));
	s->check = (struct user_certificate_check){ .state = USER_CERTIFICATE_UNKNOWN,
		.since = terms->now,
		.checked = terms->now,
		.reason = s->reason,
		.revoked = DB_NO_TIME,
		.revocation_reason = "",
		.source = "",
		.this_update = DB_NO_TIME,
		.next_update = DB_NO_TIME };
}

void
user_status_unreadable(struct user_status *s, const struct user_status_terms *terms)
{
	begin(s, terms);
	say(s, USER_CERTIFICATE_UNKNOWN, "the certificate cannot be read; add it anew");
}

/* ---- by its own dates ---- */

/* 1 when that settles it. */
static int
by_time(struct user_status *s, const X509 *cert, int64_t now)
{
	int from_ok, to_ok;
	int64_t from = asn1_time_seconds(X509_get0_notBefore(cert), &from_ok);
	int64_t to = asn1_time_seconds(X509_get0_notAfter(cert), &to_ok);
	char when[TEXT_TIME_SIZE];

	if (!from_ok || !to_ok)
		say(s, USER_CERTIFICATE_EXPIRED, "it does not say when it is valid");
	else if (now > to)
		say(s, USER_CERTIFICATE_EXPIRED, "it expired at %s", text_time(when, to));
	else if (now < from)
		say(s, USER_CERTIFICATE_NOT_YET_VALID, "it is not valid before %s",
		    text_time(when, from));
	else
		return 0;
	return 1;
}

/* ---- by what was found ---- */

static void
take_source(struct user_status *s, const struct revocation_result *r)
{
	s->check.source = r->kind == REVOCATION_BY_OCSP ? "OCSP" : "CRL";
	s->check.this_update = r->this_update;
	s->check.next_update = r->next_update != 0 ? r->next_update : DB_NO_TIME;
}

/* 1 when it, or a CA above it, is revoked or on hold: the gravest, and of equals the nearest. */
static int
by_revocation(struct user_status *s, const struct path_result *path)
{
	const struct revocation_result *worst = NULL;
	size_t i, at = 0;

	for (i = 0; i < path->certificate_count; i++) {
		const struct revocation_result *r = &path->certificates[i].revocation;

		if (r->status < REVOCATION_ON_HOLD || (worst != NULL && r->status <= worst->status))
			continue;
		worst = r;
		at = i;
	}
	if (worst == NULL)
		return 0;
	take_source(s, worst);
	s->check.revoked = worst->revoked_at;
	s->check.revocation_reason =
	    at == 0 ? crl_reason_name(worst->reason) : USER_STATUS_ISSUER_REVOKED;
	say(s,
	    worst->status == REVOCATION_REVOKED ? USER_CERTIFICATE_REVOKED
						: USER_CERTIFICATE_ON_HOLD,
	    "%s%s", at > 0 ? "a CA above it: " : "", worst->text);
	return 1;
}

/* What could not be had, told by who asked for it: the first such note. */
static const char *
why_not_had(const struct verify_certificate_report *report)
{
	size_t i;

	for (i = 0; i < report->checks.count; i++)
		if (strcmp(report->checks.items[i].code, "ValidationData") == 0)
			return report->checks.items[i].text;
	return "";
}

static void
say_unknown(struct user_status *s, const struct verify_certificate_report *report, const char *what)
{
	const char *why = why_not_had(report);

	say(s, USER_CERTIFICATE_UNKNOWN, "%.280s%s%.280s", what, why[0] != '\0' ? "; " : "", why);
}

/* No path to an anchor: without one nobody's word on revocation can be believed. */
static int
without_path(struct user_status *s, const struct material *material,
    const struct verify_certificate_report *report, X509 *cert, struct error *err)
{
	int has;

	if (cert_is_self_issued(cert)) {
		say(s, USER_CERTIFICATE_NOT_CHECKABLE,
		    "it is self-signed: nobody else can revoke it");
		return 0;
	}
	has = report->path.certificate_count > 0
		  ? gather_has_source(material, &report->path, 0, err)
		  : 0;
	if (has == 0)
		say(s, USER_CERTIFICATE_NOT_CHECKABLE,
		    "it names no address of revocation information, and its issuer is none of the "
		    "tenant's trust anchors");
	else if (has > 0)
		say_unknown(s, report,
		    "its issuer leads to none of the tenant's trust anchors; add its CA with "
		    "\"signet-init trust anchor add\"");
	return has < 0 ? -1 : 0;
}

/* The first certificate of the path whose status somebody could tell, and did not; or -1. */
static int
first_unknown(
    const struct material *material, const struct path_result *path, int *at, struct error *err)
{
	size_t i;
	int has;

	*at = -1;
	for (i = 0; *at < 0 && i < path->certificate_count; i++) {
		const struct path_certificate *pc = &path->certificates[i];

		if (!pc->needs_revocation || pc->revocation.status != REVOCATION_UNKNOWN)
			continue;
		has = gather_has_source(material, path, i, err);
		if (has < 0)
			return -1;
		if (has > 0)
			*at = (int)i;
	}
	return 0;
}

static int
by_path(struct user_status *s, const struct material *material,
    const struct verify_certificate_report *report, X509 *cert, struct error *err)
{
	const struct path_result *path = &report->path;
	const struct path_certificate *own = path->certificates;
	int unknown;

	if (path->anchor == NULL)
		return without_path(s, material, report, cert, err);
	if (by_revocation(s, path))
		return 0;
	if (first_unknown(material, path, &unknown, err) != 0)
		return -1;
	if (unknown >= 0) {
		say_unknown(s, report, path->certificates[unknown].revocation.text);
	} else if (!own->needs_revocation) {
		say(s, USER_CERTIFICATE_NOT_CHECKABLE, "its issuer publishes no revocation: %s",
		    own->why_not);
	} else if (own->revocation.status == REVOCATION_GOOD) {
		take_source(s, &own->revocation);
		say(s, USER_CERTIFICATE_GOOD, "%s", own->revocation.text);
	} else {
		say(s, USER_CERTIFICATE_NOT_CHECKABLE,
		    "it names no address of revocation information, and none was given with its "
		    "CA");
	}
	return 0;
}

int
user_status_find(struct engine *engine, const struct material *material, X509 *cert,
    const struct user_status_terms *terms, struct user_status *s, struct error *err)
{
	struct verify_certificate_report report = { 0 };
	struct gathered *gathered = NULL;
	struct error failure = ERROR_INIT;
	char id[TEXT_UUID_SIZE];
	struct request req;
	int rc;

	begin(s, terms);
	if (by_time(s, cert, terms->now))
		return 0;
	if (material->trust == NULL) {
		say(s, USER_CERTIFICATE_UNKNOWN, "the tenant's trust snapshot cannot be read: %s",
		    material->trust_problem.text);
		return 0;
	}
	request_init(&req, operation_by_id(OP_VALIDATE_CERTIFICATE), text_uuid(id));
	req.time_us = terms->now * 1000000;
	req.may_wait = 1;
	req.until_us =
	    clock_monotonic_us() + (int64_t)engine_limits(engine)->request_seconds * 1000000;
	req.evidence_since_us = terms->since_us;
	req.patience = terms->patience;
	/* Not the tenant's own policy, which may be blind to revocation. */
	req.in.validation_policy = VERIFY_POLICY_NAME;
	rc = ops_judge_certificate(
	    engine, &req, material, cert, NULL, PATH_ANY, &report, &gathered, &failure);
	if (rc == 0) {
		rc = by_path(s, material, &report, cert, &failure);
		verify_certificate_report_release(&report);
	}
	gathered_free(gathered);
	request_release(&req);
	/* What is wrong with one certificate keeps no other from its turn. */
	if (rc != 0 && failure.kind != ERROR_UNAVAILABLE) {
		say(s, USER_CERTIFICATE_UNKNOWN, "it cannot be judged: %s", failure.text);
		rc = 0;
	}
	return rc == 0 ? 0 : error_cause(err, failure.kind, failure.text, "%s", failure.cause);
}

/* ---- after what was found before ---- */

int
user_status_is_final(const struct user_certificate_check *c)
{
	return c->state == USER_CERTIFICATE_REVOKED &&
	       strcmp(c->revocation_reason, USER_STATUS_ISSUER_REVOKED) != 0;
}

/* May what was found follow a hold, or the revocation of a CA? */
static int
ends_hold(const struct user_certificate_check *found, const struct user_certificate_check *before)
{
	switch (found->state) {
	case USER_CERTIFICATE_REVOKED:
	case USER_CERTIFICATE_ON_HOLD:
	case USER_CERTIFICATE_EXPIRED:
		return 1;
	case USER_CERTIFICATE_GOOD:
		return found->this_update > before->this_update;
	default:
		return 0;
	}
}

void
user_status_follow(struct user_status *found, const struct user_certificate_check *before)
{
	const int64_t checked = found->check.checked;
	char said[280];

	if (before->state != USER_CERTIFICATE_ON_HOLD && before->state != USER_CERTIFICATE_REVOKED)
		return;
	if (!user_status_is_final(before) && ends_hold(&found->check, before))
		return;
	text_copy(said, sizeof(said), found->reason);
	found->check = *before;
	found->check.checked = checked;
	found->check.reason = found->reason;
	/* What is said behind a semicolon is of the last look, and not kept from look to look. */
	snprintf(found->reason, sizeof(found->reason), "%.*s; now: %s",
	    (int)strcspn(before->reason, ";"), before->reason, said);
	mend(found->reason);
}
