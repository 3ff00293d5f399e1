#include "server/run/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>
#include <unistd.h>

#include "server/base/buf.h"
#include "signing/core/handshake.h"
#include "signing/core/ossl.h"

/* A resumed session skips the client's proof: not for long. */
#define SESSION_SECONDS	 300
#define CLIENT_CHAIN_MAX 65536
#define FILE_MAX	 (1 << 20)

static const struct profile {
	const char *name;
	int least_version;
	const char *suites; /* of TLS 1.2 and before */
} profiles[TLS_PROFILES] = {
	[TLS_PROFILE_NONE] = { "none", 0, "" },
	[TLS_PROFILE_DEFAULT] = { "default", TLS1_2_VERSION,
	    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
	    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
	    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305" },
	[TLS_PROFILE_LEGACY] = { "legacy", TLS1_VERSION,
	    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
	    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
	    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
	    "AES256-SHA256:AES128-SHA256:AES256-SHA:AES128-SHA:@SECLEVEL=0" },
};

const char *
tls_profile_name(enum tls_profile profile)
{
	return profiles[profile].name;
}

enum tls_profile
tls_profile_parse(const char *word)
{
	int i;

	for (i = 0; i < TLS_PROFILES; i++)
		if (strcmp(profiles[i].name, word) == 0)
			break;
	return (enum tls_profile)i;
}

/* ---- the certificate file ---- */

static int
add_certificate(struct tls_chain *chain, X509 *cert, struct error *err)
{
	if (chain->leaf == NULL) {
		chain->leaf = cert;
		return 0;
	}
	if (sk_X509_push(chain->issuers, cert) > 0)
		return 0;
	X509_free(cert);
	return error_memory(err);
}

int
tls_chain_read(struct tls_chain *chain, int fd, struct error *err)
{
	struct buf text = BUF_INIT(FILE_MAX);
	BIO *in = NULL;
	X509 *cert;
	int rc = -1;

	*chain = (struct tls_chain){ NULL, sk_X509_new_null() };
	if (lseek(fd, 0, SEEK_SET) != 0) {
		error_errno(err, "could not read the TLS certificate file");
		goto done;
	}
	if (buf_read_fd(&text, fd, "the TLS certificate file", err) != 0)
		goto done;
	in = BIO_new_mem_buf(text.len > 0 ? (char *)text.data : "", (int)text.len);
	if (in == NULL || chain->issuers == NULL) {
		error_memory(err);
		goto done;
	}
	while ((cert = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL)
		if (add_certificate(chain, cert, err) != 0)
			goto done;
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
		error_openssl(err, "the TLS certificate file holds a broken certificate");
		goto done;
	}
	ERR_clear_error();
	if (chain->leaf != NULL)
		rc = 0;
	else
		error_set(
		    err, ERROR_MALFORMED, "the TLS certificate file holds no certificate (PEM)");
done:
	BIO_free(in);
	buf_release(&text);
	if (rc != 0)
		tls_chain_release(chain);
	return rc;
}

void
tls_chain_release(struct tls_chain *chain)
{
	X509_free(chain->leaf);
	sk_X509_pop_free(chain->issuers, X509_free);
	*chain = (struct tls_chain){ NULL, NULL };
}

/* ---- the context ---- */

/* The handshake itself proves possession of the key; more is not asked here. */
static int
take_any_certificate(X509_STORE_CTX *store, void *arg)
{
	(void)arg;
	X509_STORE_CTX_set_error(store, X509_V_OK);
	return 1;
}

static int
use_certificate(SSL_CTX *ctx, const struct tls_chain *chain, EVP_PKEY *key, struct error *err)
{
	if (SSL_CTX_use_certificate(ctx, chain->leaf) != 1 ||
	    SSL_CTX_set1_chain(ctx, chain->issuers) != 1)
		return error_openssl(err, "the TLS certificate cannot be used");
	if (SSL_CTX_use_PrivateKey(ctx, key) != 1 || SSL_CTX_check_private_key(ctx) != 1)
		return error_openssl_kind(
		    err, ERROR_MALFORMED, "the TLS certificate does not belong to the TLS key");
	return 0;
}

static void
set_options(SSL_CTX *ctx)
{
	uint64_t options = SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
			   SSL_OP_NO_COMPRESSION | SSL_OP_PRIORITIZE_CHACHA;

	SSL_CTX_set_options(ctx, options);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, take_any_certificate, NULL);
	SSL_CTX_set_max_cert_list(ctx, CLIENT_CHAIN_MAX);
	handshake_refuse_slow_keys(ctx);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_timeout(ctx, SESSION_SECONDS);
	SSL_CTX_set_num_tickets(ctx, 1);
}

int
tls_context_new(SSL_CTX **out, enum tls_profile profile, const struct tls_chain *chain,
    EVP_PKEY *key, struct error *err)
{
	static const unsigned char session_id[] = "signet";
	const struct profile *p = &profiles[profile];
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	int rc = -1;

	*out = NULL;
	if (ctx == NULL || SSL_CTX_set_min_proto_version(ctx, p->least_version) != 1 ||
	    SSL_CTX_set_cipher_list(ctx, p->suites) != 1 ||
	    SSL_CTX_set1_groups_list(ctx, "X25519:P-256:P-384:P-521") != 1 ||
	    SSL_CTX_set_session_id_context(ctx, session_id, sizeof(session_id) - 1) != 1) {
		error_openssl(err, "the TLS settings cannot be used");
		goto done;
	}
	set_options(ctx);
	if (use_certificate(ctx, chain, key, err) != 0)
		goto done;
	*out = ctx;
	ctx = NULL;
	rc = 0;
done:
	SSL_CTX_free(ctx);
	return rc;
}
