#include "signing/report/page.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/report/covered.h"
#include "signing/report/markup.h"
#include "signing/x509/cert.h"

/* ---- blocks ---- */

/* Characters that are not seen, or that change how others are seen. */
static int
is_hidden(uint32_t c)
{
	static const struct {
		uint32_t from, to;
	} ranges[] = {
		{ 0x00, 0x1f },
		{ 0x7f, 0x9f },
		{ 0xad, 0xad },
		{ 0x34f, 0x34f },
		{ 0x61c, 0x61c },
		{ 0x115f, 0x1160 },
		{ 0x17b4, 0x17b5 },
		{ 0x180b, 0x180f },
		{ 0x200b, 0x200f },
		{ 0x2028, 0x202e },
		{ 0x2060, 0x206f },
		{ 0x3164, 0x3164 },
		{ 0xfe00, 0xfe0f },
		{ 0xfeff, 0xfeff },
		{ 0xffa0, 0xffa0 },
		{ 0xfff0, 0xfffb },
		{ 0xfffe, 0xffff },
		{ 0xe0000, 0xe0fff },
	};
	size_t i;

	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c >= ranges[i].from && c <= ranges[i].to)
			return 1;
	return 0;
}

char *
page_harmless(const char *text)
{
	struct buf out = BUF_INIT(0);
	size_t len;
	uint32_t c;
	int rc = 0;

	for (; rc == 0 && text != NULL && (c = text_next(text, &len)) != 0; text += len) {
		if (c == '\n' || c == '\t' || c == '\r')
			rc = buf_append_str(&out, " ", NULL);
		else if (is_hidden(c))
			rc = buf_printf(&out, NULL, "<U+%04" PRIX32 ">", c);
		else if (c == 0xfffd && len == 1)
			rc = buf_printf(&out, NULL, "<%02X>", (unsigned char)*text);
		else
			rc = buf_append(&out, text, len, NULL);
	}
	if (rc == 0)
		rc = buf_terminate(&out, NULL);
	if (rc != 0) {
		buf_release(&out);
		return NULL;
	}
	return (char *)out.data;
}

void
page_add(struct page *page, enum page_kind kind, enum page_tone tone, const char *label,
    const char *text, const char *detail)
{
	struct page_block *b, *more;

	more = page->failed ? NULL : realloc(page->items, (page->count + 1) * sizeof(*more));
	if (more == NULL) {
		page->failed = 1;
		return;
	}
	page->items = more;
	b = &more[page->count++];
	*b = (struct page_block){ .kind = kind, .tone = tone };
	b->label = label != NULL ? page_harmless(label) : NULL;
	b->text = text != NULL ? page_harmless(text) : NULL;
	b->detail = detail != NULL ? page_harmless(detail) : NULL;
	if ((label != NULL && b->label == NULL) || (text != NULL && b->text == NULL) ||
	    (detail != NULL && b->detail == NULL))
		page->failed = 1;
}

void
page_fact(struct page *page, const char *label, const char *fmt, ...)
{
	char text[2000];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	page_add(page, PAGE_FACT, TONE_PLAIN, label, text, NULL);
}

void
page_release(struct page *page)
{
	size_t i;

	for (i = 0; i < page->count; i++) {
		free(page->items[i].label);
		free(page->items[i].text);
		free(page->items[i].detail);
	}
	free(page->items);
	memset(page, 0, sizeof(*page));
}

/* ---- what was judged ---- */

static void
documents(struct page *page, const struct report_input *in, const struct report_objects *objects)
{
	char hex[2 * DIGEST_SIZE_MAX + 1], size[60];
	size_t i;

	for (i = 0; i < in->document_count; i++) {
		const struct report_object *o = &objects->items[objects->documents[i]];
		const char *name = in->documents[i].name;

		size[0] = '\0';
		if (o->size != 0)
			snprintf(size, sizeof(size), " (%" PRIu64 " bytes)", o->size);
		page_fact(page,
		    i == 0			 ? "Document"
		    : report_is_signed(in, i, o) ? "Signed original"
						 : "Handed in, not signed by it",
		    "%s%s", name != NULL ? name : "without a name", size);
		page_fact(page, digest_name(o->digest), "%s",
		    text_hex(hex, o->value, digest_size(o->digest)));
	}
	page_layers(page, in);
}

/* ---- and by what ---- */

static void
basis(struct page *page, const struct report_input *in)
{
	static const struct verify_policy strict;
	const struct verify_policy *p = in->policy != NULL ? in->policy : &strict;
	const struct catalogue *c = in->catalogue != NULL ? in->catalogue : catalogue_builtin();
	char when[TEXT_TIME_SIZE];

	page_add(page, PAGE_HEADING, TONE_PLAIN, NULL, "What the verdict rests on", NULL);
	page_fact(page, "Judged for", "%s", text_time(when, in->time));
	page_fact(page, "Asked at", "%s", text_time(when, in->made));
	page_fact(page, "Policy", "%s %s", p->name != NULL ? p->name : VERIFY_POLICY_NAME,
	    p->version != NULL ? p->version : VERIFY_POLICY_VERSION);
	page_fact(page, "Algorithm catalogue", "%s %s", c->name, c->version);
	if (in->snapshot != NULL)
		page_fact(
		    page, "Trust snapshot", "%" PRIu64 ", %s", in->snapshot_number, in->snapshot);
	else
		page_fact(page, "Trust snapshot", "none: anchors of the tenant");
	if (in->program != NULL)
		page_fact(page, "Program", "%s%s%s", in->program, in->node != NULL ? " on " : "",
		    in->node != NULL ? in->node : "");
	page_fact(page, "Procedure",
	    "ETSI EN 319 102-1, validation of signatures with "
	    "long-term availability and integrity of validation material");
}

/* ---- signatures ---- */

X509 *
page_signer(const struct signature *sig)
{
	return sig->cert_ref != CERT_REF_DIFFERS || sig->value_intact ? sig->signer : NULL;
}

static const char *
named(const struct signature *sig, char *label, size_t size)
{
	return page_signer(sig) != NULL ? cert_label(sig->signer, label, size)
					: "a signer whose certificate is missing";
}

/* "a.txt, b.txt" of URIs, a line each; the empty one is the document. */
static char *
pieces(const char *of, char *out, size_t size)
{
	size_t len = 0, n;

	out[0] = '\0';
	while (of != NULL && len + 40 < size) {
		n = strcspn(of, "\n");
		len += (size_t)snprintf(out + len, size - len, "%s%.*s", len > 0 ? ", " : "",
		    n == 0    ? 12
		    : n > 100 ? 100
			      : (int)n,
		    n == 0 ? "the document" : of);
		len = len < size ? len : size - 1;
		of = of[n] != '\0' ? of + n + 1 : NULL;
	}
	return out;
}

static void
commitment(struct page *page, const struct commitment *c)
{
	const char *name = commitment_name(c->type);
	char of[600];

	page_fact(page, "Commitment", "%s%s%s%s%s%s, for %s%s%s", name != NULL ? name : c->type,
	    name != NULL ? " (" : "", name != NULL ? c->type : "", name != NULL ? ")" : "",
	    c->description != NULL ? ": " : "", c->description != NULL ? c->description : "",
	    c->of != NULL ? pieces(c->of, of, sizeof(of)) : "all that is signed",
	    c->problem[0] != '\0' ? "; does not count: " : "", c->problem);
}

static void
data_format(struct page *page, const struct data_format *f)
{
	const char *parts[] = { f->mime_type, f->encoding, f->description, f->identifier };
	char text[1500] = "", of[300];
	size_t i, len = 0;

	for (i = 0; i < 4; i++)
		if (parts[i] != NULL && len < sizeof(text))
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%.300s",
			    len > 0 ? "; " : "", parts[i]);
	page_fact(page, "Format", "%s, as the signer says%s%s%s%s", text[0] != '\0' ? text : "?",
	    f->of != NULL ? ", of " : "", f->of != NULL ? pieces(f->of, of, sizeof(of)) : "",
	    f->problem[0] != '\0' ? "; does not count: " : "", f->problem);
}

/* What he says of the data that he signs. */
static void
statements(struct page *page, const struct signature *sig)
{
	size_t i;

	for (i = 0; i < sig->commitment_count; i++)
		commitment(page, &sig->commitments[i]);
	for (i = 0; i < sig->format_count; i++)
		data_format(page, &sig->formats[i]);
}

static void
claims(struct page *page, const struct signature *sig)
{
	char when[TEXT_TIME_SIZE];

	if (sig->has_claimed_time)
		page_fact(page, "Signed at", "%s, as the signer says",
		    text_time(when, sig->claimed_time));
	if (sig->roles != NULL)
		page_fact(page, "Claimed roles", "%s", sig->roles);
	if (sig->reason != NULL)
		page_fact(page, "Reason", "%s", sig->reason);
	if (sig->location != NULL)
		page_fact(page, "Place", "%s", sig->location);
	if (sig->policy != NULL)
		page_fact(page, "Signature policy", "%s", sig->policy);
	statements(page, sig);
}

static void
changes(struct page *page, const struct signature *sig)
{
	size_t i;

	if (sig->change_count == 0)
		return;
	page_add(page, PAGE_SUBHEADING, TONE_PLAIN, NULL, "Changed after this signature", NULL);
	for (i = 0; i < sig->change_count; i++)
		page_add(page, PAGE_CHECK, sig->changes[i].permitted ? TONE_GOOD : TONE_BAD,
		    sig->changes[i].permitted ? "permitted" : "not permitted", sig->changes[i].text,
		    NULL);
	if (sig->changes_untold > 0)
		page_fact(page, "Further changes", "%zu", sig->changes_untold);
}

static void
coverage(struct page *page, const struct signature *sig)
{
	size_t i;

	page_fact(page, "Covers", "%s",
	    sig->scope == SCOPE_FULL ? "the whole document"
	    : sig->format == FORMAT_PDF && !sig->revision_is_last
		? "the document as it was when it was signed, not what was added afterwards"
		: "a part of the document");
	for (i = 0; i < sig->reference_count; i++) {
		const struct reference *r = &sig->references[i];

		if (r->is_document)
			page_fact(page,
			    r->intact  ? "Unchanged"
			    : r->found ? "Changed"
				       : "Missing",
			    "%s%s%s%s", r->uri[0] != '\0' ? r->uri : "the document",
			    r->path != NULL ? ", " : "", r->path != NULL ? r->path : "",
			    r->scope == SCOPE_FULL ? "" : " (in part)");
	}
}

static void
signature(struct page *page, const struct verify_signature *v, size_t number)
{
	static const char *const formats[FORMATS] = { "CMS", "XML", "PDF" };
	const struct signature *sig = v->source;
	char label[200], text[300], when[TEXT_TIME_SIZE];
	size_t i;

	snprintf(text, sizeof(text), "Signature %zu: %s", number, named(sig, label, sizeof(label)));
	page_add(page, PAGE_HEADING, TONE_PLAIN, NULL, text, NULL);
	page_verdict(page, &v->conclusion);
	page_level(page, &v->qualification);
	if (page_signer(sig) != NULL)
		page_certificate(page, "Signer", sig->signer);
	page_fact(page, "Proven to exist", "at %s, %s%s", text_time(when, v->best_time),
	    strncmp(v->best_time_source, "time stamp", 10) == 0 ? "by " : "which is the ",
	    v->best_time_source);
	claims(page, sig);
	page_fact(page, "Form", "%s, level %s, %s, %d bits; %s", formats[sig->format], v->level,
	    v->algorithm, v->key_bits, sig->id);
	if (sig->parent != NULL)
		page_fact(page, "Countersigns", "%s", sig->parent);
	coverage(page, sig);
	changes(page, sig);
	page_path(page, &v->path, &v->trust);
	page_qualification(
	    page, &v->qualification, "Certificate at its issue", "Certificate when it was used");
	page_add(page, PAGE_SUBHEADING, TONE_PLAIN, NULL, "Checks of the signature", NULL);
	page_checks(page, &v->checks);
	for (i = 0; i < v->timestamp_count; i++) {
		snprintf(text, sizeof(text), "Signature %zu, time stamp %zu", number, i + 1);
		page_timestamp(page, text, &v->timestamps[i]);
	}
}

/* ---- the three kinds of reports ---- */

static void
of_document(struct page *page, const struct report_input *in)
{
	char text[100];
	size_t i;

	for (i = 0; i < in->report->count; i++)
		signature(page, &in->report->items[i], i + 1);
	for (i = 0; i < in->timestamp_count; i++) {
		snprintf(text, sizeof(text), "Time stamp of the document %zu", i + 1);
		page_timestamp(page, text, &in->timestamps[i]);
	}
}

static void
of_certificate(struct page *page, const struct report_input *in)
{
	const struct verify_certificate_report *c = in->certificate;

	page_add(page, PAGE_HEADING, TONE_PLAIN, NULL, "Certificate", NULL);
	if (c->path.certificate_count > 0)
		page_certificate(page, "Certificate", c->path.certificates[0].cert);
	page_fact(page, "Purpose", "%s", path_purpose_name(in->purpose));
	page_level(page, &c->qualification);
	page_path(page, &c->path, &c->trust);
	page_qualification(page, &c->qualification, "At its issue", "At the validation time");
	page_add(page, PAGE_SUBHEADING, TONE_PLAIN, NULL, "Checks", NULL);
	page_checks(page, &c->checks);
}

static const char *
holder(const struct report_object *o, char *out, size_t size)
{
	X509 *cert = NULL;

	out[0] = '\0';
	if (cert_read(&cert, o->bytes, NULL) == 0)
		cert_label(cert, out, size);
	X509_free(cert);
	return out;
}

static void
evidence(struct page *page, const struct report_objects *objects)
{
	char hex[2 * DIGEST_SIZE_MAX + 1], since[TEXT_TIME_SIZE], name[200];
	size_t i;

	page_add(page, PAGE_HEADING, TONE_PLAIN, NULL,
	    "Evidence, by the names used above and by SHA-256", NULL);
	for (i = 0; i < objects->count; i++) {
		const struct report_object *o = &objects->items[i];

		if (o->kind == REPORT_SIGNED_DATA ||
		    (o->kind != REPORT_SIGNATURE && o->kind != REPORT_TIMESTAMP && !o->decided))
			continue;
		page_fact(page, o->id, "%s%s%s, proven to exist at %s", text_hex(hex, o->value, 32),
		    o->kind == REPORT_CERTIFICATE ? ", " : "",
		    o->kind == REPORT_CERTIFICATE ? holder(o, name, sizeof(name)) : "",
		    text_time(since, o->existed));
	}
}

int
page_make(struct page *page, const struct report_input *in, struct error *err)
{
	struct report_objects objects;

	memset(page, 0, sizeof(*page));
	if (report_objects_make(&objects, in, err) != 0)
		return -1;
	page->in = in;
	page->objects = &objects;
	page_add(page, PAGE_TITLE, TONE_PLAIN, NULL, "Verification report", NULL);
	page_verdict(page, in->report != NULL	     ? &in->report->conclusion
			   : in->certificate != NULL ? &in->certificate->conclusion
						     : &in->timestamps->conclusion);
	documents(page, in, &objects);
	page_summary(page, in);
	basis(page, in);
	if (in->report != NULL)
		of_document(page, in);
	else if (in->certificate != NULL)
		of_certificate(page, in);
	else
		page_timestamp(page, "Time stamp", in->timestamps);
	page_limits(page, in);
	evidence(page, &objects);
	report_objects_release(&objects);
	page->in = NULL;
	page->objects = NULL;
	if (!page->failed)
		return 0;
	page_release(page);
	return error_memory(err);
}
