/*
 * server/ops/reading.h: a signed document of a request, read by what it is, with what the request
 * brings beside it. For the operations that look into signed documents; inside of this folder.
 */
#ifndef SIGNET_OPS_READING_H
#define SIGNET_OPS_READING_H

#include "server/ops/decrypt.h"
#include "server/ops/private.h"
#include "signing/format/read.h"

/* One document of the request with what belongs to it. */
struct task {
	struct engine *engine;
	struct request *req;
	const struct material *material;
	const struct op_document *doc;
	struct span content;	/* what is read: the document's, or what was in an envelope */
	int may_open;		/* what is encrypted is opened; else it is no signed document */
	struct opening opening; /* its envelopes, with may_open; noted in out->encryptions */
	int is_closed;		/* it is encrypted: out->result says so, and there is no verdict */
	const struct format_limits *limits;
	STACK_OF(X509) * certificates;
	int keep_octets;	    /* fill reference.octets with what was digested */
	unsigned int tolerate;	    /* as in struct document_read_options */
	struct document *originals; /* views; digests of the same name are joined to one document */
	struct digest_values *values;
	size_t original_count;
	struct document_facts facts;   /* as read; the signatures are in out */
	struct verified_document *out; /* gets the signatures; the caller's to release */
};

/* For admit: originals that come behind a detached CMS signature may be streamed. */
void decide_originals(const struct engine *engine, struct request *req);
/* Note the originals and digests that the request has for its index-th signed document. */
int task_take_originals(struct task *t, size_t index, struct error *err);
/*
 * Read t->doc into t->out->signatures and t->facts; with may_open, what is encrypted
 * is opened with what the caller may use, and else sets t->is_closed or is told in t->out->result.
 * May be called once a task. ERROR_UNSUPPORTED for what is encrypted without may_open,
 * ERROR_MALFORMED for what is no signed document at all; else as the formats' readers.
 */
int read_document(struct task *t, struct error *err);
/*
 * The time stamps of the document itself, of a PDF or a container, into t->out->timestamps: they
 * stand for themselves beside the signatures. For where t->out->report is (verify.c).
 */
int task_judge_stamps(struct task *t, struct error *err);
void task_release(struct task *t);

/* ---- layers.c: encryption, where t->may_open ---- */

/* As read_document(), of t->content. */
int read_content(struct task *t, struct error *err);
/* The same, nothing opened but by the opener; t->out has no signatures yet (reading.c). */
int read_signed(struct task *t, struct error *err);
/*
 * Open t->content, and read what is in it: both where nothing authenticates it and nothing in it is
 * whole, and where it does not decrypt, the layer is closed in the same words.
 */
int read_envelope(struct task *t, struct error *err);
/*
 * read_signed(), of mails and XML, with what is encrypted in it opened, and again with that closed
 * which nothing authenticates and in which nothing is whole. Of an XML document the signatures are
 * those of what it was before it was encrypted, but for those that are whole over the encrypted
 * form.
 */
int read_layers_of_mail(struct task *t, struct error *err);
int read_layers_of_xml(struct task *t, struct error *err);
/*
 * The same where t->content is signed and holds an envelope: the signatures in that stand behind
 * those around it, as "1#...".
 */
int read_signed_envelope(struct task *t, struct error *err);
/* What stayed closed must not stay unsaid; without any signature there is nothing to judge. */
void describe_encryption(struct task *t);

/*
 * A signature by its id as reports tell it; NULL: the only one that is no counter-signature. NULL
 * and ERROR_NOT_FOUND where there is none, ERROR_MALFORMED where an id must be given. `what` is
 * for the words: "to counter-sign".
 */
struct signature *signature_named(
    const struct signatures *list, const char *id, const char *what, struct error *err);
/* The ids of all that are no counter-signatures, for words: "a, b, c", cut to size. */
void signature_ids(const struct signatures *list, char *out, size_t size);
/*
 * Is it the signer's, and what it signs as it was? -1 with ERROR_CONFLICT, or ERROR_NOT_FOUND when
 * what it signs is not at hand. Whether the signer is trusted is not asked.
 */
int signature_is_whole(const struct signature *sig, struct error *err);

/*
 * Only the content tells which reader a document needs, so admit cannot know whether it must be
 * waited for: the first thing to ask when the documents are there. -1 with req->must_wait: the
 * request is to be served again where waiting is allowed.
 */
int may_read_documents(const struct engine *engine, struct request *req, struct error *err);

#endif
