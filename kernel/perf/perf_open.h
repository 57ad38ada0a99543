// SPDX-License-Identifier: Apache-2.0
/* Opens and closes the events of a perf reader. */
#ifndef COUNTERSINK_PERF_OPEN_H
#define COUNTERSINK_PERF_OPEN_H

#include "../reader.h"

struct perf;

/* Opens all events in groups. Returns 0 or -errno; then reader->what says which event. */
int perf_open(struct reader *reader);
void perf_close_events(struct perf *perf);

#endif
