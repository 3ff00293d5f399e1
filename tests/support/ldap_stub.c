#include "tests/support/ldap_stub.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void *
run(void *arg)
{
	static const unsigned char bound[] = { 0x30, 0x0c, 0x02, 0x01, 0x01, 0x61, 0x07, 0x0a, 0x01,
		0x00, 0x04, 0x00, 0x04, 0x00 };
	struct ldap_stub *stub = arg;
	unsigned char request[4096];
	int fd = accept(stub->listener, NULL, NULL);

	if (fd < 0)
		return NULL;
	if (recv(fd, request, sizeof(request), 0) > 0 &&
	    send(fd, bound, sizeof(bound), MSG_NOSIGNAL) > 0 &&
	    recv(fd, request, sizeof(request), 0) > 0) {
		stub->searches++;
		(void)!send(fd, stub->answer.data, stub->answer.len, MSG_NOSIGNAL);
	}
	while (recv(fd, request, sizeof(request), 0) > 0)
		continue;
	close(fd);
	return NULL;
}

static void
must(int ok)
{
	if (!ok) {
		perror("the LDAP stub");
		exit(1);
	}
}

void
ldap_stub_listen(struct ldap_stub *stub)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);

	stub->searches = 0;
	stub->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(bind(stub->listener, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	     listen(stub->listener, 1) == 0 &&
	     getsockname(stub->listener, (struct sockaddr *)&address, &size) == 0);
	snprintf(stub->url, sizeof(stub->url),
	    "ldap://127.0.0.1:%d/cn=CA?certificateRevocationList;binary?base?(objectClass=*)",
	    ntohs(address.sin_port));
	buf_init(&stub->answer, 0);
}

void
ldap_stub_serve(struct ldap_stub *stub, struct span answer)
{
	must(buf_append_span(&stub->answer, answer, NULL) == 0 &&
	     pthread_create(&stub->thread, NULL, run, stub) == 0);
}

void
ldap_stub_start(struct ldap_stub *stub, struct span answer)
{
	ldap_stub_listen(stub);
	ldap_stub_serve(stub, answer);
}

void
ldap_stub_end(struct ldap_stub *stub)
{
	shutdown(stub->listener, SHUT_RDWR);
	pthread_join(stub->thread, NULL);
	close(stub->listener);
	buf_release(&stub->answer);
}

/* Put tag and length (three bytes of it, which BER allows for any) before what is there. */
static void
wrap(struct buf *b, unsigned char tag)
{
	const unsigned char head[] = { tag, 0x83, (unsigned char)(b->len >> 16),
		(unsigned char)(b->len >> 8), (unsigned char)b->len };

	must(buf_splice(b, 0, 0, (struct span){ head, sizeof(head) }, NULL) == 0);
}

void
ldap_stub_found(struct buf *out, struct span value)
{
	static const char before[] = "\x04\x05"
				     "cn=CA";
	static const char name[] = "\x04\x20"
				   "certificateRevocationList;binary";
	static const char done[] = "\x30\x0c\x02\x01\x02\x65\x07\x0a\x01\x00\x04\x00\x04\x00";
	struct buf b = BUF_INIT(0);

	if (value.data != NULL) {
		must(buf_append_span(&b, value, NULL) == 0);
		wrap(&b, 0x04);
		wrap(&b, 0x31);
		must(buf_splice(&b, 0, 0, span_str(name), NULL) == 0);
		wrap(&b, 0x30); /* the attribute */
		wrap(&b, 0x30);
		must(buf_splice(&b, 0, 0, span_str(before), NULL) == 0);
		wrap(&b, 0x64); /* SearchResultEntry */
		must(buf_splice(&b, 0, 0, span_str("\x02\x01\x02"), NULL) == 0);
		wrap(&b, 0x30);
		must(buf_append_span(out, SPAN_OF(&b), NULL) == 0);
	}
	must(buf_append(out, done, sizeof(done) - 1, NULL) == 0);
	buf_release(&b);
}
