// SPDX-License-Identifier: Apache-2.0
/*
 * The interface of a source in C: a reader. It is configured from plan lines, opened once, and then read once per tick,
 * without allocating, searching or blocking. TypeScript has decided everything that can be decided before the first
 * tick.
 *
 * A reader writes into cells: one row, in the stage of a ring or in the slot of a follower.
 */
#ifndef COUNTERSINK_READER_H
#define COUNTERSINK_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct cells {
	char *base;	 /* cell of column 0 in this row */
	size_t stride;	 /* bytes from one column to the next */
	uint64_t *nulls; /* bit i set: column i could not be read in this row */
	uint64_t tick;	 /* number of the scheduled read, from 0 */
	bool any_null;
};

static inline void cell_put(struct cells *cells, uint32_t column, uint64_t value)
{
	memcpy(cells->base + column * cells->stride, &value, sizeof value);
}

static inline void cell_put_f64(struct cells *cells, uint32_t column, double value)
{
	memcpy(cells->base + column * cells->stride, &value, sizeof value);
}

/* A value that could not be read is null, never 0. */
static inline void cell_null(struct cells *cells, uint32_t column)
{
	cells->nulls[column / 64] |= 1ULL << (column % 64);
	cells->any_null = true;
	cell_put(cells, column, 0);
}

struct reader;

/* Consecutive rows that are reserved and not published yet. Row i of column c is at cells + c * stride + 8 * i. */
struct run {
	int64_t *ts;	     /* wall time: CLOCK_MONOTONIC + outlet->wall_offset_ns */
	uint32_t *read_ns;
	char *cells;
	size_t stride;
	uint64_t *period_ns; /* time since the row before, where the device tells it; 0: not known */
	uint32_t rows;
};

/* Why samples of a device are missing. */
enum missing { MISSING_FULL, MISSING_LATE, MISSING_ERROR, MISSING_SKIPPED };

/* How the clock of a device relates to CLOCK_MONOTONIC: at wall time ts it showed device_clock. */
struct clock_fit {
	int64_t ts;
	uint64_t device_clock; /* unwrapped: 64 bits */
	int64_t rate_ppb;      /* by how much it runs faster than the device says */
	uint64_t residual_ns;  /* bound of the error of ts */
};

/* Where a drained reader puts its rows and gaps. The reader counts the ticks: every row and every missing sample is one
 * tick. */
struct outlet {
	int64_t wall_offset_ns;
	uint64_t ticks; /* so far */
	/* Reserves at most `wanted` rows, fewer at the end of a block. Returns how many; 0: the ring is full
	 * (MISSING_FULL). */
	uint32_t (*reserve)(struct outlet *outlet, uint32_t wanted, struct run *run);
	/* Publishes the first `rows` rows of the run that was reserved last. */
	void (*publish)(struct outlet *outlet, const struct run *run, uint32_t rows);
	void (*miss)(struct outlet *outlet, uint64_t samples, enum missing why);
	/* Notes how long one command took. */
	void (*command)(struct outlet *outlet, uint64_t ns);
	void (*clock)(struct outlet *outlet, const struct clock_fit *fit);
};

struct reader_ops {
	const char *name;
	size_t state_bytes; /* private memory, zeroed before the first configure */

	/* Takes one plan line that follows "reader NAME", split into words. May allocate. Returns 0 or -errno; -EINVAL
	 * for a line that is not valid. Columns must be below reader->columns. */
	int (*configure)(struct reader *reader, int count, char **words);

	/* Opens descriptors. Returns 0 or -errno; then reader->what names what could not be opened. */
	int (*open)(struct reader *reader);

	/* One sweep. Returns 0, or -errno when no value of this row can be trusted: the tick becomes a gap
	 * `source_error`. */
	int (*read)(struct reader *reader, struct cells *cells);

	/* Replaces read: moves what a device has sampled since the last call. An error (-errno) is noted and does not
	 * end the stream; the reader accounts for what it missed. last: the schedule has ended. */
	int (*drain)(struct reader *reader, struct outlet *outlet, bool last);

	void (*close)(struct reader *reader);
};

struct reader {
	const struct reader_ops *ops;
	void *state;
	const char *what;
	const char *said; /* a sentence about how the recording ended; NULL: none */
	uint64_t drain_ns; /* 0: read once a tick; else time between two drains, by the only reader of the stream */
	uint64_t *mine;	  /* bit i set: this reader fills column i of the stream */
	uint32_t columns; /* of the whole stream */
	int cpu;	  /* the CPU that it must be read on; -1: any */
};

/* Returns NULL when no reader has this name. */
const struct reader_ops *reader_find(const char *name);

/* Parses a whole word as a decimal number. Returns 0 or -EINVAL. */
int parse_u64(const char *word, uint64_t *value);
int parse_i64(const char *word, int64_t *value);
/* Claims a column of the stream, which the reader then fills on every read. Returns 0, or -EINVAL for a number that is
 * out of range or claimed already. */
int claim_column(struct reader *reader, const char *word, uint32_t *column);
/* Decodes %XX in place; words of a plan have no spaces. Returns 0 or -EINVAL. */
int unescape(char *word);

#endif
