/* Asking a loaded snapshot (signing/trust/snapshot.h). */
#include <stdio.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/core/certs.h"
#include "signing/trust/snapshot_private.h"
#include "signing/x509/cert.h"

/* The first of the index that is not before (name, key); key NULL: before all of the name. */
static size_t
lower_bound(const struct trust_inside *in, uint32_t name, const unsigned char *key)
{
	size_t low = 0, high = in->index_count, mid;

	while (low < high) {
		const struct trust_index *x;

		mid = low + (high - low) / 2;
		x = &in->index[mid];
		if (x->name < name ||
		    (x->name == name && key != NULL && memcmp(x->key, key, 32) < 0))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Hashes of names may agree by chance: the names themselves decide. */
static int
has_subject(const struct trust_index *x, const X509_NAME *name)
{
	X509 *cert = cert_decode(x->certificate);
	const int same = cert != NULL && X509_NAME_cmp(X509_get_subject_name(cert), name) == 0;

	X509_free(cert);
	return same;
}

static int
is_noted(const struct trust_match *matches, size_t n, const struct trust_match *m)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (matches[i].entry == m->entry && matches[i].own == m->own)
			return 1;
	return 0;
}

static struct trust_match
match_of(const struct trust_snapshot *s, uint32_t ref, int64_t time)
{
	struct trust_match m = { 0 };

	if (ref < s->entry_count) {
		m.entry = &s->entries[ref];
		m.at = trust_service_at(&m.entry->service, time);
	} else {
		m.own = &s->own[ref - s->entry_count];
	}
	return m;
}

size_t
trust_find(const struct trust_snapshot *s, X509 *cert, int64_t time, struct trust_match *matches,
    size_t max)
{
	const struct trust_inside *in = s->inside;
	const X509_NAME *subject = X509_get_subject_name(cert);
	unsigned char key[32];
	struct trust_match m;
	size_t i, k, n = 0;
	uint32_t name;

	if (trust_key_of(cert, &name, key) != 0)
		return 0;
	for (i = lower_bound(in, name, key); i < in->index_count; i++) {
		const struct trust_index *x = &in->index[i];

		if (x->name != name || memcmp(x->key, key, 32) != 0)
			break;
		if (!has_subject(x, subject))
			continue;
		for (k = 0; k < x->ref_count && n < max; k++) {
			m = match_of(s, x->refs[k], time);
			if (!is_noted(matches, n, &m))
				matches[n++] = m;
		}
	}
	return n;
}

/* ---- judging ---- */

/* How far a match came: the further, the more its reason says. */
enum reached { NOT_LISTED, OTHER_KEY, OTHER_TYPE, UNKNOWN_CRITICAL, BAD_STATUS, GOOD };

static enum reached
judge_match(const struct trust_match *m, X509 *anchor, enum path_purpose purpose)
{
	if (m->own != NULL)
		return (m->own->purposes & TRUST_PURPOSE(purpose)) != 0 ||
			       (purpose == PATH_ANY && m->own->purposes != 0)
			   ? GOOD
			   : OTHER_TYPE;
	if (m->at == NULL)
		return NOT_LISTED;
	if (!trust_instance_fits(m->at, anchor))
		return OTHER_KEY;
	if (!trust_type_serves(m->at->type, purpose))
		return OTHER_TYPE;
	if (m->at->unknown_critical != NULL)
		return UNKNOWN_CRITICAL;
	return trust_status_is_good(m->at->status) ? GOOD : BAD_STATUS;
}

static void
tell_own(const struct trust_own *own, enum reached reached, enum path_purpose purpose,
    struct trust_verdict *v)
{
	snprintf(v->text, sizeof(v->text),
	    reached == GOOD ? "\"%.120s\" is one of the tenant's own CA certificates"
			    : "\"%.120s\" is one of the tenant's own CA certificates, but not for "
			      "the purpose %s",
	    own->name, path_purpose_name(purpose));
}

static void
tell_listed(const struct trust_match *m, enum reached reached, enum path_purpose purpose,
    int64_t time, struct trust_verdict *v)
{
	const struct trust_instance *at =
	    m->at != NULL ? m->at
			  : &m->entry->service.instances[m->entry->service.instance_count - 1];
	char when[TEXT_TIME_SIZE], since[TEXT_TIME_SIZE], why[160] = "";

	text_time(when, time);
	text_time(since, at->start);
	switch (reached) {
	case NOT_LISTED:
		snprintf(why, sizeof(why), ", but only since %s", since);
		break;
	case OTHER_KEY:
		snprintf(why, sizeof(why), ", but at %s it had another key", when);
		break;
	case OTHER_TYPE:
		snprintf(why, sizeof(why),
		    ", a service of the type %.40s, which does not serve "
		    "the purpose %s",
		    trust_short(at->type), path_purpose_name(purpose));
		break;
	case UNKNOWN_CRITICAL:
		snprintf(why, sizeof(why),
		    ", with the critical extension %.40s, which is not "
		    "known here",
		    at->unknown_critical);
		break;
	default:
		snprintf(why, sizeof(why), "%s at %s it was %.60s (since %s)",
		    reached == GOOD ? ":" : ", but", when, trust_short(at->status), since);
	}
	snprintf(v->text, sizeof(v->text), "\"%.80s\" of \"%.60s\" is on list %llu of \"%.30s\"%s",
	    at->name, m->entry->provider, (unsigned long long)m->entry->source->sequence,
	    m->entry->source->name, why);
}

int
trust_judge(const struct trust_snapshot *s, X509 *anchor, enum path_purpose purpose, int64_t time,
    struct trust_verdict *v)
{
	struct trust_match matches[TRUST_MATCHES_MAX];
	const size_t n = trust_find(s, anchor, time, matches, TRUST_MATCHES_MAX);
	enum reached best = NOT_LISTED, reached;
	size_t i, deciding = 0;
	char label[120];

	memset(v, 0, sizeof(*v));
	if (n == 0) {
		snprintf(v->text, sizeof(v->text),
		    "\"%s\" belongs to no trust centre that counts here",
		    cert_label(anchor, label, sizeof(label)));
		return 0;
	}
	for (i = 0; i < n; i++) {
		reached = judge_match(&matches[i], anchor, purpose);
		if (i == 0 || reached > best) {
			best = reached;
			deciding = i;
		}
	}
	v->accepted = best == GOOD;
	v->match = matches[deciding];
	if (v->match.own != NULL)
		tell_own(v->match.own, best, purpose, v);
	else
		tell_listed(&v->match, best, purpose, time, v);
	return v->accepted;
}

/* Until when, at most `time`, the match was good: its instances, the newest first. */
static int64_t
match_good_until(const struct trust_match *m, X509 *anchor, enum path_purpose purpose, int64_t time)
{
	const struct trust_service *service;
	struct trust_match then = *m;
	int64_t end = time;
	size_t i;

	if (m->own != NULL)
		return judge_match(m, anchor, purpose) == GOOD ? time : TRUST_NO_TIME;
	service = &m->entry->service;
	for (i = 0; i < service->instance_count; i++) {
		then.at = &service->instances[i];
		if (then.at->start > end)
			continue;
		if (judge_match(&then, anchor, purpose) == GOOD)
			return end;
		end = then.at->start - 1;
	}
	return TRUST_NO_TIME;
}

int64_t
trust_good_until(
    const struct trust_snapshot *s, X509 *anchor, enum path_purpose purpose, int64_t time)
{
	struct trust_match matches[TRUST_MATCHES_MAX];
	const size_t n = trust_find(s, anchor, time, matches, TRUST_MATCHES_MAX);
	int64_t best = TRUST_NO_TIME, until;
	size_t i;

	for (i = 0; i < n; i++) {
		until = match_good_until(&matches[i], anchor, purpose, time);
		best = until > best ? until : best;
	}
	return best;
}

/* ---- anchors for building paths ---- */

/* Was or is it an anchor for the purpose at any time? When decides later. */
static int
ever_served(const struct trust_snapshot *s, uint32_t ref, enum path_purpose purpose)
{
	const struct trust_service *service;
	size_t i;

	if (ref >= s->entry_count) {
		const unsigned int purposes = s->own[ref - s->entry_count].purposes;

		return (purposes & TRUST_PURPOSE(purpose)) != 0 ||
		       (purpose == PATH_ANY && purposes != 0);
	}
	service = &s->entries[ref].service;
	for (i = 0; i < service->instance_count; i++)
		if (trust_type_serves(service->instances[i].type, purpose) &&
		    trust_status_is_good(service->instances[i].status))
			return 1;
	return 0;
}

static int
push_anchor(const struct trust_snapshot *s, const struct trust_index *x, enum path_purpose purpose,
    const X509_NAME *subject, STACK_OF(X509) * out, struct error *err)
{
	X509 *cert = NULL;
	size_t i;

	for (i = 0; i < x->ref_count; i++)
		if (ever_served(s, x->refs[i], purpose))
			break;
	if (i == x->ref_count)
		return 0;
	cert = cert_decode(x->certificate);
	if (cert == NULL)
		return error_memory(err);
	if (subject != NULL && X509_NAME_cmp(X509_get_subject_name(cert), subject) != 0) {
		X509_free(cert);
		return 0;
	}
	if (sk_X509_push(out, cert) <= 0) {
		X509_free(cert);
		return error_memory(err);
	}
	return 0;
}

int
trust_anchors(const struct trust_snapshot *s, enum path_purpose purpose, const X509_NAME *subject,
    STACK_OF(X509) * out, struct error *err)
{
	const struct trust_inside *in = s->inside;
	const uint32_t name = subject != NULL ? trust_name_of(subject) : 0;
	size_t i = subject != NULL ? lower_bound(in, name, NULL) : 0;

	for (; i < in->index_count && (subject == NULL || in->index[i].name == name); i++)
		if (push_anchor(s, &in->index[i], purpose, subject, out, err) != 0)
			return -1;
	return 0;
}

static int
find_for_path(const struct path_trust *trust, const X509_NAME *subject, STACK_OF(X509) * out,
    struct error *err)
{
	return trust_anchors(trust->ctx, trust->purpose, subject, out, err);
}

static enum sub_indication
judge_for_path(const struct path_trust *trust, X509 *anchor, int64_t time, char *text, size_t size)
{
	struct trust_verdict v;
	const int accepted = trust_judge(trust->ctx, anchor, trust->purpose, time, &v);

	snprintf(text, size, "%s", v.text);
	if (accepted)
		return SUB_NONE;
	return trust_good_until(trust->ctx, anchor, trust->purpose, time) == TRUST_NO_TIME
		   ? SUB_NO_CERTIFICATE_CHAIN_FOUND
		   : SUB_NO_CERTIFICATE_CHAIN_FOUND_NO_POE;
}

struct path_trust
trust_path(const struct trust_snapshot *s, enum path_purpose purpose)
{
	return (struct path_trust){ s, purpose, find_for_path, judge_for_path };
}

static int
push_certificate(struct span der, STACK_OF(X509) * out, struct error *err)
{
	X509 *cert = cert_decode(der);

	if (cert == NULL || sk_X509_push(out, cert) > 0)
		return 0; /* one that does not decode serves nobody */
	X509_free(cert);
	return error_memory(err);
}

int
trust_status_services(
    const struct trust_snapshot *s, int64_t time, STACK_OF(X509) * out, struct error *err)
{
	const struct trust_instance *at;
	size_t i, k;

	for (i = 0; i < s->entry_count; i++) {
		at = trust_service_at(&s->entries[i].service, time);
		if (at == NULL || !trust_type_is_status(at->type) || at->unknown_critical != NULL ||
		    !trust_status_is_good(at->status))
			continue;
		for (k = 0; k < at->certificates.count; k++)
			if (push_certificate(at->certificates.items[k], out, err) != 0)
				return -1;
	}
	return 0;
}

int
trust_overdue(const struct trust_snapshot *s, int64_t now, struct buf *out, struct error *err)
{
	char when[TEXT_TIME_SIZE];
	size_t i;

	for (i = 0; i < s->source_count; i++) {
		const struct trust_source *l = &s->sources[i];

		if (l->next_update != TRUST_NO_TIME && l->next_update < now &&
		    buf_printf(out, err,
			"list %llu of \"%s\" should have been followed by another by %s\n",
			(unsigned long long)l->sequence, l->name,
			text_time(when, l->next_update)) != 0)
			return -1;
	}
	return 0;
}
