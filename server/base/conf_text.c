#include "server/base/conf_text.h"

#include <stdio.h>
#include <string.h>

/* libconfuse hands errors to a function without an argument of ours. */
static __thread struct {
	struct error *err;
	const struct conf_form *form;
	int lines; /* of the file as it was given */
} sink;

static void
on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	char what[300];
	const char *hint = "";
	int line = cfg != NULL ? cfg->line : 0;

	vsnprintf(what, sizeof(what), fmt, ap);
	if (strstr(what, CONF_TEXT_LAST) != NULL)
		snprintf(what, sizeof(what), "%s is not closed by }", sink.form->unclosed);
	else if (strncmp(what, "no such option", 14) == 0)
		hint = sink.form->hint;
	error_set(sink.err, ERROR_MALFORMED, "%s:%d: %s%s", sink.form->file,
	    line < sink.lines ? line : sink.lines, what, hint);
}

static int
count_lines(struct span text)
{
	int lines = 1;
	size_t i;

	for (i = 0; i + 1 < text.len; i++)
		lines += text.data[i] == '\n';
	return lines;
}

int
conf_text_parse(cfg_t **cfg, const struct conf_form *form, struct span given, cfg_opt_t *options,
    struct error *err)
{
	struct buf text = BUF_INIT(form->most + 64);
	int parsed = CFG_PARSE_ERROR;

	*cfg = NULL;
	/* libconfuse takes a file that ends in the midst of a section for a whole one; but this
	 * setting is unknown there. */
	if (buf_append_span(&text, given, err) != 0 ||
	    buf_append_str(&text, "\n" CONF_TEXT_LAST " = yes\n", err) != 0 ||
	    buf_terminate(&text, err) != 0)
		goto done;
	conf_blank_comments((char *)text.data, text.len);
	*cfg = cfg_init(options, CFGF_NONE);
	if (*cfg == NULL) {
		error_memory(err);
		goto done;
	}
	cfg_set_error_function(*cfg, on_error);
	sink.err = err;
	sink.form = form;
	sink.lines = count_lines(given);
	parsed = cfg_parse_buf(*cfg, (char *)text.data);
	sink.err = NULL;
	if (parsed != CFG_SUCCESS)
		error_set(err, ERROR_MALFORMED, "%s: it is not a configuration file", form->file);
done:
	if (parsed != CFG_SUCCESS && *cfg != NULL) {
		cfg_free(*cfg);
		*cfg = NULL;
	}
	buf_wipe(&text);
	return parsed == CFG_SUCCESS ? 0 : -1;
}
