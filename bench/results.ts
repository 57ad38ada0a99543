// SPDX-License-Identifier: Apache-2.0
/** bench/results/YYYY-MM-DD-HOSTKIND.{json,md} hold the figures of one day on one kind of machine. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageFile } from "../base/paths.js";
import type { Outcome } from "./benchmark.js";
import type { Host } from "./host.js";
import { figuresTable } from "./report.js";

/** One run of a benchmark. Each has its own commit, because the runs of one day may be of different commits. */
export interface Entry extends Outcome {
	readonly name: string;
	readonly title: string;
	readonly at: string;
	readonly commit: string;
	/** The command that measures it again. */
	readonly command: string;
}

export interface Results {
	readonly date: string;
	readonly host: Host;
	readonly entries: readonly Entry[];
}

export const resultsFolder = packageFile("bench/results");

export function resultsMarkdown({ date, host, entries }: Results): string {
	const sections = entries.map(({ title, at, commit, command, figures }) =>
		[
			`## ${title}`,
			"",
			`Measured ${at} at commit ${commit}; \`${command}\` measures again.`,
			"",
			figuresTable(figures),
		].join("\n"),
	);
	return [
		`# ${date}, ${host.cpu}`,
		"",
		`${host.cores} CPUs, kernel ${host.kernel}, virtualisation: ${host.virtualisation}, Node ${host.node}.`,
		"",
		`${sections.join("\n\n")}\n`,
	].join("\n");
}

/** Later entries replace earlier ones of the same name. The order is that in which the names first appeared. */
export function mergeEntries(earlier: readonly Entry[], later: readonly Entry[]): Entry[] {
	const byName = new Map([...earlier, ...later].map((entry) => [entry.name, entry]));
	return [...byName.values()];
}

/** Adds entries to the files of the day and returns the path of the files without the extension. */
export function writeResults(host: Host, entries: readonly Entry[], folder = resultsFolder, now = new Date()): string {
	const date = now.toISOString().slice(0, 10);
	const path = join(folder, `${date}-${host.kind}`);
	const earlier = existsSync(`${path}.json`)
		? (JSON.parse(readFileSync(`${path}.json`, "utf8")) as Results).entries
		: [];
	const results = { date, host, entries: mergeEntries(earlier, entries) };
	mkdirSync(folder, { recursive: true });
	writeFileSync(`${path}.json`, `${JSON.stringify(results, null, "\t")}\n`);
	writeFileSync(`${path}.md`, resultsMarkdown(results));
	return path;
}

/** The newest results with an entry of this name; null when there are none. */
export function newestWith(name: string, folder = resultsFolder): { results: Results; entry: Entry } | null {
	const found = (existsSync(folder) ? readdirSync(folder) : [])
		.filter((file) => file.endsWith(".json"))
		.map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as Results)
		.flatMap((results) => {
			const entry = results.entries.find((e) => e.name === name);
			return entry ? [{ results, entry }] : [];
		})
		.sort((a, b) => a.entry.at.localeCompare(b.entry.at));
	return found.at(-1) ?? null;
}
