// SPDX-License-Identifier: Apache-2.0
/*
 * A command to the firmware: one inbox, one outbox, both big-endian.
 *
 *   inbox    opcode u16 @0, uid u16 @2, op_mod u16 @6, ...
 *   outbox   status u8 @0, syndrome u32 @4, ...
 *
 * Drivers hand a mailbox over as it is, with the user id of the descriptor put into its header. They call a refusal by
 * the firmware success; here a refusal is -EREMOTEIO, and the outbox says why.
 */
#ifndef COUNTERSINK_MAILBOX_H
#define COUNTERSINK_MAILBOX_H

#include <stdint.h>

#include "firmware.h"

struct mailbox {
	enum scope scope;
	const uint8_t *in;
	uint8_t *out;
	uint32_t in_bytes, out_bytes;
};

/* -EREMOTEIO where the driver did its part and the firmware refused. */
static inline int outbox_error(const struct mailbox *mailbox)
{
	return mailbox->out[out_header_status] ? -EREMOTEIO : 0;
}

#endif
