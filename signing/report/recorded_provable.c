/* Of a stored report: until when each signature could be proven. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/report/recorded_parts.h"

static int
time_of(const xmlNode *node, const char *name, int64_t *to)
{
	const char *text = xml_attr(node, name);

	return text != NULL && text_parse_time(text, to) == 0;
}

static void
take(const xmlNode *report, struct verify_lasting *to)
{
	const xmlNode *node = xml_child(xml_child(report, VR, "OtherInformation"), SR, "Provable");
	char *text = xml_node_text(node);

	if (node != NULL) {
		to->known = 1;
		if (!time_of(node, "until", &to->until))
			to->until = CATALOGUE_OPEN;
		if (!time_of(node, "extendFrom", &to->extend_from))
			to->extend_from = 0;
		snprintf(to->text, sizeof(to->text), "%s", text != NULL ? text : "");
		xml_tidy(to->text);
	}
	free(text);
}

int
recorded_provable(struct verify_lasting *all, size_t count, struct span report, struct error *err)
{
	static const struct format_limits limits = FORMAT_LIMITS_DEFAULT;
	const xmlNode *node;
	struct xml_doc x;
	size_t i = 0;

	memset(all, 0, count * sizeof(*all));
	if (xml_doc_parse(&x, report, &limits, NULL, err) != 0)
		return -1;
	for (node = xml_first(xmlDocGetRootElement(x.doc));
	     i < count && xml_is(node, VR, "SignatureValidationReport"); node = xml_next(node))
		take(node, &all[i++]);
	xml_doc_release(&x);
	return 0;
}
