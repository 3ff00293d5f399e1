#include "signing/report/replay.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/text.h"
#include "signing/x509/cert.h"

struct run {
	struct replayed *out;
	const struct replay_options *in;
	const struct recorded *recorded;
	struct verify_context context;
	struct revocation_evidence evidence;
	struct trust_snapshot *part; /* loaded here */
	struct crl **crls;	     /* opened here */
	struct crl_source *sources;
	size_t crl_count;
	struct ocsp_response **answers;
	size_t answer_count;
	struct error *err;
};

/* ---- evidence ---- */

/* crl_source.find of an excerpt: entries that are not there are not in the list. */
static int
find_in_excerpt(
    void *ctx, unsigned int issuer, struct span serial, struct crl_entry *entry, struct error *err)
{
	const struct recorded_excerpt *x = ctx;
	size_t i;

	(void)err;
	for (i = 0; i < x->count; i++)
		if (crl_entry_compare(issuer, serial, x->entries[i].issuer,
			(struct span){ x->entries[i].serial, x->entries[i].serial_len }) == 0) {
			*entry = x->entries[i];
			return 1;
		}
	return 0;
}

static int
open_crl(struct run *r, struct span der)
{
	struct crl *crl = NULL;

	if (crl_open(&crl, der, r->err) != 0)
		return -1;
	r->sources[r->crl_count] = crl_source_of(crl);
	r->crls[r->crl_count++] = crl;
	return 0;
}

/* The whole list where the caller has it, else the excerpt, which is told. */
static int
open_excerpt(struct run *r, struct recorded_excerpt *x)
{
	const struct values *whole = r->in->crls;
	struct crl *crl = NULL;
	char hex[65];
	size_t i;

	for (i = 0; whole != NULL && i < whole->count; i++)
		if (memcmp(whole->items[i].sha256, x->sha256, 32) == 0)
			return open_crl(r, SPAN_OF(&whole->items[i].der));
	if (crl_head_read(&crl, SPAN_OF(&x->head), r->err) != 0)
		return -1;
	r->sources[r->crl_count] = (struct crl_source){ crl, find_in_excerpt, x };
	r->crls[r->crl_count++] = crl;
	if (memcmp(crl_facts(crl)->sha256, x->sha256, 32) != 0)
		return error_set(r->err, ERROR_MALFORMED,
		    "an excerpt in the report is not of the CRL that it names");
	return buf_printf(&r->out->rests_on, r->err,
	    "of a CRL, the report has the entries that it says there are; give the whole list, "
	    "SHA-256 %s, to be independent of that\n",
	    text_hex(hex, x->sha256, 32));
}

static int
open_evidence(struct run *r)
{
	const struct recorded *rec = r->recorded;
	const size_t crls = rec->crls.count + rec->excerpt_count;
	size_t i;

	r->crls = calloc(crls + 1, sizeof(struct crl *));
	r->sources = calloc(crls + 1, sizeof(*r->sources));
	r->answers = calloc(rec->ocsps.count + 1, sizeof(struct ocsp_response *));
	if (r->crls == NULL || r->sources == NULL || r->answers == NULL)
		return error_memory(r->err);
	for (i = 0; i < rec->crls.count; i++)
		if (open_crl(r, SPAN_OF(&rec->crls.items[i].der)) != 0)
			return -1;
	for (i = 0; i < rec->excerpt_count; i++)
		if (open_excerpt(r, &rec->excerpts[i]) != 0)
			return -1;
	for (i = 0; i < rec->ocsps.count; i++)
		if (ocsp_response_read(
			&r->answers[r->answer_count], SPAN_OF(&rec->ocsps.items[i].der), NULL) == 0)
			r->answer_count++;
	r->evidence = (struct revocation_evidence){ .crls = r->sources,
		.crl_count = r->crl_count,
		.ocsps = (const struct ocsp_response *const *)r->answers,
		.ocsp_count = r->answer_count,
		.certificates = rec->certificates };
	return 0;
}

static void
close_evidence(struct run *r)
{
	size_t i;

	for (i = 0; i < r->crl_count; i++)
		crl_free(r->crls[i]);
	for (i = 0; i < r->answer_count; i++)
		ocsp_response_free(r->answers[i]);
	free(r->crls);
	free(r->sources);
	free(r->answers);
}

/* ---- the context ---- */

static int
check_catalogue(struct run *r)
{
	const struct catalogue *c =
	    r->in->catalogue != NULL ? r->in->catalogue : catalogue_builtin();

	if (strcmp(c->name, r->recorded->catalogue_name) == 0 &&
	    strcmp(c->version, r->recorded->catalogue_version) == 0)
		return 0;
	return error_set(r->err, ERROR_NOT_FOUND,
	    "the verdict is by the algorithm catalogue %.100s %.100s, at hand is %.60s %.60s: give "
	    "the file of the former",
	    r->recorded->catalogue_name, r->recorded->catalogue_version, c->name, c->version);
}

static int
believe(struct run *r, const char *what)
{
	return buf_append_str(&r->out->rests_on, what, r->err);
}

static void __attribute__((format(printf, 2, 3))) differ(struct run *r, const char *fmt, ...)
{
	char text[600];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	r->out->is_same = 0;
	buf_append_str(&r->out->differences, text, r->err);
	buf_append_str(&r->out->differences, "\n", r->err);
}

/* How much of a breach passes: fail, warn, and then inform and ignore, which are notes. */
static int
laxness(enum verify_level level)
{
	return level == VERIFY_FAIL ? 0 : level == VERIFY_WARN ? 1 : 2;
}

/*
 * Whoever wrote the report chose its policy too, and gave it its name. Where it lets pass what the
 * strict one does not, that is told; and the strict one's name does not belong to such a policy.
 */
static int
check_policy(struct run *r)
{
	const struct verify_policy *p = &r->recorded->policy.policy;
	struct buf lax = BUF_INIT(0);
	int i, rc = 0;

	for (i = 0; rc == 0 && i < VERIFY_CONSTRAINTS; i++)
		if (laxness((enum verify_level)p->levels[i]) >
		    laxness(verify_constraint_default((enum verify_constraint)i)))
			rc = buf_printf(&lax, r->err, " %s=%s",
			    verify_constraint_name((enum verify_constraint)i),
			    verify_level_name((enum verify_level)p->levels[i]));
	if (rc == 0 && p->without_revocation)
		rc = buf_append_str(&lax, " without revocation", r->err);
	if (rc == 0 && p->revocation_freshness > 0)
		rc = buf_printf(
		    &lax, r->err, " revocationFreshness=%" PRId64, p->revocation_freshness);
	if (rc == 0 && lax.len > 0)
		rc = buf_printf(&r->out->rests_on, r->err,
		    "the policy is that of the report: whoever wrote it chose%.*s\n", (int)lax.len,
		    (const char *)lax.data);
	if (rc == 0 && lax.len > 0 &&
	    (p->name == NULL || strcmp(p->name, VERIFY_POLICY_NAME) == 0) &&
	    (p->version == NULL || strcmp(p->version, VERIFY_POLICY_VERSION) == 0))
		differ(r, "the policy of the report is not " VERIFY_POLICY_NAME
			  " " VERIFY_POLICY_VERSION ", which it says it is");
	buf_release(&lax);
	return rc;
}

/* Whom to trust: what the caller has, else what the report has. */
static int
set_trust(struct run *r)
{
	const struct recorded *rec = r->recorded;
	struct verify_context *c = &r->context;
	char name[24];

	if (r->in->trust != NULL) {
		c->trust = r->in->trust;
		trust_snapshot_name(c->trust, name);
		if (strcmp(name, rec->snapshot) == 0)
			return 0;
		return buf_printf(&r->out->rests_on, r->err,
		    "the trust snapshot at hand is %s, the report is by %.100s\n", name,
		    rec->snapshot[0] != '\0' ? rec->snapshot : "none");
	}
	if (r->in->anchors != NULL) {
		c->anchors = c->timestamp_anchors = r->in->anchors;
		return 0;
	}
	c->anchors = rec->anchors;
	c->timestamp_anchors = rec->timestamp_anchors;
	if (rec->trust.len > 0) {
		if (trust_snapshot_load(&r->part, SPAN_OF(&rec->trust), r->err) != 0)
			return -1;
		c->trust = r->part;
	}
	if (sk_X509_num(rec->anchors) == 0 && sk_X509_num(rec->timestamp_anchors) == 0 &&
	    rec->trust.len == 0)
		return 0;
	return believe(
	    r, "the trust anchors are those of the report: whoever wrote it chose them\n");
}

static int
set_context(struct run *r)
{
	const struct recorded *rec = r->recorded;

	r->context = (struct verify_context){ .certificates = rec->certificates,
		.revocation = &r->evidence,
		.time = rec->time,
		.catalogue = r->in->catalogue,
		.policy = &rec->policy.policy };
	return check_policy(r) == 0 ? set_trust(r) : -1;
}

/* ---- comparing ---- */

#define VERDICT_TEXT_SIZE 200

/* As "TotalFailed / HASH_FAILURE (DigestMismatch)"; the last two only where there are such. */
static void
tell_verdict(char out[VERDICT_TEXT_SIZE], enum indication indication, enum sub_indication sub,
    const char *code)
{
	snprintf(out, VERDICT_TEXT_SIZE, "%s%s%s%s%.100s%s", indication_name(indication),
	    sub != SUB_NONE ? " / " : "", sub_indication_name(sub), code[0] != '\0' ? " (" : "",
	    code, code[0] != '\0' ? ")" : "");
}

static void
compare(struct run *r, const char *what, const struct recorded_verdict *then,
    const struct verify_conclusion *now)
{
	char was[VERDICT_TEXT_SIZE], is[VERDICT_TEXT_SIZE];

	if (then->indication == now->indication && then->sub == now->sub &&
	    strcmp(then->code, now->code) == 0)
		return;
	tell_verdict(was, then->indication, then->sub, then->code);
	tell_verdict(is, now->indication, now->sub, now->code);
	differ(r, "%.100s: the report says %s, now it is %s%s%.200s", what, was, is,
	    now->text[0] != '\0' ? ": " : "", now->text);
}

static void
compare_stamp(struct run *r, const struct verify_timestamp *now)
{
	unsigned char sha256[DIGEST_SIZE_MAX];
	char hex[65], what[100];
	size_t i;

	if (digest_span(DIGEST_SHA256, SPAN_OF(&now->token), sha256, NULL) != 0)
		return;
	text_hex(hex, sha256, 32);
	for (i = 0; i < r->recorded->stamp_count; i++)
		if (strcmp(r->recorded->stamps[i].name, hex) == 0)
			break;
	snprintf(what, sizeof(what), "time stamp %.16s...", hex);
	if (i == r->recorded->stamp_count)
		differ(r, "%s is not in the report", what);
	else
		compare(r, what, &r->recorded->stamps[i], &now->conclusion);
}

/* Every stamp of the report must be among those of now; each is compared where it is met. */
static size_t
count_stamps(const struct examination *x)
{
	size_t i, n = x->timestamp_count;

	for (i = 0; i < x->report.count; i++)
		n += x->report.items[i].timestamp_count;
	return n;
}

static void
compare_signatures(struct run *r)
{
	const struct examination *x = &r->out->examination;
	const struct recorded *rec = r->recorded;
	char what[160];
	size_t i, j;

	if (rec->signature_count != x->report.count)
		differ(r, "the report is on %zu signatures, the document has %zu",
		    rec->signature_count, x->report.count);
	for (i = 0; i < rec->signature_count && i < x->report.count; i++) {
		const struct verify_signature *v = &x->report.items[i];

		snprintf(what, sizeof(what), "signature %.120s", v->source->id);
		if (strcmp(rec->signatures[i].name, v->source->id) != 0)
			differ(r, "%s has another name in the report: %.100s", what,
			    rec->signatures[i].name);
		compare(r, what, &rec->signatures[i], &v->conclusion);
		for (j = 0; j < v->timestamp_count; j++)
			compare_stamp(r, &v->timestamps[j]);
	}
	for (i = 0; i < x->timestamp_count; i++)
		compare_stamp(r, &x->timestamps[i]);
	if (count_stamps(x) < rec->stamp_count)
		differ(r, "the report is on %zu time stamps, the document has %zu",
		    rec->stamp_count, count_stamps(x));
}

/* Is what was handed in what the report is about? By digest: names are not compared. */
static int
compare_documents(struct run *r)
{
	const struct recorded *rec = r->recorded;
	unsigned char value[DIGEST_SIZE_MAX];
	char was[2 * DIGEST_SIZE_MAX + 1], is[2 * DIGEST_SIZE_MAX + 1];
	size_t i;

	if (rec->document_count != r->in->document_count)
		differ(r, "the report is on %zu documents, %zu are at hand", rec->document_count,
		    r->in->document_count);
	for (i = 0; i < rec->document_count && i < r->in->document_count; i++) {
		const struct recorded_document *d = &rec->documents[i];

		if (document_digest(&r->in->documents[i], d->digest, value, r->err) != 0)
			return -1;
		if (memcmp(value, d->value.data, d->value.len) != 0)
			differ(r,
			    "document %zu is another one than that of the report: its %s is %s, "
			    "not %s",
			    i + 1, digest_name(d->digest), text_hex(is, value, d->value.len),
			    text_hex(was, d->value.data, d->value.len));
	}
	return 0;
}

/* ---- the three kinds ---- */

static int
replay_document(struct run *r)
{
	const struct examine_options options = { .limits = r->in->limits,
		.password = r->in->password,
		.extra_certificates =
		    r->in->anchors != NULL ? r->in->anchors : r->recorded->anchors };

	if (r->in->document_count == 0)
		return error_set(
		    r->err, ERROR_NOT_FOUND, "give the document that the report is about");
	if (compare_documents(r) != 0 ||
	    examine(&r->out->examination, r->in->documents, r->in->document_count, &options,
		&r->context, r->err) != 0)
		return -1;
	r->out->conclusion = r->out->examination.report.conclusion;
	compare_signatures(r);
	return 0;
}

static int
replay_certificate(struct run *r)
{
	struct verify_certificate_report report;

	if (r->in->document_count > 0)
		return error_set(r->err, ERROR_MALFORMED,
		    "the report is about a certificate, which it holds; give no document");
	if (verify_certificate(r->recorded->subject, r->recorded->certificates,
		r->recorded->purpose, &r->context, &report, r->err) != 0)
		return -1;
	r->out->conclusion = report.conclusion;
	verify_certificate_report_release(&report);
	return 0;
}

static int
replay_token(struct run *r)
{
	const struct recorded *rec = r->recorded;
	struct digest_values values = { 0 };
	struct document doc = { .digests = &values };
	struct verify_timestamp report;

	if (r->in->document_count > 0) {
		doc = r->in->documents[0];
		if (compare_documents(r) != 0)
			return -1;
	} else if (rec->document_count > 0) {
		values.have = DIGEST_BIT(rec->documents[0].digest);
		memcpy(values.value[rec->documents[0].digest], rec->documents[0].value.data,
		    rec->documents[0].value.len);
	}
	if (verify_timestamp_token(SPAN_OF(&rec->token), &doc, &r->context, &report, r->err) != 0)
		return -1;
	r->out->conclusion = report.conclusion;
	verify_timestamp_release(&report);
	return 0;
}

int
replay(struct replayed *out, const struct replay_options *options, struct error *err)
{
	static int (*const kinds[])(struct run * r) = { [RECORDED_DOCUMENT] = replay_document,
		[RECORDED_CERTIFICATE] = replay_certificate,
		[RECORDED_TIMESTAMP] = replay_token };
	struct run r = { .out = out, .in = options, .recorded = options->recorded, .err = err };
	int rc = -1;

	memset(out, 0, sizeof(*out));
	out->is_same = 1;
	if (check_catalogue(&r) == 0 && open_evidence(&r) == 0 && set_context(&r) == 0 &&
	    kinds[options->recorded->of](&r) == 0) {
		compare(&r, "the whole", &options->recorded->overall, &out->conclusion);
		rc = buf_terminate(&out->differences, err) == 0 &&
			     buf_terminate(&out->rests_on, err) == 0
			 ? 0
			 : -1;
	}
	close_evidence(&r);
	trust_snapshot_free(r.part);
	if (rc != 0)
		replayed_release(out);
	return rc;
}

void
replayed_release(struct replayed *out)
{
	buf_release(&out->differences);
	buf_release(&out->rests_on);
	examination_release(&out->examination);
	memset(out, 0, sizeof(*out));
}
