/* What the report of a stored case says of how long it could be proven. */
#include <string.h>

#include "server/ops/cases/case.h"
#include "signing/report/recorded.h"

/* The report in XML, where it comes along; else empty. */
static struct span
report_of(const struct case_answer *from)
{
	const struct case_file *f = &from->row.file;
	size_t i;

	for (i = 0; i < f->use_count; i++)
		if (from->results[i] != NULL && strcmp(f->uses[i].role, "Report") == 0 &&
		    strcmp(f->uses[i].mime_type, "application/xml") == 0)
			return from->contents[i];
	return SPAN_NONE;
}

void
ops_case_provable(const struct case_answer *from, struct verify_lasting *all)
{
	const struct span report = report_of(from);
	const size_t count = from->row.file.signature_count;
	struct error unread = ERROR_INIT;

	memset(all, 0, count * sizeof(*all));
	/* One that cannot be read is handed over as it is, and nothing is told out of it. */
	if (report.len > 0 && recorded_provable(all, count, report, &unread) != 0)
		memset(all, 0, count * sizeof(*all));
}
