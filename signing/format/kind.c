#include "signing/format/kind.h"

#include <string.h>
#include <strings.h>

#include "signing/format/envelope/envelope.h"

/*
 * What a document is, by its first bytes. The kinds that show at the very beginning stand first: a
 * CMS signature may hold a PDF, and then "%PDF-" comes soon as well.
 */
static int
is_pdf(struct span s)
{
	return s.len > 5 && memcmp(s.data, "%PDF-", 5) == 0;
}

static int
is_pdf_behind_something(struct span s)
{
	return memmem(s.data, s.len < 1024 ? s.len : 1024, "%PDF-", 5) != NULL;
}

static int
is_zip(struct span s)
{
	return s.len > 4 && memcmp(s.data, "PK\3\4", 4) == 0;
}

static int
is_xml(struct span s)
{
	size_t i = s.len >= 3 && memcmp(s.data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	if (s.len >= 2 &&
	    (memcmp(s.data, "\xff\xfe", 2) == 0 || memcmp(s.data, "\xfe\xff", 2) == 0))
		return 1; /* UTF-16 */
	while (i < s.len && memchr(" \t\r\n", s.data[i], 4) != NULL)
		i++;
	return i < s.len && s.data[i] == '<';
}

/* A SEQUENCE too long for a length of one byte. */
static int
is_der(struct span s)
{
	return s.len > 2 && s.data[0] == 0x30 && s.data[1] >= 0x80;
}

static int
is_pem(struct span s)
{
	return memmem(s.data, s.len < 4096 ? s.len : 4096, "-----BEGIN ", 11) != NULL;
}

/* It begins with a header field, and early in it a field tells of PKCS#7. */
static int
is_mail(struct span s)
{
	static const char field[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	static const char word[] = "pkcs7-";
	size_t i = 0, end = s.len < 65536 ? s.len : 65536;

	while (i < end && s.data[i] != '\0' && strchr(field, s.data[i]) != NULL)
		i++;
	if (i == 0 || i == end || (s.data[i] != ':' && s.data[i] != ' '))
		return 0;
	for (; i + strlen(word) <= end; i++)
		if (strncasecmp((const char *)s.data + i, word, strlen(word)) == 0)
			return 1;
	return 0;
}

static const struct {
	int (*is)(struct span content);
	enum document_kind kind;
} signs[] = { { is_zip, KIND_ASIC }, { is_pdf, KIND_PDF }, { is_xml, KIND_XML },
	{ envelope_is, KIND_ENVELOPE }, { is_der, KIND_CMS }, { is_mail, KIND_SMIME },
	{ is_pdf_behind_something, KIND_PDF }, { is_pem, KIND_CMS } };

enum document_kind
document_kind_of(struct span content)
{
	size_t i;

	for (i = 0; content.len > 0 && i < sizeof(signs) / sizeof(signs[0]); i++)
		if (signs[i].is(content))
			return signs[i].kind;
	return KIND_UNKNOWN;
}
