#include "signing/format/read.h"

#include <stdint.h>
#include <string.h>

#include "signing/format/cms/cms_read.h"
#include "signing/format/xml/xml_read.h"

/*
 * Of several documents the one that a detached signature is over, by its digest; NULL: none. Where
 * there is nothing to choose, the first.
 */
static int
choose_original(const struct document **chosen, struct span content,
    const struct cms_read_options *options, const struct document *all, size_t count,
    struct error *err)
{
	unsigned char value[DIGEST_SIZE_MAX];
	struct signatures list = { 0 };
	const struct reference *ref;
	struct error away = ERROR_INIT;
	size_t i;
	int rc = 0;

	*chosen = count > 0 ? all : NULL;
	if (count < 2)
		return 0;
	rc = cms_read(&list, content, NULL, options, err);
	ref = rc == 0 && list.count > 0 && list.items[0].reference_count > 0
		  ? list.items[0].references
		  : NULL;
	for (i = 0; ref != NULL && !ref->found && i <= count; i++) {
		*chosen = i < count ? &all[i] : NULL;
		if (i < count && document_digest(&all[i], ref->digest, value, &away) == 0 &&
		    span_equal(SPAN_OF(&ref->digest_value),
			(struct span){ value, digest_size(ref->digest) }))
			break;
	}
	signatures_release(&list);
	return rc;
}

/* Which of the documents handed in each signature is over; counter-signatures are over none. */
static void
note_original(struct signatures *list, unsigned int number)
{
	size_t i, k;

	for (i = 0; number > 0 && i < list->count; i++)
		for (k = 0; list->items[i].parent == NULL && k < list->items[i].reference_count;
		     k++)
			list->items[i].references[k].original = number;
}

static int
read_cms(struct document_facts *facts, struct span content, const struct document_read_options *o,
    struct error *err)
{
	const struct cms_read_options options = { .limits = o->limits,
		.extra_certificates = o->extra_certificates,
		.keep_octets = o->keep_octets,
		.tolerate = o->tolerate,
		.work = o->work };
	const struct document *original;

	if (choose_original(&original, content, &options, o->originals, o->original_count, err) !=
		0 ||
	    cms_read(&facts->signatures, content, original, &options, err) != 0)
		return -1;
	if (original != NULL)
		note_original(&facts->signatures, (unsigned int)(original - o->originals) + 1);
	return 0;
}

static int
read_xml(struct document_facts *facts, struct span content, const struct document_read_options *o,
    struct error *err)
{
	const struct xml_read_options options = { .limits = o->limits,
		.detached = o->originals,
		.detached_count = o->original_count,
		.extra_certificates = o->extra_certificates,
		.keep_octets = o->keep_octets,
		.tolerate = o->tolerate };

	return xml_read(&facts->signatures, content, &options, err);
}

static int
read_pdf(struct document_facts *facts, struct span content, const struct document_read_options *o,
    struct error *err)
{
	const struct pdf_read_options options = { .limits = o->limits,
		.password = o->password,
		.certificates = o->extra_certificates,
		.tolerate = o->tolerate };

	return pdf_read_all(&facts->signatures, &facts->stamps, content, &options, err);
}

static int
read_asic(struct document_facts *facts, struct span content, const struct document_read_options *o,
    struct error *err)
{
	const struct asic_read_options options = { .limits = o->limits,
		.extra_certificates = o->extra_certificates,
		.name = o->name,
		.keep_octets = o->keep_octets,
		.tolerate = o->tolerate };

	return asic_read(&facts->signatures, &facts->container, content, &options, err);
}

static int
read_smime(struct document_facts *facts, struct span content, const struct document_read_options *o,
    struct error *err)
{
	const struct smime_read_options options = { .limits = o->limits,
		.extra_certificates = o->extra_certificates,
		.keep_octets = o->keep_octets,
		.need_address = o->need_address,
		.need_match = o->need_match,
		.tolerate = o->tolerate,
		.opener = o->opener };

	return smime_read(&facts->signatures, &facts->mail, content, &options, err);
}

static const struct {
	int (*read)(struct document_facts *facts, struct span content,
	    const struct document_read_options *o, struct error *err);
	const char *name;
	int has_originals; /* it may sign what is beside it */
} readers[KINDS] = {
	[KIND_CMS] = { read_cms, "a CMS signature", 1 },
	[KIND_XML] = { read_xml, "an XML signature", 1 },
	[KIND_PDF] = { read_pdf, "a PDF", 0 },
	[KIND_ASIC] = { read_asic, "a container", 0 },
	[KIND_SMIME] = { read_smime, "a mail", 0 },
};

static int
check_originals(enum document_kind kind, size_t count, struct error *err)
{
	if (count == 0 || readers[kind].has_originals)
		return 0;
	return error_set(err, ERROR_MALFORMED, "%s holds what it signs; send no original with it",
	    readers[kind].name);
}

int
document_read(struct document_facts *facts, struct span content,
    const struct document_read_options *options, struct error *err)
{
	const enum document_kind kind = document_kind_of(content);

	memset(facts, 0, sizeof(*facts));
	facts->kind = kind;
	if (kind == KIND_ENVELOPE)
		return error_set(err, ERROR_UNSUPPORTED, "it is encrypted");
	if (readers[kind].read == NULL)
		return error_set(err, ERROR_MALFORMED, "it is " DOCUMENT_UNKNOWN);
	if (check_originals(kind, options->original_count, err) == 0 &&
	    readers[kind].read(facts, content, options, err) == 0)
		return 0;
	document_facts_release(facts);
	return -1;
}

void
document_facts_release(struct document_facts *facts)
{
	signatures_release(&facts->signatures);
	pdf_timestamps_release(&facts->stamps);
	asic_container_release(&facts->container);
	smime_mail_release(&facts->mail);
	memset(facts, 0, sizeof(*facts));
}
