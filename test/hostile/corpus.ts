// SPDX-License-Identifier: Apache-2.0
/** Tries cases and says what they broke. What a pooled worker saw counts when a command line of its own, as a user has it, does it too. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { make } from "./bases.js";
import { type Result, tryAll } from "./pool.js";
import { Random } from "./random.js";

export interface Tried {
	readonly cases: number;
	readonly ms: number;
	readonly results: readonly Result[];
	/** Of the command line. */
	readonly broken: readonly Result[];
	/** It ended the worker, and of a command line only the child that reads the file: that is said in one sentence, with status 1. */
	readonly contained: readonly Result[];
	/** Seen in a worker, and not again. */
	readonly once: readonly Result[];
	/** What could not be made or tried. */
	readonly unmade: readonly Result[];
	/** Cases whose problem was not tried again, since there were many. */
	readonly unconfirmed: readonly Result[];
}

export interface Trial {
	readonly workers: number;
	/** Each command must end within it. */
	readonly limit_ms: number;
	/** Every case goes through command lines of its own at once. */
	readonly asUser?: boolean;
	/** Problems that are tried again through the command line. */
	readonly confirm?: number;
	/** A folder for the files of cases that break something. */
	readonly keep?: string | undefined;
	readonly progress?: (done: number, problems: number, result: Result) => void;
}

const isBroken = ({ problems }: Result): boolean => problems.length > 0;

/** A folder with what every worker needs; removed in the end. */
async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
	const folder = mkdtempSync(join(tmpdir(), "countersink-hostile-"));
	const remove = (): void => rmSync(folder, { recursive: true, force: true });
	process.once("exit", remove);
	try {
		/* Chosen anew each time, so that it is in no file of ours. */
		writeFileSync(
			join(folder, "secret"),
			`s3cr3t-${new Random(`${process.pid} ${Date.now()}`).bytes(12).toString("hex")}`,
		);
		make(join(folder, "bases"));
		return await use(folder);
	} finally {
		process.off("exit", remove);
		remove();
	}
}

const hasDied = ({ problems }: Result): boolean => problems.some(({ kind }) => kind === "signal");
const hasGrown = ({ problems }: Result): boolean => problems.some(({ kind }) => kind === "memory");

/** Through the command line; memory in a worker that has tried nothing else. */
async function confirm(seen: readonly Result[], trial: Trial & { readonly folder: string }): Promise<Result[]> {
	const ids = (of: (result: Result) => boolean): string[] => seen.filter(of).map(({ id }) => id);
	const pool = { ...trial, workers: 1 };
	const alone = await tryAll(ids(hasGrown), { ...pool, asUser: false, fresh: true });
	const users = await tryAll(
		ids((result) => result.problems.some(({ kind }) => kind !== "memory")),
		{ ...pool, asUser: true },
	);
	return [...alone.filter(hasGrown), ...users];
}

export const tryCases = (ids: readonly string[], trial: Trial): Promise<Tried> =>
	withFolder(async (folder) => {
		const begin = performance.now();
		let [done, problems] = [0, 0];
		const first = await tryAll(ids, {
			...trial,
			folder,
			asUser: trial.asUser ?? false,
			keep: undefined,
			done(result) {
				done++;
				if (isBroken(result)) problems++;
				trial.progress?.(done, problems, result);
			},
		});
		const seen = first.filter(isBroken);
		const chosen = trial.asUser ? seen : spread(seen, trial.confirm ?? 100);
		const again = trial.asUser ? seen : await confirm(chosen, { ...trial, folder });
		const confirmed = new Set(again.filter(isBroken).map(({ id }) => id));
		const rest = chosen.filter(({ id }) => !confirmed.has(id));
		return {
			cases: ids.length,
			ms: performance.now() - begin,
			broken: again.filter(isBroken),
			contained: rest.filter(hasDied),
			once: rest.filter((result) => !hasDied(result)),
			unmade: first.filter(({ unmade }) => unmade.length > 0),
			unconfirmed: seen.filter((result) => !chosen.includes(result)),
			results: first,
		};
	});

/** What a result is like, for counting. */
export const likeness = ({ id, problems }: Result): string =>
	`${id.slice(0, id.indexOf(":"))} ${[...new Set(problems.map(({ kind, words }) => `${words[0]} ${kind}`))].join(", ")}`;

/** So many of them, of each likeness first the first. */
function spread(results: readonly Result[], most: number): Result[] {
	const rank = new Map<string, number>();
	const ranked = results.map((result) => {
		const like = likeness(result);
		rank.set(like, (rank.get(like) ?? 0) + 1);
		return { result, rank: rank.get(like)! };
	});
	return ranked
		.sort((a, b) => a.rank - b.rank)
		.slice(0, most)
		.map(({ result }) => result);
}

/** `info` of a recording whose ticks do not add up has status 1 and says nothing beside its answer. */
export const wasRead = ({ runs }: Pick<Result, "runs">): boolean => runs[0]?.[1] === 0 || runs[0]?.[2] === "";

/** How many of each format were read, and how many refused: a corpus of which all is refused tests little. */
export function reached(results: readonly Result[]): string[] {
	const counts = new Map<string, { cases: number; read: number }>();
	for (const { id, runs } of results) {
		const kind = id.slice(0, id.indexOf(":"));
		const count = counts.get(kind) ?? { cases: 0, read: 0 };
		count.cases++;
		if (wasRead({ runs })) count.read++;
		counts.set(kind, count);
	}
	return [...counts].map(([kind, { cases, read }]) => `${kind}: ${read} of ${cases} were read, the rest refused`);
}
