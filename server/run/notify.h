/* server/run/notify.h: tells systemd (Type=notify) how the start, the reload and the end go. */
#ifndef SIGNET_RUN_NOTIFY_H
#define SIGNET_RUN_NOTIFY_H

/* "READY=1", "STATUS=...", "STOPPING=1"; does nothing when NOTIFY_SOCKET is not in the environment,
 * and warns in the log where nobody takes what is said. It never waits. */
void notify_systemd(const char *state);

#endif
