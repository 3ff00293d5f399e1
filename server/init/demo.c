#include "server/init/demo.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "authz/password.h"
#include "schema/store/key.h"
#include "schema/store/migrate.h"
#include "schema/store/tenant.h"
#include "server/base/clock.h"
#include "server/base/secret.h"
#include "server/init/pki.h"
#include "server/init/sample.h"
#include "signing/core/ossl.h"
#include "signing/core/alg.h"

#define TENANT	      "demo"
#define SERVER_TENANT "server"		    /* whose user `operator` administers tenants */
#define POLICY	      "1.3.6.1.4.1.13762.3" /* replaced per installation: TSA policy of the demo */

struct demo {
	const struct demo_options *o;
	struct pki pki;
	struct db *db;
	struct uuid tenant;
	X509 *tls, *tsa, *admin, *erp, *operator;
	char admin_password[25], erp_password[25], operator_password[25], db_password[25];
	char crl_url[80];
	int port, crl_port; /* crl_port 0: no CRL */
};
#define SIGNING_CA "demo-ca" /* its key in the keys process */

/* ---- certificates and keys ---- */

static const struct signing_key {
	const char *name, *type, *common_name;
	int is_default;
	int is_for_decrypting; /* and not for signing */
	int is_published;
} signing_keys[] = {
	{ "demo-rsa", "RSA-3072", "Signet demo seal RSA", 1, 0, 1 },
	{ "demo-ec", "P-256", "Signet demo seal EC", 0, 0, 1 },
	{ "demo-decrypt", "RSA-3072", "Signet demo recipient RSA", 0, 1, 0 },
	{ "demo-decrypt-ec", "P-256", "Signet demo recipient EC", 0, 1, 0 },
};
#define SIGNING_KEYS (sizeof(signing_keys) / sizeof(signing_keys[0]))

static int
make_certificates(struct demo *d, struct error *err)
{
	const char *names[] = { "localhost", d->o->host };
	const char *addresses[] = { "127.0.0.1", "::1" };
	const struct pki_item tls = { "tls", ISSUE_TLS_SERVER, "P-256", d->o->host, 1, 0, names,
		strcmp(d->o->host, "localhost") != 0 ? 2 : 1, addresses, 2 };
	const struct pki_item tsa = { .name = "tsa",
		.profile = ISSUE_TSA,
		.key_type = "RSA-3072",
		.common_name = "Signet demo time-stamp authority",
		.is_server_key = 1,
		.is_published = 1 };
	const struct pki_item admin = { .name = "admin",
		.profile = ISSUE_TLS_CLIENT,
		.key_type = "P-256",
		.common_name = "admin" };
	const struct pki_item erp = { .name = "erp",
		.profile = ISSUE_TLS_CLIENT,
		.key_type = "P-256",
		.common_name = "erp" };
	const struct pki_item operator= { .name = "operator",
		.profile = ISSUE_TLS_CLIENT,
		.key_type = "P-256",
		.common_name = "operator" };

	return pki_item(&d->pki, &tls, &d->tls, err) == 0 &&
		       pki_item(&d->pki, &tsa, &d->tsa, err) == 0 &&
		       pki_item(&d->pki, &admin, &d->admin, err) == 0 &&
		       pki_item(&d->pki, &erp, &d->erp, err) == 0 &&
		       pki_item(&d->pki, &operator, & d->operator, err) == 0
		   ? 0
		   : -1;
}

/* ---- the database ---- */

static int
der_of(X509 *cert, struct buf *der, struct error *err)
{
	return OSSL_APPEND_DER(X509, cert, der, err);
}

static int
add_user(struct demo *d, const char *name, X509 *cert, char *password, struct uuid *id,
    struct error *err)
{
	char phc[PASSWORD_PHC_SIZE], subject[256];
	struct buf der = BUF_INIT(0);
	struct user_new user = { .name = name, .password = phc, .valid_until = DB_NO_TIME };
	int ok, rc = -1;

	secret_make(password);
	uuid_random(&user.id);
	*id = user.id;
	user.subject = x509_name_text(X509_get_subject_name(cert), subject, sizeof(subject));
	user.not_after = asn1_time_seconds(X509_get0_notAfter(cert), &ok);
	if (password_hash(phc, password, strlen(password), NULL, err) != 0 ||
	    der_of(cert, &der, err) != 0)
		goto done;
	user.certificate = SPAN_OF(&der);
	rc = store_user_add(d->db, &d->tenant, &user, err);
done:
	buf_release(&der);
	return rc;
}

/* A group with rights (NULL ends them) and one member. */
static int
add_group(struct demo *d, const char *name, const char *const *rights, const struct uuid *member,
    struct uuid *id, struct error *err)
{
	uuid_random(id);
	if (store_group_add(d->db, &d->tenant, id, name, "", err) != 0 ||
	    store_group_member_add(d->db, &d->tenant, id, member, err) != 0)
		return -1;
	for (; *rights != NULL; rights++)
		if (store_group_right_add(d->db, &d->tenant, id, *rights, err) != 0)
			return -1;
	return 0;
}

static int
add_key(struct demo *d, const struct signing_key *key, const struct uuid *group, struct error *err)
{
	const struct pki_item item = { .name = key->name,
		.profile = key->is_for_decrypting ? ISSUE_ENCRYPTION : ISSUE_DOCUMENT_SIGNING,
		.key_type = key->type,
		.common_name = key->common_name,
		.is_server_key = 1,
		.is_published = key->is_published };
	const char *const usage[] = { key->is_for_decrypting ? "Decrypt" : "Sign" };
	struct buf der = BUF_INIT(0), ca = BUF_INIT(0);
	struct span chain;
	X509 *cert = NULL;
	struct key_new row = { .name = key->name,
		.store_key = key->name,
		.is_default = key->is_default,
		.usage = usage,
		.usage_count = 1,
		.chain = &chain,
		.chain_count = 1 };
	int ok, rc = -1;

	if (pki_item(&d->pki, &item, &cert, err) != 0 || der_of(cert, &der, err) != 0 ||
	    der_of(pki_issuer_of(&d->pki, &item), &ca, err) != 0)
		goto done;
	uuid_random(&row.id);
	row.certificate = SPAN_OF(&der);
	chain = SPAN_OF(&ca);
	row.algorithm = key_type_name(key_type_of(X509_get0_pubkey(cert)));
	row.size = key_bits(X509_get0_pubkey(cert));
	row.not_after = asn1_time_seconds(X509_get0_notAfter(cert), &ok);
	if (store_key_add(d->db, &d->tenant, &row, err) == 0)
		rc = store_group_key_add(d->db, &d->tenant, group, &row.id, err);
done:
	X509_free(cert);
	buf_release(&der);
	buf_release(&ca);
	return rc;
}

static int
add_trust(struct demo *d, struct error *err)
{
	/* With a signing CA beside it, the internal one is trusted for documents as well: its
	 * administrator may issue such keys. */
	static const char *const usage[] = { "Signing", "TlsClient", "TlsServer", "Timestamping" };
	static const char *const signing[] = { "Signing", "Timestamping" };
	const struct pki_item of_tsa = { .is_published = 1 };
	struct buf ca = BUF_INIT(0), tsa = BUF_INIT(0), tsa_ca = BUF_INIT(0);
	struct span chain[2];
	struct authority_new authority = { .name = "demo-tsa",
		.store_key = "tsa",
		.policy_oid = POLICY,
		.place = 1,
		.timeout_ms = 10000,
		.certificates = chain,
		.certificate_count = 2 };
	struct uuid id, signing_id;
	int rc = -1;

	if (der_of(d->pki.ca_cert, &ca, err) != 0 || der_of(d->tsa, &tsa, err) != 0 ||
	    der_of(pki_issuer_of(&d->pki, &of_tsa), &tsa_ca, err) != 0)
		goto done;
	chain[0] = SPAN_OF(&tsa);
	chain[1] = SPAN_OF(&tsa_ca);
	uuid_random(&id);
	uuid_random(&signing_id);
	uuid_random(&authority.id);
	rc = store_anchor_add(
	    d->db, &d->tenant, &id, "Signet internal CA", SPAN_OF(&ca), usage, 4, err);
	if (rc == 0 && d->pki.signing_ca_cert != NULL)
		rc = store_anchor_add(d->db, &d->tenant, &signing_id, "Signet demo signing CA",
		    SPAN_OF(&tsa_ca), signing, 2, err);
	if (rc == 0)
		rc = store_authority_add(d->db, &d->tenant, &authority, err);
done:
	buf_release(&tsa_ca);
	buf_release(&ca);
	buf_release(&tsa);
	return rc;
}

/* NAME=TYPE of --extra-key. */
static int
add_extra_key(struct demo *d, const char *wish, const struct uuid *group, struct error *err)
{
	char name[64];
	struct signing_key key = { .name = name, .common_name = name };

	key.type = strchr(wish, '=');
	if (key.type == NULL || key.type == wish || (size_t)(key.type - wish) >= sizeof(name))
		return error_set(err, ERROR_MALFORMED,
		    "--extra-key takes NAME=TYPE, such as bench=RSA-2048, not %s", wish);
	snprintf(name, sizeof(name), "%.*s", (int)(key.type++ - wish), wish);
	return add_key(d, &key, group, err);
}

static int
fill_tenant(struct demo *d, struct error *err)
{
	static const char *const rights[] = { "SignDocument", "SignDocuments", "SignDigests",
		"DecryptDocument", "ListKeys", "TimestampDigest", "TimestampDocument",
		"VerifyDocument", "VerifyDocuments", "ValidateCertificate", "VerifyTimestamp",
		"GetCase", "FindCases", "CheckCase", "WhoAmI", "CounterSign", "ExtendSignature",
		"GetOriginalDocument", NULL };
	struct uuid admin, erp, admins, erps;
	size_t i;

	uuid_random(&d->tenant);
	if (store_tenant_add(d->db, &d->tenant, TENANT, err) != 0 ||
	    add_user(d, "admin", d->admin, d->admin_password, &admin, err) != 0 ||
	    add_user(d, "erp", d->erp, d->erp_password, &erp, err) != 0 ||
	    add_group(d, "administrators", rights, &admin, &admins, err) != 0 ||
	    store_group_administers(d->db, &d->tenant, &admins, err) != 0 ||
	    add_group(d, "erp", rights, &erp, &erps, err) != 0 ||
	    store_group_member_add(d->db, &d->tenant, &erps, &admin, err) != 0)
		return -1;
	for (i = 0; i < SIGNING_KEYS; i++)
		if (add_key(d, &signing_keys[i], &erps, err) != 0)
			return -1;
	for (i = 0; i < d->o->extra_key_count; i++)
		if (add_extra_key(d, d->o->extra_keys[i], &erps, err) != 0)
			return -1;
	return add_trust(d, err);
}

/* All in one transaction: a tenant that is there is whole. */
static int
make_tenant(struct demo *d, const char *conninfo, int *is_new, struct error *err)
{
	/* The transaction waits while keys are made: large RSA keys take a slow machine long. */
	const struct db_options options = {
		.conninfo = conninfo, .program = "signet-init", .call_ms = 10 * 60 * 1000
	};
	int rc;

	*is_new = 0;
	if (db_open(&d->db, &options, err) != 0)
		return -1;
	rc = store_tenant_find(d->db, TENANT, &d->tenant, err);
	if (rc == 0) {
		*is_new = 1;
		rc = db_begin(d->db, err);
		if (rc == 0 && (rc = fill_tenant(d, err)) != 0)
			db_rollback(d->db);
		if (rc == 0)
			rc = db_commit(d->db, err);
	}
	db_close(d->db);
	d->db = NULL;
	return rc < 0 ? -1 : 0;
}

/* The server's own tenant; it is there before the other, which says that all is made. */
static int
make_server_tenant(struct demo *d, const char *owner, struct error *err)
{
	static const char *const rights[] = { NULL };
	const struct db_options options = { .conninfo = owner, .program = "signet-init" };
	struct uuid operator, group;
	int rc;

	if (db_open(&d->db, &options, err) != 0)
		return -1;
	rc = store_tenant_find(d->db, SERVER_TENANT, &d->tenant, err);
	if (rc == 0 && (rc = db_begin(d->db, err)) == 0) {
		uuid_random(&d->tenant);
		if (store_tenant_add_server(d->db, &d->tenant, SERVER_TENANT, err) != 0 ||
		    add_user(d, "operator", d->operator, d->operator_password, &operator, err) !=
			0 ||
		    add_group(d, "administrators", rights, &operator, & group, err) != 0 ||
		    store_group_administers(d->db, &d->tenant, &group, err) != 0) {
			db_rollback(d->db);
			rc = -1;
		} else
			rc = db_commit(d->db, err);
	}
	db_close(d->db);
	d->db = NULL;
	return rc < 0 ? -1 : 0;
}

/* ---- files ---- */

static int
port_is_free(int port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_ANY) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1, rc;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	rc = bind(fd, (struct sockaddr *)&at, sizeof(at));
	close(fd);
	return rc == 0;
}

static int
next_port(int wanted, int first)
{
	const int last = first + 100;

	if (wanted > 0)
		return wanted;
	while (!port_is_free(first) && first < last)
		first++;
	return first;
}

static int
write_text(
    const struct demo *d, const char *name, int is_secret, struct buf *text, struct error *err)
{
	char path[PATH_MAX];
	int rc;

	snprintf(path, sizeof(path), "%s/%s", d->o->dir, name);
	rc = pki_write(path, SPAN_OF(text), is_secret, err);
	buf_wipe(text);
	return rc;
}

static int
write_server_conf(struct demo *d, const char *conninfo, struct error *err)
{
	struct buf text = BUF_INIT(0);

	if (buf_printf(&text, err,
		"# port %d\n"
		"node = \"demo\"\n"
		"database = \"%s\"\n"
		"keys-directory = \"keys\"\n"
		"tls-certificate = \"pki/tls.pem\"\n"
		"tls-key = \"tls\"\n"
		"tsa-tenant = \"" TENANT "\"\n"
		"access-log = \"access.log\"\n"
		"listener {\n\taddress = \"*\"\n\tport = %d\n}\n",
		d->port, conninfo, d->port) != 0)
		return -1;
	/* Certificates point to it: lists are fetched by plain HTTP, and from this machine here. */
	if (d->crl_port > 0 &&
	    buf_printf(&text, err,
		"crl-key = \"" SIGNING_CA "\"\n"
		"fetch-networks = \"127.0.0.1/32\"\n"
		"listener {\n\taddress = \"127.0.0.1\"\n\tport = %d\n\ttls = \"none\"\n"
		"\tdoors = { crl }\n}\n",
		d->crl_port) != 0)
		return -1;
	return write_text(d, "signetd.conf", 1, &text, err);
}

static int
write_client_conf(struct demo *d, const char *name, const char *user, struct error *err)
{
	struct buf text = BUF_INIT(0);

	if (buf_printf(&text, err,
		"endpoint = \"https://localhost:%d/\"\n"
		"ca-file = \"pki/ca.pem\"\n"
		"certificate = \"pki/%s.p12\"\n"
		"passphrase-file = \"pki/%s.pass\"\n",
		d->port, user, user) != 0)
		return -1;
	return write_text(d, name, 1, &text, err);
}

static int
write_credentials(struct demo *d, struct error *err)
{
	struct buf text = BUF_INIT(0);

	if (buf_printf(&text, err,
		"Name and password, for HTTP Basic or WS-Security UsernameToken:\n"
		"  " TENANT "/admin  %s\n"
		"  " TENANT "/erp    %s\n"
		"Who administers tenants (server.conf, pki/operator.p12), if it was made now:\n"
		"  " SERVER_TENANT "/operator  %s\n"
		"Client certificates: pki/admin.p12 (passphrase in pki/admin.pass), pki/erp.p12\n"
		"(pki/erp.pass); the same with the key in clear for curl: pki/admin.pem, "
		"pki/erp.pem\n",
		d->admin_password, d->erp_password, d->operator_password) != 0)
		return -1;
	return write_text(d, "credentials.txt", 1, &text, err);
}

static int
write_files(struct demo *d, const char *conninfo, int is_new, struct error *err)
{
	struct buf sample = BUF_INIT(0);
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/sample.pdf", d->o->dir);
	if (access(path, F_OK) != 0 &&
	    (sample_pdf(&sample, err) != 0 || write_text(d, "sample.pdf", 0, &sample, err) != 0))
		return -1;
	if (is_new && write_credentials(d, err) != 0)
		return -1;
	if (write_client_conf(d, "client.conf", "erp", err) != 0 ||
	    write_client_conf(d, "admin.conf", "admin", err) != 0 ||
	    write_client_conf(d, "server.conf", "operator", err) != 0)
		return -1;
	return write_server_conf(d, conninfo, err); /* the last: says that all is there */
}

/* An installation of before, whose certificates name no list: it stays as it is. */
static int
is_without_crl(const struct demo *d)
{
	char conf[PATH_MAX], url[PATH_MAX];

	snprintf(conf, sizeof(conf), "%s/signetd.conf", d->o->dir);
	snprintf(url, sizeof(url), "%s/pki/" SIGNING_CA ".url", d->o->dir);
	return access(conf, F_OK) == 0 && access(url, F_OK) != 0;
}

/*
 * The ports, and the signing CA where a CRL is wanted. An installation that was begun goes on with
 * the address that its certificates have.
 */
static int
choose_ports(struct demo *d, struct error *err)
{
	struct buf text = BUF_INIT(0);
	char path[PATH_MAX];
	int rc = 0;

	d->port = next_port(d->o->port, 8443);
	if (!d->o->has_crl || is_without_crl(d))
		return 0;
	d->crl_port = next_port(d->o->crl_port, d->port + 1);
	snprintf(path, sizeof(path), "%s/pki/" SIGNING_CA ".url", d->o->dir);
	if (access(path, F_OK) == 0) {
		if (buf_read_file(&text, path, err) != 0 || buf_terminate(&text, err) != 0 ||
		    sscanf((const char *)text.data, "http://127.0.0.1:%d/", &d->crl_port) != 1)
			rc = error_set(err, ERROR_MALFORMED, "%s cannot be read", path);
	}
	snprintf(d->crl_url, sizeof(d->crl_url), "http://127.0.0.1:%d/crl/" SIGNING_CA ".crl",
	    d->crl_port);
	text.len = 0;
	if (rc == 0)
		rc = buf_append_str(&text, d->crl_url, err);
	if (rc == 0)
		rc = write_text(d, "pki/" SIGNING_CA ".url", 0, &text, err);
	buf_release(&text);
	return rc == 0 ? pki_open_signing_ca(&d->pki, SIGNING_CA, d->crl_url, err) : -1;
}

int
demo_make(const struct demo_options *options, struct error *err)
{
	struct demo d = { .o = options };
	char owner[1024], server[1024], path[PATH_MAX];
	struct migrate_report report;
	int is_new = 0, rc = -1;

	snprintf(path, sizeof(path), "%s/signetd.conf", options->dir);
	snprintf(owner, sizeof(owner), "%s dbname=%s options='-c role=signet_owner'",
	    options->admin, options->database);
	snprintf(server, sizeof(server), "%s dbname=%s options='-c role=signet_server'",
	    options->admin, options->database);
	if (migrate_prepare(options->admin, options->schema, options->database, err) != 0 ||
	    migrate_run(owner, options->schema, &report, err) != 0 ||
	    pki_open(&d.pki, options->dir, clock_now(), err) != 0)
		return -1;
	if (choose_ports(&d, err) != 0 || make_certificates(&d, err) != 0 ||
	    make_server_tenant(&d, owner, err) != 0 || make_tenant(&d, server, &is_new, err) != 0)
		goto done;
	rc = access(path, F_OK) == 0 ? 0 : write_files(&d, options->server, is_new, err);
done:
	X509_free(d.tls);
	X509_free(d.tsa);
	X509_free(d.admin);
	X509_free(d.erp);
	X509_free(d.operator);
	pki_close(&d.pki);
	return rc;
}
