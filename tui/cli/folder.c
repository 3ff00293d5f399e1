#include "tui/cli/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "server/base/buf.h"

#define ENDING ".p7s"

static int
add(struct document_list *list, const char *path, struct error *err)
{
	size_t room = list->room == 0 ? 64 : list->room * 2;
	struct document_entry *items;

	if (list->count == list->room) {
		items = realloc(list->items, room * sizeof(*items));
		if (items == NULL)
			return error_memory(err);
		list->items = items;
		list->room = room;
	}
	items = &list->items[list->count];
	memset(items, 0, sizeof(*items));
	items->path = strdup(path);
	if (items->path == NULL)
		return error_memory(err);
	list->count++;
	return 0;
}

static int
is_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int walk(struct document_list *list, const char *path, int depth, struct error *err);

static int
walk_entry(
    struct document_list *list, const char *folder, const char *name, int depth, struct error *err)
{
	const size_t n = strlen(folder);
	struct buf path = BUF_INIT(0);
	struct stat st;
	const char *full;
	int rc = -1;

	if (buf_printf(&path, err, "%s%s%s", folder, n > 0 && folder[n - 1] == '/' ? "" : "/",
		name) != 0 ||
	    buf_terminate(&path, err) != 0)
		goto done;
	full = (const char *)path.data;
	rc = 0;
	if (lstat(full, &st) == 0 && S_ISDIR(st.st_mode))
		rc = walk(list, full, depth + 1, err);
	else if (stat(full, &st) == 0 && S_ISREG(st.st_mode))
		rc = add(list, full, err);
done:
	buf_release(&path);
	return rc;
}

static int
walk(struct document_list *list, const char *path, int depth, struct error *err)
{
	struct dirent **entries = NULL;
	int i, n, rc = 0;

	if (depth > FOLDER_DEPTH_MAX)
		return error_set(err, ERROR_LIMIT, "%.300s: more than %d folders in each other",
		    path, FOLDER_DEPTH_MAX);
	n = scandir(path, &entries, is_shown, by_name);
	if (n < 0)
		return error_set(
		    err, ERROR_NOT_FOUND, "%.300s cannot be read: %s", path, strerror(errno));
	for (i = 0; i < n; i++) {
		if (rc == 0)
			rc = walk_entry(list, path, entries[i]->d_name, depth, err);
		free(entries[i]);
	}
	free(entries);
	return rc;
}

/* X stands right before X.p7s, but for names between them, such as X.a. */
static struct document_entry *
find_original(struct document_list *list, size_t from, size_t signature)
{
	const size_t n = strlen(list->items[signature].path) - strlen(ENDING);
	size_t i;

	for (i = signature; i-- > from;)
		if (list->items[i].path != NULL && strlen(list->items[i].path) == n &&
		    strncmp(list->items[i].path, list->items[signature].path, n) == 0)
			return &list->items[i];
	return NULL;
}

/* Give each detached signature what it signs; that is no document of its own then. */
static void
pair(struct document_list *list, size_t from)
{
	struct document_entry *original;
	size_t i, to = from, n;

	for (i = from; i < list->count; i++) {
		n = list->items[i].path != NULL ? strlen(list->items[i].path) : 0;
		if (n <= strlen(ENDING) ||
		    strcmp(list->items[i].path + n - strlen(ENDING), ENDING) != 0)
			continue;
		original = find_original(list, from, i);
		if (original == NULL || original->original != NULL)
			continue;
		list->items[i].original = original->path;
		original->path = NULL;
	}
	for (i = from; i < list->count; i++)
		if (list->items[i].path != NULL)
			list->items[to++] = list->items[i];
	list->count = to;
}

int
document_list_add(struct document_list *list, const char *path, struct error *err)
{
	const size_t from = list->count;
	struct stat st;

	if (strcmp(path, "-") == 0 || stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
		return add(list, path, err);
	if (walk(list, path, 0, err) != 0)
		return -1;
	pair(list, from);
	return 0;
}

void
document_list_release(struct document_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		free(list->items[i].path);
		free(list->items[i].original);
	}
	free(list->items);
	*list = (struct document_list){ 0 };
}
