/* Mails: what smime_read() says; whether the signer's path holds is judged where a row asks for it
 * by its "trusted" setting, at the row's time. */
#include <string.h>

#include "signing/format/smime/smime_read.h"
#include "tests/corpora/corpora.h"

/* The set says "signing time of the message", or a time of its own. */
static int64_t
time_of(const struct corpus_row *row, const struct signatures *list)
{
	int64_t at = corpus_time(row, "time");

	return at != 0 ? at : list->count > 0 ? list->items[0].claimed_time : 0;
}

/* The verdict of all, with the crypto policy that the row allows, and with today's. */
static void
judge_trust(const struct corpus_row *row, const struct signatures *list, STACK_OF(X509) * trusted,
    struct corpus_finding *found)
{
	struct corpus_trust trust = {
		.anchors = trusted, .time = time_of(row, list), .catalogue = corpus_historic()
	};
	struct verify_report report;
	struct error err = ERROR_INIT;

	if (corpus_verify(list, &trust, &report, &err) != 0) {
		corpus_say(found, CORPUS_ERROR, "%s", err.text);
		return;
	}
	if (report.conclusion.indication != INDICATION_TOTAL_PASSED)
		corpus_say(found, CORPUS_INVALID, "%s: %s",
		    sub_indication_name(report.conclusion.sub), report.conclusion.text);
	verify_report_release(&report);
	trust.catalogue = NULL;
	if (corpus_verify(list, &trust, &report, &err) != 0)
		return;
	found->is_refused_by_default = report.conclusion.indication != INDICATION_TOTAL_PASSED;
	verify_report_release(&report);
}

static void
load_trusted(const struct corpus_row *row, STACK_OF(X509) * trusted)
{
	char value[512], *one, *save = NULL;
	struct error err = ERROR_INIT;

	if (corpus_setting(row, "trusted", value, sizeof(value)) == NULL)
		return;
	for (one = strtok_r(value, ", ", &save); one != NULL; one = strtok_r(NULL, ", ", &save))
		corpus_certificates(row, one, trusted, &err);
}

static void
check_mail(const struct corpus_row *row, struct corpus_finding *found)
{
	STACK_OF(X509) *trusted = sk_X509_new_null();
	struct smime_read_options options = { .extra_certificates = trusted, .need_address = 1 };
	struct smime_mail mail = { 0 };
	struct signatures list = { 0 };
	struct buf file = BUF_INIT(0);
	struct error err = ERROR_INIT;

	load_trusted(row, trusted);
	if (corpus_read(row, row->file, &file, &err) != 0)
		corpus_say(found, CORPUS_SKIPPED, "%s", err.text);
	else if (smime_read(&list, &mail, SPAN_OF(&file), &options, &err) != 0)
		corpus_say(found, CORPUS_ERROR, "%s", err.text);
	else {
		corpus_judge(&list, found);
		found->is_doubtful = mail.is_doubtful;
		found->is_partial |= mail.unsigned_count > 0;
		if (mail.is_doubtful && found->verdict == CORPUS_VALID)
			corpus_say(found, CORPUS_VALID, "doubtful: %.300s", mail.remarks);
		if (sk_X509_num(trusted) > 0)
			judge_trust(row, &list, trusted, found);
	}
	smime_mail_release(&mail);
	signatures_release(&list);
	buf_release(&file);
	sk_X509_pop_free(trusted, X509_free);
}

const struct corpus_kind corpora_smime[] = {
	{ "cms-smime", "smime*", check_mail },
	{ "smime-thunderbird", "smime*", check_mail },
	{ NULL, NULL, NULL },
};
