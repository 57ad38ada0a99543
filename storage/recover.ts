// SPDX-License-Identifier: Apache-2.0
/** Recovers a recording whose recorder was killed: merges its log, and writes the missing end. */
import { copyFileSync, existsSync } from "node:fs";
import { CountersinkError, failure, messageOf, unavailable, usageError } from "../base/errors.js";
import { Cleaner } from "./clean-copy.js";
import { FORMAT_VERSION, logOf, logPlaces, removeRecording } from "./file.js";
import { type Finalised, Finaliser } from "./finalise.js";
import { checkOutput, moveIntoPlace } from "./output-path.js";
import { type Ask, type Kind, recognise, withFile } from "./recognise.js";
import { name, type Sql, sql } from "./sql.js";

export interface RecoverOptions {
	readonly path: string;
	/** Path of a new file; null to recover in place. */
	readonly output: string | null;
	readonly overwrite: boolean;
	/** Copies only our tables, into a file that has nothing else of the old one. */
	readonly clean: boolean;
	/** SQL that creates the macros of this version (queries/prelude.ts). */
	readonly macros: Sql;
}

export type Recovered =
	/** The recording had ended properly, and nothing was written. */
	| { readonly kind: "fine"; readonly ended: string }
	/** The recording had ended; its log was merged, or its tables were copied. */
	| { readonly kind: "merged"; readonly ended: string }
	| ({ readonly kind: "finalised"; readonly logLost: boolean } & Finalised);

type Recording = Extract<Kind, { kind: "recording" }>;

/** Opens what is to be recovered. @throws CountersinkError where it cannot be */
async function identify({ path, clean }: RecoverOptions): Promise<Recording> {
	if (!existsSync(path)) throw usageError(`${path} does not exist; name a recording whose recorder was killed`);
	const found = await recognise(path);
	if (found.kind === "written")
		throw unavailable(
			`${path} is still being written${found.holder && ` by process ${found.holder}`}; end that process first, as with Ctrl-C`,
		);
	if (found.kind === "other")
		throw usageError(`${path} is not a recording${found.why && ` (${found.why})`}; name a file made by 'record'`);
	if (found.kind === "recording" && !found.begun && logOf(path) === undefined && found.ended === null)
		throw usageError(
			`${path} is empty without its log, which is missing; put ${path}.wal back beside it, or remove ${path}`,
		);
	if (found.kind === "empty" || !found.begun)
		throw usageError(`${path} is empty: its recorder was killed before the first tick; remove it`);
	if (found.format > FORMAT_VERSION || (found.format !== FORMAT_VERSION && !clean))
		throw usageError(
			`${path} has format version ${found.format}, written by countersink ${found.version}; recover it with that one${found.format < FORMAT_VERSION ? ", or copy its tables with --clean -o NEW" : ""}`,
		);
	return found;
}

/** The end of a sentence about a log that should be there and is not; null where none is missing. */
async function lostLog(ask: Ask, catalog: string): Promise<string | null> {
	const [row] =
		await ask(sql`SELECT log_follows, (SELECT max(ts) FROM ${name(catalog)}.main.sampler_stats)::VARCHAR AS until
		FROM ${name(catalog)}.main.recording`);
	if (row?.log_follows !== true) return null;
	return `, and its log is lost, with whatever was committed after ${row.until ?? "its start"}`;
}

/** Recovers in place. DuckDB does it completely or not at all. @param original the file as sentences name it */
async function mend(path: string, original: string, found: Recording): Promise<Recovered> {
	const hadLog = logOf(path) !== undefined;
	return withFile(path, true, async (ask, catalog, connection) => {
		if (found.ended !== null) return { kind: "merged", ended: found.ended };
		const lost = hadLog ? null : await lostLog(ask, catalog);
		const done = await new Finaliser(original, ask, catalog, connection).run(lost);
		return { kind: "finalised", logLost: lost !== null, ...done };
	});
}

async function recoverInto(output: string, options: RecoverOptions, found: Recording): Promise<Recovered> {
	const { path, overwrite, clean, macros } = options;
	await checkOutput(output, overwrite);
	const made = `${output}.recovering-${process.pid}`;
	try {
		if (clean) await Cleaner.copy(path, made, macros);
		else
			for (const [i, from] of [path, ...logPlaces(path)].entries()) copyIfThere(from, [made, ...logPlaces(made)][i]!);
		const recovered = await mend(made, path, found);
		await moveIntoPlace(made, output, overwrite);
		return recovered;
	} finally {
		removeRecording(made);
	}
}

function copyIfThere(from: string, to: string): void {
	if (existsSync(from)) copyFileSync(from, to);
}

/** Recovers a recording. @throws CountersinkError with the reason where it cannot be; then the recording is
 *  unchanged */
export async function recover(options: RecoverOptions): Promise<Recovered> {
	const { path, output, clean } = options;
	if (clean && output === null)
		throw usageError("--clean makes a new file and does not change the old one; name the new one with -o");
	const found = await identify(options);
	if (found.ended !== null && !clean && logOf(path) === undefined) return { kind: "fine", ended: found.ended };
	try {
		return await (output === null ? mend(path, path, found) : recoverInto(output, options, found));
	} catch (error) {
		if (error instanceof CountersinkError) throw error;
		throw failure(`recovering ${path} failed: ${messageOf(error).split("\n")[0]}`, error);
	}
}
