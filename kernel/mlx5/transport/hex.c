// SPDX-License-Identifier: Apache-2.0
#include "hex.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "firmware.h"

/* Longer than any driver takes. */
enum { MAX_DIGITS = 4 << 20 };

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int fill(const char *word, uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int high = digit(word[2 * i]), low = digit(word[2 * i + 1]);
		if (high < 0 || low < 0)
			return -EINVAL;
		bytes[i] = (uint8_t)(high * 16 + low);
	}
	return 0;
}

int parse_mailbox(const char *word, uint8_t **bytes, uint32_t *count)
{
	size_t digits = 0;
	while (digits <= MAX_DIGITS && word[digits])
		digits++;
	if (digits % 2 || digits / 2 < MAILBOX_MIN || digits > MAX_DIGITS)
		return -EINVAL;
	uint8_t *mailbox = malloc(digits / 2);
	if (!mailbox)
		return -ENOMEM;
	int error = fill(word, mailbox, digits / 2);
	if (error) {
		free(mailbox);
		return error;
	}
	*bytes = mailbox;
	*count = (uint32_t)(digits / 2);
	return 0;
}
