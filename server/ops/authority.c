/* Time stamps for our own signatures and for callers: from the tenant's authorities, in their
 * order. */
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

#include "server/base/log.h"
#include "server/fetch/fetch.h"
#include "server/ops/private.h"
#include "signing/proof/tsa.h"
#include "signing/proof/tsp.h"
#include "signing/x509/path.h"

#define NONCE_BYTES  8
#define RESPONSE_MAX ((size_t)1 << 20)

int
authority_check(
    struct request *req, const struct material *material, const char *name, struct error *err)
{
	const struct material_authority *authority;

	if (material_authority(&authority, material, name, err) != 0)
		return -1;
	req->must_wait |= authority->url != NULL;
	return 0;
}

static int
ask_remote(
    const struct material_authority *a, struct span query, struct buf *response, struct error *err)
{
	const struct fetch_request request = {
		.url = a->url,
		.content_type = TSP_QUERY_TYPE,
		.accept = TSP_REPLY_TYPE,
		.body = query,
		.connect_ms = a->timeout_ms < 5000 ? a->timeout_ms : 5000,
		.total_ms = a->timeout_ms,
		.max_answer = RESPONSE_MAX,
	};
	struct fetch_answer answer;
	int rc = -1;

	if (fetch(&request, &answer, err) != 0)
		return -1;
	if (answer.status != 200)
		error_set(err, ERROR_UNAVAILABLE,
		    "time-stamp authority %s answered with HTTP status %d", a->name, answer.status);
	else
		rc = buf_append_span(response, SPAN_OF(&answer.body), err);
	fetch_answer_release(&answer);
	return rc;
}

/* Whose token it is: of the authority's own certificates, or one that a tenant's anchor vouches
 * for. */
static int
check_issuer(const struct material_authority *a, const struct material *material, struct span token,
    int64_t now, struct error *err)
{
	struct timestamp_token t;
	struct path_result path;
	struct path_input input = { .time = now, .purpose = PATH_TIMESTAMPING };
	int rc = -1;

	if (timestamp_token_read(&t, token, a->certificates, err) != 0)
		return -1;
	input.cert = t.signer;
	input.untrusted = t.certificates;
	if (sk_X509_num(a->certificates) > 0)
		input.anchors = a->certificates;
	else if (material->trust != NULL)
		input.trust = trust_path(material->trust, PATH_TIMESTAMPING);
	if (t.problem[0] != '\0')
		error_set(err, ERROR_UNAVAILABLE, "the time stamp of %s is not sound: %.200s",
		    a->name, t.problem);
	else if (path_validate(&input, &path, err) == 0) {
		rc = path.ok
			 ? 0
			 : error_set(err, ERROR_UNAVAILABLE,
			       "the certificate of time-stamp authority %s is not trusted: %.200s",
			       a->name, path.text);
		path_result_release(&path);
	}
	timestamp_token_release(&t);
	return rc;
}

/* One authority's token over the imprint, fully checked. */
static int
ask_one(struct authority_source *s, const struct material_authority *a, enum digest digest,
    const unsigned char *imprint, struct buf *token, struct error *err)
{
	struct tsp_request request = { .digest = digest, .nonce_len = NONCE_BYTES, .cert_req = 1 };
	struct buf query = BUF_INIT(0), response = BUF_INIT(RESPONSE_MAX);
	size_t before = token->len;
	int rc = -1;

	memcpy(request.imprint, imprint, digest_size(digest));
	request.policy = a->url != NULL ? a->policy : NULL;
	if (RAND_bytes(request.nonce, NONCE_BYTES) != 1 ||
	    tsp_request_make(&query, &request, err) != 0)
		goto done;
	if ((a->url != NULL
		    ? ask_remote(a, SPAN_OF(&query), &response, err)
		    : authority_answer(s->engine, a, SPAN_OF(&query), &response, NULL, err)) != 0)
		goto done;
	if (tsp_response_check(token, SPAN_OF(&response), &request, a->certificates, err) != 0)
		goto done;
	rc =
	    check_issuer(a, s->material, (struct span){ token->data + before, token->len - before },
		s->req->time_us / 1000000, err);
	if (rc != 0)
		token->len = before;
done:
	buf_release(&query);
	buf_release(&response);
	return rc;
}

/* The named authority, or all of them in order until one gives a token. */
static int
source_get(void *ctx, enum digest digest, const unsigned char *imprint, struct buf *token,
    struct error *err)
{
	struct authority_source *s = ctx;
	size_t i, before = token->len;
	struct error last = ERROR_INIT;

	if (suitable_digest(s->engine, digest, s->req->time_us / 1000000, err) != 0)
		return -1;
	error_set(&last, ERROR_UNAVAILABLE, "the tenant has no time-stamp authority");
	for (i = 0; i < s->material->authority_count; i++) {
		const struct material_authority *a = &s->material->authorities[i];

		if (!a->is_active || (s->name != NULL && strcmp(s->name, a->name) != 0) ||
		    (a->url != NULL && !s->req->may_wait))
			continue;
		error_clear(&last);
		if (ask_one(s, a, digest, imprint, token, &last) == 0) {
			if (s->last == NULL)
				return 0;
			s->last->len = 0;
			return buf_append(s->last, token->data + before, token->len - before, err);
		}
		log_failure(LOG_LEVEL_WARNING, a->name, &last);
	}
	return error_cause(err, ERROR_UNAVAILABLE, last.text, "%s", last.cause);
}

void
authority_source_init(struct authority_source *source, struct engine *engine,
    const struct request *req, const struct material *material, const char *name, struct buf *last)
{
	*source = (struct authority_source){ engine, req, material, name, last,
		{ source_get, source, DIGEST_SHA256 } };
}
