// SPDX-License-Identifier: Apache-2.0
/** An export from its beginning to its end: what is selected of a recording, in a format, to where it is wanted. */
import { availableParallelism, tmpdir } from "node:os";
import type { Writable } from "node:stream";
import { ending } from "../ask/local-session.js";
import { CountersinkError, failure, messageOf, usageError } from "../base/errors.js";
import { damaged, Recording } from "../storage/recording.js";
import { type Sql, sql, text } from "../storage/sql.js";
import { writeDataset } from "./dataset.js";
import { startOf } from "./describe.js";
import type { Format } from "./format.js";
import { cannotWrite, checkTarget, Staging, targetsOf, type Written } from "./output.js";
import { readSelection, type SelectedInput } from "./read.js";
import type { Selection } from "./selection.js";
import { FileSink, PipeSink } from "./sink.js";

export interface Wish {
	readonly path: string;
	readonly format: Format;
	/** A file, a folder, or `-`. */
	readonly out: string;
	/** Where `-` leads. */
	readonly stdout: Writable;
	readonly overwrite: boolean;
	/** Columns of the folders of a dataset; null: plain files. */
	readonly partition: readonly string[] | null;
	/** Understands the flags that need the start of the recording. */
	readonly select: (started_ns: bigint) => Selection;
	readonly signal: AbortSignal;
	/** Called once before anything is written: with what can be asked for the progress, and what is to be said of the recording. */
	readonly begin: (input: SelectedInput, notes: readonly string[]) => void;
}

/** Memory of DuckDB, beside which Node and the program itself take about 200 MB: for any number of rows, and for each column the
 *  blocks that are read and the row groups that are written, on every thread. */
const MEMORY_MB = 128;
const COLUMN_MB = 0.25;
/** More columns than any table of ours has: a file may say of itself what it wants. */
const MOST_COLUMNS = 16_384;
const THREADS = Math.min(2, availableParallelism());
/** Between two requests to stop: one that comes between two statements stops neither. */
const STOP_MS = 50;

/** DuckDB may write where we write, and uses no more of the machine than it must. */
async function settingsFor(recording: Recording): Promise<Sql[]> {
	const [widest] = await recording.rows(sql`SELECT coalesce(max(counters), 0) AS columns FROM streams`);
	const columns = Math.min(MOST_COLUMNS, Number(widest!.columns));
	return [
		sql`SET memory_limit = ${text(`${Math.ceil(MEMORY_MB + COLUMN_MB * columns)}MB`)}`,
		sql`SET threads = ${THREADS}`,
		sql`SET enable_progress_bar = true`,
		sql`SET enable_progress_bar_print = false`,
	];
}

async function toPipe(input: SelectedInput, { format, signal, stdout }: Wish): Promise<Written[]> {
	const { streams } = input;
	if (format.perStream && streams.length > 1)
		throw usageError(
			`${format.name} on standard output carries one stream, and there are ${streams.map(({ name }) => name).join(", ")}; choose one with --stream`,
		);
	await format.write(input, streams, new PipeSink(stdout, signal));
	return [];
}

async function toFiles(input: SelectedInput, wish: Wish, staging: Staging): Promise<Written[]> {
	const { format, out, overwrite, path } = wish;
	const targets = targetsOf(out, format, input.streams, path);
	for (const target of targets) checkTarget(target.path, overwrite, path);
	const written: Written[] = [];
	for (const target of targets) {
		const sink = new FileSink(staging.place(target.path));
		try {
			await format.write(input, target.streams, sink);
		} finally {
			sink.close();
		}
		const rows = target.streams.reduce((sum, stream) => sum + stream.rows, 0);
		written.push({ path: target.path, streams: target.streams.map(({ name }) => name), rows });
	}
	return written;
}

async function write(input: SelectedInput, wish: Wish, staging: Staging): Promise<Written[]> {
	if (wish.out === "-") return toPipe(input, wish);
	if (wish.partition) return writeDataset(input, wish.out, wish.partition, wish.overwrite, staging);
	return toFiles(input, wish, staging);
}

/** DuckDB says the same of a disk that has no room for what does not fit into memory. */
const isOutOfMemory = (message: string): boolean =>
	/^Out of Memory Error|could not allocate/.test(message) && !/max_temp_directory_size|no space left/i.test(message);

/** What went wrong, as one sentence. */
function explain(error: unknown, { path, out, signal }: Wish): unknown {
	if (signal.aborted) return failure("the export was interrupted, and nothing is left of it");
	const message = messageOf(error);
	if (/checksum|corrupt|deserializ/i.test(message)) return damaged(path, error);
	if (isOutOfMemory(message))
		return failure(
			`the export needs more memory than it gives DuckDB (${message.split("\n")[0]}); nothing was left behind, so take fewer counters (--counters, --stream), a shorter time (--from, --to) or a coarser --rate`,
			error,
		);
	return error instanceof CountersinkError || !/^(IO|Out of Memory|Permission) Error|^E[A-Z]+:|could not/i.test(message)
		? error
		: cannotWrite(out, error);
}

/** Ends what the recording is asked when the signal comes, until it is let go. @returns what lets go */
function stopping(recording: Recording, signal: AbortSignal): () => void {
	let asking: NodeJS.Timeout | undefined;
	const stop = (): void => {
		recording.connection.interrupt();
		asking ??= setInterval(stop, STOP_MS);
	};
	signal.addEventListener("abort", stop);
	if (signal.aborted) stop();
	return () => {
		signal.removeEventListener("abort", stop);
		clearInterval(asking);
	};
}

/** Writes everything or nothing. Resolves with the files, none where the output is a pipe. */
export async function exportRecording(wish: Wish): Promise<Written[]> {
	const staging =
		wish.out === "-" ? new Staging(`${tmpdir()}/`, false) : new Staging(wish.out, wish.partition !== null);
	try {
		const recording = await Recording.open(wish.path, { folder: staging.folder, settings: settingsFor });
		const letGo = stopping(recording, wish.signal);
		try {
			wish.signal.throwIfAborted();
			const input = await readSelection(recording, wish.select(await startOf(recording)), wish.signal);
			wish.begin(input, await ending(recording));
			wish.signal.throwIfAborted();
			const written = await write(input, wish, staging);
			wish.signal.throwIfAborted();
			staging.finish();
			return written;
		} finally {
			letGo();
			recording.close();
		}
	} catch (error) {
		throw explain(error, wish);
	} finally {
		staging.discard();
	}
}
