#include "signing/report/covered.h"

#include <stdio.h>
#include <string.h>

/* The same token may stand with several signatures: of each, what it covers. */
typedef int asks(const struct signature *sig, const struct report_object *object);

static int
is_value_of(const struct signature *sig, const struct report_object *object)
{
	unsigned char name[POE_NAME_SIZE];

	poe_name(SPAN_OF(&sig->value), name);
	return memcmp(name, object->value, sizeof(name)) == 0;
}

static int
is_signed_by(const struct signature *sig, const struct report_object *object)
{
	size_t i;

	for (i = 0; i < sig->reference_count; i++) {
		const struct reference *r = &sig->references[i];

		if (r->is_document && r->intact && r->digest == object->digest &&
		    r->digest_value.len == digest_size(r->digest) &&
		    memcmp(r->digest_value.data, object->value, r->digest_value.len) == 0)
			return 1;
	}
	return 0;
}

static int
through_signatures(const struct report_input *in, const struct verify_timestamp *t,
    const struct report_object *object, int is_document, asks *ask)
{
	size_t i, k;

	for (i = 0; in->report != NULL && i < in->report->count; i++) {
		const struct signature *sig = in->report->items[i].source;

		for (k = 0; k < sig->timestamp_count; k++) {
			const struct embedded_timestamp *e = &sig->timestamps[k];

			if ((is_document ? e->covers.document : e->covers.signature) &&
			    span_equal(SPAN_OF(&e->token), SPAN_OF(&t->token)) && ask(sig, object))
				return 1;
		}
	}
	return 0;
}

int
report_covers(const struct report_input *in, const struct verify_timestamp *timestamp,
    const struct report_object *object)
{
	if (object->kind == REPORT_SIGNATURE)
		return through_signatures(in, timestamp, object, 0, is_value_of);
	if (object->kind == REPORT_SIGNED_DATA)
		return through_signatures(in, timestamp, object, 1, is_signed_by);
	return coverage_has(verify_timestamp_coverage(timestamp), object->value);
}

static int
leads_to(const struct reference *r, size_t i, const struct report_object *object)
{
	return r->original == i ||
	       (r->original != 0 && r->intact && r->digest == object->digest &&
		   r->digest_value.len == digest_size(r->digest) &&
		   memcmp(r->digest_value.data, object->value, r->digest_value.len) == 0);
}

int
report_is_signed(const struct report_input *in, size_t i, const struct report_object *object)
{
	size_t s, k;

	if (i == 0 || in->report == NULL)
		return 1;
	for (s = 0; s < in->report->count; s++) {
		const struct signature *sig = in->report->items[s].source;

		for (k = 0; k < sig->reference_count; k++)
			if (leads_to(&sig->references[k], i, object))
				return 1;
	}
	return 0;
}

const struct report_object *
report_object_of_stamp(
    const struct report_objects *objects, const struct verify_timestamp *timestamp)
{
	return report_object_of_bytes(objects, REPORT_TIMESTAMP, SPAN_OF(&timestamp->token));
}

char *
report_evidence_ids(
    const struct report_objects *objects, const struct revocation_result *r, char *out, size_t size)
{
	const struct report_object *o;
	size_t i, len;

	out[0] = '\0';
	for (i = 0; i < r->proof.used_count; i++) {
		o = report_object_find(objects,
		    r->proof.used[i].kind == REVOCATION_BY_OCSP ? REPORT_OCSP : REPORT_CRL,
		    r->proof.used[i].sha256);
		len = strlen(out);
		if (o != NULL && len + strlen(o->id) + 2 < size)
			snprintf(out + len, size - len, "%s%s", len > 0 ? " " : "", o->id);
	}
	return out;
}
