/* What a reader found, and what the verdict on it is. */
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/proof/tsp.h"
#include "tests/corpora/run.h"

const struct catalogue *
corpus_historic(void)
{
	static const struct catalogue_digest digests[] = { { DIGEST_NONE, NULL, NULL }, /* EdDSA */
		{ DIGEST_MD5, NULL, NULL }, { DIGEST_SHA1, NULL, NULL },
		{ DIGEST_RIPEMD160, NULL, NULL }, { DIGEST_SHA224, NULL, NULL },
		{ DIGEST_SHA256, NULL, NULL }, { DIGEST_SHA384, NULL, NULL },
		{ DIGEST_SHA512, NULL, NULL }, { DIGEST_SHA3_256, NULL, NULL },
		{ DIGEST_SHA3_384, NULL, NULL }, { DIGEST_SHA3_512, NULL, NULL },
		{ DIGEST_SHAKE256, NULL, NULL } };
	static const struct catalogue_key keys[] = {
		{ KEY_RSA, PADDING_PKCS1, 512, NULL, NULL, DIGEST_NONE, NULL },
		{ KEY_RSA, PADDING_PSS, 512, NULL, NULL, DIGEST_NONE, NULL },
		{ KEY_DSA, PADDING_NONE, 512, NULL, NULL, DIGEST_NONE, NULL },
		{ KEY_EC, PADDING_NONE, 160, NULL, NULL, DIGEST_NONE, NULL },
		{ KEY_ED25519, PADDING_NONE, 0, NULL, NULL, DIGEST_NONE, NULL },
		{ KEY_ED448, PADDING_NONE, 0, NULL, NULL, DIGEST_NONE, NULL },
	};
	static const struct catalogue catalogue = { "historic", "1", digests,
		sizeof(digests) / sizeof(digests[0]), keys, sizeof(keys) / sizeof(keys[0]) };

	return &catalogue;
}

int
corpus_verify(const struct signatures *list, const struct corpus_trust *trust,
    struct verify_report *report, struct error *err)
{
	/* Readers that were told to tolerate a form have said so; all others failed by themselves.
	 */
	const struct verify_policy policy = { .without_revocation = !trust->asks_revocation,
		.levels = { [CONSTRAINT_PLAIN_REFERENCE] = trust->plain_needs_certificate_ref
							       ? VERIFY_FAIL
							       : VERIFY_BY_DEFAULT,
		    [CONSTRAINT_VALUE_ENCODING] = VERIFY_WARN,
		    [CONSTRAINT_ATTRIBUTES_ENCODING] = VERIFY_WARN,
		    [CONSTRAINT_DIGEST_AGREEMENT] = VERIFY_WARN,
		    [CONSTRAINT_REFERENCE_TYPE] = VERIFY_WARN,
		    [CONSTRAINT_RELATIONSHIPS] = VERIFY_WARN,
		    [CONSTRAINT_CONTENTS_PADDING] = VERIFY_WARN,
		    [CONSTRAINT_TIMESTAMP_ENCODING] = VERIFY_WARN } };
	const struct verify_context context = { .anchors = trust->anchors,
		.timestamp_anchors = trust->anchors,
		.time = trust->time,
		.catalogue = trust->catalogue,
		.policy = &policy };

	return verify_signatures(list, &context, report, err);
}

int
corpus_stamp_is_intact(const struct embedded_timestamp *stamp, const STACK_OF(X509) * certificates)
{
	struct timestamp_token token;
	struct error err = ERROR_INIT;
	int intact;

	if (!stamp->imprint_known ||
	    timestamp_token_read(&token, SPAN_OF(&stamp->token), certificates, &err) != 0)
		return 0;
	intact = token.value_intact && tsp_matches(&token, &stamp->imprint) == 1;
	timestamp_token_release(&token);
	return intact;
}

/* A document time stamp of a PDF stands at every signature before it: once is enough. */
static int
stands_before(const struct signatures *list, size_t at, const struct embedded_timestamp *stamp)
{
	size_t i, k;

	for (i = 0; stamp->kind == TIMESTAMP_DOCUMENT && i < at; i++)
		for (k = 0; k < list->items[i].timestamp_count; k++)
			if (span_equal(SPAN_OF(&list->items[i].timestamps[k].token),
				SPAN_OF(&stamp->token)))
				return 1;
	return 0;
}

/* ---- verdicts ---- */

static struct corpus_said
said(const struct verify_conclusion *conclusion)
{
	return (struct corpus_said){ conclusion->indication, conclusion->sub };
}

/* The gravest of what failed in one block. */
static struct corpus_said
block_said(const struct verify_checks *checks, enum verify_block block)
{
	struct verify_conclusion worst = { 0 }, one = { 0 };
	size_t i;

	for (i = 0; i < checks->count; i++) {
		const struct verify_check *c = &checks->items[i];

		if (c->block != block || c->outcome != CHECK_FAILED)
			continue;
		one.sub = c->sub;
		one.indication = indication_of(c->sub);
		if (conclusion_is_worse(&one, &worst))
			worst = one;
	}
	return said(&worst);
}

static void
take_stamps(const struct signatures *list, size_t at, const struct verify_signature *verdict,
    struct corpus_finding *found)
{
	const struct signature *sig = &list->items[at];
	size_t i;

	for (i = 0; i < sig->timestamp_count && found->stamp_count < CORPUS_SIGNATURES_MAX; i++) {
		const struct embedded_timestamp *stamp = &sig->timestamps[i];

		if (stands_before(list, at, stamp))
			continue;
		found->stamps[found->stamp_count++] =
		    (struct corpus_stamp){ .intact =
					       corpus_stamp_is_intact(stamp, sig->certificates),
			    .kind = stamp->kind,
			    .signature = at,
			    .said = said(&verdict->timestamps[i].conclusion) };
	}
}

/* Every certificate that the signature holds, its time stamps' among them. */
static STACK_OF(X509) * all_certificates(const struct signature *sig)
{
	STACK_OF(X509) *all = X509_chain_up_ref(sig->certificates);
	struct timestamp_token token;
	struct error err = ERROR_INIT;
	size_t i;

	for (i = 0; i < sig->timestamp_count; i++) {
		if (timestamp_token_read(
			&token, SPAN_OF(&sig->timestamps[i].token), sig->certificates, &err) != 0)
			continue;
		X509_add_certs(
		    all, token.certificates, X509_ADD_FLAG_UP_REF | X509_ADD_FLAG_NO_DUP);
		timestamp_token_release(&token);
	}
	return all;
}

static struct corpus_said
trusted_verdict(const struct signatures *list, size_t at)
{
	struct signatures one = { .items = &list->items[at], .count = 1 };
	struct corpus_trust trust = { .anchors = all_certificates(&list->items[at]),
		.time =
		    list->items[at].has_claimed_time ? list->items[at].claimed_time : CORPUS_NOW };
	struct corpus_said out = { INDICATION_INDETERMINATE, SUB_NONE };
	struct verify_report report;
	struct error err = ERROR_INIT;

	if (corpus_verify(&one, &trust, &report, &err) == 0) {
		out = said(&report.items[0].conclusion);
		verify_report_release(&report);
	}
	sk_X509_pop_free(trust.anchors, X509_free);
	return out;
}

static void
take_signature(const struct signatures *list, size_t at, const struct verify_signature *verdict,
    struct corpus_finding *found)
{
	const struct signature *sig = &list->items[at];
	struct corpus_signature *to = &found->signatures[found->count++];
	int b;

	*to = (struct corpus_signature){ .intact = sig->value_intact && sig->references_intact,
		.level = sig->level,
		.scope = sig->scope,
		.changed = sig->change_class,
		.is_last = sig->revision_is_last,
		.changes_permitted = sig->changes_permitted,
		.final = said(&verdict->conclusion),
		.basic = said(&verdict->basic),
		.trusted = trusted_verdict(list, at) };
	for (b = 0; b < BLOCKS; b++)
		to->blocks[b] = block_said(&verdict->checks, (enum verify_block)b);
}

void
corpus_judge(const struct signatures *list, struct corpus_finding *found)
{
	const struct corpus_trust nobody = { .time = CORPUS_NOW, .plain_needs_certificate_ref = 1 };
	const struct signature *bad = NULL;
	struct verify_report report;
	struct error err = ERROR_INIT;
	size_t i;

	mutate_observe(list);
	if (corpus_verify(list, &nobody, &report, &err) != 0) {
		corpus_say(found, CORPUS_ERROR, "%s", err.text);
		return;
	}
	for (i = 0; i < list->count; i++) {
		const struct signature *sig = &list->items[i];

		take_stamps(list, i, &report.items[i], found);
		if (found->count < CORPUS_SIGNATURES_MAX)
			take_signature(list, i, &report.items[i], found);
		if (bad == NULL &&
		    (!sig->value_intact || !sig->references_intact || sig->failure != SUB_NONE))
			bad = sig;
		found->is_partial |= sig->scope == SCOPE_PARTIAL;
	}
	verify_report_release(&report);
	if (list->count == 0)
		corpus_say(found, CORPUS_INVALID, "no signature");
	else if (bad != NULL)
		corpus_say(found, CORPUS_INVALID, "%s: %s", sub_indication_name(bad->failure),
		    bad->failure_text);
	else
		corpus_say(found, CORPUS_VALID, "%zu intact", list->count);
}
