#include "tui/model/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "soapH.h"
#include "tui/model/client.h"

/* ---- up ---- */

int
upload_open(struct upload *u, const char *path, struct error *err)
{
	memset(u, 0, sizeof(*u));
	u->path = path;
	u->fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	if (u->fd < 0 || fstat(u->fd, &u->before) != 0)
		return error_set(
		    err, ERROR_NOT_FOUND, "%s cannot be read: %s", path, strerror(errno));
	if (S_ISDIR(u->before.st_mode))
		return error_set(
		    err, ERROR_MALFORMED, "%s is a folder; name the files in it", path);
	u->is_sized = S_ISREG(u->before.st_mode) && lseek(u->fd, 0, SEEK_CUR) == 0;
	u->size = u->is_sized ? (uint64_t)u->before.st_size : 0;
	return 0;
}

void
upload_close(struct upload *u)
{
	if (u->fd >= 0)
		close(u->fd);
	u->fd = -1;
}

size_t
upload_peek(const struct upload *u, void *out, size_t size)
{
	ssize_t n = u->is_sized ? pread(u->fd, out, size, 0) : 0;

	return n > 0 ? (size_t)n : 0;
}

/* ---- down ---- */

/* The unfinished file that a signal removes; one at a time. */
static char unfinished[4096];
static volatile sig_atomic_t has_unfinished;

static void
on_signal(int number)
{
	if (has_unfinished)
		unlink(unfinished);
	signal(number, SIG_DFL);
	raise(number);
}

static void
remember_unfinished(const char *path)
{
	has_unfinished = 0;
	if (path == NULL)
		return;
	snprintf(unfinished, sizeof(unfinished), "%s", path);
	has_unfinished = 1;
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	signal(SIGHUP, on_signal);
}

static int
is_there(const char *path, struct error *err)
{
	if (access(path, F_OK) != 0)
		return 0;
	error_set(err, ERROR_CONFLICT, "%s exists already; --force replaces it", path);
	return 1;
}

int
download_open(struct download *d, const char *path, int force, struct error *err)
{
	mode_t mask = umask(0);

	umask(mask);
	memset(d, 0, sizeof(*d));
	d->path = path;
	d->force = force;
	d->fd = -1;
	if (strcmp(path, "-") == 0) {
		d->fd = dup(STDOUT_FILENO);
		return d->fd >= 0 ? 0 : error_errno(err, "there is no standard output");
	}
	if (!force && is_there(path, err))
		return -1;
	if (snprintf(d->beside, sizeof(d->beside), "%s.XXXXXX", path) >= (int)sizeof(d->beside))
		return error_set(err, ERROR_MALFORMED, "the path of the output is too long");
	d->fd = mkostemp(d->beside, O_CLOEXEC);
	if (d->fd < 0) {
		d->beside[0] = '\0';
		return error_set(
		    err, ERROR_NOT_FOUND, "%s cannot be written: %s", path, strerror(errno));
	}
	remember_unfinished(d->beside);
	fchmod(d->fd, 0666 & ~mask);
	return 0;
}

static int
write_all(int fd, const void *data, size_t len)
{
	const char *at = data;
	ssize_t n;

	while (len > 0) {
		n = write(fd, at, len);
		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

/* Give the file its name; without `force` only where there is none. */
static int
name_it(const struct download *d)
{
	if (d->force)
		return rename(d->beside, d->path);
	if (renameat2(AT_FDCWD, d->beside, AT_FDCWD, d->path, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/* A file system without that: a link does not replace either. */
	return link(d->beside, d->path) == 0 ? unlink(d->beside) : -1;
}

int
download_commit(struct download *d, struct span rest, struct error *err)
{
	if (!d->has_come && write_all(d->fd, rest.data, rest.len) != 0)
		return error_set(
		    err, ERROR_INTERNAL, "%s cannot be written: %s", d->path, strerror(errno));
	if (d->beside[0] == '\0')
		return 0;
	if (fsync(d->fd) != 0 || name_it(d) != 0) {
		if (errno == EEXIST && is_there(d->path, err))
			return -1;
		return error_set(
		    err, ERROR_INTERNAL, "%s cannot be written: %s", d->path, strerror(errno));
	}
	d->beside[0] = '\0';
	remember_unfinished(NULL);
	return 0;
}

void
download_close(struct download *d)
{
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
	if (d->beside[0] != '\0')
		unlink(d->beside);
	remember_unfinished(NULL);
}

/* ---- gSOAP's callbacks: soap->user is the transfer ---- */

static void *
read_open(struct soap *soap, void *handle, const char *id, const char *type, const char *text)
{
	struct transfer *t = soap->user;
	size_t i;

	(void)id;
	(void)type;
	(void)text;
	for (i = 0; t != NULL && i < t->upload_count; i++)
		if (handle == t->uploads[i])
			return handle;
	return NULL;
}

/*
 * Does an answer wait on the socket? Readable alone does not say so: TLS 1.3 sends session tickets
 * after the handshake, which a peek takes away.
 */
static int
answer_waits(struct soap *soap)
{
	struct pollfd p = { .fd = soap->socket, .events = POLLIN };
	int flags, waits;
	char byte;

	if (poll(&p, 1, 0) != 1)
		return 0;
	if (soap->ssl == NULL)
		return 1;
	flags = fcntl(soap->socket, F_GETFL);
	fcntl(soap->socket, F_SETFL, flags | O_NONBLOCK);
	waits = SSL_peek(soap->ssl, &byte, 1) == 1;
	ERR_clear_error();
	fcntl(soap->socket, F_SETFL, flags);
	return waits;
}

/*
 * A server that refuses says so at once and hangs up later: what it said is worth more than that
 * the rest could not be sent. So the rest is thrown away as if it were sent, and the answer read.
 */
static int
send_block(struct soap *soap, const char *bytes, size_t len)
{
	struct transfer *t = soap->user;

	if (t == NULL)
		return SOAP_EOF;
	if (!t->is_answered && t->done - t->looked_at >= 256 * 1024) {
		t->looked_at = t->done;
		t->is_answered = answer_waits(soap);
	}
	if (!t->is_answered && t->client->send(soap, bytes, len) != SOAP_OK) {
		if (t->done == 0)
			return SOAP_EOF;
		t->is_answered = 1;
	}
	return SOAP_OK;
}

static size_t
read_block(struct soap *soap, void *handle, char *block, size_t size)
{
	struct transfer *t = soap->user;
	struct upload *u = handle;
	ssize_t n;

	if (t->is_answered) /* of a known size, all of it is asked for */
		return u->is_sized ? size : 0;
	do
		n = read(u->fd, block, size);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		error_set(
		    &t->err, ERROR_NOT_FOUND, "%s cannot be read: %s", u->path, strerror(errno));
	if (n == 0 && u->is_sized)
		error_set(&t->err, ERROR_CONFLICT,
		    "%s became shorter while it was sent; nothing was written, try again", u->path);
	if (n <= 0)
		return 0;
	t->done += (uint64_t)n;
	if (t->progress != NULL)
		t->progress(t);
	return (size_t)n;
}

static void
read_close(struct soap *soap, void *handle)
{
	(void)soap;
	(void)handle;
}

static void *
write_open(struct soap *soap, void *handle, const char *id, const char *type, const char *text,
    enum soap_mime_encoding encoding)
{
	struct transfer *t = soap->user;

	(void)handle;
	(void)id;
	(void)type;
	(void)text;
	(void)encoding;
	if (t == NULL || t->download == NULL || t->download->has_come)
		return NULL;
	t->download->has_come = 1;
	return t->download;
}

static int
write_block(struct soap *soap, void *handle, const char *block, size_t size)
{
	struct transfer *t = soap->user;
	struct download *d = handle;

	if (write_all(d->fd, block, size) == 0)
		return SOAP_OK;
	error_set(&t->err, ERROR_INTERNAL, "%s cannot be written: %s", d->path, strerror(errno));
	return SOAP_EOF;
}

static void
write_close(struct soap *soap, void *handle)
{
	(void)soap;
	(void)handle;
}

/* ---- both ---- */

int
transfer_add(
    struct transfer *t, struct upload *u, struct xsd__base64Binary *content, struct error *err)
{
	if (t->upload_count >= UPLOADS_MAX)
		return error_set(
		    err, ERROR_LIMIT, "at most %d documents go into one request", UPLOADS_MAX);
	memset(content, 0, sizeof(*content));
	if (u->is_sized && u->size == 0) {
		content->__ptr = (unsigned char *)"";
		return 0;
	}
	snprintf(u->id, sizeof(u->id), "cid:document-%zu", t->upload_count + 1);
	t->uploads[t->upload_count++] = u;
	content->__ptr = (unsigned char *)u;
	content->__size = u->is_sized && u->size <= INT32_MAX ? (int)u->size : 0;
	content->id = u->id;
	content->type = (char *)"application/octet-stream";
	t->total += u->size;
	return 0;
}

/* All sizes are known and fit: the request tells its length; else it goes in chunks. */
static int
is_counted(const struct transfer *t)
{
	size_t i;

	for (i = 0; i < t->upload_count; i++)
		if (!t->uploads[i]->is_sized || t->uploads[i]->size > INT32_MAX)
			return 0;
	return 1;
}

/* gSOAP draws its own from rand(): a document could hold one that is known before. */
static void
draw_boundary(struct soap *soap)
{
	unsigned char random[24];
	char boundary[2 * sizeof(random) + 1];
	size_t i;

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		abort();
	for (i = 0; i < sizeof(random); i++)
		snprintf(boundary + 2 * i, 3, "%02x", random[i]);
	soap_set_mime(soap, boundary, "<request>");
}

/* In chunks gSOAP collects attachments only for someone who wants to see the message before. */
static int
keep_counting(struct soap *soap, const char *bytes, size_t len)
{
	(void)soap;
	(void)bytes;
	(void)len;
	return SOAP_OK;
}

void
transfer_use(struct client *client, struct transfer *t)
{
	struct soap *soap = client->soap;

	const struct transfer *last = soap->user;

	/* The next request cannot follow one that was never sent whole. */
	if (last != NULL && last->is_answered)
		soap_force_closesock(soap);
	soap->user = t;
	soap->fmimereadopen = read_open;
	soap->fmimeread = read_block;
	soap->fmimereadclose = read_close;
	soap->fmimewriteopen = write_open;
	soap->fmimewrite = write_block;
	soap->fmimewriteclose = write_close;
	soap->fpreparesend = NULL;
	soap->fsend = client->send;
	soap->omode &= ~(soap_mode)SOAP_IO;
	soap_clr_mime(soap);
	if (t == NULL || t->upload_count == 0)
		return;
	t->client = client;
	soap->fsend = send_block;
	draw_boundary(soap);
	if (!is_counted(t)) {
		soap->omode |= SOAP_IO_CHUNK;
		soap->fpreparesend = keep_counting;
	}
}

int
transfer_check(const struct transfer *t, struct error *err)
{
	struct stat now;
	size_t i;

	if (t->is_answered)
		return error_set(err, ERROR_CONFLICT,
		    "the server answered before it had the whole document; nothing was written");
	if (t->err.kind != ERROR_NONE) {
		*err = t->err;
		return -1;
	}
	for (i = 0; i < t->upload_count; i++) {
		const struct upload *u = t->uploads[i];

		if (u->is_sized && fstat(u->fd, &now) == 0 &&
		    (now.st_size != u->before.st_size ||
			now.st_mtim.tv_sec != u->before.st_mtim.tv_sec ||
			now.st_mtim.tv_nsec != u->before.st_mtim.tv_nsec))
			return error_set(err, ERROR_CONFLICT,
			    "%s was changed while it was sent; nothing was written, try again",
			    u->path);
	}
	return 0;
}
