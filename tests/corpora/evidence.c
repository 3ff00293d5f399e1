#include "tests/corpora/evidence.h"

#include <stdio.h>
#include <string.h>

static void
refuse(struct corpus_evidence *e, const struct error *err)
{
	snprintf(e->refused, sizeof(e->refused), "%s", err->text);
}

void
corpus_add_crl(struct corpus_evidence *e, struct span der)
{
	struct buf *bytes = &e->bytes[e->crl_count];
	struct error err = ERROR_INIT;

	if (e->crl_count == EVIDENCE_MAX || buf_append_span(bytes, der, &err) != 0)
		return;
	if (crl_open(&e->crls[e->crl_count], SPAN_OF(bytes), &err) != 0) {
		refuse(e, &err);
		buf_release(bytes);
		return;
	}
	e->sources[e->crl_count] = crl_source_of(e->crls[e->crl_count]);
	e->crl_count++;
}

void
corpus_add_answer(struct corpus_evidence *e, struct span der)
{
	struct error err = ERROR_INIT;

	if (e->answer_count == EVIDENCE_MAX)
		return;
	if (ocsp_response_read(&e->answers[e->answer_count], der, &err) != 0) {
		refuse(e, &err);
		return;
	}
	e->answer_list[e->answer_count] = e->answers[e->answer_count];
	e->answer_count++;
}

struct revocation_evidence
corpus_evidence_view(struct corpus_evidence *e)
{
	return (struct revocation_evidence){ .crls = e->sources,
		.crl_count = e->crl_count,
		.ocsps = e->answer_list,
		.ocsp_count = e->answer_count };
}

void
corpus_evidence_release(struct corpus_evidence *e)
{
	size_t i;

	for (i = 0; i < e->crl_count; i++)
		crl_free(e->crls[i]);
	for (i = 0; i < e->answer_count; i++)
		ocsp_response_free(e->answers[i]);
	for (i = 0; i < EVIDENCE_MAX; i++)
		buf_release(&e->bytes[i]);
	memset(e, 0, sizeof(*e));
}

int
corpus_next_word(const char **at, char *word, size_t size)
{
	size_t len = strcspn(*at, ",");

	if (**at == '\0')
		return 0;
	snprintf(word, size, "%.*s", (int)len, *at);
	*at += len + ((*at)[len] == ',');
	*at += strspn(*at, " ");
	return 1;
}

void
corpus_say_path(
    struct corpus_finding *found, const struct path_result *r, const struct corpus_evidence *e)
{
	if (r->ok)
		corpus_say(found, CORPUS_VALID, "the path holds");
	else
		corpus_say(found, CORPUS_INVALID, "%s: %s%s%s", sub_indication_name(r->sub),
		    r->text, e != NULL && e->refused[0] != '\0' ? "; " : "",
		    e != NULL ? e->refused : "");
}
