/* Trusted lists and packed snapshots from anywhere: checked, taken apart, packed, loaded, asked. */
#include <stddef.h>

#include "signing/core/certs.h"
#include "signing/trust/lotl.h"
#include "signing/trust/qualified.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

#define NOW INT64_C(1772362800)

static void
ask(struct span bytes)
{
	STACK_OF(X509) *anchors = sk_X509_new_null();
	struct trust_snapshot *s = NULL;
	struct trust_verdict v;
	struct trust_qualified q;
	struct buf out = BUF_INIT(0);
	struct error err = ERROR_INIT;
	int i;

	if (anchors != NULL && trust_snapshot_load(&s, bytes, &err) == 0 &&
	    trust_anchors(s, PATH_ANY, NULL, anchors, &err) == 0)
		for (i = 0; i < sk_X509_num(anchors); i++) {
			X509 *cert = sk_X509_value(anchors, i);
			const struct trust_qualifying in = { s, cert, anchors, NOW };

			trust_judge(s, cert, PATH_SIGNING, NOW, &v);
			trust_qualify(&in, NOW, &q);
			trust_qualify(&in, 0, &q);
			trust_qualify_timestamp(&in, NOW, &q);
		}
	if (s != NULL) {
		trust_overdue(s, NOW, &out, &err);
		trust_diff(s, s, &out, &err);
	}
	buf_release(&out);
	trust_snapshot_free(s);
	sk_X509_pop_free(anchors, X509_free);
}

static void
pack(const struct trust_list *list)
{
	const struct trust_listed listed = { "X", list };
	const struct trust_choice all = { "X", NULL };
	const struct trust_making making = {
		.lists = &listed, .list_count = 1, .choices = &all, .choice_count = 1
	};
	struct buf bytes = BUF_INIT(0);
	struct error err = ERROR_INIT;

	if (trust_snapshot_make(&bytes, &making, &err) == 0)
		ask(SPAN_OF(&bytes));
	buf_release(&bytes);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const struct span bytes = { data, size };
	const struct trust_lotl_input in = {
		.list = { .bytes = bytes, .time = NOW }, .pivots = &bytes, .pivot_count = 1
	};
	struct trust_lotl_result result = { 0 };
	struct trust_list *list = NULL;
	struct error err = ERROR_INIT;

	if (trust_snapshot_is(bytes)) {
		ask(bytes);
		return 0;
	}
	trust_lotl_check(&in, &list, &result, &err);
	trust_lotl_result_release(&result);
	trust_list_free(list);
	if (trust_list_read(&list, bytes, NULL) == 0)
		pack(list);
	trust_list_free(list);
	return 0;
}
