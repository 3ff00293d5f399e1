/* May a trusted list be relied on? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/core/ossl.h"
#include "signing/trust/list_private.h"
#include "signing/trust/signed_xml.h"
#include "signing/x509/cert.h"

static const char *const verdict_names[] = {
	[TRUST_LIST_ACCEPTED] = "Accepted",
	[TRUST_LIST_UNCHANGED] = "Unchanged",
	[TRUST_LIST_MALFORMED] = "Malformed",
	[TRUST_LIST_VERSION] = "Version",
	[TRUST_LIST_WRONG_LIST] = "WrongList",
	[TRUST_LIST_NOT_SIGNED] = "NotSigned",
	[TRUST_LIST_BROKEN] = "Broken",
	[TRUST_LIST_WEAK] = "Weak",
	[TRUST_LIST_STRANGER] = "Stranger",
	[TRUST_LIST_OLD] = "Old",
	[TRUST_LIST_NOT_YET] = "NotYet",
	[TRUST_LIST_EXPIRED] = "Expired",
};

const char *
trust_list_verdict_name(enum trust_list_verdict verdict)
{
	return verdict < TRUST_LIST_VERDICTS ? verdict_names[verdict] : "";
}

/* How long lists may be issued ahead of our clock. */
#define CLOCK_SLACK INT64_C(3600)

struct check {
	const struct trust_list_input *in;
	struct trust_list_result *out;
	struct trust_list *list;
	struct error *err;
};

/* Refuse: returns 1, so that checks end at the first. */
static int __attribute__((format(printf, 3, 4)))
refuse(struct check *c, enum trust_list_verdict verdict, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(c->out->text, sizeof(c->out->text), fmt, args);
	va_end(args);
	xml_tidy(c->out->text);
	c->out->verdict = verdict;
	return 1;
}

/* A failure of reading: the list's fault (refused: 1), or not to be judged now (-1). */
static int
refuse_failure(struct check *c, enum trust_list_verdict verdict, const struct error *failure)
{
	if (failure->kind == ERROR_UNAVAILABLE || failure->kind == ERROR_INTERNAL) {
		*c->err = *failure;
		return -1;
	}
	return refuse(c, verdict, "%s", failure->text);
}

static int
check_signature(struct check *c, struct xml_reader *r)
{
	static const enum trust_list_verdict verdicts[] = {
		[SIGNED_XML_UNSIGNED] = TRUST_LIST_NOT_SIGNED,
		[SIGNED_XML_BROKEN] = TRUST_LIST_BROKEN,
		[SIGNED_XML_WEAK] = TRUST_LIST_WEAK,
		[SIGNED_XML_STRANGER] = TRUST_LIST_STRANGER,
	};
	const struct signed_xml_input in = { .signers = c->in->signers,
		.time = c->in->time,
		.catalogue = c->in->catalogue,
		.what = "the trusted list" };
	struct signed_xml_result result = { 0 };

	if (signed_xml_check(r, &in, &result, c->err) != 0)
		return -1;
	c->out->signer = result.signer;
	snprintf(c->out->note, sizeof(c->out->note), "%s", result.note);
	return result.verdict == SIGNED_XML_GOOD
		   ? 0
		   : refuse(c, verdicts[result.verdict], "%s", result.text);
}

static int
check_kind(struct check *c)
{
	const struct trust_list_input *in = c->in;

	if (in->territory != NULL && strcmp(in->territory, c->list->territory) != 0)
		return refuse(c, TRUST_LIST_WRONG_LIST,
		    "the trusted list is of the territory \"%.20s\", not of %s", c->list->territory,
		    in->territory);
	if (in->type != NULL && strcmp(in->type, c->list->type) != 0)
		return refuse(c, TRUST_LIST_WRONG_LIST,
		    "the trusted list is of the type %.120s, not of %s", c->list->type, in->type);
	return 0;
}

/* Clause 5.3.2: each issue has a higher number. */
static int
check_sequence(struct check *c)
{
	const struct trust_list_input *in = c->in;
	const struct trust_list *list = c->list;

	if (!in->has_previous)
		return 0;
	if (memcmp(in->previous_digest, list->digest, sizeof(list->digest)) == 0) {
		c->out->verdict = TRUST_LIST_UNCHANGED;
		return 0;
	}
	if (list->sequence > in->previous_sequence)
		return 0;
	return refuse(c, TRUST_LIST_OLD,
	    list->sequence < in->previous_sequence
		? "the trusted list has the sequence number %llu, and number %llu is known "
		  "already: it is an old one"
		: "the trusted list has the sequence number %llu as the one that is known (%llu), "
		  "but other content",
	    (unsigned long long)list->sequence, (unsigned long long)in->previous_sequence);
}

static int
check_time(struct check *c)
{
	const struct trust_list *list = c->list;
	char when[TEXT_TIME_SIZE];

	if (list->issued > c->in->time + CLOCK_SLACK)
		return refuse(c, TRUST_LIST_NOT_YET,
		    "the trusted list was issued at %s, which is yet to come",
		    text_time(when, list->issued));
	if (!trust_list_is_closed(list) && list->next_update < list->issued)
		return refuse(c, TRUST_LIST_MALFORMED,
		    "the next update of the trusted list is before its issue");
	if (!c->in->is_past && !trust_list_is_closed(list) && list->next_update < c->in->time)
		return refuse(c, TRUST_LIST_EXPIRED,
		    "the trusted list should have been followed by another by %s: fetch the new "
		    "one",
		    text_time(when, list->next_update));
	return 0;
}

static void
tell_accepted(struct check *c)
{
	char label[120] = "";

	if (c->out->signer != NULL)
		cert_label(c->out->signer, label, sizeof(label));
	snprintf(c->out->text, sizeof(c->out->text),
	    "list %llu of \"%.80s\" (%.20s) with %zu services of %zu providers, signed by \"%s\"%s",
	    (unsigned long long)c->list->sequence, c->list->operator_name, c->list->territory,
	    trust_list_services(c->list), c->list->provider_count, label,
	    trust_list_is_closed(c->list) ? "; it is closed" : "");
	xml_tidy(c->out->text);
}

/* 0 accepted, 1 refused, -1 failed. */
static int
check_opened(struct check *c, struct xml_reader *r)
{
	struct error failure = ERROR_INIT;
	int version, rc;

	/* Who signed comes first: what a stranger's list says is not worth a word. */
	rc = tl_read(&c->list, r, c->in->bytes, &version, &failure);
	if (rc != 0 && failure.kind == ERROR_UNSUPPORTED && version != 0)
		return refuse_failure(c, TRUST_LIST_VERSION, &failure);
	if (rc == 0 || failure.kind == ERROR_MALFORMED) {
		int bad = check_signature(c, r);

		if (bad != 0)
			return bad;
	}
	if (rc != 0)
		return refuse_failure(c, TRUST_LIST_MALFORMED, &failure);
	if ((rc = check_kind(c)) != 0 || (rc = check_sequence(c)) != 0)
		return rc;
	return check_time(c);
}

int
trust_list_check(const struct trust_list_input *in, struct trust_list **list,
    struct trust_list_result *result, struct error *err)
{
	const struct xml_read_options options = { .limits = &tl_limits };
	struct error own = ERROR_INIT, failure = ERROR_INIT;
	struct check c = { in, result, NULL, err != NULL ? err : &own };
	struct xml_reader r;
	int rc;

	*list = NULL;
	memset(result, 0, sizeof(*result));
	result->verdict = TRUST_LIST_ACCEPTED;
	if (in->bytes.len > TRUST_LIST_BYTES_MAX) {
		refuse(&c, TRUST_LIST_MALFORMED,
		    "the trusted list has %zu bytes; at most %zu are read", in->bytes.len,
		    TRUST_LIST_BYTES_MAX);
		return 0;
	}
	if (xml_reader_open(&r, in->bytes, &options, &failure) != 0)
		return refuse_failure(&c, TRUST_LIST_MALFORMED, &failure) < 0 ? -1 : 0;
	rc = check_opened(&c, &r);
	xml_reader_close(&r);
	if (rc == 0) {
		tell_accepted(&c);
		*list = c.list;
	} else {
		trust_list_free(c.list);
	}
	return rc < 0 ? -1 : 0;
}

void
trust_list_result_release(struct trust_list_result *result)
{
	X509_free(result->signer);
	result->signer = NULL;
}
