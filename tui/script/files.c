#include "tui/script/files.h"

#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "server/base/text.h"
#include "tui/model/certificate.h"

static const char *
beside(const char *script, const char *name, char out[PATH_MAX])
{
	char copy[PATH_MAX];

	snprintf(copy, sizeof(copy), "%s", script);
	if (name[0] == '/' || strcmp(script, "-") == 0)
		snprintf(out, PATH_MAX, "%s", name);
	else
		snprintf(out, PATH_MAX, "%s/%s", dirname(copy), name);
	return out;
}

/* The certificate in base64; the caller's, NULL and the error. */
static json_t *
certificate_of(const char *script, const char *name, struct error *err)
{
	struct buf der = BUF_INIT(1 << 20), text = BUF_INIT(0);
	char path[PATH_MAX];
	json_t *out = NULL;

	if (certificate_read(&der, beside(script, name, path), err) == 0 &&
	    text_base64(&text, SPAN_OF(&der), 0, err) == 0)
		out = json_stringn((const char *)text.data, text.len);
	buf_release(&der);
	buf_release(&text);
	return out;
}

/* Those of a list of files come behind those that the script has itself. */
static int
take_files(json_t *thing, const char *script, const json_t *files, struct error *err)
{
	json_t *all = json_object_get(thing, "certificate"), *one;
	const json_t *file;
	size_t i;

	if (all == NULL) {
		all = json_array();
		json_object_set_new(thing, "certificate", all);
	}
	json_array_foreach(files, i, file)
	{
		one = certificate_of(script, json_string_value(file), err);
		if (one == NULL)
			return -1;
		json_array_append_new(all, one);
	}
	return 0;
}

static int
take_thing(json_t *thing, const char *script, struct error *err)
{
	const json_t *file = json_object_get(thing, "certificateFile"),
		     *password = json_object_get(thing, "passwordFile");
	char path[PATH_MAX];
	json_t *one;

	if (json_is_string(password))
		json_object_set_new(thing, "passwordFile",
		    json_string(beside(script, json_string_value(password), path)));
	if (json_is_array(file))
		return take_files(thing, script, file, err);
	if (!json_is_string(file))
		return 0;
	one = certificate_of(script, json_string_value(file), err);
	if (one != NULL)
		json_object_set_new(thing, "certificate", one);
	return one != NULL ? 0 : -1;
}

int
script_files(json_t *model, const char *script, struct error *err)
{
	const char *kind, *name;
	json_t *things, *thing;

	json_object_foreach(model, kind, things)
	{
		json_object_foreach(things, name, thing)
		{
			if (take_thing(thing, script, err) != 0)
				return -1;
		}
	}
	return 0;
}
