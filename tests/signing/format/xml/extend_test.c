/* XAdES brought to T, LT and LTA; xmlsec1 says whether the signature holds all along. */
#include "signing/format/xml/xml_extend.h"

#include <string.h>

#include "server/base/text.h"
#include "signing/format/cms/cms_read.h"
#include "signing/format/xml/xml_sign.h"
#include "tests/support/longterm.h"
#include "tests/support/pdf_samples.h"
#include "tests/support/suite.h"
#include "tests/support/tsa.h"

static const char order[] =
    "<?xml version=\"1.0\"?>\n<order xmlns=\"urn:o\"><item>42</item></order>";
static const struct test_tsa tsa = { .id = PKI_TSA, .time = PKI_NOW };

#define EXPECT_FAILS(call, err, expected, words)                                                   \
	do {                                                                                       \
		CU_ASSERT_EQUAL((call), -1);                                                       \
		CU_ASSERT_EQUAL((err)->kind, (expected));                                          \
		CU_ASSERT_PTR_NOT_NULL(strstr((err)->text, (words)));                              \
		error_clear(err);                                                                  \
	} while (0)

static struct document
document(void)
{
	return (
	    struct document){ .name = "order.xml", .content = span_str(order), .has_content = 1 };
}

static struct buf
sign(enum packaging packaging, enum level level)
{
	struct timestamp_source source = test_tsa_source(&tsa);
	struct sign_options options = { .signing_time = PKI_NOW,
		.claim_time = 1,
		.level = level,
		.timestamp = &source,
		.packaging = packaging };
	struct document doc = document();
	struct error err = ERROR_INIT;
	struct buf out = BUF_INIT(0);

	ASSERT_OK(xml_sign(&out, &doc, 1, pki_key(PKI_P256), &options, NULL, &err), &err);
	return out;
}

static void
extend(struct buf *xml, enum extension to, const struct evidence *data)
{
	struct timestamp_source source = test_tsa_source(&tsa);
	struct buf out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ASSERT_OK(xml_extend(&out, SPAN_OF(xml), NULL, to, data, &source, NULL, &err), &err);
	buf_release(xml);
	*xml = out;
}

static struct signatures
read_back(const struct buf *xml)
{
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;

	ASSERT_OK(xml_read(&list, SPAN_OF(xml), NULL, &err), &err);
	CU_ASSERT_FATAL(list.count >= 1);
	CU_ASSERT(list.items[0].value_intact && list.items[0].references_intact);
	return list;
}

static void
expect_level(const struct buf *xml, const char *level, size_t stamps)
{
	struct signatures list = read_back(xml);

	longterm_expect_level(&list, level, stamps);
	signatures_release(&list);
}

static int
xmlsec_accepts(const struct buf *xml)
{
	return pdf_sample_judge(NULL, SPAN_OF(xml),
		   "xmlsec1 --verify --insecure "
		   "--id-attr:Id http://uri.etsi.org/01903/v1.3.2#:SignedProperties") == 0;
}

static void
a_signature_is_brought_from_level_to_level(void)
{
	static const enum packaging ways[] = { PACKAGING_ENVELOPED, PACKAGING_ENVELOPING };
	struct evidence data = longterm_evidence();
	size_t i;

	for (i = 0; i < 2; i++) {
		struct buf xml = sign(ways[i], LEVEL_B);

		expect_level(&xml, "B-B", 0);
		extend(&xml, EXTEND_T, NULL);
		expect_level(&xml, "B-T", 1);
		extend(&xml, EXTEND_LT, &data);
		expect_level(&xml, "B-LT", 1);
		extend(&xml, EXTEND_LTA, NULL);
		expect_level(&xml, "B-LTA", 2);
		extend(&xml, EXTEND_LTA, NULL);
		expect_level(&xml, "B-LTA", 3);
		CU_ASSERT(xmlsec_accepts(&xml));
		buf_release(&xml);
	}
	evidence_release(&data);
}

static void
what_was_put_in_is_read_and_covered_by_the_archive_time_stamp(void)
{
	struct evidence data = longterm_evidence(), more = longterm_more();
	struct buf xml = sign(PACKAGING_ENVELOPED, LEVEL_T);
	const struct embedded_timestamp *stamps;
	struct signatures list;
	unsigned char sha256[32];

	extend(&xml, EXTEND_LTA, &data);
	extend(&xml, EXTEND_LTA, &more);
	CU_ASSERT_PTR_NOT_NULL(memmem(xml.data, xml.len, "TimeStampValidationData", 23));
	list = read_back(&xml);
	CU_ASSERT_EQUAL_FATAL(list.items[0].timestamp_count, 3);
	stamps = list.items[0].timestamps;
	CU_ASSERT(longterm_holds(&list.evidence, &data));
	CU_ASSERT(longterm_holds(&list.evidence, &more));
	CU_ASSERT_EQUAL(stamps[0].kind, TIMESTAMP_SIGNATURE);
	CU_ASSERT(stamps[0].covers.signature);
	CU_ASSERT_EQUAL(stamps[0].covers.count, 1);
	X509_digest(list.items[0].signer, EVP_sha256(), sha256, NULL);
	CU_ASSERT(coverage_has(&stamps[0].covers, sha256));
	CU_ASSERT_EQUAL(stamps[1].kind, TIMESTAMP_ARCHIVE);
	CU_ASSERT(stamps[1].covers.signature && stamps[1].covers.document);
	CU_ASSERT_EQUAL(longterm_covered(&stamps[1].covers, &data), 6);
	CU_ASSERT_EQUAL(longterm_covered(&stamps[1].covers, &more), 0);
	digest_span(DIGEST_SHA256, SPAN_OF(&stamps[0].token), sha256, NULL);
	CU_ASSERT(coverage_has(&stamps[1].covers, sha256));
	CU_ASSERT_EQUAL(longterm_covered(&stamps[2].covers, &more), 1);
	digest_span(DIGEST_SHA256, SPAN_OF(&stamps[1].token), sha256, NULL);
	CU_ASSERT(coverage_has(&stamps[2].covers, sha256));
	CU_ASSERT_FALSE(coverage_has(&stamps[1].covers, sha256));
	signatures_release(&list);
	evidence_release(&data);
	evidence_release(&more);
	buf_release(&xml);
}

/* Replace the first `from` by `to`, which has the same length. */
static void
tamper(struct buf *file, const char *from, const char *to)
{
	unsigned char *at = memmem(file->data, file->len, from, strlen(from));

	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	memcpy(at, to, strlen(to));
}

static void
a_changed_value_is_noticed_by_the_archive_time_stamp_alone(void)
{
	struct evidence data = longterm_evidence();
	struct buf xml = sign(PACKAGING_ENVELOPED, LEVEL_T);
	struct signatures list;

	extend(&xml, EXTEND_LTA, &data);
	tamper(&xml, "<xades:EncapsulatedCRLValue>MI", "<xades:EncapsulatedCRLValue>MJ");
	list = read_back(&xml);
	CU_ASSERT(longterm_is_sound(&list.items[0].timestamps[0]));
	CU_ASSERT_FALSE(longterm_is_sound(&list.items[0].timestamps[1]));
	signatures_release(&list);
	tamper(&xml, "<item>42</item>", "<item>43</item>");
	CU_ASSERT_FALSE(xmlsec_accepts(&xml));
	evidence_release(&data);
	buf_release(&xml);
}

static void
values_that_are_there_are_not_put_in_again(void)
{
	struct evidence data = longterm_evidence();
	struct buf xml = sign(PACKAGING_ENVELOPED, LEVEL_T);
	size_t len;

	extend(&xml, EXTEND_LT, &data);
	len = xml.len;
	extend(&xml, EXTEND_LT, &data);
	CU_ASSERT_EQUAL(xml.len, len);
	evidence_release(&data);
	buf_release(&xml);
}

static void
a_detached_signature_is_extended_with_its_document(void)
{
	struct timestamp_source source = test_tsa_source(&tsa);
	struct evidence data = longterm_evidence();
	struct document doc = document();
	const struct xml_read_options reading = { .detached = &doc, .detached_count = 1 };
	struct buf xml = sign(PACKAGING_DETACHED, LEVEL_T), out = BUF_INIT(0);
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL(
	    xml_extend(&out, SPAN_OF(&xml), NULL, EXTEND_LTA, &data, &source, NULL, &err), -1);
	CU_ASSERT_NOT_EQUAL(err.kind, ERROR_INTERNAL);
	CU_ASSERT_EQUAL(out.len, 0);
	error_clear(&err);
	ASSERT_OK(xml_extend(&out, SPAN_OF(&xml), NULL, EXTEND_LTA, &data, &source, &reading, &err),
	    &err);
	ASSERT_OK(xml_read(&list, SPAN_OF(&out), &reading, &err), &err);
	CU_ASSERT_EQUAL(list.items[0].level, ADES_B_LTA);
	CU_ASSERT(longterm_is_sound(&list.items[0].timestamps[1]));
	signatures_release(&list);
	evidence_release(&data);
	buf_release(&xml);
	buf_release(&out);
}

static void
one_of_two_signatures_is_extended_by_its_name(void)
{
	struct timestamp_source source = test_tsa_source(&tsa);
	struct sign_options options = {
		.signing_time = PKI_NOW, .claim_time = 1, .packaging = PACKAGING_ENVELOPED
	};
	struct buf first = sign(PACKAGING_ENVELOPED, LEVEL_B), both = BUF_INIT(0),
		   out = BUF_INIT(0);
	struct document doc;
	struct signatures list;
	struct error err = ERROR_INIT;
	size_t i, changed = 0;

	doc = (struct document){ .content = SPAN_OF(&first), .has_content = 1 };
	ASSERT_OK(xml_sign(&both, &doc, 1, pki_key(PKI_RSA2048), &options, NULL, &err), &err);
	list = read_back(&both);
	CU_ASSERT_EQUAL_FATAL(list.count, 2);
	/* One of them covers the other; the other one may be extended. */
	for (i = 0; i < 2; i++) {
		struct signatures after = { 0 };

		out.len = 0;
		if (xml_extend(&out, SPAN_OF(&both), list.items[i].id, EXTEND_T, NULL, &source,
			NULL, &err) != 0) {
			/* It says which, and what to do instead. */
			CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
			CU_ASSERT_PTR_NOT_NULL(strstr(err.text, list.items[i].id));
			CU_ASSERT_PTR_NOT_NULL(strstr(err.text, list.items[1 - i].id));
			CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "Extend"));
			CU_ASSERT_EQUAL(out.len, 0);
			error_clear(&err);
			continue;
		}
		changed++;
		ASSERT_OK(xml_read(&after, SPAN_OF(&out), NULL, &err), &err);
		CU_ASSERT_EQUAL(after.items[i].level, ADES_B_T);
		CU_ASSERT_EQUAL(after.items[1 - i].level, ADES_B_B);
		CU_ASSERT(after.items[1 - i].value_intact && after.items[1 - i].references_intact);
		signatures_release(&after);
	}
	CU_ASSERT(changed >= 1);
	EXPECT_FAILS(
	    xml_extend(&out, SPAN_OF(&both), "nobody", EXTEND_T, NULL, &source, NULL, &err), &err,
	    ERROR_NOT_FOUND, "no such signature");
	signatures_release(&list);
	buf_release(&first);
	buf_release(&both);
	buf_release(&out);
}

/* ---- the older forms: TS 101 903, EN 319 132-2 ---- */

#define NS132 " xmlns:xades=\"http://uri.etsi.org/01903/v1.3.2#\""
#define NS141 " xmlns:xades141=\"http://uri.etsi.org/01903/v1.4.1#\""
#define REF                                                                                        \
	"<xades:CertDigest><ds:DigestMethod xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" "      \
	"Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue "                  \
	"xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">AAAA</ds:DigestValue></xades:CertDigest>"

/* A property behind the last one. */
static void
put_property(struct buf *xml, const char *text)
{
	static const char end[] = "</xades:UnsignedSignatureProperties>";
	const unsigned char *at = memmem(xml->data, xml->len, end, sizeof(end) - 1);
	struct error err = ERROR_INIT;

	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	ASSERT_OK(buf_splice(xml, (size_t)(at - xml->data), 0, span_str(text), &err), &err);
}

static void
token_text(struct buf *out, const unsigned char *imprint)
{
	struct error err = ERROR_INIT;
	struct buf token = BUF_INIT(0);

	out->len = 0;
	test_token(&token, &tsa, DIGEST_SHA256, imprint);
	ASSERT_OK(text_base64(out, SPAN_OF(&token), 0, &err), &err);
	buf_release(&token);
}

/*
 * A time-stamp property of that name over what the reader says it must be over: `wrong` is added to
 * the imprint.
 */
static void
put_stamp(struct buf *xml, const char *name, const char *ns, unsigned char wrong)
{
	unsigned char imprint[DIGEST_SIZE_MAX] = { 0 };
	struct buf first = BUF_INIT(0), token = BUF_INIT(0), text = BUF_INIT(0);
	struct error err = ERROR_INIT;
	const unsigned char *at;
	struct signatures list;

	token_text(&first, imprint);
	ASSERT_OK(buf_printf(&text, &err,
		      "<%s%s><ds:CanonicalizationMethod "
		      "xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" "
		      "Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>"
		      "<xades:EncapsulatedTimeStamp" NS132 ">%.*s</xades:EncapsulatedTimeStamp>"
		      "</%s>",
		      name, ns, (int)first.len, (const char *)first.data, name),
	    &err);
	ASSERT_OK(buf_terminate(&text, &err), &err);
	put_property(xml, (const char *)text.data);
	list = read_back(xml);
	CU_ASSERT_FATAL(list.items[0].timestamp_count > 0);
	memcpy(imprint,
	    list.items[0]
		.timestamps[list.items[0].timestamp_count - 1]
		.imprint.value[DIGEST_SHA256],
	    32);
	imprint[0] ^= wrong;
	token_text(&token, imprint);
	at = memmem(xml->data, xml->len, first.data, first.len);
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	ASSERT_OK(
	    buf_splice(xml, (size_t)(at - xml->data), first.len, SPAN_OF(&token), &err), &err);
	signatures_release(&list);
	buf_release(&first);
	buf_release(&token);
	buf_release(&text);
}

/* Level C in the properties of one version or the other. */
static struct buf
form_c(int second)
{
	struct buf xml = sign(PACKAGING_ENVELOPED, LEVEL_T);

	put_property(&xml,
	    second ? "<xades141:CompleteCertificateRefsV2" NS141
		     "><xades141:CertRefs><xades:Cert" NS132 ">" REF
		     "</xades:Cert></xades141:CertRefs>"
		     "</xades141:CompleteCertificateRefsV2>"
		   : "<xades:CompleteCertificateRefs" NS132 "><xades:CertRefs><xades:Cert>" REF
		     "</xades:Cert></xades:CertRefs></xades:CompleteCertificateRefs>");
	put_property(&xml, "<xades:CompleteRevocationRefs" NS132 "/>");
	return xml;
}

/* And the values: level X-L. */
static void
put_crl(struct buf *xml, const struct evidence *data)
{
	struct buf text = BUF_INIT(0);
	struct error err = ERROR_INIT;

	ASSERT_OK(
	    buf_append_str(&text,
		"<xades:RevocationValues" NS132 "><xades:CRLValues><xades:EncapsulatedCRLValue>",
		&err),
	    &err);
	ASSERT_OK(text_base64(&text, SPAN_OF(&data->crls.items[0].der), 0, &err), &err);
	ASSERT_OK(
	    buf_append_str(&text,
		"</xades:EncapsulatedCRLValue></xades:CRLValues></xades:RevocationValues>", &err),
	    &err);
	ASSERT_OK(buf_terminate(&text, &err), &err);
	put_property(xml, (const char *)text.data);
	buf_release(&text);
}

static const struct older_form {
	int second; /* properties of XAdES 1.4.1 */
	const char *stamp, *ns;
	int values;
	const char *archive; /* an archive time stamp of its time */
	const char *level;
	size_t stamps;
} older_forms[] = {
	{ 0, NULL, NULL, 0, NULL, "C", 1 },
	{ 1, NULL, NULL, 0, NULL, "C", 1 },
	{ 0, "xades:SigAndRefsTimeStamp", NS132, 0, NULL, "X", 2 },
	{ 0, "xades:RefsOnlyTimeStamp", NS132, 0, NULL, "X", 2 },
	{ 1, "xades141:SigAndRefsTimeStampV2", NS141, 0, NULL, "X", 2 },
	{ 1, "xades141:RefsOnlyTimeStampV2", NS141, 0, NULL, "X", 2 },
	{ 0, NULL, NULL, 1, NULL, "X-L", 1 },
	{ 1, "xades141:SigAndRefsTimeStampV2", NS141, 1, NULL, "X-L", 2 },
	{ 0, "xades:SigAndRefsTimeStamp", NS132, 1, "xades:ArchiveTimeStamp", "A", 3 },
	{ 1, "xades141:RefsOnlyTimeStampV2", NS141, 1, "xades141:ArchiveTimeStamp", "A", 3 },
};

static struct buf
older_form(const struct older_form *f, const struct evidence *data, unsigned char wrong)
{
	struct buf xml = form_c(f->second);

	if (f->stamp != NULL)
		put_stamp(&xml, f->stamp, f->ns, wrong);
	if (f->values)
		put_crl(&xml, data);
	if (f->archive != NULL)
		put_stamp(
		    &xml, f->archive, strncmp(f->archive, "xades:", 6) == 0 ? NS132 : NS141, 0);
	return xml;
}

/* What they have stays, and is under the archive time stamp; again and again. */
static void
older_forms_are_brought_to_an_archive_level(void)
{
	struct evidence data = longterm_evidence();
	size_t i;

	for (i = 0; i < sizeof(older_forms) / sizeof(older_forms[0]); i++) {
		const struct older_form *f = &older_forms[i];
		struct buf xml = older_form(f, &data, 0);

		expect_level(&xml, f->level, f->stamps);
		extend(&xml, EXTEND_LTA, &data);
		expect_level(&xml, "A", f->stamps + 1);
		extend(&xml, EXTEND_LTA, NULL);
		expect_level(&xml, "A", f->stamps + 2);
		CU_ASSERT(xmlsec_accepts(&xml));
		buf_release(&xml);
	}
	evidence_release(&data);
}

/* A changed reference is seen by the archive time stamp over it, and by the time stamp of level X.
 */
static void
a_changed_reference_breaks_the_time_stamps_over_it(void)
{
	struct evidence data = longterm_evidence();
	struct buf xml = older_form(&older_forms[2], &data, 0);
	struct signatures list;
	size_t i, sound = 0;
	char *at;

	extend(&xml, EXTEND_LTA, &data);
	at = memmem(xml.data, xml.len, ">AAAA<", 6);
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	at[1] = 'B';
	list = read_back(&xml);
	CU_ASSERT_EQUAL_FATAL(list.items[0].timestamp_count, 3);
	for (i = 0; i < 3; i++)
		sound += (size_t)longterm_is_sound(&list.items[0].timestamps[i]);
	CU_ASSERT_EQUAL(sound, 1); /* that over the value */
	signatures_release(&list);
	evidence_release(&data);
	buf_release(&xml);
}

static void
an_older_form_with_a_time_stamp_that_does_not_fit_is_refused(void)
{
	struct timestamp_source source = test_tsa_source(&tsa);
	struct evidence data = longterm_evidence();
	struct buf out = BUF_INIT(0);
	struct error err = ERROR_INIT;
	size_t i;

	for (i = 2; i < 6; i++) {
		struct buf xml = older_form(&older_forms[i], &data, 1);

		EXPECT_FAILS(
		    xml_extend(&out, SPAN_OF(&xml), NULL, EXTEND_LTA, &data, &source, NULL, &err),
		    &err, ERROR_CONFLICT, "must cover");
		buf_release(&xml);
	}
	CU_ASSERT_EQUAL(out.len, 0);
	evidence_release(&data);
}

static void
what_cannot_be_extended_is_refused(void)
{
	struct timestamp_source source = test_tsa_source(&tsa);
	struct sign_options plain = { .plain = 1 };
	struct evidence data = longterm_evidence();
	struct document doc = document();
	struct buf xml = sign(PACKAGING_ENVELOPED, LEVEL_B), bare = BUF_INIT(0), out = BUF_INIT(0);
	struct error err = ERROR_INIT;

	EXPECT_FAILS(xml_extend(&out, SPAN_OF(&xml), NULL, EXTEND_LT, &data, NULL, NULL, &err),
	    &err, ERROR_CONFLICT, "level T");
	ASSERT_OK(xml_sign(&bare, &doc, 1, pki_key(PKI_P256), &plain, NULL, &err), &err);
	EXPECT_FAILS(xml_extend(&out, SPAN_OF(&bare), NULL, EXTEND_T, NULL, &source, NULL, &err),
	    &err, ERROR_UNSUPPORTED, "XAdES");
	EXPECT_FAILS(xml_extend(&out, span_str(order), NULL, EXTEND_T, NULL, &source, NULL, &err),
	    &err, ERROR_NOT_FOUND, "no such signature");
	CU_ASSERT_EQUAL(out.len, 0);
	evidence_release(&data);
	buf_release(&xml);
	buf_release(&bare);
}

static void
a_counter_signature_is_made_and_covers_the_value(void)
{
	struct timestamp_source source = test_tsa_source(&tsa);
	struct sign_options options = {
		.signing_time = PKI_NOW, .claim_time = 1, .level = LEVEL_T, .timestamp = &source
	};
	struct buf xml = sign(PACKAGING_ENVELOPED, LEVEL_T), out = BUF_INIT(0);
	struct signatures list;
	struct error err = ERROR_INIT;

	ASSERT_OK(
	    xml_counter_sign(&out, SPAN_OF(&xml), NULL, pki_key(PKI_RSA2048), &options, NULL, &err),
	    &err);
	list = read_back(&out);
	CU_ASSERT_EQUAL_FATAL(list.count, 2);
	CU_ASSERT_PTR_NOT_NULL_FATAL(list.items[1].parent);
	CU_ASSERT_STRING_EQUAL(list.items[1].parent, list.items[0].id);
	CU_ASSERT(list.items[1].value_intact && list.items[1].references_intact);
	CU_ASSERT_EQUAL(list.items[1].failure, SUB_NONE);
	CU_ASSERT_EQUAL(list.items[0].level, ADES_B_T);
	CU_ASSERT_EQUAL(list.items[1].level, ADES_B_T);
	signatures_release(&list);
	CU_ASSERT(xmlsec_accepts(&out));
	buf_release(&xml);
	buf_release(&out);
}

static void
a_counter_signature_over_another_value_is_broken(void)
{
	struct sign_options options = { .signing_time = PKI_NOW, .claim_time = 1 };
	struct buf xml = sign(PACKAGING_ENVELOPED, LEVEL_B), out = BUF_INIT(0);
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;
	unsigned char *at;

	ASSERT_OK(
	    xml_counter_sign(&out, SPAN_OF(&xml), NULL, pki_key(PKI_RSA2048), &options, NULL, &err),
	    &err);
	at = memmem(out.data, out.len, "<ds:SignatureValue", 18);
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	at = memchr(at, '>', 200);
	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	at[10] = at[10] == 'A' ? 'B' : 'A';
	ASSERT_OK(xml_read(&list, SPAN_OF(&out), NULL, &err), &err);
	CU_ASSERT_EQUAL_FATAL(list.count, 2);
	CU_ASSERT_FALSE(list.items[0].value_intact);
	CU_ASSERT(list.items[1].value_intact);
	CU_ASSERT_FALSE(list.items[1].references_intact);
	signatures_release(&list);
	buf_release(&xml);
	buf_release(&out);
}

/* Each one signs the value of the one before; how deep is bounded by the depth of the XML. */
static void
counter_signatures_are_counter_signed_to_the_depth_of_xml(void)
{
	static const enum pki_id signers[] = { PKI_RSA2048, PKI_P256, PKI_P384 };
	const struct sign_options options = { .signing_time = PKI_NOW, .claim_time = 1 };
	struct buf xml = sign(PACKAGING_ENVELOPED, LEVEL_T);
	struct format_limits shallow = FORMAT_LIMITS_DEFAULT;
	const struct xml_read_options reading = { .limits = &shallow };
	struct signatures list;
	struct error err = ERROR_INIT;
	struct buf out = BUF_INIT(0);
	size_t i;

	for (i = 0; i < 5; i++) {
		out = (struct buf)BUF_INIT(0);
		list = read_back(&xml);
		CU_ASSERT_EQUAL_FATAL(list.count, i + 1);
		ASSERT_OK(xml_counter_sign(&out, SPAN_OF(&xml), list.items[i].id,
			      pki_key(signers[i % 3]), &options, NULL, &err),
		    &err);
		signatures_release(&list);
		buf_release(&xml);
		xml = out;
	}
	list = read_back(&xml);
	CU_ASSERT_EQUAL_FATAL(list.count, 6);
	for (i = 1; i < list.count; i++) {
		CU_ASSERT_PTR_NOT_NULL_FATAL(list.items[i].parent);
		CU_ASSERT_STRING_EQUAL(list.items[i].parent, list.items[i - 1].id);
		CU_ASSERT(list.items[i].value_intact && list.items[i].references_intact);
		CU_ASSERT_EQUAL(list.items[i].failure, SUB_NONE);
	}
	CU_ASSERT(xmlsec_accepts(&xml));
	shallow.xml_depth = 30;
	out = (struct buf)BUF_INIT(0);
	CU_ASSERT_EQUAL(xml_counter_sign(&out, SPAN_OF(&xml), list.items[5].id, pki_key(PKI_P256),
			    &options, &reading, &err),
	    -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
	CU_ASSERT_EQUAL(out.len, 0);
	signatures_release(&list);
	buf_release(&xml);
}

static const struct test tests[] = { TEST(a_signature_is_brought_from_level_to_level),
	TEST(what_was_put_in_is_read_and_covered_by_the_archive_time_stamp),
	TEST(a_changed_value_is_noticed_by_the_archive_time_stamp_alone),
	TEST(values_that_are_there_are_not_put_in_again),
	TEST(a_detached_signature_is_extended_with_its_document),
	TEST(one_of_two_signatures_is_extended_by_its_name),
	TEST(a_counter_signature_is_made_and_covers_the_value),
	TEST(a_counter_signature_over_another_value_is_broken),
	TEST(counter_signatures_are_counter_signed_to_the_depth_of_xml),
	TEST(older_forms_are_brought_to_an_archive_level),
	TEST(a_changed_reference_breaks_the_time_stamps_over_it),
	TEST(an_older_form_with_a_time_stamp_that_does_not_fit_is_refused),
	TEST(what_cannot_be_extended_is_refused), TEST_END };
const struct suite suite_signing_format_xml_extend = { "signing/format/xml/extend", NULL, NULL,
	tests };
