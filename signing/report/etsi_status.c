/* SignatureValidationStatus, TS 119 102-2 clauses 4.3.4 and 4.3.12, and what stands beside it. */
#include <stdio.h>
#include <string.h>

#include "signing/core/catalogue.h"
#include "signing/core/ossl.h"
#include "signing/report/covered.h"
#include "signing/report/etsi_parts.h"
#include "signing/verify/advice.h"

void
etsi_indication(struct etsi *e, const struct etsi_subject *s)
{
	static const char *const of_signatures[] = {
		[INDICATION_TOTAL_PASSED] = ETSI_MAIN "total-passed",
		[INDICATION_INDETERMINATE] = ETSI_MAIN "indeterminate",
		[INDICATION_TOTAL_FAILED] = ETSI_MAIN "total-failed",
	};
	static const char *const of_others[] = {
		[INDICATION_TOTAL_PASSED] = ETSI_MAIN "passed",
		[INDICATION_INDETERMINATE] = ETSI_MAIN "indeterminate",
		[INDICATION_TOTAL_FAILED] = ETSI_MAIN "failed",
	};

	markup_element(&e->m, "vr:MainIndication",
	    s->signature != NULL ? of_signatures[s->conclusion->indication]
				 : of_others[s->conclusion->indication]);
	if (s->conclusion->sub == SUB_NONE)
		return;
	markup_raw(&e->m, "<vr:SubIndication>urn:etsi:019102:subindication:");
	markup_raw(&e->m, sub_indication_name(s->conclusion->sub));
	markup_raw(&e->m, "</vr:SubIndication>");
}

static void
chain(struct etsi *e, const struct path_result *path)
{
	size_t i, n = path->certificate_count;

	if (path->anchor != NULL)
		etsi_certificate_reference(e, "vr:TrustAnchor", path->anchor);
	markup_raw(&e->m, "<vr:CertificateChain>");
	etsi_certificate_reference(e, "vr:SigningCertificate", path->certificates[0].cert);
	for (i = 1; i + (path->anchor != NULL) < n; i++)
		etsi_certificate_reference(
		    e, "vr:IntermediateCertificate", path->certificates[i].cert);
	if (path->anchor != NULL)
		etsi_certificate_reference(e, "vr:TrustAnchor", path->anchor);
	markup_raw(&e->m, "</vr:CertificateChain>");
}

/* The first revoked or suspended certificate of the path. */
static void
revocation(struct etsi *e, const struct path_result *path)
{
	struct markup *m = &e->m;
	char ids[2000];
	size_t i;

	for (i = 0; i < path->certificate_count; i++) {
		const struct revocation_result *r = &path->certificates[i].revocation;

		if (r->status != REVOCATION_REVOKED && r->status != REVOCATION_ON_HOLD)
			continue;
		markup_raw(m, "<vr:RevocationStatusInformation>");
		etsi_certificate_reference(e, "vr:ValidationObjectId", path->certificates[i].cert);
		markup_time_element(m, "vr:RevocationTime", r->revoked_at);
		markup_raw(m, "<vr:RevocationReason>urn:etsi:019102:revocationReason:");
		markup_text(m, crl_reason_name(r->reason));
		markup_raw(m, "</vr:RevocationReason>");
		report_evidence_ids(&e->objects, r, ids, sizeof(ids));
		if (ids[0] != '\0')
			etsi_reference(e, "vr:RevocationObject", ids);
		markup_raw(m, "</vr:RevocationStatusInformation>");
		return;
	}
}

/* Clause 4.3.12.7: the algorithm of the signature, by the catalogue at the validation time. */
static void
crypto(struct etsi *e, const struct verify_signature *v)
{
	const struct catalogue *catalogue =
	    e->in->catalogue != NULL ? e->in->catalogue : catalogue_builtin();
	const struct signature *sig = v->source;
	const char *uri = sig_alg_uri(&sig->alg);
	const struct report_object *o =
	    report_object_of_bytes(&e->objects, REPORT_SIGNATURE, SPAN_OF(&sig->value));
	EVP_PKEY *key = sig->signer != NULL ? X509_get0_pubkey(sig->signer) : sig->bare_key;
	struct catalogue_verdict verdict;
	struct markup *m = &e->m;
	char curve[32] = "";

	if (uri == NULL || o == NULL || key == NULL)
		return;
	catalogue_judge_signature(catalogue, &sig->alg, v->key_bits,
	    key_curve(key, curve, sizeof(curve)), e->in->time, &verdict);
	markup_raw(m, "<vr:CryptoInformation>");
	etsi_reference(e, "vr:ValidationObjectId", o->id);
	markup_element(m, "vr:Algorithm", uri);
	markup_element(m, "vr:SecureAlgorithm", verdict.suitable ? "true" : "false");
	if (verdict.until != CATALOGUE_OPEN && verdict.until > 0)
		markup_time_element(m, "vr:NotAfter", verdict.until);
	markup_raw(m, "</vr:CryptoInformation>");
}

static void
report_data(struct etsi *e, const char *type, const char *text)
{
	struct markup *m = &e->m;

	if (text[0] == '\0')
		return;
	markup_raw(m, "<vr:ReportData><vr:Type>");
	markup_raw(m, type);
	markup_raw(m, "</vr:Type>");
	markup_element(m, "vr:Value", text);
	markup_raw(m, "</vr:ReportData>");
}

void
etsi_status(struct etsi *e, const char *name, const struct etsi_subject *s)
{
	struct markup *m = &e->m;

	markup_open(m, name);
	etsi_indication(e, s);
	markup_raw(m, "<vr:AssociatedValidationReportData>");
	if (s->path != NULL && s->path->certificate_count > 0) {
		chain(e, s->path);
		revocation(e, s->path);
	}
	if (s->signature != NULL)
		crypto(e, s->signature);
	if (s->conclusion->text[0] != '\0') {
		markup_raw(m, "<vr:AdditionalValidationReportData>");
		report_data(e, "urn:signet:report:reason", s->conclusion->text);
		report_data(e, "urn:signet:report:advice", verify_advice(s->conclusion));
		markup_raw(m, "</vr:AdditionalValidationReportData>");
	}
	markup_raw(m, "</vr:AssociatedValidationReportData>");
	markup_close(m, name);
}

/* ---- OtherInformation ---- */

static void
status_of(struct etsi *e, const struct path_certificate *pc)
{
	const struct report_object *o = report_object_of_cert(&e->objects, pc->cert);
	const struct revocation_result *r = &pc->revocation;
	struct markup *m = &e->m;
	char ids[2000];

	if (o == NULL)
		return;
	markup_raw(m, "<sr:RevocationStatus");
	markup_attribute(m, "certificate", o->id);
	markup_attribute(m, "status",
	    pc->needs_revocation ? revocation_status_name(r->status)
				 : revocation_status_name(REVOCATION_NOT_NEEDED));
	if (r->status >= REVOCATION_GOOD) {
		report_evidence_ids(&e->objects, r, ids, sizeof(ids));
		if (ids[0] != '\0')
			markup_attribute(m, "evidence", ids);
		markup_raw(m, " thisUpdate=\"");
		markup_time(m, r->this_update);
		markup_raw(m, "\"");
	}
	if (r->status >= REVOCATION_GOOD && r->next_update != 0) {
		markup_raw(m, " nextUpdate=\"");
		markup_time(m, r->next_update);
		markup_raw(m, "\"");
	}
	markup_raw(m, ">");
	markup_text(m, pc->needs_revocation ? r->text : pc->why_not);
	markup_close(m, "sr:RevocationStatus");
}

static void
reference(struct etsi *e, const struct reference *ref)
{
	struct markup *m = &e->m;

	markup_raw(m, "<sr:Reference");
	markup_attribute(m, "uri", ref->uri);
	if (ref->path != NULL)
		markup_attribute(m, "path", ref->path);
	markup_attribute(m, "document", ref->is_document ? "true" : "false");
	markup_attribute(m, "intact", ref->intact ? "true" : "false");
	markup_attribute(m, "scope", ref->scope == SCOPE_FULL ? "Full" : "Partial");
	markup_raw(m, ">");
	markup_text(m, ref->problem);
	markup_close(m, "sr:Reference");
}

static void
attribute_if(struct etsi *e, const char *name, const char *value)
{
	if (value != NULL)
		markup_attribute(&e->m, name, value);
}

/* What the elements of the standard for these do not have. */
static void
statements(struct etsi *e, const struct signature *sig)
{
	struct markup *m = &e->m;
	size_t i;

	for (i = 0; i < sig->commitment_count; i++) {
		const struct commitment *c = &sig->commitments[i];

		markup_raw(m, "<sr:Commitment");
		markup_attribute(m, "type", c->type);
		attribute_if(e, "name", commitment_name(c->type));
		attribute_if(e, "description", c->description);
		markup_attribute(m, "allDocuments", c->of_all ? "true" : "false");
		attribute_if(e, "of", c->of);
		markup_raw(m, ">");
		markup_text(m, c->problem);
		markup_close(m, "sr:Commitment");
	}
	for (i = 0; i < sig->format_count; i++) {
		const struct data_format *f = &sig->formats[i];

		markup_raw(m, "<sr:DataFormat");
		attribute_if(e, "of", f->of);
		attribute_if(e, "mimeType", f->mime_type);
		attribute_if(e, "encoding", f->encoding);
		attribute_if(e, "description", f->description);
		attribute_if(e, "identifier", f->identifier);
		markup_raw(m, ">");
		markup_text(m, f->problem);
		markup_close(m, "sr:DataFormat");
	}
}

static void
changes(struct etsi *e, const struct signature *sig)
{
	static const char *const classes[CHANGE_CLASSES] = { "None", "ValidationData",
		"FormFilling", "Annotation", "Other" };
	struct markup *m = &e->m;
	size_t i;

	for (i = 0; i < sig->change_count; i++) {
		const struct change *c = &sig->changes[i];

		markup_raw(m, "<sr:Change");
		markup_attribute(m, "class", classes[c->class]);
		markup_attribute(m, "permitted", c->permitted ? "true" : "false");
		markup_raw(m, ">");
		markup_text(m, c->text);
		markup_close(m, "sr:Change");
	}
}

static void
facts(struct etsi *e, const struct verify_signature *v)
{
	static const char *const formats[FORMATS] = { "CMS", "XML", "PDF" };
	const struct signature *sig = v->source;
	struct markup *m = &e->m;
	size_t i;

	markup_raw(m, "<sr:Signature");
	markup_attribute(m, "format", formats[sig->format]);
	markup_attribute(m, "level", v->level);
	markup_attribute(m, "algorithm", v->algorithm);
	markup_attribute(m, "valueIntact", sig->value_intact ? "true" : "false");
	markup_attribute(m, "referencesIntact", sig->references_intact ? "true" : "false");
	markup_attribute(m, "scope", sig->scope == SCOPE_FULL ? "Full" : "Partial");
	markup_attribute(m, "bestTimeBy", v->best_time_source);
	if (sig->parent != NULL)
		markup_attribute(m, "counterSignatureOf", sig->parent);
	markup_raw(m, ">");
	for (i = 0; i < sig->reference_count; i++)
		reference(e, &sig->references[i]);
	statements(e, sig);
	changes(e, sig);
	markup_close(m, "sr:Signature");
}

static void
level_at(struct etsi *e, const char *name, const char *when, enum qualification level, int64_t time)
{
	struct markup *m = &e->m;

	if (level == QUALIFICATION_UNTOLD)
		return;
	markup_attribute(m, name, qualification_name(level));
	markup_raw(m, " ");
	markup_raw(m, when);
	markup_raw(m, "=\"");
	markup_time(m, time);
	markup_raw(m, "\"");
}

/* By TS 119 615: of a certificate or time stamp, and of the two times that decided. */
static void
qualification(struct etsi *e, const struct verify_qualification *q)
{
	static const char *const weights[] = {
		[CHECK_NOTE] = "note", [CHECK_WARNING] = "warning", [CHECK_FAILED] = "decides"
	};
	struct markup *m = &e->m;
	size_t i;

	if (q == NULL || q->level == QUALIFICATION_UNTOLD)
		return;
	markup_raw(m, "<sr:Qualification");
	markup_attribute(m, "level", qualification_name(q->level));
	level_at(e, "first", "firstTime", q->first, q->first_time);
	level_at(e, "last", "lastTime", q->last, q->last_time);
	markup_raw(m, ">");
	for (i = 0; i < q->findings.count; i++) {
		const struct verify_check *f = &q->findings.items[i];

		markup_raw(m, "<sr:Finding");
		markup_attribute(m, "code", f->code);
		markup_attribute(m, "weight", weights[f->outcome]);
		markup_raw(m, ">");
		markup_text(m, f->text);
		markup_close(m, "sr:Finding");
	}
	markup_close(m, "sr:Qualification");
}

/* By when it is to be extended: no element of the standard is for that. */
static void
lasting(struct etsi *e, const struct etsi_subject *s)
{
	const struct verify_lasting *l = s->lasting;
	const struct report_object *o = NULL;
	struct markup *m = &e->m;

	if (l == NULL || !l->known)
		return;
	markup_raw(m, "<sr:Provable");
	if (l->until != CATALOGUE_OPEN) {
		markup_raw(m, " until=\"");
		markup_time(m, l->until);
		markup_raw(m, "\"");
	}
	if (s->signature != NULL && l->timestamp > 0)
		o = report_object_of_stamp(
		    &e->objects, &s->signature->timestamps[l->timestamp - 1]);
	if (o != NULL)
		markup_attribute(m, "timestamp", o->id);
	if (l->extend_from != 0) {
		markup_raw(m, " extendFrom=\"");
		markup_time(m, l->extend_from);
		markup_raw(m, "\"");
	}
	markup_raw(m, ">");
	markup_text(m, l->text);
	markup_close(m, "sr:Provable");
}

void
etsi_other_information(struct etsi *e, const struct etsi_subject *s)
{
	struct markup *m = &e->m;
	size_t i;

	markup_raw(m, "<vr:OtherInformation><sr:Conclusion");
	markup_attribute(m, "code", s->conclusion->code);
	markup_raw(m, ">");
	markup_text(m, s->conclusion->text);
	markup_close(m, "sr:Conclusion");
	if (s->signature != NULL)
		facts(e, s->signature);
	lasting(e, s);
	qualification(e, s->qualification);
	for (i = 0; s->path != NULL && i < s->path->certificate_count; i++)
		status_of(e, &s->path->certificates[i]);
	markup_close(m, "vr:OtherInformation");
}
