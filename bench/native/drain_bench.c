// SPDX-License-Identifier: Apache-2.0
/*
 * Measures how fast the records of a full device ring become columns: take_samples with all its checks, against a bare
 * loop that only swaps the bytes of the values and stores them by column.
 *
 *   drain_bench COUNTERS ROUND_MS ROUNDS
 *
 * One line a round of each kind, which alternate: drain|swap RECORDS NS
 */
#include <stdio.h>
#include <stdlib.h>

#include "../../kernel/mlx5/diagnostics/drain_query.h"
#include "../../kernel/mlx5/diagnostics/take_samples.h"
#include "../../sampler/native/clock.h"
#include "../../sampler/native/drain.h"

enum { RECORDS = 16384, BLOCKS = 16, GAPS = 16, PERIOD_CLOCKS = 1024, FIRST_ID = 1 };

struct bench {
	struct plan plan;
	struct stream *stream;
	struct drain_plan plan_of_drain;
	struct drain_query query;
	struct drain_cursor cursor;
	uint64_t *spare;
	uint32_t counters, samples;
	void *ring;
	uint64_t *columns;
};

static void put_record(uint8_t *at, uint32_t counter, uint32_t sample)
{
	uint32_t time = htobe32(sample * PERIOD_CLOCKS);
	uint64_t value = htobe64((uint64_t)sample << 20 | counter);
	put_u16(at, (uint16_t)(counter + 1));
	put_u16(at + sample_record_sample_id, (uint16_t)(FIRST_ID + sample));
	memcpy(at + sample_record_time_stamp, &time, sizeof time);
	memcpy(at + sample_record_value_h, &value, sizeof value);
}

static void fill(struct bench *bench)
{
	uint8_t *at = bench->query.answer + RECORDS_START;
	for (uint32_t sample = 0; sample < bench->samples; sample++)
		for (uint32_t counter = 0; counter < bench->counters; counter++, at += RECORD_BYTES)
			put_record(at, counter, sample);
}

static void *make_ring(struct bench *bench, size_t bytes)
{
	char *base = aligned_alloc(UMEM_PAGE, bytes);
	if (!base)
		return NULL;
	memset(base, 0, bytes);
	*word_at(base, ring_hash) = layout_hash();
	*word_at(base, ring_bytes) = bytes;
	*word_at(base, ring_columns) = bench->counters;
	*word_at(base, ring_blocks) = BLOCKS;
	*word_at(base, ring_gap_capacity) = GAPS;
	*word_at(base, ring_period_ns) = PERIOD_CLOCKS;
	*word_at(base, ring_magic) = UMEM_MAGIC;
	return base;
}

static int make(struct bench *bench)
{
	static struct reader reader;
	size_t bytes = round_up(ring_blocks_offset(GAPS) + BLOCKS * block_bytes(bench->counters), UMEM_PAGE);
	struct drain_plan *plan = &bench->plan_of_drain;
	*plan = (struct drain_plan){.places = 1U << 14,
				    .max_samples = bench->samples,
				    .counters = bench->counters,
				    .nominal_period = PERIOD_CLOCKS,
				    .frequency_khz = 1000000};
	bench->ring = make_ring(bench, bytes);
	bench->columns = calloc(RECORDS, sizeof *bench->columns);
	bench->spare = calloc(bench->counters, sizeof *bench->spare);
	bench->stream = &bench->plan.streams[0];
	if (!bench->ring || !bench->columns || !bench->spare || query_create(&bench->query, plan))
		return 1;
	reader.ops = reader_find("mlx5_drain");
	bench->stream->readers = &reader;
	bench->stream->columns = bench->counters;
	cursor_init(&bench->cursor, plan);
	for (uint32_t i = 0; i < bench->counters; i++) {
		bench->query.layout.ids[i] = (uint16_t)(i + 1);
		bench->query.layout.columns[i] = i;
	}
	fill(bench);
	return drain_create(bench->stream) ||
	       ring_attach(&bench->stream->ring, bench->ring, bytes, bench->counters, PERIOD_CLOCKS);
}

static uint64_t drain_once(struct bench *bench)
{
	struct drain_cursor *cursor = &bench->cursor;
	uint64_t now = now_ns();
	cursor->next_number = FIRST_ID;
	cursor->last_clock = 0;
	cursor->row = (struct row_clock){0};
	/* All samples of the ring are new since that time. */
	cursor->looked_ns = now - bench->samples * PERIOD_CLOCKS;
	const struct taking taking = {
		&bench->plan_of_drain, &bench->query.layout, query_records(&bench->query), bench->spare, false, now};
	uint32_t taken = take_samples(&taking, cursor, &bench->stream->drain->outlet, bench->samples).places;
	store_for_consumer(word_at(bench->ring, ring_rows_released), bench->stream->ring.published);
	if (taken != bench->samples)
		fprintf(stderr, "drain_bench: took %u of %u samples\n", taken, bench->samples);
	return (uint64_t)taken * bench->counters;
}

static uint64_t swap_once(struct bench *bench)
{
	const uint8_t *at = bench->query.answer + RECORDS_START;
	for (uint32_t sample = 0; sample < bench->samples; sample++)
		for (uint32_t counter = 0; counter < bench->counters; counter++, at += RECORD_BYTES)
			bench->columns[counter * bench->samples + sample] = get_u64(at + sample_record_value_h);
	__asm__ volatile("" : : "r"(bench->columns) : "memory");
	return (uint64_t)bench->samples * bench->counters;
}

static void run_round(struct bench *bench, const char *kind, uint64_t (*once)(struct bench *), uint64_t round_ns)
{
	uint64_t begin = now_ns(), now = begin, records = 0;
	for (; now - begin < round_ns; now = now_ns())
		records += once(bench);
	printf("%s %llu %llu\n", kind, (unsigned long long)records, (unsigned long long)(now - begin));
}

int main(int count, char **words)
{
	static struct bench bench;
	uint64_t counters, ms, rounds;
	if (count != 4 || parse_u64(words[1], &counters) || parse_u64(words[2], &ms) || parse_u64(words[3], &rounds) ||
	    counters == 0 || counters > 1024)
		return 2;
	bench.counters = (uint32_t)counters;
	bench.samples = RECORDS / bench.counters;
	if (make(&bench))
		return 1;
	for (uint64_t round = 0; round < rounds; round++) {
		run_round(&bench, "drain", drain_once, ms * 1000000);
		run_round(&bench, "swap", swap_once, ms * 1000000);
	}
	return 0;
}
