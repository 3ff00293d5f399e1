#include "server/read/facts.h"

#include <stdlib.h>
#include <string.h>

#include "signing/core/certs.h"

/* The most document time stamps: as many as there are fields, far more than the reader takes. */
#define STAMPS_MAX 100000

/* The name of a limit stands in faults as it is. */
static void
pack_limit(struct pack *p, char *name, size_t size)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";

	pack_chars(p, name, size);
	if (p->reading && !p->failed && name[strspn(name, letters)] != '\0') {
		*name = '\0';
		pack_broken(p);
	}
}

void
pack_error(struct pack *p, struct error *err)
{
	PACK_ENUM(p, err->kind, ERROR_KINDS);
	pack_chars(p, err->text, sizeof(err->text));
	pack_chars(p, err->cause, sizeof(err->cause));
	pack_limit(p, err->limit, sizeof(err->limit));
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
	pack_text(p, &r->name);
	pack_text(p, &r->uri);
	pack_text(p, &r->type);
	pack_text(p, &r->id);
	pack_text(p, &r->path);
	pack_text(p, &r->transforms);
	pack_flag(p, &r->is_document);
	pack_flag(p, &r->in_manifest);
	pack_flag(p, &r->found);
	pack_flag(p, &r->intact);
	pack_u32(p, &r->original);
	PACK_ENUM(p, r->scope, SCOPE_PARTIAL + 1);
	PACK_ENUM(p, r->digest, DIGESTS);
	pack_buf(p, &r->digest_value);
	pack_buf(p, &r->computed);
	pack_buf(p, &r->octets);
	pack_chars(p, r->problem, sizeof(r->problem));
}

/* Ascending, each once: what is read is held to it, since coverage_has() relies on it. */
static void
pack_coverage(struct pack *p, struct coverage *c)
{
	size_t i, count = c->count;

	pack_flag(p, &c->signature);
	pack_flag(p, &c->document);
	PACK_ENUM(p, c->index, DIGESTS);
	PACK_ENUM(p, c->manifest, DIGESTS);
	pack_count(p, &count, COVERAGE_MAX);
	if (p->reading && count > 0 && !p->failed) {
		c->items = calloc(count, sizeof(*c->items));
		if (c->items == NULL) {
			error_memory(p->err);
			p->failed = 1;
			return;
		}
		c->count = count;
	}
	for (i = 0; i < count && !p->failed; i++) {
		pack_raw(p, c->items[i], sizeof(c->items[i]));
		if (p->reading && i > 0 && memcmp(c->items[i - 1], c->items[i], 32) >= 0)
			pack_broken(p);
	}
}

static void
pack_form(struct pack *p, struct ades_form *f)
{
	int *const flags[] = { &f->ades, &f->baseline, &f->policy, &f->extended, &f->stamp,
		&f->references, &f->reference_stamp, &f->values, &f->archive };
	size_t i;

	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		pack_flag(p, flags[i]);
}

void
pack_embedded(struct pack *p, struct embedded_timestamp *t)
{
	PACK_ENUM(p, t->kind, TIMESTAMP_REFERENCES + 1);
	pack_buf(p, &t->token);
	pack_raw(p, &t->imprint, sizeof(t->imprint));
	pack_flag(p, &t->imprint_known);
	pack_chars(p, t->problem, sizeof(t->problem));
	pack_coverage(p, &t->covers);
	pack_below(p, &t->deviations, DEVIATION_BIT(DEVIATIONS));
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
pack_commitments(struct pack *p, struct signature *sig)
{
	size_t i, count = sig->commitment_count;
	struct commitment *c = NULL;

	pack_count(p, &count, STATEMENTS_MAX);
	for (i = 0; i < count && !p->failed; i++) {
		if (!p->reading)
			c = &sig->commitments[i];
		else if (signature_add_commitment(sig, &c, p->err) != 0)
			break;
		pack_text(p, &c->type);
		pack_text(p, &c->description);
		pack_text(p, &c->of);
		pack_flag(p, &c->of_all);
		pack_chars(p, c->problem, sizeof(c->problem));
		/* A type is there in any case. */
		if (p->reading && c->type == NULL)
			pack_broken(p);
	}
	p->failed |= i < count;
}

static void
pack_formats(struct pack *p, struct signature *sig)
{
	size_t i, count = sig->format_count;
	struct data_format *f = NULL;

	pack_count(p, &count, STATEMENTS_MAX);
	for (i = 0; i < count && !p->failed; i++) {
		if (!p->reading)
			f = &sig->formats[i];
		else if (signature_add_format(sig, &f, p->err) != 0)
			break;
		pack_text(p, &f->of);
		pack_text(p, &f->mime_type);
		pack_text(p, &f->encoding);
		pack_text(p, &f->description);
		pack_text(p, &f->identifier);
		pack_chars(p, f->problem, sizeof(f->problem));
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
	int len = !p->reading && *key != NULL ? i2d_PUBKEY(*key, &der) : 0;
	struct span s = { der, len > 0 ? (size_t)len : 0 };

	pack_span(p, &s);
	OPENSSL_free(der);
	if (!p->reading || p->failed || s.len == 0)
		return;
	*key = key_decode(s);
	if (*key == NULL)
		pack_broken(p);
}

static void
pack_changes(struct pack *p, struct signature *sig)
{
	size_t i;
	int compared = sig->changes != NULL;

	PACK_ENUM(p, sig->change_class, CHANGE_CLASSES);
	pack_flag(p, &sig->changes_permitted);
	pack_flag(p, &compared);
	pack_count(p, &sig->change_count, CHANGES_MAX);
	pack_size(p, &sig->changes_untold);
	if (p->reading && compared && !p->failed) {
		sig->changes = calloc(CHANGES_MAX, sizeof(*sig->changes));
		if (sig->changes == NULL) {
			error_memory(p->err);
			p->failed = 1;
		}
	}
	/* Permitted is only what was compared, and a list is only where one was made. */
	if (sig->changes == NULL) {
		if (sig->changes_permitted || sig->change_count != 0)
			pack_broken(p);
		sig->change_count = 0;
	}
	for (i = 0; i < sig->change_count && !p->failed; i++) {
		PACK_ENUM(p, sig->changes[i].class, CHANGE_CLASSES);
		pack_flag(p, &sig->changes[i].permitted);
		pack_u32(p, &sig->changes[i].revision);
		pack_u32(p, &sig->changes[i].object);
		pack_chars(p, sig->changes[i].text, sizeof(sig->changes[i].text));
	}
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
	/* And the signer's, where it was found elsewhere. */
	pack_certificates(p, &sig->certificates, (size_t)limits->certificates + 1);
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
	pack_form(p, &sig->form);
	PACK_ENUM(p, sig->level, ADES_LEVELS);
	pack_text(p, &sig->policy);
	pack_text(p, &sig->reason);
	pack_text(p, &sig->location);
	pack_text(p, &sig->contact);
	pack_text(p, &sig->roles);
	pack_commitments(p, sig);
	pack_formats(p, sig);
	pack_flag(p, &sig->statements_untold);
	pack_timestamps(p, sig, limits);
	for (i = 0; i < 4; i++)
		pack_u64(p, &sig->byte_range[i]);
	pack_flag(p, &sig->revision_is_last);
	pack_int(p, &sig->certification);
	pack_changes(p, sig);
	pack_below(p, &sig->deviations, DEVIATION_BIT(DEVIATIONS));
	PACK_ENUM(p, sig->failure, SUB_INDICATIONS);
	pack_chars(p, sig->failure_text, sizeof(sig->failure_text));
}

/* The digests are computed anew: what the read process says of them is not believed. */
static void
pack_values(struct pack *p, struct values *values)
{
	size_t i, count = values->count;
	struct span der;

	pack_count(p, &count, FORMAT_EVIDENCE_MAX);
	for (i = 0; i < count && !p->failed; i++) {
		der = p->reading ? SPAN_NONE : SPAN_OF(&values->items[i].der);
		pack_span(p, &der);
		if (p->reading && !p->failed && values_add(values, der, p->err) != 0)
			p->failed = 1;
	}
}

void
pack_evidence(struct pack *p, struct evidence *e)
{
	pack_certificates(p, &e->certificates, FORMAT_EVIDENCE_MAX);
	pack_values(p, &e->crls);
	pack_values(p, &e->ocsps);
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
	pack_evidence(p, &list->evidence);
}

static void
pack_stamp(struct pack *p, struct pdf_timestamp *t)
{
	int i;

	pack_text(p, &t->field);
	for (i = 0; i < 4; i++)
		pack_u64(p, &t->byte_range[i]);
	pack_flag(p, &t->revision_is_last);
	pack_flag(p, &t->content_is_covered);
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

void
pack_facts(struct pack *p, struct document_facts *facts, const struct format_limits *limits)
{
	pack_signatures(p, &facts->signatures, limits);
	if (facts->kind == KIND_PDF)
		pack_stamps(p, &facts->stamps);
	else if (facts->kind == KIND_ASIC)
		pack_container(p, &facts->container);
	else if (facts->kind == KIND_SMIME)
		pack_mail(p, &facts->mail);
}
