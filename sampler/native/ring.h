// SPDX-License-Identifier: Apache-2.0
/*
 * The producer's side of one ring (layout.h draws it). Single producer, single consumer, never blocks.
 *
 * Every tick ends in exactly one of ring_commit (a row) or ring_miss (the gap ledger), in order of tick. A gap is always
 * published before the row that follows it, so the consumer can check tick by tick that nothing is missing.
 */
#ifndef COUNTERSINK_RING_H
#define COUNTERSINK_RING_H

#include <stdbool.h>

#include "../../kernel/reader.h"
#include "histogram.h"
#include "layout.h"

enum ring_histogram { HISTOGRAM_LATENESS, HISTOGRAM_PERIOD, HISTOGRAM_READ };

struct gap {
	uint64_t first_tick, ticks, reason, at_ns;
};

struct ring {
	char *base;
	char *blocks;
	char *block; /* the open block */
	size_t block_bytes;
	uint32_t columns;
	uint32_t row;	   /* next row in the open block */
	uint64_t capacity; /* blocks */
	uint64_t published;
	uint64_t released; /* last seen of the consumer */
	uint64_t gap_capacity;
	uint64_t gaps_published;
	struct gap pending; /* ticks == 0: none */
	uint64_t nulls[RING_MAX_COLUMNS / 64];
};

/* Checks magic, hash, size and shape of the ring at base; 0, -EPROTO (not ours), -EILSEQ (other layout), -EMSGSIZE
 * (truncated) or -EINVAL (shape). */
int ring_attach(struct ring *ring, void *base, size_t bytes, uint64_t columns, uint64_t period_ns);

/* Opens the next row. False when the ring is full: the tick must be given to ring_miss with GAP_RING_FULL. */
bool ring_begin(struct ring *ring, uint64_t tick, struct cells *cells);

/* Publishes the row that ring_begin opened, unless the gap before it could not be published: then the tick joins it. */
void ring_commit(struct ring *ring, struct cells *cells, int64_t ts, uint32_t read_ns);

/* Opens up to wanted rows of one block, for ring_publish; 0 when the ring or the ledger is full. Not between begin and commit. */
uint32_t ring_reserve(struct ring *ring, uint32_t wanted, struct run *run);

/* Publishes the first rows that ring_reserve opened, whose ticks follow each other. They have no nulls. */
void ring_publish(struct ring *ring, uint64_t first_tick, uint32_t rows);

/* ticks scheduled reads from first_tick on did not happen; at_ns is the wall time of noticing. */
void ring_miss(struct ring *ring, uint64_t first_tick, uint64_t ticks, enum gap_reason reason, int64_t at_ns);

/* Publishes what is pending; called until true when the stream ends. False: the ledger has no room yet. */
bool ring_flush(struct ring *ring);

static inline uint64_t *ring_word(const struct ring *ring, size_t offset)
{
	return word_at(ring->base, offset);
}

static inline uint64_t *ring_histogram(const struct ring *ring, enum ring_histogram which)
{
	return word_at(ring->base, RING_HISTOGRAMS + (size_t)which * HISTOGRAM_BYTES);
}

#endif
