#include "signing/keys/stamp.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

/* id-contentType, id-messageDigest and id-ct-TSTInfo as they stand in DER. */
static const unsigned char content_type[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01,
	0x09, 0x03 };
static const unsigned char message_digest[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
	0x01, 0x09, 0x04 };
static const unsigned char tst_info_type[] = { 0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01,
	0x09, 0x10, 0x01, 0x04 };

/* The next encoding of the tag at the front of *from: its whole into *all, its inside into *in. */
static int
take(struct span *from, int want, struct span *all, struct span *in)
{
	const unsigned char *p = from->data;
	long len = 0;
	int tag = 0, class = 0, rc;

	if (from->len == 0 || from->len > STAMP_INFO_MAX)
		return -1;
	rc = ASN1_get_object(&p, &len, &tag, &class, (long)from->len);
	ERR_clear_error();
	if ((rc & 0x80) != 0 || (rc & 1) != 0 || class != V_ASN1_UNIVERSAL || tag != want ||
	    (rc & V_ASN1_CONSTRUCTED) !=
		(want == V_ASN1_SEQUENCE || want == V_ASN1_SET ? V_ASN1_CONSTRUCTED : 0))
		return -1;
	*in = (struct span){ p, (size_t)len };
	*all = (struct span){ from->data, (size_t)(p - from->data) + (size_t)len };
	from->data += all->len;
	from->len -= all->len;
	return 0;
}

struct found {
	int types, digests; /* attributes of these types */
	int right;	    /* of them, with the value that there must be */
};

#define IS(found, bytes) span_equal(found, (struct span){ bytes, sizeof(bytes) })

/* SEQUENCE { type, SET { value } }; of the two that count, one value each. */
static int
look_at(struct span attribute, struct span digest, struct found *found)
{
	struct span type, values, all, in;

	if (take(&attribute, V_ASN1_OBJECT, &type, &in) != 0 ||
	    take(&attribute, V_ASN1_SET, &all, &values) != 0 || attribute.len != 0)
		return -1;
	if (IS(type, content_type)) {
		found->types++;
		found->right += IS(values, tst_info_type);
	} else if (IS(type, message_digest)) {
		found->digests++;
		found->right += take(&values, V_ASN1_OCTET_STRING, &all, &in) == 0 &&
				values.len == 0 && span_equal(in, digest);
	}
	return 0;
}

static int
are_of_stamp(struct span attributes, struct span digest)
{
	struct found found = { 0 };
	struct span set, all, one;

	if (attributes.len > STAMP_ATTRIBUTES_MAX ||
	    take(&attributes, V_ASN1_SET, &all, &set) != 0 || attributes.len != 0)
		return 0;
	while (set.len > 0)
		if (take(&set, V_ASN1_SEQUENCE, &all, &one) != 0 ||
		    look_at(one, digest, &found) != 0)
			return 0;
	return found.types == 1 && found.digests == 1 && found.right == 2;
}

static int
is_info(struct span info)
{
	struct span all, in;

	return info.len <= STAMP_INFO_MAX && take(&info, V_ASN1_SEQUENCE, &all, &in) == 0 &&
	       info.len == 0;
}

int
stamp_digest(struct span attributes, struct span tst_info, enum digest digest,
    unsigned char out[DIGEST_SIZE_MAX], struct error *err)
{
	const EVP_MD *md = digest != DIGEST_NONE ? digest_md(digest) : NULL;
	unsigned char of_info[DIGEST_SIZE_MAX];

	if (md == NULL || !is_info(tst_info) ||
	    EVP_Digest(tst_info.data, tst_info.len, of_info, NULL, md, NULL) != 1 ||
	    !are_of_stamp(attributes, (struct span){ of_info, digest_size(digest) }) ||
	    EVP_Digest(attributes.data, attributes.len, out, NULL, md, NULL) != 1)
		return error_set(err, ERROR_MALFORMED,
		    "these are not the signed attributes of a time stamp over that TSTInfo");
	return 0;
}
