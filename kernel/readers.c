// SPDX-License-Identifier: Apache-2.0
/* The list of readers, and helpers that parse the words of their plan lines. */
#include "reader.h"

#include <errno.h>
#include <stdlib.h>

/* R(symbol): one line for each way of reading. */
#define READERS(R)                                                                                                     \
	R(ethtool)                                                                                                     \
	R(mlx5_drain)                                                                                                  \
	R(mlx5_register)                                                                                               \
	R(mlx5_trace)                                                                                                  \
	R(netlink)                                                                                                     \
	R(perf)                                                                                                        \
	R(synthetic)                                                                                                   \
	R(text)

#define DECLARE(symbol) extern const struct reader_ops symbol##_reader;
#define ADDRESS(symbol) &symbol##_reader,
READERS(DECLARE)
static const struct reader_ops *const readers[] = {READERS(ADDRESS)};

const struct reader_ops *reader_find(const char *name)
{
	for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
		if (strcmp(readers[i]->name, name) == 0)
			return readers[i];
	return NULL;
}

int parse_u64(const char *word, uint64_t *value)
{
	char *end;
	if (*word < '0' || *word > '9')
		return -EINVAL;
	errno = 0;
	*value = strtoull(word, &end, 10);
	return errno || *end ? -EINVAL : 0;
}

int parse_i64(const char *word, int64_t *value)
{
	char *end;
	if (*word != '-' && (*word < '0' || *word > '9'))
		return -EINVAL;
	errno = 0;
	*value = strtoll(word, &end, 10);
	return errno || *end ? -EINVAL : 0;
}

int claim_column(struct reader *reader, const char *word, uint32_t *column)
{
	uint64_t value;
	if (parse_u64(word, &value) || value >= reader->columns)
		return -EINVAL;
	uint64_t bit = 1ULL << (value % 64);
	if (reader->mine[value / 64] & bit)
		return -EINVAL;
	reader->mine[value / 64] |= bit;
	*column = (uint32_t)value;
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int unescape(char *word)
{
	char *out = word;
	for (const char *in = word; *in; in++) {
		if (*in != '%') {
			*out++ = *in;
			continue;
		}
		int high = hex_digit(in[1]);
		int low = high < 0 ? -1 : hex_digit(in[2]);
		if (low < 0 || high * 16 + low == 0)
			return -EINVAL;
		*out++ = (char)(high * 16 + low);
		in += 2;
	}
	*out = 0;
	return 0;
}
