/*
 * signing/trust/catalogue_file.h: algorithm catalogues as files: DSSC policies in XML (RFC 5698,
 * urn:ietf:params:xml:ns:dssc), the form in which ETSI TS 119 322 has TS 119 312 published, signed
 * as trusted lists are.
 *
 * A catalogue decides over verdicts, so a file with slips is refused with the lines: object
 * identifiers cut short, names that say another algorithm than their identifiers, curves that do
 * not exist, days that do not, parameters that nobody would look at. Algorithms that are not known
 * here are passed over with a note: what is not known cannot be met.
 *
 * Evaluations of ECDSA without a parameter "curve" hold for the curves that the file lists as
 * algorithms, each until the earlier of both ends, or for all curves where it lists none. The
 * parameter "curve" (of ours: urn:signet:dssc:1) restricts one evaluation to one curve.
 */
#ifndef SIGNET_SIGNING_TRUST_CATALOGUE_FILE_H
#define SIGNET_SIGNING_TRUST_CATALOGUE_FILE_H

#include <openssl/x509.h>

#include "signing/core/catalogue.h"

#define CATALOGUE_FILE_BYTES_MAX ((size_t)4 << 20)
#define CATALOGUE_FINDINGS_MAX	 50

struct catalogue_finding {
	long line;
	int is_error; /* 0: a note */
	char text[200];
};
struct catalogue_file {
	struct catalogue catalogue; /* name and version cite edition and day of issue */
	const char *publisher;
	int64_t issued, next_update; /* next_update CATALOGUE_OPEN: not said */
	unsigned char digest[32];    /* SHA-256 of the bytes */
	void *memory;
};
struct catalogue_findings {
	struct catalogue_finding items[CATALOGUE_FINDINGS_MAX];
	size_t count;
};

/*
 * Read a catalogue without asking who signed it: for dry runs. `findings` (may be NULL) gets all
 * that lint found, also on -1. On 0 *file is the caller's, for catalogue_file_free(); on -1 it is
 * NULL and err->kind is ERROR_MALFORMED (the first slip with its line), ERROR_UNSUPPORTED,
 * ERROR_LIMIT, ERROR_TOO_LARGE, ERROR_UNAVAILABLE.
 */
int catalogue_file_read(struct catalogue_file **file, struct span bytes,
    struct catalogue_findings *findings, struct error *err);
/*
 * The same, and it must be signed over the whole by one of `signers`, whose algorithms the built-in
 * catalogue holds suitable at `time`, and be issued by then. A passed next update is no reason to
 * refuse: an old catalogue is stricter than none. ERROR_NOT_AUTHORIZED: signed by nobody, wrongly,
 * or by a stranger.
 */
int catalogue_file_accept(struct catalogue_file **file, struct span bytes, STACK_OF(X509) * signers,
    int64_t time, struct error *err);
void catalogue_file_free(struct catalogue_file *file); /* NULL is fine */

/* Append a catalogue as such a file, without a signature. */
struct catalogue_edition {
	const char *version, *publisher;
	int64_t issued, next_update; /* CATALOGUE_OPEN: none */
};
int catalogue_file_write(struct buf *out, const struct catalogue *catalogue,
    const struct catalogue_edition *edition, struct error *err);

#endif
