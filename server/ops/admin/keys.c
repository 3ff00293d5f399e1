/* Signing keys as administrators see them: certificates, states, renewal. What is secret of them is
 * in the keys process, and no part of it comes here. */
#include <stdio.h>
#include <string.h>

#include "server/ops/admin/call.h"
#include "signing/core/certs.h"
#include "signing/core/ossl.h"
#include "signing/keys/provider.h"

/* The fields of SigningKey that its certificate or the keys process says. */
enum {
	K_ID = 0,
	K_STATE = 2,
	K_DEFAULT,
	K_SUBJECT = 7,
	K_ISSUER,
	K_SERIAL,
	K_NOT_BEFORE,
	K_STORAGE = 13,
	K_PROBLEM,
	K_CERTIFICATE = 18,
	K_STORE_KEY
};

static struct record_value
name_of(struct admin_call *call, const X509_NAME *name, struct error *err)
{
	char text[400];

	return value_of_text(
	    record_text(&call->x->arena, span_str(x509_name_text(name, text, sizeof(text))), err));
}

static void
put_certificate(
    struct admin_call *call, const X509 *cert, struct record_value *row, struct error *err)
{
	BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
	char *hex = number != NULL ? BN_bn2hex(number) : NULL;
	int ok;

	row[K_SUBJECT] = name_of(call, X509_get_subject_name(cert), err);
	row[K_ISSUER] = name_of(call, X509_get_issuer_name(cert), err);
	if (hex != NULL)
		row[K_SERIAL] = value_of_text(record_text(&call->x->arena, span_str(hex), err));
	row[K_NOT_BEFORE] = value_of_number(asn1_time_seconds(X509_get0_notBefore(cert), &ok));
	OPENSSL_free(hex);
	BN_free(number);
}

/* What the keys process says of it: where it lies, and what is wrong with it. */
static void
put_storage(struct admin_call *call, X509 *cert, struct record_value *row, struct error *err)
{
	struct keys_info *info = NULL;
	struct error why = ERROR_INIT;
	const char *problem = NULL;

	if (keys_find(&info, value_text(&row[K_STORE_KEY]), &why) != 0 &&
	    why.kind == ERROR_NOT_FOUND &&
	    admin_keep_key(call, &row[K_ID], value_text(&row[K_STORE_KEY])) == 0) {
		error_clear(&why);
		keys_find(&info, value_text(&row[K_STORE_KEY]), &why);
	}
	if (info == NULL)
		problem = why.kind == ERROR_NOT_FOUND ? "the key store does not hold it" : why.text;
	else if (info->state != KEY_STATE_USABLE)
		problem = info->reason;
	else if (info->public_key == NULL ||
		 EVP_PKEY_eq(info->public_key, X509_get0_pubkey(cert)) != 1)
		problem = "it is not the key of the certificate that is registered for it";
	if (problem != NULL)
		row[K_PROBLEM] =
		    value_of_text(record_text(&call->x->arena, span_str(problem), err));
	error_openssl(NULL, "");
	if (info == NULL)
		return;
	/* The keys process has files alone; a token would be told here. */
	row[K_STORAGE] = value_of_text("Software");
	keys_list_free(info, 1);
}

int
admin_finish_key(struct admin_call *call, struct record_value *row, struct error *err)
{
	X509 *cert = cert_decode(row[K_CERTIFICATE].bytes);

	if (cert == NULL) {
		error_openssl(NULL, "");
		row[K_PROBLEM] = value_of_text("its certificate cannot be read");
		return 0;
	}
	put_certificate(call, cert, row, err);
	if (strcmp(value_text(&row[K_STATE]), "Retired") != 0)
		put_storage(call, cert, row, err);
	X509_free(cert);
	return row[K_SUBJECT].is_set && row[K_ISSUER].is_set ? 0 : -1;
}

int
admin_change_key(struct admin_call *call, struct error *err)
{
	const struct record_value *id = admin_in(call, "id");
	struct record_value args[8], *was;
	int rc = -1;

	if (admin_begin(call, err) != 0)
		return -1;
	if (admin_load(call, id, admin_in(call, "version"), &was, err) == 0 &&
	    (!admin_in(call, "isDefault")->number ||
		admin_do(call, &admin_key_statements[KEY_NO_DEFAULT], id, 1, err) == 0) &&
	    admin_do(call, call->plan->statement, args, admin_args(call, id, args), err) == 0)
		rc = admin_tell_change(call, id, was, err);
	return admin_end(call, rc, err);
}

/* ---- renewal ---- */

/* The new certificate is for the same key, still holds, and ends later than what it replaces. */
static int
check_renewal(const struct admin_call *call, const struct record_value *was, X509 *is, int64_t *end,
    struct error *err)
{
	X509 *old = cert_decode(was[K_CERTIFICATE].bytes);
	const int64_t now = call->req->time_us / 1000000;
	char when[TEXT_TIME_SIZE];
	int ok = 0, same = old != NULL && X509_get0_pubkey(is) != NULL &&
			   EVP_PKEY_eq(X509_get0_pubkey(old), X509_get0_pubkey(is)) == 1;

	X509_free(old);
	error_openssl(NULL, "");
	*end = asn1_time_seconds(X509_get0_notAfter(is), &ok);
	if (!same)
		return error_set(err, ERROR_MALFORMED,
		    "the certificate is not for this key: a renewal has the same public key; a new "
		    "key is a key of its own");
	if (!ok || *end <= now)
		return error_set(err, ERROR_MALFORMED, "the certificate ended at %s already",
		    text_time(when, *end));
	return 0;
}

static int
renew(struct admin_call *call, const struct record_value *was, const struct record_value *certs,
    struct error *err)
{
	struct record_value args[4] = { *admin_in(call, "id"), certs->items[0],
		{ .is_set = 1, .items = certs->items + 1, .count = certs->count - 1 }, { 0 } };
	X509 *cert = cert_decode(certs->items[0].bytes);
	int64_t end = 0;
	int rc = -1;

	if (cert != NULL && check_renewal(call, was, cert, &end, err) == 0) {
		args[3] = value_of_number(end);
		rc = admin_do(call, call->plan->statement, args, 4, err);
	}
	X509_free(cert);
	return rc == 0 ? admin_tell_change(call, &args[0], was, err) : -1;
}

int
admin_renew_key(struct admin_call *call, struct error *err)
{
	struct record_value certs, *was;
	int rc = -1;

	if (admin_read_certificates(call, admin_in(call, "certificate"), &certs, err) != 0)
		return -1;
	if (certs.count == 0)
		return error_set(err, ERROR_MALFORMED, "send the new certificate");
	if (admin_begin(call, err) != 0)
		return -1;
	if (admin_load(call, admin_in(call, "id"), admin_in(call, "version"), &was, err) == 0)
		rc = renew(call, was, &certs, err);
	return admin_end(call, rc, err);
}
