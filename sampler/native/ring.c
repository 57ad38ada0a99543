// SPDX-License-Identifier: Apache-2.0
#include "ring.h"

#include <errno.h>

/* A gap that goes on is published in pieces of this length, so that the consumer sees a dead source while it is
 * dead. */
#define GAP_PIECE_NS 200000000

int ring_attach(struct ring *ring, void *base, size_t bytes, uint64_t columns, uint64_t period_ns)
{
	memset(ring, 0, sizeof *ring);
	ring->base = base;
	if (bytes < RING_GAPS)
		return -EMSGSIZE;
	if (load_from_consumer(ring_word(ring, ring_magic)) != UMEM_MAGIC)
		return -EPROTO;
	if (*ring_word(ring, ring_hash) != layout_hash())
		return -EILSEQ;

	uint64_t blocks = *ring_word(ring, ring_blocks);
	uint64_t gaps = *ring_word(ring, ring_gap_capacity);
	if (columns == 0 || columns > RING_MAX_COLUMNS || *ring_word(ring, ring_columns) != columns)
		return -EINVAL;
	if (*ring_word(ring, ring_period_ns) != period_ns || *ring_word(ring, ring_bytes) != bytes)
		return -EINVAL;
	if (blocks < 2 || blocks > bytes / block_bytes(columns) || gaps < 2 || gaps > bytes / GAP_BYTES)
		return -EINVAL;
	if (ring_blocks_offset(gaps) + blocks * block_bytes(columns) > bytes)
		return -EMSGSIZE;
	if (*ring_word(ring, ring_rows_published) || *ring_word(ring, ring_gaps_published))
		return -EINVAL;

	ring->columns = (uint32_t)columns;
	ring->capacity = blocks;
	ring->gap_capacity = gaps;
	ring->block_bytes = block_bytes(columns);
	ring->blocks = ring->base + ring_blocks_offset(gaps);
	ring->row = BLOCK_ROWS;
	return stage_create(&ring->stage, ring->columns);
}

void ring_detach(struct ring *ring)
{
	stage_free(&ring->stage);
}

static uint64_t *null_counts(const struct ring *ring)
{
	return word_at(ring->block, (FIXED_COLUMNS + (size_t)ring->columns) * COLUMN_STRIDE);
}

static bool open_block(struct ring *ring)
{
	uint64_t number = ring->published / BLOCK_ROWS;
	if (number - ring->released / BLOCK_ROWS >= ring->capacity) {
		ring->released = load_from_consumer(ring_word(ring, ring_rows_released));
		if (number - ring->released / BLOCK_ROWS >= ring->capacity)
			return false;
	}
	ring->block = ring->blocks + number % ring->capacity * ring->block_bytes;
	ring->row = 0;
	memset(null_counts(ring), 0, ring->columns * sizeof(uint64_t));
	return true;
}

bool ring_begin(struct ring *ring, uint64_t tick, struct cells *cells)
{
	if (ring->row == BLOCK_ROWS && !open_block(ring))
		return false;
	cells->tick = tick;
	stage_open(&ring->stage, ring->row % LINE_ROWS, cells);
	return true;
}

static void publish_null(struct ring *ring, uint32_t row, uint32_t column)
{
	uint64_t *counts = null_counts(ring);
	uint64_t *bitmap = word_at(counts + ring->columns, (size_t)column * VALIDITY_BYTES);
	if (counts[column] == 0)
		memset(bitmap, 0xff, VALIDITY_BYTES);
	/* Atomic, since the consumer may be reading the bits of earlier rows in this word. */
	uint64_t *bits = &bitmap[row / 64];
	store_statistic(bits, *bits & ~(1ULL << (row % 64)));
	/* Released after the bitmap: a consumer that sees a count may read the bitmap. */
	store_for_consumer(&counts[column], counts[column] + 1);
}

/* Publishes the nulls of one row of the block, and clears them for the next row that is staged in their place. */
static uint64_t publish_nulls_of(struct ring *ring, uint32_t row)
{
	uint64_t published = 0, *nulls = stage_nulls(&ring->stage, row % LINE_ROWS);
	for (size_t w = 0; w < ring->stage.null_words; w++) {
		for (uint64_t left = nulls[w]; left; left &= left - 1) {
			publish_null(ring, row, (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(left));
			published++;
		}
		nulls[w] = 0;
	}
	return published;
}

/* line: the row of the block at which the line of the staged rows starts. */
static void publish_nulls(struct ring *ring, uint32_t line)
{
	uint64_t published = 0;
	for (uint32_t left = ring->stage.rows_with_nulls; left; left &= left - 1)
		published += publish_nulls_of(ring, line + (uint32_t)__builtin_ctz(left));
	ring->stage.rows_with_nulls = 0;
	add_statistic(ring_word(ring, ring_null_values), published);
}

static void publish_written(struct ring *ring)
{
	if (ring->fence)
		store_fence();
	ring->fence = false;
	ring->published += ring->written;
	ring->written = 0;
	store_for_consumer(ring_word(ring, ring_rows_published), ring->published);
}

static void write_staged(struct ring *ring)
{
	uint32_t rows = ring->stage.rows;
	if (ring->stage.rows_with_nulls)
		publish_nulls(ring, (ring->row - rows) / LINE_ROWS * LINE_ROWS);
	ring->fence |= stage_write(&ring->stage, ring->block, ring->row);
	ring->written += rows;
}

void ring_publish_staged(struct ring *ring)
{
	if (ring->stage.rows)
		write_staged(ring);
	if (ring->written)
		publish_written(ring);
}

/* The previous line is published first. Its stores have had the time of eight rows, so the fence does not wait. */
static void complete_line(struct ring *ring)
{
	if (ring->written)
		publish_written(ring);
	write_staged(ring);
	if (!ring->fence || ring->row == BLOCK_ROWS)
		publish_written(ring);
}

static bool publish_gap(struct ring *ring)
{
	uint64_t released = load_from_consumer(ring_word(ring, ring_gaps_released));
	if (ring->gaps_published - released >= ring->gap_capacity)
		return false;
	size_t slot = ring->gaps_published % ring->gap_capacity;
	memcpy(ring->base + RING_GAPS + slot * GAP_BYTES, &ring->pending, sizeof ring->pending);
	ring->pending.ticks = 0;
	ring->gaps_published++;
	store_for_consumer(ring_word(ring, ring_gaps_published), ring->gaps_published);
	return true;
}

void ring_commit(struct ring *ring, struct cells *cells, int64_t ts, uint32_t read_ns)
{
	if (ring->pending.ticks && !publish_gap(ring)) {
		/* The ledger has no room. A row after a gap that was not written would look like a loss without a
		 * reason. */
		ring_miss(ring, cells->tick, 1, GAP_RING_FULL, ts);
		return;
	}
	stage_put(&ring->stage, ring->row % LINE_ROWS, cells, ts, read_ns);
	ring->row++;
	if (ring->row % LINE_ROWS == 0)
		complete_line(ring);
}

uint32_t ring_reserve(struct ring *ring, uint32_t wanted, struct run *run)
{
	if (ring->row == BLOCK_ROWS && !open_block(ring))
		return 0;
	if (ring->pending.ticks && !publish_gap(ring))
		return 0;
	size_t offset = (size_t)ring->row * 8;
	uint32_t room = BLOCK_ROWS - ring->row;
	run->ts = (int64_t *)(void *)(ring->block + offset);
	run->read_ns = (uint32_t *)(void *)(ring->block + (size_t)2 * COLUMN_STRIDE + offset / 2);
	run->cells = ring->block + (size_t)FIXED_COLUMNS * COLUMN_STRIDE + offset;
	run->stride = COLUMN_STRIDE;
	run->rows = wanted < room ? wanted : room;
	return run->rows;
}

void ring_publish(struct ring *ring, uint64_t first_tick, uint32_t rows)
{
	uint64_t *ticks = word_at(ring->block, COLUMN_STRIDE + (size_t)ring->row * 8);
	for (uint32_t i = 0; i < rows; i++)
		ticks[i] = first_tick + i;
	ring->row += rows;
	ring->published += rows;
	store_for_consumer(ring_word(ring, ring_rows_published), ring->published);
}

static size_t missed_word(enum gap_reason reason)
{
	switch (reason) {
	case GAP_RING_FULL:
		return ring_missed_ring_full;
	case GAP_SOURCE_ERROR:
		return ring_missed_source_error;
	case GAP_DEVICE_SKIPPED:
		return ring_missed_device_skipped;
	default:
		return ring_missed_late;
	}
}

void ring_miss(struct ring *ring, uint64_t first_tick, uint64_t ticks, enum gap_reason reason, int64_t at_ns)
{
	struct gap *pending = &ring->pending;
	if (ticks == 0)
		return;
	ring_publish_staged(ring);
	bool other = pending->reason != (uint64_t)reason || (uint64_t)at_ns - pending->at_ns > GAP_PIECE_NS;
	if (pending->ticks && other) {
		if (!publish_gap(ring)) {
			/* The ledger is full as well. The reason of these ticks is lost, but no tick is. */
			pending->reason = reason = GAP_RING_FULL;
		}
	}
	if (pending->ticks == 0)
		*pending = (struct gap){first_tick, 0, (uint64_t)reason, (uint64_t)at_ns};
	pending->ticks += ticks;
	add_statistic(ring_word(ring, missed_word(reason)), ticks);
}

bool ring_flush(struct ring *ring)
{
	ring_publish_staged(ring);
	return ring->pending.ticks == 0 || publish_gap(ring);
}
