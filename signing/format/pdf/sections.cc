#include "signing/format/pdf/sections.h"

#include <cctype>
#include <cstring>
#include <memory>
#include <set>
#include <vector>

#define POINTERHOLDER_TRANSITION 4
#include <qpdf/Buffer.hh>
#include <qpdf/BufferInputSource.hh>
#include <qpdf/QPDF.hh>
#include <qpdf/QPDFObjectHandle.hh>
#include <qpdf/QPDFTokenizer.hh>

/* More sections than any limit on revisions allows. */
#define SECTIONS_MAX 10000

namespace
{

struct file {
	const unsigned char *data;
	size_t len;
	Buffer buffer;
	std::shared_ptr<InputSource> source;
	QPDF context; /* in which references lead nowhere */

	file(const unsigned char *data, size_t len)
	    : data(data), len(len), buffer((unsigned char *)data, len),
	      source(new BufferInputSource("document", &buffer, false))
	{
		context.setSuppressWarnings(true);
		context.emptyPDF();
	}
};

size_t
skip_space(const file &f, size_t at)
{
	while (at < f.len && (f.data[at] == 0 || isspace(f.data[at])))
		at++;
	return at;
}

size_t
skip_digits(const file &f, size_t at)
{
	while (at < f.len && isdigit(f.data[at]))
		at++;
	return at;
}

bool
word_stands(const file &f, size_t at, const char *word)
{
	size_t n = strlen(word);

	return at < f.len && f.len - at >= n && memcmp(f.data + at, word, n) == 0;
}

/* Where the dictionary of the section begins: behind "N G obj", or behind the table's "trailer". */
size_t
find_dictionary(const file &f, size_t at)
{
	const void *trailer;

	at = skip_space(f, at);
	if (word_stands(f, at, "xref")) {
		trailer = memmem(f.data + at, f.len - at, "trailer", 7);
		return trailer != nullptr ? (size_t)((const unsigned char *)trailer - f.data) + 7
					  : f.len;
	}
	at = skip_space(f, skip_digits(f, at));
	at = skip_space(f, skip_digits(f, at));
	return word_stands(f, at, "obj") ? at + 3 : f.len;
}

uint64_t
positive(QPDFObjectHandle value)
{
	return value.isInteger() && value.getIntValue() > 0 ? (uint64_t)value.getIntValue() : 0;
}

/* Saturates well above any limit. */
uint64_t
entries_of(QPDFObjectHandle dict)
{
	QPDFObjectHandle index = dict.getKey("/Index");
	uint64_t sum = 0, n;
	int i;

	if (!index.isArray())
		return positive(dict.getKey("/Size"));
	for (i = 1; i < index.getArrayNItems(); i += 2) {
		n = positive(index.getArrayItem(i));
		sum += n < UINT32_MAX ? n : UINT32_MAX;
	}
	return sum;
}

QPDFObjectHandle
read_dictionary(file &f, size_t at)
{
	QPDFTokenizer tokenizer;
	bool empty = false;

	f.source->seek((qpdf_offset_t)at, SEEK_SET);
	return QPDFObjectHandle::parse(f.source, "section", tokenizer, empty, nullptr, &f.context);
}

uint64_t
count(file &f, uint64_t startxref, uint64_t enough)
{
	std::vector<uint64_t> open = { startxref };
	std::set<uint64_t> seen;
	uint64_t sum = 0;
	size_t at;

	while (!open.empty() && sum <= enough && seen.size() < SECTIONS_MAX) {
		uint64_t section = open.back();

		open.pop_back();
		if (section >= f.len || !seen.insert(section).second)
			continue;
		at = find_dictionary(f, (size_t)section);
		if (at >= f.len)
			continue;
		QPDFObjectHandle dict = read_dictionary(f, at);
		if (!dict.isDictionary())
			continue;
		if (dict.hasKey("/W"))
			sum += entries_of(dict);
		for (const char *key : { "/Prev", "/XRefStm" })
			if (positive(dict.getKey(key)) > 0)
				open.push_back(positive(dict.getKey(key)));
	}
	return sum;
}

} // namespace

extern "C" uint64_t
pdf_sections_declare(const unsigned char *data, size_t len, uint64_t startxref, uint64_t enough)
{
	try {
		file f(data, len);

		return count(f, startxref, enough);
	} catch (...) { /* what cannot be read here will be refused by the library, in its words */
		return 0;
	}
}
