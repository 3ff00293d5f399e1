/* signet case export. */
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tui/cli/case.h"

static void
file_text(FILE *out, const json_t *object)
{
	fprintf(out, "%s\n", get_text(object, "file"));
}

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
	n = n < size ? n : size - 1;
	for (i = 0; i < 100 && name[i] != '\0' && n + 8 < size; i++)
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
save_object(struct context *context, const char *path, const struct sig__CaseObject *o,
    struct span wanted, int force)
{
	const struct span content = answer_bytes(&o->document->content);
	unsigned char digest[SHA256_SIZE];
	struct error err = ERROR_INIT;
	json_t *out;

	if (EVP_Digest(content.data, content.len, digest, NULL, EVP_sha256(), NULL) != 1 ||
	    !span_equal(wanted, (struct span){ digest, sizeof(digest) })) {
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
		rc = save_object(context, path, &c->object[i], digest, force);
	else
		rc = report_local(context, NULL,
		    &(struct error){ .kind = ERROR_INTERNAL,
			.text = "the server sent no content of an object of the case" });
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

int
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
