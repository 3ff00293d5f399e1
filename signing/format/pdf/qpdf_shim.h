/*
 * signing/format/pdf/qpdf_shim.h: the two things that qpdf's C API lacks: the merged
 * cross-reference table and the key of an encrypted file. Written in C++ behind this header; no
 * exception leaves it.
 */
#ifndef SIGNET_FORMAT_PDF_QPDF_SHIM_H
#define SIGNET_FORMAT_PDF_QPDF_SHIM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum pdf_cipher { PDF_CIPHER_NONE, PDF_CIPHER_RC4, PDF_CIPHER_AES128, PDF_CIPHER_AES256 };

struct pdf_xref_entry {
	uint32_t number;
	uint32_t generation;
	uint32_t in_stream; /* number of the object stream that holds it, or 0 */
	uint32_t index;	    /* in that stream */
	uint64_t offset;    /* from the header's first byte, where in_stream is 0 */
};

struct pdf_shim {
	struct pdf_xref_entry *entries; /* ascending by number; free() it */
	size_t count;
	int encrypted;
	enum pdf_cipher strings, streams;
	int is_owner;	    /* the password that opened it is the owner's */
	uint32_t permitted; /* what others may do: P of ISO 32000-2 Table 22, bit 1 as 1 << 0 */
	unsigned char key[32];
	size_t key_len;
};

enum pdf_shim_result {
	PDF_SHIM_OK,
	PDF_SHIM_DAMAGED,
	PDF_SHIM_PASSWORD,
	PDF_SHIM_CIPHER,   /* a security handler that is not the standard one, an unknown cipher */
	PDF_SHIM_TOO_MANY, /* more than `max_entries` objects */
	PDF_SHIM_MEMORY
};

/*
 * Open strictly and read both; the bytes are not kept. On anything but OK `out` is empty and
 * `cause` says why, for the log.
 */
enum pdf_shim_result pdf_shim_read(const unsigned char *data, size_t len, const char *password,
    size_t max_entries, struct pdf_shim *out, char *cause, size_t cause_size);

/*
 * Call this, which does not return, when the library gets no memory: its C API takes that for a
 * damaged file. For a process that reads one document.
 */
void pdf_shim_on_no_memory(void (*end)(void));

#ifdef __cplusplus
}
#endif

#endif
