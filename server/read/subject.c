#include "server/read/subject.h"

#include <stdlib.h>
#include <string.h>

/* References of one signature; more than the limits let through. */
#define OVER_MAX 10000

void
pack_cms_subject(struct pack *p, struct cms_subject *subject)
{
	pack_const_text(p, &subject->content_type);
	PACK_ENUM(p, subject->profile, CMS_PROFILE_PADES + 1);
	pack_span(p, &subject->octets);
}

static void
pack_over(struct pack *p, struct xml_over *o)
{
	pack_text(p, &o->uri);
	pack_text(p, &o->transforms);
	pack_text(p, &o->mime_type);
	pack_text(p, &o->type);
	pack_buf(p, &o->octets);
}

void
pack_xml_subject(struct pack *p, struct xml_subject *s)
{
	size_t i, count = s->count;

	pack_chars(p, s->uuid, sizeof(s->uuid));
	pack_text(p, &s->c14n);
	pack_text(p, &s->inherited);
	pack_count(p, &count, OVER_MAX);
	if (p->reading && !p->failed) {
		s->over = calloc(count + 1, sizeof(*s->over));
		if (s->over == NULL)
			pack_no_memory(p);
		else
			s->count = count;
	}
	for (i = 0; i < s->count && !p->failed; i++)
		pack_over(p, &s->over[i]);
}

void
pack_imprint(struct pack *p, unsigned int *digest, unsigned char *imprint)
{
	pack_below(p, digest, DIGESTS);
	if (!p->failed)
		pack_raw(p, imprint, digest_size((enum digest) * digest));
}
