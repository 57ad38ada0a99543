// SPDX-License-Identifier: Apache-2.0
/*
 * Drained streams, whose device samples by itself. The lane visits the stream every drain_ns, and the reader moves what
 * the device has sampled through its outlet, any number of rows at once. A tick is a sample of the device.
 */
#ifndef COUNTERSINK_DRAIN_H
#define COUNTERSINK_DRAIN_H

#include "plan.h"

/* Makes the outlet of a drained stream; does nothing for others. 0 or -ENOMEM. */
int drain_create(struct stream *stream);

/* One visit. last: the schedule has ended. */
void drain_stream(struct stream *stream, int64_t wall_offset_ns, bool last);

#endif
