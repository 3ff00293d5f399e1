/* The extensions of a list, RFC 5280 section 5.2. */
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/x509/crl_parts.h"

static int
unreadable(struct error *err, const char *what)
{
	char text[160];

	snprintf(text, sizeof(text), "the extension %s of the CRL cannot be read", what);
	return error_openssl_kind(err, ERROR_MALFORMED, text);
}

static void
not_usable(struct crl *crl, const char *why)
{
	if (crl->facts.unusable[0] == '\0')
		snprintf(crl->facts.unusable, sizeof(crl->facts.unusable), "%s", why);
}

static int
read_number(struct span value, struct crl_number *out)
{
	struct der_item item;
	struct span s;

	if (der_only(value, DER_INTEGER, &item) != 0 || item.content.len == 0)
		return -1;
	s = der_integer_trim(item.content);
	if (s.len > sizeof(out->bytes) || (s.data[0] & 0x80))
		return -1;
	memcpy(out->bytes, s.data, s.len);
	out->len = s.len;
	return 0;
}

static int
read_crl_number(struct crl *crl, struct span value, int critical, struct error *err)
{
	if (read_number(value, &crl->facts.number) != 0)
		return unreadable(err, "cRLNumber");
	if (critical)
		not_usable(crl, "its cRLNumber is critical, against RFC 5280 section 5.2.3");
	return 0;
}

static int
read_delta(struct crl *crl, struct span value, int critical, struct error *err)
{
	(void)critical;
	crl->facts.is_delta = 1;
	return read_number(value, &crl->facts.base) == 0 ? 0 : unreadable(err, "deltaCRLIndicator");
}

/* Only what encodes back to the same bytes was DER, with nothing left out and nothing behind. */
static int
is_der(ossl_i2d *i2d, const void *object, struct span value)
{
	struct error err = ERROR_INIT;
	struct buf again = BUF_INIT(0);
	int same =
	    ossl_append_der(i2d, object, &again, &err) == 0 && span_equal(SPAN_OF(&again), value);

	buf_release(&again);
	return same;
}

static unsigned int
reason_set(const ASN1_BIT_STRING *bits)
{
	unsigned int set = 0;
	int i;

	for (i = 1; i <= 8; i++)
		if (ASN1_BIT_STRING_get_bit(bits, i))
			set |= 1u << i;
	return set;
}

static int
is_empty_point(const DIST_POINT_NAME *name)
{
	return name != NULL &&
	       (name->type == 0 ? sk_GENERAL_NAME_num(name->name.fullname)
				: sk_X509_NAME_ENTRY_num(name->name.relativename)) <= 0;
}

/* RFC 5280 section 5.2.5: not empty, and at most one of the three kinds. */
static int
read_idp(struct crl *crl, struct span value, int critical, struct error *err)
{
	struct crl_facts *f = &crl->facts;
	const unsigned char *p = value.data;
	ISSUING_DIST_POINT *idp = d2i_ISSUING_DIST_POINT(NULL, &p, (long)value.len);

	(void)critical;
	crl->idp = idp;
	if (idp == NULL || !is_der((ossl_i2d *)i2d_ISSUING_DIST_POINT, idp, value))
		return unreadable(err, "issuingDistributionPoint");
	if (idp->distpoint != NULL && DIST_POINT_set_dpname(idp->distpoint, crl->issuer) != 1)
		return unreadable(err, "issuingDistributionPoint");
	f->has_idp = 1;
	f->distribution_point = idp->distpoint;
	f->only_user = idp->onlyuser > 0;
	f->only_ca = idp->onlyCA > 0;
	f->only_attribute = idp->onlyattr > 0;
	f->indirect = idp->indirectCRL > 0;
	if (idp->onlysomereasons != NULL)
		f->reasons = reason_set(idp->onlysomereasons);
	if (value.len <= 2 || f->only_user + f->only_ca + f->only_attribute > 1 ||
	    f->reasons == 0 || is_empty_point(idp->distpoint))
		return unreadable(err, "issuingDistributionPoint");
	return 0;
}

static int
read_aki(struct crl *crl, struct span value, int critical, struct error *err)
{
	const unsigned char *p = value.data;

	crl->aki = d2i_AUTHORITY_KEYID(NULL, &p, (long)value.len);
	crl->facts.aki = crl->aki;
	if (crl->aki == NULL || p != value.data + value.len)
		return unreadable(err, "authorityKeyIdentifier");
	if (critical)
		not_usable(crl,
		    "its authorityKeyIdentifier is critical, against RFC 5280 section 4.2.1.1");
	return 0;
}

static int
read_freshest(struct crl *crl, struct span value, int critical, struct error *err)
{
	const unsigned char *p = value.data;

	(void)critical;
	crl->freshest = d2i_CRL_DIST_POINTS(NULL, &p, (long)value.len);
	crl->facts.freshest = crl->freshest;
	return crl->freshest != NULL && p == value.data + value.len
		   ? 0
		   : unreadable(err, "freshestCRL");
}

static int
read_expired_certs(struct crl *crl, struct span value, int critical, struct error *err)
{
	struct der_item item;

	(void)critical;
	return der_only(value, DER_GENERALIZED_TIME, &item) == 0 &&
		       der_time(&item, &crl->facts.expired_from) == 0
		   ? 0
		   : unreadable(err, "expiredCertsOnCRL");
}

static int
read_access(struct crl *crl, struct span value, int critical, struct error *err)
{
	const unsigned char *p = value.data;

	(void)critical;
	crl->access = d2i_AUTHORITY_INFO_ACCESS(NULL, &p, (long)value.len);
	crl->facts.access = crl->access;
	return crl->access != NULL && p == value.data + value.len
		   ? 0
		   : unreadable(err, "authorityInfoAccess");
}

static int
pass_over(struct crl *crl, struct span value, int critical, struct error *err)
{
	(void)crl;
	(void)value;
	(void)critical;
	(void)err;
	return 0;
}

static const struct known {
	const char *oid; /* content bytes */
	size_t len;
	int (*read)(struct crl *crl, struct span value, int critical, struct error *err);
} known[] = {
	{ "\x55\x1d\x14", 3, read_crl_number },
	{ "\x55\x1d\x1b", 3, read_delta },
	{ "\x55\x1d\x1c", 3, read_idp },
	{ "\x55\x1d\x23", 3, read_aki },
	{ "\x55\x1d\x2e", 3, read_freshest },
	{ "\x55\x1d\x3c", 3, read_expired_certs },
	{ "\x55\x1d\x12", 3, pass_over }, /* issuerAltName */
	{ "\x2b\x06\x01\x05\x05\x07\x01\x01", 8, read_access },
};
#define KNOWN (sizeof(known) / sizeof(known[0]))

/* Extension ::= SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING } */
static int
split(struct span content, struct der_item *oid, int *critical, struct der_item *value)
{
	struct der d = der_of(content);
	struct der_item flag;
	int there;

	if (der_take(&d, DER_OID, oid) != 0 || oid->content.len == 0)
		return -1;
	there = der_optional(&d, DER_BOOLEAN, &flag);
	if (there < 0 || (there && (flag.content.len != 1 || flag.content.data[0] != 0xff)))
		return -1;
	*critical = there;
	return der_take(&d, DER_OCTET_STRING, value) == 0 && d.at == d.end ? 0 : -1;
}

static int
read_extension(struct crl *crl, struct span content, unsigned int *seen, struct error *err)
{
	struct der_item oid, value;
	int critical;
	size_t i;

	if (split(content, &oid, &critical, &value) != 0)
		return error_set(err, ERROR_MALFORMED, "an extension of the CRL cannot be read");
	for (i = 0; i < KNOWN; i++)
		if (span_equal(oid.content,
			(struct span){ (const unsigned char *)known[i].oid, known[i].len }))
			break;
	if (i == KNOWN) {
		if (critical)
			not_usable(crl, "it has a critical extension that is not known here");
		return 0;
	}
	if (*seen & 1u << i)
		return error_set(
		    err, ERROR_MALFORMED, "an extension of the CRL stands there twice");
	*seen |= 1u << i;
	return known[i].read(crl, value.content, critical, err);
}

int
crl_read_extensions(struct crl *crl, struct span extensions, struct error *err)
{
	struct der_item list, item;
	unsigned int seen = 0;
	struct der d;

	if (der_only(extensions, DER_SEQUENCE, &list) != 0 || list.content.len == 0)
		return error_set(err, ERROR_MALFORMED, "the extensions of the CRL cannot be read");
	d = der_of(list.content);
	while (d.at < d.end) {
		if (der_take(&d, DER_SEQUENCE, &item) != 0)
			return error_set(
			    err, ERROR_MALFORMED, "an extension of the CRL cannot be read");
		if (read_extension(crl, item.content, &seen, err) != 0)
			return -1;
	}
	return 0;
}
