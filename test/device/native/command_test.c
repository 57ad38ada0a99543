// SPDX-License-Identifier: Apache-2.0
/* What the card says to each wrong command, by status and syndrome; its capabilities, registers, objects and faults. */
#include "model_support.h"

static void passed(const char *name)
{
	printf("ok %s\n", name);
}

static void test_lengths(void)
{
	fresh();
	begin(FW_NOP, 0);
	CHECK(send(15, 16) == -EMSGSIZE && send(16, 15) == -EMSGSIZE, "short mailboxes");
	ACCEPTED(16, 16);
	begin(0x7777, 0);
	REFUSED(16, 16, FW_BAD_OP, 0x1000);
	passed("short mailboxes and unknown opcodes");
}

static void test_scopes(void)
{
	static const struct {
		uint16_t opcode, modifier;
		int least; /* scope; 4: never */
	} table[] = {
		{0x100, 0, 0}, {0x101, 0, 0}, {0x80d, 0, 1}, {0x819, 0, 1}, {0x821, 0, 1},
		{0x820, 0, 2}, {0x805, 0, 0}, {0x805, 1, 1}, {0x800, 0, 4}, {0x200, 0, 4},
		{0x202, 0, 4}, {0xa08, 0, 4}, {0xa04, 0, 4}, {0xffff, 0, 4},
	};
	for (unsigned at = 0; at < sizeof(table) / sizeof(table[0]); at++)
		for (int scope = 0; scope < 4; scope++) {
			begin(table[at].opcode, table[at].modifier);
			CHECK(fw_allowed(in, scope) == (scope >= table[at].least), "opcode 0x%x scope %d", table[at].opcode, scope);
		}
	passed("the list of fwctl");
}

static void test_caps(void)
{
	fresh();
	begin(FW_QUERY_HCA_CAP, 1);
	ACCEPTED(16, 4112);
	const uint8_t *cap = out + 16;
	CHECK(cap[48] & 0x10, "debug");
	CHECK(get16(cap + 0x50) == 20 && get32(cap + 0x9c) == 1000000 && get32(cap + 0xd4) == 7, "general");
	begin(FW_QUERY_HCA_CAP, 13 << 1 | 1);
	ACCEPTED(16, 4112);
	CHECK(get32(cap) == 0x8000000e && get32(cap + 4) == 0xd0000000, "0x%x 0x%x", get32(cap), get32(cap + 4));
	CHECK(get32(cap + 0x40) == 0x80000401 && get32(cap + 0x40 + 4 * 12) == 0x1401, "counters");
	REFUSED(16, 4111, FW_BAD_OUTPUT_LEN, 0x1101);
	begin(FW_QUERY_HCA_CAP, 7 << 1);
	REFUSED(16, 4112, FW_BAD_PARAM, 0x1102);
	passed("capabilities");
}

static void test_modes(void)
{
	static const struct {
		uint8_t flags;
		uint32_t syndrome; /* 0: fine */
	} table[] = {
		{0x44, 0}, {0x84, 0}, {0x0c, 0}, {0x64, 0}, {0x74, 0},
		{0xb4, 0}, {0x46, 0}, {0xc4, 0x2010}, {0x4c, 0x2011}, {0x1c, 0x2011},
		{0x2c, 0x2011}, {0x54, 0x2012}, {0x04, 0x2013}, {0x45, 0x2002},
	};
	fresh();
	for (unsigned at = 0; at < sizeof(table) / sizeof(table[0]); at++) {
		size_t length = set_params(2, 4, table[at].flags, 10);
		if (table[at].syndrome)
			REFUSED(length, 16, FW_BAD_PARAM, table[at].syndrome);
		else
			ACCEPTED(length, 16);
	}
	passed("modes that exclude each other");
}

static void test_ring_rules(void)
{
	fresh();
	size_t length = set_params(3, 13, 0x44, 10);
	REFUSED(length, 16, FW_EXCEED_LIM, 0x2021);
	length = set_params(3, 12, 0x44, 10);
	ACCEPTED(length, 16);
	length = set_params(1, 15, 0x44, 10);
	REFUSED(length, 16, FW_EXCEED_LIM, 0x2021);
	length = set_params(3, 12, 0x44, 36);
	REFUSED(length, 16, FW_BAD_PARAM, 0x2022);
	length = set_params(0, 12, 0x44, 10);
	REFUSED(length, 16, FW_BAD_PARAM, 0x2020);
	length = set_params(3, 4, 0x44, 10);
	REFUSED(length - 1, 16, FW_BAD_INPUT_LEN, 0x2004);
	REFUSED(31, 16, FW_BAD_INPUT_LEN, 0x2001);
	put16(in + 34, 0x0999);
	REFUSED(length, 16, FW_BAD_PARAM, 0x2005);
	put16(in + 34, 0x1401); /* not with sync */
	ACCEPTED(length, 16);
	in[12] = 0x64;
	REFUSED(length, 16, FW_BAD_PARAM, 0x2023);
	put16(in + 34, 0x0402);
	REFUSED(length, 16, FW_BAD_PARAM, 0x2024);
	length = set_params(3, 4, 0x44, 10);
	in[20] = 1;
	REFUSED(length, 16, FW_BAD_PARAM, 0x2002);
	passed("counters, periods and the size of the ring");
}

static void test_params_back(void)
{
	fresh();
	uint8_t set[64];
	size_t length = set_params(5, 4, 0x44, 13);
	ACCEPTED(length, 16);
	memcpy(set, in, sizeof(set));
	begin(FW_QUERY_DIAGNOSTIC_PARAMS, 0);
	ACCEPTED(16, length);
	CHECK(!memcmp(set + 8, out + 8, length - 8), "not what was set");
	REFUSED(16, length - 1, FW_BAD_OUTPUT_LEN, 0x2030);
	passed("parameters come back as they were set");
}

static void test_query_rules(void)
{
	fresh();
	query_samples(1, 0);
	REFUSED(16, 64, FW_BAD_SYS_STATE, 0x2101);
	ACCEPTED(set_params(2, 4, 0x44, 10), 16);
	query_samples(0, 0);
	REFUSED(16, 4096, FW_BAD_PARAM, 0x2102);
	query_samples(17, 0);
	REFUSED(16, 4096, FW_BAD_PARAM, 0x2102);
	query_samples(1, 16);
	REFUSED(16, 4096, FW_BAD_PARAM, 0x2103);
	query_samples(16, 15);
	REFUSED(16, 16 + 16 * 32 - 1, FW_BAD_OUTPUT_LEN, 0x2104);
	ACCEPTED(16, 16 + 16 * 32);
	passed("the range of a query");
}

static void read_register(uint16_t id, uint32_t first, uint32_t second)
{
	begin(FW_ACCESS_REG, 1);
	put16(in + 10, id);
	put32(in + 16, first);
	put32(in + 20, second);
}

static void test_registers(void)
{
	static const uint8_t groups[] = {0, 1, 2, 5, 6, 0x10, 0x11, 0x12};
	fresh();
	for (unsigned at = 0; at < sizeof(groups); at++) {
		read_register(0x5008, 1u << 16 | groups[at], 0);
		ACCEPTED(272, 272);
		CHECK(get64(out + 24) == ((uint64_t)groups[at] << 48) + now / 1000, "group %u", groups[at]);
		CHECK(get64(out + 264) == ((uint64_t)groups[at] << 48) + (30ULL << 32) + now / 1000 * 31, "last of it");
	}
	read_register(0x5008, 1u << 16 | 0x10, 7);
	ACCEPTED(272, 272);
	read_register(0x5008, 1u << 16 | 0x10, 8);
	REFUSED(272, 272, FW_BAD_PARAM, 0x4012);
	read_register(0x5008, 1u << 16, 1u << 31);
	REFUSED(272, 272, FW_BAD_PARAM, 0x4011);
	REFUSED(271, 272, FW_BAD_INPUT_LEN, 0x4002);
	REFUSED(272, 271, FW_BAD_OUTPUT_LEN, 0x4003);
	read_register(0x9051, 0, 0);
	ACCEPTED(272, 272);
	CHECK(get64(out + 24) == now / 1000 && get32(out + 32) == now / 1000 * 3, "first of PCIe");
	CHECK(get64(out + 64) == (10ULL << 32) + now / 1000 * 11 && get32(out + 72) == now / 1000 * 13, "pairs");
	read_register(0x9055, 0, 0);
	ACCEPTED(44, 44);
	CHECK(get32(out + 32) == 1 && get32(out + 36) == now % 1000000000, "time");
	read_register(0x1234, 0, 0);
	REFUSED(272, 272, FW_BAD_PARAM, 0x4001);
	passed("registers");
}

static void test_faults(void)
{
	fresh();
	card.faults = (struct fw_faults){
		.fail_opcode = FW_NOP, .fail_skip = 1, .fail_count = 2, .fail_status = 6, .fail_syndrome = 9};
	begin(FW_NOP, 0);
	ACCEPTED(16, 16);
	REFUSED(16, 16, FW_RESOURCE_BUSY, 9);
	REFUSED(16, 16, FW_RESOURCE_BUSY, 9);
	ACCEPTED(16, 16);
	card.faults = (struct fw_faults){.fail_opcode = 0xffff, .fail_count = 1, .fail_errno = ETIMEDOUT};
	CHECK(send(16, 16) == -ETIMEDOUT, "errno");
	ACCEPTED(16, 16);
	card.faults.unplug_after = 2;
	ACCEPTED(16, 16);
	CHECK(send(16, 16) == -ENODEV && send(16, 16) == -ENODEV, "still there");
	passed("faults");
}

static void test_foreign(void)
{
	struct fw_config config;
	fw_default_config(&config);
	config.foreign_sampling = 1;
	fw_init(&card, &config, now);
	begin(FW_QUERY_DIAGNOSTIC_PARAMS, 0);
	ACCEPTED(16, 64);
	CHECK(get16(out + 8) == 2 && out[11] == 8 && out[12] == 0x44 && out[15] == 20 && get16(out + 38) == 0x1001, "params");
	CHECK(fw_taken(fw_session(&card, 1), fw_clock(&card, now + 10500000)) == 10, "it samples");
	passed("someone else's sampling");
}

int main(void)
{
	test_lengths();
	test_scopes();
	test_caps();
	test_modes();
	test_ring_rules();
	test_params_back();
	test_query_rules();
	test_registers();
	test_faults();
	test_foreign();
	return 0;
}
