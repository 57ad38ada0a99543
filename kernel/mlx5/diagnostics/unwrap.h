// SPDX-License-Identifier: Apache-2.0
/*
 * Numbers of the device that wrap, as running 64-bit numbers. A sample id has 16 bits (65 ms at 1 us per sample), a
 * time stamp 32 (4.3 s at 1 GHz). Of all running numbers that end in the given bits, a sample id is the highest that is
 * not above `latest`, and a time stamp is the one nearest to `expected`.
 */
#ifndef COUNTERSINK_UNWRAP_H
#define COUNTERSINK_UNWRAP_H

#include <stdint.h>

static inline uint64_t unwrap_u16(uint16_t low, uint64_t latest)
{
	return latest - (uint16_t)((uint16_t)latest - low);
}

static inline uint64_t unwrap_u32(uint32_t low, uint64_t expected)
{
	return expected + (uint64_t)(int64_t)(int32_t)(low - (uint32_t)expected);
}

#endif
