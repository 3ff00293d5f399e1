#include "server/run/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 4096

/* "*" is all addresses of both families, or of IPv4 where there is no IPv6. */
static socklen_t
make_address(struct sockaddr_storage *at, const char *text, unsigned int port, int family)
{
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)at;
	struct sockaddr_in *four = (struct sockaddr_in *)at;

	memset(at, 0, sizeof(*at));
	at->ss_family = (sa_family_t)family;
	if (family == AF_INET6) {
		six->sin6_port = htons((uint16_t)port);
		if (strcmp(text, "*") != 0)
			inet_pton(AF_INET6, text, &six->sin6_addr);
		return sizeof(*six);
	}
	four->sin_port = htons((uint16_t)port);
	if (strcmp(text, "*") != 0)
		inet_pton(AF_INET, text, &four->sin_addr);
	return sizeof(*four);
}

static int
try_family(const struct conf_listener *l, int family)
{
	struct sockaddr_storage at;
	socklen_t len = make_address(&at, l->address, l->port, family);
	int one = 1, zero = 0, saved;
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY,
		    strcmp(l->address, "*") == 0 ? &zero : &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&at, len) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static int
port_of(int fd)
{
	struct sockaddr_storage at = { 0 };
	socklen_t len = sizeof(at);

	getsockname(fd, (struct sockaddr *)&at, &len);
	return ntohs(at.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&at)->sin6_port
					      : ((struct sockaddr_in *)&at)->sin_port);
}

int
listen_open(const struct conf_listener *l, int *fd, int *port, struct error *err)
{
	int any = strcmp(l->address, "*") == 0;

	*fd = try_family(l, any || strchr(l->address, ':') != NULL ? AF_INET6 : AF_INET);
	if (*fd < 0 && any && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL))
		*fd = try_family(l, AF_INET);
	if (*fd < 0)
		return error_cause(err, ERROR_UNAVAILABLE,
		    "a listening socket could not be opened; is another server using its port?",
		    "%s port %u: %s", l->address, l->port, strerror(errno));
	*port = port_of(*fd);
	return 0;
}
