// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* The state as text. The lines of a session hold all that fw_sample_at() and fw_value() need. */
#include "internal.h"

struct fw_text {
	char *text;
	size_t room, length;
};

#define SAY(to, ...)                                                                                                   \
	((to)->length += (size_t)fw_print((to)->text + (to)->length, (to)->room - (to)->length, __VA_ARGS__))
#define LINE(to, name, value) SAY(to, "%s %llu\n", name, (unsigned long long)(value))

static unsigned fw_count(const struct fw_object *table)
{
	unsigned count = 0;
	for (unsigned at = 0; at < FW_MAX_OBJECTS; at++)
		count += table[at].id != 0;
	return count;
}

static void fw_dump_params(const struct fw_params *params, struct fw_text *to)
{
	SAY(to, "params enable=%u flags=0x%02x log_samples=%u log_period=%u counters=", params->enable, params->flags,
	    params->log_samples, params->log_period);
	for (unsigned at = 0; at < params->counters; at++)
		SAY(to, "%s0x%04x", at ? "," : "", params->ids[at]);
	SAY(to, "%s\n", params->counters ? "" : "-");
}

static void fw_dump_session(const struct fw_session *session, uint64_t clock, struct fw_text *to)
{
	SAY(to, "session %llu begin_ns=%llu end_ns=%llu begin_clock=%llu", (unsigned long long)session->number,
	    (unsigned long long)session->begin_ns, (unsigned long long)session->end_ns,
	    (unsigned long long)session->begin_clock);
	SAY(to, " end_clock=%llu seed=%llu log_samples=%u log_period=%u", (unsigned long long)session->end_clock,
	    (unsigned long long)session->seed, session->log_samples, session->log_period);
	SAY(to, " mode=%s sync=%u clear=%u skip=%u/%u late=%u/%u jitter=%u first_id=%u",
	    session->on_demand ? "on_demand" : session->single ? "single" : "repetitive", session->sync, session->clear,
	    session->skip_run, session->skip_every, session->late_clocks, session->late_every, session->jitter_clocks,
	    session->first_sample_id);
	SAY(to, " taken=%llu skipped=%llu counters=", (unsigned long long)fw_taken(session, clock),
	    (unsigned long long)fw_skipped(session, clock));
	for (unsigned at = 0; at < session->counters; at++)
		SAY(to, "%s0x%04x", at ? "," : "", session->ids[at]);
	SAY(to, "\n");
}

static void fw_dump_counts(const struct fw_counts *counts, struct fw_text *to)
{
	LINE(to, "commands", counts->commands);
	LINE(to, "refused_by_driver", counts->refused_by_driver);
	LINE(to, "bad_status", counts->bad_status);
	SAY(to, "last_opcode 0x%x\nlast_status 0x%x\nlast_syndrome 0x%x\n", counts->last_opcode, counts->last_status,
	    counts->last_syndrome);
	LINE(to, "unplugged", counts->unplugged);
	LINE(to, "sets", counts->sets);
	LINE(to, "queries", counts->queries);
	LINE(to, "records", counts->records);
	LINE(to, "register_reads", counts->register_reads);
	LINE(to, "register_writes", counts->register_writes);
	LINE(to, "opens", counts->opens);
	LINE(to, "closes", counts->closes);
	LINE(to, "leaked_pds", counts->leaked_pds);
	LINE(to, "leaked_umems", counts->leaked_umems);
	LINE(to, "leaked_mkeys", counts->leaked_mkeys);
	LINE(to, "tracer_left_running", counts->tracer_left_running);
}

static void fw_dump_tracer(const struct fw *fw, struct fw_text *to)
{
	const struct fw_tracer *tracer = &fw->tracer;
	LINE(to, "tracer_owner", tracer->owner);
	LINE(to, "tracer_running", tracer->running);
	LINE(to, "tracer_starts", tracer->starts);
	LINE(to, "tracer_log_pages", tracer->log_pages);
	LINE(to, "tracer_begin_ns", tracer->begin_ns);
	LINE(to, "tracer_blocks", tracer->blocks);
	LINE(to, "tracer_lost_blocks", tracer->lost_blocks);
}

size_t fw_dump(const struct fw *fw, uint64_t now_ns, char *text, size_t room)
{
	struct fw_text to = {text, room, 0};
	uint64_t clock = fw_clock(fw, now_ns);
	if (!room)
		return 0;
	LINE(&to, "seed", fw->config.seed);
	LINE(&to, "frequency_khz", fw->config.frequency_khz);
	SAY(&to, "clock_drift_ppb %d\n", fw->config.clock_drift_ppb);
	LINE(&to, "clock_offset", fw->config.clock_offset);
	LINE(&to, "now_ns", now_ns);
	LINE(&to, "clock", clock);
	LINE(&to, "gone", fw->gone);
	LINE(&to, "tainted", fw->tainted);
	fw_dump_params(&fw->params, &to);
	LINE(&to, "pds", fw_count(fw->pds));
	LINE(&to, "umems", fw_count(fw->umems));
	LINE(&to, "mkeys", fw_count(fw->mkeys));
	fw_dump_tracer(fw, &to);
	fw_dump_counts(&fw->counts, &to);
	LINE(&to, "sessions", fw->sessions);
	uint64_t oldest = fw->sessions > FW_MAX_SESSIONS ? fw->sessions - FW_MAX_SESSIONS + 1 : 1;
	for (uint64_t number = oldest; number <= fw->sessions; number++)
		if (fw_session(fw, number))
			fw_dump_session(fw_session(fw, number), clock, &to);
	return to.length;
}
