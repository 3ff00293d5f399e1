/* In short: who, when, what, until when, why not and what to do, for who reads nothing else. */
#include <stdio.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/report/page.h"
#include "signing/verify/advice.h"
#include "signing/x509/cert.h"

/* "2026-03-01, 11:00:00 UTC": for who does not know how programs write times. */
static char *
day_and_hour(char *out, size_t size, int64_t time)
{
	char text[TEXT_TIME_SIZE];

	text_time(text, time);
	snprintf(out, size, "%.10s, %.8s UTC", text, text + 11);
	return out;
}
#define DAY_SIZE (TEXT_TIME_SIZE + 8)

/* ---- what all verdicts have ---- */

/* Of what is not valid: the reason and the way out. Of what is: by when to extend it. */
static void
outlook(struct page *page, const struct verify_conclusion *c, const struct verify_lasting *l)
{
	char text[800];

	if (c->indication != INDICATION_TOTAL_PASSED) {
		page_add(page, PAGE_FACT, page_tone_of(c->indication),
		    c->indication == INDICATION_TOTAL_FAILED ? "Why not valid" : "Why not proven",
		    c->text, NULL);
		page_add(page, PAGE_FACT, TONE_PLAIN, "What to do", verify_advice(c), NULL);
		return;
	}
	if (l == NULL || !l->known)
		return;
	if (l->until == CATALOGUE_OPEN)
		page_fact(page, "Provable", "without an end that is known today");
	else
		page_fact(page, "What to do", "%s", verify_lasting_advice(l, text, sizeof(text)));
}

static void
who(struct page *page, const char *label, X509 *cert)
{
	char name[200], issuer[300];

	if (cert == NULL) {
		page_fact(page, label, "nobody who is known: the certificate is missing");
		return;
	}
	page_fact(page, label, "%s, by a certificate of %s", cert_label(cert, name, sizeof(name)),
	    cert_issuer_label(cert, issuer, sizeof(issuer)));
}

static X509 *
leaf_of(const struct path_result *path)
{
	return path->certificate_count > 0 ? path->certificates[0].cert : NULL;
}

/* Whoever is named in what is not valid need not have to do with it. */
static const char *
who_of(const struct verify_conclusion *c)
{
	return c->indication == INDICATION_TOTAL_PASSED ? "Signed by" : "Names as signer";
}

/* ---- signatures ---- */

/* The time stamp that proves the best time, or NULL. */
static const struct verify_timestamp *
proof_of(const struct verify_signature *v)
{
	size_t i;

	for (i = 0; i < v->timestamp_count; i++) {
		const struct verify_timestamp *t = &v->timestamps[i];

		if (t->conclusion.indication == INDICATION_TOTAL_PASSED &&
		    t->time == v->best_time && v->source->timestamps[i].covers.signature)
			return t;
	}
	return NULL;
}

static void
when(struct page *page, const struct verify_signature *v)
{
	const struct verify_timestamp *t = proof_of(v);
	char proven[DAY_SIZE], claimed[DAY_SIZE], authority[200] = "?";
	const char *gap = v->source->has_claimed_time ? "; the signer says " : "";

	day_and_hour(proven, sizeof(proven), v->best_time);
	claimed[0] = '\0';
	if (v->source->has_claimed_time)
		day_and_hour(claimed, sizeof(claimed), v->source->claimed_time);
	if (t != NULL && leaf_of(&t->path) != NULL)
		cert_label(leaf_of(&t->path), authority, sizeof(authority));
	if (t != NULL)
		page_fact(page, "When", "%s or before, by a time stamp of %s%s%s", proven,
		    authority, gap, claimed);
	else
		page_fact(page, "When", "not proven: it was there on %s, when it was verified%s%s",
		    proven, gap, claimed);
}

/* How many of what is signed is as it was, and what that is. */
static void
what(struct page *page, const struct signature *sig)
{
	char text[1500] = "";
	size_t i, len, files = 0;

	for (i = 0; i < sig->reference_count; i++) {
		const struct reference *r = &sig->references[i];

		if (!r->is_document)
			continue;
		len = strlen(text);
		snprintf(text + len, sizeof(text) - len, "%s%.200s%s", files++ > 0 ? ", " : "",
		    r->uri != NULL && r->uri[0] != '\0' ? r->uri : "the document",
		    r->intact  ? ""
		    : r->found ? " (changed since)"
			       : " (missing)");
	}
	page_fact(page, "What", "%s%s%s%s",
	    sig->scope == SCOPE_FULL				  ? "the whole document"
	    : sig->format == FORMAT_PDF && !sig->revision_is_last ? "the document as it was then"
								  : "a part of the document",
	    signature_is_intact(sig) ? ", unchanged" : ", not shown to be what was signed",
	    files > 0 && sig->format != FORMAT_PDF ? ": " : "",
	    sig->format != FORMAT_PDF ? text
	    : sig->revision_is_last   ? ""
	    : sig->changes_permitted
		? "; what was added later is permitted by it"
		: "; what was added later is not permitted by it, or not examined");
}

static void
of_signature(struct page *page, const struct verify_signature *v, size_t number)
{
	char text[100];

	snprintf(
	    text, sizeof(text), "Signature %zu: %s", number, page_word(v->conclusion.indication));
	page_add(page, PAGE_SUBHEADING, TONE_PLAIN, NULL, text, NULL);
	who(page, who_of(&v->conclusion), page_signer(v->source));
	when(page, v);
	what(page, v->source);
	outlook(page, &v->conclusion, &v->lasting);
}

static void
of_timestamp(struct page *page, const char *heading, const struct verify_timestamp *t)
{
	char time[DAY_SIZE];

	page_add(page, PAGE_SUBHEADING, TONE_PLAIN, NULL, heading, NULL);
	who(page, who_of(&t->conclusion), leaf_of(&t->path));
	if (t->readable)
		page_fact(page, "When", "%s", day_and_hour(time, sizeof(time), t->time));
	page_fact(page, "What", "%s",
	    t->imprint_intact ? "the data that it covers, unchanged"
			      : "not the data that is here, or nothing that is known");
	outlook(page, &t->conclusion, &t->lasting);
}

/* Of several signatures the verdicts first, a line each. */
static void
overview(struct page *page, const struct report_input *in)
{
	char label[200], text[300], detail[300];
	size_t i;

	for (i = 0; in->report != NULL && in->report->count > 1 && i < in->report->count; i++) {
		const struct verify_signature *v = &in->report->items[i];

		snprintf(label, sizeof(label), "a signer whose certificate is missing");
		if (page_signer(v->source) != NULL)
			cert_label(v->source->signer, label, sizeof(label));
		snprintf(text, sizeof(text), "%zu: %s", i + 1, label);
		snprintf(detail, sizeof(detail), "%s%s%s",
		    indication_name(v->conclusion.indication),
		    v->conclusion.sub != SUB_NONE ? ", " : "",
		    sub_indication_name(v->conclusion.sub));
		page_add(page, PAGE_CHECK, page_tone_of(v->conclusion.indication),
		    page_word(v->conclusion.indication), text, detail);
	}
}

void
page_summary(struct page *page, const struct report_input *in)
{
	char text[100];
	size_t i;

	page_add(page, PAGE_HEADING, TONE_PLAIN, NULL, "In short", NULL);
	overview(page, in);
	for (i = 0; in->report != NULL && i < in->report->count; i++)
		of_signature(page, &in->report->items[i], i + 1);
	for (i = 0; in->certificate == NULL && i < in->timestamp_count; i++) {
		snprintf(text, sizeof(text), "%s %zu: %s",
		    in->report != NULL ? "Time stamp of the document" : "Time stamp", i + 1,
		    page_word(in->timestamps[i].conclusion.indication));
		of_timestamp(page, text, &in->timestamps[i]);
	}
	if (in->certificate != NULL) {
		who(page, "Certificate of", leaf_of(&in->certificate->path));
		outlook(page, &in->certificate->conclusion, NULL);
	} else if (in->report != NULL && in->report->count == 0 && in->timestamp_count == 0) {
		page_add(page, PAGE_FACT, TONE_OPEN, "Signed by",
		    "nobody: there is no signature in it", NULL);
		page_fact(page, "What to do",
		    "Make sure that this is the signed file. Where the signature came as a file of "
		    "its own, verify that, with this one as its original.");
	}
}
