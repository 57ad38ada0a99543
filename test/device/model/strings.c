// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* The format strings of the firmware tracer, in two sections with a gap in between, as a card has them. */
#include "internal.h"

const uint32_t fw_string_bases[FW_STRING_SECTIONS] = {0x10000000, 0x20004000};

const char fw_strings[FW_STRING_SECTIONS][FW_STRING_SECTION] = {
	"boot done\0"
	"port up\0"
	"port down, 100%% of lanes\0"
	"cmd opcode 0x%x\0"
	"eq %u armed\0"
	"temperature %d mC\0"
	"qp 0x%06x state %u to %u\0",
	"link training ended\0"
	"pause storm on prio %d\0"
	"mkey 0x%08x len %u at 0x%x\0"
	"icm page %u of function %u, %d left\0",
};

static unsigned fw_arguments(const char *text)
{
	unsigned count = 0;
	for (; *text; text++) {
		if (*text != '%')
			continue;
		if (text[1] == '%')
			text++;
		else
			count++;
	}
	return count;
}

/* The wanted-th string with this number of arguments; how many there are when there is no such string. */
static unsigned fw_seek_string(unsigned arguments, unsigned wanted, uint32_t *address)
{
	unsigned found = 0;
	for (unsigned section = 0; section < FW_STRING_SECTIONS; section++) {
		const char *begin = fw_strings[section];
		for (const char *text = begin; *text; text += strlen(text) + 1) {
			if (fw_arguments(text) != arguments || found++ != wanted)
				continue;
			*address = fw_string_bases[section] + (uint32_t)(text - begin);
			return found;
		}
	}
	return found;
}

uint32_t fw_string_address(unsigned arguments, uint64_t choice)
{
	uint32_t address = 0;
	unsigned count = fw_seek_string(arguments, ~0u, &address);
	fw_seek_string(arguments, (unsigned)fw_mod(choice, count), &address);
	return address;
}
