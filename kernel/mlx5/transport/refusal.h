// SPDX-License-Identifier: Apache-2.0
/* What the firmware says when it refuses. */
#ifndef COUNTERSINK_STATUS_H
#define COUNTERSINK_STATUS_H

#include "transport.h"

/* One sentence part: "the firmware refused: BAD_PARAM (status 0x3, syndrome 0x12ab34)", or what the errno means. */
void describe_error(char *text, size_t bytes, const char *what, int error, const uint8_t *outbox);

#endif
