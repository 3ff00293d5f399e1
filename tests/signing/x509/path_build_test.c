/* Several ways to an anchor, and what revocation says of them. */
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "signing/x509/path.h"
#include "tests/support/status.h"
#include "tests/support/suite.h"

#define PIECES 4

/* An input, and lists beside it. */
struct scene {
	struct path_input in;
	struct revocation_evidence evidence;
	STACK_OF(X509) * pool, *anchors;
	struct buf lists[PIECES];
	struct crl *crls[PIECES];
	struct crl_source sources[PIECES];
};

static void
begin(struct scene *s, X509 *cert)
{
	memset(s, 0, sizeof(*s));
	s->pool = sk_X509_new_null();
	s->anchors = sk_X509_new_null();
	s->in = (struct path_input){ .cert = cert,
		.untrusted = s->pool,
		.anchors = s->anchors,
		.time = PKI_NOW,
		.purpose = PATH_SIGNING };
	s->evidence.crls = s->sources;
}

static void
end(struct scene *s)
{
	size_t i;

	for (i = 0; i < s->evidence.crl_count; i++) {
		crl_free(s->crls[i]);
		buf_release(&s->lists[i]);
	}
	sk_X509_free(s->pool);
	sk_X509_free(s->anchors);
}

static void
add_crl(struct scene *s, enum pki_id id, const struct status_entry *e)
{
	struct status_crl in = status_crl_of(id);
	size_t i = s->evidence.crl_count++;
	struct error err = ERROR_INIT;

	in.entries = e;
	in.count = e != NULL;
	s->lists[i] = status_crl_make(&in);
	ASSERT_OK(crl_open(&s->crls[i], SPAN_OF(&s->lists[i]), &err), &err);
	s->sources[i] = crl_source_of(s->crls[i]);
	s->in.revocation = &s->evidence;
}

static struct path_result
judged(struct scene *s)
{
	struct error err = ERROR_INIT;
	struct path_result r;

	ASSERT_OK(path_validate(&s->in, &r, &err), &err);
	return r;
}

static void
expect_at(int line, struct scene *s, enum sub_indication sub, const char *says)
{
	struct path_result r = judged(s);

	if (r.sub != sub || strstr(r.text, says) == NULL)
		fprintf(stderr, "line %d: %s, not %s: %s\n", line, sub_indication_name(r.sub),
		    sub_indication_name(sub), r.text);
	CU_ASSERT_EQUAL(r.sub, sub);
	CU_ASSERT_EQUAL(r.ok, sub == SUB_NONE);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.text, says));
	path_result_release(&r);
}
#define EXPECT(s, sub, says) expect_at(__LINE__, (s), (sub), (says))

static struct status_entry
entry(X509 *cert, int reason)
{
	return (struct status_entry){ cert, PKI_NOW - 9 * PKI_DAY, reason, 0, NULL };
}

/* The issuing CA, certified by the other root as well. */
static X509 *
cross_certificate(void)
{
	struct issue_request request = pki_request(PKI_INTERMEDIATE);

	request.ca_path_length = 0;
	return pki_issue(&request, PKI_OTHER_ROOT);
}

/* ---- revocation on a path ---- */

static void
a_path_holds_when_no_certificate_of_it_is_revoked(void)
{
	struct path_result r;
	struct scene s;

	begin(&s, pki_cert(PKI_REVOCABLE));
	sk_X509_push(s.anchors, pki_cert(PKI_ROOT));
	sk_X509_push(s.pool, pki_cert(PKI_INTERMEDIATE));
	EXPECT(&s, SUB_NONE, ""); /* nobody asked */
	add_crl(&s, PKI_INTERMEDIATE, NULL);
	EXPECT(&s, SUB_TRY_LATER, "\"Test Issuing CA\" is revoked is not known");
	add_crl(&s, PKI_ROOT, NULL);
	EXPECT(&s, SUB_NONE, "");
	r = judged(&s);
	CU_ASSERT_EQUAL_FATAL(r.certificate_count, 3);
	CU_ASSERT_EQUAL(r.certificates[0].revocation.status, REVOCATION_GOOD);
	CU_ASSERT_EQUAL(r.certificates[1].revocation.status, REVOCATION_GOOD);
	CU_ASSERT_EQUAL(r.certificates[1].revocation.index, 1);
	CU_ASSERT_EQUAL(r.certificates[2].revocation.status, REVOCATION_NOT_NEEDED);
	path_result_release(&r);
	end(&s);
}

static void
a_revoked_certificate_breaks_the_path_by_its_place_in_it(void)
{
	const struct status_entry leaf = entry(pki_cert(PKI_REVOCABLE), CRL_KEY_COMPROMISE),
				  hold = entry(pki_cert(PKI_REVOCABLE), CRL_CERTIFICATE_HOLD),
				  ca = entry(pki_cert(PKI_INTERMEDIATE), CRL_CA_COMPROMISE);
	const struct {
		const struct status_entry *below, *above;
		enum sub_indication sub;
		const char *says;
	} cases[] = {
		{ &leaf, NULL, SUB_REVOKED_NO_POE, "\"Revocable signer\" was revoked" },
		{ NULL, &ca, SUB_REVOKED_CA_NO_POE, "\"Test Issuing CA\" was revoked" },
		{ &leaf, &ca, SUB_REVOKED_NO_POE, "\"Revocable signer\" was revoked" },
		{ &hold, NULL, SUB_TRY_LATER, "is on hold" },
	};
	struct scene s;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(&s, pki_cert(PKI_REVOCABLE));
		sk_X509_push(s.anchors, pki_cert(PKI_ROOT));
		sk_X509_push(s.pool, pki_cert(PKI_INTERMEDIATE));
		add_crl(&s, PKI_INTERMEDIATE, cases[i].below);
		add_crl(&s, PKI_ROOT, cases[i].above);
		expect_at(__LINE__, &s, cases[i].sub, cases[i].says);
		end(&s);
	}
}

/* EN 319 102-1 clause 5.2.6.4 */
static void
an_expired_certificate_may_be_known_not_to_be_revoked(void)
{
	X509 *cert = X509_dup(pki_cert(PKI_REVOCABLE));
	struct scene s;

	ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)(PKI_NOW - 3600));
	cert = pki_resign(cert, PKI_INTERMEDIATE);
	begin(&s, cert);
	sk_X509_push(s.anchors, pki_cert(PKI_INTERMEDIATE));
	EXPECT(&s, SUB_OUT_OF_BOUNDS_NO_POE, "expired");
	s.evidence.time = 0;
	s.in.revocation = &s.evidence; /* with nothing in it */
	EXPECT(&s, SUB_OUT_OF_BOUNDS_NO_POE, "expired");
	add_crl(&s, PKI_INTERMEDIATE, NULL); /* of the day before, when it was valid */
	EXPECT(&s, SUB_OUT_OF_BOUNDS_NOT_REVOKED, "expired");
	end(&s);
	X509_free(cert);
}

/* ---- several paths ---- */

static void
a_path_that_holds_is_preferred_to_one_that_is_revoked(void)
{
	const struct status_entry ca =
	    entry(pki_cert(PKI_INTERMEDIATE), CRL_CESSATION_OF_OPERATION);
	X509 *cross = cross_certificate();
	struct path_result r;
	struct scene s;

	begin(&s, pki_cert(PKI_P256));
	sk_X509_push(s.anchors, pki_cert(PKI_ROOT));
	sk_X509_push(s.anchors, pki_cert(PKI_OTHER_ROOT));
	sk_X509_push(s.pool, pki_cert(PKI_INTERMEDIATE));
	sk_X509_push(s.pool, cross);
	add_crl(&s, PKI_ROOT, &ca);
	EXPECT(&s, SUB_TRY_LATER, "is not known"); /* better than revoked */
	add_crl(&s, PKI_OTHER_ROOT, NULL);
	r = judged(&s);
	CU_ASSERT(r.ok);
	CU_ASSERT_EQUAL(r.candidates, 2);
	CU_ASSERT_EQUAL(X509_cmp(r.anchor, pki_cert(PKI_OTHER_ROOT)), 0);
	CU_ASSERT_EQUAL(X509_cmp(r.certificates[1].cert, cross), 0);
	path_result_release(&r);
	sk_X509_pop(s.pool); /* without the cross-certificate it is revoked */
	EXPECT(&s, SUB_REVOKED_CA_NO_POE, "");
	end(&s);
	X509_free(cross);
}

static void
an_expired_way_does_not_hide_another(void)
{
	struct issue_request request = pki_request(PKI_INTERMEDIATE);
	struct scene s;
	X509 *expired;

	request.not_after = PKI_NOW - PKI_DAY;
	expired = pki_issue(&request, PKI_ROOT);
	begin(&s, pki_cert(PKI_P256));
	sk_X509_push(s.anchors, pki_cert(PKI_ROOT));
	sk_X509_push(s.pool, expired);
	EXPECT(&s, SUB_OUT_OF_BOUNDS_NO_POE, "\"Test Issuing CA\" expired");
	sk_X509_push(s.pool, pki_cert(PKI_INTERMEDIATE));
	EXPECT(&s, SUB_NONE, "");
	end(&s);
	X509_free(expired);
}

static X509 *
certified_by(enum pki_id id, enum pki_id issuer)
{
	struct issue_request request = pki_request(id);

	request.profile = ISSUE_INTERMEDIATE_CA;
	request.ca_path_length = 0;
	request.not_before = PKI_NOW - PKI_YEAR;
	request.not_after = PKI_NOW + PKI_YEAR;
	return pki_issue(&request, issuer);
}

/* Two CAs that certify each other: the walk ends. */
static void
a_loop_leads_nowhere_and_ends(void)
{
	X509 *root_by_other = certified_by(PKI_ROOT, PKI_OTHER_ROOT),
	     *other_by_root = certified_by(PKI_OTHER_ROOT, PKI_ROOT);
	struct path_result r;
	struct scene s;

	begin(&s, pki_cert(PKI_P256));
	sk_X509_push(s.pool, root_by_other);
	sk_X509_push(s.pool, other_by_root);
	sk_X509_push(s.pool, pki_cert(PKI_INTERMEDIATE));
	EXPECT(&s, SUB_NO_CERTIFICATE_CHAIN_FOUND, "");
	sk_X509_push(s.anchors, pki_cert(PKI_OTHER_ROOT));
	r = judged(&s);
	CU_ASSERT_EQUAL(r.certificate_count, 4);
	CU_ASSERT_PTR_NOT_NULL(r.anchor);
	CU_ASSERT(!r.limit_met);
	path_result_release(&r);
	end(&s);
	X509_free(root_by_other);
	X509_free(other_by_root);
}

/* The root's name on another key, self-signed: what a CA leaves behind when it takes a new key. */
static X509 *
namesake_of_root(int number)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_dup(pki_cert(PKI_ROOT));
	int at = X509_get_ext_by_NID(x, NID_subject_key_identifier, -1);

	X509_set_pubkey(x, key);
	ASN1_INTEGER_set(X509_get_serialNumber(x), number);
	if (at >= 0)
		X509_EXTENSION_free(X509_delete_ext(x, at));
	CU_ASSERT_NOT_EQUAL_FATAL(X509_sign(x, key, EVP_sha256()), 0);
	EVP_PKEY_free(key);
	return x;
}

/* Trusted roots of one name and many keys are no way to each other, nor to a certificate of none.
 */
static void
namesakes_of_a_root_are_not_walked_through(void)
{
	enum { MANY = 15 };
	struct work work = WORK_INIT(40000);
	X509 *bare = X509_dup(pki_cert(PKI_INTERMEDIATE));
	struct scene s;
	X509 *x;
	int i;

	begin(&s, pki_cert(PKI_P256));
	s.in.work = &work;
	sk_X509_push(s.pool, pki_cert(PKI_INTERMEDIATE));
	for (i = 0; i < MANY; i++)
		sk_X509_push(s.anchors, namesake_of_root(i + 1));
	sk_X509_push(s.pool, pki_cert(PKI_ROOT));
	EXPECT(&s, SUB_NO_CERTIFICATE_CHAIN_FOUND, "\"Test Root\"");
	CU_ASSERT_EQUAL(work.met, 0);
	/* Of several that only the name leads to, none is blamed. */
	i = X509_get_ext_by_NID(bare, NID_authority_key_identifier, -1);
	X509_EXTENSION_free(X509_delete_ext(bare, i));
	bare = pki_resign(bare, PKI_ROOT);
	sk_X509_set(s.pool, 0, bare);
	CU_ASSERT_PTR_EQUAL(sk_X509_pop(s.pool), pki_cert(PKI_ROOT));
	EXPECT(&s, SUB_NO_CERTIFICATE_CHAIN_FOUND,
	    "no trusted issuer was found for the certificate \"Test Issuing CA\"");
	sk_X509_push(s.anchors, pki_cert(PKI_ROOT));
	EXPECT(&s, SUB_NONE, "");
	sk_X509_pop(s.anchors);
	CU_ASSERT_EQUAL(work.met, 0);
	while ((x = sk_X509_pop(s.anchors)) != NULL)
		X509_free(x);
	end(&s);
	X509_free(bare);
}

/* Many certificates of one name and different keys: tried within the limit, and that is told. */
static void
the_search_is_limited_and_says_so(void)
{
	enum { MANY = PATH_STEPS_MAX + 5 };
	X509 *decoy;
	struct path_result r;
	struct scene s;
	int i;

	begin(&s, pki_cert(PKI_P256));
	sk_X509_push(s.anchors, pki_cert(PKI_ROOT));
	for (i = 0; i < MANY; i++) {
		decoy = X509_dup(pki_cert(PKI_INTERMEDIATE));
		X509_set_pubkey(decoy, pki_key(PKI_P384)->pkey);
		ASN1_INTEGER_set(X509_get_serialNumber(decoy), i + 1);
		decoy = pki_resign(decoy, PKI_ROOT);
		sk_X509_push(s.pool, decoy);
	}
	r = judged(&s);
	CU_ASSERT(!r.ok);
	CU_ASSERT(r.limit_met);
	path_result_release(&r);
	while ((decoy = sk_X509_pop(s.pool)) != NULL)
		X509_free(decoy);
	end(&s);
}

static void
a_missing_issuer_is_asked_for_where_the_certificate_says(void)
{
	struct issue_request request = pki_request(PKI_REVOCABLE);
	struct path_result r;
	struct scene s;
	X509 *cert;

	request.issuer_url = "http://pki.example/issuing.cer";
	cert = pki_issue(&request, PKI_INTERMEDIATE);
	begin(&s, cert);
	sk_X509_push(s.anchors, pki_cert(PKI_ROOT));
	r = judged(&s);
	CU_ASSERT_EQUAL(r.sub, SUB_NO_CERTIFICATE_CHAIN_FOUND);
	CU_ASSERT_EQUAL_FATAL(r.wanted_issuers.count, 1);
	CU_ASSERT_STRING_EQUAL(r.wanted_issuers.items[0], request.issuer_url);
	path_result_release(&r);
	end(&s);
	X509_free(cert);
}

/* ---- rules ---- */

static void
an_anchor_counts_as_certificate_or_as_name_and_key(void)
{
	X509 *no_ca = status_with_ext(
	    pki_cert(PKI_ROOT), PKI_ROOT, NID_basic_constraints, 1, "value=critical,CA:FALSE\n");
	struct scene s;

	begin(&s, pki_cert(PKI_P256));
	sk_X509_push(s.anchors, no_ca);
	sk_X509_push(s.pool, pki_cert(PKI_INTERMEDIATE));
	EXPECT(&s, SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE, "is not a CA's");
	s.in.anchor_rules = PATH_ANCHOR_CONSTRAINTS;
	EXPECT(&s, SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE, "is not a CA's");
	s.in.anchor_rules = PATH_ANCHOR_NAME_AND_KEY;
	EXPECT(&s, SUB_NONE, "");
	s.in.time = PKI_NOW + 11 * PKI_YEAR; /* its dates are another matter */
	EXPECT(&s, SUB_OUT_OF_BOUNDS_NO_POE, "");
	end(&s);
	X509_free(no_ca);
}

static void
a_trusted_leaf_may_be_asked_for_an_issuer(void)
{
	struct scene s;

	begin(&s, pki_cert(PKI_OTHER_SIGNER));
	sk_X509_push(s.anchors, pki_cert(PKI_OTHER_SIGNER));
	EXPECT(&s, SUB_NONE, "");
	s.in.leaf_is_no_anchor = 1;
	EXPECT(&s, SUB_NO_CERTIFICATE_CHAIN_FOUND, "");
	end(&s);
}

static void
cas_below_the_anchor_may_be_limited_from_outside(void)
{
	struct scene s;

	begin(&s, pki_cert(PKI_P256));
	sk_X509_push(s.anchors, pki_cert(PKI_ROOT));
	sk_X509_push(s.pool, pki_cert(PKI_INTERMEDIATE));
	s.in.path_length_plus_one = 2;
	EXPECT(&s, SUB_NONE, "");
	s.in.path_length_plus_one = 1;
	EXPECT(&s, SUB_CHAIN_CONSTRAINTS_FAILURE, "than are allowed");
	end(&s);
}

/* What only the strict profile refuses, and what is always refused, in a leaf under the CA. */
static void
slips_of_cas_are_refused_where_that_is_asked(void)
{
	static const struct {
		int nid, critical;
		const char *conf, *says;
	} cases[] = {
		{ NID_inhibit_any_policy, 0, "value=1\n", "is not critical" },
		{ NID_subject_alt_name, 0, "value=DNS:foo_bar.example\n", "is not a host name" },
		{ NID_name_constraints, 1, "value=permitted;DNS:example.org\n", "is not a CA's" },
		{ NID_key_usage, 1, "value=digitalSignature,keyCertSign\n", "is not a CA's" },
	};
	struct scene s;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		X509 *cert = status_with_ext(pki_cert(PKI_P256), PKI_INTERMEDIATE, cases[i].nid,
		    cases[i].critical, cases[i].conf);

		begin(&s, cert);
		sk_X509_push(s.anchors, pki_cert(PKI_INTERMEDIATE));
		EXPECT(&s, SUB_NONE, "");
		s.in.strict_profile = 1;
		EXPECT(&s, SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE, cases[i].says);
		s.in.cert = pki_cert(PKI_P256); /* ours are without fault */
		EXPECT(&s, SUB_NONE, "");
		end(&s);
		X509_free(cert);
	}
}

static void
names_are_compared_with_what_a_ca_may_certify(void)
{
	static const struct {
		const char *names, *constraints;
		const char *says; /* NULL: it holds */
	} cases[] = {
		{ "DNS:a.example.org", "permitted;DNS:example.org", NULL },
		{ "DNS:a.example.com", "permitted;DNS:example.org", "may not certify" },
		{ "DNS:*.example.org", "permitted;DNS:example.org", NULL },
		{ "DNS:*.example.org", "permitted;DNS:a.example.org", "may not certify" },
		{ "DNS:*.example.org", "excluded;DNS:a.example.org", "must not certify" },
		{ "DNS:*.example.org", "excluded;DNS:a.b.example.org", NULL },
		{ "DNS:a.example.org", "permitted;DNS:.example.org", "are not well formed" },
		{ "DNS:a.example.org", "permitted;email:x@y@example.org", "are not well formed" },
		{ "DNS:a..example.org", "permitted;DNS:example.org", "cannot be compared" },
		{ "email:a@b@example.org", "permitted;email:example.org", "cannot be compared" },
		{ "email:a@example.org", "permitted;email:example.org", NULL },
		{ "email:a@b@example.org", "permitted;DNS:example.org", NULL },
		{ "RID:1.2.3", "excluded;RID:1.2.4", "cannot be compared" },
		{ "IP:192.0.2.1", "permitted;IP:192.0.2.0/255.255.255.0", NULL },
		{ "IP:192.0.3.1", "permitted;IP:192.0.2.0/255.255.255.0", "may not certify" },
		{ "IP:192.0.2.1", "permitted;IP:192.0.2.0/255.0.255.0", "are not well formed" },
	};
	char conf[128];
	struct scene s;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		X509 *ca, *leaf;

		snprintf(conf, sizeof(conf), "value=%s\n", cases[i].constraints);
		ca = status_with_ext(
		    pki_cert(PKI_INTERMEDIATE), PKI_ROOT, NID_name_constraints, 1, conf);
		snprintf(conf, sizeof(conf), "value=%s\n", cases[i].names);
		leaf = status_with_ext(
		    pki_cert(PKI_P256), PKI_INTERMEDIATE, NID_subject_alt_name, 0, conf);
		begin(&s, leaf);
		sk_X509_push(s.anchors, pki_cert(PKI_ROOT));
		sk_X509_push(s.pool, ca);
		expect_at(__LINE__ * 100 + (int)i, &s,
		    cases[i].says == NULL ? SUB_NONE : SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE,
		    cases[i].says == NULL ? "" : cases[i].says);
		end(&s);
		X509_free(ca);
		X509_free(leaf);
	}
}

/* ---- many names ---- */

#define MANY 1100

/* "value=@s" with that many lines of a section: host names, or addresses as networks. */
static struct buf
many_names(const char *head, const char *key, int are_hosts, const char *tail)
{
	struct error err = ERROR_INIT;
	struct buf conf = BUF_INIT(0);
	int i;

	buf_printf(&conf, &err, "value=%s@s\n[s]\n", head);
	for (i = 0; i < MANY; i++)
		if (are_hosts)
			buf_printf(&conf, &err, "%s.%d=t%d.example.org\n", key, i, i);
		else
			buf_printf(
			    &conf, &err, "%s.%d=10.%d.%d.0%s\n", key, i, i / 256, i % 256, tail);
	buf_terminate(&conf, &err);
	return conf;
}

/* Only what is compared counts for the limit: host names with host names. */
static void
names_and_constraints_are_counted_by_their_type(void)
{
	struct buf names = many_names("", "DNS", 1, ""),
		   hosts = many_names("", "excluded;DNS", 1, ""),
		   networks = many_names("", "excluded;IP", 0, "/255.255.255.0");
	X509 *leaf = status_with_ext(pki_cert(PKI_P256), PKI_INTERMEDIATE, NID_subject_alt_name, 0,
	    (const char *)names.data);
	const struct {
		const struct buf *conf;
		enum sub_indication sub;
		const char *says;
	} cases[] = {
		{ &networks, SUB_NONE, "" },
		{ &hosts, SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE,
		    "more names than can be compared" },
	};
	struct scene s;
	size_t i;

	for (i = 0; i < 2; i++) {
		X509 *ca = status_with_ext(pki_cert(PKI_INTERMEDIATE), PKI_ROOT,
		    NID_name_constraints, 1, (const char *)cases[i].conf->data);

		begin(&s, leaf);
		sk_X509_push(s.anchors, pki_cert(PKI_ROOT));
		sk_X509_push(s.pool, ca);
		expect_at(__LINE__, &s, cases[i].sub, cases[i].says);
		end(&s);
		X509_free(ca);
	}
	X509_free(leaf);
	buf_release(&names);
	buf_release(&hosts);
	buf_release(&networks);
}

static void
an_extension_that_stands_there_twice_is_refused(void)
{
	X509 *x = X509_dup(pki_cert(PKI_P256));
	struct scene s;

	X509_add_ext(x, X509_get_ext(x, X509_get_ext_count(x) - 1), -1);
	x = pki_resign(x, PKI_INTERMEDIATE);
	begin(&s, x);
	sk_X509_push(s.anchors, pki_cert(PKI_INTERMEDIATE));
	EXPECT(&s, SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE, "");
	end(&s);
	X509_free(x);
}

static void
the_policies_of_a_path_are_told(void)
{
	X509 *x = status_with_ext(pki_cert(PKI_P256), PKI_INTERMEDIATE, NID_certificate_policies, 0,
	    "value=1.3.6.1.4.1.99999.7\n");
	struct path_result r;
	struct scene s;

	begin(&s, x);
	sk_X509_push(s.anchors, pki_cert(PKI_INTERMEDIATE));
	r = judged(&s);
	CU_ASSERT(r.ok);
	CU_ASSERT_EQUAL_FATAL(r.policy_count, 1);
	CU_ASSERT_STRING_EQUAL(r.policies[0], "1.3.6.1.4.1.99999.7");
	path_result_release(&r);
	s.in.cert = pki_cert(PKI_P256);
	r = judged(&s);
	CU_ASSERT_EQUAL(r.policy_count, 0);
	path_result_release(&r);
	end(&s);
	X509_free(x);
}

/* Is the path of a certificate good that names so many policies? */
static void
judge_policies(unsigned int count, struct path_result *r)
{
	struct buf conf = BUF_INIT(0);
	struct scene s;
	unsigned int i;
	X509 *x;

	CU_ASSERT_EQUAL_FATAL(buf_append_str(&conf, "value=1.2.3", NULL), 0);
	for (i = 0; i + 1 < count; i++)
		CU_ASSERT_EQUAL_FATAL(buf_printf(&conf, NULL, ",1.2.3.%u", i), 0);
	CU_ASSERT_EQUAL_FATAL(buf_append(&conf, "\n", 2, NULL), 0);
	x = status_with_ext(pki_cert(PKI_P256), PKI_INTERMEDIATE, NID_certificate_policies, 0,
	    (const char *)conf.data);
	begin(&s, x);
	sk_X509_push(s.anchors, pki_cert(PKI_INTERMEDIATE));
	*r = judged(&s);
	end(&s);
	X509_free(x);
	buf_release(&conf);
}

static void
a_path_with_thousands_of_policies_is_not_good_and_says_why(void)
{
	struct path_result r;

	judge_policies(900, &r);
	CU_ASSERT(r.ok);
	path_result_release(&r);
	judge_policies(3000, &r);
	CU_ASSERT(!r.ok);
	CU_ASSERT_EQUAL(r.sub, SUB_CHAIN_CONSTRAINTS_FAILURE);
	CU_ASSERT_PTR_NOT_NULL(strstr(r.text, "more certificate policies"));
	path_result_release(&r);
}

static const struct test tests[] = {
	TEST(a_path_holds_when_no_certificate_of_it_is_revoked),
	TEST(a_revoked_certificate_breaks_the_path_by_its_place_in_it),
	TEST(an_expired_certificate_may_be_known_not_to_be_revoked),
	TEST(a_path_that_holds_is_preferred_to_one_that_is_revoked),
	TEST(an_expired_way_does_not_hide_another),
	TEST(a_loop_leads_nowhere_and_ends),
	TEST(namesakes_of_a_root_are_not_walked_through),
	TEST(the_search_is_limited_and_says_so),
	TEST(a_missing_issuer_is_asked_for_where_the_certificate_says),
	TEST(an_anchor_counts_as_certificate_or_as_name_and_key),
	TEST(a_trusted_leaf_may_be_asked_for_an_issuer),
	TEST(cas_below_the_anchor_may_be_limited_from_outside),
	TEST(slips_of_cas_are_refused_where_that_is_asked),
	TEST(names_are_compared_with_what_a_ca_may_certify),
	TEST(names_and_constraints_are_counted_by_their_type),
	TEST(an_extension_that_stands_there_twice_is_refused),
	TEST(the_policies_of_a_path_are_told),
	TEST(a_path_with_thousands_of_policies_is_not_good_and_says_why),
	TEST_END,
};
const struct suite suite_signing_x509_path_build = { "signing/x509/path_build", NULL, NULL, tests };
