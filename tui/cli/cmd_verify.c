/* signet verify: the verdict on each signature of a document, with its reasons. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "soapH.h"
#include "tui/cli/command.h"

static struct span
bytes_of(const struct xsd__base64Binary *b)
{
	return (struct span){ b->__ptr, (size_t)b->__size };
}

static json_t *
reasons_json(const struct sig__Reason *reasons, int count)
{
	json_t *out = json_array();
	int i;

	for (i = 0; i < count; i++)
		json_array_append_new(
		    out, json_pack("{ssss}", "code", reasons[i].code, "text", reasons[i].text));
	return out;
}

static json_t *
signer_json(const struct sig__Signer *signer)
{
	json_t *out;

	if (signer == NULL)
		return json_null();
	out = json_object();
	put_text(out, "subject", signer->subject);
	put_text(out, "issuer", signer->issuer);
	put_text(out, "serialNumber", signer->serialNumber);
	put_base64(out, "certificate", bytes_of(&signer->certificate));
	return out;
}

static json_t *
chain_json(const struct sig__Certificate *chain, int count)
{
	json_t *out = json_array(), *item;
	int i;

	for (i = 0; i < count; i++) {
		item = json_object();
		put_text(item, "subject", chain[i].subject);
		put_text(item, "issuer", chain[i].issuer);
		put_text(item, "serialNumber", chain[i].serialNumber);
		put_text(item, "notBefore", chain[i].notBefore);
		put_text(item, "notAfter", chain[i].notAfter);
		json_array_append_new(out, item);
	}
	return out;
}

static json_t *
timestamp_json(struct soap *soap, const struct sig__Timestamp *t)
{
	json_t *out = json_object();

	put_text(out, "type", soap_sig__TimestampType2s(soap, t->type));
	put_text(out, "indication", soap_sig__Indication2s(soap, t->indication));
	put_text(out, "subIndication", t->subIndication);
	json_object_set_new(out, "reasons", reasons_json(t->reason, t->__sizereason));
	json_object_set_new(out, "imprintIntact", json_boolean(t->imprintIntact));
	put_text(out, "productionTime", t->productionTime);
	put_text(out, "authority", t->authority);
	put_text(out, "serialNumber", t->serialNumber);
	put_text(out, "policy", t->policy);
	return out;
}

static json_t *
reference_json(struct soap *soap, const struct sig__Reference *r)
{
	json_t *out = json_object();

	put_text(out, "uri", r->uri);
	put_text(out, "type", r->type);
	put_text(out, "id", r->id);
	put_text(out, "path", r->path);
	put_text(out, "transforms", r->transforms);
	json_object_set_new(out, "coversDocument", json_boolean(r->coversDocument));
	json_object_set_new(out, "found", json_boolean(r->found));
	json_object_set_new(out, "intact", json_boolean(r->intact));
	put_text(out, "scope", soap_sig__Scope2s(soap, r->scope));
	put_text(out, "digestAlgorithm", r->digestAlgorithm);
	put_base64(out, "digestValue", bytes_of(&r->digestValue));
	put_text(out, "problem", r->problem);
	return out;
}

static json_t *
signature_json(struct soap *soap, const struct sig__Signature *s)
{
	json_t *out = json_object(), *list;
	int i;

	put_text(out, "id", s->id);
	put_text(out, "format", soap_sig__SignatureFormat2s(soap, s->format));
	put_text(out, "level", soap_sig__SignatureLevel2s(soap, s->level));
	put_text(out, "indication", soap_sig__Indication2s(soap, s->indication));
	put_text(out, "subIndication", s->subIndication);
	json_object_set_new(out, "reasons", reasons_json(s->reason, s->__sizereason));
	json_object_set_new(out, "signatureValueIntact", json_boolean(s->signatureValueIntact));
	json_object_set_new(out, "referencesIntact", json_boolean(s->referencesIntact));
	put_text(out, "scope", soap_sig__Scope2s(soap, s->scope));
	put_text(out, "claimedSigningTime", s->claimedSigningTime);
	put_text(out, "bestSignatureTime", s->bestSignatureTime);
	json_object_set_new(out, "signedBy", signer_json(s->signedBy));
	put_text(out, "signatureAlgorithm", s->signatureAlgorithm);
	put_text(out, "digestAlgorithm", s->digestAlgorithm);
	put_text(out, "counterSignatureOf", s->counterSignatureOf);
	put_text(out, "pdfReason", s->pdfReason);
	put_text(out, "pdfLocation", s->pdfLocation);
	put_text(out, "signaturePolicy", s->signaturePolicy);
	put_text(out, "trustAnchor", s->trustAnchor);
	json_object_set_new(
	    out, "certificateChain", chain_json(s->certificateChain, s->__sizecertificateChain));
	list = json_array();
	for (i = 0; i < s->__sizereference; i++)
		json_array_append_new(list, reference_json(soap, &s->reference[i]));
	json_object_set_new(out, "references", list);
	list = json_array();
	for (i = 0; i < s->__sizetimestamp; i++)
		json_array_append_new(list, timestamp_json(soap, &s->timestamp[i]));
	json_object_set_new(out, "timestamps", list);
	return out;
}

static json_t *
version_json(const struct sig__PolicyVersion *version)
{
	return version == NULL
		   ? json_null()
		   : json_pack("{ssss}", "name", version->name, "version", version->version);
}

static json_t *
answer_json(struct soap *soap, const char *path, const struct sig__VerificationAnswer *a)
{
	json_t *out = json_object(), *list = json_array();
	int i;

	put_text(out, "document", path);
	if (a->indication != NULL)
		put_text(out, "indication", soap_sig__Indication2s(soap, *a->indication));
	put_text(out, "message", a->result != NULL ? a->result->message : NULL);
	put_text(out, "validationTime", a->validationTime);
	json_object_set_new(out, "validationPolicy", version_json(a->validationPolicy));
	json_object_set_new(out, "trustSnapshot", version_json(a->trustSnapshot));
	json_object_set_new(out, "algorithmCatalogue", version_json(a->algorithmCatalogue));
	for (i = 0; i < a->__sizesignature; i++)
		json_array_append_new(list, signature_json(soap, &a->signature[i]));
	json_object_set_new(out, "signatures", list);
	list = json_array();
	for (i = 0; i < a->__sizetimestamp; i++)
		json_array_append_new(list, timestamp_json(soap, &a->timestamp[i]));
	json_object_set_new(out, "timestamps", list);
	return out;
}

/* ---- for people ---- */

static void
line(const char *title, const char *text, const char *more)
{
	if (text[0] != '\0')
		printf("    %-12s %s%s%s\n", title, text, more[0] != '\0' ? "  " : "", more);
}

static void
reasons_text(const json_t *object)
{
	const json_t *reason;
	size_t i;

	json_array_foreach(json_object_get(object, "reasons"), i, reason)
	    line(i == 0 ? "because" : "", get_text(reason, "text"), "");
}

static void
signature_text(const json_t *s)
{
	const json_t *item, *signer = json_object_get(s, "signedBy");
	size_t i;

	printf("  %s %s: %s%s%s\n", get_text(s, "format"), get_text(s, "id"),
	    get_text(s, "indication"), get_text(s, "subIndication")[0] != '\0' ? " / " : "",
	    get_text(s, "subIndication"));
	reasons_text(s);
	line("signed by", get_text(signer, "subject"), "");
	line("issued by", get_text(signer, "issuer"), "");
	line("claims", get_text(s, "claimedSigningTime"), "");
	line("proven by", get_text(s, "bestSignatureTime"), "");
	line("algorithm", get_text(s, "signatureAlgorithm"), "");
	line("level", get_text(s, "level"), "");
	line("covers", get_text(s, "scope"), "");
	json_array_foreach(json_object_get(s, "references"), i, item)
	{
		if (!json_is_true(json_object_get(item, "intact")))
			line("  broken", get_text(item, "uri"), get_text(item, "problem"));
	}
	json_array_foreach(json_object_get(s, "timestamps"), i, item)
	{
		line("time stamp", get_text(item, "productionTime"), get_text(item, "indication"));
		reasons_text(item);
	}
	line("counter of", get_text(s, "counterSignatureOf"), "");
	line("trusted by", get_text(s, "trustAnchor"), "");
}

static void
answer_text(const json_t *out)
{
	const json_t *s;
	size_t i;

	printf("%s: %s\n", get_text(out, "document"), get_text(out, "indication"));
	if (get_text(out, "message")[0] != '\0')
		printf("  %s\n", get_text(out, "message"));
	json_array_foreach(json_object_get(out, "signatures"), i, s) signature_text(s);
}

/* ---- the call ---- */

struct verify_wish {
	struct _sig__VerifyDocument request;
	struct sig__Document originals[100];
	struct buf contents[100];
};

static int
add_original(struct verify_wish *w, const char *path)
{
	int n = w->request.__sizeoriginalDocument;
	struct error err = ERROR_INIT;

	if (n >= 100) {
		fprintf(stderr, "signet: at most 100 originals\n");
		return -1;
	}
	if (read_document(&w->contents[n], path, &err) != 0) {
		fprintf(stderr, "signet: %s\n", err.text);
		return -1;
	}
	w->originals[n].name = (char *)document_name(path);
	w->originals[n].content.__ptr =
	    w->contents[n].data != NULL ? w->contents[n].data : (unsigned char *)"";
	w->originals[n].content.__size = (int)w->contents[n].len;
	w->originals[n].content.id = w->contents[n].len > 0 ? (char *)"original" : NULL;
	w->request.__sizeoriginalDocument++;
	w->request.originalDocument = w->originals;
	return 0;
}

static int
exit_of(const enum sig__Indication *indication)
{
	if (indication == NULL || *indication == sig__Indication__Indeterminate)
		return EXIT_INDETERMINATE;
	return *indication == sig__Indication__TotalPassed ? EXIT_PASSED : EXIT_FAILED;
}

static int
verify_file(struct context *context, struct verify_wish *w, const char *path)
{
	struct _sig__VerifyDocumentResponse response = { 0 };
	struct sig__Document document = { 0 };
	struct buf content = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct soap *soap = client_call(&context->client);
	int rc = EXIT_USAGE;

	if (read_document(&content, path, &err) != 0) {
		report_failure(context, path, &err);
		goto done;
	}
	document.name = (char *)document_name(path);
	document.mimeType = (char *)document_type(path);
	document.content.__ptr = content.data != NULL ? content.data : (unsigned char *)"";
	document.content.__size = (int)content.len;
	document.content.id = content.len > 0 ? (char *)"document" : NULL;
	w->request.signedDocument = &document;
	if (soap_call___sig__VerifyDocument(
		soap, context->client.settings.endpoint, NULL, &w->request, &response) != SOAP_OK) {
		client_failure(&context->client, &err);
		rc = report_failure(context, path, &err);
		goto done;
	}
	rc = exit_of(response.answer->indication);
	print_result(context, answer_json(soap, path, response.answer), answer_text);
done:
	client_forget(&context->client);
	buf_release(&content);
	return rc;
}

int
cmd_verify(struct context *context, int argc, char **argv)
{
	static const struct option options[] = { { "original", 1, NULL, 'd' },
		{ "time", 1, NULL, 't' }, { "policy", 1, NULL, 'p' },
		{ "password-file", 1, NULL, 'w' }, { NULL, 0, NULL, 0 } };
	struct verify_wish w = { 0 };
	int id, i, rc = EXIT_USAGE, one;

	while ((id = getopt_long(argc, argv, "d:t:p:", options, NULL)) != -1) {
		if (id == 'd' && add_original(&w, optarg) != 0)
			goto done;
		if (id == 't')
			w.request.validationTime = optarg;
		else if (id == 'p')
			w.request.validationPolicy = optarg;
		else if (id == 'w')
			w.request.password = first_line(optarg);
		else if (id != 'd')
			goto done;
	}
	if (optind >= argc) {
		fprintf(stderr, "signet: verify what? name a file, or - for standard input\n");
		goto done;
	}
	rc = EXIT_PASSED;
	for (i = optind; i < argc; i++) {
		one = verify_file(context, &w, argv[i]);
		rc = one == EXIT_PASSED ? rc : rc == EXIT_FAILED ? rc : one;
	}
done:
	for (i = 0; i < w.request.__sizeoriginalDocument; i++)
		buf_release(&w.contents[i]);
	return rc;
}

/* ---- signet certificate ---- */

static void
certificate_text(const json_t *out)
{
	const json_t *c;
	size_t i;

	printf("%s: %s%s%s\n", get_text(out, "certificate"), get_text(out, "indication"),
	    get_text(out, "subIndication")[0] != '\0' ? " / " : "", get_text(out, "subIndication"));
	reasons_text(out);
	json_array_foreach(json_object_get(out, "certificateChain"), i, c)
	    line(i == 0 ? "path" : "", get_text(c, "subject"), get_text(c, "notAfter"));
}

int
cmd_certificate(struct context *context, int argc, char **argv)
{
	static const struct option options[] = { { "purpose", 1, NULL, 'u' },
		{ "time", 1, NULL, 't' }, { NULL, 0, NULL, 0 } };
	static const char *const purposes[] = { "Any", "Signing", "TlsClient", "TlsServer",
		"Timestamping", "OcspSigning", NULL };
	struct _sig__ValidateCertificate request = { 0 };
	struct _sig__ValidateCertificateResponse response = { 0 };
	const struct sig__ValidateCertificateAnswer *a;
	enum sig__CertificatePurpose purpose = 0;
	struct soap *soap = client_call(&context->client);
	struct error err = ERROR_INIT;
	struct buf content = BUF_INIT(0);
	json_t *out;
	int id, i, rc = EXIT_USAGE;

	while ((id = getopt_long(argc, argv, "t:u:", options, NULL)) != -1) {
		if (id == 't')
			request.validationTime = optarg;
		if (id != 'u')
			continue;
		for (i = 0; purposes[i] != NULL && strcmp(purposes[i], optarg) != 0;)
			i++;
		if (purposes[i] == NULL) {
			fprintf(stderr,
			    "signet: --purpose takes Any, Signing, TlsClient, TlsServer, "
			    "Timestamping or OcspSigning\n");
			return EXIT_USAGE;
		}
		purpose = (enum sig__CertificatePurpose)i;
		request.purpose = &purpose;
	}
	if (optind != argc - 1) {
		fprintf(stderr, "signet: name one file with a certificate, PEM or DER\n");
		return EXIT_USAGE;
	}
	if (read_document(&content, argv[optind], &err) != 0) {
		report_failure(context, argv[optind], &err);
		goto done;
	}
	request.certificate.__ptr = content.data;
	request.certificate.__size = (int)content.len;
	if (soap_call___sig__ValidateCertificate(
		soap, context->client.settings.endpoint, NULL, &request, &response) != SOAP_OK) {
		client_failure(&context->client, &err);
		rc = report_failure(context, argv[optind], &err);
		goto done;
	}
	a = response.answer;
	out = json_object();
	put_text(out, "certificate", argv[optind]);
	if (a->indication != NULL)
		put_text(out, "indication", soap_sig__Indication2s(soap, *a->indication));
	put_text(out, "subIndication", a->subIndication);
	json_object_set_new(out, "reasons", reasons_json(a->reason, a->__sizereason));
	json_object_set_new(
	    out, "certificateChain", chain_json(a->certificateChain, a->__sizecertificateChain));
	put_text(out, "trustAnchor", a->trustAnchor);
	rc = exit_of(a->indication);
	print_result(context, out, certificate_text);
done:
	buf_release(&content);
	return rc;
}
