#include "server/init/sample.h"

#include <string.h>

static const char page[] =
    "BT /F1 24 Tf 72 720 Td (Signet) Tj 0 -36 Td /F1 12 Tf\n"
    "(This page was made to be signed. Who changes a byte of it afterwards is found out.) Tj ET";

int
sample_pdf(struct buf *out, struct error *err)
{
	static const char *const objects[] = {
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
		" /Resources << /Font << /F1 5 0 R >> >> >>",
		NULL, /* the page's content */
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
	};
	size_t offsets[5], i, start;
	int rc = buf_append_str(out, "%PDF-1.7\n%\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f\n", err);

	for (i = 0; rc == 0 && i < 5; i++) {
		offsets[i] = out->len;
		rc = objects[i] != NULL
			 ? buf_printf(out, err, "%zu 0 obj\n%s\nendobj\n", i + 1, objects[i])
			 : buf_printf(out, err,
			       "%zu 0 obj\n<< /Length %zu >>\nstream\n%s\nendstream\nendobj\n",
			       i + 1, strlen(page), page);
	}
	start = out->len;
	if (rc == 0)
		rc = buf_append_str(out, "xref\n0 6\n0000000000 65535 f \n", err);
	for (i = 0; rc == 0 && i < 5; i++)
		rc = buf_printf(out, err, "%010zu 00000 n \n", offsets[i]);
	if (rc == 0)
		rc = buf_printf(out, err,
		    "trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%zu\n%%%%EOF\n", start);
	return rc;
}
