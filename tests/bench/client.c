#include "tests/bench/client.h"

#include <stdio.h>

SSL_CTX *
bench_client(const struct live *live, const char *user)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	char name[64];

	SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION);
	snprintf(name, sizeof(name), "pki/%s.pem", user);
	if (user[0] != '\0' &&
	    (SSL_CTX_use_certificate_file(ctx, live_path(live, name), SSL_FILETYPE_PEM) != 1 ||
		SSL_CTX_use_PrivateKey_file(ctx, live_path(live, name), SSL_FILETYPE_PEM) != 1))
		fprintf(stderr, "the client certificate %s cannot be used\n", name);
	return ctx;
}
