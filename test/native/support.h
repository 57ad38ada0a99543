// SPDX-License-Identifier: Apache-2.0
/* Shared by the native tests: repeatable random numbers, a check that prints its line and seed, and a ring as Node
 * makes it. */
#ifndef COUNTERSINK_TEST_SUPPORT_H
#define COUNTERSINK_TEST_SUPPORT_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../sampler/native/ring.h"

static uint64_t test_seed = 1;

#define CHECK(condition, ...)                                                                                          \
	do {                                                                                                           \
		if (!(condition)) {                                                                                    \
			fprintf(stderr, "%s:%d: %s (seed %" PRIu64 "): ", __FILE__, __LINE__, #condition, test_seed);  \
			fprintf(stderr, __VA_ARGS__);                                                                  \
			fputc('\n', stderr);                                                                           \
			exit(1);                                                                                       \
		}                                                                                                      \
	} while (0)

/* SplitMix64. It is a hash, so a reader can compute again what was written. */
static inline uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ULL;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

struct chance {
	uint64_t state;
};

static inline uint64_t draw(struct chance *chance)
{
	return mix(chance->state++);
}

/* Returns a number from 0 to below - 1. */
static inline uint64_t draw_below(struct chance *chance, uint64_t below)
{
	return draw(chance) % below;
}

static inline size_t ring_size(uint64_t columns, uint64_t blocks, uint64_t gaps)
{
	return round_up(ring_blocks_offset(gaps) + blocks * block_bytes(columns), UMEM_PAGE);
}

/* Writes the header that Node writes. The rest of the memory stays as it is, because the ring must not rely on it. */
static inline void write_ring_header(void *base, uint64_t columns, uint64_t blocks, uint64_t gaps, uint64_t period_ns)
{
	memset(base, 0, RING_GAPS);
	*word_at(base, ring_magic) = UMEM_MAGIC;
	*word_at(base, ring_hash) = layout_hash();
	*word_at(base, ring_bytes) = ring_size(columns, blocks, gaps);
	*word_at(base, ring_columns) = columns;
	*word_at(base, ring_blocks) = blocks;
	*word_at(base, ring_gap_capacity) = gaps;
	*word_at(base, ring_period_ns) = period_ns;
}

/* Makes this ring write its lines in one of the ways that this CPU can, by number, and returns which. */
static inline enum transpose_kind use_transpose(struct ring *ring, uint64_t number)
{
	enum transpose_kind kind = (enum transpose_kind)(number % TRANSPOSE_KINDS);
	if (!transpose_of(kind))
		kind = TRANSPOSE_PORTABLE;
	ring->stage.transpose = transpose_of(kind);
	return kind;
}

/* Allocates the memory of a ring, with random bytes after the header. Free it with free(). */
static inline void *make_ring(uint64_t columns, uint64_t blocks, uint64_t gaps, uint64_t period_ns)
{
	size_t bytes = ring_size(columns, blocks, gaps);
	void *base = aligned_alloc(UMEM_PAGE, bytes);
	CHECK(base, "no memory for %zu bytes", bytes);
	memset(base, 0xa5, bytes);
	write_ring_header(base, columns, blocks, gaps, period_ns);
	return base;
}

#endif
