/* Time-stamp authorities: outside ones by their address, local ones by a key of the tenant that is
 * for time stamps. */
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

#include "server/base/clock.h"
#include "server/ops/admin/call.h"
#include "signing/core/certs.h"
#include "signing/core/ossl.h"
#include "signing/proof/tsp.h"
#include "signing/x509/cert.h"

#define CERTIFICATES_MOST 16

/* The fields of TimestampAuthority that its certificate says. */
enum { A_SUBJECT = 9, A_NOT_AFTER, A_CERTIFICATE = 15 };

int
admin_finish_authority(struct admin_call *call, struct record_value *row, struct error *err)
{
	X509 *cert = row[A_CERTIFICATE].is_set ? cert_decode(row[A_CERTIFICATE].bytes) : NULL;
	char subject[400];
	int ok;

	error_openssl(NULL, "");
	if (cert == NULL)
		return 0;
	row[A_SUBJECT] = value_of_text(record_text(&call->x->arena,
	    span_str(x509_name_text(X509_get_subject_name(cert), subject, sizeof(subject))), err));
	row[A_NOT_AFTER] = value_of_number(asn1_time_seconds(X509_get0_notAfter(cert), &ok));
	X509_free(cert);
	return row[A_SUBJECT].is_set ? 0 : -1;
}

/* The certificates that were sent, one by one: in the arena. */
int
admin_read_certificates(struct admin_call *call, const struct record_value *sent,
    struct record_value *to, struct error *err)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	struct error why = ERROR_INIT;
	struct buf der = BUF_INIT(0);
	const char *copy;
	int i, rc = -1;

	*to = (struct record_value){ .is_set = 1 };
	to->items = record_alloc(&call->x->arena, CERTIFICATES_MOST, sizeof(*to->items), err);
	if (certs == NULL || to->items == NULL) {
		error_memory(err);
		goto done;
	}
	if (sent->is_set && certs_read(certs, sent->bytes, CERTIFICATES_MOST, &why) != 0) {
		error_cause(err, why.kind,
		    "the certificate cannot be read: send it as DER, PEM or PKCS#7, with at most "
		    "15 "
		    "others",
		    "%s", why.text);
		goto done;
	}
	for (i = 0; i < sk_X509_num(certs); i++) {
		der.len = 0;
		if (OSSL_APPEND_DER(X509, sk_X509_value(certs, i), &der, err) != 0 ||
		    (copy = record_text(&call->x->arena, SPAN_OF(&der), err)) == NULL)
			goto done;
		to->items[to->count++] = (struct record_value){ .is_set = 1,
			.bytes = { (const unsigned char *)copy, der.len } };
	}
	rc = 0;
done:
	buf_release(&der);
	sk_X509_pop_free(certs, X509_free);
	return rc;
}

/* ---- made, changed ---- */

/* A local one: store key and certificates are those of the key that it names. */
static int
take_key(struct admin_call *call, const struct record_value *key, struct record_value *store_key,
    struct record_value *certificates, struct error *err)
{
	struct db_result *r;
	struct db_array chain;
	struct span der;
	int rc = -1;

	if (store_admin(call->db, &call->tenant, &admin_authority_statements[AUTHORITY_KEY], key, 1,
		&r, err) != 0)
		return -1;
	if (db_rows(r) == 0) {
		error_set(err, ERROR_NOT_FOUND,
		    "there is no active key %.80s for time stamps in the tenant", value_text(key));
		goto done;
	}
	*store_key = value_of_text(record_text(&call->x->arena, db_bytes(r, 0, 0), err));
	certificates->count = 0;
	chain = db_array(r, 0, 2);
	der = db_bytes(r, 0, 1);
	do {
		const char *copy = record_text(&call->x->arena, der, err);

		if (copy == NULL)
			goto done;
		certificates->items[certificates->count++] = (struct record_value){ .is_set = 1,
			.bytes = { (const unsigned char *)copy, der.len } };
	} while (certificates->count < CERTIFICATES_MOST && db_array_next(&chain, &der));
	rc = store_key->is_set ? 0 : -1;
done:
	db_result_free(r);
	return rc;
}

int
admin_create_authority(struct admin_call *call, struct error *err)
{
	const struct record_value *key = admin_in(call, "key"), *url = admin_in(call, "url");
	struct record_value args[8] = { admin_new_id(call, err), *admin_in(call, "name"),
		*admin_in(call, "place"), *url, { 0 }, *admin_in(call, "policy"),
		*admin_in(call, "timeout"), { 0 } };
	struct record_value *none;
	int rc = -1;

	none = record_alloc(&call->x->arena, thing_TimestampAuthority.count, sizeof(*none), err);
	if (none == NULL || !args[0].is_set)
		return -1;
	if (key->is_set == url->is_set)
		return error_set(err, ERROR_MALFORMED,
		    "an authority is asked at its url, or is a local one with a key: send one of "
		    "both");
	if (admin_read_certificates(call, admin_in(call, "certificate"), &args[7], err) != 0 ||
	    admin_begin(call, err) != 0)
		return -1;
	admin_note_object(call, call->plan->kind->noun, &args[1]);
	if ((!key->is_set || take_key(call, key, &args[4], &args[7], err) == 0) &&
	    admin_do(call, call->plan->statement, args, 8, err) == 0)
		rc = admin_tell_change(call, &args[0], none, err);
	return admin_end(call, rc, err);
}

int
admin_change_authority(struct admin_call *call, struct error *err)
{
	const struct record_value *id = admin_in(call, "id");
	struct record_value args[8], *was;
	int rc = -1;

	if (admin_read_certificates(call, admin_in(call, "certificate"), &args[7], err) != 0 ||
	    admin_begin(call, err) != 0)
		return -1;
	args[0] = *id;
	args[1] = *admin_in(call, "name");
	args[2] = *admin_in(call, "place");
	args[3] = *admin_in(call, "url");
	args[4] = *admin_in(call, "policy");
	args[5] = *admin_in(call, "timeout");
	args[6] = *admin_in(call, "state");
	if (admin_load(call, id, admin_in(call, "version"), &was, err) == 0 &&
	    admin_do(call, call->plan->statement, args, 8, err) == 0)
		rc = admin_tell_change(call, id, was, err);
	return admin_end(call, rc, err);
}

int
admin_list_authorities(struct admin_call *call, struct error *err)
{
	const struct admin_list list =
	    admin_plain_list(call, &admin_authority_statements[AUTHORITY_PAGE], "");
	size_t i;

	if (admin_page(call, &list, err) != 0)
		return -1;
	for (i = 0; i < call->x->count; i++)
		if (admin_finish_authority(
			call, &call->x->rows[i * thing_TimestampAuthority.count], err) != 0)
			return -1;
	return 0;
}

/* ---- tried ---- */

/* The fields of AuthorityTest, in their order. */
enum { T_WORKS, T_REASON, T_MILLISECONDS, T_STAMPED, T_SERIAL, T_POLICY, T_FIELDS };

static int
put_test(struct admin_call *call, const struct error *why, const struct buf *token, int64_t us,
    struct error *err)
{
	struct record_value *row = record_alloc(&call->x->arena, T_FIELDS, sizeof(*row), err);
	struct timestamp_token t;

	if (row == NULL)
		return -1;
	call->x->rows = row;
	call->x->count = 1;
	row[T_WORKS] = value_of_number(why->kind == ERROR_NONE);
	row[T_MILLISECONDS] = value_of_number(us / 1000);
	row[T_REASON] = value_of_text(record_text(&call->x->arena,
	    span_str(why->kind == ERROR_NONE ? "it gave a time stamp" : why->text), err));
	if (why->kind != ERROR_NONE || timestamp_token_read(&t, SPAN_OF(token), NULL, NULL) != 0)
		return row[T_REASON].is_set ? 0 : -1;
	row[T_STAMPED] = value_of_number(t.gen_time);
	row[T_SERIAL] = value_of_text(record_text(&call->x->arena, span_str(t.serial), err));
	row[T_POLICY] = value_of_text(record_text(&call->x->arena, span_str(t.policy), err));
	timestamp_token_release(&t);
	return 0;
}

/* A stamp over a random digest, taken as any would be. */
static int
try_authority(struct admin_call *call, const char *name, struct error *err)
{
	const struct material *material;
	struct authority_source source;
	unsigned char digest[32];
	struct buf token = BUF_INIT(1 << 20);
	struct error why = ERROR_INIT;
	const int64_t began = clock_monotonic_us();
	int rc = -1;

	if (material_get(&material, call->engine, call->req->caller, err) != 0)
		return -1;
	authority_source_init(&source, call->engine, call->req, material, name, NULL);
	if (RAND_bytes(digest, sizeof(digest)) != 1)
		error_openssl(err, "no random numbers can be had");
	else {
		if (source.source.get(source.source.ctx, DIGEST_SHA256, digest, &token, &why) !=
			0 &&
		    why.kind == ERROR_NONE)
			error_set(&why, ERROR_UNAVAILABLE, "it gave no time stamp");
		rc = put_test(call, &why, &token, clock_monotonic_us() - began, err);
	}
	material_unref(material);
	buf_release(&token);
	return rc;
}

int
admin_test_authority(struct admin_call *call, struct error *err)
{
	struct record_value *row = NULL;
	const char *name, *state;
	struct db_result *r;
	size_t n = 0;
	int rc;

	if (store_admin(call->db, &call->tenant, &admin_authority_statements[AUTHORITY_SEE],
		admin_in(call, "id"), 1, &r, err) != 0)
		return -1;
	rc = store_admin_read(&call->x->arena, r, &thing_TimestampAuthority, &row, &n, err);
	db_result_free(r);
	if (rc != 0)
		return -1;
	if (n == 0)
		return error_set(err, ERROR_NOT_FOUND,
		    "there is no time-stamp authority with the id %s",
		    value_text(admin_in(call, "id")));
	name = value_text(&row[1]);
	state = value_text(&row[7]);
	admin_note_object(call, "time-stamp authority", &row[1]);
	if (strcmp(state, "Active") != 0)
		return error_set(err, ERROR_CONFLICT,
		    "the time-stamp authority %.80s is disabled; activate it to try it", name);
	return try_authority(call, name, err);
}
