#include "signing/format/pdf/pdf_decrypt.h"

#include "signing/format/pdf/doc.h"

static const struct format_limits default_limits = FORMAT_LIMITS_DEFAULT;

static int
check_unsigned(struct span document, const struct pdf_read_options *options, struct error *err)
{
	struct signatures list = { 0 };
	struct pdf_timestamps stamps = { 0 };
	int rc = pdf_read_all(&list, &stamps, document, options, err);

	if (rc == 0 && list.count + stamps.count > 0)
		rc = error_set(err, ERROR_UNSUPPORTED,
		    "the PDF is signed, and its signatures are over its encrypted form: decrypting "
		    "it "
		    "would break them; verify it as it is, with its password");
	signatures_release(&list);
	pdf_timestamps_release(&stamps);
	return rc;
}

static int
write_clear(struct pdf_doc *doc, struct buf *out, struct error *err)
{
	if (qpdf_init_write_memory(doc->q) > QPDF_WARNINGS)
		return error_set(err, ERROR_MALFORMED, "the PDF could not be written in clear");
	qpdf_set_preserve_encryption(doc->q, QPDF_FALSE);
	qpdf_set_object_stream_mode(doc->q, qpdf_o_preserve);
	qpdf_set_stream_data_mode(doc->q, qpdf_s_preserve);
	if (qpdf_write(doc->q) > QPDF_WARNINGS || pdf_check_damage(doc, err) != 0)
		return error_set(
		    err, ERROR_MALFORMED, "the PDF is damaged: it could not be written in clear");
	return buf_append(
	    out, qpdf_get_buffer(doc->q), (size_t)qpdf_get_buffer_length(doc->q), err);
}

int
pdf_decrypt(struct buf *out, struct span document, const struct pdf_read_options *options,
    struct error *err)
{
	const struct format_limits *limits =
	    options->limits != NULL ? options->limits : &default_limits;
	struct pdf_doc *doc = NULL;
	int rc = -1;

	if (check_unsigned(document, options, err) != 0)
		return -1;
	if (pdf_open(&doc, document, options->password, limits, err) != 0)
		return -1;
	if (!doc->shim.encrypted)
		error_set(err, ERROR_MALFORMED, "the PDF is not encrypted");
	else
		rc = write_clear(doc, out, err);
	pdf_close(doc);
	return rc;
}
