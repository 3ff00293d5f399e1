/* One certificate's status from all evidence: CRLs and OCSP answers side by side. */
#include "signing/x509/revocation.h"

#include <openssl/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/core/ossl.h"
#include "signing/x509/revocation_parts.h"

static const char *const status_names[] = {
	[REVOCATION_UNKNOWN] = "Unknown",
	[REVOCATION_NOT_NEEDED] = "NotNeeded",
	[REVOCATION_GOOD] = "Good",
	[REVOCATION_ON_HOLD] = "OnHold",
	[REVOCATION_REVOKED] = "Revoked",
};

const char *
revocation_status_name(enum revocation_status status)
{
	return status_names[status];
}

static struct revocation_piece *
piece_of(struct revocation_result *r, enum revocation_kind kind, size_t index)
{
	struct revocation_piece *p;
	size_t i;

	for (i = 0; i < r->piece_count; i++)
		if (r->pieces[i].kind == kind && r->pieces[i].index == index)
			return &r->pieces[i];
	if (r->pieces == NULL)
		r->pieces = calloc(REVOCATION_PIECES_MAX, sizeof(*r->pieces));
	if (r->pieces == NULL || r->piece_count == REVOCATION_PIECES_MAX)
		return NULL;
	p = &r->pieces[r->piece_count++];
	p->kind = kind;
	p->index = index;
	p->concerns = -1;
	return p;
}

void
revocation_piece(struct revocation_run *run, enum revocation_kind kind, size_t index, int concerns,
    enum revocation_status says, const char *fmt, ...)
{
	struct revocation_piece *p = piece_of(run->result, kind, index);
	va_list ap;

	if (p == NULL || p->says > says || (p->says == says && p->concerns >= concerns))
		return;
	p->concerns = concerns;
	p->says = says;
	va_start(ap, fmt);
	vsnprintf(p->text, sizeof(p->text), fmt, ap);
	va_end(ap);
}

int
revocation_steps(struct revocation_run *run, unsigned int count)
{
	if (*run->steps < count) {
		*run->steps = 0;
		run->result->limit_met = 1;
		return 0;
	}
	*run->steps -= count;
	return 1;
}

void
revocation_finding_release(struct revocation_finding *f)
{
	X509_free(f->signer);
	if (f->signer_status != NULL)
		revocation_result_release(f->signer_status);
	free(f->signer_status);
	revocation_proof_release(&f->proof);
	memset(f, 0, sizeof(*f));
}

void
revocation_signer_release(struct revocation_signer *s)
{
	X509_free(s->cert);
	if (s->status != NULL)
		revocation_result_release(s->status);
	free(s->status);
	revocation_proof_release(&s->proof);
	s->cert = NULL;
	s->status = NULL;
}

void
revocation_result_release(struct revocation_result *r)
{
	size_t i;

	X509_free(r->signer);
	if (r->signer_status != NULL)
		revocation_result_release(r->signer_status);
	free(r->signer_status);
	free(r->pieces);
	revocation_proof_release(&r->proof);
	for (i = 0; i < r->need_count; i++) {
		X509_free(r->needs[i].cert);
		X509_free(r->needs[i].issuer);
	}
	free(r->needs);
	cert_urls_release(&r->crl_urls);
	cert_urls_release(&r->delta_urls);
	cert_urls_release(&r->ocsp_urls);
	cert_urls_release(&r->issuer_urls);
	memset(r, 0, sizeof(*r));
}

/* ---- rules that CRLs and OCSP answers share ---- */

const char *
revocation_time_fault(
    const struct revocation_run *run, int64_t made, int64_t next, char *text, size_t size)
{
	char when[TEXT_TIME_SIZE];

	if (made > run->time + (int64_t)run->evidence->clock_skew)
		snprintf(text, size, "was made at %s, after the time that is asked about",
		    text_time(when, made));
	else if (next != 0 && next < run->time && !run->evidence->outdated_counts)
		snprintf(
		    text, size, "is outdated: a newer one was due at %s", text_time(when, next));
	else
		return NULL;
	return text;
}

int
revocation_is_silent(const struct revocation_run *run, int64_t made, int64_t kept_from)
{
	if (run->facts.not_after >= made)
		return 0;
	return kept_from == 0 || kept_from > run->facts.not_after;
}

int
revocation_signer_in_time(const struct revocation_run *run, const X509 *cert, int64_t made)
{
	int ok1, ok2;
	int64_t from = asn1_time_seconds(X509_get0_notBefore(cert), &ok1);
	int64_t to = asn1_time_seconds(X509_get0_notAfter(cert), &ok2);
	int64_t time = run->evidence->outdated_counts ? made : run->time;

	return ok1 && ok2 && made >= from && made <= to && time >= from && time <= to;
}

int
revocation_on_path(const struct revocation_run *run, const X509 *cert)
{
	int i;

	for (; run != NULL; run = run->outer)
		for (i = 1; i < sk_X509_num(run->path); i++)
			if (X509_cmp(sk_X509_value(run->path, i), cert) == 0)
				return 1;
	return 0;
}

int
revocation_is_circular(const struct revocation_run *run, const X509 *signer)
{
	for (; run != NULL; run = run->outer)
		if (path_same_entity(run->cert, signer))
			return 1;
	return 0;
}

X509 *
revocation_signer_at(const struct revocation_run *run, STACK_OF(X509) * first, size_t n)
{
	STACK_OF(X509) * pools[] = { first, run->path, run->evidence->certificates,
		run->in->untrusted, run->evidence->services };
	size_t i;

	for (i = 0; i < sizeof(pools) / sizeof(pools[0]); i++) {
		size_t size = pools[i] != NULL ? (size_t)sk_X509_num(pools[i]) : 0;

		if (n < size)
			return sk_X509_value(pools[i], (int)n);
		n -= size;
	}
	return NULL;
}

/* ---- signers need proof, too ---- */

static int judge(const struct revocation_run *outer, const struct path_input *in,
    STACK_OF(X509) * path, int depth, struct revocation_result *result, struct error *err);

static int
urls_join(struct cert_urls *to, const struct cert_urls *from)
{
	size_t i;

	for (i = 0; i < from->count; i++)
		if (cert_urls_add(to, from->items[i]) != 0)
			return -1;
	return 0;
}

static int
add_need(struct revocation_result *r, X509 *cert, X509 *issuer, struct error *err)
{
	struct revocation_need *bigger;
	size_t i;

	for (i = 0; i < r->need_count; i++)
		if (X509_cmp(r->needs[i].cert, cert) == 0)
			return 0;
	bigger = realloc(r->needs, (r->need_count + 1) * sizeof(*bigger));
	if (bigger == NULL)
		return error_memory(err);
	r->needs = bigger;
	if (X509_up_ref(cert) != 1)
		return error_memory(err);
	if (X509_up_ref(issuer) != 1) {
		X509_free(cert);
		return error_memory(err);
	}
	bigger[r->need_count++] = (struct revocation_need){ cert, issuer };
	return 0;
}

/* What is missing for the signer is missing for the certificate. */
static int
want_too(struct revocation_result *r, const struct revocation_result *of_signer, struct error *err)
{
	size_t i;

	for (i = 0; i < of_signer->need_count; i++)
		if (add_need(r, of_signer->needs[i].cert, of_signer->needs[i].issuer, err) != 0)
			return -1;
	r->limit_met |= of_signer->limit_met;
	if (urls_join(&r->crl_urls, &of_signer->crl_urls) == 0 &&
	    urls_join(&r->delta_urls, &of_signer->delta_urls) == 0 &&
	    urls_join(&r->ocsp_urls, &of_signer->ocsp_urls) == 0 &&
	    urls_join(&r->issuer_urls, &of_signer->issuer_urls) == 0)
		return 0;
	return error_memory(err);
}

/* Is one certificate on a signer's path proven? 1, 0, -1; *status is the caller's on 1 and 0. */
static int
prove(struct revocation_run *run, STACK_OF(X509) * path, int depth,
    struct revocation_result *status, struct revocation_signer *s, struct error *err)
{
	X509 *cert = sk_X509_value(path, depth);
	char label[120];

	if (judge(run, run->in, path, depth, status, err) != 0)
		return -1;
	if (status->status == REVOCATION_GOOD)
		return 1;
	if (status->status == REVOCATION_UNKNOWN) {
		if (run->evidence->signers_unchecked)
			return 1;
		if (want_too(run->result, status, err) != 0)
			return -1;
	}
	snprintf(s->why_not, sizeof(s->why_not), "%s: \"%s\"",
	    status->status == REVOCATION_UNKNOWN
		? "whether the certificate behind its signature is revoked is not known"
		: "the certificate behind its signature is revoked or on hold",
	    cert_label(cert, label, sizeof(label)));
	return 0;
}

static int
needs_proof(const X509 *cert)
{
	struct error err = ERROR_INIT;
	struct cert_facts f;
	int needs;

	if (cert_facts_read(&f, cert, &err) != 0)
		return 1;
	needs = cert_facts_need_revocation(&f);
	cert_facts_release(&f);
	return needs;
}

/* A signer's own status keeps its proof; this is a copy for the status that rests on it. */
static int
keep_proof(struct revocation_proof *to, const struct revocation_proof *from, struct error *err)
{
	size_t i;
	int n;

	for (i = 0; i < from->used_count; i++)
		if (revocation_proof_use(to, from->used[i].kind, from->used[i].sha256, err) != 0)
			return -1;
	for (n = 0; n < sk_X509_num(from->signers); n++)
		if (revocation_proof_signer(to, sk_X509_value(from->signers, n), err) != 0)
			return -1;
	return 0;
}

int
revocation_signer_proven(struct revocation_run *run, STACK_OF(X509) * path,
    struct revocation_signer *s, struct error *err)
{
	struct revocation_result *status;
	int i, rc = 1;

	for (i = 0; rc == 1 && i + 1 < sk_X509_num(path); i++) {
		X509 *cert = sk_X509_value(path, i);

		if (revocation_on_path(run, cert) || !needs_proof(cert))
			continue;
		status = calloc(1, sizeof(*status));
		if (status == NULL)
			return error_memory(err);
		rc = prove(run, path, i, status, s, err);
		if (rc == 1 && (revocation_proof_signer(&s->proof, cert, err) != 0 ||
				   keep_proof(&s->proof, &status->proof, err) != 0))
			rc = -1;
		if (i == 0 && rc >= 0 && s->status == NULL) {
			s->status = status;
			continue;
		}
		revocation_result_release(status);
		free(status);
	}
	return rc;
}

/* ---- both kinds together ---- */

/*
 * Revoked is for good, whoever else says otherwise; of the others the newest decides, as a hold
 * comes and goes.
 */
static int
is_decisive(const struct revocation_finding *a, const struct revocation_finding *b)
{
	if (a->status == REVOCATION_UNKNOWN || b->status == REVOCATION_UNKNOWN)
		return a->status != REVOCATION_UNKNOWN;
	if ((a->status == REVOCATION_REVOKED) != (b->status == REVOCATION_REVOKED))
		return a->status == REVOCATION_REVOKED;
	return a->this_update > b->this_update;
}

static void
take(struct revocation_run *run, struct revocation_finding *f, enum revocation_kind kind)
{
	struct revocation_result *r = run->result;

	r->status = f->status;
	r->revoked_at = f->revoked_at;
	r->reason = f->reason;
	r->invalid_since = f->invalid_since;
	r->kind = kind;
	r->index = f->index;
	r->has_delta = f->has_delta;
	r->delta = f->delta;
	r->this_update = f->this_update;
	r->next_update = f->next_update;
	r->produced_at = f->produced_at;
	r->sig_alg = f->sig_alg;
	r->signer = f->signer;
	r->signer_is_issuer = f->signer_is_issuer;
	r->signer_status = f->signer_status;
	r->proof = f->proof;
	memset(&f->proof, 0, sizeof(f->proof));
	f->signer = NULL;
	f->signer_status = NULL;
	if (r->signer != NULL)
		r->signer_in_time = revocation_signer_in_time(run, r->signer, run->time);
}

static const char *
by_words(const struct revocation_result *r)
{
	return r->kind == REVOCATION_BY_OCSP ? "an OCSP answer" : r->has_delta ? "CRLs" : "a CRL";
}

static const char *
why_unknown(const struct revocation_result *r)
{
	size_t i;

	if (r->limit_met)
		return "there is more revocation information at hand than is looked through";
	if (r->reasons != 0)
		return "the CRLs at hand do not cover all reasons of revocation";
	for (i = 0; i < r->piece_count; i++)
		if (r->pieces[i].concerns)
			return r->pieces[i].text;
	return r->piece_count > 0 ? "what is at hand is about other certificates"
				  : "no revocation information is at hand";
}

static void
tell(struct revocation_run *run)
{
	struct revocation_result *r = run->result;
	char label[120], when[TEXT_TIME_SIZE], made[TEXT_TIME_SIZE];

	cert_label(run->cert, label, sizeof(label));
	text_time(made, r->this_update);
	switch (r->status) {
	case REVOCATION_REVOKED:
		snprintf(r->text, sizeof(r->text),
		    "the certificate \"%s\" was revoked on %s (%s), by %s of %s", label,
		    text_time(when, r->revoked_at), crl_reason_name(r->reason), by_words(r), made);
		break;
	case REVOCATION_ON_HOLD:
		snprintf(r->text, sizeof(r->text),
		    "the certificate \"%s\" is on hold since %s, by %s of %s", label,
		    text_time(when, r->revoked_at), by_words(r), made);
		break;
	case REVOCATION_GOOD:
		snprintf(r->text, sizeof(r->text),
		    "the certificate \"%s\" is not revoked, by %s of %s", label, by_words(r), made);
		break;
	default:
		snprintf(r->text, sizeof(r->text),
		    "whether the certificate \"%.80s\" is revoked is not known: %.160s", label,
		    why_unknown(r));
	}
}

static int
add_urls(struct revocation_run *run, struct error *err)
{
	struct revocation_result *r = run->result;
	CRL_DIST_POINTS *freshest = X509_get_ext_d2i(run->cert, NID_freshest_crl, NULL, NULL);
	int rc = cert_urls_add_points(&r->delta_urls, freshest);

	CRL_DIST_POINTS_free(freshest);
	if (rc == 0)
		rc = urls_join(&r->crl_urls, &run->facts.crl);
	if (rc == 0)
		rc = urls_join(&r->ocsp_urls, &run->facts.ocsp);
	return rc == 0 ? 0 : error_memory(err);
}

static int
judge_run(struct revocation_run *run, struct error *err)
{
	struct revocation_finding crl = { 0 }, ocsp = { 0 };
	int rc = -1;

	if (add_urls(run, err) == 0 && revocation_by_crls(run, &crl, err) == 0 &&
	    revocation_by_ocsp(run, &ocsp, err) == 0) {
		rc = 0;
		if (is_decisive(&ocsp, &crl))
			take(run, &ocsp, REVOCATION_BY_OCSP);
		else if (crl.status != REVOCATION_UNKNOWN)
			take(run, &crl, REVOCATION_BY_CRL);
		tell(run);
	}
	revocation_finding_release(&crl);
	revocation_finding_release(&ocsp);
	return rc;
}

/* The path from this depth upwards. */
static STACK_OF(X509) * path_from(STACK_OF(X509) * path, int depth)
{
	STACK_OF(X509) *rest = sk_X509_new_null();
	int i;

	for (i = depth; rest != NULL && i < sk_X509_num(path); i++)
		if (sk_X509_push(rest, sk_X509_value(path, i)) <= 0) {
			sk_X509_free(rest);
			return NULL;
		}
	return rest;
}

static int
judge(const struct revocation_run *outer, const struct path_input *in, STACK_OF(X509) * path,
    int depth, struct revocation_result *result, struct error *err)
{
	struct revocation_run run = { .in = in,
		.evidence = in->revocation,
		.outer = outer,
		.nesting = outer != NULL ? outer->nesting + 1 : 0,
		.cert = sk_X509_value(path, depth),
		.issuer = sk_X509_value(path, depth + 1),
		.time = in->revocation->time != 0 ? in->revocation->time : in->time,
		.result = result };
	struct error unreadable = ERROR_INIT;
	unsigned int steps = REVOCATION_STEPS_MAX;
	int rc;

	run.steps = outer != NULL ? outer->steps : &steps;
	memset(result, 0, sizeof(*result));
	result->reason = CRL_REASON_ABSENT;
	if (run.issuer == NULL)
		return error_set(err, ERROR_INTERNAL, "an anchor's status was asked for");
	if (run.nesting > REVOCATION_DEPTH_MAX ||
	    cert_facts_read(&run.facts, run.cert, &unreadable) != 0) {
		snprintf(result->text, sizeof(result->text), "%.250s",
		    run.nesting > REVOCATION_DEPTH_MAX
			? "too many signers of revocation information stand behind one another"
			: unreadable.text);
		return 0;
	}
	/* Each piece is looked at, what it says of the certificate found by its names. */
	if (!work_spend(in->work, 20 + run.evidence->crl_count + run.evidence->ocsp_count)) {
		cert_facts_release(&run.facts);
		return 0;
	}
	run.path = path_from(path, depth);
	rc = run.path != NULL ? add_need(result, run.cert, run.issuer, err) : error_memory(err);
	if (rc == 0)
		rc = judge_run(&run, err);
	if (rc != 0)
		revocation_result_release(result);
	sk_X509_free(run.path);
	cert_facts_release(&run.facts);
	ERR_clear_error();
	return rc;
}

int
revocation_judge(const struct path_input *in, STACK_OF(X509) * path, int depth,
    struct revocation_result *result, struct error *err)
{
	return judge(NULL, in, path, depth, result, err);
}
