// SPDX-License-Identifier: Apache-2.0
/*
 * Fields of a line of text, and the numbers in them. Everything here relies on a newline that ends the line.
 *
 * A field is a run of characters other than the separators: space, tab, '=' and ':'. So "some avg10=0.16 total=5" has
 * the fields some, avg10, 0.16, total, 5, and "  eth0:12" has eth0, 12. A run of separators counts as one; separators
 * at the start of a line are skipped.
 */
#ifndef COUNTERSINK_NUMBER_H
#define COUNTERSINK_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

enum { SEPARATOR = 1, LINE_END = 2 };

static const uint8_t character_class[256] = {
	['\t'] = SEPARATOR, [' '] = SEPARATOR, [':'] = SEPARATOR, ['='] = SEPARATOR, ['\n'] = LINE_END,
};

static inline uint8_t class_of(char c)
{
	return character_class[(uint8_t)c];
}

static inline const char *skip_field(const char *at)
{
	while (class_of(*at) == 0)
		at++;
	return at;
}

static inline const char *skip_separators(const char *at)
{
	while (class_of(*at) == SEPARATOR)
		at++;
	return at;
}

/* Each of these functions reads the whole field at `at`. It returns the end of the field, or NULL when the field is not
 * a number of this kind or does not fit into 64 bits. */

static inline const char *digits_with_check(const char *at, uint64_t *value)
{
	for (*value = 0; class_of(*at) == 0; at++) {
		unsigned digit = (unsigned)(uint8_t)*at - '0';
		if (digit > 9 || __builtin_mul_overflow(*value, 10, value) ||
		    __builtin_add_overflow(*value, digit, value))
			return NULL;
	}
	return at;
}

static inline const char *number_u64(const char *at, uint64_t *value)
{
	uint64_t sum = 0;
	const char *end = at;
	for (unsigned digit; (digit = (unsigned)(uint8_t)*end - '0') <= 9; end++)
		sum = sum * 10 + digit;
	if (end == at || class_of(*end) == 0)
		return NULL;
	if (end - at > 19) /* 10^19 - 1 fits, 20 digits may not. */
		return digits_with_check(at, value);
	*value = sum;
	return end;
}

static inline unsigned hex_digit(char c)
{
	unsigned digit = (unsigned)(uint8_t)c - '0';
	unsigned letter = ((unsigned)(uint8_t)c | 0x20) - 'a';
	return digit <= 9 ? digit : letter <= 5 ? letter + 10 : 16;
}

/* Hexadecimal, with or without 0x. */
static inline const char *number_x64(const char *at, uint64_t *value)
{
	uint64_t sum = 0;
	if (at[0] == '0' && (at[1] | 0x20) == 'x')
		at += 2;
	const char *end = at;
	for (unsigned digit; (digit = hex_digit(*end)) < 16; end++) {
		if (sum >> 60)
			return NULL;
		sum = sum << 4 | digit;
	}
	if (end == at || class_of(*end) == 0)
		return NULL;
	*value = sum;
	return end;
}

static inline const char *with_sign(const char *at, const char *magnitude, const char *end, uint64_t *value)
{
	bool negative = *at == '-';
	if (!end || (magnitude != at && *value > INT64_MAX + (uint64_t)negative))
		return NULL;
	if (negative)
		*value = -*value;
	return end;
}

/* Two's complement in 64 bits. */
static inline const char *number_i64(const char *at, uint64_t *value)
{
	const char *magnitude = at + (*at == '-');
	const char *end = with_sign(at, magnitude, number_u64(magnitude, value), value);
	return end && (*at == '-' || *value <= INT64_MAX) ? end : NULL;
}

/* Decimal, or hexadecimal after 0x; '+' or '-' makes it signed, in two's complement. */
static inline const char *number_any(const char *at, uint64_t *value)
{
	const char *magnitude = at + (*at == '-' || *at == '+');
	bool hex = magnitude[0] == '0' && (magnitude[1] | 0x20) == 'x';
	return with_sign(at, magnitude, hex ? number_x64(magnitude, value) : number_u64(magnitude, value), value);
}

/* A decimal fraction without exponent. Up to 19 digits are used; with 15 or fewer the result is correctly rounded. */
static inline const char *number_f64(const char *at, double *value)
{
	static const double powers[] = {1e0,  1e1,  1e2,  1e3,	1e4,  1e5,  1e6,  1e7,	1e8,  1e9,
					1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19};
	bool negative = *at == '-';
	uint64_t sum = 0;
	unsigned count = 0, places = 0, digit;
	const char *end = at + negative;
	for (; (digit = (unsigned)(uint8_t)*end - '0') <= 9; end++, count++)
		sum = sum * 10 + digit;
	if (count == 0 || count > 19)
		return NULL;
	if (*end == '.') {
		const char *first = ++end;
		for (; (digit = (unsigned)(uint8_t)*end - '0') <= 9; end++)
			if (count + places < 19) {
				sum = sum * 10 + digit;
				places++;
			}
		if (end == first)
			return NULL;
	}
	if (class_of(*end) == 0)
		return NULL;
	*value = (negative ? -1.0 : 1.0) * (double)sum / powers[places];
	return end;
}

#endif
