/* What a recorded verdict rested on, opened again. */
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/report/replay_parts.h"

/* crl_source.find of an excerpt: entries that are not there are not in the list. */
static int
find_in_excerpt(
    void *ctx, unsigned int issuer, struct span serial, struct crl_entry *entry, struct error *err)
{
	const struct recorded_excerpt *x = ctx;
	size_t i;

	(void)err;
	for (i = 0; i < x->count; i++)
		if (crl_entry_compare(issuer, serial, x->entries[i].issuer,
			(struct span){ x->entries[i].serial, x->entries[i].serial_len }) == 0) {
			*entry = x->entries[i];
			return 1;
		}
	return 0;
}

static int
open_crl(struct run *r, struct span der)
{
	struct crl *crl = NULL;

	if (crl_open(&crl, der, r->err) != 0)
		return -1;
	r->sources[r->crl_count] = crl_source_of(crl);
	r->crls[r->crl_count++] = crl;
	return 0;
}

/* The whole list where the caller has it, else the excerpt, which is told. */
static int
open_excerpt(struct run *r, struct recorded_excerpt *x)
{
	const struct values *whole = r->in->crls;
	struct crl *crl = NULL;
	char hex[65];
	size_t i;

	for (i = 0; whole != NULL && i < whole->count; i++)
		if (memcmp(whole->items[i].sha256, x->sha256, 32) == 0)
			return values_add(&r->whole, SPAN_OF(&whole->items[i].der), r->err) == 0
				   ? open_crl(r, SPAN_OF(&whole->items[i].der))
				   : -1;
	if (crl_head_read(&crl, SPAN_OF(&x->head), r->err) != 0)
		return -1;
	r->sources[r->crl_count] = (struct crl_source){ crl, find_in_excerpt, x };
	r->crls[r->crl_count++] = crl;
	if (memcmp(crl_facts(crl)->sha256, x->sha256, 32) != 0)
		return error_set(r->err, ERROR_MALFORMED,
		    "an excerpt in the report is not of the CRL that it names");
	memcpy(r->excerpted[r->excerpted_count++], x->sha256, 32);
	return replay_believe(r,
	    "of a CRL, the report has the entries that it says there are; give the whole list, "
	    "SHA-256 %s, to be independent of that",
	    text_hex(hex, x->sha256, 32));
}

int
replay_open_evidence(struct run *r)
{
	const struct recorded *rec = r->recorded;
	const size_t crls = rec->crls.count + rec->excerpt_count;
	size_t i;

	r->crls = calloc(crls + 1, sizeof(struct crl *));
	r->sources = calloc(crls + 1, sizeof(*r->sources));
	r->answers = calloc(rec->ocsps.count + 1, sizeof(struct ocsp_response *));
	r->excerpted = calloc(rec->excerpt_count + 1, sizeof(*r->excerpted));
	if (r->crls == NULL || r->sources == NULL || r->answers == NULL || r->excerpted == NULL)
		return error_memory(r->err);
	for (i = 0; i < rec->crls.count; i++)
		if (open_crl(r, SPAN_OF(&rec->crls.items[i].der)) != 0 ||
		    values_add(&r->whole, SPAN_OF(&rec->crls.items[i].der), r->err) != 0)
			return -1;
	for (i = 0; i < rec->excerpt_count; i++)
		if (open_excerpt(r, &rec->excerpts[i]) != 0)
			return -1;
	for (i = 0; i < rec->ocsps.count; i++)
		if (ocsp_response_read(
			&r->answers[r->answer_count], SPAN_OF(&rec->ocsps.items[i].der), NULL) == 0)
			r->answer_count++;
	r->evidence = (struct revocation_evidence){ .crls = r->sources,
		.crl_count = r->crl_count,
		.ocsps = (const struct ocsp_response *const *)r->answers,
		.ocsp_count = r->answer_count,
		.certificates = rec->certificates };
	r->gathered = (struct evidence){
		.certificates = rec->certificates, .crls = r->whole, .ocsps = rec->ocsps
	};
	return 0;
}

void
replay_close_evidence(struct run *r)
{
	size_t i;

	for (i = 0; i < r->crl_count; i++)
		crl_free(r->crls[i]);
	for (i = 0; i < r->answer_count; i++)
		ocsp_response_free(r->answers[i]);
	free(r->crls);
	free(r->sources);
	free(r->answers);
	free(r->excerpted);
	values_release(&r->whole);
}
