#include "tests/support/qualified.h"

#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/x509/cert.h"

static void
must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "qualified certificates for a test: %s\n", what);
	abort();
}

/* ---- certificates ---- */

static void
put_extension_by(X509 *issuer, X509 *cert, const char *name, int critical, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	char text[400];

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	snprintf(text, sizeof(text), "%s%s", critical ? "critical," : "", value);
	ext = X509V3_EXT_conf(NULL, &ctx, name, text);
	must(ext != NULL && X509_add_ext(cert, ext, -1) == 1, name);
	X509_EXTENSION_free(ext);
}

static void
put_extension(X509 *cert, const char *name, int critical, const char *value)
{
	put_extension_by(cert, cert, name, critical, value);
}

static void
put_policy(X509 *cert, const char *oid)
{
	CERTIFICATEPOLICIES *all = CERTIFICATEPOLICIES_new();
	POLICYINFO *one = POLICYINFO_new();

	must(all != NULL && one != NULL, "a policy");
	ASN1_OBJECT_free(one->policyid);
	one->policyid = OBJ_txt2obj(oid, 1);
	must(sk_POLICYINFO_push(all, one) > 0 &&
		 X509_add1_ext_i2d(cert, NID_certificate_policies, all, 0, 0) == 1,
	    "a policy");
	CERTIFICATEPOLICIES_free(all);
}

/* ---- QCStatements by hand: everything here is shorter than 128 bytes ---- */

struct der {
	unsigned char bytes[127];
	unsigned char len;
};

static void
put_tlv(struct der *to, unsigned char tag, const void *value, size_t len)
{
	must(to->len + 2 + len <= sizeof(to->bytes), "QCStatements");
	to->bytes[to->len++] = tag;
	to->bytes[to->len++] = (unsigned char)len;
	memcpy(to->bytes + to->len, value, len);
	to->len = (unsigned char)(to->len + len);
}

static void
put_oid(struct der *to, const char *oid)
{
	ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);

	put_tlv(to, 0x06, OBJ_get0_data(object), OBJ_length(object));
	ASN1_OBJECT_free(object);
}

static void
put_statement(struct der *all, const char *oid, const struct der *info)
{
	struct der one = { .len = 0 };

	put_oid(&one, oid);
	if (info != NULL)
		put_tlv(&one, 0x30, info->bytes, info->len);
	put_tlv(all, 0x30, one.bytes, one.len);
}

static void
put_statements(X509 *cert, unsigned int says)
{
	static const char *const types[] = { "0.4.0.1862.1.6.1", "0.4.0.1862.1.6.2",
		"0.4.0.1862.1.6.3" };
	struct der all = { .len = 0 }, info = { .len = 0 }, whole = { .len = 0 };
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *ext;
	int i;

	if (says & SAYS_COMPLIANCE)
		put_statement(&all, "0.4.0.1862.1.1", NULL);
	if (says & SAYS_QSCD)
		put_statement(&all, "0.4.0.1862.1.4", NULL);
	for (i = 0; i < 3; i++)
		if (says & (SAYS_ESIGN << i))
			put_oid(&info, types[i]);
	if (info.len > 0)
		put_statement(&all, "0.4.0.1862.1.6", &info);
	info.len = 0;
	put_tlv(&info, 0x13, "CH", 2);
	if (says & SAYS_LEGISLATION)
		put_statement(&all, "0.4.0.1862.1.7", &info);
	put_tlv(&whole, 0x30, all.bytes, all.len);
	ASN1_OCTET_STRING_set(value, whole.bytes, whole.len);
	ext = X509_EXTENSION_create_by_NID(NULL, NID_qcStatements, 0, value);
	must(ext != NULL && (all.len == 0 || X509_add_ext(cert, ext, -1) == 1), "QCStatements");
	X509_EXTENSION_free(ext);
	ASN1_OCTET_STRING_free(value);
}

static void
put_name(X509_NAME *name, const char *field, const char *text)
{
	if (text[0] != '\0')
		must(X509_NAME_add_entry_by_txt(
			 name, field, MBSTRING_UTF8, (const unsigned char *)text, -1, -1, 0) == 1,
		    text);
}

static X509 *
start(const char *common_name, const struct qualified_names *names, EVP_PKEY *key, int64_t from,
    int64_t to)
{
	static long serial = 1000;
	X509 *cert = X509_new();
	X509_NAME *name = X509_NAME_new();

	must(cert != NULL && name != NULL && X509_set_version(cert, 2) == 1 &&
		 ASN1_INTEGER_set(X509_get_serialNumber(cert), serial++) == 1 &&
		 ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)from) != NULL &&
		 ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)to) != NULL &&
		 X509_set_pubkey(cert, key) == 1,
	    "a certificate");
	put_name(name, "C", names->country);
	put_name(name, "O", names->organization);
	put_name(name, "CN", common_name);
	must(X509_set_subject_name(cert, name) == 1, "its subject");
	X509_NAME_free(name);
	return cert;
}

static X509 *
sign(X509 *cert, const X509_NAME *issuer, EVP_PKEY *key)
{
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);
	X509 *done = NULL;

	must(X509_set_issuer_name(cert, issuer) == 1 && X509_sign(cert, key, EVP_sha256()) > 0 &&
		 cert_write_der(&der, cert, &err) == 0 &&
		 cert_read(&done, SPAN_OF(&der), &err) == 0,
	    "a signature");
	buf_release(&der);
	X509_free(cert);
	return done;
}

void
qualified_pki_make(struct qualified_pki *p, const struct qualified_names *names)
{
	static const struct qualified_names usual = { "Alpha Trust", "DE" };
	X509 *cert;

	memset(p, 0, sizeof(*p));
	p->ca_key = EVP_EC_gen("P-256");
	p->leaf_key = EVP_EC_gen("P-256");
	p->chain = sk_X509_new_null();
	p->above = sk_X509_new_null();
	must(p->ca_key != NULL && p->leaf_key != NULL && p->chain != NULL && p->above != NULL,
	    "keys");
	cert = start("QC CA", names != NULL ? names : &usual, p->ca_key,
	    TRUST_EIDAS - 10 * PKI_YEAR, PKI_NOW + 20 * PKI_YEAR);
	put_extension(cert, "basicConstraints", 1, "CA:TRUE");
	put_extension(cert, "keyUsage", 1, "keyCertSign,cRLSign");
	put_extension(cert, "subjectKeyIdentifier", 0, "hash");
	p->ca = sign(cert, X509_get_subject_name(cert), p->ca_key);
}

void
qualified_pki_release(struct qualified_pki *p)
{
	sk_X509_free(p->chain);
	sk_X509_free(p->above);
	X509_free(p->leaf);
	X509_free(p->between);
	X509_free(p->ca);
	EVP_PKEY_free(p->ca_key);
	EVP_PKEY_free(p->leaf_key);
}

static X509 *
leaf(const struct qualified_pki *p, X509 *issuer, EVP_PKEY *issuer_key, unsigned int says,
    int64_t issued)
{
	const struct qualified_names names = { "Alpha Trust", "DE" };
	X509 *cert = start(issuer == p->ca ? "Signer" : "Below", &names, p->leaf_key, issued,
	    issued + 12 * PKI_YEAR);

	put_extension(cert, "basicConstraints", 1, "CA:FALSE");
	put_extension(cert, "keyUsage", 1, "digitalSignature,nonRepudiation");
	put_extension(cert, "subjectKeyIdentifier", 0, "hash");
	put_extension_by(issuer, cert, "authorityKeyIdentifier", 0, "keyid");
	put_extension(cert, "noRevAvail", 0, "DER:05:00");
	if (says & SAYS_TSA)
		put_extension(cert, "extendedKeyUsage", 1, "timeStamping");
	if (says & (SAYS_QCP | SAYS_QCP_PLUS | SAYS_POLICY))
		put_policy(cert, says & SAYS_QCP	? "0.4.0.1456.1.2"
				 : says & SAYS_QCP_PLUS ? "0.4.0.1456.1.1"
							: "1.2.3.4.5");
	put_statements(cert, says);
	return sign(cert, X509_get_subject_name(issuer), issuer_key);
}

/* `cert` is the new leaf, `between` (or NULL) stands between it and the CA. */
static void
take_leaf(struct qualified_pki *p, X509 *cert, X509 *between)
{
	X509_free(p->leaf);
	if (between != p->between)
		X509_free(p->between);
	p->leaf = cert;
	p->between = between;
	sk_X509_zero(p->chain);
	sk_X509_zero(p->above);
	sk_X509_push(p->chain, p->leaf);
	if (between != NULL) {
		sk_X509_push(p->chain, between);
		sk_X509_push(p->above, between);
	}
	sk_X509_push(p->chain, p->ca);
	sk_X509_push(p->above, p->ca);
}

void
qualified_leaf(struct qualified_pki *p, unsigned int says, int64_t issued)
{
	take_leaf(p, leaf(p, p->ca, p->ca_key, says, issued), NULL);
}

void
qualified_forgery(struct qualified_pki *p, unsigned int says, int64_t issued)
{
	take_leaf(p, leaf(p, p->ca, p->leaf_key, says, issued), NULL);
}

void
qualified_below(struct qualified_pki *p, unsigned int says, int64_t issued)
{
	X509 *between = leaf(p, p->ca, p->ca_key, SAYS_COMPLIANCE | SAYS_ESIGN, issued);

	take_leaf(p, leaf(p, between, p->leaf_key, says, issued), between);
}

struct sign_key
qualified_key(const struct qualified_pki *p)
{
	return (struct sign_key){
		.name = "qualified", .pkey = p->leaf_key, .cert = p->leaf, .chain = p->above
	};
}

/* ---- lists ---- */

struct parts {
	char uris[16][160];
	size_t uri_count;
	const char *texts[40];
	size_t text_count;
	struct trust_qualification qualifications[QUALIFIED_SERVICES * QUALIFIED_INSTANCES];
	size_t qualification_count;
	struct trust_instance instances[QUALIFIED_SERVICES][QUALIFIED_INSTANCES];
	struct trust_service services[QUALIFIED_SERVICES];
	struct trust_provider providers[QUALIFIED_SERVICES];
	const char *trade_names[1];
	struct buf ca, leaf;
	struct span certificates[2];
};

static void
put_qualifiers(struct parts *p, const struct qualified_state *s, struct trust_instance *in)
{
	struct trust_qualification *q = &p->qualifications[p->qualification_count++];
	const char *word = s->qualifiers, *end;

	q->qualifiers.items = &p->texts[p->text_count];
	q->is_critical = !s->not_critical;
	q->criteria = (struct trust_criterion){ .kind = CRITERION_LIST, .assert = ASSERT_ALL };
	if (s->criteria != NULL)
		q->criteria = *s->criteria;
	for (; word != NULL && *word != '\0'; word = *end != '\0' ? end + 1 : end) {
		end = strchrnul(word, ' ');
		must(p->uri_count < 16 && p->text_count < 40, "too many qualifiers");
		snprintf(p->uris[p->uri_count], sizeof(p->uris[0]), "%s%.*s",
		    strncmp(word, "http:", 5) == 0 ? "" : QUALIFIED_INFO, (int)(end - word), word);
		p->texts[p->text_count++] = p->uris[p->uri_count++];
		q->qualifiers.count++;
	}
	in->qualifications = q;
	in->qualification_count = 1;
}

static void
put_state(struct parts *p, const struct qualified_state *s, struct trust_instance *in)
{
	static const char *const infos[] = { QUALIFIED_INFO "ForeSignatures",
		QUALIFIED_INFO "ForeSeals", QUALIFIED_INFO "ForWebSiteAuthentication" };
	static const char letters[] = "sew";
	const char *type = s->type != NULL ? s->type : "CA/QC";
	const char *status = s->status != NULL ? s->status : "granted";
	int i;

	*in = (struct trust_instance){ .type = trust_type_uri(type),
		.name = strcmp(type, "CA/QC") == 0 ? "QC CA" : "QTSA",
		.status = trust_status_uri(status) != NULL ? trust_status_uri(status) : status,
		.start = s->start != 0 ? s->start : TRUST_EIDAS,
		.certificates = { &p->certificates[strcmp(type, "TSA/QTST") == 0], 1 },
		.expired_certs_revocation = TRUST_NO_TIME,
		.taken_over_by = s->taken_over_by,
		.unknown_critical = s->unknown_critical };
	in->additional.items = &p->texts[p->text_count];
	for (i = 0; i < 3; i++)
		if (s->kinds == NULL || strchr(s->kinds, letters[i]) != NULL) {
			p->texts[p->text_count++] = infos[i];
			in->additional.count++;
		}
	if (s->qualifiers != NULL)
		put_qualifiers(p, s, in);
}

static void
put_service(struct parts *p, const struct qualified_list *list, int number)
{
	const struct qualified_service *from = &list->services[number];
	const int n = from->state_count != 0 ? from->state_count : 1;
	struct trust_provider *provider = &p->providers[number];
	int i;

	for (i = 0; i < n; i++)
		put_state(p, &from->states[i], &p->instances[number][i]);
	p->services[number] = (struct trust_service){ p->instances[number], (size_t)n, { 0 } };
	*provider = (struct trust_provider){ .name = from->provider != NULL   ? from->provider
						     : list->provider != NULL ? list->provider
									      : "Alpha Trust",
		.services = &p->services[number],
		.service_count = 1 };
	p->trade_names[0] = list->trade_name;
	if (list->trade_name != NULL)
		provider->trade_names = (struct trust_texts){ p->trade_names, 1 };
}

struct trust_snapshot *
qualified_snapshot(const struct qualified_pki *pki, const struct qualified_list *from)
{
	struct parts *p = calloc(1, sizeof(*p));
	struct trust_list list = { .version = 6,
		.sequence = 12,
		.type = from->type != NULL ? from->type : QUALIFIED_EU,
		.operator_name = "Agency",
		.territory = from->territory != NULL ? from->territory : "DE",
		.issued = PKI_NOW - PKI_DAY,
		.next_update =
		    from->next_update != 0 ? from->next_update : PKI_NOW + 30 * PKI_DAY };
	const struct trust_listed listed = { list.territory, &list };
	const struct trust_choice all = { list.territory, NULL };
	const struct trust_making making = { &listed, 1, &all, 1, NULL, 0 };
	struct trust_snapshot *s = NULL;
	struct buf bytes = BUF_INIT(0);
	struct error err = ERROR_INIT;
	int i;

	must(p != NULL && cert_write_der(&p->ca, pki->ca, &err) == 0 &&
		 (pki->leaf == NULL || cert_write_der(&p->leaf, pki->leaf, &err) == 0),
	    "memory");
	p->certificates[0] = SPAN_OF(&p->ca);
	p->certificates[1] = SPAN_OF(&p->leaf);
	list.providers = p->providers;
	for (i = 0; i < QUALIFIED_SERVICES && from->services[i].used; i++)
		put_service(p, from, i);
	list.provider_count = (size_t)i;
	must(trust_snapshot_make(&bytes, &making, &err) == 0 &&
		 trust_snapshot_load(&s, SPAN_OF(&bytes), &err) == 0,
	    err.text);
	buf_release(&bytes);
	buf_release(&p->ca);
	buf_release(&p->leaf);
	free(p);
	return s;
}
