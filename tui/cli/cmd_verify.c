/* signet verify, verify-timestamp, certificate: ask for a verdict. */
#include <getopt.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soapH.h"
#include "tui/cli/command.h"

#define ORIGINALS_MAX 100

/* ---- signet verify ---- */

enum {
	VERIFY_ORIGINAL,
	VERIFY_TIME,
	VERIFY_POLICY,
	VERIFY_PASSWORD,
	VERIFY_STORE,
	VERIFY_STORE_DOCUMENT,
	VERIFY_KIND,
	VERIFY_REQUEST_ID,
	VERIFY_OPTIONS
};
static const char *const case_kinds[] = { "File", "Mail", "Workflow", "ScannedBatch", NULL };
static const struct option_row verify_options[] = {
	[VERIFY_ORIGINAL] = { "original", 'd', "FILE", NULL,
	    "what a detached signature signs; may be repeated" },
	[VERIFY_TIME] = { "time", 't', "TIME", NULL,
	    "judge for this time, as 2026-03-01T12:00:00Z" },
	[VERIFY_POLICY] = { "policy", 'p', "NAME", NULL, "validation policy; else the tenant's" },
	[VERIFY_PASSWORD] = { "password-file", 0, "FILE", NULL,
	    "the password of an encrypted PDF, on the first line" },
	[VERIFY_STORE] = { "store", 0, NULL, NULL,
	    "store the verdict for good, with all that it rests on; see signet case" },
	[VERIFY_STORE_DOCUMENT] = { "store-document", 0, NULL, NULL,
	    "store it, and the document too" },
	[VERIFY_KIND] = { "kind", 0, "KIND", case_kinds, "with --store: how the document came" },
	[VERIFY_REQUEST_ID] = { "request-id", 0, "ID", NULL,
	    "with --store: the same id and content is stored once" },
};

struct verify_wish {
	const char *originals[ORIGINALS_MAX];
	int original_count;
	char *time, *policy, *password, *request_id, *kind;
	bool store, store_document;
};

static int
open_original(struct transfer *t, struct upload *u, const char *path, struct sig__Document *out,
    struct error *err)
{
	if (upload_open(u, path, err) != 0 || transfer_add(t, u, &out->content, err) != 0)
		return -1;
	out->name = (char *)document_name(path);
	out->mimeType = (char *)document_type(path);
	return 0;
}

static int
verify_file(struct context *context, const struct verify_wish *w, const char *path)
{
	struct upload *files = calloc((size_t)w->original_count + 1, sizeof(*files));
	struct sig__Document *originals = calloc((size_t)w->original_count + 1, sizeof(*originals));
	struct sig__Document document = { 0 };
	struct _sig__VerifyDocument request = { .validationTime = w->time,
		.validationPolicy = w->policy,
		.password = w->password,
		.requestId = w->request_id,
		.store = w->store ? (bool *)&w->store : NULL,
		.storeDocument = w->store_document ? (bool *)&w->store_document : NULL,
		.signedDocument = &document,
		.__sizeoriginalDocument = w->original_count,
		.originalDocument = originals };
	struct _sig__VerifyDocumentResponse response = { 0 };
	struct transfer transfer = { 0 };
	struct error err = ERROR_INIT;
	enum sig__CaseKind kind;
	struct soap *soap;
	json_t *out;
	int i, opened = 0, rc = EXIT_USAGE;

	if (files == NULL || originals == NULL)
		goto done;
	/* The signature first, as in the message: the server then knows which digest it needs. */
	for (i = 0; i <= w->original_count; i++) {
		opened++;
		if (open_original(&transfer, &files[i], i == 0 ? path : w->originals[i - 1],
			i == 0 ? &document : &originals[i - 1], &err) != 0) {
			report_local(context, NULL, &err);
			goto done;
		}
	}
	soap = start_call(context, &transfer);
	if (soap == NULL)
		goto done;
	if (w->kind != NULL && soap_s2sig__CaseKind(soap, w->kind, &kind) == SOAP_OK)
		request.caseKind = &kind;
	if (soap_call___sig__VerifyDocument(soap, endpoint(context), NULL, &request, &response) !=
	    SOAP_OK) {
		rc = report_refusal(context, path, &transfer);
		goto done;
	}
	if (transfer_check(&transfer, &err) != 0) {
		report_local(context, NULL, &err);
		goto done;
	}
	out = verification_json(soap, path, response.answer);
	rc = exit_of(out);
	print_result(context, out, verification_text);
done:
	end_call(context);
	for (i = 0; i < opened; i++)
		upload_close(&files[i]);
	free(files);
	free(originals);
	return rc;
}

static int
cmd_verify(struct context *context, int argc, char **argv)
{
	struct verify_wish w = { 0 };
	int id, i, rc = EXIT_PASSED, worst = EXIT_PASSED;
	char *value;

	while ((id = next_option(context, argc, argv, &value, &rc)) >= 0) {
		if (id == VERIFY_ORIGINAL && w.original_count >= ORIGINALS_MAX)
			return wrong_usage(context, "at most %d originals", ORIGINALS_MAX);
		if (id == VERIFY_ORIGINAL)
			w.originals[w.original_count++] = value;
		else if (id == VERIFY_TIME)
			w.time = value;
		else if (id == VERIFY_POLICY)
			w.policy = value;
		else if (id == VERIFY_STORE)
			w.store = 1;
		else if (id == VERIFY_STORE_DOCUMENT)
			w.store = w.store_document = 1;
		else if (id == VERIFY_KIND)
			w.kind = value;
		else if (id == VERIFY_REQUEST_ID)
			w.request_id = value;
		else if ((w.password = first_line(context, value)) == NULL)
			return EXIT_USAGE;
	}
	if (id == OPTION_STOP)
		return rc;
	if (optind >= argc)
		return wrong_usage(context, "verify what? name a file, or - for standard input");
	if (w.request_id != NULL && argc - optind > 1)
		return wrong_usage(context, "--request-id goes with one file only");
	context->count = argc - optind;
	for (i = optind; i < argc; i++) {
		context->document = argv[i];
		context->index = i - optind + 1;
		rc = verify_file(context, &w, argv[i]);
		worst = worse_verdict(worst, rc);
		if (rc == EXIT_UNAVAILABLE)
			break;
	}
	return worst;
}

const struct command command_verify = { "verify", "[options] FILE ...",
	"Verify the signatures of documents, by ETSI EN 319 102-1, with reasons", verify_options,
	VERIFY_OPTIONS,
	"  signet verify contract.pdf\n"
	"  signet verify -d invoice.txt invoice.txt.p7s\n"
	"  signet --json verify *.pdf | jq -r '[.document, .indication] | @tsv'\n",
	cmd_verify };

/* ---- signet verify-timestamp ---- */

enum { TOKEN_ORIGINAL, TOKEN_TIME, TOKEN_OPTIONS };
static const struct option_row token_options[] = {
	[TOKEN_ORIGINAL] = { "original", 'd', "FILE", NULL, "what the time stamp is over" },
	[TOKEN_TIME] = { "time", 't', "TIME", NULL,
	    "judge for this time, as 2026-03-01T12:00:00Z" },
};

static int
verify_token(struct context *context, const char *path, const char *original, char *time)
{
	struct _sig__VerifyTimestamp request = { .validationTime = time };
	struct _sig__VerifyTimestampResponse response = { 0 };
	struct sig__Document document = { 0 };
	struct transfer transfer = { 0 };
	struct upload file;
	struct buf token = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct soap *soap;
	json_t *out;
	int rc = EXIT_USAGE;

	if (open_original(&transfer, &file, original, &document, &err) != 0 ||
	    read_small(&token, path, &err) != 0) {
		report_local(context, NULL, &err);
		goto done;
	}
	request.originalDocument = &document;
	request.timestampToken.__ptr = token.data != NULL ? token.data : (unsigned char *)"";
	request.timestampToken.__size = (int)token.len;
	soap = start_call(context, &transfer);
	if (soap == NULL)
		goto done;
	if (soap_call___sig__VerifyTimestamp(soap, endpoint(context), NULL, &request, &response) !=
	    SOAP_OK) {
		rc = report_refusal(context, path, &transfer);
		goto done;
	}
	out = token_json(soap, path, response.answer);
	rc = exit_of(out);
	print_result(context, out, token_text);
done:
	end_call(context);
	upload_close(&file);
	buf_release(&token);
	return rc;
}

static int
cmd_verify_timestamp(struct context *context, int argc, char **argv)
{
	char *value, *time = NULL;
	const char *original = NULL;
	int id, rc = EXIT_PASSED;

	while ((id = next_option(context, argc, argv, &value, &rc)) >= 0) {
		if (id == TOKEN_ORIGINAL)
			original = value;
		else
			time = value;
	}
	if (id == OPTION_STOP)
		return rc;
	if (optind != argc - 1)
		return wrong_usage(context, "name one file with a time-stamp token");
	if (original == NULL)
		return wrong_usage(context, "name what the time stamp is over: -d FILE");
	context->document = original;
	return verify_token(context, argv[optind], original, time);
}

const struct command command_verify_timestamp = { "verify-timestamp", "-d ORIGINAL [options] TOKEN",
	"Verify an RFC 3161 time-stamp token over a file", token_options, TOKEN_OPTIONS,
	"  signet verify-timestamp -d report.pdf report.pdf.tst\n", cmd_verify_timestamp };

/* ---- signet certificate ---- */

enum { CERTIFICATE_PURPOSE, CERTIFICATE_TIME, CERTIFICATE_ISSUER, CERTIFICATE_OPTIONS };
static const char *const purposes[] = { "Any", "Signing", "TlsClient", "TlsServer", "Timestamping",
	"OcspSigning", NULL };
static const struct option_row certificate_options[] = {
	[CERTIFICATE_PURPOSE] = { "purpose", 'u', "PURPOSE", purposes,
	    "what it is to be used for" },
	[CERTIFICATE_TIME] = { "time", 't', "TIME", NULL,
	    "judge for this time, as 2026-03-01T12:00:00Z" },
	[CERTIFICATE_ISSUER] = { "issuer", 'i', "FILE", NULL,
	    "a certificate that may have issued it; may be repeated" },
};

#define CHAIN_MAX 100

struct certificate_wish {
	char *time, *purpose;
	struct xsd__base64Binary chain[CHAIN_MAX]; /* issuers of all files, then this one's */
	struct buf contents[CHAIN_MAX];
	int issuer_count, chain_count;
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

static int
validate(struct context *context, struct certificate_wish *w, const char *path)
{
	struct _sig__ValidateCertificate request = { .validationTime = w->time };
	struct _sig__ValidateCertificateResponse response = { 0 };
	enum sig__CertificatePurpose purpose;
	struct buf content = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct soap *soap = NULL;
	json_t *out;
	int rc = EXIT_USAGE;

	if (read_small(&content, path, &err) != 0 || split_pem(&content, w, path, &err) != 0)
		report_local(context, NULL, &err);
	else
		soap = start_call(context, NULL);
	if (soap == NULL)
		goto done;
	if (w->purpose != NULL &&
	    soap_s2sig__CertificatePurpose(soap, w->purpose, &purpose) == SOAP_OK)
		request.purpose = &purpose;
	request.__sizechain = w->chain_count;
	request.chain = w->chain;
	request.certificate.__ptr = content.data != NULL ? content.data : (unsigned char *)"";
	request.certificate.__size = (int)content.len;
	if (soap_call___sig__ValidateCertificate(
		soap, endpoint(context), NULL, &request, &response) != SOAP_OK) {
		rc = report_refusal(context, path, NULL);
		goto done;
	}
	out = certificate_json(soap, path, response.answer);
	rc = exit_of(out);
	print_result(context, out, certificate_text);
done:
	end_call(context);
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
		else if ((worst = add_issuer(context, &w, value)) != 0)
			goto done;
	}
	worst = rc;
	if (id == OPTION_STOP)
		goto done;
	if (optind >= argc)
		worst = wrong_usage(context, "name a file with a certificate, PEM or DER");
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
