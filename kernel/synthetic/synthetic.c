// SPDX-License-Identifier: Apache-2.0
/*
 * Counters whose true values are known: every value is a function of the tick number (index.ts has the formulas), so a
 * recording can be checked cell by cell. Faults are injected on request.
 *
 *   set value KIND SEED COLUMN     KIND: ramp walk wrap32 wrap48 reset constant stall drop
 *   set slow EVERY NS              one of EVERY reads takes NS longer
 *   set error EVERY RUN            of every EVERY ticks, the last RUN fail with EIO
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "../reader.h"

enum kind { RAMP, WALK, WRAP32, WRAP48, RESET, CONSTANT, STALL, DROP, KINDS };

struct value {
	enum kind kind;
	uint32_t column;
	uint64_t seed;
	uint64_t state; /* WALK: value at the tick before `next` */
};

struct synthetic {
	struct value *values;
	uint32_t count;
	uint64_t next; /* tick up to which the walks have advanced */
	uint64_t slow_every, slow_ns, error_every, error_run;
};

static const char *const kind_names[KINDS] = {"ramp", "walk", "wrap32", "wrap48", "reset", "constant", "stall", "drop"};

static int configure_value(struct reader *reader, char **words)
{
	struct synthetic *source = reader->state;
	struct value value = {0};
	while (value.kind < KINDS && strcmp(words[1], kind_names[value.kind]))
		value.kind++;
	if (value.kind == KINDS || parse_u64(words[2], &value.seed))
		return -EINVAL;
	if (claim_column(reader, words[3], &value.column))
		return -EINVAL;
	struct value *values = realloc(source->values, (source->count + 1) * sizeof *values);
	if (!values)
		return -ENOMEM;
	value.state = 1ULL << 40;
	values[source->count++] = value;
	source->values = values;
	return 0;
}

static int configure(struct reader *reader, int count, char **words)
{
	struct synthetic *source = reader->state;
	if (count == 4 && strcmp(words[0], "value") == 0)
		return configure_value(reader, words);
	if (count == 3 && strcmp(words[0], "slow") == 0)
		return parse_u64(words[1], &source->slow_every) || parse_u64(words[2], &source->slow_ns) ? -EINVAL : 0;
	if (count == 3 && strcmp(words[0], "error") == 0) {
		int error = parse_u64(words[1], &source->error_every);
		return error ? error : parse_u64(words[2], &source->error_run);
	}
	return -EINVAL;
}

static int open_synthetic(struct reader *reader)
{
	(void)reader;
	return 0;
}

/* SplitMix64, a hash, so that a walk can be computed anywhere from its seed and tick. */
static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ULL;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

/* A gauge that moves by -512 ... 511 each tick. */
static void advance_walks(struct synthetic *source, uint64_t tick)
{
	for (uint32_t i = 0; i < source->count; i++) {
		struct value *value = &source->values[i];
		if (value->kind != WALK)
			continue;
		for (uint64_t t = source->next; t <= tick; t++)
			value->state += (mix(value->seed + t) & 1023) - 512;
	}
	source->next = tick + 1;
}

static uint64_t value_at(const struct value *value, uint64_t tick)
{
	uint64_t seed = value->seed;
	switch (value->kind) {
	case RAMP:
		return seed + tick * (seed + 1);
	case WALK:
		return value->state;
	case WRAP32:
		return (0xffffff00ULL + tick * (seed + 7)) & 0xffffffffULL;
	case WRAP48:
		return (0xffffffffff00ULL + tick * (seed + 7)) & 0xffffffffffffULL;
	case RESET:
		return tick % 1000 * (seed + 3);
	case CONSTANT:
		return seed + 42;
	case STALL: /* moves for 400 ticks, stands for 100 */
		return (tick / 500 * 400 + (tick % 500 < 400 ? tick % 500 : 400)) * (seed + 1);
	default:
		return tick * (seed + 5);
	}
}

/* Sleeps in the reader and not in the loop, as a source that blocks does. */
static void be_slow(uint64_t ns)
{
	struct timespec t = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};
	nanosleep(&t, NULL);
}

static int read_synthetic(struct reader *reader, struct cells *cells)
{
	struct synthetic *source = reader->state;
	uint64_t tick = cells->tick;
	advance_walks(source, tick);
	if (source->slow_every && tick % source->slow_every == source->slow_every - 1)
		be_slow(source->slow_ns);
	if (source->error_every && tick % source->error_every + source->error_run >= source->error_every)
		return -EIO;
	for (uint32_t i = 0; i < source->count; i++) {
		const struct value *value = &source->values[i];
		if (value->kind == DROP && tick % 100 == 99)
			cell_null(cells, value->column);
		else
			cell_put(cells, value->column, value_at(value, tick));
	}
	return 0;
}

static void close_synthetic(struct reader *reader)
{
	struct synthetic *source = reader->state;
	free(source->values);
}

const struct reader_ops synthetic_reader = {
	.name = "synthetic",
	.state_bytes = sizeof(struct synthetic),
	.configure = configure,
	.open = open_synthetic,
	.read = read_synthetic,
	.close = close_synthetic,
};
