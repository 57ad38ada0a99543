// SPDX-License-Identifier: Apache-2.0
/*
 * Values that stand at fixed places of what a command answers: counter registers, and diagnostic counters on demand. Every
 * command is sent once a tick.
 *
 *   set device DRIVER PATH SCOPE_READ SCOPE_WRITE    ../mlx5/transport.h; PATH is escaped
 *   set start HEX                                    a command for the start, where there is something to start
 *   set restore HEX                                  and one that undoes it, whatever becomes of us
 *   set access HEX OUTLEN                            command number 0, 1, ...
 *   set expect COMMAND BYTE BYTES VALUE              a number that must stand in its answer, or the answer is not what we think
 *   set field COLUMN COMMAND BIT BITS                BITS: 32 or 64; BIT: from the begin of the answer, of a whole byte
 */
#include <errno.h>
#include <stdlib.h>

#include "../mlx5/bytes.h"
#include "../mlx5/guard.h"
#include "../mlx5/hex.h"
#include "../mlx5/status.h"
#include "../mlx5/transport.h"
#include "../reader.h"

struct access {
	struct mailbox mailbox; /* in and out are ours */
	int error;
};

/* A number in an answer: the value of a column, or (column NONE) one that is known beforehand. */
struct place {
	uint32_t command, byte, bytes, column;
	uint64_t expected;
};

enum { NONE = UINT32_MAX, MOST_ANSWER = 2 << 20 };

struct registers {
	char *driver, *path;
	enum scope read_scope, write_scope;
	struct mailbox start, restore;
	struct access *accesses;
	struct place *places;
	uint32_t access_count, place_count;
	struct transport transport;
	struct guard guard;
	uint8_t answer[MAILBOX_LEAST]; /* to start */
	char message[160];
};

static int configure_device(struct registers *state, char **words)
{
	uint64_t read_scope, write_scope;
	if (state->path || unescape(words[2]) || parse_u64(words[3], &read_scope) || parse_u64(words[4], &write_scope))
		return -EINVAL;
	if (read_scope > SCOPE_DEBUG_WRITE_FULL || write_scope > SCOPE_DEBUG_WRITE_FULL)
		return -EINVAL;
	state->driver = words[1];
	state->path = words[2];
	state->read_scope = (enum scope)read_scope;
	state->write_scope = (enum scope)write_scope;
	return 0;
}

static int configure_mailbox(struct mailbox *mailbox, const char *word)
{
	uint8_t *in;
	if (mailbox->in)
		return -EINVAL;
	int error = parse_mailbox(word, &in, &mailbox->in_bytes);
	if (error == 0)
		mailbox->in = in;
	return error;
}

static int configure_access(struct registers *state, char **words)
{
	uint64_t out_bytes;
	if (parse_u64(words[2], &out_bytes) || out_bytes < MAILBOX_LEAST || out_bytes > MOST_ANSWER)
		return -EINVAL;
	struct access *all = realloc(state->accesses, (state->access_count + 1) * sizeof *all);
	if (!all)
		return -ENOMEM;
	state->accesses = all;
	struct access *access = &all[state->access_count];
	*access = (struct access){.mailbox = {.out_bytes = (uint32_t)out_bytes}};
	int error = configure_mailbox(&access->mailbox, words[1]);
	if (error)
		return error;
	state->access_count++;
	access->mailbox.out = calloc(1, out_bytes);
	return access->mailbox.out ? 0 : -ENOMEM;
}

static int add_place(struct registers *state, uint64_t command, uint64_t byte, uint64_t bytes, struct place place)
{
	if (command >= state->access_count || (bytes != 2 && bytes != 4 && bytes != 8))
		return -EINVAL;
	uint32_t room = state->accesses[command].mailbox.out_bytes;
	if (byte > room || bytes > room - byte)
		return -EINVAL;
	struct place *all = realloc(state->places, (state->place_count + 1) * sizeof *all);
	if (!all)
		return -ENOMEM;
	state->places = all;
	place.command = (uint32_t)command;
	place.byte = (uint32_t)byte;
	place.bytes = (uint32_t)bytes;
	all[state->place_count++] = place;
	return 0;
}

static int configure_expect(struct registers *state, char **words)
{
	struct place place = {.column = NONE};
	uint64_t command, byte, bytes;
	if (parse_u64(words[1], &command) || parse_u64(words[2], &byte) || parse_u64(words[3], &bytes) ||
	    parse_u64(words[4], &place.expected))
		return -EINVAL;
	return add_place(state, command, byte, bytes, place);
}

static int configure_field(struct reader *reader, char **words)
{
	struct place place = {0};
	uint64_t command, first, bits;
	if (parse_u64(words[2], &command) || parse_u64(words[3], &first) || parse_u64(words[4], &bits) || first % 8 || bits % 8)
		return -EINVAL;
	int error = claim_column(reader, words[1], &place.column);
	return error ? error : add_place(reader->state, command, first / 8, bits / 8, place);
}

static int configure(struct reader *reader, int count, char **words)
{
	struct registers *state = reader->state;
	if (count == 5 && strcmp(words[0], "device") == 0)
		return configure_device(state, words);
	if (count == 2 && strcmp(words[0], "start") == 0)
		return configure_mailbox(&state->start, words[1]);
	if (count == 2 && strcmp(words[0], "restore") == 0)
		return configure_mailbox(&state->restore, words[1]);
	if (count == 3 && strcmp(words[0], "access") == 0)
		return configure_access(state, words);
	if (count == 5 && strcmp(words[0], "expect") == 0)
		return configure_expect(state, words);
	if (count == 5 && strcmp(words[0], "field") == 0)
		return configure_field(reader, words);
	return -EINVAL;
}

/* What is started is put back even when we are killed right after. */
static int start(struct registers *state)
{
	state->start.out = state->restore.out = state->answer;
	state->start.out_bytes = state->restore.out_bytes = sizeof state->answer;
	state->start.scope = state->restore.scope = state->write_scope;
	int error = 0;
	if (state->restore.in)
		error = guard_start(&state->guard, &state->transport, &state->restore);
	if (error == 0 && state->start.in)
		error = transport_command(&state->transport, &state->start);
	if (error)
		describe_error(state->message, sizeof state->message, "SET_DIAGNOSTIC_PARAMS", error, state->answer);
	return error;
}

static int open_registers(struct reader *reader)
{
	struct registers *state = reader->state;
	if (!state->path || state->access_count == 0 || (state->start.in && !state->restore.in))
		return -EINVAL;
	reader->what = state->path;
	int error = transport_open(&state->transport, state->driver, state->path);
	if (error)
		return error;
	for (uint32_t i = 0; i < state->access_count; i++)
		state->accesses[i].mailbox.scope = state->read_scope;
	error = start(state);
	if (error)
		reader->what = state->message;
	return error;
}

static uint64_t number_at(const struct registers *state, const struct place *place)
{
	const uint8_t *at = state->accesses[place->command].mailbox.out + place->byte;
	return place->bytes == 8 ? get_u64(at) : place->bytes == 4 ? get_u32(at) : get_u16(at);
}

/* An answer that is not laid out as expected is no answer. */
static void check_answers(struct registers *state)
{
	for (uint32_t i = 0; i < state->place_count; i++) {
		const struct place *place = &state->places[i];
		struct access *access = &state->accesses[place->command];
		if (place->column == NONE && access->error == 0 && number_at(state, place) != place->expected)
			access->error = -EBADMSG;
	}
}

/* What one command did not answer is null; where none did, there is no row. */
static int read_registers(struct reader *reader, struct cells *cells)
{
	struct registers *state = reader->state;
	for (uint32_t i = 0; i < state->access_count; i++)
		state->accesses[i].error = transport_command(&state->transport, &state->accesses[i].mailbox);
	check_answers(state);
	uint32_t answered = 0;
	for (uint32_t i = 0; i < state->access_count; i++)
		answered += state->accesses[i].error == 0;
	if (answered == 0)
		return state->accesses[0].error;
	for (uint32_t i = 0; i < state->place_count; i++) {
		const struct place *place = &state->places[i];
		if (place->column != NONE && state->accesses[place->command].error)
			cell_null(cells, place->column);
		else if (place->column != NONE)
			cell_put(cells, place->column, number_at(state, place));
	}
	return 0;
}

static void close_registers(struct reader *reader)
{
	struct registers *state = reader->state;
	guard_end(&state->guard, false);
	transport_close(&state->transport);
	for (uint32_t i = 0; i < state->access_count; i++) {
		free((void *)(uintptr_t)state->accesses[i].mailbox.in);
		free(state->accesses[i].mailbox.out);
	}
	free((void *)(uintptr_t)state->start.in);
	free((void *)(uintptr_t)state->restore.in);
	free(state->accesses);
	free(state->places);
}

const struct reader_ops mlx5_register_reader = {
	.name = "mlx5_register",
	.state_bytes = sizeof(struct registers),
	.configure = configure,
	.open = open_registers,
	.read = read_registers,
	.close = close_registers,
};
