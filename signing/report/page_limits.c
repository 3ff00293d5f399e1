/* What a verdict does not say: nobody should have to guess it. */
#include <inttypes.h>
#include <stdio.h>

#include "server/base/text.h"
#include "signing/report/page.h"

static void
say(struct page *page, const char *what, const char *text)
{
	page_add(page, PAGE_FACT, TONE_PLAIN, what, text, NULL);
}

/* ---- encryption ---- */

void
page_layers(struct page *page, const struct report_input *in)
{
	char hex[65], label[160];
	size_t i;

	for (i = 0; i < in->layer_count; i++) {
		const struct report_layer *l = &in->layers[i];

		snprintf(label, sizeof(label), "Encrypted%s%s", l->part[0] != '\0' ? " part " : "",
		    l->part);
		if (l->is_open)
			page_fact(page, label,
			    "opened; in it were %" PRIu64 " bytes with SHA-256 %s", l->size,
			    text_hex(hex, l->content, 32));
		else
			page_add(page, PAGE_FACT, TONE_OPEN, label,
			    "not opened: what is in it was not looked at", NULL);
	}
}

/* ---- the policy ---- */

static const char *const rules[VERIFY_CONSTRAINTS] = {
	[CONSTRAINT_BASELINE_REFERENCE] =
	    "that a signature of an AdES form names its certificate in what is signed",
	[CONSTRAINT_PLAIN_REFERENCE] =
	    "that any other signature names its certificate in what is signed",
	[CONSTRAINT_SCOPE] = "that a signature covers all of the document",
	[CONSTRAINT_SIGNATURE_POLICY] = "that a signature names no policy of its own",
	[CONSTRAINT_COMMITMENT] = "that the signer commits himself to what the policy asks for",
	[CONSTRAINT_STATEMENTS] = "that what is stated of signed data is of data that is signed",
	[CONSTRAINT_SIGNING_TIME] = "that the time which the signer claims is not in the future",
	[CONSTRAINT_TIMESTAMP] = "that a time stamp proves when the signature existed",
	[CONSTRAINT_VALUE_ENCODING] = "that a signature value has the encoding of its standard",
	[CONSTRAINT_ATTRIBUTES_ENCODING] =
	    "that signed attributes are signed in their one encoding (DER)",
	[CONSTRAINT_DIGEST_AGREEMENT] = "that a signature uses one digest throughout",
	[CONSTRAINT_RELATIONSHIPS] = "that relationships were signed without the white space",
	[CONSTRAINT_CONTENTS_PADDING] =
	    "that nothing stands behind the value of a signature in a PDF",
	[CONSTRAINT_TIMESTAMP_ENCODING] = "that time-stamp tokens stand as they were issued",
	[CONSTRAINT_CONTENTS_ENCRYPTION] =
	    "that the zeros behind the value of a signature in a PDF are not encrypted",
	[CONSTRAINT_REVOCATION_KNOWN] =
	    "that it is known of each certificate whether it is revoked",
	[CONSTRAINT_REVOCATION_FRESH] = "that what is known of revocation is fresh",
	[CONSTRAINT_TRUST_LIST_FRESH] = "that the trusted list behind the anchor is current",
};

/* What it lets pass with a word, or with none. */
static void
of_policy(struct page *page, const struct verify_policy *p, int of_signatures)
{
	static const char *const ways[] = { [VERIFY_WARN] = "Warned of, not required",
		[VERIFY_INFORM] = "Told, not required",
		[VERIFY_IGNORE] = "Not required" };
	enum verify_level level;
	int i;

	for (i = of_signatures ? 0 : CONSTRAINT_REVOCATION_KNOWN; i < VERIFY_CONSTRAINTS; i++) {
		level = p->levels[i] != VERIFY_BY_DEFAULT
			    ? (enum verify_level)p->levels[i]
			    : verify_constraint_default((enum verify_constraint)i);
		/* A departure from a form is told where it is met; here what the policy loosened.
		 */
		if (level != VERIFY_FAIL &&
		    !(verify_constraint_is_form(i, NULL) && level == verify_constraint_default(i)))
			say(page, ways[level], rules[i]);
	}
	if (p->without_revocation)
		say(page, "By the policy", "whether certificates are revoked was not asked");
}

/* ---- documents and times ---- */

static void
of_documents(struct page *page, const struct report_input *in)
{
	size_t i;

	for (i = 0; i < in->document_count; i++)
		if (!in->documents[i].has_content)
			page_fact(page, "Known by digest",
			    "document %zu%s%s: nothing but its digest was looked at", i + 1,
			    in->documents[i].name != NULL ? ", " : "",
			    in->documents[i].name != NULL ? in->documents[i].name : "");
}

static int
has_policy_of_its_own(const struct report_input *in)
{
	size_t i;

	for (i = 0; in->report != NULL && i < in->report->count; i++)
		if (in->report->items[i].source->policy != NULL)
			return 1;
	return 0;
}

void
page_limits(struct page *page, const struct report_input *in)
{
	static const struct verify_policy strict;
	char when[TEXT_TIME_SIZE];

	page_add(page, PAGE_HEADING, TONE_PLAIN, NULL, "What was not checked", NULL);
	if (in->certificate == NULL)
		say(page, "Content",
		    "what the document says, and whether it may be believed; the time that a "
		    "signer "
		    "claims, his reason, place and role are his own words");
	say(page, "Persons",
	    "whether the holder of a certificate is who it names, and was allowed to do this: for "
	    "that its issuer stands");
	page_fact(page, "Later events",
	    "what became known after %s, as a revocation that was published later",
	    text_time(when, in->time));
	if (has_policy_of_its_own(in))
		say(page, "Signature policies",
		    "a signature that names a policy of its own was judged by the policy above "
		    "alone");
	of_policy(page, in->policy != NULL ? in->policy : &strict, in->report != NULL);
	of_documents(page, in);
	say(page, "This page",
	    "is not signed and proves nothing by itself; the report in XML (ETSI TS 119 102-2) can "
	    "be signed, and judged again with \"signet verify --replay\"");
}
