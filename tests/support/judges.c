#include "tests/support/judges.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/pdf_samples.h"

const struct judges_key judges_keys[] = {
	{ "rsa2048", "RSA-2048", 1 },
	{ "rsa3072", "RSA-3072", 1 },
	{ "rsa4096", "RSA-4096", 1 },
	{ "p256", "P-256", 0 },
	{ "p384", "P-384", 0 },
	{ "p521", "P-521", 0 },
	{ "bp256", "brainpoolP256r1", 0 },
	{ "bp384", "brainpoolP384r1", 0 },
	{ "bp512", "brainpoolP512r1", 0 },
	{ NULL, NULL, 0 },
};

static struct live live;
static char folder[256]; /* where the suite works */
static struct buf said = BUF_INIT(0);

static void
stop(void)
{
	live_stop(&live);
	buf_release(&said);
}

/* ---- scripts ---- */

static int
run_script(const char *script)
{
	char *path = realpath(live_program("signet"), NULL);
	int rc;

	buf_release(&said);
	rc = run_shell(&said, "cd '%s' && signet() { '%s' --config ../client.conf \"$@\"; }; %s",
	    folder, path != NULL ? path : "signet", script);
	free(path);
	return rc;
}

int
judges_run(int status, const char *fmt, ...)
{
	char script[7000];
	va_list ap;
	int rc;

	va_start(ap, fmt);
	vsnprintf(script, sizeof(script), fmt, ap);
	va_end(ap);
	rc = run_script(script);
	if (rc != status)
		fprintf(stderr, "exit %d, not %d: %s\n%s\n", rc, status, script, judges_said());
	return rc == status;
}

const char *
judges_said(void)
{
	return said.data != NULL ? (const char *)said.data : "";
}

int
judges_heard(const char *text)
{
	int has = strstr(judges_said(), text) != NULL;

	if (!has)
		fprintf(stderr, "no \"%s\" in: %s\n", text, judges_said());
	return has;
}

/* ---- files ---- */

int
judges_put(const char *name, struct span content)
{
	char path[sizeof(folder) + 128];
	FILE *f;
	int ok;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	if (f == NULL)
		return -1;
	ok = content.len == 0 || fwrite(content.data, content.len, 1, f) == 1;
	return fclose(f) == 0 && ok ? 0 : -1;
}

int
judges_get(const char *name, struct buf *content)
{
	char path[sizeof(folder) + 128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	buf_init(content, 64 << 20);
	return buf_read_file(content, path, NULL);
}

/* ---- the installation ---- */

static int
make_documents(void)
{
	static const char xml[] =
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<order xmlns=\"urn:example:order\" xmlns:x=\"urn:example:more\" Id=\"all\">\n"
	    "  <!-- a remark -->\n"
	    "  <item Id=\"one\" x:kind='a'>\xc3\xa4 &amp; b</item>\n"
	    "  <item Id=\"two\"><x:part n=\"1\"/></item>\n"
	    "</order>\n";
	const struct pdf_sample sample = { .xref = SAMPLE_TABLE };
	struct error err = ERROR_INIT;
	struct buf pdf = BUF_INIT(0);
	char text[1025];
	size_t i;
	int rc;

	for (i = 0; i < sizeof(text) - 1; i++)
		text[i] = i % 64 == 63 ? '\n' : (char)('a' + i % 26);
	text[i] = '\0';
	rc = judges_put("doc.txt", span_str(text)) == 0 &&
		     judges_put("doc.xml", span_str(xml)) == 0 &&
		     pdf_sample_make(&pdf, &sample, &err) == 0 &&
		     judges_put("doc.pdf", SPAN_OF(&pdf)) == 0
		 ? 0
		 : -1;
	buf_release(&pdf);
	return rc;
}

static int
make(void)
{
	char keys[1024] = "";
	const struct judges_key *k;
	size_t n = 0;

	for (k = judges_keys; k->name != NULL; k++)
		n += (size_t)snprintf(
		    keys + n, sizeof(keys) - n, " --extra-key %s=%s", k->name, k->type);
	if (live_start(&live, "fetch-networks = \"127.0.0.1\"\n", keys) != 0)
		return -1;
	if (run_shell(&said,
		"cd '%s' && openssl pkcs12 -in pki/ca.p12 -passin file:pki/ca.pass -nodes -nocerts "
		"-out ca.key",
		live.dir) != 0) {
		fprintf(stderr, "the CA's key does not open: %s\n", judges_said());
		return -1;
	}
	return 0;
}

struct live *
judges_live(void)
{
	static int state; /* 1: runs, -1: could not be made */

	if (state == 0) {
		state = make() == 0 ? 1 : -1;
		atexit(stop);
	}
	return state == 1 ? &live : NULL;
}

int
judges_enter(const char *suite)
{
	if (judges_live() == NULL)
		return -1;
	snprintf(folder, sizeof(folder), "%s/%s.work", live.dir, suite);
	if (run_shell(&said, "mkdir '%s' && cd '%s' && cp ../pki/ca.pem ../ca.key .", folder,
		folder) != 0) {
		fprintf(stderr, "no folder for %s: %s\n", suite, judges_said());
		return -1;
	}
	return make_documents();
}

int
judges_issue(const char *name, const char *key, const char *extensions)
{
	return judges_run(0,
	    "openssl genpkey %s -out %s.key && "
	    "openssl req -new -key %s.key -subj '/O=Judges/CN=%s' -out %s.csr && "
	    "printf '%%s\\n' '%s' > %s.ext && "
	    "openssl x509 -req -in %s.csr -CA ca.pem -CAkey ca.key -days 100 -set_serial "
	    "0x$(openssl rand -hex 16 | sed 's/^./4/') -extfile %s.ext -out %s.pem && "
	    "openssl pkcs12 -export -in %s.pem -inkey %s.key -certfile ca.pem -passout pass:judge "
	    "-out %s.p12",
	    key, name, name, name, name,
	    extensions[0] != '\0'
		? extensions
		: "basicConstraints = critical,CA:FALSE\nkeyUsage = "
		  "critical,digitalSignature,nonRepudiation\nextendedKeyUsage = emailProtection\n"
		  "subjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid\n"
		  "2.5.29.56 = DER:05:00",
	    name, name, name, name, name, name, name);
}

/* ---- verdicts ---- */

static json_t *
ask(const char *arguments)
{
	char script[7100];
	json_error_t wrong;
	json_t *out;

	snprintf(script, sizeof(script), "signet --json verify %s", arguments);
	run_script(script);
	out = json_loads(judges_said(), 0, &wrong);
	if (out == NULL)
		fprintf(stderr, "%s: %s: %s\n", arguments, wrong.text, judges_said());
	return out;
}

json_t *
judges_verdict(const char *fmt, ...)
{
	char arguments[7000];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(arguments, sizeof(arguments), fmt, ap);
	va_end(ap);
	return ask(arguments);
}

json_t *
judges_verdicts(const char *fmt, ...)
{
	char script[7000], arguments[6800];
	json_t *list = json_array(), *one;
	json_error_t at;
	size_t from = 0;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(arguments, sizeof(arguments), fmt, ap);
	va_end(ap);
	snprintf(script, sizeof(script), "signet --json verify %s", arguments);
	run_script(script);
	while ((one = json_loads(judges_said() + from, JSON_DISABLE_EOF_CHECK, &at)) != NULL) {
		json_array_append_new(list, one);
		from += (size_t)at.position;
	}
	return list;
}

const json_t *
judges_at(const json_t *json, const char *path)
{
	char copy[256], *name, *rest = copy;

	snprintf(copy, sizeof(copy), "%s", path);
	while (json != NULL && (name = strsep(&rest, ".")) != NULL)
		json = json_is_array(json) ? json_array_get(json, (size_t)atoi(name))
					   : json_object_get(json, name);
	return json;
}

const char *
judges_text(const json_t *json, const char *path)
{
	const char *text = json_string_value(judges_at(json, path));

	return text != NULL ? text : "";
}

static int
says(const json_t *json, const char *indication, const char *sub)
{
	if (strcmp(judges_text(json, "indication"), indication) != 0 ||
	    (sub != NULL && strcmp(judges_text(json, "signatures.0.subIndication"), sub) != 0))
		return 0;
	return strcmp(indication, "TotalPassed") == 0 ||
	       judges_text(json, "signatures.0.reasons.0.text")[0] != '\0' ||
	       judges_text(json, "message")[0] != '\0';
}

int
judges_says(const char *indication, const char *sub, const char *fmt, ...)
{
	char arguments[7000];
	json_t *json;
	va_list ap;
	int ok;

	va_start(ap, fmt);
	vsnprintf(arguments, sizeof(arguments), fmt, ap);
	va_end(ap);
	json = ask(arguments);
	ok = json != NULL && says(json, indication, sub);
	if (json != NULL && !ok)
		fprintf(stderr, "not %s %s: verify %s: %s\n", indication, sub != NULL ? sub : "",
		    arguments, judges_said());
	json_decref(json);
	return ok;
}

int
judges_cut_pdf(const char *name, int n)
{
	struct buf pdf, content = BUF_INIT(0), der = BUF_INIT(0);
	size_t a, b, c, d, at = 0, i;
	unsigned int byte;
	int rc = -1;

	if (judges_get(name, &pdf) != 0 || buf_terminate(&pdf, NULL) != 0)
		return -1;
	for (; n > 0; n--)
		at = pdf_sample_find(SPAN_OF(&pdf), "/ByteRange", at + 1);
	if (at == pdf.len ||
	    sscanf((char *)pdf.data + at, "/ByteRange [%zu %zu %zu %zu", &a, &b, &c, &d) != 4 ||
	    a != 0 || b >= c || c + d > pdf.len)
		goto done;
	buf_append(&content, pdf.data, b, NULL);
	buf_append(&content, pdf.data + c, d, NULL);
	for (i = b + 1; i + 1 < c && sscanf((char *)pdf.data + i, "%2x", &byte) == 1; i += 2)
		buf_append(&der, &(unsigned char){ (unsigned char)byte }, 1, NULL);
	rc = judges_put("content", SPAN_OF(&content)) == 0 &&
		     judges_put("sig.der", SPAN_OF(&der)) == 0
		 ? 0
		 : -1;
done:
	buf_release(&pdf);
	buf_release(&content);
	buf_release(&der);
	return rc;
}
