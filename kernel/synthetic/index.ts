// SPDX-License-Identifier: Apache-2.0
/** Counters whose true values are known, and faults on request, so that the whole pipeline can be tested on any
 *  machine. */
import { usageError } from "../../base/errors.js";
import { parseDuration } from "../../base/units.js";
import type { Counter, Source, SourceOptions } from "../source.js";

interface At {
	readonly kind: string;
	readonly seed: number;
}

/** Instances 0 to 15; instance i has seed 8 * i. t is the tick number, s the seed. synthetic.c computes the values. */
const kinds: Record<string, { semantics: Counter["semantics"]; width: number; help: string }> = {
	ramp: { semantics: "counter", width: 64, help: "s + t * (s + 1)." },
	walk: {
		semantics: "gauge",
		width: 64,
		help: "Starts at 2^40 and moves by -512 to 511 each tick, from a hash of s + t.",
	},
	wrap32: { semantics: "counter", width: 32, help: "2^32 - 256 + t * (s + 7), modulo 2^32." },
	wrap48: { semantics: "counter", width: 48, help: "2^48 - 256 + t * (s + 7), modulo 2^48." },
	reset: { semantics: "counter", width: 64, help: "(t mod 1000) * (s + 3): falls to 0 every 1,000 ticks." },
	constant: { semantics: "gauge", width: 64, help: "s + 42." },
	stall: { semantics: "counter", width: 64, help: "Grows by s + 1 a tick for 400 ticks, then stands for 100." },
	drop: { semantics: "counter", width: 64, help: "t * (s + 5), but null on every 100th tick." },
};

const INSTANCES = 16;

function list(): Counter<At>[] {
	return Array.from({ length: INSTANCES }, (_, i) =>
		Object.entries(kinds).map(([name, kind]) => ({
			source: "synthetic",
			instance: String(i),
			name,
			unit: "items" as const,
			type: "u64" as const,
			...kind,
			at: { kind: name, seed: 8 * i },
		})),
	).flat();
}

/** "EVERY:DURATION" or "EVERY:COUNT" as the two numbers of a plan line. */
function pair(option: string, text: string): (string | number)[] {
	const [every, amount] = text.split(":");
	const second = option === "slow" ? parseDuration(amount ?? "") : Number(amount);
	if (!Number.isInteger(Number(every)) || Number(every) < 1 || !second || !Number.isInteger(second))
		throw usageError(
			`synthetic option ${option}=${text} is not understood; write slow=TICKS:DURATION or error=TICKS:RUN`,
		);
	return [option, Number(every), second];
}

export const synthetic: Source<At> = {
	name: "synthetic",
	summary: "counters with known truth; ?slow=TICKS:DURATION and ?error=TICKS:RUN inject faults",
	options: ["slow", "error"],
	absence: () => null,
	list,
	plan: (counters, options: SourceOptions) => [
		{
			reader: "synthetic",
			cpu: -1,
			lines: [
				...counters.map(({ at }, column) => ["value", at.kind, at.seed, column]),
				...[...options].map(([option, text]) => pair(option, text)),
			],
		},
	],
};
