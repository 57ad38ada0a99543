// SPDX-License-Identifier: Apache-2.0
/** Changes to bytes that know no format: what a fuzzer does first. */
import type { Random } from "./random.js";

/** A part of a file: bytes `from` up to `to`. */
export interface Span {
	readonly from: number;
	readonly to: number;
}

const U64 = (1n << 64n) - 1n;
const edges = [
	0n,
	1n,
	2n,
	7n,
	127n,
	128n,
	255n,
	256n,
	2048n,
	65_535n,
	65_536n,
	(1n << 31n) - 1n,
	1n << 31n,
	(1n << 32n) - 1n,
	(1n << 40n) - 1n,
	(1n << 63n) - 1n,
	1n << 63n,
	U64,
];

/** What a number may become: a value at the edge of a type, or a neighbour of what it was. */
export function hostileNumber(random: Random, was: bigint): bigint {
	const near = [was + 1n, was - 1n, was * 2n, was / 2n, -was, was ^ (1n << BigInt(random.below(64)))];
	return (random.chance(0.6) ? random.pick(edges) : random.pick(near)) & U64;
}

const widths = [1, 2, 4, 8] as const;

/** Writes a hostile number over one at a place that is a multiple of its width. */
function editNumber(random: Random, bytes: Buffer, { from, to }: Span): void {
	const width = random.pick(widths);
	const places = Math.floor((to - from) / width);
	if (places < 1) return;
	const at = from + width * random.below(places);
	const was = BigInt(
		`0x${Buffer.from(bytes.subarray(at, at + width))
			.reverse()
			.toString("hex")}`,
	);
	const value = BigInt.asUintN(8 * width, hostileNumber(random, was));
	const text = value.toString(16).padStart(2 * width, "0");
	Buffer.from(text, "hex").reverse().copy(bytes, at);
}

function flipBits(random: Random, bytes: Buffer, { from, to }: Span): void {
	for (let n = random.between(1, 8); n > 0; n--) {
		const at = from + random.below(to - from);
		bytes[at] = bytes[at]! ^ (1 << random.below(8));
	}
}

function overwriteRun(random: Random, bytes: Buffer, { from, to }: Span): void {
	const at = from + random.below(to - from);
	const length = Math.min(random.between(1, 64), to - at);
	const run = random.pick([() => Buffer.alloc(length), () => Buffer.alloc(length, 0xff), () => random.bytes(length)])();
	run.copy(bytes, at);
}

/** From one place to another, as if two pointers had been mixed up. */
function copyRun(random: Random, bytes: Buffer, { from, to }: Span): void {
	const length = Math.min(random.between(1, 256), to - from);
	const source = from + random.below(to - from - length);
	bytes.copy(bytes, from + random.below(to - from - length), source, source + length);
}

/** Changes that leave everything where it was. */
export function editInPlace(random: Random, bytes: Buffer, span: Span): void {
	if (span.to <= span.from) return;
	for (let n = random.pick([1, 1, 1, 2, 4]); n > 0; n--)
		random.weighted([
			[4, editNumber],
			[2, flipBits],
			[1, overwriteRun],
			[1, copyRun],
		])(random, bytes, span);
}

/** What a part becomes. */
type Rewrite = (random: Random, bytes: Buffer) => Buffer;

const cut: Rewrite = (random, bytes) => bytes.subarray(0, random.below(bytes.length));

const remove: Rewrite = (random, bytes) => {
	const at = random.below(bytes.length);
	return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random.between(1, 64))]);
};

const insert: Rewrite = (random, bytes) => {
	const at = random.below(bytes.length + 1);
	const run = random.pick([() => Buffer.alloc(random.between(1, 64)), () => random.bytes(random.between(1, 64))])();
	return Buffer.concat([bytes.subarray(0, at), run, bytes.subarray(at)]);
};

const repeat: Rewrite = (random, bytes) => {
	const at = random.below(bytes.length);
	const end = Math.min(bytes.length, at + random.between(1, 4096));
	const run = Array.from({ length: random.between(1, 8) }, () => bytes.subarray(at, end));
	return Buffer.concat([bytes.subarray(0, end), ...run, bytes.subarray(end)]);
};

const swapEnds: Rewrite = (random, bytes) => {
	const at = random.below(bytes.length);
	return Buffer.concat([bytes.subarray(at), bytes.subarray(0, at)]);
};

/** Changes that move what stands behind them. */
export const rewrite = (random: Random, bytes: Buffer): Buffer =>
	random.weighted<Rewrite>([
		[3, cut],
		[3, remove],
		[3, insert],
		[2, repeat],
		[1, swapEnds],
	])(random, bytes);
