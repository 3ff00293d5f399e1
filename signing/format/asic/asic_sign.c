#include "signing/format/asic/asic_sign.h"

#include <string.h>

#include "signing/format/asic/asic_make.h"

int
asic_sign(struct buf *out, const struct document *docs, size_t count,
    const struct asic_sign_options *asic, const struct sign_key *key,
    const struct sign_options *options, struct error *err)
{
	struct making m;
	int rc = -1;

	making_init(&m, options->limits, err);
	m.key = key;
	m.options = *options;
	m.options.packaging = PACKAGING_DETACHED;
	m.type = asic->type == ASIC_S ? ASIC_S : ASIC_E;
	m.family = asic->family;
	m.docs = docs;
	m.count = count;
	if (making_check_options(&m) == 0 && making_check_documents(&m) == 0 &&
	    (m.family == FORMAT_XML ? making_xades(&m, NULL) : making_cades(&m, NULL)) == 0)
		rc = making_finish(&m, out);
	making_release(&m);
	return rc;
}

int
asic_timestamp(struct buf *out, const struct document *docs, size_t count, enum asic_type type,
    const struct timestamp_source *source, int64_t seconds, const struct format_limits *limits,
    struct error *err)
{
	const enum digest digest = source->digest != DIGEST_NONE ? source->digest : DIGEST_SHA256;
	unsigned char imprint[DIGEST_SIZE_MAX];
	struct document subject;
	struct making m;
	int rc = -1;

	making_init(&m, limits, err);
	m.type = type == ASIC_S ? ASIC_S : ASIC_E;
	m.docs = docs;
	m.count = count;
	m.options.signing_time = seconds;
	if (making_check_documents(&m) != 0)
		goto done;
	making_name_files(&m, "timestamp", ".tst");
	if (making_lay_out(&m, digest, "application/vnd.etsi.timestamp-token", &subject) != 0 ||
	    document_digest(&subject, digest, imprint, err) != 0 ||
	    source->get(source->ctx, digest, imprint, &m.signature, err) != 0)
		goto done;
	making_entry(&m, m.signature_name, SPAN_OF(&m.signature));
	rc = making_finish(&m, out);
done:
	making_release(&m);
	return rc;
}

int
asic_says_it_is(struct span file, const char *mime_type)
{
	static const char name[] = "mimetype";
	const size_t head = 30, n = strlen(name), k = strlen(mime_type);

	return file.len > head + n + k && memcmp(file.data, "PK\3\4", 4) == 0 &&
	       memcmp(file.data + head, name, n) == 0 &&
	       memcmp(file.data + head + n, mime_type, k) == 0;
}
