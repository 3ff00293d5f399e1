/* Certificate paths: x509-limbo, BoringSSL's chains. */
#include <jansson.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/core/catalogue.h"
#include "signing/x509/cert.h"
#include "signing/x509/purpose.h"
#include "tests/corpora/evidence.h"

#define NOW INT64_C(1767225600) /* 2026-01-01: where a case says "now" */

/*
 * Purposes of these sets are extended key usages: what the key usage must allow hangs on the cipher
 * suite, which their cases leave to TLS. So the path is judged for any purpose, and then by the
 * rules on extended key usage alone.
 */
static void
judge_usage(struct path_input *in, enum path_purpose purpose, struct corpus_evidence *e,
    struct corpus_finding *found)
{
	struct error err = ERROR_INIT;
	struct path_result r;
	struct cert_facts f;
	char why[160] = "";
	size_t i;

	if (path_validate(in, &r, &err) != 0) {
		corpus_say(found, CORPUS_ERROR, "%s", err.text);
		return;
	}
	corpus_say_path(found, &r, e);
	for (i = 0; r.ok && i < r.certificate_count; i++) {
		if (i > 0 && r.certificates[i].is_anchor &&
		    in->anchor_rules == PATH_ANCHOR_NAME_AND_KEY)
			continue;
		if (cert_facts_read(&f, r.certificates[i].cert, &err) != 0)
			continue;
		f.has_key_usage = 0;
		if ((i == 0 ? purpose_leaf : purpose_ca)(purpose, &f, why, sizeof(why)) != 0)
			corpus_say(found, CORPUS_INVALID, "certificate %zu %s", i, why);
		cert_facts_release(&f);
	}
	path_result_release(&r);
}

/* ---- x509-limbo ---- */

static X509 *
certificate_of(const json_t *pem)
{
	const char *text = json_string_value(pem);
	struct error err = ERROR_INIT;
	X509 *cert = NULL;

	if (text != NULL)
		cert_read(&cert, span_str(text), &err);
	return cert;
}

/* What cannot be decoded cannot be handed to the builder. */
static STACK_OF(X509) * certificates_of(const json_t *list)
{
	STACK_OF(X509) *out = sk_X509_new_null();
	X509 *cert;
	size_t i;

	for (i = 0; i < json_array_size(list); i++)
		if ((cert = certificate_of(json_array_get(list, i))) != NULL)
			sk_X509_push(out, cert);
	return out;
}

static void
add_pem_crls(struct corpus_evidence *e, const json_t *list)
{
	char *name, *header;
	unsigned char *data;
	BIO *bio;
	size_t i;
	long len;

	for (i = 0; i < json_array_size(list); i++) {
		bio = BIO_new_mem_buf(json_string_value(json_array_get(list, i)), -1);
		if (PEM_read_bio(bio, &name, &header, &data, &len) == 1) {
			corpus_add_crl(e, (struct span){ data, (size_t)len });
			OPENSSL_free(name);
			OPENSSL_free(header);
			OPENSSL_free(data);
		}
		BIO_free(bio);
	}
}

/* Server: judged like a TLS server's; client: by the usages that the case names. -1: no purpose. */
static int
limbo_purpose(const json_t *c, enum path_purpose *purpose)
{
	const json_t *eku = json_object_get(c, "extended_key_usage");
	const char *kind = json_string_value(json_object_get(c, "validation_kind"));
	const char *first = json_string_value(json_array_get(eku, 0));

	if (kind != NULL && strcmp(kind, "SERVER") == 0)
		*purpose = PATH_TLS_SERVER;
	else if (first == NULL || strcmp(first, "clientAuth") == 0)
		*purpose = PATH_TLS_CLIENT;
	else
		return -1;
	return 0;
}

/* Names of peers are no part of a path's validation here: 0 when the case turns on one. */
static int
peer_matches(const json_t *c, X509 *cert)
{
	const json_t *peer = json_object_get(c, "expected_peer_name");
	const char *kind = json_string_value(json_object_get(peer, "kind"));
	const char *value = json_string_value(json_object_get(peer, "value"));

	if (kind == NULL || value == NULL)
		return 1;
	if (strcmp(kind, "DNS") == 0)
		return X509_check_host(cert, value, 0, 0, NULL) == 1;
	if (strcmp(kind, "IP") == 0)
		return X509_check_ip_asc(cert, value, 0) == 1;
	return 1;
}

static void
judge_limbo(const json_t *c, struct corpus_finding *found)
{
	const json_t *depth = json_object_get(c, "max_chain_depth");
	const char *when = json_string_value(json_object_get(c, "validation_time"));
	struct corpus_evidence evidence = { 0 };
	struct revocation_evidence view;
	struct path_input in = { .strict_profile = 1, .time = NOW };
	enum path_purpose purpose;

	in.cert = certificate_of(json_object_get(c, "peer_certificate"));
	in.anchors = certificates_of(json_object_get(c, "trusted_certs"));
	in.untrusted = certificates_of(json_object_get(c, "untrusted_intermediates"));
	add_pem_crls(&evidence, json_object_get(c, "crls"));
	view = corpus_evidence_view(&evidence);
	if (json_array_size(json_object_get(c, "crls")) > 0)
		in.revocation = &view;
	if (json_is_integer(depth))
		in.path_length_plus_one = (unsigned int)json_integer_value(depth) + 1;
	if (when != NULL && text_parse_time(when, &in.time) != 0)
		corpus_say(found, CORPUS_SKIPPED, "the time cannot be read");
	else if (in.cert == NULL)
		corpus_say(found, CORPUS_ERROR, "the certificate cannot be read");
	else if (limbo_purpose(c, &purpose) != 0)
		corpus_say(found, CORPUS_SKIPPED, "no such purpose here");
	else
		judge_usage(&in, purpose, &evidence, found);
	if (found->verdict == CORPUS_VALID && !peer_matches(c, in.cert))
		corpus_say(found, CORPUS_SKIPPED, "turns on the peer's name, which is not judged");
	X509_free(in.cert);
	sk_X509_pop_free(in.anchors, X509_free);
	sk_X509_pop_free(in.untrusted, X509_free);
	corpus_evidence_release(&evidence);
}

static void
check_limbo(const struct corpus_row *row, struct corpus_finding *found)
{
	char path[2048];
	json_error_t why;
	json_t *c;

	snprintf(path, sizeof(path), "%s/%s", row->dir, row->file);
	c = json_load_file(path, 0, &why);
	if (c == NULL)
		corpus_say(found, CORPUS_SKIPPED, "no JSON: %s", why.text);
	else
		judge_limbo(c, found);
	json_decref(c);
}

/* ---- BoringSSL's chains ---- */

/* BoringSSL's CertificateTrust, as its name spells it. */
struct trust {
	int leaf, anchor; /* may be trusted as such */
	enum path_anchor_rules rules;
	int dates;	 /* the anchor's count */
	int self_signed; /* a leaf must be */
};

static int
trust_of(const struct corpus_row *row, struct trust *out)
{
	char name[128];

	if (corpus_setting(row, "last_cert_trust", name, sizeof(name)) == NULL)
		return -1;
	*out = (struct trust){ .anchor = strncmp(name, "TRUSTED_ANCHOR", 14) == 0,
		.leaf = strncmp(name, "TRUSTED_LEAF", 12) == 0 || strstr(name, "OR_LEAF") != NULL,
		.dates = strstr(name, "EXPIRATION") != NULL,
		.self_signed = strstr(name, "REQUIRE_SELF_SIGNED") != NULL };
	/* basicConstraints are asked for where constraints count at all. */
	if (strstr(name, "WITH_CONSTRAINTS") != NULL || strstr(name, "AND_CONSTRAINTS") != NULL)
		out->rules = strstr(name, "REQUIRE_BASIC_CONSTRAINTS") != NULL
				 ? PATH_ANCHOR_CERTIFICATE
				 : PATH_ANCHOR_CONSTRAINTS;
	else
		out->rules = PATH_ANCHOR_NAME_AND_KEY;
	return out->leaf || out->anchor || strcmp(name, "DISTRUSTED") == 0 ||
		       strcmp(name, "UNSPECIFIED") == 0
		   ? 0
		   : -1;
}

/* May the last certificate of the chain be trusted so? */
static int
may_be_trusted(const struct trust *trust, X509 *last, int alone)
{
	int is_leaf =
	    alone && trust->leaf && (!trust->self_signed || X509_self_signed(last, 1) == 1);

	return is_leaf || trust->anchor;
}

static int
purpose_of(const struct corpus_row *row, enum path_purpose *purpose)
{
	char name[128];

	if (corpus_setting(row, "key_purpose", name, sizeof(name)) == NULL)
		return -1;
	name[strcspn(name, " ")] = '\0';
	if (strcmp(name, "SERVER_AUTH") == 0)
		*purpose = PATH_TLS_SERVER;
	else if (strcmp(name, "CLIENT_AUTH") == 0)
		*purpose = PATH_TLS_CLIENT;
	else if (strcmp(name, "ANY_EKU") == 0)
		*purpose = PATH_ANY;
	else
		return -1;
	return 0;
}

/* "151102120000Z" or "DEFAULT" */
static int64_t
utc_time_of(const struct corpus_row *row)
{
	char v[32], iso[64];
	int64_t seconds = 0;

	if (corpus_setting(row, "utc_time", v, sizeof(v)) == NULL || strcmp(v, "DEFAULT") == 0)
		return INT64_C(1633435200); /* 2021-10-05T12:00:00Z */
	snprintf(iso, sizeof(iso), "20%.2s-%.2s-%.2sT%.2s:%.2s:%.2sZ", v, v + 2, v + 4, v + 6,
	    v + 8, v + 10);
	text_parse_time(iso, &seconds);
	return seconds;
}

/* digest_policy=STRONG: the algorithms of signatures count, too; by our catalogue. */
static void
judge_algorithms(STACK_OF(X509) * chain, int64_t time, struct corpus_finding *found)
{
	struct error err = ERROR_INIT;
	struct catalogue_verdict v;
	const X509_ALGOR *algor;
	struct sig_alg alg;
	int i;

	for (i = 0; i + 1 < sk_X509_num(chain); i++) {
		X509_get0_signature(NULL, &algor, sk_X509_value(chain, i));
		if (sig_alg_by_x509(algor, DIGEST_NONE, &alg, &err) != 0 ||
		    !catalogue_judge_digest(catalogue_builtin(), alg.digest, time, &v))
			corpus_say(found, CORPUS_INVALID, "a signature algorithm is unsuitable");
	}
}

/* Keys too small for any signature, by our catalogue: no part of a path's rules here either. */
static void
judge_keys(STACK_OF(X509) * chain, int64_t time, struct corpus_finding *found)
{
	struct catalogue_verdict v;
	struct sig_alg alg;
	struct error err = ERROR_INIT;
	char curve[32];
	int i;

	for (i = 0; i < sk_X509_num(chain); i++) {
		EVP_PKEY *key = X509_get0_pubkey(sk_X509_value(chain, i));

		if (key == NULL ||
		    sig_alg_for_key(key, DIGEST_SHA256, PADDING_NONE, &alg, &err) != 0 ||
		    !catalogue_judge_signature(catalogue_builtin(), &alg, key_bits(key),
			key_curve(key, curve, sizeof(curve)), time, &v))
			corpus_say(
			    found, CORPUS_INVALID, "the key of certificate %d is too weak", i);
	}
}

static void
judge_boringssl(const struct corpus_row *row, const struct trust *trust, STACK_OF(X509) * chain,
    struct corpus_finding *found)
{
	STACK_OF(X509) *anchors = sk_X509_new_null();
	X509 *last = sk_X509_value(chain, sk_X509_num(chain) - 1);
	int alone = sk_X509_num(chain) == 1;
	struct path_input in = { .cert = sk_X509_value(chain, 0),
		.untrusted = chain,
		.anchors = anchors,
		.time = utc_time_of(row),
		.anchor_rules = trust->rules,
		.ignore_anchor_dates = !trust->dates,
		.leaf_is_no_anchor = !trust->leaf };
	enum path_purpose purpose;
	char policy[32] = "";

	if (may_be_trusted(trust, last, alone))
		sk_X509_push(anchors, last);
	corpus_setting(row, "digest_policy", policy, sizeof(policy));
	if (purpose_of(row, &purpose) != 0) {
		corpus_say(found, CORPUS_SKIPPED, "no such purpose here");
	} else {
		judge_usage(&in, purpose, NULL, found);
		if (found->verdict == CORPUS_VALID)
			judge_keys(chain, in.time, found);
		if (found->verdict == CORPUS_VALID && strcmp(policy, "STRONG") == 0)
			judge_algorithms(chain, in.time, found);
	}
	sk_X509_free(anchors);
}

static void
check_boringssl(const struct corpus_row *row, struct corpus_finding *found)
{
	STACK_OF(X509) *chain = sk_X509_new_null();
	struct error err = ERROR_INIT;
	struct trust trust;

	if (trust_of(row, &trust) != 0)
		corpus_say(found, CORPUS_SKIPPED, "no such kind of trust here");
	else if (corpus_certificates(row, row->file, chain, &err) != 0)
		corpus_say(found, CORPUS_ERROR, "%s", err.text);
	else
		judge_boringssl(row, &trust, chain, found);
	sk_X509_pop_free(chain, X509_free);
}

const struct corpus_kind corpora_x509[] = {
	{ "x509-limbo", "x509-path-json", check_limbo },
	{ "x509-boringssl", "x509-chain", check_boringssl },
	{ NULL, NULL, NULL },
};
