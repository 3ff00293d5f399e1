#include "tests/support/keys_process.h"

#include <dirent.h>
#include <fcntl.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/base/log.h"
#include "signing/keys/process.h"

/* ---- the parent: starts a keys process for each struct test_keys it gets, tells its end ---- */

static void
run_child(const struct test_keys *keys, int ready)
{
	const struct keys_process_config config = {
		.store_dir = keys->dir,
		.channels = keys->channels,
		.channel_count = TEST_KEYS_CHANNELS,
		.pin = keys->pin,
		.secure_heap = keys->secure_heap,
		.generation = keys->generation,
		.ready_fd = ready,
		.parent = getppid(),
	};

	log_setup("keys", getenv("KEYS_LOG") != NULL ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR);
	_exit(keys_process(&config));
}

static void
start_child(struct test_keys *keys, int control)
{
	size_t len = 0;
	int ready[2];
	ssize_t n;

	if (pipe2(ready, O_CLOEXEC) != 0)
		_exit(1);
	keys->pid = fork();
	if (keys->pid == 0) {
		close(ready[0]);
		close(control);
		run_child(keys, ready[1]);
	}
	close(ready[1]);
	while (len + 1 < sizeof(keys->told) &&
	       (n = read(ready[0], keys->told + len, sizeof(keys->told) - 1 - len)) > 0)
		len += (size_t)n;
	keys->told[len] = '\0';
	close(ready[0]);
}

static void
run_parent(struct test_keys *keys, int control)
{
	int i, status;

	for (i = 0; i < TEST_KEYS_CHANNELS; i++)
		close(keys->clients[i]);
	while (read(control, keys, sizeof(*keys)) == sizeof(*keys)) {
		start_child(keys, control);
		if (write(control, keys, sizeof(*keys)) != sizeof(*keys))
			break;
		waitpid(keys->pid, &status, 0);
		if (write(control, &status, sizeof(status)) != sizeof(status))
			break;
	}
	_exit(0);
}

static int
start_parent(struct test_keys *keys)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return -1;
	fflush(NULL);
	keys->parent = fork();
	if (keys->parent == 0) {
		close(ends[0]);
		run_parent(keys, ends[1]);
	}
	close(ends[1]);
	keys->control = ends[0];
	return keys->parent > 0 ? 0 : -1;
}

/* ---- the test's side ---- */

int
test_keys_init(struct test_keys *keys)
{
	struct error err = ERROR_INIT;
	int ends[2], i;

	memset(keys, 0, sizeof(*keys));
	snprintf(keys->dir, sizeof(keys->dir), "/tmp/signet-keys-XXXXXX");
	if (mkdtemp(keys->dir) == NULL)
		return -1;
	for (i = 0; i < TEST_KEYS_CHANNELS; i++) {
		if (keys_channel_pair(ends, &err) != 0)
			return -1;
		keys->channels[i] = ends[0];
		keys->clients[i] = ends[1];
	}
	return start_parent(keys);
}

int
test_keys_start(struct test_keys *keys)
{
	keys->generation++;
	if (write(keys->control, keys, sizeof(*keys)) != sizeof(*keys) ||
	    read(keys->control, keys, sizeof(*keys)) != sizeof(*keys))
		return -1;
	return keys->pid > 0 && strcmp(keys->told, "ready") == 0 ? 0 : -1;
}

int
test_keys_stop(struct test_keys *keys, int sig)
{
	int status = -1;

	if (keys->pid <= 0)
		return -1;
	if (sig != 0)
		kill(keys->pid, sig);
	if (read(keys->control, &status, sizeof(status)) != sizeof(status))
		status = -1;
	keys->pid = 0;
	return status;
}

void
test_keys_release(struct test_keys *keys)
{
	char path[512];
	struct dirent *entry;
	DIR *d;
	int i;

	test_keys_stop(keys, SIGKILL);
	close(keys->control);
	waitpid(keys->parent, NULL, 0);
	for (i = 0; i < TEST_KEYS_CHANNELS; i++) {
		close(keys->channels[i]);
		close(keys->clients[i]);
	}
	d = opendir(keys->dir);
	while (d != NULL && (entry = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", keys->dir, entry->d_name);
		unlink(path);
	}
	if (d != NULL)
		closedir(d);
	rmdir(keys->dir);
}

int
test_keys_file(const struct test_keys *keys, const char *name, const char *suffix, const void *data,
    size_t len, unsigned int mode)
{
	char path[512];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "%s/%s.%s", keys->dir, name, suffix);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd >= 0) {
		n = write(fd, data, len);
		if (fchmod(fd, mode) != 0)
			n = -1;
		close(fd);
	}
	return n == (ssize_t)len ? 0 : -1;
}

int
test_keys_p12(const struct test_keys *keys, const char *name, EVP_PKEY *pkey, X509 *cert,
    STACK_OF(X509) * chain, const char *pass)
{
	PKCS12 *p12 =
	    PKCS12_create(pass != NULL ? pass : "", name, pkey, cert, chain, 0, 0, 100, 100, 0);
	unsigned char *der = NULL;
	int len = p12 != NULL ? i2d_PKCS12(p12, &der) : -1, rc = -1;

	if (len > 0)
		rc = test_keys_file(keys, name, "p12", der, (size_t)len, 0600);
	if (rc == 0 && pass != NULL)
		rc = test_keys_file(keys, name, "pass", pass, strlen(pass), 0600);
	OPENSSL_free(der);
	PKCS12_free(p12);
	return rc;
}

X509 *
test_cert(EVP_PKEY *pkey, const char *name, X509 *issuer, EVP_PKEY *issuer_key)
{
	X509 *cert = X509_new();
	X509_NAME *subject = X509_NAME_new();
	static long serial = 1;

	if (cert == NULL || subject == NULL ||
	    X509_NAME_add_entry_by_txt(
		subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0) != 1 ||
	    X509_set_version(cert, X509_VERSION_3) != 1 ||
	    ASN1_INTEGER_set(X509_get_serialNumber(cert), serial++) != 1 ||
	    X509_set_subject_name(cert, subject) != 1 ||
	    X509_set_issuer_name(cert, issuer != NULL ? X509_get_subject_name(issuer) : subject) !=
		1 ||
	    ASN1_TIME_set_string(X509_getm_notBefore(cert), "200101000000Z") != 1 ||
	    ASN1_TIME_set_string(X509_getm_notAfter(cert), "491231235959Z") != 1 ||
	    X509_set_pubkey(cert, pkey) != 1 ||
	    X509_sign(cert, issuer_key != NULL ? issuer_key : pkey, EVP_sha256()) <= 0) {
		X509_free(cert);
		cert = NULL;
	}
	X509_NAME_free(subject);
	return cert;
}
