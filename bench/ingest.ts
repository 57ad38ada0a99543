// SPDX-License-Identifier: Apache-2.0
/** Measures values per second from a full ring into a DuckDB file, against a bare copy of the same bytes from the
 *  same ring. */
import { COMMIT_MS } from "../record/sinks/duckdb/index.js";
import { type Benchmark, type Effort, type Figure, pick } from "./benchmark.js";
import { Pipeline } from "./pipeline.js";
import { inScratch } from "./recording.js";
import { median, spread } from "./statistics.js";

const COLUMNS = 32;
const PERIOD_NS = 10_000;

interface Round {
	/** Million counter values per second of wall time. */
	readonly stored: number;
	readonly copied: number;
	/** CPU time over wall time. */
	readonly cores: number;
}

/** Copies every column of every full block to one buffer, which is reused as a data chunk is. */
function copyAll(pipeline: Pipeline): number {
	const { reader, shape } = pipeline;
	const target = new BigUint64Array(2048);
	const rows = reader.waiting;
	const begin = performance.now();
	for (let taken = reader.take(true); taken; taken = reader.take(true)) {
		const { run } = taken;
		for (const column of [reader.timestamps(run), reader.ticks(run)])
			target.set(column as unknown as BigUint64Array<ArrayBuffer>);
		for (let i = 0; i < shape.columns; i++)
			target.set(new BigUint64Array(reader.buffer, reader.cells(run, i), run.rows));
		reader.release();
	}
	return (rows * COLUMNS) / (performance.now() - begin) / 1e3;
}

async function storeAll(pipeline: Pipeline): Promise<{ stored: number; cores: number }> {
	const rows = pipeline.reader.waiting;
	const cpu = process.cpuUsage();
	const begin = performance.now();
	let committed = begin;
	while (pipeline.step(true))
		if (performance.now() - committed >= COMMIT_MS) {
			await pipeline.commit();
			committed = performance.now();
		}
	await pipeline.commit();
	const wall_ms = performance.now() - begin;
	const { user, system } = process.cpuUsage(cpu);
	return { stored: (rows * COLUMNS) / wall_ms / 1e3, cores: (user + system) / 1e3 / wall_ms };
}

function runRound(effort: Effort): Promise<Round> {
	return inScratch(async (path) => {
		const pipeline = await Pipeline.open(path, COLUMNS, PERIOD_NS, pick(effort, 16e9, 2e9));
		const full = Math.floor(pipeline.filler.room / 2048) * 2048;
		pipeline.filler.publish(full);
		const copied = copyAll(pipeline);
		pipeline.filler.publish(full);
		const { stored, cores } = await storeAll(pipeline);
		await pipeline.close();
		return { stored, copied, cores };
	});
}

export const ingest: Benchmark = {
	name: "ingest",
	title: "From the ring into DuckDB",
	async run(effort) {
		const rounds: Round[] = [];
		for (let i = 0; i < pick(effort, 7, 2); i++) rounds.push(await runRound(effort));
		/* The threads of DuckDB may help; the figure is what one core would do. */
		const oneCore = rounds.map(({ stored, cores }) => stored / Math.max(1, cores));
		const figures: Figure[] = [
			{
				what: `${COLUMNS} counters, full blocks, a commit each ${COMMIT_MS} ms, for each core used`,
				unit: "M values/s",
				value: median(oneCore),
				goal: { atLeast: 25 },
				reference: { what: "copy of the same bytes", value: median(rounds.map(({ copied }) => copied)) },
				note: `${spread(oneCore)} in ${rounds.length} rounds`,
			},
			{ what: "CPU while storing", unit: "cores", value: median(rounds.map(({ cores }) => cores)) },
		];
		return { figures };
	},
};
