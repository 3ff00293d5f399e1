#include "signing/format/read.h"

#include <stdint.h>
#include <string.h>

#include "signing/format/cms/cms_read.h"
#include "signing/format/xml/xml_read.h"

static int
read_cms(struct document_facts *facts, struct span content, const struct document_read_options *o,
    struct error *err)
{
	const struct cms_read_options options = { .limits = o->limits,
		.extra_certificates = o->extra_certificates,
		.keep_octets = o->keep_octets,
		.tolerate = o->tolerate,
		.work = o->work };

	return cms_read(&facts->signatures, content, o->original_count > 0 ? o->originals : NULL,
	    &options, err);
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
	size_t originals; /* the most that belong to one */
} readers[KINDS] = {
	[KIND_CMS] = { read_cms, "a CMS signature", 1 },
	[KIND_XML] = { read_xml, "an XML signature", SIZE_MAX },
	[KIND_PDF] = { read_pdf, "a PDF", 0 },
	[KIND_ASIC] = { read_asic, "a container", 0 },
	[KIND_SMIME] = { read_smime, "a mail", 0 },
};

static int
check_originals(enum document_kind kind, size_t count, struct error *err)
{
	if (count <= readers[kind].originals)
		return 0;
	if (readers[kind].originals == 0)
		return error_set(err, ERROR_MALFORMED,
		    "%s holds what it signs; send no original with it", readers[kind].name);
	return error_set(err, ERROR_MALFORMED, "%s signs one document, but %zu originals were sent",
	    readers[kind].name, count);
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
