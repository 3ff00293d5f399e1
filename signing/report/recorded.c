#include "signing/report/recorded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/report/recorded_parts.h"
#include "signing/trust/signed_xml.h"
#include "signing/x509/cert.h"

/* ---- small parts ---- */

int
recorded_bad(struct reading *r, const xmlNode *node, const char *what)
{
	return error_set(r->err, ERROR_MALFORMED, "line %ld of the report: %s",
	    node != NULL ? xmlGetLineNo(node) : 0, what);
}

char *
recorded_text(const xmlNode *parent, const char *ns, const char *path)
{
	const xmlNode *node = xml_path(parent, ns, path);

	return node != NULL ? xml_node_text(node) : NULL;
}

/* What is walked once for each of the others: the time for it must not be the report's to choose.
 */
static int
check_count(struct reading *r, const xmlNode *parent, const char *what)
{
	const xmlNode *node;
	size_t count = 0;

	for (node = xml_first(parent); node != NULL; node = xml_next(node))
		count++;
	if (count <= RECORDED_OBJECTS_MAX)
		return 0;
	return error_limit(
	    r->err, ERROR_LIMIT, "report-objects", RECORDED_OBJECTS_MAX, count, what);
}

static int
time_in(struct reading *r, const char *name, int64_t *to)
{
	char *text = recorded_text(r->context, SR, name);
	int rc = text != NULL ? text_parse_time(text, to) : -1;

	free(text);
	return rc == 0 ? 0 : recorded_bad(r, r->context, "a time is missing, or is none");
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

int
recorded_verdict_in(struct reading *r, const xmlNode *report, struct recorded_verdict *to)
{
	static const char prefix[] = "urn:etsi:019102:subindication:";
	char *main = recorded_text(report, VR, "SignatureValidationStatus/MainIndication");
	char *sub = recorded_text(report, VR, "SignatureValidationStatus/SubIndication");
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
	return ok ? 0 : recorded_bad(r, report, "a verdict does not read");
}

void *
recorded_add(void *items, size_t *count, size_t size, struct error *err)
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
		v = recorded_add(&r->out->signatures, &r->out->signature_count, sizeof(*v), r->err);
		if (v == NULL || recorded_verdict_in(r, node, v) != 0)
			return -1;
		v->name = recorded_text(node, VR, "SignatureIdentifier/DAIdentifier");
		if (v->name == NULL)
			return recorded_bad(r, node, "a signature has no identifier");
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
		return recorded_bad(r, r->context, "the conclusion does not read");
	to->indication = (enum indication)i;
	text_copy(to->code, sizeof(to->code), xml_attr(own, "code"));
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
		d = recorded_add(&r->out->documents, &r->out->document_count, sizeof(*d), r->err);
		if (d == NULL)
			return -1;
		d->name = xml_node_text(node);
		if (d->name == NULL ||
		    recorded_digest(r, recorded_object(r, xml_attr(node, "object")), &d->digest,
			&d->value) != 0)
			return recorded_bad(r, node, "a document has no digest");
	}
	return 0;
}

static int
read_layer(struct reading *r, const xmlNode *node)
{
	const char *part = xml_attr(node, "part"), *state = xml_attr(node, "state");
	struct buf envelope = BUF_INIT(0), content = BUF_INIT(0);
	struct report_layer *l;
	enum digest digest;
	int rc;

	l = recorded_add(&r->out->layers, &r->out->layer_count, sizeof(*l), r->err);
	if (l == NULL)
		return -1;
	rc = xml_base64(node, "the digest of an encrypted part", &envelope, r->err);
	if (rc != 0 || part == NULL || state == NULL || envelope.len != sizeof(l->envelope)) {
		rc = recorded_bad(r, node, "an encrypted part does not read");
		goto done;
	}
	memcpy(l->envelope, envelope.data, sizeof(l->envelope));
	text_copy(l->part, sizeof(l->part), part);
	l->is_open = strcmp(state, "Opened") == 0;
	if (!l->is_open)
		goto done;
	if (xml_attr(node, "size") != NULL)
		l->size = strtoull(xml_attr(node, "size"), NULL, 10);
	rc = recorded_digest(r, recorded_object(r, xml_attr(node, "object")), &digest, &content);
	if (rc == 0 && digest == DIGEST_SHA256)
		memcpy(l->content, content.data, sizeof(l->content));
	else
		rc = recorded_bad(r, node, "of an encrypted part it is not told what was in it");
done:
	buf_release(&envelope);
	buf_release(&content);
	return rc;
}

static int
is_true(const xmlNode *node, const char *name)
{
	const char *value = xml_attr(node, name);

	return value != NULL && strcmp(value, "true") == 0;
}

static int
read_layers(struct reading *r)
{
	const xmlNode *node, *mail = xml_child(r->context, SR, "Mail");

	r->out->mail_need_address = is_true(mail, "needAddress");
	r->out->mail_need_match = is_true(mail, "needMatch");
	for (node = xml_first(r->context); node != NULL; node = xml_next(node))
		if (xml_is(node, SR, "Encryption") && read_layer(r, node) != 0)
			return -1;
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
		return recorded_bad(r, r->context, "it is not told what was judged");
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
	const xmlNode *object = recorded_object(r, "context");
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
	if (check_count(r, r->context, "parts of the report's context") != 0)
		return -1;
	catalogue = xml_child(r->context, SR, "AlgorithmCatalogue");
	text_copy(out->catalogue_name, sizeof(out->catalogue_name), xml_attr(catalogue, "name"));
	text_copy(
	    out->catalogue_version, sizeof(out->catalogue_version), xml_attr(catalogue, "version"));
	take_text(out->program, sizeof(out->program), recorded_text(r->context, SR, "Program"));
	take_text(
	    out->snapshot, sizeof(out->snapshot), recorded_text(r->context, SR, "TrustSnapshot"));
	rc = read_kind(r) == 0 && time_in(r, "ValidationTime", &out->time) == 0 &&
		     time_in(r, "Made", &out->made) == 0 && read_documents(r) == 0 &&
		     read_layers(r) == 0 && read_overall(r) == 0 &&
		     xml_base64(xml_path(recorded_object(r, "policy"), VR,
				    "ValidationObjectRepresentation/base64"),
			 "the policy", &policy, r->err) == 0
		 ? policy_text_read(&out->policy, SPAN_OF(&policy), r->err)
		 : -1;
	if (rc == 0 && recorded_object(r, "trust") != NULL)
		rc = xml_base64(xml_path(recorded_object(r, "trust"), VR,
				    "ValidationObjectRepresentation/base64"),
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
	const xmlNode *object = recorded_object(r, id), *node;
	unsigned char sha256[DIGEST_SIZE_MAX], wanted[32];
	struct buf der = BUF_INIT(0);
	int i, rc = 0;

	if (r->out->of == RECORDED_CERTIFICATE) {
		if (object == NULL || recorded_bytes(r, object, &der, wanted) != 0)
			rc = recorded_bad(r, report, "the certificate is not in the report");
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
		    recorded_bytes(r, node, &r->out->token, wanted) != 0)
			return recorded_bad(r, node, "the time stamp is not in the report");
	return r->out->of == RECORDED_TIMESTAMP && r->out->token.len == 0
		   ? recorded_bad(r, r->objects, "the time stamp is not in the report")
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
	    own == NULL ? error_memory(r->err) : signed_xml_check(r->out->xml, &in, &first, r->err);

	if (rc == 0 && signers == NULL && first.verdict == SIGNED_XML_STRANGER &&
	    sk_X509_push(own, first.signer) > 0) {
		in.signers = own;
		rc = signed_xml_check(r->out->xml, &in, &second, r->err);
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

	for (i = 0; i < r->out->xml->doc.count; i++)
		if (xml_is(r->out->xml->doc.nodes[i], XML_NS_DSIG, "Signature"))
			return 1;
	return 0;
}

static int
read_all(struct reading *r, STACK_OF(X509) * signers, int64_t time)
{
	r->root = xmlDocGetRootElement(r->out->xml->doc.doc);
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
	if (check_count(r, r->objects, "validation objects in the report") != 0 ||
	    read_context(r) != 0 || read_signatures(r) != 0 || recorded_objects(r) != 0)
		return -1;
	return read_subject(r);
}

int
recorded_read(struct recorded **recorded, struct span report, STACK_OF(X509) * signers,
    int64_t time, struct error *err)
{
	static const struct xml_read_options options = { 0 };
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
	r.out->xml = calloc(1, sizeof(*r.out->xml));
	if (r.out->xml == NULL || r.out->anchors == NULL || r.out->timestamp_anchors == NULL ||
	    r.out->certificates == NULL) {
		error_memory(err);
	} else if (xml_reader_open(r.out->xml, report, &options, err) == 0) {
		rc = read_all(&r, signers, time);
		if (rc == 0 && r.out->signer != NULL)
			rc = xml_read(&r.out->own, report, &options, err);
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
	signatures_release(&r->own);
	free(r->layers);
	if (r->xml != NULL)
		xml_reader_close(r->xml);
	free(r->xml);
	free(r);
}
