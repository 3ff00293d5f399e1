/* Verdicts for people, from their JSON. */
#include <stdio.h>
#include <string.h>

#include "tui/cli/command.h"

static void
line(FILE *out, const char *title, const char *text, const char *more)
{
	if (text[0] != '\0')
		fprintf(out, "    %-12s %s%s%s\n", title, text, more[0] != '\0' ? "  " : "", more);
}

static void
reasons_text(FILE *out, const json_t *object)
{
	const json_t *reason;
	size_t i;

	json_array_foreach(json_object_get(object, "reasons"), i, reason)
	    line(out, i == 0 ? "because" : "", get_text(reason, "text"), "");
}

/* Until when it can be proven, and what to do: before then, or about what did not pass. */
static void
outlook_text(FILE *out, const json_t *object)
{
	const json_t *provable = json_object_get(object, "provable");

	line(out, "provable to", get_text(provable, "until"), "");
	line(out, "what to do", get_text(object, "advice"), "");
}

/* Words or names of a list, with commas between; of many the first. */
#define NAMES_TOLD 20
static char *
names_text(const json_t *list, const char *member, char *to, size_t size)
{
	const json_t *item;
	size_t i, len = 0, told = 0;

	to[0] = '\0';
	json_array_foreach(list, i, item)
	{
		const char *name =
		    member != NULL ? get_text(item, member) : json_string_value(item);

		if (name == NULL || name[0] == '\0' ||
		    (member != NULL && !json_is_true(json_object_get(item, "coversDocument"))))
			continue;
		if (told++ == NAMES_TOLD) {
			snprintf(to + len, size - len, ", ...");
			return to;
		}
		len +=
		    (size_t)snprintf(to + len, size - len, "%s%.60s", told > 1 ? ", " : "", name);
	}
	return to;
}

/* The passed time stamp of the list that was made at this time, or NULL. */
static const json_t *
stamp_of(const json_t *list, const char *time)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		if (strcmp(get_text(item, "indication"), "TotalPassed") == 0 &&
		    strcmp(get_text(item, "productionTime"), time) == 0)
			return item;
	}
	return NULL;
}

/* Two times that must not be taken for each other: what the signer says, and what is proven. */
static void
times_text(FILE *out, const json_t *s, const json_t *report)
{
	const char *best = get_text(s, "bestSignatureTime");
	const json_t *own = stamp_of(json_object_get(s, "timestamps"), best);
	const json_t *over = stamp_of(json_object_get(report, "timestamps"), best);
	char by[600];

	if (own != NULL || over != NULL)
		snprintf(by, sizeof(by), "(proven by a time stamp %s, of %s)",
		    own != NULL ? "on the signature" : "over the document",
		    get_text(own != NULL ? own : over, "authority"));
	else
		snprintf(by, sizeof(by), "(when it was verified: no time stamp proves it earlier)");
	line(out, "claimed time", get_text(s, "claimedSigningTime"), "(the signer's word)");
	line(out, "existed by", best, by);
}

/* What trusted lists make of it; nothing where they have nothing to say. */
static void
qualification_text(FILE *out, const json_t *object)
{
	const json_t *q = json_object_get(object, "qualification"), *f;
	size_t i;

	if (q == NULL || strcmp(get_text(q, "level"), "NotApplicable") == 0)
		return;
	line(out, "qualified", get_text(q, "term"), "");
	json_array_foreach(json_object_get(q, "findings"), i, f)
	{
		if (strcmp(get_text(f, "weight"), "Note") != 0)
			line(out, "", get_text(f, "text"), "");
	}
}

/* To what the signer commits himself. */
static void
commitments_text(FILE *out, const json_t *s)
{
	const json_t *c;
	size_t i;

	json_array_foreach(json_object_get(s, "commitments"), i, c)
	{
		const char *name = get_text(c, "name");

		line(out, "commitment", name[0] != '\0' ? name : get_text(c, "type"),
		    get_text(c, get_text(c, "problem")[0] != '\0' ? "problem" : "description"));
	}
}

static void
signature_text(FILE *out, const json_t *s, const json_t *report)
{
	const json_t *item, *signer = json_object_get(s, "signedBy");
	char text[(NAMES_TOLD + 1) * 64];
	size_t i;

	fprintf(out, "  %s %s: %s%s%s\n", get_text(s, "format"), get_text(s, "id"),
	    get_text(s, "indication"), get_text(s, "subIndication")[0] != '\0' ? " / " : "",
	    get_text(s, "subIndication"));
	reasons_text(out, s);
	outlook_text(out, s);
	qualification_text(out, s);
	line(out, "signed by", get_text(signer, "subject"), "");
	line(out, "issued by", get_text(signer, "issuer"), "");
	times_text(out, s, report);
	commitments_text(out, s);
	line(out, "algorithm", get_text(s, "signatureAlgorithm"), "");
	line(out, "level", get_text(s, "level"), "");
	line(out, "covers", get_text(s, "scope"),
	    names_text(json_object_get(s, "references"), "uri", text, sizeof(text)));
	json_array_foreach(json_object_get(s, "references"), i, item)
	{
		if (!json_is_true(json_object_get(item, "intact")))
			line(out,
			    json_is_true(json_object_get(item, "found")) ? "  broken" : "  missing",
			    get_text(item, "uri"), get_text(item, "problem"));
	}
	json_array_foreach(json_object_get(s, "timestamps"), i, item)
	{
		line(out, "time stamp", get_text(item, "productionTime"),
		    get_text(item, "indication"));
		line(out, "  of", get_text(item, "authority"), "");
		line(out, "  over",
		    names_text(json_object_get(item, "covers"), NULL, text, sizeof(text)), "");
		reasons_text(out, item);
		qualification_text(out, item);
	}
	line(out, "counter of", get_text(s, "counterSignatureOf"), "");
	line(out, "trusted by", get_text(s, "trustAnchor"), get_text(s, "trustServiceStatus"));
}

static void
head_text(FILE *out, const char *name, const json_t *object)
{
	fprintf(out, "%s: %s%s%s\n", name,
	    get_text(object, "indication")[0] != '\0' ? get_text(object, "indication")
						      : "no verdict",
	    get_text(object, "subIndication")[0] != '\0' ? " / " : "",
	    get_text(object, "subIndication"));
	if (get_text(object, "message")[0] != '\0')
		fprintf(out, "  %s\n", get_text(object, "message"));
}

/* For whom: the first few. */
static void
recipients_text(FILE *out, const json_t *list)
{
	const json_t *r;
	char more[64];
	size_t i;

	json_array_foreach(list, i, r)
	{
		if (i == 5) {
			snprintf(more, sizeof(more), "%zu others", json_array_size(list) - i);
			line(out, "", more, "");
			return;
		}
		if (get_text(r, "serialNumber")[0] != '\0')
			line(out, i == 0 ? "for" : "", get_text(r, "serialNumber"),
			    get_text(r, "issuer"));
		else
			line(out, i == 0 ? "for" : "",
			    get_text(r, "keyIdentifier")[0] != '\0' ? get_text(r, "keyIdentifier")
								    : get_text(r, "kind"),
			    "");
	}
}

void
encryption_text(FILE *out, const json_t *e)
{
	const char *part = get_text(e, "part");

	if (e == NULL)
		return;
	fprintf(out, "  encrypted%s%s: %s\n", part[0] != '\0' ? " part " : "", part,
	    get_text(e, "decryptedFor")[0] != '\0' ? "opened" : "closed");
	line(out, "by", get_text(e, "decryptedFor"), "");
	line(out, "because", get_text(e, "reason"), "");
	line(out, "algorithm", get_text(e, "algorithm"),
	    json_is_true(json_object_get(e, "authenticated"))
		? "(authenticated)"
		: "(not authenticated: it may have been changed on its way)");
	recipients_text(out, json_object_get(e, "recipients"));
}

void
verification_text(FILE *out, const json_t *object)
{
	char text[(NAMES_TOLD + 1) * 64];
	const json_t *s;
	size_t i;

	head_text(out, get_text(object, "document"), object);
	json_array_foreach(json_object_get(object, "encryptions"), i, s) encryption_text(out, s);
	if (get_text(object, "caseId")[0] != '\0')
		fprintf(out, "  stored as case %s\n", get_text(object, "caseId"));
	json_array_foreach(json_object_get(object, "signatures"), i, s)
	    signature_text(out, s, object);
	json_array_foreach(json_object_get(object, "timestamps"), i, s)
	{
		fprintf(out, "  time stamp over the document: %s%s%s\n", get_text(s, "indication"),
		    get_text(s, "subIndication")[0] != '\0' ? " / " : "",
		    get_text(s, "subIndication"));
		reasons_text(out, s);
		line(out, "made", get_text(s, "productionTime"), "");
		line(out, "by", get_text(s, "authority"), "");
		line(out, "over",
		    names_text(json_object_get(s, "covers"), NULL, text, sizeof(text)), "");
		outlook_text(out, s);
		qualification_text(out, s);
	}
}

void
token_text(FILE *out, const json_t *object)
{
	head_text(out, get_text(object, "token"), object);
	reasons_text(out, object);
	outlook_text(out, object);
	qualification_text(out, object);
	line(out, "made", get_text(object, "generationTime"), "");
	line(out, "by", get_text(object, "authority"), "");
	line(out, "serial", get_text(object, "serialNumber"), "");
	line(out, "policy", get_text(object, "policy"), "");
	line(out, "trusted by", get_text(object, "trustAnchor"),
	    get_text(object, "trustServiceStatus"));
}

void
certificate_text(FILE *out, const json_t *object)
{
	const json_t *c;
	size_t i;

	head_text(out, get_text(object, "certificate"), object);
	reasons_text(out, object);
	outlook_text(out, object);
	qualification_text(out, object);
	json_array_foreach(json_object_get(object, "certificateChain"), i, c)
	    line(out, i == 0 ? "path" : "", get_text(c, "subject"), get_text(c, "notAfter"));
}
