// SPDX-License-Identifier: Apache-2.0
/* Which commands the sampler executes. It may be the only privileged part of countersink, so it does not trust the
 * plan. */
#ifndef COUNTERSINK_ALLOWED_H
#define COUNTERSINK_ALLOWED_H

#include <stdbool.h>

#include "mailbox.h"

/* The inbox must have MAILBOX_MIN bytes. mkey: the only memory that the firmware tracer may be told to write to;
 * NULL: none. */
bool command_is_allowed(const struct mailbox *mailbox, const uint32_t *mkey);

#endif
