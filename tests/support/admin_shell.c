#include "tests/support/admin_shell.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/postgres.h"

static struct buf said = BUF_INIT(0);

int
admin_shell(const struct live *live, int status, const char *script)
{
	const char *admin = postgres_conninfo("postgres", "postgres");
	int rc;

	buf_release(&said);
	rc = run_shell(&said,
	    "cd '%s' && admin() { '%s' \"$@\" --database \"%s\" --name %s; } && "
	    "signet() { '%s' --config client.conf \"$@\"; } && "
	    "check() { '%s' -n -c signetd.conf; } && { %s\n}",
	    live->dir, live_program("signet-init"), admin, live->database, live_program("signet"),
	    live_program("signetd"), script);
	if (rc != status)
		fprintf(
		    stderr, "%s\nended with %d, not %d: %s\n", script, rc, status, admin_said());
	return rc == status;
}

const char *
admin_said(void)
{
	return buf_terminate(&said, NULL) == 0 ? (const char *)said.data : "";
}

int
admin_heard(const char *text)
{
	if (strstr(admin_said(), text) != NULL)
		return 1;
	fprintf(stderr, "not heard: %s\nin: %s\n", text, admin_said());
	return 0;
}
