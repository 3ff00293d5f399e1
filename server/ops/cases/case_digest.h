/*
 * server/ops/cases/case_digest.h: what a stored case is known by in the audit log.
 *
 * digest = SHA-256( "signet case 1" NUL | fields ), each field as a length of 4 bytes and the
 * bytes; numbers are 8 bytes, most significant first, two's complement; ids are their 16 bytes;
 * times are microseconds since 1970, or no bytes where there is none. In this order: tenant, id,
 * stored, request, request id, user, caller, node, program, door, kind, indication, sub-indication,
 * reason code, reason, validation time, policy, catalogue, trust snapshot; the number of documents,
 * and of each: role, name, type, size, digests; the number of signatures, and of each: name, name
 * of the one that it counter-signs, format, level, algorithm, indication, sub-indication, reason,
 * subject, issuer, serial number, SHA-256 of the certificate, claimed time, best time; the number
 * of objects, and of each: role, name, type, SHA-256, size. So one changed byte anywhere, an
 * object's content included, gives another digest or another object. The encoding is fixed for
 * good; another would be "signet case 2".
 */
#ifndef SIGNET_SERVER_OPS_CASE_DIGEST_H
#define SIGNET_SERVER_OPS_CASE_DIGEST_H

#include "schema/store/case.h"

int case_digest(const struct uuid *tenant, const struct case_file *file,
    unsigned char out[CASE_DIGEST_SIZE], struct error *err);

#endif
