#include "tests/bench/revocable.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <time.h>

#include "signing/format/cms/cms_sign.h"
#include "signing/x509/issue.h"

static int
issue(struct revocable *r, const char *crl_url, int64_t now, struct error *err)
{
	const struct issuer issuer = { r->ca, r->ca_key };
	const struct issue_request request = { .profile = ISSUE_DOCUMENT_SIGNING,
		.key = r->key,
		.common_name = "Revocable signer",
		.not_before = now - 3600,
		.not_after = now + 30 * 86400,
		.crl_url = crl_url };

	return issue_certificate(&r->cert, &request, &issuer, err);
}

int
revocable_start(struct revocable *r, const struct live *live, struct span content, struct buf *cms)
{
	const int64_t now = (int64_t)time(NULL);
	const struct document document = { .content = content, .has_content = 1 };
	const struct sign_options options = {
		.packaging = PACKAGING_ENVELOPING, .signing_time = now, .claim_time = 1
	};
	struct sign_key by = { .name = "signer" };
	struct status_crl list = {
		.this_update = now - 60, .next_update = now + 86400, .number = 1
	};
	struct error err = ERROR_INIT;
	struct status_door *door;

	*r = (struct revocable){ .key = EVP_EC_gen("P-256") };
	status_server_start(&r->server);
	if (r->key == NULL || live_ca(live, &r->ca_key, &r->ca) != 0)
		return -1;
	list.signer = r->ca;
	list.key = r->ca_key;
	door = status_server_crl(&r->server, "bench.crl", &list);
	if (issue(r, door->url, now, &err) != 0)
		goto failed;
	by.cert = r->cert;
	by.pkey = r->key;
	if (cms_sign(cms, &document, CMS_PROFILE_CADES, &by, &options, &err) == 0)
		return 0;
failed:
	fprintf(stderr, "no signer with a CRL: %s [%s]\n", err.text, err.cause);
	return -1;
}

void
revocable_end(struct revocable *r)
{
	status_server_end(&r->server);
	X509_free(r->ca);
	X509_free(r->cert);
	EVP_PKEY_free(r->ca_key);
	EVP_PKEY_free(r->key);
}
