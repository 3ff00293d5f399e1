/* XML signatures: interoperability sets of xmlsec and Santuario, attacks, XAdES files of DSS. */
#include <ctype.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/core/ossl.h"
#include "signing/format/xml/xml_read.h"
#include "tests/corpora/evidence.h"

#define DETACHED_MAX 20
/* "Now" for rows that give no time: after the sets were made, before their long-lived keys end. */
#define CORPUS_NOW ((int64_t)1793491200) /* 2026-11-01 */

/* All that a row hands to the reader and to the judgement of the path. */
struct job {
	const struct corpus_row *row;
	struct xml_read_options options;
	struct document detached[DETACHED_MAX];
	struct corpus_document loaded[DETACHED_MAX];
	struct buf bytes[DETACHED_MAX];
	char names[DETACHED_MAX][256];
	size_t byte_count;
	STACK_OF(X509) * trusted, *untrusted;
	STACK_OF(X509_CRL) * crls;
	EVP_PKEY *trusted_key; /* exactly this key must have signed */
	int64_t time;
	int check_path, skip_time;
	const char *id_names[8];
	char id_texts[8][64];
	size_t id_count;
	struct error err;
};

/* Sets of the time before XML Schema rest on attributes that a DOCTYPE declares. */
static const struct format_limits declarations = { .signatures = 100,
	.certificates = 100,
	.timestamps = 50,
	.references = 100,
	.transforms = 10,
	.xml_depth = 200,
	.xml_attributes = 500,
	.output_bytes = (size_t)256 << 20,
	.xml_declarations = 4096 };

static void
open_job(struct job *j, const struct corpus_row *row)
{
	memset(j, 0, sizeof(*j));
	j->row = row;
	j->trusted = sk_X509_new_null();
	j->untrusted = sk_X509_new_null();
	j->crls = sk_X509_CRL_new_null();
	j->options.detached = j->detached;
	j->options.extra_certificates = sk_X509_new_null();
	j->options.limits = &declarations;
	j->options.tolerate = corpus_tolerates(row);
	j->time = CORPUS_NOW;
}

static void
close_job(struct job *j)
{
	size_t i;

	for (i = 0; i < DETACHED_MAX; i++) {
		corpus_document_release(&j->loaded[i]);
		buf_release(&j->bytes[i]);
	}
	sk_X509_pop_free(j->trusted, X509_free);
	sk_X509_pop_free(j->untrusted, X509_free);
	sk_X509_pop_free(j->options.extra_certificates, X509_free);
	sk_X509_CRL_pop_free(j->crls, X509_CRL_free);
	EVP_PKEY_free(j->options.key);
	EVP_PKEY_free(j->trusted_key);
}

/* A file of the set as the document behind a URI. */
static int
add_file(struct job *j, const char *uri, const char *file)
{
	size_t n = j->byte_count;
	struct error err = ERROR_INIT;

	if (n == DETACHED_MAX || j->options.detached_count == DETACHED_MAX ||
	    corpus_read(j->row, file, &j->bytes[n], &err) != 0)
		return -1;
	snprintf(j->names[n], sizeof(j->names[n]), "%s", uri);
	j->detached[j->options.detached_count++] = (struct document){
		.name = j->names[n], .content = SPAN_OF(&j->bytes[n]), .has_content = 1
	};
	j->byte_count++;
	return 0;
}

/* References to files beside the signature: the sets keep them there. 1 = one more was found. */
static int
add_missing(struct job *j, const struct signatures *list)
{
	size_t i, k, before = j->options.detached_count, dir;
	const char *slash = strrchr(j->row->file, '/'), *uri;
	char file[512];

	dir = slash != NULL ? (size_t)(slash - j->row->file) + 1 : 0;
	for (i = 0; i < list->count; i++)
		for (k = 0; k < list->items[i].reference_count; k++) {
			uri = list->items[i].references[k].uri;
			if (list->items[i].references[k].found || uri == NULL || uri[0] == '#' ||
			    uri[0] == '\0' || strchr(uri, ':') != NULL || uri[0] == '/')
				continue;
			snprintf(file, sizeof(file), "%.*s%s", (int)dir, j->row->file, uri);
			add_file(j, uri, file);
		}
	return j->options.detached_count > before;
}

/* Certificates that RetrievalMethod names: "tests/" is upstream's name for the set. */
static void
add_retrieved(struct job *j, struct span file)
{
	static const char mark[] = "rawX509Certificate\" URI=\"";
	const char *at = memmem(file.data, file.len, mark, sizeof(mark) - 1);
	const char *slash = strrchr(j->row->file, '/');
	int dir = slash != NULL ? (int)(slash - j->row->file) + 1 : 0;
	char uri[200], path[512];

	if (at == NULL || sscanf(at + sizeof(mark) - 1, "%199[^\"]", uri) != 1)
		return;
	if (strncmp(uri, "tests/", 6) == 0)
		snprintf(path, sizeof(path), "%s", uri + 6);
	else
		snprintf(path, sizeof(path), "%.*s%s", dir, j->row->file, uri);
	add_file(j, uri, path);
}

static int
read_job(struct job *j, struct signatures *list)
{
	struct buf file = BUF_INIT(0);
	int rc = -1, again;

	if (corpus_read(j->row, j->row->file, &file, &j->err) != 0)
		goto done;
	if (buf_terminate(&file, &j->err) == 0)
		add_retrieved(j, SPAN_OF(&file));
	do {
		signatures_release(list);
		rc = xml_read(list, SPAN_OF(&file), &j->options, &j->err);
		again = rc == 0 && add_missing(j, list);
	} while (again);
done:
	buf_release(&file);
	return rc;
}

static EVP_PKEY *
hmac_key(struct span secret)
{
	return EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, NULL, secret.data, secret.len);
}

/* A public key or a certificate's key, PEM or DER. */
static EVP_PKEY *
public_key(struct job *j, const char *file)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	struct error err = ERROR_INIT;
	struct buf bytes = BUF_INIT(0);
	const unsigned char *p;
	EVP_PKEY *key = NULL;
	BIO *bio;

	if (corpus_certificates(j->row, file, certs, &err) == 0) {
		key = X509_get0_pubkey(sk_X509_value(certs, 0));
		EVP_PKEY_up_ref(key);
	} else if (corpus_read(j->row, file, &bytes, &j->err) == 0) {
		bio = BIO_new_mem_buf(bytes.data, (int)bytes.len);
		key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
		BIO_free(bio);
		p = bytes.data;
		if (key == NULL)
			key = d2i_PUBKEY(NULL, &p, (long)bytes.len);
	}
	error_openssl_kind(NULL, ERROR_NONE, "");
	sk_X509_pop_free(certs, X509_free);
	buf_release(&bytes);
	return key;
}

/* ---- judging ---- */

static STACK_OF(X509) * issuers_of(const struct job *j, const struct signature *sig)
{
	STACK_OF(X509) *all = X509_chain_up_ref(sig->certificates);

	X509_add_certs(all, j->untrusted, X509_ADD_FLAG_UP_REF);
	return all;
}

/*
 * CRLs count where there are some, as for xmlsec1: one that is outdated still tells who was
 * revoked, one of the future says nothing.
 */
static int
is_revoked(
    const struct job *j, const struct path_input *in, struct path_result *path, char why[300])
{
	struct corpus_evidence evidence = { 0 };
	struct revocation_evidence view;
	struct revocation_result r;
	struct buf der = BUF_INIT(0);
	struct path_input input = *in;
	struct error err = ERROR_INIT;
	int i, revoked = 0;

	for (i = 0; i < sk_X509_CRL_num(j->crls); i++) {
		der.len = 0;
		if (OSSL_APPEND_DER(X509_CRL, sk_X509_CRL_value(j->crls, i), &der, &err) == 0)
			corpus_add_crl(&evidence, SPAN_OF(&der));
	}
	view = corpus_evidence_view(&evidence);
	view.outdated_counts = 1;
	view.signers_unchecked = 1;
	input.revocation = &view;
	for (i = 0; evidence.crl_count > 0 && i < (int)path->certificate_count; i++) {
		if (path->certificates[i].is_anchor ||
		    revocation_judge(&input, path->chain, i, &r, &err) != 0)
			continue;
		revoked |= r.status == REVOCATION_REVOKED || r.status == REVOCATION_ON_HOLD;
		snprintf(why, 300, "%.299s", r.text);
		revocation_result_release(&r);
	}
	buf_release(&der);
	corpus_evidence_release(&evidence);
	return revoked;
}

static int
path_holds(struct job *j, const struct signature *sig, char why[300])
{
	STACK_OF(X509) *others = issuers_of(j, sig);
	struct path_input in = {
		.cert = sig->signer, .untrusted = others, .anchors = j->trusted, .time = j->time
	};
	struct path_result r;
	struct error err = ERROR_INIT;
	int ok = 0, ok_times;

	/* Without dates: at a time at which the signer's certificate holds. */
	if (j->skip_time)
		in.time = asn1_time_seconds(X509_get0_notBefore(sig->signer), &ok_times);
	if (path_validate(&in, &r, &err) == 0) {
		ok = r.ok && !is_revoked(j, &in, &r, why);
		if (!r.ok)
			snprintf(why, 300, "%.299s", r.text);
		path_result_release(&r);
	}
	sk_X509_pop_free(others, X509_free);
	return ok;
}

static void
take_embedded_crls(struct job *j, const struct signatures *list)
{
	const struct values *values = &list->evidence.crls;
	const unsigned char *p;
	X509_CRL *crl;
	size_t i;

	for (i = 0; i < values->count; i++) {
		p = values->items[i].der.data;
		crl = d2i_X509_CRL(NULL, &p, (long)values->items[i].der.len);
		if (crl != NULL)
			sk_X509_CRL_push(j->crls, crl);
	}
	error_openssl_kind(NULL, ERROR_NONE, "");
}

/* Signatures that are intact may still be another's, or of a certificate that leads nowhere. */
static void
judge_trust(struct job *j, const struct signatures *list, struct corpus_finding *found)
{
	char why[300] = "";
	size_t i;

	if (sk_X509_CRL_num(j->crls) == 0)
		take_embedded_crls(j, list);
	for (i = 0; i < list->count && found->verdict == CORPUS_VALID; i++) {
		const struct signature *sig = &list->items[i];
		EVP_PKEY *key = sig->signer != NULL ? X509_get0_pubkey(sig->signer) : sig->bare_key;

		if (j->trusted_key != NULL && key_type_of(j->trusted_key) != KEY_HMAC &&
		    EVP_PKEY_eq(key, j->trusted_key) != 1)
			corpus_say(found, CORPUS_INVALID, "another key than the trusted one");
		if (j->check_path && sig->signer == NULL)
			corpus_say(found, CORPUS_INVALID, "no certificate to check the path of");
		else if (j->check_path && !path_holds(j, sig, why))
			corpus_say(found, CORPUS_INVALID, "path: %s", why);
	}
}

static void
finish(struct job *j, struct corpus_finding *found)
{
	struct signatures list = { 0 };

	if (read_job(j, &list) != 0) {
		corpus_say(found, CORPUS_ERROR, "%s", j->err.text);
	} else {
		corpus_judge(&list, found);
		judge_trust(j, &list, found);
	}
	signatures_release(&list);
}

/* ---- xmldsig-xmlsec: settings are xmlsec1's options ---- */

/* The local name alone counts. */
static void
add_id_attribute(struct job *j, const char *name, size_t len)
{
	const char *colon = memchr(name, ':', len);

	if (colon != NULL) {
		len -= (size_t)(colon + 1 - name);
		name = colon + 1;
	}
	if (j->id_count + 1 >= sizeof(j->id_names) / sizeof(j->id_names[0]))
		return;
	snprintf(j->id_texts[j->id_count], sizeof(j->id_texts[0]), "%.*s", (int)len, name);
	j->id_names[j->id_count] = j->id_texts[j->id_count];
	j->id_count++;
	j->options.id_attributes = j->id_names;
}

/* "id-attrs=Id,ID,wsu:Id" */
static void
take_id_attributes(struct job *j)
{
	char value[200];
	const char *at = corpus_setting(j->row, "id-attrs", value, sizeof(value));
	size_t len;

	for (; at != NULL && *at != '\0'; at += len + (at[len] == ',')) {
		len = strcspn(at, ",");
		add_id_attribute(j, at, len);
	}
}

static int64_t
gmt_time(const char *text)
{
	char iso[64];
	int64_t seconds;

	snprintf(iso, sizeof(iso), "%sZ", text);
	if (strlen(iso) > 11)
		iso[10] = 'T';
	return text_parse_time(iso, &seconds) == 0 ? seconds : 0;
}

static void
take_crl(struct job *j, const char *file)
{
	struct buf bytes = BUF_INIT(0);
	const unsigned char *p;
	X509_CRL *crl = NULL;

	if (corpus_read(j->row, file, &bytes, &j->err) == 0) {
		p = bytes.data;
		crl = d2i_X509_CRL(NULL, &p, (long)bytes.len);
	}
	if (crl != NULL)
		sk_X509_CRL_push(j->crls, crl);
	buf_release(&bytes);
}

static void
take_key(struct job *j, const char *name)
{
	char cwd[128] = "", file[512];

	/* "./x" is relative to where upstream's test stands. */
	if (strncmp(name, "./", 2) == 0)
		corpus_setting(j->row, " cwd", cwd, sizeof(cwd));
	snprintf(file, sizeof(file), "%s%s%s", cwd, cwd[0] != '\0' ? "/" : "", name);
	if (corpus_certificates(j->row, file, j->options.extra_certificates, NULL) != 0 &&
	    j->options.key == NULL)
		j->options.key = public_key(j, file);
}

static void
take_option(struct job *j, const char *option, const char *value, int *insecure)
{
	struct buf bytes = BUF_INIT(0);

	if (strncmp(option, "--trusted-", 10) == 0) {
		corpus_certificates(j->row, value, j->trusted, &j->err);
		j->check_path = 1;
	} else if (strncmp(option, "--untrusted-", 12) == 0) {
		corpus_certificates(j->row, value, j->untrusted, &j->err);
		corpus_certificates(j->row, value, j->options.extra_certificates, &j->err);
	} else if (strncmp(option, "--pubkey-", 9) == 0) {
		take_key(j, value);
	} else if (strcmp(option, "--hmackey") == 0) {
		if (corpus_read(j->row, value, &bytes, &j->err) == 0)
			j->options.key = hmac_key(SPAN_OF(&bytes));
	} else if (strncmp(option, "--id-attr:", 10) == 0) {
		add_id_attribute(j, option + 10, strlen(option + 10));
	} else if (strcmp(option, "--hmac-min-out-len") == 0) {
		j->options.hmac_bits_min = (unsigned int)strtoul(value, NULL, 10);
	} else if (strncmp(option, "--url-map:", 10) == 0) {
		add_file(j, option + 10, value);
	} else if (strcmp(option, "--verification-gmt-time") == 0) {
		j->time = gmt_time(value);
	} else if (strncmp(option, "--crl-", 6) == 0) {
		take_crl(j, value);
	} else if (strcmp(option, "--insecure") == 0) {
		*insecure = 1;
	} else if (strcmp(option, "--verify-keys") == 0) {
		j->check_path = 1;
	} else if (strcmp(option, "--X509-skip-time-checks") == 0) {
		j->skip_time = 1;
	} else if (strcmp(option, "--enabled-key-data") == 0) {
		/* A key in the signature is accepted as such where upstream lets it. */
		if (strstr(value, "key-value") != NULL)
			*insecure = 1;
	}
	buf_release(&bytes);
}

static void
check_xmlsec(const struct corpus_row *row, struct corpus_finding *found)
{
	char settings[2048], *words[64], *save = NULL, *w;
	size_t n = 0, i;
	int insecure = 0;
	struct job j;

	open_job(&j, row);
	j.options.hmac_bits_min = 80; /* as xmlsec1 has it where it is told nothing else */
	snprintf(settings, sizeof(settings), "%s", row->settings);
	settings[strcspn(settings, ";")] = '\0';
	for (w = strtok_r(settings, " ", &save); w != NULL && n < 64;
	     w = strtok_r(NULL, " ", &save))
		words[n++] = w;
	for (i = 0; i < n; i++)
		take_option(&j, words[i], i + 1 < n ? words[i + 1] : "", &insecure);
	if (insecure)
		j.check_path = 0;
	/* What upstream trusts is trusted: keys that are certificates of their own, too. */
	for (i = 0; (int)i < sk_X509_num(j.trusted); i++) {
		X509_up_ref(sk_X509_value(j.trusted, (int)i));
		sk_X509_push(j.options.extra_certificates, sk_X509_value(j.trusted, (int)i));
	}
	finish(&j, found);
	close_job(&j);
}

/* ---- xmldsig-santuario: an HMAC secret in quotes, or KeyValue ---- */

static void
check_santuario(const struct corpus_row *row, struct corpus_finding *found)
{
	const char *from = strchr(row->settings, '"'), *to;
	struct job j;

	open_job(&j, row);
	if (from != NULL && (to = strchr(from + 1, '"')) != NULL)
		j.options.key = hmac_key(
		    (struct span){ (const unsigned char *)from + 1, (size_t)(to - from - 1) });
	finish(&j, found);
	close_job(&j);
}

/* ---- xml-signature-attacks: one trusted key, and what must be covered ---- */

/* "/a:Response" or "/a:Response/b:Assertion" by local names, without positions. */
static int
is_path(const char *path, const char *parent, const char *child)
{
	char want[64], have[256];
	size_t n = 0;
	const char *p;

	snprintf(want, sizeof(want), "/%s%s%s", parent, child != NULL ? "/" : "",
	    child != NULL ? child : "");
	for (p = path; *p != '\0' && n + 1 < sizeof(have); p++) {
		if (*p == '/')
			have[n++] = '/';
		else if (*p == ':')
			while (n > 0 && have[n - 1] != '/')
				n--;
		else
			have[n++] = (char)tolower(*p);
	}
	have[n] = '\0';
	return strcmp(want, have) == 0;
}

static void
judge_cover(const char *what, const struct signatures *list, struct corpus_finding *found)
{
	size_t i, k;

	for (i = 0; i < list->count; i++)
		for (k = 0; k < list->items[i].reference_count; k++) {
			const struct reference *ref = &list->items[i].references[k];

			if (ref->path == NULL || !ref->intact || ref->in_manifest)
				continue;
			if (strncmp(what, "response", 8) == 0
				? strcmp(ref->path, "/") == 0 ||
				      is_path(ref->path, "response", NULL)
				: is_path(ref->path, "response", "assertion"))
				return;
		}
	corpus_say(found, CORPUS_INVALID, "no signature covers the %s", what);
}

static void
check_attack(const struct corpus_row *row, struct corpus_finding *found)
{
	char file[256], cover[64], first[64];
	struct signatures list = { 0 };
	struct buf secret = BUF_INIT(0);
	struct job j;
	size_t i;

	open_job(&j, row);
	take_id_attributes(&j);
	if (corpus_setting(row, "trusted", file, sizeof(file)) == NULL)
		goto done;
	if (strstr(row->settings, "HMAC secret") != NULL &&
	    corpus_read(row, file, &secret, &j.err) == 0) {
		j.options.key = hmac_key(SPAN_OF(&secret));
	} else {
		j.trusted_key = public_key(&j, file);
		j.options.key = j.trusted_key;
		if (j.trusted_key != NULL)
			EVP_PKEY_up_ref(j.trusted_key);
		corpus_certificates(row, file, j.options.extra_certificates, NULL);
	}
	if (read_job(&j, &list) != 0) {
		corpus_say(found, CORPUS_ERROR, "%s", j.err.text);
		goto done;
	}
	if (corpus_setting(row, "signature", first, sizeof(first)) != NULL && list.count > 1) {
		struct signatures one = { .items = list.items, .count = 1 };

		corpus_judge(&one, found);
		judge_trust(&j, &one, found);
	} else {
		corpus_judge(&list, found);
		judge_trust(&j, &list, found);
	}
	if (found->verdict == CORPUS_VALID &&
	    corpus_setting(row, "must-cover", cover, sizeof(cover)) != NULL)
		judge_cover(cover, &list, found);
	for (i = 0; i < list.count && found->verdict == CORPUS_VALID; i++)
		if (list.items[i].reference_count > 0 && list.items[i].references[0].path != NULL)
			snprintf(found->words, sizeof(found->words),
			    "%zu intact, the first over %s", list.count,
			    list.items[0].references[0].path);
done:
	buf_release(&secret);
	signatures_release(&list);
	close_job(&j);
}

/* ---- dss/xades ---- */

static void
check_dss(const struct corpus_row *row, struct corpus_finding *found)
{
	size_t n = corpus_document_count(row), i;
	const char *slash;
	struct job j;

	open_job(&j, row);
	if (row->detached != NULL && strncmp(row->detached, "unknown:", 8) == 0)
		n = 0;
	for (i = 0; i < n && i < DETACHED_MAX; i++) {
		if (corpus_document_load(row, i, &j.loaded[i], &j.err) != 0) {
			corpus_say(found, CORPUS_SKIPPED, "%s", j.err.text);
			goto done;
		}
		j.detached[i] = j.loaded[i].doc;
		j.options.detached_count++;
	}
	/* Several documents of which no names are given go by their files' names. */
	if (n > 1 && strchr(row->detached, '|') == NULL) {
		const char *at = row->detached;

		for (i = 0; i < n; i++) {
			size_t len = strcspn(at, " ");

			slash = at + len;
			while (slash > at && slash[-1] != '/')
				slash--;
			snprintf(
			    j.names[i], sizeof(j.names[i]), "%.*s", (int)(at + len - slash), slash);
			j.detached[i].name = j.names[i];
			at = strstr(at, " ; ") != NULL ? strstr(at, " ; ") + 3 : at;
		}
	}
	finish(&j, found);
done:
	close_job(&j);
}

const struct corpus_kind corpora_xml[] = {
	{ "xmldsig-xmlsec", "xmldsig", check_xmlsec },
	{ "xmldsig-santuario", "xmldsig", check_santuario },
	{ "xml-signature-attacks", "xmldsig", check_attack },
	{ "dss", "xades", check_dss },
	{ "dss", "xades-er", check_dss },
	{ "bsi-tresor-c2", "xades-enveloping", check_dss },
	{ NULL, NULL, NULL },
};
