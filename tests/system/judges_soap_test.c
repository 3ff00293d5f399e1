/* What the command line does not reach: batches, digests, time stamps and certificates by SOAP. */
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "signing/core/digests.h"
#include "soapH.h"
#include "tests/support/judges.h"
#include "tests/support/suite.h"

static struct soap *soap;

static int
setup(void)
{
	const struct live *live = judges_live();

	if (live == NULL)
		return -1;
	soap = soap_new1(SOAP_C_UTFSTRING | SOAP_XML_STRICT | SOAP_IO_KEEPALIVE);
	return soap_ssl_client_context(soap,
		   SOAP_SSL_REQUIRE_SERVER_AUTHENTICATION | SOAP_SSL_NO_DEFAULT_CA_PATH,
		   live_path(live, "pki/erp.pem"), NULL, live_path(live, "pki/ca.pem"), NULL,
		   NULL) == SOAP_OK
		   ? 0
		   : -1;
}

static int
teardown(void)
{
	soap_destroy(soap);
	soap_end(soap);
	soap_free(soap);
	return 0;
}

/* 1 when the call passed; else 0 after showing the fault. */
static int
passed(int rc)
{
	if (rc != SOAP_OK)
		soap_print_fault(soap, stderr);
	return rc == SOAP_OK;
}

#define CALL(operation, request, response)                                                         \
	CU_ASSERT_FATAL(passed(                                                                    \
	    soap_call___sig__##operation(soap, judges_live()->url, NULL, (request), (response))))

static const struct sig__SignetFault *
fault(void)
{
	return soap->fault != NULL && soap->fault->detail != NULL
		   ? soap->fault->detail->sig__SignetFault
		   : NULL;
}

/* A file of work/ as a binary of a message: it lives until forget(). */
static struct xsd__base64Binary
file(const char *name)
{
	struct xsd__base64Binary out = { 0 };
	struct buf content;

	CU_ASSERT_EQUAL_FATAL(judges_get(name, &content), 0);
	out.__size = (int)content.len;
	out.__ptr = soap_malloc(soap, content.len + 1);
	memcpy(out.__ptr, content.data, content.len);
	buf_release(&content);
	return out;
}

static struct xsd__base64Binary
text(const char *words)
{
	return (struct xsd__base64Binary){ .__ptr = (unsigned char *)soap_strdup(soap, words),
		.__size = (int)strlen(words) };
}

static struct xsd__base64Binary
digest_of(const char *name, const EVP_MD *md)
{
	struct xsd__base64Binary content = file(name), out = { 0 };
	unsigned int len;

	out.__ptr = soap_malloc(soap, EVP_MAX_MD_SIZE);
	EVP_Digest(content.__ptr, (size_t)content.__size, out.__ptr, &len, md, NULL);
	out.__size = (int)len;
	return out;
}

static void
forget(void)
{
	soap_destroy(soap);
	soap_end(soap);
}

static int
put(const char *name, const struct xsd__base64Binary *bytes)
{
	return judges_put(name, (struct span){ bytes->__ptr, (size_t)bytes->__size });
}

/* ---- batches ---- */

static void
one_bad_document_of_a_batch_fails_itself_only(void)
{
	struct sig__SignatureParameters parameters = { .format = sig__SignatureFormat__XML_ };
	struct sig__Document documents[5] = { { 0 } };
	struct _sig__SignDocuments request = {
		.parameters = &parameters, .__sizedocument = 5, .document = documents
	};
	struct _sig__SignDocumentsResponse response = { 0 };
	const struct sig__SignedItem *item;
	char name[32];
	int i;

	for (i = 0; i < 5; i++)
		documents[i].content = i == 2 ? text("<a><b></a>") : file("doc.xml");
	CALL(SignDocuments, &request, &response);
	CU_ASSERT_EQUAL(response.answer->result->major, sig__ResultMajor__Warning);
	CU_ASSERT_EQUAL_FATAL(response.answer->__sizeitem, 5);
	for (i = 0; i < 5; i++) {
		item = &response.answer->item[i];
		if (i == 2) {
			CU_ASSERT_EQUAL(item->result->major, sig__ResultMajor__RequesterError);
			CU_ASSERT_PTR_NOT_NULL(item->result->message);
			CU_ASSERT_PTR_NULL(item->signedDocument);
			continue;
		}
		CU_ASSERT_EQUAL(item->result->major, sig__ResultMajor__Success);
		CU_ASSERT_PTR_NOT_NULL_FATAL(item->signedDocument);
		snprintf(name, sizeof(name), "batch-%d.xml", i);
		put(name, &item->signedDocument->content);
	}
	forget();
	JUDGE(0, "for i in 0 1 3 4; do xmlsec1 --verify --trusted-pem ca.pem --id-attr:Id "
		 "http://uri.etsi.org/01903/v1.3.2#:SignedProperties batch-$i.xml || exit 1; done");
}

static void
a_batch_of_verdicts_has_one_for_each(void)
{
	struct sig__Document documents[4] = { { 0 } }, original = { 0 };
	struct sig__VerifyItem items[4] = { { 0 } };
	struct _sig__VerifyDocuments request = { .__sizeitem = 4, .item = items };
	struct _sig__VerifyDocumentsResponse response = { 0 };
	const struct sig__VerifiedItem *out;
	int i;

	JUDGE(0,
	    "signet sign --force -o v.pdf doc.pdf && signet sign --force -o v.p7s doc.txt && sed "
	    "'s/Id=\"one\"/Id=\"uno\"/' batch-0.xml > v-broken.xml");
	documents[0].content = file("v.pdf");
	documents[1].content = text("no signature, not even a format");
	documents[2].content = file("v-broken.xml");
	documents[3].content = file("v.p7s");
	original.content = file("doc.txt");
	for (i = 0; i < 4; i++)
		items[i].signedDocument = &documents[i];
	items[3].__sizeoriginalDocument = 1;
	items[3].originalDocument = &original;
	CALL(VerifyDocuments, &request, &response);
	CU_ASSERT_EQUAL_FATAL(response.answer->__sizeitem, 4);
	out = response.answer->item;
	CU_ASSERT_PTR_NOT_NULL_FATAL(out[0].verification->indication);
	CU_ASSERT_EQUAL(*out[0].verification->indication, sig__Indication__TotalPassed);
	CU_ASSERT_EQUAL(out[1].verification->result->major, sig__ResultMajor__RequesterError);
	CU_ASSERT_PTR_NULL(out[1].verification->indication);
	CU_ASSERT_PTR_NOT_NULL_FATAL(out[2].verification->indication);
	CU_ASSERT_EQUAL(*out[2].verification->indication, sig__Indication__TotalFailed);
	CU_ASSERT_STRING_EQUAL(out[2].verification->signature[0].subIndication, "HASH_FAILURE");
	CU_ASSERT_PTR_NOT_NULL_FATAL(out[3].verification->indication);
	CU_ASSERT_EQUAL(*out[3].verification->indication, sig__Indication__TotalPassed);
	forget();
}

/* ---- digests ---- */

static void
openssl_accepts_cms_signatures_over_digests(void)
{
	struct sig__SignatureParameters parameters = { .format = sig__SignatureFormat__CMS };
	static const char *const keys[] = { "rsa2048", "p256", "bp384" };
	static const char *const files[] = { "doc.txt", "doc.xml", "doc.pdf" };
	struct sig__DocumentDigest digests[3] = { { 0 } };
	struct _sig__SignDigests request = {
		.parameters = &parameters, .__sizedigest = 3, .digest = digests
	};
	struct _sig__SignDigestsResponse response = { 0 };
	int i;
	size_t k;

	for (k = 0; k < 3; k++) {
		memset(&response, 0, sizeof(response));
		parameters.key = (char *)keys[k];
		for (i = 0; i < 3; i++)
			digests[i] =
			    (struct sig__DocumentDigest){ .digestMethod =
							      k == 2 ? sig__DigestMethod__SHA384
								     : sig__DigestMethod__SHA256,
				    .digestValue =
					digest_of(files[i], k == 2 ? EVP_sha384() : EVP_sha256()) };
		CALL(SignDigests, &request, &response);
		CU_ASSERT_EQUAL_FATAL(response.answer->__sizeitem, 3);
		for (i = 0; i < 3; i++) {
			CU_ASSERT_EQUAL(
			    response.answer->item[i].result->major, sig__ResultMajor__Success);
			CU_ASSERT_FATAL(response.answer->item[i].signatureValue.__size > 0);
			put("digest.p7s", &response.answer->item[i].signatureValue);
			JUDGE(0,
			    "openssl cms -verify -cades -binary -inform DER -in digest.p7s "
			    "-content %s "
			    "-CAfile ca.pem -out got",
			    files[i]);
			VERDICT("TotalPassed", NULL, "-d %s digest.p7s", files[i]);
		}
		forget();
	}
}

/* A digest that is not of its method is a mistake of the program that calls: nothing is signed. */
static void
a_digest_of_the_wrong_length_refuses_the_request(void)
{
	struct sig__SignatureParameters parameters = { .format = sig__SignatureFormat__CMS };
	struct sig__DocumentDigest digests[2] = { { .digestMethod = sig__DigestMethod__SHA256 },
		{ .digestMethod = sig__DigestMethod__SHA512 } };
	struct _sig__SignDigests request = {
		.parameters = &parameters, .__sizedigest = 2, .digest = digests
	};
	struct _sig__SignDigestsResponse response = { 0 };

	digests[0].digestValue = digests[1].digestValue = digest_of("doc.txt", EVP_sha256());
	CU_ASSERT_NOT_EQUAL(
	    soap_call___sig__SignDigests(soap, judges_live()->url, NULL, &request, &response),
	    SOAP_OK);
	CU_ASSERT_PTR_NOT_NULL_FATAL(fault());
	CU_ASSERT_EQUAL(fault()->code, sig__FaultCode__Malformed);
	CU_ASSERT_PTR_NOT_NULL(strstr(fault()->message, "digest 1 has 32 bytes"));
	forget();
}

static void
openssl_accepts_bare_signature_values(void)
{
	struct sig__SignatureParameters parameters = { .format = sig__SignatureFormat__Raw };
	enum sig__SignatureMethod pss = sig__SignatureMethod__PSS;
	static const struct {
		const char *key, *options;
	} rows[] = { { "rsa3072", "" },
		{ "rsa3072", "-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest" },
		{ "p256", "" } };
	struct sig__DocumentDigest digest = { .digestMethod = sig__DigestMethod__SHA256 };
	struct _sig__SignDigests request = {
		.parameters = &parameters, .__sizedigest = 1, .digest = &digest
	};
	struct _sig__SignDigestsResponse response;
	size_t i;

	for (i = 0; i < 3; i++) {
		memset(&response, 0, sizeof(response));
		parameters.key = (char *)rows[i].key;
		parameters.signatureMethod = i == 1 ? &pss : NULL;
		digest.digestValue = digest_of("doc.txt", EVP_sha256());
		CALL(SignDigests, &request, &response);
		CU_ASSERT_EQUAL_FATAL(response.answer->__sizeitem, 1);
		CU_ASSERT_FATAL(response.answer->item[0].signatureValue.__size > 0);
		put("raw.sig", &response.answer->item[0].signatureValue);
		put("raw.cer", &response.answer->signingCertificate);
		JUDGE(0,
		    "openssl x509 -inform DER -in raw.cer -pubkey -noout > raw.pub && openssl dgst "
		    "-sha256 -verify raw.pub %s -signature raw.sig doc.txt",
		    rows[i].options);
		forget();
	}
}

/* ---- time stamps ---- */

static void
openssl_accepts_a_time_stamp_over_a_digest(void)
{
	struct sig__DocumentDigest digest = { .digestMethod = sig__DigestMethod__SHA512,
		.digestValue = digest_of("doc.xml", EVP_sha512()) };
	struct _sig__TimestampDigest request = { .digest = &digest };
	struct _sig__TimestampDigestResponse response = { 0 };

	CALL(TimestampDigest, &request, &response);
	put("d.tst", &response.answer->timestampToken);
	CU_ASSERT_PTR_NOT_NULL(response.answer->serialNumber);
	forget();
	JUDGE(0, "openssl ts -verify -token_in -in d.tst -data doc.xml -CAfile ca.pem");
	HEARD("Verification: OK");
}

/* The verdict on a token over a document or (NULL) the digest given. */
static const struct sig__VerifyTimestampAnswer *
verify_token(const char *token, struct sig__Document *document, struct sig__DocumentDigest *digest)
{
	struct _sig__VerifyTimestamp request = { .timestampToken = file(token),
		.originalDocument = document,
		.originalDigest = digest };
	struct _sig__VerifyTimestampResponse response = { 0 };
	int rc =
	    soap_call___sig__VerifyTimestamp(soap, judges_live()->url, NULL, &request, &response);

	return rc == SOAP_OK ? response.answer : NULL;
}

static void
our_time_stamps_pass_over_document_and_digest(void)
{
	struct sig__Document document = { .content = file("doc.xml") };
	struct sig__DocumentDigest digest = { .digestMethod = sig__DigestMethod__SHA512,
		.digestValue = digest_of("doc.xml", EVP_sha512()) };
	const struct sig__VerifyTimestampAnswer *a = verify_token("d.tst", &document, NULL);

	CU_ASSERT_FATAL(a != NULL && a->indication != NULL);
	CU_ASSERT_EQUAL(*a->indication, sig__Indication__TotalPassed);
	CU_ASSERT_PTR_NOT_NULL(a->generationTime);
	CU_ASSERT_STRING_EQUAL(a->authority, "CN=Signet demo time-stamp authority,O=Signet");
	a = verify_token("d.tst", NULL, &digest);
	CU_ASSERT_FATAL(a != NULL && a->indication != NULL);
	CU_ASSERT_EQUAL(*a->indication, sig__Indication__TotalPassed);
	digest.digestValue.__ptr[0] ^= 1;
	a = verify_token("d.tst", NULL, &digest);
	CU_ASSERT_FATAL(a != NULL && a->indication != NULL);
	CU_ASSERT_EQUAL(*a->indication, sig__Indication__TotalFailed);
	CU_ASSERT_STRING_EQUAL(a->subIndication, "HASH_FAILURE");
	/* Both, or neither, is no question. */
	CU_ASSERT_PTR_NULL(verify_token("d.tst", NULL, NULL));
	CU_ASSERT_PTR_NOT_NULL_FATAL(fault());
	CU_ASSERT_EQUAL(fault()->code, sig__FaultCode__Malformed);
	CU_ASSERT_PTR_NULL(verify_token("d.tst", &document, &digest));
	forget();
}

#define TSA_EXTENSIONS                                                                             \
	"basicConstraints = critical,CA:FALSE\nkeyUsage = critical,digitalSignature\n"             \
	"extendedKeyUsage = critical,timeStamping\nsubjectKeyIdentifier = hash\n"                  \
	"authorityKeyIdentifier = keyid\n2.5.29.56 = DER:05:00"

static void
assert_token(const char *token, enum sig__Indication indication, const char *sub)
{
	struct sig__Document document = { .content = file("doc.txt") };
	const struct sig__VerifyTimestampAnswer *a = verify_token(token, &document, NULL);

	CU_ASSERT_FATAL(a != NULL && a->indication != NULL);
	CU_ASSERT_EQUAL(*a->indication, indication);
	if (*a->indication != indication ||
	    (sub != NULL && (a->subIndication == NULL || strcmp(a->subIndication, sub) != 0)))
		fprintf(stderr, "%s: %s %s\n", token,
		    a->subIndication != NULL ? a->subIndication : "",
		    a->__sizereason > 0 ? a->reason[0].text : "");
	if (sub != NULL)
		CU_ASSERT_STRING_EQUAL(a->subIndication, sub);
	if (indication != sig__Indication__TotalPassed)
		CU_ASSERT(a->__sizereason > 0);
	forget();
}

static void
time_stamps_of_openssl_are_judged(void)
{
	CU_ASSERT(judges_issue(
	    "theirtsa", "-algorithm RSA -pkeyopt rsa_keygen_bits:3072", TSA_EXTENSIONS));
	JUDGE(0,
	    "printf '%%s\\n' '[tsa]' 'default_tsa = t' '[t]' 'serial = tsa.serial' 'signer_digest "
	    "= "
	    "sha256' 'default_policy = 1.2.3.4' 'digests = sha1,sha256,sha384' 'ess_cert_id_alg = "
	    "sha256' 'accuracy = secs:1' > tsa.conf && echo 01 > tsa.serial && "
	    "reply() { openssl ts -query -data doc.txt -$1 -cert -out q.tsq && openssl ts -reply "
	    "-config tsa.conf -section t -queryfile q.tsq -signer $2.pem -inkey $2.key -chain "
	    "ca.pem "
	    "$3 -out $4; }; reply sha256 theirtsa -token_out o256.tst && "
	    "reply sha384 theirtsa -token_out o384.tst && reply sha256 theirtsa '' o.tsr && "
	    "reply sha1 theirtsa -token_out o1.tst && "
	    "openssl ts -verify -token_in -in o256.tst -data doc.txt -CAfile ca.pem");
	assert_token("o256.tst", sig__Indication__TotalPassed, NULL);
	assert_token("o384.tst", sig__Indication__TotalPassed, NULL);
	assert_token("o.tsr", sig__Indication__TotalPassed, NULL);
	assert_token("o1.tst", sig__Indication__Indeterminate, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE");
	/* One over another document. */
	JUDGE(0, "signet timestamp --force -o other.tst doc.xml");
	assert_token("other.tst", sig__Indication__TotalFailed, "HASH_FAILURE");
}

/*
 * What RFC 5652 leaves unsigned in a token: version and digestAlgorithms of SignedData; version and
 * sid of SignerInfo (the certificate is named again by a signed attribute; names compare without
 * regard to case).
 */
static int
is_unsigned(struct span token, size_t at)
{
	static const unsigned char tst_info[] = { 0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
		0x01, 0x09, 0x10, 0x01, 0x04 };
	const unsigned char *content = memmem(token.data, token.len, tst_info, sizeof(tst_info));
	const unsigned char *attributes =
	    memmem(token.data + 400, token.len - 400, tst_info, sizeof(tst_info));
	const unsigned char *info = attributes;

	CU_ASSERT_FATAL(content != NULL && attributes != NULL);
	while (info > content && memcmp(info, "\2\1\1\x30", 4) != 0)
		info--;
	return (at >= 19 && token.data + at < content - 2) ||
	       (token.data + at >= info - 8 && token.data + at < info + 5 + info[4]);
}

static void
no_flipped_bit_of_a_time_stamp_passes(void)
{
	struct sig__Document document = { 0 };
	const struct sig__VerifyTimestampAnswer *a;
	struct buf token;
	size_t at, passed_at = 0;

	JUDGE(0, "signet timestamp --force -o flip.tst doc.txt");
	CU_ASSERT_EQUAL_FATAL(judges_get("flip.tst", &token), 0);
	for (at = 0; at < token.len; at += 3) {
		document.content = file("doc.txt");
		token.data[at] ^= (unsigned char)(1 << at % 8);
		judges_put("flipped.tst", SPAN_OF(&token));
		token.data[at] ^= (unsigned char)(1 << at % 8);
		a = verify_token("flipped.tst", &document, NULL);
		if (a == NULL) {
			CU_ASSERT_PTR_NOT_NULL(fault()); /* refused, with a word */
		} else if (a->indication != NULL &&
			   *a->indication == sig__Indication__TotalPassed) {
			passed_at++;
			CU_ASSERT(is_unsigned(SPAN_OF(&token), at));
		} else {
			CU_ASSERT(a->__sizereason > 0);
		}
		forget();
	}
	CU_ASSERT(passed_at <= 20);
	buf_release(&token);
}

/* ---- certificates, keys, the caller ---- */

static void
each_purpose_takes_its_certificates_only(void)
{
	static const struct {
		const char *purpose, *passes, *fails;
	} rows[] = { { "Signing", "../pki/p256.pem", "../pki/tls.pem" },
		{ "TlsServer", "../pki/tls.pem", "../pki/erp.pem" },
		{ "TlsClient", "../pki/erp.pem", "../pki/tls.pem" },
		{ "Timestamping", "../pki/tsa.pem", "../pki/erp.pem" },
		{ "Any", "../pki/tsa.pem", "stranger-any.pem" } };
	size_t i;

	JUDGE(0,
	    "openssl req -x509 -newkey rsa:2048 -nodes -keyout x.key -out stranger-any.pem -subj "
	    "/CN=stranger -days 10");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		JUDGE(0,
		    "openssl x509 -in %s -out one.pem && signet certificate --purpose %s one.pem",
		    rows[i].passes, rows[i].purpose);
		HEARD("TotalPassed");
		JUDGE(2,
		    "openssl x509 -in %s -out one.pem && signet certificate --purpose %s one.pem",
		    rows[i].fails, rows[i].purpose);
		HEARD("because");
	}
	JUDGE(0, "openssl x509 -in ../pki/p256.pem -outform DER -out one.cer && signet certificate "
		 "one.cer");
	/* No anchor of the demo tenant is for OCSP signers. */
	JUDGE(2, "signet certificate --purpose OcspSigning one.pem");
	JUDGE(2, "signet certificate --time 2001-01-01T00:00:00Z one.cer");
}

static void
an_intermediate_may_be_sent_along(void)
{
	CU_ASSERT(judges_issue("middle-ca", "-algorithm EC -pkeyopt ec_paramgen_curve:P-384",
	    "basicConstraints = critical,CA:TRUE,pathlen:0\nkeyUsage = "
	    "critical,keyCertSign,cRLSign\n"
	    "subjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid"));
	JUDGE(0,
	    "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out deep.key && "
	    "openssl req -new -key deep.key -subj /CN=deep -out deep.csr && printf '%%s\\n' "
	    "'basicConstraints = critical,CA:FALSE' 'keyUsage = critical,digitalSignature' "
	    "'extendedKeyUsage = emailProtection' 'subjectKeyIdentifier = hash' "
	    "'authorityKeyIdentifier = keyid' '2.5.29.56 = DER:05:00' > deep.ext && openssl x509 "
	    "-req -in deep.csr -CA middle-ca.pem -CAkey middle-ca.key -set_serial 4711 -days 50 "
	    "-extfile deep.ext -out deep.pem");
	JUDGE(2, "signet certificate --purpose Signing deep.pem");
	HEARD("NO_CERTIFICATE_CHAIN_FOUND");
	/* Whether the intermediate CA is revoked nobody says: there is a path, but no verdict. */
	JUDGE(2, "signet certificate --purpose Signing -i middle-ca.pem deep.pem");
	HEARD("TRY_LATER");
	HEARD("middle-ca");
}

static void
keys_and_caller_are_told(void)
{
	const struct judges_key *k;
	json_t *json;

	JUDGE(0, "signet keys");
	for (k = judges_keys; k->name != NULL; k++)
		HEARD(k->name);
	JUDGE(0, "signet --json keys p521");
	json = json_loads(judges_said(), 0, NULL);
	CU_ASSERT_EQUAL(json_array_size(judges_at(json, "keys")), 1);
	CU_ASSERT_STRING_EQUAL(judges_text(json, "keys.0.name"), "p521");
	CU_ASSERT_EQUAL(json_integer_value(judges_at(json, "keys.0.size")), 521);
	json_decref(json);
	JUDGE(0, "signet --json whoami");
	json = json_loads(judges_said(), 0, NULL);
	CU_ASSERT_STRING_EQUAL(judges_text(json, "name"), "erp");
	CU_ASSERT_STRING_EQUAL(judges_text(json, "tenant"), "demo");
	CU_ASSERT_STRING_EQUAL(judges_text(json, "authenticatedBy"), "Certificate");
	json_decref(json);
}

static const struct test tests[] = { TEST(one_bad_document_of_a_batch_fails_itself_only),
	TEST(a_batch_of_verdicts_has_one_for_each),
	TEST(openssl_accepts_cms_signatures_over_digests),
	TEST(a_digest_of_the_wrong_length_refuses_the_request),
	TEST(openssl_accepts_bare_signature_values),
	TEST(openssl_accepts_a_time_stamp_over_a_digest),
	TEST(our_time_stamps_pass_over_document_and_digest),
	TEST(time_stamps_of_openssl_are_judged), TEST(no_flipped_bit_of_a_time_stamp_passes),
	TEST(each_purpose_takes_its_certificates_only), TEST(an_intermediate_may_be_sent_along),
	TEST(keys_and_caller_are_told), TEST_END };
const struct suite suite_system_judges_soap = { "system/judges_soap", setup, teardown, tests };
