#include "signing/format/cms/der_out.h"

#include <openssl/err.h>
#include <string.h>

#define OID_MAX 64 /* bytes of an identifier that is encoded here */

static size_t
length_size(size_t len)
{
	size_t n = 1;

	if (len < 0x80)
		return 1;
	for (; len > 0; len >>= 8)
		n++;
	return n;
}

size_t
der_size(size_t len)
{
	return 1 + length_size(len) + len;
}

void
der_put_head(struct der_out *out, unsigned int tag, size_t len)
{
	unsigned char head[2 + sizeof(len)];
	size_t n = length_size(len), i;

	head[0] = (unsigned char)tag;
	if (n == 1)
		head[1] = (unsigned char)len;
	else
		head[1] = (unsigned char)(0x80 | (n - 1));
	for (i = 1; i < n; i++)
		head[1 + i] = (unsigned char)(len >> (8 * (n - 1 - i)));
	der_put_raw(out, (struct span){ head, 1 + n });
}

void
der_put_raw(struct der_out *out, struct span der)
{
	if (!out->failed && buf_append_span(out->buf, der, out->err) != 0)
		out->failed = 1;
}

void
der_put_value(struct der_out *out, unsigned int tag, struct span content)
{
	der_put_head(out, tag, content.len);
	der_put_raw(out, content);
}

void
der_put_struct(struct der_out *out, ossl_i2d *i2d, const void *value)
{
	if (!out->failed && ossl_append_der(i2d, value, out->buf, out->err) != 0)
		out->failed = 1;
}

/* ---- identifiers ---- */

/* X.690 clause 8.19: seven bits a byte, all but the last with the top bit set. */
static int
put_arc(unsigned char *out, size_t *len, uint64_t arc)
{
	unsigned int shift = 0;

	while (shift < 63 && arc >> shift >= 0x80)
		shift += 7;
	for (;; shift -= 7) {
		if (*len == OID_MAX)
			return -1;
		out[(*len)++] = (unsigned char)((arc >> shift & 0x7f) | (shift > 0 ? 0x80 : 0));
		if (shift == 0)
			return 0;
	}
}

static int
read_arc(const char **s, uint64_t *arc)
{
	const char *start = *s;

	for (*arc = 0; **s >= '0' && **s <= '9'; ++*s)
		*arc = *arc * 10 + (uint64_t)(**s - '0');
	/* Eighteen digits fit; longer ones are left to OpenSSL. */
	return *s > start && *s - start <= 18 ? 0 : -1;
}

/* Numbers with a dot between each two. */
static int
is_dotted(const char *s)
{
	size_t digits;

	for (;; s++) {
		digits = strspn(s, "0123456789");
		s += digits;
		if (digits == 0 || *s != '.')
			return digits > 0 && *s == '\0';
	}
}

/* 0, or -1 for what is wrong or larger than usual. */
static int
encode_oid(const char *dotted, unsigned char *out, size_t *len)
{
	uint64_t first, arc;

	*len = 0;
	if (read_arc(&dotted, &first) != 0 || first > 2 || *dotted++ != '.' ||
	    read_arc(&dotted, &arc) != 0 || (first < 2 && arc >= 40) ||
	    put_arc(out, len, first * 40 + arc) != 0)
		return -1;
	while (*dotted == '.') {
		dotted++;
		if (read_arc(&dotted, &arc) != 0 || put_arc(out, len, arc) != 0)
			return -1;
	}
	return *dotted == '\0' ? 0 : -1;
}

void
der_put_oid(struct der_out *out, const char *dotted)
{
	unsigned char bytes[OID_MAX];
	ASN1_OBJECT *oid;
	size_t len;

	if (encode_oid(dotted, bytes, &len) == 0) {
		der_put_value(out, V_ASN1_OBJECT, (struct span){ bytes, len });
		return;
	}
	oid = is_dotted(dotted) ? OBJ_txt2obj(dotted, 1) : NULL;
	if (oid != NULL) {
		DER_PUT_STRUCT(ASN1_OBJECT, oid, out);
	} else if (!out->failed) {
		out->failed = 1;
		error_openssl_kind(out->err, ERROR_MALFORMED, "an identifier is not an OID");
	}
	ASN1_OBJECT_free(oid);
}

void
der_put_attribute(struct der_out *out, const char *oid, struct span value)
{
	struct buf type = BUF_INIT(0);
	struct der_out first = DER_OUT(&type, out->err);

	if (out->failed)
		return;
	der_put_oid(&first, oid);
	out->failed = first.failed;
	der_put_head(out, DER_SEQUENCE, type.len + der_size(value.len));
	der_put_raw(out, SPAN_OF(&type));
	der_put_value(out, DER_SET, value);
	buf_release(&type);
}
