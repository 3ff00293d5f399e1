#include "tests/support/scene.h"

#include <string.h>

#include "signing/format/cms/cms_read.h"
#include "signing/format/cms/cms_sign.h"

void
scene_read(struct scene *s, const char *text)
{
	struct document doc = { .content = span_str(text), .has_content = text != NULL };
	struct error err = ERROR_INIT;

	signatures_release(&s->list);
	ASSERT_OK(
	    cms_read(&s->list, SPAN_OF(&s->der), text != NULL ? &doc : NULL, NULL, &err), &err);
	CU_ASSERT_FATAL(s->list.count > 0);
	s->sig = &s->list.items[0];
}

void
scene_make(struct scene *s, enum pki_id signer, const struct test_tsa *tsa)
{
	struct document doc = { .content = span_str(SCENE_TEXT), .has_content = 1 };
	struct sign_options options = { .signing_time = PKI_NOW, .claim_time = 1 };
	struct timestamp_source source;
	struct error err = ERROR_INIT;

	memset(s, 0, sizeof(*s));
	if (tsa != NULL) {
		source = test_tsa_source(tsa);
		options.level = LEVEL_T;
		options.timestamp = &source;
	}
	ASSERT_OK(
	    cms_sign(&s->der, &doc, CMS_PROFILE_CADES, pki_key(signer), &options, &err), &err);
	s->context.anchors = s->context.timestamp_anchors = pki_anchors();
	s->context.certificates = pki_anchors();
	s->context.time = PKI_NOW;
	s->context.policy = &s->policy;
	scene_read(s, SCENE_TEXT);
}

void
scene_drop(struct scene *s)
{
	verify_report_release(&s->report);
	signatures_release(&s->list);
	buf_release(&s->der);
}

void
scene_expect(struct scene *s, enum indication indication, enum sub_indication sub, const char *says)
{
	struct error err = ERROR_INIT;
	const struct verify_conclusion *c = &s->report.conclusion;

	verify_report_release(&s->report);
	ASSERT_OK(verify_signatures(&s->list, &s->context, &s->report, &err), &err);
	if (c->indication != indication || c->sub != sub || strstr(c->text, says) == NULL)
		fprintf(stderr, "got %s %s: %s\n", indication_name(c->indication),
		    sub_indication_name(c->sub), c->text);
	CU_ASSERT_EQUAL(c->indication, indication);
	CU_ASSERT_EQUAL(c->sub, sub);
	CU_ASSERT_PTR_NOT_NULL(strstr(c->text, says));
}

int
scene_has_check(const struct scene *s, const char *code, enum check_outcome outcome)
{
	const struct verify_checks *checks = &s->report.items[0].checks;
	size_t i;

	for (i = 0; i < checks->count; i++)
		if (strcmp(checks->items[i].code, code) == 0 && checks->items[i].outcome == outcome)
			return 1;
	return 0;
}
