// SPDX-License-Identifier: Apache-2.0
/* Cells that a reader can compute again from salt, tick and column, with stretches of many nulls and of none. */
#ifndef COUNTERSINK_TEST_CELLS_H
#define COUNTERSINK_TEST_CELLS_H

#include "support.h"

static inline bool is_null(uint64_t salt, uint64_t tick, uint32_t column)
{
	static const uint64_t one_in[] = {0, 64, 2, 1};
	uint64_t rate = one_in[mix(salt ^ tick / 2500) % 4];
	return rate && mix(mix(salt + tick) + column) % rate == 0;
}

static inline uint64_t cell_at(uint64_t salt, uint64_t tick, uint32_t column)
{
	return mix(salt ^ (tick << 8) ^ column);
}

static inline uint64_t expect_cell(void *context, uint64_t tick, uint32_t column, bool *null)
{
	const uint64_t *salt = context;
	*null = is_null(*salt, tick, column);
	return cell_at(*salt, tick, column);
}

static inline uint64_t fill(struct cells *cells, uint32_t columns, uint64_t salt, uint64_t tick)
{
	uint64_t nulls = 0;
	for (uint32_t column = 0; column < columns; column++)
		if (is_null(salt, tick, column)) {
			cell_null(cells, column);
			nulls++;
		} else {
			cell_put(cells, column, cell_at(salt, tick, column));
		}
	return nulls;
}

#endif
