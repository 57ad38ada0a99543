// SPDX-License-Identifier: Apache-2.0
/** node dist/bench/peers/peer-table.js: puts the newest comparison with other tools into docs/comparison.md. */
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { failure, messageOf } from "../../base/errors.js";
import { packageFile } from "../../base/paths.js";
import { formatRate } from "../../base/units.js";
import type { PeerRun } from "../benchmark.js";
import { replaceBetween } from "../curve.js";
import { markdownTable } from "../report.js";
import { type Entry, newestWith, type Results } from "../results.js";
import { digits } from "../statistics.js";
import { bytesPerValue, cpuPerValue_ns } from "./peer-cost.js";
import { LOAD } from "./peers.js";

const BEGIN = "<!-- printed by dist/bench/peers/peer-table.js: begin -->";
const END = "<!-- printed by dist/bench/peers/peer-table.js: end -->";

const HEADINGS = [
	"asked",
	"tool",
	"counters",
	"samples",
	"CPU of a core",
	"CPU a value",
	"CPU of the whole run",
	"bytes a value",
	"what it says of missing samples",
];

const subjects: readonly { subject: PeerRun["subject"]; heading: string }[] = [
	{ subject: "proc", heading: "Network, memory, CPU and softirq counters" },
	{ subject: "perf", heading: "Software events of each CPU: context switches, page faults, migrations" },
];

const whole = (n: number): string => n.toLocaleString("en-US");

function row({ rate_hz, tool, cannot, delivery }: PeerRun): string[] {
	const begin = [formatRate(1e9 / rate_hz), tool];
	if (!delivery) return [...begin, "", "not run", "", "", "", "", cannot ?? ""];
	const { counters, delivered, asked, cpu_share, cpu_ms, says } = delivery;
	return [
		...begin,
		whole(counters),
		`${whole(delivered)} of ${whole(asked)}`,
		`${digits(100 * cpu_share)} %`,
		`${digits(cpuPerValue_ns(delivery, rate_hz) / 1e3)} us`,
		`${digits(cpu_ms / 1e3)} s`,
		digits(bytesPerValue(delivery)),
		says === null ? "nothing" : `"${says.replace(/\s+/g, " ")}"`,
	];
}

export function peersTable(runs: readonly PeerRun[]): string {
	return markdownTable(HEADINGS, [...runs].sort((a, b) => a.rate_hz - b.rate_hz).map(row));
}

export function peersMarkdown(
	runs: readonly PeerRun[],
	{ host }: Results,
	{ at, commit, command, figures }: Entry,
): string {
	const load = figures.find(({ what }) => what === LOAD);
	const loads = load?.reference
		? [
				`The load of the machine was ${digits(load.reference.value)} before the first run and ${digits(load.value)} after the last${load.note ? `; ${load.note}` : ""}.`,
			]
		: [];
	const where = `${host.cpu}, ${host.cores} CPUs, kernel ${host.kernel}, virtualisation: ${host.virtualisation}, Node ${host.node}`;
	const versions = new Map(runs.filter(({ version }) => version !== "").map(({ tool, version }) => [tool, version]));
	const tools = [...versions].map(([tool, version]) => `${tool} ${version}`).join("; ");
	return [
		[
			`Measured ${at} on ${where}.`,
			`countersink is at commit ${commit}; \`${command}\` measures again.`,
			`Versions: ${tools}.`,
			...loads,
		].join("\n"),
		...subjects.map(({ subject, heading }) => {
			const chosen = runs.filter((run) => run.subject === subject);
			return `### ${heading}\n\n${peersTable(chosen)}`;
		}),
	].join("\n\n");
}

/** docs/comparison.md as it should be, from the newest result that has runs of other tools; null when there is none. */
export function comparisonPage(page: string): string | null {
	const newest = newestWith("peers");
	if (!newest?.entry.peers) return null;
	const { results, entry } = newest;
	return replaceBetween(page, BEGIN, END, peersMarkdown(entry.peers ?? [], results, entry));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
	const path = packageFile("docs/comparison.md");
	try {
		const page = comparisonPage(readFileSync(path, "utf8"));
		if (page === null) throw failure("there is no comparison in bench/results; make one with 'npm run bench:peers'");
		writeFileSync(path, page);
	} catch (error) {
		console.error(`peer-table: ${messageOf(error)}`);
		process.exitCode = 1;
	}
}
