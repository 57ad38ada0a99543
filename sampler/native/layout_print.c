// SPDX-License-Identifier: Apache-2.0
/* Prints sampler/layout.gen.ts from layout.h. */
#include <inttypes.h>
#include <stdio.h>

#include "layout.h"

#define PRINT_WORD(name, offset, writer) printf("\t%s: %d, // written by %s\n", #name, offset, #writer);
#define PRINT_PAIR(name, value) printf("\t%s: %d,\n", #name, value);
#define PRINT_REASON(name, value, text) printf("\t%d: \"%s\",\n", value, #text);

int main(void)
{
	printf("// SPDX-License-Identifier: Apache-2.0\n");
	printf("// Printed by sampler/native/layout_print.c from layout.h: change it there and run `npm run gen`.\n\n");
	printf("/** Byte offsets of the shared words, from the start of the control block or of a ring. */\n");
	printf("export const word = {\n");
	CONTROL_WORDS(PRINT_WORD)
	RING_WORDS(PRINT_WORD)
	printf("} as const;\n\nexport const layout = {\n");
	LAYOUT_CONSTANTS(PRINT_PAIR)
	printf("} as const;\n\n/** Why a tick is in the gap ledger, by number. */\nexport const gapReasons = {\n");
	GAP_REASONS(PRINT_REASON)
	printf("} as const;\n\nexport const samplerState = {\n");
	SAMPLER_STATES(PRINT_PAIR)
	printf("} as const;\n\n/** Bit numbers of the granted privileges. */\nexport const grant = {\n");
	GRANTS(PRINT_PAIR)
	printf("} as const;\n\n");
	printf("export const UMEM_MAGIC = 0x%" PRIx64 "n;\n", (uint64_t)UMEM_MAGIC);
	printf("export const LAYOUT_HASH = 0x%" PRIx64 "n;\n", layout_hash());
	return 0;
}
