/* tui/script/files.h: the files that a script names: certificates and passwords. */
#ifndef SIGNET_TUI_SCRIPT_FILES_H
#define SIGNET_TUI_SCRIPT_FILES_H

#include "tui/script/script.h"

/*
 * Put the certificates (the first of each file, PEM or DER) in the places of their files, and make
 * names of password files such as can be opened: what is relative is so to the folder of `script`.
 * -1 and err for a file that cannot be read or holds none.
 */
int script_files(json_t *model, const char *script, struct error *err);

#endif
