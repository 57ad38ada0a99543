// SPDX-License-Identifier: Apache-2.0
/* Why a command was not done, in words. */
#ifndef COUNTERSINK_REFUSAL_H
#define COUNTERSINK_REFUSAL_H

#include <stddef.h>
#include <stdint.h>

/* Writes "WHAT: the firmware refused: BAD_PARAM (status 0x3, syndrome 0x12ab34)", or WHAT and the meaning of the
 * errno. The outbox is read for -EREMOTEIO only. */
void describe_error(char *text, size_t bytes, const char *what, int error, const uint8_t *outbox);

#endif
