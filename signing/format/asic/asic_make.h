/* signing/format/asic/asic_make.h: one container in the making. Only for this folder. */
#ifndef SIGNET_SIGNING_FORMAT_ASIC_MAKE_H
#define SIGNET_SIGNING_FORMAT_ASIC_MAKE_H

#include "signing/format/asic/asic_parts.h"
#include "signing/format/asic/asic_sign.h"

#define MAKING_NAME_SIZE 64
#define MAKING_FILES_MAX 4 /* of META-INF, in one go */

struct making {
	const struct sign_key *key;  /* NULL: a time stamp alone */
	struct sign_options options; /* the caller's, detached */
	const struct format_limits *limits;
	enum asic_type type;
	enum format family;
	const struct document *docs;
	size_t count;
	struct span base;    /* what is added to, or empty */
	unsigned int number; /* of the signature's and the manifest's files */
	char signature_name[MAKING_NAME_SIZE], manifest_name[MAKING_NAME_SIZE];
	struct buf manifest, signature, package;
	struct archive_new made[MAKING_FILES_MAX]; /* views; mimetype stands before the documents */
	size_t made_count;
	struct buf file;
	struct error *err;
};

void making_init(struct making *m, const struct format_limits *limits, struct error *err);
void making_release(struct making *m);

/* Options, number, names and contents are what a container takes. */
int making_check_options(const struct making *m);
int making_check_documents(const struct making *m);

/* Set the names of the files, of m->type and m->number. */
void making_name_files(struct making *m, const char *signature, const char *end);
/* Note a file of META-INF. */
void making_entry(struct making *m, const char *name, struct span data);
/* What a signature or time stamp is over: the document, or a manifest, which is made then. */
int making_lay_out(
    struct making *m, enum digest digest, const char *mime_type, struct document *subject);
/* Make the signature's files; `archive` is what is added to, or NULL. */
int making_cades(struct making *m, const struct archive *archive);
int making_xades(struct making *m, const struct archive *archive);
/* Make m->file. */
int making_write(struct making *m);

struct read_back {
	struct signatures list;
	struct asic_container container;
};
int making_read_back(const struct making *m, struct span file, struct read_back *b);
void read_back_release(struct read_back *b);
/* Is all that was not there before sound, and over all documents? */
int making_check_new(
    const struct making *m, const struct read_back *b, const struct signatures *earlier);
/* Write, read back, append to `out`. */
int making_finish(struct making *m, struct buf *out);

#endif
