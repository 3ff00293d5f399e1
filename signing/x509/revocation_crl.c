/* CRLs about one certificate: RFC 5280 section 6.3.3, its steps by their letters. */
#include <openssl/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/x509/revocation_scope.h"

#define DELTAS_MAX     8  /* that are looked at for one complete list */
#define SIGNER_STEPS   10 /* what the path of a signer counts for */
#define NAMES_PER_UNIT 10 /* that are compared in a microsecond */

struct by_crl {
	struct revocation_run *run;
	struct revocation_finding *out;
	unsigned int covered; /* reasons_mask */
	size_t *order;	      /* the lists, newest first */
};

static const struct crl_source *
source_at(const struct by_crl *c, size_t index)
{
	return &c->run->evidence->crls[index];
}

static const struct crl_facts *
facts_at(const struct by_crl *c, size_t index)
{
	return crl_facts(source_at(c, index)->crl);
}

__attribute__((format(printf, 4, 5))) static int
no_use(const struct by_crl *c, size_t index, int concerns, const char *fmt, ...)
{
	char text[240];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	revocation_piece(
	    c->run, REVOCATION_BY_CRL, index, concerns, REVOCATION_UNKNOWN, "the CRL %s", text);
	return 0;
}

/* ---- (f), (g): who signed ---- */

static int
may_sign_lists(X509 *cert)
{
	uint32_t flags = X509_get_extension_flags(cert);

	return !(flags & EXFLAG_INVALID) &&
	       (!(flags & EXFLAG_KUSAGE) || (X509_get_key_usage(cert) & KU_CRL_SIGN));
}

static int
signed_by(const struct by_crl *c, const struct crl_source *source, X509 *cert)
{
	EVP_PKEY *key = X509_get0_pubkey(cert);
	struct error err = ERROR_INIT;

	return key != NULL && revocation_steps(c->run, 1) &&
	       work_spend_check(c->run->in->work, key) && crl_verify(source->crl, key, &err) == 1;
}

static X509 *
anchor_of(const struct by_crl *c)
{
	return sk_X509_value(c->run->path, sk_X509_num(c->run->path) - 1);
}

/*
 * A signer off the path: its own path must lead to the same anchor (6.3.3 (f)). 1 and r, 0 and why
 * not, -1.
 */
static int
validate_signer(struct by_crl *c, const struct crl_facts *f, X509 *cert, struct path_result *r,
    struct revocation_signer *s, struct error *err)
{
	const struct revocation_evidence *e = c->run->evidence;
	struct path_input in = *c->run->in;
	STACK_OF(X509) *pool = sk_X509_new_null();
	X509 *more;
	size_t i;
	int rc = 0;

	in.cert = cert;
	in.purpose = PATH_ANY;
	in.policy_count = 0;
	in.explicit_policy = 0;
	in.leaf_is_no_anchor = 0;
	in.revocation = NULL;
	in.untrusted = pool;
	in.time = e->outdated_counts ? f->this_update : c->run->time;
	for (i = 0; pool != NULL && (more = revocation_signer_at(c->run, NULL, i)) != NULL; i++)
		if (sk_X509_push(pool, more) <= 0)
			rc = -1;
	if (pool == NULL || rc != 0)
		rc = error_memory(err);
	else if (revocation_steps(c->run, SIGNER_STEPS))
		rc = path_validate(&in, r, err);
	sk_X509_free(pool);
	if (rc != 0)
		return -1;
	if (r->chain == NULL)
		return 0;
	if (r->ok && path_same_entity(r->anchor, anchor_of(c)))
		return 1;
	snprintf(s->why_not, sizeof(s->why_not), "%.190s",
	    r->ok ? "its signer's path leads to another trust anchor than the certificate's"
		  : r->text);
	return 0;
}

static int
take_signer(const struct by_crl *c, struct revocation_signer *s, X509 *cert, struct error *err)
{
	if (X509_up_ref(cert) != 1)
		return error_memory(err);
	s->cert = cert;
	s->is_issuer = path_same_entity(cert, c->run->issuer);
	return 1;
}

static int
judge_signer(struct by_crl *c, const struct crl_facts *f, const struct crl_point *p, X509 *cert,
    struct revocation_signer *s, struct error *err)
{
	struct path_result r = { 0 };
	int rc;

	if (!may_sign_lists(cert)) {
		snprintf(s->why_not, sizeof(s->why_not),
		    "its signer may not sign CRLs by its key usage");
		return 0;
	}
	if (revocation_on_path(c->run, cert))
		return take_signer(c, s, cert, err);
	if (certs_hold(c->run->evidence->services, cert) &&
	    revocation_signer_in_time(c->run, cert, f->this_update))
		return take_signer(c, s, cert, err);
	rc = validate_signer(c, f, cert, &r, s, err);
	/* Who was named by the CA as issuer of lists about itself may speak for itself. */
	if (rc == 1 && revocation_is_circular(c->run, cert)) {
		rc = p->issuer != NULL;
		if (!rc)
			snprintf(s->why_not, sizeof(s->why_not),
			    "its signer could only be proven by what it says of itself");
	} else if (rc == 1) {
		rc = revocation_signer_proven(c->run, r.chain, s, err);
	}
	if (rc == 1)
		rc = take_signer(c, s, cert, err);
	path_result_release(&r);
	return rc;
}

/* 1 and the signer, 0 and why not, -1. */
static int
find_signer(struct by_crl *c, size_t index, const struct crl_point *p, struct revocation_signer *s,
    struct error *err)
{
	const struct crl_facts *f = facts_at(c, index);
	X509 *cert;
	size_t i;
	int rc = 0, named = 0;

	for (i = 0; rc == 0 && (cert = revocation_signer_at(c->run, NULL, i)) != NULL; i++) {
		if (X509_NAME_cmp(X509_get_subject_name(cert), f->issuer) != 0)
			continue;
		named = 1;
		if (signed_by(c, source_at(c, index), cert))
			rc = judge_signer(c, f, p, cert, s, err);
	}
	work_spend(c->run->in->work, 1 + i / NAMES_PER_UNIT);
	if (rc == 0 && !named &&
	    cert_urls_add_issuers(&c->run->result->issuer_urls, f->access) != 0)
		return error_memory(err);
	if (rc == 0 && s->why_not[0] == '\0')
		snprintf(s->why_not, sizeof(s->why_not), "%s",
		    !f->sig_alg_known ? "the algorithm of its signature is not known here"
		    : named	      ? "its signature is broken, or by a key that is not at hand"
				      : "the certificate of its issuer is not at hand");
	return rc;
}

/* ---- (c), (h), (i): deltas ---- */

static int
same_point(const DIST_POINT_NAME *a, const DIST_POINT_NAME *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return crl_points_meet(a, b);
}

static int
same_key_id(const AUTHORITY_KEYID *a, const AUTHORITY_KEYID *b)
{
	if (a == NULL || b == NULL || a->keyid == NULL || b->keyid == NULL)
		return (a == NULL || a->keyid == NULL) == (b == NULL || b->keyid == NULL);
	return ASN1_OCTET_STRING_cmp(a->keyid, b->keyid) == 0;
}

/* May this delta be combined with that complete list (section 5.2.4 and 6.3.3 (c))? */
static int
fits_base(const struct crl_facts *delta, const struct crl_facts *base)
{
	return delta->is_delta && X509_NAME_cmp(delta->issuer, base->issuer) == 0 &&
	       same_point(delta->distribution_point, base->distribution_point) &&
	       delta->only_user == base->only_user && delta->only_ca == base->only_ca &&
	       delta->indirect == base->indirect && delta->reasons == base->reasons &&
	       same_key_id(delta->aki, base->aki) && base->number.len > 0 &&
	       delta->number.len > 0 && crl_number_compare(&base->number, &delta->base) >= 0 &&
	       crl_number_compare(&base->number, &delta->number) < 0;
}

/* Usable by itself: time, known extensions. Silence on expired certificates is judged later. */
static int
is_usable(const struct by_crl *c, size_t index, int concerns)
{
	const struct crl_facts *f = facts_at(c, index);
	const char *fault;
	char text[160];

	if (f->unusable[0] != '\0')
		return no_use(c, index, concerns, "cannot be used: %s", f->unusable);
	fault = revocation_time_fault(c->run, f->this_update, f->next_update, text, sizeof(text));
	if (fault != NULL)
		return no_use(c, index, concerns, "%s", fault);
	return 1;
}

/* The newest usable delta of a base: 1 and *index, 0, -1. */
static int
find_delta(struct by_crl *c, size_t base, const struct crl_point *p, const X509 *signer,
    size_t *index, struct error *err)
{
	size_t i, tried = 0;
	int rc = 0;

	for (i = 0; rc == 0 && i < c->run->evidence->crl_count && tried < DELTAS_MAX; i++) {
		struct revocation_signer s = { 0 };
		size_t at = c->order[i];

		if (!fits_base(facts_at(c, at), facts_at(c, base)))
			continue;
		tried++;
		if (!is_usable(c, at, 1))
			continue;
		rc = find_signer(c, at, p, &s, err);
		if (rc == 1 && !path_same_entity(s.cert, signer))
			rc = no_use(c, at, 1, "is a delta signed by another key than its base");
		else if (rc == 0)
			no_use(c, at, 1, "cannot be used: %s", s.why_not);
		*index = at;
		revocation_signer_release(&s);
	}
	return rc;
}

/* ---- (i) to (l): what a list says ---- */

/* 1 listed, 0 not, -1. */
static int
look_up(struct by_crl *c, size_t base, int has_delta, size_t delta, struct crl_entry *entry,
    struct error *err)
{
	int found = 0;

	if (has_delta)
		found = crl_find(source_at(c, delta), c->run->cert, entry, err);
	if (found == 0)
		found = crl_find(source_at(c, base), c->run->cert, entry, err);
	/* removeFromCRL: taken off hold, or expired, since the base. */
	if (found == 1 && entry->reason == CRL_REMOVE_FROM_CRL)
		found = 0;
	return found;
}

static void
fill(struct by_crl *c, size_t base, int has_delta, size_t delta, struct revocation_signer *s)
{
	struct revocation_finding *f = c->out;
	const struct crl_facts *facts = facts_at(c, has_delta ? delta : base);
	struct revocation_proof proof = f->proof;

	memset(&f->proof, 0, sizeof(f->proof));
	revocation_finding_release(f);
	f->proof = proof;
	f->index = base;
	f->has_delta = has_delta;
	f->delta = delta;
	f->this_update = f->produced_at = facts->this_update;
	f->next_update = facts->next_update;
	f->sig_alg = facts->sig_alg;
	f->reason = CRL_REASON_ABSENT;
	f->signer = s->cert;
	f->signer_is_issuer = s->is_issuer;
	f->signer_status = s->status;
	s->cert = NULL;
	s->status = NULL;
}

/* All lists that cover reasons together are part of the proof, whichever of them decides. */
static int
note_proof(struct by_crl *c, size_t base, int has_delta, size_t delta, struct revocation_signer *s,
    struct error *err)
{
	struct revocation_proof *proof = &c->out->proof;

	if (revocation_proof_use(proof, REVOCATION_BY_CRL, facts_at(c, base)->sha256, err) != 0 ||
	    (has_delta && revocation_proof_use(
			      proof, REVOCATION_BY_CRL, facts_at(c, delta)->sha256, err) != 0) ||
	    (!revocation_on_path(c->run, s->cert) &&
		revocation_proof_signer(proof, s->cert, err) != 0))
		return -1;
	return revocation_proof_join(proof, &s->proof, err);
}

static void
take_entry(struct by_crl *c, const struct crl_entry *entry)
{
	struct revocation_finding *f = c->out;

	f->status = entry->reason == CRL_CERTIFICATE_HOLD ? REVOCATION_ON_HOLD : REVOCATION_REVOKED;
	f->revoked_at = entry->revoked_at;
	f->invalid_since = entry->invalid_since;
	f->reason = entry->reason;
}

/* A usable list whose signer is known: 0, -1. */
static int
read_list(struct by_crl *c, size_t base, const struct crl_point *p, unsigned int reasons,
    struct revocation_signer *s, struct error *err)
{
	const struct crl_facts *f = facts_at(c, base);
	struct error why = ERROR_INIT;
	struct crl_entry entry;
	size_t delta = 0;
	int found, has_delta = find_delta(c, base, p, s->cert, &delta, err);

	if (has_delta < 0)
		return -1;
	if (cert_urls_add_points(&c->run->result->delta_urls, f->freshest) != 0)
		return error_memory(err);
	found = look_up(c, base, has_delta, delta, &entry, &why);
	if (found < 0 && why.kind == ERROR_UNSUPPORTED)
		return no_use(c, base, 1, "cannot be used: %.180s", why.text);
	if (found < 0) {
		*err = why;
		return -1;
	}
	if (found == 0 && revocation_is_silent(c->run, f->this_update, f->expired_from)) {
		c->run->result->says_nothing_of_expired = 1;
		return no_use(c, base, 1,
		    "was made after the certificate expired and does not say that it keeps "
		    "expired ones");
	}
	/* The oldest of several that cover the reasons together decides how fresh they are. */
	if (note_proof(c, base, has_delta, delta, s, err) != 0)
		return -1;
	if (found == 1 || c->covered == 0 || f->this_update < c->out->this_update)
		fill(c, base, has_delta, delta, s);
	c->covered |= reasons;
	if (found == 1)
		take_entry(c, &entry);
	revocation_piece(c->run, REVOCATION_BY_CRL, base, 1,
	    found == 1 ? c->out->status : REVOCATION_GOOD, "the CRL %s the certificate",
	    found == 1 ? "lists" : "does not list");
	if (has_delta)
		revocation_piece(c->run, REVOCATION_BY_CRL, delta, 1,
		    found == 1 ? c->out->status : REVOCATION_GOOD, "the delta CRL was used");
	return 0;
}

static int
judge_list(struct by_crl *c, size_t index, const struct crl_point *p, struct error *err)
{
	const struct crl_facts *f = facts_at(c, index);
	unsigned int reasons = f->reasons & p->reasons;
	struct revocation_signer s = { 0 };
	const char *fault;
	int rc;

	if (!crl_is_by_issuer(c->run, f, p))
		return no_use(c, index, 0, "is by another issuer");
	if (f->is_delta) /* alone it says nothing */
		return no_use(c, index, 1, "is a delta, and there is no list that it belongs to");
	fault = crl_fault_of_scope(c->run, f, p);
	if (fault != NULL)
		return no_use(c, index, 1, "%s", fault);
	if ((reasons & ~c->covered) == 0 || !is_usable(c, index, 1))
		return 0;
	rc = find_signer(c, index, p, &s, err);
	if (rc == 0)
		no_use(c, index, 1, "cannot be used: %s", s.why_not);
	else if (rc == 1)
		rc = read_list(c, index, p, reasons, &s, err);
	revocation_signer_release(&s);
	return rc;
}

/* All lists for one distribution point, newest first. */
static int
judge_point(struct by_crl *c, const struct crl_point *p, struct error *err)
{
	size_t i;

	for (i = 0; i < c->run->evidence->crl_count; i++) {
		if (c->covered == CRL_REASONS_ALL || c->out->status != REVOCATION_UNKNOWN)
			break;
		if (judge_list(c, c->order[i], p, err) != 0)
			return -1;
	}
	return 0;
}

/*
 * The certificate's distribution points, then the one that is assumed at the end of section 6.3.3.
 * It is not assumed where every distribution point names another issuer of lists: by that the CA
 * says that its own do not cover the certificate (section 4.2.1.13).
 */
static int
judge_points(struct by_crl *c, struct error *err)
{
	CRL_DIST_POINTS *points =
	    X509_get_ext_d2i(c->run->cert, NID_crl_distribution_points, NULL, NULL);
	int i, rc = 0, count = sk_DIST_POINT_num(points), own = count <= 0;
	struct crl_point p;

	for (i = 0; rc == 0 && i < count; i++) {
		DIST_POINT *dp = sk_DIST_POINT_value(points, i);

		own |= dp->CRLissuer == NULL;
		p = crl_point_of(c->run, dp);
		rc = judge_point(c, &p, err);
	}
	p = crl_point_assumed(c->run, count > 0);
	if (rc == 0 && own)
		rc = judge_point(c, &p, err);
	CRL_DIST_POINTS_free(points);
	return rc;
}

static int
by_age(const void *a, const void *b, void *ctx)
{
	const struct by_crl *c = ctx;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	int64_t p = facts_at(c, x)->this_update, q = facts_at(c, y)->this_update;

	if (p != q)
		return p > q ? -1 : 1;
	return x < y ? -1 : 1;
}

int
revocation_by_crls(struct revocation_run *run, struct revocation_finding *out, struct error *err)
{
	size_t count = run->evidence->crl_count, i;
	struct by_crl c = { .run = run, .out = out };
	int rc;

	if (count == 0)
		return 0;
	c.order = calloc(count, sizeof(*c.order));
	if (c.order == NULL)
		return error_memory(err);
	for (i = 0; i < count; i++)
		c.order[i] = i;
	qsort_r(c.order, count, sizeof(*c.order), by_age, &c);
	rc = judge_points(&c, err);
	run->result->reasons = c.covered;
	if (rc == 0 && out->status == REVOCATION_UNKNOWN && c.covered == CRL_REASONS_ALL)
		out->status = REVOCATION_GOOD;
	free(c.order);
	ERR_clear_error();
	return rc;
}
