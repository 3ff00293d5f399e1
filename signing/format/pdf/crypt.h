/*
 * signing/format/pdf/crypt.h: the standard security handler's encryption of new strings and
 * streams (ISO 32000-2 clause 7.6.3): RC4, AES-128 and AES-256 with the file's key. Decryption is
 * the library's.
 */
#ifndef SIGNET_FORMAT_PDF_CRYPT_H
#define SIGNET_FORMAT_PDF_CRYPT_H

#include "signing/format/pdf/doc.h"

/*
 * Append `plain` encrypted for object number/generation. PDF_CIPHER_NONE copies. A fresh IV stands
 * in front of what AES made. ERROR_INTERNAL when OpenSSL refuses.
 */
int pdf_encrypt(const struct pdf_shim *file, enum pdf_cipher cipher, uint32_t number,
    uint32_t generation, struct span plain, struct buf *out, struct error *err);

/*
 * Decrypt whole blocks of AES out of a string's middle: `chained` are the 16 bytes in front of
 * them. What pads the last block is still there. ERROR_INTERNAL when OpenSSL refuses.
 */
int pdf_decrypt_blocks(const struct pdf_shim *file, enum pdf_cipher cipher, uint32_t number,
    uint32_t generation, const unsigned char chained[16], struct span blocks, struct buf *out,
    struct error *err);

/* RC4 of at most 16 bytes of key, in place: OpenSSL's default provider has it no more. */
void pdf_rc4(const unsigned char *key, size_t key_len, unsigned char *data, size_t len);

#endif
