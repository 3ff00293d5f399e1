/*
 * The head of a request and the chunked coding behind it: no input does harm, and what is read does
 * not depend on the pieces in which it comes.
 */
#include <stdlib.h>
#include <string.h>

#include "server/http/chunk.h"
#include "server/http/head.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static ssize_t
find_end(const unsigned char *data, size_t size, size_t step)
{
	struct error err = ERROR_INIT;
	size_t scanned = 0, n = 0;
	ssize_t len = 0;
	int status = 0;

	while (len == 0 && n < size) {
		n = n + step < size ? n + step : size;
		len = http_head_end((const char *)data, n, &scanned, &status, &err);
	}
	return len;
}

/* A sum over the body, or 1 when it is broken. */
static unsigned int
decode(const unsigned char *data, size_t size, size_t step)
{
	struct chunk_reader reader = { 0 };
	struct error err = ERROR_INIT;
	struct span payload, raw;
	unsigned int sum = 0;
	size_t at = 0, end = 0, used, i;

	while (end < size && !reader.ended) {
		end = end + step < size ? end + step : size;
		do {
			raw = (struct span){ data + at, end - at };
			if (chunk_take(&reader, raw, &used, &payload, &err) != 0)
				return 1;
			for (i = 0; i < payload.len; i++)
				sum = sum * 31 + payload.data[i] + 2;
			at += used;
		} while (used > 0 && !reader.ended);
	}
	return sum;
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct error err = ERROR_INIT;
	struct http_head head;
	ssize_t len = find_end(data, size, size > 0 ? size : 1);
	char *text;
	int status = 0;

	if (find_end(data, size, 1) != len)
		abort();
	if (len <= 0)
		return 0;
	text = malloc((size_t)len);
	if (text == NULL)
		return 0;
	memcpy(text, data, (size_t)len);
	if (http_head_parse(&head, text, (size_t)len, &status, &err) == 0) {
		if (head.path == NULL || strlen(head.method) > HTTP_METHOD_MAX ||
		    (head.chunked && head.content_length >= 0))
			abort();
		if (decode(data + len, size - (size_t)len, 1) !=
		    decode(data + len, size - (size_t)len, 7))
			abort();
	} else if (status < 400) {
		abort();
	}
	free(text);
	return 0;
}
