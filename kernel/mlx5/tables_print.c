// SPDX-License-Identifier: Apache-2.0
/* Prints the TypeScript of a table: tables_print firmware (transport/firmware.h) or tables_print trace
 * (trace/trace.h). */
#include <stdio.h>
#include <string.h>

#include "trace/trace.h"
#include "transport/firmware.h"

#define PRINT_SCOPE(name, text, number) printf("\t%s: %d,\n", #text, number);
#define PRINT_OPCODE(name, number, scope) printf("\t%s: { number: 0x%x, scope: %d },\n", #name, number, scope);
#define PRINT_REGISTER(name, number, may_write) printf("\t%s: 0x%x,\n", #name, number);
#define PRINT_STATUS(number, name, meaning) printf("\t%d: [\"%s\", \"%s\"],\n", number, #name, meaning);
#define PRINT_CONSTANT(name, value) printf("\t%s: %d,\n", #name, value);
#define PRINT_FIELD(structure, field, ...) print_field(#structure, #field, __VA_ARGS__);
#define PRINT_NAME(name) printf("\t\"%s\",\n", #name);

static void print_camel(const char *snake)
{
	for (; *snake; snake++)
		putchar(*snake == '_' ? *++snake - 'a' + 'A' : *snake);
}

/* Fields of one structure follow each other in the table; NULL ends the last structure. */
static void print_field(const char *structure, const char *field, int bit, int bits)
{
	static const char *open;
	if (open && (!structure || strcmp(open, structure)))
		printf("} as const;\n");
	if (structure && (!open || strcmp(open, structure))) {
		printf("export const ");
		print_camel(structure);
		printf(" = {\n");
	}
	if (structure)
		printf("\t%s: [%d, %d],\n", field, bit, bits);
	open = structure;
}

static void print_firmware(void)
{
	printf("/** What fwctl lets a command do. mlx5ctl has no scopes. */\nexport const scope = {\n");
	SCOPES(PRINT_SCOPE)
	printf("} as const;\n\n/** Every command that the sampler executes, and the widest scope that it may have. */\n");
	printf("export const opcodes = {\n");
	OPCODES(PRINT_OPCODE)
	printf("} as const;\n\n/** Every register that ACCESS_REG may name. */\nexport const registers = {\n");
	REGISTERS(PRINT_REGISTER)
	printf("} as const;\n\n/** Name and meaning of each status of a command. */\n");
	printf("export const statuses: Readonly<Record<number, readonly [name: string, meaning: string]>> = {\n");
	STATUSES(PRINT_STATUS)
	printf("};\n\n/** Sizes and offsets in bytes, unless the name says otherwise. */\nexport const firmware = {\n");
	FIRMWARE_CONSTANTS(PRINT_CONSTANT)
	printf("} as const;\n\n/* Structures: first bit and number of bits of each field. */\n");
	FIRMWARE_FIELDS(PRINT_FIELD)
	print_field(NULL, NULL, 0, 0);
}

static void print_trace(void)
{
	printf("/** The commands of a plan, in the order in which they are sent. */\nexport const traceCommandNames = [\n");
	TRACE_COMMANDS(PRINT_NAME)
	printf("] as const;\n\n/** What a row says of an event. */\nexport const traceFieldNames = [\n");
	TRACE_FIELDS(PRINT_NAME)
	printf("] as const;\n");
}

int main(int count, char **words)
{
	static const struct {
		const char *table, *header;
		void (*print)(void);
	} tables[] = {{"firmware", "transport/firmware.h", print_firmware}, {"trace", "trace/trace.h", print_trace}};
	for (size_t i = 0; count == 2 && i < sizeof tables / sizeof *tables; i++) {
		if (strcmp(words[1], tables[i].table))
			continue;
		printf("// SPDX-License-Identifier: Apache-2.0\n");
		printf("// Printed by kernel/mlx5/tables_print.c from %s: change it there and run `npm run gen`.\n\n", tables[i].header);
		tables[i].print();
		return 0;
	}
	fprintf(stderr, "tables_print firmware|trace\n");
	return 2;
}
