/* SignatureValidationObjects, TS 119 102-2 clause 4.4. */
#include <string.h>

#include "signing/report/covered.h"
#include "signing/report/etsi_parts.h"
#include "signing/x509/crl.h"

#define OBJECT_TYPE "urn:etsi:019102:validationObject:"

static const char *const types[REPORT_OBJECT_KINDS] = {
	[REPORT_SIGNED_DATA] = OBJECT_TYPE "signedData",
	[REPORT_SIGNATURE] = OBJECT_TYPE "other",
	[REPORT_TIMESTAMP] = OBJECT_TYPE "timestamp",
	[REPORT_CERTIFICATE] = OBJECT_TYPE "certificate",
	[REPORT_CRL] = OBJECT_TYPE "CRL",
	[REPORT_OCSP] = OBJECT_TYPE "OCSPResponse",
};

/* ---- time stamps, which have verdicts of their own ---- */

static const struct verify_timestamp *
stamp_in(const struct verify_timestamp *stamps, size_t count, struct span token)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (span_equal(SPAN_OF(&stamps[i].token), token))
			return &stamps[i];
	return NULL;
}

static const struct verify_timestamp *
stamp_of(const struct report_input *in, struct span token)
{
	const struct verify_timestamp *t = stamp_in(in->timestamps, in->timestamp_count, token);
	size_t i;

	for (i = 0; t == NULL && in->report != NULL && i < in->report->count; i++)
		t = stamp_in(
		    in->report->items[i].timestamps, in->report->items[i].timestamp_count, token);
	return t;
}

/* Clause 4.4.6: what a valid time stamp proves to have existed when it was made. */
static void
provisioning(struct etsi *e, const struct report_object *o)
{
	const struct verify_timestamp *t = stamp_of(e->in, o->bytes);
	size_t i;

	if (t == NULL || t->conclusion.indication != INDICATION_TOTAL_PASSED)
		return;
	markup_open(&e->m, "vr:POEProvisioning");
	markup_time_element(&e->m, "vr:POETime", t->time);
	for (i = 0; i < e->objects.count; i++)
		if (report_covers(e->in, t, &e->objects.items[i]))
			etsi_reference(e, "vr:ValidationObject", e->objects.items[i].id);
	markup_close(&e->m, "vr:POEProvisioning");
}

static void
verdict(struct etsi *e, const struct report_object *o)
{
	const struct verify_timestamp *t = stamp_of(e->in, o->bytes);

	if (t != NULL)
		etsi_subject_write(e, "vr:ValidationReport",
		    &(struct etsi_subject){ .conclusion = &t->conclusion,
			.checks = &t->checks,
			.path = &t->path,
			.qualification = &t->qualification,
			.lasting = &t->lasting,
			.timestamp = t });
}

/* ---- large CRLs by what of them decided ---- */

static int
is_whole(const struct report_object *o)
{
	return o->kind != REPORT_SIGNED_DATA && o->bytes.len > 0 &&
	       (o->kind != REPORT_CRL || o->bytes.len <= REPORT_CRL_WHOLE_MAX);
}

static void
entry(struct etsi *e, const struct crl_entry *found)
{
	struct markup *m = &e->m;

	markup_raw(m, "<sr:Entry issuer=\"");
	markup_number(m, found->issuer);
	markup_raw(m, "\" revokedAt=\"");
	markup_number(m, found->revoked_at);
	markup_raw(m, "\" reason=\"");
	markup_number(m, found->reason);
	markup_raw(m, "\" invalidSince=\"");
	markup_number(m, found->invalid_since);
	markup_raw(m, "\">");
	markup_base64(m, (struct span){ found->serial, found->serial_len });
	markup_close(m, "sr:Entry");
}

/* Entries of the certificates that are listed here: those whose status can have been asked. */
static void
entries(struct etsi *e, struct crl *crl)
{
	const struct crl_source source = crl_source_of(crl);
	struct crl_entry found;
	X509 *cert;
	size_t i;

	for (i = 0; i < e->objects.count && !e->m.failed; i++) {
		const struct report_object *o = &e->objects.items[i];
		const unsigned char *at = o->bytes.data;

		if (o->kind != REPORT_CERTIFICATE)
			continue;
		cert = d2i_X509(NULL, &at, (long)o->bytes.len);
		if (cert != NULL && crl_find(&source, cert, &found, NULL) == 1)
			entry(e, &found);
		X509_free(cert);
	}
}

static void
excerpt(struct etsi *e, const struct report_object *o)
{
	struct error unreadable = ERROR_INIT;
	struct buf head = BUF_INIT(0);
	struct markup *m = &e->m;
	struct crl *crl = NULL;
	char id[64] = "excerpt-";

	if (is_whole(o) || o->kind != REPORT_CRL || !o->decided ||
	    (o->from & REPORT_FROM_DOCUMENT) || crl_open(&crl, o->bytes, &unreadable) != 0)
		return;
	if (crl_head_write(crl, &head, &unreadable) == 0) {
		strcat(id, o->id);
		markup_raw(m, "<vr:ValidationObject");
		markup_attribute(m, "id", id);
		markup_raw(m, "><vr:ObjectType>" OBJECT_TYPE "other</vr:ObjectType>"
			      "<vr:ValidationObjectRepresentation><vr:direct><sr:CrlExcerpt");
		markup_attribute(m, "of", o->id);
		markup_raw(m, ">");
		markup_base64_element(m, "sr:Head", SPAN_OF(&head));
		entries(e, crl);
		markup_raw(m, "</sr:CrlExcerpt></vr:direct></vr:ValidationObjectRepresentation>"
			      "</vr:ValidationObject>");
	}
	buf_release(&head);
	crl_free(crl);
}

/* ---- one object ---- */

static void
object(struct etsi *e, const struct report_object *o)
{
	struct markup *m = &e->m;

	markup_raw(m, "<vr:ValidationObject");
	markup_attribute(m, "id", o->id);
	markup_raw(m, ">");
	markup_element(m, "vr:ObjectType", types[o->kind]);
	markup_raw(m, "<vr:ValidationObjectRepresentation>");
	if (is_whole(o))
		markup_base64_element(m, "vr:base64", o->bytes);
	etsi_digest(e, "vr:DigestAlgAndValue", o->digest,
	    (struct span){ o->value, digest_size(o->digest) });
	markup_raw(m, "</vr:ValidationObjectRepresentation><vr:POE>");
	markup_time_element(m, "vr:POETime", o->existed);
	markup_element(m, "vr:TypeOfProof", "urn:etsi:019102:poetype:validation");
	if (o->proof != NULL)
		etsi_reference(e, "vr:POEObject", o->proof);
	markup_raw(m, "</vr:POE>");
	if (o->kind == REPORT_TIMESTAMP) {
		provisioning(e, o);
		verdict(e, o);
	}
	markup_close(m, "vr:ValidationObject");
	excerpt(e, o);
}

/* ---- what the standard has no place for ---- */

static void
documents(struct etsi *e)
{
	const struct report_input *in = e->in;
	struct markup *m = &e->m;
	size_t i;

	for (i = 0; i < in->document_count; i++) {
		const struct report_object *o = &e->objects.items[e->objects.documents[i]];

		markup_raw(m, "<sr:Document");
		markup_attribute(m, "object", o->id);
		if (!report_is_signed(in, i, o))
			markup_attribute(m, "signed", "false");
		if (o->size != 0 || in->documents[i].has_content) {
			markup_raw(m, " size=\"");
			markup_number(m, (int64_t)o->size);
			markup_raw(m, "\"");
		}
		markup_raw(m, ">");
		markup_text(m, in->documents[i].name);
		markup_close(m, "sr:Document");
	}
}

static void
layers(struct etsi *e)
{
	const struct report_input *in = e->in;
	struct markup *m = &e->m;
	size_t i;

	for (i = 0; i < in->layer_count; i++) {
		const struct report_layer *l = &in->layers[i];

		markup_raw(m, "<sr:Encryption");
		markup_attribute(m, "part", l->part);
		markup_attribute(m, "state", l->is_open ? "Opened" : "Closed");
		if (l->is_open) {
			markup_attribute(m, "object", e->objects.items[e->objects.contents[i]].id);
			markup_raw(m, " size=\"");
			markup_number(m, (int64_t)l->size);
			markup_raw(m, "\"");
		}
		markup_raw(m, ">"); /* SHA-256 of what is encrypted */
		markup_base64(m, (struct span){ l->envelope, sizeof(l->envelope) });
		markup_close(m, "sr:Encryption");
	}
	if (in->mail_need_address || in->mail_need_match) {
		markup_raw(m, "<sr:Mail");
		markup_attribute(m, "needAddress", in->mail_need_address ? "true" : "false");
		markup_attribute(m, "needMatch", in->mail_need_match ? "true" : "false");
		markup_raw(m, "/>");
	}
}

static const struct verify_conclusion *
overall(const struct report_input *in)
{
	return in->report != NULL	 ? &in->report->conclusion
	       : in->certificate != NULL ? &in->certificate->conclusion
					 : &in->timestamps->conclusion;
}

static void
conclusion(struct etsi *e)
{
	const struct verify_conclusion *c = overall(e->in);
	struct markup *m = &e->m;

	markup_raw(m, "<sr:Conclusion");
	markup_attribute(m, "indication", indication_name(c->indication));
	if (c->sub != SUB_NONE)
		markup_attribute(m, "subIndication", sub_indication_name(c->sub));
	markup_attribute(m, "code", c->code);
	markup_raw(m, ">");
	markup_text(m, c->text);
	markup_close(m, "sr:Conclusion");
}

/* Which of the objects were handed in as anchors of what: a path's end alone does not tell. */
static void
anchors(struct etsi *e)
{
	struct markup *m = &e->m;
	size_t i;

	for (i = 0; i < e->objects.count; i++) {
		const struct report_object *o = &e->objects.items[i];

		if (!o->is_anchor && !o->is_timestamp_anchor)
			continue;
		markup_raw(m, "<sr:Anchor");
		markup_attribute(m, "object", o->id);
		markup_attribute(m, "of",
		    o->is_anchor && o->is_timestamp_anchor ? "Both"
		    : o->is_anchor			   ? "Signatures"
							   : "Timestamps");
		markup_raw(m, "/>");
	}
}

static void
versions(struct etsi *e)
{
	const struct report_input *in = e->in;
	const struct catalogue *catalogue =
	    in->catalogue != NULL ? in->catalogue : catalogue_builtin();
	struct markup *m = &e->m;

	markup_element_if(m, "sr:Program", in->program);
	markup_element_if(m, "sr:Node", in->node);
	markup_time_element(m, "sr:ValidationTime", in->time);
	markup_time_element(m, "sr:Made", in->made);
	markup_raw(m, "<sr:AlgorithmCatalogue");
	markup_attribute(m, "name", catalogue->name);
	markup_attribute(m, "version", catalogue->version);
	markup_raw(m, "/>");
	if (in->snapshot == NULL)
		return;
	markup_raw(m, "<sr:TrustSnapshot number=\"");
	markup_number(m, (int64_t)in->snapshot_number);
	markup_raw(m, "\">");
	markup_text(m, in->snapshot);
	markup_close(m, "sr:TrustSnapshot");
}

/* The part of the trust snapshot that concerns the certificates of this report. */
static int
trust_part(const struct etsi *e, struct buf *out, struct error *err)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	X509 *cert = NULL;
	size_t i;
	int rc = certs != NULL ? 0 : error_memory(err);

	for (i = 0; rc == 0 && i < e->objects.count; i++) {
		const struct report_object *o = &e->objects.items[i];
		const unsigned char *at = o->bytes.data;

		if (o->kind != REPORT_CERTIFICATE)
			continue;
		cert = d2i_X509(NULL, &at, (long)o->bytes.len);
		if (cert == NULL || sk_X509_push(certs, cert) <= 0) {
			X509_free(cert);
			rc = error_memory(err);
		}
	}
	if (rc == 0)
		rc = trust_snapshot_part(out, e->in->trust, certs, err);
	sk_X509_pop_free(certs, X509_free);
	return rc;
}

static void
trust(struct etsi *e)
{
	struct buf part = BUF_INIT(0);
	struct markup *m = &e->m;

	if (e->in->trust == NULL)
		return;
	if (!m->failed && trust_part(e, &part, m->err) != 0)
		m->failed = 1;
	markup_raw(m, "<vr:ValidationObject id=\"trust\"><vr:ObjectType>" OBJECT_TYPE
		      "other</vr:ObjectType><vr:ValidationObjectRepresentation>");
	markup_base64_element(m, "vr:base64", SPAN_OF(&part));
	markup_raw(m, "</vr:ValidationObjectRepresentation></vr:ValidationObject>");
	buf_release(&part);
}

static void
context(struct etsi *e)
{
	const struct report_input *in = e->in;
	struct markup *m = &e->m;

	markup_raw(m,
	    "<vr:ValidationObject id=\"context\"><vr:ObjectType>" OBJECT_TYPE
	    "other</vr:ObjectType><vr:ValidationObjectRepresentation><vr:direct><sr:Context");
	markup_attribute(m, "of",
	    in->report != NULL	      ? "Document"
	    : in->certificate != NULL ? "Certificate"
				      : "Timestamp");
	if (in->certificate != NULL)
		markup_attribute(m, "purpose", path_purpose_name(in->purpose));
	markup_raw(m, ">");
	versions(e);
	documents(e);
	layers(e);
	anchors(e);
	conclusion(e);
	markup_raw(m,
	    "</sr:Context></vr:direct></vr:ValidationObjectRepresentation></vr:ValidationObject>"
	    "<vr:ValidationObject id=\"policy\"><vr:ObjectType>" OBJECT_TYPE
	    "other</vr:ObjectType><vr:ValidationObjectRepresentation>");
	markup_base64_element(m, "vr:base64", SPAN_OF(&e->policy));
	markup_raw(m, "</vr:ValidationObjectRepresentation></vr:ValidationObject>");
	trust(e);
}

void
etsi_objects_write(struct etsi *e)
{
	size_t i;

	markup_open(&e->m, "vr:SignatureValidationObjects");
	context(e);
	for (i = 0; i < e->objects.count; i++)
		object(e, &e->objects.items[i]);
	markup_close(&e->m, "vr:SignatureValidationObjects");
}
