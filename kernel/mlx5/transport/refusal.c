// SPDX-License-Identifier: Apache-2.0
#include "refusal.h"

#include <stdio.h>
#include <string.h>

#include "big_endian.h"

/* S(status, name): the same as in status.ts. */
#define STATUSES(S)                                                                                                    \
	S(0x01, INTERNAL_ERR)                                                                                          \
	S(0x02, BAD_OP)                                                                                                \
	S(0x03, BAD_PARAM)                                                                                             \
	S(0x04, BAD_SYS_STATE)                                                                                         \
	S(0x05, BAD_RESOURCE)                                                                                          \
	S(0x06, RESOURCE_BUSY)                                                                                         \
	S(0x08, EXCEED_LIM)                                                                                            \
	S(0x09, BAD_RES_STATE)                                                                                         \
	S(0x0a, BAD_INDEX)                                                                                             \
	S(0x0f, NO_RESOURCES)                                                                                          \
	S(0x10, BAD_QP_STATE)                                                                                          \
	S(0x30, BAD_PKT)                                                                                               \
	S(0x40, BAD_SIZE_OUTS_CQES)                                                                                    \
	S(0x50, BAD_INPUT_LEN)                                                                                         \
	S(0x51, BAD_OUTPUT_LEN)

#define STATUS_ROW(number, text) {number, #text},
static const struct {
	uint8_t status;
	const char *name;
} statuses[] = {STATUSES(STATUS_ROW)};

static const char *name_of(uint8_t status)
{
	for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
		if (statuses[i].status == status)
			return statuses[i].name;
	return "an unknown status";
}

void describe_error(char *text, size_t bytes, const char *what, int error, const uint8_t *outbox)
{
	if (error == -EREMOTEIO)
		snprintf(text, bytes, "%s: the firmware refused: %s (status 0x%x, syndrome 0x%x)", what,
			 name_of(outbox[OUTBOX_STATUS]), outbox[OUTBOX_STATUS], get_u32(outbox + OUTBOX_SYNDROME));
	else if (error == -EBADMSG)
		snprintf(text, bytes, "%s: the driver does not allow the command in this scope", what);
	else if (error == -ENODEV)
		snprintf(text, bytes, "%s: the device is gone", what);
	else
		snprintf(text, bytes, "%s: %s", what, strerror(-error));
}
