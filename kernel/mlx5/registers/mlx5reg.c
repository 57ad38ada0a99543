// SPDX-License-Identifier: Apache-2.0
/*
 * Sends commands once a tick, and reads values at fixed places of their answers: counter registers of mlx5 devices
 * (PPCNT, MPCNT), and diagnostic counters on demand, which must be started first.
 *
 *   set device DRIVER PATH SCOPE_READ SCOPE_WRITE   transport.h; PATH is escaped
 *   set start HEX                          SET_DIAGNOSTIC_PARAMS, where something must be started
 *   set restore HEX                        SET_DIAGNOSTIC_PARAMS that puts the device back; needed with start
 *   set access HEX OUTLEN                  ACCESS_REG of a register group, or QUERY_DIAGNOSTIC_COUNTERS; counted from 0
 *   set expect ACCESS BIT BITS VALUE       the outbox must have this value there, else the answer is not used
 *   set field COLUMN ACCESS BIT BITS       a value in the outbox; BIT 0 is the most significant bit of the first byte
 *
 * Values of a command that fails are null in that row. If every command fails there is no row.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../transport/big_endian.h"
#include "../guard/guard.h"
#include "../transport/hex.h"
#include "../transport/refusal.h"
#include "../../reader.h"

enum { MAX_OUTBOX = 1 << 16, WORD_BITS = 64 };

struct place {
	uint32_t access;
	uint32_t byte, shift; /* of the 64-bit word at that byte */
	uint64_t mask;
};

struct field {
	struct place place;
	uint32_t column;
};

struct expectation {
	struct place place;
	uint64_t value;
};

struct registers {
	struct transport_address address;
	struct transport transport;
	struct guard guard;
	struct mailbox start, restore; /* their outbox is answer */
	uint8_t answer[MAILBOX_MIN];
	struct mailbox *accesses;
	struct field *fields; /* in order of access */
	struct expectation *expectations;
	uint32_t access_count, field_count, expectation_count;
	char message[160];
};

static int configure_once(struct registers *source, struct mailbox *mailbox, const char *word)
{
	uint8_t *in;
	if (mailbox->in || !source->address.path)
		return -EINVAL;
	int error = parse_mailbox(word, &in, &mailbox->in_bytes);
	if (error)
		return error;
	mailbox->in = in;
	mailbox->out = source->answer;
	mailbox->out_bytes = sizeof source->answer;
	mailbox->scope = source->address.write_scope;
	return 0;
}

static int configure_access(struct registers *source, char **words)
{
	uint64_t out_bytes;
	struct mailbox access = {.scope = source->address.read_scope};
	if (parse_u64(words[2], &out_bytes) || out_bytes < MAILBOX_MIN || out_bytes > MAX_OUTBOX)
		return -EINVAL;
	struct mailbox *accesses = realloc(source->accesses, (source->access_count + 1) * sizeof *accesses);
	if (!accesses)
		return -ENOMEM;
	source->accesses = accesses;
	uint8_t *in;
	int error = parse_mailbox(words[1], &in, &access.in_bytes);
	if (error)
		return error;
	access.in = in;
	access.out_bytes = (uint32_t)out_bytes;
	/* Fields are read as words of 64 bits, and the last may start in the last byte. */
	access.out = calloc(1, out_bytes + sizeof(uint64_t));
	source->accesses[source->access_count++] = access;
	return access.out ? 0 : -ENOMEM;
}

/* ACCESS BIT BITS */
static int parse_place(const struct registers *source, char **words, struct place *place)
{
	uint64_t access, bit, bits;
	if (parse_u64(words[0], &access) || parse_u64(words[1], &bit) || parse_u64(words[2], &bits))
		return -EINVAL;
	if (access >= source->access_count || bits == 0 || bits > WORD_BITS || bit > 8 * (uint64_t)MAX_OUTBOX)
		return -EINVAL;
	if (bit + bits > 8 * (uint64_t)source->accesses[access].out_bytes || bit % 8 + bits > WORD_BITS)
		return -EINVAL;
	*place = (struct place){
		.access = (uint32_t)access,
		.byte = (uint32_t)(bit / 8),
		.shift = (uint32_t)(WORD_BITS - bit % 8 - bits),
		.mask = UINT64_MAX >> (WORD_BITS - bits),
	};
	return 0;
}

static uint64_t number_at(const struct registers *source, const struct place *place)
{
	return get_u64(source->accesses[place->access].out + place->byte) >> place->shift & place->mask;
}

static int configure_expectation(struct registers *source, char **words)
{
	struct expectation expectation;
	if (parse_place(source, words + 1, &expectation.place) || parse_u64(words[4], &expectation.value))
		return -EINVAL;
	struct expectation *all = realloc(source->expectations, (source->expectation_count + 1) * sizeof *all);
	if (!all)
		return -ENOMEM;
	all[source->expectation_count++] = expectation;
	source->expectations = all;
	return 0;
}

static int configure_field(struct reader *reader, char **words)
{
	struct registers *source = reader->state;
	struct field field;
	if (parse_place(source, words + 2, &field.place))
		return -EINVAL;
	if (source->field_count && source->fields[source->field_count - 1].place.access > field.place.access)
		return -EINVAL;
	if (claim_column(reader, words[1], &field.column))
		return -EINVAL;
	struct field *fields = realloc(source->fields, (source->field_count + 1) * sizeof *fields);
	if (!fields)
		return -ENOMEM;
	fields[source->field_count++] = field;
	source->fields = fields;
	return 0;
}

static int configure(struct reader *reader, int count, char **words)
{
	struct registers *source = reader->state;
	if (count == 5 && strcmp(words[0], "device") == 0)
		return transport_configure(&source->address, words);
	if (count == 2 && strcmp(words[0], "start") == 0)
		return configure_once(source, &source->start, words[1]);
	if (count == 2 && strcmp(words[0], "restore") == 0)
		return configure_once(source, &source->restore, words[1]);
	if (count == 5 && strcmp(words[0], "expect") == 0)
		return configure_expectation(source, words);
	if (count == 3 && strcmp(words[0], "access") == 0)
		return configure_access(source, words);
	if (count == 5 && strcmp(words[0], "field") == 0)
		return configure_field(reader, words);
	return -EINVAL;
}

/* The guard before the change: from then on the device is put back, whatever happens. */
static int start(struct registers *source)
{
	if (!source->start.in)
		return 0;
	int error = owner_claim(&source->transport, &source->restore, source->message, sizeof source->message);
	if (error)
		return error;
	error = guard_start(&source->guard, &source->transport, &source->restore, 1);
	if (error == 0)
		error = transport_command(&source->transport, &source->start);
	if (error)
		describe_error(source->message, sizeof source->message, "SET_DIAGNOSTIC_PARAMS", error, source->answer);
	else
		guard_remember(&source->guard);
	return error;
}

static int open_registers(struct reader *reader)
{
	struct registers *source = reader->state;
	reader->what = source->address.path;
	if (!source->address.path || source->access_count == 0 || !source->start.in != !source->restore.in)
		return -EINVAL;
	int error = 0;
	if (!source->transport.ops)
		error = transport_open(&source->transport, source->address.driver, source->address.path);
	if (error)
		return error;
	error = start(source);
	if (error)
		reader->said = source->message;
	return error;
}

static int check_answer(const struct registers *source, uint32_t access)
{
	for (uint32_t i = 0; i < source->expectation_count; i++) {
		const struct expectation *expectation = &source->expectations[i];
		if (expectation->place.access == access && number_at(source, &expectation->place) != expectation->value)
			return -EPROTO;
	}
	return 0;
}

static void put_fields(const struct registers *source, uint32_t access, bool valid, uint32_t *next, struct cells *cells)
{
	for (; *next < source->field_count && source->fields[*next].place.access == access; ++*next) {
		const struct field *field = &source->fields[*next];
		if (valid)
			cell_put(cells, field->column, number_at(source, &field->place));
		else
			cell_null(cells, field->column);
	}
}

static int read_registers(struct reader *reader, struct cells *cells)
{
	struct registers *source = reader->state;
	uint32_t answered = 0, next = 0;
	int first = 0;
	for (uint32_t access = 0; access < source->access_count; access++) {
		struct mailbox *mailbox = &source->accesses[access];
		int error = transport_command(&source->transport, mailbox);
		if (error == 0)
			error = check_answer(source, access);
		put_fields(source, access, error == 0, &next, cells);
		answered += error == 0;
		if (error && !first) {
			first = error;
			describe_error(source->message, sizeof source->message, "reading", error, mailbox->out);
			reader->said = source->message;
		}
	}
	return answered ? 0 : first;
}

static void close_registers(struct reader *reader)
{
	struct registers *source = reader->state;
	bool killed;
	int refused = guard_end(&source->guard, source->answer, &killed);
	if (killed && !refused)
		fprintf(stderr, "mlx5: %s\n", GUARD_KILLED);
	/* reader->said is not read after close. */
	if (refused && refused != -ENODEV) {
		describe_error(source->message, sizeof source->message, "SET_DIAGNOSTIC_PARAMS", refused, source->answer);
		fprintf(stderr, "mlx5: the device could not be put back as it was found: %s\n", source->message);
	}
	transport_close(&source->transport);
	free((void *)(uintptr_t)source->start.in);
	free((void *)(uintptr_t)source->restore.in);
	for (uint32_t access = 0; access < source->access_count; access++) {
		free((void *)(uintptr_t)source->accesses[access].in);
		free(source->accesses[access].out);
	}
	free(source->accesses);
	free(source->fields);
	free(source->expectations);
}

const struct reader_ops mlx5_register_reader = {
	.name = "mlx5_register",
	.state_bytes = sizeof(struct registers),
	.configure = configure,
	.open = open_registers,
	.read = read_registers,
	.close = close_registers,
};
