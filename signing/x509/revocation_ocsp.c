/* OCSP answers about one certificate, RFC 6960 sections 3.2 and 4.2.2. */
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/core/ossl.h"
#include "signing/x509/purpose.h"
#include "signing/x509/revocation_parts.h"

/* An answer, and the single one in it that is about the certificate. */
struct answer {
	const struct ocsp_response *response;
	const struct ocsp_facts *facts;
	const struct ocsp_single *single;
	size_t index;
};

/* ---- who signed ---- */

static int
signed_by(struct revocation_run *run, const struct answer *a, const X509 *cert)
{
	EVP_PKEY *key = X509_get0_pubkey(cert);
	struct error err = ERROR_INIT;

	return key != NULL && ocsp_responder_is(a->facts, cert) && revocation_steps(run, 1) &&
	       work_spend_check(run->in->work, key) && ocsp_verify(a->response, key, &err) == 1;
}

static int
take_signer(struct revocation_signer *s, X509 *cert, int is_issuer, struct error *err)
{
	if (X509_up_ref(cert) != 1)
		return error_memory(err);
	s->cert = cert;
	s->is_issuer = is_issuer;
	return 1;
}

/* Did the CA that issued the certificate issue the responder's itself, with the same key? */
static int
is_delegated(const struct revocation_run *run, X509 *responder)
{
	EVP_PKEY *key = X509_get0_pubkey(run->issuer);

	return key != NULL &&
	       X509_NAME_cmp(X509_get_issuer_name(responder), X509_get_subject_name(run->issuer)) ==
		   0 &&
	       work_spend_check(run->in->work, key) && key_is_sound(key) &&
	       X509_verify(responder, key) == 1;
}

/* responder, issuer .. anchor */
static STACK_OF(X509) * responder_path(const struct revocation_run *run, X509 *responder)
{
	STACK_OF(X509) *path = sk_X509_dup(run->path);

	if (path != NULL)
		sk_X509_set(path, 0, responder);
	return path;
}

/* A delegated responder: its path holds, it may sign answers, and it is not revoked. */
static int
judge_delegated(struct revocation_run *run, const struct answer *a, X509 *responder,
    struct revocation_signer *s, struct error *err)
{
	STACK_OF(X509) *path = responder_path(run, responder);
	struct path_input in = *run->in;
	struct path_result r = { 0 };
	const char *fault;
	int rc = -1;

	in.cert = responder;
	in.purpose = PATH_OCSP_SIGNING;
	in.policy_count = 0;
	in.explicit_policy = 0;
	in.ignore_anchor_dates = 1; /* the path's own anchor was judged with the path */
	in.time = run->evidence->outdated_counts ? a->facts->produced_at : run->time;
	if (path == NULL) {
		error_memory(err);
		goto done;
	}
	if (path_validate_below(&in, path, &r, err) != 0)
		goto done;
	rc = 0;
	if ((fault = path_fault_of_leaf(&r)) != NULL)
		snprintf(s->why_not, sizeof(s->why_not), "%.190s", fault);
	else if (!revocation_signer_in_time(run, responder, a->facts->produced_at))
		snprintf(s->why_not, sizeof(s->why_not),
		    "its responder's certificate was not valid when it was made");
	else if (revocation_is_circular(run, responder))
		snprintf(s->why_not, sizeof(s->why_not),
		    "it could only be proven by what its responder says of itself");
	else
		rc = revocation_signer_proven(run, path, s, err);
	if (rc == 1)
		rc = take_signer(s, responder, 0, err);
done:
	path_result_release(&r);
	sk_X509_free(path);
	return rc;
}

/* 1 and the signer, 0 and why nobody may, -1. */
static int
judge_candidate(struct revocation_run *run, const struct answer *a, X509 *cert,
    struct revocation_signer *s, struct error *err)
{
	if (certs_hold(run->evidence->services, cert)) {
		if (revocation_signer_in_time(run, cert, a->facts->produced_at))
			return take_signer(s, cert, 0, err);
		snprintf(s->why_not, sizeof(s->why_not),
		    "its responder's certificate was not valid when it was made");
		return 0;
	}
	if (is_delegated(run, cert))
		return judge_delegated(run, a, cert, s, err);
	snprintf(s->why_not, sizeof(s->why_not),
	    "its responder was not authorised by the CA that issued the certificate");
	return 0;
}

/* Certificates whose names, and whose keys by their digests, are compared in a microsecond. */
#define NAMES_PER_UNIT 10
#define KEYS_PER_UNIT  1

static int
find_signer(struct revocation_run *run, const struct answer *a, struct revocation_signer *s,
    struct error *err)
{
	X509 *cert;
	size_t i;
	int rc = 0;

	if (signed_by(run, a, run->issuer))
		return take_signer(s, run->issuer, 1, err);
	for (i = 0;
	     rc == 0 && (cert = revocation_signer_at(run, a->facts->certificates, i)) != NULL; i++)
		if (X509_cmp(cert, run->cert) != 0 && signed_by(run, a, cert))
			rc = judge_candidate(run, a, cert, s, err);
	work_spend(run->in->work,
	    1 + i / (a->facts->responder_name != NULL ? NAMES_PER_UNIT : KEYS_PER_UNIT));
	if (rc == 0 && s->why_not[0] == '\0')
		snprintf(s->why_not, sizeof(s->why_not),
		    "its signature is broken, or the certificate of its responder (%.80s) is not "
		    "at hand",
		    a->facts->responder_text);
	return rc;
}

/* ---- what it says ---- */

static int
is_this_certificate(const struct revocation_run *run, const struct ocsp_single *s)
{
	unsigned char value[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	const EVP_MD *md = digest_md(s->cert_digest);

	if (s->cert_hash.len == 0)
		return 1;
	return md != NULL && X509_digest(run->cert, md, value, &len) == 1 &&
	       span_equal((struct span){ value, len }, s->cert_hash);
}

/* NULL, or why the answer cannot be used, before its signer is looked at. */
static const char *
fault_of(struct revocation_run *run, const struct answer *a, char *text, size_t size)
{
	const struct ocsp_single *s = a->single;
	const char *unusable = a->facts->unusable[0] != '\0' ? a->facts->unusable : s->unusable;
	char when[TEXT_TIME_SIZE];

	if (unusable[0] != '\0') {
		snprintf(text, size, "cannot be used: %s", unusable);
		return text;
	}
	if (!is_this_certificate(run, s))
		return "is about another certificate with the same serial number";
	if (revocation_time_fault(run, a->facts->produced_at, 0, text, size) != NULL ||
	    revocation_time_fault(run, s->this_update, s->next_update, text, size) != NULL)
		return text;
	if (a->facts->produced_at < run->facts.not_before) {
		snprintf(text, size, "was made at %s, before the certificate was valid",
		    text_time(when, a->facts->produced_at));
		return text;
	}
	if (s->status == OCSP_UNKNOWN)
		return "says that the responder does not know the certificate";
	/* That it is revoked is news, also of an expired one. */
	if (s->status == OCSP_GOOD &&
	    revocation_is_silent(run, a->facts->produced_at, s->archive_cutoff)) {
		run->result->says_nothing_of_expired = 1;
		return "was made after the certificate expired and does not say that the "
		       "responder keeps expired ones";
	}
	return NULL;
}

static enum revocation_status
status_of(const struct ocsp_single *s)
{
	if (s->status == OCSP_GOOD)
		return REVOCATION_GOOD;
	return s->reason == CRL_CERTIFICATE_HOLD ? REVOCATION_ON_HOLD : REVOCATION_REVOKED;
}

static void
fill(struct revocation_finding *f, const struct answer *a, struct revocation_signer *s)
{
	const struct ocsp_single *o = a->single;

	f->status = status_of(o);
	f->revoked_at = o->revoked_at;
	f->invalid_since = o->invalid_since;
	f->reason = o->reason;
	f->index = a->index;
	f->this_update = o->this_update;
	f->next_update = o->next_update;
	f->produced_at = a->facts->produced_at;
	f->sig_alg = a->facts->sig_alg;
	f->signer = s->cert;
	f->signer_is_issuer = s->is_issuer;
	f->signer_status = s->status;
	s->cert = NULL;
	s->status = NULL;
}

static int
is_decisive(const struct revocation_finding *a, const struct revocation_finding *b)
{
	if (b->status == REVOCATION_UNKNOWN)
		return 1;
	if ((a->status == REVOCATION_REVOKED) != (b->status == REVOCATION_REVOKED))
		return a->status == REVOCATION_REVOKED;
	return a->this_update > b->this_update;
}

static int
note_proof(struct revocation_run *run, struct revocation_finding *f, const struct answer *a,
    struct revocation_signer *s, struct error *err)
{
	if (revocation_proof_use(&f->proof, REVOCATION_BY_OCSP, a->facts->sha256, err) != 0 ||
	    (!revocation_on_path(run, s->cert) &&
		revocation_proof_signer(&f->proof, s->cert, err) != 0))
		return -1;
	return revocation_proof_join(&f->proof, &s->proof, err);
}

static int
judge_answer(struct revocation_run *run, const struct answer *a, struct revocation_finding *out,
    struct error *err)
{
	struct revocation_signer signer = { 0 };
	struct revocation_finding f = { 0 };
	char text[200];
	const char *fault = fault_of(run, a, text, sizeof(text));
	int rc = 0;

	if (fault != NULL) {
		revocation_piece(run, REVOCATION_BY_OCSP, a->index, 1, REVOCATION_UNKNOWN,
		    "the OCSP answer %s", fault);
		return 0;
	}
	rc = find_signer(run, a, &signer, err);
	if (rc == 1 && note_proof(run, &f, a, &signer, err) != 0)
		rc = -1;
	if (rc == 1) {
		fill(&f, a, &signer);
		revocation_piece(
		    run, REVOCATION_BY_OCSP, a->index, 1, f.status, "the OCSP answer was used");
		if (is_decisive(&f, out)) {
			revocation_finding_release(out);
			*out = f;
		} else {
			revocation_finding_release(&f);
		}
	} else if (rc == 0) {
		revocation_piece(run, REVOCATION_BY_OCSP, a->index, 1, REVOCATION_UNKNOWN,
		    "the OCSP answer cannot be used: %s", signer.why_not);
	}
	if (rc < 0)
		revocation_finding_release(&f);
	revocation_signer_release(&signer);
	return rc < 0 ? -1 : 0;
}

int
revocation_by_ocsp(struct revocation_run *run, struct revocation_finding *out, struct error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < run->evidence->ocsp_count; i++) {
		struct answer a = { .response = run->evidence->ocsps[i], .index = i };

		a.facts = ocsp_facts(a.response);
		a.single = ocsp_find(a.facts, run->cert, run->issuer);
		if (a.single == NULL)
			revocation_piece(run, REVOCATION_BY_OCSP, i, 0, REVOCATION_UNKNOWN,
			    "the OCSP answer is about other certificates");
		else
			rc = judge_answer(run, &a, out, err);
	}
	ERR_clear_error();
	return rc;
}
