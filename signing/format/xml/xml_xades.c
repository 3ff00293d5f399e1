/* XAdES qualifying properties (EN 319 132-1 clause 5; TS 101 903 1.1.1, 1.2.2, 1.3.2). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/core/certs.h"
#include "signing/core/ossl.h"
#include "signing/format/xml/xml_items.h"
#include "signing/format/xml/xml_reader.h"

static const char *const versions[] = { XML_NS_XADES, "http://uri.etsi.org/01903/v1.2.2#",
	"http://uri.etsi.org/01903/v1.1.1#" };
#define VERSIONS (sizeof(versions) / sizeof(versions[0]))

int
xml_is_signed_properties_type(const char *type)
{
	size_t i, n;

	if (strcmp(type, "http://uri.etsi.org/01903#SignedProperties") == 0)
		return 1;
	for (i = 0; i < VERSIONS; i++) {
		n = strlen(versions[i]);
		if (strncmp(type, versions[i], n) == 0 && strcmp(type + n, "SignedProperties") == 0)
			return 1;
	}
	return 0;
}

/*
 * Target names the signature that the properties are of. One without an Id cannot be named: its own
 * Objects hold its own properties, but they are no baseline's (EN 319 132-1 clause 4.3.1).
 */
static int
is_target(const xmlNode *properties, const xmlNode *signature)
{
	const char *target = xml_attr(properties, "Target"), *id = xml_attr(signature, "Id");

	if (id == NULL)
		return target != NULL;
	return target != NULL && target[0] == '#' && strcmp(target + 1, id) == 0;
}

void
xml_xades_find(struct xml_parts *parts)
{
	const xmlNode *object, *c;
	size_t i, found = 0;

	for (object = xml_first(parts->signature); object != NULL; object = xml_next(object)) {
		if (!xml_is(object, XML_NS_DSIG, "Object"))
			continue;
		for (c = xml_first(object); c != NULL; c = xml_next(c))
			for (i = 0; i < VERSIONS; i++)
				if (xml_is(c, versions[i], "QualifyingProperties") &&
				    is_target(c, parts->signature)) {
					parts->properties = c;
					parts->xades = versions[i];
					found++;
				}
	}
	/* Two sets of properties for one signature: which of them counts cannot be told. */
	if (found > 1)
		parts->properties = NULL;
}

/* ---- the signing certificate ---- */

/* A Cert or CertID element: does its CertDigest name the certificate? */
static enum cert_ref
cert_matches(
    const struct xml_parts *parts, const xmlNode *cert_id, X509 *cert, enum digest *digest_used)
{
	const xmlNode *digest = xml_child(cert_id, parts->xades, "CertDigest");
	const xmlNode *method = xml_child(digest, XML_NS_DSIG, "DigestMethod");
	const xmlNode *value = xml_child(digest, XML_NS_DSIG, "DigestValue");
	const char *uri;
	struct buf stated = BUF_INIT(0);
	unsigned char own[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	enum digest d;
	enum cert_ref result = CERT_REF_MALFORMED;

	*digest_used = DIGEST_NONE;
	/* XAdES 1.1.1 has DigestMethod and DigestValue of its own. */
	if (method == NULL) {
		method = xml_child(digest, parts->xades, "DigestMethod");
		value = xml_child(digest, parts->xades, "DigestValue");
	}
	uri = xml_attr(method, "Algorithm");
	d = uri != NULL ? digest_by_uri(uri) : DIGEST_NONE;
	if (d != DIGEST_NONE && xml_base64(value, "a digest", &stated, NULL) == 0 &&
	    X509_digest(cert, digest_md(d), own, &len) == 1)
		result = span_equal(SPAN_OF(&stated), (struct span){ own, len }) ? CERT_REF_MATCHES
										 : CERT_REF_DIFFERS;
	buf_release(&stated);
	*digest_used = d;
	return result;
}

enum cert_ref
xml_xades_cert_ref(const struct xml_parts *parts, X509 *cert)
{
	enum digest digest;

	return xml_xades_cert_ref_by(parts, cert, &digest);
}

enum cert_ref
xml_xades_cert_ref_by(const struct xml_parts *parts, X509 *cert, enum digest *digest)
{
	const xmlNode *ssp =
	    xml_child(parts->signed_properties, parts->xades, "SignedSignatureProperties");
	const xmlNode *list, *c;
	enum cert_ref result = CERT_REF_MALFORMED, one;

	if (ssp == NULL)
		return CERT_REF_ABSENT;
	list = xml_child(ssp, parts->xades, "SigningCertificateV2");
	if (list == NULL)
		list = xml_child(ssp, parts->xades, "SigningCertificate");
	if (list == NULL)
		return CERT_REF_ABSENT;
	for (c = xml_first(list); c != NULL; c = xml_next(c)) {
		if (!xml_is(c, parts->xades, "Cert"))
			continue;
		one = cert_matches(parts, c, cert, digest);
		if (one == CERT_REF_MATCHES)
			return one;
		if (one == CERT_REF_DIFFERS)
			result = one;
	}
	return result;
}

/* ---- signed properties ---- */

static void
read_time(const xmlNode *ssp, const struct xml_parts *parts, struct signature *sig)
{
	char *text = xml_signed_text(xml_child(ssp, parts->xades, "SigningTime"));

	sig->has_claimed_time = text != NULL && text_parse_time(text, &sig->claimed_time) == 0;
	free(text);
}

static int
read_roles(
    const xmlNode *ssp, const struct xml_parts *parts, struct signature *sig, struct error *err)
{
	static const char *const names[] = { "SignerRoleV2", "SignerRole" };
	struct buf roles = BUF_INIT(0);
	const xmlNode *role;
	char *text;
	size_t i;
	int rc = 0;

	for (i = 0; i < 2; i++) {
		role = xml_first(xml_child(
		    xml_child(ssp, parts->xades, names[i]), parts->xades, "ClaimedRoles"));
		for (; role != NULL && rc == 0; role = xml_next(role)) {
			text = xml_signed_text(role);
			if (text != NULL)
				rc = buf_printf(
				    &roles, err, "%s%s", roles.len > 0 ? "\n" : "", text);
			free(text);
		}
	}
	if (rc == 0 && roles.len > 0) {
		sig->roles = strdup((const char *)roles.data);
		rc = sig->roles != NULL ? 0 : error_memory(err);
	}
	buf_release(&roles);
	return rc;
}

static int
read_policy(
    const xmlNode *ssp, const struct xml_parts *parts, struct signature *sig, struct error *err)
{
	const xmlNode *id = xml_child(ssp, parts->xades, "SignaturePolicyIdentifier");

	if (id == NULL)
		return 0;
	sig->policy =
	    xml_signed_text(xml_path(id, parts->xades, "SignaturePolicyId/SigPolicyId/Identifier"));
	if (sig->policy == NULL)
		sig->policy = strdup(xml_child(id, parts->xades, "SignaturePolicyImplied") != NULL
					 ? "implied"
					 : "unreadable");
	return sig->policy != NULL ? 0 : error_memory(err);
}

/* Clause 6.3, requirement on ds:KeyInfo/X509Data: the signing certificate stands in there. */
static int
is_in_key_info(const struct xml_parts *parts, X509 *signer)
{
	const xmlNode *data, *c;
	X509 *cert;
	int found = 0;

	for (data = xml_first(parts->key_info); data != NULL; data = xml_next(data))
		for (c = xml_is(data, XML_NS_DSIG, "X509Data") ? xml_first(data) : NULL; c != NULL;
		     c = xml_next(c)) {
			if (!xml_is(c, XML_NS_DSIG, "X509Certificate"))
				continue;
			cert = xml_certificate(c);
			found |= cert != NULL && signer != NULL && X509_cmp(cert, signer) == 0;
			X509_free(cert);
		}
	return found;
}

/* EN 319 132-1 clause 6.3, level B: what must be there. */
static int
is_baseline(const struct xml_parts *parts, const struct signature *sig)
{
	const xmlNode *format = xml_path(
	    parts->signed_properties, parts->xades, "SignedDataObjectProperties/DataObjectFormat");

	return is_in_key_info(parts, sig->signer) && xml_attr(parts->signature, "Id") != NULL &&
	       sig->has_claimed_time && sig->cert_ref == CERT_REF_MATCHES &&
	       strcmp(parts->xades, XML_NS_XADES) == 0 &&
	       (sig->parent != NULL || xml_child(format, parts->xades, "MimeType") != NULL);
}

/* ---- unsigned properties ---- */

static const xmlNode *
unsigned_properties(const struct xml_parts *parts)
{
	return xml_path(
	    parts->properties, parts->xades, "UnsignedProperties/UnsignedSignatureProperties");
}

struct keeping {
	struct xml_reader *r;
	struct signature *sig;
	struct error *err;
};

/* A cms_item_visit. What stands in tokens is theirs. */
static int
keep_item(void *arg, enum cms_item kind, struct span der)
{
	struct keeping *k = arg;
	X509 *cert;
	int rc = 0;

	if (kind == CMS_ITEM_CRL)
		return values_add(&k->r->evidence->crls, der, k->err);
	if (kind == CMS_ITEM_OCSP)
		return values_add(&k->r->evidence->ocsps, der, k->err);
	cert = kind == CMS_ITEM_CERTIFICATE ? cert_decode(der) : NULL;
	if (cert != NULL)
		rc = xml_add_certificate(k->r, k->sig, cert, k->err);
	X509_free(cert);
	return rc;
}

int
xml_xades_values(
    struct xml_reader *r, const struct xml_parts *parts, struct signature *sig, struct error *err)
{
	struct keeping keep = { r, sig, err };

	return xml_items_of(unsigned_properties(parts), keep_item, &keep);
}

/* ---- the level's form ---- */

enum { FORM_STAMP = 1, FORM_REFERENCES = 2, FORM_REFERENCE_STAMP = 4, FORM_ARCHIVE = 8 };
static const struct {
	const char *name;
	int form;
} form_rows[] = {
	{ "SignatureTimeStamp", FORM_STAMP },
	{ "CompleteCertificateRefs", FORM_REFERENCES },
	{ "CompleteCertificateRefsV2", FORM_REFERENCES },
	{ "CompleteRevocationRefs", FORM_REFERENCES },
	{ "AttributeCertificateRefs", FORM_REFERENCES },
	{ "AttributeCertificateRefsV2", FORM_REFERENCES },
	{ "AttributeRevocationRefs", FORM_REFERENCES },
	{ "SigAndRefsTimeStamp", FORM_REFERENCE_STAMP },
	{ "SigAndRefsTimeStampV2", FORM_REFERENCE_STAMP },
	{ "RefsOnlyTimeStamp", FORM_REFERENCE_STAMP },
	{ "RefsOnlyTimeStampV2", FORM_REFERENCE_STAMP },
	{ "ArchiveTimeStamp", FORM_ARCHIVE },
};

static int
form_of(const struct xml_parts *parts)
{
	const xmlNode *c = xml_first(unsigned_properties(parts));
	int form = 0;
	size_t i;

	for (; c != NULL; c = xml_next(c))
		for (i = 0; i < sizeof(form_rows) / sizeof(form_rows[0]); i++)
			if (strcmp((const char *)c->name, form_rows[i].name) == 0)
				form |= form_rows[i].form;
	return form;
}

void
xml_xades_form(const struct xml_parts *parts, struct signature *sig)
{
	int form = form_of(parts), depth = 0;

	sig->form = (struct ades_form){
		.ades = sig->cert_ref == CERT_REF_MATCHES,
		.baseline = sig->baseline,
		.policy = sig->policy != NULL,
		.extended = (form & (FORM_REFERENCES | FORM_REFERENCE_STAMP)) != 0,
		.stamp = (form & FORM_STAMP) != 0,
		.references = (form & FORM_REFERENCES) != 0,
		.reference_stamp = (form & FORM_REFERENCE_STAMP) != 0,
		.values = xml_items_of(
			      unsigned_properties(parts), cms_item_finds_revocation, &depth) != 0,
		.archive = (form & FORM_ARCHIVE) != 0,
	};
	sig->level = ades_level_of(&sig->form);
}

/* What stands in a second one is read by some and passed over by others. */
static void
check_once(const struct xml_parts *parts, struct signature *sig)
{
	const xmlNode *up = xml_child(parts->properties, parts->xades, "UnsignedProperties");

	if (xml_child_at(parts->properties, parts->xades, "UnsignedProperties", 1) != NULL ||
	    xml_child_at(up, parts->xades, "UnsignedSignatureProperties", 1) != NULL)
		signature_fail(sig, SUB_FORMAT_FAILURE,
		    "the unsigned properties stand there twice, where the schema of EN 319 "
		    "132-1 has them once");
}

int
xml_xades_read(const struct xml_parts *parts, struct signature *sig, struct error *err)
{
	const xmlNode *ssp =
	    xml_child(parts->signed_properties, parts->xades, "SignedSignatureProperties");

	check_once(parts, sig);

	if (parts->signed_properties == NULL)
		return 0;
	read_time(ssp, parts, sig);
	if (read_roles(ssp, parts, sig, err) != 0 || read_policy(ssp, parts, sig, err) != 0)
		return -1;
	sig->baseline = is_baseline(parts, sig);
	return 0;
}
