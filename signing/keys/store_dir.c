#include "signing/keys/store_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/base/log.h"
#include "signing/keys/made.h"

#define PASS_MAX  1024
#define USAGE_MAX 64

static const struct {
	const char *suffix;
	enum key_file format;
} formats[] = { { ".p12", KEY_FILE_PKCS12 }, { ".pem", KEY_FILE_PEM } };
#define FORMATS (sizeof(formats) / sizeof(formats[0]))

/* The format of a file by its name, and the length of the key's name; -1 for other files. */
static int
format_of(const char *file, size_t *name_len)
{
	size_t len = strlen(file), i;

	for (i = 0; i < FORMATS; i++) {
		size_t n = strlen(formats[i].suffix);

		if (len > n && strcmp(file + len - n, formats[i].suffix) == 0) {
			*name_len = len - n;
			return (int)formats[i].format;
		}
	}
	return -1;
}

/* ---- reading files ---- */

static int
read_all(int fd, struct buf *out, size_t size)
{
	struct error err = ERROR_INIT;
	unsigned char *at = buf_reserve(out, size + 1, &err);
	size_t len = 0;
	ssize_t n;

	if (at == NULL)
		return -1;
	while (len <= size && (n = read(fd, at + len, size + 1 - len)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		len += (size_t)n;
	}
	out->len += len;
	return 0;
}

/* Whoever owns the folder can put any file there. */
static int
owns_folder(int dir, uid_t user)
{
	struct stat st;

	return fstat(dir, &st) == 0 && st.st_uid == user;
}

int
dir_read_private(
    struct dir_key *key, int dir, const char *file, const char *what, size_t max, struct buf *out)
{
	int fd = openat(dir, file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), rc = -1;
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st) != 0)
		dir_key_fail(key, "%s cannot be opened: %s", what, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		dir_key_fail(key, "%s is not a regular file", what);
	else if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		dir_key_fail(key,
		    "%s has mode %04o, so others can read or change it: set it to 0600", what,
		    (unsigned int)st.st_mode & 07777);
	else if (st.st_uid != geteuid() && st.st_uid != 0 && !owns_folder(dir, st.st_uid))
		dir_key_fail(key, "%s belongs to another user", what);
	else if (st.st_size < 0 || (uint64_t)st.st_size > max)
		dir_key_fail(key, "%s is larger than %zu bytes", what, max);
	else if (read_all(fd, out, (size_t)st.st_size) != 0)
		dir_key_fail(key, "%s cannot be read", what);
	else
		rc = 1;
	if (fd >= 0)
		close(fd);
	return rc;
}

/* The passphrase: the first line, kept in protected memory. */
static void
read_pass(struct dir_key *key, int dir)
{
	struct buf line = BUF_INIT(PASS_MAX + 2);
	char file[KEYS_NAME_MAX + 8];
	size_t len;

	snprintf(file, sizeof(file), "%s.pass", key->name);
	if (dir_read_private(key, dir, file, "its passphrase file", PASS_MAX, &line) == 1) {
		for (len = 0; len < line.len; len++)
			if (line.data[len] == '\n' || line.data[len] == '\r')
				break;
		key->pass = OPENSSL_secure_zalloc(len + 1);
		if (key->pass == NULL)
			dir_key_fail(key, "the protected memory for keys is full");
		else if (len > 0)
			memcpy(key->pass, line.data, len);
	}
	buf_wipe(&line);
}

/* Without the file the certificate says it, once it is read. */
static void
read_usage(struct dir_key *key, int dir)
{
	struct buf words = BUF_INIT(USAGE_MAX + 2);
	char file[KEYS_NAME_MAX + 8];

	snprintf(file, sizeof(file), "%s.usage", key->name);
	if (dir_read_private(key, dir, file, "its usage file", USAGE_MAX, &words) == 1 &&
	    key_usage_parse(&key->usage, SPAN_OF(&words)) != 0)
		dir_key_fail(key, "its usage file must name Sign, Decrypt, Timestamp, or several "
				  "of them, and nothing else");
	buf_release(&words);
}

static void
key_init(struct dir_key *key, int dir, const char *file, size_t name_len, int format)
{
	memset(key, 0, sizeof(*key));
	memcpy(key->name, file, name_len);
	key->format = (enum key_file)format;
	buf_init(&key->file, KEYS_FILE_MAX + 16);
	buf_init(&key->public_key, KEYS_FILE_MAX);
	buf_init(&key->certs, KEYS_CERTS_MAX);
	if (dir_read_private(key, dir, file, "its file", KEYS_FILE_MAX, &key->file) == 0)
		dir_key_fail(key, "its file is gone");
	read_pass(key, dir);
	read_usage(key, dir);
	if (key->reason[0] != '\0')
		atomic_store(&key->read, 1);
}

/* ---- the directory ---- */

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct dir_key *)a)->name, ((const struct dir_key *)b)->name);
}

/*
 * Two files of one name: nobody can tell which is meant, so neither is used. The locks are made
 * here, when no key moves any more.
 */
static void
merge_namesakes(struct dir_store *store)
{
	size_t i, kept = 0;

	for (i = 0; i < store->count; i++) {
		if (kept > 0 && by_name(&store->keys[kept - 1], &store->keys[i]) == 0) {
			store->keys[kept - 1].reason[0] = '\0';
			dir_key_fail(&store->keys[kept - 1],
			    "there is a .p12 and a .pem file of this name: remove one");
			atomic_store(&store->keys[kept - 1].read, 1);
			dir_key_release(&store->keys[i]);
		} else {
			store->keys[kept++] = store->keys[i];
		}
	}
	store->count = kept;
	for (i = 0; i < kept; i++)
		pthread_mutex_init(&store->keys[i].lock, NULL);
}

static int
read_dir(struct dir_store *store, DIR *d, struct error *err)
{
	struct dirent *entry;
	size_t room = 0, len;
	int format;

	while ((entry = readdir(d)) != NULL) {
		format = format_of(entry->d_name, &len);
		if (format < 0)
			continue;
		if (!key_name_ok(entry->d_name, len)) {
			log_warning("a key file is left out: its name may hold only letters, "
				    "digits, '.', '_' and '-': %s",
			    entry->d_name);
			continue;
		}
		if (store->count == room) {
			struct dir_key *more;

			room = room * 2 + 16;
			more = realloc(store->keys, room * sizeof(*more));
			if (more == NULL)
				return error_memory(err);
			store->keys = more;
		}
		key_init(&store->keys[store->count++], dirfd(d), entry->d_name, len, format);
	}
	if (store->count > 0)
		qsort(store->keys, store->count, sizeof(*store->keys), by_name);
	merge_namesakes(store);
	return 0;
}

static size_t
dir_count(const struct key_store *store)
{
	return dir_count_all((const struct dir_store *)store);
}

static const char *
dir_name(const struct key_store *store, size_t index)
{
	return dir_key_at((struct dir_store *)(uintptr_t)store, index)->name;
}

static void
dir_facts(struct key_store *store, size_t index, struct key_facts *facts)
{
	struct dir_key *key = dir_key_at((struct dir_store *)store, index);

	dir_key_load(key);
	facts->state = key->pkey != NULL ? KEY_STATE_USABLE : KEY_STATE_UNUSABLE;
	facts->reason = key->reason;
	facts->public_key = SPAN_OF(&key->public_key);
	facts->certs = SPAN_OF(&key->certs);
	facts->remark = key->remark;
}

static int
dir_find(const struct key_store *base, const char *name, size_t len, size_t *index)
{
	const struct dir_store *store = (const struct dir_store *)base;
	size_t low = 0, high = store->count, middle;
	const char *other;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		other = store->keys[middle].name;
		order = strncmp(name, other, len);
		if (order == 0 && other[len] == '\0') {
			*index = middle;
			return 0;
		}
		if (order > 0)
			low = middle + 1;
		else
			high = middle;
	}
	return made_find(store, name, len, index);
}

static void
dir_close(struct key_store *base)
{
	struct dir_store *store = (struct dir_store *)base;
	size_t i;

	for (i = 0; i < store->count; i++)
		dir_key_release(&store->keys[i]);
	made_close(store);
	free(store->keys);
	free(store);
}

static const struct key_store_ops dir_ops = {
	.kind = "directory",
	.count = dir_count,
	.name = dir_name,
	.facts = dir_facts,
	.session_new = dir_session_new,
	.session_free = dir_session_free,
	.sign = dir_sign,
	.stamp = dir_stamp,
	.decrypt = dir_decrypt,
	.derive = dir_derive,
	.find = dir_find,
	.make = made_make,
	.import = made_import,
	.load = made_load,
	.close = dir_close,
};

int
key_store_dir_open(struct key_store **out, const char *dir, struct error *err)
{
	struct dir_store *store = calloc(1, sizeof(*store));
	DIR *d = opendir(dir);
	struct stat st;
	int rc = -1;

	*out = NULL;
	if (store == NULL) {
		error_memory(err);
		goto done;
	}
	store->base.ops = &dir_ops;
	if (d == NULL || fstat(dirfd(d), &st) != 0) {
		error_errno(err, "the directory of keys cannot be opened");
		goto done;
	}
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		error_set(err, ERROR_INTERNAL,
		    "the directory of keys has mode %04o, so others can change what is in it: "
		    "set it to 0700",
		    (unsigned int)st.st_mode & 07777);
		goto done;
	}
	if (read_dir(store, d, err) != 0)
		goto done;
	made_open(store, dirfd(d));
	*out = &store->base;
	store = NULL;
	rc = 0;
done:
	if (d != NULL)
		closedir(d);
	if (store != NULL)
		dir_close(&store->base);
	return rc;
}
