#include "signing/trust/signed_xml.h"

#include <stdio.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/core/ossl.h"
#include "signing/x509/cert.h"

#define EXCLUSIVE "http://www.w3.org/2001/10/xml-exc-c14n#"

static int __attribute__((format(printf, 3, 4)))
refuse(struct signed_xml_result *out, enum signed_xml_verdict verdict, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(out->text, sizeof(out->text), fmt, args);
	va_end(args);
	xml_tidy(out->text);
	out->verdict = verdict;
	return 1;
}

/* The one ds:Signature, where it must stand; NULL after refusing. */
static const xmlNode *
find_signature(
    const struct xml_reader *r, const struct signed_xml_input *in, struct signed_xml_result *out)
{
	const xmlNode *found = NULL;
	size_t i, n = 0;

	for (i = 0; i < r->doc.count; i++)
		if (xml_is(r->doc.nodes[i], XML_NS_DSIG, "Signature")) {
			found = r->doc.nodes[i];
			n++;
		}
	if (n != 1) {
		refuse(out, SIGNED_XML_UNSIGNED,
		    n == 0 ? "%s is not signed"
			   : "%s holds more than one signature; it must be one",
		    in->what);
		return NULL;
	}
	if (found->parent != xmlDocGetRootElement(r->doc.doc) || xml_next(found) != NULL) {
		refuse(out, SIGNED_XML_UNSIGNED,
		    "the signature of %s is not the last element of its root", in->what);
		return NULL;
	}
	return found;
}

/* A reference to the whole document by those two transforms and no other. */
static int
covers_all(const struct signature *sig)
{
	size_t i;

	for (i = 0; i < sig->reference_count; i++) {
		const struct reference *ref = &sig->references[i];

		if (ref->is_document && ref->intact && !ref->in_manifest &&
		    ref->scope == SCOPE_FULL && ref->transforms != NULL &&
		    strcmp(ref->transforms, XML_NS_DSIG "enveloped-signature " EXCLUSIVE) == 0)
			return 1;
	}
	return 0;
}

static int
judge_form(const xmlNode *node, const struct signature *sig, const struct signed_xml_input *in,
    struct signed_xml_result *out)
{
	const char *c14n =
	    xml_attr(xml_path(node, XML_NS_DSIG, "SignedInfo/CanonicalizationMethod"), "Algorithm");

	if (sig->failure != SUB_NONE || !sig->value_intact || !sig->references_intact)
		return refuse(out, SIGNED_XML_BROKEN, "the signature of %s does not hold: %s",
		    in->what, sig->failure_text);
	if (!covers_all(sig))
		return refuse(out, SIGNED_XML_UNSIGNED,
		    "the signature of %s is not over the whole of it by the two transforms that "
		    "belong there (enveloped signature, exclusive canonicalisation)",
		    in->what);
	if (c14n == NULL || strcmp(c14n, EXCLUSIVE) != 0)
		return refuse(out, SIGNED_XML_UNSIGNED,
		    "the signature of %s is not canonicalised exclusively", in->what);
	if (sig->signer == NULL || sig->cert_ref != CERT_REF_MATCHES)
		return refuse(out, SIGNED_XML_UNSIGNED,
		    "the signature of %s does not name its signer in a signed property (XAdES)",
		    in->what);
	return 0;
}

static int
judge_algorithms(
    const struct signature *sig, const struct signed_xml_input *in, struct signed_xml_result *out)
{
	const struct catalogue *catalogue =
	    in->catalogue != NULL ? in->catalogue : catalogue_builtin();
	EVP_PKEY *key = X509_get0_pubkey(sig->signer);
	struct catalogue_verdict v;
	char curve[32] = "";
	size_t i;

	if (!catalogue_judge_signature(catalogue, &sig->alg, key_bits(key),
		key_curve(key, curve, sizeof(curve)), in->time, &v))
		return refuse(
		    out, SIGNED_XML_WEAK, "the signature of %s is too weak: %s", in->what, v.text);
	for (i = 0; i < sig->reference_count; i++)
		if (!catalogue_judge_digest(catalogue, sig->references[i].digest, in->time, &v))
			return refuse(out, SIGNED_XML_WEAK, "the signature of %s is too weak: %s",
			    in->what, v.text);
	return 0;
}

static void
note_validity(X509 *signer, const struct signed_xml_input *in, struct signed_xml_result *out)
{
	int ok_from, ok_to;
	const int64_t from = asn1_time_seconds(X509_get0_notBefore(signer), &ok_from);
	const int64_t to = asn1_time_seconds(X509_get0_notAfter(signer), &ok_to);
	char when[TEXT_TIME_SIZE], label[80];

	if (!ok_from || !ok_to || (in->time >= from && in->time <= to))
		return;
	snprintf(out->note, sizeof(out->note), "the certificate \"%s\" of its signer %s %s",
	    cert_label(signer, label, sizeof(label)), in->time > to ? "ended at" : "begins only at",
	    text_time(when, in->time > to ? to : from));
}

static int
judge(const xmlNode *node, const struct signature *sig, const struct signed_xml_input *in,
    struct signed_xml_result *out)
{
	char label[120];

	if (sig->signer != NULL && X509_up_ref(sig->signer) == 1)
		out->signer = sig->signer;
	if (judge_form(node, sig, in, out) != 0)
		return 1;
	if (!certs_hold(in->signers, sig->signer))
		return refuse(out, SIGNED_XML_STRANGER,
		    "%s is signed by \"%s\", who is not one of its pinned signers", in->what,
		    cert_label(sig->signer, label, sizeof(label)));
	if (judge_algorithms(sig, in, out) != 0)
		return 1;
	note_validity(sig->signer, in, out);
	return 0;
}

int
signed_xml_check(struct xml_reader *r, const struct signed_xml_input *in,
    struct signed_xml_result *out, struct error *err)
{
	const xmlNode *node = find_signature(r, in, out);
	struct signatures found = { 0 };
	struct error failure = ERROR_INIT;
	int rc = 0;

	if (node == NULL)
		return 0;
	if (xml_reader_signatures(r, &found, &failure) != 0) {
		if (failure.kind == ERROR_UNAVAILABLE || failure.kind == ERROR_INTERNAL) {
			if (err != NULL)
				*err = failure;
			rc = -1;
		} else {
			refuse(out, SIGNED_XML_BROKEN, "the signature of %s cannot be read: %s",
			    in->what, failure.text);
		}
	} else if (found.count != 1) {
		refuse(out, SIGNED_XML_UNSIGNED, "%s must hold one signature", in->what);
	} else {
		judge(node, &found.items[0], in, out);
	}
	signatures_release(&found);
	return rc;
}
