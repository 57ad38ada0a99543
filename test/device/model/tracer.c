// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * The firmware tracer. Every trace_block_ns a block of 31 events and a time stamp event is due; of every lost_every
 * blocks the last lost_run are lost, and the next event after them says so. The others fill the buffer in turn, oldest
 * first.
 *
 *   event        lost:1 timestamp:7 event_id:8 tmsn:13 tdsn:3 parameter:32
 *   time stamp   timestamp 7..0:8 event_id:8 = 0xff urts:3 timestamp 52..40:13 timestamp 39..8:32
 *
 * All events of a block fall into the 128 clocks before its time stamp, so that 7 bits are enough for each.
 */
#include "internal.h"

enum { EVENTS = 31, CYCLE = 7, MESSAGES = 3, DEFAULT_BLOCK_NS = 100000 };

static uint64_t fw_block_ns(const struct fw *fw)
{
	uint32_t wanted = fw->config.trace_block_ns;
	return !wanted ? DEFAULT_BLOCK_NS : wanted < 1000 ? 1000 : wanted;
}

/* The end of the burst of a block: its lower 7 bits are all ones. */
static uint64_t fw_block_clock(const struct fw *fw, uint64_t block)
{
	uint64_t clock = fw_clock(fw, fw->tracer.begin_ns + (block + 1) * fw_block_ns(fw));
	return (clock | 127) & ((1ULL << 53) - 1);
}

static bool fw_follows_loss(const struct fw_tracer *tracer, uint64_t block)
{
	return tracer->lost_run && block && fw_mod(block, tracer->lost_every) == 0;
}

/* Messages come in threes: a bare string, one with one argument, one with three. Seven events, so blocks cut them
 * anywhere. */
struct fw_event fw_trace_event(const struct fw *fw, uint64_t block, unsigned event)
{
	static const uint8_t message_of[CYCLE] = {0, 1, 1, 2, 2, 2, 2};
	static const uint8_t argument_of[CYCLE] = {0, 0, 1, 0, 1, 2, 3};
	static const uint8_t arguments_of[MESSAGES] = {0, 1, 3};
	uint64_t number = block * EVENTS + event, seed = fw->config.seed;
	unsigned place = (unsigned)fw_mod(number, CYCLE);
	uint64_t message = fw_div(number, CYCLE) * MESSAGES + message_of[place];
	uint64_t chance = fw_hash(seed ^ ~message);
	struct fw_event made;
	memset(&made, 0, sizeof(made));
	made.clock = (fw_block_clock(fw, block) & ~127ULL) + 4 * event;
	made.id = (uint8_t)(FW_FIRST_STRING_TRACE + chance % FW_STRING_TRACES);
	made.lost = event == 0 && fw_follows_loss(&fw->tracer, block);
	made.tmsn = (uint16_t)(message & 0x1fff);
	made.tdsn = argument_of[place];
	made.parameter = made.tdsn ? (uint32_t)fw_hash(seed + number)
				   : fw_string_address(arguments_of[message_of[place]], chance >> 8);
	return made;
}

void fw_trace_block(const struct fw *fw, uint64_t block, uint8_t bytes[FW_TRACE_BLOCK])
{
	uint64_t clock = fw_block_clock(fw, block);
	for (unsigned at = 0; at < EVENTS; at++) {
		struct fw_event event = fw_trace_event(fw, block, at);
		put32(bytes + 8 * at, (uint32_t)event.lost << 31 | (uint32_t)(event.clock & 127) << 24 |
					      (uint32_t)event.id << 16 | (uint32_t)event.tmsn << 3 | event.tdsn);
		put32(bytes + 8 * at + 4, event.parameter);
	}
	put32(bytes + 8 * EVENTS, (uint32_t)(clock & 0xff) << 24 | 0xffu << 16 | (uint32_t)(clock >> 40 & 0x1fff));
	put32(bytes + 8 * EVENTS + 4, (uint32_t)(clock >> 8));
}

static uint64_t fw_blocks_written(const struct fw_tracer *tracer, uint64_t due)
{
	uint64_t kept = tracer->lost_every - tracer->lost_run, rest;
	if (!tracer->lost_run)
		return due;
	rest = fw_mod(due, tracer->lost_every);
	return fw_div(due, tracer->lost_every) * kept + (rest < kept ? rest : kept);
}

static uint64_t fw_block_of(const struct fw_tracer *tracer, uint64_t written)
{
	uint64_t kept = tracer->lost_every - tracer->lost_run;
	return tracer->lost_run ? fw_div(written, kept) * tracer->lost_every + fw_mod(written, kept) : written;
}

uint64_t fw_trace_run(struct fw *fw, uint64_t now_ns, fw_write write, void *context)
{
	struct fw_tracer *tracer = &fw->tracer;
	const struct fw_object *mkey = fw_mkey_of(fw, tracer->mkey);
	uint64_t due, until, room = (4096ULL << tracer->log_pages) / FW_TRACE_BLOCK, begin = tracer->blocks;
	uint8_t bytes[FW_TRACE_BLOCK];
	if (!tracer->running || fw->gone || !mkey || now_ns < tracer->begin_ns)
		return 0;
	due = fw_div(now_ns - tracer->begin_ns, fw_block_ns(fw));
	until = fw_blocks_written(tracer, due);
	if (until > begin + room) /* those in between would be overwritten at once */
		begin = until - room;
	for (; begin < until; begin++) {
		fw_trace_block(fw, fw_block_of(tracer, begin), bytes);
		if (!write(context, mkey->umem, fw_mod(begin, room) * FW_TRACE_BLOCK, bytes, FW_TRACE_BLOCK))
			return 0;
	}
	due = until - tracer->blocks;
	tracer->blocks = until;
	tracer->lost_blocks = until ? fw_block_of(tracer, until - 1) + 1 - until : 0;
	fw->counts.traced_blocks += due;
	return due;
}
