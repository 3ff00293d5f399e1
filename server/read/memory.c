/*
 * A reading child ends when its memory is at the bound, wherever it was asked for. Libraries answer
 * for what they could not allocate with "does not decode" or "not well-formed", or end the process
 * in a way of their own; so a document that is too large would be told as broken, and a signature
 * that nobody could check as a wrong one.
 *
 * Hence the allocator's functions of the program are these, which all libraries call too. Outside
 * of children they are the C library's.
 */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/read/job.h"

#ifdef JOB_UNBOUND

void
job_end_without_memory(void)
{
}

#else

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *at, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static int is_child;

void
job_end_without_memory(void)
{
	is_child = 1;
}

static void *
or_end(void *at, size_t size)
{
	if (at == NULL && size > 0 && is_child)
		_exit(JOB_MEMORY);
	return at;
}

void *
malloc(size_t size)
{
	return or_end(__libc_malloc(size), size);
}

void *
calloc(size_t count, size_t size)
{
	return or_end(__libc_calloc(count, size), count > 0 ? size : 0);
}

void *
realloc(void *at, size_t size)
{
	return or_end(__libc_realloc(at, size), size);
}

void *
memalign(size_t alignment, size_t size)
{
	return or_end(__libc_memalign(alignment, size), size);
}

void *
aligned_alloc(size_t alignment, size_t size)
{
	return memalign(alignment, size);
}

int
posix_memalign(void **at, size_t alignment, size_t size)
{
	const int kept = errno;
	void *got;

	if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0)
		return EINVAL;
	got = memalign(alignment, size);
	errno = kept;
	if (got == NULL)
		return ENOMEM;
	*at = got;
	return 0;
}

#endif
