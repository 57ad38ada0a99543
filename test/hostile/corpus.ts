// SPDX-License-Identifier: Apache-2.0
/** Tries cases and says what they broke. What a pooled worker saw counts when a command line of its own, as a user has it, does it too. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { base, makeBases } from "./bases.js";
import { type Result, tryAll } from "./pool.js";
import { Random } from "./random.js";

export interface Tried {
	readonly cases: number;
	readonly ms: number;
	readonly results: readonly Result[];
	/** Of the command line. */
	readonly broken: readonly Result[];
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
		mkdirSync(join(folder, "bases"));
		/* Chosen anew each time, so that it is in no file of ours. */
		writeFileSync(
			join(folder, "secret"),
			`s3cr3t-${new Random(`${process.pid} ${Date.now()}`).bytes(12).toString("hex")}`,
		);
		base.in(join(folder, "bases"));
		await makeBases();
		return await use(folder);
	} finally {
		process.off("exit", remove);
		remove();
	}
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
		const chosen = trial.asUser ? [] : spread(seen, trial.confirm ?? 100);
		const again = trial.asUser
			? seen
			: await tryAll(
					chosen.map(({ id }) => id),
					{ ...trial, workers: 1, folder, asUser: true },
				);
		const confirmed = new Set(again.filter(isBroken).map(({ id }) => id));
		return {
			cases: ids.length,
			ms: performance.now() - begin,
			results: first,
			broken: again.filter(isBroken),
			once: chosen.filter(({ id }) => !confirmed.has(id)),
			unmade: first.filter(({ unmade }) => unmade.length > 0),
			unconfirmed: trial.asUser ? [] : seen.filter((result) => !chosen.includes(result)),
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

/** How many of each format were read, and how many refused: a corpus of which all is refused tests little. */
export function reached(results: readonly Result[]): string[] {
	const counts = new Map<string, { cases: number; read: number }>();
	for (const { id, runs } of results) {
		const kind = id.slice(0, id.indexOf(":"));
		const count = counts.get(kind) ?? { cases: 0, read: 0 };
		count.cases++;
		const [, status, said] = runs[0] ?? [];
		/* `info` of a recording whose ticks do not add up has status 1 and says nothing beside its answer. */
		if (status === 0 || said === "") count.read++;
		counts.set(kind, count);
	}
	return [...counts].map(([kind, { cases, read }]) => `${kind}: ${read} of ${cases} were read, the rest refused`);
}
