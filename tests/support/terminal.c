#include "tests/support/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "tests/support/live.h"

#define PATIENCE_US 20000000

static int
tmux(struct terminal *t, struct buf *out, const char *fmt, const char *a, const char *b)
{
	char command[1024];
	int rc;

	snprintf(command, sizeof(command), fmt, a, b);
	rc = run_shell(out, "tmux -u -S %s/socket %s", t->dir, command);
	if (rc != 0)
		fprintf(stderr, "tmux %s: %d\n", command, rc);
	return rc;
}

int
terminal_start(struct terminal *t, int columns, int rows, const char *command)
{
	char fifo[96];

	memset(t, 0, sizeof(*t));
	t->drawn = -1;
	t->screen = (struct buf)BUF_INIT(0);
	strcpy(t->dir, "/tmp/signet-terminal-XXXXXX");
	if (mkdtemp(t->dir) == NULL)
		return -1;
	snprintf(fifo, sizeof(fifo), "%s/drawn", t->dir);
	if (mkfifo(fifo, 0600) != 0)
		return -1;
	t->drawn = open(fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (run_shell(NULL,
		"printf 'set -g status off\\nset -g remain-on-exit on\\nset -g default-terminal "
		"tmux-256color\\n' > %s/conf;"
		" tmux -u -S %s/socket -f %s/conf new-session -d -x %d -y %d \"%s\" ';'"
		" pipe-pane -O 'cat > %s'",
		t->dir, t->dir, t->dir, columns, rows, command, fifo) == 0)
		return 0;
	fprintf(stderr, "no terminal: is tmux installed?\n");
	terminal_stop(t);
	return -1;
}

void
terminal_stop(struct terminal *t)
{
	if (t->dir[0] == '\0')
		return;
	run_shell(NULL, "tmux -S %s/socket kill-server 2>/dev/null; rm -rf %s", t->dir, t->dir);
	if (t->drawn >= 0)
		close(t->drawn);
	buf_release(&t->screen);
	t->dir[0] = '\0';
}

void
terminal_key(struct terminal *t, const char *key)
{
	tmux(t, NULL, "send-keys '%s'%s", key, "");
}

void
terminal_text(struct terminal *t, const char *text)
{
	tmux(t, NULL, "send-keys -l '%s'%s", text, "");
}

void
terminal_resize(struct terminal *t, int columns, int rows)
{
	char x[16], y[16];

	snprintf(x, sizeof(x), "%d", columns);
	snprintf(y, sizeof(y), "%d", rows);
	tmux(t, NULL, "resize-window -x %s -y %s", x, y);
}

static const char *
capture(struct terminal *t, const char *options)
{
	buf_release(&t->screen);
	if (tmux(t, &t->screen, "capture-pane -p %s%s", options, "") != 0 ||
	    buf_terminate(&t->screen, NULL) != 0)
		return "";
	return (const char *)t->screen.data;
}

const char *
terminal_screen(struct terminal *t)
{
	return capture(t, "");
}

int
terminal_is_coloured(struct terminal *t)
{
	const char *at = capture(t, "-e");

	while ((at = strstr(at, "\033[")) != NULL) {
		at += 2;
		if ((at[0] == '3' || at[0] == '4') && at[1] >= '0' && at[1] <= '7')
			return 1;
	}
	return 0;
}

/* It may have been drawn before the look; so not for ever. */
void
terminal_await_drawing(struct terminal *t)
{
	struct pollfd p = { t->drawn, POLLIN, 0 };
	char bytes[4096];

	if (poll(&p, 1, 250) > 0)
		while (read(t->drawn, bytes, sizeof(bytes)) > 0)
			;
}

static int
await(struct terminal *t, const char *words, int is_there)
{
	int64_t end = clock_monotonic_us() + PATIENCE_US;

	for (;;) {
		if ((strstr(terminal_screen(t), words) != NULL) == is_there)
			return 1;
		if (clock_monotonic_us() > end)
			break;
		terminal_await_drawing(t);
	}
	fprintf(stderr, "\"%s\" %s:\n%s\n", words, is_there ? "is not shown" : "is still shown",
	    terminal_screen(t));
	return 0;
}

/* What the program writes comes through the pipe as it is written; the words may be split. */
int
terminal_draws_within(struct terminal *t, const char *words, int64_t start_us)
{
	struct pollfd p = { t->drawn, POLLIN, 0 };
	struct buf seen = BUF_INIT(1 << 20);
	int64_t end = start_us + PATIENCE_US;
	char bytes[4096];
	ssize_t n;
	int ms = -1;

	while (ms < 0 && clock_monotonic_us() < end && poll(&p, 1, 1000) >= 0) {
		while ((n = read(t->drawn, bytes, sizeof(bytes))) > 0)
			buf_append(&seen, bytes, (size_t)n, NULL);
		if (buf_terminate(&seen, NULL) == 0 && seen.len > 0 &&
		    strstr((char *)seen.data, words) != NULL)
			ms = (int)((clock_monotonic_us() - start_us) / 1000);
	}
	buf_release(&seen);
	return ms;
}

int
terminal_shows(struct terminal *t, const char *words)
{
	return await(t, words, 1);
}

int
terminal_shows_no(struct terminal *t, const char *words)
{
	return await(t, words, 0);
}
