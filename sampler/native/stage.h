// SPDX-License-Identifier: Apache-2.0
/*
 * The stage: rows that were committed and are not in the block yet. It holds those of one cache line of the block, one
 * row after another, so that a reader fills memory that is in its nearest cache and the block is written in whole lines
 * (transpose.h).
 */
#ifndef COUNTERSINK_STAGE_H
#define COUNTERSINK_STAGE_H

#include "../../kernel/reader.h"
#include "transpose.h"

struct stage {
	char *cells; /* LINE_ROWS rows */
	size_t row_bytes;
	uint64_t *nulls; /* as cells.nulls, for each row; all 0 but of rows that are staged or open */
	size_t null_words;
	uint32_t columns;
	uint32_t rows;		  /* staged */
	uint32_t rows_with_nulls; /* bit i: row i of the line */
	transpose *transpose;
	_Alignas(CACHE_LINE) int64_t ts[LINE_ROWS];
	_Alignas(CACHE_LINE) uint64_t tick[LINE_ROWS];
	uint32_t read_ns[LINE_ROWS];
};

/* 0 or -ENOMEM. */
int stage_create(struct stage *stage, uint32_t columns);
void stage_free(struct stage *stage);

/* Writes the staged rows to the columns of the block, where they end before row end, and empties the stage but for its
 * nulls. Returns whether a store fence is needed before they are published. */
bool stage_write(struct stage *stage, char *block, uint32_t end);

/* Bit i: column i is null in this row of the line. */
static inline uint64_t *stage_nulls(const struct stage *stage, uint32_t at)
{
	return stage->nulls + at * stage->null_words;
}

/* Makes cells those of row `at` of the line. */
static inline void stage_open(const struct stage *stage, uint32_t at, struct cells *cells)
{
	cells->base = stage->cells + at * stage->row_bytes;
	cells->stride = sizeof(uint64_t);
	cells->nulls = stage_nulls(stage, at);
	/* Left by a sweep into this row that failed. */
	if (cells->any_null)
		memset(cells->nulls, 0, stage->null_words * sizeof(uint64_t));
	cells->any_null = false;
}

/* Stages the row that stage_open opened. */
static inline void stage_put(struct stage *stage, uint32_t at, const struct cells *cells, int64_t ts, uint32_t read_ns)
{
	stage->ts[at] = ts;
	stage->tick[at] = cells->tick;
	stage->read_ns[at] = read_ns;
	stage->rows_with_nulls |= (uint32_t)cells->any_null << at;
	stage->rows++;
}

#endif
