#include "signing/verify/lasting.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/verify/past.h"
#include "signing/x509/cert.h"

/* Time stamps on the way from the latest to the first, with the signature that holds them. */
struct run {
	struct lasting *l;
	const struct lasting_stamp *stamps;
	size_t count;
	const struct signature *sig; /* NULL: they belong to none */
	const struct poes *poes;
};

/* ---- the earliest of several ends ---- */

static void __attribute__((format(printf, 3, 4)))
ends(struct verify_lasting *l, int64_t until, const char *fmt, ...)
{
	va_list args;

	if (until >= l->until)
		return;
	l->until = until;
	l->timestamp = 0;
	va_start(args, fmt);
	vsnprintf(l->text, sizeof(l->text), fmt, args);
	va_end(args);
}

/* What the time stamps protect lasts as long as the one that lasts longest. */
static void
ends_with(struct verify_lasting *l, const struct verify_lasting *other)
{
	if (other->until < l->until)
		*l = *other;
}

static const struct verify_lasting endless = { .known = 1, .until = CATALOGUE_OPEN };
static const struct verify_lasting none = { .until = INT64_MIN };

static int
is_longer(const struct verify_lasting *a, const struct verify_lasting *b)
{
	return a->known && (!b->known || a->until > b->until);
}

/* ---- what ends by itself ---- */

static void
end_of_algorithm(struct verify_lasting *out, const struct lasting *l, const struct sig_alg *alg,
    EVP_PKEY *key, const char *of)
{
	struct catalogue_verdict v;
	char curve[32] = "", name[64];

	if (key == NULL)
		return;
	catalogue_judge_signature(l->judge.catalogue, alg, key_bits(key),
	    key_curve(key, curve, sizeof(curve)), l->context.time, &v);
	sig_alg_name(alg, name, sizeof(name));
	ends(out, v.until, "%s with %d bits, the algorithm of %s, is suitable no longer", name,
	    key_bits(key), of);
}

static void
end_of_digest(
    struct verify_lasting *out, const struct lasting *l, enum digest digest, const char *of)
{
	struct catalogue_verdict v;

	if (digest == DIGEST_NONE)
		return;
	catalogue_judge_digest(l->judge.catalogue, digest, l->context.time, &v);
	ends(out, v.until, "%s, the digest of %s, is suitable no longer", digest_name(digest), of);
}

/* Of the certificate at this place in its path: the algorithm that its issuer signed it with. */
static void
end_of_certificate_algorithm(
    struct verify_lasting *out, const struct lasting *l, const struct path_result *path, size_t i)
{
	const X509 *cert = path->certificates[i].cert;
	struct error err = ERROR_INIT;
	const X509_ALGOR *algor;
	struct sig_alg alg;
	char label[120], of[160];

	if (i + 1 >= path->certificate_count)
		return;
	X509_get0_signature(NULL, &algor, cert);
	if (sig_alg_by_x509(algor, DIGEST_NONE, &alg, &err) != 0)
		return; /* did not pass */
	snprintf(of, sizeof(of), "the certificate \"%s\"", cert_label(cert, label, sizeof(label)));
	end_of_algorithm(out, l, &alg, X509_get0_pubkey(path->certificates[i + 1].cert), of);
}

static void
end_of_path(struct verify_lasting *out, const struct lasting *l, const struct path_result *path)
{
	char label[120];
	int64_t end;
	size_t i;
	int ok;

	for (i = 0; i < path->certificate_count; i++) {
		const X509 *cert = path->certificates[i].cert;

		end = asn1_time_seconds(X509_get0_notAfter(cert), &ok);
		if (ok)
			ends(out, end, "the certificate \"%s\" ends",
			    cert_label(cert, label, sizeof(label)));
		end_of_certificate_algorithm(out, l, path, i);
	}
}

/* ---- what time stamps protect ---- */

static void
longest_of(const struct run *r, size_t i, struct verify_lasting *longest)
{
	const struct verify_lasting *own = &r->stamps[i].verdict->lasting;

	if (!is_longer(own, longest))
		return;
	*longest = *own;
	if (longest->timestamp == 0)
		longest->timestamp = i + 1;
}

/* An object by its SHA-256; *longest is `none` where no time stamp covers it. */
static void
object_lasts(const struct run *r, const unsigned char sha256[32], struct verify_lasting *longest)
{
	size_t i;

	*longest = none;
	for (i = 0; i < r->count; i++)
		if (r->stamps[i].stamp != NULL && coverage_has(&r->stamps[i].stamp->covers, sha256))
			longest_of(r, i, longest);
}

static void
signature_lasts(const struct run *r, struct verify_lasting *longest)
{
	size_t i;

	*longest = none;
	for (i = 0; i < r->count; i++)
		if (r->stamps[i].stamp != NULL && r->stamps[i].stamp->covers.signature)
			longest_of(r, i, longest);
}

/* A certificate; the signer's is covered with the signed reference to it, too. */
static int
certificate_lasts(
    const struct run *r, const X509 *cert, struct verify_lasting *longest, struct error *err)
{
	unsigned char name[POE_NAME_SIZE];
	struct verify_lasting with_signature = none;

	if (X509_digest(cert, EVP_sha256(), name, NULL) != 1)
		return error_memory(err);
	object_lasts(r, name, longest);
	if (r->sig != NULL && r->sig->signer != NULL && r->sig->cert_ref == CERT_REF_MATCHES &&
	    X509_cmp(r->sig->signer, cert) == 0)
		signature_lasts(r, &with_signature);
	if (is_longer(&with_signature, longest))
		*longest = with_signature;
	return 0;
}

/* All that a path rests on below its anchor. */
static int
path_lasts(const struct run *r, const struct path_result *path, struct verify_lasting *out,
    struct error *err)
{
	struct verify_lasting one;
	size_t i, k;

	for (i = 0; i + 1 < path->certificate_count; i++) {
		const struct path_certificate *pc = &path->certificates[i];
		const struct revocation_proof *proof = &pc->revocation.proof;

		if (certificate_lasts(r, pc->cert, &one, err) != 0)
			return -1;
		ends_with(out, &one);
		for (k = 0; pc->needs_revocation && k < proof->used_count; k++) {
			object_lasts(r, proof->used[k].sha256, &one);
			ends_with(out, &one);
		}
	}
	return 0;
}

/*
 * Clause 5.6.2.4 as of a time when nothing that is not proven is old. `out` comes with how long
 * that lasts which the path signed, and becomes `none` where the past proves nothing.
 */
static int
past_lasts(const struct run *r, const struct past_input *told, const struct signature *sig,
    struct verify_lasting *out, struct error *err)
{
	const struct judge *judge = &r->l->judge;
	struct path_result path = { 0 };
	struct verify_checks checks = { 0 };
	struct poes poes = *r->poes;
	struct past_input in = *told;
	int rc;

	poes.now = INT64_MAX;
	in.poes = &poes;
	rc = past_validate(judge, &in, &checks, &path, err);
	if (rc == 1) {
		block_algorithms(judge, sig, BLOCK_PAST, in.existed, &checks);
		rc = checks_conclude(&checks).indication == INDICATION_TOTAL_PASSED;
	}
	if (rc != 1)
		*out = none;
	else
		rc = path_lasts(r, &path, out, err);
	checks_release(&checks);
	path_result_release(&path);
	return rc < 0 ? -1 : 0;
}

/* ---- time stamps ---- */

static int
was_judged_in_the_past(const struct verify_checks *checks)
{
	size_t i;

	for (i = 0; i < checks->count; i++)
		if (checks->items[i].outcome == CHECK_SUPERSEDED)
			return 1;
	return 0;
}

static void
stamp_ends(const struct run *r, const struct lasting_stamp *s, const struct signature *token,
    struct verify_lasting *out)
{
	*out = endless;
	if (token->signer != NULL)
		end_of_algorithm(
		    out, r->l, &token->alg, X509_get0_pubkey(token->signer), "the time stamp");
	end_of_digest(out, r->l, s->verdict->digest, "the time stamp's imprint");
	if (s->stamp != NULL) {
		end_of_digest(out, r->l, s->stamp->covers.manifest, "the time stamp's manifest");
		end_of_digest(out, r->l, s->stamp->covers.index, "the time stamp's index");
	}
	end_of_path(out, r->l, &s->verdict->path);
}

static int
stamp_lasts(const struct run *r, size_t i, struct error *err)
{
	const struct lasting_stamp *s = &r->stamps[i];
	const struct token *token = pool_token(&r->l->judge.pool, SPAN_OF(&s->verdict->token));
	struct past_input in = { .around = r->sig != NULL ? r->sig->certificates : NULL,
		.anchors = r->l->context.timestamp_anchors,
		.purpose = PATH_TIMESTAMPING };
	struct verify_lasting own = none, past = none;
	const struct signature *sig;
	unsigned char name[POE_NAME_SIZE];

	if (s->verdict->conclusion.indication != INDICATION_TOTAL_PASSED || token == NULL)
		return 0;
	sig = &token->signatures.items[0];
	if (!was_judged_in_the_past(&s->verdict->checks))
		stamp_ends(r, s, sig, &own);
	poe_name(SPAN_OF(&s->verdict->token), name);
	object_lasts(r, name, &past);
	if (is_longer(&past, &own)) {
		in.cert = sig->signer;
		in.embedded = sig->certificates;
		in.existed = poe_time(r->poes, name);
		if (past_lasts(r, &in, sig, &past, err) != 0)
			return -1;
	}
	s->verdict->lasting = is_longer(&past, &own) ? past : own;
	return 0;
}

/* A later one may cover an earlier one, and never the other way round. */
static int
stamps_last(const struct run *r, struct error *err)
{
	unsigned char *is_done = calloc(r->count + 1, 1);
	size_t i, n, latest;
	int rc = is_done != NULL ? 0 : error_memory(err);

	for (n = 0; rc == 0 && n < r->count; n++) {
		for (latest = r->count, i = 0; i < r->count; i++)
			if (!is_done[i] &&
			    (latest == r->count ||
				r->stamps[i].verdict->time > r->stamps[latest].verdict->time))
				latest = i;
		is_done[latest] = 1;
		rc = stamp_lasts(r, latest, err);
	}
	free(is_done);
	return rc;
}

/* ---- signatures ---- */

static void
signature_ends(const struct run *r, const struct verify_signature *v, struct verify_lasting *out)
{
	size_t i;

	*out = endless;
	end_of_algorithm(
	    out, r->l, &r->sig->alg, X509_get0_pubkey(r->sig->signer), "the signature");
	for (i = 0; i < r->sig->reference_count; i++)
		end_of_digest(out, r->l, r->sig->references[i].digest, "the signed data");
	end_of_path(out, r->l, &v->path);
}

/*
 * Clause 5.5 again: `out` comes with how long the proof lasts that the signature existed, and
 * becomes `none` where that does not suffice.
 */
static int
timed_lasts(const struct run *r, const struct verify_signature *v, struct verify_lasting *out,
    struct error *err)
{
	const struct judge *judge = &r->l->judge;
	const int names_signer = r->sig->cert_ref == CERT_REF_MATCHES;
	const struct x509_block in = { .cert = r->sig->signer,
		.embedded = r->sig->certificates,
		.anchors = r->l->context.anchors,
		.purpose = PATH_SIGNING,
		.block = BLOCK_TIME,
		.time = v->best_time,
		.leaf_algorithm_time = names_signer ? v->best_time : judge->context->time,
		.ca_algorithm_time = judge->context->time };
	struct verify_checks checks = { 0 };
	struct path_result path = { 0 };
	size_t i;
	int rc;

	block_algorithms(judge, r->sig, BLOCK_TIME, v->best_time, &checks);
	rc = block_x509(judge, &in, &checks, &path, err);
	if (rc != 0 || checks_conclude(&checks).indication != INDICATION_TOTAL_PASSED)
		*out = none;
	for (i = names_signer ? 1 : 0; i < path.certificate_count; i++)
		end_of_certificate_algorithm(out, r->l, &path, i);
	checks_release(&checks);
	path_result_release(&path);
	return rc;
}

static int
protected_lasts(const struct run *r, const struct verify_signature *v,
    const struct verify_lasting *proof, struct verify_lasting *out, struct error *err)
{
	struct past_input in = { .cert = r->sig->signer,
		.embedded = r->sig->certificates,
		.anchors = r->l->context.anchors,
		.purpose = PATH_SIGNING };
	struct verify_lasting past = *proof;
	unsigned char name[POE_NAME_SIZE];

	*out = *proof;
	if (timed_lasts(r, v, out, err) != 0)
		return -1;
	if (out->known && out->until == proof->until)
		return 0;
	poe_name(SPAN_OF(&r->sig->value), name);
	in.existed = poe_time(r->poes, name);
	if (in.existed < r->l->context.time && past_lasts(r, &in, r->sig, &past, err) != 0)
		return -1;
	if (in.existed < r->l->context.time && is_longer(&past, out))
		*out = past;
	return 0;
}

static int
one_lasts(const struct run *r, struct verify_signature *v, struct error *err)
{
	struct verify_lasting own = none, proof, timed = none;

	if (v->conclusion.indication != INDICATION_TOTAL_PASSED || r->sig->signer == NULL)
		return 0;
	if (v->basic.indication == INDICATION_TOTAL_PASSED)
		signature_ends(r, v, &own);
	signature_lasts(r, &proof);
	/* Where the policy wants a time stamp, nothing lasts longer than that. */
	if (constraint_level(&r->l->judge, CONSTRAINT_TIMESTAMP) == VERIFY_FAIL)
		ends_with(&own, &proof);
	if (is_longer(&proof, &own) && protected_lasts(r, v, &proof, &timed, err) != 0)
		return -1;
	v->lasting = is_longer(&timed, &own) ? timed : own;
	return 0;
}

/* What was left undone for want of work is not known; nothing else hangs on it. */
static void
forget_unfinished(const struct run *r, struct verify_signature *v)
{
	size_t i;

	if (r->l->work.met == 0)
		return;
	for (i = 0; i < r->count; i++)
		memset(&r->stamps[i].verdict->lasting, 0, sizeof(struct verify_lasting));
	if (v != NULL)
		memset(&v->lasting, 0, sizeof(v->lasting));
}

int
lasting_signature(struct lasting *l, struct verify_signature *out, struct error *err)
{
	const struct signature *sig = out->source;
	struct lasting_stamp *stamps = calloc(out->timestamp_count + 1, sizeof(*stamps));
	const struct run r = { l, stamps, out->timestamp_count, sig, &out->proofs };
	size_t i;
	int rc = stamps != NULL ? 0 : error_memory(err);

	for (i = 0; rc == 0 && i < out->timestamp_count; i++)
		stamps[i] = (struct lasting_stamp){ &sig->timestamps[i], &out->timestamps[i] };
	if (rc == 0)
		rc = stamps_last(&r, err);
	if (rc == 0)
		rc = one_lasts(&r, out, err);
	if (rc == 0)
		forget_unfinished(&r, out);
	free(stamps);
	return rc;
}

int
lasting_stamps(struct lasting *l, const struct lasting_stamp *stamps, size_t count,
    const struct poes *poes, struct error *err)
{
	const struct poes nothing = { .now = l->context.time };
	const struct run r = { l, stamps, count, NULL, poes != NULL ? poes : &nothing };

	if (stamps_last(&r, err) != 0)
		return -1;
	forget_unfinished(&r, NULL);
	return 0;
}

int
lasting_begin(struct lasting *l, const struct judge *judge, struct error *err)
{
	memset(l, 0, sizeof(*l));
	l->work = (struct work)WORK_INIT(LASTING_WORK_MAX);
	l->context = *judge->context;
	l->context.revocation = NULL;
	l->judge = *judge;
	l->judge.context = &l->context;
	l->judge.work = &l->work;
	return pool_brought(&judge->pool, &l->judge.pool, err);
}

void
lasting_end(struct lasting *l)
{
	pool_part_release(&l->judge.pool);
}
