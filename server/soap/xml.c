#include "server/soap/xml.h"

#include <string.h>

size_t
xml_character(const unsigned char *p)
{
	size_t n = *p < 0x80 ? 1 : (*p & 0xe0) == 0xc0 ? 2 : (*p & 0xf0) == 0xe0 ? 3 : 4, i;

	if (n == 1)
		return *p >= 0x20 && *p != 0x7f ? 1 : *p == '\t' || *p == '\n' || *p == '\r';
	for (i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if (n == 3 && p[0] == 0xef && p[1] == 0xbf && p[2] >= 0xbe)
		return 0; /* U+FFFE, U+FFFF */
	return text_is_utf8((const char *)p, n) ? n : 0;
}

char *
xml_text(struct soap *soap, const char *s, size_t max)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t n, count = 0;
	char *out, *at;

	if (s == NULL)
		return NULL;
	n = strlen(s);
	out = at = soap_malloc(soap, n + 1);
	if (out == NULL)
		return NULL;
	for (; *p != '\0' && count < max; count++) {
		n = xml_character(p);
		if (n == 0) {
			*at++ = '?';
			p++;
			continue;
		}
		memcpy(at, p, n);
		at += n;
		p += n;
	}
	*at = '\0';
	return out;
}

char *
xml_name(struct soap *soap, const char *s)
{
	return xml_text(soap, s == NULL || *s == '\0' ? "-" : s, NAME_MAX_LENGTH);
}

char *
xml_name_or_none(struct soap *soap, const char *s)
{
	return s == NULL || *s == '\0' ? NULL : xml_text(soap, s, NAME_MAX_LENGTH);
}

char *
xml_text_or_none(struct soap *soap, const char *s)
{
	return s == NULL || *s == '\0' ? NULL : xml_text(soap, s, TEXT_MAX_LENGTH);
}

char *
xml_time(struct soap *soap, int64_t seconds)
{
	char text[TEXT_TIME_SIZE];

	return soap_strdup(soap, text_time(text, seconds));
}

struct xsd__base64Binary
xml_binary(struct span bytes)
{
	static unsigned char none[1];
	struct xsd__base64Binary b = { 0 };

	b.__ptr = bytes.len > 0 ? (unsigned char *)bytes.data : none;
	b.__size = (int)bytes.len;
	return b;
}

struct xsd__base64Binary
xml_binary_or_none(struct span bytes)
{
	return bytes.len > 0 ? xml_binary(bytes) : (struct xsd__base64Binary){ 0 };
}

struct sig__Result *
xml_result(struct soap *soap, const struct result *result)
{
	static const enum sig__ResultMajor majors[] = {
		[RESULT_SUCCESS] = sig__ResultMajor__Success,
		[RESULT_WARNING] = sig__ResultMajor__Warning,
		[RESULT_REQUESTER_ERROR] = sig__ResultMajor__RequesterError,
		[RESULT_RESPONDER_ERROR] = sig__ResultMajor__ResponderError,
		[RESULT_INSUFFICIENT_INFORMATION] = sig__ResultMajor__InsufficientInformation,
	};
	struct sig__Result *r = soap_malloc(soap, sizeof(*r));

	if (r == NULL)
		return NULL;
	soap_default_sig__Result(soap, r);
	r->major = majors[result->major];
	r->minor = (char *)result->minor;
	r->message = xml_text_or_none(soap, result->message);
	return r;
}
