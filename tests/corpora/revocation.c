/* The status of a certificate by a CRL or an OCSP answer: BoringSSL's and OpenSSL's cases. */
#include <openssl/bn.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "signing/x509/cert.h"
#include "tests/corpora/evidence.h"

/* What one PEM file holds. */
struct status_case {
	X509 *target;
	STACK_OF(X509) * path; /* target, then its issuers */
	struct corpus_evidence evidence;
};

static void
add_certificate(STACK_OF(X509) * to, struct span der)
{
	const unsigned char *p = der.data;
	X509 *cert = d2i_X509(NULL, &p, (long)der.len);

	if (cert != NULL)
		sk_X509_push(to, cert);
}

static void
take_block(struct status_case *c, const char *name, struct span der)
{
	if (strcmp(name, "CRL") == 0)
		corpus_add_crl(&c->evidence, der);
	else if (strcmp(name, "OCSP RESPONSE") == 0)
		corpus_add_answer(&c->evidence, der);
	else if (strncmp(name, "CA CERTIFICATE", 14) == 0)
		add_certificate(c->path, der);
	else if (strcmp(name, "CERTIFICATE") == 0) {
		const unsigned char *p = der.data;

		c->target = d2i_X509(NULL, &p, (long)der.len);
	}
}

static int
load_case(const struct corpus_row *row, struct status_case *c, struct error *err)
{
	struct buf bytes = BUF_INIT(0);
	char *name, *header;
	unsigned char *data;
	BIO *bio;
	long len;

	if (corpus_read(row, row->file, &bytes, err) != 0)
		return -1;
	bio = BIO_new_mem_buf(bytes.data, (int)bytes.len);
	while (PEM_read_bio(bio, &name, &header, &data, &len) == 1) {
		take_block(c, name, (struct span){ data, (size_t)len });
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_free(data);
	}
	BIO_free(bio);
	buf_release(&bytes);
	if (c->target == NULL || sk_X509_num(c->path) == 0)
		return error_set(err, ERROR_MALFORMED, "the case has no certificates");
	sk_X509_unshift(c->path, c->target);
	return 0;
}

/* "max-age=7d": the caller's rule of freshness, which is not ours to judge. */
static int64_t
age_of(const struct corpus_row *row)
{
	char value[16];
	int days;

	if (corpus_setting(row, "max-age", value, sizeof(value)) == NULL ||
	    sscanf(value, "%dd", &days) != 1)
		return INT64_MAX;
	return days * INT64_C(86400);
}

/*
 * The path is given, and its last is trusted. Only one piece of evidence is given as well: whether
 * a delegated responder is revoked itself cannot be asked.
 */
static void
check_status(const struct corpus_row *row, struct corpus_finding *found)
{
	struct status_case c = { .path = sk_X509_new_null() };
	STACK_OF(X509) *anchors = sk_X509_new_null();
	struct error err = ERROR_INIT;
	struct revocation_evidence view;
	struct revocation_result r;
	struct path_input in = { .anchors = anchors, .revocation = &view };
	const char *why;

	if (load_case(row, &c, &err) != 0) {
		corpus_say(found, CORPUS_ERROR, "%s", err.text);
		goto done;
	}
	sk_X509_push(anchors, sk_X509_value(c.path, sk_X509_num(c.path) - 1));
	in.cert = c.target;
	in.time = corpus_time(row, "time");
	view = corpus_evidence_view(&c.evidence);
	view.signers_unchecked = 1;
	if (revocation_judge(&in, c.path, 0, &r, &err) != 0) {
		corpus_say(found, CORPUS_ERROR, "%s", err.text);
		goto done;
	}
	why = c.evidence.refused[0] != '\0' ? c.evidence.refused : r.text;
	if (r.status == REVOCATION_GOOD && in.time - r.this_update > age_of(row))
		corpus_say(found, CORPUS_INVALID, "the evidence is too old for the caller");
	else
		corpus_say(found, r.status == REVOCATION_GOOD ? CORPUS_VALID : CORPUS_INVALID,
		    "%s: %s", revocation_status_name(r.status), why);
	revocation_result_release(&r);
done:
	sk_X509_free(anchors);
	sk_X509_pop_free(c.path, X509_free);
	corpus_evidence_release(&c.evidence);
}

static void
add_answer_file(
    const struct corpus_row *row, const char *file, struct corpus_evidence *e, struct error *err)
{
	struct buf text = BUF_INIT(0), der = BUF_INIT(0);
	unsigned char *at;
	EVP_ENCODE_CTX *ctx = EVP_ENCODE_CTX_new();
	int n = 0, rest = 0;

	EVP_DecodeInit(ctx);
	if (corpus_read(row, file, &text, err) == 0 &&
	    (at = buf_reserve(&der, text.len + 3, err)) != NULL &&
	    EVP_DecodeUpdate(ctx, at, &n, text.data, (int)text.len) >= 0 &&
	    EVP_DecodeFinal(ctx, at + n, &rest) >= 0) {
		der.len = (size_t)(n + rest);
		corpus_add_answer(e, SPAN_OF(&der));
	}
	EVP_ENCODE_CTX_free(ctx);
	buf_release(&text);
	buf_release(&der);
}

/* A path whose certificates have their status by the answers that are given, and by no others. */
static void
check_path_with_ocsp(const struct corpus_row *row, struct corpus_finding *found)
{
	STACK_OF(X509) *leaf = sk_X509_new_null(), *anchors = sk_X509_new_null(),
		       *pool = sk_X509_new_null();
	struct corpus_evidence evidence = { 0 };
	struct revocation_evidence view;
	struct path_input in = { .untrusted = pool, .anchors = anchors, .revocation = &view };
	struct error err = ERROR_INIT;
	struct path_result r;
	char value[2048], word[256];
	const char *at;

	corpus_certificates(row, row->file, leaf, &err);
	if (corpus_setting(row, "trusted", value, sizeof(value)) != NULL)
		corpus_certificates(row, value, anchors, &err);
	at = corpus_setting(row, "intermediates", value, sizeof(value));
	while (at != NULL && corpus_next_word(&at, word, sizeof(word)))
		corpus_certificates(row, word, pool, &err);
	at = corpus_setting(row, "ocsp-responses", value, sizeof(value));
	while (at != NULL && corpus_next_word(&at, word, sizeof(word)))
		add_answer_file(row, word, &evidence, &err);
	in.cert = sk_X509_value(leaf, 0);
	in.time = corpus_time(row, "time");
	view = corpus_evidence_view(&evidence);
	view.signers_unchecked = 1;
	if (err.kind != ERROR_NONE || path_validate(&in, &r, &err) != 0) {
		corpus_say(found, CORPUS_ERROR, "%s", err.text);
	} else {
		corpus_say_path(found, &r, &evidence);
		path_result_release(&r);
	}
	sk_X509_pop_free(leaf, X509_free);
	sk_X509_pop_free(anchors, X509_free);
	sk_X509_pop_free(pool, X509_free);
	corpus_evidence_release(&evidence);
}

/* ---- the set dss: is the list, or the answer, signed by the certificate of the notes? ---- */

/* "...certificates: a.cer, b.cer" */
static void
noted_certificates(const struct corpus_row *row, STACK_OF(X509) * out)
{
	const char *at = row->notes != NULL ? strstr(row->notes, "certificates: ") : NULL;
	struct error err = ERROR_INIT;
	char list[512], word[256];

	if (at == NULL)
		return;
	snprintf(list, sizeof(list), "%.*s", (int)strcspn(at + 14, ";"), at + 14);
	at = list;
	while (corpus_next_word(&at, word, sizeof(word)))
		corpus_certificates(row, word, out, &err);
}

/* "1234567890123 revoked" in the words of the manifest is compared with these. */
static void
serial_facts(const struct corpus_row *row, const struct crl *crl, struct corpus_finding *found)
{
	const char *at = corpus_value(row, "expected_indication");
	struct crl_source source = crl_source_of((struct crl *)crl);
	struct error err = ERROR_INIT;
	struct crl_entry entry;
	unsigned char bytes[64];
	char digits[80];
	BIGNUM *bn = NULL;
	int len, hit;

	for (at = at != NULL ? strstr(at, "serial") : NULL; at != NULL && *at != '\0';) {
		at += strcspn(at, "0123456789");
		len = (int)strspn(at, "0123456789");
		if (len == 0 || len >= (int)sizeof(digits))
			break;
		snprintf(digits, sizeof(digits), "%.*s", len, at);
		at += len;
		if (BN_dec2bn(&bn, digits) == 0 || BN_num_bytes(bn) > (int)sizeof(bytes) - 1)
			break;
		/* As the content of an INTEGER: one zero in front of a high bit, and for zero. */
		bytes[0] = 0;
		len = BN_bn2bin(bn, bytes + 1);
		hit = source.find != NULL
			  ? source.find(source.ctx, 0,
				(struct span){ bytes + (len > 0 && bytes[1] < 0x80),
				    (size_t)(len + (len == 0 || bytes[1] >= 0x80)) },
				&entry, &err)
			  : -1;
		corpus_fact(found, "%s %s", digits,
		    hit == 1   ? "revoked"
		    : hit == 0 ? "not revoked"
			       : "?");
	}
	BN_free(bn);
}

static void
crl_facts_of(
    const struct corpus_row *row, const struct crl *crl, X509 *issuer, struct corpus_finding *found)
{
	const struct crl_facts *f = crl_facts(crl);
	char name[64];

	sig_alg_name(&f->sig_alg, name, sizeof(name));
	corpus_fact(found, "%s", name);
	if (f->expired_from != 0)
		corpus_fact(found, "has expiredCertsOnCRL");
	if (f->distribution_point != NULL)
		corpus_fact(found, "has distribution point URL");
	if (issuer != NULL)
		corpus_fact(found, "issuer %s cRLSign",
		    X509_get_key_usage(issuer) != UINT32_MAX &&
			    X509_get_key_usage(issuer) & X509v3_KU_CRL_SIGN
			? "has"
			: "lacks");
	serial_facts(row, crl, found);
}

static void
check_dss_crl(const struct corpus_row *row, struct corpus_finding *found)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	struct buf bytes = BUF_INIT(0), der = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct crl *crl = NULL;
	X509 *issuer;

	noted_certificates(row, certs);
	issuer = sk_X509_value(certs, 0);
	if (corpus_read(row, row->file, &bytes, &err) != 0 ||
	    crl_decode(&der, SPAN_OF(&bytes), &err) != 0 ||
	    crl_open(&crl, SPAN_OF(&der), &err) != 0) {
		corpus_say(found, CORPUS_ERROR, "%s", err.text);
	} else {
		found->count = 1;
		found->signatures[0].intact =
		    issuer != NULL &&
		    X509_NAME_cmp(X509_get_subject_name(issuer), crl_facts(crl)->issuer) == 0 &&
		    crl_verify(crl, X509_get0_pubkey(issuer), &err) == 1;
		corpus_say(found, found->signatures[0].intact ? CORPUS_VALID : CORPUS_INVALID,
		    "%zu entries, %s", crl_facts(crl)->entry_count, crl_facts(crl)->issuer_text);
		corpus_fact(
		    found, "signature %s", found->signatures[0].intact ? "intact" : "broken");
		crl_facts_of(row, crl, issuer, found);
	}
	crl_free(crl);
	buf_release(&bytes);
	buf_release(&der);
	sk_X509_pop_free(certs, X509_free);
}

/* Of the first certificate in the notes, which the second issued. */
static void
ocsp_facts_of(const struct ocsp_response *r, STACK_OF(X509) * certs, struct corpus_finding *found)
{
	static const char *const statuses[] = { "good", "revoked", "unknown" };
	unsigned char hash[EVP_MAX_MD_SIZE];
	const struct ocsp_single *s = NULL;
	unsigned int len = 0;

	corpus_fact(found, "%zu single responses", ocsp_facts(r)->single_count);
	if (sk_X509_num(certs) >= 2)
		s = ocsp_find(ocsp_facts(r), sk_X509_value(certs, 0), sk_X509_value(certs, 1));
	if (s == NULL)
		return;
	corpus_fact(found, "status %s", statuses[s->status]);
	corpus_fact(found, "%s archiveCutoff", s->archive_cutoff != 0 ? "has" : "no");
	if (s->cert_hash.len == 0)
		corpus_fact(found, "no certHash");
	else if (s->cert_digest != DIGEST_NONE &&
		 X509_digest(sk_X509_value(certs, 0), digest_md(s->cert_digest), hash, &len) == 1 &&
		 span_equal(s->cert_hash, (struct span){ hash, len }))
		corpus_fact(found, "certHash matches");
}

static void
check_dss_ocsp(const struct corpus_row *row, struct corpus_finding *found)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	struct buf bytes = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct ocsp_response *r = NULL;
	X509 *cert;
	int i;

	noted_certificates(row, certs);
	if (corpus_read(row, row->file, &bytes, &err) != 0 ||
	    ocsp_response_read(&r, SPAN_OF(&bytes), &err) != 0) {
		corpus_say(found, CORPUS_ERROR, "%s", err.text);
	} else {
		ocsp_facts_of(r, certs, found);
		for (i = 0; i < sk_X509_num(ocsp_facts(r)->certificates); i++) {
			cert = sk_X509_value(ocsp_facts(r)->certificates, i);
			if (X509_up_ref(cert) == 1)
				sk_X509_push(certs, cert);
		}
		found->count = 1;
		for (i = 0; i < sk_X509_num(certs); i++) {
			cert = sk_X509_value(certs, i);
			if (ocsp_responder_is(ocsp_facts(r), cert) &&
			    ocsp_verify(r, X509_get0_pubkey(cert), &err) == 1)
				found->signatures[0].intact = 1;
		}
		corpus_fact(
		    found, "signature %s", found->signatures[0].intact ? "intact" : "broken");
		corpus_say(found, found->signatures[0].intact ? CORPUS_VALID : CORPUS_INVALID,
		    "%zu answers by %s", ocsp_facts(r)->single_count,
		    ocsp_facts(r)->responder_text);
	}
	ocsp_response_free(r);
	buf_release(&bytes);
	sk_X509_pop_free(certs, X509_free);
}

const struct corpus_kind corpora_revocation[] = {
	{ "dss", "crl", check_dss_crl },
	{ "dss", "ocsp", check_dss_ocsp },
	{ "ocsp-crl", "crl-status", check_status },
	{ "ocsp-crl", "ocsp-status", check_status },
	{ "ocsp-crl", "x509-path-with-ocsp", check_path_with_ocsp },
	{ NULL, NULL, NULL },
};
