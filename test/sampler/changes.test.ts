// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Changes, ChangeWatch } from "../../record/cost/changes.js";
import type { RingReader, Run } from "../../sampler/ring.js";

/** A value a row; null where it could not be read. */
type Row = readonly [tick: number, value: bigint | null];

/** Rows as one run of a ring, of which only what ChangeWatch looks at is there. */
function watched(width: number, rows: readonly Row[]): Changes {
	const cells = BigUint64Array.from(rows, ([, value]) => value ?? 0n);
	const validity = new Uint8Array(Math.ceil(rows.length / 8));
	rows.forEach(([, value], i) => {
		if (value !== null) validity[i >> 3]! |= 1 << (i & 7);
	});
	const reader = { buffer: cells.buffer, cells: () => 0, validity: () => validity } as unknown as RingReader;
	const run: Run = { blockOffset: 0, first: 0, rows: rows.length };
	const watch = new ChangeWatch(0, width);
	watch.add(
		reader,
		run,
		Float64Array.from(rows, ([tick]) => tick),
	);
	return watch.result;
}

const expected = (changes: number, shortest_ticks: number | null, wraps = 0, nulls = 0): Changes => ({
	changes,
	shortest_ticks,
	wraps,
	nulls,
});

const B32 = 1n << 32n;

const table: [string, number, Row[], Changes][] = [
	["nothing was read", 64, [], expected(0, null)],
	["constant", 64, [0, 1, 2].map((t) => [t, 7n]), expected(0, null)],
	["constant, and 0", 64, [0, 1, 2].map((t) => [t, 0n]), expected(0, null)],
	[
		"changes once",
		64,
		[
			[0, 0n],
			[1, 1n],
			[2, 1n],
		],
		expected(1, null),
	],
	["changes with every tick", 64, [0, 1, 2, 3].map((t) => [t, BigInt(t)]), expected(3, 1)],
	["changes every 4 ticks", 64, [...Array(16).keys()].map((t) => [t, BigInt(t >> 2)]), expected(3, 4)],
	[
		"the upper half alone",
		64,
		[
			[0, 1n],
			[1, B32 + 1n],
			[2, 2n * B32 + 1n],
		],
		expected(2, 1),
	],
	[
		"after a gap it is not known when",
		64,
		[
			[0, 0n],
			[5, 1n],
			[6, 2n],
		],
		expected(2, null),
	],
	[
		"a late read makes nothing shorter",
		64,
		[
			[0, 0n],
			[1, 1n],
			[9, 2n],
			[10, 3n],
			[11, 3n],
			[12, 4n],
		],
		expected(4, 2),
	],
	[
		"a null is not a change",
		64,
		[
			[0, 5n],
			[1, null],
			[2, 5n],
			[3, 6n],
			[4, null],
			[5, 7n],
		],
		expected(2, null, 0, 2),
	],
	[
		"wraps at 32 bits",
		32,
		[
			[0, B32 - 1n],
			[1, 3n],
			[2, 4n],
		],
		expected(2, 1, 1),
	],
	[
		"wraps at 64 bits",
		64,
		[
			[0, 2n ** 64n - 1n],
			[1, 3n],
		],
		expected(1, null, 1),
	],
	[
		"a reset is not a wrap",
		32,
		[
			[0, 1000n],
			[1, 0n],
		],
		expected(1, null),
	],
	[
		"a gauge does not wrap",
		0,
		[
			[0, B32 - 1n],
			[1, 3n],
		],
		expected(1, null),
	],
];

for (const [name, width, rows, result] of table) test(name, () => assert.deepEqual(watched(width, rows), result));
