// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>

#include "../transport/big_endian.h"
#include "../transport/refusal.h"
#include "trace.h"

enum {
	OWNER_AT = REGISTER_START + trace_capability_trace_owner,
	MKEY_AT = REGISTER_START + trace_configuration_trace_mkey,
	STATUS_AT = REGISTER_START + trace_control_trace_status,
	CLOCK_AT = REGISTER_START + trace_control_current_timestamp52_32 / 4 * 4,
};
/* Step 4. */
enum { FIRST_READINGS = 8 };

static const char *const steps[] = {
	[TRACE_alloc_pd] = "ALLOC_PD",
	[TRACE_create_mkey] = "CREATE_MKEY",
	[TRACE_acquire] = "MTRC_CAP (taking the tracer)",
	[TRACE_configure] = "MTRC_CONF",
	[TRACE_clock] = "MTRC_CTRL (reading the clock)",
	[TRACE_enable] = "MTRC_CTRL (starting the tracer)",
	[TRACE_disable] = "MTRC_CTRL (stopping the tracer)",
	[TRACE_release] = "MTRC_CAP (giving the tracer back)",
	[TRACE_destroy_mkey] = "DESTROY_MKEY",
	[TRACE_dealloc_pd] = "DEALLOC_PD",
};

static uint64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* Inboxes are our memory; they are const for the transport only. */
static uint8_t *inbox(struct trace *trace, enum trace_command command)
{
	return (uint8_t *)(uintptr_t)trace->commands[command].in;
}

static int note(struct trace *trace, const char *what, int error, const uint8_t *outbox)
{
	describe_error(trace->message, sizeof trace->message, what, error, outbox);
	return error;
}

static int send(struct trace *trace, enum trace_command command)
{
	const struct mailbox *mailbox = &trace->commands[command];
	int error = transport_command(&trace->transport, mailbox);
	return error ? note(trace, steps[command], error, mailbox->out) : 0;
}

static uint32_t answered_number(const struct trace *trace, enum trace_command command)
{
	return get_u24(trace->commands[command].out + object_number_number);
}

/* Step 1. Shared, and not in children: after a fork the device must write to the pages that we read. Zero, as
 * trace_scan.h needs it. */
static int register_memory(struct trace *trace)
{
	if (!trace->transport.ops->umem_register)
		return note(trace, "this driver has no umem: the trace buffer", -EOPNOTSUPP, NULL);
	int flags = MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE;
	void *memory = mmap(NULL, trace->bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (memory == MAP_FAILED)
		return note(trace, "memory for the trace buffer", -errno, NULL);
	trace->memory = memory;
	madvise(memory, trace->bytes, MADV_DONTFORK);
	int error = trace->transport.ops->umem_register(&trace->transport, memory, trace->bytes, &trace->umem);
	trace->has_umem = error == 0;
	return error ? note(trace, "UMEM_REG", error, NULL) : 0;
}

static int allocate_pd(struct trace *trace)
{
	int error = send(trace, TRACE_alloc_pd);
	if (error)
		return error;
	trace->has_pd = true;
	trace->pd = answered_number(trace, TRACE_alloc_pd);
	put_u24(inbox(trace, TRACE_create_mkey) + mkey_creation_pd, trace->pd);
	put_u24(inbox(trace, TRACE_dealloc_pd) + object_number_number, trace->pd);
	return 0;
}

static int create_mkey(struct trace *trace)
{
	uint8_t *in = inbox(trace, TRACE_create_mkey);
	uint64_t start = (uintptr_t)trace->memory;
	put_u32(in + mkey_creation_start_addr_h, (uint32_t)(start >> 32));
	put_u32(in + mkey_creation_start_addr_l, (uint32_t)start);
	put_u32(in + mkey_creation_mkey_umem_id, trace->umem);
	int error = send(trace, TRACE_create_mkey);
	if (error)
		return error;
	trace->has_mkey = true;
	trace->mkey_index = answered_number(trace, TRACE_create_mkey);
	put_u32(inbox(trace, TRACE_configure) + MKEY_AT, trace->mkey_index << 8 | in[mkey_creation_mkey_7_0]);
	put_u24(inbox(trace, TRACE_destroy_mkey) + object_number_number, trace->mkey_index);
	return 0;
}

/* Step 3. The answer tells whether we own the tracer now. */
static int acquire(struct trace *trace)
{
	int error = send(trace, TRACE_acquire);
	if (error)
		return error;
	trace->is_owner = trace->commands[TRACE_acquire].out[OWNER_AT] & trace_capability_trace_owner_MASK;
	if (trace->is_owner)
		return 0;
	snprintf(trace->message, sizeof trace->message,
		 "the tracer of %s belongs to someone else, most likely to the kernel's mlx5 driver, whose events "
		 "the tracepoint mlx5:mlx5_fw shows; there is no published way to take it over",
		 trace->address.path);
	return -EBUSY;
}

int trace_ask_clock(struct trace *trace, struct outlet *outlet)
{
	const uint8_t *out = trace->commands[TRACE_clock].out;
	uint64_t before_ns = now();
	int error = send(trace, TRACE_clock);
	uint64_t after_ns = now();
	if (outlet)
		outlet->command(outlet, after_ns - before_ns);
	if (error)
		return error;
	trace->asked_ns = after_ns;
	if (outlet && (out[STATUS_AT] & trace_control_trace_status_MASK) != TRACE_IS_ON << 6) {
		snprintf(trace->message, sizeof trace->message, "someone else stopped the tracer of %s", trace->address.path);
		return -ECANCELED;
	}
	uint64_t clock = get_u64(out + CLOCK_AT) & TRACE_TIMESTAMP_MASK;
	if (trace->clock.count == 0)
		trace->last_clock = clock;
	clock = trace_unwrap(trace, clock);
	device_clock_not_after(&trace->clock, clock, after_ns);
	device_clock_not_before(&trace->clock, clock + 1, before_ns);
	device_clock_fit(&trace->clock);
	return 0;
}

static int read_first_clock(struct trace *trace)
{
	int error = 0;
	for (int reading = 0; reading < FIRST_READINGS && error == 0; reading++)
		error = trace_ask_clock(trace, NULL);
	return error;
}

/* Only commands that create or destroy something need the write scope. */
static void set_scopes(struct trace *trace)
{
	for (int command = 0; command < TRACE_COMMAND_COUNT; command++)
		trace->commands[command].scope = trace->address.read_scope;
	static const enum trace_command objects[] = {TRACE_alloc_pd, TRACE_create_mkey, TRACE_destroy_mkey,
						     TRACE_dealloc_pd};
	for (size_t i = 0; i < sizeof objects / sizeof *objects; i++)
		trace->commands[objects[i]].scope = trace->address.write_scope;
}

/* Step 5. From here on, whatever happens to us, the device stops writing before the memory is unpinned. */
static int start_guard(struct trace *trace)
{
	int error = guard_start(&trace->guard, &trace->transport, &trace->commands[TRACE_disable],
				TRACE_COMMAND_COUNT - TRACE_disable);
	return error ? note(trace, "the process that guards the device", error, NULL) : 0;
}

int trace_take(struct trace *trace)
{
	static int (*const in_order[])(struct trace *) = {register_memory,  allocate_pd, create_mkey, acquire,
							  read_first_clock, start_guard};
	set_scopes(trace);
	/* The clock itself is read, so both bounds always hold. */
	device_clock_init(&trace->clock, trace->frequency_khz, INFINITY);
	int error = 0;
	for (size_t i = 0; i < sizeof in_order / sizeof *in_order && error == 0; i++)
		error = in_order[i](trace);
	if (error == 0)
		error = send(trace, TRACE_configure);
	trace_scan_start(&trace->scan, trace->memory, trace->bytes / TRACE_BLOCK_BYTES);
	return error ? error : send(trace, TRACE_enable);
}

/* Without a guard: steps 2 and 3. */
static int undo(struct trace *trace)
{
	int error = 0;
	if (trace->is_owner)
		error = send(trace, TRACE_release);
	if (trace->has_mkey && !error)
		error = send(trace, TRACE_destroy_mkey);
	if (trace->has_pd && !error)
		error = send(trace, TRACE_dealloc_pd);
	return error;
}

int trace_give_back(struct trace *trace)
{
	char message[sizeof trace->message];
	memcpy(message, trace->message, sizeof message);
	bool killed = false;
	int error = trace->guard.pid ? guard_end(&trace->guard, NULL, &killed) : undo(trace);
	if (killed && !error && !message[0])
		snprintf(message, sizeof message, GUARD_KILLED);
	trace->is_owner = trace->has_mkey = trace->has_pd = false;
	if (trace->has_umem && !error)
		error = trace->transport.ops->umem_unregister(&trace->transport, trace->umem);
	trace->has_umem = false;
	/* The first message is the cause; a later one may only follow from it. */
	if (message[0])
		memcpy(trace->message, message, sizeof message);
	return error;
}
