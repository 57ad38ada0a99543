// SPDX-License-Identifier: Apache-2.0
/** Measures how many values a second the writer can store on this machine, before a recording that may ask for
 *  more. */
import { dirname, resolve } from "node:path";
import { formatCount, formatRate, formatShare, nanoseconds } from "../../base/units.js";
import { type Block, type StreamShape, whole } from "../../sampler/batch.js";
import { layout } from "../../sampler/layout.gen.js";
import { rowPeriod, type StreamSpec } from "../../sampler/selection.js";
import { RecordingDatabase } from "../../storage/database.js";
import { ROW_GROUP_SIZE } from "../../storage/row-groups.js";
import { sql } from "../../storage/sql.js";
import { StagingFolder } from "../../storage/staging-folder.js";
import { streamTables } from "../../storage/stream-tables.js";
import { TableWriter } from "../sinks/duckdb/table-writer.js";

/** Values a second that every tried machine stores, so that less needs no measurement: the slowest stored 22 million a
 *  second. */
const CERTAIN_VALUES_PER_S = 10e6;
/** Number of values in one measurement, which takes a third of a second. */
const VALUES = 8e6;
const { BLOCK_ROWS } = layout;
/** Sizes of steps in bits, from 1 on. */
const KINDS = 16;
const STREAM = "ingest";

const valuesPerSecond = (streams: readonly StreamSpec[]): number =>
	streams.reduce((sum, stream) => sum + (1e9 * stream.columns.length) / rowPeriod(stream), 0);

/** Values that grow by random steps below 2^bits. */
function growing(bits: number): BigUint64Array {
	const values = new BigUint64Array(BLOCK_ROWS);
	let value = 1n << 40n;
	let random = BigInt(bits * 2654435761 + 1);
	for (let row = 0; row < BLOCK_ROWS; row++) {
		random = BigInt.asUintN(64, random * 6364136223846793005n + 1442695040888963407n);
		value += random >> BigInt(64 - bits);
		values[row] = value;
	}
	return values;
}

/** Makes a block whose counters grow by steps of different sizes, as real counters do. */
function blockOf(stream: StreamShape): Block {
	const kinds = Array.from({ length: KINDS }, (_, i) => whole(growing(1 + i)));
	const ts = whole(BigInt64Array.from(growing(10)));
	const read_ns = whole(new Uint32Array(BLOCK_ROWS).fill(900));
	const counters = stream.columns.map((_, i) => kinds[i % KINDS]!);
	return { stream, rows: BLOCK_ROWS, columns: [ts, kinds[0]!, read_ns, ...counters] };
}

/** Measures the values that are stored in a second of CPU time, with commits and the checkpoint: the writer has one
 *  core.
 *  @param folder where the recording will be; nothing is left in it */
export async function ingestLimit(columns: number, folder: string): Promise<number> {
	const shape = {
		name: STREAM,
		columns: Array.from({ length: columns }, (_, i) => ({
			name: `c${i}`,
			id: `${STREAM}:c${i}`,
			type: "u64" as const,
		})),
	};
	const staging = StagingFolder.make(resolve(folder), "ingest");
	try {
		return await storing(staging.place("measured.duckdb"), shape);
	} finally {
		staging.remove();
	}
}

/** Values a second of CPU time into a new file. */
async function storing(path: string, shape: StreamShape): Promise<number> {
	const columns = shape.columns.length;
	const database = await RecordingDatabase.create(path, columns);
	try {
		await database.run(streamTables(shape)[0]!);
		const table = new TableWriter(database, shape);
		const block = blockOf(shape);
		const rows = Math.max(1, Math.round(VALUES / columns / ROW_GROUP_SIZE)) * ROW_GROUP_SIZE;
		const start = process.cpuUsage();
		for (let done = 0; done < rows; ) {
			await database.run(sql`BEGIN`);
			for (const end = done + ROW_GROUP_SIZE; done < end; done += BLOCK_ROWS) table.write(block);
			table.flush();
			await database.run(sql`COMMIT`);
		}
		await database.checkpoint();
		const { user, system } = process.cpuUsage(start);
		table.close();
		return (1e6 * rows * columns) / (user + system);
	} finally {
		database.abandon();
	}
}

const millions = (values: number): string => `${(values / 1e6).toFixed(0)} million values`;

export interface Demand {
	readonly streams: readonly StreamSpec[];
	/** Path of the recording. */
	readonly path: string;
	/** Duration of the recording; null: it has no limit. */
	readonly duration_ns: number | null;
	/** Time that the rings can hold. */
	readonly depth_ns: number;
}

/** The warning about a recording that the writer cannot keep up with; null: it can. */
export async function ingestWarning({ streams, path, duration_ns, depth_ns }: Demand): Promise<string | null> {
	const asked = valuesPerSecond(streams);
	if (asked <= CERTAIN_VALUES_PER_S || (duration_ns !== null && duration_ns <= depth_ns)) return null;
	const [widest] = [...streams].sort((a, b) => b.columns.length / rowPeriod(b) - a.columns.length / rowPeriod(a));
	/* Where nothing can be written, the start of the recording says why. */
	const limit = await ingestLimit(widest!.columns.length, dirname(path)).catch(() => Number.POSITIVE_INFINITY);
	/* What the rings hold at the end is stored after the end. */
	const held = duration_ns === null ? 0 : depth_ns / duration_ns;
	const share = limit / asked;
	if (share + held >= 1) return null;
	const rate = formatRate(nanoseconds(Math.ceil(rowPeriod(widest!) / share)));
	return `the writer stores about ${millions(limit)} a second here and ${millions(asked)} are asked, so about ${formatShare(1 - share - held)} of the ticks will be missed as ring_full; ask for at most ${rate} of ${widest!.name}, or for ${formatCount(Math.floor(widest!.columns.length * share), "counter")}`;
}
