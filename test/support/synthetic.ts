// SPDX-License-Identifier: Apache-2.0
/** Computes the values of the synthetic source a second time, from their definition in the catalogue. */
import type { Counter } from "../../kernel/source.js";
import { synthetic } from "../../kernel/synthetic/index.js";

type At = ReturnType<typeof synthetic.list>[number]["at"];
export type SyntheticCounter = Counter<At>;

const U64 = (1n << 64n) - 1n;

/** SplitMix64. */
function hash(x: bigint): bigint {
	x = (x + 0x9e3779b97f4a7c15n) & U64;
	x = ((x ^ (x >> 30n)) * 0xbf58476d1ce4e5b9n) & U64;
	x = ((x ^ (x >> 27n)) * 0x94d049bb133111ebn) & U64;
	return x ^ (x >> 31n);
}

const walks = new Map<bigint, bigint[]>();

function walk(t: number, s: bigint): bigint {
	const values = walks.get(s) ?? [];
	walks.set(s, values);
	while (values.length <= t) {
		const move = (hash(s + BigInt(values.length)) & 1023n) - 512n;
		values.push((values.at(-1) ?? 1n << 40n) + move);
	}
	return values[t]!;
}

const truth: Record<string, (t: number, s: bigint) => bigint | null> = {
	ramp: (t, s) => s + BigInt(t) * (s + 1n),
	walk,
	wrap32: (t, s) => ((1n << 32n) - 256n + BigInt(t) * (s + 7n)) % (1n << 32n),
	wrap48: (t, s) => ((1n << 48n) - 256n + BigInt(t) * (s + 7n)) % (1n << 48n),
	reset: (t, s) => BigInt(t % 1000) * (s + 3n),
	constant: (_, s) => s + 42n,
	stall: (t, s) => BigInt(Math.floor(t / 500) * 400 + Math.min(t % 500, 400)) * (s + 1n),
	drop: (t, s) => (t % 100 === 99 ? null : BigInt(t) * (s + 5n)),
};

/** The value of a counter of the synthetic source at a tick. */
export const valueAt = ({ at }: SyntheticCounter, tick: number): bigint | null =>
	truth[at.kind]!(tick, BigInt(at.seed));

/** Counters by "instance/name". */
export const syntheticCounters = (...wanted: string[]): SyntheticCounter[] => {
	const all = synthetic.list();
	return wanted.map((name) => all.find((counter) => `${counter.instance}/${counter.name}` === name)!);
};
