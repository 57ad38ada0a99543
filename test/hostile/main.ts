// SPDX-License-Identifier: Apache-2.0
/**
 * node dist/test/hostile/main.js [--count N] [--seed S] [--format FORMAT]... [--structured | --no-structured] [--match START] [--only CASE]...
 *     [--user] [--keep FOLDER] [--json FILE]
 *
 * --structured: what was prepared by hand, of which --match takes those whose names begin so.
 *
 * Opens and imports hostile files: all that are prepared by hand, and N mutations in all, shared out among the formats. Its last line
 * counts; exit status 1 when one of them did harm. Without --seed each commit has a seed of its own, which is printed.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { formatCount } from "../../base/units.js";
import { type Format, formats, mutations, structured } from "./cases.js";
import { likeness, reached, type Tried, tryCases } from "./corpus.js";
import { LIMIT_MS } from "./law.js";
import type { Result } from "./pool.js";

const FORMATS = 5;
const SHOWN = 25;

function seedOfCommit(): string {
	try {
		return execFileSync("git", ["rev-parse", "--short=8", "HEAD"], {
			encoding: "utf8",
			stdio: ["ignore", "pipe", "ignore"],
		}).trim();
	} catch {
		return new Date().toISOString().slice(0, 10);
	}
}

const { values: flags } = parseArgs({
	allowNegative: true,
	options: {
		count: { type: "string", default: "1000" },
		seed: { type: "string" },
		format: { type: "string", multiple: true },
		structured: { type: "boolean" },
		match: { type: "string", default: "" },
		only: { type: "string", multiple: true },
		user: { type: "boolean", default: false },
		workers: { type: "string" },
		keep: { type: "string" },
		json: { type: "string" },
		confirm: { type: "string", default: "100" },
		limit: { type: "string", default: String(LIMIT_MS / 1000) },
		verbose: { type: "boolean", default: false },
		unmade: { type: "boolean", default: false },
	},
});

const seed = flags.seed ?? seedOfCommit();

function chosen(): string[] {
	if (flags.only) return flags.only;
	const wanted = (flags.format ?? formats) as Format[];
	const byHand = flags.structured === false || (flags.format && !flags.structured) ? [] : structured();
	const matching = byHand.filter((id) => id.startsWith(flags.match));
	const kinds = flags.format ? new Set(wanted.map((format) => (format === "wal" ? "duckdb" : format))).size : FORMATS;
	return [...matching, ...mutations(Math.ceil(Number(flags.count) / kinds), seed, wanted)];
}

const sentences = ({ problems }: Result): string[] =>
	problems.map(({ kind, what, words }) => `    ${kind}: ${words.join(" ").slice(0, 100)}: ${what}`);

function tell({ cases, ms, results, broken, contained, once, unmade, unconfirmed }: Tried): void {
	for (const result of broken.slice(0, SHOWN))
		console.log(
			[
				`${result.id}`,
				...sentences(result),
				`    again: node dist/test/hostile/main.js --user --only '${result.id}'`,
			].join("\n"),
		);
	if (broken.length > SHOWN) console.log(`... and ${broken.length - SHOWN} more`);
	for (const result of once)
		console.log([`seen once, not through the command line: ${result.id}`, ...sentences(result)].join("\n"));
	const kinds = new Map<string, number>();
	for (const result of [...broken, ...unconfirmed]) kinds.set(likeness(result), (kinds.get(likeness(result)) ?? 0) + 1);
	for (const [like, n] of [...kinds].sort((a, b) => b[1] - a[1])) console.log(`  ${String(n).padStart(5)}  ${like}`);
	if (flags.unmade) for (const { id, unmade: what } of unmade) console.log(`not made: ${id}: ${what.join("; ")}`);
	for (const line of reached(results)) console.log(`  ${line}`);
	const harm = broken.length + unconfirmed.length;
	console.log(
		`${formatCount(cases, "hostile file")}, seed ${seed}: ${harm} did harm, ${contained.length} ended the child that read them and were said, ${once.length} were seen only once, ${unmade.length} partly not made; ${(ms / 1000).toFixed(0)} s, ${(ms / cases).toFixed(0)} ms each`,
	);
	if (harm > 0) process.exitCode = 1;
}

const STEP = 100;
const tried = await tryCases(chosen(), {
	workers: flags.workers === undefined ? availableParallelism() : Number(flags.workers),
	limit_ms: Number(flags.limit) * 1000,
	asUser: flags.user,
	confirm: Number(flags.confirm),
	keep: flags.keep,
	progress(done, problems, result) {
		if (flags.verbose && result.problems.length > 0) console.log([result.id, ...sentences(result)].join("\n"));
		if (done % STEP === 0) console.log(`${done} tried, ${problems} with problems`);
	},
});
tell(tried);
if (flags.json) writeFileSync(flags.json, `${JSON.stringify({ seed, ...tried }, null, "\t")}\n`);
