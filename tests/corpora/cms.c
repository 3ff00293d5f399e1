/* CMS, CAdES: what cms_read() says. Time-stamp tokens too. */
#include <dirent.h>
#include <openssl/ts.h>
#include <stdio.h>
#include <string.h>

#include "signing/format/cms/cms_read.h"
#include "signing/format/cms/tst_info.h"
#include "signing/proof/tsp.h"
#include "tests/corpora/corpora.h"

/* The settings or notes name a certificate that is handed in from outside. */
static void
add_named_certificates(const struct corpus_row *row, STACK_OF(X509) * extra)
{
	static const char *const keys[] = { "trusted", "signer-certificate" };
	char value[512], *one, *save = NULL;
	struct error err = ERROR_INIT;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (corpus_setting(row, keys[i], value, sizeof(value)) == NULL)
			continue;
		for (one = strtok_r(value, ", ", &save); one != NULL;
		     one = strtok_r(NULL, ", ", &save))
			if (strchr(one, '.') != NULL)
				corpus_certificates(row, one, extra, &err);
	}
}

/* Set dss: "supplied by the caller", without telling which: all of the set's certificates. */
static void
add_all_certificates(const struct corpus_row *row, STACK_OF(X509) * extra)
{
	char dir[1024], file[512];
	struct error err = ERROR_INIT;
	struct dirent *entry;
	DIR *d;

	if (row->notes == NULL || strstr(row->notes, "supplied by the caller") == NULL)
		return;
	snprintf(dir, sizeof(dir), "%s/certs", row->dir);
	d = opendir(dir);
	while (d != NULL && (entry = readdir(d)) != NULL) {
		snprintf(file, sizeof(file), "certs/%s", entry->d_name);
		if (entry->d_name[0] != '.')
			corpus_certificates(row, file, extra, &err);
	}
	if (d != NULL)
		closedir(d);
}

/* "trusted=a.pem,b.pem": the verdict too, by the crypto policy of old data. */
static void
judge_trust(
    const struct corpus_row *row, const struct signatures *list, struct corpus_finding *found)
{
	STACK_OF(X509) *anchors = sk_X509_new_null();
	struct corpus_trust trust = {
		.anchors = anchors, .time = corpus_time(row, "time"), .catalogue = corpus_historic()
	};
	struct verify_report report;
	struct error err = ERROR_INIT;
	char value[512], *one, *save = NULL;

	if (corpus_setting(row, "trusted", value, sizeof(value)) != NULL)
		for (one = strtok_r(value, ", ", &save); one != NULL;
		     one = strtok_r(NULL, ", ", &save))
			if (strchr(one, '.') != NULL)
				corpus_certificates(row, one, anchors, &err);
	if (trust.time == 0 && list->count > 0)
		trust.time =
		    list->items[0].has_claimed_time ? list->items[0].claimed_time : CORPUS_NOW;
	if (sk_X509_num(anchors) > 0 && found->verdict == CORPUS_VALID &&
	    corpus_verify(list, &trust, &report, &err) == 0) {
		if (report.conclusion.indication != INDICATION_TOTAL_PASSED)
			corpus_say(found, CORPUS_INVALID, "%s: %s",
			    sub_indication_name(report.conclusion.sub), report.conclusion.text);
		verify_report_release(&report);
	}
	sk_X509_pop_free(anchors, X509_free);
}

static void
check_cms(const struct corpus_row *row, struct corpus_finding *found)
{
	struct cms_read_options options = { .tolerate = corpus_tolerates(row) };
	struct corpus_document document = { 0 };
	struct signatures list = { 0 };
	struct buf file = BUF_INIT(0);
	struct error err = ERROR_INIT;
	STACK_OF(X509) *extra = sk_X509_new_null();

	add_named_certificates(row, extra);
	add_all_certificates(row, extra);
	options.extra_certificates = extra;
	if (corpus_document_count(row) > 1)
		corpus_say(found, CORPUS_SKIPPED, "more than one document");
	else if (corpus_read(row, row->file, &file, &err) != 0 ||
		 (row->detached != NULL && corpus_document_load(row, 0, &document, &err) != 0))
		corpus_say(found, CORPUS_SKIPPED, "%s", err.text);
	else if (cms_read(&list, SPAN_OF(&file), row->detached != NULL ? &document.doc : NULL,
		     &options, &err) != 0)
		corpus_say(found, CORPUS_ERROR, "%s", err.text);
	else if (row->notes != NULL && strstr(row->notes, "supplied by the caller") != NULL &&
		 list.count == 1 && list.items[0].failure == SUB_NO_SIGNING_CERTIFICATE_FOUND)
		corpus_say(found, CORPUS_SKIPPED, "the certificate handed in is not in the set");
	else {
		corpus_judge(&list, found);
		judge_trust(row, &list, found);
	}
	signatures_release(&list);
	corpus_document_release(&document);
	buf_release(&file);
	sk_X509_pop_free(extra, X509_free);
}

/* A response without its request: the request that fits the token, made from the data. */
static int
read_request(
    const struct corpus_row *row, struct span token, struct tsp_request *request, struct error *err)
{
	struct timestamp_token t;
	struct corpus_document document;
	char file[512];
	struct buf der = BUF_INIT(0);
	const unsigned char *p;
	TS_REQ *req = NULL;
	int rc;

	memset(request, 0, sizeof(*request));
	if (row->detached != NULL) {
		if (timestamp_token_read(&t, token, NULL, err) != 0)
			return -1;
		request->digest = t.digest;
		/* Its nonce can only be believed: INTEGER with a short length. */
		if (t.nonce.len > 2 && t.nonce.len - 2 <= TSP_NONCE_MAX) {
			request->nonce_len = t.nonce.len - 2;
			memcpy(request->nonce, t.nonce.data + 2, request->nonce_len);
		}
		timestamp_token_release(&t);
		if (corpus_document_load(row, 0, &document, err) != 0)
			return -1;
		rc = document_digest(&document.doc, request->digest, request->imprint, err);
		corpus_document_release(&document);
		if (rc != 0)
			return -1;
	}
	if (corpus_setting(row, "request", file, sizeof(file)) == NULL)
		return 0;
	rc = corpus_read(row, file, &der, err);
	p = der.data;
	if (rc == 0 && (req = d2i_TS_REQ(NULL, &p, (long)der.len)) != NULL) {
		TS_MSG_IMPRINT *imprint = TS_REQ_get_msg_imprint(req);
		const ASN1_OBJECT *oid;

		X509_ALGOR_get0(&oid, NULL, NULL, TS_MSG_IMPRINT_get_algo(imprint));
		request->digest = digest_by_nid(OBJ_obj2nid(oid));
		memcpy(request->imprint, ASN1_STRING_get0_data(TS_MSG_IMPRINT_get_msg(imprint)),
		    digest_size(request->digest));
		if (TS_REQ_get_nonce(req) != NULL) {
			request->nonce_len = (size_t)ASN1_STRING_length(TS_REQ_get_nonce(req));
			memcpy(request->nonce, ASN1_STRING_get0_data(TS_REQ_get_nonce(req)),
			    request->nonce_len <= TSP_NONCE_MAX ? request->nonce_len : 0);
		}
	}
	TS_REQ_free(req);
	buf_release(&der);
	return rc;
}

/* Imprints that today's catalogue does not take. */
static int
is_weak(enum digest digest)
{
	struct catalogue_verdict v;

	return !catalogue_judge_digest(catalogue_builtin(), digest, CORPUS_NOW, &v);
}

/*
 * The authority's path to the last certificate that the row names (chains stand leaf first), at the
 * row's time or the token's own.
 */
static void
judge_authority(const struct corpus_row *row, struct span token, const struct tsp_request *request,
    STACK_OF(X509) * named, struct corpus_finding *found)
{
	STACK_OF(X509) *anchors = sk_X509_new_null();
	struct digest_values imprint = { .have = DIGEST_BIT(request->digest) };
	const struct document covered = { .digests = &imprint };
	const struct verify_policy policy = { .without_revocation = 1 };
	struct verify_context context = { .timestamp_anchors = anchors,
		.certificates = named,
		.time = corpus_time(row, "time"),
		.catalogue = corpus_historic(),
		.policy = &policy };
	struct verify_timestamp verdict;
	struct error err = ERROR_INIT;

	memcpy(imprint.value[request->digest], request->imprint, digest_size(request->digest));
	sk_X509_push(anchors, sk_X509_value(named, sk_X509_num(named) - 1));
	if (context.time == 0)
		context.time = tst_info_time_of(token);
	if (verify_timestamp_token(token, &covered, &context, &verdict, &err) != 0) {
		corpus_say(found, CORPUS_ERROR, "%s", err.text);
	} else {
		if (verdict.conclusion.indication != INDICATION_TOTAL_PASSED)
			corpus_say(found, CORPUS_INVALID, "%s: %s",
			    sub_indication_name(verdict.conclusion.sub), verdict.conclusion.text);
		verify_timestamp_release(&verdict);
	}
	sk_X509_free(anchors);
}

static void
check_response(const struct corpus_row *row, struct corpus_finding *found)
{
	static const char *const keys[] = { "chain", "trusted", "tsa-certificate" };
	STACK_OF(X509) *extra = sk_X509_new_null();
	struct buf file = BUF_INIT(0), token = BUF_INIT(0), checked = BUF_INIT(0);
	struct tsp_request request;
	struct error err = ERROR_INIT, ignored = ERROR_INIT;
	char value[512];
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (corpus_setting(row, keys[i], value, sizeof(value)) != NULL) {
			value[strcspn(value, " ")] = '\0';
			corpus_certificates(row, value, extra, &ignored);
		}
	if (corpus_read(row, row->file, &file, &err) != 0)
		corpus_say(found, CORPUS_SKIPPED, "%s", err.text);
	else if ((tst_info_time_of(SPAN_OF(&file)) != INT64_MAX
			 ? buf_append_span(&token, SPAN_OF(&file), &err)
			 : tsp_response_token(&token, SPAN_OF(&file), &err)) != 0 ||
		 read_request(row, SPAN_OF(&token), &request, &err) != 0)
		corpus_say(found, CORPUS_ERROR, "%s", err.text);
	else if (tst_info_time_of(SPAN_OF(&file)) == INT64_MAX &&
		 tsp_response_check(&checked, SPAN_OF(&file), &request, extra, &err) != 0)
		corpus_say(found, CORPUS_INVALID, "%s", err.text);
	else {
		corpus_say(found, CORPUS_VALID, "answers its request");
		found->is_refused_by_default = is_weak(request.digest);
		if (sk_X509_num(extra) > 0 && strstr(row->settings, "no path check") == NULL)
			judge_authority(row, SPAN_OF(&token), &request, extra, found);
	}
	sk_X509_pop_free(extra, X509_free);
	buf_release(&file);
	buf_release(&token);
	buf_release(&checked);
}

static void
token_facts(const struct timestamp_token *token, struct corpus_finding *found)
{
	corpus_fact(found, "signature %s", token->value_intact ? "intact" : "broken");
	corpus_fact(found, "%d certificates", sk_X509_num(token->certificates));
	corpus_fact(found, "%zu CRL", token->evidence.crls.count);
	corpus_fact(found, "%zu OCSP", token->evidence.ocsps.count);
}

/* A token of the set dss, which may be a whole response. What DSS calls intact is signature and
 * imprint; the profile's other rules are told, but do not count. */
static void
check_token(const struct corpus_row *row, struct corpus_finding *found)
{
	STACK_OF(X509) *extra = sk_X509_new_null();
	struct buf file = BUF_INIT(0), inner = BUF_INIT(0);
	struct corpus_document document = { 0 };
	struct digest_values values = { 0 };
	struct timestamp_token token = { 0 };
	struct error err = ERROR_INIT, ignored = ERROR_INIT;
	int fits = 1, rc;

	add_all_certificates(row, extra);
	rc = corpus_read(row, row->file, &file, &err);
	if (rc == 0 && tsp_response_token(&inner, SPAN_OF(&file), &ignored) != 0)
		rc = buf_append_span(&inner, SPAN_OF(&file), &err);
	if (rc == 0)
		rc = timestamp_token_read(&token, SPAN_OF(&inner), extra, &err);
	if (rc == 0 && row->detached != NULL &&
	    (rc = corpus_document_load(row, 0, &document, &err)) == 0 &&
	    document_digest(&document.doc, token.digest, values.value[token.digest], &err) == 0) {
		values.have = DIGEST_BIT(token.digest);
		fits = tsp_matches(&token, &values) == 1;
	}
	if (rc != 0)
		corpus_say(found, CORPUS_ERROR, "%s", err.text);
	else {
		token_facts(&token, found);
		corpus_say(found,
		    token.value_intact && fits && row->detached != NULL ? CORPUS_VALID
									: CORPUS_INVALID,
		    "signature %s, imprint %s; %.250s",
		    token.value_intact ? "intact" : "not intact",
		    row->detached == NULL ? "not compared"
		    : fits		  ? "fits"
					  : "does not fit",
		    token.problem);
	}
	timestamp_token_release(&token);
	corpus_document_release(&document);
	sk_X509_pop_free(extra, X509_free);
	buf_release(&file);
	buf_release(&inner);
}

const struct corpus_kind corpora_cms[] = {
	{ "cms-smime", "cms-*", check_cms },
	{ "bsi-tresor-c2", "cades-detached", check_cms },
	{ "dss", "cades", check_cms },
	{ "dss", "cades-er", check_cms },
	{ "dss", "tst", check_token },
	{ "tsp-rfc3161", "rfc3161*", check_response },
	{ NULL, NULL, NULL },
};
