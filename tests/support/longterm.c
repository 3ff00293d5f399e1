#include "tests/support/longterm.h"

#include <string.h>

#include "signing/format/cms/cms_read.h"

#include "tests/support/pki.h"
#include "tests/support/status.h"
#include "tests/support/suite.h"

static void
add(struct values *values, struct buf der)
{
	struct error err = ERROR_INIT;

	ASSERT_OK(values_add(values, SPAN_OF(&der), &err), &err);
	buf_release(&der);
}

struct evidence
longterm_evidence(void)
{
	static const enum pki_id certs[] = { PKI_INTERMEDIATE, PKI_ROOT, PKI_TSA };
	struct status_crl by_ca = status_crl_of(PKI_INTERMEDIATE),
			  by_root = status_crl_of(PKI_ROOT);
	struct status_ocsp answer = status_ocsp_of(PKI_P256, PKI_INTERMEDIATE);
	struct evidence data = { 0 };
	struct error err = ERROR_INIT;
	size_t i;

	for (i = 0; i < sizeof(certs) / sizeof(certs[0]); i++)
		ASSERT_OK(evidence_add_certificate(&data, pki_cert(certs[i]), &err), &err);
	add(&data.crls, status_crl_make(&by_ca));
	add(&data.crls, status_crl_make(&by_root));
	add(&data.ocsps, status_ocsp_make(&answer));
	return data;
}

struct evidence
longterm_more(void)
{
	struct status_crl later = status_crl_of(PKI_INTERMEDIATE);
	struct evidence data = { 0 };

	later.number = 99;
	add(&data.crls, status_crl_make(&later));
	return data;
}

static size_t
covered_values(const struct coverage *covers, const struct values *values)
{
	size_t i, n = 0;

	for (i = 0; i < values->count; i++)
		n += coverage_has(covers, values->items[i].sha256) != 0;
	return n;
}

size_t
longterm_covered(const struct coverage *covers, const struct evidence *data)
{
	unsigned char sha256[32];
	size_t n = covered_values(covers, &data->crls) + covered_values(covers, &data->ocsps);
	int i;

	for (i = 0; i < sk_X509_num(data->certificates); i++) {
		X509_digest(sk_X509_value(data->certificates, i), EVP_sha256(), sha256, NULL);
		n += coverage_has(covers, sha256) != 0;
	}
	return n;
}

static int
holds_values(const struct values *found, const struct values *wanted)
{
	size_t i, k;

	for (i = 0; i < wanted->count; i++) {
		for (k = 0; k < found->count; k++)
			if (span_equal(
				SPAN_OF(&found->items[k].der), SPAN_OF(&wanted->items[i].der)))
				break;
		if (k == found->count)
			return 0;
	}
	return 1;
}

int
longterm_holds(const struct evidence *found, const struct evidence *data)
{
	return holds_values(&found->crls, &data->crls) && holds_values(&found->ocsps, &data->ocsps);
}

int
longterm_is_sound(const struct embedded_timestamp *stamp)
{
	enum digest digest = DIGEST_SHA256;
	struct signatures list = { 0 };
	struct buf info = BUF_INIT(0);
	struct error err = ERROR_INIT;
	int sound;

	sound =
	    stamp->imprint_known &&
	    cms_content(&info, NULL, 0, SPAN_OF(&stamp->token), &err) == 0 &&
	    cms_read(&list, SPAN_OF(&stamp->token), NULL, NULL, &err) == 0 &&
	    list.items[0].value_intact && list.items[0].references_intact &&
	    memmem(info.data, info.len, stamp->imprint.value[digest], digest_size(digest)) != NULL;
	signatures_release(&list);
	buf_release(&info);
	return sound;
}

void
longterm_expect_level(const struct signatures *list, const char *level, size_t stamps)
{
	const struct signature *sig = &list->items[0];
	size_t i;

	CU_ASSERT_FATAL(list->count >= 1);
	CU_ASSERT_STRING_EQUAL(ades_level_name(sig->level), level);
	CU_ASSERT_EQUAL(sig->timestamp_count, stamps);
	for (i = 0; i < sig->timestamp_count; i++)
		CU_ASSERT(longterm_is_sound(&sig->timestamps[i]));
}
