// SPDX-License-Identifier: Apache-2.0
/*
 * Mailboxes in both directions: whatever is sent, the model neither crashes nor touches a byte outside the outbox, its
 * answer is one that a driver can pass on, and its text fits. mailbox_fuzz [ITERATIONS] [SEED]; run it under the
 * sanitizers.
 */
#include <inttypes.h>

#include "model_support.h"

enum { MAX = 300000 };
static uint64_t chance_state;
/* A fuzzer that is always refused proves nothing. */
static struct {
	uint64_t fine, refused, records, blocks;
} seen;

static uint64_t draw(void)
{
	return fw_hash(chance_state++);
}

static uint64_t below(uint64_t limit)
{
	return draw() % limit;
}

static const uint16_t opcodes[] = {0x100, 0x200, 0x202, 0x800, 0x801, 0x805, 0x805, 0x805, 0x805,
				   0x819, 0x820, 0x820, 0x820, 0x821, 0x821, 0xa08, 0xa0a, 0x80d};
static const uint16_t registers[] = {0x5008, 0x9051, 0x9055, 0x9040, 0x9041, 0x9042, 0x9043, 0x1234};
static const uint64_t edges[] = {0,	 1,	 2,	  15,	      16,	  255,	     256,
				 4095, 4096, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff};
#define PICK(list) list[below(sizeof(list) / sizeof(list[0]))]

/* A good SET half of the time, so that the ring has something to say. */
static size_t good_set(void)
{
	static const uint8_t flags[] = {0x44, 0x84, 0x0c, 0x64, 0x74, 0xb4, 0x46, 0x00};
	return set_params((unsigned)below(9), (uint8_t)below(12), PICK(flags), (uint8_t)below(36));
}

static size_t compose(void)
{
	uint16_t opcode = PICK(opcodes);
	if (opcode == FW_SET_DIAGNOSTIC_PARAMS && draw() & 1)
		return good_set();
	begin(below(50) ? opcode : (uint16_t)draw(), (uint16_t)(below(10) ? below(2) : below(64)));
	if (opcode == FW_ACCESS_REG)
		put16(in + 10, PICK(registers));
	for (uint64_t count = below(12); count; count--)
		put32(in + 8 + 4 * below(80), (uint32_t)(draw() & 1 ? PICK(edges) : draw() >> below(64)));
	if (opcode == FW_ACCESS_REG)
		put16(in + 10, PICK(registers));
	return below(8) ? 512 : below(600);
}

static bool land(void *context, uint32_t umem, uint64_t offset, const uint8_t *bytes, size_t length)
{
	const struct fw *fw = context;
	for (unsigned at = 0; at < FW_MAX_OBJECTS; at++)
		if (fw->umems[at].id == umem)
			CHECK(offset + length <= fw->umems[at].bytes, "outside of the umem");
	CHECK(bytes[249] == 0xff, "no time stamp");
	return below(10) != 0;
}

static void put_register(uint16_t id, uint32_t first, uint32_t second, uint32_t third)
{
	begin(FW_ACCESS_REG, 0);
	put16(in + 10, id);
	put32(in + 16, first);
	put32(in + 20, second);
	put32(in + 24, third);
	send(144, 144);
}

/* The whole way to a running tracer, which chance alone would not find. */
static void trace(void)
{
	uint32_t umem = fw_umem_create(&card, UID, 4096ULL << below(4)), pd;
	begin(FW_ALLOC_PD, 0);
	send(16, 16);
	pd = get32(out + 8);
	begin(FW_CREATE_MKEY, 0);
	put32(in + 12, 1u << 30);
	put32(in + 16, 1u << 11 | 1u << 10 | 1u << 8);
	put32(in + 20, 0xffffff00);
	put32(in + 28, pd);
	put64(in + 40, 4096);
	put32(in + 100, umem);
	send(272, 16);
	uint32_t mkey = get32(out + 8) << 8;
	put_register(0x9043, 0, 0, 0);
	put_register(0x9040, 1u << 31, 0, 0);
	put_register(0x9041, 1, (uint32_t)below(2), mkey);
	put_register(0x9043, 1u << 30 | 1, 0, 0);
}

static void disturb(void)
{
	struct fw_config config;
	if (below(100) == 0)
		trace();
	if (below(2000) == 0) {
		fw_default_config(&config);
		for (unsigned at = 0; fw_setting_name(at); at++)
			if (below(3) == 0)
				fw_set(&config, &card.faults, fw_setting_name(at),
				       (int64_t)(draw() & 1 ? PICK(edges) : draw()));
		fw_init(&card, &config, now);
	}
	if (below(20) == 0 && fw_setting_name(0))
		fw_set(NULL, &card.faults, fw_setting_name(13 + (unsigned)below(17)), (int64_t)below(30));
	if (below(300) == 0)
		fw_close(&card, (uint16_t)(UID + below(3)));
	if (below(50) == 0)
		fw_umem_create(&card, UID, PICK(edges));
	if (below(4) == 0)
		card.gone = 0;
	if (below(10) == 0)
		card.faults.fail_opcode = card.faults.unplug_after = 0;
	if (below(10) == 0)
		seen.blocks += fw_trace_run(&card, now, land, &card);
	now += below(4) ? below(100000) : below(1ULL << (1 + below(34)));
}

static void judge(int said, size_t out_length)
{
	if (said == 0)
		CHECK(out_length >= 16 && out[0] == 0, "status 0x%x in an answer that is fine", out[0]);
	else if (said == -EREMOTEIO)
		CHECK(out_length >= 16, "an answer without a place");
	CHECK(said <= 0, "%d", said);
	seen.fine += said == 0;
	seen.refused += said == -EREMOTEIO;
	seen.records += said == 0 && get16(in) == FW_QUERY_DIAGNOSTIC_COUNTERS && get16(out + 16);
	for (size_t at = out_length; at < out_length + 64; at++)
		CHECK(out[at] == 0xee, "byte %zu after the outbox", at);
}

static void dump(void)
{
	static char text[1 << 16];
	size_t room = below(sizeof(text)), length = fw_dump(&card, now, text, room);
	CHECK(!room || length < room, "%zu of %zu", length, room);
}

int main(int count, char **words)
{
	uint64_t iterations = count > 1 ? strtoull(words[1], NULL, 0) : 300000;
	chance_state = count > 2 ? strtoull(words[2], NULL, 0) << 32 : 1;
	fresh();
	for (uint64_t at = 0; at < iterations; at++) {
		size_t in_length = compose(), out_length = below(4) ? below(5000) : below(MAX);
		int scope = (int)below(5) - 1;
		memset(out, 0xee, out_length + 64);
		uint16_t uid = (uint16_t)(UID + below(2));
		judge(fw_command(&card, now, uid, scope, in, in_length, out, out_length), out_length);
		disturb();
		if (below(500) == 0)
			dump();
	}
	CHECK(iterations < 100000 || (seen.fine > iterations / 10 && seen.refused > iterations / 10 &&
					seen.records > 100 &&
				       seen.blocks > 100),
	      "%" PRIu64 " fine, %" PRIu64 " refused, %" PRIu64 " with samples, %" PRIu64 " blocks", seen.fine, seen.refused,
	      seen.records, seen.blocks);
	printf("ok %" PRIu64 " mailboxes: %" PRIu64 " fine, %" PRIu64 " refused, %" PRIu64 " with samples; %" PRIu64 " blocks\n",
	       iterations, seen.fine, seen.refused, seen.records, seen.blocks);
	return 0;
}
