/* Mails: what smime_read() says; whether the signer's path holds is judged where a row asks for it
 * by its "trusted" setting: with the usage that mail needs, at the row's time. */
#include <string.h>

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "signing/core/ossl.h"
#include "signing/format/smime/smime_read.h"
#include "tests/corpora/corpora.h"

/* The set says "signing time of the message", or a time of its own. */
static int64_t
time_of(const struct corpus_row *row, const struct signature *sig)
{
	int64_t at = corpus_time(row, "time");

	return at != 0 ? at : sig->claimed_time;
}

static int
path_holds(const struct corpus_row *row, const struct signature *sig, STACK_OF(X509) * trusted,
    const char **why)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *param;
	int i, ok;

	for (i = 0; i < sk_X509_num(trusted); i++)
		X509_STORE_add_cert(store, sk_X509_value(trusted, i));
	X509_STORE_CTX_init(ctx, store, sig->signer, sig->certificates);
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_auth_level(param, 0);
	X509_VERIFY_PARAM_set_time(param, (time_t)time_of(row, sig));
	X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SMIME_SIGN);
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
	ok = X509_verify_cert(ctx) == 1;
	*why = X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx));
	error_openssl_kind(NULL, ERROR_NONE, "");
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return ok;
}

static void
judge_paths(const struct corpus_row *row, const struct signatures *list, STACK_OF(X509) * trusted,
    struct corpus_finding *found)
{
	const char *why = "";
	size_t i;

	for (i = 0; i < list->count && found->verdict == CORPUS_VALID; i++)
		if (list->items[i].signer == NULL ||
		    !path_holds(row, &list->items[i], trusted, &why))
			corpus_say(found, CORPUS_INVALID, "path: %s", why);
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
		if (mail.is_doubtful && found->verdict == CORPUS_VALID)
			corpus_say(found, CORPUS_VALID, "doubtful: %.300s", mail.remarks);
		if (sk_X509_num(trusted) > 0)
			judge_paths(row, &list, trusted, found);
	}
	smime_mail_release(&mail);
	signatures_release(&list);
	buf_release(&file);
	sk_X509_pop_free(trusted, X509_free);
}

const struct corpus_kind corpora_smime[] = {
	{ "cms-smime", "smime", check_mail },
	{ "cms-smime", "smime-multipart", check_mail },
	{ "cms-smime", "smime-opaque", check_mail },
	{ "smime-thunderbird", "smime", check_mail },
	{ "smime-thunderbird", "smime-multipart", check_mail },
	{ NULL, NULL, NULL },
};
