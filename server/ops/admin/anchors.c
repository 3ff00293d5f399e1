/* A tenant's own CA certificates. What changes whom it trusts makes the next snapshot with it, in
 * the same transaction. */
#include <stdio.h>
#include <string.h>

#include "server/ops/admin/call.h"
#include "server/ops/trust/trust.h"
#include "signing/core/certs.h"
#include "signing/core/ossl.h"
#include "signing/x509/cert.h"

#define FILE_MOST 100 /* certificates of one file */

/* The fields of TrustAnchor that its certificate says. */
enum { T_NAME = 1, T_SUBJECT, T_FINGERPRINT, T_NOT_BEFORE, T_NOT_AFTER, T_CERTIFICATE = 13 };

int
admin_finish_anchor(struct admin_call *call, struct record_value *row, struct error *err)
{
	X509 *cert = cert_decode(row[T_CERTIFICATE].bytes);
	char subject[400];
	int ok;

	if (cert == NULL) {
		error_openssl(NULL, "");
		return 0; /* shown as it is; it counts for nothing */
	}
	row[T_SUBJECT] = value_of_text(record_text(&call->x->arena,
	    span_str(x509_name_text(X509_get_subject_name(cert), subject, sizeof(subject))), err));
	row[T_NOT_BEFORE] = value_of_number(asn1_time_seconds(X509_get0_notBefore(cert), &ok));
	row[T_NOT_AFTER] = value_of_number(asn1_time_seconds(X509_get0_notAfter(cert), &ok));
	X509_free(cert);
	return row[T_SUBJECT].is_set ? 0 : -1;
}

int
admin_refresh_trust(struct admin_call *call, const char *reason, int32_t *number, struct error *err)
{
	char by[300];

	snprintf(
	    by, sizeof(by), "%s/%s", call->req->caller->tenant_name, call->req->caller->user_name);
	return trust_refresh(call->db, &call->tenant, reason, by, number, err);
}

/* The snapshot that follows, and what is told of it behind what was told. */
static int
refresh(struct admin_call *call, const char *name, const char *what, struct error *err)
{
	char reason[300], told[sizeof(call->req->out.result.message)];
	int32_t number;
	int made;

	snprintf(reason, sizeof(reason), "own certificate %.150s %s", name, what);
	made = admin_refresh_trust(call, reason, &number, err);
	if (made < 0)
		return -1;
	text_copy(told, sizeof(told), call->req->out.result.message);
	admin_note(call, "%.300s; trust snapshot %d counts%s", told, (int)number,
	    made > 0 ? " from now on" : " as before");
	return 0;
}

/* ---- added ---- */

static int
add_one(struct admin_call *call, X509 *cert, int number, struct error *err)
{
	const char *wanted = value_text(admin_in(call, "name"));
	struct record_value word = value_of_text("Signing"),
			    signing = { .is_set = 1, .items = &word, .count = 1 };
	struct record_value args[6] = { admin_new_id(call, err) }, *row;
	struct db_result *r = NULL;
	struct buf der = BUF_INIT(0);
	char name[700];
	size_t n = 0;
	int rc = -1;

	if (number == 1)
		snprintf(name, sizeof(name), "%s", wanted);
	else
		snprintf(name, sizeof(name), "%s %d", wanted, number);
	args[1] = value_of_text(name);
	args[3] = admin_in(call, "usage")->count > 0 ? *admin_in(call, "usage") : signing;
	args[4] = *admin_in(call, "crlUrl");
	args[5] = *admin_in(call, "ocspUrl");
	if (!args[0].is_set || OSSL_APPEND_DER(X509, cert, &der, err) != 0)
		goto done;
	args[2] = (struct record_value){ .is_set = 1, .bytes = SPAN_OF(&der) };
	if (admin_do(call, call->plan->statement, args, 6, err) != 0 ||
	    store_admin(call->db, &call->tenant, call->plan->kind->get, args, 1, &r, err) != 0 ||
	    store_admin_read(&call->x->arena, r, &thing_TrustAnchor, &row, &n, err) != 0)
		goto done;
	memcpy(&call->x->rows[call->x->count++ * thing_TrustAnchor.count], row,
	    thing_TrustAnchor.count * sizeof(*row));
	rc = admin_finish_anchor(
	    call, &call->x->rows[(call->x->count - 1) * thing_TrustAnchor.count], err);
done:
	db_result_free(r);
	buf_release(&der);
	return rc;
}

static int
add_all(struct admin_call *call, STACK_OF(X509) * certs, struct error *err)
{
	const char *name = value_text(admin_in(call, "name"));
	const int count = sk_X509_num(certs);
	int i;

	call->x->rows = record_alloc(&call->x->arena, (size_t)count * thing_TrustAnchor.count + 1,
	    sizeof(struct record_value), err);
	if (call->x->rows == NULL)
		return -1;
	admin_note_object(call, call->plan->kind->noun, admin_in(call, "name"));
	for (i = 0; i < count; i++)
		if (add_one(call, sk_X509_value(certs, i), i + 1, err) != 0)
			return -1;
	call->x->total = count;
	admin_note(call, "%d added", count);
	return refresh(call, name, "added", err);
}

int
admin_add_anchors(struct admin_call *call, struct error *err)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	struct error why = ERROR_INIT;
	int rc = -1;

	if (certs == NULL) {
		error_memory(err);
		goto done;
	}
	if (certs_read(certs, admin_in(call, "certificate")->bytes, FILE_MOST, &why) != 0) {
		error_cause(err, why.kind,
		    "the certificate cannot be read: send it as DER, PEM or PKCS#7, at most 100 at "
		    "once",
		    "%s", why.text);
		goto done;
	}
	if (admin_begin(call, err) == 0)
		rc = admin_end(call, add_all(call, certs, err), err);
done:
	sk_X509_pop_free(certs, X509_free);
	return rc;
}

/* ---- changed, removed ---- */

int
admin_change_anchor(struct admin_call *call, struct error *err)
{
	const struct record_value *id = admin_in(call, "id");
	const int is_removal = call->op->form == ADMIN_DONE;
	struct record_value args[8], *was;
	int rc = -1;

	if (admin_begin(call, err) != 0)
		return -1;
	if (admin_load(call, id, admin_in(call, "version"), &was, err) == 0)
		rc = admin_do(call, call->plan->statement, args, admin_args(call, id, args), err);
	if (rc == 0 && is_removal)
		admin_note(call, "removed, id %s", value_text(id));
	else if (rc == 0)
		rc = admin_tell_change(call, id, was, err);
	if (rc == 0)
		rc = refresh(
		    call, value_text(&was[T_NAME]), is_removal ? "removed" : "changed", err);
	return admin_end(call, rc, err);
}
