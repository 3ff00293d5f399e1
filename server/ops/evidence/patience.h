/*
 * server/ops/evidence/patience.h: how often a server may fail to answer before it is left alone,
 * for work that would ask the same one about thousands of certificates and wait each time.
 *
 * Used by one thread, for as long as one such work lasts.
 */
#ifndef SIGNET_OPS_PATIENCE_H
#define SIGNET_OPS_PATIENCE_H

#define PATIENCE_TRIES	 3  /* in a row */
#define PATIENCE_SERVERS 64 /* that are remembered; others are asked each time */
#define PATIENCE_NAME	 128

struct patience {
	unsigned int count;
	struct {
		char name[PATIENCE_NAME]; /* "http://ocsp.example:8080" */
		unsigned int failures;
	} servers[PATIENCE_SERVERS];
};

/* 1 when the server of this URL may be asked; patience NULL: always. */
int patience_has(const struct patience *patience, const char *url);
/* It answered (whatever it said), or not. NULL is fine. */
void patience_note(struct patience *patience, const char *url, int has_answered);

#endif
