// SPDX-License-Identifier: Apache-2.0
/* Big-endian integers at any address, as mailboxes have them. */
#ifndef COUNTERSINK_BIG_ENDIAN_H
#define COUNTERSINK_BIG_ENDIAN_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t get_u16(const uint8_t *at)
{
	uint16_t value;
	memcpy(&value, at, sizeof value);
	return be16toh(value);
}

static inline uint32_t get_u32(const uint8_t *at)
{
	uint32_t value;
	memcpy(&value, at, sizeof value);
	return be32toh(value);
}

static inline uint64_t get_u64(const uint8_t *at)
{
	uint64_t value;
	memcpy(&value, at, sizeof value);
	return be64toh(value);
}

static inline void put_u16(uint8_t *at, uint16_t value)
{
	uint16_t big = htobe16(value);
	memcpy(at, &big, sizeof big);
}

static inline void put_u32(uint8_t *at, uint32_t value)
{
	uint32_t big = htobe32(value);
	memcpy(at, &big, sizeof big);
}

/* Three bytes. */
static inline uint32_t get_u24(const uint8_t *at)
{
	return (uint32_t)at[0] << 16 | get_u16(at + 1);
}

static inline void put_u24(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 16);
	put_u16(at + 1, (uint16_t)value);
}

#endif
