/*
 * Inputs of the set dss: documents to sign and to extend, damaged and hostile ones. What was tried
 * and how it went are facts, in words that dss.c compares with the manifest's.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "signing/core/ossl.h"
#include "signing/format/asic/asic_read.h"
#include "signing/format/cms/cms_extend.h"
#include "signing/format/cms/cms_read.h"
#include "signing/format/pdf/pdf_extend.h"
#include "signing/format/pdf/pdf_read.h"
#include "signing/format/pdf/pdf_sign.h"
#include "signing/format/xml/xml_read.h"
#include "signing/proof/tsa.h"
#include "signing/proof/tsp.h"
#include "signing/x509/issue.h"
#include "tests/corpora/corpora.h"

#define SECONDS_MAX 3.0

/* Somebody who signs, and a time-stamp authority, made when first asked for. */
static struct sign_key signer, authority;

static void
make_key(
    struct sign_key *to, enum issue_profile profile, const char *name, const struct issuer *issuer)
{
	struct issue_request request = { .profile = profile,
		.common_name = name,
		.not_before = CORPUS_NOW - 86400,
		.not_after = CORPUS_NOW + 86400 * INT64_C(300) };
	struct error err = ERROR_INIT;

	to->pkey = EVP_EC_gen("P-256");
	request.key = to->pkey;
	if (to->pkey == NULL || issue_certificate(&to->cert, &request, issuer, &err) != 0)
		abort();
}

static void
make_keys(void)
{
	static struct sign_key root;
	struct issuer issuer;

	if (signer.cert != NULL)
		return;
	make_key(&root, ISSUE_ROOT_CA, "root", NULL);
	issuer = (struct issuer){ root.cert, root.pkey };
	make_key(&signer, ISSUE_DOCUMENT_SIGNING, "signer", &issuer);
	make_key(&authority, ISSUE_TSA, "authority", &issuer);
}

/* A timestamp_source. */
static int
stamp(void *ctx, enum digest digest, const unsigned char *imprint, struct buf *token,
    struct error *err)
{
	struct tsp_request request = { .digest = digest, .cert_req = 1 };
	struct tsa tsa = { .key = &authority, .policy = "1.2.3.4" };
	struct buf query = BUF_INIT(0), response = BUF_INIT(0);
	static unsigned char serial[4] = { 1, 0, 0, 0 };
	struct tsa_record record;
	int rc;

	(void)ctx;
	serial[3]++;
	memcpy(request.imprint, imprint, digest_size(digest));
	rc = tsp_request_make(&query, &request, err);
	if (rc == 0)
		rc = tsa_respond(&response, SPAN_OF(&query), &tsa, CORPUS_NOW * 1000000,
		    (struct span){ serial, sizeof(serial) }, &record, err);
	if (rc == 0)
		rc = tsp_response_check(token, SPAN_OF(&response), &request, NULL, err);
	buf_release(&query);
	buf_release(&response);
	return rc;
}

static const struct timestamp_source source = { .get = stamp, .digest = DIGEST_SHA256 };

static int
sign_pdf(struct buf *out, struct span document, const char *password, struct error *err)
{
	const struct sign_options options = {
		.level = LEVEL_T, .signing_time = CORPUS_NOW, .claim_time = 1, .timestamp = &source
	};
	const struct pdf_sign_options pdf = { .password = password };

	return pdf_sign(out, document, &signer, &options, &pdf, err);
}

/* Signed, and brought to LTA; what comes out must be intact. */
static int
sign_to_lta(struct span document)
{
	struct buf one = BUF_INIT(0), two = BUF_INIT(0);
	const struct pdf_extend_options options = { 0 };
	struct evidence data = { 0 };
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;
	int ok;

	ok = sign_pdf(&one, document, NULL, &err) == 0 &&
	     evidence_add_certificate(&data, authority.cert, &err) == 0 &&
	     pdf_extend(&two, SPAN_OF(&one), EXTEND_LTA, &data, &source, &options, NULL, &err) ==
		 0 &&
	     pdf_read(&list, SPAN_OF(&two), NULL, &err) == 0 && list.count == 1 &&
	     list.items[0].value_intact && list.items[0].references_intact &&
	     list.items[0].failure == SUB_NONE && list.items[0].changes_permitted &&
	     list.items[0].timestamp_count == 2;
	signatures_release(&list);
	evidence_release(&data);
	buf_release(&one);
	buf_release(&two);
	return ok;
}

static int
reads_pdf(struct span document, const char *password)
{
	const struct pdf_read_options options = { .password = password };
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;
	int ok = pdf_read(&list, document, &options, &err) == 0;

	signatures_release(&list);
	return ok;
}

static int
signs_pdf(struct span document, const char *password)
{
	struct buf out = BUF_INIT(0);
	struct error err = ERROR_INIT;
	int ok = sign_pdf(&out, document, password, &err) == 0;

	buf_release(&out);
	return ok;
}

static void
try_pdf(struct span document, struct corpus_finding *found)
{
	corpus_fact(found, "%s", reads_pdf(document, NULL) ? "opens" : "is refused");
	corpus_fact(found, "%s with a space", reads_pdf(document, " ") ? "opens" : "is refused");
	corpus_fact(found, "%s with another password",
	    reads_pdf(document, "another") ? "opens" : "is refused");
	corpus_fact(found, "%s", signs_pdf(document, NULL) ? "signs" : "does not sign");
	corpus_fact(found, "%s with a space", signs_pdf(document, " ") ? "signs" : "does not sign");
	corpus_fact(found, "%s to LTA", sign_to_lta(document) ? "signs" : "does not sign");
}

static void
try_extension(
    struct span document, enum extension to, const char *name, struct corpus_finding *found)
{
	struct buf der = BUF_INIT(0);
	struct evidence data = { 0 };
	struct error err = ERROR_INIT;
	int ok;

	ok = buf_append_span(&der, document, &err) == 0 &&
	     evidence_add_certificate(&data, authority.cert, &err) == 0 &&
	     cms_extend(&der, 0, to, NULL, &data, &source, NULL, &err) == 0;
	corpus_fact(found, "%s to %s", ok ? "extends" : "does not extend", name);
	evidence_release(&data);
	buf_release(&der);
}

static void
try_cms(struct span document, struct corpus_finding *found)
{
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;

	corpus_fact(
	    found, "%s", cms_read(&list, document, NULL, NULL, &err) == 0 ? "opens" : "is refused");
	signatures_release(&list);
	try_extension(document, EXTEND_LT, "LT", found);
	try_extension(document, EXTEND_LTA, "LTA", found);
}

static void
try_xml(struct span document, struct corpus_finding *found)
{
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;

	corpus_fact(
	    found, "%s", xml_read(&list, document, NULL, &err) == 0 ? "opens" : "is refused");
	signatures_release(&list);
}

static int
opens_container(struct span document, unsigned int ratio, uint64_t from)
{
	struct asic_limits limits = ASIC_LIMITS_DEFAULT;
	const struct asic_read_options options = { .archive = &limits };
	struct signatures list = { 0 };
	struct error err = ERROR_INIT;
	int ok;

	limits.ratio = ratio;
	limits.ratio_from = from;
	ok = asic_read(&list, NULL, document, &options, &err) == 0 && list.count > 0;
	signatures_release(&list);
	return ok;
}

static void
try_container(struct span document, struct corpus_finding *found)
{
	corpus_fact(found, "%s",
	    opens_container(document, ASIC_RATIO_MAX, ASIC_RATIO_FROM) ? "opens" : "is refused");
	corpus_fact(found, "%s at a ratio of 50",
	    opens_container(document, 50, 0) ? "opens" : "is refused");
}

static void
check_input(const struct corpus_row *row, struct corpus_finding *found)
{
	static const struct {
		const char *end;
		void (*try)(struct span document, struct corpus_finding *found);
	} tries[] = { { ".pdf", try_pdf }, { ".p7m", try_cms }, { ".xml", try_xml },
		{ ".asice", try_container } };
	struct buf file = BUF_INIT(0);
	struct error err = ERROR_INIT;
	size_t i, len = strlen(row->file);
	clock_t begin = clock();

	make_keys();
	if (corpus_read(row, row->file, &file, &err) != 0) {
		corpus_say(found, CORPUS_SKIPPED, "%s", err.text);
		return;
	}
	for (i = 0; i < sizeof(tries) / sizeof(tries[0]); i++)
		if (len > strlen(tries[i].end) &&
		    strcmp(row->file + len - strlen(tries[i].end), tries[i].end) == 0)
			tries[i].try(SPAN_OF(&file), found);
	corpus_fact(found, "%s",
	    (double)(clock() - begin) / CLOCKS_PER_SEC < SECONDS_MAX ? "in time" : "too slow");
	corpus_say(found,
	    strncmp(found->facts, "is refused", 10) == 0 ? CORPUS_ERROR : CORPUS_INVALID, "%s",
	    found->facts);
	buf_release(&file);
}

const struct corpus_kind corpora_input[] = { { "dss", "input", check_input },
	{ NULL, NULL, NULL } };
