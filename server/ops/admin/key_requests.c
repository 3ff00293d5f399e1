/*
 * Keys that are made here: asked for, certified by whoever issues certificates, and used from then
 * on; and those that are taken in from a PKCS#12 file. What is private of them is made, opened and
 * wrapped in the keys process (signing/keys/made.h); the database keeps it wrapped.
 */
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "schema/store/key.h"
#include "server/ops/admin/call.h"
#include "signing/core/certs.h"
#include "signing/core/ossl.h"
#include "signing/keys/maker.h"
#include "signing/keys/usage.h"

/* The fields of KeyRequest and SigningKey that are looked at here. */
enum {
	R_ID,
	R_NAME,
	R_ALGORITHM,
	R_SIZE,
	R_USAGE,
	R_SUBJECT,
	R_REPLACES,
	R_VERSION = 8,
	R_REQUEST = 11
};
enum { K_NAME = 1, K_IS_DEFAULT = 3 };
#define KEY(which) &admin_key_statements[KEY_##which]

/* ---- what is asked for ---- */

/* The next "CN=Invoices" of "CN=Invoices, O=Acme\, Inc": a backslash takes the meaning of a comma.
 */
static size_t
next_part(const char **at, char *out, size_t size)
{
	size_t n = 0;

	*at += strspn(*at, " ");
	for (; **at != '\0' && **at != ',' && n + 1 < size; (*at)++) {
		if (**at == '\\' && (*at)[1] != '\0')
			(*at)++;
		out[n++] = **at;
	}
	*at += **at == ',';
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	return n;
}

static int
read_subject(const char *text, struct buf *der, struct error *err)
{
	X509_NAME *name = X509_NAME_new();
	char part[300], *value;
	int rc = -1;

	if (name == NULL)
		return error_memory(err);
	while (next_part(&text, part, sizeof(part)) > 0) {
		value = strchr(part, '=');
		if (value != NULL)
			*value++ = '\0';
		if (value == NULL || *value == '\0' ||
		    strspn(part, "0123456789.") == strlen(part) ||
		    X509_NAME_add_entry_by_txt(
			name, part, MBSTRING_UTF8, (const unsigned char *)value, -1, -1, 0) != 1) {
			error_openssl(NULL, "");
			error_set(err, ERROR_MALFORMED,
			    "the subject is a list such as CN=Invoices, O=Acme, C=DE; %.60s is "
			    "none "
			    "of it",
			    part);
			goto done;
		}
	}
	if (*text != '\0' || X509_NAME_entry_count(name) == 0)
		error_set(err, ERROR_MALFORMED,
		    "the subject is a list such as CN=Invoices, O=Acme, C=DE, of at most 300 "
		    "characters a part");
	else
		rc = OSSL_APPEND_DER(X509_NAME, name, der, err);
done:
	X509_NAME_free(name);
	return rc;
}

/* Words of a key's usage as bits; without words `none`. */
static int
read_usage(
    const struct record_value *words, unsigned int none, unsigned int *usage, struct error *err)
{
	unsigned int one;
	size_t i;

	*usage = words->count == 0 ? none : 0;
	for (i = 0; i < words->count; i++) {
		if (key_usage_parse(&one, span_str(value_text(&words->items[i]))) != 0)
			return error_set(err, ERROR_MALFORMED,
			    "a key is for Sign, Timestamp, Decrypt, or several of them, not for "
			    "%.40s",
			    value_text(&words->items[i]));
		*usage |= one;
	}
	return 0;
}

/* The words of the bits, each once: what signs documents signs time stamps too. */
static int
put_usage(struct admin_call *call, unsigned int usage, struct record_value *to, struct error *err)
{
	static const struct {
		unsigned int usage;
		const char *word;
	} words[] = { { KEY_USAGE_SIGN, "Sign" }, { KEY_USAGE_TIMESTAMP, "Timestamp" },
		{ KEY_USAGE_DECRYPT, "Decrypt" } };
	size_t i;

	if (admin_put_texts(call, to, 3, err) != 0)
		return -1;
	for (i = 0; i < 3; i++)
		if ((usage & words[i].usage) != 0 &&
		    (words[i].usage != KEY_USAGE_TIMESTAMP || (usage & KEY_USAGE_SIGN) == 0) &&
		    admin_put_text(call, to, words[i].word, err) != 0)
			return -1;
	return 0;
}

/* The words of the request as they are; else those of the bits. */
static int
tell_usage(struct admin_call *call, unsigned int usage, struct record_value *to, struct error *err)
{
	*to = *admin_in(call, "usage");
	return to->count > 0 ? 0 : put_usage(call, usage, to, err);
}

static int
read_size(
    const struct record_value *size, enum made_type type, unsigned int *out, struct error *err)
{
	static const int sizes[MADE_TYPES][3] = {
		[MADE_RSA] = { 3072, 2048, 4096 }, [MADE_EC] = { 256, 384, 521 }
	};
	size_t i;

	*out = (unsigned int)sizes[type][0];
	if (!size->is_set)
		return 0;
	*out = (unsigned int)size->number;
	for (i = 0; i < 3; i++)
		if (sizes[type][i] == size->number)
			return 0;
	return error_set(err, ERROR_MALFORMED,
	    "RSA keys have 2048, 3072 or 4096 bits, EC keys 256, 384 or 521 (the curves of NIST), "
	    "not %lld",
	    (long long)size->number);
}

/* ---- the key that another replaces ---- */

/* NULL and no error: none is replaced. It is locked. */
static int
load_replaced(struct admin_call *call, const struct record_value *id, struct record_value **row,
    struct error *err)
{
	struct db_result *r;
	size_t n = 0;
	int rc;

	*row = NULL;
	if (!id->is_set)
		return 0;
	if (store_admin(call->db, &call->tenant, KEY(GET), id, 1, &r, err) != 0)
		return -1;
	rc = store_admin_read(&call->x->arena, r, &thing_SigningKey, row, &n, err);
	db_result_free(r);
	return rc != 0 || n == 1
		   ? rc
		   : error_set(err, ERROR_NOT_FOUND,
			 "there is no key with the id %s that could be replaced", value_text(id));
}

/* ---- made ---- */

/* In the keys process; a new name for it, that of the id. */
static int
make(struct admin_call *call, const char *id, struct key_made *made, struct record_value *usage,
    unsigned int *size, struct error *err)
{
	struct key_make how = { .type = strcmp(value_text(admin_in(call, "algorithm")), "EC") == 0
					    ? MADE_EC
					    : MADE_RSA };
	struct buf subject = BUF_INIT(KEYS_SUBJECT_MAX);
	int rc = -1;

	if (read_size(admin_in(call, "size"), how.type, &how.size, err) == 0 &&
	    read_usage(admin_in(call, "usage"), KEY_USAGE_SIGN | KEY_USAGE_TIMESTAMP, &how.usage,
		err) == 0 &&
	    tell_usage(call, how.usage, usage, err) == 0 &&
	    read_subject(value_text(admin_in(call, "subject")), &subject, err) == 0) {
		how.subject = SPAN_OF(&subject);
		*size = how.size;
		rc = keys_make(made, id, &how, err);
	}
	buf_release(&subject);
	return rc;
}

static struct record_value
value_of_bytes(const struct buf *b)
{
	return (struct record_value){ .is_set = 1, .bytes = SPAN_OF(b) };
}

/* With the name of its own, or of the key that it replaces. */
static int
add_request(struct admin_call *call, const struct record_value *id, const struct key_made *made,
    const struct record_value *usage, unsigned int size, struct error *err)
{
	const struct record_value *name = admin_in(call, "name");
	struct record_value *replaced, *none,
	    args[10] = { *id, *name, *admin_in(call, "algorithm"), value_of_number(size), *usage,
		    *admin_in(call, "subject"), *admin_in(call, "replaces"),
		    value_of_number(!name->is_set), value_of_bytes(&made->request),
		    value_of_bytes(&made->wrapped) };

	none = record_alloc(&call->x->arena, call->op->answer->count, sizeof(*none), err);
	if (none == NULL || load_replaced(call, &args[6], &replaced, err) != 0)
		return -1;
	if (!name->is_set && replaced != NULL)
		args[1] = replaced[K_NAME];
	if (admin_do(call, KEY(REQUEST_ADD), args, 10, err) != 0)
		return -1;
	return admin_tell_change(call, id, none, err);
}

int
admin_create_key(struct admin_call *call, struct error *err)
{
	struct record_value id = admin_new_id(call, err), usage;
	struct key_made made;
	unsigned int size = 0;
	int rc = -1;

	if (!id.is_set)
		return -1;
	if (!admin_in(call, "name")->is_set && !admin_in(call, "replaces")->is_set)
		return error_set(err, ERROR_MALFORMED,
		    "say the new key's name, or which key it replaces and whose name it takes "
		    "over");
	if (make(call, value_text(&id), &made, &usage, &size, err) != 0)
		return -1;
	if (admin_begin(call, err) == 0) {
		rc = add_request(call, &id, &made, &usage, size, err);
		rc = admin_end(call, rc, err);
	}
	key_made_release(&made);
	return rc;
}

/* ---- certified ---- */

static int
load_request(struct admin_call *call, struct record_value **row, struct error *err)
{
	const struct record_value *id = admin_in(call, "id"), *version = admin_in(call, "version");
	struct db_result *r;
	size_t n = 0;
	int rc;

	if (store_admin(call->db, &call->tenant, KEY(REQUEST_GET), id, 1, &r, err) != 0)
		return -1;
	rc = store_admin_read(&call->x->arena, r, &thing_KeyRequest, row, &n, err);
	db_result_free(r);
	if (rc != 0)
		return -1;
	if (n != 1)
		return error_set(err, ERROR_NOT_FOUND,
		    "there is no request for a key with the id %s", value_text(id));
	admin_note_object(call, "key", &(*row)[R_NAME]);
	if (version->is_set && version->number != (*row)[R_VERSION].number)
		return error_set(err, ERROR_CONFLICT,
		    "the request was changed by somebody else: its version is %lld, not %lld; read "
		    "it again and decide anew",
		    (long long)(*row)[R_VERSION].number, (long long)version->number);
	return 0;
}

/* The certificate is for the key of the request, for what it will be used for, and has not ended.
 */
static int
check_certificate(const struct admin_call *call, const struct record_value *request, X509 *cert,
    int64_t *end, struct error *err)
{
	const unsigned char *p = request[R_REQUEST].bytes.data;
	X509_REQ *req = d2i_X509_REQ(NULL, &p, (long)request[R_REQUEST].bytes.len);
	const EVP_PKEY *wanted = req != NULL ? X509_REQ_get0_pubkey(req) : NULL,
		       *is = X509_get0_pubkey(cert);
	const int same = wanted != NULL && is != NULL && EVP_PKEY_eq(wanted, is) == 1;
	char when[TEXT_TIME_SIZE], may[KEY_USAGE_WORDS_SIZE];
	unsigned int usage = 0;
	int ok = 0;

	X509_REQ_free(req);
	error_openssl(NULL, "");
	*end = asn1_time_seconds(X509_get0_notAfter(cert), &ok);
	if (!same)
		return error_set(err, ERROR_MALFORMED,
		    "the certificate is not for the key of this request: send the one that its "
		    "issuer made of it");
	if (!ok || *end <= call->req->time_us / 1000000)
		return error_set(err, ERROR_MALFORMED, "the certificate ended at %s already",
		    text_time(when, *end));
	if (read_usage(&request[R_USAGE], 0, &usage, err) != 0)
		return -1;
	if ((usage & ~key_usage_of_certificate(cert)) != 0)
		return error_set(err, ERROR_MALFORMED,
		    "the certificate's keyUsage allows %s, and the key shall be used for more",
		    key_usage_words(key_usage_of_certificate(cert), may)[0] != '\0' ? may
										    : "nothing");
	return 0;
}

/* The new key is what the old one was: of its groups, in the rights narrowed to it, the default. */
static int
take_over(struct admin_call *call, const struct record_value *id,
    const struct record_value *replaced, struct error *err)
{
	const struct record_value args[2] = { *id, replaced[0] };

	if (admin_do(call, KEY(TAKE_USES), args, 2, err) != 0 ||
	    admin_do(call, KEY(TAKE_RIGHTS), args, 2, err) != 0)
		return -1;
	if (!replaced[K_IS_DEFAULT].number)
		return 0;
	return admin_do(call, KEY(NO_DEFAULT), id, 1, err) == 0
		   ? admin_do(call, KEY(DEFAULT), id, 1, err)
		   : -1;
}

/* The old key steps aside first where its name is taken over; it stays active. */
static int
certify(struct admin_call *call, const struct record_value *request,
    const struct record_value *certs, int64_t end, struct error *err)
{
	const struct record_value *id = &request[R_ID];
	struct record_value *replaced, *none,
	    args[4] = { *id, certs->items[0],
		    { .is_set = 1, .items = certs->items + 1, .count = certs->count - 1 },
		    value_of_number(end) };

	none = record_alloc(&call->x->arena, call->op->answer->count, sizeof(*none), err);
	if (none == NULL || load_replaced(call, &request[R_REPLACES], &replaced, err) != 0)
		return -1;
	if (replaced != NULL && admin_do(call, KEY(STEP_ASIDE), id, 1, err) != 0)
		return -1;
	if (admin_do(call, KEY(CERTIFY), args, 4, err) != 0 ||
	    (replaced != NULL && take_over(call, id, replaced, err) != 0))
		return -1;
	return admin_tell_change(call, id, none, err);
}

int
admin_certify_key(struct admin_call *call, struct error *err)
{
	struct record_value certs, *request;
	X509 *cert = NULL;
	int64_t end = 0;
	int rc = -1;

	if (admin_read_certificates(call, admin_in(call, "certificate"), &certs, err) != 0)
		return -1;
	if (certs.count == 0)
		return error_set(err, ERROR_MALFORMED, "send the certificate");
	cert = cert_decode(certs.items[0].bytes);
	if (cert == NULL || admin_begin(call, err) != 0) {
		X509_free(cert);
		return error_openssl(err, "the certificate cannot be read");
	}
	if (load_request(call, &request, err) == 0 &&
	    check_certificate(call, request, cert, &end, err) == 0)
		rc = certify(call, request, &certs, end, err);
	X509_free(cert);
	return admin_end(call, rc, err);
}

/* ---- taken in ---- */

/* The certificates one behind the other as items; the first is told of. */
static int
split(struct admin_call *call, struct span der, struct record_value *to, X509 **first,
    struct error *err)
{
	const unsigned char *p = der.data, *end = der.data + der.len, *from;
	const char *copy;
	X509 *cert;

	*first = NULL;
	if (admin_put_texts(call, to, STORE_CHAIN_MAX + 1, err) != 0)
		return -1;
	while (p < end && to->count <= STORE_CHAIN_MAX) {
		from = p;
		cert = d2i_X509(NULL, &p, (long)(end - p));
		copy = cert != NULL ? record_text(&call->x->arena,
					  (struct span){ from, (size_t)(p - from) }, err)
				    : NULL;
		if (*first == NULL)
			*first = cert;
		else
			X509_free(cert);
		if (copy == NULL)
			return error_openssl(err, "the keys process gave a damaged certificate");
		to->items[to->count++] = (struct record_value){ .is_set = 1,
			.bytes = { (const unsigned char *)copy, (size_t)(p - from) } };
	}
	return *first != NULL ? 0 : error_set(err, ERROR_INTERNAL, "there is no certificate");
}

static int
add_imported(struct admin_call *call, const struct record_value *id, const struct key_made *made,
    const struct record_value *certs, X509 *cert, struct error *err)
{
	EVP_PKEY *pkey = X509_get0_pubkey(cert);
	struct record_value usage, *none, args[9];
	int ok = 0;
	const int64_t end = asn1_time_seconds(X509_get0_notAfter(cert), &ok);

	none = record_alloc(&call->x->arena, call->op->answer->count, sizeof(*none), err);
	if (none == NULL || tell_usage(call, made->usage, &usage, err) != 0)
		return -1;
	if (!ok || end <= call->req->time_us / 1000000)
		return error_set(err, ERROR_MALFORMED, "the certificate in the file has ended");
	if (!EVP_PKEY_is_a(pkey, "RSA") && !EVP_PKEY_is_a(pkey, "EC"))
		return error_set(err, ERROR_UNSUPPORTED, "keys that are taken in are RSA or EC");
	args[0] = *id;
	args[1] = *admin_in(call, "name");
	args[2] = value_of_text(EVP_PKEY_is_a(pkey, "RSA") ? "RSA" : "EC");
	args[3] = value_of_number(EVP_PKEY_get_bits(pkey));
	args[4] = usage;
	args[5] = certs->items[0];
	args[6] = (struct record_value){
		.is_set = 1, .items = certs->items + 1, .count = certs->count - 1
	};
	args[7] = value_of_number(end);
	args[8] = value_of_bytes(&made->wrapped);
	if (admin_begin(call, err) != 0)
		return -1;
	ok = admin_do(call, KEY(IMPORT), args, 9, err) == 0 &&
	     admin_tell_change(call, id, none, err) == 0;
	return admin_end(call, ok ? 0 : -1, err);
}

int
admin_import_key(struct admin_call *call, struct error *err)
{
	const struct record_value *pass = admin_in(call, "password");
	struct record_value id = admin_new_id(call, err), certs;
	struct key_import how = { .passphrase = pass->is_set ? pass->bytes : SPAN_NONE,
		.pkcs12 = admin_in(call, "pkcs12")->bytes };
	struct key_made made;
	X509 *cert = NULL;
	int rc = -1;

	admin_note_object(call, "key", admin_in(call, "name"));
	if (!id.is_set || read_usage(admin_in(call, "usage"), 0, &how.usage, err) != 0 ||
	    keys_import(&made, value_text(&id), &how, err) != 0)
		return -1;
	if (split(call, SPAN_OF(&made.certs), &certs, &cert, err) == 0)
		rc = add_imported(call, &id, &made, &certs, cert, err);
	X509_free(cert);
	key_made_release(&made);
	return rc;
}

/* ---- found again ---- */

int
admin_keep_key(struct admin_call *call, const struct record_value *id, const char *store_key)
{
	struct error why = ERROR_INIT;
	struct db_result *r;
	int rc;

	if (store_admin(call->db, &call->tenant, KEY(WRAPPED), id, 1, &r, &why) != 0)
		return -1;
	rc = db_rows(r) > 0 ? keys_keep(store_key, db_bytes(r, 0, 0), &why) : -1;
	db_result_free(r);
	return rc;
}

int
admin_list_key_requests(struct admin_call *call, struct error *err)
{
	const struct admin_list list = admin_plain_list(call, KEY(REQUEST_PAGE), "");

	return admin_page(call, &list, err);
}
