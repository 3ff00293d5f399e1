/* signing/report/replay_parts.h: one replay under way. For replay*.c only. */
#ifndef SIGNET_SIGNING_REPORT_REPLAY_PARTS_H
#define SIGNET_SIGNING_REPORT_REPLAY_PARTS_H

#include "signing/format/envelope/envelope.h"
#include "signing/report/compare.h"
#include "signing/report/replay.h"

#define REPLAY_LAYERS_MAX 100

struct run {
	struct replayed *out;
	const struct replay_options *in;
	const struct recorded *recorded;
	struct verify_context context;
	struct compare_options compared;
	/* evidence */
	struct revocation_evidence evidence;
	struct trust_snapshot *part; /* loaded here */
	struct crl **crls;	     /* opened here */
	struct crl_source *sources;
	size_t crl_count;
	struct ocsp_response **answers;
	size_t answer_count;
	unsigned char (*excerpted)[32]; /* CRLs of which no more is at hand */
	size_t excerpted_count;
	struct evidence gathered; /* for the report; the lists are the record's, but ... */
	struct values whole;	  /* ... with CRLs that the caller has in whole: owned */
	/* documents */
	struct document *judged; /* under the names that the report has, where they are the same */
	struct document *told;	 /* as the report has them, by digest */
	struct digest_values *values;
	struct report_layer layers[REPLAY_LAYERS_MAX]; /* of encryption, as met */
	size_t layer_count;
	struct envelope_opener opener;
	struct xml_opener xml_opener;
	struct error *err;
};

/* Note a sentence of what the replay believes, or a difference; -1 without memory. */
int replay_believe(struct run *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int replay_differ(struct run *r, const char *what, const char *then, const char *now);

/* ---- replay_evidence.c ---- */

int replay_open_evidence(struct run *r);
void replay_close_evidence(struct run *r);

/* ---- replay_documents.c ---- */

/*
 * Are the documents at hand those of the report? By digest; where they are not, that is a
 * difference. The first may be what was in the envelope that the report is on.
 */
int replay_take_documents(struct run *r);
void replay_drop_documents(struct run *r);

#endif
