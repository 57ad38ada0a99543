// SPDX-License-Identifier: Apache-2.0
/* Big-endian integers at any address: mailboxes and what stands in them. */
#ifndef COUNTERSINK_BYTES_H
#define COUNTERSINK_BYTES_H

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

#endif
