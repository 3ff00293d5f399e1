/* server/init/sample.h: a PDF of one page, to have something to sign. */
#ifndef SIGNET_INIT_SAMPLE_H
#define SIGNET_INIT_SAMPLE_H

#include "server/base/buf.h"

int sample_pdf(struct buf *out, struct error *err);

#endif
