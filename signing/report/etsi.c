#include "signing/report/etsi.h"

#include <string.h>

#include "signing/format/xml/xml_sign.h"
#include "signing/report/etsi_parts.h"
#include "signing/report/policy_text.h"
#include "signing/x509/cert.h"

void
etsi_reference(struct etsi *e, const char *name, const char *id)
{
	markup_raw(&e->m, "<");
	markup_raw(&e->m, name);
	markup_attribute(&e->m, "VOReference", id);
	markup_raw(&e->m, "/>");
}

void
etsi_certificate_reference(struct etsi *e, const char *name, const X509 *cert)
{
	const struct report_object *o = report_object_of_cert(&e->objects, cert);

	if (o != NULL)
		etsi_reference(e, name, o->id);
}

void
etsi_digest(struct etsi *e, const char *name, enum digest digest, struct span value)
{
	markup_open(&e->m, name);
	markup_raw(&e->m, "<ds:DigestMethod");
	markup_attribute(&e->m, "Algorithm", digest_uri(digest));
	markup_raw(&e->m, "/>");
	markup_base64_element(&e->m, "ds:DigestValue", value);
	markup_close(&e->m, name);
}

/* What was judged: each signature, or the one certificate or token, or a document without any. */
static void
write_subjects(struct etsi *e)
{
	const struct report_input *in = e->in;
	struct etsi_subject s = { 0 };
	size_t i;

	for (i = 0; in->report != NULL && i < in->report->count; i++) {
		const struct verify_signature *v = &in->report->items[i];

		etsi_subject_write(e, "vr:SignatureValidationReport",
		    &(struct etsi_subject){ .conclusion = &v->conclusion,
			.checks = &v->checks,
			.path = &v->path,
			.qualification = &v->qualification,
			.lasting = &v->lasting,
			.signature = v,
			.number = i + 1 });
	}
	if (in->report != NULL && in->report->count > 0)
		return;
	if (in->report != NULL) {
		s.conclusion = &in->report->conclusion;
	} else if (in->certificate != NULL) {
		s.conclusion = &in->certificate->conclusion;
		s.checks = &in->certificate->checks;
		s.path = &in->certificate->path;
		s.qualification = &in->certificate->qualification;
	} else {
		s.timestamp = in->timestamps;
		s.conclusion = &in->timestamps->conclusion;
		s.checks = &in->timestamps->checks;
		s.path = &in->timestamps->path;
		s.qualification = &in->timestamps->qualification;
		s.lasting = &in->timestamps->lasting;
	}
	etsi_subject_write(e, "vr:SignatureValidationReport", &s);
}

static void
write_validator(struct etsi *e, X509 *validator)
{
	struct buf der = BUF_INIT(0);

	if (validator == NULL)
		return;
	if (cert_write_der(&der, validator, e->m.err) != 0)
		e->m.failed = 1;
	markup_raw(&e->m, "<vr:SignatureValidator><vr:DigitalId>");
	markup_base64_element(&e->m, "tsl:X509Certificate", SPAN_OF(&der));
	markup_raw(&e->m, "</vr:DigitalId></vr:SignatureValidator>");
	buf_release(&der);
}

int
report_etsi_write(
    struct buf *out, const struct report_input *in, X509 *validator, struct error *err)
{
	struct etsi e = { .m = { .out = out, .err = err }, .in = in };
	const size_t before = out->len;
	int rc = -1;

	if (report_objects_make(&e.objects, in, err) != 0)
		return -1;
	if (policy_text_write(&e.policy, in->policy, err) != 0)
		goto done;
	markup_raw(&e.m, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			 "<vr:ValidationReport xmlns:vr=\"" REPORT_NS "\""
			 " xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\""
			 " xmlns:xades=\"http://uri.etsi.org/01903/v1.3.2#\""
			 " xmlns:tsl=\"http://uri.etsi.org/02231/v2#\""
			 " xmlns:sr=\"" REPORT_NS_SIGNET "\">");
	write_subjects(&e);
	etsi_objects_write(&e);
	write_validator(&e, validator);
	markup_raw(&e.m, "</vr:ValidationReport>");
	rc = e.m.failed ? -1 : 0;
	if (rc != 0)
		out->len = before;
done:
	buf_release(&e.policy);
	report_objects_release(&e.objects);
	return rc;
}

int
report_etsi_sign(struct buf *out, struct span report, const struct sign_key *key, int64_t time,
    struct error *err)
{
	const struct document doc = { .content = report, .has_content = 1 };
	const struct sign_options options = { .packaging = PACKAGING_ENVELOPED,
		.signing_time = time,
		.claim_time = 1,
		.include_chain = 1 };
	const struct xml_sign_options xml = { 0 };

	return xml_sign(out, &doc, 1, key, &options, &xml, err);
}
