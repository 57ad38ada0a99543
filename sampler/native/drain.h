// SPDX-License-Identifier: Apache-2.0
/*
 * Streams of devices that sample by themselves: the lane comes by every drain_ns, and the reader moves whatever is there
 * through its outlet, any number of rows at once. Ticks are samples of the device.
 */
#ifndef COUNTERSINK_DRAIN_H
#define COUNTERSINK_DRAIN_H

#include "plan.h"

/* Makes the outlet where the stream is a drained one. 0 or -ENOMEM. */
int drain_create(struct stream *stream);

void drain_stream(struct stream *stream, int64_t wall_offset_ns, bool last);

#endif
