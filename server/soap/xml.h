/* server/soap/xml.h: values as the answers of the contract hold them; private to server/soap. */
#ifndef SIGNET_SOAP_XML_H
#define SIGNET_SOAP_XML_H

#include "server/soap/call.h"

#define NAME_MAX_LENGTH	      200  /* sig:Name */
#define TEXT_MAX_LENGTH	      2000 /* sig:Text */
#define AUDIT_TEXT_MAX_LENGTH 4000 /* sig:AuditText; texts of administration are no longer */

/* Bytes of the character at p (of a NUL-terminated string) if XML 1.0 has it, else 0. */
size_t xml_character(const unsigned char *p);
/*
 * A copy of s that any XML parser takes: UTF-8, no control characters ('?' instead), at most max
 * characters. NULL for NULL. Never fails but for memory (NULL, soap->error).
 */
char *xml_text(struct soap *soap, const char *s, size_t max);
/* The same for an element that must be there: "-" for NULL and "". */
char *xml_name(struct soap *soap, const char *s);
/* NULL for NULL and "": elements that may be left out. */
char *xml_name_or_none(struct soap *soap, const char *s);
char *xml_text_or_none(struct soap *soap, const char *s);
char *xml_time(struct soap *soap, int64_t seconds);
/* A view; what is empty is left out where the element may be. */
struct xsd__base64Binary xml_binary(struct span bytes);
struct xsd__base64Binary xml_binary_or_none(struct span bytes);
struct sig__Result *xml_result(struct soap *soap, const struct result *result);

#endif
