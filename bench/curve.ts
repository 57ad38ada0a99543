// SPDX-License-Identifier: Apache-2.0
/** node dist/bench/curve.js: writes the newest curve of cost against rate into docs/overhead.md. */
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { failure, messageOf } from "../base/errors.js";
import { packageFile } from "../base/paths.js";
import { formatDuration, formatRate } from "../base/units.js";
import type { Curve, CurvePoint } from "./benchmark.js";
import { markdownTable } from "./report.js";
import { newestWith, type Results } from "./results.js";
import { digits } from "./statistics.js";

const BEGIN = "<!-- printed by dist/bench/curve.js: begin -->";
const END = "<!-- printed by dist/bench/curve.js: end -->";
const WAITS = ["sleep", "hybrid", "spin"];

/** Two digits are enough: on a virtual machine not even these repeat. */
const percent = (share: number): string =>
	`${share > 0 && share < 0.0001 ? "< 0.01" : digits(Number((100 * share).toPrecision(2)))} %`;

const cell = (point: CurvePoint | undefined): string =>
	point ? `${percent(point.sampler)}, ${percent(point.missed)}` : "";

function row(curve: Curve, rate_hz: number): string[] {
	const rate = formatRate(1e9 / rate_hz);
	if (curve.read_ns >= 1e9 / rate_hz) return [rate, ...WAITS.map(() => "a read takes longer"), ""];
	const here = curve.points.filter((point) => point.rate_hz === rate_hz);
	const node = here.flatMap((point) => point.node ?? []);
	return [
		rate,
		...WAITS.map((wait) => cell(here.find((point) => point.wait === wait))),
		node.length ? percent(Math.max(...node)) : "",
	];
}

function heading({ source, instance, counters, read_ns }: Curve): string {
	if (counters === 0) return "### Nothing: a bare loop that only keeps time";
	const at = instance === "" ? "" : ` of ${instance}`;
	return `### ${source}: ${counters} counters${at}, one read takes ${formatDuration(read_ns)}`;
}

/** @param rates_hz the rows of the table, the same for every source */
export function curveSection(curve: Curve, rates_hz: readonly number[]): string {
	const headings = ["rate", ...WAITS.map((wait) => `${wait}: CPU, missed`), "Node: CPU"];
	const rows = rates_hz.map((rate) => row(curve, rate));
	return `${heading(curve)}\n\n${markdownTable(headings, rows)}`;
}

export function curvesMarkdown(curves: readonly Curve[], { host }: Results, at: string, commit: string): string {
	const rates = [...new Set(curves.flatMap((curve) => curve.points.map((point) => point.rate_hz)))].sort(
		(a, b) => a - b,
	);
	const where = `${host.cpu}, ${host.cores} CPUs, kernel ${host.kernel}, virtualisation: ${host.virtualisation}, Node ${host.node}`;
	return [`Measured ${at} at commit ${commit} on ${where}.`, ...curves.map((curve) => curveSection(curve, rates))].join(
		"\n\n",
	);
}

/** Replaces the text between the two markers. */
export function replaceBetween(text: string, begin: string, end: string, inner: string): string {
	const from = text.indexOf(begin);
	const to = text.indexOf(end);
	if (from < 0 || to < from) throw failure(`the markers '${begin}' and '${end}' are missing; put them back`);
	return `${text.slice(0, from + begin.length)}\n\n${inner}\n\n${text.slice(to)}`;
}

/** The text that docs/overhead.md should have, from the newest result with curves; null when there is none. */
export function overheadPage(page: string): string | null {
	const newest = newestWith("overhead");
	if (!newest?.entry.curves) return null;
	const { results, entry } = newest;
	return replaceBetween(page, BEGIN, END, curvesMarkdown(entry.curves ?? [], results, entry.at, entry.commit));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
	const path = packageFile("docs/overhead.md");
	try {
		const page = overheadPage(readFileSync(path, "utf8"));
		if (page === null) throw failure("there is no curve in bench/results; make one with 'npm run bench overhead'");
		writeFileSync(path, page);
	} catch (error) {
		console.error(`curve: ${messageOf(error)}`);
		process.exitCode = 1;
	}
}
