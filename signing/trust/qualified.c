#include "signing/trust/qualified.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/trust/qualified_private.h"

#define TYPE_EU	   "http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUgeneric"
#define TYPE_CA_QC "http://uri.etsi.org/TrstSvc/Svctype/CA/QC"
#define TYPE_QTST  "http://uri.etsi.org/TrstSvc/Svctype/TSA/QTST"
#define STATUS	   "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/"
#define FOR	   "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/"

/* A service that the certificate is of, and what it was then: a tuple of PRO-4.3.4-03. */
struct state {
	const struct trust_entry *entry;
	const struct trust_instance *at;
};
struct inquiry {
	const struct trust_qualifying *in;
	struct trust_qualified *out;
	struct trust_claims claims;
	int64_t time;
	char when[TEXT_TIME_SIZE];
	struct state states[TRUST_MATCHES_MAX];
	size_t state_count;
	int on_eu_list;			    /* its path meets a service of any EU list */
	const struct trust_source *overdue; /* the country's list, where it is */
	int has_list;			    /* the country's list is there */
};

__attribute__((format(printf, 4, 5))) static void
find(struct inquiry *w, enum trust_weight weight, const char *code, const char *fmt, ...)
{
	struct trust_finding *f;
	va_list ap;

	if (w->out->finding_count == TRUST_FINDINGS_MAX)
		return;
	f = &w->out->findings[w->out->finding_count++];
	f->weight = weight;
	snprintf(f->code, sizeof(f->code), "%s", code);
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
}

/* ---- clause 4.3: listed services that the certificate is of ---- */

static int
is_eu(const struct trust_source *s, int64_t time)
{
	return strcmp(s->type, TYPE_EU) == 0 && trust_is_member_state(s->territory, time);
}

static void
add_state(struct inquiry *w, const struct trust_match *m)
{
	size_t i;

	for (i = 0; i < w->state_count; i++)
		if (w->states[i].entry == m->entry)
			return;
	if (w->state_count < TRUST_MATCHES_MAX)
		w->states[w->state_count++] = (struct state){ m->entry, m->at };
}

static int
has_eu_list(const struct inquiry *w)
{
	size_t i;

	for (i = 0; i < w->in->trust->source_count; i++)
		if (is_eu(&w->in->trust->sources[i], w->time))
			return 1;
	return 0;
}

/* PRO-4.3.4-03: services of the type whose name and key stand in the path. */
static void
collect(struct inquiry *w, const char *type, int first)
{
	struct trust_match matches[TRUST_MATCHES_MAX];
	size_t i, n;
	int k;

	for (k = first; has_eu_list(w) && k < sk_X509_num(w->in->chain); k++) {
		X509 *cert = sk_X509_value(w->in->chain, k);

		n = trust_find(w->in->trust, cert, w->time, matches, TRUST_MATCHES_MAX);
		for (i = 0; i < n; i++) {
			const struct trust_match *m = &matches[i];

			if (m->entry == NULL || !is_eu(m->entry->source, w->time))
				continue;
			w->on_eu_list = 1;
			if (m->at != NULL && strcmp(m->at->type, type) == 0 &&
			    strcmp(m->entry->source->territory, w->claims.country) == 0 &&
			    trust_instance_fits(m->at, cert))
				add_state(w, m);
		}
	}
}

static void
look_for_list(struct inquiry *w)
{
	size_t i;

	for (i = 0; i < w->in->trust->source_count; i++) {
		const struct trust_source *s = &w->in->trust->sources[i];

		if (!is_eu(s, w->time) || strcmp(s->territory, w->claims.country) != 0)
			continue;
		w->has_list = 1;
		if (s->next_update != TRUST_NO_TIME && s->next_update < w->in->now)
			w->overdue = s;
	}
}

/* PRO-4.3.4-11: what lists say of two providers cannot be put together. */
static int
is_of_one_provider(struct inquiry *w)
{
	size_t i;

	for (i = 1; i < w->state_count; i++)
		if (strcmp(w->states[i].entry->provider, w->states[0].entry->provider) != 0) {
			find(w, TRUST_DECIDES, "ProviderConflict",
			    "the trusted list names two providers for the service that issued it: "
			    "\"%.100s\" and \"%.100s\"",
			    w->states[0].entry->provider, w->states[i].entry->provider);
			return 0;
		}
	return 1;
}

/* PRO-4.4.4-06, PRO-4.6.4-08 */
static int
is_named(struct inquiry *w, const char *whose)
{
	size_t i;

	for (i = 0; i < w->state_count; i++)
		if (trust_names_provider(&w->claims, w->states[i].entry, w->states[i].at))
			return 1;
	find(w, TRUST_DECIDES, "ProviderName",
	    "the name of the %s in the certificate is none of the names that the trusted list "
	    "gives to the provider \"%.120s\"",
	    whose, w->states[0].entry->provider);
	return 0;
}

/* What the list says of the services, for people. */
static void
tell_states(struct inquiry *w)
{
	char since[TEXT_TIME_SIZE];
	size_t i;

	for (i = 0; i < w->state_count && i < 4; i++) {
		const struct state *s = &w->states[i];

		find(w, TRUST_TELLS, "TrustService",
		    "by list %llu of \"%.30s\" the service \"%.80s\" of \"%.60s\" was %.60s at %s "
		    "(since %s)",
		    (unsigned long long)s->entry->source->sequence, s->entry->source->name,
		    s->at->name, s->entry->provider, trust_short(s->at->status), w->when,
		    text_time(since, s->at->start));
		if (s->at->taken_over_by != NULL)
			find(w, TRUST_TELLS, "TakenOver",
			    "the trusted list says that \"%.150s\" took the service over",
			    s->at->taken_over_by);
	}
}

/*
 * Have lists a bearing on the certificate, and can they be asked? 1; else `out->level` says which
 * is not so.
 */
static int
is_listed(struct inquiry *w, const char *type, int first, const char *whose)
{
	const int claims = trust_claims_any(&w->claims) || w->claims.foreign;

	w->out->level = QUALIFICATION_NOT_APPLICABLE;
	if (w->in->trust == NULL)
		return 0;
	collect(w, type, first);
	if (!w->on_eu_list && !claims)
		return 0;
	look_for_list(w);
	if (!w->on_eu_list && !trust_is_member_state(w->claims.country, w->time)) {
		find(w, TRUST_TELLS, "OtherCountry",
		    "the certificate calls itself qualified, but its %s names no Member State of "
		    "the EU",
		    whose);
		return 0;
	}
	w->out->level = QUALIFICATION_INDETERMINATE;
	if (!w->claims.readable) {
		find(w, TRUST_DECIDES, "CertificateUnreadable",
		    "what the certificate says of itself cannot be read");
		return 0;
	}
	if (!w->has_list) {
		find(w, TRUST_DECIDES, "TrustListMissing",
		    w->claims.country[0] != '\0'
			? "the %s in the certificate is of %s, whose trusted list is not at hand: "
			  "import it"
			: "the %s in the certificate names no country, so that no trusted list can "
			  "be asked%s",
		    whose, w->claims.country);
		return 0;
	}
	if (w->in->chain == NULL) {
		find(w, TRUST_DECIDES, "PathMissing",
		    "no sound path leads from the certificate to a service of a trusted list");
		return 0;
	}
	return 1;
}

/* Last: what was found in a list that should have been followed by another is no answer. */
static void
close_overdue(struct inquiry *w)
{
	char when[TEXT_TIME_SIZE];

	if (w->overdue == NULL)
		return;
	find(w, TRUST_DECIDES, "TrustListOverdue",
	    "list %llu of \"%.60s\" should have been followed by another by %s: import it; by what "
	    "it says this would be %s",
	    (unsigned long long)w->overdue->sequence, w->overdue->name,
	    text_time(when, w->overdue->next_update), qualification_term(w->out->level));
	w->out->level = QUALIFICATION_INDETERMINATE;
	w->out->device = TRUST_OPEN;
}

static void
begin(struct inquiry *w, const struct trust_qualifying *in, int64_t time,
    struct trust_qualified *out, int by_subject)
{
	memset(out, 0, sizeof(*out));
	*w = (struct inquiry){ .in = in, .out = out, .time = time };
	text_time(w->when, time);
	trust_claims_read(&w->claims, in->cert, by_subject);
}

/* ---- clause 4.4 under the regulation: one kind of three ---- */

static const struct {
	const char *for_what; /* additionalServiceInformation */
	const char *word;
	unsigned int own, foreign; /* qualifiers that give and that contradict it */
} kinds[TRUST_KINDS] = {
	[TRUST_FOR_SIGNATURES] = { FOR "ForeSignatures", "electronic signatures", QUALIFIER_ESIG,
	    QUALIFIER_ESEAL | QUALIFIER_WSA | QUALIFIER_LEGAL_PERSON },
	[TRUST_FOR_SEALS] = { FOR "ForeSeals", "electronic seals", QUALIFIER_ESEAL,
	    QUALIFIER_ESIG | QUALIFIER_WSA },
	[TRUST_FOR_WEB] = { FOR "ForWebSiteAuthentication", "website authentication", QUALIFIER_WSA,
	    QUALIFIER_ESIG | QUALIFIER_ESEAL },
};

/*
 * Tables 1 to 3, which agree but for their first row. The rows: what QcTypes the certificate has,
 * with QcCompliance and without. The columns: no qualifier; NotQualified; QCStatement; that of the
 * kind (QCForESig, ...); both of these.
 */
enum { TYPES_NONE, TYPES_OWN, TYPES_OWN_AND_OTHERS, TYPES_OTHERS };
static const char *const cells[2][4] = {
	{ [TYPES_NONE] = "NNINQ",
	    [TYPES_OWN] = "NNQNQ",
	    [TYPES_OWN_AND_OTHERS] = "NNINQ",
	    [TYPES_OTHERS] = "NNNNQ" },
	{ [TYPES_NONE] = "NNNQQ", /* of signatures: as TYPES_OWN */
	    [TYPES_OWN] = "QNQQQ",
	    [TYPES_OWN_AND_OTHERS] = "INIQQ",
	    [TYPES_OTHERS] = "NNNQQ" },
};

static enum trust_answer
cell(const struct inquiry *w, enum trust_kind kind, unsigned int set)
{
	const unsigned int own = 1u << kind, types = w->claims.types;
	int row = types == 0	       ? TYPES_NONE
		  : types == own       ? TYPES_OWN
		  : (types & own) != 0 ? TYPES_OWN_AND_OTHERS
				       : TYPES_OTHERS;
	const int statement = (set & QUALIFIER_STATEMENT) != 0;
	const int column = (set & QUALIFIER_NOT) != 0	  ? 1
			   : (set & kinds[kind].own) != 0 ? 3 + statement
							  : 2 * statement;

	if (row == TYPES_NONE && w->claims.compliant && kind == TRUST_FOR_SIGNATURES)
		row = TYPES_OWN;
	switch (cells[w->claims.compliant][row][column]) {
	case 'Q':
		return TRUST_YES;
	case 'I':
		return TRUST_OPEN;
	default:
		return TRUST_NO;
	}
}

static int
is_for(const struct trust_instance *at, const char *what)
{
	size_t i;

	for (i = 0; i < at->additional.count; i++)
		if (strcmp(at->additional.items[i], what) == 0)
			return 1;
	return 0;
}

/* The states of the kind that lead: copies into `to`. NULL `for_what`: all. */
static size_t
states_for(const struct inquiry *w, const char *for_what, struct state *to)
{
	size_t i, n = 0;

	for (i = 0; i < w->state_count; i++)
		if (for_what == NULL || is_for(w->states[i].at, for_what))
			to[n++] = w->states[i];
	return n;
}

static unsigned int
qualifiers_of(struct inquiry *w, const struct state *states, size_t n)
{
	unsigned int set = 0;
	size_t i;

	for (i = 0; i < n; i++)
		set |= trust_qualifier_set(states[i].at, w->in->cert);
	return set;
}

static int
has_status(const struct state *s, const char *name)
{
	return strcmp(
		   s->at->status +
		       (strncmp(s->at->status, STATUS, strlen(STATUS)) == 0 ? strlen(STATUS) : 0),
		   name) == 0;
}

/* PRO-4.3.4-06, -08, -10: two entries of one service with different statuses. */
static int
statuses_agree(struct inquiry *w, const struct state *states, size_t n)
{
	size_t i;

	for (i = 1; i < n; i++)
		if (strcmp(states[i].at->status, states[0].at->status) != 0) {
			find(w, TRUST_DECIDES, "StatusConflict",
			    "the trusted list says of one service that it was %.60s and that it "
			    "was %.60s at %s",
			    trust_short(states[0].at->status), trust_short(states[i].at->status),
			    w->when);
			return 0;
		}
	return 1;
}

/* What is not understood might forbid. */
static int
is_understood(struct inquiry *w, const struct state *states, size_t n, unsigned int set)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (states[i].at->unknown_critical != NULL) {
			find(w, TRUST_DECIDES, "UnknownExtension",
			    "the service has the critical extension \"%.80s\" in the trusted list, "
			    "which is not known here",
			    states[i].at->unknown_critical);
			return 0;
		}
	if ((set & QUALIFIER_UNDECIDED) == 0)
		return 1;
	find(w, TRUST_DECIDES, "UnknownCriterion",
	    "for which certificates the trusted list qualifies the service is said by a criterion "
	    "that is not known here");
	return 0;
}

/* PRO-4.4.4-12, -20, -28 */
static int
qualifiers_agree(struct inquiry *w, unsigned int set, unsigned int foreign, const char *word)
{
	const unsigned int both = QUALIFIER_NOT | QUALIFIER_STATEMENT;
	char names[300];

	if ((set & foreign) == 0 && (set & both) != both)
		return 1;
	find(w, TRUST_WARNS, "QualifierConflict",
	    "what the trusted list says of the certificate contradicts itself for %s: %s", word,
	    trust_qualifier_text(set, names, sizeof(names)));
	return 0;
}

/* PRO-4.4.4-08 to -15, -16 to -23, -24 to -31 */
static enum trust_answer
check_kind(struct inquiry *w, enum trust_kind kind)
{
	struct state states[TRUST_MATCHES_MAX];
	const size_t n = states_for(w, kinds[kind].for_what, states);
	unsigned int set;
	size_t i;

	if (!statuses_agree(w, states, n))
		return TRUST_OPEN;
	if (n == 0 || has_status(&states[0], "withdrawn"))
		return TRUST_NO;
	for (i = 0; i < n; i++)
		if (!has_status(&states[i], "granted")) {
			find(w, TRUST_DECIDES, "StatusUnfit",
			    "the service was %.60s at %s, which is no status of the eIDAS "
			    "regulation",
			    trust_short(states[i].at->status), w->when);
			return TRUST_OPEN;
		}
	set = qualifiers_of(w, states, n);
	if (!is_understood(w, states, n, set) ||
	    !qualifiers_agree(w, set, kinds[kind].foreign, kinds[kind].word))
		return TRUST_OPEN;
	return cell(w, kind, set);
}

static int
count_of(const struct trust_qualified *out, enum trust_answer answer)
{
	int i, n = 0;

	for (i = 0; i < TRUST_KINDS; i++)
		n += out->kinds[i] == answer;
	return n;
}

static void
under_regulation(struct inquiry *w)
{
	const unsigned int types = w->claims.types;
	int i;

	for (i = 0; i < TRUST_KINDS; i++)
		w->out->kinds[i] = check_kind(w, (enum trust_kind)i);
	if ((types & (types - 1)) != 0)
		find(w, TRUST_WARNS, "SeveralTypes",
		    "the certificate says that it is for several of signatures, seals and website "
		    "authentication, of which EN 319 412-5 allows one");
	if (count_of(w->out, TRUST_YES) > 1) /* table 4 */
		find(w, TRUST_DECIDES, "SeveralKinds",
		    "the trusted list makes the certificate a qualified one for several of "
		    "signatures, seals and website authentication");
}

/* ---- clause 4.4 under the directive: PRO-4.4.4-33 ---- */

/* (f): 1 to go on, 0: not qualified; TRUST_OPEN is in *answer where it cannot be told. */
static int
may_be_under_directive(
    struct inquiry *w, const struct state *states, size_t n, enum trust_answer *answer)
{
	static const char *const good[] = { "undersupervision", "supervisionincessation",
		"accredited" };
	static const char *const bad[] = { "supervisionceased", "supervisionrevoked",
		"accreditationceased", "accreditationrevoked" };
	size_t i;

	*answer = TRUST_NO;
	if (n == 0 || (w->time >= TRUST_EIDAS && has_status(&states[0], "withdrawn")))
		return 0;
	if (w->time >= TRUST_EIDAS && has_status(&states[0], "granted"))
		return 1;
	for (i = 0; w->time < TRUST_EIDAS && i < 4; i++) {
		if (i < 3 && has_status(&states[0], good[i]))
			return 1;
		if (has_status(&states[0], bad[i]))
			return 0;
	}
	find(w, TRUST_DECIDES, "StatusUnfit",
	    "the service was %.60s at %s, which is no status of the rules of that time",
	    trust_short(states[0].at->status), w->when);
	*answer = TRUST_OPEN;
	return 0;
}

static enum trust_answer
under_directive(struct inquiry *w)
{
	struct state states[TRUST_MATCHES_MAX];
	enum trust_answer answer;
	unsigned int set;
	size_t n;

	if (!statuses_agree(w, w->states, w->state_count))
		return TRUST_OPEN;
	n = states_for(
	    w, w->time >= TRUST_EIDAS ? kinds[TRUST_FOR_SIGNATURES].for_what : NULL, states);
	if (!may_be_under_directive(w, states, n, &answer))
		return answer;
	set = qualifiers_of(w, states, n);
	if (!is_understood(w, states, n, set) ||
	    !qualifiers_agree(w, set, QUALIFIER_ESEAL | QUALIFIER_WSA, "electronic signatures"))
		return TRUST_OPEN;
	/* Table 5 */
	if ((set & QUALIFIER_NOT) != 0)
		return TRUST_NO;
	return (set & QUALIFIER_STATEMENT) != 0 || trust_claims_any(&w->claims) ? TRUST_YES
										: TRUST_NO;
}

/* ---- clause 4.5: the device ---- */

/* Table 6. */
static enum trust_answer
device_under_directive(struct inquiry *w, unsigned int set)
{
	const unsigned int said =
	    set & (QUALIFIER_SSCD | QUALIFIER_NO_SSCD | QUALIFIER_SSCD_AS_IN_CERT);

	if ((said & (said - 1)) != 0)
		return TRUST_OPEN;
	if (said == QUALIFIER_SSCD)
		return TRUST_YES;
	if (said == QUALIFIER_NO_SSCD)
		return TRUST_NO;
	return w->claims.device || w->claims.qcp_plus ? TRUST_YES : TRUST_NO;
}

/* Table 7. */
static enum trust_answer
device_under_regulation(struct inquiry *w, unsigned int set)
{
	const int with = (set & QUALIFIER_QSCD) != 0, no = (set & QUALIFIER_NO_QSCD) != 0;
	const int managed = (set & QUALIFIER_QSCD_MANAGED) != 0;
	const int as_in_cert = (set & QUALIFIER_QSCD_AS_IN_CERT) != 0;

	if ((set & QUALIFIER_UNKNOWN_CRITICAL) != 0)
		return TRUST_OPEN;
	if (((set & QUALIFIER_SSCD) != 0 && !with) || ((set & QUALIFIER_NO_SSCD) != 0 && !no) ||
	    (no && (with || managed)) || (as_in_cert && (with || no || managed)))
		return TRUST_OPEN;
	if (with || managed)
		return TRUST_YES;
	return !no && w->claims.device ? TRUST_YES : TRUST_NO;
}

static void
tell_device(struct inquiry *w, unsigned int set)
{
	const int says = w->claims.device || (w->claims.qcp_plus && w->time < TRUST_EIDAS);
	char names[300];

	trust_qualifier_text(set, names, sizeof(names));
	if (w->out->device == TRUST_OPEN)
		find(w, TRUST_WARNS, "DeviceConflict",
		    "whether the key is in a qualified device cannot be told: the trusted list "
		    "says %s%s",
		    names,
		    (set & QUALIFIER_UNKNOWN_CRITICAL) != 0
			? ", and something critical that is not known here"
			: "");
	else if (says != (w->out->device == TRUST_YES))
		find(w, TRUST_TELLS, "DeviceByTrustList",
		    "the certificate %s that its key is in a qualified device, the trusted list "
		    "decides that it is%s (%s)",
		    says ? "says" : "does not say", says ? " not" : "", names);
}

static void
determine_device(struct inquiry *w, enum trust_kind kind)
{
	struct state states[TRUST_MATCHES_MAX];
	const int before = w->time < TRUST_EIDAS;
	const size_t n = states_for(w, before ? NULL : kinds[kind].for_what, states);
	const unsigned int set = qualifiers_of(w, states, n);

	w->out->device = before ? device_under_directive(w, set) : device_under_regulation(w, set);
	tell_device(w, set);
}

/* ---- the level ---- */

/* What the certificate says of itself and the list does not confirm, or the reverse. */
static void
tell_contradiction(struct inquiry *w, enum qualification said)
{
	const int qc = qualification_is_qc(w->out->level);
	static const enum qualification of[][2] = { { QC_ESIG, CERT_ESIG },
		{ QC_ESIG_QSCD, CERT_ESIG }, { QC_ESEAL, CERT_ESEAL },
		{ QC_ESEAL_QSCD, CERT_ESEAL }, { QC_WSA, CERT_WSA } };
	size_t i;

	if (w->out->level == QUALIFICATION_INDETERMINATE)
		return;
	if (trust_claims_any(&w->claims) && !qc)
		find(w, TRUST_DECIDES, "NotByTrustList",
		    "the certificate calls itself qualified, the trusted list of %s does not make "
		    "it so at %s",
		    w->claims.country, w->when);
	if (!trust_claims_any(&w->claims) && qc)
		find(w, TRUST_TELLS, "QualifiedByTrustList",
		    "the certificate does not call itself qualified, the trusted list of %s makes "
		    "it so",
		    w->claims.country);
	for (i = 0; i < sizeof(of) / sizeof(of[0]); i++)
		if (of[i][0] == w->out->level && said != of[i][1])
			find(w, TRUST_TELLS, "KindByTrustList",
			    "for what the certificate is, the trusted list of %s decides: %s",
			    w->claims.country, qualification_term(w->out->level));
}

static void
conclude(struct inquiry *w)
{
	static const enum qualification qualified[TRUST_KINDS][2] = { { QC_ESIG, QC_ESIG_QSCD },
		{ QC_ESEAL, QC_ESEAL_QSCD }, { QC_WSA, QC_WSA } };
	const enum qualification said = trust_claims_kind(&w->claims);
	struct trust_qualified *out = w->out;
	int kind;

	for (kind = 0; kind < TRUST_KINDS && out->kinds[kind] != TRUST_YES; kind++)
		continue;
	if (count_of(out, TRUST_YES) == 1) {
		if (kind != TRUST_FOR_WEB)
			determine_device(w, (enum trust_kind)kind);
		out->level = qualified[kind][out->device == TRUST_YES];
	} else if (count_of(out, TRUST_NO) == TRUST_KINDS) {
		out->level = said;
	} else {
		out->level = QUALIFICATION_INDETERMINATE;
	}
	tell_contradiction(w, said);
}

void
trust_qualify(const struct trust_qualifying *in, int64_t time, struct trust_qualified *out)
{
	struct inquiry w;

	begin(&w, in, time, out, 0);
	if (!is_listed(&w, TYPE_CA_QC, 1, "issuer"))
		return;
	tell_states(&w);
	if (w.claims.foreign)
		find(&w, TRUST_TELLS, "OtherLaw",
		    "the certificate says that it is qualified under the law of another country");
	if (w.state_count == 0) { /* PRO-4.4.4-05 */
		find(&w, TRUST_DECIDES, "NoTrustService",
		    "no service of the trusted list of %s that issues qualified certificates was "
		    "its issuer at %s",
		    w.claims.country, w.when);
		conclude(&w);
	} else if (!is_of_one_provider(&w) || !is_named(&w, "issuer")) {
		out->level = QUALIFICATION_INDETERMINATE;
	} else if (time < TRUST_EIDAS || w.claims.issued < TRUST_EIDAS) { /* PRO-4.4.4-07 */
		out->kinds[TRUST_FOR_SIGNATURES] = under_directive(&w);
		conclude(&w);
	} else {
		under_regulation(&w);
		conclude(&w);
	}
	close_overdue(&w);
}

/* ---- clauses 4.6 and 4.7 ---- */

static enum qualification
timestamp_level(struct inquiry *w)
{
	if (w->time < TRUST_EIDAS) { /* PRO-4.6.4-01 */
		find(w, TRUST_DECIDES, "BeforeRegulation",
		    "there were no qualified time stamps before 1 July 2016");
		return TIMESTAMP_TSA;
	}
	if (w->state_count == 0) {
		find(w, TRUST_DECIDES, "NoTrustService",
		    "no service of the trusted list of %s that makes qualified time stamps was its "
		    "authority at %s",
		    w->claims.country, w->when);
		return TIMESTAMP_TSA;
	}
	if (!is_of_one_provider(w) || !statuses_agree(w, w->states, w->state_count) ||
	    !is_understood(w, w->states, w->state_count, 0) || !is_named(w, "authority"))
		return QUALIFICATION_INDETERMINATE;
	return has_status(&w->states[0], "granted") ? TIMESTAMP_QTSA : TIMESTAMP_TSA;
}

void
trust_qualify_timestamp(
    const struct trust_qualifying *in, int64_t time, struct trust_qualified *out)
{
	struct inquiry w;

	begin(&w, in, time, out, 1);
	if (!is_listed(&w, TYPE_QTST, 0, "authority"))
		return;
	tell_states(&w);
	out->level = timestamp_level(&w);
	close_overdue(&w);
}
