/* The validation process for signatures with time: EN 319 102-1 clause 5.5. */
#include <stdio.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/core/ossl.h"
#include "signing/verify/blocks.h"

static int
is_passed(const struct verify_timestamp *t)
{
	return t->conclusion.indication == INDICATION_TOTAL_PASSED;
}

/* Step 3: the earliest time at which the signature is proven to have existed. */
static void
find_best_time(const struct judge *judge, struct verify_signature *out)
{
	int proven = 0;
	size_t i;

	out->best_time = judge->context->time;
	snprintf(out->best_time_source, sizeof(out->best_time_source), "validation time");
	for (i = 0; i < out->timestamp_count; i++) {
		const struct verify_timestamp *t = &out->timestamps[i];

		if (!out->source->timestamps[i].covers.signature)
			continue;
		if (!is_passed(t)) {
			check_add(&out->checks, BLOCK_TIME, CHECK_NOTE, SUB_NONE, "TimeStamp",
			    "time stamp %zu proves nothing: %s", i + 1, t->conclusion.text);
			continue;
		}
		check_add(&out->checks, BLOCK_TIME, CHECK_PASSED, SUB_NONE, "TimeStamp",
		    "time stamp %zu is valid", i + 1);
		proven = 1;
		if (t->time < out->best_time) {
			out->best_time = t->time;
			snprintf(out->best_time_source, sizeof(out->best_time_source),
			    "time stamp %zu", i + 1);
		}
	}
	if (!proven)
		constraint_broken(judge, CONSTRAINT_TIMESTAMP, &out->checks, BLOCK_TIME,
		    SUB_SIG_CONSTRAINTS_FAILURE, "SignatureTimestamp",
		    "no valid time stamp proves when the signature existed");
}

/* Step 5: a time stamp over the content was made before the signature, or something is wrong. */
static void
judge_order(struct verify_signature *out)
{
	char content[TEXT_TIME_SIZE], proof[TEXT_TIME_SIZE];
	size_t i;

	for (i = 0; i < out->timestamp_count; i++) {
		const struct verify_timestamp *t = &out->timestamps[i];

		if (t->kind == TIMESTAMP_CONTENT && is_passed(t) && t->time > out->best_time)
			check_add(&out->checks, BLOCK_TIME, CHECK_FAILED,
			    SUB_TIMESTAMP_ORDER_FAILURE, "TimeStampOrder",
			    "time stamp %zu over the content, of %s, is later than the proof that "
			    "the signature existed, of %s",
			    i + 1, text_time(content, t->time), text_time(proof, out->best_time));
	}
}

/*
 * Clause 5.3.4 and 5.5.4 step 4: what the proven times say against the certificate's own. A content
 * time stamp after its end shows that the signature is later still; a signature that existed before
 * its beginning was not made by it.
 */
static void
judge_certificate_times(struct verify_signature *out)
{
	const X509 *cert = out->source->signer;
	char when[TEXT_TIME_SIZE];
	int64_t from, to;
	int ok1, ok2;
	size_t i;

	from = asn1_time_seconds(X509_get0_notBefore(cert), &ok1);
	to = asn1_time_seconds(X509_get0_notAfter(cert), &ok2);
	if (!ok1 || !ok2)
		return; /* the path has said so */
	if (out->best_time < from)
		check_add(&out->checks, BLOCK_TIME, CHECK_FAILED, SUB_NOT_YET_VALID,
		    "CertificateValidity",
		    "the signature existed before the signer's certificate began on %s",
		    text_time(when, from));
	for (i = 0; i < out->timestamp_count; i++)
		if (out->timestamps[i].kind == TIMESTAMP_CONTENT &&
		    is_passed(&out->timestamps[i]) && out->timestamps[i].time > to) {
			check_add(&out->checks, BLOCK_TIME, CHECK_FAILED, SUB_EXPIRED,
			    "CertificateValidity",
			    "the signature was made after the signer's certificate expired on %s",
			    text_time(when, to));
			break;
		}
}

/*
 * Clause 5.3.4: the content was time-stamped after the signer's certificate was revoked, so the
 * signature is later still.
 */
static void
judge_revocation_time(struct verify_signature *out)
{
	const struct revocation_result *r;
	char when[TEXT_TIME_SIZE];
	size_t i;

	if (out->path.certificate_count == 0)
		return;
	r = &out->path.certificates[0].revocation;
	if (r->status != REVOCATION_REVOKED)
		return;
	for (i = 0; i < out->timestamp_count; i++)
		if (out->timestamps[i].kind == TIMESTAMP_CONTENT &&
		    is_passed(&out->timestamps[i]) && out->timestamps[i].time >= r->revoked_at) {
			check_add(&out->checks, BLOCK_TIME, CHECK_FAILED, SUB_REVOKED,
			    "RevocationStatus",
			    "the signature was made after the signer's certificate was revoked on "
			    "%s",
			    text_time(when, r->revoked_at));
			break;
		}
}

void
checks_supersede(struct verify_checks *checks)
{
	size_t i;

	for (i = 0; i < checks->count; i++) {
		struct verify_check *c = &checks->items[i];

		if (c->outcome == CHECK_FAILED && sub_is_healable(c->sub))
			c->outcome = CHECK_SUPERSEDED;
	}
}

/*
 * Steps 4 and 6: the certificate's path and the algorithms at the proven time. A time stamp over
 * the signature value proves the signing certificate too, when a signed attribute holds its digest,
 * but no certificate above it: their signatures must be strong at the validation time.
 */
static int
judge_at_best_time(const struct judge *judge, struct verify_signature *out, struct error *err)
{
	const struct signature *sig = out->source;
	int64_t now = judge->context->time;
	struct x509_block in = { .cert = sig->signer,
		.embedded = sig->certificates,
		.anchors = judge->context->anchors,
		.purpose = PATH_SIGNING,
		.block = BLOCK_TIME,
		.time = out->best_time,
		.leaf_algorithm_time = sig->cert_ref == CERT_REF_MATCHES ? out->best_time : now,
		.ca_algorithm_time = now };

	checks_supersede(&out->checks);
	block_algorithms(judge, sig, BLOCK_TIME, out->best_time, &out->checks);
	return block_x509(judge, &in, &out->checks, &out->path, err);
}

int
sub_is_healable(enum sub_indication sub)
{
	return sub == SUB_NO_CERTIFICATE_CHAIN_FOUND_NO_POE ||
	       sub == SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE || sub == SUB_OUT_OF_BOUNDS_NO_POE ||
	       sub == SUB_OUT_OF_BOUNDS_NOT_REVOKED || sub == SUB_REVOKED_NO_POE ||
	       sub == SUB_REVOKED_CA_NO_POE || sub == SUB_NO_POE || sub == SUB_TRY_LATER;
}

int
process_with_time(const struct judge *judge, struct verify_signature *out, struct error *err)
{
	struct trust_verdict trust;

	out->basic = checks_conclude(&out->checks);
	find_best_time(judge, out);
	/* Step 1: verdicts that a proof of existence can change, or that passed. */
	if ((out->basic.indication != INDICATION_TOTAL_PASSED &&
		!sub_is_healable(out->basic.sub)) ||
	    out->source->signer == NULL)
		return 0;
	judge_order(out);
	judge_certificate_times(out);
	judge_revocation_time(out);
	/* What passed now has nothing that the past could heal, if its anchor counted then, too. */
	if (out->best_time >= judge->context->time ||
	    (out->basic.indication == INDICATION_TOTAL_PASSED &&
		trust_holds(judge, &out->path, PATH_SIGNING, out->best_time, &trust)))
		return 0;
	return judge_at_best_time(judge, out, err);
}
