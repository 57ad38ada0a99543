// SPDX-License-Identifier: Apache-2.0
/*
 * Events of the firmware tracer, which the device writes into memory of ours: no command is needed to read them.
 *
 *   set device DRIVER PATH SCOPE_READ SCOPE_WRITE   driver and path: mlx5/transport/transport.h; PATH is escaped
 *   set command NAME OUT_BYTES HEX                  one line for each of TRACE_COMMANDS; HEX is the mailbox
 *   set buffer LOG_PAGES VERSION                    2^LOG_PAGES pages of 4 KiB; VERSION is trc_ver of MTRC_CAP
 *   set clock FREQUENCY_KHZ                         as the device says
 *   set drain DRAIN_NS                              how often the buffer is looked at
 *   set column COLUMN FIELD                         one of TRACE_FIELDS
 *
 * In three mailboxes stands a number that only exists once the memory is registered; the reader writes it there:
 *
 *   create_mkey    pd 24 bits @29, start address u64 @32, umem id u32 @100
 *   configure      mkey u32 @24
 *   destroy_mkey, dealloc_pd    mkey index, pd: 24 bits @9
 */
#ifndef COUNTERSINK_MLX5_TRACE_H
#define COUNTERSINK_MLX5_TRACE_H

#include "../card/device_clock.h"
#include "../guard/guard.h"
#include "../../reader.h"
#include "trace_scan.h"

/* T(name): in the order in which they are sent; from disable on, they put back what the others did. */
#define TRACE_COMMANDS(T)                                                                                              \
	T(alloc_pd)                                                                                                    \
	T(create_mkey)                                                                                                 \
	T(acquire)   /* MTRC_CAP: the tracer is ours */                                                                \
	T(configure) /* MTRC_CONF: where to write */                                                                   \
	T(clock)     /* MTRC_CTRL, read: the time now, and whether it still traces */                                  \
	T(enable)    /* MTRC_CTRL */                                                                                   \
	T(disable)                                                                                                     \
	T(release)                                                                                                     \
	T(destroy_mkey)                                                                                                \
	T(dealloc_pd)

/* F(name): what a row says of an event. */
#define TRACE_FIELDS(F)                                                                                                \
	F(event_id)                                                                                                    \
	F(tmsn)                                                                                                        \
	F(tdsn)                                                                                                        \
	F(parameter)                                                                                                   \
	F(lost)	      /* enum trace_lost */                                                                            \
	F(unreliable) /* 1: the device does not vouch for the time */                                                  \
	F(device_clock)

#define TRACE_COMMAND_NAME(name) TRACE_##name,
#define TRACE_FIELD_NAME(name) FIELD_##name,
enum trace_command { TRACE_COMMANDS(TRACE_COMMAND_NAME) TRACE_COMMAND_COUNT };
enum trace_field { TRACE_FIELDS(TRACE_FIELD_NAME) FIELD_COUNT };

/* Why events are missing before an event; both may be. By the device: at least one. Overwritten: whole blocks, each of at most
 * 31 events, and perhaps whole laps of the buffer more. */
enum trace_lost { LOST_BY_DEVICE = 1, LOST_OVERWRITTEN = 2 };

struct trace {
	/* From the plan. */
	struct transport_address address;
	struct mailbox commands[TRACE_COMMAND_COUNT];
	uint32_t columns[FIELD_COUNT];
	uint64_t bytes; /* of the buffer */
	uint64_t frequency_khz;
	unsigned version;

	/* Since open. */
	struct transport transport;
	struct guard guard;
	void *memory; /* NULL: none */
	uint32_t umem, pd, mkey_index;
	bool has_umem, has_pd, has_mkey, is_owner;
	struct trace_scan scan;
	struct device_clock clock;
	struct row_clock row;
	uint64_t last_clock; /* unwrapped, of the last event or reading */
	uint64_t asked_ns, told_ns;
	bool begun, overwritten;
	int dead; /* -errno: nothing will come any more */
	char message[240];
};

int trace_configure(struct reader *reader, int count, char **words);
/* Whether the plan said all that is needed. */
bool trace_is_configured(const struct trace *trace);
void trace_free_plan(struct trace *trace);

/* Registers the memory, takes the tracer and has it write there. 0 or -errno, and then trace->message says what failed. */
int trace_take(struct trace *trace);
/* Everything back, as far as trace_take came; once. 0 or the first -errno. */
int trace_give_back(struct trace *trace);

/* Reads the device's clock, and that it still traces for us. 0 or -errno with a message. */
int trace_ask_clock(struct trace *trace, struct outlet *outlet);

/* The running number of a 53-bit time that is near the last one. */
static inline uint64_t trace_unwrap(const struct trace *trace, uint64_t timestamp)
{
	return trace->last_clock + (uint64_t)trace_later_by(timestamp, trace->last_clock);
}

#endif
