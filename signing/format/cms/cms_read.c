#include "signing/format/cms/cms_read.h"

#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/format/cms/claims.h"
#include "signing/format/cms/count.h"
#include "signing/format/cms/embedded.h"
#include "signing/format/cms/items.h"
#include "signing/format/cms/message.h"
#include "signing/format/cms/oids.h"
#include "signing/format/cms/rules.h"

/* Certificates that share one name and serial number, of which the key is tried. */
#define SIGNER_TRIES_MAX 4
/* That are digested in a microsecond. */
#define BYTES_PER_UNIT 300

static const struct cms_read_options no_options;

static int
copy_certificates(struct signature *sig, const struct cms_message *m, struct error *err)
{
	int i;

	for (i = 0; i < sk_X509_num(m->certificates); i++) {
		X509 *cert = sk_X509_value(m->certificates, i);

		if (X509_up_ref(cert) != 1 || sk_X509_push(sig->certificates, cert) <= 0)
			return error_memory(err);
	}
	return 0;
}

static int
is_named(const DER_SIGNER_ID *id, X509 *cert)
{
	const ASN1_OCTET_STRING *ski;

	if (id->type == SIGNER_ID_ISSUER_SERIAL)
		return X509_NAME_cmp(id->d.issuer_serial->issuer, X509_get_issuer_name(cert)) ==
			   0 &&
		       ASN1_INTEGER_cmp(
			   id->d.issuer_serial->serial, X509_get0_serialNumber(cert)) == 0;
	ski = X509_get0_subject_key_id(cert);
	return ski != NULL && ASN1_OCTET_STRING_cmp(ski, id->d.key_id) == 0;
}

/*
 * The signer's certificate on the list from *at on: among those that the SignerInfo names, one that
 * the signing-certificate attribute fits; where none does or there is no such attribute, the first.
 * *at is where it stands.
 */
static X509 *
find_signer(const DER_SIGNER_INFO *signer, const struct claims *claims, const STACK_OF(X509) * list,
    int *at)
{
	X509 *first = NULL;
	int i, first_at = -1;

	for (i = *at; i < sk_X509_num(list); i++) {
		X509 *cert = sk_X509_value(list, i);

		if (!is_named(signer->id, cert))
			continue;
		if (claims_compare(claims, cert) == CERT_REF_MATCHES) {
			*at = i;
			return cert;
		}
		if (first == NULL) {
			first = cert;
			first_at = i;
		}
	}
	*at = first_at;
	return first;
}

/* ---- the value ---- */

/*
 * Signed attributes that are not DER, and signed as they stand: 1 where that is tolerated; else it
 * is told in err.
 */
static int
check_as_they_stand(const struct reader *r, const struct checking *c, struct signature *sig,
    EVP_PKEY *key, struct error *err)
{
	const unsigned int bit = DEVIATION_BIT(DEVIATION_ATTRIBUTES_ENCODING);
	struct buf raw = BUF_INIT(0);
	struct error ignored = ERROR_INIT;
	int good = 0;

	if (claims_as_they_stand(&raw, c->signer, &ignored) == 0 &&
	    !span_equal(SPAN_OF(&raw), SPAN_OF(&c->claims->der)) &&
	    work_spend_check(r->options->work, key) &&
	    sig_alg_verify(&sig->alg, key, raw.data, raw.len, sig->value.data, sig->value.len,
		&ignored) == 1) {
		good = (r->options->tolerate & bit) != 0;
		if (good)
			sig->deviations |= bit;
		else
			error_set(err, ERROR_MALFORMED,
			    "the signed attributes are not DER, and what was signed is not their "
			    "DER (RFC 5652 section 5.4)");
	}
	buf_release(&raw);
	return good;
}

/* 1 good, 0 bad or not to be checked. What signature_fail() should say goes to err. */
static int
check_value(const struct reader *r, const struct checking *c, struct signature *sig, X509 *cert,
    struct error *err)
{
	EVP_PKEY *key = X509_get0_pubkey(cert);
	unsigned char digest[DIGEST_SIZE_MAX];
	int rc;

	if (key == NULL) {
		error_openssl_kind(
		    err, ERROR_UNSUPPORTED, "the key in the signer's certificate is not supported");
		return 0;
	}
	if (c->has_attributes)
		rc = sig_alg_verify(&sig->alg, key, c->claims->der.data, c->claims->der.len,
		    sig->value.data, sig->value.len, err);
	else if (sig->alg.digest == DIGEST_NONE && c->content->has_content)
		rc = sig_alg_verify(&sig->alg, key, c->content->content.data,
		    c->content->content.len, sig->value.data, sig->value.len, err);
	else
		rc = document_digest(c->content, c->digest, digest, err) != 0
			 ? -1
			 : sig_alg_verify_digest(
			       &sig->alg, key, digest, sig->value.data, sig->value.len, err);
	return rc == 1 || (c->has_attributes && check_as_they_stand(r, c, sig, key, err));
}

/* What is not signed by its digest (EdDSA) is gone through for each key that is tried. */
static uint64_t
work_of_content(const struct signature *sig, const struct checking *c)
{
	const int is_whole = !c->has_attributes && sig->alg.digest == DIGEST_NONE;

	return is_whole && c->content != NULL ? c->content->content.len / BYTES_PER_UNIT : 0;
}

/* Try the certificates that the SignerInfo names until the value checks under one. */
static int
identify_and_check(const struct reader *r, struct signature *sig, const struct checking *c,
    int can_check, struct error *why)
{
	const STACK_OF(X509) * lists[] = { sig->certificates, r->options->extra_certificates };
	X509 *cert, *chosen = NULL;
	size_t l;
	int at, tries = 0;

	for (l = 0; l < 2 && !sig->value_intact; l++)
		for (at = 0; lists[l] != NULL &&
			     (cert = find_signer(c->signer, c->claims, lists[l], &at)) != NULL;
		     at++) {
			enum cert_ref ref = claims_compare(c->claims, cert);

			if (chosen == NULL || ref == CERT_REF_MATCHES)
				chosen = cert;
			if (!can_check || tries++ >= SIGNER_TRIES_MAX)
				break;
			error_clear(why);
			if (!work_spend_check(r->options->work, X509_get0_pubkey(cert)) ||
			    !work_spend(r->options->work, work_of_content(sig, c)))
				break;
			if (check_value(r, c, sig, cert, why)) {
				sig->value_intact = 1;
				chosen = cert;
				break;
			}
			if (ref == CERT_REF_MATCHES)
				break;
		}
	if (chosen == NULL)
		return 0;
	sig->cert_ref = claims_compare(c->claims, chosen);
	if (X509_up_ref(chosen) != 1)
		return error_memory(r->err);
	sig->signer = chosen;
	for (at = 0; at < sk_X509_num(sig->certificates); at++)
		if (X509_cmp(sk_X509_value(sig->certificates, at), chosen) == 0)
			return 0;
	if (X509_up_ref(chosen) != 1 || sk_X509_push(sig->certificates, chosen) <= 0)
		return error_memory(r->err);
	return 0;
}

/* ---- the reference ---- */

static int
read_reference(const struct reader *r, struct signature *sig, const struct checking *c,
    const struct subject *subject)
{
	struct reference *ref = signature_add_reference(sig, r->m->limits, r->err);
	unsigned char digest[DIGEST_SIZE_MAX];
	struct error inner = ERROR_INIT;

	if (ref == NULL)
		return -1;
	ref->uri = strdup(subject->parent != NULL ? subject->parent : "content");
	if (ref->uri == NULL)
		return error_memory(r->err);
	ref->is_document = subject->parent == NULL;
	ref->scope = SCOPE_FULL;
	ref->digest = c->digest;
	if (buf_append_span(&ref->digest_value, SPAN_OF(&c->claims->digest), r->err) != 0)
		return -1;
	if (subject->content == NULL ||
	    document_digest(subject->content, c->digest, digest, &inner) != 0) {
		snprintf(ref->problem, sizeof(ref->problem), "%.200s",
		    subject->content == NULL ? "the signed document was not given" : inner.text);
		return 0;
	}
	ref->found = 1;
	if (buf_append(&ref->computed, digest, digest_size(c->digest), r->err) != 0)
		return -1;
	/* One copy: it is the same content for all signers. */
	if (r->options->keep_octets && strcmp(sig->id, "signer-1") == 0 &&
	    subject->content->has_content &&
	    buf_append_span(&ref->octets, subject->content->content, r->err) != 0)
		return -1;
	ref->intact = c->has_attributes && ref->computed.len > 0 &&
		      span_equal(SPAN_OF(&ref->digest_value), SPAN_OF(&ref->computed));
	if (c->has_attributes && !ref->intact)
		snprintf(ref->problem, sizeof(ref->problem),
		    "the %s digest of the document is not the one that was signed",
		    digest_name(c->digest));
	return 0;
}

/* Put what was found into the order of EN 319 102-1 clause 5.3.4. */
static void
conclude(const struct reader *r, struct signature *sig, const struct checking *c,
    const struct error *why)
{
	struct reference *ref = &sig->references[0];

	if (!c->has_attributes)
		ref->intact = ref->found && sig->value_intact;
	sig->references_intact = ref->intact;
	sig->scope = ref->scope;
	if (sig->signer == NULL)
		signature_fail(sig, SUB_NO_SIGNING_CERTIFICATE_FOUND,
		    "the signer's certificate is not in the message");
	else if (sig->cert_ref == CERT_REF_DIFFERS)
		signature_fail(sig, SUB_NO_SIGNING_CERTIFICATE_FOUND,
		    "the certificate is not the one that the signing-certificate attribute names");
	else if (sig->cert_ref == CERT_REF_MALFORMED)
		signature_fail(
		    sig, SUB_FORMAT_FAILURE, "the signing-certificate attribute does not decode");
	if (!ref->found)
		signature_fail(sig, SUB_SIGNED_DATA_NOT_FOUND, "%s", ref->problem);
	else if (c->has_attributes && !ref->intact)
		signature_fail(sig, SUB_HASH_FAILURE, "%s", ref->problem);
	if (sig->signer != NULL && !sig->value_intact)
		signature_fail(sig, SUB_SIG_CRYPTO_FAILURE, "%s",
		    why->kind != ERROR_NONE
			? why->text
			: "the signature value does not check under the signer's key");
	sig->baseline = sig->cert_ref == CERT_REF_MATCHES &&
			(r->options->profile == CMS_PROFILE_PADES) != sig->has_claimed_time;
}

static int read_counters(const struct reader *r, size_t index, const DER_SIGNER_INFO *signer,
    const struct subject *subject);

/* One SignerInfo becomes one signature, its counter-signatures more of them. */
static int
read_signer(const struct reader *r, const DER_SIGNER_INFO *signer, const char *id,
    const struct subject *subject)
{
	struct signature *sig = signatures_add(r->out, r->m->limits, r->err);
	size_t index = r->out->count - 1;
	struct claims claims = { 0 };
	struct checking c = { signer, &claims, subject->content, signer->signed_attributes != NULL,
		DIGEST_NONE };
	struct error why = ERROR_INIT;
	int rc = -1, sound;

	if (sig == NULL)
		return -1;
	sig->format = FORMAT_CMS;
	sig->id = strdup(id);
	sig->parent = subject->parent != NULL ? strdup(subject->parent) : NULL;
	if (sig->id == NULL || (subject->parent != NULL && sig->parent == NULL)) {
		error_memory(r->err);
		goto done;
	}
	if (buf_append(&sig->value, ASN1_STRING_get0_data(signer->signature),
		(size_t)ASN1_STRING_length(signer->signature), r->err) != 0 ||
	    copy_certificates(sig, r->m, r->err) != 0 ||
	    embedded_values(sig, &r->out->evidence, r->m, signer, r->err) != 0)
		goto done;
	sound = rules_algorithms(r, sig, signer, &c) == 0;
	if (c.has_attributes && claims_read(&claims, signer, sig, r->err) != 0)
		goto done;
	rules_sides(sig, signer);
	sound = rules_check(r, sig, &c, subject) == 0 && sound;
	if (read_reference(r, sig, &c, subject) != 0)
		goto done;
	/* Without attributes the value stands over the document itself. */
	if (identify_and_check(
		r, sig, &c, sound && (c.has_attributes || sig->references[0].found), &why) != 0)
		goto done;
	if (!sound)
		sig->references[0].intact = 0;
	conclude(r, sig, &c, &why);
	if (embedded_timestamps(
		sig, r->m, signer, &claims, subject->content, r->options->tolerate, r->err) != 0)
		goto done;
	embedded_form(sig, r->m, signer, &claims);
	rc = read_counters(r, index, signer, subject);
done:
	claims_release(&claims);
	return rc;
}

/* ---- counter-signatures, RFC 5652 section 11.4 ---- */

struct counting {
	const struct reader *r;
	const struct subject *subject;
	char *parent;
	int number, rc;
};

static void
visit_counter(void *arg, const char *oid, const DER_ATTRIBUTE *attribute, struct span raw)
{
	struct counting *k = arg;
	char id[64];
	int i;

	(void)raw;
	if (strcmp(oid, OID_COUNTER_SIGNATURE) != 0 || k->rc != 0)
		return;
	if (k->subject->depth > CMS_COUNTER_DEPTH_MAX)
		k->rc = error_limit(k->r->err, ERROR_LIMIT, "counter-signature-depth",
		    CMS_COUNTER_DEPTH_MAX, 0, "counter-signatures nest too deep");
	for (i = 0; k->rc == 0 && i < sk_ASN1_TYPE_num(attribute->values); i++) {
		struct span raw_signer = der_raw_span(sk_ASN1_TYPE_value(attribute->values, i));
		DER_SIGNER_INFO *signer;

		k->rc = cms_count_signer(raw_signer, k->r->err);
		if (k->rc != 0)
			return;
		signer = DER_DECODE(DER_SIGNER_INFO, raw_signer);
		snprintf(id, sizeof(id), "%s.%d", k->parent, ++k->number);
		k->rc = signer != NULL ? read_signer(k->r, signer, id, k->subject)
				       : error_set(k->r->err, ERROR_MALFORMED,
					     "the counter-signature %s does not decode", id);
		DER_SIGNER_INFO_free(signer);
	}
}

static int
read_counters(const struct reader *r, size_t index, const DER_SIGNER_INFO *signer,
    const struct subject *subject)
{
	struct document value = { .has_content = 1 };
	struct subject inner = { NULL, &value, subject->depth + 1 };
	struct counting k = { r, &inner, NULL, 0, 0 };

	/* The list of signatures may move while counter-signatures are added: keep no pointers. */
	value.content = (struct span){ ASN1_STRING_get0_data(signer->signature),
		(size_t)ASN1_STRING_length(signer->signature) };
	k.parent = strdup(r->out->items[index].id);
	if (k.parent == NULL)
		return error_memory(r->err);
	inner.parent = k.parent;
	cms_each_attribute(signer->unsigned_attributes, visit_counter, &k);
	free(k.parent);
	return k.rc;
}

/* ---- the message ---- */

static int
read_signers(const struct reader *r, const struct document *content)
{
	const struct subject subject = { NULL, content, 0 };
	char id[32];
	int i, rc = 0;

	for (i = 0; rc == 0 && i < sk_ASN1_TYPE_num(r->m->data->signers); i++) {
		DER_SIGNER_INFO *signer = cms_message_signer(r->m, i);

		snprintf(id, sizeof(id), "signer-%d", i + 1);
		rc =
		    signer != NULL
			? read_signer(r, signer, id, &subject)
			: error_set(r->err, ERROR_MALFORMED,
			      "the SignerInfo number %d of the CMS message does not decode", i + 1);
		DER_SIGNER_INFO_free(signer);
	}
	return rc;
}

/* SignedData.crls belong to all signers. */
static int
read_revocation(const struct reader *r)
{
	struct cms_keeping keep = { NULL, &r->out->evidence, r->m->limits, r->err };
	int i, rc = 0;

	for (i = 0; rc == 0 && i < sk_ASN1_TYPE_num(r->m->data->crls); i++)
		rc = cms_item_revocation(
		    der_raw_span(sk_ASN1_TYPE_value(r->m->data->crls, i)), embedded_keep, &keep);
	return rc;
}

/* The digests of the content that the signers and their time stamps ask for. */
static unsigned int
digests_needed(const struct cms_message *m)
{
	unsigned int bits = 0;
	enum digest digest;
	int i;

	for (i = 0; i < sk_ASN1_TYPE_num(m->data->signers); i++) {
		DER_SIGNER_INFO *signer = cms_message_signer(m, i);

		if (signer == NULL)
			continue;
		digest = cms_digest_of(signer->digest_algorithm);
		if (digest != DIGEST_NONE)
			bits |= DIGEST_BIT(digest);
		bits |= embedded_digests(signer);
		DER_SIGNER_INFO_free(signer);
	}
	return bits;
}

/* Digest the content once, for all signers: `doc` gets `values`, filled with what is needed. */
static int
digest_content(const struct cms_message *m, struct document *doc, struct digest_values *values,
    struct error *err)
{
	struct digest_values computed;
	struct digests *running = NULL;
	unsigned int bits;
	int i, rc = -1;

	memset(values, 0, sizeof(*values));
	if (doc->digests != NULL)
		*values = *doc->digests;
	doc->digests = values;
	bits = digests_needed(m) & ~values->have;
	if (bits == 0 || !doc->has_content)
		return 0;
	if (digests_new(&running, bits, err) != 0 ||
	    (doc->content.len > 0 &&
		digests_update(running, doc->content.data, doc->content.len, err) != 0) ||
	    digests_final(running, &computed, err) != 0)
		goto done;
	for (i = 0; i < DIGESTS; i++)
		if (computed.have & DIGEST_BIT(i))
			memcpy(values->value[i], computed.value[i], DIGEST_SIZE_MAX);
	values->have |= computed.have;
	rc = 0;
done:
	digests_free(running);
	return rc;
}

int
cms_read(struct signatures *out, struct span der, const struct document *detached,
    const struct cms_read_options *options, struct error *err)
{
	struct cms_message m = { 0 };
	struct document content = { 0 };
	struct digest_values values;
	uint64_t work = CMS_STAMP_WORK_MAX;
	struct reader r = { out, &m, options != NULL ? options : &no_options, err };
	int rc = -1;

	if (cms_message_open(&m, der, options, err) != 0)
		goto done;
	if (sk_ASN1_TYPE_num(m.data->signers) <= 0) {
		error_set(err, ERROR_MALFORMED,
		    "the CMS message has no signature: it holds certificates or content only");
		goto done;
	}
	if (m.has_content && detached != NULL) {
		error_set(err, ERROR_MALFORMED,
		    "the signature holds its own content, but a detached document was given too; "
		    "give only one");
		goto done;
	}
	m.work = &work;
	content.has_content = 1;
	content.content = m.content;
	if (detached != NULL)
		content = *detached;
	if ((m.has_content || detached != NULL) && digest_content(&m, &content, &values, err) != 0)
		goto done;
	if (read_revocation(&r) == 0)
		rc = read_signers(&r, m.has_content || detached != NULL ? &content : NULL);
done:
	cms_message_release(&m);
	return rc;
}

int
cms_digests_needed(
    struct span der, const struct cms_read_options *options, unsigned int *bits, struct error *err)
{
	struct cms_message m = { 0 };
	int rc = -1;

	*bits = 0;
	if (cms_message_open(&m, der, options, err) != 0)
		goto done;
	if (!m.has_content)
		*bits = digests_needed(&m);
	rc = 0;
done:
	cms_message_release(&m);
	return rc;
}

int
cms_signer_number(const char *id, size_t *number, struct error *err)
{
	unsigned int n = 0;
	int end = 0;

	if (sscanf(id, "signer-%u%n", &n, &end) != 1 || n == 0 || id[end] != '\0')
		return error_set(err, ERROR_UNSUPPORTED,
		    "%.100s is a counter-signature, to which nothing can be added", id);
	*number = n - 1;
	return 0;
}

int
cms_content(struct buf *content, char *type, size_t size, struct span der, struct error *err)
{
	struct cms_message m = { 0 };
	int rc = -1;

	if (cms_message_open(&m, der, NULL, err) != 0)
		goto done;
	if (type != NULL)
		snprintf(type, size, "%s", m.type);
	if (!m.has_content)
		error_set(err, ERROR_NOT_FOUND,
		    "the signature is detached: the document is not in the message");
	else
		rc = buf_append_span(content, m.content, err);
done:
	cms_message_release(&m);
	return rc;
}
