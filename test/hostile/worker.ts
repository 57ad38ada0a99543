// SPDX-License-Identifier: Apache-2.0
/**
 * A process that tries cases, one after the other, in a sandbox of its own. Its parent knows which case it was at when it dies.
 * Arguments: the folder of the bases, the sandbox, and whether each verb is run in a process of its own ("user") or here.
 */
import { copyFileSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { Sandbox } from "./bait.js";
import { base } from "./bases.js";
import { prepare } from "./cases.js";
import { judge, judgeMemory, type Problem } from "./law.js";
import { asUser, inProcess, type Outcome } from "./verbs.js";

export interface Ask {
	readonly id: string;
	readonly limit_ms: number;
	/** A folder for a copy of its files; null: none is wanted. */
	readonly keep: string | null;
}

export type Found = Problem & { readonly words: readonly string[] };

export type Told =
	| { readonly kind: "verb"; readonly words: readonly string[] }
	| ({ readonly kind: "done"; readonly spent: boolean } & Tale);

/** What became of a case. */
export interface Tale {
	readonly problems: readonly Found[];
	readonly unmade: readonly string[];
	/** Of each run: its verb, its status, and what it said first. */
	readonly runs: readonly (readonly [verb: string, status: number | null, said: string])[];
}

const [bases, root, how] = process.argv.slice(2) as [string, string, string];
base.in(bases);
const sandbox = new Sandbox(root);
process.chdir(sandbox.in);
const run = how === "user" ? asUser : inProcess;

const SAID = 200;

const tell = (told: Told): void => void process.send!(told);

function keepFiles(folder: string): void {
	mkdirSync(folder, { recursive: true });
	for (const name of readdirSync(sandbox.in))
		if (statSync(join(sandbox.in, name), { throwIfNoEntry: false })?.isFile())
			copyFileSync(join(sandbox.in, name), join(folder, name));
}

/** One that was killed could not clear away; and `recover` is the only verb that writes to the file that it is given. */
const isMeant = ([verb]: readonly string[], { signal }: Outcome, change: string): boolean =>
	(signal === "SIGKILL" && change.endsWith("was left behind")) ||
	(verb === "recover" && /^work\/deep\/in\/case\.duckdb(\.wal)? was/.test(change));

async function attempt({ id, limit_ms, keep }: Ask): Promise<void> {
	process.chdir("/");
	sandbox.clear();
	process.chdir(sandbox.in);
	const { verbs, unmade } = await prepare(id, sandbox);
	if (keep !== null) keepFiles(keep);
	const problems: Found[] = [];
	const runs: Tale["runs"][number][] = [];
	for (const words of verbs) {
		sandbox.arm();
		tell({ kind: "verb", words });
		const outcome = await run(words);
		runs.push([words[0]!, outcome.status, outcome.stderr.split("\n")[0]!.slice(0, SAID)]);
		const files = sandbox
			.changes()
			.filter((what) => !isMeant(words, outcome, what))
			.map((what): Problem => ({ kind: /secret/.test(what) ? "leak" : "file", what }));
		for (const problem of [...judge(words, outcome, sandbox, limit_ms), ...files]) problems.push({ ...problem, words });
		if (files.length > 0) sandbox.mend();
		/* Of what could not be imported there is nothing to ask. */
		if (words[0] === "import" && outcome.status !== 0) break;
	}
	const kib = process.resourceUsage().maxRSS;
	if (how !== "user") for (const problem of judgeMemory(kib)) problems.push({ ...problem, words: verbs.at(-1)! });
	tell({ kind: "done", problems, unmade, runs, spent: kib > 1_500_000 });
}

process.on("message", (ask: Ask) => {
	attempt(ask).catch((error: Error) => {
		tell({ kind: "done", problems: [], runs: [], unmade: [`the case could not be made: ${error.stack}`], spent: true });
	});
});
