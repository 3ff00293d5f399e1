#include "signing/format/cms/ber.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "signing/format/cms/asn1.h"

struct header {
	int tag, class, constructed, indefinite;
	long len;
};

static int
malformed(struct error *err)
{
	return error_set(err, ERROR_MALFORMED, "an ASN.1 value in the signature does not decode");
}

static int
read_header(const unsigned char **p, const unsigned char *end, struct header *h, struct error *err)
{
	int flags;

	if (*p >= end)
		return malformed(err);
	flags = ASN1_get_object(p, &h->len, &h->tag, &h->class, end - *p);
	if (flags & 0x80)
		return malformed(err);
	h->constructed = (flags & V_ASN1_CONSTRUCTED) != 0;
	h->indefinite = flags & 1;
	return 0;
}

static int
append_header(struct buf *out, int constructed, size_t len, int tag, int class, struct error *err)
{
	unsigned char *at = buf_reserve(out, 16, err), *p = at;

	if (at == NULL)
		return -1;
	if (len > INT_MAX)
		return malformed(err);
	ASN1_put_object(&p, constructed, (int)len, tag, class);
	out->len += (size_t)(p - at);
	return 0;
}

/* Universal types whose constructed form is made of pieces. BIT STRING is one too, but a
 * constructed one has no use in signed attributes and is refused. */
static int
is_string(const struct header *h)
{
	return h->class == V_ASN1_UNIVERSAL &&
	       (h->tag == V_ASN1_OCTET_STRING || h->tag == V_ASN1_UTF8STRING ||
		   (h->tag >= V_ASN1_NUMERICSTRING && h->tag <= V_ASN1_BMPSTRING));
}

static int
compare_spans(const void *a, const void *b)
{
	const struct span *x = a, *y = b;
	int c = memcmp(x->data, y->data, x->len < y->len ? x->len : y->len);

	return c != 0 ? c : x->len < y->len ? -1 : x->len > y->len;
}

int
ber_sort(struct buf *set, struct error *err)
{
	const unsigned char *p, *end, *start;
	struct span *members = NULL;
	struct buf sorted = BUF_INIT(0);
	size_t count = 0, room = 0, i;
	struct header h;
	void *bigger;
	int rc = -1;

	if (set->len == 0)
		return 0;
	p = set->data;
	end = p + set->len;
	while (p < end) {
		start = p;
		if (read_header(&p, end, &h, err) != 0)
			goto done;
		p += h.len;
		if (count == room) {
			room = room > 0 ? room * 2 : 16;
			bigger = realloc(members, room * sizeof(*members));
			if (bigger == NULL) {
				error_memory(err);
				goto done;
			}
			members = bigger;
		}
		members[count++] = (struct span){ start, (size_t)(p - start) };
	}
	if (count > 1)
		qsort(members, count, sizeof(*members), compare_spans);
	for (i = 0; i < count; i++)
		if (buf_append_span(&sorted, members[i], err) != 0)
			goto done;
	if (sorted.len > 0)
		memcpy(set->data, sorted.data, sorted.len);
	rc = 0;
done:
	free(members);
	buf_release(&sorted);
	return rc;
}

/* With `pieces_of` a string's tag: append only what the pieces hold. */
static int normalise(const unsigned char **p, const unsigned char *end, int depth, int pieces_of,
    struct buf *out, struct error *err);

static int
normalise_members(const unsigned char **p, const unsigned char *end, const struct header *h,
    int depth, struct buf *members, struct error *err)
{
	const unsigned char *stop = h->indefinite ? end : *p + h->len;
	int pieces_of = is_string(h) ? h->tag : -1;

	if (h->class == V_ASN1_UNIVERSAL && h->tag != V_ASN1_SEQUENCE && h->tag != V_ASN1_SET &&
	    h->tag != V_ASN1_EXTERNAL && pieces_of < 0)
		return malformed(err);
	for (;;) {
		if (!h->indefinite && *p == stop)
			break;
		if (h->indefinite && stop - *p >= 2 && (*p)[0] == 0 && (*p)[1] == 0) {
			*p += 2;
			break;
		}
		if (normalise(p, stop, depth + 1, pieces_of, members, err) != 0)
			return -1;
	}
	return h->class == V_ASN1_UNIVERSAL && h->tag == V_ASN1_SET ? ber_sort(members, err) : 0;
}

static int
normalise(const unsigned char **p, const unsigned char *end, int depth, int pieces_of,
    struct buf *out, struct error *err)
{
	struct buf members = BUF_INIT(0);
	struct span content;
	static const unsigned char yes = 0xff;
	struct header h;
	int constructed, rc = -1;

	if (depth > BER_DEPTH_MAX || read_header(p, end, &h, err) != 0)
		return malformed(err);
	if (h.class == V_ASN1_UNIVERSAL && h.tag == V_ASN1_EOC)
		return malformed(err);
	if (pieces_of >= 0 &&
	    (h.class != V_ASN1_UNIVERSAL || (h.tag != pieces_of && h.tag != V_ASN1_OCTET_STRING)))
		return malformed(err);
	constructed = h.constructed && !is_string(&h);
	if (h.constructed) {
		if (normalise_members(p, end, &h, depth, &members, err) != 0)
			goto done;
		content = SPAN_OF(&members);
	} else {
		content = (struct span){ *p, (size_t)h.len };
		*p += h.len;
	}
	if (h.class == V_ASN1_UNIVERSAL && h.tag == V_ASN1_BOOLEAN && content.len == 1 &&
	    content.data[0] != 0)
		content.data = &yes;
	if (pieces_of < 0 && append_header(out, constructed, content.len, h.tag, h.class, err) != 0)
		goto done;
	rc = buf_append_span(out, content, err);
done:
	buf_release(&members);
	return rc;
}

int
ber_to_der(struct span ber, struct buf *der, struct error *err)
{
	const unsigned char *p = ber.data;
	size_t before = der->len;

	if (ber.len == 0 || ber.len > LONG_MAX)
		return malformed(err);
	if (normalise(&p, ber.data + ber.len, 0, -1, der, err) != 0 || p != ber.data + ber.len) {
		der->len = before;
		return malformed(err);
	}
	return 0;
}

int
ber_set_of(const STACK_OF(ASN1_TYPE) * members, struct buf *der, struct error *err)
{
	struct buf set = BUF_INIT(0);
	int i, rc = -1;

	for (i = 0; i < sk_ASN1_TYPE_num(members); i++)
		if (ber_to_der(der_raw_span(sk_ASN1_TYPE_value(members, i)), &set, err) != 0)
			goto done;
	if (ber_sort(&set, err) != 0 ||
	    append_header(der, 1, set.len, V_ASN1_SET, V_ASN1_UNIVERSAL, err) != 0 ||
	    buf_append_span(der, SPAN_OF(&set), err) != 0)
		goto done;
	rc = 0;
done:
	buf_release(&set);
	return rc;
}
