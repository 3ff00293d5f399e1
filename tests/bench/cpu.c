#include "tests/bench/cpu.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const cpu_part_names[CPU_PARTS] = {
	[CPU_CLIENT] = "client",
	[CPU_API] = "api",
	[CPU_KEYS] = "keys",
	[CPU_POSTGRES] = "PostgreSQL",
};

#define PROCESSES_MAX 8192

struct process {
	int pid, parent;
	char name[32];
	uint64_t us;
};

/* The line of /proc/PID/stat; a name may hold anything, so what follows is found from its end. */
static int
read_process(int pid, struct process *p)
{
	unsigned long user, kernel;
	char path[64], line[1024] = "", *name, *end;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "r");
	if (f == NULL)
		return -1;
	if (fgets(line, sizeof(line), f) == NULL)
		line[0] = '\0';
	fclose(f);
	name = strchr(line, '(');
	end = strrchr(line, ')');
	if (name == NULL || end == NULL ||
	    sscanf(end + 1, " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &p->parent,
		&user, &kernel) != 3)
		return -1;
	*end = '\0';
	snprintf(p->name, sizeof(p->name), "%.31s", name + 1);
	p->pid = pid;
	p->us = (user + kernel) * 1000000 / (uint64_t)sysconf(_SC_CLK_TCK);
	return 0;
}

static size_t
read_all(struct process *all)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	size_t n = 0;

	while (dir != NULL && n < PROCESSES_MAX && (entry = readdir(dir)) != NULL)
		if (isdigit((unsigned char)entry->d_name[0]) &&
		    read_process(atoi(entry->d_name), &all[n]) == 0)
			n++;
	if (dir != NULL)
		closedir(dir);
	return n;
}

static const struct process *
find(const struct process *all, size_t n, int pid)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (all[i].pid == pid)
			return &all[i];
	return NULL;
}

static int
is_ours(const struct process *all, size_t n, const struct process *p)
{
	int depth;

	for (depth = 0; p != NULL && depth < 16; depth++) {
		if (p->pid == getpid())
			return 1;
		p = find(all, n, p->parent);
	}
	return 0;
}

static int
part_of(const struct process *p)
{
	static const struct {
		const char *name;
		enum cpu_part part;
	} names[] = { { "api", CPU_API }, { "keys", CPU_KEYS }, { "postgres", CPU_POSTGRES } };
	size_t i;

	if (p->pid == getpid())
		return CPU_CLIENT;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strstr(p->name, names[i].name) != NULL)
			return (int)names[i].part;
	return -1;
}

void
cpu_read(struct cpu *cpu)
{
	struct process *all = calloc(PROCESSES_MAX, sizeof(*all));
	size_t n = all != NULL ? read_all(all) : 0, i;
	int part;

	memset(cpu, 0, sizeof(*cpu));
	for (i = 0; i < n; i++) {
		part = part_of(&all[i]);
		if (part >= 0 && is_ours(all, n, &all[i]))
			cpu->us[part] += all[i].us;
	}
	free(all);
}
