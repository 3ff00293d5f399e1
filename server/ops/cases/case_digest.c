#include "server/ops/cases/case_digest.h"

#include <openssl/evp.h>
#include <string.h>

#include "signing/core/ossl.h"

/* Fields go into the digest as they come; ok turns 0 at the first failure and stays so. */
struct encoder {
	EVP_MD_CTX *ctx;
	int ok;
};

static void
put_be(unsigned char *at, uint64_t value, size_t size)
{
	while (size-- > 0) {
		at[size] = (unsigned char)value;
		value >>= 8;
	}
}

static void
put_bytes(struct encoder *e, const void *data, size_t len)
{
	unsigned char head[4];

	put_be(head, len, sizeof(head));
	e->ok = e->ok && len <= UINT32_MAX && EVP_DigestUpdate(e->ctx, head, sizeof(head)) == 1 &&
		(len == 0 || EVP_DigestUpdate(e->ctx, data, len) == 1);
}

static void
put_number(struct encoder *e, int64_t value)
{
	unsigned char bytes[8];

	put_be(bytes, (uint64_t)value, sizeof(bytes));
	put_bytes(e, bytes, sizeof(bytes));
}

static void
put_time(struct encoder *e, int64_t us)
{
	if (us == DB_NO_TIME)
		put_bytes(e, NULL, 0);
	else
		put_number(e, us);
}

static void
put_id(struct encoder *e, const struct uuid *id)
{
	put_bytes(e, id->bytes, sizeof(id->bytes));
}

static void
put_texts(struct encoder *e, const char *const *texts, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		put_bytes(e, texts[i], strlen(texts[i]));
}
#define PUT_TEXTS(e, ...)                                                                          \
	do {                                                                                       \
		const char *const texts_[] = { __VA_ARGS__ };                                      \
		put_texts((e), texts_, sizeof(texts_) / sizeof(texts_[0]));                        \
	} while (0)

static void
put_facts(struct encoder *e, const struct uuid *tenant, const struct case_file *f)
{
	put_id(e, tenant);
	put_id(e, &f->id);
	put_number(e, f->stored_us);
	put_id(e, &f->request);
	PUT_TEXTS(e, f->request_id);
	put_id(e, &f->user);
	PUT_TEXTS(e, f->caller, f->node, f->program, f->door, f->kind, f->indication,
	    f->sub_indication, f->reason_code, f->reason);
	put_number(e, f->validation_us);
	PUT_TEXTS(e, f->policy, f->catalogue, f->trust_snapshot);
}

static void
put_document(struct encoder *e, const struct case_document *d)
{
	PUT_TEXTS(e, d->role, d->name, d->mime_type);
	put_number(e, d->size);
	PUT_TEXTS(e, d->digests);
}

static void
put_signature(struct encoder *e, const struct case_signature *s)
{
	PUT_TEXTS(e, s->name, s->counter_of, s->format, s->level, s->algorithm, s->indication,
	    s->sub_indication, s->reason, s->subject, s->issuer, s->serial);
	put_bytes(e, s->certificate.data, s->certificate.len);
	put_time(e, s->claimed_us);
	put_number(e, s->best_us);
}

static void
put_use(struct encoder *e, const struct case_use *u)
{
	PUT_TEXTS(e, u->role, u->name, u->mime_type);
	put_bytes(e, u->digest.data, u->digest.len);
	put_number(e, u->size);
}

int
case_digest(const struct uuid *tenant, const struct case_file *f,
    unsigned char out[CASE_DIGEST_SIZE], struct error *err)
{
	static const char version[] = "signet case 1"; /* with its NUL */
	struct encoder e = { EVP_MD_CTX_new(), 1 };
	size_t i;

	e.ok = e.ctx != NULL && EVP_DigestInit_ex(e.ctx, EVP_sha256(), NULL) == 1 &&
	       EVP_DigestUpdate(e.ctx, version, sizeof(version)) == 1;
	put_facts(&e, tenant, f);
	put_number(&e, (int64_t)f->document_count);
	for (i = 0; i < f->document_count; i++)
		put_document(&e, &f->documents[i]);
	put_number(&e, (int64_t)f->signature_count);
	for (i = 0; i < f->signature_count; i++)
		put_signature(&e, &f->signatures[i]);
	put_number(&e, (int64_t)f->use_count);
	for (i = 0; i < f->use_count; i++)
		put_use(&e, &f->uses[i]);
	e.ok = e.ok && EVP_DigestFinal_ex(e.ctx, out, NULL) == 1;
	EVP_MD_CTX_free(e.ctx);
	return e.ok ? 0 : error_openssl(err, "the digest of the case could not be made");
}
