/* SignatureValidationReport, TS 119 102-2 clause 4.3: what was judged, by which constraints. */
#include <stdio.h>
#include <string.h>
#include <openssl/sha.h>

#include "signing/core/ossl.h"
#include "signing/report/etsi_parts.h"

X509 *
etsi_leaf(const struct etsi_subject *s)
{
	if (s->path != NULL && s->path->certificate_count > 0)
		return s->path->certificates[0].cert;
	return s->signature != NULL ? s->signature->source->signer : NULL;
}

/* ---- 4.3.3 ---- */

static int
is_known_by_digest_alone(const struct report_input *in)
{
	size_t i;

	for (i = 0; i < in->document_count; i++)
		if (!in->documents[i].has_content)
			return 1;
	return 0;
}

static void
identifier(struct etsi *e, const struct etsi_subject *s)
{
	struct markup *m = &e->m;
	char id[32];

	if (s->signature == NULL)
		return;
	snprintf(id, sizeof(id), "S-%zu", s->number);
	markup_raw(m, "<vr:SignatureIdentifier");
	markup_attribute(m, "id", id);
	markup_raw(m, ">");
	markup_base64_element(m, "ds:SignatureValue", SPAN_OF(&s->signature->source->value));
	markup_element(m, "vr:HashOnly", "false");
	markup_element(m, "vr:DocHashOnly", is_known_by_digest_alone(e->in) ? "true" : "false");
	markup_element(m, "vr:DAIdentifier", s->signature->source->id);
	markup_close(m, "vr:SignatureIdentifier");
}

/* ---- 4.3.5: the policy, then each check as a constraint ---- */

static void
policy(struct etsi *e)
{
	static const struct verify_policy strict;
	const struct verify_policy *p = e->in->policy != NULL ? e->in->policy : &strict;
	const char *name = p->name != NULL ? p->name : VERIFY_POLICY_NAME;
	const char *version = p->version != NULL ? p->version : VERIFY_POLICY_VERSION;
	unsigned char sha256[32];
	struct markup *m = &e->m;

	SHA256(e->policy.data, e->policy.len, sha256);
	markup_raw(m, "<vr:SignatureValidationPolicy><vr:SignaturePolicyIdentifier>"
		      "<xades:SignaturePolicyId><xades:SigPolicyId>"
		      "<xades:Identifier>urn:signet:validation-policy</xades:Identifier>");
	markup_element(m, "xades:Description", name);
	markup_raw(m, "</xades:SigPolicyId>");
	etsi_digest(e, "xades:SigPolicyHash", DIGEST_SHA256, (struct span){ sha256, 32 });
	markup_raw(m, "</xades:SignaturePolicyId></vr:SignaturePolicyIdentifier>");
	markup_raw(m, "<vr:PolicyName>");
	markup_text(m, name);
	markup_raw(m, " ");
	markup_text(m, version);
	markup_raw(m, "</vr:PolicyName>");
	etsi_reference(e, "vr:FormalPolicyObject", "policy");
	markup_close(m, "vr:SignatureValidationPolicy");
}

/* The sentence; what is but told, or was judged again, stands in an element that says so. */
static void
told(struct etsi *e, const struct verify_check *c)
{
	static const char *const names[] = { [CHECK_NOTE] = "sr:Note",
		[CHECK_WARNING] = "sr:Warning",
		[CHECK_SUPERSEDED] = "sr:Superseded" };
	struct markup *m = &e->m;

	if (c->outcome == CHECK_PASSED || c->outcome == CHECK_FAILED) {
		markup_element_if(m, "vr:Indications", c->text);
		return;
	}
	markup_raw(m, "<vr:Indications><");
	markup_raw(m, names[c->outcome]);
	if (c->sub != SUB_NONE)
		markup_attribute(m, "subIndication", sub_indication_name(c->sub));
	markup_raw(m, ">");
	markup_text(m, c->text);
	markup_close(m, names[c->outcome]);
	markup_close(m, "vr:Indications");
}

static void
status(struct etsi *e, const struct verify_check *c)
{
	struct markup *m = &e->m;
	const int failed = c->outcome == CHECK_FAILED;

	markup_raw(m, "<vr:ValidationStatus>");
	markup_element(m, "vr:MainIndication",
	    !failed					       ? ETSI_MAIN "passed"
	    : indication_of(c->sub) == INDICATION_TOTAL_FAILED ? ETSI_MAIN "failed"
							       : ETSI_MAIN "indeterminate");
	if (failed && c->sub != SUB_NONE) {
		markup_raw(m, "<vr:SubIndication>urn:etsi:019102:subindication:");
		markup_raw(m, sub_indication_name(c->sub));
		markup_raw(m, "</vr:SubIndication>");
	}
	markup_raw(m, "</vr:ValidationStatus>");
}

/*
 * Clause 4.3.5.4. A constraint that was applied has a status, and no other one has: notes and
 * warnings let it pass, and what a later process judged again was overridden.
 */
static void
check(struct etsi *e, const struct verify_check *c, enum verify_block by)
{
	const int overridden = c->outcome == CHECK_SUPERSEDED;
	struct markup *m = &e->m;
	char uri[160];

	snprintf(uri, sizeof(uri), "urn:signet:check:%s:%s", verify_block_name(c->block), c->code);
	markup_raw(m, "<vr:ValidationConstraint>");
	markup_element(m, "vr:ValidationConstraintIdentifier", uri);
	markup_raw(m, "<vr:ConstraintStatus>");
	markup_element(m, "vr:Status",
	    overridden ? "urn:etsi:019102:constraintStatus:overridden"
		       : "urn:etsi:019102:constraintStatus:applied");
	if (overridden) {
		snprintf(uri, sizeof(uri), "urn:signet:check:%s", verify_block_name(by));
		markup_element(m, "vr:OverriddenBy", uri);
	}
	markup_raw(m, "</vr:ConstraintStatus>");
	if (!overridden)
		status(e, c);
	told(e, c);
	markup_close(m, "vr:ValidationConstraint");
}

/* The process by which failures at the validation time were judged again: the last that ran. */
static enum verify_block
overriding(const struct verify_checks *checks)
{
	size_t i;

	for (i = checks->count; i-- > 0;)
		if (checks->items[i].block == BLOCK_PAST)
			return BLOCK_PAST;
	return BLOCK_TIME;
}

static void
constraints(struct etsi *e, const struct etsi_subject *s)
{
	enum verify_block by = BLOCK_TIME;
	size_t i;

	if (s->checks != NULL)
		by = overriding(s->checks);
	markup_open(&e->m, "vr:ValidationConstraintsEvaluationReport");
	policy(e);
	for (i = 0; s->checks != NULL && i < s->checks->count; i++)
		check(e, &s->checks->items[i], by);
	markup_close(&e->m, "vr:ValidationConstraintsEvaluationReport");
}

/* ---- 4.3.6 ---- */

static void
times(struct etsi *e, const struct etsi_subject *s)
{
	const struct report_object *value = NULL;
	struct markup *m = &e->m;

	if (s->signature != NULL)
		value = report_object_of_bytes(
		    &e->objects, REPORT_SIGNATURE, SPAN_OF(&s->signature->source->value));
	markup_raw(m, "<vr:ValidationTimeInfo>");
	markup_time_element(m, "vr:ValidationTime", e->in->time);
	markup_raw(m, "<vr:BestSignatureTime>");
	markup_time_element(
	    m, "vr:POETime", s->signature != NULL ? s->signature->best_time : e->in->time);
	markup_element(m, "vr:TypeOfProof", "urn:etsi:019102:poetype:validation");
	if (value != NULL && value->proof != NULL && value->existed == s->signature->best_time)
		etsi_reference(e, "vr:POEObject", value->proof);
	markup_raw(m, "</vr:BestSignatureTime></vr:ValidationTimeInfo>");
}

/* ---- 4.3.7 ---- */

/* The document that a reference is over: by its digest, else the one that was handed in. */
static const char *
document_of(const struct etsi *e, const struct reference *ref)
{
	size_t i;

	for (i = 0; i < e->objects.count; i++) {
		const struct report_object *o = &e->objects.items[i];

		if (o->kind == REPORT_SIGNED_DATA && o->digest == ref->digest &&
		    ref->digest_value.len == digest_size(o->digest) &&
		    memcmp(o->value, ref->digest_value.data, ref->digest_value.len) == 0)
			return o->id;
	}
	return e->objects.count > 0 && e->objects.items[0].kind == REPORT_SIGNED_DATA
		   ? e->objects.items[0].id
		   : NULL;
}

static void
signers_document(struct etsi *e, const struct etsi_subject *s)
{
	const struct signature *sig = s->signature != NULL ? s->signature->source : NULL;
	const char *id;
	size_t i;

	for (i = 0; sig != NULL && i < sig->reference_count; i++) {
		const struct reference *ref = &sig->references[i];

		if (!ref->is_document || digest_uri(ref->digest) == NULL)
			continue;
		markup_raw(&e->m, "<vr:SignersDocument>");
		etsi_digest(e, "vr:DigestAlgAndValue", ref->digest, SPAN_OF(&ref->digest_value));
		id = document_of(e, ref);
		if (id != NULL)
			etsi_reference(e, "vr:SignersDocumentRepresentation", id);
		markup_raw(&e->m, "</vr:SignersDocument>");
		return;
	}
}

/* ---- annex A ---- */

static void
signed_text(struct etsi *e, const char *outer, const char *inner, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	markup_raw(&e->m, "<");
	markup_raw(&e->m, outer);
	markup_raw(&e->m, " Signed=\"true\">");
	markup_element(&e->m, inner, text);
	markup_close(&e->m, outer);
}

static void
stamp_attribute(struct etsi *e, const struct verify_timestamp *t)
{
	static const char *const names[] = { [TIMESTAMP_CONTENT] = "vr:AllDataObjectsTimeStamp",
		[TIMESTAMP_SIGNATURE] = "vr:SignatureTimeStamp",
		[TIMESTAMP_ARCHIVE] = "vr:ArchiveTimeStamp",
		[TIMESTAMP_DOCUMENT] = "vr:DocTimeStamp",
		[TIMESTAMP_REFERENCES] = "vr:SigAndRefsTimeStamp" };
	const struct report_object *o =
	    report_object_of_bytes(&e->objects, REPORT_TIMESTAMP, SPAN_OF(&t->token));

	if (!t->readable || o == NULL)
		return;
	markup_open(&e->m, names[t->kind]);
	etsi_reference(e, "vr:AttributeObject", o->id);
	markup_time_element(&e->m, "vr:TimeStampValue", t->time);
	markup_close(&e->m, names[t->kind]);
}

static void
roles(struct etsi *e, const char *all)
{
	struct markup *m = &e->m;
	char role[400];
	const char *end;

	if (all == NULL || all[0] == '\0')
		return;
	markup_raw(m, "<vr:SignerRole Signed=\"true\">");
	for (; *all != '\0'; all = *end != '\0' ? end + 1 : end) {
		end = strchrnul(all, '\n');
		snprintf(role, sizeof(role), "%.*s", (int)(end - all), all);
		markup_raw(m, "<vr:RoleDetails>");
		markup_element(m, "vr:Role", role);
		markup_element(m, "vr:EndorsementType", "claimed");
		markup_raw(m, "</vr:RoleDetails>");
	}
	markup_close(m, "vr:SignerRole");
}

static void
byte_range(struct etsi *e, const struct signature *sig)
{
	int i;

	if (sig->format != FORMAT_PDF)
		return;
	markup_open(&e->m, "vr:ByteRange");
	for (i = 0; i < 4; i++) {
		if (i > 0)
			markup_raw(&e->m, " ");
		markup_number(&e->m, (int64_t)sig->byte_range[i]);
	}
	markup_close(&e->m, "vr:ByteRange");
}

static int
has_attributes(const struct verify_signature *v)
{
	const struct signature *sig = v->source;
	size_t i;

	for (i = 0; i < v->timestamp_count; i++)
		if (v->timestamps[i].readable)
			return 1;
	return sig->has_claimed_time || sig->commitment_count > 0 || sig->format_count > 0 ||
	       (sig->policy != NULL && sig->policy[0] != '\0') ||
	       (sig->roles != NULL && sig->roles[0] != '\0') || sig->format == FORMAT_PDF;
}

/* What is no URI is made one: anything that RFC 3986 does not allow is percent-encoded. */
static void
uri(struct etsi *e, const char *text)
{
	static const char allowed[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	    "-._~:/?#@!$&'()*+,;=";
	char one[4];

	/* An OID stands as a URN (RFC 3061). */
	if (strspn(text, "0123456789.") == strlen(text))
		markup_raw(&e->m, "urn:oid:");
	for (; *text != '\0'; text++) {
		snprintf(one, sizeof(one), strchr(allowed, *text) != NULL ? "%c" : "%%%02X",
		    (unsigned char)*text);
		markup_text(&e->m, one);
	}
}

/* Clauses A.4 and A.5 of TS 119 102-2; all that they have no element for is in OtherInformation. */
static void
statements(struct etsi *e, const struct signature *sig)
{
	struct markup *m = &e->m;
	size_t i;

	for (i = 0; i < sig->format_count; i++) {
		markup_raw(m, "<vr:DataObjectFormat Signed=\"true\">");
		if (sig->formats[i].mime_type != NULL)
			markup_element(m, "vr:MimeType", sig->formats[i].mime_type);
		markup_close(m, "vr:DataObjectFormat");
	}
	for (i = 0; i < sig->commitment_count; i++) {
		markup_raw(m, "<vr:CommitmentTypeIndication Signed=\"true\">"
			      "<vr:CommitmentTypeIdentifier>");
		uri(e, sig->commitments[i].type);
		markup_raw(m, "</vr:CommitmentTypeIdentifier>");
		markup_close(m, "vr:CommitmentTypeIndication");
	}
}

static void
attributes(struct etsi *e, const struct etsi_subject *s)
{
	const struct signature *sig;
	struct markup *m = &e->m;
	size_t i;

	if (s->signature == NULL || !has_attributes(s->signature))
		return;
	sig = s->signature->source;
	markup_open(m, "vr:SignatureAttributes");
	if (sig->has_claimed_time) {
		markup_raw(m, "<vr:SigningTime Signed=\"true\">");
		markup_time_element(m, "vr:Time", sig->claimed_time);
		markup_close(m, "vr:SigningTime");
	}
	statements(e, sig);
	if (sig->policy != NULL && sig->policy[0] != '\0') {
		markup_raw(m, "<vr:SigPolicyIdentifier Signed=\"true\"><vr:SigPolicyId>");
		uri(e, sig->policy);
		markup_raw(m, "</vr:SigPolicyId></vr:SigPolicyIdentifier>");
	}
	signed_text(e, "vr:SignatureProductionPlace", "vr:AddressString", sig->location);
	roles(e, sig->roles);
	for (i = 0; i < s->signature->timestamp_count; i++)
		stamp_attribute(e, &s->signature->timestamps[i]);
	signed_text(e, "vr:Reason", "vr:ReasonElement", sig->reason);
	signed_text(e, "vr:ContactInfo", "vr:ContactInfoElement", sig->contact);
	byte_range(e, sig);
	markup_close(m, "vr:SignatureAttributes");
}

/* ---- 4.3.9 ---- */

static void
signer(struct etsi *e, const struct etsi_subject *s)
{
	X509 *cert = etsi_leaf(s);
	char name[512];

	if (cert == NULL || report_object_of_cert(&e->objects, cert) == NULL)
		return;
	markup_raw(&e->m, "<vr:SignerInformation>");
	etsi_certificate_reference(e, "vr:SignerCertificate", cert);
	markup_element_if(
	    &e->m, "vr:Signer", x509_name_text(X509_get_subject_name(cert), name, sizeof(name)));
	markup_raw(&e->m, "</vr:SignerInformation>");
}

/* ---- 4.3.10: the word of the EU's own validation tool; the rest is in OtherInformation ---- */

static void
quality(struct etsi *e, const struct etsi_subject *s)
{
	const char *urn =
	    s->qualification != NULL ? qualification_urn(s->qualification->level) : NULL;

	if (s->signature == NULL || urn == NULL)
		return;
	markup_raw(
	    &e->m, "<vr:SignatureQuality><vr:SignatureQualityInformation>" QUALIFICATION_URN);
	markup_raw(&e->m, urn);
	markup_raw(&e->m, "</vr:SignatureQualityInformation></vr:SignatureQuality>");
}

void
etsi_subject_write(struct etsi *e, const char *name, const struct etsi_subject *s)
{
	markup_open(&e->m, name);
	identifier(e, s);
	constraints(e, s);
	times(e, s);
	signers_document(e, s);
	attributes(e, s);
	signer(e, s);
	quality(e, s);
	/* Clause 5.6.3 of EN 319 102-1 ran, whether or not there was something for it to heal. */
	if (s->signature != NULL)
		markup_raw(&e->m,
		    "<vr:SignatureValidationProcess><vr:SignatureValidationProcessID>"
		    "urn:etsi:019102:validationprocess:LTA"
		    "</vr:SignatureValidationProcessID></vr:SignatureValidationProcess>");
	etsi_status(e, "vr:SignatureValidationStatus", s);
	etsi_other_information(e, s);
	markup_close(&e->m, name);
}
