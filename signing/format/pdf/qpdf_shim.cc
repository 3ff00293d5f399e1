#include "signing/format/pdf/qpdf_shim.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

/* qpdf asks which of its smart pointers are meant. */
#define POINTERHOLDER_TRANSITION 4
#include <qpdf/QPDF.hh>
#include <qpdf/QPDFExc.hh>

static enum pdf_cipher
cipher_of(int v, QPDF::encryption_method_e method)
{
	if (v < 4) /* qpdf leaves the methods unset: RC4 is the only one there is */
		return PDF_CIPHER_RC4;
	switch (method) {
	case QPDF::e_rc4:
		return PDF_CIPHER_RC4;
	case QPDF::e_aes:
		return PDF_CIPHER_AES128;
	case QPDF::e_aesv3:
		return PDF_CIPHER_AES256;
	default:
		return PDF_CIPHER_NONE; /* Identity */
	}
}

static enum pdf_shim_result
read_encryption(QPDF &pdf, struct pdf_shim *out)
{
	QPDF::encryption_method_e streams, strings, files;
	int r, p, v;

	if (!pdf.isEncrypted(r, p, v, streams, strings, files))
		return PDF_SHIM_OK;
	if (v >= 4 && (streams == QPDF::e_unknown || strings == QPDF::e_unknown))
		return PDF_SHIM_CIPHER;
	std::string key = pdf.getEncryptionKey();
	if (key.empty() || key.size() > sizeof(out->key))
		return PDF_SHIM_CIPHER;
	memcpy(out->key, key.data(), key.size());
	out->key_len = key.size();
	out->strings = cipher_of(v, strings);
	out->streams = cipher_of(v, streams);
	out->is_owner = pdf.ownerPasswordMatched();
	out->permitted = (uint32_t)p;
	out->encrypted = 1;
	return PDF_SHIM_OK;
}

static enum pdf_shim_result
read_table(QPDF &pdf, size_t max_entries, struct pdf_shim *out)
{
	std::map<QPDFObjGen, QPDFXRefEntry> table = pdf.getXRefTable();
	size_t n = 0;

	if (table.size() > max_entries)
		return PDF_SHIM_TOO_MANY;
	out->entries =
	    (struct pdf_xref_entry *)calloc(table.size() + 1, sizeof(struct pdf_xref_entry));
	if (out->entries == nullptr)
		return PDF_SHIM_MEMORY;
	for (auto const &item : table) {
		struct pdf_xref_entry *entry = &out->entries[n];

		if (item.first.getObj() <= 0 || item.first.getGen() < 0)
			continue;
		entry->number = (uint32_t)item.first.getObj();
		entry->generation = (uint32_t)item.first.getGen();
		if (item.second.getType() == 1) {
			if (item.second.getOffset() < 0)
				return PDF_SHIM_DAMAGED;
			entry->offset = (uint64_t)item.second.getOffset();
		} else if (item.second.getType() == 2) {
			entry->in_stream = (uint32_t)item.second.getObjStreamNumber();
			entry->index = (uint32_t)item.second.getObjStreamIndex();
		} else {
			continue;
		}
		n++;
	}
	out->count = n;
	return PDF_SHIM_OK;
}

extern "C" enum pdf_shim_result
pdf_shim_read(const unsigned char *data, size_t len, const char *password, size_t max_entries,
    struct pdf_shim *out, char *cause, size_t cause_size)
{
	enum pdf_shim_result result = PDF_SHIM_DAMAGED;

	memset(out, 0, sizeof(*out));
	cause[0] = '\0';
	try {
		QPDF pdf;

		pdf.setSuppressWarnings(true);
		pdf.setAttemptRecovery(false);
		pdf.processMemoryFile("document", (const char *)data, len, password);
		result = read_encryption(pdf, out);
		if (result == PDF_SHIM_OK)
			result = read_table(pdf, max_entries, out);
	} catch (QPDFExc const &e) {
		result = e.getErrorCode() == qpdf_e_password	  ? PDF_SHIM_PASSWORD
			 : e.getErrorCode() == qpdf_e_unsupported ? PDF_SHIM_CIPHER
								  : PDF_SHIM_DAMAGED;
		snprintf(cause, cause_size, "%s", e.what());
	} catch (std::bad_alloc const &) {
		result = PDF_SHIM_MEMORY;
	} catch (std::exception const &e) {
		result = PDF_SHIM_DAMAGED;
		snprintf(cause, cause_size, "%s", e.what());
	} catch (...) {
		result = PDF_SHIM_DAMAGED;
	}
	if (result != PDF_SHIM_OK) {
		free(out->entries);
		memset(out, 0, sizeof(*out));
	}
	return result;
}

extern "C" void
pdf_shim_on_no_memory(void (*end)(void))
{
	std::set_new_handler(end);
}
