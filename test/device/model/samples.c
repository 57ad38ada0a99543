// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * The device's clock and its samples. Attempt k is due at begin + (k + 1) periods; jitter and lateness add less than
 * one period, so that time stamps rise. Of every skip_every attempts the last skip_run are not taken: ids jump, the
 * ring does not.
 */
#include "internal.h"

uint64_t fw_clock(const struct fw *fw, uint64_t now_ns)
{
	/* kHz times (1e9 + ppb) is at most 4.3e18, so 1e15 divides it back to clocks for each nanosecond. */
	uint64_t rate = fw->config.frequency_khz * (uint64_t)(1000000000LL + fw->config.clock_drift_ppb);
	return fw->config.clock_offset + fw_mul_div(now_ns, rate, 1000000000000000ULL);
}

static uint64_t fw_kept(const struct fw_session *session)
{
	return session->skip_run ? session->skip_every - session->skip_run : 0;
}

static uint64_t fw_attempt(const struct fw_session *session, uint64_t index)
{
	uint64_t kept = fw_kept(session);
	return kept ? fw_div(index, kept) * session->skip_every + fw_mod(index, kept) : index;
}

static uint64_t fw_taken_of(const struct fw_session *session, uint64_t attempts)
{
	uint64_t kept = fw_kept(session), rest;
	if (!kept)
		return attempts;
	rest = fw_mod(attempts, session->skip_every);
	return fw_div(attempts, session->skip_every) * kept + (rest < kept ? rest : kept);
}

static uint64_t fw_period(const struct fw_session *session)
{
	return (uint64_t)session->period_factor << session->log_period;
}

static uint64_t fw_attempt_clock(const struct fw_session *session, uint64_t attempt)
{
	uint64_t period = fw_period(session), late = 0;
	if (session->jitter_clocks)
		late = fw_mod(fw_hash(session->seed ^ ~attempt), session->jitter_clocks + 1ULL);
	if (session->late_every && fw_mod(attempt + 1, session->late_every) == 0)
		late += session->late_clocks;
	return session->begin_clock + (attempt + 1) * period + (late < period ? late : period - 1);
}

static uint64_t fw_attempts(const struct fw_session *session, uint64_t clock)
{
	uint64_t attempts;
	if (session->end_ns && session->end_clock < clock)
		clock = session->end_clock;
	if (clock < session->begin_clock || session->on_demand)
		return 0;
	attempts = fw_div(clock - session->begin_clock, fw_period(session));
	if (attempts && fw_attempt_clock(session, attempts - 1) > clock)
		attempts--;
	if (session->single && fw_taken_of(session, attempts) > 1ULL << session->log_samples)
		attempts = fw_attempt(session, (1ULL << session->log_samples) - 1) + 1;
	return attempts;
}

uint64_t fw_taken(const struct fw_session *session, uint64_t clock)
{
	return session->on_demand ? session->fetched : fw_taken_of(session, fw_attempts(session, clock));
}

uint64_t fw_skipped(const struct fw_session *session, uint64_t clock)
{
	uint64_t attempts = fw_attempts(session, clock);
	return attempts - fw_taken_of(session, attempts);
}

struct fw_sample fw_sample_at(const struct fw_session *session, uint64_t index)
{
	uint64_t attempt = fw_attempt(session, index);
	struct fw_sample sample = {attempt, (uint16_t)(session->first_sample_id + attempt),
				   fw_attempt_clock(session, attempt)};
	return sample;
}

/* Rises by a slope of its own plus noise below the slope; starts below 2^32 so that the upper word soon matters. */
static uint64_t fw_total(const struct fw_session *session, uint64_t attempt, uint16_t counter)
{
	uint64_t own = fw_hash(session->seed + 0x10000ULL * counter);
	uint64_t slope = 1 + (own & 0xfffff);
	return (own >> 32) + attempt * slope + fw_mod(fw_hash(own ^ attempt), slope);
}

uint64_t fw_value(const struct fw_session *session, const struct fw_sample *sample, uint16_t counter)
{
	uint64_t total = fw_total(session, sample->number, counter), before = sample->number;
	if (!session->clear)
		return total;
	if (!before)
		return total - fw_total(session, 0, counter);
	before -= session->skip_run && fw_mod(before, session->skip_every) == 0 ? 1 + session->skip_run : 1;
	return total - fw_total(session, before, counter);
}

const struct fw_session *fw_session(const struct fw *fw, uint64_t number)
{
	if (!number || number > fw->sessions || number + FW_MAX_SESSIONS <= fw->sessions)
		return NULL;
	return &fw->log[(number - 1) % FW_MAX_SESSIONS];
}

/* One record for each counter:  0 counter_id u16 | 2 sample_id u16 | 4 time_stamp u32 | 8 value u64. */
static uint8_t *fw_put_sample(const struct fw_session *session, const struct fw_sample *sample, uint8_t *out)
{
	for (unsigned at = 0; at < session->counters; at++, out += FW_RECORD_BYTES) {
		put16(out, session->ids[at]);
		put16(out + 2, sample->id);
		put32(out + 4, (uint32_t)sample->clock);
		put64(out + 8, fw_value(session, sample, session->ids[at]));
	}
	return out;
}

static void fw_put_slot(const struct fw_session *session, uint64_t taken, uint32_t slot, uint8_t *out)
{
	uint32_t mask = (1u << session->log_samples) - 1;
	struct fw_sample sample;
	if (slot >= taken)
		return; /* never written: zeroes */
	sample = fw_sample_at(session, taken - 1 - (((uint32_t)(taken - 1) - slot) & mask));
	fw_put_sample(session, &sample, out);
}

static fw_verdict fw_fetch(struct fw_call *call, struct fw_session *session)
{
	struct fw_sample sample = {session->fetched, (uint16_t)(session->first_sample_id + session->fetched),
				   fw_clock(call->fw, call->now_ns)};
	if (call->out_length < FW_HEADER_BYTES + (size_t)session->counters * FW_RECORD_BYTES)
		return FW_REFUSE(FW_BAD_OUTPUT_LEN, 0x2104);
	session->fetched++;
	fw_put_sample(session, &sample, call->out + FW_HEADER_BYTES);
	call->fw->counts.records += session->counters;
	return FW_OK;
}

fw_verdict fw_query_counters(struct fw_call *call)
{
	struct fw *fw = call->fw;
	struct fw_session *session = &fw->log[(fw->sessions - 1) % FW_MAX_SESSIONS];
	uint32_t samples = get16(call->in + 8), first = get16(call->in + 10), ring;
	size_t each;
	uint64_t taken;
	fw->counts.queries++;
	if (!fw->sessions)
		return FW_REFUSE(FW_BAD_SYS_STATE, 0x2101);
	if (session->on_demand)
		return session->end_ns ? FW_REFUSE(FW_BAD_SYS_STATE, 0x2101) : fw_fetch(call, session);
	ring = 1u << session->log_samples;
	each = (size_t)session->counters * FW_RECORD_BYTES;
	if (!samples || samples > ring)
		return FW_REFUSE(FW_BAD_PARAM, 0x2102);
	if (first >= ring)
		return FW_REFUSE(FW_BAD_PARAM, 0x2103);
	if (call->out_length < FW_HEADER_BYTES + samples * each)
		return FW_REFUSE(FW_BAD_OUTPUT_LEN, 0x2104);
	taken = fw_taken(session, fw_clock(fw, call->now_ns));
	for (uint32_t at = 0; at < samples; at++)
		fw_put_slot(session, taken, (first + at) & (ring - 1), call->out + FW_HEADER_BYTES + at * each);
	fw->counts.records += (uint64_t)samples * session->counters;
	return FW_OK;
}
