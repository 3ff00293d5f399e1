#include "tui/model/json.h"

#include "server/base/text.h"

void
put_text(json_t *object, const char *key, const char *value)
{
	json_t *text = value != NULL && value[0] != '\0' ? json_string(value) : NULL;

	if (text != NULL)
		json_object_set_new(object, key, text);
}

void
put_base64(json_t *object, const char *key, struct span value)
{
	struct buf text = BUF_INIT(0);

	if (value.len > 0 && text_base64(&text, value, 0, NULL) == 0)
		json_object_set_new(object, key, json_stringn((char *)text.data, text.len));
	buf_release(&text);
}

const char *
get_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}
