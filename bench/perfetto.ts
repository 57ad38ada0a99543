// SPDX-License-Identifier: Apache-2.0
/** Measures the Perfetto export: values per second and bytes per value, for this machine and for busy counters. */
import { closeSync, openSync, writeSync } from "node:fs";
import { DuckDBInstance } from "@duckdb/node-api";
import { fromSeconds } from "../base/units.js";
import { everything } from "../export/export-selection.js";
import type { ExportBlock, ExportColumn, ExportInput, ExportStream } from "../export/input.js";
import { type PerfettoOptions, perfetto } from "../export/perfetto.js";
import { readSelection } from "../export/read-selection.js";
import { prelude } from "../queries/prelude.js";
import { toFile } from "../record/destination.js";
import { Recorder } from "../record/recorder.js";
import { BatchMaker, whole } from "../sampler/batch.js";
import { RingReader } from "../sampler/ring.js";
import { parseEvent, selectStreams } from "../sampler/selection.js";
import { layOut, Umem } from "../sampler/umem.js";
import { Recording } from "../storage/recording.js";
import { name as quote } from "../storage/sql.js";
import { type Benchmark, type Effort, type Figure, pick } from "./benchmark.js";
import { Filler, realisticStream } from "./filler.js";
import { inScratch } from "./recording.js";

const ASKED = { values_s: 5e6, bytes: 5 };

async function record(path: string, events: readonly string[], seconds: number, cpu: number): Promise<void> {
	const recorder = await Recorder.start({
		streams: selectStreams(events.map((event) => parseEvent(event))),
		events,
		destination: toFile(path),
		duration: fromSeconds(seconds),
		wait: "hybrid",
		cpu,
		realtime: true,
		depth: fromSeconds(4),
		command: null,
		macros: prelude(),
	});
	await recorder.done;
}

/** Appends the rows of every stream to the stream several times, so that a short recording gives much to export. */
async function repeat(path: string, times: number, seconds: number): Promise<void> {
	const instance = await DuckDBInstance.create(path);
	const connection = await instance.connect();
	const streams = await connection.runAndReadAll("SELECT name, (1e9 / period_ns)::BIGINT FROM streams");
	for (const [name, rate] of streams.getRows()) {
		const table = quote(String(name));
		await connection.run(`INSERT INTO ${table} SELECT t.* REPLACE (
			make_timestamp_ns(epoch_ns(ts) + n * ${seconds}000000000) AS ts, tick + n * ${seconds} * ${rate} AS tick)
			FROM ${table} t, range(1, ${times}) r(n) ORDER BY n, tick`);
	}
	connection.closeSync();
	instance.closeSync();
}

/** One second of 32 counters of the eight kinds of filler.ts at 64 kHz, in memory. */
function busyInput(rounds: number): ExportInput {
	const shape = layOut([{ columns: 32, period_ns: 1e6 }], 80e9)[0]!;
	const umem = Umem.create([shape], 0n);
	const reader = new RingReader(umem.ring(shape), shape);
	const names = realisticStream("busy", 32);
	const columns = names.columns.map(({ name, id, type }): ExportColumn => {
		const semantics = /gauge|constant/.test(name) ? "gauge" : "counter";
		const said = { source: "busy", instance: name.split("_").at(-1)!, counter: name, unit: "events", help: "" };
		return { name, id, type, semantics, width: 64, as: "value", part: null, ...said };
	});
	const batches: ExportBlock[] = [];
	const stream: ExportStream = {
		name: "busy",
		source: "busy",
		period_ns: 1e6,
		paced_by: "sampler",
		columns,
		rows: rounds * 65_536,
	};
	new Filler(umem.ring(shape), shape).publish(65_536);
	const maker = new BatchMaker(names, reader);
	for (let batch = maker.next(true); batch; batch = maker.next(true)) {
		batches.push({ stream, rows: batch.rows, columns: batch.columns.map(({ values }) => whole(values.slice())) });
		batch.release();
	}
	umem.close();
	const rows = async function* (): AsyncGenerator<ExportBlock> {
		for (let round = 0; round < rounds; round++) yield* batches;
	};
	const about = { recording: new Map(), recordingJson: "{}", started_ns: 0n, gaps: [], marks: [] };
	return { ...about, streams: [stream], rows, column: rows };
}

interface Run {
	readonly values_s: number;
	readonly bytes: number;
}

const valuesOf = ({ streams }: ExportInput): number =>
	streams.reduce((sum, { rows, columns }) => sum + rows * columns.length, 0);

async function timed(input: ExportInput, pieces: () => AsyncIterable<number>): Promise<Run> {
	const begin = performance.now();
	let bytes = 0;
	for await (const piece of pieces()) bytes += piece;
	return { values_s: valuesOf(input) / ((performance.now() - begin) / 1e3), bytes: bytes / valuesOf(input) };
}

/** Reads and copies the values once. */
function bare(input: ExportInput): Promise<Run> {
	const copy = new Uint8Array(1 << 20);
	return timed(input, async function* () {
		for (const stream of input.streams)
			for await (const { columns, rows } of input.rows(stream)) {
				for (const { values } of columns) copy.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
				yield rows;
			}
	});
}

const written = (input: ExportInput, path: string, options: PerfettoOptions): Promise<Run> =>
	timed(input, async function* () {
		const fd = openSync(path, "w");
		for await (const bytes of perfetto(input, options)) yield writeSync(fd, bytes);
		closeSync(fd);
	});

async function figures(what: string, input: ExportInput, path: string): Promise<Figure[]> {
	await written(input, path, {}); // Warms up.
	const reading = await bare(input);
	const plain = await written(input, path, { compress: false });
	const deflated = await written(input, path, {});
	const note = `${valuesOf(input).toLocaleString("en-US")} values`;
	return [
		{
			what: `${what}: export`,
			unit: "values/s",
			value: deflated.values_s,
			goal: { atLeast: ASKED.values_s },
			reference: { what: "reading and copying them", value: reading.values_s },
			note,
		},
		{ what: `${what}: export, not deflated`, unit: "values/s", value: plain.values_s },
		{
			what: `${what}: size`,
			unit: "bytes/value",
			value: deflated.bytes,
			goal: { atMost: ASKED.bytes },
			reference: { what: "not deflated", value: plain.bytes },
		},
	];
}

async function ofThisMachine(effort: Effort): Promise<Figure[]> {
	const seconds = pick(effort, 5, 1);
	return inScratch(async (path) => {
		await record(path, ["net:*@1kHz", "softirq:*@1kHz"], seconds, effort.cpu);
		await repeat(path, pick(effort, 40, 10), seconds);
		const recording = await Recording.open(path);
		try {
			return await figures("net and softirq at 1 kHz", await readSelection(recording, everything), `${path}.pftrace`);
		} finally {
			recording.close();
		}
	});
}

export const perfettoExport: Benchmark = {
	name: "perfetto",
	title: "Perfetto export",
	async run(effort) {
		const busy = busyInput(pick(effort, 16, 4));
		const figuresOfBusy = await inScratch((path) => figures("32 busy counters at 1 kHz", busy, `${path}.pftrace`));
		return { figures: [...(await ofThisMachine(effort)), ...figuresOfBusy] };
	},
};
