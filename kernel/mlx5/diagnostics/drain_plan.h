// SPDX-License-Identifier: Apache-2.0
/*
 * What the plan says of a device whose ring is drained. Constant after drain_plan_finish(), but for one bit of restore
 * (owner_claim()).
 *
 *   set device DRIVER PATH SCOPE_READ SCOPE_WRITE   transport.h; PATH is escaped
 *   set start HEX                                   SET_DIAGNOSTIC_PARAMS that starts sampling; else someone else did
 *   set restore HEX                                 SET_DIAGNOSTIC_PARAMS that puts the device back; needed with start
 *   set query HEX                                   QUERY_DIAGNOSTIC_COUNTERS, 16 bytes
 *   set single                                      the device stops by itself when its ring is full
 *   set ring LOG_SAMPLES COUNTERS LOG_PERIOD FREQUENCY_KHZ DRAIN_NS MAX_SAMPLES
 *   set column COLUMN COUNTER_ID
 */
#ifndef COUNTERSINK_DRAIN_PLAN_H
#define COUNTERSINK_DRAIN_PLAN_H

#include "../../reader.h"
#include "../transport/transport.h"

/* A counter that was asked for, and its column. */
struct wish {
	uint32_t column;
	uint16_t id;
};

struct drain_plan {
	struct transport_address address;
	struct mailbox start, restore, query; /* inboxes only; start.in is NULL where someone else started the device */
	bool single;			      /* the ring is filled once */
	uint32_t places;		      /* of the ring, a power of two */
	uint32_t max_samples;		      /* that one command can answer with */
	uint32_t counters;		      /* of a sample */
	uint64_t nominal_period;	      /* in clocks, as granted */
	uint64_t frequency_khz;		      /* as the device says */
	struct wish *wishes;
	uint32_t wish_count;
};

/* Takes one line. 0; -EINVAL for a line that makes no sense or comes twice; -ENOMEM. */
int drain_plan_line(struct drain_plan *plan, struct reader *reader, int count, char **words);
/* After the last line: 0, or -EINVAL where a line is missing. Sets the scopes of the mailboxes. */
int drain_plan_finish(struct drain_plan *plan);
void drain_plan_free(struct drain_plan *plan);

/* The place `count` samples after this one. */
static inline uint32_t place_after(const struct drain_plan *plan, uint32_t place, uint64_t count)
{
	return (uint32_t)((place + count) & (plan->places - 1));
}

/* The column of a counter, or NO_COLUMN. */
uint32_t drain_plan_column(const struct drain_plan *plan, uint16_t id);

#endif
