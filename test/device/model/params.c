// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * SET_DIAGNOSTIC_PARAMS and QUERY_DIAGNOSTIC_PARAMS. The context, from byte 8 of either mailbox:
 *
 *   byte  0..1 num_of_counters   3 log_num_of_samples   4 flags   7 log_sample_period   8..23 reserved
 *         24 + 4 i: reserved u16, counter_id u16
 */
#include "internal.h"

enum { SINGLE = 0x80, REPETITIVE = 0x40, SYNC = 0x20, CLEAR = 0x10 };
enum { ON_DEMAND = 0x08, ENABLE = 0x04, TRACER_DUMP = 0x02 };
enum { CONTEXT = 8, LIST = CONTEXT + 24, MAX_LOG_PERIOD = 35 };

static bool fw_zero(const uint8_t *bytes, size_t length)
{
	while (length--)
		if (bytes[length])
			return false;
	return true;
}

static fw_verdict fw_read_params(struct fw_call *call, struct fw_params *params)
{
	const uint8_t *context = call->in + CONTEXT;
	if (call->in_length < LIST)
		return FW_REFUSE(FW_BAD_INPUT_LEN, 0x2001);
	if (context[2] || context[5] || context[6] || (context[4] & 1) || !fw_zero(context + 8, 16))
		return FW_REFUSE(FW_BAD_PARAM, 0x2002);
	params->counters = get16(context);
	params->log_samples = context[3];
	params->flags = context[4];
	params->enable = !!(context[4] & ENABLE);
	params->log_period = context[7];
	if (params->counters > fw_counter_count)
		return FW_REFUSE(FW_EXCEED_LIM, 0x2003);
	if (call->in_length < LIST + 4 * (size_t)params->counters)
		return FW_REFUSE(FW_BAD_INPUT_LEN, 0x2004);
	for (unsigned at = 0; at < params->counters; at++) {
		params->ids[at] = get16(call->in + LIST + 4 * at + 2);
		if (get16(call->in + LIST + 4 * at) || !fw_counter(params->ids[at]))
			return FW_REFUSE(FW_BAD_PARAM, 0x2005);
	}
	return FW_OK;
}

static fw_verdict fw_check_modes(const struct fw_config *config, uint8_t flags)
{
	bool single = flags & SINGLE, repetitive = flags & REPETITIVE, on_demand = flags & ON_DEMAND;
	if (single && repetitive)
		return FW_REFUSE(FW_BAD_PARAM, 0x2010);
	if (on_demand && flags & (REPETITIVE | CLEAR | SYNC))
		return FW_REFUSE(FW_BAD_PARAM, 0x2011);
	if (flags & CLEAR && !(flags & SYNC))
		return FW_REFUSE(FW_BAD_PARAM, 0x2012);
	if (!single && !repetitive && !on_demand)
		return FW_REFUSE(FW_BAD_PARAM, 0x2013);
	if ((single && config->no_single) || (repetitive && config->no_repetitive) ||
	    (flags & TRACER_DUMP && config->no_tracer))
		return FW_REFUSE(FW_BAD_PARAM, 0x2014);
	return FW_OK;
}

static fw_verdict fw_check_ring(const struct fw_config *config, const struct fw_params *params)
{
	if (!params->counters)
		return FW_REFUSE(FW_BAD_PARAM, 0x2020);
	if (params->log_samples > config->log_max_samples ||
	    1u << (config->log_max_samples - params->log_samples) < params->counters)
		return FW_REFUSE(FW_EXCEED_LIM, 0x2021);
	if (params->log_period < config->log_min_period || params->log_period > MAX_LOG_PERIOD)
		return FW_REFUSE(FW_BAD_PARAM, 0x2022);
	for (unsigned at = 0; params->flags & SYNC && at < params->counters; at++)
		if (!fw_counter(params->ids[at])->sync)
			return FW_REFUSE(FW_BAD_PARAM, 0x2023);
	for (unsigned at = 1; at < params->counters; at++)
		for (unsigned before = 0; before < at; before++)
			if (params->ids[at] == params->ids[before])
				return FW_REFUSE(FW_BAD_PARAM, 0x2024);
	return FW_OK;
}

void fw_stop_sampling(struct fw *fw, uint64_t now_ns)
{
	struct fw_session *newest = &fw->log[(fw->sessions - 1) % FW_MAX_SESSIONS];
	if (!fw->sessions || newest->end_ns)
		return;
	newest->end_ns = now_ns;
	newest->end_clock = fw_clock(fw, now_ns);
}

void fw_start_sampling(struct fw *fw, uint64_t now_ns)
{
	const struct fw_params *params = &fw->params;
	const struct fw_faults *faults = &fw->faults;
	struct fw_session *session = &fw->log[fw->sessions % FW_MAX_SESSIONS];
	memset(session, 0, sizeof(*session));
	session->number = ++fw->sessions;
	session->begin_ns = now_ns;
	session->begin_clock = fw_clock(fw, now_ns);
	session->seed = fw_hash(fw->config.seed + session->number);
	session->skip_every = faults->skip_every;
	session->skip_run = faults->skip_run < faults->skip_every ? faults->skip_run : 0;
	session->period_factor = faults->period_factor ? faults->period_factor : 1;
	session->late_every = faults->late_every;
	session->late_clocks = faults->late_clocks;
	session->jitter_clocks = faults->jitter_clocks;
	session->first_sample_id = faults->first_sample_id ? faults->first_sample_id : 1;
	session->log_samples = params->log_samples;
	session->log_period = params->log_period;
	session->single = !!(params->flags & SINGLE);
	session->repetitive = !!(params->flags & REPETITIVE);
	session->sync = !!(params->flags & SYNC);
	session->clear = !!(params->flags & CLEAR);
	session->on_demand = !!(params->flags & ON_DEMAND);
	session->tracer_dump = !!(params->flags & TRACER_DUMP);
	session->counters = params->counters;
	memcpy(session->ids, params->ids, sizeof(session->ids));
}

fw_verdict fw_set_params(struct fw_call *call)
{
	struct fw_params params;
	fw_verdict verdict;
	memset(&params, 0, sizeof(params));
	verdict = fw_read_params(call, &params);
	if (!verdict && params.enable)
		verdict = fw_check_modes(&call->fw->config, params.flags);
	if (!verdict && params.enable)
		verdict = fw_check_ring(&call->fw->config, &params);
	if (verdict)
		return verdict;
	fw_stop_sampling(call->fw, call->now_ns);
	call->fw->params = params;
	call->fw->counts.sets++;
	if (params.enable)
		fw_start_sampling(call->fw, call->now_ns);
	return FW_OK;
}

fw_verdict fw_query_params(struct fw_call *call)
{
	const struct fw_params *params = &call->fw->params;
	uint8_t *context = call->out + CONTEXT;
	if (call->out_length < LIST + 4 * (size_t)params->counters)
		return FW_REFUSE(FW_BAD_OUTPUT_LEN, 0x2030);
	put16(context, params->counters);
	context[3] = params->log_samples;
	context[4] = params->flags;
	context[7] = params->log_period;
	for (unsigned at = 0; at < params->counters; at++)
		put16(call->out + LIST + 4 * at + 2, params->ids[at]);
	return FW_OK;
}
