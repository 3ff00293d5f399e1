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
	int list_count, document_count;
	const char *password;
};
/*
 * Print whether the verdict is the same and what differs: the verdict's exit code when it is; when
 * it is not, at least that of Indeterminate.
 */
int replay_run(struct context *context, const struct replay_wish *wish);

#endif
