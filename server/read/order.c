#include "server/read/order.h"

#include <stdlib.h>
#include <string.h>

#include "server/read/facts.h"

/* More than any request has. */
#define TEXTS_MAX	 10000
#define CERTIFICATES_MAX 100000

static void
pack_format_limits(struct pack *p, struct format_limits *l)
{
	pack_raw(p, l, sizeof(*l));
}

static void
pack_texts(struct pack *p, const char *const **texts, size_t *count)
{
	const char **copies = NULL;
	const char *text;
	size_t i;

	pack_count(p, count, TEXTS_MAX);
	if (p->reading && !p->failed) {
		copies = calloc(*count + 1, sizeof(*copies));
		*texts = copies;
		if (copies == NULL) {
			error_memory(p->err);
			p->failed = 1;
		}
	}
	for (i = 0; i < *count && !p->failed; i++) {
		text = p->reading ? NULL : (*texts)[i];
		pack_const_text(p, &text);
		if (p->reading)
			copies[i] = text;
	}
}

static void
pack_sign_options(struct pack *p, struct sign_options *o)
{
	PACK_ENUM(p, o->level, LEVEL_T + 1);
	PACK_ENUM(p, o->packaging, PACKAGING_DETACHED + 1);
	PACK_ENUM(p, o->digest, DIGESTS);
	PACK_ENUM(p, o->padding, PADDING_PSS + 1);
	pack_flag(p, &o->plain);
	pack_i64(p, &o->signing_time);
	pack_flag(p, &o->claim_time);
	pack_flag(p, &o->include_chain);
	pack_texts(p, &o->claimed_roles, &o->claimed_role_count);
	pack_const_text(p, &o->city);
	pack_const_text(p, &o->state);
	pack_const_text(p, &o->postal_code);
	pack_const_text(p, &o->country);
	pack_texts(p, &o->commitment_types, &o->commitment_type_count);
	pack_const_text(p, &o->policy_oid);
	PACK_ENUM(p, o->policy_digest, DIGESTS);
	pack_span(p, &o->policy_digest_value);
	pack_const_text(p, &o->policy_uri);
}

static void
pack_appearance(struct pack *p, struct pdf_appearance *a)
{
	pack_u32(p, &a->page);
	pack_raw(p, a->rect, sizeof(a->rect));
	pack_const_text(p, &a->text);
	pack_span(p, &a->image);
}

static void
pack_pdf_options(struct pack *p, struct order *order)
{
	struct pdf_sign_options *o = &order->pdf;
	int visible = o->appearance != NULL;

	pack_const_text(p, &o->field_name);
	pack_const_text(p, &o->reason);
	pack_const_text(p, &o->location);
	pack_const_text(p, &o->contact);
	pack_const_text(p, &o->signer_name);
	pack_int(p, &o->certification);
	pack_const_text(p, &o->password);
	pack_flag(p, &visible);
	if (!visible)
		return;
	if (!p->reading)
		order->appearance = *o->appearance;
	pack_appearance(p, &order->appearance);
	if (p->reading)
		o->appearance = &order->appearance;
}

/* ---- what a detached signature signs ---- */

static void
pack_digests(struct pack *p, const struct digest_values **digests)
{
	struct digest_values *values = (struct digest_values *)*digests;
	int there = values != NULL;

	pack_flag(p, &there);
	if (p->reading) {
		values = there && !p->failed ? calloc(1, sizeof(*values)) : NULL;
		*digests = values;
		if (there && values == NULL)
			pack_broken(p);
	}
	if (values != NULL)
		pack_raw(p, values, sizeof(*values));
}

static void
pack_original(struct pack *p, struct document *d)
{
	pack_const_text(p, &d->name);
	pack_const_text(p, &d->mime_type);
	pack_flag(p, &d->has_content);
	pack_size(p, &d->content.len);
	pack_digests(p, &d->digests);
}

static void
pack_originals(struct pack *p, struct order *order)
{
	struct document *copies = NULL, one;
	size_t i;

	pack_count(p, &order->original_count, TEXTS_MAX);
	if (p->reading && !p->failed) {
		copies = calloc(order->original_count + 1, sizeof(*copies));
		order->originals = copies;
		if (copies == NULL) {
			error_memory(p->err);
			p->failed = 1;
		}
	}
	for (i = 0; i < order->original_count && !p->failed; i++) {
		memset(&one, 0, sizeof(one));
		if (!p->reading)
			one = order->originals[i];
		pack_original(p, &one);
		if (p->reading)
			copies[i] = one;
	}
}

size_t
order_content(const struct order *order)
{
	size_t i, len = order->document.len;

	for (i = 0; i < order->original_count; i++)
		len += order->originals[i].content.len;
	return len;
}

void
order_place(struct pack *p, struct order *order, struct span behind)
{
	struct document *originals = (struct document *)order->originals;
	size_t i;

	if (order->document.len > behind.len) {
		pack_broken(p);
		return;
	}
	order->document.data = behind.data;
	behind.data += order->document.len;
	behind.len -= order->document.len;
	for (i = 0; i < order->original_count; i++) {
		if (originals[i].content.len > behind.len) {
			pack_broken(p);
			return;
		}
		originals[i].content.data = behind.data;
		behind.data += originals[i].content.len;
		behind.len -= originals[i].content.len;
	}
}

void
pack_order(struct pack *p, struct order *order)
{
	PACK_ENUM(p, order->kind, ORDER_KINDS);
	pack_format_limits(p, &order->limits);
	pack_const_text(p, &order->password);
	pack_const_text(p, &order->name);
	pack_flag(p, &order->keep_octets);
	pack_flag(p, &order->need_address);
	pack_flag(p, &order->need_match);
	pack_u32(p, &order->tolerate);
	pack_flag(p, &order->may_open);
	pack_certificates(p, &order->certificates, CERTIFICATES_MAX);
	pack_certificate(p, &order->cert);
	pack_certificates(p, &order->chain, CERTIFICATES_MAX);
	pack_sign_options(p, &order->options);
	pack_pdf_options(p, order);
	PACK_ENUM(p, order->stamp_digest, DIGESTS);
	pack_evidence(p, &order->evidence);
	pack_size(p, &order->document.len);
	pack_originals(p, order);
}
