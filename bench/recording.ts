// SPDX-License-Identifier: Apache-2.0
/** Records events into a temporary file and reads from the file what was recorded. */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { fromSeconds, type Nanoseconds } from "../base/units.js";
import { prelude } from "../queries/prelude.js";
import { toFile } from "../record/destination.js";
import { Recorder, type Summary } from "../record/recorder.js";
import type { WaitPolicy } from "../sampler/plan.js";
import { parseEvent, type StreamSpec, selectStreams } from "../sampler/selection.js";

export interface How {
	readonly duration: Nanoseconds;
	readonly wait: WaitPolicy;
	readonly cpu: number;
}

export interface StreamFigures {
	readonly scheduled: number;
	/** Counted in the table. The summary is not used. */
	readonly rows: number;
	/** Ticks in the ledger of the file. */
	readonly gapTicks: number;
	readonly ringFull: number;
	readonly lateness_p99_ns: number;
	readonly read_p50_ns: number;
}

export interface Recorded {
	readonly summary: Summary;
	readonly streams: readonly StreamFigures[];
	readonly bytes: number;
	/** CPU time of this process over wall time, from the first to the last progress report; null when there was only
	 *  one. */
	readonly nodeShare: number | null;
}

/** Calls `use` with a path in a new folder, and removes the folder afterwards. */
export async function inScratch<T>(use: (path: string) => Promise<T>): Promise<T> {
	const folder = mkdtempSync(join(tmpdir(), "countersink-bench-"));
	try {
		return await use(join(folder, "bench.duckdb"));
	} finally {
		rmSync(folder, { recursive: true });
	}
}

/** Opens a closed recording read-only. */
export async function withFile<T>(path: string, use: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
	const instance = await DuckDBInstance.create(path, { access_mode: "READ_ONLY" });
	const connection = await instance.connect();
	try {
		return await use(connection);
	} finally {
		connection.disconnectSync();
		instance.closeSync();
	}
}

/** The first row of an answer in which every value is a number. */
export async function numbers(connection: DuckDBConnection, sql: string): Promise<number[]> {
	const answer = await connection.runAndReadAll(sql);
	return (answer.getRows()[0] ?? []).map(Number);
}

async function streamFigures(connection: DuckDBConnection, stream: string): Promise<StreamFigures> {
	const [scheduled, lateness_p99_ns, read_p50_ns] = await numbers(
		connection,
		`SELECT ticks_scheduled, lateness_p99_ns, read_p50_ns FROM streams WHERE name = '${stream}'`,
	);
	const [gapTicks, ringFull] = await numbers(
		connection,
		`SELECT coalesce(sum(ticks), 0), coalesce(sum(ticks) FILTER (reason = 'ring_full'), 0) FROM gaps WHERE stream = '${stream}'`,
	);
	const [rows] = await numbers(connection, `SELECT count(*) FROM "${stream}"`);
	return {
		scheduled: scheduled!,
		rows: rows!,
		gapTicks: gapTicks!,
		ringFull: ringFull!,
		lateness_p99_ns: lateness_p99_ns!,
		read_p50_ns: read_p50_ns!,
	};
}

/** Measures the CPU time of this process from the first to the last call of note(), as a share of the time between
 *  them. */
class ShareMeter {
	#first: { at: number; cpu: number } | null = null;
	#last: { at: number; cpu: number } | null = null;

	note(): void {
		const { user, system } = process.cpuUsage();
		this.#last = { at: performance.now() * 1e3, cpu: user + system };
		this.#first ??= this.#last;
	}

	get share(): number | null {
		if (!this.#first || !this.#last || this.#first === this.#last) return null;
		return (this.#last.cpu - this.#first.cpu) / (this.#last.at - this.#first.at);
	}
}

/** @param meanwhile called when sampling has started */
export function record(
	events: readonly string[],
	how: How,
	meanwhile: (recorder: Recorder, path: string) => void = () => {},
): Promise<Recorded> {
	return recordStreams(selectStreams(events.map((event) => parseEvent(event))), events, how, meanwhile);
}

export function recordStreams(
	streams: readonly StreamSpec[],
	events: readonly string[],
	{ duration, wait, cpu }: How,
	meanwhile: (recorder: Recorder, path: string) => void = () => {},
): Promise<Recorded> {
	return inScratch(async (path) => {
		const meter = new ShareMeter();
		const recorder = await Recorder.start({
			streams,
			events,
			destination: toFile(path, { alone: true }),
			duration,
			wait,
			cpu,
			realtime: true,
			alone: true,
			depth: fromSeconds(4),
			command: null,
			macros: prelude(),
		});
		recorder.progress.subscribe(() => meter.note());
		meanwhile(recorder, path);
		const summary = await recorder.done;
		const figures = await withFile(path, async (connection) => {
			const all: StreamFigures[] = [];
			for (const { stream } of summary.streams) all.push(await streamFigures(connection, stream));
			return all;
		});
		return { summary, streams: figures, bytes: statSync(path).size, nodeShare: meter.share };
	});
}
