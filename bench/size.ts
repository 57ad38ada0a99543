// SPDX-License-Identifier: Apache-2.0
/** Measures bytes per value in a closed recording of realistic counters, against Parquet of the same table. */
import { statSync } from "node:fs";
import { formatRate } from "../base/units.js";
import { type Benchmark, type Effort, type Figure, pick } from "./benchmark.js";
import { Pipeline, STREAM } from "./pipeline.js";
import { inScratch, numbers, withFile } from "./recording.js";

const COLUMNS = 32;
const RATES_HZ = [1_000, 10_000, 100_000];
const COMMITS_PER_S = 5;
const ASKED = 1.7;

/** Publishes and commits as many rows at a time as the rate gives between two commits of the writer. */
async function fill(path: string, rate_hz: number, rows: number): Promise<void> {
	const pipeline = await Pipeline.open(path, COLUMNS, 1e9 / rate_hz, 4e9);
	const commit = rate_hz / COMMITS_PER_S;
	for (let done = 0; done < rows; done += commit) {
		pipeline.filler.publish(Math.min(commit, rows - done));
		while (pipeline.step(true));
		while (pipeline.step(false));
		await pipeline.commit();
	}
	await pipeline.close();
}

async function measure(effort: Effort, rate_hz: number): Promise<Figure[]> {
	const rows = pick(effort, 1_000_000, 200_000);
	const values = rows * COLUMNS;
	return inScratch(async (path) => {
		await fill(path, rate_hz, rows);
		const bytes = statSync(path).size;
		const free = await withFile(path, async (connection) => {
			await connection.run(`COPY (SELECT * FROM "${STREAM}") TO '${path}.parquet' (PARQUET_VERSION v2, CODEC zstd)`);
			const [share] = await numbers(
				connection,
				"SELECT free_blocks / total_blocks FROM pragma_database_size() WHERE database_name = 'bench'",
			);
			return share!;
		});
		const parquet = statSync(`${path}.parquet`).size;
		const what = `${COLUMNS} counters, committed as at ${formatRate(1e9 / rate_hz)}`;
		return [
			{
				what: `${what}: file after close`,
				unit: "bytes/value",
				value: bytes / values,
				goal: { atMost: ASKED },
				reference: { what: "Parquet v2, zstd", value: parquet / values },
				note: `${rows.toLocaleString("en-US")} rows`,
			},
			{ what: `${what}: free blocks in it`, unit: "%", value: 100 * free },
		];
	});
}

export const size: Benchmark = {
	name: "size",
	title: "Size of a recording",
	async run(effort) {
		const figures: Figure[] = [];
		for (const rate of RATES_HZ) figures.push(...(await measure(effort, rate)));
		return { figures };
	},
};
