#include "signing/format/pdf/pdf_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/cms.h>
#include <openssl/err.h>

#include "signing/core/certs.h"
#include "signing/format/cms/cms_read.h"
#include "signing/format/cms/oids.h"
#include "signing/format/pdf/changes.h"
#include "signing/format/pdf/date.h"
#include "signing/format/pdf/lock.h"
#include "signing/format/pdf/value.h"

static struct cms_read_options
cms_options(const struct pdf_values *values)
{
	return (struct cms_read_options){ .limits = values->limits,
		.extra_certificates = values->options->certificates,
		.profile = CMS_PROFILE_PADES,
		.tolerate = values->options->tolerate };
}

static int
is_fault_of_document(const struct error *err)
{
	return err->kind == ERROR_MALFORMED || err->kind == ERROR_UNSUPPORTED ||
	       err->kind == ERROR_NOT_FOUND;
}

/*
 * Certificates that may be the signer's though the value does not hold them: the caller's, and
 * those of the store (EN 319 142-1 clause 5.4.2). None is believed for where it stands: its key
 * must check the value, and it must be the one that the signed attributes name, if they do. The
 * caller's to free; NULL: no memory.
 */
static STACK_OF(X509) * other_certificates(const struct pdf_values *values)
{
	STACK_OF(X509) *all = sk_X509_new_null();
	const STACK_OF(X509) *
	    lists[] = { values->options->certificates, values->dss.evidence.certificates };
	size_t l;
	int i;

	for (l = 0; l < 2; l++)
		for (i = 0; all != NULL && i < sk_X509_num(lists[l]); i++)
			if (sk_X509_push(all, sk_X509_value(lists[l], i)) <= 0) {
				sk_X509_free(all);
				all = NULL;
			}
	return all;
}

/* Read the CMS value over the byte range into `found`. */
static int
read_cms(const struct pdf_values *values, const struct pdf_value *v, struct signatures *found,
    struct error *err)
{
	struct cms_read_options options = cms_options(values);
	struct digest_values digests;
	struct document doc = { .digests = &digests };
	STACK_OF(X509) *others = other_certificates(values);
	unsigned int bits = 0;
	int rc = -1;

	options.extra_certificates = others;
	if (others == NULL)
		error_memory(err);
	else if (v->subfilter == PDF_SUBFILTER_SHA1)
		rc = cms_read(found, SPAN_OF(&v->der), NULL, &options, err);
	else if (cms_digests_needed(SPAN_OF(&v->der), &options, &bits, err) == 0 &&
		 pdf_range_digest(&v->range, values->doc->bytes, bits, &digests, err) == 0)
		rc = cms_read(found, SPAN_OF(&v->der), &doc, &options, err);
	sk_X509_free(others);
	return rc;
}

/*
 * A value that is over no byte range is read all the same: who claims to have signed, and when, is
 * told, and that it is broken. What cannot be read at all adds nothing.
 */
static int
read_claims(const struct pdf_values *values, const struct pdf_value *v, struct signatures *found,
    struct error *err)
{
	struct cms_read_options options = cms_options(values);
	struct buf der = BUF_INIT(0);
	struct error why = ERROR_INIT;
	size_t i;
	int rc;

	if (v->is_own)
		rc = buf_append_span(&der, SPAN_OF(&v->der), err);
	else
		rc = pdf_range_claimed(values->doc, v->field->value, &der, err);
	if (rc == 0 && der.len > 0 && cms_read(found, SPAN_OF(&der), NULL, &options, &why) != 0) {
		signatures_release(found);
		if (!is_fault_of_document(&why)) {
			if (err != NULL)
				*err = why;
			rc = -1;
		}
	}
	for (i = 0; i < found->count; i++)
		found->items[i].failure = SUB_NONE; /* how it is broken, the caller knows */
	buf_release(&der);
	return rc;
}

static int
has_own_content(const struct pdf_value *v)
{
	struct buf content = BUF_INIT(0);
	struct error ignored = ERROR_INIT;
	int has = v->subfilter != PDF_SUBFILTER_SHA1 &&
		  cms_content(&content, NULL, 0, SPAN_OF(&v->der), &ignored) == 0;

	buf_release(&content);
	return has;
}

/*
 * adbe.pkcs7.sha1 signs 20 bytes that are the SHA-1 of the byte range (ISO 32000-1
 * clause 12.8.3.3); 1 when the attached content is exactly those.
 */
static int
holds_sha1_of_range(const struct pdf_values *values, const struct pdf_value *v)
{
	struct buf content = BUF_INIT(0);
	struct digest_values sha1;
	int holds = 0;

	if (cms_content(&content, NULL, 0, SPAN_OF(&v->der), NULL) == 0 && content.len == 20 &&
	    pdf_range_digest(&v->range, values->doc->bytes, DIGEST_BIT(DIGEST_SHA1), &sha1, NULL) ==
		0)
		holds = memcmp(content.data, sha1.value[DIGEST_SHA1], 20) == 0;
	buf_release(&content);
	return holds;
}

/* With all certificates in it; NULL where it does not decode. */
static CMS_ContentInfo *
decode_cms(struct span der)
{
	const unsigned char *at = der.data;

	return has_slow_key(der) ? NULL : d2i_CMS_ContentInfo(NULL, &at, (long)der.len);
}

/*
 * 1 when a signer names a signature algorithm where RFC 5652 section 5.3 has a digest algorithm,
 * which old mail programs may do and PDF signatures may not.
 */
static int
misnames_digest(const struct pdf_value *v)
{
	CMS_ContentInfo *cms = decode_cms(SPAN_OF(&v->der));
	STACK_OF(CMS_SignerInfo) *signers = cms != NULL ? CMS_get0_SignerInfos(cms) : NULL;
	const ASN1_OBJECT *oid;
	X509_ALGOR *digest;
	int i, wrong = 0;

	for (i = 0; i < sk_CMS_SignerInfo_num(signers); i++) {
		CMS_SignerInfo_get0_algs(
		    sk_CMS_SignerInfo_value(signers, i), NULL, NULL, &digest, NULL);
		X509_ALGOR_get0(&oid, NULL, NULL, digest);
		wrong |= OBJ_find_sigid_algs(OBJ_obj2nid(oid), NULL, NULL) == 1;
	}
	CMS_ContentInfo_free(cms);
	ERR_clear_error();
	return wrong;
}

/*
 * A fault of its place in the file (the format check comes first, EN 319 102-1 clause 5.2.2) goes
 * before whatever CMS found. Whether the digest of the range agrees is a fact all the same, which
 * tells a file that somebody rearranged from one whose bytes were changed; of any other fault
 * nothing may look intact.
 */
static void
mark_broken(struct signature *sig, const struct pdf_value *v, const char *problem)
{
	size_t i;

	if (!v->sound)
		sig->failure = SUB_NONE;
	signature_fail(sig, SUB_FORMAT_FAILURE, "%s", problem);
	sig->scope = SCOPE_PARTIAL;
	for (i = 0; i < sig->reference_count; i++)
		sig->references[i].scope = SCOPE_PARTIAL;
	if (!v->sound && !sig->revision_is_last)
		sig->change_class = CHANGE_OTHER; /* it is not there any more */
	if (!v->sound && v->is_own)
		return;
	sig->references_intact = 0;
	for (i = 0; i < sig->reference_count; i++) {
		sig->references[i].intact = 0;
		if (sig->references[i].problem[0] == '\0')
			snprintf(sig->references[i].problem, sizeof(sig->references[i].problem),
			    "%.239s", problem);
	}
}

/* The reference that covers the document is the byte range. */
static int
set_reference(const struct pdf_values *values, const struct pdf_value *v, struct signature *sig,
    struct error *err)
{
	const uint64_t *at = v->range.at;
	struct reference *ref = sig->references;

	if (sig->reference_count == 0) {
		ref = signature_add_reference(sig, values->limits, err);
		if (ref == NULL)
			return -1;
		ref->is_document = 1;
	}
	free(ref->uri);
	if (asprintf(&ref->uri, "ByteRange %llu %llu %llu %llu", (unsigned long long)at[0],
		(unsigned long long)at[1], (unsigned long long)at[2],
		(unsigned long long)at[3]) < 0) {
		ref->uri = NULL;
		return error_memory(err);
	}
	memcpy(sig->byte_range, at, sizeof(sig->byte_range));
	sig->revision_is_last = v->range.end == values->doc->bytes.len;
	sig->scope = sig->revision_is_last ? SCOPE_FULL : SCOPE_PARTIAL;
	ref->scope = sig->scope;
	return 0;
}

/* 1 when the value holds the signer's certificate itself. */
static int
holds_signer(struct span der, X509 *signer)
{
	CMS_ContentInfo *cms = decode_cms(der);
	STACK_OF(X509) *certs = cms != NULL ? CMS_get1_certs(cms) : NULL;
	int i, holds = 0;

	for (i = 0; signer != NULL && i < sk_X509_num(certs); i++)
		holds |= X509_cmp(sk_X509_value(certs, i), signer) == 0;
	sk_X509_pop_free(certs, X509_free);
	CMS_ContentInfo_free(cms);
	ERR_clear_error();
	return holds;
}

/* What the signature dictionary says beside the value. */
static void
set_claims(const struct pdf_values *values, const struct pdf_value *v, struct signature *sig)
{
	qpdf_oh value = v->field->value;
	char *date = pdf_get_text(values->doc, value, "/M");

	sig->format = FORMAT_PDF;
	sig->reason = pdf_get_text(values->doc, value, "/Reason");
	sig->location = pdf_get_text(values->doc, value, "/Location");
	sig->contact = pdf_get_text(values->doc, value, "/ContactInfo");
	sig->certification = pdf_docmdp_of(values->doc, value);
	if (date != NULL && pdf_date_parse(date, &sig->claimed_time) == 0)
		sig->has_claimed_time = 1;
	/* EN 319 142-1 clause 5.3: PAdES by its SubFilter; older ones are plain PKCS#7. */
	if (v->subfilter != PDF_SUBFILTER_CADES)
		sig->baseline = sig->form.ades = 0;
	/* Clause 6.3: SignedData.certificates holds the signer's. */
	if (sig->baseline && v->is_own && !holds_signer(SPAN_OF(&v->der), sig->signer))
		sig->baseline = 0;
	/* Clause 6.3, requirements d and m: /Reason, or commitment type or policy, not both. */
	if (sig->reason != NULL && sig->reason[0] != '\0') {
		if (sig->policy != NULL)
			sig->baseline = 0;
		if (sig->commitment_count > 0)
			sig->baseline = sig->form.ades = 0;
	}
	free(date);
}

/* "Field" for the signer, "Field.ID" for a counter-signature of it. */
static int
set_ids(const struct pdf_value *v, struct signatures *found, struct error *err)
{
	size_t i;

	for (i = 0; i < found->count; i++) {
		struct signature *sig = &found->items[i];
		char *id = NULL;

		if (i == 0)
			id = strdup(v->field->name);
		else if (asprintf(&id, "%s.%s", v->field->name, sig->id) < 0)
			id = NULL;
		if (id == NULL)
			return error_memory(err);
		free(sig->id);
		sig->id = id;
		if (sig->parent == NULL)
			continue;
		free(sig->parent);
		sig->parent = strdup(v->field->name);
		if (sig->parent == NULL)
			return error_memory(err);
	}
	return 0;
}

/* EN 319 142-1 clause 6.3: one signer, no more. */
static int
signer_count(const struct signatures *found)
{
	size_t i;
	int n = 0;

	for (i = 0; i < found->count; i++)
		n += found->items[i].parent == NULL;
	return n;
}

/* Move what was found behind `out`: all of it or nothing. */
static int
move(struct signatures *out, struct signatures *found, const struct format_limits *limits,
    struct error *err)
{
	struct signature *bigger;

	if (evidence_move(&out->evidence, &found->evidence, err) != 0)
		return -1;
	if (found->count == 0)
		return 0;
	if (out->count + found->count > limits->signatures)
		return error_limit(err, ERROR_LIMIT, "signatures", limits->signatures, 0,
		    "too many signatures in the document");
	bigger = realloc(out->items, (out->count + found->count) * sizeof(*bigger));
	if (bigger == NULL)
		return error_memory(err);
	memcpy(bigger + out->count, found->items, found->count * sizeof(*bigger));
	out->items = bigger;
	out->count += found->count;
	free(found->items);
	memset(found, 0, sizeof(*found));
	return 0;
}

/* A value that CMS cannot read is a signature all the same: one that is broken. */
static int
add_unreadable(struct signatures *found, const struct pdf_values *values, struct error *err)
{
	signatures_release(found);
	return signatures_add(found, values->limits, err) != NULL ? 0 : -1;
}

/*
 * The value and all that it says into `found`; what is wrong with it into *problem, unless its
 * place says so already. *is_attached: it signs content of its own.
 */
static int
read_value(const struct pdf_values *values, const struct pdf_value *v, struct signatures *found,
    const char **problem, int *is_attached, struct error *why, struct error *err)
{
	*problem = v->sound ? NULL : v->problem.text;
	*is_attached = v->is_own && has_own_content(v);
	if (*is_attached) {
		if (*problem == NULL)
			*problem = "the signature holds content of its own, where it is to sign "
				   "the byte range alone (EN 319 142-1 clause 4.1)";
	} else if (v->is_own && read_cms(values, v, found, why) != 0) {
		if (!is_fault_of_document(why)) {
			if (err != NULL)
				*err = *why;
			return -1;
		}
		if (*problem == NULL)
			*problem = why->text;
		signatures_release(found);
	}
	if (found->count == 0 && read_claims(values, v, found, err) != 0)
		return -1;
	if (found->count == 0 && add_unreadable(found, values, err) != 0)
		return -1;
	return 0;
}

/* NULL, or what the kind of the value, or the number of its signers, makes of it. */
static const char *
fault_of_kind(const struct pdf_value *v, const struct signatures *found)
{
	if (found->items[0].id == NULL)
		return "the signature has no signer";
	if (v->subfilter == PDF_SUBFILTER_UNKNOWN)
		return "the signature is of a kind (SubFilter) that is not supported";
	if (misnames_digest(v))
		return "the signature names a signature algorithm as its digest algorithm";
	return signer_count(found) != 1 ? "the signature has more than one signer" : NULL;
}

static int
read_signature(
    const struct pdf_values *values, struct pdf_value *v, struct signatures *out, struct error *err)
{
	struct signatures found = { 0 };
	struct error why = ERROR_INIT;
	const char *problem;
	int is_attached, rc = -1;
	size_t i;

	if (read_value(values, v, &found, &problem, &is_attached, &why, err) != 0)
		goto done;
	if (problem == NULL)
		problem = fault_of_kind(v, &found);
	if (v->subfilter == PDF_SUBFILTER_SHA1 && problem == NULL &&
	    !holds_sha1_of_range(values, v)) {
		problem = "the digest that was signed is not that of the byte range";
		signature_fail(&found.items[0], SUB_HASH_FAILURE, "%s", problem);
	}
	if (set_ids(v, &found, err) != 0 ||
	    (v->have_range && set_reference(values, v, &found.items[0], err) != 0))
		goto done;
	for (i = 0; i < found.count; i++)
		found.items[i].format = FORMAT_PDF;
	set_claims(values, v, &found.items[0]);
	found.items[0].deviations |= v->deviations;
	if (v->sound && !found.items[0].revision_is_last &&
	    pdf_changes_judge(values, v, v->revision, &found.items[0], err) != 0)
		goto done;
	/* More than one signer, or none, or over something else: nothing that has a level. */
	for (i = 0; (is_attached || signer_count(&found) != 1) && i < found.count; i++)
		memset(&found.items[i].form, 0, sizeof(found.items[i].form));
	for (i = 0; problem != NULL && i < found.count; i++)
		mark_broken(&found.items[i], v, problem);
	rc = move(out, &found, values->limits, err);
done:
	signatures_release(&found);
	return rc;
}

/* All signatures with the stamps over them: into `out` or, on -1, nothing. */
static int
read_signatures(struct pdf_values *values, struct signatures *out, struct error *err)
{
	struct signatures found = { 0 };
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < values->count; i++)
		if (!values->items[i].is_timestamp)
			rc = read_signature(values, &values->items[i], &found, err);
	for (i = 0; rc == 0 && i < values->count; i++)
		if (values->items[i].is_timestamp)
			rc = pdf_stamp_spread(values, &values->items[i], &found, err);
	if (rc == 0) {
		pdf_stamps_form(values, &found);
		rc = evidence_move(&found.evidence, &values->dss.evidence, err);
	}
	if (rc == 0)
		rc = move(out, &found, values->limits, err);
	signatures_release(&found);
	return rc;
}

int
pdf_read_all(struct signatures *signatures, struct pdf_timestamps *stamps, struct span document,
    const struct pdf_read_options *options, struct error *err)
{
	struct pdf_values values;
	int rc = pdf_values_open(&values, document, options, err);

	if (stamps != NULL)
		memset(stamps, 0, sizeof(*stamps));
	if (rc == 0 && stamps != NULL)
		rc = pdf_stamps_list(&values, stamps, err);
	if (rc == 0 && signatures != NULL)
		rc = read_signatures(&values, signatures, err);
	if (rc != 0 && stamps != NULL)
		pdf_timestamps_release(stamps);
	pdf_values_close(&values);
	return rc;
}

int
pdf_read(struct signatures *out, struct span document, const struct pdf_read_options *options,
    struct error *err)
{
	return pdf_read_all(out, NULL, document, options, err);
}

int
pdf_read_timestamps(struct pdf_timestamps *out, struct span document,
    const struct pdf_read_options *options, struct error *err)
{
	return pdf_read_all(NULL, out, document, options, err);
}

int
pdf_read_original(struct span *out, struct span document, const char *field,
    const struct pdf_read_options *options, struct error *err)
{
	const struct pdf_value *v = NULL;
	struct pdf_values values;
	size_t i;
	int rc = -1;

	*out = SPAN_NONE;
	if (pdf_values_open(&values, document, options, err) != 0)
		goto done;
	for (i = 0; i < values.count; i++)
		if (strcmp(values.items[i].field->name, field) == 0)
			v = &values.items[i];
	if (v == NULL) {
		error_set(err, ERROR_NOT_FOUND,
		    "the document has no signature in a field \"%.100s\"", field);
	} else if (!v->sound) {
		error_set(err, ERROR_CONFLICT, "%s", v->problem.text);
	} else {
		*out = (struct span){ document.data, (size_t)v->range.end };
		rc = 0;
	}
done:
	pdf_values_close(&values);
	return rc;
}
