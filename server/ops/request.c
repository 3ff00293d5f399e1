#include "server/ops/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authz/caller.h"
#include "server/ops/admin/admin.h"
#include "server/base/clock.h"
#include "server/base/text.h"
#include "server/ops/evidence/gather.h"
#include "signing/format/cms/cms_read.h"

static const char not_authorized[] = "urn:oasis:names:tc:dss:1.0:resultminor:NotAuthorized";
static const char not_supported[] = "urn:oasis:names:tc:dss:1.0:resultminor:NotSupported";
const char result_minor_not_decrypted[] = "urn:signet:v1:resultminor:NotDecrypted";
const char result_minor_proposed[] = "urn:signet:v1:resultminor:Proposed";
static const char general_error[] = "urn:oasis:names:tc:dss:1.0:resultminor:GeneralError";

void
request_init(struct request *req, const struct operation *operation, const char *id)
{
	memset(req, 0, sizeof(*req));
	req->operation = operation;
	req->time_us = clock_now_us();
	text_copy(req->id, sizeof(req->id), id);
}

static void
documents_release(struct op_document *docs, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		buf_release(&docs[i].content);
		digests_free(docs[i].running);
		docs[i].running = NULL;
	}
}

static void
key_item_release(struct key_item *key)
{
	size_t i;

	for (i = 0; i < key->chain_count; i++)
		buf_release(&key->chain[i]);
	free(key->chain);
	free(key->name);
	free(key->algorithm);
	free(key->state);
	free(key->reason);
	buf_release(&key->certificate);
}

int
encryption_is_open(const struct encryption *e)
{
	return e->by_password || e->opened_by[0] != '\0';
}

void
encryptions_release(struct encryptions *all)
{
	size_t i;

	for (i = 0; i < all->count; i++)
		envelope_release(&all->items[i].envelope);
	free(all->items);
	memset(all, 0, sizeof(*all));
}

static void
verified_release(struct verified_document *doc)
{
	size_t i;

	for (i = 0; i < doc->timestamp_count; i++)
		verify_timestamp_release(&doc->timestamps[i]);
	free(doc->timestamps);
	verify_report_release(&doc->report);
	buf_release(&doc->report_file);
	gathered_free(doc->gathered);
	signatures_release(&doc->signatures);
	encryptions_release(&doc->encryptions);
}

static void
found_release(struct request *req)
{
	size_t i, k;

	for (i = 0; i < req->out.found.count; i++) {
		struct case_item *item = &req->out.found.items[i];

		for (k = 0; k < item->signer_count; k++)
			free(item->signers[k]);
		free(item->signers);
	}
	free(req->out.found.items);
	db_result_free(req->out.found.page.result);
}

static void
case_answer_release(struct case_answer *answer)
{
	size_t i;

	if (answer == NULL)
		return;
	for (i = 0; answer->results != NULL && i < answer->row.file.use_count; i++)
		db_result_free(answer->results[i]);
	free(answer->results);
	free(answer->contents);
	store_case_row_release(&answer->row);
	free(answer);
}

void
request_release(struct request *req)
{
	size_t i;

	documents_release(req->in.documents, req->in.document_count);
	documents_release(req->in.originals, req->in.original_count);
	for (i = 0; i < req->out.item_count; i++)
		buf_wipe(&req->out.items[i].document); /* what was encrypted may be in it */
	free(req->out.items);
	for (i = 0; i < req->out.key_count; i++)
		key_item_release(&req->out.keys[i]);
	free(req->out.keys);
	for (i = 0; i < req->out.verified_count; i++)
		verified_release(&req->out.verified[i]);
	free(req->out.verified);
	case_answer_release(req->out.case_file);
	found_release(req);
	free(req->out.check.problems);
	free(req->out.kept_cases);
	for (i = 0; i < req->out.original_count; i++) {
		free(req->out.originals[i].name);
		buf_release(&req->out.originals[i].content);
	}
	free(req->out.originals);
	if (req->out.certificate_report != NULL)
		verify_certificate_report_release(req->out.certificate_report);
	free(req->out.certificate_report);
	if (req->out.timestamp_report != NULL)
		verify_timestamp_release(req->out.timestamp_report);
	free(req->out.timestamp_report);
	buf_release(&req->out.report_file);
	gathered_free(req->out.gathered);
	encryptions_release(&req->out.encryptions);
	free(req->out.who.groups);
	access_answer_release(&req->out.access);
	free(req->out.who.rights);
	buf_release(&req->out.signing_certificate);
	buf_release(&req->out.token);
	admin_exchange_free(req->admin);
	caller_release(req->caller);
	memset(req, 0, sizeof(*req));
}

/*
 * How an original is kept: a detached CMS signature has come before it and needs digests only,
 * every other format needs the content. What that signature is worth is told when it is verified.
 */
static void
decide(struct op_document *doc)
{
	const struct op_document *by = doc->decided_by;
	struct error ignored = ERROR_INIT;
	unsigned int bits = 0;

	doc->decided_by = NULL;
	if (by == NULL || !by->has_content ||
	    cms_digests_needed(SPAN_OF(&by->content), NULL, &bits, &ignored) != 0 || bits == 0)
		return;
	doc->want_digests = bits;
	doc->max_bytes = doc->stream_bytes;
}

int
op_document_write(struct op_document *doc, const void *data, size_t len, struct error *err)
{
	if (doc->received == 0)
		decide(doc);
	if (len > doc->max_bytes || doc->received > doc->max_bytes - len)
		return error_limit(err, ERROR_TOO_LARGE,
		    doc->want_digests != 0 ? "limit-stream" : "limit-document", doc->max_bytes,
		    doc->received + len, "the document is too large");
	doc->received += len;
	if (doc->want_digests == 0) {
		if (doc->content.max < doc->max_bytes)
			doc->content.max = doc->max_bytes;
		return buf_append(&doc->content, data, len, err);
	}
	if (doc->running == NULL && digests_new(&doc->running, doc->want_digests, err) != 0)
		return -1;
	return digests_update(doc->running, data, len, err);
}

int
op_document_end(struct op_document *doc, struct error *err)
{
	int rc = 0;

	if (doc->received == 0)
		decide(doc);
	if (doc->want_digests == 0) {
		doc->has_content = 1;
		return 0;
	}
	if (doc->running == NULL && digests_new(&doc->running, doc->want_digests, err) != 0)
		return -1;
	rc = digests_final(doc->running, &doc->digests, err);
	digests_free(doc->running);
	doc->running = NULL;
	return rc;
}

struct document
op_document_view(const struct op_document *doc)
{
	return (struct document){ doc->name, doc->mime_type, SPAN_OF(&doc->content),
		doc->has_content, doc->digests.have != 0 ? &doc->digests : NULL };
}

/* What each kind of failure is in OASIS DSS's words. */
static const struct {
	enum result_major major;
	const char *minor;
} result_of_kind[ERROR_KINDS] = {
	[ERROR_NONE] = { RESULT_SUCCESS, NULL },
	[ERROR_MALFORMED] = { RESULT_REQUESTER_ERROR, NULL },
	[ERROR_NOT_AUTHENTICATED] = { RESULT_REQUESTER_ERROR, not_authorized },
	[ERROR_NOT_AUTHORIZED] = { RESULT_REQUESTER_ERROR, not_authorized },
	[ERROR_NOT_FOUND] = { RESULT_REQUESTER_ERROR, NULL },
	[ERROR_CONFLICT] = { RESULT_REQUESTER_ERROR, NULL },
	[ERROR_TOO_LARGE] = { RESULT_REQUESTER_ERROR, NULL },
	[ERROR_LIMIT] = { RESULT_REQUESTER_ERROR, NULL },
	[ERROR_UNSUPPORTED] = { RESULT_REQUESTER_ERROR, not_supported },
	[ERROR_UNAVAILABLE] = { RESULT_RESPONDER_ERROR, NULL },
	[ERROR_INTERNAL] = { RESULT_RESPONDER_ERROR, general_error },
};

void
result_from_error(struct result *result, const struct error *err)
{
	result->major = result_of_kind[err->kind].major;
	result->minor = result_of_kind[err->kind].minor;
	snprintf(result->message, sizeof(result->message), "%s", err->text);
}

const char *
result_minor_intern(const char *minor)
{
	static const char *const known[] = { not_authorized, not_supported, general_error,
		result_minor_not_decrypted, result_minor_proposed };
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i], minor) == 0)
			return known[i];
	return NULL;
}
