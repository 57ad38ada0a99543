// SPDX-License-Identifier: Apache-2.0
/*
 * The consumer of a ring in C, stricter than sampler/ring.ts: it checks every tick, and compares each row with its
 * expected values. The caller decides when rows are released, so a producer that overwrites unreleased rows is found.
 */
#ifndef COUNTERSINK_TEST_CONSUMER_H
#define COUNTERSINK_TEST_CONSUMER_H

#include "support.h"

struct consumer {
	char *base;
	uint64_t columns, blocks, gap_capacity;
	uint64_t rows, gaps; /* number of rows and gaps that were consumed and released */
	uint64_t next_tick;  /* every earlier tick is a consumed row or in a consumed gap */
	uint64_t gap_ticks[GAP_KILLED + 1];
	uint64_t nulls;
	uint64_t may_be_null; /* bit i: column i may be null or have the expected value */
	void *context;
	/* Returns the expected cell; sets *null when the cell must be null. */
	uint64_t (*expect)(void *context, uint64_t tick, uint32_t column, bool *null);
	void (*row)(void *context, uint64_t tick, int64_t ts, uint32_t read_ns);
	void (*gap)(void *context, const struct gap *gap);
};

static inline void consumer_init(struct consumer *consumer, void *base, void *context)
{
	memset(consumer, 0, sizeof *consumer);
	consumer->base = base;
	consumer->columns = *word_at(base, ring_columns);
	consumer->blocks = *word_at(base, ring_blocks);
	consumer->gap_capacity = *word_at(base, ring_gap_capacity);
	consumer->context = context;
}

/* The number of rows that wait. */
static inline uint64_t consumer_waiting(const struct consumer *consumer)
{
	return load_from_consumer(word_at(consumer->base, ring_rows_published)) - consumer->rows;
}

static inline bool peek_gap(const struct consumer *consumer, struct gap *gap)
{
	if (load_from_consumer(word_at(consumer->base, ring_gaps_published)) == consumer->gaps)
		return false;
	memcpy(gap, consumer->base + RING_GAPS + consumer->gaps % consumer->gap_capacity * GAP_BYTES, sizeof *gap);
	return true;
}

static inline bool consume_gap(struct consumer *consumer)
{
	struct gap gap;
	if (!peek_gap(consumer, &gap))
		return false;
	CHECK(gap.first_tick == consumer->next_tick, "gap starts at tick %" PRIu64 ", accounted up to %" PRIu64,
	      gap.first_tick, consumer->next_tick);
	CHECK(gap.ticks > 0, "empty gap at tick %" PRIu64, gap.first_tick);
	CHECK(gap.reason >= GAP_LATE && gap.reason <= GAP_KILLED, "reason %" PRIu64, gap.reason);
	if (consumer->gap)
		consumer->gap(consumer->context, &gap);
	consumer->next_tick += gap.ticks;
	consumer->gap_ticks[gap.reason] += gap.ticks;
	consumer->gaps++;
	store_for_consumer(word_at(consumer->base, ring_gaps_released), consumer->gaps);
	return true;
}

static inline void check_cells(struct consumer *consumer, char *block, uint64_t row, uint64_t tick)
{
	uint64_t *counts = word_at(block, (FIXED_COLUMNS + consumer->columns) * COLUMN_STRIDE);
	for (uint32_t column = 0; column < consumer->columns; column++) {
		bool null = false, expected_null = false;
		uint64_t value = *word_at(block, (FIXED_COLUMNS + (size_t)column) * COLUMN_STRIDE + row * 8);
		uint64_t expected = consumer->expect(consumer->context, tick, column, &expected_null);
		if (load_from_consumer(&counts[column])) {
			uint64_t *bitmap = word_at(counts + consumer->columns, (size_t)column * VALIDITY_BYTES);
			null = !(load_statistic(&bitmap[row / 64]) >> (row % 64) & 1);
		}
		bool either = column < 64 && consumer->may_be_null >> column & 1;
		CHECK(either || null == expected_null, "tick %" PRIu64 " column %u is %s", tick, column, null ? "null" : "valid");
		CHECK(null || value == expected, "tick %" PRIu64 " column %u holds %" PRIu64 ", not %" PRIu64, tick, column,
		      value, expected);
		consumer->nulls += null;
	}
}

/* Checks the next row and the gaps before it, and releases them. A row must be waiting. */
static inline void consume_row(struct consumer *consumer)
{
	size_t blocks_offset = ring_blocks_offset(consumer->gap_capacity);
	char *block = consumer->base + blocks_offset +
		      consumer->rows / BLOCK_ROWS % consumer->blocks * block_bytes(consumer->columns);
	uint64_t row = consumer->rows % BLOCK_ROWS;
	uint64_t tick = *word_at(block, COLUMN_STRIDE + row * 8);
	while (consumer->next_tick < tick)
		CHECK(consume_gap(consumer), "row of tick %" PRIu64 " follows tick %" PRIu64 " and no gap says why", tick,
		      consumer->next_tick - 1);
	CHECK(consumer->next_tick == tick, "row of tick %" PRIu64 " after tick %" PRIu64, tick, consumer->next_tick - 1);
	int64_t ts;
	uint32_t read_ns;
	memcpy(&ts, block + row * 8, sizeof ts);
	memcpy(&read_ns, block + (size_t)2 * COLUMN_STRIDE + row * 4, sizeof read_ns);
	if (consumer->row)
		consumer->row(consumer->context, tick, ts, read_ns);
	check_cells(consumer, block, row, tick);
	consumer->next_tick++;
	consumer->rows++;
	store_for_consumer(word_at(consumer->base, ring_rows_released), consumer->rows);
}

/* Consumes gaps that follow directly, also when no row follows them. */
static inline void consume_trailing_gaps(struct consumer *consumer)
{
	struct gap gap;
	while (peek_gap(consumer, &gap) && gap.first_tick == consumer->next_tick)
		consume_gap(consumer);
}

/* Consumes everything that is there. */
static inline void consume_all(struct consumer *consumer)
{
	for (uint64_t waiting = consumer_waiting(consumer); waiting; waiting--)
		consume_row(consumer);
	consume_trailing_gaps(consumer);
}

static inline uint64_t consumer_gap_ticks(const struct consumer *consumer)
{
	uint64_t sum = 0;
	for (int reason = 0; reason <= GAP_KILLED; reason++)
		sum += consumer->gap_ticks[reason];
	return sum;
}

#endif
