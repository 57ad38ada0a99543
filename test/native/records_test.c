// SPDX-License-Identifier: Apache-2.0
/*
 * Tests how samples of an answer are decoded, from bytes written by hand. Each counter has a record, all big-endian:
 * counter_id u16, sample_id u16, time_stamp u32, value u64. records_test
 */
#include "../../kernel/mlx5/diagnostics/records.h"

#include "../../kernel/mlx5/diagnostics/unwrap.h"
#include "support.h"

enum { COUNTERS = 3, COLUMNS = 2, ROWS = 4, ROW = 2 };
#define RUBBISH 0xa5a5a5a5a5a5a5a5ULL

static const uint16_t ids[COUNTERS] = {0x0401, 0x2006, 0x1001};
/* The second counter was not asked for. */
static const uint32_t columns[COUNTERS] = {1, NO_COLUMN, 0};
static const struct sample_layout layout = {COUNTERS, (uint16_t *)(uintptr_t)ids, (uint32_t *)(uintptr_t)columns};

static const struct {
	const char *name;
	uint8_t bytes[COUNTERS * 16];
	bool whole;
	uint16_t id;
	uint32_t time, spread;
	uint64_t values[COLUMNS];
} samples[] = {
	{"all counters at one time",
	 {4, 1, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 7,     0x20, 6, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 8,
	  0x10, 1, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 9},
	 true, 5, 0x100, 0, {9, 7}},
	{"values of 64 bits: the upper word has the upper 32 bits, and bit 31 of the lower word stays there",
	 {4, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x80, 0, 0, 0,  0x20, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	  0x10, 1, 0, 0, 0, 0, 0, 0, 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10},
	 true, 0, 0, 0, {0xfedcba9876543210, 0x180000000}},
	{"counters read one after the other: the time is the earliest, the spread reaches to the latest, also of a column not asked for",
	 {4, 1, 0x12, 0x34, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x20, 6, 0x12, 0x34, 0, 0, 2, 9, 0, 0, 0, 0, 0, 0, 0, 2,
	  0x10, 1, 0x12, 0x34, 0, 0, 1, 0xfe, 0, 0, 0, 0, 0, 0, 0, 3},
	 true, 0x1234, 0x1fe, 11, {3, 1}},
	{"the time stamp wraps within a sample, and the id is the last before its wrap",
	 {4, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0, 0, 0, 0, 0, 0, 0, 1, 0x20, 6, 0xff, 0xff, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 2,
	  0x10, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 3},
	 true, 0xffff, 0xfffffffe, 5, {3, 1}},
	{"a place that was never written", {0}, false, 0, 0, 0, {0, 0}},
	{"another counter in the last place",
	 {4, 1, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 7,     0x20, 6, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 8,
	  0x10, 2, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 9},
	 false, 5, 0, 0, {0, 0}},
	{"a record of a counter that was not asked for is still of the round before",
	 {4, 1, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 7,     0x20, 6, 0, 4, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 8,
	  0x10, 1, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 9},
	 false, 5, 0, 0, {0, 0}},
};

/* Only the cells of one row are written. */
static void check_cells(const char *name, const uint64_t cells[COLUMNS][ROWS], const uint64_t *values)
{
	for (uint32_t column = 0; column < COLUMNS; column++)
		for (uint32_t row = 0; row < ROWS; row++) {
			uint64_t expected = row == ROW ? values[column] : RUBBISH;
			CHECK(cells[column][row] == expected, "%s: column %u row %u holds %" PRIx64, name, column, row,
			      cells[column][row]);
		}
}

static void test_samples(void)
{
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		uint64_t cells[COLUMNS][ROWS];
		memset(cells, 0xa5, sizeof cells);
		const struct run run = {.cells = (char *)cells, .stride = sizeof cells[0]};
		/* The bytes are at an odd address, because an answer need not be aligned. */
		uint8_t bytes[sizeof samples[i].bytes + 1];
		memcpy(bytes + 1, samples[i].bytes, sizeof samples[i].bytes);
		struct sample sample;
		bool whole = sample_read(&layout, bytes + 1, &run, ROW, &sample);
		CHECK(whole == samples[i].whole && sample.id == samples[i].id, "%s: whole %d, id %x", samples[i].name, whole, sample.id);
		if (!whole)
			continue;
		CHECK(sample.time == samples[i].time && sample.spread == samples[i].spread, "%s: time %x, spread %u", samples[i].name,
		      sample.time, sample.spread);
		check_cells(samples[i].name, (const uint64_t(*)[ROWS])cells, samples[i].values);
	}
	printf("ok samples from bytes\n");
}

static const struct {
	uint64_t near, u16, u32; /* near: the latest possible id, or the expected time stamp */
	uint32_t low;
} unwraps[] = {
	{0x100000000, 0x0ffff0005, 0x100000005, 5},
	{0x100000005, 0x100000005, 0x100000005, 5},
	{0x10000fffe, 0x100000003, 0x100000003, 3},
	{0x1fffffffe, 0x1ffff0003, 0x200000003, 3},
	{0x200000003, 0x1fffffffe, 0x1fffffffe, 0xfffffffe},
	{0x100000000, 0x0ffff0001, 0x100000001, 1},
	/* The farthest value ahead; the next one is behind. */
	{0x100000000, 0x0ffffffff, 0x17fffffff, 0x7fffffff},
	{0x100000000, 0x100000000, 0x080000000, 0x80000000},
};

static void test_unwrap(void)
{
	for (size_t i = 0; i < sizeof unwraps / sizeof *unwraps; i++) {
		uint64_t u16 = unwrap_u16((uint16_t)unwraps[i].low, unwraps[i].near), u32 = unwrap_u32(unwraps[i].low, unwraps[i].near);
		CHECK(u16 == unwraps[i].u16, "16 bits of %x up to %" PRIx64 ": %" PRIx64, unwraps[i].low, unwraps[i].near, u16);
		CHECK(u32 == unwraps[i].u32, "32 bits of %x near %" PRIx64 ": %" PRIx64, unwraps[i].low, unwraps[i].near, u32);
	}
	printf("ok ids and time stamps that wrap\n");
}

int main(void)
{
	test_samples();
	test_unwrap();
	return 0;
}
