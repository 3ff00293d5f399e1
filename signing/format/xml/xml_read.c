#include "signing/format/xml/xml_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/format/xml/xml_reader.h"

static const struct format_limits default_limits = FORMAT_LIMITS_DEFAULT;
static const struct xml_read_options no_options;

int
xml_reader_open(struct xml_reader *r, struct span document, const struct xml_read_options *options,
    struct error *err)
{
	size_t i;

	memset(r, 0, sizeof(*r));
	r->options = options != NULL ? options : &no_options;
	r->budget.limits = r->options->limits != NULL ? *r->options->limits : default_limits;
	if (xml_doc_parse(&r->doc, document, &r->budget.limits, r->options->id_attributes, err) !=
	    0)
		return -1;
	r->budget.allowed = XML_WORK_BASE + xml_work_for(r->doc.count, document.len);
	for (i = 0; i < r->options->detached_count; i++)
		r->budget.allowed += xml_work_for(0, r->options->detached[i].content.len);
	if (r->options->work > 0 && r->options->work < r->budget.allowed)
		r->budget.allowed = r->options->work;
	r->budget.work = r->budget.allowed;
	return 0;
}

void
xml_reader_close(struct xml_reader *r)
{
	xml_doc_release(&r->doc);
	free(r->digests);
}

/* ---- structure: SignedInfo, SignatureValue, KeyInfo?, Object*, each in its place ---- */

static int
broken(struct signature *sig, const char *what)
{
	return signature_fail(sig, SUB_FORMAT_FAILURE, "%s", what);
}

int
xml_take_apart(const xmlNode *signature, struct xml_parts *parts, struct signature *sig)
{
	const xmlNode *c = xml_first(signature);

	memset(parts, 0, sizeof(*parts));
	parts->signature = signature;
	if (!xml_is(c, XML_NS_DSIG, "SignedInfo"))
		return broken(sig, "the Signature does not begin with a SignedInfo");
	parts->signed_info = c;
	c = xml_next(c);
	if (!xml_is(c, XML_NS_DSIG, "SignatureValue"))
		return broken(sig, "no SignatureValue follows the SignedInfo");
	parts->value = c;
	c = xml_next(c);
	if (xml_is(c, XML_NS_DSIG, "KeyInfo")) {
		parts->key_info = c;
		c = xml_next(c);
	}
	for (; c != NULL; c = xml_next(c))
		if (!xml_is(c, XML_NS_DSIG, "Object"))
			return broken(sig, "the Signature holds elements out of their place");
	c = xml_first(parts->signed_info);
	if (!xml_is(c, XML_NS_DSIG, "CanonicalizationMethod"))
		return broken(sig, "the SignedInfo does not begin with a CanonicalizationMethod");
	c = xml_next(c);
	if (!xml_is(c, XML_NS_DSIG, "SignatureMethod"))
		return broken(sig, "no SignatureMethod follows the CanonicalizationMethod");
	parts->method = c;
	c = xml_next(c);
	if (c == NULL)
		return broken(sig, "the SignedInfo has no Reference");
	for (; c != NULL; c = xml_next(c))
		if (!xml_is(c, XML_NS_DSIG, "Reference"))
			return broken(sig, "the SignedInfo holds elements out of their place");
	xml_xades_find(parts);
	return 0;
}

/* ---- the value ---- */

/* What one signature's reading works on. */
struct work {
	struct xml_reader *r;
	struct xml_parts parts;
	struct xml_keys keys;
	struct signature *sig;
	unsigned int hmac_bits;
	struct buf signed_info; /* canonical */
	struct error problem;	/* why the value could not be tried */
	struct error *err;
};

static int
canonical_signed_info(struct work *w)
{
	struct xml_c14n c14n = { 0 };
	int rc = -1;

	if (xml_c14n_of(xml_first(w->parts.signed_info), &c14n, &w->problem) == 0)
		rc = xml_c14n_subtree(&c14n, &w->r->doc, w->parts.signed_info, &w->r->budget,
		    &w->signed_info, &w->problem);
	xml_c14n_release(&c14n);
	return rc;
}

/* The integers of DSA and ECDSA in DER: what it is, told in w->problem, or tolerated. */
static int
try_der(struct work *w, EVP_PKEY *key)
{
	const unsigned int bit = DEVIATION_BIT(DEVIATION_VALUE_ENCODING);

	if (xml_value_verify_der(
		&w->sig->alg, key, SPAN_OF(&w->signed_info), SPAN_OF(&w->sig->value)) != 1)
		return 0;
	if (w->r->options->tolerate & bit) {
		w->sig->deviations |= bit;
		return 1;
	}
	error_clear(&w->problem);
	error_set(&w->problem, ERROR_MALFORMED,
	    "the signature value is DER, where XML signatures have both integers side by side "
	    "(XML-DSig 1.1 section 6.4)");
	return 0;
}

/* Whether the value checks under this key; why not is kept for the first key only. */
static int
try_key(struct work *w, EVP_PKEY *key)
{
	if (key == NULL)
		return 0;
	return xml_value_verify(&w->sig->alg, w->hmac_bits, key, SPAN_OF(&w->signed_info),
		   SPAN_OF(&w->sig->value), &w->problem) == 1 ||
	       try_der(w, key);
}

static int
set_signer(struct signature *sig, X509 *cert)
{
	X509_free(sig->signer);
	sig->signer = cert;
	return X509_up_ref(cert) == 1;
}

/*
 * The signer is the first candidate under whose key the value checks, those that the signed
 * SigningCertificate names before the others; when none does, the first candidate.
 */
static void
find_signer(struct work *w)
{
	STACK_OF(X509) *candidates = w->keys.certificates;
	int i, named, n = sk_X509_num(candidates);

	for (named = 1; named >= 0 && !w->sig->value_intact; named--)
		for (i = 0; i < n && !w->sig->value_intact; i++) {
			X509 *cert = sk_X509_value(candidates, i);

			if ((xml_xades_cert_ref(&w->parts, cert) == CERT_REF_MATCHES) != named)
				continue;
			if (w->sig->signer == NULL)
				set_signer(w->sig, cert);
			if (try_key(w, X509_get0_pubkey(cert))) {
				set_signer(w->sig, cert);
				w->sig->value_intact = 1;
			}
		}
}

/* Keys without certificates: KeyValue, then what the caller handed in. */
static void
find_bare_key(struct work *w)
{
	EVP_PKEY *keys[2] = { w->keys.bare, w->r->options->key };
	int i;

	for (i = 0; i < 2 && !w->sig->value_intact; i++) {
		if (keys[i] == NULL)
			continue;
		if (try_key(w, keys[i])) {
			w->sig->value_intact = 1;
			X509_free(w->sig->signer);
			w->sig->signer = NULL;
			EVP_PKEY_free(w->sig->bare_key);
			w->sig->bare_key = NULL;
		}
		if (w->sig->signer == NULL && w->sig->bare_key == NULL &&
		    EVP_PKEY_up_ref(keys[i]) == 1)
			w->sig->bare_key = keys[i];
	}
}

/* SignedProperties in their place; whether the signature covers them is another question. */
static const xmlNode *
stated_properties(const struct xml_parts *parts)
{
	return parts->properties != NULL
		   ? xml_child(parts->properties, parts->xades, "SignedProperties")
		   : NULL;
}

static int
add_own_certificates(struct work *w)
{
	X509 *cert;
	int i;

	/* CertificateValues may hold the signer's certificate that KeyInfo lacks. */
	for (i = 0; i < sk_X509_num(w->sig->certificates); i++) {
		cert = sk_X509_value(w->sig->certificates, i);
		if (xml_xades_cert_ref(&w->parts, cert) != CERT_REF_MATCHES)
			continue;
		if (X509_up_ref(cert) != 1 || sk_X509_push(w->keys.certificates, cert) <= 0)
			return error_memory(w->err);
	}
	for (i = 0; i < sk_X509_num(w->r->options->extra_certificates); i++) {
		cert = sk_X509_value(w->r->options->extra_certificates, i);
		if (xml_xades_cert_ref(&w->parts, cert) != CERT_REF_MATCHES)
			continue;
		if (X509_up_ref(cert) != 1 || sk_X509_push(w->keys.certificates, cert) <= 0)
			return error_memory(w->err);
	}
	return 0;
}

static int
check_value(struct work *w)
{
	struct signature *sig = w->sig;

	if (xml_base64(w->parts.value, "the SignatureValue", &sig->value, &w->problem) != 0 ||
	    xml_method_read(w->parts.method, w->r->options->hmac_bits_min, &sig->alg, &w->hmac_bits,
		&w->problem) != 0 ||
	    canonical_signed_info(w) != 0) {
		if (xml_is_fatal(&w->problem)) {
			*w->err = w->problem;
			return -1;
		}
		signature_fail(sig, SUB_FORMAT_FAILURE, "%s", w->problem.text);
		return 0;
	}
	w->parts.signed_properties =
	    stated_properties(&w->parts); /* only to order the candidates */
	if (add_own_certificates(w) != 0)
		return -1;
	find_signer(w);
	find_bare_key(w);
	w->parts.signed_properties = NULL;
	if (sig->signer == NULL && sig->bare_key == NULL)
		signature_fail(sig, SUB_NO_SIGNING_CERTIFICATE_FOUND,
		    "no certificate or key for the signature was found%s%s",
		    w->keys.problem[0] != '\0' ? ": " : "", w->keys.problem);
	else if (!sig->value_intact)
		signature_fail(sig, SUB_SIG_CRYPTO_FAILURE, "%s",
		    w->problem.kind != ERROR_NONE
			? w->problem.text
			: "the signature value does not check under the signer's key");
	return 0;
}

/* ---- references ---- */

static int
check_manifest(struct work *w, const xmlNode *manifest)
{
	struct xml_resolved resolved;
	struct reference *ref;
	const xmlNode *c;

	for (c = xml_first(manifest); c != NULL; c = xml_next(c)) {
		if (!xml_is(c, XML_NS_DSIG, "Reference"))
			continue;
		ref = signature_add_reference(w->sig, &w->r->budget.limits, w->err);
		if (ref == NULL)
			return -1;
		ref->in_manifest = 1;
		memset(&resolved, 0, sizeof(resolved));
		if (xml_reference_check(w->r, &w->parts, c, ref, &resolved, w->err) != 0)
			return -1;
		w->sig->deviations |= resolved.deviations;
	}
	return 0;
}

static enum sub_indication
failure_of(const struct reference *ref)
{
	return ref->found ? SUB_HASH_FAILURE : SUB_SIGNED_DATA_NOT_FOUND;
}

/* The signature whose own CounterSignature property holds this one, or NULL. */
static const xmlNode *
counter_signed(const xmlNode *signature)
{
	static const char *const up[] = { "CounterSignature", "UnsignedSignatureProperties",
		"UnsignedProperties", "QualifyingProperties", "Object", "Signature" };
	struct xml_parts parent = { 0 };
	const xmlNode *node = signature->parent, *properties = NULL;
	size_t i;

	for (i = 0; i < 6; i++, node = node->parent) {
		if (node == NULL || node->type != XML_ELEMENT_NODE ||
		    strcmp((const char *)node->name, up[i]) != 0)
			return NULL;
		if (i == 3)
			properties = node;
		parent.signature = node;
	}
	xml_xades_find(&parent);
	return xml_has_ns(parent.signature, XML_NS_DSIG) && parent.properties == properties
		   ? parent.signature
		   : NULL;
}

/*
 * Does the document hold anything but signatures and elements around them? What is signed outside
 * of it leaves that uncovered.
 */
static int
holds_more(struct xml_reader *r)
{
	const struct xml_doc *x = &r->doc;
	size_t i = 0;

	if (r->holds_more != 0)
		return r->holds_more > 0;
	r->holds_more = -1;
	while (i < x->count && r->holds_more < 0) {
		const xmlNode *n = x->nodes[i];

		if (xml_is(n, XML_NS_DSIG, "Signature")) {
			i = x->ends[i];
			continue;
		}
		if (n->type == XML_ELEMENT_NODE ? xml_first(n) == NULL
						: n->type == XML_TEXT_NODE && !xmlIsBlankNode(n))
			r->holds_more = 1;
		i++;
	}
	return r->holds_more > 0;
}

static int
check_references(struct work *w)
{
	const xmlNode *c, *counter = counter_signed(w->parts.signature);
	const xmlNode *properties = stated_properties(&w->parts);
	const xmlNode *value = xml_child(counter, XML_NS_DSIG, "SignatureValue");
	struct xml_resolved resolved;
	struct reference *ref;
	int intact = 1, counts = counter == NULL, untyped = 0;

	for (c = xml_first(w->parts.signed_info); c != NULL; c = xml_next(c)) {
		if (!xml_is(c, XML_NS_DSIG, "Reference"))
			continue;
		ref = signature_add_reference(w->sig, &w->r->budget.limits, w->err);
		if (ref == NULL)
			return -1;
		memset(&resolved, 0, sizeof(resolved));
		if (xml_reference_check(w->r, &w->parts, c, ref, &resolved, w->err) != 0)
			return -1;
		w->sig->deviations |= resolved.deviations;
		intact &= ref->intact;
		if (!ref->intact)
			signature_fail(w->sig, failure_of(ref), "%s", ref->problem);
		if (ref->intact && properties != NULL && resolved.element == properties &&
		    resolved.whole) {
			w->parts.signed_properties = properties;
			untyped = ref->type == NULL || !xml_is_signed_properties_type(ref->type);
		}
		counts |= value != NULL && resolved.element == value && resolved.whole;
		if (ref->is_document && ref->intact && ref->scope == SCOPE_FULL &&
		    (resolved.same_document || !holds_more(w->r)))
			w->sig->scope = SCOPE_FULL;
		if (xml_is(resolved.element, XML_NS_DSIG, "Manifest") &&
		    check_manifest(w, resolved.element) != 0)
			return -1;
	}
	w->sig->references_intact = intact && counts;
	if (untyped)
		signature_fail(w->sig, SUB_SIG_CONSTRAINTS_FAILURE,
		    "the reference to SignedProperties does not say by its Type what it is "
		    "(TS 101 903 clause 6.3.1)");
	/* What it signs is the parent's value by definition (EN 319 132-1 clause 5.2.7). */
	if (!counts)
		signature_fail(w->sig, SUB_HASH_FAILURE,
		    "the counter-signature does not cover the signature that it stands in");
	return 0;
}

/* Does the Object hold a user's data, rather than what belongs to signatures? */
static int
is_user_object(const xmlNode *object)
{
	const xmlNode *c = xml_first(object);

	if (!xml_is(object, XML_NS_DSIG, "Object"))
		return 0;
	for (; c != NULL; c = xml_next(c))
		if (!xml_is(c, XML_NS_DSIG, "Manifest") && !xml_is(c, XML_NS_DSIG, "Signature") &&
		    !xml_is(c, XML_NS_DSIG, "SignatureProperties") &&
		    strcmp((const char *)c->name, "QualifyingProperties") != 0)
			return 1;
	return xml_first(object) == NULL && object->children != NULL;
}

static int
is_covered(const struct signature *sig, const xmlNode *object)
{
	char *path = xml_path_of(object);
	size_t i, n = path != NULL ? strlen(path) : 0;
	int covered = 0;

	for (i = 0; n > 0 && i < sig->reference_count; i++) {
		const struct reference *ref = &sig->references[i];

		covered |= ref->intact && ref->scope == SCOPE_FULL && ref->path != NULL &&
			   strncmp(ref->path, path, n) == 0 &&
			   (ref->path[n] == '\0' || ref->path[n] == '/');
	}
	free(path);
	return covered;
}

/* An enveloping signature with an Object that no reference covers does not cover all of the file.
 */
static void
look_for_uncovered_objects(struct work *w)
{
	const xmlNode *c = xml_first(w->parts.signature);

	if (w->parts.signature != xmlDocGetRootElement(w->r->doc.doc))
		return;
	for (; c != NULL; c = xml_next(c))
		if (is_user_object(c) && !is_covered(w->sig, c))
			w->sig->scope = SCOPE_PARTIAL;
}

/* ---- one signature, all signatures ---- */

/* Its Id, or where it has none what its place among the document's signatures makes of it. */
static char *
id_of(const xmlNode *signature, size_t number)
{
	const char *id = xml_attr(signature, "Id");
	char made[40];

	snprintf(made, sizeof(made), "signature-%zu", number);
	return strdup(id != NULL && id[0] != '\0' ? id : made);
}

/* The i-th node is the signature of that number. */
static int
name_signature(
    const struct xml_reader *r, struct signature *sig, size_t i, size_t number, struct error *err)
{
	const xmlNode *parent = counter_signed(r->doc.nodes[i]);

	sig->id = id_of(r->doc.nodes[i], number);
	if (parent != NULL) {
		for (; r->doc.nodes[i] != parent; i--)
			number -= xml_is(r->doc.nodes[i], XML_NS_DSIG, "Signature") != 0;
		sig->parent = id_of(parent, number);
	}
	return sig->id != NULL && (parent == NULL || sig->parent != NULL) ? 0 : error_memory(err);
}

static void
check_cert_ref(struct work *w)
{
	struct signature *sig = w->sig;

	if (sig->signer == NULL)
		return;
	sig->cert_ref = xml_xades_cert_ref(&w->parts, sig->signer);
	if (sig->cert_ref == CERT_REF_DIFFERS || sig->cert_ref == CERT_REF_MALFORMED)
		signature_fail(sig, SUB_NO_SIGNING_CERTIFICATE_FOUND,
		    "the signed reference to the signing certificate %s",
		    sig->cert_ref == CERT_REF_DIFFERS ? "names another certificate"
						      : "cannot be read");
}

static int
read_one(struct xml_reader *r, const xmlNode *signature, struct signature *sig, struct error *err)
{
	struct work w = { .r = r, .sig = sig, .err = err, .signed_info = BUF_INIT(0) };
	int rc = -1;

	sig->format = FORMAT_XML;
	sig->scope = SCOPE_PARTIAL;
	if (xml_take_apart(signature, &w.parts, sig) != 0)
		return 0;
	if (xml_keys_read(r, &w.parts, sig, &w.keys, err) != 0)
		goto done;
	if (xml_xades_values(r, &w.parts, sig, err) != 0 || check_value(&w) != 0 ||
	    check_references(&w) != 0)
		goto done;
	if (w.parts.properties != NULL && w.parts.signed_properties == NULL)
		signature_fail(sig, SUB_FORMAT_FAILURE,
		    "the signature does not cover its SignedProperties, so they prove nothing");
	check_cert_ref(&w);
	look_for_uncovered_objects(&w);
	if (xml_xades_read(&w.parts, sig, err) != 0 ||
	    xml_statements_read(&w.parts, sig, err) != 0 ||
	    xml_stamps_read(r, &w.parts, sig, err) != 0)
		goto done;
	xml_xades_form(&w.parts, sig);
	rc = 0;
done:
	xml_tidy(sig->failure_text);
	xml_keys_release(&w.keys);
	buf_release(&w.signed_info);
	return rc;
}

static int
read_all(struct xml_reader *r, struct signatures *out, struct error *err)
{
	struct signature *sig;
	size_t i, number = 0;

	for (i = 0; i < r->doc.count; i++) {
		if (!xml_is(r->doc.nodes[i], XML_NS_DSIG, "Signature"))
			continue;
		sig = signatures_add(out, &r->budget.limits, err);
		if (sig == NULL || name_signature(r, sig, i, ++number, err) != 0 ||
		    read_one(r, r->doc.nodes[i], sig, err) != 0)
			return -1;
	}
	return 0;
}

/* Hand over all that was found. */
static int
append(struct signatures *out, struct signatures *found, struct error *err)
{
	struct signature *items;

	if (evidence_move(&out->evidence, &found->evidence, err) != 0)
		return -1;
	if (found->count == 0)
		return 0;
	items = realloc(out->items, (out->count + found->count) * sizeof(*items));
	if (items == NULL)
		return error_memory(err);
	memcpy(items + out->count, found->items, found->count * sizeof(*items));
	out->items = items;
	out->count += found->count;
	free(found->items);
	*found = (struct signatures){ 0 };
	return 0;
}

int
xml_reader_signatures(struct xml_reader *r, struct signatures *out, struct error *err)
{
	struct signatures found = { 0 };
	int rc = -1;

	r->evidence = &found.evidence;
	if (read_all(r, &found, err) == 0)
		rc = append(out, &found, err);
	r->evidence = NULL;
	if (rc != 0 && err != NULL)
		xml_tidy(err->text);
	signatures_release(&found);
	return rc;
}

int
xml_read(struct signatures *out, struct span document, const struct xml_read_options *options,
    struct error *err)
{
	struct xml_reader r;
	int rc;

	if (xml_reader_open(&r, document, options, err) != 0)
		return -1;
	rc = xml_reader_signatures(&r, out, err);
	xml_reader_close(&r);
	return rc;
}
