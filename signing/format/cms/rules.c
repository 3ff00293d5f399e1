#include "signing/format/cms/rules.h"

#include <string.h>

#include "signing/format/cms/oids.h"

#define ATTRIBUTES_MAX ((size_t)8 << 20) /* bytes; more are no signed attributes */

static int
same_oid(const X509_ALGOR *a, const X509_ALGOR *b)
{
	const ASN1_OBJECT *x, *y;

	X509_ALGOR_get0(&x, NULL, NULL, a);
	X509_ALGOR_get0(&y, NULL, NULL, b);
	return OBJ_cmp(x, y) == 0;
}

/* Digest and signature algorithm, and whether they belong together. */
int
rules_algorithms(const struct reader *r, struct signature *sig, const DER_SIGNER_INFO *signer,
    struct checking *c)
{
	struct error inner = ERROR_INIT;
	char oid[128];
	const ASN1_OBJECT *obj;

	c->digest = cms_digest_of(signer->digest_algorithm);
	if (c->digest == DIGEST_NONE) {
		X509_ALGOR_get0(&obj, NULL, NULL, signer->digest_algorithm);
		return signature_fail(sig, SUB_CRYPTO_CONSTRAINTS_FAILURE,
		    "the digest algorithm %s is not known here", der_oid(obj, oid, sizeof(oid)));
	}
	if (sig_alg_by_x509(signer->signature_algorithm, c->digest, &sig->alg, &inner) != 0)
		return signature_fail(sig,
		    inner.kind == ERROR_MALFORMED ? SUB_FORMAT_FAILURE
						  : SUB_CRYPTO_CONSTRAINTS_FAILURE,
		    "%s", inner.text);
	if (sig->alg.key == KEY_ED25519 || sig->alg.key == KEY_ED448)
		return 0;
	if (sig->alg.digest == c->digest)
		return 0;
	/* Without signed attributes the value is over the content, whose digest there is one of. */
	if (!c->has_attributes ||
	    !(r->options->tolerate & DEVIATION_BIT(DEVIATION_DIGEST_AGREEMENT)))
		return signature_fail(sig, SUB_FORMAT_FAILURE,
		    "the digest algorithm is %s, but the signature algorithm says %s",
		    digest_name(c->digest), digest_name(sig->alg.digest));
	sig->deviations |= DEVIATION_BIT(DEVIATION_DIGEST_AGREEMENT);
	return 0;
}

/* ---- content that is somebody's signed attributes ---- */

static void
note_attribute(void *arg, const char *oid, const DER_ATTRIBUTE *attribute, struct span raw)
{
	unsigned int *seen = arg;

	(void)attribute, (void)raw;
	*seen |= strcmp(oid, OID_CONTENT_TYPE) == 0	? 1u
		 : strcmp(oid, OID_MESSAGE_DIGEST) == 0 ? 2u
							: 0u;
}

/*
 * A value over signed attributes is one over their DER, so it is good as well over a message
 * without attributes whose content that DER is: what somebody signed, shown as something that he
 * never saw (D. Strenzke, S. Turner and D. Van Geest on EUF-CMA of CMS). No document begins like
 * that.
 */
static int
is_attributes(const struct document *content)
{
	STACK_OF(ASN1_TYPE) * members;
	unsigned int seen = 0;

	if (content == NULL || !content->has_content || content->content.len == 0 ||
	    content->content.data[0] != (V_ASN1_SET | V_ASN1_CONSTRUCTED) ||
	    content->content.len > ATTRIBUTES_MAX)
		return 0;
	members = der_decode(ASN1_ITEM_rptr(ASN1_SET_ANY), content->content);
	if (members != NULL)
		cms_each_attribute(members, note_attribute, &seen);
	sk_ASN1_TYPE_pop_free(members, ASN1_TYPE_free);
	return seen == 3;
}

/* RFC 5652 sections 5.3, 5.6, 11.1, 11.2 and RFC 6211. */
int
rules_check(const struct reader *r, struct signature *sig, const struct checking *c,
    const struct subject *subject)
{
	const struct claims *claims = c->claims;

	if (sig->failure == SUB_FORMAT_FAILURE)
		return -1;
	if (!c->has_attributes && subject->parent == NULL && is_attributes(subject->content))
		return signature_fail(sig, SUB_FORMAT_FAILURE,
		    "the content is a set of signed attributes, which somebody signed with other "
		    "content");
	if (!c->has_attributes)
		return subject->parent == NULL && strcmp(r->m->type, OID_DATA) != 0
			   ? signature_fail(sig, SUB_FORMAT_FAILURE,
				 "there are no signed attributes, but the content type is %s",
				 r->m->type)
			   : 0;
	if (!claims->has_digest)
		return signature_fail(
		    sig, SUB_FORMAT_FAILURE, "the message-digest attribute is missing");
	if (claims->digest.len != digest_size(c->digest))
		return signature_fail(sig, SUB_FORMAT_FAILURE,
		    "the message-digest attribute has %zu bytes, but %s has %zu",
		    claims->digest.len, digest_name(c->digest), digest_size(c->digest));
	if (subject->parent == NULL && !claims->has_content_type)
		return signature_fail(
		    sig, SUB_FORMAT_FAILURE, "the content-type attribute is missing");
	if (subject->parent == NULL && strcmp(claims->content_type, r->m->type) != 0)
		return signature_fail(sig, SUB_FORMAT_FAILURE,
		    "the content-type attribute says %s, but the content is of type %s",
		    claims->content_type, r->m->type);
	if (claims->protection != NULL &&
	    (!same_oid(claims->protection->digest, c->signer->digest_algorithm) ||
		claims->protection->mac != NULL || claims->protection->signature == NULL ||
		!same_oid(claims->protection->signature, c->signer->signature_algorithm)))
		return signature_fail(sig, SUB_FORMAT_FAILURE,
		    "the algorithms are not those that the signer protected (RFC 6211)");
	return 0;
}

/* RFC 5652 sections 11.1 to 11.4, RFC 5035 section 3: attributes that stand on one side only. */
static const struct {
	const char *oid, *name;
	int is_signed;
} sides[] = {
	{ OID_CONTENT_TYPE, "content-type", 1 },
	{ OID_MESSAGE_DIGEST, "message-digest", 1 },
	{ OID_SIGNING_TIME, "signing-time", 1 },
	{ OID_SIGNING_CERT, "signing-certificate", 1 },
	{ OID_SIGNING_CERT_V2, "signing-certificate-v2", 1 },
	{ OID_COUNTER_SIGNATURE, "countersignature", 0 },
};

struct siding {
	struct signature *sig;
	int is_signed;
};

static void
visit_side(void *arg, const char *oid, const DER_ATTRIBUTE *attribute, struct span raw)
{
	const struct siding *s = arg;
	size_t i;

	(void)attribute, (void)raw;
	for (i = 0; i < sizeof(sides) / sizeof(sides[0]); i++)
		if (sides[i].is_signed != s->is_signed && strcmp(oid, sides[i].oid) == 0)
			signature_fail(s->sig, SUB_FORMAT_FAILURE,
			    "the %s attribute must %sbe signed", sides[i].name,
			    sides[i].is_signed ? "" : "not ");
}

void
rules_sides(struct signature *sig, const DER_SIGNER_INFO *signer)
{
	struct siding s = { sig, 1 };

	cms_each_attribute(signer->signed_attributes, visit_side, &s);
	s.is_signed = 0;
	cms_each_attribute(signer->unsigned_attributes, visit_side, &s);
}
