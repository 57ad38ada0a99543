// SPDX-License-Identifier: Apache-2.0
/*
 * Eight rows, one after another, become one cache line in each column of a block.
 *
 *            column 0  1  2                column 0   r0 r1 r2 r3 r4 r5 r6 r7
 *     row 0         a  b  c                column 1   r0 r1 r2 ...
 *     row 1         d  e  f      ----->    column 2   ...
 *     ...
 *
 * Wide rows are stored past the caches. The lines are written whole, so their old contents need not be fetched, and
 * they do not push out what the machine under test has there. Such stores become visible in any order, and only for
 * certain after a store fence.
 */
#ifndef COUNTERSINK_TRANSPOSE_H
#define COUNTERSINK_TRANSPOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CACHE_LINE = 64, LINE_ROWS = 8 };

/* Rows with fewer cells than this are stored through the caches: their columns are few enough for the prefetchers, and
 * a store past the caches then costs more than it saves (docs/decisions/0015). */
enum { STREAM_COLUMNS = 32 };

/* Lines that are stored through the caches are asked for this far ahead: the hardware follows a few columns only. */
enum { PREFETCH_AHEAD = 2 * CACHE_LINE };

/* Everything starts on a cache line, and a row has room for a multiple of eight cells: those after the last are read
 * and not used. */
struct staged_rows {
	const char *cells;
	size_t stride; /* bytes from a row to the next */
	uint32_t columns;
	const void *ts, *tick; /* a line each: columns already */
};

/* Writes ts, tick and the cells to their columns (layout.h); line is the place in the first. Returns whether a store
 * fence is needed before the rows are published. */
typedef bool transpose(char *line, const struct staged_rows *rows);

/* All have the same result. The first needs nothing of the CPU. */
enum transpose_kind { TRANSPOSE_PORTABLE, TRANSPOSE_AVX2, TRANSPOSE_AVX512, TRANSPOSE_KINDS };

/* NULL where this CPU cannot. */
transpose *transpose_of(enum transpose_kind kind);

/* The fastest that this CPU can. */
transpose *transpose_best(void);

#endif
