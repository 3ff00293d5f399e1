/*
 * tui/cli/one_file.h: what commands share that make one file of each: the document goes up by MTOM,
 * what comes back stands under its name only once it is whole.
 */
#ifndef SIGNET_TUI_ONE_FILE_H
#define SIGNET_TUI_ONE_FILE_H

#include "soapH.h"
#include "tui/cli/command.h"

struct one_file {
	struct context *context;
	const char *path;
	struct sig__Document document; /* for the request */
	struct transfer transfer;
	struct upload file;
	struct download result;
	struct soap *soap; /* to call with */
};

/*
 * Open both and make ready to call: EXIT_PASSED, or another exit code when all is told. In each
 * case one_file_end() follows. Strings stay the caller's.
 */
int one_file_begin(
    struct one_file *f, struct context *context, const char *path, const char *output, int force);
/* The call failed: tells why, and gives the exit code. */
int one_file_refused(struct one_file *f);
/* The call went well: the file, of which the answer itself may hold the content. NULL: there is
 * none. EXIT_PASSED, or EXIT_USAGE after telling what is wrong. */
int one_file_keep(struct one_file *f, const struct xsd__base64Binary *content);
void one_file_end(struct one_file *f);

/* One file after the other, from optind on, until the server is away; the gravest exit code. */
int each_file(struct context *context, int argc, char **argv,
    int (*one)(struct context *context, void *arg, const char *path), void *arg);

#endif
