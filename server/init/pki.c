#include "server/init/pki.h"

#include <fcntl.h>
#include <limits.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/base/secret.h"
#include "signing/core/ossl.h"
#include "signing/keys/maker.h"
#include "signing/keys/usage.h"
#include "signing/x509/cert.h"
#include "signing/x509/keyfile.h"

#define DAY	  86400
#define CA_DAYS	  3650
#define ITEM_DAYS 730

int
pki_write(const char *path, struct span content, int is_secret, struct error *err)
{
	char beside[PATH_MAX];
	int fd, rc = -1;

	snprintf(beside, sizeof(beside), "%s.new", path);
	unlink(beside);
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, is_secret ? 0600 : 0644);
	if (fd < 0)
		return error_errno(err, "could not write %s", path);
	if (fchmod(fd, is_secret ? 0600 : 0644) == 0 &&
	    write(fd, content.data, content.len) == (ssize_t)content.len && fsync(fd) == 0 &&
	    rename(beside, path) == 0)
		rc = 0;
	else
		error_errno(err, "could not write %s", path);
	close(fd);
	return rc;
}

/* NAME.p12 and, last, since it says that all is there, NAME.pass. */
static int
write_key(const char *base, EVP_PKEY *key, X509 *cert, X509 *ca, struct error *err)
{
	char path[PATH_MAX], secret[25];
	STACK_OF(X509) *chain = sk_X509_new_null();
	struct buf p12 = BUF_INIT(0);
	int rc = -1;

	secret_make(secret);
	if (chain == NULL || (ca != NULL && sk_X509_push(chain, ca) <= 0)) {
		error_memory(err);
		goto done;
	}
	if (keyfile_write_pkcs12(&p12, key, cert, chain, NULL, secret, 0, err) != 0)
		goto done;
	snprintf(path, sizeof(path), "%s.p12", base);
	if (pki_write(path, SPAN_OF(&p12), 1, err) != 0)
		goto done;
	snprintf(path, sizeof(path), "%s.pass", base);
	rc = pki_write(path, span_str(secret), 1, err);
done:
	sk_X509_free(chain);
	buf_wipe(&p12);
	return rc;
}

/* What the keys process may use it for: NAME.usage, by the certificate unless it is there. */
static int
write_usage(const char *base, X509 *cert, struct error *err)
{
	const unsigned int certified = key_usage_of_certificate(cert);
	char path[PATH_MAX], words[KEY_USAGE_WORDS_SIZE], allowed[KEY_USAGE_WORDS_SIZE];
	struct buf text = BUF_INIT(0);
	unsigned int usage;
	int rc = -1;

	snprintf(path, sizeof(path), "%s.usage", base);
	if (access(path, F_OK) != 0) {
		if (buf_printf(&text, err, "%s\n", key_usage_words(certified, words)) == 0)
			rc = pki_write(path, SPAN_OF(&text), 1, err);
	} else if (buf_read_file(&text, path, err) == 0) {
		rc = 0;
		if (key_usage_parse(&usage, SPAN_OF(&text)) != 0)
			fprintf(stderr,
			    "warning: %s must name Sign, Decrypt, Timestamp, or several of them\n",
			    path);
		else if ((usage & ~certified) != 0)
			fprintf(stderr,
			    "warning: %s says %s, but the certificate's keyUsage allows %s\n", path,
			    key_usage_words(usage, words), key_usage_words(certified, allowed));
	}
	buf_release(&text);
	return rc;
}

/* 1 and the keyfile when both files are there, 0 when not, -1 when they do not open. */
static int
read_key(const char *base, struct keyfile *file, struct error *err)
{
	char path[PATH_MAX];
	struct buf p12 = BUF_INIT(0), secret = BUF_INIT(0);
	int rc = -1;

	memset(file, 0, sizeof(*file));
	snprintf(path, sizeof(path), "%s.pass", base);
	if (access(path, F_OK) != 0)
		return 0;
	if (buf_read_file(&secret, path, err) != 0 || buf_terminate(&secret, err) != 0)
		goto done;
	snprintf(path, sizeof(path), "%s.p12", base);
	if (buf_read_file(&p12, path, err) == 0 &&
	    keyfile_read_pkcs12(file, SPAN_OF(&p12), (char *)secret.data, err) == 0)
		rc = 1;
done:
	buf_wipe(&p12);
	buf_wipe(&secret);
	return rc;
}

static int
append_cert(struct buf *out, X509 *cert, struct error *err)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long len;
	int rc = -1;

	if (bio != NULL && PEM_write_bio_X509(bio, cert) == 1) {
		len = BIO_get_mem_data(bio, &text);
		rc = buf_append(out, text, (size_t)len, err);
	} else {
		error_openssl(err, "a certificate could not be written");
	}
	BIO_free(bio);
	return rc;
}

/* The certificate (with the CA's behind it), and for clients the key before it, as PEM. */
static int
write_pem(const char *base, EVP_PKEY *key, X509 *cert, X509 *ca, struct error *err)
{
	char path[PATH_MAX];
	struct buf pem = BUF_INIT(0);
	int rc = -1;

	if ((key == NULL || keyfile_write_pem(&pem, key, NULL, err) == 0) &&
	    append_cert(&pem, cert, err) == 0 && (ca == NULL || append_cert(&pem, ca, err) == 0)) {
		snprintf(path, sizeof(path), "%s.pem", base);
		rc = pki_write(path, SPAN_OF(&pem), key != NULL, err);
	}
	buf_wipe(&pem);
	return rc;
}

/* A root: its key at `base`, its certificate alone at `pem`. */
static int
make_ca(struct pki *pki, const char *common_name, const char *base, const char *pem, X509 **cert,
    EVP_PKEY **key, struct error *err)
{
	struct issue_request request = {
		.profile = ISSUE_ROOT_CA,
		.common_name = common_name,
		.organization = "Signet",
		.not_before = pki->now - DAY,
		.not_after = pki->now + (int64_t)CA_DAYS * DAY,
	};

	if (keyfile_generate(key, "P-384", err) != 0)
		return -1;
	request.key = *key;
	if (issue_certificate(cert, &request, NULL, err) != 0 ||
	    write_pem(pem, NULL, *cert, NULL, err) != 0)
		return -1;
	return write_key(base, *key, *cert, NULL, err);
}

static int
open_ca(struct pki *pki, const char *common_name, const char *base, const char *pem, X509 **cert,
    EVP_PKEY **key, struct error *err)
{
	struct keyfile file;
	int rc = read_key(base, &file, err);

	if (rc == 0)
		return make_ca(pki, common_name, base, pem, cert, key, err);
	if (rc == 1)
		rc = X509_up_ref(file.cert) == 1 && EVP_PKEY_up_ref(file.key) == 1 ? 0 : -1;
	if (rc == 0) {
		*cert = file.cert;
		*key = file.key;
	}
	keyfile_release(&file);
	return rc;
}

static int
make_dir(const char *dir, const char *name, struct error *err)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (mkdir(path, 0700) != 0 && access(path, W_OK) != 0)
		return error_errno(err, "could not make the folder %s", path);
	return 0;
}

int
pki_open(struct pki *pki, const char *dir, int64_t now, struct error *err)
{
	char base[PATH_MAX];
	int rc;

	memset(pki, 0, sizeof(*pki));
	pki->dir = dir;
	pki->now = now;
	if (make_dir(dir, "pki", err) != 0 || make_dir(dir, "keys", err) != 0)
		return -1;
	snprintf(base, sizeof(base), "%s/keys", dir);
	if (keys_prepare_folder(base, err) != 0)
		return -1;
	snprintf(base, sizeof(base), "%s/pki/ca", dir);
	rc = open_ca(pki, "Signet internal CA", base, base, &pki->ca_cert, &pki->ca_key, err);
	if (rc != 0)
		pki_close(pki);
	return rc;
}

int
pki_open_signing_ca(struct pki *pki, const char *name, const char *crl_url, struct error *err)
{
	char base[PATH_MAX], pem[PATH_MAX];

	snprintf(base, sizeof(base), "%s/keys/%s", pki->dir, name);
	snprintf(pem, sizeof(pem), "%s/pki/%s", pki->dir, name);
	pki->crl_url = crl_url;
	return open_ca(pki, "Signet demo signing CA", base, pem, &pki->signing_ca_cert,
	    &pki->signing_ca_key, err);
}

X509 *
pki_issuer_of(const struct pki *pki, const struct pki_item *item)
{
	return item->is_published && pki->signing_ca_cert != NULL ? pki->signing_ca_cert
								  : pki->ca_cert;
}

void
pki_close(struct pki *pki)
{
	X509_free(pki->ca_cert);
	EVP_PKEY_free(pki->ca_key);
	X509_free(pki->signing_ca_cert);
	EVP_PKEY_free(pki->signing_ca_key);
	pki->ca_cert = pki->signing_ca_cert = NULL;
	pki->ca_key = pki->signing_ca_key = NULL;
}

static int
make_item(
    struct pki *pki, const struct pki_item *item, const char *base, X509 **cert, struct error *err)
{
	X509 *ca = pki_issuer_of(pki, item);
	const struct issuer issuer = { ca, ca == pki->ca_cert ? pki->ca_key : pki->signing_ca_key };
	struct issue_request request = {
		.profile = item->profile,
		.common_name = item->common_name,
		.organization = "Signet",
		.dns_names = item->dns_names,
		.dns_name_count = item->dns_name_count,
		.addresses = item->addresses,
		.address_count = item->address_count,
		.crl_url = ca == pki->ca_cert ? NULL : pki->crl_url,
		.not_before = pki->now - DAY,
		.not_after = pki->now + (int64_t)ITEM_DAYS * DAY,
	};
	EVP_PKEY *key = NULL;
	char pem[PATH_MAX];
	int days = issue_days_max(item->profile), rc = -1;

	/* The keys process takes all of keys/ for keys: certificates alone stand in pki/. */
	snprintf(pem, sizeof(pem), "%s/pki/%s", pki->dir, item->name);

	if (days < ITEM_DAYS)
		request.not_after = request.not_before + (int64_t)days * DAY;
	if (keyfile_generate(&key, item->key_type, err) != 0)
		goto done;
	request.key = key;
	if (issue_certificate(cert, &request, &issuer, err) != 0 ||
	    write_pem(pem, item->is_server_key ? NULL : key, *cert, ca, err) != 0)
		goto done;
	if (!item->is_server_key || write_usage(base, *cert, err) == 0)
		rc = write_key(base, key, *cert, ca, err);
done:
	EVP_PKEY_free(key);
	return rc;
}

int
pki_item(struct pki *pki, const struct pki_item *item, X509 **cert, struct error *err)
{
	char base[PATH_MAX];
	struct keyfile file;
	int rc;

	*cert = NULL;
	snprintf(base, sizeof(base), "%s/%s/%s", pki->dir, item->is_server_key ? "keys" : "pki",
	    item->name);
	rc = read_key(base, &file, err);
	if (rc == 0)
		return make_item(pki, item, base, cert, err);
	if (rc == 1 && (!item->is_server_key || write_usage(base, file.cert, err) == 0) &&
	    X509_up_ref(file.cert) == 1)
		*cert = file.cert;
	keyfile_release(&file);
	return *cert != NULL ? 0 : -1;
}

/* ---- requests ---- */

static int
add_names(X509_REQ *csr, const struct pki_item *item)
{
	STACK_OF(X509_EXTENSION) *extensions = NULL;
	char names[2048] = "";
	X509_EXTENSION *one;
	size_t i, n = 0;
	int ok;

	for (i = 0; i < item->dns_name_count && n < sizeof(names); i++)
		n += (size_t)snprintf(
		    names + n, sizeof(names) - n, "%sDNS:%s", n > 0 ? "," : "", item->dns_names[i]);
	one = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);
	ok = one != NULL && X509v3_add_ext(&extensions, one, -1) != NULL &&
	     X509_REQ_add_extensions(csr, extensions) == 1;
	X509_EXTENSION_free(one);
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
	return ok;
}

int
pki_request(struct pki *pki, const struct pki_item *item, struct error *err)
{
	char base[PATH_MAX], path[PATH_MAX];
	struct keyfile file;
	struct buf pem = BUF_INIT(0);
	X509_REQ *csr = X509_REQ_new();
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long len;
	int rc = -1;

	snprintf(base, sizeof(base), "%s/keys/%s", pki->dir, item->name);
	snprintf(path, sizeof(path), "%s/pki/%s.csr", pki->dir, item->name);
	if (read_key(base, &file, err) != 1 || csr == NULL || bio == NULL)
		goto done;
	if (X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(csr), "CN", MBSTRING_UTF8,
		(const unsigned char *)item->common_name, -1, -1, 0) != 1 ||
	    !add_names(csr, item) || X509_REQ_set_pubkey(csr, file.key) != 1 ||
	    X509_REQ_sign(csr, file.key, EVP_sha256()) <= 0 ||
	    PEM_write_bio_X509_REQ(bio, csr) != 1)
		error_openssl(err, "the request for a certificate could not be made");
	else {
		len = BIO_get_mem_data(bio, &text);
		if (buf_append(&pem, text, (size_t)len, err) == 0)
			rc = pki_write(path, SPAN_OF(&pem), 0, err);
	}
done:
	keyfile_release(&file);
	X509_REQ_free(csr);
	BIO_free(bio);
	buf_release(&pem);
	return rc;
}

/* ---- people ---- */

int
pki_person_is_there(struct pki *pki, const char *name, X509 **cert, struct error *err)
{
	char p12[PATH_MAX], pem[PATH_MAX];
	struct buf text = BUF_INIT(0);
	int rc = 0;

	*cert = NULL;
	snprintf(p12, sizeof(p12), "%s/clients/%s.p12", pki->dir, name);
	snprintf(pem, sizeof(pem), "%s/clients/%s.pem", pki->dir, name);
	if (access(p12, F_OK) == 0 && access(pem, F_OK) == 0)
		rc =
		    buf_read_file(&text, pem, err) == 0 && cert_read(cert, SPAN_OF(&text), err) == 0
			? 1
			: -1;
	buf_release(&text);
	return rc;
}

/* The certificate first: the file with the key says that both are there. */
static int
write_person(struct pki *pki, const char *name, EVP_PKEY *key, X509 *cert, const char *passphrase,
    struct error *err)
{
	char base[PATH_MAX], path[PATH_MAX];
	STACK_OF(X509) *chain = sk_X509_new_null();
	struct buf p12 = BUF_INIT(0);
	int rc = -1;

	snprintf(base, sizeof(base), "%s/clients/%s", pki->dir, name);
	snprintf(path, sizeof(path), "%s/clients/%s.p12", pki->dir, name);
	if (chain == NULL || sk_X509_push(chain, pki->ca_cert) <= 0)
		error_memory(err);
	else if (write_pem(base, NULL, cert, NULL, err) == 0 &&
		 keyfile_write_pkcs12(&p12, key, cert, chain, name, passphrase, 0, err) == 0)
		rc = pki_write(path, SPAN_OF(&p12), 1, err);
	sk_X509_free(chain);
	buf_wipe(&p12);
	return rc;
}

int
pki_person(
    struct pki *pki, const char *name, const char *passphrase, X509 **cert, struct error *err)
{
	const struct issuer issuer = { pki->ca_cert, pki->ca_key };
	const int days = issue_days_max(ISSUE_TLS_CLIENT);
	struct issue_request request = {
		.profile = ISSUE_TLS_CLIENT,
		.common_name = name,
		.organization = "Signet",
		.not_before = pki->now - DAY,
	};
	EVP_PKEY *key = NULL;
	int rc = -1;

	request.not_after =
	    request.not_before + (int64_t)(days < ITEM_DAYS ? days : ITEM_DAYS) * DAY;
	if (make_dir(pki->dir, "clients", err) == 0 && keyfile_generate(&key, "P-256", err) == 0) {
		request.key = key;
		if (issue_certificate(cert, &request, &issuer, err) == 0)
			rc = write_person(pki, name, key, *cert, passphrase, err);
	}
	EVP_PKEY_free(key);
	return rc;
}
