/* signet certificate: ask for a verdict on certificates. */
#include <getopt.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soapH.h"
#include "tui/cli/command.h"
#include "tui/cli/report_file.h"
#include "tui/model/verdict.h"

enum {
	CERTIFICATE_PURPOSE,
	CERTIFICATE_TIME,
	CERTIFICATE_ISSUER,
	CERTIFICATE_POLICY,
	CERTIFICATE_POLICIES,
	CERTIFICATE_EXPLICIT,
	CERTIFICATE_NO_MAPPING,
	CERTIFICATE_NO_ANY,
	CERTIFICATE_REPORT,
	CERTIFICATE_OPTIONS = CERTIFICATE_REPORT + REPORT_OPTIONS
};
static const char *const purposes[] = { "Any", "Signing", "TlsClient", "TlsServer", "Timestamping",
	"OcspSigning", NULL };
static const struct option_row certificate_options[] = {
	[CERTIFICATE_PURPOSE] = { "purpose", 'u', "PURPOSE", purposes,
	    "what it is to be used for" },
	[CERTIFICATE_TIME] = { "time", 't', "TIME", NULL,
	    "judge for this time, as 2026-03-01T12:00:00Z" },
	[CERTIFICATE_ISSUER] = { "issuer", 'i', "FILE", NULL,
	    "a certificate that may have issued it; may be repeated" },
	[CERTIFICATE_POLICY] = { "policy", 'p', "NAME", NULL,
	    "validation policy; else the tenant's" },
	[CERTIFICATE_POLICIES] = { "certificate-policy", 0, "OID", NULL,
	    "a certificate policy that is acceptable; may be repeated" },
	[CERTIFICATE_EXPLICIT] = { "explicit-policy", 0, NULL, NULL,
	    "the path must be valid for one of them" },
	[CERTIFICATE_NO_MAPPING] = { "inhibit-mapping", 0, NULL, NULL, "CAs may not map policies" },
	[CERTIFICATE_NO_ANY] = { "inhibit-any-policy", 0, NULL, NULL,
	    "anyPolicy stands for no policy" },
	REPORT_OPTION_ROWS(CERTIFICATE_REPORT),
};

#define CHAIN_MAX    100
#define POLICIES_MAX 100

struct certificate_wish {
	char *time, *purpose, *policy;
	char *oids[POLICIES_MAX];
	int flags[CERTIFICATE_OPTIONS]; /* which of those without a value were given */
	struct sig__CertificatePolicies policies;
	struct xsd__base64Binary chain[CHAIN_MAX]; /* issuers of all files, then this one's */
	struct buf contents[CHAIN_MAX];
	int issuer_count, chain_count;
	struct report_wish report;
};

static void
put_in_chain(struct certificate_wish *w)
{
	const struct buf *content = &w->contents[w->chain_count];

	w->chain[w->chain_count++] =
	    (struct xsd__base64Binary){ .__ptr = content->data, .__size = (int)content->len };
}

static void
forget_chain(struct certificate_wish *w, int keep)
{
	while (w->chain_count > keep)
		buf_release(&w->contents[--w->chain_count]);
}

/* The next certificate of a PEM file in DER: 1, 0 at its end, -1. */
static int
next_certificate(BIO *pem, struct buf *der, const char *path, struct error *err)
{
	X509 *cert = PEM_read_bio_X509(pem, NULL, NULL, NULL);
	unsigned char *bytes = NULL;
	int len, rc = -1;

	if (cert == NULL) {
		rc = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE ? 0 : -1;
		if (rc != 0)
			error_set(err, ERROR_MALFORMED,
			    "%s holds a PEM certificate that does not decode", path);
	} else if ((len = i2d_X509(cert, &bytes)) > 0)
		rc = buf_append(der, bytes, (size_t)len, err) == 0 ? 1 : -1;
	ERR_clear_error();
	OPENSSL_free(bytes);
	X509_free(cert);
	return rc;
}

/*
 * Of a PEM file the first certificate is asked about and the others are its chain; nothing else in
 * it is sent, least of all a key. What is no PEM stays as it is.
 */
static int
split_pem(struct buf *content, struct certificate_wish *w, const char *path, struct error *err)
{
	BIO *pem = BIO_new_mem_buf(content->data, (int)content->len);
	struct buf first = BUF_INIT(BUF_MAX_DEFAULT);
	int more = next_certificate(pem, &first, path, err);

	while (more == 1) {
		struct buf der = BUF_INIT(BUF_MAX_DEFAULT);

		more = next_certificate(pem, &der, path, err);
		if (more == 1 && w->chain_count >= CHAIN_MAX)
			more = error_set(err, ERROR_LIMIT,
			    "%s and the issuers are more than %d certificates", path, CHAIN_MAX);
		if (more != 1) {
			buf_release(&der);
			break;
		}
		w->contents[w->chain_count] = der;
		put_in_chain(w);
	}
	BIO_free(pem); /* it looked into the content */
	if (first.len > 0) {
		buf_wipe(content);
		*content = first;
	}
	return more < 0 ? -1 : 0;
}

static int
add_issuer(struct context *context, struct certificate_wish *w, const char *path)
{
	struct error err = ERROR_INIT;
	struct buf content = BUF_INIT(0);

	if (read_small(&content, path, &err) != 0 || split_pem(&content, w, path, &err) != 0) {
		buf_wipe(&content);
		return report_local(context, NULL, &err);
	}
	if (w->chain_count >= CHAIN_MAX) {
		buf_wipe(&content);
		return wrong_usage(context, "at most %d issuers", CHAIN_MAX);
	}
	w->contents[w->chain_count] = content;
	put_in_chain(w);
	w->issuer_count = w->chain_count;
	return 0;
}

static void
put_policies(struct certificate_wish *w, struct _sig__ValidateCertificate *request)
{
	static _Bool yes = 1;
	struct sig__CertificatePolicies *p = &w->policies;

	p->policy = w->oids;
	p->requireExplicitPolicy = w->flags[CERTIFICATE_EXPLICIT] ? &yes : NULL;
	p->inhibitPolicyMapping = w->flags[CERTIFICATE_NO_MAPPING] ? &yes : NULL;
	p->inhibitAnyPolicy = w->flags[CERTIFICATE_NO_ANY] ? &yes : NULL;
	if (p->__sizepolicy > 0 || p->requireExplicitPolicy != NULL ||
	    p->inhibitPolicyMapping != NULL || p->inhibitAnyPolicy != NULL)
		request->policies = p;
}

static int
validate(struct context *context, struct certificate_wish *w, const char *path)
{
	struct _sig__ValidateCertificate request = { .validationTime = w->time,
		.validationPolicy = w->policy };
	struct _sig__ValidateCertificateResponse response = { 0 };
	struct report_file report = { .download = { .fd = -1 } };
	struct transfer transfer = { 0 };
	enum sig__CertificatePurpose purpose;
	struct buf content = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct soap *soap = NULL;
	json_t *out;
	int rc = EXIT_USAGE;

	if (read_small(&content, path, &err) != 0 || split_pem(&content, w, path, &err) != 0 ||
	    report_file_open(&report, context, &w->report, path, &transfer, &request.returnReport,
		&request.reportKey, &err) != 0)
		report_local(context, NULL, &err);
	else
		soap = start_call(context, w->report.form != NULL ? &transfer : NULL);
	if (soap == NULL)
		goto done;
	if (w->purpose != NULL &&
	    soap_s2sig__CertificatePurpose(soap, w->purpose, &purpose) == SOAP_OK)
		request.purpose = &purpose;
	put_policies(w, &request);
	request.__sizechain = w->chain_count;
	request.chain = w->chain;
	request.certificate.__ptr = content.data != NULL ? content.data : (unsigned char *)"";
	request.certificate.__size = (int)content.len;
	if (soap_call___sig__ValidateCertificate(
		soap, endpoint(context), NULL, &request, &response) != SOAP_OK) {
		rc = report_refusal(context, path, w->report.form != NULL ? &transfer : NULL);
		goto done;
	}
	if (report_file_keep(&report, response.answer->report, &err) != 0) {
		report_local(context, NULL, &err);
		goto done;
	}
	out = certificate_json(soap, path, response.answer);
	rc = exit_of(out);
	print_result(context, out, certificate_text);
done:
	end_call(context);
	report_file_close(&report);
	forget_chain(w, w->issuer_count);
	buf_release(&content);
	return rc;
}

static int
cmd_certificate(struct context *context, int argc, char **argv)
{
	struct certificate_wish w = { 0 };
	char *value;
	int id, i, rc = EXIT_PASSED, worst = EXIT_PASSED;

	while ((id = next_option(context, argc, argv, &value, &rc)) >= 0) {
		if (id == CERTIFICATE_TIME)
			w.time = value;
		else if (id == CERTIFICATE_PURPOSE)
			w.purpose = value;
		else if (id >= CERTIFICATE_REPORT)
			report_wish_set(&w.report, id - CERTIFICATE_REPORT, value);
		else if (id == CERTIFICATE_POLICY)
			w.policy = value;
		else if (id == CERTIFICATE_POLICIES && w.policies.__sizepolicy < POLICIES_MAX)
			w.oids[w.policies.__sizepolicy++] = value;
		else if (id == CERTIFICATE_POLICIES)
			worst = wrong_usage(context, "at most %d policies", POLICIES_MAX);
		else if (id != CERTIFICATE_ISSUER)
			w.flags[id] = 1;
		else
			worst = add_issuer(context, &w, value);
		if (worst != 0)
			goto done;
	}
	worst = rc;
	if (id == OPTION_STOP)
		goto done;
	if (optind >= argc)
		worst = wrong_usage(context, "name a file with a certificate, PEM or DER");
	else if ((worst = report_wish_check(context, &w.report, argc - optind)) != EXIT_PASSED)
		goto done;
	for (i = optind; i < argc; i++)
		worst = worse_verdict(worst, validate(context, &w, argv[i]));
done:
	forget_chain(&w, 0);
	return worst;
}

const struct command command_certificate = { "certificate", "[options] FILE ...",
	"Validate certificates (DER, or PEM with or without chain) up to a trust anchor",
	certificate_options, CERTIFICATE_OPTIONS,
	"  signet certificate --purpose TlsServer server.pem\n", cmd_certificate };
