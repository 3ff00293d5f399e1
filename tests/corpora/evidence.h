/* tests/corpora/evidence.h: CRLs and OCSP answers of a row, opened and kept. */
#ifndef SIGNET_TESTS_CORPORA_EVIDENCE_H
#define SIGNET_TESTS_CORPORA_EVIDENCE_H

#include "signing/x509/path.h"
#include "tests/corpora/corpora.h"

#define EVIDENCE_MAX 32

struct corpus_evidence {
	struct buf bytes[EVIDENCE_MAX];
	struct crl *crls[EVIDENCE_MAX];
	struct crl_source sources[EVIDENCE_MAX];
	struct ocsp_response *answers[EVIDENCE_MAX];
	const struct ocsp_response *answer_list[EVIDENCE_MAX];
	size_t crl_count, answer_count;
	char refused[400]; /* what could not be opened, and so is not at hand */
};

/* Take a CRL's or answer's DER; what does not open is left out. */
void corpus_add_crl(struct corpus_evidence *e, struct span der);
void corpus_add_answer(struct corpus_evidence *e, struct span der);
/* A view for judging; looks into e. */
struct revocation_evidence corpus_evidence_view(struct corpus_evidence *e);
void corpus_evidence_release(struct corpus_evidence *e);

/* The next of comma-separated words of a setting: 1 and *word, 0. *at starts at the value. */
int corpus_next_word(const char **at, char *word, size_t size);
/* Say what a path's verdict is, with the reason. */
void corpus_say_path(
    struct corpus_finding *found, const struct path_result *r, const struct corpus_evidence *e);

#endif
