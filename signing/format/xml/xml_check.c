#include "signing/format/xml/xml_check.h"

#include "signing/format/xml/xml_dom.h"

int
xml_check(struct span bytes, const struct format_limits *limits, struct error *err)
{
	struct xml_doc x;

	if (xml_doc_parse(&x, bytes, limits, NULL, err) != 0)
		return -1;
	xml_doc_release(&x);
	return 0;
}
