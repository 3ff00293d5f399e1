#include "signing/verify/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECKS_MAX 2000 /* of one signature: 100 references and 50 time stamps stay far below */

static const char *const block_names[BLOCKS] = { [BLOCK_FORMAT] = "FormatChecking",
	[BLOCK_SIGNING_CERTIFICATE] = "IdentificationOfTheSigningCertificate",
	[BLOCK_CONTEXT] = "ValidationContextInitialization",
	[BLOCK_X509] = "X509CertificateValidation",
	[BLOCK_CRYPTO] = "CryptographicVerification",
	[BLOCK_ACCEPTANCE] = "SignatureAcceptanceValidation",
	[BLOCK_TIMESTAMP] = "TimeStampValidation",
	[BLOCK_TIME] = "ValidationProcessForSignaturesWithTime",
	[BLOCK_PAST] = "PastSignatureValidation",
	[BLOCK_QUALIFICATION] = "Qualification" };

const char *
verify_block_name(enum verify_block block)
{
	return block_names[block];
}

/*
 * The gravest first. What shows that the bytes were changed stands above what is only not known: no
 * anchor and no revocation answer would heal it. Then in the order of the blocks; what proof of
 * existence can heal comes last, so that it decides only when nothing else is amiss.
 */
static const enum sub_indication gravity[] = { SUB_FORMAT_FAILURE, SUB_HASH_FAILURE,
	SUB_SIG_CRYPTO_FAILURE, SUB_REVOKED, SUB_EXPIRED, SUB_NOT_YET_VALID,
	SUB_NO_SIGNING_CERTIFICATE_FOUND, SUB_SIGNED_DATA_NOT_FOUND, SUB_POLICY_PROCESSING_ERROR,
	SUB_SIGNATURE_POLICY_NOT_AVAILABLE, SUB_NO_CERTIFICATE_CHAIN_FOUND,
	SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE, SUB_CHAIN_CONSTRAINTS_FAILURE,
	SUB_SIG_CONSTRAINTS_FAILURE, SUB_TIMESTAMP_ORDER_FAILURE, SUB_CRYPTO_CONSTRAINTS_FAILURE,
	SUB_NO_CERTIFICATE_CHAIN_FOUND_NO_POE, SUB_REVOKED_NO_POE, SUB_REVOKED_CA_NO_POE,
	SUB_OUT_OF_BOUNDS_NO_POE, SUB_OUT_OF_BOUNDS_NOT_REVOKED,
	SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE, SUB_NO_POE, SUB_TRY_LATER };
_Static_assert(
    sizeof(gravity) / sizeof(gravity[0]) == SUB_INDICATIONS - 1, "a sub-indication has no gravity");

static size_t
weight(enum sub_indication sub)
{
	size_t i;

	for (i = 0; i < SUB_INDICATIONS - 1 && gravity[i] != sub; i++)
		continue;
	return i;
}

enum indication
indication_of(enum sub_indication sub)
{
	if (sub == SUB_NONE)
		return INDICATION_TOTAL_PASSED;
	/* EN 319 102-1 table 6: these six, and no others, are final. */
	return weight(sub) <= weight(SUB_NOT_YET_VALID) ? INDICATION_TOTAL_FAILED
							: INDICATION_INDETERMINATE;
}

static struct verify_check *
next_check(struct verify_checks *checks)
{
	struct verify_check *bigger = NULL;

	if (checks->count < CHECKS_MAX)
		bigger = realloc(checks->items, (checks->count + 1) * sizeof(*bigger));
	if (bigger == NULL) {
		checks->incomplete = 1;
		return NULL;
	}
	checks->items = bigger;
	return &bigger[checks->count++];
}

__attribute__((format(printf, 6, 0))) static void
add(struct verify_checks *checks, enum verify_block block, enum check_outcome outcome,
    enum sub_indication sub, const char *code, const char *fmt, va_list ap)
{
	struct verify_check *check = next_check(checks);

	if (check == NULL)
		return;
	memset(check, 0, sizeof(*check));
	check->block = block;
	check->outcome = outcome;
	check->sub = outcome == CHECK_FAILED ? sub : SUB_NONE;
	snprintf(check->code, sizeof(check->code), "%s", code);
	vsnprintf(check->text, sizeof(check->text), fmt, ap);
}

void
check_add(struct verify_checks *checks, enum verify_block block, enum check_outcome outcome,
    enum sub_indication sub, const char *code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(checks, block, outcome, sub, code, fmt, ap);
	va_end(ap);
}

int
check_that(struct verify_checks *checks, int ok, enum verify_block block, enum sub_indication sub,
    const char *code, const char *what, const char *fmt, ...)
{
	va_list ap;

	if (ok) {
		check_add(checks, block, CHECK_PASSED, SUB_NONE, code, "%s", what);
		return 1;
	}
	va_start(ap, fmt);
	add(checks, block, CHECK_FAILED, sub, code, fmt, ap);
	va_end(ap);
	return 0;
}

void
checks_move(struct verify_checks *to, struct verify_checks *from, int as_notes)
{
	struct verify_check *check;
	size_t i;

	for (i = 0; i < from->count && (check = next_check(to)) != NULL; i++) {
		*check = from->items[i];
		if (as_notes && check->outcome == CHECK_FAILED) {
			check->outcome = CHECK_NOTE;
			check->sub = SUB_NONE;
		}
	}
	to->incomplete |= from->incomplete;
	checks_release(from);
}

void
checks_release(struct verify_checks *checks)
{
	free(checks->items);
	memset(checks, 0, sizeof(*checks));
}

struct verify_conclusion
checks_conclude(const struct verify_checks *checks)
{
	struct verify_conclusion c = { .indication = INDICATION_TOTAL_PASSED, .sub = SUB_NONE };
	const struct verify_check *worst = NULL, *check;
	size_t i;

	for (i = 0; i < checks->count; i++) {
		check = &checks->items[i];
		if (check->outcome != CHECK_FAILED)
			continue;
		if (worst == NULL || weight(check->sub) < weight(worst->sub))
			worst = check;
	}
	if (worst != NULL) {
		c.sub = worst->sub;
		c.indication = indication_of(worst->sub);
		/* A failed check without a sub-indication is a mistake of ours: it must not pass.
		 */
		if (c.sub == SUB_NONE)
			c.indication = INDICATION_INDETERMINATE;
		snprintf(c.code, sizeof(c.code), "%s", worst->code);
		snprintf(c.text, sizeof(c.text), "%s", worst->text);
	} else if (checks->incomplete || checks->count == 0) {
		c.indication = INDICATION_INDETERMINATE;
		snprintf(c.code, sizeof(c.code), "Incomplete");
		snprintf(c.text, sizeof(c.text), "not every check could be done");
	}
	return c;
}

int
conclusion_is_worse(const struct verify_conclusion *a, const struct verify_conclusion *b)
{
	if (a->indication != b->indication)
		return a->indication > b->indication;
	return weight(a->sub) < weight(b->sub);
}

void
verify_timestamp_release(struct verify_timestamp *t)
{
	buf_release(&t->token);
	coverage_release(&t->own_covers);
	checks_release(&t->checks);
	checks_release(&t->qualification.findings);
	path_result_release(&t->path);
}

void
verify_report_release(struct verify_report *report)
{
	size_t i, j;

	for (i = 0; i < report->count; i++) {
		struct verify_signature *s = &report->items[i];

		for (j = 0; j < s->timestamp_count; j++)
			verify_timestamp_release(&s->timestamps[j]);
		free(s->timestamps);
		poes_release(&s->proofs);
		checks_release(&s->checks);
		checks_release(&s->qualification.findings);
		path_result_release(&s->path);
	}
	free(report->items);
	report->items = NULL;
	report->count = 0;
}
