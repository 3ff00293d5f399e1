#include "tests/support/pdf_samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define OBJECTS_MAX 64

static const char content[] = "0 0 1 RG 72 72 200 100 re S";

static const char *const field_objects[] = {
	"<</Type /Annot /Subtype /Widget /FT /Sig /T (Approval) /Rect [100 100 300 200] /F 4 "
	"/P 3 0 R>>",
	NULL
};
const struct pdf_sample pdf_sample_field = { .catalog = "/AcroForm <</Fields [6 0 R]>>",
	.page = "/Annots [6 0 R]",
	.objects = field_objects };

/* ---- building ---- */

struct builder {
	const struct pdf_sample *sample;
	struct buf *out;
	struct error *err;
	struct buf text[OBJECTS_MAX]; /* of object i; of a stream the whole of it */
	int is_stream[OBJECTS_MAX];
	size_t offset[OBJECTS_MAX]; /* 0: in the object stream */
	int index[OBJECTS_MAX];	    /* there */
	int count;		    /* highest number + 1 */
	int container;		    /* number of the object stream, or 0 */
};

static void
add(struct builder *b, int number, int is_stream, const char *text)
{
	buf_append_str(&b->text[number], text, b->err);
	b->is_stream[number] = is_stream;
	if (number >= b->count)
		b->count = number + 1;
}

static void
add_objects(struct builder *b)
{
	const struct pdf_sample *s = b->sample;
	char text[600];
	int i;

	snprintf(text, sizeof(text), "<</Type /Catalog /Pages 2 0 R %s>>",
	    s->catalog != NULL ? s->catalog : "");
	add(b, 1, 0, text);
	add(b, 2, 0, "<</Type /Pages /Count 2 /Kids [3 0 R 4 0 R] /MediaBox [0 0 595 842]>>");
	snprintf(text, sizeof(text), "<</Type /Page /Parent 2 0 R /Contents 5 0 R %s>>",
	    s->page != NULL ? s->page : "");
	add(b, 3, 0, text);
	add(b, 4, 0, "<</Type /Page /Parent 2 0 R /Contents 5 0 R>>");
	snprintf(
	    text, sizeof(text), "<</Length %zu>>\nstream\n%s\nendstream", strlen(content), content);
	add(b, 5, 1, text);
	for (i = 0; s->objects != NULL && s->objects[i] != NULL; i++)
		add(b, SAMPLE_FIRST_OBJECT + i, 0, s->objects[i]);
}

static int
is_packed(const struct builder *b, int number)
{
	if (b->is_stream[number] || b->text[number].len == 0)
		return 0;
	return b->sample->xref == SAMPLE_OBJECT_STREAMS ||
	       (b->sample->xref == SAMPLE_HYBRID && number >= SAMPLE_FIRST_OBJECT);
}

/* Put the packed objects into a stream object of their own. */
static void
pack(struct builder *b)
{
	struct buf head = BUF_INIT(0), body = BUF_INIT(0);
	int i, n = 0, last = b->count;

	for (i = 1; i < last; i++) {
		if (!is_packed(b, i))
			continue;
		buf_printf(&head, b->err, "%d %zu ", i, body.len);
		buf_append_span(&body, SPAN_OF(&b->text[i]), b->err);
		buf_append_str(&body, "\n", b->err);
		b->index[i] = n++;
	}
	b->container = last;
	buf_printf(&b->text[last], b->err,
	    "<</Type /ObjStm /N %d /First %zu /Length %zu>>\nstream\n", n, head.len,
	    head.len + body.len);
	buf_append_span(&b->text[last], SPAN_OF(&head), b->err);
	buf_append_span(&b->text[last], SPAN_OF(&body), b->err);
	buf_append_str(&b->text[last], "\nendstream", b->err);
	b->is_stream[last] = 1;
	b->count = last + 1;
	buf_release(&head);
	buf_release(&body);
}

static void
write_objects(struct builder *b)
{
	int i;

	buf_append_str(b->out, "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", b->err);
	for (i = 1; i < b->count; i++) {
		if (b->text[i].len == 0 || (b->container != 0 && is_packed(b, i)))
			continue;
		b->offset[i] = b->out->len;
		buf_printf(b->out, b->err, "%d 0 obj\n", i);
		buf_append_span(b->out, SPAN_OF(&b->text[i]), b->err);
		buf_append_str(b->out, "\nendobj\n", b->err);
	}
}

/* The rows of a cross-reference stream for [from, to). */
static void
write_rows(struct builder *b, struct buf *rows, int from, int to)
{
	int i;

	for (i = from; i < to; i++) {
		int packed = i > 0 && b->container != 0 && is_packed(b, i);
		size_t field = packed ? (size_t)b->container : b->offset[i];
		unsigned char row[7] = { packed ? 2 : b->offset[i] != 0,
			(unsigned char)(field >> 24), (unsigned char)(field >> 16),
			(unsigned char)(field >> 8), (unsigned char)field, 0,
			packed ? (unsigned char)b->index[i] : 0 };

		buf_append(rows, row, sizeof(row), b->err);
	}
}

/* A cross-reference stream as object b->count for [from, to); with all keys of a trailer. */
static size_t
write_xref_stream(struct builder *b, int from, int to, const char *keys)
{
	struct buf rows = BUF_INIT(0);
	size_t start = b->out->len;

	b->offset[b->count] = start;
	write_rows(b, &rows, from, to);
	buf_printf(b->out, b->err,
	    "%d 0 obj\n<</Type /XRef /W [1 4 2] /Index [%d %d] /Size %d /Length %zu %s>>\nstream\n",
	    b->count, from, to - from, b->count + 1, rows.len, keys);
	buf_append_span(b->out, SPAN_OF(&rows), b->err);
	buf_append_str(b->out, "\nendstream\nendobj\n", b->err);
	buf_release(&rows);
	return start;
}

static size_t
write_table(struct builder *b, const char *keys)
{
	size_t hidden = 0, start;
	int i, size = b->count;

	if (b->sample->xref == SAMPLE_HYBRID) {
		hidden = write_xref_stream(b, SAMPLE_FIRST_OBJECT, b->count - 1, "");
		size = b->count + 1;
	}
	start = b->out->len;
	buf_printf(b->out, b->err, "xref\n0 %d\n0000000000 65535 f\r\n", size);
	for (i = 1; i < size; i++)
		if (b->offset[i] != 0)
			buf_printf(b->out, b->err, "%010zu 00000 n\r\n", b->offset[i]);
		else
			buf_append_str(b->out, "0000000000 00000 f\r\n", b->err);
	buf_printf(b->out, b->err, "trailer\n<</Size %d %s", size, keys);
	if (hidden != 0)
		buf_printf(b->out, b->err, " /XRefStm %zu", hidden);
	buf_append_str(b->out, ">>\n", b->err);
	return start;
}

int
pdf_sample_make(struct buf *out, const struct pdf_sample *sample, struct error *err)
{
	struct builder b = { .sample = sample, .out = out, .err = err };
	char keys[300];
	size_t start;
	int i;

	add_objects(&b);
	if (sample->xref == SAMPLE_OBJECT_STREAMS || sample->xref == SAMPLE_HYBRID)
		pack(&b);
	write_objects(&b);
	snprintf(
	    keys, sizeof(keys), "/Root 1 0 R %s", sample->trailer != NULL ? sample->trailer : "");
	start = sample->xref == SAMPLE_TABLE || sample->xref == SAMPLE_HYBRID
		    ? write_table(&b, keys)
		    : write_xref_stream(&b, 0, b.count + 1, keys);
	buf_printf(out, err, "startxref\n%zu\n%%%%EOF\n", start);
	for (i = 0; i < OBJECTS_MAX; i++)
		buf_release(&b.text[i]);
	return err->kind == ERROR_NONE ? 0 : -1;
}

/* ---- other people's programs ---- */

/* Run "command IN [OUT]" in a directory of its own; what it prints, or what it writes, to `out`. */
static int
run(struct buf *out, struct span in, const char *command, int makes_file)
{
	char dir[] = "/tmp/signet-pdf-XXXXXX", line[1200], path[64], result[64];
	struct error err = ERROR_INIT;
	int status = -1;
	FILE *f;

	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/in.pdf", dir);
	snprintf(result, sizeof(result), "%s/out", dir);
	f = fopen(path, "wb");
	if (f != NULL && fwrite(in.data, 1, in.len, f) == in.len && fclose(f) == 0) {
		snprintf(line, sizeof(line),
		    makes_file ? "%s %s %s >/dev/null 2>&1" : "%s %s >%s 2>&1", command, path,
		    result);
		status = system(line);
		status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		if (out != NULL && access(result, R_OK) == 0 &&
		    buf_read_file(out, result, &err) != 0)
			status = -1;
	}
	unlink(path);
	unlink(result);
	rmdir(dir);
	return status;
}

int
pdf_sample_qpdf(struct buf *out, struct span in, const char *arguments, struct error *err)
{
	char command[1000];
	int status;

	snprintf(command, sizeof(command), "qpdf --allow-weak-crypto %s", arguments);
	status = run(out, in, command, 1);
	if (status != 0 && status != 3)
		return error_set(err, ERROR_UNAVAILABLE, "qpdf %s: %d", arguments, status);
	return 0;
}

int
pdf_sample_judge(struct buf *out, struct span pdf, const char *command)
{
	return run(out, pdf, command, 0);
}

size_t
pdf_sample_find(struct span bytes, const char *what, size_t from)
{
	const unsigned char *at = NULL;

	if (from < bytes.len)
		at = memmem(bytes.data + from, bytes.len - from, what, strlen(what));
	return at != NULL ? (size_t)(at - bytes.data) : bytes.len;
}

void
pdf_sample_bomb(struct buf *out, size_t size)
{
	static const char objects[] = "1 0 2 30 <</Type/Catalog/Pages 2 0 R>> "
				      "<</Type/Pages/Kids[]/Count 0>>";
	const size_t first = strlen("1 0 2 30 ");
	struct error err = ERROR_INIT;
	struct buf plain = BUF_INIT(size + 1);
	uLongf len = compressBound(size);
	size_t stream, table;

	if (buf_reserve(&plain, size, &err) == NULL)
		abort();
	memset(plain.data, ' ', size);
	memcpy(plain.data, objects, strlen(objects));
	buf_append_str(out, "%PDF-1.5\n", &err);
	stream = out->len;
	if (buf_reserve(out, len + 200, &err) == NULL)
		abort();
	out->len += 200; /* the head comes when the length is known */
	if (compress2(out->data + out->len, &len, plain.data, size, Z_BEST_COMPRESSION) != Z_OK)
		abort();
	memset(out->data + stream, ' ', 200);
	snprintf((char *)out->data + stream, 200,
	    "4 0 obj<</Type/ObjStm/N 2/First %zu/Filter/FlateDecode/Length %lu   >>", first,
	    (unsigned long)len);
	out->data[stream + strlen((char *)out->data + stream)] = ' ';
	memcpy(out->data + stream + 193, "stream\n", 7);
	out->len += len;
	buf_append_str(out, "\nendstream endobj\n", &err);
	table = out->len;
	buf_printf(out, &err,
	    "5 0 obj<</Type/XRef/Size 6/W[1 4 1]/Root 1 0 R/Filter/ASCIIHexDecode/Length 73>>"
	    "stream\n0000000000FF020000000400020000000401000000000000"
	    "01%08zX0001%08zX00>\nendstream endobj\nstartxref\n%zu\n%%%%EOF\n",
	    stream, table, table);
	buf_release(&plain);
}

/* ---- updates ---- */

/* The number behind the last "startxref". */
static unsigned long
last_section(struct span pdf)
{
	size_t at, last = 0;

	for (at = 0; (at = pdf_sample_find(pdf, "startxref", at)) < pdf.len; at++)
		last = at;
	return strtoul((const char *)pdf.data + last + strlen("startxref"), NULL, 10);
}

int
pdf_sample_update(struct buf *pdf, const struct pdf_sample_object *objects, const char *trailer,
    struct error *err)
{
	const struct pdf_sample_object *o;
	struct buf table = BUF_INIT(0);
	unsigned long prev = last_section(SPAN_OF(pdf));
	int rc = -1;

	for (o = objects; o->number != 0; o++) {
		int generation = o->text != NULL ? o->generation : o->generation + 1;

		if (buf_printf(&table, err, "%d 1\n%010zu %05d %c \n", o->number,
			o->text != NULL ? pdf->len : 0, generation,
			o->text != NULL ? 'n' : 'f') != 0)
			goto done;
		if (o->text != NULL && buf_printf(pdf, err, "%d %d obj\n%s\nendobj\n", o->number,
					   o->generation, o->text) != 0)
			goto done;
	}
	if (trailer == NULL)
		trailer = "";
	rc = buf_append_str(&table, "", err);
	if (rc == 0) {
		size_t here = pdf->len;

		rc = buf_append_str(pdf, "xref\n", err) != 0 ||
			     buf_append_span(pdf, SPAN_OF(&table), err) != 0 ||
			     buf_printf(pdf, err,
				 "trailer\n<</Size 200 %s %s /Prev %lu>>\nstartxref\n%zu\n"
				 "%%%%EOF\n",
				 strncmp(trailer, "/Root", 5) == 0 ? "" : "/Root 1 0 R", trailer,
				 prev, here) != 0
			 ? -1
			 : 0;
	}
done:
	buf_release(&table);
	return rc;
}
