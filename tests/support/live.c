#include "tests/support/live.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <openssl/pem.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "tests/support/postgres.h"

#define START_MS 30000
#define LOG_US	 20000000

/* ---- programs ---- */

static void
drain(int fd, struct buf *out)
{
	char bytes[4096];
	ssize_t n;

	while ((n = read(fd, bytes, sizeof(bytes))) > 0 || (n < 0 && errno == EINTR))
		if (n > 0 && out != NULL)
			buf_append(out, bytes, (size_t)n, NULL);
	if (out != NULL)
		buf_terminate(out, NULL);
}

static int
run_argv(struct buf *out, char **argv)
{
	int pipe_fds[2], status;
	pid_t pid;

	if (pipe2(pipe_fds, O_CLOEXEC) != 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGPIPE, SIG_DFL);
		int null = open("/dev/null", O_RDONLY);

		dup2(null, STDIN_FILENO);
		dup2(pipe_fds[1], STDOUT_FILENO);
		dup2(pipe_fds[1], STDERR_FILENO);
		execvp(argv[0], argv);
		_exit(127);
	}
	close(pipe_fds[1]);
	if (pid > 0)
		drain(pipe_fds[0], out);
	close(pipe_fds[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int
run_program(struct buf *out, const char *program, ...)
{
	char *argv[64];
	int n = 0;
	va_list ap;

	argv[n++] = (char *)program;
	va_start(ap, program);
	while (n < 63 && (argv[n] = va_arg(ap, char *)) != NULL)
		n++;
	argv[n] = NULL;
	va_end(ap);
	return run_argv(out, argv);
}

int
run_shell(struct buf *out, const char *fmt, ...)
{
	char command[8192];
	char *argv[] = { (char *)"sh", (char *)"-c", command, NULL };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	return run_argv(out, argv);
}

const char *
live_program(const char *name)
{
	static char paths[8][PATH_MAX];
	static unsigned int next;
	char self[PATH_MAX], *path = paths[next++ % 8];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	self[n > 0 ? n : 0] = '\0';
	snprintf(path, PATH_MAX, "%s/%s", dirname(dirname(self)), name);
	return path;
}

const char *
live_path(const struct live *live, const char *name)
{
	static char paths[8][256];
	static unsigned int next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", live->dir, name);
	return path;
}

/* ---- the server ---- */

static int
free_port(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), port = -1;

	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 &&
	    getsockname(fd, (struct sockaddr *)&at, &len) == 0)
		port = ntohs(at.sin_port);
	close(fd);
	return port;
}

static int
make_installation(struct live *live, const char *init)
{
	static unsigned int made;
	struct buf out = BUF_INIT(0);
	char admin[512], server[512], extra[512] = "";
	int rc;

	snprintf(live->database, sizeof(live->database), "live_%d_%u", (int)getpid(), made++);
	snprintf(admin, sizeof(admin), "%s", postgres_conninfo("postgres", "postgres"));
	snprintf(server, sizeof(server), "%s", postgres_conninfo(live->database, "signet_server"));
	if (init != NULL)
		snprintf(extra, sizeof(extra), "%s", init);
	rc = run_shell(&out,
	    "exec '%s' demo --dir '%s' --database \"%s\" --server \"%s\" --name %s --schema schema "
	    "--port %d %s",
	    live_program("signet-init"), live->dir, admin, server, live->database, live->port,
	    extra);
	if (rc != 0)
		fprintf(stderr, "signet-init: exit %d: %s\n", rc,
		    out.data != NULL ? (char *)out.data : "");
	buf_release(&out);
	return rc == 0 ? 0 : -1;
}

static int
make_notify_socket(struct live *live)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	snprintf(at.sun_path, sizeof(at.sun_path), "%s/notify", live->dir);
	unlink(at.sun_path);
	live->notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return bind(live->notify, (struct sockaddr *)&at, sizeof(at));
}

/* READY=1 on the notify socket, or the end of the process. */
static int
await_ready(struct live *live)
{
	int64_t end = clock_monotonic_us() + START_MS * 1000LL;
	struct pollfd p = { .fd = live->notify, .events = POLLIN };
	char message[512];
	ssize_t n;

	while (clock_monotonic_us() < end) {
		if (waitpid(live->pid, NULL, WNOHANG) == live->pid) {
			live->pid = 0;
			break;
		}
		if (poll(&p, 1, 100) != 1)
			continue;
		n = recv(live->notify, message, sizeof(message) - 1, 0);
		message[n > 0 ? n : 0] = '\0';
		if (strstr(message, "READY=1") != NULL)
			return 0;
	}
	run_shell(NULL, "cat '%s/signetd.log' >/dev/tty 2>/dev/null", live->dir);
	fprintf(stderr, "signetd did not become ready; see its log in %s\n", live->dir);
	return -1;
}

int
live_restart(struct live *live)
{
	char env[128], old[512];

	/* What the last one said is not about this one. */
	while (recv(live->notify, old, sizeof(old), MSG_DONTWAIT) > 0)
		;

	snprintf(env, sizeof(env), "%s/notify", live->dir);
	live->pid = fork();
	if (live->pid == 0) {
		int log = open(live_path(live, "signetd.log"), O_WRONLY | O_CREAT | O_APPEND, 0600);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setenv("NOTIFY_SOCKET", env, 1);
		dup2(log, STDOUT_FILENO);
		dup2(log, STDERR_FILENO);
		execl(live_program("signetd"), "signetd", "-c", live_path(live, "signetd.conf"),
		    NULL);
		_exit(127);
	}
	return live->pid > 0 ? await_ready(live) : -1;
}

int
live_start(struct live *live, const char *extra, const char *init)
{
	FILE *f;

	memset(live, 0, sizeof(*live));
	snprintf(live->dir, sizeof(live->dir), "/tmp/signet-live-XXXXXX");
	if (mkdtemp(live->dir) == NULL || postgres_start() != 0 || (live->port = free_port()) < 0)
		return -1;
	snprintf(live->url, sizeof(live->url), "https://localhost:%d/", live->port);
	if (make_installation(live, init) != 0 || make_notify_socket(live) != 0)
		return -1;
	f = fopen(live_path(live, "signetd.conf"), "a");
	if (f == NULL)
		return -1;
	fprintf(f, "%s\n", extra != NULL ? extra : "");
	fclose(f);
	return live_restart(live);
}

int
live_start_beside(struct live *live, const struct live *first, const char *node)
{
	memset(live, 0, sizeof(*live));
	snprintf(live->dir, sizeof(live->dir), "/tmp/signet-live-XXXXXX");
	snprintf(live->database, sizeof(live->database), "%s", first->database);
	if (mkdtemp(live->dir) == NULL || (live->port = free_port()) < 0)
		return -1;
	snprintf(live->url, sizeof(live->url), "https://localhost:%d/", live->port);
	if (run_shell(NULL,
		"cd '%s' && cp -a keys pki signetd.conf '%s' && chmod --reference=. '%s' && cd "
		"'%s' && "
		"sed -i 's/^node = .*/node = \"%s\"/; s/port = %d$/port = %d/; s|%s|%s|g' "
		"signetd.conf",
		first->dir, live->dir, live->dir, live->dir, node, first->port, live->port,
		first->dir, live->dir) != 0 ||
	    make_notify_socket(live) != 0)
		return -1;
	return live_restart(live);
}

int
live_end(struct live *live)
{
	int status = 0;

	if (live->pid == 0)
		return -1;
	kill(live->pid, SIGTERM);
	waitpid(live->pid, &status, 0);
	live->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void
live_stop(struct live *live)
{
	live_end(live);
	if (live->notify > 0)
		close(live->notify);
	if (live->dir[0] != '\0')
		run_program(NULL, "rm", "-rf", live->dir, NULL);
	memset(live, 0, sizeof(*live));
}

/* ---- its log ---- */

long
live_log_end(const struct live *live)
{
	struct stat st;

	return stat(live_path(live, "signetd.log"), &st) == 0 ? (long)st.st_size : 0;
}

/* The first whole line of the log behind `from` that holds these words; NULL: not there yet. */
static char *
find_line(const struct live *live, long from, const char *words)
{
	static char line[4096];
	FILE *f = fopen(live_path(live, "signetd.log"), "r");
	char *found = NULL;

	if (f == NULL || fseek(f, from, SEEK_SET) != 0)
		goto done;
	while (found == NULL && fgets(line, sizeof(line), f) != NULL)
		if (strchr(line, '\n') != NULL && strstr(line, words) != NULL)
			found = line;
done:
	if (f != NULL)
		fclose(f);
	return found;
}

const char *
live_log_line(const struct live *live, long from, const char *words)
{
	int64_t end = clock_monotonic_us() + LOG_US, left;
	struct pollfd p = { inotify_init1(IN_CLOEXEC | IN_NONBLOCK), POLLIN, 0 };
	char events[4096], *line;

	/* The watch stands before each look: what is written behind the look wakes it. */
	inotify_add_watch(p.fd, live_path(live, "signetd.log"), IN_MODIFY);
	while ((line = find_line(live, from, words)) == NULL &&
	       (left = end - clock_monotonic_us()) > 0)
		if (poll(&p, 1, (int)(left / 1000) + 1) == 1)
			while (read(p.fd, events, sizeof(events)) > 0)
				;
	close(p.fd);
	if (line == NULL)
		fprintf(stderr, "the log never said: %s\n", words);
	return line;
}

/* ---- its certificates ---- */

/* Make $n.key and $n.crt in the folder: extensions, validity and subject by openssl's arguments. */
static int
issue(const struct live *live, const char *name, const char *genpkey, const char *extensions,
    int from, int to)
{
	struct buf out = BUF_INIT(0);
	int rc = run_shell(&out,
	    "cd '%s' && exec 2>&1 && umask 077 && n=%s && "
	    "openssl genpkey %s -out $n.key && "
	    "openssl req -new -key $n.key -subj /O=Signet/CN=$n -out $n.csr && "
	    "openssl pkcs12 -in pki/ca.p12 -passin file:pki/ca.pass -nodes -nocerts -out ca.key && "
	    "mkdir -p ca.new && : > ca.new/index && openssl rand -hex 16 | sed s/^./5/ > "
	    "ca.new/serial && "
	    "printf '[ca]\ndatabase=ca.new/index\nserial=ca.new/serial\nnew_certs_dir=ca.new\n"
	    "default_md=sha384\npolicy=any\n[any]\ncommonName=supplied\n[x]\n%s\n' > ca.cnf && "
	    "openssl ca -batch -notext -config ca.cnf -name ca -extensions x -cert pki/ca.pem "
	    "-keyfile "
	    "ca.key -startdate $(date -u -d '%d days' +%%Y%%m%%d%%H%%M%%SZ) -enddate "
	    "$(date -u -d '%d days' +%%Y%%m%%d%%H%%M%%SZ) -in $n.csr -out $n.crt && "
	    "rm -r ca.key ca.new ca.cnf $n.csr",
	    live->dir, name, genpkey, extensions, from, to);

	if (rc != 0)
		fprintf(stderr, "no certificate %s: %s\n", name,
		    out.data != NULL ? (char *)out.data : "");
	buf_release(&out);
	return rc == 0 ? 0 : -1;
}

int
live_new_tls_certificate(const struct live *live, const char *genpkey)
{
	if (issue(live, "localhost", genpkey,
		"subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth", -1,
		30) != 0)
		return -1;
	return run_shell(NULL,
		   "cd '%s' && openssl pkcs12 -export -inkey localhost.key -in localhost.crt "
		   "-certfile pki/ca.pem -passout file:keys/tls.pass -out new.p12 && chmod 600 "
		   "new.p12 && cat localhost.crt pki/ca.pem > new.pem && mv new.p12 keys/tls.p12 "
		   "&& "
		   "mv new.pem pki/tls.pem && rm -f localhost.* keys/tls.usage", /* the new
										    certificate says
										    it */
		   live->dir) == 0
		   ? 0
		   : -1;
}

int
live_new_client(const struct live *live, const char *name, int from, int to, const char *user)
{
	struct error err = ERROR_INIT;
	struct buf hex = BUF_INIT(0);
	char sql[8192];
	int rc = -1;

	if (issue(live, name, "-algorithm EC -pkeyopt ec_paramgen_curve:P-256",
		"extendedKeyUsage=clientAuth", from, to) != 0 ||
	    run_shell(&hex,
		"cd '%s' && cat %s.crt %s.key > pki/%s.pem && openssl x509 -in %s.crt -outform DER "
		"| od -An -v -tx1 | tr -d ' \n' && rm %s.crt %s.key",
		live->dir, name, name, name, name, name, name) != 0)
		goto done;
	snprintf(sql, sizeof(sql),
	    "INSERT INTO signet.user_certificate (fingerprint, tenant_id, user_id, certificate, "
	    "subject, not_after) SELECT sha256('\\x%s'), tenant_id, id, '\\x%s', '%s', now() + "
	    "interval '%d days' FROM signet.user WHERE name = '%s'",
	    (char *)hex.data, (char *)hex.data, name, to, user != NULL ? user : "");
	rc = user != NULL ? postgres_run(live->database, "postgres", sql, &err) : 0;
	if (rc != 0)
		fprintf(stderr, "%s: %s\n", err.text, err.cause);
done:
	buf_release(&hex);
	return rc;
}

int
live_ca(const struct live *live, EVP_PKEY **key, X509 **cert)
{
	struct buf pem = BUF_INIT(0);
	BIO *bio;

	*key = NULL;
	*cert = NULL;
	if (run_shell(&pem, "openssl pkcs12 -in '%s' -passin 'file:%s' -nodes -nocerts; cat '%s'",
		live_path(live, "pki/ca.p12"), live_path(live, "pki/ca.pass"),
		live_path(live, "pki/ca.pem")) != 0)
		return -1;
	bio = BIO_new_mem_buf(pem.data, (int)pem.len);
	*key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	*cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	BIO_free(bio);
	buf_wipe(&pem);
	return *key != NULL && *cert != NULL ? 0 : -1;
}

/* ---- its children ---- */

static int
child_is(pid_t pid, const char *name)
{
	char path[64], comm[64] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	f = fopen(path, "r");
	if (f == NULL)
		return 0;
	if (fgets(comm, sizeof(comm), f) == NULL)
		comm[0] = '\0';
	fclose(f);
	return strstr(comm, name) != NULL;
}

pid_t
live_child(const struct live *live, const char *name)
{
	char path[64];
	int pid;
	pid_t found = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)live->pid, (int)live->pid);
	f = fopen(path, "r");
	if (f == NULL)
		return 0;
	while (found == 0 && fscanf(f, "%d", &pid) == 1)
		if (child_is(pid, name))
			found = pid;
	fclose(f);
	return found;
}

static int
health(const struct live *live)
{
	struct buf out = BUF_INIT(0);
	int status = 0;

	run_program(&out, "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "2",
	    "--cacert", live_path(live, "pki/ca.pem"), "-g", live->url, "--request-target",
	    "/healthz", NULL);
	if (out.data != NULL)
		status = atoi((char *)out.data);
	buf_release(&out);
	return status;
}

int
live_await_health(const struct live *live, int status, int ms)
{
	int64_t end = clock_monotonic_us() + ms * 1000LL;

	do {
		if (health(live) == status)
			return 0;
		poll(NULL, 0, 20);
	} while (clock_monotonic_us() < end);
	return -1;
}

int
live_await_stamp(const struct live *live, int ms)
{
	const int64_t end = clock_monotonic_us() + ms * 1000LL;
	char is_there[8];

	do {
		if (postgres_ask(live->database, "postgres",
			"SELECT count(*) > 0 FROM signet.audit_stamp", is_there, sizeof(is_there),
			NULL) == 0 &&
		    strcmp(is_there, "t") == 0)
			return 0;
		poll(NULL, 0, 20);
	} while (clock_monotonic_us() < end);
	return -1;
}

int
live_await_child(const struct live *live, const char *name, pid_t before, int ms)
{
	int64_t start = clock_monotonic_us(), end = start + ms * 1000LL;
	pid_t now;

	do {
		now = live_child(live, name);
		if (now != 0 && now != before && health(live) == 200)
			return (int)((clock_monotonic_us() - start) / 1000);
		poll(NULL, 0, 20);
	} while (clock_monotonic_us() < end);
	return -1;
}
