#include <stdio.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/core/ossl.h"
#include "signing/report/covered.h"
#include "signing/report/page.h"
#include "signing/x509/cert.h"

const char *
page_word(enum indication indication)
{
	static const char *const words[] = { [INDICATION_TOTAL_PASSED] = "Valid",
		[INDICATION_INDETERMINATE] = "Not proven",
		[INDICATION_TOTAL_FAILED] = "Not valid" };

	return words[indication];
}

enum page_tone
page_tone_of(enum indication indication)
{
	static const enum page_tone tones[] = { [INDICATION_TOTAL_PASSED] = TONE_GOOD,
		[INDICATION_INDETERMINATE] = TONE_OPEN,
		[INDICATION_TOTAL_FAILED] = TONE_BAD };

	return tones[indication];
}

void
page_verdict(struct page *page, const struct verify_conclusion *c)
{
	char label[120];

	snprintf(label, sizeof(label), "%s (%s%s%s)", page_word(c->indication),
	    indication_name(c->indication), c->sub != SUB_NONE ? ", " : "",
	    sub_indication_name(c->sub));
	page_add(page, PAGE_VERDICT, page_tone_of(c->indication), label, c->text, NULL);
}

void
page_certificate(struct page *page, const char *label, X509 *cert)
{
	char name[600], serial[80], from[TEXT_TIME_SIZE] = "?", to[TEXT_TIME_SIZE] = "?";
	int ok1, ok2;
	const int64_t before = asn1_time_seconds(X509_get0_notBefore(cert), &ok1);
	const int64_t after = asn1_time_seconds(X509_get0_notAfter(cert), &ok2);

	page_fact(
	    page, label, "%s", x509_name_text(X509_get_subject_name(cert), name, sizeof(name)));
	page_fact(page, "Issued by", "%s",
	    x509_name_text(X509_get_issuer_name(cert), name, sizeof(name)));
	if (ok1)
		text_time(from, before);
	if (ok2)
		text_time(to, after);
	page_fact(page, "Certificate", "no. %s, from %s to %s",
	    asn1_integer_text(X509_get0_serialNumber(cert), serial, sizeof(serial)), from, to);
}

/* Why nobody was asked, for those who do not know the names of extensions. */
static const char *
reason_of(const char *why_not)
{
	static const char *const words[][2] = {
		{ "trust anchor", "it is trusted itself" },
		{ "noRevAvail", "its issuer says that it publishes nothing on it (noRevAvail)" },
		{ "ocsp-nocheck", "its issuer says that it need not be asked for (ocsp-nocheck)" },
		{ "validity-assured short-term certificate",
		    "it is valid for so short a time that its issuer publishes nothing on it" },
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(why_not, words[i][0]) == 0)
			return words[i][1];
	return why_not;
}

/* What is known of one certificate's revocation, and by what. */
static void
status(struct page *page, const struct path_certificate *pc)
{
	const struct revocation_result *r = &pc->revocation;
	char when[TEXT_TIME_SIZE], text[900], ids[300];

	if (!pc->needs_revocation) {
		snprintf(text, sizeof(text), "not asked for: %s", reason_of(pc->why_not));
	} else if (r->status < REVOCATION_GOOD) {
		snprintf(
		    text, sizeof(text), "not known%s%s", r->text[0] != '\0' ? ": " : "", r->text);
	} else {
		report_evidence_ids(page->objects, r, ids, sizeof(ids));
		snprintf(text, sizeof(text), "%s, by %s of %s%s%s%s: %s",
		    revocation_status_name(r->status),
		    r->kind == REVOCATION_BY_OCSP ? "an OCSP answer" : "a CRL",
		    text_time(when, r->this_update), ids[0] != '\0' ? " (" : "", ids,
		    ids[0] != '\0' ? ")" : "", r->text);
	}
	page_add(page, PAGE_FACT,
	    r->status == REVOCATION_REVOKED || r->status == REVOCATION_ON_HOLD ? TONE_BAD
									       : TONE_PLAIN,
	    "Revocation", text, NULL);
}

void
page_path(struct page *page, const struct path_result *path, const struct verify_trust *trust)
{
	char when[TEXT_TIME_SIZE];
	char label[120], name[300];
	size_t i;

	if (path->certificate_count == 0)
		return;
	page_add(page, PAGE_SUBHEADING, TONE_PLAIN, NULL, "Certificate path", NULL);
	for (i = 0; i < path->certificate_count; i++) {
		const struct path_certificate *pc = &path->certificates[i];
		const struct report_object *o = report_object_of_cert(page->objects, pc->cert);

		snprintf(
		    label, sizeof(label), "%zu%s", i + 1, pc->is_anchor ? ", trust anchor" : "");
		cert_label(pc->cert, name, sizeof(name));
		page_fact(page, label, "%s%s%s%s", name, o != NULL ? " (" : "",
		    o != NULL ? o->id : "", o != NULL ? ")" : "");
		status(page, pc);
	}
	if (trust->known)
		page_fact(
		    page, "Trust service", "%s, at %s", trust->text, text_time(when, trust->time));
}

void
page_checks(struct page *page, const struct verify_checks *checks)
{
	static const struct {
		const char *word;
		enum page_tone tone;
	} outcomes[] = {
		[CHECK_PASSED] = { "passed", TONE_GOOD },
		[CHECK_FAILED] = { "failed", TONE_BAD },
		[CHECK_NOTE] = { "note", TONE_PLAIN },
		[CHECK_SUPERSEDED] = { "judged again", TONE_PLAIN },
		[CHECK_WARNING] = { "warning", TONE_OPEN },
	};
	char detail[120];
	size_t i;

	for (i = 0; i < checks->count; i++) {
		const struct verify_check *c = &checks->items[i];

		snprintf(detail, sizeof(detail), "%s, %s", verify_block_name(c->block), c->code);
		page_add(page, PAGE_CHECK,
		    c->outcome == CHECK_FAILED ? page_tone_of(indication_of(c->sub))
					       : outcomes[c->outcome].tone,
		    outcomes[c->outcome].word, c->text, detail);
	}
}

void
page_qualification(
    struct page *page, const struct verify_qualification *q, const char *first, const char *last)
{
	static const struct {
		const char *word;
		enum page_tone tone;
	} weights[] = { [CHECK_NOTE] = { "note", TONE_PLAIN },
		[CHECK_WARNING] = { "warning", TONE_OPEN },
		[CHECK_FAILED] = { "decides", TONE_OPEN } };
	char when[TEXT_TIME_SIZE];
	size_t i;

	if (q->level == QUALIFICATION_UNTOLD || q->findings.count == 0)
		return;
	page_add(page, PAGE_SUBHEADING, TONE_PLAIN, NULL,
	    "Qualification by trusted lists (ETSI TS 119 615)", NULL);
	if (q->first != QUALIFICATION_UNTOLD)
		page_fact(page, first, "%s, at %s", qualification_term(q->first),
		    text_time(when, q->first_time));
	if (q->last != QUALIFICATION_UNTOLD)
		page_fact(page, last, "%s, at %s", qualification_term(q->last),
		    text_time(when, q->last_time));
	for (i = 0; i < q->findings.count; i++) {
		const struct verify_check *f = &q->findings.items[i];

		page_add(page, PAGE_CHECK, weights[f->outcome].tone, weights[f->outcome].word,
		    f->text, f->code);
	}
}

/* The level itself stands with the verdict. */
void
page_level(struct page *page, const struct verify_qualification *q)
{
	if (q->level != QUALIFICATION_UNTOLD)
		page_fact(page, "Qualification", "%s: %s", qualification_term(q->level),
		    qualification_text(q->level));
}

/* By their names in this report; of many the first. */
#define COVERED_TOLD 20

static void
covered(struct page *page, const struct verify_timestamp *t)
{
	char text[1500] = "";
	size_t i, len, count = 0;

	for (i = 0; i < page->objects->count; i++) {
		const struct report_object *o = &page->objects->items[i];

		if (!report_covers(page->in, t, o) || count++ >= COVERED_TOLD)
			continue;
		len = strlen(text);
		snprintf(text + len, sizeof(text) - len, "%s%s", len > 0 ? ", " : "", o->id);
	}
	if (count > COVERED_TOLD)
		page_fact(page, "Covers", "%s, and %zu more", text, count - COVERED_TOLD);
	else if (count > 0)
		page_fact(page, "Covers", "%s", text);
}

void
page_timestamp(struct page *page, const char *heading, const struct verify_timestamp *t)
{
	static const char *const kinds[] = { [TIMESTAMP_CONTENT] = "over the content",
		[TIMESTAMP_SIGNATURE] = "over the signature",
		[TIMESTAMP_ARCHIVE] = "over all that is there",
		[TIMESTAMP_DOCUMENT] = "over the document",
		[TIMESTAMP_REFERENCES] = "over references to validation data" };
	const struct report_object *o = report_object_of_stamp(page->objects, t);
	char when[TEXT_TIME_SIZE], text[200];

	snprintf(text, sizeof(text), "%s%s%s%s", heading, o != NULL ? " (" : "",
	    o != NULL ? o->id : "", o != NULL ? ")" : "");
	page_add(page, PAGE_HEADING, TONE_PLAIN, NULL, text, NULL);
	page_verdict(page, &t->conclusion);
	page_level(page, &t->qualification);
	page_fact(page, "Kind", "%s", kinds[t->kind]);
	covered(page, t);
	if (t->readable) {
		page_fact(page, "Time", "%s", text_time(when, t->time));
		page_fact(page, "Serial number", "%s, policy %s", t->serial, t->policy);
		page_fact(page, "Form", "imprint by %s, signed by %s", digest_name(t->digest),
		    t->algorithm);
	}
	if (t->path.certificate_count > 0)
		page_certificate(page, "Authority", t->path.certificates[0].cert);
	page_path(page, &t->path, &t->trust);
	page_qualification(page, &t->qualification, "When it was made", "When it was there");
	page_add(page, PAGE_SUBHEADING, TONE_PLAIN, NULL, "Checks of the time stamp", NULL);
	page_checks(page, &t->checks);
}
