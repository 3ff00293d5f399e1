#include "tests/corpora/corpora.h"

#include <openssl/pem.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/core/ossl.h"
#include "tests/corpora/run.h"

const char *
corpus_verdict_name(enum corpus_verdict verdict)
{
	static const char *const names[] = { "skipped", "valid", "invalid", "error" };

	return names[verdict];
}

void
corpus_say(struct corpus_finding *found, enum corpus_verdict verdict, const char *fmt, ...)
{
	va_list ap;

	found->verdict = verdict;
	va_start(ap, fmt);
	vsnprintf(found->words, sizeof(found->words), fmt, ap);
	va_end(ap);
}

const char *
corpus_column(const struct corpus_row *row, const char *name)
{
	size_t i;

	for (i = 0; i < row->columns; i++)
		if (strcmp(row->names[i], name) == 0)
			return row->values[i];
	return NULL;
}

const char *
corpus_setting(const struct corpus_row *row, const char *key, char *out, size_t size)
{
	const char *at = row->settings;
	size_t len = strlen(key);

	while (at != NULL && *at != '\0') {
		size_t part = strcspn(at, ";");

		if (part > len && strncmp(at, key, len) == 0 && at[len] == '=') {
			snprintf(out, size, "%.*s", (int)(part - len - 1), at + len + 1);
			return out;
		}
		at += part + (at[part] == ';');
	}
	return NULL;
}

int64_t
corpus_time(const struct corpus_row *row, const char *key)
{
	char text[64];
	int64_t seconds;

	if (corpus_setting(row, key, text, sizeof(text)) == NULL)
		return 0;
	if (strcmp(text, "now") == 0)
		return CORPUS_NOW;
	text[strcspn(text, " ")] = '\0';
	if (strlen(text) == sizeof("2020-11-01T00:00:00") - 1)
		strcat(text, "Z");
	return text_parse_time(text, &seconds) == 0 ? seconds : 0;
}

int
corpus_read(const struct corpus_row *row, const char *file, struct buf *out, struct error *err)
{
	struct span other;
	char path[2048];

	if (mutate_swapped(file, &other))
		return buf_append_span(out, other, err);
	snprintf(path, sizeof(path), "%s/%s", row->dir, file);
	return buf_read_file(out, path, err);
}

int
corpus_certificates(
    const struct corpus_row *row, const char *file, STACK_OF(X509) * out, struct error *err)
{
	struct buf bytes = BUF_INIT(0);
	const unsigned char *p;
	BIO *bio = NULL;
	X509 *cert;
	int before = sk_X509_num(out), rc = -1;

	if (corpus_read(row, file, &bytes, err) != 0)
		goto done;
	bio = BIO_new_mem_buf(bytes.data, (int)bytes.len);
	while ((cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL)
		sk_X509_push(out, cert);
	p = bytes.data;
	if (sk_X509_num(out) == before && (cert = d2i_X509(NULL, &p, (long)bytes.len)) != NULL)
		sk_X509_push(out, cert);
	error_openssl_kind(NULL, ERROR_NONE, "");
	rc = sk_X509_num(out) > before
		 ? 0
		 : error_set(err, ERROR_MALFORMED, "no certificate could be read from %s", file);
done:
	BIO_free(bio);
	buf_release(&bytes);
	return rc;
}

size_t
corpus_document_count(const struct corpus_row *row)
{
	const char *at = row->detached;
	size_t n = 0;

	while (at != NULL) {
		n++;
		at = strstr(at, " ; ");
		at = at != NULL ? at + 3 : NULL;
	}
	return n;
}

/* "SHA256:base64" parts joined by '+' behind "digest:"; '+' occurs in base64 too, so a part begins
 * only where a digest's name and a colon follow. */
static int
read_digests(const char *text, struct digest_values *values, struct error *err)
{
	struct buf value = BUF_INIT(0);
	int rc = -1;

	while (*text != '\0') {
		size_t name_len = strcspn(text, ":"), len;
		char name[32];
		const char *plus;
		enum digest d;

		snprintf(name, sizeof(name), "%.*s", (int)name_len, text);
		d = digest_by_name(name);
		if (d == DIGEST_NONE || text[name_len] != ':') {
			error_set(err, ERROR_UNSUPPORTED, "digest %s is not known", name);
			goto done;
		}
		text += name_len + 1;
		plus = strchr(text, ':');
		while (plus != NULL && plus > text && *plus != '+')
			plus--;
		len = plus != NULL && *plus == '+' ? (size_t)(plus - text) : strlen(text);
		value.len = 0;
		if (text_base64_decode(
			&value, (struct span){ (const unsigned char *)text, len }, err) != 0)
			goto done;
		if (value.len != digest_size(d)) {
			error_set(err, ERROR_MALFORMED, "a digest has the wrong length");
			goto done;
		}
		memcpy(values->value[d], value.data, value.len);
		values->have |= DIGEST_BIT(d);
		text += len + (text[len] == '+');
	}
	rc = 0;
done:
	buf_release(&value);
	return rc;
}

int
corpus_document_load(
    const struct corpus_row *row, size_t index, struct corpus_document *out, struct error *err)
{
	const char *at = row->detached, *end, *bar;
	char part[1024];

	memset(out, 0, sizeof(*out));
	while (at != NULL && index-- > 0) {
		at = strstr(at, " ; ");
		at = at != NULL ? at + 3 : NULL;
	}
	if (at == NULL)
		return error_set(err, ERROR_NOT_FOUND, "the row names no such document");
	end = strstr(at, " ; ");
	snprintf(
	    part, sizeof(part), "%.*s", (int)(end != NULL ? (size_t)(end - at) : strlen(at)), at);
	if (strncmp(part, "digest:", 7) == 0) {
		out->doc.digests = &out->digests;
		return read_digests(part + 7, &out->digests, err);
	}
	if (strncmp(part, "imprint:", 8) == 0 || strncmp(part, "generate:", 9) == 0)
		return error_set(err, ERROR_UNSUPPORTED, "the row's document is not a file");
	bar = strstr(part, "|name=");
	if (bar != NULL && strcmp(bar + 6, "(none)") != 0) {
		snprintf(out->name, sizeof(out->name), "%s", bar + 6);
		out->doc.name = out->name;
	}
	part[strcspn(part, "|")] = '\0';
	if (corpus_read(row, part, &out->bytes, err) != 0)
		return -1;
	out->doc.content = SPAN_OF(&out->bytes);
	out->doc.has_content = 1;
	return 0;
}

void
corpus_document_release(struct corpus_document *out)
{
	buf_release(&out->bytes);
}

void
corpus_fact(struct corpus_finding *found, const char *fmt, ...)
{
	size_t len = strlen(found->facts);
	va_list ap;

	if (len > 0)
		len += (size_t)snprintf(found->facts + len, sizeof(found->facts) - len, "; ");
	va_start(ap, fmt);
	if (len < sizeof(found->facts))
		vsnprintf(found->facts + len, sizeof(found->facts) - len, fmt, ap);
	va_end(ap);
}
