// SPDX-License-Identifier: Apache-2.0
/* A mailbox as a word of a plan or of a request: lower-case hex, two digits a byte, no prefix. */
#ifndef COUNTERSINK_HEX_H
#define COUNTERSINK_HEX_H

#include <stdint.h>

/* Allocates a mailbox of at least MAILBOX_MIN bytes, which the caller frees. 0, -EINVAL or -ENOMEM. */
int parse_mailbox(const char *word, uint8_t **bytes, uint32_t *count);

#endif
