/* What long-term levels need of revocation data: whether it is there, and when it can be had. */
#include "signing/verify/longterm.h"

#include "signing/x509/cert.h"

/* ---- is it there ---- */

/* A list that has entries of this certificate's issuer, or could have. */
static int
is_by_crl(const struct pool *pool, const X509 *cert)
{
	const X509_NAME *issuer = X509_get_issuer_name(cert);
	size_t i, k;

	for (i = 0; i < pool->crl_count; i++) {
		const struct crl_facts *facts = crl_facts(pool->crls[i].crl);

		for (k = 0; pool->crl_is_brought[i] && k < facts->issuer_count; k++)
			if (X509_NAME_cmp(facts->issuers[k], issuer) == 0)
				return 1;
	}
	return 0;
}

static int
is_by_ocsp(const struct pool *pool, const X509 *cert, const X509 *issuer)
{
	size_t i;

	for (i = 0; issuer != NULL && i < pool->ocsp_count; i++)
		if (pool->ocsp_is_brought[i] &&
		    ocsp_find(ocsp_facts(pool->ocsps[i]), cert, issuer) != NULL)
			return 1;
	return 0;
}

/* The first certificate of the path on which the document brings nothing, or NULL. */
static X509 *
without_data(const struct pool *pool, const struct path_result *path)
{
	size_t i;

	for (i = 0; i < path->certificate_count; i++) {
		X509 *cert = path->certificates[i].cert;
		const X509 *issuer =
		    i + 1 < path->certificate_count ? path->certificates[i + 1].cert : NULL;

		/* Nobody speaks about who has issued himself. */
		if (!path->certificates[i].needs_revocation ||
		    X509_NAME_cmp(X509_get_subject_name(cert), X509_get_issuer_name(cert)) == 0)
			continue;
		if (!is_by_crl(pool, cert) && !is_by_ocsp(pool, cert, issuer))
			return cert;
	}
	return NULL;
}

/* Levels whose form has revocation data. */
static int
is_long_term(enum ades_level level)
{
	static const enum ades_level levels[] = { ADES_BASIC_LT, ADES_BASIC_LTA, ADES_XL, ADES_A,
		ADES_B_LT, ADES_B_LTA };
	size_t i;

	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (levels[i] == level)
			return 1;
	return 0;
}

void
longterm_remark(const struct judge *judge, struct verify_signature *out)
{
	X509 *cert = NULL;
	char label[120];
	size_t i;

	if (!is_long_term(out->source->level))
		return;
	cert = without_data(&judge->pool, &out->path);
	for (i = 0; cert == NULL && i < out->timestamp_count; i++)
		if (out->timestamps[i].kind == TIMESTAMP_SIGNATURE)
			cert = without_data(&judge->pool, &out->timestamps[i].path);
	if (cert != NULL)
		check_add(&out->checks, BLOCK_ACCEPTANCE, CHECK_NOTE, SUB_NONE,
		    "LevelValidationData",
		    "its form is that of level %s, but it brings no revocation data on the "
		    "certificate \"%s\", which the level is for: others may call it level T",
		    out->level, cert_label(cert, label, sizeof(label)));
}

/* ---- when it can be had ---- */

int64_t
longterm_extend_from(const struct judge *judge, const struct verify_signature *v)
{
	const int64_t now = judge->context->time;
	int64_t from = 0;
	size_t i;

	if (v->best_time >= now)
		return 0;
	for (i = 0; i < v->path.certificate_count; i++) {
		const struct path_certificate *pc = &v->path.certificates[i];
		const struct revocation_result *r = &pc->revocation;

		if (pc->needs_revocation && r->status == REVOCATION_GOOD &&
		    r->this_update < v->best_time && r->next_update > now && r->next_update > from)
			from = r->next_update;
	}
	return from;
}
