/* S2-28: what EU trusted lists make of certificates, by the tables of ETSI TS 119 615. */
#include <stdio.h>
#include <string.h>

#include "tests/support/qualified.h"
#include "tests/support/suite.h"

#define LATE  (PKI_NOW - PKI_YEAR)	   /* under the regulation */
#define EARLY (TRUST_EIDAS - 2 * PKI_YEAR) /* under the directive */
#define COMPL SAYS_COMPLIANCE
#define QCSIG (SAYS_COMPLIANCE | SAYS_ESIGN)

static struct qualified_pki pki;

static int
setup(void)
{
	qualified_pki_make(&pki, NULL);
	return 0;
}

static int
teardown(void)
{
	qualified_pki_release(&pki);
	return 0;
}

static struct trust_qualified
ask(const struct trust_snapshot *s, int64_t time)
{
	const struct trust_qualifying in = { s, pki.leaf, pki.chain, PKI_NOW };
	struct trust_qualified out;

	trust_qualify(&in, time, &out);
	return out;
}

static int
has_finding(const struct trust_qualified *q, const char *code)
{
	size_t i;

	for (i = 0; i < q->finding_count; i++)
		if (strcmp(q->findings[i].code, code) == 0)
			return 1;
	return 0;
}

static void
expect(const char *what, const struct trust_qualified *q, enum qualification level,
    const char *finding)
{
	size_t i;

	CU_ASSERT_EQUAL(q->level, level);
	CU_ASSERT_TRUE(finding == NULL || has_finding(q, finding));
	if (q->level == level && (finding == NULL || has_finding(q, finding)))
		return;
	fprintf(stderr, "%s: %s, expected %s with %s\n", what, qualification_term(q->level),
	    qualification_term(level), finding != NULL ? finding : "nothing");
	for (i = 0; i < q->finding_count; i++)
		fprintf(stderr, "  %s: %s\n", q->findings[i].code, q->findings[i].text);
}

/* ---- tables 1 to 3: each cell ---- */

/* Rows 1 to 15 of the TS, the first of them as two. Q: qualified, N: not, I: indeterminate. */
#define ROWS 16
static const struct {
	unsigned int says;
	const char *cells[TRUST_KINDS];
} grid[ROWS] = {
	{ COMPL, { "QNQQQ", "NNNQQ", "NNNQQ" } },
	{ COMPL | SAYS_ESIGN, { "QNQQQ", "NNNQQ", "NNNQQ" } },
	{ COMPL | SAYS_ESEAL, { "NNNQQ", "QNQQQ", "NNNQQ" } },
	{ COMPL | SAYS_WEB, { "NNNQQ", "NNNQQ", "QNQQQ" } },
	{ COMPL | SAYS_ESIGN | SAYS_ESEAL, { "INIQQ", "INIQQ", "NNNQQ" } },
	{ COMPL | SAYS_ESIGN | SAYS_WEB, { "INIQQ", "NNNQQ", "INIQQ" } },
	{ COMPL | SAYS_ESEAL | SAYS_WEB, { "NNNQQ", "INIQQ", "INIQQ" } },
	{ COMPL | SAYS_ESIGN | SAYS_ESEAL | SAYS_WEB, { "INIQQ", "INIQQ", "INIQQ" } },
	{ 0, { "NNINQ", "NNINQ", "NNINQ" } },
	{ SAYS_ESIGN, { "NNQNQ", "NNNNQ", "NNNNQ" } },
	{ SAYS_ESEAL, { "NNNNQ", "NNQNQ", "NNNNQ" } },
	{ SAYS_WEB, { "NNNNQ", "NNNNQ", "NNQNQ" } },
	{ SAYS_ESIGN | SAYS_ESEAL, { "NNINQ", "NNINQ", "NNNNQ" } },
	{ SAYS_ESIGN | SAYS_WEB, { "NNINQ", "NNNNQ", "NNINQ" } },
	{ SAYS_ESEAL | SAYS_WEB, { "NNNNQ", "NNINQ", "NNINQ" } },
	{ SAYS_ESIGN | SAYS_ESEAL | SAYS_WEB, { "NNINQ", "NNINQ", "NNINQ" } },
};
static const char *const columns[TRUST_KINDS][5] = {
	{ NULL, "NotQualified", "QCStatement", "QCForESig", "QCStatement QCForESig" },
	{ NULL, "NotQualified", "QCStatement", "QCForESeal", "QCStatement QCForESeal" },
	{ NULL, "NotQualified", "QCStatement", "QCForWSA", "QCStatement QCForWSA" },
};
static const char *const kind_letters[TRUST_KINDS] = { "s", "e", "w" };

/* The snapshots of a table's columns, of a list that is a little other. */
static void
make_columns(struct trust_snapshot *to[TRUST_KINDS][5], const struct qualified_list *changed)
{
	struct qualified_list list;
	int kind, column;

	for (kind = 0; kind < TRUST_KINDS; kind++)
		for (column = 0; column < 5; column++) {
			list = *changed;
			list.services[0].used = 1;
			list.services[0].states[0].kinds = kind_letters[kind];
			list.services[0].states[0].qualifiers = columns[kind][column];
			to[kind][column] = qualified_snapshot(&pki, &list);
		}
}

static void
free_columns(struct trust_snapshot *all[TRUST_KINDS][5])
{
	int kind, column;

	for (kind = 0; kind < TRUST_KINDS; kind++)
		for (column = 0; column < 5; column++)
			trust_snapshot_free(all[kind][column]);
}

static void
each_cell_of_tables_1_to_3_is_as_the_standard_has_it(void)
{
	static const char letters[] = { [TRUST_NO] = 'N', [TRUST_YES] = 'Q', [TRUST_OPEN] = 'I' };
	static const enum qualification levels[] = { QC_ESIG, QC_ESEAL, QC_WSA };
	static const struct qualified_list plain;
	struct trust_snapshot *all[TRUST_KINDS][5];
	int row, kind, column, other;

	make_columns(all, &plain);
	for (row = 0; row < ROWS; row++) {
		qualified_leaf(&pki, grid[row].says, LATE);
		for (kind = 0; kind < TRUST_KINDS; kind++)
			for (column = 0; column < 5; column++) {
				const struct trust_qualified q =
				    ask(all[kind][column], PKI_NOW - PKI_DAY);
				const char want = grid[row].cells[kind][column];

				CU_ASSERT_EQUAL(letters[q.kinds[kind]], want);
				if (letters[q.kinds[kind]] != want)
					fprintf(stderr, "table %d row %d column %d: %c, not %c\n",
					    kind + 1, row, column + 1, letters[q.kinds[kind]],
					    want);
				/* For what the service is not, nothing of it qualifies. */
				for (other = 0; other < TRUST_KINDS; other++)
					CU_ASSERT_TRUE(other == kind || q.kinds[other] == TRUST_NO);
				CU_ASSERT_EQUAL(q.level == levels[kind], want == 'Q');
				CU_ASSERT_EQUAL(
				    q.level == QUALIFICATION_INDETERMINATE, want == 'I');
			}
	}
	free_columns(all);
}

/* What is qualified in the tables is not once one thing of the list is amiss. */
static void
no_good_cell_survives_a_list_that_is_amiss(void)
{
	static const struct {
		const char *what;
		struct qualified_list list;
		const char *finding;
	} tampers[] = {
		{ "withdrawn", { .services[0].states[0].status = "withdrawn" }, NULL },
		{ "a status of the directive",
		    { .services[0].states[0].status = "undersupervision" }, "StatusUnfit" },
		{ "an unheard-of status",
		    { .services[0].states[0].status = "http://example.org/fine" }, "StatusUnfit" },
		{ "another type", { .services[0].states[0].type = "CA/PKC" }, "NoTrustService" },
		{ "not yet listed", { .services[0].states[0].start = PKI_NOW }, "NoTrustService" },
		{ "a list of another scheme", { .type = "http://example.org/scheme" }, NULL },
		{ "a list of another country", { .territory = "AT" }, "TrustListMissing" },
		{ "a territory outside the EU", { .territory = "CH" }, NULL },
		{ "an overdue list", { .next_update = PKI_NOW - 1 }, "TrustListOverdue" },
		{ "another provider", { .provider = "Beta Trust" }, "ProviderName" },
		{ "a critical extension", { .services[0].states[0].unknown_critical = "Novelty" },
		    "UnknownExtension" },
		{ "a second entry that is withdrawn",
		    { .services = { [1] = { .used = 1, .states[0].status = "withdrawn" } } },
		    "StatusConflict" },
		{ "a second provider",
		    { .services = { [1] = { .used = 1, .provider = "Beta Trust" } } },
		    "ProviderConflict" },
	};
	struct trust_snapshot *all[TRUST_KINDS][5];
	struct trust_qualified q;
	size_t i;
	int row, kind, column;

	for (i = 0; i < sizeof(tampers) / sizeof(tampers[0]); i++) {
		make_columns(all, &tampers[i].list);
		for (row = 0; row < ROWS; row++) {
			qualified_leaf(&pki, grid[row].says, LATE);
			for (kind = 0; kind < TRUST_KINDS; kind++)
				for (column = 0; column < 5; column++) {
					if (grid[row].cells[kind][column] != 'Q')
						continue;
					q = ask(all[kind][column], PKI_NOW - PKI_DAY);
					CU_ASSERT_FALSE(qualification_is_qc(q.level));
					if (qualification_is_qc(q.level))
						fprintf(stderr, "%s, table %d row %d column %d\n",
						    tampers[i].what, kind + 1, row, column + 1);
					/* Who says nothing of himself is asked nothing. */
					if (tampers[i].finding != NULL &&
					    (grid[row].says & SAYS_COMPLIANCE) != 0)
						CU_ASSERT_TRUE(has_finding(&q, tampers[i].finding));
				}
		}
		free_columns(all);
	}
}

/* ---- single cases ---- */

struct one {
	const char *what;
	unsigned int says;
	int64_t issued, time; /* LATE, the day before PKI_NOW */
	struct qualified_list list;
	enum qualification level;
	const char *finding;
};

static void
run(const struct one *c)
{
	struct trust_snapshot *s;
	struct qualified_list list = c->list;
	struct trust_qualified q;

	list.services[0].used = 1;
	qualified_leaf(&pki, c->says, c->issued != 0 ? c->issued : LATE);
	s = qualified_snapshot(&pki, &list);
	q = ask(s, c->time != 0 ? c->time : PKI_NOW - PKI_DAY);
	expect(c->what, &q, c->level, c->finding);
	trust_snapshot_free(s);
}
#define RUN(cases)                                                                                 \
	do {                                                                                       \
		size_t i_;                                                                         \
		for (i_ = 0; i_ < sizeof(cases) / sizeof((cases)[0]); i_++)                        \
			run(&(cases)[i_]);                                                         \
	} while (0)

#define QUALIFIERS(text) .list.services[0].states[0].qualifiers = (text)
#define STATUS(text)	 .list.services[0].states[0].status = (text)

/* Table 7, and PRO-4.5.4-04. */
static void
the_list_decides_on_the_device_under_the_regulation(void)
{
	static const char unknown[] = "http://example.org/unknown";
	static const struct one cases[] = {
		{ "no word", QCSIG, .level = QC_ESIG },
		{ "as the certificate says", QCSIG | SAYS_QSCD, .level = QC_ESIG_QSCD },
		{ "with", QCSIG, QUALIFIERS("QCWithQSCD"), .level = QC_ESIG_QSCD,
		    .finding = "DeviceByTrustList" },
		{ "with, as the certificate says", QCSIG | SAYS_QSCD, QUALIFIERS("QCWithQSCD"),
		    .level = QC_ESIG_QSCD },
		{ "on behalf", QCSIG, QUALIFIERS("QCQSCDManagedOnBehalf"), .level = QC_ESIG_QSCD },
		{ "with and on behalf", QCSIG, QUALIFIERS("QCWithQSCD QCQSCDManagedOnBehalf"),
		    .level = QC_ESIG_QSCD },
		{ "none", QCSIG | SAYS_QSCD, QUALIFIERS("QCNoQSCD"), .level = QC_ESIG,
		    .finding = "DeviceByTrustList" },
		{ "none, nor says it", QCSIG, QUALIFIERS("QCNoQSCD"), .level = QC_ESIG },
		{ "as in the certificate: yes", QCSIG | SAYS_QSCD,
		    QUALIFIERS("QCQSCDStatusAsInCert"), .level = QC_ESIG_QSCD },
		{ "as in the certificate: no", QCSIG, QUALIFIERS("QCQSCDStatusAsInCert"),
		    .level = QC_ESIG },
		{ "both words", QCSIG | SAYS_QSCD, QUALIFIERS("QCWithQSCD QCWithSSCD"),
		    .level = QC_ESIG_QSCD },
		/* contradictions: qualified, but the device is not proven */
		{ "with and none", QCSIG | SAYS_QSCD, QUALIFIERS("QCWithQSCD QCNoQSCD"),
		    .level = QC_ESIG, .finding = "DeviceConflict" },
		{ "on behalf and none", QCSIG | SAYS_QSCD,
		    QUALIFIERS("QCQSCDManagedOnBehalf QCNoQSCD"), .level = QC_ESIG,
		    .finding = "DeviceConflict" },
		{ "as in the certificate and with", QCSIG | SAYS_QSCD,
		    QUALIFIERS("QCQSCDStatusAsInCert QCWithQSCD"), .level = QC_ESIG,
		    .finding = "DeviceConflict" },
		{ "as in the certificate and none", QCSIG | SAYS_QSCD,
		    QUALIFIERS("QCQSCDStatusAsInCert QCNoQSCD"), .level = QC_ESIG,
		    .finding = "DeviceConflict" },
		{ "as in the certificate and on behalf", QCSIG | SAYS_QSCD,
		    QUALIFIERS("QCQSCDStatusAsInCert QCQSCDManagedOnBehalf"), .level = QC_ESIG,
		    .finding = "DeviceConflict" },
		{ "the directive's word alone", QCSIG | SAYS_QSCD, QUALIFIERS("QCWithSSCD"),
		    .level = QC_ESIG, .finding = "DeviceConflict" },
		{ "the directive's no alone", QCSIG | SAYS_QSCD, QUALIFIERS("QCNoSSCD"),
		    .level = QC_ESIG, .finding = "DeviceConflict" },
		{ "something critical", QCSIG | SAYS_QSCD, QUALIFIERS(unknown), .level = QC_ESIG,
		    .finding = "DeviceConflict" },
		{ "something that is not critical", QCSIG | SAYS_QSCD, QUALIFIERS(unknown),
		    .list.services[0].states[0].not_critical = 1, .level = QC_ESIG_QSCD },
		{ "of seals", COMPL | SAYS_ESEAL | SAYS_QSCD, .level = QC_ESEAL_QSCD },
		{ "of seals, none", COMPL | SAYS_ESEAL | SAYS_QSCD, QUALIFIERS("QCNoQSCD"),
		    .level = QC_ESEAL },
		{ "of websites nobody asks", COMPL | SAYS_WEB | SAYS_QSCD, .level = QC_WSA },
		/* a device does not qualify */
		{ "not qualified", SAYS_ESIGN | SAYS_QSCD, QUALIFIERS("QCWithQSCD"),
		    .level = CERT_ESIG },
	};

	RUN(cases);
}

/* PRO-4.4.4-12, -20, -28, and table 4. */
static void
qualifiers_that_contradict_each_other_qualify_nothing(void)
{
	static const struct one cases[] = {
		{ "qualified and not", QCSIG, QUALIFIERS("QCStatement NotQualified"),
		    .level = QUALIFICATION_INDETERMINATE, .finding = "QualifierConflict" },
		{ "for seals, by a service for signatures", QCSIG, QUALIFIERS("QCForESeal"),
		    .list.services[0].states[0].kinds = "s", .level = QUALIFICATION_INDETERMINATE,
		    .finding = "QualifierConflict" },
		{ "for legal persons", QCSIG, QUALIFIERS("QCForLegalPerson"),
		    .list.services[0].states[0].kinds = "s", .level = QUALIFICATION_INDETERMINATE,
		    .finding = "QualifierConflict" },
		{ "seals are for legal persons", COMPL | SAYS_ESEAL, QUALIFIERS("QCForLegalPerson"),
		    .list.services[0].states[0].kinds = "e", .level = QC_ESEAL },
		{ "for signatures and seals", QCSIG, QUALIFIERS("QCForESig QCForESeal"),
		    .level = QUALIFICATION_INDETERMINATE, .finding = "QualifierConflict" },
		/* A service for all is right about seals, and contradicts itself on the others. */
		{ "for seals, by a service for all", QCSIG, QUALIFIERS("QCForESeal"),
		    .level = QC_ESEAL, .finding = "KindByTrustList" },
		{ "two kinds by two entries", QCSIG,
		    .list.services = { { .states[0].kinds = "s" },
			{ .used = 1, .states[0] = { .kinds = "e", .qualifiers = "QCForESeal" } } },
		    .level = QUALIFICATION_INDETERMINATE, .finding = "SeveralKinds" },
		{ "the same entry twice", QCSIG,
		    .list.services = { { .states[0].kinds = "s" },
			{ .used = 1, .states[0].kinds = "s" } },
		    .level = QC_ESIG },
	};

	RUN(cases);
}

static void
where_certificate_and_list_differ_the_list_is_right(void)
{
	static const struct one cases[] = {
		{ "the list does not confirm", QCSIG, QUALIFIERS("NotQualified"),
		    .level = CERT_ESIG, .finding = "NotByTrustList" },
		{ "the list qualifies who does not say so", 0, QUALIFIERS("QCStatement QCForESig"),
		    .list.services[0].states[0].kinds = "s", .level = QC_ESIG,
		    .finding = "QualifiedByTrustList" },
		{ "another kind", COMPL | SAYS_ESIGN, QUALIFIERS("QCForESeal"),
		    .list.services[0].states[0].kinds = "e", .level = QC_ESEAL,
		    .finding = "KindByTrustList" },
		{ "the service is not for that", QCSIG, .list.services[0].states[0].kinds = "e",
		    .level = CERT_ESIG, .finding = "NotByTrustList" },
		{ "the service is for nothing", QCSIG, .list.services[0].states[0].kinds = "-",
		    .level = CERT_ESIG, .finding = "NotByTrustList" },
		{ "another country's law", QCSIG | SAYS_LEGISLATION, .level = CERT_ESIG,
		    .finding = "OtherLaw" },
		{ "it says two things", COMPL | SAYS_ESIGN | SAYS_ESEAL, QUALIFIERS("QCForESig"),
		    .list.services[0].states[0].kinds = "s", .level = QC_ESIG,
		    .finding = "SeveralTypes" },
		{ "it says nothing", 0, .level = CERT_UNKNOWN },
		{ "it is for seals", SAYS_ESEAL, .level = CERT_ESEAL },
		{ "it is for websites", SAYS_WEB, .level = CERT_WSA },
	};

	RUN(cases);
}

/* PRO-4.4.4-33 with table 5, PRO-4.5.4-03 with table 6. */
static void
the_directive_s_rules_hold_for_its_time(void)
{
#define OLD .issued = EARLY, .time = EARLY + PKI_YEAR, .list.services[0].states[0].start = EARLY
	static const struct one cases[] = {
		{ "QcCompliance", COMPL, OLD, STATUS("undersupervision"), .level = QC_ESIG },
		{ "QCP", SAYS_QCP, OLD, STATUS("accredited"), .level = QC_ESIG },
		{ "QCP+", SAYS_QCP_PLUS, OLD, STATUS("supervisionincessation"),
		    .level = QC_ESIG_QSCD },
		{ "QcSSCD", COMPL | SAYS_QSCD, OLD, STATUS("accredited"), .level = QC_ESIG_QSCD },
		{ "no mark", 0, OLD, STATUS("accredited"), .level = CERT_UNKNOWN },
		{ "another policy", SAYS_POLICY, OLD, STATUS("accredited"), .level = CERT_UNKNOWN },
		{ "no mark, the list has one", 0, OLD, STATUS("accredited"),
		    QUALIFIERS("QCStatement"), .level = QC_ESIG,
		    .finding = "QualifiedByTrustList" },
		{ "the list has not", COMPL, OLD, STATUS("accredited"), QUALIFIERS("NotQualified"),
		    .level = CERT_ESIG, .finding = "NotByTrustList" },
		{ "the list contradicts itself", COMPL, OLD, STATUS("accredited"),
		    QUALIFIERS("NotQualified QCStatement"), .level = QUALIFICATION_INDETERMINATE,
		    .finding = "QualifierConflict" },
		{ "there were no seals", COMPL, OLD, STATUS("accredited"), QUALIFIERS("QCForESeal"),
		    .level = QUALIFICATION_INDETERMINATE, .finding = "QualifierConflict" },
		{ "ceased", COMPL, OLD, STATUS("supervisionceased"), .level = CERT_ESIG },
		{ "revoked", COMPL, OLD, STATUS("supervisionrevoked"), .level = CERT_ESIG },
		{ "accreditation ceased", COMPL, OLD, STATUS("accreditationceased"),
		    .level = CERT_ESIG },
		{ "accreditation revoked", COMPL, OLD, STATUS("accreditationrevoked"),
		    .level = CERT_ESIG },
		{ "a status of later", COMPL, OLD, STATUS("granted"),
		    .level = QUALIFICATION_INDETERMINATE, .finding = "StatusUnfit" },
		/* table 6 */
		{ "with", COMPL, OLD, STATUS("accredited"), QUALIFIERS("QCWithSSCD"),
		    .level = QC_ESIG_QSCD, .finding = "DeviceByTrustList" },
		{ "none", COMPL | SAYS_QSCD, OLD, STATUS("accredited"), QUALIFIERS("QCNoSSCD"),
		    .level = QC_ESIG, .finding = "DeviceByTrustList" },
		{ "none, against QCP+", SAYS_QCP_PLUS, OLD, STATUS("accredited"),
		    QUALIFIERS("QCNoSSCD"), .level = QC_ESIG },
		{ "as it says", COMPL | SAYS_QSCD, OLD, STATUS("accredited"),
		    QUALIFIERS("QCSSCDStatusAsInCert"), .level = QC_ESIG_QSCD },
		{ "as it does not say", COMPL, OLD, STATUS("accredited"),
		    QUALIFIERS("QCSSCDStatusAsInCert"), .level = QC_ESIG },
		{ "with and none", COMPL | SAYS_QSCD, OLD, STATUS("accredited"),
		    QUALIFIERS("QCWithSSCD QCNoSSCD"), .level = QC_ESIG,
		    .finding = "DeviceConflict" },
		{ "as it says and with", COMPL | SAYS_QSCD, OLD, STATUS("accredited"),
		    QUALIFIERS("QCSSCDStatusAsInCert QCWithSSCD"), .level = QC_ESIG,
		    .finding = "DeviceConflict" },
	};

	RUN(cases);
}

/* PRO-4.4.4-07 and -33 (f): issued under the directive, looked at under the regulation. */
static void
certificates_of_the_directive_live_on(void)
{
#define LIVED .issued = EARLY, .time = TRUST_EIDAS + PKI_YEAR
	static const struct one cases[] = {
		{ "granted", COMPL, LIVED, .level = QC_ESIG },
		{ "QCP", SAYS_QCP, LIVED, .level = QC_ESIG },
		{ "QcSSCD", COMPL | SAYS_QSCD, LIVED, .level = QC_ESIG_QSCD },
		{ "with", SAYS_QCP, LIVED, QUALIFIERS("QCWithQSCD"), .level = QC_ESIG_QSCD },
		{ "withdrawn", COMPL, LIVED, STATUS("withdrawn"), .level = CERT_ESIG },
		{ "for seals alone", COMPL, LIVED, .list.services[0].states[0].kinds = "e",
		    .level = CERT_ESIG },
		{ "a status of before", COMPL, LIVED, STATUS("accredited"),
		    .level = QUALIFICATION_INDETERMINATE, .finding = "StatusUnfit" },
		{ "one of today does not become old", SAYS_QCP, .level = CERT_UNKNOWN },
	};

	RUN(cases);
}

static void
history_decides_what_the_service_was(void)
{
#define THEN(when)                                                                                 \
	.time = (when), .list.services[0] = {                                                      \
		.state_count = 3,                                                                  \
		.states = { { .status = "withdrawn", .start = PKI_NOW - 10 * PKI_DAY },            \
		    { .status = "granted", .start = TRUST_EIDAS },                                 \
		    { .status = "undersupervision", .start = EARLY } }                             \
	}
	static const struct one cases[] = {
		{ "now", QCSIG, THEN(PKI_NOW), .level = CERT_ESIG, .finding = "NotByTrustList" },
		{ "the second it ended", QCSIG, THEN(PKI_NOW - 10 * PKI_DAY), .level = CERT_ESIG },
		{ "the second before", QCSIG, THEN(PKI_NOW - 10 * PKI_DAY - 1), .level = QC_ESIG },
		{ "the second it began", COMPL, THEN(TRUST_EIDAS), .issued = EARLY,
		    .level = QC_ESIG },
		{ "the second before that", COMPL, THEN(TRUST_EIDAS - 1), .issued = EARLY,
		    .level = QC_ESIG },
		{ "before all", COMPL, THEN(EARLY - 1), .issued = EARLY, .level = CERT_ESIG,
		    .finding = "NoTrustService" },
	};

	RUN(cases);
}

/* TS 119 612 clause 5.5.9.2.2 */
static void
a_qualifier_is_for_the_certificates_of_its_criteria(void)
{
	static const char *policy[] = { "1.2.3.4.5" }, *country[] = { "2.5.4.6" },
			  *surname[] = { "2.5.4.4" };
	static struct trust_criterion has_policy = { .kind = CRITERION_POLICIES,
		.oids = { policy, 1 } };
	static struct trust_criterion has_country = { .kind = CRITERION_SUBJECT,
		.oids = { country, 1 } };
	static struct trust_criterion has_surname = { .kind = CRITERION_SUBJECT,
		.oids = { surname, 1 } };
	static struct trust_criterion signs = { .kind = CRITERION_KEY_USAGE, .mask = 2, .bits = 2 };
	static struct trust_criterion encrypts = {
		.kind = CRITERION_KEY_USAGE, .mask = 4, .bits = 4
	};
	static struct trust_criterion unknown = { .kind = CRITERION_UNKNOWN };
	static struct trust_criterion pair[] = {
		{ .kind = CRITERION_KEY_USAGE, .mask = 2, .bits = 2 },
		{ .kind = CRITERION_POLICIES, .oids = { policy, 1 } }
	};
	static struct trust_criterion all = {
		.kind = CRITERION_LIST, .assert = ASSERT_ALL, .parts = pair, .part_count = 2
	};
	static struct trust_criterion any = { .kind = CRITERION_LIST,
		.assert = ASSERT_AT_LEAST_ONE,
		.parts = pair,
		.part_count = 2 };
	static struct trust_criterion none = {
		.kind = CRITERION_LIST, .assert = ASSERT_NONE, .parts = pair, .part_count = 2
	};
	static struct trust_criterion nested_parts[] = {
		{ .kind = CRITERION_LIST, .assert = ASSERT_ALL, .parts = pair, .part_count = 2 },
		{ .kind = CRITERION_KEY_USAGE, .mask = 4, .bits = 4 }
	};
	static struct trust_criterion nested = { .kind = CRITERION_LIST,
		.assert = ASSERT_NONE,
		.parts = nested_parts,
		.part_count = 2 };
#define IF(criterion)                                                                              \
	QUALIFIERS("NotQualified"), .list.services[0].states[0].criteria = &(criterion)
	static const struct one cases[] = {
		{ "its policy", QCSIG | SAYS_POLICY, IF(has_policy), .level = CERT_ESIG },
		{ "another's policy", QCSIG, IF(has_policy), .level = QC_ESIG },
		{ "an attribute it has", QCSIG, IF(has_country), .level = CERT_ESIG },
		{ "one it has not", QCSIG, IF(has_surname), .level = QC_ESIG },
		{ "its key usage", QCSIG, IF(signs), .level = CERT_ESIG },
		{ "another key usage", QCSIG, IF(encrypts), .level = QC_ESIG },
		{ "all", QCSIG | SAYS_POLICY, IF(all), .level = CERT_ESIG },
		{ "not all", QCSIG, IF(all), .level = QC_ESIG },
		{ "one at least", QCSIG, IF(any), .level = CERT_ESIG },
		{ "none, but one", QCSIG, IF(none), .level = QC_ESIG },
		{ "none within none", QCSIG, IF(nested), .level = CERT_ESIG },
		{ "all within none", QCSIG | SAYS_POLICY, IF(nested), .level = QC_ESIG },
		{ "nobody knows what", QCSIG, IF(unknown), .level = QUALIFICATION_INDETERMINATE,
		    .finding = "UnknownCriterion" },
	};

	RUN(cases);
}

/* ---- names, PRO-4.4.4-06 ---- */

static void
named(const char *organization, const char *country, const struct qualified_list *list,
    enum qualification level, const char *finding)
{
	const struct qualified_names names = { organization, country };
	struct qualified_pki usual = pki;
	struct qualified_list used = *list;
	struct trust_snapshot *s;
	struct trust_qualified q;

	qualified_pki_make(&pki, &names);
	used.services[0].used = 1;
	qualified_leaf(&pki, QCSIG, LATE);
	s = qualified_snapshot(&pki, &used);
	q = ask(s, PKI_NOW - PKI_DAY);
	expect(organization, &q, level, finding);
	trust_snapshot_free(s);
	qualified_pki_release(&pki);
	pki = usual;
}

static void
the_issuer_s_name_is_one_of_the_provider_s(void)
{
	static const struct qualified_list list = { .provider = "Společnost  ÄÖ Š.A." };
	static const struct qualified_list trade = { .provider = "Holding", .trade_name = "Brand" };
	static const struct qualified_list common = { .provider = "qc ca" };

	named("společnost äö š.a.", "DE", &list, QC_ESIG, NULL);
	named(" SPOLEČNOST ÄÖ  Š.A. ", "DE", &list, QC_ESIG, NULL);
	named("Společnost AO Š.A.", "DE", &list, QUALIFICATION_INDETERMINATE, "ProviderName");
	named("Společnost ÄÖ", "DE", &list, QUALIFICATION_INDETERMINATE, "ProviderName");
	named("Brand", "DE", &trade, QC_ESIG, NULL);
	named("Holding", "DE", &trade, QC_ESIG, NULL);
	named("Brands", "DE", &trade, QUALIFICATION_INDETERMINATE, "ProviderName");
	/* Only who has no organisation is known by his common name. */
	named("", "DE", &common, QC_ESIG, NULL);
	named("", "DE", &trade, QUALIFICATION_INDETERMINATE, "ProviderName");
	named("Other", "DE", &common, QUALIFICATION_INDETERMINATE, "ProviderName");
}

static void
the_list_is_that_of_the_issuer_s_country(void)
{
	static const struct qualified_list de, uk = { .territory = "UK" },
					       el = { .territory = "EL" };

	named("Alpha Trust", "de", &de, QC_ESIG, NULL);
	named("Alpha Trust", "GR", &el, QC_ESIG, NULL);
	named("Alpha Trust", "AT", &de, QUALIFICATION_INDETERMINATE, "TrustListMissing");
	named("Alpha Trust", "", &de, QUALIFICATION_INDETERMINATE, "TrustListMissing");
	named("Alpha Trust", "CH", &de, QUALIFICATION_INDETERMINATE, "TrustListMissing");
	/* The United Kingdom left. */
	named("Alpha Trust", "GB", &uk, QUALIFICATION_NOT_APPLICABLE, "OtherCountry");
}

static void
where_no_eu_list_is_concerned_it_is_not_applicable(void)
{
	static const struct qualified_list private = { .type = "http://uri.etsi.org/TrstSvc/"
							       "TrustedList/TSLType/CClist",
		.services[0].used = 1 },
					   eu = { .services[0].used = 1 };
	struct trust_snapshot *s = qualified_snapshot(&pki, &private), *listed;
	struct trust_qualifying in = { NULL, NULL, NULL, PKI_NOW };
	struct trust_qualified q;

	qualified_leaf(&pki, 0, LATE);
	q = ask(s, PKI_NOW);
	expect("a private list", &q, QUALIFICATION_NOT_APPLICABLE, NULL);
	q = ask(NULL, PKI_NOW);
	expect("no lists", &q, QUALIFICATION_NOT_APPLICABLE, NULL);
	CU_ASSERT_EQUAL(q.finding_count, 0);
	/* But who calls himself qualified is to be found in the list of his country. */
	qualified_leaf(&pki, QCSIG, LATE);
	q = ask(s, PKI_NOW);
	expect("a private list", &q, QUALIFICATION_INDETERMINATE, "TrustListMissing");
	listed = qualified_snapshot(&pki, &eu);
	in.trust = listed;
	in.cert = pki.leaf;
	trust_qualify(&in, PKI_NOW, &q);
	expect("no path", &q, QUALIFICATION_INDETERMINATE, "PathMissing");
	trust_snapshot_free(listed);
	trust_snapshot_free(s);
}

/* ---- what is kept ---- */

/* A replay judges by the part of the snapshot that a report holds. */
static void
a_part_of_the_snapshot_tells_the_same(void)
{
	static const struct qualified_list lists[] = { { .trade_name = "Alpha",
							   .services[0].used = 1 },
		{ .provider = "Beta", .services[0].used = 1 }, { .next_update = PKI_NOW - 1 } };
	struct trust_snapshot *whole, *part;
	struct trust_qualified a, b;
	struct buf bytes = BUF_INIT(0);
	struct error err = ERROR_INIT;
	size_t i, k;

	qualified_leaf(&pki, QCSIG | SAYS_QSCD, LATE);
	for (i = 0; i < 3; i++) {
		whole = qualified_snapshot(&pki, &lists[i]);
		bytes.len = 0;
		ASSERT_OK(trust_snapshot_part(&bytes, whole, pki.chain, &err), &err);
		ASSERT_OK(trust_snapshot_load(&part, SPAN_OF(&bytes), &err), &err);
		a = ask(whole, PKI_NOW);
		b = ask(part, PKI_NOW);
		CU_ASSERT_EQUAL(a.level, b.level);
		CU_ASSERT_EQUAL(a.finding_count, b.finding_count);
		for (k = 0; k < a.finding_count; k++)
			CU_ASSERT_STRING_EQUAL(a.findings[k].text, b.findings[k].text);
		trust_snapshot_free(part);
		trust_snapshot_free(whole);
	}
	buf_release(&bytes);
}

/* ---- clauses 4.6 and 4.7 ---- */

static struct trust_qualified
ask_stamp(const struct qualified_list *list, int64_t time)
{
	struct trust_snapshot *s = qualified_snapshot(&pki, list);
	const struct trust_qualifying in = { s, pki.leaf, pki.chain, PKI_NOW };
	struct trust_qualified out;

	trust_qualify_timestamp(&in, time, &out);
	trust_snapshot_free(s);
	return out;
}

static void
a_granted_qtst_service_makes_qualified_time_stamps(void)
{
#define QTST .used = 1, .states[0].type = "TSA/QTST"
	static const struct {
		const char *what;
		struct qualified_list list;
		int64_t time;
		enum qualification level;
		const char *finding;
	} cases[] = {
		{ "granted", { .services[0] = { QTST } }, PKI_NOW, TIMESTAMP_QTSA, "TrustService" },
		{ "withdrawn", { .services[0] = { QTST, .states[0].status = "withdrawn" } },
		    PKI_NOW, TIMESTAMP_TSA, "TrustService" },
		{ "before the regulation", { .services[0] = { QTST, .states[0].start = EARLY } },
		    TRUST_EIDAS - 1, TIMESTAMP_TSA, "BeforeRegulation" },
		{ "not yet", { .services[0] = { QTST, .states[0].start = PKI_NOW } }, PKI_NOW - 1,
		    TIMESTAMP_TSA, "NoTrustService" },
		{ "another type", { .services[0] = { .used = 1, .states[0].type = "TSA" } },
		    PKI_NOW, TIMESTAMP_TSA, "NoTrustService" },
		{ "its CA's list alone", { .services[0] = { .used = 1 } }, PKI_NOW, TIMESTAMP_TSA,
		    "NoTrustService" },
		{ "two statuses",
		    { .services = { { QTST }, { QTST, .states[0].status = "withdrawn" } } },
		    PKI_NOW, QUALIFICATION_INDETERMINATE, "StatusConflict" },
		{ "another provider", { .provider = "Beta", .services[0] = { QTST } }, PKI_NOW,
		    QUALIFICATION_INDETERMINATE, "ProviderName" },
		{ "a critical extension",
		    { .services[0] = { QTST, .states[0].unknown_critical = "Novelty" } }, PKI_NOW,
		    QUALIFICATION_INDETERMINATE, "UnknownExtension" },
		{ "an overdue list", { .next_update = PKI_NOW - 1, .services[0] = { QTST } },
		    PKI_NOW, QUALIFICATION_INDETERMINATE, "TrustListOverdue" },
		{ "another scheme", { .type = "http://example.org/", .services[0] = { QTST } },
		    PKI_NOW, QUALIFICATION_NOT_APPLICABLE, NULL },
		{ "another country", { .territory = "AT", .services[0] = { QTST } }, PKI_NOW,
		    QUALIFICATION_INDETERMINATE, "TrustListMissing" },
	};
	struct trust_qualified q;
	size_t i;

	qualified_leaf(&pki, SAYS_TSA, EARLY);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		q = ask_stamp(&cases[i].list, cases[i].time);
		expect(cases[i].what, &q, cases[i].level, cases[i].finding);
	}
}

static void
a_service_that_was_taken_over_is_told(void)
{
	static const struct one taken = { "taken over", QCSIG,
		.list.services[0].states[0].taken_over_by = "Gamma Trust", .level = QC_ESIG,
		.finding = "TakenOver" };

	run(&taken);
}

static const struct test tests[] = {
	TEST(each_cell_of_tables_1_to_3_is_as_the_standard_has_it),
	TEST(no_good_cell_survives_a_list_that_is_amiss),
	TEST(the_list_decides_on_the_device_under_the_regulation),
	TEST(qualifiers_that_contradict_each_other_qualify_nothing),
	TEST(where_certificate_and_list_differ_the_list_is_right),
	TEST(the_directive_s_rules_hold_for_its_time),
	TEST(certificates_of_the_directive_live_on),
	TEST(history_decides_what_the_service_was),
	TEST(a_qualifier_is_for_the_certificates_of_its_criteria),
	TEST(the_issuer_s_name_is_one_of_the_provider_s),
	TEST(the_list_is_that_of_the_issuer_s_country),
	TEST(where_no_eu_list_is_concerned_it_is_not_applicable),
	TEST(a_part_of_the_snapshot_tells_the_same),
	TEST(a_granted_qtst_service_makes_qualified_time_stamps),
	TEST(a_service_that_was_taken_over_is_told),
	TEST_END,
};
const struct suite suite_signing_trust_qualified = { "signing/trust/qualified", setup, teardown,
	tests };
