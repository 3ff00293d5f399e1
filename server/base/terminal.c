#include "server/base/terminal.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

int
terminal_is_there(void)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static int
read_line(int fd, char *answer, size_t size, struct error *err)
{
	size_t n = 0;
	char c = '\0';
	ssize_t got;

	while ((got = read(fd, &c, 1)) == 1 && c != '\n') {
		if (n + 1 == size)
			return error_set(err, ERROR_TOO_LARGE,
			    "the answer is too long: %zu bytes at most", size - 1);
		answer[n++] = c;
	}
	answer[n] = '\0';
	return got == 1 ? 0 : error_set(err, ERROR_UNAVAILABLE, "there was no answer");
}

int
terminal_ask(char *answer, size_t size, const char *question, int is_secret, struct error *err)
{
	struct termios was, quiet;
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY), rc;
	int has_modes;

	answer[0] = '\0';
	if (fd < 0)
		return error_set(
		    err, ERROR_UNAVAILABLE, "there is no terminal to ask on: %s", question);
	has_modes = tcgetattr(fd, &was) == 0;
	if (has_modes && is_secret) {
		quiet = was;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(fd, TCSAFLUSH, &quiet);
	}
	dprintf(fd, "%s", question);
	rc = read_line(fd, answer, size, err);
	if (has_modes && is_secret) {
		tcsetattr(fd, TCSAFLUSH, &was);
		dprintf(fd, "\n");
	}
	close(fd);
	return rc;
}
