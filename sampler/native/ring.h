// SPDX-License-Identifier: Apache-2.0
/*
 * The producer's side of one ring (layout.h draws it). One producer, one consumer; the producer never blocks.
 *
 * The life of a row:
 *
 *   1. ring_begin opens a row in the stage (stage.h). If the oldest block is not released, the ring is full: no row is
 *      opened.
 *   2. The readers fill its cells.
 *   3. ring_commit stages the row. Nobody else sees it yet.
 *   4. The row that completes a cache line (every eighth of a block) writes the line: the staged rows go to their
 *      columns in the block. A partial line is written only when ring_publish_staged asks for it.
 *   5. What was written is published: the null counts and bitmaps first, then ring_rows_published. Wide rows are
 *      written past the caches, and to wait for such stores costs a third of the row. So a line of them is published
 *      when the next one is complete, after a store fence that then has nothing to wait for.
 *   6. The consumer takes rows up to ring_rows_published, and gives whole blocks back with ring_rows_released.
 *
 * So up to LINE_ROWS rows are written and not published, and up to LINE_ROWS - 1 are staged. They are published at the
 * latest
 *
 *   - by ring_publish_staged, which the lane calls before it sleeps and before it does anything else that may take long
 *     (lane.c);
 *   - at the end of a block, and before anything is put down as a gap.
 *
 * A producer that is killed takes those rows with it: at most RING_MAX_UNPUBLISHED. To the consumer their ticks did not
 * happen.
 *
 * Every tick ends in exactly one of ring_commit (a row) or ring_miss (the gap ledger), in order of tick. A gap is
 * published after the rows before it and before the row after it, so the consumer can check tick by tick that nothing
 * is missing.
 */
#ifndef COUNTERSINK_RING_H
#define COUNTERSINK_RING_H

#include <stdbool.h>

#include "../../kernel/reader.h"
#include "histogram.h"
#include "layout.h"
#include "stage.h"

enum { RING_MAX_UNPUBLISHED = 2 * LINE_ROWS - 1 };

enum ring_histogram { HISTOGRAM_LATENESS, HISTOGRAM_PERIOD, HISTOGRAM_READ };

struct gap {
	uint64_t first_tick, ticks, reason, at_ns;
};

struct ring {
	char *base;
	char *blocks;
	char *block; /* that of the next row */
	size_t block_bytes;
	uint32_t columns;
	uint32_t row;	   /* number of the next row in the block */
	uint64_t capacity; /* blocks */
	uint64_t published;
	uint32_t written; /* rows in the block that are not published yet */
	bool fence;	  /* a store fence is needed before that */
	uint64_t released; /* as last loaded from the consumer */
	uint64_t gap_capacity;
	uint64_t gaps_published;
	struct gap pending; /* ticks == 0: none */
	struct stage stage;
};

/* Checks magic, hash, size and shape of the ring at base; 0, -EPROTO (not ours), -EILSEQ (other layout), -EMSGSIZE
 * (truncated), -EINVAL (shape) or -ENOMEM. */
int ring_attach(struct ring *ring, void *base, size_t bytes, uint64_t columns, uint64_t period_ns);

/* Frees what ring_attach has allocated, also after it has failed. */
void ring_detach(struct ring *ring);

/* Opens the next row. False when the ring is full; the tick then belongs to ring_miss with GAP_RING_FULL. */
bool ring_begin(struct ring *ring, uint64_t tick, struct cells *cells);

/* Stages the row that ring_begin opened. If the gap before it cannot be published, the tick becomes a part of that
 * gap. */
void ring_commit(struct ring *ring, struct cells *cells, int64_t ts, uint32_t read_ns);

/* Publishes every row that was committed. The row that is open stays open. */
void ring_publish_staged(struct ring *ring);

/* Opens up to wanted rows of one block for ring_publish; 0 when the ring or the ledger is full. A ring is filled either
 * so or with ring_begin and ring_commit. */
uint32_t ring_reserve(struct ring *ring, uint32_t wanted, struct run *run);

/* Publishes the first rows that ring_reserve opened. Their ticks are consecutive, and they have no nulls. */
void ring_publish(struct ring *ring, uint64_t first_tick, uint32_t rows);

/* Puts down that a number of ticks from first_tick on have no row; at_ns is the wall time at which this was noticed. */
void ring_miss(struct ring *ring, uint64_t first_tick, uint64_t ticks, enum gap_reason reason, int64_t at_ns);

/* Publishes every committed row and the pending gap. False while the ledger has no room; at the end of a stream, call
 * it until true. */
bool ring_flush(struct ring *ring);

/* Rows that were committed and that the consumer does not see yet. */
static inline uint32_t ring_unpublished(const struct ring *ring)
{
	return ring->written + ring->stage.rows;
}

static inline uint64_t *ring_word(const struct ring *ring, size_t offset)
{
	return word_at(ring->base, offset);
}

static inline uint64_t *ring_histogram(const struct ring *ring, enum ring_histogram which)
{
	return word_at(ring->base, RING_HISTOGRAMS + (size_t)which * HISTOGRAM_BYTES);
}

#endif
