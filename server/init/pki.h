/*
 * server/init/pki.h: the files of an installation's internal PKI: the CA, the server's TLS
 * certificate, signing keys and client certificates. What exists is used again, so that a run that
 * was interrupted can be repeated.
 */
#ifndef SIGNET_INIT_PKI_H
#define SIGNET_INIT_PKI_H

#include <openssl/x509.h>

#include "server/base/buf.h"
#include "signing/x509/issue.h"

/*
 * DIR/pki: ca.pem, ca.p12, NAME.pem (certificate and key, for curl), NAME.p12, NAME.pass
 * DIR/keys: NAME.p12, NAME.pass: for the keys process, and NAME.usage, what it uses the key for: as
 *	the certificate says, where there is none yet; a warning where both do not agree
 */
struct pki {
	const char *dir;
	X509 *ca_cert;
	EVP_PKEY *ca_key;
	/*
	 * The CA of keys that sign documents and time stamps, which publishes a CRL; NULL: these
	 * are the internal CA's too, and say that there is no revocation data (RFC 9608). Users'
	 * and servers' certificates are the internal CA's always.
	 */
	X509 *signing_ca_cert;
	EVP_PKEY *signing_ca_key;
	const char *crl_url;
	int64_t now;
};

/* One certificate with its key. */
struct pki_item {
	const char *name;
	enum issue_profile profile;
	const char *key_type; /* as keyfile_generate() takes it */
	const char *common_name;
	int is_server_key; /* into DIR/keys, else DIR/pki */
	int is_published;  /* the signing CA's, where there is one */
	const char *const *dns_names;
	size_t dns_name_count;
	const char *const *addresses;
	size_t address_count;
};

int pki_open(struct pki *pki, const char *dir, int64_t now, struct error *err);
void pki_close(struct pki *pki);
/*
 * Open the signing CA, whose key is NAME in DIR/keys, or make it. Its certificates point to
 * `crl_url`, which must live as long.
 */
int pki_open_signing_ca(struct pki *pki, const char *name, const char *crl_url, struct error *err);
/* The CA of such an item. */
X509 *pki_issuer_of(const struct pki *pki, const struct pki_item *item);
/* Make it unless it is there; on 0 *cert is the caller's. */
int pki_item(struct pki *pki, const struct pki_item *item, X509 **cert, struct error *err);

/* pki/NAME.csr: a request (PKCS #10) with the item's key and names, for a CA elsewhere. */
int pki_request(struct pki *pki, const struct pki_item *item, struct error *err);
/*
 * A client's certificate and key for a person: DIR/clients/NAME.p12 with the passphrase, and
 * NAME.pem, the certificate alone. Nothing else of the key is written.
 */
int pki_person(
    struct pki *pki, const char *name, const char *passphrase, X509 **cert, struct error *err);
/* 1 and the certificate when both are there, 0, -1. */
int pki_person_is_there(struct pki *pki, const char *name, X509 **cert, struct error *err);

/* Write a file with mode 0600 (is_secret) or 0644, whole or not at all; an older one is replaced.
 */
int pki_write(const char *path, struct span content, int is_secret, struct error *err);
/* 24 random characters, the first a letter; out holds 25 bytes. */
void pki_secret(char out[25]);

#endif
