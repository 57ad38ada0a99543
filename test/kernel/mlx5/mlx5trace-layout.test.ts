// SPDX-License-Identifier: Apache-2.0
/** Mailboxes of the firmware tracer against bytes written by hand from the published layouts; its strings. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { piecesOf, textsOf } from "../../../kernel/mlx5/trace/format-strings.js";
import { traceCommandNames } from "../../../kernel/mlx5/trace/trace.gen.js";
import {
	decodeTraceCapability,
	readStrings,
	readTraceCapability,
	traceCommands,
} from "../../../kernel/mlx5/trace/trace-commands.js";
import { decode } from "../../../kernel/mlx5/transport/bit-fields.js";
import { traceControl } from "../../../kernel/mlx5/transport/firmware.gen.js";
import type { Command } from "../../../kernel/mlx5/transport/mailbox.js";

/** Bytes of zero but for some, by offset. */
function scattered(length: number, some: Record<number, string>): Uint8Array {
	const all = new Uint8Array(length);
	for (const [at, text] of Object.entries(some)) all.set(Buffer.from(text.replace(/ /g, ""), "hex"), Number(at));
	return all;
}

const commands: Readonly<Record<string, Command>> = traceCommands(8);

const written: readonly (readonly [name: string, bytes: number, some: Record<number, string>])[] = [
	["alloc_pd", 16, { 0: "0800" }],
	[
		"create_mkey",
		272,
		{ 0: "0200", 12: "40000000", 16: "00000d00 ffffff00", 44: "00100000", 68: "00000080 0000000c", 96: "00000080" },
	],
	["acquire", 144, { 0: "0805", 10: "9040", 16: "80000000" }],
	["configure", 144, { 0: "0805", 10: "9041", 16: "00000001 00000008" }],
	["clock", 80, { 0: "0805 0000 0000 0001", 10: "9043" }],
	["enable", 80, { 0: "0805", 10: "9043", 16: "40000001" }],
	["disable", 80, { 0: "0805", 10: "9043", 16: "00000001" }],
	["release", 144, { 0: "0805", 10: "9040" }],
	["destroy_mkey", 16, { 0: "0202" }],
	["dealloc_pd", 16, { 0: "0801" }],
];

test("inboxes are the published bytes, in the order in which they are sent", () => {
	assert.deepEqual(
		traceCommandNames,
		written.map(([name]) => name),
	);
	for (const [name, bytes, some] of written)
		assert.deepEqual(Buffer.from(commands[name]!.inbox), Buffer.from(scattered(bytes, some)), name);
});

test("a piece of the string database is asked for as Linux does", () => {
	const { inbox, outBytes } = readStrings(2, 0x1240, 64);
	assert.deepEqual(Buffer.from(inbox), Buffer.from(scattered(24, { 0: "0805", 10: "9042", 16: "20000040 00001240" })));
	assert.equal(outBytes, 16 + 8 + 64);
	assert.equal(readTraceCapability.inbox[7], 1);
});

test("MTRC_CAP is decoded with its string sections", () => {
	const outbox = scattered(144, {
		16: "c2000002 40080000 0000000a",
		32: "10000000 00000100 20004000 ff012345",
	});
	assert.deepEqual(decodeTraceCapability(outbox), {
		trace_owner: 1,
		trace_to_memory: 1,
		trc_ver: 2,
		num_string_db: 2,
		first_string_trace: 0x40,
		num_string_trace: 8,
		log_max_trace_buffer_size: 10,
		sections: [
			{ address: 0x10000000, bytes: 0x100 },
			{ address: 0x20004000, bytes: 0x12345 },
		],
	});
});

test("MTRC_CTRL tells 53 bits of time, and whether it traces", () => {
	const answer = scattered(64, { 0: "48000001", 8: "ff1abcde 12345678" });
	assert.deepEqual(decode(traceControl, answer), {
		trace_status: 1,
		arm_event: 1,
		modify_field_select: 1,
		current_timestamp52_32: 0x1abcde,
		current_timestamp31_0: 0x12345678,
	});
});

test("pieces cover a section once, in words, and nothing beyond", () => {
	fc.assert(
		fc.property(fc.nat({ max: 5000 }), (bytes) => {
			let next = 0;
			for (const piece of piecesOf(3, bytes)) {
				assert.equal(piece.offset, next);
				next += piece.bytes;
			}
			assert.equal(next, bytes - (bytes % 4));
		}),
	);
});

test("strings are found by the address of their first byte; what is no text is left out", () => {
	const content = Buffer.from("\0\0one %d\0two\0\x80\x81\0\0three\n", "latin1");
	assert.deepEqual(textsOf({ address: 0x1000, bytes: content.length }, content), [
		{ address: 0x1002, text: "one %d" },
		{ address: 0x1009, text: "two" },
		{ address: 0x1011, text: "three\n" },
	]);
});
