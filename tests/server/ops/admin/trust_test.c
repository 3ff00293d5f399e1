/* Whom a tenant trusts, by the service Administration (S2-27 to S2-29): trust centres of lists,
 * own CA certificates, and the snapshots that follow. */
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/ops/trust/trust.h"
#include "signing/x509/cert.h"
#include "tests/support/administer.h"
#include "tests/support/postgres.h"
#include "tests/support/suite.h"
#include "tests/support/trusted.h"

static struct db *db;
static struct test_list list;
static struct buf text = BUF_INIT(0), der = BUF_INIT(0);

static int
open_db(struct db **out, const char *role)
{
	struct db_options options = { .conninfo = postgres_conninfo(ops_database(), role) };
	struct error err = ERROR_INIT;

	if (db_open(out, &options, &err) == 0)
		return 0;
	fprintf(stderr, "%s [%s]\n", err.text, err.cause);
	return -1;
}

/* A source "DE" for all tenants, and one "FR" that no list came from. */
static int
setup(void)
{
	struct trust_source_new s = { .name = "DE", .kind = "list", .territory = "DE" };
	struct db *owner = NULL;
	struct span pin;
	int rc = -1;

	if (administer_world() != 0 || open_db(&owner, "signet_owner") != 0 ||
	    open_db(&db, "signet_server") != 0 ||
	    cert_write_der(&der, pki_cert(PKI_P256), NULL) != 0)
		return -1;
	test_list_init(&list);
	pin = SPAN_OF(&der);
	s.signers = &pin;
	s.signer_count = 1;
	uuid_random(&s.id);
	rc = store_trust_source_add(owner, NULL, &s, NULL);
	s.name = "FR";
	s.territory = NULL;
	uuid_random(&s.id);
	if (rc == 0)
		rc = store_trust_source_add(owner, NULL, &s, NULL);
	db_close(owner);
	return rc;
}

static int
teardown(void)
{
	db_close(db);
	test_list_release(&list);
	buf_release(&text);
	buf_release(&der);
	return ops_world_end();
}

static void
take_in(enum trust_list_verdict verdict)
{
	const struct trust_import import = {
		.source = "DE", .list = SPAN_OF(&text), .by = "job", .time = PKI_NOW
	};
	struct trust_import_result result;
	struct error err = ERROR_INIT;

	ASSERT_OK(trust_import(db, &import, &result, &err), &err);
	CU_ASSERT_EQUAL(result.verdict, verdict);
}

/* The change that the current snapshot made has these words; the number of it. */
static int
changed(const char *words)
{
	struct error err = ERROR_INIT;
	struct request req;
	size_t i;
	int number, found = 0;

	ASSERT_OK(administer(&req, OP_GET_TRUST_SNAPSHOT, NULL, &err), &err);
	for (i = 0; i < administered(&req, 0, "change")->count; i++) {
		const char *line = value_text(&administered(&req, 0, "change")->items[i]);

		found |= strstr(line, words) != NULL;
	}
	number = (int)administered(&req, 0, "number")->number;
	request_release(&req);
	if (!found)
		fprintf(stderr, "snapshot %d does not say \"%s\"\n", number, words);
	CU_ASSERT(found);
	return number;
}

/* How the list tells of the trust centre: "chosen listed", NULL when it does not. */
static const char *
state_of(const char *centre)
{
	static char out[40];
	struct error err = ERROR_INIT;
	struct request req;

	ASSERT_OK(administer(&req, OP_LIST_TRUST_CENTRES, FIELDS("filter", centre), &err), &err);
	out[0] = '\0';
	if (req.admin->count == 1)
		snprintf(out, sizeof(out), "%s %s",
		    administered(&req, 0, "isChosen")->number ? "chosen" : "not",
		    administered(&req, 0, "isListed")->number ? "listed" : "unknown");
	request_release(&req);
	return out;
}

static void
a_list_is_told_with_what_became_of_it(void)
{
	struct error err = ERROR_INIT;
	struct request req;

	ASSERT_OK(administer(&req, OP_LIST_TRUST_LISTS, FIELDS("filter", "de"), &err), &err);
	CU_ASSERT_EQUAL_FATAL(req.admin->count, 1);
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "failure"), "no list was imported yet");
	request_release(&req);
	test_list_make(&list, PKI_P256, &text);
	take_in(TRUST_LIST_ACCEPTED);
	list.scheme.sequence = 8;
	test_list_make(&list, PKI_RSA2048, &text);
	take_in(TRUST_LIST_STRANGER);
	ASSERT_OK(administer(&req, OP_LIST_TRUST_LISTS, NULL, &err), &err);
	CU_ASSERT_EQUAL_FATAL(req.admin->count, 2);
	CU_ASSERT_EQUAL(req.admin->total, 2);
	CU_ASSERT_EQUAL(administered(&req, 0, "sequence")->number, 7);
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "verdict"), "Stranger");
	CU_ASSERT_PTR_NOT_NULL(strstr(administered_text(&req, 0, "failure"), "signed"));
	CU_ASSERT_EQUAL(administered(&req, 0, "isServerWide")->number, 1);
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 1, "name"), "FR");
	request_release(&req);
}

static void
a_trust_centre_is_chosen_and_let_go(void)
{
	struct error err = ERROR_INIT;
	struct request req;
	char line[400];

	CU_ASSERT_STRING_EQUAL(state_of("alpha"), "not listed");
	administer_made(OP_CHOOSE_TRUST_CENTRE, FIELDS("list", "DE", "trustCentre", "Beta Trust"));
	ASSERT_OK(administer(&req, OP_CHOOSE_TRUST_CENTRE,
		      FIELDS("list", "DE", "trustCentre", "Alpha Trust"), &err),
	    &err);
	CU_ASSERT_PTR_NOT_NULL(strstr(req.out.result.message, "counts from now on"));
	request_release(&req);
	ops_last_audit(line, sizeof(line));
	CU_ASSERT_STRING_EQUAL(line, "ChooseTrustCentre trusted list DE Success");
	changed("Alpha");
	administer_made(OP_REJECT_TRUST_CENTRE, FIELDS("list", "DE", "trustCentre", "Beta Trust"));
	CU_ASSERT_STRING_EQUAL(state_of("alpha"), "chosen listed");
	CU_ASSERT_STRING_EQUAL(state_of("beta"), "not listed");
	ASSERT_OK(
	    administer(&req, OP_LIST_TRUST_CENTRES, FIELDS("list", "DE", "chosenOnly", "1"), &err),
	    &err);
	CU_ASSERT_EQUAL_FATAL(req.admin->count, 1);
	CU_ASSERT_EQUAL(administered(&req, 0, "service")->count, 2);
	CU_ASSERT_STRING_EQUAL(
	    value_text(&administered(&req, 0, "service")->items[2]), "recognisedatnationallevel");
	request_release(&req);
	ASSERT_OK(administer(&req, OP_REJECT_TRUST_CENTRE,
		      FIELDS("list", "DE", "trustCentre", "Alpha Trust"), &err),
	    &err);
	request_release(&req);
	CU_ASSERT_STRING_EQUAL(state_of("alpha"), "not listed");
	/* What was chosen when, and by whom, stays known. */
	ASSERT_OK(postgres_ask(ops_database(), "postgres",
		      "SELECT count(*) FROM signet.history WHERE kind = 'trust_choice' AND object "
		      "= 'Alpha Trust' AND until IS NOT NULL AND made_by LIKE '% acme/erp' AND "
		      "ended_by LIKE '% acme/erp'",
		      line, sizeof(line), &err),
	    &err);
	CU_ASSERT_STRING_EQUAL(line, "1");
}

static void
what_no_list_names_is_chosen_for_later_alone(void)
{
	administer_refused(OP_CHOOSE_TRUST_CENTRE,
	    FIELDS("list", "DE", "trustCentre", "Alfa Trust"), ERROR_NOT_FOUND,
	    "\"Alpha Trust\", \"Beta Trust\"");
	administer_refused(OP_CHOOSE_TRUST_CENTRE, FIELDS("list", "FR", "trustCentre", "Alpha"),
	    ERROR_NOT_FOUND, "no list of FR was imported yet");
	administer_refused(
	    OP_CHOOSE_TRUST_CENTRE, FIELDS("list", "XX"), ERROR_NOT_FOUND, "no trusted list XX");
	administer_refused(OP_REJECT_TRUST_CENTRE, FIELDS("list", "DE"), ERROR_NOT_FOUND,
	    "was not chosen; chosen: nothing");
	administer_refused(OP_CHOOSE_TRUST_CENTRE,
	    FIELDS("list", "DE", "trustCentre", "a\033[2J", "later", "1"), ERROR_MALFORMED,
	    "control character");
	administer_made(OP_CHOOSE_TRUST_CENTRE,
	    FIELDS("list", "DE", "trustCentre", "Gamma Trust", "later", "1"));
	CU_ASSERT_STRING_EQUAL(state_of("gamma"), "chosen unknown");
	administer_made(OP_REJECT_TRUST_CENTRE, FIELDS("list", "DE", "trustCentre", "Gamma Trust"));
	CU_ASSERT_STRING_EQUAL(state_of("gamma"), "");
}

/* Page by page of one each: nothing twice, nothing passed over. */
static void
trust_centres_come_in_pages(void)
{
	struct error err = ERROR_INIT;
	struct request req;
	char token[400];

	ASSERT_OK(administer(&req, OP_LIST_TRUST_CENTRES, FIELDS("pageSize", "1"), &err), &err);
	CU_ASSERT_EQUAL_FATAL(req.admin->count, 1);
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "name"), "Alpha Trust");
	CU_ASSERT_PTR_NOT_NULL_FATAL(req.admin->next_page);
	text_copy(token, sizeof(token), req.admin->next_page);
	request_release(&req);
	ASSERT_OK(administer(&req, OP_LIST_TRUST_CENTRES,
		      FIELDS("pageSize", "1", "pageToken", token), &err),
	    &err);
	CU_ASSERT_EQUAL_FATAL(req.admin->count, 1);
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "name"), "Beta Trust");
	CU_ASSERT_PTR_NULL(req.admin->next_page);
	request_release(&req);
	administer_refused(OP_LIST_TRUST_CENTRES, FIELDS("pageToken", "bm9uc2Vuc2U="),
	    ERROR_MALFORMED, "pageToken");
}

/* ---- own certificates ---- */

static const char *
pem_of(enum pki_id first, enum pki_id second, char *out, size_t size)
{
	BIO *mem = BIO_new(BIO_s_mem());
	int n;

	PEM_write_bio_X509(mem, pki_cert(first));
	if (second != PKI_IDS)
		PEM_write_bio_X509(mem, pki_cert(second));
	n = BIO_read(mem, out, (int)size - 1);
	out[n > 0 ? n : 0] = '\0';
	BIO_free(mem);
	return out;
}

static void
own_certificates_are_added_changed_and_removed(void)
{
	struct error err = ERROR_INIT;
	struct request req;
	char pem[8192], id[64], line[400];
	int number;

	ASSERT_OK(administer(&req, OP_ADD_TRUST_ANCHORS,
		      FIELDS("name", "house", "usage", "Signing,Timestamping", "crlUrl",
			  "http://pki.example/house.crl", "certificate",
			  pem_of(PKI_OTHER_ROOT, PKI_TSA, pem, sizeof(pem))),
		      &err),
	    &err);
	CU_ASSERT_EQUAL_FATAL(req.admin->count, 2);
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 1, "name"), "house 2");
	CU_ASSERT_PTR_NOT_NULL(strstr(administered_text(&req, 0, "subject"), "CN="));
	CU_ASSERT(administered(&req, 0, "notAfter")->number > PKI_NOW);
	snprintf(id, sizeof(id), "%s", administered_text(&req, 0, "id"));
	request_release(&req);
	number = changed("house");
	administer_refused(OP_ADD_TRUST_ANCHORS,
	    FIELDS("name", "again", "certificate", pem_of(PKI_TSA, PKI_IDS, pem, sizeof(pem))),
	    ERROR_CONFLICT, "trusts this certificate already");
	ASSERT_OK(administer(&req, OP_UPDATE_TRUST_ANCHOR,
		      FIELDS("id", id, "version", "1", "name", "house", "state", "Disabled",
			  "usage", "Signing"),
		      &err),
	    &err);
	CU_ASSERT_PTR_NOT_NULL(strstr(req.out.result.message, "state: Active -> Disabled"));
	request_release(&req);
	CU_ASSERT_EQUAL(changed("house"), number + 1);
	administer_refused(OP_UPDATE_TRUST_ANCHOR,
	    FIELDS(
		"id", id, "version", "1", "name", "house", "state", "Active", "usage", "Signing"),
	    ERROR_CONFLICT, "its version is 2, not 1");
	administer_made(OP_REMOVE_TRUST_ANCHOR, FIELDS("id", id, "version", "2"));
	ops_last_audit(line, sizeof(line));
	CU_ASSERT_STRING_EQUAL(line, "RemoveTrustAnchor own CA certificate house Success");
	administer_refused(OP_GET_TRUST_ANCHOR, FIELDS("id", id), ERROR_NOT_FOUND, "there is no");
	/* The snapshot of before still has it. */
	snprintf(line, sizeof(line), "%d", number);
	ASSERT_OK(administer(&req, OP_GET_TRUST_SNAPSHOT, FIELDS("number", line), &err), &err);
	CU_ASSERT(administered(&req, 0, "ownCertificate")->count >= 4);
	CU_ASSERT_EQUAL(administered(&req, 0, "against")->number, number - 1);
	request_release(&req);
	ASSERT_OK(administer(&req, OP_LIST_TRUST_SNAPSHOTS, FIELDS("filter", "HOUSE"), &err), &err);
	CU_ASSERT_EQUAL(req.admin->total, 2);
	CU_ASSERT_STRING_EQUAL(administered_text(&req, 0, "madeBy"), "acme/erp");
	request_release(&req);
}

static void
what_is_no_certificate_is_refused_in_words(void)
{
	char pem[8192], name[200];

	pem_of(PKI_EXPIRED, PKI_IDS, pem, sizeof(pem));
	administer_refused(OP_ADD_TRUST_ANCHORS, FIELDS("name", "x", "certificate", "nonsense"),
	    ERROR_MALFORMED, "DER, PEM or PKCS#7");
	administer_refused(OP_ADD_TRUST_ANCHORS,
	    FIELDS("name", "x", "usage", "Flying", "certificate", pem), ERROR_MALFORMED, "usage");
	administer_refused(OP_ADD_TRUST_ANCHORS,
	    FIELDS("name", "x", "crlUrl", "file:///etc/passwd", "certificate", pem),
	    ERROR_MALFORMED, "http://");
	administer_refused(OP_ADD_TRUST_ANCHORS,
	    FIELDS("name",
		"a\xE2\x80\xAE"
		"b",
		"certificate", pem),
	    ERROR_MALFORMED, "turn the order");
	memset(name, 'x', sizeof(name));
	name[199] = '\0';
	administer_refused(
	    OP_ADD_TRUST_ANCHORS, FIELDS("name", name, "certificate", pem), ERROR_MALFORMED, "128");
	administer_refused(
	    OP_GET_TRUST_SNAPSHOT, FIELDS("number", "0"), ERROR_MALFORMED, "from 1 on");
	administer_refused(
	    OP_GET_TRUST_SNAPSHOT, FIELDS("number", "9999"), ERROR_NOT_FOUND, "snapshot 9999");
	administer_refused(
	    OP_GET_TRUST_SNAPSHOT, FIELDS("against", "9999"), ERROR_NOT_FOUND, "snapshot 9999");
}

/* A source, an anchor and a choice of one tenant are nothing to another. */
static void
another_tenant_meets_nothing(void)
{
	struct error err = ERROR_INIT;
	struct request req;
	char pem[8192], id[64];

	ASSERT_OK(administer(&req, OP_ADD_TRUST_ANCHORS,
		      FIELDS("name", "mine", "certificate",
			  pem_of(PKI_OTHER_ROOT, PKI_IDS, pem, sizeof(pem))),
		      &err),
	    &err);
	snprintf(id, sizeof(id), "%s", administered_text(&req, 0, "id"));
	request_release(&req);
	CU_ASSERT_EQUAL(
	    administer_as("rival/erp", &req, OP_REMOVE_TRUST_ANCHOR, FIELDS("id", id), &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	request_release(&req);
	ASSERT_OK(
	    administer_as("rival/erp", &req, OP_LIST_TRUST_ANCHORS, FIELDS("filter", "mine"), &err),
	    &err);
	CU_ASSERT_EQUAL(req.admin->count, 0);
	request_release(&req);
	administer_made(OP_CHOOSE_TRUST_CENTRE, FIELDS("list", "DE"));
	ASSERT_OK(administer_as(
		      "rival/erp", &req, OP_LIST_TRUST_CENTRES, FIELDS("chosenOnly", "1"), &err),
	    &err);
	CU_ASSERT_EQUAL(req.admin->count, 0);
	request_release(&req);
	administer_made(OP_REJECT_TRUST_CENTRE, FIELDS("list", "DE"));
	administer_made(OP_REMOVE_TRUST_ANCHOR, FIELDS("id", id));
}

static const struct test tests[] = {
	TEST(a_list_is_told_with_what_became_of_it),
	TEST(a_trust_centre_is_chosen_and_let_go),
	TEST(what_no_list_names_is_chosen_for_later_alone),
	TEST(trust_centres_come_in_pages),
	TEST(own_certificates_are_added_changed_and_removed),
	TEST(what_is_no_certificate_is_refused_in_words),
	TEST(another_tenant_meets_nothing),
	TEST_END,
};
const struct suite suite_server_ops_admin_trust = { "server/ops/admin/trust", setup, teardown,
	tests };
