/*
 * Trusted lists of the set dss: read, and checked against the signer's certificate that the row
 * names (a row that names none is checked against its own signer: what is scored is whether the
 * signature holds, and the facts that DSS reads).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/format/xml/xml_read.h"
#include "signing/trust/list.h"
#include "tests/corpora/corpora.h"

/* Certificates named in the notes: "certificates: certs/a.cer". */
static void
named_signers(const struct corpus_row *row, STACK_OF(X509) * out)
{
	const char *at = row->notes != NULL ? strstr(row->notes, "certificates: ") : NULL;
	struct error err = ERROR_INIT;
	char file[200];

	if (at != NULL && sscanf(at, "certificates: %199[^ ;,]", file) == 1)
		corpus_certificates(row, file, out, &err);
}

/* A row that is about what happens without the right pin. */
static int
is_without_pin(const struct corpus_row *row)
{
	return row->notes != NULL && strstr(row->notes, "without (or with a wrong)") != NULL;
}

static void
read_signatures(struct span bytes, struct signatures *list)
{
	struct error err = ERROR_INIT;

	xml_read(list, bytes, NULL, &err);
}

/* The time of checking: just after the issue, so that age says nothing. */
static int64_t
time_of(struct span bytes)
{
	struct error err = ERROR_INIT;
	struct trust_list *list;
	int64_t time = 0;

	if (trust_list_read(&list, bytes, &err) == 0)
		time = list->issued + 1;
	trust_list_free(list);
	return time;
}

/*
 * Facts that the column expected_indication states of a list that is read: "v5, seq 49, FI, 1 TSP,
 * 19 services", "TLv5, sequence 248, EU, 0 TSPs". 0, or -1 with what differs.
 */
static int
compare_facts(const struct trust_list *list, const char *expected, char *words, size_t size)
{
	static const struct {
		const char *form;
		int fact;
	} forms[] = { { "v%llu,", 0 }, { " seq %llu", 1 }, { " sequence %llu", 1 },
		{ " %llu TSP", 2 }, { " %llu services", 3 } };
	const unsigned long long facts[] = { (unsigned long long)list->version, list->sequence,
		list->provider_count, trust_list_services(list) };
	char stated[64];
	const char *at;
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		char *end;
		unsigned long long n;
		const char *number = strstr(forms[i].form, "%llu");
		const char *word = number + 4;

		for (at = expected; (at = strpbrk(at, "0123456789")) != NULL; at = end) {
			const size_t before = (size_t)(number - forms[i].form);

			n = strtoull(at, &end, 10);
			if ((size_t)(at - expected) < before ||
			    strncmp(at - before, forms[i].form, before) != 0 ||
			    strncmp(end, word, strlen(word)) != 0)
				continue;
			if (n != facts[forms[i].fact]) {
				snprintf(words, size, "\"%.*s\" is stated, %llu found", 20, at,
				    facts[forms[i].fact]);
				return -1;
			}
		}
	}
	snprintf(stated, sizeof(stated), ", %s, ", list->territory);
	if (list->territory[0] != '\0' && strstr(expected, " TSP") != NULL &&
	    strstr(expected, ", EU, ") == NULL && strstr(expected, "parse:") == expected &&
	    strstr(expected, stated) == NULL) {
		snprintf(words, size, "the territory is %s", list->territory);
		return -1;
	}
	return 0;
}

static void
check_list(const struct corpus_row *row, struct corpus_finding *found)
{
	const char *expected = corpus_column(row, "expected_indication");
	struct trust_list_input in = { .is_past = 1 };
	struct trust_list_result result = { 0 };
	struct signatures signatures = { 0 };
	struct trust_list *list = NULL, *parsed = NULL;
	struct buf bytes = BUF_INIT(0);
	struct error err = ERROR_INIT;
	char words[200] = "";

	in.signers = sk_X509_new_null();
	if (corpus_read(row, row->file, &bytes, &err) != 0) {
		corpus_say(found, CORPUS_ERROR, "%s", err.text);
		goto done;
	}
	read_signatures(SPAN_OF(&bytes), &signatures);
	corpus_judge(&signatures, found);
	named_signers(row, in.signers);
	if (!is_without_pin(row) && sk_X509_num(in.signers) == 0 && signatures.count == 1 &&
	    signatures.items[0].signer != NULL && X509_up_ref(signatures.items[0].signer) == 1)
		sk_X509_push(in.signers, signatures.items[0].signer);
	in.bytes = SPAN_OF(&bytes);
	in.time = time_of(in.bytes);
	if (trust_list_check(&in, &list, &result, &err) != 0) {
		corpus_say(found, CORPUS_ERROR, "%s", err.text);
		goto done;
	}
	/* A list that we would take in must not be one whose signature is asserted to fail. */
	if (list != NULL)
		found->verdict = CORPUS_VALID;
	else if (found->verdict == CORPUS_VALID)
		found->verdict = CORPUS_INVALID;
	if (trust_list_read(&parsed, in.bytes, NULL) == 0 && expected != NULL &&
	    compare_facts(parsed, expected, words, sizeof(words)) != 0)
		found->verdict = CORPUS_ERROR;
	snprintf(found->words, sizeof(found->words), "%s: %.250s%s%s",
	    trust_list_verdict_name(result.verdict), result.text, words[0] != '\0' ? "; " : "",
	    words);
done:
	trust_list_free(list);
	trust_list_free(parsed);
	trust_list_result_release(&result);
	signatures_release(&signatures);
	sk_X509_pop_free(in.signers, X509_free);
	buf_release(&bytes);
}

const struct corpus_kind corpora_trust[] = { { "dss", "tl", check_list }, { NULL, NULL, NULL } };
