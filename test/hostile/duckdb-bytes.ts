// SPDX-License-Identifier: Apache-2.0
/**
 * A DuckDB file and its log, changed below their checksums. DuckDB looks at a checksum before anything else, so a change that does
 * not recompute it tests nothing but that. The layout (storage/single_file_block_manager.cpp, storage/write_ahead_log.cpp of DuckDB 1.5):
 *
 *   file     three headers of 4,096 bytes (main, and two of the database of which the one with the greater iteration holds), then
 *            blocks of header.block_size; each begins with the checksum of the rest of it
 *   header   checksum, iteration, meta block, free list, block count, block size, vector size, version; 8 bytes each. A pointer to
 *            a meta block has the block in its low 56 bits, and above them which of the 64 parts of the block it is
 *   meta     each part begins with the pointer to the next, all ones at the end
 *   log      an entry that tells its version and has no checksum, then entries of size, checksum, bytes
 */
import { editInPlace, rewrite, type Span } from "./bytes.js";
import type { Random } from "./random.js";

const HEADER = 4096;
const BLOCKS_FROM = 3 * HEADER;
const WORD = 8;
const META_PARTS = 64;
const U64 = (1n << 64n) - 1n;
const NONE = U64;

const WORD_FACTOR = 0xbf58476d1ce4e5b9n;
const REST_FACTOR = 0xc6a4a7935bd1e995n;
const REST_SEED = 0xe17a1465n;

/** MurmurHash2 of the last 1 to 7 bytes. */
function restOf(bytes: Buffer): bigint {
	const word = bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
	let h = ((REST_SEED ^ ((BigInt(bytes.length) * REST_FACTOR) & U64) ^ word) * REST_FACTOR) & U64;
	h ^= h >> 47n;
	h = (h * REST_FACTOR) & U64;
	return h ^ (h >> 47n);
}

/** DuckDB's Checksum(): words times a factor, put together by xor. */
export function checksum(bytes: Buffer): bigint {
	const whole = bytes.length - (bytes.length % WORD);
	let sum = 5381n;
	for (let at = 0; at < whole; at += WORD) {
		const word = bytes.readBigUInt64LE(at);
		if (word !== 0n) sum ^= (word * WORD_FACTOR) & U64;
	}
	return whole === bytes.length ? sum : sum ^ restOf(bytes.subarray(whole));
}

interface Layout {
	readonly block_size: number;
	readonly blocks: number;
	/** The database header that holds. */
	readonly header: Span;
	readonly meta: bigint;
	readonly free: bigint;
}

function layoutOf(file: Buffer): Layout {
	const header = file.readBigUInt64LE(HEADER + WORD) > file.readBigUInt64LE(2 * HEADER + WORD) ? HEADER : 2 * HEADER;
	const [meta, free, , size] = [2, 3, 4, 5].map((i) => file.readBigUInt64LE(header + i * WORD));
	const block_size = Number(size);
	const blocks = Math.floor((file.length - BLOCKS_FROM) / block_size);
	return { block_size, blocks, header: { from: header + WORD, to: header + 8 * WORD }, meta: meta!, free: free! };
}

/** Up to the last byte that is not zero. */
function used(file: Buffer, { from, to }: Span): Span {
	let end = to;
	while (end > from && file[end - 1] === 0) end--;
	return { from, to: end };
}

/** The parts of meta blocks from a pointer on. */
function chain(file: Buffer, { block_size, blocks }: Layout, pointer: bigint): Span[] {
	const part = Math.floor((block_size - WORD) / META_PARTS / WORD) * WORD;
	const spans: Span[] = [];
	for (let at = pointer; at !== NONE && spans.length < blocks * META_PARTS; ) {
		const block = Number(at & ((1n << 56n) - 1n));
		if (block >= blocks) break;
		const from = BLOCKS_FROM + block * block_size + WORD + Number(at >> 56n) * part;
		spans.push(used(file, { from, to: from + part }));
		at = file.readBigUInt64LE(from);
	}
	return spans;
}

const blockSpans = (file: Buffer, { block_size, blocks }: Layout): Span[] =>
	Array.from({ length: blocks }, (_, i) => {
		const from = BLOCKS_FROM + i * block_size;
		return used(file, { from: from + WORD, to: from + block_size });
	}).filter(({ from, to }) => to > from);

const seal = (bytes: Buffer): void => {
	bytes.writeBigUInt64LE(checksum(bytes.subarray(WORD)));
};

/** Writes every checksum anew. */
export function sealFile(file: Buffer, block_size: number): void {
	for (let i = 0; i < 3; i++) seal(file.subarray(i * HEADER, (i + 1) * HEADER));
	for (let at = BLOCKS_FROM; at + block_size <= file.length; at += block_size) seal(file.subarray(at, at + block_size));
}

/** Whether every checksum of a file is what is computed here. */
export function holds(file: Buffer): boolean {
	const { block_size } = layoutOf(file);
	const copy = Buffer.from(file);
	sealFile(copy, block_size);
	return copy.equals(file);
}

/** A changed copy of a recording, with checksums that hold. */
export function mutateFile(random: Random, original: Buffer): Buffer {
	const file = Buffer.from(original);
	const layout = layoutOf(file);
	const spans = random.weighted<() => Span[]>([
		[1, () => [{ from: WORD, to: 128 }]],
		[3, () => [layout.header]],
		[10, () => chain(file, layout, layout.meta)],
		[1, () => chain(file, layout, layout.free)],
		[8, () => blockSpans(file, layout)],
	])();
	if (spans.length > 0) editInPlace(random, file, random.pick(spans));
	const length = random.chance(0.1) ? random.below(file.length) : file.length;
	sealFile(file, layout.block_size);
	/* What was cut off is found by the block that is not there; a last block that is cut has no checksum to hold. */
	return file.subarray(0, length);
}

interface Log {
	/** The entry that tells the version. */
	readonly head: Buffer;
	readonly entries: readonly Buffer[];
}

/** @returns null where an entry at this place does not hold */
function entriesFrom(log: Buffer, start: number): Buffer[] | null {
	const entries: Buffer[] = [];
	for (let at = start; at + 2 * WORD <= log.length; ) {
		const end = at + 2 * WORD + Number(log.readBigUInt64LE(at));
		if (end > log.length) return null;
		const entry = log.subarray(at + 2 * WORD, end);
		if (checksum(entry) !== log.readBigUInt64LE(at + WORD)) return null;
		entries.push(entry);
		at = end;
	}
	return entries.length > 0 ? entries : null;
}

/** The first entry is as long as its numbers of variable length are. */
export function readLog(log: Buffer): Log {
	for (let start = 1; start < 256; start++) {
		const entries = entriesFrom(log, start);
		if (entries) return { head: log.subarray(0, start), entries };
	}
	throw new Error("the log is not as DuckDB 1.5 writes it");
}

function sealed(entry: Buffer): Buffer {
	const front = Buffer.alloc(2 * WORD);
	front.writeBigUInt64LE(BigInt(entry.length));
	front.writeBigUInt64LE(checksum(entry), WORD);
	return Buffer.concat([front, entry]);
}

/** A changed copy of a log, with checksums that hold. */
export function mutateLog(random: Random, original: Buffer): Buffer {
	const { head, entries } = readLog(original);
	const front = Buffer.from(head);
	if (random.chance(0.05)) editInPlace(random, front, { from: 0, to: front.length });
	const changed: Buffer[] = entries.map((entry) => Buffer.from(entry));
	const i = random.below(changed.length);
	const entry = changed[i]!;
	const first = { from: 0, to: Math.min(entry.length, 512) };
	random.weighted<() => void>([
		[5, () => editInPlace(random, entry, { from: 0, to: entry.length })],
		/* What kind of entry it is, and the names and types of what it makes, come first. */
		[5, () => editInPlace(random, entry, first)],
		[2, () => changed.splice(i, 1, rewrite(random, entry))],
		[1, () => changed.splice(i, 1)],
		[1, () => changed.splice(random.below(changed.length), 0, entry)],
		[1, () => changed.splice(0, changed.length, ...changed.reverse())],
	])();
	const log = Buffer.concat([front, ...changed.map(sealed)]);
	if (random.chance(0.05)) log.writeBigUInt64LE(BigInt(random.word()) << BigInt(random.below(32)), front.length);
	return random.chance(0.1) ? log.subarray(0, random.below(log.length)) : log;
}
