// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Defaults, and every setting by its name, for environment variables and module parameters. */
#include "internal.h"

struct fw_setting {
	const char *name;
	uint16_t offset;
	uint8_t bytes, fault;
};

#define FIELD(type, fault, member) {#member, offsetof(struct type, member), sizeof(((struct type *)0)->member), fault}
#define CONFIG(member) FIELD(fw_config, 0, member)
#define FAULT(member) FIELD(fw_faults, 1, member)

static const struct fw_setting settings[] = {
	CONFIG(seed), CONFIG(clock_offset), CONFIG(clock_drift_ppb), CONFIG(frequency_khz), CONFIG(log_max_samples),
	CONFIG(log_min_period), CONFIG(no_tools), CONFIG(no_single), CONFIG(no_repetitive), CONFIG(no_tracer),
	CONFIG(foreign_sampling), CONFIG(foreign_tracer), CONFIG(trace_block_ns),
	FAULT(fail_opcode), FAULT(fail_register), FAULT(fail_skip), FAULT(fail_count), FAULT(fail_status),
	FAULT(fail_syndrome), FAULT(fail_errno), FAULT(unplug_after), FAULT(latency_ns), FAULT(period_factor),
	FAULT(skip_every), FAULT(skip_run),
	FAULT(late_every), FAULT(late_clocks), FAULT(jitter_clocks), FAULT(first_sample_id), FAULT(trace_lost_every),
	FAULT(trace_lost_run),
};
enum { SETTINGS = sizeof(settings) / sizeof(settings[0]) };

const char *fw_setting_name(unsigned index)
{
	return index < SETTINGS ? settings[index].name : NULL;
}

static void fw_store(uint8_t *field, uint8_t bytes, int64_t value)
{
	if (bytes == 8)
		*(uint64_t *)(void *)field = (uint64_t)value;
	else if (bytes == 4)
		*(uint32_t *)(void *)field = (uint32_t)value;
	else
		*field = (uint8_t)value;
}

bool fw_set(struct fw_config *config, struct fw_faults *faults, const char *name, int64_t value)
{
	for (unsigned at = 0; at < SETTINGS; at++) {
		const struct fw_setting *setting = &settings[at];
		uint8_t *base = setting->fault ? (uint8_t *)faults : (uint8_t *)config;
		if (strcmp(setting->name, name))
			continue;
		if (!setting->fault && !config)
			return false;
		fw_store(base + setting->offset, setting->bytes, value);
		return true;
	}
	return false;
}

void fw_default_config(struct fw_config *config)
{
	memset(config, 0, sizeof(*config));
	config->seed = 1;
	config->clock_offset = 0xfff00000; /* the 32-bit time stamp wraps a millisecond after 0 */
	config->clock_drift_ppb = 20000;
	config->frequency_khz = 1000000;
	config->log_max_samples = 14;
}

/* Someone else's sampling: two counters every 2^20 clocks into 256 places. */
static void fw_sample_for_others(struct fw *fw, uint64_t now_ns)
{
	fw->params.enable = 1;
	fw->params.flags = 0x44;
	fw->params.log_samples = 8;
	fw->params.log_period = 20;
	fw->params.counters = 2;
	fw->params.ids[0] = 0x0401;
	fw->params.ids[1] = 0x1001;
	fw_start_sampling(fw, now_ns);
}

void fw_init(struct fw *fw, const struct fw_config *config, uint64_t now_ns)
{
	memset(fw, 0, sizeof(*fw));
	fw->config = *config;
	if (config->log_max_samples > 16)
		fw->config.log_max_samples = 16;
	/* Beyond this the clock would not fit its arithmetic. */
	if (config->clock_drift_ppb > 100000000 || config->clock_drift_ppb < -100000000)
		fw->config.clock_drift_ppb = 0;
	if (!config->frequency_khz || config->frequency_khz > 4000000)
		fw->config.frequency_khz = 1000000;
	if (config->foreign_tracer)
		fw->tracer.owner = 0xffff;
	if (config->foreign_sampling)
		fw_sample_for_others(fw, now_ns);
}
