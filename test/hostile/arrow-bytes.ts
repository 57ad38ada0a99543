// SPDX-License-Identifier: Apache-2.0
/**
 * An Arrow stream or file, changed where its reader believes it. The format (arrow.apache.org/docs/format/Columnar.html): messages of
 * a mark ff ff ff ff, the length of a flatbuffer, the flatbuffer, and a body of buffers; a file has them between the magic words, and
 * a footer that tells where each is.
 */
import { Field, Schema } from "apache-arrow";
import type { Bait } from "./bait.js";
import { editInPlace, rewrite } from "./bytes.js";
import { hostileJson, hostileNames, hostileNumbers, injections } from "./hostile-values.js";
import { columnKeys, type Metadata, tableKeys, withKey, withSchema } from "./imports/metadata-cases.js";
import type { Random } from "./random.js";

const MARK = 0xffffffff;
const FRONT = 8;

interface Message {
	readonly from: number;
	/** Of the flatbuffer. */
	readonly head: number;
	readonly body: number;
	readonly to: number;
}

/** Messages as they follow each other; where a body is as long as the distance to the next mark says. */
function messagesOf(bytes: Buffer): Message[] {
	const starts: number[] = [];
	for (let at = 0; at + FRONT <= bytes.length; at += FRONT) if (bytes.readUInt32LE(at) === MARK) starts.push(at);
	return starts.map((from, i) => {
		const head = from + FRONT;
		const to = starts[i + 1] ?? bytes.length;
		return { from, head, body: Math.min(head + bytes.readUInt32LE(from + 4), to), to };
	});
}

/** In the flatbuffers: counts of rows, lengths and offsets of buffers, types. */
function editMessages(random: Random, bytes: Buffer): Buffer {
	const { head, body } = random.pick(messagesOf(bytes));
	editInPlace(random, bytes, { from: head, to: Math.max(body, head + 1) });
	return bytes;
}

function moveMessages(random: Random, bytes: Buffer): Buffer {
	const parts = messagesOf(bytes).map(({ from, to }) => bytes.subarray(from, to));
	const front = bytes.subarray(0, messagesOf(bytes)[0]!.from);
	const i = random.below(parts.length);
	const run = random.pick([
		Buffer.alloc(8),
		Buffer.alloc(4),
		Buffer.alloc(8, 0xff),
		random.bytes(random.between(1, 16)),
	]);
	random.pick<() => void>([
		() => parts.splice(i, 0, run),
		() => parts.splice(parts.length - 1, 0, run),
		() => parts.splice(i, 1),
		() => parts.splice(i, 0, parts[i]!),
		() => parts.reverse(),
		() => parts.splice(i, 1, parts[i]!.subarray(0, random.below(parts[i]!.length))),
		() => parts.splice(i, 1, parts[i]!.subarray(random.between(1, 8))),
	])();
	return Buffer.concat([front, ...parts]);
}

function editFront(random: Random, bytes: Buffer): Buffer {
	const { from } = random.pick(messagesOf(bytes));
	bytes.writeUInt32LE(random.pick([0, 1, 4, 8, 0x7fffffff, 0x80000000, 0xffffffff, bytes.length]), from + 4);
	return bytes;
}

/** A text, a number, or something else where one is expected. */
export function hostileValue(random: Random, bait: Bait): unknown {
	const text = random.pick([
		() => random.pick(injections(bait)),
		() => random.pick(hostileNames(bait)),
		() => random.pick(hostileNumbers),
	])();
	return random.pick<unknown>([text, text, text, text, Number(text), [text], { a: text }, null, true]);
}

/** One hostile value in what the schema says of the whole. */
export function changeMetadata(random: Random, metadata: Metadata, bait: Bait): Map<string, string> {
	const value = hostileValue(random, bait);
	const list = random.pick<readonly [key: string, row: readonly unknown[]]>([
		["gaps", [value, 1, "late", "0"]],
		["gaps", [0, value, "late", "0"]],
		["gaps", [0, 1, value, "0"]],
		["gaps", [0, 1, "late", value]],
		["marks", [value, "m", null]],
		["marks", ["0", value, null]],
		["marks", ["0", "m", value]],
	]);
	return random.weighted<() => Map<string, string>>([
		[8, () => withKey(metadata, random.pick(tableKeys), value)],
		[
			2,
			() =>
				withKey(
					metadata,
					random.pick(["recording", "stream_end", "gaps", "marks", "counters"]),
					random.pick(hostileJson),
				),
		],
		[2, () => withKey(metadata, list[0], [list[1]])],
		[1, () => withKey(metadata, `stream_end.${String(value).replaceAll(".", "")}`, 0)],
		[1, () => withKey(metadata, String(value).replaceAll(".", "") || "x", value)],
		[
			1,
			() =>
				new Map([...metadata].filter(([key]) => key !== random.pick(["recording", "stream_end", "gaps", "period_ns"]))),
		],
	])();
}

/** Written again by Apache Arrow, with other metadata or names of columns. */
function rewriteTable(random: Random, bytes: Buffer, bait: Bait): Buffer {
	const value = String(hostileValue(random, bait));
	const column = random.word();
	const key = random.pick(["", "", ...columnKeys]);
	const change = ({ fields, metadata }: Schema): Schema => {
		if (random.chance(0.6)) return new Schema(fields, changeMetadata(random, metadata, bait));
		const changed = fields.map((field, i) => {
			if (i !== column % fields.length) return field;
			return key === ""
				? new Field(value, field.type, field.nullable, field.metadata)
				: new Field(field.name, field.type, field.nullable, new Map([...field.metadata, [key, value]]));
		});
		return new Schema(changed, metadata);
	};
	return withSchema(bytes, change, random.chance(0.3) ? changeMetadata(random, new Map(), bait) : undefined);
}

/** A changed copy. */
export function mutateArrow(random: Random, original: Buffer, bait: Bait): Buffer {
	const bytes = Buffer.from(original);
	return random.weighted<() => Buffer>([
		[8, () => editMessages(random, bytes)],
		[4, () => moveMessages(random, bytes)],
		[1, () => editFront(random, bytes)],
		[2, () => rewrite(random, bytes)],
		[
			2,
			() => {
				editInPlace(random, bytes, { from: 0, to: bytes.length });
				return bytes;
			},
		],
		[6, () => rewriteTable(random, bytes, bait)],
	])();
}
