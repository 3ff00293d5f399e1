#include "signing/trust/list_write.h"

#include <string.h>

#include "server/base/text.h"
#include "signing/core/certs.h"
#include "signing/core/ossl.h"
#include "signing/format/xml/xml_sign.h"
#include "signing/trust/list_private.h"
#include <openssl/x509v3.h>

/* Written piece by piece; after a failure all calls do nothing. */
struct writing {
	struct buf text;
	struct error err;
	int depth;
};

/* As xml_escape() of signing/format/xml, but UTF-8 stays as it is. */
static int
escape(struct writing *w, const char *s)
{
	if (w->err.kind == ERROR_NONE && !text_is_utf8(s, strlen(s)))
		error_set(&w->err, ERROR_MALFORMED, "a text for the trusted list is not UTF-8");
	for (; *s != '\0' && w->err.kind == ERROR_NONE; s++) {
		const char *as = *s == '&'   ? "&amp;"
				 : *s == '<' ? "&lt;"
				 : *s == '>' ? "&gt;"
				 : *s == '"' ? "&quot;"
					     : NULL;

		if ((unsigned char)*s < ' ' && *s != '\t' && *s != '\n')
			error_set(&w->err, ERROR_MALFORMED,
			    "a text for the trusted list holds a control character");
		else if (as != NULL)
			buf_append_str(&w->text, as, &w->err);
		else
			buf_append(&w->text, s, 1, &w->err);
	}
	return w->err.kind == ERROR_NONE ? 0 : -1;
}

static void __attribute__((format(printf, 2, 3))) put(struct writing *w, const char *fmt, ...)
{
	char line[400];
	va_list args;
	int i;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	for (i = 0; i < w->depth && w->err.kind == ERROR_NONE; i++)
		buf_append(&w->text, "\t", 1, &w->err);
	if (w->err.kind == ERROR_NONE)
		buf_append_str(&w->text, line, &w->err);
}

static void
open_tag(struct writing *w, const char *name)
{
	put(w, "<%s>\n", name);
	w->depth++;
}

static void
close_tag(struct writing *w, const char *name)
{
	w->depth--;
	put(w, "</%s>\n", name);
}

/* <name>text</name>, with attributes where `name` brings them. */
static void
leaf(struct writing *w, const char *name, const char *text, const char *what)
{
	if (w->err.kind == ERROR_NONE && (text == NULL || *text == '\0'))
		error_set(&w->err, ERROR_MALFORMED, "the trusted list needs %s", what);
	put(w, "<%s>", name);
	if (text != NULL)
		escape(w, text);
	if (w->err.kind == ERROR_NONE)
		buf_printf(&w->text, &w->err, "</%.*s>\n", (int)strcspn(name, " "), name);
}

static void
in_english(
    struct writing *w, const char *outer, const char *inner, const char *text, const char *what)
{
	char tag[80];

	snprintf(tag, sizeof(tag), "%s xml:lang=\"en\"", inner);
	open_tag(w, outer);
	leaf(w, tag, text, what);
	close_tag(w, outer);
}

static void
time_leaf(struct writing *w, const char *name, int64_t time)
{
	char when[TEXT_TIME_SIZE];

	leaf(w, name, text_time(when, time), "a time");
}

static void
blob_leaf(struct writing *w, const char *name, struct span bytes)
{
	struct buf text = BUF_INIT(0);

	if (w->err.kind == ERROR_NONE && text_base64(&text, bytes, 0, &w->err) == 0 &&
	    buf_terminate(&text, &w->err) == 0) {
		put(w, "<DigitalId><%s>", name);
		buf_printf(
		    &w->text, &w->err, "%s</%s></DigitalId>\n", (const char *)text.data, name);
	}
	buf_release(&text);
}

static void
address(struct writing *w, const char *name, const struct trust_address *a, const char *whose)
{
	char uri[300], what[120];

	open_tag(w, name);
	open_tag(w, "PostalAddresses");
	open_tag(w, "PostalAddress xml:lang=\"en\"");
	snprintf(what, sizeof(what), "street, locality and country of %.60s", whose);
	leaf(w, "StreetAddress", a->street, what);
	leaf(w, "Locality", a->locality, what);
	if (a->postal_code != NULL)
		leaf(w, "PostalCode", a->postal_code, what);
	leaf(w, "CountryName", a->country, what);
	close_tag(w, "PostalAddress");
	close_tag(w, "PostalAddresses");
	open_tag(w, "ElectronicAddress");
	snprintf(what, sizeof(what), "e-mail address and website of %.60s", whose);
	snprintf(uri, sizeof(uri), "mailto:%s", a->email != NULL ? a->email : "");
	leaf(w, "URI xml:lang=\"en\"", a->email != NULL ? uri : NULL, what);
	leaf(w, "URI xml:lang=\"en\"", a->website, what);
	close_tag(w, "ElectronicAddress");
	close_tag(w, name);
}

static void
scheme(struct writing *w, const struct trust_scheme *s)
{
	char number[24];

	open_tag(w, "SchemeInformation");
	leaf(w, "TSLVersionIdentifier", "6", "");
	snprintf(number, sizeof(number), "%llu", (unsigned long long)s->sequence);
	leaf(w, "TSLSequenceNumber", s->sequence > 0 ? number : NULL, "a sequence number from 1");
	leaf(w, "TSLType", s->type != NULL ? s->type : TRUST_TYPE_PRIVATE, "its type");
	in_english(w, "SchemeOperatorName", "Name", s->operator_name, "the name of its operator");
	address(w, "SchemeOperatorAddress", &s->address, "the operator");
	in_english(w, "SchemeName", "Name", s->scheme_name, "a name of the scheme");
	in_english(w, "SchemeInformationURI", "URI", s->information_uri,
	    "an address where the scheme is described");
	leaf(w, "StatusDeterminationApproach",
	    s->approach != NULL ? s->approach : TRUST_APPROACH_PRIVATE, "its approach");
	if (s->rules != NULL)
		in_english(w, "SchemeTypeCommunityRules", "URI", s->rules, "rules");
	leaf(w, "SchemeTerritory",
	    s->territory != NULL && strlen(s->territory) == 2 ? s->territory : NULL,
	    "a territory of two letters");
	in_english(w, "PolicyOrLegalNotice", "TSLLegalNotice", s->legal_notice, "a legal notice");
	leaf(w, "HistoricalInformationPeriod", "65535", "");
	time_leaf(w, "ListIssueDateTime", s->issued);
	if (s->next_update != TRUST_NO_TIME && s->next_update <= s->issued)
		error_set(&w->err, ERROR_MALFORMED,
		    "the next update of the trusted list must be after its issue");
	if (s->next_update == TRUST_NO_TIME) {
		put(w, "<NextUpdate/>\n");
	} else {
		open_tag(w, "NextUpdate");
		time_leaf(w, "dateTime", s->next_update);
		close_tag(w, "NextUpdate");
	}
	if (s->distribution_point != NULL) {
		open_tag(w, "DistributionPoints");
		leaf(w, "URI", s->distribution_point, "");
		close_tag(w, "DistributionPoints");
	}
	close_tag(w, "SchemeInformation");
}

/* ---- services ---- */

/* Subject name and key identifier, as clause 5.6.3 asks of states of the past. */
static void
key_identity(struct writing *w, struct span certificate)
{
	X509 *cert = cert_decode(certificate);
	unsigned char id[EVP_MAX_MD_SIZE];
	const ASN1_OCTET_STRING *ski = cert != NULL ? X509_get0_subject_key_id(cert) : NULL;
	unsigned int len = 0;
	char name[1024];

	if (cert == NULL) {
		error_set(
		    &w->err, ERROR_MALFORMED, "a certificate for the trusted list does not decode");
		return;
	}
	open_tag(w, "DigitalId");
	leaf(w, "X509SubjectName", x509_name_text(X509_get_subject_name(cert), name, sizeof(name)),
	    "certificates with a subject name");
	close_tag(w, "DigitalId");
	if (ski != NULL)
		blob_leaf(w, "X509SKI",
		    (struct span){ ASN1_STRING_get0_data(ski), (size_t)ASN1_STRING_length(ski) });
	else if (X509_pubkey_digest(cert, EVP_sha1(), id, &len) == 1)
		blob_leaf(w, "X509SKI", (struct span){ id, len });
	X509_free(cert);
}

static void
identity(struct writing *w, const struct trust_service *s, const struct trust_instance *in)
{
	size_t i;

	open_tag(w, "ServiceDigitalIdentity");
	for (i = 0; i < in->certificates.count; i++)
		blob_leaf(w, "X509Certificate", in->certificates.items[i]);
	for (i = 0; i < in->skis.count; i++)
		blob_leaf(w, "X509SKI", in->skis.items[i]);
	if (in->certificates.count + in->skis.count == 0)
		key_identity(w, s->instances[0].certificates.items[0]);
	close_tag(w, "ServiceDigitalIdentity");
}

static void
extensions(struct writing *w, const struct trust_instance *in)
{
	size_t i;

	if (in->qualification_count > 0)
		error_set(&w->err, ERROR_UNSUPPORTED,
		    "qualifications of the service \"%.80s\" cannot be written", in->name);
	if (in->additional.count == 0 && in->expired_certs_revocation == TRUST_NO_TIME)
		return;
	open_tag(w, "ServiceInformationExtensions");
	for (i = 0; i < in->additional.count; i++) {
		open_tag(w, "Extension Critical=\"false\"");
		in_english(w, "AdditionalServiceInformation", "URI", in->additional.items[i],
		    "an address of additional information");
		close_tag(w, "Extension");
	}
	if (in->expired_certs_revocation != TRUST_NO_TIME) {
		open_tag(w, "Extension Critical=\"false\"");
		time_leaf(w, "ExpiredCertsRevocationInfo", in->expired_certs_revocation);
		close_tag(w, "Extension");
	}
	close_tag(w, "ServiceInformationExtensions");
}

static void
state(struct writing *w, const struct trust_service *s, const struct trust_instance *in)
{
	leaf(w, "ServiceTypeIdentifier", in->type, "the type of each service");
	in_english(w, "ServiceName", "Name", in->name, "the name of each service");
	identity(w, s, in);
	leaf(w, "ServiceStatus", in->status, "the status of each service");
	time_leaf(w, "StatusStartingTime", in->start);
}

static void
supply_points(struct writing *w, const struct trust_service *s)
{
	size_t i;

	if (s->supply_points.count == 0)
		return;
	open_tag(w, "ServiceSupplyPoints");
	for (i = 0; i < s->supply_points.count; i++)
		leaf(w, "ServiceSupplyPoint", s->supply_points.items[i], "addresses of services");
	close_tag(w, "ServiceSupplyPoints");
}

static void
service(struct writing *w, const struct trust_service *s)
{
	size_t i;

	if (s->instance_count == 0 || s->instances[0].certificates.count == 0) {
		error_set(&w->err, ERROR_MALFORMED,
		    "the service \"%.80s\" for the trusted list has no certificate",
		    s->instance_count > 0 && s->instances[0].name != NULL ? s->instances[0].name
									  : "");
		return;
	}
	open_tag(w, "TSPService");
	open_tag(w, "ServiceInformation");
	state(w, s, &s->instances[0]);
	supply_points(w, s);
	extensions(w, &s->instances[0]);
	close_tag(w, "ServiceInformation");
	if (s->instance_count > 1)
		open_tag(w, "ServiceHistory");
	for (i = 1; i < s->instance_count; i++) {
		if (s->instances[i].start >= s->instances[i - 1].start)
			error_set(&w->err, ERROR_MALFORMED,
			    "the states of the service \"%.80s\" do not follow each other in time",
			    s->instances[0].name);
		open_tag(w, "ServiceHistoryInstance");
		state(w, s, &s->instances[i]);
		extensions(w, &s->instances[i]);
		close_tag(w, "ServiceHistoryInstance");
	}
	if (s->instance_count > 1)
		close_tag(w, "ServiceHistory");
	close_tag(w, "TSPService");
}

static void
provider(struct writing *w, const struct trust_written *p)
{
	size_t i;

	open_tag(w, "TrustServiceProvider");
	open_tag(w, "TSPInformation");
	in_english(w, "TSPName", "Name", p->provider.name, "the name of each provider");
	if (p->provider.trade_names.count > 0) {
		open_tag(w, "TSPTradeName");
		for (i = 0; i < p->provider.trade_names.count; i++)
			leaf(w, "Name xml:lang=\"en\"", p->provider.trade_names.items[i], "names");
		close_tag(w, "TSPTradeName");
	}
	address(w, "TSPAddress", &p->address, p->provider.name);
	in_english(w, "TSPInformationURI", "URI", p->provider.information_uri,
	    "an address where each provider is described");
	close_tag(w, "TSPInformation");
	if (p->provider.service_count == 0)
		error_set(&w->err, ERROR_MALFORMED,
		    "the provider \"%.80s\" for the trusted list has no service",
		    p->provider.name != NULL ? p->provider.name : "");
	open_tag(w, "TSPServices");
	for (i = 0; i < p->provider.service_count; i++)
		service(w, &p->provider.services[i]);
	close_tag(w, "TSPServices");
	close_tag(w, "TrustServiceProvider");
}

int
trust_list_write(struct buf *out, const struct trust_scheme *s,
    const struct trust_written *providers, size_t count, struct error *err)
{
	struct writing w = { .text = BUF_INIT(0) };
	int rc = -1;
	size_t i;

	put(&w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	put(&w, "<TrustServiceStatusList xmlns=\"%s\" TSLTag=\"%s\" Id=\"TrustedList\">\n",
	    XML_NS_TSL, TSL_TAG);
	w.depth++;
	scheme(&w, s);
	if (count > 0)
		open_tag(&w, "TrustServiceProviderList");
	for (i = 0; i < count; i++)
		provider(&w, &providers[i]);
	if (count > 0)
		close_tag(&w, "TrustServiceProviderList");
	close_tag(&w, "TrustServiceStatusList");
	if (w.err.kind != ERROR_NONE) {
		if (err != NULL)
			*err = w.err;
	} else {
		rc = buf_append_span(out, SPAN_OF(&w.text), err);
	}
	buf_release(&w.text);
	return rc;
}

int
trust_list_sign(
    struct buf *out, struct span list, const struct sign_key *key, int64_t time, struct error *err)
{
	const struct sign_options options = {
		.packaging = PACKAGING_ENVELOPED, .signing_time = time, .claim_time = 1
	};
	const struct xml_sign_options xml = { .canonicalization = XML_CANONICALIZATION_EXCLUSIVE };
	const struct document doc = { .content = list, .has_content = 1 };
	struct trust_list_input in = { .time = time, .is_past = 1 };
	struct trust_list_result result = { 0 };
	struct trust_list *read = NULL;
	const size_t start = out->len;
	int rc = -1;

	in.signers = sk_X509_new_null();
	if (in.signers == NULL || sk_X509_push(in.signers, key->cert) <= 0) {
		error_memory(err);
		goto done;
	}
	if (xml_sign(out, &doc, 1, key, &options, &xml, err) != 0)
		goto done;
	in.bytes = (struct span){ out->data + start, out->len - start };
	if (trust_list_check(&in, &read, &result, err) != 0)
		goto done;
	if (read == NULL)
		error_set(
		    err, ERROR_MALFORMED, "the signed list would be refused: %.300s", result.text);
	else
		rc = 0;
done:
	if (rc != 0)
		out->len = start;
	trust_list_free(read);
	trust_list_result_release(&result);
	sk_X509_free(in.signers);
	return rc;
}
