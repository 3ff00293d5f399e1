/* The set dss: levels, time stamps, indications and other facts that its rows assert. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/corpora/corpora.h"

/* ---- set dss: levels and time stamps ---- */

/* DSS's words for a level, without the format before them; "": nothing here judges it. */
static const struct {
	const char *word, *level;
} level_words[] = {
	{ "BASELINE_B", "B-B" },
	{ "BASELINE_T", "B-T" },
	{ "BASELINE_LT", "B-LT" },
	{ "BASELINE_LTA", "B-LTA" },
	{ "PKCS7_T", "Basic-T" },
	{ "PKCS7_LT", "Basic-LT" },
	{ "PKCS7_LTA", "Basic-LTA" },
	{ "CMS_NOT_ETSI", "Basic" },
	{ "PDF_NOT_ETSI", "Basic" },
	{ "LT", "X-L" },
	{ "XL", "X-L" },
	{ "LTV", "A" },
};

/* The next level that the column names, as our word, or NULL; parts are split by ';'. */
static const char *
next_level(const char **at, char word[64])
{
	size_t i, n;

	for (; **at != '\0'; *at += n + ((*at)[n] != '\0')) {
		*at += strspn(*at, " ;");
		n = strcspn(*at, ";");
		snprintf(word, 64, "%.*s", (int)n, *at);
		if (strstr(word, "ERS") != NULL || strchr(word, '=') != NULL || n == 0)
			continue;
		if (strncmp(word + 1, "AdES_", 5) == 0)
			memmove(word, word + 6, strlen(word + 6) + 1);
		*at += n;
		for (i = 0; i < sizeof(level_words) / sizeof(level_words[0]); i++)
			if (strcmp(level_words[i].word, word) == 0)
				return level_words[i].level;
		return word;
	}
	return NULL;
}

/* Every level that is asserted must be that of a signature. */
static enum outcome
compare_levels(const struct corpus_row *row, const struct corpus_finding *found)
{
	const char *at = corpus_value(row, "expected_level"), *level;
	enum outcome outcome = UNSCORED;
	char word[64];
	size_t i;
	int hit;

	while (at != NULL && (level = next_level(&at, word)) != NULL) {
		for (i = 0, hit = 0; i < found->count; i++)
			hit |= strcmp(ades_level_name(found->signatures[i].level), level) == 0;
		if (!hit)
			return OTHER_DIFFERENCE;
		outcome = AGREE;
	}
	return outcome;
}

/* "n=3; all:true", "all:true (if any)", "mixed: ...", "not valid (asserted)". */
static enum outcome
compare_stamps(const struct corpus_row *row, const struct corpus_finding *found)
{
	const char *expected = corpus_value(row, "expected_timestamps");
	size_t i, good = 0, n = found->stamp_count;

	if (found->count == 0 || expected == NULL || (n == 0 && strstr(expected, "if any") != NULL))
		return UNSCORED;
	for (i = 0; i < n; i++)
		good += found->stamps[i].intact != 0;
	if (strncmp(expected, "n=", 2) == 0 && (size_t)atoi(expected + 2) != n)
		return OTHER_DIFFERENCE;
	if (strstr(expected, "mixed") != NULL)
		return good > 0 && good < n ? AGREE : good == n ? FALSE_VALID : FALSE_INVALID;
	if (strstr(expected, "true") != NULL)
		return good == n ? AGREE : FALSE_INVALID;
	/* "not valid" may be for want of trust, which is not judged here. */
	return strncmp(expected, "n=", 2) == 0 ? AGREE : UNSCORED;
}

static void
say_levels(const struct corpus_finding *found, char *out, size_t size)
{
	size_t i, len = 0;

	for (i = 0; i < found->count && len + 12 < size; i++)
		len += (size_t)snprintf(out + len, size - len, "%s%s", i > 0 ? "," : "",
		    ades_level_name(found->signatures[i].level));
}

static void
say_stamps(const struct corpus_finding *found, char *out, size_t size)
{
	size_t i, len = 0;

	for (i = 0; i < found->stamp_count && len + 12 < size; i++)
		len += (size_t)snprintf(out + len, size - len, "%s%s", i > 0 ? "," : "",
		    found->stamps[i].intact ? "stamp" : "bad stamp");
}

/* ---- "T-level valid=false; A-level valid=true" ---- */

/* Of the signatures that have stamps of a level, those of which one is intact, and the others. */
static void
count_level(const struct corpus_finding *found, int archive, size_t *good, size_t *bad)
{
	size_t s, i, have, intact;

	*good = *bad = 0;
	for (s = 0; s < found->count; s++) {
		for (i = 0, have = intact = 0; i < found->stamp_count; i++) {
			const struct corpus_stamp *t = &found->stamps[i];
			/* A container's stamps are over its signatures, and what they sign. */
			int own = t->signature == s || t->signature == SIZE_MAX;
			int fits =
			    archive
				? t->kind == TIMESTAMP_ARCHIVE || t->kind == TIMESTAMP_DOCUMENT
				: t->kind == TIMESTAMP_SIGNATURE || t->kind == TIMESTAMP_DOCUMENT;

			have += fits && own;
			intact += fits && own && t->intact;
		}
		*good += have > 0 && intact > 0;
		*bad += have > 0 && intact == 0;
	}
}

static enum outcome
compare_technical(const struct corpus_row *row, const struct corpus_finding *found)
{
	static const char *const words[] = { "T-level valid=", "A-level valid=" };
	const char *expected = corpus_value(row, "expected_level"), *at;
	enum outcome outcome = UNSCORED;
	size_t good, bad;
	int archive;

	for (archive = 0; expected != NULL && archive < 2; archive++) {
		at = strstr(expected, words[archive]);
		if (at == NULL || found->count == 0)
			continue;
		count_level(found, archive, &good, &bad);
		if (strncmp(at + strlen(words[archive]), "true", 4) == 0) {
			if (good == 0)
				return FALSE_INVALID;
		} else if (bad == 0) {
			return OTHER_DIFFERENCE;
		}
		outcome = AGREE;
	}
	return outcome;
}

static void
say_technical(const struct corpus_finding *found, char *out, size_t size)
{
	size_t t_good, t_bad, a_good, a_bad;

	count_level(found, 0, &t_good, &t_bad);
	count_level(found, 1, &a_good, &a_bad);
	snprintf(
	    out, size, "T %zu good, %zu bad; A %zu good, %zu bad", t_good, t_bad, a_good, a_bad);
}

/* ---- "sig: TOTAL_FAILED/HASH_FAILURE; block FC: PASSED; tst: INDETERMINATE/..." ---- */

static const struct {
	const char *word;
	enum indication indication;
} indications[] = { { "TOTAL_PASSED", INDICATION_TOTAL_PASSED },
	{ "PASSED", INDICATION_TOTAL_PASSED }, { "INDETERMINATE", INDICATION_INDETERMINATE },
	{ "TOTAL_FAILED", INDICATION_TOTAL_FAILED }, { "FAILED", INDICATION_TOTAL_FAILED } };
static const struct {
	const char *word;
	enum verify_block block;
} block_words[] = { { "block FC", BLOCK_FORMAT }, { "block ISC", BLOCK_SIGNING_CERTIFICATE },
	{ "block VCI", BLOCK_CONTEXT }, { "block XCV", BLOCK_X509 }, { "block CV", BLOCK_CRYPTO },
	{ "block SAV", BLOCK_ACCEPTANCE } };

/* "INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND", "/FORMAT_FAILURE", "PASSED": is it what we say? */
static int
is_said(const char *want, const struct corpus_said *said)
{
	size_t len = strcspn(want, "/ "), i;
	char sub[64] = "";

	for (i = 0; i < sizeof(indications) / sizeof(indications[0]); i++)
		if (strlen(indications[i].word) == len &&
		    strncmp(want, indications[i].word, len) == 0 &&
		    indications[i].indication != said->indication)
			return 0;
	if (want[len] == '/')
		snprintf(
		    sub, sizeof(sub), "%.*s", (int)strcspn(want + len + 1, " "), want + len + 1);
	return sub[0] == '\0' || strcmp(sub, sub_indication_name(said->sub)) == 0;
}

static int
is_said_of_signature(const char *kind, const char *want, const struct corpus_signature *sig)
{
	size_t i;

	if (strcmp(kind, "basic-validation") == 0)
		return is_said(want, &sig->basic);
	for (i = 0; i < sizeof(block_words) / sizeof(block_words[0]); i++)
		if (strcmp(block_words[i].word, kind) == 0)
			return is_said(want, &sig->blocks[block_words[i].block]);
	/* What passes for DSS does so by anchors of its test, which the manifest does not name. */
	if (strncmp(want, "TOTAL_PASSED", 12) == 0)
		return is_said(want, &sig->trusted);
	return is_said(want, &sig->final);
}

/* One part; -1: it is about something else. */
static int
holds(const char *part, const struct corpus_finding *found)
{
	char kind[32], want[96];
	size_t i;
	int is_not, hit = 0;

	if (sscanf(part, "%31[^:]: %95[^;]", kind, want) != 2)
		return -1;
	is_not = strncmp(want, "not ", 4) == 0;
	if (strcmp(kind, "tst") == 0) {
		for (i = 0; i < found->stamp_count; i++)
			hit |= found->stamps[i].signature != SIZE_MAX &&
			       is_said(want + 4 * is_not, &found->stamps[i].said);
		return found->stamp_count == 0 ? -1 : hit != is_not;
	}
	if (strcmp(kind, "sig") != 0 && strcmp(kind, "basic-validation") != 0 &&
	    strncmp(kind, "block ", 6) != 0)
		return -1;
	for (i = 0; i < found->count; i++)
		hit |= is_said_of_signature(kind, want + 4 * is_not, &found->signatures[i]);
	return hit != is_not;
}

/* Nothing but trust is amiss. */
static int
says_passed(const struct corpus_finding *found)
{
	size_t i;

	for (i = 0; i < found->count; i++)
		if (found->signatures[i].trusted.indication != INDICATION_TOTAL_PASSED)
			return 0;
	return found->count > 0;
}

static enum outcome
compare_indication(const struct corpus_row *row, const struct corpus_finding *found)
{
	const char *at = corpus_value(row, "expected_indication");
	enum outcome outcome = UNSCORED;
	int one;

	if (found->count == 0 || strcmp(row->kind, "tl") == 0 || strcmp(row->kind, "crl") == 0 ||
	    strcmp(row->kind, "ocsp") == 0)
		return UNSCORED;
	while (at != NULL && *at != '\0') {
		one = holds(at, found);
		if (one == 0)
			return says_passed(found) && strstr(at, "PASSED") == NULL
				   ? FALSE_VALID
				   : OTHER_DIFFERENCE;
		if (one == 1)
			outcome = AGREE;
		at += strcspn(at, ";");
		at += strspn(at, "; ");
	}
	return outcome;
}

static void
say_indication(const struct corpus_finding *found, char *out, size_t size)
{
	size_t i, len = 0;

	for (i = 0; i < found->count && len + 60 < size; i++)
		len += (size_t)snprintf(out + len, size - len, "%s%s/%s", i > 0 ? "," : "",
		    indication_name(found->signatures[i].final.indication),
		    sub_indication_name(found->signatures[i].final.sub));
}

/* ---- "PDF: object modifications detected=true; undefined changes reported", "scope PARTIAL" ----
 */

/* pyHanko's "modification=FORM_FILLING", of the signature that the row is about. */
static enum outcome
compare_modification(const struct corpus_row *row, const struct corpus_finding *found)
{
	static const struct {
		const char *word;
		enum change_class least, most;
	} levels[] = { { "modification=NONE", CHANGE_NONE, CHANGE_NONE },
		/* A revision that repeats what is there counts for pyHanko. */
		{ "modification=LTA_UPDATES", CHANGE_NONE, CHANGE_LTA },
		{ "modification=FORM_FILLING", CHANGE_FORM, CHANGE_FORM },
		{ "modification=ANNOTATIONS", CHANGE_ANNOTATION, CHANGE_ANNOTATION },
		/* What breaks a rule of its permission is OTHER for pyHanko. */
		{ "modification=OTHER", CHANGE_LTA, CHANGE_OTHER } };
	const char *reason = corpus_value(row, "reason");
	const struct corpus_signature *s;
	size_t i;

	if (found->about >= found->count)
		return UNSCORED;
	s = &found->signatures[found->about];
	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (strstr(reason, levels[i].word) != NULL && s->intact) {
			if (i == 4 && s->changes_permitted && found->verdict == CORPUS_VALID)
				return FALSE_VALID;
			return s->changed >= levels[i].least && s->changed <= levels[i].most
				   ? AGREE
				   : OTHER_DIFFERENCE;
		}
	return UNSCORED;
}

static enum outcome
compare_changes(const struct corpus_row *row, const struct corpus_finding *found)
{
	int grave = 0, any = 0;
	size_t i;

	if (corpus_value(row, "reason") != NULL)
		return compare_modification(row, found);
	if (row->notes == NULL || found->count == 0 || strcmp(row->kind, "pades") != 0)
		return UNSCORED;
	for (i = 0; i < found->count; i++) {
		const struct corpus_signature *s = &found->signatures[i];

		grave |= s->changed == CHANGE_OTHER || !s->intact ||
			 (!s->is_last && !s->changes_permitted);
		any |= s->changed != CHANGE_NONE || !s->intact || !s->is_last;
	}
	if (strstr(row->notes, "undefined changes") != NULL ||
	    strstr(row->notes, "undefined object changes") != NULL ||
	    strstr(row->notes, "page difference on") != NULL ||
	    strstr(row->notes, "a byte range is invalid") != NULL)
		return grave ? AGREE : FALSE_VALID;
	if (strstr(row->notes, "object modifications detected=true") != NULL)
		return any ? AGREE : FALSE_VALID;
	return UNSCORED;
}

static void
say_changes(const struct corpus_finding *found, char *out, size_t size)
{
	static const char *const classes[CHANGE_CLASSES] = { "none", "lta", "form", "annotation",
		"other" };
	size_t i, len = 0;

	for (i = 0; i < found->count && len + 12 < size; i++)
		len += (size_t)snprintf(out + len, size - len, "%s%s", i > 0 ? "," : "",
		    classes[found->signatures[i].changed]);
}

static enum outcome
compare_scope(const struct corpus_row *row, const struct corpus_finding *found)
{
	if (row->notes == NULL || found->count == 0 ||
	    strstr(row->notes, "scope asserted PARTIAL") == NULL)
		return UNSCORED;
	return found->is_partial || found->verdict != CORPUS_VALID ? AGREE : FALSE_VALID;
}

static void
say_scope(const struct corpus_finding *found, char *out, size_t size)
{
	snprintf(out, size, "%s", found->is_partial ? "PARTIAL" : "FULL");
}

/* ---- CRLs, OCSP answers, tokens: words of ours against words of theirs ---- */

/*
 * "serials 1 and 2 revoked without reason; 3 not revoked": 1 all as we say, 0 not, -1 none named.
 * What follows the number up to the next ';' tells which.
 */
static int
compare_serials(const char *said, const char *facts)
{
	const char *at = said != NULL ? strstr(said, "serial") : NULL, *fact;
	char digits[80];
	int any = -1, theirs, ours;

	while (at != NULL && *(at += strcspn(at, "0123456789")) != '\0') {
		size_t len = strspn(at, "0123456789"), part = strcspn(at, ";");

		snprintf(digits, sizeof(digits), "%.*s ", (int)len, at);
		theirs = memmem(at, part, "not revoked", 11) == NULL;
		fact = strstr(facts, digits);
		ours = fact != NULL && strncmp(fact + len + 1, "revoked", 7) == 0;
		if (fact == NULL || ours != theirs)
			return 0;
		any = 1;
		at += len;
	}
	return any;
}

static const struct {
	const char *theirs, *ours;
} phrases[] = {
	{ "revoked (revocation date present)", "status revoked" },
	{ "GOOD", "status good" },
	{ "UNKNOWN", "status unknown" },
	{ "certHash extension present and matching", "certHash matches" },
	{ "no certHash", "no certHash" },
	{ "archiveCutOff present", "has archiveCutoff" },
	{ "no archiveCutOff", "no archiveCutoff" },
	{ "two single responses", "2 single responses" },
	{ "signature valid", "signature intact" },
	{ "response for the same certificate", "signature intact" },
	{ "responses for the same certificate", "signature intact" },
	{ "expiredCertsOnCRL present", "has expiredCertsOnCRL" },
	{ "issuing distribution point URL present", "has distribution point URL" },
	{ "cRLSign; no unknown", "issuer has cRLSign" },
	{ "issuer certificate lacks cRLSign", "issuer lacks cRLSign" },
	{ "ECDSA_SHA256", "ECDSA with SHA256" },
	{ "RSA_SHA256", "RSA with SHA256" },
	{ "RSASSA-PSS SHA512", "RSA-PSS with SHA512" },
	{ "signature intact", "signature intact" },
	{ "1 OCSP binary", "1 OCSP" },
	{ "2 certificates", "2 certificates" },
	{ "1 CRL", "1 CRL" },
	/* inputs */
	{ "used as document to sign", "; signs;" },
	{ "unsigned PDF 2.0", "; signs;" },
	{ "two signature fields", "; signs;" },
	{ "sign to LTA must succeed", "; signs to LTA" },
	{ "password is one space: opens", "; opens with a space" },
	{ "no or wrong password: error", "is refused; " },
	{ "no or wrong password: error", "is refused with another password" },
	{ "opens without password", "opens; " },
	{ "signing without owner password refused", "does not sign; " },
	{ "with password one-space signing allowed", "; signs with a space" },
	{ "a new signature must be refused", "does not sign; " },
	{ "a new signature is permitted", "; signs;" },
	{ "error: ", "is refused" },
	{ "must end within 3 s", "in time" },
	{ "default limits: validates", "opens; " },
	{ "max compression ratio 50", "is refused at a ratio of 50" },
	{ "extension to LT must be refused", "does not extend to LT;" },
	{ "extension to LTA must be refused", "does not extend to LTA" },
};

/* Every phrase that both sides know how to say must be said by us; `no X` must not be. */
static enum outcome
compare_words(const struct corpus_row *row, const struct corpus_finding *found)
{
	const char *said = corpus_value(row, "expected_indication");
	const char *stamps = corpus_value(row, "expected_timestamps");
	enum outcome outcome = UNSCORED;
	size_t i;
	int serials;

	if (found->facts[0] == '\0')
		return UNSCORED;
	serials = compare_serials(said, found->facts);
	if (serials == 0)
		return OTHER_DIFFERENCE;
	if (serials == 1)
		outcome = AGREE;
	for (i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
		if ((said == NULL || strstr(said, phrases[i].theirs) == NULL) &&
		    (stamps == NULL || strstr(stamps, phrases[i].theirs) == NULL) &&
		    (row->notes == NULL || strstr(row->notes, phrases[i].theirs) == NULL))
			continue;
		outcome = AGREE;
		if (strstr(found->facts, phrases[i].ours) == NULL)
			return OTHER_DIFFERENCE;
	}
	return outcome;
}

static void
say_words(const struct corpus_finding *found, char *out, size_t size)
{
	snprintf(out, size, "%s", found->facts);
}

const struct corpus_fact corpus_facts[] = {
	{ "levels", "expected_level", compare_levels, say_levels },
	{ "time stamps", "expected_timestamps", compare_stamps, say_stamps },
	{ "T and A levels", "expected_level", compare_technical, say_technical },
	{ "indications", "expected_indication", compare_indication, say_indication },
	{ "changes", "notes", compare_changes, say_changes },
	{ "scope", "notes", compare_scope, say_scope },
	{ "facts", "expected_indication", compare_words, say_words },
};
const size_t corpus_fact_count = sizeof(corpus_facts) / sizeof(corpus_facts[0]);
