// SPDX-License-Identifier: Apache-2.0
/** CSV and NDJSON, changed by lines, cells and bytes. */
import type { Bait } from "./bait.js";
import { editInPlace, rewrite } from "./bytes.js";
import { hostileJson, hostileNames, hostileNumbers } from "./hostile-values.js";
import type { Random } from "./random.js";

type Change = (random: Random, lines: string[], bait: Bait) => void;

const anyText = (random: Random, bait: Bait): string => random.pick([...hostileNames(bait), ...hostileNumbers]);

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

const cell: Change = (random, lines, bait) => {
	for (let n = random.pick([1, 1, 3, 20]); n > 0; n--) {
		const i = random.below(lines.length);
		const cells = lines[i]!.split(",");
		const text = anyText(random, bait);
		cells[random.below(cells.length)] = random.chance(0.5) ? quoted(text) : text;
		lines[i] = cells.join(",");
	}
};

const header: Change = (random, lines, bait) => {
	const cells = lines[0]!.split(",");
	const text = anyText(random, bait);
	cells[random.below(cells.length)] = random.chance(0.7) ? quoted(text) : text;
	lines[0] = cells.join(",");
};

const shape: Change = (random, lines) => {
	const i = random.below(lines.length);
	random.pick<() => void>([
		() => lines.splice(i, 1),
		() => lines.splice(i, 0, lines[i]!),
		() => lines.reverse(),
		() => lines.splice(i, 0, ""),
		() => lines.splice(i, 0, `${lines[i]},1,2,3`),
		() => lines.splice(i, 1, lines[i]!.split(",").slice(0, -1).join(",")),
		() => lines.splice(i, 0, lines[0]!),
		() => lines.splice(i, 0, '"'),
		() => lines.splice(i, 0, "\0"),
		() => lines.splice(0, 0, "\ufeff"),
		() => lines.splice(1, lines.length),
		() =>
			lines.splice(
				0,
				lines.length,
				...lines.map((line) => line.replaceAll(",", random.pick([";", "\t", "|", "\0", ",,"]))),
			),
	])();
};

const huge: Change = (random, lines) => {
	const i = random.below(lines.length);
	random.pick<() => void>([
		() => lines.splice(i, 0, "x".repeat(3_000_000)),
		() => lines.splice(i, 0, `"${"x,\n".repeat(500_000)}"`),
		() =>
			lines.splice(0, lines.length, Array.from({ length: 20_000 }, (_, k) => `c${k}`).join(","), "1,".repeat(20_000)),
		() => lines.splice(i, 0, ",".repeat(200_000)),
		() => lines.splice(1, 0, ...Array.from({ length: 100_000 }, (_, k) => `${k},1`)),
		() => lines.splice(i, 0, '"'.repeat(100_001)),
	])();
};

const member: Change = (random, lines, bait) => {
	const i = random.below(lines.length);
	const value = random.pick([...hostileJson, ...hostileNumbers, JSON.stringify(anyText(random, bait))]);
	const key = JSON.stringify(
		random.chance(0.3) ? anyText(random, bait) : random.pick(["ts", "tick", "lo_rx_packets", "new"]),
	);
	lines[i] = lines[i]!.replace(/\}$/, () => `,${key}:${value}}`);
};

const nested: Change = (random, lines) => {
	const depth = random.pick([100, 1000, 18_000, 200_000]);
	const [open, close] = random.pick([
		["[", "]"],
		['{"a":', "}"],
	]);
	lines.splice(
		random.below(lines.length),
		0,
		`{"ts":1,"a":${open!.repeat(depth)}1${random.chance(0.5) ? close!.repeat(depth) : ""}}`,
	);
};

const manyKeys: Change = (random, lines) => {
	const keys = Array.from({ length: random.pick([100, 3000]) }, (_, k) => `"k${k}":${k}`);
	lines.splice(random.below(lines.length), 0, `{${keys.join(",")}}`);
};

const longKey: Change = (random, lines) => {
	lines.splice(random.below(lines.length), 0, `{"${"k".repeat(random.pick([1000, 1_000_000]))}":1}`);
};

function bytesOf(random: Random, text: Buffer): Buffer {
	const bytes = Buffer.from(text);
	if (random.chance(0.5)) return rewrite(random, bytes);
	editInPlace(random, bytes, { from: 0, to: bytes.length });
	return bytes;
}

function byLines(change: Change, random: Random, original: Buffer, bait: Bait): Buffer {
	const lines = original.toString().split("\n");
	change(random, lines, bait);
	return Buffer.from(lines.join(random.chance(0.1) ? "\r\n" : "\n"));
}

const mutate =
	(changes: readonly (readonly [number, Change])[]) =>
	(random: Random, original: Buffer, bait: Bait): Buffer =>
		random.chance(0.35) ? bytesOf(random, original) : byLines(random.weighted(changes), random, original, bait);

/** A changed copy. */
export const mutateCsv = mutate([
	[8, cell],
	[6, header],
	[6, shape],
	[1, huge],
]);

/** A changed copy. */
export const mutateNdjson = mutate([
	[10, member],
	[3, cell],
	[4, shape],
	[2, nested],
	[1, manyKeys],
	[1, longKey],
]);
