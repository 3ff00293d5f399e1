/* signet sign: one file or many, each by a call of its own, so that one that fails fails itself
 * only. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "server/base/text.h"
#include "soapH.h"
#include "tui/cli/command.h"

struct sign_wish {
	struct sig__SignatureParameters parameters;
	struct sig__PdfParameters pdf;
	struct sig__PdfAppearance appearance;
	struct sig__Rectangle rectangle;
	struct sig__XmlParameters xml;
	enum sig__SignatureLevel level;
	enum sig__Packaging packaging;
	enum sig__DigestMethod digest;
	enum sig__SignatureMethod method;
	enum sig__Certification certification;
	enum sig__CanonicalizationMethod canonicalization;
	bool chain;
	struct buf image;
	const char *output, *request_id;
	int has_format, force;
};

enum option_id {
	OPT_FORMAT = 256,
	OPT_LEVEL,
	OPT_PACKAGING,
	OPT_KEY,
	OPT_DIGEST,
	OPT_PSS,
	OPT_TSA,
	OPT_ROLE,
	OPT_CHAIN,
	OPT_FIELD,
	OPT_REASON,
	OPT_LOCATION,
	OPT_CONTACT,
	OPT_CERTIFY,
	OPT_PASSWORD_FILE,
	OPT_PAGE,
	OPT_RECTANGLE,
	OPT_TEXT,
	OPT_IMAGE,
	OPT_TARGET_ID,
	OPT_TARGET_XPATH,
	OPT_CANONICALIZATION,
	OPT_REQUEST_ID,
	OPT_FORCE,
};

static const struct option options[] = { { "format", 1, NULL, OPT_FORMAT },
	{ "level", 1, NULL, OPT_LEVEL }, { "packaging", 1, NULL, OPT_PACKAGING },
	{ "key", 1, NULL, OPT_KEY }, { "digest", 1, NULL, OPT_DIGEST }, { "pss", 0, NULL, OPT_PSS },
	{ "authority", 1, NULL, OPT_TSA }, { "role", 1, NULL, OPT_ROLE },
	{ "chain", 0, NULL, OPT_CHAIN }, { "field", 1, NULL, OPT_FIELD },
	{ "reason", 1, NULL, OPT_REASON }, { "location", 1, NULL, OPT_LOCATION },
	{ "contact", 1, NULL, OPT_CONTACT }, { "certify", 1, NULL, OPT_CERTIFY },
	{ "password-file", 1, NULL, OPT_PASSWORD_FILE }, { "page", 1, NULL, OPT_PAGE },
	{ "rectangle", 1, NULL, OPT_RECTANGLE }, { "text", 1, NULL, OPT_TEXT },
	{ "image", 1, NULL, OPT_IMAGE }, { "target-id", 1, NULL, OPT_TARGET_ID },
	{ "target-xpath", 1, NULL, OPT_TARGET_XPATH },
	{ "canonicalization", 1, NULL, OPT_CANONICALIZATION },
	{ "request-id", 1, NULL, OPT_REQUEST_ID }, { "force", 0, NULL, OPT_FORCE },
	{ "output", 1, NULL, 'o' }, { NULL, 0, NULL, 0 } };

/* One of the contract's words, whatever the case; -1 after saying which there are. */
static int
pick(const char *option, const char *word, const char *const *words)
{
	int i;

	for (i = 0; words[i] != NULL; i++)
		if (strcasecmp(words[i], word) == 0)
			return i;
	fprintf(stderr, "signet: --%s takes", option);
	for (i = 0; words[i] != NULL; i++)
		fprintf(stderr, "%s %s", i > 0 ? "," : "", words[i]);
	fprintf(stderr, ", not %s\n", word);
	return -1;
}

static char **
add_text(char **list, int *count, char *text)
{
	char **bigger = realloc(list, ((size_t)*count + 1) * sizeof(*list));

	if (bigger == NULL)
		return list;
	bigger[(*count)++] = text;
	return bigger;
}

static const char *const formats[] = { "CMS", "XML", "PDF", "SMIME", "ASiCS", "ASiCE", NULL };
static const char *const levels[] = { "None", "B", "T", "LT", "LTA", NULL };
/* gSOAP numbers words of one letter by that letter. */
static const enum sig__SignatureLevel level_values[] = { sig__SignatureLevel__None,
	sig__SignatureLevel__B, sig__SignatureLevel__T, sig__SignatureLevel__LT,
	sig__SignatureLevel__LTA };
static const char *const packagings[] = { "Enveloped", "Enveloping", "Detached", NULL };
static const char *const digests[] = { "SHA1", "SHA224", "SHA256", "SHA384", "SHA512", "SHA3-256",
	"SHA3-384", "SHA3-512", NULL };
static const char *const certifications[] = { "None", "NoChanges", "FillForms", "Annotate", NULL };
static const char *const canonicalizations[] = { "Exclusive", "Inclusive", "Inclusive11", NULL };

/* Options whose value is one of the contract's words: the generated enumerations count from 0. */
static int
take_word(struct sign_wish *w, int id, const char *value)
{
	struct sig__SignatureParameters *p = &w->parameters;
	int n = -1;

	switch (id) {
	case OPT_FORMAT:
		n = pick("format", value, formats);
		p->format = (enum sig__SignatureFormat)n;
		w->has_format = 1;
		break;
	case OPT_LEVEL:
		n = pick("level", value, levels);
		w->level = level_values[n < 0 ? 0 : n];
		p->level = &w->level;
		break;
	case OPT_PACKAGING:
		n = pick("packaging", value, packagings);
		w->packaging = (enum sig__Packaging)n;
		p->packaging = &w->packaging;
		break;
	case OPT_DIGEST:
		n = pick("digest", value, digests);
		w->digest = (enum sig__DigestMethod)n;
		p->digestMethod = &w->digest;
		break;
	case OPT_CERTIFY:
		n = pick("certify", value, certifications);
		w->certification = (enum sig__Certification)n;
		w->pdf.certification = &w->certification;
		p->pdf = &w->pdf;
		break;
	case OPT_CANONICALIZATION:
		n = pick("canonicalization", value, canonicalizations);
		w->canonicalization = (enum sig__CanonicalizationMethod)n;
		w->xml.canonicalizationMethod = &w->canonicalization;
		p->xml = &w->xml;
		break;
	}
	return n < 0 ? -1 : 0;
}

static int
take_rectangle(struct sign_wish *w, const char *value)
{
	struct sig__Rectangle *r = &w->rectangle;

	if (sscanf(value, "%lf,%lf,%lf,%lf", &r->left, &r->bottom, &r->right, &r->top) != 4) {
		fprintf(stderr, "signet: --rectangle takes left,bottom,right,top in points\n");
		return -1;
	}
	w->appearance.rectangle = r;
	w->pdf.appearance = &w->appearance;
	w->parameters.pdf = &w->pdf;
	return 0;
}

static int
take_image(struct sign_wish *w, const char *path)
{
	struct error err = ERROR_INIT;

	if (read_document(&w->image, path, &err) != 0) {
		fprintf(stderr, "signet: %s\n", err.text);
		return -1;
	}
	w->appearance.image.__ptr = w->image.data;
	w->appearance.image.__size = (int)w->image.len;
	return 0;
}

/* The text options of a PDF: where each goes. */
static char **
pdf_text(struct sign_wish *w, int id)
{
	switch (id) {
	case OPT_FIELD:
		return &w->pdf.fieldName;
	case OPT_REASON:
		return &w->pdf.reason;
	case OPT_LOCATION:
		return &w->pdf.location;
	case OPT_CONTACT:
		return &w->pdf.contactInfo;
	default:
		return NULL;
	}
}

static int
take_option(struct sign_wish *w, int id, char *value)
{
	struct sig__SignatureParameters *p = &w->parameters;

	switch (id) {
	case OPT_FORMAT:
	case OPT_LEVEL:
	case OPT_PACKAGING:
	case OPT_DIGEST:
	case OPT_CERTIFY:
	case OPT_CANONICALIZATION:
		return take_word(w, id, value);
	case OPT_FIELD:
	case OPT_REASON:
	case OPT_LOCATION:
	case OPT_CONTACT:
		*pdf_text(w, id) = value;
		p->pdf = &w->pdf;
		return 0;
	case OPT_KEY:
		p->key = value;
		return 0;
	case OPT_PSS:
		w->method = 1;
		p->signatureMethod = &w->method;
		return 0;
	case OPT_TSA:
		p->timestampAuthority = value;
		return 0;
	case OPT_ROLE:
		p->claimedRole = add_text(p->claimedRole, &p->__sizeclaimedRole, value);
		return 0;
	case OPT_CHAIN:
		w->chain = true;
		p->includeChain = &w->chain;
		return 0;
	case OPT_PASSWORD_FILE:
		w->pdf.password = first_line(value);
		p->pdf = &w->pdf;
		return w->pdf.password != NULL ? 0 : -1;
	case OPT_PAGE:
		w->appearance.page = atoi(value);
		return 0;
	case OPT_RECTANGLE:
		return take_rectangle(w, value);
	case OPT_TEXT:
		w->appearance.text = value;
		return 0;
	case OPT_IMAGE:
		return take_image(w, value);
	case OPT_TARGET_ID:
		w->xml.targetId = value;
		p->xml = &w->xml;
		return 0;
	case OPT_TARGET_XPATH:
		w->xml.targetXPath = value;
		p->xml = &w->xml;
		return 0;
	case OPT_REQUEST_ID:
		w->request_id = value;
		return 0;
	case OPT_FORCE:
		w->force = 1;
		return 0;
	case 'o':
		w->output = value;
		return 0;
	default:
		return -1;
	}
}

/* Without --format, what the file is decides. */
static enum sig__SignatureFormat
guess_format(const char *path)
{
	const char *type = document_type(path);

	return strcmp(type, "application/pdf") == 0 ? 2 : strcmp(type, "text/xml") == 0 ? 1 : 0;
}

/* in.pdf becomes in-signed.pdf, or in.pdf.p7s / .p7m / .xml where the result is of another kind. */
static void
output_name(char *out, size_t size, const char *path, const struct sig__SignatureParameters *p)
{
	const char *dot = strrchr(document_name(path), '.');
	int detached = p->packaging != NULL && *p->packaging == 2;

	if (p->format == 0)
		snprintf(out, size, "%s%s", path,
		    p->packaging != NULL && *p->packaging == 1 ? ".p7m" : ".p7s");
	else if (p->format == 1 && (detached || (p->packaging != NULL && *p->packaging == 1)))
		snprintf(out, size, "%s.xml", path);
	else
		snprintf(out, size, "%.*s-signed%s",
		    (int)(dot != NULL ? dot - path : (long)strlen(path)), path,
		    dot != NULL ? dot : "");
}

static void
sign_text(const json_t *object)
{
	printf("%s: signed by %s%s%s -> %s\n", get_text(object, "input"), get_text(object, "key"),
	    get_text(object, "level")[0] != '\0' ? ", level " : "", get_text(object, "level"),
	    get_text(object, "output"));
}

static int
sign_file(struct context *context, struct sign_wish *w, const char *path)
{
	struct _sig__SignDocument request = { .parameters = &w->parameters,
		.requestId = (char *)w->request_id };
	struct _sig__SignDocumentResponse response = { 0 };
	struct sig__Document document = { 0 };
	struct error err = ERROR_INIT;
	struct buf content = BUF_INIT(0);
	struct soap *soap = client_call(&context->client);
	char output[4096];
	json_t *out;
	int rc = EXIT_USAGE;

	if (!w->has_format)
		w->parameters.format = guess_format(path);
	if (w->output != NULL)
		snprintf(output, sizeof(output), "%s", w->output);
	else if (strcmp(path, "-") == 0)
		snprintf(output, sizeof(output), "-");
	else
		output_name(output, sizeof(output), path, &w->parameters);
	if (strcmp(output, "-") != 0 && !w->force && access(output, F_OK) == 0) {
		error_set(&err, ERROR_CONFLICT, "%s exists already; --force replaces it", output);
		report_failure(context, path, &err);
		goto done;
	}
	if (read_document(&content, path, &err) != 0) {
		report_failure(context, path, &err);
		goto done;
	}
	document.name = (char *)document_name(path);
	document.mimeType = (char *)document_type(path);
	document.content.__ptr = content.data != NULL ? content.data : (unsigned char *)"";
	document.content.__size = (int)content.len;
	document.content.id = content.len > 0 ? (char *)"document" : NULL;
	request.document = &document;
	if (soap_call___sig__SignDocument(
		soap, context->client.settings.endpoint, NULL, &request, &response) != SOAP_OK) {
		client_failure(&context->client, &err);
		rc = report_failure(context, path, &err);
		goto done;
	}
	if (write_document(output,
		(struct span){ response.answer->signedDocument->content.__ptr,
		    (size_t)response.answer->signedDocument->content.__size },
		w->force, &err) != 0) {
		report_failure(context, path, &err);
		goto done;
	}
	rc = EXIT_PASSED;
	if (strcmp(output, "-") == 0)
		goto done;
	out = json_object();
	put_text(out, "input", path);
	put_text(out, "output", output);
	put_text(out, "format", soap_sig__SignatureFormat2s(soap, w->parameters.format));
	put_text(out, "level",
	    w->parameters.level != NULL ? soap_sig__SignatureLevel2s(soap, w->level) : "B");
	put_text(out, "key", w->parameters.key != NULL ? w->parameters.key : "the default key");
	put_text(out, "signatureId", response.answer->signatureId);
	print_result(context, out, sign_text);
done:
	client_forget(&context->client);
	buf_release(&content);
	return rc;
}

int
cmd_sign(struct context *context, int argc, char **argv)
{
	struct sign_wish w = { .appearance.page = 1 };
	int id, rc = EXIT_PASSED, worst = EXIT_PASSED, i;

	while ((id = getopt_long(argc, argv, "o:", options, NULL)) != -1)
		if (take_option(&w, id, optarg) != 0)
			return EXIT_USAGE;
	if (optind >= argc || (w.output != NULL && argc - optind > 1)) {
		fprintf(stderr, optind >= argc
				    ? "signet: sign what? name a file, or - for standard input\n"
				    : "signet: -o goes with one file only\n");
		return EXIT_USAGE;
	}
	for (i = optind; i < argc; i++) {
		if (argc - optind > 1 && isatty(STDERR_FILENO) && !context->quiet)
			fprintf(stderr, "\r[%d/%d] ", i - optind + 1, argc - optind);
		rc = sign_file(context, &w, argv[i]);
		worst = rc > worst ? rc : worst;
		if (rc == EXIT_UNAVAILABLE)
			break;
	}
	free(w.parameters.claimedRole);
	buf_release(&w.image);
	return worst;
}
