// SPDX-License-Identifier: Apache-2.0
/*
 * Diagnostic counters: the device samples them by itself into a ring of its own, and is asked for what is new.
 *
 *   set device DRIVER PATH SCOPE_READ SCOPE_WRITE    driver and path: transport.h; PATH is escaped
 *   set start HEX                                    SET_DIAGNOSTIC_PARAMS that starts sampling; without it, it runs already
 *   set restore HEX                                  SET_DIAGNOSTIC_PARAMS that puts the device back; comes with start
 *   set query HEX                                    QUERY_DIAGNOSTIC_COUNTERS, 16 bytes
 *   set single                                       the device stops by itself when its ring is full
 *   set ring LOG_SAMPLES COUNTERS LOG_PERIOD FREQUENCY_KHZ DRAIN_NS MOST_SAMPLES
 *   set column COLUMN COUNTER_ID
 *
 *   device ring of 2^LOG_SAMPLES places, written round and round; it has no producer index:
 *
 *       ... 37 38 39 40 | 25 26 27 ...                 sample ids; the newest is where they stop growing
 *                       ^ place: asked for next
 *
 * The reader remembers the place after the last sample that it took. What is there now is either newer, and taken, or older, and
 * then nothing newer is there. Samples that the device skipped leave a jump of ids between neighbouring places.
 *
 * Where it has been lapped, it looks for the newest, goes on a quarter of the ring behind it (the device is about to overwrite the
 * oldest), and accounts for the jump. At the start two looks at the whole ring tell by what changed between them where it writes;
 * the first sample that changed is tick 0. single.c says what is different where the ring is filled only once.
 */
#ifndef COUNTERSINK_MLX5_DRAIN_H
#define COUNTERSINK_MLX5_DRAIN_H

#include <time.h>

#include "../card/device_clock.h"
#include "../guard/guard.h"
#include "records.h"

enum drain_state { DRAIN_FIRST_LOOK, DRAIN_SECOND_LOOK, DRAIN_FOLLOWS, DRAIN_OVER };

/* The times around a command. */
struct bracket {
	uint64_t before_ns, after_ns;
};

/* What of an answer is new; clocks are unwrapped. */
struct news {
	uint32_t count;
	uint64_t first_clock, newest_clock, newest_number;
};

struct wish {
	uint32_t column;
	uint16_t id;
};

/* A sample in the ring, with its clock unwrapped. */
struct position {
	uint32_t place;
	uint64_t number, clock;
};

struct mlx5_drain {
	/* From the plan. */
	struct transport_address address;
	struct mailbox start, restore, query; /* in: of ours; out: shared */
	bool single;
	uint32_t places;
	uint32_t left;	/* places that are not yet taken, where each is filled once */
	uint32_t most;	/* samples a command */
	uint64_t nominal_period; /* clocks */
	uint64_t frequency_khz;
	struct wish *wishes;
	uint32_t wish_count;
	struct sample_layout layout;

	/* Since open. */
	struct transport transport;
	struct guard guard;
	uint8_t *answer;
	uint64_t *seen;	   /* first eight bytes of each place, at the first look */
	uint64_t *changed; /* the same at the second, or 0 where nothing changed */
	uint64_t *spare; /* one row, for samples that nobody has room for */
	struct device_clock clock;
	enum drain_state state;
	uint32_t place;
	uint64_t next_number, last_clock;
	uint64_t jumped; /* samples missing before the next */
	bool any, lapped;
	double period;	       /* clocks between samples, as the device does it */
	bool knows_period;     /* it was measured, and is no longer what was granted */
	struct row_clock row;
	uint64_t started_ns;   /* when we told the device to; 0: someone else did, or it was so long ago that it means nothing */
	struct bracket still;  /* of the first look: nothing has changed since */
	uint64_t absent_at_ns; /* then the next sample was not there yet; 0: not known */
	uint64_t looked_ns;    /* no sample after the last one that was taken is older than this */
	uint64_t took_ns, told_ns, latency_ns;
	uint64_t quiet_ns; /* since then every command was answered, and nothing was new; 0: something was */
	int failed, dead;
	char message[160];
};

static inline uint64_t drain_now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static inline double period_ns(const struct mlx5_drain *drain)
{
	return drain->period * drain->clock.nominal_ns;
}

/* Of the place that lies so many behind. */
static inline uint32_t place_after(const struct mlx5_drain *drain, uint32_t place, uint64_t count)
{
	return (uint32_t)((place + count) & (drain->places - 1));
}

/* How long a sample stays readable, in clocks. What is never written over, or who knows when: a day. */
static inline double readable_clocks(const struct mlx5_drain *drain)
{
	return drain->single || !drain->knows_period ? (double)drain->frequency_khz * 86400e3 : drain->places * drain->period;
}

int drain_configure(struct reader *reader, int count, char **words);
void drain_free_plan(struct mlx5_drain *drain);

/* Asks for count samples from a place on, into drain->answer. 0 or -errno, and then drain->message says why. */
int drain_ask(struct mlx5_drain *drain, struct outlet *outlet, uint32_t place, uint32_t count, struct bracket *bracket);

/* One look at the whole ring. Sets drain->state to DRAIN_FOLLOWS once it is known where the device writes. 0 or -errno. */
int drain_look(struct mlx5_drain *drain, struct outlet *outlet);

/* Where a ring that is filled once begins, given the oldest sample that changed, how many clocks the newest one is after it, and
 * when that was seen. Sets drain->left. */
uint32_t drain_begin_of_single(struct mlx5_drain *drain, uint32_t oldest, uint64_t newest_after, uint64_t seen_ns);

/* True where such a ring of ours was full before the first look at it; then all of it is in drain->changed. */
bool drain_was_full_at_once(struct mlx5_drain *drain);

/* Nothing more will come: says so. */
void drain_end_single(struct mlx5_drain *drain);

/* Bits of what drain->seen and drain->changed hold. */
static inline uint16_t id_of(uint64_t head)
{
	return (uint16_t)(head >> 32);
}

static inline int16_t ids_apart(uint64_t later, uint64_t earlier)
{
	return (int16_t)(uint16_t)(id_of(later) - id_of(earlier));
}

/* So many samples took so many clocks. What was granted is not always what is done: a published dump shows samples 91 periods apart. */
void drain_learn_period(struct mlx5_drain *drain, uint64_t samples, uint64_t clocks);

/* Learns the order of the counters from the first sample of the answer. 0, or -EBUSY: not all that were asked for are there. */
int drain_learn_layout(struct mlx5_drain *drain);

/* Lapped: walks on until ids fall, which is behind the newest, and takes the place a quarter of the ring after it. 0 or -errno. */
int drain_overtake(struct mlx5_drain *drain, struct outlet *outlet);

/* Takes the samples at the begin of drain->answer, up to count. Returns how many places it got past; fewer than count where an
 * older sample stands, one that is being written, or one that shows that we are a whole ring behind. */
uint32_t drain_take(struct mlx5_drain *drain, struct outlet *outlet, uint32_t count, bool *behind);

/* The new samples at the begin of the answer, which holds count. */
struct news drain_news(const struct mlx5_drain *drain, uint32_t count);

/* Samples that must have been due from the last one until then, by the clock alone: nobody will ever say how many they were. */
void drain_account_for_silence(struct mlx5_drain *drain, struct outlet *outlet, uint64_t until_ns);

/* Takes the times of an answer into the clock's fit. */
void drain_time(struct mlx5_drain *drain, const struct news *news, uint32_t count, const struct bracket *bracket);

/* The number of the sample at this record, given how long the last one is ago. */
uint64_t drain_number(const struct mlx5_drain *drain, const uint8_t *at);

#endif
