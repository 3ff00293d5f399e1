#include "signing/format/pdf/seed.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/x509v3.h>

#include "signing/core/certs.h"

enum {
	SV_FILTER = 1 << 0,
	SV_SUBFILTER = 1 << 1,
	SV_VERSION = 1 << 2,
	SV_REASONS = 1 << 3,
	SV_LEGAL = 1 << 4,
	SV_REVINFO = 1 << 5,
	SV_DIGEST = 1 << 6,
	SV_LOCK_DOCUMENT = 1 << 7,
	SV_APPEARANCE = 1 << 8,
	CERT_SUBJECT = 1 << 0,
	CERT_ISSUER = 1 << 1,
	CERT_URL = 1 << 6, /* where to get one: no demand */
};

static int
conflict(struct error *err, const char *what)
{
	return error_set(
	    err, ERROR_CONFLICT, "the signature field demands %s (its seed values)", what);
}

/* 1 when the array holds the name or the string. */
static int
array_has(struct pdf_doc *doc, qpdf_oh array, const char *wanted)
{
	int i, n = pdf_array_len(doc, array), has = 0;

	for (i = 0; i < n && !has; i++) {
		qpdf_oh item = qpdf_oh_get_array_item(doc->q, array, i);
		char *text = pdf_text(doc, item);

		has = qpdf_oh_is_name_and_equals(doc->q, item, wanted) ||
		      (text != NULL && strcmp(text, wanted) == 0);
		free(text);
		qpdf_oh_release(doc->q, item);
	}
	return has;
}

/* ---- one function a demand; `value` is the seed's entry ---- */

static int
check_filter(struct pdf_doc *doc, qpdf_oh value, const struct pdf_intent *intent, struct error *err)
{
	(void)intent;
	if (qpdf_oh_is_name_and_equals(doc->q, value, "/Adobe.PPKLite"))
		return 0;
	return conflict(err, "another signature handler");
}

static int
check_subfilter(
    struct pdf_doc *doc, qpdf_oh value, const struct pdf_intent *intent, struct error *err)
{
	if (array_has(doc, value, intent->subfilter))
		return 0;
	return conflict(err, "another form of signature (SubFilter)");
}

static int
check_version(
    struct pdf_doc *doc, qpdf_oh value, const struct pdf_intent *intent, struct error *err)
{
	(void)intent;
	if (qpdf_oh_is_number(doc->q, value) && qpdf_oh_get_numeric_value(doc->q, value) <= 3)
		return 0;
	return conflict(err, "a newer signature handler");
}

/* Only ".", or nothing at all, forbids a reason; else one of the list must be given. */
static int
check_reasons(
    struct pdf_doc *doc, qpdf_oh value, const struct pdf_intent *intent, struct error *err)
{
	int n = pdf_array_len(doc, value);

	if (n == 0 || (n == 1 && array_has(doc, value, ".")))
		return intent->reason == NULL ? 0 : conflict(err, "that no reason is given");
	if (intent->reason != NULL && array_has(doc, value, intent->reason))
		return 0;
	return conflict(err, "one of the reasons that it lists");
}

static int
check_revinfo(
    struct pdf_doc *doc, qpdf_oh value, const struct pdf_intent *intent, struct error *err)
{
	(void)intent;
	if (qpdf_oh_is_bool(doc->q, value) && !qpdf_oh_get_bool_value(doc->q, value))
		return 0;
	return conflict(err, "embedded revocation data");
}

/* Digest names without dashes: "SHA-256" and "SHA256" are one. */
static int
check_digest(struct pdf_doc *doc, qpdf_oh value, const struct pdf_intent *intent, struct error *err)
{
	int i, n = pdf_array_len(doc, value), has = 0;

	for (i = 0; i < n && !has; i++) {
		char *name = pdf_text(doc, qpdf_oh_get_array_item(doc->q, value, i)), *dash;

		if (name != NULL && strncmp(name, "SHA-", 4) == 0) {
			dash = name + 3;
			memmove(dash, dash + 1, strlen(dash));
		}
		has = name != NULL && strcmp(name, digest_name(intent->digest)) == 0;
		free(name);
	}
	return has ? 0 : conflict(err, "another digest algorithm");
}

static int
refuse_lock(struct pdf_doc *doc, qpdf_oh value, const struct pdf_intent *intent, struct error *err)
{
	(void)intent;
	if (qpdf_oh_is_name_and_equals(doc->q, value, "/false"))
		return 0;
	return error_set(err, ERROR_UNSUPPORTED,
	    "the signature field demands that the document is locked, which is not supported");
}

static int
refuse_legal(struct pdf_doc *doc, qpdf_oh value, const struct pdf_intent *intent, struct error *err)
{
	(void)doc;
	(void)value;
	if (intent->certification == 0)
		return 0; /* it is about certifications only */
	return error_set(err, ERROR_UNSUPPORTED,
	    "the signature field demands a legal attestation, which is not supported");
}

static int
refuse_appearance(
    struct pdf_doc *doc, qpdf_oh value, const struct pdf_intent *intent, struct error *err)
{
	(void)doc;
	(void)value;
	(void)intent;
	return error_set(err, ERROR_UNSUPPORTED,
	    "the signature field demands an appearance by its name, which is not supported");
}

static const struct {
	int bit;
	const char *key;
	int (*check)(
	    struct pdf_doc *doc, qpdf_oh value, const struct pdf_intent *intent, struct error *err);
} demands[] = {
	{ SV_FILTER, "/Filter", check_filter },
	{ SV_SUBFILTER, "/SubFilter", check_subfilter },
	{ SV_VERSION, "/V", check_version },
	{ SV_REASONS, "/Reasons", check_reasons },
	{ SV_LEGAL, "/LegalAttestation", refuse_legal },
	{ SV_REVINFO, "/AddRevInfo", check_revinfo },
	{ SV_DIGEST, "/DigestMethod", check_digest },
	{ SV_LOCK_DOCUMENT, "/LockDocument", refuse_lock },
	{ SV_APPEARANCE, "/AppearanceFilter", refuse_appearance },
};

/* ---- the certificate ---- */

static int
is_certificate(struct pdf_doc *doc, qpdf_oh item, const X509 *cert)
{
	struct buf der = BUF_INIT(0);
	X509 *wanted;
	int same;

	if (pdf_string(doc, item, &der, NULL) != 0)
		return 0;
	wanted = cert_decode(SPAN_OF(&der));
	same = wanted != NULL && X509_cmp(wanted, cert) == 0;
	X509_free(wanted);
	buf_release(&der);
	return same;
}

static int
list_has_certificate(struct pdf_doc *doc, qpdf_oh list, const X509 *cert)
{
	int i, n = pdf_array_len(doc, list);

	for (i = 0; i < n; i++)
		if (is_certificate(doc, qpdf_oh_get_array_item(doc->q, list, i), cert))
			return 1;
	return 0;
}

static int
check_certificate(
    struct pdf_doc *doc, qpdf_oh seed, const struct pdf_intent *intent, struct error *err)
{
	qpdf_oh cert = pdf_get(doc, seed, "/Cert"), issuers;
	int64_t flags = 0;
	int i, found;

	if (!qpdf_oh_is_dictionary(doc->q, cert))
		return 0;
	pdf_get_integer(doc, cert, "/Ff", &flags);
	if ((flags & CERT_SUBJECT) &&
	    !list_has_certificate(doc, pdf_get(doc, cert, "/Subject"), intent->key->cert))
		return conflict(err, "another certificate");
	if (flags & CERT_ISSUER) {
		issuers = pdf_get(doc, cert, "/Issuer");
		found = list_has_certificate(doc, issuers, intent->key->cert);
		for (i = 0; !found && i < sk_X509_num(intent->key->chain); i++)
			found = list_has_certificate(
			    doc, issuers, sk_X509_value(intent->key->chain, i));
		if (!found)
			return conflict(err, "a certificate of another issuer");
	}
	if (flags & ~(int64_t)(CERT_SUBJECT | CERT_ISSUER | CERT_URL))
		return error_set(err, ERROR_UNSUPPORTED,
		    "the signature field demands more of the certificate (its seed values) than "
		    "can be checked");
	return 0;
}

/* MDP and TimeStamp bind without a bit in the seed's /Ff. */
static int
check_others(struct pdf_doc *doc, qpdf_oh seed, const struct pdf_intent *intent, struct error *err)
{
	qpdf_oh mdp = pdf_get(doc, seed, "/MDP"), stamp = pdf_get(doc, seed, "/TimeStamp");
	int64_t p, flags;

	if (pdf_get_integer(doc, mdp, "/P", &p) == 0 && p != intent->certification)
		return conflict(
		    err, p == 0 ? "an approval signature" : "a certification of another level");
	if (pdf_get_integer(doc, stamp, "/Ff", &flags) == 0 && (flags & 1) && !intent->timestamped)
		return conflict(err, "a time stamp");
	return 0;
}

int
pdf_seed_check(
    struct pdf_doc *doc, qpdf_oh field, const struct pdf_intent *intent, struct error *err)
{
	qpdf_oh seed = pdf_get(doc, field, "/SV");
	int64_t flags = 0;
	size_t i;

	if (!qpdf_oh_is_dictionary(doc->q, seed))
		return 0;
	pdf_get_integer(doc, seed, "/Ff", &flags);
	for (i = 0; i < sizeof(demands) / sizeof(demands[0]); i++) {
		qpdf_oh value = pdf_get(doc, seed, demands[i].key);

		if (!(flags & demands[i].bit) ||
		    (qpdf_oh_is_null(doc->q, value) && demands[i].bit != SV_REASONS))
			continue;
		if (demands[i].check(doc, value, intent, err) != 0)
			return -1;
	}
	return check_certificate(doc, seed, intent, err) != 0 ||
		       check_others(doc, seed, intent, err) != 0
		   ? -1
		   : 0;
}
