/*
 * tui/offline/replay.h: `signet verify --replay`: a verdict given again from its report, without a
 * server.
 */
#ifndef SIGNET_TUI_OFFLINE_REPLAY_H
#define SIGNET_TUI_OFFLINE_REPLAY_H

#include "tui/cli/command.h"

#define REPLAY_FILES_MAX 100

/* Names of files; NULL and 0: none. */
struct replay_wish {
	const char *report;
	const char *catalogue;		     /* by which was judged */
	const char *trust;		     /* the trust snapshot that the report cites */
	const char *anchors;		     /* in place of the report's */
	const char *signer;		     /* whose certificate must have signed the report */
	const char *lists[REPLAY_FILES_MAX]; /* CRLs that the report has excerpts of */
	const char *documents[REPLAY_FILES_MAX + 1]; /* the signed one, then the originals */
	const char *opened[REPLAY_FILES_MAX];	     /* what was in encrypted parts */
	int list_count, document_count, opened_count;
	const char *password;
};
/*
 * Print whether all that the report tells comes out again, and what differs: the verdict's exit
 * code when it does, else EXIT_DIFFERENT.
 */
int replay_run(struct context *context, const struct replay_wish *wish);

#endif
