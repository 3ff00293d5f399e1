#include "tests/bench/verify.h"

#include <stdlib.h>
#include <string.h>

#include "signing/format/pdf/pdf_read.h"
#include "signing/format/pdf/pdf_sign.h"
#include "signing/verify/verify.h"
#include "signing/x509/crl.h"
#include "tests/support/pdf_samples.h"
#include "tests/support/pki.h"

#define SIGNATURES 50
#define ENTRIES	   860000 /* of 35 bytes: 30 MB */
#define LOOK_UPS   1000

static void
must(int rc, const struct error *err)
{
	if (rc == 0)
		return;
	fprintf(stderr, "verify: %s [%s]\n", err->text, err->cause);
	exit(2);
}

/* ---- a PDF of many signatures ---- */

static void
signed_often(struct buf *pdf)
{
	const struct pdf_sample sample = { .xref = SAMPLE_TABLE };
	const struct sign_options options = { .level = LEVEL_B, .signing_time = PKI_NOW };
	struct error err = ERROR_INIT;
	int i;

	must(pdf_sample_make(pdf, &sample, &err), &err);
	for (i = 0; i < SIGNATURES; i++) {
		struct buf next = BUF_INIT(0);

		must(pdf_sign(&next, SPAN_OF(pdf), pki_key(PKI_P256), &options, NULL, &err), &err);
		buf_release(pdf);
		*pdf = next;
	}
}

static void
measure_pdf(struct figures *f)
{
	STACK_OF(X509) *anchors = sk_X509_new_null();
	const struct verify_context context = { .anchors = anchors, .time = PKI_NOW };
	struct signatures signatures = { 0 };
	struct pdf_timestamps stamps = { 0 };
	struct verify_report report;
	struct error err = ERROR_INIT;
	struct buf pdf = BUF_INIT(0);
	double began;
	int passed;

	sk_X509_push(anchors, pki_cert(PKI_INTERMEDIATE));
	signed_often(&pdf);
	began = cpu_seconds();
	must(pdf_read_all(&signatures, &stamps, SPAN_OF(&pdf), NULL, &err), &err);
	must(verify_signatures(&signatures, &context, &report, &err), &err);
	passed =
	    report.count == SIGNATURES && report.conclusion.indication == INDICATION_TOTAL_PASSED;
	figure_at_most(f, "a PDF of 50 signatures, read and judged", cpu_seconds() - began,
	    passed ? 1 : 0, "s");
	verify_report_release(&report);
	pdf_timestamps_release(&stamps);
	signatures_release(&signatures);
	sk_X509_free(anchors);
	buf_release(&pdf);
}

/* ---- a large revocation list ---- */

/* Signed by the PKI's intermediate CA, with serial numbers of 16 bytes in no order. */
static void
large_list(struct buf *der)
{
	X509_CRL *list = X509_CRL_new();
	ASN1_TIME *when = ASN1_TIME_set(NULL, PKI_NOW - PKI_DAY);
	uint64_t x = 88172645463325252u;
	unsigned char serial[16] = { 0x40 };
	int i, len;

	X509_CRL_set_version(list, 1);
	X509_CRL_set_issuer_name(list, X509_get_subject_name(pki_cert(PKI_INTERMEDIATE)));
	X509_CRL_set1_lastUpdate(list, when);
	for (i = 0; i < ENTRIES; i++) {
		X509_REVOKED *entry = X509_REVOKED_new();
		ASN1_INTEGER *number = ASN1_INTEGER_new();

		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		memcpy(serial + 1, &x, 8);
		memcpy(serial + 9, &i, sizeof(i));
		ASN1_STRING_set(number, serial, sizeof(serial));
		X509_REVOKED_set_serialNumber(entry, number);
		X509_REVOKED_set_revocationDate(entry, when);
		X509_CRL_add0_revoked(list, entry);
		ASN1_INTEGER_free(number);
	}
	ASN1_TIME_set(when, PKI_NOW + PKI_DAY);
	X509_CRL_set1_nextUpdate(list, when);
	X509_CRL_sign(list, pki_key(PKI_INTERMEDIATE)->pkey, EVP_sha256());
	len = i2d_X509_CRL(list, NULL);
	der->data = malloc((size_t)len);
	der->len = der->cap = (size_t)len;
	unsigned char *at = der->data;
	i2d_X509_CRL(list, &at);
	X509_CRL_free(list);
	ASN1_TIME_free(when);
}

static void
measure_list(struct figures *f)
{
	struct crl_source source;
	struct crl_entry found;
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);
	struct crl *crl;
	double began;
	int i, good;

	large_list(&der);
	figure_note(f, "a CRL", (double)der.len / 1e6, "MB");
	began = cpu_seconds();
	must(crl_open(&crl, SPAN_OF(&der), &err), &err);
	good = crl_verify(crl, X509_get0_pubkey(pki_cert(PKI_INTERMEDIATE)), &err) == 1;
	figure_at_most(
	    f, "a CRL of 30 MB, parsed and verified", cpu_seconds() - began, good ? 0.5 : 0, "s");
	source = crl_source_of(crl);
	began = cpu_seconds();
	for (i = 0; i < LOOK_UPS; i++)
		good &= crl_find(&source, pki_cert(PKI_P256), &found, &err) == 0;
	figure_at_most(
	    f, "a look-up in it", (cpu_seconds() - began) * 1e3 / LOOK_UPS, good ? 1 : 0, "ms");
	crl_free(crl);
	buf_release(&der);
}

void
bench_verify(struct figures *f)
{
	measure_pdf(f);
	measure_list(f);
}
