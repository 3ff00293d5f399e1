#include "tests/support/trusted.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/format/xml/xml_sign.h"
#include "signing/x509/cert.h"

static void
must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "trusted list for a test: %s\n", what);
	abort();
}

static struct trust_instance
instance(const char *type, const char *name, const char *status, int64_t start)
{
	return (struct trust_instance){ .type = trust_type_uri(type),
		.name = name,
		.status = trust_status_uri(status),
		.start = start,
		.expired_certs_revocation = TRUST_NO_TIME };
}

static void
put_service(
    struct test_list *l, int i, struct trust_instance *instances, size_t count, enum pki_id member)
{
	struct error err = ERROR_INIT;

	must(cert_write_der(&l->der[i], pki_cert(member), &err) == 0, err.text);
	l->certificates[i] = SPAN_OF(&l->der[i]);
	instances[0].certificates = (struct trust_blobs){ &l->certificates[i], 1 };
	l->services[i] = (struct trust_service){ .instances = instances, .instance_count = count };
}

void
test_list_init(struct test_list *l)
{
	static const struct trust_address address = { "Main Street 1", "Bonn", "53113", "DE",
		"tl@example.org", "https://tl.example.org/" };

	memset(l, 0, sizeof(*l));
	l->scheme = (struct trust_scheme){ .operator_name = "Example Operator",
		.scheme_name = "DE:Example scheme",
		.information_uri = "https://tl.example.org/scheme",
		.territory = "DE",
		.legal_notice = "For tests & nothing <else>.",
		.address = address,
		.sequence = 7,
		.issued = PKI_NOW - PKI_DAY,
		.next_update = PKI_NOW + 30 * PKI_DAY };
	l->instances[0] =
	    instance("CA/PKC", "Alpha CA", "recognisedatnationallevel", PKI_NOW - PKI_YEAR);
	l->instances[1] =
	    instance("CA/PKC", "Alpha CA", "deprecatedatnationallevel", PKI_NOW - 2 * PKI_YEAR);
	l->instances[2] =
	    instance("CA/PKC", "Alpha CA", "recognisedatnationallevel", PKI_NOW - 4 * PKI_YEAR);
	l->instances[3] =
	    instance("TSA", "Alpha TSA", "recognisedatnationallevel", PKI_NOW - 2 * PKI_YEAR);
	l->instances[4] =
	    instance("CA/PKC", "Beta CA", "deprecatedatnationallevel", PKI_NOW - 30 * PKI_DAY);
	l->instances[5] =
	    instance("CA/PKC", "Beta CA", "recognisedatnationallevel", PKI_NOW - 2 * PKI_YEAR);
	put_service(l, 0, &l->instances[0], 3, PKI_INTERMEDIATE);
	put_service(l, 1, &l->instances[3], 1, PKI_TSA);
	put_service(l, 2, &l->instances[4], 2, PKI_OTHER_ROOT);
	l->points[0] = "http://ocsp.example.org/";
	l->services[0].supply_points = (struct trust_texts){ l->points, 1 };
	l->providers[0] = (struct trust_written){ .provider = { .name = "Alpha Trust",
						      .information_uri = "https://alpha.example/",
						      .services = &l->services[0],
						      .service_count = 2 },
		.address = address };
	l->providers[1] = (struct trust_written){ .provider = { .name = "Beta Trust",
						      .information_uri = "https://beta.example/",
						      .services = &l->services[2],
						      .service_count = 1 },
		.address = address };
}

void
test_list_release(struct test_list *l)
{
	size_t i;

	for (i = 0; i < 3; i++)
		buf_release(&l->der[i]);
}

void
test_list_text(const struct test_list *l, struct buf *out)
{
	struct error err = ERROR_INIT;

	out->len = 0;
	must(trust_list_write(out, &l->scheme, l->providers, 2, &err) == 0, err.text);
}

void
test_list_sign(struct buf *text, enum pki_id signer)
{
	const struct sign_options options = {
		.packaging = PACKAGING_ENVELOPED, .signing_time = PKI_NOW, .claim_time = 1
	};
	const struct document doc = { .content = SPAN_OF(text), .has_content = 1 };
	struct buf out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	must(xml_sign(&out, &doc, 1, pki_key(signer), &options, &(struct xml_sign_options){ 0 },
		 &err) == 0,
	    err.text);
	text->len = 0;
	must(buf_append_span(text, SPAN_OF(&out), &err) == 0, err.text);
	buf_release(&out);
}

void
test_list_make(const struct test_list *l, enum pki_id signer, struct buf *out)
{
	test_list_text(l, out);
	test_list_sign(out, signer);
}

void
test_swap(struct buf *text, const char *from, const char *to)
{
	struct error err = ERROR_INIT;
	const char *at;

	must(buf_terminate(text, &err) == 0, err.text);
	at = strstr((const char *)text->data, from);
	must(at != NULL, from);
	must(buf_splice(text, (size_t)(at - (const char *)text->data), strlen(from), span_str(to),
		 &err) == 0,
	    err.text);
}

const char *test_lotl_base = "https://tl.example/";

static void
put_pointer(struct buf *out, const char *type, const char *territory, enum pki_id signer)
{
	struct error err = ERROR_INIT;
	struct buf der = BUF_INIT(0);

	must(cert_write_der(&der, pki_cert(signer), &err) == 0, err.text);
	must(buf_printf(out, &err,
		 "<OtherTSLPointer><ServiceDigitalIdentities><ServiceDigitalIdentity><DigitalId>"
		 "<X509Certificate>") == 0 &&
		 text_base64(out, SPAN_OF(&der), 0, &err) == 0 &&
		 buf_printf(out, &err,
		     "</X509Certificate></DigitalId></ServiceDigitalIdentity>"
		     "</ServiceDigitalIdentities><TSLLocation>%s%s.xml"
		     "</TSLLocation><AdditionalInformation><OtherInformation><TSLType>%s</TSLType>"
		     "</OtherInformation><OtherInformation><SchemeTerritory>%s</SchemeTerritory>"
		     "</OtherInformation><OtherInformation><x:MimeType xmlns:x=\"http://"
		     "uri.etsi.org/02231/v2/additionaltypes#\">application/vnd.etsi.tsl+xml"
		     "</x:MimeType></OtherInformation></AdditionalInformation></OtherTSLPointer>",
		     test_lotl_base, territory, type, territory) == 0,
	    err.text);
	buf_release(&der);
}

void
test_lotl(
    struct buf *out, uint64_t sequence, enum pki_id own, enum pki_id other, enum pki_id signer)
{
	struct buf pointers = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct test_list l;

	test_list_init(&l);
	l.scheme.sequence = sequence;
	l.scheme.territory = "EU";
	l.scheme.type = TEST_LOTL_TYPE;
	out->len = 0;
	must(trust_list_write(out, &l.scheme, NULL, 0, &err) == 0, err.text);
	must(buf_printf(&pointers, &err, "<PointersToOtherTSL>") == 0, err.text);
	put_pointer(&pointers, TEST_LOTL_TYPE, "EU", own);
	put_pointer(
	    &pointers, "http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUgeneric", "DE", other);
	must(buf_printf(&pointers, &err, "</PointersToOtherTSL><ListIssueDateTime>") == 0 &&
		 buf_terminate(&pointers, &err) == 0,
	    err.text);
	test_swap(out, "<ListIssueDateTime>", (const char *)pointers.data);
	test_list_sign(out, signer);
	buf_release(&pointers);
	test_list_release(&l);
}

STACK_OF(X509) * test_signers(enum pki_id first, ...)
{
	STACK_OF(X509) *stack = sk_X509_new_null();
	va_list args;
	int id = (int)first;

	va_start(args, first);
	for (; id != PKI_IDS; id = va_arg(args, int))
		must(stack != NULL && sk_X509_push(stack, pki_cert((enum pki_id)id)) > 0,
		    "no memory");
	va_end(args);
	return stack;
}
