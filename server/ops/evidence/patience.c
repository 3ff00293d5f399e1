#include "server/ops/evidence/patience.h"

#include <string.h>

/* Bytes of the URL that name its server: up to the path. */
static size_t
server_of(const char *url)
{
	const char *host = strstr(url, "://");

	if (host == NULL)
		return strlen(url);
	host += 3;
	return (size_t)(host - url) + strcspn(host, "/?#");
}

/* Its place, or -1: it is not known, or its name is too long to be. */
static int
find(const struct patience *p, const char *url, size_t len)
{
	unsigned int i;

	for (i = 0; i < p->count; i++)
		if (strlen(p->servers[i].name) == len && memcmp(p->servers[i].name, url, len) == 0)
			return (int)i;
	return -1;
}

int
patience_has(const struct patience *p, const char *url)
{
	int i = p != NULL ? find(p, url, server_of(url)) : -1;

	return i < 0 || p->servers[i].failures < PATIENCE_TRIES;
}

void
patience_note(struct patience *p, const char *url, int has_answered)
{
	size_t len = server_of(url);
	int i;

	if (p == NULL)
		return;
	i = find(p, url, len);
	if (i < 0 && !has_answered && p->count < PATIENCE_SERVERS && len < PATIENCE_NAME) {
		i = (int)p->count++;
		memcpy(p->servers[i].name, url, len);
		p->servers[i].name[len] = '\0';
		p->servers[i].failures = 0;
	}
	if (i >= 0)
		p->servers[i].failures = has_answered ? 0 : p->servers[i].failures + 1;
}
