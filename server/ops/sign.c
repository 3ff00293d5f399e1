/* SignDocument, SignDocuments: one key, one set of parameters, any number of documents. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/clock.h"
#include "server/base/text.h"
#include "server/ops/level.h"
#include "signing/core/ossl.h"
#include "signing/format/asic/asic_read.h"
#include "signing/format/cms/cms_sign.h"
#include "signing/format/pdf/pdf_sign.h"
#include "signing/format/xml/xml_sign.h"
#include "signing/x509/cert.h"

static int
make_cms(struct buf *out, const struct document *doc, const struct signing *s, struct error *err)
{
	return cms_sign(out, doc, CMS_PROFILE_CADES, s->key, &s->options, err);
}

static int
make_xml(struct buf *out, const struct document *doc, const struct signing *s, struct error *err)
{
	static const enum xml_canonicalization methods[] = {
		[CANON_EXCLUSIVE] = XML_CANONICALIZATION_EXCLUSIVE,
		[CANON_INCLUSIVE] = XML_CANONICALIZATION_INCLUSIVE,
		[CANON_INCLUSIVE_11] = XML_CANONICALIZATION_INCLUSIVE_11,
	};
	const struct xml_sign_options xml = {
		.canonicalization = methods[s->req->in.sign.xml.canonicalization],
		.target_id = s->req->in.sign.xml.target_id,
		.target_xpath = s->req->in.sign.xml.target_xpath,
		.placement = s->req->in.sign.xml.placement,
	};

	return ops_xml_sign(s->authority.engine, s->req, out, doc, s->key, &s->options, &xml, err);
}

static int
make_pdf(struct buf *out, const struct document *doc, const struct signing *s, struct error *err)
{
	const struct signature_parameters *w = &s->req->in.sign;
	const struct pdf_appearance appearance = {
		.page = w->pdf.page,
		.rect = { w->pdf.rectangle[0], w->pdf.rectangle[1], w->pdf.rectangle[2],
		    w->pdf.rectangle[3] },
		.text = w->pdf.text,
		.image = w->pdf.image,
	};
	char name[256];
	const struct pdf_sign_options pdf = {
		.field_name = w->pdf.field_name,
		.reason = w->pdf.reason,
		.location = w->pdf.location,
		.contact = w->pdf.contact_info,
		.signer_name = cert_label(s->key->cert, name, sizeof(name)),
		.certification = (int)w->pdf.certification,
		.appearance = w->pdf.has_appearance ? &appearance : NULL,
		.password = w->pdf.password,
	};

	return ops_pdf_sign(
	    s->authority.engine, s->req, out, doc->content, s->key, &s->options, &pdf, err);
}

/* CAdES; XAdES where the request has parameters for XML, of which a container leaves no choice. */
static int
make_asic(struct buf *out, const struct document *doc, enum asic_type type, const struct signing *s,
    struct error *err)
{
	const struct signature_parameters *w = &s->req->in.sign;

	if (w->xml.canonicalization != CANON_EXCLUSIVE || w->xml.target_id != NULL ||
	    w->xml.target_xpath != NULL || w->xml.placement != NULL)
		return error_set(err, ERROR_UNSUPPORTED,
		    "a container's signature covers whole documents, canonicalised exclusively; "
		    "send xml empty for XAdES, or not at all for CAdES");
	return ops_asic_sign(s->authority.engine, s->req, out, doc, type,
	    w->has_xml ? FORMAT_XML : FORMAT_CMS, s->key, &s->options, err);
}

static int
make_asic_s(struct buf *out, const struct document *doc, const struct signing *s, struct error *err)
{
	return make_asic(out, doc, ASIC_S, s, err);
}

static int
make_asic_e(struct buf *out, const struct document *doc, const struct signing *s, struct error *err)
{
	return make_asic(out, doc, ASIC_E, s, err);
}

static int
make_smime(struct buf *out, const struct document *doc, const struct signing *s, struct error *err)
{
	return ops_mail_sign(s->authority.engine, s->req, out, doc, s->key, &s->options, err);
}

/* What each format can do here; the default packaging stands first. */
static const struct format_row {
	const char *name;
	int (*make)(struct buf *out, const struct document *doc, const struct signing *s,
	    struct error *err);
	enum packaging standard;
	unsigned int packagings; /* bits */
} formats[] = {
	[DOC_CMS] = { "CMS", make_cms, PACKAGING_DETACHED,
	    1u << PACKAGING_DETACHED | 1u << PACKAGING_ENVELOPING },
	[DOC_XML] = { "XML", make_xml, PACKAGING_ENVELOPED,
	    1u << PACKAGING_ENVELOPED | 1u << PACKAGING_ENVELOPING | 1u << PACKAGING_DETACHED },
	[DOC_PDF] = { "PDF", make_pdf, PACKAGING_ENVELOPED, 1u << PACKAGING_ENVELOPED },
	[DOC_SMIME] = { "SMIME", make_smime, PACKAGING_DETACHED,
	    1u << PACKAGING_DETACHED | 1u << PACKAGING_ENVELOPING },
	[DOC_ASICS] = { "ASiCS", make_asic_s, PACKAGING_DETACHED, 1u << PACKAGING_DETACHED },
	[DOC_ASICE] = { "ASiCE", make_asic_e, PACKAGING_DETACHED, 1u << PACKAGING_DETACHED },
	[DOC_RAW] = { "Raw", NULL, PACKAGING_DEFAULT, 0 },
};
static const char *const packaging_names[] = { "", "Enveloped", "Enveloping", "Detached" };

static enum packaging
packaging_of(const struct signature_parameters *wish)
{
	return wish->packaging != PACKAGING_DEFAULT ? wish->packaging
						    : formats[wish->format].standard;
}

static int
check_packaging(const struct signature_parameters *wish, struct error *err)
{
	const struct format_row *row = &formats[wish->format];

	if (row->make == NULL)
		return error_set(err, ERROR_UNSUPPORTED,
		    "documents cannot be signed in format %s; choose CMS, XML, PDF, SMIME, ASiCS "
		    "or "
		    "ASiCE",
		    row->name);
	if (!(row->packagings & 1u << packaging_of(wish)))
		return error_set(err, ERROR_UNSUPPORTED, "format %s has no packaging %s", row->name,
		    packaging_names[wish->packaging]);
	return 0;
}

/* EN 319 142-1 clause 6.3, requirements d and m: what is made beside them is no PAdES. */
static int
check_pdf_reason(const struct signature_parameters *wish, struct error *err)
{
	const char *beside = wish->commitment_type_count > 0 ? "commitmentType"
			     : wish->policy_oid != NULL	     ? "signaturePolicy"
							     : NULL;

	if (wish->format != DOC_PDF || wish->plain || wish->pdf.reason == NULL ||
	    wish->pdf.reason[0] == '\0' || beside == NULL)
		return 0;
	return error_set(err, ERROR_UNSUPPORTED,
	    "a PAdES signature has a reason or a %s, not both; leave one out, or write the reason "
	    "into the text of the appearance",
	    beside);
}

/* The material of the tenant and in it the key that the request names. */
static int
find_key(struct engine *engine, struct request *req, const struct material **material,
    const struct material_key **key, struct error *err)
{
	if (material_get(material, engine, req->caller, err) != 0)
		return -1;
	if (material_signing_key(key, *material, req, req->in.sign.key, err) != 0) {
		material_unref(*material);
		*material = NULL;
		return -1;
	}
	text_copy(req->object, sizeof(req->object), (*key)->name);
	return 0;
}

static int
choose_algorithm(const struct engine *engine, const struct request *req, const struct sign_key *key,
    struct sig_alg *alg, struct error *err)
{
	const struct signature_parameters *wish = &req->in.sign;

	if (sig_alg_for_key(key->pkey, wish->digest, wish->padding, alg, err) != 0)
		return -1;
	return suitable_signature(engine, alg, key, req->time_us / 1000000, err);
}

/* Key, algorithm and authority fit; *alg is what will sign. */
static int
check_key(struct engine *engine, struct request *req, struct sig_alg *alg, struct error *err)
{
	const struct signature_parameters *wish = &req->in.sign;
	const struct material *material;
	const struct material_key *key;
	int rc;

	/* What is embedded may have to be fetched. */
	req->must_wait |= wish->level > DOC_LEVEL_T;
	if (wish->recipient_count > 0)
		return error_set(err, ERROR_UNSUPPORTED,
		    "encryption after signing is not offered yet; send no recipient");
	if (wish->has_claimed_time && wish->claimed_time < 0)
		return error_set(err, ERROR_MALFORMED, "claimedSigningTime lies before 1970");
	if (find_key(engine, req, &material, &key, err) != 0)
		return -1;
	rc = choose_algorithm(engine, req, &key->sign, alg, err);
	if (rc == 0 && wish->level >= DOC_LEVEL_T)
		rc = authority_check(req, material, wish->timestamp_authority, err);
	material_unref(material);
	return rc;
}

int
admit_signature(struct engine *engine, struct request *req, struct error *err)
{
	struct sig_alg alg;

	return check_key(engine, req, &alg, err);
}

int
admit_sign(struct engine *engine, struct request *req, struct error *err)
{
	const struct signature_parameters *wish = &req->in.sign;
	const struct limits *limits = engine_limits(engine);
	struct sig_alg alg;
	size_t i;
	int is_streamed;

	if (check_packaging(wish, err) != 0 || check_pdf_reason(wish, err) != 0 ||
	    check_key(engine, req, &alg, err) != 0)
		return -1;
	if (wish->format == DOC_PDF)
		ops_waits(engine, req);
	/* A detached CMS signature needs nothing of its document but the digest. */
	is_streamed = wish->format == DOC_CMS && packaging_of(wish) == PACKAGING_DETACHED;
	for (i = 0; i < req->in.document_count; i++) {
		req->in.documents[i].want_digests = is_streamed ? DIGEST_BIT(alg.digest) : 0;
		req->in.documents[i].max_bytes =
		    is_streamed ? limits->stream_bytes : limits->document_bytes;
	}
	return 0;
}

static struct sign_options
options_of(const struct engine *engine, const struct request *req)
{
	const struct signature_parameters *wish = &req->in.sign;

	return (struct sign_options){
		.level = wish->level >= DOC_LEVEL_T ? LEVEL_T : LEVEL_B,
		.packaging = packaging_of(wish),
		.digest = wish->digest,
		.padding = wish->padding,
		.plain = wish->plain,
		.signing_time =
		    wish->has_claimed_time ? wish->claimed_time : req->time_us / 1000000,
		.claim_time = 1,
		.include_chain = wish->include_chain,
		.claimed_roles = (const char *const *)wish->claimed_roles,
		.claimed_role_count = wish->claimed_role_count,
		.city = wish->city,
		.state = wish->state,
		.postal_code = wish->postal_code,
		.country = wish->country,
		.commitment_types = (const char *const *)wish->commitment_types,
		.commitment_type_count = wish->commitment_type_count,
		.policy_oid = wish->policy_oid,
		.policy_digest = wish->policy_digest,
		.policy_digest_value = wish->policy_digest_value,
		.policy_uri = wish->policy_uri,
		.limits = &engine_limits(engine)->format,
	};
}

static int
prepare(struct signing *s, struct engine *engine, const struct material_key *key, struct error *err)
{
	struct request *req = s->req;
	struct sig_alg alg;

	s->key = &key->sign;
	if (choose_algorithm(engine, req, s->key, &alg, err) != 0)
		return -1;
	s->options = options_of(engine, req);
	authority_source_init(&s->authority, engine, req, s->material,
	    req->in.sign.timestamp_authority, &req->out.token);
	if (s->options.level == LEVEL_T)
		s->options.timestamp = &s->authority.source;
	return OSSL_APPEND_DER(X509, key->sign.cert, &req->out.signing_certificate, err);
}

int
signing_start(struct signing *s, struct engine *engine, struct request *req, struct error *err)
{
	const struct material_key *key;

	memset(s, 0, sizeof(*s));
	s->req = req;
	if (find_key(engine, req, &s->material, &key, err) != 0)
		return -1;
	if (prepare(s, engine, key, err) == 0)
		return 0;
	signing_end(s);
	return -1;
}

void
signing_end(struct signing *s)
{
	material_unref(s->material);
	s->material = NULL;
}

int
items_make(struct request *req, size_t n, struct error *err)
{
	req->out.items = calloc(n > 0 ? n : 1, sizeof(*req->out.items));
	if (req->out.items == NULL)
		return error_memory(err);
	req->out.item_count = n;
	return 0;
}

static int
sign_one(const struct signing *s, size_t index, struct error *err)
{
	struct document doc = op_document_view(&s->req->in.documents[index]);
	struct signed_item *item = &s->req->out.items[index];
	struct buf out = BUF_INIT(s->options.limits->output_bytes);

	s->req->file_us = 0;
	if (formats[s->req->in.sign.format].make(&out, &doc, s, err) != 0 ||
	    (s->req->in.sign.level > DOC_LEVEL_T && raise_signed(s, &doc, &out, item, err) != 0)) {
		buf_release(&out);
		return -1;
	}
	item->document = out;
	text_uuid(item->signature_id);
	return 0;
}

int
run_sign_document(struct engine *engine, struct request *req, struct error *err)
{
	struct signing s;
	int rc;

	rc = signing_start(&s, engine, req, err);
	if (rc == 0)
		rc = items_make(req, 1, err);
	if (rc == 0)
		rc = sign_one(&s, 0, err);
	if (rc == 0)
		req->out.result = req->out.items[0].result;
	signing_end(&s);
	return rc;
}

/* Success when all are signed, else a warning that says how many are not. */
static void
summarise(struct request *req)
{
	size_t i, failed = 0;

	for (i = 0; i < req->out.item_count; i++)
		failed += req->out.items[i].signature_id[0] == '\0';
	if (failed == 0)
		return;
	req->out.result.major =
	    failed < req->out.item_count ? RESULT_WARNING : RESULT_REQUESTER_ERROR;
	snprintf(req->out.result.message, sizeof(req->out.result.message),
	    "%zu of %zu documents could not be signed; see each item's result", failed,
	    req->out.item_count);
}

int
run_sign_documents(struct engine *engine, struct request *req, struct error *err)
{
	struct signing s;
	size_t i;
	int rc;

	rc = signing_start(&s, engine, req, err);
	if (rc == 0)
		rc = items_make(req, req->in.document_count, err);
	for (i = 0; rc == 0 && i < req->in.document_count; i++) {
		struct error one = ERROR_INIT;

		if ((i == 0 || ops_has_time(engine, req, &one)) && sign_one(&s, i, &one) == 0)
			continue;
		/* All of it again, where waiting is allowed. */
		if (req->must_wait && !req->may_wait)
			rc = error_cause(err, one.kind, one.text, "%s", one.cause);
		else
			result_from_error(&req->out.items[i].result, &one);
	}
	if (rc == 0)
		summarise(req);
	buf_release(&req->out.token); /* each document has its own inside */
	signing_end(&s);
	return rc;
}
