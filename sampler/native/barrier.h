// SPDX-License-Identifier: Apache-2.0
/* The shared words of the umem are 64-bit and have one writer each. These are the ways to touch them. */
#ifndef COUNTERSINK_BARRIER_H
#define COUNTERSINK_BARRIER_H

#include <stddef.h>
#include <stdint.h>

static inline uint64_t *word_at(void *base, size_t offset)
{
	return (uint64_t *)(void *)((char *)base + offset);
}

/* Everything that was written before is visible to a thread that loads this value of the word with load_from_*. */
static inline void store_for_consumer(uint64_t *word, uint64_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

/* Stores past the caches (transpose.h) that were made before the fence become visible before any store after it. */
static inline void store_fence(void)
{
#if defined(__x86_64__)
	__builtin_ia32_sfence();
#endif
}

/* After this load, what the consumer has released may be overwritten. */
static inline uint64_t load_from_consumer(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

/* A statistic. Its readers may see it late, but never half written. */
static inline void store_statistic(uint64_t *word, uint64_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELAXED);
}

static inline uint64_t load_statistic(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_RELAXED);
}

#endif
