/* Paths as a whole: candidates are judged one after another, and the best is told. */
#include "signing/x509/path.h"

#include <openssl/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/core/ossl.h"
#include "signing/x509/cert.h"
#include "signing/x509/path_parts.h"
#include "signing/x509/purpose.h"

/* The gravest first: what time can heal comes last. */
static const enum sub_indication gravity[] = { SUB_NO_CERTIFICATE_CHAIN_FOUND,
	SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE, SUB_CHAIN_CONSTRAINTS_FAILURE,
	SUB_NO_CERTIFICATE_CHAIN_FOUND_NO_POE, SUB_REVOKED_NO_POE, SUB_REVOKED_CA_NO_POE,
	SUB_OUT_OF_BOUNDS_NO_POE, SUB_OUT_OF_BOUNDS_NOT_REVOKED, SUB_TRY_LATER };
#define GRAVITIES (sizeof(gravity) / sizeof(gravity[0]))

static const char *const purpose_names[PATH_PURPOSES] = { [PATH_ANY] = "Any",
	[PATH_SIGNING] = "Signing",
	[PATH_TLS_CLIENT] = "TlsClient",
	[PATH_TLS_SERVER] = "TlsServer",
	[PATH_TIMESTAMPING] = "Timestamping",
	[PATH_OCSP_SIGNING] = "OcspSigning" };

const char *
path_purpose_name(enum path_purpose purpose)
{
	return purpose_names[purpose];
}

int
path_purpose_by_name(const char *name, enum path_purpose *purpose)
{
	int i;

	for (i = 0; i < PATH_PURPOSES; i++) {
		if (strcmp(purpose_names[i], name) != 0)
			continue;
		*purpose = (enum path_purpose)i;
		return 0;
	}
	return -1;
}

/* ---- problems ---- */

int
path_weight(enum sub_indication sub)
{
	size_t i;

	for (i = 0; i < GRAVITIES && gravity[i] != sub; i++)
		continue;
	return (int)i;
}

static struct path_problem *
least_grave(struct path_result *r)
{
	struct path_problem *least = &r->problems[0];
	size_t i;

	for (i = 1; i < r->problem_count; i++)
		if (path_weight(r->problems[i].sub) > path_weight(least->sub))
			least = &r->problems[i];
	return least;
}

void
path_add_problem(struct path_result *r, enum sub_indication sub, int depth, const char *fmt, ...)
{
	struct path_problem *p;
	va_list ap;
	size_t i;

	for (i = 0; i < r->problem_count; i++)
		if (r->problems[i].sub == sub && r->problems[i].depth == depth)
			return; /* one sentence for a certificate and a kind */
	if (r->problem_count < PATH_PROBLEMS_MAX)
		p = &r->problems[r->problem_count++];
	else if ((p = least_grave(r)), path_weight(sub) >= path_weight(p->sub))
		return; /* there are enough, and as grave */
	p->sub = sub;
	p->depth = depth;
	va_start(ap, fmt);
	vsnprintf(p->text, sizeof(p->text), fmt, ap);
	va_end(ap);
}

static int
by_gravity(const void *a, const void *b)
{
	const struct path_problem *x = a, *y = b;
	int difference = path_weight(x->sub) - path_weight(y->sub);

	return difference != 0 ? difference : x->depth - y->depth;
}

static void
conclude(struct path_result *r)
{
	qsort(r->problems, r->problem_count, sizeof(r->problems[0]), by_gravity);
	r->ok = r->problem_count == 0;
	r->sub = r->ok ? SUB_NONE : r->problems[0].sub;
	snprintf(r->text, sizeof(r->text), "%s", r->ok ? "" : r->problems[0].text);
	if (!r->ok)
		r->policy_count = 0;
}

/* ---- what is judged of each certificate beside the rules of section 6.1 ---- */

static int
is_in_time(const X509 *cert, int64_t time, int64_t *from, int64_t *to)
{
	int ok1, ok2;

	*from = asn1_time_seconds(X509_get0_notBefore(cert), &ok1);
	*to = asn1_time_seconds(X509_get0_notAfter(cert), &ok2);
	return ok1 && ok2 && time >= *from && time <= *to;
}

static void
judge_time(const struct path_input *in, struct path_result *r, int depth)
{
	struct path_certificate *pc = &r->certificates[depth];
	char label[120], when[TEXT_TIME_SIZE];
	int64_t from, to;

	pc->in_time = is_in_time(pc->cert, in->time, &from, &to);
	/* An end entity that is trusted itself is no anchor for others: its dates always count. */
	if (pc->in_time || (pc->is_anchor && depth > 0 && in->ignore_anchor_dates))
		return;
	cert_label(pc->cert, label, sizeof(label));
	if (in->time < from)
		path_add_problem(r, SUB_OUT_OF_BOUNDS_NO_POE, depth,
		    "the certificate \"%s\" is not valid before %s", label, text_time(when, from));
	else
		path_add_problem(r, SUB_OUT_OF_BOUNDS_NO_POE, depth,
		    "the certificate \"%s\" expired on %s", label, text_time(when, to));
}

static void
judge_revocation_need(struct path_certificate *pc, const struct cert_facts *f)
{
	const char *why = pc->is_anchor		  ? "trust anchor"
			  : f == NULL		  ? NULL
			  : f->assured_short_term ? "validity-assured short-term certificate"
			  : f->ocsp_no_check	  ? "ocsp-nocheck"
						  : "noRevAvail";

	pc->needs_revocation = !pc->is_anchor && (f == NULL || cert_facts_need_revocation(f));
	if (!pc->needs_revocation)
		snprintf(pc->why_not, sizeof(pc->why_not), "%s", why);
}

static void
judge_purpose(const struct path_input *in, const struct cert_facts *f, struct path_result *r,
    int depth, const char *label)
{
	char why[160] = "";

	if (depth == 0 && purpose_leaf(in->purpose, f, why, sizeof(why)) != 0)
		path_add_problem(r, SUB_CHAIN_CONSTRAINTS_FAILURE, depth,
		    "the certificate \"%s\" %s", label, why);
	else if (depth > 0 && purpose_ca(in->purpose, f, why, sizeof(why)) != 0)
		path_add_problem(
		    r, SUB_CHAIN_CONSTRAINTS_FAILURE, depth, "the CA \"%s\" %s", label, why);
}

/* Of a certificate whose extensions are decoded in a microsecond. */
#define BYTES_PER_UNIT 40

static void
judge_certificate(const struct path_input *in, struct path_result *r, int depth)
{
	struct path_certificate *pc = &r->certificates[depth];
	int only_name = pc->is_anchor && depth > 0 && in->anchor_rules == PATH_ANCHOR_NAME_AND_KEY;
	struct error err = ERROR_INIT;
	struct cert_facts f;
	char label[120];
	const int bytes = i2d_X509(pc->cert, NULL);
	int have_facts;

	cert_label(pc->cert, label, sizeof(label));
	if (!work_spend(in->work, (uint64_t)(bytes > 0 ? bytes : 0) / BYTES_PER_UNIT)) {
		path_add_problem(r, SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE, depth,
		    "the certificate \"%s\" was not judged", label);
		return;
	}
	have_facts = cert_facts_read(&f, pc->cert, &err) == 0;
	judge_time(in, r, depth);
	judge_revocation_need(pc, have_facts ? &f : NULL);
	if (!have_facts && !only_name)
		path_add_problem(r, SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE, depth,
		    "the certificate \"%s\" cannot be read: %s", label, err.text);
	else if (have_facts && !only_name)
		judge_purpose(in, &f, r, depth, label);
	if (have_facts)
		cert_facts_release(&f);
}

/* ---- a path that leads nowhere ---- */

static int
is_self_issued(const X509 *cert)
{
	return X509_NAME_cmp(X509_get_subject_name(cert), X509_get_issuer_name(cert)) == 0;
}

static void
take_urls(struct path_result *r, const X509 *cert)
{
	struct error err = ERROR_INIT;
	struct cert_facts f;

	if (cert_facts_read(&f, cert, &err) != 0)
		return;
	r->wanted_issuers = f.issuers;
	memset(&f.issuers, 0, sizeof(f.issuers));
	cert_facts_release(&f);
}

static void
tell_end(const struct path_input *in, struct path_result *r)
{
	int last = (int)r->certificate_count - 1;
	X509 *cert = r->certificates[last].cert;
	char label[120];

	cert_label(cert, label, sizeof(label));
	if (is_self_issued(cert) && last == 0)
		path_add_problem(r, SUB_NO_CERTIFICATE_CHAIN_FOUND, last,
		    "the certificate \"%s\" is self-signed and not a trust anchor", label);
	else if (is_self_issued(cert) ||
		 (in->length_max != 0 && (unsigned int)last + 1 >= in->length_max))
		path_add_problem(r, SUB_NO_CERTIFICATE_CHAIN_FOUND, last,
		    "the path ends at \"%s\", which is not a trust anchor", label);
	else
		path_add_problem(r, SUB_NO_CERTIFICATE_CHAIN_FOUND, last,
		    "no trusted issuer was found for the certificate \"%s\"", label);
	take_urls(r, cert);
}

/* ---- one candidate ---- */

static int
take_chain(STACK_OF(X509) * chain, int complete, struct path_result *r, struct error *err)
{
	int i, n = sk_X509_num(chain);

	r->chain = X509_chain_up_ref(chain);
	if (r->chain == NULL)
		return error_memory(err);
	r->certificates = calloc((size_t)n, sizeof(*r->certificates));
	if (r->certificates == NULL)
		return error_memory(err);
	r->certificate_count = (size_t)n;
	for (i = 0; i < n; i++)
		r->certificates[i].cert = sk_X509_value(r->chain, i);
	if (complete) {
		r->certificates[n - 1].is_anchor = 1;
		r->anchor = sk_X509_value(r->chain, n - 1);
	}
	return 0;
}

static void
judge_status(struct path_result *r, int depth)
{
	const struct revocation_result *s = &r->certificates[depth].revocation;

	switch (s->status) {
	case REVOCATION_REVOKED:
		path_add_problem(r, depth == 0 ? SUB_REVOKED_NO_POE : SUB_REVOKED_CA_NO_POE, depth,
		    "%s", s->text);
		break;
	case REVOCATION_ON_HOLD:
	case REVOCATION_UNKNOWN:
		path_add_problem(r, SUB_TRY_LATER, depth, "%s", s->text);
		break;
	default:
		break;
	}
}

/* EN 319 102-1 clause 5.2.6.4: expired, but not revoked until then. */
static void
soften_expiry(const struct path_input *in, struct path_result *r)
{
	int64_t from, to;
	size_t i;

	if (r->certificates[0].revocation.status != REVOCATION_GOOD ||
	    is_in_time(r->certificates[0].cert, in->time, &from, &to) || in->time < from)
		return;
	for (i = 0; i < r->problem_count; i++)
		if (r->problems[i].depth == 0 && r->problems[i].sub == SUB_OUT_OF_BOUNDS_NO_POE)
			r->problems[i].sub = SUB_OUT_OF_BOUNDS_NOT_REVOKED;
}

static int
judge_revocation(const struct path_input *in, struct path_result *r, struct error *err)
{
	size_t i;

	for (i = 0; i < r->certificate_count; i++) {
		struct path_certificate *pc = &r->certificates[i];

		if (!pc->needs_revocation) {
			pc->revocation.status = REVOCATION_NOT_NEEDED;
			continue;
		}
		if (revocation_judge(in, r->chain, (int)i, &pc->revocation, err) != 0)
			return -1;
		judge_status(r, (int)i);
	}
	soften_expiry(in, r);
	return 0;
}

/* EN 319 102-1 clause 5.2.6.4 step 3: may this anchor be relied on at that time? */
static void
judge_anchor(const struct path_input *in, struct path_result *r)
{
	char text[400] = "";
	enum sub_indication sub;

	if (in->trust.judge == NULL || certs_hold(in->anchors, r->anchor))
		return;
	sub = in->trust.judge(&in->trust, r->anchor, in->time, text, sizeof(text));
	if (sub != SUB_NONE)
		path_add_problem(r, sub, (int)r->certificate_count - 1, "%s", text);
}

static int
judge_chain(const struct path_input *in, STACK_OF(X509) * chain, int complete,
    struct path_signatures *signatures, struct path_result *r, struct error *err)
{
	size_t i;

	if (take_chain(chain, complete, r, err) != 0 ||
	    path_rules(in, chain, complete, signatures, r, err) != 0)
		return -1;
	for (i = 0; i < r->certificate_count; i++)
		judge_certificate(in, r, (int)i);
	if (complete)
		judge_anchor(in, r);
	else
		tell_end(in, r);
	if (complete && in->revocation != NULL && judge_revocation(in, r, err) != 0)
		return -1;
	conclude(r);
	return 0;
}

/* ---- all candidates ---- */

struct search {
	const struct path_input *in;
	struct path_signatures *signatures;
	struct path_result *best; /* chain NULL: none yet */
};

static int
is_better(const struct path_result *a, const struct path_result *b)
{
	if (b->chain == NULL || a->ok != b->ok)
		return b->chain == NULL || a->ok;
	return path_weight(a->sub) > path_weight(b->sub);
}

static int
judge_candidate(void *ctx, STACK_OF(X509) * chain, int complete, struct error *err)
{
	struct search *s = ctx;
	struct path_result *r = calloc(1, sizeof(*r));
	int ok;

	if (r == NULL)
		return error_memory(err);
	if (judge_chain(s->in, chain, complete, s->signatures, r, err) != 0) {
		path_result_release(r);
		free(r);
		return -1;
	}
	ok = r->ok;
	if (is_better(r, s->best)) {
		path_result_release(s->best);
		*s->best = *r;
	} else {
		path_result_release(r);
	}
	free(r);
	return ok;
}

int
path_validate(const struct path_input *in, struct path_result *r, struct error *err)
{
	struct path_signatures *signatures = calloc(1, sizeof(*signatures));
	struct search s = { .in = in, .signatures = signatures };
	size_t candidates = 0;
	int limit_met = 0, rc;

	memset(r, 0, sizeof(*r));
	if (signatures == NULL)
		return error_memory(err);
	signatures->work = in->work;
	s.best = r;
	rc = path_build(in, signatures, judge_candidate, &s, &candidates, &limit_met, err);
	if (rc != 0)
		path_result_release(r);
	r->candidates = candidates;
	r->limit_met = limit_met;
	free(signatures);
	ERR_clear_error();
	return rc;
}

int
path_validate_below(
    const struct path_input *in, STACK_OF(X509) * chain, struct path_result *r, struct error *err)
{
	struct path_signatures *signatures = calloc(1, sizeof(*signatures));
	struct path_input without = *in;
	int i, rc;

	memset(r, 0, sizeof(*r));
	if (signatures == NULL)
		return error_memory(err);
	signatures->work = in->work;
	for (i = 1; i + 1 < sk_X509_num(chain) && i < PATH_STEPS_MAX; i++)
		path_signature_known(
		    signatures, sk_X509_value(chain, i), sk_X509_value(chain, i + 1));
	without.revocation = NULL;
	rc = judge_chain(&without, chain, 1, signatures, r, err);
	if (rc != 0)
		path_result_release(r);
	free(signatures);
	ERR_clear_error();
	return rc;
}

const char *
path_fault_of_leaf(const struct path_result *r)
{
	size_t i;

	for (i = 0; i < r->problem_count; i++)
		if (r->problems[i].depth == 0)
			return r->problems[i].text;
	return NULL;
}

void
path_result_release(struct path_result *r)
{
	size_t i;

	for (i = 0; i < r->certificate_count; i++)
		revocation_result_release(&r->certificates[i].revocation);
	sk_X509_pop_free(r->chain, X509_free);
	free(r->certificates);
	cert_urls_release(&r->wanted_issuers);
	memset(r, 0, sizeof(*r));
}

const struct path_certificate *
path_first_revocation_need(const struct path_result *r)
{
	size_t i;

	for (i = 0; i < r->certificate_count; i++)
		if (r->certificates[i].needs_revocation)
			return &r->certificates[i];
	return NULL;
}
