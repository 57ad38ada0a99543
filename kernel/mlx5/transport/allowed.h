// SPDX-License-Identifier: Apache-2.0
/* The commands that the sampler executes at all. It may be the only privileged part, so it trusts no plan. */
#ifndef COUNTERSINK_ALLOWED_H
#define COUNTERSINK_ALLOWED_H

#include "transport.h"

/* Needs MAILBOX_LEAST bytes of inbox. */
/* mkey: of the only memory that the tracer may be told to write to; NULL: there is none. */
bool command_is_allowed(const struct mailbox *mailbox, const uint32_t *mkey);

#endif
