/* What of a snapshot concerns a few certificates (signing/trust/snapshot.h). */
#include <stdlib.h>
#include <string.h>

#include "signing/trust/qualified_private.h"
#include "signing/trust/snapshot_private.h"

struct part {
	const struct trust_snapshot *from;
	unsigned char *sources, *entries, *own; /* 1: it is taken */
	struct trust_list *lists;		/* of each source, with a provider an entry */
	struct trust_provider *providers;
	struct trust_listed *listed;
	struct trust_choice *choices;
	struct trust_own *owns;
	size_t own_count;
};

static int
part_begin(struct part *p, const struct trust_snapshot *from, struct error *err)
{
	*p = (struct part){ .from = from };
	p->sources = calloc(from->source_count + 1, 1);
	p->entries = calloc(from->entry_count + 1, 1);
	p->own = calloc(from->own_count + 1, 1);
	p->lists = calloc(from->source_count + 1, sizeof(*p->lists));
	p->providers = calloc(from->entry_count + 1, sizeof(*p->providers));
	p->listed = calloc(from->source_count + 1, sizeof(*p->listed));
	p->choices = calloc(from->source_count + 1, sizeof(*p->choices));
	p->owns = calloc(from->own_count + 1, sizeof(*p->owns));
	if (p->sources != NULL && p->entries != NULL && p->own != NULL && p->lists != NULL &&
	    p->providers != NULL && p->listed != NULL && p->choices != NULL && p->owns != NULL)
		return 0;
	return error_memory(err);
}

static void
part_end(struct part *p)
{
	free(p->sources);
	free(p->entries);
	free(p->own);
	free(p->lists);
	free(p->providers);
	free(p->listed);
	free(p->choices);
	free(p->owns);
}

/* Whether the list of a country is there at all is asked, too. */
static void
mark_countries(struct part *p, X509 *cert)
{
	struct trust_claims claims;
	size_t i;
	int by_subject;

	for (by_subject = 0; by_subject < 2; by_subject++) {
		trust_claims_read(&claims, cert, by_subject);
		for (i = 0; claims.country[0] != '\0' && i < p->from->source_count; i++)
			if (strcmp(p->from->sources[i].territory, claims.country) == 0)
				p->sources[i] = 1;
	}
}

static void
mark(struct part *p, X509 *cert)
{
	struct trust_match matches[TRUST_MATCHES_MAX];
	size_t i, n = trust_find(p->from, cert, 0, matches, TRUST_MATCHES_MAX);

	mark_countries(p, cert);
	for (i = 0; i < n; i++) {
		if (matches[i].entry != NULL)
			p->entries[matches[i].entry - p->from->entries] = 1;
		if (matches[i].own != NULL)
			p->own[matches[i].own - p->from->own] = 1;
	}
}

/* A source as the list that it was, with the marked services alone. 1: there are any. */
static int
take_source(struct part *p, size_t number, size_t *providers, struct trust_list *to)
{
	const struct trust_source *s = &p->from->sources[number];
	size_t i;

	*to = (struct trust_list){ .version = s->version,
		.sequence = s->sequence,
		.type = s->type,
		.operator_name = s->operator_name,
		.territory = s->territory,
		.issued = s->issued,
		.next_update = s->next_update,
		.providers = &p->providers[*providers] };
	memcpy(to->digest, s->digest.data, sizeof(to->digest));
	for (i = 0; i < p->from->entry_count; i++) {
		const struct trust_entry *e = &p->from->entries[i];

		if (!p->entries[i] || e->source != s)
			continue;
		p->providers[(*providers)++] = (struct trust_provider){ .name = e->provider,
			.names = e->names,
			.services = (struct trust_service *)&e->service,
			.service_count = 1 };
		to->provider_count++;
	}
	return to->provider_count > 0 || p->sources[number];
}

int
trust_snapshot_part(struct buf *out, const struct trust_snapshot *snapshot, STACK_OF(X509) * certs,
    struct error *err)
{
	struct trust_making making = { 0 };
	size_t i, providers = 0;
	struct part p;
	int n, rc = part_begin(&p, snapshot, err);

	for (n = 0; rc == 0 && n < sk_X509_num(certs); n++)
		mark(&p, sk_X509_value(certs, n));
	for (i = 0; rc == 0 && i < snapshot->source_count; i++) {
		if (!take_source(&p, i, &providers, &p.lists[making.list_count]))
			continue;
		p.listed[making.list_count].source = snapshot->sources[i].name;
		p.listed[making.list_count].list = &p.lists[making.list_count];
		p.choices[making.list_count].source = snapshot->sources[i].name;
		making.list_count++;
	}
	for (i = 0; rc == 0 && i < snapshot->own_count; i++)
		if (p.own[i])
			p.owns[making.own_count++] = snapshot->own[i];
	making.lists = p.listed;
	making.choices = p.choices;
	making.choice_count = making.list_count;
	making.own = p.owns;
	if (rc == 0)
		rc = trust_snapshot_make(out, &making, err);
	part_end(&p);
	return rc;
}
