#include "signing/format/smime/entity.h"

#include <gmime/gmime.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;

/* ---- where things stand ---- */

/* Behind the empty line that ends the header. */
static size_t
body_at(struct span raw)
{
	size_t i = 0, n;
	const unsigned char *line;

	while (i < raw.len) {
		line = memchr(raw.data + i, '\n', raw.len - i);
		n = line != NULL ? (size_t)(line - raw.data) + 1 : raw.len;
		if (n - i == 1 || (n - i == 2 && raw.data[i] == '\r'))
			return line != NULL ? n : raw.len;
		i = n;
	}
	return raw.len;
}

/* 0 no boundary, 1 one, 2 the last. */
static int
is_boundary(struct span line, const char *boundary)
{
	size_t n = strlen(boundary), i = 2 + n;
	int last;

	if (line.len < i || line.data[0] != '-' || line.data[1] != '-' ||
	    memcmp(line.data + 2, boundary, n) != 0)
		return 0;
	last = line.len >= i + 2 && line.data[i] == '-' && line.data[i + 1] == '-';
	for (i += last ? 2 : 0; i < line.len; i++)
		if (strchr(" \t\r\n", line.data[i]) == NULL)
			return 0;
	return last ? 2 : 1;
}

/* From `start` to the line end before `line`. */
static struct span
part_between(struct span body, size_t start, size_t line)
{
	if (line > start && body.data[line - 1] == '\n')
		line--;
	if (line > start && body.data[line - 1] == '\r')
		line--;
	return (struct span){ body.data + start, line - start };
}

int
entity_split(const struct entity *e, struct span *parts, size_t most)
{
	const struct span body = e->body;
	size_t i = 0, next, start = 0;
	const unsigned char *end;
	int in_part = 0, count = 0, what;

	for (; i < body.len; i = next) {
		end = memchr(body.data + i, '\n', body.len - i);
		next = end != NULL ? (size_t)(end - body.data) + 1 : body.len;
		what = is_boundary((struct span){ body.data + i, next - i }, e->boundary);
		if (what == 0)
			continue;
		if (in_part) {
			if ((size_t)count < most)
				parts[count] = part_between(body, start, i);
			count++;
		}
		in_part = 1;
		start = next;
		if (what == 2)
			return count;
	}
	return -1;
}

int
entity_canonical(struct span text, struct buf *out, struct error *err)
{
	size_t i = 0, next;
	const unsigned char *end;

	for (; i < text.len; i = next + 1) {
		size_t len;

		end = memchr(text.data + i, '\n', text.len - i);
		next = end != NULL ? (size_t)(end - text.data) : text.len;
		len = next - i;
		if (end != NULL && len > 0 && text.data[next - 1] == '\r')
			len--;
		if (buf_append(out, text.data + i, len, err) != 0 ||
		    (end != NULL && buf_append(out, "\r\n", 2, err) != 0))
			return -1;
	}
	return 0;
}

/* Some files begin with a line of the envelope: mbox, or AS2 as it went over HTTP. */
static struct span
without_start_line(struct span raw)
{
	const unsigned char *end = memchr(raw.data, '\n', raw.len);
	size_t n = end != NULL ? (size_t)(end - raw.data) + 1 : 0;

	if (n > 5 &&
	    (memcmp(raw.data, "From ", 5) == 0 ||
		(memcmp(raw.data, "POST ", 5) == 0 && memmem(raw.data, n, " HTTP/1.", 8) != NULL)))
		return (struct span){ raw.data + n, raw.len - n };
	return raw;
}

/* ---- what GMime says ---- */

static GMimeStream *
stream_of(struct span s)
{
	return g_mime_stream_mem_new_with_buffer((const char *)s.data, s.len);
}

static int
count_fields(GMimeObject *object, const char *name)
{
	GMimeHeaderList *list = g_mime_object_get_header_list(object);
	int i, n = 0;

	for (i = 0; i < g_mime_header_list_get_count(list); i++)
		n += g_ascii_strcasecmp(
			 g_mime_header_get_name(g_mime_header_list_get_header_at(list, i)), name) ==
		     0;
	return n;
}

/* "pkcs7-mime" also as "x-pkcs7-mime". */
static int
is_type(GMimeContentType *type, const char *subtype)
{
	const char *is = g_mime_content_type_get_media_subtype(type);

	if (is == NULL || !g_mime_content_type_is_type(type, "application", "*"))
		return 0;
	return g_ascii_strcasecmp(is, subtype) == 0 ||
	       (g_ascii_strncasecmp(is, "x-", 2) == 0 && g_ascii_strcasecmp(is + 2, subtype) == 0);
}

static int
is_called_pkcs7(GMimeObject *object, GMimeContentType *type)
{
	const char *name = g_mime_content_type_get_parameter(type, "name");
	size_t n;

	if (name == NULL)
		name = g_mime_object_get_content_disposition_parameter(object, "filename");
	n = name != NULL ? strlen(name) : 0;
	return n > 4 && g_ascii_strcasecmp(name + n - 4, ".p7m") == 0 &&
	       is_type(type, "octet-stream");
}

static enum entity_kind
kind_of(GMimeObject *object, GMimeContentType *type)
{
	const char *protocol = g_mime_content_type_get_parameter(type, "protocol");

	if (g_mime_content_type_is_type(type, "multipart", "signed") && protocol != NULL &&
	    (g_ascii_strcasecmp(protocol, "application/pkcs7-signature") == 0 ||
		g_ascii_strcasecmp(protocol, "application/x-pkcs7-signature") == 0))
		return ENTITY_SIGNED;
	if (g_mime_content_type_is_type(type, "multipart", "*"))
		return ENTITY_MULTIPART;
	if (g_mime_content_type_is_type(type, "message", "rfc822"))
		return ENTITY_MESSAGE;
	if (is_type(type, "pkcs7-mime") || is_called_pkcs7(object, type))
		return ENTITY_PKCS7;
	return is_type(type, "pkcs7-signature") ? ENTITY_SIGNATURE : ENTITY_LEAF;
}

/* The addresses of a list, groups opened. */
static void
add_addresses(GString *text, InternetAddressList *list)
{
	int i;

	for (i = 0; list != NULL && i < internet_address_list_length(list); i++) {
		InternetAddress *a = internet_address_list_get_address(list, i);

		if (INTERNET_ADDRESS_IS_GROUP(a)) {
			add_addresses(text, INTERNET_ADDRESS_GROUP(a)->members);
			continue;
		}
		if (!INTERNET_ADDRESS_IS_MAILBOX(a))
			continue;
		g_string_append_printf(text, "%s%s", text->len > 0 ? "\n" : "",
		    internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(a)));
	}
}

static int
has_address_as_name(InternetAddressList *list)
{
	int i, found = 0;

	for (i = 0; list != NULL && i < internet_address_list_length(list); i++) {
		const char *name =
		    internet_address_get_name(internet_address_list_get_address(list, i));

		found |= name != NULL && strchr(name, '@') != NULL;
	}
	return found;
}

/* NULL for none and without memory. */
static char *
addresses(InternetAddressList *list)
{
	GString *text = g_string_new(NULL);
	char *copy = NULL;

	add_addresses(text, list);
	if (text->len > 0)
		copy = strdup(text->str);
	g_string_free(text, TRUE);
	return copy;
}

static int64_t
date_of(GMimeMessage *message)
{
	GDateTime *date = g_mime_message_get_date(message);

	return date != NULL ? g_date_time_to_unix(date) : 0;
}

static void
take_fields(struct entity *e, GMimeMessage *message, GMimeObject *part)
{
	static const char *const deciding[] = { "Content-Type", "Content-Transfer-Encoding",
		"MIME-Version" };
	GMimeContentType *type = g_mime_object_get_content_type(part);
	const char *encoding = g_mime_object_get_header(part, "Content-Transfer-Encoding");
	const char *boundary = g_mime_content_type_get_parameter(type, "boundary");
	size_t i;

	e->kind = kind_of(part, type);
	for (i = 0; i < sizeof(deciding) / sizeof(deciding[0]); i++)
		if (count_fields(part, deciding[i]) +
			count_fields(GMIME_OBJECT(message), deciding[i]) >
		    1)
			e->is_ambiguous = 1;
	e->is_binary = encoding != NULL && g_ascii_strncasecmp(encoding, "binary", 6) == 0;
	e->boundary = boundary != NULL && boundary[0] != '\0' ? strdup(boundary) : NULL;
	e->from = addresses(g_mime_message_get_from(message));
	e->sender = addresses(g_mime_message_get_sender(message));
	e->name_is_address = has_address_as_name(g_mime_message_get_from(message));
	e->from_count = count_fields(GMIME_OBJECT(message), "From");
	e->date = date_of(message);
	/* AS2 (RFC 4130) names its parties otherwise. */
	e->has_mail_fields = count_fields(GMIME_OBJECT(message), "AS2-From") == 0 &&
			     (e->from_count > 0 || e->sender != NULL ||
				 count_fields(GMIME_OBJECT(message), "Date") > 0 ||
				 count_fields(GMIME_OBJECT(message), "Subject") > 0);
	if ((e->kind == ENTITY_MULTIPART || e->kind == ENTITY_SIGNED) && e->boundary == NULL)
		e->kind = ENTITY_LEAF;
}

static GMimeMessage *
parse(struct span s)
{
	GMimeStream *stream = stream_of(s);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);

	g_object_unref(parser);
	g_object_unref(stream);
	return message;
}

int
entity_open(struct entity *e, struct span raw, struct error *err)
{
	GMimeMessage *message;
	size_t at;

	memset(e, 0, sizeof(*e));
	raw = without_start_line(raw);
	at = body_at(raw);
	pthread_once(&once, g_mime_init);
	e->raw = raw;
	e->body = (struct span){ raw.data + at, raw.len - at };
	/* The header alone tells what it is; what is inside is split by entity_split(). */
	message = parse((struct span){ raw.data, at });
	if (message == NULL || g_mime_message_get_mime_part(message) == NULL) {
		if (message != NULL)
			g_object_unref(message);
		return error_set(err, ERROR_MALFORMED, "a part of the mail has no readable header");
	}
	take_fields(e, message, g_mime_message_get_mime_part(message));
	g_object_unref(message);
	return 0;
}

void
entity_release(struct entity *e)
{
	free(e->boundary);
	free(e->from);
	free(e->sender);
	memset(e, 0, sizeof(*e));
}

int
entity_decode(const struct entity *e, struct buf *out, struct error *err)
{
	GMimeMessage *message = parse(e->raw);
	GMimeObject *part = message != NULL ? g_mime_message_get_mime_part(message) : NULL;
	GMimeDataWrapper *content =
	    part != NULL && GMIME_IS_PART(part) ? g_mime_part_get_content(GMIME_PART(part)) : NULL;
	GMimeStream *to = g_mime_stream_mem_new();
	GByteArray *bytes;
	int rc = -1;

	if (content == NULL || g_mime_data_wrapper_write_to_stream(content, to) < 0) {
		error_set(err, ERROR_MALFORMED, "a part of the mail cannot be decoded");
	} else {
		bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(to));
		rc = buf_append(out, bytes->data, bytes->len, err);
	}
	g_object_unref(to);
	if (message != NULL)
		g_object_unref(message);
	return rc;
}
