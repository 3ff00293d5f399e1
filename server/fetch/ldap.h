/* server/fetch/ldap.h: what libcurl makes of an LDAP answer. Inside of this folder. */
#ifndef SIGNET_FETCH_LDAP_H
#define SIGNET_FETCH_LDAP_H

#include "server/base/buf.h"

/*
 * Append the octets of every value in the text (LDIF-like: "\tname: value", "\tname:: base64"), one
 * behind the other. -1 with ERROR_MALFORMED for base64 that is none; *count tells how many.
 */
int ldap_values(struct buf *out, struct span text, size_t *count, struct error *err);

#endif
