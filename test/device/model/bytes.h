// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Big-endian fields of mailboxes. Offsets are in bytes from the start of a mailbox; bits() counts from bit 0 = LSB. */
#ifndef FW_BYTES_H
#define FW_BYTES_H

#include "compat.h"

static inline uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static inline uint64_t get64(const uint8_t *p)
{
	return (uint64_t)get32(p) << 32 | get32(p + 4);
}

static inline void put16(uint8_t *p, uint32_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static inline void put32(uint8_t *p, uint32_t value)
{
	put16(p, value >> 16);
	put16(p + 2, value);
}

static inline void put64(uint8_t *p, uint64_t value)
{
	put32(p, (uint32_t)(value >> 32));
	put32(p + 4, (uint32_t)value);
}

/* The field of `width` bits whose least significant bit is `low`, of a dword. */
static inline uint32_t bits(uint32_t dword, unsigned low, unsigned width)
{
	return dword >> low & (uint32_t)((1ULL << width) - 1);
}

/* SplitMix64: whatever the model makes up is a function of a number, so that a judge can compute it again. */
static inline uint64_t fw_hash(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ULL;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

#endif
