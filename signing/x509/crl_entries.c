/* The entries of a list: read into an index, found, and told in order. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/core/ossl.h"
#include "signing/x509/crl_parts.h"

/* ---- one entry ---- */

/* The directoryName of GeneralNames. */
static int
read_issuer_names(struct span value, struct span *out)
{
	struct der_item names, name;
	struct der d;

	if (der_only(value, DER_SEQUENCE, &names) != 0)
		return -1;
	d = der_of(names.content);
	while (d.at < d.end) {
		if (der_next(&d, &name) != 0)
			return -1;
		if (name.tag != DER_DIRECTORY_NAME)
			continue;
		*out = name.content;
		return name.content.len > 2 ? 0 : -1;
	}
	return -1;
}

static int
read_reason(struct span value, int *reason)
{
	struct der_item item;

	if (der_only(value, DER_ENUMERATED, &item) != 0 || item.content.len != 1)
		return -1;
	*reason = item.content.data[0];
	return *reason <= CRL_AA_COMPROMISE && *reason != 7 ? 0 : -1;
}

static int
read_entry_extension(struct span content, struct crl_parsed *out)
{
	struct der_item oid, flag, value, time;
	struct der d = der_of(content);
	int critical, id;

	if (der_take(&d, DER_OID, &oid) != 0)
		return -1;
	critical = der_optional(&d, DER_BOOLEAN, &flag);
	if (critical < 0 || (critical && flag.content.len != 1) ||
	    der_take(&d, DER_OCTET_STRING, &value) != 0 || d.at != d.end)
		return -1;
	critical = critical && flag.content.data[0] != 0;
	id = oid.content.len == 3 && memcmp(oid.content.data, "\x55\x1d", 2) == 0
		 ? oid.content.data[2]
		 : -1;
	switch (id) {
	case 21:
		return read_reason(value.content, &out->reason);
	case 23: /* holdInstructionCode: obsolete */
		return 0;
	case 24:
		return der_only(value.content, DER_GENERALIZED_TIME, &time) == 0
			   ? der_time(&time, &out->invalid_since)
			   : -1;
	case 29:
		return read_issuer_names(value.content, &out->issuer);
	default:
		out->unknown_critical |= critical;
		return 0;
	}
}

static int
read_entry_extensions(struct span content, struct crl_parsed *out)
{
	struct der d = der_of(content);
	struct der_item item;

	if (content.len == 0)
		return -1;
	while (d.at < d.end)
		if (der_take(&d, DER_SEQUENCE, &item) != 0 ||
		    read_entry_extension(item.content, out) != 0)
			return -1;
	return 0;
}

int
crl_parse_entry(const struct der_item *entry, int version, struct crl_parsed *out)
{
	struct der d = der_of(entry->content);
	struct der_item item;
	int there;

	out->issuer = SPAN_NONE;
	out->reason = CRL_REASON_ABSENT;
	out->invalid_since = 0;
	out->unknown_critical = 0;
	if (der_take(&d, DER_INTEGER, &item) != 0 || item.content.len == 0)
		return -1;
	out->serial = der_integer_trim(item.content);
	if (out->serial.len > CRL_SERIAL_MAX)
		return -1;
	if (der_next(&d, &item) != 0 || der_time(&item, &out->revoked_at) != 0)
		return -1;
	there = der_optional(&d, DER_SEQUENCE, &item);
	if (there < 0 || d.at != d.end || (there && version == 1))
		return -1;
	return there ? read_entry_extensions(item.content, out) : 0;
}

/* ---- issuers that entries name ---- */

static uint64_t
hash(struct span s)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	size_t i;

	for (i = 0; i < s.len; i++)
		h = (h ^ s.data[i]) * UINT64_C(0x100000001b3);
	return h ^ h >> 29;
}

/* The index of an equal name, added where there is none. */
static int
add_name(struct crl *crl, struct span raw, struct error *err)
{
	struct crl_issuers *all = crl->issuers;
	const unsigned char *p = raw.data;
	X509_NAME *name = d2i_X509_NAME(NULL, &p, (long)raw.len);
	struct der_item item;
	size_t i;

	/* OpenSSL takes a SEQUENCE that says it is primitive. */
	if (name == NULL || der_only(raw, DER_SEQUENCE, &item) != 0) {
		X509_NAME_free(name);
		return error_openssl_kind(err, ERROR_MALFORMED,
		    "an entry of the CRL names an issuer that cannot be read");
	}
	for (i = 0; i < all->count; i++)
		if (X509_NAME_cmp(all->names[i], name) == 0) {
			X509_NAME_free(name);
			return (int)i;
		}
	all->names[all->count++] = name;
	crl->facts.issuer_count = all->count;
	return (int)i;
}

int
crl_add_issuer(struct crl *crl, struct span raw, struct error *err)
{
	struct crl_issuers *all = crl->issuers;
	size_t at = hash(raw) % CRL_RAW_SLOTS;
	int name;

	if (all == NULL) {
		all = crl->issuers = calloc(1, sizeof(*all));
		if (all != NULL)
			all->names = calloc(CRL_ISSUERS_MAX, sizeof(*all->names));
		if (all == NULL || all->names == NULL)
			return error_memory(err);
		crl->facts.issuers = (const X509_NAME *const *)all->names;
	}
	for (; all->raw[at].raw.len > 0; at = (at + 1) % CRL_RAW_SLOTS)
		if (span_equal(all->raw[at].raw, raw))
			return all->raw[at].name;
	if (all->raw_count >= CRL_ISSUERS_MAX)
		return error_limit(err, ERROR_LIMIT, "CRL issuers", CRL_ISSUERS_MAX, 0,
		    "the CRL names too many certificate issuers");
	name = add_name(crl, raw, err);
	if (name < 0)
		return -1;
	all->raw_count++;
	all->raw[at].raw = raw;
	all->raw[at].name = (uint16_t)name;
	return name;
}

/* ---- the index ---- */

static uint64_t
prefix_of(struct span serial)
{
	uint64_t p = 0;
	size_t i;

	for (i = 0; i < 8; i++)
		p = p << 8 | (i < serial.len ? serial.data[i] : 0);
	return p;
}

/* Where the serial number of a slot's entry stands; it was checked when it was indexed. */
static struct span
slot_serial(const struct crl *crl, const struct crl_slot *slot)
{
	struct der d = { crl->entries.data + slot->offset, crl->entries.data + crl->entries.len };
	struct der_item entry, serial;

	if (der_next(&d, &entry) != 0)
		return SPAN_NONE;
	d = der_of(entry.content);
	return der_next(&d, &serial) == 0 ? der_integer_trim(serial.content) : SPAN_NONE;
}

int
crl_entry_compare(unsigned int issuer_a, struct span a, unsigned int issuer_b, struct span b)
{
	if (issuer_a != issuer_b)
		return issuer_a < issuer_b ? -1 : 1;
	if (a.len != b.len)
		return a.len < b.len ? -1 : 1;
	return a.len > 0 ? memcmp(a.data, b.data, a.len) : 0;
}

static int
compare_slots(const void *x, const void *y, void *crl)
{
	const struct crl_slot *a = x, *b = y;
	int difference = 0;

	if (a->issuer != b->issuer)
		return a->issuer < b->issuer ? -1 : 1;
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	if (a->prefix != b->prefix)
		return a->prefix < b->prefix ? -1 : 1;
	if (a->len > 8)
		difference = memcmp(slot_serial(crl, a).data, slot_serial(crl, b).data, a->len);
	if (difference != 0)
		return difference;
	return a->offset < b->offset ? -1 : a->offset > b->offset;
}

static int
add_slot(struct crl *crl, const struct crl_slot *slot, struct error *err)
{
	size_t count = crl->facts.entry_count, size = crl->slots_size;
	struct crl_slot *more;

	if (count == size) {
		/* An entry has some 35 bytes: one guess fits most lists. */
		size = size == 0 ? crl->entries.len / 34 + 16 : size * 2;
		more = realloc(crl->slots, size * sizeof(*more));
		if (more == NULL)
			return error_memory(err);
		crl->slots = more;
		crl->slots_size = size;
	}
	crl->slots[crl->facts.entry_count++] = *slot;
	return 0;
}

static int
index_entry(struct crl *crl, const struct der_item *item, int *issuer, struct error *err)
{
	struct crl_slot slot;
	struct crl_parsed entry;

	if (crl_parse_entry(item, crl->facts.version, &entry) != 0)
		return error_set(err, ERROR_MALFORMED, "entry %zu of the CRL cannot be read",
		    crl->facts.entry_count + 1);
	if (entry.issuer.len > 0) {
		crl->entry_names_issuer = 1;
		*issuer = crl_add_issuer(crl, entry.issuer, err);
		if (*issuer < 0)
			return -1;
	}
	if (entry.unknown_critical && crl->facts.unusable[0] == '\0')
		snprintf(crl->facts.unusable, sizeof(crl->facts.unusable),
		    "one of its entries has a critical extension that is not known here");
	slot.prefix = prefix_of(entry.serial);
	slot.offset = (uint32_t)(item->whole.data - crl->entries.data);
	slot.issuer = (uint16_t)*issuer;
	slot.len = (uint8_t)entry.serial.len;
	return add_slot(crl, &slot, err);
}

static void
sort(struct crl *crl)
{
	size_t i;

	for (i = 1; i < crl->facts.entry_count; i++)
		if (compare_slots(&crl->slots[i - 1], &crl->slots[i], crl) > 0)
			break;
	if (i < crl->facts.entry_count)
		qsort_r(
		    crl->slots, crl->facts.entry_count, sizeof(*crl->slots), compare_slots, crl);
}

int
crl_index(struct crl *crl, struct error *err)
{
	struct der d = der_of(crl->entries);
	struct der_item item;
	int issuer = 0;

	while (d.at < d.end) {
		if (der_take(&d, DER_SEQUENCE, &item) != 0)
			return error_set(err, ERROR_MALFORMED,
			    "entry %zu of the CRL cannot be read", crl->facts.entry_count + 1);
		if (index_entry(crl, &item, &issuer, err) != 0)
			return -1;
	}
	if (crl->entry_names_issuer && !crl->facts.indirect && crl->facts.unusable[0] == '\0')
		snprintf(crl->facts.unusable, sizeof(crl->facts.unusable),
		    "its entries name certificate issuers, but it does not say that it is "
		    "indirect");
	sort(crl);
	return 0;
}

/* ---- looking up ---- */

static void
slot_entry(const struct crl *crl, const struct crl_slot *slot, struct crl_entry *out)
{
	struct der d = { crl->entries.data + slot->offset, crl->entries.data + crl->entries.len };
	struct der_item item;
	struct crl_parsed entry = { .reason = CRL_REASON_ABSENT };

	if (der_next(&d, &item) == 0)
		crl_parse_entry(&item, crl->facts.version, &entry);
	*out = (struct crl_entry){ entry.serial.data, entry.serial.len, slot->issuer,
		entry.revoked_at, entry.reason, entry.invalid_since };
}

/* The first slot that is not before the one that is looked for. */
static size_t
lower_bound(const struct crl *crl, unsigned int issuer, struct span serial)
{
	uint64_t prefix = prefix_of(serial);
	size_t low = 0, high = crl->facts.entry_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct crl_slot *s = &crl->slots[middle];
		int before;

		if (s->issuer != issuer)
			before = s->issuer < issuer;
		else if (s->len != serial.len)
			before = s->len < serial.len;
		else if (s->prefix != prefix)
			before = s->prefix < prefix;
		else
			before = memcmp(slot_serial(crl, s).data, serial.data, serial.len) < 0;
		if (before)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int
find_in_index(
    void *ctx, unsigned int issuer, struct span serial, struct crl_entry *entry, struct error *err)
{
	const struct crl *crl = ctx;
	size_t at;

	if (crl->head != NULL)
		return error_set(
		    err, ERROR_INTERNAL, "the entries of the CRL are not at hand here");
	at = lower_bound(crl, issuer, serial);
	if (at >= crl->facts.entry_count)
		return 0;
	slot_entry(crl, &crl->slots[at], entry);
	return crl_entry_compare(entry->issuer, (struct span){ entry->serial, entry->serial_len },
		   issuer, serial) == 0;
}

struct crl_source
crl_source_of(struct crl *crl)
{
	return (struct crl_source){ crl, find_in_index, crl };
}

static int
issuer_index(const struct crl_facts *f, const X509 *cert)
{
	const X509_NAME *name = X509_get_issuer_name(cert);
	size_t i;

	for (i = 0; i < f->issuer_count; i++)
		if (X509_NAME_cmp(f->issuers[i], name) == 0)
			return (int)i;
	return -1;
}

int
crl_find(
    const struct crl_source *source, const X509 *cert, struct crl_entry *entry, struct error *err)
{
	const ASN1_INTEGER *number = X509_get0_serialNumber(cert);
	unsigned char *der = NULL;
	struct der_item item;
	struct span serial = SPAN_NONE;
	int len = i2d_ASN1_INTEGER(number, &der), issuer = issuer_index(&source->crl->facts, cert);
	int rc;

	if (len > 0 && der_only((struct span){ der, (size_t)len }, DER_INTEGER, &item) == 0)
		serial = der_integer_trim(item.content);
	if (serial.len == 0 || serial.len > CRL_SERIAL_MAX)
		rc = error_set(err, ERROR_UNSUPPORTED,
		    "the serial number of the certificate is too long to be looked up");
	else if (issuer < 0)
		rc = 0;
	else if (source->find == NULL)
		rc = find_in_index(source->crl, (unsigned int)issuer, serial, entry, err);
	else
		rc = source->find(source->ctx, (unsigned int)issuer, serial, entry, err);
	OPENSSL_free(der);
	return rc;
}

int
crl_each_entry(const struct crl *crl,
    int (*each)(void *ctx, const struct crl_entry *entry, struct error *err), void *ctx,
    struct error *err)
{
	struct crl_entry entry;
	size_t i;
	int rc;

	if (crl->head != NULL)
		return error_set(
		    err, ERROR_INTERNAL, "the entries of the CRL are not at hand here");
	for (i = 0; i < crl->facts.entry_count; i++) {
		slot_entry(crl, &crl->slots[i], &entry);
		rc = each(ctx, &entry, err);
		if (rc != 0)
			return rc;
	}
	return 0;
}
