/* server/init/job.h: `signet-init job`: the plan of jobs shown and changed, until the console does.
 */
#ifndef SIGNET_INIT_JOB_H
#define SIGNET_INIT_JOB_H

/* argv[0] is "job". The exit status: 0 done, 1 failed, 2 wrong arguments. */
int job_main(int argc, char **argv);

#endif
