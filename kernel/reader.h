// SPDX-License-Identifier: Apache-2.0
/*
 * What a source is to the sampling loop: a reader. It is configured from plan lines, opened once, and then read once per
 * tick, without allocating, searching or blocking. TypeScript has decided everything that can be decided before.
 *
 * A reader writes into cells: one row, wherever that row lies (the stage of a ring, or the slot of a follower).
 */
#ifndef COUNTERSINK_READER_H
#define COUNTERSINK_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct cells {
	char *base;	 /* cell of column 0 in this row */
	size_t stride;	 /* bytes from a column to the next */
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

/* Rows that lie one behind another, reserved and not yet seen by anybody: row i of column c is cells + c * stride + 8 * i. */
struct run {
	int64_t *ts;	     /* wall time: CLOCK_MONOTONIC + outlet->wall_offset_ns */
	uint32_t *read_ns;
	char *cells;
	size_t stride;
	uint64_t *period_ns; /* since the row before, where the device says so; 0: not known */
	uint32_t rows;
};

/* Why samples of a device are missing. */
enum missing { MISSING_FULL, MISSING_LATE, MISSING_ERROR, MISSING_SKIPPED };

/* How the device's clock stands to CLOCK_MONOTONIC: at wall time ts it showed device_clock. */
struct clock_fit {
	int64_t ts;
	uint64_t device_clock; /* unwrapped: 64 bits */
	int64_t rate_ppb;      /* faster than the device says */
	uint64_t residual_ns;  /* ts is within this of the truth */
};

/* Where a drained reader puts what it finds. It counts the ticks itself: every row and every missing sample is one. */
struct outlet {
	int64_t wall_offset_ns;
	uint64_t ticks; /* so far */
	/* At most wanted rows, fewer at the end of a block; 0: the ring is full (MISSING_FULL). */
	uint32_t (*reserve)(struct outlet *outlet, uint32_t wanted, struct run *run);
	/* The first rows of the run that was reserved last. */
	void (*publish)(struct outlet *outlet, const struct run *run, uint32_t rows);
	void (*miss)(struct outlet *outlet, uint64_t samples, enum missing why);
	/* How long one command took. */
	void (*command)(struct outlet *outlet, uint64_t ns);
	void (*clock)(struct outlet *outlet, const struct clock_fit *fit);
};

struct reader_ops {
	const char *name;
	size_t state_bytes; /* private memory, zeroed before the first configure */

	/* Takes one plan line, split into words, that follows "reader NAME". May allocate. 0 or -errno; -EINVAL for a
	 * line that makes no sense. Columns must be below reader->columns. */
	int (*configure)(struct reader *reader, int count, char **words);

	/* Opens descriptors. On failure reader->what names the thing that could not be opened. 0 or -errno. */
	int (*open)(struct reader *reader);

	/* One sweep. 0, or -errno when nothing of this row can be trusted (the tick becomes a gap: source_error). */
	int (*read)(struct reader *reader, struct cells *cells);

	/* Instead of read: moves what a device has sampled by itself since the last call. -errno is noted and does not end
	 * the stream; the reader accounts for what it missed. last: the schedule has ended. */
	int (*drain)(struct reader *reader, struct outlet *outlet, bool last);

	void (*close)(struct reader *reader);
};

struct reader {
	const struct reader_ops *ops;
	void *state;
	const char *what;
	const char *said; /* a sentence for whoever reads how the recording ended; NULL: nothing to say */
	uint64_t drain_ns; /* 0: read once a tick; else drained this often, and then the only reader of its stream */
	uint64_t *mine;	  /* bit i set: this reader fills column i of the stream */
	uint32_t columns; /* of the whole stream */
	int cpu;	  /* must be read on this CPU; -1 where any will do */
};

/* NULL where no reader has this name. */
const struct reader_ops *reader_find(const char *name);

/* Decimal, whole word; 0 or -EINVAL. */
int parse_u64(const char *word, uint64_t *value);
int parse_i64(const char *word, int64_t *value);
/* A column number of this stream, which the reader hereby promises to fill on every read. 0, or -EINVAL for a number out
 * of range or claimed before. */
int claim_column(struct reader *reader, const char *word, uint32_t *column);
/* Undoes %XX in place; plan words have no spaces. 0 or -EINVAL. */
int unescape(char *word);

#endif
