// SPDX-License-Identifier: Apache-2.0
/** Runs the real sampler on some counters, through the real umem, and returns every row and gap. */

import { type Nanoseconds, nanoseconds } from "../../base/units.js";
import type { Counter, Source, SourceOptions } from "../../kernel/source.js";
import { drive } from "../../record/drive.js";
import type { WaitPolicy } from "../../sampler/plan.js";
import type { Gap, RingReader, Run } from "../../sampler/ring.js";
import { nameColumns } from "../../sampler/selection.js";

export interface SampleOptions {
	readonly period?: Nanoseconds;
	readonly duration?: Nanoseconds;
	readonly options?: SourceOptions;
	readonly wait?: WaitPolicy;
	readonly depth?: Nanoseconds;
	/** Called each time before the rings are drained. */
	readonly meanwhile?: () => void | Promise<void>;
}

export interface Sampled {
	readonly ts: bigint[];
	readonly tick: bigint[];
	readonly readNs: number[];
	/** columns[i] holds the values of counters[i]; null where a value could not be read. */
	readonly columns: (bigint | number | null)[][];
	readonly gaps: Gap[];
	readonly scheduled: number;
	readonly accounted: number;
}

type Rows = Omit<Sampled, "scheduled" | "accounted">;

function append(reader: RingReader, run: Run, counters: readonly Counter[], into: Rows): void {
	into.ts.push(...reader.timestamps(run));
	into.tick.push(...reader.ticks(run));
	into.readNs.push(...reader.readTimes(run));
	counters.forEach((counter, column) => {
		const array = { u64: BigUint64Array, i64: BigInt64Array, f64: Float64Array }[counter.type];
		const values = new array(reader.buffer, reader.cells(run, column), run.rows);
		const validity = reader.validity(run, column);
		for (let i = 0; i < run.rows; i++) {
			const row = run.first + i;
			const valid = !validity || (validity[row >> 3]! & (1 << (row & 7))) !== 0;
			into.columns[column]!.push(valid ? values[i]! : null);
		}
	});
}

export async function sample<At>(
	source: Source<At>,
	counters: readonly Counter<At>[],
	how: SampleOptions = {},
): Promise<Sampled> {
	const stream = {
		name: source.name,
		source: source as unknown as Source<never>,
		period: how.period ?? nanoseconds(1e6),
		columns: nameColumns(counters),
		options: how.options ?? new Map(),
	};
	const rows: Rows = { ts: [], tick: [], readNs: [], columns: counters.map(() => []), gaps: [] };
	const { streams } = await drive(
		[stream],
		{
			wait: how.wait ?? "hybrid",
			realtime: true,
			cpu: -1,
			duration: how.duration ?? nanoseconds(100e6),
			depth: how.depth ?? nanoseconds(2e9),
			meanwhile: how.meanwhile,
		},
		(_, reader, run, gaps) => {
			rows.gaps.push(...gaps);
			if (run) append(reader, run, counters, rows);
		},
	);
	return { ...rows, ...streams[0]! };
}
