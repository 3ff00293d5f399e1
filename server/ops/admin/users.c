/* Users: made, their passwords and certificates. */
#include <stdlib.h>
#include <string.h>

#include "authz/password.h"
#include "server/ops/admin/call.h"
#include "signing/core/certs.h"
#include "signing/core/ossl.h"

#define PASSWORD_LEAST 12

int
admin_hash(struct admin_call *call, const struct record_value *password, struct record_value *phc,
    struct error *err)
{
	char text[PASSWORD_PHC_SIZE];

	*phc = (struct record_value){ 0 };
	if (!password->is_set)
		return 0;
	if (call->pass != ADMIN_DIRECT) {
		*phc = *password;
		return 0;
	}
	if (password->bytes.len < PASSWORD_LEAST || password->bytes.len > PASSWORD_MAX)
		return error_set(err, ERROR_MALFORMED, "a password has %d to %d bytes",
		    PASSWORD_LEAST, PASSWORD_MAX);
	if (password_hash(text, value_text(password), password->bytes.len, NULL, err) != 0)
		return -1;
	*phc = value_of_text(record_text(&call->x->arena, span_str(text), err));
	return phc->is_set ? 0 : -1;
}

int
admin_read_certificate(struct admin_call *call, const struct record_value *der,
    struct record_value args[3], struct error *err)
{
	X509 *cert = cert_decode(der->bytes);
	char subject[400];
	int ok = 0, rc = -1;

	if (cert == NULL) {
		error_set(err, ERROR_MALFORMED,
		    "the certificate cannot be read: send it as DER, in base64");
		goto done;
	}
	args[0] = *der;
	args[1] = value_of_text(record_text(&call->x->arena,
	    span_str(x509_name_text(X509_get_subject_name(cert), subject, sizeof(subject))), err));
	args[2] = value_of_number(asn1_time_seconds(X509_get0_notAfter(cert), &ok));
	if (!ok)
		error_set(err, ERROR_MALFORMED, "the certificate does not say when it ends");
	else
		rc = args[1].is_set ? 0 : -1;
done:
	X509_free(cert);
	return rc;
}

/* Who shows nothing cannot call: one of both at least. */
static int
check_credentials(const struct admin_call *call, struct error *err)
{
	if (admin_in(call, "password")->is_set || admin_in(call, "certificate")->is_set)
		return 0;
	return error_set(err, ERROR_MALFORMED,
	    "a user needs a certificate or a password to call with; send one of them");
}

int
admin_join_groups(struct admin_call *call, const struct record_value *id, struct error *err)
{
	const struct record_value *groups = admin_in(call, "groupId");
	const char *name;
	size_t i;

	for (i = 0; i < groups->count; i++) {
		const struct record_value args[2] = { groups->items[i], *id };

		name = admin_ask(call, &admin_group_statements[GROUP_MEMBER_ADD], args, 2, err);
		if (name == NULL)
			return -1;
		if (name[0] == '\0')
			return error_set(err, ERROR_NOT_FOUND, "there is no group with the id %s",
			    value_text(&groups->items[i]));
	}
	return 0;
}

int
admin_create_user(struct admin_call *call, struct error *err)
{
	struct record_value id = admin_new_id(call, err), args[4], certificate[4], *none;
	int rc = -1;

	none = record_alloc(&call->x->arena, thing_User.count, sizeof(*none), err);
	if (none == NULL || !id.is_set || check_credentials(call, err) != 0)
		return -1;
	certificate[0] = args[0] = id;
	args[1] = *admin_in(call, "name");
	args[3] = *admin_in(call, "validUntil");
	if (admin_hash(call, admin_in(call, "password"), &args[2], err) != 0 ||
	    (admin_in(call, "certificate")->is_set &&
		admin_read_certificate(call, admin_in(call, "certificate"), certificate + 1, err) !=
		    0) ||
	    admin_begin(call, err) != 0)
		return -1;
	admin_note_object(call, "user", &args[1]);
	rc = admin_do(call, call->plan->statement, args, 4, err);
	if (rc == 0 && admin_in(call, "certificate")->is_set)
		rc = admin_do(
		    call, &admin_user_statements[USER_CERTIFICATE_ADD], certificate, 4, err);
	if (rc == 0)
		rc = admin_join_groups(call, &id, err);
	if (rc == 0)
		rc = admin_tell_change(call, &id, none, err);
	return admin_end(call, rc, err);
}

int
admin_set_password(struct admin_call *call, struct error *err)
{
	struct record_value args[2] = { *admin_in(call, "id"), { 0 } }, *was;
	int rc = -1;

	if (admin_hash(call, admin_in(call, "password"), &args[1], err) != 0 ||
	    admin_begin(call, err) != 0)
		return -1;
	if (admin_load(call, &args[0], admin_in(call, "version"), &was, err) == 0 &&
	    admin_do(call, call->plan->statement, args, 2, err) == 0)
		rc = admin_tell_change(call, &args[0], was, err);
	if (rc == 0)
		admin_note(call, args[1].is_set ? "a new password" : "the password taken away");
	return admin_end(call, rc, err);
}

int
admin_add_certificate(struct admin_call *call, struct error *err)
{
	struct record_value args[4] = { *admin_in(call, "id") }, *was;
	int rc = -1;

	if (admin_read_certificate(call, admin_in(call, "certificate"), args + 1, err) != 0 ||
	    admin_begin(call, err) != 0)
		return -1;
	if (admin_load(call, &args[0], admin_in(call, "version"), &was, err) == 0 &&
	    admin_do(call, call->plan->statement, args, 4, err) == 0)
		rc = admin_tell_change(call, &args[0], was, err);
	return admin_end(call, rc, err);
}

/* Its version is the certificate's: it is in the question, so that no row is met when it is stale.
 */
int
admin_change_certificate(struct admin_call *call, struct error *err)
{
	const struct record_value *id = admin_in(call, "id"), *version = admin_in(call, "version");
	const char *fingerprint = value_text(admin_in(call, "fingerprint"));
	struct record_value args[8], *was;
	struct db_result *r = NULL;
	size_t wide = thing_User.fields[8].of->count, i;
	int rc = -1, is_there = 0;

	if (admin_begin(call, err) != 0)
		return -1;
	if (admin_load(call, id, NULL, &was, err) != 0 ||
	    store_admin(call->db, &call->tenant, call->plan->statement, args,
		admin_args(call, id, args), &r, err) != 0)
		goto done;
	for (i = 0; i < was[8].count; i++)
		is_there |= strcasecmp(value_text(&was[8].items[i * wide]), fingerprint) == 0;
	if (db_affected(r) > 0)
		rc = admin_tell_change(call, id, was, err);
	else if (is_there)
		error_set(err, ERROR_CONFLICT,
		    "the certificate was changed by somebody else: its version is not %lld; read "
		    "the user again and decide anew",
		    (long long)version->number);
	else
		error_set(err, ERROR_NOT_FOUND, "the user has no certificate %.80s", fingerprint);
done:
	db_result_free(r);
	return admin_end(call, rc, err);
}
