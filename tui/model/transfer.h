/*
 * tui/model/transfer.h: documents of any size between files and a server, by MTOM, a block at a
 * time: neither what is sent nor what comes back is ever held in memory as a whole.
 */
#ifndef SIGNET_TUI_TRANSFER_H
#define SIGNET_TUI_TRANSFER_H

#include <stdint.h>
#include <sys/stat.h>

#include "server/base/buf.h"

struct client;
struct xsd__base64Binary;

/* ---- up ---- */

#define UPLOADS_MAX 128

struct upload {
	const char *path; /* the caller's; "-" is standard input */
	int fd;
	int is_sized; /* a regular file: its size is told before it is sent */
	uint64_t size;
	struct stat before;
	char id[40];
};

/* Open a document to send. ERROR_NOT_FOUND and the like tell the path. */
int upload_open(struct upload *upload, const char *path, struct error *err);
void upload_close(struct upload *upload); /* once, also after a failed upload_open() */
/* The first bytes of it, at most `size`, without taking them; 0 where it cannot be rewound. */
size_t upload_peek(const struct upload *upload, void *out, size_t size);

/* ---- down ---- */

struct download {
	const char *path; /* the caller's; "-" is standard output */
	char beside[4096];
	int fd;
	int force;    /* replace what is there */
	int has_come; /* the document came as an attachment and is in `fd` */
};

/*
 * Where the document of the answer goes: into a new file beside `path`, which download_commit()
 * gives its name, so that `path` is there as a whole or not at all. A file that exists is
 * ERROR_CONFLICT without `force`, at once and (should it appear meanwhile) at the end. An interrupt
 * by a signal removes the new file.
 */
int download_open(struct download *download, const char *path, int force, struct error *err);
/* `rest` is what the answer held in its XML, where it sent no attachment. */
int download_commit(struct download *download, struct span rest, struct error *err);
void download_close(struct download *download); /* forgets what was not committed; once */

/* ---- both, for one call ---- */

struct transfer {
	struct upload *uploads[UPLOADS_MAX];
	size_t upload_count;
	struct download *download; /* NULL: the answer brings no document */
	uint64_t done, total;	   /* bytes sent; total 0: not known */
	/* Told after each block; may be NULL. */
	void (*progress)(const struct transfer *transfer);
	void *context;	  /* for progress */
	struct error err; /* why a local file stopped it */
	struct client *client;
	uint64_t looked_at; /* `done` when the socket was last looked at */
	int is_answered;    /* the server has answered before it had all: nothing more is sent */
};

/* Before a call: `content` of the request sends `upload`. ERROR_LIMIT beyond UPLOADS_MAX. */
int transfer_add(struct transfer *transfer, struct upload *upload,
    struct xsd__base64Binary *content, struct error *err);
/* Make the next call of the client use it; NULL: calls without documents. */
void transfer_use(struct client *client, struct transfer *transfer);
/*
 * After a call: 0, or -1 when a file was at fault: not readable, or changed while it was sent, so
 * that the answer is about neither of its states.
 */
int transfer_check(const struct transfer *transfer, struct error *err);

#endif
