// SPDX-License-Identifier: Apache-2.0
/** Reads the string database of the firmware piece by piece: format strings by address. */
import type { NamedText } from "../../source.js";
import { execute, type Node, outboxOf } from "../transport/execute.js";
import type { Command } from "../transport/mailbox.js";
import { readStrings, type StringSection, stringsOf } from "./trace-commands.js";

/** Linux reads pieces of this size, and words for the rest of a section. */
const PIECE_BYTES = 64;
const REST_BYTES = 4;

interface Piece {
	readonly section: number;
	readonly offset: number;
	readonly bytes: number;
}

/** Pieces that cover a section, except for bytes after its last whole word, which cannot be read. */
export function piecesOf(section: number, bytes: number): Piece[] {
	const whole = Math.floor(bytes / PIECE_BYTES);
	const rest = Math.floor((bytes % PIECE_BYTES) / REST_BYTES);
	return [
		...Array.from({ length: whole }, (_, i) => ({ section, offset: i * PIECE_BYTES, bytes: PIECE_BYTES })),
		...Array.from({ length: rest }, (_, i) => ({
			section,
			offset: whole * PIECE_BYTES + i * REST_BYTES,
			bytes: REST_BYTES,
		})),
	];
}

/** Texts, which end in a zero byte, by the address of their first byte. What is not text is left out. */
export function textsOf({ address }: StringSection, content: Uint8Array): NamedText[] {
	const text = Buffer.from(content).toString("latin1");
	return [...text.matchAll(/[^\0]+/g)]
		.filter(([found]) => /^[\t\n\r\x20-\x7e]+$/.test(found))
		.map((match) => ({ address: address + match.index, text: match[0] }));
}

/** Every format string of the device. Throws a CountersinkError where one cannot be read. */
export function readStringDatabase(node: Node, sections: readonly StringSection[]): NamedText[] {
	const pieces = sections.flatMap(({ bytes }, section) => piecesOf(section, bytes));
	const commands = pieces.map(({ section, offset, bytes }): Command => readStrings(section, offset, bytes));
	const answers = execute(commands.map((command) => [node, command]));
	return sections.flatMap((section, number) => {
		const content = new Uint8Array(section.bytes);
		for (const [i, { section: of, offset }] of pieces.entries())
			if (of === number) content.set(stringsOf(outboxOf(answers[i]!, node, commands[i]!.name)), offset);
		return textsOf(section, content);
	});
}
