// SPDX-License-Identifier: Apache-2.0
/**
 * The writer worker: owns the DuckDB file, drains every ring, commits rows, gaps and statistics together at most every
 * 250 ms. What is committed is therefore always a whole prefix of the ticks: rows + gaps = ticks_accounted.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { Subject } from "rxjs/internal/Subject";
import { clockAnchor } from "../base/clock.js";
import { assert, isDiskFull, messageOf } from "../base/errors.js";
import type { ProcessId } from "../base/process.js";
import type { Batch } from "../sampler/batch.js";
import { layout, word } from "../sampler/layout.gen.js";
import { Umem } from "../sampler/umem.js";
import { CheckpointHolds } from "./checkpoint-holds.js";
import { RecordingDatabase, RowAppender } from "./database.js";
import { lockHolder, removeRecording } from "./file.js";
import type { End, FileSetup, FromFileWriter, StreamProgress, StreamSummary, ToFileWriter } from "./protocol.js";
import { sql } from "./sql.js";
import { type StreamStatistics, statisticsOf } from "./statistics.js";
import { StreamWriter } from "./stream-writer.js";
import { createTables, mergeLog, noteLog, recordCommand, recordEnd, recordStart } from "./tables.js";

const COMMIT_MS = 200;
/** With more than this waiting, the writer does not pause. */
const BEHIND_ROWS = 131_072;
const ANCHOR_NS = 1_000_000_000n;
/** A suspended machine stops CLOCK_MONOTONIC and not CLOCK_BOOTTIME; smaller differences are reading error. */
const SUSPENDED_NS = 1_000_000n;

const now = (): number => performance.now();

class Writer {
	readonly #setup: FileSetup;
	readonly #umem: Umem;
	readonly #database: RecordingDatabase;
	readonly #streams: StreamWriter[];
	readonly #gaps: RowAppender;
	readonly #marks: RowAppender;
	readonly #anchors: RowAppender;
	readonly #stats: RowAppender;
	readonly #clocks: RowAppender;
	readonly #holds: CheckpointHolds;
	/** Every batch passes here while it is valid: for statistics, triggers and live views. */
	readonly batches = new Subject<Batch>();
	readonly #live = new Map<string, StreamStatistics>();
	#messages: ToFileWriter[] = [];
	#anchoredAt = 0n;
	#suspended: bigint | null = null;
	/** No row is taken before the start is noted: rows without it would have no deadlines, should we be killed between. */
	#started = false;
	/** It stands in the log that it is there. */
	#noted = true;

	private constructor(setup: FileSetup, database: RecordingDatabase) {
		this.#setup = setup;
		this.#database = database;
		this.#umem = Umem.attach(setup.umem.fd, setup.umem.bytes);
		this.#holds = new CheckpointHolds(database, (id) => post({ kind: "held", id }));
		this.#gaps = new RowAppender(database, "gaps");
		this.#marks = new RowAppender(database, "marks");
		this.#anchors = new RowAppender(database, "clock_anchors");
		this.#stats = new RowAppender(database, "sampler_stats");
		this.#clocks = new RowAppender(database, "device_clocks");
		this.#streams = setup.streams.map(
			({ stream, ring }) => new StreamWriter(database, this.#gaps, this.#umem, stream, ring),
		);
		statisticsOf(this.batches).subscribe((statistics) => this.#live.set(statistics.stream, statistics));
	}

	/** Leaves no file behind when it fails. */
	static async open(setup: FileSetup): Promise<Writer> {
		const columns = setup.streams.reduce((sum, { stream }) => sum + stream.columns.length, 0);
		const database = await RecordingDatabase.create(setup.path, columns);
		try {
			const streams = setup.streams.map(({ stream, ring }) => ({ stream, ringBytes: ring.bytes }));
			await createTables(database, setup.header, streams);
			return new Writer(setup, database);
		} catch (error) {
			database.abandon();
			removeRecording(setup.path);
			throw error;
		}
	}

	receive(message: ToFileWriter): void {
		this.#messages.push(message);
	}

	/** Blocks fill at the rate of the fastest stream: looking twice a block is enough, and 10 to 50 times a second. */
	get #drainInterval_ms(): number {
		const fastest = Math.min(...this.#setup.streams.map(({ stream }) => stream.period_ns));
		return Math.max(20, Math.min(100, (fastest * layout.BLOCK_ROWS) / 2e6));
	}

	/** Runs until told to finish, or to let go. */
	async run(): Promise<void> {
		await this.#database.checkpointsByHand();
		await this.#begin();
		let committed = now();
		for (;;) {
			const end = await this.#handleMessages();
			if (end === "abandon") return this.#database.abandon();
			if (end) return this.#finish(end);
			this.#holds.update();
			this.#drain(true);
			if (now() - committed >= COMMIT_MS) {
				await this.#commit();
				if (this.#holds.checkpointDue) await this.#merge();
				await this.#begin();
				committed = now();
			}
			const behind = this.#streams.some(({ reader }) => reader.waiting > BEHIND_ROWS);
			await sleep(behind ? 0 : Math.min(this.#drainInterval_ms, Math.max(1, committed + COMMIT_MS - now())));
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

	/** Merged at once, before there are rows: from here on the file alone says that it is a recording, and that a log follows. */
	async #start({ start_ns, grants }: Extract<ToFileWriter, { kind: "started" }>): Promise<void> {
		await recordStart(this.#database, start_ns, this.#setup.header.wall_offset_ns, grants);
		await this.#database.run(sql`COMMIT`);
		await this.#merge();
		post({ kind: "begun" });
		await this.#begin();
		this.#started = true;
	}

	/** Committed at once: should we be killed now, nobody else would know of it. */
	async #noteCommand(command: ProcessId): Promise<void> {
		await recordCommand(this.#database, command);
		if (!this.#started) return;
		await this.#commit();
		await this.#begin();
	}

	#drain(whole: boolean): void {
		if (this.#started) for (const stream of this.#streams) stream.drain(whole, this.batches);
	}

	async #handleMessages(): Promise<End | "abandon" | null> {
		const messages = this.#messages;
		this.#messages = [];
		let end: End | "abandon" | null = null;
		for (const message of messages) {
			if (message.kind === "started") await this.#start(message);
			else if (message.kind === "mark") this.#marks.append([message.ts, message.name, message.detail]);
			else if (message.kind === "command") await this.#noteCommand(message.process);
			else if (message.kind === "hold") this.#holds.ask(message.id);
			else if (message.kind === "release") this.#holds.release(message.id);
			else end = message.kind === "abandon" ? "abandon" : message.end;
		}
		return end;
	}

	async #commit(): Promise<void> {
		this.#drain(false);
		const anchor = this.#anchor();
		const progress = this.#progress(anchor);
		const sampler_cpu_ns = Number(this.#umem.control(word.control_cpu_ns));
		for (const p of progress) {
			assert(
				p.nextTick === p.rows + p.gapTicks,
				`${p.stream}: ${p.nextTick} ticks accounted for, ${p.rows} rows and ${p.gapTicks} in gaps`,
			);
			this.#stats.append([anchor, p.stream, p.nextTick, p.rows, p.gapTicks, p.fill, sampler_cpu_ns]);
		}
		for (const stream of this.#streams) stream.flush();
		this.#noteDeviceClocks();
		for (const table of [this.#gaps, this.#marks, this.#anchors, this.#stats, this.#clocks]) table.flush();
		await this.#database.run(sql`COMMIT`);
		post({ kind: "progress", streams: progress, sampler_cpu_ns });
	}

	#progress(now_ns: bigint): StreamProgress[] {
		return this.#streams.map((stream) => stream.ledger.progress(this.#live.get(stream.stream.name), now_ns));
	}

	/** Notes the clocks once a second, and whether the machine was suspended. Returns the time on the recording's clock. */
	#anchor(): bigint {
		const anchor = clockAnchor();
		const ts = anchor.monotonic_ns + this.#setup.header.wall_offset_ns;
		const suspended = anchor.boottime_ns - anchor.monotonic_ns;
		if (this.#suspended !== null && suspended - this.#suspended > SUSPENDED_NS)
			this.#noteSuspension(ts, suspended - this.#suspended);
		this.#suspended = suspended;
		if (anchor.monotonic_ns - this.#anchoredAt >= ANCHOR_NS) {
			this.#anchoredAt = anchor.monotonic_ns;
			this.#anchors.append([ts, anchor.monotonic_ns, anchor.realtime_ns, anchor.boottime_ns, anchor.window_ns]);
		}
		return ts;
	}

	#noteDeviceClocks(): void {
		for (const { stream, reader } of this.#streams) {
			const fit = reader.takeClockFit();
			if (fit) this.#clocks.append([stream.name, fit.ts, fit.device_clock, fit.rate_ppb, fit.residual_ns]);
		}
	}

	/** Deadlines stand still while the machine is suspended, so no tick is lost; the ledger still shows the hole. */
	#noteSuspension(ts: bigint, length_ns: bigint): void {
		this.#marks.append([ts, "suspended", `${length_ns} ns`]);
		for (const { stream, reader } of this.#streams)
			this.#gaps.append([stream.name, reader.nextTick, 0, "suspended", ts]);
	}

	async #finish(end: End): Promise<void> {
		const offset = this.#setup.header.wall_offset_ns;
		/* At least once: a stream of gaps alone has no rows that wait. */
		do {
			this.#drain(false);
			for (const stream of this.#streams) stream.flush();
		} while (this.#streams.some((stream) => stream.reader.waiting > 0));
		for (const stream of this.#streams)
			stream.recordGaps(stream.ledger.theRest(this.#umem, end, end.until_ns + offset));
		const summaries = this.#progress(end.until_ns + offset).map(
			(progress): StreamSummary => ({ ...progress, scheduled: progress.nextTick }),
		);
		await this.#commit();
		for (const closed of [...this.#streams, this.#gaps, this.#marks, this.#anchors, this.#stats, this.#clocks])
			closed.close();
		const sampler_cpu_ns = Number(this.#umem.control(word.control_cpu_ns));
		const finals = this.#streams.map(({ reader }, i) => ({ summary: summaries[i]!, reader }));
		await recordEnd(this.#database, end, end.until_ns + offset, sampler_cpu_ns, finals);
		await this.#database.close();
		this.#umem.unmap();
		post({ kind: "finished", streams: summaries, sampler_cpu_ns });
	}
}

function post(message: FromFileWriter): void {
	parentPort!.postMessage(message);
}

/** What DuckDB says, as one sentence with what to try. */
function explain(error: unknown, path: string, begun: boolean): string {
	const message = messageOf(error).split("\n")[0]!;
	const holder = lockHolder(message);
	if (holder !== null)
		return `${path} is being written by another process${holder && ` (${holder})`}; name another file with -o`;
	const full = isDiskFull(message);
	if (full && !begun) return `the disk is too full to begin ${path}; free space, or name another file with -o`;
	if (full)
		return `the disk is full while writing ${path}; what was committed before is in the file: free space, then read it with 'countersink info ${path}'`;
	if (/File too large|EFBIG/i.test(message))
		return `${path} has reached the largest size that is allowed (ulimit -f or the file system); what was committed before is in the file`;
	return `writing ${path} failed: ${message}`;
}

const setup = workerData as FileSetup;
let begun = false;
try {
	const writer = await Writer.open(setup);
	begun = true;
	parentPort!.on("message", (message: ToFileWriter) => writer.receive(message));
	post({ kind: "ready" });
	await writer.run();
} catch (error) {
	post({ kind: "failed", message: explain(error, setup.path, begun) });
}
parentPort!.close();
