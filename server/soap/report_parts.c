/* What all verdicts tell: reasons, certificates with their paths and revocation, qualification. */
#include <stdio.h>
#include <string.h>

#include "server/base/text.h"
#include "server/soap/report_parts.h"
#include "server/soap/xml.h"
#include "signing/core/ossl.h"
#include "signing/verify/advice.h"

#define REASONS_MAX  100
#define FINDINGS_MAX 50

const enum sig__Indication report_indications[] = {
	[INDICATION_TOTAL_PASSED] = sig__Indication__TotalPassed,
	[INDICATION_INDETERMINATE] = sig__Indication__Indeterminate,
	[INDICATION_TOTAL_FAILED] = sig__Indication__TotalFailed,
};

char *
report_sub_name(struct call *c, enum sub_indication sub)
{
	return xml_name_or_none(c->soap, sub_indication_name(sub));
}

/* ---- reasons: what decided comes first, then all else that failed or should be known ---- */

static int
reason_add(struct call *c, struct sig__Reason *all, int *count, const char *code, const char *text)
{
	if (*count >= REASONS_MAX)
		return 0;
	all[*count].code = xml_name(c->soap, code);
	all[*count].text = xml_text(c->soap, text, TEXT_MAX_LENGTH);
	if (all[*count].code == NULL || all[*count].text == NULL)
		return -1;
	++*count;
	return 0;
}

int
report_reasons_out(struct call *c, const struct verify_conclusion *conclusion,
    const struct verify_checks *checks, struct sig__Reason **to, int *count)
{
	size_t i, max = checks->count + 1 < REASONS_MAX ? checks->count + 1 : REASONS_MAX;

	*count = 0;
	*to = call_alloc(c, max, sizeof(**to));
	if (*to == NULL)
		return -1;
	if (conclusion->text[0] != '\0' &&
	    reason_add(c, *to, count, conclusion->code, conclusion->text) != 0)
		return -1;
	for (i = 0; i < checks->count && (size_t)*count < max; i++) {
		const struct verify_check *check = &checks->items[i];

		if (check->outcome == CHECK_PASSED ||
		    (strcmp(check->code, conclusion->code) == 0 &&
			strcmp(check->text, conclusion->text) == 0))
			continue;
		if (reason_add(c, *to, count, check->code, check->text) != 0)
			return -1;
	}
	return 0;
}

/* ---- what to do, and by when ---- */

int
report_advice_out(struct call *c, const struct verify_conclusion *conclusion,
    const struct verify_lasting *lasting, char **to)
{
	const char *text = verify_advice(conclusion);
	char by_when[800];

	*to = NULL;
	if (text[0] == '\0' && lasting != NULL)
		text = verify_lasting_advice(lasting, by_when, sizeof(by_when));
	if (text[0] == '\0')
		return 0;
	*to = xml_text(c->soap, text, TEXT_MAX_LENGTH);
	return *to != NULL ? 0 : -1;
}

char *
report_token_id(struct call *c, struct span token)
{
	unsigned char sha256[POE_NAME_SIZE];
	char hex[2 * POE_NAME_SIZE + 1];

	poe_name(token, sha256);
	return xml_name(c->soap, text_hex(hex, sha256, sizeof(sha256)));
}

int
report_provable_out(struct call *c, const struct verify_lasting *lasting, struct span token,
    struct sig__Provability **to)
{
	struct sig__Provability *p;

	*to = NULL;
	if (!lasting->known)
		return 0;
	p = call_alloc(c, 1, sizeof(*p));
	if (p == NULL)
		return -1;
	soap_default_sig__Provability(c->soap, p);
	*to = p;
	if (lasting->extend_from != 0) {
		p->extendFrom = xml_time(c->soap, lasting->extend_from);
		if (p->extendFrom == NULL)
			return -1;
	}
	if (lasting->until == CATALOGUE_OPEN)
		return 0;
	p->until = xml_time(c->soap, lasting->until);
	p->ends = xml_text(c->soap, lasting->text, TEXT_MAX_LENGTH);
	if (token.len > 0)
		p->tokenId = report_token_id(c, token);
	return p->until != NULL && p->ends != NULL && (token.len == 0 || p->tokenId != NULL) ? 0
											     : -1;
}

/* ---- qualification ---- */

static int
level_out(struct call *c, enum qualification level, enum sig__QualificationLevel *to)
{
	return soap_s2sig__QualificationLevel(c->soap, qualification_name(level), to) == SOAP_OK
		   ? 0
		   : -1;
}

/* A level and the time that it is of; both stay absent where nobody asked. */
static int
level_at_out(struct call *c, enum qualification level, int64_t time,
    enum sig__QualificationLevel **to, char **when)
{
	if (level == QUALIFICATION_UNTOLD)
		return 0;
	*to = call_alloc(c, 1, sizeof(**to));
	*when = xml_time(c->soap, time);
	return *to != NULL && *when != NULL ? level_out(c, level, *to) : -1;
}

static int
findings_out(struct call *c, const struct verify_checks *from, struct sig__Qualification *to)
{
	static const enum sig__FindingWeight weights[] = {
		[CHECK_NOTE] = sig__FindingWeight__Note,
		[CHECK_WARNING] = sig__FindingWeight__Warning,
		[CHECK_FAILED] = sig__FindingWeight__Decides,
	};
	size_t i, n = from->count < FINDINGS_MAX ? from->count : FINDINGS_MAX;

	to->finding = call_alloc(c, n + 1, sizeof(*to->finding));
	if (to->finding == NULL)
		return -1;
	to->__sizefinding = (int)n;
	for (i = 0; i < n; i++) {
		struct sig__QualificationFinding *f = &to->finding[i];

		f->weight = weights[from->items[i].outcome];
		f->code = xml_name(c->soap, from->items[i].code);
		f->text = xml_text(c->soap, from->items[i].text, TEXT_MAX_LENGTH);
		if (f->code == NULL || f->text == NULL)
			return -1;
	}
	return 0;
}

int
report_qualification_out(
    struct call *c, const struct verify_qualification *from, struct sig__Qualification **to)
{
	struct sig__Qualification *q;

	*to = NULL;
	if (from->level == QUALIFICATION_UNTOLD)
		return 0;
	q = call_alloc(c, 1, sizeof(*q));
	if (q == NULL)
		return -1;
	soap_default_sig__Qualification(c->soap, q);
	q->term = xml_name(c->soap, qualification_term(from->level));
	if (q->term == NULL || level_out(c, from->level, &q->level) != 0 ||
	    level_at_out(c, from->first, from->first_time, &q->levelAtIssuance, &q->issuanceTime) !=
		0 ||
	    level_at_out(c, from->last, from->last_time, &q->levelAtUse, &q->useTime) != 0 ||
	    findings_out(c, &from->findings, q) != 0)
		return -1;
	*to = q;
	return 0;
}

/* ---- certificates ---- */

static int
certificate_out(struct call *c, X509 *cert, struct sig__Certificate *to)
{
	char name[TEXT_MAX_LENGTH];
	int len = i2d_X509(cert, NULL), ok_before, ok_after;
	int64_t before = asn1_time_seconds(X509_get0_notBefore(cert), &ok_before);
	int64_t after = asn1_time_seconds(X509_get0_notAfter(cert), &ok_after);
	unsigned char *der, *at;

	der = at = len > 0 ? call_alloc(c, (size_t)len, 1) : NULL;
	if (der == NULL || i2d_X509(cert, &at) != len)
		return -1;
	x509_name_text(X509_get_subject_name(cert), name, sizeof(name));
	to->subject = xml_text(c->soap, name[0] != '\0' ? name : "-", TEXT_MAX_LENGTH);
	x509_name_text(X509_get_issuer_name(cert), name, sizeof(name));
	to->issuer = xml_text(c->soap, name[0] != '\0' ? name : "-", TEXT_MAX_LENGTH);
	asn1_integer_text(X509_get0_serialNumber(cert), name, sizeof(name));
	to->serialNumber = xml_name(c->soap, name);
	to->notBefore = ok_before ? xml_time(c->soap, before) : NULL;
	to->notAfter = ok_after ? xml_time(c->soap, after) : NULL;
	to->certificate = xml_binary((struct span){ der, (size_t)len });
	return to->subject != NULL && to->issuer != NULL && to->serialNumber != NULL ? 0 : -1;
}

struct sig__Signer *
report_signer_out(struct call *c, X509 *cert)
{
	struct sig__Certificate all = { 0 };
	struct sig__Signer *to;

	if (cert == NULL)
		return NULL;
	to = call_alloc(c, 1, sizeof(*to));
	if (to == NULL || certificate_out(c, cert, &all) != 0)
		return NULL;
	to->subject = all.subject;
	to->issuer = all.issuer;
	to->serialNumber = all.serialNumber;
	to->certificate = all.certificate;
	return to;
}

int
report_path_out(struct call *c, const struct path_result *path, struct sig__Certificate **to,
    int *count, char **anchor)
{
	char name[TEXT_MAX_LENGTH];
	size_t i;

	*to = call_alloc(c, path->certificate_count + 1, sizeof(**to));
	if (*to == NULL)
		return -1;
	*count = (int)path->certificate_count;
	for (i = 0; i < path->certificate_count; i++)
		if (certificate_out(c, path->certificates[i].cert, &(*to)[i]) != 0)
			return -1;
	if (path->anchor == NULL)
		return 0;
	x509_name_text(X509_get_subject_name(path->anchor), name, sizeof(name));
	*anchor = xml_text(c->soap, name, TEXT_MAX_LENGTH);
	return *anchor != NULL ? 0 : -1;
}

/* ---- revocation: of each certificate about which something is known ---- */

static int
one_revocation_out(struct call *c, const struct path_certificate *from, struct sig__Revocation *to)
{
	const struct revocation_result *r = &from->revocation;
	char name[TEXT_MAX_LENGTH];

	soap_default_sig__Revocation(c->soap, to);
	x509_name_text(X509_get_subject_name(from->cert), name, sizeof(name));
	to->subject = xml_text(c->soap, name[0] != '\0' ? name : "-", TEXT_MAX_LENGTH);
	to->source = xml_text(c->soap,
	    r->kind == REVOCATION_BY_OCSP ? "embedded OCSP response" : "embedded CRL",
	    TEXT_MAX_LENGTH);
	to->status = r->status == REVOCATION_GOOD ? sig__RevocationStatus__Good
						  : sig__RevocationStatus__Revoked;
	to->thisUpdate = xml_time(c->soap, r->this_update);
	to->nextUpdate = r->next_update != 0 ? xml_time(c->soap, r->next_update) : NULL;
	if (r->status != REVOCATION_GOOD) {
		to->revocationTime = xml_time(c->soap, r->revoked_at);
		to->revocationReason = xml_name(c->soap, crl_reason_name(r->reason));
	}
	return to->subject != NULL && to->source != NULL && to->thisUpdate != NULL ? 0 : -1;
}

int
report_revocation_out(
    struct call *c, const struct path_result *path, struct sig__Revocation **to, int *count)
{
	size_t i;

	*count = 0;
	*to = call_alloc(c, path->certificate_count + 1, sizeof(**to));
	if (*to == NULL)
		return -1;
	for (i = 0; i < path->certificate_count; i++)
		if (path->certificates[i].revocation.status >= REVOCATION_GOOD &&
		    one_revocation_out(c, &path->certificates[i], &(*to)[(*count)++]) != 0)
			return -1;
	return 0;
}

X509 *
report_leaf_of(const struct path_result *path)
{
	return path->certificate_count > 0 ? path->certificates[0].cert : NULL;
}
