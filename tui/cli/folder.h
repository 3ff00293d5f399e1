/* tui/cli/folder.h: the documents of folders that a command line names. */
#ifndef SIGNET_TUI_FOLDER_H
#define SIGNET_TUI_FOLDER_H

#include <stddef.h>

#include "server/base/error.h"

#define FOLDER_DEPTH_MAX 32

struct document_entry {
	char *path;
	char *original; /* what the detached signature signs, found beside it; NULL */
};
struct document_list {
	struct document_entry *items;
	size_t count, room;
};

/*
 * Append a path. Of a folder its files, in the order of their names, those of its folders too: of
 * X.p7s beside X one entry, with X as its original. Hidden files are left out, links to folders are
 * not followed. A path that is no folder, there or not, is one entry. -1: a folder cannot be read.
 */
int document_list_add(struct document_list *list, const char *path, struct error *err);
void document_list_release(struct document_list *list);

#endif
