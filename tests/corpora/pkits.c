/* NIST PKITS: paths, and the same paths under signed mails, judged as a mail is judged. */
#include <stdlib.h>
#include <string.h>

#include "signing/format/smime/smime_read.h"
#include "tests/corpora/evidence.h"

static int
is_set(const struct corpus_row *row, const char *key)
{
	char value[16];

	return corpus_setting(row, key, value, sizeof(value)) != NULL && strcmp(value, "true") == 0;
}

#define POLICIES_MAX 8

struct pkits {
	STACK_OF(X509) * certs, *anchors, *leaf;
	struct corpus_evidence evidence;
	char policies[POLICIES_MAX][80];
	const char *policy_list[POLICIES_MAX];
	size_t policy_count;
};

static void
pkits_begin(struct pkits *p)
{
	memset(p, 0, sizeof(*p));
	p->certs = sk_X509_new_null();
	p->anchors = sk_X509_new_null();
	p->leaf = sk_X509_new_null();
}

static void
pkits_end(struct pkits *p)
{
	sk_X509_pop_free(p->leaf, X509_free);
	sk_X509_pop_free(p->certs, X509_free);
	sk_X509_pop_free(p->anchors, X509_free);
	corpus_evidence_release(&p->evidence);
}

/* What the settings name; the issuers' certificates stand under `issuers`. */
static int
pkits_load(const struct corpus_row *row, const char *issuers, struct pkits *p, struct error *err)
{
	char value[4096], word[256];
	struct buf bytes = BUF_INIT(0);
	const char *at;
	int rc = 0;

	if (corpus_setting(row, "trust-anchor", value, sizeof(value)) != NULL)
		rc = corpus_certificates(row, value, p->anchors, err);
	at = corpus_setting(row, issuers, value, sizeof(value));
	while (rc == 0 && at != NULL && corpus_next_word(&at, word, sizeof(word)))
		rc = corpus_certificates(row, word, p->certs, err);
	at = corpus_setting(row, "crls", value, sizeof(value));
	while (rc == 0 && at != NULL && corpus_next_word(&at, word, sizeof(word))) {
		bytes.len = 0;
		rc = corpus_read(row, word, &bytes, err);
		if (rc == 0)
			corpus_add_crl(&p->evidence, SPAN_OF(&bytes));
	}
	at = corpus_setting(row, "initial-policy-set", value, sizeof(value));
	while (at != NULL && p->policy_count < POLICIES_MAX &&
	       corpus_next_word(&at, p->policies[p->policy_count], sizeof(p->policies[0]))) {
		p->policy_list[p->policy_count] = p->policies[p->policy_count];
		p->policy_count++;
	}
	buf_release(&bytes);
	return rc;
}

/* The policies that the notes name for a path that holds, and no others. */
static void
compare_policies(
    const struct corpus_row *row, const struct path_result *r, struct corpus_finding *found)
{
	static const char key[] = "expected-user-constrained-policy-set=";
	const char *at = row->notes != NULL ? strstr(row->notes, key) : NULL;
	char list[512], word[80];
	size_t i, wanted = 0, met = 0;

	if (!r->ok || at == NULL || at[sizeof(key) - 1] == '-')
		return;
	at += sizeof(key) - 1;
	snprintf(list, sizeof(list), "%.*s", (int)strcspn(at, " ;"), at);
	at = strcmp(list, "(empty)") == 0 ? "" : list;
	while (corpus_next_word(&at, word, sizeof(word))) {
		wanted++;
		for (i = 0; i < r->policy_count; i++)
			met += strcmp(r->policies[i], word) == 0;
	}
	if (met != wanted || r->policy_count != wanted)
		corpus_say(found, CORPUS_INVALID, "the path holds for %zu policies, not %s",
		    r->policy_count, list);
}

static void
judge(const struct corpus_row *row, struct path_input *in, struct corpus_evidence *e,
    struct corpus_finding *found)
{
	struct error err = ERROR_INIT;
	struct path_result r;

	if (path_validate(in, &r, &err) != 0) {
		corpus_say(found, CORPUS_ERROR, "%s", err.text);
		return;
	}
	corpus_say_path(found, &r, e);
	compare_policies(row, &r, found);
	path_result_release(&r);
}

static void
check_pkits(const struct corpus_row *row, struct corpus_finding *found)
{
	struct pkits p;
	struct error err = ERROR_INIT;
	struct path_input in = { 0 };
	struct revocation_evidence view;

	pkits_begin(&p);
	if (corpus_certificates(row, row->file, p.leaf, &err) != 0 ||
	    pkits_load(row, "intermediates", &p, &err) != 0) {
		corpus_say(found, CORPUS_ERROR, "%s", err.text);
		goto done;
	}
	view = corpus_evidence_view(&p.evidence);
	in.cert = sk_X509_value(p.leaf, 0);
	in.untrusted = p.certs;
	in.anchors = p.anchors;
	in.time = corpus_time(row, "time");
	in.policies = p.policy_list;
	in.policy_count = p.policy_count;
	in.explicit_policy = is_set(row, "initial-explicit-policy");
	in.inhibit_mapping = is_set(row, "initial-policy-mapping-inhibit");
	in.inhibit_any_policy = is_set(row, "initial-inhibit-any-policy");
	in.revocation = &view;
	judge(row, &in, &p.evidence, found);
done:
	pkits_end(&p);
}

/* ---- the signed mails ---- */

static void
judge_mail(const struct corpus_row *row, struct pkits *p, const struct signatures *list,
    struct corpus_finding *found)
{
	struct revocation_evidence view = corpus_evidence_view(&p->evidence);
	struct verify_policy policy = { .certificate_policies = p->policy_list,
		.certificate_policy_count = p->policy_count,
		.explicit_policy = is_set(row, "initial-explicit-policy"),
		.inhibit_mapping = is_set(row, "initial-policy-mapping-inhibit"),
		.inhibit_any_policy = is_set(row, "initial-inhibit-any-policy") };
	const struct verify_context context = { .anchors = p->anchors,
		.certificates = p->certs,
		.revocation = &view,
		.time = corpus_time(row, "time"),
		.catalogue = corpus_historic(),
		.policy = &policy };
	struct verify_report report;
	struct error err = ERROR_INIT;

	if (verify_signatures(list, &context, &report, &err) != 0) {
		corpus_say(found, CORPUS_ERROR, "%s", err.text);
		return;
	}
	corpus_say(found,
	    report.conclusion.indication == INDICATION_TOTAL_PASSED ? CORPUS_VALID : CORPUS_INVALID,
	    "%s: %s", sub_indication_name(report.conclusion.sub), report.conclusion.text);
	verify_report_release(&report);
}

static void
check_pkits_mail(const struct corpus_row *row, struct corpus_finding *found)
{
	struct pkits p;
	struct smime_read_options options = { 0 };
	struct smime_mail mail = { 0 };
	struct signatures list = { 0 };
	struct buf file = BUF_INIT(0);
	struct error err = ERROR_INIT;

	pkits_begin(&p);
	if (pkits_load(row, "extra-certs", &p, &err) != 0 ||
	    corpus_read(row, row->file, &file, &err) != 0 ||
	    smime_read(&list, &mail, SPAN_OF(&file), &options, &err) != 0)
		corpus_say(found, CORPUS_ERROR, "%s", err.text);
	else
		judge_mail(row, &p, &list, found);
	smime_mail_release(&mail);
	signatures_release(&list);
	buf_release(&file);
	pkits_end(&p);
}

const struct corpus_kind corpora_pkits[] = {
	{ "pkits-2011", "x509-path", check_pkits },
	{ "pkits-2004-smime", "smime-signed-opaque", check_pkits_mail },
	{ NULL, NULL, NULL },
};
