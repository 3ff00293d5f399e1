/* What later revisions change: each change that is permitted has a twin that is not. */
#include "signing/format/pdf/changes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signing/format/pdf/pdf_read.h"
#include "signing/format/pdf/pdf_sign.h"
#include "signing/format/pdf/pdf_timestamp.h"
#include "tests/support/pdf_samples.h"
#include "tests/support/pki.h"
#include "tests/support/suite.h"
#include "tests/support/tsa.h"

static const struct sign_options level_b = { .signing_time = PKI_NOW, .claim_time = 1 };
static const struct test_tsa tsa = { .id = PKI_TSA, .time = PKI_NOW - 60 };

/* ---- the document ---- */

#define AP(text)                                                                                   \
	"<</Type /XObject /Subtype /Form /BBox [0 0 100 20] /Length 20>>\nstream\n" text           \
	"\nendstream"
#define XMP(text) "<</Type /Metadata /Subtype /XML /Length 20>>\nstream\n" text "\nendstream"

#define CATALOG(more) "<</Type /Catalog /Pages 2 0 R " more ">>"
#define CATALOG_KEYS                                                                               \
	"/AcroForm 6 0 R /Metadata 14 0 R /Outlines 15 0 R /Extensions <</ESIC <</BaseVersion "    \
	"/1.7 /ExtensionLevel 1>>>> /Names <</Dests 17 0 R>> /Shared 20 0 R /StructTreeRoot 22 0 " \
	"R"
#define PAGE(annots, more)                                                                         \
	"<</Type /Page /Parent 2 0 R /Contents 5 0 R /Annots [" annots "] " more ">>"
#define FORM(fields, more) "<</Fields [" fields "] /SigFlags 3 " more ">>"
#define FORM_KEYS	   "/DA (/Helv 0 Tf 0 g) /DR <</Font <</Helv 12 0 R>>>>"
#define TEXT(name, more)                                                                           \
	"<</Type /Annot /Subtype /Widget /FT /Tx /T (" name                                        \
	") /Rect [10 10 110 30] /P 3 0 R " more ">>"
#define EMPTY_SIG(name, rect, more)                                                                \
	"<</Type /Annot /Subtype /Widget /FT /Sig /T (" name ") /Rect [" rect                      \
	"] /F 132 /P 3 0 R " more ">>"
#define NOTE(text, more)                                                                           \
	"<</Type /Annot /Subtype /Text /Rect [200 200 220 220] /P 3 0 R /Contents (" text          \
	") " more ">>"
#define ELEMENT(kids) "<</Type /StructElem /S /Document /P 22 0 R /K [" kids "]>>"
#define FIELDS	      "7 0 R 8 0 R 9 0 R 10 0 R"
#define ANNOTS	      "7 0 R 8 0 R 9 0 R 11 0 R"

static const char *const objects[] = {
	FORM(FIELDS, FORM_KEYS),				   /* 6 */
	TEXT("Name", "/V (old) /AP <</N 13 0 R>>"),		   /* 7 */
	TEXT("Amount", "/V (1) /AP 19 0 R"),			   /* 8 */
	EMPTY_SIG("Approval", "300 300 400 350", ""),		   /* 9 */
	EMPTY_SIG("Later", "0 0 0 0", ""),			   /* 10 */
	NOTE("hello", "/AP <</N 18 0 R>>"),			   /* 11 */
	"<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>",	   /* 12 */
	AP("(old) Tj 12345678901"),				   /* 13 */
	XMP("<x>old metadata </x>"),				   /* 14 */
	"<</Type /Outlines /First 16 0 R /Last 16 0 R /Count 1>>", /* 15 */
	"<</Title (One) /Parent 15 0 R /Dest [3 0 R /Fit]>>",	   /* 16 */
	"<</Names [(one) [3 0 R /Fit]]>>",			   /* 17 */
	AP("q Q 9012345678901234"),				   /* 18 */
	"<</N 20 0 R>>",					   /* 19 */
	AP("(1) Tj 1234567890123"),				   /* 20: in /Shared as well */
	"<</Note (nothing leads here)>>",			   /* 21 */
	"<</Type /StructTreeRoot /K 23 0 R /ParentTree 24 0 R>>",  /* 22 */
	ELEMENT("<</Type /OBJR /Obj 11 0 R>>"),			   /* 23 */
	"<</Nums [0 23 0 R]>>",					   /* 24 */
	NULL,
};
#define SIGNATURE "25 0 R" /* the value of "Later" */

static struct buf pages;	/* unsigned */
static struct buf certified[4]; /* signed in "Later"; the index is P, 0: no certification */

static int
sign_with(struct buf *out, const struct buf *in, const struct pdf_sign_options *pdf)
{
	struct error err = ERROR_INIT;
	int rc = pdf_sign(out, SPAN_OF(in), pki_key(PKI_P256), &level_b, pdf, &err);

	if (rc != 0)
		fprintf(stderr, "%s [%s]\n", err.text, err.cause);
	return rc;
}

static int
setup(void)
{
	const struct pdf_sample sample = {
		.catalog = CATALOG_KEYS, .page = "/Annots [" ANNOTS "]", .objects = objects
	};
	struct pdf_sign_options pdf = { .field_name = "Later" };
	struct error err = ERROR_INIT;

	if (pdf_sample_make(&pages, &sample, &err) != 0)
		return 1;
	for (pdf.certification = 0; pdf.certification <= 3; pdf.certification++)
		if (sign_with(&certified[pdf.certification], &pages, &pdf) != 0)
			return 1;
	return 0;
}

static struct signatures list; /* of the last read_field() */

static int
teardown(void)
{
	int p;

	signatures_release(&list);
	for (p = 0; p <= 3; p++)
		buf_release(&certified[p]);
	buf_release(&pages);
	return 0;
}

/* ---- what is found ---- */

static const struct signature *
read_field(const struct buf *pdf, const char *field)
{
	struct error err = ERROR_INIT;
	size_t i;

	signatures_release(&list);
	ASSERT_OK(pdf_read(&list, SPAN_OF(pdf), NULL, &err), &err);
	for (i = 0; i < list.count; i++)
		if (strcmp(list.items[i].id, field) == 0)
			return &list.items[i];
	CU_FAIL_FATAL("the signature is gone");
	return NULL;
}

static int
tells(const struct signature *sig, const char *words)
{
	size_t i;

	for (i = 0; i < sig->change_count; i++)
		if (strstr(sig->changes[i].text, words) != NULL)
			return 1;
	return 0;
}

static void
print_changes(const char *what, const struct signature *sig)
{
	size_t i;

	fprintf(stderr, "\n%s: class %d, permitted %d, failure %s\n", what, sig->change_class,
	    sig->changes_permitted, sig->failure_text);
	for (i = 0; i < sig->change_count; i++)
		fprintf(stderr, "  %d %s\n", sig->changes[i].class, sig->changes[i].text);
}

#define ANYONE	(1 << 0 | 1 << 1 | 1 << 2 | 1 << 3)
#define NOT_P1	(1 << 0 | 1 << 2 | 1 << 3)
#define NO_FORM (1 << 0 | 1 << 3)
#define NOBODY	0

struct change_case {
	const char *what;
	struct pdf_sample_object objects[6];
	const char *trailer;
	enum change_class class;
	int by; /* bits of P by which it is permitted */
	const char *says;
};

/* Under each P: the class, and whether it is permitted. */
static void
check_case(const struct change_case *c)
{
	int p;

	for (p = 0; p <= 3; p++) {
		struct buf pdf = BUF_INIT(0);
		struct error err = ERROR_INIT;
		const struct signature *sig;
		int right;

		/* The /Perms of a certification are not in the catalogs that are written here. */
		if (p > 0 && (c->objects[0].number == 1 || c->trailer != NULL))
			break;
		ASSERT_OK(buf_append_span(&pdf, SPAN_OF(&certified[p]), &err), &err);
		ASSERT_OK(pdf_sample_update(&pdf, c->objects, c->trailer, &err), &err);
		sig = read_field(&pdf, "Later");
		right = sig->value_intact && sig->references_intact && sig->failure == SUB_NONE &&
			sig->change_class == c->class &&
			sig->changes_permitted == ((c->by >> p) & 1) &&
			(c->says == NULL || tells(sig, c->says));
		CU_ASSERT(right);
		if (!right) {
			fprintf(stderr, "P %d, ", p);
			print_changes(c->what, sig);
		}
		buf_release(&pdf);
	}
}

static void
check_cases(const struct change_case *c, size_t count)
{
	for (; count > 0; count--, c++)
		check_case(c);
}
#define CHECK_CASES(cases) check_cases(cases, sizeof(cases) / sizeof((cases)[0]))

/* ---- pages, content, catalog ---- */

static void
an_identical_copy_is_no_change_and_a_different_one_is(void)
{
	static const struct change_case cases[] = {
		{ "a page again", { { 3, PAGE(ANNOTS, ""), 0 } }, NULL, CHANGE_NONE, ANYONE, NULL },
		{ "a new object", { { 30, "(free)", 0 } }, NULL, CHANGE_NONE, ANYONE, NULL },
		{ "a page turned", { { 3, PAGE(ANNOTS, "/Rotate 180"), 0 } }, NULL, CHANGE_OTHER,
		    NOBODY, "object 3, page 1: it was turned" },
		{ "other content", { { 5, "<</Length 4>>\nstream\nq Q \nendstream", 0 } }, NULL,
		    CHANGE_OTHER, NOBODY, "object 5, page 1: its content was replaced" },
		{ "content elsewhere",
		    { { 3, "<</Type /Page /Parent 2 0 R /Contents 30 0 R /Annots [" ANNOTS "]>>",
			  0 },
			{ 30, "<</Length 4>>\nstream\nq Q \nendstream", 0 } },
		    NULL, CHANGE_OTHER, NOBODY, "page 1" },
		{ "a stream is a dictionary now", { { 5, "<</Length 44>>", 0 } }, NULL,
		    CHANGE_OTHER, NOBODY, NULL },
		{ "a page removed",
		    { { 2, "<</Type /Pages /Count 1 /Kids [3 0 R] /MediaBox [0 0 595 842]>>", 0 } },
		    NULL, CHANGE_OTHER, NOBODY, "page tree" },
		{ "pages exchanged",
		    { { 2, "<</Type /Pages /Count 2 /Kids [4 0 R 3 0 R] /MediaBox [0 0 595 842]>>",
			0 } },
		    NULL, CHANGE_OTHER, NOBODY, "page tree" },
		{ "an inherited size",
		    { { 2, "<</Type /Pages /Count 2 /Kids [3 0 R 4 0 R] /MediaBox [0 0 595 84]>>",
			0 } },
		    NULL, CHANGE_OTHER, NOBODY, "page tree" },
		{ "the maker's mark",
		    { { 2,
			"<</Type /Pages /Count 2 /Kids [3 0 R 4 0 R] /MediaBox [0 0 595 842] "
			"/ITXT (2.1.7)>>",
			0 } },
		    NULL, CHANGE_LTA, ANYONE, "the page tree (/ITXT)" },
		{ "a mark that is more than a string",
		    { { 2,
			"<</Type /Pages /Count 2 /Kids [3 0 R 4 0 R] /MediaBox [0 0 595 842] "
			"/ITXT [(2.1.7)]>>",
			0 } },
		    NULL, CHANGE_OTHER, NOBODY, "page tree" },
		{ "a size that is a string",
		    { { 2,
			"<</Type /Pages /Count 2 /Kids [3 0 R 4 0 R] /MediaBox [0 0 595 842] "
			"/CropBox (2.1.7)>>",
			0 } },
		    NULL, CHANGE_OTHER, NOBODY, "page tree" },
		{ "a mark on a page", { { 3, PAGE(ANNOTS, "/ITXT (2.1.7)"), 0 } }, NULL,
		    CHANGE_OTHER, NOBODY, "page 1" },
	};

	CHECK_CASES(cases);
}

static void
deleted_and_reused_numbers_are_refused(void)
{
	static const struct change_case cases[] = {
		{ "unused, deleted", { { 21, NULL, 0 } }, NULL, CHANGE_OTHER, NOBODY,
		    "object 21: it was deleted" },
		{ "unused, again", { { 21, "<</Note (nothing leads here)>>", 0 } }, NULL,
		    CHANGE_NONE, ANYONE, NULL },
		{ "unused, replaced", { { 21, "<</Note (something else)>>", 0 } }, NULL,
		    CHANGE_OTHER, NOBODY, "object 21: it was replaced" },
		{ "used, deleted", { { 11, NULL, 0 } }, NULL, CHANGE_OTHER, NOBODY, "object 11" },
		{ "another generation", { { 21, "<</Note (second)>>", 1 } }, NULL, CHANGE_OTHER,
		    NOBODY, "object 21" },
	};

	CHECK_CASES(cases);
}

static void
of_the_catalog_only_what_shows_nothing_may_change(void)
{
	static const struct change_case cases[] = {
		{ "the same", { { 1, CATALOG(CATALOG_KEYS), 0 } }, NULL, CHANGE_NONE, ANYONE,
		    NULL },
		{ "a version", { { 1, CATALOG(CATALOG_KEYS " /Version /2.0"), 0 } }, NULL,
		    CHANGE_LTA, ANYONE, "/Version" },
		{ "no version", { { 1, CATALOG(CATALOG_KEYS " /Version (2.0)"), 0 } }, NULL,
		    CHANGE_OTHER, NOBODY, "/Version" },
		{ "an action",
		    { { 1, CATALOG(CATALOG_KEYS " /OpenAction 30 0 R"), 0 },
			{ 30, "<</S /JavaScript /JS (app.alert\\(1\\))>>", 0 } },
		    NULL, CHANGE_OTHER, NOBODY, "opening" },
		{ "an outline", { { 16, "<</Title (Two) /Parent 15 0 R /Dest [3 0 R /Fit]>>", 0 } },
		    NULL, CHANGE_OTHER, NOBODY, "object 16: the outlines were changed" },
		{ "a destination", { { 17, "<</Names [(one) [4 0 R /Fit]]>>", 0 } }, NULL,
		    CHANGE_OTHER, NOBODY, "names" },
		{ "metadata", { { 14, XMP("<x>new metadata </x>"), 0 } }, NULL, CHANGE_LTA, ANYONE,
		    "metadata" },
		{ "no metadata", { { 14, "<</Type /Metadata /Subtype /XML>>", 0 } }, NULL,
		    CHANGE_OTHER, NOBODY, "metadata" },
		{ "information", { { 30, "<</Title (T)>>", 0 } }, "/Info 30 0 R", CHANGE_LTA,
		    ANYONE, "/Info" },
		{ "information in a stream", { { 30, XMP("<x>new metadata </x>"), 0 } },
		    "/Info 30 0 R", CHANGE_OTHER, NOBODY, "/Info" },
		{ "an extension",
		    { { 1,
			CATALOG("/AcroForm 6 0 R /Metadata 14 0 R /Outlines 15 0 R /Names <</Dests "
				"17 0 R>> /Shared 20 0 R /StructTreeRoot 22 0 R /Extensions "
				"<</ESIC <</BaseVersion /1.7 /ExtensionLevel 1>> /ADBE "
				"<</BaseVersion /1.7 /ExtensionLevel 8>>>>"),
			0 } },
		    NULL, CHANGE_LTA, ANYONE, "/Extensions" },
		{ "an extension less",
		    { { 1,
			CATALOG("/AcroForm 6 0 R /Metadata 14 0 R /Outlines 15 0 R /Names <</Dests "
				"17 0 R>> /Shared 20 0 R /StructTreeRoot 22 0 R"),
			0 } },
		    NULL, CHANGE_OTHER, NOBODY, "/Extensions" },
		{ "usage rights",
		    { { 1, CATALOG(CATALOG_KEYS " /Perms <</UR3 30 0 R>>"), 0 },
			{ 30, "<</Type /Sig>>", 0 } },
		    NULL, CHANGE_OTHER, NOBODY, "/Perms" },
		{ "a catalog of its own", { { 30, CATALOG(CATALOG_KEYS), 0 } }, "/Root 30 0 R",
		    CHANGE_NONE, 1 << 0, NULL },
		{ "another catalog", { { 30, CATALOG(CATALOG_KEYS " /AA <<>>"), 0 } },
		    "/Root 30 0 R", CHANGE_OTHER, NOBODY, "action" },
		{ "a catalog that was something else", { { 21, CATALOG(CATALOG_KEYS), 0 } },
		    "/Root 21 0 R", CHANGE_OTHER, NOBODY, "another catalog" },
		{ "another key of the trailer", { { 30, "(x)", 0 } }, "/Mine 30 0 R", CHANGE_OTHER,
		    NOBODY, "/Mine" },
	};
	CHECK_CASES(cases);
}

static void
validation_data_may_be_added_in_their_own_form_only(void)
{
#define DSS(text)                                                                                  \
	{ 1, CATALOG(CATALOG_KEYS " /DSS 30 0 R"), 0 },                                            \
	{                                                                                          \
		30, text, 0                                                                        \
	}
#define CERT                                                                                       \
	{                                                                                          \
		31, "<</Length 4>>\nstream\ncert\nendstream", 0                                    \
	}
#define VRI "0123456789ABCDEF0123456789ABCDEF01234567"
	static const struct change_case cases[] = {
		{ "all",
		    { DSS("<</Type /DSS /Certs [31 0 R] /VRI <</" VRI
			  " <</Cert [31 0 R] /TU (D:2026)>>>>>>"),
			CERT },
		    NULL, CHANGE_LTA, ANYONE, "/DSS" },
		{ "a strange key", { DSS("<</Certs [31 0 R] /Script (x)>>"), CERT }, NULL,
		    CHANGE_OTHER, NOBODY, "/DSS" },
		{ "no stream", { DSS("<</Certs [(text)]>>"), CERT }, NULL, CHANGE_OTHER, NOBODY,
		    "/DSS" },
		{ "no list", { DSS("<</Certs 31 0 R>>"), CERT }, NULL, CHANGE_OTHER, NOBODY,
		    "/DSS" },
		{ "no dictionary", { DSS("(text)"), CERT }, NULL, CHANGE_OTHER, NOBODY, "/DSS" },
		{ "a name that is no digest", { DSS("<</VRI <</Name <<>>>>>>"), CERT }, NULL,
		    CHANGE_OTHER, NOBODY, "/DSS" },
		{ "a strange entry", { DSS("<</VRI <</" VRI " <</JS (x)>>>>>>"), CERT }, NULL,
		    CHANGE_OTHER, NOBODY, "/DSS" },
		{ "a stream that was another's",
		    { DSS("<</Certs [5 0 R]>>"),
			{ 5, "<</Length 4>>\nstream\ncert\nendstream", 0 } },
		    NULL, CHANGE_OTHER, NOBODY, "object 5" },
	};

	CHECK_CASES(cases);
}

/* ---- the form ---- */

static void
a_field_may_be_filled_in_and_nothing_else(void)
{
	static const struct change_case cases[] = {
		{ "filled in",
		    { { 7, TEXT("Name", "/V (new) /AP <</N 30 0 R>>"), 0 },
			{ 30, AP("(new) Tj 12345678901"), 0 } },
		    NULL, CHANGE_FORM, NOT_P1,
		    "object 7, field \"Name\": the field was filled in" },
		{ "filled in, drawn in place",
		    { { 7, TEXT("Name", "/V (new) /AP <</N 13 0 R>>"), 0 },
			{ 13, AP("(new) Tj 12345678901"), 0 } },
		    NULL, CHANGE_FORM, NOT_P1, "filled in" },
		{ "drawn as something else",
		    { { 7, TEXT("Name", "/V (new) /AP <</N 30 0 R>>"), 0 },
			{ 30, AP("(bad) Tj 12345678901"), 0 } },
		    NULL, CHANGE_OTHER, NOBODY, "shows something else than its value" },
		{ "drawn anew as something else", { { 13, AP("(bad) Tj 12345678901"), 0 } }, NULL,
		    CHANGE_OTHER, NOBODY, "shows something else than its value" },
		{ "drawn anew alone", { { 13, AP("q (old) Tj 123456789"), 0 } }, NULL, CHANGE_FORM,
		    NOT_P1, "its appearance was changed, its value was not" },
		{ "drawn in an object that is used elsewhere",
		    { { 20, AP("(2) Tj 1234567890123"), 0 } }, NULL, CHANGE_OTHER, NOBODY,
		    "object 20: /Shared was changed" },
		{ "drawn by no appearance",
		    { { 7, TEXT("Name", "/V (old) /AP 30 0 R"), 0 }, { 30, "(none)", 0 } }, NULL,
		    CHANGE_OTHER, NOBODY, "appearance" },
		{ "moved",
		    { { 7,
			"<</Type /Annot /Subtype /Widget /FT /Tx /T (Name) /Rect [10 10 510 530] "
			"/P 3 0 R /V (old) /AP <</N 13 0 R>>>>",
			0 } },
		    NULL, CHANGE_OTHER, NOBODY, "/Rect" },
		{ "renamed", { { 7, TEXT("Nome", "/V (old) /AP <</N 13 0 R>>"), 0 } }, NULL,
		    CHANGE_OTHER, NOBODY, "/T was" },
		{ "given an action",
		    { { 7, TEXT("Name", "/V (old) /AP <</N 13 0 R>> /AA <</K 30 0 R>>"), 0 },
			{ 30, "<</S /JavaScript /JS (x)>>", 0 } },
		    NULL, CHANGE_OTHER, NOBODY, "action" },
		{ "given a kid", { { 7, TEXT("Name", "/V (old) /AP <</N 13 0 R>> /Kids []"), 0 } },
		    NULL, CHANGE_OTHER, NOBODY, "/Kids" },
		{ "made a choice",
		    { { 7,
			"<</Type /Annot /Subtype /Widget /FT /Ch /T (Name) /Rect [10 10 110 30] /P "
			"3 0 R /V (old) /AP <</N 13 0 R>>>>",
			0 } },
		    NULL, CHANGE_OTHER, NOBODY, "/FT" },
	};

	CHECK_CASES(cases);
}

static void
of_the_form_defaults_may_change_and_fields_stay(void)
{
	static const struct change_case cases[] = {
		{ "defaults",
		    { { 6,
			  FORM(FIELDS, "/DA (/Helv 9 Tf 0 g) /DR <</Font <</Helv 12 0 R "
				       "/Cour 30 0 R>>>>"),
			  0 },
			{ 30, "<</Type /Font>>", 0 } },
		    NULL, CHANGE_FORM, NOT_P1, "DA" },
		{ "another font under an old name",
		    { { 6, FORM(FIELDS, "/DA (/Helv 0 Tf 0 g) /DR <</Font <</Helv 30 0 R>>>>"), 0 },
			{ 30, "<</Type /Font>>", 0 } },
		    NULL, CHANGE_OTHER, NOBODY, "DR" },
		{ "the font itself", { { 12, "<</Type /Font /Subtype /Type3>>", 0 } }, NULL,
		    CHANGE_OTHER, NOBODY, "object 12" },
		{ "an XFA form",
		    { { 6, FORM(FIELDS, FORM_KEYS " /XFA 30 0 R"), 0 },
			{ 30, XMP("<x>new metadata </x>"), 0 } },
		    NULL, CHANGE_OTHER, NOBODY, "AcroForm" },
		{ "a field less", { { 6, FORM("7 0 R 9 0 R 10 0 R", FORM_KEYS), 0 } }, NULL,
		    CHANGE_OTHER, NOBODY, "object 8: a field or a widget of the form was removed" },
		{ "another order", { { 6, FORM("8 0 R 7 0 R 9 0 R 10 0 R", FORM_KEYS), 0 } }, NULL,
		    CHANGE_OTHER, NOBODY, "order" },
		{ "no signatures any more", { { 6, "<</Fields [" FIELDS "] " FORM_KEYS ">>", 0 } },
		    NULL, CHANGE_OTHER, NOBODY, "/SigFlags" },
	};

	CHECK_CASES(cases);
}

static void
fields_that_are_added_are_for_signatures_only(void)
{
#define WITH_FIELD                                                                                 \
	{                                                                                          \
		6, FORM(FIELDS " 30 0 R", FORM_KEYS), 0                                            \
	}
	static const struct change_case cases[] = {
		{ "empty, unseen", { WITH_FIELD, { 30, EMPTY_SIG("New", "0 0 0 0", ""), 0 } }, NULL,
		    CHANGE_FORM, NOT_P1, "an empty signature field was added" },
		{ "empty, seen",
		    { WITH_FIELD, { 3, PAGE(ANNOTS " 30 0 R", ""), 0 },
			{ 30, EMPTY_SIG("New", "0 0 90 90", ""), 0 } },
		    NULL, CHANGE_FORM, NO_FORM, "which is seen on a page" },
		{ "a text field", { WITH_FIELD, { 30, TEXT("New", ""), 0 } }, NULL, CHANGE_OTHER,
		    NOBODY, "no signature field" },
		{ "a name twice", { WITH_FIELD, { 30, EMPTY_SIG("Name", "0 0 0 0", ""), 0 } }, NULL,
		    CHANGE_OTHER, NOBODY, "name of another" },
		{ "a dot", { WITH_FIELD, { 30, EMPTY_SIG("Name.x", "0 0 0 0", ""), 0 } }, NULL,
		    CHANGE_OTHER, NOBODY, "name cannot be one" },
		{ "no type", { WITH_FIELD, { 30, "<</T (New) /Subtype /Widget>>", 0 } }, NULL,
		    CHANGE_OTHER, NOBODY, "no signature field" },
		{ "an action",
		    { WITH_FIELD,
			{ 30, EMPTY_SIG("New", "0 0 0 0", "/A <</S /JavaScript /JS (x)>>"), 0 } },
		    NULL, CHANGE_OTHER, NOBODY, "no signature field" },
		{ "an object that was there",
		    { { 6, FORM(FIELDS " 21 0 R", FORM_KEYS), 0 },
			{ 21, EMPTY_SIG("New", "0 0 0 0", ""), 0 } },
		    NULL, CHANGE_OTHER, NOBODY, "object 21" },
		{ "the value of another",
		    { WITH_FIELD, { 30, EMPTY_SIG("New", "0 0 0 0", "/V " SIGNATURE), 0 } }, NULL,
		    CHANGE_OTHER, NOBODY, "was there before" },
		{ "a value that is no signature",
		    { WITH_FIELD, { 30, EMPTY_SIG("New", "0 0 0 0", "/V 31 0 R"), 0 },
			{ 31, "<</Type /Sig>>", 0 } },
		    NULL, CHANGE_OTHER, NOBODY, "its value is no signature" },
		{ "fields in a circle",
		    { WITH_FIELD, { 30, "<</T (A) /Kids [31 0 R 31 0 R]>>", 0 },
			{ 31, "<</T (B) /Kids [30 0 R 30 0 R]>>", 0 } },
		    NULL, CHANGE_OTHER, NOBODY, "no new field" },
	};

	CHECK_CASES(cases);
}

static void
a_signed_field_never_changes(void)
{
	static const struct change_case cases[] = {
		{ "again", { { 10, EMPTY_SIG("Later", "0 0 0 0", "/V " SIGNATURE), 0 } }, NULL,
		    CHANGE_NONE, ANYONE, NULL },
		{ "flags", { { 10, EMPTY_SIG("Later", "0 0 0 0", "/Ff 1 /V " SIGNATURE), 0 } },
		    NULL, CHANGE_NONE, ANYONE, NULL },
		{ "shown", { { 10, EMPTY_SIG("Later", "0 0 90 90", "/V " SIGNATURE), 0 } }, NULL,
		    CHANGE_OTHER, NOBODY, "/Rect" },
		{ "drawn",
		    { { 10, EMPTY_SIG("Later", "0 0 0 0", "/AP <</N 13 0 R>> /V " SIGNATURE), 0 } },
		    NULL, CHANGE_OTHER, NOBODY, "/AP" },
	};

	CHECK_CASES(cases);
}

/* ---- what a field shows ---- */

#define SHOWS(more)                                                                                \
	"<</Type /Annot /Subtype /Widget /FT /Tx /T (Sum) /Rect [10 10 110 30] /P 3 0 R " more ">" \
	">"
#define BOX(more)                                                                                  \
	"<</Type /Annot /Subtype /Widget /FT /Btn /T (Box) /Rect [10 40 20 50] /P 3 0 R /AP <</N " \
	"<</Yes 10 0 R>>>> " more ">>"

static void
a_field_that_showed_something_else_may_not_be_drawn_anew(void)
{
	static const char *const honest = AP("(9) Tj 1234567890123");
	static const char *const dishonest = AP("(1) Tj 1234567890123");
	static const struct {
		const char *what;
		struct pdf_sample_object update[3];
		enum change_class by_honest, by_dishonest;
	} cases[] = {
		{ "drawn by the viewer",
		    { { 6, FORM("7 0 R 8 0 R 9 0 R", "/NeedAppearances true"), 0 } }, CHANGE_FORM,
		    CHANGE_OTHER },
		{ "no appearance", { { 7, SHOWS("/V (9)"), 0 } }, CHANGE_FORM, CHANGE_OTHER },
		{ "another value without an appearance", { { 7, SHOWS("/V (2)"), 0 } }, CHANGE_FORM,
		    CHANGE_FORM },
		{ "checked", { { 8, BOX("/V /Yes /AS /Yes"), 0 } }, CHANGE_FORM, CHANGE_FORM },
		{ "seen as checked", { { 8, BOX("/V /Off /AS /Yes"), 0 } }, CHANGE_OTHER,
		    CHANGE_OTHER },
	};
	const struct pdf_sign_options later = { .field_name = "Later" };
	size_t i;
	int lies;

	for (i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
		const char *form[] = { FORM("7 0 R 8 0 R 9 0 R", ""),
			SHOWS("/V (9) /AP <</N 10 0 R>>"), BOX("/V /Off /AS /Off"),
			EMPTY_SIG("Later", "0 0 0 0", ""), honest, NULL };
		const struct pdf_sample sample = { .catalog = "/AcroForm 6 0 R",
			.page = "/Annots [7 0 R 8 0 R 9 0 R]",
			.objects = form };
		struct buf pdf = BUF_INIT(0), out = BUF_INIT(0);
		struct error err = ERROR_INIT;
		const struct signature *sig;

		lies = i % 2 != 0;
		if (lies)
			form[4] = dishonest;
		ASSERT_OK(pdf_sample_make(&pdf, &sample, &err), &err);
		CU_ASSERT_EQUAL_FATAL(sign_with(&out, &pdf, &later), 0);
		ASSERT_OK(pdf_sample_update(&out, cases[i / 2].update, NULL, &err), &err);
		sig = read_field(&out, "Later");
		CU_ASSERT_EQUAL(
		    sig->change_class, lies ? cases[i / 2].by_dishonest : cases[i / 2].by_honest);
		CU_ASSERT_EQUAL(sig->changes_permitted, sig->change_class != CHANGE_OTHER);
		buf_release(&out);
		buf_release(&pdf);
	}
}

/* ---- annotations and structure ---- */

static void
annotations_are_for_p_3_and_for_no_certification(void)
{
	static const struct change_case cases[] = {
		{ "changed", { { 11, NOTE("bye", "/AP <</N 18 0 R>>"), 0 } }, NULL,
		    CHANGE_ANNOTATION, NO_FORM, "object 11, page 1: the annotation was changed" },
		{ "drawn anew", { { 18, AP("Q q 9012345678901234"), 0 } }, NULL, CHANGE_ANNOTATION,
		    NO_FORM, "annotation" },
		{ "added", { { 3, PAGE(ANNOTS " 30 0 R", ""), 0 }, { 30, NOTE("more", ""), 0 } },
		    NULL, CHANGE_ANNOTATION, NO_FORM,
		    "object 30, page 1: an annotation was added" },
		{ "removed", { { 3, PAGE("7 0 R 8 0 R 9 0 R", ""), 0 }, { 23, ELEMENT(""), 0 } },
		    NULL, CHANGE_ANNOTATION, NO_FORM, "an annotation was removed" },
		{ "reordered", { { 3, PAGE("11 0 R 7 0 R 8 0 R 9 0 R", ""), 0 } }, NULL,
		    CHANGE_ANNOTATION, NO_FORM, "order" },
		{ "added with a link",
		    { { 3, PAGE(ANNOTS " 30 0 R", ""), 0 },
			{ 30, NOTE("more", "/A <</S /URI /URI (http://a)>>"), 0 } },
		    NULL, CHANGE_ANNOTATION, NO_FORM, NULL },
		{ "added with a script",
		    { { 3, PAGE(ANNOTS " 30 0 R", ""), 0 },
			{ 30, NOTE("more", "/A <</S /JavaScript /JS (x)>>"), 0 } },
		    NULL, CHANGE_OTHER, NOBODY, "with an action" },
		{ "given an action of the page",
		    { { 11, NOTE("hello", "/AP <</N 18 0 R>> /AA <</PO <</S /Launch>>>>"), 0 } },
		    NULL, CHANGE_OTHER, NOBODY, "another action" },
		{ "a widget removed", { { 3, PAGE("8 0 R 9 0 R 11 0 R", ""), 0 } }, NULL,
		    CHANGE_OTHER, NOBODY, "the widget of a form field was removed" },
		{ "a widget of no field",
		    { { 3, PAGE(ANNOTS " 30 0 R", ""), 0 }, { 30, TEXT("Stray", ""), 0 } }, NULL,
		    CHANGE_OTHER, NOBODY, "no new signature field" },
		{ "an object that was there", { { 3, PAGE(ANNOTS " 21 0 R", ""), 0 } }, NULL,
		    CHANGE_OTHER, NOBODY, "that was there before" },
		{ "another kind", { { 11, TEXT("Stray", ""), 0 } }, NULL, CHANGE_OTHER, NOBODY,
		    "another one now" },
	};

	CHECK_CASES(cases);
}

static void
structure_elements_come_and_go_with_their_annotations(void)
{
#define OBJR(number) "<</Type /OBJR /Obj " number " 0 R>>"
#define WITH_NOTE                                                                                  \
	{ 3, PAGE(ANNOTS " 30 0 R", ""), 0 },                                                      \
	{                                                                                          \
		30, NOTE("more", "/StructParent 1"), 0                                             \
	}
	static const struct change_case cases[] = {
		{ "comes",
		    { WITH_NOTE, { 23, ELEMENT(OBJR("11") " " OBJR("30")), 0 },
			{ 24, "<</Nums [0 23 0 R 1 23 0 R]>>", 0 } },
		    NULL, CHANGE_ANNOTATION, NO_FORM, NULL },
		{ "comes as an element",
		    { WITH_NOTE, { 23, ELEMENT(OBJR("11") " 31 0 R"), 0 },
			{ 31, "<</Type /StructElem /S /Annot /P 23 0 R /K " OBJR("30") ">>", 0 } },
		    NULL, CHANGE_ANNOTATION, NO_FORM, NULL },
		{ "goes alone", { { 23, ELEMENT(""), 0 } }, NULL, CHANGE_OTHER, NOBODY,
		    "removed from the structure tree" },
		{ "comes with content",
		    { { 23, ELEMENT(OBJR("11") " 31 0 R"), 0 },
			{ 31, "<</Type /StructElem /S /P /P 23 0 R /K 0 /Pg 3 0 R>>", 0 } },
		    NULL, CHANGE_OTHER, NOBODY, "added to the structure tree" },
		{ "says something else",
		    { { 23,
			"<</Type /StructElem /S /Document /P 22 0 R /Alt (x) /K [" OBJR("11") "]>>",
			0 } },
		    NULL, CHANGE_OTHER, NOBODY, "object 23: /StructTreeRoot /Alt was changed" },
		{ "a circle", { { 23, ELEMENT("22 0 R"), 0 } }, NULL, CHANGE_OTHER, NOBODY, NULL },
	};

	CHECK_CASES(cases);
}

/* ---- several revisions ---- */

static void
update(struct buf *pdf, int number, const char *text)
{
	const struct pdf_sample_object one[] = { { number, text, 0 }, { 0, NULL, 0 } };
	struct error err = ERROR_INIT;

	ASSERT_OK(pdf_sample_update(pdf, one, NULL, &err), &err);
}

static void
copy(struct buf *out, const struct buf *in)
{
	struct error err = ERROR_INIT;

	buf_release(out);
	ASSERT_OK(buf_append_span(out, SPAN_OF(in), &err), &err);
}

static void
a_change_that_is_undone_later_was_one(void)
{
	struct buf pdf = BUF_INIT(0);
	const struct signature *sig;

	copy(&pdf, &certified[0]);
	update(&pdf, 3, PAGE(ANNOTS, "/Rotate 90"));
	update(&pdf, 3, PAGE(ANNOTS, ""));
	sig = read_field(&pdf, "Later");
	CU_ASSERT_EQUAL(sig->change_class, CHANGE_OTHER);
	CU_ASSERT(!sig->changes_permitted);
	CU_ASSERT_EQUAL(sig->changes[0].revision, 1);
	buf_release(&pdf);
}

/* ISO 32000-2 clause 7.3.7: one reader takes the first value of a key, another the last. */
static void
a_key_that_stands_twice_in_a_later_revision_is_refused(void)
{
	static const struct {
		int number;
		const char *text;
	} rows[] = {
		{ 3, "<</Contents 30 0 R /Type /Page /Parent 2 0 R /Contents 5 0 R /Annots "
		     "[" ANNOTS "]>>" },
		{ 3, "<</Type /Page /Parent 2 0 R /Contents 5 0 R /Annots [" ANNOTS "] /PieceInfo "
		     "<</A 1 /A 1>>>>" },
		{ 1, "<</OpenAction <</S /JavaScript /JS (x)>> /OpenAction null /Type /Catalog "
		     "/Pages 2 0 R " CATALOG_KEYS ">>" },
		{ 30, "<</Nobody (refers here) /Nobody (yet)>>" },
	};
	struct buf pdf = BUF_INIT(0);
	const struct signature *sig;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		copy(&pdf, &certified[0]);
		update(&pdf, rows[i].number, rows[i].text);
		sig = read_field(&pdf, "Later");
		CU_ASSERT_NOT_EQUAL(sig->failure, SUB_NONE);
		CU_ASSERT_PTR_NOT_NULL(strstr(sig->failure_text, "twice in one dictionary"));
		/* What comes later does not heal it. */
		update(&pdf, 3, PAGE(ANNOTS, ""));
		sig = read_field(&pdf, "Later");
		CU_ASSERT_NOT_EQUAL(sig->failure, SUB_NONE);
	}
	buf_release(&pdf);
}

/* The signer saw it, by whatever reader; what was added is looked at. */
static void
a_key_that_stands_twice_in_what_was_signed_binds_nobody(void)
{
	static const enum pdf_sample_xref forms[] = { SAMPLE_TABLE, SAMPLE_OBJECT_STREAMS };
	const struct pdf_sign_options options = { .field_name = "Approval" };
	struct buf made = BUF_INIT(0), pdf = BUF_INIT(0);
	struct error err = ERROR_INIT;
	const struct signature *sig;
	char page[400];
	size_t i;

	snprintf(page, sizeof(page), "%s /Rotate 0 /Rotate 0", pdf_sample_field.page);
	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct pdf_sample sample = pdf_sample_field;

		sample.xref = forms[i];
		sample.page = page;
		buf_release(&made);
		buf_release(&pdf);
		ASSERT_OK(pdf_sample_make(&made, &sample, &err), &err);
		CU_ASSERT_EQUAL_FATAL(sign_with(&pdf, &made, &options), 0);
		update(&pdf, 30, "(free)");
		sig = read_field(&pdf, "Approval");
		CU_ASSERT(sig->failure == SUB_NONE && sig->changes_permitted);
		update(&pdf, 31, "<</A 1 /A 1>>");
		sig = read_field(&pdf, "Approval");
		CU_ASSERT_NOT_EQUAL(sig->failure, SUB_NONE);
	}
	buf_release(&made);
	buf_release(&pdf);
}

static void
a_revision_that_leaves_the_signed_one_out_is_refused(void)
{
	struct buf pdf = BUF_INIT(0);
	struct error err = ERROR_INIT;
	const struct signature *sig;
	size_t prev, first, digits;
	char text[24];

	copy(&pdf, &certified[0]);
	update(&pdf, 21, "<</Note (nothing leads here)>>");
	sig = read_field(&pdf, "Later");
	CU_ASSERT(sig->changes_permitted);
	/* Its /Prev leads past the signed revision: the signature's objects are gone from it. */
	prev = pdf_sample_find(SPAN_OF(&pdf), "/Prev ", certified[0].len) + strlen("/Prev ");
	first = pdf_sample_find(SPAN_OF(&pdf), "startxref\n", 0) + strlen("startxref\n");
	digits = strspn((const char *)pdf.data + prev, "0123456789");
	snprintf(text, sizeof(text), "%0*lu", (int)digits,
	    strtoul((const char *)pdf.data + first, NULL, 10));
	memcpy(pdf.data + prev, text, digits);
	signatures_release(&list);
	ASSERT_OK(pdf_read(&list, SPAN_OF(&pdf), NULL, &err), &err);
	CU_ASSERT_EQUAL(list.count, 0);
	buf_release(&pdf);
}

static void
data_behind_the_last_revision_are_refused_and_white_space_is_not(void)
{
	struct buf pdf = BUF_INIT(0);
	struct error err = ERROR_INIT;
	const struct signature *sig;

	copy(&pdf, &certified[0]);
	ASSERT_OK(buf_append_str(&pdf, "\n  % a comment\n", &err), &err);
	sig = read_field(&pdf, "Later");
	CU_ASSERT(sig->failure == SUB_NONE && sig->changes_permitted && !sig->revision_is_last);
	CU_ASSERT_EQUAL(sig->change_class, CHANGE_NONE);
	ASSERT_OK(buf_append_str(&pdf, "5 0 obj (x) endobj\n", &err), &err);
	sig = read_field(&pdf, "Later");
	CU_ASSERT_EQUAL(sig->failure, SUB_FORMAT_FAILURE);
	CU_ASSERT(sig->scope == SCOPE_PARTIAL && !sig->changes_permitted);
	CU_ASSERT_EQUAL(sig->change_class, CHANGE_OTHER);
	buf_release(&pdf);
}

static void
a_lock_binds_what_comes_after_it_and_names_its_fields(void)
{
	static const char *const locking = EMPTY_SIG("Approval", "300 300 400 350",
	    "/Lock <</Type /SigFieldLock /Action /Include /Fields [(Name)]>>");
	const struct pdf_sign_options approval = { .field_name = "Approval" };
	struct buf pdf = BUF_INIT(0), both = BUF_INIT(0);
	struct error err = ERROR_INIT;
	const struct pdf_sample sample = {
		.catalog = CATALOG_KEYS, .page = "/Annots [" ANNOTS "]", .objects = objects
	};
	const struct pdf_sign_options later = { .field_name = "Later" };

	/* The field gets its lock before anybody signs. */
	ASSERT_OK(pdf_sample_make(&pdf, &sample, &err), &err);
	update(&pdf, 9, locking);
	CU_ASSERT_EQUAL_FATAL(sign_with(&both, &pdf, &later), 0);
	buf_release(&pdf);
	CU_ASSERT_EQUAL_FATAL(sign_with(&pdf, &both, &approval), 0);
	CU_ASSERT(read_field(&pdf, "Later")->changes_permitted);
	copy(&both, &pdf);
	update(&both, 8, TEXT("Amount", "/V (2) /AP 19 0 R"));
	CU_ASSERT(read_field(&both, "Approval")->changes_permitted);
	CU_ASSERT(read_field(&both, "Later")->changes_permitted);
	copy(&both, &pdf);
	update(&both, 7, TEXT("Name", "/V (new) /AP <</N 13 0 R>>"));
	CU_ASSERT(!read_field(&both, "Approval")->changes_permitted);
	CU_ASSERT_EQUAL(read_field(&both, "Approval")->change_class, CHANGE_FORM);
	/* The signature before the lock never said that. */
	CU_ASSERT(read_field(&both, "Later")->changes_permitted);
	buf_release(&both);
	buf_release(&pdf);
}

static void
a_certification_binds_all_signatures_after_it(void)
{
	const struct pdf_sign_options approval = { .field_name = "Approval" };
	struct buf pdf = BUF_INIT(0);

	CU_ASSERT_EQUAL_FATAL(sign_with(&pdf, &certified[2], &approval), 0);
	CU_ASSERT(read_field(&pdf, "Later")->changes_permitted);
	update(&pdf, 11, NOTE("bye", "/AP <</N 18 0 R>>"));
	CU_ASSERT(!read_field(&pdf, "Later")->changes_permitted);
	CU_ASSERT(!read_field(&pdf, "Approval")->changes_permitted);
	buf_release(&pdf);
}

/* ---- what the makers make ---- */

static int
is_good(const struct signature *sig)
{
	return sig->value_intact && sig->references_intact && sig->failure == SUB_NONE &&
	       (sig->revision_is_last || sig->changes_permitted);
}

static void
assert_all_good(struct span pdf, const char *password, size_t count)
{
	const struct pdf_read_options options = { .password = password };
	struct error err = ERROR_INIT;
	size_t i;

	signatures_release(&list);
	ASSERT_OK(pdf_read(&list, pdf, &options, &err), &err);
	CU_ASSERT_EQUAL(list.count, count);
	for (i = 0; i < list.count; i++) {
		CU_ASSERT(is_good(&list.items[i]));
		if (!is_good(&list.items[i]))
			print_changes(list.items[i].id, &list.items[i]);
	}
}

/* Sign, stamp, sign visibly, stamp. */
static void
sign_and_stamp(const struct buf *pdf, const char *password)
{
	const struct pdf_appearance seen = { 2, { 100, 100, 300, 200 }, "Seen", SPAN_NONE };
	const struct pdf_sign_options unseen_options = { .password = password };
	const struct pdf_sign_options seen_options = { .password = password, .appearance = &seen };
	const struct timestamp_source source = test_tsa_source(&tsa);
	const struct pdf_timestamp_options stamp = { NULL, password };
	struct buf step[4] = { BUF_INIT(0), BUF_INIT(0), BUF_INIT(0), BUF_INIT(0) };
	struct error err = ERROR_INIT;
	size_t i;

	CU_ASSERT_EQUAL(sign_with(&step[0], pdf, &unseen_options), 0);
	ASSERT_OK(pdf_timestamp(&step[1], SPAN_OF(&step[0]), &source, &stamp, NULL, &err), &err);
	assert_all_good(SPAN_OF(&step[1]), password, 1);
	CU_ASSERT_EQUAL(list.items[0].change_class, CHANGE_LTA);
	CU_ASSERT_EQUAL(sign_with(&step[2], &step[1], &seen_options), 0);
	ASSERT_OK(pdf_timestamp(&step[3], SPAN_OF(&step[2]), &source, &stamp, NULL, &err), &err);
	assert_all_good(SPAN_OF(&step[3]), password, 2);
	CU_ASSERT_EQUAL(list.items[0].change_class, CHANGE_FORM);
	CU_ASSERT_EQUAL(list.items[1].change_class, CHANGE_LTA);
	for (i = 0; i < 4; i++)
		buf_release(&step[i]);
}

static void
what_is_signed_and_stamped_here_in_turn_stays_good_in_every_form(void)
{
	static const char *const ways[] = { "--linearize --object-streams=generate",
		"--allow-weak-crypto --encrypt user owner 128 --use-aes=n --",
		"--encrypt user owner 256 --" };
	struct error err = ERROR_INIT;
	size_t i;
	int xref;

	for (xref = 0; xref < SAMPLE_XREFS; xref++) {
		const struct pdf_sample sample = { .xref = (enum pdf_sample_xref)xref };
		struct buf pdf = BUF_INIT(0);

		ASSERT_OK(pdf_sample_make(&pdf, &sample, &err), &err);
		sign_and_stamp(&pdf, NULL);
		buf_release(&pdf);
	}
	sign_and_stamp(&pages, NULL);
	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct buf pdf = BUF_INIT(0);

		ASSERT_OK(pdf_sample_qpdf(&pdf, SPAN_OF(&pages), ways[i], &err), &err);
		sign_and_stamp(&pdf, i == 0 ? NULL : "user");
		buf_release(&pdf);
	}
}

static void
what_a_signature_covers_is_given_back_byte_by_byte(void)
{
	struct buf second = BUF_INIT(0);
	struct error err = ERROR_INIT;
	struct span got;
	const struct pdf_sign_options approval = { .field_name = "Approval" };

	CU_ASSERT_EQUAL_FATAL(sign_with(&second, &certified[0], &approval), 0);
	ASSERT_OK(pdf_read_original(&got, SPAN_OF(&second), "Later", NULL, &err), &err);
	CU_ASSERT(span_equal(got, SPAN_OF(&certified[0])));
	ASSERT_OK(pdf_read_original(&got, SPAN_OF(&second), "Approval", NULL, &err), &err);
	CU_ASSERT(span_equal(got, SPAN_OF(&second)));
	CU_ASSERT_EQUAL(pdf_read_original(&got, SPAN_OF(&second), "Name", NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_NOT_FOUND);
	CU_ASSERT_PTR_NULL(got.data);
	error_clear(&err);
	ASSERT_OK(buf_append_str(&second, "5 0 obj (x) endobj\n", &err), &err);
	CU_ASSERT_EQUAL(pdf_read_original(&got, SPAN_OF(&second), "Later", NULL, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_CONFLICT);
	buf_release(&second);
}

/* 1 when it can be compared, 0 when it is refused as damaged. */
static int
is_comparable(const struct buf *pdf)
{
	struct error err = ERROR_INIT;
	int rc = pdf_check_comparable(SPAN_OF(pdf), NULL, NULL, &err);

	CU_ASSERT_EQUAL(err.kind, rc == 0 ? ERROR_NONE : ERROR_MALFORMED);
	return rc == 0;
}

static void
what_another_reader_may_take_otherwise_is_refused(void)
{
	const struct pdf_sample packed = { .xref = SAMPLE_OBJECT_STREAMS };
	const unsigned char second[] = { 0, 1 };
	struct buf pdf = BUF_INIT(0);
	struct error err = ERROR_INIT;
	unsigned char *row;
	size_t at;

	copy(&pdf, &pages);
	CU_ASSERT(is_comparable(&pdf));
	at = pdf_sample_find(SPAN_OF(&pdf), "\nxref\n", 0);
	at = pdf_sample_find(SPAN_OF(&pdf), " 00000 n", at) - 10;
	pdf.data[at] = ' '; /* "0000000015" */
	CU_ASSERT(!is_comparable(&pdf));
	copy(&pdf, &pages);
	update(&pdf, 2, "<</Type /Pages /Count 2 /Kids [3 0 R 2 0 R]>>");
	CU_ASSERT(!is_comparable(&pdf));
	copy(&pdf, &pages);
	update(&pdf, 23, ELEMENT("22 0 R"));
	CU_ASSERT(is_comparable(&pdf)); /* no element: it must only be equal */
	update(&pdf, 23, ELEMENT("23 0 R"));
	CU_ASSERT(!is_comparable(&pdf));
	/* The index of the second object in its stream: the library does not look at it. */
	buf_release(&pdf);
	ASSERT_OK(pdf_sample_make(&pdf, &packed, &err), &err);
	CU_ASSERT(is_comparable(&pdf));
	at = pdf_sample_find(SPAN_OF(&pdf), "/XRef", 0);
	at = pdf_sample_find(SPAN_OF(&pdf), "stream\n", at) + strlen("stream\n");
	for (row = pdf.data + at; row + 7 < pdf.data + pdf.len; row += 7)
		if (row[0] == 2 && memcmp(row + 5, second, 2) == 0)
			break;
	CU_ASSERT_FATAL(row + 7 < pdf.data + pdf.len);
	row[6] = 0;
	CU_ASSERT(!is_comparable(&pdf));
	buf_release(&pdf);
}

static void
many_revisions_are_told_up_to_a_limit(void)
{
	struct format_limits limits = FORMAT_LIMITS_DEFAULT;
	struct pdf_read_options options = { .limits = &limits };
	struct buf pdf = BUF_INIT(0);
	struct error err = ERROR_INIT;
	const struct signature *sig;
	char note[200];
	int i;

	copy(&pdf, &certified[0]);
	for (i = 0; i < CHANGES_MAX + 5; i++) {
		snprintf(note, sizeof(note), NOTE("note %d", "/AP <</N 18 0 R>>"), i);
		update(&pdf, 11, note);
	}
	update(&pdf, 3, PAGE(ANNOTS, "/Rotate 90"));
	sig = read_field(&pdf, "Later");
	CU_ASSERT_EQUAL(sig->change_count, CHANGES_MAX);
	CU_ASSERT_EQUAL(sig->changes_untold, 6);
	/* What is not permitted comes first. */
	CU_ASSERT_EQUAL(sig->changes[0].class, CHANGE_OTHER);
	CU_ASSERT_EQUAL(sig->changes[0].revision, CHANGES_MAX + 6);
	limits.pdf_revisions = 20;
	signatures_release(&list);
	CU_ASSERT_EQUAL(pdf_read(&list, SPAN_OF(&pdf), &options, &err), -1);
	CU_ASSERT_EQUAL(err.kind, ERROR_LIMIT);
	signatures_release(&list);
	buf_release(&pdf);
}

static const struct test tests[] = {
	TEST(an_identical_copy_is_no_change_and_a_different_one_is),
	TEST(deleted_and_reused_numbers_are_refused),
	TEST(of_the_catalog_only_what_shows_nothing_may_change),
	TEST(validation_data_may_be_added_in_their_own_form_only),
	TEST(a_field_may_be_filled_in_and_nothing_else),
	TEST(of_the_form_defaults_may_change_and_fields_stay),
	TEST(fields_that_are_added_are_for_signatures_only),
	TEST(a_signed_field_never_changes),
	TEST(a_field_that_showed_something_else_may_not_be_drawn_anew),
	TEST(annotations_are_for_p_3_and_for_no_certification),
	TEST(structure_elements_come_and_go_with_their_annotations),
	TEST(a_change_that_is_undone_later_was_one),
	TEST(a_key_that_stands_twice_in_a_later_revision_is_refused),
	TEST(a_key_that_stands_twice_in_what_was_signed_binds_nobody),
	TEST(a_revision_that_leaves_the_signed_one_out_is_refused),
	TEST(data_behind_the_last_revision_are_refused_and_white_space_is_not),
	TEST(a_lock_binds_what_comes_after_it_and_names_its_fields),
	TEST(a_certification_binds_all_signatures_after_it),
	TEST(what_is_signed_and_stamped_here_in_turn_stays_good_in_every_form),
	TEST(what_a_signature_covers_is_given_back_byte_by_byte),
	TEST(what_another_reader_may_take_otherwise_is_refused),
	TEST(many_revisions_are_told_up_to_a_limit),
	TEST_END,
};

const struct suite suite_signing_format_pdf_changes = { "signing/format/pdf/changes", setup,
	teardown, tests };
