#include "server/ops/admin/founder.h"

#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "schema/store/admin/admin.h"
#include "server/base/clock.h"
#include "server/ops/journal/append.h"
#include "signing/core/ossl.h"
#include "signing/x509/cert.h"

int
founder_certificate(struct founder *f, struct span certificate, struct buf *der, char *subject,
    size_t size, struct error *err)
{
	X509 *cert = NULL;
	int ok = 0, rc = -1;

	if (cert_read(&cert, certificate, err) != 0)
		return -1;
	if (OSSL_APPEND_DER(X509, cert, der, err) == 0) {
		f->user.certificate = SPAN_OF(der);
		f->user.subject = x509_name_text(X509_get_subject_name(cert), subject, size);
		f->user.not_after = asn1_time_seconds(X509_get0_notAfter(cert), &ok);
		rc = ok ? 0
			: error_set(
			      err, ERROR_MALFORMED, "the certificate does not say when it ends");
	}
	X509_free(cert);
	return rc;
}

static int
log_row(struct db *db, const struct founder *f, struct error *err)
{
	char object[200], reason[400];
	struct audit_row row = { .at_us = clock_now_us(),
		.tenant = f->tenant,
		.caller = f->by,
		.operation = f->operation,
		.object = object,
		.result = "Success",
		.reason = reason,
		.peer = "" };

	uuid_random(&row.request);
	snprintf(object, sizeof(object), "user %.150s", f->user.name);
	snprintf(reason, sizeof(reason),
	    "a new administrator of tenant %.128s, by %s, in group %.128s", f->tenant_name,
	    f->user.certificate.len > 0 ? "certificate" : "password", f->group);
	return audit_append(db, f->node, &row, 1, err);
}

int
founder_add(struct db *db, struct founder *f, struct error *err)
{
	const struct record_value by = value_of_text(f->by);
	struct uuid group;

	uuid_random(&f->user.id);
	uuid_random(&group);
	if (store_admin(db, NULL, &admin_right_statements[RIGHT_ACTOR], &by, 1, NULL, err) != 0 ||
	    store_user_add(db, &f->tenant, &f->user, err) != 0 ||
	    store_group_add(db, &f->tenant, &group, f->group, "", err) != 0 ||
	    store_group_member_add(db, &f->tenant, &group, &f->user.id, err) != 0 ||
	    store_group_administers(db, &f->tenant, &group, err) != 0)
		return -1;
	return log_row(db, f, err);
}
