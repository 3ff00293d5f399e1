/* XML encryption made by libcrypto and by xmlsec1, opened here (S2-20); and what others make of it
 * on its way. */
#include "signing/format/xml/xml_decrypt.h"
#include "signing/format/xml/xml_locked.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "signing/format/xml/xml_read.h"
#include "signing/format/xml/xml_sign.h"
#include "tests/support/envelopes.h"
#include "tests/support/suite.h"
#include "tests/support/xml_encrypted.h"

#define HEAD  "<?xml version='1.0' encoding='UTF-8'?>\n<o:order xmlns:o='urn:order'>\n <!-- x -->"
#define PRICE "<o:price currency='EUR'>1,000 \xe2\x82\xac</o:price>"
#define TAIL  "<o:to/>\n</o:order>\n"

static const struct format_limits limits = FORMAT_LIMITS_DEFAULT;

/* Keys that are tried, and what was met. */
struct owner {
	const struct sign_key *keys[4]; /* NULL ends them */
	size_t met, most;		/* layers; how many may be met (0: any) */
	char part[200], algorithm[80];
	struct error why;
	struct envelope_recipient recipient; /* the first; its strings are not kept */
	int is_authenticated;
};

static int
open_all(void *ctx, const char *part, struct span element, struct envelope *e, struct buf *content,
    struct error *err)
{
	struct owner *o = ctx;
	size_t i;
	int rc = 0;

	CU_ASSERT(element.len > 20 && memmem(element.data, 20, "EncryptedData", 13) != NULL &&
		  element.data[element.len - 1] == '>');
	if (o->met++ == 0) {
		snprintf(o->part, sizeof(o->part), "%s", part);
		snprintf(o->algorithm, sizeof(o->algorithm), "%s", e->algorithm);
		o->is_authenticated = e->is_authenticated;
		if (e->recipient_count > 0)
			o->recipient = e->recipients[0];
	}
	if (o->most > 0 && o->met > o->most)
		rc = error_set(err, ERROR_LIMIT, "too many layers");
	for (i = 0; i < 4 && o->keys[i] != NULL && rc == 0; i++) {
		const struct envelope_key key = envelope_key_of(o->keys[i]);

		error_clear(&o->why);
		if (envelope_is_for(e, key.cert) && envelope_open(e, &key, content, &o->why) == 0)
			rc = 1;
	}
	envelope_release(e);
	return rc;
}

static int
decrypt(struct xml_decrypted *out, struct span document, struct owner *owner, struct error *err)
{
	const struct xml_opener opener = { .open = open_all, .ctx = owner };

	memset(out, 0, sizeof(*out));
	return xml_decrypt(out, document, &limits, &opener, err);
}

/* The document with PRICE encrypted. */
static void
make(struct buf *out, const char *content, enum pki_id to, const struct xml_recipe *recipe)
{
	out->len = 0;
	CU_ASSERT_EQUAL_FATAL(buf_append_str(out, HEAD, NULL), 0);
	xml_encrypt(out, span_str(content), pki_cert(to), recipe);
	CU_ASSERT_EQUAL_FATAL(buf_append_str(out, TAIL, NULL), 0);
}

static void
opens(const char *content, enum pki_id to, const struct xml_recipe *recipe)
{
	struct owner owner = { .keys = { pki_key(to) } };
	struct buf document = BUF_INIT(0);
	struct xml_decrypted clear;
	struct error err = ERROR_INIT;
	char want[1000];

	snprintf(want, sizeof(want), HEAD "%s" TAIL, content);
	make(&document, content, to, recipe);
	CU_ASSERT(xml_is_encrypted(SPAN_OF(&document)));
	ASSERT_OK(decrypt(&clear, SPAN_OF(&document), &owner, &err), &err);
	ASSERT_OK(clear.count == 1 ? 0 : -1, &owner.why);
	CU_ASSERT_FATAL(clear.document.len >= strlen(want));
	/* A key that stands beside it stays where it is. */
	CU_ASSERT(memcmp(clear.document.data, want, strlen(want) - strlen(TAIL)) == 0);
	if (recipe->place == KEY_INSIDE)
		CU_ASSERT(span_equal(SPAN_OF(&clear.document), span_str(want)));
	CU_ASSERT(span_equal(SPAN_OF(&clear.layers[0].content), span_str(content)));
	CU_ASSERT_STRING_EQUAL(clear.layers[0].parent, "/o:order");
	CU_ASSERT_STRING_EQUAL(owner.part, "/o:order/xenc:EncryptedData");
	xml_decrypted_release(&clear);
	buf_release(&document);
}

static void
what_was_encrypted_stands_where_it_was_again(void)
{
	static const struct xml_recipe rsa[] = { { 0 }, { .cipher = "aes128-cbc" },
		{ .cipher = "aes192-cbc" }, { .cipher = "aes256-cbc" },
		{ .cipher = "tripledes-cbc" }, { .cipher = "aes192-gcm" },
		{ .cipher = "aes256-gcm" }, { .transport = "rsa-1_5" },
		{ .transport = "rsa-1_5", .cipher = "aes128-cbc" }, { .digest = DIGEST_SHA256 },
		{ .label = "for the ERP" },
		{ .transport = "rsa-oaep", .digest = DIGEST_SHA256, .mask = DIGEST_SHA256 },
		{ .transport = "rsa-oaep", .digest = DIGEST_SHA512 },
		{ .transport = "rsa-oaep", .mask = DIGEST_SHA512 }, { .place = KEY_BESIDE },
		{ .place = KEY_REFERRING }, { .place = KEY_REFERRED }, { .hint = HINT_SERIAL },
		{ .hint = HINT_KEY_ID }, { .hint = HINT_NONE }, { .type = "Content" } };
	static const struct xml_recipe ec[] = { { 0 }, { .wrap = "kw-aes256" },
		{ .kdf = DIGEST_SHA384 }, { .wrap = "" }, { .wrap = "", .cipher = "aes256-cbc" },
		{ .hint = HINT_NONE }, { .hint = HINT_SERIAL, .place = KEY_BESIDE } };
	size_t i;

	for (i = 0; i < sizeof(rsa) / sizeof(rsa[0]); i++)
		opens(PRICE, PKI_RSA2048, &rsa[i]);
	for (i = 0; i < sizeof(ec) / sizeof(ec[0]); i++)
		opens(PRICE, PKI_P256, &ec[i]);
}

static void
content_of_an_element_may_be_anything_balanced(void)
{
	static const struct xml_recipe content = { .type = "Content" };
	static const char *const contents[] = { "", "text &amp; text", PRICE PRICE,
		"<!-- only this -->", "<![CDATA[</o:order>]]>" };
	size_t i;

	for (i = 0; i < sizeof(contents) / sizeof(contents[0]); i++)
		opens(contents[i], PKI_RSA2048, &content);
}

static void
the_root_can_be_encrypted_and_octets_of_no_type(void)
{
	static const struct xml_recipe octets = { .type = "" };
	struct owner owner = { .keys = { pki_key(PKI_RSA2048) } };
	struct buf document = BUF_INIT(0);
	struct xml_decrypted clear;
	struct error err = ERROR_INIT;

	xml_encrypt(&document, span_str("<?xml version='1.0'?><a/>"), pki_cert(PKI_RSA2048), NULL);
	ASSERT_OK(decrypt(&clear, SPAN_OF(&document), &owner, &err), &err);
	CU_ASSERT(!clear.is_octets);
	CU_ASSERT(span_equal(SPAN_OF(&clear.document), span_str("<a/>")));
	CU_ASSERT_PTR_NULL(clear.layers[0].parent);
	xml_decrypted_release(&clear);
	document.len = 0;
	xml_encrypt(&document, span_str("%PDF-1.7"), pki_cert(PKI_RSA2048), &octets);
	ASSERT_OK(decrypt(&clear, SPAN_OF(&document), &owner, &err), &err);
	CU_ASSERT(clear.is_octets);
	CU_ASSERT(span_equal(SPAN_OF(&clear.document), span_str("%PDF-1.7")));
	xml_decrypted_release(&clear);
	/* Inside a document they have no place. */
	make(&document, PRICE, PKI_RSA2048, &octets);
	ASSERT_OK(decrypt(&clear, SPAN_OF(&document), &owner, &err), &err);
	CU_ASSERT_EQUAL(clear.count, 0);
	CU_ASSERT_EQUAL(owner.why.kind, ERROR_UNSUPPORTED);
	xml_decrypted_release(&clear);
	buf_release(&document);
}

/* For two keys, one of which is here; encrypted in what was encrypted. */
static void
several_layers_are_opened_as_far_as_keys_are_there(void)
{
	struct owner owner = { .keys = { pki_key(PKI_RSA2048), pki_key(PKI_P256) } };
	struct buf inner = BUF_INIT(0), document = BUF_INIT(0);
	struct xml_decrypted clear;
	struct error err = ERROR_INIT;

	CU_ASSERT_EQUAL_FATAL(buf_append_str(&inner, "<o:in xmlns:o='urn:in'>", NULL), 0);
	xml_encrypt(&inner, span_str(PRICE), pki_cert(PKI_P256), NULL);
	CU_ASSERT_EQUAL_FATAL(buf_append_str(&inner, "</o:in>", NULL), 0);
	CU_ASSERT_EQUAL_FATAL(buf_append_str(&document, HEAD, NULL), 0);
	xml_encrypt(&document, span_str("<o:for-others/>"), pki_cert(PKI_RSA3072), NULL);
	xml_encrypt(&document, SPAN_OF(&inner), pki_cert(PKI_RSA2048), NULL);
	CU_ASSERT_EQUAL_FATAL(buf_append_str(&document, TAIL, NULL), 0);
	ASSERT_OK(decrypt(&clear, SPAN_OF(&document), &owner, &err), &err);
	CU_ASSERT_EQUAL(owner.met, 3);
	CU_ASSERT_EQUAL_FATAL(clear.count, 2);
	CU_ASSERT_EQUAL(clear.layers[0].inside, XML_LAYER_NONE);
	CU_ASSERT_EQUAL(clear.layers[1].inside, 0);
	CU_ASSERT_PTR_NOT_NULL(memmem(clear.document.data, clear.document.len,
	    "<o:in xmlns:o='urn:in'>" PRICE "</o:in>" TAIL,
	    strlen("<o:in xmlns:o='urn:in'>" PRICE "</o:in>" TAIL)));
	CU_ASSERT(xml_is_encrypted(SPAN_OF(&clear.document)));
	xml_decrypted_release(&clear);
	/* The opener limits how many there may be. */
	owner.met = 0;
	owner.most = 2;
	CU_ASSERT_EQUAL(decrypt(&clear, SPAN_OF(&document), &owner, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
	xml_decrypted_release(&clear);
	buf_release(&inner);
	buf_release(&document);
}

/* ---- changed on its way ---- */

static void
assert_does_not_decrypt(struct span document, const struct sign_key *key)
{
	struct owner owner = { .keys = { key } };
	struct xml_decrypted clear;
	struct error err = ERROR_INIT;

	ASSERT_OK(decrypt(&clear, document, &owner, &err), &err);
	CU_ASSERT_EQUAL(clear.count, 0);
	CU_ASSERT_EQUAL(clear.document.len, 0);
	CU_ASSERT_EQUAL(owner.why.kind, ERROR_MALFORMED);
	CU_ASSERT_STRING_EQUAL(owner.why.text, ENVELOPE_DOES_NOT_DECRYPT);
	CU_ASSERT_STRING_EQUAL(owner.why.cause, "");
	xml_decrypted_release(&clear);
}

/* What would close the elements around it, open a comment over them, or is no XML at all. */
static void
content_that_reaches_out_of_its_place_does_not_decrypt(void)
{
	static const char *const contents[] = { "</o:order><o:order>", "<!--", "<o:a>", "</o:a>",
		"<?x ", "<![CDATA[", "a & b", "\xff\xfe", "<!DOCTYPE a>", "\x01", "&entity;" };
	static const char *const no_elements[] = { "", "text", (PRICE PRICE), ("text" PRICE),
		"<!-- -->" };
	static const char *const ciphers[] = { "aes128-gcm", "aes128-cbc" };
	struct xml_recipe recipe = { 0 };
	struct buf document = BUF_INIT(0);
	size_t i, n;

	for (n = 0; n < 2; n++) {
		recipe.cipher = ciphers[n];
		recipe.type = "Content";
		for (i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
			make(&document, contents[i], PKI_RSA2048, &recipe);
			assert_does_not_decrypt(SPAN_OF(&document), pki_key(PKI_RSA2048));
		}
		recipe.type = "Element";
		for (i = 0; i < sizeof(no_elements) / sizeof(no_elements[0]); i++) {
			make(&document, no_elements[i], PKI_RSA2048, &recipe);
			assert_does_not_decrypt(SPAN_OF(&document), pki_key(PKI_RSA2048));
		}
	}
	buf_release(&document);
}

/* Every last octet of the padding, by a content that is whole blocks. */
static void
wrong_padding_and_wrong_content_are_told_in_the_same_words(void)
{
	const struct xml_recipe recipe = { .cipher = "aes256-cbc", .is_raw = 1 };
	char block[17] = "0123456789abcde";
	struct buf document = BUF_INIT(0);
	int last;

	for (last = 1; last < 256; last += 7) {
		block[15] = (char)last;
		make(&document, block, PKI_RSA2048, &recipe);
		assert_does_not_decrypt(SPAN_OF(&document), pki_key(PKI_RSA2048));
	}
	buf_release(&document);
}

/* Each character of the values, so that all of key, vector, content and tag is changed in turn. */
static void
of_what_authenticates_nothing_can_be_changed_unseen(void)
{
	static const struct xml_recipe recipes[] = { { .hint = HINT_NONE },
		{ .hint = HINT_NONE, .transport = "rsa-1_5" } };
	static const char end[] = "</xenc:CipherValue>", begin[] = "<xenc:CipherValue>";
	struct buf document = BUF_INIT(0);
	unsigned char *at, *to, old;
	size_t i;

	for (i = 0; i < 2; i++) {
		make(&document, PRICE, PKI_RSA2048, &recipes[i]);
		at = document.data;
		while ((at = memmem(at, document.len - (size_t)(at - document.data), begin,
			    sizeof(begin) - 1)) != NULL) {
			to = memmem(
			    at, document.len - (size_t)(at - document.data), end, sizeof(end) - 1);
			/* not the first ones: the number must stay below the modulus */
			for (at += sizeof(begin) + 3; at + 3 < to; at += 5) {
				if (*at == '\n' || *at == '\r' || *at == '=')
					continue;
				old = *at;
				*at = old == 'A' ? 'B' : 'A';
				assert_does_not_decrypt(SPAN_OF(&document), pki_key(PKI_RSA2048));
				*at = old;
			}
		}
	}
	buf_release(&document);
}

static void
for_another_key_it_stays_closed(void)
{
	struct sign_key impostor = *pki_key(PKI_RSA3072);
	struct owner owner = { .keys = { pki_key(PKI_RSA3072), pki_key(PKI_P256) } };
	struct buf document = BUF_INIT(0);
	struct xml_decrypted clear;
	struct error err = ERROR_INIT;

	make(&document, PRICE, PKI_RSA2048, NULL);
	ASSERT_OK(decrypt(&clear, SPAN_OF(&document), &owner, &err), &err);
	CU_ASSERT_EQUAL(clear.count, 0);
	CU_ASSERT_EQUAL(owner.met, 1);
	CU_ASSERT_EQUAL(owner.why.kind, ERROR_NONE); /* nothing was tried */
	xml_decrypted_release(&clear);
	impostor.cert = pki_cert(PKI_RSA2048);
	assert_does_not_decrypt(SPAN_OF(&document), &impostor);
	buf_release(&document);
}

static void
replace(struct buf *document, const char *what, const char *with)
{
	unsigned char *at = memmem(document->data, document->len, what, strlen(what));

	CU_ASSERT_PTR_NOT_NULL_FATAL(at);
	CU_ASSERT_EQUAL_FATAL(
	    buf_splice(document, (size_t)(at - document->data), strlen(what), span_str(with), NULL),
	    0);
}

/* Nobody's key can be asked for these; what is told is the algorithm. */
static void
what_is_not_known_is_told_and_stays_closed(void)
{
	static const struct {
		const char *what, *with;
	} changes[] = { { "aes128-gcm", "chacha20" }, { "rsa-oaep-mgf1p", "rsa-kem" },
		{ "<xenc:CipherData><xenc:CipherValue>", "<xenc:CipherData><xenc:CipherReference "
							 "URI='http://x'/><xenc:CipherValue>" } };
	struct buf document = BUF_INIT(0);
	size_t i;

	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct owner owner = { .keys = { pki_key(PKI_RSA2048) } };
		struct xml_decrypted clear;
		struct error err = ERROR_INIT;

		make(&document, PRICE, PKI_RSA2048, &(struct xml_recipe){ .place = KEY_BESIDE });
		replace(&document, changes[i].what, changes[i].with);
		ASSERT_OK(decrypt(&clear, SPAN_OF(&document), &owner, &err), &err);
		CU_ASSERT_EQUAL(clear.count, 0);
		CU_ASSERT_EQUAL(owner.met, 1);
		if (i != 1)
			CU_ASSERT_EQUAL(owner.why.kind, ERROR_UNSUPPORTED);
		xml_decrypted_release(&clear);
	}
	buf_release(&document);
}

static void
hostile_documents_are_bounded(void)
{
	struct owner owner = { .keys = { pki_key(PKI_RSA2048) } };
	struct buf document = BUF_INIT(0);
	struct xml_decrypted clear;
	struct error err = ERROR_INIT;
	size_t i;

	CU_ASSERT_EQUAL_FATAL(
	    buf_append_str(&document, "<a xmlns='" XENC "'><EncryptedData>", NULL), 0);
	for (i = 0; i < 200; i++)
		CU_ASSERT_EQUAL_FATAL(buf_append_str(&document, "<EncryptedKey/>", NULL), 0);
	CU_ASSERT_EQUAL_FATAL(buf_append_str(&document, "</EncryptedData>", NULL), 0);
	for (i = 0; i < 200; i++)
		CU_ASSERT_EQUAL_FATAL(buf_append_str(&document, "<EncryptedKey/>", NULL), 0);
	CU_ASSERT_EQUAL_FATAL(buf_append_str(&document, "<EncryptedData/></a>", NULL), 0);
	CU_ASSERT_EQUAL(decrypt(&clear, SPAN_OF(&document), &owner, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
	xml_decrypted_release(&clear);
	error_clear(&err);
	document.len = 0;
	make(&document, PRICE, PKI_RSA2048, NULL);
	replace(&document, "UTF-8", "ISO-8859-1");
	CU_ASSERT_EQUAL(decrypt(&clear, SPAN_OF(&document), &owner, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_UNSUPPORTED);
	xml_decrypted_release(&clear);
	buf_release(&document);
}

/* Each level is parsed once more: the last one too, in which nothing is encrypted any more. */
static void
each_level_is_paid_for(void)
{
	struct owner owner = { .keys = { pki_key(PKI_RSA2048) } };
	struct buf document = BUF_INIT(0);
	struct xml_decrypted clear = { 0 };
	struct error err = ERROR_INIT;
	struct work work = WORK_INIT(1000000);
	const struct xml_opener opener = { open_all, &owner, &work };
	uint64_t needed;

	make(&document, PRICE, PKI_RSA2048, NULL);
	ASSERT_OK(xml_decrypt(&clear, SPAN_OF(&document), &limits, &opener, &err), &err);
	CU_ASSERT_EQUAL(clear.count, 1);
	needed = work.allowed - work.left;
	CU_ASSERT_EQUAL(needed, xml_parse_work(document.len, limits.xml_nodes) +
				    xml_parse_work(clear.document.len, limits.xml_nodes));
	xml_decrypted_release(&clear);
	work = (struct work)WORK_INIT(needed);
	ASSERT_OK(xml_decrypt(&clear, SPAN_OF(&document), &limits, &opener, &err), &err);
	xml_decrypted_release(&clear);
	work = (struct work)WORK_INIT(needed - 1);
	CU_ASSERT_EQUAL(xml_decrypt(&clear, SPAN_OF(&document), &limits, &opener, &err), -1);
	CU_ASSERT_STRING_EQUAL(err.limit, "xml-decrypt-work");
	CU_ASSERT(work.met > 0);
	xml_decrypted_release(&clear);
	buf_release(&document);
}

/* ---- another program encrypts ---- */

static char dir[] = "/tmp/signet-xmlenc-XXXXXX";

static void
write_file(const char *name, struct span content)
{
	char path[100];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(fwrite(content.data, 1, content.len, f), content.len);
	fclose(f);
}

static void
write_certificate(X509 *cert)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long len;

	PEM_write_bio_X509(bio, cert);
	len = BIO_get_mem_data(bio, &text);
	write_file("cert.pem", (struct span){ (unsigned char *)text, (size_t)len });
	BIO_free(bio);
}

static void
what_xmlsec_encrypts_is_opened(void)
{
	static const struct {
		const char *session, *cipher, *transport, *digest;
	} rows[] = { { "aes-128", XENC "aes128-cbc", "rsa-1_5", "" },
		{ "aes-256", XENC "aes256-cbc", "rsa-oaep-mgf1p", "" },
		{ "aes-192", XENC11 "aes192-gcm", "rsa-oaep-mgf1p",
		    "<DigestMethod xmlns='http://www.w3.org/2000/09/xmldsig#' "
		    "Algorithm='http://www.w3.org/2000/09/xmldsig#sha1'/>" },
		{ "des-192", XENC "tripledes-cbc", "rsa-1_5", "" } };
	struct buf document = BUF_INIT(0);
	char text[2000], command[1000], path[100];
	size_t i;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	write_certificate(pki_cert(PKI_RSA2048));
	write_file("doc.xml", span_str(HEAD PRICE TAIL));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct owner owner = { .keys = { pki_key(PKI_RSA2048) } };
		struct xml_decrypted clear;
		struct error err = ERROR_INIT;

		snprintf(text, sizeof(text),
		    "<EncryptedData xmlns='" XENC "' Type='" XENC "Element'>"
		    "<EncryptionMethod Algorithm='%s'/>"
		    "<KeyInfo xmlns='http://www.w3.org/2000/09/xmldsig#'><EncryptedKey xmlns='" XENC
		    "'><EncryptionMethod Algorithm='" XENC "%s'>%s</EncryptionMethod>"
		    "<KeyInfo xmlns='http://www.w3.org/2000/09/xmldsig#'><X509Data/></KeyInfo>"
		    "<CipherData><CipherValue/></CipherData></EncryptedKey></KeyInfo>"
		    "<CipherData><CipherValue/></CipherData></EncryptedData>",
		    rows[i].cipher, rows[i].transport, rows[i].digest);
		write_file("template.xml", span_str(text));
		snprintf(command, sizeof(command),
		    "cd %s && xmlsec1 --encrypt --pubkey-cert-pem cert.pem --session-key %s "
		    "--node-xpath \"//*[local-name()='price']\" --xml-data doc.xml --output "
		    "out.xml "
		    "template.xml >log 2>&1 || { cat log >&2; false; }",
		    dir, rows[i].session);
		CU_ASSERT_EQUAL_FATAL(system(command), 0);
		document.len = 0;
		snprintf(path, sizeof(path), "%s/out.xml", dir);
		ASSERT_OK(buf_read_file(&document, path, &err), &err);
		CU_ASSERT_PTR_NULL(memmem(document.data, document.len, "currency", 8));
		ASSERT_OK(decrypt(&clear, SPAN_OF(&document), &owner, &err), &err);
		ASSERT_OK(clear.count == 1 ? 0 : -1, &owner.why);
		CU_ASSERT_PTR_NOT_NULL(
		    memmem(clear.document.data, clear.document.len, "currency=\"EUR\">1,000", 20));
		xml_decrypted_release(&clear);
	}
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	CU_ASSERT_EQUAL(system(command), 0);
	buf_release(&document);
}

static const struct test tests[] = { TEST(what_was_encrypted_stands_where_it_was_again),
	TEST(content_of_an_element_may_be_anything_balanced),
	TEST(the_root_can_be_encrypted_and_octets_of_no_type),
	TEST(several_layers_are_opened_as_far_as_keys_are_there),
	TEST(content_that_reaches_out_of_its_place_does_not_decrypt),
	TEST(wrong_padding_and_wrong_content_are_told_in_the_same_words),
	TEST(of_what_authenticates_nothing_can_be_changed_unseen),
	TEST(for_another_key_it_stays_closed), TEST(what_is_not_known_is_told_and_stays_closed),
	TEST(hostile_documents_are_bounded), TEST(each_level_is_paid_for),
	TEST(what_xmlsec_encrypts_is_opened), TEST_END };
const struct suite suite_signing_format_xml_decrypt = { "signing/format/xml/decrypt", NULL, NULL,
	tests };
