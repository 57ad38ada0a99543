// SPDX-License-Identifier: Apache-2.0
#include "stage.h"

#include <errno.h>
#include <stdlib.h>

#include "layout.h"

int stage_create(struct stage *stage, uint32_t columns)
{
	stage->columns = columns;
	stage->null_words = (columns + 63) / 64;
	/* A line more than the cells take: rows a power of two apart would share one cache set. */
	stage->row_bytes = round_up((size_t)columns * 8, CACHE_LINE) + CACHE_LINE;
	size_t cells = LINE_ROWS * stage->row_bytes, nulls = LINE_ROWS * stage->null_words * sizeof(uint64_t);
	stage->cells = aligned_alloc(CACHE_LINE, round_up(cells + nulls, CACHE_LINE));
	if (!stage->cells)
		return -ENOMEM;
	memset(stage->cells, 0, cells + nulls);
	stage->nulls = (uint64_t *)(void *)(stage->cells + cells);
	stage->transpose = transpose_best();
	return 0;
}

void stage_free(struct stage *stage)
{
	free(stage->cells);
	stage->cells = NULL;
}

/* A part of a line, of which the consumer may be reading the earlier rows: they are not written again. */
static void write_rows(const struct stage *stage, char *line, uint32_t first)
{
	memcpy(line + first * 8, &stage->ts[first], stage->rows * 8);
	memcpy(line + COLUMN_STRIDE + first * 8, &stage->tick[first], stage->rows * 8);
	for (uint32_t row = first; row < first + stage->rows; row++) {
		const char *from = stage->cells + row * stage->row_bytes;
		char *to = line + (size_t)FIXED_COLUMNS * COLUMN_STRIDE + row * 8;
		for (size_t column = 0; column < stage->columns; column++)
			memcpy(to + column * COLUMN_STRIDE, from + column * 8, 8);
		if (row == 0)
			for (size_t column = 0; column < stage->columns; column++)
				__builtin_prefetch(to + column * COLUMN_STRIDE + PREFETCH_AHEAD, 1);
	}
}

bool stage_write(struct stage *stage, char *block, uint32_t end)
{
	uint32_t row = end - stage->rows, first = row % LINE_ROWS;
	char *line = block + (size_t)(row - first) * 8;
	memcpy(block + (size_t)2 * COLUMN_STRIDE + row * 4, &stage->read_ns[first], stage->rows * 4);
	bool fence = false;
	if (stage->rows == LINE_ROWS)
		fence = stage->transpose(line, &(struct staged_rows){stage->cells, stage->row_bytes, stage->columns,
								     stage->ts, stage->tick});
	else
		write_rows(stage, line, first);
	stage->rows = 0;
	return fence;
}
