// SPDX-License-Identifier: Apache-2.0
/*
 * Counter registers of mlx5 devices (PPCNT, MPCNT), read by command.
 *
 *   set device DRIVER PATH SCOPE SCOPE     as for mlx5_drain; the second scope is not used
 *   set access HEX OUTLEN                  ACCESS_REG, one register group; numbered from 0
 *   set field COLUMN ACCESS BIT BITS       of its outbox: BIT counts from the most significant bit of the first byte
 *
 * A group that is refused is null in that row; with none answered there is no row.
 */
#include <errno.h>
#include <stdlib.h>

#include "../mlx5/bytes.h"
#include "../mlx5/hex.h"
#include "../mlx5/status.h"
#include "../reader.h"

enum { MOST_OUTBOX = 1 << 16, WORD_BITS = 64 };

struct field {
	uint32_t column, access;
	uint32_t byte, shift; /* of the 64-bit word at that byte */
	uint64_t mask;
};

struct registers {
	char *driver, *path;
	enum scope scope;
	struct transport transport;
	struct mailbox *accesses;
	struct field *fields; /* in order of access */
	uint32_t access_count, field_count;
	char message[160];
};

static int configure_device(struct registers *source, char **words)
{
	uint64_t scope;
	if (source->path || unescape(words[2]) || parse_u64(words[3], &scope) || scope > SCOPE_DEBUG_WRITE_FULL)
		return -EINVAL;
	source->driver = words[1];
	source->path = words[2];
	source->scope = (enum scope)scope;
	return 0;
}

static int configure_access(struct registers *source, char **words)
{
	uint64_t out_bytes;
	struct mailbox access = {.scope = source->scope};
	if (parse_u64(words[2], &out_bytes) || out_bytes < MAILBOX_LEAST || out_bytes > MOST_OUTBOX)
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
	/* Fields are read as words of 64 bits, and the last may begin in the last byte. */
	access.out = calloc(1, out_bytes + sizeof(uint64_t));
	source->accesses[source->access_count++] = access;
	return access.out ? 0 : -ENOMEM;
}

static int configure_field(struct reader *reader, char **words)
{
	struct registers *source = reader->state;
	struct field field;
	uint64_t access, bit, bits;
	if (parse_u64(words[2], &access) || parse_u64(words[3], &bit) || parse_u64(words[4], &bits))
		return -EINVAL;
	if (access >= source->access_count || bits == 0 || bits > WORD_BITS || bit > 8 * (uint64_t)MOST_OUTBOX)
		return -EINVAL;
	if (bit + bits > 8 * (uint64_t)source->accesses[access].out_bytes || bit % 8 + bits > WORD_BITS)
		return -EINVAL;
	if (source->field_count && source->fields[source->field_count - 1].access > access)
		return -EINVAL;
	if (claim_column(reader, words[1], &field.column))
		return -EINVAL;
	field.access = (uint32_t)access;
	field.byte = (uint32_t)(bit / 8);
	field.shift = (uint32_t)(WORD_BITS - bit % 8 - bits);
	field.mask = UINT64_MAX >> (WORD_BITS - bits);
	struct field *fields = realloc(source->fields, (source->field_count + 1) * sizeof *fields);
	if (!fields)
		return -ENOMEM;
	fields[source->field_count++] = field;
	source->fields = fields;
	return 0;
}

static int configure(struct reader *reader, int count, char **words)
{
	if (count == 5 && strcmp(words[0], "device") == 0)
		return configure_device(reader->state, words);
	if (count == 3 && strcmp(words[0], "access") == 0)
		return configure_access(reader->state, words);
	if (count == 5 && strcmp(words[0], "field") == 0)
		return configure_field(reader, words);
	return -EINVAL;
}

static int open_registers(struct reader *reader)
{
	struct registers *source = reader->state;
	reader->what = source->path;
	if (!source->path || source->access_count == 0)
		return -EINVAL;
	return source->transport.ops ? 0 : transport_open(&source->transport, source->driver, source->path);
}

static void put_fields(const struct registers *source, uint32_t access, bool valid, uint32_t *next, struct cells *cells)
{
	for (; *next < source->field_count && source->fields[*next].access == access; ++*next) {
		const struct field *field = &source->fields[*next];
		uint64_t word = get_u64(source->accesses[access].out + field->byte);
		if (valid)
			cell_put(cells, field->column, word >> field->shift & field->mask);
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
		put_fields(source, access, error == 0, &next, cells);
		answered += error == 0;
		if (error && !first) {
			first = error;
			describe_error(source->message, sizeof source->message, "ACCESS_REG", error, mailbox->out);
			reader->said = source->message;
		}
	}
	return answered ? 0 : first;
}

static void close_registers(struct reader *reader)
{
	struct registers *source = reader->state;
	transport_close(&source->transport);
	for (uint32_t access = 0; access < source->access_count; access++) {
		free((void *)(uintptr_t)source->accesses[access].in);
		free(source->accesses[access].out);
	}
	free(source->accesses);
	free(source->fields);
}

const struct reader_ops mlx5_register_reader = {
	.name = "mlx5_register",
	.state_bytes = sizeof(struct registers),
	.configure = configure,
	.open = open_registers,
	.read = read_registers,
	.close = close_registers,
};
