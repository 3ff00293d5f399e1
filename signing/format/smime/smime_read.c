#include "signing/format/smime/smime_read.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "server/base/text.h"
#include "signing/core/ossl.h"
#include "signing/format/cms/cms_read.h"
#include "signing/format/smime/entity.h"
#include "signing/format/smime/recipients.h"

#define PATH_SIZE 128

static const struct format_limits default_limits = FORMAT_LIMITS_DEFAULT;
static const struct smime_read_options no_options;

/* One mail being read. */
struct reading {
	struct signatures *out;
	struct smime_mail *mail;
	const struct smime_read_options *options;
	const struct format_limits *limits;
	unsigned int parts;
	int64_t date; /* of the mail; 0: not known */
	struct error *err;
};

/* Where an entity stands. */
struct place {
	char path[PATH_SIZE]; /* "" for the mail, "1.2" */
	unsigned int depth;
	int is_whole;  /* nothing but signatures and encryption is around it */
	int is_signed; /* inside of an intact one */
	int is_inner;  /* inside of any */
};

static void
remark(struct reading *r, const char *fmt, ...)
{
	size_t len = strlen(r->mail->remarks), size = sizeof(r->mail->remarks);
	va_list ap;

	if (len > 0 && len + 1 < size)
		r->mail->remarks[len++] = '\n';
	va_start(ap, fmt);
	vsnprintf(r->mail->remarks + len, size - len, fmt, ap);
	va_end(ap);
}

static int
is_fatal(const struct error *err)
{
	return err->kind == ERROR_LIMIT || err->kind == ERROR_TOO_LARGE ||
	       err->kind == ERROR_UNAVAILABLE || err->kind == ERROR_INTERNAL;
}

static struct place
inside(const struct place *p, unsigned int number, int is_whole)
{
	struct place in = { .depth = p->depth + 1,
		.is_whole = is_whole,
		.is_signed = p->is_signed,
		.is_inner = p->is_inner };

	snprintf(
	    in.path, sizeof(in.path), "%.110s%s%u", p->path, p->path[0] != '\0' ? "." : "", number);
	return in;
}

/* ---- addresses ---- */

static int
is_listed(const char *list, const char *address)
{
	size_t n = strlen(address), len;

	for (; list != NULL && *list != '\0'; list += len + (list[len] == '\n')) {
		len = strcspn(list, "\n");
		if (len == n && strncasecmp(list, address, n) == 0)
			return 1;
	}
	return 0;
}

/* Does the list name an address of the signer's? */
static int
names_signer(const char *list, const STACK_OF(OPENSSL_STRING) * emails)
{
	int i, found = 0;

	for (i = 0; i < sk_OPENSSL_STRING_num(emails); i++)
		found |= is_listed(list, sk_OPENSSL_STRING_value(emails, i));
	return found;
}

static void
doubt(struct reading *r, struct signature *sig, int is_failure, const char *text)
{
	r->mail->is_doubtful = 1;
	remark(r, "%s", text);
	if (is_failure)
		signature_fail(sig, SUB_SIG_CONSTRAINTS_FAILURE, "%s", text);
}

/* A signed mail that is sent again later, or as if it were older, shows in nothing but this. */
static void
check_date(struct reading *r, struct signature *sig)
{
	int64_t gap = r->date - sig->claimed_time;

	if (r->date == 0 || !sig->has_claimed_time ||
	    (gap <= SMIME_DATE_GAP && gap >= -SMIME_DATE_GAP))
		return;
	doubt(r, sig, 0,
	    gap > 0 ? "the mail's Date is much later than the signing time"
		    : "the mail's Date is much earlier than the signing time");
}

/* RFC 8550 section 3. The fields are as the mail has them, and no signature covers them. */
static void
check_address(struct reading *r, struct signature *sig)
{
	STACK_OF(OPENSSL_STRING) *emails =
	    sig->signer != NULL ? X509_get1_email(sig->signer) : NULL;
	const char *from = r->mail->from;

	if (sig->signer == NULL || !r->mail->is_mail)
		goto done;
	if (sk_OPENSSL_STRING_num(emails) <= 0)
		doubt(r, sig, r->options->need_address,
		    "the signer's certificate has no mail address to compare with From");
	else if (from == NULL)
		doubt(r, sig, r->options->need_match, "the mail has no From address");
	else if (!names_signer(from, emails) && !names_signer(r->mail->sender, emails))
		doubt(r, sig, r->options->need_match,
		    "no mail address of the signer's certificate is in From or Sender");
	else if (!names_signer(from, emails))
		doubt(r, sig, 0, "the signer is the mail's Sender, and From names others");
	else if (r->mail->sender != NULL && !names_signer(r->mail->sender, emails))
		doubt(r, sig, 0, "the signer is in From, and Sender names another");
	else if (strchr(from, '\n') != NULL)
		doubt(r, sig, 0, "From names more than one address; the signer's is one of them");
done:
	X509_email_free(emails);
}

/* ---- signatures ---- */

static int
add_broken(struct reading *r, const struct place *at, const char *why)
{
	struct signature *sig = signatures_add(r->out, r->limits, r->err);

	if (sig == NULL)
		return -1;
	sig->format = FORMAT_CMS;
	if (asprintf(&sig->id, "%s#signature", at->path) < 0) {
		sig->id = NULL;
		return error_memory(r->err);
	}
	signature_fail(sig, SUB_FORMAT_FAILURE, "%s", why);
	return 0;
}

static int
all_intact(const struct signatures *list)
{
	size_t i, n = 0;

	for (i = 0; i < list->count; i++) {
		if (list->items[i].parent != NULL)
			continue;
		if (!list->items[i].value_intact || !list->items[i].references_intact)
			return 0;
		n++;
	}
	return n > 0;
}

static int
name_reference(struct reading *r, struct signature *sig, const struct place *at, const char *form)
{
	size_t i;

	sig->scope = at->is_whole ? SCOPE_FULL : SCOPE_PARTIAL;
	for (i = 0; i < sig->reference_count; i++) {
		struct reference *ref = &sig->references[i];
		char *uri = NULL, *transforms = form != NULL ? strdup(form) : NULL;

		if (asprintf(&uri, at->is_whole ? "mail" : "part %s", at->path) < 0 ||
		    (form != NULL && transforms == NULL)) {
			free(transforms);
			return error_memory(r->err);
		}
		free(ref->uri);
		free(ref->transforms);
		ref->uri = uri;
		ref->transforms = transforms;
		ref->scope = sig->scope;
	}
	return 0;
}

/* What was read of one place becomes the mail's. */
static int
take(struct reading *r, struct signatures *list, const struct place *at, const char *form)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		struct signature *sig = &list->items[i];

		if (sig->parent != NULL)
			continue;
		if (name_reference(r, sig, at, form) != 0)
			return -1;
		if (at->is_whole && !at->is_inner) {
			check_address(r, sig);
			check_date(r, sig);
		}
	}
	return signatures_take(
	    r->out, list, at->path[0] != '\0' ? at->path : NULL, r->limits, r->err);
}

static int
read_over(struct reading *r, struct signatures *list, struct span der, struct span content,
    struct error *why)
{
	const struct cms_read_options options = { .limits = r->limits,
		.extra_certificates = r->options->extra_certificates,
		.keep_octets = r->options->keep_octets,
		.tolerate = r->options->tolerate };
	const struct document doc = { .content = content, .has_content = 1 };

	signatures_release(list);
	error_clear(why);
	return cms_read(list, der, &doc, &options, why);
}

static int walk(struct reading *r, struct span raw, struct place at);

/* The first part in its canonical form, or as it stands: what the signature is over. */
static int
read_detached(struct reading *r, struct span signed_part, int is_binary, struct span der,
    const struct place *at, int *is_intact)
{
	struct signatures list = { 0 };
	struct buf canonical = BUF_INIT(signed_part.len * 2 + 2);
	const char *form = "canonical";
	struct error why = ERROR_INIT;
	int rc = -1;

	if (entity_canonical(signed_part, &canonical, r->err) != 0)
		goto done;
	if (is_binary || span_equal(SPAN_OF(&canonical), signed_part))
		form = "as it stands";
	rc = read_over(r, &list, der, is_binary ? signed_part : SPAN_OF(&canonical), &why);
	if (rc == 0 && !all_intact(&list) && !span_equal(SPAN_OF(&canonical), signed_part)) {
		struct signatures other = { 0 };
		struct error ignored = ERROR_INIT;

		if (read_over(r, &other, der, is_binary ? SPAN_OF(&canonical) : signed_part,
			&ignored) == 0 &&
		    all_intact(&other)) {
			struct signatures swap = list;

			list = other;
			other = swap;
			form = is_binary ? "canonical" : "as it stands";
		}
		signatures_release(&other);
	}
	*is_intact = rc == 0 && all_intact(&list);
	if (rc == 0)
		rc = take(r, &list, at, form);
	else if (is_fatal(&why))
		*r->err = why;
	else
		rc = add_broken(r, at, why.text);
done:
	signatures_release(&list);
	buf_release(&canonical);
	return rc;
}

static int
walk_signed(struct reading *r, const struct entity *e, const struct place *at)
{
	struct span parts[2];
	struct entity signature = { 0 }, content = { 0 };
	struct buf der = BUF_INIT(r->limits->output_bytes);
	struct place in = inside(at, 1, at->is_whole);
	struct error why = ERROR_INIT;
	int rc = -1, is_intact = 0;

	in.is_inner = 1;
	if (e->is_ambiguous || entity_split(e, parts, 2) != 2)
		return add_broken(r, at,
		    "a multipart/signed has two parts, between its boundaries, and each deciding "
		    "header field once (RFC 1847 section 2.1); this one has not");
	if (entity_open(&content, parts[0], &why) != 0 ||
	    entity_open(&signature, parts[1], &why) != 0 ||
	    entity_decode(&signature, &der, &why) != 0)
		rc = is_fatal(&why) ? (*r->err = why, -1) : add_broken(r, at, why.text);
	else if (signature.kind != ENTITY_SIGNATURE && signature.kind != ENTITY_PKCS7)
		rc = add_broken(r, at, "the second part of a multipart/signed is no signature");
	else
		rc = read_detached(r, parts[0], content.is_binary, SPAN_OF(&der), at, &is_intact);
	in.is_signed |= is_intact;
	if (rc == 0)
		rc = walk(r, parts[0], in);
	entity_release(&content);
	entity_release(&signature);
	buf_release(&der);
	return rc;
}

/* ---- application/pkcs7-mime ---- */

static int
walk_opaque(struct reading *r, struct span der, const struct place *at)
{
	const struct cms_read_options options = { .limits = r->limits,
		.extra_certificates = r->options->extra_certificates,
		.keep_octets = r->options->keep_octets,
		.tolerate = r->options->tolerate };
	struct signatures list = { 0 };
	struct buf content = BUF_INIT(r->limits->output_bytes);
	struct place in = inside(at, 1, at->is_whole);
	struct error why = ERROR_INIT;
	int rc;

	in.is_inner = 1;
	rc = cms_read(&list, der, NULL, &options, &why);
	if (rc != 0) {
		rc = is_fatal(&why) ? (*r->err = why, -1) : add_broken(r, at, why.text);
		goto done;
	}
	in.is_signed |= all_intact(&list);
	rc = take(r, &list, at, NULL);
	/* What is inside is an entity again, signed or not. */
	if (rc == 0 && cms_content(&content, NULL, 0, der, NULL) == 0)
		rc = walk(r, SPAN_OF(&content), in);
done:
	signatures_release(&list);
	buf_release(&content);
	return rc;
}

/* What the opener makes of it is looked into; else it is told for whom it is. */
static int
walk_encrypted(struct reading *r, struct span der, const struct place *at)
{
	const struct envelope_opener *opener = r->options->opener;
	struct buf content = BUF_INIT(r->limits->output_bytes);
	int rc = opener != NULL ? opener->open(opener->ctx, at->path, der, &content, r->err) : 0;

	if (rc > 0) {
		r->mail->opened_count++;
		rc = walk(r, SPAN_OF(&content), inside(at, 1, at->is_whole));
	} else if (rc == 0) {
		r->mail->encrypted_count++;
		rc = recipients_read(r->mail, der, at->path, r->err);
	}
	buf_wipe(&content);
	return rc;
}

static int
walk_pkcs7(struct reading *r, const struct entity *e, const struct place *at)
{
	struct buf der = BUF_INIT(r->limits->output_bytes);
	struct error why = ERROR_INIT;
	int rc;

	rc = entity_decode(e, &der, &why);
	if (rc != 0) {
		rc = is_fatal(&why) ? (*r->err = why, -1) : add_broken(r, at, why.text);
		goto done;
	}
	switch (recipients_kind(SPAN_OF(&der))) {
	case MAIL_ENCRYPTED:
		rc = walk_encrypted(r, SPAN_OF(&der), at);
		break;
	case MAIL_COMPRESSED:
		r->mail->unsigned_count += !at->is_signed;
		remark(r, "a part is compressed and was not looked into");
		break;
	case MAIL_CERTIFICATES:
		remark(r, "a part holds certificates alone");
		break;
	default:
		rc = walk_opaque(r, SPAN_OF(&der), at);
	}
done:
	buf_release(&der);
	return rc;
}

/* ---- the tree ---- */

static int
walk_parts(struct reading *r, const struct entity *e, const struct place *at)
{
	struct span *parts = calloc(SMIME_PARTS_MAX, sizeof(*parts));
	int i, count, rc = 0;

	if (parts == NULL)
		return error_memory(r->err);
	count = entity_split(e, parts, SMIME_PARTS_MAX);
	if (count < 0) {
		remark(r, "a multipart of the mail is cut off");
		r->mail->unsigned_count += !at->is_signed;
	}
	if (count > (int)SMIME_PARTS_MAX)
		rc = error_limit(r->err, ERROR_LIMIT, "smime-parts", SMIME_PARTS_MAX,
		    (uint64_t)count, "the mail has too many parts");
	for (i = 0; rc == 0 && i < count; i++)
		rc = walk(r, parts[i], inside(at, (unsigned int)i + 1, 0));
	free(parts);
	return rc;
}

static int
walk_entity(struct reading *r, const struct entity *e, const struct place *at)
{
	switch (e->kind) {
	case ENTITY_SIGNED:
		return walk_signed(r, e, at);
	case ENTITY_PKCS7:
		return walk_pkcs7(r, e, at);
	case ENTITY_MULTIPART:
		return walk_parts(r, e, at);
	case ENTITY_MESSAGE:
		return walk(r, e->body, inside(at, 1, 0));
	default:
		r->mail->unsigned_count += !at->is_signed;
		return 0;
	}
}

/* What disguises a sender, whoever signed. */
static void
check_from(struct reading *r, const struct entity *e)
{
	r->mail->is_doubtful |= e->from_count > 1 || e->name_is_address;
	if (e->from_count > 1)
		remark(r, "the mail has %d From fields", e->from_count);
	if (e->name_is_address)
		remark(r, "From shows an address as somebody's name");
}

static int
walk(struct reading *r, struct span raw, struct place at)
{
	struct entity e;
	struct error why = ERROR_INIT;
	int rc;

	if (at.depth > SMIME_DEPTH_MAX)
		return error_limit(r->err, ERROR_LIMIT, "smime-depth", SMIME_DEPTH_MAX, 0,
		    "the parts of the mail nest too deep");
	if (r->parts++ >= SMIME_PARTS_MAX)
		return error_limit(r->err, ERROR_LIMIT, "smime-parts", SMIME_PARTS_MAX, 0,
		    "the mail has too many parts");
	if (entity_open(&e, raw, &why) != 0) {
		if (at.depth == 0 || is_fatal(&why)) {
			*r->err = why;
			return -1;
		}
		r->mail->unsigned_count += !at.is_signed;
		return 0;
	}
	if (at.depth == 0) {
		r->mail->from = e.from;
		r->mail->sender = e.sender;
		r->mail->is_mail = e.has_mail_fields;
		r->date = e.date;
		e.from = e.sender = NULL;
		check_from(r, &e);
	}
	rc = walk_entity(r, &e, &at);
	entity_release(&e);
	return rc;
}

/* ---- the door ---- */

int
smime_read(struct signatures *out, struct smime_mail *mail, struct span file,
    const struct smime_read_options *options, struct error *err)
{
	const struct place top = { .is_whole = 1 };
	struct error own = ERROR_INIT;
	struct reading r = { .out = out,
		.mail = mail,
		.options = options != NULL ? options : &no_options,
		.err = err != NULL ? err : &own };
	size_t i, before;

	r.limits = r.options->limits != NULL ? r.options->limits : &default_limits;
	before = out->count;
	if (walk(&r, file, top) != 0)
		return -1;
	if (out->count > before && mail->unsigned_count > 0)
		remark(&r, "%zu parts of the mail are not covered by any intact signature",
		    mail->unsigned_count);
	for (i = before; i < out->count; i++)
		if (out->items[i].failure_text[0] != '\0' &&
		    !text_is_utf8(out->items[i].failure_text, strlen(out->items[i].failure_text)))
			text_printable(out->items[i].failure_text,
			    sizeof(out->items[i].failure_text), out->items[i].failure_text);
	return 0;
}

void
smime_mail_release(struct smime_mail *mail)
{
	size_t i;

	for (i = 0; i < mail->recipient_count; i++) {
		free(mail->recipients[i].part);
		free(mail->recipients[i].issuer);
		free(mail->recipients[i].serial);
		free(mail->recipients[i].key_id);
	}
	free(mail->recipients);
	free(mail->from);
	free(mail->sender);
	memset(mail, 0, sizeof(*mail));
}
