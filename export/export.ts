// SPDX-License-Identifier: Apache-2.0
/** Runs an export: a selection of a recording is written in a format to where the user wants it. */
import { availableParallelism, tmpdir } from "node:os";
import type { Writable } from "node:stream";
import { ending } from "../ask/local-session.js";
import { CountersinkError, failure, messageOf, usageError } from "../base/errors.js";
import { damaged, Recording } from "../storage/recording.js";
import { type Sql, sql, text } from "../storage/sql.js";
import { FileSink, PipeSink } from "./byte-sink.js";
import { writeDataset } from "./dataset.js";
import { startOf } from "./describe.js";
import type { Selection } from "./export-selection.js";
import { cannotWrite, checkTarget, Staging, targetsOf, type Written } from "./exported-files.js";
import type { Format } from "./format.js";
import { readSelection, type SelectedInput } from "./read-selection.js";

export interface Wish {
	readonly path: string;
	readonly format: Format;
	/** A file, a folder, or `-`. */
	readonly out: string;
	/** The stream that `-` stands for. */
	readonly stdout: Writable;
	readonly overwrite: boolean;
	/** Keys of the folders of a dataset; null for plain files. */
	readonly partition: readonly string[] | null;
	/** Evaluates the flags that need the start of the recording. */
	readonly select: (started_ns: bigint) => Selection;
	readonly signal: AbortSignal;
	/** Called once before anything is written, with the input, which tells the progress, and with notes on the
	 *  recording. */
	readonly begin: (input: SelectedInput, notes: readonly string[]) => void;
}

/** DuckDB's memory. Node and the program itself take about 200 MB more, for any number of rows. For each column, the
 *  blocks being read and the row groups being written come on top, on every thread. */
const MEMORY_MB = 128;
const COLUMN_MB = 0.25;
/** The most columns to reckon with. None of our tables has more, but a file may claim any number. */
const MAX_COLUMNS = 16_384;
const THREADS = Math.min(2, availableParallelism());
/** Time between two requests to stop. A request that comes between two statements stops neither. */
const STOP_MS = 50;

/** Settings of DuckDB: it may spill where we write, and uses no more of the machine than it must. */
async function settingsFor(recording: Recording): Promise<Sql[]> {
	const [widest] = await recording.rows(sql`SELECT coalesce(max(counters), 0) AS columns FROM streams`);
	const columns = Math.min(MAX_COLUMNS, Number(widest!.columns));
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

/** Whether memory ran out. DuckDB says the same when the disk has no room for what does not fit into memory. */
const isOutOfMemory = (message: string): boolean =>
	/^Out of Memory Error|could not allocate/.test(message) && !/max_temp_directory_size|no space left/i.test(message);

/** Says what went wrong, in one sentence. */
function explain(error: unknown, { path, out, signal }: Wish): unknown {
	if (signal.aborted) return failure("the export was interrupted, and its files were removed");
	const message = messageOf(error);
	if (/checksum|corrupt|deserializ|^(INTERNAL|FATAL) Error/i.test(message)) return damaged(path, error);
	if (isOutOfMemory(message))
		return failure(
			`the export needs more memory than DuckDB may use (${message.split("\n")[0]}), and its files were removed; take fewer counters (--counters, --stream), a shorter time (--from, --to) or a coarser --rate`,
			error,
		);
	return error instanceof CountersinkError || !/^(IO|Out of Memory|Permission) Error|^E[A-Z]+:|could not/i.test(message)
		? error
		: cannotWrite(out, error);
}

/** Interrupts the statements of a recording once the signal comes. @returns a function that ends this */
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

/** Writes everything or nothing. @returns the files; none where the output is a pipe */
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
