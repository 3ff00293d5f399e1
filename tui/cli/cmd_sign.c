/* signet sign: one file or many, each by a call of its own, so that one that fails fails itself
 * only. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/cli/one_file.h"

enum {
	SIGN_FORMAT,
	SIGN_LEVEL,
	SIGN_PACKAGING,
	SIGN_KEY,
	SIGN_DIGEST,
	SIGN_PSS,
	SIGN_AUTHORITY,
	SIGN_ROLE,
	SIGN_CHAIN,
	SIGN_FIELD,
	SIGN_REASON,
	SIGN_LOCATION,
	SIGN_CONTACT,
	SIGN_CERTIFY,
	SIGN_RECTANGLE,
	SIGN_PAGE,
	SIGN_TEXT,
	SIGN_IMAGE,
	SIGN_PASSWORD_FILE,
	SIGN_TARGET_ID,
	SIGN_TARGET_XPATH,
	SIGN_CANONICALIZATION,
	SIGN_REQUEST_ID,
	SIGN_OUTPUT,
	SIGN_FORCE,
	SIGN_OPTIONS
};

/* The words are the contract's. */
static const char *const formats[] = { "CMS", "XML", "PDF", "SMIME", "ASiCS", "ASiCE", NULL };
static const char *const levels[] = { "None", "B", "T", "LT", "LTA", NULL };
static const char *const packagings[] = { "Enveloped", "Enveloping", "Detached", NULL };
static const char *const digests[] = { "SHA256", "SHA384", "SHA512", "SHA3-256", "SHA3-384",
	"SHA3-512", NULL };
static const char *const certifications[] = { "None", "NoChanges", "FillForms", "Annotate", NULL };
static const char *const canonicalizations[] = { "Exclusive", "Inclusive", "Inclusive11", NULL };

static const struct option_row options[] = {
	[SIGN_FORMAT] = { "format", 0, "FORMAT", formats, "else by the ending of the file" },
	[SIGN_LEVEL] = { "level", 0, "LEVEL", levels,
	    "B (the default) is the baseline, T adds a time stamp, LT all that a verifier "
	    "needs, LTA a time stamp over that" },
	[SIGN_PACKAGING] = { "packaging", 0, "PACKAGING", packagings,
	    "where the signature stands; CMS and SMIME: Detached, XML and PDF: Enveloped" },
	[SIGN_KEY] = { "key", 'k', "NAME", NULL,
	    "one of `signet keys`; else the tenant's default" },
	[SIGN_DIGEST] = { "digest", 0, "DIGEST", digests, "else what fits the key" },
	[SIGN_PSS] = { "pss", 0, NULL, NULL, "RSASSA-PSS in place of PKCS#1 v1.5" },
	[SIGN_AUTHORITY] = { "authority", 0, "NAME", NULL,
	    "time-stamp authority for level T and above" },
	[SIGN_ROLE] = { "role", 0, "TEXT", NULL, "a claimed role; may be repeated" },
	[SIGN_CHAIN] = { "chain", 0, NULL, NULL, "put the issuers' certificates in as well" },
	[SIGN_FIELD] = { "field", 0, "NAME", NULL, "PDF: an empty signature field, or a new one" },
	[SIGN_REASON] = { "reason", 0, "TEXT", NULL, "PDF: why" },
	[SIGN_LOCATION] = { "location", 0, "TEXT", NULL, "PDF: where" },
	[SIGN_CONTACT] = { "contact", 0, "TEXT", NULL, "PDF: how to reach the signer" },
	[SIGN_CERTIFY] = { "certify", 0, "WHAT", certifications,
	    "PDF: certify it, and allow no more than this" },
	[SIGN_RECTANGLE] = { "rectangle", 0, "L,B,R,T", NULL,
	    "PDF: a visible signature there, in points from the lower left" },
	[SIGN_PAGE] = { "page", 0, "N", NULL, "PDF: on this page; else the first" },
	[SIGN_TEXT] = { "text", 0, "TEXT", NULL, "PDF: with this text" },
	[SIGN_IMAGE] = { "image", 0, "FILE", NULL, "PDF: with this PNG or JPEG" },
	[SIGN_PASSWORD_FILE] = { "password-file", 0, "FILE", NULL,
	    "PDF: the password of an encrypted one, on the first line" },
	[SIGN_TARGET_ID] = { "target-id", 0, "ID", NULL, "XML: sign only the element of this Id" },
	[SIGN_TARGET_XPATH] = { "target-xpath", 0, "XPATH", NULL, "XML: sign only this element" },
	[SIGN_CANONICALIZATION] = { "canonicalization", 0, "METHOD", canonicalizations,
	    "XML: how it is written before it is digested" },
	[SIGN_REQUEST_ID] = { "request-id", 0, "ID", NULL,
	    "the same id and content: the same answer, no second signature" },
	[SIGN_OUTPUT] = { "output", 'o', "FILE", NULL, "the result; - is standard output" },
	[SIGN_FORCE] = { "force", 'f', NULL, NULL, "replace files that exist" },
};

#define ROLES_MAX 20

/* What the command line says, and the message that comes of it. */
struct sign_wish {
	char *value[SIGN_OPTIONS]; /* NULL: not given; "" for options without a value */
	char *roles[ROLES_MAX];
	int role_count;
	char *password;
	struct buf image;
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
};

static int
take_role(struct context *context, struct sign_wish *w, char *value)
{
	if (w->role_count >= ROLES_MAX)
		return wrong_usage(context, "at most %d roles", ROLES_MAX);
	w->roles[w->role_count++] = value;
	return 0;
}

static int
take_rectangle(struct context *context, struct sign_wish *w, const char *value)
{
	struct sig__Rectangle *r = &w->rectangle;
	int end = 0;

	if (sscanf(value, "%lf,%lf,%lf,%lf%n", &r->left, &r->bottom, &r->right, &r->top, &end) !=
		4 ||
	    value[end] != '\0')
		return wrong_usage(context,
		    "--rectangle takes left,bottom,right,top in points, as 50,50,250,120, not %s",
		    value);
	w->appearance.rectangle = r;
	return 0;
}

static int
take_page(struct context *context, struct sign_wish *w, const char *value)
{
	char *end;
	long page = strtol(value, &end, 10);

	if (*end != '\0' || page < 1 || page > 1000000)
		return wrong_usage(context, "--page takes a number from 1, not %s", value);
	w->appearance.page = (int)page;
	return 0;
}

static int
take_image(struct context *context, struct sign_wish *w, const char *path)
{
	struct error err = ERROR_INIT;

	buf_release(&w->image);
	if (read_small(&w->image, path, &err) != 0)
		return report_local(context, NULL, &err);
	w->appearance.image.__ptr = w->image.data;
	w->appearance.image.__size = (int)w->image.len;
	return 0;
}

static int
take_option(struct context *context, struct sign_wish *w, int id, char *value)
{
	w->value[id] = value != NULL ? value : (char *)"";
	switch (id) {
	case SIGN_ROLE:
		return take_role(context, w, value);
	case SIGN_RECTANGLE:
		return take_rectangle(context, w, value);
	case SIGN_PAGE:
		return take_page(context, w, value);
	case SIGN_IMAGE:
		return take_image(context, w, value);
	case SIGN_PASSWORD_FILE:
		w->password = first_line(context, value);
		return w->password != NULL ? 0 : EXIT_USAGE;
	default:
		return 0;
	}
}

/* Without a rectangle nothing is seen: the other words of an appearance would be lost. */
static int
check_appearance(struct context *context, const struct sign_wish *w)
{
	static const int needs_rectangle[] = { SIGN_PAGE, SIGN_TEXT, SIGN_IMAGE };
	size_t i;

	for (i = 0; i < sizeof(needs_rectangle) / sizeof(needs_rectangle[0]); i++)
		if (w->value[needs_rectangle[i]] != NULL && w->value[SIGN_RECTANGLE] == NULL)
			return wrong_usage(context,
			    "--%s belongs to a visible signature: say where by --rectangle",
			    options[needs_rectangle[i]].name);
	return 0;
}

/* A word of the contract into an enumeration of the message, where it was given. */
#define PUT_WORD(type, id, target, pointer)                                                        \
	do {                                                                                       \
		if (w->value[id] != NULL &&                                                        \
		    soap_s2sig__##type(soap, w->value[id], &(target)) == SOAP_OK)                  \
			(pointer) = &(target);                                                     \
	} while (0)

static void
put_pdf(struct soap *soap, struct sign_wish *w)
{
	struct sig__PdfParameters *pdf = &w->pdf;

	pdf->fieldName = w->value[SIGN_FIELD];
	pdf->reason = w->value[SIGN_REASON];
	pdf->location = w->value[SIGN_LOCATION];
	pdf->contactInfo = w->value[SIGN_CONTACT];
	pdf->password = w->password;
	PUT_WORD(Certification, SIGN_CERTIFY, w->certification, pdf->certification);
	if (w->value[SIGN_RECTANGLE] != NULL) {
		w->appearance.text = w->value[SIGN_TEXT];
		pdf->appearance = &w->appearance;
	}
	if (pdf->fieldName != NULL || pdf->reason != NULL || pdf->location != NULL ||
	    pdf->contactInfo != NULL || pdf->password != NULL || pdf->certification != NULL ||
	    pdf->appearance != NULL)
		w->parameters.pdf = pdf;
}

static void
put_xml(struct soap *soap, struct sign_wish *w)
{
	struct sig__XmlParameters *xml = &w->xml;

	xml->targetId = w->value[SIGN_TARGET_ID];
	xml->targetXPath = w->value[SIGN_TARGET_XPATH];
	PUT_WORD(CanonicalizationMethod, SIGN_CANONICALIZATION, w->canonicalization,
	    xml->canonicalizationMethod);
	if (xml->targetId != NULL || xml->targetXPath != NULL ||
	    xml->canonicalizationMethod != NULL)
		w->parameters.xml = xml;
}

/* Without --format, what the file is decides. */
static const char *
format_of(const struct sign_wish *w, const char *path)
{
	const char *type = document_type(path);

	if (w->value[SIGN_FORMAT] != NULL)
		return w->value[SIGN_FORMAT];
	return strcmp(type, "application/pdf") == 0  ? "PDF"
	       : strcmp(type, "text/xml") == 0	     ? "XML"
	       : strcmp(type, "message/rfc822") == 0 ? "SMIME"
						     : "CMS";
}

static void
put_parameters(struct soap *soap, struct sign_wish *w, const char *path)
{
	struct sig__SignatureParameters *p = &w->parameters;

	soap_s2sig__SignatureFormat(soap, format_of(w, path), &p->format);
	PUT_WORD(SignatureLevel, SIGN_LEVEL, w->level, p->level);
	PUT_WORD(Packaging, SIGN_PACKAGING, w->packaging, p->packaging);
	PUT_WORD(DigestMethod, SIGN_DIGEST, w->digest, p->digestMethod);
	p->key = w->value[SIGN_KEY];
	p->timestampAuthority = w->value[SIGN_AUTHORITY];
	p->claimedRole = w->roles;
	p->__sizeclaimedRole = w->role_count;
	if (w->value[SIGN_PSS] != NULL) {
		w->method = sig__SignatureMethod__PSS;
		p->signatureMethod = &w->method;
	}
	if (w->value[SIGN_CHAIN] != NULL) {
		w->chain = true;
		p->includeChain = &w->chain;
	}
	put_pdf(soap, w);
	put_xml(soap, w);
}

/* in.txt becomes in.txt.asics; a container that gets one signature more, in-signed.asics. A mail
 * keeps its ending, too; anything else becomes an attachment of one. */
static const char *
container_ending(const char *format, const char *path)
{
	const char *end = strcmp(format, "ASiCS") == 0	 ? ".asics"
			  : strcmp(format, "ASiCE") == 0 ? ".asice"
			  : strcmp(format, "SMIME") == 0 ? ".eml"
							 : NULL;
	size_t n = strlen(path), k = end != NULL ? strlen(end) : 0;

	return end == NULL || (n > k && strcasecmp(path + n - k, end) == 0) ? NULL : end;
}

/* in.pdf becomes in-signed.pdf, or in.txt.p7s, .p7m or .xml where the result is of another kind. */
static void
name_output(char *out, size_t size, const struct sign_wish *w, const char *path)
{
	const char *format = format_of(w, path), *packaging = w->value[SIGN_PACKAGING];
	const char *name = document_name(path), *dot = name != NULL ? strrchr(name, '.') : NULL;
	int is_around = packaging != NULL && strcmp(packaging, "Enveloping") == 0;

	if (w->value[SIGN_OUTPUT] != NULL)
		snprintf(out, size, "%s", w->value[SIGN_OUTPUT]);
	else if (name == NULL)
		snprintf(out, size, "-");
	else if (container_ending(format, path) != NULL)
		snprintf(out, size, "%s%s", path, container_ending(format, path));
	else if (strcmp(format, "CMS") == 0)
		snprintf(out, size, "%s%s", path, is_around ? ".p7m" : ".p7s");
	else if (strcmp(format, "XML") == 0 &&
		 (is_around || (packaging != NULL && strcmp(packaging, "Detached") == 0)))
		snprintf(out, size, "%s.xml", path);
	else
		snprintf(out, size, "%.*s-signed%s",
		    (int)(dot != NULL && dot > name ? dot - path : (long)strlen(path)), path,
		    dot != NULL && dot > name ? dot : "");
}

static void
sign_text(FILE *out, const json_t *object)
{
	fprintf(out, "%s: signed by %s, level %s -> %s\n", get_text(object, "input"),
	    get_text(object, "key"), get_text(object, "level"), get_text(object, "output"));
}

static void
tell(struct context *context, const struct sign_wish *w, const char *path, const char *output,
    const struct sig__SignDocumentAnswer *answer)
{
	json_t *out = json_object();

	put_text(out, "input", path);
	put_text(out, "output", output);
	put_text(out, "format", format_of(w, path));
	put_text(out, "level", w->value[SIGN_LEVEL] != NULL ? w->value[SIGN_LEVEL] : "B");
	put_text(out, "key", w->value[SIGN_KEY] != NULL ? w->value[SIGN_KEY] : "the default key");
	put_text(out, "signatureId", answer->signatureId);
	print_result(context, out, sign_text);
}

static int
sign_file(struct context *context, void *wish, const char *path)
{
	struct sign_wish *w = wish;
	struct _sig__SignDocument request = { .parameters = &w->parameters,
		.requestId = w->value[SIGN_REQUEST_ID] };
	struct _sig__SignDocumentResponse response = { 0 };
	struct one_file f;
	char output[4096];
	int rc;

	name_output(output, sizeof(output), w, path);
	rc = one_file_begin(&f, context, path, output, w->value[SIGN_FORCE] != NULL);
	if (rc != EXIT_PASSED)
		goto done;
	request.document = &f.document;
	put_parameters(f.soap, w, path);
	/* What comes by a pipe as S/MIME is a mail, if it looks like one. */
	if (f.document.name == NULL && w->parameters.format == sig__SignatureFormat__SMIME)
		f.document.mimeType = NULL;
	if (soap_call___sig__SignDocument(f.soap, endpoint(context), NULL, &request, &response) !=
	    SOAP_OK)
		rc = one_file_refused(&f);
	else
		rc = one_file_keep(&f, &response.answer->signedDocument->content);
	if (rc == EXIT_PASSED)
		tell(context, w, path, output, response.answer);
done:
	one_file_end(&f);
	return rc;
}

static int
cmd_sign(struct context *context, int argc, char **argv)
{
	struct sign_wish w = { .appearance.page = 1 };
	int id, worst;
	char *value;

	while ((id = next_option(context, argc, argv, &value, &worst)) >= 0)
		if ((worst = take_option(context, &w, id, value)) != 0)
			goto done;
	if (id == OPTION_STOP)
		goto done;
	worst = check_appearance(context, &w);
	if (worst == 0 && optind >= argc)
		worst = wrong_usage(context, "sign what? name a file, or - for standard input");
	if (worst == 0 && w.value[SIGN_OUTPUT] != NULL && argc - optind > 1)
		worst = wrong_usage(context, "-o goes with one file only");
	if (worst == 0 && w.value[SIGN_REQUEST_ID] != NULL && argc - optind > 1)
		worst = wrong_usage(context, "--request-id goes with one file only");
	if (worst == 0)
		worst = each_file(context, argc, argv, sign_file, &w);
done:
	buf_release(&w.image);
	return worst;
}

const struct command command_sign = { "sign", "[options] FILE ...", "Sign documents", options,
	SIGN_OPTIONS,
	"  signet sign contract.pdf                      -> contract-signed.pdf\n"
	"  signet sign --level T --key seal invoice.txt  -> invoice.txt.p7s, time-stamped\n"
	"  signet sign --rectangle 50,50,250,120 --text 'Approved' -o out.pdf in.pdf\n"
	"  generate | signet sign --format XML - > signed.xml\n"
	"  signet sign mail.eml                          -> mail-signed.eml, S/MIME\n",
	cmd_sign };
