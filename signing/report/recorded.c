#include "signing/report/recorded.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/format/xml/xml_reader.h"
#include "signing/report/etsi.h"
#include "signing/trust/signed_xml.h"
#include "signing/x509/cert.h"

#define VR REPORT_NS
#define SR REPORT_NS_SIGNET

struct reading {
	struct xml_reader xml;
	struct recorded *out;
	const xmlNode *root, *objects, *context;
	struct error *err;
};

static int
bad(struct reading *r, const xmlNode *node, const char *what)
{
	return error_set(r->err, ERROR_MALFORMED, "line %ld of the report: %s",
	    node != NULL ? xmlGetLineNo(node) : 0, what);
}

/* ---- small parts ---- */

/* Text of an element as it is; the caller frees it. NULL when it is not there or no text. */
static char *
text_in(const xmlNode *parent, const char *ns, const char *path)
{
	const xmlNode *node = xml_path(parent, ns, path);

	return node != NULL ? xml_node_text(node) : NULL;
}

static int
time_in(struct reading *r, const char *name, int64_t *to)
{
	char *text = text_in(r->context, SR, name);
	int rc = text != NULL ? text_parse_time(text, to) : -1;

	free(text);
	return rc == 0 ? 0 : bad(r, r->context, "a time is missing, or is none");
}

static int
indication_by_uri(const char *uri, enum indication *to)
{
	static const struct {
		const char *word;
		enum indication indication;
	} words[] = { { "total-passed", INDICATION_TOTAL_PASSED },
		{ "passed", INDICATION_TOTAL_PASSED }, { "total-failed", INDICATION_TOTAL_FAILED },
		{ "failed", INDICATION_TOTAL_FAILED },
		{ "indeterminate", INDICATION_INDETERMINATE } };
	static const char prefix[] = "urn:etsi:019102:mainindication:";
	size_t i;

	if (uri == NULL || strncmp(uri, prefix, strlen(prefix)) != 0)
		return -1;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(uri + strlen(prefix), words[i].word) == 0) {
			*to = words[i].indication;
			return 0;
		}
	return -1;
}

static int
sub_by_name(const char *name, enum sub_indication *to)
{
	int i;

	for (i = SUB_NONE; i < SUB_INDICATIONS; i++)
		if (strcmp(sub_indication_name((enum sub_indication)i), name) == 0) {
			*to = (enum sub_indication)i;
			return 0;
		}
	return -1;
}

/* A SignatureValidationReport's verdict. */
static int
verdict_in(struct reading *r, const xmlNode *report, struct recorded_verdict *to)
{
	static const char prefix[] = "urn:etsi:019102:subindication:";
	char *main = text_in(report, VR, "SignatureValidationStatus/MainIndication");
	char *sub = text_in(report, VR, "SignatureValidationStatus/SubIndication");
	const xmlNode *own = xml_child(xml_child(report, VR, "OtherInformation"), SR, "Conclusion");
	int ok = indication_by_uri(main, &to->indication) == 0;

	if (sub != NULL)
		ok = ok && strncmp(sub, prefix, strlen(prefix)) == 0 &&
		     sub_by_name(sub + strlen(prefix), &to->sub) == 0;
	if (own == NULL || xml_attr(own, "code") == NULL)
		ok = 0;
	else
		text_copy(to->code, sizeof(to->code), xml_attr(own, "code"));
	free(main);
	free(sub);
	return ok ? 0 : bad(r, report, "a verdict does not read");
}

/* Room for one more; zeroed. */
static void *
add(void *items, size_t *count, size_t size, struct error *err)
{
	char *more = realloc(*(void **)items, (*count + 1) * size);

	if (more == NULL) {
		error_memory(err);
		return NULL;
	}
	*(void **)items = more;
	memset(more + *count * size, 0, size);
	return more + (*count)++ * size;
}

/* ---- verdicts ---- */

static int
read_signatures(struct reading *r)
{
	const xmlNode *node;
	struct recorded_verdict *v;

	for (node = xml_first(r->root); xml_is(node, VR, "SignatureValidationReport");
	     node = xml_next(node)) {
		if (xml_child(node, VR, "SignatureIdentifier") == NULL)
			continue;
		v = add(&r->out->signatures, &r->out->signature_count, sizeof(*v), r->err);
		if (v == NULL || verdict_in(r, node, v) != 0)
			return -1;
		v->name = text_in(node, VR, "SignatureIdentifier/DAIdentifier");
		if (v->name == NULL)
			return bad(r, node, "a signature has no identifier");
	}
	return 0;
}

static int
read_overall(struct reading *r)
{
	const xmlNode *own = xml_child(r->context, SR, "Conclusion");
	struct recorded_verdict *to = &r->out->overall;
	const char *word = xml_attr(own, "indication"), *sub = xml_attr(own, "subIndication");
	int i;

	for (i = 0; word != NULL && i <= INDICATION_TOTAL_FAILED; i++)
		if (strcmp(indication_name((enum indication)i), word) == 0)
			break;
	if (word == NULL || i > INDICATION_TOTAL_FAILED ||
	    (sub != NULL && sub_by_name(sub, &to->sub) != 0) || xml_attr(own, "code") == NULL)
		return bad(r, r->context, "the conclusion does not read");
	to->indication = (enum indication)i;
	text_copy(to->code, sizeof(to->code), xml_attr(own, "code"));
	return 0;
}

/* ---- objects ---- */

static const xmlNode *
object_by_id(const struct reading *r, const char *id)
{
	const xmlNode *node;

	for (node = xml_first(r->objects); id != NULL && node != NULL; node = xml_next(node))
		if (xml_attr(node, "id") != NULL && strcmp(xml_attr(node, "id"), id) == 0)
			return node;
	return NULL;
}

/* The digest that an object is said to have. */
static int
digest_in(struct reading *r, const xmlNode *object, enum digest *digest, struct buf *value)
{
	const xmlNode *d = xml_path(object, VR, "ValidationObjectRepresentation/DigestAlgAndValue");
	const char *uri = xml_attr(xml_child(d, XML_NS_DSIG, "DigestMethod"), "Algorithm");

	*digest = uri != NULL ? digest_by_uri(uri) : DIGEST_NONE;
	if (*digest == DIGEST_NONE || xml_base64(xml_child(d, XML_NS_DSIG, "DigestValue"),
					  "a digest in the report", value, r->err) != 0)
		return bad(r, object, "an object has no digest that is known here");
	return value->len == digest_size(*digest) ? 0 : bad(r, object, "a digest is too short");
}

/* The bytes of an object, which must be those of its digest. 1: it has none. */
static int
bytes_in(struct reading *r, const xmlNode *object, struct buf *bytes, unsigned char sha256[32])
{
	const xmlNode *node = xml_path(object, VR, "ValidationObjectRepresentation/base64");
	unsigned char computed[DIGEST_SIZE_MAX];
	struct buf value = BUF_INIT(0);
	enum digest digest;
	int rc = -1;

	if (digest_in(r, object, &digest, &value) != 0)
		goto done;
	rc = 1;
	if (digest != DIGEST_SHA256)
		rc = node == NULL ? 1 : bad(r, object, "an object has no SHA-256");
	else
		memcpy(sha256, value.data, 32);
	if (rc != 1 || node == NULL)
		goto done;
	rc = -1;
	if (xml_base64(node, "an object of the report", bytes, r->err) != 0 ||
	    digest_span(DIGEST_SHA256, SPAN_OF(bytes), computed, r->err) != 0)
		goto done;
	rc = memcmp(computed, sha256, 32) == 0
		 ? 0
		 : bad(r, object, "an object is not the one of its digest: it was changed");
done:
	buf_release(&value);
	return rc;
}

static int
is_anchor_of(const struct reading *r, const char *id, const char *of)
{
	const xmlNode *node;

	for (node = xml_first(r->context); node != NULL; node = xml_next(node)) {
		const char *object = xml_attr(node, "object"), *kind = xml_attr(node, "of");

		if (xml_is(node, SR, "Anchor") && object != NULL && strcmp(object, id) == 0)
			return kind != NULL && (strcmp(kind, of) == 0 || strcmp(kind, "Both") == 0);
	}
	return 0;
}

static int
push(STACK_OF(X509) * stack, X509 *cert, struct error *err)
{
	if (X509_up_ref(cert) != 1)
		return error_memory(err);
	if (sk_X509_push(stack, cert) > 0)
		return 0;
	X509_free(cert);
	return error_memory(err);
}

static int
take_certificate(struct reading *r, const xmlNode *object, struct span bytes)
{
	const char *id = xml_attr(object, "id");
	struct recorded *out = r->out;
	X509 *cert = NULL;
	int rc = -1;

	if (cert_read(&cert, bytes, r->err) == 0 && push(out->certificates, cert, r->err) == 0 &&
	    (!is_anchor_of(r, id, "Signatures") || push(out->anchors, cert, r->err) == 0) &&
	    (!is_anchor_of(r, id, "Timestamps") || push(out->timestamp_anchors, cert, r->err) == 0))
		rc = 0;
	X509_free(cert);
	return rc;
}

static int
take_stamp(struct reading *r, const xmlNode *object, const unsigned char sha256[32])
{
	const xmlNode *report = xml_child(object, VR, "ValidationReport");
	struct recorded_verdict *v;

	if (report == NULL)
		return 0;
	v = add(&r->out->stamps, &r->out->stamp_count, sizeof(*v), r->err);
	if (v == NULL || verdict_in(r, report, v) != 0)
		return -1;
	v->name = malloc(65);
	if (v->name == NULL)
		return error_memory(r->err);
	text_hex(v->name, sha256, 32);
	return 0;
}

static int
read_object(struct reading *r, const xmlNode *object)
{
	static const char prefix[] = "urn:etsi:019102:validationObject:";
	char *type = text_in(object, VR, "ObjectType");
	const char *kind =
	    type != NULL && strncmp(type, prefix, strlen(prefix)) == 0 ? type + strlen(prefix) : "";
	struct buf bytes = BUF_INIT(0);
	unsigned char sha256[32];
	int rc = 0;

	if (!xml_is(object, VR, "ValidationObject") || *kind == '\0' ||
	    xml_attr(object, "id") == NULL || object_by_id(r, xml_attr(object, "id")) != object)
		rc = bad(r, object, "an object has no type, or an id that another has");
	else if (xml_path(object, VR, "ValidationObjectRepresentation/DigestAlgAndValue") != NULL ||
		 (strcmp(kind, "other") != 0 && strcmp(kind, "signedData") != 0))
		rc = bytes_in(r, object, &bytes, sha256);
	else
		goto done;
	if (rc == 1) /* known by its digest */
		rc = 0;
	else if (rc == 0 && strcmp(kind, "certificate") == 0)
		rc = take_certificate(r, object, SPAN_OF(&bytes));
	else if (rc == 0 && strcmp(kind, "CRL") == 0)
		rc = values_add(&r->out->crls, SPAN_OF(&bytes), r->err);
	else if (rc == 0 && strcmp(kind, "OCSPResponse") == 0)
		rc = values_add(&r->out->ocsps, SPAN_OF(&bytes), r->err);
	else if (rc == 0 && strcmp(kind, "timestamp") == 0)
		rc = take_stamp(r, object, sha256);
done:
	buf_release(&bytes);
	free(type);
	return rc;
}

/* ---- excerpts of CRLs ---- */

static int
number_attr(const xmlNode *node, const char *name, int64_t *to)
{
	const char *text = xml_attr(node, name);
	char *end;

	if (text == NULL || *text == '\0')
		return -1;
	errno = 0;
	*to = strtoll(text, &end, 10);
	return errno == 0 && *end == '\0' ? 0 : -1;
}

static int
read_entry(struct reading *r, const xmlNode *node, struct recorded_excerpt *x)
{
	int64_t issuer, reason;
	struct crl_entry *e;
	struct buf *serial;
	size_t serials = x->count;

	serial = add(&x->serials, &serials, sizeof(*serial), r->err);
	e = serial != NULL ? add(&x->entries, &x->count, sizeof(*e), r->err) : NULL;
	if (e == NULL)
		return -1;
	buf_init(serial, CRL_SERIAL_MAX);
	if (number_attr(node, "issuer", &issuer) != 0 || issuer < 0 || issuer >= CRL_ISSUERS_MAX ||
	    number_attr(node, "reason", &reason) != 0 || reason < CRL_REASON_ABSENT ||
	    reason > CRL_AA_COMPROMISE || number_attr(node, "revokedAt", &e->revoked_at) != 0 ||
	    number_attr(node, "invalidSince", &e->invalid_since) != 0 ||
	    xml_base64(node, "a serial number", serial, r->err) != 0)
		return bad(r, node, "an entry of a CRL does not read");
	e->issuer = (unsigned int)issuer;
	e->reason = (int)reason;
	return 0;
}

static int
read_excerpt(struct reading *r, const xmlNode *node)
{
	const xmlNode *object = object_by_id(r, xml_attr(node, "of")), *child;
	struct buf value = BUF_INIT(0);
	struct recorded_excerpt *x;
	enum digest digest;
	size_t i;
	int rc = -1;

	x = add(&r->out->excerpts, &r->out->excerpt_count, sizeof(*x), r->err);
	if (x == NULL)
		return -1;
	if (object == NULL)
		return bad(r, node, "an excerpt is of no CRL");
	if (digest_in(r, object, &digest, &value) == 0 && digest == DIGEST_SHA256 &&
	    xml_base64(xml_child(node, SR, "Head"), "a CRL's head", &x->head, r->err) == 0)
		rc = 0;
	if (rc == 0)
		memcpy(x->sha256, value.data, 32);
	buf_release(&value);
	for (child = xml_first(node); rc == 0 && child != NULL; child = xml_next(child))
		if (xml_is(child, SR, "Entry"))
			rc = read_entry(r, child, x);
	for (i = 0; i < x->count; i++) {
		x->entries[i].serial = x->serials[i].data;
		x->entries[i].serial_len = x->serials[i].len;
	}
	return rc == 0 ? 0 : bad(r, node, "an excerpt of a CRL does not read");
}

static int
read_objects(struct reading *r)
{
	const xmlNode *node, *excerpt;
	size_t count = 0;

	for (node = xml_first(r->objects); node != NULL; node = xml_next(node))
		count++;
	if (count > RECORDED_OBJECTS_MAX)
		return error_limit(r->err, ERROR_LIMIT, "report-objects", RECORDED_OBJECTS_MAX,
		    count, "validation objects in the report");
	for (node = xml_first(r->objects); node != NULL; node = xml_next(node)) {
		excerpt = xml_child(
		    xml_path(node, VR, "ValidationObjectRepresentation/direct"), SR, "CrlExcerpt");
		if ((excerpt != NULL ? read_excerpt(r, excerpt) : read_object(r, node)) != 0)
			return -1;
	}
	return 0;
}

/* ---- the context ---- */

static int
read_documents(struct reading *r)
{
	const xmlNode *node;
	struct recorded_document *d;

	for (node = xml_first(r->context); node != NULL; node = xml_next(node)) {
		if (!xml_is(node, SR, "Document"))
			continue;
		d = add(&r->out->documents, &r->out->document_count, sizeof(*d), r->err);
		if (d == NULL)
			return -1;
		d->name = xml_node_text(node);
		if (d->name == NULL || digest_in(r, object_by_id(r, xml_attr(node, "object")),
					   &d->digest, &d->value) != 0)
			return bad(r, node, "a document has no digest");
	}
	return 0;
}

static int
read_kind(struct reading *r)
{
	const char *of = xml_attr(r->context, "of"), *purpose = xml_attr(r->context, "purpose");

	if (of != NULL && strcmp(of, "Document") == 0)
		r->out->of = RECORDED_DOCUMENT;
	else if (of != NULL && strcmp(of, "Timestamp") == 0)
		r->out->of = RECORDED_TIMESTAMP;
	else if (of != NULL && strcmp(of, "Certificate") == 0 && purpose != NULL &&
		 path_purpose_by_name(purpose, &r->out->purpose) == 0)
		r->out->of = RECORDED_CERTIFICATE;
	else
		return bad(r, r->context, "it is not told what was judged");
	return 0;
}

static void
take_text(char *to, size_t size, char *text)
{
	text_copy(to, size, text);
	free(text);
}

static int
read_context(struct reading *r)
{
	const xmlNode *object = object_by_id(r, "context");
	const xmlNode *catalogue;
	struct buf policy = BUF_INIT(POLICY_TEXT_MAX);
	struct recorded *out = r->out;
	int rc;

	r->context =
	    xml_child(xml_path(object, VR, "ValidationObjectRepresentation/direct"), SR, "Context");
	if (r->context == NULL)
		return error_set(r->err, ERROR_MALFORMED,
		    "the report does not have what a replay needs: was it made by another "
		    "program?");
	catalogue = xml_child(r->context, SR, "AlgorithmCatalogue");
	text_copy(out->catalogue_name, sizeof(out->catalogue_name), xml_attr(catalogue, "name"));
	text_copy(
	    out->catalogue_version, sizeof(out->catalogue_version), xml_attr(catalogue, "version"));
	take_text(out->program, sizeof(out->program), text_in(r->context, SR, "Program"));
	take_text(out->snapshot, sizeof(out->snapshot), text_in(r->context, SR, "TrustSnapshot"));
	rc = read_kind(r) == 0 && time_in(r, "ValidationTime", &out->time) == 0 &&
		     time_in(r, "Made", &out->made) == 0 && read_documents(r) == 0 &&
		     read_overall(r) == 0 &&
		     xml_base64(xml_path(object_by_id(r, "policy"), VR,
				    "ValidationObjectRepresentation/base64"),
			 "the policy", &policy, r->err) == 0
		 ? policy_text_read(&out->policy, SPAN_OF(&policy), r->err)
		 : -1;
	if (rc == 0 && object_by_id(r, "trust") != NULL)
		rc = xml_base64(
		    xml_path(object_by_id(r, "trust"), VR, "ValidationObjectRepresentation/base64"),
		    "the trust snapshot", &out->trust, r->err);
	buf_release(&policy);
	return rc;
}

/* ---- what a certificate's or a token's report is about ---- */

static int
read_subject(struct reading *r)
{
	const xmlNode *report = xml_child(r->root, VR, "SignatureValidationReport");
	const char *id =
	    xml_attr(xml_path(report, VR, "SignerInformation/SignerCertificate"), "VOReference");
	const xmlNode *object = object_by_id(r, id), *node;
	unsigned char sha256[DIGEST_SIZE_MAX], wanted[32];
	struct buf der = BUF_INIT(0);
	int i, rc = 0;

	if (r->out->of == RECORDED_CERTIFICATE) {
		if (object == NULL || bytes_in(r, object, &der, wanted) != 0)
			rc = bad(r, report, "the certificate is not in the report");
		for (i = 0; rc == 0 && i < sk_X509_num(r->out->certificates); i++) {
			X509 *cert = sk_X509_value(r->out->certificates, i);

			if (X509_digest(cert, EVP_sha256(), sha256, NULL) == 1 &&
			    memcmp(sha256, wanted, 32) == 0)
				r->out->subject = cert;
		}
		buf_release(&der);
		return rc;
	}
	for (node = xml_first(r->objects);
	     r->out->of == RECORDED_TIMESTAMP && r->out->token.len == 0 && node != NULL;
	     node = xml_next(node))
		if (xml_child(node, VR, "ValidationReport") != NULL &&
		    bytes_in(r, node, &r->out->token, wanted) != 0)
			return bad(r, node, "the time stamp is not in the report");
	return r->out->of == RECORDED_TIMESTAMP && r->out->token.len == 0
		   ? bad(r, r->objects, "the time stamp is not in the report")
		   : 0;
}

/* ---- the report's own signature ---- */

/* Of an unpinned signer: once to see who it is, once for what else is asked of him. */
static int
check_signature(struct reading *r, STACK_OF(X509) * signers, int64_t time)
{
	struct signed_xml_input in = { .signers = signers, .time = time, .what = "the report" };
	struct signed_xml_result first = { 0 }, second = { 0 };
	const struct signed_xml_result *last = &first;
	STACK_OF(X509) *own = sk_X509_new_null();
	int rc =
	    own == NULL ? error_memory(r->err) : signed_xml_check(&r->xml, &in, &first, r->err);

	if (rc == 0 && signers == NULL && first.verdict == SIGNED_XML_STRANGER &&
	    sk_X509_push(own, first.signer) > 0) {
		in.signers = own;
		rc = signed_xml_check(&r->xml, &in, &second, r->err);
		last = &second;
	}
	if (rc == 0 && last->verdict == SIGNED_XML_WEAK && signers == NULL)
		text_copy(r->out->note, sizeof(r->out->note), last->text);
	else if (rc == 0 && last->verdict != SIGNED_XML_GOOD)
		rc = error_set(r->err, ERROR_NOT_AUTHORIZED, "%s", last->text);
	else if (rc == 0)
		text_copy(r->out->note, sizeof(r->out->note), last->note);
	if (rc == 0) {
		r->out->signer = first.signer;
		first.signer = NULL;
	}
	X509_free(first.signer);
	X509_free(second.signer);
	sk_X509_free(own);
	return rc;
}

static int
is_signed(const struct reading *r)
{
	size_t i;

	for (i = 0; i < r->xml.doc.count; i++)
		if (xml_is(r->xml.doc.nodes[i], XML_NS_DSIG, "Signature"))
			return 1;
	return 0;
}

static int
read_all(struct reading *r, STACK_OF(X509) * signers, int64_t time)
{
	r->root = xmlDocGetRootElement(r->xml.doc.doc);
	r->objects = xml_child(r->root, VR, "SignatureValidationObjects");
	if (!xml_is(r->root, VR, "ValidationReport"))
		return error_set(r->err, ERROR_MALFORMED,
		    "it is not a validation report of ETSI TS 119 102-2 (v1.4.1)");
	if (is_signed(r)) {
		if (check_signature(r, signers, time) != 0)
			return -1;
	} else if (signers != NULL) {
		return error_set(r->err, ERROR_NOT_AUTHORIZED, "the report is not signed");
	}
	if (read_context(r) != 0 || read_signatures(r) != 0 || read_objects(r) != 0)
		return -1;
	return read_subject(r);
}

int
recorded_read(struct recorded **recorded, struct span report, STACK_OF(X509) * signers,
    int64_t time, struct error *err)
{
	struct format_limits limits = FORMAT_LIMITS_DEFAULT;
	const struct xml_read_options options = { .limits = &limits };
	struct reading r = { .out = calloc(1, sizeof(*r.out)), .err = err };
	int rc = -1;

	*recorded = NULL;
	if (report.len > RECORDED_BYTES_MAX) {
		free(r.out);
		return error_limit(err, ERROR_TOO_LARGE, "report", RECORDED_BYTES_MAX, report.len,
		    "bytes of the report");
	}
	if (r.out == NULL)
		return error_memory(err);
	r.out->anchors = sk_X509_new_null();
	r.out->timestamp_anchors = sk_X509_new_null();
	r.out->certificates = sk_X509_new_null();
	if (r.out->anchors == NULL || r.out->timestamp_anchors == NULL ||
	    r.out->certificates == NULL) {
		error_memory(err);
	} else if (xml_reader_open(&r.xml, report, &options, err) == 0) {
		rc = read_all(&r, signers, time);
		xml_reader_close(&r.xml);
	}
	if (rc == 0)
		*recorded = r.out;
	else
		recorded_free(r.out);
	return rc;
}

static void
verdicts_free(struct recorded_verdict *items, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		free(items[i].name);
	free(items);
}

static void
excerpt_release(struct recorded_excerpt *x)
{
	size_t i;

	for (i = 0; x->serials != NULL && i < x->count; i++)
		buf_release(&x->serials[i]);
	free(x->serials);
	free(x->entries);
	buf_release(&x->head);
}

void
recorded_free(struct recorded *r)
{
	size_t i;

	if (r == NULL)
		return;
	policy_read_release(&r->policy);
	verdicts_free(r->signatures, r->signature_count);
	verdicts_free(r->stamps, r->stamp_count);
	for (i = 0; i < r->document_count; i++) {
		free(r->documents[i].name);
		buf_release(&r->documents[i].value);
	}
	free(r->documents);
	for (i = 0; i < r->excerpt_count; i++)
		excerpt_release(&r->excerpts[i]);
	free(r->excerpts);
	sk_X509_pop_free(r->anchors, X509_free);
	sk_X509_pop_free(r->timestamp_anchors, X509_free);
	sk_X509_pop_free(r->certificates, X509_free);
	buf_release(&r->token);
	buf_release(&r->trust);
	values_release(&r->crls);
	values_release(&r->ocsps);
	X509_free(r->signer);
	free(r);
}
