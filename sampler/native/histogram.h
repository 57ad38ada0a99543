// SPDX-License-Identifier: Apache-2.0
/*
 * A log-linear histogram of nanoseconds in shared memory. It has 128 buckets an octave, so a quantile is right within
 * 0.4 %.
 *
 *   count, sum, max, bucket[5760]    u64 each, one writer
 *
 * Values of 2^51 ns (26 days) and more share the last bucket. sampler/histogram.ts reads it.
 */
#ifndef COUNTERSINK_HISTOGRAM_H
#define COUNTERSINK_HISTOGRAM_H

#include "barrier.h"
#include "layout.h"

static inline uint32_t histogram_bucket(uint64_t value)
{
	if (value < HISTOGRAM_SUB)
		return (uint32_t)value;
	uint32_t exponent = 63U - (uint32_t)__builtin_clzll(value);
	uint32_t bucket = (exponent - 6) * HISTOGRAM_SUB + ((uint32_t)(value >> (exponent - 7)) & (HISTOGRAM_SUB - 1));
	return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

static inline void add_statistic(uint64_t *word, uint64_t n)
{
	store_statistic(word, load_statistic(word) + n);
}

static inline void histogram_add(uint64_t *histogram, uint64_t value)
{
	add_statistic(&histogram[0], 1);
	add_statistic(&histogram[1], value);
	if (value > load_statistic(&histogram[2]))
		store_statistic(&histogram[2], value);
	add_statistic(&histogram[3 + histogram_bucket(value)], 1);
}

#endif
