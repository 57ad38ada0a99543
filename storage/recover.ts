// SPDX-License-Identifier: Apache-2.0
/** A recording whose recorder was killed: its log is merged into it, and the end is written that is missing. */
import { copyFileSync, existsSync } from "node:fs";
import { CountersinkError, failure, messageOf, unavailable, usageError } from "../base/errors.js";
import { Cleaner } from "./clean.js";
import { FORMAT_VERSION, logOf, logPlaces, removeRecording } from "./file.js";
import { type Finalised, Finaliser } from "./finalise.js";
import { checkOutput, moveIntoPlace } from "./output.js";
import { type Ask, type Kind, recognise, withFile } from "./recognise.js";
import { name, type Sql, sql } from "./sql.js";

export interface RecoverOptions {
	readonly path: string;
	/** A new file; null: in place. */
	readonly output: string | null;
	readonly overwrite: boolean;
	/** Only the tables of ours, into a file that has nothing else of the old one. */
	readonly clean: boolean;
	/** SQL that makes the macros of this version (queries/prelude.ts). */
	readonly macros: Sql;
}

export type Recovered =
	/** It ended as it should, and nothing was written. */
	| { readonly kind: "fine"; readonly ended: string }
	/** It had ended; its log was merged, or its tables were copied. */
	| { readonly kind: "merged"; readonly ended: string }
	| ({ readonly kind: "finalised"; readonly logLost: boolean } & Finalised);

type Recording = Extract<Kind, { kind: "recording" }>;

/** What is to be recovered, or why not. */
async function identify({ path, clean }: RecoverOptions): Promise<Recording> {
	if (!existsSync(path)) throw usageError(`${path} does not exist; name a recording whose recorder was killed`);
	const found = await recognise(path);
	if (found.kind === "written")
		throw unavailable(
			`${path} is still being written${found.holder && ` by process ${found.holder}`}; end that first, as with Ctrl-C`,
		);
	if (found.kind === "other")
		throw usageError(`${path} is no recording${found.why && ` (${found.why})`}; name a file that 'record' made`);
	if (found.kind === "recording" && !found.begun && logOf(path) === undefined && found.ended === null)
		throw usageError(
			`${path} holds nothing without its log, which is missing; put ${path}.wal back beside it, or remove it`,
		);
	if (found.kind === "empty" || !found.begun)
		throw usageError(`${path} holds nothing: its recorder was killed before the first tick; remove it`);
	if (found.format > FORMAT_VERSION || (found.format !== FORMAT_VERSION && !clean))
		throw usageError(
			`${path} has format version ${found.format}, written by countersink ${found.version}; recover it with that one${found.format < FORMAT_VERSION ? ", or copy its tables with --clean -o NEW" : ""}`,
		);
	return found;
}

/** The log that should be there and is not, as the end of a sentence. */
async function lostLog(ask: Ask, catalog: string): Promise<string | null> {
	const [row] =
		await ask(sql`SELECT log_follows, (SELECT max(ts) FROM ${name(catalog)}.main.sampler_stats)::VARCHAR AS until
		FROM ${name(catalog)}.main.recording`);
	if (row?.log_follows !== true) return null;
	return `, and its log is lost, with whatever was committed after ${row.until ?? "its start"}`;
}

/** In place: DuckDB does it as a whole, or not at all. @param original as sentences name it */
async function mend(path: string, original: string, found: Recording, macros: Sql): Promise<Recovered> {
	const hadLog = logOf(path) !== undefined;
	return withFile(path, true, async (ask, catalog, connection) => {
		if (found.ended !== null) return { kind: "merged", ended: found.ended };
		const lost = hadLog ? null : await lostLog(ask, catalog);
		const done = await new Finaliser(original, ask, catalog, connection).run(macros, lost);
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
		const recovered = await mend(made, path, found, macros);
		await moveIntoPlace(made, output, overwrite);
		return recovered;
	} finally {
		removeRecording(made);
	}
}

function copyIfThere(from: string, to: string): void {
	if (existsSync(from)) copyFileSync(from, to);
}

/** @throws CountersinkError one sentence why it cannot be recovered; then the recording is as it was */
export async function recover(options: RecoverOptions): Promise<Recovered> {
	const { path, output, clean, macros } = options;
	if (clean && output === null)
		throw usageError("--clean makes a new file and leaves the old one as it is; name the new one with -o");
	const found = await identify(options);
	if (found.ended !== null && !clean && logOf(path) === undefined) return { kind: "fine", ended: found.ended };
	try {
		return await (output === null ? mend(path, path, found, macros) : recoverInto(output, options, found));
	} catch (error) {
		if (error instanceof CountersinkError) throw error;
		throw failure(`recovering ${path} failed: ${messageOf(error).split("\n")[0]}`, error);
	}
}
