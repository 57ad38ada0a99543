// SPDX-License-Identifier: Apache-2.0
/** Runs the real sampler on some counters, through the real umem, and returns every row and gap. */

import { clockAnchor } from "../../base/clock.js";
import { type Nanoseconds, nanoseconds } from "../../base/units.js";
import type { Counter, Source, SourceOptions } from "../../kernel/source.js";
import { Sampler } from "../../sampler/handle.js";
import { word } from "../../sampler/layout.gen.js";
import { type WaitPolicy, writePlan } from "../../sampler/plan.js";
import { type Gap, RingReader } from "../../sampler/ring.js";
import { nameColumns } from "../../sampler/selection.js";
import { layOut, Umem } from "../../sampler/umem.js";

export interface SampleOptions {
	readonly period?: Nanoseconds;
	readonly duration?: Nanoseconds;
	readonly options?: SourceOptions;
	readonly wait?: WaitPolicy;
	readonly depth?: Nanoseconds;
	/** Called each time the rings are looked at, before anything is drained. */
	readonly meanwhile?: () => void | Promise<void>;
}

export interface Sampled {
	readonly ts: bigint[];
	readonly tick: bigint[];
	readonly readNs: number[];
	/** columns[i] are the values of counters[i]; null where the value could not be read. */
	readonly columns: (bigint | number | null)[][];
	readonly gaps: Gap[];
	readonly scheduled: number;
	readonly accounted: number;
}

function drain(reader: RingReader, counters: readonly Counter[], into: Sampled): void {
	for (let taken = reader.take(); taken; taken = reader.take()) {
		const { run, gaps } = taken;
		into.gaps.push(...gaps);
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
		reader.release();
	}
	into.gaps.push(...reader.takeTrailingGaps());
}

export async function sample<At>(
	source: Source<At>,
	counters: readonly Counter<At>[],
	how: SampleOptions = {},
): Promise<Sampled> {
	const period = how.period ?? nanoseconds(1e6);
	const columns = nameColumns(counters);
	const stream = {
		name: source.name,
		source: source as unknown as Source<never>,
		period,
		columns,
		options: how.options ?? new Map(),
	};
	const rings = layOut([{ columns: counters.length, period_ns: period }], how.depth ?? 2e9);
	const anchor = clockAnchor();
	const umem = Umem.create(rings, anchor.realtime_ns - anchor.monotonic_ns);
	try {
		const schedule = {
			wait: how.wait ?? "hybrid",
			realtime: true,
			cpu: -1,
			duration_ns: how.duration ?? 100e6,
		} as const;
		const sampler = await Sampler.start(writePlan(schedule, [stream], rings), umem);
		const reader = new RingReader(umem.ring(rings[0]!), rings[0]!);
		const result: Sampled = {
			ts: [],
			tick: [],
			readNs: [],
			columns: counters.map(() => []),
			gaps: [],
			scheduled: 0,
			accounted: 0,
		};
		let ended = false;
		const exit = sampler.exited.finally(() => {
			ended = true;
		});
		while (!ended) {
			await how.meanwhile?.();
			drain(reader, counters, result);
			await new Promise((resolve) => setTimeout(resolve, 5));
		}
		const { code, signal, message } = await exit;
		if (code !== 0) throw new Error(`sampler ended with ${signal ?? code}: ${message}`);
		drain(reader, counters, result);
		return { ...result, scheduled: reader.word(word.ring_ticks_scheduled), accounted: reader.nextTick };
	} finally {
		umem.close();
	}
}
