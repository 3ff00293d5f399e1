/* server/read/help_parts.h: what the files of help.h share. Private to the folder. */
#ifndef SIGNET_READ_HELP_PARTS_H
#define SIGNET_READ_HELP_PARTS_H

#include "server/read/help.h"

/* Answer one question: 0, and the reply; -1 when the child must not be listened to any more. */
typedef int help_function(
    struct help *help, struct span question, struct buf *reply, struct error *err);
help_function help_keys, help_envelope, help_transport, help_agree, help_opened;

#endif
