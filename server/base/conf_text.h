/*
 * server/base/conf_text.h: a configuration's text, by libconfuse: that of the server and the files
 * that `signet apply` takes are of one form. All that libconfuse does otherwise than a reader
 * expects is put right here: lines are counted rightly, and a section that nothing closes is
 * refused.
 */
#ifndef SIGNET_BASE_CONF_TEXT_H
#define SIGNET_BASE_CONF_TEXT_H

#include <confuse.h>

#include "server/base/buf.h"

struct conf_form {
	const char *file;     /* its name, for errors */
	const char *unclosed; /* what a section without its } is called: "a listener" */
	const char *hint;     /* "; signetd.conf(5) lists the settings" */
	size_t most;	      /* bytes of the text */
};

/* The last of the options that are handed to conf_text_parse(), before CFG_END(). */
#define CONF_TEXT_LAST	      "end-of-the-configuration"
#define CONF_TEXT_LAST_OPTION CFG_STR(CONF_TEXT_LAST, NULL, CFGF_NODEFAULT)

/*
 * On 0 *cfg is the caller's, for cfg_free(); `options` need not outlive the call. On
 * -1 *cfg is NULL and err->text says file, line and what is wrong there.
 */
int conf_text_parse(cfg_t **cfg, const struct conf_form *form, struct span text, cfg_opt_t *options,
    struct error *err);

/*
 * Turn comments (#, //, and those of C) into blanks, byte by byte and never a line's end:
 * libconfuse counts the lines of what is left rightly. What it takes for a word or a text stays.
 */
void conf_blank_comments(char *text, size_t len);

#endif
