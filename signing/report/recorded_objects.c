/* The validation objects of a report that is read, and the excerpts of CRLs among them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/report/recorded_parts.h"
#include "signing/x509/cert.h"

const xmlNode *
recorded_object(const struct reading *r, const char *id)
{
	const xmlNode *node;

	for (node = xml_first(r->objects); id != NULL && node != NULL; node = xml_next(node))
		if (xml_attr(node, "id") != NULL && strcmp(xml_attr(node, "id"), id) == 0)
			return node;
	return NULL;
}

int
recorded_digest(struct reading *r, const xmlNode *object, enum digest *digest, struct buf *value)
{
	const xmlNode *d = xml_path(object, VR, "ValidationObjectRepresentation/DigestAlgAndValue");
	const char *uri = xml_attr(xml_child(d, XML_NS_DSIG, "DigestMethod"), "Algorithm");

	*digest = uri != NULL ? digest_by_uri(uri) : DIGEST_NONE;
	if (*digest == DIGEST_NONE || xml_base64(xml_child(d, XML_NS_DSIG, "DigestValue"),
					  "a digest in the report", value, r->err) != 0)
		return recorded_bad(r, object, "an object has no digest that is known here");
	return value->len == digest_size(*digest)
		   ? 0
		   : recorded_bad(r, object, "a digest is too short");
}

int
recorded_bytes(
    struct reading *r, const xmlNode *object, struct buf *bytes, unsigned char sha256[32])
{
	const xmlNode *node = xml_path(object, VR, "ValidationObjectRepresentation/base64");
	unsigned char computed[DIGEST_SIZE_MAX];
	struct buf value = BUF_INIT(0);
	enum digest digest;
	int rc = -1;

	if (recorded_digest(r, object, &digest, &value) != 0)
		goto done;
	rc = 1;
	if (digest != DIGEST_SHA256)
		rc = node == NULL ? 1 : recorded_bad(r, object, "an object has no SHA-256");
	else
		memcpy(sha256, value.data, 32);
	if (rc != 1 || node == NULL)
		goto done;
	rc = -1;
	if (xml_base64(node, "an object of the report", bytes, r->err) != 0 ||
	    digest_span(DIGEST_SHA256, SPAN_OF(bytes), computed, r->err) != 0)
		goto done;
	rc =
	    memcmp(computed, sha256, 32) == 0
		? 0
		: recorded_bad(r, object, "an object is not the one of its digest: it was changed");
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
	v = recorded_add(&r->out->stamps, &r->out->stamp_count, sizeof(*v), r->err);
	if (v == NULL || recorded_verdict_in(r, report, v) != 0)
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
	char *type = recorded_text(object, VR, "ObjectType");
	const char *kind =
	    type != NULL && strncmp(type, prefix, strlen(prefix)) == 0 ? type + strlen(prefix) : "";
	struct buf bytes = BUF_INIT(0);
	unsigned char sha256[32];
	int rc = 0;

	if (!xml_is(object, VR, "ValidationObject") || *kind == '\0' ||
	    xml_attr(object, "id") == NULL || recorded_object(r, xml_attr(object, "id")) != object)
		rc = recorded_bad(r, object, "an object has no type, or an id that another has");
	else if (xml_path(object, VR, "ValidationObjectRepresentation/DigestAlgAndValue") != NULL ||
		 (strcmp(kind, "other") != 0 && strcmp(kind, "signedData") != 0))
		rc = recorded_bytes(r, object, &bytes, sha256);
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

	serial = recorded_add(&x->serials, &serials, sizeof(*serial), r->err);
	e = serial != NULL ? recorded_add(&x->entries, &x->count, sizeof(*e), r->err) : NULL;
	if (e == NULL)
		return -1;
	buf_init(serial, CRL_SERIAL_MAX);
	if (number_attr(node, "issuer", &issuer) != 0 || issuer < 0 || issuer >= CRL_ISSUERS_MAX ||
	    number_attr(node, "reason", &reason) != 0 || reason < CRL_REASON_ABSENT ||
	    reason > CRL_AA_COMPROMISE || number_attr(node, "revokedAt", &e->revoked_at) != 0 ||
	    number_attr(node, "invalidSince", &e->invalid_since) != 0 ||
	    xml_base64(node, "a serial number", serial, r->err) != 0)
		return recorded_bad(r, node, "an entry of a CRL does not read");
	e->issuer = (unsigned int)issuer;
	e->reason = (int)reason;
	return 0;
}

static int
read_excerpt(struct reading *r, const xmlNode *node)
{
	const xmlNode *object = recorded_object(r, xml_attr(node, "of")), *child;
	struct buf value = BUF_INIT(0);
	struct recorded_excerpt *x;
	enum digest digest;
	size_t i;
	int rc = -1;

	x = recorded_add(&r->out->excerpts, &r->out->excerpt_count, sizeof(*x), r->err);
	if (x == NULL)
		return -1;
	if (object == NULL)
		return recorded_bad(r, node, "an excerpt is of no CRL");
	if (recorded_digest(r, object, &digest, &value) == 0 && digest == DIGEST_SHA256 &&
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
	return rc == 0 ? 0 : recorded_bad(r, node, "an excerpt of a CRL does not read");
}

int
recorded_objects(struct reading *r)
{
	const xmlNode *node, *excerpt;

	for (node = xml_first(r->objects); node != NULL; node = xml_next(node)) {
		excerpt = xml_child(
		    xml_path(node, VR, "ValidationObjectRepresentation/direct"), SR, "CrlExcerpt");
		if ((excerpt != NULL ? read_excerpt(r, excerpt) : read_object(r, node)) != 0)
			return -1;
	}
	return 0;
}
