#include "tests/support/hostile_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/containers.h"
#include "tests/support/hostile.h"
#include "tests/support/pdf_samples.h"

static struct error err;

static void
must(int ok)
{
	if (!ok)
		abort();
}

static void
put(struct buf *out, const char *text)
{
	must(buf_append_str(out, text, &err) == 0);
}

static void
put_times(struct buf *out, const char *text, unsigned int times)
{
	for (; times > 0; times--)
		put(out, text);
}

/* ---- CMS ---- */

static void
cms_certificates(struct buf *out, unsigned int scale)
{
	const struct hostile_many many = { .certificates = 4000 * scale };

	hostile_cms_many(out, &many);
}

static void
cms_revocations(struct buf *out, unsigned int scale)
{
	const struct hostile_many many = { .certificates = 1, .revocations = 500000 * scale };

	hostile_cms_many(out, &many);
}

static void
cms_attributes(struct buf *out, unsigned int scale)
{
	const struct hostile_many many = { .certificates = 1, .attributes = 500000 * scale };

	hostile_cms_many(out, &many);
}

static void
cms_depth(struct buf *out, unsigned int scale)
{
	const struct hostile_many many = { .certificates = 1, .depth = 1000000 * scale };

	hostile_cms_many(out, &many);
}

static void
cms_signers(struct buf *out, unsigned int scale)
{
	hostile_cms(out, 100 * scale, 4);
}

/* Certificates as large as they may be, each of an extension that is nothing, over and over. */
static void
cms_large_certificates(struct buf *out, unsigned int scale)
{
	const struct hostile_many many = { .certificates = 20 * scale, .extensions = 16000 };

	hostile_cms_many(out, &many);
}

/* A third of a second each, if they were decoded; one message is read in api, the other by a child.
 */
static void
cms_slow_keys(struct buf *out, unsigned int scale)
{
	const struct hostile_many many = { .certificates = 18 * scale, .slow_keys = 1 };

	hostile_cms_many(out, &many);
}

/* A value with that tag around `inside`, which is forgotten. */
static void
wrap(struct buf *out, unsigned char tag, struct buf *inside)
{
	const unsigned char head[] = { tag, 0x84, (unsigned char)(inside->len >> 24),
		(unsigned char)(inside->len >> 16), (unsigned char)(inside->len >> 8),
		(unsigned char)inside->len };

	must(buf_append(out, head, sizeof(head), &err) == 0 &&
	     buf_append_span(out, SPAN_OF(inside), &err) == 0);
	buf_release(inside);
}

static void
put_bytes(struct buf *out, const void *bytes, size_t len, unsigned int times)
{
	for (; times > 0; times--)
		must(buf_append(out, bytes, len, &err) == 0);
}
#define PUT(out, bytes, times) put_bytes((out), (bytes), sizeof(bytes) - 1, (times))

/* EnvelopedData for these recipients, its content in these pieces, by 3DES. */
static void
make_envelope(struct buf *out, struct buf *recipients, struct buf *pieces)
{
	struct buf data = BUF_INIT(0), content = BUF_INIT(0), whole = BUF_INIT(0);

	PUT(&data, "\x02\x01\x00", 1);
	wrap(&data, 0x31, recipients);
	PUT(&content,
	    "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\x30\x14\x06\x08\x2a\x86\x48\x86"
	    "\xf7\x0d\x03\x07\x04\x08\x01\x02\x03\x04\x05\x06\x07\x08",
	    1);
	wrap(&content, 0xa0, pieces);
	wrap(&data, 0x30, &content);
	wrap(&content, 0x30, &data);
	PUT(&whole, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03", 1);
	wrap(&whole, 0xa0, &content);
	wrap(out, 0x30, &whole);
}

#define KEY_OF_RSA "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00\x04\x01\x00"

/* A thousand recipients, each by a name of thousands of parts. */
static void
cms_envelope_names(struct buf *out, unsigned int scale)
{
	struct buf all = BUF_INIT(0), pieces = BUF_INIT(0);
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		struct buf one = BUF_INIT(0), id = BUF_INIT(0), name = BUF_INIT(0);

		PUT(&name, "\x31\x09\x30\x07\x06\x03\x55\x04\x03\x0c\x00", 800 * scale);
		wrap(&id, 0x30, &name);
		PUT(&id, "\x02\x01\x05", 1);
		PUT(&one, "\x02\x01\x00", 1);
		wrap(&one, 0x30, &id);
		PUT(&one, KEY_OF_RSA, 1);
		wrap(&all, 0x30, &one);
	}
	PUT(&pieces, "\x04\x01x", 1);
	make_envelope(out, &all, &pieces);
}

static void
cms_envelope_pieces(struct buf *out, unsigned int scale)
{
	struct buf one = BUF_INIT(0), pieces = BUF_INIT(0);

	PUT(&one, "\x30\x1c\x02\x01\x00\x30\x05\x30\x00\x02\x01\x05" KEY_OF_RSA, 1);
	PUT(&pieces, "\x04\x01x", 3000000 * scale);
	make_envelope(out, &one, &pieces);
}

/* Two recipients by a password, each of as many rounds as are taken. */
static void
cms_envelope_password(struct buf *out, unsigned int scale)
{
	struct buf all = BUF_INIT(0), pieces = BUF_INIT(0), text = BUF_INIT(0);
	unsigned int i;

	for (i = 0; i < 2; i++) {
		struct buf one = BUF_INIT(0), kdf = BUF_INIT(0), inside = BUF_INIT(0);

		PUT(&inside, "\x04\x04salt\x02\x03\x1e\x84\x80", 1); /* 2,000,000 */
		PUT(&kdf, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c", 1);
		wrap(&kdf, 0x30, &inside);
		PUT(&one, "\x02\x01\x00", 1);
		wrap(&one, 0xa0, &kdf);
		PUT(&kdf,
		    "\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x09\x30\x14\x06\x08\x2a"
		    "\x86\x48\x86\xf7\x0d\x03\x07\x04\x08\x01\x02\x03\x04\x05\x06\x07\x08",
		    1);
		wrap(&one, 0x30, &kdf);
		PUT(&inside, "12345678", 4);
		wrap(&one, 0x04, &inside);
		wrap(&all, 0xa3, &one);
	}
	PUT(&text, "12345678", 1000000 * scale);
	wrap(&pieces, 0x04, &text);
	make_envelope(out, &all, &pieces);
}

/* An envelope for nobody known, with recipients and attributes without end. */
static void
cms_envelope(struct buf *out, unsigned int scale)
{
	static const unsigned char recipient[] = { 0x30, 0x1c, 0x02, 0x01, 0x00, 0x30, 0x05, 0x30,
		0x00, 0x02, 0x01, 0x05, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
		0x01, 0x01, 0x01, 0x05, 0x00, 0x04, 0x01, 0x00 };
	static const unsigned char content[] = { 0x30, 0x26, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
		0xf7, 0x0d, 0x01, 0x07, 0x01, 0x30, 0x14, 0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7,
		0x0d, 0x03, 0x07, 0x04, 0x08, 1, 2, 3, 4, 5, 6, 7, 8, 0x80, 0x03, 0, 0, 0 };
	static const unsigned char head[] = { 0x30, 0x80, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7,
		0x0d, 0x01, 0x07, 0x03, 0xa0, 0x80, 0x30, 0x80, 0x02, 0x01, 0x02, 0x31, 0x80 };
	unsigned int i;

	must(buf_append(out, head, sizeof(head), &err) == 0);
	for (i = 0; i < 50000 * scale; i++)
		must(buf_append(out, recipient, sizeof(recipient), &err) == 0);
	must(buf_append(out, "\0\0", 2, &err) == 0 &&
	     buf_append(out, content, sizeof(content), &err) == 0 &&
	     buf_append(out, "\xa1\x80", 2, &err) == 0);
	for (i = 0; i < 200000 * scale; i++)
		must(buf_append(out, "\x30\x00", 2, &err) == 0);
	must(buf_append(out, "\0\0\0\0\0\0\0\0", 8, &err) == 0);
}

/* ---- XML ---- */

#define DSIG "http://www.w3.org/2000/09/xmldsig#"

static void
xml_references(struct buf *out, unsigned int scale)
{
	unsigned int i;

	put(out, "<a><ds:Signature xmlns:ds=\"" DSIG "\"><ds:SignedInfo><ds:CanonicalizationMethod "
		 "Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/><ds:SignatureMethod "
		 "Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"/>");
	for (i = 0; i < 10000 * scale; i++)
		put(out, "<ds:Reference URI=\"\"><ds:DigestMethod Algorithm=\""
			 "http://www.w3.org/2001/04/xmlenc#sha256\"/><ds:DigestValue>AAAA"
			 "</ds:DigestValue></ds:Reference>");
	put(out, "</ds:SignedInfo><ds:SignatureValue>AAAA</ds:SignatureValue></ds:Signature></a>");
}

static void
xml_depth(struct buf *out, unsigned int scale)
{
	put_times(out, "<a>", 1000000 * scale);
	put_times(out, "</a>", 1000000 * scale);
}

static void
xml_entities(struct buf *out, unsigned int scale)
{
	unsigned int i;

	put(out, "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY e0 \"x\">");
	for (i = 1; i < 10 + scale; i++)
		must(buf_printf(out, &err, "<!ENTITY e%u \"&e%u;&e%u;&e%u;&e%u;&e%u;&e%u;\">", i,
			 i - 1, i - 1, i - 1, i - 1, i - 1, i - 1) == 0);
	must(buf_printf(out, &err, "]><a>&e%u;</a>", i - 1) == 0);
}

static void
xml_attributes(struct buf *out, unsigned int scale)
{
	unsigned int i;

	put(out, "<a");
	for (i = 0; i < 100000 * scale; i++)
		must(buf_printf(out, &err, " a%u=\"\"", i) == 0);
	put(out, "/>");
}

/* Each of many elements has namespaces in scope that are written out again and again. */
static void
xml_namespaces(struct buf *out, unsigned int scale)
{
	put(out, "<a xmlns:n=\"urn:");
	put_times(out, "0123456789", 800);
	put(out, "\">");
	put_times(out, "<n:b/>", 1300 * scale);
	put(out, "</a>");
}

static void
xml_nodes(struct buf *out, unsigned int scale)
{
	put(out, "<a>");
	put_times(out, "<b/>", 1000000 * scale);
	put(out, "</a>");
}

static void
xml_slow(struct buf *out, unsigned int scale)
{
	const struct hostile_xml x = {
		.signatures = 40, .references = 2 * scale, .certificates = 30
	};

	hostile_xml(out, &x);
}

static void
xml_encrypted(struct buf *out, unsigned int scale)
{
	put(out, "<a xmlns=\"http://www.w3.org/2001/04/xmlenc#\">");
	put_times(out,
	    "<EncryptedData><EncryptionMethod Algorithm=\"http://www.w3.org/2001/04/"
	    "xmlenc#aes128-cbc\"/><CipherData><CipherValue>AAAA</CipherValue>"
	    "</CipherData></EncryptedData>",
	    20000 * scale);
	put(out, "</a>");
}

/* ---- PDF ---- */

static void
pdf_loops(struct buf *out, unsigned int scale)
{
	static const char *const objects[] = { "<</FT/Sig/T(a)/Kids[7 0 R]/Parent 7 0 R>>",
		"<</T(b)/Kids[6 0 R 6 0 R]/Parent 6 0 R>>", NULL };
	static const struct pdf_sample sample = { .xref = SAMPLE_TABLE,
		.catalog = "/AcroForm<</SigFlags 3/Fields[6 0 R 7 0 R]>>",
		.page = "/Annots[6 0 R 7 0 R]",
		.objects = objects };
	static const struct pdf_sample_object tree[] = {
		{ 2, "<</Type/Pages/Count 2/Kids[2 0 R 3 0 R]/Parent 2 0 R>>", 0 }, { 0, NULL, 0 }
	};

	(void)scale;
	must(pdf_sample_make(out, &sample, &err) == 0);
	must(pdf_sample_update(out, tree, NULL, &err) == 0);
}

static void
pdf_revisions(struct buf *out, unsigned int scale)
{
	static const struct pdf_sample_object one[] = {
		{ 5, "<</Length 0>>stream\n\nendstream", 0 }, { 0, NULL, 0 }
	};
	unsigned int i;

	must(pdf_sample_make(out, &pdf_sample_field, &err) == 0);
	for (i = 0; i < 2000 * scale; i++)
		must(pdf_sample_update(out, one, NULL, &err) == 0);
}

static void
pdf_bomb(struct buf *out, unsigned int scale)
{
	pdf_sample_bomb(out, (size_t)scale * 300 << 20);
}

/* ---- ZIP ---- */

/* A container with an entry that inflates to a thousand times what it takes. */
static void
zip_bomb(struct buf *out, unsigned int scale)
{
	const size_t size = (size_t)scale * 64 << 20;
	char *zeros = malloc(size + 1);
	struct container_change add = { .rename = "zeros.txt", .data = zeros };

	must(zeros != NULL);
	memset(zeros, ' ', size);
	zeros[size] = '\0';
	container_make(out, ASIC_E, FORMAT_XML, LEVEL_B, PKI_P256);
	container_change(out, &add, 1);
	free(zeros);
}

/* An entry that inflates to as much as it may, by a ratio that is let through. */
static void
zip_inflated(struct buf *out, unsigned int scale)
{
	const size_t size = (size_t)scale * 64 << 20;
	char *text = malloc(size + 1);
	struct container_change add = { .rename = "inflated.txt", .data = text };
	uint32_t seed = 1;
	size_t i;

	must(text != NULL);
	memset(text, ' ', size);
	for (i = 0; i < size; i += i % 16384 < 128 ? 1 : 16384 - 128) {
		seed = seed * 1664525 + 1013904223;
		text[i] = (char)('!' + (seed >> 24) % 90);
	}
	text[size] = '\0';
	container_make(out, ASIC_E, FORMAT_XML, LEVEL_B, PKI_P256);
	container_change(out, &add, 1);
	free(text);
}

static void
zip_entries(struct buf *out, unsigned int scale)
{
	const unsigned int count = 4000 * scale;
	struct container_change *add = calloc(count, sizeof(*add));
	char(*names)[16] = calloc(count, sizeof(*names));
	unsigned int i;

	must(add != NULL && names != NULL);
	for (i = 0; i < count; i++) {
		snprintf(names[i], sizeof(names[i]), "%u", i);
		add[i] = (struct container_change){ .rename = names[i], .data = "x" };
	}
	container_make(out, ASIC_E, FORMAT_CMS, LEVEL_B, PKI_P256);
	container_change(out, add, count);
	free(add);
	free(names);
}

/* ---- mails ---- */

/* That a mail is one to be read is told by its first bytes. */
static const char mail_head[] = "From: a@example.org\r\nTo: b@example.org\r\n"
				"Subject: pkcs7-mime\r\nMIME-Version: 1.0\r\n";

static void
mail_depth(struct buf *out, unsigned int scale)
{
	unsigned int i;

	put(out, mail_head);
	for (i = 0; i < 20000 * scale; i++)
		must(
		    buf_printf(out, &err,
			"Content-Type: multipart/mixed; boundary=b%u\r\n\r\n--b%u\r\n", i, i) == 0);
	put(out, "Content-Type: application/pkcs7-mime\r\n\r\nAAAA\r\n");
	while (i-- > 0)
		must(buf_printf(out, &err, "--b%u--\r\n", i) == 0);
}

static void
mail_messages(struct buf *out, unsigned int scale)
{
	put(out, mail_head);
	put_times(out, "Content-Type: message/rfc822\r\n\r\nFrom: a@b\r\n", 1000 * scale);
	put(out, "Content-Type: application/pkcs7-mime\r\n\r\nAAAA\r\n");
}

static void
mail_parts(struct buf *out, unsigned int scale)
{
	put(out, mail_head);
	put(out, "Content-Type: multipart/mixed; boundary=b\r\n\r\n");
	put_times(
	    out, "--b\r\nContent-Type: application/pkcs7-mime\r\n\r\nAAAA\r\n", 20000 * scale);
	put(out, "--b--\r\n");
}

static void
mail_fields(struct buf *out, unsigned int scale)
{
	unsigned int i;

	put(out, mail_head);
	put(out, "Content-Type: application/pkcs7-mime");
	for (i = 0; i < 5000 * scale; i++)
		must(buf_printf(out, &err, ";\r\n name*%u*=%%41", i) == 0);
	put(out, "\r\n");
	for (i = 0; i < 20000 * scale; i++)
		must(buf_printf(out, &err, "X-%u: =?utf-8?Q?=C3=A4?= =?utf-8?Q?=C3=A4?=\r\n", i) ==
		     0);
	put(out, "\r\nAAAA\r\n");
}

static void
mail_slow(struct buf *out, unsigned int scale)
{
	struct buf cms = BUF_INIT(0);

	hostile_cms(&cms, 100 * scale, 4);
	hostile_mail(out, SPAN_OF(&cms));
	buf_release(&cms);
}

#define UNSIGNED "the document holds no signature"
#define DECODE	 "the CMS SignedData does not decode"

const struct hostile_file hostile_files[] = {
	{ "CMS, certificates", cms_certificates, "(certificates)", 10, "(certificates)" },
	{ "CMS, large certificates", cms_large_certificates, "signer-1", 5, NULL },
	{ "CMS, keys that decode slowly", cms_slow_keys, "signer-1", 5, "signer-1" },
	{ "CMS, revocation data", cms_revocations, "(certificates)", 15, "(certificates)" },
	{ "CMS, attributes", cms_attributes, "(attributes)", 15, "(attributes)" },
	{ "CMS, BER in BER", cms_depth, DECODE, 30, DECODE },
	{ "CMS, signers with slow keys", cms_signers, "(limit-read-seconds)", 1, NULL },
	{ "CMS, envelope with recipients and attributes", cms_envelope, "(envelope-recipients)", 50,
	    "(envelope-recipients)" },
	{ "CMS, envelope with names of recipients", cms_envelope_names, "(envelope-head)", 12,
	    "(envelope-head)" },
	{ "CMS, envelope in pieces", cms_envelope_pieces, "(envelope-pieces)", 12,
	    "(envelope-pieces)" },
	{ "CMS, envelope with slow passwords", cms_envelope_password, "(limit-read-seconds)", 14,
	    "(limit-read-seconds)" },
	{ "XML, references", xml_references, "(xml_work)", 50, NULL },
	{ "XML, depth", xml_depth, "(xml_depth)", 15, "(xml_depth)" },
	{ "XML, entities", xml_entities, "DOCTYPE", 1, NULL },
	{ "XML, attributes", xml_attributes, "(xml_attributes)", 50, "(xml_nodes)" },
	{ "XML, namespaces", xml_namespaces, UNSIGNED, 100, UNSIGNED },
	{ "XML, nodes", xml_nodes, UNSIGNED, 30, "(xml_nodes)" },
	{ "XML, signatures with slow keys", xml_slow, "(limit-read-seconds)", 1, NULL },
	{ "XML, encrypted parts", xml_encrypted, "(envelope-layers)", 5, "(envelope-layers)" },
	{ "PDF, loops", pdf_loops, UNSIGNED, 1, NULL },
	{ "PDF, revisions", pdf_revisions, "(pdf_revisions)", 1, NULL },
	{ "PDF, object stream", pdf_bomb, "(limit-read-memory)", 3, "(limit-read-memory)" },
	{ "ZIP, ratio", zip_bomb, "(asic-ratio)", 3, "(asic-ratio)" },
	{ "ZIP, inflated", zip_inflated, "inflated.txt", 3, NULL },
	{ "ZIP, entries", zip_entries, "not covered", 1, NULL },
	{ "mail, multiparts in each other", mail_depth, "(smime-depth)", 1, NULL },
	{ "mail, messages in each other", mail_messages, "(smime-depth)", 1000, NULL },
	{ "mail, parts", mail_parts, "(smime-parts)", 100, "(smime-parts)" },
	{ "mail, fields and parameters", mail_fields, "FORMAT_FAILURE", 80, NULL },
	{ "mail, signers with slow keys", mail_slow, "(limit-read-seconds)", 1, NULL },
};
const size_t hostile_file_count = sizeof(hostile_files) / sizeof(hostile_files[0]);
