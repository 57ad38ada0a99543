// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * A model of the firmware of an mlx5 card, as far as diagnostic counters, access registers and the firmware tracer need
 * it. Written from published layouts only, and apart from the layouts of the product: it is the judge of them.
 *
 * The state is one flat struct without pointers, so that it can live in memory shared by processes. The caller locks
 * it. Time is given by the caller (CLOCK_MONOTONIC in ns). Nothing happens between calls: samples and trace events are
 * functions of time, taken lazily, and all that the model makes up is a pure function of the seed and of a number.
 */
#ifndef FW_H
#define FW_H

#include "bytes.h"

enum fw_opcode {
	FW_QUERY_HCA_CAP = 0x100,
	FW_QUERY_ADAPTER = 0x101,
	FW_NOP = 0x80d,
	FW_CREATE_MKEY = 0x200,
	FW_DESTROY_MKEY = 0x202,
	FW_ALLOC_PD = 0x800,
	FW_DEALLOC_PD = 0x801,
	FW_ACCESS_REG = 0x805,
	FW_QUERY_DIAGNOSTIC_PARAMS = 0x819,
	FW_SET_DIAGNOSTIC_PARAMS = 0x820,
	FW_QUERY_DIAGNOSTIC_COUNTERS = 0x821,
	FW_CREATE_UMEM = 0xa08,
	FW_DESTROY_UMEM = 0xa0a,
};

enum fw_status {
	FW_OK = 0,
	FW_INTERNAL_ERR = 0x1,
	FW_BAD_OP = 0x2,
	FW_BAD_PARAM = 0x3,
	FW_BAD_SYS_STATE = 0x4,
	FW_BAD_RESOURCE = 0x5,
	FW_RESOURCE_BUSY = 0x6,
	FW_EXCEED_LIM = 0x8,
	FW_BAD_RES_STATE = 0x9,
	FW_BAD_INDEX = 0xa,
	FW_NO_RESOURCES = 0xf,
	FW_BAD_INPUT_LEN = 0x50,
	FW_BAD_OUTPUT_LEN = 0x51,
};

/* The sender of a command: the scope of FWCTL_RPC, or mlx5ctl, which has none. */
enum fw_scope {
	FW_MLX5CTL = -1,
	FW_CONFIGURATION = 0,
	FW_DEBUG_READ_ONLY = 1,
	FW_DEBUG_WRITE = 2,
	FW_DEBUG_WRITE_FULL = 3,
};

enum {
	FW_HEADER_BYTES = 16,
	FW_RECORD_BYTES = 16,
	FW_TOOLS_RESOURCES = 0x4,
	FW_MAX_SAMPLED = 128,
	FW_MAX_OBJECTS = 32,
	FW_MAX_SESSIONS = 16,
	FW_TRACE_BLOCK = 256,
};

/* What the card is and how its clock runs; fixed once the device is there. fw_default_config() fills it. */
struct fw_config {
	uint64_t seed;
	uint64_t clock_offset;	   /* device clock at now_ns = 0 */
	int32_t clock_drift_ppb;   /* the crystal is this much faster than it says */
	uint32_t frequency_khz;	   /* what it says */
	uint8_t log_max_samples;   /* the ring holds 2^n records */
	uint8_t log_min_period;	   /* of device clocks */
	uint8_t no_tools;	   /* 1: uctx_cap without TOOLS_RESOURCES */
	uint8_t no_single, no_repetitive, no_tracer;
	uint8_t foreign_sampling;  /* 1: someone else samples already when the device appears */
	uint8_t foreign_tracer;	   /* 1: someone else owns the tracer */
	uint32_t trace_block_ns;   /* one block of 31 events each; 0: 100 us */
};

/* Faults. The first group holds at once, the second from the next start of sampling or tracing on. */
struct fw_faults {
	uint32_t fail_opcode;	/* of which command; 0: none; 0xffff: every one */
	uint32_t fail_register; /* and for ACCESS_REG, of which register; 0: every one */
	uint32_t fail_skip;	/* number of them that pass first */
	uint32_t fail_count;	/* then this number fails; 0xffffffff: for ever */
	uint32_t fail_status;	/* enum fw_status */
	uint32_t fail_syndrome;
	uint32_t fail_errno;	/* not 0: the command never reaches the device, e.g. 110 ETIMEDOUT */
	uint32_t unplug_after;	/* 0: never; n: gone at the n-th command from now */
	uint32_t latency_ns;	/* of a command; the caller of the model waits this long */

	uint32_t skip_every, skip_run;	  /* of every E samples, the last R are not taken (R < E) */
	uint32_t period_factor; /* the device samples slower than it granted by this factor; 0: as granted */
	uint32_t late_every, late_clocks; /* every E-th sample is late by this, less than a period */
	uint32_t jitter_clocks;		  /* 0..n clocks of jitter in each time stamp, less than a period */
	uint32_t first_sample_id;	  /* id of the first sample: near 65535 to see it wrap; 0 means 1 */
	uint32_t trace_lost_every, trace_lost_run; /* of every E blocks, the last R are lost */
};

/* One run of the sampler, from SET to SET: with fw_sample_at(), all that is needed to compute every sample again. */
struct fw_session {
	uint64_t number;	   /* from 1 */
	uint64_t begin_ns, begin_clock;
	uint64_t end_ns, end_clock; /* 0: still running */
	uint64_t seed;
	uint64_t fetched;	   /* on demand: samples so far */
	uint32_t period_factor, skip_every, skip_run, late_every, late_clocks, jitter_clocks, first_sample_id;
	uint8_t log_samples, log_period;
	uint8_t single, repetitive, sync, clear, on_demand, tracer_dump;
	uint16_t counters;
	uint16_t ids[FW_MAX_SAMPLED];
};

struct fw_params {
	uint8_t enable, flags; /* flags: the byte as it was set */
	uint8_t log_samples, log_period;
	uint16_t counters;
	uint16_t ids[FW_MAX_SAMPLED];
};

struct fw_object {
	uint32_t id; /* 0: free place */
	uint16_t uid;
	uint8_t by_driver; /* umem: made by UMEM_REG */
	uint8_t variant;   /* mkey: its lower 8 bits */
	uint32_t umem, pd;
	uint64_t bytes, start;
};

struct fw_tracer {
	uint16_t owner; /* uid; 0: nobody; 0xffff: someone who is not here */
	uint8_t running, mode, log_pages;
	uint32_t mkey;
	uint64_t begin_ns, begin_clock;
	uint64_t blocks, lost_blocks; /* written and lost since the start */
	uint32_t lost_every, lost_run;
	uint64_t starts;
};

/* What happened so far, for the judge. */
struct fw_counts {
	uint64_t commands, refused_by_driver, bad_status, unplugged;
	uint64_t sets, queries, records;
	uint64_t opens, closes, leaked_pds, leaked_mkeys, leaked_umems, tracer_left_running;
	uint32_t last_status, last_syndrome, last_opcode;
	uint64_t register_reads, register_writes, traced_blocks;
};

struct fw {
	struct fw_config config;
	struct fw_faults faults;
	uint8_t gone, tainted;
	uint16_t next_uid;
	uint32_t next_id;
	uint32_t uid_caps[FW_MAX_OBJECTS];
	uint16_t uids[FW_MAX_OBJECTS];
	struct fw_object pds[FW_MAX_OBJECTS], umems[FW_MAX_OBJECTS], mkeys[FW_MAX_OBJECTS];
	struct fw_params params;
	uint64_t sessions; /* number of the newest; it is at log[(n - 1) % FW_MAX_SESSIONS] */
	struct fw_session log[FW_MAX_SESSIONS];
	struct fw_tracer tracer;
	struct fw_counts counts;
};

/* Copies `length` bytes to `offset` of the memory of a umem; false when that memory is not here. */
typedef bool (*fw_write)(void *context, uint32_t umem, uint64_t offset, const uint8_t *bytes, size_t length);

void fw_default_config(struct fw_config *config);
void fw_init(struct fw *fw, const struct fw_config *config, uint64_t now_ns);

/*
 * One command. 0: done and the outbox says OK; -EREMOTEIO: the outbox says what is wrong (both real drivers turn this
 * into success of the ioctl); anything else as the drivers say it: -EMSGSIZE (short mailbox), -EBADMSG (not on the list
 * of fwctl), -ENODEV (unplugged), or an injected errno. `in` and `out` may not overlap.
 */
int fw_command(struct fw *fw, uint64_t now_ns, uint16_t uid, int scope, const uint8_t *in, size_t in_length,
	       uint8_t *out, size_t out_length);

/* The list of the upstream fwctl driver; mlx5ctl has none. */
bool fw_allowed(const uint8_t *in, int scope);

/* Device clock at a time. */
uint64_t fw_clock(const struct fw *fw, uint64_t now_ns);

/* A context of an open descriptor: its uid (0 when there is no place), and what closing it gives back. */
uint16_t fw_open(struct fw *fw, uint32_t caps);
void fw_close(struct fw *fw, uint16_t uid);
uint32_t fw_uctx_cap(const struct fw *fw);

/* The driver's own CREATE_UMEM and DESTROY_UMEM (mlx5ctl UMEM_REG, UMEM_UNREG); id 0 or false: refused. */
uint32_t fw_umem_create(struct fw *fw, uint16_t uid, uint64_t bytes);
int fw_umem_destroy(struct fw *fw, uint16_t uid, uint32_t umem);

/* --- samples: pure functions --- */

struct fw_sample {
	uint64_t number;  /* of the attempt: skipped ones count too */
	uint16_t id;	  /* as in the record */
	uint64_t clock;	  /* as in the record, before the cut to 32 bits */
};

/* The index-th sample taken (from 0), and the value of a counter in it. */
struct fw_sample fw_sample_at(const struct fw_session *session, uint64_t index);
uint64_t fw_value(const struct fw_session *session, const struct fw_sample *sample, uint16_t counter);
/* How many samples were taken and skipped by a device clock (or by the end, whichever is first). */
uint64_t fw_taken(const struct fw_session *session, uint64_t clock);
uint64_t fw_skipped(const struct fw_session *session, uint64_t clock);
const struct fw_session *fw_session(const struct fw *fw, uint64_t number);
/* What a counter register says at a time: kind is the register id, index counts 64-bit words (PPCNT) or 32-bit
 * (MPCNT). */
uint64_t fw_register_value(uint32_t reg, uint32_t group, uint32_t priority, uint32_t index, uint64_t now_ns);

/* --- tracer --- */

struct fw_event {
	uint64_t clock;	 /* 53 bits */
	uint8_t id;
	bool lost;
	uint16_t tmsn;	 /* number of the message, 13 bits */
	uint8_t tdsn;	 /* 0: parameter is the address of the string; n: n-th argument */
	uint32_t parameter;
};

/* Writes the blocks that are due; how many. */
uint64_t fw_trace_run(struct fw *fw, uint64_t now_ns, fw_write write, void *context);
/* Event `event` (0..30) of the n-th block ever due (lost ones count), and its 32 words on the wire. */
struct fw_event fw_trace_event(const struct fw *fw, uint64_t block, unsigned event);
void fw_trace_block(const struct fw *fw, uint64_t block, uint8_t bytes[FW_TRACE_BLOCK]);

/* The state as text, one `name value` a line, then the sessions: what fwdump and debugfs show. Bytes written. */
size_t fw_dump(const struct fw *fw, uint64_t now_ns, char *text, size_t room);

/*
 * Every setting by name ("seed", "skip_every", ...), for environment variables and module parameters; false: no such.
 * Without a config only faults: what a card is does not change while it is there.
 */
bool fw_set(struct fw_config *config, struct fw_faults *faults, const char *name, int64_t value);
const char *fw_setting_name(unsigned index); /* NULL after the last */

#endif
