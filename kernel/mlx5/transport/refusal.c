// SPDX-License-Identifier: Apache-2.0
#include "refusal.h"

#include <stdio.h>
#include <string.h>

#include "big_endian.h"
#include "firmware.h"

#define STATUS_ROW(number, name, meaning) {number, #name},
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
			 name_of(outbox[out_header_status]), outbox[out_header_status],
			 get_u32(outbox + out_header_syndrome));
	else if (error == -EBADMSG)
		snprintf(text, bytes, "%s: the driver does not allow the command in this scope", what);
	else if (error == -ENODEV)
		snprintf(text, bytes, "%s: the device is gone", what);
	else
		snprintf(text, bytes, "%s: %s", what, strerror(-error));
}
