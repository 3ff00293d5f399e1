/* What trusted lists say of the anchor that a path ends in: TS 119 615, by the trust snapshot. */
#include <stdio.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/verify/blocks.h"

int
trust_holds(const struct judge *judge, const struct path_result *path, enum path_purpose purpose,
    int64_t time, struct trust_verdict *verdict)
{
	const struct trust_snapshot *trust = judge->context->trust;

	memset(verdict, 0, sizeof(*verdict));
	if (trust == NULL || path->anchor == NULL)
		return 1;
	return trust_judge(trust, path->anchor, purpose, time, verdict);
}

/* After this a list says nothing of what its services are: another one was due. */
static int64_t
list_end(const struct trust_verdict *verdict)
{
	const struct trust_entry *entry = verdict->match.entry;

	if (entry == NULL || entry->source->next_update == TRUST_NO_TIME)
		return INT64_MAX;
	return entry->source->next_update;
}

int64_t
trust_holds_until(const struct judge *judge, const struct path_result *path,
    enum path_purpose purpose, int64_t time)
{
	const struct trust_snapshot *trust = judge->context->trust;
	struct trust_verdict verdict;
	int64_t until;

	if (trust == NULL || path->anchor == NULL)
		return time;
	until = trust_good_until(trust, path->anchor, purpose, time);
	if (until == TRUST_NO_TIME ||
	    constraint_level(judge, CONSTRAINT_TRUST_LIST_FRESH) != VERIFY_FAIL ||
	    !trust_judge(trust, path->anchor, purpose, until, &verdict))
		return until;
	return list_end(&verdict) < until ? list_end(&verdict) : until;
}

void
block_trust(const struct judge *judge, const struct x509_block *in, const struct path_result *path,
    struct verify_checks *checks)
{
	struct trust_verdict v;
	char when[TEXT_TIME_SIZE];

	if (!trust_holds(judge, path, in->purpose, in->time, &v) || v.text[0] == '\0')
		return; /* the path has said so */
	check_add(checks, in->block, CHECK_PASSED, SUB_NONE, "TrustServiceStatus", "%s", v.text);
	if (list_end(&v) < in->time)
		constraint_broken(judge, CONSTRAINT_TRUST_LIST_FRESH, checks, in->block,
		    SUB_TRY_LATER, "TrustListFreshness",
		    "list %llu of \"%.60s\", which names the trust anchor, should have been "
		    "followed by another by %s: import it",
		    (unsigned long long)v.match.entry->source->sequence,
		    v.match.entry->source->name, text_time(when, list_end(&v)));
}

void
trust_describe(const struct judge *judge, const struct path_result *path, enum path_purpose purpose,
    int64_t time, struct verify_trust *out)
{
	struct trust_verdict v;

	memset(out, 0, sizeof(*out));
	trust_holds(judge, path, purpose, time, &v);
	if (v.text[0] == '\0')
		return;
	out->known = 1;
	out->time = time;
	snprintf(out->text, sizeof(out->text), "%s", v.text);
	if (v.match.at != NULL)
		snprintf(
		    out->status, sizeof(out->status), "%.63s", trust_short(v.match.at->status));
}
