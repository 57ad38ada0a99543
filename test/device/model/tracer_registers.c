// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * The registers of the tracer, from byte 16 of the mailbox:
 *
 *   MTRC_CAP   0 trace_owner bit 31, trace_to_memory bit 30, trc_ver bits 25..24, num_string_db bits 3..0
 *              4 first_string_trace u8, num_string_trace u8 | 11 log_max_trace_buffer_size u8 (pages of 4 KiB)
 *              16 eight times: base address u32, size in bits 23..0 of the next u32
 *   MTRC_CONF  0 trace_mode bits 3..0 (1: memory) | 7 log_trace_buffer_size u8 (pages of 4 KiB) | 8 trace_mkey u32
 *   MTRC_STDB  0 string_db_index bits 31..28, read_size bits 23..0 | 4 start_offset u32 | 8 the bytes
 *   MTRC_CTRL  0 trace_status bits 31..30, arm_event bit 27, modify_field_select u16 | 8 current time u64 (53 bits)
 */
#include "internal.h"

enum { DATA = 16, LOG_MAX_PAGES = 10, TO_MEMORY = 1, STRING_DATA = DATA + 8 };

fw_verdict fw_trace_cap(struct fw_call *call, bool read)
{
	struct fw *fw = call->fw;
	struct fw_tracer *tracer = &fw->tracer;
	uint8_t *data = call->out + DATA;
	bool take = get32(call->in + DATA) >> 31;
	if (fw->config.no_tracer)
		return FW_REFUSE(FW_BAD_OP, 0x5001);
	if (!read && take && !tracer->owner)
		tracer->owner = call->uid;
	if (!read && !take && tracer->owner == call->uid) {
		if (tracer->running)
			return FW_REFUSE(FW_BAD_RES_STATE, 0x5002);
		tracer->owner = 0;
	}
	put32(data, (uint32_t)(tracer->owner == call->uid) << 31 | 1u << 30 | 1u << 24 | FW_STRING_SECTIONS);
	data[4] = FW_FIRST_STRING_TRACE;
	data[5] = FW_STRING_TRACES;
	data[11] = LOG_MAX_PAGES;
	for (unsigned at = 0; at < FW_STRING_SECTIONS; at++) {
		put32(data + 16 + 8 * at, fw_string_bases[at]);
		put32(data + 20 + 8 * at, FW_STRING_SECTION);
	}
	return FW_OK;
}

static fw_verdict fw_configure(struct fw_call *call)
{
	struct fw_tracer *tracer = &call->fw->tracer;
	const uint8_t *data = call->in + DATA;
	const struct fw_object *mkey = fw_mkey_of(call->fw, get32(data + 8));
	if (tracer->owner != call->uid)
		return FW_REFUSE(FW_BAD_SYS_STATE, 0x5011);
	if (tracer->running)
		return FW_REFUSE(FW_BAD_RES_STATE, 0x5012);
	if (bits(get32(data), 0, 4) != TO_MEMORY || data[7] > LOG_MAX_PAGES)
		return FW_REFUSE(FW_BAD_PARAM, 0x5013);
	if (!mkey || mkey->bytes < 4096ULL << data[7])
		return FW_REFUSE(FW_BAD_RESOURCE, 0x5014);
	tracer->mode = TO_MEMORY;
	tracer->log_pages = data[7];
	tracer->mkey = get32(data + 8);
	return FW_OK;
}

fw_verdict fw_trace_conf(struct fw_call *call, bool read)
{
	const struct fw_tracer *tracer = &call->fw->tracer;
	fw_verdict verdict = read ? FW_OK : fw_configure(call);
	if (verdict)
		return verdict;
	put32(call->out + DATA, tracer->mode);
	call->out[DATA + 7] = tracer->log_pages;
	put32(call->out + DATA + 8, tracer->mkey);
	return FW_OK;
}

fw_verdict fw_trace_strings(struct fw_call *call, bool read)
{
	uint32_t first = get32(call->in + DATA), offset = get32(call->in + DATA + 4);
	uint32_t section = first >> 28, length = bits(first, 0, 24);
	(void)read; /* Linux asks with a write, which changes nothing */
	if (section >= FW_STRING_SECTIONS || !length || length % 4)
		return FW_REFUSE(FW_BAD_PARAM, 0x5021);
	if (offset > FW_STRING_SECTION || length > FW_STRING_SECTION - offset)
		return FW_REFUSE(FW_BAD_PARAM, 0x5022);
	if (call->out_length < STRING_DATA + (size_t)length)
		return FW_REFUSE(FW_BAD_OUTPUT_LEN, 0x5023);
	put32(call->out + DATA, first);
	put32(call->out + DATA + 4, offset);
	memcpy(call->out + STRING_DATA, fw_strings[section] + offset, length);
	return FW_OK;
}

static void fw_trace_start(struct fw *fw, uint64_t now_ns)
{
	struct fw_tracer *tracer = &fw->tracer;
	tracer->running = 1;
	tracer->starts++;
	tracer->begin_ns = now_ns;
	tracer->begin_clock = fw_clock(fw, now_ns);
	tracer->blocks = tracer->lost_blocks = 0;
	tracer->lost_every = fw->faults.trace_lost_every;
	tracer->lost_run = fw->faults.trace_lost_run < tracer->lost_every ? fw->faults.trace_lost_run : 0;
}

static fw_verdict fw_control(struct fw_call *call)
{
	struct fw_tracer *tracer = &call->fw->tracer;
	uint32_t first = get32(call->in + DATA);
	if (tracer->owner != call->uid)
		return FW_REFUSE(FW_BAD_SYS_STATE, 0x5031);
	if (!bits(first, 0, 1))
		return FW_OK;
	if (bits(first, 30, 2) > 1)
		return FW_REFUSE(FW_BAD_PARAM, 0x5032);
	if (!bits(first, 30, 2)) {
		tracer->running = 0;
		return FW_OK;
	}
	if (tracer->mode != TO_MEMORY || !fw_mkey_of(call->fw, tracer->mkey))
		return FW_REFUSE(FW_BAD_RES_STATE, 0x5033);
	if (!tracer->running)
		fw_trace_start(call->fw, call->now_ns);
	return FW_OK;
}

fw_verdict fw_trace_ctrl(struct fw_call *call, bool read)
{
	fw_verdict verdict = read ? FW_OK : fw_control(call);
	uint64_t clock = fw_clock(call->fw, call->now_ns) & ((1ULL << 53) - 1);
	if (verdict)
		return verdict;
	put32(call->out + DATA, (uint32_t)call->fw->tracer.running << 30);
	put64(call->out + DATA + 8, clock);
	return FW_OK;
}

/* A context that goes away while it traces: the card would go on writing into memory that is no longer there. */
void fw_trace_release(struct fw *fw, uint16_t uid)
{
	if (fw->tracer.owner != uid)
		return;
	fw->counts.tracer_left_running += fw->tracer.running;
	fw->tracer.owner = 0;
	fw->tracer.running = 0;
}
