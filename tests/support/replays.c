#include "tests/support/replays.h"

#include <stdio.h>
#include <string.h>

#include "signing/report/etsi.h"
#include "tests/support/suite.h"

struct buf
replay_report_in(const struct report_input *in)
{
	struct buf out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ASSERT_OK(report_etsi_write(&out, in, NULL, &err), &err);
	return out;
}

struct buf
replay_report(const struct report_sample *s)
{
	return replay_report_in(&s->in);
}

struct buf
replay_signed_report(const struct report_sample *s)
{
	const struct sign_key *key = pki_key(PKI_P384);
	struct buf plain = BUF_INIT(0), out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ASSERT_OK(report_etsi_write(&plain, &s->in, key->cert, &err), &err);
	ASSERT_OK(report_etsi_sign(&out, SPAN_OF(&plain), key, PKI_NOW, &err), &err);
	buf_release(&plain);
	return out;
}

struct recorded *
replay_run_over(
    struct replayed *out, const struct buf *report, const struct replay_options *options)
{
	struct replay_options with = *options;
	struct recorded *recorded = NULL;
	struct error err = ERROR_INIT;

	ASSERT_OK(recorded_read(&recorded, SPAN_OF(report), NULL, PKI_NOW, &err), &err);
	with.recorded = recorded;
	with.now = PKI_NOW;
	ASSERT_OK(replay(out, &with, &err), &err);
	return recorded;
}

static int
holds(const char *text, const char *words)
{
	return text != NULL && strstr(text, words) != NULL;
}

int
replay_tells(const struct replayed *out, const char *words)
{
	size_t i;

	for (i = 0; i < out->differences.count; i++) {
		const struct difference *d = &out->differences.items[i];

		if (holds(d->what, words) || holds(d->then, words) || holds(d->now, words))
			return 1;
	}
	return 0;
}

void
replay_show(const struct replayed *out)
{
	size_t i;

	for (i = 0; i < out->differences.count; i++) {
		const struct difference *d = &out->differences.items[i];

		fprintf(stderr, "  %s: \"%s\" -> \"%s\"\n", d->what,
		    d->then != NULL ? d->then : "(nothing)", d->now != NULL ? d->now : "(nothing)");
	}
}
