// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>

#include "../transport/hex.h"
#include "trace.h"

enum { MAX_OUT_BYTES = 4096, MAX_LOG_PAGES = 14, MAX_VERSION = 3 };
#define MAX_FREQUENCY_KHZ 1000000000 /* 1 THz */
#define MAX_DRAIN_NS (3600 * 1000000000ULL)

static const char *const command_names[] = {
#define TEXT(name) #name,
	TRACE_COMMANDS(TEXT)};
static const char *const field_names[] = {TRACE_FIELDS(TEXT)};

static int find(const char *const *names, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -EINVAL;
}

/* Bytes of an inbox that the reader writes numbers to. */
static uint32_t min_bytes(int command)
{
	return command == TRACE_create_mkey  ? mkey_creation_mkey_umem_id + 4
	       : command == TRACE_configure ? REGISTER_START + trace_configuration_trace_mkey + 4
					     : MAILBOX_MIN;
}

static int configure_command(struct trace *trace, char **words)
{
	int command = find(command_names, TRACE_COMMAND_COUNT, words[1]);
	uint64_t out_bytes;
	uint8_t *in;
	if (command < 0 || trace->commands[command].in || parse_u64(words[2], &out_bytes))
		return -EINVAL;
	if (out_bytes < MAILBOX_MIN || out_bytes > MAX_OUT_BYTES)
		return -EINVAL;
	struct mailbox *mailbox = &trace->commands[command];
	int error = parse_mailbox(words[3], &in, &mailbox->in_bytes);
	if (error)
		return error;
	mailbox->in = in;
	mailbox->out_bytes = (uint32_t)out_bytes;
	mailbox->out = calloc(1, out_bytes);
	if (!mailbox->out)
		return -ENOMEM;
	return mailbox->in_bytes < min_bytes(command) ? -EINVAL : 0;
}

static int configure_buffer(struct trace *trace, char **words)
{
	uint64_t log_pages, version;
	if (trace->bytes || parse_u64(words[1], &log_pages) || parse_u64(words[2], &version))
		return -EINVAL;
	if (log_pages > MAX_LOG_PAGES || version > MAX_VERSION)
		return -EINVAL;
	trace->bytes = (uint64_t)TRACE_PAGE_BYTES << log_pages;
	trace->version = (unsigned)version;
	return 0;
}

static int configure_clock(struct trace *trace, const char *word)
{
	if (trace->frequency_khz || parse_u64(word, &trace->frequency_khz))
		return -EINVAL;
	return trace->frequency_khz == 0 || trace->frequency_khz > MAX_FREQUENCY_KHZ ? -EINVAL : 0;
}

static int configure_drain(struct reader *reader, const char *word)
{
	if (reader->drain_ns || parse_u64(word, &reader->drain_ns))
		return -EINVAL;
	return reader->drain_ns == 0 || reader->drain_ns > MAX_DRAIN_NS ? -EINVAL : 0;
}

/* Columns are kept one higher than they are, so that 0 means none yet. */
static int configure_column(struct reader *reader, char **words)
{
	struct trace *trace = reader->state;
	int field = find(field_names, FIELD_COUNT, words[2]);
	uint32_t column;
	if (field < 0 || trace->columns[field] || claim_column(reader, words[1], &column))
		return -EINVAL;
	trace->columns[field] = column + 1;
	return 0;
}

int trace_configure(struct reader *reader, int count, char **words)
{
	struct trace *trace = reader->state;
	if (count == 5 && strcmp(words[0], "device") == 0)
		return transport_configure(&trace->address, words);
	if (count == 4 && strcmp(words[0], "command") == 0)
		return configure_command(trace, words);
	if (count == 3 && strcmp(words[0], "buffer") == 0)
		return configure_buffer(trace, words);
	if (count == 2 && strcmp(words[0], "clock") == 0)
		return configure_clock(trace, words[1]);
	if (count == 2 && strcmp(words[0], "drain") == 0)
		return configure_drain(reader, words[1]);
	if (count == 3 && strcmp(words[0], "column") == 0)
		return configure_column(reader, words);
	return -EINVAL;
}

bool trace_is_configured(const struct trace *trace)
{
	for (int command = 0; command < TRACE_COMMAND_COUNT; command++)
		if (!trace->commands[command].in)
			return false;
	return trace->address.path && trace->bytes && trace->frequency_khz;
}

void trace_free_plan(struct trace *trace)
{
	for (int command = 0; command < TRACE_COMMAND_COUNT; command++) {
		free((void *)(uintptr_t)trace->commands[command].in);
		free(trace->commands[command].out);
	}
}
