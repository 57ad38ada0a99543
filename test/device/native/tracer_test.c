// SPDX-License-Identifier: Apache-2.0
/* Memory, keys and the tracer: what lies in the buffer is what the log says, over wraps and losses; leaks are
 * counted. */
#include "model_support.h"

enum { PAGES = 4, BYTES = PAGES * 4096, BLOCKS = BYTES / 256, KEY = 0x5a };
static uint8_t buffer[BYTES];
static uint32_t pd, umem, mkey;

static void passed(const char *name)
{
	printf("ok %s\n", name);
}

static bool land(void *context, uint32_t id, uint64_t offset, const uint8_t *bytes, size_t length)
{
	(void)context;
	CHECK(id == umem && offset + length <= BYTES, "umem %u at %llu", id, (unsigned long long)offset);
	memcpy(buffer + offset, bytes, length);
	return true;
}

static size_t mkey_box(void)
{
	begin(FW_CREATE_MKEY, 0);
	put32(in + 12, 1u << 30);
	put32(in + 16, 1u << 11 | 1u << 10 | 1u << 8);
	put32(in + 20, 0xffffff00 | KEY);
	put32(in + 28, pd);
	put64(in + 32, 0x7f0000001000ULL);
	put64(in + 40, BYTES);
	put32(in + 100, umem);
	return 272;
}

static void make_memory(void)
{
	fresh();
	memset(buffer, 0, sizeof(buffer));
	begin(FW_ALLOC_PD, 0);
	ACCEPTED(16, 16);
	pd = get32(out + 8);
	umem = fw_umem_create(&card, UID, BYTES);
	ACCEPTED(mkey_box(), 16);
	mkey = get32(out + 8) << 8 | KEY;
}

static size_t access_box(uint16_t id, uint16_t read)
{
	begin(FW_ACCESS_REG, read);
	put16(in + 10, id);
	return 144;
}

static void take_tracer(void)
{
	access_box(0x9040, 0);
	put32(in + 16, 1u << 31);
	ACCEPTED(144, 144);
	CHECK(get32(out + 16) >> 31, "not ours");
}

static void configure(void)
{
	access_box(0x9041, 0);
	in[19] = 1;
	in[23] = 2;
	put32(in + 24, mkey);
}

static void control(uint32_t on)
{
	access_box(0x9043, 0);
	put32(in + 16, on << 30 | 1);
	ACCEPTED(80, 80);
}

static void start(void)
{
	make_memory();
	take_tracer();
	configure();
	ACCEPTED(144, 144);
	control(1);
}

static void test_wraps(void)
{
	start();
	uint8_t expected[256];
	uint64_t begun = now;
	for (unsigned round = 0; round < 400; round++, now += 312345) {
		fw_trace_run(&card, now, land, NULL);
		uint64_t due = (now - begun) / 100000;
		CHECK(card.tracer.blocks == due, "blocks");
		for (uint64_t block = due > BLOCKS ? due - BLOCKS : 0; block < due; block++) {
			fw_trace_block(&card, block, expected);
			CHECK(!memcmp(buffer + block % BLOCKS * 256, expected, 256), "block %llu", (unsigned long long)block);
		}
	}
	passed("blocks overwrite the oldest");
}

static void test_loss(void)
{
	make_memory();
	card.faults = (struct fw_faults){.trace_lost_every = 10, .trace_lost_run = 3};
	take_tracer();
	configure();
	ACCEPTED(144, 144);
	control(1);
	now += 100000 * 40;
	fw_trace_run(&card, now, land, NULL);
	CHECK(card.tracer.blocks == 28 && card.tracer.lost_blocks == 9, "%llu", (unsigned long long)card.tracer.lost_blocks);
	for (unsigned at = 0; at < 28; at++)
		CHECK(buffer[at * 256] >> 7 == (at && at % 7 == 0), "lost bit of block %u", at);
	passed("lost blocks are marked");
}

/* Bits by hand: lost 1, timestamp 7, id 8, tmsn 13, tdsn 3, parameter 32; then the time stamp event. */
static void test_layout(void)
{
	start();
	uint8_t bytes[256];
	fw_trace_block(&card, 70000, bytes);
	uint64_t last = 0, clock = (uint64_t)(get32(bytes + 248) & 0x1fff) << 40;
	clock |= (uint64_t)get32(bytes + 252) << 8 | bytes[248];
	CHECK(bytes[249] == 0xff && !(bytes[250] & 0xe0), "time stamp event");
	for (unsigned at = 0; at < 31; at++) {
		struct fw_event event = fw_trace_event(&card, 70000, at);
		uint64_t whole = (clock & ~127ULL) | (bytes[8 * at] & 127);
		CHECK(whole == event.clock && whole > last && whole <= clock, "clock of %u", at);
		CHECK(bytes[8 * at + 1] == event.id, "id of %u", at);
		CHECK(get16(bytes + 8 * at + 2) == (event.tmsn << 3 | event.tdsn), "numbers of %u", at);
		CHECK(get32(bytes + 8 * at + 4) == event.parameter, "parameter of %u", at);
		last = whole;
	}
	passed("events and their time stamps");
}

/* Every string event points at a string whose arguments follow it. */
static void test_strings(void)
{
	start();
	static char text[2][256];
	static const uint32_t bases[] = {0x10000000, 0x20004000};
	access_box(0x9040, 1);
	ACCEPTED(144, 144);
	CHECK((get32(out + 16) & 15) == 2, "sections");
	for (uint32_t section = 0; section < 2; section++) {
		CHECK(get32(out + 32 + 8 * section) == bases[section] && get32(out + 36 + 8 * section) == 256, "section");
		access_box(0x9042, 1);
		put32(in + 16, section << 28 | 256);
		ACCEPTED(24, 24 + 256);
		memcpy(text[section], out + 24, 256);
		access_box(0x9040, 1);
		ACCEPTED(144, 144);
	}
	for (unsigned at = 0; at < 31 * 20; at++) {
		struct fw_event event = fw_trace_event(&card, at / 31, at % 31);
		if (event.tdsn)
			continue;
		unsigned section = event.parameter >= bases[1], arguments = 0;
		for (const char *from = text[section] + (event.parameter - bases[section]); *from; from++)
			if (*from == '%' && *++from != '%')
				arguments++;
		unsigned place = at % 7;
		CHECK(arguments == (place == 0 ? 0u : place == 1 ? 1u : 3u), "event %u: %u arguments", at, arguments);
	}
	passed("strings and their arguments");
}

static void test_owner(void)
{
	start();
	access_box(0x9040, 0);
	put32(in + 16, 1u << 31);
	CHECK(!fw_command(&card, now, UID + 1, FW_MLX5CTL, in, 144, out, 144) && !(get32(out + 16) >> 31), "two owners");
	configure();
	CHECK(fw_command(&card, now, UID + 1, FW_MLX5CTL, in, 144, out, 144) == -EREMOTEIO, "configured by a stranger");
	REFUSED(144, 144, FW_BAD_RES_STATE, 0x5012); /* while it runs */
	begin(FW_DESTROY_MKEY, 0);
	put32(in + 8, mkey >> 8);
	REFUSED(16, 16, FW_BAD_RES_STATE, 0x3031);
	CHECK(fw_umem_destroy(&card, UID, umem), "umem in use");
	access_box(0x9040, 0);
	REFUSED(144, 144, FW_BAD_RES_STATE, 0x5002);
	control(0);
	access_box(0x9040, 0);
	ACCEPTED(144, 144);
	passed("the tracer has one owner");
}

static void test_leaks(void)
{
	start();
	fw_close(&card, UID);
	CHECK(card.counts.leaked_mkeys == 1 && card.counts.leaked_pds == 1 && card.counts.leaked_umems == 0, "leaks");
	CHECK(card.counts.tracer_left_running == 1 && !card.tracer.running, "tracer");
	make_memory();
	begin(FW_DESTROY_MKEY, 0);
	put32(in + 8, mkey >> 8);
	ACCEPTED(16, 16);
	begin(FW_DEALLOC_PD, 0);
	put32(in + 8, pd);
	ACCEPTED(16, 16);
	fw_close(&card, UID);
	CHECK(!card.counts.leaked_mkeys && !card.counts.leaked_pds && !card.counts.tracer_left_running, "clean");
	passed("what is left behind is counted");
}

static void test_key_rules(void)
{
	make_memory();
	static const struct {
		uint32_t at, bad, status, syndrome;
	} table[] = {
		{16, 0, FW_BAD_PARAM, 0x3021},	    {12, 0, FW_BAD_PARAM, 0x3022},
		{20, 0x100, FW_BAD_PARAM, 0x3022},
		{28, 0x999, FW_BAD_RESOURCE, 0x3023}, {100, 0x999, FW_BAD_RESOURCE, 0x3024},
		{44, BYTES + 1, FW_BAD_PARAM, 0x3025}, {36, 0x1001, FW_BAD_PARAM, 0x3025},
	};
	for (unsigned at = 0; at < sizeof(table) / sizeof(table[0]); at++) {
		mkey_box();
		put32(in + table[at].at, table[at].bad);
		REFUSED(272, 16, table[at].status, table[at].syndrome);
	}
	mkey_box();
	REFUSED(271, 16, FW_BAD_INPUT_LEN, 0x3020);
	passed("keys");
}

int main(void)
{
	test_wraps();
	test_loss();
	test_layout();
	test_strings();
	test_owner();
	test_leaks();
	test_key_rules();
	return 0;
}
