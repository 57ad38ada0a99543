// SPDX-License-Identifier: Apache-2.0
/* The ring of the model: what a query shows is what the log says, in each mode, over wraps, skips and lateness. */
#include "model_support.h"

enum { REPETITIVE = 0x44, SINGLE = 0x84, ON_DEMAND = 0x0c, CLEAR = 0x74 };

static void passed(const char *name)
{
	printf("ok %s\n", name);
}

/* Every slot of the ring holds the newest sample that belongs there, and every field of it. */
static void compare_ring(unsigned log_samples)
{
	const struct fw_session *session = fw_session(&card, card.sessions);
	unsigned ring = 1u << log_samples;
	uint64_t taken = fw_taken(session, fw_clock(&card, now));
	query_samples(ring, 0);
	ACCEPTED(16, 16 + (size_t)ring * session->counters * 16);
	for (uint64_t index = taken > ring ? taken - ring : 0; index < taken; index++) {
		struct fw_sample sample = fw_sample_at(session, index);
		const uint8_t *record = out + 16 + index % ring * session->counters * 16;
		for (unsigned at = 0; at < session->counters; at++, record += 16) {
			CHECK(get16(record) == session->ids[at], "slot %u", (unsigned)(index % ring));
			CHECK(get16(record + 2) == (sample.number + session->first_sample_id) % 65536, "id");
			CHECK(get32(record + 4) == (uint32_t)sample.clock, "clock");
			CHECK(get64(record + 8) == fw_value(session, &sample, session->ids[at]), "value");
		}
	}
}

static void test_repetitive(void)
{
	fresh();
	ACCEPTED(set_params(3, 4, REPETITIVE, 10), 16);
	uint64_t start = now;
	now += 1024 * 5 + 10;
	CHECK(fw_taken(fw_session(&card, 1), fw_clock(&card, now)) == 5, "five periods");
	query_samples(6, 0);
	ACCEPTED(16, 16 + 6 * 48);
	CHECK(get16(out + 16 + 2) == 1 && get32(out + 16 + 4) == (uint32_t)(start + 1024), "the first sample");
	CHECK(get16(out + 16 + 4 * 48 + 2) == 5 && get16(out + 16 + 5 * 48) == 0, "the sixth is not yet there");
	for (unsigned round = 0; round < 300; round++, now += 4321)
		compare_ring(4);
	passed("repetitive: the ring is overwritten in turn");
}

static void test_wraps(void)
{
	fresh();
	card.config.clock_offset = 0xffffffff - now - 20000;
	card.faults.first_sample_id = 65530;
	ACCEPTED(set_params(2, 6, REPETITIVE, 10), 16);
	for (unsigned round = 0; round < 100; round++, now += 1000)
		compare_ring(6);
	passed("sample ids and time stamps wrap");
}

static void test_faults(void)
{
	fresh();
	card.faults = (struct fw_faults){
		.skip_every = 7, .skip_run = 3, .late_every = 5, .late_clocks = 900, .jitter_clocks = 100};
	ACCEPTED(set_params(2, 6, REPETITIVE, 10), 16);
	const struct fw_session *session = fw_session(&card, 1);
	uint64_t before = 0, until = now + 3000000;
	for (; now < until; now += 777) {
		uint64_t clock = fw_clock(&card, now), taken = fw_taken(session, clock);
		CHECK(taken >= before, "time goes back");
		CHECK(!taken || fw_sample_at(session, taken - 1).clock <= clock, "a sample of the future");
		CHECK(fw_sample_at(session, taken).clock > clock, "a sample too late");
		before = taken;
	}
	for (uint64_t index = 0; index < 2000; index++) {
		struct fw_sample one = fw_sample_at(session, index), two = fw_sample_at(session, index + 1);
		uint64_t jump = two.number - one.number;
		CHECK(jump == (one.number % 7 == 3 ? 4 : 1), "jump %llu", (unsigned long long)jump);
		CHECK(two.clock > one.clock, "clock");
		CHECK(fw_value(session, &two, 0x401) > fw_value(session, &one, 0x401), "value");
	}
	compare_ring(6);
	passed("skipped and late samples");
}

static void test_single(void)
{
	fresh();
	ACCEPTED(set_params(2, 5, SINGLE, 8), 16);
	now += 1000000;
	CHECK(fw_taken(fw_session(&card, 1), fw_clock(&card, now)) == 32, "stops when full");
	compare_ring(5);
	passed("single: stops when the ring is full");
}

static void test_clear(void)
{
	fresh();
	card.faults = (struct fw_faults){.skip_every = 4, .skip_run = 1};
	ACCEPTED(set_params(1, 5, CLEAR, 8), 16);
	const struct fw_session *session = fw_session(&card, 1);
	struct fw_session total = *session;
	total.clear = 0;
	for (uint64_t index = 1; index < 100; index++) {
		struct fw_sample before = fw_sample_at(session, index - 1), at = fw_sample_at(session, index);
		CHECK(fw_value(session, &at, 0x401) == fw_value(&total, &at, 0x401) - fw_value(&total, &before, 0x401), "since");
	}
	passed("clear: each sample since the one before");
}

static void test_on_demand(void)
{
	fresh();
	ACCEPTED(set_params(2, 0, ON_DEMAND, 10), 16);
	for (unsigned count = 1; count < 10; count++, now += 12345) {
		query_samples(1, 0);
		ACCEPTED(16, 48);
		CHECK(get16(out + 18) == count && get32(out + 20) == (uint32_t)fw_clock(&card, now), "sample %u", count);
	}
	passed("on demand: a sample for each query");
}

static void test_stop(void)
{
	fresh();
	ACCEPTED(set_params(2, 5, REPETITIVE, 10), 16);
	now += 100000;
	ACCEPTED(set_params(0, 0, 0, 0), 16);
	now += 100000;
	CHECK(fw_taken(fw_session(&card, 1), fw_clock(&card, now)) == 97, "no samples after the end");
	compare_ring(5);
	passed("disabled: the ring stays as it was");
}

static void test_clock(void)
{
	fresh();
	card.config.clock_drift_ppb = -50000;
	card.config.frequency_khz = 156250;
	CHECK(fw_clock(&card, 1000000000000ULL) == 156242187500ULL, "%llu", (unsigned long long)fw_clock(&card, 1000000000000ULL));
	card.config.frequency_khz = 1000000;
	card.config.clock_drift_ppb = 20000;
	CHECK(fw_clock(&card, 1ULL << 60) - (1ULL << 60) == (1ULL << 60) / 50000, "drift");
	passed("the clock drifts as asked");
}

int main(void)
{
	test_repetitive();
	test_wraps();
	test_faults();
	test_single();
	test_clear();
	test_on_demand();
	test_stop();
	test_clock();
	return 0;
}
