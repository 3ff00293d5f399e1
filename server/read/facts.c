#include "server/read/facts.h"

#include <stdlib.h>

/* The most document time stamps: as many as there are fields, far more than the reader takes. */
#define STAMPS_MAX 100000

void
pack_error(struct pack *p, struct error *err)
{
	PACK_ENUM(p, err->kind, ERROR_KINDS);
	pack_chars(p, err->text, sizeof(err->text));
	pack_chars(p, err->cause, sizeof(err->cause));
	pack_chars(p, err->limit, sizeof(err->limit));
	pack_u64(p, &err->allowed);
	pack_u64(p, &err->met);
	pack_u32(p, &err->retry_after);
}

void
pack_alg(struct pack *p, struct sig_alg *alg)
{
	PACK_ENUM(p, alg->key, KEY_TYPES);
	PACK_ENUM(p, alg->padding, PADDING_PSS + 1);
	PACK_ENUM(p, alg->digest, DIGESTS);
	PACK_ENUM(p, alg->mgf_digest, DIGESTS);
	pack_int(p, &alg->salt_len);
}

static void
pack_reference(struct pack *p, struct reference *r)
{
	pack_text(p, &r->uri);
	pack_text(p, &r->type);
	pack_text(p, &r->id);
	pack_text(p, &r->path);
	pack_text(p, &r->transforms);
	pack_flag(p, &r->is_document);
	pack_flag(p, &r->in_manifest);
	pack_flag(p, &r->found);
	pack_flag(p, &r->intact);
	PACK_ENUM(p, r->scope, SCOPE_PARTIAL + 1);
	PACK_ENUM(p, r->digest, DIGESTS);
	pack_buf(p, &r->digest_value);
	pack_buf(p, &r->computed);
	pack_buf(p, &r->octets);
	pack_chars(p, r->problem, sizeof(r->problem));
}

void
pack_embedded(struct pack *p, struct embedded_timestamp *t)
{
	PACK_ENUM(p, t->kind, TIMESTAMP_REFERENCES + 1);
	pack_buf(p, &t->token);
	pack_raw(p, &t->imprint, sizeof(t->imprint));
	pack_flag(p, &t->imprint_known);
	pack_chars(p, t->problem, sizeof(t->problem));
}

/* A new item of a list while reading, the next one while writing; NULL ends the loop. */
#define NEXT(p, items, i, add) ((p)->failed ? NULL : (p)->reading ? (add) : &(items)[i])

static void
pack_references(struct pack *p, struct signature *sig, const struct format_limits *limits)
{
	size_t i, count = sig->reference_count;
	struct reference *r;

	pack_count(p, &count, limits->references);
	for (i = 0; i < count; i++) {
		r = NEXT(p, sig->references, i, signature_add_reference(sig, limits, p->err));
		if (r == NULL)
			break;
		pack_reference(p, r);
	}
	p->failed |= i < count;
}

static void
pack_timestamps(struct pack *p, struct signature *sig, const struct format_limits *limits)
{
	size_t i, count = sig->timestamp_count;
	struct embedded_timestamp *t;

	pack_count(p, &count, limits->timestamps);
	for (i = 0; i < count; i++) {
		t = NEXT(p, sig->timestamps, i, signature_add_timestamp(sig, limits, p->err));
		if (t == NULL)
			break;
		pack_embedded(p, t);
	}
	p->failed |= i < count;
}

/* A key without a certificate: SubjectPublicKeyInfo. Secret keys (HMAC) never come here. */
static void
pack_public_key(struct pack *p, EVP_PKEY **key)
{
	unsigned char *der = NULL;
	const unsigned char *at;
	int len = !p->reading && *key != NULL ? i2d_PUBKEY(*key, &der) : 0;
	struct span s = { der, len > 0 ? (size_t)len : 0 };

	pack_span(p, &s);
	OPENSSL_free(der);
	if (!p->reading || p->failed || s.len == 0)
		return;
	at = s.data;
	*key = d2i_PUBKEY(NULL, &at, (long)s.len);
	if (*key == NULL)
		pack_broken(p);
}

static void
pack_signature(struct pack *p, struct signature *sig, const struct format_limits *limits)
{
	int i;

	PACK_ENUM(p, sig->format, FORMATS);
	pack_text(p, &sig->id);
	pack_text(p, &sig->parent);
	pack_certificate(p, &sig->signer);
	pack_public_key(p, &sig->bare_key);
	pack_certificates(p, &sig->certificates, limits->certificates);
	pack_crls(p, &sig->crls, limits->certificates);
	PACK_ENUM(p, sig->cert_ref, CERT_REF_MALFORMED + 1);
	pack_alg(p, &sig->alg);
	pack_buf(p, &sig->value);
	pack_flag(p, &sig->value_intact);
	pack_flag(p, &sig->references_intact);
	pack_references(p, sig, limits);
	PACK_ENUM(p, sig->scope, SCOPE_PARTIAL + 1);
	pack_flag(p, &sig->has_claimed_time);
	pack_i64(p, &sig->claimed_time);
	pack_flag(p, &sig->baseline);
	pack_text(p, &sig->policy);
	pack_text(p, &sig->reason);
	pack_text(p, &sig->location);
	pack_text(p, &sig->contact);
	pack_text(p, &sig->roles);
	pack_timestamps(p, sig, limits);
	for (i = 0; i < 4; i++)
		pack_u64(p, &sig->byte_range[i]);
	pack_flag(p, &sig->revision_is_last);
	pack_int(p, &sig->certification);
	PACK_ENUM(p, sig->failure, SUB_INDICATIONS);
	pack_chars(p, sig->failure_text, sizeof(sig->failure_text));
}

void
pack_signatures(struct pack *p, struct signatures *list, const struct format_limits *limits)
{
	size_t i, count = list->count;
	struct signature *sig;

	pack_count(p, &count, limits->signatures);
	for (i = 0; i < count; i++) {
		sig = NEXT(p, list->items, i, signatures_add(list, limits, p->err));
		if (sig == NULL)
			break;
		pack_signature(p, sig, limits);
	}
	p->failed |= i < count;
}

static void
pack_stamp(struct pack *p, struct pdf_timestamp *t)
{
	int i;

	pack_text(p, &t->field);
	for (i = 0; i < 4; i++)
		pack_u64(p, &t->byte_range[i]);
	pack_flag(p, &t->revision_is_last);
	pack_embedded(p, &t->stamp);
	PACK_ENUM(p, t->failure, SUB_INDICATIONS);
	pack_chars(p, t->failure_text, sizeof(t->failure_text));
}

void
pack_stamps(struct pack *p, struct pdf_timestamps *list)
{
	size_t i, count = list->count;

	pack_count(p, &count, STAMPS_MAX);
	if (p->reading) {
		list->items = calloc(count + 1, sizeof(*list->items));
		if (list->items == NULL) {
			error_memory(p->err);
			p->failed = 1;
			return;
		}
		list->count = count;
	}
	for (i = 0; i < count && !p->failed; i++)
		pack_stamp(p, &list->items[i]);
}
