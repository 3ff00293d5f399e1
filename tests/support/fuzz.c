#include "tests/support/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "server/base/buf.h"
#include "server/base/text.h"

static int
load_seed(const char *path, struct buf *seed)
{
	struct error err = ERROR_INIT;
	struct buf file = BUF_INIT(0);
	size_t len = strlen(path);
	int rc = buf_read_file(&file, path, &err);

	if (rc == 0 && len > 4 && strcmp(path + len - 4, ".b64") == 0)
		rc = text_base64_decode(seed, SPAN_OF(&file), &err);
	else if (rc == 0)
		rc = buf_append_span(seed, SPAN_OF(&file), &err);
	if (rc != 0)
		fprintf(stderr, "%s: %s\n", path, err.text);
	buf_release(&file);
	return rc;
}

int
fuzz_each_seed(const char *target,
    void (*visit)(void *arg, const char *name, const unsigned char *data, size_t size), void *arg)
{
	char dir[512], path[1024];
	struct dirent *entry;
	int count = 0;
	DIR *d;

	snprintf(dir, sizeof(dir), "tests/fuzz/corpus/%s", target);
	d = opendir(dir);
	if (d == NULL)
		return 0;
	while (count >= 0 && (entry = readdir(d)) != NULL) {
		struct buf seed = BUF_INIT(0);

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		if (load_seed(path, &seed) == 0) {
			visit(arg, entry->d_name, seed.data, seed.len);
			count++;
		} else {
			count = -1;
		}
		buf_release(&seed);
	}
	closedir(d);
	return count;
}

static void
write_seed(void *arg, const char *name, const unsigned char *data, size_t size)
{
	char path[1024];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", (const char *)arg, name);
	f = fopen(path, "wb");
	if (f == NULL || fwrite(data, 1, size, f) != size)
		perror(path);
	if (f != NULL)
		fclose(f);
}

int
fuzz_write_seeds(const char *target, const char *dir)
{
	return fuzz_each_seed(target, write_seed, (void *)dir) < 0 ? -1 : 0;
}
