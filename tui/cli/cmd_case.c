/* signet case: stored verdicts, found, shown, checked and taken along. */
#include <errno.h>
#include <getopt.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/base/text.h"
#include "soapH.h"
#include "tui/cli/command.h"

#define SHA256_SIZE 32
#define DIGEST_MOST 64

enum {
	CASE_DIGEST,
	CASE_FILE,
	CASE_SIGNER,
	CASE_CERTIFICATE,
	CASE_INDICATION,
	CASE_SINCE,
	CASE_BEFORE,
	CASE_LIMIT,
	CASE_FORCE,
	CASE_OPTIONS
};
static const char *const indications[] = { "TotalPassed", "Indeterminate", "TotalFailed", NULL };
static const struct option_row case_options[] = {
	[CASE_DIGEST] = { "digest", 0, "HEX", NULL, "find: SHA-256 or SHA-512 of a document" },
	[CASE_FILE] = { "file", 'd', "FILE", NULL, "find: the cases of this document" },
	[CASE_SIGNER] = { "signer", 0, "TEXT", NULL,
	    "find: subject, common name or mail address of a signer" },
	[CASE_CERTIFICATE] = { "certificate-digest", 0, "HEX", NULL,
	    "find: SHA-256 of a signer's certificate" },
	[CASE_INDICATION] = { "indication", 0, "WORD", indications, "find: the verdict" },
	[CASE_SINCE] = { "since", 0, "TIME", NULL, "find: stored then or later" },
	[CASE_BEFORE] = { "before", 0, "TIME", NULL, "find: stored before" },
	[CASE_LIMIT] = { "limit", 'n', "N", NULL, "find: at most so many; else 100" },
	[CASE_FORCE] = { "force", 'f', NULL, NULL, "export: replace files that exist" },
};

struct case_wish {
	char *value[CASE_OPTIONS];
};

static struct span
bytes_of(const struct xsd__base64Binary *b)
{
	return (struct span){ b->__ptr, (size_t)b->__size };
}

/* As hex, which is what people compare. */
static void
put_hex(json_t *object, const char *key, struct span value)
{
	char hex[2 * DIGEST_MOST + 1];

	if (value.len > 0 && value.len <= DIGEST_MOST)
		put_text(object, key, text_hex(hex, value.data, value.len));
}

static int
from_hex(const char *hex, unsigned char out[DIGEST_MOST], size_t *len)
{
	unsigned int byte;
	size_t n = strlen(hex), i;

	if (n == 0 || n % 2 != 0 || n / 2 > DIGEST_MOST ||
	    strspn(hex, "0123456789abcdefABCDEF") != n)
		return -1;
	for (i = 0; i < n / 2 && sscanf(hex + 2 * i, "%2x", &byte) == 1; i++)
		out[i] = (unsigned char)byte;
	*len = n / 2;
	return 0;
}

/* SHA-256 of a file of any size. */
static int
digest_file(const char *path, unsigned char out[SHA256_SIZE], struct error *err)
{
	struct upload file;
	unsigned char block[65536];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	ssize_t n = 1;
	int rc = -1;

	if (upload_open(&file, path, err) != 0)
		goto done;
	if (ctx == NULL || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1) {
		error_memory(err);
		goto done;
	}
	while ((n = read(file.fd, block, sizeof(block))) > 0)
		EVP_DigestUpdate(ctx, block, (size_t)n);
	rc = n == 0 && EVP_DigestFinal_ex(ctx, out, NULL) == 1
		 ? 0
		 : error_set(err, ERROR_NOT_FOUND, "%s cannot be read: %s", path, strerror(errno));
done:
	upload_close(&file);
	EVP_MD_CTX_free(ctx);
	return rc;
}

/* ---- one case as JSON ---- */

static json_t *
version_json(const struct sig__PolicyVersion *v)
{
	return v == NULL ? json_null()
			 : json_pack("{ssss}", "name", v->name, "version", v->version);
}

static json_t *
documents_json(struct soap *soap, const struct sig__StoredCase *c)
{
	json_t *list = json_array(), *one;
	int i, k;

	for (i = 0; i < c->__sizedocument; i++) {
		const struct sig__CaseDocument *d = &c->document[i];

		one = json_object();
		put_text(one, "role", d->role);
		put_text(one, "name", d->name);
		put_text(one, "mimeType", d->mimeType);
		if (d->size != NULL)
			json_object_set_new(one, "size", json_integer(*d->size));
		for (k = 0; k < d->__sizedigest; k++)
			put_hex(one, soap_sig__DigestMethod2s(soap, d->digest[k].digestMethod),
			    bytes_of(&d->digest[k].digestValue));
		json_array_append_new(list, one);
	}
	return list;
}

static json_t *
signatures_json(struct soap *soap, const struct sig__StoredCase *c)
{
	json_t *list = json_array(), *one;
	int i;

	for (i = 0; i < c->__sizesignature; i++) {
		const struct sig__CaseSignature *s = &c->signature[i];

		one = json_object();
		put_text(one, "id", s->id);
		put_text(one, "counterSignatureOf", s->counterSignatureOf);
		put_text(one, "format", s->format);
		put_text(one, "level", s->level);
		put_text(one, "signatureAlgorithm", s->signatureAlgorithm);
		put_text(one, "indication", soap_sig__Indication2s(soap, s->indication));
		put_text(one, "subIndication", s->subIndication);
		put_text(one, "reason", s->reason);
		put_text(one, "subject", s->subject);
		put_text(one, "issuer", s->issuer);
		put_text(one, "serialNumber", s->serialNumber);
		put_hex(one, "certificateDigest", bytes_of(&s->certificateDigest));
		put_text(one, "claimedSigningTime", s->claimedSigningTime);
		put_text(one, "bestSignatureTime", s->bestSignatureTime);
		json_array_append_new(list, one);
	}
	return list;
}

static json_t *
objects_json(const struct sig__StoredCase *c)
{
	json_t *list = json_array(), *one;
	int i;

	for (i = 0; i < c->__sizeobject; i++) {
		const struct sig__CaseObject *o = &c->object[i];

		one = json_object();
		put_text(one, "role", o->role);
		put_text(one, "name", o->name);
		put_text(one, "mimeType", o->mimeType);
		put_hex(one, "SHA256", bytes_of(&o->digestValue));
		json_object_set_new(one, "size", json_integer(o->size));
		json_array_append_new(list, one);
	}
	return list;
}

static json_t *
case_json(struct soap *soap, const struct sig__StoredCase *c)
{
	json_t *out = json_object();

	put_text(out, "caseId", c->caseId);
	put_text(out, "stored", c->stored);
	put_text(out, "caller", c->caller);
	put_text(out, "requestId", c->requestId);
	put_text(out, "kind", soap_sig__CaseKind2s(soap, c->kind));
	put_text(out, "door", c->door);
	put_text(out, "indication", soap_sig__Indication2s(soap, c->indication));
	put_text(out, "subIndication", c->subIndication);
	if (c->reason != NULL)
		put_text(out, "reason", c->reason->text);
	put_text(out, "validationTime", c->validationTime);
	json_object_set_new(out, "validationPolicy", version_json(c->validationPolicy));
	json_object_set_new(out, "trustSnapshot", version_json(c->trustSnapshot));
	json_object_set_new(out, "algorithmCatalogue", version_json(c->algorithmCatalogue));
	put_text(out, "program", c->program);
	put_text(out, "node", c->node);
	put_hex(out, "digest", bytes_of(&c->digestValue));
	json_object_set_new(out, "documents", documents_json(soap, c));
	json_object_set_new(out, "signatures", signatures_json(soap, c));
	json_object_set_new(out, "objects", objects_json(c));
	return out;
}

/* ---- for people ---- */

static void
line(FILE *out, const char *title, const char *text)
{
	if (text[0] != '\0')
		fprintf(out, "    %-12s %s\n", title, text);
}

static void
verdict_text(FILE *out, const char *indent, const char *what, const json_t *object)
{
	fprintf(out, "%s%s: %s%s%s\n", indent, what, get_text(object, "indication"),
	    get_text(object, "subIndication")[0] != '\0' ? " / " : "",
	    get_text(object, "subIndication"));
}

static void
case_text(FILE *out, const json_t *object)
{
	const json_t *item;
	size_t i;

	verdict_text(out, "", get_text(object, "caseId"), object);
	line(out, "because", get_text(object, "reason"));
	line(out, "stored", get_text(object, "stored"));
	line(out, "by", get_text(object, "caller"));
	line(out, "kind", get_text(object, "kind"));
	line(out, "judged for", get_text(object, "validationTime"));
	line(out, "policy", get_text(json_object_get(object, "validationPolicy"), "name"));
	line(out, "program", get_text(object, "program"));
	line(out, "digest", get_text(object, "digest"));
	json_array_foreach(json_object_get(object, "documents"), i, item)
	{
		fprintf(out, "  %s %s\n", get_text(item, "role"), get_text(item, "name"));
		line(out, "SHA-256", get_text(item, "SHA256"));
	}
	json_array_foreach(json_object_get(object, "signatures"), i, item)
	{
		char what[300];

		snprintf(
		    what, sizeof(what), "%s %s", get_text(item, "format"), get_text(item, "id"));
		verdict_text(out, "  ", what, item);
		line(out, "because", get_text(item, "reason"));
		line(out, "signed by", get_text(item, "subject"));
		line(out, "existed by", get_text(item, "bestSignatureTime"));
	}
	json_array_foreach(json_object_get(object, "objects"), i, item) fprintf(out,
	    "  %-12s %-20s %10lld bytes  %s\n", get_text(item, "role"), get_text(item, "name"),
	    (long long)json_integer_value(json_object_get(item, "size")), get_text(item, "SHA256"));
}

static void
found_text(FILE *out, const json_t *object)
{
	const json_t *signer;
	size_t i;

	fprintf(out, "%s  %s  %-13s %s\n", get_text(object, "caseId"), get_text(object, "stored"),
	    get_text(object, "indication"), get_text(object, "documentName"));
	json_array_foreach(json_object_get(object, "signers"), i, signer)
	    line(out, "signed by", json_string_value(signer));
}

static void
check_text(FILE *out, const json_t *object)
{
	const json_t *problem;
	size_t i;

	fprintf(out, "%s: %s, %lld objects\n", get_text(object, "caseId"),
	    json_is_true(json_object_get(object, "intact")) ? "intact" : "CHANGED",
	    (long long)json_integer_value(json_object_get(object, "objects")));
	json_array_foreach(json_object_get(object, "problems"), i, problem)
	    line(out, get_text(problem, "code"), get_text(problem, "text"));
}

static void
file_text(FILE *out, const json_t *object)
{
	fprintf(out, "%s\n", get_text(object, "file"));
}

/* ---- find ---- */

static void
tell_found(struct context *context, struct soap *soap, const struct sig__FoundCase *f)
{
	json_t *out = json_object(), *signers = json_array();
	int i;

	put_text(out, "caseId", f->caseId);
	put_text(out, "stored", f->stored);
	put_text(out, "caller", f->caller);
	put_text(out, "kind", soap_sig__CaseKind2s(soap, f->kind));
	put_text(out, "indication", soap_sig__Indication2s(soap, f->indication));
	put_text(out, "subIndication", f->subIndication);
	put_text(out, "validationTime", f->validationTime);
	put_text(out, "documentName", f->documentName);
	put_hex(out, "SHA256", bytes_of(&f->digestValue));
	for (i = 0; i < f->__sizesigner; i++)
		json_array_append_new(signers, json_string(f->signer[i]));
	json_object_set_new(out, "signers", signers);
	print_result(context, out, found_text);
}

/* One page; token (64 bytes) is replaced by that of the next one, "" at the end. */
static int
find_page(struct context *context, struct _sig__FindCases *request, long *left, char token[200])
{
	struct _sig__FindCasesResponse response = { 0 };
	struct soap *soap = start_call(context, NULL);
	int size = *left < 1000 ? (int)*left : 1000, i;

	if (soap == NULL)
		return EXIT_USAGE;
	request->pageSize = &size;
	request->pageToken = token[0] != '\0' ? token : NULL;
	if (soap_call___sig__FindCases(soap, endpoint(context), NULL, request, &response) !=
	    SOAP_OK)
		return report_refusal(context, NULL, NULL);
	for (i = 0; i < response.answer->__sizeitem; i++)
		tell_found(context, soap, &response.answer->item[i]);
	*left -= response.answer->__sizeitem;
	snprintf(token, 200, "%s",
	    response.answer->nextPageToken != NULL ? response.answer->nextPageToken : "");
	return EXIT_PASSED;
}

static int
take_digest(const struct context *context, const char *hex, unsigned char bytes[DIGEST_MOST],
    struct xsd__base64Binary *to)
{
	size_t len;

	if (from_hex(hex, bytes, &len) != 0)
		return wrong_usage(context, "%.140s is no digest in hex", hex);
	to->__ptr = bytes;
	to->__size = (int)len;
	return 0;
}

static int
find(struct context *context, struct case_wish *w)
{
	struct _sig__FindCases request = { .signer = w->value[CASE_SIGNER],
		.storedSince = w->value[CASE_SINCE],
		.storedBefore = w->value[CASE_BEFORE] };
	unsigned char digest[DIGEST_MOST], certificate[DIGEST_MOST];
	enum sig__Indication indication = sig__Indication__TotalPassed;
	struct error err = ERROR_INIT;
	char token[200] = "";
	long left = w->value[CASE_LIMIT] != NULL ? strtol(w->value[CASE_LIMIT], NULL, 10) : 100;
	int rc = 0;

	if (left < 1)
		return wrong_usage(context, "--limit is a number from 1 on");
	if (w->value[CASE_DIGEST] != NULL)
		rc = take_digest(context, w->value[CASE_DIGEST], digest, &request.digest);
	if (rc == 0 && w->value[CASE_CERTIFICATE] != NULL)
		rc = take_digest(
		    context, w->value[CASE_CERTIFICATE], certificate, &request.certificateDigest);
	if (rc == 0 && w->value[CASE_FILE] != NULL) {
		if (digest_file(w->value[CASE_FILE], digest, &err) != 0)
			return report_local(context, NULL, &err);
		request.digest.__ptr = digest;
		request.digest.__size = SHA256_SIZE;
	}
	/* The words stand in the order of the contract's. */
	while (w->value[CASE_INDICATION] != NULL &&
	       strcmp(indications[indication], w->value[CASE_INDICATION]) != 0)
		indication++;
	if (w->value[CASE_INDICATION] != NULL)
		request.indication = &indication;
	while (rc == 0) {
		rc = find_page(context, &request, &left, token);
		end_call(context);
		if (token[0] == '\0' || left <= 0)
			break;
	}
	return rc;
}

/* ---- show, check ---- */

static int
show(struct context *context, char *id)
{
	enum sig__CaseContents none = sig__CaseContents__None;
	struct _sig__GetCase request = { .caseId = id, .contents = &none };
	struct _sig__GetCaseResponse response = { 0 };
	struct soap *soap = start_call(context, NULL);
	int rc = EXIT_USAGE;

	if (soap == NULL)
		return rc;
	if (soap_call___sig__GetCase(soap, endpoint(context), NULL, &request, &response) !=
	    SOAP_OK) {
		rc = report_refusal(context, id, NULL);
	} else {
		print_result(context, case_json(soap, response.answer->storedCase), case_text);
		rc = EXIT_PASSED;
	}
	end_call(context);
	return rc;
}

static int
check(struct context *context, char *id)
{
	struct _sig__CheckCase request = { .caseId = id };
	struct _sig__CheckCaseResponse response = { 0 };
	struct soap *soap = start_call(context, NULL);
	json_t *out, *problems;
	int i, rc = EXIT_USAGE;

	if (soap == NULL)
		return rc;
	if (soap_call___sig__CheckCase(soap, endpoint(context), NULL, &request, &response) !=
	    SOAP_OK) {
		rc = report_refusal(context, id, NULL);
	} else {
		out = json_object();
		problems = json_array();
		put_text(out, "caseId", id);
		json_object_set_new(out, "intact", json_boolean(response.answer->intact));
		json_object_set_new(out, "objects", json_integer(response.answer->objects));
		for (i = 0; i < response.answer->__sizeproblem; i++)
			json_array_append_new(
			    problems, json_pack("{ssss}", "code", response.answer->problem[i].code,
					  "text", response.answer->problem[i].text));
		json_object_set_new(out, "problems", problems);
		rc = response.answer->intact ? EXIT_PASSED : EXIT_FAILED;
		print_result(context, out, check_text);
	}
	end_call(context);
	return rc;
}

/* ---- export ---- */

/* A name of our own making: what the server says is only letters in it. */
static void
name_file(char *out, size_t size, const char *dir, int number, const struct sig__CaseObject *o)
{
	static const struct {
		const char *role, *ending;
	} endings[] = { { "Certificate", ".cer" }, { "CRL", ".crl" }, { "OCSP", ".ors" },
		{ "Timestamp", ".tst" } };
	const char *name = o->name != NULL ? o->name : "object", *ending = "";
	size_t n, i;

	for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (strcmp(endings[i].role, o->role) == 0)
			ending = endings[i].ending;
	n = (size_t)snprintf(out, size, "%s/%03d-", dir, number);
	for (i = 0; name[i] != '\0' && i < 100 && n + 8 < size; i++)
		out[n++] =
		    strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-",
			name[i]) != NULL
			? name[i]
			: '_';
	snprintf(out + n, size - n, "%s", ending);
}

static int
write_file(const char *path, struct span content, int force, struct error *err)
{
	struct download file = { .fd = -1 };
	int rc = -1;

	if (download_open(&file, path, force, err) == 0)
		rc = download_commit(&file, content, err);
	download_close(&file);
	return rc;
}

/* What came must be what the case says. */
static int
save_object(struct context *context, const char *path, const struct sig__CaseObject *o, int force)
{
	const struct span content = bytes_of(&o->document->content);
	unsigned char digest[SHA256_SIZE];
	struct error err = ERROR_INIT;
	json_t *out;

	if (EVP_Digest(content.data, content.len, digest, NULL, EVP_sha256(), NULL) != 1 ||
	    !span_equal(bytes_of(&o->digestValue), (struct span){ digest, sizeof(digest) })) {
		error_set(&err, ERROR_INTERNAL, "the object %s is not what the case says",
		    o->name != NULL ? o->name : o->role);
		return report_local(context, NULL, &err);
	}
	if (write_file(path, content, force, &err) != 0)
		return report_local(context, NULL, &err);
	out = json_object();
	put_text(out, "file", path);
	put_text(out, "role", o->role);
	print_result(context, out, file_text);
	return EXIT_PASSED;
}

/* One object a call, so that large cases do not have to fit one answer. */
static int
export_object(struct context *context, char *id, const char *path, struct span digest, int force)
{
	enum sig__CaseContents none = sig__CaseContents__None;
	struct xsd__base64Binary wanted = { .__ptr = (unsigned char *)digest.data,
		.__size = (int)digest.len };
	struct _sig__GetCase request = {
		.caseId = id, .contents = &none, .__sizeobjectDigest = 1, .objectDigest = &wanted
	};
	struct _sig__GetCaseResponse response = { 0 };
	struct soap *soap = start_call(context, NULL);
	const struct sig__StoredCase *c;
	int i, rc = EXIT_USAGE;

	if (soap == NULL)
		return rc;
	if (soap_call___sig__GetCase(soap, endpoint(context), NULL, &request, &response) !=
	    SOAP_OK) {
		rc = report_refusal(context, id, NULL);
		goto done;
	}
	c = response.answer->storedCase;
	for (i = 0; i < c->__sizeobject; i++)
		if (c->object[i].document != NULL)
			break;
	if (i < c->__sizeobject)
		rc = save_object(context, path, &c->object[i], force);
done:
	end_call(context);
	return rc;
}

/* The facts, for programs, and the list of what there is: path and digest of each object. */
struct listed {
	char path[4096];
	unsigned char digest[SHA256_SIZE];
};

static int
export_facts(
    struct context *context, char *id, const char *dir, int force, struct listed **list, int *count)
{
	enum sig__CaseContents none = sig__CaseContents__None;
	struct _sig__GetCase request = { .caseId = id, .contents = &none };
	struct _sig__GetCaseResponse response = { 0 };
	struct soap *soap = start_call(context, NULL);
	struct error err = ERROR_INIT;
	const struct sig__StoredCase *c;
	char path[4096], *text = NULL;
	json_t *facts;
	int i, rc = EXIT_USAGE;

	if (soap == NULL)
		return rc;
	if (soap_call___sig__GetCase(soap, endpoint(context), NULL, &request, &response) !=
	    SOAP_OK) {
		rc = report_refusal(context, id, NULL);
		goto done;
	}
	c = response.answer->storedCase;
	*list = calloc((size_t)c->__sizeobject + 1, sizeof(**list));
	facts = case_json(soap, c);
	text = json_dumps(facts, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	json_decref(facts);
	snprintf(path, sizeof(path), "%s/case.json", dir);
	if (*list == NULL || text == NULL)
		error_memory(&err);
	if (err.kind != ERROR_NONE ||
	    (mkdir(dir, 0777) != 0 && errno != EEXIST &&
		error_set(&err, ERROR_NOT_FOUND, "%s cannot be made: %s", dir, strerror(errno))) ||
	    write_file(path, span_str(text), force, &err) != 0) {
		rc = report_local(context, NULL, &err);
		goto done;
	}
	for (i = 0; i < c->__sizeobject; i++) {
		name_file((*list)[i].path, sizeof((*list)[i].path), dir, i + 1, &c->object[i]);
		if (c->object[i].digestValue.__size == SHA256_SIZE)
			memcpy((*list)[i].digest, c->object[i].digestValue.__ptr, SHA256_SIZE);
	}
	*count = c->__sizeobject;
	rc = EXIT_PASSED;
done:
	free(text);
	end_call(context);
	return rc;
}

static int
export_case(struct context *context, char *id, const char *dir, int force)
{
	struct listed *list = NULL;
	int count = 0, i, rc;

	rc = export_facts(context, id, dir, force, &list, &count);
	for (i = 0; rc == EXIT_PASSED && i < count; i++)
		rc = export_object(
		    context, id, list[i].path, (struct span){ list[i].digest, SHA256_SIZE }, force);
	free(list);
	return rc;
}

/* ---- the command ---- */

static int
cmd_case(struct context *context, int argc, char **argv)
{
	struct case_wish w = { 0 };
	int id, i, one, rc = EXIT_PASSED;
	const char *verb;
	char *value;

	while ((id = next_option(context, argc, argv, &value, &rc)) >= 0)
		w.value[id] = value != NULL ? value : "";
	if (id == OPTION_STOP)
		return rc;
	verb = optind < argc ? argv[optind++] : "";
	context->report = stdout;
	if (strcmp(verb, "find") == 0 && optind == argc)
		return find(context, &w);
	if (strcmp(verb, "export") == 0 && argc - optind == 2)
		return export_case(
		    context, argv[optind], argv[optind + 1], w.value[CASE_FORCE] != NULL);
	if ((strcmp(verb, "show") == 0 || strcmp(verb, "check") == 0) && optind < argc) {
		for (i = optind; i < argc && rc != EXIT_UNAVAILABLE; i++) {
			one = verb[0] == 's' ? show(context, argv[i]) : check(context, argv[i]);
			rc = worse_verdict(rc, one);
		}
		return rc;
	}
	return wrong_usage(context,
	    "say: case find [options], case show ID ..., case check ID ..., or case export ID DIR");
}

const struct command command_case = { "case",
	"find [options] | show ID ... | check ID ... | export ID DIR",
	"Find, show, check and take along stored verdicts (signet verify --store)", case_options,
	CASE_OPTIONS,
	"  signet verify --store contract.pdf\n"
	"  signet case find --file contract.pdf\n"
	"  signet case find --signer 'Alice Miller' --since 2026-01-01T00:00:00Z\n"
	"  signet case export 0b8e0c1e-9d3b-4c5f-8f27-3d0c5f7e2a11 evidence/\n"
	"  signet case check 0b8e0c1e-9d3b-4c5f-8f27-3d0c5f7e2a11\n",
	cmd_case };
