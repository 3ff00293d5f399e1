/*
 * signing/trust/qualified.h: what EU Member States' trusted lists make of a certificate, by ETSI TS
 * 119 615 (V1.4.1) clauses 4.3 to 4.7: was it qualified at a time, for what, is its key in a
 * qualified device; and was a time-stamping service qualified.
 *
 * Only lists of the EU's scheme (TSLType EUgeneric) of a Member State count, and of them the list
 * of the country that the certificate names: as its issuer's, of a time-stamping unit as its own.
 * Lists of other schemes, own CA certificates and bare anchors have no bearing: not applicable. A
 * list that is missing though the certificate calls itself qualified, one that is overdue, and one
 * that contradicts itself make it INDETERMINATE, never qualified. Where the certificate says one
 * thing and its list another, the list is right and a finding tells both.
 *
 * Stricter than the TS, in one sense only, away from "qualified": a criterion or a critical
 * extension that is not understood, and a status that belongs to no regime, are INDETERMINATE.
 *
 * Pure. Whether the certificate is valid is not asked: signing/verify brings the two together.
 */
#ifndef SIGNET_SIGNING_TRUST_QUALIFIED_H
#define SIGNET_SIGNING_TRUST_QUALIFIED_H

#include "signing/core/qualification.h"
#include "signing/trust/snapshot.h"

/* Since when the regulation applies: 1 July 2016 in Brussels. Before, Directive 1999/93/EC did. */
#define TRUST_EIDAS INT64_C(1467324000)

/* The three determinations of clause 4.4, each with its table: CHECK_1 to CHECK_3. */
enum trust_kind { TRUST_FOR_SIGNATURES, TRUST_FOR_SEALS, TRUST_FOR_WEB, TRUST_KINDS };
enum trust_answer { TRUST_NO, TRUST_YES, TRUST_OPEN /* indeterminate */ };

enum trust_weight {
	TRUST_TELLS,  /* what was found, contradictions that the list settles */
	TRUST_WARNS,  /* something is wrong with list or certificate, and did not decide */
	TRUST_DECIDES /* why it is not qualified, or cannot be told */
};
struct trust_finding {
	enum trust_weight weight;
	char code[40]; /* "TrustListOverdue": stable, for programs */
	char text[400];
};
#define TRUST_FINDINGS_MAX 16

struct trust_qualified {
	enum qualification level; /* one of certificates; of trust_qualify_timestamp(): of time
				   * stamps */
	enum trust_answer kinds[TRUST_KINDS];
	enum trust_answer device; /* clause 4.5; TRUST_NO where `level` is not qualified */
	struct trust_finding findings[TRUST_FINDINGS_MAX];
	size_t finding_count;
};

/* Everything stays the caller's. */
struct trust_qualifying {
	const struct trust_snapshot *trust; /* NULL: there are no lists */
	X509 *cert;
	/*
	 * From `cert` to the anchor of its path, each signed by the next (that is not looked at
	 * again). NULL: no such path was found, and who calls himself qualified is INDETERMINATE.
	 */
	STACK_OF(X509) * chain;
	int64_t now; /* of the validation: by it lists are overdue */
};

/* Clauses 4.4 and 4.5 at one time, without the comparison of PRO-4.4.4-34 to 36. */
void trust_qualify(const struct trust_qualifying *in, int64_t time, struct trust_qualified *out);
/*
 * Clauses 4.6 and 4.7 at one time, for the certificate of a time-stamping unit: QTSA, TSA,
 * INDETERMINATE or NOT_APPLICABLE.
 */
void trust_qualify_timestamp(
    const struct trust_qualifying *in, int64_t time, struct trust_qualified *out);

#endif
