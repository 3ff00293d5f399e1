#include "tests/support/status_scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/suite.h"

static void
must(int ok, const struct error *err)
{
	if (ok)
		return;
	fprintf(stderr, "test status: %s [%s]\n", err->text, err->cause);
	abort();
}

void
status_scene_begin(struct status_scene *s, X509 *cert)
{
	memset(s, 0, sizeof(*s));
	s->path = sk_X509_new_null();
	sk_X509_push(s->path, cert);
	sk_X509_push(s->path, pki_cert(PKI_INTERMEDIATE));
	sk_X509_push(s->path, pki_cert(PKI_ROOT));
	s->in = (struct path_input){ .cert = cert,
		.untrusted = pki_anchors(),
		.anchors = pki_root_only(),
		.time = PKI_NOW,
		.revocation = &s->evidence };
	s->evidence.crls = s->sources;
	s->evidence.ocsps = s->answer_list;
}

void
status_scene_end(struct status_scene *s)
{
	size_t i;

	for (i = 0; i < s->evidence.crl_count; i++) {
		crl_free(s->crls[i]);
		buf_release(&s->lists[i]);
	}
	for (i = 0; i < s->evidence.ocsp_count; i++)
		ocsp_response_free(s->answers[i]);
	sk_X509_free(s->path);
}

void
status_scene_der(struct status_scene *s, struct buf der)
{
	size_t i = s->evidence.crl_count++;
	struct error err = ERROR_INIT;

	s->lists[i] = der;
	must(crl_open(&s->crls[i], SPAN_OF(&s->lists[i]), &err) == 0, &err);
	s->sources[i] = crl_source_of(s->crls[i]);
}

void
status_scene_crl(struct status_scene *s, const struct status_crl *in)
{
	status_scene_der(s, status_crl_make(in));
}

void
status_scene_ocsp(struct status_scene *s, const struct status_ocsp *in)
{
	struct buf der = status_ocsp_make(in);
	size_t i = s->evidence.ocsp_count++;
	struct error err = ERROR_INIT;

	must(ocsp_response_read(&s->answers[i], SPAN_OF(&der), &err) == 0, &err);
	s->answer_list[i] = s->answers[i];
	buf_release(&der);
}

struct revocation_result
status_scene_judge(struct status_scene *s)
{
	struct error err = ERROR_INIT;
	struct revocation_result r;

	must(revocation_judge(&s->in, s->path, 0, &r, &err) == 0, &err);
	return r;
}

void
status_scene_expect(
    int line, struct status_scene *s, enum revocation_status status, const char *says)
{
	struct revocation_result r = status_scene_judge(s);

	if (r.status != status || strstr(r.text, says) == NULL)
		fprintf(stderr, "line %d: %s, not %s: %s\n", line, revocation_status_name(r.status),
		    revocation_status_name(status), r.text);
	CU_ASSERT_EQUAL(r.status, status);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.text, says));
	revocation_result_release(&r);
}

struct status_entry
status_scene_entry(X509 *cert, int reason)
{
	return (struct status_entry){ cert, PKI_NOW - 9 * PKI_DAY, reason, 0, NULL };
}
