/* server/run/conf_core.h: inside of the configuration file's reader, shared by its files. */
#ifndef SIGNET_RUN_CONF_CORE_H
#define SIGNET_RUN_CONF_CORE_H

#include <stddef.h>

#include "server/base/conf_text.h"
#include "server/run/conf.h"

enum kind { TEXT, PATH, YES_NO, NUMBER, BYTES, SIGNED, LEVEL, NETWORKS };

struct setting {
	const char *name;
	enum kind kind;
	size_t offset;
	size_t size; /* of the member, where it is a number */
	int64_t least, most;
	const char *absent; /* what counts when it is not given; NULL: it must be */
};

/* The i-th setting, NULL behind the last. */
const struct setting *setting_at(size_t i);
const struct setting *setting_named(const char *name);
int setting_allows(const struct setting *s, const char *word);
/* What may stand there, in words. */
void setting_describe(const struct setting *s, char *out, size_t size);
/* A whole number within the setting's bounds, for BYTES with K, M or G behind it. 0 or -1. */
int setting_number(const struct setting *s, const char *word, int64_t *value);
/* Put an allowed word into the configuration, whose `file` is known. */
int setting_store(struct conf *conf, const struct setting *s, const char *word, struct error *err);

/* The options of a listener's section. */
extern cfg_opt_t conf_listener_options[];
/* What stands in all such sections of the parsed file. */
int conf_read_listeners(struct conf *conf, cfg_t *cfg, struct error *err);

#endif
