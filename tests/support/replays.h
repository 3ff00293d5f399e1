/*
 * tests/support/replays.h: reports of samples, and replays over them. Failure to make one ends the
 * test.
 */
#ifndef SIGNET_TESTS_REPLAYS_H
#define SIGNET_TESTS_REPLAYS_H

#include "signing/report/replay.h"
#include "tests/support/report_sample.h"

struct buf replay_report(const struct report_sample *s);
struct buf replay_report_in(const struct report_input *in);
struct buf replay_signed_report(const struct report_sample *s); /* by PKI_P384 */
/* Replay with these options but for the record, which is the caller's, as `out` is. */
struct recorded *replay_run_over(
    struct replayed *out, const struct buf *report, const struct replay_options *options);
/* 1 when one of the differences has these words in what it is about, or in its values. */
int replay_tells(const struct replayed *out, const char *words);
/* Differences on standard error, where there are any. */
void replay_show(const struct replayed *out);

#endif
