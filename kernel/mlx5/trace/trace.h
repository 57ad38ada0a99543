// SPDX-License-Identifier: Apache-2.0
/*
 * The reader mlx5_trace: events of the firmware tracer, which the device writes into memory of ours. No command is
 * needed to read them.
 *
 *   set device DRIVER PATH SCOPE_READ SCOPE_WRITE   transport.h; PATH is escaped
 *   set command NAME OUT_BYTES HEX                  one line for each of TRACE_COMMANDS; HEX is the inbox
 *   set buffer LOG_PAGES VERSION                    2^LOG_PAGES pages of 4 KiB; VERSION is trc_ver of MTRC_CAP
 *   set clock FREQUENCY_KHZ                         as the device says
 *   set drain DRAIN_NS                              period between two looks at the buffer
 *   set column COLUMN FIELD                         one of TRACE_FIELDS
 *
 * The order of steps (trace_setup.c), each undone at the end in reverse:
 *
 *   1. Register memory of ours as a umem: the driver pins it, and the device may address it. It is zero.
 *   2. Create a protection domain, and in it an mkey of the umem: the name by which the device writes to it. The reader
 *      puts pd, start address and umem id into the inbox of create_mkey.
 *   3. Acquire the tracer. It has one owner, and no published command takes it from another.
 *   4. Read the device's clock a few times: the shortest reading bounds it best.
 *   5. Start the guard (guard.h) with the commands from disable on.
 *   6. Configure the tracer with the mkey (the reader puts it into the inbox), and enable it.
 *   7. Drain: read new blocks (trace_scan.h), and ask for the clock ten times a second.
 */
#ifndef COUNTERSINK_MLX5_TRACE_H
#define COUNTERSINK_MLX5_TRACE_H

#include "../card/device_clock.h"
#include "../guard/guard.h"
#include "../../reader.h"
#include "trace_scan.h"

/* T(name): commands in the order in which they are sent; from disable on, they undo what the others did. */
#define TRACE_COMMANDS(T) \
	T(alloc_pd) \
	T(create_mkey) \
	T(acquire)   /* MTRC_CAP: take the tracer */ \
	T(configure) /* MTRC_CONF: where to write */ \
	T(clock)     /* MTRC_CTRL, read: the time, and whether the tracer is on */ \
	T(enable)    /* MTRC_CTRL */ \
	T(disable) \
	T(release) \
	T(destroy_mkey) \
	T(dealloc_pd)

/* F(name): what a row says of an event. */
#define TRACE_FIELDS(F) \
	F(event_id) \
	F(tmsn) \
	F(tdsn) \
	F(parameter) \
	F(lost)	      /* enum trace_lost */ \
	F(unreliable) /* 1: the device does not vouch for the time */ \
	F(device_clock)

#define TRACE_COMMAND_NAME(name) TRACE_##name,
#define TRACE_FIELD_NAME(name) FIELD_##name,
enum trace_command { TRACE_COMMANDS(TRACE_COMMAND_NAME) TRACE_COMMAND_COUNT };
enum trace_field { TRACE_FIELDS(TRACE_FIELD_NAME) FIELD_COUNT };

/* Why events are missing before an event; a set of bits. By the device: at least one event. Overwritten: whole
 * blocks of at most 31 events each, and perhaps whole laps of the buffer more. */
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
	uint64_t asked_ns, told_ns; /* when the clock was last read, and when its fit was last published */
	bool started;		    /* blocks of before the recording were skipped */
	bool overwritten;	    /* blocks were lost since the last event */
	int dead;		    /* -errno: nothing will come any more */
	char message[240];
};

int trace_configure(struct reader *reader, int count, char **words);
/* Whether no plan line is missing. */
bool trace_is_configured(const struct trace *trace);
void trace_free_plan(struct trace *trace);

/* Steps 1 to 6. 0 or -errno with a message. */
int trace_take(struct trace *trace);
/* Undoes the steps that trace_take() did; once. 0 or the first -errno. */
int trace_give_back(struct trace *trace);

/* Reads the device's clock, and checks that the tracer is on. 0 or -errno with a message. */
int trace_ask_clock(struct trace *trace, struct outlet *outlet);

/* The running time of a 53-bit time that is near the last one. */
static inline uint64_t trace_unwrap(const struct trace *trace, uint64_t timestamp)
{
	return trace->last_clock + (uint64_t)trace_later_by(timestamp, trace->last_clock);
}

#endif
