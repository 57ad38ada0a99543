// SPDX-License-Identifier: Apache-2.0
/*
 * What a source is to the sampling loop: a reader. It is configured from plan lines, opened once, and then read once per
 * tick, without allocating, searching or blocking. TypeScript has decided everything that can be decided before.
 *
 * A reader writes into cells: one row, wherever that row lies (a ring block, or the slot of a per-CPU helper thread).
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

	void (*close)(struct reader *reader);
};

struct reader {
	const struct reader_ops *ops;
	void *state;
	const char *what;
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
