// SPDX-License-Identifier: Apache-2.0
/** countersink compare: how the rate of each counter differs between two recordings, those that changed most first. */
import { Command } from "commander";
import { formatCount, formatDuration, formatQuantity, type Nanoseconds } from "../../base/units.js";
import type { Comparison } from "../../library/comparison-answer.js";
import { open } from "../../library/open-recording.js";
import { change, type Difference } from "../../queries/difference.js";
import { addMemoryFlag, type MemoryFlags, time } from "../arguments.js";
import { printJson, say, show } from "../streams.js";
import { table } from "../table.js";
import { clip, lineWidth, painter } from "../terminal.js";

interface CompareFlags extends MemoryFlags {
	readonly counters: string;
	readonly window?: Nanoseconds;
	readonly all?: boolean;
	readonly json?: boolean;
}

/** Counters that are shown without --all. */
const SHOWN = 40;

/** Lower bounds of Cliff's delta for each word, from Romano, Kromrey, Coraggio and Skowronek 2006. */
const magnitudes: readonly [number, string][] = [
	[0.474, "large"],
	[0.33, "medium"],
	[0.147, "small"],
	[0, "negligible"],
];

export const magnitude = (effect: number): string => magnitudes.find(([min]) => Math.abs(effect) >= min)![1];

/** With fewer windows than this on a side, a distribution says little. */
const FEW = 20;

const differs = ({ effect, beyond }: Difference): boolean => beyond.length > 0 || effect !== 0;

/** A smaller change is slight. */
const SLIGHT = 0.01;
/** A figure that differs by more than this share counts even where few windows differ, since a rare burst moves p99
 *  alone. */
const FAR = 0.1;

const worthReading = (d: Difference): boolean =>
	change(d) >= SLIGHT ||
	d.beyond.some((name) => Math.abs(d.b.rate[name] - d.a.rate[name]) > FAR * Math.abs(d.a.rate[name]));

function ofMeans({ ratio, a, b }: Difference): string {
	if (ratio === null) return b.rate.mean === 0 ? "" : "from 0";
	if (b.rate.mean === 0) return "to 0";
	if (ratio >= 2 || ratio <= 0.5) return ratio > 0 ? `x ${Number(ratio.toPrecision(3))}` : "";
	const percent = 100 * (ratio - 1);
	return a.rate.mean === b.rate.mean ? "" : `${percent > 0 ? "+" : ""}${Number(percent.toPrecision(2))} %`;
}

const row = (d: Difference): string[] => [
	d.id,
	d.kind === "rate" ? `${d.unit}/s` : d.unit,
	formatQuantity(d.a.rate.p50),
	formatQuantity(d.b.rate.p50),
	formatQuantity(d.a.rate.p99),
	formatQuantity(d.b.rate.p99),
	ofMeans(d),
	`${d.effect > 0 ? "+" : ""}${d.effect.toFixed(2)}`,
	magnitude(d.effect),
	d.beyond.join(" ") || "no",
];

function differenceTable(differences: readonly Difference[]): string[] {
	const right = true;
	return table(
		[
			{ title: "counter" },
			{ title: "unit" },
			{ title: "A p50", right },
			{ title: "B p50", right },
			{ title: "A p99", right },
			{ title: "B p99", right },
			{ title: "mean", right },
			{ title: "effect", right },
			{ title: "" },
			{ title: "beyond windows" },
		],
		differences.map(row),
	);
}

const those = (n: number, one: string, many: string): string => `${formatCount(n)} ${n === 1 ? one : many}`;

function notes({ differences, onlyA, onlyB }: Comparison, shown: readonly Difference[], all: boolean): string[] {
	const same = differences.filter((d) => !differs(d)).length;
	const worth = differences.filter(worthReading).length;
	const slight = differences.length - same - worth;
	const few = shown.filter((d) => Math.min(d.a.windows, d.b.windows) < FEW);
	const only = (ids: readonly string[], side: string): string[] =>
		ids.length
			? [
					`only in ${side}: ${ids.slice(0, 3).join(", ")}${ids.length > 3 ? ` and ${formatCount(ids.length - 3)} more` : ""}`,
				]
			: [];
	return [
		...(!all && worth > shown.length
			? [`${those(worth - shown.length, "more differs", "more differ")}; --all shows all`]
			: []),
		...(!all && slight > 0 ? [`${those(slight, "differs", "differ")} slightly; --all shows all`] : []),
		...(!all && same > 0 ? [`${those(same, "does", "do")} not differ`] : []),
		...(few.length
			? [
					`${those(few.length, "has", "have")} fewer than ${FEW} windows on a side, which is little; a shorter --window gives more`,
				]
			: []),
		...only(onlyA, "A"),
		...only(onlyB, "B"),
	];
}

function print(a: string, b: string, result: Comparison, all: boolean): void {
	const paint = painter();
	const width = lineWidth();
	const shown = all ? result.differences : result.differences.filter(worthReading).slice(0, SHOWN);
	const windows = [...new Set(result.differences.map((d) => formatDuration(d.window_ns)))].join(", ");
	const [head = "", ...rows] = differenceTable(shown);
	const lines = [
		`A ${a}`,
		`B ${b}`,
		`${formatCount(result.differences.length, "counter")} of both, in windows of ${windows}`,
		"",
		...(shown.length ? [paint("bold", clip(head, width)), ...rows.map((line) => clip(line, width))] : []),
		...notes(result, shown, all).map((note) => paint("dim", note)),
	];
	show(lines);
}

async function compare(a: string, b: string, { memory, counters, window, ...shown }: CompareFlags): Promise<void> {
	const recording = await open([a, b], { memory });
	try {
		for (const note of recording.notes) say(note);
		const result = await recording.compare(b, { counters, window });
		const { differences, onlyA, onlyB } = result;
		if (shown.json) printJson({ differences, onlyA, onlyB });
		else print(a, b, result, shown.all ?? false);
	} finally {
		await recording.close();
	}
}

export function compareCommand(): Command {
	const command = new Command("compare")
		.argument("<A>", "a recording")
		.argument("<B>", "another, of the same counters")
		.option("-c, --counters <glob>", "only counters whose id matches, as in 'net:*'", "*")
		.option(
			"--window <time>",
			"length of the windows whose rates are compared (default: 200 in the shorter recording)",
			time("window", "10ms or 1s"),
		)
		.option("--all", "also counters that do not differ")
		.option("--json", "print every figure as JSON");
	return addMemoryFlag(command).addHelpText("after", explanation).action(compare);
}

const explanation = `
Each recording is cut into equal windows of time; a counter is compared by its rate in them, a gauge by its mean value.
  mean            of B against that of A
  effect          Cliff's delta: of all pairs of a window of A and one of B, the share in which B is higher less the share
                  in which it is lower, -1 to 1; below 0.147 negligible, from 0.474 large
  beyond windows  those of mean, p50 and p99 whose difference no read window explains: a read takes time, so a rate is only
                  known to within bounds, and here the bounds of A and B do not meet

Examples:
  countersink compare before.duckdb after.duckdb
  countersink compare before.duckdb after.duckdb -c 'net:eth0/*' --window 1ms --json`;
