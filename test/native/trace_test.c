// SPDX-License-Identifier: Apache-2.0
/*
 * Tests blocks of the firmware tracer: they are decoded from bytes written by hand, found in a buffer while a device
 * writes it, and counted when they are lost. The device is first a model that runs in steps, then a thread at full
 * speed (ThreadSanitizer runs this test, too), then random bytes. trace_test [SEED] [ROUNDS]
 */
#include <endian.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "../../kernel/mlx5/trace/trace_scan.h"
#include "support.h"

enum { MAX_BLOCKS = 64, STEPS = 40000, RACED_BLOCKS = 400000, RUBBISH_STEPS = 20000 };

static struct {
	uint64_t blocks, overruns, lost, laps, idle, torn, wraps;
} met;

/* --- decoding --- */

static struct trace_block from_bytes(const uint8_t bytes[TRACE_BLOCK_BYTES])
{
	struct trace_block block;
	for (unsigned i = 0; i < TRACE_BLOCK_EVENTS; i++) {
		uint64_t event = 0;
		for (unsigned byte = 0; byte < 8; byte++)
			event = event << 8 | bytes[i * 8 + byte];
		block.events[i] = event;
	}
	return block;
}

/* Two messages at the start of the block and its time stamp at the end; the places between are unused. */
static const uint8_t by_hand[TRACE_BLOCK_BYTES] = {
	/* lost, time ..0x10, event 0x41, tmsn 0x1234 (of 13 bits: 1 0010 0011 0100), tdsn 0, string at 0x20000040 */
	0x90, 0x41, 0x91, 0xa0, 0x20, 0x00, 0x00, 0x40,
	/* not lost, time ..0x7f, event 0x41, tmsn 0x1234, tdsn 1, argument 0xdeadbeef */
	0x7f, 0x41, 0x91, 0xa1, 0xde, 0xad, 0xbe, 0xef,
	/* time ..0x05, event 0x42, tmsn 0x1fff, tdsn 7, argument 1 */
	0x05, 0x42, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01,
	/* timestamp 0x1abcd_12345678_06: low 8 bits, 0xff, urts 0 and 13 bits 0x1abc, then 39..8 */
	[248] = 0x06, 0xff, 0x1a, 0xbc, 0x12, 0x34, 0x56, 0x78,
};

static void check_event(const struct trace_event *found, struct trace_event expected)
{
	CHECK(found->clock == expected.clock, "clock %" PRIx64 " for %" PRIx64, found->clock, expected.clock);
	CHECK(found->lost == expected.lost && found->unreliable == expected.unreliable, "flags");
	CHECK(found->id == expected.id && found->tmsn == expected.tmsn && found->tdsn == expected.tdsn, "id %x tmsn %x tdsn %x",
	      found->id, found->tmsn, found->tdsn);
	CHECK(found->parameter == expected.parameter, "parameter %x", found->parameter);
}

static void test_by_hand(void)
{
	struct trace_event events[TRACE_MAX_MESSAGES];
	struct trace_block block = from_bytes(by_hand);
	CHECK(trace_decode(&block, 0, events) == 3, "three events");
	/* 5 is before 6; 0x7f before 5 is in the 128 clocks before; 0x10 before 0x7f in the same. */
	check_event(&events[0], (struct trace_event){0x1abc1234567790, false, true, 0x41, 0, 0x1234, 0x20000040});
	check_event(&events[1], (struct trace_event){0x1abc12345677ff, false, false, 0x41, 1, 0x1234, 0xdeadbeef});
	check_event(&events[2], (struct trace_event){0x1abc1234567805, false, false, 0x42, 7, 0x1fff, 1});
}

static void test_unreliable(void)
{
	static const struct {
		uint8_t urts;
		unsigned version;
		bool unreliable;
	} cases[] = {{0, 0, false}, {4, 0, true}, {3, 0, false}, {1, 1, true}, {6, 1, false}, {7, 2, true}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint8_t bytes[TRACE_BLOCK_BYTES];
		struct trace_event events[TRACE_MAX_MESSAGES];
		memcpy(bytes, by_hand, sizeof bytes);
		bytes[250] = (uint8_t)(cases[i].urts << 5 | 0x1a);
		struct trace_block block = from_bytes(bytes);
		CHECK(trace_decode(&block, cases[i].version, events) == 3, "three events");
		CHECK(events[0].unreliable == cases[i].unreliable, "urts %d of version %u", cases[i].urts, cases[i].version);
		CHECK(events[2].clock == 0x1abc1234567805, "urts is not part of the time");
	}
}

/* A time stamp in the middle dates the events before it, and is not an event itself. */
static void test_timestamp_within(void)
{
	struct trace_event events[TRACE_MAX_MESSAGES];
	struct trace_block block = {.events = {
					    [0] = 0x7f41000000000001,
					    [1] = 0x80ff000000000001, /* 0x180 */
					    [2] = 0x0141000000000002,
					    [31] = 0x00ff000000000009, /* 0x900 */
				    }};
	CHECK(trace_decode(&block, 0, events) == 2, "two events");
	CHECK(events[0].clock == 0x17f && events[1].clock == 0x881, "%" PRIx64 " %" PRIx64, events[0].clock, events[1].clock);
}

/* --- a device --- */

/* The device's clock at its start: in one test out of three it wraps soon. */
static uint64_t begin_clock;

struct device {
	uint64_t *words;
	uint64_t blocks;
	uint64_t written; /* blocks written since the start */
};

static uint64_t clock_of(uint64_t number)
{
	return (begin_clock + number * 100 + mix(number) % 90) & TRACE_TIMESTAMP_MASK;
}

/* Every word contains the number of its block, so that a torn block is found. */
static uint64_t event_of(uint64_t number, unsigned i)
{
	uint64_t clock = clock_of(number);
	if (i == TRACE_BLOCK_EVENTS - 1)
		return (clock & 0xff) << 56 | 0xffULL << 48 | clock >> 40 << 32 | (clock >> 8 & 0xffffffff);
	return (clock & 0x7f) << 56 | 0x41ULL << 48 | (uint64_t)i << 35 | (number & 0xffffffff);
}

static void write_event(struct device *device, unsigned i)
{
	uint64_t *word = &device->words[device->written % device->blocks * TRACE_BLOCK_EVENTS + i];
	__atomic_store_n(word, htobe64(event_of(device->written, i)), __ATOMIC_RELEASE);
}

static void write_block(struct device *device)
{
	for (unsigned i = 0; i < TRACE_BLOCK_EVENTS; i++)
		write_event(device, i);
	device->written++;
}

static struct device make_device(uint64_t blocks)
{
	struct device device = {.blocks = blocks, .words = aligned_alloc(4096, MAX_BLOCKS * TRACE_BLOCK_BYTES)};
	CHECK(device.words, "no memory");
	memset(device.words, 0, MAX_BLOCKS * TRACE_BLOCK_BYTES);
	return device;
}

/* Checks that blocks come whole, in order and once, and that the number of missing ones was announced, except for
 * whole laps. */
struct judge {
	uint64_t next;	/* the number that the scanner gives the next block */
	uint64_t ahead; /* the true number minus that number: a multiple of the buffer */
};

static uint64_t number_in(const struct trace_block *block)
{
	uint32_t low = (uint32_t)block->events[0];
	for (unsigned i = 0; i < TRACE_BLOCK_EVENTS; i++)
		CHECK(block->events[i] == event_of(low, i), "event %u of block %u is %016" PRIx64, i, low, block->events[i]);
	return low;
}

static void judge_block(struct judge *judge, const struct trace_scan *scan, const struct trace_block *block, bool after_gap)
{
	uint64_t number = number_in(block), ahead = number - judge->next;
	CHECK(number >= judge->next + judge->ahead, "block %" PRIu64 " came twice", number);
	CHECK(ahead % scan->blocks == 0, "block %" PRIu64 " came as number %" PRIu64, number, judge->next);
	CHECK(after_gap || ahead == judge->ahead, "block %" PRIu64 " follows a gap that was not announced", number);
	met.laps += ahead != judge->ahead;
	judge->ahead = ahead;
	judge->next++;
	met.blocks++;
}

/* Reads until there is nothing new, at most `max` blocks. */
static void read_blocks(struct trace_scan *scan, struct judge *judge, uint64_t max, bool *after_gap)
{
	struct trace_block block;
	uint64_t lost = 0;
	for (;;) {
		switch (trace_scan_next(scan, &block, &lost)) {
		case TRACE_NOTHING:
			met.idle++;
			return;
		case TRACE_OVERRUN:
			CHECK(lost > 0 && lost <= 2 * scan->blocks, "%" PRIu64 " blocks lost", lost);
			judge->next += lost;
			*after_gap = true;
			met.overruns++;
			met.lost += lost;
			break;
		case TRACE_BLOCK:
			judge_block(judge, scan, &block, *after_gap);
			*after_gap = false;
			if (--max == 0)
				return;
		}
	}
}

static void test_steps(struct chance *chance)
{
	uint64_t blocks = 8ULL << draw_below(chance, 4);
	begin_clock = draw_below(chance, 3) ? draw_below(chance, 1000) : TRACE_TIMESTAMP_MASK - draw_below(chance, 1000000);
	met.wraps += begin_clock > 1000;
	struct device device = make_device(blocks);
	struct trace_scan scan;
	struct judge judge = {0};
	bool after_gap = false;
	trace_scan_start(&scan, device.words, blocks);
	for (int step = 0; step < STEPS; step++) {
		uint64_t burst = draw_below(chance, 50) ? draw_below(chance, blocks / 2) : draw_below(chance, 4 * blocks);
		bool may_lose = device.written + burst - judge.next - judge.ahead >= blocks;
		uint64_t overruns = met.overruns;
		while (burst--)
			write_block(&device);
		/* A part of the block that the device is writing. */
		unsigned torn = (unsigned)draw_below(chance, TRACE_BLOCK_EVENTS);
		for (unsigned i = 0; i < torn; i++)
			write_event(&device, i);
		met.torn += torn > 0;
		read_blocks(&scan, &judge, draw_below(chance, 4) ? UINT64_MAX : 1 + draw_below(chance, blocks), &after_gap);
		CHECK(may_lose || met.overruns == overruns, "a block was lost without need: %" PRIu64 " behind",
		      device.written - judge.next - judge.ahead);
	}
	read_blocks(&scan, &judge, UINT64_MAX, &after_gap);
	CHECK(judge.next + judge.ahead == device.written || after_gap, "the scanner left blocks behind");
	free(device.words);
}

/* --- a device in another thread --- */

struct race {
	struct device device;
	uint64_t seed;
	_Atomic uint64_t seen;
	_Atomic bool ended;
};

static void *write_all(void *argument)
{
	struct race *race = argument;
	struct device *device = &race->device;
	for (uint64_t block = 0; block < RACED_BLOCKS; block++) {
		/* In half of the rounds the device is slow enough, so that both keeping up and overruns occur. */
		while (block / 8192 % 2 && block >= atomic_load(&race->seen) + device->blocks / 2)
			sched_yield();
		write_block(device);
		if (mix(race->seed + block) % 64 == 0)
			sched_yield();
	}
	atomic_store(&race->ended, true);
	return NULL;
}

static void test_race(struct chance *chance)
{
	struct race race = {.device = make_device(8ULL << draw_below(chance, 4)), .seed = draw(chance)};
	struct trace_scan scan;
	struct judge judge = {0};
	bool after_gap = false, ended = false;
	pthread_t thread;
	trace_scan_start(&scan, race.device.words, race.device.blocks);
	CHECK(pthread_create(&thread, NULL, write_all, &race) == 0, "no thread");
	while (!ended) {
		ended = atomic_load(&race.ended);
		read_blocks(&scan, &judge, 64, &after_gap);
		atomic_store(&race.seen, judge.next + judge.ahead);
	}
	pthread_join(thread, NULL);
	read_blocks(&scan, &judge, UINT64_MAX, &after_gap);
	CHECK(judge.next + judge.ahead == RACED_BLOCKS, "%" PRIu64 " of %d blocks", judge.next + judge.ahead, RACED_BLOCKS);
	free(race.device.words);
}

/* --- random bytes --- */

static void check_decoded(const struct trace_block *block, struct chance *chance)
{
	struct trace_event events[TRACE_MAX_MESSAGES];
	unsigned count = trace_decode(block, (unsigned)draw_below(chance, 4), events);
	CHECK(count <= TRACE_MAX_MESSAGES, "%u events", count);
	for (unsigned i = 0; i < count; i++)
		CHECK(events[i].clock >> TRACE_TIMESTAMP_BITS == 0 && events[i].tmsn < 8192 && events[i].tdsn < 8, "event %u", i);
}

/* With any bytes in memory the scanner answers in finite time, stays in the buffer, and its numbers only grow. */
static void test_rubbish(struct chance *chance)
{
	struct device device = make_device(8ULL << draw_below(chance, 4));
	struct trace_scan scan;
	trace_scan_start(&scan, device.words, device.blocks);
	for (int step = 0; step < RUBBISH_STEPS; step++) {
		uint64_t word = draw_below(chance, device.blocks * TRACE_BLOCK_EVENTS);
		if (draw_below(chance, 2))
			word |= TRACE_BLOCK_EVENTS - 1;
		uint64_t stamp = draw_below(chance, 3) ? 0xffULL << 48 : 0;
		device.words[word] = htobe64((draw(chance) >> draw_below(chance, 64)) | stamp);
		struct trace_block block;
		uint64_t next = scan.next, lost = 0;
		enum trace_found found = trace_scan_next(&scan, &block, &lost);
		CHECK(scan.next == next + (found == TRACE_BLOCK ? 1 : found == TRACE_OVERRUN ? lost : 0), "numbers");
		if (found == TRACE_BLOCK)
			check_decoded(&block, chance);
	}
	free(device.words);
}

int main(int count, char **words)
{
	test_seed = count > 1 ? strtoull(words[1], NULL, 10) : 1;
	uint64_t rounds = count > 2 ? strtoull(words[2], NULL, 10) : 12;
	printf("seed %" PRIu64 "\n", test_seed);
	struct chance chance = {test_seed};
	test_by_hand();
	test_unreliable();
	test_timestamp_within();
	for (uint64_t round = 0; round < rounds; round++) {
		test_steps(&chance);
		test_rubbish(&chance);
	}
	for (uint64_t round = 0; round < (rounds + 3) / 4; round++)
		test_race(&chance);
	CHECK(met.overruns && met.laps && met.idle && met.torn && met.wraps, "a situation never occurred");
	printf("ok %" PRIu64 " blocks whole and in order; %" PRIu64 " overruns, %" PRIu64 " blocks lost and %" PRIu64
	       " times whole laps that cannot be counted\n",
	       met.blocks, met.overruns, met.lost, met.laps);
	return 0;
}
