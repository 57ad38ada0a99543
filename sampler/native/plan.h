// SPDX-License-Identifier: Apache-2.0
/*
 * The plan says in lines of words what TypeScript has decided. sampler/plan.ts writes it.
 *
 *   countersink-plan 1
 *   wait sleep|hybrid|spin
 *   realtime 0|1                                ask for SCHED_FIFO (sleeping) or nice -20 (spinning)
 *   duration_ns N                               0: until a stop
 *   probe N                                     instead of a schedule: read each stream N times without a pause
 *   lane CPU                                    a thread on that CPU, or -1 for any; it reads the streams below. The
 *                                               first lane has the fastest stream: with wait spin, it alone spins
 *   stream NAME PERIOD_NS COLUMNS OFFSET BYTES  the ring is at OFFSET in the umem; a period is at least 1 us
 *   reader NAME CPU                             of the stream above; CPU -1: the lane's
 *   set ...                                     one line of configuration for the reader above
 *   end
 */
#ifndef COUNTERSINK_PLAN_H
#define COUNTERSINK_PLAN_H

#include "../../kernel/reader.h"
#include "ring.h"
#include "wait.h"

enum { PLAN_MAX_WORDS = 64 };

struct follower;

/* The outlet of a drained stream (drain.c). */
struct drain {
	struct outlet outlet;
	struct stream *stream;
	uint64_t period_ns[BLOCK_ROWS];
};

struct stream {
	const char *name;
	uint64_t period_ns;
	uint32_t columns;
	size_t ring_offset, ring_bytes;
	struct reader *readers; /* consecutive ones of plan.readers */
	uint32_t reader_count;
	struct lane *lane;

	/* Once the lane runs, only its thread touches these. */
	struct ring ring;
	struct cells cells;
	struct follower *followers;
	uint32_t follower_count;
	struct drain *drain; /* NULL: the stream is read once a tick */
	uint64_t next_tick, deadline_ns;
	uint64_t begin_ns, finish_ns, last_begin_ns;
	bool row_open;
};

struct lane {
	int cpu;
	struct stream *streams; /* consecutive ones of plan.streams */
	uint32_t stream_count;
};

struct plan {
	enum wait_policy wait;
	bool realtime;
	uint64_t duration_ns;
	uint64_t probe;
	struct lane lanes[PLAN_MAX_LANES];
	struct stream streams[PLAN_MAX_STREAMS];
	struct reader readers[PLAN_MAX_READERS];
	uint32_t lane_count, stream_count, reader_count;
};

/* The reader of a drained stream; NULL when the stream is read once a tick. */
static inline struct reader *stream_drained(const struct stream *stream)
{
	return stream->readers[0].ops->drain ? &stream->readers[0] : NULL;
}

/* Time between two visits of the lane. */
static inline uint64_t stream_wake_ns(const struct stream *stream)
{
	return stream_drained(stream) ? stream->readers[0].drain_ns : stream->period_ns;
}

/* Parses text in place (the plan keeps pointers into it). 0 or -errno; *line is the number of the line at fault. */
int plan_parse(struct plan *plan, char *text, unsigned *line);

/* Closes every reader, opened or not, and frees the readers and the stages of the rings; also after plan_parse has
 * failed. */
void plan_free(struct plan *plan);

#endif
