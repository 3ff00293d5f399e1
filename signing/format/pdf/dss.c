#include "signing/format/pdf/dss.h"

#include <stdlib.h>
#include <string.h>

#include "signing/core/certs.h"

struct reading {
	struct pdf_dss *dss;
	struct pdf_doc *doc;
	struct error *err;
};

/* Whether the object at this offset was read before; noted for the next time. -1: memory. */
static int
is_seen(struct pdf_dss *dss, uint64_t offset, struct error *err)
{
	uint64_t *bigger;
	size_t i;

	for (i = 0; i < dss->seen_count; i++)
		if (dss->seen[i] == offset)
			return 1;
	if (dss->seen_count >= 3 * FORMAT_EVIDENCE_MAX)
		return error_limit(err, ERROR_LIMIT, "revocation-values", 3 * FORMAT_EVIDENCE_MAX,
		    0, "too many objects in the document security store");
	bigger = realloc(dss->seen, (dss->seen_count + 1) * sizeof(*bigger));
	if (bigger == NULL)
		return error_memory(err);
	dss->seen = bigger;
	dss->seen[dss->seen_count++] = offset;
	return 0;
}

/* The same value may stand at several places: the first one counts. */
static int
note(struct pdf_dss *dss, const unsigned char sha256[32], uint64_t end, struct error *err)
{
	struct pdf_dss_item *bigger;
	size_t i;

	for (i = 0; i < dss->count; i++)
		if (memcmp(dss->items[i].sha256, sha256, 32) == 0) {
			if (end < dss->items[i].end)
				dss->items[i].end = end;
			return 0;
		}
	bigger = realloc(dss->items, (dss->count + 1) * sizeof(*bigger));
	if (bigger == NULL)
		return error_memory(err);
	dss->items = bigger;
	memcpy(bigger[dss->count].sha256, sha256, 32);
	bigger[dss->count].is_current = !dss->is_begun;
	bigger[dss->count++].end = end;
	return 0;
}

static int
keep(struct reading *r, enum cms_item kind, struct span der, uint64_t end)
{
	struct evidence *evidence = &r->dss->evidence;
	unsigned char sha256[32];
	unsigned int len = sizeof(sha256);
	X509 *cert;
	int rc;

	if (kind == CMS_ITEM_CERTIFICATE) {
		cert = cert_decode(der);
		if (cert == NULL)
			return 0;
		rc = X509_digest(cert, EVP_sha256(), sha256, &len) != 1
			 ? error_memory(r->err)
			 : evidence_add_certificate(evidence, cert, r->err);
		X509_free(cert);
	} else {
		rc = digest_span(DIGEST_SHA256, der, sha256, r->err) != 0
			 ? -1
			 : values_add(kind == CMS_ITEM_CRL ? &evidence->crls : &evidence->ocsps,
			       der, r->err);
	}
	if (kind != CMS_ITEM_CERTIFICATE &&
	    (!r->dss->has_revocation || end < r->dss->first_revocation)) {
		r->dss->has_revocation = 1;
		r->dss->first_revocation = end;
	}
	return rc == 0 ? note(r->dss, sha256, end, r->err) : -1;
}

/* One stream with DER in it. What is none is left out. */
static int
read_stream(struct reading *r, enum cms_item kind, qpdf_oh stream)
{
	struct pdf_doc *doc = r->doc;
	const struct pdf_xref_entry *entry;
	unsigned char *data = NULL;
	size_t size = 0;
	int64_t length;
	uint64_t end;
	int rc;

	if (!qpdf_oh_is_stream(doc->q, stream) || !qpdf_oh_is_indirect(doc->q, stream) ||
	    pdf_get_integer(doc, stream, "/Length", &length) != 0 || length < 0 ||
	    (uint64_t)length > PDF_DSS_VALUE_MAX)
		return 0;
	entry = pdf_find(
	    doc, qpdf_oh_get_object_id(doc->q, stream), qpdf_oh_get_generation(doc->q, stream));
	if (entry == NULL || entry->in_stream != 0)
		return 0;
	rc = is_seen(r->dss, entry->offset, r->err);
	if (rc != 0)
		return rc == 1 ? 0 : -1;
	/* "N G obj << /Length n ... >> stream" takes more bytes than are counted here. */
	end = doc->shift + entry->offset + (uint64_t)length;
	if (qpdf_oh_get_stream_data(doc->q, stream, qpdf_dl_generalized, NULL, &data, &size) <
		QPDF_ERRORS &&
	    data != NULL && size > 0 && size <= PDF_DSS_VALUE_MAX)
		rc = keep(r, kind, (struct span){ data, size }, end);
	free(data);
	return rc;
}

static int
read_array(struct reading *r, enum cms_item kind, qpdf_oh array)
{
	int i, n = pdf_array_len(r->doc, array), rc = 0;

	for (i = 0; rc == 0 && i < n; i++) {
		qpdf_oh item = qpdf_oh_get_array_item(r->doc->q, array, i);

		rc = read_stream(r, kind, item);
		qpdf_oh_release(r->doc->q, item);
	}
	return rc;
}

static const struct {
	const char *key, *vri_key;
	enum cms_item kind;
} arrays[] = {
	{ "/Certs", "/Cert", CMS_ITEM_CERTIFICATE },
	{ "/CRLs", "/CRL", CMS_ITEM_CRL },
	{ "/OCSPs", "/OCSP", CMS_ITEM_OCSP },
};
#define ARRAYS (sizeof(arrays) / sizeof(arrays[0]))

/* One entry of the VRI dictionary: what is for one signature alone. */
static int
read_vri(struct reading *r, qpdf_oh entry)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < ARRAYS; i++)
		rc = read_array(r, arrays[i].kind, pdf_get(r->doc, entry, arrays[i].vri_key));
	return rc;
}

static int
read_store(struct pdf_dss *dss, struct pdf_doc *doc, struct error *err)
{
	struct reading r = { dss, doc, err };
	qpdf_oh root = pdf_get(doc, qpdf_get_root(doc->q), "/DSS"), vri;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < ARRAYS; i++)
		rc = read_array(&r, arrays[i].kind, pdf_get(doc, root, arrays[i].key));
	vri = pdf_get(doc, root, "/VRI");
	if (rc != 0 || !qpdf_oh_is_dictionary(doc->q, vri))
		return rc;
	qpdf_oh_begin_dict_key_iter(doc->q, vri);
	while (rc == 0 && qpdf_oh_dict_more_keys(doc->q)) {
		const char *key = qpdf_oh_dict_next_key(doc->q);

		rc = read_vri(&r, pdf_get(doc, vri, key));
	}
	return rc;
}

int
pdf_dss_read(struct pdf_dss *dss, struct pdf_doc *doc, struct error *err)
{
	int rc = read_store(dss, doc, err);

	dss->is_begun = 1;
	return rc;
}

int
pdf_dss_cover(const struct pdf_dss *dss, uint64_t end, struct coverage *coverage, struct error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < dss->count; i++)
		if (dss->items[i].end <= end)
			rc = coverage_add(coverage, dss->items[i].sha256, err);
	return rc;
}

int
pdf_dss_has_revocation(const struct pdf_dss *dss, uint64_t end)
{
	return dss->has_revocation && dss->first_revocation <= end;
}

void
pdf_dss_release(struct pdf_dss *dss)
{
	free(dss->items);
	free(dss->seen);
	evidence_release(&dss->evidence);
	*dss = (struct pdf_dss){ 0 };
}
