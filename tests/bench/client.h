/* tests/bench/client.h: who asks. */
#ifndef SIGNET_TESTS_BENCH_CLIENT_H
#define SIGNET_TESTS_BENCH_CLIENT_H

#include <openssl/ssl.h>

#include "tests/support/live.h"

/* TLS 1.3 with pki/USER.pem of the installation; "": without a certificate. The caller's. */
SSL_CTX *bench_client(const struct live *live, const char *user);

#endif
