/* What an envelope says of itself: for whom it is, and how it is encrypted. */
#include "signing/format/envelope/envelope.h"

#include <limits.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/core/ossl.h"
#include "signing/format/cms/count.h"
#include "signing/format/cms/message.h"
#include "signing/format/envelope/parts.h"

#define OID_ENVELOPED	   "1.2.840.113549.1.7.3"
#define OID_AUTH_ENVELOPED "1.2.840.113549.1.9.16.1.23"

static const char *const kind_names[] = {
	[ENVELOPE_TRANSPORT] = "KeyTransport",
	[ENVELOPE_AGREEMENT] = "KeyAgreement",
	[ENVELOPE_KEK] = "KeyEncryptionKey",
	[ENVELOPE_PASSWORD] = "Password",
	[ENVELOPE_OTHER] = "Other",
};

const char *
envelope_kind_name(enum envelope_kind kind)
{
	return kind < ENVELOPE_KINDS ? kind_names[kind] : kind_names[ENVELOPE_OTHER];
}

char *
envelope_recipient_text(const struct envelope_recipient *r, char *out, size_t size)
{
	if (r->serial != NULL)
		snprintf(out, size, "the certificate %.60s of %.150s", r->serial,
		    r->issuer != NULL ? r->issuer : "?");
	else if (r->key_id != NULL)
		snprintf(out, size,
		    r->kind == ENVELOPE_KEK ? "a symmetric key agreed upon elsewhere, %.100s"
					    : "the key %.100s",
		    r->key_id);
	else
		snprintf(out, size, "%s",
		    r->kind == ENVELOPE_PASSWORD ? "a password" : "an unnamed key");
	return out;
}

/* ---- one recipient ---- */

static char *
name_text(const X509_NAME *name)
{
	char text[512];

	return name != NULL ? strdup(x509_name_text(name, text, sizeof(text))) : NULL;
}

static char *
serial_text(const ASN1_INTEGER *serial)
{
	char text[128];

	return serial != NULL ? strdup(asn1_integer_text(serial, text, sizeof(text))) : NULL;
}

static char *
key_text(const ASN1_OCTET_STRING *id)
{
	char text[2 * 64 + 1];
	int len = id != NULL ? ASN1_STRING_length(id) : 0;

	if (len <= 0)
		return NULL;
	return strdup(text_hex(text, ASN1_STRING_get0_data(id), len > 64 ? 64 : (size_t)len));
}

static struct recipient *
add(struct envelope *e, enum envelope_kind kind, const DER_ISSUER_SERIAL *issuer_serial,
    const ASN1_OCTET_STRING *key_id, struct error *err)
{
	struct envelope_recipient *r;

	if (e->recipient_count >= ENVELOPE_RECIPIENTS_MAX) {
		error_limit(err, ERROR_LIMIT, "envelope-recipients", ENVELOPE_RECIPIENTS_MAX, 0,
		    "recipients of the encrypted message");
		return NULL;
	}
	r = &e->recipients[e->recipient_count];
	r->kind = kind;
	if (issuer_serial != NULL) {
		r->issuer = name_text(issuer_serial->issuer);
		r->serial = serial_text(issuer_serial->serial);
	}
	r->key_id = key_text(key_id);
	return &e->inside->recipients[e->recipient_count++];
}

static int
malformed(struct error *err)
{
	return error_set(
	    err, ERROR_MALFORMED, "the encrypted message is damaged: a recipient does not decode");
}

static int
add_transport(struct envelope *e, struct span der, struct error *err)
{
	DER_TRANSPORT *t = DER_DECODE(DER_TRANSPORT, der);
	struct recipient *r;

	if (t == NULL)
		return malformed(err);
	r = add(e, ENVELOPE_TRANSPORT,
	    t->id->type == SIGNER_ID_ISSUER_SERIAL ? t->id->d.issuer_serial : NULL,
	    t->id->type == SIGNER_ID_KEY ? t->id->d.key_id : NULL, err);
	if (r == NULL)
		DER_TRANSPORT_free(t);
	else
		r->transport = t;
	return r != NULL ? 0 : -1;
}

static int
add_agreed(struct envelope *e, DER_AGREEMENT *agreement, struct span der, struct error *err)
{
	DER_AGREED_KEY *k = DER_DECODE(DER_AGREED_KEY, der);
	struct recipient *r;

	if (k == NULL)
		return malformed(err);
	r = add(e, ENVELOPE_AGREEMENT,
	    k->id->type == AGREED_ISSUER_SERIAL ? k->id->d.issuer_serial : NULL,
	    k->id->type == AGREED_KEY ? k->id->d.key_id->id : NULL, err);
	if (r == NULL) {
		DER_AGREED_KEY_free(k);
		return -1;
	}
	r->agreed = k;
	r->agreement = agreement;
	r->originator = e->inside->data->originator;
	return 0;
}

static int
add_agreement(struct envelope *e, struct span der, struct error *err)
{
	DER_AGREEMENT *a = DER_DECODE(DER_AGREEMENT, der);
	int i, rc = 0;

	if (a == NULL)
		return malformed(err);
	e->inside->agreements[e->inside->agreement_count++] = a;
	for (i = 0; rc == 0 && i < sk_ASN1_TYPE_num(a->keys); i++)
		rc = add_agreed(e, a, der_raw_span(sk_ASN1_TYPE_value(a->keys, i)), err);
	return rc;
}

static int
add_kek(struct envelope *e, struct span der, struct error *err)
{
	DER_KEK *k = DER_DECODE(DER_KEK, der);
	int rc;

	if (k == NULL)
		return malformed(err);
	rc = add(e, ENVELOPE_KEK, NULL, k->id->id, err) != NULL ? 0 : -1;
	DER_KEK_free(k);
	return rc;
}

static int
add_password(struct envelope *e, struct span der, struct error *err)
{
	DER_PASSWORD *p = DER_DECODE(DER_PASSWORD, der);
	struct recipient *r;

	if (p == NULL)
		return malformed(err);
	r = add(e, ENVELOPE_PASSWORD, NULL, NULL, err);
	if (r == NULL)
		DER_PASSWORD_free(p);
	else
		r->password = p;
	return r != NULL ? 0 : -1;
}

static int
add_other(struct envelope *e, struct span der, struct error *err)
{
	(void)der;
	return add(e, ENVELOPE_OTHER, NULL, NULL, err) != NULL ? 0 : -1;
}

/* RecipientInfo is a CHOICE; its alternatives but the first are IMPLICIT tags of SEQUENCEs. */
static int
add_info(struct envelope *e, struct span raw, struct error *err)
{
	static int (*const adders[])(struct envelope *, struct span, struct error *) = { add_other,
		add_agreement, add_kek, add_password, add_other };
	unsigned char *copy;
	unsigned int tag;
	int rc;

	if (raw.len == 0)
		return malformed(err);
	if (raw.data[0] == (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED))
		return add_transport(e, raw, err);
	tag = raw.data[0] ^ (unsigned int)(V_ASN1_CONTEXT_SPECIFIC | V_ASN1_CONSTRUCTED);
	if (tag == 0 || tag >= sizeof(adders) / sizeof(adders[0]))
		return malformed(err);
	copy = OPENSSL_memdup(raw.data, raw.len);
	if (copy == NULL)
		return error_memory(err);
	copy[0] = V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED;
	rc = adders[tag](e, (struct span){ copy, raw.len }, err);
	OPENSSL_free(copy);
	return rc;
}

/* ---- the whole ---- */

static int
read_recipients(struct envelope *e, struct error *err)
{
	STACK_OF(ASN1_TYPE) *infos = e->inside->data->recipients;
	int i, n = sk_ASN1_TYPE_num(infos), rc = 0;

	e->recipients = calloc(ENVELOPE_RECIPIENTS_MAX, sizeof(*e->recipients));
	e->inside->recipients = calloc(ENVELOPE_RECIPIENTS_MAX, sizeof(*e->inside->recipients));
	e->inside->agreements = calloc((size_t)n + 1, sizeof(DER_AGREEMENT *));
	if (e->recipients == NULL || e->inside->recipients == NULL || e->inside->agreements == NULL)
		return error_memory(err);
	for (i = 0; rc == 0 && i < n; i++)
		rc = add_info(e, der_raw_span(sk_ASN1_TYPE_value(infos, i)), err);
	if (rc == 0 && e->recipient_count == 0)
		return error_set(
		    err, ERROR_MALFORMED, "the encrypted message names nobody who could open it");
	return rc;
}

/* The outermost layer is not decoded: that were one more copy of the whole. */
static int
read_data(struct envelope *e, struct span der, struct error *err)
{
	struct span oid = SPAN_NONE, content = SPAN_NONE;
	const X509_ALGOR *algorithm;
	ASN1_OBJECT *type = NULL;
	const char *name;
	int rc = -1;

	if (cms_parts(der, &oid, &content) != 0 || (type = DER_DECODE(ASN1_OBJECT, oid)) == NULL) {
		error_set(err, ERROR_MALFORMED, "the encrypted message does not decode");
		goto done;
	}
	e->is_authenticated = der_oid_is(type, OID_AUTH_ENVELOPED);
	if (!e->is_authenticated && !der_oid_is(type, OID_ENVELOPED)) {
		error_set(err, ERROR_UNSUPPORTED,
		    "the CMS message is neither EnvelopedData nor AuthEnvelopedData");
		goto done;
	}
	e->inside->data = DER_DECODE(DER_ENVELOPE, content);
	if (e->inside->data == NULL || (e->inside->data->mac != NULL) != e->is_authenticated) {
		error_set(err, ERROR_MALFORMED, "the encrypted message does not decode");
		goto done;
	}
	algorithm = e->inside->data->encrypted->algorithm;
	name = content_name(algorithm);
	if (name != NULL)
		text_copy(e->algorithm, sizeof(e->algorithm), name);
	else
		der_oid(algorithm->algorithm, e->algorithm, sizeof(e->algorithm));
	der_oid(e->inside->data->encrypted->type, e->content_type, sizeof(e->content_type));
	e->size = content_size(e->inside->data);
	e->work = ENVELOPE_TRY_WORK + (uint64_t)(e->size / 1024) * content_work(algorithm);
	rc = read_recipients(e, err);
done:
	ASN1_OBJECT_free(type);
	return rc;
}

/* PEM may stand behind other text; BER begins with a SEQUENCE. */
static int
is_pem(struct span s)
{
	return s.len > 0 && s.data[0] != (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED) &&
	       memmem(s.data, s.len < 4096 ? s.len : 4096, "-----BEGIN ", 11) != NULL;
}

int
envelope_read(struct envelope *e, struct span file, struct error *err)
{
	struct buf der = BUF_INIT(0);
	int rc = -1;

	e->inside = calloc(1, sizeof(*e->inside));
	if (e->inside == NULL)
		return error_memory(err);
	if (is_pem(file) && cms_decode_pem(file, &der, err) != 0)
		goto done;
	if (der.data != NULL)
		file = SPAN_OF(&der);
	if (cms_count_envelope(file, ENVELOPE_RECIPIENTS_MAX, err) == 0)
		rc = read_data(e, file, err);
done:
	ERR_clear_error();
	buf_release(&der);
	return rc;
}

void
envelope_forget(struct envelope *e)
{
	struct envelope_inside *in = e->inside;
	size_t i;

	if (e->ops != NULL)
		e->ops->free(e->other);
	e->ops = NULL;
	e->other = NULL;
	if (in == NULL)
		return;
	for (i = 0; i < e->recipient_count; i++) {
		DER_TRANSPORT_free(in->recipients[i].transport);
		DER_AGREED_KEY_free(in->recipients[i].agreed);
		DER_PASSWORD_free(in->recipients[i].password);
	}
	for (i = 0; i < in->agreement_count; i++)
		DER_AGREEMENT_free(in->agreements[i]);
	DER_ENVELOPE_free(in->data);
	free(in->recipients);
	free(in->agreements);
	free(in);
	e->inside = NULL;
}

void
envelope_release(struct envelope *e)
{
	size_t i;

	envelope_forget(e);
	for (i = 0; i < e->recipient_count; i++) {
		free(e->recipients[i].issuer);
		free(e->recipients[i].serial);
		free(e->recipients[i].key_id);
	}
	free(e->recipients);
	memset(e, 0, sizeof(*e));
}

/* The content type stands first, behind the SEQUENCE's header. */
static int
is_envelope_der(struct span s)
{
	const unsigned char *p = s.data, *end;
	ASN1_OBJECT *type;
	long len;
	int tag, class, is = 0;

	if (s.len == 0 || s.len > LONG_MAX)
		return 0;
	end = s.data + s.len;
	/* A length that reaches further than the file is the reader's to refuse. */
	ASN1_get_object(&p, &len, &tag, &class, (long)s.len);
	if (tag == V_ASN1_SEQUENCE && class == V_ASN1_UNIVERSAL && p < end) {
		type = d2i_ASN1_OBJECT(NULL, &p, end - p);
		is = type != NULL &&
		     (der_oid_is(type, OID_ENVELOPED) || der_oid_is(type, OID_AUTH_ENVELOPED));
		ASN1_OBJECT_free(type);
	}
	ERR_clear_error();
	return is;
}

int
envelope_is(struct span file)
{
	struct buf der = BUF_INIT(0);
	int is = 0;

	if (!is_pem(file))
		return is_envelope_der(file);
	if (cms_decode_pem(file, &der, NULL) == 0)
		is = is_envelope_der(SPAN_OF(&der));
	buf_release(&der);
	return is;
}
