#include "tui/model/answers.h"

#include "soapH.h"
#include "tui/model/json.h"

static json_t *
key_json(struct soap *soap, const struct sig__Key *key)
{
	json_t *out = json_object();

	put_text(out, "name", key->name);
	put_text(out, "algorithm", key->algorithm);
	json_object_set_new(out, "size", json_integer(key->size));
	put_text(out, "state", soap_sig__KeyState2s(soap, key->state));
	put_text(out, "reason", key->reason);
	json_object_set_new(out, "default", json_boolean(key->isDefault));
	put_text(out, "notAfter", key->notAfter);
	if (key->signatures != NULL)
		json_object_set_new(out, "signatures", json_integer(*key->signatures));
	put_base64(out, "certificate",
	    (struct span){ key->certificate.__ptr, (size_t)key->certificate.__size });
	return out;
}

json_t *
keys_json(struct soap *soap, const struct sig__ListKeysAnswer *answer)
{
	json_t *keys = json_array();
	int i;

	for (i = 0; i < answer->__sizekey; i++)
		json_array_append_new(keys, key_json(soap, &answer->key[i]));
	return keys;
}

static json_t *
texts_json(char **texts, int count)
{
	json_t *out = json_array();
	int i;

	for (i = 0; i < count; i++)
		json_array_append_new(out, json_string(texts[i]));
	return out;
}

json_t *
whoami_json(struct soap *soap, const struct sig__WhoAmIAnswer *answer)
{
	const struct sig__Caller *caller = answer->caller;
	json_t *out = json_object();

	put_text(out, "name", caller->name);
	put_text(out, "tenant", caller->tenant);
	put_text(out, "authenticatedBy",
	    soap_sig__AuthenticationMethod2s(soap, caller->authenticatedBy));
	json_object_set_new(out, "groups", texts_json(caller->group, caller->__sizegroup));
	json_object_set_new(out, "rights", texts_json(caller->right, caller->__sizeright));
	put_text(out, "server", answer->server->name);
	put_text(out, "version", answer->server->version);
	put_text(out, "time", answer->server->time);
	return out;
}
