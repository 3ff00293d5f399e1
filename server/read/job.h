/* server/read/job.h: what a reading child does between its birth and its end; private to the
 * folder. */
#ifndef SIGNET_READ_JOB_H
#define SIGNET_READ_JOB_H

#include "server/read/frame.h"

/* Sanitizers bring an allocator of their own and need more memory and system calls. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define JOB_UNBOUND 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define JOB_UNBOUND 1
#endif

/* Exit statuses of a child; the read process tells api what they mean. */
#define JOB_DONE   0
#define JOB_MEMORY 3

/*
 * Give up everything but the answer's socket and the order: descriptors, memory, time, system
 * calls. `filter` was made by job_filter() before. 0, or -1: then nothing may be read.
 */
int job_confine(const struct ticket *ticket, int *order, int *answer, void *filter);
/* memory.c: from now on this process ends with JOB_MEMORY when it asks for too much. */
void job_end_without_memory(void);
/* The list of system calls that a child may make; for the life of the read process. */
void *job_filter(struct error *err);
/* What a child needs that is loaded at first use, from files that it cannot open. */
void job_warm_up(void);
/* Do the work and answer; the exit status. */
int job_run(const struct ticket *ticket, int order, int answer);

/* ---- the work (job.c, job_make.c) ---- */

struct order;
struct buf;
/* Append to `answer` what stands behind the outcome; `fd` is for asking. */
typedef int job_work(struct order *order, int fd, struct buf *answer, struct error *err);
job_work job_open;
job_work job_extend, job_counter_sign, job_renew, job_xml_sign, job_container_sign, job_mail_sign;
/*
 * job_open.c: the desk that stands in for api's; of the one document that this process has. Work
 * is what the process took but for what it tried to open, which api has counted.
 */
struct unlock_desk;
const struct unlock_desk *job_desk(int fd);
uint64_t job_worked_us(void);

/* Ask api: what it appends to `out`, or its error. */
int job_ask(int fd, enum frame_type type, struct span question, struct buf *out, struct error *err);

#endif
