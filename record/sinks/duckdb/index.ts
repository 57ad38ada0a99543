// SPDX-License-Identifier: Apache-2.0
/**
 * The file: a DuckDB recording that is valid at every instant. Rows, gaps and statistics are committed together.
 * Checkpoints are made by hand, between transactions, and wait while a process reads the file (checkpoint-holds.ts).
 */
import type { Batch } from "../../../sampler/batch.js";
import { layout } from "../../../sampler/layout.gen.js";
import type { CommandProcess, End, Mark, Setup, Started, StreamEnd } from "../../../sampler/recorded.js";
import type { Gap } from "../../../sampler/ring.js";
import { RecordingDatabase, RowAppender } from "../../../storage/database.js";
import { removeRecording } from "../../../storage/file.js";
import { type Sql, sql, text } from "../../../storage/sql.js";
import { createTables, mergeLog, noteLog, recordCommand, recordEnd, recordStart } from "../../../storage/tables.js";
import { tailCells } from "../../../storage/tail.js";
import type { Moment, Pace, PrimarySink } from "../../sink.js";
import { CheckpointHolds } from "./checkpoint-holds.js";
import { StreamRows } from "./stream-rows.js";
import { TableWriter } from "./table-writer.js";

/** A SIGKILL costs the rows since the last commit. A question to a recording that is being written causes a commit of
 *  its own. */
export const COMMIT_MS = 750;
/** Limits of the time between two drains, which is short enough to take a block of the fastest stream before the next
 *  is full. */
const MIN_DRAIN_MS = 20;
const MAX_DRAIN_MS = COMMIT_MS;

const tables = ["gaps", "marks", "clock_anchors", "sampler_stats", "device_clocks", "tail"] as const;
type Small = Record<(typeof tables)[number], RowAppender>;

export class DuckDbSink implements PrimarySink {
	readonly name: string;
	readonly #macros: Sql;
	readonly closed = false;
	/** Set by open(). */
	#setup!: Setup;
	#database!: RecordingDatabase;
	#streams!: readonly StreamRows[];
	#small!: Small;
	#holds!: CheckpointHolds;
	#pace!: Pace;
	/** The command that the next commit stores. */
	#command: CommandProcess | null = null;
	/** Whether the log holds the note that there is a log (noteLog). */
	#noted = true;
	/** Called when the file may be read by another process, with the number that asked for it. */
	onHeld: (id: number) => void = () => {};

	/** @param macros SQL that makes the macros which the recording carries (queries/prelude.ts) */
	constructor(path: string, macros: Sql) {
		this.name = path;
		this.#macros = macros;
	}

	get pace(): Pace {
		return this.#pace;
	}

	/** Creates the file, and removes it again when this fails. */
	async open(setup: Setup): Promise<void> {
		this.#setup = setup;
		const columns = setup.streams.reduce((sum, { stream }) => sum + stream.columns.length, 0);
		this.#database = await RecordingDatabase.create(this.name, columns);
		try {
			const streams = setup.streams.map(({ stream, ring }) => ({ stream, ringBytes: ring.bytes }));
			await createTables(this.#database, setup.header, this.#macros, streams);
			await this.#prepare();
		} catch (error) {
			this.#database.abandon();
			removeRecording(this.name);
			throw error;
		}
	}

	async #prepare(): Promise<void> {
		const { streams } = this.#setup;
		const database = this.#database;
		this.#holds = new CheckpointHolds(database, (id) => this.onHeld(id));
		this.#small = Object.fromEntries(tables.map((table) => [table, new RowAppender(database, table)])) as Small;
		this.#streams = streams.map(({ stream }) => new StreamRows(new TableWriter(database, stream)));
		const fastest = Math.min(...streams.map(({ stream }) => stream.period_ns));
		this.#pace = {
			commit_ms: COMMIT_MS,
			drain_ms: Math.max(MIN_DRAIN_MS, Math.min(MAX_DRAIN_MS, (fastest * layout.BLOCK_ROWS) / 2e6)),
			wholeBlocks: true,
		};
		await database.checkpointsByHand();
		await this.#begin();
	}

	/** Stores the start and merges the log at once, before there are rows: from then on the file alone says that it is a
	 *  recording, and that a log follows. */
	async start({ start_ns, grants }: Started): Promise<void> {
		await recordStart(this.#database, start_ns, this.#setup.header.wall_offset_ns, grants);
		await this.#database.run(sql`COMMIT`);
		await this.#merge();
		await this.#begin();
	}

	room(stream: number, waiting: number): number {
		return this.#streams[stream]!.room(waiting);
	}

	held(stream: number): number {
		return this.#streams[stream]!.held;
	}

	rows(stream: number, batch: Batch): void {
		this.gaps(stream, batch.gaps);
		this.#streams[stream]!.add(batch);
	}

	gaps(stream: number, gaps: readonly Gap[]): void {
		for (const { first_tick, ticks, reason, at_ns } of gaps)
			this.#small.gaps.append([this.#nameOf(stream), first_tick, ticks, reason, at_ns]);
	}

	#nameOf(stream: number): string {
		return this.#setup.streams[stream]!.stream.name;
	}

	mark({ ts, name, detail }: Mark): void {
		this.#small.marks.append([ts, name, detail]);
	}

	command(process: CommandProcess): void {
		this.#command = process;
	}

	/** Lets another process read the file from the next commit on, until it is released. */
	hold(id: number): void {
		this.#holds.ask(id);
	}

	release(id: number): void {
		this.#holds.release(id);
	}

	async commit(moment: Moment): Promise<void> {
		await this.#write(moment);
		if (this.#holds.checkpointDue) await this.#merge();
		await this.#begin();
		this.#holds.update();
	}

	async #write({ ts, progress, sampler_cpu_ns, anchor, fits }: Moment): Promise<void> {
		const small = this.#small;
		for (const { stream, nextTick, rows, gapTicks, fill } of progress)
			small.sampler_stats.append([ts, stream, nextTick, rows, gapTicks, fill, sampler_cpu_ns]);
		await this.#settle(false);
		if (anchor) {
			const { monotonic_ns, realtime_ns, boottime_ns, window_ns } = anchor;
			small.clock_anchors.append([anchor.ts, monotonic_ns, realtime_ns, boottime_ns, window_ns]);
		}
		for (const { stream, fit } of fits)
			small.device_clocks.append([stream, fit.ts, fit.device_clock, fit.rate_ppb, fit.residual_ns]);
		for (const table of Object.values(small)) table.flush();
		if (this.#command) await recordCommand(this.#database, this.#command);
		this.#command = null;
		await this.#database.run(sql`COMMIT`);
	}

	/** Moves overdue rows of one stream at a time, because each move takes a burst of CPU time.
	 *  @param all moves the rows of all streams */
	async #settle(all: boolean): Promise<void> {
		const overdue = this.#streams.findIndex((rows) => rows.overdue);
		for (const [i, rows] of this.#streams.entries()) {
			const stream = this.#nameOf(i);
			const { forget, copy } = rows.settle(all || i === overdue);
			if (forget) await this.#database.run(sql`DELETE FROM tail WHERE stream = ${text(stream)}`);
			if (copy) this.#small.tail.append([stream, copy.rows, tailCells(copy)]);
		}
	}

	async #begin(): Promise<void> {
		await this.#database.run(sql`BEGIN`);
		if (!this.#noted) await noteLog(this.#database);
		this.#noted = true;
	}

	async #merge(): Promise<void> {
		await mergeLog(this.#database);
		this.#noted = false;
	}

	async finish(end: End, ended_at: bigint, streams: readonly StreamEnd[], sampler_cpu_ns: number): Promise<void> {
		await this.#settle(true);
		await this.#database.run(sql`COMMIT`);
		for (const closed of [...this.#streams, ...Object.values(this.#small)]) closed.close();
		await recordEnd(this.#database, end, ended_at, sampler_cpu_ns, streams);
		await this.#database.close();
	}

	hurry(): void {}

	async abandon(): Promise<void> {
		this.#database.abandon();
	}
}
